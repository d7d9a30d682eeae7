"""Methods and attributes of the user's objects."""

import dataclasses

import numpy as np

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


class Spring:
    kind = "linear"

    def __init__(self, stiffness, rest):
        self.stiffness = stiffness
        self.rest = rest

    def energy(self, x):
        return 0.5 * self.stiffness * (x - self.rest) ** 2

    def total(self, x):
        return np.sum(self.energy(x))

    @property
    def doubled(self):
        return 2.0 * self.stiffness

    @staticmethod
    def cubed(x):
        return x**3

    def __call__(self, x):
        return self.energy(x) * self.doubled


SPRING = Spring(3.0, np.array([0.1, 0.2, 0.3]))


@program(X)
def method_of_a_global(x):
    return SPRING.energy(x) * x


@program(X)
def method_that_calls_a_method(x):
    return SPRING.total(x) ** 2


@program(X)
def attribute_of_a_global(x):
    return SPRING.stiffness * x**2 + SPRING.rest


@program(X)
def static_method(x):
    return Spring.cubed(x) + SPRING.cubed(x[0])


@program(X)
def property_of_a_global(x):
    return SPRING.doubled * x**2



@program(X)
def class_attribute_as_option(x):
    return x * x if SPRING.kind == "linear" else x


@dataclasses.dataclass
class Layer:
    weights: np.ndarray
    bias: float

    def forward(self, x):
        return np.tanh(self.weights * x + self.bias)


LAYERS = [Layer(np.array([0.5, 1.5, 2.5]), 0.1), Layer(np.array([1.5, 0.5, 0.2]), -0.3)]


@program(X)
def objects_in_a_list(x):
    for layer in LAYERS:
        x = layer.forward(x)
    return x


@program(X)
def object_with_a_method_as_function(x):
    return sum([layer.forward(x) for layer in LAYERS]) ** 2


def test_bound_method():
    slopes = srcad.grad(SPRING.total)(X)

    np.testing.assert_allclose(slopes, 3.0 * (X - SPRING.rest))


def test_bound_method_reads_its_object_at_each_call():
    spring = Spring(3.0, 0.1)
    slope = srcad.grad(spring.energy)
    first = slope(2.0)
    spring.stiffness = 5.0

    np.testing.assert_allclose([first, slope(2.0)], [3.0 * 1.9, 5.0 * 1.9])


class Private:
    __scale = 3.0

    def __init__(self):
        self.__rate = 2.0

    def __half(self, x):
        return 0.5 * self.__rate * x

    def apply(self, x, *, __factor=1.5):
        __y = self.__half(x)

        def __inner(z):
            return z**2 * self.__scale * __factor

        return __inner(__y) + sum([__v for __v in [x, x * self.__rate]])

    by_lambda = lambda self, __x: __x**2 * self.__rate  # noqa: E731


class _Own(Private):
    def __init__(self):
        super().__init__()
        self.__rate = 5.0

    def own(self, x):
        return x**2 * self.__rate

    @staticmethod
    def make():
        def nested(x, model):
            return x**2 * model.__rate

        return nested


PRIVATE = Private()
OWN = _Own()
NESTED = _Own.make()


@program(X)
def private_names(x):
    return PRIVATE.apply(x) * PRIVATE.by_lambda(x)


@program(X)
def private_names_of_two_classes(x):
    return OWN.own(x) + OWN.by_lambda(x) + NESTED(x, OWN)


class Base:
    offset = 4.0

    def energy(self, x):
        return x**2 * self.rate

    @classmethod
    def shifted(cls, x):
        return x * cls.offset

    @staticmethod
    def cubed(x):
        return x**3

    @property
    def doubled(self):
        return 2.0 * self.rate


class Middle(Base):
    def __init__(self, rate):
        self.rate = rate

    def energy(self, x):
        return super().energy(x) + x

    @classmethod
    def shifted(cls, x):
        return super().shifted(x) * 2.0

    def all_kinds(self, x):
        return super().cubed(x) + super().doubled * x + super().offset * x


class Last(Middle):
    offset = 5.0

    def energy(self, x):
        return super().energy(x) * super(Middle, self).energy(x)


MIDDLE = Middle(3.0)
LAST = Last(2.0)


@program(X)
def method_of_a_base_class(x):
    return MIDDLE.energy(x) * LAST.energy(x)


@program(X)
def other_attributes_of_a_base_class(x):
    return MIDDLE.all_kinds(x) + LAST.shifted(x) * Last.shifted(x)


def test_method_of_a_base_class_of_an_argument():
    def f(x, model):
        return model.energy(x)

    assert 7.0 == srcad.grad(f)(1.0, MIDDLE)
    assert 22.0 == srcad.grad(f)(1.0, LAST)
    assert 7.0 == srcad.grad(MIDDLE.energy)(1.0)
