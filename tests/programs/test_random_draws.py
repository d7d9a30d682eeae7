"""Random numbers drawn inside: the same ones as in one call of the program, and drawn once."""

import random

import numpy as np

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(X)
def generator_with_a_seed(x):
    rng = np.random.default_rng(0)
    return x * rng.normal(size=3)


@program(X, rest=(np.random.default_rng(1),))
def generator_as_argument(x, rng):
    noise = rng.standard_normal(3)
    return (x + 0.1 * noise) ** 2 * rng.uniform()


RNG = np.random.default_rng(2)


@program(X)
def generator_of_the_module(x):
    total = 0.0
    for _ in range(3):
        total = total + np.sum(RNG.uniform(size=3) * x**2)
    return total


@program(X)
def legacy_functions(x):
    np.random.seed(3)
    mask = np.random.rand(3) < 0.5
    return np.where(mask, x * np.random.randn(), x**2)


@program(X)
def legacy_state_goes_on(x):
    return x * np.random.uniform(0.5, 1.5, 3)


@program(X)
def standard_library(x):
    k = random.randrange(3)
    return x[k] * x * random.random()


@program(X)
def reparametrised_normal(x):
    rng = np.random.default_rng(4)
    return np.mean(np.exp(0.1 * (x[0] + x[1] ** 2 * rng.normal(size=20))))


@program(X, skip=("batch",))
def scaled_by_an_active_deviation(x):
    rng = np.random.default_rng(5)
    return rng.normal(x[0], np.abs(x[1]) + 0.1, size=3) * x


@program(X)
def shuffled_order(x):
    order = np.arange(3)
    np.random.default_rng(6).shuffle(order)
    return x[order] * x


@program(X)
def permutation_and_choice(x):
    rng = np.random.default_rng(7)
    return x[rng.permutation(3)] * x[rng.choice(3)]


@program(X)
def dropout_in_a_loop(x):
    rng = np.random.default_rng(8)
    y = x
    for _ in range(3):
        keep = rng.random(3) < 0.7
        y = np.tanh(y) * keep / 0.7 + x
    return y


@program(X)
def branch_on_a_draw(x):
    rng = np.random.default_rng(9)
    if rng.random() < 0.5:
        return x * x
    return np.sin(x)


@program(X, skip=("batch",))
def uniform_between_active_bounds(x):
    rng = np.random.RandomState(11)
    total = 0.0
    for k in range(3):
        total = total + rng.uniform(x[k], x[k] + np.exp(x[1])) ** 2
    return total * rng.exponential(np.abs(x) + 0.1)


@program(X, rest=(np.random.default_rng(12),), skip=("batch", "jacobians"))
def drawn_from_an_argument(x, rng):
    y = rng.normal(x, 0.1 + x * x)
    return y * rng.lognormal(sigma=np.abs(x[0]), size=3)


def noise(rng, scale):
    return rng.laplace(scale=scale, size=3)


@program(X, rest=(np.random.default_rng(13),), skip=("batch", "jacobians"))
def drawn_by_a_callee(x, rng):
    return noise(rng, np.exp(x[0])) * x + noise(rng, x[1] ** 2)


@program(X, skip=("batch", "jacobians"))
def drawn_from_a_generator_of_the_module(x):
    return RNG.normal(x[0], np.abs(x[1]), 3) * x


def test_draws_go_on_from_call_to_call():
    rng, other = np.random.default_rng(10), np.random.default_rng(10)
    slope = srcad.grad(lambda x: np.sum(x * rng.normal(size=3)))

    for _ in range(2):
        np.testing.assert_array_equal(slope(X), other.normal(size=3))
