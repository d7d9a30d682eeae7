"""srcad.grad, value_and_grad, stop_gradient and check_grads."""

import numpy as np
import pytest

import srcad
from tests.support import assert_same, parameters

X = np.array([1.0, 2.0, 3.0])

either = pytest.mark.parametrize("transform", [srcad.grad, srcad.value_and_grad], ids=lambda f: f.__name__)


def cubes(x):
    return np.sum(x**3)


# Signatures -------------------------------------------------------------------------------------------------


@either
def test_signature(transform):
    named = "POSITIONAL_OR_KEYWORD"
    empty = parameters(cubes)[0][2]

    assert [("f", named, empty), ("argnums", named, 0), ("has_aux", named, False)] == parameters(transform)


def test_signature_of_check_grads():
    named = "POSITIONAL_OR_KEYWORD"
    empty = parameters(cubes)[0][2]
    expected = [("f", named, empty), ("args", named, empty), ("order", named, 2)]
    expected += [("modes", named, ("fwd", "rev")), ("atol", named, None), ("rtol", named, None)]
    expected += [("eps", named, None)]

    assert expected == parameters(srcad.check_grads)


# Values -----------------------------------------------------------------------------------------------------


def test_gradient():
    assert_same(3 * X**2, srcad.grad(cubes)(X))


def test_value_and_gradient():
    result = srcad.value_and_grad(cubes)(X)

    assert type(result) is tuple
    assert_same((np.float64(36.0), 3 * X**2), result)


def test_gradient_of_a_python_float():
    assert_same(np.float64(12.0), srcad.grad(lambda x: x**3)(2.0))


def test_value_of_a_python_float():
    value, slope = srcad.value_and_grad(lambda x: x**3)(2.0)

    assert 8.0 == value
    assert_same(np.float64(12.0), slope)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda t: t.__name__)
def test_dtype_of_the_input_stays(dtype):
    x = X.astype(dtype)

    assert_same((np.sum(x**3), 3 * x**2), srcad.value_and_grad(cubes)(x))


@pytest.mark.parametrize("dtype", [np.float16, np.float32], ids=lambda t: t.__name__)
def test_numpy_scalar_keeps_its_dtype(dtype):
    assert_same(dtype(12), srcad.grad(lambda x: x**3)(dtype(2)))


def test_mixed_dtypes_keep_their_own():
    a, b = np.array([1.0, 2.0], np.float32), np.array([3.0, 4.0])

    assert_same((b.astype(np.float32), a.astype(np.float64)), srcad.grad(lambda a, b: a @ b, (0, 1))(a, b))


def test_empty_array():
    assert_same(np.zeros((0, 2)), srcad.grad(cubes)(np.zeros((0, 2))))


def test_constant_function_gives_zeros():
    for f in [lambda x: np.float64(3.0), lambda x: np.sum(np.ones(2)), lambda x: 3.0]:
        assert_same(np.zeros(3), srcad.grad(f)(X))


def test_unused_argument_gives_zeros():
    assert_same((np.zeros(3), 2.0), srcad.grad(lambda a, b: b**2, (0, 1))(X, 1.0))


def test_conditional_expression():
    f = srcad.grad(lambda x: x**2 if x > 0 else -x)

    assert_same(np.float64(6.0), f(3.0))
    assert_same(np.float64(-1.0), f(-3.0))


def test_recursion():
    def power(x, n):
        if n == 0:
            return 1.0
        return x * power(x, n - 1)

    assert_same(np.float64(80.0), srcad.grad(power)(2.0, 5))


def test_loop_over_a_zip():
    def f(x, y):
        total = 0.0
        for a, b in zip(x, y):  # noqa: B905
            total += a * b**2
        return total

    y = np.array([3.0, 4.0, 5.0])

    assert_same((y**2, 2 * X * y), srcad.grad(f, (0, 1))(X, y))


def test_keyword_arguments_pass_through():
    def f(x, scale):
        return scale * np.sum(x**2)

    assert_same(6 * X, srcad.grad(f)(X, scale=3.0))


