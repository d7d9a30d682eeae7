"""Functions and methods that write into an argument, as functions that compute what they leave in it.

    np.copyto(x, v)              x becomes    stored(x, ..., v)
    np.add.at(x, i, v)                        scattered(x, i, v)
    np.sin(a, out=x)                          stored(x, ..., np.sin(a))

``places(function, args, kwargs)`` says which arguments a call writes into, ``written(build, function, args, kwargs)``
computes the new version of each.  What is written costs what it is: a mask selects, nothing is done to the rest.
What NumPy refuses to write (``same_kind`` casting, shapes) is refused in its words, when the code gets there.

A call that has no derivative (``np.divide.at`` on elements named twice) is made on a copy of the target: it is right
as long as nothing active reaches it, and refused otherwise.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import BuiltinMethodType
from typing import Any

import numpy as np

from srcad import runtime
from srcad.ir import core
from srcad.ir.build import Builder, fact_of_operand
from srcad.ir.facts import OBJECT, Fact, broadcast_shapes, same_dtype, same_shape
from srcad.ir.nodes import Apply, Const, Display, Operand
from srcad.ir.primitive import Primitive
from srcad.rules.memory import may_repeat
from srcad.rules.notation import dtype, fact, nondiff, rank
from srcad.rules.notation import shape as shape_of
from srcad.rules.registry import PRIMITIVES, primitive_of, register
from srcad.rules.trace import Symbol, primitive_call, unwrap, wrap

Place = int | str
"""Where an argument stands in a call: its position, or the name that it is passed by."""


@dataclass(frozen=True, slots=True)
class Writer:
    """The declaration for a function: ``new(*args, **kwargs)`` is what it leaves in its parameter ``target``."""

    target: str
    new: Callable[..., Any]

    @property
    def signature(self) -> inspect.Signature:
        return inspect.signature(self.new)


WRITERS: dict[Any, Writer] = {}
"""By the function, or by the name of the method; those of ufuncs (``np.add.at``) by that of their method."""


def writer(*functions: Any, target: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare what functions leave in their argument ``target``, by a template with their parameters."""

    def declare(template: Callable[..., Any]) -> Callable[..., Any]:
        for function in functions:
            WRITERS[function] = Writer(target, template)
        return template

    return declare


# ---- what a caller asks ------------------------------------------------------------------------------------


def writer_of(function: Any) -> Writer | None:
    """The declaration for a function, or for a method given by its name."""
    try:
        found = WRITERS.get(function)
    except TypeError:  # not hashable
        return None
    if found is None and (ufunc := _ufunc_of_at(function)) is not None:
        parameters = "a, indices" if ufunc.nin == 1 else "a, indices, b"
        return Writer("a", _BY_INDEX[parameters](ufunc))
    return found


def places(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Place, ...]:
    """Which arguments a call of a function, or of a method given by its name, writes into.

    A tuple given as ``out=`` is one place.  Arguments may be any objects; ``None`` is told by ``Const``.
    """
    found = writer_of(function)
    if found is not None:
        position = list(found.signature.parameters).index(found.target)
        return (position,) if position < len(args) else (found.target,)
    place = with_out(function, args, kwargs)
    return () if place is None else (place,)


def written(
    build: Builder, function: Any, args: Sequence[Operand], kwargs: Mapping[str, Operand]
) -> tuple[tuple[Place, tuple[Operand, ...]], ...]:
    """For each place that a call writes into the new version of what is there; a tuple there has several.

    What the call returns is ``None`` where ``returns_target`` does not say that it is what it wrote into.
    """
    found = writer_of(function)
    if found is not None:
        (place,) = places(function, args, kwargs)
        symbols = [unwrap(a, build) for a in args]
        named = {k: unwrap(v, build) for k, v in kwargs.items()}
        return ((place, (wrap(found.new(*symbols, **named)),)),)
    place_of_out = with_out(function, args, kwargs)
    assert place_of_out is not None
    return ((place_of_out, _written_out(build, function, place_of_out, args, kwargs)),)


def returns_target(function: Any) -> bool:
    """Whether a call that writes gives back what it wrote into (``out=``), not ``None``."""
    return writer_of(function) is None


# ---- out= --------------------------------------------------------------------------------------------------


