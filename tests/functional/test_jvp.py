"""functional.jvp: the outputs and the product of the Jacobian with v, structured like the outputs."""

import numpy as np
import pytest

from srcad.functional import jvp
from tests.support import assert_same, parameters

X = np.array([1.0, 2.0, 3.0])
A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
V = np.array([2.0, 0.0, -1.0])


def cubes(x):
    return np.sum(x**3)


def squares(x):
    return x**2


def square_and_sum(x):
    return x**2, np.sum(x)


def apply(a, x):
    return a @ x


def test_signature():
    named = "POSITIONAL_OR_KEYWORD"
    empty = parameters(cubes)[0][2]
    expected = [("func", named, empty), ("inputs", named, empty)]
    expected += [("v", named, None), ("create_graph", named, False), ("strict", named, False)]

    assert expected == parameters(jvp)


def test_all_arguments_may_be_named():
    value, product = jvp(func=squares, inputs=X, v=V, create_graph=False, strict=False)

    assert_same(X**2, value)
    assert_same(2 * X * V, product)


def test_returns_a_pair_of_outputs_and_product():
    result = jvp(cubes, X, V)

    assert type(result) is tuple
    assert_same((np.float64(36.0), np.float64(-21.0)), result)


def test_outputs_are_those_of_the_function():
    outputs, _ = jvp(square_and_sum, X, V)

    assert_same(square_and_sum(X), outputs)


def test_each_output_has_its_product():
    _, product = jvp(square_and_sum, X, V)

    assert_same((2 * X * V, np.float64(1.0)), product)


def test_products_of_several_inputs_add_up():
    a_dot = np.ones((2, 3))

    _, product = jvp(apply, (A, X), (a_dot, V))

    assert_same(a_dot @ X + A @ V, product)


def test_broadcast_operands():
    column = np.array([[1.0], [2.0]])
    column_dot = np.array([[1.0], [0.0]])

    _, product = jvp(lambda c, x: c + x, (column, X), (column_dot, V))

    assert_same(np.array([[3.0, 1.0, 0.0], [2.0, 0.0, -1.0]]), product)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_v_may_be_omitted_for_one_input_of_size_one(shape):
    _, product = jvp(lambda x: x**2 * X, np.full(shape, 2.0))

    assert_same(np.full(shape, 4.0) * X, product)


def test_v_may_be_omitted_for_a_one_tuple_of_size_one():
    outputs, product = jvp(squares, (np.array([3.0]),))

    assert_same(np.array([9.0]), outputs)
    assert_same(np.array([6.0]), product)


def test_v_may_be_omitted_for_a_python_float():
    assert_same(np.float64(6.0), jvp(squares, 3.0)[1])


def test_v_may_not_be_omitted_for_a_vector():
    with pytest.raises(RuntimeError):
        jvp(cubes, X)


def test_v_may_not_be_omitted_for_two_inputs_of_size_one():
    with pytest.raises(RuntimeError):
        jvp(lambda a, b: a * b, (2.0, 3.0))


def test_v_may_not_be_omitted_for_an_input_of_size_zero():
    with pytest.raises(RuntimeError):
        jvp(cubes, np.zeros(0))


def test_v_of_size_zero_gives_zeros():
    outputs, product = jvp(cubes, np.zeros(0), np.zeros(0))

    assert_same(np.float64(0.0), outputs)
    assert_same(np.float64(0.0), product)


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
@pytest.mark.parametrize("v_shape", [(), (1,), (1, 1)])
def test_v_of_size_one_is_not_broadcast(shape, v_shape):
    x = np.full(shape, 3.0)

    if shape == v_shape:
        assert_same(np.full(shape, 12.0), jvp(squares, x, np.full(v_shape, 2.0))[1])
    else:
        with pytest.raises(RuntimeError):
            jvp(squares, x, np.full(v_shape, 2.0))


@pytest.mark.parametrize("v_shape", [(), (1,), (2,), (1, 3), (3, 1), (0,)])
def test_v_must_have_the_shape_of_the_input(v_shape):
    with pytest.raises(RuntimeError):
        jvp(squares, X, np.ones(v_shape))


