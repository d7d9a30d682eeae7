"""Methods of ufuncs: ``reduce``, ``accumulate``, ``reduceat`` and ``outer``, by the functions that do the same.

    np.add.reduce(x)               ->      np.sum(x, axis=0)
    np.multiply.accumulate(x)      ->      np.cumprod(x, axis=0)
    np.subtract.outer(x, y)        ->      x[:, None] - y           (for vectors)
"""

from __future__ import annotations

import numpy as np

from srcad import runtime
from srcad.ir.facts import Dim, array_fact
from srcad.rules import shapes
from srcad.rules.layout import at, length
from srcad.rules.notation import bar, define, fact, linear, nondiff, rank
from srcad.rules.reductions import options, reduces
from srcad.rules.registry import register
from srcad.rules.roles import along_axis
from srcad.rules.scans import scanned
from srcad.rules.trace import primitive_call

# ---- reduce ------------------------------------------------------------------------------------------------


def _reduce(ufunc, function, taken=()):
    """``ufunc.reduce`` is ``function``, which takes the options ``taken`` too."""
    primitive = register(ufunc.reduce, f"np.{ufunc.__name__}.reduce")
    known = reduces(function)

    def reduced(array, axis=0, dtype=None, *, keepdims=False, initial=None, where=True):
        axis = None if rank(array) == 1 and axis == 0 else axis
        given = options(axis, keepdims, where, dtype=dtype, initial=initial)
        if given.keys() & {"dtype", "initial", "where"} - {*taken}:
            raise TypeError(f"np.{ufunc.__name__}.reduce has a derivative with axis= and keepdims= only")
        return function(array, **given)

    define(primitive, "array", fact=lambda array, axis, dtype, *, keepdims, **_: known(
        array, axis, dtype, keepdims=keepdims))(reduced)


_reduce(np.add, np.sum, ("dtype", "initial", "where"))
_reduce(np.multiply, np.prod, ("dtype", "initial", "where"))
_reduce(np.maximum, np.max, ("initial", "where"))
_reduce(np.minimum, np.min, ("initial", "where"))


def _truth(array, axis=0, dtype=None, *, keepdims=False, **_):
    return array_fact(bool if dtype is None else None, shapes.reduced(fact(array).shape, axis, keepdims))


for _logical in (np.logical_and, np.logical_or, np.logical_xor):
    nondiff(register(_logical.reduce, f"np.{_logical.__name__}.reduce"), fact=_truth)

# ---- accumulate --------------------------------------------------------------------------------------------


def _accumulate(ufunc, function):
    """``ufunc.accumulate`` is the scan ``function``, along the first axis unless it is told another."""
    known = scanned(function)

    def accumulated(array, axis=0, dtype=None):
        return function(array, **options(axis, dtype=dtype))

    define(register(ufunc.accumulate, f"np.{ufunc.__name__}.accumulate"), "array",
           fact=lambda array, axis, dtype: known(array, axis, dtype))(accumulated)


_accumulate(np.add, np.cumsum)
_accumulate(np.multiply, np.cumprod)

LAST_RECORDS = register(runtime.last_records, "last_records")
nondiff(LAST_RECORDS, fact=lambda ufunc, x, axis: array_fact(np.intp, fact(x).shape))


def _running(ufunc):
    """The largest (or smallest) element so far is the one that was it last."""

    def running(array, axis=0, dtype=None):
        if dtype is not None:
            raise TypeError(f"np.{ufunc.__name__}.accumulate has no derivative with dtype=")
        places = primitive_call(array.build, LAST_RECORDS, (ufunc, array, axis), {})
        return np.take_along_axis(array, places, axis=axis)

    define(register(ufunc.accumulate, f"np.{ufunc.__name__}.accumulate"), "array",
           fact=lambda array, axis, dtype: array_fact(fact(array).dtype if dtype is None else None, fact(array).shape))(running)


_running(np.maximum)
_running(np.minimum)

# ---- reduceat ----------------------------------------------------------------------------------------------

SEGMENTS = register(runtime.segments, "segments")
nondiff(SEGMENTS, fact=lambda indices, size: (array_fact(np.intp, (Dim(),)), array_fact(np.intp, (Dim(),))),
        results=("elements", "segments"))


def _segmented(array, indices, axis=0, dtype=None):
    sizes, number = fact(array).shape, fact(indices).shape if hasattr(indices, "operand") else np.shape(indices)
    if sizes is None or number is None:
        return shapes.with_shape(array, None)
    k = shapes.normal_axis(axis, len(sizes))
    own = None if dtype is not None or fact(array).dtype is None else shapes.reduced_dtype(np.sum, fact(array).dtype)
    return array_fact(own, (*sizes[:k], number[0], *sizes[k + 1 :]))


@linear(register(np.add.reduceat, "np.add.reduceat"), "array", batch=along_axis, fact=_segmented)
def _(y, array, indices, axis=0, dtype=None):
    elements, segments = primitive_call(array.build, SEGMENTS, (indices, length(array, axis)), {})
    g = bar[y][at(axis, segments, rank(y))]
    bar[array][at(axis, elements, rank(array))].accumulate(g, repeats=True)


# ---- outer -------------------------------------------------------------------------------------------------


def _outer(ufunc):
    primitive = register(ufunc.outer, f"np.{ufunc.__name__}.outer")

    def outer(A, B):
        if rank(B) is None:
            raise TypeError(f"np.{ufunc.__name__}.outer has a derivative for arrays whose ranks are known")
        return primitive_call(_build(A, B), ufunc, (_with_axes(A, rank(B)), B), {})

    def known(A, B):
        one, other, dtype = fact(A).shape, fact(B).shape, shapes.common_dtype(A, B)
        whole = None if one is None or other is None else one + other
        return array_fact(dtype if dtype is not None and dtype.kind == "f" else None, whole)

    define(primitive, "A", "B", fact=known)(outer)


def _with_axes(a, count):
    return a[(..., *(None,) * count)] if count and rank(a) != 0 else a


def _build(*args):
    return next(x.build for x in args if hasattr(x, "build"))


for _binary in (np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum, np.hypot, np.arctan2):
    _outer(_binary)
