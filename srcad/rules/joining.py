"""Rules of functions that join arrays: ``concatenate``, ``stack``, ``vstack``, ``column_stack`` and so on.

The arrays come as a list written in the call, or as one value: a list of run-time length, or an array that
stands for the list of its parts.  The adjoint gives each array its part of the cotangent: a slice between the
sizes of those before it, counted from the end where only the sizes behind it are known.

    y = np.concatenate([a, [c]])        ->        a_bar = y_bar[:-1];  c_bar = y_bar[-1]
"""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

import numpy as np

from srcad import runtime
from srcad.ir.facts import Dim, Fact, fresh_shape, list_fact
from srcad.rules import shapes
from srcad.rules.arrays import (
    common_shape,
    in_rows,
    listed,
    made,
    nested_rank,
    nested_shape,
    picked,
)
from srcad.rules.layout import FULL, at, count, length, shaped_like, with_unit_axes
from srcad.rules.notation import bar, fact, linear, rank
from srcad.rules.notation import shape as shape_of
from srcad.rules.registry import register
from srcad.rules.roles import flat_rows, shifted
from srcad.rules.trace import primitive_call, symbolic

# ---- concatenate, vstack, hstack, dstack, column_stack -----------------------------------------------------

HERE = object()
"""In the patterns below: the axis along which an array is joined and which it does not have itself."""

PATTERNS: dict[Any, dict[int, tuple[Any, ...]]] = {
    np.concatenate: {},
    np.vstack: {0: (HERE, 0), 1: (HERE,)},
    np.hstack: {0: (HERE,)},
    np.dstack: {0: (0, 0, HERE), 1: (0, FULL, HERE), 2: (FULL, FULL, HERE)},
    np.column_stack: {0: (0, HERE), 1: (FULL, HERE)},
}
"""Where an array of low rank goes in the result: an entry for each axis, ``FULL`` for those of the array."""


def joined_axis(join, xs, axis):
    """The axis along which a function joins arrays; None if that depends on a rank that is not known."""
    if join is not np.hstack:
        return {np.vstack: 0, np.dstack: 2, np.column_stack: 1}.get(join, axis)
    known = nested_shape(xs[0] if isinstance(xs, tuple | list) else xs)
    if known is None:
        return None
    return int(len(known) > (1 if isinstance(xs, tuple | list) else 2))


def raised(known, pattern):
    """A shape with the axes of length one that a pattern adds."""
    own = iter(known)
    return [next(own) if entry is FULL else 1 for entry in pattern] + list(own)


def joined_shape(join, xs, axis):
    """The shape of joined arrays."""
    known = [nested_shape(x) for x in xs] if isinstance(xs, tuple | list) else _of_elements(xs)
    if join is np.concatenate and axis is None:
        return (Dim(),)
    where = joined_axis(join, xs, axis)
    if None in known or where is None:
        return next(([Dim() for _ in s] for s in known if s is not None and join is np.concatenate), None)
    known = [raised(s, PATTERNS[join].get(len(s), ())) for s in known]
    result = list(common_shape(known))
    sizes = [s[where] for s in known]
    if not isinstance(xs, tuple | list):
        sizes = [sizes[0] * nested_shape(xs)[0] if _are_numbers(sizes[0], nested_shape(xs)[0]) else Dim()]
    result[where] = sum(sizes) if _are_numbers(*sizes) else Dim()
    return result


def _are_numbers(*sizes):
    return all(isinstance(s, int) for s in sizes)


def _of_elements(xs):
    """The shape of the elements of a list or of an array, as a list of shapes."""
    known = nested_shape(xs)
    return [None if known is None else known[1:]]


def extent(x, axis):
    """The length of an axis of an array or of a nested list."""
    if isinstance(x, tuple | list):
        axis = axis if axis >= 0 else axis + nested_rank(x)
        return len(x) if axis == 0 else extent(x[0], axis - 1)
    return length(x, axis)


def bounds(sizes):
    """Where each of several joined parts starts: a number, from the front or the back, if the sizes allow."""
    result = []
    for k in range(len(sizes)):
        before, behind = sizes[:k], sizes[k:]
        from_back = all(isinstance(s, int) for s in behind) and sum(behind)
        if from_back and not all(isinstance(s, int) for s in before):
            result.append(-sum(behind))
        else:
            result.append(reduce(operator.add, before) if before else 0)
    return result


def span(start, stop):
    """The slice between two bounds; ``stop`` None is the end."""
    return slice(None if isinstance(start, int) and start == 0 else start, stop)


