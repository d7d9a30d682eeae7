"""Functions that make one array of several or the reverse: ``rules/joining.py``, ``rules/splitting.py``."""

import numpy as np

from srcad import runtime
from tests.rules.check import Case, Refused

V = np.array([0.3, -1.2, 0.7])
U = np.array([1.3, 0.2])
M = np.array([[0.3, -1.2, 0.7], [2.1, -0.4, 1.6]])
N = np.array([[0.5, 1.2], [-0.1, 0.4]])
T = np.linspace(-1.0, 1.5, 24).reshape(2, 3, 4)
S = np.array(0.7)
E = np.zeros((0, 3))
CONSTANT = np.array([0.25, 0.5])

# ---- array and its relatives -------------------------------------------------------------------------------

ARRAYS = [
    Case("np.array", lambda x, y: np.sin(np.array([x, y, x * y])), 0.3, 1.2),
    Case("np.array, 0-d", lambda x, y: np.sin(np.array([x, y])), S, S + 1),
    Case("np.array, nested", lambda x, y: np.array([[x, y, 1.0], [y, 2, x * y]]) * M, 0.3, 1.2),
    Case("np.array, of arrays", lambda x, y: np.array([x, [1.0, 0.0, y]]) * M, V, S),
    Case("np.array, tuple", lambda x, y: np.sin(np.array((x, 2 * y))), V, V + 1),
    Case("np.array, of an array", lambda x: np.sin(np.array(x)), M),
    Case("np.array, of a number", lambda x: 2.0 * np.array(x), 0.3),
    Case("np.array, ndmin", lambda x: np.sin(np.array(x, ndmin=3)), V),
    Case("np.array, ndmin of a list", lambda x, y: np.sin(np.array([x, y], ndmin=2)), 0.3, 1.2),
    Case("np.array, dtype", lambda x: np.sin(np.array([x, 1], dtype=np.float64)), S),
    Case("np.array, copy and order", lambda x: np.sin(np.array(x, copy=True, order="F")), M),
    Refused("np.array, copy=None", lambda x: np.array(x, copy=None), M, match="copy"),
    Case("np.asarray", lambda x: np.sin(np.asarray(x)), M),
    Case("np.asarray, list", lambda x, y: np.sin(np.asarray([x, y])), 0.3, 1.2),
    Case("np.asarray, dtype", lambda x: np.sin(np.asarray(x, dtype=np.float64)), M),
    Case("np.asarray, number", lambda x: 2.0 * np.asarray(x), 0.3),
    Case("np.asanyarray", lambda x: np.sin(np.asanyarray(x)), M),
    Case("np.ascontiguousarray", lambda x: np.sin(np.ascontiguousarray(x)), M),
    Case("np.ascontiguousarray, 0-d", lambda x: np.sin(np.ascontiguousarray(x)), S),
    Case("np.asfortranarray", lambda x: np.sin(np.asfortranarray(x)), M),
    Case("np.require", lambda x: np.sin(np.require(x, requirements=["C"])), M),
]

# ---- concatenate, stack and their kin ----------------------------------------------------------------------

