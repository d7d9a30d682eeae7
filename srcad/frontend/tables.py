"""Dicts whose keys are known at run time only: the places of the keys, and a list with the values.

A dict is a tree (``trees.Mapping``) as long as its keys are known.  Where a key is not, it becomes a ``Table``: a live dict
from each key to its place, which has no derivative (``sets``), and a list of run-time length with the values (``lists``).

    sums = {"a": 0.0}                   sums = [0.0]; sums_places = {"a": 0}
    sums[key] = v                       if key in sums_places:
                                            sums[sums_places[key]] = v
                                        else:
                                            sums_places[key] = len(sums_places)
                                            sums.append(v)

Nothing is taken out of such a dict, so that the places are in the order of the keys.
"""

from __future__ import annotations

import collections
import operator
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from srcad.frontend import definitions
from srcad.frontend.scope import NeedStatic, Unsupported, as_python_does, theirs
from srcad.frontend.sets import Sets
from srcad.frontend.trees import Iteration, Mapping, Sequence, Table, Tree, is_number
from srcad.ir import core
from srcad.ir.build import fact_of_operand, key_of
from srcad.ir.nodes import Block, Const, Operand, Value

UNKNOWN = Block()

OF_KEYS = frozenset(["get", "setdefault", "pop"])
"""The methods of dicts that are given a key."""

NO_VALUES = ("list", "keys", "pack")
"""Kinds of values that a list of run-time length does not hold."""


def may_be_table(tree: Tree) -> bool:
    """Whether a tree is a dict with keys known at run time only, or can become one."""
    return isinstance(tree, Table) or (isinstance(tree, Mapping) and all(
        is_number(i) or (isinstance(i, Value) and i.fact.kind not in NO_VALUES) for i in tree.items.values()
    ))


def is_counter(tree: Tree) -> bool:
    """Whether a tree is a dict that counts: 0 for a key that is missing, and operators of its own."""
    kind = tree.like if isinstance(tree, Table) else tree
    return isinstance(kind, Mapping) and kind.type is collections.Counter


