"""Rules of ``np.linalg``: inverses, solutions, determinants, products of many; all for stacks of matrices.

Source of the formulas: Giles 2008, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation".  Only tangents are written where the adjoint, their transpose, is what one would
write by hand.

    x = np.linalg.solve(a, b)      ->      b_bar = np.linalg.solve(a.T, x_bar)
                                           a_bar = -b_bar[:, None] * x
"""

from __future__ import annotations

import numpy as np

from srcad import runtime
from srcad.ir import core
from srcad.ir.facts import Dim, array_fact, broadcast_shapes, same_shape
from srcad.rules import shapes
from srcad.rules.contraction import mT
from srcad.rules.notation import (
    bar,
    broadcast,
    d,
    define,
    dtype,
    fact,
    linear,
    nondiff,
    rank,
    refuse,
    rule,
    shape,
    unbroadcast,
)
from srcad.rules.registry import register
from srcad.rules.roles import free_axes
from srcad.rules.trace import primitive_call, symbolic

# ---- what is known of results --------------------------------------------------------------------


def floating(*xs):
    """The dtype of a result: that of the arguments, float64 for integers."""
    dtype = shapes.common_dtype(*xs)
    return np.dtype(float) if dtype is not None and dtype.kind in "biu" else dtype


def like(a, *_, **__):
    return array_fact(floating(a), fact(a).shape)


def core_shape(a, *core):
    """The leading axes of ``a``, then axes of these sizes."""
    own = fact(a).shape
    return array_fact(floating(a), None if own is None else (*own[:-2], *core))


def sides(a):
    """The sizes of the last two axes, and the smaller of them."""
    own = fact(a).shape
    m, n = (Dim(), Dim()) if own is None else own[-2:]
    if isinstance(m, int) and isinstance(n, int):
        return m, n, min(m, n)
    return m, n, m if m is n else Dim()


# ---- inverse and solution ------------------------------------------------------------------------


@rule(np.linalg.inv, "a", batch=free_axes, fact=like)
def _(y, a):
    d[y] = -(y @ d[a] @ y)


columns = symbolic(register(runtime.columns, "columns"))
without_columns = symbolic(register(runtime.without_columns, "without_columns"))


@linear(runtime.columns, "x", view=True, fact=lambda x, ndim: array_fact(fact(x).dtype, None))
def _(y, x, ndim):
    bar[x] = without_columns(bar[y], ndim)


@linear(runtime.without_columns, "x", view=True, fact=lambda x, ndim: array_fact(fact(x).dtype, None))
def _(y, x, ndim):
    bar[x] = columns(bar[y], ndim)


def as_columns(x, a, b):
    """The right-hand side or the solution, with an axis of columns where it lacks one.

    NumPy takes ``b`` as a vector only if it has one axis, however many ``a`` has.
    """
    if x.is_zero or has_columns(a, b):
        return x
    if rank(b) == 1:
        return x[..., None]
    return columns(x, primitive_call(x.build, core.LENGTH, (shape(b),), {}))


def from_columns(x, a, b):
    """The inverse of ``as_columns``."""
    if x.is_zero or has_columns(a, b):
        return x
    if rank(b) == 1:
        return x[..., 0]
    return without_columns(x, primitive_call(x.build, core.LENGTH, (shape(b),), {}))


def has_columns(a, b):
    """Whether the right-hand side is known to be matrices, or a vector for which the same expressions do."""
    ndim = rank(b)
    return ndim is not None and (ndim > 1 or rank(a) == 2)


def _solution(a, b):
    p, q = fact(a).shape, fact(b).shape
    dtype = floating(a, b)
    if p is None or q is None:
        return array_fact(dtype, None)
    if len(q) == 1:
        return array_fact(dtype, p[:-1])
    stack = broadcast_shapes(p[:-2], q[:-2]) or ()
    return array_fact(dtype, (*stack, p[-1], q[-1]))


