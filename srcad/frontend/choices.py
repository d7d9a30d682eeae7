"""One of several functions, as the data say: known while lowering, chosen when the code runs.

A function is no value of the generated code; what goes round there is its number, and a call is a branch:

    f = np.sin if x > 0 else cubed           f = 0 if x > 0 else 1
    return f(x)                              return np.sin(x) if f == 0 else cubed(x)
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from collections.abc import Sequence as Sequence_
from dataclasses import dataclass
from typing import Any

import gast

from srcad.frontend import scan
from srcad.frontend.containers import Container, elements_of, held_inside, parts_of
from srcad.frontend.joining import is_function, sort_of
from srcad.frontend.keeping import Keeping
from srcad.frontend.scope import Diverged, Frame, Store, is_theirs
from srcad.frontend.trees import Bound, Closure, Mapping, OneOf, Partial, Poison, Sequence, Tree, leaves
from srcad.ir import core
from srcad.ir.facts import PY_INT
from srcad.ir.nodes import Const, Operand, Value

READERS = ("items", "keys", "values", "get")
"""The methods of a dict that give what it holds."""

MANY = 64
"""Of more functions than these none is chosen by the data."""


@dataclass(frozen=True)
class Decided:
    """A number that a branch gives: which it is follows from the condition."""

    condition: Operand
    then: Any
    orelse: Any


class Choices(Keeping):
    """The part of lowering that chooses among functions."""

    decided: dict[Value, Decided]
    run_error: Callable[[Exception], None]

    def number_of(self, function: Tree) -> int:
        """The number of a function among all that may be one of several."""
        known: dict[Hashable, tuple[int, Tree]] = self.program.choices
        return known.setdefault(sort_of(function), (len(known), function))[0]  # what is known by its id must live on

    def each(self, tree: OneOf, what: Callable[[Tree], Tree]) -> Tree:
        """What is done with the function that it is."""

        def done(number: int) -> Tree:
            try:
                return what(tree.options[number])
            except Exception as error:
                if not is_theirs(error):
                    raise
                self.run_error(error)  # where it is this one
                raise Diverged from error

        def among(numbers: list[int]) -> Tree:
            number, *rest = numbers
            if not rest:
                return done(number)
            return self.choice(self.is_number(tree, number), lambda: done(number), lambda: among(rest))

        if isinstance(tree.selector, Const):
            return done(tree.selector.value)

        return among(list(tree.options))

    def is_number(self, tree: OneOf, number: int) -> Operand:
        """Whether it is the function of a number."""
        known = self.decided.get(tree.selector) if isinstance(tree.selector, Value) else None
        if known is not None and (known.then == number) is not (known.orelse == number):
            return known.condition if known.then == number else self.negation(known.condition)
        return self.truth(self.comparison(gast.Eq(), tree.selector, Const(number), None))

    def note_decided(self, condition: Operand, ways: Sequence_[tuple[Operand, ...]], results: Sequence_[Operand]) -> None:
        """Note which of the results of a branch follow from its condition."""
        for way, result in zip(ways, results, strict=True):
            if isinstance(result, Value) and len(way) == 2 and all(isinstance(o, Const) and type(o.value) is int for o in way):
                self.decided[result] = Decided(condition, *(o.value for o in way))  # type: ignore[union-attr]

    # ---- taking one out of many -------------------------------------------------------------------------------------

    def subscript(self, base: Tree, index: Tree, node: Any) -> Tree:
        functions = self.functions_in(base, node) if isinstance(index, Value) else {}
        numbers = {k: self.number_of(f) for k, f in functions.items()}
        with_leaves = [numbers[k] for k, f in functions.items() if any(True for _ in leaves(f))]
        if functions and len(set(with_leaves)) == len(with_leaves):
            table = tuple(numbers.values()) if list(numbers) == list(range(len(numbers))) else numbers
            selector = self.build.apply(core.INDEX, Const(table), self.operand(index, node), facts=(PY_INT,))[0]
            return OneOf(selector, {numbers[k]: f for k, f in functions.items()})
        return super().subscript(base, index, node)

    def functions_in(self, base: Tree, node: Any) -> dict[Any, Tree]:
        """The elements of a list or dict that holds nothing but functions."""
        if isinstance(base, Sequence):
            found: dict[Any, Tree] = dict(enumerate(base.items))
        elif isinstance(base, Mapping):
            found = dict(base.items)
        elif isinstance(base, Const) and type(base.value) in (list, tuple, dict) and 0 < len(base.value) <= MANY:
            values = base.value.values() if isinstance(base.value, dict) else base.value
            if not all(is_function(Const(v)) for v in values):
                return {}
            keys = base.value if isinstance(base.value, dict) else range(len(base.value))
            found = {k: self.subscript(base, Const(k), node) for k in keys}
        else:
            return {}
        plain = all(is_function(f) and not isinstance(f, OneOf) for f in found.values())
        return found if plain and len(found) <= MANY else {}

    # ---- using one --------------------------------------------------------------------------------------------------

    def attribute(self, base: Tree, name: str, node: Any) -> Tree:
        if isinstance(base, OneOf):
            return self.each(base, lambda option: self.attribute(option, name, node))
        if name in READERS and isinstance(base, Const) and type(base.value) is dict and (found := self.functions_in(base, node)):
            return Bound(Mapping(found), name)
        return super().attribute(base, name, node)

    def operand(self, tree: Tree, node: Any) -> Operand:
        if isinstance(tree, OneOf):
            found = self.each(tree, lambda option: self.operand(option, node))
            if isinstance(found, Value | Const):
                return found
        return super().operand(tree, node)

    def truth(self, tree: Tree) -> Operand:
        if isinstance(tree, OneOf):
            return self.truth(self.each(tree, self.truth))
        return super().truth(tree)

    def comparison(self, op: Any, left: Tree, right: Tree, node: Any) -> Tree:
        for one, other in ((left, right), (right, left)):
            if isinstance(one, OneOf) and isinstance(op, gast.Is | gast.IsNot | gast.Eq | gast.NotEq):
                same = [self.identity(option, other) for option in one.options.values()]
                if None in same or same.count(True) > 1:
                    return self.each(one, lambda option, other=other: self.comparison(op, option, other, node))  # type: ignore[misc]
                found: Operand = Const(False)
                if True in same:
                    found = self.is_number(one, list(one.options)[same.index(True)])
                return found if isinstance(op, gast.Is | gast.Eq) else self.negation(found)
        return super().comparison(op, left, right, node)

    # ---- functions that a function makes ----------------------------------------------------------------------------

    def sealed(self, tree: Tree, frame: Frame) -> Tree:
        """A result of which the functions made in a call that ends hold what they capture, as it will not change any more."""
        match tree:
            case Closure() if tree.free is None and tree.scope is frame:
                return self.sealed_closure(tree, frame) or tree
            case Partial():
                args = tuple(self.sealed(a, frame) for a in tree.args)
                return Partial(self.sealed(tree.function, frame), args, {k: self.sealed(a, frame) for k, a in tree.kwargs.items()})
            case Sequence() if tree.cell is None:
                return Sequence(tree.type, tuple(self.sealed(item, frame) for item in tree.items))
        return tree

    def sealed_closure(self, closure: Closure, frame: Frame) -> Closure | None:
        """A closure with what it captures; None if that may still change, or is captured from further out."""
        if scan.writes_nonlocal(frame.node):
            return None
        free: dict[str, Tree] = {}
        for name in scan.free_names(closure.node):
            outer: Frame | None = frame
            while outer is not None and name not in outer.locals and name not in outer.free:
                outer = outer.outer
            if outer is None:
                continue  # a global name, or one of a live function
            found = frame.vars.get(name) if name in frame.locals else frame.free.get(name)
            if outer is not frame or found is None or isinstance(found, Poison):
                return None
            if isinstance(found, Closure) and found.free is None:
                found = None if found.node is closure.node else self.sealed(found, frame)
                if found is None or found.free is None:  # type: ignore[union-attr]
                    return None
            free[name] = found
        return Closure(closure.node, closure.file, closure.name, closure.scope, closure.defaults, free)


def is_partly_absent(tree: Tree) -> bool:
    """Whether there is one of several functions in a tree of which the others hold what has no value then."""
    if isinstance(tree, OneOf) and any(True for option in tree.options.values() for _ in leaves(option)):
        return True
    parts = elements_of(tree) if isinstance(tree, Container) else parts_of(tree)
    return any(map(is_partly_absent, parts))


def strays(tree: Tree, before: Store, now: Store) -> bool:
    """Whether a function holds an object or list that is made on one way only, at the end of which ``now`` holds."""
    return any(cell in now and cell not in before and not cell.live for cell in held_inside(tree))

