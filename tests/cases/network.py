"""Calls in a loop: a forward and a backward half of the callee, residuals passed as plain data."""

import numpy as np


def layer(x, w):
    return np.tanh(x @ w)


def network(x, w, depth):
    for _ in range(depth):
        x = layer(x, w)
    return np.sum(x)


EXAMPLE = (np.array([[0.5, -0.2, 0.7], [1.0, 0.3, -0.6]]), 0.3 * np.arange(9.0).reshape(3, 3) - 1.0, 3)
ARGNUMS = (0, 1)


# ---- value_and_grad ------------------------------------------------------------------------------

import numpy as np


def layer_fwd(x, w):
    y = np.tanh(x @ w)
    return y, (x, w, y)


def layer_bwd(residuals, y_bar):
    x, w, y = residuals
    t_bar = y_bar * (1.0 - y**2)  # return np.tanh(x @ w)
    x_bar = t_bar @ w.T
    w_bar = x.T @ t_bar
    return x_bar, w_bar


def network_value_and_grad(x, w, depth):
    # forward
    calls = []
    for _ in range(depth):
        x, residuals = layer_fwd(x, w)
        calls.append(residuals)
    y = np.sum(x)

    # backward
    x_bar = np.full(x.shape, 1.0)  # return np.sum(x)
    w_bar = np.zeros(w.shape, w.dtype)
    for k in range(depth - 1, -1, -1):  # for _ in range(depth)
        x_bar, w_step_bar = layer_bwd(calls[k], x_bar)  # x = layer(x, w)
        w_bar += w_step_bar
    return y, x_bar, w_bar


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def layer_fwd_jvp(x, w, x_dot, w_dot):
    y0 = np.tanh(x @ w)
    y0_dot = (x_dot @ w + x @ w_dot) * (1.0 - y0**2)
    return y0, (x, w, y0), y0_dot, (x_dot, w_dot, y0_dot)


def layer_bwd_jvp(residuals, y_bar, residuals_dot, y_bar_dot):
    x_dot, w_dot, y_dot = residuals_dot
    x, w, y = residuals
    t = 1.0 - y**2  # return np.tanh(x @ w)
    t_bar_dot = y_bar_dot * t - 2.0 * y_dot * y * y_bar
    t_bar = y_bar * t
    w_T = w.T
    x_bar_dot = t_bar_dot @ w_T + t_bar @ w_dot.T
    x_bar = t_bar @ w_T
    w_bar_dot = x_dot.T @ t_bar + x.T @ t_bar_dot
    return x_bar, x_bar_dot, w_bar_dot


def network_hvp(x, w, depth, x_dot, w_dot):
    calls = []
    calls_dot = []
    for _ in range(depth):
        x, residuals, x_dot, residuals_dot = layer_fwd_jvp(x, w, x_dot, w_dot)
        calls.append(residuals)
        calls_dot.append(residuals_dot)
    x_bar = np.full(x.shape, 1.0)
    x_bar_dot = np.zeros(x_bar.shape, x_bar.dtype)
    w_bar_dot = np.zeros(w.shape, w.dtype)
    for k in range(depth - 1, -1, -1):
        x_bar, x_bar_dot, w_step_bar_dot = layer_bwd_jvp(calls[k], x_bar, calls_dot[k], x_bar_dot)
        w_bar_dot += w_step_bar_dot
    return x_bar_dot, w_bar_dot
