"""Gauss-Seidel and over-relaxation: sweeps that write each unknown in place as soon as it is known."""

import numpy as np

from tests.programs.check import program

A = np.array([[4.0, -1.0, 0.5], [-1.0, 5.0, -1.0], [0.5, -1.0, 3.0]])
B = np.array([1.0, -0.5, 2.0])


def test_program(program, check):
    check(program)


@program(A, B)
def element_by_element(a, b):
    n = len(b)
    x = np.zeros(n)
    for _ in range(3):
        for i in range(n):
            s = b[i]
            for j in range(n):
                if j != i:
                    s -= a[i, j] * x[j]
            x[i] = s / a[i, i]
    return x


@program(A, B)
def row_by_row(a, b):
    x = np.zeros_like(b)
    for _ in range(3):
        for i in range(len(b)):
            x[i] = (b[i] - a[i, :i] @ x[:i] - a[i, i + 1 :] @ x[i + 1 :]) / a[i, i]
    return x


@program(A, B, rest=(1.2,))
def over_relaxed_until_small(a, b, omega):
    x = np.zeros_like(b)
    for sweep in range(20):
        change = 0.0
        for i in range(len(b)):
            new = (b[i] - a[i] @ x + a[i, i] * x[i]) / a[i, i]
            change = max(change, abs(new - x[i]))
            x[i] += omega * (new - x[i])
        if change < 0.05:
            break
    residual = b - a @ x
    return x, residual


@program(B)
def red_and_black_on_a_line(b):
    u = np.zeros(9)
    f = np.sin(np.outer(b, np.arange(9)).sum(axis=0))
    for _ in range(4):
        u[1:-1:2] = 0.5 * (u[:-2:2] + u[2::2] - 0.1 * f[1:-1:2])
        u[2:-1:2] = 0.5 * (u[1:-2:2] + u[3::2] - 0.1 * f[2:-1:2])
    return np.sum(u**2) + u[4]
