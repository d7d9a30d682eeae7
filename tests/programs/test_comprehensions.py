"""Comprehensions with conditions, on constants and on computed values; nested ones."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3]])


def test_program(program, check):
    check(program)


@program(X)
def condition_on_an_index(x):
    return np.array([x[k] ** 2 for k in range(4) if k % 2]) * x[0]


@program(X)
@program(-X)
def condition_on_a_value(x):
    return sum([value**2 for value in x if value > 0.0]) * x


@program(X)
def two_conditions(x):
    return sum([x[k] ** 2 for k in range(4) if k > 0 if x[k] < 1.0]) * x


@program(X)
@program(-X)
def ternary_in_a_comprehension(x):
    return np.array([value**2 if value > 0.0 else -value for value in x])


@program(A)
def comprehension_in_a_comprehension(a):
    return np.array([[value**2 for value in row] for row in a]) * a


@program(A)
def two_fors(a):
    return sum([a[i, j] * a[1 - i, j - 1] for i in range(2) for j in range(3)])


@program(A)
def two_fors_with_a_condition_between(a):
    return sum([a[i, j] ** 2 for i in range(2) if i for j in range(3) if j != 1]) * a


@program(A)
def inner_range_depends_on_the_outer(a):
    return sum([a[0, i] * a[1, j] for i in range(3) for j in range(i)])


@program(X)
def dict_comprehension_with_a_condition(x):
    table = {k: x[k] ** 2 for k in range(4) if k != 2}
    return table[0] * table[1] + table[3] * len(table)


@program(X)
def dict_comprehension_over_a_dict(x):
    table = {"a": x[0], "b": x[1]}
    squares = {key: value**2 for key, value in table.items()}
    return squares["a"] * squares["b"] * x


@program(X)
@program(-X)
def filtered_dict(x):
    table = {"a": x[0], "b": x[1], "c": x[2]}
    positive = {key: value for key, value in table.items() if value > 0.0}
    return sum(positive.values()) ** 2


@program(X)
def comprehension_over_enumerate_of_a_slice(x):
    return sum([(k + 1) * value**2 for k, value in enumerate(x[1:])])


@program(X)
def unpacked_pairs(x):
    return sum([a * b for a, b in zip(x[:-1], x[1:])])


@program(X)
def capturing_a_loop_variable(x):
    functions = [lambda y, k=k: y**k for k in (1, 2, 3)]
    return sum([f(x) for f in functions])


@program(X)
def walrus_in_a_condition(x):
    return sum([s for value in x if (s := np.sin(value)) > 0.0]) * x


@program(X)
def comprehension_after_writes(x):
    y = x * x
    rows = [y * k for k in range(2)]
    y[0] = x[1]
    return rows[1] * y


@program(X)
def concatenated_pieces(x):
    return np.concatenate([x[k:] ** 2 for k in range(3)])
