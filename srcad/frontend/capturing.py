"""What functions capture: parameters of the generated code that are read anew at each call, or static and guarded."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from srcad.frontend import scan
from srcad.frontend.containers import with_each
from srcad.frontend.draws import Draws
from srcad.frontend.keeping import label_of
from srcad.frontend.program import Program
from srcad.frontend.scope import HOLDER, Capture, Frame, Unbound, Unsupported
from srcad.frontend.trees import (
    Bound,
    Cell,
    Closure,
    Derivative,
    Instance,
    Iteration,
    Mapping,
    OneOf,
    Partial,
    Sequence,
    Tree,
)
from srcad.ir import core
from srcad.ir.facts import OBJECT, Fact, fact_of, int_fact
from srcad.ir.nodes import Const, Value


class Capturing(Draws):
    """The part of lowering that knows what functions capture: globals, cells, defaults, attributes, variables around closures."""

    program: Program
    captures: dict[Capture, Value]
    names: dict[Capture, Fact]

    # ---- closures ---------------------------------------------------------------------------------------------------

    def closed(self, tree: Tree, around: tuple[Any, ...] = ()) -> Tree:
        """A tree whose closures hold what they capture, as it is now; ``around`` are those that capture it."""
        match tree:
            case Closure() if tree.free is None:
                if tree.node in around:
                    raise self.frame.unsupported(tree.node, f"{tree.name} calls itself, as a nested function",
                                                 "move it to module level")
                free = {}
                for name in scan.free_names(tree.node):
                    found = self.captured_by(tree.scope, name)
                    if found is not None:
                        free[name] = self.closed(found, (*around, tree.node))
                return Closure(tree.node, tree.file, tree.name, tree.scope, tree.defaults, free)
            case Closure():
                return replace(tree, free={k: self.closed(item, around) for k, item in (tree.free or {}).items()})
            case OneOf():
                return OneOf(tree.selector, {k: self.closed(item, around) for k, item in tree.options.items()})
            case Derivative():
                return Derivative(tree.kind, self.closed(tree.function, around), tree.options)
            case Partial():
                function, given = self.closed(tree.function, around), tuple(self.closed(a, around) for a in tree.args)
                return Partial(function, given, {k: self.closed(a, around) for k, a in tree.kwargs.items()})
            case Iteration():
                parts = tuple(self.closed(item, around) for item in tree.parts)
                return Iteration(tree.kind, parts, tree.token)
            case Sequence() | Mapping() | Instance():
                return with_each(lambda item: self.closed(item, around), tree)
            case Bound():
                return Bound(self.closed(tree.receiver, around), tree.name, tree.function)
        return tree

    def captured_by(self, scope: Frame, name: str) -> Tree | None:
        """What a name means in the scopes around a closure; None for what is global."""
        frame: Frame | None = scope
        while frame is not None:
            if name in frame.vars:
                return self.refreshed(frame.vars[name])
            if name in frame.free:
                return frame.free[name]
            if name in frame.cells:
                return self.read_name(Capture(frame.cells[name], None), name, None)
            frame = frame.outer
        return None

    # ---- what is captured -------------------------------------------------------------------------------------------

    def capture(self, capture: Capture, name: str, node: Any) -> Tree:
        """What a global or a cell holds: a parameter to be read at each call, or something static and guarded."""
        try:
            value = capture.read()
        except ValueError:
            raise Unbound(name) from None
        function = self.program.outside.read(capture.holder, capture.key, value)
        if function is not None:
            raise self.changed_elsewhere(name or str(capture.key), function)
        return self.live(capture, name, value)

    def changed_elsewhere(self, name: str, function: str) -> Unsupported:
        """The error for a variable that is read when the derivative is called, and changed while it runs."""
        error = self.frame.unsupported(
            None, f"{name} is read by differentiated code, and changed by {function}, which is called as it is",
            f"let {function} return the new value", self.build.location)
        error.writes = True
        return error

    def live(self, capture: Capture, name: str, value: Any) -> Tree:
        if isinstance(value, np.ndarray | np.generic) or type(value) in (int, float, complex):
            fact = fact_of(value)
            captured = self.captured_value(capture, name, int_fact(None) if type(value) is int else fact)
            if fact == OBJECT:
                self.examples.foreign[captured] = type(value).__qualname__
            return captured
        self.program.guard(capture, value)
        if self.program.outside.is_followed(value):
            holder = self.captured_value(Capture(value, HOLDER), name or type(value).__name__, OBJECT)
            return self.followed_tree(value, holder, lambda k, v: self.live(Capture(value, k), label_of(k), v))
        if self.program.outside.is_changing(value):
            captured = self.captured_value(capture, name, OBJECT)
            self.examples[captured] = value
            return captured
        if type(value) in (list, tuple) and any(isinstance(v, np.ndarray | float) for v in value):
            items = tuple(self.live(Capture(value, k), f"{name}_{k}", v) for k, v in enumerate(value))
            tree = Sequence(type(value), items, Cell(live=True))
            self.program.outside.laid_out[tree] = value
            return tree
        return Const(value)

    def captured_value(self, capture: Capture, name: str, fact: Fact) -> Value:
        if capture not in self.captures:
            self.captures[capture] = Value(name, self.names.get(capture, fact))
        return self.captures[capture]

    def read_attribute(self, base: Value, name: str, value: Any, node: Any) -> Tree:
        origin = self.examples.origin(base)
        if value is None or isinstance(value, str | bool | type) or callable(value):
            self.program.guard_attribute(origin, name, "same", value)
            return Const(value)
        fact = fact_of(value)
        made = self.build.apply(core.ATTRIBUTE, base, Const(name), name=name, facts=(fact,))[0]
        assert isinstance(made, Value)
        if fact == OBJECT:
            self.program.guard_attribute(origin, name, "type", type(value))
            self.examples.attribute(made, base, name, value)
        else:
            self.program.guard_attribute(origin, name, "fact", fact)
        return made

    def live_defaults(self, function: types.FunctionType) -> Defaults:
        """The defaults of a live function."""
        code = function.__code__
        positional = code.co_varnames[: code.co_argcount]
        given = function.__defaults__ or ()
        first = len(positional) - len(given)
        places = {name: Capture(given, k) for k, name in enumerate(positional[first:])}
        places |= {name: Capture(function.__kwdefaults__, name) for name in function.__kwdefaults__ or ()}
        return Defaults(places, lambda name: self.live(places[name], name, places[name].read()))


class Defaults(dict[str, Any]):
    """The defaults of a live function; one is captured when it is read, not when an argument is given for it."""

    def __init__(self, places: dict[str, Capture], read: Callable[[str], Tree]) -> None:
        super().__init__(places)
        self.read = read

    def __getitem__(self, name: str) -> Tree:
        return self.read(name)
