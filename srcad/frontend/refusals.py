"""What lowering does not take: which constructs, in which words it says so, and what to write instead."""

from __future__ import annotations

import inspect
import random
from types import BuiltinMethodType, CodeType, FunctionType
from typing import Any

import gast
import numpy as np

from srcad.frontend import scan

OUTSIDE = "move it into a function that is given nothing to differentiate, and call that"

STATEMENTS = {
    "AsyncWith": ("an async with statement", OUTSIDE),
    "AsyncFor": ("an async for loop", "loop over a list"),
    "TryStar": ("a try statement", "test for the exceptional case with an if, or " + OUTSIDE),
    "ClassDef": ("a class definition inside the function", "move it to module level"),
    "AsyncFunctionDef": ("an async function", "write a plain function"),
    "TypeAlias": ("a type alias inside the function", "move it to module level"),
}
"""Statements by the names of their nodes: what each is called, and the remedy."""

EXPRESSIONS = {
    "YieldFrom": ("yield from", "collect the values in a list and return it"),
    "Await": ("await", "write a plain function"),
    "Set": ("a set", "use a tuple or a list"),
    "SetComp": ("a set comprehension", "use a list comprehension"),
}

MUTATORS = frozenset([
    "append", "extend", "insert", "pop", "popitem", "remove", "clear", "update", "setdefault", "sort", "reverse", "add",
    "discard", "difference_update", "intersection_update", "symmetric_difference_update", "fill", "put", "itemset", "resize",
    "partition", "setflags", "setfield", "byteswap", "__setitem__",
    "__delitem__", "__iadd__",
])
"""Methods that change the list, dict, set or array that they are called on."""

WRITERS = (
    np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis, np.random.shuffle, random.shuffle,
)
"""Functions that write into their first argument."""


def written(function: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """The argument that a call of a live function writes into, None if it is not known to write into any."""
    if "out" in kwargs and is_of_arrays(function):
        return kwargs["out"]
    if isinstance(function, np.ufunc) and len(args) > function.nin:
        return args[function.nin]
    named = not isinstance(function, FunctionType) and getattr(function, "__name__", "") == "shuffle"
    if named or any(function is writer for writer in WRITERS):
        return args[0] if args else None
    if isinstance(function, BuiltinMethodType) and isinstance(function.__self__, np.ufunc):
        # np.add.at writes into its first argument; reduce, accumulate and outer take out= by position too
        place = {"at": 0, "reduce": 3, "accumulate": 3, "reduceat": 4}.get(function.__name__, len(args))
        return args[place] if place < len(args) else None
    place = _out_position(function) if len(args) > 2 else len(args)
    return args[place] if place < len(args) else None


WRITING = frozenset(
    [writer.__name__ for writer in WRITERS] + ["at", "setitem", "delitem", "iadd", "isub", "imul", "itruediv", "setattr"]
)
"""Names of functions that change an argument."""

READERS = frozenset([
    "builtins", "math", "cmath", "numpy", "_operator", "operator", "itertools", "functools", "statistics", "json", "pprint",
    "logging", "warnings", "string", "_io", "io", "time", "datetime", "os", "sys",
])
"""Modules of which functions do not change the lists and dicts that they are given, those of ``CHANGERS`` aside."""

CHANGERS = frozenset(
    ["setitem", "delitem", "iadd", "iconcat", "ior", "iand", "ixor", "imul", "setattr", "delattr", "exec", "eval", "next"]
)


def leaves_lists_alone(function: Any) -> bool:
    """Whether a function is known not to change the lists and dicts that it is given."""
    module = getattr(function, "__module__", None) or type(function).__module__
    return module.split(".")[0] in READERS and getattr(function, "__name__", "") not in CHANGERS


def is_of_arrays(function: Any) -> bool:
    """Whether a callable is NumPy's or SciPy's, whose ``out`` is an array to be written into."""
    modules = [getattr(function, "__module__", None), type(function).__module__, type(_owner(function)).__module__]
    return any((module or "").split(".")[0] in ("numpy", "scipy") for module in modules)


def _owner(function: Any) -> Any:
    return getattr(function, "__self__", None)


def _out_position(function: Any) -> int:
    """Where ``out`` is among the positional parameters of a function; far off if it has none."""
    if not is_of_arrays(function):
        return 1000
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 1000
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [p.name for p in parameters if p.kind in kinds]
    return names.index("out") if "out" in names else 1000


def odd_kind(code: CodeType) -> str:
    """What calling a function gives instead of running it, empty for a plain function."""
    if code.co_flags & inspect.CO_ASYNC_GENERATOR:
        return "an asynchronous generator"
    if code.co_flags & inspect.CO_COROUTINE:
        return "a coroutine"
    return "a generator" if code.co_flags & inspect.CO_GENERATOR else ""


def odd_syntax(node: Any) -> str:
    """The same for a nested function or lambda."""
    own = list(scan.walk(node.body))
    if isinstance(node, gast.AsyncFunctionDef):
        return "a coroutine"
    return "a generator" if any(isinstance(n, gast.Yield | gast.YieldFrom) for n in own) else ""


def written_globals(function: Any) -> list[str]:
    """The globals that the syntax of a function shows to be written."""
    names = [name for name, kind in scan.declared(function).items() if kind == "global"]
    stored = {n.id for n in scan.walk(function.body) if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)}
    return [name for name in names if name in stored]


def writes(function: Any) -> bool:
    """Whether the syntax of a function shows a write into memory, or to a variable that is not its own."""
    declared = scan.declared(function)
    for node in scan.walk(function.body, into_scopes=True):
        if isinstance(node, gast.Subscript | gast.Attribute) and not isinstance(node.ctx, gast.Load):
            return True
        if isinstance(node, gast.AugAssign):
            return True
        if isinstance(node, gast.Name) and not isinstance(node.ctx, gast.Load) and node.id in declared:
            return True
        if isinstance(node, gast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in WRITING or (isinstance(node.func, gast.Attribute) and name in MUTATORS):
                return True
            if any(keyword.arg == "out" for keyword in node.keywords):
                return True
    return False
