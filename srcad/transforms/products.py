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
from srcad.ir.facts import Fact, broadcast_shapes, same_dtype, same_shape
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


def linear_positions(apply: Apply) -> tuple[int, ...]:
    """The arguments in which an application is linear, one at a time, however they are shaped."""
    if apply.primitive is core.DIV:
        return (0,)
    return tuple(k for k in getattr(apply.primitive.rule, "factors", ()) if k < len(apply.args))


def is_double(fact: Fact) -> bool:
    """Whether a value goes with float64 without making anything less of it."""
    return fact.kind == "py" or (fact.dtype is not None and (fact.dtype.kind == "b" or fact.dtype == float))


def is_smaller(result: Fact, operand: Fact) -> bool:
    """Whether a result has no more elements than an operand, as far as that is known."""
    if result.size is not None and operand.size is not None:
        return result.size <= operand.size
    return result.ndim is not None and operand.ndim is not None and result.ndim < operand.ndim


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
        apply = self.without_broadcasts(apply)
        if apply.derived and len(apply.results) == 1 and (made := self.scaled_after(apply)) is not None:
            return made
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

    def without_broadcasts(self, apply: Apply) -> Apply:
        """The application to what its operands were broadcast from, if it broadcasts them itself."""
        adds = apply.primitive in (core.ACCUMULATED, core.SCATTERED)
        if not apply.derived or not (adds or getattr(apply.primitive.rule, "broadcasts", False)):
            return apply
        args = list(apply.args)
        for k, operand in enumerate(args):
            made = self.definitions.get(operand) if isinstance(operand, Value) else None
            if made is None or made.primitive is not core.BROADCAST or (adds and k < 2):
                continue
            facts = [fact_of_operand(o) for o in args if o is not operand]
            shape = fact_of_operand(operand).shape
            # a Python number does not decide the type of the result, as an array of it did
            weak = fact_of_operand(made.args[0]).kind == "py" and not all(is_double(f) for f in facts)
            if adds or (not weak and any(same_shape(f.shape, shape) for f in facts)):
                args[k] = made.args[0]
        return replace(apply, args=tuple(args))

    def scaled_after(self, apply: Apply) -> list[Instruction] | None:
        """A linear operation on a scaled operand as a scaled operation: ``np.sum(-x)`` is ``-np.sum(x)``.

        That is done where the result is no larger than the operand, so that it takes no more time.
        """
        for position in linear_positions(apply):
            operand = apply.args[position]
            inner = self.definitions.get(operand) if isinstance(operand, Value) else None
            scalings = (core.NEG,) if apply.primitive is core.DIV else (core.NEG, core.MUL)
            if inner is None or not inner.derived or inner.primitive not in scalings:
                continue
            product = Product()
            if apply.primitive is core.DIV:
                product = Product(-1, [], [inner.args[0]])
            elif self.is_taken_apart(inner):
                self.collect(inner, product)
            if not product.arrays:
                product.arrays, product.scalars = product.scalars, []
            if not product.arrays or (product.number == 1 and not product.scalars):
                continue
            if not is_smaller(apply.results[0].fact, fact_of_operand(operand)):
                continue
            dtype = apply.results[0].fact.dtype
            if not all(f.kind == "py" or same_dtype(f.dtype, dtype) for f in map(fact_of_operand, product.scalars)):
                continue  # it would make another type of the result
            made: list[Instruction] = []
            rest = product.arrays[0]
            for array in product.arrays[1:]:
                rest = self.emit(made, core.MUL, (rest, array), inner, None)
            if not same_dtype(fact_of_operand(rest).dtype, fact_of_operand(operand).dtype):
                continue
            unscaled = Value("", apply.results[0].fact)
            self.uses[unscaled] = 1
            made.append(replace(apply, results=(unscaled,), args=(*apply.args[:position], rest, *apply.args[position + 1 :])))
            self.definitions[unscaled] = made[-1]  # type: ignore[assignment]
            scalar = fact_of_operand(unscaled).is_scalar
            product.arrays = [] if scalar else [unscaled]
            product.scalars += [unscaled] if scalar else []
            scaled = replace(apply, primitive=core.MUL, kwargs=(), spelling="")
            return [*made, *self.rebuilt(scaled, product)]
        return None

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
        if number != 1 or not factors or (negative and is_truth(factors[0])) or self.is_made_float(apply, factors):
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

    def is_made_float(self, apply: Apply, factors: list[Operand]) -> bool:
        """Whether a product of integers is known as one of floats, which it is by its number."""
        kinds = [fact_of_operand(f).dtype for f in factors]
        whole = apply.results[0].fact.dtype
        return whole is not None and whole.kind == "f" and all(k is not None and k.kind in "iub" for k in kinds)

    def sum(self, apply: Apply) -> list[Instruction]:
        """``a + (-b)`` is ``a - b``, and ``-a + b`` is ``b - a``."""
        a, b = apply.args
        primitive = apply.primitive
        made: list[Instruction] = []
        negated = self.negated(b, made)
        if negated is not None:
            primitive, b = (core.SUB if primitive is core.ADD else core.ADD), negated
        if primitive is core.ADD and (negated := self.negated(a, made)) is not None:
            primitive, a, b = core.SUB, b, negated
        inner = self.definitions.get(b) if isinstance(b, Value) else None
        if (
            primitive is core.SUB and inner is not None and inner.derived and inner.primitive in (core.ADD, core.SUB)
            and self.uses[inner.results[0]] == 1 and inner.results[0].fact.shape == apply.results[0].fact.shape
        ):
            # a - (b + c) is a - b - c, and a - (b - c) is a - b + c
            first = self.emit(made, core.SUB, (a, inner.args[0]), apply, None)
            second = core.SUB if inner.primitive is core.ADD else core.ADD
            self.emit(made, second, (first, inner.args[1]), apply, apply.results[0])
            return made
        result = replace(apply, primitive=primitive, args=(a, b))
        self.definitions[apply.results[0]] = result
        return [*made, result]

    def negated(self, operand: Operand, made: list[Instruction]) -> Operand | None:
        """What an operand is the negative of, if it is written as one; what that takes is appended to ``made``."""
        inner = self.definitions.get(operand) if isinstance(operand, Value) else None
        if inner is None or not inner.derived:
            return None
        if inner.primitive is core.NEG:
            return inner.args[0]
        if self.uses[inner.results[0]] != 1:
            return None
        for position in linear_positions(inner) if inner.primitive is not core.MUL else (0,):
            first = inner.args[position]
            if isinstance(first, Const) and type(first.value) in NUMBERS and first.value < 0:
                positive: Operand | None = Const(-first.value)
            else:
                positive = self.negated(first, made)
            if positive is not None:
                result = Value("", inner.results[0].fact)
                self.uses[result] = 1
                args = (*inner.args[:position], positive, *inner.args[position + 1 :])
                made.append(replace(inner, results=(result,), args=args))
                self.definitions[result] = made[-1]  # type: ignore[assignment]
                return result
        return None

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
