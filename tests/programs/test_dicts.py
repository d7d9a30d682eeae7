"""Dictionaries that change: entries set, updated, popped, counted; keys that the data choose."""

import collections
import copy

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


# ---- keys that are known at run time only -------------------------------------------------------------------------


@program(X)
@program(-X)
def sums_by_a_key_of_the_data(x):
    sums = {}
    for value in np.tile(x, 2):
        key = int(2.1 * abs(value)) % 3
        sums[key] = sums.get(key, 1.0) + value**2
    total = 0.0
    for k, (key, value) in enumerate(sums.items()):
        total = total + (k + 1.0 + key) * value
    return total * len(sums) * x


@program(X)
@program(-X)
def augmented_where_present(x):
    table = {"a": x[0], "b": 1.0}
    for value in x:
        key = "a" if value > 0.4 else "c"
        if key in table:
            table[key] += value**2
        else:
            table[key] = np.sin(value)
        table["b"] *= value
    return sum(table.values()) * table["b"] + sum(v**2 for v in table.values())


@program(X)
@program(-X)
def arrays_by_name(x):
    state = {"small": np.zeros(3)}
    for k in range(3):
        name = "large" if abs(x[k]) > 1.0 else "small"
        if name not in state:
            state[name] = x * x[k]
        state[name] = state[name] * 0.5 + np.sin(x)
    return state["small"] * sum(state.values())


@program(X)
@program(-X)
def arrays_written_into(x):
    state = {"small": np.zeros(3), "large": np.ones(3)}
    for k in range(3):
        name = "large" if abs(x[k]) > 1.0 else "small"
        state[name] += x * x[k]
        state[name][k] = x[k] ** 3
    return state["small"] * state["large"]


