"""functional.hvp and functional.vhp: the output and the product of the Hessian with v."""

import numpy as np
import pytest

from srcad.functional import hvp, vhp
from tests.support import assert_same, parameters

X = np.array([1.0, 2.0, 3.0])
Y = np.array([0.5, -1.0])
V = np.array([2.0, 0.0, -1.0])
W = np.array([1.0, -2.0])

both = pytest.mark.parametrize("product", [hvp, vhp], ids=["hvp", "vhp"])


def cubes(x):
    return np.sum(x**3)


def coupled(a, b):
    return np.sum(a**2) * np.sum(b**3)


def rosen(x):
    r = x[1:] - x[:-1] ** 2
    return np.sum(100.0 * r**2 + (1.0 - x[:-1]) ** 2)


@both
def test_signature(product):
    named = "POSITIONAL_OR_KEYWORD"
    empty = parameters(cubes)[0][2]
    expected = [("func", named, empty), ("inputs", named, empty)]
    expected += [("v", named, None), ("create_graph", named, False), ("strict", named, False)]

    assert expected == parameters(product)


@both
def test_all_arguments_may_be_named(product):
    value, result = product(func=cubes, inputs=X, v=V, create_graph=False, strict=False)

    assert_same(np.float64(36.0), value)
    assert_same(6 * X * V, result)


@both
def test_returns_a_pair_of_output_and_product(product):
    result = product(cubes, X, V)

    assert type(result) is tuple
    assert_same((np.float64(36.0), 6 * X * V), result)


@both
def test_blocks_of_several_inputs(product):
    expected = (
        2 * np.sum(Y**3) * V + 2 * X * np.sum(3 * Y**2 * W),
        3 * Y**2 * np.sum(2 * X * V) + np.sum(X**2) * 6 * Y * W,
    )

    assert_same(expected, product(coupled, (X, Y), (V, W))[1])


@both
def test_rosenbrock(product):
    x0, x1, x2 = X
    hessian = np.array(
        [
            [1200 * x0**2 - 400 * x1 + 2, -400 * x0, 0.0],
            [-400 * x0, 202 + 1200 * x1**2 - 400 * x2, -400 * x1],
            [0.0, -400 * x1, 200.0],
        ]
    )

    assert_same(hessian @ V, product(rosen, X, V)[1])


@both
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_output_of_size_one_comes_back_in_its_shape(product, shape):
    def total(x):
        return np.sum(x**3).reshape(shape)

    output, result = product(total, X, V)

    assert_same(np.full(shape, 36.0), output)
    assert_same(6 * X * V, result)


@both
def test_output_must_have_size_one(product):
    for f in [lambda x: x**2, lambda x: x[:0], lambda x: np.outer(x, x)]:
        with pytest.raises(RuntimeError):
            product(f, X, V)


@both
def test_output_may_not_be_a_tuple(product):
    for f in [lambda x: (np.sum(x**3),), lambda x: (np.sum(x), np.sum(x**2))]:
        with pytest.raises(RuntimeError):
            product(f, X, V)


@both
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_v_may_be_omitted_for_one_input_of_size_one(product, shape):
    assert_same(np.full(shape, 12.0), product(cubes, np.full(shape, 2.0))[1])


@both
def test_v_may_be_omitted_for_a_one_tuple_of_size_one(product):
    assert_same((np.array([12.0]),), product(cubes, (np.array([2.0]),))[1])


@both
def test_v_may_be_omitted_for_a_python_float(product):
    assert_same(np.float64(12.0), product(lambda x: x**3, 2.0)[1])


@both
def test_v_may_not_be_omitted_otherwise(product):
    for f, inputs in [(cubes, X), (lambda a, b: a * b, (2.0, 3.0)), (cubes, np.zeros(0))]:
        with pytest.raises(RuntimeError):
            product(f, inputs)


@both
def test_v_of_size_zero(product):
    assert_same(np.zeros(0), product(cubes, np.zeros(0), np.zeros(0))[1])


@both
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
@pytest.mark.parametrize("v_shape", [(), (1,), (1, 1)])
def test_v_of_size_one_is_not_broadcast(product, shape, v_shape):
    x = np.full(shape, 2.0)

    if shape == v_shape:
        assert_same(np.full(shape, 36.0), product(cubes, x, np.full(v_shape, 3.0))[1])
    else:
        with pytest.raises(RuntimeError):
            product(cubes, x, np.full(v_shape, 3.0))


