"""What lowering refuses where it stands, one program for each message: its words, its line, and nothing left behind."""
# ruff: noqa: B023, B905, F841, PLW0603 (programs that are wrong on purpose)

import contextlib
import copy
import functools
import itertools

import numpy as np
import pytest

import srcad
from srcad import functional
from tests.support import assert_locates, assert_same

X = np.array([1.0, 2.0, 3.0])
KEPT = None
CHOICES = {"a": 1.0}


@contextlib.contextmanager
def in_a_loop():
    for _ in range(1):
        yield 1.0


class Partly:
    def put(self, x, scale):
        self.x = scale * x

    __init__ = functools.partialmethod(put, scale=2.0)


class Copying:
    def __init__(self, x):
        self.x = x

    def __deepcopy__(self, memo):
        return Copying(self.x)


class Doubled:
    def __get__(self, instance, owner=None):
        return 2.0


class Ignored(Doubled):
    def __set__(self, instance, value):
        pass


class Described:
    scale = Doubled()
    kept = Ignored()

    def __init__(self, x):
        self.x = x

    def put(self, x):
        self.kept = x
        return x


class Holder:
    value = 1.0


LIVE = Holder()
LIVE.a = 1.0


def uses_itself(x, limit):
    if x[0] > limit:
        yield x
    else:
        yield from uses_itself(2.0 * x, limit)


@srcad.checkpoint
def halved_again(x, n):
    return x if n == 0 else 0.5 * halved_again(x, n - 1)


@srcad.checkpoint
def appended(x, rows):
    rows.append(x)
    return 2.0 * x


@srcad.checkpoint
def doubled_behind_a_write(x, target, behind):
    target[0] = x[0]
    return 2.0 * behind


@srcad.checkpoint
def keeping(x):
    global KEPT
    KEPT = x
    return 2.0 * x


def kept_squares(x):
    global KEPT
    KEPT = x
    return x * x


@srcad.custom_jvp
def without_jvp(x):
    return x * x


@srcad.custom_vjp
def without_vjp(x):
    return x * x


@srcad.custom_jvp
def squared(x):
    return x * x