def test_v_must_have_one_entry_per_input():
    for v in [X, (A,), (A, X, X), ()]:
        with pytest.raises(RuntimeError):
            jvp(apply, (A, X), v)


def test_a_tuple_v_for_one_input_has_one_entry():
    with pytest.raises(RuntimeError):
        jvp(squares, X, (V, V))


def test_v_and_its_one_tuple_are_interchangeable():
    expected = jvp(squares, X, V)

    assert_same(expected, jvp(squares, X, (V,)))
    assert_same(expected, jvp(squares, (X,), V))
    assert_same(expected, jvp(squares, (X,), (V,)))


def test_v_may_not_be_a_list_a_number_or_text():
    for v in [[1.0, 1.0, 1.0], 1.0, "v", {"v": X}]:
        with pytest.raises(TypeError):
            jvp(squares, X, v)


def test_entries_of_v_must_be_arrays():
    for v in [([1.0, 1.0, 1.0],), ((X,),), (None,)]:
        with pytest.raises(TypeError):
            jvp(squares, X, v)


def test_v_may_be_a_python_float_where_the_input_is_0d():
    # api-semantics.md says "may be accepted"; np.float64 is a float and an array, so users will expect it.
    assert_same(np.float64(12.0), jvp(squares, 3.0, 2.0)[1])


def test_v_is_checked_before_the_call(capsys):
    def announce(x):
        print("called")
        return x**2

    with pytest.raises(RuntimeError):
        jvp(announce, X, np.ones(2))

    assert "" == capsys.readouterr().out


def test_v_may_be_strided_or_read_only():
    for v in [np.arange(6.0)[::2], np.broadcast_to(2.0, 3)]:
        assert_same(2 * X * v, jvp(squares, X, v)[1])


def test_constant_output_gives_zeros_of_its_own_dtype():
    _, product = jvp(lambda x: (np.ones((2, 2), np.float32), x**2), X, V)

    assert_same((np.zeros((2, 2), np.float32), 2 * X * V), product)


def test_python_number_output_gives_a_zero():
    outputs, product = jvp(lambda x: 2.0, X, V)

    assert 2.0 == outputs
    assert_same(np.float64(0.0), product)


def test_unused_input_contributes_nothing():
    _, product = jvp(lambda a, b: a**2, (X, A), (V, np.ones((2, 3))))

    assert_same(2 * X * V, product)


def test_piecewise_constant_function_gives_zeros():
    assert_same(np.zeros(3), jvp(lambda x: np.floor(x) + np.sign(x), X, V)[1])


def test_integer_output_is_refused():
    with pytest.raises(RuntimeError):
        jvp(lambda x: np.argmax(x), X, V)


def test_boolean_output_is_refused():
    with pytest.raises(RuntimeError):
        jvp(lambda x: (x**2, x > 1.5), X, V)


def test_captured_array_is_a_constant():
    captured = X

    assert_same(np.float64(-1.0), jvp(lambda x: np.sum(x * captured), X, V)[1])


def test_same_array_twice_is_two_inputs():
    _, product = jvp(lambda a, b: a * b**2, (X, X), (V, np.zeros(3)))

    assert_same(V * X**2, product)


def test_python_floats_are_0d_inputs():
    outputs, product = jvp(lambda a, b: a * b**2, (3.0, 2.0), (np.float64(1.0), np.float64(1.0)))

    assert 12.0 == outputs
    assert_same(np.float64(16.0), product)


def test_loop_and_branch():
    def f(x):
        total = 0.0
        for i in range(len(x)):
            total += x[i] ** 2 if x[i] > 1.5 else -x[i]
        return total

    assert_same(np.float64(-8.0), jvp(f, X, V)[1])


def test_while_loop_with_data_dependent_trips():
    def newton_sqrt(a):
        x = a
        while abs(x * x - a) > 1e-14 * a:
            x = 0.5 * (x + a / x)
        return x

    assert_same(np.float64(0.5 / 2.5**0.5), jvp(newton_sqrt, 2.5)[1])


def test_equals_the_jacobian_times_v_for_a_closure():
    def scaled(k):
        return lambda x: k * A @ np.sin(x)

    assert_same(2.0 * A @ (np.cos(X) * V), jvp(scaled(2.0), X, V)[1])
