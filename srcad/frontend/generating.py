"""Generators, and comprehensions, which are generators too: their code runs where their elements are used.

A loop over a generator is the generator's body with the loop's body at each ``yield``:

    def pairs(x):                      for a, b in pairs(x):            for k in range(len(x) - 1):
        for k in range(len(x) - 1):        total = total + a * b   ->       total = total + x[k] * x[k + 1]
            yield x[k], x[k + 1]

Each keeps the names and the world of its own function; a ``break`` or ``return`` of the loop is a ``return`` of the generator.
"""

from __future__ import annotations

import contextlib
import inspect
import operator
import types
from collections.abc import Callable
from typing import Any

import gast

from srcad.frontend import definitions, scan
from srcad.frontend.arguments import bind_arguments
from srcad.frontend.expressions import type_of
from srcad.frontend.lists import is_listed
from srcad.frontend.loops import COLLECTED, Changeable, Consumer, Deferred, Loops, Source, Unsettled, Yielded, consumers_in
from srcad.frontend.peeling import Peeling
from srcad.frontend.scope import Frame, NeedStatic, Unsupported, as_python_does, callers, theirs
from srcad.frontend.source import source_of
from srcad.frontend.statements import BREAK, CONTINUE, RETURN
from srcad.frontend.trees import (
    Closure,
    Iteration,
    Mapping,
    Members,
    Poison,
    Records,
    Sequence,
    Token,
    Tree,
    Untouched,
    leaves,
)
from srcad.ir import core
from srcad.ir.facts import PY_INT
from srcad.ir.nodes import Apply, Block, Call, Const, Operand, Raise, Value, blocks_of

FIRST = ".0"
"""The parameter of a comprehension's function: what its first loop runs over."""

ENDLESS = ("count", "repeat", "cycle")
DEFINED = {"count": definitions.count, "repeat": definitions.repeat, "cycle": definitions.cycle}
"""Iterators without an end; a loop over nothing else runs the definition."""

DEPTH = 60
"""A generator that uses itself is followed as deep as this."""

UNDECIDED = 8
"""And as deep as this where each use depends on values."""

SHORT = 32
"""A loop whose variables have another structure in each iteration is unrolled if it has no more."""

UNROLLED = 200
"""An array of known length is taken apart where its elements must be known one by one, if it has no more."""

YIELDS = (gast.Yield, gast.YieldFrom)


class Hook(gast.AST):
    """A statement, or an expression, that lowering itself does."""

    _fields = ()

    def __init__(self, do: Callable[[], Any], like: Any) -> None:
        self.do = do
        self.lineno = getattr(like, "lineno", 0)


class LoopBody(Consumer):
    """The body of a ``for`` over a generator."""

    def __init__(self, frame: Frame, node: Any) -> None:
        super().__init__(frame, [node.target, *node.body])
        self.node = node
        self.leaves_early = scan.exits(node.body, (gast.Break, gast.Return))
        self.returns = scan.exits(node.body, (gast.Return,))

    def take(self, low: Loops, tree: Tree) -> None:
        low.assign(self.node.target, tree)
        low.run(self.node.body)
        self.frame.vars[CONTINUE] = Const(False)


class Fold(Consumer):
    """What keeps a total of the elements."""

    def __init__(self, frame: Frame, start: Tree, step: Callable[[Tree, Tree], Tree]) -> None:
        super().__init__(frame, [])
        self.step = step
        frame.vars["total"] = start
        self.names = ["total"]

    def take(self, low: Loops, tree: Tree) -> None:
        self.frame.vars["total"] = self.step(self.frame.vars["total"], tree)


class Collect(Consumer):
    """What makes a list of the elements."""

    collects = True

    def __init__(self, frame: Frame, one_by_one: bool = False) -> None:
        super().__init__(frame, [])
        self.one_by_one = one_by_one
        frame.vars[COLLECTED] = Sequence(list, ())
        self.names = [COLLECTED]

    def take(self, low: Any, tree: Tree) -> None:
        known = self.frame.vars[COLLECTED]
        if isinstance(known, Poison):
            raise low.of_unknown_length(None)
        if isinstance(known, Value | Records):
            low.append(known, tree, None)
            return
        assert isinstance(known, Sequence)
        self.frame.vars[COLLECTED] = Sequence(list, (*known.items, tree))


class Fill(Consumer):
    """What puts the elements into a container."""

    def __init__(self, frame: Frame, container: Tree, put: Callable[[Tree, Tree], Any]) -> None:
        super().__init__(frame, [])
        self.container = container
        self.put = put

    def take(self, low: Loops, tree: Tree) -> None:
        self.put(low.refreshed(self.container), tree)


