"""Contractions of two arrays: axes are named by letters, and what comes out reads as one would write it.

``contracted(g, "ik", b, "jk", "ij")`` is ``g @ b.T``.  Products (``dot``, ``tensordot``, …), their transposes
and their batches differ in nothing but the letters, so the choice between ``@``, ``*``, ``tensordot`` and
``einsum`` is made here for all of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcad.rules.notation import rank
from srcad.rules.registry import ATTRIBUTES
from srcad.rules.trace import Symbol


def mT(x: Any) -> Any:
    """The matrices of ``x`` transposed: ``x.T`` of a matrix, ``x.mT`` of a stack of them."""
    name = "T" if rank(x) == 2 else "mT"
    made = x.build.definition(x.operand, ATTRIBUTES[name])
    return getattr(x, name) if made is None else Symbol(made.args[0], x.build)


def contracted(x: Any, xs: str, y: Any, ys: str, out: str) -> Any:
    """The sum of ``x * y`` over the letters that are not in ``out``; no letter twice in an operand."""
    x, xs = _summed(x, xs, ys + out)
    y, ys = _summed(y, ys, xs + out)
    inner = [c for c in xs if c in ys and c not in out]
    if not inner:
        return _placed(x, xs, out) * _placed(y, ys, out)
    for operands in ((x, xs, y, ys), (y, ys, x, xs)):
        product = _matmul(*operands, out)
        if product is not None:
            return product
    if xs == ys == out + xs[len(out) :]:
        axes = tuple(range(-len(inner), 0))
        return np.sum(x * y) if not out else np.sum(x * y, axis=axes[0] if len(axes) == 1 else axes)
    if any(c in xs and c in ys for c in out):
        return np.einsum(f"{xs},{ys}->{out}", x, y)
    return _tensordot(x, xs, y, ys, out, inner)


def _summed(x: Any, xs: str, kept: str) -> tuple[Any, str]:
    """Sum over the letters that nobody else has."""
    axes = tuple(k for k, c in enumerate(xs) if c not in kept)
    if not axes:
        return x, xs
    return np.sum(x, axis=axes[0] if len(axes) == 1 else axes), "".join(c for c in xs if c in kept)


def _placed(x: Any, xs: str, out: str) -> Any:
    """``x`` with its axes where ``out`` has them, unit axes between; broadcasting adds those in front."""
    x = transposed(x, xs, "".join(c for c in out if c in xs))
    span = out.lstrip("".join(set(out) - set(xs)))
    if len(span) == len(xs):
        return x
    if len(xs) > 1 and span.startswith(xs):
        return x[(Ellipsis, *(None,) * (len(span) - len(xs)))]
    return x[tuple(slice(None) if c in xs else None for c in span)]


def transposed(x: Any, xs: str, out: str) -> Any:
    """``x`` with its axes in another order."""
    if xs == out:
        return x
    if xs[:-2] == out[:-2]:
        return mT(x)
    return x.transpose(*(xs.index(c) for c in out))


def _matmul(x: Any, xs: str, y: Any, ys: str, out: str) -> Any:
    """The contraction by ``@``, axes of ``x`` before those of ``y``; None if that is not what ``@`` does."""
    inner = [c for c in xs if c in ys and c not in out]
    if len(inner) > 1:
        return None
    (c,) = inner
    if xs == c:
        if ys == c:
            return x @ y
        if ys[:-2] == out[:-1] and sorted(ys[-2:]) == sorted(c + out[-1:]):
            return x @ y if ys[-2] == c else y @ x
        return None
    if len(out) < 2 or sorted(ys[-2:]) != sorted(c + out[-1]):
        return None
    if sorted(xs[-2:]) == sorted(out[-2] + c):
        stacks = (xs[:-2], ys[:-2])
        if out[:-2] in stacks and all(out[:-2].endswith(s) for s in stacks):
            return (x if xs[-1] == c else mT(x)) @ (y if ys[-2] == c else mT(y))
    if xs == out[:-1] + c and ys[:-2] == out[:-1]:  # a stack of vectors by one of matrices
        matrices = y if ys[-1] == c else mT(y)
        return (matrices @ x[..., None])[..., 0]
    return None


def _tensordot(x: Any, xs: str, y: Any, ys: str, out: str, inner: list[str]) -> Any:
    """The contraction of arrays that share no letter of the result, in the better of two orders."""
    free_x, free_y = ("".join(c for c in letters if c not in inner) for letters in (xs, ys))
    if free_y + free_x == out != free_x + free_y:
        x, xs, free_x, y, ys, free_y = y, ys, free_y, x, xs, free_x
    axes: Any = tuple(tuple(letters.index(c) for c in inner) for letters in (xs, ys))
    if len(inner) == 1:
        axes = (axes[0][0], axes[1][0])
    return transposed(np.tensordot(x, y, axes=axes), free_x + free_y, out)
