"""``break`` and ``continue``, and the ``else`` of loops."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])


def test_program(program, check):
    check(program)


@program(X)
@program(0.1 * X)
def break_on_an_active_value(x):
    total = 0.0
    for i in range(4):
        total = total + x[i] ** 2
        if total > 1.0:
            break
    return total


@program(X, 2)
@program(X, 9)
def break_on_an_index(x, n):
    total = 0.0
    for i in range(4):
        if i == n:
            break
        total = total + np.sin(x[i])
    return total


@program(X)
def break_first_of_all(x):
    total = x[0]
    for i in range(4):
        if x[0] > 0.0:
            break
        total = total * x[i]
    return total * total


@program(X)
@program(0.1 * X)
def break_in_the_middle(x):
    a, b = 0.0, 1.0
    for i in range(4):
        a = a + x[i] ** 2
        if a > 1.0:
            break
        b = b * x[i]
    return a * b


@program(X)
@program(-X)
def break_with_work_in_it(x):
    total = 0.0
    for i in range(4):
        if x[i] > 1.0:
            total = total * x[i]
            break
        total = total + x[i] ** 2
    return total


@program(X)
@program(-X)
def continue_on_an_active_value(x):
    total = 0.0
    for i in range(4):
        if x[i] < 0.0:
            continue
        total = total + x[i] ** 3
    return total


@program(X)
def continue_on_an_index(x):
    total = 0.0
    for i in range(4):
        if i % 2:
            continue
        total = total + np.exp(x[i])
    return total


@program(X)
@program(-X)
def continue_and_break(x):
    total = 0.0
    for element in x:
        if element < 0.0:
            continue
        total = total + element**2
        if total > 3.0:
            break
    return total


@program(X)
@program(-X)
def two_breaks(x):
    total = 0.0
    for i in range(4):
        if x[i] > 1.5:
            break
        total = total + x[i] ** 2
        if total > 1.6:
            total = total * x[0]
            break
        total = total * 1.1
    return total


@program(X)
@program(0.1 * X)
def for_else(x):
    for i in range(4):
        if x[i] > 1.0:
            y = x * x[i]
            break
    else:
        y = x * x
    return y


@program(X)
def else_without_break(x):
    total = 0.0
    for i in range(4):
        total = total + x[i] ** 2
    else:
        total = total * x[0]
    return total


@program(X)
@program(0.1 * X)
def while_else(x):
    k = 0
    while k < 4:
        if x[k] > 1.0:
            y = x[k] ** 2
            break
        k += 1
    else:
        y = np.sum(x)
    return y * x


@program(1.3)
def continue_in_while(a):
    k = 0
    total = 0.0
    while k < 5:
        k += 1
        if k % 2 == 0:
            continue
        total = total + a**k
    return total


@program(X)
@program(0.1 * X)
def break_from_the_inner_loop(x):
    total = 0.0
    for i in range(3):
        for j in range(4):
            if x[j] * (i + 1) > 1.1:
                break
            total = total + x[i] * x[j]
        total = total * 1.1
    return total


@program(X)
@program(0.1 * X)
def break_from_both_loops(x):
    total = 0.0
    for i in range(3):
        found = False
        for j in range(4):
            total = total + x[i] * x[j]
            if total > 1.5:
                found = True
                break
        if found:
            break
    return total * total


@program(X)
@program(-X)
def continue_of_the_outer_loop(x):
    total = 0.0
    for i in range(4):
        if x[i] < 0.0:
            continue
        for j in range(i):
            if x[j] < 0.0:
                continue
            total = total + x[i] * x[j] ** 2
    return total


@program(X)
@program(-X)
def break_in_a_nested_branch(x):
    total = 1.0
    for i in range(4):
        if x[i] > 0.0:
            total = total * x[i]
            if total > 0.9:
                break
        else:
            total = total - x[i]
    return total


@program(X)
@program(-X)
def break_in_else(x):
    total = 1.0
    for i in range(4):
        if x[i] > 0.0:
            total = total * (1.0 + x[i])
        else:
            total = total * x[i]
            break
    return total * x


@program(1.2)
@program(3.0)
def break_and_else_of_while(a):
    value = a
    while value < 8.0:
        value = value * a
        if 4.0 < value < 5.0:
            break
    else:
        value = value * 2.0
    return value + a


def limited(slope):
    return slope / (1.0 + slope * slope)


@program(np.array([0.3, 1.2, -0.7, 2.1, 0.9]), 0.2, 5)
@program(np.array([3.0, 9.2, -7.0, 2.1, 0.9]), 0.2, 5)
def profile_written_in_a_loop_that_may_be_left(u, rate, steps):
    flux = np.zeros(len(u) + 1)
    history = []
    for _ in range(1, steps):
        slopes = u[1:] - u[:-1]
        flux[1:-1] = rate * limited(slopes)
        flux[-1] = -0.1 * rate * u[-1]
        u[:] += flux[1:] - flux[:-1]
        u[0] *= 0.5
        level = np.sum(u * u) / len(u)
        if level > 20.0:
            break
        if level < 0.01:
            return level
        history.append(level)
    return sum(history) + np.sum(np.sin(u))
