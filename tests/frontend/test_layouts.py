"""What is said of how arrays lie in memory is what NumPy does."""

import operator

import numpy as np
import pytest

import srcad
from srcad.rules.sharing import KEEPING

A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3]])
SHAPES = [((2, 3), (2, 3)), ((2, 1), (1, 3)), ((4, 2, 3), (2, 3)), ((4, 1, 3), (2, 1)),
          ((1, 3, 1), (2, 1, 4)), ((5, 1, 1), (1, 2, 3))]
PRODUCTS = (operator.matmul, np.dot)
LISTS = (np.concatenate, np.stack, np.vstack, np.hstack)


def calls(function, a, b):
    """Arguments to try."""
    if function in LISTS:
        first = [((a, a),), ((a, a, a),)]
        return first + [((a, a), 1)] if function in (np.concatenate, np.stack) else first
    if function in PRODUCTS:
        turned = np.ascontiguousarray(np.swapaxes(a, -1, -2))
        return [(a, turned), (a[None] * np.ones((3, *(1,) * a.ndim)), turned)]
    if function is np.where:
        return [(a > 0.5, a, b), (b > 0.5, a, 1.0)]
    if function is np.cumsum:
        return [(a, k) for k in range(a.ndim)]
    if function is np.clip:
        return [(a, b, 1.0)]
    if function is np.astype:
        return [(a, np.float32)]
    one = function in (np.copy, np.array, abs) or getattr(function, "nin", 2) == 1
    return [(a,)] if one else [(a,), (a, b)]


@pytest.mark.parametrize("function", [*KEEPING, np.arctan2, np.sin, np.maximum], ids=lambda f: f.__name__)
@pytest.mark.parametrize("shapes", SHAPES)
def test_results_of_arrays_in_order_are_in_order(function, shapes):
    rng = np.random.default_rng(0)
    a, b = (rng.random(shape) for shape in shapes)
    tried = 0
    for args in calls(function, a, b):
        try:
            result = function(*args)
        except TypeError:
            continue  # not so many arguments
        assert result.flags.c_contiguous
        tried += 1
    assert tried


def written_through_a_reshaped_array(a):
    b = a * a
    flat = b.reshape(6)
    flat[4] = a[0, 0] * a[0, 1]
    return np.sum(b * a)


@pytest.mark.parametrize("a", [np.asfortranarray(A), np.concatenate([A, A], axis=1)[:, ::2]], ids=["columns", "stride"])
def test_an_argument_in_another_order_is_refused(a):
    derivative = srcad.grad(written_through_a_reshaped_array)
    expected = derivative(A)
    assert expected.shape == A.shape

    with pytest.raises(srcad.DifferentiationError, match="a is not in C order"):
        derivative(a)


def test_what_does_not_depend_on_the_order_is_not_refused():
    def f(a):
        return np.sum(a.ravel() ** 2) + np.sum(a.T.reshape(-1))

    np.testing.assert_array_equal(srcad.grad(f)(np.asfortranarray(A)), 2.0 * A + 1.0)
