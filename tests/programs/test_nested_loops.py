"""Loops in loops."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3]])


def test_program(program, check):
    check(program)


@program(A)
def all_elements(a):
    total = 0.0
    for i in range(2):
        for j in range(3):
            total = total + a[i, j] ** 2 * (i + 1)
    return total


@program(X)
def triangular(x):
    total = 0.0
    for i in range(len(x)):
        for j in range(i):
            total = total + x[i] * x[j]
    return total


@program(X, 3, 2)
def carried_by_both(x, n, m):
    for _ in range(n):
        for _ in range(m):
            x = np.sin(x) + 0.1 * x
        x = x * 1.1
    return x


@program(X)
def inner_total(x):
    product = 1.0
    for i in range(3):
        total = 0.0
        for j in range(3):
            total = total + x[i] * np.cos(x[j])
        product = product * total
    return product


@program(X)
def three_deep(x):
    total = 0.0
    for i in range(3):
        for j in range(2):
            for k in range(2):
                total = total + x[i] * x[j] * x[k] * (k + 1)
    return total


@program(X)
def while_in_for(x):
    total = 0.0
    for i in range(3):
        y = np.abs(x[i]) + 0.1
        while y < 3.0:
            y = y * 1.7
        total = total + y * x[i]
    return total


@program(1.3)
def for_in_while(a):
    value = a
    while value < 20.0:
        for k in range(2):
            value = value * a + k
    return value


@program(X)
def inner_loop_over_elements(x):
    total = 0.0
    for weight in (0.5, 1.5):
        for element in x:
            total = total + np.sin(weight * element)
    return total


@program(X)
@program(-X)
def branch_in_nested_loops(x):
    total = 0.0
    for i in range(3):
        for j in range(3):
            if x[i] < x[j]:
                total = total + x[i] * x[j]
            else:
                total = total - x[i]
    return total


@program(X)
def trips_of_the_inner_loop_from_the_data(x):
    total = 0.0
    for k in range(3):
        y = x * k
        while np.sum(y) < 8.0:
            y = y + np.exp(x)
        total = total + np.sum(y**2)
    return total


@program(A)
def matrix_product(a):
    total = 0.0
    for i in range(2):
        for j in range(2):
            entry = 0.0
            for k in range(3):
                entry += a[i, k] * a[j, k]
            total += entry**2
    return total
