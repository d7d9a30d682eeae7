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

import numpy as np


def pendulum_fwd(t, y, damping):
    angle = y[0]
    speed = y[1]
    y2 = np.array([speed, -np.sin(angle) - damping * speed])
    return y2, (y, damping, angle, speed)


def pendulum_bwd(residuals, y_bar):
    y, damping, angle, speed = residuals
    speed_bar = y_bar[0]  # return np.array([speed, -np.sin(angle) - damping * speed])
    minus_sin_angle_bar = y_bar[1]
    damping_bar = -minus_sin_angle_bar * speed
    speed_bar -= minus_sin_angle_bar * damping
    angle_bar = -minus_sin_angle_bar * np.cos(angle)
    y_bar = np.zeros(y.shape, y.dtype)
    y_bar[1] += speed_bar  # angle, speed = y[0], y[1]
    y_bar[0] += angle_bar
    return y_bar, damping_bar


def rk4_value_and_grad(y, damping, dt, steps):
    # forward
    calls = []
    calls2 = []
    calls3 = []
    calls4 = []
    t = 0.0
    for _ in range(steps):
        k1, residuals = pendulum_fwd(t, y, damping)
        calls.append(residuals)
        t2 = dt / 2
        t3 = t + t2
        k2, residuals = pendulum_fwd(t3, y + t2 * k1, damping)
        calls2.append(residuals)
        k3, residuals = pendulum_fwd(t3, y + t2 * k2, damping)
        calls3.append(residuals)
        t += dt
        k4, residuals = pendulum_fwd(t, y + dt * k3, damping)
        calls4.append(residuals)
        y = y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    y2 = np.sum(y**2)

    # backward
    y_bar = 2.0 * y  # return np.sum(y**2)
    damping_bar = 0.0
    for k in range(steps - 1, -1, -1):  # for _ in range(steps)
        t = dt / 2  # k2 = rate(t + dt / 2, y + dt / 2 * k1, damping)
        k4_bar = dt / 6 * y_bar  # y = y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        k3_bar = 2.0 * k4_bar
        t_bar, damping_step_bar = pendulum_bwd(calls4[k], k4_bar)
        damping_bar += damping_step_bar
        y_bar += t_bar
        k3_bar2 = k3_bar + dt * t_bar
        t_bar, damping_step_bar = pendulum_bwd(calls3[k], k3_bar2)
        damping_bar += damping_step_bar
        y_bar += t_bar
        k2_bar = k3_bar + t * t_bar
        t_bar, damping_step_bar = pendulum_bwd(calls2[k], k2_bar)
        damping_bar += damping_step_bar
        y_bar += t_bar
        k1_bar = k4_bar + t * t_bar
        y_step_bar, damping_step_bar = pendulum_bwd(calls[k], k1_bar)  # k1 = rate(t, y, damping)
        y_bar += y_step_bar
        damping_bar += damping_step_bar
    return y2, y_bar, damping_bar
