"""Rules of Python's remaining operators, of its built-in functions on numbers, and of the ``math`` module.

These keep Python's types: a Python float stays one, with its partials, so that it promotes nothing.  ``math``
takes no arrays, so a batch is run by the NumPy function of the same meaning (``math.sin`` by ``np.sin``).
At a pole (``math.sqrt`` at 0) a derivative raises ``ZeroDivisionError``, as Python's division does.
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from srcad.ir import core
from srcad.ir.facts import ANY, OBJECT, PY_BOOL, PY_FLOAT, PY_INT, Fact, array_fact, broadcast_shapes, join, same_shape
from srcad.ir.nodes import ZERO
from srcad.rules import shapes
from srcad.rules.casts import returned
from srcad.rules.core import power_partials
from srcad.rules.elementwise import LN_2, LN_10, arctan2_partials, divided_with_remainder, nonzero
from srcad.rules.notation import (
    bar,
    broadcast,
    d,
    elementwise,
    elementwise_batch,
    fact,
    linear,
    nondiff,
    rank,
    rule,
    shape,
    unbroadcast,
    zero,
)
from srcad.rules.registry import register
from srcad.rules.roles import as_numpy, by_name, with_rows
from srcad.rules.trace import Symbol, builder_of, primitive_call, unwrap

# ---- operators ---------------------------------------------------------------------------------------------


def _promoted(*args):
    facts = [fact(a) for a in args]
    size = broadcast_shapes(*(f.shape for f in facts))
    kinds = {f.kind for f in facts}
    kind = "py" if kinds == {"py"} else "array" if size or "array" in kinds else "num"
    return Fact(kind, shapes.common_dtype(*args), size)


def _remainder(a, b):
    """As any arithmetic; ``"..." % x`` is a string."""
    return OBJECT if isinstance(a, str | bytes) else _promoted(a, b)


elementwise(operator.mod, lambda y, a, b: (1, lambda: -(a // b)), fact=_remainder)
zero(operator.floordiv)
nondiff(
    operator.and_,
    operator.or_,
    operator.xor,
    operator.lshift,
    operator.rshift,
    operator.invert,
    fact=_promoted,
    batch=elementwise_batch,
)

# ---- built-in functions of numbers -------------------------------------------------------------------------

elementwise(builtins.abs, lambda y, x: np.sign(x))
elementwise(builtins.pow, power_partials)


rule(
    builtins.divmod,
    "a",
    "b",
    results=("quotient", "remainder"),
    explicit=True,
    batch=as_numpy(np.divmod),
    fact=lambda a, b: (_promoted(a, b),) * 2,
)(divided_with_remainder)


def _float_rows(call):
    x = call["x"]
    if call.rank("x") != 0:
        return NotImplemented
    return (
        x if shapes.has_dtype(x, float) else primitive_call(call.build, core.CAST, (x, np.dtype(float)), {})
    )


@linear(builtins.float, "x", fact=lambda x: PY_FLOAT, batch=_float_rows)
def _(y, x=0.0):
    bar[x] = returned(bar[y], x) if rank(x) == 0 else np.reshape(returned(bar[y], x), shape(x))


def _integer_rows(rounded):
    """The role of a function to integers: rounded by a NumPy function, unless it truncates, then cast."""

    def role(call):
        if call.mapped != {"x"} or call.rank("x") != 0:
            return NotImplemented
        if call["ndigits"] is not None:
            return np.round(call["x"], call["ndigits"])
        x = call["x"] if rounded is None else rounded(call["x"])
        return primitive_call(call.build, core.CAST, (x, np.dtype(int)), {})

    return by_name(lambda x, ndigits=None: None, role)


nondiff(builtins.int, fact=lambda *_: PY_INT, batch=_integer_rows(None))
nondiff(
    builtins.bool,
    fact=lambda *_: PY_BOOL,
    batch=by_name(lambda x: None, lambda call: call["x"] != 0 if call.rank("x") == 0 else NotImplemented),
)
zero(
    builtins.round,
    fact=lambda x, ndigits=None: PY_INT if ndigits is None else fact(x),
    batch=_integer_rows(np.rint),
)

# ---- max, min and sum --------------------------------------------------------------------------------------


def chosen(y, options, k):
    """Whether the k-th option is the result: the first of those that are equal to it."""
    return reduce(operator.and_, (y != earlier for earlier in options[:k]), y == options[k])


def _one_of(*args):
    if len(args) > 1:
        return reduce(join, map(fact, args))
    f = fact(args[0])
    return array_fact(f.dtype, f.shape[1:]) if f.shape else f.element or ANY


def _extremum_rows(better):
    """Options are compared in the order in which Python does."""

    def role(call):
        old = call.unbatched("args")
        if len(old) < 2 or any(rank(x) != 0 for x in old):
            return NotImplemented
        return reduce(lambda best, x: np.where(better(x, best), x, best), call["args"])

    return role


def _extremum(function, better, position):
    """``max`` or ``min``: the derivative is that of the element returned, of arguments or of a vector."""

    @rule(function, "args", explicit=True, fact=_one_of, batch=_extremum_rows(better))
    def _(y, *args):
        only = args[0]
        if len(args) == 1 and isinstance(only, Symbol):
            k = position(only)
            d[y] = d[only][k]
            bar[only][k] += bar[y]
            return
        options = only if len(args) == 1 else args
        dots = d[only] if len(args) == 1 else [d[x] for x in args]
        parts = [dot * chosen(y, options, k) for k, dot in enumerate(dots) if not dot.is_zero]
        d[y] = builtins.sum(parts, Symbol(ZERO, y.build))
        bars = [bar[y] * chosen(y, options, k) for k in range(len(options))]
        if len(args) == 1:
            bar[only] = bars
        else:
            for x, g in zip(args, bars, strict=True):
                bar[x] = g


_extremum(builtins.max, operator.gt, np.argmax)
_extremum(builtins.min, operator.lt, np.argmin)


def _summed(iterable, start=0):
    f = fact(iterable)
    if f.kind == "list" and f.element is not None and f.element.is_scalar and rank(start) == 0:
        known = f.element.dtype if fact(start).kind == "py" and f.element.dtype == np.dtype(float) else None
        return Fact("num", known, ())  # the number to start from, if there is no element
    if (
        f.kind != "array"
        or f.shape is None
        or f.dtype is None
        or f.dtype.kind not in "fc"
        or not (rank(start) == 0 or same_shape(fact(start).shape, f.shape[1:]))
    ):
        return ANY
    return array_fact(shapes.common_dtype(iterable, start), f.shape[1:])


def _shape_of_elements(iterable):
    f = fact(iterable)
    if f.kind == "list":
        return None if f.element is None else f.element.shape
    return None if f.shape is None else f.shape[1:]


def _summed_rows(call):
    """The elements of a list have the rows; one without elements has none, so that the sum starts with them."""
    if fact(call.unbatched("iterable")).kind != "list" or call.result_rank != 0:
        return NotImplemented
    rows = primitive_call(call.build, core.PREFIXED, (unwrap(call.size, call.build), ()), {})
    start = primitive_call(call.build, core.ZEROS, (rows, np.dtype(float)), {}) + call["start"]
    return primitive_call(call.build, builtins.sum, (with_rows(call, "iterable"), start), {})


@rule(builtins.sum, "iterable", "start", explicit=True, fact=_summed, batch=_summed_rows)
def _(y, iterable, start=0):
    """Of the rows of an array, of a list, or of values in a display."""
    if not isinstance(iterable, Symbol):
        d[y] = builtins.sum(d[iterable], d[start])
        bar[iterable] = [unbroadcast(bar[y], x) for x in iterable]
    elif rank(start) != 0 and not same_shape(fact(start).shape, _shape_of_elements(iterable)):
        raise TypeError("sum() over an array or a list has a derivative only if it starts from a number, or from an array of "
                        "the shape of its elements")
    elif fact(iterable).kind == "list":
        length = primitive_call(y.build, core.LENGTH, (iterable,), {})
        d[y] = total(d[iterable]) + d[start]
        rows = broadcast(bar[y], primitive_call(y.build, core.PREFIXED, (length, shape(y)), {}))
        bar[iterable] = primitive_call(y.build, list, (rows,), {})
    else:
        d[y] = np.sum(d[iterable], axis=0) + d[start]
        bar[iterable] = broadcast(bar[y], shape(iterable))
    bar[start] = unbroadcast(bar[y], start)


def total(xs):
    """``sum`` of a list of tangents."""
    return xs if xs.is_zero else primitive_call(xs.build, builtins.sum, (xs,), {})


# ---- math: smooth functions --------------------------------------------------------------------------------


def scalar(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of ``math`` for templates, on symbols and literals alike."""
    primitive = register(function)

    def call(*args):
        if any(isinstance(a, Symbol) for a in args):
            return primitive_call(builder_of(*args), primitive, args, {})
        return function(*args)

    return call


