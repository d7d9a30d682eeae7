"""np.linalg.solve: the adjoint solves with the transposed matrix."""

import numpy as np


def compliance(k, load):
    K = np.diag(k) + 0.1 * np.outer(k, k)
    return load @ np.linalg.solve(K, load)


EXAMPLE = (np.array([2.0, 1.5, 3.0]), np.array([1.0, -0.5, 0.7]))


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def compliance_vjp(k, load, y_bar):
    # forward
    K = np.diag(k) + 0.1 * np.outer(k, k)
    solution = np.linalg.solve(K, load)
    y = load @ solution

    # backward
    load_bar = y_bar * solution  # return load @ np.linalg.solve(K, load)
    solution2 = y_bar * np.linalg.solve(K.T, load)
    load_bar += solution2
    t = solution2[:, None] * solution
    outer_k_bar = -0.1 * t  # K = np.diag(k) + 0.1 * np.outer(k, k)
    k_bar = outer_k_bar @ k
    k_bar += k @ outer_k_bar
    k_bar -= np.diag(t)
    return y, k_bar, load_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def compliance_jvp(k, load, k_dot, load_dot):
    K_dot = np.diag(k_dot) + 0.1 * (np.outer(k_dot, k) + np.outer(k, k_dot))
    K = np.diag(k) + 0.1 * np.outer(k, k)
    solution = np.linalg.solve(K, load)
    return load @ solution, load_dot @ solution + load @ np.linalg.solve(K, load_dot - K_dot @ solution)


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def compliance_hvp(k, load, k_dot, load_dot):
    K_dot = np.diag(k_dot) + 0.1 * (np.outer(k_dot, k) + np.outer(k, k_dot))
    K = np.diag(k) + 0.1 * np.outer(k, k)
    solution = np.linalg.solve(K, load)
    solution_dot = np.linalg.solve(K, load_dot - K_dot @ solution)
    K_T = K.T
    solution2 = np.linalg.solve(K_T, load)
    solution_dot2 = np.linalg.solve(K_T, load_dot - K_dot.T @ solution2)
    load_bar_dot = solution_dot + solution_dot2
    solution_column = solution2[:, None]
    t_dot = solution_dot2[:, None] * solution + solution_dot * solution_column
    outer_k_bar_dot = -0.1 * t_dot
    outer_k_bar = -0.1 * solution_column * solution
    k_bar_dot = outer_k_bar_dot @ k + outer_k_bar @ k_dot
    k_bar_dot += k_dot @ outer_k_bar + k @ outer_k_bar_dot
    k_bar_dot -= np.diag(t_dot)
    return k_bar_dot, load_bar_dot
