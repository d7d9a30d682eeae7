"""What a class says of its objects: where an attribute is looked up, and which classes lowering can make objects of."""

from __future__ import annotations

import abc
import sys
import types
import typing
from collections.abc import Callable, Iterator
from typing import Any

from srcad.frontend.trees import Instance, Tree
from srcad.ir.nodes import Const

LIBRARIES = frozenset(sys.stdlib_module_names) | {"numpy", "scipy"}
PLAIN_BASES = (object, abc.ABC, typing.Generic, typing.Protocol)
"""Classes of the library that add nothing to an object."""

Found = tuple[type, Any]
"""A class, and what it defines under a name."""


def lookup(kind: type, name: str, after: type | None = None) -> Found | None:
    """What a class or its bases, or those ``after`` one of these, define under a name, as it stands there."""
    order = kind.__mro__
    for base in order if after is None else order[order.index(after) + 1 :]:
        if name in base.__dict__:
            return base, base.__dict__[name]
    return None


def is_plain(kind: Any) -> bool:
    """Whether objects of a class are no more than their attributes: a user's class, made and read in the usual way."""
    return kind is types.SimpleNamespace or (
        isinstance(kind, type) and not is_ours(kind) and all(b in PLAIN_BASES or not is_library(b) for b in kind.__mro__)
        and kind.__new__ is NEW and has_plain(kind, "__getattribute__")
        and type(kind).__call__ is type.__call__ and kind.__base__ is not None and is_python_made(kind)
    )


def has_plain(kind: type, name: str) -> bool:
    """Whether a class leaves a special method to ``object``, or to the plainest of its kind."""
    found = lookup(kind, name)
    return found is not None and found[0] in (object, types.SimpleNamespace)


def is_python_made(kind: type) -> bool:
    """Whether a class and its bases were made by class statements, not by C."""
    return all(base is object or base.__flags__ & HEAP for base in kind.__mro__)


HEAP = 1 << 9
NEW: Any = object.__new__


LOWERED: set[str] = set()
"""Modules of srcad's own that are lowered with programs."""

STANDS_FOR: dict[type, tuple[type, Callable[[dict[str, Any]], Any]]] = {}
"""The classes in them, each with the class of Python's that it stands for, and how one of that is made of its attributes."""


def seen_class(kind: type) -> type:
    """The class that programs take a class for."""
    return STANDS_FOR[kind][0] if kind in STANDS_FOR else kind


def is_ours(kind: Any) -> bool:
    return kind.__module__ not in LOWERED and (kind.__module__ or "").split(".")[0] == "srcad"


def is_library(kind: Any) -> bool:
    return (kind.__module__ or "").split(".")[0] in LIBRARIES


def is_generated(function: Any) -> bool:
    """Whether a function has been made by ``dataclasses``."""
    return isinstance(function, types.FunctionType) and function.__code__.co_filename == "<string>"


def is_data_descriptor(found: Any) -> bool:
    return hasattr(type(found), "__set__") or hasattr(type(found), "__delete__")


def slots_of(kind: type) -> Iterator[str]:
    """The names for which the objects of a class have places."""
    for base in kind.__mro__:
        for name, found in base.__dict__.items():
            if isinstance(found, types.MemberDescriptorType):
                yield name


def has_dict(kind: type) -> bool:
    return kind.__dictoffset__ != 0


def own_attributes(live: Any) -> dict[str, Any]:
    """The attributes that a live object has itself, those in slots included."""
    slots = {name: getattr(live, name) for name in slots_of(type(live)) if hasattr(live, name)}
    return {**slots, **getattr(live, "__dict__", {})}


def class_of(tree: Tree, examples: Any) -> type | None:
    """The class of an object that lowering sees through, None for everything else."""
    if isinstance(tree, Instance):
        return tree.type
    live = tree.value if isinstance(tree, Const) else examples.get(tree)
    return type(live) if is_plain(type(live)) else None


def made(kind: type, items: dict[str, Any]) -> Any:
    """An object of a class that has these attributes, made without its ``__init__``."""
    if kind in STANDS_FOR:
        return STANDS_FOR[kind][1](items)
    new = kind.__new__(kind)  # type: ignore[call-overload]
    for name, value in items.items():
        object.__setattr__(new, name, value)
    return new
