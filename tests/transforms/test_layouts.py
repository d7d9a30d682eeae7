"""Shapes and types are read from what is there anyway."""

import numpy as np

from srcad.transforms.adjoint import gradient
from srcad.transforms.dead import without_dead
from srcad.transforms.layouts import with_live_layouts
from srcad.transforms.simplify import narrowed
from tests.transforms.lowered import changed, lines, lowered

X = np.ones(3)


def simplest(block):
    return without_dead(with_live_layouts(without_dead(block)))


def slopes(function):
    """The gradient of a function, without its value."""
    return narrowed(gradient(lowered(function, X), (True,), (True,)), (False, True))


def rise(x):
    steps = x[1:] - x[:-1] ** 2
    return np.sum(steps)


def test_a_value_is_not_computed_for_its_shape():
    function = slopes(rise)
    assert "  t.5 = shape(steps)" in lines(function)

    assert changed(simplest, function)[1:4] == [
        "  t = operator.getitem(x, slice(None, -1, None))",
        "  # backward",
        "  t.2 = shape(t)",
    ]


def used_twice(x):
    y = np.exp(x)
    return np.sum(y[1:])


def test_a_value_that_is_needed_tells_its_own_shape():
    text = changed(simplest, slopes(used_twice))

    assert "  y = np.exp(x)" in text
    assert "  t.4 = shape(y)" in text


def of_another_shape(x):
    return np.sum(np.sin(x)[1:])


def test_a_part_does_not_have_the_shape_of_the_whole():
    text = changed(simplest, slopes(of_another_shape))

    assert "  t.2 = operator.getitem(t, slice(1, None, None))" in text
    assert "  t.3 = shape(t.2)" in text
