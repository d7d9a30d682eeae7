"""Where names mean what: the frames of the functions being lowered, and what they take from the live program.

A ``Frame`` is one activation of a user's function (inlined or not).  What it reads of globals and cells either is
static (a module, a function, a class: guarded by identity) or a number or array, which becomes a further parameter
of the generated function, read anew at every call.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field
from typing import Any

from srcad.errors import DifferentiationError, explain
from srcad.frontend.trees import Tree
from srcad.ir.nodes import Location, Value


class Unsupported(DifferentiationError):
    """A construct that lowering does not take; raised where it stands, or emitted to be raised when reached."""


class NeedStatic(Exception):
    """The value of a parameter must be known while transforming."""

    def __init__(self, value: Value) -> None:
        self.value = value


class Unbound(Exception):
    """A local variable is read that has no value yet (in a loop: perhaps from the iteration before)."""

    def __init__(self, name: str) -> None:
        self.name = name


class Diverged(Exception):
    """What comes after this point is never reached: the block ends in a raise."""


class Recursion(Exception):
    """A call of a function whose result is not known yet, because it is being lowered."""


@dataclass(frozen=True)
class Capture:
    """Where a captured value comes from, to be read anew at each call.

    ``holder`` is a dictionary or sequence with a ``key``, a cell (no key), or an object whose attribute is ``key``.
    """

    holder: Any
    key: Any

    def read(self) -> Any:
        """The value now."""
        if self.key is None:
            return self.holder.cell_contents
        if isinstance(self.holder, dict | tuple | list):
            return self.holder[self.key]
        return getattr(self.holder, self.key)

    def __hash__(self) -> int:
        return hash((id(self.holder), self.key))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Capture) and self.holder is other.holder and self.key == other.key


@dataclass(eq=False)
class Frame:
    """One activation of a function: its syntax, its variables, and the world it sees."""

    node: Any
    file: str
    name: str
    globals: dict[str, Any]
    cells: dict[str, Any] = field(default_factory=dict)
    outer: Frame | None = None
    locals: set[str] = field(default_factory=set)
    vars: dict[str, Tree] = field(default_factory=dict)
    free: dict[str, Tree] = field(default_factory=dict)
    loads: dict[str, int] = field(default_factory=dict)
    caller: Frame | None = None

    def location(self, node: Any) -> Location:
        return Location(self.file, getattr(node, "lineno", 0) or 0, self.name)

    def unsupported(self, node: Any, reason: str, remedy: str) -> Unsupported:
        """The error for a construct, with its line."""
        return Unsupported(explain(self.location(node), reason, remedy))


def builtin(name: str) -> Any:
    """A builtin by name; ``LookupError`` if there is none."""
    if hasattr(builtins, name):
        return getattr(builtins, name)
    raise LookupError(name)
