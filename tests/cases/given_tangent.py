"""A function whose tangent the user gives: reverse mode is its transpose."""

import numpy as np

import srcad


@srcad.custom_jvp
def log1pexp(x):
    return np.log1p(np.exp(x))


@log1pexp.defjvp
def log1pexp_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return log1pexp(x), x_dot * (1.0 - 1.0 / (1.0 + np.exp(x)))


def given_tangent(x, y):
    return np.sum(log1pexp(x * y))


EXAMPLE = (np.array([0.2, -0.5, 3.0]), np.array([0.3, 0.1, 4.0]))


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def log1pexp(x):
    return np.log1p(np.exp(x))


def log1pexp_fwd(x):
    y0 = log1pexp(x)
    return y0, (1.0 - 1.0 / (1.0 + np.exp(x)),)


def log1pexp_bwd(residuals, y_bar):
    t = residuals[0]
    x_dot_bar = y_bar * t  # return log1pexp(x), x_dot * (1.0 - 1.0 / (1.0 + np.exp(x)))
    return x_dot_bar


def given_tangent_vjp(x, y, y_bar):
    # forward
    t, residuals = log1pexp_fwd(x * y)
    y2 = np.sum(t)

    # backward
    t_bar = log1pexp_bwd(residuals, np.full(t.shape, y_bar))  # return np.sum(log1pexp(x * y))
    x_bar = t_bar * y
    y_bar = t_bar * x
    return y2, x_bar, y_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def log1pexp(x):
    return np.log1p(np.exp(x))


def log1pexp_jvp(x, x_dot):
    t = log1pexp(x)
    return t, x_dot * (1.0 - 1.0 / (1.0 + np.exp(x)))


def given_tangent_jvp(x, y, x_dot, y_dot):
    t, t2 = log1pexp_jvp(x * y, x_dot * y + y_dot * x)
    return np.sum(t), np.sum(t2)


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def log1pexp(x):
    return np.log1p(np.exp(x))


def log1pexp_jvp(x, x_dot):
    y0 = log1pexp(x)
    return y0


def log1pexp_fwd_jvp(x, x_dot):
    y0 = log1pexp_jvp(x, x_dot)
    exp_x = np.exp(x)
    t = 1.0 + exp_x
    t2 = 1.0 / t
    return y0, (1.0 - t2,), (x_dot * exp_x * (t2 / t),)


def log1pexp_bwd_jvp(residuals, y_bar, residuals_dot):
    t_dot = residuals_dot[0]
    t = residuals[0]
    x_dot_bar_dot = t_dot * y_bar  # return log1pexp(x), x_dot * (1.0 - 1.0 / (1.0 + np.exp(x)))
    x_dot_bar = y_bar * t
    return x_dot_bar, x_dot_bar_dot


def given_tangent_hvp(x, y, x_dot, y_dot):
    t, residuals, residuals_dot = log1pexp_fwd_jvp(x * y, x_dot * y + y_dot * x)
    t_bar, t = log1pexp_bwd_jvp(residuals, np.full(t.shape, 1.0), residuals_dot)
    x_bar_dot = t * y + y_dot * t_bar
    y_bar_dot = t * x + x_dot * t_bar
    return x_bar_dot, y_bar_dot
