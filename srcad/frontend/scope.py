"""Where names mean what: the frames of the functions being lowered, and what they take from the live program.

A ``Frame`` is one activation of a user's function (inlined or not).  What it reads of globals and cells either is
static (a module, a function, a class: guarded by identity) or a number or array, which becomes a further parameter
of the generated function, read anew at every call.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from srcad.errors import DifferentiationError, explain
from srcad.frontend import scan
from srcad.frontend.trees import Tree
from srcad.ir.nodes import Location, Value


class Unsupported(DifferentiationError):
    """A construct that lowering does not take; raised where it stands, or emitted to be raised when reached."""

    writes = False
    """Whether memory is written into, so that the call must not be made as it is either."""


class NeedStatic(Exception):
    """The value of a parameter must be known while transforming; ``refusal`` is for where it cannot be."""

    def __init__(self, value: Value, refusal: Exception | None = None, place: Location | None = None) -> None:
        self.value = value
        self.refusal = refusal
        self.place = place  # where a dict is asked for a key, which may be known at run time only instead


class Unbound(Exception):
    """A variable is read that has no value yet (in a loop: perhaps from the iteration before)."""

    def __init__(self, name: str, free: bool = False) -> None:
        self.name = name
        self.free = free  # it belongs to a function around the one that reads it

    def as_python_says(self) -> Exception:
        """What Python raises."""
        if self.free:
            return theirs(NameError(
                f"cannot access free variable {self.name!r} where it is not associated with a value in enclosing scope"
            ))
        return theirs(UnboundLocalError(
            f"cannot access local variable {self.name!r} where it is not associated with a value"
        ))


class Diverged(Exception):
    """What comes after this point is never reached: the block ends in a raise."""


def theirs(error: Exception) -> Exception:
    """Mark an exception as what Python itself raises here: it comes unchanged, and only when the place is reached."""
    error.raised_by_python = True  # type: ignore[attr-defined]
    return error


def is_theirs(error: Exception) -> bool:
    return getattr(error, "raised_by_python", False)


@contextmanager
def as_python_does() -> Iterator[None]:
    """Do while lowering what running the code would do, an exception included."""
    try:
        yield
    except Exception as error:
        theirs(error)
        raise


class InPlace(Exception):
    """A function changes a list, dict or object that it is given, so that it must be lowered where it is called."""

    def __init__(self, location: Location | None) -> None:
        self.location = location


class Recursion(Exception):
    """A call of a function whose result is not known yet, because it is being lowered."""


HOLDER = ...
"""The key of a captured dictionary or cell itself, which is written into."""


@dataclass(frozen=True)
class Capture:
    """Where a captured value comes from, to be read anew at each call.

    ``holder`` is a dictionary or sequence with a ``key``, a cell (no key), or an object whose attribute is ``key``;
    with ``HOLDER`` for a key it is the value itself.
    """

    holder: Any
    key: Any

    def read(self) -> Any:
        """The value now."""
        if self.key is HOLDER:
            return self.holder
        if self.key is None:
            return self.holder.cell_contents
        if isinstance(self.holder, dict | tuple | list):
            return self.holder[self.key]
        return getattr(self.holder, self.key)

    def __hash__(self) -> int:
        return hash((id(self.holder), self.key))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Capture) and self.holder is other.holder and self.key == other.key


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of one activation of a function."""

    frame: Frame
    name: str


Store = dict[Any, Tree]
"""What there is at a point of the program: what variables hold (``Variable``), and what memory does (``memory.Root``).

A branch works on a copy, and so does a loop; where control joins, what they leave is joined.
"""


class State:
    """The store at the point that lowering has come to, and which roots may share memory (``memory.Root``)."""

    def __init__(self) -> None:
        self.store: Store = {}
        self.kin: dict[Any, frozenset[Any]] = {}
        self.written = False  # whether any memory has been written into
        self.changed = False  # whether any list or dict has been changed
        self.errors: tuple[tuple[str, str], ...] = ()  # how NumPy treats floating-point errors (np.errstate)
        self.catches: tuple[type, ...] = ()  # the exceptions that a try around this point catches
        self.resized: set[Any] = set()  # lists that have, or may have, another length than they had
        self.given_away: dict[Any, str] = {}  # arrays and lists that outlive the call under a name


class Variables(MutableMapping[str, Tree]):
    """The variables of one frame, by name."""

    def __init__(self, state: State, frame: Frame) -> None:
        self.state = state
        self.frame = frame

    def __getitem__(self, name: str) -> Tree:
        return self.state.store[Variable(self.frame, name)]

    def __setitem__(self, name: str, tree: Tree) -> None:
        self.state.store[Variable(self.frame, name)] = tree

    def __delitem__(self, name: str) -> None:
        del self.state.store[Variable(self.frame, name)]

    def __iter__(self) -> Iterator[str]:
        return (key.name for key in self.state.store if isinstance(key, Variable) and key.frame is self.frame)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        for name in list(self):
            del self[name]


@dataclass(eq=False)
class Frame:
    """One activation of a function: its syntax, its variables, and the world it sees."""

    node: Any
    file: str
    name: str
    globals: dict[str, Any]
    state: State
    cells: dict[str, Any] = field(default_factory=dict)
    outer: Frame | None = None
    locals: set[str] = field(default_factory=set)
    free: dict[str, Tree] = field(default_factory=dict)
    loads: dict[str, int] = field(default_factory=dict)
    caller: Frame | None = None
    at_yield: Any = None
    """In a generator that runs in place: what is done with the value that it yields."""
    given: Any = None
    """The structures of the arguments, of a function that is lowered where it is called."""
    remains: bool = False
    """Whether a nested function was made in it, which may read its variables later."""
    undecided: int = 0
    """In how many branches that depend on values it was called."""
    site: Location | None = None
    """Where the user calls it, if it is our own definition of what a function of Python's does."""

    def __post_init__(self) -> None:
        self.vars = Variables(self.state, self)

    @cached_property
    def declared(self) -> dict[str, str]:
        """The names that the function declares ``global`` or ``nonlocal``."""
        return scan.declared(self.node) if hasattr(self.node, "body") else {}

    @cached_property
    def captured(self) -> set[str]:
        """The variables that functions made in it read."""
        return scan.captured_inside(self.node)

    def location(self, node: Any) -> Location:
        return self.site or Location(self.file, getattr(node, "lineno", 0) or 0, self.name, self.state.errors, self.state.catches)

    def unsupported(self, node: Any, reason: str, remedy: str, location: Location | None = None) -> Unsupported:
        """The error for a construct, with its line."""
        return Unsupported(explain(location or self.location(node), reason, remedy))


def callers(frame: Frame | None) -> Iterator[Frame]:
    """A frame and those that it is called from, the innermost first."""
    while frame is not None:
        yield frame
        frame = frame.caller


def builtin(name: str) -> Any:
    """A builtin by name; ``LookupError`` if there is none."""
    if hasattr(builtins, name):
        return getattr(builtins, name)
    raise LookupError(name)
