"""What one generated module is made of: functions lowered for certain facts, and the guards under which they hold."""

from __future__ import annotations

import types
from dataclasses import dataclass, field
from typing import Any

from srcad.frontend.alternatives import Ambiguous
from srcad.frontend.changes import Outside
from srcad.frontend.effects import Effects
from srcad.frontend.live import AliasGuard
from srcad.frontend.objects import AttributeGuard, Origin
from srcad.frontend.scope import Capture
from srcad.frontend.trees import Tree
from srcad.ir.facts import Dim, Fact
from srcad.ir.nodes import Function, Value


@dataclass(frozen=True)
class Guard:
    """``holder[key]`` (or the cell's contents) must be ``expected``; an attribute must have ``fact``."""

    capture: Capture
    expected: Any

    def holds(self) -> bool:
        try:
            return self.capture.read() is self.expected
        except (KeyError, ValueError):
            return False


Place = tuple[int, int]
"""Which argument of a function, and which leaf of that."""


@dataclass(eq=False)
class Specialised:
    """A function lowered for certain facts: the IR, the structure of its result, what it captures."""

    function: Function
    args: list[Tree]
    result: Tree | None = None
    captures: dict[Capture, Value] = field(default_factory=dict)
    static: set[Place] = field(default_factory=set)
    dims: list[Dim] = field(default_factory=list)
    recursive: bool = False
    assumes: set[int] = field(default_factory=set)  # functions being lowered whose results were taken for settled
    passed: dict[Capture, Value] = field(default_factory=dict)  # what calls of it pass on as captured
    effects: Effects = field(default_factory=Effects)
    touched: set[Capture] = field(default_factory=set)  # globals and cells that it reads or writes
    sets: set[Capture] = field(default_factory=set)  # those that it writes
    by_object: set[Capture] = field(default_factory=set)  # attributes that are read from objects among the arguments
    names: dict[Capture, Fact] = field(default_factory=dict)  # of which less is known than where the program begins
    lasts: dict[Capture, Fact] = field(default_factory=dict)  # what is known of what it leaves in them


@dataclass(eq=False)
class Program:
    """All functions lowered for one generated module, and the guards under which they hold."""

    guards: dict[Capture, Guard] = field(default_factory=dict)
    attribute_guards: dict[AttributeGuard, None] = field(default_factory=dict)
    known: dict[Any, Specialised] = field(default_factory=dict)
    active: list[tuple[types.CodeType, Specialised]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    codes: dict[types.FunctionType, types.CodeType] = field(default_factory=dict)
    customs: dict[Any, Any] = field(default_factory=dict)  # functions whose given derivatives are being lowered
    outside: Outside = field(default_factory=Outside)
    choices: dict[Any, tuple[int, Tree]] = field(default_factory=dict)  # the functions of which one is chosen by the data, numbered
    unclear: set[str] = field(default_factory=set)  # refusals of what may be one array or another
    follows_choices: bool = False

    def check_followed(self, error: Exception) -> None:
        """``Ambiguous`` if what is refused is not so where choices are followed."""
        if str(error) in self.unclear and not self.follows_choices:
            raise Ambiguous from None

    def guard(self, capture: Capture, expected: Any) -> None:
        self.guards.setdefault(capture, Guard(capture, expected))

    alias_guards: list[AliasGuard] = field(default_factory=list)

    def guard_attribute(self, origin: Origin, name: Any, what: str, expected: Any = None) -> None:
        self.attribute_guards[AttributeGuard(origin, name, what, expected)] = None
