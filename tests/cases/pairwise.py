"""A function that calls itself: what a depth keeps for the way back holds what the next one keeps."""

import numpy as np


def pairwise(x):
    if len(x) == 1:
        return x[0]
    middle = len(x) // 2
    return np.logaddexp(pairwise(x[:middle]), pairwise(x[middle:]))


EXAMPLE = (np.array([0.3, -0.5, 1.2, 0.8, -1.1]),)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def pairwise_fwd(x):
    condition = len(x) == 1
    if condition:
        y = x[0]
        return y, (x, condition, y, None, None, None, None, None)
    middle = len(x) // 2
    t, residuals2 = pairwise_fwd(x[:middle])
    t2, residuals = pairwise_fwd(x[middle:])
    y = np.logaddexp(t, t2)
    return y, (x, condition, y, middle, t, t2, residuals, residuals2)


def pairwise_bwd(residuals, y_bar):
    x, condition, y, middle, t, t2, residuals, residuals2 = residuals
    if condition:  # if len(x) == 1
        x_bar = np.zeros(x.shape, x.dtype)
        x_bar[0] += y_bar  # return x[0]
        return x_bar
    selected = np.where(np.isneginf(y), 0.0, y)
    x_part_bar = pairwise_bwd(residuals, y_bar * np.exp(t2 - selected))
    x_bar = np.zeros(x.shape, x.dtype)
    x_bar[middle:] += x_part_bar
    x_part_bar = pairwise_bwd(residuals2, y_bar * np.exp(t - selected))
    x_bar[:middle] += x_part_bar
    return x_bar


def pairwise_vjp(x, y_bar):
    # forward
    condition = len(x) == 1
    if condition:
        y = x[0]
    else:
        middle = len(x) // 2
        t, residuals2 = pairwise_fwd(x[:middle])
        t2, residuals = pairwise_fwd(x[middle:])
        y = np.logaddexp(t, t2)

    # backward
    if condition:  # if len(x) == 1
        x_bar = np.zeros(x.shape, x.dtype)
        x_bar[0] += y_bar  # return x[0]
        return y, x_bar
    selected = np.where(np.isneginf(y), 0.0, y)
    x_part_bar = pairwise_bwd(residuals, y_bar * np.exp(t2 - selected))
    x_bar = np.zeros(x.shape, x.dtype)
    x_bar[middle:] += x_part_bar
    x_part_bar = pairwise_bwd(residuals2, y_bar * np.exp(t - selected))
    x_bar[:middle] += x_part_bar
    return y, x_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def pairwise_jvp_2(x, x_dot):
    if len(x) == 1:
        return x[0], x_dot[0]
    middle = len(x) // 2
    t, t2 = pairwise_jvp_2(x[:middle], x_dot[:middle])
    t3, t4 = pairwise_jvp_2(x[middle:], x_dot[middle:])
    y = np.logaddexp(t, t3)
    selected = np.where(np.isneginf(y), 0.0, y)
    return y, t2 * np.exp(t - selected) + t4 * np.exp(t3 - selected)


def pairwise_jvp(x, x_dot):
    if len(x) == 1:
        return x[0], x_dot[0]
    middle = len(x) // 2
    t, t2 = pairwise_jvp_2(x[:middle], x_dot[:middle])
    t3, t4 = pairwise_jvp_2(x[middle:], x_dot[middle:])
    y = np.logaddexp(t, t3)
    selected = np.where(np.isneginf(y), 0.0, y)
    return y, t2 * np.exp(t - selected) + t4 * np.exp(t3 - selected)


# ---- hessian -------------------------------------------------------------------------------------

import numpy as np


def pairwise_fwd_jvp_rows(x, x_dot):
    condition = len(x) == 1
    if condition:
        y0 = x[0]
        t3 = x_dot[:, 0]
        return (
            y0,
            (x, condition, y0, None, None, None, None, None),
            t3,
            (x_dot, None, t3, None, None, None, None, None),
        )
    middle = len(x) // 2
    t, residuals2, t4, residuals_dot2 = pairwise_fwd_jvp_rows(x[:middle], x_dot[:, :middle])
    t2, residuals, t5, residuals_dot = pairwise_fwd_jvp_rows(x[middle:], x_dot[:, middle:])
    y0 = np.logaddexp(t, t2)
    selected = np.where(np.isneginf(y0), 0.0, y0)
    t3 = np.exp(t - selected) * t4 + np.exp(t2 - selected) * t5
    return (
        y0,
        (x, condition, y0, middle, t, t2, residuals, residuals2),
        t3,
        (x_dot, None, t3, None, t4, t5, residuals_dot, residuals_dot2),
    )


def pairwise_bwd_jvp_rows(residuals, y_bar, residuals_dot, y_bar_dot):
    _, _, y_dot, _, t_dot, t_dot2, residuals_dot, residuals_dot2 = residuals_dot
    x, condition, y, middle, t, t2, residuals, residuals2 = residuals
    if condition:  # if len(x) == 1
        x_bar_dot = np.zeros((len(y_bar_dot), *x.shape), x.dtype)
        x_bar_dot[:, 0] += y_bar_dot  # return x[0]
        return x_bar_dot
    isneginf = np.isneginf(y)  # return np.logaddexp(pairwise(x[:middle]), pairwise(x[middle:]))
    selected = np.where(isneginf, 0.0, y_dot)
    selected2 = np.where(isneginf, 0.0, y)
    exp = np.exp(t - selected2)
    exp2 = np.exp(t2 - selected2)
    t = pairwise_bwd_jvp_rows(
        residuals, y_bar * exp2, residuals_dot, exp2 * y_bar_dot + exp2 * y_bar * (t_dot2 - selected)
    )
    x_bar_dot = np.zeros((len(y_bar_dot), *x.shape), x.dtype)
    x_bar_dot[:, middle:] += t
    t = pairwise_bwd_jvp_rows(
        residuals2, y_bar * exp, residuals_dot2, exp * y_bar_dot + exp * y_bar * (t_dot - selected)
    )
    x_bar_dot[:, :middle] += t
    return x_bar_dot


def pairwise_hessian(x):
    x_dot = np.eye(len(x))
    if len(x) == 1:
        x_bar_dot = np.zeros((len(x_dot), *x.shape), x.dtype)
        return x_bar_dot
    middle = len(x) // 2
    t, residuals, t2, residuals_dot = pairwise_fwd_jvp_rows(x[:middle], x_dot[:, :middle])
    t3, residuals2, t4, residuals_dot2 = pairwise_fwd_jvp_rows(x[middle:], x_dot[:, middle:])
    logaddexp = np.logaddexp(t, t3)
    selected = np.where(np.isneginf(logaddexp), 0.0, logaddexp)
    isneginf = np.isneginf(logaddexp)
    selected = np.where(isneginf, 0.0, np.exp(t - selected) * t2 + np.exp(t3 - selected) * t4)
    selected2 = np.where(isneginf, 0.0, logaddexp)
    t_bar = np.exp(t - selected2)
    t_bar2 = np.exp(t3 - selected2)
    t = pairwise_bwd_jvp_rows(residuals2, t_bar2, residuals_dot2, t_bar2 * (t4 - selected))
    x_bar_dot = np.zeros((len(x_dot), *x.shape), x.dtype)
    x_bar_dot[:, middle:] += t
    t = pairwise_bwd_jvp_rows(residuals, t_bar, residuals_dot, t_bar * (t2 - selected))
    x_bar_dot[:, :middle] += t
    return x_bar_dot
