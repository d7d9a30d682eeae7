"""Taking, sorting, diagonals, triangles, choosing: ``rules/indexing.py``."""

import numpy as np

from tests.rules.cases_reductions import blurred
from tests.rules.check import Case, Refused, Singular

V = np.array([0.7, -1.2, 0.4, 2.2, 0.1])
M = np.array([[0.3, -1.2, 0.7, 2.1], [-0.4, 1.6, 0.9, -0.8], [1.1, -0.6, 0.2, -1.9]])
T = np.sin(np.arange(1.0, 25.0) ** 2).reshape(2, 3, 4)
Q = M[:, 1:]
S = np.array(0.7)
E = np.zeros((0, 3))

REPEATED = np.array([0, 2, 2, -1])
GRID = np.array([[0, 1], [2, 2]])
FAR = np.array([7, -9, 1])
NOWHERE = np.zeros(0, int)
COLUMNS = np.array([[0, 0], [1, 3], [2, 2]])
ROW = np.array([[0, 0, 1, 2]])
DEEP = np.zeros((2, 1, 4), int)
TERNARY = np.array([[0], [1], [2]])
BITS = np.array([0, 1, 1, 0, 1])
WRAPPED = np.array([0, 3, -1, 2, 1])
EVERY_OTHER = np.array([True, False, True])
LEVELS = np.array([1.0, 10.0, 100.0])

# ---- subscripts --------------------------------------------------------------------------------------------

SUBSCRIPTS = [
    Case("operator.getitem", lambda x: np.sin(x[1:]) * x[:-1], V),
    Case("operator.getitem, number", lambda x: np.sin(x[1]) * x[-1], V),
    Case("operator.getitem, truth", lambda x: np.sin(x[True]) * x, V),
    Case("operator.getitem, truth among others", lambda x: np.sin(x[None, True, :, 1]) * x[:, 0], M),
    Case("operator.getitem, column", lambda x: np.sin(x[1:, 2]) * x[:-1, 0], M),
    Case("operator.getitem, new axis", lambda x: np.sin(x[:, None] * x), V),
    Case("operator.getitem, ellipsis", lambda x: np.sin(x[..., 1]), T),
    Case("operator.getitem, steps backwards", lambda x: np.sin(x[::-2]), V),
    Case("operator.getitem, repeated", lambda x: np.sin(x[REPEATED]), V),
    Case("operator.getitem, array behind a slice", lambda x: np.sin(x[:, REPEATED]), M),
    Case("operator.getitem, two arrays", lambda x: np.sin(x[:, GRID, REPEATED[:2]]), T),
    Case("operator.getitem, arrays apart", lambda x: np.sin(x[NOWHERE, :, NOWHERE]), T),
    Case("operator.getitem, array and number apart", lambda x: np.sin(x[0, :, REPEATED]), T),
    Case("operator.getitem, mask", lambda x: np.sin(x[EVERY_OTHER]), M),
    Case("operator.getitem, comparison", lambda x: np.sin(x[x > 0.0]), M, skip=["batch"]),
    Case("operator.getitem, where it is largest", lambda x: np.sin(x[np.argmax(x)]), V),
    Case("operator.getitem, largest of a column", lambda x: np.sin(x[np.argmax(x[:, 0]), :]), M),
    Case("operator.getitem, largest of a row", lambda x: np.sin(x[:, np.argmax(x[0])]), M),
    Case("operator.getitem, in order", lambda x: np.sin(x[np.argsort(x)]) * x, V),
    Case("operator.getitem, columns in order", lambda x: np.sin(x[:, np.argsort(x[0])]), M),
    Case("operator.getitem, order apart", lambda x: np.sin(x[np.argsort(x[:2, 0, 0]), :, 1]), T),
]

# ---- take, compress ----------------------------------------------------------------------------------------

