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
from srcad.rules import shapes
from srcad.rules.notation import fact, nondiff, rank
from srcad.rules.notation import shape as shape_of
from srcad.rules.registry import METHODS, PRIMITIVES, primitive_of, qualified_name, register
from srcad.rules.trace import Symbol, contains_symbol, primitive_call, unwrap, wrap

Place = int | str
"""Where an argument stands in a call: its position, or the name that it is passed by."""


@dataclass(frozen=True, slots=True)
class Writer:
    """The declaration for a function: ``new(*args, **kwargs)`` is what it leaves in its parameter ``target``.

    The template may give ``NotImplemented`` where too little is known.  A ``returns`` function gives back the target;
    with ``when`` it writes only if that says so of the arguments.
    """

    target: str
    new: Callable[..., Any]
    returns: bool = False
    when: Callable[[Mapping[str, Any]], bool] | None = None

    @property
    def signature(self) -> inspect.Signature:
        return inspect.signature(self.new)


WRITERS: dict[Any, Writer] = {}
"""By the function, or by the name of the method."""

MAKERS: list[Callable[[Any], Writer | None]] = []
"""Functions that are not known one by one (``ufunc.at``): each gives the declaration, or None."""

REFUSED = {
    "itemset": "x[index] = value", "setfield": "assign to a part of the array", "resize": "np.resize(x, shape)",
    "byteswap": "x.byteswap()", "setflags": "leave the flags as they are", "__setitem__": "x[index] = value",
}
"""Methods that change an array and are not supported, with what to write instead."""


def writer(
    *functions: Any, target: str, returns: bool = False, when: Callable[[Mapping[str, Any]], bool] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare what functions leave in their argument ``target``, by a template with their parameters."""

    def declare(template: Callable[..., Any]) -> Callable[..., Any]:
        for function in functions:
            WRITERS[function] = Writer(target, template, returns, when)
        return template

    return declare


# ---- what a caller asks ------------------------------------------------------------------------------------


def writer_of(function: Any) -> Writer | None:
    """The declaration for a function, or for a method given by its name."""
    try:
        found = WRITERS.get(function)
    except TypeError:  # not hashable
        return None
    if found is not None:
        return found
    return next((made for make in MAKERS if (made := make(function)) is not None), None)


def places(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[Place, ...]:
    """Which arguments a call of a function, or of a method given by its name, writes into.

    A tuple given as ``out=`` is one place.  Arguments may be any objects; those that are constants are ``Const``.
    """
    found = writer_of(function)
    if found is not None:
        position = list(found.signature.parameters).index(found.target)
        if position >= len(args) and found.target not in kwargs:
            return ()  # a call that fails
        if found.when is not None and not found.when(_bound(found.signature, args, kwargs)):
            return ()
        return (position,) if position < len(args) else (found.target,)
    place = with_out(function, args, kwargs)
    return () if place is None else (place,)


def _bound(signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return signature.bind_partial(*args, **kwargs).arguments
    except TypeError:
        return {}


def written(
    build: Builder, function: Any, args: Sequence[Operand], kwargs: Mapping[str, Operand]
) -> tuple[tuple[Place, tuple[Operand, ...]], ...]:
    """For each place that a call writes into the new version of what is there; a tuple there has several.

    What the call returns is ``None`` where ``returns_target`` does not say that it is what it wrote into.
    """
    (place,) = places(function, args, kwargs)
    found = writer_of(function)
    if found is None:
        return ((place, _written_out(build, function, place, args, kwargs)),)
    new = found.new(*(unwrap(a, build) for a in args), **{k: unwrap(v, build) for k, v in kwargs.items()})
    if new is NotImplemented:
        return ((place, (after_call(build, function, place, args, kwargs),)),)
    return ((place, (wrap(new),)),)


def returns_target(function: Any) -> bool:
    """Whether a call that writes gives back what it wrote into (``out=``), not ``None``."""
    found = writer_of(function)
    return found is None or found.returns


def after_call(
    build: Builder, function: Any, place: Place, args: Sequence[Operand], kwargs: Mapping[str, Operand]
) -> Operand:
    """What a call leaves of its target, by calling it on a copy: for what has no derivative."""
    name = f"ndarray.{function}" if isinstance(function, str) else qualified_name(function)
    reason = "which writes into an argument, and has no derivative in this use"
    primitive = Primitive(name, runtime.after_call, pure=False, reason=reason, remedy="write into parts of arrays")
    target = kwargs[place] if isinstance(place, str) else args[place]
    operands = (Const(function), Const(place), *args)
    return build.apply(primitive, *operands, kwargs=tuple(kwargs.items()), facts=(fact_of_operand(target),))[0]


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
    names = positional_names(function)
    return names.index("out") if "out" in names else None


METHODS_OF_UFUNCS = {
    "reduce": ("array", "axis", "dtype", "out", "keepdims", "initial", "where"),
    "accumulate": ("array", "axis", "dtype", "out"),
    "reduceat": ("array", "indices", "axis", "dtype", "out"),
}


def positional_names(function: Any) -> list[str]:
    """The names of the parameters of a function of NumPy's that may be given by position."""
    if isinstance(function, str):
        function = METHODS.get(function)
    function = function.function if isinstance(function, Primitive) else function
    if isinstance(function, BuiltinMethodType) and isinstance(function.__self__, np.ufunc):
        return list(METHODS_OF_UFUNCS.get(function.__name__, ()))
    if not (getattr(function, "__module__", None) or "").startswith("numpy"):
        return []
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.kind in kinds]


