"""What the functions of NumPy that write leave in their target: one template each (``rules.writes``).

A template stores into the target what the function writes, at an index where it writes to a part:

    np.fill_diagonal(a, v)      ->      k = np.arange(min(n, m));  stored(a, (k, k), v)
"""

from __future__ import annotations

import random
from types import BuiltinMethodType
from typing import Any

import numpy as np

from srcad import runtime
from srcad.ir import core
from srcad.ir.facts import OBJECT, Dim, Fact, array_fact
from srcad.ir.nodes import Const
from srcad.rules import shapes
from srcad.rules.indexing import moded
from srcad.rules.layout import arange, count, length, lengths
from srcad.rules.memory import may_repeat
from srcad.rules.notation import define, dtype, fact, nondiff, rank
from srcad.rules.notation import shape as shape_of
from srcad.rules.registry import PRIMITIVES, register
from srcad.rules.trace import Symbol, contains_symbol, primitive_call
from srcad.rules.writes import MAKERS, Writer, is_like, may_be_cast, spread, truths, writer

# ---- what several use --------------------------------------------------------------------------------------


def stored(a, index, v):
    return primitive_call(a.build, core.STORED, (a, index, v), {})


def as_array(a, v):
    """A list of values as the array of it."""
    return primitive_call(a.build, np.array, (v,), {}) if isinstance(v, list | tuple) and contains_symbol(v) else v


def cycled(a, v, number):
    """The first elements of ``v``, as many as are to be written, over and over if it has fewer."""
    if rank(v) == 0 and not isinstance(v, list | tuple):
        return v
    flat = v if rank(v) == 1 else primitive_call(a.build, np.ravel, (v,), {})
    own = fact(v).size if isinstance(v, Symbol) else np.size(v)
    if own is not None and isinstance(number, int):
        if own == number:
            return flat
        if own > number:
            return primitive_call(a.build, core.INDEX, (flat, slice(number)), {})
    size = own if own is not None else primitive_call(a.build, np.size, (v,), {})
    return primitive_call(a.build, core.INDEX, (flat, arange(a.build, number) % size), {})


def is_empty(v):
    return (fact(v).size if isinstance(v, Symbol) else np.size(v)) == 0


def mask_of(a, mask):
    """A mask, whatever its type, in the shape of the target."""
    if not isinstance(mask, Symbol):
        mask = np.asarray(mask, bool)
        known = fact(a).shape
        if known is not None and mask.shape == known:
            return mask
        return primitive_call(a.build, np.reshape, (mask, shape_of(a)), {})
    if not shapes.has_dtype(mask, bool):
        mask = primitive_call(a.build, np.not_equal, (mask, 0), {})
    return mask if is_like(mask, a) else np.reshape(mask, shape_of(a))


def is_taken(a, values):
    """Whether values are converted to the type of the target: lists are, arrays only where nothing is lost."""
    return not isinstance(values, Symbol) or fact(values).kind == "py" or may_be_cast(values, a, "safe")


# ---- whole arrays ------------------------------------------------------------------------------------------


@writer(np.copyto, target="dst")
def _(dst, src, casting="same_kind", where=True):
    src = as_array(dst, src)
    if not may_be_cast(src, dst, casting):
        primitive_call(dst.build, CHECK_COPY, (dst, src, casting), {})
    where = truths(where)
    if where is True:
        return stored(dst, Ellipsis, src)
    sizes, ndim = shapes_of(src), rank(dst)
    if sizes is None or ndim is None or where is None or any(s != 1 for s in sizes[: max(0, len(sizes) - ndim)]):
        return NotImplemented
    mask = spread(where, dst)
    if len(sizes) > ndim:
        src = src[(0,) * (len(sizes) - ndim)]
    return stored(dst, mask, src if rank(src) == 0 else spread(src, dst)[mask])


@writer("fill", target="a")
def _(a, value):
    if rank(value) != 0:
        primitive_call(a.build, CHECK_FILL, (a, value), {})
    return stored(a, Ellipsis, value)


CHECK_COPY = register(runtime.check_copy, "check_copy")
CHECK_FILL = register(runtime.check_fill, "check_fill")
nondiff(CHECK_COPY, CHECK_FILL, fact=lambda *_: OBJECT, pure=False)


@writer("sort", target="a")
def _(a, axis=-1, kind=None, order=None, *, stable=None):
    if order is not None:
        return NotImplemented
    options = {"axis": axis, "kind": kind, "stable": stable}
    defaults = {"axis": -1, "kind": None, "stable": None}
    return stored(a, Ellipsis, np.sort(a, **{k: v for k, v in options.items() if v != defaults[k]}))


@writer("partition", target="a")
def _(a, kth, axis=-1, kind="introselect", order=None):
    if order is not None:
        return NotImplemented
    return stored(a, Ellipsis, np.partition(a, kth, **({} if axis == -1 else {"axis": axis})))


@writer(np.nan_to_num, target="x", returns=True,
        when=lambda bound: isinstance(copy := bound.get("copy"), Const) and copy.value is False)
