"""create_graph: derivatives inside a differentiated function, kept differentiable or detached."""

import warnings

import numpy as np
import pytest

import srcad
from srcad import functional
from tests.support import assert_same

X = np.array([1.0, 2.0, 3.0])
V = np.array([2.0, 0.5, -1.0])


def cubes(x):
    return np.sum(x**3)


# How to differentiate a scalar function of one array: the outer half of a nest ------------------------------

OUTER = {
    "vjp": lambda f, x: functional.vjp(f, x)[1],
    "vjp-create_graph": lambda f, x: functional.vjp(f, x, create_graph=True)[1],
    "jvp": lambda f, x: np.stack([functional.jvp(f, x, e)[1] for e in np.eye(len(x))]),
    "jacobian": lambda f, x: functional.jacobian(f, x),
    "jacobian-vectorized": lambda f, x: functional.jacobian(f, x, vectorize=True),
    "jacobian-forward": lambda f, x: functional.jacobian(f, x, strategy="forward-mode"),
    "jacobian-forward-vectorized": lambda f, x: functional.jacobian(
        f, x, strategy="forward-mode", vectorize=True
    ),
    "grad": lambda f, x: srcad.grad(f)(x),
    "jacfwd": lambda f, x: srcad.jacfwd(f)(x),
    "jacrev": lambda f, x: srcad.jacrev(f)(x),
    "linearize": lambda f, x: np.stack([srcad.linearize(f, x)[1](e) for e in np.eye(len(x))]),
}
every_outer = pytest.mark.parametrize("derivative", OUTER.values(), ids=OUTER.keys())

# One for each way that the derivative of a derivative comes about.
MODES = ["vjp", "jvp", "jacobian-forward-vectorized"]
every_mode = pytest.mark.parametrize("derivative", [OUTER[name] for name in MODES], ids=MODES)


# Inner derivatives, differentiable --------------------------------------------------------------------------


def inner_vjp(x):
    return np.sum(functional.vjp(cubes, x, create_graph=True)[1])


def inner_jvp(x):
    return functional.jvp(cubes, x, V, create_graph=True)[1]


def inner_vhp(x):
    return np.sum(functional.vhp(cubes, x, V, create_graph=True)[1])


def inner_hvp(x):
    return np.sum(functional.hvp(cubes, x, V, create_graph=True)[1])


def inner_jacobian(x):
    return np.sum(functional.jacobian(lambda y: y**3, x, create_graph=True))


def inner_jacobian_vectorized(x):
    return np.sum(functional.jacobian(lambda y: y**3, x, create_graph=True, vectorize=True))


def inner_hessian(x):
    return np.sum(functional.hessian(cubes, x, create_graph=True))


def inner_hessian_vectorized(x):
    return np.sum(functional.hessian(cubes, x, create_graph=True, vectorize=True))


INNER = [
    (inner_vjp, 6 * X),
    (inner_jvp, 6 * X * V),
    (inner_vhp, 6 * V),
    (inner_hvp, 6 * V),
    (inner_jacobian, 6 * X),
    (inner_jacobian_vectorized, 6 * X),
    (inner_hessian, np.full(3, 6.0)),
    (inner_hessian_vectorized, np.full(3, 6.0)),
]


@every_mode
@pytest.mark.parametrize("f, expected", INNER, ids=[f.__name__ for f, _ in INNER])
def test_inner_derivative_is_differentiable(derivative, f, expected):
    assert_same(expected, derivative(f, X))


@pytest.mark.parametrize("f, expected", INNER[:3], ids=[f.__name__ for f, _ in INNER[:3]])
def test_inner_derivative_has_a_hessian(f, expected):
    second = {"inner_vjp": 6 * np.eye(3), "inner_jvp": 6 * np.diag(V), "inner_vhp": np.zeros((3, 3))}

    assert_same(second[f.__name__], functional.hessian(f, X))
    assert_same(second[f.__name__] @ V, functional.hvp(f, X, V)[1])
    assert_same(second[f.__name__] @ V, functional.vhp(f, X, V)[1])


@every_outer
def test_closure_use_and_input_use_both_count(derivative):
    def outer(a):
        return np.sum(functional.vjp(lambda b: np.sum(a * b**2), a, create_graph=True)[1])

    assert_same(4 * X, derivative(outer, X))


@every_mode
def test_closure_use_alone_counts(derivative):
    def outer(a):
        return np.sum(functional.vjp(lambda b: np.sum(a**2 * b**2), V, create_graph=True)[1])

    assert_same(4 * X * V, derivative(outer, X))


