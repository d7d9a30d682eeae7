"""Rules of ``np.array`` and its kin, and what lists of arrays have in common wherever they are arguments.

A list that is written in a call reaches a template as a Python list, perhaps nested, of numbers and arrays;
its adjoint is a list of the same structure.  A list of run-time length is one value, and so is its adjoint.

    y = np.array([[a, b], [c, 1.0]])        ->        a_bar = y_bar[0, 0];  b_bar = y_bar[0, 1];  ...
"""

from __future__ import annotations

import numpy as np

from srcad.ir import core
from srcad.ir.facts import Dim, Fact, list_fact
from srcad.ir.nodes import Const
from srcad.rules import shapes
from srcad.rules.layout import is_batched, prefixed, shaped_like, with_unit_axes
from srcad.rules.notation import bar, broadcast, d, fact, linear, rule, zeros_for
from srcad.rules.notation import dtype as dtype_of
from srcad.rules.notation import shape as shape_of
from srcad.rules.registry import PRIMITIVES
from srcad.rules.trace import Symbol, primitive_call

# ---- lists of arrays ---------------------------------------------------------------------------------------


def nested_shape(x):
    """The shape of what is an array, a number or a list of such; None if its rank is not known."""
    if isinstance(x, tuple | list):
        inner = [nested_shape(item) for item in x]
        return None if any(s is None for s in inner) else (len(x), *common_shape(inner))
    f = fact(x)
    if f.kind == "list":
        return None if f.element is None or f.element.shape is None else (Dim(), *f.element.shape)
    return f.shape


def common_shape(known):
    """One shape for arrays that must have the same: of each size the best that is known."""
    axes = zip(*known, strict=False)
    return tuple(next((s for s in sizes if isinstance(s, int)), sizes[0]) for sizes in axes)


def nested_rank(x):
    """The rank of the array made of a list."""
    known = nested_shape(x)
    return None if known is None else len(known)


def nested_dtype(x):
    """The dtype of the array made of a list; Python's numbers are not weak here."""
    if isinstance(x, tuple | list):
        kinds = [nested_dtype(item) for item in x]
        if any(kind is None for kind in kinds):  # float64 == None, as it is the default dtype
            return None
        return np.result_type(*kinds) if kinds else np.dtype(float)
    f = fact(x)
    return (None if f.element is None else f.element.dtype) if f.kind == "list" else f.dtype


def picked(g, item, prefix=()):
    """What a list contributed to the array made of it, in the structure of the list."""
    if isinstance(item, tuple | list):
        return [picked(g, inner, (*prefix, k)) for k, inner in enumerate(item)]
    part = g[prefix if len(prefix) > 1 else prefix[0]] if prefix else g
    return listed(part, list_depth(fact(item))) if fact(item).kind == "list" else part


def list_depth(known):
    """How many lists are in each other."""
    return 0 if known is None or known.kind != "list" else 1 + list_depth(known.element)


def made(xs, shape, dtype=None):
    """The fact of an array made of others."""
    dtype = nested_dtype(xs) if dtype is None else shapes.dtype_argument(dtype)
    return Fact("array", dtype, None if shape is None else tuple(shape))


def has_rows(new, old):
    """Whether a part of a list is batched."""
    if isinstance(old, tuple | list):
        return any(map(has_rows, new, old))
    return is_batched(new, old)


def in_rows(call, new, old):
    """An array, or the array made of a list, with rows; what is not batched is the same in each."""
    if has_rows(new, old):
        if isinstance(new, tuple | list):
            return np.stack([in_rows(call, n, o) for n, o in zip(new, old, strict=True)], axis=1)
        depth = list_depth(fact(old))
        if depth > 1:
            return np.moveaxis(primitive_call(call.build, np.array, (new,), {}), depth, 0)
        return primitive_call(call.build, np.stack, (new,), {"axis": 1}) if depth else new
    if isinstance(new, tuple | list):
        new = primitive_call(call.build, np.array, (new,), {})
    x = new if isinstance(new, Symbol) else Symbol(Const(new), call.build)
    return broadcast(x, prefixed(call, shape_of(x)))


def listed(x, depth=1):
    """The rows of an array as a list, or as lists in each other: the adjoint of an array made of such."""
    if depth == 1:
        return primitive_call(x.build, list, (x,), {})
    return primitive_call(x.build, core.NESTED, (x, depth), {})


@linear(list, "x", view=True, batch=lambda call: listed(np.swapaxes(call["x"], 0, 1)),
        fact=lambda x: list_fact(shapes.with_shape(x, nested_shape(x) and nested_shape(x)[1:])))
