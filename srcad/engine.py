"""Running derivatives: a signature is looked up, and on the first call of its kind the code for it generated.

A table belongs to a code object and a derivative; it maps what is known of the arguments (types, dtypes, shapes,
structure) to artefacts.  The rest of a call is reading what the function captures, and the call itself.
"""

from __future__ import annotations

import functools
import inspect
import threading
import types
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from collections.abc import Sequence as Sequence_
from dataclasses import replace
from typing import Any

import numpy as np

from srcad import pytrees
from srcad.backend.artefact import Artefact, generate
from srcad.backend.compiled import add_user_line_note
from srcad.errors import DifferentiationError
from srcad.frontend import rebuilding
from srcad.frontend.alternatives import Ambiguous
from srcad.frontend.calls import WRAPPED
from srcad.frontend.changes import Changes, Open, Outside
from srcad.frontend.checks import check_returned, check_shapes, location_of
from srcad.frontend.functional import LikeOutputs
from srcad.frontend.lower import Lowering
from srcad.frontend.memory import may_be_memory
from srcad.frontend.objects import Objects
from srcad.frontend.program import Program, Specialised
from srcad.frontend.scope import Diverged, NeedStatic
from srcad.frontend.trees import Derivative, Pending, Sequence, Tree, leaves
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import OBJECT, PACK, Fact
from srcad.ir.nodes import Apply, Const, Function, Value
from srcad.rules.registry import primitive_of
from srcad.transforms.simplify import simplified

SIGNATURES = 128
"""Signatures kept for one derivative of one function; the oldest goes first."""

SHAPES = 48
"""After so many signatures code is made for ranks and dtypes, no longer for shapes."""

VALUE_FIRST = frozenset(
    ("value_and_grad", "jvp", "vjp", "linearize", "functional.vjp", "functional.jvp", "functional.hvp", "functional.vhp")
)
"""Kinds whose first result is the function's own, which may share memory with its arguments."""

_lock = threading.RLock()
_tables: OrderedDict[Any, Table] = OrderedDict()
_all_tables: weakref.WeakSet[Table] = weakref.WeakSet()  # those that derivatives hold, too


def forget() -> None:
    """Drop all generated code: what is known of a function's derivative has changed."""
    with _lock:
        for table in list(_all_tables):
            table.dropped = True
        _tables.clear()
        _pending.clear()


class Table:
    """The artefacts of one derivative of one code object."""

    def __init__(self, exact: bool) -> None:
        self.exact = exact  # whether code must know the shapes: a pullback checks them when it is made
        self.entries: OrderedDict[Any, list[Artefact]] = OrderedDict()
        self.static: frozenset[int] = frozenset()  # leaves whose values code depends on
        self.general = False  # whether code is now made for ranks instead of shapes
        self.dropped = False  # whether a rule has been declared since
        _all_tables.add(self)

    def insist(self) -> None:
        """Make code for shapes from now on: code that does not know them would refuse more."""
        self.exact, self.general = True, False
        self.entries.clear()

    def add(self, key: Any, artefact: Artefact) -> None:
        self.entries.setdefault(key, []).append(artefact)
        del self.entries[key][:-4]  # older ones were for globals or callees that have changed since
        if len(self.entries) > SHAPES and not self.exact:
            self.general = True
        while len(self.entries) > SIGNATURES:
            self.entries.popitem(last=False)


def base_function(function: Any) -> types.FunctionType:
    """The Python function under wrappers, methods and derivatives; one of our own for what is none."""
    while True:
        if isinstance(function, types.FunctionType):
            return function
        if isinstance(function, types.MethodType):
            function = function.__func__
        elif isinstance(function, functools.partial):
            function = function.func
        elif type(function) in WRAPPED:
            function = WRAPPED[type(function)](function)
        elif type(function) in LIVE_DERIVATIVES:
            function = function.function
        else:
            return OWN


def _own() -> None:
    """What stands for a callable that is no Python function."""


assert isinstance(_own, types.FunctionType)
OWN: types.FunctionType = _own


