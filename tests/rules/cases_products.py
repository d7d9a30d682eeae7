"""Products of arrays: ``rules/products.py``, ``einsum.py``, ``contraction.py``, ``convolutions.py``."""

import operator

import numpy as np

from tests.rules.check import Case, Refused


def draw(*shape):
    """Numbers that are the same in every run, whatever other cases there are."""
    return np.random.default_rng(sum(shape) + 10 * len(shape)).uniform(-1.5, 1.5, shape)


U = draw(3)
V = draw(3)[::-1].copy()
M = draw(2, 3)
N = draw(3, 4)
S = draw(2, 2, 3)
T = draw(2, 3, 4)
W = draw(4, 1, 2, 3)
Q = draw(3, 3)


def or_first(x):
    """``x``, of a rank that the compiler cannot know."""
    return x if np.sum(x) < 1e9 else x[0]


def pairs(name, function, firsts, seconds, **options):
    """A case for each pair of operands."""
    return [Case(f"{name}, {a.shape} {b.shape}", function, a, b, **options) for a in firsts for b in seconds]


# ---- matmul --------------------------------------------------------------------------------------

MATMUL = [
    *pairs("operator.matmul", lambda a, b: a @ b, [U, M, S, W], [V, N, T]),
    Case("operator.matmul, size 0", lambda a, b: a @ b, np.zeros((2, 0)), np.zeros((0, 3))),
    Case("operator.matmul, unit axes", lambda a, b: a @ b, draw(2, 1), draw(1, 3)),
    Case("operator.matmul, of a function", lambda a, b: operator.matmul(a, b), M, N),
    Case("operator.matmul, with itself", lambda a: a @ a, Q),
    Case("operator.matmul, constant", lambda a: Q @ a @ np.ones(3), Q.T.copy()),
    Case("np.matmul", lambda a, b: np.matmul(a, b), M, N),
    Case("np.linalg.matmul", lambda a, b: np.linalg.matmul(a, b), M, N),
    Case(
        "operator.matmul, rank not known",
        lambda a, b: np.sum(np.sin(or_first(a) @ b)),
        M,
        N,
        covers=("product_adjoint",),
    ),
    Case("operator.matmul, ranks not known", lambda a, b: np.sum(np.sin(or_first(a) @ or_first(b))), S, N),
    Refused("np.matmul, axes=", lambda a, b: np.matmul(a, b, axes=[(0, 1)] * 3), Q, Q, match="axes"),
]

# ---- dot, inner, tensordot -----------------------------------------------------------------------

CONTRACTIONS = [
    *pairs("np.dot", lambda a, b: np.dot(a, b), [U, M, S], [V, N, T]),
    *pairs("np.dot", lambda a, b: np.dot(a, b), [np.array(0.7)], [np.array(-1.2), V, N]),
    Case("np.dot, 0-d second", lambda a, b: np.dot(a, b), M, np.array(0.7)),
    Case("np.dot, Python float", lambda a, b: np.dot(a, b), 0.7, V),
    Case("np.dot, method", lambda a, b: a.dot(b), M, N),
    Case("np.dot, rank not known", lambda a, b: np.sum(np.dot(or_first(a), b) ** 2), M, N),
    Case("np.dot, out=", lambda a, b: np.sin(np.dot(a, b, out=np.zeros((2, 4)))), M, N, skip=["float32"]),
    *pairs("np.inner", lambda a, b: np.inner(a, b), [U, M, S], [V, draw(4, 3), W]),
    Case("np.inner, 0-d", lambda a, b: np.inner(a, b), np.array(0.7), M),
    Case("np.inner, rank not known", lambda a, b: np.sum(np.inner(or_first(a), b) ** 2), M, draw(4, 3)),
    Case("np.tensordot", lambda a, b: np.tensordot(a, b), T, draw(3, 4, 2)),
    Case("np.tensordot, one axis", lambda a, b: np.tensordot(a, b, 1), S, N),
    Case("np.tensordot, no axis", lambda a, b: np.tensordot(a, b, axes=0), U, M),
    Case("np.tensordot, all axes", lambda a, b: np.tensordot(a, b, axes=2), M, draw(2, 3)[::-1].copy()),
    Case("np.tensordot, pair of ints", lambda a, b: np.tensordot(a, b, axes=(-1, 0)), S, N),
    Case("np.tensordot, crossed", lambda a, b: np.tensordot(a, b, axes=([1, 2], [1, 0])), T, draw(4, 3, 2)),
    Case("np.tensordot, transposed", lambda a, b: np.tensordot(a, b, axes=((0,), (1,))), N, draw(2, 3)),
    Case("np.tensordot, rank not known", lambda a, b: np.sum(np.tensordot(or_first(a), b, 1) ** 2), M, N),
    Case("np.linalg.tensordot", lambda a, b: np.linalg.tensordot(a, b, axes=1), M, N),
]