class Generating(Peeling):
    """The part of lowering that runs generators and comprehensions."""

    inlined: Callable[..., Tree]
    turned: dict[Operand, tuple[list[Operand], list[Operand]]]
    params: list[Value]

    # ---- iterators --------------------------------------------------------------------------------------------------

    def iterator(self, kind: str, *parts: Tree) -> Iteration:
        """A new iterator."""
        made = Iteration(kind, parts, Token())
        self.state.store[made.token] = Untouched()
        return made

    def renewed(self, tree: Tree) -> Tree:
        """A tree whose iterators are new: they come out of a call, or go into one."""
        match tree:
            case Iteration() if tree.token is not None:
                return self.iterator(tree.kind, *map(self.renewed, tree.parts))
            case Sequence():
                return Sequence(tree.type, tuple(map(self.renewed, tree.items)))
            case Mapping():
                return Mapping({k: self.renewed(item) for k, item in tree.items.items()})
        return tree

    def left_of(self, tree: Tree) -> Tree:
        """A tree with what its iterators still have to give, for a caller or a callee, who goes on with them."""
        match tree:
            case Iteration() if tree.token is not None:
                left = self.state.store.get(tree.token, Untouched())
                if isinstance(left, Poison):
                    raise Unsupported(left.message)
                self.stopped_early(tree)
                if not isinstance(left, Untouched):
                    return self.iterator("iter", left)
                parts = tree.parts if tree.kind == "generator" else tuple(map(self.left_of, tree.parts))
                return Iteration(tree.kind, parts, tree.token)
            case Sequence():
                return Sequence(tree.type, tuple(map(self.left_of, tree.items)))
            case Mapping():
                return Mapping({k: self.left_of(item) for k, item in tree.items.items()})
        return tree

    def started(self, tree: Tree) -> Tree:
        """What is to be run over: of an iterator what it has not given yet, all of which it gives now."""
        if not isinstance(tree, Iteration) or tree.token is None:
            return tree
        left = self.state.store.get(tree.token, Untouched())
        if isinstance(left, Poison):
            raise Unsupported(left.message)
        self.state.store[tree.token] = Sequence(tuple, ())
        if not isinstance(left, Untouched):
            return left
        if tree.kind in DEFINED:
            return self.started(self.own(DEFINED[tree.kind], list(map(self.started, tree.parts)), None))
        parts = tree.parts if tree.kind == "generator" else tuple(p if self.endless(p) else self.started(p) for p in tree.parts)
        return Iteration(tree.kind, parts)

    def after_next(self, tree: Tree, default: Tree | None, node: Any) -> Tree:
        """What ``next`` gives."""
        if not isinstance(tree, Iteration) or tree.token is None:
            kind = type_of(tree)
            name = kind.__name__ if kind is not None else "range" if isinstance(tree, Iteration) else "function"
            raise theirs(TypeError(f"{name!r} object is not an iterator"))
        left = self.state.store.get(tree.token, Untouched())
        plain = tree.parts[0] if tree.kind == "iter" and isinstance(left, Untouched) else left
        if isinstance(plain, Value) and plain.fact.kind == "array" and plain.fact.shape:
            return self.next_of_array(tree, plain, default, node)
        self.begun(tree)
        found = self.known_one_by_one(self.started(tree), node)
        if not found and default is None:
            raise theirs(StopIteration())
        self.state.store[tree.token] = Sequence(tuple, found[1:])
        return found[0] if found else default  # type: ignore[return-value]

    def next_of_array(self, tree: Iteration, array: Value, default: Tree | None, node: Any) -> Tree:
        length = array.fact.shape[0]  # type: ignore[index]
        if not isinstance(length, int):
            raise self.unsupported(node, "next(...) of an array whose length is not known is not supported", "use an index")
        if length == 0:
            if default is None:
                raise theirs(StopIteration())
            return default
        self.state.store[tree.token] = self.primitive(core.INDEX, [array, Const(slice(1, None))], node=node)
        return self.primitive(core.INDEX, [array, Const(0)], node=node)

    def known_one_by_one(self, tree: Tree, node: Any) -> tuple[Tree, ...]:
        """The elements of what has been started, made now, although Python would make them one after the other."""
        if is_generator(tree) and is_sent_values(tree.parts[0]):  # type: ignore[union-attr]
            raise self.unsupported(node, "a generator that takes what it is sent (x = yield) is run step by step here, which is "
                                   "not supported", "write a class with a method that is called instead")
        if is_driven(tree):
            trial = Block()
            before = dict(self.state.store)
            with self.build.inside(trial):
                made = self.listed(tree, node, one_by_one=True)
            changed = any(before.get(k) is not t for k, t in self.state.store.items() if k in before and not is_note(k))
            if changed or not is_silent(trial):
                raise self.unsupported(node, "a generator is run step by step here, and does more than give elements",
                                       "make a list of its elements first")
            self.build.splice(trial)
        else:
            made = self.listed(tree, node, one_by_one=True)
        if not isinstance(made, Sequence):
            raise self.unsupported(node, "the number of elements is not known here, which is not supported",
                                   "loop over them, or use an index")
        return made.items

    def stopped_early(self, tree: Tree) -> None:
        """Note that it is not known how far an iterator has gone."""
        if isinstance(tree, Iteration) and tree.token is not None:
            error = self.unsupported(None, "an iterator is used again, and how far it has gone by then is not known",
                                     "make a list of its elements first")
            self.state.store[tree.token] = Poison(str(error))
            for part in tree.parts if tree.kind != "generator" else ():
                self.stopped_early(part)

    def generator(self, closure: Closure, arguments: dict[str, Tree]) -> Iteration:
        """What a call of a generator function gives."""
        return self.iterator("generator", closure, Mapping(arguments))

    def closure_of(self, function: types.FunctionType) -> Closure:
        """A live function as a closure that is run where it is called."""
        source = source_of(function)
        self.program.codes[function] = function.__code__
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        scope = Frame(None, source.file, function.__name__, function.__globals__, self.state, cells)
        return Closure(source.node, source.file, function.__name__, scope, {})

    def own(self, function: Any, args: list[Tree], node: Any) -> Tree:
        """Call our own definition of what a function of Python's does, as if it stood here."""
        source = source_of(function)
        site = self.build.location or self.frame.location(node)
        scope = Frame(None, source.file, function.__name__, function.__globals__, self.state, site=site)
        closure = Closure(source.node, source.file, function.__name__, scope, {})
        arguments = bind_arguments(source.node.args, args, {}, {}, function.__qualname__)
        if function.__code__.co_flags & inspect.CO_GENERATOR:
            return self.generator(closure, arguments)
        return self.inlined(source.node, closure, arguments)

    def endless(self, tree: Tree) -> bool:
        return isinstance(tree, Iteration) and tree.kind in ENDLESS

    def nth(self, tree: Tree, k: int) -> Tree:
        """An element of something endless."""
        assert isinstance(tree, Iteration)
        if tree.kind == "cycle":
            items = self.static_elements(tree.parts[0]) or ()
            return items[k % len(items)]
        element = tree.parts[0]
        if tree.kind == "count":
            for _ in range(k):
                element = self.binary(operator.add, element, tree.parts[1], None)
        return element

    def static_zip(self, trees: tuple[Tree, ...], parts: list[tuple[Tree, ...] | None]) -> tuple[Tree, ...] | None:
        counts: list[Any] = [self.count_of(t) for t in trees if not self.endless(t)]
        if None in counts or any(t.kind == "cycle" and self.static_elements(t.parts[0]) is None
                                 for t in trees if isinstance(t, Iteration) and self.endless(t)):
            return None
        length = min(counts)

        def items(tree: Tree, part: tuple[Tree, ...] | None) -> tuple[Tree, ...]:
            if self.endless(tree):
                return tuple(self.nth(tree, k) for k in range(length))
            if part is None and isinstance(tree, Value):
                return tuple(self.primitive(core.INDEX, [tree, Const(k)]) for k in range(length))
            return part if part is not None else self.counted_elements(tree, None)

        rows = zip(*(items(t, p) for t, p in zip(trees, parts, strict=True)), strict=False)
        return tuple(Sequence(tuple, row) for row in rows)

    def source_named(self, tree: Tree, node: Any, name: str, index: Value | None = None) -> Source:
        if not isinstance(tree, Iteration) or not self.endless(tree):
            return super().source_named(tree, node, name, index)
        place = index or Value("k", PY_INT)

        def element() -> Tree:
            if tree.kind == "repeat":
                return tree.parts[0]
            if tree.kind == "cycle":
                length = self.primitive(core.LENGTH, [tree.parts[0]], node=node)
                return self.subscript(tree.parts[0], self.primitive(operator.mod, [place, length], node=node), node)
            start, step = tree.parts
            one = isinstance(step, Const) and step.value == 1
            far = place if one else self.primitive(core.MUL, [place, step], node=node)
            return far if isinstance(start, Const) and start.value == 0 else self.primitive(core.ADD, [start, far], node=node)

        return Source(None, [], Deferred(element), place)

    # ---- loops ------------------------------------------------------------------------------------------------------

    def loop(self, node: Any) -> None:
        if isinstance(node, gast.While):
            self.run_else(node, self.loop_or_unroll(node, None))
            return
        tree = self.expr(node.iter)
        self.build.location = self.frame.location(node)
        iterated = self.started(tree)
        if is_generator(iterated):
            self.run_over(node, iterated)  # type: ignore[arg-type]
        else:
            outer, self.state.resized = self.state.resized, set()
            keys = self.keys_now(tree)
            stopped = self.for_loop(node, iterated)
            if keys is not self.keys_now(tree):
                raise self.unsupported(node, "a set or dict that is changed while a loop runs over it is not supported",
                                       "loop over a list of its elements (list(x))")
            self.check_as_long(iterated, node)
            self.state.resized |= outer
            self.run_else(node, stopped)
        if scan.exits(node.body, (gast.Break, gast.Return)):
            self.stopped_early(tree)

    def check_as_long(self, iterated: Tree, node: Any) -> None:
        """Refuse a loop over a list that it makes longer or shorter: Python goes on with what is there then."""
        if isinstance(iterated, Iteration):
            for part in iterated.parts:
                self.check_as_long(part, node)
            return
        if self.is_out_of_date(iterated):
            raise self.unsupported(node, "a loop over reversed(...) of a list changes it", "loop over a copy (reversed(list(x)))")
        found: set[Any] = set()
        if isinstance(iterated, Sequence) and iterated.cell is not None:
            found |= {iterated.cell, *self.state.kin.get(iterated.cell, ())}
            iterated = self.state.store.get(iterated.cell, iterated)
        if is_listed(iterated):
            found |= {root for column in leaves(iterated) for root in self.related(column)}
        if not found.isdisjoint(self.state.resized):
            raise self.unsupported(node, "a loop over a list makes it longer or shorter",
                                   "loop over a copy (list(x)), or use while")

    def note_turned(self, turned: Tree, original: Tree) -> None:
        """Note what a list turned around was made of: to Python it is one with it."""
        columns = list(leaves(original))
        self.turned[next(leaves(turned))] = columns, list(map(self.current, columns))

    def is_out_of_date(self, tree: Tree) -> bool:
        """Whether a list turned around was made of one that has changed since."""
        columns, versions = self.turned.get(next(leaves(tree)), ([], [])) if is_listed(tree) else ([], [])
        return any(self.current(column) is not version for column, version in zip(columns, versions, strict=True))

    def begun(self, tree: Tree) -> None:
        """Note that what an iterator runs over must not be changed: it has been asked for an element, and holds the others."""
        if isinstance(tree, Iteration):
            for part in tree.parts:
                self.begun(part)
        elif isinstance(tree, Sequence) and tree.cell is not None:
            self.state.given_away.setdefault(tree.cell, "an iterator that has begun")

    def for_loop(self, node: Any, iterated: Tree) -> Tree:
        static = self.static_elements(iterated)
        if static is None and self.must_unroll(node, iterated):
            static = self.counted_elements(iterated, node)
        return self.loop_or_unroll(node, iterated) if static is None else self.unrolled(node, iterated, static)

    def loop_or_unroll(self, node: Any, iterated: Tree | None) -> Tree:
        """A loop, or its iterations one after the other where something must be known in each (which element of a list).

        Where they are too many for that, or it is not known how many, it is left to be found by the program.
        """
        kept = self.snapshot()
        count = None if iterated is None else self.count_of(iterated)
        try:
            return self.general_loop(node, iterated)
        except NeedStatic as need:
            if need.value in self.params or self.is_counted(need.value) or (count is None and self.at_run_time):
                raise
        except Unsettled:
            count = None if count is None or count > SHORT else count
            if count is None and self.at_run_time:
                raise
        self.go_back(kept)
        if count is not None:
            assert iterated is not None
            return self.unrolled(node, iterated, self.counted_elements(iterated, node))
        outer, self.at_run_time = self.at_run_time, True
        try:
            return self.general_loop(node, iterated)
        finally:
            self.at_run_time = outer

    def snapshot(self) -> Any:
        """What lowering knows, to be put back if what comes next is done in another way."""
        return dict(self.state.store), dict(self.build.definitions), dict(self.state.kin), dict(self.state.given_away)

    def go_back(self, kept: Any) -> None:
        self.state.store, self.build.definitions, self.state.kin, self.state.given_away = kept

    def adds_one(self, node: Any) -> bool:
        """Whether a loop adds to a list that is empty one element in each iteration, and nothing else adds to it."""
        lists = [c for c in consumers_in(node) if isinstance(c, Collect)]
        return collects_one(node) and not any(has_elements(c.frame.vars.get(COLLECTED)) for c in lists)

    def must_unroll(self, node: Any, iterated: Tree) -> bool:
        """Whether the elements of a loop of known length are wanted one by one."""
        if not any(isinstance(c, Collect) and c.one_by_one for c in consumers_in(node)):
            return False
        return self.count_of(iterated) is not None

    def count_of(self, tree: Tree) -> int | None:
        """How many elements a tree has, if they are not too many to be known one by one."""
        count: Any = None
        if (static := self.static_elements(tree)) is not None:
            count = len(static)
        elif isinstance(tree, Value) and tree.fact.kind != "shape" and tree.fact.shape:
            count = tree.fact.shape[0]
        elif isinstance(tree, Iteration) and tree.kind == "range":
            if all(isinstance(p, Const) for p in tree.parts):
                count = len(range(*(p.value for p in tree.parts)))  # type: ignore[union-attr]
        elif isinstance(tree, Iteration) and tree.kind in ("zip", "enumerate", "reversed", "iter"):
            parts = [self.count_of(p) for p in (tree.parts if tree.kind == "zip" else tree.parts[:1])]
            count = min(parts) if None not in parts and parts else None  # type: ignore[type-var]
        return count if isinstance(count, int) and count <= UNROLLED else None

    def counted_elements(self, tree: Tree, node: Any) -> tuple[Tree, ...]:
        """The elements of what has a known number of them."""
        static = self.static_elements(tree)
        if static is not None:
            return static
        if isinstance(tree, Iteration) and tree.kind == "zip":
            rows = zip(*(self.counted_elements(p, node) for p in tree.parts), strict=False)
            return tuple(Sequence(tuple, row) for row in rows)
        if isinstance(tree, Iteration) and tree.kind == "enumerate":
            numbers = enumerate(self.counted_elements(tree.parts[0], node))
            return tuple(Sequence(tuple, (self.binary_add(tree.parts[1], k), item)) for k, item in numbers)
        if isinstance(tree, Iteration) and tree.kind in ("reversed", "iter"):
            items = self.counted_elements(tree.parts[0], node)
            return items[::-1] if tree.kind == "reversed" else items
        return super().elements(tree, node)

    def binary_add(self, start: Tree, k: int) -> Tree:
        return start if k == 0 else self.primitive(core.ADD, [start, Const(k)])

    def run_over(self, node: Any, generator: Iteration) -> None:
        """A ``for`` over a generator."""
        frame = self.frame
        consumer = LoopBody(frame, node)
        outer = frame.vars.get(BREAK, Const(False)), frame.vars.get(CONTINUE, Const(False))
        frame.vars[BREAK] = Const(False)
        if consumer.returns:
            self.unset(RETURN)
        self.run_generator(generator, consumer)
        stopped = frame.vars.get(BREAK, Const(False))
        frame.vars[BREAK], frame.vars[CONTINUE] = outer
        self.run_else(node, stopped)

    def run_generator(self, generator: Iteration, consumer: Consumer) -> None:
        """Run a generator's body, each element of which a consumer takes."""
        closure, arguments = generator.parts
        assert isinstance(closure, Closure) and isinstance(arguments, Mapping)
        kept = self.frame
        around = [frame for frame in callers(kept) if frame.node is closure.node]
        if len(around) > DEPTH or (around and self.undecided > around[-1].undecided + UNDECIDED):
            raise self.unsupported(None, f"{closure.name} uses itself, and how deep is not known", "write it as a loop")
        body = self.inverted(statements_of(closure), consumer, closure)
        scope: Frame = closure.scope
        self.frame = inner = Frame(
            closure.node, closure.file, closure.name, scope.globals, self.state, scope.cells,
            None if closure.free is not None else scope, scan.local_names(closure.node), closure.free or {},
            scan.loaded(body), caller=kept, site=scope.site, undecided=self.undecided,
        )
        inner.vars.update(arguments.items)
        try:
            self.run(body)
        finally:
            self.frame = kept
            if not inner.remains:
                inner.vars.clear()

    def inverted(self, statements: list[Any], consumer: Consumer, closure: Closure) -> list[Any]:
        """A generator's statements with what the consumer does in the place of ``yield``."""
        made: list[Any] = []
        for node in statements:
            match node:
                case gast.Expr(value=gast.Yield()) | gast.Assign(value=gast.Yield()):
                    made.append(Yielded(node.value.value or gast.Constant(None, None), consumer, node))
                    if consumer.leaves_early:
                        made.append(self.exit_of(consumer, node))
                    if isinstance(node, gast.Assign):
                        made.append(like(gast.Assign(node.targets, gast.Constant(None, None), None), node))
                case gast.Expr(value=gast.YieldFrom()):
                    item = like(gast.Name("yielded!", gast.Store(), None, None), node)
                    each = like(gast.Expr(gast.Yield(like(gast.Name("yielded!", gast.Load(), None, None), node))), node)
                    body = self.inverted([each], consumer, closure)
                    made.append(like(gast.For(item, node.value.value, body, [], None), node))
                case gast.If():
                    made.append(like(gast.If(node.test, self.inverted(node.body, consumer, closure),
                                             self.inverted(node.orelse, consumer, closure)), node))
                case gast.For():
                    made.append(like(gast.For(node.target, node.iter, self.inverted(node.body, consumer, closure),
                                              self.inverted(node.orelse, consumer, closure), None), node))
                case gast.While():
                    made.append(like(gast.While(node.test, self.inverted(node.body, consumer, closure),
                                                self.inverted(node.orelse, consumer, closure)), node))
                case _:
                    if any(isinstance(part, YIELDS) for part in scan.walk(node)):
                        kind = type(node).__name__
                        inside = "" if kind in ("Assign", "Expr", "Return", "AugAssign", "AnnAssign") else f" inside {kind.lower()}"
                        raise closure.scope.unsupported(node, f"yield{inside or ' as part of an expression'} is not supported",
                                                        "write it as a statement of its own", Frame.location(closure.scope, node))
                    made.append(node)
        return made

    def exit_of(self, consumer: Consumer, node: Any) -> Any:
        """``return`` where the consumer has left, and what is known where it has not."""

        def left() -> Operand:
            return self.any_of([consumer.frame.vars.get(f, Const(False)) for f in (BREAK, RETURN)])  # type: ignore[misc]

        def stays() -> None:
            kept, self.frame = self.frame, consumer.frame
            for flag in (BREAK, RETURN):
                if flag in consumer.frame.vars:
                    self.unset(flag)
            self.frame = kept

        return like(gast.If(Hook(left, node), [like(gast.Return(None), node)], [Hook(stays, node)]), node)

    def run_Hook(self, node: Hook) -> None:
        node.do()

    def expr_Hook(self, node: Hook) -> Tree:
        tree: Tree = node.do()
        return tree

    def run_Yielded(self, node: Yielded) -> None:
        tree = self.expr(node.value)
        kept, self.frame = self.frame, node.consumer.frame
        try:
            node.consumer.take(self, tree)
        finally:
            self.frame = kept

    # ---- consumers that are no loops --------------------------------------------------------------------------------

    def beside(self, name: str) -> Frame:
        """A frame for what a consumer keeps."""
        frame = self.frame
        return Frame(None, frame.file, frame.name, frame.globals, self.state, caller=frame, site=self.build.location)

    def run_with(self, tree: Tree, consumer: Consumer, node: Any) -> None:
        """Let a consumer take the elements of anything that a ``for`` runs over."""
        if is_generator(tree):
            self.run_generator(tree, consumer)  # type: ignore[arg-type]
            return
        target = like(gast.Name("element!", gast.Store(), None, None), node)
        load = like(gast.Name("element!", gast.Load(), None, None), node)
        loop = like(gast.For(target, None, [Yielded(load, consumer, node)], [], None), node)
        kept, self.frame = self.frame, consumer.frame
        try:
            self.for_loop(loop, tree)
        finally:
            self.frame = kept

    def listed(self, tree: Tree, node: Any, one_by_one: bool = False) -> Tree:
        """The elements of something as a list, perhaps one of run-time length unless they must be known ``one_by_one``."""
        tree = self.started(tree)
        static = self.static_elements(tree)
        if static is not None:
            return Sequence(list, static)
        if isinstance(tree, Records) or (isinstance(tree, Value) and tree.fact.kind == "list"):
            return tree
        if isinstance(tree, Value) and self.count_of(tree) is not None:
            return Sequence(list, super().elements(tree, node))
        consumer = Collect(self.beside("list"), one_by_one)
        before, definitions, kin = dict(self.state.store), dict(self.build.definitions), dict(self.state.kin)
        trial = Block()
        try:
            with self.build.inside(trial):
                self.run_with(tree, consumer, node)
        except Changeable:
            if one_by_one:
                raise self.of_unknown_length(node) from None
            self.state.store, self.build.definitions, self.state.kin = before, definitions, kin
            return self.listed(tree, node, one_by_one=True)
        except BaseException:
            self.build.splice(trial)
            raise
        self.build.splice(trial)
        made = consumer.frame.vars[COLLECTED]
        consumer.frame.vars.clear()
        if isinstance(made, Poison):
            raise self.of_unknown_length(node)
        return made

    def of_unknown_length(self, node: Any) -> Exception:
        return self.unsupported(
            node, "the number of elements that are collected here is not known, which is not supported for elements that are "
            "no numbers or arrays", "use them in a loop, or in sum(...), instead of making a list of them",
        )

    def folded(self, tree: Tree, start: Tree, step: Callable[[Tree, Tree], Tree], node: Any) -> Tree:
        """A total over the elements of something."""
        consumer = Fold(self.beside("total"), start, step)
        self.run_with(self.started(tree), consumer, node)
        made = consumer.frame.vars["total"]
        consumer.frame.vars.clear()
        if isinstance(made, Poison):
            raise Unsupported(made.message)
        return made

    def elements(self, tree: Tree, node: Any, count: int | None = None) -> tuple[Tree, ...]:
        if isinstance(tree, Iteration) and tree.kind != "range":
            tree = self.listed(self.elements_list(tree), node)
        return super().elements(tree, node, count)

    # ---- comprehensions ---------------------------------------------------------------------------------------------

    def expr_GeneratorExp(self, node: Any) -> Tree:
        function = function_of(node)
        first = self.expr(node.generators[0].iter)
        self.frame.remains = True
        closure = Closure(function, self.frame.file, "<genexpr>", self.frame, {})
        return self.generator(closure, {FIRST: first})

    def comprehension(self, node: Any, kind: type) -> Tree:
        remains = self.frame.remains
        if kind is list:
            made = self.listed(self.expr_GeneratorExp(node), node)
        else:
            made = self.dict_of_items(node)
        self.frame.remains = remains
        return made

    def dict_of_items(self, node: Any) -> Tree:
        """A dict comprehension: laid out, if all keys are known."""
        def known() -> Any:
            pairs = self.listed(self.expr_GeneratorExp(node), node, one_by_one=True)
            return self.known_items(pairs, node) if isinstance(pairs, Sequence) else None

        items = self.tried(known)
        if items is not None:
            return Mapping(items)
        place = self.build.location or self.frame.location(node)
        self.program.outside.open_keys |= {(place.file, place.line)}
        made = self.housed(Mapping({}))

        def put(old: Tree, pair: Tree) -> None:
            key, value = self.elements(pair, node, 2)
            self.put_at(old, key, value, node)  # type: ignore[arg-type]

        self.run_with(self.started(self.expr_GeneratorExp(node)), Fill(self.beside("dict"), made, put), node)
        return self.refreshed(made)

    def expr_SetComp(self, node: Any) -> Tree:
        return self.set_of_elements(lambda: self.expr_GeneratorExp(node), node)

    def set_of_elements(self, elements: Callable[[], Tree], node: Any) -> Tree:
        """A set of the elements that a generator gives: known, if all of them are."""
        remains = self.frame.remains
        known = self.tried(lambda: self.known_elements(self.listed(elements(), node, one_by_one=True)))
        if known is not None:
            with as_python_does():
                made = self.housed(Members(set(known)))
        else:
            made = self.housed(Members(set()))
            fill = Fill(self.beside("set"), made, lambda old, item: self.set_method(old, "add", [item], {}, node))  # type: ignore[arg-type]
            self.run_with(self.started(elements()), fill, node)
        self.frame.remains = remains
        return self.refreshed(made)

    def tried(self, make: Callable[[], Any]) -> Any:
        """What lowering something gives; None, and nothing done, if that is None or is refused."""
        kept, trial = self.snapshot(), Block()
        found = None
        with self.build.inside(trial), contextlib.suppress(Unsupported):
            found = make()
        if found is None:
            self.go_back(kept)
        else:
            self.build.splice(trial)
        return found

    def expr_Set(self, node: Any) -> Tree:
        return self.set_of(Sequence(tuple, self.items(node.elts)), node)

    def membership(self, op: Any, left: Tree, right: Tree, node: Any) -> Tree:
        if isinstance(right, Iteration) and right.token is not None:
            found = self.truth(self.own(definitions.contains, [right, left], node))
            self.stopped_early(right)
            return found if isinstance(op, gast.In) else self.negation(found)
        return super().membership(op, left, right, node)

    # ---- lists of run-time length -----------------------------------------------------------------------------------

    def subscript(self, base: Tree, index: Tree, node: Any) -> Tree:
        if isinstance(base, Iteration) and base.token is not None:
            name = base.kind if base.kind in ("zip", "enumerate", "reversed") else "generator"
            raise theirs(TypeError(f"{name!r} object is not subscriptable"))
        return super().subscript(base, index, node)

    def truth(self, tree: Tree) -> Operand:
        if isinstance(tree, Value) and tree.fact.kind == "shape" and tree.fact.shape is not None:
            return Const(bool(tree.fact.shape))
        return super().truth(next(leaves(tree)) if isinstance(tree, Records) else tree)


