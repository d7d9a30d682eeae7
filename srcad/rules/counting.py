"""Counts with weights: linear in the weights, and constant as long as every element stays in its bin.

    y = np.bincount(k, weights=w)      ->      w_bar = y_bar[k]
"""

from __future__ import annotations

import numpy as np

from srcad.ir import core
from srcad.ir.facts import Dim, array_fact
from srcad.rules import shapes
from srcad.rules.notation import bar, d, dtype, fact, linear, rank, rule, shape
from srcad.rules.trace import Symbol, primitive_call


def _weighted(x, weights=None, minlength=0):
    return array_fact(np.float64 if weights is not None else np.intp, (Dim(),))


@linear(np.bincount, "weights", fact=_weighted)
def _(y, x, /, weights=None, minlength=0):
    bar[weights] = bar[y][x]


def are_edges(bins):
    """Whether bins are given by their edges, not by their number or a rule."""
    return isinstance(bins, list | tuple) or (isinstance(bins, Symbol) and rank(bins) != 0)


def _binned(a, bins=10, range=None, density=None, weights=None):
    counts = np.intp if weights is None else fact(weights).dtype
    edges = None if are_edges(bins) else shapes.common_dtype(a, 1.0)
    return array_fact(counts, (Dim(),)), array_fact(edges, (Dim(),))


@rule(np.histogram, "a", "bins", "weights", results=("counts", "edges"), fact=_binned,
      choices={"density": (None, False)}, view=True)
def _(counts, edges, a, bins=10, range=None, density=None, weights=None):
    """Edges that are not given reach from the least element to the greatest; given ones are those that come out."""
    if weights is not None:
        inside = (a >= edges[0]) & (a <= edges[-1])
        places = np.clip(np.searchsorted(edges, a, side="right") - 1, 0, shape(counts)[0] - 1)
        change = np.where(inside, d[weights], 0.0)
        d[counts] = primitive_call(counts.build, core.SCATTERED, (np.zeros_like(counts), places, change), {})
    if are_edges(bins):
        d[edges] = d[bins]
    elif range is None:
        least, greatest = np.ravel(d[a])[np.argmin(a)], np.ravel(d[a])[np.argmax(a)]
        ramp = primitive_call(edges.build, np.linspace, (0.0, 1.0, shape(edges)[0]), {"dtype": dtype(edges)})
        d[edges] = least * (1.0 - ramp) + greatest * ramp
