"""Putting the products of derivative code in order: one literal factor, scalars before arrays, signs outside.

    y_bar * 100.0 * (2 * r)      ->      200.0 * y_bar * r

Multiplying scalars with each other first saves passes over arrays.  Only code that a transform wrote is reordered:
the user's own arithmetic keeps its rounding.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from srcad.ir import core
from srcad.ir.build import NUMBERS, fact_of_operand
from srcad.ir.facts import broadcast_shapes
from srcad.ir.nodes import (
    Apply,
    Block,
    Const,
    Instruction,
    Loop,
    Operand,
    Value,
    block_operands,
    flat_operands,
)
from srcad.ir.primitive import Primitive
from srcad.ir.rewrite import replaced, with_blocks, with_operands


def ordered_products(block: Block) -> Block:
    """The block with every product of derivative code in normal form."""
    uses = Counter(
        part for operand in block_operands(block) for part in flat_operands(operand) if isinstance(part, Value)
    )
    return _Order(uses).block(block)


def is_truth(operand: Operand) -> bool:
    """Whether a factor is a truth value, or may be for all that is known."""
    dtype = fact_of_operand(operand).dtype
    return dtype is not None and dtype.kind == "b"


@dataclass
class Product:
    """``number · scalars · arrays``."""

    number: float = 1
    scalars: list[Operand] = field(default_factory=list)
    arrays: list[Operand] = field(default_factory=list)


class _Order:
    def __init__(self, uses: Counter[Value]) -> None:
        self.uses = uses
        self.definitions: dict[Value, Apply] = {}
        self.new: dict[Value, Operand] = {}

    def block(self, block: Block) -> Block:
        body: list[Instruction] = []
        for original in block.body:
            instruction = with_operands(original, lambda o: replaced(o, self.new))
            if isinstance(instruction, Apply):
                body.extend(self.apply(instruction))
            else:
                body.append(with_blocks(instruction, self.block))
                if isinstance(instruction, Loop) and instruction.stop is not None:
                    body[-1].stop = replaced(instruction.stop, self.new)  # type: ignore[union-attr]
        return replace(block, body=body, outs=[replaced(o, self.new) for o in block.outs])

    def apply(self, apply: Apply) -> list[Instruction]:
        if not apply.derived or apply.primitive not in (core.MUL, core.NEG, core.ADD, core.SUB):
            for result in apply.results:
                self.definitions[result] = apply
            return [apply]
        if apply.primitive in (core.ADD, core.SUB):
            return self.sum(apply)
        product = Product()
        self.collect(apply, product)
        self.unscale(product)
        return self.rebuilt(apply, product)

    def collect(self, apply: Apply, product: Product) -> None:
        """Take a product apart as far as its parts are used only here."""
        if apply.primitive is core.NEG:
            product.number = -product.number
        for operand in apply.args:
            if isinstance(operand, Const) and type(operand.value) in NUMBERS:
                product.number = product.number * operand.value
                continue
            inner = self.definitions.get(operand) if isinstance(operand, Value) else None
            if inner is not None and inner.derived and self.is_taken_apart(inner):
                self.collect(inner, product)
            else:
                scalar = fact_of_operand(operand).is_scalar
                (product.scalars if scalar else product.arrays).append(operand)

    def is_taken_apart(self, inner: Apply) -> bool:
        """Whether a factor is better written out here: it is a sign, or used nowhere else."""
        return inner.primitive is core.NEG or (inner.primitive is core.MUL and self.uses[inner.results[0]] == 1)

    def unscale(self, product: Product) -> None:
        """Write out literal scalings of arrays: beside another scalar they cost nothing, and keep no array alive."""
        if product.number in (1, -1) and not product.scalars:
            return
        for k, operand in enumerate(product.arrays):
            inner = self.definitions.get(operand) if isinstance(operand, Value) else None
            if inner is None or not inner.derived or inner.primitive is not core.MUL or len(inner.args) != 2:
                continue
            number, array = inner.args
            if isinstance(number, Const) and type(number.value) in NUMBERS and isinstance(array, Value):
                product.number = product.number * number.value
                product.arrays[k] = array

    def rebuilt(self, apply: Apply, product: Product) -> list[Instruction]:
        """The product again, from left to right; ``apply`` keeps its result."""
        made: list[Instruction] = []
        # stable: among scalars and arrays truth values go last, since NumPy does not negate them
        factors = sorted([*product.scalars, *product.arrays], key=is_truth)
        negative = product.number < 0
        number = -product.number if negative else product.number
        if number != 1 or not factors or (negative and is_truth(factors[0])):
            # as hand-written code has it: -2.0 * y_bar * s
            value = float(-number if negative else number)
            negative = False
            factors.insert(0, Const(value))
        total = factors[0]
        steps = factors[1:]
        result = apply.results[0]
        for k, factor in enumerate(steps):
            last = k == len(steps) - 1 and not negative
            total = self.emit(made, core.MUL, (total, factor), apply, result if last else None)
        if negative:
            total = self.emit(made, core.NEG, (total,), apply, result)
        if total is not result:
            self.new[result] = total
        return made

    def sum(self, apply: Apply) -> list[Instruction]:
        """``a + (-b)`` is ``a - b``, and ``-a + b`` is ``b - a``."""
        a, b = apply.args
        primitive = apply.primitive
        negated = self.negated(b)
        if negated is not None:
            primitive, b = (core.SUB if primitive is core.ADD else core.ADD), negated
        elif primitive is core.ADD and (negated := self.negated(a)) is not None:
            primitive, a, b = core.SUB, b, negated
        inner = self.definitions.get(b) if isinstance(b, Value) else None
        if (
            primitive is core.SUB and inner is not None and inner.derived and inner.primitive in (core.ADD, core.SUB)
            and self.uses[inner.results[0]] == 1 and inner.results[0].fact.shape == apply.results[0].fact.shape
        ):
            # a - (b + c) is a - b - c, and a - (b - c) is a - b + c
            made: list[Instruction] = []
            first = self.emit(made, core.SUB, (a, inner.args[0]), apply, None)
            second = core.SUB if inner.primitive is core.ADD else core.ADD
            self.emit(made, second, (first, inner.args[1]), apply, apply.results[0])
            return made
        result = replace(apply, primitive=primitive, args=(a, b))
        self.definitions[apply.results[0]] = result
        return [result]

    def negated(self, operand: Operand) -> Operand | None:
        made = self.definitions.get(operand) if isinstance(operand, Value) else None
        return made.args[0] if made is not None and made.derived and made.primitive is core.NEG else None

    def emit(
        self, made: list[Instruction], primitive: Primitive, args: tuple[Operand, ...], like: Apply, result: Value | None
    ) -> Operand:
        if result is None:
            facts = [fact_of_operand(a) for a in args]
            shape = broadcast_shapes(*(f.shape for f in facts))
            template = like.results[0].fact
            kind = "py" if all(f.kind == "py" for f in facts) else "array" if shape else template.kind
            result = Value("", replace(template, kind=kind, shape=shape))
            self.uses[result] = 1
        instruction = replace(like, results=(result,), primitive=primitive, args=args)
        made.append(instruction)
        self.definitions[result] = instruction
        return result