def function_of(node: Any) -> Any:
    """The function that Python makes of a comprehension; the same one each time it is asked for."""
    known = getattr(node, "as_function", None)
    if known is not None:
        return known
    element = gast.Tuple([node.key, node.value], gast.Load()) if isinstance(node, gast.DictComp) else node.elt
    body: list[Any] = [like(gast.Expr(gast.Yield(like(element, node))), node)]
    for k, generator in reversed(list(enumerate(node.generators))):
        for test in reversed(generator.ifs):
            body = [like(gast.If(test, body, []), node)]
        iterated = generator.iter if k else like(gast.Name(FIRST, gast.Load(), None, None), node)
        body = [like(gast.For(generator.target, iterated, body, [], None), node)]
    outer = [part.target.id for part in scan.walk(body) if isinstance(part, gast.NamedExpr)]
    if outer:
        body.insert(0, like(gast.Nonlocal(outer), node))
    arguments = gast.arguments([gast.Name(FIRST, gast.Param(), None, None)], [], None, [], [], None, [])
    function = like(gast.FunctionDef("<genexpr>", arguments, body, [], None, None), node)
    node.as_function = function
    return function


def like(node: Any, old: Any) -> Any:
    """A node at the line of another."""
    if getattr(node, "lineno", None) is None:
        node.lineno = getattr(old, "lineno", 0)
    return node


