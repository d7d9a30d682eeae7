"""A convolution as a sum of shifted slices."""

import numpy as np


def convolution(signal, kernel):
    n = len(signal) - len(kernel) + 1
    out = np.zeros(n)
    for k in range(len(kernel)):
        out = out + kernel[k] * signal[k : k + n]
    return out


EXAMPLE = (np.array([0.3, -2.5, 1.7, -0.4, 0.8, 1.2]), np.array([0.5, 1.0, -0.5]))


# ---- vjp -----------------------------------------------------------------------------------------


# ---- jvp -----------------------------------------------------------------------------------------


# ---- jacobian ------------------------------------------------------------------------------------
