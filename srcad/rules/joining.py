"""Rules of functions that make one array of several: ``np.array`` of a list, ``concatenate``, ``stack``...

The arrays come as a list written in the call, whose length and structure are known, or as one value: a list
of run-time length, or an array that stands for the list of its parts.  The adjoint gives each array its part
of the cotangent: a slice between the sizes of those before it, counted from the end where only the sizes
behind it are known.

    y = np.concatenate([a, [c]])        ->        a_bar = y_bar[:-1];  c_bar = y_bar[-1]
"""

from __future__ import annotations

import operator
from functools import reduce

import numpy as np

from srcad import runtime
from srcad.ir import core
from srcad.ir.facts import Dim, Fact, list_fact
from srcad.ir.nodes import Const
from srcad.rules import shapes
from srcad.rules.copies import scattered
from srcad.rules.layout import (
    FULL,
    arange,
    at,
    count,
    is_batched,
    length,
    prefixed,
    shaped_like,
    with_unit_axes,
)
from srcad.rules.notation import bar, broadcast, d, define, fact, linear, rank, refuse, rule, zeros_for
from srcad.rules.notation import dtype as dtype_of
from srcad.rules.notation import shape as shape_of
from srcad.rules.registry import PRIMITIVES, register
from srcad.rules.roles import along_axis, flat_rows, shifted
from srcad.rules.trace import Symbol, builder_of, primitive_call, symbolic

# ---- nested lists ------------------------------------------------------------------------------------------


def nested_shape(x):
    """The shape of what is an array, a number or a list of such; None if its rank is not known."""
    if isinstance(x, tuple | list):
        inner = [nested_shape(item) for item in x]
        return None if any(s is None for s in inner) else (len(x), *_common(inner))
    f = fact(x)
    if f.kind == "list":
        return None if f.element is None or f.element.shape is None else (Dim(), *f.element.shape)
    return f.shape


def _common(known):
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
    return listed(part) if fact(item).kind == "list" else part


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
        is_list = fact(old).kind == "list"
        return primitive_call(call.build, np.stack, (new,), {"axis": 1}) if is_list else new
    if isinstance(new, tuple | list):
        new = primitive_call(call.build, np.array, (new,), {})
    x = new if isinstance(new, Symbol) else Symbol(Const(new), call.build)
    return broadcast(x, prefixed(call, shape_of(x)))


def listed(x):
    """The rows of an array as a list: the adjoint of an array made of one."""
    return primitive_call(x.build, list, (x,), {})


@linear(list, "x", view=True, batch=lambda call: listed(np.swapaxes(call["x"], 0, 1)),
        fact=lambda x: list_fact(shapes.with_shape(x, None if fact(x).shape is None else fact(x).shape[1:])))
def _(y, x):
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
    if any(options.values()):
        return primitive_call(y.build, make, (dot,), options)
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


# ---- concatenate, vstack, hstack, dstack, column_stack -----------------------------------------------------

HERE = object()
"""In the patterns below: the axis along which an array is joined and which it does not have itself."""

