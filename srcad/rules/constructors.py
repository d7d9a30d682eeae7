"""Rules of functions that make arrays of numbers that are no argument's: zeros, ranges, index grids, windows.

What makes memory for a program to write into is marked so (``allocates``).  Constructors from values are
elsewhere: ``full`` and ``linspace`` in ``copies``, ``array`` in ``joining``.
"""

from __future__ import annotations

import numpy as np

from srcad.ir import core
from srcad.ir.facts import Dim, array_fact, broadcast_shapes
from srcad.rules import shapes
from srcad.rules.notation import d, define, fact, linear, nondiff, rank, rule
from srcad.rules.registry import register
from srcad.rules.roles import by_name
from srcad.rules.trace import Symbol, primitive_call

# ---- constants ---------------------------------------------------------------------------------------------


def _of_shape(shape, dtype=float, order="C"):
    return array_fact(shapes.dtype_argument(dtype), shapes.shape_argument(shape))


def _like(a, dtype=None, order="K", subok=True, shape=None):
    kind = fact(a).dtype if dtype is None else shapes.dtype_argument(dtype)
    return array_fact(kind, fact(a).shape if shape is None else shapes.shape_argument(shape))


def _like_rows(call):
    return call.again() if call["shape"] is None else NotImplemented


nondiff(np.zeros, np.ones, np.empty, fact=_of_shape, allocates=True)
nondiff(
    np.zeros_like,
    np.ones_like,
    np.empty_like,
    fact=_like,
    allocates=True,
    batch=by_name(lambda a, dtype=None, order="K", subok=True, shape=None: None, _like_rows),
)


def _square(N, M=None, k=0, dtype=float):
    rows = shapes.size_of(N)
    return array_fact(shapes.dtype_argument(dtype), (rows, rows if M is None else shapes.size_of(M)))


nondiff(np.eye, np.tri, fact=_square, allocates=True)
nondiff(np.identity, fact=lambda n, dtype=float: _square(n, None, 0, dtype), allocates=True)

# ---- ranges ------------------------------------------------------------------------------------------------


def _range(start, stop=None, step=None, *, dtype=None):
    given = [x for x in (start, stop, step) if x is not None]
    if all(isinstance(x, int | float) for x in given):
        made = np.arange(*given, dtype=dtype)
        return array_fact(made.dtype, made.shape)
    kind = shapes.common_dtype(*given) if dtype is None else shapes.dtype_argument(dtype)
    if kind is not None and kind.kind == "b":
        kind = np.dtype(int)
    from_zero = stop is None or (isinstance(start, int) and start == 0)
    counted = step is None and from_zero and shapes.is_int(given[-1])
    return array_fact(kind, (shapes.size_of(given[-1]) if counted else Dim(),))


@rule(np.arange, "start", "stop", "step", fact=_range)
def _(y, start, stop=None, step=None, *, dtype=None):
    """start + k·step; their number is constant, so that a stop, perhaps the only argument, has no share."""
    if stop is not None:
        d[y] = d[start]
    if step is not None and not d[step].is_zero:
        count = primitive_call(y.build, core.LENGTH, (y,), {})
        d[y] = d[start] + d[step] * primitive_call(y.build, np.arange, (count,), {})


register(np.arange).allocates = True


def _spaced(start, stop, num=50, endpoint=True, base=10.0):
    kind = shapes.common_dtype(start, stop, base, 1.0)
    common = broadcast_shapes(fact(start).shape, fact(stop).shape, fact(base).shape)
    return array_fact(kind, None if common is None else (shapes.size_of(num), *common))


@define(np.logspace, "start", "stop", "base", fact=_spaced)
def _(start, stop, num=50, endpoint=True, base=10.0):
    """base**linspace, as NumPy computes it."""
    return np.power(base, np.linspace(start, stop, num, endpoint))


@rule(np.geomspace, "start", "stop", fact=_spaced)
def _(y, start, stop, num=50, endpoint=True):
    """start**(1 - t)·stop**t, t from 0 to 1."""
    if rank(start) != 0 or rank(stop) != 0:
        raise TypeError("np.geomspace has a derivative only between numbers")
    t = primitive_call(y.build, np.linspace, (0.0, 1.0, num, endpoint), {})
    d[y] = y * ((1.0 - t) * (d[start] / start) + t * (d[stop] / stop))


# ---- grids of indices, windows, frequencies ----------------------------------------------------------------


def _grid(dimensions, dtype=int):
    sizes = shapes.shape_argument(dimensions)
    return array_fact(shapes.dtype_argument(dtype), None if sizes is None else (len(sizes), *sizes))


def _pairs(*_, **__):
    """Indices of rows and of columns, as many of the one as of the other."""
    index = array_fact(np.intp, (Dim(),))
    return index, index


nondiff(np.indices, fact=_grid)
nondiff(
    np.tril_indices,
    np.triu_indices,
    np.tril_indices_from,
    np.triu_indices_from,
    fact=_pairs,
    results=("rows", "columns"),
)
nondiff(np.mask_indices, fact=lambda n, mask_func, k=0: _pairs(), results=("rows", "columns"))


@linear(
    np.diag_indices,
    parts=(tuple, lambda n, ndim: ndim),
    fact=lambda n, ndim: (array_fact(np.intp, (shapes.size_of(n),)),) * ndim,
)
def _(axes, n, ndim=2):
    """No argument has a derivative."""


def known_sizes(x):
    """The sizes of the axes, where their number is that of the results."""
    sizes = fact(x).shape
    if sizes is None:
        raise TypeError("the number of results is that of the axes, which is not known here")
    return sizes


@linear(
    np.diag_indices_from,
    parts=(tuple, lambda arr: len(known_sizes(arr))),
    fact=lambda arr: (array_fact(np.intp, known_sizes(arr)[:1]),) * len(known_sizes(arr)),
)
def _(axes, arr):
    """No argument has a derivative."""


def _open_grid(*args):
    """One array for each argument, along an axis of its own."""

    def along(k, x):
        index = np.asarray(x) if not isinstance(x, Symbol) else x
        counted = Dim() if shapes.has_dtype(index, bool) else known_sizes(index)[0]
        return array_fact(np.intp, tuple(counted if k == axis else 1 for axis in range(len(args))))

    return tuple(along(k, x) for k, x in enumerate(args))


@linear(np.ix_, parts=(tuple, lambda *args: len(args)), fact=_open_grid)
def _(axes, *args):
    """No argument has a derivative."""


nondiff(
    np.hanning, np.hamming, np.blackman, np.bartlett, fact=lambda M: array_fact(float, (shapes.size_of(M),))
)
