"""What goes round in a loop: what is known of it, and what memory the arrays among it may share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from srcad.frontend.alternatives import OWN, Choice, Numbers
from srcad.frontend.containers import containers, fixed_like
from srcad.frontend.memory import Place
from srcad.frontend.scope import Store, Variable
from srcad.frontend.trees import Cell, Poison, Tree, leaves
from srcad.ir.facts import PY_INT
from srcad.ir.nodes import UNDEFINED, Const, Operand, Undefined, Value


class Round:
    """What goes round in a loop, as far as it is known: trees by keys of the store, and what memory they may share.

    The leaves of variables that may be arrays have ``params`` in the iteration, and so have their lists and dicts (by
    negative places); each may be one of the ``outer`` ones, and two of a pair may be one.  Where choices are followed,
    arrays of outside are in ``ways``, by their numbers, and a selector goes round that says which it is.
    """

    def __init__(self, trees: dict[Any, Tree]) -> None:
        self.trees = trees
        self.index: Value | None = None  # what the variable of a loop over a range is
        self.grown = False
        self.params: dict[tuple[Any, int], Any] = {}
        self.outer: dict[tuple[Any, int], set[Any]] = {}
        self.pairs: set[frozenset[tuple[Any, int]]] = set()
        self.starts: dict[tuple[Any, int], Any] = {}
        self.lists: list[Variable] = []  # the lists to which each iteration adds one element
        self.collected: dict[Variable, Tree] = {}  # and what they are then
        self.numbers = Numbers()
        self.ways: dict[tuple[Any, int], set[int]] = {}
        self.selectors: dict[tuple[Any, int], Operand] = {}

    def start(self, low: Any, place: tuple[Any, int], handle: Any, made_of: Iterable[Any] | None = None) -> None:
        """Note what an array is before the first iteration, or what a list is made of then."""
        self.starts[place] = handle
        outer = self.outer.setdefault(place, set())
        if low.program.follows_choices and not isinstance(handle, Cell) and made_of is None:
            self.ways.setdefault(place, set()).update(
                OWN if isinstance(way.root, Choice) else self.numbers.of(way) for way in low.ways(handle)
            )
            outer |= low.with_kin(low.unfollowed(handle, ()))
        else:
            for one in (handle,) if made_of is None else made_of:
                outer |= low.related(one)
        self.pairs.update(frozenset((place, other)) for other, found in self.starts.items()
                          if other != place and self.may_share(low, handle, found, ()))

    def may_share(self, low: Any, one: Any, other: Any, within: Any) -> bool:
        """Whether two share memory that is not found through the arrays of outside that they are."""
        if isinstance(one, Cell) or isinstance(other, Cell) or not low.program.follows_choices:
            return bool(low.may_share(one, other))
        return bool(low.unfollowed(one, within) & low.with_kin(low.unfollowed(other, within)))

    def relate(self, low: Any, values: dict[tuple[Any, int], Any]) -> None:
        """Note what values that go round, or have gone round, may share memory with."""
        for place, value in values.items():
            low.relate(low.root_of(value), self.outer.get(place, ()))
        for one, other in (tuple(pair) for pair in self.pairs):
            if one in values and other in values:
                low.relate(low.root_of(values[one]), [low.root_of(values[other])])

    # ---- which of several arrays ------------------------------------------------------------------------------------

    def known_ways(self, place: tuple[Any, int]) -> tuple[dict[Any, Place], bool]:
        """The arrays of outside that one may be, and whether these are all."""
        ways = self.ways.get(place, {OWN})
        return {n: self.numbers.places[n] for n in sorted(ways) if n != OWN}, OWN not in ways

    def follow(self, low: Any, carried: list[Value], inits: list[Operand]) -> None:
        """Let a selector go round with each array that may be one of several."""
        self.selectors = {}
        for place, param in self.params.items():
            known, whole = self.known_ways(place)
            if not known:
                continue
            selector: Operand = Const(0)
            if len(known) > 1 or not whole:
                selector = Value(f"which_{param.name}" if param.name else "which", PY_INT)
                carried.append(selector)
                inits.append(low.selector_of(self.starts[place], self.numbers.known))
                self.selectors[place] = selector
            low.choose(param, selector, known, whole, self)
        low.note_all_current(self.trees)

    def selected(self, low: Any) -> list[Operand]:
        """Which arrays those that go round are now."""
        if not self.selectors:
            return []
        found = self.handles(low, low.state.store)
        return [low.selector_of(found.get(place, UNDEFINED), self.numbers.known) for place in self.selectors]

    def follow_finals(self, low: Any, finals: dict[tuple[Any, int], Any], selectors: Iterator[Value]) -> None:
        """Let what the loop leaves be one of several arrays, as the selectors that it leaves say."""
        for place, selector in list(zip(self.selectors, selectors, strict=True)):
            if place in finals:
                low.choose(finals[place], selector, *self.known_ways(place), self.selectors)
        for place, final in finals.items():
            known, whole = self.known_ways(place)
            if known and place not in self.selectors:
                low.choose(final, Const(0), known, whole)
        low.note_all_current(self.trees)

    # ---- the end of an iteration ------------------------------------------------------------------------------------

    def handles(self, low: Any, end: Store) -> dict[tuple[Any, int], Any]:
        """What there is at the end of an iteration for each array that goes round, and each list or dict."""
        found: dict[tuple[Any, int], Any] = {}
        for key, p in self.params:
            pattern, tree = self.trees[key], low.kept(end, key) if key in end else UNDEFINED
            if isinstance(tree, Undefined | Poison) or isinstance(pattern, Undefined | Poison):
                found[key, p] = UNDEFINED
                continue
            handles: list[Any] = list(leaves(fixed_like(pattern, tree))) if p >= 0 else own_cells(pattern, tree)
            place = p if p >= 0 else -1 - p
            found[key, p] = handles[place] if place < len(handles) else UNDEFINED
        return found

    def found_more(self, low: Any, end: Store, within: set[Value], before: Store) -> bool:
        """Note what the arrays that go round may share memory with at the end of an iteration; whether that is new."""
        params = {low.root_of(v): place for place, v in self.params.items()}
        found = self.handles(low, end)
        grown = False
        places = list(found)
        for n, place in enumerate(places):
            related = low.related(found[place])
            if low.program.follows_choices and not isinstance(found[place], Cell):
                related = low.with_kin(low.unfollowed(found[place], within))
                ways = {self.numbers.of(way) if low.is_known(way, within) else OWN
                        for way in low.ways(found[place])}
                grown |= not ways <= self.ways.setdefault(place, set())
                self.ways[place] |= ways
            outer = {r for r in related if (r in before if isinstance(r, Cell) else r.handle not in within)}
            for root in related & params.keys():
                outer |= self.outer.get(params[root], set())
            grown |= not outer <= self.outer.setdefault(place, set())
            self.outer[place] |= outer
            for other in places[:n]:
                pair = frozenset((place, other))
                if pair not in self.pairs and self.may_share(low, found[place], found[other], within):
                    self.pairs.add(pair)
                    grown = True
        return grown


def own_cells(pattern: Tree, tree: Tree) -> list[Cell]:
    """The identities of the lists and dicts in a tree that are not fixed in a pattern."""
    return [c.cell for c in containers(fixed_like(pattern, tree)) if c.cell is not None]
