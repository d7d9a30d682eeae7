"""Slicing a function in two: what does not depend on its late parameters, and the rest, to be run for each of them.

``linearized(f, active)`` slices the tangent of ``f`` at its tangents.  The early function takes the parameters of ``f``
and yields its results and the residuals as one tuple; the late one takes the residuals and the tangents, and yields a
tangent for each result.

    y = np.sin(x)                     early:  y = np.sin(x);  residuals = (np.cos(x),)
    y_dot = x_dot * np.cos(x)         late:   y_dot = x_dot * residuals[0]

Calls are sliced too: each becomes a call of the callee's early slice and, later, one of its late slice.
"""

from __future__ import annotations

from collections.abc import Iterable

from srcad.analysis.absence import marked_optional
from srcad.analysis.activity import is_replaced
from srcad.analysis.summaries import summary
from srcad.ir import core
from srcad.ir.facts import PACK, PY_INT
from srcad.ir.nodes import (
    UNDEFINED,
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
    block_values,
    blocks_of,
    flat_operands,
    free_values,
    operands_of,
)
from srcad.ir.rewrite import cloned, replaced, substituted
from srcad.transforms.common import made
from srcad.transforms.derive import Mask, pushforward
from srcad.transforms.residuals import hand_out_of_branch, hand_out_of_exit, hand_out_of_loop
from srcad.transforms.simplify import simplified


def linearized(function: Function, active: Mask) -> tuple[Function, Function]:
    """The early and the late slice of a function's tangent."""
    moved = simplified(pushforward(function, active))
    dots = tuple(k >= len(function.params) for k in range(len(moved.params)))
    return sliced(moved, dots, tuple(k >= len(function.outs) for k in range(len(moved.outs))))


def sliced(function: Function, late: Mask, outs: Mask) -> tuple[Function, Function]:
    """The slices of a function; ``late`` marks the parameters and ``outs`` the results that are the late slice's.

    The early slice takes the other parameters and yields the other results, then the residuals; the late slice
    takes the residuals, then its parameters.  A recursive call finds the slices that are being made.
    """
    suffixes = ("_early", "_linear")
    early, rest = made(function, ("sliced", late, outs), suffixes, lambda *slices: _Slice(function, late).fill(outs, *slices))
    return early, rest


def late_outs(function: Function, late: Mask) -> Mask:
    """Which results depend on the late parameters; a function with derivatives of its own is not sliced."""
    if is_replaced(function):
        return (any(late),) * len(function.outs)

    def found() -> Mask:
        values = late_values(function, late)
        return tuple(o in values for o in function.outs)

    return summary(function, ("late", late), (False,) * len(function.outs), found)


# ---- which values are late ------------------------------------------------------------------------------------------


def late_values(function: Function, late: Mask) -> set[Value]:
    """The values that depend on late parameters."""
    values = {p for p, on in zip(function.params, late, strict=True) if on}
    _mark(function.block, values)
    return values


def _mark(block: Block, late: set[Value]) -> None:
    for instruction in block.body:
        match instruction:
            case If() | Loop() if is_steered(instruction, late):
                late.update(instruction.results)
                for inner in blocks_of(instruction):
                    late.update(block_values(inner))
            case If():
                for inner in (instruction.then, instruction.orelse):
                    _mark(inner, late)
                    if not inner.diverges:
                        _join(late, inner.outs, instruction.results)
            case Loop():
                _mark_loop(instruction, late)
            case Call():
                mask = tuple(a in late for a in instruction.args)
                if any(mask):
                    outs = late_outs(instruction.function, mask)
                    late.update(r for r, on in zip(instruction.results, outs, strict=True) if on)
            case _:
                if any(o in late for o in operands_of(instruction)):
                    late.update(instruction.results)


def is_steered(instruction: If | Loop, late: set[Value]) -> bool:
    """Whether a late value decides what is run, so that all of it is late."""
    if isinstance(instruction, If):
        return instruction.condition in late
    return instruction.count in late or instruction.stop in late


