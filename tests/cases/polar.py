"""A Jacobian by columns: two in, three out."""

import numpy as np


def polar(p):
    r, angle = p
    return np.array([r * np.cos(angle), r * np.sin(angle), r])


EXAMPLE = (np.array([1.3, 0.4]),)


# ---- vjp -----------------------------------------------------------------------------------------


# ---- jacobian ------------------------------------------------------------------------------------
