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


@program(X)
@program(-X)
def algebra_of_sets_that_the_data_select(x):
    positive = {k for k in range(4) if x[k] > 0.0}
    large = {k for k in range(4) if abs(x[k]) > 0.4}
    both, either = positive & large, positive | large
    total = sum(x[k] ** 2 for k in sorted(both)) * len(either)
    for k in sorted(either - both):
        total = total + x[k] ** 3
    if positive <= large or positive.isdisjoint({1, 2}):
        total = total * x[0]
    return total * len(positive ^ large) + len(positive.union((7, 8), large)) * x


@program(X)
@program(-X)
def changed_by_augmented_operators(x):
    chosen = {0, 1}
    if x[0] > 0.0:
        chosen |= {2}
    chosen -= {1}
    chosen &= {0, 2, 3}
    chosen ^= {3}
    chosen.update([1], (0,))
    chosen.discard(17)
    chosen.remove(0)
    return sum(x[k] ** 2 for k in sorted(chosen, reverse=True)) * x


@program(X)
def taken_one_after_the_other(x):
    waiting, factor, total = {0}, 1.0, 0.0
    while waiting:
        k = waiting.pop()
        factor = factor * x[k]
        total = total + factor**2
        if k < 3:
            waiting.add(k + 1)
    return total


@program(X)
@program(-X)
def pairs_as_elements(x):
    edges = set()
    for i in range(4):
        for j in range(i):
            if x[i] > x[j]:
                edges.add((i, j))
    total = 0.0
    for i, j in sorted(edges):
        total = total + x[i] * x[j] ** 2
    return total * (1.0 + ((3, 0) in edges))


@program(X)
@program(-X)
def names_as_elements(x):
    kinds = set()
    for value in x:
        kinds.add("positive" if value > 0.0 else "negative")
    if "negative" in kinds and len(kinds) == 2:
        return x**2
    return np.sin(x)


def note(seen, k):
    seen.add(k)
    return len(seen)


@program(X)
@program(-X)
def set_changed_by_a_callee(x):
    seen, total = set(), 0.0
    for k in range(4):
        if x[k] > -0.6:
            total = total + note(seen, k // 2) * x[k] ** 2
    return total * len(seen)


@program(X)
@program(-X)
def set_changed_by_a_nested_function(x):
    seen = {3}

    def visit(k):
        if k not in seen and x[k] > -1.0:
            seen.add(k)
            return x[k] ** 2
        return 2.0 * x[k]

    return sum(visit(k) for k in range(4)) * len(seen) + x


@program(X)
@program(-X)
def two_names_and_a_copy(x):
    first = set()
    second, third = first, first.copy()
    if x[0] > 0.0:
        first.add(1)
    second.add(2)
    third.add(0)
    return x * len(first) * (1 + len(second)) + len(third) * x**2


@program(X)
@program(-X)
def left_at_the_second_element(x):
    seen = set()
    for k in range(4):
        place = int(3.0 * abs(x[k])) % 3
        if place in seen:
            continue
        seen.add(place)
        if len(seen) == 2:
            break
    return x * len(seen) * x[max(seen)] + sum(seen) * x**2


@program(X)
@program(-X)
def missing_element_removed(x):
    seen = {0}
    if x[0] > 0.0:
        seen.add(1)
    try:
        seen.remove(1)
        y = x**2
    except KeyError:
        y = np.sin(x)
    return y * len(seen)


@program(X)
@program(-X)
def in_the_order_of_a_key(x):
    chosen = {k for k in range(4) if x[k] < 1.0}
    total = 0.0
    for rank, k in enumerate(sorted(chosen, key=lambda k: -k)):
        total = total + (rank + 1.0) * x[k] ** 2
    return total


@program(X)
@program(-X)
def cleared_in_a_branch(x):
    kept = {1, 2}
    for k in range(4):
        if x[k] < 0.0:
            kept.clear()
        kept.add(k)
    return sum([x[k] ** 2 for k in kept]) * x


@program(X)
def set_of_outside_in_an_operation(x):
    chosen = set()
    for k in range(4):
        if x[k] > 0.0:
            chosen.add(k)
    return x * len(chosen | OUTSIDE) + len(OUTSIDE - {0}) * x**2


OUTSIDE = {0, 9}


@program(X)
@program(-X)
def texts_written_of_a_set(x):
    chosen = {k for k in range(4) if x[k] > 0.0}
    names = ", ".join(str(k) for k in sorted(chosen))
    return x**2 if len(names) > 1 and f"{sorted(chosen)}" != "[]" else x


@program(X)
def active_elements_only_asked_for(x):
    chosen = {0.25, 7.0}
    return sum(v**2 for v in x if v not in chosen) * x
