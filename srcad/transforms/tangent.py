"""The tangent transform: a function of values becomes one of values and their tangents (forward mode).

``tangent(f, active)`` takes the parameters of ``f`` and then a tangent for each active one; it yields the results
of ``f`` and then a tangent for each result that varies (``tangent_outs``).

    y = np.sin(x)        ->        y = np.sin(x)
                                   y_dot = x_dot * np.cos(x)
"""

from __future__ import annotations

from collections.abc import Sequence

from srcad.analysis.absence import marked_optional
from srcad.analysis.activity import Activity, varied_outs
from srcad.ir.build import Builder
from srcad.ir.nodes import (
    UNDEFINED,
    ZERO,
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
    Undefined,
    Value,
    operands_of,
)
from srcad.transforms.common import (
    RULE_ERRORS,
    announced,
    is_refused,
    label_results,
    made,
    refusal,
    refused_by_rule,
    zeros_like,
)
from srcad.transforms.expand import expanded

Mask = tuple[bool, ...]


def tangent(function: Function, active: Mask) -> Function:
    """The function that carries tangents along; made once for each choice of active parameters."""
    (moved,) = made(function, ("tangent", active), ("_jvp",), lambda result: Tangent(function, active).fill(result))
    return moved


def tangent_outs(function: Function, active: Mask) -> Mask:
    """Which results have a tangent."""
    return varied_outs(function, active)


def dotted(value: Operand, suffix: str = "_dot") -> str:
    """The name of a value's tangent."""
    return value.name + suffix if isinstance(value, Value) and value.name else ""


