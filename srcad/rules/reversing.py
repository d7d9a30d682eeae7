"""Rules of functions that reverse, rotate or shift axes: ``flip``, ``flipud``, ``rot90``, ``roll``...

Each is undone by one of its kind, which is its adjoint.
"""

from __future__ import annotations

import numpy as np

from srcad.rules import shapes
from srcad.rules.layout import FULL, only
from srcad.rules.notation import bar, fact, linear, rank
from srcad.rules.notation import shape as shape_of
from srcad.rules.roles import flat_rows, shifted

REVERSED = slice(None, None, -1)

# ---- flip, rot90, roll -------------------------------------------------------------------------------------


def flipped(g, axis, ndim):
    """``np.flip``, by an index if the rank is known."""
    if ndim is None:
        return np.flip(g, axis)
    axes = shapes.axes_of(axis, ndim)
    if not axes:
        return g
    index = tuple(REVERSED if k in axes else FULL for k in range(max(axes) + 1))
    return g[index if len(index) > 1 else REVERSED]


def _flip_rows(call):
    ndim = call.rank("m")
    if ndim is None:
        return NotImplemented if call["axis"] is None else np.flip(call["m"], shifted(call["axis"], 0))
    return flipped(call["m"], tuple(k + 1 for k in shapes.axes_of(call["axis"], ndim)), ndim + 1)


@linear(np.flip, "m", view=True, fact=shapes.like, batch=_flip_rows)
def _(y, m, axis=None):
    bar[m] = flipped(bar[y], axis, rank(y))


@linear(np.flipud, "m", view=True, fact=shapes.like, batch=lambda call: call["m"][:, ::-1])
def _(y, m):
    bar[m] = bar[y][::-1]


@linear(np.fliplr, "m", view=True, fact=shapes.like, batch=lambda call: call["m"][:, :, ::-1])
def _(y, m):
    bar[m] = bar[y][:, ::-1]


def _rotated(m, k=1, axes=(0, 1)):
    own = fact(m).shape
    if own is None or k % 2 == 0:
        return shapes.with_shape(m, own)
    result = list(own)
    result[axes[0]], result[axes[1]] = own[axes[1]], own[axes[0]]
    return shapes.with_shape(m, result)


@linear(np.rot90, "m", view=True, fact=_rotated,
        batch=lambda call: np.rot90(call["m"], call["k"], tuple(shifted(a, 0) for a in call["axes"])))
def _(y, m, k=1, axes=(0, 1)):
    bar[m] = np.rot90(bar[y], -k, axes)


def _negated(shift):
    return type(shift)(map(_negated, shift)) if isinstance(shift, tuple | list) else -shift


def _roll_rows(call):
    x, shift, axis, ndim = call["a"], call["shift"], call["axis"], call.rank("a")
    if not only(call, "a") or (ndim is None and axis is None):
        return NotImplemented
    if axis is not None:
        return np.roll(x, shift, shifted(axis, 0))
    if ndim < 2:
        return np.roll(x, shift, 1) if ndim else x
    return np.roll(flat_rows(x, ndim), shift, 1).reshape(shape_of(x))


@linear(np.roll, "a", fact=shapes.like, batch=_roll_rows)
def _(y, a, shift, axis=None):
    bar[a] = np.roll(bar[y], _negated(shift), **({} if axis is None else {"axis": axis}))
