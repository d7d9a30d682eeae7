"""Calls without a derivative are refused where they stand: in callees, loops and branches, in either mode."""

import numpy as np
import pytest

import srcad
from srcad import functional
from srcad.rules import notation
from srcad.rules.registry import PRIMITIVES
from tests.support import assert_locates, assert_same

X = np.array([1.0, 2.0, 3.0])

DERIVATIVES = {
    "grad": lambda f, *args: srcad.grad(f)(*args),
    "jacfwd": lambda f, *args: srcad.jacfwd(f)(*args),
    "hessian": lambda f, *args: srcad.hessian(f)(*args),
    "hvp": lambda f, *args: srcad.hvp(f)(*args, X),
    "functional.vjp": lambda f, x, *args: functional.vjp(lambda y: f(y, *args), x),
    "functional.vjp, strict": lambda f, x, *args: functional.vjp(lambda y: f(y, *args), x, strict=True),
    "linearize": lambda f, x, *args: srcad.linearize(lambda y: f(y, *args), x),
    "pullback": lambda f, x, *args: srcad.vjp(lambda y: f(y, *args), x)[1](np.float64(1.0)),
}
every_derivative = pytest.mark.parametrize("derivative", DERIVATIVES.values(), ids=DERIVATIVES.keys())
REVERSE = {name: DERIVATIVES[name] for name in ["grad", "hessian", "hvp", "functional.vjp", "pullback"]}
every_reverse = pytest.mark.parametrize("derivative", REVERSE.values(), ids=REVERSE.keys())


def refusal(call, *arguments):
    with pytest.raises(srcad.DifferentiationError) as info:
        call(*arguments)
    assert "remedy: " in str(info.value)
    return info.value


def trimmed(x):
    return np.trim_zeros(x)


def in_a_branch(x, big):
    if x[0] > 5.0:
        y = trimmed(x)
        z = y * x
    else:
        z = 2.0 * x
    return np.sum(z)


def in_both_branches(x, big):
    if not big:
        return np.sum(2.0 * x)
    if x[0] > 5.0:
        z = trimmed(x)
    else:
        z = trimmed(2.0 * x)
    return np.sum(z * x)


def in_a_loop(x, trips):
    s = 2.0 * x
    for _ in range(trips):
        y = trimmed(s)
        s = y * s
    return np.sum(s)


def before_a_break(x, trips):
    s = np.sum(2.0 * x)
    for _ in range(trips):
        y = trimmed(x)
        if np.sum(y) > 1e6:
            break
        s = s + np.sum(y * x)
    return s


def where_a_loop_is_left(x, trips):
    s = 2.0 * x
    for _ in range(3):
        if trips:
            s = trimmed(s) * s
            break
        s = 1.0 * s
    return np.sum(s)


def in_a_while(x, trips):
    s = 2.0 * x
    k = 0
    while k < trips:
        s = trimmed(s) * s
        k = k + 1
    return np.sum(s)


def with_an_unused_result(x, trips):
    for _ in range(trips):
        trimmed(x)
    return np.sum(2.0 * x)


PROGRAMS = [
    in_a_branch, in_both_branches, in_a_loop, before_a_break, where_a_loop_is_left, in_a_while, with_an_unused_result,
]
every_program = pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)


@every_derivative
@every_program
def test_a_call_without_a_rule_is_refused_where_it_is_reached(f, derivative):
    assert_locates(refusal(derivative, f, 10.0 * X, 1), trimmed, "return np.trim_zeros(x)")


@every_program
def test_a_call_without_a_rule_that_is_not_reached_does_not_matter(f):
    assert_same(np.full(3, 2.0), srcad.grad(f)(X, 0))
    assert_same(np.full(3, 2.0), srcad.jacfwd(f)(X, 0))


def test_a_warning_of_a_detached_derivative_comes_from_a_callee_too():
    def inner(x):
        return functional.vjp(lambda y: np.sum(y**2), x)[1]

    def f(x, trips):
        for _ in range(trips):
            inner(x)
        return np.sum(x)

    with pytest.warns(srcad.DetachedWarning):
        srcad.grad(f)(X, 1)


# Rules that do not take what they are given -----------------------------------------------------------------


def test_an_option_that_a_rule_does_not_take_names_the_line_and_the_option():
    def f(x):
        return np.sum(np.sin(x, casting="unsafe"))

    error = refusal(srcad.grad(f), X)

    assert "np.sin" in str(error)
    assert_locates(error, f, 'return np.sum(np.sin(x, casting="unsafe"))')


def test_an_option_that_a_rule_does_not_take_works_on_inactive_values():
    def f(x):
        return np.sum(x * np.sin(X, casting="unsafe"))

    assert_same(np.sin(X), srcad.grad(f)(X))


def odd(x):
    return np.cos(x)


@pytest.fixture
def tangent_only():
    """A rule for ``odd`` that gives a tangent and refuses to give an adjoint."""

    @notation.rule(odd, "x", explicit=True)
    def template(y, x):
        if notation.d[x].is_zero:
            raise TypeError("odd goes forward only")
        notation.d[y] = -np.sin(x) * notation.d[x]

    yield
    del PRIMITIVES[odd]


def through_odd(x, trips):
    s = 2.0 * x
    for _ in range(trips):
        s = odd(s) * x
    return np.sum(s)


def through_odd_in_a_branch(x, big):
    if x[0] > 5.0:
        y = odd(x)
        z = y * y
    else:
        z = 2.0 * x
    return np.sum(z)


def through_odd_in_a_callee(x, trips):
    s = 2.0 * x
    for _ in range(trips):
        s = through_odd_in_a_branch(s, True) * x
    return np.sum(s)


@every_reverse
@pytest.mark.parametrize("f", [through_odd, through_odd_in_a_branch, through_odd_in_a_callee], ids=lambda f: f.__name__)
def test_a_rule_without_an_adjoint_is_refused_where_it_stands(f, derivative, tangent_only):
    error = refusal(derivative, f, 10.0 * X, 1)

    assert "odd goes forward only" in str(error)
    assert_locates(error, through_odd if f is through_odd else through_odd_in_a_branch)


@pytest.mark.parametrize("f", [through_odd, through_odd_in_a_branch, through_odd_in_a_callee], ids=lambda f: f.__name__)
def test_a_rule_without_an_adjoint_does_not_matter_if_not_reached(f, tangent_only):
    assert_same(np.full(3, 2.0), srcad.grad(f)(X, 0))


def test_a_rule_without_an_adjoint_goes_forward(tangent_only):
    expected = np.cos(2.0 * X) - 2.0 * X * np.sin(2.0 * X)

    assert_same(expected, srcad.jacfwd(through_odd)(X, 1))


def test_effects_before_a_rule_without_an_adjoint_have_happened(tangent_only, capsys):
    def f(x):
        print("before")
        return np.sum(odd(x))

    refusal(srcad.grad(f), X)

    assert "before\n" == capsys.readouterr().out


def test_a_rule_with_a_definition_that_refuses_is_refused(tangent_only):
    def defined(x):
        return odd(x)

    @notation.define(defined, "x")
    def template(x):
        raise TypeError("defined is not defined")

    try:
        error = refusal(srcad.grad(lambda x: np.sum(defined(x))), X)
    finally:
        del PRIMITIVES[defined]

    assert "defined is not defined" in str(error)
    assert_locates(error, test_a_rule_with_a_definition_that_refuses_is_refused)
