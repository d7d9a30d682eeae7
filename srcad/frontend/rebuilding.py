"""Live structures of trees: what a result is built as, from its leaves."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterator
from typing import Any

from srcad.frontend.classes import made
from srcad.frontend.trees import Instance, Mapping, Members, Sequence, Table, Tree, is_number
from srcad.ir.nodes import Const


def rebuilder(tree: Tree) -> Callable[[Iterator[Any]], Any]:
    """A function that builds the live structure of a result tree from its leaves."""
    match tree:
        case Sequence():
            parts = [rebuilder(item) for item in tree.items]
            kind = tree.type
            if hasattr(kind, "_fields"):
                return lambda leaves: kind(*[part(leaves) for part in parts])
            return lambda leaves: kind([part(leaves) for part in parts])
        case Mapping():
            pairs = [(k, rebuilder(item)) for k, item in tree.items.items()]
            return lambda leaves: dict_like(tree, {k: part(leaves) for k, part in pairs})
        case Table():
            return lambda leaves: dict_like(tree.like, with_values(next(leaves), next(leaves)))
        case Members():
            elements = tree.elements
            return lambda leaves: set(elements)
        case Instance():
            attributes = [(name, rebuilder(item)) for name, item in tree.items.items()]
            kind = tree.type
            return lambda leaves: made(kind, {name: part(leaves) for name, part in attributes})
        case Const() if not is_number(tree):
            value = tree.value
            return lambda leaves: value
    return next


def dict_like(tree: Mapping, items: dict[Any, Any]) -> dict[Any, Any]:
    """A dict of the kind of a tree."""
    if tree.type is collections.defaultdict:
        default = tree.default.value if isinstance(tree.default, Const) else None
        return collections.defaultdict(default, items)
    return items if tree.type is dict else tree.type(items)


def with_values(places: dict[Any, int], values: list[Any]) -> dict[Any, Any]:
    """A dict of which the places of the keys are known in a list of the values."""
    return {key: values[place] for key, place in places.items()}


class Maker:
    """What makes an object, list or dict of its leaves; generated code calls it by the name of the class."""

    def __init__(self, tree: Any, name: str) -> None:
        self.__name__ = name
        self.rebuild = rebuilder(tree)

    def __call__(self, *leaves: Any) -> Any:
        return self.rebuild(iter(leaves))
