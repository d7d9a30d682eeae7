"""Lowering functions: a live function and what is known of its arguments in, an IR function out.

A ``Program`` holds every function that one generated module needs, each lowered for the facts of its arguments
(``Specialised``), and the guards under which all of it holds: which names must still mean the same objects.
"""

from __future__ import annotations

import itertools
import types
from collections.abc import Container
from dataclasses import replace
from typing import Any

from srcad.errors import explain
from srcad.frontend import scan
from srcad.frontend.arguments import bind_arguments
from srcad.frontend.calls import HANDLERS, LIVE, WRAPPED
from srcad.frontend.capturing import Capturing
from srcad.frontend.changes import changed_by
from srcad.frontend.checks import location_of
from srcad.frontend.choices import is_partly_absent
from srcad.frontend.containers import without_cells
from srcad.frontend.effects import Aftermath, Effects, effects_of
from srcad.frontend.generating import has_iterator
from srcad.frontend.joining import leaf_labels
from srcad.frontend.memory import may_be_memory
from srcad.frontend.objects import Objects
from srcad.frontend.program import Place, Program, Specialised
from srcad.frontend.recursion import Widen, all_numbers, fact_held, joined_facts, names_left, number_held, wider
from srcad.frontend.scope import Capture, Diverged, Frame, InPlace, NeedStatic, Recursion, State, Unbound, Unsupported
from srcad.frontend.signatures import (
    Static,
    agrees,
    cells_key,
    cells_shared,
    dims_of,
    facts_key,
    is_small,
    name_of,
    redimensioned,
    throws,
    without_static,
    writes_nonlocal,
)
from srcad.frontend.source import source_of
from srcad.frontend.trees import Instance, Pending, Poison, Sequence, Tree, leaves, rebuilt, structure, unflattened
from srcad.ir import core
from srcad.ir.build import Builder, fact_of_operand
from srcad.ir.facts import OBJECT, PACK, Fact, forgets, join
from srcad.ir.nodes import Block, Call, Const, Display, Function, Location, Operand, Undefined, Value
from srcad.ir.rewrite import cloned
from srcad.ir.verify import checked
from srcad.rules.registry import primitive_of
from srcad.transforms.repeats import without_repeats

PASSES = 6
DEEP = 30
"""A function that calls itself for arguments of other structures is followed as deep as this."""
SHARED = ("and changes what it is given, which other arguments share", "return a new list or array instead")
"""What is said of a function that must be run where it is called, and calls itself, and what to do."""


CHOSEN = ("with functions of which the data choose one", "choose between the results")


def lower(function: types.FunctionType, args: list[Tree], kwargs: dict[str, Tree], examples: Objects,
          program: Program | None = None) -> tuple[Specialised, Program]:
    """Lower a live function for arguments given as trees of values with facts.

    The parameters of the result are the leaves of the arguments in order, then the captured values.
    ``NeedStatic`` is raised with the leaf whose value must be known.
    """
    program = program or Program()
    lowering = Lowering(program, function, examples)
    return lowering.specialise(function, args, kwargs), program


