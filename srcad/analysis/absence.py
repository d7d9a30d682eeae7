"""Which values may have none: variables that only some paths assign.

A value is absent on a path that yields ``UNDEFINED`` for it, or something absent.
"""

from __future__ import annotations

from collections.abc import Iterable

from srcad.ir.nodes import Block, If, Loop, Operand, Undefined, Value, blocks_of


def absent_values(block: Block) -> set[Value]:
    """The values defined in a block that may be absent."""
    absent: set[Value] = set()
    size = -1
    while size != len(absent):
        size = len(absent)
        _find(block, absent)
    return absent


def _find(block: Block, absent: set[Value]) -> None:
    for instruction in block.body:
        for inner in blocks_of(instruction):
            _find(inner, absent)
        if isinstance(instruction, If):
            for inner in (instruction.then, instruction.orelse):
                _join(instruction.results, inner.outs, absent)
        elif isinstance(instruction, Loop):
            for outs in (instruction.inits, instruction.body.outs, instruction.exit.outs):
                _join(instruction.carried, outs, absent)
            _join(instruction.finals, instruction.carried, absent)
            _join(instruction.finals, instruction.exit.outs, absent)


def _join(targets: Iterable[Value], sources: Iterable[Operand], absent: set[Value]) -> None:
    pairs = zip(targets, sources, strict=False)
    absent.update(t for t, s in pairs if isinstance(s, Undefined) or (isinstance(s, Value) and s in absent))
