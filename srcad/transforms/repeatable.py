"""Whether code may be run again: what it does besides computing its results."""

from __future__ import annotations

from srcad.ir import core
from srcad.ir.nodes import Apply, Block, Call, Function, Location, blocks_of

CHECKS = (core.CHECK_SHAPE, core.REQUIRE, core.WARN, core.WARN_ROWS, core.SEPARATE, core.IN_ORDER)
"""What looks at values only."""

Effect = tuple[str, Location | None]


def effect_of(function: Function) -> Effect | None:
    """The first call in a function that may do more than compute its results, and where it is; None if there is none."""
    return block_effect(function.block, {function})


def block_effect(block: Block, seen: set[Function] | None = None) -> Effect | None:
    """The same for a block.  Code that raises is not run again, since what follows it is never reached."""
    seen = set() if seen is None else seen
    if block.diverges:
        return None
    for instruction in block.body:
        found = None
        if isinstance(instruction, Apply) and not instruction.primitive.pure and instruction.primitive not in CHECKS:
            return instruction.primitive.name, instruction.location
        if isinstance(instruction, Call) and instruction.function not in seen:
            seen.add(instruction.function)
            found = block_effect(instruction.function.block, seen)
        for inner in blocks_of(instruction):
            found = found or block_effect(inner, seen)
        if found is not None:
            return found
    return None
