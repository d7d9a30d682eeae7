"""A loop with an else branch."""

import numpy as np


def for_else(x, limit):
    for k in range(len(x)):
        if x[k] > limit:
            result = x[k] ** 2
            break
    else:
        result = np.sum(x)
    return 2.0 * result


EXAMPLE = (np.array([0.4, 0.9, 1.3]), 2.0)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def for_else_vjp(x, limit, y_bar):
    # forward
    stopped = False
    for k in range(len(x)):
        x_k = x[k]
        if x_k > limit:
            result = x_k**2
            stopped = True
            break
    if not stopped:
        result = np.sum(x)
    y = 2.0 * result

    # backward
    result_bar = 2.0 * y_bar  # return 2.0 * result
    if stopped:  # if x[k] > limit
        x_bar = np.zeros(x.shape, x.dtype)
        x_bar[k] += 2.0 * result_bar * x_k  # result = x[k] ** 2
        return y, x_bar, 0.0
    x_bar = np.full(x.shape, result_bar)  # result = np.sum(x)
    return y, x_bar, 0.0


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def for_else_jvp(x, limit, x_dot, limit_dot):
    stopped = False
    for k in range(len(x)):
        x_k = x[k]
        if x_k > limit:
            result_dot = 2.0 * x_dot[k] * x_k
            result = x_k**2
            stopped = True
            break
    if not stopped:
        result_dot = np.sum(x_dot)
        result = np.sum(x)
    return 2.0 * result, 2.0 * result_dot