TAKEN = [
    Case("np.take", lambda x: np.sin(np.take(x, REPEATED)), V),
    Case("np.take, flattened", lambda x: np.sin(np.take(x, GRID)), M),
    Case("np.take, axis 0", lambda x: np.sin(np.take(x, GRID, axis=0)), M),
    Case("np.take, axis -1", lambda x: np.sin(np.take(x, GRID, -1)), T),
    Case("np.take, number", lambda x: np.sin(np.take(x, -2)), V),
    Case("np.take, number and axis", lambda x: np.sin(np.take(x, 1, axis=1)), T),
    Case("np.take, number of all", lambda x: np.sin(np.take(x, 5)), M),
    Case("np.take, list", lambda x: np.sin(np.take(x, [0, 0, 1], axis=0)), M),
    Case("np.take, tuple", lambda x: np.sin(np.take(x, (1, 2, 1))), V),
    Case("np.take, nothing", lambda x: np.sin(np.take(x, NOWHERE, axis=1)), M),
    Case("np.take, wrap", lambda x: np.sin(np.take(x, FAR, mode="wrap")), V),
    Case("np.take, wrap flattened", lambda x: np.sin(np.take(x, FAR, mode="wrap")), M),
    Case("np.take, clip", lambda x: np.sin(np.take(x, FAR, axis=1, mode="clip")), M),
    Case("np.take, in order", lambda x: np.sin(np.take(x, np.argsort(x))), V),
    Case("np.take, rows in order", lambda x: np.sin(np.take(x, np.argsort(x[:, 0]), axis=0)), M),
    Case("np.take, columns in order", lambda x: np.sin(np.take(x, np.argsort(x[0]), axis=1)), M),
    Case("np.take, method", lambda x: np.sin(x.take(REPEATED, axis=1)), M),
    Case("np.take, out", lambda x: np.sin(np.take(x, GRID, out=np.zeros((2, 2)))), V, skip=["float32"]),
    Case("np.compress", lambda x: np.sin(np.compress(EVERY_OTHER, x)), V),
    Case("np.compress, axis", lambda x: np.sin(np.compress([True, False, True], x, axis=1)), M),
    Case("np.compress, flattened", lambda x: np.sin(np.compress(EVERY_OTHER, x)), M),
    Case("np.take_along_axis", lambda x: np.sin(np.take_along_axis(x, REPEATED, 0)), V),
    Case(
        "np.take_along_axis, matrix",
        lambda x: np.sin(np.take_along_axis(x, COLUMNS, axis=1)),
        M,
        covers=["scattered_along"],
    ),
    Case("np.take_along_axis, axis 0", lambda x: np.sin(np.take_along_axis(x, ROW, axis=0)), M),
    Case("np.take_along_axis, negative axis", lambda x: np.sin(np.take_along_axis(x, DEEP, axis=-2)), T),
    Case("np.take_along_axis, flattened", lambda x: np.sin(np.take_along_axis(x, REPEATED, axis=None)), M),
    Case(
        "np.take_along_axis, in order",
        lambda x: np.sin(np.take_along_axis(x, np.argsort(x, axis=1), axis=1)) * x,
        M,
    ),
]

# ---- sorting -----------------------------------------------------------------------------------------------

SORTED = [
    Case("np.sort", lambda x: np.sin(np.sort(x)) * x, V),
    Case("np.sort, last axis", lambda x: np.sin(np.sort(x)) * x, M),
    Case("np.sort, axis 0", lambda x: np.sin(np.sort(x, axis=0, kind="mergesort")) * x, M),
    Case("np.sort, middle axis", lambda x: np.sin(np.sort(x, 1)) * x, T),
    Case("np.sort, flattened", lambda x: np.sin(np.sort(x, axis=None)) * np.arange(12.0), M),
    Case("np.sort, stable", lambda x: np.sin(np.sort(x, stable=True)) * x, V),
    Case("np.sort, empty", lambda x: np.sin(np.sort(x, axis=0)), E),
    Singular(
        "np.sort, ties",
        lambda x: np.sort(x) * LEVELS,
        [np.array([2.0, 1.0, 1.0])],
        [np.array([100.0, 1.0, 10.0])],
    ),
    Singular(
        "np.sort, ties along an axis",
        lambda x: np.sort(x, axis=1) * LEVELS,
        [np.array([[2.0, 1.0, 1.0], [3.0, 3.0, 3.0]])],
        [np.array([[100.0, 1.0, 10.0], [1.0, 10.0, 100.0]])],
    ),
    Refused("np.sort, order", lambda x: np.sort(x, order=None), V, match="order"),
    Case("np.sort, in place", lambda x: np.sin(sorted_in_place(x * 2.0)), V),
    Case("np.partition", lambda x: np.sin(np.partition(x, 2)) * x, V),
    Case("np.partition, two places", lambda x: np.sin(np.partition(x, (1, 2), axis=1)) * x, M),
    Case("np.partition, axis 0", lambda x: np.sin(np.partition(x, 1, axis=0)) * x, M),
    Case("np.sort, of unknown rank", lambda x: np.sum(np.sin(np.sort(blurred(x)))), M),
    Case("np.take, of unknown rank", lambda x: np.sum(np.sin(np.take(blurred(x), REPEATED, axis=1))), M),
    Case("np.partition, flattened", lambda x: np.sin(np.partition(x, 3, axis=None)), M),
]


