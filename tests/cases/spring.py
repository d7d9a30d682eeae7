"""A method that reads attributes of its object."""

import numpy as np


class Spring:
    def __init__(self, stiffness, length):
        self.stiffness = stiffness
        self.length = length

    def energy(self, x):
        stretch = np.diff(x) - self.length
        return 0.5 * self.stiffness * np.sum(stretch**2)


FUNCTION = Spring(3.0, 0.5).energy
EXAMPLE = (np.array([0.0, 0.7, 1.1, 2.0]),)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def energy_vjp(self, x, y_bar):
    # forward
    stretch = np.diff(x) - self.length
    t = 0.5 * self.stiffness
    y = t * np.sum(stretch**2)

    # backward
    stretch_bar = 2.0 * y_bar * t * stretch  # return 0.5 * self.stiffness * np.sum(stretch**2)
    x_bar = np.zeros(x.shape, x.dtype)
    x_bar[1:] += stretch_bar  # stretch = np.diff(x) - self.length
    x_bar[:-1] -= stretch_bar
    return y, x_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def energy_jvp(self, x, x_dot):
    stretch_dot = np.diff(x_dot)
    stretch = np.diff(x) - self.length
    t = 0.5 * self.stiffness
    return t * np.sum(stretch**2), 2.0 * np.sum(stretch_dot * stretch) * t


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def energy_hvp(self, x, x_dot):
    stretch_dot = np.diff(x_dot)
    stretch_bar_dot = 2.0 * (0.5 * self.stiffness) * stretch_dot
    x_bar_dot = np.zeros(x.shape, x.dtype)
    x_bar_dot[1:] += stretch_bar_dot
    x_bar_dot[:-1] -= stretch_bar_dot
    return x_bar_dot
