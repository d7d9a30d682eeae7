"""``and``, ``or`` and ``not``: as conditions, as values, and evaluated only as far as needed."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(0.5, 1.0)
@program(0.5, -1.0)
@program(-0.5, -1.0)
def conjunction(a, b):
    if a > 0.0 and b > 0.0:
        return a * b
    return a - b


@program(0.5, -1.0)
@program(-0.5, 1.0)
@program(-0.5, -1.0)
def disjunction(a, b):
    if a > 0.0 or b > 0.0:
        return a * b**2
    return a + b


@program(0.5, 1.0)
@program(-0.5, 1.0)
def negation(a, b):
    if not a > 0.0:
        return a**2 * b
    return a * b


@program(0.5, 1.0, 2.0)
@program(-0.5, 1.0, 2.0)
@program(-0.5, -1.0, 2.0)
@program(0.5, -1.0, -2.0)
def mixed(a, b, c):
    if a > 0.0 and not (b < 0.0 or c < 0.0):
        return a * b * c
    if (a < 0.0 or c < 0.0) and b > 0.0:
        return a + b * c
    return np.exp(a - b) * c


@program(np.array([1.0, 2.0]), 1)
@program(np.array([1.0, 2.0]), 5)
def guard_of_an_index(x, k):
    if k < len(x) and x[k] > 0.0:
        return x[k] ** 2 * x
    return x


@program(2.0)
@program(0.5)
def guard_of_a_division(a):
    if a != 0.0 and 1.0 / a < 1.0:
        return 1.0 / a
    return a * a + a


@program(2.0, 3.0)
@program(-0.5, 3.0)
def or_as_a_value(a, b):
    return (a or b) * b


@program(2.0, 3.0)
def and_as_a_value(a, b):
    return (a and b * a) + a


@program(X, None)
@program(X, "shifted")
def or_with_none(x, kind):
    kind = kind or "plain"
    return x * x if kind == "plain" else (x - 1.0) ** 2


@program(X)
@program(-X)
def stored_condition(x):
    positive = x[0] > 0.0
    large = np.sum(x) > 1.0
    if positive and large:
        y = x * 2.0
    else:
        y = np.sin(x)
    return y if positive else y * y


@program(X)
def any_and_all(x):
    y = x * 2.0
    if np.any(x > 1.0) and not np.all(x > 0.0):
        y = y * x
    if any([x[0] > 1.0, x[1] > 1.0]) or all([x[2] > 1.0, x[0] > 0.0]):
        y = y * 3.0
    return y
