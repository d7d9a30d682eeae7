"""Rules of functions that put an element in several places: broadcast, repeat, tile, pad, fill, linspace.

All are linear; the adjoint of a copy is the sum over the copies, in the plainest way that finds them: a sum
over an axis, a slice for padding with constants, ``np.add.at`` for copies whose places an index gives.
"""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

import numpy as np

from srcad import runtime
from srcad.ir import core
from srcad.ir.facts import Dim, Fact, broadcast_shapes
from srcad.rules import shapes
from srcad.rules.layout import FULL, aligned, arange, at, count, length, lengths, only, prefixed
from srcad.rules.notation import bar, broadcast, dtype, fact, linear, method, rank, refuse, unbroadcast
from srcad.rules.notation import shape as shape_of
from srcad.rules.registry import PRIMITIVES, register
from srcad.rules.roles import flat_rows, shifted
from srcad.rules.trace import contains_symbol, primitive_call, symbolic

# ---- broadcasting ------------------------------------------------------------------------------------------


def _broadcast_rows(call):
    own, ndim = call.rank("array"), call.result_rank
    if not only(call, "array") or own is None or ndim is None:
        return NotImplemented
    return broadcast(aligned(call["array"], ndim, own), prefixed(call, call["shape"]))


@linear(np.broadcast_to, "array", view=True, choices={"subok": (False,)}, batch=_broadcast_rows,
        fact=lambda array, shape, subok: shapes.with_shape(array, shapes.shape_argument(shape)))
def _(y, array, shape, subok=False):
    bar[array] = unbroadcast(bar[y], array)


# ---- repeat and tile ---------------------------------------------------------------------------------------


def _times(size, n):
    if isinstance(n, int) and (n == 1 or isinstance(size, int)):
        return Dim() if size is None else size * n if isinstance(size, int) else size
    return Dim()


def _repeated(a, repeats, axis=None):
    own = fact(a).shape
    is_literal = isinstance(repeats, list | tuple | np.ndarray) and not contains_symbol(repeats)
    total = int(np.sum(repeats)) if is_literal and np.size(repeats) > 1 else None
    if axis is None:
        return shapes.with_shape(a, (_times(fact(a).size, repeats) if total is None else total,))
    if own is None:
        return shapes.with_shape(a, None)
    axis = shapes.normal_axis(axis, len(own))
    size = _times(own[axis], repeats) if total is None else total
    return shapes.with_shape(a, (*own[:axis], size, *own[axis + 1 :]))


def _repeat_rows(call):
    x, repeats, axis, ndim = call["a"], call["repeats"], call["axis"], call.rank("a")
    if not only(call, "a") or (axis is None and ndim is None):
        return NotImplemented
    if axis is not None:
        return np.repeat(x, repeats, axis=shifted(axis, 0))
    return np.repeat(flat_rows(x, ndim), repeats, axis=1)


@linear(np.repeat, "a", fact=_repeated, batch=_repeat_rows)
def _(y, a, repeats, axis=None):
    g, ndim = bar[y], rank(a)
    if (isinstance(repeats, int) or rank(repeats) == 0) and ndim is not None:
        # neighbours along an axis of their own
        k = ndim if axis is None else shapes.normal_axis(axis, ndim) + 1
        sizes = lengths(a)
        bar[a] = g.reshape((*sizes[:k], repeats, *sizes[k:])).sum(axis=k) if ndim else np.sum(g)
    elif axis is not None or ndim == 1:
        place = axis or 0
        sources = np.repeat(arange(g.build, length(a, place)), repeats)
        bar[a][at(place, sources, ndim)].accumulate(g, repeats=True)
    else:
        sources = np.repeat(arange(g.build, count(a)), repeats)
        bar[a] = np.reshape(scattered(g, count(a), sources, repeats=True), shape_of(a))


