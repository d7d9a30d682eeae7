"""Versions of memory: which result is the last version of which parameter, and writes that become one.

    x_bar[i] = 0.0
    x_bar[0] += w        ->     x_bar[i] = v
    x_bar[i] += v               x_bar[0] += w
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from srcad.analysis.summaries import summary
from srcad.ir import core
from srcad.ir.build import is_number, key_of
from srcad.ir.nodes import (
    Apply,
    Block,
    Call,
    Function,
    If,
    Instruction,
    Loop,
    Operand,
    Value,
    block_operands,
    blocks_of,
    flat_operands,
)
from srcad.ir.rewrite import with_blocks


def last_versions(function: Function) -> tuple[int | None, ...]:
    """For each result the position of the written parameter of which it is a version, None for any other."""

    def found() -> tuple[int | None, ...]:
        definitions = dict(_definitions(function.block))
        positions = {p: k for k, p in enumerate(function.params) if p in function.written}
        return tuple(_version_of(out, definitions, positions) for out in function.outs)

    if not function.written:
        return (None,) * len(function.outs)
    return summary(function, "last versions", (None,) * len(function.outs), found)


def _definitions(block: Block) -> Iterator[tuple[Value, Instruction]]:
    for instruction in block.body:
        for result in instruction.results:
            yield result, instruction
        if isinstance(instruction, Loop):
            for param in instruction.carried:
                yield param, instruction
        for inner in blocks_of(instruction):
            yield from _definitions(inner)


def _version_of(out: Operand, definitions: dict[Value, Instruction], positions: dict[Value, int]) -> int | None:
    """The parameter from which writes lead to a value, by way of views, branches and loops."""
    pending, seen = [out], set[Operand]()
    while pending:
        value = pending.pop()
        if not isinstance(value, Value) or value in seen:
            continue
        seen.add(value)
        if value in positions:
            return positions[value]
        made = definitions.get(value)
        if made is not None:
            pending += _sources(value, made)
    return None


def _sources(value: Value, made: Instruction) -> Iterable[Operand]:
    match made:
        case Apply() if made.primitive in core.WRITES or made.primitive.view:
            return made.args[:1]
        case Call():
            last = last_versions(made.function)[made.results.index(value)]
            return [] if last is None else [made.args[last]]
        case If():
            k = made.results.index(value)
            return [b.outs[k] for b in (made.then, made.orelse) if not b.diverges]
        case Loop():
            places = made.carried if value in made.carried else made.finals
            return [made.inits[places.index(value)]] if value in places else []
    return []


# ---- zeros that are added to -----------------------------------------------------------------------------------------


def with_merged_writes(block: Block) -> Block:
    """The block in which what is added to zeros, just stored, is stored instead."""
    uses = Counter(part for operand in block_operands(block) for part in flat_operands(operand))
    return _merged(block, uses)


def _merged(block: Block, uses: Counter[Operand]) -> Block:
    body: list[Instruction] = []
    made: dict[Operand, Apply] = {}
    for instruction in block.body:
        instruction = with_blocks(instruction, lambda b: _merged(b, uses))
        if isinstance(instruction, Apply) and instruction.derived and instruction.primitive is core.ACCUMULATED:
            chain = _since_zeros(instruction, made, uses)
            body = [i for i in body if i not in chain]
            if chain:
                # additions may be made in another order, and what is added is there by now
                first = replace(chain[0], args=(chain[0].args[0], *instruction.args[1:]))
                steps = [first, *chain[1:]]
                steps[-1] = replace(steps[-1], results=instruction.results)
                body += steps
                made.update((i.results[0], i) for i in steps)
                continue
        body.append(instruction)
        if isinstance(instruction, Apply) and instruction.derived and instruction.primitive in core.WRITES:
            made[instruction.results[0]] = instruction
    return replace(block, body=body)


def _since_zeros(added: Apply, made: dict[Operand, Apply], uses: Counter[Operand]) -> list[Apply]:
    """The writes from the one that stores zeros at the index at which is added, if nobody else reads these versions."""
    chain: list[Apply] = []
    version = added.args[0]
    while (write := made.get(version)) is not None and uses[version] == 1:
        chain.insert(0, write)
        if write.primitive is core.STORED:
            same = key_of(write.args[1]) == key_of(added.args[1])
            return chain if same and is_number(write.args[2], 0) else []
        version = write.args[0]
    return []