def joined_parts(join, g, y, items, axis):
    """The part of each item in the cotangent of joined arrays."""
    where = joined_axis(join, items, axis)
    ranks = [nested_rank(item) for item in items]
    if join is not np.concatenate and None in (where, *ranks):
        found = unjoined(g, join, items)
        return [found[k] for k in range(len(items))]
    patterns = [PATTERNS[join].get(ndim) for ndim in ranks]
    sizes = [1 if p else extent(item, where) for item, p in zip(items, patterns, strict=True)]
    starts = bounds(sizes)
    result = []
    for item, pattern, start, stop in zip(items, patterns, starts, [*starts[1:], None], strict=True):
        if pattern:
            index = tuple(start if entry is HERE else entry for entry in pattern)
            result.append(picked(g[index if len(index) > 1 else index[0]], item))
        elif where == 0 and isinstance(item, tuple | list):
            result.append([picked(g, inner, (start + k,)) for k, inner in enumerate(item)])
        else:
            part = g if len(items) == 1 else g[at(where, span(start, stop), rank(y))]
            result.append(picked(part, item))
    return result


def flat_parts(g, items):
    """The part of each item in the cotangent of arrays that were flattened and joined."""
    sizes = [int(np.prod(nested_shape(i))) if isinstance(i, tuple | list) else count(i) for i in items]
    starts = bounds(sizes)
    result = []
    for item, start, stop in zip(items, starts, [*starts[1:], None], strict=True):
        part = g[start] if rank(item) == 0 else g[span(start, stop)]
        if isinstance(item, tuple | list):
            result.append(picked(part.reshape(nested_shape(item)), item))
        else:
            result.append(part if rank(item) in (0, 1) else part.reshape(shape_of(item)))
    return result


def joined_bar(join, g, y, xs, axis=0):
    """The cotangent of arrays, given as a list or as one value, from that of the array joined of them."""
    if isinstance(xs, tuple | list):
        return flat_parts(g, xs) if axis is None else joined_parts(join, g, y, xs, axis)
    is_list = fact(xs).kind == "list"
    inner = _of_elements(xs)[0]
    if is_list and inner is not None and PATTERNS[join].get(len(inner)) == (HERE,):
        return listed(g)
    if not is_list and (axis is None or joined_axis(join, xs, axis) == 0):
        return shaped_like(g, y, xs)
    found = unjoined(g, join, xs, axis)
    return found if is_list else primitive_call(g.build, np.stack, (found,), {})


def _join_rows(call):
    """The arrays with rows and their unit axes, joined along an axis one further on."""
    join, name = call.apply.primitive.function, next(iter(call.args))
    new, old = call[name], call.unbatched(name)
    where = joined_axis(join, old, call.args.get("axis", 0))
    named = {"dtype": call["dtype"]} if call.args.get("dtype") is not None else {}
    if call.mapped != {name}:
        return NotImplemented
    if not isinstance(old, tuple | list):
        return _join_rows_of_one(call, join, new, old, where, named)
    ranks = [nested_rank(item) for item in old]
    if None in ranks and (where is None or join is not np.concatenate):
        return NotImplemented
    items = [in_rows(call, n, o) for n, o in zip(new, old, strict=True)]
    if where is None:
        flat = [flat_rows(x, ndim) for x, ndim in zip(items, ranks, strict=True)]
        return np.concatenate(flat, axis=1, **named)
    patterns = [PATTERNS[join].get(ndim, ()) for ndim in ranks]
    if all(HERE in p and 0 not in p for p in patterns):
        return np.stack(items, axis=where + 1, **named)
    items = [with_unit_axes(x, _units(p)) for x, p in zip(items, patterns, strict=True)]
    return np.concatenate(items, axis=shifted(where, 0), **named)


def _units(pattern):
    """The axes of length one that a pattern adds, behind a batch axis."""
    return [k + 1 for k, entry in enumerate(pattern) if entry is not FULL]


def _join_rows_of_one(call, join, new, old, where, named):
    """The same where the arrays come as one value: a list of batched arrays, or a batched array of arrays."""
    inner, is_list = _of_elements(old)[0], fact(old).kind == "list"
    if inner is None or where is None:
        if is_list:
            raise TypeError(f"{join.__name__} of a list cannot be batched where ranks are not known")
        return NotImplemented
    arrays = new if is_list else np.moveaxis(new, 1, 0)
    pattern = PATTERNS[join].get(len(inner))
    if pattern is None:
        return primitive_call(call.build, np.concatenate, (arrays,), {"axis": shifted(where, 0), **named})
    own = [entry for entry in pattern if entry in (FULL, HERE)]
    stacked = primitive_call(call.build, np.stack, (arrays,), {"axis": own.index(HERE) + 1, **named})
    return with_unit_axes(stacked, [k + 1 for k, entry in enumerate(pattern) if entry == 0])


