"""Artefacts: generated source with the list of what its names are bound to, compiled and ready to run.

A function is generated for a signature.  What it reads of globals, cells and defaults is bound anew at each call
(``Binding``), and what it took for granted about them is checked then (``Artefact.holds``): so a fresh lambda of the same
code reuses what was generated, and a rebound global does not get stale results.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from srcad.backend.compiled import compile_source, user_places
from srcad.backend.emit import emit
from srcad.backend.printer import print_module
from srcad.errors import DifferentiationError, explain
from srcad.frontend.objects import AttributeGuard, followed
from srcad.frontend.program import Program, Specialised
from srcad.frontend.scope import HOLDER, Capture
from srcad.ir.facts import Fact, fact_of, is_plain_array
from srcad.ir.nodes import Function, Value
from srcad.rules.registry import primitive_of


@dataclass(frozen=True)
class Binding:
    """Where a captured value is found, given the function of the call.

    ``kind`` is ``globals`` or ``cell itself`` for what is written into; ``cell``, ``default``, ``kwdefault`` or ``global``
    of the function itself; ``inner`` if it is one of these of a function in a cell; or ``fixed``.
    """

    kind: str
    key: Any
    capture: Capture | None = None  # of a fixed one; the others are looked up, and nothing is kept alive

    def read(self, function: types.FunctionType) -> Any:
        if self.kind == "globals":
            return function.__globals__
        if self.kind == "cell itself":
            return function.__closure__[self.key]  # type: ignore[index]
        if self.kind == "global":
            return function.__globals__[self.key]
        if self.kind == "cell":
            return function.__closure__[self.key].cell_contents  # type: ignore[index]
        if self.kind == "default":
            return function.__defaults__[self.key]  # type: ignore[index]
        if self.kind == "kwdefault":
            return function.__kwdefaults__[self.key]  # type: ignore[index]
        if self.kind == "inner":
            cell, inner = self.key
            return inner.read(function.__closure__[cell].cell_contents)  # type: ignore[index]
        assert self.capture is not None
        return self.capture.read()


def binding(capture: Capture, function: types.FunctionType) -> Binding:
    """A capture relative to the function whose derivative is generated."""
    if capture.holder is function.__globals__:
        return Binding("globals", None) if capture.key is HOLDER else Binding("global", capture.key)
    for k, cell in enumerate(function.__closure__ or ()):
        if capture.holder is cell:
            return Binding("cell itself" if capture.key is HOLDER else "cell", k)
    if capture.holder is function.__defaults__:
        return Binding("default", capture.key)
    if capture.holder is function.__kwdefaults__:
        return Binding("kwdefault", capture.key)
    for k, cell in enumerate(function.__closure__ or ()):
        held = contents(cell)
        if isinstance(held, types.FunctionType) and held is not function and capture.holder is not held.__globals__:
            inner = binding(capture, held)
            if inner.kind != "fixed":
                return Binding("inner", (k, inner))
    return Binding("fixed", None, capture)


def contents(cell: types.CellType) -> Any:
    """What a cell holds, None if it is empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def same(actual: Any, expected: Any) -> bool:
    """Whether a static object is what code was generated for; a function is what its code is."""
    if isinstance(expected, types.CodeType):
        return isinstance(actual, types.FunctionType) and actual.__code__ is expected and primitive_of(actual) is None
    return actual is expected


def snapshot(value: Any) -> Any:
    """What code takes for granted of a container that can change in place; numbers and arrays in it are read anew.

    Lists are laid out in the code item by item.  Of a dictionary the keys are: what it holds is guarded where it is read.
    """
    if isinstance(value, list | tuple):
        return tuple(map(snapshot, value))
    if isinstance(value, dict | set):
        return list(value)
    return type(value) if isinstance(value, float | complex | np.ndarray | np.generic) else Same(value)


