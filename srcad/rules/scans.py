"""Rules of products, running sums and products, and differences.

Products are differentiated without dividing by a factor, which might be zero: the derivative of ``np.prod``
holds for each element the product of the others, that of ``np.cumprod`` is a linear recurrence.  Both are
primitives with rules of their own, so that all higher derivatives are as exact.

    y = np.prod(x)      ->      x_bar = y_bar * products_of_others(x)
"""

from __future__ import annotations

import numpy as np

from srcad import runtime
from srcad.ir import core
from srcad.ir.facts import Dim, array_fact
from srcad.rules import shapes
from srcad.rules.arrays import nested_dtype
from srcad.rules.layout import at, count, length
from srcad.rules.notation import (
    bar,
    d,
    define,
    dtype,
    fact,
    linear,
    method,
    rank,
    rule,
    shape,
    unbroadcast,
)
from srcad.rules.reductions import options, reduces, total
from srcad.rules.registry import register
from srcad.rules.roles import along_axis, in_rows, reduction
from srcad.rules.trace import Symbol, primitive_call

REVERSED = slice(None, None, -1)


def on_axis(axis, x):
    """The axis along which a scan runs, the only one if none is given; None if it flattens."""
    ndim = rank(x)
    if axis is None:
        return 0 if ndim == 1 else None
    return axis if ndim is None else shapes.normal_axis(axis, ndim)


# ---- running sums ------------------------------------------------------------------------------------------


def scanned(function):
    """The fact of a scan: the shape of its argument, which is flattened if there is no axis."""

    def known(a, axis=None, dtype=None):
        own, sizes = fact(a).dtype, fact(a).shape
        if axis is None and (sizes is None or len(sizes) != 1):
            size = fact(a).size
            sizes = (Dim() if size is None else size,)
        if dtype is not None and not isinstance(dtype, Symbol):
            return array_fact(dtype, sizes)
        known_dtype = own is not None and dtype is None
        return array_fact(function(np.ones(2, own)).dtype if known_dtype else None, sizes)

    return known


@linear(np.cumsum, "a", batch=along_axis, fact=scanned(np.cumsum))
def _(y, a, axis=None, dtype=None):
    along = on_axis(axis, a)
    if rank(a) == 0:
        bar[a] = bar[y][0]
    elif along is None:
        bar[a] = np.reshape(np.cumsum(bar[y][REVERSED])[REVERSED], shape(a))
    else:
        back = at(along, REVERSED)
        bar[a] = np.cumsum(bar[y][back], **options(axis))[back]


# ---- running products --------------------------------------------------------------------------------------


@rule(np.cumprod, "a", batch=along_axis, fact=scanned(np.cumprod))
def _(y, a, axis=None, dtype=None):
    # dy[k] = a[k]·dy[k-1] + y[k-1]·da[k]
    if rank(a) == 0:
        d[y] = np.reshape(d[a], 1)
        return
    along, change = on_axis(axis, a), d[a]
    if along is None:
        along, a, change = 0, np.reshape(a, count(a)), np.reshape(change, count(a))
    d[y] = recurrence(a, before(y, along, 1.0) * change, along)


def before(x, axis, first):
    """Along an axis the element before each one, ``first`` before the first."""
    moved = primitive_call(x.build, core.ZEROS, (shape(x), dtype(x)), {})
    moved = stored(moved, at(axis, slice(1, None)), x[at(axis, slice(None, -1))])
    return stored(moved, at(axis, slice(1)), first) if first else moved


def stored(x, index, v):
    return primitive_call(x.build, core.STORED, (x, index, v), {})


register(runtime.recurrence, "recurrence")


def recurrence(x, b, axis):
    return primitive_call(b.build, runtime.recurrence, (x, b, axis), {})


def _recurrence_rows(call):
    ndim = call.result_rank
    if ndim is None or {call.rank("x"), call.rank("b")} != {ndim}:
        return NotImplemented
    x, b = (call[n] if n in call.mapped else call[n][None] for n in ("x", "b"))
    return recurrence(x, b, shapes.normal_axis(call["axis"], ndim) + 1)


@rule(runtime.recurrence, "x", "b", linear=("b",), batch=_recurrence_rows,
      fact=lambda x, b, axis: shapes.like(b))
def _(s, x, b, axis):
    # s[k] = x[k]·s[k-1] + b[k], so ds[k] = x[k]·ds[k-1] + (dx[k]·s[k-1] + db[k]),
    # and backwards b_bar[k] = x[k+1]·b_bar[k+1] + s_bar[k]
    back = at(axis, REVERSED)
    d[s] = recurrence(x, d[x] * before(s, axis, 0.0) + d[b], axis)
    bar[b] = recurrence(before(x[back], axis, 0.0), bar[s][back], axis)[back]


def cumulative(function):
    """The array-API name of a scan, which needs an axis unless there is one only."""

    def template(x, *, axis=None, dtype=None, include_initial=False):
        if include_initial:
            raise TypeError("no derivative with include_initial=True: concatenate the initial value yourself")
        return function(x, **options(axis, dtype=dtype))

    return template


def _cumulative_fact(function):
    known = scanned(function)
    return lambda x, *, axis, dtype, include_initial: known(x, axis, dtype)


if hasattr(np, "cumulative_sum"):  # from NumPy 2.1 on
    define(np.cumulative_sum, "x", fact=_cumulative_fact(np.cumsum))(cumulative(np.cumsum))
    define(np.cumulative_prod, "x", fact=_cumulative_fact(np.cumprod))(cumulative(np.cumprod))


