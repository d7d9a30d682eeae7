"""np.cumsum and np.diff."""

import numpy as np


def cumulative(x):
    return np.sum(np.log(np.cumsum(x))) + np.sum(np.diff(x) ** 2)


EXAMPLE = (np.array([0.3, 2.5, 1.7, 0.4]),)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def cumulative_vjp(x, y_bar):
    # forward
    cumsum_x = np.cumsum(x)
    diff_x = np.diff(x)
    y = np.sum(np.log(cumsum_x)) + np.sum(diff_x**2)

    # backward
    diff_x_bar = 2.0 * y_bar * diff_x
    x_bar = np.zeros(x.shape, x.dtype)
    x_bar[1:] += diff_x_bar
    x_bar[:-1] -= diff_x_bar
    x_bar += np.cumsum((y_bar / cumsum_x)[::-1])[::-1]
    return y, x_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def cumulative_jvp(x, x_dot):
    cumsum_x = np.cumsum(x)
    diff_x = np.diff(x)
    return (
        np.sum(np.log(cumsum_x)) + np.sum(diff_x**2),
        np.sum(np.cumsum(x_dot) / cumsum_x) + 2.0 * np.sum(np.diff(x_dot) * diff_x),
    )


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def cumulative_hvp(x, x_dot):
    cumsum_x = np.cumsum(x)
    diff_x_bar_dot = 2.0 * np.diff(x_dot)
    x_bar_dot = np.zeros(x.shape, x.dtype)
    x_bar_dot[1:] += diff_x_bar_dot
    x_bar_dot[:-1] -= diff_x_bar_dot
    x_bar_dot -= np.cumsum((np.cumsum(x_dot) * (1.0 / cumsum_x / cumsum_x))[::-1])[::-1]
    return x_bar_dot
