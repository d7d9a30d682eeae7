"""Names that outlive the call: globals, and variables of functions around a live closure, written while lowering.

What a name holds now is a tree in the store, as for any variable, so that derivatives flow through it and branches and
loops join it; beside that the write really happens, where it stands:

    global total                       total1 = total + energy(x)
    total += energy(x)                 names["total"] = total1
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from srcad.frontend import refusals
from srcad.frontend.containers import containers
from srcad.frontend.expressions import Expressions
from srcad.frontend.memory import Root, may_be_memory
from srcad.frontend.scope import HOLDER, Capture, Frame, Unbound, Unsupported, is_theirs, theirs
from srcad.frontend.trees import Deleted, Poison, Tree, leaves
from srcad.ir import core
from srcad.ir.facts import ANY, OBJECT
from srcad.ir.nodes import UNDEFINED, Const, Value


@dataclass(frozen=True)
class Held:
    """What a name of the live program holds now, as a key of the store."""

    capture: Capture
    name: str = field(compare=False)


class Namespaces(Expressions):
    """The part of lowering that reads and writes names of the live program."""

    captured_value: Callable[..., Value]
    touched: set[Capture]
    """The names that the function being lowered, or what it calls, reads or writes."""
    sets: set[Capture]
    """Those that it writes."""

    def read_name(self, capture: Capture, name: str, node: Any) -> Tree:
        """What a global or a cell holds here."""
        self.touched.add(capture)
        found = self.state.store.get(Held(capture, name))
        if found is None:
            return self.capture(capture, name, node)
        if isinstance(found, Poison) and not isinstance(found, Deleted):
            raise Unsupported(found.message)
        if isinstance(found, Deleted):
            if capture.key is None:
                raise Unbound(name, free=True)
            raise theirs(NameError(f"name {name!r} is not defined"))
        return found

    def at_start(self, key: Any) -> Tree:
        """What a key of the store holds where it is not in the store."""
        if isinstance(key, Root):
            return key.handle
        if isinstance(key, Held):
            try:
                return self.capture(key.capture, key.name, None)
            except Exception as error:
                if not is_theirs(error) and not isinstance(error, Unbound | KeyError):
                    raise
        return UNDEFINED

    def bind_declared(self, name: str, tree: Tree, kind: str) -> None:
        """Write to a variable that the function declares ``global`` or ``nonlocal``."""
        capture = self.declared_capture(name, kind)
        if capture is None:
            error = self.frame.unsupported(
                None, f"a write to the nonlocal variable {name} of a function that is passed on is not supported",
                "return the new value instead", self.build.location,
            )
            error.writes = True
            raise error
        self.set_held(capture, name, tree)

    def declared_capture(self, name: str, kind: str) -> Capture | None:
        """Where a declared name is in the live program; None if it is not there."""
        frame: Frame | None = self.frame
        while frame is not None:
            last = frame
            if kind == "nonlocal" and name in frame.cells:
                return Capture(frame.cells[name], None)
            frame = frame.outer
        return Capture(last.globals, name) if kind == "global" else None

    def set_held(self, capture: Capture, name: str, tree: Tree) -> None:
        holder = self.captured_value(Capture(capture.holder, HOLDER), "names" if capture.key else f"{name}_cell", OBJECT)
        for leaf in leaves(tree):
            self.give_away(leaf, name)
        self.state.given_away.update((c.cell, name) for c in containers(tree))
        if isinstance(tree, Deleted):
            self.build.apply(core.DELETE_ITEM, holder, Const(capture.key), facts=(OBJECT,))
        else:
            self.name_leaves(name, tree)
            self.build.apply(core.SET_ITEM, holder, Const(capture.key), self.operand(tree, None), facts=(OBJECT,))
        self.touched.add(capture)
        self.sets.add(capture)
        self.state.store[Held(capture, name)] = tree

    def name_leaves(self, name: str, tree: Tree) -> None:
        raise NotImplementedError

    def give_away(self, leaf: Any, name: str) -> None:
        """Note that an array outlives the call under a name: a later write into it would have to be seen there."""
        if not may_be_memory(leaf):
            return
        related = self.related(leaf)
        if self.in_loop() and any(root in self.state.store for root in related):
            raise self.unsupported(None, f"{name} is given an array that is written into in the same loop",
                                   f"give {name} a copy of it")
        self.state.given_away.update(dict.fromkeys(related, name))

    def in_loop(self) -> bool:
        raise NotImplementedError

    def written_held(self) -> set[Capture]:
        """The names that have been written so far."""
        return {key.capture for key in self.state.store if isinstance(key, Held)}

    def read_again(self, function: Any, syntax: Any) -> None:
        """Note that a function that is called as it is may have written to globals."""
        for name in refusals.written_globals(syntax):
            capture = Capture(function.__globals__, name)
            holder = self.captured_value(Capture(capture.holder, HOLDER), "names", OBJECT)
            self.touched.add(capture)
            self.sets.add(capture)
            self.state.store[Held(capture, name)] = self.build.apply(
                core.GET_ITEM, holder, Const(name), facts=(ANY,), name=name)[0]

    def forget_held(self, captures: set[Capture], reason: str) -> None:
        """Let nobody read names any more, for a reason."""
        for capture in captures:
            name = capture.key or "the nonlocal variable"
            message = str(self.unsupported(None, f"{name} {reason}", "return the new value instead"))
            self.state.store[Held(capture, str(name))] = Poison(message)
