"""Lengths of lists that change: each is taken when the list is made, for the old version is soon no more.

    x.append(v)                    n = len(x)
    ...                    ->      x.append(v)
    n = len(old x)                 ...
"""

from __future__ import annotations

from dataclasses import replace

from srcad.ir import core
from srcad.ir.nodes import Apply, Block, Instruction, Operand, Value, block_values, blocks_of
from srcad.ir.rewrite import substituted, with_blocks


def with_early_lengths(block: Block, params: list[Value]) -> Block:
    """The block in which the lengths of lists that are changed later are known before."""
    changed: set[Operand] = set()
    asked: dict[Value, Apply] = {}
    _find(block, changed, asked)
    made_here = {*params, *block_values(block)}
    found = {x: apply for x, apply in asked.items() if x in changed and x in made_here}
    if not found:
        return block
    new = {x: Value("", apply.results[0].fact, "n") for x, apply in found.items()}
    placed: set[Value] = set()
    block = _with(block, new, found, placed)
    lengths: dict[Value, Operand] = {}
    _lengths(block, {x: v for x, v in new.items() if x in placed}, lengths)
    return _without(substituted(block, lengths), lengths)


def _find(block: Block, changed: set[Operand], asked: dict[Value, Apply]) -> None:
    for instruction in block.body:
        if isinstance(instruction, Apply) and instruction.primitive in core.LIST_WRITES:
            changed.add(instruction.args[0])
        if isinstance(instruction, Apply) and instruction.primitive is core.LENGTH and isinstance(instruction.args[0], Value):
            asked.setdefault(instruction.args[0], instruction)
        for inner in blocks_of(instruction):
            _find(inner, changed, asked)


def _with(block: Block, new: dict[Value, Value], found: dict[Value, Apply], placed: set[Value]) -> Block:
    """The block with the length behind each list that is made in it."""
    body: list[Instruction] = []
    for instruction in block.body:
        body.append(with_blocks(instruction, lambda b: _with(b, new, found, placed)))
        for result in instruction.results:
            if result in new:
                placed.add(result)
                body.append(Apply((new[result],), core.LENGTH, (result,), location=found[result].location, derived=True))
    return replace(block, body=body)


def _without(block: Block, lengths: dict[Value, Operand]) -> Block:
    """The block without the lengths that are taken earlier."""
    body = [with_blocks(i, lambda b: _without(b, lengths)) for i in block.body if not lengths.keys() & set(i.results)]
    return replace(block, body=body)


def _lengths(block: Block, new: dict[Value, Value], lengths: dict[Value, Operand]) -> None:
    """Note what is read in the place of lengths that are taken later."""
    for instruction in block.body:
        if isinstance(instruction, Apply) and instruction.primitive is core.LENGTH:
            early = new.get(instruction.args[0])  # type: ignore[arg-type]
            if early is not None and instruction.results[0] is not early:
                lengths[instruction.results[0]] = early
        for inner in blocks_of(instruction):
            _lengths(inner, new, lengths)
