"""A view that is written through: what is read of the old row is copied, the adjoint of the row is scaled in place."""

import numpy as np


def scale_row(A, i):
    A = A.copy()
    row = A[i]
    row *= A[0, 0]
    return np.sum(A**2)


EXAMPLE = (np.arange(1.0, 7.0).reshape(2, 3), 1)
ARGNUMS = 0


# ---- value_and_grad ------------------------------------------------------------------------------

import numpy as np


def scale_row_value_and_grad(A, i):
    # forward
    A = A.copy()
    row = A[i].copy()
    A_00 = A[0, 0]
    A[i] *= A_00
    y = np.sum(A**2)

    # backward
    A_bar = 2.0 * A  # return np.sum(A**2)
    t_bar = A_bar[i]  # row *= A[0, 0]
    A_00_bar = np.sum(t_bar * row)
    A_bar[i] *= A_00
    A_bar[0, 0] += A_00_bar
    return y, A_bar


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def scale_row_hvp(A, i, A_dot):
    A = A.copy()
    row_dot = A_dot[i]
    row = A[i].copy()
    A_00_dot = A_dot[0, 0]
    A_00 = A[0, 0]
    A_dot = A_dot.copy()
    A_dot[i] = A_00 * row_dot + A_00_dot * row
    A[i] *= A_00
    A_bar_dot = 2.0 * A_dot
    t_bar_dot = A_bar_dot[i]
    t = A[i]
    A_00_bar_dot = np.sum(t_bar_dot * row + row_dot * (2.0 * t))
    A_bar_dot[i] = A_00 * t_bar_dot + 2.0 * A_00_dot * t
    A_bar_dot[0, 0] += A_00_bar_dot
    return A_bar_dot
