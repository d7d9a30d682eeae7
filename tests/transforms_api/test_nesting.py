"""The transforms of one another, in every order."""

import numpy as np
import pytest

import srcad
from srcad import functional
from tests.support import assert_same

X = np.array([1.0, 2.0, 3.0])
V = np.array([2.0, -1.0, 0.5])

either_jacobian = [srcad.jacfwd, srcad.jacrev]


def name(f):
    return f.__name__


def fourths(x):
    return np.sum(x**4)


def cubes(x):
    return x**3


def mixed(x):
    """A function of which all derivatives couple all elements."""
    return np.exp(0.1 * np.sum(x)) * np.sum(x**2)


def mixed_gradient(x):
    e = np.exp(0.1 * np.sum(x))
    return e * (0.1 * np.sum(x**2) + 2 * x)


def mixed_hessian(x):
    e, s, one = np.exp(0.1 * np.sum(x)), np.sum(x**2), np.ones(len(x))
    return e * (
        0.01 * s * np.outer(one, one) + 0.2 * (np.outer(one, x) + np.outer(x, one)) + 2 * np.eye(len(x))
    )


def mixed_third(x):
    """The third derivative: e times 0.001 s, 0.02 x_i in each place, and 0.2 where two places agree."""
    e, s, n = np.exp(0.1 * np.sum(x)), np.sum(x**2), len(x)
    one, eye = np.ones(n), np.eye(n)
    ones = np.ones((n, n, n))
    linear = np.einsum("i,j,k->ijk", x, one, one)
    pairs = np.einsum("ij,k->ijk", eye, one)
    turned = [(0, 1, 2), (1, 0, 2), (2, 1, 0)]
    third = 0.001 * s * ones + 0.02 * sum(np.transpose(linear, t) for t in turned)
    return e * (third + 0.2 * sum(np.transpose(pairs, t) for t in [(0, 1, 2), (0, 2, 1), (2, 0, 1)]))


@pytest.mark.parametrize("outer", either_jacobian, ids=name)
@pytest.mark.parametrize("inner", either_jacobian, ids=name)
def test_jacobian_of_a_jacobian(outer, inner):
    assert_same(mixed_hessian(X), outer(inner(mixed))(X))


@pytest.mark.parametrize("outer", either_jacobian, ids=name)
def test_jacobian_of_a_gradient(outer):
    assert_same(mixed_hessian(X), outer(srcad.grad(mixed))(X))


@pytest.mark.parametrize("first", either_jacobian, ids=name)
@pytest.mark.parametrize("second", either_jacobian, ids=name)
@pytest.mark.parametrize("third", either_jacobian, ids=name)
def test_three_jacobians(first, second, third):
    assert_same(mixed_third(X), third(second(first(mixed)))(X))


@pytest.mark.parametrize("outer", either_jacobian, ids=name)
def test_jacobian_of_a_hessian(outer):
    assert_same(mixed_third(X), outer(srcad.hessian(mixed))(X))


def test_hessian_of_a_gradient():
    assert_same(mixed_third(X), srcad.hessian(srcad.grad(mixed))(X))


def test_hessian_of_a_hessian():
    expected = np.zeros((3, 3, 3, 3))
    for i in range(3):
        expected[i, i, i, i] = 24.0

    assert_same(expected, srcad.hessian(srcad.hessian(fourths))(X))


def test_gradient_of_a_hessian():
    assert_same(24 * X, srcad.grad(lambda x: np.sum(srcad.hessian(fourths)(x)))(X))


def test_gradient_of_a_jacobian():
    for jacobian in either_jacobian:
        assert_same(6 * X, srcad.grad(lambda x: np.sum(jacobian(cubes)(x)))(X))


def test_gradient_of_an_hvp():
    assert_same(24 * X * V, srcad.grad(lambda x: np.sum(srcad.hvp(fourths)(x, V)))(X))


def test_hvp_of_a_gradient_norm():
    def gradient_norm(x):
        return np.sum(srcad.grad(fourths)(x) ** 2)

    # Σ 16 x⁶
    assert_same(480 * X**4 * V, srcad.hvp(gradient_norm)(X, V))


def test_tangent_of_a_gradient():
    _, tangent = srcad.jvp(srcad.grad(mixed), (X,), (V,))

    assert_same(mixed_hessian(X) @ V, tangent)


def test_tangent_of_a_hessian():
    _, tangent = srcad.jvp(srcad.hessian(mixed), (X,), (V,))

    assert_same(mixed_third(X) @ V, tangent)


def test_pullback_of_a_gradient():
    _, pullback = srcad.vjp(srcad.grad(mixed), X)

    assert_same((mixed_hessian(X) @ V,), pullback(V))


