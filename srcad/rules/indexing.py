"""Rules of selecting elements: by index, by condition, by order, along diagonals and in triangles.

What is taken from an array is added back where it came from, with ``np.add.at`` where an element may have
been taken twice.  Sorting has the derivative of the permutation that it finds; equal elements keep their
order.

    y = np.take(x, k, axis=1)      ->      np.add.at(x_bar, (slice(None), k), y_bar)
"""

from __future__ import annotations

import numpy as np

from srcad import runtime
from srcad.ir import core
from srcad.ir.facts import Dim, array_fact, broadcast_shapes
from srcad.rules import shapes
from srcad.rules.layout import arange, at, count, is_batched, length
from srcad.rules.notation import bar, d, define, dtype, fact, linear, method, rank, rule, shape, unbroadcast
from srcad.rules.registry import register
from srcad.rules.roles import along_axis, flat_rows, free_axes, moved_axes, shifted
from srcad.rules.trace import Symbol, contains_symbol, primitive_call, unwrap

# ---- take, compress ----------------------------------------------------------------------------------------


def is_one(indices):
    """Whether an index is a single integer, which no element can be named by twice."""
    if isinstance(indices, Symbol):
        return rank(indices) == 0
    return not isinstance(indices, list | tuple) and np.ndim(indices) == 0


def shape_of_indices(indices):
    """Their shape as far as it is known."""
    if isinstance(indices, Symbol):
        return fact(indices).shape
    return None if contains_symbol(indices) else np.shape(indices)


def _taken(a, indices, axis=None, *, mode="raise"):
    sizes, taken = fact(a).shape, shape_of_indices(indices)
    if axis is None or taken is None or sizes is None:
        return shapes.with_shape(a, taken if axis is None else None)
    k = shapes.normal_axis(axis, len(sizes))
    return shapes.with_shape(a, (*sizes[:k], *taken, *sizes[k + 1 :]))


def _taken_rows(call):
    ndim, axis = call.rank("a"), call["axis"]
    if ndim is None or not call.mapped <= {"a", "indices"}:
        return NotImplemented
    along = 0 if axis is None else shapes.normal_axis(axis, ndim)
    a = flat_rows(call["a"], ndim) if axis is None and "a" in call.mapped else call["a"]
    if call.mapped == {"a"}:
        return call.again(a=a, axis=1 + along)
    if isinstance(call["indices"], list | tuple):
        return NotImplemented
    if call.mapped == {"indices"}:
        return np.moveaxis(call.again(), along, 0) if along else call.again()
    own = call.rank("indices")
    if call["mode"] != "raise" or own is None:
        return NotImplemented
    rows = arange(call.build, unwrap(call.size, call.build))
    rows = rows[(slice(None), *(None,) * own)] if own else rows
    taken = a[(rows, *(slice(None),) * along, call["indices"])]  # the axes of indices follow that of rows
    new = tuple(range(1, 1 + own)) if along else ()
    return moved_axes(taken, new, tuple(along + k for k in new))


def moded(build, indices, size, mode):
    """Indices of elements that are there, as ``mode="wrap"`` and ``mode="clip"`` make them."""
    if mode == "wrap":
        return primitive_call(build, np.remainder, (indices, size), {})
    return primitive_call(build, np.clip, (indices, 0, size - 1), {})


@linear(np.take, "a", batch=_taken_rows, fact=_taken, static=("mode",))
def _(y, a, indices, axis=None, *, mode="raise"):
    flat = axis is None and rank(a) != 1
    if isinstance(indices, tuple):
        indices = list(indices)
    if mode != "raise":
        indices = moded(a.build, indices, count(a) if flat else length(a, axis or 0), mode)
    if flat:
        g = primitive_call(bar[y].build, core.SCATTERED, (flat_zeros(a), indices, bar[y]), {})
        bar[a] = np.reshape(g, shape(a))
    else:
        bar[a][at(axis or 0, indices, rank(a))].accumulate(bar[y], repeats=not is_one(indices))


def _compressed(condition, a, axis=None):
    sizes = fact(a).shape
    if axis is None or sizes is None:
        return shapes.with_shape(a, (Dim(),) if axis is None else None)
    k = shapes.normal_axis(axis, len(sizes))
    return shapes.with_shape(a, (*sizes[:k], Dim(), *sizes[k + 1 :]))


