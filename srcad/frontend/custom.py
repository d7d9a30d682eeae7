"""Calls of functions whose derivatives the user gives (``srcad.custom_jvp``, ``srcad.custom_vjp``).

The function, and the functions that make its derivative, are lowered like any other, for the arguments of the call: in
come trees, out comes one IR function with ``given`` derivatives (``transforms.given``), and a call of it.  What any of
them captures is a parameter of that function.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from srcad.errors import explain
from srcad.frontend.checks import describe, location_of, plain_error, type_error
from srcad.frontend.containers import without_cells
from srcad.frontend.derivatives import Derivatives, kind
from srcad.frontend.lower import Lowering
from srcad.frontend.program import Specialised
from srcad.frontend.scope import Diverged, Frame, NeedStatic, Unsupported, theirs
from srcad.frontend.signatures import dims_of, facts_key
from srcad.frontend.trees import Derivative, Sequence, Tree, leaves, rebuilt, structure, unflattened
from srcad.ir import core
from srcad.ir.build import Builder, fact_of_operand
from srcad.ir.facts import same_shape
from srcad.ir.nodes import Block, Call, Const, Function, Given, Location, Operand, Value
from srcad.ir.rewrite import cloned, replaced
from srcad.ir.verify import checked
from srcad.transforms.common import zeros_like
from srcad.transforms.given import CustomHalves, CustomTangent
from srcad.transforms.repeats import without_repeats


def derivative_of(tree: Tree, suffix: str, found: list[Value]) -> Tree:
    """A tangent or cotangent like a tree: a value for each leaf that may vary, added to ``found``, 0.0 for others."""

    def leaf(operand: Operand) -> Tree:
        fact = fact_of_operand(operand)
        if not fact.may_vary or not isinstance(operand, Value):
            return Const(0.0)
        found.append(Value(f"{operand.name}{suffix}" if operand.name else "", fact))
        return found[-1]

    return rebuilt(tree, leaf)


# ---- the arguments of a call -----------------------------------------------------------------------------------------


def positional(low: Lowering, live: Any, args: list[Tree], kwargs: dict[str, Tree]) -> list[Tree]:
    """The arguments of a call by position, defaults included."""
    function = live.function
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        if kwargs:
            raise plain_error(location_of(Const(function)), f"{name_of(live)} has no signature that names its arguments",
                              "pass them by position") from None
        return args
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise theirs(TypeError(f"{name_of(live)}(): {error}")) from None
    defaults = low.live_defaults(function) if inspect.isfunction(function) else {}
    values: dict[str, Any] = dict(bound.arguments)
    for name, parameter in signature.parameters.items():
        if name not in values and parameter.default is not parameter.empty:
            values[name] = defaults[name] if name in defaults else Const(parameter.default)
    ordered = inspect.BoundArguments(signature, {n: values[n] for n in signature.parameters if n in values})
    if ordered.kwargs:
        raise plain_error(location_of(Const(function)), f"{name_of(live)} takes {', '.join(ordered.kwargs)} by keyword alone, "
                          "which a function with derivatives of its own cannot", "make the parameters positional")
    return list(ordered.args)


def parameter_names(live: Any) -> list[str]:
    """What the function calls its arguments."""
    try:
        return list(inspect.signature(live.function).parameters)
    except (TypeError, ValueError):
        return []


def name_of(live: Any) -> str:
    return str(getattr(live.function, "__name__", "the function"))


def split(live: Any, args: list[Tree]) -> tuple[list[Tree], list[Tree]]:
    """The arguments that are not differentiated, and the others."""
    marked = {k % len(args) if -len(args) <= k < len(args) else k for k in live.nondiff_argnums}
    if any(k >= len(args) for k in marked):
        raise plain_error(location_of(Const(live.function)), f"nondiff_argnums={live.nondiff_argnums} names an argument that a "
                          f"call of {name_of(live)} with {len(args)} arguments has not", "name positions that every call has")
    return [args[k] for k in sorted(marked)], [a for k, a in enumerate(args) if k not in marked]


# ---- lowering ----------------------------------------------------------------------------------------------------------


class Whole:
    """A function and what makes its derivatives, lowered over the same parameters: leaves, then what any of them captures.

    ``again`` says what a call of the function within these means: the function without its derivatives until it is known
    what they capture, and then what is being made here.
    """

    def __init__(self, low: Lowering, live: Any, args: list[Tree]) -> None:
        self.live = live
        self.low = low
        self.inner = self.new_lowering()
        self.actual: dict[Value, Operand] = {}
        self.args = [rebuilt(tree, self.param) for tree in args]
        for name, tree in zip(parameter_names(live), self.args, strict=False):
            for k, leaf in enumerate(leaves(tree)):
                if isinstance(leaf, Value):
                    leaf.name = name if tree is leaf else f"{name}_{k}"
        self.called_again = False
        self.again: Specialised | None = None

    def new_lowering(self) -> Lowering:
        low = self.low
        inner = Lowering(low.program, low.live_function, low.examples)
        inner.frame = Frame(low.frame.node, low.frame.file, low.frame.name, low.frame.globals, inner.state, caller=low.frame)
        inner.build.location = low.build.location
        return inner

    def param(self, leaf: Operand) -> Tree:
        if not isinstance(leaf, Value):
            return leaf
        value = self.inner.param_like(leaf)
        assert isinstance(value, Value)
        self.actual[value] = leaf
        return value

    @property
    def params(self) -> list[Value]:
        return [*self.inner.params, *self.inner.captures.values()]

    def lowered(self, live: Any, args: list[Tree], node: Any) -> tuple[Block, Tree]:
        """The block that calls a live function with these arguments, and the tree that it returns."""
        inner = self.new_lowering()
        inner.params, inner.captures = self.inner.params, self.inner.captures
        inner.build.location = self.live.location
        tree: Tree = Const(None)
        try:
            tree = inner.closed(inner.call(Const(live), args, {}, node))
        except Diverged:
            inner.build.block.diverges = True
        except NeedStatic as need:
            actual = self.actual.get(need.value)
            if isinstance(actual, Value):
                raise NeedStatic(actual, None, need.place) from None
            raise
        trial = Function(name_of(self.live), [*self.params, *(v for a in args for v in leaves(a) if self.is_own(v))],  # type: ignore[list-item]
                         inner.build.block)
        self.effects = inner.ended(trial, tree)
        if self.effects.written:
            written = ", ".join(trial.params[k].name or "an argument" for k in self.effects.written)
            name = getattr(live, "__name__", "the function")
            raise Unsupported(explain(location_of(Const(live)), f"{name} writes into {written}, which a function with derivatives "
                                      "of its own may not", "let it return a new array instead"))
        block = without_repeats(inner.build.block)
        tree = rebuilt(without_cells(tree), inner.current)
        while len(block.body) == 1 and isinstance(call := block.body[0], Call) and call.function.given is None:
            # a function that does nothing but call another is that one
            body = cloned(call.function.block, dict(zip(call.function.params, call.args, strict=True)))
            found = dict(zip(call.results, body.outs, strict=False))
            outs = block.outs if body.diverges else [replaced(o, found) for o in block.outs]
            block = Block(body=body.body, outs=outs, diverges=body.diverges)
        return block, tree if block.diverges else unflattened(tree, iter(block.outs))

    def is_own(self, leaf: Operand) -> bool:
        """Whether a leaf of an argument is a parameter of its own, and none of the whole."""
        return isinstance(leaf, Value) and leaf not in self.inner.params

    def made(self, node: Any, derivatives: Derived) -> Specialised:
        """The function with its derivatives."""
        live, program = self.live, self.inner.program
        name = self.inner.unique_name(name_of(live))
        block, result = self.lowered(live.function, self.args, node)
        function = Function(name, self.params, block, live.location, unfinished=True)
        function.derived["small"] = False  # in the place of a call it would have the derivatives of its body
        dims = dims_of(fact_of_operand(v) for v in self.inner.params)
        # its result is its own, even where it is an argument: that is what has the derivative
        effects = replace(self.effects, same=(), shared=(*self.effects.shared, *self.effects.same))
        specialised = Specialised(function, self.args, result, self.inner.captures, dims=dims, effects=effects)
        if not block.diverges:
            known, names = dict(program.known), dict(program.names)
            self.called_again = False
            given = derivatives(self, function, result, node)
            if self.called_again:  # now it is known what all captures
                program.known, program.names = known, names
                function.params = self.params
                self.again = specialised
                given = derivatives(self, function, result, node)
            function.given = given
        function.params = self.params
        function.unfinished = False
        checked(function)
        return specialised


Derived = Callable[[Whole, Function, Tree, Any], Given]


def call_custom(low: Derivatives, live: Any, args: list[Tree], kwargs: dict[str, Tree], node: Any, make: Derived) -> Tree:
    """Call a function with given derivatives, which ``make`` lowers."""
    assert isinstance(low, Lowering)
    args = [low.closed(a) for a in positional(low, live, args, kwargs)]
    numbers = tuple(repr(v.value) for a in args for v in leaves(a) if isinstance(v, Const))
    key = (live, tuple(map(structure, args)), facts_key([fact_of_operand(v) for a in args for v in leaves(a)]), numbers)
    program = low.program
    specialised = program.known.get(key)
    if specialised is None:
        whole = program.customs.get(key)
        if whole is not None:
            whole.called_again = True
            if whole.again is None:
                return low.call(Const(live.function), args, {}, node)
            specialised = whole.again
        else:
            program.customs[key] = Whole(low, live, args)
            try:
                specialised = program.customs[key].made(node, make)
            finally:
                del program.customs[key]
            program.known[key] = specialised
    flat: list[Operand] = [leaf for a in args for leaf in leaves(a) if isinstance(leaf, Value)]
    return low.call_specialised(specialised, flat, node)


@kind("custom_jvp")
def call_custom_jvp(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    live = d.options["pair"]
    if live.jvp is None:
        raise missing(live, "jvp", f"call {name_of(live)}.defjvp(jvp)")
    return call_custom(low, live, args, kwargs, node, tangent_of)


@kind("custom_vjp")
def call_custom_vjp(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    live = d.options["pair"]
    if live.fwd is None:
        raise missing(live, "vjp", f"call {name_of(live)}.defvjp(fwd, bwd)")
    return call_custom(low, live, args, kwargs, node, halves_of)


def missing(live: Any, what: str, remedy: str) -> Unsupported:
    return Unsupported(explain(live.location, f"{name_of(live)} is declared to have a {what} of its own, which it was not given",
                               remedy))


# ---- a tangent -------------------------------------------------------------------------------------------------------


def tangent_of(whole: Whole, function: Function, result: Tree, node: Any) -> Given:
    """The tangent that ``defjvp`` gave: ``jvp(*nondiff, primals, tangents)``, which gives the output and its tangent."""
    live = whole.live
    fixed, others = split(live, whole.args)
    dots: list[Value] = []
    tangents = [derivative_of(a, "_dot", dots) for a in others]
    made = [*fixed, Sequence(tuple, tuple(others)), Sequence(tuple, tuple(tangents))]
    block, tree = whole.lowered(live.jvp, made, node)
    location = location_of(Const(live.jvp))
    name = getattr(live.jvp, "__name__", "jvp")
    if not block.diverges:
        value, moved = pair_of(tree, f"{name} must return the output and its tangent", location)
        check_alike(value, result, f"the output of {name}", f"the output of {name_of(live)}", location)
        check_alike(moved, result, f"the tangent that {name} returns", f"the output of {name_of(live)}", location)
        found = fitted(block, moved, value, f"the tangent that {name} returns", location)
        block.outs = [*leaves(value), *found]
    jvp = Function(f"{function.name}_jvp", [*whole.params, *dots], block, location)
    return CustomTangent(function, (name_of(live), name), location, differentiable(whole, others), len(whole.inner.captures), jvp)


# ---- two halves ------------------------------------------------------------------------------------------------------


def halves_of(whole: Whole, function: Function, result: Tree, node: Any) -> Given:
    """The halves that ``defvjp`` gave: ``fwd(*args)`` gives the output and what ``bwd(*nondiff, kept, cotangent)`` needs."""
    live = whole.live
    fixed, others = split(live, whole.args)
    first, tree = whole.lowered(live.fwd, whole.args, node)
    location = location_of(Const(live.fwd))
    name = getattr(live.fwd, "__name__", "fwd")
    bars: list[Value] = []
    kept: list[Value] = []
    residuals: Tree = Const(None)
    if not first.diverges:
        value, residuals = pair_of(tree, f"{name} must return the output and what the backward half needs", location)
        check_alike(value, result, f"the output of {name}", f"the output of {name_of(live)}", location)
        saved = [leaf for leaf in leaves(residuals) if isinstance(leaf, Value)]
        first.outs = [*leaves(value), *saved]

        def parameter(leaf: Operand) -> Tree:
            if not isinstance(leaf, Value):
                return leaf
            kept.append(leaf.again())
            if leaf in whole.inner.examples:
                whole.inner.examples[kept[-1]] = whole.inner.examples[leaf]
            return kept[-1]

        residuals = rebuilt(residuals, parameter)
    name = getattr(live.bwd, "__name__", "bwd")
    location = location_of(Const(live.bwd))
    cotangent = derivative_of(result, "_bar", bars)
    second, tree = whole.lowered(live.bwd, [*fixed, residuals, cotangent], node)
    if not second.diverges:
        second.outs = cotangents(second, tree, others, name, location)
    forward = Function(f"{function.name}_first", whole.params, first, location)
    backward = Function(f"{function.name}_second", [*whole.params, *kept, *bars], second, location)
    captured = len(whole.inner.captures)
    return CustomHalves(function, (name_of(live), name), location, differentiable(whole, others), captured, forward,
                        backward)


def cotangents(block: Block, tree: Tree, args: list[Tree], name: str, location: Location | None) -> list[Operand]:
    """The cotangents that ``bwd`` returned: one for each argument, None for zeros."""
    if not isinstance(tree, Sequence) or len(tree.items) != len(args):
        what = f"{len(tree.items)} entries" if isinstance(tree, Sequence) else describe(tree)
        raise type_error(location, f"{name} must return a tuple with a cotangent for each of {len(args)} arguments, not {what}",
                         "return a tuple; None in it stands for zeros")
    found: list[Operand] = []
    for k, (part, arg) in enumerate(zip(tree.items, args, strict=True)):
        if isinstance(part, Const) and part.value is None:
            build = Builder(block, derived=True)
            found += [zeros_like(build, leaf) for leaf in leaves(arg) if is_differentiable(leaf)]
            continue
        what = f"cotangent {k} that {name} returns" if len(args) > 1 else f"the cotangent that {name} returns"
        check_alike(part, arg, what, f"argument {k}", location)
        found += fitted(block, part, arg, what, location)
    return found


# ---- checks ----------------------------------------------------------------------------------------------------------


def is_differentiable(leaf: Operand) -> bool:
    return isinstance(leaf, Value) and leaf.fact.may_vary


def differentiable(whole: Whole, args: list[Tree]) -> tuple[bool, ...]:
    """Which parameters the derivatives are for."""
    found = {leaf for a in args for leaf in leaves(a) if is_differentiable(leaf)}
    return tuple(p in found for p in whole.params)


def pair_of(tree: Tree, what: str, location: Location | None) -> tuple[Tree, Tree]:
    if not isinstance(tree, Sequence) or len(tree.items) != 2:
        raise type_error(location, f"{what}, not {describe(tree)}", "return a tuple of these two")
    return tree.items[0], tree.items[1]


def check_alike(tree: Tree, like: Tree, what: str, other: str, location: Location | None) -> None:
    """Check that a derivative has the structure of what it belongs to."""
    if structure(tree) != structure(like):
        raise type_error(location, f"{what} is {describe(tree)}, and {other} is {describe(like)}",
                         "give both the same structure")


def fitted(block: Block, tree: Tree, like: Tree, what: str, location: Location | None) -> list[Operand]:
    """The parts of a derivative that belong to what may vary, in its dtypes; their shapes are checked."""
    build = Builder(block, derived=True)
    found: list[Operand] = []
    for part, operand in zip(leaves(tree), leaves(like), strict=True):
        own, fact = fact_of_operand(part), fact_of_operand(operand)
        if not is_differentiable(operand):
            continue
        if own.shape is not None and fact.shape is not None and not same_shape(own.shape, fact.shape) and (
            (own.size is not None and fact.size is not None) or len(own.shape) != len(fact.shape)
        ):
            raise plain_error(location, f"{what} has shape {own.shape}, and what it belongs to {fact.shape}",
                              "return one of exactly that shape")
        if not same_shape(own.shape, fact.shape):
            reason = what + " has shape {actual}, and what it belongs to {expected}"
            message = explain(location, reason, "return one of exactly that shape")
            shapes = (build.one(core.SHAPE, part), build.one(core.SHAPE, operand))
            build.apply(core.CHECK_SHAPE, *shapes, Const(message))
        if own.dtype is not None and fact.dtype is not None and own.dtype != fact.dtype:
            part = build.one(core.CAST, part, Const(fact.dtype))
        found.append(part)
    return found
