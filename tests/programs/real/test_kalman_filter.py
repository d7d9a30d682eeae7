"""A Kalman filter: the log-likelihood of observations as a function of the parameters of the model."""

import numpy as np

from tests.programs.check import program

OBSERVATIONS = np.array([0.4, 0.9, 1.1, 1.9, 2.2])
PARAMETERS = {"damping": 0.9, "process": 0.2, "noise": 0.3}


def test_program(program, check):
    check(program)


def transition(damping, dt=0.5):
    F = np.eye(2)
    F[0, 1] = dt
    F[1, 1] = damping
    return F


def predicted(state, covariance, F, Q):
    return F @ state, F @ covariance @ F.T + Q


def updated(state, covariance, z, H, R):
    innovation = z - H @ state
    S = H @ covariance @ H.T + R
    K = covariance @ H.T @ np.linalg.inv(S)
    state = state + K @ innovation
    covariance = (np.eye(2) - K @ H) @ covariance
    log_likelihood = -0.5 * (innovation @ np.linalg.solve(S, innovation) + np.log(2.0 * np.pi * np.linalg.det(S)))
    return state, covariance, log_likelihood


@program(PARAMETERS)
def likelihood(parameters):
    F = transition(parameters["damping"])
    Q = np.zeros((2, 2))
    Q[0, 0] = 0.01
    Q[1, 1] = parameters["process"] ** 2
    H = np.array([[1.0, 0.0]])
    R = np.array([[parameters["noise"] ** 2]])
    state = np.zeros(2)
    covariance = np.eye(2)
    total = 0.0
    for z in OBSERVATIONS:
        state, covariance = predicted(state, covariance, F, Q)
        state, covariance, contribution = updated(state, covariance, np.atleast_1d(z), H, R)
        total += contribution
    return total


@program(PARAMETERS)
def filtered_means(parameters):
    F = transition(parameters["damping"])
    Q = parameters["process"] ** 2 * np.eye(2)
    H = np.array([[1.0, 0.0]])
    R = np.array([[parameters["noise"] ** 2]])
    state, covariance = np.zeros(2), np.eye(2)
    means = np.empty((len(OBSERVATIONS), 2))
    for k, z in enumerate(OBSERVATIONS):
        state, covariance = predicted(state, covariance, F, Q)
        state, covariance, _ = updated(state, covariance, np.array([z]), H, R)
        means[k] = state
    return means