# ---- products ----------------------------------------------------------------------------------------------

register(runtime.products_of_others, "products_of_others")


def products_of_others(x, axis=None):
    return primitive_call(x.build, runtime.products_of_others, (x, axis) if axis is not None else (x,), {})


@define(runtime.products_of_others, "x", batch=reduction, fact=lambda x, axis: shapes.like(x))
def _(x, axis=None):
    along = on_axis(axis, x) if not isinstance(axis, tuple) else None
    if along is not None:
        back = at(along, REVERSED)
        where = options(None if rank(x) == 1 else along)
        left = np.cumprod(before(x, along, 1.0), **where)
        right = np.cumprod(before(x[back], along, 1.0), **where)[back]
        return left * right
    if axis is None:
        return np.reshape(products_of_others(np.reshape(x, count(x)), 0), shape(x))
    if not axis:
        return x**0
    first, *rest = axis
    if not rest:
        return products_of_others(x, first)
    # the product of the others in the row, and of all in the other rows
    rows = np.prod(x, axis=first, keepdims=True)
    return products_of_others(x, first) * products_of_others(rows, tuple(rest))


@rule(np.prod, "a", "initial", batch=reduction, fact=reduces(np.prod))
def _(y, a, axis=None, dtype=None, *, keepdims=False, initial=1, where=True):
    x = a if where is True else np.where(where, a, 1.0)
    others = initial * products_of_others(x, axis) if rank(a) != 0 else initial
    change = total(others * d[a], axis, keepdims, where)
    if isinstance(initial, Symbol):
        change = change + np.prod(x, **options(axis, keepdims)) * d[initial]
    d[y] = change


# ---- differences -------------------------------------------------------------------------------------------


def _differences(a, n=1, axis=-1, *, prepend=None, append=None):
    sizes = fact(a).shape
    if sizes is None:
        return shapes.like(a)
    k = shapes.normal_axis(axis, len(sizes))
    ends = [x for x in (prepend, append) if x is not None]
    added = [None if rank(x) is None else (fact(x).shape or (1,) * len(sizes))[k] for x in ends]
    known = [size for size in added if isinstance(size, int)]
    size = Dim() if len(known) < len(ends) or sum(known) > n else shapes.shorter(sizes[k], n - sum(known))
    return array_fact(nested_dtype([a, *ends]), (*sizes[:k], size, *sizes[k + 1 :]))


def _differences_rows(call):
    """What is put before and behind must get a batch axis too, unless it is one number."""
    ndim = call.rank("a")
    if ndim is None:
        return NotImplemented
    rows = {}
    for name in ("a", "prepend", "append"):
        x, own = call[name], None if call[name] is None else call.rank(name)
        if own == ndim and name not in call.mapped:
            rows[name] = in_rows(call, x)
        elif own != ndim and (own or name in call.mapped):
            return NotImplemented
    return call.again(axis=shapes.normal_axis(call["axis"], ndim) + 1, **rows)


@linear(np.diff, "a", "prepend", "append", batch=_differences_rows, fact=_differences)
def _(y, a, n=1, axis=-1, *, prepend=None, append=None):
    along = on_axis(axis, a)
    if prepend is None and append is None:
        # y[i] = Σ (-1)^(n-k)·C(n, k)·a[i+k], the sum over k = 0..n
        weight = 1
        for k in range(n, -1, -1):
            bar[a][at(along, slice(k or None, k - n or None))] += weight * bar[y]
            weight = -weight * k // (n - k + 1)
        return
    g = bar[y]
    zero = primitive_call(g.build, core.CAST, (0.0, dtype(g)), {})
    for _ in range(n):
        g = -np.diff(g, axis=along, prepend=zero, append=zero)
    start = 0 if prepend is None else 1 if rank(prepend) == 0 else length(prepend, along)
    stop = start + length(a, along)
    bar[a] = g[at(along, slice(start, stop))]
    if isinstance(prepend, Symbol):
        bar[prepend] = unbroadcast(g[at(along, slice(None, start))], prepend)
    if isinstance(append, Symbol):
        bar[append] = unbroadcast(g[at(along, slice(stop, None))], append)


def _integrated(y, x=None, dx=1.0, axis=-1):
    common = shapes.common_dtype(y, dx if x is None else x)
    return array_fact(common, shapes.reduced(fact(y).shape, axis, False))


@define(np.trapezoid, "y", "x", "dx", fact=_integrated)
def _(y, x=None, dx=1.0, axis=-1):
    along = on_axis(axis, y)
    if x is None:
        width = dx
    elif rank(x) == 1 and ((ndim := rank(y)) is not None or axis < 0):
        behind = -1 - axis if ndim is None else ndim - 1 - along
        width = np.diff(x)[(slice(None), *(None,) * behind)] if behind else np.diff(x)
    elif (rank(x) or 1) > 1 or axis == -1:
        width = np.diff(x, axis=axis)
    else:
        raise TypeError("np.trapezoid with x= and axis= needs arrays whose ranks are known")
    return np.sum(width * (y[at(along, slice(1, None))] + y[at(along, slice(None, -1))]) / 2.0, axis=axis)


# ---- methods -----------------------------------------------------------------------------------------------

for _name in ("prod", "cumsum", "cumprod"):
    method(_name, getattr(np, _name))
