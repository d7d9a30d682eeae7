"""Functions as values: in dicts, lists, attributes; partial, wraps, callables as arguments and results."""

import functools
import operator

import numpy as np

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


def cubed(x):
    return x**3


def damped(x, rate=0.5):
    return x * np.exp(-rate * x)


ACTIVATIONS = {"tanh": np.tanh, "cubed": cubed, "damped": damped}
STAGES = [np.sin, cubed, lambda x: x + 0.5]


@program(X, "tanh")
@program(X, "cubed")
def chosen_from_a_global_dict(x, name):
    return ACTIVATIONS[name](x) * x


@program(X)
def global_list_of_functions(x):
    for stage in STAGES:
        x = stage(x)
    return x


@program(X)
def dict_walked_by_items(x):
    total = 0.0
    for name, function in ACTIVATIONS.items():
        total = total + function(x) * len(name)
    return total


@program(X)
def partial_of_a_user_function(x):
    gentle = functools.partial(damped, rate=x[0] ** 2)
    return gentle(x) + gentle(x * x)


@program(X)
def partial_of_numpy(x):
    norm = functools.partial(np.sum, axis=0)
    scale = functools.partial(np.multiply, x[0])
    return norm(x * x) * scale(x)


HALF = functools.partial(damped, rate=0.25)


@program(X)
def global_partial(x):
    return HALF(HALF(x))


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs) * 2.0

    return wrapper


@logged
def decorated(x, power=2):
    return x**power


@program(X)
def decorated_by_wraps(x):
    return decorated(x) * decorated(x, power=3)


def scaled_by(factor):
    def decorator(function):
        @functools.wraps(function)
        def wrapper(x):
            return factor * function(x)

        return wrapper

    return decorator


@scaled_by(3.0)
@logged
def twice_decorated(x):
    return np.sin(x)


@program(X)
def decorated_with_an_argument(x):
    return twice_decorated(x) * x


@functools.lru_cache
def binomial(n, k):
    return 1 if k in (0, n) else binomial(n - 1, k - 1) + binomial(n - 1, k)


@program(X)
def cached_function_of_integers(x):
    return sum(binomial(3, k) * x**k for k in range(4))


class Model:
    def __init__(self, activation):
        self.activation = activation
        self.hooks = []

    def __call__(self, x):
        y = self.activation(x)
        for hook in self.hooks:
            y = hook(y)
        return y


MODEL = Model(np.tanh)


@program(X)
def function_in_an_attribute(x):
    return MODEL(x) * Model(cubed)(x)


@program(X)
def functions_appended_to_an_attribute(x):
    model = Model(np.sin)
    model.hooks.append(lambda y: y * x[0])
    model.hooks.append(cubed)
    return model(x)


@program(X)
def bound_method_as_a_value(x):
    call = MODEL.__call__
    return call(x) + functools.reduce(lambda y, f: f(y), [call, cubed], x)


def composed(*functions):
    return functools.reduce(lambda f, g: lambda x: g(f(x)), functions)


@program(X)
def composition_of_many(x):
    return composed(np.sin, cubed, damped)(x)


@program(X)
@program(-X)
def function_chosen_by_the_data(x):
    function = cubed if x[0] > 0.0 else damped
    return function(x) * x


@program(X, rest=(cubed,))
@program(X, rest=(np.sin,))
@program(X, rest=(MODEL,))
def callable_as_argument(x, function):
    return function(function(x) * 0.5)


@program(X)
def default_argument_is_a_function(x, function=damped):
    return function(x) * x


def derivative(f, x, h=0.5):
    return (f(x + h) - f(x - h)) / (2.0 * h)


@program(X)
def higher_order(x):
    return derivative(lambda y: derivative(cubed, y), x)


def bisected(f, low, high, steps):
    for _ in range(steps):
        middle = 0.5 * (low + high)
        if f(middle) > 0.0:
            high = middle
        else:
            low = middle
    return middle


@program(1.5)
def root_bracketed_then_one_newton_step(a):
    y = bisected(lambda y: y**3 - a, 0.0, 2.0, 5)
    return y - (y**3 - a) / (3.0 * y**2)


@program(X)
def operator_functions(x):
    total = x
    for f in (operator.add, operator.mul, operator.sub):
        total = f(total, np.sin(x))
    return total


@program(X)
def method_caller_and_attrgetter(x):
    return operator.methodcaller("sum")(x * x) * operator.attrgetter("T")(x)


# ---- which function it is, the data say ----------------------------------------------------------------------------


@program(X)
@program(X[::-1])
def element_of_a_list_at_an_index_from_the_data(x):
    return STAGES[int(np.argmax(x))](x) * x


@program(X)
def element_of_a_list_at_the_index_of_a_loop(x):
    for k in range(len(x)):
        x = STAGES[k - 1](x)
    return x


@program(X, 2)
def functions_made_here_and_indexed(x, n):
    scale = x[0]
    stages = (np.sin, lambda y: y * scale, functools.partial(damped, rate=x[1]))
    total = 0.0
    for k in range(n + 1):
        total = total + stages[(k * k) % 3](x)
    return total


def picked(x):
    return cubed if x[0] > 0.0 else functools.partial(damped, rate=x[1])


@program(X)
@program(-X)
def function_chosen_by_a_function(x):
    function = picked(x)
    return applied_twice(function, x)


