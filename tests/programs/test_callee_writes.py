"""Functions that write into their arguments and return nothing, or something else."""

import numpy as np

from tests.programs import elsewhere
from tests.programs.check import program
from tests.programs.elsewhere import relaxed

X = np.array([0.5, -1.2, 2.0, 0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3], [0.7, 0.4, 1.1]])


def test_program(program, check):
    check(program)


def first_set(target, value):
    target[0] = value


@program(X)
def nothing_returned(x):
    y = x * x
    first_set(y, x[1] * x[2])
    return y * x


@program(X)
def called_on_the_argument(x):
    first_set(x, x[1] * x[2])
    return x * x


@program(X)
def called_twice_on_one_array(x):
    y = x * x
    first_set(y, x[1])
    z = y * 2.0
    first_set(y, z[0] * x[3])
    return y * z


@program(X)
def called_on_a_view(x):
    y = x * x
    first_set(y[2:], x[0] * x[1])
    return y * x


@program(A)
def called_on_rows_in_a_loop(a):
    b = a * a
    for i in range(3):
        first_set(b[i], a[i, i])
    return b * a


@program(X)
def callee_of_another_module(x):
    y = x * x
    elsewhere.doubled_in_place(y)
    relaxed(y, x)
    relaxed(y, y, weight=x[0])
    return y


def taken_and_cleared(target, i):
    value = target[i]
    target[i] = 0.0
    return value


@program(X)
def callee_that_also_returns(x):
    y = x * x
    a = taken_and_cleared(y, 1)
    b = taken_and_cleared(y, 2)
    return y * a + b


def both_written(p, q):
    p += q
    q *= p


@program(X)
def two_arguments_written_by_the_callee(x):
    a, b = np.sin(x), np.cos(x)
    both_written(a, b)
    both_written(b, a)
    return a * b


def through_another(target, value):
    first_set(target, value)
    target[1:] *= value


@program(X)
def callee_of_a_callee(x):
    y = x * x
    through_another(y, x[0])
    return y * y


def written_if_positive(target, value):
    if value > 0.0:
        target[1] = value
        return
    target[2] = value * value


@program(X)
@program(-X)
def early_return_in_the_callee(x):
    y = x * x
    written_if_positive(y, x[0])
    written_if_positive(y, x[1])
    return y * x


def filled_recursively(target, value, k):
    if k == len(target):
        return
    target[k] = value * target[k - 1]
    filled_recursively(target, value * 0.5 + target[k], k + 1)


@program(X, order=1)
def recursive_callee(x):
    y = x * x
    filled_recursively(y, x[0], 1)
    return y


@program(X)
def nested_function_that_writes(x):
    y = np.zeros(4)

    def put(i, value):
        y[i] = value * value

    for i in range(4):
        put(i, x[i] + y[i - 1])
    return y


@program(X)
def nested_function_that_adds_to_what_it_captures(x):
    total = np.zeros(2)

    def add(k, value):
        total[k] += value

    add(0, x[0] * x[1])
    add(1, x[2])
    add(0, total[1] * x[3])
    return total


@program(X)
def function_passed_to_be_applied_to_a_buffer(x):
    def applied(f, target):
        f(target)
        f(target)

    y = x * x
    applied(elsewhere.doubled_in_place, y)
    applied(lambda t: first_set(t, x[1]), y)
    return y * x


def default_buffer(x, out=None):
    if out is None:
        out = np.empty_like(x)
    out[:] = np.sin(x) * x
    return out


@program(X)
def output_argument_with_default_none(x):
    y = np.zeros(4)
    a = default_buffer(x)
    b = default_buffer(a, out=y)
    b[0] = x[1]
    return y * a


def swapped_rows(m, i, j):
    temporary = m[i].copy()
    m[i] = m[j]
    m[j] = temporary


@program(A)
def rows_swapped_by_a_callee(a):
    b = a * a
    swapped_rows(b, 0, 2)
    swapped_rows(b, 1, 2)
    return b * a


def all_written(*targets, value):
    for target in targets:
        target[0] = value
        value = value * 2.0


@program(X)
def star_arguments_written(x):
    a, b = x * x, np.sin(x)
    all_written(a, b, value=x[1])
    return a * b


def set_through_keywords(**targets):
    targets["a"][0] = targets["b"][1]


@program(X)
def keyword_arguments_written(x):
    a, b = x * x, np.sin(x)
    set_through_keywords(a=a, b=b)
    return a * b
