"""Letting the readers of a value read another one, but not those that pass its memory on to be written into."""

from __future__ import annotations

from collections.abc import Collection

from srcad.backend.folding import is_free
from srcad.ir import core
from srcad.ir.nodes import Apply, Block, Call, If, Instruction, Loop, Operand, Raise, Value, blocks_of, flat_operands
from srcad.ir.rewrite import replaced


class Rereading:
    """Replaces ``old`` by ``new`` in place; ``count`` says how often.  ``buffers`` are the values that are written on."""

    def __init__(self, old: Value, new: Value, buffers: Collection[Value]) -> None:
        self.old, self.new, self.buffers = old, new, buffers
        self.count = 0

    def other(self, operand: Operand) -> Operand:
        """What is read in the place of an operand."""
        self.count += sum(part is self.old for part in flat_operands(operand))
        return replaced(operand, {self.old: self.new})

    def block(self, block: Block, first: int = 0) -> None:
        """The instructions of a block, but not what it yields."""
        for instruction in block.body[first:]:
            self.instruction(instruction)

    def instruction(self, instruction: Instruction) -> None:
        match instruction:
            case Apply():
                self.apply(instruction)
            case Call():
                pairs = zip(instruction.function.params, instruction.args, strict=True)
                instruction.args = tuple(a if p in instruction.function.written else self.other(a) for p, a in pairs)
            case Raise() if instruction.exception is not None:
                instruction.exception = self.other(instruction.exception)
            case If():
                instruction.condition = self.other(instruction.condition)
                for side in (instruction.then, instruction.orelse):
                    side.outs = self.passed_on(instruction.results, side.outs)
            case Loop():
                if instruction.count is not None:
                    instruction.count = self.other(instruction.count)
                if instruction.stop is not None:
                    instruction.stop = self.other(instruction.stop)
                instruction.scanned = [
                    (s if item in self.buffers else self.other(s), item) for s, item in instruction.scanned
                ]
                instruction.inits = self.passed_on(instruction.carried, instruction.inits)
                self.exit_outs(instruction)
                self.body_outs(instruction)
        for inner in blocks_of(instruction):
            self.block(inner)

    def apply(self, apply: Apply) -> None:
        if is_free(apply) or (apply.primitive.view and any(r in self.buffers for r in apply.results)):
            return
        first = int(apply.primitive in core.WRITES or apply.primitive is core.WRITTEN_BACK)
        apply.args = (*apply.args[:first], *map(self.other, apply.args[first:]))
        apply.kwargs = tuple((k, self.other(v)) for k, v in apply.kwargs)

    def exit_outs(self, loop: Loop) -> None:
        """What the exit of a loop yields."""
        loop.exit.outs = self.passed_on(loop.finals, loop.exit.outs)

    def body_outs(self, loop: Loop) -> None:
        """What the body of a loop yields."""
        count = len(loop.carried)
        loop.body.outs = self.passed_on(loop.carried, loop.body.outs[:count]) + list(map(self.other, loop.body.outs[count:]))

    def passed_on(self, targets: Collection[Value], operands: list[Operand]) -> list[Operand]:
        pairs = zip(targets, operands, strict=False)
        return [o if t in self.buffers else self.other(o) for t, o in pairs]
