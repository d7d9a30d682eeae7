"""Objects that outlive the call: attributes of what the function is given or captures, read and written while lowering.

What an attribute holds now is a tree in the store, as a global is (``namespaces``), so that derivatives flow through it;
beside that the write really happens, where it stands.  What is read of an argument is read at the beginning of the
function, so that the attribute is the same array wherever it is read, and a write cannot be confused with it:

    def add(self, x):                  total = self.total
        self.total += x                total1 = total + x
        return self.total ** 2         self.total = total1
                                       return total1**2

An array that is an attribute is written into as every array is, and written back at the end.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from srcad.frontend.classes import HEAP, class_of, has_plain, is_data_descriptor, lookup, own_attributes
from srcad.frontend.containers import containers
from srcad.frontend.instances import Instances
from srcad.frontend.memory import Root, may_be_memory
from srcad.frontend.namespaces import Held
from srcad.frontend.objects import Origin
from srcad.frontend.saying import name_of
from srcad.frontend.scope import HOLDER, Capture, Unsupported, theirs
from srcad.frontend.trees import Deleted, Instance, Poison, Tree, leaves
from srcad.ir import core
from srcad.ir.facts import OBJECT
from srcad.ir.nodes import UNDEFINED, Block, Const, Operand, Value

KNOWN = (
    types.FunctionType, property, classmethod, staticmethod, functools.cached_property, types.MemberDescriptorType,
    types.GetSetDescriptorType, types.WrapperDescriptorType, types.MethodDescriptorType, types.BuiltinFunctionType, type,
)
METHODS = (types.FunctionType, property, classmethod, staticmethod)


@dataclass(frozen=True, eq=False)
class AliasGuard:
    """Two objects, by the ways to them, that are one in each call, or two in each."""

    one: tuple[Origin | None, Any]
    other: tuple[Origin | None, Any]
    same: bool


class Live(Instances):
    """The part of lowering that knows the attributes of live objects."""

    captures: dict[Capture, Value]
    params: list[Value]
    read_attribute: Callable[..., Tree]
    entry: Block | None
    """What is read at the beginning of the function; None where there is no function yet."""
    outermost: Block
    """The block of the function itself, of which everything else sees what it computes."""
    lent: dict[Root, Value]
    """Arrays made here that outlive the call, as they were when they were given away."""
    hoisted: dict[Capture, Tree]
    """What attributes hold there."""
    by_object: set[Capture]
    """The attributes that it, or what it calls, reads from objects among the arguments, whatever has been written before."""
    bases: dict[int, Value]
    """The values that stand for objects, by the objects' ids."""

    # ---- reading ----------------------------------------------------------------------------------------------------

    def attribute(self, base: Tree, name: str, node: Any) -> Tree:
        if isinstance(base, Const | Value) and (kind := class_of(base, self.examples)) is not None and not is_odd(kind, name):
            return self.attribute_of(base, kind, name, node)
        if isinstance(base, Const) and isinstance(base.value, type | types.FunctionType):
            held = self.held_of(base.value, name)
            if held is not None:
                return held
        return super().attribute(base, name, node)

    def held_of(self, holder: Any, name: str) -> Tree | None:
        """What has been written to an attribute of a class (or one of its bases) or of a function."""
        found = lookup(holder, name) if isinstance(holder, type) else None
        capture = Capture(holder if found is None else found[0], name)
        self.touched.add(capture)
        return self.read_name(capture, name, None) if Held(capture, name) in self.state.store else None

    def own_attribute(self, base: Tree, name: str) -> Tree | None:
        if isinstance(base, Instance) or not isinstance(base, Const | Value):
            return super().own_attribute(base, name)
        live = self.live_of(base)
        capture = Capture(live, name)
        held = self.held_item(capture)
        if isinstance(held, Deleted):
            return None
        if held is not None:
            return self.refreshed(held)
        own = own_attributes(live)
        if name not in own:
            if isinstance(base, Value) and lookup(type(live), name) is None:
                self.program.guard_attribute(self.examples.origin(base), name, "absent")
            return None
        return self.at_entry(base, capture, own[name])

    def live_of(self, base: Tree) -> Any:
        return base.value if isinstance(base, Const) else self.examples[base]  # type: ignore[index]

    def at_entry(self, base: Tree, capture: Capture, value: Any) -> Tree:
        """What an attribute holds before the function writes to it."""
        if isinstance(base, Const):
            return self.capture(capture, capture.key, None)
        assert isinstance(base, Value)
        self.by_object.add(capture)
        if self.entry is None:
            return self.read_at_entry(base, capture, value)
        if capture not in self.hoisted:
            with self.build.inside(self.entry):
                self.hoisted[capture] = self.read_followed(self.read_at_entry(base, capture, value), None)
            self.bases.setdefault(id(capture.holder), base)
        elif (known := self.bases[id(capture.holder)]) is not base:
            self.program.alias_guards.append(AliasGuard(self.way(known), self.way(base), True))
        return self.refreshed(self.hoisted[capture])

    def read_followed(self, tree: Tree, node: Any) -> Tree:
        return tree

    def read_at_entry(self, base: Value, capture: Capture, value: Any) -> Tree:
        return self.read_attribute(base, capture.key, value, None)

    def held_item(self, capture: Capture) -> Tree | None:
        """What has been written under a name or key; None if nothing has."""
        self.touched.add(capture)
        held = self.state.store.get(Held(capture, str(capture.key)))
        if isinstance(held, Poison) and not isinstance(held, Deleted):
            raise Unsupported(held.message)
        return held

    def held_keys(self) -> list[Held]:
        return [key for key in self.state.store if isinstance(key, Held)]

    def attribute_of_class(self, base: Tree, kind: type, found: tuple[type, Any], name: str, node: Any) -> Tree:
        if isinstance(base, Value) and isinstance(found[1], METHODS):
            self.program.guard_attribute(self.examples.origin(base), name, "class", found[1])
        elif isinstance(base, Value | Const) and self.is_object(base) and not hasattr(type(found[1]), "__get__"):
            capture = Capture(found[0], name)
            self.touched.add(capture)
            if Held(capture, name) not in self.state.store:
                return self.at_entry(base, Capture(self.live_of(base), name), found[1])
        elif isinstance(base, Const) and not hasattr(type(found[1]), "__get__"):
            if Held(Capture(found[0], name), name) not in self.state.store:
                # the object may have an attribute of its own some day
                return self.at_entry(base, Capture(base.value, name), found[1])
        return super().attribute_of_class(base, kind, found, name, node)

    def described(self, base: Tree, kind: type, found: Any, name: str, node: Any) -> Tree:
        if isinstance(base, Value) and isinstance(found, property):
            self.program.guard_attribute(self.examples.origin(base), name, "class", found)
        return super().described(base, kind, found, name, node)

    def at_start(self, key: Any) -> Tree:
        if isinstance(key, Held) and key.capture in self.hoisted:
            return self.hoisted[key.capture]
        if isinstance(key, Held) and (base := self.bases.get(id(key.capture.holder))) is not None:
            own = own_items(key.capture.holder)
            if key.capture.key in own:
                return self.at_entry(base, key.capture, own[key.capture.key])
            found = lookup(type(key.capture.holder), key.name)
            if found is None or hasattr(type(found[1]), "__get__"):
                return UNDEFINED
            return self.at_entry(base, key.capture, found[1])  # that of the class
        return super().at_start(key)

    def may_be_absent(self, key: Any) -> bool:
        """Whether a key of the store is an attribute or item, which need not be there on every way."""
        return isinstance(key, Held) and key.capture.key is not None and not is_namespace(key.capture.holder)

    # ---- writing ----------------------------------------------------------------------------------------------------

    def set_live(self, base: Tree, name: str, value: Tree, node: Any) -> None:
        live = self.live_of(base) if isinstance(base, Const) or base in self.examples else None
        if isinstance(base, Const) and isinstance(live, types.ModuleType):
            self.set_held(Capture(vars(live), name), name, value)
        elif isinstance(base, Const) and isinstance(live, type | types.FunctionType):
            self.set_of_class(live, name, value, node)
        elif class_of(base, self.examples) is not None:
            self.set_of_object(base, live, name, value, node)
        else:
            super().set_live(base, name, value, node)

    def set_of_class(self, live: Any, name: str, value: Tree, node: Any) -> None:
        """Write to an attribute of a class, or of a function."""
        if isinstance(live, type):
            found = lookup(type(live), name)
            if type(live).__setattr__ is not type.__setattr__ or (found is not None and is_data_descriptor(found[1])):
                raise self.in_place(node, f"a write to {name} of {live.__name__}, whose metaclass minds it,",
                                    "use an attribute of an object")
            if not live.__flags__ & HEAP:
                raise theirs(TypeError(f"cannot set {name!r} attribute of immutable type {name_of(live)!r}"))
        self.set_held(Capture(live, name), name, value)

    def set_of_object(self, base: Tree, live: Any, name: str, value: Tree, node: Any) -> None:
        if not has_plain(type(live), "__setattr__"):
            raise self.in_place(node, f"a write to {name} past __setattr__ of {type(live).__name__}", "make a new object")
        if isinstance(value, Value) and self.own_attribute(base, name) is value:
            return  # the array that it is already, written into
        if isinstance(base, Value):
            self.bases.setdefault(id(live), base)
        self.set_held(Capture(live, name), name, value)

    def in_place(self, node: Any, what: str, remedy: str) -> Unsupported:
        raise NotImplementedError

    def set_held(self, capture: Capture, name: str, tree: Tree) -> None:
        if capture.key is None:
            super().set_held(capture, name, tree)
            return
        holder: Operand | None = self.bases.get(id(capture.holder))
        of_items = isinstance(capture.holder, dict | list)
        if holder is None:
            label = getattr(capture.holder, "__name__", type(capture.holder).__name__.lower())
            names = "names" if is_namespace(capture.holder) else label
            holder = self.captured_value(Capture(capture.holder, HOLDER), names, OBJECT)
        if isinstance(tree, Deleted):
            delete = core.DELETE_ITEM if of_items else core.DELETE_ATTRIBUTE
            self.build.apply(delete, holder, Const(capture.key), facts=(OBJECT,))
        else:
            operand = self.kept_operand(tree)
            for leaf in leaves(tree):
                self.give_away(leaf, name)
            self.state.given_away.update((c.cell, name) for c in containers(tree))
            self.name_leaves(name, tree)
            store = core.SET_ITEM if of_items else core.SET_ATTRIBUTE
            self.build.apply(store, holder, Const(capture.key), operand, facts=(OBJECT,))
        self.touched.add(capture)
        self.sets.add(capture)
        self.state.store[Held(capture, str(capture.key))] = tree

    def give_away(self, leaf: Any, name: str) -> None:
        super().give_away(leaf, name)
        if not isinstance(leaf, Value) or not may_be_memory(leaf) or leaf.fact.kind in ("list", "keys"):
            return
        place, given = self.place(leaf), self.current(leaf)
        again = self.lent.pop(place.root, None)
        if not place.steps and again in (None, given) and self.build.block is self.outermost and isinstance(given, Value):
            self.lent[place.root] = given

    def is_lent(self, root: Root) -> bool:
        return root in self.lent

    def kept_operand(self, tree: Tree) -> Operand:
        """What is stored where it outlives the call; of an object made in the function one that Python knows."""
        return self.operand(tree, None)

    def delete_attribute(self, base: Tree, name: str, node: Any) -> None:
        kind = class_of(base, self.examples)
        if isinstance(base, Instance) or kind is None or not has_plain(kind, "__delattr__"):
            super().delete_attribute(base, name, node)
            return
        if self.own_attribute(base, name) is None:
            raise theirs(AttributeError(f"{name_of(kind)!r} object has no attribute {name!r}"))
        if isinstance(base, Value):
            self.bases.setdefault(id(self.live_of(base)), base)
        self.set_held(Capture(self.live_of(base), name), name, Deleted(str(self.unsupported(
            node, f"the attribute {name} is deleted on one way through the program and not on another",
            "leave the del statement out"))))

    # ---- the end of a function --------------------------------------------------------------------------------------

    def written_held(self) -> set[Capture]:
        written = {c for c, tree in self.hoisted.items() if self.is_written(tree)}
        return super().written_held() | written

    def is_written(self, tree: Tree) -> bool:
        return isinstance(tree, Value) and tree in self.places and self.place(tree).root in self.state.store

    def write_back(self) -> None:
        """At the end of a function: let arrays that are attributes hold what has been written into them."""
        for capture, tree in self.hoisted.items():
            if not self.is_written(tree):
                continue
            assert isinstance(tree, Value) and self.entry is not None
            last = self.state.store[self.place(tree).root]
            if isinstance(last, Poison):
                raise Unsupported(last.message)
            with self.build.inside(self.entry):
                others = [v for v in self.arrays() if v is not tree]
                if others:
                    self.build.apply(core.SEPARATE, Const(str(capture.key)), tree, *others, facts=(OBJECT,))
            self.build.apply(core.WRITTEN_BACK, tree, last, facts=(OBJECT,))  # type: ignore[arg-type]
            self.sets.add(capture)
        for root, given in self.lent.items():
            last = self.state.store.get(root, given)
            if isinstance(last, Poison):
                raise Unsupported(last.message)
            if last is not given:
                self.build.apply(core.WRITTEN_BACK, given, last, facts=(OBJECT,))  # type: ignore[arg-type]
        self.note_distinct()

    def arrays(self) -> Iterable[Value]:
        """All arrays that the function is given, captures or reads from an object."""
        found = (*self.params, *self.captures.values(), *self.hoisted.values())
        return [v for v in found if isinstance(v, Value) and may_be_memory(v) and v.fact.kind != "object"]

    def note_distinct(self) -> None:
        """An attribute is written of one object, and read of another: that they are two holds in each call."""
        for written in self.sets:
            for other in self.touched:
                if other.key == written.key and other.holder is not written.holder and type(other.holder) is type(written.holder):
                    one, two = self.bases.get(id(written.holder)), self.bases.get(id(other.holder))
                    if one is not None or two is not None:
                        ways = self.way(one, written.holder), self.way(two, other.holder)
                        self.program.alias_guards.append(AliasGuard(*ways, False))

    def way(self, base: Value | None, live: Any = None) -> tuple[Origin | None, Any]:
        """The way to an object, and the object itself for where it is captured."""
        if base is None:
            return None, live
        return self.examples.origin(base), self.examples[base]


def is_odd(kind: type, name: str) -> bool:
    """Whether an attribute is what a descriptor makes of it that lowering does not know."""
    found = lookup(kind, name)
    return found is not None and found[0] is not object and hasattr(type(found[1]), "__get__") and not isinstance(found[1], KNOWN)


def is_namespace(holder: Any) -> bool:
    """Whether a dict is that of a module's globals."""
    return isinstance(holder, dict) and "__name__" in holder


def own_items(live: Any) -> dict[Any, Any]:
    """The attributes of an object, the items of a dict, the elements of a list by their places."""
    if isinstance(live, dict):
        return live
    return dict(enumerate(live)) if isinstance(live, list) else own_attributes(live)

