"""Exceptions, contexts and names that outlive the call: what programs of ``tests/programs`` do not show."""

import numpy as np
import pytest

import srcad
from tests.support import assert_locates, assert_same

X = np.array([1.0, 2.0, 3.0])
KEPT = None


def descend(x, depth):
    if depth == 0:
        raise ValueError("deep")
    return x * descend(x, depth - 1)


def test_an_exception_that_is_not_foreseen_is_refused_where_it_would_be_caught():
    def f(x, depth):
        try:
            y = descend(np.sum(x), depth) if depth < 5 else np.sum(x)
        except ValueError:
            y = 0.0
        return y

    gradient = srcad.grad(f)

    assert_same(np.ones(3), gradient(X, 6))
    with pytest.raises(srcad.DifferentiationError, match="which the program catches; that it may be was not foreseen") as info:
        gradient(X, 2)
    assert "remedy: " in str(info.value)
    assert isinstance(info.value.__cause__, ValueError)


def test_the_exception_that_leaves_a_finally_is_the_one_of_the_body():
    def f(x):
        try:
            raise KeyError("body")
        finally:
            np.sum(x)

    with pytest.raises(KeyError, match="body"):
        srcad.grad(f)(X)


def test_an_exception_of_an_exception_that_is_caught_has_its_cause():
    def f(x):
        try:
            raise KeyError("first")
        except KeyError as error:
            raise ValueError("second") from error

    with pytest.raises(ValueError, match="second") as info:
        srcad.grad(f)(X)

    assert isinstance(info.value.__cause__, KeyError)


def test_a_derivative_warns_no_more_than_the_statement_that_it_is_of():
    def f(x):
        with np.errstate(divide="ignore", invalid="ignore"):
            y = np.log(x)
        return np.sum(np.where(x > 0.0, y, 0.0))

    gradient = srcad.grad(f)(np.array([0.0, 2.0]))

    assert_same(np.array([0.0, 0.5]), gradient)
    assert 'with np.errstate(divide="ignore", invalid="ignore"):' in srcad.grad(f).source(X)


def test_a_derivative_raises_no_floating_point_error_that_the_function_does_not():
    def f(x):
        with np.errstate(all="raise"):
            y = np.sqrt(x)
        return np.sum(y)

    with pytest.warns(RuntimeWarning):
        gradient = srcad.grad(f)(np.array([0.0, 4.0]))

    assert np.isinf(gradient[0])
    assert 0.25 == gradient[1]


def test_an_array_that_a_global_holds_shows_what_is_written_into_it_afterwards():
    def f(x):
        global KEPT
        y = 2.0 * x
        KEPT = y
        y[0] = 0.0
        return np.sum(y)

    gradient = srcad.grad(f)(X)

    assert_same(np.array([0.0, 2.0, 2.0]), gradient)
    assert_same(np.array([0.0, 4.0, 6.0]), KEPT)


def test_rows_that_write_to_a_global_are_refused():
    def f(x):
        global KEPT
        KEPT = np.sum(x)
        return x

    with pytest.raises(srcad.DifferentiationError, match="row to row"):
        srcad.vmap(f)(np.ones((2, 3)))


def test_a_nonlocal_variable_of_a_function_that_is_differentiated_is_refused():
    def f(x):
        count = 0.0

        def inner(y):
            nonlocal count
            count = count + 1.0
            return np.sum(y)

        return np.sum(srcad.grad(inner)(x)) * count

    with pytest.raises(srcad.DifferentiationError, match="nonlocal variable count") as info:
        srcad.grad(f)(X)

    assert_locates(info.value, f, "count = count + 1.0")
