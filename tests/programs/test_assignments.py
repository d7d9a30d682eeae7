"""Assignments: of one and of several names, starred, chained, augmented, annotated, and in expressions."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(X)
def plain_assignment(x):
    y = np.sin(x)
    z = y * x
    return np.sum(z)


@program(X)
def rebound_name(x):
    y = x * x
    y = np.tanh(y)
    y = y + x
    return y


@program(X, 0.7)
def tuple_assignment(x, a):
    y, b = x * a, a**2
    return y + b


@program(X, 0.7)
def swapped_names(x, a):
    u, v = x, x * a
    u, v = v, u * v
    return u - np.cos(v)


@program(X)
def nested_unpacking(x):
    (a, b), c = (x[0], x[1] * x[2]), x[2]
    [d, e] = a * b, b * c
    return d * e + c


@program(X)
def unpacked_array(x):
    a, b, c = x
    return a * b - np.exp(c) * b


@program(np.arange(6.0).reshape(2, 3))
def unpacked_rows(a):
    first, second = a
    return first * second


@program(np.arange(1.0, 6.0))
def starred_in_the_middle(x):
    first, *middle, last = x
    return first * sum(middle) + last**2


@program(np.arange(1.0, 5.0))
def starred_at_the_start(x):
    *rest, last = x
    return sum(rest) * last


@program(2.0, 3.0)
def starred_tuple(a, b):
    first, *others = (a * b, a, b, a + b)
    return first * others[0] - others[-1] * others[1]


@program(X)
def chained_assignment(x):
    a = b = x * x
    a = a + b
    return a * b


@program(X, 0.5)
def chained_with_unpacking(x, a):
    pair = p, q = x * a, a * a
    return pair[0] * q + p


@program(1.5, 0.5)
def augmented_scalar(a, b):
    total = a
    total += b * a
    total -= 0.25
    total *= total
    total /= b
    total **= 2
    return total


@program(7.3, 2.0, order=1)
def augmented_remainders(a, b):
    quotient = a
    quotient %= b
    floor = a
    floor //= b
    return quotient * b + floor * a


@program(X)
def assignment_expression(x):
    return np.sum((y := np.sin(x)) * y) + y[0]


@program(1.5)
@program(-1.5)
def assignment_expression_in_condition(a):
    if (square := a * a * a) > 1.0:
        return square * a
    return square - a


@program(X)
def annotated_assignment(x):
    y: np.ndarray = x * 3.0
    bound: float
    bound = 2.0
    return y**2 * bound


@program(X)
def discarded_names(x):
    _, y, _ = x * 2.0, x * x, np.exp(x)
    unused = y * 5.0  # noqa: F841
    return y


@program(X)
def same_value_twice(x):
    y = x
    z = y
    return x * y * z


@program(X)
def constant_result(x):
    zero = np.zeros(3)
    return zero + 0.0 * x
