"""Calls of ``srcad.vmap(f)``: which arguments are mapped, where their axes are, and how results are laid out."""

from __future__ import annotations

from collections.abc import Sequence as Sequence_
from typing import Any

import numpy as np

from srcad.analysis.rows import Flags, batched_outs
from srcad.errors import DifferentiationValueError, explain
from srcad.frontend.checks import describe, location_of, plain_error, value_error
from srcad.frontend.derivatives import Derivatives, kind
from srcad.frontend.trees import Derivative, Mapping, Sequence, Tree, is_number, leaves, rebuilt, unflattened
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import ANY, Dim, Fact, unrelated
from srcad.ir.nodes import Apply, Call, Const, Function, Location, Operand, Value, blocks_of
from srcad.transforms.batch import batched


class OutDimsError(DifferentiationValueError, IndexError):
    """An output has no axis where ``out_dims`` wants the batch."""


def axes_for(tree: Tree, dims: Any, location: Location | None) -> list[int | None]:
    """The axis of each leaf of an argument."""
    if type(dims) is int and isinstance(tree, Const):
        raise value_error(location, f"a mapped argument is {describe(tree)}, no array", "pass arrays, or None in in_dims")
    if dims is None or type(dims) is int:
        return [dims] * len(list(leaves(tree)))
    remedy = "give in_dims the structure of the arguments, with ints and None for leaves"
    if isinstance(tree, Sequence) and isinstance(dims, tuple | list) and len(dims) == len(tree.items):
        return [axis for item, part in zip(tree.items, dims, strict=True) for axis in axes_for(item, part, location)]
    if isinstance(tree, Mapping) and isinstance(dims, dict) and dims.keys() == tree.items.keys():
        return [axis for key, item in tree.items.items() for axis in axes_for(item, dims[key], location)]
    raise value_error(location, f"in_dims={dims!r} does not match the arguments", remedy)


