"""A loop over whole arrays."""

import numpy as np


def power_iteration(A, v, steps):
    for _ in range(steps):
        v = A @ v
        v = v / np.linalg.norm(v)
    return v @ A @ v


EXAMPLE = (np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([1.0, 0.3]), 4)
ARGNUMS = 0


# ---- value_and_grad ------------------------------------------------------------------------------


# ---- hvp -----------------------------------------------------------------------------------------
