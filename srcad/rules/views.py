"""The views of NumPy: for each function that may return the memory of an argument, when it does (``rules.sharing``).

The template of a view gives the new version of the base from that of the view:

    @view(np.swapaxes, "a")
    def _(new, a, axis1, axis2):
        return new.swapaxes(axis1, axis2)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcad import runtime
from srcad.ir import core
from srcad.ir.facts import Size
from srcad.rules import shapes
from srcad.rules.casts import ASTYPE_KEPT
from srcad.rules.einsum import EINSUM, EINSUM_OF_SEVERAL
from srcad.rules.layout import at, length, ndarray_mT, ndarray_reshape, ndarray_T, ndarray_transpose, rolled_to, shaped_like
from srcad.rules.notation import shape as shape_of
from srcad.rules.registry import PRIMITIVES
from srcad.rules.reversing import flipped
from srcad.rules.sharing import (
    CONTIGUOUS,
    VIEWS,
    Sharing,
    View,
    among,
    at_own_position,
    is_contiguous,
    put,
    sharing,
    unless_number,
    unwritable,
    view,
)
from srcad.rules.splitting import AXES
from srcad.rules.trace import Symbol, fact, primitive_call, rank

# ---- subscripts --------------------------------------------------------------------------------------------


def _indexed_kind(x: Any, index: Any) -> str:
    if fact(x).kind != "array":
        return "perhaps"
    items = index if isinstance(index, tuple) else (index,)
    kinds = [_item_kind(item) for item in items]
    if "copies" in kinds:
        return "fresh"
    if "unknown" in kinds:
        return "perhaps"
    if any(item is None or item is Ellipsis or isinstance(item, slice) for item in items):
        return "view"
    ndim = rank(x)
    return "perhaps" if ndim is None else "fresh" if len(items) == ndim else "view"


def _item_kind(item: Any) -> str:
    """Whether an item of an index selects by place, makes a copy, or may do either."""
    if item is None or item is Ellipsis or isinstance(item, slice):
        return "selects"
    if isinstance(item, bool | np.bool_ | list | tuple | np.ndarray):
        return "copies"
    if not isinstance(item, Symbol):
        return "selects"
    known = fact(item)
    if known.kind == "py" and known.dtype is not None:
        return "copies" if known.dtype.kind == "b" else "selects"
    if known.kind == "list" or known.ndim or (known.dtype is not None and known.dtype.kind == "b"):
        return "copies"
    return "unknown"  # an integer of NumPy selects, an array of one without axes makes a copy


@view(core.INDEX, "x", _indexed_kind)
def _(new, x, index):
    return primitive_call(new.build, core.STORED, (x, index, new), {})


# ---- transposes --------------------------------------------------------------------------------------------


def _inverse(new, axes):
    if axes is None:
        return new.T
    order = [shapes.normal_axis(k, len(axes)) for k in axes]
    return new.transpose(*(order.index(k) for k in range(len(order))))


@view(np.transpose, "a")
def _(new, a, axes=None):
    return _inverse(new, axes)


@view(ndarray_transpose, "a")
def _(new, a, *axes):
    return _inverse(new, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)


@view(ndarray_T, "a")
def _(new, a):
    return new.T


@view((np.matrix_transpose, ndarray_mT), "x")
def _(new, x):
    return new.mT


# ---- new shapes --------------------------------------------------------------------------------------------


def _splits(own: Sequence[Size], new: Sequence[Size]) -> bool:
    """Whether each axis but those of length one becomes one or several, which no strides forbid."""
    left = [s for s in new if s != 1]
    for size in (s for s in own if s != 1):
        if not left:
            return False
        if left[0] is size:
            left.pop(0)
            continue
        product = 1
        while left and isinstance(left[0], int) and isinstance(size, int) and product < size:
            product *= left.pop(0)  # type: ignore[operator]
        if product != size:
            return False
    return not left


def _reshaped_kind(a: Any, new: Any, order: str, copy: Any) -> str:
    if copy is True:
        return "fresh"
    if fact(a).kind != "array" or rank(a) == 0:
        return "perhaps"
    if copy is False:
        return "view"
    own = fact(a).shape
    if own is not None and new is not None and order in ("C", "F") and 0 not in own and _splits(own, new):
        return "view"
    return CONTIGUOUS if order == "C" else "perhaps"


def _new_shape(a: Any, given: Any) -> Any:
    """The new shape, with the size that -1 stands for if it is known."""
    sizes = shapes.shape_argument(given)
    if sizes is None or -1 not in sizes:
        return sizes
    own, others = fact(a).shape, [s for s in sizes if s != -1]
    varied = [s for s in own or () if s != 1]
    size = fact(a).size
    if size is not None and all(isinstance(s, int) and s > 0 for s in others):
        left: Any = size // int(np.prod(others))  # type: ignore[arg-type]
    elif own is not None and len(varied) == 1 and all(s == 1 for s in others):
        left = varied[0]
    else:
        return None
    return tuple(left if isinstance(s, int) and s == -1 else s for s in sizes)


@view(np.reshape, "a", lambda a, shape, order, copy: _reshaped_kind(a, _new_shape(a, shape), order, copy))
def _(new, a, /, shape, order="C", *, copy=None):
    return shaped_like(new, new, a, order)


def _sizes_given(shape: Any) -> Any:
    return shape[0] if len(shape) == 1 else shape


@view(ndarray_reshape, "a",
      lambda a, *shape, order, copy: _reshaped_kind(a, _new_shape(a, _sizes_given(shape)), order, copy))
def _(new, a, *shape, order="C", copy=None):
    return shaped_like(new, new, a, order)


@view(np.ravel, "a", lambda a, order: CONTIGUOUS if order == "C" and unless_number(a) == "view" else "perhaps")
def _(new, a, order="C"):
    return shaped_like(new, new, a, order)

# ---- the order of axes and of elements ---------------------------------------------------------------------


@view(np.swapaxes, "a")
def _(new, a, axis1, axis2):
    return new.swapaxes(axis1, axis2)


@view(np.moveaxis, "a")
def _(new, a, source, destination):
    return np.moveaxis(new, destination, source)


@view(np.rollaxis, "a")
def _(new, a, axis, start=0):
    return np.moveaxis(new, rolled_to(a, axis, start), axis)


@view(np.flip, "m", lambda m, axis: unless_number(m))
def _(new, m, axis=None):
    return flipped(new, axis, rank(new))


@view(np.flipud, "m")
def _(new, m):
    return new[::-1]


@view(np.fliplr, "m")
def _(new, m):
    return new[:, ::-1]


@view(np.rot90, "m")
def _(new, m, k=1, axes=(0, 1)):
    return np.rot90(new, -k, axes)


# ---- axes of length one ------------------------------------------------------------------------------------


def _of_array(x: Any, *_: Any, **__: Any) -> str:
    return unless_number(x)


def _put_back(new: Any, base: Any) -> Any:
    return shaped_like(new, new, base)


view(np.squeeze, "a", _of_array)(lambda new, a, axis=None: _put_back(new, a))
view(np.expand_dims, "a", _of_array)(lambda new, a, axis: _put_back(new, a))


def _raised(least: int) -> Callable[[Any], str]:
    def kind(ary: Any) -> str:
        found = unless_number(ary)
        return "same" if found == "view" and (rank(ary) or 0) >= least else found

    return kind


for _least, _raise in enumerate((np.atleast_1d, np.atleast_2d, np.atleast_3d), 1):
    view(_raise, "ary", _raised(_least))(lambda new, ary: _put_back(new, ary))

# ---- the array itself, if nothing is to be changed ---------------------------------------------------------


def _if_typed(x: Any, kind: Any, same: str = "same") -> str:
    """The kind of a conversion that returns what it is given if that has the dtype already."""
    if isinstance(x, tuple | list) or fact(x).kind in ("list", "py"):
        return "fresh"
    if kind is not None:
        wanted, own = shapes.dtype_argument(kind), fact(x).dtype
        if wanted is None or own is None:
            return "perhaps"
        if wanted != own:
            return "fresh"
    return unless_number(x, same)


def _converted(a: Any, dtype: Any, order: Any, copy: Any) -> str:
    if copy is True:
        return "fresh"
    kind = _if_typed(a, dtype)
    return kind if order in (None, "K") or kind != "same" else "perhaps"


view((np.asarray, np.asanyarray), "a", _converted)(lambda new, a, dtype=None, order=None, *, copy=None: new)


def _made(object: Any, dtype: Any, *, copy: Any, order: Any, subok: Any, ndmin: Any) -> str:
    kind = _converted(object, dtype, order, copy)
    if kind == "same" and ndmin:
        return "perhaps" if rank(object) is None else "view" if ndmin > (rank(object) or 0) else kind
    return kind


@view(np.array, "object", _made)
def _(new, object, dtype=None, *, copy=True, order="K", subok=False, ndmin=0):
    return _put_back(new, object) if ndmin else new


def _laid_out(a: Any, dtype: Any) -> str:
    kind = _if_typed(a, dtype)
    return CONTIGUOUS if kind == "same" else kind


view(np.ascontiguousarray, "a", _laid_out)(lambda new, a, dtype=None: new)
view(np.asfortranarray, "a", lambda a, dtype: "perhaps")(lambda new, a, dtype=None: new)
view(np.require, "a", lambda a, dtype, requirements: "perhaps")(lambda new, a, dtype=None, requirements=None: new)


@view((np.astype, ASTYPE_KEPT), "x", lambda x, dtype, *, copy: "fresh" if copy is True else _if_typed(x, dtype))
def _(new, x, dtype, *, copy=True):
    return new


def _of_type(kind: type) -> Callable[[Any], str]:
    return lambda x: _if_typed(x, kind)


for _code in np.typecodes["AllFloat"] + np.typecodes["AllInteger"] + "?":
    _type = np.dtype(_code).type
    if _type in PRIMITIVES:
        view(_type, "x", _of_type(_type))(lambda new, x=0.0: new)


@view(core.CAST, "x", lambda x, kind: _if_typed(x, kind, "view"))
def _(new, x, kind):
    return new


view((core.STOP, core.DETACHED), "x", "same")(lambda new, x, message=None: new)


def _real_kind(val: Any) -> str:
    known = fact(val).dtype
    if known is None:
        return "perhaps"
    return unless_number(val, "view" if known.kind == "c" else "same")


@view(np.real, "val", _real_kind)
def _(new, val):
    known = fact(val).dtype
    if known is None or known.kind == "c":
        raise TypeError("the real part of an array of complex numbers cannot be written into by itself")
    return new


def _imaginary_kind(val: Any) -> str:
    known = fact(val).dtype
    return "perhaps" if known is None or known.kind == "c" else "readonly"  # zeros


def _conjugate_kind(x: Any) -> str:
    """A ufunc, but the method of a real array returns the array."""
    known = fact(x).dtype
    return "fresh" if known is not None and known.kind == "c" else "perhaps"


unwritable(np.imag, "val", _imaginary_kind, lambda val: None)
unwritable(np.conjugate, "x", _conjugate_kind, lambda x: None)
view(np.diff, "a", lambda a, n, axis, *, prepend, append: (
    ("fresh" if n else "same") if isinstance(n, int) else "perhaps"
))(lambda new, a, n=1, axis=-1, *, prepend=None, append=None: new)
view(np.linalg.matrix_power, "a", lambda a, n: (
    ("same" if n == 1 else "fresh") if isinstance(n, int) else "perhaps"
))(lambda new, a, n: new)

unwritable(np.histogram, "bins", "perhaps", lambda a, bins=10, range=None, density=None, weights=None: None,
           bases=lambda bound, part: [bound["bins"]] if part == 1 else [])

# ---- parts -------------------------------------------------------------------------------------------------


def _cut(size: Any, own: Any, sections: Any, part: int) -> slice:
    """The slice of an axis that is one part of a split, which has the size ``own``; None for an uneven one."""
    if isinstance(sections, tuple | list):
        return slice(sections[part - 1] if part else None, sections[part] if part < len(sections) else None)
    if isinstance(sections, int) and isinstance(size, int):
        width, more = divmod(size, sections)
        start = part * width + min(part, more)
        return slice(start, start + width + (part < more))
    if isinstance(sections, int) and own is not None:
        return slice(part * own, (part + 1) * own)
    raise TypeError("a part of this split can be written into only where it is known when code is generated")


def _with_part(new: Any, ary: Any, sections: Any, axis: int, part: int, uneven: bool = False) -> Any:
    known = fact(ary).shape
    if isinstance(sections, np.ndarray):
        sections = sections.tolist()
    own = None if uneven else shape_of(new)[axis] if rank(new) is None else length(new, axis)
    index = at(axis, _cut(None if known is None else known[axis], own, sections, part), rank(ary))
    return primitive_call(new.build, core.STORED, (ary, index, new), {})


@view(np.split, "ary", several=True)
def _(new, ary, indices_or_sections, axis=0, *, part):
    return _with_part(new, ary, indices_or_sections, axis, part)


@view(np.array_split, "ary", several=True)
def _(new, ary, indices_or_sections, axis=0, *, part):
    return _with_part(new, ary, indices_or_sections, axis, part, uneven=True)


def _split_along(axis_of: Callable[[int | None], int | None]) -> Callable[..., Any]:
    def template(new, ary, indices_or_sections, *, part):
        axis = axis_of(rank(ary))
        if axis is None:
            raise TypeError("a part of np.hsplit can be written into only where the rank of the array is known")
        return _with_part(new, ary, indices_or_sections, axis, part)

    return template


for _function, _axis_of in AXES.items():
    view(_function, "ary", several=True)(_split_along(_axis_of))

# ---- what shares memory and is not written through ---------------------------------------------------------

unwritable(np.broadcast_to, "array", "readonly", lambda array, shape, subok=False: None)
unwritable(core.BROADCAST, "x", "readonly", lambda x, shape: None)
unwritable(np.diagonal, "a", "readonly", lambda a, offset=0, axis1=0, axis2=1: None)
unwritable(np.linalg.diagonal, "x", "readonly", lambda x, *, offset=0: None)


def _diagonal_kind(v: Any, k: int) -> str:
    return "perhaps" if rank(v) is None else "readonly" if rank(v) == 2 else "fresh"


unwritable(np.diag, "v", _diagonal_kind, lambda v, k=0: None)
unwritable(np.broadcast_arrays, "args", "perhaps", lambda *args, subok=False: None, at_own_position("args"))


def _grid_kind(*xi: Any, copy: Any, sparse: Any, indexing: Any) -> str:
    return "fresh" if copy is True else "perhaps"


unwritable(np.meshgrid, "xi", _grid_kind, lambda *xi, copy=True, sparse=False, indexing="xy": None,
           at_own_position("xi"))
unwritable(np.ix_, "args", "perhaps", lambda *args: None, at_own_position("args"))
unwritable(list, "x", lambda x: "perhaps" if rank(x) != 1 else "fresh", lambda x=(): None)


def _summed_kind(*operands: Any, **__: Any) -> str:
    """``np.einsum`` of one operand from which nothing is summed is a view."""
    return "perhaps" if sum(fact(o).kind == "array" for o in operands) < 2 else "fresh"


unwritable((EINSUM, EINSUM_OF_SEVERAL), "operands", _summed_kind,
           lambda *operands, optimize=False: None, among("operands"))

for _helper in (runtime.unjoined, runtime.columns, runtime.without_columns, runtime.if_square, runtime.refitted):
    unwritable(_helper, "x", "perhaps", lambda x, *rest: None)
for _primitive in (core.UNBROADCAST, core.ALIGN, core.ROW_OF, core.ROWS, core.BLOCK, core.BLOCK_ROWS):
    unwritable(_primitive, "x", "perhaps", lambda x, *rest: None)

# ---- one of several arguments ------------------------------------------------------------------------------


unwritable((max, min), "args", "perhaps", lambda *args, key=None, default=None: None, among("args"))
unwritable(sum, "start", "perhaps", lambda iterable, start=0: None)


for _shared in (np.diag, np.real, np.conjugate, np.ix_, runtime.unjoined):
    PRIMITIVES[_shared].view = True


__all__ = ["VIEWS", "Sharing", "View", "is_contiguous", "put", "sharing"]
