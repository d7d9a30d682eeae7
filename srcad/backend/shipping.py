"""Pickling derivatives: a live object in, bytes out that another process turns into such an object.

What holds functions (``Shipped``: derivatives, decorated functions, pullbacks) pickles with all of them:

- A function that its module gives another process on import, as it is or under decorators that set
  ``__wrapped__``, goes by reference.
- Any other function goes by source: a lambda, a nested function, a closure, a function of ``__main__``.  With it go
  its defaults, its cells, and those globals that it reads, under the same rules: modules by name, functions as here
  (recursion and mutual recursion included), everything else as it pickles.  It is a snapshot: the functions of one
  pickle share their globals, and have them for themselves.
- Classes go by reference; those at the top level of ``__main__`` by their class statement and the present values of
  their plain attributes, unless the ``__main__`` that loads them defines a class by the same text, which is then taken.

Limits, each an error when it is pickled: a class inside a function; code without source (made by ``exec``);
``__main__`` itself as an object; whatever pickle refuses (an open file).  Annotations, globals that are read only by
name (``globals()["x"]``), and changes to the methods of a class of ``__main__`` are not shipped.  The text of what
goes by source is part of the pickle, and like every pickle it runs code when it is loaded.  A pullback or a linear
map goes as the IR of its code, and loads in the same version of srcad.
"""

from __future__ import annotations

import builtins
import collections
import copy
import dis
import functools
import importlib
import inspect
import io
import operator
import pickle
import sys
import types
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from srcad.backend import definitions
from srcad.backend.definitions import Definition
from srcad.ir.nodes import Block, Function, Undefined, Zero
from srcad.ir.primitive import Primitive
from srcad.rules.registry import primitive_of

MAIN = ("__main__", "__mp_main__")
"""The modules that are another one in every process."""

Parts = tuple[Callable[..., Any], tuple[Any, ...]]


class Shipped:
    """An object that pickles with the functions in it, wherever they are defined."""

    def parts(self) -> Parts:
        """What makes the object again, and from what."""
        raise NotImplementedError

    def __reduce__(self) -> Any:
        return received, (shipped(self),)

    def __copy__(self) -> Any:
        make, args = self.parts()
        return make(*args)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        make, args = self.parts()
        return make(*copy.deepcopy(args, memo))


def shipped(thing: Any) -> bytes:
    """A function, or an object with functions in it, as bytes."""
    file = io.BytesIO()
    try:
        Shipper(file).dump(thing)
    except Exception as error:
        error.add_note(f"while pickling {thing!r} with the functions, cells and globals that it needs")
        raise
    return file.getvalue()


def received(data: bytes) -> Any:
    """What ``shipped`` was given."""
    return pickle.loads(data)


# ---- by reference --------------------------------------------------------------------------------------


def address(thing: Any) -> tuple[str, str, int] | None:
    """Where an import leads to an object: module, qualified name, and how many decorators are to be taken off."""
    name, qualname = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
    module = sys.modules.get(name or "")
    if not qualname or name in MAIN or getattr(module, "__spec__", None) is None:
        return None
    try:
        found = operator.attrgetter(qualname)(module)
    except AttributeError:
        return None
    for depth in range(16):
        if found is thing:
            return str(name), qualname, depth
        try:
            found = beneath(found)
        except AttributeError:
            return None
    return None


def beneath(decorated: Any) -> Any:
    """What is under a decorator, or the function of a method."""
    return decorated.__func__ if isinstance(decorated, types.MethodType) else decorated.__wrapped__


def at(module: str, qualname: str, depth: int) -> Any:
    """The object at an address."""
    found = operator.attrgetter(qualname)(importlib.import_module(module))
    for _ in range(depth):
        found = beneath(found)
    return found


# ---- by source -----------------------------------------------------------------------------------------


class World:
    """The globals of the functions of one module, as far as they were shipped together."""

    def __init__(self, name: str) -> None:
        self.globals: dict[str, Any] = {"__builtins__": builtins, "__name__": name}

    def __reduce__(self) -> Any:
        return World, (self.globals["__name__"],)


def function_from(definition: Definition, world: World, cells: tuple[types.CellType, ...]) -> types.FunctionType:
    """A function without what ``fill_function`` adds, which may refer to it."""
    return types.FunctionType(definitions.code_of(definition), world.globals, definition.name, None, cells)


def fill_function(function: types.FunctionType, state: dict[str, Any]) -> None:
    for name in state["imports"]:
        importlib.import_module(name)
    for cell, content in zip(function.__closure__ or (), state["cells"], strict=True):
        if content:
            cell.cell_contents = content[0]
    function.__globals__.update(state["globals"])
    function.__dict__.update(state["dict"])
    for name, value in state["attributes"].items():
        setattr(function, name, value)


