"""Bad input: each refusal says where, which line, why, what to write instead; and changes nothing."""

import numpy as np
import pytest

import srcad
from srcad import functional
from tests.support import assert_locates, assert_same

X = np.array([1.0, 2.0, 3.0])


def cubes(x):
    return np.sum(x**3)


def squares(x):
    return x**2


def total(a, b):
    return np.sum(a * b)


# How a function of one array is differentiated: each message must come from all of them.
CALLS = {
    "grad": lambda f, x: srcad.grad(f)(x),
    "value_and_grad": lambda f, x: srcad.value_and_grad(f)(x),
    "jacfwd": lambda f, x: srcad.jacfwd(f)(x),
    "jacrev": lambda f, x: srcad.jacrev(f)(x),
    "jacobian": lambda f, x: srcad.jacobian(f)(x),
    "hessian": lambda f, x: srcad.hessian(f)(x),
    "hvp": lambda f, x: srcad.hvp(f)(x, x),
    "vjp": lambda f, x: srcad.vjp(f, x),
    "jvp": lambda f, x: srcad.jvp(f, (x,), (x,)),
    "linearize": lambda f, x: srcad.linearize(f, x),
    "decorated": lambda f, x: srcad.differentiate(f).grad(x),
    "functional.vjp": lambda f, x: functional.vjp(f, x),
    "functional.jvp": lambda f, x: functional.jvp(f, x, x),
    "functional.vhp": lambda f, x: functional.vhp(f, x, x),
    "functional.hvp": lambda f, x: functional.hvp(f, x, x),
    "functional.jacobian": lambda f, x: functional.jacobian(f, x),
    "functional.hessian": lambda f, x: functional.hessian(f, x),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())

# One for each transform.
KINDS = ["grad", "jvp", "hessian", "functional.vjp"]
every_kind = pytest.mark.parametrize("call", [CALLS[name] for name in KINDS], ids=KINDS)


def refusal(call, *arguments):
    """The error that the call raises, which is one of srcad's."""
    with pytest.raises(srcad.DifferentiationError) as info:
        call(*arguments)
    return info.value


# The family -------------------------------------------------------------------------------------------------


def test_the_error_is_a_runtime_error():
    assert issubclass(srcad.DifferentiationError, RuntimeError)


# Integer input ----------------------------------------------------------------------------------------------


@every_call
def test_integer_input_names_the_function_and_its_line(call):
    error = refusal(call, cubes, np.array([1, 2, 3]))

    assert_locates(error, cubes, "def cubes(x):")


@every_call
def test_integer_input_says_what_it_got_and_what_to_write(call):
    message = str(refusal(call, cubes, np.array([1, 2, 3])))

    assert "int64" in message
    assert "float" in message


def test_integer_input_names_the_parameter():
    def scaled(x, exponent):
        return np.sum(x) * exponent

    message = str(refusal(srcad.grad(scaled, 1), X, 3))

    assert "exponent" in message
    assert "float" in message


def test_boolean_input_says_so():
    message = str(refusal(srcad.grad(cubes), np.array([True, False])))

    assert "bool" in message
    assert "float" in message


def test_integer_leaf_is_named_by_its_place():
    message = str(refusal(srcad.grad(lambda p: np.sum(p["w"])), {"w": X, "n": [np.array([1, 2])]}))

    assert "int64" in message
    assert "n" in message


@every_call
def test_integer_input_runs_nothing(call, capsys):
    def announce(x):
        print("called")
        return np.sum(x**3)

    refusal(call, announce, np.array([1, 2, 3]))

    assert "" == capsys.readouterr().out


# Text input -------------------------------------------------------------------------------------------------


@every_call
def test_text_input_is_a_type_error(call):
    error = refusal(call, cubes, "abc")

    assert isinstance(error, TypeError)
    assert_locates(error, cubes, "def cubes(x):")
    assert "str" in str(error)
    assert "float" in str(error)


def test_array_of_text_is_refused():
    error = refusal(srcad.grad(cubes), np.array(["a", "b"]))

    assert_locates(error, cubes, "def cubes(x):")
    assert "float" in str(error)


def test_text_in_a_container_is_refused():
    error = refusal(srcad.grad(lambda p: np.sum(p["x"])), {"x": X, "name": "abc"})

    assert isinstance(error, TypeError)
    assert "str" in str(error)


# v ----------------------------------------------------------------------------------------------------------

