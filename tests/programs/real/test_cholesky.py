"""The Cholesky factorisation by loops over elements, by columns, and what one does with it."""

import numpy as np

from tests.programs.check import program

A = np.array([[4.0, 1.2, -0.5], [1.2, 3.0, 0.7], [-0.5, 0.7, 2.0]])
X = np.array([0.0, 0.6, 1.5, 2.1])


def test_program(program, check):
    check(program)


def cholesky(a):
    n = a.shape[0]
    L = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = a[i, j]
            for k in range(j):
                s -= L[i, k] * L[j, k]
            if i == j:
                L[i, i] = np.sqrt(s)
            else:
                L[i, j] = s / L[j, j]
    return L


@program(A)
def factor(a):
    return cholesky(a)


@program(A)
def factor_in_place(a):
    L = a.copy()
    n = len(L)
    for j in range(n):
        L[j, j] = np.sqrt(L[j, j])
        L[j + 1 :, j] /= L[j, j]
        for k in range(j + 1, n):
            L[k:, k] -= L[k:, j] * L[k, j]
        L[j, j + 1 :] = 0.0
    return L


def forward_substituted(L, b):
    y = np.empty_like(b)
    for i in range(len(b)):
        y[i] = (b[i] - L[i, :i] @ y[:i]) / L[i, i]
    return y


def backward_substituted(L, y):
    x = y.copy()
    for i in reversed(range(len(y))):
        x[i] -= L[i + 1 :, i] @ x[i + 1 :]
        x[i] /= L[i, i]
    return x


@program(A, np.array([0.5, -1.0, 2.0]))
def system_solved(a, b):
    L = cholesky(a)
    return backward_substituted(L, forward_substituted(L, b))


@program({"length": 0.8, "height": 1.2, "noise": 0.3})
def gaussian_process_likelihood(p):
    n = len(X)
    k = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            k[i, j] = p["height"] ** 2 * np.exp(-0.5 * ((X[i] - X[j]) / p["length"]) ** 2)
            k[j, i] = k[i, j]
        k[i, i] += p["noise"] ** 2
    L = cholesky(k)
    y = forward_substituted(L, np.sin(X))
    return -0.5 * y @ y - np.log(np.diag(L)).sum() - 0.5 * n * np.log(2.0 * np.pi)
