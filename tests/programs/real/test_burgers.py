"""The equation of Burgers: upwind differences chosen by the sign, fluxes, limiters, a scheme of two steps."""

import numpy as np

from tests.programs.check import program

U = np.array([0.2, 0.9, 1.3, 0.4, -0.6, -0.9, -0.1])


def test_program(program, check):
    check(program)


@program(U, 0.05)
def upwind_by_elements(u, nu):
    u = u.copy()
    n = len(u)
    dt, dx = 0.1, 0.5
    for _ in range(3):
        old = u.copy()
        for i in range(1, n - 1):
            if old[i] > 0.0:
                slope = (old[i] - old[i - 1]) / dx
            else:
                slope = (old[i + 1] - old[i]) / dx
            u[i] = old[i] - dt * old[i] * slope + nu * dt / dx**2 * (old[i + 1] - 2.0 * old[i] + old[i - 1])
        u[0] = u[1]
        u[-1] = u[-2]
    return u


@program(U, 0.05)
def upwind_by_masks(u, nu):
    dt, dx = 0.1, 0.5
    for _ in range(3):
        left, right = np.zeros_like(u), np.zeros_like(u)
        left[1:] = (u[1:] - u[:-1]) / dx
        right[:-1] = (u[1:] - u[:-1]) / dx
        slope = np.where(u > 0.0, left, right)
        change = -u * slope
        change[1:-1] += nu * (right - left)[1:-1] / dx
        u = u + dt * change
    return u


def flux(a, b):
    return 0.25 * (a**2 + b**2) - 0.5 * np.maximum(np.abs(a), np.abs(b)) * (b - a)


@program(U)
def finite_volumes_in_place(u):
    ratio = 0.1
    padded = np.empty(len(u) + 2)
    for _ in range(3):
        padded[1:-1] = u
        padded[0] = padded[-2]
        padded[-1] = padded[1]
        f = flux(padded[:-1], padded[1:])
        u = u - ratio * (f[1:] - f[:-1])
    return u


def minmod(a, b):
    if a * b <= 0.0:
        return 0.0
    return a if abs(a) < abs(b) else b


@program(U)
def limited_slopes(u):
    slopes = np.zeros_like(u)
    for i in range(1, len(u) - 1):
        slopes[i] = minmod(u[i] - u[i - 1], u[i + 1] - u[i])
    left, right = u + 0.5 * slopes, u - 0.5 * slopes
    f = flux(left[:-1], right[1:])
    new = u.copy()
    new[1:-1] -= 0.1 * np.diff(f)
    return new * u


@program(U)
def lax_wendroff_in_two_steps(u):
    half = np.zeros(len(u) - 1)
    for _ in range(2):
        np.add(u[1:], u[:-1], out=half)
        half *= 0.5
        half -= 0.1 * 0.5 * (0.5 * u[1:] ** 2 - 0.5 * u[:-1] ** 2)
        u[1:-1] -= 0.1 * np.diff(0.5 * half**2)
    return u
