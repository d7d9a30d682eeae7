"""Calls of derivatives: argument selection, structures and dtypes, on trees; the transforms do the rest.

``srcad.grad(f)(x)`` at the top level and inside a differentiated function are the same thing here: a ``Derivative`` of a
tree that is callable, called with trees.  So every derivative nests in every other, and what is checked here is
checked once for each signature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Sequence as Sequence_
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from srcad.errors import explain
from srcad.frontend.checks import (
    ALL,
    argument_name,
    check_differentiable,
    check_like,
    check_outputs,
    describe,
    location_of,
    positions_of,
    scalar_output,
    split_aux,
    type_error,
)
from srcad.frontend.construction import Construction
from srcad.frontend.containers import given, with_each, without_cells
from srcad.frontend.effects import Aftermath
from srcad.frontend.scope import Diverged, theirs
from srcad.frontend.trees import (
    Derivative,
    Pending,
    Sequence,
    Tree,
    leaves,
    rebuilt,
    unflattened,
)
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import PY_INT, Dim, Fact, array_fact, list_fact, same_shape
from srcad.ir.nodes import Apply, Block, Const, Display, Function, Location, Loop, Operand, Remark, Value
from srcad.ir.rewrite import cloned
from srcad.transforms import derive
from srcad.transforms.adjoint import halves
from srcad.transforms.linearize import linearized

Mask = tuple[bool, ...]
Run = Callable[[Function, Sequence_[Operand]], list[Operand]]
"""How a derived IR function is run: ``Derivatives.called``, or that and a check of what depends on what."""

Rule = Callable[["Derivatives", Derivative, list[Tree], dict[str, Tree], Any], Tree]
KINDS: dict[str, Rule] = {}


def kind(name: str) -> Callable[[Rule], Rule]:
    """Register what calling a derivative of a kind means."""

    def register(rule: Rule) -> Rule:
        KINDS[name] = rule
        return rule

    return register


@dataclass
class Applied:
    """A function specialised for arguments: its IR, the operands of a call, and which leaves are differentiated.

    ``inputs`` are the differentiated leaves in the order of the parameters, ``order`` their places among the leaves
    of ``chosen``, which are the arguments in the order that ``argnums`` gives.
    """

    function: Function
    operands: list[Operand]
    result: Tree
    chosen: list[Tree]
    active: Mask
    inputs: list[Operand]
    order: list[int]
    location: Location | None
    aftermath: Aftermath

    def as_chosen(self, operands: Sequence_[Any]) -> list[Any]:
        """What belongs to the inputs, in the order of the chosen leaves."""
        result: list[Any] = [None] * len(operands)
        for operand, place in zip(operands, self.order, strict=True):
            result[place] = operand
        return result

    def as_inputs(self, operands: Sequence_[Any]) -> list[Any]:
        """What belongs to the chosen leaves, in the order of the inputs."""
        return [operands[place] for place in self.order]


class Derivatives(Construction):
    """The part of lowering that calls derivatives."""

    params: list[Value]
    as_function: Callable[..., tuple[Function, list[Operand], Tree, Location | None, Aftermath]]

    def call_derivative(self, derivative: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        return KINDS[derivative.kind](self, derivative, args, kwargs, node)

    def call_pending(self, pending: Pending, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        if kwargs:
            raise theirs(TypeError(f"a {pending.kind} takes no keyword arguments"))
        return called_later(self, pending, args)

    # ---- applying ---------------------------------------------------------------------------------------------------

    def applied(
        self, function: Tree, args: list[Tree], kwargs: dict[str, Tree], argnums: Any, node: Any
    ) -> Applied:
        """The function specialised for the arguments, those at ``argnums`` differentiated."""
        location = location_of(function)
        positions = positions_of(argnums, len(args), location)
        args = [self.expanded(tree) if k in positions else tree for k, tree in enumerate(args)]
        chosen = [args[k] for k in positions]
        for k, tree in zip(positions, chosen, strict=True):
            check_differentiable(tree, argument_name(function, k), location)
        # stand-ins, so that one value passed twice is two inputs, and a literal an input too
        actual: dict[Value, Operand] = {}

        def stand_in(leaf: Operand) -> Tree:
            value = Value(leaf.name if isinstance(leaf, Value) else "", fact_of_operand(leaf))
            actual[value] = self.current(leaf)
            return value

        stood = {k: rebuilt(without_cells(args[k]), stand_in) for k in positions}
        places = {leaf: n for n, leaf in enumerate(leaf for k in positions for leaf in leaves(stood[k]))}
        passed = [stood.get(k, given(tree)) for k, tree in enumerate(args)]
        kwargs = {name: given(tree) for name, tree in kwargs.items()}
        ir, operands, result, location, aftermath = self.as_function(function, passed, kwargs, node, places)
        active = tuple(o in places for o in operands)
        order = [places[o] for o in operands if o in places]
        operands = [actual.get(o, o) if isinstance(o, Value) else o for o in operands]
        if ir.block.diverges:
            self.called(ir, operands)  # it raises whatever is asked of it
        inputs = [o for o, on in zip(operands, active, strict=True) if on]
        return Applied(ir, operands, result, chosen, active, inputs, order, location, aftermath)

    def called(self, function: Function, operands: Sequence_[Operand]) -> list[Operand]:
        """Run an IR function here; its results.

        Its instructions are put in place rather than called: what is differentiated again is then one function,
        and what is printed too.
        """
        for param, operand in zip(function.params, operands, strict=True):
            if isinstance(operand, Value) and not operand.name:
                operand.name = param.name
        return self.put_in_place(function, operands)

    def once(self, applied: Applied, function: Function, operands: Sequence_[Operand]) -> list[Operand]:
        """Run what has been made of a function here, and let what it has written into hold that; its results."""
        return applied.aftermath.applied(self, self.called(function, operands))

    def put_in_place(self, function: Function, operands: Sequence_[Operand]) -> list[Operand]:
        """Append a copy of a function's instructions; its results."""
        block = cloned(function.block, dict(zip(function.params, operands, strict=True)))
        remarks = self.frame.node is None
        for instruction in block.body:
            if isinstance(instruction, Apply):
                self.build.adopt(instruction)
            elif remarks or not isinstance(instruction, Remark):
                self.build.append(instruction)
        if block.diverges:
            raise Diverged
        return block.outs

    def remark(self, text: str) -> None:
        """Say in the code what comes, if it is that of a derivative itself."""
        if self.frame.node is None:
            self.build.append(Remark(text))

    def in_chunks(
        self, function: Function, operands: Sequence_[Operand], mask: Mask, chunk: int, total: Operand
    ) -> list[Operand]:
        """Run a function of rows on ``chunk`` of its ``total`` rows at a time; every result has rows."""
        starts = self.build.one(core.RANGE, Const(0), total, Const(chunk))
        start = Value("start", PY_INT)
        body = Block()
        with self.build.inside(body):
            stop = self.build.one(core.ADD, start, Const(chunk))
            part = Display("slice", (start, stop, Const(None)))
            parts = [self.build.one(core.INDEX, o, part) if on else o for o, on in zip(operands, mask, strict=True)]
            body.outs = self.put_in_place(function, parts)
        lists = [Value("", list_fact(fact_of_operand(o))) for o in body.outs]
        self.build.append(
            Loop((*lists, Value("trips", PY_INT), Value("stopped")), self.build.one(core.TRIPS, starts), False,
                 Value("k", PY_INT), [(starts, start)], [], [], Block(), None, Block(), body, self.build.location)
        )
        return [self.joined(rows, out) for rows, out in zip(lists, body.outs, strict=True)]

    def joined(self, rows: Value, out: Operand) -> Operand:
        """The chunks of one result as one array."""
        fact = fact_of_operand(out)
        known = fact.shape is not None and not any(isinstance(s, Dim) for s in fact.shape[1:])
        empty = (0, *fact.shape[1:]) if known and fact.shape is not None else (0,)
        whole = None if fact.shape is None else (Dim(), *fact.shape[1:])
        kind = fact.dtype if fact.dtype is not None else np.dtype(float)
        return self.build.apply(core.CHUNKS_JOINED, rows, Const(empty), Const(kind), facts=(array_fact(kind, whole),))[0]

    def detachment(self) -> Const:
        """What is said, once, if an active value goes into a derivative that keeps no graph."""
        return Const(explain(
            self.build.location, "an active value goes into an inner derivative with create_graph=False, which contributes "
            "nothing to the outer derivative", "pass create_graph=True",
        ))

    def detached(self, tree: Tree, message: Const) -> Tree:
        """The tree cut off from differentiation."""

        def leaf(operand: Operand) -> Tree:
            return self.build.one(core.DETACHED, operand, message) if isinstance(operand, Value) else operand

        return rebuilt(tree, leaf)

    def cast(self, operand: Operand, fact: Fact) -> Operand:
        """An operand in the dtype of a fact."""
        own = fact_of_operand(operand)
        if fact.dtype is None or (own.dtype == fact.dtype and (own.kind == "array" or own.is_scalar)):
            return operand  # a Python float becomes a NumPy one on its way to the caller
        return self.build.one(core.CAST, operand, Const(fact.dtype))

    def like_inputs(self, bars: Sequence_[Operand], inputs: Sequence_[Operand]) -> list[Operand]:
        """Derivatives in the dtypes of what they belong to."""
        return [self.cast(bar, fact_of_operand(x)) for bar, x in zip(bars, inputs, strict=True)]

    def same_shapes(self, given: Operand, expected: Operand, what: str, location: Location | None = None) -> None:
        """A check at run time, where the shapes are not known before."""
        a, b = fact_of_operand(given), fact_of_operand(expected)
        if same_shape(a.shape, b.shape):
            return
        self.check_shape(given, self.build.one(core.SHAPE, expected), (Const(what),), location)

    def scalar_at_run_time(self, output: Operand, location: Location | None = None) -> None:
        """A check at run time that an output of unknown rank is a scalar."""
        words = Const("the output, of which a gradient is asked,"), Const("return a scalar (np.sum), or use srcad.jacobian")
        self.check_shape(output, Const(()), words, location)

    def check_shape(
        self, given: Operand, expected: Operand, words: tuple[Operand, ...], location: Location | None
    ) -> None:
        """A check that the code makes; the place that its message names is that of the statement."""
        around = self.build.location
        self.build.location = location or around
        self.build.apply(core.CHECK_SHAPE, self.build.one(core.SHAPE, given), expected, *words)
        self.build.location = around

    def like_outputs(self, dots: Sequence_[Operand], outs: Sequence_[Operand]) -> list[Operand]:
        """Tangents in the dtypes of the outputs; an integer output has integer zeros."""
        return [self.cast(dot, fact_of_operand(y)) for dot, y in zip(dots, outs, strict=True)]

    def dims(self, operand: Operand) -> list[Operand]:
        """The sizes of an operand of known rank, literal where they are known."""
        shape = fact_of_operand(operand).shape
        assert shape is not None
        whole: Operand = Const(None)
        if any(isinstance(s, Dim) for s in shape):
            whole = self.build.one(core.SHAPE, operand)
        return [self.build.one(core.INDEX, whole, Const(k)) if isinstance(s, Dim) else Const(s)
                for k, s in enumerate(shape)]

    def shape_display(self, operand: Operand) -> Operand:
        """The sizes of an operand as one argument."""
        dims = self.dims(operand)
        known = [d.value for d in dims if isinstance(d, Const)]
        return Const(tuple(known)) if len(known) == len(dims) else Display("tuple", tuple(dims))

    def shape_of(self, operand: Operand) -> Operand:
        """The shape of an operand, literal if it is known."""
        fact = fact_of_operand(operand)
        return Const(fact.shape) if fact.size is not None else self.build.one(core.SHAPE, operand)

    def unit_rows(self, operands: Sequence_[Operand]) -> list[Operand]:
        """The rows of the identity, cut and shaped like the operands: (K, *shape) each, K their total size."""
        facts = [fact_of_operand(o) for o in operands]
        dtypes = [Const(f.dtype if f.dtype is not None else np.dtype(float)) for f in facts]
        if len(operands) == 1 and facts[0].ndim == 1:
            x = operands[0]
            count = self.build.one(core.LENGTH, x) if x in self.params else self.dims(x)[0]
            return [self.build.one(core.EYE, count, dtypes[0])]
        if any(f.shape is None for f in facts):
            shapes_of = list(map(self.shape_of, operands))
            unknown_rows = tuple(array_fact(f.dtype, None) for f in facts)
            kinds = Const(tuple(d.value for d in dtypes))
            return list(self.build.apply(core.UNIT_ROWS, kinds, *shapes_of, count=len(operands), facts=unknown_rows))
        sizes = [f.size for f in facts]
        total = sum(s for s in sizes if s is not None) if None not in sizes else Dim()
        made = tuple(array_fact(f.dtype, None if f.shape is None else (total, *f.shape)) for f in facts)
        shapes = [self.shape_display(o) for o in operands]
        kinds = Const(tuple(d.value for d in dtypes))
        return list(self.build.apply(core.UNIT_ROWS, kinds, *shapes, count=len(operands), facts=made))

    def blocks(self, rows: Operand, inner: Operand, outer: Sequence_[Operand], by_column: bool) -> list[Operand]:
        """Rows (K, *inner.shape), one for each element of the outer operands, cut into a block for each of these.

        ``by_column``: the axes of ``inner`` come first in a block, those of the outer operand last.
        """
        parts: list[Operand] = []
        start: Operand = Const(0)
        for x in outer:
            part = rows
            if len(outer) > 1:
                size = fact_of_operand(x).size
                step: Operand = Const(size) if size is not None else self.build.one(core.SIZE, x)
                stop = self.primitive(core.ADD, [start, step])
                assert isinstance(stop, Value | Const)
                index = Const(slice(start.value, stop.value)) if isinstance(start, Const) and isinstance(
                    stop, Const) else Display("slice", (start, stop, Const(None)))
                part = self.build.one(core.INDEX, rows, index)
                start = stop
            parts.append(self.shaped(part, x, inner, by_column))
        return parts

    def shaped(self, part: Operand, outer: Operand, inner: Operand, by_column: bool) -> Operand:
        """A block (outer.size, *inner.shape) as outer.shape + inner.shape, or the other way round."""
        if fact_of_operand(outer).shape is None or fact_of_operand(inner).shape is None:
            ends = (self.shape_of(outer), self.shape_of(inner))
            return self.build.one(core.BLOCK, part, *ends, Const(by_column))
        lead, tail = self.dims(outer), self.dims(inner)
        tree: Tree = part
        if len(lead) != 1:
            tree = self.primitive(np.reshape, [tree, Sequence(tuple, (*lead, *tail))])
        if by_column and lead and tail:
            axes = (*range(len(lead), len(lead) + len(tail)), *range(len(lead)))
            tree = self.primitive(np.transpose, [tree] if axes == (1, 0) else [tree, Const(axes)])
        assert isinstance(tree, Value | Const)
        return tree


