"""A Jacobian by columns: two in, three out."""

import numpy as np


def polar(p):
    r, angle = p
    return np.array([r * np.cos(angle), r * np.sin(angle), r])


EXAMPLE = (np.array([1.3, 0.4]),)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def polar_vjp(p, y_bar):
    # forward
    r = p[0]
    angle = p[1]
    cos_angle = np.cos(angle)
    sin_angle = np.sin(angle)
    y = np.array([r * cos_angle, r * sin_angle, r])

    # backward
    t_bar = y_bar[0]  # return np.array([r * np.cos(angle), r * np.sin(angle), r])
    t_bar2 = y_bar[1]
    r_bar = y_bar[2]
    r_bar += t_bar2 * sin_angle
    angle_bar = t_bar2 * r * cos_angle
    r_bar += t_bar * cos_angle
    angle_bar -= t_bar * r * sin_angle
    p_bar = np.zeros(p.shape, p.dtype)
    p_bar[1] += angle_bar  # r, angle = p
    p_bar[0] += r_bar
    return y, p_bar


# ---- jacobian ------------------------------------------------------------------------------------

import numpy as np


def polar_jacobian(p):
    p_dot = np.eye(len(p))
    r_dot = p_dot[:, 0]
    r = p[0]
    angle_dot = p_dot[:, 1]
    angle = p[1]
    sin_angle = np.sin(angle)
    cos_angle = np.cos(angle)
    return np.transpose(
        np.stack(
            [
                cos_angle * r_dot - sin_angle * r * angle_dot,
                sin_angle * r_dot + cos_angle * r * angle_dot,
                r_dot,
            ],
            axis=1,
        )
    )
