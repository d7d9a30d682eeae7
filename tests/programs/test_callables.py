"""Functions as values: partial applications, decorators, caches, generic functions, callable objects, late binding."""

import functools

import numpy as np
import pytest

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
Y = np.array([1.5, 0.2, -0.3])


def test_program(program, check):
    check(program)


def scaled(x, a, power=1, *, shift=0.0):
    return a * x**power + shift


SCALE = 1.5
halved = functools.partial(scaled, a=0.5)
shifted = functools.partial(scaled, shift=np.array([0.1, 0.2, 0.3]))
nested = functools.partial(functools.partial(scaled, power=2), a=3.0)
power_of_two = functools.partial(pow, 2.0)


@program(X)
def partial_of_a_global(x):
    return halved(x) + halved(x, power=2) * nested(x, shift=x[0]) + shifted(x, 2.0)


@program(X, 1.5)
def partial_made_inside(x, a):
    first = functools.partial(scaled, a=a)
    second = functools.partial(functools.partial(scaled, x), a, shift=a)
    return first(x) * second(2) + functools.partial(np.multiply, a)(x)


@program(X, 1.5)
def partial_of_a_closure(x, a):
    def inner(y, z, *, w):
        return y * z + w * a

    g = functools.partial(inner, x, w=a)
    return g(a) + sum(map(g, (1.0, x)))


def applied(function, *args, **kwargs):
    return function(*args, **kwargs)


@program(X, 1.5)
def partial_as_argument(x, a):
    return applied(functools.partial(scaled, power=2), x, a) + applied(halved, x, shift=a)


@program(X)
def partial_of_a_builtin(x):
    return power_of_two(x[0]) * x


