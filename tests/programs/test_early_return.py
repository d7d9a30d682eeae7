"""``return`` anywhere: in branches, in loops, in loops of loops."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])


def test_program(program, check):
    check(program)


@program(0.5)
@program(1.5)
@program(2.5)
def guards(a):
    if a < 1.0:
        return a * a
    if a < 2.0:
        return np.exp(a)
    return 1.0 / a


@program(X)
@program(-X)
def return_in_both_branches(x):
    if x[0] > 0.0:
        return x * x
    else:
        return np.sin(x)


@program(X)
@program(-X)
def return_in_a_nested_branch(x):
    y = x * 2.0
    if x[0] > 0.0:
        y = np.sin(y)
        if x[1] < 0.0:
            return y * x
        y = y + 1.0
    y = y * y
    return y


@program(X)
@program(0.1 * X)
def return_from_a_for(x):
    total = 0.0
    for i in range(4):
        total = total + x[i] ** 2
        if total > 1.0:
            return total * x
    return x * 3.0


@program(X)
@program(0.1 * X)
def return_another_thing_from_a_for(x):
    for element in x:
        if element > 1.0:
            return np.log(element) * element
    return np.sum(x**2)


@program(1.5)
def return_from_a_while(a):
    while True:
        a = a * a
        if a > 20.0:
            return a / 3.0


@program(1.5)
@program(0.5)
def return_from_a_while_with_condition(a):
    k = 0
    while k < 5:
        a = a * 1.3
        if a > 3.0:
            return a * k
        k += 1
    return a - k


@program(X)
@program(0.1 * X)
def return_from_a_nested_loop(x):
    total = 0.0
    for i in range(3):
        for j in range(4):
            total = total + x[i] * x[j]
            if total > 1.5:
                return total * x[i]
        total = total * 0.9
    return total


@program(X)
@program(0.1 * X)
@program(-X)
def return_from_both_loops(x):
    for i in range(3):
        if x[i] > 1.9:
            return x[i] ** 3
        for j in range(4):
            if x[i] * x[j] > 0.9:
                return x[i] * x[j]
    return np.sum(x)


@program(X)
@program(0.1 * X)
@program(-X)
def return_and_break(x):
    total = 0.0
    for i in range(4):
        if x[i] > 1.5:
            return total * x[i]
        total = total + x[i] ** 2
        if total > 1.0:
            break
    return total + x[0]


@program(X)
@program(-X)
def return_and_continue(x):
    total = 1.0
    for i in range(4):
        if x[i] < 0.0:
            continue
        if x[i] > 1.0:
            return total * x[i]
        total = total * (1.0 + x[i])
    return total


@program(X)
@program(0.1 * X)
def return_of_a_tuple_from_a_loop(x):
    for i in range(4):
        if x[i] > 1.0:
            return x * x[i], x[i] ** 2
    return x, np.sum(x)


@program(X)
@program(0.1 * X)
def return_from_the_else_of_a_loop(x):
    for i in range(4):
        if x[i] > 1.0:
            y = x[i] * x
            break
    else:
        return np.sum(x) * x
    return y * 2.0


@program(X, 2)
@program(X, 7)
def return_on_an_integer(x, n):
    for k in range(5):
        x = np.sin(x)
        if k == n:
            return x * k
    return x


@program(1.2)
def return_of_a_number_or_none_of_it(a):
    def positive(b):
        if b > 0.0:
            return b * a
        return 0.0

    return positive(a) + positive(-a)


@program(X)
def code_after_return(x):
    return x * x
    x = x + 1.0
    return x


@program(X)
def assertion_that_holds(x):
    assert x[0] > 0.0, "positive"
    y = x * x
    assert y.shape == x.shape
    return y


@program(X)
@program(-X)
def raise_not_reached(x):
    if np.isnan(x[0]):
        raise ValueError("nan")
    if x[0] > 0.0:
        return x * x
    elif x[0] < 0.0:
        return x
    else:
        raise ValueError("zero")


@program(X)
def raise_in_a_loop_not_reached(x):
    total = 0.0
    for element in x:
        if element > 100.0:
            raise ValueError(element)
        total = total + element**2
    return total
