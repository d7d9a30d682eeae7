"""``np.gradient`` along one axis: central differences inside, one-sided ones at the ends.

    np.gradient(f, h)      ->      g = np.empty_like(f);  g[1:-1] = (f[2:] - f[:-2]) / (2.0 * h);  g[0] = (f[1] - f[0]) / h; ...

Formulas and their order are NumPy's, so that results are the same to the last bit (but where coordinates are even).
Distances are one number or the coordinates of the points; both have derivatives.  Lowering makes one call per axis.
"""

from __future__ import annotations

import numpy as np

from srcad.ir import core
from srcad.ir.facts import array_fact
from srcad.rules import shapes
from srcad.rules.layout import at
from srcad.rules.notation import define, dtype, fact, rank
from srcad.rules.notation import shape as shape_of
from srcad.rules.trace import primitive_call


def _like(f, *distances, axis, edge_order):
    own = fact(f).dtype
    return array_fact(own if own is not None and own.kind == "f" else None, fact(f).shape)


@define(np.gradient, "f", "varargs", fact=_like)
def _(f, *varargs, axis=None, edge_order=1):
    ndim = rank(f)
    if ndim is None or not isinstance(axis, int) or len(varargs) != 1 or edge_order not in (1, 2):
        raise TypeError("np.gradient has a derivative for arrays of known rank")
    axis, (h,) = shapes.normal_axis(axis, ndim), varargs

    def part(item):
        return f[at(axis, item, ndim)]

    g = primitive_call(f.build, core.ZEROS, (shape_of(f), dtype(f)), {})
    terms = of_even_steps(part, h, edge_order) if rank(h) == 0 else of_points(part, np.diff(h), edge_order, ndim - 1 - axis)
    for item, value in zip((slice(1, -1), 0, -1), terms, strict=True):
        g = primitive_call(f.build, core.STORED, (g, at(axis, item, ndim), value), {})
    return g


def of_even_steps(part, h, edge_order):
    """Inside, at the first and at the last of points that are ``h`` apart."""
    inside = (part(slice(2, None)) - part(slice(None, -2))) / (2.0 * h)
    if edge_order == 1:
        return inside, (part(1) - part(0)) / h, (part(-1) - part(-2)) / h
    first = -1.5 / h * part(0) + 2.0 / h * part(1) + -0.5 / h * part(2)
    return inside, first, 0.5 / h * part(-3) + -2.0 / h * part(-2) + 1.5 / h * part(-1)


def of_points(part, steps, edge_order, behind):
    """The same where the steps from point to point are given; ``behind`` is the number of axes after that of the points."""
    one, other = steps[:-1], steps[1:]
    if behind:
        index = (slice(None), *(None,) * behind)
        one, other = one[index], other[index]
    before, here, after = part(slice(None, -2)), part(slice(1, -1)), part(slice(2, None))
    inside = -other / (one * (one + other)) * before + (other - one) / (one * other) * here + (
        one / (other * (one + other)) * after)
    if edge_order == 1:
        return inside, (part(1) - part(0)) / steps[0], (part(-1) - part(-2)) / steps[-1]
    one, other = steps[0], steps[1]
    first = -(2.0 * one + other) / (one * (one + other)) * part(0) + (one + other) / (one * other) * part(1) + (
        -one / (other * (one + other)) * part(2))
    one, other = steps[-2], steps[-1]
    last = other / (one * (one + other)) * part(-3) + -(other + one) / (one * other) * part(-2) + (
        (2.0 * other + one) / (other * (one + other)) * part(-1))
    return inside, first, last
