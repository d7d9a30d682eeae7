"""Rules of the factorisations in ``np.linalg`` and of what is made with them; all for stacks of matrices.

Sources of the formulas: Giles 2008, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation"; Murray 2016, "Differentiation of the Cholesky decomposition"; Townsend 2016,
"Differentiating the singular value decomposition"; Walter and Lehmann 2010, "Algorithmic differentiation of
linear algebra functions", for QR; Golub and Pereyra 1973, "The differentiation of pseudo-inverses".

    w, v = np.linalg.eigh(a)      ->      a_bar = (v * w_bar) @ v.T, where only the values are used

Functions that read one triangle of a symmetric matrix (``cholesky``, ``eigh``, ``eigvalsh``) are
differentiated along the symmetric part of a tangent, and give symmetric adjoints.  Vectors that belong to
equal eigenvalues or singular values have no derivative, which comes out infinite or not a number; the values
themselves have one.
"""

from __future__ import annotations

import numpy as np

from srcad import runtime
from srcad.ir.facts import Dim, array_fact
from srcad.rules import shapes
from srcad.rules.contraction import mT
from srcad.rules.linalg import core_shape, floating, like, sides
from srcad.rules.notation import bar, d, fact, linear, rank, refuse, rule, variant
from srcad.rules.registry import register
from srcad.rules.roles import free_axes
from srcad.rules.trace import symbolic

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
    t = d[a] @ np.linalg.inv(r)
    p = mT(q) @ t
    lower = np.tril(p, -1)
    upper = p - lower + mT(lower)
    d[r] = upper @ r
    d[q] = t - q @ upper


def _cannot_factorise(a, mode):
    m, n, _ = sides(a)
    if mode == "complete" and m is not n and m != n:
        return ("np.linalg.qr has no derivative with mode='complete', as the columns that complete a basis "
                "are arbitrary; write mode='reduced'")
    if isinstance(m, int) and isinstance(n, int) and m < n:
        return "np.linalg.qr has a derivative only for at least as many rows as columns"
    return None


refuse(np.linalg.qr, _cannot_factorise)


@rule(variant(np.linalg.qr, "mode", "r"), "a", batch=free_axes, fact=lambda a, mode: _qr_facts(a)[1])
def _(r, a, mode="r"):
    t = d[a] @ np.linalg.inv(r)
    p = mT(a @ np.linalg.inv(r)) @ t
    lower = np.tril(p, -1)
    d[r] = (p - lower + mT(lower)) @ r
