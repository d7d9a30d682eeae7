"""functional.vjp: the outputs and the product of v with the Jacobian, structured like the inputs."""

import numpy as np
import pytest

import srcad
from srcad.functional import vjp
from tests.support import assert_same, parameters

X = np.array([1.0, 2.0, 3.0])
A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
WEIGHTS = np.array([2.0, 0.0, -1.0])


def cubes(x):
    return np.sum(x**3)


def squares(x):
    return x**2


def square_and_sum(x):
    return x**2, np.sum(x)


def apply(a, x):
    return a @ x


def first_only(a, b):
    return np.sum(a**2)


def test_signature():
    named = "POSITIONAL_OR_KEYWORD"
    empty = parameters(cubes)[0][2]
    expected = [("func", named, empty), ("inputs", named, empty)]
    expected += [("v", named, None), ("create_graph", named, False), ("strict", named, False)]

    assert expected == parameters(vjp)


def test_all_arguments_may_be_named():
    value, product = vjp(func=squares, inputs=X, v=X, create_graph=False, strict=False)

    assert_same(X**2, value)
    assert_same(2 * X**2, product)


def test_returns_a_pair_of_outputs_and_product():
    result = vjp(cubes, X)

    assert type(result) is tuple
    assert_same((np.float64(36.0), 3 * X**2), result)


def test_outputs_are_those_of_the_function():
    outputs, _ = vjp(square_and_sum, X, (X, np.float64(1.0)))

    assert_same(square_and_sum(X), outputs)


def test_v_weights_the_rows_of_the_jacobian():
    _, product = vjp(squares, X, WEIGHTS)

    assert_same(2 * X * WEIGHTS, product)


def test_products_of_several_outputs_add_up():
    _, product = vjp(square_and_sum, X, (WEIGHTS, np.float64(10.0)))

    assert_same(2 * X * WEIGHTS + 10.0, product)


def test_each_input_has_its_product():
    v = np.array([1.0, -1.0])

    _, product = vjp(apply, (A, X), v)

    assert_same((np.outer(v, X), A.T @ v), product)


def test_broadcast_operands_get_products_of_their_own_shapes():
    column = np.array([[1.0], [2.0]])
    v = np.arange(6.0).reshape(2, 3)

    _, product = vjp(lambda c, x: c * x, (column, X), v)

    assert_same((np.array([[8.0], [26.0]]), np.array([6.0, 9.0, 12.0])), product)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_v_may_be_omitted_for_one_output_of_size_one(shape):
    _, product = vjp(lambda x: np.sum(x**2).reshape(shape), X)

    assert_same(2 * X, product)


def test_v_may_be_omitted_for_a_one_tuple_of_size_one():
    outputs, product = vjp(lambda x: (np.sum(x**2),), X)

    assert_same((np.float64(14.0),), outputs)
    assert_same(2 * X, product)


def test_v_may_be_omitted_for_a_python_number():
    _, product = vjp(lambda x: 2.0, X)

    assert_same(np.zeros(3), product)


def test_v_may_not_be_omitted_for_a_vector():
    with pytest.raises(RuntimeError):
        vjp(squares, X)


def test_v_may_not_be_omitted_for_two_outputs_of_size_one():
    with pytest.raises(RuntimeError):
        vjp(lambda x: (np.sum(x), np.sum(x**2)), X)


def test_v_may_not_be_omitted_for_an_output_of_size_zero():
    with pytest.raises(RuntimeError):
        vjp(lambda x: x[:0], X)


def test_v_of_size_zero_gives_zeros():
    outputs, product = vjp(lambda x: x[:0], X, np.zeros(0))

    assert_same(np.zeros(0), outputs)
    assert_same(np.zeros(3), product)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
@pytest.mark.parametrize("v_shape", [(), (1,), (1, 1)])
def test_v_of_size_one_is_not_broadcast(shape, v_shape):
    def total(x):
        return np.sum(x**2).reshape(shape)

    if shape == v_shape:
        assert_same(4 * X, vjp(total, X, np.full(v_shape, 2.0))[1])
    else:
        with pytest.raises(RuntimeError):
            vjp(total, X, np.full(v_shape, 2.0))


@pytest.mark.parametrize("v_shape", [(), (1,), (2,), (1, 3), (3, 1), (0,)])
def test_v_must_have_the_shape_of_the_output(v_shape):
    with pytest.raises(RuntimeError):
        vjp(squares, X, np.ones(v_shape))


def test_v_must_have_one_entry_per_output():
    for v in [X, (X,), (X, np.float64(1.0), X), ()]:
        with pytest.raises(RuntimeError):
            vjp(square_and_sum, X, v)


def test_v_of_several_outputs_must_be_in_order():
    with pytest.raises(RuntimeError):
        vjp(square_and_sum, X, (np.float64(1.0), X))


def test_a_tuple_v_for_one_output_has_one_entry():
    with pytest.raises(RuntimeError):
        vjp(squares, X, (X, X))


def test_v_and_its_one_tuple_are_interchangeable():
    expected = vjp(squares, X, WEIGHTS)

    assert_same(expected, vjp(squares, X, (WEIGHTS,)))


def test_v_of_a_one_tuple_may_be_plain():
    outputs, product = vjp(lambda x: (x**2,), X, WEIGHTS)

    assert_same((X**2,), outputs)
    assert_same(2 * X * WEIGHTS, product)


def test_v_may_not_be_a_list_a_number_or_text():
    for v in [[1.0, 1.0, 1.0], 1.0, "v", {"v": X}]:
        with pytest.raises(TypeError):
            vjp(squares, X, v)


