"""Primitives: the named operations that an IR function applies, and what the transforms ask of each.

A primitive is made once per callable.  Its ``rule`` says how it is differentiated and batched, its ``infer``
what is known of its result; both are set by the rule library, so that this layer knows no function's name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from srcad.ir.facts import ANY, Fact

if TYPE_CHECKING:
    from srcad.ir.build import Builder
    from srcad.ir.nodes import Apply, Operand


class Sink(Protocol):
    """Where a rule reports the contributions to the adjoints of its operands."""

    def wanted(self, operand: Operand) -> bool:
        """Whether the adjoint of an operand is asked for."""

    def add(self, operand: Operand, contribution: Operand) -> None:
        """Add a contribution of the operand's own shape."""

    def add_at(self, operand: Operand, index: Operand, contribution: Operand, repeats: bool) -> None:
        """Add a contribution to a part; ``repeats``: an element may be named twice."""


Mapped = Callable[["Operand"], "Operand | None"]
"""From an operand to its batched counterpart, None if it has no batch axis."""


class Rule(Protocol):
    """What a transform may ask.  A tangent or adjoint is an operand, ``ZERO`` where there is none.

    ``factors`` are the positions of arguments in each of which the result is linear; ``broadcasts`` says that the
    operands are broadcast with each other, so that it need not be done before.
    """

    factors: tuple[int, ...]
    broadcasts: bool

    def linked(self, apply: Apply) -> list[Operand]:
        """The operands through which a derivative can flow."""

    def touched(self, apply: Apply) -> list[Operand]:
        """The operands on which the results depend, if only with derivative zero (floor, sign)."""

    def tangent(self, build: Builder, apply: Apply, dot: Callable[[Operand], Operand]) -> list[Operand]:
        """The tangents of the results."""

    def adjoint(self, build: Builder, apply: Apply, bars: Sequence[Operand], sink: Sink) -> bool:
        """Report the contributions of the results' adjoints; False: derive them from the tangent."""

    def batch(self, build: Builder, apply: Apply, mapped: Mapped, size: Operand) -> list[Operand] | None:
        """The results with a leading batch axis; None: loop over the rows."""


@dataclass(eq=False, slots=True)
class Primitive:
    """One operation.

    ``name`` is how generated code spells it (``np.sin``); ``symbol`` the operator, if it is one.  ``pure``
    operations may be dropped, repeated and moved; ``allocates`` says that the result is memory made to be
    written into (two such calls are not one), ``view`` that a result may share memory with the operands.
    ``static`` names the parameters whose values must be known while transforming.
    """

    name: str
    function: Callable[..., Any]
    signature: inspect.Signature | None = None
    symbol: str = ""
    rule: Rule | None = None
    infer: Callable[[Apply], tuple[Fact, ...] | Fact] | None = None
    pure: bool = True
    allocates: bool = False
    view: bool = False
    static: frozenset[str] = frozenset()
    results: tuple[str, ...] = ()  # names of the results where there are several; ("*",): rule.parts(apply) of them
    selects: bool = False  # (condition, a, b): of each element a or b
    lists: bool = False  # takes lists of values as they are; others are given the array of one
    reason: str = ""  # why there is no rule, if something better can be said than that there is none
    remedy: str = ""  # what to do about it, likewise
    refusal: str = ""  # the whole message, if it is that of another place

    def __repr__(self) -> str:
        return self.name

    def facts(self, apply: Apply) -> tuple[Fact, ...]:
        """What is known of the results; inference that fails leaves nothing known."""
        if self.infer is None:
            return (ANY,) * len(apply.results or (0,))
        facts = self.infer(apply)
        return facts if isinstance(facts, tuple) else (facts,)
