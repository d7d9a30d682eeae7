"""A function whose forward and backward half the user gives: they are what is called."""

import numpy as np

import srcad


@srcad.custom_vjp
def log1pexp(x):
    return np.log1p(np.exp(x))


def log1pexp_fwd(x):
    e = np.exp(-np.abs(x))
    return np.maximum(x, 0.0) + np.log1p(e), np.where(x > 0.0, 1.0, e) / (1.0 + e)


def log1pexp_bwd(slope, g):
    return (g * slope,)


log1pexp.defvjp(log1pexp_fwd, log1pexp_bwd)


def given_halves(x, y):
    return np.sum(log1pexp(x * y))


EXAMPLE = (np.array([0.2, -0.5, 3.0]), np.array([0.3, 0.1, 4.0]))


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def log1pexp_fwd(x):
    e = np.exp(-np.abs(x))
    return np.maximum(x, 0.0) + np.log1p(e), (np.where(x > 0.0, 1.0, e) / (1.0 + e),)


def log1pexp_bwd(residuals, y_bar):
    t = residuals[0]
    return y_bar * t


def given_halves_vjp(x, y, y_bar):
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


def log1pexp_jvp(x, x_dot):
    e = np.exp(-np.abs(x))
    return np.maximum(x, 0.0) + np.log1p(e), x_dot * (np.where(x > 0.0, 1.0, e) / (1.0 + e))


def given_halves_jvp(x, y, x_dot, y_dot):
    t, t2 = log1pexp_jvp(x * y, x_dot * y + y_dot * x)
    return np.sum(t), np.sum(t2)
