"""Builtins that lowering itself understands, since they act on structures that exist only there."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcad.frontend.calls import Calls, handles
from srcad.frontend.classes import seen_class
from srcad.frontend.foreign import may_change
from srcad.frontend.scope import as_python_does, theirs
from srcad.frontend.sets import is_live_set
from srcad.frontend.trees import Bound, Closure, Instance, Iteration, Mapping, Members, Records, Sequence, Table, Tree, leaves
from srcad.ir import core
from srcad.ir.facts import Fact
from srcad.ir.nodes import Const, Value


@handles(range)
def lower_range(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    start, stop, step = Const(0), args[0], Const(1)
    if len(args) > 1:
        start, stop = args[0], args[1]  # type: ignore[assignment]
    if len(args) > 2:
        step = args[2]  # type: ignore[assignment]
    return Iteration("range", (start, stop, step))


@handles(len)
def lower_len(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    if isinstance(args[0], Value) and low.kept_container(args[0]) is not None:
        return low.length_now(args[0])
    if method := low.special(args[0], "__len__"):
        return low.call_special(method, args, node)
    match args[0]:
        case Sequence() | Mapping():
            return Const(len(args[0].items))
        case Members():
            return Const(len(args[0].elements))
        case Table():
            return low.build.one(core.COUNT, low.current(args[0].places))
        case Iteration(kind="keys" | "items"):
            return lower_len(low, [args[0].parts[0]], kwargs, node)
        case Value() if is_live_set(args[0]) or args[0].fact.kind == "object":
            return low.primitive(core.COUNT, args, node=node)
        case Iteration(kind="range"):
            return low.primitive(core.TRIPS, [low.range_value(args[0])], node=node)
        case Iteration():
            name = args[0].kind if args[0].kind in ("zip", "enumerate", "reversed") else "generator"
            raise theirs(TypeError(f"object of type {name!r} has no len()"))
        case Records():
            return low.primitive(core.LENGTH, [next(leaves(args[0]))], node=node)
        case Const(value=value) if may_change(value):
            return low.opaque("len", len, args)
        case Const():
            return Const(len(args[0].value))
    return low.primitive(core.LENGTH, args, node=node)


@handles(isinstance)
def lower_isinstance(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    tree, types = args[0], low.static(args[1], node)
    with as_python_does():
        isinstance(None, types)
    known = instance_of(tree, types if isinstance(types, tuple) else (types,), low)
    if known is not None:
        return Const(known)
    return low.primitive(isinstance, [tree, Const(types)], node=node)


def instance_of(tree: Tree, types: tuple[type, ...], low: Calls) -> bool | None:
    """Whether a tree is an instance of one of the types, if that is known."""
    match tree:
        case Sequence():
            return issubclass(tree.type, types)
        case Mapping():
            return issubclass(tree.type, types)
        case Members():
            return issubclass(set, types)
        case Table():
            return issubclass(tree.like.type, types)
        case Value() if is_live_set(tree):
            return issubclass(set, types)
        case Instance():
            return issubclass(seen_class(tree.type), types)
        case Const():
            return isinstance(tree.value, types)
        case Closure() | Bound():
            return None
        case Value() if tree in low.examples:
            return isinstance(low.examples[tree], types)
        case Value():
            return fact_instance(tree.fact, types)
    return None


def fact_instance(fact: Fact, types: tuple[type, ...]) -> bool | None:
    if fact.kind == "py" and fact.dtype is not None:
        return issubclass(type(fact.dtype.type(0).item()), types)
    if fact.kind == "array" and fact.ndim:
        return issubclass(np.ndarray, types)
    return None


@handles(np.ndarray)
def lower_ndarray(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    """Without a buffer it is ``np.empty``."""
    given = dict(zip(("shape", "dtype", "buffer", "offset", "strides", "order"), args, strict=False)) | kwargs
    if given.keys() & {"buffer", "offset", "strides"}:
        raise low.unsupported(node, "np.ndarray of a buffer is not supported", "np.frombuffer, or a view of an array")
    return low.primitive(np.empty, [given.pop("shape")], given, node=node)


@handles(slice)
def lower_slice(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    from srcad.ir.nodes import Display

    parts = [low.operand(a, node) for a in args]
    parts = [Const(None), *parts, Const(None)] if len(parts) == 1 else [*parts, Const(None)][:3]
    if all(isinstance(p, Const) for p in parts):
        return Const(slice(*(p.value for p in parts)))  # type: ignore[union-attr]
    return Display("slice", tuple(parts))


def one_by_one(function: Any) -> Any:
    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        results = tuple(low.primitive(function, [a], kwargs, node=node) for a in args)
        return results[0] if len(args) == 1 else Sequence(tuple, results)

    return lower


for _function in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    handles(_function)(one_by_one(_function))


@handles(*([np.unstack] if hasattr(np, "unstack") else []))
def lower_unstack(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    """The parts themselves, or, if their number is not known, an array of which they are the rows."""
    axis = low.static(kwargs.get("axis", Const(0)), node)
    array = args[0] if axis == 0 else low.primitive(np.moveaxis, [args[0], Const(axis), Const(0)], node=node)
    known = array.fact.shape if isinstance(array, Value) else None
    if not known or not isinstance(known[0], int):
        return array
    return Sequence(tuple, low.elements(array, node, known[0]))


@handles(np.gradient)
def lower_gradient(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    """One call for each axis, with what is between the points along it."""
    f, *distances = args
    f = f if isinstance(f, Value | Const) else low.primitive(np.array, [f], node=node)
    axis = low.static(kwargs.get("axis", Const(None)), node)
    edges = {"edge_order": kwargs["edge_order"]} if "edge_order" in kwargs else {}
    ndim = f.fact.ndim if isinstance(f, Value) else np.ndim(f.value)  # type: ignore[union-attr]
    if axis is None and ndim is None:
        return low.primitive(np.gradient, [f, *distances], edges, node=node)
    axes = range(ndim) if axis is None else (axis,) if np.ndim(axis) == 0 else axis  # type: ignore[arg-type]
    if len(distances) not in (0, 1, len(axes)):
        raise theirs(TypeError("invalid number of arguments"))
    given = distances or [Const(1.0)]
    parts = [
        low.primitive(np.gradient, [f, given[k % len(given)]], {"axis": Const(int(own)), **edges}, node=node)
        for k, own in enumerate(axes)
    ]
    return parts[0] if len(parts) == 1 else Sequence(type(np.gradient(np.eye(2))), tuple(parts))


@handles(np.where)
def lower_where(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    """With a condition alone it is ``np.nonzero``."""
    if len(args) == 1 and not kwargs:
        return low.primitive(np.nonzero, args, node=node)
    if len(args) == 2 and not kwargs:
        with as_python_does():
            np.where(True, None)
    return low.primitive(np.where, args, kwargs, node=node)
