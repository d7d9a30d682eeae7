"""Shapes of results from shapes of arguments: the ``fact=`` side of declarations.

Everything here maps what is known to what is known; an unknown rank (``None``) or size (a ``Dim``) passes through.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np

from srcad.ir.facts import ANY, OBJECT, Dim, Fact, Shape, Size, array_fact, broadcast_shapes, int_fact, unrelated
from srcad.rules.trace import Symbol, fact


def like(x: Any, *_: Any, **__: Any) -> Fact:
    """As the first argument: a list, or else an array."""
    f = fact(x)
    if f.kind == "list":
        return f
    return array_fact(f.dtype, f.shape)


def normal_axis(axis: int, ndim: int) -> int:
    if not -max(ndim, 1) <= axis < max(ndim, 1):  # an array without axes may be reduced along axis 0
        raise np.exceptions.AxisError(axis, ndim)
    return axis + ndim if axis < 0 else axis


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """The axes that an ``axis=`` argument names, none negative."""
    if axis is None:
        return tuple(range(ndim))
    return tuple(normal_axis(a, ndim) for a in (axis if isinstance(axis, tuple | list) else (axis,)))


def reduced(shape: Shape | None, axis: Any, keepdims: bool) -> Shape | None:
    """The shape after a reduction."""
    if shape is None:
        return () if axis is None and not keepdims else None
    axes = axes_of(axis, len(shape))
    if keepdims:
        return tuple(1 if k in axes else s for k, s in enumerate(shape))
    return tuple(s for k, s in enumerate(shape) if k not in axes)


@cache
def reduced_dtype(function: Any, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype that a reduction gives, found by trying it."""
    with np.errstate(all="ignore"):
        return np.result_type(function(np.ones((2,), dtype)))


def common_dtype(*xs: Any) -> np.dtype[Any] | None:
    """The dtype that NumPy promotes arguments to; Python numbers are weak."""
    facts = [fact(x) for x in xs]
    if any(f.dtype is None or f.kind not in ("array", "py") for f in facts):
        return None
    return np.result_type(*(f.dtype if f.kind == "array" else f.dtype.type(1).item() for f in facts))  # type: ignore[union-attr]


def dtype_argument(kind: Any) -> np.dtype[Any] | None:
    """A dtype from a ``dtype`` argument: as NumPy takes it, or read from a value, whose fact then holds it."""
    return fact(kind).dtype if isinstance(kind, Symbol) else np.dtype(kind)


def has_dtype(x: Any, kind: Any) -> bool:
    """Whether an argument is known to be of a dtype; to NumPy an unknown one, None, would equal float64."""
    known = fact(x).dtype
    return known is not None and known == np.dtype(kind)


def python_number(dtype: np.dtype[Any] | None) -> Fact:
    """The Python number that an element of this dtype becomes."""
    return Fact("py", None if dtype is None else np.dtype(type(dtype.type(0).item())), ())


def size_of(x: Any) -> Size:
    """A size from an argument that gives one: an int, or an unknown number."""
    if isinstance(x, int | np.integer):
        return int(x)
    length = fact(x).length
    return Dim() if length is None else length


def is_int(x: Any) -> bool:
    """Whether an argument is an integer."""
    f = fact(x)
    return f.is_scalar and f.dtype is not None and f.dtype.kind == "i"


def shape_argument(shape: Any) -> Shape | None:
    """A shape from a ``shape`` argument: an int or a sequence; the shape of another value is seldom known here."""
    if isinstance(shape, Symbol) and fact(shape).kind == "shape":
        return fact(shape).shape
    if isinstance(shape, int | np.integer) or (isinstance(shape, Symbol) and is_int(shape)):
        return (size_of(shape),)
    if isinstance(shape, tuple | list):
        return tuple(map(size_of, shape))
    return None


def indexed(x: Any, index: Any) -> Fact:
    """The fact of ``x[index]``."""
    f = fact(x)
    if f.kind == "list":
        return unrelated(f.element or ANY)
    if f.kind == "shape":
        known = f.shape is not None
        if isinstance(index, int):
            return int_fact(f.shape[index] if known else None)  # type: ignore[index]
        return Fact("shape", shape=f.shape[index] if known and isinstance(index, slice) else None)  # type: ignore[index]
    if f.kind == "object":
        return f.element or OBJECT
    return Fact("array" if f.kind != "any" else "any", f.dtype, indexed_shape(f.shape, index))