def test_entries_of_v_must_be_arrays():
    for v in [([1.0, 1.0, 1.0],), ((X,),), (None,)]:
        with pytest.raises(TypeError):
            vjp(squares, X, v)


def test_v_may_be_a_python_float_where_the_output_is_0d():
    # api-semantics.md says "may be accepted"; np.float64 is a float and an array, so users will expect it.
    assert_same(6 * X**2, vjp(cubes, X, 2.0)[1])


def test_v_is_checked_after_the_call(capsys):
    def announce(x):
        print("called")
        return x**2

    with pytest.raises(RuntimeError):
        vjp(announce, X, np.ones(2))

    assert "called\n" == capsys.readouterr().out


def test_v_may_be_strided():
    v = np.arange(6.0)[::2]

    assert_same(2 * X * v, vjp(squares, X, v)[1])


def test_v_may_be_read_only():
    v = np.broadcast_to(2.0, 3)

    assert_same(4 * X, vjp(squares, X, v)[1])


def test_unused_input_gets_zeros():
    _, product = vjp(first_only, (X, A))

    assert_same((2 * X, np.zeros((2, 3))), product)


def test_constant_output_gives_zeros():
    _, product = vjp(lambda x: np.ones((2, 2)), X, np.ones((2, 2)))

    assert_same(np.zeros(3), product)


def test_captured_array_is_a_constant():
    captured = X

    _, product = vjp(lambda x: np.sum(x * captured), X)

    assert_same(X, product)


def test_global_array_is_a_constant():
    _, product = vjp(lambda x: np.sum(x * X), X)

    assert_same(X, product)


def test_same_array_twice_is_two_inputs():
    _, product = vjp(lambda a, b: np.sum(a * b**2), (X, X))

    assert_same((X**2, 2 * X**2), product)


@pytest.mark.parametrize("constant", [np.argmax, np.argsort, np.isnan, np.shape], ids=lambda f: f.__name__)
def test_integer_and_boolean_outputs_are_constants(constant):
    def f(x):
        return np.asarray(constant(x))

    v = np.ones(f(X).shape)

    outputs, product = vjp(f, X, v)

    np.testing.assert_array_equal(outputs, f(X))
    assert_same(np.zeros(3), product)


def test_integer_output_beside_a_float_output():
    outputs, product = vjp(lambda x: (np.argmax(x), np.sum(x**2)), X, (np.float64(5.0), np.float64(1.0)))

    assert 2 == outputs[0]
    assert_same(2 * X, product)


def test_boolean_output_of_a_comparison_gives_zeros():
    _, product = vjp(lambda x: x > 1.5, X, np.ones(3))

    assert_same(np.zeros(3), product)


def test_piecewise_constant_function_gives_zeros():
    _, product = vjp(lambda x: np.sum(np.floor(x) + np.sign(x)), X)

    assert_same(np.zeros(3), product)


def test_branch_not_taken_contributes_zeros():
    def f(a, b):
        if a[0] > 0:
            return np.sum(a**2)
        return np.sum(b)

    _, product = vjp(f, (X, X))

    assert_same((2 * X, np.zeros(3)), product)


def test_python_floats_are_0d_inputs():
    outputs, product = vjp(lambda a, b: a * b**2, (3.0, 2.0))

    assert 12.0 == outputs
    assert_same((np.float64(4.0), np.float64(12.0)), product)


def test_loop_over_rows():
    def f(a, x):
        total = 0.0
        for row in a:
            total = total + np.sin(row @ x)
        return total

    c = np.cos(A @ X)

    assert_same((np.outer(c, X), A.T @ c), vjp(f, (A, X))[1])


def test_while_loop_with_data_dependent_trips():
    def newton_sqrt(a):
        x = a
        while abs(x * x - a) > 1e-14 * a:
            x = 0.5 * (x + a / x)
        return x

    root, slope = vjp(newton_sqrt, 2.5)

    np.testing.assert_allclose(root, 2.5**0.5, rtol=1e-14)
    assert_same(np.float64(0.5 / 2.5**0.5), slope)


def test_early_exit():
    def first_cost(x, limit):
        total = 0.0
        for i in range(len(x)):
            if x[i] > limit:
                break
            total += x[i] ** 2 if x[i] > 0 else -x[i]
        return total

    x = np.array([0.5, -0.2, 0.7, 3.0, 0.1])

    assert_same(np.array([1.0, -1.0, 1.4, 0.0, 0.0]), vjp(first_cost, (x, np.float64(2.0)))[1][0])


def test_called_functions_and_closures():
    def layer(x, w):
        return np.tanh(x @ w)

    def network(x, w):
        for _ in range(2):
            x = layer(x, w)
        return np.sum(x)

    x = np.array([[0.3, -0.2]])
    w = np.array([[0.5, 0.1], [-0.4, 0.8]])
    hidden = np.tanh(x @ w)
    output_bar = 1 - np.tanh(hidden @ w) ** 2
    hidden_bar = (output_bar @ w.T) * (1 - hidden**2)

    expected = (hidden_bar @ w.T, hidden.T @ output_bar + x.T @ hidden_bar)
    assert_same(expected, vjp(network, (x, w))[1])


def test_lambda_with_defaults():
    assert_same(6 * X**2, vjp(lambda x, k=2.0: k * np.sum(x**3), X)[1])


def test_decorated_function_is_accepted():
    @srcad.differentiate
    def f(x):
        return np.sum(x**3)

    assert_same(3 * X**2, vjp(f, X)[1])
