"""The heat equation in three dimensions: a stencil that writes the inside of an array, loops and slices."""

import numpy as np

from tests.programs.check import program

U = np.random.default_rng(0).uniform(0.2, 1.0, (3, 4, 3))


def test_program(program, check):
    check(program)


def laplacian(u):
    return (
        u[2:, 1:-1, 1:-1] + u[:-2, 1:-1, 1:-1]
        + u[1:-1, 2:, 1:-1] + u[1:-1, :-2, 1:-1]
        + u[1:-1, 1:-1, 2:] + u[1:-1, 1:-1, :-2]
        - 6.0 * u[1:-1, 1:-1, 1:-1]
    )


# 36 unknowns: second derivatives by slices are checked, the whole Hessian by loops would take long
@program(U, 0.1)
def in_place_by_slices(u, r):
    for _ in range(3):
        u[1:-1, 1:-1, 1:-1] += r * laplacian(u)
    return np.sum(u**2)


@program(U, 0.1)
def into_a_second_array(u, r):
    new = u.copy()
    for _ in range(2):
        new[1:-1, 1:-1, 1:-1] = u[1:-1, 1:-1, 1:-1] * (1.0 + r * laplacian(u))
        u, new = new, u
    return np.sum(u**2)


@program(U, 0.1, skip=("hessian", "jacobians"))
def in_place_by_elements(u, r):
    u = u.copy()
    nx, ny, nz = u.shape
    for _ in range(2):
        for i in range(1, nx - 1):
            for j in range(1, ny - 1):
                for k in range(1, nz - 1):
                    neighbours = u[i + 1, j, k] + u[i - 1, j, k] + u[i, j + 1, k] + u[i, j - 1, k] + u[i, j, k + 1] + u[i, j, k - 1]
                    u[i, j, k] += r * (neighbours - 6.0 * u[i, j, k]) * u[i, j, k]
    return np.sum(u**2)


@program(U, 0.1)
def with_fluxes_and_insulated_sides(u, r):
    for axis in range(3):
        flux = np.diff(u, axis=axis) * r
        change = np.zeros_like(u)
        inner = [slice(None)] * 3
        inner[axis] = slice(0, -1)
        change[tuple(inner)] += flux
        inner[axis] = slice(1, None)
        change[tuple(inner)] -= flux
        u = u + change * u
    return np.sum(u**2)
