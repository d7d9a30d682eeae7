"""Tridiagonal systems by the algorithm of Thomas, in place and not, and a diffusion that takes implicit steps with it."""

import numpy as np

from tests.programs.check import program

LOWER = np.array([-1.0, 0.5, -0.8])
DIAGONAL = np.array([4.0, 3.5, 5.0, 4.2])
UPPER = np.array([0.7, -1.1, 0.9])
RIGHT = np.array([1.0, 2.0, -0.5, 0.3])


def test_program(program, check):
    check(program)


@program(LOWER, DIAGONAL, UPPER, RIGHT)
def with_new_arrays(a, b, c, d):
    n = len(d)
    c_new = np.zeros(n - 1)
    d_new = np.zeros(n)
    c_new[0] = c[0] / b[0]
    d_new[0] = d[0] / b[0]
    for i in range(1, n):
        denominator = b[i] - a[i - 1] * c_new[i - 1]
        if i < n - 1:
            c_new[i] = c[i] / denominator
        d_new[i] = (d[i] - a[i - 1] * d_new[i - 1]) / denominator
    x = np.zeros(n)
    x[-1] = d_new[-1]
    for i in range(n - 2, -1, -1):
        x[i] = d_new[i] - c_new[i] * x[i + 1]
    return x


@program(LOWER, DIAGONAL, UPPER, RIGHT)
def in_place_in_the_arguments(a, b, c, d):
    for i in range(1, len(d)):
        w = a[i - 1] / b[i - 1]
        b[i] -= w * c[i - 1]
        d[i] -= w * d[i - 1]
    d[-1] /= b[-1]
    for i in range(len(d) - 2, -1, -1):
        d[i] = (d[i] - c[i] * d[i + 1]) / b[i]
    return d


def solve_in_place(a, b, c, d):
    for i in range(1, len(d)):
        w = a[i - 1] / b[i - 1]
        b[i] -= w * c[i - 1]
        d[i] -= w * d[i - 1]
    d[-1] /= b[-1]
    for i in range(len(d) - 2, -1, -1):
        d[i] = (d[i] - c[i] * d[i + 1]) / b[i]


@program(np.array([0.3, 0.8, 1.2, 0.5]), 0.4)
def implicit_diffusion(u, r):
    n = len(u)
    for _ in range(3):
        lower = np.full(n - 1, -r)
        upper = np.full(n - 1, -r)
        diagonal = np.full(n, 1.0 + 2.0 * r)
        diagonal[0] = diagonal[-1] = 1.0 + r
        right = u + 0.1 * u * (1.0 - u)
        solve_in_place(lower, diagonal, upper, right)
        u = right
    return u
