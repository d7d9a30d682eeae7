"""Functions that call themselves and each other."""

import numpy as np
import pytest

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])

def test_program(program, check):
    check(program)


@program(1.5, 4)
@program(1.5, 0)
def power(a, n):
    if n == 0:
        return 1.0
    return a * power(a, n - 1)


@program(X, 3)
def iterated_sine(x, n):
    if n == 0:
        return x
    return np.sin(iterated_sine(x, n - 1)) + x


@program(X, 2)
def accumulator(x, n, total=0.0):
    if n == 0:
        return total
    return accumulator(x * 0.5, n - 1, total + np.sum(x**2))


@program(X)
def sum_of_halves(x):
    if len(x) == 1:
        return x[0] ** 2
    middle = len(x) // 2
    return sum_of_halves(x[:middle]) * 1.5 + sum_of_halves(x[middle:])


@program(X)
def first_and_rest(x):
    if x.shape[0] == 0:
        return 0.0
    return x[0] ** 2 + 0.5 * first_and_rest(x[1:])


@program(1.2, 4)
def fibonacci_like(a, n):
    if n < 2:
        return a**n
    return fibonacci_like(a, n - 1) * a + fibonacci_like(a, n - 2)


@program(1.5, 3)
def two_results(a, n):
    if n == 0:
        return a, 1.0
    value, scale = two_results(a * 0.9, n - 1)
    return value * a, scale + value


@program(X, 3)
def array_and_number(x, n):
    if n == 0:
        return x, np.sum(x)
    y, total = array_and_number(np.sin(x), n - 1)
    return y * x, total * 0.5 + y[0]


@program(1.3)
@program(9.0)
def depth_from_the_data(a):
    if a > 5.0:
        return a
    return depth_from_the_data(a * a) * 0.5


def even_part(x, n):
    if n == 0:
        return x * 2.0
    return odd_part(np.sin(x), n - 1)


def odd_part(x, n):
    if n == 0:
        return x**2
    return even_part(x * x, n - 1)


@program(X, 3)
@program(X, 2)
def mutual(x, n):
    return even_part(x, n) * odd_part(x, n)


def constant_or(x, n):
    if n <= 0:
        return 2.0
    return value_or(x, n - 1)


def value_or(x, n):
    if n <= 0:
        return np.sum(x**2)
    return constant_or(x, n - 1)


@program(X, 3)
@program(X, 4)
def mutual_with_a_constant(x, n):
    return value_or(x, n) * x[0] + constant_or(x, n) * x[1]


@program(X, 3)
@program(X, 4)
def mutual_with_a_constant_first(x, n):
    return constant_or(x, n) * x[1] + value_or(x, n)


def ring_one(x, n):
    return x if n == 0 else ring_two(x * 1.1, n - 1)


def ring_two(x, n):
    return x * x if n == 0 else ring_three(x + 0.1, n - 1)


def ring_three(x, n):
    return np.cos(x) if n == 0 else ring_one(np.sin(x), n - 1)


@program(X, 4)
@program(X, 5)
def ring_of_three(x, n):
    return ring_one(x, n)


@program(X, 2)
def recursion_in_a_loop(x, n):
    total = 0.0
    for k in range(2):
        total = total + np.sum(iterated_sine(x, n + k))
    return total


@program(X, 2)
def loop_in_recursion(x, n):
    if n == 0:
        return np.sum(x)
    for _ in range(n):
        x = x * 1.1 + 0.1
    return loop_in_recursion(np.tanh(x), n - 1) * x[0]


@program(2.0, 3)
def tree(a, depth):
    if depth == 0:
        return np.sin(a)
    left = tree(a * 0.9, depth - 1)
    right = tree(a * 1.1, depth - 1)
    return left * right + a


@program(np.arange(1.0, 8.0))
def changing_shapes(x):
    if x.size <= 2:
        return np.prod(x)
    return changing_shapes(x[::2] + x[0]) * x[1]


def determinant_by_minors(a):
    n = a.shape[0]
    if n == 1:
        return a[0, 0]
    total = 0.0
    for j in range(n):
        minor = np.concatenate([a[1:, :j], a[1:, j + 1 :]], axis=1)
        total = total + (-1) ** j * a[0, j] * determinant_by_minors(minor)
    return total


@program(np.array([[2.0, 0.5, 1.0], [0.3, 1.5, -0.4], [0.1, 0.7, 1.1]]))
def determinant(a):
    return determinant_by_minors(a) ** 2


