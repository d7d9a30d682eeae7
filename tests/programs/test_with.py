"""``with`` statements: NumPy's error states, context managers of one's own, with and without ``as``."""

import contextlib
import warnings

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
EVENTS = []


def test_program(program, check):
    check(program)


@program(X)
def errstate(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.where(x > 0.0, np.log(np.abs(x)), x * x)
    return y * x


@program(X)
def warnings_caught(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = np.sin(x)
    return y * x


class Timer:
    def __enter__(self):
        EVENTS.append("enter")
        return self

    def __exit__(self, *error):
        EVENTS.append("exit")
        return False

    factor = 2.0


@program(X)
def class_with_enter_and_exit(x):
    with Timer() as timer:
        y = x * x * timer.factor
    return y + x


@program(X)
def return_inside(x):
    with Timer():
        return x * x


@contextlib.contextmanager
def scaled(value):
    EVENTS.append("begin")
    yield value * 2.0
    EVENTS.append("end")


@program(X)
def generator_as_manager_yields_a_value(x):
    with scaled(x[0]) as factor:
        y = x * factor
    return y * y


@program(X)
def two_managers(x):
    with Timer() as timer, scaled(x) as y:
        z = y * timer.factor
    return z * x


@program(X)
def in_a_loop_with_a_break(x):
    total = 0.0
    for value in x:
        with Timer():
            total = total + value**2
            if total > 1.0:
                break
    return total * x


@program(X)
def nullcontext_and_suppress(x):
    with contextlib.nullcontext(x * x) as y, contextlib.suppress(ValueError):
        y = y * x
    return y


@program(X)
def suppressed_exception(x):
    y = x
    with contextlib.suppress(ZeroDivisionError):
        y = y * x
        y = y * (1 // (len(x) - 3))
    return y


@program(X)
def print_options(x):
    with np.printoptions(precision=2):
        print(x)
    return x**2


@program(X)
def write_inside(x):
    y = np.zeros(3)
    with Timer():
        y[:2] = x[1:] ** 2
    y[2] = y[0]
    return y * x
