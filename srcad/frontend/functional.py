"""The kinds behind ``srcad.functional``: torch.autograd.functional's structures, ``v`` rules and ``strict``."""

from __future__ import annotations

from collections.abc import Sequence as Sequence_
from dataclasses import replace
from typing import Any

import numpy as np

from srcad.errors import DifferentiationError, explain
from srcad.frontend.checks import (
    ALL,
    argument_name,
    check_differentiable,
    describe,
    location_of,
    plain_error,
    type_error,
    unknown,
)
from srcad.frontend.derivatives import (
    Applied,
    Derivatives,
    Run,
    hessian_blocks,
    hessian_vector,
    jacobian_with_outputs,
    kind,
)
from srcad.frontend.trees import Derivative, Sequence, Tree, is_number
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import Fact, same_shape
from srcad.ir.nodes import Apply, Const, Function, Location, Operand, Value
from srcad.transforms import derive
from srcad.transforms.adjoint import halves
from srcad.transforms.dependence import dependence


def flat_tuple(tree: Tree, what: str, location: Location | None) -> list[Tree]:
    """One leaf or a flat tuple of leaves, as ``functional`` takes and gives them."""
    if isinstance(tree, Sequence):
        if tree.type is list or not all(isinstance(item, Value | Const) for item in tree.items):
            found = next((f"; entry {k} is {describe(item)}" for k, item in enumerate(tree.items)
                          if not isinstance(item, Value | Const)), "") if tree.type is not list else ""
            reason = f"{what} must be an array or a flat tuple of arrays, not {describe(tree)}{found}"
            raise type_error(location, reason, "use a flat tuple of arrays")
        return list(tree.items)
    if not isinstance(tree, Value | Const):
        raise type_error(location, f"{what} must be an array or a flat tuple of arrays, not {describe(tree)}",
                         "use a flat tuple of arrays")
    return [tree]


def wrapped(parts: list[Any], like: Tree) -> Tree:
    """Results in the wrapping of the original: a tuple for a tuple, bare for bare."""
    return Sequence(tuple, tuple(parts)) if isinstance(like, Sequence) else parts[0]


def arguments(d: Derivative, args: list[Tree], names: tuple[str, ...]) -> list[Tree]:
    """The arguments of a product, of which ``v`` may be left out."""
    if not 0 < len(args) <= len(names):
        reason = f"{d.kind.split('.')[-1]} takes {' and '.join(names)}, not {len(args)} arguments"
        raise type_error(location_of(d.function), reason, "pass several inputs as a tuple")
    return [*args, *[Const(None)] * (len(names) - len(args))]


def start(low: Derivatives, d: Derivative, inputs: Tree, node: Any) -> tuple[list[Tree], Location | None]:
    location = location_of(d.function)
    parts = flat_tuple(inputs, "inputs", location)
    if not parts:
        raise plain_error(location, "inputs is an empty tuple, so there is nothing to differentiate", "pass an array")
    remedy = "pass floats (x.astype(float)), or let the function capture what is not to be differentiated"
    for k, part in enumerate(parts):
        check_differentiable(part, argument_name(d.function, k), location, remedy)
    return parts, location


def outputs_of(applied: Applied) -> list[Tree]:
    """The outputs; ``DifferentiationTypeError`` for what is no array."""
    location = applied.location
    outputs = flat_tuple(applied.result, "the outputs of the function", location)
    for k, out in enumerate(outputs):
        if (isinstance(out, Const) and not is_number(out)) or (isinstance(out, Value) and out.fact.kind == "object"):
            which = f"output {k}" if len(outputs) > 1 else "the output"
            reason = f"the outputs of the function must be arrays of numbers; {which} is {describe(out)}"
            raise type_error(location, reason, "return an array or a flat tuple of arrays")
    return outputs


class LikeOutputs:
    """Stands for the ``v`` of a ``vjp`` whose source alone is wanted: as the outputs turn out to be."""


