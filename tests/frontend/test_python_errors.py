"""What Python itself raises, a derivative raises too: the same type, only where it is reached, with the user's line."""
# ruff: noqa: B905, F401, F821, F841 (programs that are wrong on purpose)

import os

import numpy as np
import pytest

import srcad
from tests.support import assert_same

X = np.array([1.0, 2.0, 3.0])


def scaled(x, factor):
    return factor * x


def misses_a_module_attribute(x):
    return np.no_such_function(x)


def misses_an_array_attribute(x):
    return np.sum(x.no_such_attribute)


def misses_an_array_method(x):
    return np.sum(x.no_such_method())


def misses_a_number_attribute(x):
    return np.sum(x) * (2).no_such_attribute


def misses_a_list_method(x):
    return np.sum([x].no_such_method())


def misses_a_dict_attribute(x):
    return np.sum({"x": x}.x)


def misses_an_argument(x):
    return np.sum(scaled(x))


def gives_too_many_arguments(x):
    return np.sum(scaled(x, 2.0, 3.0))


def gives_an_argument_twice(x):
    return np.sum(scaled(x, x=x))


def gives_an_unknown_keyword(x):
    return np.sum(scaled(x, 2.0, shift=1.0))


def gives_a_function_an_unknown_keyword(x):
    return np.sum(x, no_such_option=True)


def gives_a_lambda_too_few_arguments(x):
    return (lambda a, b: a * b)(np.sum(x))


def gives_a_builtin_no_argument(x):
    return np.sum(x) * len()


def unpacks_too_many(x):
    a, b = (x, x, x)
    return np.sum(a)


def unpacks_too_few(x):
    a, b, *c = (x,)
    return np.sum(a)


def unpacks_an_array_into_too_few(x):
    a, b = x
    return a


def unpacks_a_number(x):
    number = 3.0
    a, b = number
    return np.sum(x)


def misses_a_key(x):
    return np.sum({"x": x}["y"])


def misses_an_index(x):
    pair = (x, x)
    return np.sum(pair[2])


def indexes_an_array_with_text(x):
    return np.sum(x["a"])


def divides_by_zero(x):
    return np.sum(x) * (1 // 0)


def misses_a_name(x):
    return np.sum(no_such_name * x)


def reads_a_variable_too_early(x):
    y = np.sum(later * x)
    later = 2.0
    return y


def reads_an_outer_variable_too_early(x):
    def inner():
        return later * x

    y = np.sum(inner())
    later = 2.0
    return y


def misses_a_module(x):
    import no_such_module

    return np.sum(x)


def misses_a_name_of_a_module(x):
    from math import no_such_function

    return np.sum(x)


def calls_a_tuple(x):
    pair = (x, x)
    return pair(0)


def calls_an_array(x):
    return np.sum(x)(0)


def iterates_over_a_number(x):
    for _ in 3.0:
        x = 2.0 * x
    return np.sum(x)


def reverses_a_zip(x):
    return sum(a * b for a, b in reversed(zip(x, x)))


def subtracts_tuples(x):
    return np.sum(((x, x) - (x, x))[0])


def joins_a_list_to_a_tuple(x):
    return np.sum(((x,) + [x])[0])


def reduces_along_no_axis(x):
    return np.sum(np.sum(x, axis=7))


def asks_for_an_instance_of_a_number(x):
    return np.sum(x) if isinstance(x, 3) else 0.0


def converts_text(x):
    return np.sum(x) * float("text")


def raises_anew(x):
    raise


def raises(x):
    raise KeyError("key")


def asserts(x):
    assert np.sum(x) > 100.0, "too small"
    return np.sum(x)


PROGRAMS = [
    misses_a_module_attribute, misses_an_array_attribute, misses_an_array_method, misses_a_number_attribute,
    misses_a_list_method, misses_a_dict_attribute, misses_an_argument, gives_too_many_arguments,
    gives_an_argument_twice, gives_an_unknown_keyword, gives_a_function_an_unknown_keyword,
    gives_a_lambda_too_few_arguments, gives_a_builtin_no_argument, unpacks_too_many, unpacks_too_few,
    unpacks_an_array_into_too_few, unpacks_a_number, misses_a_key, misses_an_index, indexes_an_array_with_text,
    divides_by_zero, misses_a_name, reads_a_variable_too_early, reads_an_outer_variable_too_early,
    misses_a_module, misses_a_name_of_a_module, calls_a_tuple, calls_an_array, iterates_over_a_number,
    reverses_a_zip, subtracts_tuples, joins_a_list_to_a_tuple, reduces_along_no_axis,
    asks_for_an_instance_of_a_number, converts_text, raises_anew, raises, asserts,
]
every_program = pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)

