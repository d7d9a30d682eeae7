"""``for`` over ranges: starts, stops, steps, backwards, and no trip at all."""

import numpy as np

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])


def test_program(program, check):
    check(program)


@program(X)
def fixed_count(x):
    for _ in range(3):
        x = np.sin(x) + x
    return x


@program(X, 3)
@program(X, 1)
def count_from_an_argument(x, n):
    y = x
    for _ in range(n):
        y = y * x
    return y


@program(X, 0)
def no_trip(x, n):
    y = x * x
    for _ in range(n):
        y = np.exp(y)
    return y


@program(X, -2)
def negative_count(x, n):
    y = x * x
    for _ in range(n):
        y = np.exp(y)
    return y


@program(X)
def index_of_an_array(x):
    total = 0.0
    for i in range(len(x)):
        total = total + x[i] * x[i - 1]
    return total


@program(X)
def index_from_one(x):
    total = x[0]
    for i in range(1, len(x)):
        total = total * 0.5 + x[i]
    return total


@program(X)
def steps_of_two(x):
    total = 0.0
    for i in range(0, len(x), 2):
        total = total + np.exp(x[i])
    return total


@program(X)
def backwards(x):
    total = 0.0
    for i in range(len(x) - 1, -1, -1):
        total = total * x[i] + i
    return total


@program(X)
def backwards_by_two(x):
    total = 1.0
    for i in range(3, 0, -2):
        total = total * x[i]
    return total


@program(X, 1, 7, 3)
def every_part_from_arguments(x, start, stop, step):
    y = x
    for k in range(start, stop, step):
        y = y * 0.5 + np.cos(k * x)
    return y


@program(0.3, 4)
def index_as_a_number(a, n):
    total = 0.0
    for k in range(n):
        total += a**k / (k + 1)
    return total


@program(0.3, 5)
def two_numbers_go_round(a, n):
    previous, current = a, a * a
    for _ in range(n):
        previous, current = current, previous * current + a
    return current - previous


@program(X)
def array_and_number_go_round(x):
    scale = 1.0
    for _ in range(3):
        x = x * scale
        scale = scale + np.sum(x) * 0.1
    return x * scale


@program(X, 3)
def loop_variable_after_the_loop(x, n):
    k = 0
    for k in range(n):
        x = x * 1.5
    return x * k


@program(X)
def name_made_in_the_loop(x):
    for i in range(4):
        last = x[i] * x[0]
    return last * last


@program(X, 3)
def inactive_state(x, n):
    weight = 1.0
    total = 0.0
    for k in range(n):
        weight = weight * 0.5 + k
        total = total + weight * np.sum(x**2)
    return total


@program(X)
def result_not_used(x):
    scratch = x
    for _ in range(3):
        scratch = np.sin(scratch)
    return x * 2.0


@program(X)
def constant_of_the_loop(x):
    y = np.exp(x)
    total = np.zeros(4)
    for k in range(3):
        total = total + y * k
    return total


@program(2.0)
def newton_iteration(a):
    root = 1.0
    for _ in range(6):
        root = 0.5 * (root + a / root)
    return root


@program(0.5, 0.1)
def reset_in_the_loop(a, b):
    total = 0.0
    part = a
    for k in range(4):
        part = part * b
        if k == 2:
            part = a
        total = total + part
    return total


@program(X)
def range_of_a_variable(x):
    steps = range(1, 4)
    for k in steps:
        x = x * k - 0.1
    return x * len(steps)


@program(2.0)
def many_variables_in_a_row(x):
    a = b = c = d = e = f = g = h = i = j = 1
    for _ in range(12):
        j, i, h, g, f, e, d, c, b, a = i, h, g, f, e, d, c, b, a, a * x
    return a * b * j + c + d + e + f + g + h + i


@program(np.array([0.5, -1.2, 2.0]), np.array([[0.3], [1.1]]), 3)
@program(np.array([0.5, -1.2, 2.0]), np.array([[0.3], [1.1]]), 0)
def vector_that_is_broadcast_to_a_matrix(x, column, n):
    total = x
    for _ in range(n):
        total = total * x + np.cos(total) * column
    return total


@program(np.array([0.5, -1.2, 2.0]), 3)
def broadcast_steps_that_are_recomputed(x, n):
    total = x[:1]
    for _ in srcad.checkpoint(range(n)):
        total = total * 0.5 + np.sin(total * x)
    return total
