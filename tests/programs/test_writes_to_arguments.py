"""Writes into arguments and captured arrays: the differentiated ones stay as they are outside, all else changes, once."""

import numpy as np
import pytest

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3]])
LOG = np.zeros(3)
COUNTS = np.zeros(2, dtype=int)
WEIGHTS = {"w": np.array([0.1, 0.2, 0.3])}


def test_program(program, check):
    check(program)


@program(X)
def argument_written_into(x):
    x[0] = x[1] * x[2]
    return x * x


@program(X)
def argument_added_to(x):
    x += np.sin(x)
    return x * x


@program(X)
def argument_scaled_and_returned(x):
    x *= x
    return x


@program(X)
def argument_overwritten_altogether(x):
    x[:] = 1.0
    return x * x


@program(X)
def argument_read_before_and_after(x):
    y = x * x
    x[1:] = y[:-1]
    return x * y


@program(X)
@program(-X)
def argument_written_in_a_branch(x):
    if x[0] > 0.0:
        x[1] = x[0] ** 2
    return x * x


@program(X, A)
def two_arguments_written(x, a):
    a[0] = x * a[1]
    x -= a[0]
    return a * x


@program(X)
def argument_written_in_a_loop(x):
    for i in range(1, 3):
        x[i] += x[i - 1] * x[i]
    return np.sum(x * x)


@program({"w": X, "b": A})
def written_inside_a_dict_argument(parameters):
    parameters["w"] += 0.5 * parameters["b"][0]
    parameters["b"][1] = parameters["w"] * 2.0
    return parameters["w"] * parameters["b"]


@program([X, A])
def written_inside_a_list_argument(parts):
    parts[0][1] = parts[1][0, 0] ** 2
    return parts[0] * parts[1]


@program((X, A))
def written_inside_a_tuple_argument(parts):
    x, a = parts
    a *= x
    x[0] = a[1, 1]
    return a * x


@program([X, 0.5])
def entry_of_a_list_argument_replaced(parts):
    parts[0] = parts[0] * parts[1]
    parts.append(np.sin(parts[0]))
    return parts[0] * parts[2]


@program({"w": X, "b": 0.5})
def entry_of_a_dict_argument_replaced(parameters):
    parameters["w"] = parameters["w"] * parameters["b"]
    parameters["c"] = np.sin(parameters["w"])
    return parameters["w"] * parameters["c"]


@program(X, rest=(np.array([1.0, 2.0, 3.0]),))
def other_argument_written_into(x, buffer):
    buffer[0] = x[1] * x[2]
    buffer[1:] *= x[1:]
    return buffer * x


@program(X, rest=(np.zeros(3),))
def result_through_an_output_argument(x, out):
    for i in range(3):
        out[i] = x[i] ** 2 * x[0]
    return np.sum(out)


@program(X, rest=(np.array([1.0, 2.0, 3.0]),))
def other_argument_returned(x, buffer):
    buffer += x
    return buffer


@program(X, rest=(np.array([1, 2, 3]),))
def integer_argument_counted_up(x, counts):
    counts[x > 0.0] += 1
    return x * counts


@program(X, rest=([0.5, 0.25],))
def other_list_appended_to(x, history):
    history.append(float(np.sum(x)))
    return x * history[0] * len(history)


@program(X)
def captured_array_written(x):
    LOG[:] = x * x
    return LOG * x


@program(X)
def captured_array_added_to(x):
    LOG[0] += x[0]
    LOG[1:] = LOG[0] * x[1:]
    return LOG * LOG


@program(X)
def captured_array_that_only_records(x):
    y = x * x
    LOG[1] = y[1]
    COUNTS[0] += 1
    return y * x


@program(X)
def captured_dict_of_arrays_updated(x):
    WEIGHTS["w"] *= 0.5
    WEIGHTS["w"][0] = x[0] ** 2
    return WEIGHTS["w"] * x


@program(X)
def captured_counter(x):
    COUNTS[1] += 1
    return x**2 * COUNTS[1]


def normalised(x, out):
    out[...] = x / np.sqrt(np.sum(x**2))


@program(X)
def output_of_a_callee_that_is_captured(x):
    normalised(x, LOG)
    return LOG * x


def with_a_cell():
    state = np.array([0.5, 0.25, 0.125])

    @program(X)
    def array_of_a_cell_written(x):
        state[1] = x[0] * x[2]
        return state * x

    return array_of_a_cell_written


array_of_a_cell_written = with_a_cell()


def test_each_call_acts_once():
    buffer = np.zeros(3)

    def f(x, buffer):
        buffer += x
        return np.sum(buffer**2)

    slope = srcad.grad(f)
    np.testing.assert_allclose(slope(X, buffer), 2.0 * X)
    np.testing.assert_array_equal(buffer, X)
    np.testing.assert_allclose(slope(X, buffer), 4.0 * X)
    np.testing.assert_array_equal(buffer, 2.0 * X)


def test_the_pullback_writes_nothing():
    buffer = np.ones(3)

    def f(x, buffer):
        buffer *= x
        return buffer * buffer

    _, pull = srcad.vjp(lambda x: f(x, buffer), X)
    after = buffer.copy()
    (first,), (second,) = pull(np.ones(3)), pull(np.ones(3))

    np.testing.assert_array_equal(buffer, after)
    np.testing.assert_allclose(first, 2.0 * X)
    np.testing.assert_array_equal(first, second)


def test_arguments_that_are_the_same_array_are_refused_or_independent():
    def f(x, y):
        x[0] = y[1]
        return np.sum(x * y)

    with pytest.raises(srcad.DifferentiationError):
        srcad.grad(f, (0, 1))(X, X)


@program(X, rest=(np.zeros(3),))
def product_with_what_was_recorded(x, record):
    record[:] = record + x * x
    return np.sum(record * x)
