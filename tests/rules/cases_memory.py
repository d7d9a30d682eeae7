"""Versions of an array that writes into it make: ``rules/memory.py``."""

import numpy as np

from srcad.runtime import accumulated, scattered, stored
from tests.rules.check import Case

V = np.array([0.7, -1.2, 0.4, 2.2, 0.1])
W = np.array([1.3, 0.2, -0.6])
M = np.array([[0.3, -1.2, 0.7, 2.1], [-0.4, 1.6, 0.9, -0.8], [1.1, -0.6, 0.2, -1.9]])
T = np.sin(np.arange(1.0, 25.0) ** 2).reshape(2, 3, 4)
S = np.array(0.7)
E = np.zeros((0, 3))
F = np.linspace(0.2, 1.4, 4)

ALL = slice(None)
BACK = slice(None, None, -1)
MIDDLE = slice(1, 3)
ODD = slice(1, None, 2)
MASK = np.array([True, False, True, True, False])
ROWS = np.array([True, False, True])
NOTHING = np.zeros(5, bool)
TABLE = M > 0.5
TWICE = np.array([0, 2, -3, 4, 0])
ONCE = np.array([3, 0, 1])
BELOW = np.array([-1, -2])
GRID = np.array([[0, 1], [2, 2]])
COLUMN = np.array([[0], [2]])
TRUE, FALSE = np.bool_(True), np.bool_(False)
PLACE, NUMBER = np.array(1), np.int64(2)
FAR = np.array([[1, 1], [1, 0]])[::-1].T
BUFFER32 = np.linspace(0.0, 1.0, 5, dtype=np.float32)
WHOLE = np.arange(5)
FLAGS = np.array([True, False, False, True, True])


def one(name, index, x, v, function=stored, parts=False, **options):
    """A part is written; what is written and what is left matter.  ``parts``: one of them is a constant, too."""
    title = {stored: "stored", scattered: "scattered", accumulated: "accumulated"}[function]
    cases = [Case(f"{title}, {name}", lambda x, v: np.sin(function(x, index, v)) * x, x, v, **options)]
    if parts:
        cases += [
            Case(f"{title}, {name}, into constants", lambda v: np.sin(function(x, index, v)) * x, v, **options),
            Case(f"{title}, {name}, of constants", lambda x: np.sin(function(x, index, v)) * x, x, **options),
        ]
    return cases


def both(name, index, x, v, **options):
    """The part is overwritten, or added to."""
    return one(name, index, x, v, stored, **options) + one(name, index, x, v, accumulated, **options)


BASIC = [
    *both("number", 1, V, 0.3, parts=True),
    *both("last", -1, V, S),
    *both("of NumPy", NUMBER, V, 0.3),
    *both("numbers", (1, -1), M, 0.3),
    *both("row", 1, M, F, parts=True),
    *both("row of a number", 1, M, 0.3),
    *both("column", (ALL, 1), M, W, parts=True),
    *both("column of a number", (ALL, 1), M, S),
    *both("slice", MIDDLE, V, W[:2]),
    *both("slice of a number", MIDDLE, V, 0.3, parts=True),
    *both("slice of one", MIDDLE, V, W[:1]),
    *both("steps", ODD, V, W[:2]),
    *both("backwards", BACK, V, V**2),
    *both("everything", Ellipsis, M, M**2, parts=True),
    *both("everything from a row", Ellipsis, M, F, parts=True),
    *both("everything from a column", Ellipsis, M, M[:, :1]),
    *both("everything by a slice", ALL, V, 0.3),
    *both("empty index", (), M, F),
    *both("ellipsis", (Ellipsis, 1), T, M[:2, :3]),
    *both("two slices", (MIDDLE, BACK), M, M[:2]),
    *both("new axis", (None, 1), M, F),
    *both("new axis behind", (ALL, None), V, V[:, None]),
    *both("no elements", slice(2, 2), V, 0.3),
    *both("empty array", ALL, E, W),
    *both("0-d", Ellipsis, S, 0.3, parts=True),
    *both("0-d by an empty index", (), S, S * 2.0),
    *both("block", (0, MIDDLE, ODD), T, M[:2, :2]),
    *one("leading axis dropped", MIDDLE, V, M[:1, :2]),
    *one("leading axes dropped", Ellipsis, F, T[:1, :1]),
    *one("0-d from a vector", Ellipsis, S, V[:1]),
    *one("in the place of a row", 0, M, M[1:2]),
]