JOINED = [
    Case("np.concatenate", lambda x, y: np.concatenate([x, y]) * np.arange(5.0), V, U),
    Case("np.concatenate, concat", lambda x, y: np.concat((x, y)) * np.arange(5.0), V, U),
    Case(
        "np.concatenate, axis",
        lambda x, y: np.concatenate((x, y), axis=1) * np.arange(10.0).reshape(2, 5),
        M,
        N,
    ),
    Case(
        "np.concatenate, last axis",
        lambda x, y: np.concatenate((x, y, x), -1) * np.arange(16.0).reshape(2, 8),
        M,
        N,
    ),
    Case(
        "np.concatenate, axis None",
        lambda x, y: np.concatenate((x, y, [1.0]), axis=None) * np.arange(9.0),
        M,
        U,
    ),
    Case("np.concatenate, constants", lambda x: np.concatenate(([0.0], x, CONSTANT)) * np.arange(6.0), V),
    Case(
        "np.concatenate, numbers",
        lambda x, a: np.concatenate([[a, 1.0], x, [a * a]]) * np.arange(6.0),
        V,
        0.3,
    ),
    Case(
        "np.concatenate, nested lists",
        lambda x, a: np.concatenate([x, [[a, 1.0]]]) * np.arange(6.0).reshape(3, 2),
        N,
        0.3,
    ),
    Case("np.concatenate, one", lambda x: np.sin(np.concatenate([x])), M),
    Case("np.concatenate, empty", lambda x, y: np.sin(np.concatenate([x, y])), E, M),
    Case("np.concatenate, rows of an array", lambda x: np.sin(np.concatenate(x)), M),
    Case(
        "np.concatenate, an array, axis",
        lambda x: np.concatenate(x, axis=1) * np.arange(24.0).reshape(3, 8),
        T,
    ),
    Case("np.concatenate, dtype", lambda x, y: np.sin(np.concatenate([x, y], dtype=np.float64)), V, U),
    Case("np.stack", lambda x, y: np.stack([x, y]) * M, V, V + 1),
    Case("np.stack, axis", lambda x, y: np.stack((x, y), axis=1) * M.T, V, V + 1),
    Case(
        "np.stack, last axis",
        lambda x, y: np.stack((x, y, x), -1) * np.arange(18.0).reshape(2, 3, 3),
        M,
        M + 1,
    ),
    Case("np.stack, numbers", lambda x, y: np.sin(np.stack([x, y, 2.0])), S, S + 1),
    Case("np.stack, lists", lambda x, y: np.stack([[x, y], [y, 1.0]], axis=1) * N, 0.3, 1.2),
    Case("np.stack, an array", lambda x: np.stack(x, axis=-1) * M.T, M),
    Case("np.vstack", lambda x, y: np.vstack([x, y]) * M, V, V + 1),
    Case("np.vstack, matrices", lambda x, y: np.vstack((x, y)) * np.arange(9.0).reshape(3, 3), M, V),
    Case("np.vstack, numbers", lambda x, y: np.sin(np.vstack([x, y])), S, S + 1),
    Case("np.vstack, an array", lambda x: np.sin(np.vstack(x)), T),
    Case("np.hstack", lambda x, y: np.hstack([x, y]) * np.arange(5.0), V, U),
    Case("np.hstack, matrices", lambda x, y: np.hstack((x, y)) * np.arange(10.0).reshape(2, 5), M, N),
    Case("np.hstack, numbers", lambda x, y: np.hstack([x, y, V]) * np.arange(5.0), S, S + 1),
    Case("np.hstack, an array", lambda x: np.hstack(x) * np.arange(24.0).reshape(3, 8), T),
    Case("np.dstack", lambda x, y: np.dstack([x, y]) * np.arange(12.0).reshape(2, 3, 2), M, M + 1),
    Case("np.dstack, vectors", lambda x, y: np.sin(np.dstack([x, y])), V, V + 1),
    Case("np.dstack, numbers", lambda x, y: np.sin(np.dstack([x, y])), S, S + 1),
    Case("np.dstack, tensors", lambda x, y: np.sin(np.dstack([x, y])), T, T[:, :, :1] + 1),
    Case("np.column_stack", lambda x, y: np.column_stack([x, y]) * M.T, V, V + 1),
    Case(
        "np.column_stack, matrix", lambda x, y: np.column_stack((x, y)) * np.arange(8.0).reshape(2, 4), M, U
    ),
    Case("np.column_stack, numbers", lambda x, y: np.sin(np.column_stack([x, y])), S, S + 1),
    Case("np.column_stack, an array", lambda x: np.column_stack(x) * M.T, M),
    Case(
        "unjoined",
        lambda g: np.sin(np.concatenate(runtime.unjoined(g, np.vstack, [M[:1], M]))),
        np.arange(9.0).reshape(3, 3) / 9,
    ),
    Case("np.block", lambda x, y: np.block([[x, y], [y, x]]) * np.arange(16.0).reshape(4, 4), N, N + 1),
    Case("np.block, row", lambda x, y: np.sin(np.block([x, y])), V, U),
    Case("np.block, numbers", lambda x, y: np.block([[x, 1.0], [y, x * y]]) * N, 0.3, 1.2),
    Case("np.append", lambda x, y: np.append(x, y) * np.arange(5.0), V, U),
    Case("np.append, number", lambda x, y: np.append(x, y) * np.arange(4.0), V, 0.3),
    Case("np.append, list", lambda x, y: np.append(x, [y, 2.0]) * np.arange(5.0), V, 0.3),
    Case("np.append, matrix", lambda x, y: np.append(x, y) * np.arange(10.0), M, N),
    Case("np.append, axis", lambda x, y: np.append(x, y, axis=1) * np.arange(10.0).reshape(2, 5), M, N),
    Case("np.insert", lambda x, y: np.insert(x, 1, y) * np.arange(4.0), V, 0.3),
    Case("np.insert, at the end", lambda x, y: np.insert(x, -1, y) * np.arange(4.0), V, S),
    Case("np.insert, row", lambda x, y: np.insert(x, 1, y, axis=0) * np.arange(9.0).reshape(3, 3), M, V),
    Case("np.insert, column", lambda x, y: np.insert(x, 0, y, axis=1) * np.arange(8.0).reshape(2, 4), M, U),
    Case(
        "np.insert, number in each row",
        lambda x, y: np.insert(x, 2, y, axis=1) * np.arange(8.0).reshape(2, 4),
        M,
        0.3,
    ),
    Case("np.insert, flat", lambda x, y: np.insert(x, 2, y) * np.arange(7.0), M, 0.3),
    Case("np.delete", lambda x: np.delete(x, 1) * np.arange(2.0), V),
    Case("np.delete, last", lambda x: np.delete(x, -1) * np.arange(2.0), V),
    Case("np.delete, slice", lambda x: np.sin(np.delete(x, slice(0, 2))), V),
    Case("np.delete, several", lambda x: np.delete(x, [0, 2], axis=1) * np.arange(1.0, 3.0)[:, None], M),
    Case("np.delete, flat", lambda x: np.delete(x, [0, 4]) * np.arange(4.0), M),
]


