"""Comparisons that are chained, and membership."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(0.5)
@program(1.5)
@program(-0.5)
def between(a):
    if 0.0 < a < 1.0:
        return a * a
    return np.exp(a)


@program(0.5, 1.0, 2.0)
@program(1.5, 1.0, 2.0)
@program(0.5, 3.0, 2.0)
def ascending(a, b, c):
    if a < b <= c:
        return a * b * c
    return a - b / c


@program(0.5)
@program(2.5)
def middle_evaluated_once(a):
    if 0.0 < np.sin(a) * a < 1.0 <= a + 1.0:
        return a**2
    return a**3


@program(X, 1)
@program(X, 4)
def integers_chained(x, n):
    if 0 <= n < len(x):
        return x[n] * x
    return x


@program(0.5)
@program(2.5)
def chained_in_a_ternary(a):
    return a * a if 0.0 < a < 1.0 else 2.0 * a


@program(X, 2)
@program(X, 5)
def member_of_a_tuple(x, n):
    if n in (1, 2, 3):
        return x * n
    return x**2


@program(X, "sine")
@program(X, "cosine")
def member_of_a_list_of_strings(x, kind):
    if kind not in ["sine", "tangent"]:
        return np.cos(x)
    return np.sin(x)


@program(X)
def member_of_a_dict(x):
    table = {"scale": 2.0}
    if "scale" in table and "shift" not in table:
        return x * table["scale"] * x
    return x
