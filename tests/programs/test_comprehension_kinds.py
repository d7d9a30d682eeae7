"""Comprehensions of lists, dicts and sets: conditions, several loops, elements that are tuples."""

import numpy as np
import pytest

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
Y = np.array([1.5, 0.2, -0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3]])


def test_program(program, check):
    check(program)


@program(X)
def over_an_array(x):
    return np.array([v**2 for v in x])


@program(X, 3)
def over_a_range(x, n):
    return np.array([x[k] * k for k in range(n)])


@program(A)
def over_rows(a):
    return np.array([np.sum(row**2) for row in a])


@program(X, Y)
def over_a_zip(x, y):
    return np.array([a * np.sin(b) for a, b in zip(x, y)])


@program(X)
def over_an_enumeration(x):
    return np.array([k * v**2 for k, v in enumerate(x, 1)])


@program(X)
def over_the_elements_backwards(x):
    return np.array([v**3 for v in reversed(x)])


@program(X, Y)
def static_condition(x, y):
    return sum([k * x * y for k in (1, 2, 3, 4) if k % 2])


@program(X, 4)
def condition_on_a_known_element(x, n):
    return [x * k for k in (0, 1, 2) if k]


@program(X)
@program(-X)
def sum_with_a_condition_on_values(x):
    return sum([v**2 for v in (x[0], x[1], x[2])]) + sum(v**3 for v in (x[0], x[1], x[2]) if v > 0)


@program(X)
@program(-X)
def sum_with_a_condition_over_an_array(x):
    return sum(v**2 for v in x if v > 0)


@program(X, Y)
def sum_with_two_conditions(x, y):
    return sum(a * b for a in x if a > 0 for b in y if b > 0)


@program(A)
def nested_lists(a):
    return np.array([[v**2 for v in row] for row in a])


@program(A)
def nested_lists_over_ranges(a):
    return np.array([[a[i, j] * (i + j) for j in range(a.shape[1])] for i in range(a.shape[0])])


@program(X, Y)
def outer_product(x, y):
    return np.array([[a * b for b in y] for a in x])


@program(X, Y)
def two_loops_in_one(x, y):
    return np.array([a * b for a in x for b in y])


@program(X)
def two_loops_over_known_elements(x):
    return sum([x**p * q for p in (1, 2) for q in (0.5, 1.5)])


@program(X)
def inner_loop_depends_on_the_outer_one(x):
    return sum([x[i] * x[j] for i in (0, 1, 2) for j in (0, 1, 2)[:i]])


@program(X)
def pairs_as_elements(x):
    pairs = [(v, v**2) for v in x]
    total = 0.0
    for a, b in pairs:
        total = total + a * b
    return total


@program(X)
def pairs_that_are_looked_up(x):
    pairs = [(v, v**2) for v in x]
    first, second = pairs[1]
    return first * second + pairs[-1][1] * len(pairs)


@program(X)
def dicts_as_elements(x):
    points = [{"at": v, "weight": np.sin(v)} for v in x]
    return sum(p["at"] * p["weight"] for p in points)


@program(X)
def pairs_as_result(x):
    (a, b), (c, d) = [(v, v**2) for v in (x[0], x[1])]
    return a, b, c, d


@program(X, Y)
def dict_of_known_keys(x, y):
    parts = {name: value * 2.0 for name, value in {"x": x, "y": y}.items()}
    return parts["x"] * parts["y"]


@program(X, Y)
def dict_over_a_zip(x, y):
    parts = {name: value for name, value in zip(("a", "b"), (x, y))}
    return parts["a"] * np.exp(parts["b"])


@program(X)
def dict_with_a_condition(x):
    powers = {k: x**k for k in (1, 2, 3) if k != 2}
    return powers[1] * powers[3] * len(powers)


@program(X)
def dict_over_an_array_of_known_length(x):
    squares = {k: v**2 for k, v in enumerate(x)}
    return squares[0] * squares[2]


@program(X)
def set_of_known_elements(x):
    kept = {k for k in (1, 2, 3) if k != 2}
    return sum([x**k for k in (1, 2, 3) if k in kept])


@program(X)
def names_of_its_own(x):
    v = x[0]
    squares = [v**2 for v in x]
    return v * squares[2]


@program(X)
def walrus_in_a_comprehension(x):
    squares = [(last := v * v) for v in (x[0], x[1])]
    return squares[0] * last


@program(X)
def closures_over_the_variable(x):
    functions = [lambda: x**k for k in (1, 2, 3)]
    return sum([f() for f in functions])


@program(X)
def closures_with_a_default(x):
    functions = [lambda k=k: x**k for k in (1, 2, 3)]
    return sum([f() for f in functions])


@program(X, 1.5)
def captured_in_a_nested_function(x, a):
    def inner(y):
        return [v * a for v in y]

    return np.array(inner(x)) * np.array(inner([1.0, 2.0, 3.0]))


@program(X)
def list_that_is_made_in_a_loop(x):
    total = 0.0
    for k in range(3):
        total = total + np.sum(np.array([v**2 * k for v in x]))
    return total


@program(X)
def element_by_several_steps(x):
    return np.array([np.sin(y) * y for v in x for y in [v * v]])


@program(X, skip=("strict",))
@program(-X, skip=("strict",))
def list_with_a_condition_on_values(x):
    return np.sum([v**2 for v in x if v > 0.0])


@program(X, skip=("strict",))
@program(-X, skip=("strict",))
def known_elements_with_a_condition_on_values(x):
    kept = [v**2 for v in (x[0], x[1], x[2]) if v > 0.0]
    total = 0.0
    for v in kept:
        total = total + v * len(kept)
    return total


def test_active_elements_of_sets_and_keys_of_dicts_are_refused():
    for f in (lambda x: len({v for v in x}), lambda x: np.sum({v: x for v in x}[0.5])):
        with pytest.raises(srcad.DifferentiationError, match="as an element of a set or a key of a dict") as info:
            srcad.grad(f)(X)
        assert "test_comprehension_kinds.py" in str(info.value)
