"""Jacobi's iteration for the equation of Poisson in two dimensions, with two buffers that change places."""

import numpy as np

from tests.programs.check import program

F = np.random.default_rng(0).uniform(-1.0, 1.0, (4, 4))
SIDES = np.array([0.5, -0.2, 0.8, 0.1])


def test_program(program, check):
    check(program)


def sides_set(u, sides):
    u[0, :] = sides[0]
    u[-1, :] = sides[1]
    u[1:-1, 0] = sides[2]
    u[1:-1, -1] = sides[3]


def sweep(old, new, f, h):
    new[1:-1, 1:-1] = 0.25 * (old[2:, 1:-1] + old[:-2, 1:-1] + old[1:-1, 2:] + old[1:-1, :-2] - h**2 * f[1:-1, 1:-1])


@program(F, SIDES)
def two_buffers(f, sides):
    old, new = np.zeros_like(f), np.zeros_like(f)
    sides_set(old, sides)
    sides_set(new, sides)
    for _ in range(5):
        sweep(old, new, f, 0.5)
        old, new = new, old
    return np.sum((old - new) ** 2) + np.sum(old**2)


@program(F, SIDES)
def until_the_change_is_small(f, sides):
    u = np.zeros_like(f)
    sides_set(u, sides)
    sweeps = 0
    while True:
        previous = u.copy()
        sweep(previous, u, f, 0.5)
        sweeps += 1
        if np.max(np.abs(u - previous)) < 0.02 or sweeps >= 20:
            break
    return u


@program(F, SIDES)
def copied_back_after_each_sweep(f, sides):
    u = np.empty((4, 4))
    u[:] = 0.1
    sides_set(u, sides)
    work = np.empty_like(u)
    for _ in range(3):
        work[:] = u
        for i in range(1, 3):
            for j in range(1, 3):
                work[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - 0.25 * f[i, j] * u[i, j])
        u[:] = work
    return u * u
