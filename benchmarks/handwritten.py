"""The Rosenbrock function with derivatives written by hand: the yardstick for what srcad generates.

Each does the arithmetic that a careful author would write, and no more.
"""

import numpy as np


def rosen(x):
    r = x[1:] - x[:-1] ** 2
    return np.sum(100.0 * r**2 + (1.0 - x[:-1]) ** 2)


def rosen_gradient(x, seed):
    """The value, and the gradient scaled by `seed`."""
    left = x[:-1]
    residual = x[1:] - left**2
    offset = 1.0 - left
    value = np.sum(100.0 * residual**2 + offset**2)

    residual_bar = seed * 200.0 * residual
    left_bar = -2.0 * seed * offset - 2.0 * residual_bar * left
    gradient = np.zeros(x.shape, x.dtype)
    gradient[1:] += residual_bar
    gradient[:-1] += left_bar
    return value, gradient


def rosen_hessian_rows(x, seed, directions):
    """The products of the Hessian, scaled by `seed`, with each row of `directions`; shape (K, n) in and out.

    What does not depend on the direction is computed once, not once per row.
    """
    left = x[:-1]
    left_dot = directions[:, :-1]
    residual_bar = seed * 200.0 * (x[1:] - left**2)
    residual_bar_dot = seed * 200.0 * (directions[:, 1:] - 2.0 * left * left_dot)
    products = np.zeros_like(directions)
    products[:, 1:] += residual_bar_dot
    products[:, :-1] += 2.0 * seed * left_dot - 2.0 * (residual_bar_dot * left + residual_bar * left_dot)
    return products
