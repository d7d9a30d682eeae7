"""Rules of the primitives that transforms make themselves, and of Python's operators.

Whatever a transform emits, every transform must accept: so memory, saved lists and broadcasts are declared here in
the notation that everything else uses.
"""

from __future__ import annotations

import operator

import numpy as np

from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import (
    ANY,
    OBJECT,
    PACK,
    PY_BOOL,
    PY_INT,
    Dim,
    Fact,
    array_fact,
    broadcast_shapes,
    int_fact,
    list_fact,
    row_fact,
)
from srcad.ir.nodes import ZERO, Const, Value
from srcad.rules import shapes
from srcad.rules.forms import Constant, varying
from srcad.rules.notation import (
    bar,
    broadcast,
    dtype,
    elementwise,
    elementwise_batch,
    fact,
    linear,
    nondiff,
    shape,
    unbroadcast,
)
from srcad.rules.roles import free_axes
from srcad.rules.trace import Symbol, primitive_call, unwrap

# ---- arithmetic ----------------------------------------------------------------------------------------------------

elementwise(operator.add, lambda y, a, b: (1, 1))
elementwise(operator.sub, lambda y, a, b: (1, -1))
elementwise(operator.mul, lambda y, a, b: (b, a))
elementwise(operator.truediv, lambda y, a, b: (lambda: 1 / b, lambda: -y / b))
elementwise(operator.neg, lambda y, a: -1)
elementwise(operator.pos, lambda y, a: 1)

# The exponent decides the partials: a literal one has none of its own, and 2 and 1 need no power.


def power_partials(y, a, b):
    """d(a**b): b·a**(b-1) and y·log(a), each zero where its limit is (x**0 at 0, 0**y)."""

    def base():
        if isinstance(b, int | float):
            return 0.0 if b == 0 else b * a ** (b - 1)
        return b * a ** (b - (b != 0.0))

    def exponent():
        return y * np.log(a + (a == 0.0))

    return base, exponent


elementwise(operator.pow, power_partials)

# ---- comparisons and logic: no derivative ---------------------------------------------------------------------------


def _compared(*args):
    facts = [fact(a) for a in args]
    if all(f.kind == "py" for f in facts):
        return PY_BOOL
    return Fact("array", np.dtype(bool), broadcast_shapes(*(f.shape for f in facts)))


nondiff(
    operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge, fact=_compared, batch=elementwise_batch,
)
nondiff(operator.is_, operator.is_not, operator.contains, fact=lambda *_: PY_BOOL)

# ---- shapes, types, broadcasts ---------------------------------------------------------------------------------------

nondiff(core.ZEROS, fact=lambda size, kind: array_fact(_dtype_argument(kind), shapes.shape_argument(size)))


def prefixed_shape(call, tail):
    """The shape ``(size, *tail)``."""
    return primitive_call(call.build, core.PREFIXED, (unwrap(call.size, call.build), tail), {})


@linear(core.COPY, "x", fact=fact, batch=free_axes)
def _(y, x):
    bar[x] = bar[y]


def _written_back_rows(build, apply, mapped, size):
    """Each row writes into memory of its own."""
    x, last = map(mapped, apply.args)
    if x is None:
        raise TypeError("it would write rows into an array that has no batch axis")
    return [build.one(core.WRITTEN_BACK, x, apply.args[1] if last is None else last)]


def _set_rows(build, apply, mapped, size):
    """A loop over the rows would leave what the last of them gives, made from what the one before it left."""
    raise TypeError("a variable or attribute that outlives the call is written with a value that differs from row to row")


nondiff(core.SET_ITEM, core.DELETE_ITEM, core.SET_ATTRIBUTE, core.DELETE_ATTRIBUTE, fact=lambda *_: OBJECT, batch=_set_rows,
        pure=False)
nondiff(core.FAILURE, fact=lambda *_, **__: (PY_BOOL, OBJECT), results=("failed", "error"))
nondiff(core.TEXT, fact=lambda *_: OBJECT)
nondiff(core.SEPARATE, core.IN_ORDER, fact=lambda *_: OBJECT, pure=False)
nondiff(core.WRITTEN_BACK, fact=lambda *_: OBJECT, batch=_written_back_rows, pure=False)


def _dtype_argument(kind):
    """A dtype given as itself or read from a value, whose fact then holds it."""
    return fact(kind).dtype if isinstance(kind, Symbol) else np.dtype(kind)




