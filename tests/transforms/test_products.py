"""Products of derivative code are put in order; those of the user are not touched."""

import numpy as np
import pytest

from srcad.transforms.adjoint import adjoint, gradient
from srcad.transforms.dead import without_dead
from srcad.transforms.products import ordered_products
from srcad.transforms.tangent import tangent
from tests.transforms.lowered import changed, lines, lowered

X = np.ones(3)
SINGLE = np.ones(3, np.float32)


def backward(block):
    return without_dead(ordered_products(block))


def after(text):
    """The lines behind a remark."""
    return text[text.index("  # backward") + 1 :]


def scaled_square(x):
    return np.sum(3.0 * x**2 * 2.0)


def test_literals_become_one():
    text = changed(backward, gradient(lowered(scaled_square, X), (True,), (True,)))

    assert after(text) == ["  x_bar = operator.mul(12.0, x)", "  yield t.4, x_bar"]


def scaled(x):
    return 2.0 * (3.0 * x)


def test_the_users_own_arithmetic_keeps_its_rounding():
    function = lowered(scaled, X)

    assert changed(backward, function) == lines(function)


def shared_scale(x, a):
    return np.sum(a * x * np.sin(x))


def test_scalars_are_multiplied_before_arrays():
    text = after(changed(backward, adjoint(lowered(shared_scale, X, 2.0), (True, False), (True,))))

    assert text[-4:-2] == ["  t.7 = operator.mul(y_bar, a)", "  t.8 = operator.mul(t.7, t.2)"]


def difference(x):
    return np.sum(x - np.cos(x))


def test_a_sign_goes_into_the_sum():
    text = after(changed(backward, adjoint(lowered(difference, X), (True,), (True,))))

    assert not any("operator.neg" in line for line in text)
    assert text[-2] == "  x_bar = operator.add(y_bar, t.5)"


def sum_of_scaled(x, a):
    return np.sum(x * a)


@pytest.mark.parametrize("scale", [2.0, np.float32(2.0)])
def test_a_scaling_is_done_after_a_sum(scale):
    text = changed(backward, tangent(lowered(sum_of_scaled, SINGLE, scale), (True, False)))

    assert text[1:3] == ["  t.2 = np.sum(x_dot)", "  t.3 = operator.mul(a, t.2)"]


def test_a_scaling_that_makes_another_type_of_the_sum_stays_before_it():
    text = changed(backward, tangent(lowered(sum_of_scaled, SINGLE, np.float64(2.0)), (True, False)))

    assert text[0] == "  t = operator.mul(a, x_dot)"
    assert "  t.3 = np.sum(t)" in text
