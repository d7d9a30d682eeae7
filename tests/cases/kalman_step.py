"""A step of a Kalman filter: several results, each with a cotangent of its own."""

import numpy as np


def kalman_step(m, P, F, Q, H, R, y):
    m = F @ m
    P = F @ P @ F.T + Q
    S = H @ P @ H.T + R
    K = np.linalg.solve(S, H @ P).T
    m = m + K @ (y - H @ m)
    P = P - K @ S @ K.T
    return m, P


EXAMPLE = (
    np.array([0.5, -0.1]),
    np.array([[1.0, 0.2], [0.2, 0.5]]),
    np.array([[1.0, 0.1], [0.0, 1.0]]),
    0.01 * np.eye(2),
    np.array([[1.0, 0.0]]),
    np.array([[0.1]]),
    np.array([0.7]),
)


# ---- vjp -----------------------------------------------------------------------------------------


# ---- jvp -----------------------------------------------------------------------------------------