def is_sent_values(closure: Any) -> bool:
    """Whether a generator uses what its ``yield`` gives."""
    return any(
        isinstance(part, gast.Assign | gast.AugAssign | gast.AnnAssign | gast.NamedExpr) and isinstance(part.value, gast.Yield)
        for part in scan.walk(closure.node.body)
    )


def is_generator(tree: Tree) -> bool:
    """Whether a tree's elements are made by code that runs where they are used."""
    return isinstance(tree, Iteration) and tree.kind == "generator"


def is_driven(tree: Tree) -> bool:
    """Whether there is a generator in an iteration."""
    return isinstance(tree, Iteration) and (tree.kind == "generator" or any(map(is_driven, tree.parts)))


def has_iterator(tree: Tree) -> bool:
    """Whether a tree holds an iterator, which gives its elements once."""
    match tree:
        case Iteration():
            return tree.token is not None or any(map(has_iterator, tree.parts))
        case Sequence():
            return any(map(has_iterator, tree.items))
        case Mapping():
            return any(map(has_iterator, tree.items.values()))
    return False


def is_note(key: Any) -> bool:
    """Whether a key of the store is an iterator."""
    return isinstance(key, Token)


def is_silent(block: Block) -> bool:
    """Whether nobody sees whether, or when, a block is run."""
    for instruction in block.body:
        if isinstance(instruction, Raise | Call) or (isinstance(instruction, Apply) and not instruction.primitive.pure):
            return False
        if not all(map(is_silent, blocks_of(instruction))):
            return False
    return True


