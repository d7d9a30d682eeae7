"""Rules of reductions: sums, means, extrema, variances, norms, medians.

What reductions have in common is here once: ``axis=`` (None, an int, a tuple), ``keepdims=``, ``where=``,
``initial=`` and ``dtype=``.  ``expanded`` puts back as unit axes what a reduction took away, so that its
result broadcasts against its argument; ``total`` is the sum with which tangents end.

    y = np.mean(x, axis=1)      ->      x_bar = y_bar[:, None] / x.shape[1]       (broadcast to x.shape)
"""

from __future__ import annotations

import numpy as np

from srcad.ir.facts import array_fact, same_shape
from srcad.rules import shapes
from srcad.rules.layout import FULL, at, length
from srcad.rules.layout import count as size_of
from srcad.rules.notation import (
    bar,
    broadcast,
    d,
    define,
    fact,
    linear,
    method,
    rank,
    rule,
    shape,
    unbroadcast,
)
from srcad.rules.roles import along_axis, flat_rows, reduction, shifted, with_rows
from srcad.rules.trace import Symbol

# ---- what reductions have in common ------------------------------------------------------------------------


def expanded(g, x, axis, keepdims):
    """The result of a reduction of ``x`` with unit axes where axes went; leading ones need not be there."""
    ndim = rank(x)
    if keepdims or leads(axis, ndim):
        return g
    if ndim is None:
        return np.expand_dims(g, axis)
    gone = shapes.axes_of(axis, ndim)
    first = next(k for k in range(ndim) if k not in gone)
    return g[tuple(None if k in gone else FULL for k in range(first, max(gone) + 1))]


def leads(axis, ndim):
    """Whether a reduction takes leading axes only, so that what is left broadcasts as it is."""
    if axis is None or ndim == 0:
        return True
    if ndim is None:
        return False
    gone = shapes.axes_of(axis, ndim)
    return set(gone) == set(range(len(gone)))


def options(axis, keepdims=False, where=True, **others):
    """The keyword arguments of a reduction that are not the defaults."""
    given = {"axis": axis, "keepdims": keepdims or None, "where": None if where is True else where, **others}
    return {name: value for name, value in given.items() if value is not None}


def total(x, axis, keepdims, where=True):
    """The sum that gives the tangent of a reduction."""
    if (isinstance(x, Symbol) and x.is_zero) or (rank(x) == 0 and where is True):
        return x
    return np.sum(x, **options(axis, keepdims, where))


def selected(g, where):
    """``g`` where an element takes part in a reduction, 0 elsewhere."""
    return g if where is True else np.where(where, g, 0.0)


def narrow(x):
    """The dtype in which to count, so that a division by the count stays in the dtype of ``x``."""
    known = fact(x).dtype
    return known.type if known in (np.float16, np.float32) else None


def counted(x, axis, keepdims, where=True):
    """How many elements of ``x`` go into each result of a reduction."""
    if where is not True:
        mask = where if same_shape(fact(where).shape, fact(x).shape) else broadcast(where, shape(x))
        return np.sum(mask, **options(axis, keepdims, dtype=narrow(x)))
    ndim = rank(x)
    if axis is None or (ndim is not None and len(shapes.axes_of(axis, ndim)) == ndim):
        return size_of(x)
    number = 1
    for k in axis if isinstance(axis, tuple) else (axis,):
        number = length(x, k) * number
    return number


def reduces(function, with_dtype=True):
    """The fact of a reduction, its dtype found by trying it."""

    def known(a, axis=None, dtype=None, **keywords):
        own = fact(a).dtype
        if dtype is not None and not isinstance(dtype, Symbol):
            result = np.dtype(dtype)
        else:
            result = None if own is None or dtype is not None else shapes.reduced_dtype(function, own)
        return array_fact(result, shapes.reduced(fact(a).shape, axis, keywords["keepdims"]))

    def without_dtype(a, axis=None, **keywords):
        return known(a, axis, **keywords)

    return known if with_dtype else without_dtype


# ---- sums --------------------------------------------------------------------------------------------------


@linear(np.sum, "a", "initial", batch=reduction, fact=reduces(np.sum))
def _(y, a, axis=None, dtype=None, *, keepdims=False, initial=0, where=True):
    bar[a] = broadcast(selected(expanded(bar[y], a, axis, keepdims), where), shape(a))
    if isinstance(initial, Symbol):
        bar[initial] = unbroadcast(bar[y], initial)


@linear(np.mean, "a", batch=reduction, fact=reduces(np.mean))
def _(y, a, axis=None, dtype=None, *, keepdims=False, where=True):
    g = expanded(bar[y], a, axis, keepdims) / counted(a, axis, where is not True, where)
    bar[a] = broadcast(selected(g, where), shape(a))