sin, cos, sinh, cosh, exp, log, sqrt = map(
    scalar, (math.sin, math.cos, math.sinh, math.cosh, math.exp, math.log, math.sqrt)
)


def by_rows(_):
    """There is no NumPy function of that meaning."""
    return NotImplemented


def of_float(function, partials, rows=None, names=None):
    """Declare a function of ``math`` to floats, ``rows`` being what does the same in NumPy."""
    elementwise(
        function, partials, names=names, fact=lambda *_: PY_FLOAT, batch=as_numpy(rows) if rows else by_rows
    )


of_float(math.sin, lambda y, x: cos(x), np.sin)
of_float(math.cos, lambda y, x: -sin(x), np.cos)
of_float(math.tan, lambda y, x: 1.0 + y * y, np.tan)
of_float(math.sinh, lambda y, x: cosh(x), np.sinh)
of_float(math.cosh, lambda y, x: sinh(x), np.cosh)
of_float(math.tanh, lambda y, x: 1.0 - y * y, np.tanh)
of_float(math.exp, lambda y, x: y, np.exp)
of_float(math.exp2, lambda y, x: LN_2 * y, np.exp2)
of_float(math.expm1, lambda y, x: y + 1.0, np.expm1)
of_float(math.log1p, lambda y, x: 1 / (1.0 + x), np.log1p)
of_float(math.log2, lambda y, x: 1 / (LN_2 * x), np.log2)
of_float(math.log10, lambda y, x: 1 / (LN_10 * x), np.log10)
of_float(math.sqrt, lambda y, x: 0.5 / y, np.sqrt)
of_float(math.cbrt, lambda y, x: 1 / (3.0 * y * y), np.cbrt)
of_float(math.asin, lambda y, x: 1 / sqrt((1.0 - x) * (1.0 + x)), np.arcsin)
of_float(math.acos, lambda y, x: -1 / sqrt((1.0 - x) * (1.0 + x)), np.arccos)
of_float(math.atan, lambda y, x: 1 / (1.0 + x * x), np.arctan)
of_float(math.asinh, lambda y, x: 1 / sqrt(1.0 + x * x), np.arcsinh)
of_float(math.acosh, lambda y, x: 1 / sqrt((x - 1.0) * (x + 1.0)), np.arccosh)
of_float(math.atanh, lambda y, x: 1 / ((1.0 - x) * (1.0 + x)), np.arctanh)
of_float(math.degrees, lambda y, x: 180.0 / math.pi, np.degrees)
of_float(math.radians, lambda y, x: math.pi / 180.0, np.radians)
of_float(math.erf, lambda y, x: 2.0 / math.sqrt(math.pi) * exp(-x * x))
of_float(math.erfc, lambda y, x: -2.0 / math.sqrt(math.pi) * exp(-x * x))
of_float(math.pow, power_partials, np.power)
of_float(math.atan2, arctan2_partials, np.arctan2)
of_float(math.ldexp, lambda y, x, exponent: 2.0**exponent, np.ldexp, names=("x",))


