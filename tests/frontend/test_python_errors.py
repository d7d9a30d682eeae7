"""What Python itself raises, a derivative raises too: the same type, only where it is reached, with the user's line."""
# ruff: noqa: B016, B030, B905, F401, F821, F841 (programs that are wrong on purpose)

import dataclasses
import functools
import operator
import os
import re
import types

import numpy as np
import pytest

import srcad
from tests.support import assert_same

X = np.array([1.0, 2.0, 3.0])


def scaled(x, factor):
    return factor * x


def of_many_kinds(a, /, b, c=1.0, *, d):
    return a * b * c * d


class Plain:
    pass


class Returning:
    def __init__(self, x):
        return x


class Slotted:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


class Measured:
    def __init__(self, x):
        self.x = x

    @property
    def size(self):
        return np.sum(self.x)

    def set_only(self, value):
        pass

    shape = property(None, set_only)


class Entering:
    def __enter__(self):
        return 1.0


@dataclasses.dataclass
class Point:
    x: object
    y: object = dataclasses.field(init=False, default=0.0)


@dataclasses.dataclass
class Started:
    x: object
    scale: dataclasses.InitVar[float]

    def __post_init__(self, scale):
        self.x = scale * self.x


PLAIN, ENTERING = Plain(), Entering()


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


def misses_several_arguments(x):
    return np.sum(of_many_kinds())


def misses_a_keyword(x):
    return np.sum(of_many_kinds(x, 2.0))


def names_what_has_no_name(x):
    return np.sum(of_many_kinds(a=x, b=2.0, d=3.0))


def gives_more_than_the_defaults(x):
    return np.sum(of_many_kinds(x, 1.0, 2.0, 3.0, d=4.0))


def calls_a_nested_function_without_its_argument(x):
    def inner(a, b):
        return a * b

    return np.sum(inner(x))


def gives_an_argument_to_a_plain_class(x):
    return np.sum(Plain(x).x)


def returns_from_an_initialiser(x):
    return np.sum(Returning(x).x)


def raises_a_number(x):
    raise 3


def catches_a_number(x):
    try:
        raise ValueError("value")
    except 3:
        return np.sum(x)


def reduces_nothing(x):
    return np.sum(functools.reduce(operator.add, []) * x)


def replaces_in_an_array(x):
    return np.sum(dataclasses.replace(x))


def lists_the_fields_of_an_array(x):
    return np.sum(dataclasses.astuple(x)[0])


def replaces_a_field_that_is_not_given(x):
    return np.sum(dataclasses.replace(Point(x), y=1.0).x)


def replaces_without_what_starts_it(x):
    return np.sum(dataclasses.replace(Started(x, 2.0)).x)


def asks_slots_for_a_dict(x):
    return np.sum(vars(Slotted(x))["x"])


def sets_what_is_no_slot(x):
    made = Slotted(x)
    made.y = 1.0
    return np.sum(made.x)


def sets_a_property_without_a_setter(x):
    made = Measured(x)
    made.size = 2.0
    return np.sum(made.x)


def reads_a_property_without_a_getter(x):
    return np.sum(Measured(x).shape)


def deletes_a_property_without_a_deleter(x):
    made = Measured(x)
    del made.size
    return np.sum(made.x)


def deletes_an_attribute_that_is_none(x):
    made = Measured(x)
    del made.y
    return np.sum(made.x)


def sets_an_attribute_of_an_array(x):
    x.name = "x"
    return np.sum(x)


def sets_an_attribute_of_a_number(x):
    setattr(3, "name", "x")  # noqa: B010
    return np.sum(x)


def sets_an_attribute_of_a_builtin_class(x):
    int.name = "x"
    return np.sum(x)


def enters_what_is_no_manager(x):
    with PLAIN:
        return np.sum(x)


def enters_what_cannot_be_left(x):
    with ENTERING:
        return np.sum(x)


def enters_an_array(x):
    with x:
        return np.sum(x)


def adds_plain_objects(x):
    return np.sum((Plain() + Plain()) * x)


def raises_to_a_plain_power(x):
    return np.sum(x * (Plain() ** 2.0))


def compares_plain_objects(x):
    return np.sum(x) if Plain() < Plain() else 0.0


def negates_a_plain_object(x):
    return np.sum(x) * -Plain()


def indexes_a_plain_object(x):
    return np.sum(x) * Plain()[0]


def calls_a_plain_object(x):
    return Plain()(x)


def loops_over_a_plain_object(x):
    for _ in Plain():
        x = 2.0 * x
    return np.sum(x)


def loops_over_none(x):
    for _ in None:
        x = 2.0 * x
    return np.sum(x)


def unpacks_a_plain_object(x):
    a, b = Plain()
    return np.sum(x)


def spreads_a_number(x):
    return np.sum(scaled(*3.0))


def iterates_by_hand_over_a_number(x):
    return next(iter(3.0)) * np.sum(x)


def reverses_a_number(x):
    for _ in reversed(3.0):
        x = 2.0 * x
    return np.sum(x)


def reverses_a_generator(x):
    return sum(reversed(v for v in x))


def deletes_an_element(x):
    y = 2.0 * x
    del y[0]
    return np.sum(y)


