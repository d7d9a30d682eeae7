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


# ---- hvp -----------------------------------------------------------------------------------------
