"""Inverses, determinants and factorisations: ``rules/linalg.py``, ``rules/factorisations.py``.

Functions that read one triangle are given symmetric matrices made from the input, so that differences agree.
"""

import numpy as np

from tests.rules.cases_products import draw, or_first
from tests.rules.check import Case, Refused, Singular

I2, I3 = np.eye(2), np.eye(3)
A = draw(3, 3) + 2.5 * I3
AS = draw(2, 3, 3) + 2.5 * I3
TALL, WIDE = draw(4, 3), draw(3, 4)
TALLS = draw(2, 4, 3)


def spd(x):
    """A positive definite matrix, for the use of inputs."""
    return x @ x.swapaxes(-1, -2) + I3


P, PS = spd(A), spd(AS)


def sym(x):
    return 0.5 * (x + np.swapaxes(x, -1, -2))


def signed(result):
    return result.sign * result.logabsdet


# ---- inverse and solution ------------------------------------------------------------------------

SOLUTIONS = [
    Case("np.linalg.inv", lambda a: np.linalg.inv(a), A),
    Case("np.linalg.inv, stack", lambda a: np.linalg.inv(a), AS),
    Case("np.linalg.inv, 1 × 1", lambda a: np.linalg.inv(a), np.array([[1.7]])),
    Case("np.linalg.solve", lambda a, b: np.linalg.solve(a, b), A, draw(3)),
    *(
        Case(f"np.linalg.solve, {a.shape} {b.shape}", lambda a, b: np.linalg.solve(a, b), a, b)
        for a in (A, AS, AS[:, None])
        for b in (draw(3), draw(3, 2), draw(2, 3, 2))
    ),
    Case("np.linalg.solve, matrix only", lambda a: np.linalg.solve(a, np.ones(3)), A),
    Case("np.linalg.solve, right-hand side only", lambda b: np.linalg.solve(A, b), draw(3, 2)),
    Case(
        "np.linalg.solve, rank not known",
        lambda a, b: np.sum(np.linalg.solve(a, or_first(b)) ** 2),
        AS,
        draw(3, 2),
        covers=("columns", "without_columns"),
    ),
]

# ---- determinants --------------------------------------------------------------------------------

DETERMINANTS = [
    Case("np.linalg.det", lambda a: np.linalg.det(a), A, covers=("cofactors", "cofactors_along")),
    Case("np.linalg.det, stack", lambda a: np.linalg.det(a), AS),
    Case("np.linalg.det, 1 × 1", lambda a: np.linalg.det(a), np.array([[1.7]])),
    Case("np.linalg.det, identity", lambda a: np.linalg.det(a), I3),
    Case("np.linalg.det, rank two", lambda a: np.linalg.det(a), np.diag([1.0, 2.0, 0.0])),
    Case("np.linalg.det, rank one", lambda a: np.linalg.det(a), np.ones((3, 3))),
    Case("np.linalg.det, singular in a stack", lambda a: np.linalg.det(a), np.stack([A, np.ones((3, 3))])),
    Case("np.linalg.det, zero", lambda a: np.linalg.det(a), np.zeros((2, 2))),
    Case("np.linalg.det, third order", lambda a: np.sum(a**2) * np.linalg.det(a), A),
    Singular(
        "np.linalg.det, exactly singular",
        lambda a: np.linalg.det(a),
        [np.diag([3.0, 0.0])],
        [np.diag([0.0, 3.0])],
        [np.zeros((2, 2))],
    ),
    Case("np.linalg.slogdet", lambda a: tuple(np.linalg.slogdet(a)), A),
    Case("np.linalg.slogdet, stack", lambda a: tuple(np.linalg.slogdet(a)), AS),
    Case("np.linalg.slogdet, by name", lambda a: signed(np.linalg.slogdet(a)), -A),
    Case("np.linalg.slogdet, by index", lambda a: np.linalg.slogdet(a)[1], AS),
]

# ---- Cholesky factors ----------------------------------------------------------------------------

