"""Rules of ``np.linalg``: inverses, determinants, factorisations; all for stacks of matrices.

Sources of the formulas: Giles 2008, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation"; Murray 2016, "Differentiation of the Cholesky decomposition"; Townsend 2016,
"Differentiating the singular value decomposition"; Walter and Lehmann 2010, "Algorithmic differentiation of
linear algebra functions", for QR; Golub and Pereyra 1973, "The differentiation of pseudo-inverses".  Only
tangents are written where the adjoint, their transpose, is what one would write by hand.

    x = np.linalg.solve(a, b)      ->      b_bar = np.linalg.solve(a.T, x_bar)
                                           a_bar = -b_bar[:, None] * x

Functions that read one triangle of a symmetric matrix (``cholesky``, ``eigh``, ``eigvalsh``) are
differentiated along the symmetric part of a tangent, and give symmetric adjoints.  Vectors that belong to
equal eigenvalues or singular values have no derivative, which comes out infinite or not a number; the values
themselves have one.
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
    rule,
    shape,
    unbroadcast,
    variant,
)
from srcad.rules.registry import register
from srcad.rules.roles import free_axes
from srcad.rules.trace import primitive_call, symbolic

# ---- symmetric and triangular parts --------------------------------------------------------------


def sym(x):
    """The symmetric part."""
    return 0.5 * (x + mT(x))


def half(x):
    """The lower triangle with half of the diagonal: Φ in Murray 2016."""
    return 0.5 * (np.tril(x) + np.tril(x, -1))


def row(x):
    """Vectors as matrices of one row, to scale columns by."""
    return x if rank(x) == 1 else x[..., None, :]


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


# ---- Cholesky factors ----------------------------------------------------------------------------


@rule(np.linalg.cholesky, "a", batch=free_axes, fact=like)
def _(y, a, /, *, upper=False):
    """dL = L·Φ(L⁻¹·dA·L⁻ᵀ), equation 8 of Murray 2016."""
    factor = mT(y) if upper else y
    inverse = np.linalg.inv(factor)
    change = factor @ half(inverse @ sym(d[a]) @ mT(inverse))
    d[y] = mT(change) if upper else change


# ---- eigenvalues of symmetric matrices -----------------------------------------------------------


reciprocal_gaps = symbolic(register(runtime.reciprocal_gaps, "reciprocal_gaps"))


def _pairs(x):
    own = fact(x).shape
    return shapes.with_shape(x, None if own is None else (*own, own[-1]))


@rule(runtime.reciprocal_gaps, "x", batch=free_axes, fact=_pairs)
def _(y, x):
    d[y] = -y * y * (d[x][..., None, :] - d[x][..., :, None])


def _eigen_facts(a, UPLO="L"):
    n = sides(a)[1]
    return core_shape(a, n), core_shape(a, n, n)


@rule(np.linalg.eigh, "a", results=("eigenvalues", "eigenvectors"), batch=free_axes, fact=_eigen_facts)
def _(w, v, a, UPLO="L"):
    """dw = diag(vᵀ·dA·v), dv = v·(F ∘ vᵀ·dA·v), F[i, j] = 1/(w[j] - w[i]): Giles 2008, section 3.1."""
    d[w] = np.sum(v * (d[a] @ v), axis=-2)
    d[v] = v @ (reciprocal_gaps(w) * (mT(v) @ sym(d[a]) @ v))


@rule(np.linalg.eigvalsh, "a", batch=free_axes, fact=lambda a, UPLO: _eigen_facts(a)[0])
def _(w, a, UPLO="L"):
    _, v = np.linalg.eigh(a) if UPLO == "L" else np.linalg.eigh(a, UPLO)
    d[w] = np.sum(v * (d[a] @ v), axis=-2)


# ---- singular values -----------------------------------------------------------------------------


if_square = symbolic(register(runtime.if_square, "if_square"))


@linear(runtime.if_square, "x", view=True, batch=free_axes, fact=lambda x, a: shapes.like(x))
def _(y, x, a):
    bar[x] = if_square(bar[y], a)


def _singular_facts(a, full_matrices=True, compute_uv=True, hermitian=False):
    m, n, k = sides(a)
    p, q = (m, n) if full_matrices else (k, k)
    return core_shape(a, m, p), core_shape(a, k), core_shape(a, q, n)


@rule(np.linalg.svd, "a", results=("U", "S", "Vh"), batch=free_axes, fact=_singular_facts,
      choices={"compute_uv": (True,), "hermitian": (False,)})
def _(u, s, vh, a, full_matrices=True, compute_uv=True, hermitian=False):
    """Townsend 2016, section 1.1, the thin factors of a matrix of any shape:

    with p = uᵀ·dA·v and F[i, j] = 1/(s[j]² - s[i]²), ds = diag(p) and
    du = u·(F ∘ (p·s + s·pᵀ)) + (1 - u·uᵀ)·dA·v/s, and dv the same of the transposes of dA and p.
    """
    m, n, _ = sides(a)
    is_square, is_known = m is n or m == n, isinstance(m, int) and isinstance(n, int)
    a_dot, v = d[a], mT(vh)
    if full_matrices and not is_square:
        # the values have a derivative, but not the vectors that complete the bases: asking for it is an error
        singular_values(s, a)
        if is_known:
            d[u], d[vh] = if_square(a_dot @ mT(a), a), if_square(mT(a) @ a_dot, a)  # of the right shapes
            return
        a_dot = if_square(a_dot, a)
    along_v, along_u = a_dot @ v, mT(a_dot) @ u
    p = mT(u) @ along_v
    gaps = reciprocal_gaps(s**2)
    right, left = p * row(s), s[..., :, None] * p
    u_dot = u @ (gaps * (right + mT(right)))
    v_dot = v @ (gaps * (left + mT(left)))
    if not is_square and not full_matrices:
        # what lies outside of the range of u or v; one of them has it all
        if not is_known or m > n:
            u_dot = u_dot + (along_v - u @ p) / row(s)
        if not is_known or n > m:
            v_dot = v_dot + (along_u - v @ mT(p)) / row(s)
    if is_square or not full_matrices:
        d[s] = np.sum(u * along_v, axis=-2)
        d[u], d[vh] = u_dot, mT(v_dot)
    else:
        d[u], d[vh] = if_square(u_dot, a), if_square(mT(v_dot), a)  # once more for adjoints, which start here


@rule(np.linalg.svdvals, "x", batch=free_axes, fact=lambda x: core_shape(x, sides(x)[2]))
def singular_values(s, x, /):
    u, _, vh = np.linalg.svd(x, full_matrices=False)
    d[s] = np.sum(u * (d[x] @ mT(vh)), axis=-2)


@rule(variant(np.linalg.svd, "compute_uv", False), "a", batch=free_axes, choices={"hermitian": (False,)},
      fact=lambda a, *_: core_shape(a, sides(a)[2]))
def _(s, a, full_matrices=True, compute_uv=False, hermitian=False):
    singular_values(s, a)


# ---- pseudo-inverse and least squares ------------------------------------------------------------


def _inverted(a, *_, **__):
    m, n = sides(a)[:2]
    return core_shape(a, n, m)


@rule(np.linalg.pinv, "a", batch=free_axes, fact=_inverted)
def _(y, a, rcond=None, hermitian=False, *, rtol=None):
    """Golub and Pereyra 1973, theorem 4.3, for changes that keep the rank:

    dy = -y·da·y + y·yᵀ·daᵀ·(1 - a·y) + (1 - y·a)·daᵀ·yᵀ·y.
    """
    a_dot = sym(d[a]) if hermitian else d[a]
    t = mT(a_dot)
    d[y] = y @ mT(y) @ (t - t @ a @ y) + (t - y @ a @ t) @ mT(y) @ y - y @ a_dot @ y


def _least_squares_facts(a, b, rcond=None):
    _, n, k = sides(a)
    dtype, width = floating(a, b), fact(b).shape
    tail = None if width is None else width[1:]
    return (
        array_fact(dtype, None if tail is None else (n, *tail)),
        array_fact(dtype, (Dim(),)),
        array_fact(np.intc, ()),
        array_fact(dtype, (k,)),
    )


@rule(np.linalg.lstsq, "a", "b", results=("x", "residuals", "rank", "s"), fact=_least_squares_facts)
def _(x, residuals, _rank, s, a, b, rcond=None):
    """The solution as that of pinv(a) @ b, for changes that keep the rank."""
    y = np.linalg.pinv(a) if rcond is None else np.linalg.pinv(a, rcond)
    rest = b - a @ x
    change = d[b] - d[a] @ x
    t = d[a].T
    d[x] = y @ change + y @ (y.T @ (t @ rest)) + (t - y @ (a @ t)) @ (y.T @ x)
    products = rest * change
    total = np.sum(products, axis=0, keepdims=True) if rank(b) == 1 else np.sum(products, axis=0)
    d[residuals] = 2.0 * total
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    d[s] = np.sum(u * (d[a] @ mT(vh)), axis=-2)


# ---- QR ------------------------------------------------------------------------------------------


def _qr_facts(a, mode="reduced"):
    m, n, k = sides(a)
    p = m if mode == "complete" else k
    return core_shape(a, m, p), core_shape(a, p, n)


@rule(np.linalg.qr, "a", results=("Q", "R"), batch=free_axes, fact=_qr_facts,
      choices={"mode": ("reduced", "complete")})
def _(q, r, a, mode="reduced"):
    """Walter and Lehmann 2010, section 3.4, for at least as many rows as columns:

    with t = da·r⁻¹, p = qᵀ·t and the antisymmetric w that has the lower triangle of p,
    dr = (p - w)·r and dq = t - q·(p - w).
    """
    m, n, _ = sides(a)
    if mode == "complete" and m is not n and m != n:
        raise TypeError("np.linalg.qr has no derivative with mode='complete': the columns that complete a "
                        "basis are arbitrary; write mode='reduced'")
    if isinstance(m, int) and isinstance(n, int) and m < n:
        raise TypeError("np.linalg.qr has a derivative only for at least as many rows as columns")
    t = d[a] @ np.linalg.inv(r)
    p = mT(q) @ t
    lower = np.tril(p, -1)
    upper = p - lower + mT(lower)
    d[r] = upper @ r
    d[q] = t - q @ upper


@rule(variant(np.linalg.qr, "mode", "r"), "a", batch=free_axes, fact=lambda a, mode: _qr_facts(a)[1])
def _(r, a, mode="r"):
    t = d[a] @ np.linalg.inv(r)
    p = mT(a @ np.linalg.inv(r)) @ t
    lower = np.tril(p, -1)
    d[r] = (p - lower + mT(lower)) @ r


# ---- products of many matrices -------------------------------------------------------------------


def _chained(arrays):
    """Shapes of all factors joined; TypeError if the factors are not written out."""
    is_written_out = isinstance(arrays, tuple | list)
    first, last = (fact(arrays[k]).shape for k in (0, -1)) if is_written_out else (None, None)
    if first is None or last is None:
        raise TypeError("np.linalg.multi_dot has a derivative for a list of arrays written out in the call")
    return array_fact(shapes.common_dtype(*arrays), first[:-1] + last[1:])


def _chain_rows(call):
    """One ``einsum``, which finds an order of its own."""
    arrays, unbatched = call["arrays"], call.unbatched("arrays")
    _chained(unbatched)
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
    _chained(arrays)
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
