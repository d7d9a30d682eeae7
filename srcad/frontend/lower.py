"""Lowering functions: a live function and what is known of its arguments in, an IR function out.

A ``Program`` holds every function that one generated module needs, each lowered for the facts of its arguments
(``Specialised``), and the guards under which all of it holds: which names must still mean the same objects.
"""

from __future__ import annotations

import itertools
import types
from collections.abc import Callable, Container
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from srcad.errors import explain
from srcad.frontend import scan
from srcad.frontend.arguments import bind_arguments
from srcad.frontend.calls import HANDLERS, LIVE, WRAPPED
from srcad.frontend.changes import Outside, changed_by
from srcad.frontend.checks import location_of
from srcad.frontend.containers import containers, elements_of, with_each, without_cells
from srcad.frontend.draws import Draws
from srcad.frontend.effects import Aftermath, Effects, effects_of
from srcad.frontend.failures import is_caught, raised_by
from srcad.frontend.generating import has_iterator
from srcad.frontend.joining import leaf_labels
from srcad.frontend.keeping import label_of
from srcad.frontend.live import AliasGuard
from srcad.frontend.memory import may_be_memory
from srcad.frontend.objects import AttributeGuard, Objects, Origin
from srcad.frontend.scope import HOLDER, Capture, Diverged, Frame, InPlace, NeedStatic, Recursion, State, Unbound, Unsupported
from srcad.frontend.source import source_of
from srcad.frontend.trees import (
    Bound,
    Cell,
    Closure,
    Derivative,
    Instance,
    Iteration,
    Mapping,
    OneOf,
    Partial,
    Pending,
    Poison,
    Sequence,
    Tree,
    leaves,
    rebuilt,
    structure,
    unflattened,
)
from srcad.ir import core
from srcad.ir.build import Builder, fact_of_operand
from srcad.ir.facts import OBJECT, PACK, Dim, Fact, fact_of, forgets, int_fact, join
from srcad.ir.nodes import (
    Apply,
    Block,
    Call,
    Const,
    Display,
    Function,
    Location,
    Operand,
    Raise,
    Undefined,
    Value,
    block_values,
    blocks_of,
)
from srcad.ir.rewrite import cloned
from srcad.ir.verify import checked
from srcad.rules.registry import primitive_of
from srcad.transforms.repeats import without_repeats

PASSES = 6
DEEP = 30
"""A function that calls itself for arguments of other structures is followed as deep as this."""
SHARED = ("and changes what it is given, which other arguments share", "return a new list or array instead")
"""What is said of a function that must be run where it is called, and calls itself, and what to do."""


@dataclass(frozen=True)
class Guard:
    """``holder[key]`` (or the cell's contents) must be ``expected``; an attribute must have ``fact``."""

    capture: Capture
    expected: Any

    def holds(self) -> bool:
        try:
            return self.capture.read() is self.expected
        except (KeyError, ValueError):
            return False


Place = tuple[int, int]
"""Which argument of a function, and which leaf of that."""


@dataclass(eq=False)
class Specialised:
    """A function lowered for certain facts: the IR, the structure of its result, what it captures."""

    function: Function
    args: list[Tree]
    result: Tree | None = None
    captures: dict[Capture, Value] = field(default_factory=dict)
    static: set[Place] = field(default_factory=set)
    dims: list[Dim] = field(default_factory=list)
    recursive: bool = False
    assumes: set[int] = field(default_factory=set)  # functions being lowered whose results were taken for settled
    passed: dict[Capture, Value] = field(default_factory=dict)  # what calls of it pass on as captured
    effects: Effects = field(default_factory=Effects)
    touched: set[Capture] = field(default_factory=set)  # globals and cells that it reads or writes
    sets: set[Capture] = field(default_factory=set)  # those that it writes


class Widen(Exception):
    """A recursive call needs its function lowered for less specific facts."""

    def __init__(self, specialised: Specialised, facts: list[Fact]) -> None:
        self.specialised = specialised
        self.facts = facts


