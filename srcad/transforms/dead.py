"""What nothing reads is dropped, if computing it has no effect."""

from __future__ import annotations

from dataclasses import replace

from srcad.analysis.summaries import summary
from srcad.ir.nodes import (
    Apply,
    Block,
    Call,
    Function,
    If,
    Instruction,
    Loop,
    Operand,
    Raise,
    Remark,
    Value,
    flat_operands,
    operands_of,
)

Live = set[Value]


def without_dead(block: Block) -> Block:
    """The block without what its outs and effects do not need."""
    live: Live = set()
    read_into(live, block.outs)
    return _cleaned(block, live)


def read_into(live: Live, operands: list[Operand]) -> None:
    """Add what operands read."""
    live.update(part for operand in operands for part in flat_operands(operand) if isinstance(part, Value))


def _cleaned(block: Block, live: Live) -> Block:
    """The block with only the instructions that ``live`` values need; what these read is added to ``live``."""
    body: list[Instruction] = []
    for instruction in reversed(block.body):
        kept = _kept(instruction, live)
        if kept is not None:
            body.append(kept)
            read_into(live, list(operands_of(kept)))
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
        read_into(live, outs)
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
        read_into(inner, [loop.body.outs[k] for k in sorted(keep)] + [loop.body.outs[count + j] for j in lists])
        body = _cleaned(loop.body, inner)
        if loop.stop is not None:
            read_into(inner, [loop.exit.outs[k] for k in sorted(keep)])
        exit_ = _cleaned(loop.exit, inner)
        if loop.stop is not None:
            read_into(inner, [loop.stop])
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
