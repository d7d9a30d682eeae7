"""What only moves values about: map, filter, sorted, zip, ``itertools``, ``functools.reduce``, ``operator``."""

import functools
import itertools
import math
import operator
import sys

import numpy as np
import pytest

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
Y = np.array([1.5, 0.2, -0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3]])


def test_program(program, check):
    check(program)


@program(X)
def mapped(x):
    return np.array(list(map(np.sin, x))) * sum(map(lambda v: v**2, x))


@program(X, Y)
def mapped_over_two(x, y):
    total = 0.0
    for v in map(lambda a, b: a * b**2, x, y):
        total = total + v
    return total + sum(map(operator.mul, x, y))


@program(X)
def filtered(x):
    total = 0.0
    for v in filter(lambda v: v > 0.0, x):
        total = total + v**2
    return total + sum(filter(None, (x[0], x[1])))


@program(X, 1.5)
def filtered_by_a_static_predicate(x, a):
    powers = list(filter(lambda k: k % 2, (1, 2, 3)))
    return x ** powers[1] * a * len(powers)


@program(X)
@program(-X)
@program(X[::-1])
def sorted_array(x):
    total = 0.0
    for k, v in enumerate(sorted(x)):
        total = total + v ** (k + 1)
    return total


@program(X)
@program(-X)
def sorted_known_elements(x):
    low, middle, high = sorted([x[0] ** 2, x[1], x[2]])
    return low * middle + high**2


@program(0.5, -1.2, 0.3)
@program(-0.5, 1.2, 0.1)
def sorted_with_key_backwards(a, b, c):
    first, second, third = sorted((a, b, c), key=lambda v: v * v, reverse=True)
    return first + 2.0 * second + 3.0 * third**2


@program(A)
@program(-A)
def sorted_tuples(a):
    rows = sorted([(row[0], k) for k, row in enumerate(a)])
    return rows[0][0] * 2.0 + rows[1][0] ** 2


@program(X)
def sorted_array_with_key(x):
    return np.array([v * k for k, v in enumerate(sorted(x, key=abs))])


@program(X)
def sorted_names(x):
    parts = {"b": x, "a": x**2}
    return sum([parts[name] * k for k, name in enumerate(sorted(parts), 1)])


@program(X)
def reversed_list(x):
    first, *_ = reversed([x, x**2, x**3])
    return first * sum(reversed((x[0], x[1])))


@program(X, Y)
def sum_of_lists(x, y):
    return np.stack(sum([[x], [y, x * y]], []))


@program(X, Y)
def largest_by_key(x, y):
    a, b = max(((x[0], y[0]), (x[2], y[2])), key=lambda pair: pair[0] * pair[1])
    return a * b + max(x, key=lambda v: -v) * min([y[0], y[1]], key=abs)


@program(X, skip=("batch",))
def largest_with_a_default(x):
    return max((), default=x[0]) * min((v for v in x if v > 100.0), default=2.0) * max(x[:1], default=1.0)


@program(X, 1.5)
def largest_of_arguments(x, a):
    return max(x[0], a, 0.1) * min(a, x[2])


@program(X)
def largest_of_mapped(x):
    return max(map(abs, x)) * min(map(lambda v: v**2, x))


@program(X, Y)
def enumerated_zip_of_lists(x, y):
    total = 0.0
    for k, (a, b) in enumerate(zip([x, y], [y, x]), start=1):
        total = total + a * b**k
    return total


@program(X)
def ranges(x):
    total = 0.0
    for k in range(2, -1, -1):
        total = total * 0.5 + x[k]
    for k in range(1, 3):
        total = total + x[k] * k
    return total * len(range(0, 3, 2))


@program(X)
def constructors(x):
    parts = list((x[0], x[1]))
    pairs = dict([("a", x), ("b", parts[0])])
    return pairs["a"] * pairs["b"] * len(tuple(parts)) * len(list(range(3)))


@program(X)
def dict_of_keywords(x):
    parts = dict(a=x, b=2.0)
    parts = dict(parts, b=x[0])
    return parts["a"] * parts["b"]


@program(X)
def reduced(x):
    return functools.reduce(lambda a, b: a * b + 1.0, x) * functools.reduce(operator.add, (x[0], x[1]), 2.0)