class Tangent:
    """One run of the transform; ``dots`` maps a value to its tangent."""

    suffix = "_dot"

    def __init__(self, function: Function, active: Mask) -> None:
        self.mask = active
        activity = Activity()
        self.function = expanded(function, activity.varied(function, active))
        self.varied = Activity().varied(self.function, active)
        label_results(self.function)
        self.outs = tangent_outs(function, active)
        self.absent = marked_optional(self.function)
        self.dots: dict[Value, Operand] = {}
        self.build = Builder(Block())

    def fill(self, result: Function) -> None:
        function = self.function
        dots = [self.dot_value(p) for p, on in zip(function.params, self.mask, strict=True) if on]
        self.dots.update(zip((p for p, on in zip(function.params, self.mask, strict=True) if on), dots, strict=True))
        result.params = [*function.params, *dots]
        result.written = function.written.union(
            dot for p, dot in self.dots.items() if p in function.written and isinstance(dot, Value)
        )
        self.build = Builder(result.block)
        self.block(function.block)
        varied = [o for o, on in zip(function.outs, self.outs, strict=True) if on]
        self.yield_dots(result.block, function.outs, varied)

    def dot_value(self, value: Value) -> Value:
        """A value for the tangent of another."""
        return Value(dotted(value, self.suffix), value.fact)

    def dot(self, operand: Operand) -> Operand:
        """The tangent of an operand, ``ZERO`` if it has none."""
        if isinstance(operand, Undefined):
            return operand
        return self.dots.get(operand, ZERO) if isinstance(operand, Value) else ZERO

    def dense(self, operand: Operand) -> Operand:
        """The tangent of an operand as a value, zeros included."""
        dot = self.dot(operand)
        return zeros_like(self.build, operand, operand in self.absent) if dot is ZERO else dot

    def block(self, block: Block) -> None:
        """Append a block's instructions, each with its tangent."""
        for instruction in block.body:
            self.build.location = instruction.location
            self.instruction(instruction)
            if self.build.block.diverges:
                return
        self.build.block.diverges = block.diverges

    def nested(self, block: Block, outs: list[Operand], dotted_outs: list[Operand]) -> Block:
        """A nested block that yields ``outs`` and the tangents of ``dotted_outs``."""
        result = Block()
        with self.build.inside(result):
            self.block(block)
            self.yield_dots(result, outs, dotted_outs)
        return result

    def yield_dots(self, block: Block, outs: Sequence[Operand], dotted_outs: Sequence[Operand]) -> None:
        """Let the current block yield operands and the tangents of operands."""
        if block.diverges:
            block.outs = [UNDEFINED] * (len(outs) + len(dotted_outs))
        else:
            block.outs = [*outs, *(self.dense(o) for o in dotted_outs)]

    def instruction(self, instruction: Instruction) -> None:
        match instruction:
            case Apply():
                self.apply(instruction)
            case Call():
                self.call(instruction)
            case Raise():
                self.build.append(instruction)
                self.build.block.diverges = True
            case If():
                self.branch(instruction)
            case Loop():
                self.loop(instruction)

    def apply(self, apply: Apply) -> None:
        if is_refused(apply, lambda o: self.dot(o) is not ZERO):
            self.build.append(refusal(apply))
            self.build.block.diverges = True
            return
        apply = announced(self.build, apply, any(self.dot(a) is not ZERO for a in apply.args))
        body = self.build.block.body
        before = len(body)
        self.build.adopt(apply)
        if not any(r in self.varied for r in apply.results):
            return
        assert apply.primitive.rule is not None
        self.build.derived = True
        try:
            dots = apply.primitive.rule.tangent(self.build, apply, self.dot)
        except RULE_ERRORS as error:
            self.build.append(refused_by_rule(self.build, apply, error))
            self.build.block.diverges = True
            return
        finally:
            self.build.derived = False
        for result, dot in zip(apply.results, dots, strict=True):
            if dot is not ZERO and result in self.varied:
                self.dots[result] = dot
                if isinstance(dot, Value) and not dot.name:
                    dot.name = dotted(result)
                    dot.hint = f"{result.hint or 't'}{self.suffix}"
        # the tangent goes first where it can, so that the result may take the place of what it was computed from
        results = set(apply.results)
        if len(body) > before + 1 and not any(o in results for i in body[before + 1 :] for o in operands_of(i)):
            body.append(body.pop(before))

    def call(self, call: Call) -> None:
        active = tuple(self.dot(a) is not ZERO for a in call.args)
        if not any(active):
            self.build.append(call)
            return
        function = tangent(call.function, active)
        outs = tangent_outs(call.function, active)
        dots = [self.dot_value(r) for r, on in zip(call.results, outs, strict=True) if on]
        self.dots.update(zip((r for r, on in zip(call.results, outs, strict=True) if on), dots, strict=True))
        args = (*call.args, *(self.dot(a) for a, on in zip(call.args, active, strict=True) if on))
        self.build.append(Call((*call.results, *dots), function, args, call.location))
        self.build.block.diverges = function.block.diverges and not function.unfinished

    def branch(self, branch: If) -> None:
        varied = [k for k, r in enumerate(branch.results) if r in self.varied]
        then, orelse = (
            self.nested(b, b.outs, [b.outs[k] for k in varied] if not b.diverges else [])
            for b in (branch.then, branch.orelse)
        )
        dots = [self.dot_value(branch.results[k]) for k in varied]
        self.dots.update(zip((branch.results[k] for k in varied), dots, strict=True))
        self.build.append(If((*branch.results, *dots), branch.condition, then, orelse, branch.location))
        self.build.block.diverges = then.diverges and orelse.diverges

    def loop(self, loop: Loop) -> None:
        count = len(loop.carried)
        carried = [k for k, c in enumerate(loop.carried) if c in self.varied]
        finals = list(loop.finals)
        collected = [k for k, c in enumerate(loop.collected) if c in self.varied]
        inits = [*loop.inits, *(self.dense(loop.inits[k]) for k in carried)]
        dot_params = [self.dot_value(loop.carried[k]) for k in carried]
        scanned = list(loop.scanned)
        for sequence, item in loop.scanned:
            if item in self.varied:
                scanned += self.scanned_dots(sequence, item)
        self.dots.update(zip((loop.carried[k] for k in carried), dot_params, strict=True))

        result = self._loop_blocks(loop, count, carried, collected)
        final_dots = [self.dot_value(finals[k]) for k in carried]
        list_dots = [self.dot_value(loop.collected[k]) for k in collected]
        head, exit_, body = result
        stop = Const(False) if head.diverges and loop.stop is not None else loop.stop
        self.build.append(
            Loop(
                (*finals, *final_dots, *loop.collected, *list_dots, loop.trips, loop.stopped),
                loop.count, loop.reverse, loop.index, scanned, [*loop.carried, *dot_params], inits,
                head, stop, exit_, body, loop.location,
            )
        )
        self.dots.update(zip((finals[k] for k in carried), final_dots, strict=True))
        self.dots.update(zip((loop.collected[k] for k in collected), list_dots, strict=True))

    def scanned_dots(self, sequence: Operand, item: Value) -> list[tuple[Operand, Value]]:
        """What a loop scans beside a sequence: that of its tangents."""
        dot = self.dense(sequence)
        if isinstance(dot, Const):
            return []
        self.dots[item] = item_dot = self.dot_value(item)
        return [(dot, item_dot)]

    def _loop_blocks(
        self, loop: Loop, count: int, carried: list[int], collected: list[int]
    ) -> tuple[Block, Block, Block]:
        head = Block()
        with self.build.inside(head):
            self.block(loop.head)
            outs = loop.exit.outs
            if head.diverges:  # no iteration gets further
                body = Block(outs=[UNDEFINED] * (len(loop.body.outs) + len(carried) + len(collected)), diverges=True)
                return head, Block(outs=[UNDEFINED] * (len(outs) + len(carried)) if outs else []), body
            # what the head computes is in scope in the exit and in the body
            exit_ = self.nested(loop.exit, outs, [outs[k] for k in carried] if outs else [])
            nexts, lists = loop.body.outs[:count], loop.body.outs[count:]
            body = Block()
            with self.build.inside(body):
                self.block(loop.body)
                self.yield_dots(body, nexts, [nexts[k] for k in carried])
                carried_outs = body.outs
                self.yield_dots(body, lists, [lists[k] for k in collected])
                body.outs = [*carried_outs, *body.outs]
        return head, exit_, body