@every_mode
def test_closure_use_counts_in_an_inner_jvp(derivative):
    def outer(a):
        return functional.jvp(lambda b: np.sum(a * b**2), a, V, create_graph=True)[1]

    assert_same(4 * X * V, derivative(outer, X))


@every_mode
def test_closure_use_counts_in_an_inner_hessian(derivative):
    def outer(a):
        return np.sum(functional.hessian(lambda b: np.sum(a * b**3), a, create_graph=True))

    assert_same(12 * X, derivative(outer, X))


@every_mode
def test_vjp_is_differentiable_in_v(derivative):
    def outer(v):
        return np.sum(X * functional.vjp(lambda x: x**3, X, v, create_graph=True)[1])

    assert_same(3 * X**3, derivative(outer, V))


@every_mode
def test_jvp_is_differentiable_in_v(derivative):
    def outer(v):
        return functional.jvp(cubes, X, v, create_graph=True)[1]

    assert_same(3 * X**2, derivative(outer, V))


@every_mode
@pytest.mark.parametrize("product", [functional.hvp, functional.vhp], ids=["hvp", "vhp"])
def test_hessian_products_are_differentiable_in_v(derivative, product):
    def outer(v):
        return np.sum(X * product(cubes, X, v, create_graph=True)[1])

    assert_same(6 * X**2, derivative(outer, V))


@every_mode
def test_input_and_v_may_be_the_same(derivative):
    def outer(x):
        return np.sum(functional.hvp(cubes, x, x, create_graph=True)[1])

    assert_same(12 * X, derivative(outer, X))


@every_mode
def test_outputs_are_differentiable_too(derivative):
    def outer(x):
        output, product = functional.vjp(cubes, x, create_graph=True)
        return output + np.sum(product)

    assert_same(3 * X**2 + 6 * X, derivative(outer, X))


@every_mode
def test_inner_function_of_several_inputs(derivative):
    def outer(x):
        first, second = functional.vjp(lambda a, b: np.sum(a**2 * b), (x, V), create_graph=True)[1]
        return np.sum(first) + np.sum(second)

    assert_same(2 * V + 2 * X, derivative(outer, X))


@every_mode
def test_three_levels(derivative):
    def middle(x):
        return np.sum(functional.vjp(lambda y: np.sum(y**4), x, create_graph=True)[1])

    def outer(x):
        return np.sum(functional.vjp(middle, x, create_graph=True)[1])

    assert_same(24 * X, derivative(outer, X))


def test_transform_inside_functional():
    def outer(x):
        return np.sum(srcad.grad(cubes)(x) * x)

    assert_same(9 * X**2, functional.vjp(outer, X)[1])


def test_create_graph_changes_no_numbers_outside_any_differentiation():
    def f(x):
        return np.sum(np.exp(x) * x[::-1])

    for product, v in [(functional.vjp, None), (functional.jvp, V), (functional.vhp, V), (functional.hvp, V)]:
        assert_same(product(f, X, v), product(f, X, v, create_graph=True))
    for function in [functional.jacobian, functional.hessian]:
        assert_same(function(f, X), function(f, X, create_graph=True))


def test_an_unrelated_inner_derivative_is_a_constant():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, product = functional.vjp(lambda x: np.sum(x * functional.vjp(cubes, V)[1]), X)

    assert_same(3 * V**2, product)


# No perturbation confusion ----------------------------------------------------------------------------------


def test_no_confusion_of_two_gradients():
    assert_same(np.float64(1.0), srcad.grad(lambda a: a * srcad.grad(lambda b: a + b)(2.0))(2.0))


def test_no_confusion_of_a_product():
    assert_same(np.float64(6.0), srcad.grad(lambda a: a * srcad.grad(lambda b: a * b)(2.0))(3.0))


def test_no_confusion_of_two_tangents():
    def inner(a, b):
        return functional.jvp(lambda c: a + c, b, create_graph=True)[1]

    assert_same(np.float64(1.0), functional.jvp(lambda a: a * inner(a, 2.0), 2.0)[1])


def test_no_confusion_of_a_tangent_in_a_gradient():
    def outer(a):
        return a * functional.jvp(lambda b: a * b, 2.0, create_graph=True)[1]

    assert_same(np.float64(6.0), functional.vjp(outer, 3.0)[1])


def test_no_confusion_of_a_gradient_in_a_tangent():
    def outer(a):
        return a * functional.vjp(lambda b: a * b, 2.0, create_graph=True)[1]

    assert_same(np.float64(6.0), functional.jvp(outer, 3.0)[1])