def sorted_in_place(x):
    y = 2.0 * x
    y.sort()
    return y


# ---- diagonals and triangles -------------------------------------------------------------------------------

DIAGONALS = [
    Case("np.diag", lambda x: np.sin(np.diag(x)), V),
    Case("np.diag, above", lambda x: np.sin(np.diag(x, 1)), V),
    Case("np.diag, below", lambda x: np.sin(np.diag(x, k=-2)), V),
    Case("np.diag, of a matrix", lambda x: np.sin(np.diag(x)), M),
    Case("np.diag, of a matrix above", lambda x: np.sin(np.diag(x, 1)), M),
    Case("np.diag, of a matrix below", lambda x: np.sin(np.diag(x, -1)), M),
    Case("np.diag, outside of a matrix", lambda x: np.sin(np.diag(x, 7)), M),
    Case("np.diagflat", lambda x: np.sin(np.diagflat(x, 1)), Q),
    Case("np.diagonal", lambda x: np.sin(np.diagonal(x)), M),
    Case("np.diagonal, first axes", lambda x: np.sin(np.diagonal(x)), T),
    Case("np.diagonal, last axes", lambda x: np.sin(np.diagonal(x, 1, 1, 2)), T),
    Case("np.diagonal, outer axes", lambda x: np.sin(np.diagonal(x, -1, axis1=2, axis2=0)), T),
    Case("np.diagonal, negative axes", lambda x: np.sin(np.diagonal(x, axis1=-2, axis2=-1)), T),
    Case("np.diagonal, method", lambda x: np.sin(x.diagonal(offset=1)), M),
    Case("np.diagonal, of unknown rank", lambda x: np.sum(np.sin(np.diagonal(blurred(x), 1))), M),
    Case("np.diagonal, square", lambda x: x.diagonal() * np.sin(np.diagonal(x)), Q),
    Case("np.trace", lambda x: np.sin(np.trace(x)), Q),
    Case("np.trace, below", lambda x: np.sin(np.trace(x, offset=-1)), M),
    Case("np.trace, first axes", lambda x: np.sin(np.trace(x)), T),
    Case("np.trace, last axes", lambda x: np.sin(np.trace(x, 1, 1, 2)), T),
    Case("np.trace, outer axes", lambda x: np.sin(np.trace(x, axis1=0, axis2=2)), T),
    Case("np.trace, dtype", lambda x: np.sin(np.trace(x, dtype=np.float64)), Q),
    Case(
        "np.trace, of unknown rank",
        lambda x: np.sum(np.sin(np.trace(blurred(x)))),
        Q,
        covers=["placed_on_diagonal"],
    ),
    Case("np.trace, method", lambda x: np.sin(x.trace()), Q),
    Case("np.tril", lambda x: np.sin(np.tril(x)), M),
    Case("np.tril, of matrices", lambda x: np.sin(np.tril(x, -1)), T),
    Case("np.tril, of a vector", lambda x: np.sin(np.tril(x, k=1)), V),
    Case("np.triu", lambda x: np.sin(np.triu(x, 1)), M),
    Case("np.triu, of matrices", lambda x: np.sin(np.triu(x, k=1)), T),
]

# ---- choosing ----------------------------------------------------------------------------------------------

CHOSEN = [
    Case("np.choose", lambda x, y: np.sin(np.choose(BITS, [x, y])), V, V**2),
    Case("np.choose, broadcast", lambda x, y, z: np.sin(np.choose(TERNARY, [x, y, z])), V[:4], S, M),
    Case("np.choose, wrap", lambda x, y: np.sin(np.choose(WRAPPED, (x, y), mode="wrap")), V, V**2),
    Case("np.choose, clip", lambda x, y: np.sin(np.choose(WRAPPED, (x, y), mode="clip")), V, V**2),
    Case("np.choose, list", lambda x, y: np.sin(np.choose([0, 1, 1, 0, 0], [x, y])), V, V**2),
]

CASES = [*SUBSCRIPTS, *TAKEN, *SORTED, *DIAGONALS, *CHOSEN]
