"""Copying IR with operands replaced: the mechanical part of every pass that rebuilds a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from srcad.ir.nodes import (
    Apply,
    Block,
    Call,
    Display,
    If,
    Instruction,
    Loop,
    Operand,
    Raise,
    Remark,
    Value,
)

Substitution = Mapping[Value, Operand]


def replaced(operand: Operand, new: Substitution) -> Operand:
    """The operand, or what stands in its place."""
    if isinstance(operand, Value):
        return new.get(operand, operand)
    if isinstance(operand, Display):
        return Display(operand.kind, tuple(replaced(item, new) for item in operand.items))
    return operand


def with_operands(instruction: Instruction, change: Callable[[Operand], Operand]) -> Instruction:
    """The instruction with its own operands changed, its blocks shared with the original."""
    match instruction:
        case Apply():
            args = tuple(map(change, instruction.args))
            return replace(instruction, args=args, kwargs=tuple((k, change(v)) for k, v in instruction.kwargs))
        case Call():
            return replace(instruction, args=tuple(map(change, instruction.args)))
        case Raise():
            exception = instruction.exception
            return replace(instruction, exception=None if exception is None else change(exception))
        case Remark():
            return instruction
        case If():
            return replace(instruction, condition=change(instruction.condition))
        case Loop():
            return replace(
                instruction,
                count=None if instruction.count is None else change(instruction.count),
                scanned=[(change(sequence), item) for sequence, item in instruction.scanned],
                inits=list(map(change, instruction.inits)),
                stop=None if instruction.stop is None else change(instruction.stop),
            )


def with_blocks(instruction: Instruction, change: Callable[[Block], Block]) -> Instruction:
    """The instruction with the blocks nested in it changed."""
    if isinstance(instruction, If):
        return replace(instruction, then=change(instruction.then), orelse=change(instruction.orelse))
    if isinstance(instruction, Loop):
        return replace(
            instruction, head=change(instruction.head), exit=change(instruction.exit), body=change(instruction.body)
        )
    return instruction


def substituted(block: Block, new: Substitution) -> Block:
    """A copy of the block in which values are replaced; definitions are kept."""

    def change(operand: Operand) -> Operand:
        return replaced(operand, new)

    body = [with_blocks(with_operands(i, change), lambda b: substituted(b, new)) for i in block.body]
    return replace(block, body=body, outs=list(map(change, block.outs)))


def renamed(instruction: Apply, new: dict[Value, Operand]) -> Apply:
    """A copy of an application with operands replaced and fresh results, which ``new`` then maps to."""
    results = tuple(r.again() for r in instruction.results)
    copy = with_operands(instruction, lambda operand: replaced(operand, new))
    new.update(zip(instruction.results, results, strict=True))
    assert isinstance(copy, Apply)
    return replace(copy, results=results)


def cloned(block: Block, new: dict[Value, Operand]) -> Block:
    """A copy of a block with fresh definitions; ``new`` maps what it reads from outside, and then what it defines."""

    def fresh(value: Value) -> Value:
        copy = new[value] = value.again()
        return copy

    def change(operand: Operand) -> Operand:
        return replaced(operand, new)

    body: list[Instruction] = []
    for instruction in block.body:
        if isinstance(instruction, Loop):
            body.append(_cloned_loop(instruction, new, fresh, change))
            continue
        copy = with_blocks(with_operands(instruction, change), lambda b: cloned(b, new))
        if copy.results:
            copy.results = tuple(map(fresh, instruction.results))
        body.append(copy)
    return Block([*map(fresh, block.params)], body, list(map(change, block.outs)), block.diverges)


def _cloned_loop(
    loop: Loop, new: dict[Value, Operand], fresh: Callable[[Value], Value], change: Callable[[Operand], Operand]
) -> Loop:
    count = None if loop.count is None else change(loop.count)
    sequences, inits = [change(s) for s, _ in loop.scanned], list(map(change, loop.inits))
    index, items, carried = fresh(loop.index), [fresh(i) for _, i in loop.scanned], list(map(fresh, loop.carried))
    head = cloned(loop.head, new)
    stop = None if loop.stop is None else change(loop.stop)
    exit_, body = cloned(loop.exit, new), cloned(loop.body, new)
    return Loop(
        tuple(map(fresh, loop.results)), count, loop.reverse, index, list(zip(sequences, items, strict=True)), carried,
        inits, head, stop, exit_, body, loop.location,
    )
