"""``x.flat``: the elements of an array in their order, by places in it; and ``np.resize``, which fills with them.

    x.flat[k]          ->      np.take(x, k)
    x.flat[a:b] = v    ->      stored(x, np.unravel_index(np.arange(n)[a:b], shape), v)

What is read is a copy; what is written is repeated as often as there are places, and what is too much left over.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from srcad import runtime
from srcad.ir import core
from srcad.ir.facts import Dim, Size, array_fact
from srcad.rules import shapes
from srcad.rules.layout import arange, count
from srcad.rules.notation import define, fact, rank
from srcad.rules.notation import shape as shape_of
from srcad.rules.trace import Symbol, contains_symbol, primitive_call
from srcad.rules.writers import as_array, cycled, index_of_places, put_at, stored
from srcad.rules.writes import writer

# ---- reads -------------------------------------------------------------------------------------------------

def _part(a, index):
    """The fact of what is read."""
    size: Size = Dim() if (known := fact(a).size) is None else known
    return array_fact(fact(a).dtype, shapes.indexed_shape((size,), _sole(index)))


@define(core.FLAT, "a", fact=_part)
def _(a, index):
    index, ndim = _sole(index), rank(a)
    if is_place(index) or (shapes.is_advanced(index) and not is_mask(index)):
        found = index_of_places(a, index)
        return np.take(a, index) if found is NotImplemented else primitive_call(a.build, core.INDEX, (a, found), {})
    part = primitive_call(a.build, core.INDEX, (a if ndim == 1 else np.ravel(a), index), {})
    return part if shapes.is_advanced(index) else primitive_call(a.build, core.COPY, (part,), {})


def is_mask(index):
    """Whether the items of an index are booleans; None if that is not known."""
    if isinstance(index, Symbol):
        kind = fact(index).dtype
    else:
        kind = None if contains_symbol(index) else np.asarray(index).dtype
    return None if kind is None else kind.kind == "b"


def is_place(index):
    """Whether an index is one integer."""
    if isinstance(index, Symbol):
        return shapes.is_int(index)
    return isinstance(index, int | np.integer) and not isinstance(index, bool)


def _sole(index):
    """An index without the tuple that it may stand in."""
    if isinstance(index, tuple):
        return index[0] if index else Ellipsis
    return index


# ---- writes ------------------------------------------------------------------------------------------------


@writer(runtime.flat_written, target="a")
def _(a, index, v):
    index, v = _sole(index), as_array(a, v)
    if index is Ellipsis or (isinstance(index, slice) and not contains_symbol(index) and index == slice(None)):
        return filled(a, v)
    if isinstance(index, slice) and rank(a) == 1:
        return stored(a, index, as_many(a, index, v))
    if isinstance(index, slice):
        index = primitive_call(a.build, core.INDEX, (arange(a.build, count(a)), index), {})
        return put_at(a, index, v, from_start=True)
    if shapes.is_advanced(index):
        if is_mask(index) is None or (rank(index) if isinstance(index, Symbol) else np.ndim(index)) != 1:
            return NotImplemented
        if is_mask(index):
            mask = index if rank(a) == 1 else np.reshape(index, shape_of(a))
            number = 1 if rank(v) == 0 else primitive_call(a.build, np.count_nonzero, (index,), {})
            return stored(a, mask, cycled(a, v, number))
    elif not is_place(index):
        return NotImplemented
    return put_at(a, index, v)


def as_many(a, part, v):
    """The values for a slice of a vector."""
    given = fact(v).shape if isinstance(v, Symbol) else None
    size: Any = shapes.sliced((fact(a).shape or ())[0], part)
    if given is not None and len(given) == 1 and given[0] is size:
        return v
    if not isinstance(size, int):
        size = primitive_call(a.build, core.LENGTH, (a[part],), {})
    return cycled(a, v, size)


def filled(a, v):
    """The array with its elements replaced by those of ``v``, over and over if it has fewer."""
    if rank(v) == 0 and not isinstance(v, list | tuple):
        return stored(a, Ellipsis, v)
    own = fact(v).shape if isinstance(v, Symbol) else np.shape(v)
    if own is not None and own == fact(a).shape:
        return stored(a, Ellipsis, v)
    if _size(own) is not None and _size(own) == fact(a).size:
        return stored(a, Ellipsis, np.reshape(v, shape_of(a)))
    return stored(a, Ellipsis, primitive_call(a.build, np.resize, (v, shape_of(a)), {}))


def _size(shape):
    return math.prod(shape) if shape is not None and all(isinstance(s, int) for s in shape) else None


# ---- np.resize ---------------------------------------------------------------------------------------------


@define(np.resize, "a", fact=lambda a, new_shape: array_fact(fact(a).dtype, shapes.shape_argument(new_shape)))
def _(a, new_shape):
    build = a.build
    number = _size(new_shape if isinstance(new_shape, tuple) else (new_shape,))
    if number is None:
        number = primitive_call(build, math.prod, (new_shape,), {})
    places = arange(build, number) % count(a)
    return np.reshape(primitive_call(build, core.INDEX, (a if rank(a) == 1 else np.ravel(a), places), {}), new_shape)