def test_keyword_arguments_are_not_differentiated():
    value, slope = srcad.value_and_grad(lambda x, y: x @ y)(X, y=2 * X)

    assert_same(np.float64(28.0), value)
    assert_same(2 * X, slope)


def test_keyword_arguments_may_be_anything():
    def f(x, options, names=()):
        return options["scale"] * np.sum(x**2) * len(names)

    assert_same(12 * X, srcad.grad(f)(X, options={"scale": 3.0}, names=("a", "b")))


def test_other_arguments_may_be_anything():
    def f(x, mode, count, flags):
        if mode == "cube":
            return np.sum(x**3) * count
        return np.sum(x[flags])

    assert_same(6 * X**2, srcad.grad(f)(X, "cube", 2, None))
    assert_same(np.array([1.0, 0.0, 1.0]), srcad.grad(f)(X, "pick", 2, np.array([True, False, True])))


def test_function_is_called_once(capsys):
    def announce(x):
        print("called")
        return np.sum(x**3)

    srcad.value_and_grad(announce)(X)

    assert "called\n" == capsys.readouterr().out


def test_arguments_are_left_as_found():
    x = X.copy()

    srcad.grad(cubes)(x)

    np.testing.assert_array_equal(x, X)


def test_gradients_share_no_memory():
    x = X.copy()

    first, second = srcad.grad(lambda a, b: a @ b, (0, 1))(x, x)

    assert not np.shares_memory(first, x)
    assert not np.shares_memory(second, x)
    assert not np.shares_memory(first, second)


# The output -------------------------------------------------------------------------------------------------

BAD_OUTPUTS = {
    "(1,)": lambda x: x[:1],
    "(1, 1)": lambda x: x[:1].reshape(1, 1),
    "vector": lambda x: x**2,
    "empty": lambda x: x[:0],
    "tuple": lambda x: (np.sum(x),),
    "pair": lambda x: (np.sum(x), np.sum(x)),
    "list": lambda x: [np.sum(x)],
    "dict": lambda x: {"sum": np.sum(x)},
    "none": lambda x: None,
    "text": lambda x: "sum",
}


@either
@pytest.mark.parametrize("f", BAD_OUTPUTS.values(), ids=BAD_OUTPUTS.keys())
def test_output_must_be_0d(transform, f):
    with pytest.raises(srcad.DifferentiationError):
        transform(f)(X)


BAD_ARGUMENTS = {
    "integers": np.array([1, 2]),
    "booleans": np.array([True, False]),
    "python int": 3,
    "python bool": True,
    "text": "x",
    "array of text": np.array(["a", "b"]),
    "objects": np.array([1.0, 2.0], object),
    "integers in a list": [X, np.array([1, 2])],
    "text in a dict": {"x": X, "name": "a"},
}


@either
@pytest.mark.parametrize("x", BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS.keys())
def test_differentiated_argument_must_hold_floats(transform, x):
    with pytest.raises(srcad.DifferentiationError):
        transform(lambda x: 1.0)(x)


# Nested -----------------------------------------------------------------------------------------------------


def test_derivatives_of_any_order():
    f = lambda x: x**5

    assert_same(np.float64(5 * 2.0**4), srcad.grad(f)(2.0))
    assert_same(np.float64(20 * 2.0**3), srcad.grad(srcad.grad(f))(2.0))
    assert_same(np.float64(60 * 2.0**2), srcad.grad(srcad.grad(srcad.grad(f)))(2.0))
    assert_same(np.float64(120 * 2.0), srcad.grad(srcad.grad(srcad.grad(srcad.grad(f))))(2.0))


def test_second_derivative_of_a_function_with_a_loop():
    def f(x):
        y = x
        for _ in range(3):
            y = y * np.sin(x)
        return y

    s, c = np.sin(0.7), np.cos(0.7)
    # x sin³ x
    first = s**3 + 3 * 0.7 * s**2 * c
    second = 6 * s**2 * c + 0.7 * (6 * s * c**2 - 3 * s**3)

    assert_same(np.float64(first), srcad.grad(f)(0.7))
    assert_same(np.float64(second), srcad.grad(srcad.grad(f))(0.7))


