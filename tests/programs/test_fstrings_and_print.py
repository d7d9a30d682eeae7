"""Text made of computed values: printed once, in order, and put into messages and keys."""

import io
import sys

import numpy as np

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
MESSAGES = []


def test_program(program, check):
    check(program)


@program(X)
def printed_constant(x):
    print("start")
    y = x * x
    print("end", len(y))
    return y


@program(X)
def printed_value(x):
    total = np.sum(x * x)
    print("total:", total)
    return total * x


@program(X)
def printed_by_a_format(x):
    total = np.sum(x * x)
    print(f"total = {total:.3f}, first = {x[0]!r}, {len(x)=}")
    return total * x


@program(X)
def printed_in_a_loop(x):
    total = 0.0
    for k, value in enumerate(x):
        total = total + value**2
        print(k, f"{total:8.3e}", sep=": ", end=";\n")
    return total


@program(X)
@program(-X)
def printed_in_a_branch(x):
    if x[0] > 0.0:
        print("positive", x[0])
        return x * x
    print("negative", x[0])
    return x**3


def verbose(x, name):
    print(f"{name}: {x}")
    return np.sin(x)


@program(X)
def printed_by_a_callee(x):
    return verbose(verbose(x, "first"), "second") * x


@program(X)
def percent_and_format_method(x):
    text = "%.2f and {:.1f}" % x[0]  # noqa: UP031
    MESSAGES.append(text.format(x[1]))
    return x * len(text)


@program(X)
def key_made_by_a_format(x):
    table = {}
    for k in range(3):
        table[f"w{k}"] = x[k] ** 2
    return table["w0"] * table["w1"] + table["w2"]


@program(X)
def joined_names(x):
    names = ", ".join(f"x{k}" for k in range(3))
    return x**2 * len(names.split(", "))


@program(X)
def printed_array_that_is_written_later(x):
    y = x * x
    print(y)
    y[0] = x[1]
    print(y)
    return y * x


@program(X)
def text_of_a_number_only(x):
    label = str(round(float(x[0]), 2)) + repr(x.shape)
    return x * x * len(label)


def test_written_to_a_stream_once():
    stream = io.StringIO()

    def f(x):
        print(x[0], file=stream)
        stream.write("done")
        sys.stdout.flush()
        return np.sum(x**2)

    np.testing.assert_allclose(srcad.grad(f)(X), 2.0 * X)
    assert stream.getvalue() == "0.5\ndone"