def vector(low: Derivatives, v: Tree, like: list[Operand], what: str, location: Location | None) -> list[Operand]:
    """``v`` as operands in the dtypes of what it matches; ones if it is None and there is one element."""
    if isinstance(v, Const) and v.value is None:
        if len(like) != 1 or fact_of_operand(like[0]).size != 1:
            shapes = ", ".join(str(fact_of_operand(x).shape) for x in like)
            raise plain_error(location, f"v may be left out only if there is exactly one {what} of one element; here "
                              f"the {what} shapes are {shapes}", f"pass v with the shape of the {what}s")
        fact = fact_of_operand(like[0])
        if fact.shape == ():
            return [low.cast(Const(1.0), fact)]
        return [low.primitive(np.ones, [Const(fact.shape), Const(fact.dtype)])]  # type: ignore[list-item]
    if isinstance(v, Const) and v.value is LikeOutputs:
        facts = [fact_of_operand(x) for x in like]
        given = [Value("", replace(f, kind="array") if f.kind in ("py", "num") else f) for f in facts]
        low.params.extend(given)
        return [low.cast(x, f) for x, f in zip(given, facts, strict=True)]
    parts = flat_tuple(v, "v", location)
    if len(parts) != len(like):
        raise plain_error(location, f"v has {len(parts)} entries, the {what}s {len(like)}", "pass one for each")
    result: list[Operand] = []
    for k, (part, x) in enumerate(zip(parts, like, strict=True)):
        name = f"v[{k}]" if len(parts) > 1 else "v"
        own, other = fact_of_operand(part), fact_of_operand(x)  # type: ignore[arg-type]
        if own.kind == "object" or (isinstance(part, Const) and not is_number(part)) or (
            own.kind == "py" and other.shape != ()
        ) or (own.dtype is not None and own.dtype.kind not in "fiub"):
            reason = f"{name} is {describe(part)}, not an array of real numbers like the {what} that it belongs to"
            raise type_error(location, reason, "pass an array")
        if not same_shape(own.shape, other.shape) and (unknown(own, other) or own.shape is None or other.shape is None):
            if what == "input":
                low.same_shapes(part, x, name, location)  # type: ignore[arg-type]
        elif not same_shape(own.shape, other.shape):
            raise plain_error(location, f"{name} has shape {own.shape}, the {what} that it belongs to {other.shape}",
                              "pass v of exactly that shape")
        result.append(low.cast(part, other))  # type: ignore[arg-type]
    return result


def second_half(
    low: Derivatives, backward: Function, residuals: Operand, seeds: list[Operand]
) -> list[Operand]:
    """Run a backward half behind its forward half, whose values it can read as they are."""
    packed = low.build.definition(residuals, core.PACKED)
    body = backward.block.body
    if packed is None or not body or not isinstance(body[0], Apply) or body[0].primitive is not core.UNPACKED:
        return low.called(backward, [residuals, *seeds])
    block = replace(backward.block, body=body[1:])
    params = [*body[0].results, *backward.params[1:]]
    direct = Function(backward.name, params, block, backward.location, written=backward.written)
    return low.called(direct, [*packed.args, *seeds])


def strict_function(low: Derivatives, applied: Applied, function: Any, operands: list[Operand], bits: list[int]) -> tuple[
    list[Operand], list[Operand]
]:
    """Call a function that also tells what its results depend on (bit by bit)."""
    results = low.called(dependence(function, tuple(bits)), operands)
    count = len(function.outs)
    return applied.aftermath.applied(low, results[:count]), applied.aftermath.without_lasts(results[count:])


def require(low: Derivatives, applied: Applied, deps: Sequence_[Operand], bits: int, reason: str) -> None:
    """Refuse unless one of the dependences has one of the bits."""
    total = deps[0]
    for dep in deps[1:]:
        total = low.build.one(core.EITHER, total, dep)
    message = explain(applied.location, f"strict: {reason}", "pass strict=False, which gives zeros there")
    low.build.apply(core.REQUIRE, total, Const(bits), Const(message))


def strict_outputs(low: Derivatives, applied: Applied, deps: Sequence_[Operand]) -> None:
    """Every output must depend on some input, every input must matter to some output."""
    name = applied.location.function if applied.location else "the function"
    for i, dep in enumerate(deps):
        require(low, applied, [dep], -1, f"Output {i} of {name} is independent of all inputs")
    for j in range(len(applied.inputs)):
        require(low, applied, list(deps), 1 << j, f"the outputs of {name} are independent of input {j}")


