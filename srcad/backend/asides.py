"""The comments that tie lines of a backward sweep to the user's: a place in the user's source goes in, its text comes out.

A line is shown if it can be understood alone: a statement, or the head of a loop or branch, that is complete on it.

    r_bar = 200.0 * y_bar * r  # return np.sum(100.0 * r**2)
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterable, Iterator, Mapping

from srcad.backend.printer import annotate
from srcad.ir.nodes import Location


def add_asides(body: Iterable[ast.stmt], places: Mapping[ast.stmt, Location]) -> None:
    """Put the user's line beside each statement that comes from another one than the statement above it."""
    last = None
    for statement in _in_order(body):
        place = places.get(statement)
        if place is not None and place != last:
            last = place
            annotate(statement, aside=aside(place))


def _in_order(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        for inner in ("body", "orelse"):
            yield from _in_order(getattr(statement, inner, ()))


def aside(location: Location) -> str:
    """The statement at a place, empty if it cannot be shown on one line."""
    line = linecache.getline(location.file, location.line).strip()
    for rest in ("", " pass"):
        try:
            (statement,) = ast.parse(line + rest).body
        except (SyntaxError, ValueError):
            continue
        if rest:
            return line.removesuffix(":")
        # a comment of the user's is not repeated
        return line.encode()[: statement.end_col_offset].decode()
    return ""
