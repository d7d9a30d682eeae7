"""An array that is filled element by element from the ones before, and from there on by rows."""

import numpy as np


def filled(x):
    table = np.zeros((3, len(x)))
    table[0] = x
    for i in range(1, 3):
        table[i] = np.sin(table[i - 1])
        table[i, 0] *= x[i]
    return np.sum(table[2])


EXAMPLE = (np.linspace(0.1, 0.9, 4),)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def filled_vjp(x, y_bar):
    # forward
    table = np.zeros((3, len(x)))
    table[0] = x
    range2 = range(1, 3)
    n = len(range2)
    table_parts = []
    table_i0s = []
    for i in range2:
        table_part = table[i - 1]
        table_parts.append(table_part.copy())
        table[i] = np.sin(table_part)
        table_i0 = table[i, 0]
        table_i0s.append(table_i0)
        table[i, 0] *= x[i]
    y = np.sum(table[2])

    # backward
    table_bar = np.zeros(table.shape, table.dtype)
    table_bar[2] += y_bar  # return np.sum(table[2])
    x_bar = np.zeros(x.shape, x.dtype)
    for k in range(n - 1, -1, -1):  # for i in range(1, 3)
        i = range2[k]
        t_bar = table_bar[i, 0]  # table[i, 0] *= x[i]
        table_bar[i, 0] *= x[i]
        x_bar[i] += t_bar * table_i0s[k]
        table_part_bar = table_bar[i] * np.cos(table_parts[k])  # table[i] = np.sin(table[i - 1])
        table_bar[i] = 0.0
        table_bar[i - 1] += table_part_bar
    x_bar += table_bar[0]  # table[0] = x
    return y, x_bar


# ---- hessian -------------------------------------------------------------------------------------

import numpy as np


def filled_hessian(x):
    x_dot = np.eye(len(x))
    table = np.zeros((3, len(x)))
    table_dot = np.zeros((len(x_dot), *table.shape), table.dtype)
    table_dot[:, 0] = x_dot
    table[0] = x
    range2 = range(1, 3)
    n = len(range2)
    table_parts_dot = []
    table_parts = []
    table_i0s_dot = []
    table_i0s = []
    for i in range2:
        t = i - 1
        table_dot_part = table_dot[:, t]
        table_parts_dot.append(table_dot_part.copy())
        table_part = table[t]
        table_parts.append(table_part.copy())
        table_dot[:, i] = table_dot_part * np.cos(table_part)
        table[i] = np.sin(table_part)
        x_i = x[i]
        table_dot_i0 = table_dot[:, i, 0]
        table_i0s_dot.append(table_dot_i0.copy())
        table_i0 = table[i, 0]
        table_i0s.append(table_i0)
        table_dot[:, i, 0] = x_i * table_dot_i0 + table_i0 * x_dot[:, i]
        table[i, 0] *= x_i
    table_bar = np.zeros(table.shape, table.dtype)
    table_bar[2] += 1.0
    table_bar_dot = np.zeros((len(x_dot), *table.shape), table.dtype)
    x_bar_dot = np.zeros((len(x_dot), *x.shape), x.dtype)
    for k in range(n - 1, -1, -1):
        i = range2[k]
        table_part = table_parts[k]
        x_i = x[i]
        t = i - 1
        table_bar_dot_i0 = table_bar_dot[:, i, 0]
        t_bar = table_bar[i, 0]
        t2 = table_i0s[k] * table_bar_dot_i0 + t_bar * table_i0s_dot[k]
        table_bar_dot[:, i, 0] = x_i * table_bar_dot_i0 + t_bar * x_dot[:, i]
        table_bar[i, 0] *= x_i
        x_bar_dot[:, i] += t2
        sin_table_part_bar = table_bar[i]
        cos_table_part = np.cos(table_part)
        t2 = table_bar_dot[:, i] * cos_table_part
        table_bar_dot[:, i] = 0.0
        t2 -= table_parts_dot[k] * np.sin(table_part) * sin_table_part_bar
        table_part_bar = sin_table_part_bar * cos_table_part
        table_bar[i] = 0.0
        table_bar_dot[:, t] += t2
        table_bar[t] += table_part_bar
    x_bar_dot += table_bar_dot[:, 0]
    return x_bar_dot
