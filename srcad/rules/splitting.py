"""Rules of functions that give several arrays: ``split`` and its kin, ``broadcast_arrays``, ``meshgrid``.

How many they give must be known while code is generated.  The adjoint joins the cotangents again; a part that
nobody used has zeros.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from srcad.ir.facts import Dim, Size, broadcast_shapes
from srcad.rules import shapes
from srcad.rules.layout import aligned, given_rows, prefixed, with_unit_axes
from srcad.rules.notation import bar, broadcast, fact, linear, rank, unbroadcast, zeros_for
from srcad.rules.notation import shape as shape_of
from srcad.rules.roles import shifted

# ---- split, array_split, hsplit, vsplit, dsplit ------------------------------------------------------------


def dense(ys):
    """The cotangents of several results, zeros where there is none."""
    return [zeros_for(y, g.build) if g.is_zero else g for y, g in zip(ys, bar[ys], strict=True)]


def _number(sections):
    """How many parts ``indices_or_sections`` asks for."""
    if isinstance(sections, int | np.integer):
        return int(sections)
    if isinstance(sections, tuple | list):
        return len(sections) + 1
    if isinstance(sections, np.ndarray):
        return sections.size + 1 if sections.ndim else int(sections)
    kind, known = fact(sections).kind, fact(sections).shape
    if kind == "shape" and known is not None:
        return len(known) + 1
    if kind == "array" and known is not None and len(known) == 1 and isinstance(known[0], int):
        return known[0] + 1
    raise TypeError("the number of parts of a split is not known while transforming; write it as a number")


def _sizes(size, sections, uneven):
    """The sizes of the parts of an axis."""
    number, known = _number(sections), isinstance(size, int)
    if known and isinstance(sections, list | tuple) and all(isinstance(i, int) for i in sections):
        limits = [0, *sections, None]
        return [len(range(*slice(a, b).indices(size))) for a, b in pairwise(limits)]
    if not isinstance(sections, int):
        return [Dim() for _ in range(number)]
    if known:
        return [size // number + (k < size % number) for k in range(number)]
    return [Dim() for _ in range(number)] if uneven else [Dim()] * number


def _split(ary, indices_or_sections, axis=0, uneven=False):
    own = fact(ary).shape
    if own is None:
        return (shapes.with_shape(ary, None),) * _number(indices_or_sections)
    axis = shapes.normal_axis(axis, len(own))
    return tuple(
        shapes.with_shape(ary, (*own[:axis], size, *own[axis + 1 :]))
        for size in _sizes(own[axis], indices_or_sections, uneven)
    )


def _split_rows(call):
    if call.mapped != {"ary"}:
        return NotImplemented
    sections, function = call["indices_or_sections"], call.apply.primitive.function
    axis = AXES[function](call.rank("ary")) if function in AXES else call["axis"]
    if axis is None:
        return NotImplemented
    split = np.array_split if function is np.array_split else np.split
    return split(call["ary"], sections, axis=shifted(axis, 0))


def _template(function):
    join: Any = {np.hsplit: np.hstack, np.dsplit: np.dstack}.get(function, np.concatenate)
    if function in AXES:

        def template(ys, ary, indices_or_sections):
            bar[ary] = join(dense(ys))

        return template

    def template_with_axis(ys, ary, indices_or_sections, axis=0):
        bar[ary] = join(dense(ys), **({"axis": axis} if axis else {}))

    return template_with_axis


def _fact(function):
    def known(ary, indices_or_sections, axis=0):
        if function in AXES:
            axis = AXES[function](rank(ary)) or 0
        return _split(ary, indices_or_sections, axis, function is np.array_split)

    return known


AXES = {
    np.hsplit: lambda ndim: None if ndim is None else int(ndim > 1),
    np.vsplit: lambda ndim: 0,
    np.dsplit: lambda ndim: 2,
}
"""The axis along which a function splits an array of a rank, if it is not an argument."""

for _function in (np.split, np.array_split, *AXES):
    _number_of_parts = (list, lambda ary, indices_or_sections, axis=0: _number(indices_or_sections))
    _declare = linear(
        _function, "ary", view=True, batch=_split_rows, fact=_fact(_function), parts=_number_of_parts
    )
    _declare(_template(_function))

# ---- broadcast_arrays, meshgrid ----------------------------------------------------------------------------

def _broadcast_all_rows(call):
    given = given_rows(call, "args")
    if any(ndim is None for _, ndim, _ in given):
        return NotImplemented
    ndim = max(own for _, own, _ in given)
    return np.broadcast_arrays(*(aligned(x, ndim, own) if batched else x for x, own, batched in given))


def _broadcast_all(*args, subok=False):
    common = broadcast_shapes(*(fact(x).shape for x in args))
    return tuple(shapes.with_shape(x, common) for x in args)


@linear(np.broadcast_arrays, "args", view=True, choices={"subok": (False,)}, fact=_broadcast_all,
        batch=_broadcast_all_rows, parts=(type(np.broadcast_arrays(0)), lambda *args, subok: len(args)))
def _(ys, *args, subok=False):
    for x, g in zip(args, bar[ys], strict=True):
        bar[x] = unbroadcast(g, x)


def _grid_axis(k, total, indexing):
    """The axis of the grids along which the k-th argument varies."""
    return 1 - k if indexing == "xy" and k < 2 <= total else k


def _grids(*xi, copy=True, sparse=False, indexing="xy"):
    total = len(xi)
    sizes: list[Size] = [1] * total
    for k, x in enumerate(xi):
        size, own = fact(x).size, fact(x).shape
        vector = own is not None and len(own) == 1
        sizes[_grid_axis(k, total, indexing)] = own[0] if own and vector else Dim() if size is None else size
    if not sparse:
        return tuple(shapes.with_shape(x, sizes) for x in xi)
    axes = [_grid_axis(k, total, indexing) for k in range(total)]
    return tuple(
        shapes.with_shape(x, [s if j == axis else 1 for j, s in enumerate(sizes)])
        for x, axis in zip(xi, axes, strict=True)
    )


def _grid_rows(call):
    given = given_rows(call, "xi")
    if any(ndim not in (0, 1) for _, ndim, _ in given):
        return NotImplemented
    total, grids = len(given), []
    for k, (x, ndim, batched) in enumerate(given):
        axis = _grid_axis(k, total, call["indexing"])
        if batched:
            grids.append(with_unit_axes(x, [j + 1 for j in range(total) if j != axis or ndim == 0]))
        else:
            grids.append(np.reshape(x, tuple(-1 if j == axis else 1 for j in range(total))))
    if call["sparse"]:
        return [x if batched else broadcast(x, prefixed(call, shape_of(x)))
                for x, (_, _, batched) in zip(grids, given, strict=True)]
    return np.broadcast_arrays(*grids)


@linear(np.meshgrid, "xi", view=True, fact=_grids, batch=_grid_rows, static=("copy", "sparse"),
        parts=(type(np.meshgrid(0)), lambda *xi, copy, sparse, indexing: len(xi)))
def _(ys, *xi, copy=True, sparse=False, indexing="xy"):
    total = len(xi)
    for k, (x, g) in enumerate(zip(xi, bar[ys], strict=True)):
        others = tuple(j for j in range(total) if j != _grid_axis(k, total, indexing))
        if others and not sparse:
            g = np.sum(g, axis=others if len(others) > 1 else others[0])
            bar[x] = g if rank(x) == 1 else np.reshape(g, shape_of(x))
        else:
            bar[x] = np.reshape(g, shape_of(x))