class Same:
    """An item of a container, which is the same if it is the same object, or an equal number or text."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Same):
            return False
        return self.value is other.value or (type(self.value) in (int, str) and self.value == other.value)

    __hash__ = None  # type: ignore[assignment]


@dataclass(eq=False)
class Artefact:
    """A generated function and what it needs: ``run(*leaves, *captured, *seeds or tangents)``."""

    run: Callable[..., Any]
    source: str
    captured: list[tuple[Binding, Fact]]
    guards: list[tuple[Binding, Any]]
    attribute_guards: list[tuple[int, AttributeGuard]]  # with the places of the objects among the leaves
    codes: list[tuple[types.FunctionType, types.CodeType]]
    contents: list[tuple[Binding, Any]] = field(default_factory=list)  # of containers that are laid out in the code
    finish: Callable[[Any], Any] = lambda results: results
    aliases: Sequence[tuple[Callable[[Any], Any], Callable[[Any], Any], bool]] = ()
    refusals: frozenset[str] = frozenset()

    def escaped(self, error: Exception) -> DifferentiationError | None:
        """The refusal for an exception that the user's code catches, and that was not foreseen here."""
        if isinstance(error, DifferentiationError):
            return None
        for place in user_places(error):
            if isinstance(error, place.catches):
                return DifferentiationError(explain(
                    place, f"{type(error).__name__} is raised here ({error}), which the program catches; that it may be was "
                    "not foreseen", "test for the exceptional case with an if",
                ))
        return None

    def __post_init__(self) -> None:
        self._globals = [(b.key, expected) for b, expected in self.guards if b.kind == "global"]
        self._others = [(b, expected) for b, expected in self.guards if b.kind != "global"]
        self._simple = not (self._others or self.contents or self.captured or self.attribute_guards or self.codes or self.aliases)

    def holds(self, function: types.FunctionType, leaves: Sequence[Any]) -> bool:
        """Whether what the code took for granted still is so."""
        names = function.__globals__
        try:
            for name, expected in self._globals:
                if names[name] is not expected:
                    return False
            if self._simple:
                return True
            for callee, code in self.codes:
                if callee.__code__ is not code:
                    return False
            for bound, expected in self._others:
                if not same(bound.read(function), expected):
                    return False
            for bound, expected in self.contents:
                if snapshot(bound.read(function)) != expected:
                    return False
            for bound, fact in self.captured:
                if not fits(bound.read(function), fact):
                    return False
        except (KeyError, ValueError, TypeError, IndexError):
            return False
        if not all(guard.holds(leaves[k]) for k, guard in self.attribute_guards):
            return False
        return all((one(leaves) is other(leaves)) is same for one, other, same in self.aliases)

    def bound(self, function: types.FunctionType) -> list[Any]:
        """The captured values now; a 0-d array among them as a scalar, as in ``pytrees.key_of``."""
        values = [b.read(function) for b, _ in self.captured]
        return [x[()] if type(x) is np.ndarray and not x.shape else x for x in values]


def fits(value: Any, fact: Fact) -> bool:
    """Whether a live value has the fact that code was generated for."""
    if fact.kind == "pack":
        return True  # residuals: the linear map that they are for is guarded itself
    if is_plain_array(value):
        return fact.kind == "array" and value.dtype == fact.dtype and value.shape == fact.shape
    if fact.kind == "object":
        return fact_of(value) == fact
    return fact.kind == "py" and np.dtype(type(value)) == fact.dtype


def generate(
    root: Function, specialised: Specialised, program: Program, function: types.FunctionType, label: str,
    place: Callable[[Value], int] = lambda _: 0,
) -> Artefact:
    """Emit, print and compile an IR function and all that it calls; ``place`` is that of a parameter among all leaves."""
    emitted = emit(root)
    printed = print_module(emitted.tree)
    namespace = dict(emitted.names.bound)
    namespace = compile_source(
        printed.source, namespace, label, printed.line_map, user_function=function.__qualname__,
        user_file=function.__code__.co_filename,
    )
    captured = [(binding(c, function), v.fact) for c, v in specialised.captures.items()]
    guards = []
    contents = []
    for guard in program.guards.values():
        bound = binding(guard.capture, function)
        expected = guard.expected
        if bound.kind in ("cell", "inner") and isinstance(expected, types.FunctionType) and primitive_of(expected) is None:
            expected = expected.__code__  # a fresh closure of the same code does as well
        guards.append((bound, expected))
        if isinstance(expected, list | dict | set | tuple) and not program.outside.is_changing(expected):
            contents.append((bound, snapshot(expected)))
    codes = [(f, code) for f, code in program.codes.items() if f is not function and f.__closure__ is None]
    attributes = [(place(guard.origin.root), guard) for guard in program.attribute_guards]
    return Artefact(namespace[root.name], printed.source, captured, guards, attributes, codes, contents,
                    aliases=[(way(a.one, place), way(a.other, place), a.same) for a in program.alias_guards],
                    refusals=emitted.refusals)


def way(target: Any, place: Callable[[Value], int]) -> Callable[[Any], Any]:
    """How to get to an object of another call, from the leaves of its arguments."""
    origin, live = target
    try:
        k = place(origin.root)
    except (AttributeError, ValueError):
        return lambda leaves: live  # it is captured, which is guarded
    return lambda leaves: followed(leaves[k], origin.path)
