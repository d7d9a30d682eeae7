"""Which values may have none: variables that only some paths assign.

A value is absent on a path that yields ``UNDEFINED`` for it, or something absent.  Residuals that are kept for the way
back, in lists and packs, are None on such a path.
"""

from __future__ import annotations

from collections.abc import Iterable

from srcad.ir import core
from srcad.ir.nodes import Apply, Block, Const, Function, If, Loop, Operand, Undefined, Value, block_values, blocks_of


def absent_values(block: Block) -> set[Value]:
    """The values defined in a block that may be absent, so that there is nothing to be read."""
    return _closed(block, set(), kept=False)


Outcomes = frozenset[tuple[Operand, bool]]
"""How conditions turn out."""


def present_where(block: Block, absent: set[Value]) -> dict[Value, Outcomes]:
    """For values that may be absent, how conditions turn out where they are certainly there."""
    found: dict[Value, Outcomes] = {}
    for instruction in block.body:
        for inner in blocks_of(instruction):
            found |= present_where(inner, absent)
        if not isinstance(instruction, If):
            continue
        for side, outcome in ((instruction.then, True), (instruction.orelse, False)):
            outside = dict(zip(side.outs, instruction.results, strict=False))  # conditions that the side gives on
            for result, out in zip(instruction.results, side.outs, strict=False):
                there = out in found if out in absent else not isinstance(out, Undefined)
                if result in absent and there:
                    inside = found.get(out, frozenset())  # type: ignore[arg-type]
                    found[result] = frozenset((outside.get(c, c), o) for c, o in inside) | {(instruction.condition, outcome)}
    return found


def absent_or_none(function: Function) -> set[Value]:
    """The values of a function that may be absent, or None since they were absent when they were kept."""
    values = (*function.params, *block_values(function.block))
    return _closed(function.block, {v for v in values if v.optional}, kept=True)


def marked_optional(function: Function) -> set[Value]:
    """The values that ``absent_or_none`` finds, each marked so that rules and copies know it too."""
    found = absent_or_none(function)
    for value in found:
        value.optional = True
    return found


def _closed(block: Block, absent: set[Value], kept: bool) -> set[Value]:
    size = -1
    while size != len(absent):
        size = len(absent)
        _find(block, absent, kept)
    return absent


def _find(block: Block, absent: set[Value], kept: bool) -> None:
    for instruction in block.body:
        if kept and isinstance(instruction, Apply) and instruction.primitive is core.ZEROS_LIKE:
            _join(instruction.results, instruction.args, absent, kept)  # None is like None
        for inner in blocks_of(instruction):
            _find(inner, absent, kept)
        if isinstance(instruction, If):
            for inner in (instruction.then, instruction.orelse):
                _join(instruction.results, inner.outs, absent, kept)
        elif isinstance(instruction, Loop):
            for outs in (instruction.inits, instruction.body.outs, instruction.exit.outs):
                _join(instruction.carried, outs, absent, kept)
            _join(instruction.finals, instruction.carried, absent, kept)
            _join(instruction.finals, instruction.exit.outs, absent, kept)
            if kept:
                _join(instruction.collected, instruction.body.outs[len(instruction.carried) :], absent, kept)
                _join((item for _, item in instruction.scanned), (s for s, _ in instruction.scanned), absent, kept)


def _join(targets: Iterable[Value], sources: Iterable[Operand], absent: set[Value], kept: bool) -> None:
    pairs = zip(targets, sources, strict=False)
    absent.update(t for t, s in pairs if s in absent or isinstance(s, Undefined) or (kept and is_none(s)))


def is_none(operand: Operand) -> bool:
    return isinstance(operand, Const) and operand.value is None
