"""``zip``, ``enumerate`` and ``reversed``, alone and in each other."""

import numpy as np
import pytest

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
Y = np.array([1.5, 0.2, -0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3]])


def test_program(program, check):
    check(program)


@program(X, Y)
def zip_of_arrays(x, y):
    total = 0.0
    for a, b in zip(x, y):
        total = total + a * np.exp(b)
    return total


@program(X, Y[:2])
def zip_of_lengths_that_differ(x, y):
    total = 0.0
    for a, b in zip(x, y):
        total = total + a * b**2
    return total


@program(X, Y)
def zip_of_three(x, y):
    total = 0.0
    for k, a, b in zip(range(3), x, y):
        total = total + k * a * b
    return total


@program(A, X)
def zip_of_rows(a, x):
    total = np.zeros(3)
    for row, element in zip(a, x):
        total = total + row * element
    return total


@program(X)
def enumerated_array(x):
    total = 0.0
    for k, element in enumerate(x):
        total = total + k * element**2
    return total


@program(X)
def enumerated_from_one(x):
    total = 0.0
    for k, element in enumerate(x, 1):
        total = total + element**k
    return total


@program(X)
def enumerated_from_a_keyword(x):
    total = 0.0
    for k, element in enumerate(x, start=2):
        total = total + element / k
    return total


@program(A)
def enumerated_rows(a):
    total = np.zeros(3)
    for k, row in enumerate(a):
        total = total + a[k - 1] * row
    return total


@program(X, Y)
def enumerated_zip(x, y):
    total = 0.0
    for k, (a, b) in enumerate(zip(x, y)):
        total = total * 0.5 + a * b * k
    return total


@program(X)
def reversed_array(x):
    total = 0.0
    for element in reversed(x):
        total = total * 0.5 + element**2
    return total


@program(X, 3)
def reversed_range(x, n):
    total = 0.0
    for k in reversed(range(n)):
        total = total * x[k] + k
    return total


@program(X)
def reversed_range_with_start(x):
    total = 1.0
    for k in reversed(range(1, 3)):
        total = total * x[k] + k
    return total


@program(np.array([0.5, -1.2, 2.0, 0.3, 0.7]))
def reversed_range_with_a_step(x):
    total = 1.0
    for k in reversed(range(0, len(x), 2)):
        total = total * x[k] + k
    return total


@program(X, Y)
def zip_of_a_list_and_an_array(x, y):
    total = 0.0
    for function, a in zip([np.sin, np.cos, np.exp], x):
        total = total + function(a) * y[0]
    return total


@program(X)
def zip_of_neighbours(x):
    total = 0.0
    for left, right in zip(x[:-1], x[1:]):
        total = total + (right - left) ** 2
    return total


@program(X, Y)
def zipped_with_strict(x, y):
    total = 0.0
    for a, b in zip(x, y, strict=True):
        total = total + a / b
    return total


@program(X, Y)
def zip_with_a_reversed_array(x, y):
    total = 0.0
    for k, (a, b) in enumerate(zip(x, reversed(y))):
        total = total + a * b**2 * k
    return total


@program(X, Y)
def zip_of_an_enumeration(x, y):
    total = 0.0
    for (k, a), b, step in zip(enumerate(x), y, range(2, 10, 3)):
        total = total + a * b * k * step
    return total


@program(X, Y)
def zip_of_a_zip_and_computed_values(x, y):
    total = 0.0
    for (a, b), c in zip(zip(x, y), x * y):
        total = total + a * np.sin(b) * c
    return total


@program(X, Y)
def zip_of_a_comprehension(x, y):
    total = 0.0
    for square, b in zip([a**2 for a in x], y):
        total = total + square * b
    return total


def test_zip_with_strict_raises_as_python_does():
    def f(x, y):
        total = 0.0
        for a, b in zip(x, y, strict=True):
            total = total + a * b
        return total

    with pytest.raises(ValueError, match=r"zip\(\) argument 2 is shorter than argument 1"):
        srcad.grad(f)(X, Y[:2])