CHOLESKY = [
    Case("np.linalg.cholesky", lambda a: np.linalg.cholesky(sym(a)), P),
    Case("np.linalg.cholesky, stack", lambda a: np.linalg.cholesky(sym(a)), PS),
    Case("np.linalg.cholesky, of a product", lambda a: np.linalg.cholesky(a @ a.T), A),
    Case("np.linalg.cholesky, upper=", lambda a: np.linalg.cholesky(sym(a), upper=True), P),
    Case("np.linalg.cholesky, upper= of a stack", lambda a: np.linalg.cholesky(sym(a), upper=True), PS),
    Singular("np.linalg.cholesky, symmetric adjoint", lambda a: np.linalg.cholesky(a)[1, 0], [I2],
             [np.array([[0.0, 0.5], [0.5, 0.0]])]),
]

# ---- eigenvalues ---------------------------------------------------------------------------------

EIGENVALUES = [
    Case("np.linalg.eigh", lambda a: tuple(np.linalg.eigh(sym(a))), P, covers=("reciprocal_gaps",)),
    Case("np.linalg.eigh, stack", lambda a: tuple(np.linalg.eigh(sym(a))), PS),
    Case("np.linalg.eigh, unpacked", lambda a: unpacked_eigh(a), P),
    Case("np.linalg.eigh, by name", lambda a: np.linalg.eigh(sym(a), UPLO="U").eigenvectors, P),
    Case("np.linalg.eigh, values", lambda a: np.linalg.eigh(sym(a))[0], P),
    Case("np.linalg.eigvalsh", lambda a: np.linalg.eigvalsh(sym(a)), P),
    Case("np.linalg.eigvalsh, stack", lambda a: np.linalg.eigvalsh(sym(a), UPLO="U"), PS),
    Singular("np.linalg.eigvalsh, equal", lambda a: np.linalg.eigvalsh(a), [I2], [I2]),
    Singular("np.linalg.eigh, equal values", lambda a: np.linalg.eigh(a)[0], [I2], [I2]),
]


def unpacked_eigh(a):
    w, v = np.linalg.eigh(sym(a))
    return (v * np.sqrt(w)) @ v.T


# ---- singular values -----------------------------------------------------------------------------

SINGULAR_VALUES = [
    *(
        Case(f"np.linalg.svd, thin {a.shape}", lambda a: tuple(np.linalg.svd(a, full_matrices=False)), a)
        for a in (A, TALL, WIDE, TALLS)
    ),
    Case("np.linalg.svd", lambda a: tuple(np.linalg.svd(a)), A, covers=("if_square",)),
    Case("np.linalg.svd, full and not square", lambda a: np.linalg.svd(a)[1], TALL),
    Case("np.linalg.svd, by name", lambda a: np.linalg.svd(a, full_matrices=False).S, TALL),
    Case("np.linalg.svd, values only", lambda a: np.linalg.svd(a, compute_uv=False), TALL),
    Case("np.linalg.svd, values only by position", lambda a: np.linalg.svd(a, True, False), TALLS),
    Refused("np.linalg.svd, hermitian=", lambda a: np.linalg.svd(a, hermitian=True)[0], P, match="hermitian"),
    Case("np.linalg.svdvals", lambda a: np.linalg.svdvals(a), TALL),
    Case("np.linalg.svdvals, stack", lambda a: np.linalg.svdvals(a), TALLS),
    Singular("np.linalg.svdvals, equal", lambda a: np.linalg.svdvals(a), [I2], [I2]),
]

# ---- pseudo-inverse, least squares, QR -----------------------------------------------------------

