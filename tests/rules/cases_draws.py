"""Random draws that are shifted and scaled: ``rules/draws.py``.  Every call begins with the same seed."""



import random

import numpy as np

from tests.rules.check import Case, Refused

M = np.array([0.4, -1.3, 2.2])
S = np.array([1.7, 0.6, 0.9])



# each draw as its own lines, so that the generator is known where it is drawn from
NUMPY = [
    Case("np.random.Generator.normal, active", lambda m, s: np.random.default_rng(3).normal(m, s) ** 2, M, S),
    Case("np.random.Generator.uniform, active", lambda m, s: np.random.default_rng(3).uniform(m, m + s) ** 2, M, S),
    Case("np.random.Generator.lognormal", lambda m, s: np.random.default_rng(3).lognormal(m, s) ** 2, M, S),
    Case("np.random.Generator.gumbel", lambda m, s: np.random.default_rng(3).gumbel(m, s) ** 2, M, S),
    Case("np.random.Generator.laplace", lambda m, s: np.random.default_rng(3).laplace(m, s) ** 2, M, S),
    Case("np.random.Generator.logistic", lambda m, s: np.random.default_rng(3).logistic(m, s) ** 2, M, S),
    Case("np.random.Generator.exponential", lambda s: np.random.default_rng(3).exponential(s) ** 2, S),
    Case("np.random.Generator.rayleigh", lambda s: np.random.default_rng(3).rayleigh(s) ** 2, S),
    Case("np.random.RandomState.normal", lambda m, s: np.random.RandomState(3).normal(m, s) ** 2, M, S),
    Case("np.random.RandomState.uniform", lambda m, s: np.random.RandomState(3).uniform(m, m + s) ** 2, M, S),
    Case("np.random.RandomState.lognormal", lambda m, s: np.random.RandomState(3).lognormal(m, s) ** 2, M, S),
    Case("np.random.RandomState.gumbel", lambda m, s: np.random.RandomState(3).gumbel(m, s) ** 2, M, S),
    Case("np.random.RandomState.laplace", lambda m, s: np.random.RandomState(3).laplace(m, s) ** 2, M, S),
    Case("np.random.RandomState.logistic", lambda m, s: np.random.RandomState(3).logistic(m, s) ** 2, M, S),
    Case("np.random.RandomState.exponential", lambda s: np.random.RandomState(3).exponential(s) ** 2, S),
    Case("np.random.RandomState.rayleigh", lambda s: np.random.RandomState(3).rayleigh(s) ** 2, S),
]
SIZES = [
    Case("np.random.Generator.normal, size", lambda m, s: np.random.default_rng(3).normal(m, s, size=(2, 3)) ** 2, M, 0.7),
    Case("np.random.Generator.normal, numbers", lambda m, s: np.random.default_rng(3).normal(m, s) ** 2, 0.5, 0.7),
    Case("np.random.Generator.normal, scale alone", lambda s: np.random.default_rng(3).normal(scale=s, size=4) ** 2, 0.7),
    Case("np.random.Generator.uniform, bound", lambda b: np.random.default_rng(3).uniform(high=b, size=4) ** 2, 0.7),
]


def seeded(x):
    np.random.seed(3)
    return x


def seeded_python(x):
    random.seed(3)
    return x


FUNCTIONS = [
    Case("np.random.normal, active", lambda m, s: np.random.normal(seeded(m), s) ** 2, M, S),
    Case("np.random.uniform, active", lambda m, s: np.random.uniform(seeded(m), m + s) ** 2, M, S),
    Case("np.random.lognormal", lambda m, s: np.random.lognormal(seeded(m), s) ** 2, M, S),
    Case("np.random.gumbel", lambda m, s: np.random.gumbel(seeded(m), s) ** 2, M, S),
    Case("np.random.laplace", lambda m, s: np.random.laplace(seeded(m), s) ** 2, M, S),
    Case("np.random.logistic", lambda m, s: np.random.logistic(seeded(m), s) ** 2, M, S),
    Case("np.random.exponential", lambda s: np.random.exponential(seeded(s)) ** 2, S),
    Case("np.random.rayleigh", lambda s: np.random.rayleigh(seeded(s)) ** 2, S),
    Case("random.uniform", lambda m, s: random.uniform(seeded_python(m), m + s) ** 2, 0.4, 0.7),
    Case("random.gauss", lambda m, s: random.gauss(seeded_python(m), s) ** 2, 0.4, 0.7),
    Case("random.normalvariate", lambda m, s: random.normalvariate(seeded_python(m), s) ** 2, 0.4, 0.7),
]
for case in (*NUMPY, *SIZES, *FUNCTIONS):
    case.skip |= {"batch"}  # vmap refuses what draws

REFUSALS = [
    Refused("np.random.Generator.gamma", lambda s: np.random.default_rng(3).gamma(s, 2.0), S, match="no derivative"),
    Refused("np.random.Generator.poisson", lambda s: np.random.default_rng(3).poisson(s), S, match="no derivative"),
]

CASES = NUMPY + SIZES + FUNCTIONS + REFUSALS