def _averaged(a, axis=None, weights=None, *, keepdims=False):
    dtype = shapes.common_dtype(a, a if weights is None else weights)
    return array_fact(dtype, shapes.reduced(fact(a).shape, axis, keepdims))


def _average_rows(call):
    """Weights along one axis serve all rows; others get a batch axis too."""
    ndim = call.rank("a")
    if call["weights"] is None or (call.mapped == {"a"} and call.rank("weights") == 1):
        return reduction(call)
    if ndim is None or call.rank("weights") != ndim:
        return NotImplemented
    rows = {n: with_rows(call, n) for n in ("a", "weights")}
    axis = call["axis"]
    return call.again(**rows, axis=1 if axis is None and ndim == 1 else shifted(axis, ndim))


@rule(np.average, "a", "weights", explicit=True, batch=_average_rows, fact=_averaged)
def _(y, a, axis=None, weights=None, *, keepdims=False):
    # d(Σ w·a / Σ w) = (Σ w·da + Σ dw·(a - y)) / Σ w
    if weights is None:
        d[y] = np.mean(d[a], **options(axis, keepdims))
        g = expanded(bar[y], a, axis, keepdims) / counted(a, axis, keepdims)
        bar[a] = broadcast(g, shape(a))
        return
    share, residual = lined_up(weights, a, axis), a - expanded(y, a, axis, keepdims)
    whole = np.sum(weights) if rank(weights) == 1 else total(weights, axis, keepdims)
    d[y] = total(share * d[a] + lined_up(d[weights], a, axis) * residual, axis, keepdims) / whole
    g = expanded(bar[y] / whole, a, axis, keepdims)
    bar[a] = g * share
    if (ndim := rank(a)) == rank(weights) or ndim is None:
        bar[weights] = g * residual
    else:
        others = tuple(k for k in range(ndim) if k != shapes.normal_axis(axis, ndim))
        bar[weights] = np.sum(g * residual, axis=others)


def lined_up(weights, a, axis):
    """Weights along one axis only in the shape in which they broadcast against ``a``."""
    ndim = rank(a)
    if (isinstance(weights, Symbol) and weights.is_zero) or (rank(weights) == ndim and ndim is not None):
        return weights
    if ndim is None or not isinstance(axis, int) or rank(weights) != 1:
        raise TypeError("np.average has a derivative with weights of the shape of a, or along one axis=")
    behind = ndim - 1 - shapes.normal_axis(axis, ndim)
    return weights[(FULL, *(None,) * behind)] if behind else weights


# ---- extrema: elements that tie share the derivative evenly ------------------------------------------------


def extremum(y, a, axis=None, *, keepdims=False, initial=None, where=True):
    """The mean tangent of the elements that equal the result; ``initial`` is one of them."""
    ties = a == expanded(y, a, axis, keepdims)
    if where is not True:
        ties = ties & where
    number = np.sum(ties, **options(axis, keepdims, dtype=narrow(y)))
    change = total(ties * d[a], axis, keepdims)
    if initial is not None:
        number = number + (y == initial)
        change = change + (y == initial) * d[initial]
    d[y] = change / number


for _function in (np.max, np.amax, np.min, np.amin, np.nanmax, np.nanmin):
    rule(_function, "a", "initial", batch=reduction, fact=reduces(_function, with_dtype=False))(extremum)


@define(np.ptp, "a", batch=reduction, fact=reduces(np.ptp, with_dtype=False))
def _(a, axis=None, *, keepdims=False):
    return np.max(a, **options(axis, keepdims)) - np.min(a, **options(axis, keepdims))


# ---- variance and standard deviation -----------------------------------------------------------------------


