"""functional.jacobian: block (i, j) has the shape of output i followed by that of input j."""

import numpy as np
import pytest

from srcad.functional import jacobian
from tests.support import assert_same, parameters

X = np.array([1.0, 2.0, 3.0])
Y = np.array([4.0, 5.0])
A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])

WAYS = {
    "reverse": {},
    "reverse-vectorized": {"vectorize": True},
    "forward": {"strategy": "forward-mode"},
    "forward-vectorized": {"strategy": "forward-mode", "vectorize": True},
}
every_way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())


def squares(x):
    return x**2


def products(x, y):
    return np.outer(x, y)


def square_and_sum(x):
    return x**2, np.sum(x**2)


def test_signature():
    named = "POSITIONAL_OR_KEYWORD"
    empty = parameters(squares)[0][2]
    expected = [("func", named, empty), ("inputs", named, empty)]
    expected += [("create_graph", named, False), ("strict", named, False)]
    expected += [("vectorize", named, False), ("strategy", named, "reverse-mode")]

    assert expected == parameters(jacobian)


def test_all_arguments_may_be_named():
    actual = jacobian(
        func=squares, inputs=X, create_graph=False, strict=False, vectorize=True, strategy="reverse-mode"
    )

    assert_same(np.diag(2 * X), actual)


@every_way
def test_plain_output_plain_input(way):
    assert_same(np.diag(2 * X), jacobian(squares, X, **way))


@every_way
def test_linear_function_gives_its_matrix(way):
    assert_same(A, jacobian(lambda x: A @ x, X, **way))


@every_way
def test_rows_follow_the_output_and_columns_the_input(way):
    a = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    expected = np.zeros((2, 3, 3, 2))
    for i in range(3):
        for j in range(2):
            expected[j, i, i, j] = 2 * a[i, j]

    assert_same(expected, jacobian(lambda x: (x**2).T, a, **way))


@every_way
def test_scalar_output(way):
    assert_same(2 * X, jacobian(lambda x: np.sum(x**2), X, **way))


@every_way
def test_scalar_input(way):
    assert_same(2 * 3.0 * X, jacobian(lambda t: t**2 * X, np.float64(3.0), **way))


@every_way
def test_python_float_input(way):
    assert_same(np.float64(6.0), jacobian(lambda t: t**2, 3.0, **way))


@every_way
@pytest.mark.parametrize("out_shape", [(), (1,), (1, 1)])
@pytest.mark.parametrize("in_shape", [(), (1,), (1, 1)])
def test_sizes_of_one_keep_their_axes(way, out_shape, in_shape):
    actual = jacobian(lambda x: (x**2).reshape(out_shape), np.full(in_shape, 3.0), **way)

    assert_same(np.full(out_shape + in_shape, 6.0), actual)


@every_way
def test_tuple_of_inputs_gives_a_tuple(way):
    expected = (np.zeros((3, 2, 3)), np.zeros((3, 2, 2)))
    for i in range(3):
        for j in range(2):
            expected[0][i, j, i] = Y[j]
            expected[1][i, j, j] = X[i]

    assert_same(expected, jacobian(products, (X, Y), **way))


@every_way
def test_tuple_of_outputs_gives_a_tuple(way):
    assert_same((np.diag(2 * X), 2 * X), jacobian(square_and_sum, X, **way))


@every_way
def test_tuples_on_both_sides_nest_outputs_outside(way):
    def f(x, y):
        return np.sum(x) * y, np.sum(x**2)

    expected = ((np.outer(Y, np.ones(3)), np.sum(X) * np.eye(2)), (2 * X, np.zeros(2)))

    assert_same(expected, jacobian(f, (X, Y), **way))


@every_way
def test_one_tuple_of_inputs_stays(way):
    assert_same((np.diag(2 * X),), jacobian(squares, (X,), **way))


@every_way
def test_one_tuple_of_outputs_stays(way):
    assert_same((np.diag(2 * X),), jacobian(lambda x: (x**2,), X, **way))


@every_way
def test_one_tuples_on_both_sides_stay(way):
    assert_same(((np.diag(2 * X),),), jacobian(lambda x: (x**2,), (X,), **way))


@every_way
def test_constant_output_gives_zeros(way):
    assert_same(np.zeros((2, 2, 3)), jacobian(lambda x: np.ones((2, 2)), X, **way))


@every_way
def test_python_number_output_gives_zeros(way):
    assert_same(np.zeros(3), jacobian(lambda x: 2.0, X, **way))


@every_way
def test_unused_input_gives_zeros(way):
    assert_same((np.diag(2 * X), np.zeros((3, 2))), jacobian(lambda x, y: x**2, (X, Y), **way))


@every_way
def test_piecewise_constant_function_gives_zeros(way):
    assert_same(np.zeros((3, 3)), jacobian(lambda x: np.floor(x) + np.sign(x), X, **way))