class Tables(Sets):
    """The part of lowering that knows dicts with keys that are not known."""

    own: Callable[..., Tree]
    either: Callable[..., None]
    choice: Callable[..., Tree]
    truth: Callable[[Tree], Operand]
    call: Callable[..., Tree]
    static: Callable[..., Any]
    subscript: Callable[..., Tree]
    elements: Callable[..., tuple[Tree, ...]]
    tried: Callable[[Callable[[], Any]], Any]
    set_of_elements: Callable[..., Tree]
    present: dict[Any, Block | None]
    """Keys of which it is known that they are there, each with the block in which that is known, None if wherever it is read."""

    # ---- keys -------------------------------------------------------------------------------------------------------

    def known_key(self, base: Mapping | Table, index: Tree, node: Any) -> Const | None:
        """A key as a constant; None where it is known at run time only.

        What can be known by unrolling a loop or by making code for an argument is asked for first.
        """
        if isinstance(base, Table):
            return None
        if not may_be_table(base):
            return Const(self.static(index, node))
        try:
            return Const(self.static(index, node))
        except NeedStatic as need:
            place = self.build.location
            if place is not None and (place.file, place.line) in self.program.outside.open_keys:
                return None
            need.place = need.place or place
            raise
        except Unsupported:
            return None

    def opened(self, tree: Mapping | Table, node: Any) -> Table:
        """A dict whose keys need not be known from here on."""
        if isinstance(tree, Table):
            return tree
        if not may_be_table(tree):
            raise self.values_refused(node)
        made = self.as_table(tree)
        if tree.cell is not None and tree.cell in self.state.store:
            self.hold(tree, made, node)
        return made

    def values_refused(self, node: Any) -> Exception:
        """The error for a dict of something else."""
        found: Exception = self.unsupported(
            node, "a dict whose keys are not known here, and whose values are no numbers or arrays, is not supported",
            "keep a dict of arrays for each part of the value",
        )
        return found

    def as_table(self, tree: Tree) -> Table:
        """A dict with its keys in a live dict."""
        if isinstance(tree, Table):
            return tree
        assert isinstance(tree, Mapping)
        places = self.build.apply(core.PLACES, *map(Const, tree.items))[0]
        values = self.as_listed(Sequence(list, tuple(tree.items.values())))
        assert isinstance(values, Value)
        return Table(places, values, replace(tree, items={}, cell=None))

    def is_empty(self, table: Table) -> bool:
        """Whether nothing has ever been put into a dict, as far as a loop that is being lowered has been followed."""
        return fact_of_operand(self.current(table.places)).element is None

    def is_present(self, table: Table, key: Operand) -> bool:
        """Whether a key is known to be there."""
        return self.present.get((self.current(table.places), key_of(key)), UNKNOWN) in (None, self.build.block)

    def note_present(self, table: Table, key: Operand) -> None:
        self.present[self.current(table.places), key_of(key)] = self.build.block

    def is_open(self, base: Mapping, name: str, args: list[Tree], node: Any) -> bool:
        """Whether a method of a dict is called with a key that is known at run time only."""
        return name in OF_KEYS and bool(args) and self.known_key(base, args[0], node) is None

    # ---- reading ----------------------------------------------------------------------------------------------------

    def has_key(self, table: Table, key: Tree, node: Any) -> Operand:
        """Whether a key is in a dict."""
        if self.is_empty(table):
            return Const(False)
        operand = self.element_operand(key, node, asked=True)
        return self.primitive(operator.contains, [table.places, operand], node=node)  # type: ignore[no-any-return]

    def item_at(self, base: Mapping | Table, index: Tree, node: Any) -> Tree:
        """``base[index]`` of a dict."""
        known = self.known_key(base, index, node)
        if known is None:
            return self.item_of(self.opened(base, node), index, node)
        assert isinstance(base, Mapping)
        if known.value not in base.items and is_counter(base):
            return Const(0)
        if known.value not in base.items and base.default is not None:
            value = self.housed(self.default_of(base, node))
            self.change(base, replace(base, items={**base.items, known.value: value}), node)
            return value
        with as_python_does():
            return base.items[known.value]

    def put_at(self, base: Mapping | Table, index: Tree, value: Tree, node: Any) -> None:
        """``base[index] = value`` of a dict."""
        known = self.known_key(base, index, node)
        if known is None:
            if isinstance(base, Mapping) and (base.cell is None or base.cell not in self.state.store):
                self.change(base, base, node)  # which says why not
            self.put_item(self.opened(base, node), index, value, node)
            return
        assert isinstance(base, Mapping)
        self.change(base, replace(base, items={**base.items, known.value: value}), node)

    def is_key(self, base: Mapping | Table, key: Tree, node: Any) -> Operand:
        """Whether a dict has a key."""
        if isinstance(base, Table) and self.is_empty(base):
            return Const(False)
        known = self.known_key(base, key, node)
        if known is None:
            return self.has_key(self.opened(base, node), key, node)
        assert isinstance(base, Mapping)
        with as_python_does():
            return Const(known.value in base.items)

    def item_of(self, table: Table, key: Tree, node: Any) -> Tree:
        """``table[key]``."""
        operand = self.element_operand(key, node, asked=True)
        if is_counter(table):
            return self.item_or(table, key, Const(0), node)
        if table.like.default is None:
            return self.item_there(table, operand, node)

        def missing() -> Tree:
            value = self.default_of(table.like, node)
            self.put_item(table, key, value, node)
            return value

        return self.choice(self.has_key(table, key, node), lambda: self.item_there(table, operand, node), missing)

    def item_there(self, table: Table, key: Operand, node: Any) -> Tree:
        """The value of a key that must be there."""
        place = self.place_of_key(table.places, key)
        self.note_present(table, key)
        return self.primitive(core.INDEX, [table.values, place], node=node)  # type: ignore[no-any-return]

    def place_of_key(self, places: Operand, key: Operand) -> Operand:
        """Where the value of a key is in the list of values."""
        found = self.apply_primitive(core.PLACE, [self.current(places), key], (), "")
        found.hint = found.hint or "place"
        return found  # type: ignore[no-any-return]

    def default_of(self, tree: Mapping, node: Any) -> Tree:
        """What a defaultdict gives for a key that is missing."""
        assert tree.default is not None
        if isinstance(tree.default, Const) and tree.default.value in (int, float, complex, bool, str):
            return Const(tree.default.value())
        return self.call(tree.default, [], {}, node)

    def item_or(self, table: Table, key: Tree, default: Tree, node: Any) -> Tree:
        """``table.get(key, default)``."""
        operand = self.element_operand(key, node, asked=True)
        return self.choice(self.has_key(table, key, node), lambda: self.item_there(table, operand, node), lambda: default)

    def table_method(self, table: Table, name: str, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        """A method of a dict whose keys are not known."""
        match name, args:
            case "get", [key]:
                return self.item_or(table, key, Const(None), node)
            case "get", [key, default]:
                return self.item_or(table, key, default, node)
            case "setdefault", [key, default]:
                def add() -> Tree:
                    self.put_item(table, key, default, node)
                    return default

                operand = self.element_operand(key, node, asked=True)
                return self.choice(self.has_key(table, key, node), lambda: self.item_there(table, operand, node), add)
            case "keys" | "items", []:
                return Iteration(name, (table,))
            case "values", []:
                return table.values
            case "copy", []:
                return self.copied_table(table)
            case "update", _ if is_counter(table):
                self.count_into(table, args, kwargs, node)
                return Const(None)
            case "update", _:
                self.update_dict(table, [*args, Mapping(kwargs)], node)
                return Const(None)
            case "clear", []:
                self.replace(table.places, self.apply_primitive(  # type: ignore[arg-type]
                    core.CHANGED, [self.current(table.places), Const("clear")], (), ""), alone=True)
                self.change_columns(table.values, lambda column: (  # type: ignore[arg-type]
                    self.build.apply(core.LISTED, facts=(fact_of_operand(column),))[0]))
                return Const(None)
        raise self.unsupported(node, f"the method .{name} of a dict whose keys are not known is not supported yet",
                               "set the entry to zero, or build a new dict")

    def copied_table(self, table: Table, like: Mapping | None = None) -> Table:
        """A dict of its own with the same values."""
        places = self.build.one(core.COPY, self.current(table.places))
        values = self.gathered(table.values, Const(slice(None)))  # type: ignore[arg-type]
        assert isinstance(values, Value)
        return Table(places, values, table.like if like is None else like)

    # ---- writing ----------------------------------------------------------------------------------------------------

    def put_item(self, table: Table, key: Tree, value: Tree, node: Any) -> None:
        """``table[key] = value``."""
        if not (is_number(value) or (isinstance(value, Value) and value.fact.kind not in NO_VALUES)):
            raise self.values_refused(node)
        operand = self.element_operand(key, node)
        asked = self.element_operand(key, node, asked=True)
        places, values = table.places, table.values
        assert isinstance(places, Value) and isinstance(values, Value)

        def put() -> None:
            place = self.place_of_key(places, asked)
            self.set_element(values, place, value, node)

        def add() -> None:
            now = self.current(places)
            self.append(values, value, node)
            self.replace(places, self.build.one(core.CHANGED, now, Const("__setitem__"), operand, self.build.one(core.COUNT, now)),
                         alone=True)

        if self.is_present(table, asked):
            put()
        else:
            self.either(self.truth(self.has_key(table, key, node)), put, add)

    def put_items(self, table: Table, more: Tree, node: Any) -> None:
        """Put the items of another dict, or pairs, into one."""
        if isinstance(more, Mapping):
            for key, value in more.items.items():
                self.put_item(table, Const(key), value, node)
        elif isinstance(more, Table):
            self.own(definitions.put_items, [table, Iteration("items", (more,))], node)
        else:
            self.own(definitions.put_items, [table, more], node)

    def count_into(self, counter: Mapping | Table, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> None:
        """``Counter.update``: the elements of something are counted, or counts added."""
        for more in (*args, Mapping(kwargs)):
            if isinstance(more, Const) and isinstance(more.value, dict):
                more = Mapping(self.known_items(more, node) or {})
            pairs = isinstance(more, Mapping | Table)
            if isinstance(more, Table):
                more = Iteration("items", (more,))
            elif isinstance(more, Mapping):
                more = Sequence(tuple, tuple(Sequence(tuple, (Const(k), v)) for k, v in more.items.items()))
            self.own(definitions.count_items if pairs else definitions.count_elements, [counter, more], node)

    def known_items(self, tree: Tree, node: Any) -> dict[Any, Tree] | None:
        """The items of a dict, or of pairs, if the keys are known."""
        if isinstance(tree, Mapping):
            return dict(tree.items)
        if isinstance(tree, Const) and isinstance(tree.value, dict):
            return {k: self.subscript(tree, Const(k), node) for k in tree.value}
        items: dict[Any, Tree] = {}
        for pair in self.elements(tree, node):
            key, value = self.elements(pair, node, 2)
            known = self.known_key(Mapping({}), key, node)
            if known is None:
                return None
            with as_python_does():
                items[known.value] = value
        return items

    def dict_of(self, empty: Mapping, items: dict[Any, Tree]) -> Mapping:
        return replace(empty, items=items)

    def merged_into(self, old: Mapping | Table, value: Tree, node: Any) -> Tree:
        """``old |= value`` of a dict."""
        if is_counter(old):
            raise self.unsupported(node, "an operator on a Counter is not supported", "count in a loop")
        self.update_dict(old, [value], node)
        return self.held(old) if isinstance(old, Mapping) else old

    def update_dict(self, old: Mapping | Table, others: list[Tree], node: Any) -> None:
        """``old.update(*others)``."""
        for more in others:
            now = self.held(old) if isinstance(old, Mapping) else old
            known = None
            if isinstance(now, Mapping) and not isinstance(more, Table):
                known = self.tried(partial(self.known_items, more, node))
            if known is None:
                self.put_items(self.opened(now, node), more, node)  # type: ignore[arg-type]
            else:
                assert isinstance(now, Mapping)
                self.change(now, replace(now, items=now.items | known), node)

    def merged(self, left: Tree, right: Tree, node: Any) -> Tree:
        """``left | right`` of dicts."""
        if is_counter(left) or is_counter(right):
            raise self.unsupported(node, "an operator on a Counter is not supported", "count in a loop")
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            return replace(left, items=left.items | right.items, cell=None)
        if not isinstance(left, Mapping | Table) or not isinstance(right, Mapping | Table):
            raise theirs(TypeError("unsupported operand type(s) for |"))
        table = self.copied_table(left) if isinstance(left, Table) else self.opened(replace(left, cell=None), node)
        self.put_items(table, right, node)
        return table
