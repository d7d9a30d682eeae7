"""np.linalg.solve: the adjoint solves with the transposed matrix."""

import numpy as np


def compliance(k, load):
    K = np.diag(k) + 0.1 * np.outer(k, k)
    return load @ np.linalg.solve(K, load)


EXAMPLE = (np.array([2.0, 1.5, 3.0]), np.array([1.0, -0.5, 0.7]))


# ---- vjp -----------------------------------------------------------------------------------------


# ---- jvp -----------------------------------------------------------------------------------------


# ---- hvp -----------------------------------------------------------------------------------------
