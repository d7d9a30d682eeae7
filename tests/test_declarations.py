"""Rules that users declare: what is called, what is refused, and when a declaration takes effect.

`tests/programs/test_hints.py` checks their derivatives.
"""

import math

import numpy as np
import pytest

import srcad
from srcad import bar, d
from tests.support import assert_locates

X = np.array([0.3, 0.8, 1.2])
NAMES = {"__name__": __name__, "np": np, "calls": []}
exec("def outside(x):\n    calls.append(1)\n    return np.sinh(x)\n", NAMES)
outside = NAMES["outside"]


def total(function):
    return lambda *args: np.sum(function(*args))


# ---- what is called ------------------------------------------------------------------------------------------------------


def sine(x):
    return np.sin(x)


srcad.elementwise(sine, lambda y, x: np.cos(x))


def energy(x):
    return np.sum(sine(x) * x)


def test_generated_code_calls_the_function_by_name():
    source = srcad.grad(energy).source(X)

    assert ".sine(x)" in source
    assert "np.sin" not in source
    np.testing.assert_allclose(srcad.grad(energy)(X), np.sin(X) + X * np.cos(X))


def test_rules_are_checked_with_check_grads():
    srcad.check_grads(energy, (X,))
    srcad.check_grads(sine, (X,))


def test_wrong_rules_are_found_by_check_grads():
    def square(x):
        return x * x

    srcad.elementwise(square, lambda y, x: x)
    with pytest.raises(AssertionError, match="the derivative of order 1 is wrong"):
        srcad.check_grads(square, (X,))


def test_effects_are_had_once_if_the_rule_says_that_there_are_some():
    srcad.elementwise(outside, lambda y, x: np.cosh(x), pure=False)
    derivative = srcad.grad(total(outside))
    derivative(X)
    NAMES["calls"].clear()
    derivative(X)

    assert NAMES["calls"] == [1]


def test_pure_functions_are_not_called_for_nothing():
    srcad.elementwise(outside, lambda y, x: np.cosh(x))
    derivative = srcad.grad(total(outside))
    derivative(X)
    NAMES["calls"].clear()
    derivative(X)

    assert NAMES["calls"] == []


def test_attributes_of_an_object_are_read_at_each_call():
    class Model:
        scale = 2.0

        def act(self, x):
            return self.scale * np.sin(x)

    srcad.elementwise(Model.act, lambda y, self, x: self.scale * np.cos(x), names=["x"])
    model = Model()
    derivative = srcad.grad(lambda x: np.sum(model.act(x)))
    first = derivative(X)
    model.scale = 3.0

    np.testing.assert_allclose(first, 2.0 * np.cos(X))
    np.testing.assert_allclose(derivative(X), 3.0 * np.cos(X))


def test_templates_call_functions_of_math_and_functions_with_rules():
    def damped(x):
        return np.exp(-x) * np.sin(x)

    def slope(y, x):
        return math.exp(-x) * np.cos(x) - sine(x) * math.exp(-x)

    srcad.elementwise(damped, slope)

    expected = np.exp(-0.5) * (np.cos(0.5) - np.sin(0.5))
    np.testing.assert_allclose(srcad.grad(damped)(0.5), expected)


def test_static_arguments_may_be_branched_on():
    def power(x, n):
        return x**n

    srcad.elementwise(power, lambda y, x, n: 1.0 if n == 1 else n * x ** (n - 1), names=["x"], static=["n"])
    derivative = srcad.grad(lambda x, n: np.sum(power(x, n)))

    np.testing.assert_allclose(derivative(X, 1), np.ones(3))
    np.testing.assert_allclose(derivative(X, 3), 3.0 * X**2)


def test_nothing_flows_through_functions_without_dependence():
    def report(x):
        NAMES["calls"].append(x)

    srcad.nondiff(report)

    def f(x):
        report(x)
        return np.sum(x**2)

    NAMES["calls"].clear()
    np.testing.assert_allclose(srcad.grad(f)(X), 2.0 * X)
    assert len(NAMES["calls"]) == 1


def test_objects_that_can_be_called_have_rules():
    class Interpolant:
        def __call__(self, x):
            return np.sin(x)

    one = Interpolant()
    srcad.elementwise(one, lambda y, x: 5.0)

    np.testing.assert_array_equal(srcad.grad(total(one))(X), np.full(3, 5.0))
    assert srcad.grad(one)(0.0) == 5.0
    assert srcad.grad(Interpolant())(0.0) == 1.0


# ---- when it takes effect --------------------------------------------------------------------------------------------------


def test_a_later_declaration_replaces_the_earlier_and_code_made_with_it():
    def f(x):
        return 2.0 * x

    def caller(x):
        return np.sum(f(x))

    derivative = srcad.grad(caller)
    without = derivative(X)
    srcad.elementwise(f, lambda y, x: 10.0)
    first = derivative(X)
    srcad.elementwise(f, lambda y, x: 20.0)

    assert [g[0] for g in (without, first, derivative(X))] == [2.0, 10.0, 20.0]


def test_a_rule_is_for_one_function_and_not_for_others_of_the_same_code():
    def made(scale):
        return lambda x: scale * x

    one, other = made(1.0), made(2.0)
    before = srcad.grad(total(one))(X), srcad.grad(total(other))(X)
    srcad.elementwise(one, lambda y, x: 100.0)

    assert [g[0] for g in before] == [1.0, 2.0]
    assert [srcad.grad(total(f))(X)[0] for f in (one, other)] == [100.0, 2.0]
    assert [srcad.jacfwd(f)(X)[0, 0] for f in (other, one)] == [2.0, 100.0]