def _tail(build, apply, mapped, size):
    """The shape of one row."""
    whole = build.one(core.SHAPE, mapped(apply.args[0]))
    return [build.one(core.INDEX, whole, Const(slice(1, None)))]


def _same_type(build, apply, mapped, size):
    return [build.one(core.DTYPE, mapped(apply.args[0]))]


nondiff(core.SHAPE, fact=lambda x: Fact("shape", shape=fact(x).shape), batch=_tail, uniform=True)
nondiff(core.DTYPE, fact=lambda x: Fact("object", fact(x).dtype), batch=_same_type, uniform=True)
nondiff(core.PREFIXED, fact=lambda size, tail: Fact("shape", shape=_prefixed(size, tail)))


def _prefixed(size, tail):
    known = shapes.shape_argument(tail)
    return None if known is None else (shapes.size_of(size), *known)


def _broadcast_batch(call):
    if call.mapped != {"x"} or (own := call.rank("x")) is None or (ndim := call.result_rank) is None:
        return NotImplemented
    x = call["x"]
    if own < ndim:
        x = x[(slice(None), *(None,) * (ndim - own))]
    return broadcast(x, prefixed_shape(call, call["shape"]))


@linear(core.BROADCAST, "x", batch=_broadcast_batch, view=True,
        fact=lambda x, shape: array_fact(fact(x).dtype, shapes.shape_argument(shape)))
def _(y, x, shape):
    bar[x] = unbroadcast(bar[y], x)


def _unbroadcast_batch(call):
    own, ndim = call.rank("x"), call.result_rank
    if call.mapped != {"x"} or own is None or ndim is None:
        return NotImplemented
    x = np.sum(call["x"], axis=tuple(range(1, 1 + own - ndim))) if own > ndim else call["x"]
    return primitive_call(call.build, core.UNBROADCAST, (x, prefixed_shape(call, call["shape"])), {})


@linear(
    core.UNBROADCAST, "x", batch=_unbroadcast_batch, view=True,
    fact=lambda x, shape: array_fact(fact(x).dtype, shapes.shape_argument(shape)),
)
def _(y, x, shape):
    bar[x] = broadcast(bar[y], primitive_call(bar[y].build, core.SHAPE, (x,), {}))


@linear(core.CAST, "x", view=True, batch=free_axes,
        fact=lambda x, kind: array_fact(_dtype_argument(kind), fact(x).shape))
def _(y, x, kind):
    bar[x] = primitive_call(bar[y].build, core.CAST, (bar[y], dtype(x)), {})


@linear(core.ALIGN, "x", view=True)
def _(y, x, ndim):
    bar[x] = np.reshape(bar[y], shape(x))


# ---- saved lists and residuals: lists of values, whose adjoints are lists -------------------------------------------


@linear(core.STACK, "rows", fact=lambda rows, shape, kind: array_fact(_dtype_argument(kind), shapes.shape_argument(shape)))
def _(y, rows, shape, kind):
    bar[rows] = primitive_call(bar[y].build, list, (bar[y],), {})


nondiff(core.ATTRIBUTE, fact=lambda *_: ANY)
nondiff(core.RANGE, fact=lambda *_: OBJECT)
nondiff(core.NOT, fact=lambda *_: PY_BOOL)


def _length(x):
    known = fact(x).shape if isinstance(x, Symbol) else None
    return int_fact(known[0] if known else None)


def _length_of_row(build, apply, mapped, size):
    """The length of one row of an array, or of a list, whose elements have the rows."""
    rows = mapped(apply.args[0])
    if fact_of_operand(apply.args[0]).kind == "list":
        return [build.one(core.LENGTH, rows)]
    return [build.one(core.INDEX, build.one(core.SHAPE, rows), Const(1))]


nondiff(core.LENGTH, fact=_length, batch=_length_of_row, uniform=True)
nondiff(core.TRIPS, fact=_length)

# ---- derivatives within derivatives ---------------------------------------------------------------------------------

nondiff(core.EYE, fact=lambda n, kind: array_fact(_dtype_argument(kind), (shapes.size_of(n), shapes.size_of(n))))
nondiff(core.UNIT_ROWS)
nondiff(core.SIZE, fact=lambda x: int_fact(fact(x).size))
nondiff(core.REQUIRE, core.WARN, core.WARN_ROWS, fact=lambda *_: OBJECT)
nondiff(core.SLOTS_FOR, core.SLOTS_WITHIN, core.NEXT_SAVED, fact=lambda *_: PY_INT)
nondiff(core.EITHER, core.TRANSLATED, fact=lambda *_: PY_INT)


