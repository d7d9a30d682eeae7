"""Rules of ``block``, ``append``, ``insert`` and ``delete``: arrays with something put in or left out.

The first two are concatenations by another name and defined as such.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from srcad.ir.facts import Dim
from srcad.rules import shapes
from srcad.rules.arrays import in_rows, made, nested_rank
from srcad.rules.copies import scattered
from srcad.rules.joining import joined_shape
from srcad.rules.layout import arange, at, count, length, shaped_like, with_unit_axes
from srcad.rules.notation import bar, define, fact, linear, rank, refuse, unbroadcast
from srcad.rules.notation import shape as shape_of
from srcad.rules.roles import along_axis, flat_rows, shifted
from srcad.rules.trace import Symbol, builder_of, contains_symbol, primitive_call

# ---- block, append -----------------------------------------------------------------------------------------


def _depth(arrays):
    return 1 + max(map(_depth, arrays), default=0) if isinstance(arrays, list) else 0


def _highest_rank(arrays):
    if isinstance(arrays, list):
        known = [_highest_rank(inner) for inner in arrays]
        return None if None in known else max(known)
    return rank(arrays)


def _joined_blocks(arrays, depth, leaf):
    """The innermost lists joined along the last axis, those around them along the one before, and so on."""
    if isinstance(arrays, list):
        return np.concatenate([_joined_blocks(inner, depth - 1, leaf) for inner in arrays], axis=-depth)
    return leaf(arrays)


def _block_rank(arrays):
    return max(_depth(arrays), _highest_rank(arrays))


def _block_rows(call):
    ndim = _block_rank(call.unbatched("arrays"))
    batched = iter(_leaves(call["arrays"]))

    def leaf(old):
        rows = in_rows(call, next(batched), old)
        return with_unit_axes(rows, range(1, 1 + ndim - rank(old)))

    return _joined_blocks(call.unbatched("arrays"), _depth(call.unbatched("arrays")), leaf)


def _leaves(arrays):
    return [x for inner in arrays for x in _leaves(inner)] if isinstance(arrays, list) else [arrays]


@define(np.block, "arrays", batch=_block_rows,
        fact=lambda arrays: made(arrays, [Dim() for _ in range(_block_rank(arrays))]))
def _(arrays):
    ndim = _block_rank(arrays)

    def leaf(x):
        if not isinstance(x, Symbol) and rank(x) == 0:
            return reduce(lambda inner, _: [inner], range(ndim), x)
        return primitive_call(builder_of(x), np.array, (x,), {"ndmin": ndim}) if rank(x) < ndim else x

    return _joined_blocks(arrays, _depth(arrays), leaf) if isinstance(arrays, list) else np.copy(arrays)


def _cannot_block(arrays):
    if not isinstance(arrays, Symbol) and _highest_rank(arrays) is None:
        return "np.block has no derivative where the rank of a block is not known"
    return None


refuse(np.block, _cannot_block)


def _flat(build, x):
    if isinstance(x, tuple | list):
        x = primitive_call(build, np.array, (x,), {})
    if rank(x) == 0:
        return [x]
    return x if rank(x) == 1 else np.ravel(x)


def _appended(arr, values, axis=None):
    if axis is None:
        return made([arr, values], (Dim(),))
    return made([arr, values], joined_shape(np.concatenate, [arr, values], axis))


def _append_rows(call):
    names, axis = ("arr", "values"), call["axis"]
    ranks = [nested_rank(call.unbatched(name)) for name in names]
    if None in ranks:
        return NotImplemented
    items = [in_rows(call, call[name], call.unbatched(name)) for name in names]
    if axis is None:
        items = [flat_rows(x, ndim) for x, ndim in zip(items, ranks, strict=True)]
    return np.concatenate(items, axis=1 if axis is None else shifted(axis, 0))


@define(np.append, "arr", "values", batch=_append_rows, fact=_appended)
def _(arr, values, axis=None):
    if axis is not None:
        return np.concatenate([arr, values], axis=axis)
    build = builder_of(arr, values)
    return np.concatenate([_flat(build, arr), _flat(build, values)])


# ---- insert, delete ----------------------------------------------------------------------------------------


def _resized(arr, axis, change):
    """The fact of an array whose axis (None: that of the flattened array) changes its length."""
    own = (fact(arr).size,) if axis is None else fact(arr).shape
    if own is None:
        return shapes.with_shape(arr, None)
    axis = shapes.normal_axis(axis or 0, len(own))
    size = change(own[axis]) if isinstance(own[axis], int) else Dim()
    return shapes.with_shape(arr, (*own[:axis], size, *own[axis + 1 :]))


def _shortened(arr, obj, axis=None):
    if isinstance(obj, Symbol) or contains_symbol(obj):
        return _resized(arr, axis, lambda size: Dim())
    return _resized(arr, axis, lambda size: len(np.delete(np.empty(size), obj)))


@linear(np.delete, "arr", fact=_shortened, batch=along_axis)
def _(y, arr, obj, axis=None):
    g = bar[y]
    if axis is None and rank(arr) != 1:
        kept = np.delete(arange(g.build, count(arr)), obj)
        bar[arr] = shaped_like(scattered(g, count(arr), kept, repeats=False), arr, arr)
        return
    kept = np.delete(arange(g.build, length(arr, axis or 0)), obj)
    bar[arr][at(axis or 0, kept, rank(arr))].accumulate(g, repeats=False)


def _insert_rows(call):
    ndim, axis = call.rank("arr"), call["axis"]
    if not call.mapped <= {"arr", "values"} or ndim is None:
        return NotImplemented
    arr = in_rows(call, call["arr"], call.unbatched("arr"))
    if axis is None:
        arr, axis, ndim = flat_rows(arr, ndim), 0, 1
    values = call["values"]
    if "values" in call.mapped:
        values = with_unit_axes(values, range(1, ndim - call.rank("values")))
    return np.insert(arr, call["obj"], values, axis=shifted(axis, 0))


@linear(np.insert, "arr", "values", batch=_insert_rows,
        fact=lambda arr, obj, values, axis: _resized(arr, axis, lambda size: size + 1))
def _(y, arr, obj, values, axis=None):
    g = bar[y]
    # a negative position counts from the end of arr, which has one element less than the result
    position = (obj if obj >= 0 else obj - 1) if isinstance(obj, int) else obj - (obj < 0)
    if axis is None:
        rest = np.delete(g, position)
        bar[arr] = rest if rank(arr) == 1 else np.reshape(rest, shape_of(arr))
        bar[values] = g[position]
    else:
        bar[arr] = np.delete(g, position, axis=axis)
        bar[values] = unbroadcast(g[at(axis, position, rank(y))], values)


def _cannot_insert(arr, obj, values, axis):
    ndim, added = rank(arr), rank(values)
    fits = added == 0 if axis is None else ndim is not None and added is not None and added < ndim
    if rank(obj) != 0 or not fits:
        return "np.insert has a derivative only for one position and one number, row or column"
    return None


refuse(np.insert, _cannot_insert)
