"""A time step in place: parts of the array are saved by value before they are overwritten."""

import numpy as np


def burgers(u0, dt, steps):
    u = u0.copy()
    for _ in range(steps):
        u[1:-1] -= dt * u[1:-1] * (u[2:] - u[:-2])
    return np.sum(u**2)


EXAMPLE = (np.linspace(0.1, 0.9, 9), 0.01, 5)
ARGNUMS = (0, 1)


# ---- value_and_grad ------------------------------------------------------------------------------

import numpy as np


def burgers_value_and_grad(u0, dt, steps):
    # forward
    u = u0.copy()
    u_parts = []
    saved = []
    saved2 = []
    for _ in range(steps):
        u_part = u[1:-1]
        u_parts.append(u_part.copy())
        t = dt * u_part
        saved.append(t)
        t2 = u[2:] - u[:-2]
        saved2.append(t2)
        u[1:-1] -= t * t2
    y = np.sum(u**2)

    # backward
    u_bar = 2.0 * u  # return np.sum(u**2)
    dt_bar = 0.0
    for k in range(steps - 1, -1, -1):  # for _ in range(steps)
        t_bar = u_bar[1:-1]  # u[1:-1] -= dt * u[1:-1] * (u[2:] - u[:-2])
        t = t_bar * saved2[k]
        u_part_bar = t_bar * saved[k]
        u_bar[:-2] += u_part_bar
        u_bar[2:] -= u_part_bar
        dt_bar -= np.sum(t * u_parts[k])
        u_bar[1:-1] -= dt * t
    return y, u_bar, dt_bar


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def burgers_hvp(u0, dt, steps, u0_dot, dt_dot):
    u = u0.copy()
    u_dot = u0_dot.copy()
    u_parts_dot = []
    u_parts = []
    saved_dot = []
    saved = []
    saved_dot2 = []
    saved2 = []
    for _ in range(steps):
        u_part_dot = u_dot[1:-1]
        u_parts_dot.append(u_part_dot.copy())
        u_part = u[1:-1]
        u_parts.append(u_part.copy())
        t_dot = dt_dot * u_part + dt * u_part_dot
        saved_dot.append(t_dot)
        t = dt * u_part
        saved.append(t)
        t_dot2 = u_dot[2:] - u_dot[:-2]
        saved_dot2.append(t_dot2)
        t2 = u[2:] - u[:-2]
        saved2.append(t2)
        u_dot[1:-1] -= t_dot * t2 + t_dot2 * t
        u[1:-1] -= t * t2
    u_bar_dot = 2.0 * u_dot
    u_bar = 2.0 * u
    dt_bar_dot = 0.0
    for k in range(steps - 1, -1, -1):
        t = saved2[k]
        t2 = saved[k]
        t_bar_dot = u_bar_dot[1:-1]
        t_bar = u_bar[1:-1]
        t_dot = t_bar_dot * t + saved_dot2[k] * t_bar
        t = t_bar * t
        u_part_bar_dot = t_bar_dot * t2 + saved_dot[k] * t_bar
        u_part_bar = t_bar * t2
        u_bar_dot[:-2] += u_part_bar_dot
        u_bar[:-2] += u_part_bar
        u_bar_dot[2:] -= u_part_bar_dot
        u_bar[2:] -= u_part_bar
        dt_bar_dot -= np.sum(t_dot * u_parts[k] + u_parts_dot[k] * t)
        u_bar_dot[1:-1] -= dt * t_dot + dt_dot * t
        u_bar[1:-1] -= dt * t
    return u_bar_dot, dt_bar_dot
