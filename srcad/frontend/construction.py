"""Calls of classes, which make objects, and of objects; what builtins ask of objects.

``__init__`` is lowered where the class is called; that of a dataclass, which has no source, is known by its fields.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import operator
import types
from collections.abc import Callable
from typing import Any

from srcad.frontend.calls import Calls, handles, is_named_tuple
from srcad.frontend.classes import class_of, has_dict, is_generated, is_library, is_plain, lookup, own_attributes, seen_class
from srcad.frontend.containers import with_each
from srcad.frontend.expressions import type_of
from srcad.frontend.lists import is_listed
from srcad.frontend.saying import error_of, name_of
from srcad.frontend.scope import Capture, Unsupported, as_python_does, is_theirs, theirs
from srcad.frontend.sets import is_set
from srcad.frontend.source import SourceNotFound
from srcad.frontend.trees import Bound, Closure, Instance, Mapping, Poison, Sequence, Table, Tree, leaves
from srcad.ir import core
from srcad.ir.nodes import Block, Const, Value
from srcad.rules.registry import primitive_of

SPECIAL = {
    len: "__len__", abs: "__abs__", float: "__float__", int: "__int__", complex: "__complex__", bool: "__bool__",
    iter: "__iter__", next: "__next__", round: "__round__", reversed: "__reversed__", operator.index: "__index__",
}
"""Builtins that ask an object's class for a method."""


ITERATING = (sum, list, tuple, zip, enumerate, map, filter, sorted, any, all, set)
"""Builtins that run over their arguments."""


OF_ELEMENTS = tuple(f for f in (*ITERATING, max, min, iter) if f not in (set, sorted))
"""Builtins that are given the elements of a live set as a list."""


