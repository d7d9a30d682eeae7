"""Rules of NumPy functions that act element by element: partials go in, all derived forms come out.

At kinks and poles ``abs`` and ``sign`` have 0 at 0, ``maximum`` and ``minimum`` share a tie, ``clip`` has 1
at its bounds, ``hypot`` and ``arctan2`` have 0 at the origin, in every mode and order.

Partials are written for real arguments; what is not holomorphic (``abs``, ``real``) refuses complex ones.
"""

from __future__ import annotations

import math
import operator

import numpy as np

from srcad.ir.build import fact_of_operand
from srcad.ir.facts import OBJECT, array_fact, broadcast_shapes
from srcad.ir.nodes import ZERO
from srcad.rules import shapes
from srcad.rules.casts import as_dtype_of
from srcad.rules.core import power_partials
from srcad.rules.forms import Elementwise
from srcad.rules.notation import (
    attribute,
    bar,
    d,
    define,
    elementwise,
    fact,
    linear,
    method,
    rule,
    shape,
    unbroadcast,
    zero,
)
from srcad.rules.registry import PRIMITIVES
from srcad.rules.roles import along_axis, broadcasting, free_axes
from srcad.rules.trace import SAME_AS_OPERATOR, Symbol

LN_2, LN_10 = math.log(2.0), math.log(10.0)


def nonzero(x):
    """A denominator, 1 where it is 0: for quotients that are to be 0 there."""
    return x + (x == 0.0)


def of_real(name, partial):
    """A partial that holds for real arguments only."""

    def checked(y, x):
        known = fact(x).dtype
        if known is not None and known.kind == "c":
            raise TypeError(f"np.{name} of complex numbers has no derivative here")
        return partial(x)

    return checked


def no_slope(x):
    """The partial of a function that is constant between its steps."""
    return Symbol(ZERO, x.build)


# ---- the ufuncs of Python's operators have the partials of these -------------------------------------------

for _ufunc, _operator in SAME_AS_OPERATOR.items():
    if _ufunc is not np.matmul:
        _rule = PRIMITIVES[_operator].rule
        assert isinstance(_rule, Elementwise)
        elementwise(_ufunc, _rule.template)

elementwise(np.float_power, power_partials)
elementwise(np.positive, lambda y, x: 1)

# ---- one argument, smooth ----------------------------------------------------------------------------------

elementwise(np.sin, lambda y, x: np.cos(x))
elementwise(np.cos, lambda y, x: -np.sin(x))
elementwise(np.tan, lambda y, x: 1.0 + y**2)
elementwise(np.sinh, lambda y, x: np.cosh(x))
elementwise(np.cosh, lambda y, x: np.sinh(x))
elementwise(np.tanh, lambda y, x: 1.0 - y**2)
elementwise(np.exp, lambda y, x: y)
elementwise(np.exp2, lambda y, x: LN_2 * y)
elementwise(np.expm1, lambda y, x: y + 1.0)
elementwise(np.log, lambda y, x: 1 / x)
elementwise(np.log2, lambda y, x: 1 / (LN_2 * x))
elementwise(np.log10, lambda y, x: 1 / (LN_10 * x))
elementwise(np.log1p, lambda y, x: 1 / (1.0 + x))
elementwise(np.sqrt, lambda y, x: 0.5 / y)
elementwise(np.cbrt, lambda y, x: 1 / (3.0 * y**2))
elementwise(np.square, lambda y, x: 2.0 * x)
elementwise(np.reciprocal, lambda y, x: -(y**2))
elementwise((np.deg2rad, np.radians), lambda y, x: math.pi / 180.0)
elementwise((np.rad2deg, np.degrees), lambda y, x: 180.0 / math.pi)

# (1 - x)(1 + x), and not 1 - x², keeps all digits near 1

elementwise(np.arcsin, lambda y, x: 1 / np.sqrt((1.0 - x) * (1.0 + x)))
elementwise(np.arccos, lambda y, x: -1 / np.sqrt((1.0 - x) * (1.0 + x)))
elementwise(np.arctan, lambda y, x: 1 / (1.0 + x * x))
elementwise(np.arcsinh, lambda y, x: 1 / np.sqrt(1.0 + x * x))
elementwise(np.arccosh, lambda y, x: 1 / np.sqrt((x - 1.0) * (x + 1.0)))
elementwise(np.arctanh, lambda y, x: 1 / ((1.0 - x) * (1.0 + x)))


def sinc_partial(y, x):
    """(cos πx - sinc x)/x, by its series near 0, where that cancels."""
    near = np.abs(x) < 0.03
    t = np.square(math.pi * x)
    series = -(math.pi**2 / 3.0) * x * (1.0 - t / 10.0 * (1.0 - t / 28.0 * (1.0 - t / 54.0)))
    return np.where(near, series, (np.cos(math.pi * x) - y) / np.where(near, 1.0, x))


