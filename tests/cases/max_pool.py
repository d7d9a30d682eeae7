"""Max pooling: a reduction along axes of a reshaped array."""

import numpy as np


def max_pool(x):
    n, m = x.shape
    return np.max(x.reshape(n // 2, 2, m // 2, 2), axis=(1, 3))


EXAMPLE = (np.array([[0.3, -2.5, 1.7, -0.4], [1.1, 0.2, 0.0, 2.2], [3.1, -0.2, 0.5, 0.6], [0.9, 1.4, -1.0, 0.8]]),)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np
from srcad.runtime import check_shape


def max_pool_vjp(x, y_bar):
    n = x.shape[0]
    m = x.shape[1]
    reshape_x = x.reshape(n // 2, 2, m // 2, 2)
    y = np.max(reshape_x, axis=(1, 3))
    check_shape(y_bar.shape, y.shape, "v")
    mask = reshape_x == y[:, None, :, None]
    x_bar = ((y_bar / np.sum(mask, axis=(1, 3)))[:, None, :, None] * mask).reshape(x.shape)
    return y, x_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def max_pool_jvp(x, x_dot):
    n = x.shape[0]
    m = x.shape[1]
    floordiv_n = n // 2
    floordiv_m = m // 2
    reshape_x = x.reshape(floordiv_n, 2, floordiv_m, 2)
    y = np.max(reshape_x, axis=(1, 3))
    mask = reshape_x == y[:, None, :, None]
    return (
        y, np.sum(x_dot.reshape(floordiv_n, 2, floordiv_m, 2) * mask, axis=(1, 3)) / np.sum(mask, axis=(1, 3))
    )
