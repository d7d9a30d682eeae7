"""Lists of run-time length: what becomes of a list that has one length on one way and another on another.

Such a list is an IR value of kind ``list``, a root of memory like an array (``memory``), of which appending makes a new
version.  Its elements are numbers and arrays.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from srcad.frontend.containers import Containers
from srcad.frontend.trees import Sequence, Tree, is_number
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import Dim, Fact, join, list_fact
from srcad.ir.nodes import Const, Operand, Value


def is_list(tree: Tree) -> bool:
    """Whether a tree is a list of run-time length."""
    return isinstance(tree, Value) and tree.fact.kind == "list"


def may_be_listed(tree: Tree) -> bool:
    """Whether a tree is such a list, or a list of numbers and arrays that can become one."""
    return is_list(tree) or (
        isinstance(tree, Sequence) and tree.type is list and all(isinstance(i, Value) or is_number(i) for i in tree.items)
    )


def listed_fact(trees: list[Tree]) -> Fact:
    """What is known of a list that is one of several."""
    facts: list[Fact] = []
    for tree in trees:
        if isinstance(tree, Value):
            facts += [] if tree.fact.element is None else [tree.fact.element]
        elif isinstance(tree, Sequence):
            facts += [any_size(fact_of_operand(i)) for i in tree.items]  # type: ignore[arg-type]
    return list_fact(reduce(join, facts) if facts else None)


def any_size(fact: Fact) -> Fact:
    """A fact that holds for elements of which each may have sizes of its own."""
    shape = None if fact.shape is None else tuple(Dim() if isinstance(s, Dim) else s for s in fact.shape)
    return Fact(fact.kind, fact.dtype, shape, fact.element)


class Lists(Containers):
    """The part of lowering that knows lists of run-time length."""

    def as_list(self, tree: Tree) -> Operand:
        """A list as one value."""
        if isinstance(tree, Value):
            return self.current(tree)
        assert isinstance(tree, Sequence)
        made = self.build.apply(core.LISTED, *map(self.current, tree.items), facts=(listed_fact([tree]),))[0]  # type: ignore[arg-type]
        assert isinstance(made, Value)
        for item in tree.items:
            self.relate(self.place(made).root, self.related(item))
        return made

    def relate_elements(self, copy: Operand, old: Operand) -> None:
        """Note that a list has the elements of another one, unless these are numbers."""
        element = fact_of_operand(old).element
        if element is None or (element.kind != "py" and not element.is_scalar):
            self.relate(self.place(copy).root, self.related(old))  # type: ignore[arg-type]

    def copied_list(self, old: Value) -> Operand:
        """``list(old)``."""
        made = self.build.one(core.COPY, self.current(old))
        self.relate_elements(made, old)
        return made

    def change_value(self, old: Value, name: str, args: list[Tree], node: Any) -> Tree:
        """A method that changes a list of run-time length."""
        match name, args:
            case "append", [item]:
                self.append(old, item, node)
                return Const(None)
            case "extend", [more]:
                self.extend(old, more, node)
                return Const(None)
            case "pop", []:
                now = self.current(old)
                last = self.build.one(core.INDEX, now, Const(-1))
                if isinstance(last, Value):
                    self.relate(self.place(last).root, self.related(old))
                self.replace(old, self.build.one(core.SHORTENED, now), alone=True)
                return last
            case "clear", []:
                self.replace(old, self.build.apply(core.LISTED, facts=(old.fact,))[0], alone=True)
                return Const(None)
        raise self.unsupported(node, f"the method .{name} of a list whose length is not known is not supported yet",
                               "append to it, or build a new list")

    def append(self, old: Value, item: Tree, node: Any) -> None:
        value = self.element(old, item, node)
        self.replace(old, self.build.one(core.APPENDED, self.current(old), value), alone=True)
        self.relate(self.place(old).root, self.related(item))

    def extend(self, old: Value, more: Tree, node: Any) -> None:
        if not isinstance(more, Sequence):
            raise self.unsupported(node, "a list is extended by something of unknown length", "append in a loop")
        for item in more.items:
            self.append(old, item, node)

    def set_element(self, old: Value, index: Operand, item: Tree, node: Any) -> None:
        """``x[k] = item``."""
        value = self.element(old, item, node)
        self.replace(old, self.build.one(core.REPLACED, self.current(old), index, value), alone=True)
        self.relate(self.place(old).root, self.related(item))

    def element(self, old: Value, item: Tree, node: Any) -> Operand:
        """What may stand in a list of run-time length."""
        if not (isinstance(item, Value) or is_number(item)):
            raise self.unsupported(node, "a list whose length is not known has elements that are no numbers or arrays",
                                   "keep a list of arrays for each part of the element")
        return self.current(item)  # type: ignore[arg-type]