def _passed(build, apply, mapped, size):
    return [build.one(core.STOP, mapped(apply.args[0]))]


nondiff(core.STOP, core.DETACHED, fact=lambda x, *_: fact(x), batch=_passed)


class Residuals:
    """Packing and unpacking: a tangent or adjoint of a pack is a pack of tangents or adjoints."""

    factors: tuple[int, ...] = ()
    broadcasts = False

    def linked(self, apply):
        return [v for a in apply.args for v in varying(a)]

    touched = linked

    def tangent(self, build, apply, dot):
        if apply.primitive is core.PACKED:
            parts = [_dense(build, a, dot(a)) for a in apply.args]
            return [build.apply(core.PACKED, *parts, facts=(PACK,))[0]]
        return self.parts_of(build, dot(apply.args[0]), apply.results)

    def adjoint(self, build, apply, bars, sink):
        if apply.primitive is core.UNPACKED:
            parts = [_dense(build, r, b) for r, b in zip(apply.results, bars, strict=True)]
            sink.add(apply.args[0], build.apply(core.PACKED, *parts, facts=(PACK,))[0])
            return True
        for operand, part in zip(apply.args, self.parts_of(build, bars[0], apply.args), strict=True):
            if sink.wanted(operand):
                sink.add(operand, part)
        return True

    def parts_of(self, build, pack, operands):
        """The derivatives in a pack of those of operands."""
        facts = tuple(fact_of_operand(o) for o in operands)
        parts = build.apply(core.UNPACKED, pack, count=len(operands), facts=facts)
        for operand, part in zip(operands, parts, strict=True):
            part.optional = isinstance(operand, Value) and operand.optional
        return list(parts)

    def batch(self, build, apply, mapped, size):
        return None


def _dense(build, operand, part):
    """A part of a pack of derivatives: zeros where there is none, nothing for what has no derivative."""
    if part is not ZERO:
        return part
    f = fact_of_operand(operand)
    if not f.may_vary:
        return Const(None)
    if f.is_scalar:
        return Const(0.0)
    if f.kind in ("list", "pack") or (isinstance(operand, Value) and operand.optional):
        return build.one(core.ZEROS_LIKE, operand)
    return build.one(core.ZEROS, build.one(core.SHAPE, operand), build.one(core.DTYPE, operand))


core.PACKED.rule = core.UNPACKED.rule = Residuals()
core.PACKED.infer = lambda apply: PACK


@linear(core.LISTS_ADDED, "a", "b", fact=lambda a, b: fact(a))
def _(y, a, b):
    bar[a] = bar[y]
    bar[b] = bar[y]


@linear(core.BLOCK, "rows", view=True)
def _(y, rows, outer, inner, by_column):
    bar[rows] = primitive_call(bar[y].build, core.BLOCK_ROWS, (bar[y], outer, inner, by_column), {})


@linear(core.BLOCK_ROWS, "block", view=True)
def _(y, block, outer, inner, by_column):
    bar[block] = primitive_call(bar[y].build, core.BLOCK, (bar[y], outer, inner, by_column), {})


@linear(core.CHUNKS_JOINED, "chunks")
def _(y, chunks, shape, kind):
    raise TypeError("a batch in chunks is differentiated before it is cut, not after: leave chunk_size out")


nondiff(core.CHECK_SHAPE, fact=lambda *_: OBJECT)


@linear(core.ROWS, "rows", fact=lambda rows: fact(rows))
def _(y, rows):
    raise TypeError("a list in a batch whose rows are run one by one is differentiated inside of the batch, not through it: "
                    "take the derivative of the mapped function, srcad.vmap(srcad.grad(f))")


def _with_rows(x, count, flag):
    f = fact(x)
    return list_fact(None if f.element is None else row_fact(f.element, Dim())) if f.kind == "list" and flag is True else ANY


@linear(core.BROADCAST_PARTS, "x", fact=_with_rows)
def _(y, x, count, flag):
    raise TypeError("rows are differentiated before they are batched, not after")


@linear(core.ASSIGNED, "x", fact=lambda x, name: fact(x))
def _(y, x, name):
    bar[x] = bar[y]


@linear(core.ROW_OF, "x")
def _(y, x, k, flag):
    raise TypeError("rows run one by one are differentiated before they are batched, not after")


nondiff(core.ZEROS_LIKE, fact=lambda x: fact(x))

of_the_world = Constant(False, _set_rows)
"""The rule of what has an effect outside, and no derivative from there."""
