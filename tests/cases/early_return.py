"""Returns in the middle of branches and of a loop."""

import numpy as np


def early_return(x, threshold):
    if x[0] < 0.0:
        return threshold * x[0] ** 2
    total = 0.0
    for value in x:
        total += value**2
        if total > threshold:
            return threshold * np.sqrt(total)
    return total


EXAMPLE = (np.array([0.4, 0.9, 1.3]), 1.5)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def early_return_vjp(x, threshold, y_bar):
    # forward
    x_0 = x[0]
    condition = x_0 < 0.0
    if condition:
        x_0_squared = x_0**2
        y = threshold * x_0_squared
    else:
        trips = 0
        stopped = False
        total = 0.0
        for k, value in enumerate(x):
            total += value**2
            if total > threshold:
                sqrt_total = np.sqrt(total)
                y = threshold * sqrt_total
                stopped = True
                break
            trips += 1
        if not stopped:
            y = total
        returned = stopped

    # backward
    if condition:  # if x[0] < 0.0
        threshold_bar = y_bar * x_0_squared  # return threshold * x[0] ** 2
        x_bar = np.zeros(x.shape, x.dtype)
        x_0_bar = 2.0 * y_bar * threshold * x_0
    else:
        if returned:  # for value in x
            threshold_bar = y_bar * sqrt_total  # return threshold * np.sqrt(total)
            total_bar = 0.0 + 0.5 * y_bar * threshold / sqrt_total
            value_bar = 2.0 * total_bar * value  # total += value**2
            x_bar = np.zeros(x.shape, x.dtype)
            x_bar[k] += value_bar  # for value in x
        else:
            x_bar = np.zeros(x.shape, x.dtype)
            total_bar = y_bar
            threshold_bar = 0.0
        for k in range(trips - 1, -1, -1):
            value = x[k]
            value_bar = 2.0 * total_bar * value  # total += value**2
            x_bar[k] += value_bar  # for value in x
        x_0_bar = 0.0
    x_bar[0] += x_0_bar  # if x[0] < 0.0
    return y, x_bar, threshold_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def early_return_jvp(x, threshold, x_dot, threshold_dot):
    x_0 = x[0]
    if x_0 < 0.0:
        x_0_squared = x_0**2
        return threshold * x_0_squared, threshold_dot * x_0_squared + 2.0 * x_dot[0] * x_0 * threshold
    stopped = False
    total = 0.0
    total_dot = 0.0
    for value, value_dot in zip(x, x_dot):
        total_dot += 2.0 * value_dot * value
        total += value**2
        if total > threshold:
            sqrt_total = np.sqrt(total)
            y = threshold * sqrt_total
            t = threshold_dot * sqrt_total + 0.5 * total_dot / sqrt_total * threshold
            stopped = True
            break
    if stopped:
        return y, t
    return total, total_dot
