"""A loop over whole arrays."""

import numpy as np


def power_iteration(A, v, steps):
    for _ in range(steps):
        v = A @ v
        v = v / np.linalg.norm(v)
    return v @ A @ v


EXAMPLE = (np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([1.0, 0.3]), 4)
ARGNUMS = 0


# ---- value_and_grad ------------------------------------------------------------------------------

import numpy as np


def power_iteration_value_and_grad(A, v, steps):
    # forward
    vs = []
    vs2 = []
    norm_vs = []
    vs3 = []
    for _ in range(steps):
        vs.append(v)
        v = A @ v
        vs2.append(v)
        norm_v = np.linalg.norm(v)
        norm_vs.append(norm_v)
        v = v / norm_v
        vs3.append(v)
    v_bar = v @ A
    y = v_bar @ v

    # backward
    v_bar += A @ v  # return v @ A @ v
    A_bar = v * v[:, None]
    for k in range(steps - 1, -1, -1):  # for _ in range(steps)
        norm_v = norm_vs[k]
        v_bar2 = v_bar / norm_v  # v = v / np.linalg.norm(v)
        v_bar2 -= np.sum(v_bar * (vs3[k] / norm_v)) / np.where(norm_v == 0.0, np.inf, norm_v) * vs2[k]
        A_bar += v_bar2[:, None] * vs[k]  # v = A @ v
        v_bar = v_bar2 @ A
    return y, A_bar


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def power_iteration_hvp(A, v, steps, A_dot):
    v_dot = np.zeros(v.shape, v.dtype)
    vs = []
    vs_dot = []
    vs_dot2 = []
    vs2 = []
    norm_vs = []
    norm_vs_dot = []
    vs3 = []
    vs_dot3 = []
    for _ in range(steps):
        vs.append(v)
        vs_dot.append(v_dot)
        v_dot = A_dot @ v + A @ v_dot
        vs_dot2.append(v_dot)
        v = A @ v
        vs2.append(v)
        norm_v = np.linalg.norm(v)
        norm_vs.append(norm_v)
        norm_v_dot = np.sum(v * v_dot) / np.where(norm_v == 0.0, np.inf, norm_v)
        norm_vs_dot.append(norm_v_dot)
        v = v / norm_v
        vs3.append(v)
        v_dot = v_dot / norm_v - norm_v_dot * (v / norm_v)
        vs_dot3.append(v_dot)
    v_bar_dot = v_dot @ A + v @ A_dot + (A_dot @ v + A @ v_dot)
    v_bar = v @ A + A @ v
    A_bar_dot = v_dot * v[:, None] + v_dot[:, None] * v
    for k in range(steps - 1, -1, -1):
        norm_v = norm_vs[k]
        v2 = vs2[k]
        t = norm_vs_dot[k]
        v_bar2 = v_bar / norm_v
        v_bar_dot2 = v_bar_dot / norm_v - t * (v_bar2 / norm_v)
        t2 = vs3[k] / norm_v
        condition = norm_v == 0.0
        selected = np.where(condition, np.inf, norm_v)
        t3 = np.sum(v_bar * t2) / selected
        v_bar_dot = (
            (
                np.where(condition, 0.0, t) * (t3 / selected)
                - np.sum(v_bar_dot * t2 + (vs_dot3[k] / norm_v - t * (t2 / norm_v)) * v_bar) / selected
            )
            * v2
            - t3 * vs_dot2[k]
        )
        v_bar_dot2 += v_bar_dot
        v_bar2 -= t3 * v2
        A_bar_dot += v_bar_dot2[:, None] * vs[k] + vs_dot[k] * v_bar2[:, None]
        v_bar_dot = v_bar_dot2 @ A + v_bar2 @ A_dot
        v_bar = v_bar2 @ A
    return A_bar_dot