# ---- einsum --------------------------------------------------------------------------------------


def summed(subscripts, *shapes, optimize=False):
    """A case for subscripts and operands of these shapes."""
    arrays = [draw(*shape) for shape in shapes]
    label = f"np.einsum, {subscripts} {' '.join(map(str, shapes))}"
    return Case(label, lambda *operands: np.einsum(subscripts, *operands, optimize=optimize), *arrays)


EINSUM = [
    summed("ij,jk->ik", (2, 3), (3, 4)),
    summed("ij,jk", (2, 3), (3, 4)),
    summed(" i j , j k -> k i ", (2, 3), (3, 4)),
    summed("ba", (2, 3)),
    summed("ij->ji", (2, 3)),
    summed("ii", (3, 3)),
    summed("ii->i", (3, 3)),
    summed("iij->j", (3, 3, 2)),
    summed("iij->i", (3, 3, 2)),
    summed("iii->i", (3, 3, 3)),
    summed("ii,ij->j", (3, 3), (3, 2)),
    summed("ij->", (2, 3)),
    summed("ij->i", (2, 3)),
    summed("ij->j", (2, 3)),
    summed("ij,k->i", (2, 3), (4,)),
    summed("i,i->", (3,), (3,)),
    summed("i,j->ji", (3,), (2,)),
    summed(",i->i", (), (3,)),
    summed("ij,ij->ij", (2, 3), (2, 3)),
    summed("ij,ij->", (2, 3), (2, 3)),
    summed("bij,bjk->bik", (2, 2, 3), (2, 3, 4)),
    summed("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)),
    summed("ijk,ilm,njm,nlk->", (2, 2, 2), (2, 2, 2), (2, 2, 2), (2, 2, 2), optimize=True),
    summed("...ij,...jk->...ik", (2, 2, 3), (3, 4)),
    summed("...ij,...jk", (3, 1, 2, 3), (2, 3, 4)),
    summed("...i->...", (2, 3)),
    summed("...ii->...i", (2, 3, 3)),
    summed("i...,i->...", (2, 3, 2), (2,)),
    summed("i...->i...", (2, 3, 2)),
    summed("ij,j->i", (1, 3), (3,)),
    summed("ij,ij->ij", (1, 3), (2, 3)),
    summed("ij,i->i", (1, 3), (4,)),
    Case(
        "np.einsum, a sum over an axis of length one",
        lambda a, b: np.einsum("ij,jk->ik", a, b),
        draw(2, 1),
        N,
        covers=("refitted",),
    ),
    summed("ij,jk->ik", (2, 0), (0, 3)),
    Case(
        "np.einsum, optimize as a string",
        lambda a, b, c: np.einsum("ij,jk,k", a, b, c, optimize="greedy"),
        M,
        N,
        draw(4),
    ),
    Case(
        "np.einsum, a given path",
        lambda a, b, c: np.einsum("ij,jk,k->i", a, b, c, optimize=["einsum_path", (1, 2), (0, 1)]),
        M,
        N,
        draw(4),
    ),
    Case("np.einsum, lists", lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [0, 2]), M, N),
    Case("np.einsum, lists without a result", lambda a, b: np.einsum(a, [0, 1], b, [1, 2]), M, N),
    Case("np.einsum, lists, ellipsis", lambda a, b: np.einsum(a, [..., 0, 1], b, [1, 2], [..., 0, 2]), S, N),
    Case("np.einsum, one active operand", lambda a: np.einsum("ij,jk->ik", a, N), M),
    Case(
        "np.einsum, rank not known",
        lambda a, b: np.sum(np.einsum("...j,jk->...k", or_first(a), b) ** 2),
        M,
        N,
    ),
    Refused("np.einsum, dtype=", lambda a, b: np.einsum("ij,jk", a, b, dtype=float), M, N, match="dtype"),
    Case("np.einsum, out=", lambda a, b: np.sin(np.einsum("ij,jk", a, b, out=np.zeros((2, 4)))), M, N, skip=["float32"]),
]

# ---- stacks of vectors ---------------------------------------------------------------------------

STACKED = [
    Case("np.vecdot", lambda a, b: np.vecdot(a, b), U, V),
    Case("np.vecdot, broadcast", lambda a, b: np.vecdot(a, b), draw(2, 1, 3), draw(4, 3)),
    Case("np.vecdot, axis=-2", lambda a, b: np.vecdot(a, b, axis=-2), T, N),
    Case("np.vecdot, axis=0", lambda a, b: np.vecdot(a, b, axis=0), N, draw(3, 4)[::-1].copy()),
    Case("np.vecdot, axis=0 broadcast", lambda a, b: np.vecdot(a, b, axis=0), U, N),
    Case("np.linalg.vecdot", lambda a, b: np.linalg.vecdot(a, b, axis=-2), T, N),
]
if hasattr(np, "matvec"):
    STACKED += [
        *pairs("np.matvec", lambda a, b: np.matvec(a, b), [M, S, W], [V, draw(2, 3)]),
        *pairs("np.vecmat", lambda a, b: np.vecmat(a, b), [V, draw(2, 3)], [N, T]),
    ]