def test_pullback_of_a_hessian():
    _, pullback = srcad.vjp(srcad.hessian(mixed), X)

    assert_same((np.einsum("ijk,ij->k", mixed_third(X), np.outer(V, V)),), pullback(np.outer(V, V)))


def test_linearization_of_a_gradient():
    output, pushforward = srcad.linearize(srcad.grad(mixed), X)

    assert_same(mixed_gradient(X), output)
    assert_same(mixed_hessian(X) @ V, pushforward(V))


def test_value_and_gradient_of_a_value_and_gradient():
    inner = srcad.value_and_grad(fourths)
    value, slope = srcad.value_and_grad(lambda x: np.sum(inner(x)[1]))(X)

    assert_same(np.sum(4 * X**3), value)
    assert_same(12 * X**2, slope)


def test_batch_of_gradients():
    batch = np.stack([X, V])

    assert_same(4 * batch**3, srcad.vmap(srcad.grad(fourths))(batch))


def test_batch_of_hessians():
    batch = np.stack([X, V])

    assert_same(np.stack([mixed_hessian(X), mixed_hessian(V)]), srcad.vmap(srcad.hessian(mixed))(batch))


@pytest.mark.parametrize("jacobian", either_jacobian, ids=name)
def test_batch_of_jacobians(jacobian):
    batch = np.stack([X, V])

    assert_same(np.stack([np.diag(3 * X**2), np.diag(3 * V**2)]), srcad.vmap(jacobian(cubes))(batch))


def test_batch_of_hvps():
    batch = np.stack([X, V])
    vectors = np.stack([V, X])

    assert_same(12 * batch**2 * vectors, srcad.vmap(srcad.hvp(fourths))(batch, vectors))


def test_gradient_of_a_batch():
    def f(x):
        return np.sum(srcad.vmap(lambda t: t**3)(x))

    assert_same(3 * X**2, srcad.grad(f)(X))


def test_jacobian_of_a_batch():
    for jacobian in either_jacobian:
        assert_same(np.diag(3 * X**2), jacobian(srcad.vmap(lambda t: t**3))(X))


def test_hessian_of_a_batch():
    assert_same(np.diag(6 * X), srcad.hessian(lambda x: np.sum(srcad.vmap(lambda t: t**3)(x)))(X))


def test_batch_of_gradients_of_a_batch():
    inner = srcad.vmap(lambda t, scale: scale * t**3, in_dims=(0, None))
    f = srcad.grad(lambda x, scale: np.sum(inner(x, scale)))
    batch = np.stack([X, V])
    scales = np.array([2.0, -1.0])

    assert_same(3 * scales[:, None] * batch**2, srcad.vmap(f)(batch, scales))


def test_batched_pullback():
    _, pullback = srcad.vjp(cubes, X)

    (rows,) = srcad.vmap(pullback)(np.eye(3))

    assert_same(np.diag(3 * X**2), rows)


def test_batched_pushforward():
    _, pushforward = srcad.linearize(cubes, X)

    assert_same(np.diag(3 * X**2), srcad.vmap(pushforward)(np.eye(3)))


@pytest.mark.parametrize("outer", [srcad.grad, *either_jacobian], ids=name)
def test_functional_inside_a_transform(outer):
    def f(x):
        return np.sum(functional.vjp(fourths, x, create_graph=True)[1] ** 2)

    # Σ 16 x⁶
    assert_same(96 * X**5, outer(f)(X))


def test_transform_inside_functional():
    assert_same(mixed_hessian(X), functional.jacobian(srcad.grad(mixed), X))
    assert_same(mixed_hessian(X) @ V, functional.jvp(srcad.grad(mixed), X, V)[1])
    assert_same(mixed_third(X), functional.jacobian(srcad.hessian(mixed), X, strategy="forward-mode"))


def test_no_perturbation_confusion():
    assert_same(np.float64(1.0), srcad.grad(lambda a: a * srcad.grad(lambda b: a + b)(2.0))(2.0))


@pytest.mark.parametrize("outer", [srcad.grad, *either_jacobian], ids=name)
@pytest.mark.parametrize("inner", [srcad.grad, *either_jacobian], ids=name)
def test_no_perturbation_confusion_in_any_mode(outer, inner):
    # d/da (a d/db (a b²) at b = a) = d/da 2 a³
    assert_same(np.float64(24.0), outer(lambda a: a * inner(lambda b: a * b**2)(a))(2.0))


def test_nested_derivatives_of_a_decorated_function():
    @srcad.differentiate
    def f(x):
        return np.sum(x**4)

    assert_same(np.diag(12 * X**2), srcad.jacfwd(f.grad)(X))
    assert_same(24 * X, srcad.grad(lambda x: np.sum(f.hessian(x)))(X))
