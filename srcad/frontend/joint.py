"""What several ways through the program leave as one, at the end of a branch: values that are one or another."""

from __future__ import annotations

from collections.abc import Sequence as Sequence_
from typing import Any

from srcad.frontend.alternatives import OWN, Choice, Numbers, moved, operands_inside
from srcad.frontend.joining import leaf_labels
from srcad.frontend.memory import Place, Root, may_be_memory
from srcad.frontend.scope import Store
from srcad.frontend.trees import Cell, Poison, Tree, leaves, unflattened
from srcad.ir.nodes import UNDEFINED, Block, Const, Operand, Value

RETURN, BREAK, CONTINUE = "return!", "break!", "continue!"
"""Flags: variables no user can name."""
RESULT = "result!"
FLAGS = (RETURN, BREAK, CONTINUE)

Side = tuple[Block, Store]
"""A way through the program: what it does, and what holds at its end."""


class Joint:
    """What several ways leave as one: for each key a shape over leaves, each of which is one of several handles.

    Two variables that are one array on every way remain one: they share a leaf.
    """

    def __init__(self, inside: set[Value]) -> None:
        self.inside = inside  # what the ways define
        self.shapes: dict[Any, Tree] = {}
        self.ways: dict[Any, list[Tree]] = {}
        self.leaves: dict[Any, list[int]] = {}
        self.groups: list[tuple[Operand, ...]] = []  # for each leaf what it is on each way
        self.labels: list[str] = []
        self.kept: dict[int, Operand] = {}  # leaves that are the same array of outside on every way
        self.unreadable: dict[Operand, Poison] = {}
        self.followed: dict[int, tuple[Operand | int, dict[Any, Place], bool]] = {}
        """For leaves that are one array or another: the selector, or the number of the leaf that is it; the places; whether
        these are all."""
        self.handed_on: dict[Operand, int] = {}  # operands that these places are computed from, as further leaves

    def add(self, key: Any, shape: Tree, parts: list[list[Operand]]) -> None:
        """Add a key, given its leaves on each way."""
        self.shapes[key] = shape
        places = self.leaves[key] = []
        for label, group in zip(leaf_names(name_of_key(key), shape), zip(*parts, strict=True), strict=True):
            known = [k for k, g in enumerate(self.groups) if all(a is b for a, b in zip(g, group, strict=True))]
            if known and not isinstance(key, Root) and any(map(may_be_memory, group)):
                places.append(known[0])
                continue
            if not isinstance(key, Root) and len(set(map(id, group))) == 1 and group[0] not in self.inside:
                self.kept[len(self.groups)] = group[0]
            places.append(len(self.groups))
            self.groups.append(group)
            self.labels.append(label)

    def bind(self, low: Any, results: Sequence_[Operand]) -> None:
        """Let the keys hold the joined leaves."""
        store = low.state.store
        made: dict[tuple[Any, ...], Tree] = {}
        for key, shape in self.shapes.items():
            if isinstance(shape, Poison):
                store[key] = shape
                continue
            found = [self.kept.get(k, results[k]) for k in self.leaves[key]]
            unread = [self.unreadable[h] for k in self.leaves[key] for h in self.groups[k] if h in self.unreadable]
            tree = unread[0] if unread else unflattened(shape, iter(found))
            store[key] = low.rehoused(tree, self.ways[key], made, key if isinstance(key, Cell) else None)
        for k, (selector, places, whole) in self.followed.items():
            if isinstance(handle := results[k], Value) and (len(places) == 1 or handle in low.build.block.body[-1].results):
                known = {n: moved(place, {o: results[j] for o, j in self.handed_on.items()}) for n, place in places.items()}
                low.choose(handle, results[selector] if isinstance(selector, int) else selector, known, whole)
        low.note_all_current(self.shapes)
        self.relate(low, results)

    def of_arrays(self) -> list[int]:
        """The leaves of variables that are arrays, and not the same one on every way."""
        roots = {k for key, places in self.leaves.items() if isinstance(key, Root) for k in places}
        return [k for k, g in enumerate(self.groups) if k not in roots and k not in self.kept and any(map(may_be_memory, g))]

    def follow(self, low: Any, live: list[Side], condition: Operand) -> None:
        """Note which arrays of outside the leaves are on each way."""
        for k in self.of_arrays():
            numbers = Numbers(next(filter(None, map(low.numbered, self.groups[k])), None))

            def number(place: Place, numbers: Numbers = numbers) -> int:
                return numbers.of(place) if self.is_followed(place) else OWN

            ways = [[number(place) for place in low.ways(handle)] for handle in self.groups[k]]
            whole = all(found and OWN not in found for found in ways)
            used = {n for found in ways for n in found}
            self.hand_on(low, k)
            places = {n: place for n, place in numbers.places.items() if n in used}
            if len(places) == 1 and whole:
                self.followed[k] = Const(0), places, whole
            elif len(live) == 2 and all(len(found) < 2 for found in ways):
                sides = {flag: places[n] for flag, found in zip((True, False), ways, strict=True) for n in found if n != OWN}
                self.followed[k] = condition, sides, whole
            elif places:
                self.followed[k] = len(self.groups), places, whole
                self.groups.append(tuple(
                    low.at_end(side, lambda handle=handle: low.selector_of(handle, number))
                    for side, handle in zip(live, self.groups[k], strict=True)
                ))
                self.labels.append(f"which_{self.labels[k]}" if self.labels[k] else "which")

    def is_followed(self, place: Place) -> bool:
        """Whether a place is in an array of outside, found by numbers."""
        known = place.root.handle not in self.inside and not isinstance(place.root, Choice)
        return known and not any(map(may_be_memory, operands_inside(place, self.inside)))

    def hand_on(self, low: Any, k: int) -> None:
        """Let the ways yield what the places of a leaf are computed from."""
        count = len(self.groups[k])
        for side, handle in enumerate(self.groups[k]):
            for place in filter(self.is_followed, low.ways(handle)):
                for operand in operands_inside(place, self.inside):
                    if operand not in self.handed_on:
                        self.handed_on[operand] = len(self.groups)
                        self.groups.append(tuple(operand if n == side else UNDEFINED for n in range(count)))
                        self.labels.append(operand.label)

    def relate(self, low: Any, results: Sequence_[Operand]) -> None:
        """Note what the joined arrays may share memory with."""
        new = [k for k in self.of_arrays() if may_be_memory(results[k])]
        if low.program.follows_choices:
            found = {k: [{p.root for p in low.ways(h) if not self.is_followed(p)} for h in self.groups[k]] for k in new}
        else:
            found = {k: [{*low.roots_of(h)} for h in self.groups[k]] for k in new}
        related = {k: [low.with_kin(roots) for roots in found[k]] for k in new}
        for n, k in enumerate(new):
            root = low.place(results[k]).root
            low.relate(root, (r for roots in related[k] for r in roots))
            for j in new[:n]:
                if any(a & b for a, b in zip(found[k], related[j], strict=True)):
                    low.relate(root, [low.place(results[j]).root])


def name_of_key(key: Any) -> str:
    """What messages and generated code call what a key of the store holds."""
    if isinstance(key, Cell):
        return key.name or "item"
    return key.handle.name if isinstance(key, Root) else key.name


def leaf_names(name: str, shape: Tree) -> list[str]:
    """Names for the leaves of a variable."""
    if name.endswith("!"):
        plain = {RETURN: "returned", BREAK: "stopped", CONTINUE: "skipped", RESULT: "", "choice!": "",
                 "raised!": "raised", "error!": "error"}.get(name, "")
        return [plain] * len(list(leaves(shape)))
    return list(leaf_labels(name, shape))