def log_partials(y, x, base=None):
    """log x / log base."""
    if base is None:
        return 1 / x, None
    return lambda: 1 / (x * log(base)), lambda: -y / (base * log(base))


def _log_rows(call):
    if call["base"] is None:
        return as_numpy(np.log)(call)
    return np.log(call["x"]) / (np.log(call["base"]))


elementwise(math.log, log_partials, fact=lambda *_: PY_FLOAT, batch=_log_rows)

# ---- math: several arguments, sequences --------------------------------------------------------------------


def _hypot_rows(call):
    return reduce(np.hypot, call["xs"])


@rule(math.hypot, "xs", fact=lambda *_: PY_FLOAT, batch=_hypot_rows)
def _(y, *xs):
    """0 at the origin, as for any norm here."""
    d[y] = added(y, [x * d[x] for x in xs]) / nonzero(y)


def added(y, parts):
    """The sum of tangents, of which there may be none."""
    return builtins.sum(parts, Symbol(ZERO, y.build))


def over_elements(y, term, *sequences):
    """The sum of ``term(*elements)`` over sequences: displays of values, or vectors."""
    if all(isinstance(s, Symbol) for s in sequences):
        terms = term(*sequences)
        return terms if terms.is_zero else np.sum(terms)
    size = next(len(s) for s in sequences if not isinstance(s, Symbol))
    return added(y, [term(*(s[k] for s in sequences)) for k in range(size)])