def applied_twice(function, x):
    return function(function(x) * 0.5)


def line(slope):
    def value(x):
        return slope * x + 1.0

    return value


@program(X)
@program(-X)
def one_of_two_that_a_function_made(x):
    function = line(x[0]) if x[0] > 0.0 else line(x[1])
    return function(x)


@program(X)
@program(-X)
def one_of_two_that_a_nested_function_made(x):
    def scaled(factor):
        def value(y):
            return factor * y * y

        return value

    if x[0] > 0.0:
        function = scaled(x[0])
    else:
        function = scaled(x[1])
    return function(x)


@program(X)
@program(-X)
def made_anew_in_a_loop(x):
    function = line(2.0)
    for k in range(len(x)):
        if x[k] > 1.0:
            function = line(x[k])
    return function(x) * x


@program(X)
@program(-X)
def replaced_in_a_loop(x):
    function = np.tanh
    total = 0.0
    for k in range(len(x)):
        total = total + function(x[k])
        function = cubed if x[k] > 0.0 else damped
    return total * function(x)


class Reading:
    def __init__(self, value):
        self.value = value
        self.count = 0

    def read(self):
        self.count += 1
        return self.value**2 * self.count


@program(X)
@program(-X)
def method_of_one_of_two_objects(x):
    a, b = Reading(x[0]), Reading(x[1])
    read = a.read if x[0] > 0.0 else b.read
    first = read()
    a.value = a.value * x[2]
    b.value = b.value * 3.0
    return first * read() + a.count * x + b.count


@program(X)
@program(-X)
def a_function_or_none(x):
    function = np.sin if x[0] > 0.0 else None
    return function(x) if function is not None else x * x


@program(X)
@program(-X)
def attribute_that_is_set_in_a_branch(x):
    model = Model(np.tanh)
    if x[0] > 0.0:
        model.activation = cubed
    return model(x) * model(x * x)


@program(X)
@program(-X)
def which_function_it_is(x):
    function = cubed if x[0] > 0.0 else damped
    return x * 2.0 if function is cubed else x * x


@program(X)
def automaton(x):
    def rest(k, total):
        return rise if x[k] > 0.0 else rest, total + x[k] ** 2

    def rise(k, total):
        return rest if x[k] > 1.0 else rise, total * x[k]

    state, total = rest, 1.0
    for k in range(len(x)):
        state, total = state(k, total)
    return total


@program(X)
def variable_of_a_loop_that_a_function_reads_later(x):
    function = None
    for k in range(len(x)):
        if x[k] > 0.0:
            function = lambda y: y * x[k]
    return function(x)


@program(X, 3)
def method_bound_before_the_object_changes(x, n):
    reading = Reading(x[0])
    read = reading.read
    for k in range(n):
        reading.value = reading.value * x[k]
    return applied_to(read, x)


def applied_to(read, x):
    return read() * x


def chosen_after_much_work(x):
    total = 0.0
    for k in range(len(x)):
        total = total + np.sin(x[k]) * x[k - 1]
    if total > 0.0:
        function = lambda y: y * total * x
    elif x[1] > 0.0:
        function = functools.partial(damped, rate=total)
    else:
        function = line(total)
    return function


def applied_often(function, x):
    for _ in range(3):
        x = np.tanh(function(x)) + x * 0.1
    return x


@program(X)
@program(-X)
def what_one_of_them_captures_the_others_have_not(x):
    function = chosen_after_much_work(x)
    total = applied_often(function, x)
    for k in range(2):
        total = total + applied_often(chosen_after_much_work(x * (k - 0.5)), total)
    return total


class Layer:
    def __init__(self, weights):
        self.weights = weights
        self.function = np.tanh

    def __call__(self, x):
        for _ in range(2):
            x = self.function(x * self.weights)
        return x


@program(X)
@program(-X)
def attribute_that_captures(x):
    layer = Layer(x * 0.5)
    if x[0] > 0.0:
        layer.function = line(x[1])
    return layer(x) + applied_often(layer, x)


@program(X)
@program(-X)
def derivative_of_one_of_them(x):
    function = chosen_after_much_work(x)
    return srcad.grad(lambda y: np.sum(function(y)))(x)


@program(X)
@program(-X)
def slope_of_whichever_it_is(x):
    return srcad.grad(np.sin if x[0] > 0.0 else line(x[1]))(x[2]) * x


class Pair:
    def __init__(self, a, b):
        self.a, self.b = a, b

    def first(self):
        return self.a**2

    def second(self):
        return self.b**3


def either_method(pair, x):
    method = pair.first if x[0] > 0.0 else pair.second
    total = 0.0
    for _ in range(3):
        total = total * 0.5 + method()
        method = pair.second if x[1] > 0.0 else method
    return total


@program(X)
@program(-X)
def method_of_an_argument(x):
    return either_method(Pair(x[0], x[1]), x) * x


@program(X)
@program(-X)
def list_of_functions_that_is_captured(x):
    def made(scale):
        parts = [lambda y: y * scale, np.sin]
        return lambda y: parts[0](y) + parts[1](y)

    function = made(x[0]) if x[0] > 0.0 else np.cos
    return applied_often(made(x[1]), x) * function(x)


NAMES = ("cubed", "tanh", "damped")


@program(X)
def named_by_the_data(x):
    return ACTIVATIONS[NAMES[int(np.argmin(x))]](x)
