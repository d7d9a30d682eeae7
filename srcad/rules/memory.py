"""Rules of memory: reading a part of an array, and the versions of an array that writes into it make.

``stored(x, i, v)`` is ``x`` after ``x[i] = v``.  What was overwritten has no derivative any more, and of several writes
to one element only the last has one:

    y = stored(x, i, v)      ->      v_bar = y_bar[i];  x_bar = stored(y_bar, i, 0.0)

A write converts ``v`` to the dtype of ``x`` and broadcasts it; the adjoint of ``v`` undoes both.
"""

from __future__ import annotations

import operator

import numpy as np

from srcad import runtime
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import array_fact
from srcad.ir.nodes import ZERO, Const, Value
from srcad.rules import shapes
from srcad.rules.casts import returned
from srcad.rules.core import prefixed_shape
from srcad.rules.forms import Linear
from srcad.rules.notation import bar, broadcast, dtype, fact, inferred, linear, nondiff, rank, shape, unbroadcast, zeros_for
from srcad.rules.registry import PRIMITIVES, register
from srcad.rules.roles import by_name, index_of_rows, moved_axes, prefix, with_rows
from srcad.rules.trace import Symbol, contains_symbol, primitive_call, unwrap, wrap

# ---- indices -----------------------------------------------------------------------------------------------


FULL, BACKWARDS = slice(None), slice(None, None, -1)


def _inverse(index):
    """The index that undoes one which takes everything, new axes aside; None for one which does not."""
    items = index if isinstance(index, tuple) else (index,)
    if not items or contains_symbol(items) or not all(
        item is None or item is Ellipsis or (isinstance(item, slice) and item in (FULL, BACKWARDS)) for item in items
    ):
        return None
    inverse = tuple(0 if item is None else item for item in items)
    return inverse if len(inverse) > 1 else inverse[0]


def _rearranged(g, index):
    """The part of a cotangent at an index; sums that keep axes only for this to drop them do not keep them."""
    summed = g.build.definition(g.operand, PRIMITIVES[np.sum])
    options = dict(summed.kwargs) if summed is not None else {}
    if options.keys() == {"axis", "keepdims"} and isinstance(axis := options["axis"], Const) and isinstance(index, tuple):
        axes = axis.value if isinstance(axis.value, tuple) else (axis.value,)
        if axes == tuple(k for k, item in enumerate(index) if item == 0) and all(i in (0, FULL) for i in index):
            return np.sum(Symbol(summed.args[0], g.build), axis=axis.value)
    return g[index]


def may_repeat(index):
    """Whether an element may be named twice: by arrays of integers that are not known to be different."""
    items = [item for item in (index if isinstance(index, tuple) else (index,)) if _is_of_integers(item)]
    if items and not contains_symbol(items) and not any(isinstance(item, Symbol) for item in items):
        return not _are_different(items[0]) if len(items) == 1 else not _are_different_together(items)
    return bool(items) and not all(map(_are_different, items)) and not _are_places(items)


def _is_of_integers(item):
    """Whether an item of an index is an array that may have integers."""
    if not shapes.is_advanced(item):
        return False
    kind = fact(item).dtype if isinstance(item, Symbol) or contains_symbol(item) else np.asarray(item).dtype
    return kind is None or kind.kind != "b"


def _are_different(item):
    """Whether the elements of an array of integers are known to name different places."""
    if isinstance(item, Symbol):
        made = _maker(item)
        if made is not None and made.primitive is core.INDEX and rank(item) == 1:
            whole, part = (unwrap(operand, item.build) for operand in made.args)
            return isinstance(part, slice) and isinstance(whole, Symbol) and _are_different(whole)
        return made is not None and (
            made.primitive.function in DIFFERENT or (made.primitive.function is np.argsort and rank(item) == 1)
        )
    if contains_symbol(item):
        return False
    numbers = np.asarray(item)
    return bool(np.unique(numbers).size == numbers.size and (np.all(numbers >= 0) or np.all(numbers < 0)))


def _are_different_together(items):
    """Whether arrays of integers, known now, name different places when they stand beside each other."""
    try:
        numbers = np.array([part.ravel() for part in np.broadcast_arrays(*items)])
    except ValueError:
        return False  # which NumPy refuses too
    return bool(np.all(numbers >= 0) and np.unique(numbers, axis=1).shape[1] == numbers.shape[1])


def _maker(item):
    """The application that made an array, if it is in sight."""
    operand = wrap(item)
    return item.build.definitions.get(operand) if isinstance(operand, Value) else None


DIFFERENT = frozenset([np.arange, np.flatnonzero])
"""Functions whose results are different integers of one sign; those of ``PLACES`` are different together."""
PLACES = frozenset([np.nonzero, np.tril_indices, np.triu_indices, np.tril_indices_from, np.triu_indices_from])


