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
