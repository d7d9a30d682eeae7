"""Whether code may be run again: what it does besides computing its results."""

from __future__ import annotations

from srcad.ir import core
from srcad.ir.nodes import Apply, Block, Call, Const, Function, Location, blocks_of

CHECKS = (core.CHECK_SHAPE, core.REQUIRE, core.WARN, core.WARN_ROWS, core.SEPARATE, core.IN_ORDER)
"""What looks at values only."""

WRITES = (core.SET_ITEM, core.DELETE_ITEM, core.SET_ATTRIBUTE, core.DELETE_ATTRIBUTE)
"""What changes a variable or attribute that outlives the call, which it names."""

Effect = tuple[str, str, Location | None]
"""What code does besides computing its results, what to do instead, and where it is done."""


def effect_of(function: Function) -> Effect | None:
    """The first thing that a function may do besides computing its results; None if there is none."""
    return block_effect(function.block, {function})


def block_effect(block: Block, seen: set[Function] | None = None) -> Effect | None:
    """The same for a block.  Code that raises is not run again, since what follows it is never reached."""
    seen = set() if seen is None else seen
    if block.diverges:
        return None
    for instruction in block.body:
        found = None
        if isinstance(instruction, Apply) and not instruction.primitive.pure and instruction.primitive not in CHECKS:
            return (*_described(instruction), instruction.location)
        if isinstance(instruction, Call) and instruction.function not in seen:
            seen.add(instruction.function)
            found = block_effect(instruction.function.block, seen)
        for inner in blocks_of(instruction):
            found = found or block_effect(inner, seen)
        if found is not None:
            return found
    return None


def _described(apply: Apply) -> tuple[str, str]:
    if apply.primitive in WRITES:
        name = apply.args[1].value if isinstance(apply.args[1], Const) else None
        name = name if isinstance(name, str) else "a variable"
        return f"writes to {name}", f"return the value, and write to {name} outside"
    name = apply.primitive.name
    return f"calls {name}, which may draw random numbers or have other effects", f"call {name} outside and pass the result in"
