"""Logistic regression: the data are arguments that are not differentiated."""

import numpy as np


def logistic_loss(w, X, y):
    z = X @ w
    return np.mean(np.log1p(np.exp(-z)) + (1.0 - y) * z) + 0.01 * np.sum(w**2)


X = np.array([[1.0, 0.5, -0.3], [1.0, -1.2, 0.8], [1.0, 0.1, 0.4], [1.0, 2.0, -0.7]])
EXAMPLE = (np.array([0.1, -0.4, 0.3]), X, np.array([1.0, 0.0, 0.0, 1.0]))
ARGNUMS = 0


# ---- value_and_grad ------------------------------------------------------------------------------

import numpy as np


def logistic_loss_value_and_grad(w, X, y):
    # forward
    z = X @ w
    exp_minus_z = np.exp(-z)
    t = 1.0 - y
    y = np.mean(np.log1p(exp_minus_z) + t * z) + 0.01 * np.sum(w**2)

    # backward
    w_bar = 0.02 * w  # return np.mean(np.log1p(np.exp(-z)) + (1.0 - y) * z) + 0.01 * np.sum(w**2)
    z_bar = 0.25 * t
    w_bar += (z_bar - 0.25 / (1.0 + exp_minus_z) * exp_minus_z) @ X  # z = X @ w
    return y, w_bar


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def logistic_loss_hvp(w, X, y, w_dot):
    z_dot = X @ w_dot
    z = X @ w
    exp_minus_z = np.exp(-z)
    t = z_dot * exp_minus_z
    w_bar_dot = 0.02 * w_dot
    t2 = 1.0 + exp_minus_z
    w_bar_dot -= (t * (0.25 / t2 / t2) * exp_minus_z - 0.25 * t / t2) @ X
    return w_bar_dot


# ---- hessian -------------------------------------------------------------------------------------

import numpy as np


def logistic_loss_hessian(w, X, y):
    w_dot = np.eye(len(w))
    z_dot = w_dot @ X.T
    z = X @ w
    exp_minus_z = np.exp(-z)
    t = z_dot * exp_minus_z
    w_bar_dot = 0.02 * w_dot
    t2 = 1.0 + exp_minus_z
    w_bar_dot -= (t * (0.25 / t2 / t2) * exp_minus_z - 0.25 * t / t2) @ X
    return w_bar_dot
