"""Pairwise distances by broadcasting: sums over the axes that were broadcast."""

import numpy as np


def distances(points):
    d = points[:, None, :] - points[None, :, :]
    return np.sum(np.exp(-np.sum(d**2, axis=-1)))


EXAMPLE = (np.array([[0.0, 0.0], [1.0, 0.5], [-0.3, 2.0]]),)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def distances_vjp(points, y_bar):
    # forward
    d = points[:, None, :] - points[None, :, :]
    exp = np.exp(-np.sum(d**2, axis=-1))
    y = np.sum(exp)

    # backward
    d_bar = -2.0 * y_bar * exp[:, :, None] * d  # return np.sum(np.exp(-np.sum(d**2, axis=-1)))
    points_bar = np.sum(d_bar, axis=1) - np.sum(d_bar, axis=0)
    return y, points_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def distances_jvp(points, points_dot):
    d = points[:, None, :] - points[None, :, :]
    exp = np.exp(-np.sum(d**2, axis=-1))
    return (
        np.sum(exp),
        -2.0 * np.sum(np.sum((points_dot[:, None, :] - points_dot[None, :, :]) * d, axis=-1) * exp),
    )


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def distances_hvp(points, points_dot):
    d_dot = points_dot[:, None, :] - points_dot[None, :, :]
    d = points[:, None, :] - points[None, :, :]
    t = 2.0 * d
    exp = np.exp(-np.sum(d**2, axis=-1))
    d_bar_dot = (np.sum(d_dot * t, axis=-1) * exp)[:, :, None] * t - 2.0 * d_dot * exp[:, :, None]
    points_bar_dot = np.sum(d_bar_dot, axis=1) - np.sum(d_bar_dot, axis=0)
    return points_bar_dot