def bare_or_tuple(argnums: Any, trees: list[Tree]) -> Tree:
    """Derivatives for ``argnums``: bare for an int, a tuple otherwise."""
    return trees[0] if isinstance(argnums, int) else Sequence(tuple, tuple(trees))


def over(trees: list[Tree], operands: list[Operand]) -> list[Tree]:
    """The structures of several trees over new leaves."""
    values = iter(operands)
    return [unflattened(tree, values) for tree in trees]


# ---- gradients ------------------------------------------------------------------------------------------------------


@kind("grad")
def call_grad(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    value, gradient = value_and_gradient(low, d, args, kwargs, node)
    if d.options.get("has_aux"):
        assert isinstance(value, Sequence)
        return Sequence(tuple, (gradient, value.items[1]))
    return gradient


@kind("value_and_grad")
def call_value_and_grad(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    return Sequence(tuple, value_and_gradient(low, d, args, kwargs, node))


def value_and_gradient(
    low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any
) -> tuple[Tree, Tree]:
    argnums = d.options.get("argnums", 0)
    applied = low.applied(d.function, args, kwargs, argnums, node)
    output, _ = split_aux(applied.result, bool(d.options.get("has_aux")), applied.location)
    scalar_output(output, applied.location)
    outs = list(leaves(applied.result))
    count = len(outs)
    position = next((k for k, leaf in enumerate(outs) if leaf is output), 0)
    function = derive.scalar_gradient(applied.function, applied.active, position)
    results = low.once(applied, function, applied.operands)
    if fact_of_operand(results[position]).shape is None:
        low.scalar_at_run_time(results[position], applied.location)
    bars = applied.as_chosen(low.like_inputs(results[count:], applied.inputs))
    value = unflattened(applied.result, iter(results[:count]))
    return value, bare_or_tuple(argnums, over(applied.chosen, bars))


# ---- forward and reverse products -----------------------------------------------------------------------------------


@kind("jvp")
def call_jvp(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    primals, tangents = args
    location = location_of(d.function)
    for tree, what in ((primals, "primals"), (tangents, "tangents")):
        if not isinstance(tree, Sequence) or tree.type is list:
            raise type_error(location, f"{what} must be a tuple with one entry for each argument, not {describe(tree)}",
                             "pass a tuple, (x,) for one argument")
    assert isinstance(primals, Sequence) and isinstance(tangents, Sequence)
    primals, tangents = (with_each(low.expanded, tree) for tree in (primals, tangents))
    assert isinstance(primals, Sequence) and isinstance(tangents, Sequence)
    check_like(tangents, primals, "tangents", location, low=low)
    for k, tree in enumerate(tangents.items):
        check_differentiable(tree, f"tangents[{k}]", location, "pass floats (v.astype(float))")
    applied = low.applied(d.function, list(primals.items), {}, ALL, node)
    _, aux = split_aux(applied.result, bool(d.options.get("has_aux")), location)
    given = applied.as_inputs(list(leaves(tangents)))
    dots = [low.cast(t, fact_of_operand(x)) for t, x in zip(given, applied.inputs, strict=True)]
    results = low.once(applied, derive.pushforward(applied.function, applied.active), [*applied.operands, *dots])
    count = applied.aftermath.count
    value = unflattened(applied.result, iter(results[:count]))
    moved = unflattened(applied.result, iter(low.like_outputs(results[count : 2 * count], results[:count])))
    if aux is None:
        return Sequence(tuple, (value, moved))
    assert isinstance(value, Sequence) and isinstance(moved, Sequence)
    return Sequence(tuple, (value.items[0], moved.items[0], value.items[1]))


@kind("vjp")
def call_vjp(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    if not args:
        raise type_error(location_of(d.function), "vjp is given no primals", "pass what is to be differentiated")
    applied = low.applied(d.function, args, kwargs, ALL, node)
    output, aux = split_aux(applied.result, bool(d.options.get("has_aux")), applied.location)
    count = len(list(leaves(applied.result)))
    chosen = len(list(leaves(output)))
    check_outputs(output, applied.location, "cotangent")
    seeded = tuple(k < chosen and isinstance(o, Value | Const) for k, o in enumerate(applied.function.outs))
    forward, backward = halves(applied.function, applied.active, seeded)
    results = low.once(applied, forward, applied.operands)
    value = unflattened(applied.result, iter(results[:count]))
    shown = value.items[0] if aux is not None and isinstance(value, Sequence) else value
    wanted = Sequence(tuple, tuple(applied.chosen))
    pull = Pending("pullback", backward, results[-1], shown, wanted, applied.location)
    if aux is None:
        return Sequence(tuple, (value, pull))
    assert isinstance(value, Sequence)
    return Sequence(tuple, (value.items[0], pull, value.items[1]))


@kind("linearize")
def call_linearize(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    if not args:
        raise type_error(location_of(d.function), "linearize is given no primals", "pass what is to be differentiated")
    applied = low.applied(d.function, args, kwargs, ALL, node)
    early, late = linearized(applied.function, applied.active)
    results = low.once(applied, early, applied.operands)
    value = unflattened(applied.result, iter(results[:-1]))
    given = Sequence(tuple, tuple(applied.chosen))
    return Sequence(tuple, (value, Pending("pushforward", late, results[-1], given, value, applied.location)))


def called_later(low: Derivatives, pending: Pending, args: list[Tree]) -> Tree:
    """Call a pullback or a linear map."""
    location = low.build.location or pending.location
    of = f" for {pending.location.function}" if pending.location is not None else ""
    if pending.kind == "pullback":
        if len(args) != 1:
            raise type_error(location, f"the pullback{of} takes one cotangent with the structure of the output, not "
                             f"{len(args)} arguments", "pass one argument")
        given: Tree = low.expanded(args[0])
        check_like(given, pending.given, f"the cotangent{of}", location)
    else:
        given = Sequence(tuple, tuple(map(low.expanded, args)))
        check_like(given, pending.given, f"the tangents{of}", location, strict_dtype=True)
    seeds = [low.cast(v, fact_of_operand(x)) for v, x in zip(leaves(given), leaves(pending.given), strict=True)]
    wanted = list(leaves(pending.wanted))
    results = low.called(pending.function, [pending.residuals, *seeds])
    cast = low.like_inputs(results[: len(wanted)], wanted)
    return unflattened(pending.wanted, iter(cast))


# ---- Jacobians and Hessians -----------------------------------------------------------------------------------------


def jacobian_blocks(
    low: Derivatives, applied: Applied, outputs: Sequence_[Operand], positions: list[int], reverse: bool, run: Run
) -> tuple[list[Operand], list[list[Operand]]]:
    """The primal results, and a block for each output (at ``positions`` of the results) and chosen leaf."""
    count, outs = applied.aftermath.count, len(applied.function.outs)
    inputs = applied.inputs
    if reverse:
        seeded = tuple(k in positions for k in range(outs))
        function = derive.pullback(applied.function, applied.active, seeded)
        seeds = low.unit_rows(outputs)
        mask = (False,) * len(applied.operands) + (True,) * len(seeds)
        results = run(derive.rows(function, mask, outs), [*applied.operands, *seeds])
        return results[:count], blocks_of_rows(low, results[count:], inputs, outputs)
    function = derive.pushforward(applied.function, applied.active)
    dots = low.unit_rows(inputs)
    mask = (False,) * len(applied.operands) + (True,) * len(dots)
    results = run(derive.rows(function, mask, outs), [*applied.operands, *dots])
    # not the outputs given, which may stand for results that are computed only here
    return results[:count], [low.blocks(results[count + k], results[k], inputs, True) for k in positions]


def blocks_of_rows(
    low: Derivatives, bars: Sequence_[Operand], inputs: Sequence_[Operand], outputs: Sequence_[Operand]
) -> list[list[Operand]]:
    """The blocks for each output and input, of cotangents one below the other."""
    columns = [low.blocks(rows, x, outputs, False) for rows, x in zip(bars, inputs, strict=True)]
    return [[column[i] for column in columns] for i in range(len(outputs))]


def jacobian_in_halves(
    low: Derivatives, applied: Applied, positions: list[int], run: Run, chunk: int | None
) -> tuple[list[Operand], list[list[Operand]]]:
    """As ``jacobian_blocks`` in reverse: the forward sweep, then the backward sweep for the outputs as they are."""
    count = applied.aftermath.count
    seeded = tuple(k in positions for k in range(len(applied.function.outs)))
    forward, backward = halves(applied.function, applied.active, seeded)
    low.remark("forward")
    results = run(forward, applied.operands)
    low.remark("backward")
    outputs = [results[k] for k in positions]
    seeds = low.unit_rows(outputs)
    mask = (False, *(True,) * len(seeds))
    given = [results[count], *seeds]
    swept = derive.rows(backward, mask, 0)
    if chunk is None:
        bars = low.called(swept, given)
    else:
        bars = low.in_chunks(swept, given, mask, chunk, low.build.one(core.LENGTH, seeds[0]))
    return results[:count], blocks_of_rows(low, bars, applied.inputs, outputs)


@kind("jacobian")
def call_jacobian(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    """``jacrev``, ``jacfwd`` and ``jacobian``: option ``mode`` is "reverse", "forward" or "cheaper"."""
    argnums = d.options.get("argnums", 0)
    has_aux = bool(d.options.get("has_aux"))
    applied = low.applied(d.function, args, kwargs, argnums, node)
    output, aux = split_aux(applied.result, has_aux, applied.location)
    mode = d.options.get("mode", "cheaper")
    check_outputs(output, applied.location, "Jacobian", integers=mode != "reverse")
    inside = list(leaves(output))
    outs = list(leaves(applied.result))
    positions = [k for k, leaf in enumerate(outs) if any(leaf is i for i in inside)]
    reverse = mode == "reverse" or (mode == "cheaper" and cheaper_by_rows(inside, applied.inputs))
    if reverse and any(not fact_of_operand(leaf).may_vary for leaf in inside):
        reverse = False
    stand_ins = [Value("", fact_of_operand(leaf)) for leaf in inside]
    chunk = d.options.get("chunk_size")
    primal, blocks = jacobian_with_outputs(low, applied, stand_ins, positions, reverse, None, chunk)
    rows: list[Tree] = []
    for i, leaf in enumerate(inside):
        pairs = zip(blocks[i], applied.inputs, strict=True)
        cast = [low.cast(b, fact_of_operand(x if reverse else leaf)) for b, x in pairs]
        rows.append(bare_or_tuple(argnums, over(applied.chosen, applied.as_chosen(cast))))
    parts = iter(rows)
    jacobian = grafted(output, parts)
    if aux is None:
        return jacobian
    value = unflattened(applied.result, iter(primal))
    assert isinstance(value, Sequence)
    return Sequence(tuple, (jacobian, value.items[1]))


def jacobian_with_outputs(
    low: Derivatives, applied: Applied, stand_ins: list[Value], positions: list[int], reverse: bool,
    run: Run | None = None, chunk: int | None = None,
) -> tuple[list[Operand], list[list[Operand]]]:
    """Reverse mode needs the shapes of the outputs before the backward sweep: from what is known, or from the forward one."""
    run = run or partial(low.once, applied)
    if not stand_ins:
        return low.once(applied, applied.function, applied.operands), []
    if reverse and (chunk is not None or any(v.fact.size is None for v in stand_ins)):
        return jacobian_in_halves(low, applied, positions, run, chunk)
    return jacobian_blocks(low, applied, stand_ins, positions, reverse, run)


def grafted(output: Tree, parts: Iterator[Tree]) -> Tree:
    """The structure of an output with a tree in the place of each leaf."""
    return rebuilt(output, lambda _: next(parts))


def cheaper_by_rows(outputs: list[Operand], inputs: list[Operand]) -> bool:
    """Whether there are fewer outputs than inputs; reverse mode if that is not known."""
    out_sizes = [fact_of_operand(o).size for o in outputs]
    in_sizes = [fact_of_operand(x).size for x in inputs]
    if None in out_sizes or None in in_sizes:
        return True
    return sum(s for s in out_sizes if s is not None) <= sum(s for s in in_sizes if s is not None)


@kind("hessian")
def call_hessian(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    argnums = d.options.get("argnums", 0)
    applied = low.applied(d.function, args, kwargs, argnums, node)
    output = applied.result
    if not isinstance(output, Value) or output.fact.shape != ():
        # not scalar: columns of the Jacobian's derivative
        inner = Derivative("jacobian", d.function, {"argnums": argnums, "mode": "reverse"})
        outer = Derivative("jacobian", inner, {"argnums": argnums, "mode": "forward"})
        return low.call_derivative(outer, args, kwargs, node)
    check_outputs(output, applied.location, "gradient")
    blocks = hessian_blocks(low, applied, d.options)
    rows = [bare_or_tuple(argnums, over(applied.chosen, applied.as_chosen(row))) for row in applied.as_chosen(blocks)]
    values = iter(rows)
    return bare_or_tuple(argnums, [grafted(tree, values) for tree in applied.chosen])


def hessian_blocks(
    low: Derivatives, applied: Applied, options: dict[str, Any], run: Run | None = None
) -> list[list[Operand]]:
    """``blocks[i][j]`` has shape x_i.shape + x_j.shape: rows for the directions in x_i of the gradient for x_j."""
    inputs = applied.inputs
    outs = len(applied.function.outs)
    function = derive.hessian_product(applied.function, applied.active)
    dots = low.unit_rows(inputs)
    first = applied.aftermath.count + len(inputs)
    mask = (False,) * len(applied.operands) + (True,) * len(dots)
    run = run or partial(low.once, applied)
    results = run(derive.rows(function, mask, outs + len(inputs)), [*applied.operands, *dots])
    by_gradient = [low.blocks(rows, x, inputs, False) for rows, x in zip(results[first:], inputs, strict=True)]
    by_input = options.get("dtype_of", "row") == "row"
    return [
        [
            low.cast(by_gradient[j][i], fact_of_operand(inputs[i if by_input else j]))
            for j in range(len(inputs))
        ]
        for i in range(len(inputs))
    ]


@kind("hvp")
def call_hvp(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    argnums = d.options.get("argnums", 0)
    location = location_of(d.function)
    if not args:
        raise type_error(location, "the vector v is missing", "pass it behind the arguments of the function")
    *args, v = args
    applied = low.applied(d.function, args, kwargs, argnums, node)
    scalar_output(applied.result, applied.location)
    expected = bare_or_tuple(argnums, applied.chosen)
    v = low.expanded(v)
    check_like(v, expected, "v", applied.location, low=low)
    _, product = hessian_vector(low, applied, applied.as_inputs(list(leaves(v))))
    return bare_or_tuple(argnums, over(applied.chosen, applied.as_chosen(product)))


def hessian_vector(low: Derivatives, applied: Applied, v: Sequence_[Operand]) -> tuple[list[Operand], list[Operand]]:
    """The primal results, and the product of the Hessian with a vector, in the order of the inputs."""
    inputs = applied.inputs
    dots = [low.cast(t, fact_of_operand(x)) for t, x in zip(v, inputs, strict=True)]
    count = applied.aftermath.count
    results = low.once(applied, derive.hessian_product(applied.function, applied.active), [*applied.operands, *dots])
    return results[:count], low.like_inputs(results[count + len(inputs) :], inputs)

