"""``x.shape = sizes``: the array of that name, and of all its names, in another shape."""

import numpy as np
import pytest

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3]])


def test_program(program, check):
    check(program)


@program(X)
def made_here(x):
    y = x * x
    y.shape = (2, 2)
    y[0, 1] = x[0]
    return y @ y


@program(X)
def with_an_unknown_size(x):
    y = np.sin(x)
    y.shape = -1, 2
    y[1, 0] *= x[0]
    return y @ y


@program(X)
def two_names(x):
    y = x * x
    z = y
    z.shape = (2, 2)
    y[1] = z[0] * 2.0
    return z @ y


@program(X)
def views_keep_their_shape(x):
    y = x * x
    tail = y[1:]
    y.shape = (2, 2)
    y[1, 1] = x[0]
    tail[0] = x[1] ** 3
    return y * tail[2] + np.sum(tail)


@program(X)
def flat_at_last(x):
    y = np.outer(x, x)
    y.shape = 16
    y[3:5] *= 2.0
    y.shape = (2, 8)
    return y.sum(axis=0)


@program(X)
def in_each_trip(x):
    total = 0.0
    for k in range(3):
        y = x * (k + 1.0)
        y.shape = (2, 2)
        y[0] += y[1]
        total = total + y @ y
    return total


def table(x):
    y = np.cos(x)
    y.shape = (2, 2)
    return y


@program(X)
def made_by_a_callee(x):
    y = table(x)
    y[0, 0] = x[3]
    return y @ y


@program(X)
def in_a_list(x):
    parts = [x * x, x + 1.0]
    y = parts[0]
    y.shape = (2, 2)
    parts[0][1] = x[0]
    return y @ parts[0] * parts[1][0]


@program(X)
@program(-X)
def in_a_branch(x):
    if x[0] > 0.0:
        y = x * x
        y.shape = (2, 2)
        y[0, 0] = x[1]
    else:
        y = np.sin(x).reshape(2, 2)
    return y @ y


@program(A)
def of_a_part(a):
    b = a * a
    row = b[1]
    row.shape = (3, 1)
    row[0] = a[0, 0]
    return b @ (row * row)


def square_of(a):
    a.shape = (3, 2)
    a[0] *= a[1]
    return a @ a.T


def test_shape_of_a_differentiated_argument_is_that_of_a_copy():
    direction, left = np.ones((2, 3)), A.copy()

    value, pullback = srcad.vjp(square_of, A)
    _, change = srcad.jvp(square_of, (A,), (direction,))

    assert A.shape == (2, 3)
    np.testing.assert_array_equal(value, square_of(left))
    np.testing.assert_allclose(np.sum(pullback(change)[0] * direction), np.sum(change * change))


def test_shape_of_an_argument_that_is_not_differentiated_is_refused():
    def total(x, a):
        a.shape = (3, 2)
        return np.sum(x * a)

    with pytest.raises(srcad.DifferentiationError, match="an array is assigned that is not differentiated"):
        srcad.grad(total)(1.0, A.copy())