def deletes_an_item_of_a_plain_object(x):
    del Plain()[0]
    return np.sum(x)


def deletes_an_item_of_a_tuple(x):
    pair = (x, x)
    del pair[0]
    return np.sum(x)


def assigns_to_an_item_of_a_plain_object(x):
    Plain()[0] = x
    return np.sum(x)


def assigns_to_an_item_of_a_tuple(x):
    pair = (x, x)
    pair[0] = x
    return np.sum(x)


def assigns_to_an_item_of_a_number(x):
    number = 3
    number[0] = 1.0
    return np.sum(x)


def assigns_to_an_item_of_an_element(x):
    element = x[0]
    element[0] = 1.0
    return np.sum(x)


def writes_into_a_broadcast_array(x):
    y = np.broadcast_to(x, (2, 3))
    y[0, 0] = 1.0
    return np.sum(y)


def unpacks_one_into_two(x):
    a, b = (x,)
    return np.sum(a)


def subtracts_a_list(x):
    return np.sum(3.0 - [x][:0])


def adds_a_number_to_a_list(x):
    return np.sum(([x] + 3)[0])


def measures_a_zip(x):
    return len(zip(x, x)) * np.sum(x)


def zips_strictly_what_is_shorter(x):
    return sum(a * b for a, b in zip(x, [x[0]], strict=True))


def zips_strictly_what_is_longer(x):
    return sum(a * b * c for a, b, c in zip(x[:2], x[:2], x, strict=True))


def matches_what_is_no_class(x):
    match x:
        case scaled():
            return np.sum(x)
    return 0.0


def matches_too_many_parts(x):
    match Plain():
        case Plain(_, _):
            return np.sum(x)
    return 0.0


def makes_a_namespace_of_a_number(x):
    return np.sum(types.SimpleNamespace(x).x)


def misses_an_attribute_of_a_namespace(x):
    return np.sum(types.SimpleNamespace(a=x).b)


def calls_a_pullback_by_keyword(x):
    _, pullback = srcad.vjp(scaled, x, 2.0)
    return np.sum(pullback(x, strict=True)[0])


def writes_a_sum_into_too_few(x):
    y = np.zeros(3)
    np.add(x, np.ones((2, 3)), out=y)
    return np.sum(y)


def writes_a_chosen_sum_into_too_few(x):
    y = np.zeros(3)
    np.add(x, x, out=y, where=np.ones((2, 3), bool))
    return np.sum(y)


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
    misses_several_arguments, misses_a_keyword, names_what_has_no_name, gives_more_than_the_defaults,
    calls_a_nested_function_without_its_argument, gives_an_argument_to_a_plain_class,
    returns_from_an_initialiser, raises_a_number, catches_a_number, reduces_nothing, replaces_in_an_array,
    lists_the_fields_of_an_array, replaces_a_field_that_is_not_given, replaces_without_what_starts_it,
    asks_slots_for_a_dict, sets_what_is_no_slot, sets_a_property_without_a_setter,
    reads_a_property_without_a_getter, deletes_a_property_without_a_deleter,
    deletes_an_attribute_that_is_none, sets_an_attribute_of_an_array, sets_an_attribute_of_a_number,
    sets_an_attribute_of_a_builtin_class, enters_what_is_no_manager, enters_what_cannot_be_left,
    enters_an_array, adds_plain_objects, raises_to_a_plain_power, compares_plain_objects,
    negates_a_plain_object, indexes_a_plain_object, calls_a_plain_object, loops_over_a_plain_object,
    loops_over_none, unpacks_a_plain_object, spreads_a_number, iterates_by_hand_over_a_number,
    reverses_a_number, reverses_a_generator, deletes_an_element, deletes_an_item_of_a_plain_object,
    deletes_an_item_of_a_tuple, assigns_to_an_item_of_a_plain_object, assigns_to_an_item_of_a_tuple,
    assigns_to_an_item_of_a_number, assigns_to_an_item_of_an_element, writes_into_a_broadcast_array,
    unpacks_one_into_two, subtracts_a_list, adds_a_number_to_a_list, measures_a_zip,
    zips_strictly_what_is_shorter, zips_strictly_what_is_longer, matches_what_is_no_class,
    matches_too_many_parts, makes_a_namespace_of_a_number, misses_an_attribute_of_a_namespace,
    calls_a_pullback_by_keyword, writes_a_sum_into_too_few, writes_a_chosen_sum_into_too_few,
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


OTHER_WORDS = {
    misses_a_name_of_a_module: "the words name the file of the module",
    spreads_a_number: "the words name the module of the function",
    asserts: "pytest adds to the words of an assert",
    calls_a_pullback_by_keyword: "outside of a derivative a pullback is an object of its own",
}


@pytest.mark.parametrize("f", [f for f in PROGRAMS if f not in OTHER_WORDS], ids=lambda f: f.__name__)
def test_the_exception_has_the_words_that_python_gives_it(f):
    with pytest.raises(Exception) as expected:
        f(X)
    with pytest.raises(Exception) as actual:
        srcad.grad(f)(X)

    assert re.sub(r"\w+\.<locals>\.", "", str(expected.value)) == str(actual.value)


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
