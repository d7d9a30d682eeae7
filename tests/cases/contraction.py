"""np.einsum: an adjoint is another contraction."""

import numpy as np


def contraction(A, B, v):
    return np.einsum("ij,kji,i->k", A, B, v)


EXAMPLE = (np.arange(12.0).reshape(3, 4) / 5, np.arange(24.0).reshape(2, 4, 3) / 10, np.array([0.3, -0.7, 1.1]))


# ---- vjp -----------------------------------------------------------------------------------------


# ---- jvp -----------------------------------------------------------------------------------------
