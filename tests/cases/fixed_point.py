"""`while True` with a break in the middle."""

import numpy as np


def fixed_point(a, tolerance):
    x = np.ones_like(a)
    while True:
        new = np.cos(a * x)
        if np.max(np.abs(new - x)) < tolerance:
            break
        x = new
    return np.sum(new)


EXAMPLE = (np.array([0.3, 0.8]), 1e-14)
ARGNUMS = 0


# ---- value_and_grad ------------------------------------------------------------------------------

import numpy as np


def fixed_point_value_and_grad(a, tolerance):
    # forward
    x = np.ones_like(a)
    xs = []
    saved = []
    while True:
        t = a * x
        new = np.cos(t)
        if np.max(np.abs(new - x)) < tolerance:
            break
        xs.append(x)
        saved.append(t)
        x = new
    y = np.sum(new)

    # backward
    sin = np.sin(t)  # new = np.cos(a * x)
    a_bar = -sin * x
    x_bar = -sin * a
    for k in range(len(xs) - 1, -1, -1):  # while True
        t = x_bar * np.sin(saved[k])  # new = np.cos(a * x)
        a_bar -= t * xs[k]
        x_bar = -t * a
    return y, a_bar
