"""Arrays of which the way back asks the shape and the type only: these are kept, not the arrays.

    for n in range(steps):                             for n in range(steps):
        f = flux(u)                                        f = flux(u)
        fs.append(f)                  ->                   ...
    ...                                                ...
    f_bar = np.zeros(fs[n].shape)                      f_bar = np.zeros(f_shapes[n])

Something else that is kept anyway is asked instead, if it is known to have that shape and type.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from srcad.ir import core
from srcad.ir.facts import same_dtype, same_shape
from srcad.ir.nodes import Apply, Block, Call, Const, Operand, Value, block_operands, blocks_of, flat_operands, free_values
from srcad.ir.primitive import Primitive
from srcad.ir.rewrite import substituted, with_blocks

LAYOUTS = (core.SHAPE, core.DTYPE)


def with_kept_layouts(
    makers: Sequence[Block], backward: Block, inside: set[Value], is_at_hand: Callable[[Value], bool],
    carried: Sequence[Value] = (),
) -> Block:
    """The backward code that asks nothing of arrays ``inside`` the forward code but what is kept.

    ``makers`` are the blocks in which these are made, each time that the forward code runs, if they are not ``carried``
    there; ``is_at_hand`` says which arrays need not be kept anyway.
    """
    asked = [v for v in asked_only(backward) if v in inside and v.fact.kind == "array" and not (v.fact.is_scalar or v.optional)]
    if not asked:
        return backward
    # of the way forward, since adjoints would be read longer than they live; and read anyway, since memory may be written into
    forward = {*inside, *free_values(*makers)}
    others = [v for v in free_values(backward) if v in forward and v not in asked and v.fact.kind == "array" and not v.optional]
    alike: dict[Operand, Operand] = {}
    new: dict[Value, Operand] = {}
    for value in asked:
        if is_at_hand(value):
            continue
        found = next((o for o in others if is_like(o, value)), None)
        if found is not None:
            alike[value] = found
        elif (block := makers[-1] if value in carried else _maker(makers, value)) is not None:
            new.update(_kept(block, value, backward))
    if alike:
        backward = _asking(backward, alike)
    return substituted(_without(backward, new), new) if new else backward


def is_like(one: Value, other: Value) -> bool:
    """Whether two arrays are known to have one shape and type."""
    return same_shape(one.fact.shape, other.fact.shape) and same_dtype(one.fact.dtype, other.fact.dtype)


def asked_only(block: Block) -> list[Value]:
    """The values of which a block asks nothing but shape and type."""
    questions = Counter(apply.args[0] for apply in _questions(block))
    reads = Counter(part for operand in block_operands(block) for part in flat_operands(operand))
    return [value for value, count in questions.items() if isinstance(value, Value) and reads[value] == count]


def _questions(block: Block) -> list[Apply]:
    found = []
    for instruction in block.body:
        if isinstance(instruction, Apply) and instruction.primitive in LAYOUTS:
            found.append(instruction)
        for inner in blocks_of(instruction):
            found += _questions(inner)
    return found


def _maker(blocks: Sequence[Block], value: Value) -> Block | None:
    """The block in which an array is made; None where there may be no array, whose shape could be asked for.

    A call may give nothing on some paths; but what is computed with in the same block is there.
    """
    for block in blocks:
        for instruction in block.body:
            if value not in instruction.results:
                continue
            if isinstance(instruction, Apply) or (isinstance(instruction, Call) and _is_computed_with(block, value)):
                return block
            return None
    return None


def _is_computed_with(block: Block, value: Value) -> bool:
    return any(
        isinstance(i, Apply) and value in i.args and (i.primitive is core.INDEX or i.primitive.symbol) for i in block.body
    )


def _kept(block: Block, value: Value, backward: Block) -> dict[Value, Operand]:
    """What the answers of the backward block are replaced by: values that are made right behind the array, or constants."""
    new: dict[Value, Operand] = {}
    made: dict[Primitive, Value] = {}
    for question in _questions(backward):
        if question.args[0] is not value:
            continue
        (answer,), primitive = question.results, question.primitive
        if primitive is core.DTYPE and value.fact.dtype is not None:
            new[answer] = Const(value.fact.dtype)
            continue
        if primitive not in made:
            made[primitive] = Value(f"{value.name}_{primitive.name}" if value.name else "", answer.fact, answer.hint)
            makers = (k + 1 for k, i in enumerate(block.body) if isinstance(i, Apply | Call) and value in i.results)
            block.body.insert(next(makers, 0), Apply((made[primitive],), primitive, (value,), derived=True))
        new[answer] = made[primitive]
    return new


def _asking(block: Block, alike: dict[Operand, Operand]) -> Block:
    """The block with questions put to other arrays."""
    body = [
        replace(i, args=(alike.get(i.args[0], i.args[0]),)) if isinstance(i, Apply) and i.primitive in LAYOUTS
        else with_blocks(i, lambda b: _asking(b, alike))
        for i in block.body
    ]
    return replace(block, body=body)


def _without(block: Block, answers: dict[Value, Operand]) -> Block:
    """The block without questions that are answered."""
    body = [
        with_blocks(i, lambda b: _without(b, answers))
        for i in block.body if not (isinstance(i, Apply) and len(i.results) == 1 and i.results[0] in answers)
    ]
    return replace(block, body=body)
