"""Generator expressions and generator functions, and what uses their elements."""

import numpy as np
import pytest

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
Y = np.array([1.5, 0.2, -0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3]])


def test_program(program, check):
    check(program)


# ---- generator expressions ---------------------------------------------------------------------------------------


@program(X)
def sum_of_an_expression(x):
    return sum(np.sin(v) * v for v in x)


@program(X)
def sum_with_a_start(x):
    return sum((v**2 for v in x if v > -5), 10.0)


@program(X)
def largest(x):
    return max(v**2 for v in x) * min(np.sin(v) for v in x)


@program(X, skip=("batch",))
def largest_of_some(x):
    return max(v**2 for v in x if v < 1.0)


@program(X)
@program(-X)
def any_and_all(x):
    scale = 2.0 if any(v > 1.5 for v in x) else 3.0
    return x**2 * scale if all(v > -1.5 for v in x) else x**3


@program(X)
def any_is_a_bool(x):
    return x * any(v for v in (x[0], x[1])) + x**2 * all([x[0], x[2]])


@program(X)
def loop_over_an_expression(x):
    total = 0.0
    for v in (a * a for a in x):
        total = total * 0.5 + v
    return total


@program(X)
def expression_kept_in_a_variable(x):
    squares = (a * a for a in x)
    return sum(squares) * 2.0 + sum(squares)


@program(X)
def expression_reads_its_variables_late(x):
    scale = 2.0
    scaled = (scale * a for a in x)
    scale = 3.0
    return sum(scaled)


@program(X, Y)
def sum_of_products(x, y):
    return sum(a * b for a in x for b in y)


@program(A)
def sum_over_rows(a):
    return sum(sum(v**2 for v in row) * row[0] for row in a)


# ---- generator functions -----------------------------------------------------------------------------------------


def squares_of(x):
    for v in x:
        yield v * v


def powers(x, n):
    power = x
    for _ in range(n):
        yield power
        power = power * x


def neighbours(x):
    for k in range(len(x) - 1):
        yield x[k], x[k + 1]


def three(x):
    yield x
    yield np.sin(x)
    if x.shape:
        yield x**2


@program(X)
def loop_over_a_generator(x):
    total = 0.0
    for v in squares_of(x):
        total = total * 0.5 + v
    return total


@program(X, 3)
def generator_that_carries_a_value(x, n):
    total = 0.0
    for k, power in enumerate(powers(x, n)):
        total = total + power / (k + 1)
    return total


@program(X)
def generator_of_pairs(x):
    total = 0.0
    for left, right in neighbours(x):
        total = total + (right - left) ** 2
    return total


@program(X)
def several_yields(x):
    total = 1.0
    for v in three(x):
        total = total * v
    return total


@program(X)
def list_of_a_generator(x):
    return np.array(list(squares_of(x)))


@program(X)
def list_of_several_yields(x):
    a, b, c = three(x)
    return a * b + c * len(list(three(x)))


@program(X)
def sum_of_a_generator(x):
    return sum(squares_of(x)) + sum(three(x))


@program(X)
def star_of_a_generator(x):
    return np.stack([*three(x)]) * sum([*squares_of((x[0], x[1]))])


@program(X)
def generator_of_a_generator(x):
    total = 0.0
    for a, b in neighbours([v for v in squares_of(squares_of(x))]):
        total = total + a * b
    return total


def nonzero_of(x):
    for v in x:
        if v > 0:
            yield v


@program(X)
@program(-X)
def generator_with_a_condition(x):
    total = 0.0
    for v in nonzero_of(x):
        total = total + v**3
    return total


def chained(*parts):
    for part in parts:
        yield from part


@program(X, Y)
def yield_from(x, y):
    total = 0.0
    for v in chained(x, y, [1.0, x[0]]):
        total = total * 0.9 + v * v
    return total


def tree_leaves(tree):
    if isinstance(tree, tuple):
        for part in tree:
            yield from tree_leaves(part)
    else:
        yield tree


@program((0.5, (1.5, (0.3, -0.2)), 2.0))
def generator_that_uses_itself(tree):
    total = 0.0
    for k, leaf in enumerate(tree_leaves(tree)):
        total = total + leaf ** (k + 1)
    return total


@program(X)
@program(X * 4.0)
def loop_that_breaks(x):
    total = 0.0
    for v in squares_of(x):
        if v > 3.0:
            break
        total = total + v
    return total


@program(X)
@program(X * 0.1)
def loop_that_breaks_with_an_else(x):
    total = 0.0
    for v in squares_of(x):
        total = total + v
        if total > 1.5:
            break
    else:
        total = total * 10.0
    return total


@program(X)
@program(X * 0.1)
def loop_that_returns(x):
    total = 0.0
    for v in squares_of(x):
        if v > 1.0:
            return total + v**2
        total = total + v
    return total


@program(X)
def loop_that_continues(x):
    total = 0.0
    for v in squares_of(x):
        if v > 1.0:
            continue
        total = total + v
    return total