PRODUCTS = {
    "functional.vjp": lambda v: functional.vjp(squares, X, v),
    "functional.jvp": lambda v: functional.jvp(squares, X, v),
    "srcad.vjp": lambda v: srcad.vjp(squares, X)[1](v),
    "srcad.jvp": lambda v: srcad.jvp(squares, (X,), (v,)),
    "srcad.linearize": lambda v: srcad.linearize(squares, X)[1](v),
}
every_product = pytest.mark.parametrize("product", PRODUCTS.values(), ids=PRODUCTS.keys())

HESSIAN_PRODUCTS = {
    "functional.vhp": lambda v: functional.vhp(cubes, X, v),
    "functional.hvp": lambda v: functional.hvp(cubes, X, v),
    "srcad.hvp": lambda v: srcad.hvp(cubes)(X, v),
}
every_hessian_product = pytest.mark.parametrize(
    "product", HESSIAN_PRODUCTS.values(), ids=HESSIAN_PRODUCTS.keys()
)


@every_product
def test_wrong_shape_of_v_names_both_shapes_and_the_function(product):
    error = refusal(product, np.ones((2, 1)))

    assert "(2, 1)" in str(error)
    assert "(3,)" in str(error)
    assert_locates(error, squares)


@every_hessian_product
def test_wrong_shape_of_v_in_a_hessian_product(product):
    error = refusal(product, np.ones((2, 1)))

    assert "(2, 1)" in str(error)
    assert "(3,)" in str(error)
    assert_locates(error, cubes)


def test_wrong_shape_of_v_names_its_entry():
    error = refusal(functional.jvp, total, (X, X), (X, np.ones(2)))

    assert "1" in str(error)
    assert "(2,)" in str(error)


def test_wrong_number_of_v_names_both_numbers():
    error = refusal(functional.jvp, total, (X, X), (X, X, X))

    assert "2" in str(error)
    assert "3" in str(error)
    assert_locates(error, total)


def test_missing_v_says_when_it_may_be_omitted():
    error = refusal(functional.vjp, squares, X)

    assert "v" in str(error)
    assert "(3,)" in str(error)
    assert_locates(error, squares)


def test_v_of_a_wrong_type_is_a_type_error():
    for product in [functional.vjp, functional.jvp]:
        error = refusal(product, squares, X, [1.0, 1.0, 1.0])

        assert isinstance(error, TypeError)
        assert "list" in str(error)
        assert_locates(error, squares)


def test_wrong_v_changes_nothing():
    x, v = X.copy(), np.ones(2)

    refusal(functional.vjp, squares, x, v)

    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(v, np.ones(2))


# Source that cannot be found --------------------------------------------------------------------------------


def without_source():
    """A function made by exec, of which no file has the source."""
    namespace = {"np": np}
    exec("def ghost(x):\n    return np.sum(x**3)\n", namespace)
    return namespace["ghost"]


@every_call
def test_missing_source_names_the_function_and_the_way_out(call):
    message = str(refusal(call, without_source(), X))

    assert "ghost" in message
    assert "<string>:1" in message
    assert "source" in message
    assert "file" in message  # put the function into a file


def test_missing_source_of_a_callee_is_refused_where_it_is_called():
    ghost = without_source()

    def f(x):
        y = 2.0 * x
        return ghost(y)

    error = refusal(srcad.grad(f), X)

    assert_locates(error, f, "return ghost(y)")
    assert "ghost" in str(error)


def test_missing_source_does_not_matter_for_inactive_values():
    ghost = without_source()
    constant = X.copy()

    assert_same(np.full(3, 36.0), srcad.grad(lambda x: np.sum(x) * ghost(constant))(X))


def test_missing_source_does_not_matter_if_not_reached():
    ghost = without_source()

    def f(x, flag):
        if flag:
            return ghost(x)
        return np.sum(x**2)

    gradient = srcad.grad(f)

    assert_same(2 * X, gradient(X, False))
    assert_locates(refusal(gradient, X, True), f, "return ghost(x)")
    assert_same(2 * X, gradient(X, False))


# Unsupported statements -------------------------------------------------------------------------------------


def class_definition(x):
    class Local:
        pass

    return np.sum(x**3)


UNSUPPORTED = [
    (class_definition, "class Local:", "class definition"),
]
every_unsupported = pytest.mark.parametrize(
    "f, statement, reason", UNSUPPORTED, ids=[f.__name__ for f, _, _ in UNSUPPORTED]
)


@every_kind
@every_unsupported
def test_unsupported_statement_is_refused_with_its_line(call, f, statement, reason):
    error = refusal(call, f, X.copy())

    assert_locates(error, f, statement)


