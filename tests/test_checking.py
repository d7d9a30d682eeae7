"""srcad.check_grads: what it accepts, what it notices, and what it says then."""

import re

import numpy as np
import pytest

import srcad
from srcad import checking, stop_gradient

X = np.array([1.0, 2.0, 3.0])


def half_stopped(x):
    return stop_gradient(x) * x


def right_only_in_first_order(x):
    return stop_gradient(x) ** 2 + 2.0 * stop_gradient(x) * (x - stop_gradient(x))


def numbers(message):
    """The two numbers that a message compares."""
    found = re.search(r"(?:vector is|\] ) ?([-\d.e]+|nan), by [^-\d]*([-\d.e]+|nan) \(tolerance", message)
    assert found, message
    return float(found[1]), float(found[2])


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("modes", [("fwd",), ("rev",), ("fwd", "rev")], ids="-".join)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda t: t.__name__)
def test_right_derivatives_pass(order, modes, dtype):
    srcad.check_grads(lambda x: np.sin(x) / x, (X.astype(dtype),), order, modes)


@pytest.mark.parametrize("x", [2.0, np.float32(2.0), np.array(2.0), np.zeros((0, 2)), np.ones((2, 1, 3))], ids=repr)
def test_every_shape_passes(x):
    srcad.check_grads(lambda x: x**3, (x,))


@pytest.mark.parametrize("size", [0.01, 1e6])
def test_values_of_every_size_pass(size):
    srcad.check_grads(lambda x: size + np.sin(x / size), (size * X,))


def test_values_on_a_small_scale_pass_with_a_small_step():
    srcad.check_grads(lambda x: np.sin(x / 1e-6), (1e-6 * X,), eps=1e-11)


def test_structures_pass():
    def f(params, pair):
        a, [b] = pair
        return {"y": params["w"] @ a * b, "z": (np.sum(params["w"]), [a**2])}

    srcad.check_grads(f, ({"w": np.ones((2, 3))}, (X, [0.5])))


def test_list_of_arguments_passes():
    srcad.check_grads(lambda x, y: x * y, [X, 2.0])


def test_functions_with_branches_and_loops_pass():
    def f(x, y):
        for _ in range(3):
            y = y * np.sin(x) if np.sum(x) > 0 else y
        return y

    srcad.check_grads(f, (X, 2.0))


@pytest.mark.parametrize("mode, name", [("fwd", "forward mode"), ("rev", "reverse mode")])
def test_wrong_first_derivative_is_noticed(mode, name):
    with pytest.raises(AssertionError, match=f"the derivative of order 1 is wrong in {name}: .*differences") as info:
        srcad.check_grads(half_stopped, (X,), modes=(mode,))

    ours, theirs = numbers(str(info.value))
    # half of the derivative of x² is missing
    assert theirs == pytest.approx(2 * ours)


@pytest.mark.parametrize("mode, name", [("fwd", "forward mode"), ("rev", "reverse mode")])
def test_wrong_second_derivative_is_noticed(mode, name):
    srcad.check_grads(right_only_in_first_order, (X,), order=1, modes=(mode,))

    with pytest.raises(AssertionError, match=f"of order 2 is wrong in {name} over {name}"):
        srcad.check_grads(right_only_in_first_order, (X,), order=2, modes=(mode,))


def test_derivative_of_one_output_of_several_is_noticed():
    with pytest.raises(AssertionError, match=r"output 1 at \[0\] "):
        srcad.check_grads(lambda x: (x**2, half_stopped(x)), (X,))


def test_reverse_mode_that_disagrees_with_forward_mode_is_noticed(monkeypatch):
    def vjp(f, *primals):
        out, pullback = srcad.vjp(f, *primals)
        return out, lambda v: tuple(1.0001 * bar for bar in pullback(v))

    monkeypatch.setattr(checking, "vjp", vjp)

    with pytest.raises(AssertionError, match="order 1 is wrong in reverse mode: .*by forward mode") as info:
        srcad.check_grads(lambda x: x**2, (X,), order=1)

    ours, theirs = numbers(str(info.value))
    assert ours == pytest.approx(1.0001 * theirs)


def test_value_that_is_not_the_function_s_is_noticed(monkeypatch):
    def jvp(f, primals, tangents):
        out, tangent = srcad.jvp(f, primals, tangents)
        return out + 1.0, tangent

    monkeypatch.setattr(checking, "jvp", jvp)

    with pytest.raises(AssertionError, match="the function itself"):
        srcad.check_grads(lambda x: x**2, (X,))


def test_nan_is_wrong():
    with pytest.raises(AssertionError, match="nan"):
        srcad.check_grads(lambda x: x * np.nan, (X,))


def test_tolerances_decide():
    srcad.check_grads(half_stopped, (X,), order=1, atol=100.0)
    srcad.check_grads(half_stopped, (X,), order=1, rtol=1.0)
    with pytest.raises(AssertionError, match=r"tolerance 0\.0e\+00"):
        srcad.check_grads(np.exp, (X,), order=1, modes=("fwd",), atol=0.0, rtol=0.0)


def test_step_decides():
    kink = lambda x: np.abs(x - 1e-4)

    srcad.check_grads(kink, (0.0,), eps=1e-6)
    with pytest.raises(AssertionError):
        srcad.check_grads(kink, (0.0,), eps=1e-2)


def test_check_is_the_same_each_time():
    messages = []
    for _ in range(2):
        with pytest.raises(AssertionError) as info:
            srcad.check_grads(half_stopped, (X,))
        messages.append(str(info.value))

    assert messages[0] == messages[1]


def test_arguments_are_left_as_found():
    x = X.copy()

    srcad.check_grads(lambda x: x**2, (x,))

    np.testing.assert_array_equal(X, x)


@pytest.mark.parametrize("modes", [("sideways",), ("fwd", "back"), ()])
def test_unknown_mode_is_refused(modes):
    with pytest.raises(ValueError, match="pass 'fwd', 'rev' or both"):
        srcad.check_grads(np.sin, (X,), modes=modes)


def test_order_must_be_positive():
    with pytest.raises(ValueError, match="order=0: pass 1 or more"):
        srcad.check_grads(np.sin, (X,), order=0)


def test_arguments_must_be_a_tuple():
    with pytest.raises(TypeError, match="args is a ndarray: pass a tuple"):
        srcad.check_grads(np.sin, X)


@pytest.mark.parametrize("x", [1, "a", np.array([1, 2]), None], ids=repr)
def test_arguments_must_be_floats(x):
    with pytest.raises(srcad.DifferentiationError, match="which is no float and has no derivative"):
        srcad.check_grads(lambda x: x, (x,))