def _compressed_rows(call):
    ndim, axis = call.rank("a"), call["axis"]
    if call.mapped != {"a"} or ndim is None:
        return NotImplemented
    if axis is None:
        return call.again(a=flat_rows(call["a"], ndim), axis=1)
    return call.again(axis=1 + shapes.normal_axis(axis, ndim))


@linear(np.compress, "a", batch=_compressed_rows, fact=_compressed)
def _(y, condition, a, axis=None):
    # the condition may be shorter than the axis, as a mask may not
    chosen = primitive_call(a.build, np.flatnonzero, (condition,), {})
    if axis is None and rank(a) != 1:
        g = primitive_call(bar[y].build, core.ACCUMULATED, (flat_zeros(a), chosen, bar[y]), {})
        bar[a] = np.reshape(g, shape(a))
    else:
        bar[a][at(axis or 0, chosen, rank(a))] += bar[y]


def flat_zeros(a):
    """A flat buffer for the adjoint of an array."""
    return primitive_call(a.build, core.ZEROS, ((count(a),), dtype(a)), {})


# ---- take_along_axis and its transpose ---------------------------------------------------------------------

register(runtime.scattered_along, "scattered_along")


def _taken_along(arr, indices, axis=-1):
    own, other = fact(arr).shape, shape_of_indices(indices)
    if axis is None or own is None or other is None:
        return shapes.with_shape(arr, other if axis is None else None)
    k = shapes.normal_axis(axis, len(own))
    common = broadcast_shapes((*own[:k], 1, *own[k + 1 :]), (*other[:k], 1, *other[k + 1 :])) or ()
    return shapes.with_shape(arr, (*common[:k], other[k], *common[k + 1 :]))


def _along_rows(call):
    """One of the two may lack the batch axis: the others of its axes broadcast."""
    first, axis = next(iter(call.args)), call["axis"]
    ndim = call.rank(first)
    if axis is None or ndim is None or call.rank("indices") != ndim or not call.mapped <= {first, "indices"}:
        return NotImplemented
    both = {n: call[n] if n in call.mapped else call[n][None] for n in (first, "indices")}
    return call.again(**both, axis=1 + shapes.normal_axis(axis, ndim), **_more_rows(call))


def _more_rows(call):
    """The ``shape`` argument of a helper, with the batch axis."""
    if "shape" not in call.args:
        return {}
    size = unwrap(call.size, call.build)
    return {"shape": primitive_call(call.build, core.PREFIXED, (size, call["shape"]), {})}


@linear(np.take_along_axis, "arr", batch=_along_rows, fact=_taken_along)
def _(y, arr, indices, axis=-1):
    if axis is None:
        bar[arr] = np.reshape(scattered_along(bar[y], indices, 0, (count(arr),)), shape(arr))
    elif rank(arr) == 1:
        bar[arr][indices].accumulate(bar[y], repeats=True)
    else:
        bar[arr] = scattered_along(bar[y], indices, axis, shape(arr))


@linear(runtime.scattered_along, "v", batch=_along_rows,
        fact=lambda v, indices, axis, shape: shapes.with_shape(v, shapes.shape_argument(shape)))
def _(x, v, indices, axis, shape):
    bar[v] = unbroadcast(np.take_along_axis(bar[x], indices, axis), v)


def scattered_along(v, indices, axis, size):
    return primitive_call(v.build, runtime.scattered_along, (v, indices, axis, size), {})


# ---- sorting -----------------------------------------------------------------------------------------------


def _sorted(a, axis):
    size = fact(a).size
    return shapes.like(a) if axis is not None else shapes.with_shape(a, (Dim() if size is None else size,))


def permuted(y, a, order, axis):
    """The derivative of a permutation: each element of the result comes from one element of ``a``."""
    if rank(y) == 1:
        flat = rank(a) != 1
        d[y] = (np.reshape(d[a], -1) if flat else d[a])[order]
        if flat:
            bar[a] = np.reshape(bar[y][np.argsort(order)], shape(a))
        else:
            bar[a][order] += bar[y]
    else:
        where = {"axis": axis} if axis != -1 else {}
        d[y] = np.take_along_axis(d[a], order, axis=axis)
        bar[a] = np.take_along_axis(bar[y], np.argsort(order, **where), axis=axis)


@rule(np.sort, "a", explicit=True, batch=along_axis, fact=lambda a, axis, kind, *, stable: _sorted(a, axis))
def _(y, a, axis=-1, kind=None, *, stable=None):
    where = {"axis": axis} if axis is None or (axis != -1 and rank(a) != 1) else {}
    permuted(y, a, np.argsort(a, **where, kind="stable"), axis)


