"""What derivatives ask of arguments and outputs: the message names the place, what is there, and the function."""

import functools

import numpy as np
import pytest

import srcad
from srcad import functional
from tests.support import assert_locates, assert_same

X = np.array([1.0, 2.0, 3.0])
ONES = np.ones(3)


def refusal(call, *arguments):
    """The error that the call raises, which is one of srcad's, with a remedy."""
    with pytest.raises(srcad.DifferentiationError) as info:
        call(*arguments)
    assert "remedy: " in str(info.value)
    return info.value


def squares(x):
    return x**2


def cubes(x):
    return np.sum(x**3)


def total(a, b):
    return np.sum(a * b)


def pair(x):
    return x, 2.0 * x


def counted(x):
    return np.sum(x), 3


def of_parameters(p):
    return np.sum(p["w"])


# Arguments --------------------------------------------------------------------------------------------------


ARGUMENTS = {
    "array of ints": (lambda: srcad.grad(cubes)(np.array([1, 2])), "x is an array of int64 with shape (2,)"),
    "array of bools": (lambda: srcad.grad(cubes)(np.array([True])), "x is an array of bool"),
    "array of text": (lambda: srcad.grad(cubes)(np.array(["a"])), "x is an object"),
    "array of objects": (lambda: srcad.grad(cubes)(np.array([None])), "x is an object"),
    "int": (lambda: srcad.grad(cubes)(3), "x is a Python int"),
    "bool": (lambda: srcad.grad(cubes)(True), "x is the bool True"),
    "none": (lambda: srcad.grad(cubes)(None), "x is None"),
    "text": (lambda: srcad.grad(cubes)("abc"), "x is the str 'abc'"),
    "second argument": (lambda: srcad.grad(total, 1)(X, 3), "b is a Python int"),
    "item of a dict": (lambda: srcad.grad(of_parameters)({"w": X, "n": [1]}), "p['n'][0] is a Python int"),
    "input of functional": (lambda: functional.vjp(total, (X, np.array([1, 2, 3]))), "b is an array of int64"),
    "argument of a lambda": (lambda: srcad.grad(lambda y: y)(3), "y is a Python int"),
    "argument of a NumPy function": (lambda: srcad.grad(np.sum)(np.array([1])), "a is an array of int64"),
    "variable argument": (lambda: srcad.grad(lambda *ys: ys[0])(3), "argument 0 is a Python int"),
}


