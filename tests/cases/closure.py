"""A function made by another one: what it captures is read at each call."""

import numpy as np


def make_penalty(target, weight):
    def penalty(x):
        return weight * np.sum((x - target) ** 2)

    return penalty


FUNCTION = make_penalty(np.array([1.0, -0.5, 0.3]), 2.0)
EXAMPLE = (np.array([0.2, 0.7, -0.1]),)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def penalty_vjp(x, y_bar, weight, target):
    # forward
    t = x - target
    y = weight * np.sum(t**2)

    # backward
    x_bar = 2.0 * y_bar * weight * t  # return weight * np.sum((x - target) ** 2)
    return y, x_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def penalty_jvp(x, x_dot, weight, target):
    t = x - target
    return weight * np.sum(t**2), 2.0 * np.sum(x_dot * t) * weight


# ---- hvp -----------------------------------------------------------------------------------------

def penalty_hvp(x, x_dot, weight, target):
    x_bar_dot = 2.0 * weight * x_dot
    return x_bar_dot
