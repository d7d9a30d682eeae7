"""Gaussian log likelihood: solve and slogdet, whose matrix is factored once in each sweep."""

import numpy as np


def log_likelihood(mean, cov, x):
    r = x - mean
    _, logdet = np.linalg.slogdet(cov)
    return -0.5 * (np.sum(r * np.linalg.solve(cov, r.T).T) + len(x) * (logdet + len(mean) * np.log(2 * np.pi)))


EXAMPLE = (
    np.array([0.3, -0.2]),
    np.array([[2.0, 0.3], [0.3, 1.0]]),
    np.array([[0.5, 1.0], [-0.7, 0.2], [1.1, -0.4]]),
)


# ---- vjp -----------------------------------------------------------------------------------------


# ---- jvp -----------------------------------------------------------------------------------------


# ---- hvp -----------------------------------------------------------------------------------------