@dataclass(eq=False)
class Program:
    """All functions lowered for one generated module, and the guards under which they hold."""

    guards: dict[Capture, Guard] = field(default_factory=dict)
    attribute_guards: dict[AttributeGuard, None] = field(default_factory=dict)
    known: dict[Any, Specialised] = field(default_factory=dict)
    active: list[tuple[types.CodeType, Specialised]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    codes: dict[types.FunctionType, types.CodeType] = field(default_factory=dict)
    customs: dict[Any, Any] = field(default_factory=dict)  # functions whose given derivatives are being lowered
    outside: Outside = field(default_factory=Outside)
    choices: dict[Any, tuple[int, Tree]] = field(default_factory=dict)  # the functions of which one is chosen by the data, numbered

    def guard(self, capture: Capture, expected: Any) -> None:
        self.guards.setdefault(capture, Guard(capture, expected))

    alias_guards: list[AliasGuard] = field(default_factory=list)

    def guard_attribute(self, origin: Origin, name: Any, what: str, expected: Any = None) -> None:
        self.attribute_guards[AttributeGuard(origin, name, what, expected)] = None


def lower(function: types.FunctionType, args: list[Tree], kwargs: dict[str, Tree], examples: Objects,
          program: Program | None = None) -> tuple[Specialised, Program]:
    """Lower a live function for arguments given as trees of values with facts.

    The parameters of the result are the leaves of the arguments in order, then the captured values.
    ``NeedStatic`` is raised with the leaf whose value must be known.
    """
    program = program or Program()
    lowering = Lowering(program, function, examples)
    return lowering.specialise(function, args, kwargs), program


class Lowering(Draws):
    """Lowers the body of one IR function."""

    given_up: set[Operand]
    """Arguments that are written into for the caller to see."""

    def __init__(self, program: Program, function: types.FunctionType, examples: Objects) -> None:
        self.program = program
        self.examples = examples
        self.captures: dict[Capture, Value] = {}
        self.state = State()
        self.places = {}
        self.given_up, self.reshaped = set(), set()
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
        self.decided = {}
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
        try:
            specialised = self.specialise(function, args, kwargs)
        except InPlace:
            return self.run_in_place(function, *given, node, *SHARED)
        if specialised.sets or specialised.touched & self.written_held():
            return self.run_in_place(function, *given, node, "and writes to a global or nonlocal variable",
                                     "pass the value, and return the new one")
        if (caught := self.caught()) and throws(specialised.function, caught, set()) and not self.is_running(function):
            return self.run_in_place(function, *given, node, "where its exceptions are caught", "write a loop")
        handles = flat_arguments(function, args, kwargs, specialised.static, self)
        if specialised.effects.reshaped:
            raise self.frame.unsupported(node, f"{function.__name__} assigns the shape of an argument, which is not supported",
                                         "return the array in its new shape")
        if specialised.effects.hands_on or self.overlap(specialised, handles):
            return self.run_in_place(function, *given, node, *SHARED)
        self.touched |= specialised.touched
        return self.renewed(self.call_specialised(specialised, handles, node))

    def run_in_place(
        self, function: types.FunctionType, args: list[Tree], kwargs: dict[str, Tree], node: Any, how: str, remedy: str
    ) -> Tree:
        """Lower a live function where it is called; ``how`` and ``remedy`` are what is said where it calls itself."""
        bound = bind_arguments(source_of(function).node.args, args, kwargs, self.live_defaults(function), function.__name__)
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
        bound = bind_arguments(source.node.args, args, kwargs, self.live_defaults(function), function.__name__)
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
        self.sets |= specialised.sets
        if self.frame.node is not None:
            self.forget_held(specialised.sets, "is written by a function of which a derivative is taken here")
        captured = [self.captured_value(c, v.name, v.fact) for c, v in specialised.captures.items()]
        handles = [*flat, *captured]
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
        if effects.written or kept:
            ir = self.self_contained(specialised, operands, own, really if inner else [])
        for k in () if inner else really:
            self.given_up.add(operands[k])
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
        count = len(function.outs) - len(effects.written)
        outs = block.outs[:count]
        for k, last in zip(effects.written, block.outs[count:], strict=not block.diverges):
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

    def ended(self, function: Function, tree: Tree) -> Effects:
        """Let a function yield a tree, and the last version of what it has written into; what a call does beside that."""
        handles = list(leaves(tree))
        if not self.build.block.diverges:
            self.write_back()
        if self.entry is not None:
            self.build.block.body[:0] = self.entry.body
        effects = effects_of(self, function.params, handles, tree)
        lasts = [self.state.store[self.place(function.params[k]).root] for k in effects.written]
        block = self.build.block
        block.outs = [*map(self.current, handles), *lasts] if not block.diverges else []  # type: ignore[list-item]
        function.written = frozenset(function.params[k] for k in effects.written)
        return effects

    def param_like(self, leaf: Operand) -> Tree:
        value = Value(leaf.name if isinstance(leaf, Value) else "", fact_of_operand(leaf))
        self.examples.same(value, leaf)
        self.params.append(value)
        return value

    def closed(self, tree: Tree, around: tuple[Any, ...] = ()) -> Tree:
        """A tree whose closures hold what they capture, as it is now; ``around`` are those that capture it."""
        match tree:
            case Closure() if tree.free is None:
                if tree.node in around:
                    raise self.frame.unsupported(tree.node, f"{tree.name} calls itself, as a nested function",
                                                 "move it to module level")
                free = {}
                for name in scan.free_names(tree.node):
                    found = self.captured_by(tree.scope, name)
                    if found is not None:
                        free[name] = self.closed(found, (*around, tree.node))
                return Closure(tree.node, tree.file, tree.name, tree.scope, tree.defaults, free)
            case OneOf():
                return OneOf(tree.selector, {k: self.closed(item, around) for k, item in tree.options.items()})
            case Derivative():
                return Derivative(tree.kind, self.closed(tree.function, around), tree.options)
            case Partial():
                function, given = self.closed(tree.function, around), tuple(self.closed(a, around) for a in tree.args)
                return Partial(function, given, {k: self.closed(a, around) for k, a in tree.kwargs.items()})
            case Iteration():
                parts = tuple(self.closed(item, around) for item in tree.parts)
                return Iteration(tree.kind, parts, tree.token)
            case Sequence() | Mapping() | Instance():
                return with_each(lambda item: self.closed(item, around), tree)
            case Bound():
                return Bound(self.closed(tree.receiver, around), tree.name, tree.function)
        return tree

    def captured_by(self, scope: Frame, name: str) -> Tree | None:
        """What a name means in the scopes around a closure; None for what is global."""
        frame: Frame | None = scope
        while frame is not None:
            if name in frame.vars:
                return self.refreshed(frame.vars[name])
            if name in frame.free:
                return frame.free[name]
            if name in frame.cells:
                return self.read_name(Capture(frame.cells[name], None), name, None)
            frame = frame.outer
        return None

    def overlap(self, specialised: Specialised, handles: list[Operand]) -> bool:
        """Whether what a callee writes into may share memory with another of its arguments."""
        captured = [self.captured_value(c, v.name, v.fact) for c, v in specialised.captures.items()]
        every = [*handles, *captured]
        return any(
            self.may_share(every[k], other) for k in specialised.effects.written for j, other in enumerate(every) if j != k
        )

    def call_specialised(self, specialised: Specialised, handles: list[Operand], node: Any) -> Tree:
        if specialised.result is None:
            raise Recursion
        running = any(s is specialised for _, s in self.program.active)
        captures = specialised.passed if running else specialised.captures
        handles = [*handles, *(self.captured_value(c, v.name, v.fact) for c, v in captures.items())]
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
        self.build.append(Call(tuple(results), specialised.function, tuple(flat), self.build.location))
        if not running and specialised.function.block.diverges:
            raise Diverged
        return specialised.effects.applied(self, tree, list(results), handles)

    def may_inline(self, specialised: Specialised) -> bool:
        """Whether a callee is small and called outside of loops, so that its code reads and runs best in place."""
        function = specialised.function
        if self.loop_depth or any(s is specialised for _, s in self.program.active) or function.block.diverges:
            return False
        if "small" not in function.derived:
            function.derived["small"] = is_small(function)
        return bool(function.derived["small"])

    def specialise(self, function: types.FunctionType, args: list[Tree], kwargs: dict[str, Tree]) -> Specialised:
        """The function lowered for the facts of these arguments, made or found."""
        source = source_of(function)
        self.program.codes[function] = function.__code__
        arguments = bind_arguments(source.node.args, args, kwargs, self.live_defaults(function), function.__name__)
        static: set[Place] = set()
        while True:
            given = [self.parameterised(tree, static, n) for n, tree in enumerate(arguments.values())]
            objects = self.examples.among(given)
            key = (function.__code__, id(function.__globals__), cells_key(function), tuple(structure(t) for t in given),
                   facts_key([fact_of_operand(v) for t in given for v in leaves(t)]), objects, cells_shared(given))
            known: Specialised | None = self.program.known.get(key)
            if known is not None:
                return known
            running = next((s for code, s in self.program.active if code is function.__code__
                            and self.examples.among(s.args) == objects), None)
            if running is not None and [structure(t) for t in running.args] == [structure(t) for t in given]:
                return self.more_general(running, given)
            try:
                return self.lowered(function, source, list(arguments), given, key, static)
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

    def changed_elsewhere(self, name: str, function: str) -> Unsupported:
        """The error for a variable that is read when the derivative is called, and changed while it runs."""
        error = self.frame.unsupported(
            None, f"{name} is read by differentiated code, and changed by {function}, which is called as it is",
            f"let {function} return the new value", self.build.location)
        error.writes = True
        return error

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
        self, function: types.FunctionType, source: Any, names: list[str], given: list[Tree], key: Any, static: set[Place]
    ) -> Specialised:
        result = Function(self.unique_name(function.__name__), [], Block(), source.location, unfinished=True)
        specialised = Specialised(result, given, static=set(static))
        self.program.active.append((function.__code__, specialised))
        try:
            for turn in itertools.count():
                assumed = specialised.effects
                inner = Lowering(self.program, function, self.examples)
                try:
                    tree = inner.lower_body(function, source, names, specialised)
                except Widen as widen:
                    if widen.specialised is not specialised:
                        raise
                    values = iter([Value("", f) for f in widen.facts])
                    specialised.args = [unflattened(t, values) for t in specialised.args]
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
                settled = settled and specialised.effects == assumed
                if specialised.recursive and specialised.sets:
                    raise Unsupported(explain(
                        source.location, f"{function.__name__} calls itself, and writes to a global or nonlocal variable",
                        "pass the value, and return the new one",
                    ))
                if not specialised.recursive or settled:
                    break
                specialised.passed = specialised.captures
                specialised.result = rebuilt(tree, lambda leaf: Value("", fact_of_operand(leaf)))
                assert turn < PASSES * (1 + len(list(leaves(tree)))), "each turn forgets something of a result"
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
        for capture, value in spec.passed.items():
            self.captured_value(capture, value.name, value.fact)
        spec.captures = self.captures
        spec.touched, spec.sets = self.touched, self.sets
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
        spec.effects = self.ended(result, tree)
        if block.diverges and spec.result is not None:
            return spec.result
        return tree

    def own_param(self, leaf: Operand) -> Tree:
        if isinstance(leaf, Const):
            return leaf  # it was static
        assert isinstance(leaf, Value)
        self.params.append(leaf)
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

    def live_defaults(self, function: types.FunctionType) -> Defaults:
        """The defaults of a live function."""
        code = function.__code__
        positional = code.co_varnames[: code.co_argcount]
        given = function.__defaults__ or ()
        first = len(positional) - len(given)
        places = {name: Capture(given, k) for k, name in enumerate(positional[first:])}
        places |= {name: Capture(function.__kwdefaults__, name) for name in function.__kwdefaults__ or ()}
        return Defaults(places, lambda name: self.live(places[name], name, places[name].read()))

    # ---- what is captured -------------------------------------------------------------------------------------------

    def capture(self, capture: Capture, name: str, node: Any) -> Tree:
        """What a global or a cell holds: a parameter to be read at each call, or something static and guarded."""
        try:
            value = capture.read()
        except ValueError:
            raise Unbound(name) from None
        function = self.program.outside.read(capture.holder, capture.key, value)
        if function is not None:
            raise self.changed_elsewhere(name or str(capture.key), function)
        return self.live(capture, name, value)

    def live(self, capture: Capture, name: str, value: Any) -> Tree:
        if isinstance(value, np.ndarray | np.generic) or type(value) in (int, float, complex):
            fact = fact_of(value)
            captured = self.captured_value(capture, name, int_fact(None) if type(value) is int else fact)
            if fact == OBJECT:
                self.examples.foreign[captured] = type(value).__qualname__
            return captured
        self.program.guard(capture, value)
        if self.program.outside.is_followed(value):
            holder = self.captured_value(Capture(value, HOLDER), name or type(value).__name__, OBJECT)
            return self.followed_tree(value, holder, lambda k, v: self.live(Capture(value, k), label_of(k), v))
        if self.program.outside.is_changing(value):
            captured = self.captured_value(capture, name, OBJECT)
            self.examples[captured] = value
            return captured
        if type(value) in (list, tuple) and any(isinstance(v, np.ndarray | float) for v in value):
            items = tuple(self.live(Capture(value, k), f"{name}_{k}", v) for k, v in enumerate(value))
            tree = Sequence(type(value), items, Cell(live=True))
            self.program.outside.laid_out[tree] = value
            return tree
        return Const(value)

    def captured_value(self, capture: Capture, name: str, fact: Fact) -> Value:
        if capture not in self.captures:
            self.captures[capture] = Value(name, fact)
        return self.captures[capture]

    def read_attribute(self, base: Value, name: str, value: Any, node: Any) -> Tree:
        origin = self.examples.origin(base)
        if value is None or isinstance(value, str | bool | type) or callable(value):
            self.program.guard_attribute(origin, name, "same", value)
            return Const(value)
        fact = fact_of(value)
        made = self.build.apply(core.ATTRIBUTE, base, Const(name), name=name, facts=(fact,))[0]
        assert isinstance(made, Value)
        if fact == OBJECT:
            self.program.guard_attribute(origin, name, "type", type(value))
            self.examples.attribute(made, base, name, value)
        else:
            self.program.guard_attribute(origin, name, "fact", fact)
        return made