def input_bits(applied: Applied, extra: list[int]) -> list[int]:
    """A bit for each differentiated parameter, then those given for further parameters."""
    bits, k = [], 0
    for on in applied.active:
        bits.append(1 << k if on else 0)
        k += on
    return [*bits, *extra]


def finished(low: Derivatives, d: Derivative, outputs: Tree | None, result: Tree, node: Any) -> Tree:
    """The results, detached unless a graph is to be kept."""
    both = result if outputs is None else Sequence(tuple, (outputs, result))
    if d.options.get("create_graph") or d.options.get("top"):
        return both
    return low.detached(both, low.detachment())


@kind("functional.vjp")
def functional_vjp(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    inputs, v = arguments(d, args, ("inputs", "v"))
    parts, location = start(low, d, inputs, node)
    applied = low.applied(d.function, parts, {}, ALL, node)
    outputs = outputs_of(applied)
    floats = tuple(isinstance(o, Value | Const) and fact_of_operand(o).may_vary for o in outputs)
    seeded = floats + (False,) * len(applied.aftermath.written)
    try:
        seeds = vector(low, v, [o for o in outputs if isinstance(o, Value | Const)], "output", location)
    except DifferentiationError as error:
        error.after_call = True  # v is looked at only when the function has been called
        raise
    function = derive.pullback(applied.function, applied.active, seeded)
    given_seeds = [s for s, on in zip(seeds, floats, strict=True) if on]
    operands = [*applied.operands, *given_seeds]
    count = len(outputs)
    unsure = [k for k, on in enumerate(floats) if on and fact_of_operand(applied.function.outs[k]).size is None]
    if d.options.get("strict"):
        given = not (isinstance(v, Const) and v.value is None)
        bits = input_bits(applied, [1 << len(parts) if given else 0] * sum(floats))
        results, deps = strict_function(low, applied, function, operands, bits)
        mask = (1 << len(parts)) - 1
        strict_outputs(low, applied, deps[:count])
        if d.options.get("create_graph"):
            for j, dep in enumerate(deps[count:]):
                reason = f"the vjp for input {j} is independent of the inputs"
                require(low, applied, [dep], mask | 1 << len(parts), reason)
    elif unsure:  # v is checked when the outputs are there, and before it is used
        forward, backward = halves(applied.function, applied.active, seeded)
        results = low.once(applied, forward, applied.operands)
        for k in unsure:
            low.same_shapes(seeds[k], results[k], f"v[{k}]" if count > 1 else "v", location)
        results = [*results[:count], *second_half(low, backward, results[-1], given_seeds)]
    else:
        results = low.once(applied, function, operands)
    bars = low.like_inputs(results[count:], applied.inputs)
    value = wrapped(results[:count], applied.result)
    return finished(low, d, value, wrapped(applied.as_chosen(bars), inputs), node)


@kind("functional.jvp")
def functional_jvp(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    inputs, v = arguments(d, args, ("inputs", "v"))
    parts, location = start(low, d, inputs, node)
    dots = vector(low, v, list(parts), "input", location)  # type: ignore[arg-type]
    applied = low.applied(d.function, parts, {}, ALL, node)
    outputs = outputs_of(applied)
    for k, out in enumerate(outputs):
        if isinstance(out, Value | Const) and not fact_of_operand(out).may_vary:
            raise type_error(location, f"output {k} is {describe(out)}, which has no tangent", "return floats")
    function = derive.pushforward(applied.function, applied.active)
    operands = [*applied.operands, *applied.as_inputs(dots)]
    count = len(outputs)
    if d.options.get("strict"):
        bits = input_bits(applied, [1 << len(parts)] * len(parts))
        results, deps = strict_function(low, applied, function, operands, bits)
        strict_outputs(low, applied, deps[:count])
        name = location.function if location else "the function"
        for i, dep in enumerate(deps[count : 2 * count]):
            require(low, applied, [dep], -1, f"the tangent of output {i} of {name} does not depend on v")
            if d.options.get("create_graph"):
                mask = (1 << len(parts)) - 1
                require(low, applied, [dep], mask, f"the jvp of output {i} is independent of the inputs")
    else:
        results = low.once(applied, function, operands)
    moved = [low.cast(r, fact_of_operand(y)) for r, y in zip(results[count : 2 * count], results[:count], strict=True)]
    return finished(low, d, wrapped(results[:count], applied.result), wrapped(moved, applied.result), node)


def single_output(applied: Applied) -> Value:
    """The one output of one element that a Hessian is of."""
    outputs = outputs_of(applied)
    if isinstance(applied.result, Sequence):
        raise plain_error(applied.location, "a Hessian is of one array of one element, not of a tuple",
                          "return one scalar")
    (out,) = outputs
    assert isinstance(out, Value | Const)
    fact = fact_of_operand(out)
    if fact.size != 1 and fact.shape is not None:
        raise plain_error(applied.location, f"a Hessian is of one output of one element; this one has shape {fact.shape}",
                          "reduce it (np.sum), or use srcad.hessian, which takes any shape")
    return out  # type: ignore[return-value]


def second_order(low: Derivatives, d: Derivative, args: list[Tree], node: Any) -> Tree:
    """``hvp`` and ``vhp``: the Hessian is symmetric, and forward over reverse the cheaper way to both."""
    inputs, v = arguments(d, args, ("inputs", "v"))
    parts, location = start(low, d, inputs, node)
    dots = vector(low, v, list(parts), "input", location)  # type: ignore[arg-type]
    applied = low.applied(d.function, parts, {}, ALL, node)
    single_output(applied)
    v_inputs = applied.as_inputs(dots)
    if d.options.get("strict"):
        value, product = strict_product(low, d, applied, v_inputs, len(parts))
    else:
        value, product = hessian_vector(low, applied, v_inputs)
    if fact_of_operand(value[0]).shape is None:
        low.scalar_at_run_time(value[0], location)
    return finished(low, d, value[0], wrapped(applied.as_chosen(product), inputs), node)


def strict_product(
    low: Derivatives, d: Derivative, applied: Applied, v: list[Operand], count: int
) -> tuple[list[Operand], list[Operand]]:
    function = derive.hessian_product(applied.function, applied.active)
    bits = input_bits(applied, [1 << count] * count)
    results, deps = strict_function(low, applied, function, [*applied.operands, *v], bits)
    mask = (1 << count) - 1
    strict_outputs(low, applied, deps[:1])
    for j, dep in enumerate(deps[1 + count :]):
        # the tangent of a gradient that depends on no input does not depend on v
        require(low, applied, [dep], 1 << count, f"the gradient for input {j} is independent of all inputs")
    if d.options.get("create_graph"):
        for j, dep in enumerate(deps[1 + count :]):
            require(low, applied, [dep], mask, f"the Hessian product for input {j} is independent of the inputs")
    return results[:1], low.like_inputs(results[1 + count :], applied.inputs)


@kind("functional.hvp")
def functional_hvp(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    return second_order(low, d, args, node)


@kind("functional.vhp")
def functional_vhp(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    return second_order(low, d, args, node)


@kind("functional.jacobian")
def functional_jacobian(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    (inputs,) = arguments(d, args, ("inputs",))
    parts, location = start(low, d, inputs, node)
    applied = low.applied(d.function, parts, {}, ALL, node)
    outputs = outputs_of(applied)
    if d.options.get("strict") and d.options.get("vectorize"):
        raise strict_and_vectorize(location)
    reverse = d.options.get("strategy") != "forward-mode"
    stand_ins = [Value("", as_array(fact_of_operand(o))) for o in outputs]  # type: ignore[arg-type]
    # an integer output has no cotangent; forward mode gives its zeros
    by_rows = reverse and all(v.fact.may_vary for v in stand_ins)
    run: Run | None = None
    if d.options.get("strict"):
        run = strict_pairs(low, d, applied, len(outputs))
    _, blocks = jacobian_with_outputs(low, applied, stand_ins, list(range(len(outputs))), by_rows, run)
    rows = []
    for row, out in zip(blocks, stand_ins, strict=True):
        cast = [low.cast(b, fact_of_operand(x) if reverse else out.fact) for b, x in zip(row, applied.inputs, strict=True)]
        rows.append(wrapped(applied.as_chosen(cast), inputs))
    return finished(low, d, None, wrapped(rows, applied.result), node)


def strict_and_vectorize(location: Location | None) -> DifferentiationError:
    error = plain_error(location, "strict=True does not go with vectorize=True", "pass one of them")
    error.after_call = True  # the outputs are looked at first
    return error


def as_array(fact: Fact) -> Fact:
    return Fact("array", fact.dtype, fact.shape) if fact.kind == "py" else fact


def strict_pairs(low: Derivatives, d: Derivative, applied: Applied, count: int) -> Run:
    """Every output must depend on every input; with ``create_graph`` every block of the Jacobian on some input."""

    def run(function: Function, operands: Sequence_[Operand]) -> list[Operand]:
        bits = input_bits(applied, [0] * (len(operands) - len(applied.active)))
        results, deps = strict_function(low, applied, function, list(operands), bits)
        for i, dep in enumerate(deps[:count]):
            require(low, applied, [dep], -1, f"Output {i} of the function is independent of all inputs")
            for j in range(len(applied.inputs)):
                require(low, applied, [dep], 1 << j, f"Output {i} of the function is independent of input {j}")
        return results

    if d.options.get("create_graph"):
        for i in range(count):
            function = derive.scalar_gradient(applied.function, applied.active, i)
            _, deps = strict_function(low, applied, function, applied.operands, input_bits(applied, []))
            for j, dep in enumerate(deps[count:]):
                reason = f"the Jacobian of output {i} for input {j} is independent of the inputs"
                require(low, applied, [dep], -1, reason)
    return run


@kind("functional.hessian")
def functional_hessian(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    (inputs,) = arguments(d, args, ("inputs",))
    parts, location = start(low, d, inputs, node)
    applied = low.applied(d.function, parts, {}, ALL, node)
    single_output(applied)
    if d.options.get("strict") and d.options.get("vectorize"):
        raise strict_and_vectorize(location)
    run = strict_hessian(low, d, applied) if d.options.get("strict") else None
    forward = d.options.get("strategy") == "forward-mode"
    blocks = hessian_blocks(low, applied, {"dtype_of": "row" if forward else "column"}, run)
    rows = [wrapped(applied.as_chosen(row), inputs) for row in applied.as_chosen(blocks)]
    return finished(low, d, None, wrapped(rows, inputs), node)


def strict_hessian(low: Derivatives, d: Derivative, applied: Applied) -> Run:
    """The output and every block of the Hessian must depend on the inputs."""
    inputs = len(applied.inputs)
    count = applied.aftermath.count

    def run(function: Function, operands: Sequence_[Operand]) -> list[Operand]:
        # a bit for each input, and one for each direction: a block is zero if its rows do not depend on its direction
        bits = input_bits(applied, [1 << (inputs + k) for k in range(inputs)])
        results, deps = strict_function(low, applied, function, list(operands), bits)
        require(low, applied, deps[:1], (1 << inputs) - 1, "Output 0 of the function is independent of all inputs")
        for i, dep in enumerate(deps[count + inputs :]):
            for j in range(inputs):
                reason = f"the gradient for input {i} is independent of input {j}: a block of the Hessian is zero"
                require(low, applied, [dep], 1 << (inputs + j), reason)
        return results

    if d.options.get("create_graph"):
        strict_third_order(low, applied)
    return run


def strict_third_order(low: Derivatives, applied: Applied) -> None:
    """Every block of the Hessian must depend on some input."""
    gradient = derive.scalar_gradient(applied.function, applied.active)
    inputs, count = len(applied.inputs), applied.aftermath.count
    for j in range(inputs):
        places = [k for k, on in enumerate(applied.active) if on]
        only = tuple(k == places[j] for k in range(len(applied.active)))
        moved = derive.pushforward(gradient, only)
        operands = [*applied.operands, applied.inputs[j]]
        _, deps = strict_function(low, applied, moved, operands, input_bits(applied, [0]))
        for i, dep in enumerate(deps[len(gradient.outs) + count :]):
            require(low, applied, [dep], -1, f"block ({i}, {j}) of the Hessian is independent of the inputs")


