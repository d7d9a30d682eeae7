"""``for`` over arrays: elements, rows, parts of arrays."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3]])


def test_program(program, check):
    check(program)


@program(X)
def elements(x):
    total = 0.0
    for element in x:
        total = total + np.sin(element) * element
    return total


@program(A)
def rows(a):
    total = np.zeros(3)
    for row in a:
        total = total + row**2
    return total


@program(A)
def columns(a):
    total = np.ones(2)
    for column in a.T:
        total = total * column
    return total


@program(A)
def elements_of_rows(a):
    total = 0.0
    for row in a:
        for element in row:
            total = total * 0.5 + element**2
    return total


@program(X)
def part_of_an_array(x):
    total = x[0]
    for element in x[1:]:
        total = total * element
    return total


@program(X)
def computed_array(x):
    total = 0.0
    for element in x**2 + 1.0:
        total = total + np.log(element)
    return total


@program(X)
def inactive_array(x):
    for weight in np.array([0.5, 1.5, 2.5]):
        x = x * weight + 0.1
    return x


@program(np.zeros(0), 1.5)
def empty_array(x, a):
    total = a
    for element in x:
        total = total * element
    return total * a


@program(X, np.array([3.0, 4.0]))
def array_of_another_length(x, y):
    for element in y:
        x = np.sin(x) * element
    return x


@program(X)
def horner(coefficients):
    value = 0.0
    for c in coefficients[::-1]:
        value = value * 0.7 + c
    return value


@program(X)
def largest_so_far(x):
    best = x[0]
    for element in x:
        if element > best:
            best = element
    return best * best


@program(np.arange(8.0).reshape(2, 2, 2) / 7.0)
def matrices(a):
    product = np.eye(2)
    for matrix in a:
        product = product @ matrix
    return product
