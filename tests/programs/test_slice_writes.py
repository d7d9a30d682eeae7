"""Slices of arrays that are assigned: rows, columns, steps, whole arrays, broadcast values, overlapping reads."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3, 0.9])
Y = np.array([1.5, 0.2, -0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3], [0.7, 0.4, 1.1]])


def test_program(program, check):
    check(program)


@program(X)
def slice_of_a_copy(x):
    y = x.copy()
    y[1:3] = x[3:] ** 2
    return y * x


@program(X)
def slice_by_a_number(x):
    y = x * x
    y[::2] = x[0] * x[1]
    return y


@program(X)
def slice_by_a_constant(x):
    y = x * x
    y[1:4] = 0.0
    return y * x + y


@program(X)
def shifted_onto_itself(x):
    y = x * x
    y[1:] = y[:-1]
    return y * x


@program(X)
def shifted_the_other_way(x):
    y = x * x
    y[:-1] = y[1:] * x[0]
    return y


@program(X)
def reversed_onto_itself(x):
    y = x * x
    y[:] = y[::-1]
    return y * x


@program(X)
def reversed_slice_as_target(x):
    y = np.zeros(5)
    y[::-1] = x * x
    return y * x


@program(X)
def whole_array_by_a_full_slice(x):
    y = x * 2.0
    z = y * y
    y[:] = np.sin(x)
    return y * z


@program(X)
def whole_array_by_an_ellipsis(x):
    y = x * 2.0
    z = np.sum(y * y)
    y[...] = x[0]
    return y * z


@program(A)
def row(a):
    b = a.copy()
    b[1] = a[0] * a[2]
    return b * a


@program(A)
def column(a):
    b = a.copy()
    b[:, 0] = np.sin(a[:, 2])
    return b * b


@program(A)
def row_from_a_sum_of_others(a):
    b = a.copy()
    b[2, :] = b[0, :] + b[1, :] * a[0, 0]
    return b * b


@program(A, Y)
def rows_by_a_broadcast_row(a, y):
    b = a.copy()
    b[1:] = y * y
    return b * a


@program(A, Y)
def columns_by_a_broadcast_column(a, y):
    b = a.copy()
    b[:, 1:] = y[:, None]
    return b * a


@program(A)
def block_of_a_matrix(a):
    b = np.zeros((4, 4))
    b[1:, :3] = a
    b[0, :] = b[1, :] * b[2, 1]
    return b @ b


@program(A)
def diagonal_blocks(a):
    b = np.zeros((6, 6))
    b[:3, :3] = a
    b[3:, 3:] = a.T * a
    return b @ np.ones(6)


@program(A)
def rows_in_a_loop(a):
    b = np.zeros((3, 3))
    for i in range(3):
        b[i] = a[i] * np.sum(b)  + a[i - 1]
    return b


@program(A)
def columns_in_a_loop(a):
    b = np.zeros((3, 3))
    b[:, 0] = a[:, 0]
    for j in range(1, 3):
        b[:, j] = b[:, j - 1] * a[:, j] + a[0]
    return b


@program(A)
def rows_swapped(a):
    b = a * a
    b[0], b[1] = b[1].copy(), b[0].copy()
    return b * a


@program(A)
def rows_swapped_by_a_list(a):
    b = a * a
    b[[0, 2]] = b[[2, 0]]
    return b * a


@program(X)
def stencil_written_inside(x):
    y = x.copy()
    for _ in range(3):
        y[1:-1] = y[1:-1] + 0.2 * (y[2:] - 2.0 * y[1:-1] + y[:-2]) * y[1:-1]
    return y


@program(X)
def boundaries_written(x):
    y = np.zeros(7)
    y[1:-1] = x
    y[0] = y[2]
    y[-1] = 2.0 * y[-2] - y[-3]
    return y * y


@program(X)
def prefix_sums_by_doubling(x):
    y = np.zeros(8)
    y[:5] = x
    for step in (1, 2, 4):
        y[step:] = y[step:] + y[:-step] * 0.5
    return y


@program(A)
def axis_added_in_the_target(a):
    b = np.zeros((2, 3, 3))
    b[0, :, :] = a
    b[1, ...] = a.T * a[0]
    return b[0] @ b[1]


@program(X, 1, 4)
def bounds_from_arguments(x, start, stop):
    y = x * x
    y[start:stop] = np.sin(x[: stop - start])
    return y


@program(X)
def slice_assigned_from_a_list(x):
    y = np.zeros(5)
    y[:3] = [x[0], x[1] * x[2], 1.0]
    return y * x


@program(X)
def empty_slice(x):
    y = x * x
    y[3:3] = 7.0
    return y


@program(A)
def triangle_by_slices(a):
    b = np.zeros((3, 3))
    for i in range(3):
        b[i, : i + 1] = a[i, : i + 1] ** 2
    return b @ b.T
