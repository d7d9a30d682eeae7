"""Python and NumPy scalars, the ``math`` module, constants and globals."""

import math

import numpy as np

from tests.programs.check import program

X = np.array([0.5, 1.2, 2.0])

GRAVITY = 9.81
WEIGHTS = np.array([0.5, 1.5, 2.5])
SETTINGS = {"scale": 2.0, "kind": "sine"}
LEVELS = (0.5, 1.5)


class Constants:
    scale = 3.0
    offsets = np.array([0.1, 0.2, 0.3])


def test_program(program, check):
    check(program)


@program(0.5, 1.5)
def python_floats(a, b):
    return a * b + a / b - a**b


@program(0.5)
def math_functions(a):
    return math.sin(a) * math.exp(a) + math.sqrt(a) * math.log(a) + math.pi


@program(0.5, 1.5)
def math_of_two(a, b):
    return math.atan2(a, b) * math.hypot(a, b) + math.pow(a, 2.0)


@program(X)
def math_of_elements(x):
    total = 0.0
    for k in range(3):
        total += math.cos(x[k]) * math.tanh(x[k - 1])
    return total


@program(0.5, X)
def number_and_array(a, x):
    return a * x + np.sum(x) ** a


@program(X)
def literals(x):
    return 2 * x + 3.0 - x / 4 + x**2 * 1e-1


@program(np.float64(0.5))
def numpy_scalar(a):
    return np.sin(a) * a**2


@program(np.float64(0.5), 1.5)
def numpy_and_python_scalars(a, b):
    return a * b + max(a, b) * min(a, b)


@program(X)
def integer_arithmetic(x):
    n = len(x)
    half = n // 2 + n % 2
    return x**half / n


@program(X)
def global_number(x):
    return 0.5 * GRAVITY * x**2


@program(X)
def global_array(x):
    return WEIGHTS @ np.sin(x)


@program(X)
def global_dict(x):
    if SETTINGS["kind"] == "sine":
        return np.sin(x) * SETTINGS["scale"]
    return x


@program(X)
def global_tuple(x):
    low, high = LEVELS
    return x * low + x**2 * high


@program(X)
def class_attributes(x):
    return Constants.scale * x**2 + Constants.offsets


@program(0.5)
@program(-0.5)
def absolute_value(a):
    return abs(a) * a + float(a) + np.sign(a) * a**2


@program(0.5, 1.5)
def builtin_extrema(a, b):
    return max(a, b, 1.0) * min(a * a, b)


@program(2.5, order=1)
def rounding(a):
    return round(a * 0.9) * a + math.floor(a) * a + int(a) * a


@program(0.5)
def builtin_power(a):
    return pow(a, 3) + pow(2.0, a)


@program(1.5)
def number_of_conversions(a):
    return float(a) * np.float64(a) + np.asarray(a) ** 2


@program(1.5, 0.5)
def scalars_through_a_loop(a, b):
    for k in range(3):
        a, b = a + 0.1 * b, b - 0.1 * math.sin(a)
    return a * b


@program(np.float32([0.5, 1.5]), rtol=1e-2, skip=("tangent", "adjoint", "gradient", "second_order", "jacobians",
                                                  "hessian", "linear", "batch", "strict"))
def single_precision(x):
    return np.sum(np.sin(x) * x) * 2.0


@program(X, 2)
def integer_times_array(x, n):
    return n * x + x**n - x // 10 * n


@program(X)
def bools_as_numbers(x):
    return x * (x[0] > 0.0) + (len(x) == 3) * x**2


@program(0.5)
def constants_of_modules(a):
    return a * np.pi + math.e * a**2 + np.e
