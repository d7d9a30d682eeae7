"""np.einsum: an adjoint is another contraction."""

import numpy as np


def contraction(A, B, v):
    return np.einsum("ij,kji,i->k", A, B, v)


EXAMPLE = (np.arange(12.0).reshape(3, 4) / 5, np.arange(24.0).reshape(2, 4, 3) / 10, np.array([0.3, -0.7, 1.1]))


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def contraction_vjp(A, B, v, y_bar):
    # forward
    y = np.einsum("ij,kji,i->k", A, B, v)

    # backward
    A_bar = np.einsum("k,kji,i->ij", y_bar, B, v)  # return np.einsum("ij,kji,i->k", A, B, v)
    B_bar = np.einsum("k,ij,i->kji", y_bar, A, v)
    v_bar = np.einsum("k,ij,kji->i", y_bar, A, B)
    return y, A_bar, B_bar, v_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def contraction_jvp(A, B, v, A_dot, B_dot, v_dot):
    return (
        np.einsum("ij,kji,i->k", A, B, v),
        np.einsum("ij,kji,i->k", A_dot, B, v)
        + np.einsum("ij,kji,i->k", A, B_dot, v)
        + np.einsum("ij,kji,i->k", A, B, v_dot),
    )