def _(x, copy=True, nan=0.0, posinf=None, neginf=None):
    options = {"nan": nan, "posinf": posinf, "neginf": neginf}
    defaults = {"nan": 0.0, "posinf": None, "neginf": None}
    given = {k: v for k, v in options.items() if isinstance(v, Symbol) or v != defaults[k]}
    return stored(x, Ellipsis, np.nan_to_num(x, **given))


# ---- elements by their places ------------------------------------------------------------------------------


def _put(a, ind, v, mode="raise"):
    v, ndim = as_array(a, v), rank(a)
    if ndim is None or not isinstance(mode, str):
        return NotImplemented
    if is_empty(v) or (isinstance(ind, list | tuple) and not ind):
        return a
    if isinstance(ind, tuple):
        ind = list(ind)
    if mode != "raise":
        ind = moded(a.build, ind, count(a), mode)
    return put_at(a, ind, v, from_start=mode != "raise")


def put_at(a, ind, v, from_start=False):
    """The array after values are written to places in it, counted through all axes.

    ``from_start`` says that no place is counted from the end, or beyond it.
    """
    single = (not isinstance(ind, list) and rank(ind) == 0) or isinstance(ind, int)
    if single:
        v = first_of(v)
    else:
        if not (rank(ind) == 1 or (not isinstance(ind, Symbol) and np.ndim(ind) == 1)):
            ind = primitive_call(a.build, np.ravel, (ind,), {})
        v = cycled(a, v, count(ind) if isinstance(ind, Symbol) else np.size(ind))
    index = index_of_places(a, ind, from_start)
    return index if index is NotImplemented else stored(a, index, v)


def index_of_places(a, ind, from_start=False):
    """The index of elements of an array from their places, counted through all axes."""
    ndim, sizes, size = rank(a), fact(a).shape or (), fact(a).size
    if ndim == 1:
        return ind
    if not ndim:
        return NotImplemented
    if not contains_symbol(ind) and size is not None:
        found = np.unravel_index(runtime.places_from_start(ind, size), sizes)  # type: ignore[arg-type]
        return tuple(places.tolist() for places in found)
    # places below 0 count from the end, which np.unravel_index does not know
    ind = ind if from_start else checked_places(a, ind)
    return primitive_call(a.build, np.unravel_index, (ind, shape_of(a)), {})


def first_of(v):
    """The first element of an array, a list, or a number itself."""
    if isinstance(v, Symbol):
        return v if rank(v) == 0 else np.ravel(v)[0]
    return np.ravel(v)[0].item()


def checked_places(a, ind):
    """Places in the flat array, none of them negative or beyond the end."""
    size = fact(a).size
    if not isinstance(ind, Symbol) and size is not None and np.all((np.asarray(ind) >= 0) & (np.asarray(ind) < size)):
        return ind
    return primitive_call(a.build, PLACES_FROM_START, (ind, count(a)), {})


PLACES_FROM_START = register(runtime.places_from_start, "places_from_start")
nondiff(PLACES_FROM_START, fact=lambda places, size: array_fact(np.intp, shapes_of(places)))


def shapes_of(x):
    return fact(x).shape if isinstance(x, Symbol) else np.shape(x)


writer(np.put, target="a")(_put)
writer("put", target="a")(lambda a, indices, values, mode="raise": _put(a, indices, values, mode))


@writer(np.place, target="arr")
def _(arr, mask, vals):
    vals, mask = as_array(arr, vals), mask_of(arr, mask)
    if not is_taken(arr, vals):
        return NotImplemented
    if not isinstance(vals, Symbol) and np.ndim(vals) == 0:
        return stored(arr, mask, vals)
    if is_empty(vals):
        return NotImplemented
    chosen = primitive_call(arr.build, np.count_nonzero, (mask,), {})
    return stored(arr, mask, cycled(arr, vals, chosen))


@writer(np.putmask, target="a")
def _(a, mask, values):
    values, mask = as_array(a, values), mask_of(a, mask)
    if not is_taken(a, values):
        return NotImplemented
    if rank(values) == 0 and not isinstance(values, list):
        return stored(a, mask, values)
    if is_empty(values):
        return NotImplemented
    if isinstance(values, Symbol) and is_like(values, a):
        return stored(a, mask, values[mask])
    flat = primitive_call(a.build, np.ravel, (values,), {})
    number = fact(values).size if isinstance(values, Symbol) else np.size(values)
    if number is None:
        number = primitive_call(a.build, np.size, (values,), {})
    places = primitive_call(a.build, np.flatnonzero, (mask,), {})
    return stored(a, mask, primitive_call(a.build, core.INDEX, (flat, places % number), {}))