def twice(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return 2.0 * function(*args, **kwargs)

    return wrapper


def times(factor):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(x):
            return factor * function(x)

        return wrapper

    return decorate


@twice
def doubled_sine(x, a=1.0):
    return np.sin(a * x)


@times(np.array([1.0, 2.0, 3.0]))
@twice
def decorated_twice(x):
    return x**2


@program(X, 1.5)
def decorated_functions(x, a):
    return doubled_sine(x, a=a) + decorated_twice(x)


@program(X)
@twice
@times(3.0)
def itself_decorated(x):
    return x**3


@program(X, 1.5)
def decorated_inside(x, a):
    def with_offset(function):
        @functools.wraps(function)
        def wrapper(y):
            return function(y) + a

        return wrapper

    @twice
    @with_offset
    def inner(y):
        return y * a

    @times(a)
    def other(y):
        return np.cos(y)

    return inner(x) * other(x)


@program(X, 1.5)
def decorated_by_a_lambda(x, a):
    @lambda f: lambda y: f(y) * a
    def inner(y):
        return y**2

    return inner(x)


@functools.cache
def cached(x):
    return x * x + 1.0


@functools.cache
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@program(X)
def cached_functions(x):
    return cached(x[0]) * x + fibonacci(6) * cached(2.0)


@program(0.5)
def cached_inside(a):
    @functools.lru_cache(maxsize=8)
    def inner(y):
        return y * a

    @functools.cache
    def other(y):
        return y + inner(a)

    return inner(a) * other(2.0) + inner(2.0)


@functools.singledispatch
def size_of(x):
    return 1.0


@size_of.register
def _(x: np.ndarray):
    return np.sum(x**2)


@size_of.register
def _(x: float):
    return x * 2.0


@size_of.register(tuple)
def _(x):
    return size_of(x[0]) * size_of(x[1])


@program(X, 1.5)
def generic_function(x, a):
    return size_of(x) * size_of(a) + size_of((x, a)) * size_of("name")


@program(X, 1.5)
def functions_in_containers(x, a):
    table = {"sine": np.sin, "own": lambda y: y * a, "scaled": scaled}
    return table["sine"](x) + table["own"](x) * [np.cos, np.exp][1](a) + table["scaled"](x, a, shift=1.0)


FUNCTIONS = {"sine": np.sin, "double": doubled_sine, "list": [np.tanh, cached]}


@program(X)
def functions_in_a_global_dict(x):
    return FUNCTIONS["sine"](x) * FUNCTIONS["double"](x) + FUNCTIONS["list"][0](x)


@program(X, "double")
def function_chosen_by_name(x, name):
    return FUNCTIONS[name](x) * x


class Layer:
    def __init__(self, weight, activation):
        self.weight = weight
        self.activation = activation
        self.parts = [np.sin, activation]

    def __call__(self, x):
        return self.activation(self.weight * x)

    cubed = functools.partialmethod(pow, 3)
    forward = functools.partialmethod(__call__)

    @functools.lru_cache(maxsize=4)  # noqa: B019
    def cached(self, k):
        return self.weight * k


class Sharper(Layer):
    pass


LAYER = Layer(1.5, np.tanh)
SHARPER = Sharper(2.5, lambda y: y * y)


@program(X)
def callable_objects(x):
    return LAYER(x) + SHARPER(x) + LAYER.parts[1](x) * SHARPER.activation(x)


@program(X)
def callable_object_as_argument(x):
    return applied(LAYER, x) * sum(map(SHARPER, (x, 2.0)))


@program(X)
def methods_as_values(x):
    method = LAYER.__call__
    return method(x) + sum([f(x) for f in (LAYER, SHARPER.__call__)]) * LAYER.cached(2)


@program(X)
def partial_methods(x):
    return LAYER.forward(x) * 2.0


@program(X)
def late_binding(x):
    functions = []
    for k in (1, 2, 3):
        functions.append(lambda y: y * k)
    return functions[0](x) + functions[2](x) ** 2


@program(X)
def bound_by_default(x):
    functions = []
    for k in (1, 2, 3):
        functions.append(lambda y, k=k: y * k)
    return functions[0](x) + functions[2](x) ** 2


@program(X)
def reassigned_after_the_definition(x):
    def inner(y):
        return y * factor

    factor = 2.0
    first = inner(x)
    factor = x[0]
    return first + inner(x)


@program(X, 3)
def nested_function_that_calls_itself(x, n):
    def power(k):
        return 1.0 if k == 0 else x * power(k - 1)

    return power(3) + power(2) * x[0]


@program((0.5, (1.5, -0.3), (2.0, (0.1,))))
def nested_function_over_a_tree(tree):
    def total(part):
        if isinstance(part, tuple):
            return sum([total(p) for p in part]) * 1.5
        return part**2

    return total(tree)


@program(X)
def functions_that_call_each_other(x):
    def even(n):
        return x if n == 0 else np.sin(odd(n - 1))

    def odd(n):
        return 2.0 * x if n == 0 else even(n - 1) * x

    return even(4) + odd(3)


@program(X, 1.5)
def composed(x, a):
    def compose(*functions):
        return functools.reduce(lambda f, g: lambda y: g(f(y)), functions)

    return compose(np.sin, lambda y: y * a, np.tanh)(x)


def test_differentiated_partials_and_caches():
    np.testing.assert_allclose(srcad.grad(functools.partial(scaled, a=3.0, power=2))(2.0), 12.0)
    np.testing.assert_allclose(srcad.grad(cached)(2.0), 4.0)
    np.testing.assert_allclose(srcad.grad(functools.partial(lambda a, x: a * x**2, 3.0))(2.0), 12.0)
    np.testing.assert_allclose(srcad.grad(LAYER)(0.5), 1.5 * (1 - np.tanh(0.75) ** 2))


def test_partials_are_read_at_each_call():
    table = np.array([1.0, 2.0, 3.0])
    g = functools.partial(scaled, shift=table)
    slope = srcad.grad(lambda x: np.sum(g(x, 2.0) ** 2))
    before = slope(X)
    table[:] = 0.0
    np.testing.assert_allclose(before, 4.0 * (2.0 * X + [1.0, 2.0, 3.0]))
    np.testing.assert_allclose(slope(X), 8.0 * X)


def test_a_nested_function_that_calls_itself_for_ever_is_refused():
    def f(x):
        def inner(n):
            return x if n <= 0.0 else x * inner(n - x)

        return inner(x)

    with pytest.raises(srcad.DifferentiationError, match="inner calls itself, as a nested function"):
        srcad.grad(f)(2.0)
