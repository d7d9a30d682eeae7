"""Operators, calls, iteration and ``super()`` of the user's own objects, captured and given as arguments."""

import dataclasses
from typing import NamedTuple

import numpy as np
import pytest

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


class Series:
    def __init__(self, *parts):
        self.parts = parts

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, k):
        return self.parts[k]

    def __iter__(self):
        yield from self.parts

    def __contains__(self, value):
        return value in (0.5, 1.5)

    def __call__(self, x):
        return sum(part * x**k for k, part in enumerate(self.parts))

    def __add__(self, x):
        return self(x)

    def __radd__(self, x):
        return 2.0 * self(x)

    def __mul__(self, other):
        if not isinstance(other, float):
            return NotImplemented
        return self.parts[0] * other

    def __matmul__(self, x):
        return x @ np.array([1.0, 2.0, 3.0]) * self.parts[1]

    def __neg__(self):
        return -self.parts[0]

    def __abs__(self):
        return abs(self.parts[1])

    def __bool__(self):
        return self.parts[0] > 0.0

    def __eq__(self, other):
        return self.parts[0] == other

    def __lt__(self, other):
        return self.parts[0] < other

    __hash__ = None


class Shifted(Series):
    @property
    def offset(self):
        return self.parts[0] + 1.0

    def __call__(self, x):
        return super().__call__(x) + self.offset

    @staticmethod
    def doubled(x):
        return 2.0 * x

    @classmethod
    def named(cls, x):
        return x * len(cls.__name__)


SERIES = Series(0.5, -0.3, 1.5)
SHIFTED = Shifted(1.5, 0.7, -0.2)


@program(X)
def arithmetic(x):
    return (SERIES + x) * x[0] + (float(x[0]) + SERIES) * (SHIFTED + x) + SERIES @ x * -SHIFTED


@program(X)
def calls_and_lengths(x):
    return SERIES(x) * len(SERIES) + abs(SERIES) * SHIFTED(x)


@program(X)
def elements(x):
    total = x * SERIES[1] if SERIES else x
    for part in SERIES:
        total = total + part * x**2
    return total * (2.0 if 0.5 in SERIES else 1.0)


@program(X)
def comparisons(x):
    return x**2 if SERIES == 0.5 and SERIES < 1.0 else x


@program(X)
def inherited(x):
    return SHIFTED(x) * SHIFTED.offset + Shifted.doubled(x) * SHIFTED.doubled(x[0]) + SHIFTED.named(x)


@program(X, SERIES)
@program(X, SHIFTED)
def given_as_an_argument(x, series):
    total = series(x) * len(series) - series[0] * x
    for part in series:
        total = total + part * np.sin(x)
    return total + (float(x[0]) + series) * (series + x)


@dataclasses.dataclass(frozen=True)
class Options:
    scale: float = 2.0
    shift: float = 0.5

    def applied(self, x):
        return self.scale * x + self.shift


@program(X, Options(3.0))
def dataclass_given(x, options):
    return options.applied(x) * options.scale


class Point(NamedTuple):
    x: float
    y: float = 2.0

    def norm(self):
        return np.sqrt(self.x**2 + self.y**2)


@program(Point(0.5, 1.5))
def named_tuple(p):
    a, b = p
    return p.norm() * a + p._replace(x=b).norm()


def test_a_number_of_numpy_on_the_left_of_a_sequence_is_refused():
    with pytest.raises(srcad.DifferentiationError, match="which computes in its own way"):
        srcad.grad(lambda x: np.sum(x[0] + SERIES))(X)


def test_derivatives_of_named_tuples_are_named_tuples():
    slope = srcad.grad(lambda p: p.norm())(Point(3.0, 4.0))

    assert type(slope) is Point
    np.testing.assert_allclose(slope, (0.6, 0.8))


def test_another_class_of_object_is_seen():
    def f(x, series):
        return np.sum(series + x)

    gradient = srcad.grad(f)

    class Other(Series):
        def __add__(self, x):
            return 7.0 * x

    np.testing.assert_allclose(gradient(X, Series(1.0, 3.0)), np.full(3, 3.0))
    np.testing.assert_allclose(gradient(X, Other(1.0, 3.0)), np.full(3, 7.0))