# ---- flattened operands --------------------------------------------------------------------------

FLATTENED = [
    *pairs("np.outer", lambda a, b: np.outer(a, b), [np.array(0.7), U, M], [draw(4), draw(2, 2)]),
    Case("np.outer, Python float", lambda a, b: np.outer(a, b), 0.4, V),
    Case("np.linalg.outer", lambda a, b: np.linalg.outer(a, b), U, draw(4)),
    Case("np.outer, out=", lambda a, b: np.sin(np.outer(a, b, out=np.zeros((3, 3)))), U, V, skip=["float32"]),
    Case("np.vdot", lambda a, b: np.vdot(a, b), U, V),
    Case("np.vdot, matrices", lambda a, b: np.vdot(a, b), M, draw(3, 2)),
    Case("np.vdot, shapes", lambda a, b: np.vdot(a, b), M, draw(6)),
    Case("np.vdot, 0-d", lambda a, b: np.vdot(a, b), np.array(0.7), np.array(-0.2)),
    *pairs("np.kron", lambda a, b: np.kron(a, b), [U, M, S], [draw(2), draw(2, 2), draw(1, 2, 2)]),
    Case("np.kron, 0-d", lambda a, b: np.kron(a, b), np.array(0.7), M),
    Case("np.kron, both 0-d", lambda a, b: np.kron(a, b), np.array(0.7), np.array(1.2)),
    Case("np.kron, second 0-d", lambda a, b: np.kron(a, b), M, np.array(0.7)),
]

# ---- cross ---------------------------------------------------------------------------------------

CROSS = [
    Case("np.cross", lambda a, b: np.cross(a, b), U, V),
    Case("np.cross, broadcast", lambda a, b: np.cross(a, b), draw(2, 1, 3), draw(4, 3)),
    Case("np.cross, axis=0", lambda a, b: np.cross(a, b, axis=0), N, draw(3, 4)[::-1].copy()),
    Case("np.cross, three axes", lambda a, b: np.cross(a, b, axisa=0, axisb=-1, axisc=0), N, draw(4, 3)),
    Case("np.cross, axes and ranks", lambda a, b: np.cross(a, b, 0, -1, 1), draw(3, 5), draw(4, 5, 3)),
    Case("np.linalg.cross", lambda a, b: np.linalg.cross(a, b), M, V),
    Case("np.linalg.cross, axis=0", lambda a, b: np.linalg.cross(a, b, axis=0), N, draw(3, 4)[::-1].copy()),
]

# ---- convolutions and polynomials ----------------------------------------------------------------

LENGTHS = [(6, 3), (6, 2), (3, 6), (2, 6), (4, 4), (5, 1)]
CONVOLUTIONS = [
    *(
        Case(f"{name}, {mode} {m} {n}", lambda a, v, f=function, mode=mode: f(a, v, mode), draw(m), draw(n))
        for name, function in (("np.convolve", np.convolve), ("np.correlate", np.correlate))
        for mode in ("full", "same", "valid")
        for m, n in LENGTHS
    ),
    Case("np.convolve", lambda a, v: np.convolve(a, v), draw(5), draw(3)),
    Case("np.correlate", lambda a, v: np.correlate(a, v), draw(5), draw(3)),
    Case("np.polyval", lambda p, x: np.polyval(p, x), draw(4), draw(3)),
    Case("np.polyval, matrix", lambda p, x: np.polyval(p, x), draw(3), M),
    Case("np.polyval, 0-d", lambda p, x: np.polyval(p, x), draw(3), np.array(0.7)),
    Case("np.polyval, constant", lambda p, x: np.polyval(p, x), draw(1), U),
    Case("np.polyval, literal coefficients", lambda x: np.polyval([1.0, -2.0, 0.5], x), U),
]

# ---- names of the array API ----------------------------------------------------------------------

ALIASES = [
    Case("np.linalg.trace", lambda x: np.linalg.trace(x), draw(2, 3, 3)),
    Case("np.linalg.trace, offset=", lambda x: np.linalg.trace(x, offset=-1), Q),
    Case("np.linalg.trace, dtype=", lambda x: np.linalg.trace(x, dtype=np.float64), Q, skip=("float32",)),
    Case("np.linalg.diagonal", lambda x: np.linalg.diagonal(x), draw(2, 3, 3)),
    Case("np.linalg.diagonal, offset=", lambda x: np.linalg.diagonal(x, offset=1), N),
]

CASES = [*MATMUL, *CONTRACTIONS, *EINSUM, *STACKED, *FLATTENED, *CROSS, *CONVOLUTIONS, *ALIASES]
