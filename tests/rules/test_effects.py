"""Effects happen once for each call of a derivative, in the order in which the function has them."""

import warnings

import numpy as np
import pytest

import srcad

X = np.array([0.3, -1.2, 2.1])
GENERATOR = np.random.default_rng(0)


def printing(x):
    print("first")
    y = x * x
    print("second")
    return np.sum(y)


def warning(x):
    warnings.warn("beware", UserWarning, stacklevel=1)
    return np.sum(x * x)


def drawing(x):
    a = np.random.normal(size=3)
    b = np.random.rand(3)
    np.random.rand()
    return np.sum((a + x) * (b - x))


def drawing_by_a_generator(x):
    a = GENERATOR.normal(size=3)
    for _ in range(2):
        a = a + GENERATOR.uniform(0.0, 1.0, 3) * x
    return np.sum(a * x)


DERIVATIVES = {
    "grad": lambda f: srcad.grad(f)(X),
    "jvp": lambda f: srcad.jvp(f, (X,), (np.ones(3),)),
    "vjp": lambda f: srcad.vjp(f, X)[1](np.array(1.0)),
    "hvp": lambda f: srcad.hvp(f)(X, np.ones(3)),
    "hessian": lambda f: srcad.hessian(f)(X),
    "jacfwd": lambda f: srcad.jacfwd(f)(X),
}


@pytest.mark.parametrize("derivative", DERIVATIVES.values(), ids=DERIVATIVES)
def test_prints_come_once_and_in_order(derivative, capsys):
    derivative(printing)

    assert capsys.readouterr().out == "first\nsecond\n"


@pytest.mark.parametrize("derivative", DERIVATIVES.values(), ids=DERIVATIVES)
def test_a_warning_comes_once(derivative):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        derivative(warning)

    assert [str(w.message) for w in found] == ["beware"]


@pytest.mark.parametrize("derivative", DERIVATIVES.values(), ids=DERIVATIVES)
def test_draws_are_those_of_the_function(derivative):
    np.random.seed(3)
    drawing(X)
    after = np.random.rand()

    np.random.seed(3)
    derivative(drawing)

    assert np.random.rand() == after


def test_the_gradient_is_that_of_the_draws_made():
    np.random.seed(5)
    gradient = srcad.grad(drawing)(X)

    np.random.seed(5)
    a, b = np.random.normal(size=3), np.random.rand(3)
    np.testing.assert_allclose(gradient, b - a - 2.0 * X)


@pytest.mark.parametrize("derivative", DERIVATIVES.values(), ids=DERIVATIVES)
def test_draws_of_a_generator_are_those_of_the_function(derivative):
    state = GENERATOR.bit_generator.state
    drawing_by_a_generator(X)
    after = GENERATOR.random()

    GENERATOR.bit_generator.state = state
    derivative(drawing_by_a_generator)

    assert GENERATOR.random() == after
