"""Rules of functions that rearrange one array: its shape, the order of its axes, the order of its elements.

All are linear and most are views; the adjoint puts the cotangent back into the arrangement of the argument,
by an index where one does it: ``y_bar[:, 0]`` is the transpose of ``x[:, None]``.  A result without axes may
have a Python number as its cotangent, so methods and indices need a result that is known to have axes.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from srcad import runtime
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import OBJECT, Dim, Size
from srcad.rules import shapes
from srcad.rules.notation import attribute, bar, fact, linear, method, nondiff, rank, refuse
from srcad.rules.notation import shape as shape_of
from srcad.rules.registry import PRIMITIVES, register
from srcad.rules.roles import flat_rows, shifted
from srcad.rules.trace import Symbol, primitive_call, unwrap

FULL = slice(None)
ORDERS = {"order": ("C", "F")}  # A and K ask for the layout in memory, which a tangent need not share

# ---- what several rules use --------------------------------------------------------------------------------


def at(axis, item, ndim=None):
    """The index that has ``item`` along an axis and takes everything along the others."""
    if ndim is not None:
        axis = shapes.normal_axis(axis, ndim)
    if axis == 0:
        return item
    return (FULL,) * axis + (item,) if axis > 0 else (Ellipsis, item) + (FULL,) * (-axis - 1)


def length(x, axis):
    """The length of an axis: a number if it is known, else what generated code reads."""
    known = fact(x).shape
    size = None if known is None else known[axis]
    return size if isinstance(size, int) else shape_of(x)[axis]


def lengths(x):
    """The lengths of all axes of an array of known rank."""
    return tuple(length(x, k) for k, _ in enumerate(fact(x).shape or ()))


def count(x):
    """The number of elements."""
    known = fact(x).size
    if known is not None:
        return known
    return length(x, 0) if rank(x) == 1 else primitive_call(x.build, np.size, (x,), {})


def arange(build, stop):
    """``np.arange``, which NumPy does not pass on to symbols."""
    return primitive_call(build, np.arange, (stop,), {})


def rows(call):
    """The number of rows of a batch."""
    return unwrap(call.size, call.build)


def only(call, *names):
    """Whether of the arguments just these are batched."""
    return call.mapped == set(names)


def prefixed(call, tail):
    """The shape ``(rows, *tail)``."""
    if isinstance(tail, Symbol) and not shapes.is_int(tail):
        return primitive_call(call.build, core.PREFIXED, (rows(call), tail), {})
    return (rows(call), *(tail if isinstance(tail, tuple | list) else (tail,)))


def aligned(x, ndim, own):
    """Rows with ``own`` axes, given unit axes in front until there are ``ndim``."""
    return with_unit_axes(x, range(1, 1 + ndim - own))


def given_rows(call, name):
    """The arguments behind ``*name``, each with its rank and whether it is batched."""
    old = call.unbatched(name)
    return [(x, rank(o), is_batched(x, o)) for x, o in zip(call[name], old, strict=True)]


def is_batched(new, old):
    """Whether one argument of several was replaced by rows."""
    return isinstance(new, Symbol) and new.operand is not old.operand


def shaped_like(g, y, x, order="C"):
    """The cotangent of ``y`` in the shape of ``x``."""
    ndim = rank(y)
    if rank(x) == 0 and ndim is not None:
        return g[(0,) * ndim if ndim > 1 else 0] if ndim else g
    options = {} if order == "C" else {"order": order}
    if not ndim:
        return np.reshape(g, shape_of(x), **options)
    return g.reshape(shape_of(x), **options)


def moved_last_first(x, ndim):
    """The rows of a batch, each with its axes in reverse order."""
    return x if ndim < 2 else x.transpose(0, *range(ndim, 0, -1))


def with_unit_axes(x, positions):
    """``x`` with axes of length one at ascending ``positions`` of the result."""
    if not positions:
        return x
    index = tuple(None if k in positions else FULL for k in range(max(positions) + 1))
    return x[index if len(index) > 1 else index[0]]


nondiff(register(runtime.shape_assigned, "shape_assigned"), fact=lambda *_: OBJECT, pure=False)

# ---- reshape, ravel, flatten -------------------------------------------------------------------------------


def _new_shape(given):
    """The new shape as ``x.reshape`` takes it: one tuple or several sizes."""
    if len(given) != 1:
        return given
    sole = given[0]
    is_size = isinstance(sole, int | np.integer) or (isinstance(sole, Symbol) and shapes.is_int(sole))
    return (sole,) if is_size else sole


def _reshaped(x, new):
    """The shape of ``x`` in a new shape, in which -1 stands for what is left."""
    own, sizes = fact(x).shape, shapes.shape_argument(new)
    if sizes is None or -1 not in sizes:
        return shapes.with_shape(x, sizes)
    left: Size = Dim()
    size, others = fact(x).size, [s for s in sizes if s != -1]
    if own is not None and all(isinstance(s, int) for s in others):
        product = math.prod(s for s in others if isinstance(s, int))
        varied = [s for s in own if s != 1]
        if size is not None and product:
            left = size // product
        elif product == 1 and len(varied) == 1:
            left = varied[0]
    return shapes.with_shape(x, [left if isinstance(s, int) and s == -1 else s for s in sizes])


def _without_guess(new, known):
    """A new shape with the size that -1 stands for, if known: NumPy cannot tell it if there are no rows."""
    if known is None or len(known) != len(new):
        return new
    pairs = zip(new, known, strict=True)
    return [size if isinstance(n, int) and n == -1 and isinstance(size, int) else n for n, size in pairs]


def _reshape_rows(call, new):
    if not only(call, "a"):
        return NotImplemented
    x, size = call["a"], rows(call)
    if call["order"] == "F" and isinstance(new, Symbol) and fact(new).shape is not None:
        new = tuple(new[k] for k, _ in enumerate(fact(new).shape or ()))
    is_tuple = isinstance(new, tuple | list)
    if call["order"] == "C":
        if not is_tuple and not isinstance(new, int) and not shapes.is_int(new):
            return x.reshape(primitive_call(call.build, core.PREFIXED, (size, new), {}))
        return x.reshape(size, *_without_guess(new if is_tuple else (new,), call.apply.results[0].fact.shape))
    if call.rank("a") is None or not is_tuple:
        return NotImplemented
    return moved_last_first(moved_last_first(x, call.rank("a")).reshape(size, *new[::-1]), len(new))


@linear(np.reshape, "a", view=True, choices=ORDERS, fact=lambda a, shape, order, copy: _reshaped(a, shape),
        batch=lambda call: _reshape_rows(call, call["shape"]))
def _(y, a, /, shape, order="C", *, copy=None):
    bar[a] = shaped_like(bar[y], y, a, order)


def ndarray_reshape(a, *shape, **options):
    """``a.reshape(...)``."""
    return a.reshape(*shape, **options)


@linear(register(ndarray_reshape, "ndarray.reshape"), "a", view=True, choices=ORDERS,
        fact=lambda a, *shape, order, copy: _reshaped(a, _new_shape(shape)),
        batch=lambda call: _reshape_rows(call, _new_shape(call["shape"])))
def _(y, a, *shape, order="C", copy=None):
    bar[a] = shaped_like(bar[y], y, a, order)


def _raveled(a, order="C"):
    varied = [s for s in fact(a).shape or (Dim(), Dim()) if s != 1]
    size = fact(a).size
    return shapes.with_shape(a, (size if size is not None else varied[0] if len(varied) == 1 else Dim(),))


def _ravel_rows(call):
    ndim = call.rank("a")
    if ndim is None:
        return NotImplemented
    return flat_rows(call["a"] if call["order"] == "C" else moved_last_first(call["a"], ndim), ndim)


@linear(np.ravel, "a", view=True, choices=ORDERS, fact=_raveled, batch=_ravel_rows)
def _(y, a, order="C"):
    bar[a] = shaped_like(bar[y], y, a, order)


def ndarray_flatten(a, order="C"):
    """``a.flatten(order)``."""
    return a.flatten(order)


@linear(register(ndarray_flatten, "ndarray.flatten"), "a", choices=ORDERS, fact=_raveled, batch=_ravel_rows)
def _(y, a, order="C"):
    bar[a] = shaped_like(bar[y], y, a, order)


method("reshape", register(ndarray_reshape))
method("ravel", np.ravel)
method("flatten", register(ndarray_flatten))

# ---- transpose ---------------------------------------------------------------------------------------------


def _permuted(a, axes=None):
    own = fact(a).shape
    if axes is None:
        return shapes.with_shape(a, None if own is None else own[::-1])
    return shapes.with_shape(a, [Dim() for _ in axes] if own is None else [own[k] for k in axes])


def turned(g):
    """``g.T``; where g is a product with a transpose, ``(a.T @ b).T``, it is one without: ``b.T @ a``."""
    product = g.build.definition(g.operand, PRIMITIVES[operator.matmul])
    if product is None or not product.derived or any(fact_of_operand(x).ndim != 2 for x in product.args):
        return g.T
    parts = [g.build.definition(x, PRIMITIVES[ndarray_T]) for x in product.args]
    if parts == [None, None]:
        return g.T
    a, b = (Symbol(x, g.build).T if made is None else Symbol(made.args[0], g.build)
            for x, made in zip(product.args, parts, strict=True))
    return operator.matmul(b, a)


def _transposed(g, y, axes=None):
    """The transpose of a transposition: the inverse permutation."""
    if axes is None:
        own = rank(y)
        return np.transpose(g) if own is None else g if own < 2 else turned(g)
    ndim = len(axes)
    order = [shapes.normal_axis(k, ndim) for k in axes]
    inverse = tuple(order.index(k) for k in range(ndim))
    if inverse == tuple(range(ndim)):
        return g
    return g.T if inverse == tuple(reversed(range(ndim))) else g.transpose(*inverse)


def _transpose_rows(call, axes):
    x, ndim = call["a"], call.rank("a")
    if axes is not None:
        return x.transpose(0, *(shapes.normal_axis(k, len(axes)) + 1 for k in axes))
    return np.moveaxis(x.T, -1, 0) if ndim is None else x.mT if ndim == 2 else moved_last_first(x, ndim)


@linear(np.transpose, "a", view=True, fact=_permuted, batch=lambda call: _transpose_rows(call, call["axes"]))
def _(y, a, axes=None):
    bar[a] = _transposed(bar[y], y, axes)


def ndarray_transpose(a, *axes):
    """``a.transpose(...)``."""
    return a.transpose(*axes)


def _axes_given(axes):
    """The permutation that ``a.transpose(*axes)`` names: None, one tuple or several numbers."""
    if len(axes) == 1 and not isinstance(axes[0], int):
        return axes[0]
    return axes or None


@linear(register(ndarray_transpose, "ndarray.transpose"), "a", view=True,
        fact=lambda a, *axes: _permuted(a, _axes_given(axes)),
        batch=lambda call: _transpose_rows(call, _axes_given(call["axes"])))
def _(y, a, *axes):
    bar[a] = _transposed(bar[y], y, _axes_given(axes))


def ndarray_T(a):
    """``a.T``."""
    return a.T


def ndarray_mT(x):
    """``x.mT``."""
    return x.mT


@linear(register(ndarray_T, "ndarray.T"), "a", view=True, fact=_permuted,
        batch=lambda call: _transpose_rows(call, None))
def _(y, a):
    bar[a] = _transposed(bar[y], y)


def _last_two_swapped(x):
    own = fact(x).shape
    return shapes.with_shape(x, None if own is None else (*own[:-2], own[-1], own[-2]))


@linear((np.matrix_transpose, register(ndarray_mT, "ndarray.mT")), "x", view=True, fact=_last_two_swapped,
        batch=lambda call: call["x"].mT)
def _(y, x, /):
    bar[x] = bar[y].mT


method("transpose", register(ndarray_transpose))
attribute("T", register(ndarray_T))
attribute("mT", register(ndarray_mT))

# ---- swapaxes, moveaxis, rollaxis --------------------------------------------------------------------------


def _rearranged(function):
    """The fact of a function that moves axes, found by letting it move those of a tiny array."""

    def infer(a, *where):
        own = fact(a).shape
        if own is None:
            return shapes.with_shape(a, None)
        lengths_only = np.broadcast_to(0, tuple(range(1, len(own) + 1)))  # axis k has length k + 1
        return shapes.with_shape(a, [own[n - 1] for n in function(lengths_only, *where).shape])

    return infer


@linear(np.swapaxes, "a", view=True, fact=_rearranged(np.swapaxes),
        batch=lambda call: np.swapaxes(call["a"], shifted(call["axis1"], 0), shifted(call["axis2"], 0)))
def _(y, a, axis1, axis2):
    bar[a] = bar[y].swapaxes(axis1, axis2)


def _moved_rows(x, source, destination):
    return np.moveaxis(x, shifted(source, 0), shifted(destination, 0))


@linear(np.moveaxis, "a", view=True, fact=_rearranged(np.moveaxis),
        batch=lambda call: _moved_rows(call["a"], call["source"], call["destination"]))
def _(y, a, source, destination):
    bar[a] = np.moveaxis(bar[y], destination, source)


method("swapaxes", np.swapaxes)


def rolled_to(a, axis, start):
    """Where ``np.rollaxis`` moves an axis."""
    if (axis < 0) != (start < 0) and start != 0:
        axis, start = axis % rank(a), start + rank(a) if start < 0 else start
    return start - 1 if axis < start and start != 0 else start


@linear(np.rollaxis, "a", view=True, static=("axis", "start"), fact=_rearranged(np.rollaxis),
        batch=lambda call: _moved_rows(
            call["a"], call["axis"], rolled_to(call.unbatched("a"), call["axis"], call["start"])))
def _(y, a, axis, start=0):
    bar[a] = np.moveaxis(bar[y], rolled_to(a, axis, start), axis)


def _cannot_roll(a, axis, start):
    known = rank(a) is not None or not isinstance(axis, int) or not isinstance(start, int)
    if not known and (axis < 0) != (start < 0) and start != 0:
        return "np.rollaxis has no derivative where the rank is not known"
    return None


refuse(np.rollaxis, _cannot_roll)

# ---- axes of length one ------------------------------------------------------------------------------------


def _expanded(a, axis):
    own = fact(a).shape
    if own is None:
        return shapes.with_shape(a, None)
    ndim = len(own) + (len(axis) if isinstance(axis, tuple | list) else 1)
    new, left = shapes.axes_of(axis, ndim), iter(own)
    return shapes.with_shape(a, [1 if k in new else next(left) for k in range(ndim)])


def _indexed_at(g, y, axis, item):
    """``g`` with ``item`` at each of the axes of ``y``; None if these are not known well enough."""
    ndim = rank(y)
    axes = axis if isinstance(axis, tuple | list) else (axis,)
    if ndim is None and len(axes) > 1 and min(axes) < 0:
        return None
    if len(axes) == 1:
        return g[at(axes[0], item, ndim)]
    places = axes if ndim is None else shapes.axes_of(axes, ndim)
    return g[tuple(item if k in places else FULL for k in range(max(places) + 1))] if places else g


@linear(np.expand_dims, "a", view=True, fact=_expanded,
        batch=lambda call: np.expand_dims(call["a"], shifted(call["axis"], 0)))
def _(y, a, axis):
    part = _indexed_at(bar[y], y, axis, 0)
    bar[a] = np.squeeze(bar[y], axis) if part is None else part


def _squeezed(a, axis=None):
    own = fact(a).shape
    if axis is not None:
        return shapes.with_shape(a, shapes.reduced(own, axis, False))
    known = own is not None and all(isinstance(s, int) for s in own)
    return shapes.with_shape(a, [s for s in own or () if s != 1] if known else None)


def _squeeze_rows(call):
    axis = call["axis"]
    if axis is None:
        own = fact(call.unbatched("a")).shape
        if own is None or not all(isinstance(s, int) for s in own):
            return NotImplemented
        axis = tuple(k for k, s in enumerate(own) if s == 1)
    return np.squeeze(call["a"], shifted(axis, 0))


@linear(np.squeeze, "a", view=True, fact=_squeezed, batch=_squeeze_rows)
def _(y, a, axis=None):
    if axis is None or not rank(y):
        bar[a] = shaped_like(bar[y], y, a)
    else:
        bar[a] = _indexed_at(bar[y], a, axis, None)


method("squeeze", np.squeeze)

# ---- atleast_1d, atleast_2d, atleast_3d --------------------------------------------------------------------

RAISED: dict[Any, list[tuple[Any, ...]]] = {
    np.atleast_1d: [(0,)],
    np.atleast_2d: [(0, 0), (0,)],
    np.atleast_3d: [(0, 0, 0), (0, FULL, 0), (FULL, FULL, 0)],
}
"""For an array of rank 0, 1, ...: the index that takes it out of the array it is raised to."""


def _raises(function):
    def pattern_of(x):
        ndim = rank(x)
        return RAISED[function][ndim] if ndim is not None and ndim < len(RAISED[function]) else ()

    def template(y, ary):
        if rank(ary) is None:
            bar[ary] = shaped_like(bar[y], y, ary)
        else:
            pattern = pattern_of(ary)
            bar[ary] = bar[y][pattern if len(pattern) > 1 else pattern[0]] if pattern else bar[y]

    def known(ary):
        own = fact(ary).shape
        left = iter(own or ())
        if own is None:
            return shapes.with_shape(ary, None)
        first = [1 if entry == 0 else next(left) for entry in pattern_of(ary)]
        return shapes.with_shape(ary, (*first, *left))

    def rows_raised(call):
        if call.rank("ary") is None:
            return NotImplemented
        pattern = pattern_of(call.unbatched("ary"))
        return with_unit_axes(call["ary"], [k + 1 for k, entry in enumerate(pattern) if entry == 0])

    return template, known, rows_raised


# several arguments are as many calls: lowering takes them apart
for _function in RAISED:
    _template, _known, _rows = _raises(_function)
    linear(_function, "ary", view=True, batch=_rows, fact=_known)(_template)
