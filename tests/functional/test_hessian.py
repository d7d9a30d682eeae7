"""functional.hessian: block (i, j) has the shape of input i followed by that of input j."""

import numpy as np
import pytest

from srcad.functional import hessian
from tests.support import assert_same, parameters

X = np.array([1.0, 2.0, 3.0])
Y = np.array([0.5, -1.0])

WAYS = {
    "reverse": {},
    "reverse-vectorized": {"vectorize": True},
    "forward": {"outer_jacobian_strategy": "forward-mode"},
    "forward-vectorized": {"outer_jacobian_strategy": "forward-mode", "vectorize": True},
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())


def cubes(x):
    return np.sum(x**3)


def coupled(a, b):
    return np.sum(a**2) * np.sum(b**3)


def rosen(x):
    r = x[1:] - x[:-1] ** 2
    return np.sum(100.0 * r**2 + (1.0 - x[:-1]) ** 2)


def test_signature():
    named = "POSITIONAL_OR_KEYWORD"
    empty = parameters(cubes)[0][2]
    expected = [("func", named, empty), ("inputs", named, empty)]
    expected += [("create_graph", named, False), ("strict", named, False)]
    expected += [("vectorize", named, False), ("outer_jacobian_strategy", named, "reverse-mode")]

    assert expected == parameters(hessian)


def test_all_arguments_may_be_named():
    actual = hessian(
        func=cubes,
        inputs=X,
        create_graph=False,
        strict=False,
        vectorize=True,
        outer_jacobian_strategy="reverse-mode",
    )

    assert_same(np.diag(6 * X), actual)


@every_way
def test_plain_input_gives_an_array(way):
    assert_same(np.diag(6 * X), hessian(cubes, X, **way))


@every_way
def test_rosenbrock(way):
    x0, x1, x2 = X
    expected = np.array(
        [
            [1200 * x0**2 - 400 * x1 + 2, -400 * x0, 0.0],
            [-400 * x0, 202 + 1200 * x1**2 - 400 * x2, -400 * x1],
            [0.0, -400 * x1, 200.0],
        ]
    )

    assert_same(expected, hessian(rosen, X, **way))


@every_way
def test_matrix_input_gives_four_axes(way):
    a = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    expected = np.zeros((3, 2, 3, 2))
    for i in range(3):
        for j in range(2):
            expected[i, j, i, j] = 6 * a[i, j]

    assert_same(expected, hessian(cubes, a, **way))


@every_way
def test_tuple_of_inputs_gives_a_tuple_of_tuples(way):
    mixed = np.outer(2 * X, 3 * Y**2)
    expected = (
        (2 * np.sum(Y**3) * np.eye(3), mixed),
        (mixed.T, np.sum(X**2) * np.diag(6 * Y)),
    )

    assert_same(expected, hessian(coupled, (X, Y), **way))


@every_way
def test_one_tuple_of_inputs_stays(way):
    assert_same(((np.diag(6 * X),),), hessian(cubes, (X,), **way))


@every_way
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_shape_of_the_output_does_not_show(way, shape):
    assert_same(np.diag(6 * X), hessian(lambda x: np.sum(x**3).reshape(shape), X, **way))


@every_way
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_input_of_size_one_keeps_its_axes(way, shape):
    assert_same(np.full(shape + shape, 12.0), hessian(cubes, np.full(shape, 2.0), **way))


@every_way
def test_python_float_input(way):
    assert_same(np.float64(12.0), hessian(lambda x: x**3, 2.0, **way))


@every_way
def test_empty_input_gives_an_empty_hessian(way):
    assert_same(np.zeros((0, 0)), hessian(cubes, np.zeros(0), **way))


@every_way
def test_empty_input_beside_a_full_one(way):
    expected = ((np.zeros((0, 0)), np.zeros((0, 2))), (np.zeros((2, 0)), np.diag(6 * Y)))

    assert_same(expected, hessian(lambda a, b: np.sum(a**3) + np.sum(b**3), (np.zeros(0), Y), **way))


@every_way
def test_output_must_have_size_one(way):
    for f in [lambda x: x**2, lambda x: x[:0], lambda x: np.outer(x, x)]:
        with pytest.raises(RuntimeError):
            hessian(f, X, **way)


@every_way
def test_output_may_not_be_a_tuple(way):
    for f in [lambda x: (np.sum(x**3),), lambda x: (np.sum(x), np.sum(x**2))]:
        with pytest.raises(RuntimeError):
            hessian(f, X, **way)


@every_way
def test_linear_function_gives_zeros(way):
    assert_same(np.zeros((3, 3)), hessian(lambda x: np.sum(2.0 * x), X, **way))


