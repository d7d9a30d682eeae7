"""The stable form by hand: the maximum is a value like any other."""

import numpy as np


def logsumexp(x):
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


EXAMPLE = (np.array([0.3, 2.5, 1.7, 0.4]),)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def logsumexp_vjp(x, y_bar):
    # forward
    top = np.max(x)
    exp = np.exp(x - top)
    sum_exp = np.sum(exp)
    y = top + np.log(sum_exp)

    # backward
    x_bar = y_bar / sum_exp * exp  # return top + np.log(np.sum(np.exp(x - top)))
    top_bar = y_bar - np.sum(x_bar)
    mask = x == top  # top = np.max(x)
    x_bar += top_bar / np.sum(mask) * mask
    return y, x_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def logsumexp_jvp(x, x_dot):
    top = np.max(x)
    mask = x == top
    top_dot = np.sum(x_dot * mask) / np.sum(mask)
    exp = np.exp(x - top)
    sum_exp = np.sum(exp)
    return top + np.log(sum_exp), top_dot + np.sum((x_dot - top_dot) * exp) / sum_exp


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def logsumexp_hvp(x, x_dot):
    top = np.max(x)
    mask = x == top
    sum_mask = np.sum(mask)
    top_dot = np.sum(x_dot * mask) / sum_mask
    exp = np.exp(x - top)
    exp_dot = (x_dot - top_dot) * exp
    sum_exp = np.sum(exp)
    x_bar_dot = exp_dot / sum_exp - np.sum(exp_dot) * (1.0 / sum_exp / sum_exp) * exp
    x_bar_dot -= np.sum(x_bar_dot) / sum_mask * mask
    return x_bar_dot


# ---- hessian -------------------------------------------------------------------------------------

import numpy as np


def logsumexp_hessian(x):
    x_dot = np.eye(len(x))
    top = np.max(x)
    mask = x == top
    sum_mask = np.sum(mask)
    exp = np.exp(x - top)
    t = (x_dot - (np.sum(x_dot * mask, axis=1) / sum_mask)[:, None]) * exp
    sum_exp = np.sum(exp)
    x_bar_dot = t / sum_exp - (1.0 / sum_exp / sum_exp * np.sum(t, axis=1))[:, None] * exp
    x_bar_dot -= (np.sum(x_bar_dot, axis=1) / sum_mask)[:, None] * mask
    return x_bar_dot