PATTERNS = {
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
    result = list(_common(known))
    sizes = [s[where] for s in known]
    countable = isinstance(xs, tuple | list) and all(isinstance(s, int) for s in sizes)
    result[where] = sum(sizes) if countable else Dim()
    return result


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
    if None in ranks:
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
            raise TypeError(f"{call.apply.primitive.name} of a list cannot be batched where ranks are not known")
        return NotImplemented
    arrays = new if is_list else np.moveaxis(new, 1, 0)
    pattern = PATTERNS[join].get(len(inner))
    if pattern is None:
        return primitive_call(call.build, np.concatenate, (arrays,), {"axis": shifted(where, 0), **named})
    own = [entry for entry in pattern if entry in (FULL, HERE)]
    stacked = primitive_call(call.build, np.stack, (arrays,), {"axis": own.index(HERE) + 1, **named})
    return with_unit_axes(stacked, [k + 1 for k, entry in enumerate(pattern) if entry == 0])


unjoined = symbolic(register(runtime.unjoined, "unjoined"))


def _unjoin_rows(call):
    new, old = call["arrays"], call.unbatched("arrays")
    if "arrays" in call.mapped:
        if isinstance(old, tuple | list):
            new = [in_rows(call, n, o) for n, o in zip(new, old, strict=True)]
        elif fact(old).kind != "list":
            new = np.moveaxis(new, 1, 0)
    g = in_rows(call, call["g"], call.unbatched("g"))
    return unjoined(g, call["join"], new, call["axis"], (1, int("arrays" in call.mapped)))


@linear(runtime.unjoined, "g", batch=_unjoin_rows,
        fact=lambda g, join, arrays, axis, rows: list_fact(Fact("array", fact(g).dtype)))
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
        inner = None if None in known else _common(known)
        total = len(arrays)
    else:
        inner, total = _of_elements(arrays)[0], Dim()
    if inner is None:
        return made(arrays, None, dtype)
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


# ---- block, append, insert, delete -------------------------------------------------------------------------


def _depth(arrays):
    return 1 + max(map(_depth, arrays), default=0) if isinstance(arrays, list) else 0


def _highest_rank(arrays):
    if isinstance(arrays, list):
        known = [_highest_rank(inner) for inner in arrays]
        return None if None in known else max(known)
    return rank(arrays)


def _joined_blocks(arrays, depth, leaf):
    """The innermost lists joined along the last axis, those around them along the one before, and so on."""
    if isinstance(arrays, list):
        return np.concatenate([_joined_blocks(inner, depth - 1, leaf) for inner in arrays], axis=-depth)
    return leaf(arrays)


def _block_rank(arrays):
    return max(_depth(arrays), _highest_rank(arrays))


def _block_rows(call):
    ndim = _block_rank(call.unbatched("arrays"))
    batched = iter(_leaves(call["arrays"]))

    def leaf(old):
        rows = in_rows(call, next(batched), old)
        return with_unit_axes(rows, range(1, 1 + ndim - rank(old)))

    return _joined_blocks(call.unbatched("arrays"), _depth(call.unbatched("arrays")), leaf)


def _leaves(arrays):
    return [x for inner in arrays for x in _leaves(inner)] if isinstance(arrays, list) else [arrays]


@define(np.block, "arrays", batch=_block_rows,
        fact=lambda arrays: made(arrays, [Dim() for _ in range(_block_rank(arrays))]))
def _(arrays):
    ndim = _block_rank(arrays)

    def leaf(x):
        if not isinstance(x, Symbol) and rank(x) == 0:
            return reduce(lambda inner, _: [inner], range(ndim), x)
        return primitive_call(builder_of(x), np.array, (x,), {"ndmin": ndim}) if rank(x) < ndim else x

    return _joined_blocks(arrays, _depth(arrays), leaf) if isinstance(arrays, list) else np.copy(arrays)


def _cannot_block(arrays):
    if not isinstance(arrays, Symbol) and _highest_rank(arrays) is None:
        return "np.block has no derivative where the rank of a block is not known"
    return None


refuse(np.block, _cannot_block)


def _flat(build, x):
    if isinstance(x, tuple | list):
        x = primitive_call(build, np.array, (x,), {})
    if rank(x) == 0:
        return [x]
    return x if rank(x) == 1 else np.ravel(x)


def _appended(arr, values, axis=None):
    if axis is None:
        return made([arr, values], (Dim(),))
    return made([arr, values], joined_shape(np.concatenate, [arr, values], axis))


def _append_rows(call):
    names, axis = ("arr", "values"), call["axis"]
    ranks = [nested_rank(call.unbatched(name)) for name in names]
    if None in ranks:
        return NotImplemented
    items = [in_rows(call, call[name], call.unbatched(name)) for name in names]
    if axis is None:
        items = [flat_rows(x, ndim) for x, ndim in zip(items, ranks, strict=True)]
    return np.concatenate(items, axis=1 if axis is None else shifted(axis, 0))


@define(np.append, "arr", "values", batch=_append_rows, fact=_appended)
def _(arr, values, axis=None):
    if axis is not None:
        return np.concatenate([arr, values], axis=axis)
    build = builder_of(arr, values)
    return np.concatenate([_flat(build, arr), _flat(build, values)])


def _longer_or_shorter(arr, axis):
    own = fact(arr).shape
    if axis is None or own is None:
        return shapes.with_shape(arr, (Dim(),) if axis is None else None)
    axis = shapes.normal_axis(axis, len(own))
    return shapes.with_shape(arr, (*own[:axis], Dim(), *own[axis + 1 :]))


@linear(np.delete, "arr", fact=lambda arr, obj, axis: _longer_or_shorter(arr, axis), batch=along_axis)
def _(y, arr, obj, axis=None):
    g = bar[y]
    if axis is None and rank(arr) != 1:
        kept = np.delete(arange(g.build, count(arr)), obj)
        bar[arr] = shaped_like(scattered(g, count(arr), kept, repeats=False), arr, arr)
        return
    kept = np.delete(arange(g.build, length(arr, axis or 0)), obj)
    bar[arr][at(axis or 0, kept, rank(arr))].accumulate(g, repeats=False)


def _insert_rows(call):
    ndim, axis = call.rank("arr"), call["axis"]
    if not call.mapped <= {"arr", "values"} or ndim is None:
        return NotImplemented
    arr = in_rows(call, call["arr"], call.unbatched("arr"))
    if axis is None:
        arr, axis, ndim = flat_rows(arr, ndim), 0, 1
    values = call["values"]
    if "values" in call.mapped:
        values = with_unit_axes(values, range(1, ndim - call.rank("values")))
    return np.insert(arr, call["obj"], values, axis=shifted(axis, 0))


@linear(np.insert, "arr", "values", batch=_insert_rows,
        fact=lambda arr, obj, values, axis: _longer_or_shorter(arr, axis))
def _(y, arr, obj, values, axis=None):
    g, ndim, added = bar[y], rank(arr), rank(values)
    # a negative position counts from the end of arr, which has one element less than the result
    position = (obj if obj >= 0 else obj - 1) if isinstance(obj, int) else obj - (obj < 0)
    if axis is None:
        rest = np.delete(g, position)
        bar[arr] = rest if ndim == 1 else np.reshape(rest, shape_of(arr))
        bar[values] = g[position]
    else:
        bar[arr] = np.delete(g, position, axis=axis)
        new = g[at(axis, position, rank(y))]
        bar[values] = new if added or ndim == 1 else np.sum(new)


def _cannot_insert(arr, obj, values, axis):
    added = rank(values)
    if rank(obj) != 0 or added is None or (added and (axis is None or rank(arr) != added + 1)):
        return "np.insert has a derivative only for one position and one number, row or column"
    return None


refuse(np.insert, _cannot_insert)
