"""Summaries of functions that may call each other: what is found of one is computed from what is found of its callees.

A function that calls itself, if by way of others, needs its own summary: it is taken to be the least one at first.  The
first of the functions that need each other is computed again, with all of them, until nothing changes; only then is
what was found of any of them the summary.  Summaries only grow on the way, so that this comes to an end.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar

from srcad.errors import DifferentiationError, explain
from srcad.ir.nodes import Function

Summary = TypeVar("Summary")
Asked = tuple[Function, Hashable]


@dataclass
class _Running:
    """A summary that is being computed: ``read`` are the places of those that it has needed unfinished."""

    read: set[int] = field(default_factory=set)
    settled: dict[Asked, frozenset[int]] = field(default_factory=dict)
    """What has been computed in this round and needs this one unfinished, and perhaps others that wait for it."""
    changed: bool = False


_running: list[_Running] = []
_places: dict[Asked, int] = {}
_found: dict[Asked, object] = {}
"""What has been found so far of those that are being computed, and of those that need them."""


def summary(function: Function, key: Hashable, least: Summary, compute: Callable[[], Summary]) -> Summary:
    """The summary of a function under a key; ``compute`` gives it from the summaries of the functions that it calls."""
    if key in function.derived:
        known: Summary = function.derived[key]
        return known
    require_finished(function)
    asked = function, key
    if asked in _places:
        _running[-1].read.add(_places[asked])
    elif (waits := next((r.settled[asked] for r in _running if asked in r.settled), None)) is not None:
        _running[-1].read |= waits
    else:
        _compute(asked, least, compute)
    return function.derived[key] if key in function.derived else _found[asked]  # type: ignore[return-value]


def _compute(asked: Asked, least: Summary, compute: Callable[[], Summary]) -> None:
    """Compute a summary, again and again if it needs itself and nothing that waits for it."""
    place = len(_running)
    _found.setdefault(asked, least)
    _places[asked] = place
    try:
        while True:
            own = _Running()
            _running.append(own)
            try:
                again = compute()
            finally:
                _running.pop()
            if again != _found[asked]:
                own.changed, _found[asked] = True, again
            outer = frozenset(p for p in own.read if p < place)
            if outer or not own.changed:
                break
        _settle([asked, *own.settled], outer, own.changed)
    finally:
        del _places[asked]
        if not _running:
            _found.clear()


def _settle(settled: list[Asked], outer: frozenset[int], changed: bool) -> None:
    """Remember summaries for good, or if they need unfinished ones for as long as these do not change."""
    if not outer:
        for function, key in settled:
            function.derived[key] = _found.pop((function, key))
        return
    _running[max(outer)].settled.update(dict.fromkeys(settled, outer))
    _running[-1].read |= outer
    _running[min(outer)].changed |= changed


def require_finished(function: Function) -> None:
    """Refuse to look at a function that is being lowered: it takes a derivative of itself, or of one that calls it."""
    if function.unfinished:
        raise DifferentiationError(explain(
            function.location, f"{function.name} takes a derivative of itself in its own body",
            "take the derivative outside of the function",
        ))
