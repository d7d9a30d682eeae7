"""A function that writes into its argument: forward and backward half go on in the memory of their caller."""

import numpy as np


def smooth(u, rate):
    u[1:-1] += rate * (u[2:] - 2.0 * u[1:-1] + u[:-2])


def smoothing(u0, rate, steps):
    u = u0.copy()
    for _ in range(steps):
        smooth(u, rate)
    return np.sum(u**2)


EXAMPLE = (np.linspace(0.1, 0.9, 6) ** 2, 0.1, 4)
ARGNUMS = (0, 1)


# ---- value_and_grad ------------------------------------------------------------------------------

import numpy as np


def smooth_fwd(u, rate):
    t = u[2:] - 2.0 * u[1:-1] + u[:-2]
    u[1:-1] += rate * t
    return u, (rate, t)


def smooth_bwd(residuals, u_bar):
    rate, t = residuals
    t_bar = u_bar[1:-1]  # u[1:-1] += rate * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    rate_bar = np.sum(t_bar * t)
    u_part_bar = rate * t_bar
    u_bar[:-2] += u_part_bar
    u_bar[1:-1] += -2.0 * u_part_bar
    u_bar[2:] += u_part_bar
    return u_bar, rate_bar


def smoothing_value_and_grad(u0, rate, steps):
    # forward
    u = u0.copy()
    calls = []
    for _ in range(steps):
        u, residuals = smooth_fwd(u, rate)
        calls.append(residuals)
    y = np.sum(u**2)

    # backward
    u_bar = 2.0 * u  # return np.sum(u**2)
    rate_bar = 0.0
    for k in range(steps - 1, -1, -1):  # for _ in range(steps)
        u_bar, rate_step_bar = smooth_bwd(calls[k], u_bar)  # smooth(u, rate)
        rate_bar += rate_step_bar
    return y, u_bar, rate_bar