class Construction(Calls):
    """The part of lowering that makes objects."""

    run_in_place: Callable[..., Tree]

    def call(self, function: Tree, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        if isinstance(function, Const) and primitive_of(function.value) is not None:
            return super().call(function, args, kwargs, node)
        if isinstance(function, Instance) or (isinstance(function, Value | Const) and self.is_object(function)):
            method = self.special(function, "__call__")
            if method is None and isinstance(function, Instance):
                raise error_of(operator.call, function.type)
            if method is not None:
                return self.call_live(method, [function, *args], kwargs, node)
        return super().call(function, args, kwargs, node)

    def call_live(self, function: Any, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        if function is type and len(args) == 1 and (kind := class_of(args[0], self.examples)) is not None:
            return Const(seen_class(kind))
        if isinstance(function, type | types.BuiltinFunctionType) and args and function in SPECIAL and self.is_object(args[0]):
            if (method := self.special(args[0], SPECIAL[function])) is not None:
                return self.call_special(method, args, node)
            if function is bool:
                return self.truth(args[0])
        if isinstance(function, type | types.BuiltinFunctionType) and function in ITERATING:
            args = [self.iterated(a, node) if isinstance(a, Instance) else a for a in args]
        if isinstance(function, type | types.BuiltinFunctionType) and function in OF_ELEMENTS:
            args = list(map(self.elements_list, args))
        if isinstance(function, types.MethodType) and function.__name__ == "_make" and is_named_tuple(function.__self__):
            named: Any = function.__self__
            return Sequence(named, self.elements(args[0], node, len(named._fields)))
        if isinstance(function, type) and is_plain(function) and function is not types.SimpleNamespace:
            return self.make_if_known(function, args, kwargs, node)
        return super().call_live(function, args, kwargs, node)

    # ---- making objects ---------------------------------------------------------------------------------------------

    def make_if_known(self, kind: type, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        """An object of a class; where its ``__init__`` cannot be lowered, the class is called as it is."""
        if self.attempts:
            return self.make(kind, args, kwargs, node)
        kept, frame = dict(self.state.store), self.frame
        trial = Block()
        try:
            with self.build.inside(trial):
                made = self.make(kind, args, kwargs, node)
        except Unsupported as error:
            self.state.store, self.frame = kept, frame
            given = (*args, *kwargs.values())
            if error.writes or any(isinstance(a, Closure | Instance | Bound) for a in given) or self.passes_active(given):
                raise
            try:
                return self.call_opaque(kind, args, kwargs, refusal=str(error))
            except Unsupported:
                raise error from None
        except BaseException:
            self.build.splice(trial)
            raise
        self.build.splice(trial)
        return made

    def passes_active(self, given: Any) -> bool:
        """Whether arguments may have a derivative, which an object made as it is would lose."""
        return any(isinstance(v, Value) and v.fact.may_vary for a in given for v in leaves(a))

    def make(self, kind: type, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        if inspect.isabstract(kind):
            with as_python_does():
                object.__new__(kind)
        found = lookup(kind, "__init__")
        assert found is not None
        made = self.housed(Instance(kind, {}))
        init = found[1]
        if is_generated(init):
            self.initialise(made, found[0], init, args, kwargs, node)
        elif isinstance(init, types.FunctionType) and not is_library(init):
            try:
                result = self.run_in_place(init, [made, *args], kwargs, node, "and makes objects of its class",
                                           "make them in a loop, or in a function at module level")
            except SourceNotFound as error:
                raise Unsupported(str(error)) from None
            if not (isinstance(result, Const) and result.value is None):
                given = type_of(result)
                but = f", not {name_of(given)!r}" if given is not None else ""
                raise theirs(TypeError(f"__init__() should return None{but}"))
        elif init is object.__init__:
            if args or kwargs:
                raise theirs(TypeError(f"{kind.__name__}() takes no arguments"))
        else:
            raise self.frame.unsupported(node, f"{kind.__name__}.__init__ ({type(init).__name__}) is not supported",
                                         "write it as a plain method")
        return self.refreshed(made)

    def initialise(
        self, made: Tree, owner: type, init: Any, args: list[Tree], kwargs: dict[str, Tree], node: Any
    ) -> None:
        """What the ``__init__`` of a dataclass does."""
        try:
            bound = inspect.signature(init).bind(made, *args, **kwargs).arguments
        except TypeError as error:
            raise theirs(TypeError(f"{init.__qualname__}(): {error}")) from None
        frozen = owner.__dataclass_params__.frozen  # type: ignore[attr-defined]
        later: list[Tree] = []
        for field in owner.__dataclass_fields__.values():  # type: ignore[attr-defined]
            kind = field._field_type.name
            if kind == "_FIELD_CLASSVAR":
                continue
            value = bound[field.name] if field.init and field.name in bound else self.default(field, node)
            if kind == "_FIELD_INITVAR":
                later.append(Const(None) if value is None else value)
            elif value is None:
                continue  # not given and no default: __post_init__ may set it
            elif not field.init and field.default_factory is dataclasses.MISSING and has_dict(owner):
                continue  # it stays an attribute of the class
            elif frozen:
                self.set_own(made, field.name, value, node)
            else:
                self.set_attribute(made, field.name, value, node)
        if hasattr(owner, "__post_init__"):
            self.call(self.attribute(self.refreshed(made), "__post_init__", node), later, {}, node)

    def default(self, field: Any, node: Any) -> Tree | None:
        """The default of a field, made anew if there is a factory; None if there is none."""
        if field.default_factory is not dataclasses.MISSING:
            return self.housed(self.call_live(field.default_factory, [], {}, node))
        if field.default is not dataclasses.MISSING:
            return self.live(Capture(field, "default"), field.name, field.default)
        return None

    # ---- objects as wholes ------------------------------------------------------------------------------------------

    def as_instance(self, tree: Tree, node: Any) -> Instance | None:
        """An object with its attributes, one of the program's own too; None for what is none."""
        if isinstance(tree, Instance):
            return self.refreshed(tree)  # type: ignore[return-value]
        kind = class_of(tree, self.examples)
        if kind is None:
            return None
        live = tree.value if isinstance(tree, Const) else self.examples[tree]  # type: ignore[index]
        return Instance(kind, {name: self.attribute(tree, name, node) for name in own_attributes(live)})


    def expanded(self, tree: Tree) -> Tree:
        """A tree to be differentiated, its dataclass objects as what they hold."""
        if isinstance(tree, Sequence | Mapping | Instance):
            return with_each(self.expanded, tree)
        kind = class_of(tree, self.examples)
        if kind is None or not (dataclasses.is_dataclass(kind) or kind is types.SimpleNamespace):
            return tree
        made = self.as_instance(tree, None)
        assert made is not None
        return with_each(self.expanded, made)


def object_of(low: Construction, tree: Tree, what: str, node: Any) -> Instance:
    """An object with all its attributes, or Python's error for what is no dataclass."""
    made = low.as_instance(tree, node)
    if made is None or not dataclasses.is_dataclass(made.type):
        raise theirs(TypeError(f"{what}() should be called on dataclass instances"))
    return made


@handles(types.SimpleNamespace)
def lower_namespace(low: Construction, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    with as_python_does():
        types.SimpleNamespace(*({} for _ in args))  # which takes a dict from Python 3.13 on
    given: dict[str, Tree] | None = low.known_items(args[0], node) if args else {}
    if given is None:
        raise low.unsupported(node, "a dict whose keys are not known here is no namespace", "name the attributes (x=...)")
    return Instance(types.SimpleNamespace, given | kwargs)


@handles(object.__init__, object.__init_subclass__)
def lower_object_init(low: Construction, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    return Const(None)


@handles(object.__setattr__)
def lower_object_setattr(low: Construction, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    base, name, value = args
    kind = class_of(base, low.examples)
    if kind is None:
        low.set_live(base, low.static(name, node), value, node)
    else:
        low.set_plainly(base, kind, low.static(name, node), value, node)
    return Const(None)


@handles(object.__delattr__)
def lower_object_delattr(low: Construction, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    base = low.refreshed(args[0])
    if not isinstance(base, Instance):
        low.delete_attribute(base, low.static(args[1], node), node)
    else:
        low.delete_plainly(base, low.static(args[1], node), node)
    return Const(None)


@handles(setattr)
def lower_setattr(low: Construction, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    low.set_attribute(args[0], low.static(args[1], node), args[2], node)
    return Const(None)


@handles(delattr)
def lower_delattr(low: Construction, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    low.delete_attribute(args[0], low.static(args[1], node), node)
    return Const(None)


@handles(hasattr)
def lower_hasattr(low: Construction, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    if low.is_object(args[0]) or isinstance(args[0], Sequence | Mapping):
        found = attribute_or(low, args[0], low.static(args[1], node), Const(ABSENT), node)
        if isinstance(found, Value):
            return low.primitive(operator.is_not, [found, Const(ABSENT)], node=node)
        return Const(not isinstance(found, Const) or found.value is not ABSENT)
    return low.primitive(hasattr, args, kwargs, node=node)


@handles(getattr)
def lower_getattr(low: Construction, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    name = low.static(args[1], node)
    if len(args) < 3:
        return low.attribute(args[0], name, node)
    if isinstance(args[0], Value) and args[0] in low.examples and not low.is_object(args[0]):
        if not hasattr(low.examples[args[0]], name):
            low.program.guard_attribute(low.examples.origin(args[0]), name, "absent")
            return args[2]
    return attribute_or(low, args[0], name, args[2], node)


ABSENT = object()


def attribute_or(low: Construction, base: Tree, name: str, default: Tree, node: Any) -> Tree:
    """An attribute, or a default where Python raises ``AttributeError``; what the class computes may raise it later."""
    kind = class_of(base, low.examples)
    if kind is None or lookup(kind, "__getattr__") is None or name in getattr(base, "items", ()):
        try:
            return low.attribute(base, name, node)
        except AttributeError as error:
            if not is_theirs(error):
                raise
            return default

    def hold(tree: Tree) -> None:
        low.frame.vars["choice!"] = tree

    kept = low.frame.vars.pop("choice!", None)
    low.attempt((AttributeError,), lambda: hold(low.attribute(base, name, node)), lambda _: hold(default), lambda: None)
    found = low.frame.vars.pop("choice!")
    if kept is not None:
        low.frame.vars["choice!"] = kept
    if isinstance(found, Poison):
        raise Unsupported(found.message)
    return found


@handles(vars)
def lower_vars(low: Construction, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    made = low.as_instance(args[0], node) if args else None
    if made is None:
        return low.opaque("vars", vars, args, kwargs)
    if not has_dict(made.type):
        raise theirs(TypeError("vars() argument must have __dict__ attribute"))
    return Mapping(dict(made.items))


@handles(dataclasses.replace)
def lower_replace(low: Construction, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    old = object_of(low, args[0], "replace", node)
    given = dict(kwargs)
    for field in old.type.__dataclass_fields__.values():  # type: ignore[attr-defined]
        kind = field._field_type.name
        if kind == "_FIELD_CLASSVAR":
            continue
        if not field.init:
            if field.name in given:
                raise theirs(ValueError(f"field {field.name} is declared with init=False, it cannot be specified with replace()"))
        elif field.name not in given:
            if kind == "_FIELD_INITVAR" and field.default is dataclasses.MISSING:
                raise theirs(ValueError(f"InitVar {field.name!r} must be specified with replace()"))
            if kind != "_FIELD_INITVAR":
                given[field.name] = low.attribute(old, field.name, node)
    return low.call(Const(old.type), [], given, node)


def plain_copy(low: Construction, tree: Tree, convert: Callable[[Instance], Tree], node: Any) -> Tree:
    """A deep copy of a tree, its dataclass objects converted."""
    made = low.as_instance(tree, node)
    if made is not None and dataclasses.is_dataclass(made.type):
        return convert(made)
    match tree:
        case Sequence():
            return Sequence(tree.type, tuple(plain_copy(low, item, convert, node) for item in tree.items))
        case Mapping():
            items = {k: plain_copy(low, item, convert, node) for k, item in tree.items.items()}
            return dataclasses.replace(tree, items=items, cell=None)
        case Value() if low.is_array(tree):
            return low.build.one(core.COPY, low.current(tree))
    if is_set(tree):
        return low.set_method(tree, "copy", [], {}, node)  # type: ignore[arg-type]
    return tree


@handles(dataclasses.asdict)
def lower_asdict(low: Construction, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    def convert(made: Instance) -> Tree:
        return Mapping({f.name: plain_copy(low, low.attribute(made, f.name, node), convert, node)
                        for f in dataclasses.fields(made.type)})

    return convert(object_of(low, args[0], "asdict", node))


@handles(dataclasses.astuple)
def lower_astuple(low: Construction, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    def convert(made: Instance) -> Tree:
        return Sequence(tuple, tuple(plain_copy(low, low.attribute(made, f.name, node), convert, node)
                                     for f in dataclasses.fields(made.type)))

    return convert(object_of(low, args[0], "astuple", node))


@handles(dataclasses.fields)
def lower_fields(low: Construction, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    kind = class_of(args[0], low.examples)
    with as_python_does():
        return Const(dataclasses.fields(kind if kind is not None else low.static(args[0], node)))


@handles(copy.copy)
def lower_copy(low: Construction, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    tree = low.refreshed(args[0])
    if isinstance(tree, Table) or is_set(tree):
        return low.copied_table(tree) if isinstance(tree, Table) else low.set_method(tree, "copy", [], {}, node)  # type: ignore[arg-type]
    if is_listed(tree):
        return low.part_of_list(tree, Const(slice(None)), node)
    if isinstance(tree, Sequence | Mapping):
        if isinstance(tree, Sequence):
            return Sequence(tree.type, tree.items)
        return dataclasses.replace(tree, items=dict(tree.items), cell=None)
    made = low.as_instance(tree, node)
    if made is not None:
        method = low.special(made, "__copy__")
        return low.call_special(method, [made], node) if method is not None else Instance(made.type, dict(made.items))
    if isinstance(tree, Value) and low.is_array(tree):
        return low.build.one(core.COPY, low.current(tree))
    return tree if isinstance(tree, Const | Value) and not low.passes_active([tree]) else low.opaque("copy.copy", copy.copy, args)


@handles(copy.deepcopy)
def lower_deepcopy(low: Construction, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    tree = low.refreshed(args[0])
    if is_set(tree) or isinstance(tree, Table):  # what is copied is all numbers, arrays and keys
        return lower_copy(low, args, kwargs, node)
    if class_of(tree, low.examples) is None and not isinstance(tree, Sequence | Mapping):
        if isinstance(tree, Value) and low.is_array(tree):
            return low.build.one(core.COPY, low.current(tree))
        if isinstance(tree, Value) and tree.fact.is_scalar:
            return tree
        return low.opaque("copy.deepcopy", copy.deepcopy, args)

    seen: dict[Any, Tree] = {}

    def convert(part: Tree) -> Tree:
        made = low.as_instance(part, node)
        key = getattr(part, "cell", None) or (part if isinstance(part, Value) else None)
        if key is not None and key in seen:
            return seen[key]
        if made is not None:
            if low.special(made, "__deepcopy__") is not None:
                raise low.frame.unsupported(node, "copy.deepcopy of an object with __deepcopy__ is not supported",
                                            "write a method that makes the copy")
            result: Tree = Instance(made.type, {n: convert(item) for n, item in made.items.items()})
        elif isinstance(part, Sequence):
            result = Sequence(part.type, tuple(map(convert, part.items)))
        elif isinstance(part, Mapping):
            result = dataclasses.replace(part, items={k: convert(item) for k, item in part.items.items()}, cell=None)
        elif is_set(part):
            result = low.set_method(part, "copy", [], {}, node)  # type: ignore[arg-type]
        elif isinstance(part, Value) and low.is_array(part):
            result = low.build.one(core.COPY, low.current(part))
        else:
            result = part
        result = low.housed(result)
        if key is not None:
            seen[key] = result
        return result

    return convert(tree)