LIVE_DERIVATIVES: dict[type, Callable[[Any], Tree]] = {}
"""Types of live derivative objects, and the trees that they are while lowering."""


def identity(function: Any) -> Any:
    """What stands for a function in the table of tables: its code, so that fresh closures share what is generated."""
    if isinstance(function, types.FunctionType):
        return function.__code__ if primitive_of(function) is None else function
    if isinstance(function, types.MethodType):
        return ("method", identity(function.__func__), type(function.__self__))
    if type(function) in WRAPPED:
        return identity(WRAPPED[type(function)](function))
    if type(function) in LIVE_DERIVATIVES:
        return (function.kind, function.frozen, identity(function.function))
    return function


class Target:
    """A derivative of a live function, with what its calls need looked up once.

    ``run(args, kwargs)`` calls it; ``artefact(args, kwargs)`` gives the code for such arguments.
    """

    def __init__(self, kind: str, options: dict[str, Any], frozen: Any, function: Any) -> None:
        self.kind = kind
        self.options = options
        self.frozen = frozen
        self.function = function
        self.base = base_function(function)
        self.owner = receivers(function)
        self.code = self.base.__code__
        self.table = self._table()

    def _table(self) -> Table:
        key = (self.kind, self.frozen, identity(self.function))
        with _lock:
            table = _tables.get(key)
            if table is None:
                table = _tables[key] = Table(self.kind in ("vjp", "linearize"))
                while len(_tables) > 4096:
                    _tables.popitem(last=False)
        return table

    def run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the derivative."""
        found = self.known(args) if not kwargs else None
        if found is None:
            try:
                found = self.prepared(args, kwargs)
            except DifferentiationError as error:
                if error.after_call:
                    self.function(*(args[0] if isinstance(args[0], tuple) else args[:1]))
                raise
        artefact, flat = found
        try:
            if artefact.captured:
                return artefact.finish(artefact.run(*flat, *artefact.bound(self.base)))
            return artefact.finish(artefact.run(*flat))
        except Exception as error:
            if (refusal := artefact.escaped(error)) is not None:
                raise refusal from error
            add_user_line_note(error)
            raise

    def known(self, args: tuple[Any, ...]) -> tuple[Artefact, Sequence_[Any]] | None:
        """The artefact for arguments that are arrays, if it is there: ``prepared`` for the most frequent kind of call."""
        table = self.table
        if table.general or table.static or table.dropped or self.owner or self.base.__code__ is not self.code:
            return None
        key = []
        for x in args:
            if type(x) is not np.ndarray or not x.shape:
                return None
            key.append((x.dtype, x.shape))
        artefacts = table.entries.get(tuple(key))
        if artefacts is not None and artefacts[-1].holds(self.base, args):
            return artefacts[-1], args
        return None

    def prepared(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Artefact, Sequence_[Any]]:
        """The artefact for these arguments, found or made, and the leaves to run it on."""
        if self.base.__code__ is not self.code or self.table.dropped:
            self.code = self.base.__code__  # the function has been edited, or declared a rule for
            self.table = self._table()
        table = self.table
        while True:
            flat = list(self.owner)
            describe = pytrees.rank_key_of if table.general else pytrees.key_of
            key: Any = tuple([describe(a, flat) for a in args])
            if kwargs:
                key = (key, tuple((k, describe(v, flat)) for k, v in kwargs.items()))
            # of the leaves whose values code asked for once, those that can be known by value here
            static = frozenset(k for k in table.static if k < len(flat) and type(flat[k]) in pytrees.STATIC_NUMBERS)
            if static:
                key = (key, tuple((k, flat[k]) for k in sorted(static)))
            artefact = table_lookup(table, key, self.base, flat)
            if artefact is None:
                artefact = self.made(table, describe is pytrees.rank_key_of, static, key, args, kwargs, flat)
                if artefact is None:
                    continue
            return artefact, [x for k, x in enumerate(flat) if k not in static] if static else flat

    def made(
        self, table: Table, general: bool, static: frozenset[int], key: Any, args: tuple[Any, ...], kwargs: dict[str, Any],
        flat: list[Any],
    ) -> Artefact | None:
        """A new artefact; None if the table has changed meanwhile, so that the key must be made anew."""
        with _lock:
            if general != table.general or not static <= table.static:
                return None
            again = table_lookup(table, key, self.base, flat)
            if again is not None:
                return again
            try:
                artefact = self.general(static, args, kwargs) if general else self.compiled(static, args, kwargs, False)
            except NeedLeaf as need:
                table.static = table.static | {need.position}
                table.entries.clear()
                return None
            if artefact is None:
                table.insist()
                return None
            table.add(key, artefact)
        return artefact

    def general(self, static: frozenset[int], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Artefact | None:
        """Code for arguments of any size; None if it refuses what code for these sizes takes."""
        try:
            artefact = self.compiled(static, args, kwargs, True)
        except DifferentiationError:
            self.compiled(static, args, kwargs, False)  # which may raise as well
            return None
        if artefact.refusals and not artefact.refusals <= self.compiled(static, args, kwargs, False).refusals:
            return None
        return artefact

    def compiled(
        self, static: frozenset[int], args: tuple[Any, ...], kwargs: dict[str, Any], general: bool
    ) -> Artefact:
        """Generate the code for what is known of these arguments."""
        return compiled(self.kind, self.options, static, self.function, args, kwargs, general)


def table_lookup(table: Table, key: Any, base: types.FunctionType, flat: list[Any]) -> Artefact | None:
    """The artefact for a key whose guards hold."""
    for artefact in table.entries.get(key, ()):
        if artefact.holds(base, flat):
            return artefact
    return None


def receivers(function: Any) -> list[Any]:
    """The object that a bound method belongs to is a leaf of every call."""
    while True:
        if isinstance(function, types.MethodType):
            return [function.__self__]
        if type(function) in WRAPPED:
            function = WRAPPED[type(function)](function)
        elif type(function) in LIVE_DERIVATIVES:
            function = function.function
        else:
            return []


def general_source(kind: str, options: dict[str, Any], function: Any) -> str:
    """The source of a derivative for arguments of which nothing is known but that they are numbers or arrays."""
    names = parameter_names(function) + (["v"] if kind == "hvp" else [])
    return compiled(kind, options, frozenset(), function, tuple(pytrees.Unknown(n) for n in names), {}, False).source


def product_source(kind: str, function: Any, example_args: tuple[Any, ...]) -> str:
    """The source of one of ``functional``'s products, for ``v`` like what it is multiplied with."""
    if example_args:
        inputs: Any = example_args if len(example_args) > 1 else example_args[0]
        v: Any = LikeOutputs if kind == "vjp" else inputs
    else:
        names = parameter_names(function)
        unknown = tuple(pytrees.Unknown(n) for n in names)
        inputs = unknown if len(names) > 1 else unknown[0]
        v = pytrees.Unknown("v") if kind == "vjp" else pytrees.mapped(lambda u: pytrees.Unknown(f"{u.name}_dot"), inputs)
    return compiled(f"functional.{kind}", {"top": True}, frozenset(), function, (inputs, v), {}, False).source


