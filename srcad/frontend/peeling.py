"""Loops of which the first iteration is unlike the others: it is lowered apart, and the loop runs over what remains.

``previous = None`` before a loop, an attribute that is made when it is first wanted: what goes round is nothing before
the first iteration, and a number or an array or a list from then on.  With the first iteration apart, it is one kind of
thing in the loop, and ``previous is None`` is known on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import gast

from srcad.frontend import scan
from srcad.frontend.containers import Container, elements_of, is_like
from srcad.frontend.loops import Loops, Unsettled, consumers_in
from srcad.frontend.namespaces import Held
from srcad.frontend.rounds import Round
from srcad.frontend.scope import Diverged, Store, Variable
from srcad.frontend.statements import BREAK, CONTINUE
from srcad.frontend.trees import Instance, Iteration, Poison, Sequence, Tree, leaves
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.nodes import UNDEFINED, Block, Const, Undefined, Value

PEELED = 3
"""So many iterations are written apart: what is remembered may be that of the last, and of the one before it."""


class Unlike(Exception):
    """What goes round is nothing before the first iteration, and something after it: with what it is before, by keys."""

    def __init__(self, starts: dict[Any, Tree]) -> None:
        self.starts = starts


class Useless(Exception):
    """After the first iteration it is not known either what goes round."""


def is_nothing(tree: Tree) -> bool:
    return isinstance(tree, Const) and tree.value is None


def came_to_be(start: Tree, now: Tree) -> Iterator[Tree]:
    """What now stands where there was None."""
    if is_nothing(start):
        if not is_nothing(now):
            yield now
    elif isinstance(start, Instance) and isinstance(now, Instance):
        for name in start.items.keys() & now.items.keys():
            yield from came_to_be(start.items[name], now.items[name])
    elif isinstance(start, Container) and isinstance(now, Container) and is_like(start, now):
        for one, other in zip(elements_of(start), elements_of(now), strict=True):
            yield from came_to_be(one, other)


def is_settled(tree: Tree) -> bool:
    """Whether it is known what kind of thing something is."""
    if isinstance(tree, Poison | Undefined):
        return False
    return not any(isinstance(leaf, Undefined) or fact_of_operand(leaf).kind == "any" for leaf in leaves(tree))


class Peeling(Loops):
    """The part of lowering that writes first iterations apart."""

    apart: list[int]
    """How many iterations of each loop that is being lowered have been written apart; no more may be if it is ``PEELED``."""

    def general_loop(self, node: Any, iterated: Tree | None) -> Tree:
        return self.loop_after(0, node, iterated)

    def loop_after(self, done: int, node: Any, iterated: Tree | None) -> Tree:
        """A loop of which some iterations have been written apart; whether it is left by a ``break``."""
        if done == PEELED or consumers_in(node) or not (iterated is None or is_divisible(iterated)):
            return self.whole_loop(PEELED, node, iterated)
        variables = [Variable(self.frame, name) for name in scan.assigned([node])]
        starts: dict[Any, Tree] = {v: Const(None) for v in variables if is_nothing(self.state.store.get(v, Const(0)))}
        store, definitions, kin = dict(self.state.store), dict(self.build.definitions), dict(self.state.kin)
        refusal = None
        if not starts:
            try:
                return self.whole_loop(done, node, iterated)
            except Unlike as found:
                starts = found.starts
            except Unsettled as error:
                refusal = error
            self.state.store, self.build.definitions, self.state.kin = dict(store), dict(definitions), dict(kin)
        trial = Block()
        try:
            with self.build.inside(trial):
                stopped = self.first_apart(done, node, iterated, starts)
        except Useless:
            if refusal is not None:
                raise refusal from None
            self.state.store, self.build.definitions, self.state.kin = store, definitions, kin
            return self.whole_loop(PEELED, node, iterated)
        except Diverged:
            self.build.splice(trial)
            raise
        self.build.splice(trial)
        return stopped

    def whole_loop(self, done: int, node: Any, iterated: Tree | None) -> Tree:
        self.apart.append(done)
        try:
            return super().general_loop(node, iterated)
        finally:
            self.apart.pop()

    def improve(self, guess: Round, end: Store, wanted: set[Any], within: set[Value], before: Store, node: Any) -> bool:
        if self.apart[-1] < PEELED:
            starts = {key: self.at_first(key, before) for key in wanted if key in end}
            unlike = {key: start for key, start in starts.items() if any(came_to_be(start, self.kept(end, key)))}
            if unlike:
                raise Unlike(unlike)
        return super().improve(guess, end, wanted, within, before, node)

    def at_first(self, key: Any, before: Store) -> Tree:
        if key in before:
            return self.kept(before, key)
        return self.at_start(key) if isinstance(key, Held) else UNDEFINED

    # ---- the first iteration ----------------------------------------------------------------------------------------

    def first_apart(self, done: int, node: Any, iterated: Tree | None, starts: dict[Any, Tree]) -> Tree:
        """An iteration, and the loop over what remains; whether one of them is left by a ``break``."""
        outer = {flag: self.frame.vars.pop(flag, Const(False)) for flag in (BREAK, CONTINUE)}
        self.frame.vars[BREAK] = Const(False)
        if iterated is None:
            self.either(self.test(node.test), partial(self.iteration, done, node, None, None, starts), lambda: None)
        else:
            condition, first, rest = self.divided(iterated, node)
            self.either(condition, partial(self.iteration, done, node, first, rest, starts), lambda: None)
        stopped = self.frame.vars.pop(BREAK, Const(False))
        self.frame.vars.update(outer)
        return stopped

    def iteration(
        self, done: int, node: Any, first: Callable[[], Tree] | None, rest: Callable[[], Tree] | None, starts: dict[Any, Tree]
    ) -> None:
        begin = partial(self.assign, node.target, first()) if first is not None else lambda: None
        self.unroll(node, [begin], partial(self.remaining, done, node, rest, starts))

    def remaining(self, done: int, node: Any, rest: Callable[[], Tree] | None, starts: dict[Any, Tree]) -> None:
        """The loop over what remains, if more is known now."""
        store = self.state.store
        known = (came_to_be(start, self.kept(store, key)) for key, start in starts.items() if key in store)
        if starts and not any(is_settled(tree) for found in known for tree in found):
            raise Useless
        remaining = None if rest is None else rest()
        if starts:
            self.frame.vars[BREAK] = self.loop_after(done + 1, node, remaining)
            return
        try:
            self.frame.vars[BREAK] = self.whole_loop(PEELED, node, remaining)
        except Unsettled:
            raise Useless from None

    def divided(self, tree: Tree, node: Any) -> tuple[Any, Callable[[], Tree], Callable[[], Tree]]:
        """Whether there is a first element; the first element, and what comes after it."""
        match tree:
            case Iteration(kind="range"):
                start, stop, step = tree.parts
                ends = (stop, start) if step.value > 0 else (start, stop)  # type: ignore[union-attr]
                return (
                    self.comparison(gast.Gt(), *ends, node), lambda: start,
                    lambda: Iteration("range", (self.primitive(core.ADD, [start, step], node=node), stop, step)),
                )
            case Iteration(kind="enumerate"):
                some, first, rest = self.divided(tree.parts[0], node)
                number = tree.parts[1]
                return (
                    some, lambda: Sequence(tuple, (number, first())),
                    lambda: Iteration("enumerate", (rest(), self.primitive(core.ADD, [number, Const(1)], node=node))),
                )
            case Iteration(kind="zip"):
                parts = [self.divided(part, node) for part in tree.parts]
                conditions = [some for some, _, _ in parts]
                unknown = [partial(lambda c: c, some) for some in conditions if not isinstance(some, Const)]
                some = Const(all(c.value for c in conditions if isinstance(c, Const)))
                if some.value and unknown:
                    some = self.truth(self.short_circuit(True, unknown))
                return (
                    some, lambda: Sequence(tuple, tuple(first() for _, first, _ in parts)),
                    lambda: Iteration("zip", tuple(rest() for _, _, rest in parts)),
                )
            case Iteration(kind="chosen"):
                base, places = tree.parts
                some, first, rest = self.divided(places, node)
                return (
                    some, lambda: self.primitive(core.INDEX, [base, first()], node=node),
                    lambda: Iteration("chosen", (base, rest())),
                )
        assert isinstance(tree, Value) and tree.fact.shape
        length = tree.fact.shape[0]
        count = Const(length) if isinstance(length, int) else self.build.one(core.LENGTH, self.current(tree))
        return self.divided(Iteration("chosen", (tree, Iteration("range", (Const(0), count, Const(1))))), node)


def is_divisible(tree: Tree) -> bool:
    """Whether a tree that is run over can be divided into its first element and the rest."""
    if isinstance(tree, Iteration) and tree.kind in ("zip", "enumerate"):
        return all(map(is_divisible, tree.parts if tree.kind == "zip" else tree.parts[:1]))
    if isinstance(tree, Iteration):
        return tree.kind == "chosen" or (tree.kind == "range" and isinstance(tree.parts[2], Const))
    return isinstance(tree, Value) and tree.fact.kind == "array" and bool(tree.fact.shape)
