"""Slicing a tangent in two: what does not depend on tangents, run once, and the linear rest, run for each tangent.

``linearized(f, active)`` gives two functions.  The early one takes the parameters of ``f`` and yields its results and
the residuals as one tuple; the late one takes the residuals and the tangents, and yields a tangent for each result.
"""

from __future__ import annotations

from srcad.ir import core
from srcad.ir.facts import PACK, PY_INT
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
    Value,
    block_values,
    free_values,
    operands_of,
)
from srcad.ir.rewrite import replaced, substituted
from srcad.transforms.derive import Mask, pushforward
from srcad.transforms.residuals import hand_out_of_branch, hand_out_of_exit, hand_out_of_loop
from srcad.transforms.simplify import simplified


def linearized(function: Function, active: Mask) -> tuple[Function, Function]:
    """The early and the late slice of a function's tangent."""
    key = ("linearized", active)
    if key not in function.derived:
        moved = simplified(pushforward(function, active))
        count = len(function.outs)
        early_params = moved.params[: len(function.params)]
        dots = moved.params[len(function.params) :]
        function.derived[key] = _Slice(moved, set(dots)).functions(function.name, early_params, dots, count)
    found: tuple[Function, Function] = function.derived[key]
    return found


class _Slice:
    """Splits instructions by whether they depend on a late value."""

    def __init__(self, function: Function, late: set[Value]) -> None:
        self.function = function
        self.late = late
        self._mark(function.block)
        self.new: dict[Value, Operand] = {}

    def functions(
        self, name: str, params: list[Value], dots: list[Value], count: int
    ) -> tuple[Function, Function]:
        early, late = self.block(self.function.block)
        early.outs = list(self.function.outs[:count])
        late.outs = [replaced(o, self.new) for o in self.function.outs[count:]]
        known = {*params, *block_values(early)}
        saved = [v for v in free_values(late) if v in known]
        packed = Value("", PACK)
        early.body.append(Apply((packed,), core.PACKED, tuple(saved), derived=True))
        early.outs.append(packed)
        residuals = Value("residuals", PACK)
        copies = {v: v.again() for v in saved}
        late = substituted(late, copies)
        if saved:
            late.body.insert(0, Apply(tuple(copies.values()), core.UNPACKED, (residuals,), derived=True))
        location = self.function.location
        return Function(name + "_early", params, early, location), Function(
            name + "_linear", [residuals, *dots], late, location, private=frozenset(range(len(late.outs)))
        )

    def _mark(self, block: Block) -> None:
        """Find what depends on a late value; loops until nothing changes."""


        for instruction in block.body:
            match instruction:
                case If():
                    for inner in (instruction.then, instruction.orelse):
                        self._mark(inner)
                        self._join(inner.outs, instruction.results)
                case Loop():
                    self._mark_loop(instruction)
                case Call():
                    if any(a in self.late for a in instruction.args):
                        self.late.update(instruction.results)
                case _:
                    if any(o in self.late for o in operands_of(instruction)):
                        self.late.update(instruction.results)

    def _mark_loop(self, loop: Loop) -> None:
        self._join(loop.inits, loop.carried)
        self._join([s for s, _ in loop.scanned], [item for _, item in loop.scanned])
        size = -1
        while size != len(self.late):
            size = len(self.late)
            for block in (loop.head, loop.exit, loop.body):
                self._mark(block)
            self._join(loop.body.outs, loop.carried)
            self._join(loop.exit.outs, loop.carried)
        self._join(loop.carried, loop.finals)
        self._join(loop.body.outs[len(loop.carried) :], loop.collected)

    def _join(self, sources: list[Operand], targets: object) -> None:
        pairs = zip(sources, targets, strict=False)  # type: ignore[call-overload]
        self.late.update(t for s, t in pairs if s in self.late)

    # ---- splitting ------------------------------------------------------------------------------------------------------

    def block(self, block: Block) -> tuple[Block, Block]:
        """The two slices of a block, without outs."""
        early, late = Block(diverges=block.diverges), Block()
        for instruction in block.body:
            self.instruction(instruction, early, late)
        late.body = substituted(late, self.new).body if self.new else late.body
        return early, late

    def instruction(self, instruction: Instruction, early: Block, late: Block) -> None:
        match instruction:
            case If():
                self.branch(instruction, early, late)
            case Loop():
                self.loop(instruction, early, late)
            case Raise():
                early.body.append(instruction)
            case Apply() | Call():
                self._side(instruction, early, late).body.append(instruction)
            case _:
                early.body.append(instruction)

    def _side(self, instruction: Instruction, early: Block, late: Block) -> Block:
        return late if any(r in self.late for r in instruction.results) else early

    def branch(self, branch: If, early: Block, late: Block) -> None:
        slices = [self.block(b) for b in (branch.then, branch.orelse)]
        now = [k for k, r in enumerate(branch.results) if r not in self.late]
        later = [k for k, r in enumerate(branch.results) if r in self.late]
        for (first, second), block in zip(slices, (branch.then, branch.orelse), strict=True):
            if not block.diverges:
                first.outs = [block.outs[k] for k in now]
                second.outs = [replaced(block.outs[k], self.new) for k in later]
        kept = If(tuple(branch.results[k] for k in now), branch.condition, slices[0][0], slices[1][0], branch.location)
        early.body.append(kept)
        if later:
            then, orelse = hand_out_of_branch(kept, slices[0][1], slices[1][1])
            for block, source in ((then, branch.then), (orelse, branch.orelse)):
                block.diverges = source.diverges
            late.body.append(If(tuple(branch.results[k] for k in later), kept.condition, then, orelse, branch.location))

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
            return [outs[k] for k in which] if outs else []

        exit_.outs, late_exit.outs = pick(loop.exit.outs, now), pick(loop.exit.outs, later)
        body.outs = pick(loop.body.outs, now) + [loop.body.outs[count + j] for j in lists]
        kept = Loop(
            (*(loop.finals[k] for k in now), *(loop.collected[j] for j in lists), loop.trips, loop.stopped),
            loop.count, loop.reverse, loop.index, [(s, i) for s, i in loop.scanned if i not in self.late],
            [loop.carried[k] for k in now], [loop.inits[k] for k in now], head, loop.stop, exit_, body, loop.location,
        )
        early.body.append(kept)
        if not later and not late_lists:
            return
        inner = Block(body=[*late_head.body, *late_body.body])
        inner.outs = pick(loop.body.outs, later) + [loop.body.outs[count + j] for j in late_lists]
        index = Value(loop.index.name or "k", PY_INT)
        inner, read = hand_out_of_loop(kept, index, inner)
        scanned = [*read, *((replaced(s, self.new), i) for s, i in loop.scanned if i in self.late)]
        partial = loop.stop is not None and any(
            loop.exit.outs[k] is not loop.carried[k] for k in later
        )
        finals = tuple(loop.finals[k] if not partial else Value(loop.finals[k].name, loop.finals[k].fact) for k in later)
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
        names = {loop.carried[k]: final for k, final in zip(later, finals, strict=True)}
        exit_ = hand_out_of_exit(kept, substituted(exit_, names))
        results = tuple(loop.finals[k] for k in later)
        if loop.count is None:
            late.body.extend(exit_.body)
            self.new.update(zip(results, exit_.outs, strict=True))
            return
        late.body.append(If(results, kept.stopped, exit_, Block(outs=list(finals)), loop.location))


