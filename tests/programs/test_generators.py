"""Generator expressions and generator functions."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])


def test_program(program, check):
    check(program)


@program(X)
@program(-X)
def expression_with_a_condition(x):
    return sum(value**2 for value in x if value > 0.0) * x


@program(X)
def expression_in_max(x):
    return max(value**2 for value in x) * x


@program(X)
def expression_in_all(x):
    if all(value < 3.0 for value in x) and any(value < 0.0 for value in x):
        return x * x
    return x


@program(X)
def expression_consumed_by_next(x):
    squares = (value**2 for value in x)
    first = next(squares)
    second = next(squares)
    return first * second


@program(X)
def expression_in_a_list(x):
    return np.array(list(value * x[0] for value in x))


def halvings(value, n):
    for _ in range(n):
        yield value
        value = value * 0.5


@program(X)
def generator_in_a_for_loop(x):
    total = 0.0
    for value in halvings(x, 3):
        total = total + np.sum(value**2)
    return total


@program(X)
def generator_collected(x):
    return np.stack(list(halvings(np.sin(x), 3)))


@program(X)
def generator_summed(x):
    return sum(halvings(x, 4)) * x


def newton(x):
    y = 1.0
    while True:
        y = 0.5 * (y + x / y)
        yield y


@program(2.0)
def endless_generator_with_a_break(x):
    for k, y in enumerate(newton(x)):
        if k == 4:
            break
    return y * x


def chained(*parts):
    for part in parts:
        yield from part


@program(X)
def yield_from(x):
    return np.array([value**2 for value in chained(x[:2], x[1:])])


@program(X)
def nested_generator_function(x):
    def pairs():
        for i in range(4):
            for j in range(i):
                yield x[i] * x[j]

    return sum(pairs())


def running_total():
    total = 0.0
    while True:
        value = yield total
        total = total + value**2


@program(X, order=1)
def generator_that_is_sent_values(x):
    accumulator = running_total()
    next(accumulator)
    for value in x:
        total = accumulator.send(value)
    return total
