"""Builtins that lowering itself understands, since they act on structures that exist only there."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from srcad.frontend.calls import Calls, handles
from srcad.frontend.foreign import may_change
from srcad.frontend.scope import as_python_does, theirs
from srcad.frontend.trees import Bound, Closure, Iteration, Mapping, Sequence, Tree
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


@handles(zip)
def lower_zip(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    if "strict" in kwargs and low.static(kwargs["strict"], node):
        check_lengths(low, args, node)
    return Iteration("zip", tuple(args))


def check_lengths(low: Calls, args: list[Tree], node: Any) -> None:
    """Raise as ``zip(..., strict=True)`` does, before anything is done with the elements."""
    first: Any = None
    for k, tree in enumerate(args):
        elements = low.static_elements(tree)
        shape = tree.fact.shape if isinstance(tree, Value) else None
        length = len(elements) if elements is not None else shape[0] if shape else None
        if length is None or (k and length != first and not (type(length) is type(first) is int)):
            raise low.unsupported(node, "zip(..., strict=True) over something of unknown length is not supported",
                                  "leave strict out, and compare the lengths")
        if k and length != first:
            others = "argument 1" if k == 1 else f"arguments 1-{k}"
            how = "shorter" if length < first else "longer"
            raise theirs(ValueError(f"zip() argument {k + 1} is {how} than {others}"))
        first = length


@handles(enumerate)
def lower_enumerate(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    start = args[1] if len(args) > 1 else kwargs.get("start", Const(0))
    return Iteration("enumerate", (args[0], start))


@handles(reversed)
def lower_reversed(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    return Iteration("reversed", tuple(args))


@handles(len)
def lower_len(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    match args[0]:
        case Sequence() | Mapping():
            return Const(len(args[0].items))
        case Iteration(kind="range"):
            return low.primitive(core.TRIPS, [low.range_value(args[0])], node=node)
        case Const(value=value) if may_change(value):
            return low.opaque("len", len, args)
        case Const():
            return Const(len(args[0].value))
    return low.primitive(core.LENGTH, args, node=node)


def sequence_handler(kind: type) -> Any:
    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        if not args:
            return Sequence(kind, ())
        elements = low.static_elements(args[0])
        if elements is None:
            elements = low.elements(args[0], node)
        return Sequence(kind, elements)

    return lower


handles(tuple)(sequence_handler(tuple))
handles(list)(sequence_handler(list))


@handles(dict)
def lower_dict(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    items: dict[Any, Tree] = {}
    if args:
        if isinstance(args[0], Mapping):
            items.update(args[0].items)
        else:
            for pair in low.elements(args[0], node):
                key, value = low.elements(pair, node, 2)
                items[low.static(key, node)] = value
    return Mapping(items | kwargs)


def folded(low: Calls, function: Any, elements: tuple[Tree, ...], start: Tree | None, node: Any) -> Tree:
    """Apply an operator from left to right."""
    total = start
    for element in elements:
        total = element if total is None else low.binary(function, total, element, node)
    return Const(0) if total is None else total


@handles(sum)
def lower_sum(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    start = args[1] if len(args) > 1 else kwargs.get("start")
    elements = low.static_elements(args[0])
    if elements is not None:
        zero = (isinstance(start, Const) and start.value == 0) or start is None
        return folded(low, operator.add, elements, None if zero and elements else start, node)
    if isinstance(args[0], Value) and args[0].fact.ndim == 1 and start is None:
        return low.primitive(np.sum, [args[0]], node=node)
    if isinstance(args[0], Value) and args[0].fact.ndim is not None and args[0].fact.ndim > 1 and start is None:
        return low.primitive(np.sum, [args[0]], {"axis": Const(0)}, node=node)
    return low.primitive(sum, [args[0], start] if start is not None else [args[0]], node=node)


def quantifier(conjunction: bool, function: Any) -> Any:
    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        elements = low.static_elements(args[0])
        if elements is None:
            return low.primitive(function, args, node=node)
        if not elements:
            return Const(conjunction)
        return low.short_circuit(conjunction, [lambda e=e: e for e in elements])  # type: ignore[misc]

    return lower


handles(any)(quantifier(False, np.any))
handles(all)(quantifier(True, np.all))


def extremum(name: str, pick: Any, reduce: Any) -> Any:
    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        if kwargs:
            raise low.frame.unsupported(node, f"{name}(...) with key= or default= is not supported", "use a loop")
        if len(args) > 1:
            return low.primitive(pick, args, node=node)
        elements = low.static_elements(args[0])
        if elements is not None:
            return low.primitive(pick, list(elements), node=node) if len(elements) > 1 else elements[0]
        return low.primitive(pick, args, node=node)

    return lower


handles(max)(extremum("max", max, np.max))
handles(min)(extremum("min", min, np.min))


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
            return issubclass(dict, types)
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


@handles(getattr)
def lower_getattr(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    name = low.static(args[1], node)
    if len(args) > 2 and isinstance(args[0], Value) and args[0] in low.examples:
        if not hasattr(low.examples[args[0]], name):
            low.program.guard_attribute(low.examples.origin(args[0]), name, "absent")
            return args[2]
    return low.attribute(args[0], name, node)


@handles(map)
def lower_map(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    elements = low.few_elements(Iteration("zip", tuple(args[1:])), node)
    if elements is None:
        raise low.frame.unsupported(node, "map over something of unknown length is not supported", "use a loop")
    return Sequence(list, tuple(low.call(args[0], list(low.elements(e, node)), {}, node) for e in elements))


@handles(sorted)
def lower_sorted(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    """The numbers of a sequence of known length; equal ones stay in order, also from the largest down."""
    elements = low.few_elements(args[0], node)
    if kwargs.keys() - {"reverse"} or elements is None:
        return low.opaque("sorted", sorted, args, kwargs, "which has a derivative only for a few numbers, without key=",
                          "use np.sort and np.argsort")
    down = "reverse" in kwargs and bool(low.static(kwargs["reverse"], node))
    if len(elements) < 2 or all(isinstance(e, Const) for e in elements):
        with as_python_does():
            return Sequence(list, tuple(sorted(elements, key=lambda e: e.value, reverse=down))  # type: ignore[union-attr]
                            if len(elements) > 1 else elements)
    numbers = low.primitive(np.array, [Sequence(list, elements)], node=node)
    if down:
        numbers = low.primitive(operator.neg, [numbers], node=node)
    ordered = low.primitive(np.sort, [numbers], {"kind": Const("stable")}, node=node)
    if down:
        ordered = low.primitive(operator.neg, [ordered], node=node)
    return Sequence(list, low.elements(ordered, node, len(elements)))


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


@handles(np.where)
def lower_where(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    """With a condition alone it is ``np.nonzero``."""
    if len(args) == 1 and not kwargs:
        return low.primitive(np.nonzero, args, node=node)
    return low.primitive(np.where, args, kwargs, node=node)
