"""Derivatives as compositions of the transforms: what the interface offers, IR in, IR out.

Each of these takes a function, and which of its parameters are differentiated, and gives a function whose results
are laid out in a fixed order, zeros included, so that the caller need not know what depends on what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from srcad.analysis.activity import varied_outs
from srcad.ir.build import Builder
from srcad.ir.nodes import UNDEFINED, Function, Operand
from srcad.ir.verify import checked
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
    if moved.block.diverges:
        return without_end(moved, 2 * count)
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
    if moved.block.diverges:
        return without_end(moved, len(first.outs) + sum(active))
    dots = iter(moved.outs[len(first.outs) :])
    by_out = [next(dots) if on else None for on in varied_outs(first, active)]
    count = len(function.outs)
    return with_zeros(moved, [*moved.outs[: len(first.outs)], *by_out[count:]], moved.outs[count : len(first.outs)])


def without_end(function: Function, count: int) -> Function:
    """A function that always raises, with as many results as it would have."""
    return checked(replace(function, block=replace(function.block, outs=[UNDEFINED] * count), derived={}))


def with_zeros(function: Function, outs: Sequence[Operand | None], like: Sequence[Operand]) -> Function:
    """The function with other results; where one of the last is missing, zeros like those of ``like`` in its place."""
    block = replace(function.block, body=list(function.block.body), outs=[])
    build = Builder(block, derived=True)
    first = len(outs) - len(like)
    block.outs = [zeros_like(build, like[k - first]) if out is None else out for k, out in enumerate(outs)]
    return checked(replace(function, block=block, derived={}))


def rows(function: Function, mask: Mask, from_out: int) -> Function:
    """The function over rows of the marked parameters; its results from ``from_out`` on have rows, the others not."""
    return batched(function, mask, tuple(k >= from_out for k in range(len(function.outs))))