def parameter_names(function: Any) -> list[str]:
    """The names of the parameters that a call must give."""
    required = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    return [p.name for p in required if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def run_pending(
    pending: Pending, residuals: Any, base: types.FunctionType, args: tuple[Any, ...], shapes: Any = None
) -> Any:
    """Call a pullback or a linear map; ``shapes`` are those that the arguments must have, if the code does not know."""
    flat: list[Any] = []
    key = (pending.function, tuple([pytrees.key_of(a, flat) for a in args]))
    with _lock:
        artefact = _pending.get(key)
        if artefact is None:
            root = Root(base)
            flags = root.flags(0)
            trees = [pytrees.described(a, root.lowering.examples, flags) for a in args]
            given = [leaf for tree in trees for leaf in leaves(tree) if isinstance(leaf, Value)]
            saved = Value("residuals", PACK)
            root.lowering.params = [saved, *given]
            tree = root.lowering.call_pending(replace(pending, residuals=saved), trees, {}, None)
            artefact = _pending[key] = root.finished(tree, pending.kind, base, base)
            while len(_pending) > 512:
                _pending.popitem(last=False)
    if shapes is not None:
        check_shapes(pending.given, "the cotangent", flat, shapes, pending.location)
    try:
        return artefact.finish(artefact.run(residuals, *flat))
    except Exception as error:
        add_user_line_note(error)
        raise


_pending: OrderedDict[Any, Artefact] = OrderedDict()


class NeedLeaf(Exception):
    """The value of a leaf of the arguments must be known."""

    def __init__(self, position: int) -> None:
        self.position = position


def compiled(
    kind: str, options: dict[str, Any], static: frozenset[int], function: Any, args: tuple[Any, ...],
    kwargs: dict[str, Any], general: bool,
) -> Artefact:
    """Generate the code of a derivative for what is known of these arguments (``general``: but for their sizes)."""
    outside, follows_choices = Outside(), False
    while True:
        # lowering begins anew for each container outside that turns out to be changed, for each line with a key that is not
        # known, and once to follow what is one of several
        try:
            return attempted(kind, options, static, function, args, kwargs, general, outside, follows_choices)
        except Changes as changes:
            outside = outside.after(changes)
        except Ambiguous:
            outside, follows_choices = outside.anew(), True


def attempted(
    kind: str, options: dict[str, Any], static: frozenset[int], function: Any, args: tuple[Any, ...],
    kwargs: dict[str, Any], general: bool, outside: Outside,
    follows_choices: bool,
) -> Artefact:
    """As ``compiled``, for what is known of what the function changes outside."""
    base = base_function(function)
    root = Root(base)
    root.program.outside = outside
    root.program.follows_choices = follows_choices
    owner = receivers(function)
    examples = root.lowering.examples
    receiver_values = [Value("self", OBJECT) for _ in owner]
    for value, live in zip(receiver_values, owner, strict=True):
        examples[value] = live
        root.lowering.receivers[id(live)] = value
    root.static = static
    flags = root.flags(len(owner))
    trees = [pytrees.described(a, examples, flags, general) for a in args]
    named = {k: pytrees.described(v, examples, flags, general) for k, v in kwargs.items()}
    given = [leaf for tree in (*trees, *named.values()) for leaf in leaves(tree) if isinstance(leaf, Value)]
    root.lowering.params = [*receiver_values, *given]
    try:
        tree = root.lowering.call_derivative(Derivative(kind, live_tree(function), options), trees, named, None)
    except NeedStatic as need:
        if need.value in root.lowering.params:
            raise NeedLeaf(root.position_of(need.value)) from None
        if need.place is not None:
            raise Open((need.place.file, need.place.line)) from None
        raise need.refusal or need from None
    except Diverged:
        root.lowering.build.block.diverges = True
        tree = Const(None)
    except DifferentiationError as error:
        root.program.check_followed(error)
        raise
    check_returned(tree, location_of(Const(base)))
    return root.finished(tree, kind, base, function)


def live_tree(function: Any) -> Tree:
    """A live callable as a tree."""
    make = LIVE_DERIVATIVES.get(type(function))
    return make(function) if make is not None else Const(function)


class Root:
    """The function that is generated: it calls the derivative with the leaves of the arguments."""

    def __init__(self, base: types.FunctionType) -> None:
        self.program = Program()
        self.lowering = Lowering(self.program, base, Objects())
        self.lowering.entry = None
        self.static: frozenset[int] = frozenset()  # the leaves that are known by value

    def flags(self, first: int) -> Iterator[bool]:
        k = first
        while True:
            yield k in self.static
            k += 1

    def position_of(self, value: Value) -> int:
        """Where a parameter is among all leaves, the static ones included."""
        place = self.lowering.params.index(value)
        k = -1
        while place >= 0:
            k += 1
            place -= k not in self.static
        return k

    def finished(self, tree: Tree, kind: str, base: types.FunctionType, function: Any) -> Artefact:
        lowering = self.lowering
        outs = list(leaves(tree))
        private = set(range(len(outs)))
        if kind in VALUE_FIRST and isinstance(tree, Sequence):
            shared = {id(leaf) for item in (tree.items[0], *tree.items[2:]) for leaf in leaves(item)}
            private -= {k for k, leaf in enumerate(outs) if id(leaf) in shared}
        pending = [p for p in (tree.items if isinstance(tree, Sequence) else ()) if isinstance(p, Pending)]
        private -= {k for k, leaf in enumerate(outs) if any(p.residuals is leaf for p in pending)}
        block = lowering.build.block
        block.outs = outs
        plain = "lambda_" if base.__name__ == "<lambda>" else base.__name__
        name = f"{plain}_{kind.split('.')[-1]}"
        params = [*lowering.params, *lowering.captures.values()]
        written = frozenset(p for p in params if p in lowering.given_up)
        for p in written:  # the function itself does not see what its derivative is multiplied with
            others = [o for o in params if o is not p and o not in lowering.given_up[p] and may_be_memory(o)]
            if others:
                check = Apply((Value(fact=OBJECT),), core.SEPARATE, (Const(p.name), p, *others), location=location_of(Const(base)))
                block.body.insert(0, check)
        ready = simplified(Function(name, params, block, private=frozenset(private), written=written))
        specialised = Specialised(ready, [], tree, lowering.captures)
        artefact = generate(ready, specialised, self.program, base, name, self.position_of)
        artefact.finish = finisher(tree, outs, self.program, base, name)
        return artefact


def finisher(
    tree: Tree, outs: list[Any], program: Program, base: types.FunctionType, name: str
) -> Callable[[Any], Any]:
    """From what the generated function returns to what the caller gets."""
    if isinstance(tree, Value):
        convert = converter(tree.fact)
        return convert if convert is not None else lambda result: result
    converters = [converter(fact_of_operand(leaf)) for leaf in outs]
    rebuild = rebuilder(tree, program, base, name)
    count = len(outs)

    def finish(results: Any) -> Any:
        parts = (results,) if count == 1 else results
        if count == 0:
            parts = ()
        return rebuild(iter([c(r) if c is not None else r for c, r in zip(converters, parts, strict=True)]))

    return finish


def converter(fact: Fact) -> Callable[[Any], Any] | None:
    """Derivatives are arrays: a Python number becomes a NumPy scalar."""
    if fact.kind in ("py", "num") or (fact.kind == "array" and fact.shape == ()):
        return scalar
    return None


def scalar(x: Any) -> Any:
    """A number as NumPy's; an array without axes, which may be a view of another result, as memory of its own."""
    if type(x) is float:
        return np.float64(x)
    return x.copy() if type(x) is np.ndarray else x


def rebuilder(tree: Tree, program: Program, base: types.FunctionType, name: str) -> Callable[[Iterator[Any]], Any]:
    """As ``rebuilding.rebuilder``, with pullbacks and linear maps made live."""
    from srcad.api import LinearMap

    if isinstance(tree, Sequence) and any(isinstance(item, Pending) for item in tree.items):
        parts = [rebuilder(item, program, base, name) for item in tree.items]
        kind = tree.type
        unsure = any(
            isinstance(item, Pending) and any(fact_of_operand(leaf).size is None for leaf in leaves(item.given))
            for item in tree.items
        )

        def rebuild(results: Iterator[Any]) -> Any:
            items = [part(results) for part in parts]
            for item in items:
                if unsure and isinstance(item, LinearMap):
                    item.shapes = [np.shape(leaf) for leaf in pytrees.flatten(items[0])]
            return kind(items)

        return rebuild
    if isinstance(tree, Pending):
        return lambda results: LinearMap(tree, next(results), base)
    return rebuilding.rebuilder(tree)


def pending_artefact(pending: Pending, base: types.FunctionType) -> Artefact:
    """The generated second half of a pullback or a linear map."""
    ready = simplified(pending.function)
    ready.private = frozenset(range(len(ready.outs)))
    return generate(ready, Specialised(ready, [], pending.wanted), Program(), base, ready.name)


