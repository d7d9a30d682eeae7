"""Builtins and the standard library's functions of iterables: map, filter, sorted, reduce, itertools."""

import functools
import itertools
import operator

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])
Y = np.array([1.5, 0.2, -0.3, 0.8])


def test_program(program, check):
    check(program)


@program(X, Y)
def map_of_two_arrays(x, y):
    return sum(map(lambda a, b: a * b**2, x, y))


@program(X)
@program(-X)
def filter_by_a_value(x):
    return sum(v**2 for v in filter(lambda v: v > 0.0, x)) * x


@program(X)
def sorted_array(x):
    return sum(k * v**2 for k, v in enumerate(sorted(x)))


@program(X)
def sorted_backwards_by_a_key(x):
    return np.array(sorted(x, key=lambda v: v**2, reverse=True)) * np.arange(4)


@program(X)
def sorted_indices(x):
    order = sorted(range(4), key=lambda k: x[k])
    return x[order[0]] * x[order[1]] + x[order[3]] ** 2


@program(X)
def reversed_array(x):
    total = 0.0
    for v in reversed(x):
        total = total * 0.5 + v
    return total


@program(X)
def sum_with_a_start(x):
    return sum(x, x[0] * x[1])


@program(X)
def sum_of_rows(x):
    return sum([x * k for k in range(3)], np.sin(x)) * x


@program(X)
def minimum_and_maximum_of_an_array(x):
    return min(x) * max(x) + max(x[0], x[1] ** 2)


@program(X)
def maximum_by_a_key(x):
    return max(x, key=lambda v: v**2) * min(x, key=abs) * x


@program(X)
def maximum_with_a_default(x):
    return max([], default=x[0]) * x


@program(X)
def all_and_any(x):
    if any(v < 0.0 for v in x) and not all(x > 0.0):
        return x * x
    return x


@program(X)
def reduce_by_a_lambda(x):
    return functools.reduce(lambda a, b: a * 0.5 + b**2, x)


@program(X)
def reduce_with_a_start(x):
    return functools.reduce(lambda a, k: np.sin(a) + k * x, range(3), x)


@program(X)
def reduce_by_an_operator(x):
    return functools.reduce(operator.mul, [x, np.sin(x), x + 1.0])


@program(X)
def accumulated(x):
    return np.array(list(itertools.accumulate(x, lambda a, b: a * b + b)))


@program(X)
def product_of_indices(x):
    return sum(x[i] * x[j] ** 2 for i, j in itertools.product(range(4), range(2)))


@program(X)
def combinations_of_values(x):
    return sum(a * b for a, b in itertools.combinations(x, 2))


@program(X)
def combinations_of_indices(x):
    total = 0.0
    for i, j in itertools.combinations(range(4), 2):
        total = total + (x[i] - x[j]) ** 2 / (j - i)
    return total


@program(X)
def permutations_for_a_determinant(x):
    m = np.outer(x[:3], x[1:]) + np.diag(x[:3])
    total = 0.0
    for p in itertools.permutations(range(3)):
        sign = 1.0
        for i, j in itertools.combinations(range(3), 2):
            if p[i] > p[j]:
                sign = -sign
        total = total + sign * m[0, p[0]] * m[1, p[1]] * m[2, p[2]]
    return total


@program(X, Y)
def chained(x, y):
    total = 1.0
    for v in itertools.chain(x, y[:2]):
        total = total * (1.0 + 0.3 * v)
    return total


@program(X)
def pairwise(x):
    return sum(a * b for a, b in itertools.pairwise(x))


@program(X)
def sliced_and_repeated(x):
    total = 0.0
    for v, w in zip(itertools.islice(x, 1, None), itertools.repeat(x[0])):
        total = total + v * w
    return total


@program(X)
def cycled(x):
    total = 0.0
    for k, v in zip(range(6), itertools.cycle(x)):
        total = total + (k + 1) * v**2
    return total


@program(X)
@program(-X)
def taken_while(x):
    return sum(v**2 for v in itertools.takewhile(lambda v: v > 0.0, x)) * x


@program(X)
def zip_longest(x):
    return sum(a * b for a, b in itertools.zip_longest(x, x[:2], fillvalue=1.0))


@program(X)
def starmap(x):
    return sum(itertools.starmap(lambda a, b: a * b**2, [(x[0], x[1]), (x[2], x[3])]))


@program(X)
def zip_transposes_pairs(x):
    first, second = zip(*[(x[0], x[1]), (x[2], x[3])])
    return first[0] * second[1] + first[1] ** 2


@program(X)
def enumerate_from_one(x):
    return sum(k * v**2 for k, v in enumerate(x, start=1))


@program(X)
def operators_as_functions(x):
    pick = operator.itemgetter(1)
    return operator.add(pick(x), operator.mul(x, x)) * operator.neg(x)


@program(X)
def iterator_by_hand(x):
    iterator = iter(x)
    first = next(iterator)
    total = 0.0
    for v in iterator:
        total = total + first * v
    return total * next(iterator, 2.0)


@program(np.arange(6.0).reshape(2, 3) - 2.2)
def sum_of_rows_from_an_array(a):
    return sum(a, a[0] ** 2) * a[1] + sum(a[1:], a[1])


@program(X)
def sum_of_collected_arrays_from_an_array(x):
    return sum([x * v for v in x], x * x) + sum((np.sin(x) * k for k in range(3)), np.cos(x))