def scattered(g, size, index, repeats):
    """Zeros of this size to which ``g`` is added at ``index``."""
    zeros = primitive_call(g.build, core.ZEROS, ((size,), dtype(g)), {})
    return primitive_call(g.build, core.SCATTERED if repeats else core.ACCUMULATED, (zeros, index, g), {})


method("repeat", np.repeat)

untiled = symbolic(register(runtime.untiled, "untiled"))


@linear(runtime.untiled, "g", fact=lambda g, shape, reps: shapes.with_shape(g, shapes.shape_argument(shape)))
def _(y, g, shape, reps):
    bar[g] = np.tile(bar[y], reps)


def _repetitions(reps):
    """The repetitions as a tuple; None if their number is not known."""
    if isinstance(reps, tuple | list):
        return tuple(reps)
    return (reps,) if isinstance(reps, int) or rank(reps) == 0 else None


def _tiled(A, reps):
    own, reps = fact(A).shape, _repetitions(reps)
    if own is None or reps is None:
        return shapes.with_shape(A, None)
    ndim = max(len(own), len(reps))
    own, reps = (1,) * (ndim - len(own)) + own, (1,) * (ndim - len(reps)) + reps
    return shapes.with_shape(A, [_times(s, n) for s, n in zip(own, reps, strict=True)])


def _tile_rows(call):
    reps, ndim = _repetitions(call["reps"]), call.rank("A")
    if not only(call, "A") or reps is None or ndim is None:
        return NotImplemented
    missing = len(reps) - ndim
    return np.tile(aligned(call["A"], max(ndim, len(reps)), ndim), (*(1,) * (1 + max(0, -missing)), *reps))


@linear(np.tile, "A", fact=_tiled, batch=_tile_rows)
def _(y, A, reps):
    g, given = bar[y], _repetitions(reps)
    if rank(A) is None or given is None:
        bar[A] = untiled(g, shape_of(A), reps)
        return
    # the copies along axes of their own, in front of those that they repeat
    own = lengths(A)
    given = (1,) * (len(own) - len(given)) + given
    lead = len(given) - len(own)
    sizes: list[Any] = []
    axes: list[int] = []
    for k, n in enumerate(given):
        if not (isinstance(n, int) and n == 1):
            axes.append(len(sizes))
            sizes.append(n)
        elif k < lead:
            axes.append(len(sizes))
            sizes.append(1)
        if k >= lead:
            sizes.append(own[k - lead])
    bar[A] = g.reshape(tuple(sizes)).sum(axis=tuple(axes) if len(axes) > 1 else axes[0]) if axes else g


# ---- pad ---------------------------------------------------------------------------------------------------


def _pad_widths(pad_width, ndim):
    """The widths before and after, for each axis; None if the argument does not tell."""
    if isinstance(pad_width, np.ndarray):
        pad_width = pad_width.tolist()
    if isinstance(pad_width, dict):
        if ndim is None:
            return None
        given = {shapes.normal_axis(k, ndim): v for k, v in pad_width.items()}
        pad_width = [given.get(k, 0) for k in range(ndim)]
        return [tuple(v) if isinstance(v, tuple | list) else (v, v) for v in pad_width]
    if not isinstance(pad_width, tuple | list):
        return None if ndim is None or rank(pad_width) not in (0, None) else [(pad_width, pad_width)] * ndim
    pairs = [isinstance(w, tuple | list) for w in pad_width]
    if all(pairs):
        widths = [(*w, *w) if len(w) == 1 else tuple(w) for w in pad_width]
        return widths if len(widths) == ndim else None if len(widths) != 1 or ndim is None else widths * ndim
    return None if any(pairs) or ndim is None else [(pad_width[0], pad_width[-1])] * ndim


def _padded(array, pad_width, mode="constant", *, constant_values=0, reflect_type="even"):
    widths, own = _pad_widths(pad_width, rank(array)), fact(array).shape
    if widths is None or own is None:
        return shapes.with_shape(array, own if own is None else [Dim() for _ in own])
    return shapes.with_shape(array, [_wider(s, *w) for s, w in zip(own, widths, strict=True)])


