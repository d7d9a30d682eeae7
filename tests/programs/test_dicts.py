"""Dictionaries that change: entries set, updated, popped, counted; keys that the data choose."""

import collections

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(X)
def entry_added(x):
    table = {}
    table["a"] = x * x
    table["b"] = table["a"] * x[0]
    return table["a"] * table["b"]


@program(X)
def entry_replaced(x):
    state = {"x": x, "v": np.sin(x)}
    for _ in range(3):
        state["v"] = state["v"] - 0.1 * state["x"]
        state["x"] = state["x"] + 0.1 * state["v"]
    return state["x"] * state["v"]


@program(X)
def entry_augmented(x):
    totals = {"a": 0.0, "b": 1.0}
    for value in x:
        totals["a"] += value
        totals["b"] *= value
    return totals["a"] * totals["b"]


@program(X)
def filled_by_a_loop_over_integers(x):
    table = {}
    for k in range(3):
        table[k] = x[k] ** 2
    for k in range(3, 6):
        table[k] = table[k - 1] * table[k - 3]
    return table[5] * x


@program(X)
def memo_of_a_recurrence(x):
    memo = {0: x[0], 1: x[1]}

    def fibonacci(n):
        if n not in memo:
            memo[n] = fibonacci(n - 1) + x[2] * fibonacci(n - 2)
        return memo[n]

    return fibonacci(5)


@program(X)
@program(-X)
def key_chosen_by_the_data(x):
    sums = {"positive": 0.0, "negative": 0.0}
    for value in x:
        key = "positive" if value > 0.0 else "negative"
        sums[key] = sums[key] + value**2
    return sums["positive"] * 2.0 + sums["negative"]


@program(X)
def updated_from_another(x):
    table = {"a": x[0], "b": x[1]}
    table.update({"b": x[2] ** 2, "c": x[0] * x[1]})
    table.update(d=x[1])
    return table["a"] * table["b"] + table["c"] * table["d"]


@program(X)
def merged_by_a_bar(x):
    table = {"a": x[0], "b": x[1]} | {"b": x[2]}
    table |= {"c": x[1] ** 2}
    return table["a"] * table["b"] * table["c"]


@program(X)
def popped(x):
    table = {"a": x * x, "b": np.sin(x)}
    a = table.pop("a")
    missing = table.pop("z", 2.0)
    return a * table["b"] * missing * len(table)


@program(X)
def setdefault_of_lists(x):
    groups = {}
    for k, value in enumerate(x):
        groups.setdefault(k % 2, []).append(value)
    return sum(groups[0]) * sum(groups[1])


@program(X)
def defaultdict_of_sums(x):
    sums = collections.defaultdict(float)
    for k, value in enumerate(x):
        sums[k % 2] += value**2
    return sums[0] * sums[1]


@program(X)
def get_with_a_default(x):
    table = {"a": x[0]}
    return table.get("a", 1.0) * table.get("b", x[1]) * x


@program(X)
def items_walked(x):
    table = {"a": x[0], "b": x[1] ** 2, "c": x[2]}
    total = 0.0
    for k, (key, value) in enumerate(table.items()):
        total = total + value * (k + 1) * (2.0 if key == "b" else 1.0)
    return total


@program(X)
def values_replaced_while_the_keys_are_walked(x):
    table = {"a": x[0], "b": x[1], "c": x[2]}
    for key in table:
        table[key] = table[key] ** 2 + x[0]
    return sum(table.values())


@program(X)
def tuple_as_key(x):
    edges = {}
    for i in range(3):
        for j in range(i):
            edges[i, j] = x[i] * x[j]
    return sum(value**2 for value in edges.values())


@program(X)
def membership_and_length(x):
    table = {"a": x[0]}
    if "b" not in table:
        table["b"] = x[1] * x[2]
    return table["b"] * len(table)


@program(X)
def deleted_entry(x):
    table = {"a": x[0], "b": x[1]}
    del table["a"]
    return sum(table.values()) * x


@program({"w": X, "b": 0.5})
def gradient_step_on_all_entries(parameters):
    new = {}
    for name, value in parameters.items():
        new[name] = value - 0.1 * np.sin(value)
    return np.sum(new["w"] ** 2) * new["b"]


@program({"a": X, "b": -X})
def entries_sorted_by_key(tree):
    total = 0.0
    for k, key in enumerate(sorted(tree)):
        total = total + (k + 1.0) * np.sum(tree[key] ** 3)
    return total
