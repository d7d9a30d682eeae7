"""Derivatives as compositions of the transforms: what the interface offers, IR in, IR out.

Each of these takes a function, and which of its parameters are differentiated, and gives a function whose results
are laid out in a fixed order, zeros included, so that the caller need not know what depends on what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from srcad.analysis.activity import varied_outs
from srcad.ir.build import Builder
from srcad.ir.nodes import Block, Call, Function, Operand, Value
from srcad.ir.rewrite import replaced, substituted, with_blocks, with_operands
from srcad.transforms.adjoint import adjoint, gradient
from srcad.transforms.batch import batched
from srcad.transforms.common import zeros_like
from srcad.transforms.tangent import tangent

Mask = tuple[bool, ...]


def pushforward(function: Function, active: Mask) -> Function:
    """Parameters, tangents of the active ones -> results, a tangent for every result."""
    moved = tangent(function, active)
    varied = varied_outs(function, active)
    count = len(function.outs)
    dots = iter(moved.outs[count:])
    outs: list[Operand | None] = [*moved.outs[:count], *(next(dots) if on else None for on in varied)]
    return with_zeros(moved, outs, moved.outs[:count])


def pullback(function: Function, active: Mask, seeded: Mask) -> Function:
    """Parameters, cotangents of the seeded results -> results, the cotangent of each active parameter."""
    return adjoint(function, active, seeded)


def scalar_gradient(function: Function, active: Mask, position: int = 0) -> Function:
    """Parameters -> results, the gradient of the result at ``position`` for each active parameter."""
    return gradient(function, active, tuple(k == position for k in range(len(function.outs))))


def hessian_product(function: Function, active: Mask, position: int = 0) -> Function:
    """Parameters, tangents of the active ones -> results, gradients, the Hessian times the tangents (forward over reverse)."""
    first = scalar_gradient(function, active, position)
    moved = tangent(first, active)
    dots = iter(moved.outs[len(first.outs) :])
    by_out = [next(dots) if on else None for on in varied_outs(first, active)]
    count = len(function.outs)
    return with_zeros(moved, [*moved.outs[: len(first.outs)], *by_out[count:]], moved.outs[count : len(first.outs)])


def with_zeros(function: Function, outs: Sequence[Operand | None], like: Sequence[Operand]) -> Function:
    """The function with other results; where one of the last is missing, zeros like those of ``like`` in its place."""
    block = replace(function.block, body=list(function.block.body), outs=[])
    build = Builder(block, derived=True)
    first = len(outs) - len(like)
    block.outs = [zeros_like(build, like[k - first]) if out is None else out for k, out in enumerate(outs)]
    return replace(function, block=block, derived={})


def rows(function: Function, mask: Mask, from_out: int) -> Function:
    """The function over rows of the marked parameters; its results from ``from_out`` on have rows, the others not."""
    return batched(function, mask, tuple(k >= from_out for k in range(len(function.outs))))


def selected(function: Function, outs: Sequence[Operand]) -> Function:
    """The function with only some of its results."""
    return replace(function, block=replace(function.block, outs=list(outs)), derived={})


def inlined_root(function: Function) -> Function:
    """A function that is little but a call, with the body of what it calls in the place of the call."""
    calls = [i for i in function.block.body if isinstance(i, Call)]
    if len(calls) != 1:
        return function
    call = calls[0]
    callee = call.function
    if callee is function or callee.block.diverges or any(
        isinstance(i, Call) and i.function is callee for i in callee.block.body
    ):
        return function
    binding: dict[Value, Operand] = dict(zip(callee.params, call.args, strict=True))
    inner = substituted(callee.block, binding)
    results: dict[Value, Operand] = dict(zip(call.results, inner.outs, strict=True))
    body = []
    for instruction in function.block.body:
        if instruction is call:
            body.extend(inner.body)
        else:
            moved = with_operands(instruction, lambda o: replaced(o, results))
            body.append(with_blocks(moved, lambda b: substituted(b, results)))
    outs = [replaced(o, results) for o in function.block.outs]
    for param, arg in binding.items():
        if isinstance(arg, Value) and not arg.name:
            arg.name = param.name
    return replace(function, name=callee.name, block=Block(function.block.params, body, outs), derived={})

