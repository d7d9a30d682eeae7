"""Integers that are arguments: loop bounds and indices, for which code is generated only once."""

import numpy as np
import pytest

import srcad
from tests.programs.check import program
from tests.support import generated

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(X, 2)
@program(X, 3)
def loop_bound(x, n):
    for _ in range(n):
        x = np.sin(x) * x
    return x


@program(X, 2, 3)
@program(X, 0, 1)
def two_bounds(x, n, m):
    total = 0.0
    for i in range(n):
        for j in range(m):
            total = total + x[i] * x[j - 1] * (i + j)
    return total


@program(X, 1)
@program(X, -1)
def index(x, k):
    return x[k] ** 2 * x


@program(X, 1, 3)
def slice_bounds(x, start, stop):
    return np.sum(x[start:stop] ** 2)


@program(X, 3)
@program(X, 4)
def exponent(x, n):
    return x**n


@program(X, 3)
def factor(x, n):
    return x * x * n / (n + 1)


@program(X, 5)
def modulus(x, n):
    total = 0.0
    for k in range(n):
        total = total + x[k % 3] * k
    return total


@program(X, 4)
def halved(x, n):
    while n > 0:
        x = np.sin(x) * n
        n = n // 2
    return x


def summed(x, n):
    total = 0.0
    for k in range(n):
        total = total + x[k % 3] ** k
    return total


def recursive(x, n):
    return np.sum(x) if n == 0 else x[n % 3] * recursive(x, n - 1)


def stopped(x, n):
    k = 0
    while k < n:
        x = x * 1.1
        k += 1
    return np.sum(x)


@pytest.mark.parametrize("function", [summed, recursive, stopped])
@pytest.mark.parametrize("transform", [srcad.grad, srcad.hessian, srcad.jacfwd])
def test_another_count_needs_no_new_code(function, transform):
    derivative = transform(function)
    derivative(X, 2)
    known = generated()

    for n in (0, 1, 3, 7):
        derivative(X, n)

    assert generated() == known
