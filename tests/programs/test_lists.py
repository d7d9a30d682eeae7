"""Lists that change: append, extend, insert, pop, assignment to entries and slices, as stacks and queues."""

import collections

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(X)
def appended_in_a_loop(x):
    parts = []
    for i in range(3):
        parts.append(x[i] ** 2)
    return np.array(parts) * x


@program(X)
@program(-X)
def appended_under_a_condition(x):
    parts = []
    for value in x:
        if value > 0.0:
            parts.append(value * x[0])
    return sum(parts) * x


@program(X)
def arrays_appended(x):
    rows = []
    for k in range(3):
        rows.append(np.sin(k * x))
    return np.stack(rows) @ x


@program(X)
def last_entry_read_again(x):
    states = [x]
    for _ in range(3):
        states.append(np.sin(states[-1]) + 0.1 * states[0])
    return states[-1] * states[2]


@program(X)
def entry_replaced(x):
    parts = [x[0], x[1], x[2]]
    parts[1] = parts[0] * parts[2]
    parts[-1] += parts[1]
    return parts[0] * parts[1] * parts[2]


@program(X)
def entries_replaced_in_a_loop(x):
    parts = [1.0] * 4
    for i in range(3):
        parts[i + 1] = parts[i] * x[i] + x[0]
    return np.array(parts)


@program(X)
def extended(x):
    parts = [x[0]]
    parts.extend([x[1] * x[0], x[2]])
    parts += [np.sum(x)]
    return np.array(parts)


@program(X)
def inserted_at_the_front(x):
    parts = []
    for value in x:
        parts.insert(0, value * value)
    return np.array(parts) * x


@program(X)
def popped_as_a_stack(x):
    stack = [x[0], x[1], x[2]]
    while len(stack) > 1:
        a, b = stack.pop(), stack.pop()
        stack.append(a * b + a)
    return stack[0]


@program(X)
def popped_from_the_front(x):
    queue = list(x * x)
    total = 0.0
    while queue:
        total = total * 0.5 + queue.pop(0)
    return total


@program(X)
def reverse_polish_notation(x):
    stack = []
    for token in ["a", "b", "*", "c", "+", "a", "*"]:
        if token == "*":
            b, a = stack.pop(), stack.pop()
            stack.append(a * b)
        elif token == "+":
            b, a = stack.pop(), stack.pop()
            stack.append(a + b)
        else:
            stack.append(x["abc".index(token)])
    return stack.pop()


@program(X)
def slice_of_a_list_assigned(x):
    parts = [x[0], x[1], x[2], x[0] * x[1]]
    parts[1:3] = [x[2] ** 2]
    return parts[0] * parts[1] * parts[2]


@program(X)
def deleted_entry(x):
    parts = [x[0], x[1], x[2]]
    del parts[1]
    return parts[0] * parts[1]


@program(X)
def reversed_in_place(x):
    parts = [x[0], x[1] ** 2, x[2]]
    parts.reverse()
    return parts[0] + parts[1] * parts[2] ** 2


@program(X)
def sorted_list_of_numbers(x):
    parts = [x[0] ** 2, x[1] ** 2, x[2] ** 2]
    parts.sort()
    return parts[0] + 2.0 * parts[1] + 3.0 * parts[2]


@program(X)
def sorted_by_a_key_in_place(x):
    parts = [(x[0], 1.0), (x[1], 2.0), (x[2], 3.0)]
    parts.sort(key=lambda pair: -pair[0])
    return sum(value**2 * weight * k for k, (value, weight) in enumerate(parts))


@program(X)
def list_of_lists(x):
    table = [[0.0] * 3 for _ in range(3)]
    for i in range(3):
        for j in range(3):
            table[i][j] = x[i] * x[j] + (table[i - 1][j] if i else 0.0)
    return np.array(table) @ x


@program(X)
def alias_of_a_list(x):
    parts = [x[0]]
    other = parts
    other.append(x[1])
    parts.append(x[2])
    return other[2] * parts[1] * len(other)


@program(X)
def copy_of_a_list(x):
    parts = [x[0]]
    other = parts.copy()
    other.append(x[1])
    third = parts[:]
    third[0] = x[2]
    return parts[0] * other[1] * third[0] * len(parts)


def collected(into, x, depth):
    if depth:
        into.append(x * depth)
        collected(into, np.sin(x), depth - 1)


@program(X, order=1)
def list_filled_by_a_recursive_callee(x):
    parts = []
    collected(parts, x, 3)
    return parts[0] * parts[1] + parts[2]


@program(X)
def list_filled_by_a_callee(x):
    def add(parts, value):
        parts.append(value * value)

    parts = []
    for value in x:
        add(parts, value)
    return np.array(parts) * x


@program(X)
def deque_of_bounded_length(x):
    window = collections.deque(maxlen=2)
    total = 0.0
    for value in x:
        window.append(value)
        total = total + sum(window) ** 2
    return total


@program(X)
def deque_as_a_queue(x):
    queue = collections.deque([x[0], x[1]])
    for _ in range(3):
        first = queue.popleft()
        queue.append(first * queue[0] + x[2])
    return queue[0] * queue[1]


@program(X)
def membership_and_count_of_indices(x):
    seen = []
    total = 0.0
    for k in (0, 2, 0, 1):
        if k in seen:
            continue
        seen.append(k)
        total = total + x[k] ** 2 * len(seen)
    return total


@program(X)
def loop_until_the_list_is_long_enough(x):
    parts = [x[0]]
    while len(parts) < 4:
        parts.append(parts[-1] * 0.5 + x[len(parts) % 3])
    return np.array(parts)


@program(X)
def cleared_and_refilled(x):
    parts = [x[0], x[1]]
    total = sum(parts)
    parts.clear()
    parts.append(total * x[2])
    return parts[0] * len(parts)