ADVANCED = [
    *both("mask", MASK, V, W, parts=True),
    *both("mask of a number", MASK, V, 0.3),
    *both("mask of one", MASK, V, W[:1]),
    *both("mask of nothing", NOTHING, V, 0.3),
    *both("mask of rows", ROWS, M, M[1:]),
    *both("mask of rows from one", ROWS, M, F),
    *both("mask of columns", (ALL, TABLE[0]), M, W[:, None]),
    *both("mask of a matrix", TABLE, M, 0.3),
    *both("mask and number", (ROWS, 1), M, W[:2]),
    *both("list", [0, 3], V, W[:2]),
    *both("list of numbers below 0", [-1, -3], V, W[:2]),
    *one("list that repeats", [0, 3, 0], V, W),
    *one("list that may repeat", [0, -5, 1], V, W),
    *one("list of truths", [True, False, True, False, True], V, W),
    *one("array", ONCE, V, W),
    *one("array of a number", ONCE, V, 0.3),
    *one("repeated", TWICE, V, V**2, parts=True, covers=["last_writes"]),
    *one("repeated number", TWICE, V, 0.3),
    *one("repeated one", TWICE, V, W[:1]),
    *one("repeated rows", TWICE[:2], M, M[:2]),
    *one("repeated rows from one", TWICE[:3], M, F, parts=True),
    *one("repeated rows from a column", np.array([1, 1]), M, M[:2, :1]),
    *one("repeated columns", (ALL, np.array([1, 1, 3])), M, M[:, :3]),
    *one("repeated columns from a row", (ALL, np.array([1, 1, 3])), M, W),
    *one("matrix of indices", GRID, V, M[:2, :2]),
    *one("matrix of indices from a row", GRID, V, W[:2]),
    *one("matrix of indices from a column", GRID, V, M[:2, :1], parts=True),
    *one("matrix of indices, rows", GRID, M, T[0, :2, None]),
    *one("two arrays", (np.array([0, 1, 0]), np.array([2, 1, 2])), M, W),
    *one("two arrays, broadcast", (COLUMN, ONCE), M, M[:2, :3]),
    *one("two arrays, broadcast twice", (np.array([[0], [0]]), ONCE), M, M[:2, :3], parts=True),
    *one("two arrays behind a slice", (ALL, np.array([0, 0]), np.array([1, 1])), T, M[:2, :2]),
    *one("arrays apart", (np.array([0, 0]), ALL, np.array([1, 1])), T, M[:2, :3]),
    *one("array and number", (1, ONCE), M, W),
    *one("array and number apart", (1, ALL, ONCE), T, M[:, :3]),
    *one("array and new axis", (None, np.array([1, 1])), V, M[:1, :2]),
    *one("array and mask", (np.array([1, 0]), np.array([True, False, True, False])), M, W[:2]),
    *one("against the order in memory", FAR, V, M[:2, :2].T.copy().T[::-1][::-1]),
    *one("array without axes", PLACE, V, 0.3),
    *one("array without axes, row", PLACE, M, F),
    *one("true", TRUE, V, V**2, parts=True),
    *one("false", FALSE, V, 0.3),
    *one("truth of a 0-d", TRUE, S, 0.3),
]
ADDED = [
    *one("number", 1, V, 0.3, scattered, parts=True),
    *one("slice", MIDDLE, V, 0.3, scattered),
    *one("mask", MASK, V, W, scattered, parts=True),
    *one("repeated", TWICE, V, V**2, scattered, parts=True),
    *one("repeated number", TWICE, V, 0.3, scattered),
    *one("repeated rows", TWICE[:2], M, F, scattered),
    *one("matrix of indices", GRID, V, M[:2, :1], scattered),
    *one("two arrays", (COLUMN, TWICE[:3]), M, M[:2, :3], scattered),
    *one("everything", Ellipsis, M, F, scattered, parts=True),
]

# ---- indices that are computed -----------------------------------------------------------------------------

COMPUTED = [
    Case("stored, where it is largest", lambda x, v: np.sin(stored(x, np.argmax(x), v)) * x, V, 0.3),
    Case("stored, in order", lambda x, v: np.sin(stored(x, np.argsort(x), v)) * x, V, V**2),
    Case("stored, columns in order", lambda x, v: np.sin(stored(x, (ALL, np.argsort(x[0])), v)) * x, M, F),
    Case("stored, comparison", lambda x, v: np.sin(stored(x, x > 0.0, v)) * x, M, 0.3, skip=["batch"]),
    Case("stored, where not zero", lambda x, v: np.sin(stored(x, np.nonzero(MASK), v)) * x, V, W),
    Case("stored, places", lambda x, v: np.sin(stored(x, np.nonzero(TABLE), v)) * x, M, 0.3),
    Case("stored, along a path", lambda x, v: np.sin(stored(x, np.argsort(x)[:2] // 2, v)) * x, V, W[:2]),
    Case("stored, twice", lambda x, v: np.sin(stored(stored(x, 1, v * v), MIDDLE, v)) * x, V, 0.3),
    Case("stored, its own part", lambda x: np.sin(stored(x, MIDDLE, x[2:4] * x[0])) * x, V),
    Case("stored, then read", lambda x, v: stored(x, MIDDLE, v)[2] * stored(x * x, TWICE, v)[0], V, 0.3),
]

# ---- types -------------------------------------------------------------------------------------------------


TYPES = [
    Case("stored, float64 into float32", lambda v: np.sin(stored(BUFFER32, MIDDLE, v).astype(float)), W[:2],
         rtol=1e-3, rounding=1e-6, skip=["float32"]),
    Case("accumulated, float64 into float32", lambda v: np.sin(accumulated(BUFFER32, MIDDLE, v).astype(float)), W[:2],
         rtol=1e-3, rounding=1e-6, skip=["float32"]),
    Case("stored, float64 into float32, repeated", lambda v: np.sin(stored(BUFFER32, TWICE, v).astype(float)), V,
         rtol=1e-3, rounding=1e-6, skip=["float32"]),
    Case("stored, integers", lambda v: stored(WHOLE, MIDDLE, v) * 1.5 + v[0], 9.0 * W[:2]),
    Case("stored, truths", lambda v: stored(FLAGS, MIDDLE, v) * 1.5 + v[0], W[:2]),
    Case("stored, integers into floats", lambda x: np.sin(stored(x, TWICE, WHOLE)) * x, V),
]

CASES = BASIC + ADVANCED + ADDED + COMPUTED + TYPES