@every_way
def test_constant_function_gives_zeros(way):
    for f in [lambda x: 2.0, lambda x: np.ones((1, 1)), lambda x: np.sum(np.zeros_like(x))]:
        assert_same(np.zeros((3, 3)), hessian(f, X, **way))


@every_way
def test_integer_output_gives_zeros(way):
    assert_same(np.zeros((3, 3)), hessian(lambda x: np.argmax(x), X, **way))


@every_way
def test_unused_and_linear_inputs_get_zeros(way):
    expected = (
        (np.diag(6 * X), np.zeros((3, 2)), np.zeros((3, 2))),
        (np.zeros((2, 3)), np.zeros((2, 2)), np.zeros((2, 2))),
        (np.zeros((2, 3)), np.zeros((2, 2)), np.zeros((2, 2))),
    )

    assert_same(expected, hessian(lambda a, b, c: np.sum(a**3) + np.sum(b), (X, Y, Y), **way))


@every_way
def test_bilinear_function(way):
    expected = ((np.zeros((3, 3)), np.eye(3)), (np.eye(3), np.zeros((3, 3))))

    assert_same(expected, hessian(lambda a, b: a @ b, (X, 2 * X), **way))


@every_way
def test_same_array_twice_is_two_inputs(way):
    expected = ((np.zeros((3, 3)), np.diag(2 * X)), (np.diag(2 * X), np.diag(2 * X)))

    assert_same(expected, hessian(lambda a, b: np.sum(a * b**2), (X, X), **way))


@every_way
def test_quadratic_form(way):
    matrix = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])

    assert_same(matrix + matrix.T, hessian(lambda x: x @ matrix @ x, X, **way))


@every_way
def test_loop_and_branch(way):
    def f(x):
        total = 0.0
        for i in range(len(x)):
            total = total * x[i] + (x[i] ** 2 if x[i] > 1.5 else -x[i])
        return total

    # ((-x0) x1 + x1²) x2 + x2² at (1, 2, 3)
    expected = np.array([[0.0, -3.0, -2.0], [-3.0, 6.0, 3.0], [-2.0, 3.0, 2.0]])

    assert_same(expected, hessian(f, X, **way))


@every_way
def test_called_function_and_closure(way):
    def make(k):
        def energy(x):
            return np.log(k + np.sum(x**2))

        return energy

    total = 2.0 + X @ X
    expected = 2 * np.eye(3) / total - 4 * np.outer(X, X) / total**2

    assert_same(expected, hessian(make(2.0), X, **way))


@every_way
def test_random_draws_are_the_same_for_all_rows(way):
    rng = np.random.default_rng(3)
    noise = np.random.default_rng(3).standard_normal(3)

    assert_same(np.diag(6 * X * noise), hessian(lambda x: x**3 @ rng.standard_normal(3), X, **way))


@pytest.mark.parametrize("vectorize", [False, True])
@pytest.mark.parametrize("strategy", ["forward", "reverse", "", None])
def test_unknown_strategy_is_refused(strategy, vectorize):
    with pytest.raises(ValueError):
        hessian(cubes, X, outer_jacobian_strategy=strategy, vectorize=vectorize)


@pytest.mark.parametrize("vectorize", [False, True])
def test_forward_mode_refuses_create_graph(vectorize):
    with pytest.raises(NotImplementedError):
        hessian(cubes, X, create_graph=True, outer_jacobian_strategy="forward-mode", vectorize=vectorize)


@pytest.mark.parametrize("vectorize", [False, True])
def test_forward_mode_refuses_strict(vectorize):
    with pytest.raises(RuntimeError):
        hessian(cubes, X, strict=True, outer_jacobian_strategy="forward-mode", vectorize=vectorize)


def test_vectorize_refuses_strict():
    with pytest.raises(RuntimeError):
        hessian(cubes, X, strict=True, vectorize=True)


def test_unknown_strategy_is_reported_first():
    with pytest.raises(ValueError):
        hessian(cubes, X, create_graph=True, strict=True, vectorize=True, outer_jacobian_strategy="sideways")


def test_create_graph_is_reported_before_strict_in_forward_mode():
    with pytest.raises(NotImplementedError):
        hessian(cubes, X, create_graph=True, strict=True, outer_jacobian_strategy="forward-mode")


def test_bad_output_is_reported_before_strict_with_vectorize():
    with pytest.raises(TypeError):
        hessian(lambda x: [np.sum(x)], X, strict=True, vectorize=True)


def test_vectorize_with_create_graph_gives_the_same_numbers():
    assert_same(np.diag(6 * X), hessian(cubes, X, create_graph=True, vectorize=True))
