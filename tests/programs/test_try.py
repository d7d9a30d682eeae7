"""``try``: nothing raised, raised halfway, else, finally, return inside, raised in a callee, raised again."""

import numpy as np
import pytest

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
EVENTS = []


def test_program(program, check):
    check(program)


@program(X)
def nothing_raised(x):
    try:
        y = x * x
    except ValueError:
        y = x
    return y * x


def positive(x):
    if np.any(x < 0.0):
        raise ValueError("negative")
    return np.sqrt(x)


@program(X)
@program(X**2)
def raised_in_a_callee(x):
    try:
        y = positive(x)
    except ValueError:
        y = x * x
    return y * x


@program(X)
@program(X**2)
def raised_halfway(x):
    y = x * 2.0
    try:
        y = y * x
        y = y + positive(x)
        y = y * 3.0
    except ValueError:
        y = y * x
    return y


@program(X)
@program(X**2)
def written_halfway(x):
    y = x * 2.0
    try:
        y[0] = x[1] ** 2
        y[1:] = positive(x[1:])
        y[2] = 5.0
    except ValueError:
        y[2] = y[0] * x[0]
    return y * x


@program(X)
@program(X**2)
def else_and_finally(x):
    try:
        y = positive(x)
    except ValueError:
        y = x
    else:
        y = y * x
    finally:
        EVENTS.append("done")
    return y * y


@program(X)
@program(X**2)
def return_inside_with_finally(x):
    try:
        return positive(x)
    except ValueError as error:
        EVENTS.append(str(error))
        return x**3
    finally:
        EVENTS.append("left")


@program(X)
def finally_without_except(x):
    y = x
    try:
        y = y * x
    finally:
        y = y + 1.0
    return y


@program(X)
def missing_key(x):
    table = {"a": x[0]}
    try:
        y = table["b"]
    except KeyError:
        y = table["a"] * x[1]
    return y * x


@program(X)
def index_out_of_range(x):
    total = 0.0
    k = 0
    while True:
        try:
            total = total + x[k] ** 2
        except IndexError:
            break
        k += 1
    return total


@program(X)
def first_that_works(x):
    for power in (0.5, 2.0, 3.0):
        try:
            if power < 1.0:
                raise ArithmeticError(f"power {power}")
            y = x**power
            break
        except (ArithmeticError, TypeError):
            continue
    return y


class Converged(Exception):
    def __init__(self, value):
        self.value = value


@program(2.0)
def value_carried_by_an_exception(a):
    def iterated(y):
        for _ in range(20):
            z = 0.5 * (y + a / y)
            if abs(z - y) < 0.1:
                raise Converged(z)
            y = z

    try:
        iterated(1.0)
    except Converged as stop:
        y = stop.value
    return y * a


@program(X)
def raised_again_and_caught_outside(x):
    try:
        try:
            y = positive(x)
        except ValueError as error:
            raise RuntimeError("again") from error
    except RuntimeError:
        y = np.sin(x)
    return y


@program(X)
def nested_tries(x):
    y = x
    try:
        y = y * 2.0
        try:
            y = y * positive(x)
        except KeyError:
            y = y * 100.0
    except ValueError:
        y = y + x * x
    return y


@program(X)
def singular_matrix(x):
    m = np.outer(x, x)
    m = np.zeros((3, 3)) * m
    try:
        y = np.linalg.solve(m, x)
    except np.linalg.LinAlgError:
        y = np.linalg.solve(m + np.diag(1.0 + x**2), x)
    return y


@pytest.mark.parametrize("transform", [srcad.grad, srcad.hessian, srcad.jacfwd])
def test_effects_before_an_exception_stay(transform):
    log = []

    def f(x):
        y = np.sum(x * x)
        log.append("seen")
        if y > 0.0:
            raise ArithmeticError("stop")
        return y

    with pytest.raises(ArithmeticError, match="stop"):
        transform(f)(X)
    assert log == ["seen"]
