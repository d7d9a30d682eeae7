"""Batch roles: how a primitive runs when some arguments have a leading batch axis.

A role is a function of a ``BatchCall`` (arguments by name, those in ``mapped`` batched) that returns the batched
result or results, or ``NotImplemented``, upon which the rows are run one by one.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from srcad.ir import core
from srcad.ir.build import Builder
from srcad.ir.facts import Dim
from srcad.ir.nodes import Apply, Operand
from srcad.ir.primitive import Mapped
from srcad.rules import shapes
from srcad.rules.forms import BatchCall, Linear, elementwise_batch, play_role
from srcad.rules.notation import broadcast, shape
from srcad.rules.registry import PRIMITIVES
from srcad.rules.templates import Parameters
from srcad.rules.trace import Symbol, contains_symbol, fact, primitive_call, rank, unwrap


def shifted(axis: Any, ndim: int) -> Any:
    """An ``axis=`` argument for an array that has a batch axis before its own ``ndim`` ones."""
    if axis is None:
        return tuple(range(1, ndim + 1))
    if isinstance(axis, tuple | list):
        return tuple(shifted(a, ndim) for a in axis)
    return axis + 1 if axis >= 0 else axis


def first_name(call: BatchCall) -> str:
    """The name of the first parameter."""
    return call.parameters.names[0]


def reduction(call: BatchCall) -> Any:
    """One array first, ``axis=`` the axes that go: all but the batch axis if None; perhaps ``where=``."""
    first = first_name(call)
    ndim = call.rank(first)
    if ndim is None or not call.mapped <= {first, "where"}:
        return NotImplemented
    changed: dict[str, Any] = {}
    if "where" in call.mapped:
        if (own := call.rank("where")) is None:
            return NotImplemented
        changed["where"] = call["where"][(slice(None), *(None,) * (ndim - own))] if own < ndim else call["where"]
        if first not in call.mapped:
            changed[first] = in_rows(call, call[first])
    if ndim == 0 and not call.apply.kwargs and isinstance(call.apply.primitive.rule, Linear):
        return call[first]  # a sum or a mean of one number
    moved = shifted(call["axis"] if ndim else (), ndim)
    return call.again(axis=moved[0] if isinstance(moved, tuple) and len(moved) == 1 else moved, **changed)


def along_axis(call: BatchCall) -> Any:
    """One array first, ``axis=`` the axis along which it acts; None flattens."""
    first = first_name(call)
    ndim = call.rank(first)
    if ndim is None or call.mapped != {first}:
        return NotImplemented
    if call["axis"] is None or ndim == 0:
        return call.again(**{first: flat_rows(call[first], ndim)}, axis=1)
    return call.again(axis=shifted(call["axis"], ndim))


def with_rows(call: BatchCall, name: str) -> Any:
    """An argument with a batch axis, which it has or is repeated along."""
    return call[name] if name in call.mapped else in_rows(call, call[name])


def in_rows(call: BatchCall, x: Any) -> Any:
    """An argument without a batch axis, or a list of such, repeated along one."""
    if fact(x).kind == "list":
        return primitive_call(call.build, core.BROADCAST_PARTS, (x, unwrap(call.size, call.build), True), {})
    rows = primitive_call(call.build, core.PREFIXED, (unwrap(call.size, call.build), shape(x)), {})
    return broadcast(x, rows)


def flat_rows(x: Any, ndim: int) -> Any:
    """A batched array of which each row, of ``ndim`` axes, is flattened."""
    if ndim == 0:
        return x[:, None]
    sizes = [shape(x)[k] for k in range(1, ndim + 1)]
    return x if ndim == 1 else np.reshape(x, (shape(x)[0], math.prod(sizes)))  # -1 is refused if there are no rows


def broadcasting(call: BatchCall, function: Any = None) -> Any:
    """Elementwise on arguments that broadcast, by another function where this one takes no arrays."""
    primitive = None if function is None else PRIMITIVES[function]
    results = elementwise_batch(call.build, call.apply, call.counterpart, call.size, primitive)
    assert results is not None
    unwrapped = [unwrap(r, call.build) for r in results]
    return unwrapped if len(unwrapped) > 1 else unwrapped[0]


broadcasting.broadcasts = True  # type: ignore[attr-defined]  # a rule of this role broadcasts its operands itself


def as_numpy(function: Any) -> Callable[[BatchCall], Any]:
    """The role of a scalar function whose meaning for arrays is that of a NumPy function."""
    return lambda call: broadcasting(call, function)


def by_name(signature: Callable[..., Any], role: Callable[[BatchCall], Any]) -> Callable[..., Any]:
    """A role for ``nondiff``, which has no template: ``signature`` has its parameters, without results."""
    parameters = Parameters(inspect.signature(signature), 0)

    def batch(build: Builder, apply: Apply, mapped: Mapped, size: Operand) -> list[Operand] | None:
        try:
            return play_role(role, parameters, build, apply, mapped, size)
        except TypeError:  # called with an argument that the role does not know
            return None

    return batch


def free_axes(call: BatchCall) -> Any:
    """Leading axes are free already (``np.linalg``): one array argument, nothing to do."""
    if len(call.mapped) == 1 and next(iter(call.mapped)) == next(iter(call.args)):
        return call.again()
    return NotImplemented


def prefix(call: BatchCall) -> Any:
    """``x[index]`` with ``x``, ``index`` or both batched; the elements of a list are batched themselves."""
    x = call.unbatched("x")
    if isinstance(x, tuple | list | dict) and "index" in call.mapped:
        return NotImplemented  # a table that takes one index at a time
    if fact(x).kind == "list":
        if "index" in call.mapped:
            return NotImplemented  # another element in each row
        return primitive_call(call.build, core.INDEX, (call["x"], call["index"]), {})
    if "x" not in call.mapped and isinstance(x := call["x"], Symbol) and (
        made := call.build.definition(x.operand, core.RANGE)
    ) is not None:
        numbers = primitive_call(call.build, np.arange, tuple(unwrap(a, call.build) for a in made.args), {})
        return primitive_call(call.build, core.INDEX, (numbers, call["index"]), {})  # a range takes one index only
    found = index_of_rows(call, call.rank("x"), "x" in call.mapped)
    if found is None:
        return NotImplemented
    index, source, target = found
    return moved_axes(primitive_call(call.build, core.INDEX, (call["x"], index), {}), source, target)


def index_of_rows(
    call: BatchCall, ndim: int | None, of_rows: bool = True
) -> tuple[Any, tuple[int, ...], tuple[int, ...]] | None:
    """The index that takes from each row, which has ``ndim`` axes, what the call's own takes; or from an ``x`` they share.

    NumPy puts the axes of index arrays where the first of them stands, and in front if a slice separates
    them; so axes of what is taken may have to be moved, from the first positions returned to the second.
    """
    old, new = (i if isinstance(i, tuple) else (i,) for i in (call.unbatched("index"), call["index"]))
    changed = [_differs(*pair) for pair in zip(old, new, strict=True)]
    named = [k for k, i in enumerate(old) if not (i is None or i is Ellipsis or isinstance(i, slice))]
    ranks = {k: _index_rank(old[k]) for k in named}
    together = not named or named[-1] - named[0] == len(named) - 1
    first = axes_before(old, named[0], ndim) if named and together else 0
    if first is None or None in ranks.values():
        return None
    if any(c and not _is_integer(i) for c, i in zip(changed, old, strict=True)):
        return None
    common = max(ranks.values(), default=0)  # type: ignore[type-var]
    assert common is not None
    arrays = tuple(range(1, common + 1))
    if not any(changed):
        is_moved = common and not together
        return (slice(None), *old), (common,) if is_moved else (), (0,) if is_moved else ()
    items = [
        i[(slice(None), *(None,) * (common - ranks[k]))] if c and ranks[k] < common else i  # type: ignore[operator]
        for k, (i, c) in enumerate(zip(new, changed, strict=True))
    ]
    if not of_rows:
        return items[0] if len(items) == 1 else tuple(items), (first,) if first else (), (0,) if first else ()
    rows = primitive_call(call.build, np.arange, (unwrap(call.size, call.build),), {})
    if common:
        rows = rows[(slice(None), *(None,) * common)]
    return (rows, *items), arrays if first else (), tuple(first + k for k in arrays) if first else ()


def moved_axes(x: Any, source: tuple[int, ...], target: tuple[int, ...]) -> Any:
    """``np.moveaxis``, for one axis or several, or none."""
    if not source:
        return x
    return np.moveaxis(x, *(source, target) if len(source) > 1 else (source[0], target[0]))


def axes_before(items: tuple[Any, ...], position: int, ndim: int | None) -> int | None:
    """How many axes of the result come from the items of an index before a position."""
    count = 0
    for item in items[:position]:
        if item is Ellipsis:
            if ndim is None:
                return None
            count += ndim - sum(map(shapes.consumes, items))
        else:
            count += 1
    return count


def _differs(old: Any, new: Any) -> bool:
    """Whether a part of an index is batched."""
    if isinstance(old, Symbol):
        return old.operand is not new.operand
    if isinstance(old, slice):
        return any(_differs(getattr(old, n), getattr(new, n)) for n in ("start", "stop", "step"))
    return isinstance(old, list | tuple) and any(map(_differs, old, new))


def _index_rank(item: Any) -> int | None:
    """The rank that an item gives to what it indexes: a mask one axis, whatever its own rank is; None for a mask of none."""
    if shapes.is_truth(item):
        return None
    if not shapes.is_advanced(item):
        return 0
    if isinstance(item, Symbol):
        known = fact(item)
        return None if known.kind == "shape" else 1 if known.dtype == np.dtype(bool) else known.ndim
    dtype = np.asarray(item).dtype if not contains_symbol(item) else None
    return 1 if dtype is None or dtype.kind == "b" else np.ndim(item)


def _is_integer(item: Any) -> bool:
    return isinstance(item, Symbol) and fact(item).dtype is not None and fact(item).dtype.kind in "iu"  # type: ignore[union-attr]


__all__ = ["Dim", "Symbol", "along_axis", "fact", "free_axes", "index_of_rows", "moved_axes", "prefix", "rank",
           "reduction", "shifted"]
