"""Softmax cross entropy: a reduction that keeps its axis, and integer labels as an index."""

import numpy as np


def cross_entropy(W, b, X, labels):
    z = X @ W + b
    z = z - np.max(z, axis=1, keepdims=True)
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


EXAMPLE = (
    np.array([[0.2, -0.1, 0.4], [0.5, 0.3, -0.2]]),
    np.array([0.1, 0.0, -0.1]),
    np.array([[1.0, 0.5], [-0.3, 2.0], [0.7, -1.1], [0.2, 0.9]]),
    np.array([0, 2, 1, 1]),
)
ARGNUMS = (0, 1)


# ---- value_and_grad ------------------------------------------------------------------------------

import numpy as np


def cross_entropy_value_and_grad(W, b, X, labels):
    # forward
    z = X @ W + b
    max_z = np.max(z, axis=1, keepdims=True)
    z2 = z - max_z
    exp_z = np.exp(z2)
    sum_exp_z = np.sum(exp_z, axis=1, keepdims=True)
    log_p = z2 - np.log(sum_exp_z)
    indices = np.arange(len(labels))
    y = -np.mean(log_p[indices, labels])

    # backward
    log_p_bar = np.zeros(log_p.shape, log_p.dtype)
    np.add.at(log_p_bar, (indices, labels), -0.25)
    z_bar = log_p_bar - np.sum(log_p_bar, axis=1, keepdims=True) / sum_exp_z * exp_z
    mask = z == max_z  # z = z - np.max(z, axis=1, keepdims=True)
    z_bar -= np.sum(z_bar, axis=1, keepdims=True) / np.sum(mask, axis=1, keepdims=True) * mask
    b_bar = np.sum(z_bar, axis=0)  # z = X @ W + b
    W_bar = X.T @ z_bar
    return y, W_bar, b_bar


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def cross_entropy_hvp(W, b, X, labels, W_dot, b_dot):
    z_dot = X @ W_dot + b_dot
    z = X @ W + b
    max_z = np.max(z, axis=1, keepdims=True)
    mask = z == max_z
    sum_mask = np.sum(mask, axis=1, keepdims=True)
    z = z - max_z
    exp_z = np.exp(z)
    exp_z_dot = (z_dot - np.sum(z_dot * mask, axis=1, keepdims=True) / sum_mask) * exp_z
    sum_exp_z = np.sum(exp_z, axis=1, keepdims=True)
    indices = np.arange(len(labels))
    log_p_bar = np.zeros(z.shape, z.dtype)
    np.add.at(log_p_bar, (indices, labels), -0.25)
    t = np.sum(log_p_bar, axis=1, keepdims=True) / sum_exp_z
    z_bar_dot = np.sum(exp_z_dot, axis=1, keepdims=True) * (t / sum_exp_z) * exp_z - exp_z_dot * t
    z_bar_dot -= np.sum(z_bar_dot, axis=1, keepdims=True) / sum_mask * mask
    b_bar_dot = np.sum(z_bar_dot, axis=0)
    W_bar_dot = X.T @ z_bar_dot
    return W_bar_dot, b_bar_dot