def _are_places(items):
    """Whether the items are all that one function found."""
    first = _maker(items[0])
    if first is None or [item.operand for item in items if isinstance(item, Symbol)] != list(first.results):
        return False
    return first.primitive.function in PLACES or (
        first.primitive.function is np.unravel_index and _are_different(unwrap(first.args[0], items[0].build))
    )


def takes_all(index):
    """Whether an index takes every element, in whatever order."""
    return _is_empty(index) or _inverse(index) is not None


def _is_empty(index):
    return isinstance(index, tuple) and not index


# ---- reads ---------------------------------------------------------------------------------------------------

@linear(operator.getitem, "x", batch=prefix, fact=shapes.indexed, view=True)
def _(y, x, index):
    inverse = _inverse(index)
    if inverse is not None and not bar[y].is_zero:
        bar[x] = _rearranged(bar[y], inverse)
    else:
        (bar[x][index]).accumulate(bar[y], repeats=may_repeat(index))


# ---- rows of a batch ---------------------------------------------------------------------------------------


def _rows_of_write(call, own):
    """What a write into an array of shape ``own`` is for all rows: the index, ``v``, and where the part's axes go.

    ``v`` has the axes of the part, as far as it has any; None if that is not known.
    """
    rank_v = call.rank("v")
    found = None if own is None or rank_v is None else index_of_rows(call, len(own))
    part = None if found is None else shapes.indexed_shape(own, call.unbatched("index"))
    if found is None or part is None:
        return None
    index, source, target = found
    v, missing = call["v"], len(part) - rank_v
    lead = (None,) * missing if missing > 0 else (0,) * -missing  # NumPy drops leading axes of length one
    if "v" in call.mapped:
        v = v[(slice(None), *lead)] if lead else v
    elif rank_v and source:
        v = v[(None, *lead)]
    elif missing < 0:
        v = v[lead]
    if "v" in call.mapped or rank_v:
        v = moved_axes(v, target, source)
    return index, v, source, target


def _element_rows(call):
    """Elements of a list, each of which has the rows."""
    if "index" in call.mapped:
        return NotImplemented
    return call.again(x=with_rows(call, "x"), v=with_rows(call, "v"))


def _write_rows(call):
    """``x``, ``v``, the index or several of them batched: the same part of each row."""
    if fact(call.unbatched("x")).kind == "list":
        return _element_rows(call)
    if (rows := _masked_rows(call)) is not NotImplemented:
        return rows
    found = _rows_of_write(call, fact(call.unbatched("x")).shape)
    if found is None:
        return NotImplemented
    x = call["x"] if "x" in call.mapped else batched_buffer(call, call["x"])
    return primitive_call(call.build, call.apply.primitive, (x, *found[:2]), {})


def _masked_rows(call):
    """One value for all that a mask selects, which differs from row to row: the mask selects in all rows at once."""
    old, mask, rank_v = call.unbatched("index"), call["index"], call.rank("v")
    rank_x = rank(call.unbatched("x"))
    if "index" not in call.mapped or not is_mask(old) or rank_x is None or rank_v is None:
        return NotImplemented
    if rank_v > rank_x - (rank(old) or 0):
        return NotImplemented  # a value for each
    x, v = call["x"] if "x" in call.mapped else batched_buffer(call, call["x"]), call["v"]
    if "v" in call.mapped:
        v = v[(slice(None), *(None,) * (rank_x - rank_v))]
        v = primitive_call(call.build, core.INDEX, (broadcast(v, shape(x)), mask), {})
    return primitive_call(call.build, call.apply.primitive, (x, mask, v), {})


def is_mask(index):
    """Whether an index is an array of booleans with axes."""
    return isinstance(index, Symbol) and shapes.has_dtype(index, bool) and bool(rank(index))


def batched_buffer(call, x):
    """An unbatched buffer with a batch axis: zeros made so, anything else broadcast."""
    made = call.build.definition(x.operand, core.ZEROS) if isinstance(x, Symbol) else None
    if made is not None:
        size, dtype_of = made.args
        whole = prefixed_shape(call, unwrap(size, call.build))
        return primitive_call(call.build, core.ZEROS, (whole, unwrap(dtype_of, call.build)), {})
    return broadcast(x, prefixed_shape(call, shape(x)))


# ---- writes ------------------------------------------------------------------------------------------------