def indexed_shape(shape: Shape | None, index: Any) -> Shape | None:
    """The shape of an array of ``shape`` after indexing, basic and advanced."""
    if shape is None:
        return None
    items = list(index) if isinstance(index, tuple) else [index]
    if any(isinstance(i, Symbol) and fact(i).kind == "shape" for i in items):
        return None
    if any(map(is_truth, items)):
        return None  # an axis of length 1 or 0
    consumed = sum(consumes(i) for i in items)
    if not any(i is Ellipsis for i in items):
        items.append(Ellipsis)
    where = next(k for k, i in enumerate(items) if i is Ellipsis)
    items[where : where + 1] = [slice(None)] * (len(shape) - consumed)
    result: list[Size] = []
    advanced: list[Shape | None] = []
    position: int | None = None
    split = False
    axis = 0
    previous = False
    for item in items:
        if item is None:
            result.append(1)
            previous = False
        elif isinstance(item, slice):
            result.append(sliced(shape[axis], item))
            axis += 1
            previous = False
        elif is_advanced(item):
            if position is None:
                position = len(result)
            elif not previous:
                split = True
            advanced.append(_index_shape(item))
            axis += consumes(item)
            previous = True
        else:  # an integer counts as advanced where arrays index too, and takes its axis away
            axis += 1
            if position is not None and not previous:
                split = True
            elif position is None and any(is_advanced(i) for i in items):
                position = len(result)
                previous = True
    if advanced:
        common = broadcast_shapes(*advanced)
        if common is None:
            return None
        at = 0 if split else position or 0
        result[at:at] = common
    return tuple(result)


def is_advanced(item: Any) -> bool:
    """Whether an index item is an array or a list of indices or of booleans, or a single boolean."""
    if isinstance(item, list | np.ndarray | bool | np.bool_):
        return True
    if isinstance(item, Symbol):
        f = fact(item)
        if f.dtype is not None and f.dtype.kind == "b" and f.kind != "object":
            return True
        return f.kind == "list" or ((f.shape is None or len(f.shape) > 0) and f.kind != "py")
    return False


def is_truth(item: Any) -> bool:
    """Whether an index item is a single boolean, which is no integer but a mask without axes."""
    if isinstance(item, Symbol):
        f = fact(item)
        return f.shape == () and f.dtype is not None and f.dtype.kind == "b"
    return isinstance(item, bool | np.bool_) or (isinstance(item, np.ndarray) and not item.shape and item.dtype.kind == "b")


def _mask_rank(item: Any) -> int | None:
    f = fact(item) if isinstance(item, Symbol) else None
    dtype = f.dtype if f is not None else np.asarray(item).dtype
    if dtype is None or dtype.kind != "b":
        return None
    if f is None:
        return np.ndim(item)
    return 1 if f.shape is None else len(f.shape)


def consumes(item: Any) -> int:
    """How many axes of an array an index item takes up."""
    if item is None or item is Ellipsis:
        return 0
    if is_advanced(item):
        rank_of_mask = _mask_rank(item)
        return 1 if rank_of_mask is None else rank_of_mask
    return 1


def _index_shape(item: Any) -> Shape | None:
    unknown = isinstance(item, Symbol) and fact(item).shape is None
    if _mask_rank(item) is not None:
        return None if unknown else (Dim(),)
    if isinstance(item, Symbol):
        return fact(item).shape
    return tuple(np.shape(item))


def sliced(size: Size, item: slice) -> Size:
    """The size of an axis after a slice."""
    parts = (item.start, item.stop, item.step)
    if isinstance(size, int) and all(p is None or isinstance(p, int | np.integer) for p in parts):
        return len(range(*item.indices(size)))
    cut = _cut(*parts)
    return Dim() if cut is None else shorter(size, cut)


def _cut(start: Any, stop: Any, step: Any) -> int | None:
    """How many elements a slice leaves away at the two ends of an axis of any size; None if that varies."""
    if not all(p is None or isinstance(p, int) for p in (start, stop, step)) or step not in (None, 1, -1):
        return None
    first, last = (0 if start is None else int(start)), (0 if stop is None else -int(stop))
    if step == -1:
        first, last = (0 if start is None else -int(start) - 1), (0 if stop is None else int(stop) + 1)
    is_open = first >= 0 and last >= 0 and (stop is None or last > 0)
    return first + last if is_open else None


class Shorter(Dim):
    """What is left of an axis when ``by`` elements are cut off: that of ``x[1:]`` and of ``x[:-1]``."""

    __slots__ = ("base", "by")

    def __init__(self, base: Dim, by: int) -> None:
        self.base = base
        self.by = by

    def __repr__(self) -> str:
        return f"?-{self.by}"


def shorter(size: Size, by: int) -> Size:
    """The size left when that many elements are cut off; the same one for the same question."""
    if isinstance(size, int):
        return max(0, size - by)
    if isinstance(size, Shorter):
        return shorter(size.base, size.by + by)
    return _shorter(size, by) if by else size


@lru_cache(4096)  # one that is forgotten costs a needless helper call, no more
def _shorter(base: Dim, by: int) -> Dim:
    return Shorter(base, by)


def int_like(*shape_from: Any) -> Fact:
    """Integers with the broadcast shape of the arguments."""
    return array_fact(np.dtype(int), broadcast_shapes(*(fact(x).shape for x in shape_from)))


def with_shape(x: Any, shape: Sequence[Size] | None) -> Fact:
    """An array with the dtype of an argument and another shape."""
    return array_fact(fact(x).dtype, None if shape is None else tuple(shape))