def test_integer_output_gives_zeros_in_reverse_mode():
    assert_same(np.zeros((3, 3)), jacobian(lambda x: np.argsort(x), X))


def test_boolean_output_gives_zeros_in_reverse_mode():
    assert_same(np.zeros((3, 3)), jacobian(lambda x: x > 1.5, X, vectorize=True))


@pytest.mark.parametrize("vectorize", [False, True])
def test_integer_output_gives_zeros_in_forward_mode(vectorize):
    # The dtype is left open: torch's integer zeros are a quirk.
    actual = jacobian(lambda x: np.argsort(x), X, strategy="forward-mode", vectorize=vectorize)

    np.testing.assert_array_equal(actual, np.zeros((3, 3)))


@every_way
def test_empty_output_gives_an_empty_jacobian(way):
    assert_same(np.zeros((0, 3)), jacobian(lambda x: x[:0] ** 2, X, **way))


@every_way
def test_empty_input_gives_an_empty_jacobian(way):
    assert_same(np.zeros((2, 0)), jacobian(lambda x: np.sum(x**2) * Y, np.zeros(0), **way))


@every_way
def test_empty_output_of_an_empty_input(way):
    assert_same(np.zeros((0, 0)), jacobian(squares, np.zeros(0), **way))


@every_way
def test_empty_output_beside_a_full_one(way):
    expected = (np.zeros((0, 3)), np.diag(2 * X))

    assert_same(expected, jacobian(lambda x: (x[:0], x**2), X, **way))


@every_way
def test_same_array_twice_is_two_inputs(way):
    expected = (np.diag(X**2), np.diag(2 * X**2))

    assert_same(expected, jacobian(lambda a, b: a * b**2, (X, X), **way))


@every_way
def test_captured_array_is_a_constant(way):
    captured = X

    assert_same(np.diag(X), jacobian(lambda x: x * captured, X, **way))


@every_way
def test_loop_and_branch(way):
    def f(x):
        total = 0.0
        for i in range(len(x)):
            total = total * x[i] + (x[i] ** 2 if x[i] > 1.5 else -x[i])
        return total

    # ((-x0) x1 + x1²) x2 + x2² at (1, 2, 3)
    assert_same(np.array([-6.0, 9.0, 8.0]), jacobian(f, X, **way))


@every_way
def test_called_function(way):
    def rotate(x, angle):
        c, s = np.cos(angle), np.sin(angle)
        return np.array([[c, -s], [s, c]]) @ x

    def f(x, angle):
        return rotate(x, 2.0 * angle)

    c, s = np.cos(0.6), np.sin(0.6)
    expected = (np.array([[c, -s], [s, c]]), 2 * np.array([[-s, -c], [c, -s]]) @ Y)

    assert_same(expected, jacobian(f, (Y, np.float64(0.3)), **way))


@every_way
def test_random_draws_are_the_same_for_all_rows(way):
    rng = np.random.default_rng(3)
    noise = np.random.default_rng(3).standard_normal(3)

    assert_same(np.diag(2 * X * noise), jacobian(lambda x: x**2 * rng.standard_normal(3), X, **way))


@pytest.mark.parametrize("vectorize", [False, True])
@pytest.mark.parametrize("strategy", ["forward", "reverse", "", None])
def test_unknown_strategy_is_refused(strategy, vectorize):
    with pytest.raises(ValueError):
        jacobian(squares, X, strategy=strategy, vectorize=vectorize)


@pytest.mark.parametrize("vectorize", [False, True])
def test_forward_mode_refuses_create_graph(vectorize):
    with pytest.raises(NotImplementedError):
        jacobian(squares, X, create_graph=True, strategy="forward-mode", vectorize=vectorize)


@pytest.mark.parametrize("vectorize", [False, True])
def test_forward_mode_refuses_strict(vectorize):
    with pytest.raises(RuntimeError):
        jacobian(squares, X, strict=True, strategy="forward-mode", vectorize=vectorize)


def test_vectorize_refuses_strict():
    with pytest.raises(RuntimeError):
        jacobian(squares, X, strict=True, vectorize=True)


def test_unknown_strategy_is_reported_first():
    with pytest.raises(ValueError):
        jacobian(squares, X, create_graph=True, strict=True, vectorize=True, strategy="sideways")


def test_create_graph_is_reported_before_strict_in_forward_mode():
    with pytest.raises(NotImplementedError):
        jacobian(squares, X, create_graph=True, strict=True, strategy="forward-mode")


def test_bad_output_is_reported_before_strict_with_vectorize():
    with pytest.raises(TypeError):
        jacobian(lambda x: [x], X, strict=True, vectorize=True)


def test_vectorize_with_create_graph_gives_the_same_numbers():
    assert_same(np.diag(2 * X), jacobian(squares, X, create_graph=True, vectorize=True))
