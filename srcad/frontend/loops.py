"""Lowering loops: which variables go round, what is known of them, and where the loop is left.

A loop's body is lowered with a guess at what its variables hold; if what they hold at its end says otherwise, the
guess is widened and the body lowered anew, until it agrees with itself.  Loops over sequences whose elements are
known one by one are unrolled.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as Sequence_
from dataclasses import dataclass
from functools import partial
from typing import Any

import gast

from srcad.frontend import scan
from srcad.frontend.choices import strays
from srcad.frontend.containers import changes, containers, demoted, fixed_like, with_fixed, without_cells
from srcad.frontend.contexts import Contexts
from srcad.frontend.expressions import type_of
from srcad.frontend.growing import says_less
from srcad.frontend.joining import laid_over, reconciled
from srcad.frontend.joint import BREAK, CONTINUE, FLAGS, RESULT, RETURN, leaf_names, name_of_key
from srcad.frontend.lists import Listed, is_listed, may_be_listed, part_of_another
from srcad.frontend.memory import Root, may_be_memory
from srcad.frontend.namespaces import Held
from srcad.frontend.rounds import Round, own_cells
from srcad.frontend.saying import check_iterable
from srcad.frontend.scope import Diverged, Frame, NeedStatic, Store, Unbound, Unsupported, Variable, theirs
from srcad.frontend.sets import is_live_set, keys_of
from srcad.frontend.throwing import Signal
from srcad.frontend.trees import (
    Cell,
    Iteration,
    Mapping,
    Members,
    Poison,
    Records,
    Sequence,
    Table,
    Tree,
    is_number,
    leaves,
    rebuilt,
    structure,
    unflattened,
)
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import OBJECT, PY_INT, Fact, forgets, join, list_fact, one_of_many
from srcad.ir.nodes import UNDEFINED, Block, Const, Loop, Operand, Undefined, Value, block_values

UNROLLED = 1000
"""Loops of no more iterations are unrolled where their body depends on the number of the iteration (a key of a dict)."""


@dataclass
class Source:
    """What a ``for`` runs over: how often, what it scans, and the element for an index."""

    count: Operand | None
    scanned: list[tuple[Operand, Value]]
    element: Any
    index: Value


COLLECTED = "collected!"
"""The variable of a list that is being made."""


class Consumer:
    """Who takes the elements that a generator yields: its frame, what it does to its variables, whether it may leave."""

    collects = False
    leaves_early = False
    returns = False

    def __init__(self, frame: Frame, body: list[Any]) -> None:
        self.frame = frame
        self.body = body
        self.names = scan.assigned(body)

    def take(self, low: Loops, tree: Tree) -> None:
        """Do with an element what is to be done with each."""
        raise NotImplementedError

    def bound(self) -> list[Variable]:
        """The variables that it binds."""
        return [Variable(self.frame, n) for n in self.names]

    def flags(self) -> list[Variable]:
        """The variables that say whether and how it has left."""
        names = ([BREAK] if self.leaves_early else []) + ([RETURN, RESULT] if self.returns else [])
        return [Variable(self.frame, n) for n in names]


class Yielded(gast.AST):
    """The statement ``yield value`` of a generator whose elements are taken."""

    _fields = ("value",)

    def __init__(self, value: Any, consumer: Consumer, like: Any) -> None:
        self.value = value
        self.consumer = consumer
        self.lineno = getattr(like, "lineno", 0)


def consumers_in(nodes: Any) -> list[Consumer]:
    """Those who take elements in statements, and those who take theirs."""
    found: list[Consumer] = []
    for node in scan.walk(nodes):
        if isinstance(node, Yielded):
            found += [node.consumer, *consumers_in(node.consumer.body)]
    return found


class Unsettled(Unsupported):
    """What goes round in a loop has another structure in each iteration."""


class Changeable(Exception):
    """The elements of a list that a loop collects can be changed later, and so must be known one by one."""




class Loops(Contexts):
    """The part of lowering that runs loops and comprehensions."""

    loop_depth: int
    at_run_time: bool  # whether places in lists, and lists of any structure, are left to be found by the program
    rounds: list[Round]
    adds_one: Callable[[Any], bool]

    def in_loop(self) -> bool:
        return self.loop_depth > 0

    def may_unroll(self) -> bool:
        """Whether what is not known may be so once a loop around is unrolled."""
        return self.in_loop() and not self.at_run_time

    def is_counted(self, value: Value) -> bool:
        """Whether a value is what a loop around counts."""
        return any(value is around.index for around in self.rounds)

    # ---- loops over known elements ----------------------------------------------------------------------------------

    def static_elements(self, tree: Tree) -> tuple[Tree, ...] | None:
        """The elements of a sequence that is known one by one; None for what is not."""
        self.look_at(tree, None)
        if isinstance(tree, Sequence):
            return tree.items
        if isinstance(tree, Mapping):
            return tuple(Const(k) for k in tree.items)
        if isinstance(tree, Members):
            return tuple(map(Const, tree.elements))
        if isinstance(tree, Const) and isinstance(tree.value, tuple | list | dict | str | set | frozenset):
            return tuple(map(Const, tree.value))
        if isinstance(tree, Iteration) and tree.kind not in ("range", "generator"):
            parts = [self.static_elements(p) for p in tree.parts]
            if tree.kind == "enumerate" and parts[0] is not None:
                first = tree.parts[1]
                assert isinstance(first, Const)
                return tuple(
                    Sequence(tuple, (Const(first.value + k), item)) for k, item in enumerate(parts[0])
                )
            if tree.kind == "iter":
                return parts[0]
            if tree.kind == "reversed" and parts[0] is not None:
                return tuple(reversed(parts[0]))
            if tree.kind == "zip" and any(p is not None for p in parts):
                return self.static_zip(tree.parts, parts)
        return None

    def static_zip(self, trees: tuple[Tree, ...], parts: list[tuple[Tree, ...] | None]) -> tuple[Tree, ...] | None:
        """``zip`` of sequences of which at least one is known: the others are indexed."""
        length = min(len(p) for p in parts if p is not None)
        for tree, part in zip(trees, parts, strict=True):
            if part is None and not (isinstance(tree, Value) and tree.fact.shape and tree.fact.shape[0] == length):
                return None

        def element(tree: Tree, part: tuple[Tree, ...] | None, k: int) -> Tree:
            return part[k] if part is not None else self.primitive(core.INDEX, [tree, Const(k)])

        return tuple(
            Sequence(tuple, tuple(element(t, p, k) for t, p in zip(trees, parts, strict=True))) for k in range(length)
        )

    def unrolled(self, node: Any, iterated: Tree | None, elements: tuple[Tree, ...]) -> Tree:
        """The iterations one after the other; whether a ``break`` ended them."""
        outer = self.frame.vars.get(BREAK, Const(False)), self.frame.vars.get(CONTINUE, Const(False))
        self.frame.vars[BREAK] = Const(False)
        self.unroll(node, [partial(self.take_turn, node.target, iterated, k, element) for k, element in enumerate(elements)],
                    lambda: None)
        stopped = self.frame.vars.get(BREAK, Const(False))
        self.frame.vars[BREAK], self.frame.vars[CONTINUE] = outer
        return stopped

    def take_turn(self, target: Any, iterated: Tree | None, k: int, element: Tree) -> None:
        """Begin an iteration with an element as it is when its turn comes."""
        self.assign(target, element if iterated is None else self.at_turn(iterated, k, element))

    def at_turn(self, tree: Tree, k: int, element: Tree) -> Tree:
        """An element that the loop was to run over, or what has taken its place in a list."""
        match tree:
            case Sequence() if tree.cell is not None:
                now = self.refreshed(tree)
                if isinstance(now, Sequence):
                    return now.items[k] if k < len(now.items) else element
                return self.element_at(now, Const(k)) if is_listed(now) else element
            case Iteration(kind="enumerate") if isinstance(element, Sequence):
                return Sequence(tuple, (element.items[0], self.at_turn(tree.parts[0], k, element.items[1])))
            case Iteration(kind="zip") if isinstance(element, Sequence):
                return Sequence(tuple, tuple(self.at_turn(p, k, e) for p, e in zip(tree.parts, element.items, strict=True)))
            case Iteration(kind="reversed") if isinstance(tree.parts[0], Sequence):
                return self.at_turn(tree.parts[0], len(tree.parts[0].items) - 1 - k, element)
            case Iteration(kind="iter"):
                return self.at_turn(tree.parts[0], k, element)
        return element

    def unroll(self, node: Any, begin: Sequence_[Callable[[], None]], then: Callable[[], None]) -> None:
        """Iterations, each of which begins in its way, and what comes after them unless one leaves the loop."""
        for k, first in enumerate(begin):
            self.frame.vars[CONTINUE] = Const(False)
            first()
            self.run(node.body)
            self.frame.vars[CONTINUE] = Const(False)
            for flag in (RETURN, BREAK):
                value = self.frame.vars.get(flag, Const(False))
                if isinstance(value, Const) and value.value:
                    return
                if isinstance(value, Value):
                    self.branch(value, lambda: None, partial(self.unroll_on, node, flag, begin[k + 1 :], then))
                    return
        then()

    def unroll_on(self, node: Any, flag: str, begin: Sequence_[Callable[[], None]], then: Callable[[], None]) -> None:
        self.unset(flag)
        other = self.frame.vars.get(BREAK, Const(False))
        if flag is RETURN and isinstance(other, Value):
            self.branch(other, lambda: None, lambda: self.unroll_on(node, BREAK, begin, then))
        elif not (isinstance(other, Const) and other.value):
            self.unroll(node, begin, then)

    def run_else(self, node: Any, stopped: Tree) -> None:
        """The ``else`` of a loop, unless a ``break`` or ``return`` ended it."""
        if not node.orelse:
            return

        def run() -> None:
            if not self.guarded(node.orelse):
                self.run(node.orelse)

        if isinstance(stopped, Const):
            if not stopped.value:
                run()
        else:
            assert isinstance(stopped, Value)
            self.branch(stopped, lambda: None, run)

    # ---- the general loop -------------------------------------------------------------------------------------------

    def general_loop(self, node: Any, iterated: Tree | None) -> Tree:
        """A loop, over something or while a condition holds; whether a ``break`` ended it."""
        outer_flags = {f: self.frame.vars.pop(f, Const(False)) for f in (BREAK, CONTINUE)}
        consumers = consumers_in(node)
        inside = [Variable(self.frame, n) for n in scan.assigned([node])]
        counts = {self.frame: scan.loaded(node)} | {c.frame: scan.loaded(c.body) for c in consumers}
        lists = [v for c in consumers if c.collects and self.adds_one(node) for v in c.bound()]
        inside += dict.fromkeys(v for c in consumers for v in c.bound() if v not in lists)
        names = [v for v in inside if v in self.state.store]
        names += dict.fromkeys(v for c in consumers for v in c.flags())
        returns = scan.exits(node.body, (gast.Return,))
        if returns:
            names += [Variable(self.frame, n) for n in (RETURN, RESULT)]
            self.unset(RETURN)
        needs_break = bool(node.orelse) and scan.exits(node.body, (gast.Break,))
        if needs_break:
            names.append(Variable(self.frame, BREAK))
            self.frame.vars[BREAK] = Const(False)
        # a variable that the loop makes goes round too if something outside of the loop may read it
        raising = False  # whether an iteration may raise what is caught around the loop
        late = [v for v in inside if v not in names and (
            v.frame.loads.get(v.name, 0) > counts[v.frame].get(v.name, 0) or v.name in v.frame.captured)]
        before = dict(self.state.store)
        guess = Round({v: widened(self.kept(before, v)) for v in names if v in before})
        guess.lists = lists
        wanted: set[Any] = {*names, *late}
        definitions, kin = dict(self.build.definitions), dict(self.state.kin)
        while True:  # each time something is forgotten of some variable, until nothing is left to forget
            self.state.store = dict(before)
            trial = Block()
            try:
                with self.build.inside(trial):
                    self.loop_depth += 1
                    self.rounds.append(guess)
                    self.repaired.append({v.name for v in inside if v not in wanted})
                    try:
                        loop, ends = self.loop_once(node, iterated, guess, before, raising)
                    finally:
                        self.loop_depth -= 1
                        self.rounds.pop()
                        self.repaired.pop()
            except Unbound as error:
                missing = [v for v in inside if v.name == error.name and v not in wanted]
                if not missing:
                    raise
                wanted.update(missing)
                guess.trees |= {v: UNDEFINED for v in missing if v not in guess.trees}
                continue
            except NeedStatic as need:
                elements = self.static_trips(need, iterated, guess)
                self.build.definitions, self.state.kin = dict(definitions), dict(kin)
                self.state.store = before
                self.frame.vars.update(outer_flags)
                return self.unrolled(node, None, elements)
            within = set(block_values(trial))
            agreed, guess.grown = True, False
            for end in ends:
                known = len(guess.trees)
                wanted.update(self.changed_outside(end, before, guess, within))
                agreed &= known == len(guess.trees)
                if not raising and any(isinstance(key, Signal) for key in wanted):
                    raising, agreed = True, False
                if not self.improve(guess, end, wanted, within, before, node):
                    agreed = False
            if agreed:
                break
            self.build.definitions, self.state.kin = dict(definitions), dict(kin)
        self.build.splice(trial)
        self.finish(loop, guess, before)
        stopped = self.frame.vars.pop(BREAK, Const(False))
        self.frame.vars.update(outer_flags)
        self.check_raised()
        return stopped

    def static_trips(self, need: NeedStatic, iterated: Tree | None, guess: Round) -> tuple[Tree, ...]:
        """The elements of a range that a loop runs over, where the body needs to know which it is at."""
        if need.value is not guess.index or not isinstance(iterated, Iteration) or iterated.kind != "range":
            raise need
        parts = [self.static(part, None) for part in iterated.parts]
        if len(range(*parts)) > UNROLLED:
            raise need
        return tuple(map(Const, range(*parts)))

    def changed_outside(self, end: Store, before: Store, guess: Round, within: set[Value]) -> list[Any]:
        """What an iteration changes beside the variables that the syntax shows: memory, variables of outer functions."""
        found: list[Any] = []
        for key, tree in end.items():
            if key in guess.trees or tree is before.get(key):
                continue
            if isinstance(key, Root):
                if key.handle not in within:
                    found.append(key)
            elif isinstance(key, Cell):
                if key not in before and not self.is_followed(key):
                    continue
                # what is the same list before and after is followed by itself
                start, now = self.kept(before, key) if key in before else self.at_start(key), self.kept(end, key)
                guess.trees[key] = now if isinstance(now, Poison) else widened(with_fixed([start, now])[0])
                guess.grown = True
                found.append(key)
            elif isinstance(key, Signal):
                if any(key.attempt is attempt for attempt in self.attempts):
                    found.append(key)
                continue
            elif isinstance(key, Held):
                guess.trees[key] = widened(before.get(key, self.at_start(key)))
                found.append(key)
            elif (key in before or self.is_outer(key)) and not key.name.endswith("!"):
                found.append(key)
        return found

    def is_outer(self, key: Any) -> bool:
        """Whether something is a variable of a function around this one."""
        frame = self.frame.outer
        while frame is not None and not (isinstance(key, Variable) and key.frame is frame):
            frame = frame.outer
        return frame is not None

    def improve(
        self, guess: Round, end: Store, wanted: set[Any], within: set[Value], before: Store, node: Any
    ) -> bool:
        """Widen the guess by what holds at the end of an iteration; whether it was right."""
        settled = True
        for key in wanted:
            if key not in end:
                continue
            new = self.grown_in(end, self.kept(end, key))
            old = guess.trees.get(key, UNDEFINED)
            if isinstance(old, Poison):
                continue
            if not isinstance(key, Root) and (unreadable := self.unreadable(new, end)) is not None:
                guess.trees[key] = unreadable
                settled = False
                continue
            if isinstance(new, Poison):
                if not isinstance(old, Undefined) or isinstance(key, Root):
                    guess.trees[key] = Poison(new.message)
                    settled = False
                continue
            if strays(new, before, end):
                guess.trees[key] = self.poisoned(name_of_key(key))
                settled = False
                continue
            if isinstance(old, Undefined):
                if not isinstance(new, Undefined):
                    guess.trees[key] = widened(new)
                    settled = False
                continue
            if isinstance(new, Undefined):
                continue
            known = reconciled(old, new, self)
            if known is not old:
                guess.trees[key] = old = widened(known)
                settled = False
            less = demoted(old, new)
            if less is not old and structure(less) != structure(old):
                guess.trees[key] = old = widened(less)
                settled = False
            new = fixed_like(old, new)
            if (form := self.form_in_loop(key, old, new)) is not None:
                if says_less(old, form):
                    guess.trees[key] = form
                    settled = False
                continue
            over = laid_over(old, new)
            if over is None:
                if isinstance(old, Value | Const) and isinstance(new, Value | Const):
                    guess.trees[key] = Value(name_of_key(key))
                    settled = False
                    continue
                raise Unsettled(str(self.unsupported(
                    node, f"{name_of_key(key)} changes its structure from one iteration to the next",
                    "keep its number of elements the same (a growing list is not supported yet)",
                )))
            facts = [join(fact_of_operand(p), fact_of_operand(q)) for p, q in zip(leaves(old), over, strict=True)]
            if any(forgets(fact_of_operand(p), f) for p, f in zip(leaves(old), facts, strict=True)):
                settled = False
            values = iter([Value(p.name if isinstance(p, Value) else "", one_of_many(f))
                           for p, f in zip(leaves(old), facts, strict=True)])
            guess.trees[key] = unflattened(old, values)
        return not guess.found_more(self, end, within, before) and settled and not guess.grown

    def form_in_loop(self, key: Any, old: Tree, new: Tree) -> Tree | None:
        """The form of a list, set or dict that has some elements before an iteration and others after it."""
        if structure(old) == structure(new) or (isinstance(key, Cell) and key.live):
            return None
        form = self.common_form([old, new], name_of_key(key))
        if form is not None and is_listed(form) and not (self.at_run_time or all(map(may_be_listed, (old, new)))):
            return None
        return form

    def loop_once(
        self, node: Any, iterated: Tree | None, guess: Round, before: Store, raising: bool
    ) -> tuple[Loop, list[Store]]:
        """Lower the loop with a guess at what goes round; the loop, and what holds where it is left and at its end."""
        source = self.source(iterated, node) if iterated is not None else None
        guess.index = source.element if source is not None and isinstance(source.element, Value) else None
        if guess.index is not None:
            self.settable.add(guess.index)
        carried: list[Value] = []
        inits: list[Operand] = []
        variables = dict(before)
        self.state.store = variables
        made: dict[tuple[Any, ...], Tree] = {}
        guess.params = {}
        for key, tree in guess.trees.items():
            labels = iter(leaf_names(name_of_key(key), tree))

            def param(leaf: Operand, labels: Any = labels) -> Value:
                assert isinstance(leaf, Value)
                carried.append(Value(next(labels), leaf.fact))
                return carried[-1]

            if isinstance(tree, Undefined):
                continue
            if isinstance(tree, Poison):
                variables[key] = tree
                continue
            start = fixed_like(tree, self.kept(before, key)) if key in before else self.at_start(key)
            cell = key if isinstance(key, Cell) else None
            variables[key] = self.rehoused(rebuilt(tree, param), [start], made, cell)
            before_formed = start
            self.state.store = before  # memory is, before the first iteration, as it was before the loop
            start = self.formed(tree, start)
            count = len(list(leaves(tree)))
            over: list[Any] | None = [UNDEFINED] * count if isinstance(start, Undefined) else laid_over(tree, start)
            handles: list[Operand] = [start] if over is None else over  # type: ignore[list-item]
            inits += handles if isinstance(key, Root) else [self.current(h) for h in handles]
            self.state.store = variables
            if not isinstance(key, Root):
                for p, (leaf, handle) in enumerate(zip(leaves(fixed_like(tree, variables[key])), handles, strict=True)):
                    if may_be_memory(leaf):
                        guess.params[key, p] = leaf
                        # a list that is made of elements here is nobody else's, but has their memory
                        formed = start is not before_formed
                        guess.start(self, (key, p), handle, leaves(before_formed) if formed else None)
                for p, (made_here, given) in enumerate(zip(own_cells(tree, variables[key]), own_cells(tree, start), strict=False)):
                    if made_here is not key:
                        guess.params[key, -1 - p] = made_here
                        guess.start(self, (key, -1 - p), given)
        guess.follow(self, carried, inits)
        guess.relate(self, guess.params)
        variables.update(dict.fromkeys(guess.lists, Sequence(list, ())))
        # an iteration that begins has not been left
        variables.update({k: Const(False) for k in guess.trees if isinstance(k, Variable) and k.name in (RETURN, BREAK)})
        self.state.written |= any(isinstance(key, Root) for key in guess.trees)
        self.state.changed |= any(isinstance(key, Cell) for key in guess.trees)
        loop = Loop((), source.count if source else None, False, source.index if source else Value("k", PY_INT),
                    source.scanned if source else [], carried, inits, Block(), None, Block(), Block(),
                    self.frame.location(node))
        with self.build.inside(loop.head):
            self.build.location = loop.location
            if source is not None:
                self.assign(node.target, source.element)
            rest, left = self.loop_head(node, loop, guess, raising)
            self.enclosed(loop.body, lambda: self.loop_body(rest))
            with self.build.inside(loop.body):
                if loop.body.diverges:
                    loop.body.outs = [UNDEFINED] * len(carried)  # an iteration that gets here raises
                else:
                    loop.body.outs = self.carried_outs(guess)
                collected = self.collected_outs(loop, guess)
                end = self.state.store
        finals = [Value(c.name, one_of_many(c.fact)) for c in carried]
        loop.results = (*finals, *collected, Value("trips", PY_INT), Value("stopped"))
        self.build.append(loop)
        for key in guess.lists if left is not None else ():
            left.pop(key, None)  # type: ignore[union-attr]
        return loop, [end] if left is None else [left, end]

    def collected_outs(self, loop: Loop, guess: Round) -> list[Value]:
        """Let the body yield what it adds to lists; the lists, one for each leaf of an element."""
        made: list[Value] = []
        for key in guess.lists:
            tree = self.state.store.pop(key, UNDEFINED)
            one = isinstance(tree, Sequence) and len(tree.items) == 1
            if not one and not loop.body.diverges:
                raise self.unsupported(None, "what this loop adds to a list cannot be followed", "use the elements in a loop")
            element = tree.items[0] if isinstance(tree, Sequence) and one else Const(None)
            if any(changes(c) for c in containers(element)):
                raise Changeable

            def leaf(operand: Operand) -> Tree:
                loop.body.outs.append(self.current(operand))
                made.append(Value("", list_fact(one_of_many(fact_of_operand(loop.body.outs[-1])))))
                return made[-1]

            bare = isinstance(element, Const) or not list(leaves(element))
            guess.collected[key] = leaf(self.operand(element, None)) if bare else rebuilt(without_cells(element), leaf)
        return made

    def loop_head(self, node: Any, loop: Loop, guess: Round, raising: bool) -> tuple[list[Any], Store | None]:
        """Lower what comes before the exit, and set the loop's exit.

        Gives the statements that come after it, and what the variables hold where the loop is left.
        """
        body: list[Any] = node.body
        last = max((k for k, s in enumerate(body) if scan.exits(s, (gast.Break, gast.Return))), default=-1)
        condition: Operand = Const(True)
        if isinstance(node, gast.While):
            condition = self.test(node.test)
        goes_on = isinstance(condition, Const) and bool(condition.value)
        if isinstance(condition, Const) and not condition.value:
            last, goes_on = -1, False
        elif raising:
            return self.raising_head(node, loop, guess, condition)
        if last < 0:
            if not goes_on:
                loop.stop = self.negation(condition)
                loop.exit.outs = self.carried_outs(guess)
            elif isinstance(node, gast.While):
                loop.stop = Const(False)
                loop.exit.outs = self.carried_outs(guess)
            return body, None
        final = body[last]
        only = goes_on and not scan.exits(body[:last])
        if only and isinstance(final, gast.If) and scan.always_exits(final.body) and not scan.exits(
            final.orelse, (gast.Break, gast.Return)
        ) and not scan.exits(final.body, (gast.Continue,)):
            self.run(body[:last])
            test = self.test(final.test)
            if not isinstance(test, Const):
                loop.stop = test
                kept = self.state.store
                self.state.store = dict(kept)
                with self.build.inside(loop.exit):
                    try:
                        self.run(final.body)
                    except Diverged:
                        self.build.block.diverges = True
                    loop.exit.outs = self.carried_outs(guess)
                    loop.exit.diverges = self.build.block.diverges
                left, self.state.store = self.state.store, kept
                self.frame.vars.pop(RESULT, None)
                return final.orelse + body[last + 1 :], left
            self.run(final.body if test.value else final.orelse)
        elif goes_on:
            self.run(body[: last + 1])
        else:
            self.frame.vars["done!"] = Const(True)

            def inside() -> None:
                self.frame.vars["done!"] = Const(False)
                self.run(body[: last + 1])

            self.branch(condition, inside, lambda: None)
        flags = [self.frame.vars.get(f, Const(False)) for f in (BREAK, RETURN, "done!")]
        loop.stop = self.any_of([f for f in flags if isinstance(f, Value | Const)])
        loop.exit.outs = self.carried_outs(guess)
        left = dict(self.state.store)
        for flag in (BREAK, RETURN, "done!"):
            if flag in self.frame.vars:
                self.unset(flag)
        return body[last + 1 :], left

    def raising_head(self, node: Any, loop: Loop, guess: Round, condition: Operand) -> tuple[list[Any], Store | None]:
        """The head of a loop of which an iteration may raise anywhere: all of its body."""
        flag = self.attempts[-1].flag
        store = self.state.store
        store[flag] = Const(False)
        self.frame.vars["done!"] = Const(True)

        def inside() -> None:
            self.frame.vars["done!"] = Const(False)
            if not self.guarded(node.body):
                self.run(node.body)

        self.enclosed(self.build.block, lambda: self.either(condition, inside, lambda: None))
        if self.build.block.diverges:
            raise Diverged
        names = (BREAK, RETURN, "done!")
        flags = [*(self.frame.vars.get(f, Const(False)) for f in names), self.state.store[flag]]
        loop.stop = self.any_of([f for f in flags if isinstance(f, Value | Const)])
        loop.exit.outs = self.carried_outs(guess)
        left = dict(self.state.store)
        for name in names:
            if name in self.frame.vars:
                self.unset(name)
        self.state.store[flag] = Const(False)
        return [], left

    def any_of(self, flags: list[Value | Const]) -> Operand:
        """Whether one of the flags is set."""
        if any(isinstance(f, Const) and f.value for f in flags):
            return Const(True)
        parts = [lambda f=f: f for f in flags if isinstance(f, Value)]
        return self.truth(self.short_circuit(False, parts)) if parts else Const(False)

    def loop_body(self, rest: list[Any]) -> None:
        if not self.guarded(rest):
            self.run(rest)
        for flag in (CONTINUE, "done!"):
            self.frame.vars.pop(flag, None)

    def carried_outs(self, guess: Round) -> list[Operand]:
        """The leaves of what goes round as they are now."""
        outs: list[Operand] = []
        for key, tree in guess.trees.items():
            if isinstance(tree, Undefined | Poison):
                continue
            now: Tree = UNDEFINED
            if key in self.state.store:
                now = fixed_like(tree, self.kept(self.state.store, key))
            count = len(list(leaves(tree)))
            if isinstance(now, Undefined | Poison):
                outs += [UNDEFINED] * count
            elif (over := self.formed_over(tree, now)) is not None:
                outs += over if isinstance(key, Root) else map(self.readable, over)
            else:
                outs += [UNDEFINED] * count
        return [*outs, *guess.selected(self)]

    def readable(self, handle: Operand) -> Operand:
        """The current version of what a variable holds; nothing where that may not be read."""
        try:
            return self.current(handle)
        except Unsupported:
            return UNDEFINED

    def finish(self, loop: Loop, guess: Round, before: Store) -> None:
        """Let variables and memory hold what the loop leaves."""
        self.state.store = dict(before)
        values = iter(loop.finals)
        finals: dict[Any, Any] = {}
        for key, tree in guess.trees.items():
            if isinstance(tree, Poison):
                self.state.store[key] = tree
            elif not isinstance(tree, Undefined):
                over = unflattened(tree, values)
                for p, leaf in enumerate(leaves(over)):
                    if (key, p) in guess.params:
                        finals[key, p] = leaf
                self.state.store[key] = self.rehoused(over, [], {}, key if isinstance(key, Cell) else None)
                for p, cell in enumerate(own_cells(tree, self.state.store[key])):
                    if (key, -1 - p) in guess.params:
                        finals[key, -1 - p] = cell
        for key, element in guess.collected.items():
            self.state.store[key] = element if isinstance(element, Value) else Records(element)
        guess.follow_finals(self, finals, values)
        guess.relate(self, finals)

    # ---- what a loop runs over --------------------------------------------------------------------------------------

    def source(self, tree: Tree, node: Any) -> Source:
        """How a loop runs over a tree of unknown length."""
        return self.source_named(tree, node, _target(node))

    def source_named(self, tree: Tree, node: Any, name: str, index: Value | None = None) -> Source:
        """``name`` is that of the element; ``index`` the loop's, if the tree is one of several that it runs over."""
        match tree:
            case Iteration(kind="range"):
                start, stop, step = tree.parts
                if isinstance(start, Const) and start.value == 0 and isinstance(step, Const) and step.value == 1:
                    index = index or Value(name or "k", PY_INT)
                    return Source(self.operand(stop, node), [], index, index)
                value = self.range_value(tree)
                item = Value(name, PY_INT)
                return Source(self.build.one(core.TRIPS, value), [(value, item)], item, index or Value("k", PY_INT))
            case Iteration(kind="enumerate"):
                inner = self.source_named(tree.parts[0], node, "", index)
                first = tree.parts[1]
                if isinstance(node.target, gast.Tuple) and isinstance(node.target.elts[0], gast.Name):
                    inner.index.name = node.target.elts[0].id
                plain_start = isinstance(first, Const) and first.value == 0
                return Source(
                    inner.count, inner.scanned,
                    Deferred(lambda: Sequence(tuple, (
                        inner.index if plain_start else self.primitive(core.ADD, [inner.index, first], node=node),
                        self.forced(inner.element),
                    ))), inner.index,
                )
            case Iteration(kind="chosen"):
                base, places = tree.parts
                inner = self.source_named(places, node, "", index)
                return Source(
                    inner.count, inner.scanned,
                    Deferred(lambda: self.primitive(core.INDEX, [base, inner.element], node=node)), inner.index,
                )
            case Iteration(kind="zip"):
                return self.zipped(tree, node, index or Value("k", PY_INT))
            case Iteration(kind="reversed"):
                return self.reversed_source(tree, node, index)
            case Iteration(kind="iter"):
                return self.source_named(tree.parts[0], node, name, index)
            case Records() | Value() if is_listed(tree) and self.goes_round(tree):
                place = index or Value("k", PY_INT)
                return Source(self.count_of_list(self.current(next(leaves(tree)))), [],
                              Deferred(lambda: self.element_at(tree, place)), place)
            case Records():
                return self.records_source(tree, index or Value("k", PY_INT))
            case Value() if tree.fact.kind == "list":
                item = Value(name, tree.fact.element or Fact("any"))
                now = self.current(tree)
                return Source(self.count_of_list(now), [(now, item)], item, index or Value("k", PY_INT))
            case Value() | Table() | Iteration() if is_live_set(keys_of(tree)):
                source = self.source_named(self.elements_list(tree), node, name, index)
                self.present[self.current(keys_of(tree)), source.element] = None  # type: ignore[arg-type]
                return source
            case Iteration(kind="items"):
                return self.items_source(tree, index or Value("k", PY_INT))
            case Value() if tree.fact.kind in ("array", "num", "any") and tree.fact.shape != ():
                place = index or Value("k", PY_INT)
                return Source(
                    self.build.one(core.LENGTH, self.current(tree)), [],
                    Deferred(lambda: self.primitive(core.INDEX, [tree, place], node=node)), place,
                )
        kind = type_of(tree)
        check_iterable(kind)
        raise self.unsupported(
            node, "a loop over this is not supported", "loop over a range, an array, a list or a zip of these"
        )

    def goes_round(self, tree: Listed) -> bool:
        """Whether elements of a list are replaced in the loop that runs over it: each is read where it is reached."""
        return any(self.root_of(column) in self.rounds[-1].trees for column in leaves(tree))

    def records_source(self, tree: Records, index: Value) -> Source:
        scanned: list[tuple[Operand, Value]] = []

        def item(column: Operand) -> Tree:
            scanned.append((self.current(column), Value("", fact_of_operand(column).element or Fact("any"))))
            return scanned[-1][1]

        element = part_of_another(rebuilt(tree.element, item))
        return Source(self.build.one(core.LENGTH, scanned[0][0]), scanned, element, index)

    def items_source(self, tree: Iteration, index: Value) -> Source:
        """The keys of a dict, each with the value that it has when it is reached: values may be replaced meanwhile."""
        (table,) = tree.parts
        assert isinstance(table, Table)
        keys = self.build.one(core.ELEMENTS, self.current(table.places))
        key = Value("", fact_of_operand(keys).element or Fact("any"))
        self.present[self.current(table.places), key] = None
        element = Deferred(lambda: Sequence(tuple, (key, self.primitive(core.INDEX, [table.values, index]))))
        return Source(self.count_of_list(keys), [(keys, key)], element, index)

    def zipped(self, tree: Iteration, node: Any, index: Value) -> Source:
        sources = [self.source_named(p, node, "", index) for p in tree.parts]
        counts = [s.count for s in sources if s.count is not None]
        lengths = {_length(c) for c in counts}
        count = counts[0] if counts else None
        if len(counts) > 1 and (None in lengths or len(lengths) > 1):
            count = self.operand(self.primitive(min, list(counts), node=node), node)
        scanned = [pair for s in sources for pair in s.scanned]
        element = Deferred(lambda: Sequence(tuple, tuple(self.forced(s.element) for s in sources)))
        return Source(count, scanned, element, index)

    def reversed_source(self, tree: Iteration, node: Any, index: Value | None) -> Source:
        part = tree.parts[0]
        if isinstance(part, Iteration) and part.kind == "range" and all(isinstance(p, Const) for p in part.parts[2:]):
            start, stop, step = part.parts
            assert isinstance(step, Const)
            if step.value == 1:
                def less(t: Tree) -> Tree:
                    return self.primitive(core.SUB, [t, Const(1)], node=node)

                backwards = Iteration("range", (less(stop), less(start), Const(-1)))
                return self.source_named(backwards, node, "" if index is not None else _target(node), index)
        if isinstance(part, Value) and part.fact.kind in ("array", "any", "num"):
            count = self.build.one(core.LENGTH, self.current(part))
            place = index or Value("k", PY_INT)

            def element() -> Tree:
                last = self.primitive(core.SUB, [count, Const(1)], node=node)
                return self.primitive(core.INDEX, [part, self.primitive(core.SUB, [last, place], node=node)], node=node)

            return Source(count, [], Deferred(element), place)
        if isinstance(part, Iteration) and part.kind == "range":
            turned = self.build.apply(
                core.INDEX, self.range_value(part), Const(slice(None, None, -1)), facts=(OBJECT,)
            )[0]
            item = Value("" if index is not None else _target(node), PY_INT)
            return Source(self.build.one(core.TRIPS, turned), [(turned, item)], item, index or Value("k", PY_INT))
        if isinstance(part, Iteration):
            raise theirs(TypeError(f"{part.kind!r} object is not reversible"))
        raise self.unsupported(node, "reversed(...) of this is not supported", "loop over reversed(range(n))")

    def forced(self, element: Any) -> Tree:
        tree: Tree = element.make() if isinstance(element, Deferred) else element
        return tree

    def assign(self, target: Any, tree: Any) -> None:
        super().assign(target, self.forced(tree))


class Deferred:
    """An element that is looked up where the loop's body begins."""

    def __init__(self, make: Any) -> None:
        self.make = make


def _target(node: Any) -> str:
    return node.target.id if isinstance(node.target, gast.Name) and not node.target.id.endswith("!") else ""


def _length(count: Operand) -> Any:
    return count.value if isinstance(count, Const) else fact_of_operand(count).length


def widened(tree: Tree) -> Tree:
    """A guess at what a variable holds in every iteration from what it holds before the first."""
    if isinstance(tree, Poison):
        return UNDEFINED

    def leaf(operand: Operand) -> Tree:
        if isinstance(operand, Undefined):
            return operand
        return Value(operand.name if isinstance(operand, Value) else "", one_of_many(fact_of_operand(operand)))

    return rebuilt(tree, leaf) if not is_number(tree) else leaf(tree)  # type: ignore[arg-type]


__all__ = ["FLAGS", "Loops"]
