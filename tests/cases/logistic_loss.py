"""Logistic regression: the data are arguments that are not differentiated."""

import numpy as np


def logistic_loss(w, X, y):
    z = X @ w
    return np.mean(np.log1p(np.exp(-z)) + (1.0 - y) * z) + 0.01 * np.sum(w**2)


X = np.array([[1.0, 0.5, -0.3], [1.0, -1.2, 0.8], [1.0, 0.1, 0.4], [1.0, 2.0, -0.7]])
EXAMPLE = (np.array([0.1, -0.4, 0.3]), X, np.array([1.0, 0.0, 0.0, 1.0]))
ARGNUMS = 0


# ---- value_and_grad ------------------------------------------------------------------------------


# ---- hvp -----------------------------------------------------------------------------------------


# ---- hessian -------------------------------------------------------------------------------------
