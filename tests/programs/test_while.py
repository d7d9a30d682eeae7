"""``while``: trip counts that the data decide."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(1.5)
@program(30.0)
def doubled_until_large(a):
    while a < 20.0:
        a = a * 2.0
    return a * a


@program(2.0)
def newton_until_converged(a):
    root = a
    while abs(root * root - a) > 1e-13:
        root = 0.5 * (root + a / root)
    return root


@program(X, 3)
def counted_by_hand(x, n):
    k = 0
    while k < n:
        x = np.sin(x) * (k + 1)
        k = k + 1
    return x


@program(X, 3)
def counted_down(x, n):
    while n > 0:
        x = x * n - 0.1 * x**2
        n -= 1
    return x


@program(X)
def index_until_found(x):
    k = 0
    while x[k] < 1.0:
        k += 1
    return x[k] * x


@program(X)
def norm_reduced(x):
    trips = 0
    while np.sum(x * x) > 1.0:
        x = x / 2.0
        trips += 1
    return x * trips


@program(0.5, 1.0)
@program(1.5, 1.0)
def two_conditions(a, b):
    while a < 3.0 and b < 10.0:
        a, b = a + 0.5 * b, b * 1.5
    return a * b


@program(1.1)
def endless_with_break(a):
    while True:
        a = a * 1.5
        if a > 6.0:
            break
    return a**2


@program(1.15)
def break_before_the_update(a):
    total = 0.0
    while True:
        total = total + a
        if total > 4.0:
            break
        a = a * 1.2
    return total * a


@program(X)
def condition_with_assignment(x):
    total = 0.0
    k = 0
    while (part := x[k] ** 2) < 3.0:
        total = total + part
        k += 1
    return total * part


@program(3.0)
@program(0.5)
def no_trip_perhaps(a):
    y = a * a
    while a > 1.0:
        y = y * a
        a = a - 0.7
    return y


@program(X)
def state_of_a_tuple(x):
    state = (x, 1.0)
    while state[1] < 4.0:
        state = (np.sin(state[0]), state[1] * 1.5)
    return state[0] * state[1]


@program(0.3)
def inactive_counter(a):
    k = 0
    value = a
    while k < 4:
        value = np.cos(value) + a
        k += 1
    return value


@program(np.array([0.5, -1.2, 2.0, 0.3]))
def column_that_is_broadcast_to_a_row(x):
    row = np.array([x[0]])
    k = 0
    while k < len(x):
        row = row * x[k] + np.sin(x)
        k += 1
    return row