@pytest.mark.parametrize("outer", [srcad.jacfwd, srcad.jacrev], ids=["jacfwd", "jacrev"])
@pytest.mark.parametrize("inner", [srcad.jacfwd, srcad.jacrev], ids=["jacfwd", "jacrev"])
def test_no_confusion_of_jacobians(outer, inner):
    def f(a):
        return a * inner(lambda b: np.sum(a * b**2))(a)

    # a * (2 a a), elementwise
    assert_same(np.diag(6 * X**2), outer(f)(X))


# Detached: create_graph=False -------------------------------------------------------------------------------


def detached_vjp(x):
    return np.sum(functional.vjp(cubes, x)[1])


def detached_jvp(x):
    return functional.jvp(cubes, x, V)[1]


def detached_vhp(x):
    return np.sum(functional.vhp(cubes, x, V)[1])


def detached_hvp(x):
    return np.sum(functional.hvp(cubes, x, V)[1])


def detached_jacobian(x):
    return np.sum(functional.jacobian(lambda y: y**3, x))


def detached_hessian(x):
    return np.sum(functional.hessian(cubes, x))


DETACHED = [detached_vjp, detached_jvp, detached_vhp, detached_hvp, detached_jacobian, detached_hessian]
every_detached = pytest.mark.parametrize("f", DETACHED, ids=lambda f: f.__name__)


@every_outer
def test_detached_derivative_contributes_zero_in_every_outer_one(derivative):
    with pytest.warns(srcad.DetachedWarning):
        assert_same(np.zeros(3), derivative(detached_vjp, X))


@every_mode
@every_detached
def test_detached_derivative_contributes_zero(derivative, f):
    with pytest.warns(srcad.DetachedWarning):
        assert_same(np.zeros(3), derivative(f, X))


@every_detached
def test_detached_derivative_has_its_value(f):
    with pytest.warns(srcad.DetachedWarning):
        output, _ = functional.vjp(f, X)

    np.testing.assert_allclose(output, f(X), rtol=1e-14)


@every_detached
def test_one_call_warns_once(f):
    with pytest.warns(srcad.DetachedWarning) as record:
        functional.vjp(f, X)

    assert 1 == len(record)


def test_a_jacobian_by_rows_warns_once():
    def f(x):
        return x * np.sum(functional.vjp(cubes, x)[1])

    with pytest.warns(srcad.DetachedWarning) as record:
        actual = functional.jacobian(f, X)

    assert 1 == len(record)
    assert_same(np.eye(3) * np.sum(3 * X**2), actual)


def test_detached_output_contributes_zero():
    def f(x):
        return functional.vjp(cubes, x)[0] + np.sum(x**2)

    with pytest.warns(srcad.DetachedWarning):
        assert_same(2 * X, functional.vjp(f, X)[1])


def test_detached_v_contributes_zero():
    with pytest.warns(srcad.DetachedWarning):
        _, product = functional.vjp(lambda v: functional.jvp(cubes, X, v)[1] + np.sum(v), V)

    assert_same(np.ones(3), product)


def test_detached_closure_contributes_zero():
    def f(a):
        return np.sum(functional.vjp(lambda b: np.sum(a * b**2), V)[1]) + np.sum(a)

    with pytest.warns(srcad.DetachedWarning):
        assert_same(np.ones(3), functional.vjp(f, X)[1])


def test_rest_of_the_function_keeps_its_derivative():
    with pytest.warns(srcad.DetachedWarning):
        _, product = functional.vjp(lambda x: np.sum(x * functional.vjp(cubes, x)[1]), X)

    assert_same(3 * X**2, product)


def test_strict_outer_derivative_of_a_detached_one_raises():
    with pytest.warns(srcad.DetachedWarning), pytest.raises(RuntimeError):
        functional.vjp(detached_vjp, X, strict=True)


def test_strict_outer_derivative_of_a_differentiable_one_passes():
    assert_same(6 * X, functional.vjp(inner_vjp, X, strict=True)[1])


def test_strict_inner_derivative_is_judged_by_its_own_inputs():
    def f(a):
        return np.sum(functional.vjp(lambda b: np.sum(a), a, create_graph=True, strict=True)[1])

    with pytest.raises(RuntimeError):
        functional.vjp(f, X)


def test_no_warning_without_an_outer_differentiation():
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        detached_vjp(X)


def test_no_warning_for_differentiable_inner_derivatives():
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        functional.vjp(inner_vjp, X)


def test_detached_warning_is_a_warning():
    assert issubclass(srcad.DetachedWarning, Warning)
