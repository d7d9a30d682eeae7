"""Closures: over loop variables, with ``nonlocal``, that keep state between calls."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(X)
def nonlocal_total(x):
    total = 0.0

    def add(value):
        nonlocal total
        total = total + value**2

    for value in x:
        add(value)
    return total * x


@program(X)
def nonlocal_augmented(x):
    factor = 1.0

    def scale(value):
        nonlocal factor
        factor *= value
        return factor

    return scale(x[0]) + scale(x[1]) * scale(x[2])


@program(X)
@program(-X)
def nonlocal_written_in_a_branch(x):
    best = x[0]

    def offer(value):
        nonlocal best
        if value > best:
            best = value

    for value in x:
        offer(value * value - 0.1)
    return best * x


@program(X)
def nonlocal_array_rebound(x):
    state = x

    def step(rate):
        nonlocal state
        state = state - rate * np.sin(state)

    for k in range(3):
        step(0.1 * (k + 1))
    return state


@program(X)
def counter_made_by_a_factory(x):
    def counter():
        count = 0

        def increased(by):
            nonlocal count
            count += by
            return count

        return increased

    first, second = counter(), counter()
    first(x[0])
    second(x[1] * 2.0)
    return first(x[2]) * second(x[0])


@program(X)
def late_binding_of_a_loop_variable(x):
    functions = []
    for k in range(3):
        functions.append(lambda y: y**k)
    return functions[0](x) * functions[1](x)


@program(X)
def early_binding_by_a_default(x):
    functions = []
    for k in range(3):
        functions.append(lambda y, k=k: y ** (k + 1))
    return functions[0](x) + functions[1](x) * functions[2](x)


@program(X)
def closure_sees_a_later_value(x):
    scale = x[0]

    def scaled(y):
        return y * scale

    scale = x[1] * x[2]
    return scaled(x)


@program(X)
def closure_over_an_array_that_is_written(x):
    y = x * x

    def total():
        return np.sum(y * x)

    before = total()
    y[0] = x[1]
    return before * total()


@program(X)
def closure_over_a_list_that_grows(x):
    parts = []

    def total():
        return sum(parts)

    parts.append(x[0] * x[1])
    first = total()
    parts.append(x[2])
    return first * total()


@program(X)
def two_closures_share_a_variable(x):
    state = x[0]

    def get():
        return state

    def put(value):
        nonlocal state
        state = value

    put(get() * x[1])
    put(get() + x[2])
    return get() ** 2


@program(X)
def nonlocal_through_two_levels(x):
    total = x[0]

    def outer(a):
        def inner(b):
            nonlocal total
            total = total * b + a

        inner(a * 2.0)
        inner(x[2])

    outer(x[1])
    return total


@program(X, order=1)
def nested_recursive_function(x):
    def power(n):
        return 1.0 if n == 0 else x * power(n - 1)

    return power(3)


@program(X)
def running_average(x):
    history = []

    def averaged(value):
        history.append(value)
        return sum(history) / len(history)

    return np.array([averaged(value**2) for value in x])