@pytest.mark.parametrize("call, reason", ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_an_argument_is_named_and_described(call, reason):
    error = refusal(call)

    assert isinstance(error, TypeError)
    assert reason in str(error)


def test_complex_numbers_are_not_supported_yet():
    message = str(refusal(srcad.grad(cubes), X + 1j))

    assert "x is an array of complex128" in message
    assert "complex numbers are not supported yet\n" in message
    assert "remedy: pass its real and its imaginary part" in message
    assert "not supported yet" in message


def test_the_function_under_a_decorator_is_named():
    assert_locates(refusal(srcad.grad(srcad.differentiate(cubes)), 3), cubes, "def cubes(x):")


def test_the_function_of_an_inner_derivative_is_named():
    assert_locates(refusal(srcad.grad(srcad.grad(cubes)), 3), cubes, "def cubes(x):")


def test_a_literal_argument_inside_a_function_is_described():
    def f(x):
        return srcad.grad(cubes)(3) * np.sum(x)

    assert "x is the int 3" in str(refusal(srcad.grad(f), X))


INPUTS = {
    "list": ([X, X], "inputs must be an array or a flat tuple of arrays, not a list of 2"),
    "dict": ({"x": X}, "not a dict"),
    "nested tuple": (((X,), X), "entry 0 is a tuple of 1"),
    "empty tuple": ((), "inputs is an empty tuple, so there is nothing to differentiate"),
}


@pytest.mark.parametrize("inputs, reason", INPUTS.values(), ids=INPUTS.keys())
def test_inputs_of_functional_are_described(inputs, reason):
    error = refusal(functional.vjp, cubes, inputs)

    assert reason in str(error)
    assert_locates(error, cubes)


def test_remedies_for_inputs_that_are_none():
    assert "remedy: pass an array" in str(refusal(functional.vjp, cubes, ()))
    assert "remedy: pass arrays, or None in in_dims" in str(refusal(srcad.vmap(rows), 1.0))
    assert "remedy: pass arrays, or None in in_dims" in str(refusal(srcad.vmap(rows), "abc"))


# Which arguments --------------------------------------------------------------------------------------------


ARGNUMS = {
    "text": ("x", TypeError, "does not select arguments"),
    "empty": ((), TypeError, "does not select arguments"),
    "too large": (2, ValueError, "out of range for a call with 2 positional arguments"),
    "twice": ((0, -2), ValueError, "selects an argument twice"),
}


@pytest.mark.parametrize("argnums, kind, reason", ARGNUMS.values(), ids=ARGNUMS.keys())
def test_argnums_are_quoted_with_the_function(argnums, kind, reason):
    error = refusal(srcad.grad(total, argnums), X, X)

    assert isinstance(error, kind)
    assert f"argnums={argnums!r}" in str(error)
    assert reason in str(error)
    assert_locates(error, total)


# v, tangents and cotangents ---------------------------------------------------------------------------------


VECTORS = {
    "functional.jvp": lambda v: functional.jvp(total, (X, X), v),
    "functional.vhp": lambda v: functional.vhp(total, (X, X), v),
    "functional.vjp": lambda v: functional.vjp(pair, X, v),
}
every_vector = pytest.mark.parametrize("call", VECTORS.values(), ids=VECTORS.keys())


@every_vector
def test_an_entry_of_v_of_a_wrong_shape_is_named(call):
    error = refusal(call, (ONES, np.ones(2)))

    assert "v[1] has shape (2,)" in str(error)
    assert "(3,)" in str(error)


@every_vector
def test_an_entry_of_v_of_a_wrong_type_is_named(call):
    error = refusal(call, (ONES, "abc"))

    assert isinstance(error, TypeError)
    assert "v[1] is the str 'abc'" in str(error)


@every_vector
def test_v_in_a_list_is_described(call):
    error = refusal(call, [ONES, ONES])

    assert isinstance(error, TypeError)
    assert "v must be an array or a flat tuple of arrays, not a list of 2" in str(error)


@every_vector
def test_a_wrong_number_of_entries_names_both_numbers(call):
    assert "v has 1 entries" in str(refusal(call, (ONES,)))


def test_a_wrong_v_without_entries_has_no_index():
    assert "v has shape (2,)" in str(refusal(functional.jvp, squares, X, np.ones(2)))


LATER = {
    "pullback": lambda v: srcad.vjp(squares, X)[1](v),
    "linear map": lambda v: srcad.linearize(squares, X)[1](v),
}
every_map = pytest.mark.parametrize("call", LATER.values(), ids=LATER.keys())


@every_map
def test_a_wrong_v_of_a_linear_map_names_the_function(call):
    for v in [np.ones(2), [ONES], "abc", {"x": ONES}]:
        error = refusal(call, v)

        assert "squares" in str(error)
        assert_locates(error, squares, "def squares(x):")


def test_an_entry_of_a_cotangent_is_named():
    _, pullback = srcad.vjp(pair, X)

    assert "the cotangent for pair[1] has shape (2,), expected (3,)" in str(refusal(pullback, (ONES, np.ones(2))))


def test_a_cotangent_of_another_structure_shows_both_structures():
    _, pullback = srcad.vjp(pair, X)

    error = refusal(pullback, [ONES, ONES])

    assert "is a list of 2 with the structure [*, *], expected (*, *)" in str(error)
    assert "remedy: give it the same containers (tuple, list, dict keys)" in str(error)


def test_an_entry_of_the_tangents_is_named():
    error = refusal(srcad.jvp, total, (X, X), (ONES, np.ones(2)))

    assert "tangents[1] has shape (2,), expected (3,)" in str(error)
    assert_locates(error, total)


def test_an_integer_tangent_is_named():
    error = refusal(srcad.jvp, total, (X, X), (ONES, np.array([1, 2, 3])))

    assert isinstance(error, TypeError)
    assert "tangents[1] is an array of int64" in str(error)


def test_a_tangent_of_objects_is_named():
    error = refusal(srcad.jvp, total, (X, X), (ONES, np.array([None, None, None])))

    assert isinstance(error, TypeError)
    assert "tangents[1] is an object that is no array of numbers, no array of real numbers" in str(error)


def test_a_tangent_of_another_dtype_is_named_by_a_linear_map():
    _, push = srcad.linearize(squares, X)

    error = refusal(push, ONES.astype(np.float32))

    assert "has dtype float32, expected float64" in str(error)
    assert "remedy: cast it with astype" in str(error)


def test_primals_in_a_list_are_described():
    for primals, tangents, name in [([X], (X,), "primals"), ((X,), X, "tangents")]:
        error = refusal(srcad.jvp, squares, primals, tangents)

        assert isinstance(error, TypeError)
        assert f"{name} must be a tuple" in str(error)
        assert_locates(error, squares)


def test_a_pullback_of_two_arguments_is_refused():
    _, pullback = srcad.vjp(squares, X)

    error = refusal(pullback, ONES, ONES)

    assert "takes one cotangent with the structure of the output, not 2 arguments" in str(error)
    assert_locates(error, squares)


def test_a_wrong_cotangent_inside_a_function_names_the_line_of_the_call():
    def f(x):
        _, pullback = srcad.vjp(squares, x)
        return np.sum(pullback(np.ones(2))[0])

    error = refusal(srcad.grad(f), X)

    assert "the cotangent for squares" in str(error)
    assert_locates(error, f, "return np.sum(pullback(np.ones(2))[0])")


def test_a_missing_vector_of_hvp_is_said_to_be_missing():
    error = refusal(srcad.hvp(cubes))

    assert "the vector v is missing" in str(error)
    assert_locates(error, cubes)


def test_a_shape_that_is_known_only_at_run_time_is_checked_then():
    def chosen(x):
        return x[x > 0.0]

    _, pullback = srcad.vjp(chosen, X)
    error = refusal(pullback, np.ones(1))

    assert_same((ONES,), pullback(ONES))
    assert "the cotangent has shape (1,), expected (3,)" in str(error)
    assert_locates(error, chosen)


def test_a_run_time_check_survives_braces_in_the_source_line():
    def chosen(x): return {"{}": x[x > 0.0]}["{}"]  # noqa: E704

    error = refusal(functional.vjp, chosen, X, np.ones(2))

    assert "v has shape (2,), expected (3,)" in str(error)
    assert_locates(error, chosen)


# Outputs ----------------------------------------------------------------------------------------------------


OUTPUTS = {
    "list": ([1.0], "a list of 1"),
    "dict": ({"a": 1.0}, "dict"),
    "none": (None, "None"),
    "text": ("text", "the str 'text'"),
    "none in a tuple": ((1.0, None), "output 1 is None"),
}


@pytest.mark.parametrize("value, reason", OUTPUTS.values(), ids=OUTPUTS.keys())
def test_an_output_of_functional_is_described(value, reason):
    def f(x):
        return value

    assert reason in str(refusal(functional.jacobian, f, X))


@pytest.mark.parametrize("value, reason", OUTPUTS.values(), ids=OUTPUTS.keys())
def test_an_output_of_grad_is_described(value, reason):
    def f(x):
        return value

    error = refusal(srcad.grad(f), X)

    assert isinstance(error, TypeError)
    assert reason.removeprefix("output 1 is None") in str(error)
    assert_locates(error, f)


def test_an_output_of_a_wrong_shape_known_only_at_run_time_names_the_line():
    def chosen(x):
        return x[x > 0.0]

    error = refusal(srcad.grad(chosen), X)

    assert "the output has shape" in str(error)
    assert_locates(error, chosen)


INTEGER_OUTPUTS = {
    "vjp": (lambda: srcad.vjp(counted, X), "cotangent"),
    "jacrev": (lambda: srcad.jacrev(counted)(X), "Jacobian"),
    "functional.jvp": (lambda: functional.jvp(counted, X, X), "tangent"),
}


@pytest.mark.parametrize("call, what", INTEGER_OUTPUTS.values(), ids=INTEGER_OUTPUTS.keys())
def test_an_integer_output_is_named(call, what):
    error = refusal(call)

    assert isinstance(error, TypeError)
    assert "output" in str(error) and "1" in str(error)
    assert f"which has no {what}" in str(error)
    assert_locates(error, counted)


def test_has_aux_wants_a_pair():
    error = refusal(srcad.grad(cubes, has_aux=True), X)

    assert isinstance(error, TypeError)
    assert "with has_aux=True the function must return a tuple of two, (output, aux), not a scalar" in str(error)
    assert "remedy: return output, aux" in str(error)
    assert_locates(error, cubes)


def test_a_hessian_of_a_tuple_says_so():
    error = refusal(functional.hessian, lambda x: (np.sum(x),), X)

    assert "not of a tuple" in str(error)


# Options ----------------------------------------------------------------------------------------------------


OPTIONS = {
    "strategy": lambda: functional.jacobian(cubes, X, strategy="sideways"),
    "forward and create_graph": lambda: functional.jacobian(cubes, X, True, strategy="forward-mode"),
    "forward and strict": lambda: functional.hessian(cubes, X, strict=True, outer_jacobian_strategy="forward-mode"),
    "strict and vectorize": lambda: functional.jacobian(cubes, X, strict=True, vectorize=True),
    "strict and vectorize of a Hessian": lambda: functional.hessian(cubes, X, strict=True, vectorize=True),
    "chunk size": lambda: srcad.jacrev(cubes, chunk_size=0),
    "chunk size of vmap": lambda: srcad.vmap(cubes, chunk_size=-1),
    "randomness": lambda: srcad.vmap(cubes, randomness="wild"),
}


@pytest.mark.parametrize("call", OPTIONS.values(), ids=OPTIONS.keys())
def test_a_refused_option_names_the_function(call):
    assert_locates(refusal(call), cubes, "def cubes(x):")


def test_a_wrong_strategy_inside_a_function_is_refused():
    def f(x):
        return np.sum(functional.jacobian(cubes, x, strategy="sideways"))

    assert "'sideways'" in str(refusal(srcad.grad(f), X))


def test_what_is_not_callable_is_quoted():
    for call in [srcad.grad, srcad.differentiate]:
        error = refusal(call, 3.0)

        assert isinstance(error, TypeError)
        assert "3.0 is not callable" in str(error)


def test_an_unknown_kind_of_source_is_quoted():
    error = refusal(srcad.differentiate(cubes).source, "laplacian", X)

    assert isinstance(error, ValueError)
    assert "'laplacian'" in str(error)


# strict -----------------------------------------------------------------------------------------------------


STRICT = {
    "vjp": lambda f: functional.vjp(f, (X, X), 1.0, strict=True),
    "jvp": lambda f: functional.jvp(f, (X, X), (X, X), strict=True),
    "hvp": lambda f: functional.hvp(f, (X, X), (X, X), strict=True),
    "jacobian": lambda f: functional.jacobian(f, (X, X), strict=True),
    "hessian": lambda f: functional.hessian(f, (X, X), strict=True),
}


@pytest.mark.parametrize("call", STRICT.values(), ids=STRICT.keys())
def test_independence_names_the_function_and_the_remedy(call):
    def first(a, b):
        return np.sum(a**3)

    error = refusal(call, first)

    assert "strict" in str(error)
    assert "independent of input 1" in str(error)
    assert_locates(error, first, "def first(a, b):")


# Results that live only while the function runs --------------------------------------------------------------


def collected(x, n=2):
    return [(x, k * x) for k in range(n + len(x))]


RETURNED = {
    "an iterator": (lambda x: iter([x]), "returns an iterator"),
    "a generator": (lambda x: (2.0 * v for v in x), "returns an iterator"),
    "a zip in a dict": (lambda x: {"pairs": zip(x, x)}, "returns an iterator"),
    "a range": (lambda x: range(len(x)), "returns a range"),
    "a slice": (lambda x: slice(0, len(x)), "a slice"),
    "a nested function": (lambda x: lambda t: t * x, "returns a function"),
    "a partial function": (lambda x: functools.partial(total, x), "returns a function"),
    "a method of an array": (lambda x: x.sum, "returns a method"),
    "a derivative": (lambda x: srcad.grad(cubes), "returns a function"),
    "a pullback": (lambda x: srcad.vjp(cubes, x)[1], "returns a pullback"),
    "pairs of which the number is not known": (collected, "a list whose length is known at run time"),
}
RETURNING = {
    "jvp": lambda f: srcad.jvp(f, (X,), (X,)),
    "aux": lambda f: srcad.value_and_grad(lambda x: (np.sum(x), f(x)), has_aux=True)(X),
    "linearize": lambda f: srcad.linearize(f, X),
    "vmap": lambda f: srcad.vmap(f)(np.ones((2, 3))),
}


@pytest.mark.parametrize("derivative", RETURNING.values(), ids=RETURNING.keys())
@pytest.mark.parametrize("f, reason", RETURNED.values(), ids=RETURNED.keys())
def test_a_result_that_holds_more_than_arrays_is_refused(f, reason, derivative):
    message = str(refusal(derivative, f))

    assert reason in message
    assert "vmap" in message or "which its derivatives cannot return" in message or "no array" in message


def test_the_gradient_of_an_iterator_names_it():
    assert "the output is an iterator, no scalar array" in str(refusal(srcad.grad(lambda x: iter([x])), X))


# vmap -------------------------------------------------------------------------------------------------------


def rows(x, n=0):
    return x * 2.0


def constant(x):
    return 1.0


M = np.ones((3, 2))

MAPPINGS = {
    "no arguments": (lambda: srcad.vmap(rows)(), "vmap of a call without positional arguments"),
    "in_dims of a wrong type": (lambda: srcad.vmap(rows, in_dims="x")(M), "neither an int nor a tuple"),
    "in_dims of a wrong length": (lambda: srcad.vmap(rows, in_dims=(0, 0))(M), "one entry for each of 1"),
    "in_dims of a wrong structure": (lambda: srcad.vmap(rows, in_dims=([0],))(M), "does not match the arguments"),
    "nothing mapped": (lambda: srcad.vmap(rows, in_dims=(None,))(M), "no argument is mapped"),
    "text": (lambda: srcad.vmap(rows)("abc"), "a mapped argument is the str 'abc'"),
    "a number": (lambda: srcad.vmap(rows)(1.0), "a Python number has no axis to be mapped"),
    "an object": (lambda: srcad.vmap(rows)(np.array([None])), "a mapped argument is an object"),
    "an axis too many": (lambda: srcad.vmap(rows, in_dims=2)(M), "in_dims axis 2 is out of range"),
    "sizes that differ": (lambda: srcad.vmap(total)(M, np.ones((4, 2))), "the mapped axes have different sizes: [3, 4]"),
    "an output that is batched": (lambda: srcad.vmap(rows, out_dims=None)(M), "out_dims is None"),
    "an output axis too many": (lambda: srcad.vmap(rows, out_dims=3)(M), "out_dims axis 3 is out of range"),
    "an output of unknown rank": (
        lambda: srcad.vmap(lambda x: np.trim_zeros(x), out_dims=1)(M), "the rank of an output is not known"
    ),
    "an output that is text": (lambda: srcad.vmap(lambda x: "abc")(M), "is the str 'abc', no array"),
    "out_dims of a wrong structure": (lambda: srcad.vmap(rows, out_dims=[0])(M), "does not match the output"),
}


@pytest.mark.parametrize("call, reason", MAPPINGS.values(), ids=MAPPINGS.keys())
def test_a_refused_mapping_says_why(call, reason):
    error = refusal(call)

    assert isinstance(error, ValueError)
    assert reason in str(error)
