"""The objects among the arguments of a derivative: what code is generated for, and the guards under which it holds.

Of an object the code reads numbers and arrays anew at each call.  What it takes for granted (which method a name
means, whether a flag is set, what type an attribute has) is checked before a call, on the object that is given then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from srcad.frontend.trees import Tree, leaves
from srcad.ir.facts import Fact, fact_of
from srcad.ir.nodes import Value


@dataclass(frozen=True)
class Item:
    """A step of a path: an item of a dict, or an element of a list."""

    key: Any


@dataclass(frozen=True)
class Origin:
    """How to get to an object: an argument of the derivative, and the attributes from there."""

    root: Value
    path: tuple[str | Item, ...] = ()


class Objects(dict[Value, Any]):
    """The live objects that stand for values while lowering."""

    def __init__(self) -> None:
        super().__init__()
        self.origins: dict[Value, Origin] = {}
        self.foreign: dict[Any, str] = {}  # what is computed with, but is no plain array: the type that it comes from

    def origin(self, value: Value) -> Origin:
        """Where a value comes from; an argument of the derivative from itself."""
        return self.origins.get(value) or Origin(value)

    def same(self, new: Value, old: Any) -> None:
        """Let a value stand for what another one stands for, as a parameter does for an argument."""
        if isinstance(old, Value) and old in self:
            self[new] = self[old]
            self.origins[new] = self.origin(old)
        if old in self.foreign:
            self.foreign[new] = self.foreign[old]

    def among(self, trees: Iterable[Tree]) -> tuple[Origin, ...]:
        """The origins of the objects in trees: code that is made for some objects is not for others."""
        return tuple(self.origins[v] for t in trees for v in leaves(t) if isinstance(v, Value) and v in self.origins)

    def attribute(self, made: Value, base: Value, name: str | Item, live: Any) -> None:
        """Let a value stand for an attribute of another one."""
        origin = self.origin(base)
        self[made] = live
        self.origins[made] = Origin(origin.root, (*origin.path, name))


def class_attribute(kind: type, name: str) -> Any:
    """What a class or one of its bases defines under a name, as it stands there; None if they define nothing."""
    for base in kind.__mro__:
        if name in base.__dict__:
            return base.__dict__[name]
    return None


def layout_of(live: Any) -> Any:
    """What code takes for granted of a list or dict whose contents it follows."""
    return (type(live), tuple(live) if isinstance(live, dict) else len(live))


def followed(leaf: Any, path: tuple[Any, ...]) -> Any:
    """What a path of attributes and items leads to."""
    for step in path:
        leaf = leaf[step.key] if isinstance(step, Item) else getattr(leaf, step)
    return leaf


@dataclass(frozen=True)
class AttributeGuard:
    """What code takes for granted of an attribute of an object.

    ``what`` is ``"fact"`` (``expected`` is its fact), ``"type"``, ``"same"`` (it is ``expected`` itself), ``"class"``
    (it is found in the class, where it is ``expected``) or ``"absent"``.
    """

    origin: Origin
    name: str | Item
    what: str
    expected: Any = None

    def holds(self, leaf: Any) -> bool:
        """Whether it is so for the argument of another call."""
        try:
            leaf = followed(leaf, self.origin.path)
            if self.what == "absent":
                return not hasattr(leaf, str(self.name))
            if self.what == "class":
                assert isinstance(self.name, str)
                return class_attribute(type(leaf), self.name) is self.expected and self.name not in getattr(leaf, "__dict__", ())
            if self.what == "layout":
                return bool(layout_of(leaf) == self.expected)
            found = followed(leaf, (self.name,))
        except (AttributeError, LookupError, TypeError):
            return False
        if self.what == "same":
            return found is self.expected
        if self.what == "type":
            return type(found) is self.expected
        assert isinstance(self.expected, Fact)
        return fact_of(found) == self.expected
