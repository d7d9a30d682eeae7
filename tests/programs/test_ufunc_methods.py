"""Methods of ufuncs: ``np.add.reduce``, ``accumulate``, ``reduceat`` and ``outer``, with ``out=`` and without."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])
Y = np.array([1.5, 0.2, -0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3], [0.7, 0.4, 1.1]])


def test_program(program, check):
    check(program)


@program(A)
def sums(a):
    return np.add.reduce(a) * np.add.reduce(a, axis=1) + np.add.reduce(a, axis=None, keepdims=True) ** 2


@program(A)
def sum_with_a_start_and_a_mask(a):
    return np.add.reduce(a * a, axis=0, initial=2.0, where=a > 0.0) * a


@program(X)
def products(x):
    return np.multiply.reduce(x) * x + np.multiply.reduce(x[1:])


@program(A)
def largest_and_smallest(a):
    return np.maximum.reduce(a) * np.minimum.reduce(a, axis=1) + np.maximum.reduce(a, axis=None)


@program(X, Y)
def one_of_several_arrays(x, y):
    return np.maximum.reduce([x[:3], y, x[1:] * y]) + np.add.reduce([y, y * y])


@program(A)
def running_sums_and_products(a):
    return np.add.accumulate(a) * np.multiply.accumulate(a, axis=1)


@program(X)
def greatest_fall(x):
    peak = np.maximum.accumulate(x * x)
    return np.sum((peak - x) ** 2) * np.minimum.accumulate(x)


@program(A)
def running_extrema_along_an_axis(a):
    return np.maximum.accumulate(a, axis=1) * np.minimum.accumulate(a, axis=0)


@program(X)
def sums_of_segments(x):
    return np.add.reduceat(x * x, [0, 2, 3]) ** 2


@program(X)
def sums_of_segments_that_overlap(x):
    return np.add.reduceat(x, np.array([0, 3, 1, 2])) * x


@program(A)
def sums_of_segments_of_columns(a):
    return np.add.reduceat(a * a, [0, 1], axis=1) * np.add.reduceat(a, [0, 2], axis=0)[0, 1]


@program(X, Y)
def outer_tables(x, y):
    return np.multiply.outer(x, y) * np.subtract.outer(x, y) + np.add.outer(x, y * y)


@program(A, Y)
def outer_of_a_matrix(a, y):
    return np.multiply.outer(a, y).sum(axis=0) * np.add.outer(y, 2.0)[:, None]


@program(X)
def into_out(x):
    y = np.empty(4)
    np.add.accumulate(x * x, out=y)
    np.multiply.accumulate(1.0 + 0.1 * y, 0, None, y)
    total = np.zeros(())
    np.add.reduce(y, out=total)
    return y * total


@program(A)
def reduced_into_rows(a):
    b = np.zeros((3, 3))
    for i in range(3):
        np.add.reduce(a * a[i], axis=1, out=b[i])
    np.multiply.reduce(a, axis=0, out=b[:, 1])
    return b


@program(X, Y)
def outer_into_out(x, y):
    table = np.empty((4, 3))
    np.multiply.outer(x, y, out=table)
    table[0] += 1.0
    np.add.reduceat(table, [0, 2], axis=0, out=table[:2])
    return table


@program(A)
@program(-A)
def conditions_reduced(a):
    if np.logical_and.reduce(a > -2.0, axis=None) and np.logical_or.reduce(a[0] > 1.5):
        return a * a
    return np.sin(a)