FACTORISATIONS = [
    *(
        Case(f"np.linalg.pinv, {a.shape}", lambda a: np.linalg.pinv(a), a)
        for a in (A, TALL, WIDE, TALLS)
    ),
    Case("np.linalg.pinv, rcond=", lambda a: np.linalg.pinv(a, rcond=1e-7), TALL),
    Case("np.linalg.pinv, rtol=", lambda a: np.linalg.pinv(a, rtol=1e-7), TALL),
    Case("np.linalg.pinv, hermitian=", lambda a: np.linalg.pinv(sym(a), hermitian=True), P),
    Case("np.linalg.lstsq", lambda a, b: np.linalg.lstsq(a, b)[0], TALL, draw(4)),
    Case("np.linalg.lstsq, matrix", lambda a, b: np.linalg.lstsq(a, b)[:2], TALL, draw(4, 2)),
    Case("np.linalg.lstsq, residual", lambda a, b: np.linalg.lstsq(a, b, rcond=None)[1], TALL, draw(4)),
    Case("np.linalg.lstsq, wide", lambda a, b: np.linalg.lstsq(a, b)[0], WIDE, draw(3)),
    Case("np.linalg.lstsq, singular values", lambda a, b: np.linalg.lstsq(a, b)[3], TALL, draw(4)),
    *(Case(f"np.linalg.qr, {a.shape}", lambda a: tuple(np.linalg.qr(a)), a) for a in (A, TALL, TALLS)),
    Case("np.linalg.qr, complete and square", lambda a: tuple(np.linalg.qr(a, mode="complete")), A),
    Case("np.linalg.qr, r only", lambda a: np.linalg.qr(a, mode="r"), TALL),
    Refused("np.linalg.qr, wide", lambda a: np.linalg.qr(a)[1], WIDE, match="rows"),
    Refused("np.linalg.qr, complete", lambda a: np.linalg.qr(a, mode="complete")[0], TALL, match="complete"),
    Refused("np.linalg.qr, raw", lambda a: np.linalg.qr(a, mode="raw")[0], TALL, match="raw"),
]

# ---- products of many, and numbers of a matrix ---------------------------------------------------

CHAINS = [
    *(
        Case(
            f"np.linalg.multi_dot, {' '.join(map(str, shapes))}",
            lambda a, b, c: np.linalg.multi_dot([a, b, c]),
            *(draw(*shape) for shape in shapes),
        )
        for shapes in (
            [(2, 3), (3, 4), (4, 2)],
            [(3,), (3, 4), (4, 2)],
            [(2, 3), (3, 4), (4,)],
            [(3,), (3, 4), (4,)],
        )
    ),
    Case("np.linalg.multi_dot, two", lambda a, b: np.linalg.multi_dot((a, b)), draw(2, 3), draw(3, 4)),
    Refused("np.linalg.multi_dot, out=", lambda a, b: np.linalg.multi_dot([a, b], out=I3), A, A, match="out"),
    Case("np.linalg.matrix_power", lambda a: np.linalg.matrix_power(a, 2), A),
    Case("np.linalg.matrix_power, 0", lambda a: np.linalg.matrix_power(a, 0) @ a, A),
    Case("np.linalg.matrix_power, 1", lambda a: np.linalg.matrix_power(a, 1), A),
    Case("np.linalg.matrix_power, 3", lambda a: np.linalg.matrix_power(a, 3), AS),
    Case("np.linalg.matrix_power, 5", lambda a: np.linalg.matrix_power(a, n=5), 0.3 * A),
    Case("np.linalg.matrix_power, -2", lambda a: np.linalg.matrix_power(a, -2), A),
    Case("np.linalg.cond", lambda a: np.linalg.cond(a), TALL),
    Case("np.linalg.cond, stack", lambda a: np.linalg.cond(a), AS),
    Case("np.linalg.cond, -2", lambda a: np.linalg.cond(a, -2), A),
    Case("np.linalg.cond, fro", lambda a: np.linalg.cond(a, p="fro"), A),
    Case("np.linalg.matrix_rank", lambda a: np.linalg.matrix_rank(a) * a, A),
    Case("np.linalg.matrix_rank, stack", lambda a: np.linalg.matrix_rank(a)[:, None, None] * a, AS),
]

CASES = [*SOLUTIONS, *DETERMINANTS, *CHOLESKY, *EIGENVALUES, *SINGULAR_VALUES, *FACTORISATIONS, *CHAINS]
