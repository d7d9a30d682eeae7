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

import numpy as np


def kalman_step_vjp(m, P, F, Q, H, R, y, m_bar, P_bar):
    # forward
    m2 = F @ m
    t = F @ P
    F_T = F.T
    P2 = t @ F_T + Q
    t2 = H @ P2
    H_T = H.T
    S = t2 @ H_T + R
    solution = np.linalg.solve(S, t2)
    K = solution.T
    t3 = y - H @ m2
    m3 = m2 + K @ t3
    t4 = K @ S
    P3 = P2 - t4 @ K.T

    # backward
    t5 = P_bar @ K  # P = P - K @ S @ K.T
    K_bar = -(P_bar.T @ t4)
    S_T = S.T
    K_bar -= t5 @ S_T
    S_bar = -(solution @ t5)
    y_bar = m_bar @ K  # m = m + K @ (y - H @ m)
    m_bar2 = m_bar - y_bar @ H
    t_bar = np.linalg.solve(S_T, (K_bar + m_bar[:, None] * t3).T)  # K = np.linalg.solve(S, H @ P).T
    S_bar -= t_bar @ K
    t_bar += S_bar @ H  # S = H @ P @ H.T + R
    H_bar = S_bar.T @ t2 - y_bar[:, None] * m2
    H_bar += t_bar @ P2.T
    P_bar = P_bar + H_T @ t_bar
    t_bar = P_bar @ F  # P = F @ P @ F.T + Q
    F_bar = P_bar.T @ t
    F_bar += t_bar @ P.T
    P_bar2 = F_T @ t_bar
    F_bar += m_bar2[:, None] * m  # m = F @ m
    m_bar = m_bar2 @ F
    return m3, P3, m_bar, P_bar2, F_bar, P_bar, H_bar, S_bar, y_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def kalman_step_jvp(m, P, F, Q, H, R, y, m_dot, P_dot, F_dot, Q_dot, H_dot, R_dot, y_dot):
    m_dot = F_dot @ m + F @ m_dot
    m = F @ m
    t = F @ P
    F_T = F.T
    P_dot = (F_dot @ P + F @ P_dot) @ F_T + t @ F_dot.T + Q_dot
    P = t @ F_T + Q
    t_dot = H_dot @ P + H @ P_dot
    t = H @ P
    H_T = H.T
    S_dot = t_dot @ H_T + t @ H_dot.T + R_dot
    S = t @ H_T + R
    solution = np.linalg.solve(S, t)
    K_dot = np.linalg.solve(S, t_dot - S_dot @ solution).T
    K = solution.T
    t = y - H @ m
    m_dot += K_dot @ t + K @ (y_dot - H_dot @ m - H @ m_dot)
    m = m + K @ t
    t = K @ S
    K_T = K.T
    P_dot = P_dot - (K_dot @ S + K @ S_dot) @ K_T - t @ K_dot.T
    P = P - t @ K_T
    return m, P, m_dot, P_dot
