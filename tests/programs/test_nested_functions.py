"""Nested functions and lambdas: what they capture, closures as arguments."""

import numpy as np
import pytest

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(X, 1.5)
def captured_value(x, a):
    def inner(y):
        return y * a

    return inner(x) + inner(np.sin(x))


@program(X, 1.5)
def captured_lambda(x, a):
    scale = lambda y: a * y**2
    return scale(x) * scale(a)


@program(X, 1.5)
def captured_intermediate(x, a):
    b = np.exp(a)

    def inner(y):
        return np.sin(y * b) + a

    return inner(x)


@program(X, 1.5)
def captured_then_reassigned(x, a):
    def inner(y):
        return y * a

    before = inner(x)
    a = a * a
    return before + inner(x)


@program(X)
def captured_loop_variable(x):
    total = 0.0
    for k in range(3):
        shifted = lambda y: y * k + total
        total = total + np.sum(shifted(x) ** 2) * 0.1
    return total


@program(X)
def captured_element(x):
    total = 0.0
    for element in x:
        def inner(b):
            return element * b

        total = total + inner(element) * inner(0.5)
    return total


@program(X, 1.5)
def lambda_with_default(x, a):
    inner = lambda y, b=a: y * b
    return inner(x) * inner(x, 2.0)


@program(X)
def default_captured_early(x):
    functions = []
    for k in (1, 2, 3):
        functions = [*functions, lambda y, k=k: y**k]
    return functions[0](x) + functions[1](x) * functions[2](x)


@program(X, 1.5)
def two_levels(x, a):
    def outer(y):
        def inner(z):
            return z * a + y

        return inner(y) * a

    return outer(x)


def applied(function, x):
    return function(x) * x


@program(X, 1.5)
def closure_as_argument(x, a):
    return applied(lambda y: np.sin(a * y), x)


@program(X, 1.5)
def nested_function_as_argument(x, a):
    def inner(y):
        return y**2 + a

    return applied(inner, x) + applied(inner, a)


def composed(f, g):
    return lambda x: f(g(x))


@program(X, 1.5)
def closure_as_result(x, a):
    function = composed(np.sin, lambda y: y * a)
    return function(x)


def scaler(a):
    def scale(x):
        return a * x * x

    return scale


@program(X, 1.5)
def made_by_a_function(x, a):
    return scaler(a)(x) + scaler(2.0)(x)


def fixed_point(function, start, steps):
    for _ in range(steps):
        start = function(start)
    return start


@program(X, 0.5)
def closure_in_a_loop_of_another(x, a):
    return fixed_point(lambda y: 0.5 * np.cos(a * y) + 0.1 * x, x, 4)


def integrated(field, state, steps):
    for _ in range(steps):
        k1 = field(state)
        k2 = field(state + 0.05 * k1)
        state = state + 0.1 * k2
    return state


@program(X, 0.7)
def runge_kutta(x, rate):
    def field(y):
        return -rate * y + np.sin(y)

    return integrated(field, x, 3)


@program(X)
@program(-X)
def function_from_a_branch(x):
    def inner(y):
        if y > 0.0:
            return y * y
        return np.sin(y)

    return inner(x[0]) * inner(x[1]) + inner(x[2])


@program(X, 1.5)
def lambda_called_at_once(x, a):
    return (lambda y, b: y * b + a)(x, a)


@program(X, 1.5)
def captured_array(x, a):
    weights = np.sin(x)

    def weighted(y):
        return weights * y

    return weighted(x) + weighted(a)


@program(X)
def reduced_over_functions(x):
    functions = [np.sin, lambda y: y * x, np.tanh]
    for function in functions:
        x = function(x)
    return x


@program(X, 1.5)
def keyword_arguments_of_a_closure(x, a):
    def inner(y, *, scale, shift=0.5):
        return y * scale + shift * a

    return inner(x, scale=a) * inner(scale=2.0, y=x, shift=1.0)


@program(X, 1.5)
def star_arguments_of_a_closure(x, a):
    def inner(first, *rest):
        return first * sum([np.sum(r) for r in rest]) + a

    return inner(x, x, a * x)


def factory():
    count = 3.0
    table = np.array([1.0, 2.0, 3.0])

    @program(X)
    def cells(x):
        return x * table * count

    return cells


cells_of_a_live_closure = factory()


@pytest.mark.parametrize("passed_on", [False, True])
def test_a_nested_function_that_calls_itself_is_refused(passed_on):
    def f(x):
        def inner(n):
            return x if n <= 0 else x * inner(n - 1)

        return called(inner, x) if passed_on else inner(x)

    with pytest.raises(srcad.DifferentiationError, match="inner calls itself, as a nested function"):
        srcad.grad(f)(2.0)


def called(function, n):
    return function(n)


@program(X)
def variable_of_a_loop_as_it_is_at_last(x):
    functions = []
    for i in range(3):
        functions.append(lambda: i * x[i])
    return functions[0]() + functions[1]() * functions[2]()


@program(X)
def variable_of_a_comprehension_as_it_is_at_last(x):
    functions = [lambda y: y * x[i] for i in range(3)]
    return sum(function(x[k]) for k, function in enumerate(functions))


@program(X)
def variable_that_changes_later(x):
    functions = {}
    for name, c in (("a", x[0]), ("b", x[1])):
        functions[name] = lambda y: c * y
    c = x[2]
    return functions["a"](x) * functions["b"](c)


@program(X)
def each_its_own_default(x):
    functions = []
    for c in x:
        functions.append(lambda y, c=c: c * y)
    out = x
    for function in functions:
        out = function(out)
    return out


@program(X)
def each_made_by_a_function(x):
    def multiple(c):
        return lambda y: c * y

    functions = [multiple(c) for c in x]
    return functions[0](x) + functions[1](x) * functions[-1](x)


@program(X, 3)
def functions_of_a_number_that_is_given(x, n):
    functions = []
    for i in range(n):
        functions.append(lambda y, i=i: y * x[i])
    return functions[0](x)


@program(X, 3)
def the_last_one_of_a_loop(x, n):
    function = None
    for i in range(n):
        function = lambda y: y * x[i]
    return function(x)
