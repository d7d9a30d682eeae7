"""Tuples, lists, dicts and named tuples of arrays; comprehensions."""

import collections
from typing import NamedTuple

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
Y = np.array([1.5, 0.2, -0.3])


def test_program(program, check):
    check(program)


@program((X, Y))
def tuple_argument(pair):
    first, second = pair
    return first * np.sin(second)


@program([X, 0.5])
def list_argument(parts):
    return parts[0] * parts[1] + parts[-1]


@program({"w": X, "b": 0.5})
def dict_argument(parameters):
    return np.tanh(parameters["w"] * 2.0 + parameters["b"])


@program({"layer": {"w": X, "b": 0.5}, "scale": (2.0, Y)})
def nested_argument(tree):
    layer = tree["layer"]
    scale, weights = tree["scale"]
    return np.sum(layer["w"] * weights) * scale + layer["b"] ** 2


Point = collections.namedtuple("Point", "x y")


@program(Point(0.5, 1.5))
def named_tuple_argument(p):
    return p.x * np.exp(p.y) + p[0]


class State(NamedTuple):
    position: np.ndarray
    velocity: np.ndarray


def stepped(state):
    return State(state.position + 0.1 * state.velocity, state.velocity - 0.1 * np.sin(state.position))



@program(X, Y)
def named_tuple_replaced(x, y):
    state = State(velocity=y, position=x)
    state = state._replace(position=state.velocity * x)
    return state.position * state.velocity


@program(X, Y)
def tuple_result(x, y):
    return x * y, np.sum(x)


@program(X, Y)
def list_result(x, y):
    return [x * y, y**2]


@program(X, Y)
def dict_result(x, y):
    return {"product": x * y, "total": np.sum(y**2)}


@program(X)
def dict_built_and_read(x):
    table = {"a": x * 2.0, "b": np.sin(x)}
    table = {**table, "c": table["a"] * x}
    return table["b"] * table["c"]


@program(X)
def dict_of_functions(x):
    table = {"sine": np.sin, "square": lambda y: y * y}
    return table["sine"](x) * table["square"](x)


@program(X)
def tuples_added(x):
    parts = (x, x * x) + (np.sin(x),)
    return parts[0] * parts[1] + parts[2]


@program(X)
def slice_of_a_tuple(x):
    parts = (x, x * 2.0, x * 3.0, x * 4.0)
    a, b = parts[1:3]
    return a * b - parts[-1]


@program(X)
def list_comprehension_over_constants(x):
    parts = [np.sin(k * x) for k in (1, 2, 3)]
    return parts[0] * parts[1] + parts[2]


@program(X)
def list_comprehension_over_an_array(x):
    return np.array([element**2 for element in x])


@program(X, 3)
def list_comprehension_over_a_range(x, n):
    return np.stack([x * k + 0.5 for k in range(n)])


@program(X, Y)
def list_comprehension_over_zip(x, y):
    return sum([a * np.exp(b) for a, b in zip(x, y)])



@program(X)
def nested_list_comprehension(x):
    parts = [x[i] * x[j] for i in (0, 1) for j in (1, 2)]
    return parts[0] * parts[1] + parts[2] * parts[3]


@program({"a": X, "b": Y})
def dict_comprehension(parameters):
    scaled = {key: value * 2.0 for key, value in parameters.items()}
    return scaled["a"] * parameters["b"]


@program(X)
def generator_in_sum(x):
    return sum(np.sin(k * x) for k in (1.0, 2.0))


@program(X)
def generator_over_an_array(x):
    return sum(element**2 for element in x)


@program(X)
def maximum_of_a_list(x):
    return max([np.sum(x), x[0] ** 2, 0.1]) * min(x[0], x[1])


@program(X, Y)
def list_passed_to_numpy(x, y):
    return np.concatenate([x, y * 2.0]) * np.stack([x, y]).sum()


@program(X)
def array_of_scalars(x):
    a, b, c = x
    rotation = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    return rotation @ np.array([b, c])


@program((X, (0.5, Y)))
def tuple_rebuilt(tree):
    x, (a, y) = tree
    changed = (x * a, (a**2, y))
    return np.sum(changed[0] * changed[1][1]) * changed[1][0]


@program([X, Y])
def length_of_a_list(parts):
    return parts[0] * len(parts) + parts[len(parts) - 1]


@program(X, Y)
def map_over_a_tuple(x, y):
    a, b = map(np.sin, (x, y))
    return a * b


@program((X, Y))
def tuple_through_a_loop(pair):
    for _ in range(3):
        pair = (pair[1] * 0.9, pair[0] * pair[1])
    return pair[0] + pair[1]


@program(X)
def comprehension_over_two_ranges(x):
    return np.array([x[i] * x[j] for i in range(2) for j in range(3)])


@program(X)
def comprehension_with_a_condition_on_the_index(x):
    return np.array([x[i] ** 2 for i in range(3) if i % 2 == 0])


@program(X)
def dict_comprehension_over_a_range(x):
    squares = {k: x[k] ** 2 for k in range(2)}
    return squares[1] * sum(squares.values())


@program(X)
def map_over_an_array(x):
    return sum(map(lambda a, b: a * b**2, x, x[::-1]))


@program(X)
def sorted_numbers(x):
    low, middle, high = sorted(x)
    return low**2 + middle * high * sorted([x[0], x[2]], reverse=True)[1]
