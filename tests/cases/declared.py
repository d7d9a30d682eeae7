"""Functions of another library, whose rules the user declares: generated code calls them by name."""

import math

import numpy as np

import srcad
from srcad import bar, d

erf = np.vectorize(math.erf)


def solve(a, b):
    return np.linalg.solve(a, b)


srcad.elementwise(erf, lambda y, x: 2.0 / math.sqrt(math.pi) * np.exp(-(x**2)))


@srcad.rule(solve, linear=["b"], like="b")
def solve_rule(x, a, b):
    d[x] = solve(a, d[b] - d[a] @ x)
    bar[b] = solve(a.T, bar[x])


def declared(a, b):
    return np.sum(erf(solve(a, b)))


EXAMPLE = (np.array([[2.0, 0.3], [0.1, 1.5]]), np.array([0.4, -0.2]))


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def declared_vjp(a, b, y_bar):
    # forward
    solution = solve(a, b)
    y = np.sum(erf(solution))

    # backward
    b_bar = solve(a.T, 1.1283791670955126 * y_bar * np.exp(-solution**2))
    a_bar = (-b_bar)[:, None] * solution
    return y, a_bar, b_bar.copy()


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def declared_jvp(a, b, a_dot, b_dot):
    solution = solve(a, b)
    return (
        np.sum(erf(solution)),
        1.1283791670955126 * np.sum(solve(a, b_dot - a_dot @ solution) * np.exp(-solution**2)),
    )


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def declared_hvp(a, b, a_dot, b_dot):
    solution = solve(a, b)
    solution_dot = solve(a, b_dot - a_dot @ solution)
    exp = np.exp(-solution**2)
    a_T = a.T
    b_bar = 1.1283791670955126 * solve(a_T, exp)
    b_bar_dot = solve(a_T, -2.256758334191025 * solution_dot * solution * exp - a_dot.T @ b_bar)
    a_bar_dot = -b_bar_dot[:, None] * solution - solution_dot * b_bar[:, None]
    return a_bar_dot, b_bar_dot.copy()
