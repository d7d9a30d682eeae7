"""Rules of what gives a number or an array another type, and of what copies it or takes it out of an array.

A cast to floating point is linear, and its adjoint returns to the dtype of the argument; one to integers or
booleans cuts the derivative.
"""

from __future__ import annotations

import numpy as np

from srcad.ir import core
from srcad.ir.facts import ANY, array_fact
from srcad.ir.primitive import Primitive
from srcad.rules import shapes
from srcad.rules.notation import (
    bar,
    d,
    dtype,
    elementwise_batch,
    fact,
    linear,
    method,
    nondiff,
    rank,
    rule,
    shape,
    variant,
)
from srcad.rules.registry import PRIMITIVES, register
from srcad.rules.roles import free_axes
from srcad.rules.trace import primitive_call


def returned(g, x):
    """An adjoint in the dtype of what it is the adjoint of, unless the facts say that it is."""
    own = fact(x)
    if own.kind == "py" or (own.dtype is not None and shapes.has_dtype(g, own.dtype)):
        return g
    return as_dtype_of(x, g)


def as_dtype_of(like, x):
    """A cast to the dtype of another value."""
    known = fact(like).dtype
    return primitive_call(x.build, core.CAST, (x, dtype(like) if known is None else known), {})


# ---- np.float32(x) and its like ----------------------------------------------------------------------------


def floating(kind):
    """Declare a cast to floating point."""

    @linear(kind, "x", batch=free_axes, fact=lambda x=0.0: array_fact(kind, fact(x).shape))
    def _(y, x=0.0):
        bar[x] = returned(bar[y], x)


def whole(kind):
    """Declare a cast to integers or booleans."""
    nondiff(kind, fact=lambda x=0: array_fact(kind, fact(x).shape), batch=elementwise_batch)


for _code in np.typecodes["Float"]:
    floating(np.dtype(_code).type)
for _code in "?" + np.typecodes["AllInteger"]:
    whole(np.dtype(_code).type)

# ---- arrays ------------------------------------------------------------------------------------------------


@rule(
    np.astype,
    "x",
    explicit=True,
    batch=free_axes,
    fact=lambda x, dtype, *, copy=True: array_fact(shapes.dtype_argument(dtype), fact(x).shape),
)
def _(y, x, dtype, *, copy=True):
    d[y] = primitive_call(y.build, core.CAST, (d[x], dtype), {})
    bar[x] = returned(bar[y], x)


ASTYPE_KEPT = variant(np.astype, "copy", False)
"""``x.astype(dtype, copy=False)``, which may be ``x`` itself."""
ASTYPE_KEPT.rule, ASTYPE_KEPT.infer = PRIMITIVES[np.astype].rule, PRIMITIVES[np.astype].infer
ASTYPE_KEPT.static, ASTYPE_KEPT.view = PRIMITIVES[np.astype].static, True


@rule(np.copy, "a", batch=free_axes, fact=lambda a, *_, **__: shapes.like(a))
def _(y, a, order="K", subok=False):
    """Values are never written into, so that a tangent or an adjoint needs no copy."""
    d[y] = d[a]


register(np.copy).allocates = True
method("astype", np.astype)
method("copy", np.copy)

# ---- numbers out of arrays ---------------------------------------------------------------------------------


def item(x, *index):
    """``x.item(...)``: an element as a Python number."""
    return x.item(*index)


def tolist(x):
    """``x.tolist()``."""
    return x.tolist()


ITEM = Primitive("ndarray.item", item)
TOLIST = Primitive("ndarray.tolist", tolist)


def position(x, index):
    """Where the element is: the only one, or one given by its indices or by its place in the flat array."""
    ndim, flat = rank(x), index[0] if index else 0
    if len(index) > 1 or ndim == 1:
        return index or (0,)
    if ndim is not None and not index:
        return (0,) * ndim
    return primitive_call(x.build, np.unravel_index, (flat, shape(x)), {})


def _item_rows(call):
    """The same element of each row."""
    ndim, index, x = call.rank("x"), call["index"], call["x"]
    if ndim is None or call.mapped != {"x"}:
        return NotImplemented
    if len(index) in (0, ndim):
        return x[(slice(None), *(index or (0,) * ndim))]
    return np.reshape(x, (shape(x)[0], -1))[:, index[0]]


@rule(ITEM, "x", explicit=True, batch=_item_rows, fact=lambda x, *_: shapes.python_number(fact(x).dtype))
def _(y, x, *index):
    if rank(x) == 0:
        d[y] = d[x]
        bar[x] = returned(bar[y], x)
    else:
        where = position(x, index)
        d[y] = d[x][where]
        bar[x][where] += bar[y]


@rule(
    TOLIST,
    "x",
    batch=lambda call: call["x"] if call.rank("x") == 0 else NotImplemented,
    fact=lambda x: shapes.python_number(fact(x).dtype) if rank(x) == 0 else ANY,
)
def _(y, x):
    if rank(x) != 0:
        raise TypeError("x.tolist() has a derivative only for an array without axes")
    d[y] = d[x]


method("item", ITEM)
method("tolist", TOLIST)
