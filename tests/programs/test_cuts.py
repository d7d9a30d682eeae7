"""Integers made of computed values: their derivative is zero, what they select has one."""

import math

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.3, 0.3])


def test_program(program, check):
    check(program)


@program(X)
def integer_part_as_a_number(x):
    return x * int(x[2]) + int(-1.7 * x[2])


@program(X)
def integer_part_as_an_index(x):
    k = int(x[2])
    return x[k] * x[0]


@program(X)
def interpolated_in_a_table(x):
    table = np.array([0.0, 1.0, 4.0, 9.0, 16.0])
    k = int(np.floor(x[2]))
    t = x[2] - k
    return (1.0 - t) * table[k] + t * table[k + 1]


@program(X)
def interpolated_between_active_knots(x):
    position = 1.7 + 0.1 * x[0]
    k = int(position)
    t = position - k
    return (1.0 - t) * x[k] + t * x[k + 1]


@program(X)
def floor_division_and_remainder(x):
    return (x[2] // 0.5) * x + (x[2] % 0.5) * x[0]


@program(X)
def remainder_of_arrays(x):
    return (x % 1.0) * (x // 1.0)


@program(X)
def divmod_of_a_number(x):
    quotient, remainder = divmod(x[2], 0.7)
    return quotient * remainder * x


@program(X)
def rounded(x):
    return round(x[2]) * x + np.round(x, 1) * x


@program(X)
def rounded_to_digits(x):
    return round(x[2], 1) * x[0] ** 2


@program(X)
def trip_count_from_the_data(x):
    y = x
    for _ in range(int(x[2] * 2.0)):
        y = np.sin(y) + x
    return y


@program(X)
def floor_and_ceil(x):
    return math.floor(x[2]) * x + math.ceil(x[0]) * x**2 + math.trunc(x[1])


@program(X)
def sign_and_argmax(x):
    return np.sign(x) * x**2 * x[np.argmax(x)]


@program(X)
def astype_int(x):
    return x * x.astype(int) + np.trunc(x)


@program(X)
def integers_of_an_array_count(x):
    counts = np.bincount(np.digitize(x, [-1.0, 0.0, 1.0]), minlength=4)
    return x * counts


@program(X)
def comparison_as_a_number(x):
    return np.sum((x > 0.0) * x**2) + (x[0] > 0.0) * x[1]


@program(X)
def bool_counts(x):
    positive = int(np.sum(x > 0.0))
    return x / positive


@program(X)
def periodic_wrap_in_place(x):
    y = 1.9 * x
    y -= np.floor(y)
    y -= np.round(0.3 * y)
    return y * x


@program(X)
def linear_interpolation_in_a_loop(x):
    grid = np.zeros(4)
    for value in x:
        position = min(max(value + 1.6, 0.0), 2.9)
        k = int(position)
        t = position - k
        grid[k] += 1.0 - t
        grid[k + 1 if k < 3 else 3] += t
    return grid * x
