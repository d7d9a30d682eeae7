"""Sets that the function makes: of known elements as long as these are known, live ones at run time afterwards.

A set of known elements is a tree that changes as lists and dicts do (``containers``); a live one is an IR value of kind
``keys``, a root of memory like an array (``memory``), of which ``.add(...)`` makes a new version.  What is in a set has no
derivative.

    seen = set()                        nothing
    seen.add(0)                         nothing: it is known to be {0}
    if x[k] > 0:                        seen = {0}
        seen.add(k)                     if x[k] > 0: seen.add(k)
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from srcad.frontend.containers import Container
from srcad.frontend.lists import Lists
from srcad.frontend.scope import as_python_does, theirs
from srcad.frontend.trees import Iteration, Mapping, Members, Sequence, Table, Tree
from srcad.ir import core
from srcad.ir.nodes import Const, Display, Operand, Value
from srcad.rules import keyed

OF_ELEMENTS = frozenset(["add", "discard", "remove"])
OF_OTHERS = {
    "update": operator.or_, "difference_update": operator.sub, "intersection_update": operator.and_,
    "symmetric_difference_update": operator.xor,
}
"""The methods that change a set, and the operators whose augmented assignments do what they do."""

UPDATES = {function: name for name, function in OF_OTHERS.items()}


def is_live_set(tree: Tree) -> bool:
    return isinstance(tree, Value) and tree.fact.kind == "keys"


def is_set(tree: Tree) -> bool:
    """Whether a tree is a set that the function has made."""
    return isinstance(tree, Members) or is_live_set(tree)


def keys_of(tree: Tree) -> Tree:
    """The keys of a dict, or of the view that ``.keys()`` gives, if they are known at run time only; anything else as it is."""
    if isinstance(tree, Iteration) and tree.kind == "keys":
        tree = tree.parts[0]
    return tree.places if isinstance(tree, Table) else tree


class Sets(Lists):
    """The part of lowering that knows sets."""

    is_object: Any
    listed: Callable[..., Tree]
    primitive: Callable[..., Any]
    apply_primitive: Callable[..., Any]
    program: Any
    static_elements: Callable[..., tuple[Tree, ...] | None]
    operand: Callable[..., Operand]

    # ---- elements ---------------------------------------------------------------------------------------------------

    def known_element(self, tree: Tree) -> Const | None:
        """An element as a constant, if it is known."""
        match tree:
            case Const():
                return tree
            case Value() if tree.fact.kind == "py" and isinstance(tree.fact.length, int):
                return Const(tree.fact.length)
            case Sequence() if tree.type is tuple:
                items = list(map(self.known_element, tree.items))
                return None if None in items else Const(tuple(i.value for i in items))  # type: ignore[union-attr]
        return None

    def element_operand(self, tree: Tree, node: Any, asked: bool = False) -> Operand:
        """An element, or a key, as an operand: what may have a derivative has none from here; not if it is only ``asked`` for."""
        if isinstance(tree, Sequence) and tree.type is tuple:
            items = tuple(self.element_operand(item, node, asked) for item in tree.items)
            known = all(isinstance(i, Const) for i in items)
            return Const(tuple(i.value for i in items)) if known else Display("tuple", items)  # type: ignore[union-attr]
        kind = "list" if isinstance(tree, Sequence) and tree.type is list else "dict" if isinstance(tree, Mapping) else (
            "set" if is_set(tree) else "")
        if isinstance(tree, Value) and tree.fact.kind == "array" and tree.fact.ndim:
            kind = "numpy.ndarray"
        if isinstance(tree, Value) and tree.fact.kind == "list":
            kind = "list"
        if kind:
            raise theirs(TypeError(f"unhashable type: {kind!r}"))
        if not isinstance(tree, Value | Const) or self.is_object(tree):
            raise self.unsupported(node, "an element of a set, or a key of a dict, that is no number, string or tuple of these "
                                   "is not supported", "use a number, a string or a tuple")
        operand = self.current(tree)
        if isinstance(operand, Value) and operand.fact.may_vary and not asked:
            return self.build.apply(core.HASHED, operand, facts=(operand.fact,))[0]
        return operand

    def known_elements(self, tree: Tree) -> Any:
        """The elements of something that is iterated over, if all are known: a set if it is one."""
        match tree:
            case Members():
                return tree.elements
            case Const() if isinstance(tree.value, set | frozenset):
                return None if self.program.outside.is_changing(tree.value) else tree.value
            case Const() if isinstance(tree.value, str | tuple | range):
                return tree.value
        trees = self.static_elements(tree) if not is_live_set(tree) else None
        found = None if trees is None else list(map(self.known_element, trees))
        return None if found is None or None in found else [c.value for c in found if c is not None]

    def others_operand(self, tree: Tree, node: Any) -> Operand:
        """What a set is combined with, as an operand."""
        if isinstance(tree, Members):
            return self.as_set(tree)
        if isinstance(tree, Iteration) and tree.kind != "range":
            tree = self.listed(tree, node)
        if isinstance(tree, Mapping):
            tree = Sequence(tuple, tuple(map(Const, tree.items)))
        if isinstance(tree, Sequence):
            return Display("tuple", tuple(self.element_operand(item, node) for item in tree.items))
        made = self.operand(tree, node)
        if isinstance(made, Value) and made.fact.kind == "list" and made.fact.may_vary:
            return self.build.apply(core.HASHED, made, facts=(made.fact,))[0]
        return made

    # ---- making -----------------------------------------------------------------------------------------------------

    def set_of(self, tree: Tree | None, node: Any) -> Tree:
        """``set(...)``, a display or a comprehension."""
        if tree is None:
            return Members(set())
        known = self.known_elements(tree)
        if known is not None:
            with as_python_does():
                return Members(set(known))
        if isinstance(tree, Sequence):
            return self.build.apply(core.KEYED, *(self.element_operand(item, node) for item in tree.items))[0]
        empty = self.build.apply(core.KEYED)[0]
        return self.build.one(core.CHANGED, empty, Const("update"), self.others_operand(tree, node))

    def as_set(self, tree: Tree) -> Operand:
        """A set as one value."""
        if isinstance(tree, Members):
            return self.build.apply(core.KEYED, *map(Const, tree.elements))[0]
        assert isinstance(tree, Value)
        return self.current(tree)

    def opened_set(self, tree: Members, node: Any) -> Value:
        """A set that is a live one from here on."""
        made = self.as_set(tree)
        assert isinstance(made, Value)
        if tree.cell is not None:
            self.hold(tree, made, node)
        return made

    # ---- changing ---------------------------------------------------------------------------------------------------

    def set_method(self, old: Members | Value, name: str, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        """A method of a set."""
        if kwargs:
            raise theirs(TypeError(f"set.{name}() takes no keyword arguments"))
        if name in OF_ELEMENTS or name in OF_OTHERS or name in ("pop", "clear"):
            return self.change_set(old, name, args, node)
        if name not in keyed.METHODS:
            raise self.unsupported(node, f"the set method .{name} is not supported", "use the operators of sets")
        known = [self.known_elements(tree) for tree in (old, *args)]
        if None not in known:
            with as_python_does():
                found = getattr(known[0], name)(*known[1:])
            return Members(found) if isinstance(found, set) else Const(found)
        operands = [self.as_set(old), *(self.others_operand(a, node) for a in args)]
        return self.build.apply(keyed.METHODS[name], *operands, spelling="method")[0]

    def change_set(self, old: Members | Value, name: str, args: list[Tree], node: Any) -> Tree:
        """A method that changes a set."""
        if isinstance(old, Members) and name != "pop":  # which element that is depends on what has been taken before
            known = list(map(self.known_element if name in OF_ELEMENTS else self.known_elements, args))
            if None not in known:
                elements = old.elements.copy()
                with as_python_does():
                    getattr(elements, name)(*(k.value if isinstance(k, Const) else k for k in known))
                self.change(old, Members(elements), node)
                return Const(None)
        others = [(self.element_operand if name in OF_ELEMENTS else self.others_operand)(a, node) for a in args]
        value = self.opened_set(old, node) if isinstance(old, Members) else old
        now = self.current(value)
        if name == "pop":
            taken = self.apply_primitive(core.TAKEN, [now], (), "")
            self.replace(value, taken.items[0], alone=True)
            return taken.items[1]  # type: ignore[no-any-return]
        with as_python_does():
            if name in OF_ELEMENTS and len(args) != 1:
                raise TypeError(f"set.{name}() takes exactly one argument ({len(args)} given)")
        self.replace(value, self.apply_primitive(core.CHANGED, [now, Const(name), *others], (), ""), alone=True)
        return Const(None)

    # ---- operators --------------------------------------------------------------------------------------------------

    def set_operation(self, function: Any, left: Tree, right: Tree, node: Any) -> Tree | None:
        """An operator on two sets; None if one of them is none."""
        trees = (left, right)
        outside = [isinstance(t, Const) and isinstance(t.value, set | frozenset) for t in trees]
        if not any(map(is_set, trees)) or not all(is_set(t) or o for t, o in zip(trees, outside, strict=True)):
            return None
        known = [self.known_elements(tree) for tree in trees]
        if None not in known:
            with as_python_does():
                found = function(*known)
            return Members(found) if isinstance(found, set) else Const(found)
        if function not in keyed.OPERATORS or isinstance(getattr(left, "value", None), frozenset):
            raise self.unsupported(node, "this operation on sets is not supported", "spell it out")
        operands = [self.as_set(t) if is_set(t) else self.operand(t, node) for t in trees]
        return self.build.apply(keyed.OPERATORS[function], *operands)[0]

    def augmented_set(self, old: Members | Value, function: Any, value: Tree, node: Any) -> Tree:
        """``old |= value`` and its like."""
        is_other = is_set(value) or (isinstance(value, Const) and isinstance(value.value, set | frozenset))
        if function not in UPDATES or not is_other:
            raise theirs(TypeError("unsupported operand type(s) for an augmented assignment to a set"))
        self.change_set(old, UPDATES[function], [value], node)
        return self.held(old) if isinstance(old, Container) else old

    def keys_now(self, tree: Tree) -> Any:
        """What stands for the elements that a set or a dict of run-time length has here; None for anything else."""
        tree = keys_of(tree.parts[0] if isinstance(tree, Iteration) and tree.kind == "items" else tree)
        if isinstance(tree, Members):
            held = self.held(tree)
            return held.elements if isinstance(held, Members) else held
        if isinstance(tree, Mapping):
            held = self.held(tree)
            return None if isinstance(held, Mapping) else held
        return self.current(tree) if is_live_set(tree) else None  # type: ignore[arg-type]

    def elements_list(self, tree: Tree) -> Tree:
        """The elements of a live set, or the keys of a dict, as a list; anything else as it is."""
        tree = keys_of(tree)
        if not is_live_set(tree):
            return tree
        assert isinstance(tree, Value)
        return self.build.one(core.ELEMENTS, self.current(tree))

    def count_of_list(self, value: Operand) -> Operand:
        """The length of a list; that of the elements of a set may be another in each row of a batch."""
        made = self.build.definitions.get(value) if isinstance(value, Value) else None
        of_set = made is not None and made.primitive in (core.ELEMENTS, core.SORTED)
        return self.build.one(core.COUNT if of_set else core.LENGTH, value)

    def is_in_set(self, element: Tree, tree: Members | Value, node: Any) -> Operand:
        """Whether something is in a set."""
        known = self.known_element(element)
        if isinstance(tree, Members) and known is not None:
            with as_python_does():
                return Const(known.value in tree.elements)
        operand = self.element_operand(element, node, asked=True)
        return self.primitive(operator.contains, [self.as_set(tree), operand], node=node)  # type: ignore[no-any-return]
