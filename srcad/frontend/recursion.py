"""Global and nonlocal variables that a function writes which calls itself: their last values are further results.

What a call writes the caller must know of; a function that calls itself cannot be run where it is called.  So it is given
what the variables hold then, and gives what they hold at its end, beside really writing them:

    def walk(n):                               def walk(n, calls):
        global calls                               calls1 = calls + 1
        calls += 1                                 names["calls"] = calls1
        return 0 if n == 0 else walk(n - 1)        ...  y, calls2 = walk(n - 1, calls1)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from srcad.frontend.namespaces import Held, Namespaces
from srcad.frontend.scope import Capture
from srcad.frontend.trees import is_number
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import Fact, forgets, int_fact, join
from srcad.ir.nodes import Const, Operand, Value


class Widen(Exception):
    """A recursive call needs its function lowered for less specific facts, of arguments or of variables."""

    def __init__(self, specialised: Any, facts: list[Fact] | None, names: Mapping[Capture, Fact] | None = None) -> None:
        self.specialised = specialised
        self.facts = facts
        self.names = names or {}


def number_held(low: Namespaces, capture: Capture) -> Operand | None:
    """The number that a variable of the program holds here, if it has been written and is one."""
    tree = low.state.store.get(Held(capture, ""))
    if isinstance(tree, Value) and tree.fact.is_scalar and tree.fact.kind in ("py", "array", "num"):
        return tree
    return tree if isinstance(tree, Const) and is_number(tree) else None


def fact_held(operand: Operand) -> Fact:
    """What is known of a number that is another one in each call."""
    fact = fact_of_operand(operand)
    return int_fact(None) if fact.kind == "py" and fact.dtype is not None and fact.dtype.kind == "i" else fact


def names_left(low: Namespaces) -> tuple[Capture, ...]:
    """The variables of the program that have been written, if each of them holds a number."""
    found = tuple(k.capture for k in low.state.store if isinstance(k, Held) and k.capture in low.sets)
    return found if all(number_held(low, c) is not None for c in found) else ()


def all_numbers(low: Namespaces, names: Iterable[Capture]) -> bool:
    """Whether each of some variables holds a number that can be passed on."""
    return all(number_held(low, c) is not None for c in names)


def wider(low: Namespaces, captures: Mapping[Capture, Value]) -> dict[Capture, Fact]:
    """What must be known of variables instead, of those of which a function takes more for granted than holds here."""
    found = {}
    for capture, value in captures.items():
        now = number_held(low, capture)
        if now is not None and forgets(value.fact, joined := join(value.fact, fact_held(now))):
            found[capture] = joined
    return found


def joined_facts(one: Mapping[Capture, Fact], other: Mapping[Capture, Fact]) -> dict[Capture, Fact]:
    return {c: join(one.get(c), other.get(c)) for c in dict.fromkeys((*one, *other))}
