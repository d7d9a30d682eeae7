"""Summaries of functions that may call each other: what is found of one is computed from what is found of its callees.

A recursive function needs its own summary: it is taken to be the least one at first, and computed again until it
agrees with itself.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from srcad.errors import DifferentiationError, explain
from srcad.ir.nodes import Function

Summary = TypeVar("Summary")

_running: dict[tuple[Function, Hashable], tuple[int, object]] = {}
"""The summaries that are being computed: how deep in each other, and what is assumed of them so far."""

_read: list[int] = []
"""For each of them, the outermost one whose assumption has been read."""


def summary(function: Function, key: Hashable, least: Summary, compute: Callable[[], Summary]) -> Summary:
    """The summary of a function under a key; ``compute`` gives it from the summaries of the functions that it calls.

    One that was computed from an assumption is remembered only if the assumption was about itself: those about the
    functions that wait for it may still change.
    """
    if key in function.derived:
        known: Summary = function.derived[key]
        return known
    require_finished(function)
    if (function, key) in _running:
        depth, assumed = _running[function, key]
        _read[-1] = min(_read[-1], depth)
        return assumed  # type: ignore[return-value]
    depth = len(_read)
    _read.append(depth)
    try:
        found = least
        while True:
            _running[function, key] = depth, found
            again = compute()
            if again == found:
                break
            found = again
    finally:
        del _running[function, key]
        outermost = _read.pop()
        if _read:
            _read[-1] = min(_read[-1], outermost)
    if outermost == depth:
        function.derived[key] = found
    return found


def require_finished(function: Function) -> None:
    """Refuse to look at a function that is being lowered: it takes a derivative of itself, or of one that calls it."""
    if function.unfinished:
        raise DifferentiationError(explain(
            function.location, f"{function.name} takes a derivative of itself in its own body",
            "take the derivative outside of the function",
        ))
