"""Shapes and types are read from what is computed anyway: a value is not computed for the sake of its shape.

    r = x[1:] - x[:-1] ** 2      (not read)
    r_bar = np.zeros(r.shape)                      ->      r_bar = np.zeros(x[1:].shape)
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import same_dtype, same_shape
from srcad.ir.nodes import Apply, Block, Const, Instruction, Operand, Value, block_operands, block_values, blocks_of, flat_operands
from srcad.ir.rewrite import with_blocks
from srcad.transforms.dead import without_dead

LAYOUTS = (core.SHAPE, core.DTYPE)


def with_live_layouts(block: Block) -> Block:
    """The block in which shapes and types are read from operands where only these are asked of a result."""
    definitions: dict[Value, Apply] = {}
    asked: Counter[Operand] = Counter()
    _look(block, definitions, asked)
    read = Counter(part for operand in block_operands(block) for part in flat_operands(operand))
    if not any(read[value] == count and value in definitions for value, count in asked.items()):
        return block
    live = set(block_values(without_dead(_without_questions(block))))
    return _rewritten(block, definitions, live)


def _look(block: Block, definitions: dict[Value, Apply], asked: Counter[Operand]) -> None:
    for instruction in block.body:
        if isinstance(instruction, Apply):
            definitions.update(dict.fromkeys(instruction.results, instruction))
            if instruction.primitive in LAYOUTS:
                asked[instruction.args[0]] += 1
        for inner in blocks_of(instruction):
            _look(inner, definitions, asked)


def _without_questions(block: Block) -> Block:
    """The block with nothing asked of shapes and types: what is live in it is needed for its value."""

    def unasked(instruction: Instruction) -> Instruction:
        if isinstance(instruction, Apply) and instruction.primitive in LAYOUTS:
            return replace(instruction, args=(Const(None),))
        return with_blocks(instruction, _without_questions)

    return replace(block, body=list(map(unasked, block.body)))


def _rewritten(block: Block, definitions: dict[Value, Apply], live: set[Value]) -> Block:
    def asked(instruction: Instruction) -> Instruction:
        if isinstance(instruction, Apply) and instruction.primitive in LAYOUTS:
            value = instruction.args[0]
            if isinstance(value, Value) and value in definitions and value not in live:
                return replace(instruction, args=(_alike(value, value, definitions, live) or value,))
        return with_blocks(instruction, lambda b: _rewritten(b, definitions, live))

    return replace(block, body=list(map(asked, block.body)))


def _alike(value: Value, like: Value, definitions: dict[Value, Apply], live: set[Value]) -> Value | None:
    """Something of the same shape and type that a value is computed from, and that is there anyway."""
    made = definitions.get(value)
    for operand in made.args if made is not None else ():
        fact = fact_of_operand(operand)
        if not isinstance(operand, Value) or fact.kind != "array":
            continue
        if same_shape(fact.shape, like.fact.shape) and same_dtype(fact.dtype, like.fact.dtype):
            if operand in live or operand not in definitions:
                return operand
            if (found := _alike(operand, like, definitions, live)) is not None:
                return found
    return None
