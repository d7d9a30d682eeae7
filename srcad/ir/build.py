"""Building IR: a builder appends instructions to a block, folding and sharing as it goes.

Every transform and every rule makes its instructions here, so the small algebra that keeps derivative code
clean (zeros vanish, ones disappear, signs move outwards) is in one place and costs no pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from types import FunctionType
from typing import Any

from srcad.ir import core
from srcad.ir.facts import ANY, OBJECT, Fact, fact_of, join, same_shape
from srcad.ir.hints import hint, label
from srcad.ir.nodes import (
    UNDEFINED,
    ZERO,
    Apply,
    Block,
    Const,
    Display,
    Function,
    If,
    Instruction,
    Location,
    Loop,
    Operand,
    Undefined,
    Value,
    Zero,
    block_values,
)
from srcad.ir.primitive import Primitive
from srcad.ir.rewrite import replaced

NUMBERS = (int, float)


def fact_of_operand(operand: Operand) -> Fact:
    """What is known of an operand; literals count as the Python numbers they are."""
    if isinstance(operand, Value):
        return operand.fact
    if isinstance(operand, Const):
        return fact_of(operand.value)
    return OBJECT


def joined_fact(options: list[Operand]) -> Fact:
    """What is known of a value that is one of several operands."""
    facts = [fact_of_operand(o) for o in options if not is_absent(o)]
    return reduce(join, facts) if facts else ANY


def key_of(operand: Operand) -> Any:
    """A key equal for operands that denote the same value."""
    if isinstance(operand, Const):
        value = operand.value
        if type(value) is slice:
            return (slice, *(key_of(Const(part)) for part in (value.start, value.stop, value.step)))
        if type(value) is tuple:
            return (tuple, *(key_of(Const(part)) for part in value))
        try:
            hash(value)
        except TypeError:
            return ("id", id(value))
        if type(type(value).__eq__) is FunctionType:
            return ("id", id(value))  # equal objects of the user's are two
        # 1, 1.0 and True are equal but not alike, nor are 0.0 and -0.0
        return (type(value), value, repr(value)) if isinstance(value, float) else (type(value), value)
    if isinstance(operand, Display):
        return (operand.kind, *map(key_of, operand.items))
    return operand


def application_key(
    primitive: Primitive, args: tuple[Operand, ...], kwargs: tuple[tuple[str, Operand], ...], spelling: str
) -> Any:
    """A key equal for applications with equal results; None where two calls are never one."""
    if not primitive.pure or primitive.allocates:
        return None
    return (primitive, spelling, *map(key_of, args), *((k, key_of(v)) for k, v in kwargs))


class Builder:
    """Appends instructions to ``block``; nested blocks are opened with ``inside``.

    ``separate``: two arrays that are made alike stay two, since one of them may be written into.
    """

    def __init__(self, block: Block, *, derived: bool = False, separate: bool = False) -> None:
        self.block = block
        self.derived = derived
        self.separate = separate
        self.location: Location | None = None
        self.definitions: dict[Value, Apply] = {}
        self.stand_ins: dict[Value, Operand] = {}
        """From values that no code computes (the tangents that a transposed rule is written in) to others like them."""
        self.announced: set[Operand] = set()  # warnings that have been given
        self._known: list[dict[Any, tuple[Value, ...]]] = [{}]

    @contextmanager
    def inside(self, block: Block) -> Iterator[Block]:
        """Append to a nested block for a while; what is computed there is not shared with code after it."""
        outer, self.block = self.block, block
        self._known.append({})
        try:
            yield block
        finally:
            self.block = outer
            self._known.pop()

    def share_known(self, other: Builder) -> None:
        """Find what another builder has computed in the block that encloses this one's."""
        self._known.insert(0, other._known[0])

    def splice(self, block: Block) -> None:
        """Append the instructions of a finished block."""
        self.block.body.extend(block.body)

    def append(self, instruction: Instruction) -> None:
        self.block.body.append(instruction)

    # ---- applying a primitive ------------------------------------------------------------------------------

    def apply(
        self,
        primitive: Primitive,
        *args: Operand,
        kwargs: tuple[tuple[str, Operand], ...] = (),
        name: str = "",
        spelling: str = "",
        count: int = 1,
        facts: tuple[Fact, ...] | None = None,
    ) -> tuple[Operand, ...]:
        """The results of a primitive, from an earlier equal application if there is one."""
        if self.stand_ins:
            args = tuple(replaced(a, self.stand_ins) for a in args)
            kwargs = tuple((k, replaced(v, self.stand_ins)) for k, v in kwargs)
        if self.derived and not kwargs and count == 1:
            folded = self._fold(primitive, args)
            if folded is not None:
                return (folded,)
        key = application_key(primitive, args, kwargs, spelling)
        if key is not None:
            for known in reversed(self._known):
                if key in known:
                    found: tuple[Operand, ...] = known[key]
                    if self.separate and not primitive.view and any(fact_of_operand(f).ndim != 0 for f in found):
                        break
                    return found
        results = tuple(Value(name) for _ in range(count))
        instruction = Apply(results, primitive, args, kwargs, self.location, spelling, self.derived)
        inferred = primitive.facts(instruction) if facts is None else facts
        if len(inferred) == count:
            for value, fact in zip(results, inferred, strict=True):
                value.fact = fact
        if count == 1 and not name:
            results[0].hint = hint(instruction)
        self.append(instruction)
        for value in results:
            self.definitions[value] = instruction
        if key is not None:
            self._known[-1][key] = results
        return results

    def adopt(self, apply: Apply) -> None:
        """Append an application as it is and know it from here on."""
        self.append(apply)
        for value in apply.results:
            self.definitions[value] = apply
        key = application_key(apply.primitive, apply.args, apply.kwargs, apply.spelling)
        if key is not None:
            self._known[-1].setdefault(key, apply.results)

    def one(self, primitive: Primitive, *args: Operand, name: str = "", **kwargs: Operand) -> Operand:
        """The single result of a primitive."""
        return self.apply(primitive, *args, kwargs=tuple(kwargs.items()), name=name)[0]

    def definition(self, operand: Operand, primitive: Primitive) -> Apply | None:
        """The application of ``primitive`` that made an operand, if that is what made it."""
        made = self.definitions.get(operand) if isinstance(operand, Value) else None
        return made if made is not None and made.primitive is primitive else None

    # ---- the small algebra -----------------------------------------------------------------------------------

    def _fold(self, primitive: Primitive, args: tuple[Operand, ...]) -> Operand | None:
        if primitive.symbol and all(isinstance(a, Const) and type(a.value) in NUMBERS for a in args):
            try:
                return Const(primitive.function(*(a.value for a in args)))  # type: ignore[union-attr]
            except ArithmeticError:
                return None  # left to fail, or not, where and when it is reached
        if primitive is core.ADD:
            return self._fold_add(*args)
        if primitive is core.SUB:
            a, b = args
            if b is ZERO or is_number(b, 0):
                return a
            if a is ZERO:
                return self.neg(b)
            if negated := self.definition(b, core.NEG):
                return self.add(a, negated.args[0])
        elif primitive is core.MUL:
            return self._fold_mul(*args)
        elif primitive is core.NEG:
            if args[0] is ZERO:
                return ZERO
            if negated := self.definition(args[0], core.NEG):
                return negated.args[0]
            if made := self.definition(args[0], core.BROADCAST):
                return self.one(core.BROADCAST, self.neg(made.args[0]), made.args[1])
        elif primitive is core.DIV:
            a, b = args
            if a is ZERO or is_number(b, 1):
                return a
            if negated := self.definition(a, core.NEG):
                return self.neg(self.one(core.DIV, negated.args[0], b))
            if source := self._unbroadcast_source(a, b):
                return self.one(core.DIV, source, b)
            if (moved := self._scaled(core.DIV, a, b)) is not None:
                return moved
        elif primitive is core.POW:
            if is_number(args[1], 1):
                return args[0]
        elif primitive is core.BROADCAST:
            if args[0] is ZERO:
                return ZERO
            if isinstance(args[1], Const) and args[1].value == () and fact_of_operand(args[0]).is_scalar:
                return args[0]
        elif primitive is core.SHAPE or primitive is core.DTYPE:
            return self._fold_layout(primitive, args[0])
        return None

    def _fold_layout(self, primitive: Primitive, x: Operand) -> Operand | None:
        """The shape or dtype of memory made here is what it was made with."""
        fact = fact_of_operand(x)
        if primitive is core.SHAPE and fact.shape == ():
            return Const(())
        first = x
        while (source := self._laid_out_like(primitive, x)) is not None:  # a version of a version, as often as it was written
            x = source
        if made := self.definition(x, core.ZEROS):
            return made.args[0 if primitive is core.SHAPE else 1]
        return None if x is first else self.one(primitive, x)

    def _laid_out_like(self, primitive: Primitive, x: Operand) -> Operand | None:
        """An operand of what makes a value that has its shape (or dtype): what is computed need not be, for the sake of that."""
        source = self.definitions.get(x) if isinstance(x, Value) else None
        if source is None or source.primitive is core.ZEROS:
            return None
        if source.primitive in (*core.WRITES, core.COPY):
            return source.args[0]
        fact = x.fact  # type: ignore[union-attr]
        for operand in source.args if not x.name else ():  # type: ignore[union-attr]
            own = fact_of_operand(operand)
            if isinstance(operand, Value) and own.kind == "array" and same_shape(own.shape, fact.shape):
                if primitive is core.SHAPE or (own.dtype is not None and own.dtype == fact.dtype):
                    return operand
        return None

    def _fold_add(self, a: Operand, b: Operand) -> Operand | None:
        if a is ZERO:
            return b
        if b is ZERO:
            return a
        if negated := self.definition(b, core.NEG):
            return self.sub(a, negated.args[0])
        if negated := self.definition(a, core.NEG):
            return self.sub(b, negated.args[0])
        if source := self._unbroadcast_source(a, b):
            return self.add(source, b)
        if source := self._unbroadcast_source(b, a):
            return self.add(a, source)
        return None

    def _fold_mul(self, a: Operand, b: Operand) -> Operand | None:
        if a is ZERO or b is ZERO:
            return ZERO
        for one, other in ((a, b), (b, a)):
            if (moved := self._scaled(core.MUL, one, other)) is not None:
                return moved
            if is_number(one, 1):
                return other
            if is_number(one, -1):
                return self.neg(other)
            if negated := self.definition(one, core.NEG):
                product = (negated.args[0], other) if one is a else (other, negated.args[0])
                return self.neg(self.mul(*product))
            if source := self._unbroadcast_source(one, other):
                return self.mul(source, other) if one is a else self.mul(other, source)
        return None

    def _scaled(self, primitive: Primitive, a: Operand, scale: Operand) -> Operand | None:
        """A broadcast scaled by a scalar is the broadcast of something scaled."""
        made = self.definition(a, core.BROADCAST)
        if made is None or not fact_of_operand(scale).is_scalar:
            return None
        return self.one(core.BROADCAST, self.one(primitive, made.args[0], scale), made.args[1])

    def _unbroadcast_source(self, a: Operand, b: Operand) -> Operand | None:
        """What ``a`` was broadcast from, if the other operand alone gives the result its shape."""
        made = self.definition(a, core.BROADCAST)
        if made is not None and same_shape(fact_of_operand(a).shape, fact_of_operand(b).shape):
            return made.args[0]
        return None

    def add(self, a: Operand, b: Operand) -> Operand:
        return self.one(core.ADD, a, b)

    def sub(self, a: Operand, b: Operand) -> Operand:
        return self.one(core.SUB, a, b)

    def mul(self, a: Operand, b: Operand) -> Operand:
        return self.one(core.MUL, a, b)

    def neg(self, a: Operand) -> Operand:
        return self.one(core.NEG, a)

    # ---- control flow --------------------------------------------------------------------------------------------

    def branch(self, condition: Operand, then: Block, orelse: Block, names: list[str]) -> tuple[Operand, ...]:
        """The results of an ``if`` whose branches are complete; equal outs need no result."""
        live = [b for b in (then, orelse) if not b.diverges]
        outs: list[Operand] = []
        keep: list[int] = []
        inside = {v for b in live for v in block_values(b)}
        results: list[Value] = []
        for k, name in enumerate(names):
            options = [b.outs[k] for b in live]
            if not options:
                outs.append(UNDEFINED)
            elif len({key_of(o) for o in options}) == 1 and options[0] not in inside:
                outs.append(options[0])
            else:
                keep.append(k)
                labels = {label(o) for o in options}
                results.append(Value(name, joined_fact(options), labels.pop() if len(labels) == 1 else ""))
                outs.append(results[-1])
        for block in live:
            block.outs = [block.outs[k] for k in keep]
        self.append(If(tuple(results), condition, then, orelse, self.location))
        return tuple(outs)


def is_number(operand: Operand, number: float) -> bool:
    return isinstance(operand, Const) and type(operand.value) in NUMBERS and operand.value == number


def is_whole(index: Operand) -> bool:
    """Whether an index takes everything, and says it with an ellipsis or a colon."""
    return isinstance(index, Const) and (index.value is Ellipsis or index.value == slice(None))


def is_absent(operand: Operand) -> bool:
    """Whether there is nothing to add or to yield."""
    return isinstance(operand, Zero | Undefined)


def new_function(name: str, params: list[Value], location: Location | None = None) -> Function:
    return Function(name, params, Block(), location)


__all__ = ["Builder", "Loop", "fact_of_operand", "is_absent", "is_number", "key_of", "new_function"]