@program(X)
def break_after_several_yields(x):
    total = 0.0
    for v in three(x):
        total = total + np.sum(v)
        if total > 0.5:
            break
    return total


def forever(x):
    while True:
        yield x
        x = 0.5 * x


@program(X)
@program(X * 0.01)
def endless_generator(x):
    total = 0.0
    for v in forever(np.sum(x**2)):
        if v < 0.01:
            break
        total = total + v
    return total


def until(x, limit):
    while x < limit:
        yield x
        x = x * 2.0 + 0.1
    return


@program(0.5, 7.0)
@program(9.0, 7.0)
def generator_with_a_while_loop(x, limit):
    total = 0.0
    for v in until(x, limit):
        total = total + np.sin(v)
    return total


def early(x):
    for v in x:
        if v > 1.0:
            return
        yield v


@program(X)
@program(-X)
def generator_that_returns_early(x):
    total = 1.0
    for v in early(x):
        total = total + v * total
    return total


@program(X, 1.5)
def nested_generator_function(x, a):
    def scaled(y):
        for v in y:
            yield v * a

    total = 0.0
    for v in scaled(x):
        total = total + v**2
    return total + sum(scaled(squares_of(x)))


@program(X)
def variable_of_the_loop_afterwards(x):
    for v in squares_of(x):
        last = v * 2.0
    return last * v


@program(X, 3)
def generator_in_a_loop(x, n):
    total = 0.0
    for _ in range(n):
        for v in squares_of(x):
            total = total * 0.5 + v
    return total


@program(X)
def generators_in_each_other(x):
    total = 0.0
    for v in squares_of(x):
        for a, b in neighbours(x):
            total = total + v * a * b
    return total


@program(X)
def next_of_an_iterator(x):
    elements = iter((x, x**2, x**3))
    first = next(elements)
    second = next(elements)
    return first * 2.0 + second * sum(elements) + next(elements, 1.0)


@program(X)
def next_of_a_generator(x):
    parts = three(x)
    first = next(parts)
    total = first * 0.5
    for part in parts:
        total = total + part * first
    return total


@program(X)
def next_of_an_array(x):
    elements = iter(x)
    best = next(elements)
    for v in elements:
        best = best * 0.5 + v
    return best


@program(X)
def zip_with_a_generator(x):
    total = 0.0
    for a, b in zip(squares_of(x), x):
        total = total + a * b
    for k, (a, b) in enumerate(zip(x, squares_of(x[:2]))):
        total = total + a * b * k
    return total


def with_setup(x):
    total = np.sum(x)
    for v in x:
        part = v / total
        yield part * part


@program(X + 3.0)
def generator_with_statements(x):
    return np.array(list(with_setup(x)))


def passed_on(parts, x):
    return sum(parts) * x[0]


@program(X)
def generator_as_argument(x):
    return passed_on((v**2 for v in x), x) + passed_on(squares_of(x), x) + passed_on(map(np.sin, x), x)


def made(x):
    return (v * x[0] for v in x)


@program(X)
def generator_as_result(x):
    return sum(made(x)) * sum(made(x**2))


@program(X)
def element_in_a_generator(x):
    return x if 2 in (k for k in (1, 2, 3)) else x**2


@program(A)
def min_with_key(a):
    best = min(a, key=lambda row: row[0] * row[1])
    return best**2


def refused(f, match, *args):
    with pytest.raises(srcad.DifferentiationError, match=match) as info:
        srcad.grad(f)(*args)
    assert __file__.split("/")[-1] in str(info.value)


def test_what_cannot_be_followed_is_refused():
    def received(x):
        def echo():
            y = x
            while True:
                y = 1.0 + (yield y)

        return next(echo())

    def advanced(x):
        elements = iter(x)
        for v in elements:
            if v > 0:
                break
        return sum(elements)

    def printing():
        print("now")
        yield 1.0

    refused(received, "yield as part of an expression", 2.0)
    refused(advanced, "how far it has gone", X)
    refused(lambda x: x * next(printing()), "step by step", 2.0)
    with pytest.raises(TypeError, match="'zip' object is not subscriptable"):
        srcad.grad(lambda x: sum(zip(x, x)[0]))(X)


def test_effects_come_in_the_order_of_the_program(capsys):
    def noisy(x):
        for k in range(2):
            print("made", k)
            yield x * k

    def f(x):
        total = 0.0
        for v in noisy(x):
            print("used")
            total = total + v * x
        for v in map(lambda y: print("mapped") or y, (x, x)):
            print("taken")
            total = total + v
        return total

    f(2.0)
    expected = capsys.readouterr().out
    for run in (srcad.grad(f), srcad.value_and_grad(f), lambda x: srcad.jvp(f, (x,), (1.0,)), lambda x: srcad.vjp(f, x)):
        run(2.0)
        assert capsys.readouterr().out == expected