@kind("vmap")
def call_vmap(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    location = location_of(d.function)
    in_dims, out_dims = d.options.get("in_dims", 0), d.options.get("out_dims", 0)
    if not args:
        raise value_error(location, "vmap of a call without positional arguments", "pass what is to be mapped by position")
    if type(in_dims) is not int and not isinstance(in_dims, tuple):
        raise value_error(location, f"in_dims={in_dims!r} is neither an int nor a tuple", "pass an int or a tuple")
    if isinstance(in_dims, tuple) and len(in_dims) != len(args):
        raise value_error(location, f"in_dims={in_dims!r} has not one entry for each of {len(args)} arguments",
                          "pass one for each")
    dims = in_dims if isinstance(in_dims, tuple) else (in_dims,) * len(args)
    axes = [axis for tree, part in zip(args, dims, strict=True) for axis in axes_for(tree, part, location)]
    if all(axis is None for axis in axes):
        raise value_error(location, "no argument is mapped", "give one an axis in in_dims")
    actual: dict[Value, tuple[Operand, bool]] = {}
    rows = stand_ins(low, args, axes, actual, location)
    ir, operands, result, _, _ = low.as_function(d.function, rows, kwargs, node, actual, False)
    if d.options.get("randomness", "error") != "same" and draws(ir, set()):
        raise plain_error(location, "the mapped function draws random numbers, which would be the same for all rows",
                          "draw them outside and map over them, or pass randomness='same'")
    mask = tuple(isinstance(o, Value) and actual.get(o, (o, False))[1] for o in operands)
    passed = [actual[o][0] if isinstance(o, Value) and o in actual else o for o in operands]
    flags = batched_outs(ir, mask)
    chunk = d.options.get("chunk_size")
    if chunk is None or not all(flags):  # what is the same for all rows is not cut
        results = low.called(batched(ir, mask), passed)
    else:
        total = low.build.one(core.LENGTH, next(o for o, on in zip(passed, mask, strict=True) if on))
        results = low.in_chunks(batched(ir, mask), passed, mask, chunk, total)
    return laid_out(low, result, results, flags, out_dims, actual, location)


def draws(function: Function, seen: set[Function]) -> bool:
    """Whether random numbers are drawn in a function or in what it calls."""
    seen.add(function)
    pending = [function.block]
    while pending:
        for instruction in pending.pop().body:
            pending.extend(blocks_of(instruction))
            if isinstance(instruction, Apply) and not instruction.primitive.pure:
                name = instruction.primitive.name
                if name.startswith(("np.random.", "Random.")) and name not in SEEDING:
                    return True
            if isinstance(instruction, Call) and instruction.function not in seen and draws(instruction.function, seen):
                return True
    return False


SEEDING = frozenset(["np.random.default_rng", "np.random.seed", "np.random.RandomState", "np.random.get_state"])
"""What draws no numbers itself."""


def stand_ins(
    low: Derivatives, args: list[Tree], axes: list[int | None], actual: dict[Value, tuple[Operand, bool]],
    location: Location | None,
) -> list[Tree]:
    """The arguments as one row sees them; ``actual`` maps each leaf to all rows, the batch axis first."""
    pending = iter(axes)
    sizes: list[Any] = []

    def leaf(operand: Operand) -> Tree:
        axis = next(pending)
        fact = fact_of_operand(operand)
        if axis is not None and fact.kind == "py":
            raise value_error(location, "a Python number has no axis to be mapped", "pass arrays, or None in in_dims")
        if axis is None:
            value = Value(operand.name if isinstance(operand, Value) else "", fact)
            actual[value] = (operand, False)
            low.examples.same(value, operand)
            return value if not isinstance(operand, Const) else operand
        if fact.kind not in ("array", "num", "any"):
            reason = f"a mapped argument is {describe(operand)}, no array"
            raise value_error(location, reason, "pass arrays, or None in in_dims")
        if fact.shape is None and axis == 0:
            value = Value(operand.name if isinstance(operand, Value) else "", ANY)
            actual[value] = (operand, True)
            return value
        if fact.shape is None:
            raise value_error(location, "the rank of a mapped argument is not known", "call vmap on arrays directly")
        ndim = len(fact.shape)
        if not -ndim <= axis < ndim:
            raise value_error(location, f"in_dims axis {axis} is out of range for an argument of shape {fact.shape}",
                              "name an axis that the argument has")
        axis %= ndim
        sizes.append(fact.shape[axis])
        rest = fact.shape[:axis] + fact.shape[axis + 1 :]
        value = Value(operand.name if isinstance(operand, Value) else "", Fact("array", fact.dtype, rest))
        moved: Tree = operand
        if axis:
            order = (axis, *range(axis), *range(axis + 1, ndim))
            moved = low.primitive(np.transpose, [operand, Const(order)])
        assert isinstance(moved, Value | Const)
        actual[value] = (moved, True)
        return value

    trees = [rebuilt(tree, leaf) for tree in args]
    known = {s for s in sizes if not isinstance(s, Dim)}
    if len(known) > 1:
        raise value_error(location, f"the mapped axes have different sizes: {sorted(known)}", "map axes of one size")
    return trees


def laid_out(
    low: Derivatives, result: Tree, results: Sequence_[Operand], flags: Flags, out_dims: Any,
    actual: dict[Value, tuple[Operand, bool]], location: Location | None,
) -> Tree:
    """The results with their batch axes where ``out_dims`` wants them."""
    dims = out_axes(result, out_dims, location)
    size = low.build.one(core.LENGTH, next(o for o, on in actual.values() if on))
    placed: list[Operand] = []
    for value, batch, axis in zip(results, flags, dims, strict=True):
        fact = unrelated(fact_of_operand(value))
        if axis is None:
            if batch:
                raise value_error(location, "out_dims is None for an output that is batched", "give it an axis")
            placed.append(value)
            continue
        rows: Operand = value
        if not batch:
            shape = low.build.one(core.SHAPE, value) if fact.shape != () else Const(())
            rows = low.build.one(core.BROADCAST, value, low.build.one(core.PREFIXED, size, shape))
        ndim = fact_of_operand(rows).ndim
        if ndim is None and axis == 0:
            placed.append(rows)
            continue
        if ndim is None:
            raise value_error(location, "the rank of an output is not known", "call vmap on arrays directly")
        if not -ndim <= axis < ndim:
            raise OutDimsError(explain(location, f"out_dims axis {axis} is out of range for an output with "
                                       f"{ndim} axes", "name an axis that the output has"))
        axis %= ndim
        if axis:
            order = (*range(1, axis + 1), 0, *range(axis + 1, ndim))
            moved = low.primitive(np.transpose, [rows, Const(order)])
            assert isinstance(moved, Value | Const)
            rows = moved
        placed.append(rows)
    return unflattened(result, iter(placed))


def type_of(tree: Sequence) -> type:
    return list if tree.type is list else tuple


def out_axes(tree: Tree, dims: Any, location: Location | None) -> list[int | None]:
    """The axis of each leaf of the result; what is no array has none."""
    if dims is None:
        return [None] * len(list(leaves(tree)))
    if type(dims) is int and not isinstance(tree, Sequence | Mapping):
        if (isinstance(tree, Const) and not is_number(tree)) or (isinstance(tree, Value) and tree.fact.kind == "object"):
            raise value_error(location, f"an output of the mapped function is {describe(tree)}, no array",
                              "return arrays, or give it None in out_dims")
        return [dims] * len(list(leaves(tree)))
    if type(dims) is int:
        parts = tree.items if isinstance(tree, Sequence) else tuple(tree.items.values())  # type: ignore[union-attr]
        return [axis for part in parts for axis in out_axes(part, dims, location)]
    if isinstance(dims, tuple) and len(dims) == 1 and isinstance(tree, Value | Const):
        return out_axes(tree, dims[0], location)
    alike = isinstance(tree, Sequence) and isinstance(dims, tuple | list) and type(dims) is type_of(tree)
    if alike and isinstance(tree, Sequence) and isinstance(dims, tuple | list) and len(dims) == len(tree.items):
        return [a for item, part in zip(tree.items, dims, strict=True) for a in out_axes(item, part, location)]
    if isinstance(tree, Mapping) and isinstance(dims, dict) and dims.keys() == tree.items.keys():
        return [a for key, item in tree.items.items() for a in out_axes(item, dims[key], location)]
    raise value_error(location, f"out_dims={dims!r} does not match the output", "give it the structure of the output")