@program(X)
def functions_one_after_the_other(x):
    return functools.reduce(lambda y, f: f(y), (np.sin, np.tanh, lambda y: y * x), x)


@program(X)
def accumulated(x):
    total = 0.0
    for v in itertools.accumulate(x):
        total = total + v**2
    for v in itertools.accumulate(x, operator.mul):
        total = total + np.sin(v)
    for v in itertools.accumulate((x[0], x[1]), lambda a, b: a * b + 1.0, initial=x[2]):
        total = total + v**3
    return total


@program(X)
def accumulated_list(x):
    return np.array(list(itertools.accumulate(x))) * np.array([*itertools.accumulate((x[0], x[1], 2.0), max)])


@program(X, Y)
def chained(x, y):
    total = 0.0
    for v in itertools.chain(x, y, (1.0, x[0])):
        total = total * 0.9 + v**2
    return total + sum(itertools.chain.from_iterable([[x[0], y[0]], (x[1],)]))


@program(X, Y)
def chained_in_a_list(x, y):
    return np.array(list(itertools.chain(x, y)))


@program(X, Y)
def products(x, y):
    total = 0.0
    for a, b in itertools.product(x, y):
        total = total + a * np.sin(b)
    for i, j in itertools.product((0, 1), repeat=2):
        total = total + x[i] * y[j]
    return total


@program(X)
def combinations(x):
    total = 0.0
    for a, b in itertools.combinations(x, 2):
        total = total + (a - b) ** 2
    for a, b, c in itertools.permutations((x[0], x[1], x[2])):
        total = total + a * b**2 * c**3
    for a, b in itertools.combinations_with_replacement([x[0], x[1]], 2):
        total = total + a * b
    return total


@program(X)
def sliced(x):
    total = 0.0
    for v in itertools.islice(x, 2):
        total = total + v**2
    for v in itertools.islice((x, x**2, x**3), 1, None):
        total = total + np.sum(v)
    for v in itertools.islice(itertools.count(2), 1, 6, 2):
        total = total + x[0] ** v
    return total


@program(X)
def repeated(x):
    total = 0.0
    for v in itertools.repeat(x, 3):
        total = total * 0.5 + v**2
    for a, b in zip(itertools.repeat(x[0]), x):
        total = total + a * b
    return total


@program(X)
def counted(x):
    total = 0.0
    for k, v in zip(itertools.count(1), x):
        total = total + v**k
    for t, v in zip(itertools.count(0.5, 0.25), x):
        total = total + t * v
    for k in itertools.count():
        if k == 2:
            break
        total = total + x[k]
    return total


@program(X, Y)
def cycled(x, y):
    total = 0.0
    for v, f in zip((x[0], x[1], x[2]), itertools.cycle([np.sin, np.cos])):
        total = total + f(v)
    for a, b in zip(itertools.cycle(x[:2]), y):
        total = total + a * b
    return total


@program(X)
def neighbours(x):
    total = 0.0
    for a, b in itertools.pairwise(x):
        total = total + a * b**2
    for a, b in itertools.pairwise((x[0], x[1] ** 2, x[2])):
        total = total + a * b
    for a, b in itertools.pairwise(v**2 for v in x):
        total = total + a * b
    return total


@program(X, Y)
def starred(x, y):
    return sum(itertools.starmap(lambda a, b: a * np.sin(b), zip(x, y))) + sum(itertools.starmap(pow, [(x[0], 2), (y[0], 3)]))


@program(X)
@program(-X)
def taken_and_dropped(x):
    total = 0.0
    for v in itertools.takewhile(lambda v: v > -1.0, x):
        total = total + v**2
    for v in itertools.dropwhile(lambda v: v > -1.0, x):
        total = total * 0.5 + v**3
    for v in itertools.filterfalse(lambda v: v > 0.0, x):
        total = total + v
    for v in itertools.compress(x, [1, 0, 1]):
        total = total + v**2
    return total


@program(X, Y)
def zipped_to_the_longest(x, y):
    total = 0.0
    for a, b in itertools.zip_longest((x[0], x[1]), (y[0],), fillvalue=x[2]):
        total = total + a * b**2
    return total


