"""np.clip and np.maximum: masks as factors."""

import numpy as np


def clipped(x):
    return np.sum(np.clip(x, -1.0, 1.0) * np.maximum(x, 0.0) ** 2)


EXAMPLE = (np.array([0.3, -2.5, 1.7, -0.4]),)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def clipped_vjp(x, y_bar):
    # forward
    clip_x = np.clip(x, -1.0, 1.0)
    maximum_x = np.maximum(x, 0.0)
    t = maximum_x**2
    y = np.sum(clip_x * t)

    # backward
    x_bar = 2.0 * y_bar * clip_x * maximum_x * (0.5 + 0.5 * np.sign(x))
    x_bar += y_bar * t * ((x >= -1.0) & (x <= 1.0))
    return y, x_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def clipped_jvp(x, x_dot):
    clip_x = np.clip(x, -1.0, 1.0)
    maximum_x = np.maximum(x, 0.0)
    t = maximum_x**2
    return (
        np.sum(clip_x * t),
        np.sum(
            x_dot * t * ((x >= -1.0) & (x <= 1.0))
            + 2.0 * x_dot * (0.5 + 0.5 * np.sign(x)) * maximum_x * clip_x
        ),
    )


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def clipped_hvp(x, x_dot):
    mask = (x >= -1.0) & (x <= 1.0)
    t = 0.5 + 0.5 * np.sign(x)
    maximum_x_dot = x_dot * t
    t2 = 2.0 * np.maximum(x, 0.0)
    x_bar_dot = (x_dot * t2 * mask + 2.0 * maximum_x_dot * np.clip(x, -1.0, 1.0)) * t
    x_bar_dot += maximum_x_dot * t2 * mask
    return x_bar_dot
