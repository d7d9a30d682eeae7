"""Named tuples: made, unpacked, replaced, with methods, through loops."""

import collections
from typing import NamedTuple

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
Pair = collections.namedtuple("Pair", "first second", defaults=(2.0,))


def test_program(program, check):
    check(program)


class Gaussian(NamedTuple):
    mean: float
    precision: float = 1.0

    def times(self, other):
        precision = self.precision + other.precision
        return Gaussian((self.mean * self.precision + other.mean * other.precision) / precision, precision)

    @property
    def variance(self):
        return 1.0 / self.precision


@program(X)
def default_field(x):
    pair = Pair(x * x)
    return pair.first * pair.second


@program(0.5, 1.5)
def method_and_property(a, b):
    g = Gaussian(a, b * b)
    for _ in range(2):
        g = g.times(Gaussian(b))
    return g.mean * g.variance


@program(X)
def unpacked_by_a_star(x):
    first, *rest = Gaussian(x[0], x[1])
    return first * rest[0]


@program(X)
def replaced_in_a_loop(x):
    pair = Pair(x, np.sin(x))
    for _ in range(3):
        pair = pair._replace(first=pair.second * 0.9, second=pair.first * pair.second)
    return pair.first + pair.second


@program(X)
def turned_into_a_dict(x):
    fields = Pair(x * x, x[0])._asdict()
    return fields["first"] * fields["second"]


@program(X)
def made_from_a_sequence(x):
    pair = Pair._make([x * x, np.sin(x)])
    return pair[0] * pair[-1]


@program(X)
def walked(x):
    total = 0.0
    for part in Pair(x, x * x):
        total = total + np.sum(part**2)
    return total


@program(X)
def returned_from_a_callee(x):
    def moments(y):
        return Pair(np.mean(y), np.mean(y * y))

    m = moments(x)
    return m.second - m.first**2


@program(X)
@program(-X)
def chosen_by_a_branch(x):
    pair = Pair(x, 2.0 * x) if x[0] > 0.0 else Pair(np.sin(x), x)
    return pair.first * pair.second


@program(X)
def result_is_a_named_tuple_entry(x):
    pairs = [Pair(x[k] ** 2, k) for k in range(3)]
    best = max(pairs, key=lambda p: p.first)
    return best.first * (best.second + 1) * x
