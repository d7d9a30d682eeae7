"""Rules of functions that make arrays of numbers that are no argument's: zeros, ranges, index grids, windows.

What makes memory for a program to write into is marked so (``allocates``).  The other constructors are with what they
are made of: ``full`` and ``linspace`` in ``copies``, ``array`` in ``joining``.
"""

from __future__ import annotations

import numpy as np

from srcad.ir import core
from srcad.ir.facts import OBJECT, Dim, array_fact
from srcad.rules import shapes
from srcad.rules.notation import d, define, fact, nondiff, rank, rule
from srcad.rules.registry import register
from srcad.rules.roles import by_name
from srcad.rules.trace import primitive_call

# ---- constants -------------------------------------------------------------------------------------------------------


def _of_shape(shape, dtype=float, order="C"):
    return array_fact(shapes.dtype_argument(dtype), shapes.shape_argument(shape))


def _like(a, dtype=None, order="K", subok=True, shape=None):
    kind = fact(a).dtype if dtype is None else shapes.dtype_argument(dtype)
    return array_fact(kind, fact(a).shape if shape is None else shapes.shape_argument(shape))


def _like_rows(call):
    return call.again() if call["shape"] is None else NotImplemented


nondiff(np.zeros, np.ones, np.empty, fact=_of_shape, allocates=True)
nondiff(np.zeros_like, np.ones_like, np.empty_like, fact=_like, allocates=True,
        batch=by_name(lambda a, dtype=None, order="K", subok=True, shape=None: None, _like_rows))


def _square(N, M=None, k=0, dtype=float):
    rows = shapes.size_of(N)
    return array_fact(shapes.dtype_argument(dtype), (rows, rows if M is None else shapes.size_of(M)))


nondiff(np.eye, np.tri, fact=_square, allocates=True)
nondiff(np.identity, fact=lambda n, dtype=float: _square(n, None, 0, dtype), allocates=True)

# ---- ranges ----------------------------------------------------------------------------------------------------------


def _range(start, stop=None, step=None, *, dtype=None):
    given = [x for x in (start, stop, step) if x is not None]
    if all(isinstance(x, int | float) for x in given):
        made = np.arange(*given, dtype=dtype)
        return array_fact(made.dtype, made.shape)
    kind = shapes.common_dtype(*given) if dtype is None else shapes.dtype_argument(dtype)
    if kind is not None and kind.kind == "b":
        kind = np.dtype(int)
    counted = step is None and (stop is None or (isinstance(start, int) and start == 0)) and shapes.is_int(given[-1])
    return array_fact(kind, (shapes.size_of(given[-1]) if counted else Dim(),))


@rule(np.arange, "start", "stop", "step", fact=_range)
def _(y, start, stop=None, step=None, *, dtype=None):
    """start + k·step; how many there are is constant, so that a stop (which may be the only argument) has no share."""
    if stop is not None:
        d[y] = d[start]
    if step is not None and not d[step].is_zero:
        count = primitive_call(y.build, core.LENGTH, (y,), {})
        d[y] = d[start] + d[step] * primitive_call(y.build, np.arange, (count,), {})


register(np.arange).allocates = True


@define(np.logspace, "start", "stop", "base")
def _(start, stop, num=50, endpoint=True, base=10.0):
    """base**linspace, as NumPy computes it."""
    return np.power(base, np.linspace(start, stop, num, endpoint))


@rule(np.geomspace, "start", "stop")
def _(y, start, stop, num=50, endpoint=True):
    """start**(1 - t)·stop**t, t from 0 to 1."""
    if rank(start) != 0 or rank(stop) != 0:
        raise TypeError("np.geomspace has a derivative only between numbers")
    t = primitive_call(y.build, np.linspace, (0.0, 1.0, num, endpoint), {})
    d[y] = y * ((1.0 - t) * (d[start] / start) + t * (d[stop] / stop))


# ---- grids of indices, windows, frequencies ----------------------------------------------------------------------------


def _grid(dimensions, dtype=int):
    sizes = shapes.shape_argument(dimensions)
    return array_fact(shapes.dtype_argument(dtype), None if sizes is None else (len(sizes), *sizes))


def _pairs(*_, **__):
    """Indices of rows and of columns, as many of the one as of the other."""
    index = array_fact(np.intp, (Dim(),))
    return index, index


nondiff(np.indices, fact=_grid)
nondiff(np.tril_indices, np.triu_indices, np.tril_indices_from, np.triu_indices_from, fact=_pairs,
        results=("rows", "columns"))
nondiff(np.ix_, np.diag_indices, np.diag_indices_from, np.mask_indices, np.ndindex, fact=lambda *_, **__: OBJECT)
nondiff(np.hanning, np.hamming, np.blackman, np.bartlett, fact=lambda M: array_fact(float, (shapes.size_of(M),)))