elementwise(np.sinc, sinc_partial)

# ---- one argument, with kinks and steps --------------------------------------------------------------------

elementwise(np.absolute, of_real("abs", np.sign))
elementwise(np.fabs, lambda y, x: np.sign(x))
zero(np.sign, np.floor, np.ceil, np.rint, np.trunc, np.fix, np.round, np.around, np.spacing)


def nan_to_num_partial(y, x, copy=True, nan=0.0, posinf=None, neginf=None):
    """1 where the number was kept."""
    if not copy:
        raise TypeError("np.nan_to_num has no derivative with copy=False")
    return np.isfinite(x)


elementwise(
    np.nan_to_num, nan_to_num_partial, names=("x",), fact=lambda x, *_: shapes.like(x), batch=free_axes
)


@rule(np.unwrap, "p", fact=lambda p, *_, **__: shapes.like(p), batch=along_axis)
def _(y, p, discont=None, axis=-1, *, period=2 * math.pi):
    """Multiples of the period are added, which depend on p in steps only."""
    d[y] = d[p]


@rule(
    np.modf,
    "x",
    results=("fraction", "whole"),
    batch=broadcasting,
    fact=lambda x: (array_fact(fact(x).dtype, fact(x).shape),) * 2,
)
def _(fraction, whole, x):
    d[fraction] = d[x]


@rule(
    np.frexp,
    "x",
    results=("mantissa", "exponent"),
    batch=broadcasting,
    fact=lambda x: (array_fact(fact(x).dtype, fact(x).shape), array_fact(np.int32, fact(x).shape)),
)
def _(mantissa, exponent, x):
    """x = mantissa·2**exponent, the exponent constant."""
    d[mantissa] = np.ldexp(d[x], -exponent)


def _scaled(x1, x2):
    return array_fact(shapes.common_dtype(x1, 1.0), broadcast_shapes(fact(x1).shape, fact(x2).shape))


@linear(np.ldexp, "x1", batch=broadcasting, fact=_scaled)
def _(y, x1, x2):
    """x1·2**x2, for an integer x2."""
    bar[x1] = unbroadcast(np.ldexp(bar[y], x2), x1)


# ---- real and complex parts: for real arguments ------------------------------------------------------------


elementwise(np.conjugate, of_real("conj", lambda x: 1))
elementwise(np.real, of_real("real", lambda x: 1))
elementwise(np.imag, of_real("imag", no_slope))
elementwise(np.angle, of_real("angle", no_slope))
method("conj", np.conjugate)
method("conjugate", np.conjugate)
attribute("real", np.real)
attribute("imag", np.imag)

# ---- two arguments, smooth ---------------------------------------------------------------------------------


def arctan2_partials(y, a, b):
    """(b, -a)/(a² + b²), 0 at the origin."""
    square = nonzero(a * a + b * b)
    return lambda: b / square, lambda: -a / square


elementwise(np.arctan2, arctan2_partials)
elementwise(np.hypot, lambda y, a, b: (lambda: a / nonzero(y), lambda: b / nonzero(y)))


def logaddexp_partials(y, a, b):
    """exp(a - y): the share of a, 0 where neither has any."""
    total = np.where(np.isneginf(y), 0.0, y)
    return lambda: np.exp(a - total), lambda: np.exp(b - total)


def logaddexp2_partials(y, a, b):
    total = np.where(np.isneginf(y), 0.0, y)
    return lambda: np.exp2(a - total), lambda: np.exp2(b - total)


elementwise(np.logaddexp, logaddexp_partials)
elementwise(np.logaddexp2, logaddexp2_partials)

# ---- two arguments, with kinks and steps -------------------------------------------------------------------


def share(y, own, other, better):
    """1 where ``own`` is the result of ``maximum`` or ``minimum``, 1/2 at a tie, in its dtype."""
    if isinstance(other, int | float) and math.isfinite(other):
        sign = np.sign(own - other)
        return 0.5 + 0.5 * sign if better is operator.gt else 0.5 - 0.5 * sign
    # the difference would not do where both are infinite
    part = np.where(own == other, 0.5, better(own, other))
    return part if shapes.has_dtype(y, float) else as_dtype_of(y, part)


def extremum(better):
    """The partials of ``maximum`` or ``minimum``, to which a nan contributes nothing."""
    return lambda y, a, b: (lambda: share(y, a, b, better), lambda: share(y, b, a, better))


def extremum_of_numbers(better):
    """The partials of ``fmax`` or ``fmin``, which pass over a nan: there the other argument is the result."""

    def partials(y, a, b):
        def part(own, other):
            return np.where(np.isnan(other), ~np.isnan(own), share(y, own, other, better))

        return lambda: part(a, b), lambda: part(b, a)

    return partials