DERIVATIVES = {
    "grad": lambda f: srcad.grad(f)(X),
    "jvp": lambda f: srcad.jvp(f, (X,), (X,)),
    "hessian": lambda f: srcad.hessian(f)(X),
    "functional.vjp": lambda f: srcad.functional.vjp(f, X),
}


@pytest.mark.parametrize("derivative", DERIVATIVES.values(), ids=DERIVATIVES.keys())
@every_program
def test_the_exception_has_the_type_that_python_gives_it(f, derivative):
    with pytest.raises(Exception) as expected:
        f(X)
    with pytest.raises(Exception) as actual:
        derivative(f)

    assert expected.type is actual.type


@every_program
def test_the_second_call_raises_the_same(f):
    gradient = srcad.grad(f)
    with pytest.raises(Exception) as first:
        gradient(X)
    with pytest.raises(Exception) as second:
        gradient(X)

    assert first.type is second.type
    assert str(first.value) == str(second.value)


@every_program
def test_it_is_raised_only_if_reached(f):
    def guarded(x):
        return f(x) if x[0] > 5.0 else np.sum(x)

    gradient = srcad.grad(guarded)

    assert_same(np.ones(3), gradient(X))
    with pytest.raises(Exception) as expected:
        f(10.0 * X)
    with pytest.raises(expected.type):
        gradient(10.0 * X)


def test_a_note_names_the_line_of_the_user():
    with pytest.raises(AttributeError) as info:
        srcad.grad(misses_a_module_attribute)(X)

    (note,) = info.value.__notes__
    assert "misses_a_module_attribute" in note
    assert f"{os.path.basename(__file__)}:{misses_a_module_attribute.__code__.co_firstlineno + 1}" in note
    assert "return np.no_such_function(x)" in note


def test_effects_before_it_have_happened(capsys):
    def f(x):
        print("before")
        a, b = (x, x, x)
        return np.sum(a)

    with pytest.raises(ValueError):
        srcad.grad(f)(X)

    assert "before\n" == capsys.readouterr().out


def test_it_is_raised_in_the_iteration_that_reaches_it(capsys):
    def f(x):
        for k in range(3):
            print(k)
            if k == 1:
                a, b = (x, x, x)
            x = 2.0 * x
        return np.sum(x)

    with pytest.raises(ValueError):
        srcad.grad(f)(X)

    assert "0\n1\n" == capsys.readouterr().out


def test_the_cause_of_an_exception_is_kept():
    def f(x):
        raise ValueError("effect") from KeyError("cause")

    with pytest.raises(ValueError) as info:
        srcad.grad(f)(X)

    assert isinstance(info.value.__cause__, KeyError)


def test_too_many_arguments_of_a_derivative_are_the_usual_type_error():
    with pytest.raises(TypeError, match="takes 2 positional arguments but 3 were given"):
        srcad.grad(scaled)(X, 2.0, 3.0)


def test_a_pullback_takes_no_keyword():
    def f(x):
        _, pullback = srcad.vjp(scaled, x, 2.0)
        return np.sum(pullback(v=x)[0])

    with pytest.raises(TypeError):
        srcad.grad(f)(X)
