"""np.where: an operand that was not selected gets nothing."""

import numpy as np


def huber(r, delta):
    a = np.abs(r)
    return np.sum(np.where(a <= delta, 0.5 * r**2, delta * (a - 0.5 * delta)))


EXAMPLE = (np.array([0.3, -2.5, 1.7, -0.4]), 1.0)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def huber_vjp(r, delta, y_bar):
    # forward
    a = np.abs(r)
    mask = a <= delta
    t = a - 0.5 * delta
    y = np.sum(np.where(mask, 0.5 * r**2, delta * t))

    # backward
    delta_bar = np.sum(np.where(mask, 0.0, y_bar * t))
    t = y_bar * delta
    delta_bar += 0.5 * np.sum(np.where(mask, 0.0, -t))
    r_bar = np.where(mask, y_bar * r, 0.0)
    r_bar += np.where(mask, 0.0, t * np.sign(r))  # a = np.abs(r)
    return y, r_bar, delta_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def huber_jvp(r, delta, r_dot, delta_dot):
    a_dot = r_dot * np.sign(r)
    a = np.abs(r)
    mask = a <= delta
    t = a - 0.5 * delta
    return (
        np.sum(np.where(mask, 0.5 * r**2, delta * t)),
        np.sum(np.where(mask, r_dot * r, delta_dot * t + delta * (a_dot - 0.5 * delta_dot))),
    )


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def huber_hvp(r, delta, r_dot, delta_dot):
    sign_r = np.sign(r)
    a_dot = r_dot * sign_r
    a = np.abs(r)
    mask = a <= delta
    delta_bar_dot = np.sum(np.where(mask, 0.0, a_dot - 0.5 * delta_dot))
    delta_bar_dot += 0.5 * np.sum(np.where(mask, 0.0, -delta_dot))
    r_bar_dot = np.where(mask, r_dot, 0.0)
    r_bar_dot += np.where(mask, 0.0, delta_dot * sign_r)
    return r_bar_dot, delta_bar_dot
