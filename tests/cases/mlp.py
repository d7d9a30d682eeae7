"""A dict of parameters, and a list of layers in it."""

import numpy as np


def mlp(params, x, target):
    h = np.tanh(x @ params["hidden"] + params["bias"])
    return np.mean((h @ params["out"] - target) ** 2)


EXAMPLE = (
    {
        "hidden": np.array([[0.5, -0.2, 0.1], [0.3, 0.8, -0.4]]),
        "bias": np.array([0.1, -0.1, 0.2]),
        "out": np.array([0.7, -0.5, 0.2]),
    },
    np.array([[1.0, 0.5], [-0.3, 2.0], [0.7, -1.1]]),
    np.array([0.4, -0.2, 0.9]),
)
ARGNUMS = 0


# ---- value_and_grad ------------------------------------------------------------------------------

import numpy as np


def mlp_value_and_grad(params_0, params_1, params_2, x, target):
    # forward
    h = np.tanh(x @ params_0 + params_1)
    t = h @ params_2 - target
    y = np.mean(t**2)

    # backward
    t_bar = 0.6666666666666666 * t  # return np.mean((h @ params["out"] - target) ** 2)
    params_2_bar = t_bar @ h
    t_bar = t_bar[:, None] * params_2 * (1.0 - h**2)
    params_1_bar = np.sum(t_bar, axis=0)
    params_0_bar = x.T @ t_bar
    return y, params_0_bar, params_1_bar, params_2_bar


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def mlp_hvp(params_0, params_1, params_2, x, target, params_0_dot, params_1_dot, params_2_dot):
    h = np.tanh(x @ params_0 + params_1)
    t = 1.0 - h**2
    h_dot = (x @ params_0_dot + params_1_dot) * t
    t_bar_dot = 0.6666666666666666 * (h_dot @ params_2 + h @ params_2_dot)
    t_bar = 0.6666666666666666 * (h @ params_2 - target)
    t_bar_column = t_bar[:, None]
    params_2_bar_dot = t_bar_dot @ h + t_bar @ h_dot
    t_bar_dot = (
        (t_bar_dot[:, None] * params_2 + params_2_dot * t_bar_column) * t
        - 2.0 * h_dot * h * t_bar_column * params_2
    )
    params_1_bar_dot = np.sum(t_bar_dot, axis=0)
    params_0_bar_dot = x.T @ t_bar_dot
    return params_0_bar_dot, params_1_bar_dot, params_2_bar_dot