def _wider(size, before, after):
    if isinstance(before, int) and isinstance(after, int):
        return size if before == after == 0 else size + before + after if isinstance(size, int) else Dim()
    return Dim()


def _pad_rows(call):
    widths = _pad_widths(call["pad_width"], call.rank("array"))
    if widths is None or not only(call, "array"):
        return NotImplemented
    constants = call["constant_values"]
    if isinstance(constants, tuple | list) and isinstance(constants[0], tuple | list):
        given = constants * (len(widths) if len(constants) == 1 else 1)
        return call.again(pad_width=((0, 0), *widths), constant_values=((0, 0), *given))
    return call.again(pad_width=((0, 0), *widths))


def _slices(array, widths):
    """Where in each axis the array is that was padded."""
    result = []
    for k, (before, after) in enumerate(widths):
        if isinstance(after, int):
            stop = -after if after else None
        else:
            stop = before + length(array, k)
        result.append(slice(None if isinstance(before, int) and before == 0 else before, stop))
    return result


def _inside(array, widths):
    """The index of what was padded."""
    index = _slices(array, widths)
    while index and index[-1] == FULL:
        index.pop()
    return tuple(index) if len(index) > 1 else index[0] if index else Ellipsis


def _margins(g, array, widths, values):
    """The sums over what each of several constants filled, in their structure; corners: the last axis."""
    inner, sums = _slices(array, widths), []
    for k, (before, _) in enumerate(widths):
        rest, end = inner[k + 1 :], before + length(array, k)
        sums.append([np.sum(g[(*(FULL,) * k, part, *rest)]) for part in (slice(0, before), slice(end, None))])
    if not isinstance(values[0], tuple | list):
        sums = [reduce(operator.add, column) for column in zip(*sums, strict=True)]
        return sums if len(values) == 2 else [sums[0] + sums[1]]
    if len(values) == 1 < len(sums):
        sums = [[reduce(operator.add, column) for column in zip(*sums, strict=True)]]
    return [pair if len(v) == 2 else [pair[0] + pair[1]] for pair, v in zip(sums, values, strict=True)]


GATHERED = ("edge", "reflect", "symmetric", "wrap")
"""The modes that repeat elements of the array."""


@linear(np.pad, "array", "constant_values", fact=_padded, batch=_pad_rows,
        choices={"reflect_type": ("even",), "mode": ("constant", "empty", *GATHERED)})
def _(y, array, pad_width, mode="constant", *, constant_values=0, reflect_type="even"):
    g, widths = bar[y], _pad_widths(pad_width, rank(array))
    if mode not in GATHERED:
        inner = g[_inside(array, widths)]
        bar[array] = inner
        if rank(constant_values) == 0:
            bar[constant_values] = np.sum(g) - np.sum(inner)
        elif contains_symbol(constant_values):
            bar[constant_values] = _margins(g, array, widths, constant_values)
        return
    # every element of the result is one of the array; which one, NumPy tells by padding the positions
    sources = [np.pad(arange(g.build, length(array, k)), w, mode=mode) for k, w in enumerate(widths)]
    last = len(sources) - 1
    index = tuple(s[(FULL, *(None,) * (last - k))] if k < last else s for k, s in enumerate(sources))
    if index:
        bar[array][index if last else index[0]].accumulate(g, repeats=True)
    else:
        bar[array] = g


def _cannot_pad(array, pad_width, mode, *, constant_values, reflect_type):
    if _pad_widths(pad_width, rank(array)) is None:
        return "np.pad has no derivative where the number of axes is not known"
    return None


refuse(np.pad, _cannot_pad)

# ---- arrays made from one value or two ---------------------------------------------------------------------