def _(y, x):
    bar[x] = primitive_call(bar[y].build, core.STACK, (bar[y], shape_of(x), dtype_of(x)), {})


def _nested(x, depth):
    made = shapes.with_shape(x, nested_shape(x) and nested_shape(x)[depth:])
    for _ in range(depth):
        made = list_fact(made)
    return made


@linear(core.NESTED, "x", view=True, fact=_nested,
        batch=lambda call: listed(np.moveaxis(call["x"], 0, call["depth"]), call["depth"]))
def _(y, x, depth):
    bar[x] = primitive_call(bar[y].build, core.STACK, (bar[y], shape_of(x), dtype_of(x)), {})


# ---- array and its relatives -------------------------------------------------------------------------------


def _arrayed(x, dtype=None, ndmin=0):
    known = nested_shape(x)
    return made(x, None if known is None else (1,) * (ndmin - len(known)) + known, dtype)


def _array_rows(call):
    name = next(iter(call.args))
    new, old = call[name], call.unbatched(name)
    own, function = nested_rank(old), call.apply.primitive.function
    ndmin = 1 if function in (np.ascontiguousarray, np.asfortranarray) else call.args.get("ndmin", 0)
    if ndmin and own is None:
        return NotImplemented
    whole = in_rows(call, new, old)
    if call.args.get("dtype") is not None:
        whole = primitive_call(call.build, core.CAST, (whole, call["dtype"]), {})
    if function is np.array and isinstance(old, Symbol):
        whole = np.copy(whole)
    return with_unit_axes(whole, range(1, 1 + ndmin - own)) if ndmin else whole


def _dense(x, dot, build):
    """The tangents of a list in its structure, zeros where there is none."""
    if isinstance(x, tuple | list):
        return [_dense(item, inner, build) for item, inner in zip(x, dot, strict=True)]
    return zeros_for(x, build) if dot.is_zero else dot


def _array_dot(y, x, make, dtype=None, **options):
    """The tangent of an array made of ``x``: of one array itself, as values are never written into."""
    dot = d[x]
    if isinstance(dot, Symbol) and dot.is_zero:
        return dot
    if isinstance(dot, list):
        named = options if dtype is None else {"dtype": dtype, **options}
        return primitive_call(y.build, make, (_dense(x, dot, y.build),), named)
    if any(options.values()) or fact(x).kind == "list":
        return primitive_call(y.build, make, (dot,), options if dtype is None else {"dtype": dtype, **options})
    return dot if dtype is None or dot.is_zero else primitive_call(y.build, core.CAST, (dot, dtype), {})


@rule(np.array, "object", explicit=True, batch=_array_rows, static=("ndmin",), choices={"copy": (True,)},
      fact=lambda object, dtype, copy, order, subok, ndmin: _arrayed(object, dtype, ndmin))
def _(y, object, dtype=None, *, copy=True, order="K", subok=False, ndmin=0):
    d[y] = _array_dot(y, object, np.array, dtype, **({"ndmin": ndmin} if ndmin else {}))
    g, own = bar[y], nested_rank(object)
    if ndmin and own is None:
        bar[object] = np.reshape(g, shape_of(object))
    else:
        bar[object] = picked(g, object, (0,) * (ndmin - own) if ndmin else ())


PRIMITIVES[np.array].allocates = True


@rule((np.asarray, np.asanyarray), "a", explicit=True, batch=_array_rows, view=True,
      fact=lambda a, dtype, order, copy: _arrayed(a, dtype))
def _(y, a, dtype=None, order=None, *, copy=None):
    d[y] = _array_dot(y, a, np.asarray, dtype)
    bar[a] = picked(bar[y], a)


@rule((np.ascontiguousarray, np.asfortranarray), "a", explicit=True, batch=_array_rows, view=True,
      fact=lambda a, dtype: _arrayed(a, dtype, 1))
def _(y, a, dtype=None):
    """Arrays of at least one axis."""
    own = nested_rank(a)
    d[y] = np.reshape(d[a], shape_of(y)) if not own else _array_dot(y, a, np.asarray, dtype)
    bar[a] = shaped_like(bar[y], y, a) if not own else picked(bar[y], a)


@rule(np.require, "a", explicit=True, batch=_array_rows, view=True,
      fact=lambda a, dtype, requirements: _arrayed(a, dtype))
def _(y, a, dtype=None, requirements=None):
    d[y] = _array_dot(y, a, np.asarray, dtype)
    bar[a] = picked(bar[y], a)