def with_out(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Place | None:
    """Where ``out`` is among the arguments of a call, None if it is not there."""
    if "out" in kwargs:
        return None if _is_none(kwargs["out"]) else "out"
    position = out_position(function)
    return position if position is not None and position < len(args) and not _is_none(args[position]) else None


def _is_none(x: Any) -> bool:
    return x is None or (isinstance(x, Const) and x.value is None)


@cache
def out_position(function: Any) -> int | None:
    """Where ``out`` is among the positional parameters of a function of NumPy's."""
    if isinstance(function, np.ufunc):
        return function.nin
    if not (getattr(function, "__module__", None) or "").startswith("numpy"):
        return None
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [p.name for p in parameters if p.kind in kinds]
    return names.index("out") if "out" in names else None


def _written_out(
    build: Builder, function: Any, place: Place, args: Sequence[Operand], kwargs: Mapping[str, Operand]
) -> tuple[Operand, ...]:
    """The new versions of what a call is given as ``out``."""
    given = kwargs[place] if isinstance(place, str) else args[place]
    outs = given.items if isinstance(given, Display) else (given,)
    rest = tuple(a for k, a in enumerate(args) if k != place)
    named = {k: v for k, v in kwargs.items() if k != "out"}
    ufunc = _ufunc_of(function)
    if ufunc is None:
        (out,) = outs
        return (_of_function(build, function, out, rest, named),)
    if isinstance(place, int) and place < len(args) - 1:
        raise TypeError(f"np.{ufunc.__name__} has no derivative here with several out arguments by position")
    return _of_ufunc(build, ufunc, outs, rest, named)


def _ufunc_of(function: Any) -> np.ufunc | None:
    primitive = function if isinstance(function, Primitive) else None
    function = function if primitive is None else primitive.function
    return function if isinstance(function, np.ufunc) else None


def _of_ufunc(
    build: Builder, ufunc: np.ufunc, outs: Sequence[Operand], args: Sequence[Operand], kwargs: dict[str, Operand]
) -> tuple[Operand, ...]:
    casting = kwargs.get("casting", Const("same_kind"))
    named = {k: v for k, v in kwargs.items() if k not in ("where", "casting")}
    where = kwargs.get("where", Const(True))
    symbols, targets = [unwrap(a, build) for a in args], [None if _is_none(o) else Symbol(o, build) for o in outs]
    options = {k: unwrap(v, build) for k, v in named.items()}
    if not (isinstance(where, Const) and where.value is True):
        (target,) = targets
        mask = spread(unwrap(where, build), target)
        taken = [x if rank(x) == 0 else spread(x, target)[mask] for x in symbols]
        value = primitive_call(build, PRIMITIVES[ufunc], tuple(taken), options)
        _check_ufunc(build, ufunc, target, value, symbols, casting)
        return (wrap(primitive_call(build, core.STORED, (target, mask, value), {})),)
    values = primitive_call(build, PRIMITIVES[ufunc], tuple(symbols), options)
    values = values if isinstance(values, tuple) else (values,)
    new = []
    for target, value in zip(targets, values, strict=False):
        if target is None:
            new.append(wrap(value))
            continue
        _check_ufunc(build, ufunc, target, value, symbols, casting)
        new.append(wrap(primitive_call(build, core.STORED, (target, Ellipsis, value), {})))
    return tuple(new)


def spread(x: Any, target: Any) -> Any:
    """An argument in the shape of what is written into."""
    if isinstance(x, Symbol) and same_shape(fact(x).shape, fact(target).shape):
        return x
    return primitive_call(target.build, core.BROADCAST, (x, shape_of(target)), {})


def _check_ufunc(build: Builder, ufunc: np.ufunc, out: Any, value: Any, args: Sequence[Any], casting: Operand) -> None:
    """See that the result of a ufunc may be written where it is to go, at run time if facts do not tell."""
    rule = unwrap(casting, build)
    if _may_be_cast(value, out, rule) and all(_fits(x, out) for x in (value, *args)):
        return
    primitive_call(build, CHECK_OUT, (ufunc, rule, out, *args), {})


def _may_be_cast(value: Any, target: Any, casting: Any = "same_kind") -> bool:
    """Whether the types are known, and NumPy casts from the one to the other."""
    return _is_cast(fact(value), fact(target), casting)


def _is_cast(own: Fact, target: Fact, casting: Any) -> bool:
    if own.dtype is None or target.dtype is None or not isinstance(casting, str):
        return False
    if own.kind == "py":
        return casting == "same_kind" and own.dtype.kind in "f" and target.dtype.kind in "fc"
    return own.kind == "array" and np.can_cast(own.dtype, target.dtype, casting)  # type: ignore[arg-type]


def _fits(value: Any, target: Any) -> bool:
    """Whether a value is known to be broadcast to the shape of a target."""
    own, other = fact(value).shape, fact(target).shape
    if own is None or other is None or len(own) > len(other):
        return own == ()
    return same_shape(broadcast_shapes(own, other), other) and all(
        p == 1 or p is q or p == q for p, q in zip(own[::-1], other[::-1], strict=False)
    )


CHECK_OUT = register(runtime.check_out, "check_out")
CHECK_COPY = register(runtime.check_copy, "check_copy")
nondiff(CHECK_OUT, CHECK_COPY, fact=lambda *_: OBJECT, pure=False)


def _of_function(
    build: Builder, function: Any, out: Operand, args: Sequence[Operand], kwargs: dict[str, Operand]
) -> Operand:
    """The array that a function which is no ufunc leaves in ``out``: of its own shape and dtype, or it is refused."""
    primitive = function if isinstance(function, Primitive) else primitive_of(function)
    if primitive is None:
        raise TypeError(f"{getattr(function, '__name__', function)} has no derivative with the argument out=")
    target = Symbol(out, build)
    symbols = tuple(unwrap(a, build) for a in args)
    options = {k: unwrap(v, build) for k, v in kwargs.items()}
    if primitive.function in ACCUMULATING and options.get("dtype") is None and len(symbols) < 3:
        if not same_dtype(fact(symbols[0]).dtype, fact(target).dtype):
            options["dtype"] = dtype(target)  # NumPy adds up in the type of out
    value = primitive_call(build, primitive, symbols, options)
    known, other = fact(value), fact(target)
    if not (same_dtype(known.dtype, other.dtype) and same_shape(known.shape, other.shape)):
        primitive_call(build, CHECK_RESULT, (primitive.name, target, value), {})
    return wrap(primitive_call(build, core.STORED, (target, Ellipsis, value), {}))


CHECK_RESULT = register(runtime.check_result, "check_result")
nondiff(CHECK_RESULT, fact=lambda *_: OBJECT, pure=False)

ACCUMULATING = frozenset([np.sum, np.prod, np.cumsum, np.cumprod])
"""Reductions that compute in the type of ``out``."""

# ---- whole arrays ------------------------------------------------------------------------------------------


@writer(np.copyto, target="dst")
def _(dst, src, casting="same_kind", where=True):
    if not _may_be_cast(src, dst, casting):
        primitive_call(dst.build, CHECK_COPY, (dst, src, casting), {})
    if where is True:
        return primitive_call(dst.build, core.STORED, (dst, Ellipsis, src), {})
    mask = spread(where, dst)
    chosen = src if rank(src) == 0 else spread(src, dst)[mask]
    return primitive_call(dst.build, core.STORED, (dst, mask, chosen), {})


@writer("fill", target="a")
def _(a, value):
    return primitive_call(a.build, core.STORED, (a, Ellipsis, value), {})


# ---- ufunc.at ----------------------------------------------------------------------------------------------


def _ufunc_of_at(function: Any) -> np.ufunc | None:
    """The ufunc of ``ufunc.at``."""
    if isinstance(function, BuiltinMethodType) and function.__name__ == "at" and isinstance(function.__self__, np.ufunc):
        return function.__self__
    return None


def _is_inexact(x: Any) -> bool:
    known = fact(x).dtype
    return known is not None and known.kind in "fc"


def _unary_at(ufunc: np.ufunc) -> Callable[..., Any]:
    def template(a: Any, indices: Any) -> Any:
        return _at(ufunc, a, indices)

    return template


def _binary_at(ufunc: np.ufunc) -> Callable[..., Any]:
    def template(a: Any, indices: Any, b: Any) -> Any:
        return _at(ufunc, a, indices, b)

    return template


_BY_INDEX = {"a, indices": _unary_at, "a, indices, b": _binary_at}


def _at(ufunc: np.ufunc, a: Any, indices: Any, *b: Any) -> Any:
    build = a.build
    if ufunc is np.add:
        return primitive_call(build, core.SCATTERED, (a, indices, *b), {})
    if ufunc is np.subtract and _is_inexact(a) and _is_inexact(b[0]):
        return primitive_call(build, core.SCATTERED, (a, indices, -b[0]), {})
    if not may_repeat(indices):
        value = primitive_call(build, PRIMITIVES[ufunc], (a[indices], *b), {})
        if _may_be_cast(value, a, "same_kind"):
            return primitive_call(build, core.STORED, (a, indices, value), {})
    return primitive_call(build, APPLIED_AT, (ufunc, a, indices, *b), {})


APPLIED_AT = register(runtime.applied_at, "applied_at")
APPLIED_AT.reason = "which applies it to elements that may be named twice, and has no derivative"
APPLIED_AT.remedy = "name each element once, by a mask or by slices"
APPLIED_AT.infer = lambda apply: fact_of_operand(apply.args[1])


# ---- augmented assignment ----------------------------------------------------------------------------------

UFUNCS: dict[Any, np.ufunc] = {
    operator.add: np.add, operator.sub: np.subtract, operator.mul: np.multiply, operator.truediv: np.divide,
    operator.floordiv: np.floor_divide, operator.mod: np.remainder, operator.pow: np.power, operator.matmul: np.matmul,
    operator.and_: np.bitwise_and, operator.or_: np.bitwise_or, operator.xor: np.bitwise_xor,
    operator.lshift: np.left_shift, operator.rshift: np.right_shift,
}
"""What augmented assignment to an array calls with ``out=``."""


def check_augmented(build: Builder, function: Any, x: Operand, v: Operand) -> bool:
    """See that ``x op= v`` may write its result into the array ``x``, at run time if facts do not tell.

    ``function`` is the operator (``operator.add``); True if nothing had to be asked.
    """
    primitive = PRIMITIVES[function]
    result = primitive.facts(Apply((), primitive, (x, v)))[0]
    target, value = Symbol(x, build), unwrap(v, build)
    if _is_cast(result, fact(target), "same_kind") and _fits(value, target):
        return True
    primitive_call(build, CHECK_OUT, (UFUNCS[function], "same_kind", target, target, value), {})
    return False