@both
@pytest.mark.parametrize("v_shape", [(), (1,), (2,), (1, 3), (3, 1), (0,)])
def test_v_must_have_the_shape_of_the_input(product, v_shape):
    with pytest.raises(RuntimeError):
        product(cubes, X, np.ones(v_shape))


@both
def test_v_must_have_one_entry_per_input(product):
    for v in [V, (V,), (V, W, W), (W, V), ()]:
        with pytest.raises(RuntimeError):
            product(coupled, (X, Y), v)


@both
def test_v_and_its_one_tuple_are_interchangeable(product):
    expected = product(cubes, X, V)

    assert_same(expected, product(cubes, X, (V,)))


@both
def test_v_may_not_be_a_list_a_number_or_text(product):
    for v in [[1.0, 1.0, 1.0], 1.0, "v", {"v": V}, ([1.0, 1.0, 1.0],), ((V,),), (None,)]:
        with pytest.raises(TypeError):
            product(cubes, X, v)


@both
def test_v_may_be_a_python_float_where_the_input_is_0d(product):
    # api-semantics.md says "may be accepted"; np.float64 is a float and an array, so users will expect it.
    assert_same(np.float64(24.0), product(lambda x: x**3, 2.0, 2.0)[1])


@both
def test_v_is_checked_before_the_call(product, capsys):
    def announce(x):
        print("called")
        return np.sum(x**3)

    with pytest.raises(RuntimeError):
        product(announce, X, np.ones(2))

    assert "" == capsys.readouterr().out


@both
def test_linear_function_gives_zeros(product):
    assert_same(np.zeros(3), product(lambda x: np.sum(x), X, V)[1])


@both
def test_constant_function_gives_zeros(product):
    for f in [lambda x: 2.0, lambda x: np.ones((1, 1)), lambda x: np.sum(np.zeros_like(x))]:
        assert_same(np.zeros(3), product(f, X, V)[1])


@both
def test_integer_output_gives_zeros(product):
    for f in [lambda x: np.argmax(x), lambda x: np.any(x > 1.5)]:
        assert_same(np.zeros(3), product(f, X, V)[1])


@both
def test_piecewise_constant_and_piecewise_linear_functions_give_zeros(product):
    for f in [lambda x: np.sum(np.floor(x)), lambda x: np.sum(np.maximum(x, 1.5)), lambda x: np.sum(abs(x))]:
        assert_same(np.zeros(3), product(f, X, V)[1])


@both
def test_unused_and_linear_inputs_get_zeros(product):
    _, result = product(lambda a, b, c: np.sum(a**3) + np.sum(b), (X, Y, Y), (V, W, W))

    assert_same((6 * X * V, np.zeros(2), np.zeros(2)), result)


@both
def test_bilinear_function(product):
    _, result = product(lambda a, b: np.sum(a * b), (X, 2 * X), (V, X))

    assert_same((X, V), result)


@both
def test_same_array_twice_is_two_inputs(product):
    _, result = product(lambda a, b: np.sum(a * b**2), (X, X), (V, np.zeros(3)))

    assert_same((np.zeros(3), 2 * X * V), result)


@both
def test_branches_and_loops(product):
    def f(x):
        total = 0.0
        for i in range(len(x)):
            if x[i] > 1.5:
                total += x[i] ** 4
            else:
                total -= x[i] ** 2
        return total

    v = np.array([1.0, 1.0, -1.0])

    assert_same(np.array([-2.0, 48.0, -108.0]), product(f, X, v)[1])


@both
def test_while_loop_with_data_dependent_trips(product):
    def newton_sqrt(a):
        x = a
        while abs(x * x - a) > 1e-13 * a:
            x = 0.5 * (x + a / x)
        return x

    np.testing.assert_allclose(product(newton_sqrt, 2.5)[1], -0.25 * 2.5**-1.5, rtol=1e-6)


@both
def test_called_function(product):
    def square_root(x):
        return np.sqrt(1.0 + x**2)

    def length(x):
        return np.sum(square_root(x))

    assert_same(V * (1 + X**2) ** -1.5, product(length, X, V)[1])


def test_hvp_and_vhp_agree():
    assert_same(hvp(rosen, X, V), vhp(rosen, X, V))