def first_third(x, n):
    if n <= 0:
        return np.sin(x) * x
    return second_third(x * x, n - 1) + x


def second_third(x, n):
    left = last_third(x * 0.5, n - 1)
    right = first_third(np.cos(x), n - 1)
    return left * right


def last_third(x, n):
    if n <= 0:
        return x**3
    y = np.tanh(x)
    return first_third(y, n - 1) * y


@program(X, 3)
@program(X, 4)
def three_that_call_each_other(x, n):
    return first_third(x, n)


@program(X)
@program(X * 3.0)
def array_depth_from_the_data(x):
    y = np.sin(x) * x
    if np.sum(x**2) > 20.0:
        return y * y
    return array_depth_from_the_data(x * 1.5) * y + x


@program(X)
@program(-X)
def recursion_on_one_side(x):
    if np.sum(x) > 0.0:
        return mutual(x, 3) * 2.0
    return accumulator(x, 2) * x


@program(X)
def recursion_while_something_holds(x):
    total = 0.0
    while total < 3.0:
        total = total + 0.5 + accumulator(x, 2) ** 2
    return total * x[0]


@program(X, 2)
def recursions_of_each_depth(x, n):
    total = x
    for k in range(n):
        total = total * np.sin(three_that_call_each_other(x, k)) + mutual(x, k)
    return total


@program(X, 3)
def several_results_at_each_depth(x, n):
    if n == 0:
        return np.cos(x), x[:2] * x[2:], 1.0
    y, z, scale = several_results_at_each_depth(x * x * 0.5, n - 1)
    if n % 2 == 0:
        part = y[:2] * z
        return y * x, part * part, scale * 0.5
    return y + x, z, scale * np.sum(z)


ROWS = np.stack([X, 3.0 * X, 0.2 * X])


@pytest.mark.parametrize("function", [array_depth_from_the_data, recursion_on_one_side])
def test_each_row_of_a_batch_has_a_depth_of_its_own(function):
    def total(x):
        return np.sum(function(x))

    rows = ROWS * [[1.0], [-1.0], [1.0]]
    for derivative in (total, srcad.grad(total), srcad.hessian(total)):
        with pytest.warns(srcad.BatchFallbackWarning, match=r"if np\.sum\(x"):
            found = srcad.vmap(derivative)(rows)
        np.testing.assert_allclose(found, np.stack([derivative(row) for row in rows]), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("depth", [0, 1, 4])
def test_one_depth_for_all_rows_needs_no_rows_one_by_one(depth):
    def total(x):
        return np.sum(three_that_call_each_other(x, depth))

    for derivative in (srcad.grad(total), srcad.hessian(total)):
        batched = srcad.vmap(derivative)  # a warning is an error here
        np.testing.assert_allclose(batched(ROWS), np.stack([derivative(row) for row in ROWS]), rtol=1e-12, atol=1e-12)
        assert "for row in" not in batched.source(ROWS)


def slope_of_itself(a, n):
    if n == 0:
        return a**3
    return a * srcad.grad(slope_of_itself)(a, n - 1)


def slope_of_a_caller(a, n):
    if n == 0:
        return a**3
    return a * srcad.grad(calls_back)(a, n - 1)


def calls_back(a, n):
    return slope_of_a_caller(a, n) * 2.0


@pytest.mark.parametrize("function", [slope_of_itself, slope_of_a_caller])
def test_a_function_that_takes_its_own_derivative_is_refused_where_it_does(function):
    np.testing.assert_allclose(srcad.grad(function)(2.0, 0), 12.0)

    with pytest.raises(srcad.DifferentiationError, match="takes a derivative of itself"):
        srcad.grad(function)(2.0, 1)


def shifted(x, depth):
    if depth == 0:
        return 1, 1, 1, 1, 1, 1, 1
    a, b, c, d, e, f, _ = shifted(x, depth - 1)
    return x * a, a, b, c, d, e, f


@program(1.5, 9)
def many_results_in_a_row(x, depth):
    parts = shifted(x, depth)
    return parts[0] * parts[1] * parts[6]


def endless(x, depth):
    rest = endless(x, depth - 1)
    return x if depth == 0 else rest


def test_a_function_that_never_returns_is_refused():
    with pytest.raises(srcad.DifferentiationError, match="endless calls itself on every path"):
        srcad.grad(lambda x: endless(x, 3))(2.0)
