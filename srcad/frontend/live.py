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

import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from srcad.frontend.classes import class_of, is_data_descriptor, lookup, own_attributes
from srcad.frontend.containers import containers
from srcad.frontend.instances import Instances
from srcad.frontend.memory import may_be_memory
from srcad.frontend.namespaces import Held
from srcad.frontend.objects import Origin
from srcad.frontend.scope import HOLDER, Capture, Unsupported, theirs
from srcad.frontend.trees import Deleted, Instance, Poison, Tree, leaves
from srcad.ir import core
from srcad.ir.facts import OBJECT
from srcad.ir.nodes import Block, Const, Operand, Value

METHODS = (types.FunctionType, property, classmethod, staticmethod)


@dataclass(frozen=True, eq=False)
class AliasGuard:
    """Two objects, or ways to them, that are one in each call, or two in each."""

    one: Any
    other: Any
    same: bool


class Live(Instances):
    """The part of lowering that knows the attributes of live objects."""

    program: Any
    captures: dict[Capture, Value]
    params: list[Value]
    read_attribute: Callable[..., Tree]
    entry: Block | None
    """What is read at the beginning of the function; None where there is no function yet."""
    hoisted: dict[Capture, Tree]
    """What attributes hold there."""

    # ---- reading ----------------------------------------------------------------------------------------------------

    def attribute(self, base: Tree, name: str, node: Any) -> Tree:
        if isinstance(base, Const | Value) and (kind := class_of(base, self.examples)) is not None:
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
        self.touched.add(capture)
        held = self.state.store.get(Held(capture, name))
        if isinstance(held, Deleted):
            return None
        if isinstance(held, Poison):
            raise Unsupported(held.message)
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
        if self.entry is None:
            return self.read_attribute(base, capture.key, value, None)
        if capture not in self.hoisted:
            with self.build.inside(self.entry):
                self.hoisted[capture] = self.read_attribute(base, capture.key, value, None)
            self.bases.setdefault(id(capture.holder), base)
        elif (known := self.bases[id(capture.holder)]) is not base:
            self.program.alias_guards.append(AliasGuard(self.examples.origin(known), self.examples.origin(base), True))
        return self.hoisted[capture]

    bases: dict[int, Value]
    """The values that stand for objects, by the objects' ids."""

    def attribute_of_class(self, base: Tree, kind: type, found: tuple[type, Any], name: str, node: Any) -> Tree:
        if isinstance(base, Value) and isinstance(found[1], METHODS):
            self.program.guard_attribute(self.examples.origin(base), name, "class", found[1])
        elif isinstance(base, Value) and not hasattr(type(found[1]), "__get__"):
            capture = Capture(found[0], name)
            self.touched.add(capture)
            if Held(capture, name) not in self.state.store:
                return self.at_entry(base, Capture(self.live_of(base), name), found[1])
        return super().attribute_of_class(base, kind, found, name, node)

    def described(self, base: Tree, kind: type, found: Any, name: str, node: Any) -> Tree:
        if isinstance(base, Value) and isinstance(found, property):
            self.program.guard_attribute(self.examples.origin(base), name, "class", found)
        return super().described(base, kind, found, name, node)

    def at_start(self, key: Any) -> Tree:
        if isinstance(key, Held) and key.capture in self.hoisted:
            return self.hoisted[key.capture]
        if isinstance(key, Held) and (base := self.bases.get(id(key.capture.holder))) is not None:
            own = own_attributes(key.capture.holder)
            if key.name in own:
                return self.at_entry(base, key.capture, own[key.name])
        return super().at_start(key)

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
                raise theirs(TypeError(f"cannot set {name!r} attribute of immutable type {live.__name__!r}"))
        self.set_held(Capture(live, name), name, value)

    def set_of_object(self, base: Tree, live: Any, name: str, value: Tree, node: Any) -> None:
        if type(live).__setattr__ is not object.__setattr__:
            raise self.in_place(node, f"a write to {name} past __setattr__ of {type(live).__name__}", "make a new object")
        if isinstance(value, Value) and self.own_attribute(base, name) is value:
            return  # the array that it is already, written into
        if isinstance(base, Value):
            self.bases.setdefault(id(live), base)
        self.set_held(Capture(live, name), name, value)

    def in_place(self, node: Any, what: str, remedy: str) -> Unsupported:
        raise NotImplementedError

    def set_held(self, capture: Capture, name: str, tree: Tree) -> None:
        if isinstance(capture.holder, dict) or capture.key is None:
            super().set_held(capture, name, tree)
            return
        holder: Operand | None = self.bases.get(id(capture.holder))
        if holder is None:
            label = getattr(capture.holder, "__name__", type(capture.holder).__name__.lower())
            holder = self.captured_value(Capture(capture.holder, HOLDER), label, OBJECT)
        if isinstance(tree, Deleted):
            self.build.apply(core.DELETE_ATTRIBUTE, holder, Const(capture.key), facts=(OBJECT,))
        else:
            operand = self.kept_operand(tree)
            for leaf in leaves(tree):
                self.give_away(leaf, name)
            self.state.given_away.update((c.cell, name) for c in containers(tree))
            self.name_leaves(name, tree)
            self.build.apply(core.SET_ATTRIBUTE, holder, Const(capture.key), operand, facts=(OBJECT,))
        self.touched.add(capture)
        self.sets.add(capture)
        self.state.store[Held(capture, name)] = tree

    def kept_operand(self, tree: Tree) -> Operand:
        """What is stored where it outlives the call; of an object made in the function one that Python knows."""
        return self.operand(tree, None)

    def delete_attribute(self, base: Tree, name: str, node: Any) -> None:
        kind = class_of(base, self.examples)
        if isinstance(base, Instance) or kind is None or kind.__delattr__ is not object.__delattr__:
            super().delete_attribute(base, name, node)
            return
        if self.own_attribute(base, name) is None:
            raise theirs(AttributeError(f"{kind.__name__!r} object has no attribute {name!r}"))
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
                    one, two = self.way_to(written.holder), self.way_to(other.holder)
                    if isinstance(one, Origin) or isinstance(two, Origin):
                        self.program.alias_guards.append(AliasGuard(one, two, False))

    def way_to(self, live: Any) -> Any:
        base = self.bases.get(id(live))
        return self.examples.origin(base) if base is not None else live


HEAP = 1 << 9