@rule(np.partition, "a", explicit=True, batch=along_axis,
      fact=lambda a, kth, axis, kind: _sorted(a, axis))
def _(y, a, kth, axis=-1, kind="introselect"):
    # np.argpartition need not arrange the elements as np.partition does, so both are matched by their order
    if axis is None or rank(a) == 1:
        order = np.argsort(a, axis=None, kind="stable")[np.argsort(np.argsort(y, kind="stable"))]
    else:
        place = np.argsort(np.argsort(y, axis=axis, kind="stable"), axis=axis)
        order = np.take_along_axis(np.argsort(a, axis=axis, kind="stable"), place, axis=axis)
    permuted(y, a, order, axis)


# ---- diagonals ---------------------------------------------------------------------------------------------


def on_diagonal(ndim, size, offset, axis1, axis2, build):
    """The index of the diagonal of two axes, and the position of its axis."""
    step = arange(build, size)
    first, second = shapes.normal_axis(axis1, ndim), shapes.normal_axis(axis2, ndim)
    index = [slice(None)] * (max(first, second) + 1)
    index[first] = step - offset if offset < 0 else step
    index[second] = step + offset if offset > 0 else step
    return tuple(index), min(first, second) if abs(first - second) == 1 else 0


def _diagonal_shape(a, offset=0, axis1=0, axis2=1):
    sizes = fact(a).shape
    if sizes is None:
        return shapes.with_shape(a, None)
    first, second = (shapes.normal_axis(k, len(sizes)) for k in (axis1, axis2))
    p, q = sizes[first], sizes[second]
    if isinstance(p, int) and isinstance(q, int):
        size = max(0, min(p + min(offset, 0), q - max(offset, 0)))
    else:
        size = p if p is q and offset == 0 else Dim()
    return shapes.with_shape(a, (*(s for k, s in enumerate(sizes) if k not in (first, second)), size))


def _shifted_axes(call):
    ndim = call.rank("a")
    if ndim is None or call.mapped != {"a"}:
        return NotImplemented
    return call.again(**{n: 1 + shapes.normal_axis(call[n], ndim) for n in ("axis1", "axis2")})


def diagonal_adjoint(g, y, a, offset, axis1, axis2):
    """Add to the adjoint of ``a`` the cotangent ``g`` of its diagonal ``y``."""
    ndim = rank(a)
    if ndim is None:
        bar[a] = placed_on_diagonal(g, shape(a), offset, axis1, axis2)
        return
    index, position = on_diagonal(ndim, length(y, ndim - 2), offset, axis1, axis2, y.build)
    bar[a][index] += g if position == ndim - 2 else np.moveaxis(g, -1, position)


@linear(np.diagonal, "a", batch=_shifted_axes, fact=_diagonal_shape, view=True)
def _(y, a, offset=0, axis1=0, axis2=1):
    diagonal_adjoint(bar[y], y, a, offset, axis1, axis2)


def _traced(a, offset=0, axis1=0, axis2=1, dtype=None):
    known = fact(a).dtype if dtype is None else None if isinstance(dtype, Symbol) else dtype
    sizes = _diagonal_shape(a, offset, axis1, axis2).shape
    return array_fact(known, None if sizes is None else sizes[:-1])


@linear(np.trace, "a", batch=_shifted_axes, fact=_traced)
def _(y, a, offset=0, axis1=0, axis2=1, dtype=None):
    where = {"offset": (offset, 0), "axis1": (axis1, 0), "axis2": (axis2, 1)}
    diagonal = np.diagonal(a, **{name: own for name, (own, default) in where.items() if own != default})
    g = bar[y] if rank(a) == 2 else np.expand_dims(bar[y], -1)
    diagonal_adjoint(g, diagonal, a, offset, axis1, axis2)


register(runtime.placed_on_diagonal, "placed_on_diagonal")


def placed_on_diagonal(v, whole, offset, axis1, axis2):
    return primitive_call(v.build, runtime.placed_on_diagonal, (v, whole, offset, axis1, axis2), {})


def _placed_rows(call):
    if call.mapped != {"v"}:
        return NotImplemented
    axes = {n: shifted(call[n], 0) for n in ("axis1", "axis2")}
    return call.again(**axes, **_more_rows(call))