unjoined = symbolic(register(runtime.unjoined, "unjoined"))
register(runtime.unjoined).lists = True


def _unjoin_rows(call):
    new, old = call["arrays"], call.unbatched("arrays")
    if "arrays" in call.mapped:
        if isinstance(old, tuple | list):
            new = [in_rows(call, n, o) for n, o in zip(new, old, strict=True)]
        elif fact(old).kind != "list":
            new = np.moveaxis(new, 1, 0)
    g = in_rows(call, call["g"], call.unbatched("g"))
    return unjoined(g, call["join"], new, call["axis"], (1, int("arrays" in call.mapped)))


def _unjoined(g, join, arrays, axis=0, rows=(0, 0)):
    known = [nested_shape(x) for x in arrays] if isinstance(arrays, tuple | list) else _of_elements(arrays)
    same_rank = None not in known and len({len(s) for s in known}) == 1 and not rows[1]
    shape = fresh_shape(len(known[0]) + rows[0]) if same_rank else None
    return list_fact(Fact("array", fact(g).dtype, shape))


@linear(runtime.unjoined, "g", batch=_unjoin_rows, fact=_unjoined)
def _(y, g, join, arrays, axis=0, rows=(0, 0)):
    named = {"axis": axis} if join is np.concatenate else {}
    if rows[0] and (join is not np.concatenate or axis is None):
        raise TypeError(f"{join.__name__} of a batched list of arrays has no second derivative")
    if rows[0]:
        named = {"axis": shifted(axis, 0)}
    bar[g] = primitive_call(bar[y].build, join, (bar[y],), named)


@linear(np.concatenate, "arrays", batch=_join_rows, choices={"out": (None,)},
        fact=lambda arrays, axis, out, dtype, casting: made(
            arrays, joined_shape(np.concatenate, arrays, axis), dtype))
def _(y, arrays, /, axis=0, out=None, *, dtype=None, casting="same_kind"):
    bar[arrays] = joined_bar(np.concatenate, bar[y], y, arrays, axis)


def _joins(join):
    """The template of a function that joins along an axis of its own, and its fact."""

    def template(y, tup):
        bar[tup] = joined_bar(join, bar[y], y, tup)

    return template, lambda tup: made(tup, joined_shape(join, tup, 0))


def _joins_as(join):
    """The same where a dtype may be asked for."""

    def template(y, tup, *, dtype=None, casting="same_kind"):
        bar[tup] = joined_bar(join, bar[y], y, tup)

    return template, lambda tup, dtype, casting: made(tup, joined_shape(join, tup, 0), dtype)


for _join in (np.vstack, np.hstack, np.dstack, np.column_stack):
    _template, _known = (_joins_as if _join in (np.vstack, np.hstack) else _joins)(_join)
    linear(_join, "tup", batch=_join_rows, fact=_known)(_template)

# ---- stack -------------------------------------------------------------------------------------------------


def _stacked(arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    if isinstance(arrays, tuple | list):
        known = [nested_shape(x) for x in arrays]
        inner = None if None in known else common_shape(known)
    else:
        inner = _of_elements(arrays)[0]
    if inner is None:
        return made(arrays, None, dtype)
    total = len(arrays) if isinstance(arrays, tuple | list) else nested_shape(arrays)[0]
    axis = shapes.normal_axis(axis, len(inner) + 1)
    return made(arrays, (*inner[:axis], total, *inner[axis:]), dtype)


def _stack_rows(call):
    new, old = call["arrays"], call.unbatched("arrays")
    named = {} if call["dtype"] is None else {"dtype": call["dtype"]}
    axis = shifted(call["axis"], 0)
    if isinstance(old, tuple | list):
        return np.stack([in_rows(call, n, o) for n, o in zip(new, old, strict=True)], axis=axis, **named)
    if fact(old).kind == "list":
        return primitive_call(call.build, np.stack, (new,), {"axis": axis, **named})
    return np.moveaxis(new, 1, axis)


@linear(np.stack, "arrays", batch=_stack_rows, choices={"out": (None,)}, fact=_stacked)
def _(y, arrays, axis=0, out=None, *, dtype=None, casting="same_kind"):
    g = bar[y]
    if not isinstance(arrays, tuple | list):
        parts = np.moveaxis(g, axis, 0) if axis != 0 else g
        bar[arrays] = listed(parts) if fact(arrays).kind == "list" else parts
    elif axis == 0:
        bar[arrays] = picked(g, arrays)
    else:
        bar[arrays] = [picked(g[at(axis, k, rank(y))], item) for k, item in enumerate(arrays)]
