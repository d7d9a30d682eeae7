"""Returns in the middle of branches and of a loop."""

import numpy as np


def early_return(x, threshold):
    if x[0] < 0.0:
        return threshold * x[0] ** 2
    total = 0.0
    for value in x:
        total += value**2
        if total > threshold:
            return threshold * np.sqrt(total)
    return total


EXAMPLE = (np.array([0.4, 0.9, 1.3]), 1.5)


# ---- vjp -----------------------------------------------------------------------------------------


# ---- jvp -----------------------------------------------------------------------------------------
