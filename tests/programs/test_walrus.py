"""Assignments inside expressions."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(X)
@program(-X)
def in_a_condition(x):
    if (y := x[0] * 2.0) > 0.0:
        return x * y
    return x - y


@program(X)
def in_a_call(x):
    return np.sum(y := x * x) * y


@program(1.5)
def in_a_while_condition(a):
    value = a
    while (value := value * a) < 8.0:
        a = a + 0.1
    return value * a


@program(X)
def several_in_one_expression(x):
    return (a := np.sin(x)) * (b := a + x) + a * b


@program(X)
def in_a_subscript_and_a_tuple(x):
    pair = (total := np.sum(x)), x[k := 1]
    return pair[0] * pair[1] * total * x[k]


@program(X)
@program(-X)
def behind_a_short_circuit(x):
    y = x[1]
    if x[0] > 0.0 and (y := x[2] ** 2) > 0.1:
        return y * x
    return y + x


@program(X)
def in_a_comprehension_it_stays(x):
    parts = [last := value**2 for value in x]
    return sum(parts) * last


@program(X)
def in_a_lambda_body(x):
    f = lambda v: (w := np.sin(v)) * w
    return f(x)


@program(X)
def queue_emptied(x):
    queue = [x[0], x[1], x[2]]
    total = 0.0
    while queue and (value := queue.pop()) < 10.0:
        total = total * 0.5 + value**2
    return total
