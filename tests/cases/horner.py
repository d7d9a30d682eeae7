"""A loop over the elements of an array."""

import numpy as np


def horner(coefficients, x):
    y = 0.0
    for c in coefficients:
        y = y * x + c
    return y


EXAMPLE = (np.array([0.5, -1.0, 2.0, 0.3]), 0.7)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def horner_vjp(coefficients, x, y_bar):
    # forward
    ys = []
    y = 0.0
    for c in coefficients:
        ys.append(y)
        y = y * x + c

    # backward
    coefficients_bar = np.zeros(coefficients.shape, coefficients.dtype)
    x_bar = 0.0
    for k in range(len(coefficients) - 1, -1, -1):  # for c in coefficients
        x_bar += y_bar * ys[k]  # y = y * x + c
        coefficients_bar[k] += y_bar  # for c in coefficients
        y_bar = y_bar * x
    return y, coefficients_bar, x_bar


# ---- jvp -----------------------------------------------------------------------------------------

def horner_jvp(coefficients, x, coefficients_dot, x_dot):
    y = 0.0
    y_dot = 0.0
    for c, c_dot in zip(coefficients, coefficients_dot):
        y_dot = y_dot * x + x_dot * y + c_dot
        y = y * x + c
    return y, y_dot


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def horner_hvp(coefficients, x, coefficients_dot, x_dot):
    ys = []
    ys_dot = []
    y = 0.0
    y_dot = 0.0
    for c, c_dot in zip(coefficients, coefficients_dot):
        ys.append(y)
        ys_dot.append(y_dot)
        y_dot = y_dot * x + x_dot * y + c_dot
        y = y * x + c
    coefficients_bar_dot = np.zeros(coefficients.shape, coefficients.dtype)
    y_bar = 1.0
    y_bar_dot = 0.0
    x_bar_dot = 0.0
    for k in range(len(coefficients) - 1, -1, -1):
        x_bar_dot += y_bar_dot * ys[k] + ys_dot[k] * y_bar
        coefficients_bar_dot[k] += y_bar_dot
        y_bar_dot = y_bar_dot * x + x_dot * y_bar
        y_bar = y_bar * x
    return coefficients_bar_dot, x_bar_dot
