"""The dependence transform: a function that also tells on which parameters its results depend, run by run.

``dependence(f, bits)`` takes the parameters of ``f`` and yields its results and, for each, an integer whose bits say
which marked parameters went into it: structurally (``x * 0`` depends on x) and along the path that was taken (a
branch not taken does not count).  It is the tangent transform with sets of bits in the place of tangents.
"""

from __future__ import annotations

from srcad.analysis.activity import Activity, structural_links
from srcad.ir import core
from srcad.ir.build import Builder, fact_of_operand
from srcad.ir.facts import PY_INT, list_fact
from srcad.ir.nodes import ZERO, Apply, Block, Call, Const, Function, Loop, Operand, Undefined, Value
from srcad.transforms.common import is_refused, made, refusal
from srcad.transforms.tangent import Tangent


def dependence(function: Function, bits: tuple[int, ...]) -> Function:
    """The function with the dependence of each result behind its results."""
    (found,) = made(function, ("dependence", bits), ("_strict",), lambda result: _Dependence(function, bits).fill(result))
    return found


class _Dependence(Tangent):
    suffix = "_from"

    def __init__(self, function: Function, bits: tuple[int, ...]) -> None:
        self.bits = bits
        self.mask = tuple(b != 0 for b in bits)
        self.function = function
        self.activity = Activity(structural_links)
        self.varied = self.activity.varied(function, self.mask)
        self.outs = (True,) * len(function.outs)
        self.dots: dict[Value, Operand] = {}
        self.by_items: set[Operand] = set()  # of lists for each element
        self.build = Builder(Block())

    def fill(self, result: Function) -> None:
        function = self.function
        self.dots.update((p, Const(b)) for p, b in zip(function.params, self.bits, strict=True) if b)
        result.params = list(function.params)
        result.written = function.written
        self.build = Builder(result.block)
        self.block(function.block)
        self.yield_dots(result.block, function.outs, function.outs)

    def dense(self, operand: Operand) -> Operand:
        if isinstance(operand, Undefined):
            return Const(0)  # no value depends on nothing, and may be asked all the same
        dot = self.dot(operand)
        return Const(0) if dot is ZERO else dot

    def dot_value(self, value: Value) -> Value:
        return Value("", list_fact(PY_INT) if value.fact.kind == "list" else PY_INT)

    def loop(self, loop: Loop) -> None:
        super().loop(loop)
        self.by_items.update(self.dots[c] for c in loop.collected if c in self.dots)

    def scanned_dot(self, sequence: Operand, item: Value, scanned: list[tuple[Operand, Value]]) -> Operand:
        """What an element depends on: for each by itself if a loop collected them."""
        if self.dense(sequence) in self.by_items:
            return super().scanned_dot(sequence, item, scanned)
        return self.build.one(core.EITHER, self.dense(sequence), Const(0))

    def apply(self, apply: Apply) -> None:
        if is_refused(apply, lambda o: self.dot(o) is not ZERO):
            self.build.append(refusal(apply))
            self.build.block.diverges = True
            return
        self.build.adopt(apply)
        total: Operand = ZERO
        for operand in self.activity.linked(apply):
            dot = self.dot(operand)
            if dot is not ZERO:
                total = dot if total is ZERO else self.build.one(core.EITHER, total, dot)
        for result in apply.results:
            if total is not ZERO and result in self.varied:
                if fact_of_operand(total).kind == "list" and apply.primitive is not core.COPY:
                    total = self.build.one(core.EITHER, total, Const(0))
                self.dots[result] = total

    def call(self, call: Call) -> None:
        active = [self.dot(a) for a in call.args]
        if all(a is ZERO for a in active):
            self.build.append(call)
            return
        # which argument is which bit of the callee's dependence
        function = dependence(call.function, tuple(0 if a is ZERO else 1 << k for k, a in enumerate(active)))
        masks = [Value("", PY_INT) for _ in call.results]
        self.build.append(Call((*call.results, *masks), function, call.args, call.location))
        for result, mask in zip(call.results, masks, strict=True):
            self.dots[result] = self.translated(mask, active)

    def translated(self, mask: Value, active: list[Operand]) -> Operand:
        """The callee's bits for its arguments as bits for our parameters."""
        bits = [(1 << k, a) for k, a in enumerate(active) if a is not ZERO]
        return self.build.one(core.TRANSLATED, mask, Const(tuple(b for b, _ in bits)), *(a for _, a in bits))