@program(X)
@program(-X)
def memo_by_a_while_loop(x):
    memo, k = {0: x[0]}, 0
    while memo[k] < 3.0 and k < 6:
        k += 1
        memo[k] = memo[k - 1] + x[k % 3] ** 2 + 0.1
    return memo[k] * memo[k // 2] * len(memo)


@program(X)
@program(-X)
def added_in_a_branch(x):
    table = {"a": x[0]}
    if x[0] > 0.0:
        table["b"] = x[1]
    table["c"] = x[2] ** 2
    total = 0.0
    for key in table:
        total = total + table[key] ** 2
    return total * table.get("b", x[2]) * ("b" in table)


@program(X)
@program(-X)
def default_set(x):
    groups = {}
    for value in x:
        first = groups.setdefault(value > 0.0, value)
        groups[value > 0.0] = first * value + groups[value > 0.0]
    return groups[True] * groups[False]


@program(X)
@program(-X)
def merged_with_unknown_keys(x):
    left, right = {0: x[0]}, {}
    for k in range(3):
        if x[k] > 0.0:
            right[k] = x[k] ** 2
    both = left | right
    left |= right
    right.update({7: x[1]}, name=x[2])
    both.update(right)
    return sum(both.values()) * sum(left.values()) * len(both) + both[7] * len(right)


@program(X)
@program(-X)
def copied_with_unknown_keys(x):
    table = {k: x[k] ** 2 for k in range(3) if x[k] > -1.0}
    other, third = table.copy(), dict(table)
    for k in range(3):
        if x[k] > 0.0:
            other[k] = 2.0 * x[k]
            third[k + 5] = x[k]
    return sum(table.values()) * sum(other.values()) + sum(third.values()) * x


@program(X)
@program(-X)
def sorted_by_key(x):
    table = {}
    for k in range(3):
        table[int(10.0 * x[k])] = x[k] ** 2
    total = 0.0
    for rank, key in enumerate(sorted(table)):
        total = total + (rank + 1.0) * table[key]
    return total * table[max(table)] * x


@program(X)
@program(-X)
def pairs_as_keys(x):
    table = collections.defaultdict(float)
    for i in range(3):
        for j in range(3):
            if x[i] > x[j]:
                table[i, j] += x[i] - x[j]
                table[j, i] -= x[i] * x[j]
    return sum(value * (i + 2.0 * j) for (i, j), value in table.items()) * x


@program(X)
@program(-X)
def counted(x):
    counts = collections.Counter("+" if value > 0.0 else "-" for value in x)
    counts["+"] += 1
    return x * counts["+"] + x**2 * counts["-"] + x**3 * counts["other"] * len(counts)


@program(X)
def counted_words(x):
    counts = collections.Counter(["a", "b", "a"])
    counts.update(["b", "c"], a=2)
    return x * counts["a"] + x**2 * counts["b"] * len(counts)


@program(X)
@program(-X)
def defaultdict_of_a_function(x):
    table = collections.defaultdict(lambda: np.ones(3))
    for value in x:
        name = "up" if value > 0.0 else "down"
        table[name] = table[name] * x + value
    return table["up"] * table["down"] + table["never"]


@program(X)
def ordered_dict(x):
    table = collections.OrderedDict([("a", x[0]), ("b", x[1] ** 2)])
    table["c"] = x[2]
    return sum((k + 1.0) * value for k, value in enumerate(table.values())) * x


def add(table, key, value):
    table[key] = table.get(key, 0.0) + value
    return table[key]


@program(X)
@program(-X)
def changed_by_a_callee(x):
    table, total = {}, 1.0
    for value in x:
        total = total * add(table, "a" if value > 0.0 else "b", value**2)
    return total * sum(table.values())


def weighted(table, key):
    return 2.0 * table[key] * len(table)


@program(X)
@program(-X)
def read_by_a_callee(x):
    table = {"a": x[0], "b": x[1] ** 2}
    return sum(weighted(table, "a" if value > 0.0 else "b") * value for value in x)


@program(X)
@program(-X)
def in_a_nested_loop(x):
    table = {}
    for i in range(3):
        for j in range(i + 1):
            if x[i] * x[j] > 0.0:
                table[i + j] = table.get(i + j, 0.0) + x[i] * x[j]
            else:
                table[i] = x[j] ** 2
    return sum(value * key for key, value in table.items()) * x


@program(X)
@program(-X)
def left_when_found(x):
    table = {}
    for k in range(3):
        if x[k] > 0.0:
            table[k] = x[k] ** 2
            if len(table) == 2:
                break
    return sum(table.values()) * x[max(table, default=0)]


@program(X)
@program(-X)
def missing_key_caught(x):
    table = {"a": x[0]}
    if x[0] > 0.0:
        table["b"] = x[1] ** 2
    try:
        y = table["b"] * x
    except KeyError:
        y = np.sin(x)
    return y * table["a"]


@program(X)
@program(-X)
def values_replaced_by_key(x):
    table = {k: x[k] for k in range(3) if abs(x[k]) > 0.1}
    for key in list(table):
        table[key] = table[key] ** 2 + x[0]
    for key, value in table.items():
        table[key] = value * x[1]
    best = max(table, key=table.get)
    return table[best] * sum(table.values())


@program({"w": X, "b": 0.5 * X})
@program({"w": -X, "b": 0.5 * X})
def entries_of_an_argument_by_a_chosen_name(parameters):
    name = "w" if parameters["b"][0] > 0.1 else "b"
    chosen = parameters[name]
    new = {key: value - 0.1 * chosen for key, value in parameters.items()}
    return np.sum(new[name] ** 2) * new["b"]


@program(X)
@program(-X)
def list_of_the_values(x):
    table = {}
    for k in range(3):
        table["p" if x[k] > 0.0 else f"n{k}"] = x[k] ** 2
    values = list(table.values())
    table["q"] = x[0]
    values.append(x[1])
    return np.array(values) * x[0] if len(values) == 4 else sum(values) * x + sum(table.values())


@program(X)
@program(-X)
def views_of_a_dict_that_grows(x):
    table = {}
    for value in x:
        table[int(3.1 * value)] = value**2
    values, keys, items = table.values(), table.keys(), table.items()
    table[77] = x[1]
    total = 0.0
    for key, value in items:
        total = total + value
    for key, value in items:
        total = total + value * key
    return total * sum(values) * len(keys) + len(items) * (77 in keys) * x


@program(X)
@program(-X)
def copied_by_the_copy_module(x):
    table = {}
    for value in x:
        table[int(3.1 * value)] = value**2
    shallow, deep, chosen = copy.copy(table), copy.deepcopy(table), {k for k in range(3) if x[k] > 0.0}
    shallow[55] = x[0]
    others = copy.copy(chosen)
    others.add(7)
    return (sum(shallow.values()) + sum(deep.values())) * len(table) * x + len(others) * len(chosen)


@program(X)
@program(-X)
def items_sorted(x):
    table = {}
    for value in x:
        table[int(3.1 * value)] = value**2
    first = sum((k + 1) * value for k, (_, value) in enumerate(sorted(table.items())))
    return first * x + sum(value for _, value in sorted(table.items(), key=lambda pair: -pair[0]))


@program(X)
def list_copied_before_it_grows(x):
    values = []
    for value in x:
        if value > 0.0:
            values.append(value)
    before = list(values)
    values.append(x[1])
    return sum(before) * sum(values) * x


@program(X)
@program(-X)
def values_replaced_that_come_later(x):
    table = {}
    for value in x:
        table[int(3.1 * value)] = value
    last = list(table)[2]
    total = 0.0
    for key, value in table.items():
        table[last] = table[last] * value
        total = total + value**2
    return total * x
