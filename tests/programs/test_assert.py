"""Assertions, that hold, and that do not."""

import numpy as np
import pytest

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(X)
def on_a_shape(x):
    assert x.ndim == 1 and x.shape[0] == 3
    return x * x


@program(X)
def on_values(x):
    total = np.sum(x**2)
    assert total > 0.0, "the sum of squares is positive"
    return x / total


@program(X)
def on_values_with_a_formatted_message(x):
    for k in range(3):
        assert abs(x[k]) < 10.0, f"x[{k}] = {x[k]} is too large"
    return np.sin(x)


@program(X)
def on_all_elements(x):
    y = np.exp(x)
    assert np.all(np.isfinite(y))
    assert not np.any(y < 0.0)
    return y


@program(X)
def in_a_callee(x):
    def root(value):
        assert value >= 0.0
        return np.sqrt(value)

    return root(x[0]) * root(x[2] + x[0])


@program(X)
def between_writes(x):
    y = x * x
    y[0] = x[1] ** 2
    assert y[0] == x[1] ** 2
    y[1] = y[0] * x[0]
    return y


@pytest.mark.parametrize("transform", [srcad.grad, srcad.hessian, srcad.jacfwd])
def test_a_failing_assertion_is_raised_with_its_message(transform):
    def f(x):
        y = np.sum(x)
        assert y < 0.0, f"{len(x)} numbers"
        return y * y

    with pytest.raises(AssertionError, match="3 numbers"):
        transform(f)(X)
