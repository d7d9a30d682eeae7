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

import numpy as np


def nested_loops_value_and_grad(A, limit):
    # forward
    skippeds_list = []
    trips_list = []
    total = 0.0
    for i in range(len(A)):
        skippeds = []
        for j in range(i + 1):
            A_ij = A[i, j]
            skipped = A_ij < 0.0
            stopped = not skipped and A_ij > limit
            if stopped:
                break
            skippeds.append(skipped)
            if not skipped:
                total += A_ij**3
        skippeds_list.append(skippeds)
        trips_list.append(len(skippeds))

    # backward
    A_bar = np.zeros(A.shape, A.dtype)
    for i in range(len(A) - 1, -1, -1):  # for i in range(len(A))
        for j in range(trips_list[i] - 1, -1, -1):  # for j in range(i + 1)
            if not skippeds_list[i][j]:  # if A[i, j] < 0.0
                A_bar[i, j] += 3.0 * A[i, j] ** 2  # total += A[i, j] ** 3
    return total, A_bar
