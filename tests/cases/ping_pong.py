"""Two buffers that are exchanged in each iteration stay two, and are written in place."""

import numpy as np


def ping_pong(x, steps):
    a, b = x.copy(), x.copy()
    for _ in range(steps):
        b[1:-1] = 0.5 * (a[2:] + a[:-2]) ** 2
        a, b = b, a
    return np.sum(a**2)


EXAMPLE = (np.linspace(0.1, 0.9, 6), 4)
ARGNUMS = 0


# ---- value_and_grad ------------------------------------------------------------------------------

import numpy as np


def ping_pong_value_and_grad(x, steps):
    # forward
    a = x.copy()
    b = x.copy()
    saved = []
    for _ in range(steps):
        t = a[2:] + a[:-2]
        saved.append(t)
        b[1:-1] = 0.5 * t**2
        a, b = b, a
    y = np.sum(a**2)

    # backward
    a_bar = 2.0 * a  # return np.sum(a**2)
    b_bar = np.zeros(b.shape, b.dtype)
    for k in range(steps - 1, -1, -1):  # for _ in range(steps)
        a_part_bar = a_bar[1:-1] * saved[k]  # b[1:-1] = 0.5 * (a[2:] + a[:-2]) ** 2
        a_bar[1:-1] = 0.0
        b_bar2 = a_bar
        b_bar[:-2] += a_part_bar
        a_bar = b_bar
        a_bar[2:] += a_part_bar
        b_bar = b_bar2
    x_bar = b_bar + a_bar  # a, b = x.copy(), x.copy()
    return y, x_bar
