"""A loop that goes back with few saved states: binomial checkpointing, after Griewank and Walther."""

import numpy as np

import srcad


def revolve(x, v, steps):
    for _ in srcad.checkpoint(range(steps)):
        v = v - 0.1 * np.sin(x)
        x = x + 0.1 * v
    return np.sum(x**2)


EXAMPLE = (np.array([0.2, -0.5]), np.array([0.3, 0.1]), 20)
ARGNUMS = (0, 1)


# ---- value_and_grad ------------------------------------------------------------------------------

import numpy as np
from srcad.runtime import next_saved, slots_for


def revolve_loop_fwd(steps, v, x):
    v2 = v
    x2 = x
    for _ in range(steps):
        v2 = v2 - 0.1 * np.sin(x2)
        x2 = x2 + 0.1 * v2
    return x2, (steps, v, x)


def revolve_loop_step(_, v, x):
    v = v - 0.1 * np.sin(x)
    x = x + 0.1 * v
    return v, x


def revolve_loop_step_vjp(_, v, x, v_bar, x_bar):
    v_bar = v_bar + 0.1 * x_bar  # x = x + 0.1 * v
    x_bar = x_bar - 0.1 * v_bar * np.cos(x)  # v = v - 0.1 * np.sin(x)
    return v_bar, x_bar


def revolve_loop_back(start, stop, slots, v, x, v_bar, x_bar):
    while stop - start > 1:
        middle = next_saved(start, stop, slots)
        steps = range(start, middle)
        v2 = v
        x2 = x
        for k in steps:
            v2, x2 = revolve_loop_step(k, v2, x2)
        v_bar, x_bar = revolve_loop_back(middle, stop, slots - 1, v2, x2, v_bar, x_bar)
        stop = middle
    v_bar, x_bar = revolve_loop_step_vjp(start, v, x, v_bar, x_bar)
    return v_bar, x_bar


def revolve_loop_bwd(residuals, x_bar):
    steps, v, x = residuals
    v_bar = np.zeros(v.shape, v.dtype)
    if steps > 0:  # for _ in srcad.checkpoint(range(steps))
        v_bar, x_bar = revolve_loop_back(0, steps, slots_for(steps), v, x, v_bar, x_bar)
        return v_bar, x_bar
    return v_bar, x_bar


def revolve_value_and_grad(x, v, steps):
    # forward
    x, residuals = revolve_loop_fwd(steps, v, x)
    y = np.sum(x**2)

    # backward
    x_bar = 2.0 * x  # return np.sum(x**2)
    v_bar, x_bar = revolve_loop_bwd(residuals, x_bar)  # for _ in srcad.checkpoint(range(steps))
    return y, x_bar, v_bar