@every_call
def test_unsupported_statement_is_refused_by_every_derivative(call):
    assert_locates(refusal(call, class_definition, X.copy()), class_definition, "class Local:")


@every_unsupported
def test_unsupported_statement_names_the_reason(f, statement, reason):
    message = str(refusal(srcad.grad(f), X.copy()))

    assert reason in message.replace("in-place", "in place")


@every_kind
@every_unsupported
def test_unsupported_statement_changes_nothing(call, f, statement, reason):
    x, settings = X.copy(), np.geterr()

    refusal(call, f, x)

    np.testing.assert_array_equal(x, X)
    assert settings == np.geterr()


@every_unsupported
def test_unsupported_statement_is_refused_again(f, statement, reason):
    first = refusal(srcad.grad(f), X.copy())
    second = refusal(srcad.grad(f), X.copy())

    assert str(first) == str(second)


def test_unsupported_statement_in_a_callee_names_the_line_of_the_callee():
    def f(x):
        return np.sum(class_definition(x))

    assert_locates(refusal(srcad.grad(f), X), class_definition, "class Local:")


def test_decorated_function_still_runs_unsupported_statements():
    f = srcad.differentiate(class_definition)

    assert_same(np.float64(36.0), f(X))
    refusal(f.grad, X)
    assert_same(np.float64(36.0), f(X))


# Calls without a rule ---------------------------------------------------------------------------------------


def trimmed(x):
    y = 2.0 * x
    z = np.trim_zeros(y)
    return np.sum(z)


@every_call
def test_call_without_a_rule_names_the_line_and_the_function(call):
    error = refusal(call, trimmed, X)

    assert_locates(error, trimmed, "z = np.trim_zeros(y)")
    assert "trim_zeros" in str(error)


def test_call_without_a_rule_says_what_to_write_instead():
    message = str(refusal(srcad.grad(trimmed), X))

    assert "stop_gradient" in message or "srcad.rule" in message


@every_call
def test_call_without_a_rule_works_on_inactive_values(call):
    constant = np.array([4.0, 0.0, 8.0])
    known = np.trim_zeros(constant)

    expected = call(lambda x: np.sum(known * x**2), X)
    actual = call(lambda x: np.sum(np.trim_zeros(constant) * x**2), X)

    if call not in (CALLS["vjp"], CALLS["linearize"]):
        np.testing.assert_equal(actual, expected)


def test_call_without_a_rule_works_on_a_stopped_value():
    assert_same(np.trim_zeros(X), srcad.grad(lambda x: np.sum(x * np.trim_zeros(srcad.stop_gradient(x))))(X))


def test_call_without_a_rule_works_on_other_arguments():
    assert_same(np.trim_zeros(2 * X), srcad.grad(lambda x, y: np.sum(x * np.trim_zeros(y)))(X, 2 * X))


def test_call_without_a_rule_is_refused_only_if_reached():
    def f(x, flag):
        if flag:
            y = np.trim_zeros(x)
        else:
            y = x**2
        return np.sum(y)

    gradient = srcad.grad(f)

    assert_same(2 * X, gradient(X, False))
    assert_locates(refusal(gradient, X, True), f, "y = np.trim_zeros(x)")
    assert_same(2 * X, gradient(X, False))


def test_call_without_a_rule_is_refused_only_if_the_data_lead_there():
    def f(x):
        if x[0] > 0:
            y = np.trim_zeros(x)
        else:
            y = x**2
        return np.sum(y)

    gradient = srcad.grad(f)

    assert_same(-2 * X, gradient(-X))
    refusal(gradient, X)
    assert_same(-2 * X, gradient(-X))


def test_call_without_a_rule_in_a_loop_is_refused_at_the_first_trip():
    def f(x, trips):
        for _ in range(trips):
            x = np.trim_zeros(x)
        return np.sum(x)

    gradient = srcad.grad(f)

    assert_same(np.ones(3), gradient(X, 0))
    assert_locates(refusal(gradient, X, 1), f, "x = np.trim_zeros(x)")


def test_call_without_a_rule_in_a_callee_names_the_line_of_the_callee():
    def inner(x):
        return np.trim_zeros(x)

    def f(x):
        return np.sum(inner(x))

    assert_locates(refusal(srcad.grad(f), X), inner, "return np.trim_zeros(x)")


def test_effects_before_a_call_without_a_rule_have_happened(capsys):
    def f(x):
        print("before")
        y = np.trim_zeros(x)
        print("after")
        return np.sum(y)

    refusal(srcad.grad(f), X)

    assert "before\n" == capsys.readouterr().out


