"""What derivatives ask of their arguments and of a function's output: trees in, an error or nothing out.

Each message names the place in the structure that it is about (``p['w'][0]``, ``the cotangent[1]``), what is there,
and what to write instead.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np

from srcad.errors import DifferentiationError, DifferentiationTypeError, DifferentiationValueError, explain
from srcad.frontend.calls import LIVE, WRAPPED
from srcad.frontend.trees import (
    NAMES,
    Closure,
    Derivative,
    Instance,
    Iteration,
    Mapping,
    Members,
    Pending,
    Records,
    Sequence,
    Tree,
    is_number,
    leaves,
)
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import Dim, Fact, same_dtype
from srcad.ir.nodes import Const, Display, Location, Operand, Value


def type_error(location: Location | None, reason: str, remedy: str) -> DifferentiationError:
    return DifferentiationTypeError(explain(location, reason, remedy))


def value_error(location: Location | None, reason: str, remedy: str) -> DifferentiationError:
    return DifferentiationValueError(explain(location, reason, remedy))


def plain_error(location: Location | None, reason: str, remedy: str) -> DifferentiationError:
    return DifferentiationError(explain(location, reason, remedy))


# ---- functions ---------------------------------------------------------------------------------------------------


def unwrapped(function: Tree) -> Tree:
    """What a live callable is under decorators; a live derivative as the tree that it is."""
    while isinstance(function, Const):
        kind = type(function.value)
        if kind in WRAPPED:
            function = Const(WRAPPED[kind](function.value))
        elif kind in LIVE:
            function = LIVE[kind](function.value)
        else:
            break
    return function


def location_of(function: Tree) -> Location | None:
    """Where a callable is defined."""
    function = unwrapped(function)
    if isinstance(function, Closure):
        return Location(function.file, function.node.lineno, function.name)
    if isinstance(function, Derivative):
        return location_of(function.function)
    code = getattr(function.value, "__code__", None) if isinstance(function, Const) else None
    return None if code is None else Location(code.co_filename, code.co_firstlineno, code.co_name)


def argument_name(function: Tree, position: int) -> str:
    """What a message calls a positional argument."""
    function = unwrapped(function)
    names: list[str] = []
    if isinstance(function, Closure):
        args = function.node.args
        names = [a.id for a in (*args.posonlyargs, *args.args)]
    elif isinstance(function, Const):
        try:
            parameters = inspect.signature(function.value).parameters.values()
        except (TypeError, ValueError):
            parameters = {}.values()
        names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    elif isinstance(function, Derivative):
        return argument_name(function.function, position)
    return names[position] if position < len(names) else f"argument {position}"


def positions_of(argnums: Any, count: int, location: Location | None = None) -> list[int]:
    """``argnums`` as positions; ``DifferentiationError`` for what selects nothing sensible."""
    if argnums is ALL:
        return list(range(count))
    numbers = argnums if isinstance(argnums, tuple) else (argnums,)
    remedy = "pass an int or a tuple of distinct ints, each naming a positional argument of the call"
    if not numbers or not all(type(n) is int for n in numbers):
        raise type_error(location, f"argnums={argnums!r} does not select arguments", remedy)
    if any(not -count <= n < count for n in numbers):
        reason = f"argnums={argnums!r} is out of range for a call with {count} positional arguments"
        raise value_error(location, reason, remedy)
    positions = [n % count for n in numbers]
    if len(set(positions)) < len(positions):
        raise value_error(location, f"argnums={argnums!r} selects an argument twice", remedy)
    return positions


ALL = ...
"""The ``argnums`` that select every argument (an object that stays the same through a pickle)."""


# ---- describing --------------------------------------------------------------------------------------------------


def describe(tree: Tree) -> str:
    """A tree in a few words."""
    match tree:
        case Sequence():
            return f"a {tree.type.__name__} of {len(tree.items)}"
        case Mapping():
            return "a dict"
        case Members():
            return "a set"
        case Instance():
            return f"an object of class {tree.type.__name__}"
        case Iteration(kind="range"):
            return "a range"
        case Pending():
            return f"a {tree.kind}"
        case Display():
            return f"a {tree.kind}"
        case Const(value=None):
            return "None"
        case Const():
            return f"the {type(tree.value).__name__} {tree.value!r}"
        case Value():
            return describe_fact(tree.fact)
    return NAMES[type(tree)]


def describe_fact(fact: Fact) -> str:
    if fact.kind == "py" and fact.dtype is not None:
        return f"a Python {type(fact.dtype.type(0).item()).__name__}"
    if fact.kind == "object":
        return "an object that is no array of numbers"
    if fact.kind == "shape":
        return "a tuple of ints"
    of = f" of {fact.dtype.name}" if fact.dtype is not None else ""
    if fact.shape == ():
        return f"a scalar{of}"
    return f"an array{of}" + (f" with shape {fact.shape}" if fact.shape is not None else "")


def layout(tree: Tree) -> str:
    """The containers of a tree, written as Python does, with a star for each array."""
    match tree:
        case Sequence():
            items = ", ".join(map(layout, tree.items))
            if tree.type is list:
                return f"[{items}]"
            comma = "," if len(tree.items) == 1 else ""
            return f"{tree.type.__name__ if tree.type is not tuple else ''}({items}{comma})"
        case Mapping():
            return "{" + ", ".join(f"{k!r}: {layout(v)}" for k, v in tree.items.items()) + "}"
        case Instance():
            return f"{tree.type.__name__}({', '.join(f'{k}={layout(v)}' for k, v in tree.items.items())})"
        case Const() if not is_number(tree):
            return repr(tree.value)
    return "*"


def places(tree: Tree, path: str) -> Iterator[tuple[str, Tree]]:
    """Everything in a tree that is no container, with how to get there."""
    match tree:
        case Sequence():
            names = getattr(tree.type, "_fields", None)
            for k, item in enumerate(tree.items):
                yield from places(item, f"{path}.{names[k]}" if names else f"{path}[{k}]")
        case Mapping():
            for key, item in tree.items.items():
                yield from places(item, f"{path}[{key!r}]")
        case Instance():
            for name, item in tree.items.items():
                yield from places(item, f"{path}.{name}")
        case _:
            yield path, tree


# ---- arguments ---------------------------------------------------------------------------------------------------


def check_differentiable(tree: Tree, name: str, location: Location | None, remedy: str = "") -> None:
    """Refuse a differentiated argument that is not floating-point throughout."""
    for place, leaf in places(tree, name):
        fact = fact_of_operand(leaf) if isinstance(leaf, Value) or is_number(leaf) else None  # type: ignore[arg-type]
        if fact is not None and fact.kind in ("array", "py", "num", "any", "list", "pack"):
            if fact.dtype is None or fact.dtype.kind == "f":
                continue
            if fact.dtype.kind == "c":
                raise type_error(location, f"{place} is {describe(leaf)}; complex numbers are not supported yet",
                                 "pass its real and its imaginary part")
        raise type_error(location, f"{place} is {describe(leaf)}, which has no derivative", remedy or
                         "pass floats (x.astype(float)), or leave the argument out of argnums")


def check_like(
    given: Tree, expected: Tree, what: str, location: Location | None, strict_dtype: bool = False, low: Any = None,
) -> None:
    """Refuse a tangent or cotangent that has not the structure and shapes of what it belongs to.

    ``low`` is where to check at run time what is not known before.
    """
    if structure_of(given) != structure_of(expected):
        reason = f"{what} is {describe(given)} with the structure {layout(given)}, expected {layout(expected)}"
        raise value_error(location, reason, "give it the same containers (tuple, list, dict keys)")
    numbers = [(place, leaf) for place, leaf in places(given, what) if isinstance(leaf, Value) or is_number(leaf)]
    for (place, a), b in zip(numbers, leaves(expected), strict=True):
        own, other = fact_of_operand(a), fact_of_operand(b)  # type: ignore[arg-type]
        if own.kind == "object" or (own.dtype is not None and own.dtype.kind not in "fiub"):
            raise type_error(location, f"{place} is {describe(a)}, no array of real numbers", "pass arrays of floats")
        if own.shape != other.shape and own.shape is not None and other.shape is not None and not unknown(own, other):
            raise value_error(
                location, f"{place} has shape {own.shape}, expected {other.shape}", "pass one of exactly that shape"
            )
        if low is not None:
            low.same_shapes(a, b, place, location)
        if strict_dtype and not same_dtype(own.dtype, other.dtype):
            raise value_error(location, f"{place} has dtype {own.dtype}, expected {other.dtype}", "cast it with astype")


def check_shapes(
    tree: Tree, what: str, given: list[Any], expected: list[tuple[int, ...]], location: Location | None
) -> None:
    """Refuse live arrays that have not the shapes of what they belong to; ``tree`` is the structure of both."""
    for (place, _), array, shape in zip(places(tree, what), given, expected, strict=False):
        if np.shape(array) != shape:
            reason = f"{place} has shape {np.shape(array)}, expected {shape}"
            raise value_error(location, reason, "pass one of exactly that shape")


def unknown(*facts: Fact) -> bool:
    return any(isinstance(s, Dim) for f in facts for s in f.shape or ())


def structure_of(tree: Tree) -> Any:
    """The containers of a tree, for comparison; a constant that is no number belongs to it."""
    match tree:
        case Sequence():
            fields = getattr(tree.type, "_fields", None)
            # a named tuple that was pickled, or that NumPy makes, is another class of the same name
            kind = tree.type if fields is None else (tree.type.__name__, fields)
            return (kind, *map(structure_of, tree.items))
        case Mapping():
            return (dict, *((k, structure_of(v)) for k, v in tree.items.items()))
        case Instance():
            return (tree.type, *((k, structure_of(v)) for k, v in tree.items.items()))
        case Const() if not is_number(tree):
            return type(tree.value), repr(tree.value)
    return "*"


# ---- outputs -----------------------------------------------------------------------------------------------------


def split_aux(result: Tree, has_aux: bool, location: Location | None) -> tuple[Tree, Tree | None]:
    """A result and, with ``has_aux``, what is passed along beside it."""
    if not has_aux:
        return result, None
    if not isinstance(result, Sequence) or result.type is list or len(result.items) != 2:
        reason = f"with has_aux=True the function must return a tuple of two, (output, aux), not {describe(result)}"
        raise type_error(location, reason, "return output, aux")
    return result.items[0], result.items[1]


def scalar_output(tree: Tree, location: Location | None) -> Value:
    """The one scalar that a gradient is of."""
    remedy = "return a scalar (np.sum, np.mean), or use srcad.jacobian for outputs that are not"
    if isinstance(tree, Const) and is_number(tree):
        return tree  # type: ignore[return-value]
    if not isinstance(tree, Value) or tree.fact.kind in ("object", "shape"):
        reason = f"the output is {describe(tree)}, no scalar array; its gradient is not defined"
        raise type_error(location, reason, remedy)
    fact = tree.fact
    if fact.shape is not None and fact.shape != ():
        raise value_error(location, f"the output has shape {fact.shape}, not (); its gradient is not defined", remedy)
    return tree


def check_returned(tree: Tree, location: Location | None) -> None:
    """Refuse a result that holds what exists only while its function is lowered.

    A pullback may be the one that the derivative itself returns, beside its other results.
    """
    own = [item for item in tree.items if isinstance(item, Pending)] if isinstance(tree, Sequence) else []
    for _, leaf in places(tree, ""):
        if isinstance(leaf, Records | Iteration) or (isinstance(leaf, Display) and leaf.kind == "slice"):
            raise type_error(location, f"the function returns {describe(leaf)}, which its derivatives cannot return",
                             "return a list, or a list for each part of its elements")
        if not isinstance(leaf, Operand) and not (own and leaf is own[-1]):
            raise type_error(location, f"the function returns {describe(leaf)}, which its derivatives cannot return",
                             "return the arrays and numbers that it needs, and make it of them outside")


def check_outputs(output: Tree, location: Location | None, what: str, integers: bool = False) -> None:
    """Refuse outputs that are no floats; ``what`` they do not have then."""
    for place, leaf in places(output, "the output"):
        fact = fact_of_operand(leaf) if isinstance(leaf, Value) or is_number(leaf) else None  # type: ignore[arg-type]
        exact = fact is not None and fact.dtype is not None and fact.dtype.kind != "f"
        if fact is None or fact.kind == "object" or (exact and not integers):
            raise type_error(location, f"{place} is {describe(leaf)}, which has no {what}", "return floats only")


__all__ = ["ALL", "Operand", "check_differentiable", "check_like", "check_outputs", "describe", "location_of",
           "plain_error", "positions_of", "scalar_output", "split_aux", "type_error", "unknown", "value_error"]
