"""What Python says of a mistake: it is let make the mistake, with stand-ins for what is known while lowering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from srcad.frontend.classes import HEAP
from srcad.frontend.scope import theirs

SEQUENCES = (list, tuple)


def name_of(kind: type) -> str:
    """How Python's messages call a type: one that is written in C with its module."""
    return kind.__name__ if kind.__flags__ & HEAP or kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def stand_in(kind: type) -> Any:
    """An empty list or tuple; of other types an object that can do nothing, whose type has the same name."""
    return kind() if kind in SEQUENCES else type(name_of(kind), (), {"__slots__": ()})()


def error_of(mistake: Callable[..., Any], *kinds: type) -> Exception:
    """The exception that an operation raises for objects of types that it does not take."""
    try:
        mistake(*map(stand_in, kinds))
    except Exception as error:
        return theirs(error)
    raise AssertionError(f"{mistake} takes {kinds}")


def check_iterable(kind: type | None, how: Callable[[Any], Any] = iter) -> None:
    """Raise what a loop over an object of a type raises if it has no elements."""
    if kind is not None and not hasattr(kind, "__iter__") and not hasattr(kind, "__getitem__"):
        raise error_of(how, kind)


def check_reversible(kind: type | None) -> None:
    """Raise what ``reversed`` raises for an object of a type that has no order."""
    if kind is not None and not hasattr(kind, "__reversed__") and not (hasattr(kind, "__len__") and hasattr(kind, "__getitem__")):
        raise error_of(reversed, kind)


def set_item(made: Any) -> None:
    made[0] = None


def delete_item(made: Any) -> None:
    del made[0]


def unpack(made: Any) -> None:
    () = made