@writer(np.fill_diagonal, target="a")
def _(a, val, wrap=False):
    ndim, val = rank(a), as_array(a, val)
    if ndim is None or ndim < 2 or not isinstance(wrap, bool):
        return NotImplemented
    sizes = lengths(a)
    if ndim > 2:
        if not all(isinstance(s, int) for s in sizes) or len(set(sizes)) > 1:
            return NotImplemented
        step = arange(a.build, sizes[0])
        return stored(a, (step,) * ndim, cycled(a, val, sizes[0]))
    known = all(isinstance(s, int) for s in sizes)
    if wrap and (not known or sizes[0] > sizes[1] + 1):
        columns = sizes[1]
        places = primitive_call(a.build, np.arange, (0, count(a), columns + 1), {})
        number = fact(places).size
        number = primitive_call(a.build, core.LENGTH, (places,), {}) if number is None else number
        return stored(a, (places // columns, places % columns), cycled(a, val, number))
    number = min(sizes) if known else primitive_call(a.build, min, sizes, {})
    step = arange(a.build, number)
    return stored(a, (step, step), cycled(a, val, number))


@writer(np.put_along_axis, target="arr")
def _(arr, indices, values, axis):
    ndim, values = rank(arr), as_array(arr, values)
    if ndim is None or not (axis is None or isinstance(axis, int)):
        return NotImplemented
    if axis is None:
        return NotImplemented if ndim != 1 else stored(arr, indices, values)
    if ndim == 1:
        return stored(arr, indices, values)
    axis = shapes.normal_axis(axis, ndim)
    index = [
        indices if k == axis else arange(arr.build, length(arr, k))[(slice(None), *(None,) * (ndim - 1 - k))]
        if k < ndim - 1 else arange(arr.build, length(arr, k))
        for k in range(ndim)
    ]
    return stored(arr, tuple(index), values)


# ---- shuffling ---------------------------------------------------------------------------------------------


def _drawn(x):
    return NotImplemented


writer(np.random.shuffle, target="x")(_drawn)
writer(random.shuffle, target="x")(_drawn)
writer(np.random.RandomState.shuffle, target="x")(lambda generator, x: NotImplemented)
writer(np.random.Generator.shuffle, target="x")(lambda generator, x, axis=0: NotImplemented)

# ---- ufunc.at ----------------------------------------------------------------------------------------------


def _at(function: Any) -> Writer | None:
    """The declaration for ``ufunc.at``."""
    if not (isinstance(function, BuiltinMethodType) and function.__name__ == "at"):
        return None
    ufunc = function.__self__
    if not isinstance(ufunc, np.ufunc):
        return None
    if ufunc.nin == 1:
        return Writer("a", lambda a, indices: applied_at(ufunc, a, indices))
    return Writer("a", lambda a, indices, b: applied_at(ufunc, a, indices, b))


MAKERS.append(_at)


def applied_at(ufunc, a, indices, *b):
    build = a.build
    b = tuple(as_array(a, x) for x in b)
    if ufunc is np.add:
        return primitive_call(build, core.SCATTERED, (a, indices, *b), {})
    if ufunc is np.subtract and is_inexact(a) and is_inexact(b[0]):
        return primitive_call(build, core.SCATTERED, (a, indices, -b[0]), {})
    if ufunc.nout == 1 and ufunc.signature is None and not may_repeat(indices):
        value = primitive_call(build, PRIMITIVES.get(ufunc, ufunc), (a[indices], *b), {})
        if may_be_cast(value, a):
            return stored(a, indices, value)
    return primitive_call(build, APPLIED_AT, (ufunc, a, indices, *b), {})


def is_inexact(x):
    known = fact(x).dtype
    return known is not None and known.kind in "fc"


APPLIED_AT = register(runtime.applied_at, "applied_at")
ROUNDS = register(runtime.rounds, "rounds")
nondiff(
    ROUNDS,
    fact=lambda index, shape: (
        array_fact(np.intp, (Dim(),)), array_fact(np.intp, (Dim(),)), array_fact(np.intp, (Dim(),)),
        Fact("shape", shape=(Dim(), Dim())),
    ),
    results=("firsts", "row", "column", "shape"),
)

NEUTRAL: dict[Any, tuple[float, Any]] = {np.multiply: (1.0, np.prod), np.maximum: (-np.inf, np.max), np.minimum: (np.inf, np.min)}
"""Ufuncs that are applied several times to one element by a reduction: what pads it, and the reduction."""


@define(APPLIED_AT, "a", "b", fact=lambda ufunc, a, indices, *b: shapes.like(a))
def _(ufunc, a, indices, *b):
    """What is applied to one element is a column of a table, the element itself its first row."""
    if ufunc not in NEUTRAL:
        raise TypeError(f"np.{ufunc.__name__}.at has no derivative where elements may be named several times")
    if fact(a).dtype is None or not (fact(b[0]).kind == "py" or shapes.has_dtype(b[0], fact(a).dtype)):
        raise TypeError(f"np.{ufunc.__name__}.at has no derivative for two types")
    pad, reduction = NEUTRAL[ufunc]
    firsts, row, column, size = primitive_call(a.build, ROUNDS, (indices, shape_of(a)), {})
    part = a[indices]
    table = primitive_call(a.build, np.full, (size, pad), {"dtype": dtype(a)})
    table = stored(table, 0, np.ravel(part)[firsts])
    table = stored(table, (row, column), np.ravel(primitive_call(a.build, core.BROADCAST, (b[0], shape_of(part)), {})))
    return stored(a, indices, np.reshape(reduction(table, axis=0)[column], shape_of(part)))