class Lowering(Capturing):
    """Lowers the body of one IR function."""

    given_up: dict[Operand, set[Operand]]
    """Arrays that are written into, each with those that are checked not to share its memory."""
    """Arguments that are written into for the caller to see."""

    def __init__(self, program: Program, function: types.FunctionType, examples: Objects) -> None:
        self.program = program
        self.examples = examples
        self.captures: dict[Capture, Value] = {}
        self.state = State()
        self.places = {}
        self.given_up, self.reshaped = {}, set()
        self.alternatives = []
        self.taken = {}
        self.settable = set()
        self.in_order = {}
        self.build = Builder(Block(), separate=True)
        self.outermost = self.build.block
        self.params: list[Value] = []
        self.live_function = function
        self.receivers: dict[int, Value] = {}
        self.entry: Block | None = Block()
        self.hoisted = {}
        self.bases = {}
        self.filled = {}
        self.lent = {}
        self.looked_at = set()
        self.follows = {}
        self.present = {}
        self.followed_cells = {}
        self.loop_depth = self.undecided = 0
        self.apart = []
        self.turned = {}
        self.views = {}
        self.at_run_time = False
        self.rounds = []
        self.repaired = []
        self.scheduled = {}
        self.attempts = []
        self.splits = []
        self.handled = []
        self.classes = {}
        self.contents = {}
        self.active_contents = False
        self.touched = set()
        self.sets = set()
        self.by_object = set()
        self.decided = {}
        self.names: dict[Capture, Fact] = {}
        self.frame = Frame(None, function.__code__.co_filename, function.__name__, function.__globals__, self.state)

    # ---- functions --------------------------------------------------------------------------------------------------

    def call_function(self, function: types.FunctionType, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        """Call a live Python function as an IR function of its own."""
        given = args, kwargs
        if any(writes_nonlocal(t) for t in (*args, *kwargs.values())):
            return self.run_in_place(function, args, kwargs, node, "with a function that writes a nonlocal variable",
                                     "return the new value instead")
        args, kwargs = list(map(self.closed, args)), {k: self.closed(v) for k, v in kwargs.items()}
        if any(map(has_iterator, (*args, *kwargs.values()))):
            return self.run_in_place(function, args, kwargs, node, "with an iterator", "pass a list")  # which notes how far it goes
        if any(map(is_partly_absent, (*args, *kwargs.values()))):
            return self.run_in_place(function, *given, node, *CHOSEN)
        try:
            specialised = self.specialise(function, args, kwargs)
        except InPlace:
            return self.run_in_place(function, *given, node, *SHARED)
        if specialised.result is not None and is_partly_absent(specialised.result):
            return self.run_in_place(function, *given, node, *CHOSEN)
        if not self.passes_names(specialised):
            return self.run_in_place(function, *given, node, "and writes to a global or nonlocal variable",
                                     "pass the value, and return the new one")
        if less := {} if self.runs(specialised) else wider(self, specialised.captures):
            specialised = self.specialise(function, args, kwargs, less)
        if (caught := self.caught()) and throws(specialised.function, caught, set()) and not self.is_running(function):
            return self.run_in_place(function, *given, node, "where its exceptions are caught", "write a loop")
        handles = flat_arguments(function, args, kwargs, specialised.static, self)
        if specialised.effects.reshaped:
            raise self.frame.unsupported(node, f"{function.__name__} assigns the shape of an argument, which is not supported",
                                         "return the array in its new shape")
        if specialised.effects.hands_on or self.overlap(specialised, handles):
            return self.run_in_place(function, *given, node, *SHARED)
        if self.program.follows_choices and specialised.effects.shared and not specialised.recursive:
            return self.run_in_place(function, *given, node, *SHARED)  # what the result is of them is seen there
        self.touched |= specialised.touched
        self.by_object |= specialised.by_object
        return self.renewed(self.call_specialised(specialised, handles, node))

    def runs(self, specialised: Specialised) -> bool:
        return any(s is specialised for _, s in self.program.active)

    def passes_names(self, specialised: Specialised) -> bool:
        """Whether a call can pass on what the global and nonlocal variables hold that are written, and take it over."""
        if self.runs(specialised):
            return all_numbers(self, self.written_held())
        stale = specialised.touched & self.written_held()
        if stale & specialised.by_object or not specialised.sets <= set(specialised.effects.names):
            return False
        return stale <= specialised.captures.keys() and all_numbers(self, stale)

    def run_in_place(
        self, function: types.FunctionType, args: list[Tree], kwargs: dict[str, Tree], node: Any, how: str, remedy: str
    ) -> Tree:
        """Lower a live function where it is called; ``how`` and ``remedy`` are what is said where it calls itself."""
        bound = bind_arguments(source_of(function).node.args, args, kwargs, self.live_defaults(function), function.__qualname__)
        given = tuple(map(structure, map(self.closed, bound.values())))
        if self.is_running(function, given):
            raise self.frame.unsupported(node, f"{function.__name__} calls itself, {how},", remedy)
        return self.run_live(function, args, kwargs, node)

    def run_live(
        self, function: types.FunctionType, args: list[Tree], kwargs: dict[str, Tree], node: Any, at_yield: Any = None
    ) -> Tree:
        """Run the body of a live function here."""
        source = source_of(function)
        self.program.codes[function] = function.__code__
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        kept, location = self.frame, self.build.location
        self.frame = inner = Frame(
            source.node, source.file, function.__name__, function.__globals__, self.state, cells, None,
            scan.local_names(source.node), {}, scan.loaded(source.node.body), caller=kept, at_yield=at_yield,
        )
        bound = bind_arguments(source.node.args, args, kwargs, self.live_defaults(function), function.__qualname__)
        inner.given = tuple(map(structure, map(self.closed, bound.values())))
        inner.vars.update({name: self.housed(tree) for name, tree in bound.items()})
        try:
            return self.sealed(self.run_body(source.node), inner)
        finally:
            self.build.location = location
            self.frame = kept
            if not inner.remains:
                inner.vars.clear()

    def is_running(self, function: types.FunctionType, given: Any = None) -> bool:
        """Whether a live function is being lowered, here or around; if ``given``, for arguments of such structures.

        One that goes down into a tree of objects is lowered for each.
        """
        node = source_of(function).node
        depth = 0
        frame: Frame | None = self.frame
        while frame is not None:
            if frame.node is node:
                depth += 1
                if given is None or frame.given is None or frame.given == given or depth > DEEP:
                    return True
            frame = frame.caller
        return any(code is function.__code__ and (given is None or tuple(map(structure, spec.args)) == given)
                   for code, spec in self.program.active)

    def as_function(
        self, function: Tree, args: list[Tree], kwargs: dict[str, Tree], node: Any, own: Container[Operand] = (),
        whole: bool = True,
    ) -> tuple[Function, list[Operand], Tree, Location | None, Aftermath]:
        """Any callable as an IR function for these arguments: the function, the operands of a call, its result.

        A write into one of the ``own`` arguments is one into a copy; others are really written into, or if the function is
        run once in a function that is being lowered (``whole``), their last versions are further results.
        """
        specialised, flat = self.as_specialised(function, args, kwargs, node)
        if (stale := specialised.touched & self.written_held()) and self.frame.node is not None:
            names = ", ".join(sorted(str(c.key or "a nonlocal variable") for c in stale))
            raise self.unsupported(node, f"a derivative of a function that reads {names}, which has been written before,",
                                   "pass the value as an argument")
        self.touched |= specialised.touched
        self.by_object |= specialised.by_object
        self.sets |= specialised.sets
        if self.frame.node is not None:
            self.forget_held(specialised.sets, "is written by a function of which a derivative is taken here")
        handles = [*flat, *(self.passed_on(c, v, specialised) for c, v in specialised.captures.items())]
        operands = list(map(self.current, handles))
        effects = specialised.effects
        for k, message in effects.unreadable:
            if operands[k] not in own:
                raise Unsupported(message)
        if any(operands[k] not in own for k in effects.reshaped):
            raise self.frame.unsupported(
                node, "the shape of an array is assigned that is not differentiated, which is not supported",
                "bind the new shape to a name: y = x.reshape(...)", location_of(function))
        kept = any(operands[k] in own for k in effects.kept)
        really = [k for k in effects.written if operands[k] not in own]
        inner = whole and self.frame.node is not None
        ir = specialised.function
        if effects.written or kept or effects.names:
            ir = self.self_contained(specialised, operands, own, really if inner else [])
        for k in () if inner else really:
            self.given_up.setdefault(operands[k], set()).update(operands)
            if self.frame.node is not None and isinstance(handle := handles[k], Value):
                self.forbid(handle, str(self.unsupported(
                    node, "an array is read that a function has written into of which a derivative is taken here",
                    "pass it as an argument, and return it")))
        assert specialised.result is not None
        shared = tuple((leaf, handles[k]) for leaf, k in (*effects.same, *effects.shared) if operands[k] not in own)
        count = len(list(leaves(specialised.result)))
        aftermath = Aftermath(count, tuple(handles[k] for k in really) if inner else (), shared if inner else ())
        return ir, operands, specialised.result, location_of(function), aftermath

    def as_specialised(
        self, function: Tree, args: list[Tree], kwargs: dict[str, Tree], node: Any
    ) -> tuple[Specialised, list[Operand]]:
        """Any callable lowered for these arguments, and the handles of a call."""
        if isinstance(function, Const) and type(function.value) in LIVE:
            function = LIVE[type(function.value)](function.value)
        live = function.value if isinstance(function, Const) else None
        while type(live) in WRAPPED:
            live = WRAPPED[type(live)](live)
        if isinstance(live, types.MethodType):
            args, live = [self.live_receiver(live.__self__), *args], live.__func__
        if isinstance(live, types.FunctionType) and live not in HANDLERS and primitive_of(live) is None:
            self.refuse_odd_kind(live, location_of(function))
            try:
                specialised = self.specialise(live, args, kwargs)
            except InPlace as error:
                raise self.frame.unsupported(
                    node, "a list or dict that is not differentiated is changed in place, which is not supported yet",
                    "copy it first (list(x), dict(x))", error.location,
                ) from None
            flat = flat_arguments(live, args, kwargs, specialised.static, self)
        else:
            specialised, flat = self.wrapped(Const(live) if live is not None else function, args, kwargs, node)
        if specialised.result is None:
            raise Recursion
        return specialised, flat


    def self_contained(
        self, specialised: Specialised, operands: list[Operand], own: Container[Operand], lasts: list[int]
    ) -> Function:
        """A function that writes into its arguments as one that does so itself, and gives back its results.

        Of the arguments at ``lasts`` it gives back the last versions instead.
        """
        function, effects = specialised.function, specialised.effects
        params = [p.again() for p in function.params]
        build = Builder(Block())
        build.location = function.location
        arrays = [p for p in params if may_be_memory(p)]
        passed: list[Operand] = list(params)
        for k in effects.written:
            if others := [p for p in arrays if p is not params[k]]:
                build.apply(core.SEPARATE, Const(params[k].name), params[k], *others, facts=(OBJECT,))
            if operands[k] in own:
                passed[k] = build.one(core.COPY, params[k], name=params[k].name)
        for k in effects.kept:
            if operands[k] in own and passed[k] is params[k]:
                passed[k] = build.one(core.COPY, params[k], name=params[k].name)
        written = [k for k in effects.written if operands[k] not in own]
        block = cloned(function.block, dict(zip(function.params, passed, strict=True)))
        build.splice(block)
        count = len(function.outs) - len(effects.written) - len(effects.names)
        outs = block.outs[:count]
        for k, last in zip(effects.written, block.outs[count:], strict=False):
            if k in lasts:
                outs.append(last)
            elif k in written and not block.diverges:
                build.apply(core.WRITTEN_BACK, params[k], last, facts=(OBJECT,))
        build.block.outs, build.block.diverges = outs, block.diverges
        return checked(Function(function.name, params, build.block, function.location,
                                written=frozenset(params[k] for k in written)))

    def live_receiver(self, receiver: Any) -> Tree:
        """The object of a bound method: a parameter if it is that of the derivative itself."""
        return self.receivers.get(id(receiver), Const(receiver))

    def wrapped(
        self, function: Tree, args: list[Tree], kwargs: dict[str, Tree], node: Any
    ) -> tuple[Specialised, list[Operand]]:
        """A callable that is no function of its own (a closure, a derivative, a NumPy function) as an IR function."""
        given = [self.closed(function), *args, *kwargs.values()]
        inner = Lowering(self.program, self.live_function, self.examples)
        inner.frame = Frame(self.frame.node, self.frame.file, self.frame.name, self.frame.globals, inner.state,
                            caller=self.frame)
        inner.build.location = self.build.location
        over = [rebuilt(tree, inner.param_like) for tree in given]
        named = dict(zip(kwargs, over[1 + len(args) :], strict=True))
        tree: Tree = Const(None)
        try:
            tree = inner.closed(inner.call(over[0], over[1 : 1 + len(args)], named, node))
        except Diverged:
            inner.build.block.diverges = True
        result = Function(self.unique_name(name_of(function)), [*inner.params, *inner.captures.values()],
                          inner.build.block, self.build.location)
        effects = inner.ended(result, tree)
        result.block = without_repeats(result.block)
        checked(result)
        specialised = Specialised(result, over, tree, inner.captures, effects=effects, touched=inner.touched, sets=inner.sets)
        return specialised, [leaf for t in given for leaf in leaves(t)]

    def ended(self, function: Function, tree: Tree, names: tuple[Capture, ...] = ()) -> Effects:
        """Let a function yield a tree, and the last version of what it has written into; what a call does beside that.

        Behind these it yields what global and nonlocal variables hold, if it is asked for ``names``.
        """
        handles = list(leaves(tree))
        if not self.build.block.diverges:
            self.write_back()
        if self.entry is not None:
            self.build.block.body[:0] = self.entry.body
        effects = replace(effects_of(self, function.params, handles, tree), names=names)
        lasts = [self.state.store[self.place(function.params[k]).root] for k in effects.written]
        block = self.build.block
        held = [number_held(self, c) for c in names]
        block.outs = [*map(self.current, handles), *lasts, *held] if not block.diverges else []  # type: ignore[list-item]
        function.written = frozenset(function.params[k] for k in effects.written)
        return effects

    def param_like(self, leaf: Operand) -> Tree:
        value = Value(leaf.name if isinstance(leaf, Value) else "", fact_of_operand(leaf))
        self.examples.same(value, leaf)
        self.params.append(value)
        self.settable.add(value)
        return value

    def overlap(self, specialised: Specialised, handles: list[Operand]) -> bool:
        """Whether what a callee writes into may share memory with another of its arguments."""
        every = [*handles, *(self.passed_on(c, v, specialised) for c, v in specialised.captures.items())]
        return any(
            self.may_share(every[k], other) for k in specialised.effects.written for j, other in enumerate(every) if j != k
        )

    def call_specialised(self, specialised: Specialised, handles: list[Operand], node: Any) -> Tree:
        if specialised.result is None:
            raise Recursion
        running = self.runs(specialised)
        captures = specialised.passed if running else specialised.captures
        if running and (less := wider(self, captures)):
            raise Widen(specialised, None, less)
        handles = [*handles, *(self.passed_on(c, v, specialised) for c, v in captures.items())]
        flat = list(map(self.current, handles))
        shape = specialised.result
        if self.may_inline(specialised):
            outs = self.put_in_place(specialised.function, flat)
            return specialised.effects.applied(self, unflattened(without_cells(shape), iter(outs)), outs, handles)
        shape = without_cells(shape)
        dims = {d: e for d, e in zip(specialised.dims, dims_of(map(fact_of_operand, flat)), strict=False)}
        results = [Value("", redimensioned(fact_of_operand(leaf), dims)) for leaf in leaves(shape)]
        tree = unflattened(shape, iter(results))
        results += [Value(flat[k].name, fact_of_operand(flat[k])) for k in specialised.effects.written]  # type: ignore[union-attr]
        results += [Value(str(c.key or ""), specialised.lasts[c]) for c in specialised.effects.names]
        self.sets.update(specialised.effects.names)
        self.build.append(Call(tuple(results), specialised.function, tuple(flat), self.build.location))
        if not running and specialised.function.block.diverges:
            raise Diverged
        return specialised.effects.applied(self, tree, list(results), handles)

    def passed_on(self, capture: Capture, value: Value, specialised: Specialised) -> Operand:
        """What a callee captures, as it is here."""
        now = number_held(self, capture)
        if now is None and capture in specialised.names:  # of which more is known where the program begins
            now = self.capture(capture, value.name, None)  # type: ignore[assignment]
        return self.captured_value(capture, value.name, value.fact) if now is None else now

    def may_inline(self, specialised: Specialised) -> bool:
        """Whether a callee is small and called outside of loops, so that its code reads and runs best in place."""
        function = specialised.function
        if self.loop_depth or self.runs(specialised) or function.block.diverges or specialised.recursive:
            return False
        if "small" not in function.derived:
            function.derived["small"] = is_small(function)
        return bool(function.derived["small"])

    def specialise(
        self, function: types.FunctionType, args: list[Tree], kwargs: dict[str, Tree], names: dict[Capture, Fact] | None = None
    ) -> Specialised:
        """The function lowered for the facts of these arguments, made or found."""
        source = source_of(function)
        self.program.codes[function] = function.__code__
        arguments = bind_arguments(source.node.args, args, kwargs, self.live_defaults(function), function.__qualname__)
        static: set[Place] = set()
        while True:
            given = [self.parameterised(tree, static, n) for n, tree in enumerate(arguments.values())]
            objects = self.examples.among(given)
            key = (function.__code__, id(function.__globals__), cells_key(function), tuple(structure(t) for t in given),
                   facts_key([fact_of_operand(v) for t in given for v in leaves(t)]), objects, cells_shared(given),
                   tuple((c, facts_key([f])) for c, f in (names or {}).items()))
            known: Specialised | None = self.program.known.get(key)
            if known is not None:
                return known
            running = next((s for code, s in self.program.active if code is function.__code__
                            and [structure(t) for t in s.args] == [structure(t) for t in given]
                            and self.examples.among(s.args) == objects), None)
            if running is not None:
                return self.more_general(running, given)
            try:
                return self.lowered(function, source, list(arguments), given, key, static, names or {})
            except NeedStatic as need:
                self.require_static(need, arguments, given, static)

    def require_static(
        self, need: NeedStatic, arguments: dict[str, Tree], given: list[Tree], static: set[Place]
    ) -> None:
        """Make the argument behind a needed value static, or ask our own caller for it."""
        for position, (tree, actual) in enumerate(zip(given, arguments.values(), strict=True)):
            free = [(k, leaf) for k, leaf in enumerate(leaves(actual)) if (position, k) not in static]
            for (k, leaf), param in zip(free, leaves(tree), strict=True):
                if param is need.value:
                    if isinstance(leaf, Value) and not isinstance(leaf.fact.length, int):
                        raise NeedStatic(leaf, need.refusal, need.place) from None
                    static.add((position, k))
                    return
        raise need

    def note_changes(self, function: types.FunctionType) -> None:
        """A function of the user's is called as it is: what it changes must not have been read before the call."""
        for holder, name in changed_by(function):
            if self.program.outside.write(holder, name, function.__name__):
                raise self.changed_elsewhere(name or "what it captures", function.__name__)

    def parameterised(self, tree: Tree, static: set[Place], position: int) -> Tree:
        """The tree over fresh parameters."""
        places = itertools.count()

        def param(leaf: Operand) -> Tree:
            if (position, next(places)) in static:
                return Const(Static(self.static(leaf, None)))
            if isinstance(leaf, Undefined | Display):
                return leaf
            value = Value(leaf.name if isinstance(leaf, Value) else "", fact_of_operand(leaf))
            self.examples.same(value, leaf)
            return value

        return self.laid_out_like(rebuilt(tree, param), tree)

    def laid_out_like(self, tree: Tree, other: Tree) -> Tree:
        """A tree that stands for the same list outside as another one."""
        laid_out = self.program.outside.laid_out
        if isinstance(other, Sequence) and other in laid_out:
            laid_out[tree] = laid_out[other]
        return tree

    def more_general(self, running: Specialised, given: list[Tree]) -> Specialised:
        """A recursive call is one of the function being lowered, if need be for facts that hold for both."""
        own = [fact_of_operand(v) for t in running.args for v in leaves(t)]
        new = [fact_of_operand(v) for t in given for v in leaves(t)]
        joined = [join(a, b) for a, b in zip(own, new, strict=True)]
        if any(forgets(a, j) for a, j in zip(own, joined, strict=True)):
            raise Widen(running, joined)
        running.recursive = True
        # what is lowered meanwhile holds only as long as this one's result does
        place = next(k for k, (_, s) in enumerate(self.program.active) if s is running)
        for _, other in self.program.active[place + 1 :]:
            other.assumes.add(id(running))
        return running

    def lowered(
        self, function: types.FunctionType, source: Any, names: list[str], given: list[Tree], key: Any, static: set[Place],
        held: dict[Capture, Fact]
    ) -> Specialised:
        result = Function(self.unique_name(function.__name__), [], Block(), source.location, unfinished=True)
        specialised = Specialised(result, given, static=set(static), names=dict(held))
        self.program.active.append((function.__code__, specialised))
        try:
            for turn in itertools.count():
                assumed, lasts = specialised.effects, dict(specialised.lasts)
                inner = Lowering(self.program, function, self.examples)
                try:
                    tree = inner.lower_body(function, source, names, specialised)
                except Widen as widen:
                    if widen.specialised is not specialised:
                        raise
                    if widen.facts is not None:
                        values = iter([Value("", f) for f in widen.facts])
                        specialised.args = [unflattened(t, values) for t in specialised.args]
                    specialised.names.update(widen.names)
                    specialised.result = None
                    continue
                except Recursion:
                    if any(s.recursive and s.result is None for _, s in self.program.active[:-1]):
                        raise  # what one of those returns is not known yet
                    raise Unsupported(explain(
                        source.location, f"{function.__name__} calls itself on every path, and so never returns",
                        "let one path return without a call",
                    )) from None
                settled = agrees(specialised.result, tree) and list(specialised.passed) == list(specialised.captures)
                settled = settled and specialised.effects == assumed and specialised.lasts == lasts
                followed = (set(specialised.effects.names) & specialised.captures.keys()) - specialised.by_object
                if specialised.recursive and settled and not specialised.sets <= followed:
                    raise Unsupported(explain(
                        source.location, f"{function.__name__} calls itself, and writes to a global or nonlocal variable",
                        "pass the value, and return the new one",
                    ))
                if not specialised.recursive or settled:
                    break
                specialised.passed = specialised.captures
                specialised.result = rebuilt(tree, lambda leaf: Value("", fact_of_operand(leaf)))
                parts = 1 + len(list(leaves(tree))) + len(specialised.sets)
                assert turn < PASSES * parts, "each turn forgets something of a result"
        finally:
            self.program.active.pop()
        specialised.result = rebuilt(tree, lambda leaf: Value("", fact_of_operand(leaf)))
        specialised.dims = dims_of(fact_of_operand(v) for t in specialised.args for v in leaves(t))
        result.block = without_repeats(result.block)
        result.unfinished = False
        checked(result)
        if not specialised.assumes:
            self.program.known[key] = specialised
        return specialised

    def lower_body(self, function: types.FunctionType, source: Any, names: list[str], spec: Specialised) -> Tree:
        """Lower the body; the tree that it returns."""
        node = source.node
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        self.frame = Frame(node, source.file, function.__name__, function.__globals__, self.state, cells, None,
                           scan.local_names(node), {}, scan.loaded(node.body), given=tuple(map(structure, spec.args)))
        self.params = []
        tree: Tree
        for name, tree in zip(names, spec.args, strict=True):
            self.frame.vars[name] = self.laid_out_like(self.housed(rebuilt(without_static(tree), self.own_param)), tree)
            self.name_leaves(name, self.frame.vars[name])
        self.names = spec.names
        for capture, value in spec.passed.items():
            self.captured_value(capture, value.name, value.fact)
        spec.captures = self.captures
        spec.touched, spec.sets, spec.by_object = self.touched, self.sets, self.by_object
        block = Block()
        self.build = Builder(block, separate=True)
        self.outermost = block
        tree = Const(None)
        try:
            tree = self.left_of(self.closed(self.run_body(node)))
        except Diverged:
            block.diverges = True
        except Unbound as error:
            raise error.as_python_says() from None
        result = spec.function
        result.params = [*self.params, *self.captures.values()]
        result.block = block
        self.plain_result(tree)
        tree = self.shapes_as_tuples(tree)
        spec.effects = self.ended(result, tree, names_left(self) if spec.recursive and not block.diverges else spec.effects.names)
        if not block.diverges:
            found = {c: fact_held(number_held(self, c)) for c in spec.effects.names}  # type: ignore[arg-type]
            spec.lasts = joined_facts(spec.lasts, found)
        if block.diverges and spec.result is not None:
            return spec.result
        return tree

    def own_param(self, leaf: Operand) -> Tree:
        if isinstance(leaf, Const):
            return leaf  # it was static
        assert isinstance(leaf, Value)
        self.params.append(leaf)
        self.settable.add(leaf)
        return leaf

    def name_leaves(self, name: str, tree: Tree) -> None:
        found = [leaf for leaf in leaves(tree) if isinstance(leaf, Value)]
        if isinstance(tree, Instance):
            for leaf, label in zip(leaves(tree), leaf_labels(name, tree), strict=True):
                if isinstance(leaf, Value):
                    leaf.name = leaf.name or label
        for k, leaf in enumerate(found):
            leaf.name = leaf.name or (name if tree is leaf else f"{name}_{k}")

    def plain_result(self, tree: Tree) -> None:
        if isinstance(tree, Poison):
            raise Unsupported(tree.message)

    def live_pending(self, live: Any) -> Pending:
        """A pullback or linear map made outside: its residuals are captured."""
        saved = self.captured_value(Capture(vars(live), "residuals"), "residuals", PACK)
        own: Pending = live.pending
        return replace(own, residuals=saved)

    def shapes_as_tuples(self, tree: Tree) -> Tree:
        """A shape that is returned is a tuple of ints to everybody else."""
        if isinstance(tree, Value) and tree.fact.kind == "shape" and tree.fact.shape is not None:
            return Sequence(tuple, self.elements(tree, None))
        if isinstance(tree, Sequence):
            return Sequence(tree.type, tuple(map(self.shapes_as_tuples, tree.items)))
        if isinstance(tree, Instance):
            return Instance(tree.type, {k: self.shapes_as_tuples(item) for k, item in tree.items.items()})
        return tree

    def unique_name(self, name: str) -> str:
        name = "lambda_" if name == "<lambda>" else name
        count = self.program.names[name] = self.program.names.get(name, 0) + 1
        return name if count == 1 else f"{name}_{count}"

def flat_arguments(
    function: types.FunctionType, args: list[Tree], kwargs: dict[str, Tree], static: set[Place], lowering: Lowering
) -> list[Operand]:
    """The leaves of a call's arguments in the order of the parameters, less the static ones."""
    node = source_of(function).node
    bound = bind_arguments(node.args, args, kwargs, lowering.live_defaults(function), function.__qualname__)
    return [
        leaf for position, tree in enumerate(bound.values())
        for k, leaf in enumerate(leaves(tree)) if (position, k) not in static
    ]