class Defaults(dict[str, Any]):
    """The defaults of a live function; one is captured when it is read, not when an argument is given for it."""

    def __init__(self, places: dict[str, Capture], read: Callable[[str], Tree]) -> None:
        super().__init__(places)
        self.read = read

    def __getitem__(self, name: str) -> Tree:
        return self.read(name)


@dataclass(frozen=True)
class Static:
    """A number that belongs to the structure, since code depends on its value."""

    value: Any


def writes_nonlocal(tree: Tree) -> bool:
    """Whether a closure in a tree writes to a variable of a function around it."""
    match tree:
        case Closure():
            return tree.free is None and scan.writes_nonlocal(tree.node)
        case Sequence() | Mapping() | Instance():
            return any(map(writes_nonlocal, elements_of(tree)))
        case OneOf():
            return any(map(writes_nonlocal, tree.options.values()))
    return False


def without_static(tree: Tree) -> Tree:
    """The tree with static numbers as what they are."""
    match tree:
        case Sequence() | Mapping() | Instance():
            return with_each(without_static, tree)
        case Const() if isinstance(tree.value, Static):
            return Const(tree.value.value)
    return tree


def flat_arguments(
    function: types.FunctionType, args: list[Tree], kwargs: dict[str, Tree], static: set[Place], lowering: Lowering
) -> list[Operand]:
    """The leaves of a call's arguments in the order of the parameters, less the static ones."""
    node = source_of(function).node
    bound = bind_arguments(node.args, args, kwargs, lowering.live_defaults(function), function.__name__)
    return [
        leaf for position, tree in enumerate(bound.values())
        for k, leaf in enumerate(leaves(tree)) if (position, k) not in static
    ]


