"""Loops over the elements of arrays: what the head of a ``for`` takes from its sequences is taken by the loop itself.

    for k in range(len(x)):                     for value in x:
        value = x[k]                    ->          total += value**2
        total += value**2
"""

from __future__ import annotations

from dataclasses import replace

from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import same_shape
from srcad.ir.nodes import Apply, Block, Instruction, Loop, Operand, Value, block_values, blocks_of
from srcad.ir.rewrite import with_blocks


def with_elements(block: Block) -> Block:
    """The block in which loops over arrays scan them."""
    lengths: dict[Value, Operand] = {}
    _find_lengths(block, lengths)
    return _scanning(block, lengths)


def _find_lengths(block: Block, lengths: dict[Value, Operand]) -> None:
    for instruction in block.body:
        if isinstance(instruction, Apply) and instruction.primitive is core.LENGTH:
            lengths[instruction.results[0]] = instruction.args[0]
        for inner in blocks_of(instruction):
            _find_lengths(inner, lengths)


def _scanning(block: Block, lengths: dict[Value, Operand]) -> Block:
    body: list[Instruction] = []
    for instruction in block.body:
        instruction = with_blocks(instruction, lambda b: _scanning(b, lengths))
        if isinstance(instruction, Loop) and instruction.count in lengths and not instruction.reverse:
            instruction = _of_elements(instruction, lengths[instruction.count])
        body.append(instruction)
    return replace(block, body=body)


def _of_elements(loop: Loop, sequence: Operand) -> Loop:
    """The loop, which makes as many iterations as a sequence has elements."""
    inside = {*loop.carried, *(item for _, item in loop.scanned), *(v for b in blocks_of(loop) for v in block_values(b))}
    scanned: list[tuple[Operand, Value]] = []

    def is_element(instruction: Instruction) -> bool:
        """Whether an instruction takes an element for the head of the loop."""
        if not isinstance(instruction, Apply) or instruction.primitive is not core.INDEX:
            return False
        x, index = instruction.args
        return (
            index is loop.index and instruction.location == loop.location and x not in inside
            and (x is sequence or same_length(x, sequence))
        )

    blocks = []
    for part in (loop.head, loop.body):
        taken = [i for i in part.body if is_element(i)]
        scanned += [(i.args[0], i.results[0]) for i in taken if isinstance(i, Apply)]
        blocks.append(replace(part, body=[i for i in part.body if i not in taken]))
    scanned.sort(key=lambda pair: pair[1].label.endswith("_dot"))  # tangents stand behind what they belong to
    return replace(loop, scanned=[*loop.scanned, *scanned], head=blocks[0], body=blocks[1])


def same_length(x: Operand, y: Operand) -> bool:
    """Whether two sequences are known to have the same number of elements."""
    p, q = fact_of_operand(x).shape, fact_of_operand(y).shape
    return bool(p and q) and same_shape(p[:1], q[:1])  # type: ignore[index]
