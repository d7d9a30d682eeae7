"""Rules of what gives a number or an array another type, and of what copies it or takes it out of an array.

A cast to floating point is linear, and its adjoint returns to the dtype of the argument; one to integers or booleans
cuts the derivative.
"""

from __future__ import annotations

import numpy as np

from srcad.ir import core
from srcad.ir.facts import array_fact
from srcad.ir.primitive import Primitive
from srcad.rules import shapes
from srcad.rules.notation import bar, d, dtype, elementwise_batch, fact, linear, method, nondiff, rank, rule
from srcad.rules.registry import register
from srcad.rules.roles import free_axes
from srcad.rules.trace import primitive_call


def returned(g, x):
    """An adjoint in the dtype of what it is the adjoint of, unless the facts say that it is."""
    own = fact(x)
    if own.kind == "py" or (own.dtype is not None and own.dtype == fact(g).dtype):
        return g
    return primitive_call(g.build, core.CAST, (g, dtype(x)), {})


# ---- np.float32(x) and its like --------------------------------------------------------------------------------------


def floating(kind):
    """Declare a cast to floating point."""

    @linear(kind, "x", batch=free_axes, fact=lambda x=0.0: array_fact(kind, fact(x).shape))
    def _(y, x=0.0):
        bar[x] = returned(bar[y], x)


def whole(kind):
    """Declare a cast to integers or booleans."""
    nondiff(kind, fact=lambda x=0: array_fact(kind, fact(x).shape), batch=elementwise_batch)


for _kind in (np.float16, np.float32, np.float64, np.longdouble):
    floating(_kind)
for _kind in {np.bool_, *(np.dtype(code).type for code in np.typecodes["AllInteger"])}:
    whole(_kind)

# ---- arrays ----------------------------------------------------------------------------------------------------------


@rule(np.astype, "x", explicit=True, batch=free_axes,
      fact=lambda x, dtype, *, copy=True: array_fact(shapes.dtype_argument(dtype), fact(x).shape))
def _(y, x, dtype, *, copy=True):
    d[y] = primitive_call(y.build, core.CAST, (d[x], dtype), {})
    bar[x] = returned(bar[y], x)


@rule(np.copy, "a", batch=free_axes, fact=lambda a, *_, **__: shapes.like(a))
def _(y, a, order="K", subok=False):
    """Values are never written into, so that a tangent or an adjoint needs no copy."""
    d[y] = d[a]


register(np.copy).allocates = True
method("astype", np.astype)
method("copy", np.copy)

# ---- numbers out of arrays -------------------------------------------------------------------------------------------


def item(x, *index):
    """``x.item(...)``: an element as a Python number."""
    return x.item(*index)


def tolist(x):
    """``x.tolist()``."""
    return x.tolist()


ITEM = Primitive("ndarray.item", item)
TOLIST = Primitive("ndarray.tolist", tolist)


def _item_rows(call):
    """The same element of each row."""
    ndim = call.rank("x")
    if ndim is None or call.mapped != {"x"}:
        return NotImplemented
    return element(call["x"], ndim, call["index"], (slice(None),))


def element(x, ndim, index, rows=()):
    """The only element of an array, or that at a position, or in the flattened array; behind batch axes if there are."""
    if ndim == 0:
        return x
    if len(index) == ndim:
        return x[(*rows, *index)]
    flat = np.reshape(x, (-1,) if not rows else (x.shape[0], -1))
    return flat[(*rows, index[0] if index else 0)]


@rule(ITEM, "x", batch=_item_rows, fact=lambda x, *_: shapes.python_number(fact(x).dtype))
def _(y, x, *index):
    d[y] = element(d[x], rank(x), index)


@rule(TOLIST, "x", fact=lambda x: shapes.python_number(fact(x).dtype) if rank(x) == 0 else shapes.ANY)
def _(y, x):
    if rank(x) != 0:
        raise TypeError("x.tolist() has a derivative only for an array without axes")
    d[y] = d[x]


method("item", ITEM)
method("tolist", TOLIST)
