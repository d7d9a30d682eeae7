"""``for`` over lists and tuples that are known element by element: static loops."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


LAYERS = [(0.5, 0.1), (1.5, -0.2), (0.7, 0.3)]


@program(X)
def parameter_tuples_of_a_global(x):
    for scale, shift in LAYERS:
        x = np.tanh(x * scale + shift)
    return x


@program(X)
def literal_list(x):
    total = 0.0
    for weight in [0.5, 1.5, 2.5]:
        total = total + weight * np.sum(np.sin(weight * x))
    return total


@program(X)
def functions_in_a_list(x):
    for function in (np.sin, np.exp, np.tanh):
        x = function(x)
    return x


@program([(X, 0.5), (X * 2.0, 0.25)])
def list_of_tuples_as_argument(layers):
    y = np.ones(3)
    for w, b in layers:
        y = np.tanh(w * y + b)
    return y


@program((X, X + 1.0, X * X))
def tuple_of_arrays(parts):
    total = 0.0
    for part in parts:
        total = total + np.sum(part**2)
    return total


@program(X, 2.0)
def list_made_of_values(x, a):
    total = 1.0
    for part in [x * a, np.sin(x), x + a]:
        total = total * np.mean(part)
    return total


@program(X)
def strings_in_a_tuple(x):
    for kind in ("sine", "square", "sine"):
        if kind == "sine":
            x = np.sin(x)
        else:
            x = x * x
    return x


@program({"a": 0.5, "b": 1.5})
def names_of_a_dict(parameters):
    total = 0.0
    for name in parameters:
        total = total * 2.0 + parameters[name] ** 2
    return total


@program({"a": X, "b": X * 2.0})
def items_of_a_dict(parameters):
    total = 0.0
    for name, value in parameters.items():
        total = total + np.sum(value) ** (2 if name == "a" else 3)
    return total


@program(X)
def break_in_a_static_loop(x):
    total = 0.0
    for weight in (0.5, 1.5, 2.5):
        if total > 1.05:
            break
        total = total + weight * x[2]
    return total


@program(X)
@program(-X)
def continue_in_a_static_loop(x):
    total = 0.0
    for k in (0, 1, 2):
        if x[k] < 0.0:
            continue
        total = total + x[k] ** 2
    return total


@program(X)
@program(-X)
def else_of_a_static_loop(x):
    for k in (0, 1, 2):
        if x[k] > 1.0:
            y = x[k] * x
            break
    else:
        y = x * x
    return y


@program(X)
@program(-X)
def return_from_a_static_loop(x):
    for k in (0, 1, 2):
        if x[k] > 1.0:
            return x[k] * x
    return x * x


@program(X)
def nested_static_loops(x):
    total = 0.0
    for i in (0, 1):
        for j in (1, 2):
            total = total + x[i] * x[j] ** 2
    return total
