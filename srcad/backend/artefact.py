"""Artefacts: generated source with the list of what its names are bound to, compiled and ready to run.

A function is generated for a signature.  What it reads of globals, cells and defaults is bound anew at each call
(``Binding``), and what it took for granted about them is checked then (``Artefact.holds``): so a fresh lambda of the same
code reuses what was generated, and a rebound global does not get stale results.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcad.backend.compiled import compile_source
from srcad.backend.emit import emit
from srcad.backend.printer import print_module
from srcad.frontend.lower import AttributeGuard, Program, Specialised
from srcad.frontend.scope import Capture
from srcad.ir.facts import Fact
from srcad.ir.nodes import Function


@dataclass(frozen=True)
class Binding:
    """Where a captured value is found, given the function of the call.

    ``kind`` is ``cell``, ``default``, ``kwdefault`` or ``global`` of the function itself, or ``fixed``.
    """

    kind: str
    key: Any
    capture: Capture

    def read(self, function: types.FunctionType) -> Any:
        if self.kind == "global":
            return function.__globals__[self.key]
        if self.kind == "cell":
            return function.__closure__[self.key].cell_contents  # type: ignore[index]
        if self.kind == "default":
            return function.__defaults__[self.key]  # type: ignore[index]
        if self.kind == "kwdefault":
            return function.__kwdefaults__[self.key]  # type: ignore[index]
        return self.capture.read()


def binding(capture: Capture, function: types.FunctionType) -> Binding:
    """A capture relative to the function whose derivative is generated."""
    if capture.holder is function.__globals__:
        return Binding("global", capture.key, capture)
    for k, cell in enumerate(function.__closure__ or ()):
        if capture.holder is cell:
            return Binding("cell", k, capture)
    if capture.holder is function.__defaults__:
        return Binding("default", capture.key, capture)
    if capture.holder is function.__kwdefaults__:
        return Binding("kwdefault", capture.key, capture)
    return Binding("fixed", None, capture)


@dataclass(eq=False)
class Artefact:
    """A generated function and what it needs: ``run(*leaves, *captured, *seeds or tangents)``."""

    run: Callable[..., Any]
    source: str
    captured: list[tuple[Binding, Fact]]
    guards: list[tuple[Binding, Any]]
    attribute_guards: list[AttributeGuard]
    finish: Callable[[Any], Any] = lambda results: results

    def holds(self, function: types.FunctionType, leaves: list[Any]) -> bool:
        """Whether what the code took for granted still is so."""
        try:
            for bound, expected in self.guards:
                if bound.read(function) is not expected:
                    return False
            for bound, fact in self.captured:
                if not fits(bound.read(function), fact):
                    return False
        except (KeyError, ValueError, TypeError, IndexError):
            return False
        return all(g.holds(leaves[g.position]) for g in self.attribute_guards)

    def bound(self, function: types.FunctionType) -> list[Any]:
        """The captured values now."""
        return [b.read(function) for b, _ in self.captured]


def fits(value: Any, fact: Fact) -> bool:
    """Whether a live value has the fact that code was generated for."""
    if fact.kind == "pack":
        return True  # residuals: the linear map that they are for is guarded itself
    if isinstance(value, np.ndarray | np.generic):
        return fact.kind == "array" and value.dtype == fact.dtype and value.shape == fact.shape
    return fact.kind == "py" and np.dtype(type(value)) == fact.dtype


def generate(
    root: Function, specialised: Specialised, program: Program, function: types.FunctionType, label: str
) -> Artefact:
    """Emit, print and compile an IR function and all that it calls."""
    emitted = emit(root)
    printed = print_module(emitted.tree)
    namespace = dict(emitted.names.bound)
    namespace = compile_source(
        printed.source, namespace, label, printed.line_map, user_function=function.__qualname__,
        user_file=function.__code__.co_filename,
    )
    captured = [(binding(c, function), v.fact) for c, v in specialised.captures.items()]
    guards = [(binding(g.capture, function), g.expected) for g in program.guards.values()]
    return Artefact(namespace[root.name], printed.source, captured, guards, list(program.attribute_guards))
