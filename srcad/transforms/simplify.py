"""Simplification: what nobody reads goes, products of derivative code are put in order.

``simplified(f)`` computes the same as ``f`` with less.  Effects stay: calls into unknown code, raises, random draws.

    t = 2.0 * y_bar          (t_bar not read)          ->      x_bar = 200.0 * y_bar * r
    t_bar = y_bar * x
    x_bar = 100.0 * (t * r)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from srcad.analysis.summaries import summary
from srcad.ir import core
from srcad.ir.facts import PY_INT
from srcad.ir.nodes import (
    UNDEFINED,
    Apply,
    Block,
    Call,
    Const,
    Function,
    If,
    Instruction,
    Loop,
    Operand,
    Raise,
    Remark,
    Value,
    block_values,
    blocks_of,
    flat_operands,
    operands_of,
)
from srcad.ir.rewrite import substituted, with_blocks
from srcad.ir.verify import checked
from srcad.transforms.control import with_plain_control
from srcad.transforms.products import ordered_products
from srcad.transforms.repeats import without_repeats

Live = set[Value]


def simplified(function: Function) -> Function:
    """A function that computes the same with nothing superfluous; made once."""
    if "simplified" not in function.derived:
        result = function.derived["simplified"] = replace(checked(function), derived={}, unfinished=True)
        result.derived["simplified"] = result
        block = with_plain_control(without_repeats(without_dead(function.block)))
        block = defined_where_kept(counted_by_lists(with_ordered_lists(without_dead(ordered_products(block)))))
        result.block = with_simplified_callees(block)
        result.unfinished = False
        checked(result)
    found: Function = function.derived["simplified"]
    return found


def with_simplified_callees(block: Block) -> Block:
    """The block with every function that it calls simplified too."""
    body: list[Instruction] = []
    for instruction in block.body:
        instruction = with_blocks(instruction, with_simplified_callees)
        if isinstance(instruction, Call):
            instruction = replace(instruction, function=simplified(instruction.function))
        body.append(instruction)
    return replace(block, body=body)


# ---- dead code ------------------------------------------------------------------------------------------------------


def without_dead(block: Block) -> Block:
    """The block without what its outs and effects do not need."""
    live: Live = set()
    _read(live, block.outs)
    return _cleaned(block, live)


def _read(live: Live, operands: list[Operand]) -> None:
    live.update(part for operand in operands for part in flat_operands(operand) if isinstance(part, Value))


def _cleaned(block: Block, live: Live) -> Block:
    """The block with only the instructions that ``live`` values need; what these read is added to ``live``."""
    body: list[Instruction] = []
    for instruction in reversed(block.body):
        kept = _kept(instruction, live)
        if kept is not None:
            body.append(kept)
            _read(live, list(operands_of(kept)))
    return replace(block, body=body[::-1])


def _kept(instruction: Instruction, live: Live) -> Instruction | None:
    match instruction:
        case Apply():
            needed = not instruction.primitive.pure or any(r in live for r in instruction.results)
            return instruction if needed else None
        case Call():
            needed = any(r in live for r in instruction.results) or has_effects(instruction.function)
            return instruction if needed else None
        case Raise() | Remark():
            return instruction
        case If():
            return _kept_branch(instruction, live)
        case Loop():
            return _kept_loop(instruction, live)


def _kept_branch(branch: If, live: Live) -> If | None:
    keep = [k for k, r in enumerate(branch.results) if r in live]
    blocks = []
    for block in (branch.then, branch.orelse):
        outs = [block.outs[k] for k in keep] if not block.diverges else []
        _read(live, outs)
        blocks.append(_cleaned(replace(block, outs=outs), live))
    if not keep and not any(b.diverges or b.body for b in blocks):
        return None
    return replace(branch, results=tuple(branch.results[k] for k in keep), then=blocks[0], orelse=blocks[1])


def _kept_loop(loop: Loop, live: Live) -> Loop | None:
    if not any(r in live for r in loop.results) and not any(
        block_has_effects(b) for b in (loop.head, loop.exit, loop.body)
    ):
        return None
    count = len(loop.carried)
    keep = {k for k, r in enumerate(loop.finals) if r in live}
    lists = [j for j, r in enumerate(loop.collected) if r in live]
    while True:
        inner: Live = set()
        _read(inner, [loop.body.outs[k] for k in sorted(keep)] + [loop.body.outs[count + j] for j in lists])
        body = _cleaned(loop.body, inner)
        if loop.stop is not None:
            _read(inner, [loop.exit.outs[k] for k in sorted(keep)])
        exit_ = _cleaned(loop.exit, inner)
        if loop.stop is not None:
            _read(inner, [loop.stop])
        head = _cleaned(loop.head, inner)
        wider = keep | {k for k, c in enumerate(loop.carried) if c in inner}
        if wider == keep:
            break
        keep = wider
    order = sorted(keep)
    live.update(inner)
    body.outs = [loop.body.outs[k] for k in order] + [loop.body.outs[count + j] for j in lists]
    exit_.outs = [loop.exit.outs[k] for k in order] if loop.stop is not None else []
    return replace(
        loop,
        results=(*(loop.finals[k] for k in order), *(loop.collected[j] for j in lists), loop.trips, loop.stopped),
        scanned=[(s, item) for s, item in loop.scanned if item in inner],
        carried=[loop.carried[k] for k in order], inits=[loop.inits[k] for k in order],
        head=head, exit=exit_, body=body,
    )


# ---- trip counts ----------------------------------------------------------------------------------------------------


def with_ordered_lists(block: Block) -> Block:
    """The block with the lists of each loop in the order in which their values are made."""
    body: list[Instruction] = []
    for instruction in block.body:
        instruction = with_blocks(instruction, with_ordered_lists)
        if isinstance(instruction, Loop) and len(instruction.collected) > 1:
            count = len(instruction.carried)
            made = [instruction.index, *instruction.carried, *block_values(instruction.head), *block_values(instruction.body)]
            place: dict[Operand, int] = {value: k for k, value in enumerate(made)}
            outs = instruction.body.outs
            order = sorted(range(count, len(outs)), key=lambda k: place.get(outs[k], -1))
            collected = (instruction.results[k] for k in order)
            instruction = replace(
                instruction, results=(*instruction.finals, *collected, *instruction.results[-2:]),
                body=replace(instruction.body, outs=[*outs[:count], *(outs[k] for k in order)]),
            )
        body.append(instruction)
    return replace(block, body=body)


def counted_by_lists(block: Block) -> Block:
    """The block in which the trips of a loop are the length of a list that it collects, if it collects one."""
    lengths: dict[Value, Operand] = {}

    def rewritten(block: Block) -> Block:
        body: list[Instruction] = []
        for instruction in block.body:
            instruction = with_blocks(instruction, rewritten)
            body.append(instruction)
            if isinstance(instruction, Loop) and instruction.collected and not instruction.reverse:
                length = lengths[instruction.trips] = Value("", PY_INT)
                body.append(Apply((length,), core.LENGTH, (instruction.collected[0],), derived=True))
        return replace(block, body=body)

    result = rewritten(block)
    return without_dead(substituted(result, lengths)) if lengths else block


# ---- residuals of paths not taken -----------------------------------------------------------------------------------


def defined_where_kept(block: Block) -> Block:
    """The block in which what is packed or collected is None, not undefined, where its branch was not taken."""
    kept: set[Value] = set()
    _find_kept(block, kept)
    size = -1
    while size != len(kept):
        size = len(kept)
        _trace_kept(block, kept)
    return _defined(block, kept)


def _find_kept(block: Block, kept: set[Value]) -> None:
    for instruction in block.body:
        if isinstance(instruction, Apply) and instruction.primitive in (core.PACKED, core.ZEROS_LIKE):
            _read(kept, list(instruction.args))
        if isinstance(instruction, Loop):
            _read(kept, instruction.body.outs[len(instruction.carried) :])
        for inner in blocks_of(instruction):
            _find_kept(inner, kept)


def _trace_kept(block: Block, kept: set[Value]) -> None:
    """A result that is kept is one of the values that its branches or iterations yield."""
    for instruction in block.body:
        if isinstance(instruction, If):
            for inner in (instruction.then, instruction.orelse):
                _read(kept, [o for r, o in zip(instruction.results, inner.outs, strict=False) if r in kept])
        elif isinstance(instruction, Loop):
            for k, (final, param) in enumerate(zip(instruction.finals, instruction.carried, strict=True)):
                if final in kept or param in kept:
                    outs = [b.outs[k] for b in (instruction.exit, instruction.body) if k < len(b.outs)]
                    _read(kept, [param, instruction.inits[k], *outs])
        for inner in blocks_of(instruction):
            _trace_kept(inner, kept)


def _defined(block: Block, kept: set[Value]) -> Block:
    def settle(targets: Iterable[Value], outs: list[Operand]) -> list[Operand]:
        pairs = zip(targets, outs, strict=False)
        settled: list[Operand] = [Const(None) if o is UNDEFINED and t in kept else o for t, o in pairs]
        return settled + outs[len(settled) :]

    body: list[Instruction] = []
    for instruction in block.body:
        instruction = with_blocks(instruction, lambda b: _defined(b, kept))
        if isinstance(instruction, If):
            for inner in (instruction.then, instruction.orelse):
                inner.outs = settle(instruction.results, inner.outs)
        elif isinstance(instruction, Loop):
            instruction.inits = settle(instruction.carried, instruction.inits)
        body.append(instruction)
    return replace(block, body=body)


def has_effects(function: Function) -> bool:
    """Whether a call may do more than compute its results."""
    if function.unfinished:
        return True  # nobody knows yet
    return summary(function, "effects", False, lambda: block_has_effects(function.block))


def block_has_effects(block: Block) -> bool:
    if block.diverges:
        return True
    for instruction in block.body:
        match instruction:
            case Apply():
                if not instruction.primitive.pure:
                    return True
            case Call():
                if has_effects(instruction.function):
                    return True
            case Raise():
                return True
            case If():
                if block_has_effects(instruction.then) or block_has_effects(instruction.orelse):
                    return True
            case Loop():
                if any(map(block_has_effects, (instruction.head, instruction.exit, instruction.body))):
                    return True
            case _:
                pass
    return False
