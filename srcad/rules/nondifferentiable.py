"""What has no derivative but stands in differentiated programs: shapes, comparisons, positions, effects.

The results do not depend differentiably on anything; they are used in conditions and as indices.  What has an
effect (an output, a random draw) is not ``pure``: it happens once, where the program has it.

Random draws have no rule at all, so that one whose parameters vary is refused: the draw is a constant, but
its distribution is not, and which derivative is meant only the program's author can say.
"""

from __future__ import annotations

import builtins
import logging
import math
import time
import warnings

import numpy as np

from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import OBJECT, PY_BOOL, Dim, Fact, array_fact, broadcast_shapes, int_fact
from srcad.ir.nodes import Const
from srcad.ir.primitive import Primitive
from srcad.rules import shapes
from srcad.rules.constructors import known_sizes
from srcad.rules.notation import (
    attribute,
    elementwise_batch,
    fact,
    linear,
    method,
    nondiff,
    rank,
)
from srcad.rules.registry import PRIMITIVES
from srcad.rules.roles import along_axis, by_name, reduction

# ---- shapes and types --------------------------------------------------------------------------------------


def _rank_rows(build, apply, mapped, size):
    """The rank of one row."""
    known = fact_of_operand(apply.args[0]).ndim
    if known is not None:
        return [Const(known)]
    return [build.sub(build.one(apply.primitive, mapped(apply.args[0])), Const(1))]


def _shape_rows(build, apply, mapped, size):
    """The shape of one row."""
    return [build.one(core.INDEX, build.one(core.SHAPE, mapped(apply.args[0])), Const(slice(1, None)))]


def _size_rows(build, apply, mapped, size):
    """The size of one row."""
    if len(apply.args) > 1 or apply.kwargs:
        return None
    known = fact_of_operand(apply.args[0]).size
    if known is not None:
        return [Const(known)]
    return [build.one(PRIMITIVES[math.prod], *_shape_rows(build, apply, mapped, size))]


nondiff(np.ndim, fact=lambda a: int_fact(rank(a)), batch=_rank_rows, uniform=True)
nondiff(np.shape, fact=lambda a: Fact("shape", shape=fact(a).shape), batch=_shape_rows, uniform=True)
nondiff(
    np.size,
    fact=lambda a, axis=None: int_fact(fact(a).size if axis is None else None),
    batch=_size_rows,
    uniform=True,
)
nondiff(
    np.result_type,
    np.promote_types,
    np.min_scalar_type,
    np.common_type,
    np.finfo,
    np.iinfo,
    np.dtype,
    fact=lambda *_, **__: OBJECT,
)
nondiff(
    np.broadcast_shapes,
    fact=lambda *args: Fact("shape", shape=broadcast_shapes(*map(shapes.shape_argument, args))),
)
nondiff(np.can_cast, np.issubdtype, np.isdtype, np.isscalar, np.isfortran, fact=lambda *_, **__: PY_BOOL)


def _as_of_rows(build, apply, mapped, size):
    """What is the same for one row and for all of them."""
    return build.apply(apply.primitive, mapped(apply.args[0]), spelling=apply.spelling)


nondiff(np.iscomplexobj, np.isrealobj, fact=lambda x: PY_BOOL, batch=_as_of_rows, uniform=True)
nondiff(np.iterable, fact=lambda y: PY_BOOL)
nondiff(np.shares_memory, np.may_share_memory, fact=lambda *_, **__: PY_BOOL, pure=False)


def _layout(name, infer, **options):
    """An attribute of the memory of an array."""

    def read(x):
        return getattr(x, name)

    primitive = Primitive(f"ndarray.{name}", read)
    nondiff(primitive, fact=infer, **options)
    attribute(name, primitive)


_layout("strides", lambda x: OBJECT)
_layout("flags", lambda x: OBJECT)
_layout("itemsize", lambda x: int_fact(None), batch=_as_of_rows, uniform=True)
_layout("nbytes", lambda x: int_fact(None))
attribute("shape", core.SHAPE)
attribute("dtype", core.DTYPE)
attribute("ndim", np.ndim)
attribute("size", np.size)