def fill_ir(function: Function, state: tuple[Any, ...]) -> None:
    function.params, function.block, function.owned, function.written, function.private, function.given = state


ATTRIBUTES = ("__defaults__", "__kwdefaults__", "__doc__", "__module__", "__name__", "__qualname__")


def function_state(function: types.FunctionType) -> dict[str, Any]:
    """What ``fill_function`` takes: all of a function but its code."""
    names = names_read(codes(function.__code__))
    read = {n: function.__globals__[n] for n in names if n in function.__globals__}
    return {
        "imports": submodules(read.values(), function.__code__),
        "cells": [contents(cell) for cell in function.__closure__ or ()],
        "globals": read,
        "dict": dict(function.__dict__),
        "attributes": {name: getattr(function, name) for name in ATTRIBUTES},
    }


def contents(cell: types.CellType) -> tuple[Any, ...]:
    """What a cell holds; nothing if it is empty."""
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def new_cell() -> types.CellType:
    """An empty cell (types without a name in any module do not pickle, so neither do calls of them)."""
    return types.CellType()


def method(function: Any, owner: Any) -> types.MethodType:
    return types.MethodType(function, owner)


def cached(function: Any, parameters: dict[str, Any]) -> Any:
    return functools.lru_cache(**parameters)(function)


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """A code object and all those inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def names_read(chosen: Iterable[types.CodeType]) -> list[str]:
    """The globals that code reads, in order."""
    loads = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
    read = [i.argval for code in chosen for i in dis.get_instructions(code) if i.opname in loads]
    # relative imports inside a function need the package
    return list(dict.fromkeys([*read, "__package__"]))


def is_body(code: types.CodeType) -> bool:
    """Whether code runs only when somebody calls it, unlike that of a class or a comprehension."""
    return bool(code.co_flags & inspect.CO_OPTIMIZED) and (code.co_name[0] != "<" or code.co_name == "<lambda>")


def submodules(read: Any, code: types.CodeType) -> list[str]:
    """The modules that code may reach as attributes of those that it reads (``scipy.linalg``)."""
    names = {name for c in codes(code) for name in c.co_names}
    packages = [m.__name__ + "." for m in read if isinstance(m, types.ModuleType) and hasattr(m, "__path__")]
    return sorted(
        name for name in list(sys.modules) for package in packages
        if name.startswith(package) and names.issuperset(name[len(package):].split("."))
    )


# ---- classes of __main__ -------------------------------------------------------------------------------

_received_classes: weakref.WeakKeyDictionary[type, tuple[Definition, dict[str, Any]]] = weakref.WeakKeyDictionary()
PLAIN = (bool, int, float, complex, str, bytes, tuple, list, dict, np.ndarray, np.generic, type(None))


def own_definition(cls: type) -> tuple[Definition, dict[str, Any]]:
    """The text of a class of ``__main__``, and its globals."""
    known = _received_classes.get(cls)
    if known is None:
        try:
            known = definitions.class_definition(cls), vars(sys.modules[cls.__module__])
        except (OSError, TypeError, KeyError) as error:
            raise TypeError(
                f"the class {cls.__qualname__} of __main__ is to be pickled with its source, which cannot be found "
                f"({error}); define it in a module that can be imported"
            ) from None
    return known


def class_from(definition: Definition, world: World, needed: dict[str, Any]) -> type:
    """A class of ``__main__``: the one of this process if it has the same text, or else a new one."""
    own = _own_class(definition.qualname)
    if own is not None:
        try:
            if definitions.class_definition(own).text == definition.text:
                return own
        except (OSError, TypeError):
            pass
    world.globals.update(needed)
    made: dict[str, Any] = {}
    exec(definitions.class_code(definition), world.globals, made)
    cls: type = made[definition.name]
    _received_classes[cls] = definition, world.globals
    return cls


def fill_class(cls: type, state: tuple[dict[str, Any], dict[str, Any]]) -> None:
    if cls in _received_classes:
        _received_classes[cls][1].update(state[0])
        for name, value in state[1].items():
            setattr(cls, name, value)


def _own_class(qualname: str) -> type | None:
    try:
        found = operator.attrgetter(qualname)(sys.modules["__main__"])
    except (AttributeError, KeyError):
        return None
    return found if isinstance(found, type) else None


def is_named_tuple(cls: type) -> bool:
    """Whether ``collections.namedtuple`` made a class."""
    return cls.__bases__ == (tuple,) and hasattr(cls, "_field_defaults")


def named_tuple(module: str, name: str, fields: tuple[str, ...], defaults: tuple[Any, ...]) -> type:
    """A class that ``collections.namedtuple`` made, without a class statement of its own."""
    own = _own_class(name) if module in MAIN else None
    if own is not None and getattr(own, "_fields", None) == fields:
        return own
    return collections.namedtuple(name, fields, defaults=defaults, module=module)


# ---- the pickler ---------------------------------------------------------------------------------------


class Shipper(pickle.Pickler):
    """Pickles functions as the module's docstring says, and the parts of the kernel that a pullback holds."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.worlds: dict[int, World] = {}

    def world(self, namespace: dict[str, Any]) -> World:
        return self.worlds.setdefault(id(namespace), World(namespace.get("__name__", "__main__")))

    def reducer_override(self, thing: Any) -> Any:
        match thing:
            case type():
                return self.reduced_class(thing)
            case types.FunctionType() | Shipped() | functools._lru_cache_wrapper():
                place = address(thing)
                if place is not None:
                    # what pickle finds for itself is left to it
                    return (at, place) if place[-1] or isinstance(thing, Shipped) else NotImplemented
                if isinstance(thing, Shipped):
                    return thing.parts()
                if isinstance(thing, types.FunctionType):
                    return self.reduced_function(thing)
                return cached, (thing.__wrapped__, thing.cache_parameters())
            case types.MethodType():
                return method, (thing.__func__, thing.__self__)
            case staticmethod() | classmethod():
                return type(thing), (thing.__func__,)
            case types.CellType():
                return new_cell, ()
            case types.ModuleType():
                return importlib.import_module, (module_name(thing),)
            case Primitive():
                return self.reduced_primitive(thing)
            case Function():
                state = (thing.params, thing.block, thing.owned, thing.written, thing.private, thing.given)
                # what it calls may call it
                return Function, (thing.name, [], Block(), thing.location), state, None, None, fill_ir
            case Undefined() | Zero():
                return repr(thing)  # the name of the only one there is
        return NotImplemented

    def reduced_function(self, function: types.FunctionType) -> Any:
        definition = definitions.definition_of(function)
        cells = function.__closure__ or ()
        made = (definition, self.world(function.__globals__), cells)
        return function_from, made, function_state(function), None, None, fill_function

    def reduced_class(self, cls: type) -> Any:
        if "<locals>" in cls.__qualname__:
            raise TypeError(
                f"the class {cls.__qualname__} is defined inside a function, and cannot be pickled; "
                "define it at the top level of a module"
            )
        if cls.__module__ not in MAIN:
            # lowering makes some, for functions with several results
            return self.reduced_named_tuple(cls) if is_named_tuple(cls) and address(cls) is None else NotImplemented
        outer, _, name = cls.__qualname__.rpartition(".")
        if outer:
            return getattr, (_own_class(outer), name)
        try:
            definition, namespace = own_definition(cls)
        except TypeError:
            if not is_named_tuple(cls):
                raise
            return self.reduced_named_tuple(cls)
        code = definitions.class_code(definition)
        # the class statement itself needs its bases and decorators at once, the methods need the rest later
        own = (c for c in codes(code) if not is_body(c))
        now = {n: namespace[n] for n in names_read(own) if n in namespace and n != cls.__name__}
        later = {n: namespace[n] for n in names_read(codes(code)) if n in namespace and n not in now}
        plain: dict[str, Any] = {}
        if type(cls).__module__ in ("builtins", "abc"):
            plain = {k: v for k, v in vars(cls).items() if isinstance(v, PLAIN) and not k.startswith("__")}
        return class_from, (definition, self.world(namespace), now), (later, plain), None, None, fill_class

    def reduced_named_tuple(self, cls: Any) -> Any:
        return named_tuple, (cls.__module__, cls.__name__, cls._fields, tuple(cls._field_defaults.values()))

    def reduced_primitive(self, primitive: Primitive) -> Any:
        if primitive_of(primitive.function) is primitive:
            return primitive_of, (primitive.function,)
        if primitive.rule is None:
            return NotImplemented
        # variants of a registered one have names of their own at most
        for module in [module for name, module in sys.modules.items() if name.startswith("srcad.rules.")]:
            for name, value in vars(module).items():
                if value is primitive:
                    return getattr, (module, name)
        raise TypeError(f"a pullback or linear map that applies {primitive.name} cannot be pickled; "
                        "pickle the derivative that made it")


def module_name(module: types.ModuleType) -> str:
    """The name by which a module is imported; ``TypeError`` if it cannot be."""
    name = module.__name__
    if name in MAIN or sys.modules.get(name) is not module or module.__spec__ is None:
        raise TypeError(f"the module {name} cannot be imported in another process, so it cannot be pickled")
    return name
