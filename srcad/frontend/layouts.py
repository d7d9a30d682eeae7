"""How arrays lie in memory, where it decides whether ``reshape``, ``ravel`` or ``ascontiguousarray`` gives a view or a copy.

    b = a * a                  in C order, if a is
    flat = b.reshape(6)        so this is a view of b,
    other = b.T.ravel()        and this a copy

Of arguments C order is taken for granted where that is needed, which is checked when the code runs.  From there on NumPy
itself is asked, with an array of that shape.  All this is looked at only where choices are followed (``alternatives``).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from srcad.frontend.alternatives import Choices
from srcad.frontend.memory import Place, Root, Step
from srcad.frontend.trees import Tree
from srcad.ir import core
from srcad.ir.facts import OBJECT, Fact
from srcad.ir.nodes import Apply, Const, Display, Operand, Value, flat_operands
from srcad.rules.sharing import is_contiguous, keeps_order, seen

LARGEST = 10**8
"""Bytes of an array with which NumPy is asked."""


class Unseen(Exception):
    """What a view depends on is not known while lowering."""


class Layouts(Choices):
    """The part of lowering that knows how arrays lie in memory."""

    params: list[Value]
    captures: dict[Any, Value]
    entry: Any
    in_order: dict[Root, bool]
    """Which arrays made here are known to be in C order, and which of outside are taken to be."""

    def note_one(self, result: Value, made: Apply, handles: list[Tree]) -> None:
        super().note_one(result, made, handles)
        place = self.places.get(result)
        if self.program.follows_choices and keeps_order(made) and (place is None or place.root.handle is result):
            operands = (o for a in (*made.args, *(v for _, v in made.kwargs)) for o in flat_operands(a))
            given = [self.handle_of(o, made, handles) for o in operands]
            arrays = [o for o in given if isinstance(o, Value) and not o.fact.is_scalar]
            versions = {v for root, v in self.state.store.items() if isinstance(root, Root)}
            if not versions.intersection(arrays) and all(o.fact.kind == "array" and self.is_contiguous(o) for o in arrays):
                self.in_order[self.place(result).root] = True

    def kind_of_view(self, made: Apply, part: int, base: Value, viewed: Operand) -> str:
        kind = super().kind_of_view(made, part, base, viewed)
        if kind != "perhaps" or not self.program.follows_choices:
            return kind
        try:
            return seen(made, part, viewed, self.like(self.place(base)), value_of) or kind
        except Unseen:
            return kind

    def is_contiguous(self, handle: Value) -> bool:
        if super().is_contiguous(handle):
            return True
        if not self.program.follows_choices:
            return False
        place = self.place(handle)
        if not place.steps:
            return self.is_in_order(place.root)
        try:
            return self.like(place).flags.c_contiguous
        except Unseen:
            return False

    def is_in_order(self, root: Root) -> bool:
        """Whether an array is in C order; an argument is taken to be."""
        handle = root.handle
        made = self.build.definitions.get(handle)
        if root not in self.in_order:
            given = handle in self.params or any(handle is v for v in self.captures.values())
            if given and self.entry is not None and handle.fact.kind == "array":
                with self.build.inside(self.entry):
                    self.build.apply(core.IN_ORDER, Const(handle.name), handle, facts=(OBJECT,))
                self.in_order[root] = True
        return self.in_order.get(root, False) or (made is not None and is_contiguous(made, made.results.index(handle)))

    def like(self, place: Place) -> np.ndarray[Any, Any]:
        """An array that lies in memory as the one at a place does."""
        fact = place.root.handle.fact
        if not is_small(fact) or not self.is_in_order(place.root):
            raise Unseen
        found: Any = np.empty(fact.shape, fact.dtype)
        for step in place.steps:
            found = view_of(step, found)
        return found  # type: ignore[no-any-return]


def is_small(fact: Fact) -> bool:
    """Whether an array of this shape can be made while lowering."""
    known = fact.kind == "array" and fact.dtype is not None and fact.shape is not None
    if not known or not all(isinstance(s, int) for s in fact.shape):  # type: ignore[union-attr]
        return False
    return math.prod(fact.shape) * fact.dtype.itemsize <= LARGEST  # type: ignore[arg-type, union-attr]


def view_of(step: Step, base: np.ndarray[Any, Any]) -> Any:
    """What a view is, of an array like that which it is of."""
    apply = step.apply
    args = [base if a is step.base else value_of(a, apply.primitive is core.INDEX) for a in apply.args]
    try:
        found = apply.primitive.function(*args, **{k: value_of(v) for k, v in apply.kwargs})
    except Exception:
        raise Unseen from None
    return found if len(apply.results) == 1 else found[step.part]


def value_of(operand: Operand, index: bool = False) -> Any:
    """The value of an operand; that of a single number in an ``index`` does not matter."""
    if isinstance(operand, Const):
        return operand.value
    if isinstance(operand, Display):
        parts = [value_of(o, index and operand.kind == "tuple") for o in operand.items]
        return slice(*parts) if operand.kind == "slice" else tuple(parts) if operand.kind == "tuple" else parts
    fact = operand.fact if isinstance(operand, Value) else None
    if index and fact is not None and fact.kind == "py" and fact.dtype is not None and fact.dtype.kind == "i":
        return 0
    if fact is not None and isinstance(fact.length, int):
        return fact.length
    raise Unseen
