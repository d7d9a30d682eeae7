"""``if``, ``elif`` and ``else``: on active and inactive conditions, nested, with names of one branch only."""

import numpy as np
import pytest

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(X)
@program(-X)
def branch_on_a_sum(x):
    if np.sum(x) > 0.0:
        y = np.sin(x)
    else:
        y = x**3
    return y * x


@program(0.5)
@program(1.5)
@program(2.5)
def three_ways(a):
    if a < 1.0:
        result = a * a
    elif a < 2.0:
        result = 2.0 * a - 1.0
    else:
        result = np.exp(a)
    return result


@program(X)
@program(-X)
def no_else(x):
    y = x * 2.0
    if x[0] > 0.0:
        y = y * x
    return y


@program(X)
@program(-X)
def nothing_in_the_branch(x):
    y = x * 2.0
    if x[0] > 0.0:
        pass
    else:
        y = -y
    return y


@program(X, 0.3)
@program(X, -0.3)
@program(-X, 0.3)
@program(-X, -0.3)
def nested_branches(x, a):
    if np.sum(x) > 0.0:
        if a > 0.0:
            y = x * a
        else:
            y = np.cos(x) - a
    elif a > 0.0:
        y = np.exp(x * a)
    else:
        y = x
    return y * y


@program(X)
@program(-X)
def two_names_in_a_branch(x):
    a, b = x, 1.0
    if x[0] > 0.0:
        a, b = np.sin(x), x[1]
    return a * b


@program(X)
@program(-X)
def name_of_one_branch(x):
    if x[0] > 0.0:
        scale = x[2]
    if x[0] > 0.0:
        return x * scale
    return x**2


@program(X)
@program(-X)
def inactive_in_one_branch(x):
    if x[0] > 0.0:
        y = np.ones(3)
    else:
        y = x * x
    return np.sum(y) * x


@program(X)
@program(-X)
def tuple_from_a_branch(x):
    if x[0] > 0.0:
        pair = x * 2.0, x[0] ** 2
    else:
        pair = np.sin(x), x[1]
    first, second = pair
    return first * second


@program(X)
@program(-X)
def early_computation_used_in_one_branch(x):
    heavy = np.exp(x)
    if x[0] > 0.0:
        return heavy * x
    return x


@program(X, True)
@program(X, False)
def branch_on_a_flag(x, squared):
    if squared:
        y = x * x
    else:
        y = np.abs(x)
    return np.sum(y)


@program(X)
@program(X[:2])
def branch_on_the_length(x):
    if len(x) > 2:
        return x[2] * x
    return x * x


@program(2.0, 3.0)
@program(3.0, 2.0)
def branch_on_a_comparison_of_arguments(a, b):
    if a > b:
        a, b = b, a
    return a / b


@program(X, 2)
@program(X, 3)
def branch_on_an_integer(x, n):
    if n % 2 == 0:
        return np.sum(x) * n
    return np.prod(x) / n


@program(np.array(0.5))
@program(np.array(-0.5))
def branch_on_a_0d_array(a):
    if a > 0:
        return a * a
    return -a


@program(X, np.array([0.1, 0.2, 0.3]))
def branch_after_branch(x, y):
    if x[0] > y[0]:
        x = x * y
    if x[1] > y[1]:
        x = x + y
    if x[2] > y[2]:
        x = x / y
    return x


@program(X)
@program(-X)
def both_branches_alike(x):
    if x[0] > 0.0:
        y = x * 2.0
    else:
        y = x * 2.0
    return y * y


@program(X)
def variable_of_some_iterations(x):
    y = x
    for k in range(3):
        if k % 2 == 0:
            inner = np.sin(y)
            y = inner * np.cos(inner) * x
        else:
            y = y * y
    return y


def some_depend_on_more(x, n):
    if n > 1:
        inner = np.sin(x)
        return np.sum(inner * np.cos(inner) * x)
    return np.sum(x**3)


@program(X)
def calls_that_take_other_branches(x):
    total = 0.0
    for k in range(3):
        total = total + some_depend_on_more(x * total, k) + x[0] ** 2 * x[1]
    return total


ROWS = np.stack([X, -X, 0.5 * X, X[::-1]])


def of_some_rows(x):
    if x[0] > 0.4:
        y = np.sin(x)
        z = np.sum(y * np.cos(y))
    else:
        z = np.sum(x**3)
    return z * x[0]


@pytest.mark.parametrize("derivative", [srcad.grad(of_some_rows), srcad.hessian(of_some_rows)])
def test_rows_of_a_batch_may_take_other_branches(derivative):
    with pytest.warns(srcad.BatchFallbackWarning, match=r"if x\[0\] > 0\.4"):
        found = srcad.vmap(derivative)(ROWS)
    np.testing.assert_allclose(found, np.stack([derivative(row) for row in ROWS]), rtol=1e-13, atol=1e-13)


def returned_if_assigned(x):
    if x[0] > 0.0:
        y = np.sin(x)
    return y


def read_if_assigned(x):
    if x[0] > 0.0:
        y = np.sum(x)
    return y * 2.0


def passed_if_assigned(x):
    if x[0] > 0.0:
        y = np.sin(x)
    return returned_if_assigned(y)


@pytest.mark.filterwarnings("ignore::srcad.BatchFallbackWarning")
@pytest.mark.parametrize("function", [returned_if_assigned, read_if_assigned, passed_if_assigned])
def test_what_a_row_has_not_assigned_cannot_be_read(function):
    positive = np.abs(ROWS)
    np.testing.assert_array_equal(srcad.vmap(function)(positive), np.stack([function(row) for row in positive]))

    with pytest.raises(UnboundLocalError, match="row 1 of the batch has not assigned y"):
        srcad.vmap(function)(ROWS)


def as_many_as_are_positive(x):
    count = 1 if x[0] < 0.0 else 2
    return np.sin(x[:count])


@pytest.mark.filterwarnings("ignore::srcad.BatchFallbackWarning")
def test_rows_of_different_shapes_are_refused():
    with pytest.raises(srcad.DifferentiationError, match=r"the rows of the batch differ in shape: \(2,\) and \(1,\)") as caught:
        srcad.vmap(as_many_as_are_positive)(ROWS)
    assert "call the function for each row" in str(caught.value)
    assert "np.sin(x[:count])" in "".join(caught.value.__notes__)