def statements_of(closure: Closure) -> list[Any]:
    """What a generator runs; a lambda has one expression."""
    body = closure.node.body
    return body if isinstance(body, list) else [like(gast.Expr(body), body)]


def is_plain(tree: Tree) -> bool:
    """Whether a generator gives one element in each iteration of one loop, and does nothing else."""
    if not is_generator(tree):
        return not is_driven(tree)
    closure = tree.parts[0]  # type: ignore[union-attr]
    assert isinstance(closure, Closure)
    body = [n for n in statements_of(closure) if not isinstance(n, gast.Nonlocal)]
    one = len(body) == 1 and isinstance(body[0], gast.For) and not body[0].orelse
    return one and len(body[0].body) == 1 and isinstance(body[0].body[0], gast.Expr) and (
        isinstance(body[0].body[0].value, gast.Yield)
    )


def has_elements(tree: Tree | None) -> bool:
    """Whether there is something in a list."""
    return tree is not None and not (isinstance(tree, Sequence) and not tree.items)


def collects_one(node: Any) -> bool:
    """Whether a loop adds one element to a list at the end of each iteration that it completes."""
    places = [k for k, s in enumerate(node.body) if any(isinstance(part, Yielded) for part in scan.walk(s))]
    if len(places) != 1 or not isinstance(node.body[places[0]], Yielded):
        return False
    consumer = node.body[places[0]].consumer
    if scan.exits(node.body[places[0] :]) or scan.exits(node.body, (gast.Continue,)):
        return False
    return consumer.collects or (isinstance(consumer, LoopBody) and collects_one(consumer.node))