def throws(function: Function, caught: tuple[type, ...], seen: set[Function]) -> bool:
    """Whether a function may raise what is caught around a call of it, as far as that can be foreseen."""
    if function in seen:
        return False
    seen.add(function)
    pending = [function.block]
    while pending:
        for instruction in pending.pop().body:
            pending.extend(blocks_of(instruction))
            match instruction:
                case Raise() if instruction.exception is not None:
                    return True
                case Apply() if instruction.primitive.rule is None or is_caught(raised_by(instruction, caught), caught):
                    return True
                case Call() if throws(instruction.function, caught, seen):
                    return True
    return False


INLINED = 40
"""Callees of more instructions stay functions of their own."""


def is_small(function: Function) -> bool:
    """Whether a function is short, and nothing in it has a size that another call may have otherwise."""
    count = 0
    pending = [function.block]
    while pending:
        for instruction in pending.pop().body:
            count += 1
            pending.extend(blocks_of(instruction))
            if count > INLINED or isinstance(instruction, Call):
                return False
    return not any(isinstance(s, Dim) for v in block_values(function.block) for s in v.fact.shape or ())


def name_of(function: Tree) -> str:
    """A name for the IR function of a callable."""
    match function:
        case Closure():
            return function.name
        case Derivative():
            return f"{name_of(function.function)}_{function.kind.replace('.', '_')}"
        case Const():
            return str(getattr(function.value, "__name__", type(function.value).__name__))
        case Pending():
            return function.kind
    return "function"