@rule(math.dist, "p", "q", fact=lambda *_: PY_FLOAT)
def _(y, p, q):
    """0 where the points are one."""
    d[y] = over_elements(y, lambda a, b, da, db: (a - b) * (da - db), p, q, d[p], d[q]) / nonzero(y)


@rule(math.fsum, "seq", fact=lambda *_: PY_FLOAT)
def _(y, seq):
    d[y] = over_elements(y, lambda dx: dx, d[seq])


def _product(iterable, start):
    if isinstance(iterable, Symbol):
        return Fact("num", None, ())
    return _promoted(*iterable, start)


@rule(math.prod, "iterable", "start", fact=_product)
def _(y, iterable, *, start=1):
    """The product rule factor by factor, which no zero among them disturbs."""
    if isinstance(iterable, Symbol):
        raise TypeError("math.prod has a derivative for a list of numbers only: use np.prod")
    product, product_dot = start, d[start]
    for x, x_dot in zip(iterable, d[iterable], strict=True):
        product, product_dot = product * x, product_dot * x + product * x_dot
    d[y] = product_dot


if hasattr(math, "sumprod"):  # since Python 3.12

    @rule(math.sumprod, "p", "q")
    def _(y, p, q):
        d[y] = over_elements(y, lambda a, b, da, db: da * b + a * db, p, q, d[p], d[q])


if hasattr(math, "fma"):  # since Python 3.13
    of_float(math.fma, lambda y, a, b, c: (b, a, 1))

# ---- math: kinks and steps ---------------------------------------------------------------------------------

of_float(math.fabs, lambda y, x: np.sign(x), np.fabs)
of_float(math.copysign, lambda y, a, b: np.sign(a) * scalar(math.copysign)(1.0, b), np.copysign, names=("a",))
of_float(math.fmod, lambda y, a, b: (1, lambda: (y - a) / b), np.fmod)
of_float(math.remainder, lambda y, a, b: (1, lambda: (y - a) / b))
of_float(math.nextafter, lambda y, a, b: 1, np.nextafter, names=("a",))
zero(math.floor, fact=lambda *_: PY_INT, batch=_integer_rows(np.floor))
zero(math.ceil, fact=lambda *_: PY_INT, batch=_integer_rows(np.ceil))
zero(math.trunc, fact=lambda *_: PY_INT, batch=_integer_rows(None))
zero(math.ulp, fact=lambda *_: PY_FLOAT, batch=by_name(lambda x: None, as_numpy(np.spacing)))


@rule(
    math.modf,
    "x",
    results=("fraction", "whole"),
    fact=lambda x: (PY_FLOAT, PY_FLOAT),
    batch=as_numpy(np.modf),
)
def _(fraction, whole, x):
    d[fraction] = d[x]


@rule(
    math.frexp,
    "x",
    results=("mantissa", "exponent"),
    fact=lambda x: (PY_FLOAT, PY_INT),
    batch=as_numpy(np.frexp),
)
def _(mantissa, exponent, x):
    """x = mantissa·2**exponent, the exponent constant."""
    d[mantissa] = d[x] * 2.0**-exponent


for _test, _rows in ((math.isnan, np.isnan), (math.isinf, np.isinf), (math.isfinite, np.isfinite)):
    nondiff(_test, fact=lambda *_: PY_BOOL, batch=by_name(lambda x: None, as_numpy(_rows)))
nondiff(math.isclose, fact=lambda *_, **__: PY_BOOL)
nondiff(math.comb, math.perm, math.factorial, math.gcd, math.lcm, math.isqrt, fact=lambda *_: PY_INT)
