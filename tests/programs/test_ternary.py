"""Conditional expressions."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(0.5)
@program(-0.5)
def ternary(a):
    return a * a if a > 0.0 else np.exp(a)


@program(0.5)
@program(1.5)
@program(2.5)
def nested_ternary(a):
    return a if a < 1.0 else a**2 if a < 2.0 else a**3


@program(X)
@program(-X)
def ternary_of_arrays(x):
    y = np.sin(x) if x[0] > 0.0 else np.cos(x)
    return y * x


@program(X, None)
def ternary_on_none(x, weights):
    w = np.ones(3) if weights is None else np.asarray(weights)
    return np.sum(w * x**2)


@program(0.5, 2.0)
@program(2.0, 0.5)
def ternary_as_argument(a, b):
    return np.log(a if a > b else b) * a


@program(X)
@program(-X)
def ternary_in_a_product(x):
    return (x if x[0] > 0.0 else 2.0 * x) * (x[1] if x[1] > 0.0 else x[2])


@program(1.0, 2.0)
@program(-1.0, 2.0)
def ternary_of_tuples(a, b):
    first, second = (a * b, b) if a > 0.0 else (b, a**2)
    return first - second**2


@program(X)
@program(-X)
def ternary_in_a_loop(x):
    total = 0.0
    for element in x:
        total = total + (element**2 if element > 0.0 else np.sin(element))
    return total


@program(2.0)
@program(0.0)
def ternary_that_avoids_a_pole(a):
    return np.sin(a) / a if abs(a) > 0.01 else 1.0 - a * a / 6.0