@program(X)
def in_groups_of_two(x):
    parts = iter((x[0], x[1], x[2], x[0] * x[1]))
    return sum([a * b**2 for a, b in zip(parts, parts)])


@program(X)
def copies_of_an_iterator(x):
    one, other = itertools.tee(x)
    next(other)
    return sum([a * b for a, b in zip(one, other)])


if sys.version_info >= (3, 12):

    @program(X)
    def batched(x):
        return sum([sum(part) ** 2 for part in itertools.batched((x[0], x[1], x[2]), 2)])


@program(X, Y)
def functions_of_lists(x, y):
    return math.fsum(v * v for v in x) * math.prod([x[0], y[0], 2.0]) + math.dist((x[0], x[1]), (y[0], y[1])) + math.hypot(
        *(x[0], y[1])
    )


@program(X, Y)
def product_of_an_array(x, y):
    return math.prod(x) * math.prod(v + 3.0 for v in y)


@program(X)
def array_from_an_iterator(x):
    return np.fromiter((v**2 for v in x), float) * np.fromiter(map(np.sin, x), dtype=float, count=3)


@program(X, Y)
def getters(x, y):
    first, last = operator.itemgetter(0, -1)((x, y, x * y))
    name = operator.itemgetter("a")({"a": x, "b": y})
    turned = operator.attrgetter("T")(np.stack([x, y]))
    total = operator.methodcaller("sum", axis=0)(np.stack([x, y]))
    return first * last + name + turned[:, 0] * total


@program(X, Y)
def sorted_by_a_getter(x, y):
    pairs = sorted([(2, x), (1, y)], key=operator.itemgetter(0))
    return pairs[0][1] * 2.0 + pairs[1][1] ** 2


@program(X, Y)
def operator_functions(x, y):
    total = operator.add(x, operator.neg(y)) * operator.getitem((x, y), 1)
    total = operator.truediv(total, operator.pow(operator.abs(y), 2))
    joined = operator.concat([x], [y]) if operator.lt(x[0], 10.0) else [x, x]
    return total * joined[1] * operator.matmul(x, y)


def passed(f, match, *args, error=srcad.DifferentiationError):
    with pytest.raises(error, match=match) as info:
        srcad.grad(f)(*args)
    return str(info.value)


def test_what_cannot_be_followed_is_refused():
    assert "test_moving_values.py" in passed(lambda x: sum(1.0 for _ in itertools.groupby(x)), "itertools.groupby is not supp", X)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: max([]) * x, "empty"),
        (lambda x: functools.reduce(operator.add, []) * x, "reduce"),
        (lambda x: sum([a * b for a, b in zip((x, x), (x,), strict=True)]), "shorter"),
        (lambda x: len(zip((x,), (x,))) * x, "has no len"),
        (lambda x: next((x, x)), "is not an iterator"),
        (lambda x: reversed(zip((x,), (x,))), "not reversible"),
        (lambda x: sum(x), "not iterable"),
    ],
)
def test_errors_are_those_of_python(f, message):
    with pytest.raises(Exception, match=message) as expected:
        f(2.0)
    with pytest.raises(expected.type) as found:
        srcad.grad(f)(2.0)
    assert str(expected.value) in str(found.value)


def test_draws_are_made_once_and_in_order():
    def f(x):
        rng = np.random.default_rng(3)
        total = 0.0
        for v, noise in zip(x, (rng.normal() for _ in range(3))):
            total = total + v * noise
        return total + sum(v * np.random.rand() for v in x) + sum(map(lambda v: v * np.random.normal(), (x[0], x[1])))

    def drawn(run):
        np.random.seed(7)
        run()
        return np.random.rand()

    expected = drawn(lambda: f(X))
    np.random.seed(7)
    value = f(X)
    # jacrev and hessian run a function twice if the shape of its result is not known: README, limits
    for derivative in (srcad.grad(f), srcad.value_and_grad(f), srcad.jacfwd(f)):
        assert drawn(lambda d=derivative: d(X)) == expected
    assert drawn(lambda: srcad.jvp(f, (X,), (X,))) == drawn(lambda: srcad.vjp(f, X)) == expected
    np.random.seed(7)
    assert srcad.value_and_grad(f)(X)[0] == value
