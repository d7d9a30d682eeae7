"""LU factorisation with partial pivoting: rows of the matrix are swapped, the factors overwrite it."""

import numpy as np

from tests.programs.check import program

A = np.array([[0.2, 1.5, -0.7], [2.0, -0.4, 1.1], [1.0, 3.0, 0.6]])
B = np.array([1.0, -0.5, 0.8])


def test_program(program, check):
    check(program)


def lu(a):
    n = a.shape[0]
    pivots = list(range(n))
    sign = 1.0
    for k in range(n):
        p = k + int(np.argmax(np.abs(a[k:, k])))
        if a[p, k] == 0.0:
            raise ZeroDivisionError("the matrix is singular")
        if p != k:
            a[[k, p]] = a[[p, k]]
            pivots[k], pivots[p] = pivots[p], pivots[k]
            sign = -sign
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
    return pivots, sign


@program(A)
def determinant(a):
    factors = a.copy()
    _, sign = lu(factors)
    product = sign
    for k in range(len(factors)):
        product *= factors[k, k]
    return product


@program(A, B)
def system_solved(a, b):
    factors = a.copy()
    pivots, _ = lu(factors)
    x = b[pivots]
    for i in range(len(x)):
        x[i] -= factors[i, :i] @ x[:i]
    for i in range(len(x) - 1, -1, -1):
        x[i] = (x[i] - factors[i, i + 1 :] @ x[i + 1 :]) / factors[i, i]
    return x


@program(A, B)
def elimination_in_an_augmented_matrix(a, b):
    n = len(b)
    m = np.zeros((n, n + 1))
    m[:, :n] = a
    m[:, n] = b
    for k in range(n):
        best = max(range(k, n), key=lambda i: abs(m[i, k]))
        m[k], m[best] = m[best].copy(), m[k].copy()
        m[k] /= m[k, k]
        for i in range(n):
            if i != k:
                m[i] -= m[i, k] * m[k]
    return m[:, n]


@program(A)
def factors_in_the_argument(a):
    pivots, sign = lu(a)
    lower = np.tril(a, -1) + np.eye(len(a))
    upper = np.triu(a)
    return lower @ upper * sign + np.array(pivots)
