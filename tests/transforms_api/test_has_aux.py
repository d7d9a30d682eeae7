"""has_aux: functions that return something beside what is differentiated."""

import numpy as np
import pytest

import srcad
from tests.support import assert_same

X = np.array([1.0, 2.0, 3.0])
V = np.array([2.0, -1.0, 0.5])


def total_and_squares(x):
    return np.sum(x**3), x**2


def cubes_and_squares(x):
    return x**3, x**2


jacobians = pytest.mark.parametrize("transform", [srcad.jacfwd, srcad.jacrev], ids=lambda f: f.__name__)


def test_grad():
    result = srcad.grad(total_and_squares, has_aux=True)(X)

    assert_same((3 * X**2, X**2), result)


def test_value_and_grad():
    result = srcad.value_and_grad(total_and_squares, has_aux=True)(X)

    assert_same(((np.float64(36.0), X**2), 3 * X**2), result)


@jacobians
def test_jacobians(transform):
    assert_same((np.diag(3 * X**2), X**2), transform(cubes_and_squares, has_aux=True)(X))


@jacobians
def test_jacobians_with_argnums(transform):
    def f(a, b):
        return a * b, a + b

    assert_same(((np.diag(V), np.diag(X)), X + V), transform(f, (0, 1), has_aux=True)(X, V))


def test_jacrev_with_chunk_size():
    actual = srcad.jacrev(cubes_and_squares, has_aux=True, chunk_size=2)(X)

    assert_same((np.diag(3 * X**2), X**2), actual)


def test_vjp():
    output, pullback, aux = srcad.vjp(cubes_and_squares, X, has_aux=True)

    assert_same((X**3, X**2), (output, aux))
    assert_same((3 * X**2 * V,), pullback(V))


def test_jvp():
    result = srcad.jvp(cubes_and_squares, (X,), (V,), has_aux=True)

    assert_same((X**3, 3 * X**2 * V, X**2), result)


def test_argnums():
    def f(a, b):
        return np.sum(a * b**2), b

    assert_same(((2 * X * V, V**2), V), srcad.grad(f, (1, 0), has_aux=True)(X, V))


def test_aux_may_be_a_tree():
    def f(x):
        return np.sum(x**2), {"twice": 2 * x, "parts": [x[0], (x[1:],)]}

    _, aux = srcad.grad(f, has_aux=True)(X)

    assert_same({"twice": 2 * X, "parts": [np.float64(1.0), (X[1:],)]}, aux)


def test_aux_may_be_anything():
    def f(x):
        return np.sum(x**2), ("label", 3, None, True, 2.5, np.argmax(x))

    slope, aux = srcad.grad(f, has_aux=True)(X)

    assert_same(2 * X, slope)
    assert ("label", 3, None, True, 2.5, 2) == aux


def test_aux_may_be_text():
    assert "label" == srcad.grad(lambda x: (np.sum(x), "label"), has_aux=True)(X)[1]


def test_aux_may_be_a_tuple_of_two():
    assert_same((2 * X, (X, X)), srcad.grad(lambda x: (np.sum(x**2), (x, x)), has_aux=True)(X))


def test_aux_needs_no_derivative():
    slope, aux = srcad.grad(lambda x: (np.sum(x**2), np.unwrap(srcad.stop_gradient(x))), has_aux=True)(X)

    assert_same(2 * X, slope)
    np.testing.assert_array_equal(aux, np.unwrap(X))


def test_aux_may_be_what_is_differentiated():
    def f(x):
        y = np.sum(x**2)
        return y, y

    assert_same((2 * X, np.float64(14.0)), srcad.grad(f, has_aux=True)(X))


def test_aux_stays_differentiable_for_an_outer_transform():
    def f(x):
        slope, aux = srcad.grad(total_and_squares, has_aux=True)(x)
        return np.sum(slope) + np.sum(aux)

    assert_same(6 * X + 2 * X, srcad.grad(f)(X))


def test_function_is_called_once(capsys):
    def announce(x):
        print("called")
        return np.sum(x**2), x

    srcad.grad(announce, has_aux=True)(X)

    assert "called\n" == capsys.readouterr().out


NOT_PAIRS = {
    "array": lambda x: np.sum(x),
    "list": lambda x: [np.sum(x), x],
    "one": lambda x: (np.sum(x),),
    "three": lambda x: (np.sum(x), x, x),
    "array of two": lambda x: x[:2],
    "none": lambda x: None,
    "dict": lambda x: {"value": np.sum(x), "aux": x},
}
not_pairs = pytest.mark.parametrize("f", NOT_PAIRS.values(), ids=NOT_PAIRS.keys())


@not_pairs
@pytest.mark.parametrize(
    "transform", [srcad.grad, srcad.value_and_grad, srcad.jacfwd, srcad.jacrev], ids=lambda f: f.__name__
)
def test_output_must_be_a_pair(transform, f):
    with pytest.raises(RuntimeError):
        transform(f, has_aux=True)(X)


@not_pairs
def test_output_must_be_a_pair_in_vjp_and_jvp(f):
    with pytest.raises(RuntimeError):
        srcad.vjp(f, X, has_aux=True)
    with pytest.raises(RuntimeError):
        srcad.jvp(f, (X,), (V,), has_aux=True)


def test_first_of_the_pair_must_be_0d():
    with pytest.raises(srcad.DifferentiationError):
        srcad.grad(cubes_and_squares, has_aux=True)(X)


def test_without_has_aux_a_pair_is_refused():
    with pytest.raises(srcad.DifferentiationError):
        srcad.grad(total_and_squares)(X)
