"""A loop with an else branch."""

import numpy as np


def for_else(x, limit):
    for k in range(len(x)):
        if x[k] > limit:
            result = x[k] ** 2
            break
    else:
        result = np.sum(x)
    return 2.0 * result


EXAMPLE = (np.array([0.4, 0.9, 1.3]), 2.0)


# ---- vjp -----------------------------------------------------------------------------------------


# ---- jvp -----------------------------------------------------------------------------------------
