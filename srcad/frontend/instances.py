"""Objects of the user's classes that are made while lowering: their attributes, and what operators do with them.

An object is a tree (``trees.Instance``) that changes as lists and dicts do (``containers``): by its cell.  Only its
attributes are values in the generated code:

    p = Point(x, 2.0)                   nothing but p_x = x
    p.x += y                            p_x1 = p_x + y
    return p + p                        what Point.__add__ does, lowered in place
"""

from __future__ import annotations

import dataclasses
import functools
import types
from collections.abc import Callable
from typing import Any

from srcad.frontend.classes import (
    class_of,
    has_dict,
    has_plain,
    is_data_descriptor,
    is_generated,
    is_library,
    lookup,
    slots_of,
)
from srcad.frontend.namespaces import Namespaces
from srcad.frontend.saying import error_of, name_of
from srcad.frontend.scope import Capture, Unsupported, theirs
from srcad.frontend.trees import Bound, Instance, Partial, Poison, Sequence, Tree
from srcad.ir.nodes import Const, Operand, Value

DESCRIBED = "store the value in an attribute of the object, or use a property"


class Instances(Namespaces):
    """The part of lowering that knows objects."""

    call_live: Callable[..., Tree]
    live: Callable[..., Tree]
    special: Callable[..., Any]
    class_of: Callable[[Tree], type | None]

    # ---- looking attributes up --------------------------------------------------------------------------------------

    def attribute(self, base: Tree, name: str, node: Any) -> Tree:
        if isinstance(base, Instance):
            return self.attribute_of(base, base.type, name, node)
        if isinstance(base, Sequence) and base.type not in (list, tuple) and name not in getattr(base.type, "_fields", ()):
            found = lookup(base.type, name)
            if found is not None and isinstance(found[1], types.FunctionType | property | classmethod | staticmethod):
                method = getattr(found[1], "__func__", found[1])
                if not is_generated(method) and not is_library(method if isinstance(method, types.FunctionType) else base.type):
                    return self.attribute_of(base, base.type, name, node)
        return super().attribute(base, name, node)

    def attribute_of(self, base: Tree, kind: type, name: str, node: Any, after: type | None = None) -> Tree:
        """An attribute of an object as Python looks it up; ``after``: as ``super()`` does."""
        found = lookup(kind, name, after)
        if found is not None and is_data_descriptor(found[1]):
            return self.described(base, kind, found[1], name, node)
        own = self.own_attribute(base, name) if after is None else None
        if own is not None:
            return own
        if found is not None:
            return self.attribute_of_class(base, kind, found, name, node)
        if name == "__dict__" and isinstance(base, Instance):
            return self.call_live(vars, [base], {}, node)
        fallback = lookup(kind, "__getattr__")
        if fallback is not None and after is None and isinstance(fallback[1], types.FunctionType):
            return self.call_live(fallback[1], [base, Const(name)], {}, node)
        what = "'super' object" if after is not None else f"{name_of(kind)!r} object"
        raise theirs(AttributeError(f"{what} has no attribute {name!r}"))

    def described(self, base: Tree, kind: type, found: Any, name: str, node: Any) -> Tree:
        """What a data descriptor gives: a property, a slot."""
        if isinstance(found, property):
            if found.fget is None:
                raise theirs(AttributeError(f"property {name!r} of {name_of(kind)!r} object has no getter"))
            return self.call_live(found.fget, [base], {}, node)
        if isinstance(found, types.MemberDescriptorType):
            own = self.own_attribute(base, name)
            if own is None:
                raise theirs(AttributeError(f"{name_of(kind)!r} object has no attribute {name!r}"))
            return own
        if name == "__class__":
            return Const(kind)
        if name == "__dict__":
            return self.call_live(vars, [base], {}, node)
        raise self.frame.unsupported(node, f"{name} of {kind.__name__} is a descriptor ({type(found).__name__}), which is "
                                     "not supported", DESCRIBED)

    def own_attribute(self, base: Tree, name: str) -> Tree | None:
        """An attribute that an object has itself."""
        assert isinstance(base, Instance | Sequence)
        if isinstance(base, Sequence):
            return None
        own = self.refreshed(base).items.get(name)  # type: ignore[union-attr]
        if isinstance(own, Poison):
            raise Unsupported(own.message)
        return own

    def attribute_of_class(self, base: Tree, kind: type, found: tuple[type, Any], name: str, node: Any) -> Tree:
        """What an attribute of the class gives where it is looked up in an object."""
        owner, value = found
        if isinstance(value, functools._lru_cache_wrapper):
            value = value.__wrapped__
        if isinstance(value, functools.partialmethod):
            args = tuple(self.live(Capture(value.args, k), "", v) for k, v in enumerate(value.args))
            named = {k: self.live(Capture(value.keywords, k), k, v) for k, v in value.keywords.items()}
            return Partial(Const(value.func), (base, *args), named)
        if isinstance(value, types.FunctionType | types.WrapperDescriptorType | types.MethodDescriptorType):
            return Bound(base, name, value)
        if isinstance(value, classmethod):
            return Bound(Const(kind), name, value.__func__)
        if isinstance(value, staticmethod):
            return Const(value.__func__)
        if isinstance(value, functools.cached_property):
            result = self.call_live(value.func, [base], {}, node)
            self.set_own(base, name, result, node)
            return result
        if hasattr(type(value), "__get__") and not isinstance(value, type):
            raise self.frame.unsupported(node, f"{name} of {kind.__name__} is a descriptor ({type(value).__name__}), which "
                                         "is not supported", DESCRIBED)
        return self.read_name(Capture(owner, name), name, node)

    # ---- writing attributes -----------------------------------------------------------------------------------------

    def set_attribute(self, base: Tree, name: str, value: Tree, node: Any) -> None:
        """``base.name = value``."""
        base = self.refreshed(base)
        kind = class_of(base, self.examples)
        if kind is None:
            self.set_live(base, name, value, node)
            return
        setter = lookup(kind, "__setattr__")
        if setter is not None and setter[0] is not object:
            if is_generated(setter[1]):
                self.check_frozen(setter[0], kind, name, "assign to")
            elif isinstance(setter[1], types.FunctionType):
                self.call_live(setter[1], [base, Const(name), value], {}, node)
                return
        self.set_plainly(base, kind, name, value, node)

    def set_plainly(self, base: Tree, kind: type, name: str, value: Tree, node: Any) -> None:
        """What ``object.__setattr__`` does."""
        found = lookup(kind, name)
        if found is not None and is_data_descriptor(found[1]) and not isinstance(found[1], types.MemberDescriptorType):
            self.set_described(base, kind, found[1], name, value, node)
            return
        self.check_place(kind, name)
        self.set_own(base, name, value, node)

    def set_described(self, base: Tree, kind: type, found: Any, name: str, value: Tree, node: Any) -> None:
        if not isinstance(found, property):
            raise self.frame.unsupported(node, f"{name} of {kind.__name__} is a descriptor ({type(found).__name__}), which "
                                         "is not supported", DESCRIBED)
        if found.fset is None:
            raise theirs(AttributeError(f"property {name!r} of {name_of(kind)!r} object has no setter"))
        self.call_live(found.fset, [base, value], {}, node)

    def check_place(self, kind: type, name: str) -> None:
        """Raise what Python raises where an object has no place for an attribute."""
        if not has_dict(kind) and name not in slots_of(kind):
            found = lookup(kind, name)
            what = f"{name_of(kind)!r} object attribute {name!r} is read-only" if found is not None else (
                f"{name_of(kind)!r} object has no attribute {name!r}")
            raise theirs(AttributeError(what))

    def check_frozen(self, owner: type, kind: type, name: str, what: str) -> None:
        """Raise what the methods of a frozen dataclass raise."""
        if kind is owner or name in {f.name for f in dataclasses.fields(owner)}:
            raise theirs(dataclasses.FrozenInstanceError(f"cannot {what} field {name!r}"))

    def set_own(self, base: Tree, name: str, value: Tree, node: Any) -> None:
        """Let an object have an attribute."""
        if not isinstance(base, Instance):
            self.set_live(base, name, value, node)
            return
        if isinstance(value, Value) and not value.name:
            value.name = name
        held = self.refreshed(base)
        assert isinstance(held, Instance)
        self.change(held, Instance(held.type, {**held.items, name: value}), node)

    def set_live(self, base: Tree, name: str, value: Tree, node: Any) -> None:
        kind = self.class_of(base)
        if kind is not None and not hasattr(kind, name) and not has_dict(kind) and has_plain(kind, "__setattr__"):
            raise error_of(lambda made: setattr(made, name, None), kind)
        error = self.frame.unsupported(node, "a write to an attribute, which changes the object in place, is not supported yet",
                                       "return the new value instead")
        error.writes = True
        raise error

    def delete_attribute(self, base: Tree, name: str, node: Any) -> None:
        """``del base.name``."""
        base = self.refreshed(base)
        if not isinstance(base, Instance):
            error = self.frame.unsupported(node, "del of an attribute, which changes the object in place, is not supported yet",
                                           "leave it out")
            error.writes = True
            raise error
        deleter = lookup(base.type, "__delattr__")
        if deleter is not None and deleter[0] is not object:
            if is_generated(deleter[1]):
                self.check_frozen(deleter[0], base.type, name, "delete")
            elif isinstance(deleter[1], types.FunctionType):
                self.call_live(deleter[1], [base, Const(name)], {}, node)
                return
        self.delete_plainly(base, name, node)

    def delete_plainly(self, base: Instance, name: str, node: Any) -> None:
        """What ``object.__delattr__`` does."""
        found = lookup(base.type, name)
        if found is not None and isinstance(found[1], property):
            if found[1].fdel is None:
                raise theirs(AttributeError(f"property {name!r} of {name_of(base.type)!r} object has no deleter"))
            self.call_live(found[1].fdel, [base], {}, node)
            return
        if name not in base.items:
            raise theirs(AttributeError(f"{name_of(base.type)!r} object has no attribute {name!r}"))
        self.change(base, Instance(base.type, {n: t for n, t in base.items.items() if n != name}), node)

    # ---- objects as operands ----------------------------------------------------------------------------------------

    def is_object(self, tree: Tree) -> bool:
        return class_of(tree, self.examples) is not None

    def identity(self, left: Tree, right: Tree) -> bool | None:
        if isinstance(left, Instance) or isinstance(right, Instance):
            one, other = getattr(left, "cell", None), getattr(right, "cell", None)
            if one is not None and one is other:
                return True
            unsure = one is not None and other is not None and self.may_share(one, other)
            unknown = any(isinstance(t, Value) and t.fact.kind == "any" for t in (left, right))
            return None if unsure or unknown else False
        return super().identity(left, right)

    def operand(self, tree: Tree, node: Any) -> Operand:
        if isinstance(tree, Instance):
            method = self.special(tree, "__array__")
            if method is not None:
                return self.operand(self.call_live(method, [tree], {}, node), node)
            raise self.unsupported(node, f"an object of class {tree.type.__name__}, which is made inside the function, cannot be "
                                   "passed to this call", "pass its attributes, or arrays and numbers made of them")
        return super().operand(tree, node)
