"""Functions that programs of other modules call."""

import numpy as np

SCALE = 1.5


def squashed(x, slope=2.0):
    return np.tanh(slope * x) * SCALE


def twice(function, x):
    return function(function(x))


def pair(x, y):
    return x * y, x - y


def doubled_in_place(target):
    target *= 2.0


def relaxed(target, source, weight=0.5):
    target[1:-1] = (1.0 - weight) * target[1:-1] + weight * 0.5 * (source[2:] + source[:-2])
