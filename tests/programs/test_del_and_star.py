"""``del`` and starred targets."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])


def test_program(program, check):
    check(program)


@program(X)
def name_deleted(x):
    y = x * x
    z = y * x
    del y
    return z


@program(X)
def several_names_deleted_in_a_loop(x):
    total = 0.0
    for value in x:
        a, b = value**2, np.sin(value)
        total = total + a * b
        del a, b
    return total


@program(X)
def name_deleted_and_made_again(x):
    y = x * x
    del y
    y = np.sin(x)
    return y * x


@program(X)
def attribute_and_entry_deleted(x):
    table = {"a": x, "b": x * x}
    del table["a"]
    parts = [x, x * x, np.sin(x)]
    del parts[0], parts[-1]
    return table["b"] * parts[0]


@program(X)
def slice_deleted(x):
    parts = [x[0], x[1], x[2], x[3]]
    del parts[1:3]
    return parts[0] * parts[1]


@program(X)
def star_at_the_end(x):
    first, *rest = x
    return first * sum(rest)


@program(X)
def star_in_the_middle(x):
    first, *middle, last = x
    return first * last + sum(middle) ** 2


@program(X)
def star_of_a_tuple(x):
    *start, end = (x, x * x, np.sin(x))
    return start[0] * start[1] + end


@program(X)
def star_that_takes_nothing(x):
    a, b, *none = x[:2]
    return a * b * (len(none) + 1.0)


@program(X)
def nested_targets(x):
    (a, [b, *c]), d = (x[0], [x[1], x[2], x[3]]), x
    return a * b * c[0] * d + c[1]


@program(X)
def stars_in_displays(x):
    pair = (x[0], x[1])
    parts = [*pair, *x[2:], 1.0]
    table = {**{"a": x[0]}, "b": x[1]}
    return np.array(parts).sum() * table["a"] * table["b"]


@program(X)
def star_in_a_subscript(x):
    m = np.outer(x, x)
    index = (1, 2)
    return m[*index] * x


@program(X)
def star_in_a_for_target(x):
    total = 0.0
    for first, *rest in [(x[0], x[1], x[2]), (x[3], x[0])]:
        total = total + first * sum(rest)
    return total
