"""Writes through masks and integer arrays; an index that repeats takes the last value."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])
Y = np.array([1.5, 0.2, -0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3], [0.7, 0.4, 1.1]])
ORDER = np.array([2, 0, 3])
REPEATED = np.array([1, 2, 1])


def test_program(program, check):
    check(program)


@program(X)
@program(-X)
def mask_by_a_number(x):
    y = x * x
    y[x < 0.0] = x[0]
    return y * x


@program(X)
@program(-X)
def mask_by_an_array(x):
    y = np.zeros(4)
    y[x > 0.0] = np.sin(x[x > 0.0])
    y[x <= 0.0] = x[x <= 0.0] ** 2
    return y


@program(X)
@program(-X)
def rectified_in_place(x):
    y = x * 1.5
    y[y < 0.0] = 0.0
    return y * y


@program(X)
def mask_of_what_is_written(x):
    y = x * x
    y[y > 1.0] = np.log(y[y > 1.0]) + 1.0
    return y * x


@program(X)
def mask_that_selects_nothing(x):
    y = x * x
    y[x > 10.0] = 0.0
    return y


@program(A)
def mask_of_a_matrix(a):
    b = a.copy()
    b[a > 1.0] = a[0, 0]
    return b * b


@program(A)
def mask_of_rows(a):
    b = a.copy()
    b[a[:, 0] > 0.6] = a[0]
    return b * b


@program(A)
def mask_of_a_column(a):
    b = a.copy()
    b[a[:, 0] > 0.6, 1] = np.sum(a)
    return b * b


@program(X, Y)
def integer_array(x, y):
    z = x * x
    z[ORDER] = y * x[1]
    return z * x


@program(X, Y)
def list_of_integers(x, y):
    z = x * x
    z[[3, 0, 1]] = y
    return z * x


@program(X, Y)
def repeated_index_takes_the_last(x, y):
    z = x * x
    z[REPEATED] = y * x[0]
    return z * x


@program(X, Y)
def repeated_index_in_a_list(x, y):
    z = np.zeros(4)
    z[[0, 0, 0]] = y
    return z * x


@program(X)
def repeated_index_by_a_number(x):
    z = np.ones(4)
    z[REPEATED] = x[0] * x[1]
    return z * x


@program(A, Y)
def rows_by_integers(a, y):
    b = a.copy()
    b[[2, 0]] = y * y
    return b * a


@program(A, Y)
def repeated_rows(a, y):
    b = a.copy()
    b[[1, 1]] = np.stack([y, y * y])
    return b * a


@program(A, Y)
def columns_by_integers(a, y):
    b = a.copy()
    b[:, [0, 2]] = y[:, None] * a[:, :2]
    return b * a


@program(A, Y)
def pairs_of_integers(a, y):
    b = a.copy()
    b[[0, 1, 2], [2, 0, 1]] = y * y
    return b * a


@program(A)
def diagonal_by_arange(a):
    b = a.copy()
    n = np.arange(3)
    b[n, n] = np.exp(a[n, n])
    return b @ a


@program(A)
def block_by_ix(a):
    b = np.zeros((4, 4))
    b[np.ix_([0, 2, 3], [1, 2, 3])] = a
    return b @ b


@program(A)
def triangle_by_indices(a):
    b = np.zeros((3, 3))
    b[np.tril_indices(3)] = a[np.tril_indices(3)] ** 2
    return b @ b.T


@program(np.array([0.5, 1.2, -0.4, 0.8, 0.1, 1.5]))
def symmetric_matrix_from_a_triangle(v):
    s = np.zeros((3, 3))
    upper = np.triu_indices(3)
    s[upper] = v
    s.T[upper] = v
    return s @ s


@program(X)
def permutation_scattered(x):
    order = np.argsort(x)
    ranks = np.zeros(4)
    ranks[order] = x * np.arange(4)
    return ranks * x


@program(X)
def scattered_through_nonzero(x):
    y = np.ones(4)
    where = np.nonzero(x > 0.4)[0]
    y[where] = x[where] ** 2
    return y * x


@program(X)
def integer_array_in_a_loop(x):
    y = x.copy()
    for k in range(3):
        y[[k, k + 1]] = y[[k + 1, k]] * x[k]
    return y


@program(X, rest=(np.array([True, False, True, False]),))
def mask_as_argument(x, mask):
    y = x * x
    y[mask] = x[~mask]
    return y * x


@program(A, Y)
def mixed_slice_and_integers(a, y):
    b = np.ones((3, 3))
    b[1:, [0, 2]] = a[:2, :2] * y[:2]
    return b * a
