"""Lists, dicts and sets that outlive the call: writes into them that really happen, and what may be read of them.

An element that is named by a constant is what an attribute is (``live``): ``params["w"] = v`` is written where it stands, and
``params["w"]`` is ``v`` from then on, with its derivative.  What is added at an end (``history.append(v)``) is added, and
has no derivative from there: who reads the list as a whole afterwards, in the same function, is refused.
"""

from __future__ import annotations

import collections
from collections.abc import Callable
from typing import Any

import gast

from srcad.frontend.changes import Follow
from srcad.frontend.containers import bare, containers
from srcad.frontend.live import Live, own_items
from srcad.frontend.objects import Item, layout_of
from srcad.frontend.rebuilding import Maker
from srcad.frontend.scope import Capture, theirs
from srcad.frontend.trees import Cell, Deleted, Instance, Mapping, Sequence, Tree, leaves
from srcad.ir import core
from srcad.ir.facts import OBJECT, PY_INT, fact_of
from srcad.ir.nodes import Const, Operand, Value
from srcad.ir.primitive import Primitive
from srcad.rules.core import of_the_world

TYPES = (list, dict, set, collections.deque)
ADDING = frozenset(["append", "extend", "insert", "add", "appendleft", "extendleft", "update"])
"""Methods that only add to a list, dict or set."""

WHOLE = "contents"
"""Stands for all elements where names of attributes or keys are noted."""

KEPT = (str, int, float, bool, tuple, type(None))
"""Types of keys that are looked up while lowering."""


LENGTH = Primitive("len", len, pure=False, rule=of_the_world)
"""``len(x)`` here, where it may be another than before or later."""


