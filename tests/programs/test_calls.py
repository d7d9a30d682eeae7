"""Calls of user functions: positional, keyword and default arguments, ``*args``, ``**kwargs``, other modules."""

import numpy as np

from tests.programs import elsewhere
from tests.programs.check import program
from tests.programs.elsewhere import pair

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


def scaled(x, scale=2.0, *, shift=0.1):
    return x * scale + shift


@program(X)
def positional(x):
    return scaled(x, 3.0) * x


@program(X, 1.5)
def keyword(x, a):
    return scaled(scale=a, x=x) ** 2


@program(X)
def defaults(x):
    return np.sin(scaled(x))


@program(X, 0.3)
def keyword_only(x, a):
    return scaled(x, shift=a) * a


@program(X)
def called_twice(x):
    return scaled(x) * scaled(np.sin(x), 0.5)


@program(X)
def nested_calls(x):
    return scaled(scaled(scaled(x)))


def weighted_total(*parts, weight=1.0):
    total = 0.0
    for part in parts:
        total = total + weight * np.sum(part**2)
    return total


@program(X, 1.5)
def star_parameters(x, a):
    return weighted_total(x, x * a, a, weight=a)


@program(X, 1.5)
def star_arguments(x, a):
    parts = (x, np.sin(x))
    return weighted_total(*parts, a) * weighted_total(*[x * a])


def configured(x, **options):
    power = options.get("power", 2.0)
    return x**2 * power + options["shift"]


@program(X, 1.5)
def keyword_parameters(x, a):
    return configured(x, shift=a) + configured(x, power=a, shift=1.0)


@program(X, 1.5)
def keyword_arguments(x, a):
    options = {"scale": a, "shift": a * a}
    return scaled(x, **options)


@program(X)
def another_module(x):
    return elsewhere.squashed(x) + elsewhere.squashed(x, slope=0.5)


@program(X, 2.0)
def imported_by_name(x, a):
    product, difference = pair(x, a)
    return product * difference


@program(X)
def function_as_argument(x):
    return elsewhere.twice(np.sin, x) + elsewhere.twice(scaled, x)


def both(x):
    return np.sum(x), x * x


@program(X)
def two_results(x):
    total, square = both(x)
    return total * square


@program(X)
def result_not_used(x):
    total, _ = both(x)
    both(x)
    return total * x


def branched(x, a):
    if a > 0.0:
        return x * a
    return np.exp(x) - a


@program(X, 0.5)
@program(X, -0.5)
def branch_in_the_callee(x, a):
    return branched(x, a) * branched(x, -a)


def iterated(x, n):
    for _ in range(n):
        x = np.sin(x) + 0.1
    return x


@program(X, 3)
def loop_in_the_callee(x, n):
    return iterated(x, n) * iterated(x, n + 1)


@program(X)
def call_in_a_loop(x):
    for k in range(3):
        x = scaled(x, 0.5 + k)
    return x


@program(X)
@program(-X)
def call_in_a_branch_in_a_loop(x):
    total = 0.0
    for element in x:
        if element > 0.0:
            total = total + branched(element, total - 1.0)
        else:
            total = total + iterated(element, 2)
    return total


def inactive_help(n):
    return 0.5 * n + 1.0


@program(X, 3)
def inactive_call(x, n):
    return x * inactive_help(n) + inactive_help(2)


@program(X)
def call_of_scalars(x):
    return scaled(x[0], x[1]) * branched(x[2], 0.5)


def first_only(x, y):
    return x * x


@program(X, 0.5)
def argument_not_used(x, a):
    return first_only(x, a) + a


def passed_through(x):
    return x


@program(X)
def result_is_the_argument(x):
    return passed_through(x) * x


@program(X)
def same_argument_twice(x):
    return branched(x, x[0]) * pair(x, x)[0]


def chain_one(x):
    return chain_two(np.sin(x)) * x


def chain_two(x):
    return chain_three(x + 1.0, x)


def chain_three(x, y):
    return x * np.exp(-y)


@program(X)
def calls_of_calls(x):
    return chain_one(x) + chain_two(x)


def tuple_in_tuple_out(state):
    position, velocity = state
    return position + 0.1 * velocity, velocity - 0.1 * np.sin(position)


@program(X, np.array([0.1, 0.2, 0.3]))
def tuple_of_state(position, velocity):
    state = position, velocity
    for _ in range(3):
        state = tuple_in_tuple_out(state)
    return state


def no_result(x):
    np.sum(x)


@program(X)
def call_without_result(x):
    no_result(x)
    return x * x


@program(X, 0.5)
def mean_and_deviation(x, a):
    def standardised(y):
        return (y - np.mean(y)) / (np.std(y) + a)

    return standardised(x) * standardised(x * x)
