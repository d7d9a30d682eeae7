"""Strings, None, bools and types that select what a function does; dispatch on ``isinstance`` and ``ndim``."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3]])


def test_program(program, check):
    check(program)


@program(X, "sum")
@program(X, "mean")
@program(X, "none")
def string_option(x, reduction):
    loss = (x - 1.0) ** 2
    if reduction == "sum":
        return np.sum(loss)
    elif reduction == "mean":
        return np.mean(loss)
    return loss


@program(X)
def string_default(x, mode="sine"):
    if mode == "sine":
        return np.sin(x)
    raise ValueError(f"unknown mode {mode}")


def activated(x, kind="tanh", slope=None):
    if slope is None:
        slope = 1.0
    if kind == "tanh":
        return np.tanh(slope * x)
    return x * slope


@program(X)
def options_of_a_callee(x):
    return activated(x) * activated(x, "linear") + activated(x, slope=0.5) + activated(x, kind="linear", slope=x[0])


@program(X, None)
@program(X, 1)
def none_option(x, axis):
    if axis is None:
        return np.sum(x**2)
    return x**2 * axis


@program(X, True)
@program(X, False)
def bool_option(x, keep):
    return x * x if keep else np.sum(x * x)


@program(X, True, False)
@program(X, False, True)
def two_bool_options(x, first, second):
    if first:
        x = np.sin(x)
    if not second:
        x = x * x
    return x


@program(X)
@program(A)
def dispatch_on_ndim(x):
    if x.ndim == 1:
        return np.sum(x**2)
    return np.sum(x[0] * x[1])


@program(X)
@program(0.5)
def dispatch_on_isinstance(x):
    if isinstance(x, float):
        return x**3
    if isinstance(x, np.ndarray):
        return np.sum(x**2)
    return x


@program(X)
@program((X, 0.5))
def dispatch_on_a_tuple(x):
    if isinstance(x, tuple):
        return x[0] * x[1]
    return x * x


@program(X, "np.sin")
@program(X, "np.cos")
def table_of_functions(x, name):
    table = {"np.sin": np.sin, "np.cos": np.cos}
    return table[name](x) * x


@program(A, 0)
@program(A, 1)
@program(A, -1)
def axis_option(a, axis):
    return np.sum(a**2, axis=axis)


@program(A, (0, 1))
def tuple_option(a, axes):
    return np.sum(np.transpose(a, axes) ** 2, axis=axes)


@program(X)
def formatted_text(x):
    label = f"{1 + 1:d} parts"
    if label == "2 parts":
        return x * x
    return x


@program(X, "abc")
def characters(x, text):
    for letter in text:
        if letter == "b":
            x = x * x
        else:
            x = x + 0.1
    return x


@program(X)
def callable_option(x, function=np.tanh):
    return function(x) * x


@program(X, float)
def type_option(x, dtype):
    return x.astype(dtype) ** 2
