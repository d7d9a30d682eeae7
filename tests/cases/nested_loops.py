"""Loops in a loop, with break and continue."""

import numpy as np


def nested_loops(A, limit):
    total = 0.0
    for i in range(len(A)):
        for j in range(i + 1):
            if A[i, j] < 0.0:
                continue
            if A[i, j] > limit:
                break
            total += A[i, j] ** 3
    return total


EXAMPLE = (np.array([[0.4, -0.9, 1.3], [2.5, 0.1, 0.2], [0.3, 0.6, -0.8]]), 2.0)
ARGNUMS = 0


# ---- value_and_grad ------------------------------------------------------------------------------
