"""Gaussian log likelihood: solve and slogdet, whose matrix is factored once in each sweep."""

import numpy as np


def log_likelihood(mean, cov, x):
    r = x - mean
    _, logdet = np.linalg.slogdet(cov)
    return -0.5 * (np.sum(r * np.linalg.solve(cov, r.T).T) + len(x) * (logdet + len(mean) * np.log(2 * np.pi)))


EXAMPLE = (
    np.array([0.3, -0.2]),
    np.array([[2.0, 0.3], [0.3, 1.0]]),
    np.array([[0.5, 1.0], [-0.7, 0.2], [1.1, -0.4]]),
)


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np


def log_likelihood_vjp(mean, cov, x, y_bar):
    # forward
    r = x - mean
    _, logdet = np.linalg.slogdet(cov)
    solution_T = np.linalg.solve(cov, r.T).T
    y = -0.5 * (np.sum(r * solution_T) + len(x) * (logdet + len(mean) * np.log(2 * np.pi)))

    # backward
    t_bar = -0.5 * y_bar
    r_bar = t_bar * solution_T
    r_T_bar = t_bar * np.linalg.solve(cov.T, r.T)
    r_bar += r_T_bar.T
    cov_bar = t_bar * len(x) * np.linalg.inv(cov).T - r_T_bar @ solution_T
    mean_bar = -np.sum(r_bar, axis=0)  # r = x - mean
    return y, mean_bar, cov_bar, r_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def log_likelihood_jvp(mean, cov, x, mean_dot, cov_dot, x_dot):
    r_dot = x_dot - mean_dot
    r = x - mean
    logdet_dot = np.sum(np.linalg.inv(cov).T * cov_dot, axis=(-2, -1))
    _, logdet = np.linalg.slogdet(cov)
    solution = np.linalg.solve(cov, r.T)
    solution_T = solution.T
    return (
        -0.5 * (np.sum(r * solution_T) + len(x) * (logdet + len(mean) * np.log(2 * np.pi))),
        -0.5
        * (
            np.sum(r_dot * solution_T + np.linalg.solve(cov, r_dot.T - cov_dot @ solution).T * r)
            + logdet_dot * len(x)
        ),
    )


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def log_likelihood_hvp(mean, cov, x, mean_dot, cov_dot, x_dot):
    r_dot = x_dot - mean_dot
    r = x - mean
    solution = np.linalg.solve(cov, r.T)
    solution_T_dot = np.linalg.solve(cov, r_dot.T - cov_dot @ solution).T
    cov_T = cov.T
    r_T_bar = -0.5 * np.linalg.solve(cov_T, r.T)
    r_T_bar_dot = np.linalg.solve(cov_T, -0.5 * r_dot.T - cov_dot.T @ r_T_bar)
    r_bar_dot = r_T_bar_dot.T - 0.5 * solution_T_dot
    inv_cov = np.linalg.inv(cov)
    cov_bar_dot = (
        0.5 * len(x) * (inv_cov @ cov_dot @ inv_cov).T - r_T_bar_dot @ solution.T - r_T_bar @ solution_T_dot
    )
    mean_bar_dot = -np.sum(r_bar_dot, axis=0)
    return mean_bar_dot, cov_bar_dot, r_bar_dot
