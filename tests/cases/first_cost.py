"""A loop with an early exit, and a branch within an expression."""

import numpy as np


def first_cost(x, limit):
    total = 0.0
    for i in range(len(x)):
        if x[i] > limit:
            break
        total += x[i] ** 2 if x[i] > 0 else -x[i]
    return total


EXAMPLE = (np.array([0.5, -0.2, 0.7, 3.0, 0.1]), 2.0)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def first_cost_vjp(x, limit, total_bar):
    # forward
    conditions = []
    total = 0.0
    for i in range(len(x)):
        x_i = x[i]
        if x_i > limit:
            break
        condition = x_i > 0
        conditions.append(condition)
        total += x_i**2 if condition else -x_i

    # backward
    x_bar = np.zeros(x.shape, x.dtype)
    for i in range(len(conditions) - 1, -1, -1):  # for i in range(len(x))
        x_bar[i] += 2.0 * total_bar * x[i] if conditions[i] else -total_bar
    return total, x_bar, 0.0


# ---- jvp -----------------------------------------------------------------------------------------

def first_cost_jvp(x, limit, x_dot, limit_dot):
    total = 0.0
    total_dot = 0.0
    for i in range(len(x)):
        x_i_dot = x_dot[i]
        x_i = x[i]
        if x_i > limit:
            break
        if x_i > 0:
            t = x_i**2
            t2 = 2.0 * x_i_dot * x_i
        else:
            t = -x_i
            t2 = -x_i_dot
        total_dot += t2
        total += t
    return total, total_dot


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def first_cost_hvp(x, limit, x_dot, limit_dot):
    conditions = []
    for i in range(len(x)):
        x_i = x[i]
        if x_i > limit:
            break
        condition = x_i > 0
        conditions.append(condition)
    x_bar_dot = np.zeros(x.shape, x.dtype)
    for i in range(len(conditions) - 1, -1, -1):
        if conditions[i]:
            x_bar_dot[i] += 2.0 * x_dot[i]
    return x_bar_dot, 0.0
