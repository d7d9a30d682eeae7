"""Rules of convolutions of two vectors, and of polynomials.

    y = np.convolve(a, v)      ->      a_bar = np.correlate(y_bar, v, "valid")
                                       v_bar = np.correlate(y_bar, a, "valid")
"""

from __future__ import annotations

import numpy as np

from srcad.ir import core
from srcad.ir.facts import Dim, array_fact, same_dtype
from srcad.rules import shapes
from srcad.rules.notation import bar, bilinear, d, dtype, fact, rule, shape
from srcad.rules.products import size_of
from srcad.rules.trace import Symbol, primitive_call

# ---- convolutions of two vectors -----------------------------------------------------------------


def _convolved(a, v, mode):
    dtype = shapes.common_dtype(a, v)
    m, n = size_of(a), size_of(v)
    if isinstance(m, Dim) or isinstance(n, Dim):
        return array_fact(dtype, (Dim(),))
    sizes = {"full": m + n - 1, "same": max(m, n), "valid": max(m, n) - min(m, n) + 1}
    return array_fact(dtype, (sizes[mode],))


def _uncut(g, a, v, mode, turned=False):
    """The part ``g`` of a full convolution, zeros around it; ``turned``: one that was computed backwards."""
    if mode == "full":
        return g
    m, n = _length(a), _length(v)
    known = isinstance(m, int) and isinstance(n, int)
    short = min(m, n) if known else np.minimum(m, n)
    start = short - 1 if mode == "valid" else (short - 1) // 2
    if turned and mode == "same":
        # np.correlate computes backwards if v is the longer one, and its middle lies accordingly
        start = (short // 2 if n > m else start) if known else np.where(n > m, short // 2, start)
    whole = primitive_call(g.build, core.ZEROS, ((m + n - 1,), dtype(g)), {})
    return primitive_call(g.build, core.STORED, (whole, slice(start, start + _length(g)), g), {})


def _length(x):
    """The length of a vector, a plain number if it is known."""
    if not isinstance(x, Symbol):
        return len(x)
    size = size_of(x)
    return shape(x)[0] if isinstance(size, Dim) else size


@bilinear(np.convolve, "a", "v", fact=lambda a, v, mode: _convolved(a, v, mode))
def _(y, a, v, mode="full"):
    g = _uncut(bar[y], a, v, mode)
    bar[a] = np.correlate(g, v, "valid")
    bar[v] = np.correlate(g, a, "valid")


@bilinear(np.correlate, "a", "v", fact=lambda a, v, mode: _convolved(a, v, mode))
def _(y, a, v, mode="valid"):
    g = _uncut(bar[y], a, v, mode, turned=True)
    bar[a] = np.convolve(g, v, "valid")
    bar[v] = np.correlate(g, a, "valid")[::-1]


# ---- polynomials ---------------------------------------------------------------------------------


@rule(np.polyval, "p", "x", linear=("p",),
      fact=lambda p, x: array_fact(shapes.common_dtype(p, x), fact(x).shape))
def _(y, p, x):
    degree = _length(p) - 1
    if isinstance(p, Symbol):
        kind = {} if same_dtype(fact(p).dtype, np.dtype(float)) else {"dtype": dtype(p)}
        exponents = primitive_call(p.build, np.arange, (degree, -1, -1), kind)
        bar[p] = np.ravel(bar[y]) @ np.ravel(x)[:, None] ** exponents
        slope = p[:-1] * exponents[:-1]
    else:
        slope = [c * (degree - k) for k, c in enumerate(p[:-1])]
    d[y] = np.polyval(d[p], x) + np.polyval(slope, x) * d[x]
