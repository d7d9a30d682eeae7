"""`*args` and `**kwargs`, passed on."""

import numpy as np


def scaled(x, *, scale=1.0, shift=0.0):
    return scale * np.sin(x) + shift


def weighted_sum(*arrays, **options):
    total = 0.0
    for weight, x in enumerate(arrays, start=1):
        total = total + weight * np.sum(scaled(x, scale=2.0, **options))
    return total


EXAMPLE = (np.array([0.3, 2.5]), np.array([1.7, 0.4]), np.array([-0.2, 0.6]))


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def weighted_sum_vjp(arrays_0, arrays_1, arrays_2, total_bar, shift):
    # forward
    total = 0.0 + 1 * np.sum(2.0 * np.sin(arrays_0) + shift)
    total += 2 * np.sum(2.0 * np.sin(arrays_1) + shift)
    total += 3 * np.sum(2.0 * np.sin(arrays_2) + shift)

    # backward
    arrays_2_bar = 6.0 * total_bar * np.cos(arrays_2)  # return scale * np.sin(x) + shift
    arrays_1_bar = 4.0 * total_bar * np.cos(arrays_1)
    arrays_0_bar = 2.0 * total_bar * np.cos(arrays_0)
    return total, arrays_0_bar, arrays_1_bar, arrays_2_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def weighted_sum_jvp(arrays_0, arrays_1, arrays_2, arrays_0_dot, arrays_1_dot, arrays_2_dot, shift):
    total_dot = 2.0 * np.sum(arrays_0_dot * np.cos(arrays_0))
    total = 0.0 + 1 * np.sum(2.0 * np.sin(arrays_0) + shift)
    total_dot += 4.0 * np.sum(arrays_1_dot * np.cos(arrays_1))
    total += 2 * np.sum(2.0 * np.sin(arrays_1) + shift)
    total_dot += 6.0 * np.sum(arrays_2_dot * np.cos(arrays_2))
    total += 3 * np.sum(2.0 * np.sin(arrays_2) + shift)
    return total, total_dot