class Keeping(Live):
    """The part of lowering that knows lists, dicts and sets of the program's own."""

    filled: dict[int, Any]
    """Those to which something has been added that may have a derivative."""
    follows: dict[int, Any]
    """The trees of those whose contents are followed, as they are at the beginning."""
    followed_cells: dict[Cell, tuple[Any, Value]]
    looked_at: set[int]
    """Those that have been read as a whole."""
    named_method: Callable[[str], Any]

    def kept_container(self, tree: Tree) -> Any:
        """The live list, dict or set that a tree stands for; None for anything else."""
        live = tree.value if isinstance(tree, Const) else self.examples.get(tree) if isinstance(tree, Value) else None
        return live if type(live) in TYPES else None

    # ---- reading ----------------------------------------------------------------------------------------------------

    def look_at(self, tree: Tree, node: Any) -> None:
        """A list, dict or set is read as a whole."""
        live = self.kept_container(tree)
        if live is None:
            return
        if id(live) in self.filled and type(live) in (list, dict):
            raise Follow(live)
        if id(live) in self.filled:
            raise self.unsupported(node, f"a {type(live).__name__} that outlives the call is read after something that may have "
                                   "a derivative has been put into it", "keep what is read in a variable of the function")
        self.looked_at.add(id(live))
        self.touched.add(Capture(live, WHOLE))

    def operand(self, tree: Tree, node: Any) -> Operand:
        if isinstance(tree, Value | Const):
            self.look_at(tree, node)
        return super().operand(tree, node)

    def attribute(self, base: Tree, name: str, node: Any) -> Tree:
        if isinstance(base, Const) and name in ADDING and type(base.value) in TYPES:
            self.program.outside.change(base.value)
        if self.kept_container(base) is not None and name not in ADDING:
            self.look_at(base, node)
        return super().attribute(base, name, node)

    def subscript(self, base: Tree, index: Tree, node: Any) -> Tree:
        live = self.kept_container(base)
        if live is None or not isinstance(index, Const) or not is_key(live, index.value):
            return super().subscript(base, index, node)
        capture = Capture(live, index.value)
        held = self.held_item(capture)
        if isinstance(held, Deleted):
            raise theirs(KeyError(index.value))
        if held is not None:
            return self.refreshed(held)
        self.touched.add(capture)
        if isinstance(base, Const) or self.program.outside.is_changing(live):
            return super().subscript(base, index, node)  # read where it stands
        if index.value not in live and isinstance(live, dict):
            raise theirs(KeyError(index.value))
        return self.at_entry(base, capture, live[index.value])

    def membership(self, op: Any, left: Tree, right: Tree, node: Any) -> Tree:
        live = self.kept_container(right)
        known = type(live) is dict and isinstance(left, Const) and is_key(live, left.value)
        if not known or self.program.outside.is_changing(live):
            return super().membership(op, left, right, node)
        assert isinstance(left, Const)
        if isinstance(right, Value) and not self.is_captured(right):
            self.program.guard_attribute(self.examples.origin(right), "", "layout", layout_of(live))
        held = self.held_item(Capture(live, left.value))
        present = left.value in live if held is None else not isinstance(held, Deleted)
        return Const(present is isinstance(op, gast.In))

    def is_captured(self, base: Tree) -> bool:
        return isinstance(base, Const) or any(base is v for v in self.captures.values())

    def at_entry(self, base: Tree, capture: Capture, value: Any) -> Tree:
        if type(capture.holder) in TYPES and self.is_captured(base):
            return self.capture(capture, label_of(capture.key), None)
        return super().at_entry(base, capture, value)

    def read_at_entry(self, base: Value, capture: Capture, value: Any) -> Tree:
        if type(capture.holder) not in TYPES:
            return super().read_at_entry(base, capture, value)
        origin, item = self.examples.origin(base), Item(capture.key)
        if value is None or isinstance(value, str | bool | type) or callable(value):
            self.program.guard_attribute(origin, item, "same", value)
            return Const(value)
        fact = fact_of(value)
        made = self.build.apply(core.INDEX, base, Const(capture.key), name=label_of(capture.key), facts=(fact,))[0]
        assert isinstance(made, Value)
        self.program.guard_attribute(origin, item, "type" if fact == OBJECT else "fact", type(value) if fact == OBJECT else fact)
        if fact == OBJECT:
            self.examples.attribute(made, base, item, value)
        return made

    # ---- following --------------------------------------------------------------------------------------------------

    def followed_tree(self, live: Any, holder: Value, read: Callable[[Any, Any], Tree]) -> Tree:
        """A list or dict that the function both changes and reads, as what it holds; ``read`` gives an element at the start."""
        self.touched.add(Capture(live, WHOLE))
        if id(live) not in self.follows:
            cell = Cell(live=True)
            items = {k: read(k, v) for k, v in own_items(live).items()}
            start = Mapping(items, cell) if isinstance(live, dict) else Sequence(list, tuple(items.values()), cell)
            self.follows[id(live)] = start
            self.followed_cells[cell] = live, holder
        return self.refreshed(self.follows[id(live)])

    def is_followed(self, cell: Cell) -> bool:
        return cell in self.followed_cells

    def at_start(self, key: Any) -> Tree:
        if isinstance(key, Cell):
            return bare(self.follows[id(self.followed_cells[key][0])])
        return super().at_start(key)

    def change(self, tree: Any, new: Any, node: Any) -> None:
        if tree.cell in self.followed_cells:
            live, holder = self.followed_cells[tree.cell]
            self.change_really(holder, tree, new)
            self.sets.add(Capture(live, WHOLE))
            self.state.store.setdefault(tree.cell, self.follows[id(live)])
        super().change(tree, new, node)

    def change_really(self, holder: Value, tree: Any, new: Any) -> None:
        """Let the list or dict itself hold what it holds from here on."""
        old = own_elements(tree)
        now = own_elements(new)
        for k, item in now.items():
            if k in old and old[k] is item:
                continue
            for leaf in leaves(item):
                self.give_away(leaf, "a list" if isinstance(tree, Sequence) else "a dict")
            self.state.given_away.update((c.cell, "a list or dict") for c in containers(item))
        grown = isinstance(tree, Sequence) and len(now) > len(old) and all(now[k] is item for k, item in old.items())
        if grown:
            for k in range(len(old), len(now)):
                append = Primitive("list.append", self.named_method("append"), pure=False, rule=of_the_world)
                self.build.apply(append, holder, self.kept_operand(now[k]), spelling="method", facts=(OBJECT,))
        elif isinstance(tree, Sequence) and len(now) != len(old):
            everything = self.kept_operand(Sequence(list, tuple(now.values())))
            self.build.apply(core.SET_ITEM, holder, Const(slice(None)), everything, facts=(OBJECT,))
        else:
            for k in old.keys() - now.keys():
                self.build.apply(core.DELETE_ITEM, holder, Const(k), facts=(OBJECT,))
            for k, item in now.items():
                if k not in old or old[k] is not item:
                    self.build.apply(core.SET_ITEM, holder, Const(k), self.kept_operand(item), facts=(OBJECT,))

    def read_followed(self, tree: Tree, node: Any) -> Tree:
        """What an attribute or element holds, followed if that is a list or dict to be followed."""
        live = self.kept_container(tree)
        if live is None or not isinstance(tree, Value) or not self.program.outside.is_followed(live):
            return tree
        self.program.guard_attribute(self.examples.origin(tree), "", "layout", layout_of(live))
        return self.followed_tree(live, tree, lambda k, v: self.read_at_entry(tree, Capture(live, k), v))

    def opaque(
        self, name: str, function: Any, args: list[Tree], kwargs: dict[str, Tree] | None = None, reason: str = "",
        remedy: str = "", refusal: str = "", constant: bool = False,
    ) -> Tree:
        for tree in (*args, *(kwargs or {}).values()):
            if any(c.cell in self.followed_cells for c in containers(tree)):
                raise self.unsupported(None, f"a list or dict that outlives the call, and that the function changes, is passed to "
                                       f"{name}, which may change it too", "pass a copy (list(x), dict(x))")
        return super().opaque(name, function, args, kwargs, reason, remedy, refusal, constant)

    # ---- writing ----------------------------------------------------------------------------------------------------

    def put(self, base: Tree, index: Tree, value: Tree, node: Any) -> bool:
        """``base[index] = value`` of a list or dict of the program's own; False if it is none."""
        if isinstance(base, Sequence) and base in self.program.outside.laid_out:
            self.program.outside.change_tree(base)
        live = self.kept_container(base)
        if type(live) not in (list, dict):
            return False
        if not isinstance(index, Const) or not is_key(live, index.value):
            raise self.in_place(node, f"a write into a {type(live).__name__} that outlives the call, of an element that is not "
                                "named by a constant,", "write into an array, or pass the list as an argument")
        if isinstance(live, list) and index.value >= len(live):
            raise theirs(IndexError("list assignment index out of range"))
        self.note_put(base, live, [value], node)
        self.set_held(Capture(live, index.value), label_of(index.value), value)
        return True

    def take_out(self, base: Tree, index: Tree, node: Any) -> bool:
        """``del base[index]`` of a dict of the program's own; False if it is none."""
        live = self.kept_container(base)
        if type(live) is not dict or not isinstance(index, Const) or not is_key(live, index.value):
            return False
        held = self.held_item(Capture(live, index.value))
        if isinstance(held, Deleted) or (held is None and index.value not in live):
            raise theirs(KeyError(index.value))
        self.note_put(base, live, [], node)
        self.set_held(Capture(live, index.value), label_of(index.value), Deleted(str(self.unsupported(
            node, "an item is deleted on one way through the program and not on another", "leave the del statement out"))))
        return True

    def add_to(self, base: Tree, name: str, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree | None:
        """A method that adds to a list, dict or set of the program's own; None if it is something else."""
        live = self.kept_container(base)
        if live is None or name not in ADDING or not isinstance(base, Value):
            return None
        given = [*args, *kwargs.values()]
        if any(k.capture.holder is live for k in self.held_keys()):
            raise self.in_place(node, f".{name}(...) of a {type(live).__name__} whose elements have been written before",
                                "write them afterwards")
        self.note_put(base, live, given, node)
        primitive = Primitive(f"{type(live).__name__}.{name}", self.named_method(name), pure=False, rule=of_the_world)
        operands = [self.current(base), *(self.kept_operand(a) for a in args)]
        named = tuple((k, self.kept_operand(v)) for k, v in kwargs.items())
        for tree in given:
            for leaf in leaves(tree):
                self.give_away(leaf, f"a {type(live).__name__}")
            self.state.given_away.update((c.cell, f"a {type(live).__name__}") for c in containers(tree))
        self.build.apply(primitive, *operands, kwargs=named, spelling="method", facts=(OBJECT,))
        return Const(None)

    def note_put(self, base: Tree, live: Any, given: list[Tree], node: Any) -> None:
        """Something is put into a list, dict or set."""
        if isinstance(base, Value):
            self.bases.setdefault(id(live), base)
        capture = Capture(live, WHOLE)
        self.touched.add(capture)
        self.sets.add(capture)
        if not any(isinstance(v, Value) and v.fact.may_vary for tree in given for v in leaves(tree)):
            return
        if self.in_loop() and id(live) in self.looked_at and type(live) in (list, dict):
            raise Follow(live)
        if self.in_loop() and id(live) in self.looked_at:
            raise self.unsupported(node, f"a {type(live).__name__} that outlives the call is read in a loop in which something "
                                   "that may have a derivative is put into it", "keep what is read in a variable of the function")
        self.filled[id(live)] = live

    def length_now(self, tree: Value) -> Tree:
        """The length of a list, dict or set here; what has been added counts."""
        self.touched.add(Capture(self.examples[tree], WHOLE))
        return self.build.apply(LENGTH, self.current(tree), facts=(PY_INT,))[0]

    def kept_operand(self, tree: Tree) -> Operand:
        """What is stored where it outlives the call: of an object or dict made in the function one that Python knows."""
        if not any(isinstance(c, Instance | Mapping) for c in containers(tree)):
            return self.operand(tree, None)
        name = tree.type.__name__ if isinstance(tree, Instance) else "made"
        primitive = Primitive(name, Maker(tree, name), pure=False, rule=of_the_world)
        return self.build.apply(primitive, *map(self.current, leaves(tree)), facts=(OBJECT,))[0]

    def written_held(self) -> set[Capture]:
        followed = {Capture(live, WHOLE) for cell, (live, _) in self.followed_cells.items() if cell in self.state.store}
        return super().written_held() | {Capture(live, WHOLE) for live in self.filled.values()} | followed

    def forget_held(self, captures: set[Capture], reason: str) -> None:
        for capture in captures:
            if capture.key == WHOLE and type(capture.holder) in TYPES:
                self.filled[id(capture.holder)] = capture.holder
        super().forget_held({c for c in captures if c.key != WHOLE or type(c.holder) not in TYPES}, reason)


def is_key(live: Any, key: Any) -> bool:
    """Whether an element is looked up while lowering."""
    if isinstance(live, list):
        return type(key) is int and key >= 0
    return isinstance(live, dict) and type(key) in KEPT


def own_elements(tree: Any) -> dict[Any, Tree]:
    """The items of a dict, or the elements of a list by their places."""
    return dict(enumerate(tree.items)) if isinstance(tree, Sequence) else dict(tree.items)


def label_of(key: Any) -> str:
    """What generated code calls an element."""
    return key if isinstance(key, str) and key.isidentifier() else "item"
