"""What a differentiated function changes of the world outside: global variables, attributes, lists and dictionaries.

Most of what a function captures is read when the generated code is called, and lists are laid out in that code.  That is
right only of what stays as it is meanwhile.  A list that the function appends to is read when its elements are asked for
(``Changes`` tells lowering to begin anew, knowing that); what is changed by functions that are called as they are,
and read by differentiated code, is refused.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from typing import Any

import gast
import numpy as np

from srcad.frontend import refusals, scan
from srcad.frontend.source import SourceNotFound, source_of
from srcad.frontend.trees import Tree
from srcad.ir.nodes import Const

CONTAINERS = (list, dict, set)
"""Types of what may be laid out in code."""


Place = tuple[Any, str | None]
"""A dictionary of globals or an object, and the name in it; None for a cell, and for an array or a container itself."""

Key = tuple[int, Any]
"""A place by the id of what it is in."""


class Changes(Exception):
    """A container outside is changed by the function, and must not be laid out in its code."""

    def __init__(self, container: Any) -> None:
        self.container = container


class Follow(Changes):
    """A list or dict outside is changed and read: what it holds is to be followed item by item."""


class Open(Changes):
    """A dict is asked for a key, in a line of a file, that can be known at run time only."""


class Outside:
    """What one generated module captures, and what it changes, of the world outside."""

    def __init__(
        self, changing: dict[int, Any] | None = None, followed: dict[int, Any] | None = None,
        open_keys: frozenset[Any] = frozenset(),
    ) -> None:
        self.open_keys = open_keys  # lines where dicts are asked for keys that are not known while lowering
        self.followed = followed or {}  # containers whose contents are known while lowering, by their ids
        self.changing = {k: value for k, value in (changing or {}).items() if k not in self.followed}
        self.captured: dict[int, Any] = {}  # containers that are captured
        self.laid_out: dict[Tree, Any] = {}  # what trees stand for containers item by item
        self._reads: dict[Key, Any] = {}  # in their order, with what the ids are of, which must not be another's
        self._writes: dict[Key, tuple[Any, str]] = {}

    def is_changing(self, value: Any) -> bool:
        return id(value) in self.changing

    def is_followed(self, value: Any) -> bool:
        return id(value) in self.followed

    def after(self, changes: Changes) -> Outside:
        """What is known from the beginning when lowering begins anew."""
        if isinstance(changes, Open):
            return Outside(self.changing, self.followed, self.open_keys | {changes.container})
        found = {id(changes.container): changes.container}
        if isinstance(changes, Follow):
            return Outside(self.changing, {**self.followed, **found}, self.open_keys)
        return Outside({**self.changing, **found}, self.followed, self.open_keys)

    def anew(self) -> Outside:
        """What is known of what changes, and nothing of what is captured."""
        return Outside(self.changing, self.followed, self.open_keys)

    def change(self, value: Any) -> None:
        """A container is changed; ``Changes`` if that was not known."""
        if not self.is_changing(value) and not self.is_followed(value):
            raise Changes(value)

    def change_tree(self, tree: Tree) -> None:
        """As ``change``, for what a tree stands for, if that is a container outside."""
        if tree in self.laid_out:
            self.change(self.laid_out[tree])
        elif isinstance(tree, Const) and id(tree.value) in self.captured:
            self.change(tree.value)

    def read(self, holder: Any, name: Any, value: Any) -> str | None:
        """A variable or attribute is captured; the name of a function that changes it, if there is one."""
        keys: list[Key] = [(id(holder), name)]
        self._reads[id(holder), name] = holder
        if isinstance(value, np.ndarray):
            keys.append((id(value), None))
            self._reads[id(value), None] = value
        if isinstance(value, CONTAINERS):
            self.captured[id(value)] = value
        return next((self._writes[key][1] for key in keys if key in self._writes), None)

    def count(self) -> int:
        """How much has been captured."""
        return len(self._reads)

    def forget(self, count: int) -> None:
        """Nothing but so much has been captured: what came after it was for code that is not made after all."""
        for key in list(self._reads)[count:]:
            del self._reads[key]

    def write(self, holder: Any, name: str | None, by: str) -> bool:
        """A function changes what has this name in ``holder``, or ``holder`` itself; whether that is captured."""
        if name is None and isinstance(holder, CONTAINERS):
            self.change(holder)
            return False
        self._writes[id(holder), name] = holder, by
        return (id(holder), name) in self._reads


def changed_by(function: Any, seen: set[Any] | None = None) -> Iterator[Place]:
    """What a user's function, and those that it calls by name, change outside of themselves, as far as it shows."""
    seen = set() if seen is None else seen
    function = getattr(function, "__func__", function)
    if not isinstance(function, types.FunctionType) or function.__code__ in seen:
        return
    seen.add(function.__code__)
    try:
        node = source_of(function).node
    except SourceNotFound:
        return
    world = World(function, scan.local_names(node))
    for name in scan.declared(node):
        yield world.place(name)
    for part in scan.walk(node.body, into_scopes=True):
        if isinstance(part, gast.Attribute) and not isinstance(part.ctx, gast.Load):
            yield from world.found(part.value, part.attr)
        elif isinstance(part, gast.Subscript) and not isinstance(part.ctx, gast.Load):
            yield from world.found(part.value, None)
        elif isinstance(part, gast.Call):
            if isinstance(part.func, gast.Attribute) and part.func.attr in refusals.MUTATORS:
                yield from world.found(part.func.value, None)
            for callee, _ in world.found(part.func, None):
                yield from changed_by(callee, seen)


class World:
    """What the names mean that a function does not bind itself."""

    def __init__(self, function: types.FunctionType, local: set[str]) -> None:
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        self.cells: dict[str, types.CellType] = dict(cells)
        self.globals = function.__globals__
        self.local = local

    def place(self, name: str) -> Place:
        """Where a variable is."""
        return (self.cells[name], None) if name in self.cells else (self.globals, name)

    def found(self, node: Any, name: str | None) -> Iterator[Place]:
        """The object that a dotted name leads to, if it leads to one; nothing for what is local."""
        path: list[str] = []
        while isinstance(node, gast.Attribute):
            path.append(node.attr)
            node = node.value
        if not isinstance(node, gast.Name) or node.id in self.local:
            return
        try:
            live = self.cells[node.id].cell_contents if node.id in self.cells else self.globals[node.id]
            for attribute in reversed(path):
                live = getattr(live, attribute)
        except (KeyError, ValueError, AttributeError):
            return
        yield live, name
