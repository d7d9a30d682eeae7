"""Sets, of indices and names, beside the numbers that are differentiated."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])


def test_program(program, check):
    check(program)


@program(X)
def indices_seen_before(x):
    seen = set()
    total = 0.0
    for k in (0, 2, 0, 1, 2):
        if k not in seen:
            seen.add(k)
            total = total + x[k] ** 2
    return total * len(seen)


@program(X)
def set_display(x):
    chosen = {1, 3}
    return sum(x[k] ** 2 for k in sorted(chosen)) * x


@program(X)
def set_comprehension(x):
    rest = {k % 3 for k in range(4)}
    return x * len(rest) * x[max(rest)]


@program(X)
def difference_of_sets(x):
    left = set(range(4)) - {0, 2}
    total = 1.0
    for k in sorted(left):
        total = total * x[k]
    return total


@program(X)
def membership_in_a_constant_set(x):
    y = np.zeros(4)
    for k in range(4):
        if k in {0, 3}:
            y[k] = x[k] ** 2
    return y * x


@program(X)
@program(-X)
def set_of_what_the_data_select(x):
    active = set()
    for k in range(4):
        if x[k] > 0.0:
            active.add(k)
    return sum(x[k] ** 3 for k in sorted(active)) * len(active | {9})


@program(X)
def graph_walked_depth_first(x):
    neighbours = {0: [1, 2], 1: [3], 2: [3], 3: []}
    visited, stack = set(), [0]
    total, factor = 0.0, 1.0
    while stack:
        node = stack.pop()
        if node in visited:
            continue
        visited.add(node)
        factor = factor * x[node]
        total = total + factor
        stack.extend(neighbours[node])
    return total