# ---- what is refused when it is declared -----------------------------------------------------------------------------------


def two_arguments(x, scale=2.0):
    return scale * x


def without_arguments():
    return 2.0


def forgetful(y, x):
    return 2.0


def other_order(y, scale, x):
    return 2.0


def too_many(y, x, scale, k):
    return 2.0


def open_ended(y, x, scale, **options):
    return 2.0


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (forgetful, "it forgets scale\n.*\n  remedy: let it take the result, x, scale"), (other_order, "it has another order"),
        (too_many, "it has k"), (open_ended, r"takes \*\*options\n.*\n  remedy: name the keywords that the rule honours"),
    ],
)
def test_templates_that_do_not_take_the_arguments_are_refused(template, message):
    with pytest.raises(TypeError, match=message) as error:
        srcad.elementwise(two_arguments, template)
    assert isinstance(error.value, srcad.DifferentiationError)
    assert_locates(error.value, template)


@pytest.mark.parametrize("function", [np.sin, math.exp, len, srcad.grad])
def test_functions_that_srcad_knows_are_refused(function):
    with pytest.raises(srcad.DifferentiationError, match="srcad has a rule for"):
        srcad.elementwise(function, lambda y, x: 1.0)


def test_rules_without_a_result_are_refused():
    message = "takes no result\n.*\n  remedy: let it take the result, then the arguments"
    with pytest.raises(srcad.DifferentiationError, match=message):
        srcad.rule(without_arguments)(lambda: None)


def test_what_is_not_hashable_is_refused():
    class Unhashable:
        __hash__ = None

        def __call__(self, x):
            return x

    message = "is not hashable\n.*\n  remedy: wrap it in a function, and declare that one's rule"
    with pytest.raises(srcad.DifferentiationError, match=message):
        srcad.elementwise(Unhashable(), lambda y, x: 1.0)


def test_results_are_like_arguments_only():
    with pytest.raises(srcad.DifferentiationError, match="like='z' is no argument\n.*\n  remedy: name one of x, scale"):
        srcad.linear(two_arguments, "x", like="z")(lambda y, x, scale: None)


def test_unknown_names_are_refused():
    with pytest.raises(srcad.DifferentiationError, match="has no argument z"):
        srcad.linear(two_arguments, "z")(lambda y, x, scale: None)


def test_linear_rules_must_name_their_arguments():
    with pytest.raises(srcad.DifferentiationError, match="does not say in which arguments it is linear"):
        srcad.linear(two_arguments)(lambda y, x, scale: None)


def test_methods_of_one_object_are_refused():
    class Model:
        def act(self, x):
            return x

    with pytest.raises(srcad.DifferentiationError, match="is the method of one object"):
        srcad.elementwise(Model().act, lambda y, x: 1.0)


def test_what_cannot_be_called_is_refused():
    with pytest.raises(srcad.DifferentiationError, match="3 is not callable"):
        srcad.elementwise(3, lambda y, x: 1.0)


# ---- what is refused when it is differentiated -------------------------------------------------------------------------------


def fresh():
    """A function without a rule yet."""

    def unknown(x, **options):
        return x * options.get("scale", 1.0)

    return unknown


def refused(function, message, derivative=srcad.grad):
    def caller(x):
        return np.sum(function(x))

    with pytest.raises(srcad.DifferentiationError, match=message) as error:
        derivative(caller)(X)
    assert_locates(error.value, caller, "return np.sum(function(x))")


def test_keywords_that_the_rule_does_not_take_are_named():
    function = fresh()
    srcad.elementwise(function, lambda y, x: 1.0)

    with pytest.raises(srcad.DifferentiationError, match="has no derivative with the argument scale="):
        srcad.grad(lambda x: np.sum(function(x, scale=3.0)))(X)
    np.testing.assert_array_equal(srcad.grad(total(function))(X), np.ones(3))


def test_tangents_that_are_not_linear_are_refused():
    function = fresh()

    @srcad.rule(function)
    def squared(y, x):
        d[y] = d[x] ** 2

    refused(function, r"its rule is not linear in d\[...\]")
    refused(function, r"its rule is not linear in d\[...\]", srcad.jacfwd)


def test_rules_without_tangent_have_no_forward_mode():
    function = fresh()

    @srcad.rule(function)
    def backwards(y, x):
        bar[x] = 3.0 * bar[y]

    np.testing.assert_array_equal(srcad.grad(total(function))(X), np.full(3, 3.0))
    refused(function, "its rule gives no tangent", srcad.jacfwd)


def test_empty_rules_are_refused():
    function = fresh()
    srcad.rule(function)(lambda y, x: None)

    refused(function, "its rule gives neither bar")


def test_tangents_of_what_is_not_differentiable_are_refused():
    function = fresh()

    @srcad.rule(function)
    def of_the_result(y, x):
        d[y] = d[y] * x

    refused(function, r"its rule fails: it asks for d\[...\] of what is not differentiable")


def test_branches_on_values_are_refused():
    function = fresh()
    srcad.elementwise(function, lambda y, x: 1.0 if x > 0.0 else -1.0)

    refused(function, "a rule branches on a value")


def test_templates_that_call_functions_without_rules_are_refused():
    function = fresh()
    srcad.elementwise(function, lambda y, x: np.i0(x))

    refused(function, "its rule fails: a rule calls i0, which has no rule itself")


def test_partials_that_are_too_many_are_refused():
    function = fresh()
    srcad.elementwise(function, lambda y, x: (1.0, 2.0))

    refused(function, "gives 2 partial derivatives for 1 arguments")
