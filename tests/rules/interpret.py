"""Running IR on live values, one instruction at a time: straight-line code only."""

import operator

import numpy as np

from srcad import pytrees
from srcad.frontend.lower import lower
from srcad.frontend.objects import Objects
from srcad.frontend.trees import leaves
from srcad.ir.facts import ANY, without_sizes
from srcad.ir.nodes import Apply, Const, Display, Remark, Value
from srcad.rules.registry import METHODS


class NotStraight(Exception):
    """The code has branches, loops or calls."""


def live(operand, env):
    """The value of an operand."""
    if isinstance(operand, Const):
        return operand.value
    if isinstance(operand, Display):
        items = [live(item, env) for item in operand.items]
        return slice(*items) if operand.kind == "slice" else tuple(items) if operand.kind == "tuple" else items
    return env[operand]


def applied(apply, args, kwargs):
    """The results of one application, as a tuple."""
    function = apply.primitive.function
    if apply.spelling == "method":
        names = [name for name, p in METHODS.items() if p.function is function]
        if names:
            function = operator.methodcaller(names[0], *args[1:], **kwargs)
            args, kwargs = args[:1], {}
    result = function(*args, **kwargs)
    return tuple(result) if apply.primitive.results else (result,)


def run(block, env):
    """Run a block; yields each application with the live arguments and results that it has."""
    for instruction in block.body:
        if isinstance(instruction, Remark):
            continue
        if not isinstance(instruction, Apply):
            raise NotStraight
        args = [live(a, env) for a in instruction.args]
        kwargs = {k: live(v, env) for k, v in instruction.kwargs}
        results = applied(instruction, args, kwargs)
        env.update(zip(instruction.results, results, strict=True))
        yield instruction, args, kwargs, results


def lowered(function, inputs, knowledge="all"):
    """The block of a function and the environment of its parameters.

    ``knowledge`` is ``all``, ``ranks`` or ``nothing`` of what can be known of the inputs.
    """
    examples = Objects()
    trees = [pytrees.described(x, examples, iter([False] * 99)) for x in inputs]
    values = [leaf for tree in trees for leaf in leaves(tree) if isinstance(leaf, Value)]
    for value in values:
        if value.fact.kind == "array":
            value.fact = {"all": value.fact, "ranks": without_sizes(value.fact), "nothing": ANY}[knowledge]
    specialised, _ = lower(function, trees, {}, examples)
    flat = [x for x in pytrees.flatten(list(inputs)) if pytrees.is_leaf(x)]
    captured = [capture.read() for capture in specialised.captures]
    params = specialised.function.params
    return specialised.function.block, dict(zip(params, [*flat, *captured], strict=True))


def arrays_in(x):
    """The arrays in an argument."""
    if isinstance(x, np.ndarray):
        yield x
    elif isinstance(x, tuple | list):
        for item in x:
            yield from arrays_in(item)
