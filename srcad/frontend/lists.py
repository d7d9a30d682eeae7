"""Lists of run-time length: what becomes of a list that has one length on one way and another on another.

Such a list is an IR value of kind ``list``, a root of memory like an array (``memory``), of which each change makes a new
version.  Its elements are numbers and arrays; where they have a structure there is one such list for each leaf of it:

    path = [(0.0, x)]                    path is, in a loop, Records((times, values)), which are lists
    path.append((t, y))                  both are appended to
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Sequence as Sequence_
from functools import reduce
from typing import Any, TypeGuard

from srcad.frontend.containers import Containers, changes, containers, elements_of, is_like, with_items
from srcad.frontend.joining import laid_over
from srcad.frontend.trees import Cell, Instance, Mapping, Records, Sequence, Tree, is_number, leaves, rebuilt, structure
from srcad.ir import core
from srcad.ir.build import fact_of_operand, key_of
from srcad.ir.facts import ANY, Fact, forgets, join, list_fact, of_numbers, one_of_many
from srcad.ir.nodes import Const, Display, Operand, Value

Listed = Value | Records
"""A list of run-time length."""


def is_list(tree: Tree) -> bool:
    """Whether a tree is a list of run-time length whose elements are numbers and arrays."""
    return isinstance(tree, Value) and tree.fact.kind == "list"


def is_listed(tree: Tree) -> TypeGuard[Listed]:
    """Whether a tree is a list of run-time length."""
    return isinstance(tree, Records) or is_list(tree)


def may_be_listed(tree: Tree) -> bool:
    """Whether a tree is a list of numbers and arrays, of run-time length or one that can become so."""
    return is_list(tree) or (
        isinstance(tree, Sequence) and tree.type is list and all(isinstance(i, Value) or is_number(i) for i in tree.items)
    )


def is_slice(index: Tree) -> bool:
    return (isinstance(index, Display) and index.kind == "slice") or (isinstance(index, Const) and isinstance(index.value, slice))


def columns(tree: Listed) -> list[Value]:
    """The lists that a list of run-time length consists of."""
    return list(leaves(tree))  # type: ignore[arg-type]


def listed_like(trees: Sequence_[Tree]) -> Listed | None:
    """The list of run-time length that several lists can be; None if there is none."""
    elements: list[Tree] = []
    for tree in trees:
        if isinstance(tree, Sequence) and tree.type is list:
            elements += tree.items
        elif isinstance(tree, Value) and is_list(tree):
            elements += [] if tree.fact.element is None else [Value("", tree.fact.element)]
        elif isinstance(tree, Records):
            elements.append(rebuilt(tree.element, lambda c: Value("", fact_of_operand(c).element or ANY)))
        else:
            return None
    element = element_like(elements) if elements else None
    if elements and element is None:
        return None
    return over_element(element, lambda leaf: Value("", list_fact(fact_of_operand(leaf))))


def over_element(element: Tree | None, make: Callable[[Operand], Tree]) -> Listed:
    """A list with a column for each leaf of an element."""
    if element is None:
        return Value("", list_fact(None))
    made = rebuilt(element, make)
    return made if isinstance(made, Value) else Records(made)


def element_like(items: Sequence_[Tree]) -> Tree | None:
    """One shape for several elements, over leaves that know what is known of all; None if there is none."""
    first = items[0]
    if all(isinstance(i, Value | Const) for i in items):
        if callable(getattr(first, "value", None)) and len(set(map(key_of, items))) == 1:  # type: ignore[arg-type]
            return first
        facts = (one_of_many(fact_of_operand(i)) for i in items)  # type: ignore[arg-type]
        return Value(first.name if isinstance(first, Value) else "", reduce(join, facts))
    if not isinstance(first, Sequence | Mapping) or not all(
        isinstance(i, Sequence | Mapping) and is_like(first, i) for i in items
    ):
        return None
    parts = [element_like(column) for column in zip(*map(elements_of, items), strict=True)]  # type: ignore[arg-type]
    return None if None in parts else with_items(first, parts, None)  # type: ignore[arg-type]


def knows_less(old: Tree, new: Listed) -> bool:
    """Whether less is known of a list than was guessed, or it has another structure."""
    if structure(old) != structure(new):
        return True
    pairs = [(p.fact.element, q.fact.element) for p, q in zip(columns(old), columns(new), strict=True)]  # type: ignore[arg-type]
    return any((a is None) is not (b is None) if a is None or b is None else forgets(a, b) for a, b in pairs)


def part_of_another(tree: Tree) -> Tree:
    """An element of a list of run-time length: what it holds cannot be changed through it."""
    if not isinstance(tree, Sequence | Mapping | Instance):
        return tree
    cell = Cell(live=True) if changes(tree) else tree.cell
    return with_items(tree, list(map(part_of_another, elements_of(tree))), cell)


class Lists(Containers):
    """The part of lowering that knows lists of run-time length."""

    # ---- making them ------------------------------------------------------------------------------------------------

    def as_listed(self, tree: Tree, like: Tree | None = None) -> Listed:
        """A list as one of run-time length, in the current version; ``like`` is one that it is like."""
        if not isinstance(tree, Sequence):
            assert isinstance(tree, Value | Records)
            return rebuilt(tree, self.current)  # type: ignore[return-value]
        like = listed_like([tree]) if like is None else like
        if like is None:
            raise self.unsupported(None, "a list of which the length is not known has elements of several structures",
                                   "give all the same structure, or keep a list for each part")
        element = like.element if isinstance(like, Records) else Value()
        rows = [self.parts_of(element, item, None) for item in tree.items]
        made: list[Operand] = []
        for k, column in enumerate(columns(like)):  # type: ignore[arg-type]
            items = [row[k] for row in rows]
            made += self.build.apply(core.LISTED, *map(self.current, items), facts=(column.fact,))
            for item in items:
                self.relate(self.place(made[-1]).root, self.related(item))  # type: ignore[arg-type]
        left = iter(made)
        return rebuilt(like, lambda _: next(left))  # type: ignore[return-value]

    def let_grow(self, base: Sequence, node: Any) -> Listed:
        """Let a list of known length be one of run-time length from now on."""
        made = self.as_listed(base)
        self.hold(base, made, node)
        return made

    def parts_of(self, element: Tree, item: Tree, node: Any) -> list[Operand]:
        """The leaves of what is put into a list of run-time length."""
        found = laid_over(element, self.refreshed(item))
        if found is None:
            raise self.unsupported(node, "a list whose length is not known has elements of several structures",
                                   "give all the same structure, or keep a list for each part")
        self.state.given_away.update((c.cell, "a list whose length is not known") for c in containers(item) if changes(c))
        return found

    # ---- reading them -----------------------------------------------------------------------------------------------

    def in_columns(self, tree: Listed, make: Callable[[Operand], Operand]) -> Tree:
        """What is made of each column, in its current version, and may have its elements' memory."""

        def of(column: Operand) -> Operand:
            made = make(self.current(column))
            if isinstance(made, Value) and not of_numbers(column.fact):  # type: ignore[union-attr]
                self.relate(self.place(made).root, self.related(column))
            return made

        return rebuilt(tree.element if isinstance(tree, Records) else tree, of)

    def element_at(self, tree: Listed, index: Operand) -> Tree:
        """``tree[index]``, an element that is read to be taken out."""
        return part_of_another(self.in_columns(tree, lambda column: self.build.one(core.INDEX, column, index)))

    def gathered(self, tree: Listed, places: Operand) -> Listed:
        """A list of the elements at some places."""
        made = self.in_columns(tree, lambda column: self.build.one(core.GATHERED, column, places))
        return made if isinstance(made, Value) else Records(made)

    def length_of(self, tree: Listed) -> Operand:
        return self.build.one(core.LENGTH, self.current(columns(tree)[0]))

    # ---- changing them ----------------------------------------------------------------------------------------------

    def change_columns(self, old: Listed, make: Callable[[Operand], Operand]) -> None:
        """Let each column be something else from now on."""
        for column in columns(old):
            self.replace(column, make(self.current(column)), alone=True)

    def put_in(self, old: Listed, item: Tree, node: Any, make: Callable[[Operand, Operand], Operand]) -> None:
        """Let each column be what is made of it and its part of an item."""
        parts = self.parts_of(old.element if isinstance(old, Records) else old, item, node)
        for column, part in zip(columns(old), parts, strict=True):
            self.replace(column, make(self.current(column), self.current(part)), alone=True)
            self.relate(self.place(column).root, self.related(part))

    def append(self, old: Listed, item: Tree, node: Any) -> None:
        self.put_in(old, item, node, lambda column, part: self.build.one(core.APPENDED, column, part))

    def set_element(self, old: Listed, index: Operand, item: Tree, node: Any) -> None:
        """``x[k] = item``."""
        self.put_in(old, item, node, lambda column, part: self.build.one(core.REPLACED, column, index, part))

    def put_lists(self, old: Listed, more: Listed, node: Any, make: Callable[[Operand, Operand], Operand]) -> None:
        """Let each column be what is made of it and that of another list."""
        if structure(old) != structure(more):
            raise self.unsupported(node, "a list whose length is not known has elements of several structures",
                                   "give all the same structure, or keep a list for each part")
        for column, part in zip(columns(old), columns(more), strict=True):
            self.replace(column, make(self.current(column), self.current(part)), alone=True)
            if not of_numbers(part.fact):
                self.relate(self.place(column).root, self.related(part))


__all__ = ["Fact", "Iterator", "Lists"]