def variance(y, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    """d(Σ (a - m)² / n) = 2 Σ (a - m)·da / n: the tangent of the mean m falls out unless it was given."""
    changes, number = deviations(a, axis, keepdims, where, mean)
    number = number - (ddof if correction is None else correction)
    d[y] = 2.0 * total(changes, axis, keepdims) / number


def deviation(y, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None):
    """d√v = dv / 2√v, and 0 for constant data: an infinite divisor makes it so in all orders."""
    changes, number = deviations(a, axis, keepdims, where, mean)
    divisor = np.where(is_constant(y, a, axis, keepdims, where, mean), np.inf, y)
    number = number - (ddof if correction is None else correction)
    d[y] = total(changes, axis, keepdims) / (number * divisor)


def deviations(a, axis, keepdims, where, mean):
    """(a - m)·da for the elements that take part, and their number."""
    centre = np.mean(a, **options(axis, not leads(axis, rank(a)), where)) if mean is None else mean
    change = d[a] if mean is None else d[a] - d[mean]
    return selected(a - centre, where) * change, counted(a, axis, keepdims, where)


def is_constant(y, a, axis, keepdims, where, mean):
    """Whether data are all the same; ``y == 0`` would miss constants whose computed mean is rounded."""
    ndim = rank(a)
    if where is not True or mean is not None or not ndim:
        return y == 0.0
    gone = shapes.axes_of(axis, ndim)
    first = tuple(slice(1) if k in gone else FULL for k in range(max(gone, default=0) + 1))
    return np.all(a == a[first if len(first) > 1 else first[0]], **options(axis, keepdims))


def of_numbers(template):
    """The same rule for the elements that are not nan."""

    def masked(
        y, a, axis=None, dtype=None, *, ddof=0, keepdims=False, where=True, mean=None, correction=None
    ):
        others = {"ddof": ddof, "keepdims": keepdims, "mean": mean, "correction": correction}
        template(y, a, axis, dtype, where=~np.isnan(a) if where is True else ~np.isnan(a) & where, **others)

    return masked


rule(np.var, "a", "mean", batch=reduction, fact=reduces(np.var))(variance)
rule(np.std, "a", "mean", batch=reduction, fact=reduces(np.std))(deviation)
rule(np.nanvar, "a", "mean", batch=reduction, fact=reduces(np.nanvar))(of_numbers(variance))
rule(np.nanstd, "a", "mean", batch=reduction, fact=reduces(np.nanstd))(of_numbers(deviation))


# ---- sums, products and means of what is not nan -----------------------------------------------------------


@define(np.nansum, "a", "initial", batch=reduction, fact=reduces(np.nansum))
def _(a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    numbers = np.where(np.isnan(a), 0.0, a)
    return np.sum(numbers, **options(axis, keepdims, where, dtype=dtype, initial=initial))


@define(np.nanprod, "a", "initial", batch=reduction, fact=reduces(np.nanprod))
def _(a, axis=None, dtype=None, *, keepdims=False, initial=None, where=True):
    numbers = np.where(np.isnan(a), 1.0, a)
    return np.prod(numbers, **options(axis, keepdims, where, dtype=dtype, initial=initial))


@define(np.nanmean, "a", batch=reduction, fact=reduces(np.nanmean))
def _(a, axis=None, dtype=None, *, keepdims=False, where=True):
    number = np.sum(~np.isnan(a), **options(axis, keepdims, where, dtype=narrow(a)))
    return np.sum(np.where(np.isnan(a), 0.0, a), **options(axis, keepdims, where, dtype=dtype)) / number


# ---- norms -------------------------------------------------------------------------------------------------


def _normed(x, ord=None, axis=None, keepdims=False):
    own = fact(x).dtype
    result = own if own is None or own.kind == "f" else np.dtype(float)
    return array_fact(result, shapes.reduced(fact(x).shape, axis, keepdims))


def _norm_rows(call):
    ndim, axis = call.rank("x"), call["axis"]
    if ndim is None or call.mapped != {"x"}:
        return NotImplemented
    if axis is not None:
        axes = shapes.axes_of(axis, ndim)
        return call.again(axis=tuple(k + 1 for k in axes) if isinstance(axis, tuple) else axes[0] + 1)
    if ndim in (1, 2):
        return call.again(axis=1 if ndim == 1 else (1, 2))
    return NotImplemented if call["keepdims"] else call.again(x=flat_rows(call["x"], ndim), axis=1)


@rule(np.linalg.norm, "x", batch=_norm_rows, fact=_normed)
def _(y, x, ord=None, axis=None, keepdims=False):
    ndim = rank(x)
    axes = tuple(range(ndim)) if axis is None and ndim is not None else axis
    is_matrix = isinstance(axes, tuple) and len(axes) == 2
    if ord not in (None, "fro") and axes is None:
        raise TypeError("np.linalg.norm with ord= needs axis=, or an array whose rank is known")
    if ord in (None, "fro") or (ord == 2 and not is_matrix):
        # d√(Σ x²) = Σ x·dx / y, and 0 at 0: an infinite divisor makes it so in all orders
        d[y] = total(x * d[x], axis, keepdims) / np.where(y == 0.0, np.inf, y)
    elif is_matrix:
        d[y] = matrix_norm_tangent(y, x, ord, axes, keepdims)
    else:
        d[y] = vector_norm_tangent(y, x, ord, axis, keepdims)


def vector_norm_tangent(y, x, ord, axis, keepdims):
    """The tangent of a norm of order ``ord`` along one axis; an element that is 0 gets derivative 0."""
    if ord == 0:
        return 0.0 * total(d[x], axis, keepdims)
    change = np.sign(x) * d[x]
    if ord == 1:
        return total(change, axis, keepdims)
    level = expanded(y, x, axis, keepdims)
    if ord in (np.inf, -np.inf):
        ties = np.abs(x) == level
        number = np.sum(ties, **options(axis, keepdims, dtype=narrow(x)))
        return total(ties * change, axis, keepdims) / number
    # d(Σ |x|^p)^(1/p) = Σ sign(x)·(|x|/y)^(p-1)·dx
    ratio = np.where(x == 0.0, 1.0, np.abs(x)) / np.where(level == 0.0, 1.0, level)
    return total(change * ratio ** (ord - 1), axis, keepdims)


def matrix_norm_tangent(y, x, ord, axes, keepdims):
    """The tangent of the largest (smallest) sum of absolute values of a column or row; ties share it."""
    if ord not in ("nuc", 2, -2, 1, -1, np.inf, -np.inf):
        raise ValueError("Invalid norm order for matrices.")
    if ord in ("nuc", 2, -2):
        return total(singular_direction(x, ord, axes) * d[x], axes, keepdims)
    rows, columns = axes
    sums = np.sum(np.abs(x), axis=rows if abs(ord) == 1 else columns, keepdims=True)
    ties = sums == expanded(y, x, axes, keepdims)
    number = np.sum(ties, **options(axes, keepdims, dtype=narrow(x)))
    return total(ties * (np.sign(x) * d[x]), axes, keepdims) / number


def singular_direction(x, ord, axes):
    """The derivative of the largest (smallest) singular value, u₁v₁ᵀ, or of their sum, u vᵀ."""
    ndim = rank(x)
    if ndim is None or shapes.axes_of(axes, ndim) != (ndim - 2, ndim - 1):
        raise TypeError(f"np.linalg.norm with ord={ord!r} has a derivative along the last two axes")
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    if ord == "nuc":
        return u @ vh
    one = slice(1) if ord == 2 else slice(-1, None)
    return u[..., one] @ vh[..., one, :]


@define(np.linalg.vector_norm, "x", fact=lambda x, *, axis, keepdims, ord: _normed(x, ord, axis, keepdims))
def _(x, *, axis=None, keepdims=False, ord=2):
    flat = axis is None and rank(x) != 1
    if (flat and keepdims) or isinstance(axis, tuple):
        raise TypeError("np.linalg.vector_norm has a derivative along one axis=, or of all elements")
    return np.linalg.norm(np.ravel(x) if flat else x, ord, **options(axis, keepdims))


@define(np.linalg.matrix_norm, "x", fact=lambda x, *, keepdims, ord: _normed(x, ord, (-2, -1), keepdims))
def _(x, *, keepdims=False, ord="fro"):
    return np.linalg.norm(x, ord, axis=(-2, -1), **options(None, keepdims))


# ---- medians -----------------------------------------------------------------------------------------------


def _median_rows(call):
    if call["axis"] is None:
        return NotImplemented if call["keepdims"] else along_axis(call)
    return along_axis(call)


@rule(np.median, "a", batch=_median_rows, fact=reduces(np.median, with_dtype=False))
def _(y, a, axis=None, *, keepdims=False):
    # the mean tangent of the two elements in the middle of a stable order, which may be one element twice
    if isinstance(axis, tuple):
        raise TypeError("np.median has a derivative along one axis=, or of all elements")
    flat = axis is None and rank(a) != 1
    x, change = (np.reshape(a, -1), np.reshape(d[a], -1)) if flat else (a, d[a])
    along = 0 if axis is None else axis
    order = np.argsort(x, **options(None if rank(x) == 1 else along), kind="stable")
    size = length(x, along)
    low, high = (one_along(change, order, k, along) for k in ((size - 1) // 2, size // 2))
    mean = 0.5 * (low + high)
    if rank(x) == 1:
        d[y] = np.reshape(mean, shape(y)) if keepdims else mean
    else:
        d[y] = mean if keepdims else mean[at(along, 0)]


def one_along(x, order, k, axis):
    """The elements that have place ``k`` in an order; their axis stays, but that of a vector."""
    if rank(x) == 1:
        return x[order[k]]
    return np.take_along_axis(x, order[at(axis, slice(k, k + 1))], axis=axis)


# ---- methods -----------------------------------------------------------------------------------------------

for _name in ("sum", "mean", "max", "min", "var", "std"):
    method(_name, getattr(np, _name))
