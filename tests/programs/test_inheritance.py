"""Classes: super, properties with setters, class and static methods, operator methods, calls, containers of one's own."""

import abc
import functools

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


class Layer(abc.ABC):
    scale = 1.0

    def __init__(self, weight):
        self.weight = weight

    @abc.abstractmethod
    def activation(self, x): ...

    def __call__(self, x):
        return self.scale * self.activation(self.weight * x)


class Sine(Layer):
    def activation(self, x):
        return np.sin(x)


class Shifted(Sine):
    scale = 2.0

    def __init__(self, weight, shift):
        super().__init__(weight)
        self.shift = shift

    def activation(self, x):
        return super().activation(x) + self.shift * x


@program(X)
def method_overridden(x):
    return Shifted(1.5, 0.5)(x) * Sine(x[0])(x)


@program(X)
def active_values_passed_through_super(x):
    return Shifted(x[0], x[1])(x * x)


@program(X)
def list_of_different_layers(x):
    y = x
    for layer in (Sine(0.5), Shifted(0.25, x[0]), Sine(x[1])):
        y = layer(y)
    return y


@program(X)
def isinstance_of_a_base_class(x):
    layer = Shifted(0.5, 1.0)
    if isinstance(layer, Sine) and not isinstance(layer, np.ndarray):
        return layer(x)
    return x


class Interval:
    def __init__(self, low, high):
        self.low, self.high = low, high

    @property
    def width(self):
        return self.high - self.low

    @width.setter
    def width(self, value):
        self.high = self.low + value

    @classmethod
    def around(cls, centre, radius):
        return cls(centre - radius, centre + radius)

    @staticmethod
    def squared(value):
        return value * value

    @functools.cached_property
    def middle(self):
        return 0.5 * (self.low + self.high)


@program(0.5, 1.5)
def property_read_and_set(a, b):
    interval = Interval(a, b)
    interval.width = interval.width * b
    return interval.high * interval.width


@program(0.5, 1.5)
def class_method_and_static_method(a, b):
    interval = Interval.around(a, b)
    return Interval.squared(interval.high) * interval.squared(interval.low)


@program(0.5, 1.5)
def cached_property(a, b):
    interval = Interval(a, b * b)
    return interval.middle * interval.middle


class Dual:
    def __init__(self, value, slope):
        self.value, self.slope = value, slope

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other, 0.0)
        return Dual(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other, 0.0)
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    __rmul__ = __mul__

    def __neg__(self):
        return Dual(-self.value, -self.slope)

    def __sub__(self, other):
        return self + (-other)

    def __pow__(self, n):
        result = Dual(1.0, 0.0)
        for _ in range(n):
            result = result * self
        return result

    def __iadd__(self, other):
        self.value = self.value + other.value
        self.slope = self.slope + other.slope
        return self


@program(0.5, 1.5)
def operator_methods(a, b):
    d = Dual(a, 1.0)
    e = 2.0 * d * d + b * d - Dual(b, b)
    return e.slope * e.value


@program(0.5)
def operator_methods_in_a_loop(a):
    d = Dual(a, 1.0)
    total = Dual(0.0, 0.0)
    for k in range(3):
        total = total + d**k * (k + 1.0)
    return total.slope + total.value


@program(0.5, 1.5)
def augmented_operator_method(a, b):
    total = Dual(a, b)
    alias = total
    total += Dual(b, a * a)
    return alias.value * alias.slope


class Polynomial:
    def __init__(self, coefficients):
        self.coefficients = list(coefficients)

    def __len__(self):
        return len(self.coefficients)

    def __getitem__(self, k):
        return self.coefficients[k]

    def __setitem__(self, k, value):
        self.coefficients[k] = value

    def __iter__(self):
        return iter(self.coefficients)

    def __contains__(self, k):
        return k < len(self.coefficients)

    def __call__(self, x):
        total = 0.0
        for c in reversed(self.coefficients):
            total = total * x + c
        return total


@program(X)
def container_of_ones_own(x):
    p = Polynomial(x)
    p[1] = p[0] * p[2]
    return p(0.5) * p(x[0]) * len(p)


@program(X)
def iteration_of_ones_own(x):
    total = 0.0
    for k, c in enumerate(Polynomial(x)):
        total = total + (k + 1) * c**2
    return total * (2.0 if 1 in Polynomial(x) else 1.0)


class Matrix:
    def __init__(self, a):
        self.a = a

    def __matmul__(self, other):
        return self.a @ other

    def __getattr__(self, name):
        if name == "doubled":
            return self.a * 2.0
        raise AttributeError(name)


@program(X)
def matmul_and_getattr(x):
    m = Matrix(np.outer(x, x) + np.eye(3))
    return m @ x + m.doubled @ x


class Mixin:
    def twice(self, x):
        return self(self(x))


class Both(Mixin, Sine):
    pass


@program(X)
def mixin(x):
    return Both(x[0]).twice(x)




class Circle:
    def __init__(self, radius):
        self.radius = radius

    def __eq__(self, other):
        return self.radius == other.radius

    def __lt__(self, other):
        return self.radius < other.radius

    def __bool__(self):
        return bool(self.radius > 0.0)


@program(X)
@program(-X)
def comparison_methods(x):
    circles = [Circle(x[0] ** 2), Circle(x[1] ** 2)]
    small = circles[0] if circles[0] < circles[1] else circles[1]
    if small and small != circles[1]:
        return small.radius * x
    return x