def _filled_rows(call, fill, shape, make):
    """``make(shape, fill)`` where the fill value, and perhaps nothing else, is batched."""
    own, ndim = call.rank("fill_value"), call.result_rank
    if "fill_value" not in call.mapped or own is None or ndim is None:
        return NotImplemented
    return make(prefixed(call, shape), aligned(fill, ndim, own))


def _filled(like, dtype, shape):
    return Fact("array", fact(like).dtype if dtype is None else shapes.dtype_argument(dtype), shape)


@linear(np.full, "fill_value",
        fact=lambda shape, fill_value, dtype, order, like: _filled(
            fill_value, dtype, shapes.shape_argument(shape)),
        batch=lambda call: _filled_rows(
            call, call["fill_value"], call["shape"],
            lambda shape, fill: primitive_call(call.build, np.full, (shape, fill), _kept(call, "dtype"))))
def _(y, shape, fill_value, dtype=None, order="C", *, like=None):
    bar[fill_value] = unbroadcast(bar[y], fill_value)


def _kept(call, *names):
    """The keyword arguments that were given, to be given again."""
    return {name: call[name] for name in names if call[name] is not None}


def _full_like_rows(call):
    a, shape, named = call["a"], call["shape"], _kept(call, "dtype")
    if "fill_value" not in call.mapped:
        return NotImplemented if shape is not None else call.again()
    if shape is None and "a" not in call.mapped:
        shape = shape_of(a)
    if shape is None:
        own, ndim = call.rank("fill_value"), call.result_rank
        known = own is not None and ndim is not None
        return np.full_like(a, aligned(call["fill_value"], ndim, own), **named) if known else NotImplemented
    return _filled_rows(
        call, call["fill_value"], shape, lambda shape, fill: np.full_like(a, fill, shape=shape, **named)
    )


@linear(np.full_like, "fill_value", batch=_full_like_rows,
        fact=lambda a, fill_value, dtype, order, subok, shape: _filled(
            a, dtype, fact(a).shape if shape is None else shapes.shape_argument(shape)))
def _(y, a, fill_value, dtype=None, order="K", subok=True, shape=None):
    bar[fill_value] = unbroadcast(bar[y], fill_value)


PRIMITIVES[np.full].allocates = PRIMITIVES[np.full_like].allocates = True


def _spaced(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    common = broadcast_shapes(fact(start).shape, fact(stop).shape)
    types = [np.dtype(float), fact(start).dtype, fact(stop).dtype]
    if dtype is not None:
        kind = shapes.dtype_argument(dtype)
    else:
        kind = None if any(t is None for t in types) else np.result_type(*types)
    if common is None:
        return Fact("array", kind)
    axis = shapes.normal_axis(axis, len(common) + 1)
    return Fact("array", kind, (*common[:axis], shapes.size_of(num), *common[axis:]))


def _linspace_rows(call):
    ends = [(call[n], call.rank(n), n in call.mapped) for n in ("start", "stop")]
    if call.mapped - {"start", "stop"} or any(own is None for _, own, _ in ends):
        return NotImplemented
    ndim = max(own for _, own, _ in ends)
    start, stop = (aligned(x, ndim, own) if batched else x for x, own, batched in ends)
    return call.again(start=start, stop=stop, axis=shifted(call["axis"], 0))


@linear(np.linspace, "start", "stop", choices={"retstep": (False,)}, fact=_spaced, batch=_linspace_rows)
def _(y, start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    # y = (1 - t)·start + t·stop, t from 0 to 1 along the axis
    g = bar[y]
    named = {} if endpoint is True else {"endpoint": endpoint}
    t = primitive_call(g.build, np.linspace, (0.0, 1.0, num), named)
    if rank(start) == rank(stop) == 0:
        bar[start], bar[stop] = (1 - t) @ g, t @ g
        return
    g = np.moveaxis(g, axis, 0) if axis != 0 else g
    bar[start] = unbroadcast(np.tensordot(1 - t, g, 1), start)
    bar[stop] = unbroadcast(np.tensordot(t, g, 1), stop)
