"""Residuals: what the backward sweep reads from inside a branch or a loop of the forward sweep.

The backward code is written against the values of the forward sweep.  Here the forward instruction is extended to
hand those values out (a branch by a further result, a loop by collecting a list), and the backward code made to
read them from there.  A value that is cheap to compute from what is at hand is computed again instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from keyword import iskeyword

from srcad.ir.build import joined_fact
from srcad.ir.facts import list_fact
from srcad.ir.nodes import (
    UNDEFINED,
    Apply,
    Block,
    If,
    Instruction,
    Loop,
    Operand,
    Value,
    block_values,
    flat_operands,
    free_values,
)
from srcad.ir.rewrite import renamed, substituted
from srcad.transforms.asked import with_kept_layouts
from srcad.transforms.dead import without_dead

CHEAP = frozenset(["+", "-", "*", "/", "not"])
"""Operators that cost less on scalars than a list element does."""


def hand_out_of_branch(branch: If, *backward: Block) -> list[Block]:
    """Give the branch a further result for each value inside it that the backward code reads."""
    backward = tuple(map(without_dead, backward))
    for source in (branch.then, branch.orelse):
        inside = set(block_values(source))
        read = [v for v in free_values(*backward) if v in inside]
        new: dict[Value, Operand] = {}
        for value in read:
            new[value] = _result_for(branch, source, value)
        if new:
            backward = tuple(substituted(b, new) for b in backward)
    return list(backward)


def _result_for(branch: If, source: Block, value: Value) -> Value:
    """The result of a branch that is ``value`` if ``source`` is taken."""
    other = branch.orelse if source is branch.then else branch.then
    for k, out in enumerate(source.outs):
        if out is value:
            return branch.results[k]
    result = value.again()
    branch.results = (*branch.results, result)
    source.outs = [*source.outs, value]
    if not other.diverges:
        other.outs = [*other.outs, UNDEFINED]
    return result


def hand_out_of_exit(loop: Loop, backward: Block) -> Block:
    """Give the loop a further result for each value of its last, partial iteration that the backward code reads."""
    backward = without_dead(backward)
    inside = _defined_in(loop)
    new: dict[Value, Operand] = {}
    for value in free_values(backward):
        if value not in inside:
            continue
        position = next((k for k, out in enumerate(loop.exit.outs) if out is value), None)
        if position is not None and loop.count is None:
            new[value] = loop.finals[position]
            continue
        old = "_old" if value.name and value in loop.carried else ""
        result = new[value] = Value(value.name + old, value.fact, value.hint)
        count = len(loop.carried)
        loop.results = (*loop.results[:count], result, *loop.results[count:])
        loop.carried = [*loop.carried, result.again()]
        loop.inits = [*loop.inits, UNDEFINED]
        loop.exit.outs = [*loop.exit.outs, value]
        loop.body.outs = [*loop.body.outs[:count], UNDEFINED, *loop.body.outs[count:]]
    return substituted(backward, new) if new else backward


def _defined_in(loop: Loop) -> set[Value]:
    """What is defined inside a loop, its parameters included."""
    inside = {loop.index, *loop.carried, *(item for _, item in loop.scanned)}
    for block in (loop.head, loop.exit, loop.body):
        inside.update(block_values(block))
    return inside


def hand_out_of_loop(
    loop: Loop, index: Value, backward: Block
) -> tuple[Block, list[tuple[Operand, Value]]]:
    """Let the loop collect what the body of the backward loop reads; the lists for that loop to scan."""
    inside = _defined_in(loop)
    sequences = {item: sequence for sequence, item in loop.scanned}
    definitions = _definitions(loop)
    at_hand: dict[Value, Operand] = {loop.index: index, **{item: item for item in sequences}}
    backward = with_kept_layouts(
        (loop.head, loop.body), without_dead(backward), inside,
        lambda v: v in at_hand or _recompute(v, definitions, inside, dict(at_hand), []), loop.carried,
    )
    inside, definitions = _defined_in(loop), _definitions(loop)
    read = [v for v in free_values(backward) if v in inside]
    new: dict[Value, Operand] = {}
    scanned: list[tuple[Operand, Value]] = []

    again: list[Instruction] = []
    for value in read:
        if value is loop.index:
            new[value] = index
        elif value in sequences:
            item = new[value] = value.again()
            scanned.append((sequences[value], item))
    # what must be saved first: with that at hand, less of the rest need be
    for value in sorted(read, key=lambda v: v in definitions and is_cheap(definitions[v])):
        if value not in new and not _recompute(value, definitions, inside, new, again):
            old = "_old" if value.name and value in loop.carried else ""
            copy = new[value] = Value(value.name + old, value.fact, value.hint)
            scanned.append((_collect(loop, value), copy))
    if not new:
        return backward, []
    result = substituted(backward, new)
    result.body[:0] = again
    return result, scanned


def _definitions(loop: Loop) -> dict[Value, Apply]:
    return {
        result: instruction
        for block in (loop.head, loop.body)
        for instruction in block.body
        if isinstance(instruction, Apply)
        for result in instruction.results
    }


def _recompute(
    value: Value, definitions: dict[Value, Apply], inside: set[Value], new: dict[Value, Operand],
    again: list[Instruction],
) -> bool:
    """Compute a value again in the backward body if that takes only what is at hand there."""
    made = definitions.get(value)
    if made is None or not is_cheap(made):
        return False
    needed = [o for o in _values(made.args) if o in inside]
    for operand in needed:
        if operand not in new and not _recompute(operand, definitions, inside, new, again):
            return False
    again.append(renamed(made, new))
    return True


def _values(operands: Iterable[Operand]) -> list[Value]:
    return [part for operand in operands for part in flat_operands(operand) if isinstance(part, Value)]


def is_cheap(apply: Apply) -> bool:
    """Whether computing again is cheaper than saving: views, sizes, and arithmetic of scalars."""
    primitive = apply.primitive
    if not primitive.pure or primitive.allocates or len(apply.results) > 1:
        return False
    if primitive.view:
        return True
    fact = apply.results[0].fact
    return (fact.is_scalar and primitive.symbol in CHEAP) or fact.kind in ("shape", "object")


def _collect(loop: Loop, value: Value) -> Value:
    """The list of a value's iterations, made by the loop if it does not make it yet."""
    count = len(loop.carried)
    for k, out in enumerate(loop.body.outs[count:]):
        if out is value:
            return loop.collected[k]
    collected = Value(plural(value.label), list_fact(joined_fact([value])))
    loop.results = (*loop.results[:-2], collected, *loop.results[-2:])
    loop.body.outs = [*loop.body.outs, value]
    return collected


def plural(name: str) -> str:
    """The name of a list of saved values."""
    if name == "residuals":
        return "calls"
    several = f"{name}s" if name else "saved"
    return f"{name}_list" if name.endswith("s") or iskeyword(several) else several