class Write(Linear):
    """A version of ``x`` that differs where ``v`` was stored or added: without a tangent of ``v`` by nothing, or by zeros."""

    def tangent(self, build, apply, dot):
        x, index, v = apply.args
        x_dot, v_dot = dot(x), dot(v)
        if x_dot is ZERO and v_dot is ZERO:
            return [ZERO]
        if v_dot is ZERO and apply.primitive is not core.STORED:
            return [x_dot]
        if x_dot is ZERO:
            x_dot = wrap(zeros_for(unwrap(x, build), build))
        elif takes_all(unwrap(index, build)) and v_dot is ZERO:
            return [ZERO]
        if v_dot is ZERO:
            v_dot = wrap(zeros_for(unwrap(v, build), build)) if fact_of_operand(x).kind == "list" else Const(0.0)
        else:
            v_dot = wrap(carried(unwrap(v_dot, build), unwrap(x, build), apply))
        result = build.apply(apply.primitive, x_dot, index, v_dot)[0]
        return [result]


def carried(part, x, apply):
    """A derivative of what is written into ``x``, which is nothing if ``x`` turns out to hold no floats."""
    if apply.derived or fact(x).dtype is not None or fact(x).kind == "list" or not isinstance(part, Symbol):
        return part
    return primitive_call(part.build, CARRIED, (part, dtype(x)), {})


CARRIED = register(runtime.carried, "carried")


@linear(CARRIED, "v", fact=lambda v, kind: fact(v))
def _(y, v, kind):
    bar[v] = primitive_call(bar[y].build, CARRIED, (bar[y], kind), {})


def part_of(g, x, index):
    """What of a cotangent is at an index; that of an array without axes may be a Python number."""
    if index is Ellipsis or _is_empty(index):
        return g
    return np.reshape(g, ())[index] if rank(x) == 0 else g[index]


def like(g, v):
    """The cotangent of a part as that of ``v``, which was broadcast to it and converted."""
    if fact(v).kind == "list":
        return g
    own, part = rank(v), rank(g)
    if own is None or (part is None and own > 1):
        g = primitive_call(g.build, runtime.refitted, (g, shape(v)), {}) if own != 0 else unbroadcast(g, v)
    elif part is not None and own > part:
        lead = own - part
        g = unbroadcast(g, v[(0,) * lead])[(None,) * lead]
    else:
        g = unbroadcast(g, v)
    return returned(g, v)


def _declare(primitive, template):
    form = Write(template, ("x", "v"), _write_rows)
    primitive.rule, primitive.infer = form, inferred(form.parameters, shapes.like)


def _stored(y, x, index, v):
    if not takes_all(index):
        zero = zeros_for(v, bar[y].build) if fact(x).kind == "list" else 0.0
        bar[x] = primitive_call(bar[y].build, core.STORED, (bar[y], index, zero), {})
    if isinstance(v, Symbol) and is_mask(index) and rank(v) == 0 and rank(index) == rank(x):
        bar[v] = returned(np.sum(bar[y], where=index), v)  # whose rows are of one shape, as what is selected is not
        return
    part = part_of(bar[y], x, index)
    if isinstance(v, Symbol):
        if fact(x).kind != "list" and may_repeat(index):
            part = np.where(_last_writes(index, x, v), part, 0.0)
        bar[v] = like(part, v)


def _added(y, x, index, v):
    bar[x] = bar[y]
    if isinstance(v, Symbol):
        bar[v] = like(part_of(bar[y], x, index), v)


_declare(core.STORED, _stored)
_declare(core.ACCUMULATED, _added)


def _scattered(y, x, index, v):
    if fact(x).kind != "list":
        _added(y, x, index, v)
        return
    bar[x] = bar[y]
    bar[v] = primitive_call(bar[y].build, core.GATHERED, (bar[y], index), {})


_declare(core.SCATTERED, _scattered)

# ---- writes to elements that are named several times -------------------------------------------------------

LAST_WRITES = register(runtime.last_writes, "last_writes")


def _last_writes(index, x, v):
    """Which of the writes of ``v`` to ``x[index]`` are the last to their elements."""
    named = [item for item in (index if isinstance(index, tuple) else (index,)) if shapes.is_advanced(item)]
    in_order = len(named) == 1 and _rank_of_index(named[0]) == 1
    return primitive_call(x.build, LAST_WRITES, (index, shape(x)) if in_order else (index, shape(x), v), {})


def _rank_of_index(item):
    return rank(item) if isinstance(item, Symbol) else np.ndim(item) if not contains_symbol(item) else None


def _last_rows(call):
    own = shapes.shape_argument(call.unbatched("shape"))
    found = _rows_of_write(call, own)
    if found is None or "shape" in call.mapped:
        return NotImplemented
    index, v, source, target = found
    rows = primitive_call(call.build, LAST_WRITES, (index, prefixed_shape(call, call["shape"]), v), {})
    return moved_axes(rows, source, target)


nondiff(
    LAST_WRITES,
    fact=lambda index, size, v=None: array_fact(bool, shapes.indexed_shape(shapes.shape_argument(size), index)),
    batch=by_name(lambda index, shape, v=None: None, _last_rows),
)
