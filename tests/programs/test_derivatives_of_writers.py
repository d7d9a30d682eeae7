"""Derivatives taken inside a program of functions that write into arrays of the program, which are read afterwards."""

import numpy as np

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
LOG = np.zeros(3)
COUNT = np.zeros(1)


def test_program(program, check):
    check(program)


def logged(x):
    LOG[1] += np.sum(x**2)
    LOG[2] = LOG[1] * x[0]
    return np.sum(x**3) * (1.0 + LOG[0])


@program(X)
def what_is_logged_is_read_afterwards(x):
    slope = srcad.grad(logged)(x)
    return slope * LOG


@program(X)
def log_written_before_and_after(x):
    LOG[0] = x[1]
    slope = srcad.grad(logged)(x)
    LOG[1:] *= x[0]
    return slope * LOG


@program(X)
def twice_in_a_row(x):
    first = srcad.grad(logged)(x)
    return first * srcad.grad(logged)(first) * LOG


@program(X, 3)
def descent_that_logs(x, steps):
    for k in range(steps):
        value, slope = srcad.value_and_grad(logged)(x)
        LOG[0] = 0.1 * value
        x = x - 0.01 * slope
    return x * LOG


@program(X)
def tangent_of_one_that_logs(x):
    value, dot = srcad.jvp(logged, (x,), (x * x,))
    return value * dot * LOG


@program(X)
def pullback_of_one_that_logs(x):
    value, pull = srcad.vjp(logged, x)
    LOG[0] = 2.0 * value
    (bar,) = pull(x[0])
    return bar * LOG


@program(X)
def linear_map_of_one_that_logs(x):
    value, push = srcad.linearize(logged, x)
    LOG[:] = LOG * value
    return push(x) * LOG


def scaled_into_the_log(x):
    LOG[:] = x * x[0]
    return LOG * x


@program(X)
def jacobians_of_one_that_logs(x):
    rows = srcad.jacrev(scaled_into_the_log)(x)
    LOG[0] += 1.0
    return rows @ LOG + srcad.jacfwd(scaled_into_the_log)(x * 2.0) @ LOG


def positive_ones_logged(x):
    LOG[:] = LOG + x**2
    return x[x > 0.0] * LOG[0]


@program(X)
def jacobian_of_unknown_shape(x):
    rows = srcad.jacrev(positive_ones_logged)(x)
    return np.sum(rows, axis=0) * LOG


@program(X, order=1)
def hessian_of_one_that_logs(x):
    return srcad.hessian(logged)(x) @ LOG + srcad.hvp(logged)(x, LOG * x) * LOG


@program(X)
def functional_face(x):
    value, bar = srcad.functional.vjp(scaled_into_the_log, x, LOG + x, create_graph=True)
    return value * bar * LOG + srcad.functional.jacobian(scaled_into_the_log, x, create_graph=True) @ LOG


@program(X, rest=(np.zeros(3),))
def buffer_that_is_passed(x, buffer):
    def into_the_buffer(y):
        buffer[:] += y * y
        return np.sum(buffer * y)

    slope = srcad.grad(into_the_buffer)(x)
    return slope * buffer


@program(X)
def buffer_made_here(x):
    buffer = np.zeros(3)

    def into_the_buffer(y):
        buffer[:] = buffer + y * y
        return np.sum(buffer * y)

    slope = srcad.grad(into_the_buffer)(x)
    view = buffer[1:]
    slope = slope * srcad.grad(into_the_buffer)(x * 0.5)
    return slope * buffer * view[0]


@program(X)
@program(-X, skip=("batch",))
def only_in_one_branch(x):
    slope = x
    if x[0] > 0.0:
        slope = srcad.grad(logged)(x)
    return slope * LOG


def slope_of_logged(x):
    COUNT[0] += 1.0
    return srcad.grad(logged)(x)


@program(X)
def in_a_callee(x):
    return slope_of_logged(x) * slope_of_logged(x * x) * LOG * COUNT


@program(X)
def of_a_derivative(x):
    slope = srcad.grad(lambda y: np.sum(slope_of_logged(y) * LOG))(x)
    return slope * LOG * COUNT


@program(X)
def argument_of_its_own_is_copied(x):
    def doubled(y):
        y[0] = y[1] * y[2]
        LOG[0] = y[0]
        return np.sum(y * y)

    return srcad.grad(doubled)(x) * x * LOG