def _solve_rows(call):
    p, q = call.rank("a"), call.rank("b")
    if p is None or q is None:
        return NotImplemented
    a, b = call["a"], call["b"]
    if call.mapped == {"b"} and p == 2 and q <= 2:
        # one matrix for all rows is factorised once, their right-hand sides side by side
        if q == 1:
            return np.linalg.solve(a, b.T).T
        side = np.moveaxis(b, 0, -1)
        x = np.linalg.solve(a, side.reshape(shape(side)[0], -1))
        return np.moveaxis(x.reshape(shape(side)), -1, 0)
    if q == 1:
        if "b" not in call.mapped:
            return np.linalg.solve(a, b)
        return np.linalg.solve(a, b[(slice(None), *(None,) * (p - 2), slice(None), None)])[..., 0]
    ndim = max(p, q)
    if "a" in call.mapped and p < ndim:
        a = a[(slice(None), *(None,) * (ndim - p))]
    if "b" in call.mapped and q < ndim:
        b = b[(slice(None), *(None,) * (ndim - q))]
    return np.linalg.solve(a, b)


@rule(np.linalg.solve, "a", "b", linear=("b",), explicit=True, batch=_solve_rows, fact=_solution)
def _(y, a, b):
    """a·dy = db - da·y; Giles 2008, section 2.2.3."""
    change = from_columns(d[a] @ as_columns(y, a, b), a, b)
    d[y] = from_columns(np.linalg.solve(a, as_columns(d[b] - change, a, b)), a, b)
    t = np.linalg.solve(mT(a), as_columns(bar[y], a, b))
    bar[b] = unstacked(from_columns(t, a, b), b, 1 if rank(b) == 1 else 2)
    if rank(a) == 2 and rank(b) == 1:
        bar[a] = -(t[:, None] * y)
    else:
        bar[a] = unstacked(-(t @ mT(as_columns(y, a, b))), a, 2)


def unstacked(g, like, core):
    """Summed over the leading axes along which ``like`` was broadcast; the ``core`` axes behind never are."""
    own, target = fact(g).shape, fact(like).shape
    if own is not None and target is not None and same_shape(own[:-core], target[:-core]):
        return g
    return unbroadcast(g, like)


# ---- determinant ---------------------------------------------------------------------------------


cofactors = symbolic(register(runtime.cofactors, "cofactors"))
cofactors_along = symbolic(register(runtime.cofactors_along, "cofactors_along"))


@rule(np.linalg.det, "a", batch=free_axes, fact=core_shape)
def _(y, a):
    """The sum of each element's tangent times its cofactor, exact where ``a`` is singular."""
    d[y] = np.sum(cofactors(a) * d[a], axis=(-2, -1))


@rule(runtime.cofactors, "a", batch=free_axes, fact=like)
def _(y, a):
    d[y] = cofactors_along(a, d[a])


def _along_rows(call):
    if call.rank("a") is None or call.rank("a") != call.rank("v"):
        return NotImplemented
    return call.again()


@rule(runtime.cofactors_along, "a", "v", linear=("v",), batch=_along_rows, fact=like)
def _(y, a, v):
    """The derivative in ``a`` is that of det(a)·(tr(x·v)·x - x·v·x)ᵀ, where x = inv(a)."""
    x = np.linalg.inv(a)
    det = np.linalg.det(a)[..., None, None]
    change = -(x @ d[a] @ x)
    once = np.sum(mT(x) * v, axis=(-2, -1))[..., None, None]
    twice = np.sum(mT(change) * v, axis=(-2, -1))[..., None, None]
    relative = np.sum(mT(x) * d[a], axis=(-2, -1))[..., None, None]
    crossed = change @ v @ x
    d[y] = (
        relative * y
        + det * mT(twice * x + once * change - crossed - x @ v @ change)
        + cofactors_along(a, d[v])
    )
    bar[v] = cofactors_along(a, bar[y])


@rule(np.linalg.slogdet, "a", results=("sign", "logabsdet"), batch=free_axes,
      fact=lambda a: (core_shape(a), core_shape(a)))
def _(sign, logabsdet, a):
    """Giles 2008, section 2.2.4: the sign is constant where the derivative exists."""
    d[logabsdet] = np.sum(mT(np.linalg.inv(a)) * d[a], axis=(-2, -1))


# ---- products of many matrices -------------------------------------------------------------------


def _chained(arrays):
    """The free axes of the first and of the last factor."""
    first, last = (fact(arrays[k]).shape for k in (0, -1))
    sizes = None if first is None or last is None else first[:-1] + last[1:]
    return array_fact(shapes.common_dtype(*arrays), sizes)


