"""Objects whose attributes are read and written: in methods, through aliases, made inside and outside the function."""

import numpy as np

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


class Accumulator:
    def __init__(self, start=0.0):
        self.total = start
        self.count = 0

    def add(self, value):
        self.total = self.total + value
        self.count += 1
        return self

    def mean(self):
        return self.total / self.count


@program(X)
def made_inside_and_filled(x):
    accumulator = Accumulator()
    for value in x:
        accumulator.add(value**2)
    return accumulator.mean() * x


@program(X)
def calls_chained(x):
    return Accumulator(x).add(x * x).add(np.sin(x)).mean() * x


@program(X)
def attribute_written_from_outside(x):
    accumulator = Accumulator()
    accumulator.total = x[0] * x[1]
    accumulator.total += x[2]
    accumulator.total *= accumulator.total
    return accumulator.total


@program(X)
def attribute_added(x):
    accumulator = Accumulator(x)
    accumulator.extra = x * x
    return accumulator.extra * accumulator.total


@program(X)
@program(-X)
def attribute_written_in_a_branch(x):
    accumulator = Accumulator(x[0])
    if x[0] > 0.0:
        accumulator.total = x[1] * x[2]
    else:
        accumulator.add(x[1])
    return accumulator.total**2


@program(X)
def two_objects(x):
    first, second = Accumulator(x[0]), Accumulator(x[1])
    first.add(second.total * x[2])
    second.add(first.total * x[0])
    return first.total * second.total


@program(X)
def alias_of_an_object(x):
    first = Accumulator(x[0])
    second = first
    second.add(x[1])
    first.add(x[2] * second.total)
    return second.total * first.count


class Oscillator:
    def __init__(self, position, velocity):
        self.position = position
        self.velocity = velocity

    def step(self, dt):
        self.velocity -= dt * np.sin(self.position)
        self.position += dt * self.velocity

    def energy(self):
        return 0.5 * self.velocity**2 - np.cos(self.position)


@program(0.5, 1.5)
def state_of_numbers_stepped(position, velocity):
    oscillator = Oscillator(position, velocity)
    for _ in range(4):
        oscillator.step(0.1)
    return oscillator.energy() * oscillator.position


@program(X)
def state_of_arrays_stepped_in_place(x):
    oscillator = Oscillator(x.copy(), np.cos(x))
    for _ in range(3):
        oscillator.step(0.1)
    return oscillator.energy()


@program(X)
def the_argument_stepped_in_place(x):
    oscillator = Oscillator(x, np.zeros(3))
    oscillator.step(0.1)
    return oscillator.position * x


@program(X)
def list_of_objects(x):
    chain = [Oscillator(x[i], 0.0) for i in range(3)]
    for _ in range(2):
        for k in range(1, 3):
            chain[k].velocity += chain[k - 1].position * 0.3
        for one in chain:
            one.step(0.1)
    return sum(one.energy() for one in chain)


METER = Accumulator(0.25)


@program(X)
def global_object_written(x):
    METER.add(x[0] * x[1])
    return METER.total * x


@program(X, rest=(Accumulator(0.5),))
def object_as_argument_written(x, accumulator):
    for value in x:
        accumulator.add(value**2)
    return accumulator.mean() * x


@program(X, rest=(Accumulator(0.5),))
def object_that_only_counts(x, accumulator):
    accumulator.count += 1
    return x**2 * accumulator.total


class Cached:
    def __init__(self, x):
        self.x = x
        self._norm = None

    def norm(self):
        if self._norm is None:
            self._norm = np.sqrt(np.sum(self.x**2))
        return self._norm


@program(X)
def value_cached_in_an_attribute(x):
    cached = Cached(x)
    return cached.norm() * x / cached.norm() ** 3


class Tree:
    def __init__(self, value, children=()):
        self.value = value
        self.children = children
        self.total = None

    def sum_up(self):
        self.total = self.value**2
        for child in self.children:
            child.sum_up()
            self.total += 0.5 * child.total


@program(X, order=1)
def objects_in_a_tree(x):
    tree = Tree(x[0], [Tree(x[1]), Tree(x[2], [Tree(x[0] * x[1])])])
    tree.sum_up()
    return tree.total


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a, self.b = a, b


@program(X)
def object_with_slots(x):
    slotted = Slotted(x * x, x[0])
    slotted.a, slotted.b = slotted.a * slotted.b, slotted.a
    return slotted.a * slotted.b


@program(X)
def setattr_and_getattr(x):
    accumulator = Accumulator()
    for k, name in enumerate(("p", "q", "r")):
        setattr(accumulator, name, x[k] ** 2)
    return accumulator.p * accumulator.q + getattr(accumulator, "s", x[2])


class Counted:
    made = 0

    def __init__(self, x):
        Counted.made += 1
        self.x = x


@program(X)
def class_attribute_counted_up(x):
    first, second = Counted(x), Counted(x * x)
    return first.x * second.x * Counted.made


class Linear:
    def __init__(self, weights, bias):
        self.weights = weights
        self.bias = bias
        self.seen = []

    def __call__(self, x):
        self.seen.append(x)
        return self.weights * x + self.bias


LINEAR = Linear(np.array([0.5, 1.5, 2.5]), 0.1)


@program(X)
def inputs_recorded_by_a_global_layer(x):
    return LINEAR(LINEAR(x)) * len(LINEAR.seen)


def test_derivative_of_a_method_with_respect_to_an_argument_leaves_the_object_as_one_call_does():
    meter = Accumulator(1.0)
    slope = srcad.grad(lambda a: meter.add(a * a).total)(3.0)

    np.testing.assert_allclose(slope, 6.0)
    assert (meter.total, meter.count) == (10.0, 1)