def cells_key(function: types.FunctionType) -> tuple[int, ...]:
    return tuple(map(id, function.__closure__ or ()))


def dims_of(facts: Any) -> list[Dim]:
    """The unknown sizes in facts, in order of appearance."""
    found: dict[Dim, None] = {}
    for fact in facts:
        found.update(dict.fromkeys(s for s in fact.shape or () if isinstance(s, Dim)))
    return list(found)


def cells_shared(given: list[Tree]) -> tuple[int, ...]:
    """Which lists, dicts and objects among arguments are one: code may ask whether one is another."""
    cells = [c.cell for t in given for c in containers(t)]
    return tuple(cells.index(cell) for cell in cells)


def facts_key(facts: list[Fact]) -> Any:
    """A key for facts in which unknown sizes are numbered in order of appearance."""
    numbers = {d: -1 - k for k, d in enumerate(dims_of(facts))}

    def sketch(fact: Fact) -> Any:
        shape = None if fact.shape is None else tuple(numbers.get(s, s) for s in fact.shape)  # type: ignore[arg-type]
        length = fact.length if isinstance(fact.length, int) else None
        return fact.kind, str(fact.dtype), shape, length, None if fact.element is None else sketch(fact.element)

    return tuple(map(sketch, facts))


def redimensioned(fact: Fact, dims: dict[Dim, Any]) -> Fact:
    """A fact of a callee's result in the caller's sizes; sizes of the callee's own are new at each call."""
    if not fact.shape or not any(isinstance(s, Dim) for s in fact.shape):
        return fact
    for size in fact.shape:
        if isinstance(size, Dim):
            dims.setdefault(size, Dim())
    shape = tuple(dims[s] if isinstance(s, Dim) else s for s in fact.shape)
    return Fact(fact.kind, fact.dtype, shape, fact.element)


def agrees(old: Tree | None, new: Tree) -> bool:
    """Whether what was assumed of a recursive function's result holds."""
    if old is None or structure(old) != structure(new):
        return False
    pairs = zip(leaves(old), leaves(new), strict=True)
    return all(not forgets(fact_of_operand(a), join(fact_of_operand(a), fact_of_operand(b))) for a, b in pairs)