def _cannot_chain(arrays):
    if not isinstance(arrays, tuple | list) or rank(arrays[0]) is None or rank(arrays[-1]) is None:
        return "np.linalg.multi_dot has a derivative for a list of arrays written out in the call"
    return None


def _chain_rows(call):
    """One ``einsum``, which finds an order of its own."""
    arrays, unbatched = call["arrays"], call.unbatched("arrays")
    letters = ["abcdefghijklmnopqrstuvwxy"[k : k + 2] for k in range(len(arrays))]
    if rank(unbatched[0]) == 1:
        letters[0] = letters[0][1:]
    if rank(unbatched[-1]) == 1:
        letters[-1] = letters[-1][:-1]
    out = letters[0][:-1] + letters[-1][1:]
    rows = ["z" + own if rank(x) == len(own) + 1 else own for x, own in zip(arrays, letters, strict=True)]
    return np.einsum(f"{','.join(rows)}->z{out}", *arrays, optimize=True)


def product(factors):
    """The product of matrices in the best order."""
    if len(factors) <= 2:
        return factors[0] @ factors[1] if len(factors) == 2 else factors[0]
    return np.linalg.multi_dot(factors)


@rule(np.linalg.multi_dot, "arrays", explicit=True, batch=_chain_rows, fact=_chained)
def _(y, arrays):
    g, dots = bar[y], d[arrays]
    if isinstance(dots, list):
        active = [(k, dot) for k, dot in enumerate(dots) if not dot.is_zero]
        terms = [product([*arrays[:k], dot, *arrays[k + 1 :]]) for k, dot in active]
        d[y] = sum(terms[1:], start=terms[0])
        return
    # a vector in front is a row, one at the end a column
    is_row, is_column = rank(arrays[0]) == 1, rank(arrays[-1]) == 1
    matrices = list(arrays)
    if is_row:
        matrices[0], g = matrices[0][None], g[None] if is_column is False else g
    if is_column:
        matrices[-1], g = matrices[-1][:, None], g[:, None] if is_row is False else g
    if is_row and is_column:
        g = np.reshape(g, (1, 1))
    bars = [
        product([*(m.T for m in matrices[:k][::-1]), g, *(m.T for m in matrices[k + 1 :][::-1])])
        for k in range(len(matrices))
    ]
    if is_row:
        bars[0] = bars[0][0]
    if is_column:
        bars[-1] = bars[-1][:, 0]
    bar[arrays] = bars


refuse(np.linalg.multi_dot, _cannot_chain)

register(np.linalg.matrix_power).view = True  # the matrix itself for n = 1


@define(np.linalg.matrix_power, "a", batch=free_axes, fact=like)
def _(a, n):
    """By squaring, in the order in which NumPy does it."""
    if n == 0:
        count = shape(a)[-1]
        return broadcast(primitive_call(a.build, np.eye, (count,), {"dtype": dtype(a)}), shape(a))
    if n < 0:
        a, n = np.linalg.inv(a), -n
    if n == 3:
        return (a @ a) @ a
    power, result = None, None
    while n > 0:
        power = a if power is None else power @ power
        n, bit = divmod(n, 2)
        if bit:
            result = power if result is None else result @ power
    return result


# ---- numbers that belong to a matrix -------------------------------------------------------------


@define(np.linalg.cond, "x", batch=free_axes, fact=lambda x, p: core_shape(x), static=("p",))
def _(x, p=None):
    if p is None or p in (2, -2):
        s = np.linalg.svdvals(x)
        first, last = (s[0], s[-1]) if rank(s) == 1 else (s[..., 0], s[..., -1])
        return last / first if p == -2 else first / last
    axes = (-2, -1)
    return np.linalg.norm(x, ord=p, axis=axes) * np.linalg.norm(np.linalg.inv(x), ord=p, axis=axes)


def _rank_rows(build, apply, mapped, size):
    matrices = mapped(apply.args[0])
    if matrices is None or any(mapped(a) is not None for a in apply.args[1:]) or apply.kwargs:
        return None
    return list(build.apply(apply.primitive, matrices, *apply.args[1:]))


def _ranks(A, *_, **__):
    own = fact(A).shape
    return array_fact(int, None if own is None else own[:-2])


nondiff(np.linalg.matrix_rank, batch=_rank_rows, fact=_ranks)
