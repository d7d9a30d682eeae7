"""Runge-Kutta methods: the right-hand side is passed as a callable, stages are kept, steps adapt themselves."""

import numpy as np

from tests.programs.check import program

STATE = np.array([0.8, -0.3])
TABLEAU = {
    "a": [[], [0.5], [0.0, 0.75]],
    "b": [2.0 / 9.0, 1.0 / 3.0, 4.0 / 9.0],
    "c": [0.0, 0.5, 0.75],
}


def test_program(program, check):
    check(program)


def pendulum(t, y, damping):
    dy = np.empty_like(y)
    dy[0] = y[1]
    dy[1] = -np.sin(y[0]) - damping * y[1] + 0.1 * np.cos(t)
    return dy


def rk4(f, y, t, dt, steps, *args):
    trajectory = np.zeros((steps + 1, len(y)))
    trajectory[0] = y
    for k in range(steps):
        k1 = f(t, y, *args)
        k2 = f(t + dt / 2, y + dt / 2 * k1, *args)
        k3 = f(t + dt / 2, y + dt / 2 * k2, *args)
        k4 = f(t + dt, y + dt * k3, *args)
        y = y + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        t += dt
        trajectory[k + 1] = y
    return trajectory


@program(STATE, 0.4)
def trajectory_of_a_pendulum(state, damping):
    return rk4(pendulum, state, 0.0, 0.2, 4, damping)


@program(STATE, 0.4)
def energy_at_the_end(state, damping):
    y = rk4(lambda t, y, d: pendulum(t, y, d), state, 0.0, 0.2, 3, damping)[-1]
    return 0.5 * y[1] ** 2 - np.cos(y[0])


def explicit_step(f, t, y, dt, tableau):
    stages = []
    for row, c in zip(tableau["a"], tableau["c"]):
        z = y.copy()
        for weight, stage in zip(row, stages):
            z += dt * weight * stage
        stages.append(f(t + c * dt, z))
    for weight, stage in zip(tableau["b"], stages):
        y = y + dt * weight * stage
    return y


@program(STATE, 1.5)
def any_tableau(state, frequency):
    def oscillator(t, y):
        return np.array([y[1], -(frequency**2) * y[0] + 0.2 * y[0] ** 3])

    y, t = state, 0.0
    for _ in range(4):
        y = explicit_step(oscillator, t, y, 0.1, TABLEAU)
        t += 0.1
    return y


@program(STATE, 0.4)
def step_size_adapts(state, damping):
    t, end, dt = 0.0, 1.0, 0.3
    y = state
    accepted = []
    while t < end:
        dt = min(dt, end - t)
        coarse = y + dt * pendulum(t, y, damping)
        middle = y + dt / 2 * pendulum(t, y, damping)
        fine = middle + dt / 2 * pendulum(t + dt / 2, middle, damping)
        error = float(np.max(np.abs(fine - coarse)))
        if error > 0.02:
            dt = dt / 2
            continue
        t = t + dt
        y = 2.0 * fine - coarse
        accepted.append(y)
        if error < 0.005:
            dt = dt * 1.5
        if len(accepted) > 30:
            raise RuntimeError("too many steps")
    return y * len(accepted)