def _written_out(
    build: Builder, function: Any, place: Place, args: Sequence[Operand], kwargs: Mapping[str, Operand]
) -> tuple[Operand, ...]:
    """The new versions of what a call is given as ``out``."""
    given = kwargs[place] if isinstance(place, str) else args[place]
    outs = given.items if isinstance(given, Display) else (given,)
    ufunc = _ufunc_of(function)
    named = {k: v for k, v in kwargs.items() if k != "out"}
    if ufunc is not None:
        if isinstance(place, int):
            outs = tuple(args[place:])
        found = _of_ufunc(build, ufunc, outs, args[: ufunc.nin], named)
        if found is None and len(outs) > 1:
            raise TypeError(f"np.{ufunc.__name__} with several out arguments and others has no derivative here")
        return found or (after_call(build, function, place, args, kwargs),)
    primitive = METHODS.get(function) if isinstance(function, str) else primitive_of(function)
    if primitive is None or primitive.rule is None or len(outs) > 1:
        return (after_call(build, function, place, args, kwargs),)
    if isinstance(place, int):
        # what stands behind out by position is given by name
        named |= dict(zip(positional_names(function)[place + 1 :], args[place + 1 :], strict=False))
    positional = tuple(args[:place] if isinstance(place, int) else args)
    new = _of_function(build, primitive, outs[0], positional, named)
    return (after_call(build, function, place, args, kwargs) if new is None else new,)


def _ufunc_of(function: Any) -> np.ufunc | None:
    primitive = METHODS.get(function) if isinstance(function, str) else function
    function = primitive.function if isinstance(primitive, Primitive) else primitive
    return function if isinstance(function, np.ufunc) else None


def _of_ufunc(
    build: Builder, ufunc: np.ufunc, outs: Sequence[Operand], args: Sequence[Operand], kwargs: dict[str, Operand]
) -> tuple[Operand, ...] | None:
    """What a ufunc leaves in each of ``outs``; None if it is called with options that it is not known what they do."""
    primitive = primitive_of(ufunc)
    where = truths(unwrap(kwargs.get("where", Const(True)), build))
    if primitive is None or kwargs.keys() - {"where", "casting"} or where is None:
        return None
    casting = unwrap(kwargs.get("casting", Const("same_kind")), build)
    facts = primitive.facts(Apply((), primitive, tuple(args)))
    symbols = [unwrap(a, build) for a in args]
    targets = [None if _is_none(o) else Symbol(o, build) for o in outs]
    for position, target in enumerate(targets):
        if target is not None and not _accepts(target, facts[position], casting, ufunc, where):
            checked = symbols if where is True else [*symbols, where]
            primitive_call(build, CHECK_OUT, (ufunc, casting, position, target, *checked), {})
    if where is not True:
        if any(t is None for t in targets) or len(targets) < ufunc.nout or ufunc.signature is not None:
            return None
        mask = spread(where, targets[0])
        taken = [x if rank(x) == 0 else spread(x, targets[0])[mask] for x in symbols]
        values = primitive_call(build, primitive, tuple(taken), {})
        values = values if isinstance(values, tuple) else (values,)
        return tuple(wrap(primitive_call(build, core.STORED, (target, mask, value), {}))
                     for target, value in zip(targets, values, strict=True))
    values = primitive_call(build, primitive, tuple(symbols), {})
    values = values if isinstance(values, tuple) else (values,)
    return tuple(
        wrap(value if target is None else primitive_call(build, core.STORED, (target, Ellipsis, value), {}))
        for target, value in zip([*targets, *[None] * (len(values) - len(targets))], values, strict=True)
    )


def truths(where: Any) -> Any:
    """A mask as an array of booleans or a boolean; None if it may be something else."""
    if isinstance(where, list | tuple | np.ndarray):
        return None if contains_symbol(where) else np.asarray(where, bool)
    return where if isinstance(where, bool | np.bool_) or shapes.has_dtype(where, bool) else None


def spread(x: Any, target: Any) -> Any:
    """An argument in the shape of what is written into."""
    if isinstance(x, Symbol) and same_shape(fact(x).shape, fact(target).shape):
        return x
    return primitive_call(target.build, core.BROADCAST, (x, shape_of(target)), {})