# ---- comparisons and tests, element by element -------------------------------------------------------------


def truths(*args):
    """Booleans in the shape to which the arguments broadcast."""
    return array_fact(bool, broadcast_shapes(*(fact(a).shape for a in args)))


nondiff(
    np.equal,
    np.not_equal,
    np.less,
    np.less_equal,
    np.greater,
    np.greater_equal,
    np.logical_and,
    np.logical_or,
    np.logical_not,
    np.logical_xor,
    np.isnan,
    np.isinf,
    np.isfinite,
    np.isneginf,
    np.isposinf,
    np.isreal,
    np.iscomplex,
    np.signbit,
    fact=truths,
    batch=elementwise_batch,
)
nondiff(np.isclose, fact=lambda a, b, *_, **__: truths(a, b), batch=elementwise_batch)


def integers(*args):
    return array_fact(shapes.common_dtype(*args), broadcast_shapes(*(fact(a).shape for a in args)))


nondiff(
    np.bitwise_and,
    np.bitwise_or,
    np.bitwise_xor,
    np.invert,
    np.left_shift,
    np.right_shift,
    np.gcd,
    np.lcm,
    fact=integers,
    batch=elementwise_batch,
)
nondiff(np.bitwise_count, fact=lambda x: array_fact(np.uint8, fact(x).shape), batch=elementwise_batch)

# ---- tests of whole arrays ---------------------------------------------------------------------------------


def _reduced(dtype):
    return lambda a, axis=None, out=None, keepdims=False, *, where=True: array_fact(
        dtype, shapes.reduced(fact(a).shape, axis, keepdims)
    )


_reduction_rows = by_name(lambda a, axis=None, out=None, keepdims=False, *, where=True: None, reduction)
nondiff(np.any, np.all, fact=_reduced(bool), batch=_reduction_rows)
nondiff(
    np.count_nonzero,
    batch=by_name(lambda a, axis=None, *, keepdims=False: None, reduction),
    fact=lambda a, axis=None, *, keepdims=False: (
        Fact("num", np.dtype(np.intp), ())
        if axis is None and not keepdims
        else array_fact(np.intp, shapes.reduced(fact(a).shape, axis, keepdims))
    ),
)
nondiff(
    np.allclose, np.array_equal, np.array_equiv, builtins.any, builtins.all, fact=lambda *_, **__: PY_BOOL
)

# ---- positions ---------------------------------------------------------------------------------------------


def _position(a, axis=None, out=None, *, keepdims=False):
    return array_fact(np.intp, shapes.reduced(fact(a).shape, axis, keepdims))


def _position_rows(call):
    return NotImplemented if call["axis"] is None and call["keepdims"] else along_axis(call)


nondiff(
    np.argmax,
    np.argmin,
    np.nanargmax,
    np.nanargmin,
    fact=_position,
    batch=by_name(lambda a, axis=None, out=None, *, keepdims=False: None, _position_rows),
)


def _order(a, axis=-1, *_, **__):
    return array_fact(np.intp, (Dim(),) if axis is None else fact(a).shape)


nondiff(
    np.argsort,
    fact=_order,
    batch=by_name(lambda a, axis=-1, kind=None, order=None, *, stable=None: None, along_axis),
)
nondiff(
    np.argpartition,
    fact=lambda a, kth, axis=-1, *_, **__: _order(a, axis),
    batch=by_name(lambda a, kth, axis=-1, kind="introselect", order=None: None, along_axis),
)


def _order_of_keys(keys, axis=-1):
    if isinstance(keys, tuple | list):
        return array_fact(np.intp, fact(keys[0]).shape)
    known = fact(keys).shape
    return array_fact(np.intp, None if known is None else known[1:])


nondiff(np.lexsort, fact=_order_of_keys)


def _searched_rows(name):
    """Where the values are batched, and not what is searched, their shape is free."""
    return lambda call: call.again() if call.mapped == {name} else NotImplemented