elementwise(np.maximum, extremum(operator.gt))
elementwise(np.minimum, extremum(operator.lt))
elementwise(np.fmax, extremum_of_numbers(operator.gt))
elementwise(np.fmin, extremum_of_numbers(operator.lt))
elementwise(np.remainder, lambda y, a, b: (1, lambda: -np.floor_divide(a, b)))
elementwise(np.fmod, lambda y, a, b: (1, lambda: -np.rint((a - y) / b)))
elementwise(np.copysign, lambda y, a, b: np.sign(a) * np.copysign(1.0, b), names=("a",))
elementwise(np.nextafter, lambda y, a, b: 1, names=("a",))
zero(np.floor_divide, np.heaviside)


def divided_with_remainder(quotient, remainder, a, b):
    """b·quotient + remainder = a, the quotient constant."""
    d[remainder] = d[a] - quotient * d[b]
    bar[a] = unbroadcast(bar[remainder], a)
    bar[b] = unbroadcast(-quotient * bar[remainder], b)


def _divided(a, b):
    part = array_fact(shapes.common_dtype(a, b), broadcast_shapes(fact(a).shape, fact(b).shape))
    return part, part


rule(
    np.divmod, "a", "b", results=("quotient", "remainder"), explicit=True, batch=broadcasting, fact=_divided
)(divided_with_remainder)


def clip_partials(y, a, a_min=None, a_max=None, *, min=None, max=None):
    """1 inside and at the bounds; a bound takes what lies beyond it, the upper one all should they cross."""
    low, high = a_min if min is None else min, a_max if max is None else max

    def inside():
        if low is None:
            return 1 if high is None else a <= high
        return a >= low if high is None else (a >= low) & (a <= high)

    def at_low():
        return a < low if high is None else (a < low) & (low <= high)

    def at_high():
        return a > high if low is None else np.maximum(a, low) > high

    return inside, at_low, at_high, at_low, at_high


def _clipped(a, a_min=None, a_max=None, *, min=None, max=None):
    given = [x for x in (a, a_min, a_max, min, max) if x is not None]
    return array_fact(shapes.common_dtype(*given), broadcast_shapes(*(fact(x).shape for x in given)))


elementwise(np.clip, clip_partials, names=("a", "a_min", "a_max", "min", "max"), fact=_clipped)
method("clip", np.clip)

# ---- selection ---------------------------------------------------------------------------------------------


def _selected(c, a=None, b=None):
    if b is None:
        return OBJECT  # the indices of what is true
    return array_fact(shapes.common_dtype(a, b), broadcast_shapes(*(fact(x).shape for x in (c, a, b))))


@rule(np.where, "a", "b", explicit=True, batch=broadcasting, fact=_selected)
def _(y, c, a=None, b=None):
    """One call, with a zero for the option that does not vary."""
    if not (d[a].is_zero and d[b].is_zero):
        d[y] = np.where(c, *(0.0 if d[x].is_zero else d[x] for x in (a, b)))
    if not bar[y].is_zero:
        bar[a] = unbroadcast(np.where(c, bar[y], 0.0), a)
        bar[b] = unbroadcast(np.where(c, 0.0, bar[y]), b)


def _one_choice(condlist, choicelist, default=0):
    parts = [*condlist, *choicelist, default]
    return array_fact(
        shapes.common_dtype(*choicelist, default), broadcast_shapes(*(fact(x).shape for x in parts))
    )


def nested_selections(condlist, choicelist, default=0):
    """The first choice whose condition holds: selections nested from the last."""
    result = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = np.where(condition, choice, result)
    return result


def _select_rows(call):
    """Broadcasting does it if what is batched has the rank of the result, besides its rows."""
    parts = [*call.bound["condlist"].items, *call.bound["choicelist"].items, call.bound["default"]]
    ranks = {fact_of_operand(part).ndim for part in parts if call.counterpart(part) is not None}
    return nested_selections(**call.args) if ranks == {call.result_rank} else NotImplemented


define(np.select, "choicelist", "default", fact=_one_choice, batch=_select_rows)(nested_selections)


@rule(
    np.interp,
    "x",
    "xp",
    "fp",
    fact=lambda x, xp, fp: array_fact(float, fact(x).shape),
    batch=lambda call: call.again() if call.mapped == {"x"} else NotImplemented,
)
def _(y, x, xp, fp):
    """Between two knots, y = (1 - t)·fp0 + t·fp1; beyond the ends the first or last of fp."""
    left = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, shape(xp)[0] - 2)
    x0, x1 = xp[left], xp[left + 1]
    inside = (x >= xp[0]) & (x <= xp[-1])
    t = np.clip((x - x0) / (x1 - x0), 0.0, 1.0)
    slope = inside * (fp[left + 1] - fp[left]) / (x1 - x0)
    moved = d[x] - (1.0 - t) * d[xp][left] - t * d[xp][left + 1]
    d[y] = (1.0 - t) * d[fp][left] + t * d[fp][left + 1] + slope * moved
