"""A function made by another one: what it captures is read at each call."""

import numpy as np


def make_penalty(target, weight):
    def penalty(x):
        return weight * np.sum((x - target) ** 2)

    return penalty


FUNCTION = make_penalty(np.array([1.0, -0.5, 0.3]), 2.0)
EXAMPLE = (np.array([0.2, 0.7, -0.1]),)


# ---- vjp -----------------------------------------------------------------------------------------


# ---- jvp -----------------------------------------------------------------------------------------


# ---- hvp -----------------------------------------------------------------------------------------