def test_gradient_of_a_function_that_uses_a_gradient():
    def f(x):
        return np.sum(srcad.grad(cubes)(x) ** 2)

    assert_same(36 * X**3, srcad.grad(f)(X))


def test_gradient_of_a_function_that_uses_value_and_gradient():
    def f(x):
        value, slope = srcad.value_and_grad(cubes)(x)
        return value + np.sum(slope)

    assert_same(3 * X**2 + 6 * X, srcad.grad(f)(X))


def test_inner_gradient_with_respect_to_another_argument():
    inner = srcad.grad(lambda a, b: np.sum(a**2 * b**3), 1)

    assert_same(6 * X * (2 * X) ** 2, srcad.grad(lambda x: np.sum(inner(x, 2 * X)))(X))


# stop_gradient ----------------------------------------------------------------------------------------------


def test_stop_gradient_returns_its_argument():
    np.testing.assert_array_equal(srcad.stop_gradient(X), X)
    assert 2.0 == srcad.stop_gradient(2.0)


def test_stop_gradient_cuts_the_derivative():
    assert_same(X, srcad.grad(lambda x: np.sum(srcad.stop_gradient(x) * x))(X))


def test_stop_gradient_cuts_tangents_too():
    _, tangent = srcad.jvp(lambda x: srcad.stop_gradient(x**2) + x, (X,), (np.ones(3),))

    assert_same(np.ones(3), tangent)


def test_stop_gradient_cuts_every_order():
    # d/dx (stop(x)² x³) = 3 x⁴, then 6 stop(x)² x = 6 x³
    f = lambda x: srcad.stop_gradient(x) ** 2 * x**3

    assert_same(np.float64(48.0), srcad.grad(f)(2.0))
    assert_same(np.float64(48.0), srcad.grad(srcad.grad(f))(2.0))


def test_stop_gradient_of_everything_gives_zeros():
    assert_same(np.zeros(3), srcad.grad(lambda x: srcad.stop_gradient(np.sum(x**2)))(X))


# check_grads ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, 2, 3])
def test_check_grads_accepts_right_derivatives(order):
    assert srcad.check_grads(lambda x, y: np.sin(x) * np.exp(y), (X, 0.1 * X), order=order) is None


@pytest.mark.parametrize("modes", [("fwd",), ("rev",), ("fwd", "rev"), ["fwd", "rev"]])
def test_check_grads_takes_modes(modes):
    srcad.check_grads(cubes, (X,), modes=modes)


def test_check_grads_takes_tolerances():
    srcad.check_grads(cubes, (X,), order=1, atol=1e-3, rtol=1e-3, eps=1e-4)


def test_check_grads_takes_pytrees_and_python_floats():
    def f(params, t):
        return {"y": params["w"] * t, "z": [np.sum(params["b"] ** 2)]}

    srcad.check_grads(f, ({"w": X, "b": 2 * X}, 0.5))


def test_check_grads_works_in_single_precision():
    srcad.check_grads(lambda x: np.sin(x) * x, (X.astype(np.float32),))


@pytest.mark.parametrize("modes", [("fwd",), ("rev",)])
def test_check_grads_notices_a_wrong_first_derivative(modes):
    # The error class is that of a failed check in a test.
    with pytest.raises(AssertionError):
        srcad.check_grads(lambda x: srcad.stop_gradient(x) * x, (X,), order=1, modes=modes)


def test_check_grads_notices_a_wrong_second_derivative():
    def f(x):
        # x² with the right first derivative, 2 stop(x), whose derivative is then missing
        return srcad.stop_gradient(x) ** 2 + 2.0 * srcad.stop_gradient(x) * (x - srcad.stop_gradient(x))

    srcad.check_grads(f, (X,), order=1)

    with pytest.raises(AssertionError):
        srcad.check_grads(f, (X,), order=2)


def test_check_grads_refuses_an_unknown_mode():
    with pytest.raises(ValueError):
        srcad.check_grads(cubes, (X,), modes=("sideways",))