nondiff(
    np.searchsorted,
    fact=lambda a, v, *_, **__: array_fact(np.intp, fact(v).shape),
    batch=by_name(lambda a, v, side="left", sorter=None: None, _searched_rows("v")),
)
nondiff(
    np.digitize,
    fact=lambda x, *_, **__: array_fact(np.intp, fact(x).shape),
    batch=by_name(lambda x, bins, right=False: None, _searched_rows("x")),
)
nondiff(
    np.isin,
    fact=lambda element, *_, **__: array_fact(bool, fact(element).shape),
    batch=by_name(
        lambda element, test_elements, assume_unique=False, invert=False: None, _searched_rows("element")
    ),
)
nondiff(np.flatnonzero, fact=lambda a: array_fact(np.intp, (Dim(),)))


def _table_of_places(a):
    ndim = rank(a)
    return array_fact(np.intp, None if ndim is None else (Dim(), ndim))


nondiff(np.argwhere, fact=_table_of_places)


def _places(a):
    return (array_fact(np.intp, (Dim(),)),) * len(known_sizes(a))


@linear(np.nonzero, parts=(tuple, lambda a: len(known_sizes(a))), fact=_places)
def _(axes, a):
    """No argument has a derivative."""


def _coordinates(indices, shape, order):
    return (array_fact(np.intp, fact(indices).shape),) * axis_count(shape)


def axis_count(shape):
    """How many axes an array of this shape has."""
    sizes = shapes.shape_argument(shape)
    if sizes is None:
        raise TypeError("the number of results is that of the axes, which is not known here")
    return len(sizes)


@linear(np.unravel_index, parts=(tuple, lambda indices, shape, order: axis_count(shape)), fact=_coordinates)
def _(axes, indices, shape, order="C"):
    """No argument has a derivative."""


def _flat_places(multi_index, dims, *_, **__):
    return array_fact(np.intp, broadcast_shapes(*(fact(i).shape for i in multi_index)))


nondiff(np.ravel_multi_index, fact=_flat_places)


for _name in (
    "round",
    "any",
    "all",
    "argmax",
    "argmin",
    "argsort",
    "argpartition",
    "searchsorted",
    "nonzero",
):
    method(_name, getattr(np, _name))

# ---- what Python says of objects ---------------------------------------------------------------------------

nondiff(
    builtins.callable,
    builtins.hasattr,
    builtins.issubclass,
    builtins.isinstance,
    fact=lambda *_: PY_BOOL,
)
nondiff(builtins.hash, builtins.id, builtins.ord, fact=lambda *_: int_fact(None))
nondiff(
    builtins.type,
    builtins.str,
    builtins.repr,
    builtins.ascii,
    builtins.format,
    str.__mod__,
    str.format,
    str.join,
    builtins.chr,
    builtins.bin,
    builtins.oct,
    builtins.hex,
    np.array2string,
    np.array_repr,
    np.array_str,
    np.format_float_positional,
    np.format_float_scientific,
    fact=lambda *_, **__: OBJECT,
)

# ---- effects -----------------------------------------------------------------------------------------------

nondiff(
    builtins.print,
    warnings.warn,
    np.save,
    np.savez,
    np.savetxt,
    np.seterr,
    np.geterr,
    np.set_printoptions,
    time.sleep,
    logging.log,
    logging.debug,
    logging.info,
    logging.warning,
    logging.error,
    logging.critical,
    logging.Logger.log,
    logging.Logger.debug,
    logging.Logger.info,
    logging.Logger.warning,
    logging.Logger.error,
    logging.Logger.critical,
    fact=lambda *_, **__: OBJECT,
    pure=False,
)
nondiff(time.time, time.perf_counter, time.monotonic, time.process_time, fact=lambda: fact(0.0), pure=False)
nondiff(
    time.time_ns,
    time.perf_counter_ns,
    time.monotonic_ns,
    time.process_time_ns,
    fact=lambda: int_fact(None),
    pure=False,
)
