"""`while True` with a break in the middle."""

import numpy as np


def fixed_point(a, tolerance):
    x = np.ones_like(a)
    while True:
        new = np.cos(a * x)
        if np.max(np.abs(new - x)) < tolerance:
            break
        x = new
    return np.sum(new)


EXAMPLE = (np.array([0.3, 0.8]), 1e-14)
ARGNUMS = 0


# ---- value_and_grad ------------------------------------------------------------------------------
