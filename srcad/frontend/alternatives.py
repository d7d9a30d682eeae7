"""Arrays that are one of several, as the data say: a write through any of their names is seen through all of them.

    c = a if x[0] > 0.0 else b       c is a choice: a where the condition holds, b where it does not
    c[1] = v                         c1 = stored(c, 1, v);  a1 = c1 if condition else a;  b1 = b if condition else c1
    a[2] = w                         a2 = stored(a1, 2, w); what c is is read again when it is read: a2 if condition else b1

All are versions, as of every write (``memory``), so that derivatives know nothing of it.  What nobody reads is dropped.

Lowering follows choices only if it has turned out that they matter (``Ambiguous``): most are never written into.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any

from srcad.frontend.memory import Memory, Place, Root, Step, may_be_memory
from srcad.frontend.scope import Unsupported, theirs
from srcad.frontend.trees import Cell, Poison, Tree
from srcad.ir.build import key_of
from srcad.ir.nodes import Apply, Block, Const, Display, Operand, Value, flat_operands
from srcad.ir.rewrite import with_operands
from srcad.rules.registry import primitive_of

OWN = -1
"""The number of what is no place that is known: memory of its own."""


class Ambiguous(Exception):
    """What is one array or another is written into, and so must be followed: lowering begins anew."""


class Choice(Root):
    """An array that is one of several, by the values of a selector: a condition, or a number.

    For every other value it has memory of its own; ``whole`` says that there is none.  Of those made in one ``group``
    two have memory of their own in common only if they are kin.
    """

    def __init__(self, handle: Value, selector: Operand, places: dict[Any, Place], whole: bool, group: Any = None) -> None:
        super().__init__(handle)
        self.selector = selector
        self.places = places
        self.whole = whole
        self.group = group

    def roots(self) -> list[Root]:
        """The roots that it may be a part of."""
        return list(dict.fromkeys(place.root for place in self.places.values()))


class Numbers:
    """Places by number, those that are the same under one; ``start`` are those that have one already."""

    def __init__(self, start: dict[Any, Place] | None = None) -> None:
        self.places = dict(start or {})
        self._keys: dict[Any, int] = {place_key(place): n for n, place in self.places.items()}

    def of(self, place: Place) -> int:
        """The number of a place."""
        key = place_key(place)
        if key not in self._keys:
            self._keys[key] = max(self.places, default=OWN) + 1
            self.places[self._keys[key]] = place
        return self._keys[key]

    def known(self, place: Place) -> int:
        """The number of a place that has one."""
        return self._keys.get(place_key(place), OWN)


def place_key(place: Place) -> Any:
    """A key equal for places that are the same."""
    return place.root, tuple(map(step_key, place.steps)), place.readonly


def step_key(step: Step) -> Any:
    """A key equal for views that are made in the same way."""
    apply = with_operands(step.apply, lambda o: Const("base") if o is step.base else o)
    assert isinstance(apply, Apply)
    return apply.primitive, step.part, *map(key_of, apply.args), *((k, key_of(v)) for k, v in apply.kwargs)


def operands_inside(place: Place, inside: Collection[Value]) -> list[Value]:
    """What a place is computed from ``inside`` of something."""
    operands = (o for step in place.steps for a in (*step.apply.args, *(v for _, v in step.apply.kwargs))
                for o in flat_operands(a) if o is not step.base)
    return [o for o in operands if isinstance(o, Value) and o in inside]


def is_outside(place: Place, inside: Collection[Value]) -> bool:
    """Whether a place means the same where what is ``inside`` is not known."""
    return place.root.handle not in inside and not operands_inside(place, inside)


def moved(place: Place, operands: dict[Operand, Operand]) -> Place:
    """A place computed from other operands."""
    if not operands:
        return place
    steps = []
    for step in place.steps:
        def change(operand: Operand, base: Operand = step.base) -> Operand:
            if isinstance(operand, Display):
                return Display(operand.kind, tuple(map(change, operand.items)))
            return operand if operand is base else operands.get(operand, operand)

        apply = with_operands(step.apply, change)
        assert isinstance(apply, Apply)
        steps.append(Step(apply, step.part, step.base))
    return Place(place.root, tuple(steps), place.readonly)


class Choices(Memory):
    """The part of lowering that follows arrays that are one of several."""

    alternatives: list[Choice]
    taken: dict[tuple[Choice, Tree], dict[Root, Tree]]
    """For a version of a choice, the versions of the other arrays of which it is a part."""

    # ---- reading ----------------------------------------------------------------------------------------------------

    def has_changed(self, root: Root) -> bool:
        return super().has_changed(root) or (isinstance(root, Choice) and not self.is_current(root))

    def version(self, root: Root) -> Operand:
        if isinstance(root, Choice) and not self.is_current(root):
            held = self.state.store.get(root, root.handle)
            if not isinstance(held, Poison):
                def part(place: Place | None) -> Operand:
                    return held if place is None else self.versions(place)[-1]  # type: ignore[return-value]

                self.state.store[root] = self.chosen(root, part, root.handle)
                self.note_current(root)
        return super().version(root)

    def is_current(self, choice: Choice) -> bool:
        """Whether the version of a choice is what the arrays that it is chosen from hold."""
        taken = self.taken.get((choice, self.state.store.get(choice, choice.handle)))
        return taken is not None and all(self.state.store.get(root) is version for root, version in taken.items())

    def note_current(self, choice: Choice) -> None:
        """Note that the version of a choice is what the arrays hold."""
        now = self.state.store.get(choice, choice.handle)
        self.taken[choice, now] = {root: self.state.store.get(root) for root in choice.roots()}  # type: ignore[misc]

    def note_all_current(self, keys: Collection[Any]) -> None:
        for key in keys:
            if isinstance(key, Choice) and not isinstance(self.state.store.get(key), Poison):
                self.note_current(key)

    def chosen(self, choice: Choice, make: Callable[[Place | None], Operand], like: Value | None = None) -> Operand:
        """What is made of the place that is chosen (of None for memory of its own): a version of ``like``."""
        if any(isinstance(key, bool) for key in choice.places):
            sides = choice.places.get(True), choice.places.get(False)
            return self.one_of(choice.selector, partial(make, sides[0]), partial(make, sides[1]), like)

        def rest(ways: list[Any]) -> Operand:
            if not ways or (len(ways) == 1 and choice.whole):
                return make(choice.places[ways[0]] if ways else None)
            test = self.build.one(primitive_of(operator.eq), choice.selector, Const(ways[0]))  # type: ignore[arg-type]
            return self.one_of(test, partial(make, choice.places[ways[0]]), partial(rest, ways[1:]), like)

        return rest(list(choice.places))

    def one_of(
        self, condition: Operand, then: Callable[[], Operand], orelse: Callable[[], Operand], like: Value | None
    ) -> Operand:
        """What one of two sides computes, which change nothing: a version of ``like``, whose facts a write does not change."""
        blocks = Block(), Block()
        kept = self.state.store
        for block, side in zip(blocks, (then, orelse), strict=True):
            self.state.store = dict(kept)
            with self.build.inside(block):
                block.outs = [side()]
        self.state.store = kept
        (made,) = self.build.branch(condition, *blocks, [like.name if like is not None else ""])
        if like is not None and isinstance(made, Value) and made in self.build.block.body[-1].results:
            made.fact = like.fact
        return made

    # ---- who shares memory ------------------------------------------------------------------------------------------

    def reached(self, root: Root) -> list[Root]:
        return [root, *root.roots()] if isinstance(root, Choice) else [root]

    def may_share(self, one: Any, other: Any) -> bool:
        if isinstance(one, Cell) or not all(isinstance(h, Value) and may_be_memory(h) for h in (one, other)):
            return super().may_share(one, other)
        return self.may_be_one(self.place(one).root, self.place(other).root)

    def may_be_one(self, one: Root, other: Root) -> bool:
        """Whether two roots may be parts of one array."""
        return any(
            a is b or b in self.state.kin.get(a, ())
            for j, a in self.ways_of(one) for k, b in self.ways_of(other)
            if j is None or k is None or j == k or j[0] is not k[0]
        )

    def ways_of(self, root: Root) -> Iterator[tuple[Any, Root]]:
        """The roots that a root may be, each with the selector and the value of it for which it is that."""
        if isinstance(root, Choice):
            yield from (((root.selector, key), place.root) for key, place in root.places.items())
        yield None, root

    # ---- what is chosen ---------------------------------------------------------------------------------------------

    def ways(self, handle: Operand) -> list[Place]:
        """Where the memory of a handle may be; that of a choice of its own is at itself."""
        if not isinstance(handle, Value) or not may_be_memory(handle):
            return []
        place = self.place(handle)
        if not isinstance(place.root, Choice):
            return [place]
        found = [farther(p, place) for p in place.root.places.values()]
        return found if place.root.whole else [*found, place]

    def selector_of(self, handle: Operand, number: Callable[[Place], int]) -> Operand:
        """The number of the place at which the memory of a handle is."""
        if not isinstance(handle, Value) or not may_be_memory(handle):
            return Const(OWN)
        place = self.place(handle)
        root = place.root
        if not isinstance(root, Choice):
            return Const(number(place))
        if all(type(key) is int and number(farther(p, place)) == key for key, p in root.places.items()):
            return root.selector
        return self.chosen(root, lambda p: Const(OWN if p is None else number(farther(p, place))))

    def numbered(self, handle: Operand) -> dict[Any, Place]:
        """The places of a handle that have numbers."""
        place = self.places.get(handle) if isinstance(handle, Value) else None
        found = place.root.places if place is not None and isinstance(place.root, Choice) and not place.steps else {}
        return {} if any(isinstance(key, bool) for key in found) else found

    def unfollowed(self, handle: Operand, inside: Collection[Value]) -> set[Root]:
        """The roots of a handle that are not places known outside."""
        return {p.root for p in self.ways(handle) if not self.is_known(p, inside)}

    def is_known(self, place: Place, inside: Collection[Value]) -> bool:
        """Whether a place means the same outside, and is no memory that a choice has of its own."""
        return not isinstance(place.root, Choice) and is_outside(place, inside)

    def choose(
        self, handle: Value, selector: Operand, places: dict[Any, Place], whole: bool, group: Any = None
    ) -> None:
        """Let a handle, which is the current version of what it means, be one of several places."""
        known = self.places.get(handle)
        if not places or known is not None:
            assert known is None or known.root.handle is not handle or all(p.root is known.root for p in places.values())
            return
        if len(places) == 1 and whole:
            (self.places[handle],) = places.values()
            return
        choice = Choice(handle, selector, places, whole, group)
        self.places[handle] = Place(choice)
        self.alternatives.append(choice)
        self.note_current(choice)

    # ---- writing ----------------------------------------------------------------------------------------------------

    def check_writable(self, handle: Value) -> None:
        found = [place.readonly for place in self.ways(handle)]
        if found and any(found) and not all(found):
            raise self.unsupported(None, "a write into what may or may not be a read-only view", "copy the view")
        if any(found):
            raise theirs(ValueError("assignment destination is read-only"))
        super().check_writable(handle)

    def hold_version(self, root: Root, new: Operand) -> None:
        others = [c for c in self.alternatives if c is not root and self.is_current(c) and not self.may_be_one(root, c)]
        super().hold_version(root, new)
        if isinstance(root, Choice):
            for below in root.roots():
                self.pass_on(root, below, new)
            self.note_current(root)
        self.note_all_current(others)

    def pass_on(self, choice: Choice, root: Root, new: Operand) -> None:
        """Let an array that a choice may be a part of hold its new version where it is the one."""
        try:
            old = self.version(root)
        except Unsupported:
            return

        def put(place: Place | None) -> Operand:
            return old if place is None or place.root is not root else self.with_part(old, place.steps, new)

        self.state.store[root] = self.chosen(choice, put, root.handle)

    def with_part(self, base: Operand, steps: tuple[Step, ...], new: Operand) -> Operand:
        """An array with a new version of a view of it."""
        bases = [base]
        for step in steps[:-1]:
            bases.append(step.again(self.build, bases[-1]))
        for step, old in zip(reversed(steps), reversed(bases[: len(steps)]), strict=True):
            new = step.put(self.build, old, new)
        return new


def farther(place: Place, view: Place) -> Place:
    """The place of a view of a choice, if that is at ``place``."""
    return Place(place.root, place.steps + view.steps, place.readonly or view.readonly)
