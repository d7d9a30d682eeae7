"""Kinds of parameters: keyword-only, positional-only, defaults computed at definition, stars of all kinds."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(X, 0.5)
def positional_only_in_the_program(x, a, /):
    return x**2 * a


@program(X)
def keyword_only_default_in_the_program(x, *, power=3):
    return x**power


def mixed(a, /, b, *rest, scale=2.0, **options):
    total = a * b * scale
    for part in rest:
        total = total + part
    for name in options:
        total = total * options[name]
    return total


@program(X)
def all_kinds_at_once(x):
    return mixed(x, x[0], x[1], np.sin(x), scale=x[2], p=x[0], q=0.5)


@program(X)
def only_the_required_ones(x):
    return mixed(x, b=x * x)


def keyword_only(x, *, rate, shift=0.5):
    return np.tanh(rate * x) + shift


@program(X)
def keyword_only_of_a_callee(x):
    return keyword_only(x, rate=x[0]) * keyword_only(shift=x[1], x=x, rate=0.5)


def positional_only(x, y=2.0, /, z=3.0):
    return x * y + z


@program(X)
def positional_only_with_defaults(x):
    return positional_only(x) * positional_only(x, x[0], z=x[1])


OFFSET = 0.25


def default_from_a_global(x, offset=OFFSET * 2.0, table=(1.0, 2.0)):
    return x * table[1] + offset


@program(X)
def default_computed_at_definition(x):
    return default_from_a_global(x) ** 2


@program(X)
def options_passed_on(x):
    def outer(y, *args, **kwargs):
        return keyword_only(y, *args, **kwargs) * y

    return outer(x, rate=0.5) + outer(x, rate=x[0], shift=x[1])


@program(X)
def dict_merged_into_a_call(x):
    base = {"rate": 0.5, "shift": x[0]}
    return keyword_only(x, **{**base, "rate": x[1]})


@program(X)
def several_stars_in_a_call(x):
    first, second = (x, x[0]), [x[1], x]
    return mixed(*first, *second, **{"scale": 0.5}, **{"p": x[2]})


@program((X, 0.5))
def star_of_an_argument(parts):
    return positional_only(*parts) * parts[1]


@program(X)
def star_parameters_as_a_tuple(x):
    def last_times_count(*parts):
        return parts[-1] * len(parts)

    return last_times_count(x, x * x) + last_times_count(*x)