def _accepts(out: Any, result: Fact, casting: Any, ufunc: np.ufunc, where: Any = True) -> bool:
    """Whether facts tell that the result of a ufunc may be written where it is to go."""
    fits = fits_fact(result, fact(out)) if ufunc.signature is None else same_shape(result.shape, fact(out).shape)
    return _is_cast(result, fact(out), casting) and fits and (where is True or fits_fact(fact(where), fact(out)))


def may_be_cast(value: Any, target: Any, casting: Any = "same_kind") -> bool:
    """Whether the types are known, and NumPy casts from the one to the other."""
    return _is_cast(fact(value), fact(target), casting)


def _is_cast(own: Fact, target: Fact, casting: Any) -> bool:
    if own.dtype is None or target.dtype is None or not isinstance(casting, str):
        return False
    if own.kind == "py":
        return casting == "same_kind" and own.dtype.kind in "f" and target.dtype.kind in "fc"
    return own.kind == "array" and np.can_cast(own.dtype, target.dtype, casting)  # type: ignore[arg-type]


def fits_fact(own: Fact, target: Fact) -> bool:
    """Whether a value is known to be broadcast to the shape of a target."""
    if own.shape is None or target.shape is None or len(own.shape) > len(target.shape):
        return own.shape == ()
    return same_shape(broadcast_shapes(own.shape, target.shape), target.shape) and all(
        p == 1 or p is q or p == q for p, q in zip(own.shape[::-1], target.shape[::-1], strict=False)
    )


def _of_function(
    build: Builder, primitive: Primitive, out: Operand, args: tuple[Operand, ...], kwargs: dict[str, Operand]
) -> Operand | None:
    """What a function that is no ufunc leaves in ``out``, which must have the shape and the dtype of the result.

    None if that is not known well enough.
    """
    target = Symbol(out, build)
    symbols = tuple(unwrap(a, build) for a in args)
    options = {k: unwrap(v, build) for k, v in kwargs.items()}
    adds_up = primitive.function in ACCUMULATING and options.get("dtype") is None and len(symbols) < 3
    if adds_up:
        own, other = fact(symbols[0]).dtype, fact(target).dtype
        if own is None or other is None:
            return None
        if own.kind in "biu" or np.result_type(own, other) != own:
            options["dtype"] = np.result_type(own, other)  # NumPy adds up in the type of out, if that is better
    value = primitive_call(build, primitive, symbols, options)
    if not is_like(value, target) or not (adds_up or same_dtype(fact(value).dtype, fact(target).dtype)):
        primitive_call(build, CHECK_RESULT, (primitive.name, target, value, not adds_up), {})
    return wrap(primitive_call(build, core.STORED, (target, Ellipsis, value), {}))


def is_like(value: Any, target: Any) -> bool:
    """Whether both are known to have one shape."""
    return same_shape(fact(value).shape, fact(target).shape)


CHECK_OUT = register(runtime.check_out, "check_out")
CHECK_RESULT = register(runtime.check_result, "check_result")
CHECK_MATMUL = register(runtime.check_matmul, "check_matmul")
nondiff(CHECK_OUT, CHECK_RESULT, CHECK_MATMUL, fact=lambda *_: OBJECT, pure=False)

ACCUMULATING = frozenset([np.sum, np.prod, np.cumsum, np.cumprod])
"""Reductions that compute in the type to which ``out`` is promoted with what is reduced."""

# ---- augmented assignment ----------------------------------------------------------------------------------

UFUNCS: dict[Any, np.ufunc] = {
    operator.add: np.add, operator.sub: np.subtract, operator.mul: np.multiply, operator.truediv: np.divide,
    operator.floordiv: np.floor_divide, operator.mod: np.remainder, operator.pow: np.power, operator.matmul: np.matmul,
    operator.and_: np.bitwise_and, operator.or_: np.bitwise_or, operator.xor: np.bitwise_xor,
    operator.lshift: np.left_shift, operator.rshift: np.right_shift,
}
"""What augmented assignment to an array calls with ``out=``."""


BITWISE = frozenset([np.bitwise_and, np.bitwise_or, np.bitwise_xor])


def check_augmented(build: Builder, function: Any, x: Operand, v: Operand) -> bool:
    """See that ``x op= v`` may write its result into the array ``x``, at run time if facts do not tell.

    ``function`` is the operator (``operator.add``); True if nothing had to be asked.
    """
    primitive, ufunc = PRIMITIVES[function], UFUNCS[function]
    if ufunc is np.matmul:
        primitive_call(build, CHECK_MATMUL, (unwrap(x, build), unwrap(v, build)), {})
        return False
    own, other = fact_of_operand(x).dtype, fact_of_operand(v).dtype
    settles = own is not None and other is not None and (own.kind != "b" or ufunc in BITWISE)
    if settles and _accepts(Symbol(x, build), primitive.facts(Apply((), primitive, (x, v)))[0], "same_kind", ufunc):
        return True
    primitive_call(build, CHECK_OUT, (ufunc, "same_kind", 0, *(unwrap(o, build) for o in (x, x, v))), {})
    return False
