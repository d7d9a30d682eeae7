"""A loop with an early exit, and a branch within an expression."""

import numpy as np


def first_cost(x, limit):
    total = 0.0
    for i in range(len(x)):
        if x[i] > limit:
            break
        total += x[i] ** 2 if x[i] > 0 else -x[i]
    return total


EXAMPLE = (np.array([0.5, -0.2, 0.7, 3.0, 0.1]), 2.0)


# ---- vjp -----------------------------------------------------------------------------------------


# ---- jvp -----------------------------------------------------------------------------------------


# ---- hvp -----------------------------------------------------------------------------------------