@squared.defjvp
def square_in_place(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    x[0] = 1.0
    return x, 2.0 * x * x_dot


class Failure(Exception):
    def __init__(self, value):
        super().__init__(value)
        self.value = value


def fails(x):
    if x[0] > 0.0:
        raise Failure(x)


def counter():
    total = 1.0

    def count(x):
        nonlocal total
        for k in range(len(x)):
            total = total + x[k]
        return total

    return count


class Entered:
    def on(self, scale):
        return scale

    __enter__ = functools.partialmethod(on, 2.0)

    def __exit__(self, *error):
        pass


class Child(Holder):
    def area(self, x):
        return np.sum(x) * super().area()


# Programs ---------------------------------------------------------------------------------------------------------


def yields_in_a_loop(x):
    with in_a_loop() as scale:
        return np.sum(scale * x)


def yields_in_an_expression(x):
    def values():
        y = 2.0 * (yield x)

    return np.sum(next(values()))


def runs_an_initialiser_of_another_kind(x):
    return np.sum(Partly(x).x)


def copies_what_copies_itself(x):
    return np.sum(copy.deepcopy(Copying(x)).x)


def reads_a_descriptor(x):
    return np.sum(Described(x).scale * x)


def reads_a_data_descriptor(x):
    return np.sum(Described(x).kept * x)


def writes_a_descriptor(x):
    return np.sum(Described(x).put(x))


def groups(x):
    return sum(np.sum(key) for key, _ in itertools.groupby(x))


def zips_with_the_endless(x):
    return sum(a * b for a, b in zip(itertools.count(), (v for v in x)))


def zips_strictly_what_is_chosen(x):
    return sum(a * b for a, b in zip(x[x > 0.0], x, strict=True))


def iterates_until_a_value(x):
    return sum(iter(lambda: x[0], 1.0))


def makes_a_tuple_of_what_is_chosen(x):
    return np.sum(np.array(tuple(v for v in x if v > 1.5)))


def repeats_a_list_as_often_as_chosen(x):
    return np.sum(([x] * len(x[x > 0.0]))[0])


def deletes_a_captured_item_in_a_branch(x):
    if x[0] > 5.0:
        del CHOICES["a"]
    return np.sum(x) * CHOICES["a"]


def deletes_a_captured_attribute_in_a_branch(x):
    if x[0] > 5.0:
        del LIVE.a
    return np.sum(x) * LIVE.a


def hands_out_what_it_writes_into(x):
    global KEPT
    y = np.zeros(3)
    for k in range(3):
        y[k] = x[k]
        KEPT = y
    return np.sum(y)


def reads_after_a_checkpointed_loop(x):
    y = 2.0 * x
    for _ in srcad.checkpoint(range(3)):
        y = y * x
        z = y
    return np.sum(z)


def leaves_a_checkpointed_loop(x):
    y = 2.0 * x
    for _ in srcad.checkpoint(range(3)):
        y = y * x
        if y[0] > 5.0:
            break
    return np.sum(y)


def calls_a_checkpointed_function_that_calls_itself(x):
    return np.sum(halved_again(x, len(x)))


def lets_a_checkpointed_function_append(x):
    rows = []
    y = appended(x, rows)
    return np.sum(y) + np.sum(rows[0])


def defines_an_async_function_that_is_called(x):
    async def later():
        return x

    return np.sum(x) + len([later()])


def misses_a_jvp(x):
    return np.sum(without_jvp(x))


def misses_a_vjp(x):
    return np.sum(without_vjp(x))


def writes_in_a_jvp(x):
    return np.sum(squared(x))


def makes_a_function_with_a_jvp(x):
    cubed = srcad.custom_jvp(lambda t: t**3)
    return np.sum(cubed(x))


def depends_strictly_on_nothing(x):
    _, products = functional.vjp(lambda t: np.ones(3), x, x, strict=True)
    return np.sum(products)


def writes_two_results_in_a_type(x):
    whole, rest = np.zeros(3), np.zeros(3)
    np.divmod(x, 2.0, out=(whole, rest), dtype=np.float64)
    return np.sum(rest)


def follows_itself_too_far(x):
    return np.sum(list(uses_itself(x, 2000.0))[0])


def passes_an_iterator_on(x):
    return np.sum(np.trim_zeros(v for v in x))


def passes_a_derivative_on(x):
    return np.sum(np.trim_zeros(srcad.grad(np.sum)))


def changes_the_structure_in_a_loop(x):
    pair = x
    for _ in range(len(x[x > 0.0])):
        pair = (pair, x)
    return np.sum(x)



def compares_what_may_be_one_object(x):
    one = Holder()
    other = one if x[0] > 0.0 else Holder()
    return np.sum(x) if one == other else 0.0


def asks_whether_it_is_one_object(x):
    one = Holder()
    other = one if x[0] > 0.0 else Holder()
    return np.sum(x) if one is other else 0.0


def sets_an_attribute_in_a_branch(x):
    made = Holder()
    if x[0] > 0.0:
        made.part = 2.0 * x
    return np.sum(made.part)


def reads_an_attribute_of_one_of_two_exceptions(x):
    try:
        fails(x)
        CHOICES["b"]
    except Exception as error:
        return np.sum(error.value)
    return np.sum(x)


def writes_a_variable_of_a_function_that_has_ended(x):
    return counter()(x)


def collects_in_a_checkpointed_loop(x):
    return np.sum(np.array([k * x for k in srcad.checkpoint(range(len(x[x > 0.0])))]))


def reverses_a_function(x):
    for _ in reversed(lambda: x):
        x = 2.0 * x
    return np.sum(x)


def keeps_what_a_derivative_writes(x):
    global KEPT

    def inner(t):
        return np.sum(kept_squares(t))

    return np.sum(srcad.grad(inner)(x) * KEPT)


def shares_what_a_checkpointed_function_writes_into(x):
    rows = np.zeros(3) * x
    y = doubled_behind_a_write(x, rows, rows[1:])
    return np.sum(y * rows[1:])


def makes_an_array_of_a_buffer(x):
    return np.sum(x) + np.sum(np.ndarray((2,), float, np.zeros(2)))


def writes_into_what_trims(x):
    y = np.trim_zeros(2.0 * x)
    y[0] = 1.0
    return np.sum(y)


def calls_a_method_of_a_range(x):
    return np.sum(x) * range(3).total()


def takes_the_next_of_what_is_chosen(x):
    return next(iter(x[x > 1.5]))


def drives_a_generator_with_effects(x):
    def elements():
        for k in range(3):
            print(end="")
            yield x[k]

    numbers = elements()
    return next(numbers) * next(numbers)


def joins_numbers_and_pairs(x):
    parts = [v for v in x if v > 1.5] + [(x[0], x[1])]
    return np.sum(x)


def changes_a_list_that_is_run_over_in_reverse(x):
    parts = [v for v in x if v > 0.5]
    total = 0.0
    for v in reversed(parts):
        parts[0] = v * 2.0
        total = total + v
    return total


def changes_a_list_that_an_iterator_has_begun(x):
    parts = [x[0], x[1], x[2]]
    numbers = iter(parts)
    first = next(numbers)
    parts[1] = first * 3.0
    return next(numbers) * first


def changes_a_dict_behind_its_keys(x):
    parts = {"a": x[0], "b": x[1]}
    keys = parts.keys()
    parts["c"] = x[2]
    return len(keys) * x[0]


def takes_a_number_or_a_pair_out(x):
    parts = [x[0], (x[1], x[2])]
    parts.pop(int(x[0]) - 1)
    return np.sum(x)


REFUSED = [
    (calls_a_method_of_a_range, "return np.sum(x) * range(3).total()", "the method .total is not supported here"),
    (takes_the_next_of_what_is_chosen, "return next(iter(x[x > 1.5]))",
     "next(...) of an array whose length is not known is not supported"),
    (drives_a_generator_with_effects, "return next(numbers) * next(numbers)",
     "a generator is run step by step here, and does more than give elements"),
    (joins_numbers_and_pairs, "parts = [v for v in x if v > 1.5] + [(x[0], x[1])]",
     "lists of elements of several structures are joined"),
    (changes_a_list_that_is_run_over_in_reverse, "for v in reversed(parts):",
     "a loop over reversed(...) of a list changes it"),
    (changes_a_list_that_an_iterator_has_begun, "parts[1] = first * 3.0",
     "a list or dict that an iterator that has begun holds is changed afterwards"),
    (changes_a_dict_behind_its_keys, 'parts["c"] = x[2]',
     "a list or dict that keys, a view of it, holds is changed afterwards"),
    (takes_a_number_or_a_pair_out, "parts.pop(int(x[0]) - 1)",
     "a list of which the length is not known has elements of several structures"),
    (makes_an_array_of_a_buffer, "return np.sum(x) + np.sum(np.ndarray((2,), float, np.zeros(2)))",
     "np.ndarray of a buffer is not supported"),
    (writes_into_what_trims, "y[0] = 1.0", "a write in place into this object is not supported yet"),
    (keeps_what_a_derivative_writes, "return np.sum(srcad.grad(inner)(x) * KEPT)",
     "KEPT is written by a function of which a derivative is taken here"),
    (shares_what_a_checkpointed_function_writes_into, "y = doubled_behind_a_write(x, rows, rows[1:])",
     "doubled_behind_a_write is checkpointed, and changes what it shares with others"),
    (collects_in_a_checkpointed_loop, "return np.sum(np.array([k * x for k in srcad.checkpoint(range(len(x[x > 0.0])))]))",
     "this loop runs over a checkpointed range, and collects a list"),
    (reverses_a_function, "for _ in reversed(lambda: x):", "reversed(...) of this is not supported"),
    (yields_in_a_loop, "with in_a_loop() as scale:", "has not one yield outside of loops"),
    (yields_in_an_expression, "y = 2.0 * (yield x)", "yield as part of an expression is not supported"),
    (runs_an_initialiser_of_another_kind, "return np.sum(Partly(x).x)", "Partly.__init__ (partialmethod) is not supported"),
    (copies_what_copies_itself, "return np.sum(copy.deepcopy(Copying(x)).x)",
     "copy.deepcopy of an object with __deepcopy__ is not supported"),
    (reads_a_descriptor, "return np.sum(Described(x).scale * x)",
     "scale of Described is a descriptor (Doubled), which is not supported"),
    (reads_a_data_descriptor, "return np.sum(Described(x).kept * x)",
     "kept of Described is a descriptor (Ignored), which is not supported"),
    (groups, "return sum(np.sum(key) for key, _ in itertools.groupby(x))", "itertools.groupby is not supported"),
    (zips_with_the_endless, "return sum(a * b for a, b in zip(itertools.count(), (v for v in x)))",
     "zip of a generator and an endless iterator is not supported"),
    (zips_strictly_what_is_chosen, "return sum(a * b for a, b in zip(x[x > 0.0], x, strict=True))",
     "zip(..., strict=True) over something of unknown length is not supported"),
    (iterates_until_a_value, "return sum(iter(lambda: x[0], 1.0))", "iter(...) of a function is not supported"),
    (makes_a_tuple_of_what_is_chosen, "return np.sum(np.array(tuple(v for v in x if v > 1.5)))",
     "a tuple of unknown length is not supported"),
    (repeats_a_list_as_often_as_chosen, "return np.sum(([x] * len(x[x > 0.0]))[0])",
     "this operation on a list or tuple is not supported"),
    (deletes_a_captured_item_in_a_branch, 'del CHOICES["a"]',
     "an item is deleted on one way through the program and not on another"),
    (deletes_a_captured_attribute_in_a_branch, "del LIVE.a",
     "the attribute a is deleted on one way through the program and not on another"),
    (hands_out_what_it_writes_into, "KEPT = y", "KEPT is given an array that is written into in the same loop"),
    (reads_after_a_checkpointed_loop, "for _ in srcad.checkpoint(range(3)):",
     "and z, which is read after it, has no value before it"),
    (leaves_a_checkpointed_loop, "for _ in srcad.checkpoint(range(3)):", "and may be left before its end"),
    (defines_an_async_function_that_is_called, "async def later():", "an async function is not supported yet"),
    (makes_a_function_with_a_jvp, "cubed = srcad.custom_jvp(lambda t: t**3)",
     "srcad.custom_jvp of a function that is made here is not supported"),
    (depends_strictly_on_nothing, "_, products = functional.vjp(lambda t: np.ones(3), x, x, strict=True)",
     "strict: Output 0 of <lambda> is independent of all inputs"),
    (writes_two_results_in_a_type, "np.divmod(x, 2.0, out=(whole, rest), dtype=np.float64)",
     "np.divmod with several out arguments and others has no derivative here"),
    (passes_an_iterator_on, "return np.sum(np.trim_zeros(v for v in x))", "an iterator cannot be passed to this call"),
    (passes_a_derivative_on, "return np.sum(np.trim_zeros(srcad.grad(np.sum)))", "a function cannot be passed to this call"),
    (compares_what_may_be_one_object, "return np.sum(x) if one == other else 0.0", "whether these are one object is not known"),
    (asks_whether_it_is_one_object, "return np.sum(x) if one is other else 0.0", "whether these are one object is not known"),
    (sets_an_attribute_in_a_branch, "if x[0] > 0.0:",
     "the attribute part has one structure on one way through the program and another, or none, on another"),
    (reads_an_attribute_of_one_of_two_exceptions, "return np.sum(error.value)",
     "what .value is of cannot be told, and may be an exception that holds an active value"),
    (changes_the_structure_in_a_loop, "for _ in range(len(x[x > 0.0])):",
     "pair changes its structure from one iteration to the next"),
]
IN_CALLEES = [
    (writes_a_variable_of_a_function_that_has_ended, counter, "total = total + x[k]",
     "a write to the nonlocal variable total of a function that is passed on is not supported"),
    (writes_a_descriptor, Described.put, "self.kept = x",
     "kept of Described is a descriptor (Ignored), which is not supported"),
    (calls_a_checkpointed_function_that_calls_itself, halved_again, "@srcad.checkpoint",
     "halved_again calls itself as a checkpointed function"),
    (lets_a_checkpointed_function_append, appended, "rows.append(x)", "changed in place"),
    (misses_a_jvp, without_jvp, "@srcad.custom_jvp", "without_jvp is declared to have a jvp of its own, which it was not given"),
    (misses_a_vjp, without_vjp, "@srcad.custom_vjp", "without_vjp is declared to have a vjp of its own, which it was not given"),
    (writes_in_a_jvp, square_in_place, "@squared.defjvp",
     "square_in_place writes into x, which a function with derivatives of its own may not"),
    (follows_itself_too_far, uses_itself, "yield from uses_itself(2.0 * x, limit)",
     "uses_itself uses itself, and how deep is not known"),
]
EVERY = [(f, f, statement, reason) for f, statement, reason in REFUSED] + IN_CALLEES


def refusal(call, *arguments):
    """The error that the call raises, which is one of srcad's, with a remedy."""
    with pytest.raises(srcad.DifferentiationError) as info:
        call(*arguments)
    assert "\n  remedy: " in str(info.value)
    return info.value


DERIVATIVES = {
    "grad": lambda f: lambda *args: srcad.grad(f)(*args),
    "jvp": lambda f: lambda x, *args: srcad.jvp(lambda y: f(y, *args), (x,), (x,)),
    "hvp": lambda f: lambda x, *args: srcad.hvp(f)(x, *args, x),
}


@pytest.mark.parametrize("derivative", DERIVATIVES.values(), ids=DERIVATIVES.keys())
@pytest.mark.parametrize("f, place, statement, reason", EVERY, ids=[f.__name__ for f, *_ in EVERY])
def test_it_is_refused_at_its_line_with_its_reason(f, place, statement, reason, derivative):
    error = refusal(derivative(f), X.copy())

    assert reason in str(error)
    assert_locates(error, getattr(place, "function", place), statement)


@pytest.mark.parametrize("f, place, statement, reason", EVERY, ids=[f.__name__ for f, *_ in EVERY])
def test_the_same_derivative_works_where_it_is_not_reached(f, place, statement, reason):
    def guarded(x, bad):
        return f(x) if bad else np.sum(x)

    gradient, x = srcad.grad(guarded), X.copy()

    first = refusal(gradient, x, True)
    assert_same(np.ones(3), gradient(x, False))
    assert str(first) == str(refusal(gradient, x, True))
    assert_same(np.ones(3), gradient(x, False))
    assert_same(X, x)


def test_remedies_that_need_more_words():
    assert "remedy: call it without out=, and assign what it returns" in str(refusal(srcad.grad(writes_two_results_in_a_type), X))
    assert "remedy: pass strict=False, which gives zeros there" in str(refusal(srcad.grad(depends_strictly_on_nothing), X))
    assert "remedy: return the new value instead" in str(refusal(srcad.grad(keeps_what_a_derivative_writes), X))
    error = refusal(srcad.grad(collects_in_a_checkpointed_loop), X)
    assert "remedy: return the values from a function of their own, or leave checkpoint out" in str(error)
    assert "remedy: give z a value before the loop" in str(refusal(srcad.grad(reads_after_a_checkpointed_loop), X))


def test_a_checkpointed_function_that_writes_outside_has_no_way_back():
    error = refusal(srcad.grad(lambda x: np.sum(keeping(x))), X)

    assert "keeping is checkpointed, which runs it again on the way back, and writes to KEPT" in str(error)
    assert "remedy: return the value, and write to KEPT outside" in str(error)
    assert_locates(error, keeping.__wrapped__, "KEPT = x")


def test_what_is_kept_outside_is_left_alone():
    assert KEPT is None
    assert CHOICES == {"a": 1.0}
    assert LIVE.a == 1.0


def test_what_enters_may_be_made_of_another_method():
    def f(x):
        with Entered() as scale:
            return np.sum(scale * x)

    assert_same(np.full(3, 2.0), srcad.grad(f)(X))


def test_a_method_that_no_base_class_has_is_pythons_error():
    with pytest.raises(AttributeError, match="'super' object has no attribute 'area'"):
        srcad.grad(lambda x, child: child.area(x))(X, Child())


def test_a_generator_that_is_differentiated_is_refused_by_name():
    def values(x):
        yield x

    error = refusal(srcad.grad(values), X)

    assert "values makes a generator (it has yield or async), which is not supported yet" in str(error)
    assert "write a function that returns a list or an array" in str(error)


def test_a_derivative_that_keeps_no_graph_warns_where_an_active_value_goes_in():
    def f(x):
        return np.sum(functional.vjp(lambda t: t * t, x, x)[1])

    with pytest.warns(srcad.DetachedWarning) as found:
        srcad.grad(f)(X)

    message = str(found[0].message)
    assert "an active value goes into an inner derivative with create_graph=False, which contributes nothing" in message
    assert "remedy: pass create_graph=True" in message
    assert_locates(message, f, "return np.sum(functional.vjp(lambda t: t * t, x, x)[1])")


def test_an_array_may_be_given_for_one_of_two_results():
    def f(x):
        rest = np.zeros(3)
        _, whole = np.modf(1.5 * x, rest)
        return np.sum(rest * x + whole)

    assert_same(np.array([2.0, 3.0, 5.0]), srcad.grad(f)(X))
