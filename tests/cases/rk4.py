"""A callable passed as an argument: it is known when the code is generated."""

import numpy as np


def pendulum(t, y, damping):
    angle, speed = y[0], y[1]
    return np.array([speed, -np.sin(angle) - damping * speed])


def rk4(y, damping, dt, steps, rate):
    t = 0.0
    for _ in range(steps):
        k1 = rate(t, y, damping)
        k2 = rate(t + dt / 2, y + dt / 2 * k1, damping)
        k3 = rate(t + dt / 2, y + dt / 2 * k2, damping)
        k4 = rate(t + dt, y + dt * k3, damping)
        y = y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        t += dt
    return np.sum(y**2)


EXAMPLE = (np.array([1.0, 0.2]), 0.3, 0.1, 5, pendulum)
ARGNUMS = (0, 1)


# ---- value_and_grad ------------------------------------------------------------------------------