def _mark_loop(loop: Loop, late: set[Value]) -> None:
    _join(late, loop.inits, loop.carried)
    _join(late, [s for s, _ in loop.scanned], [item for _, item in loop.scanned])
    size = -1
    while size != len(late):
        size = len(late)
        for block in (loop.head, loop.exit, loop.body):
            _mark(block, late)
        _join(late, loop.body.outs, loop.carried)
        _join(late, loop.exit.outs, loop.carried)
        if is_steered(loop, late):
            late.update(loop.results)
            late.update(v for block in blocks_of(loop) for v in block_values(block))
    _join(late, loop.carried, loop.finals)
    _join(late, loop.body.outs[len(loop.carried) :], loop.collected)


def _join(late: set[Value], sources: Iterable[Operand], targets: Iterable[Value]) -> None:
    late.update(t for s, t in zip(sources, targets, strict=False) if any(p in late for p in flat_operands(s)))


# ---- slicing --------------------------------------------------------------------------------------------------------


class _Slice:
    """Splits instructions by whether they depend on a late value."""

    def __init__(self, function: Function, late: Mask) -> None:
        self.function = function
        self.mask = late
        self.late = late_values(function, late)
        self.new: dict[Value, Operand] = {}

    def fill(self, outs: Mask, early: Function, late: Function) -> None:
        function = self.function
        residuals = Value("residuals", PACK)
        early.params = [p for p, on in zip(function.params, self.mask, strict=True) if not on]
        late.params = [residuals, *(p for p, on in zip(function.params, self.mask, strict=True) if on)]
        late.private = frozenset(range(sum(outs)))
        early.written, late.written = (function.written & frozenset(f.params) for f in (early, late))
        early.block, block = self.block(function.block)
        if function.block.diverges:
            early.block.outs = [UNDEFINED] * (len(outs) - sum(outs) + 1)
            late.block = Block(outs=[UNDEFINED] * sum(outs), diverges=True)
            return
        block.outs = [replaced(o, self.new) for o, on in zip(function.outs, outs, strict=True) if on]
        known = {*early.params, *block_values(early.block)}
        saved = [v for v in free_values(block) if v in known]
        packed = Value("", PACK)
        early.block.body.append(Apply((packed,), core.PACKED, tuple(saved), derived=True))
        early.block.outs = [o for o, on in zip(function.outs, outs, strict=True) if not on] + [packed]
        marked_optional(early)
        copies = {v: v.again() for v in saved}
        late.block = substituted(block, copies)
        if saved:
            late.block.body.insert(0, Apply(tuple(copies.values()), core.UNPACKED, (residuals,), derived=True))

    def block(self, block: Block) -> tuple[Block, Block]:
        """The two slices of a block, without outs."""
        early, late = Block(diverges=block.diverges), Block()
        for instruction in block.body:
            self.instruction(instruction, early, late)
        late.body = substituted(late, self.new).body if self.new else late.body
        return early, late

    def instruction(self, instruction: Instruction, early: Block, late: Block) -> None:
        match instruction:
            case If() | Loop() if is_steered(instruction, self.late):
                late.body.append(instruction)
            case If():
                self.branch(instruction, early, late)
            case Loop():
                self.loop(instruction, early, late)
            case Call():
                self.call(instruction, early, late)
            case Apply():
                (late if any(r in self.late for r in instruction.results) else early).body.append(instruction)
            case Raise() | Remark():
                early.body.append(instruction)

    def call(self, call: Call, early: Block, late: Block) -> None:
        mask = tuple(a in self.late for a in call.args)
        if not any(mask):
            early.body.append(call)
            return
        if is_replaced(call.function):
            late.body.append(call)
            return
        outs = late_outs(call.function, mask)
        first, second = sliced(call.function, mask, outs)
        residuals = Value("residuals", PACK)
        now = tuple(a for a, on in zip(call.args, mask, strict=True) if not on)
        later = tuple(a for a, on in zip(call.args, mask, strict=True) if on)
        results = tuple(r for r, on in zip(call.results, outs, strict=True) if not on)
        early.body.append(Call((*results, residuals), first, now, call.location))
        results = tuple(r for r, on in zip(call.results, outs, strict=True) if on)
        late.body.append(Call(results, second, (residuals, *later), call.location))

    def branch(self, branch: If, early: Block, late: Block) -> None:
        now = [k for k, r in enumerate(branch.results) if r not in self.late]
        later = [k for k, r in enumerate(branch.results) if r in self.late]
        slices = []
        for block in (branch.then, branch.orelse):
            first, second = self.block(block)
            if not block.diverges:
                first.outs = [block.outs[k] for k in now]
                second.outs = [replaced(block.outs[k], self.new) for k in later]
            slices.append((first, second))
        kept = If(tuple(branch.results[k] for k in now), branch.condition, slices[0][0], slices[1][0], branch.location)
        early.body.append(kept)
        if not later:
            return
        live = [second for first, second in slices if not first.diverges]
        results = tuple(branch.results[k] for k in later)
        blocks = hand_out_of_branch(kept, *live)
        if len(blocks) == 1:  # the other side never gets here
            late.body.extend(blocks[0].body)
            self.new.update(zip(results, blocks[0].outs, strict=True))
        elif blocks:
            late.body.append(If(results, kept.condition, blocks[0], blocks[1], branch.location))

    def loop(self, loop: Loop, early: Block, late: Block) -> None:
        count = len(loop.carried)
        now = [k for k, c in enumerate(loop.carried) if c not in self.late]
        later = [k for k, c in enumerate(loop.carried) if c in self.late]
        lists = [j for j, c in enumerate(loop.collected) if c not in self.late]
        late_lists = [j for j, c in enumerate(loop.collected) if c in self.late]
        head, late_head = self.block(loop.head)
        exit_, late_exit = self.block(loop.exit)
        body, late_body = self.block(loop.body)

        def pick(outs: list[Operand], which: list[int]) -> list[Operand]:
            return [replaced(outs[k], self.new) for k in which] if outs else []

        exit_.outs, late_exit.outs = pick(loop.exit.outs, now), pick(loop.exit.outs, later)
        body.outs = pick(loop.body.outs, [*now, *(count + j for j in lists)])
        kept = Loop(
            (*(loop.finals[k] for k in now), *(loop.collected[j] for j in lists), loop.trips, loop.stopped),
            loop.count, loop.reverse, loop.index, [(s, i) for s, i in loop.scanned if i not in self.late],
            [loop.carried[k] for k in now], [loop.inits[k] for k in now], head, loop.stop, exit_, body, loop.location,
        )
        early.body.append(kept)
        if not later and not late_lists:
            return
        inner = Block(body=[*late_head.body, *late_body.body])
        inner.outs = pick(loop.body.outs, [*later, *(count + j for j in late_lists)])
        index = Value(loop.index.name or "k", PY_INT)
        inner, read = hand_out_of_loop(kept, index, inner)
        scanned = [*read, *((replaced(s, self.new), i) for s, i in loop.scanned if i in self.late)]
        partial = loop.stop is not None and any(loop.exit.outs[k] is not loop.carried[k] for k in later)
        finals = tuple(loop.finals[k].again() if partial else loop.finals[k] for k in later)
        late.body.append(
            Loop((*finals, *(loop.collected[j] for j in late_lists), Value("trips", PY_INT), Value("stopped")),
                 loop.count if loop.stop is None else kept.trips, loop.reverse, index, scanned,
                 [loop.carried[k] for k in later], [replaced(loop.inits[k], self.new) for k in later], Block(), None,
                 Block(), inner, loop.location)
        )
        if partial:
            self.leave(loop, kept, Block(body=[*late_head.body, *late_exit.body], outs=late_exit.outs), later, finals, late)

    def leave(
        self, loop: Loop, kept: Loop, exit_: Block, later: list[int], finals: tuple[Value, ...], late: Block
    ) -> None:
        """The last, partial iteration: from the carried tangents to those of the results."""
        names: dict[Value, Operand] = {loop.carried[k]: final for k, final in zip(later, finals, strict=True)}
        exit_ = hand_out_of_exit(kept, cloned(exit_, names))  # the head is in the loop too
        results = tuple(loop.finals[k] for k in later)
        if loop.count is None:
            late.body.extend(exit_.body)
            self.new.update(zip(results, exit_.outs, strict=True))
            return
        late.body.append(If(results, kept.stopped, exit_, Block(outs=list(finals)), loop.location))
