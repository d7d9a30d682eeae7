"""Loops over elements: what a ``for`` takes from arrays at its index is scanned, and nothing else."""

import numpy as np
import pytest

from srcad.transforms.elements import same_length, with_elements
from tests.transforms.lowered import changed, lines, lowered

X = np.ones(3)


def inner_product(x, y):
    total = 0.0
    for a, b in zip(x, y):  # noqa: B905
        total += a * b
    return total


def test_what_has_as_many_elements_as_there_are_trips_is_scanned():
    loop, *body = changed(with_elements, lowered(inner_product, X, X))[2:]

    assert loop.endswith("loop k below t; carry total.2 from 0.0; scan a of x, b of y")
    assert body[0] == "    t.3 = operator.mul(a, b)"


def test_the_shorter_of_two_ends_the_loop_so_that_neither_is_scanned():
    function = lowered(inner_product, X, np.ones(4))

    assert changed(with_elements, function) == lines(function)


def by_hand(x):
    total = 0.0
    for k in range(len(x)):
        total += x[k]
    return total


def backwards(x):
    total = 0.0
    for a in reversed(x):
        total = total * 0.5 + a
    return total


def of_the_next(x):
    total = 0.0
    for a in x:
        total += a
        x = x * 2.0
    return total


@pytest.mark.parametrize("function", [by_hand, backwards])
def test_what_the_user_indexes_or_runs_backwards_stays(function):
    function = lowered(function, X)

    assert changed(with_elements, function) == lines(function)


def test_the_array_of_the_beginning_is_scanned_whatever_its_name_is_later():
    assert any("scan a of x" in line for line in changed(with_elements, lowered(of_the_next, X)))


def test_lengths_are_compared_by_what_is_known():
    x, y, z = lowered(lambda x, y, z: x, X, np.ones((3, 2)), np.ones(4)).params

    assert same_length(x, y)
    assert not same_length(x, z)