@linear(runtime.placed_on_diagonal, "v", batch=_placed_rows,
        fact=lambda v, shape, offset, axis1, axis2: shapes.with_shape(v, shapes.shape_argument(shape)))
def _(x, v, shape, offset, axis1, axis2):
    bar[v] = unbroadcast(np.diagonal(bar[x], offset, axis1, axis2), v)


def _diag_shape(v, k=0):
    sizes = fact(v).shape
    if sizes is not None and len(sizes) == 1:
        size = sizes[0] + abs(k) if isinstance(sizes[0], int) else sizes[0] if k == 0 else Dim()
        return shapes.with_shape(v, (size, size))
    return _diagonal_shape(v, k)


def _diag_rows(call):
    """Vectors to matrices in a buffer, matrices to their diagonals."""
    v, k = call["v"], call["k"]
    if call.mapped != {"v"} or call.rank("v") not in (1, 2):
        return NotImplemented
    if call.rank("v") == 2:
        return np.diagonal(v, offset=k, axis1=1, axis2=2)
    size = length(v, 1)
    whole = (shape(v)[0], size + abs(k), size + abs(k))
    zeros = primitive_call(v.build, core.ZEROS, (whole, dtype(v)), {})
    index, _ = on_diagonal(3, size, k, 1, 2, v.build)
    return primitive_call(v.build, core.STORED, (zeros, index, v), {})


@linear(np.diag, "v", batch=_diag_rows, fact=_diag_shape)
def _(y, v, k=0):
    if rank(v) == 1:
        bar[v] = np.diag(bar[y], **({"k": k} if k else {}))
    elif rank(v) == 2:
        diagonal_adjoint(bar[y], y, v, k, 0, 1)
    else:
        raise TypeError("np.diag needs an array of which it is known whether it is a vector or a matrix")


def _diagflat_shape(v, k=0):
    number = fact(v).size
    size = Dim() if number is None else number + abs(k)
    return shapes.with_shape(v, (size, size))


@define(np.diagflat, "v", fact=_diagflat_shape)
def _(v, k=0):
    return np.diag(np.ravel(v), **({"k": k} if k else {}))


# ---- triangles ---------------------------------------------------------------------------------------------


def _triangle_shape(m, k=0):
    sizes = fact(m).shape
    return shapes.with_shape(m, sizes * 2 if sizes is not None and len(sizes) == 1 else sizes)


def _triangle_rows(call):
    return NotImplemented if call.rank("m") in (None, 1) else free_axes(call)


def triangle(function):
    def template(y, m, k=0):
        bar[m] = unbroadcast(function(bar[y], **({"k": k} if k else {})), m)

    linear(function, "m", batch=_triangle_rows, fact=_triangle_shape)(template)


triangle(np.tril)
triangle(np.triu)

# ---- choosing between arrays -------------------------------------------------------------------------------


def _chosen(a, choices, *, mode="raise"):
    sizes = broadcast_shapes(shape_of_indices(a), *(fact(x).shape for x in choices))
    return array_fact(shapes.common_dtype(*choices), sizes)


def _chosen_rows(call):
    """Broadcasting does the work once all that is batched has the rank of the result."""
    ndim = call.result_rank
    pairs = [(call["a"], call.unbatched("a")), *zip(call["choices"], call.unbatched("choices"), strict=True)]
    if ndim is None or any(rank(old) is None for _, old in pairs):
        return NotImplemented
    a, *choices = (
        x[(slice(None), *(None,) * (ndim - rank(old)))] if is_batched(x, old) and rank(old) < ndim else x
        for x, old in pairs
    )
    return call.again(a=a, choices=choices)


@linear(np.choose, "choices", batch=_chosen_rows, fact=_chosen, static=("mode",))
def _(y, a, choices, *, mode="raise"):
    if not isinstance(choices, list | tuple):
        raise TypeError("np.choose has a derivative with a list of choices written in place")
    build = bar[y].build
    if mode != "raise":
        a = moded(build, a, len(choices), mode)
    is_chosen = [primitive_call(build, np.equal, (a, k), {}) for k in range(len(choices))]
    bar[choices] = [
        unbroadcast(np.where(here, bar[y], 0.0), x) for here, x in zip(is_chosen, choices, strict=True)
    ]


# ---- methods -----------------------------------------------------------------------------------------------

for _name in ("take", "diagonal", "trace", "choose"):
    method(_name, getattr(np, _name))
