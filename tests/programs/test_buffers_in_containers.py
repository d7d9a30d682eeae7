"""Arrays held in tuples, lists, dicts and objects, and written into there."""

from typing import NamedTuple

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(X)
def array_in_a_list(x):
    parts = [x * x, np.sin(x)]
    parts[0][1] = x[0] * x[2]
    return parts[0] * parts[1]


@program(X)
def array_in_a_tuple(x):
    parts = (x * x, np.sin(x))
    parts[1][:] = parts[0] * x
    return parts[0] * parts[1]


@program(X)
def array_in_a_dict(x):
    table = {"a": x * x, "b": np.sin(x)}
    table["a"][0] = x[1] * x[2]
    table["b"] += table["a"]
    return table["a"] * table["b"]


@program(X)
def array_in_a_list_and_by_name(x):
    y = x * x
    parts = [y, y]
    parts[0][0] = x[1] * 2.0
    y[1] = x[2]
    return parts[1] * x


@program(X)
def unpacked_and_written(x):
    pair = (x * x, np.cos(x))
    a, b = pair
    a[0] = x[2]
    b *= a
    return pair[0] * pair[1]


class State(NamedTuple):
    position: np.ndarray
    velocity: np.ndarray


@program(X)
def array_in_a_named_tuple(x):
    state = State(x.copy(), np.sin(x))
    for _ in range(3):
        state.velocity[:] -= 0.1 * state.position
        state.position[:] += 0.1 * state.velocity
    return state.position * state.velocity


@program(X)
def loop_over_a_list_of_arrays(x):
    parts = [x * x, np.sin(x), np.cos(x)]
    for part in parts:
        part[0] *= x[1]
    return parts[0] * parts[1] + parts[2]


@program(X)
def list_of_rows_made_by_a_comprehension(x):
    rows = [np.zeros(3) for _ in range(3)]
    for i in range(3):
        rows[i][i] = x[i] ** 2
        rows[i - 1][i] = x[i]
    return rows[0] + rows[1] * rows[2]


@program(X)
def one_row_three_times(x):
    rows = [np.zeros(3)] * 3
    for i in range(3):
        rows[i][i] = x[i] ** 2
    return rows[0] * rows[2]


@program(X)
def dict_of_lists_of_arrays(x):
    table = {"a": [x * x, x + 1.0], "b": [np.sin(x)]}
    table["a"][1][2] = table["b"][0][1]
    table["b"][0][0] = table["a"][1][2] * x[0]
    return table["a"][1] * table["b"][0]


@program(X)
def entry_replaced_by_the_other_entry(x):
    table = {"old": x.copy(), "new": np.zeros(3)}
    for _ in range(3):
        table["new"][:] = np.sin(table["old"]) * x
        table["old"], table["new"] = table["new"], table["old"]
    return table["old"]


class Holder:
    def __init__(self, array):
        self.array = array


@program(X)
def array_in_an_object(x):
    holder = Holder(x * x)
    holder.array[0] = x[1]
    holder.array *= x
    return holder.array * holder.array


@program(X)
def array_in_two_objects(x):
    y = x * x
    first, second = Holder(y), Holder(y)
    first.array[0] = x[1] * x[2]
    second.array[1] += first.array[0]
    return y * first.array


def filled(parts):
    parts[0][0] = parts[1][2] * 2.0


@program(X)
def container_passed_to_a_callee_that_writes(x):
    parts = [x * x, np.sin(x)]
    filled(parts)
    filled(parts[::-1])
    return parts[0] * parts[1]


@program({"w": X, "m": np.zeros(3), "v": np.ones(3)})
def adam_step_on_a_dict(state):
    g = 2.0 * state["w"]
    state["m"] *= 0.9
    state["m"] += 0.1 * g
    state["v"] *= 0.99
    state["v"] += 0.01 * g**2
    state["w"] -= 0.1 * state["m"] / np.sqrt(state["v"] + 0.1)
    return state["w"] * state["m"]