def test_unknown_keyword_of_a_rule_is_refused():
    def f(x):
        return np.sum(x, made_up=True)

    with pytest.raises((srcad.DifferentiationError, TypeError)):
        srcad.grad(f)(X)


def test_active_value_in_a_method_without_a_rule():
    def f(x):
        return np.sum(np.frombuffer(x.tobytes()))

    error = refusal(srcad.grad(f), X)

    assert_locates(error, f, "return np.sum(np.frombuffer(x.tobytes()))")
    assert "tobytes" in str(error)


# Outputs ----------------------------------------------------------------------------------------------------


SCALAR_ONLY = {name: CALLS[name] for name in ["grad", "value_and_grad", "hvp", "decorated"]}
SCALAR_ONLY |= {name: CALLS[name] for name in ["functional.vhp", "functional.hvp", "functional.hessian"]}


@pytest.mark.parametrize("call", SCALAR_ONLY.values(), ids=SCALAR_ONLY.keys())
def test_output_that_is_no_scalar_names_its_shape_and_the_line(call):
    error = refusal(call, squares, X)

    assert_locates(error, squares)
    assert "(3,)" in str(error)


def test_output_that_is_no_scalar_says_what_to_use_instead():
    assert "jac" in str(refusal(srcad.grad(squares), X))


@pytest.mark.parametrize("way", [{}, {"vectorize": True}, {"outer_jacobian_strategy": "forward-mode"}])
def test_hessian_of_a_vector_function_is_refused_in_every_mode(way):
    error = refusal(lambda: functional.hessian(squares, X, **way))

    assert_locates(error, squares)
    assert "(3,)" in str(error)


def test_hessian_of_a_tuple_is_refused():
    def pair(x):
        return np.sum(x), np.sum(x**2)

    assert_locates(refusal(functional.hessian, pair, X), pair)


@pytest.mark.parametrize("value", [[1.0], {"a": 1.0}, None, "text"], ids=["list", "dict", "none", "text"])
def test_output_of_a_wrong_type_is_a_type_error(value):
    def f(x):
        return value

    for call in [functional.vjp, functional.jacobian, functional.hessian]:
        error = refusal(call, f, X)

        assert isinstance(error, TypeError)
        assert_locates(error, f)
        assert type(value).__name__.removesuffix("Type") in str(error)


# Values of options ------------------------------------------------------------------------------------------


def test_unknown_strategy_is_a_value_error_that_names_the_choices():
    for call, option in [(functional.jacobian, "strategy"), (functional.hessian, "outer_jacobian_strategy")]:
        error = refusal(lambda: call(cubes, X, **{option: "sideways"}))

        assert isinstance(error, ValueError)
        assert "sideways" in str(error)
        assert "forward-mode" in str(error)
        assert "reverse-mode" in str(error)


def test_argnums_out_of_range_name_the_number_of_arguments():
    message = str(refusal(srcad.grad(total, 5), X, X))

    assert "5" in message
    assert "2" in message


# Afterwards -------------------------------------------------------------------------------------------------


@every_call
def test_a_right_call_after_a_refused_one_is_right(call):
    def fresh(x):
        return np.sum(x**3)

    expected = call(cubes, X)
    refusal(call, fresh, np.array([1, 2, 3]))
    refusal(call, fresh, "abc")

    actual = call(fresh, X)

    if call not in (CALLS["vjp"], CALLS["linearize"]):
        np.testing.assert_equal(actual, expected)


@every_product
def test_a_right_v_after_a_refused_one_is_right(product):
    expected = product(X)
    refusal(product, np.ones(2))

    actual = product(X)

    np.testing.assert_equal(actual, expected)


def test_a_refused_signature_does_not_spoil_the_others():
    def f(x, mode):
        if mode == "trim":
            return np.sum(np.trim_zeros(x))
        return np.sum(x**2)

    gradient = srcad.grad(f)

    for _ in range(2):
        refusal(gradient, X, "trim")
        assert_same(2 * X, gradient(X, "square"))


def test_an_exception_of_the_function_does_not_spoil_the_next_call():
    def f(x):
        return 1.0 / (x - 1.0)

    gradient = srcad.grad(f)

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            gradient(1.0)
        assert_same(np.float64(-1.0), gradient(2.0))


def test_a_callee_that_was_refused_may_be_replaced():
    def inner(x):
        return np.trim_zeros(x)

    def better(x):
        return x**2

    gradient = srcad.grad(lambda x: np.sum(inner(x)))
    refusal(gradient, X)

    inner.__code__ = better.__code__

    assert_same(2 * X, gradient(X))
