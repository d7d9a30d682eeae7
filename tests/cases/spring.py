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


# ---- jvp -----------------------------------------------------------------------------------------


# ---- hvp -----------------------------------------------------------------------------------------