def collected(x):
    parts = [np.sin(x[k:]) for k in range(len(x))]
    return np.concatenate(parts) * np.arange(6.0)


def stacked(x):
    rows = [x * k for k in range(4)]
    return np.stack(rows, axis=1) ** 2


def arrayed(x):
    return np.array([np.sin(x[k]) * k for k in range(len(x))])


JOINED += [
    Case("np.concatenate, a list", collected, V),
    Case("np.stack, a list", stacked, V, covers=("list",)),
    Case("np.array, a list", arrayed, V),
]

# ---- split and its kin -------------------------------------------------------------------------------------


def halves(x):
    a, b = np.split(x, 2)
    return np.sin(a) * b


def at_indices(x):
    a, b, c = np.split(x, [1, 2], axis=1)
    return a * b, np.sin(c)


def one_unused(x):
    a, _, c = np.split(x, [1, 3], axis=-1)
    return np.sum(a) * np.sin(c)


def uneven(x):
    a, b = np.array_split(x, 2)
    return a[0] * np.sin(b)


def columns(x):
    a, b = np.hsplit(x, [1])
    return a * np.sin(b)


def columns_of_vector(x):
    a, b = np.hsplit(x, [1])
    return a * np.sin(b)


def slabs(x):
    a, b = np.vsplit(x, 2)
    return a * np.sin(b)


def depths(x):
    a, b = np.dsplit(x, 2)
    return a * np.sin(b)


def unstacked(x):
    a, b, c = np.unstack(x, axis=1)
    return a * np.sin(b) + c


def unstacked_vector(x):
    a, b, c = np.unstack(x)
    return a * np.sin(b) + c


def by_position(x):
    parts = np.split(x, 3)
    return parts[0] * np.sin(parts[2])


def alone(x):
    return np.sin(np.split(x, 1)[0])


def broadcast_both(x, y):
    a, b = np.broadcast_arrays(x, y)
    return a * np.sin(b)


def grid(x, y):
    a, b = np.meshgrid(x, y)
    return np.sin(a) * b


def grid_of_three(x, y):
    a, b, c = np.meshgrid(x, y, CONSTANT, indexing="ij")
    return np.sin(a) * b + c


def open_grid(x, y):
    a, b = np.meshgrid(x, y, sparse=True)
    return np.sin(a) * b


def grid_of_number(x, y):
    a, b = np.meshgrid(x, y, copy=False)
    return np.sin(a) * b


SPLIT = [
    Case("np.split", halves, V[[0, 1, 2, 0]]),
    Case("np.split, indices", at_indices, M),
    Case("np.split, one unused", one_unused, T),
    Case("np.split, by position", by_position, V),
    Case("np.split, one part", alone, V),
    Case("np.array_split", uneven, V),
    Case("np.hsplit", columns, M),
    Case("np.hsplit, vector", columns_of_vector, V),
    Case("np.vsplit", slabs, M),
    Case("np.dsplit", depths, T),
    Case("operator.getitem, unstack", unstacked, M),
    Case("operator.getitem, unstack vector", unstacked_vector, V),
    Case("np.broadcast_arrays", broadcast_both, M, V),
    Case("np.broadcast_arrays, 0-d", broadcast_both, M[:, :1], S),
    Case("np.meshgrid", grid, V, U),
    Case("np.meshgrid, ij", grid_of_three, V, U),
    Case("np.meshgrid, sparse", open_grid, V, U),
    Case("np.meshgrid, number", grid_of_number, S, U),
]

CASES = ARRAYS + JOINED + SPLIT
