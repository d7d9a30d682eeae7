"""Straight-line array code: two overlapping slices of one array."""

import numpy as np


def rosen(x):
    r = x[1:] - x[:-1] ** 2
    return np.sum(100.0 * r**2 + (1.0 - x[:-1]) ** 2)


EXAMPLE = (np.array([-1.2, 1.0, 0.7, -0.3, 1.5]),)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def rosen_vjp(x, y_bar):
    # forward
    x_part = x[:-1]
    r = x[1:] - x_part**2
    t = 1.0 - x_part
    y = np.sum(100.0 * r**2 + t**2)

    # backward
    r_bar = 200.0 * y_bar * r  # return np.sum(100.0 * r**2 + (1.0 - x[:-1]) ** 2)
    x_bar = np.zeros(x.shape, x.dtype)
    x_bar[:-1] += -2.0 * y_bar * t - 2.0 * r_bar * x_part  # r = x[1:] - x[:-1] ** 2
    x_bar[1:] += r_bar
    return y, x_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def rosen_jvp(x, x_dot):
    x_part_dot = x_dot[:-1]
    x_part = x[:-1]
    r = x[1:] - x_part**2
    t = 1.0 - x_part
    return (
        np.sum(100.0 * r**2 + t**2),
        np.sum(200.0 * (x_dot[1:] - 2.0 * x_part_dot * x_part) * r - 2.0 * x_part_dot * t),
    )


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def rosen_hvp(x, x_dot):
    x_part_dot = x_dot[:-1]
    x_part = x[:-1]
    t = 2.0 * x_part
    r = x[1:] - x_part**2
    r_bar_dot = 200.0 * (x_dot[1:] - x_part_dot * t)
    x_bar_dot = np.zeros(x.shape, x.dtype)
    x_bar_dot[:-1] += 2.0 * x_part_dot - r_bar_dot * t - 400.0 * x_part_dot * r
    x_bar_dot[1:] += r_bar_dot
    return x_bar_dot


# ---- hessian -------------------------------------------------------------------------------------

import numpy as np


def rosen_hessian(x):
    x_dot = np.eye(len(x))
    x_dot_part = x_dot[:, :-1]
    x_part = x[:-1]
    t = 2.0 * x_part
    r = x[1:] - x_part**2
    r_bar_dot = 200.0 * (x_dot[:, 1:] - x_dot_part * t)
    x_bar_dot = np.zeros((len(x_dot), *x.shape), x.dtype)
    x_bar_dot[:, :-1] += 2.0 * x_dot_part - r_bar_dot * t - 400.0 * x_dot_part * r
    x_bar_dot[:, 1:] += r_bar_dot
    return x_bar_dot
