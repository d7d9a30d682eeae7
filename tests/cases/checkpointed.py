"""Layers that are run again on the way back: of each only the arguments are kept."""

import numpy as np

import srcad


@srcad.checkpoint
def layer(x, w):
    h = np.tanh(w @ x)
    return h * x


def checkpointed(x, w):
    h = layer(x, w)
    return np.sum(layer(h, w))


EXAMPLE = (np.array([0.2, -0.5]), np.array([[0.3, 0.7], [-0.4, 0.1]]))


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def layer_fwd(x, w):
    h = np.tanh(w @ x)
    return h * x, (x, w)


def layer_bwd(residuals, y_bar):
    x, w = residuals
    # forward
    h = np.tanh(w @ x)

    # backward
    x_bar = y_bar * h  # return h * x
    t_bar = y_bar * x * (1.0 - h**2)  # h = np.tanh(w @ x)
    w_bar = t_bar[:, None] * x
    x_bar += t_bar @ w
    return x_bar, w_bar


def checkpointed_vjp(x, w, y_bar):
    # forward
    h, residuals = layer_fwd(x, w)
    t, residuals2 = layer_fwd(h, w)
    y = np.sum(t)

    # backward
    h_bar, w_bar = layer_bwd(residuals2, np.full(t.shape, y_bar))  # return np.sum(layer(h, w))
    x_bar, w_step_bar = layer_bwd(residuals, h_bar)  # h = layer(x, w)
    w_bar += w_step_bar
    return y, x_bar, w_bar


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def layer_fwd_jvp(x, w, x_dot, w_dot):
    h = np.tanh(w @ x)
    return h * x, (x, w), (w_dot @ x + w @ x_dot) * (1.0 - h**2) * x + x_dot * h, (x_dot, w_dot)


def layer_fwd_jvp_2(x, w, x_dot, w_dot):
    h = np.tanh(w @ x)
    return h * x, (x, w), (x_dot, w_dot)


def layer_bwd_jvp(residuals, y_bar, residuals_dot):
    x_dot, w_dot = residuals_dot
    x, w = residuals
    h = np.tanh(w @ x)  # h = np.tanh(w @ x)
    t = 1.0 - h**2
    h_dot = (w_dot @ x + w @ x_dot) * t
    h_bar = y_bar * x  # return h * x
    x_bar_dot = h_dot * y_bar
    x_bar = y_bar * h
    t_bar_dot = x_dot * y_bar * t - 2.0 * h_dot * h * h_bar  # h = np.tanh(w @ x)
    t_bar = h_bar * t
    w_bar_dot = t_bar_dot[:, None] * x + x_dot * t_bar[:, None]
    x_bar_dot += t_bar_dot @ w + t_bar @ w_dot
    x_bar += t_bar @ w
    return x_bar, x_bar_dot, w_bar_dot


def layer_bwd_jvp_2(residuals, y_bar, residuals_dot, y_bar_dot):
    x_dot, w_dot = residuals_dot
    x, w = residuals
    h = np.tanh(w @ x)  # h = np.tanh(w @ x)
    t = 1.0 - h**2
    h_dot = (w_dot @ x + w @ x_dot) * t
    h_bar = y_bar * x  # return h * x
    x_bar_dot = y_bar_dot * h + h_dot * y_bar
    t_bar_dot = (y_bar_dot * x + x_dot * y_bar) * t - 2.0 * h_dot * h * h_bar  # h = np.tanh(w @ x)
    t_bar = h_bar * t
    w_bar_dot = t_bar_dot[:, None] * x + x_dot * t_bar[:, None]
    x_bar_dot += t_bar_dot @ w + t_bar @ w_dot
    return x_bar_dot, w_bar_dot


def checkpointed_hvp(x, w, x_dot, w_dot):
    h, residuals, h_dot, residuals_dot = layer_fwd_jvp(x, w, x_dot, w_dot)
    t, residuals2, residuals_dot2 = layer_fwd_jvp_2(h, w, h_dot, w_dot)
    h_bar, h_bar_dot, w_bar_dot = layer_bwd_jvp(residuals2, np.full(t.shape, 1.0), residuals_dot2)
    x_bar_dot, w_step_bar_dot = layer_bwd_jvp_2(residuals, h_bar, residuals_dot, h_bar_dot)
    w_bar_dot += w_step_bar_dot
    return x_bar_dot, w_bar_dot
