"""Live arguments as trees: flattened into leaves, described for lowering, and rebuilt from results.

A leaf is an array, a number, or an object that is passed through.  What code may depend on (None, bools, strings,
callables) belongs to the structure.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from srcad.frontend.objects import Objects
from srcad.frontend.trees import Mapping, Sequence, Tree
from srcad.ir.facts import ANY, OBJECT, PY_INT, fact_of, without_sizes
from srcad.ir.nodes import Const, Value

STRUCTURAL = (bool, str, bytes, type(None), type, np.dtype, slice)


FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
"""Callables that are equal only to themselves, or if they are the same method of the same object."""


class Same:
    """An object in a key, where only that object is meant, whatever is equal to it."""

    __slots__ = ("thing",)

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.thing is other.thing

    def __hash__(self) -> int:
        return id(self.thing)


STATIC_NUMBERS = (int, float)
"""Numbers that code may be made for by value (an axis, an exponent)."""


def is_namedtuple(x: Any) -> bool:
    return isinstance(x, tuple) and hasattr(x, "_fields")


def is_container(x: Any) -> bool:
    return type(x) in (tuple, list, dict) or is_namedtuple(x)


def children(x: Any) -> Any:
    return x.values() if isinstance(x, dict) else x


def like(x: Any, items: list[Any]) -> Any:
    """A container of the kind of ``x`` with other items."""
    if isinstance(x, dict):
        return dict(zip(x, items, strict=True))
    return type(x)(*items) if is_namedtuple(x) else type(x)(items)


def flatten(x: Any) -> Iterator[Any]:
    """The leaves of nested tuples, lists and dicts."""
    if is_container(x):
        for item in children(x):
            yield from flatten(item)
    else:
        yield x


def mapped(function: Callable[[Any], Any], x: Any) -> Any:
    """The tree with a function applied to every leaf."""
    if is_container(x):
        return like(x, [mapped(function, item) for item in children(x)])
    return function(x)


def unflatten(x: Any, leaves: Iterator[Any]) -> Any:
    """The structure of ``x`` over other leaves."""
    return mapped(lambda _: next(leaves), x)


def same_structure(a: Any, b: Any) -> bool:
    """Whether two trees have containers of the same types and lengths, and dicts the same keys."""
    if is_container(a) or is_container(b):
        if type(a) is not type(b) or len(a) != len(b) or (isinstance(a, dict) and list(a) != list(b)):
            return False
        return all(same_structure(p, q) for p, q in zip(children(a), children(b), strict=True))
    return True


def is_leaf(x: Any) -> bool:
    """Whether a value is passed to generated code, and not part of the structure."""
    return not isinstance(x, STRUCTURAL) and (not callable(x) or isinstance(x, np.ndarray))


class Unknown:
    """An example argument of which nothing is known."""

    def __init__(self, name: str) -> None:
        self.name = name


def described(x: Any, examples: Objects, static: Iterator[bool], general: bool = False) -> Tree:
    """A live argument as a tree of values with facts.

    ``static`` says which leaves are known by value; ``general`` that sizes are to be forgotten.
    """
    if isinstance(x, Unknown):
        return Value(x.name, ANY)
    if isinstance(x, dict):
        return Mapping({k: described(v, examples, static, general) for k, v in x.items()})
    if is_container(x):
        return Sequence(type(x), tuple(described(v, examples, static, general) for v in x))
    if general and type(x) is str:
        next(static)
        return Value("", OBJECT)
    if not is_leaf(x):
        return Const(x)
    if next(static):
        return Const(x)
    if type(x) is int:
        return Value("", PY_INT)
    value = Value("", without_sizes(fact_of(x)) if general else fact_of(x))
    if value.fact.kind == "object":
        examples[value] = x
    return value


def key_of(x: Any, leaves: list[Any]) -> Any:
    """A hashable description of an argument for lookups; its leaves are appended to ``leaves``."""
    kind = type(x)
    if kind is np.ndarray:
        # A 0-d array goes in as a NumPy scalar: generated code updates scalars by rebinding, and would write into it.
        leaves.append(x if x.shape else x[()])
        return x.dtype, x.shape
    if kind is float or kind is int or kind is complex:
        leaves.append(x)
        return kind
    if kind is tuple or kind is list:
        return (kind, *[key_of(item, leaves) for item in x])
    if kind is dict:
        return (dict, *[(k, key_of(v, leaves)) for k, v in x.items()])
    if is_namedtuple(x):
        return (kind, *[key_of(item, leaves) for item in x])
    if not is_leaf(x):
        if kind is slice:
            return slice, x.start, x.stop, x.step
        return kind, x if isinstance(x, STRUCTURAL) or kind in FUNCTIONS else Same(x)
    leaves.append(x)
    if isinstance(x, np.generic):
        return "scalar", x.dtype
    if isinstance(x, np.ndarray):
        return kind, x.dtype, x.shape
    return kind


def rank_key_of(x: Any, leaves: list[Any]) -> Any:
    """As ``key_of``, with ranks in the place of shapes; an axis of size 1 broadcasts, so that it counts."""
    if type(x) is np.ndarray:
        leaves.append(x if x.shape else x[()])
        return x.dtype, len(x.shape), tuple([n if n <= 1 else -1 for n in x.shape])
    if is_container(x):
        parts = tuple([rank_key_of(item, leaves) for item in children(x)])
        return (type(x), tuple(x) if isinstance(x, dict) else (), parts)
    if type(x) is str:  # after many texts, one code for all
        leaves.append(x)
        return str
    return key_of(x, leaves)
