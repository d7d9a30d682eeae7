"""What lowering does not take: each construct is refused at its line, with its reason and a remedy."""
# ruff: noqa: B008, B905, F841 (programs that are wrong on purpose)

import asyncio
import collections
import contextlib
import functools
import operator
import random
from typing import NamedTuple

import numpy as np
import pytest

import srcad
from tests.support import assert_locates, assert_same

X = np.array([1.0, 2.0, 3.0])
BUFFER = np.zeros(3)
NAMES = ["a", "b"]
OPTIONS = {"scale": 2.0}
COUNT = 0


def refusal(call, *arguments):
    """The error that the call raises, which is one of srcad's, with a remedy."""
    with pytest.raises(srcad.DifferentiationError) as info:
        call(*arguments)
    assert "remedy: " in str(info.value)
    return info.value


def scaled(x):
    return 2.0 * x


@contextlib.contextmanager
def twice():
    yield 1.0
    yield 2.0


class Point(NamedTuple):
    x: object
    y: object


class Guarded:
    calls = 0

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)

    def counted(self, x):
        self.calls = self.calls + 1
        return np.sum(x)


class Model:
    def __init__(self):
        self.calls = 0

    def counted(self, x):
        self.calls = self.calls + 1
        return np.sum(x)

    def defining(self, x):
        class Local:
            pass

        return np.sum(x)


# Statements -------------------------------------------------------------------------------------------------


def tries_groups(x):
    try:
        return np.sum(x)
    except* ValueError:
        pass
    return 0.0


def deletes_an_item(x):
    del NAMES[0]
    return np.sum(x)


def deletes_in_a_branch(x):
    y = 2.0 * x
    if x[0] > 5.0:
        del y
    return np.sum(y)


def defines_a_class(x):
    class Local:
        pass

    return np.sum(x)


def defines_a_coroutine(x):
    async def later():
        return 1.0

    return np.sum(x)


def yields_twice_in_a_with(x):
    with twice():
        return np.sum(x)


class Minding(type):
    def __setattr__(cls, name, value):
        super().__setattr__(name, value)


class Minded(metaclass=Minding):
    factor = 1.0


class Knot:
    def __init__(self, x):
        self.value = x

    def __rmul__(self, other):
        return other * self.value


def writes_an_attribute(x):
    Minded.factor = 2.0
    return np.sum(x)


def holds_itself(x):
    knot = Knot(x)
    knot.end = knot
    return np.sum(x)


def passes_an_object_on(x):
    knot = Knot(x)
    return np.sum(np.sin(knot))


def reads_what_one_way_lacks(x):
    knot = Knot(x)
    if x[0] > 0.0:
        knot.end = x * 2.0
    return np.sum(knot.end)


def looks_for_an_array_in_an_object(x):
    return np.sum(x * Knot(x))


def extends_a_global_list(x):
    names = NAMES
    names += ["c"]
    return np.sum(x)


def imports_into_a_global(x):
    global COUNT
    import math as COUNT

    return np.sum(x)
def sorts_an_array(x):
    y = 2.0 * x
    y.sort()
    return np.sum(y)


def makes_a_set(x):
    chosen = {v for v in x}
    return np.sum(x)


def grows_while_it_is_iterated(x):
    table = {0: x[0]}
    for key in table:
        table[key + int(x[2])] = x[1]
    return sum(table.values())


def adds_to_an_array_or_a_number(x):
    parts = []
    for v in x:
        if v > 0.0:
            parts.append(x)
        parts.append(1.0)
    first = parts[0]
    first += 1.0
    return np.sum(first)


STATEMENTS = [
    (adds_to_an_array_or_a_number, "first += 1.0", "+= writes in place if this is an array"),
    (tries_groups, "try:", "try"),
    (deletes_an_item, "del NAMES[0]", "del of an item, which changes the object in place, is not supported yet"),
    (deletes_in_a_branch, "del y", "one way"),
    (yields_twice_in_a_with, "with twice():", "one yield"),
    (defines_a_class, "class Local:", "class"),
    (defines_a_coroutine, "async def later():", "async"),
    (writes_an_attribute, "Minded.factor = 2.0", "metaclass"),
    (holds_itself, "knot.end = knot", "an object, list or dict that holds itself is not supported"),
    (passes_an_object_on, "return np.sum(np.sin(knot))", "an object of class Knot"),
    (reads_what_one_way_lacks, "if x[0] > 0.0:", "the attribute end"),
    (looks_for_an_array_in_an_object, "return np.sum(x * Knot(x))", "for each element"),
    (extends_a_global_list, 'names += ["c"]', "+= changes the list in place, which is not supported yet"),
    (grows_while_it_is_iterated, "for key in table:", "while a loop runs over it"),
    (makes_a_set, "chosen = {v for v in x}", "an element of a set"),
]


@pytest.mark.parametrize("f, statement, reason", STATEMENTS, ids=[f.__name__ for f, _, _ in STATEMENTS])
def test_statement_is_refused_at_its_line_with_its_reason(f, statement, reason):
    error = refusal(srcad.grad(f), X.copy())

    assert reason in str(error)
    assert_locates(error, f, statement)


def test_a_refused_statement_leaves_global_lists_alone():
    refusal(srcad.grad(extends_a_global_list), X)

    assert NAMES == ["a", "b"]


def test_a_write_past_the_setattr_of_a_given_object_names_the_line_of_the_method():
    model = Guarded()

    error = refusal(srcad.grad(model.counted), X)

    assert_locates(error, Guarded.__setattr__, "object.__setattr__(self, name, value)")
    assert model.calls == 0


def test_a_refused_statement_of_a_method_names_its_line():
    model = Model()

    assert_locates(refusal(srcad.grad(lambda x: model.defining(x)), X), Model.defining, "class Local:")


def test_a_refused_expression_of_a_lambda_names_its_line():
    f = lambda x: np.sum(x) + len({v for v in x})

    assert_locates(refusal(srcad.grad(f), X), f)


def test_a_global_that_is_only_read_may_be_declared():
    def f(x):
        global COUNT
        return np.sum(x) * (COUNT + 2.0)

    assert_same(np.full(3, 2.0), srcad.grad(f)(X))


def test_a_declared_global_is_not_the_outer_variable_of_that_name():
    def f(x):
        COUNT = x

        def inner():
            global COUNT
            return COUNT + 2.0

        return np.sum(COUNT * inner())

    assert_same(np.full(3, 2.0), srcad.grad(f)(X))


def test_an_update_of_an_array_without_axes_that_has_two_names_changes_both():
    def f(x):
        a = np.array(2.0)
        b = a
        a += np.sum(x)
        return a * b

    assert_same(np.full(3, 16.0), srcad.grad(f)(X))


def test_an_update_of_an_array_without_axes_that_has_one_name_is_fine():
    def f(x):
        a = np.array(2.0)
        a += np.sum(x)
        return a * a

    assert_same(np.full(3, 16.0), srcad.grad(f)(X))


# Only if reached --------------------------------------------------------------------------------------------


def test_a_refused_statement_in_a_branch_is_refused_only_if_reached():
    def f(x):
        if x[0] > 5.0:
            print({v for v in x})
        return np.sum(x)

    gradient = srcad.grad(f)

    assert_same(np.ones(3), gradient(X))
    assert_locates(refusal(gradient, 10.0 * X), f, "print({v for v in x})")
    assert_same(np.ones(3), gradient(X))


def test_a_refused_statement_in_a_loop_is_refused_only_if_reached():
    def f(x, trips):
        for k in range(trips):
            print({v for v in x})
        return np.sum(x)

    gradient = srcad.grad(f)

    assert_same(np.ones(3), gradient(X, 0))
    assert_locates(refusal(gradient, X, 1), f, "print({v for v in x})")


def test_a_refused_operand_of_a_conditional_expression_is_refused_only_if_reached():
    def f(x):
        return np.sum(x) if x[0] < 5.0 else np.sum(x) + len({v for v in x})

    assert_same(np.ones(3), srcad.grad(f)(X))
    assert_locates(refusal(srcad.grad(f), 10.0 * X), f)


def test_a_type_error_in_a_branch_stays_one():
    def f(x):
        if x[0] > 5.0:
            return srcad.grad(lambda t: t)(1)
        return np.sum(x)

    assert_same(np.ones(3), srcad.grad(f)(X))
    assert isinstance(refusal(srcad.grad(f), 10.0 * X), TypeError)


def test_nothing_runs_before_an_unconditional_refusal(capsys):
    def f(x):
        print("before")
        class Box:
            size = 3

        return np.sum(x)

    refusal(srcad.grad(f), X)

    assert "" == capsys.readouterr().out


# Calls that write -------------------------------------------------------------------------------------------


WRITES = {
    "out=": lambda x: np.sum(x) + np.sum(np.multiply(X, 2.0, out=BUFFER)),
    "out= of a reduction": lambda x: np.sum(x) + np.sum(X, out=np.zeros(())),
    "out by position": lambda x: np.sum(x) + np.floor(X, BUFFER)[0],
    "out of a method": lambda x: np.sum(x) + np.sum(x.clip(0.0, 1.0, out=BUFFER)),
    "np.add.at": lambda x: np.sum(x) if np.add.at(BUFFER, 0, 1.0) is None else 0.0,
    "np.copyto": lambda x: np.sum(x) if np.copyto(BUFFER, X) is None else 0.0,
}


@pytest.mark.parametrize("f", WRITES.values(), ids=WRITES.keys())
def test_a_call_that_writes_into_a_captured_array_does_so_once(f):
    try:
        f(X)
        expected = BUFFER.copy()
        BUFFER[:] = 0.0
        srcad.grad(f)(X)

        assert_same(expected, BUFFER)
    finally:
        BUFFER[:] = 0.0


REFUSED = {
    "out of a reduction by position": lambda x: np.sum(x) + np.sum(X, 0, None, BUFFER[0]),
    "random.shuffle": lambda x: np.sum(x) if random.shuffle(NAMES) is None else 0.0,
}


@pytest.mark.parametrize("f", REFUSED.values(), ids=REFUSED.keys())
def test_a_call_that_writes_into_an_argument_is_refused(f):
    error = refusal(srcad.grad(f), X)

    assert "writes in place into an argument, which is not supported yet" in str(error)
    assert_locates(error, f)
    assert_same(np.zeros(3), BUFFER)


def test_a_parameter_of_the_user_that_is_called_out_is_no_write():
    def shifted(x, out):
        return x * out

    assert_same(2.0 * X, srcad.grad(lambda x: np.sum(shifted(x, out=x)))(X))


def test_out_none_is_no_write():
    assert_same(np.ones(3), srcad.grad(lambda x: np.sum(x, out=None))(X))


def test_a_callee_that_writes_into_an_inactive_array_does_so():
    def fill(a):
        a[0] = 5.0
        return a

    assert_same(np.array([5.0, 1.0, 1.0]), srcad.grad(lambda x: np.sum(x * fill(np.ones(3))))(X))


def test_a_callee_that_writes_only_its_own_arrays_is_called_as_it_is():
    def first(n):
        a = np.zeros(n)
        a[0] = 5.0
        return a

    assert_same(np.array([5.0, 0.0, 0.0]), srcad.grad(lambda x: np.sum(x * first(3)))(X))


# Callees that cannot be lowered -----------------------------------------------------------------------------


def with_a_class(a):
    class Local:
        scale = 2.0

    return Local.scale * a


def test_a_callee_with_a_refused_statement_is_called_as_it_is_on_inactive_arrays():
    assert_same(2.0 * X, srcad.grad(lambda x: np.sum(x * with_a_class(X.copy())))(X))


def test_a_callee_with_a_refused_statement_is_refused_on_active_values():
    assert_locates(refusal(srcad.grad(lambda x: np.sum(with_a_class(x))), X), with_a_class, "class Local:")


def generator(x):
    yield x


def test_a_generator_is_refused():
    error = refusal(srcad.grad(generator), X)

    assert "generator" in str(error)
    assert_locates(error, generator, "def generator(x):")


def test_a_coroutine_is_refused():
    async def f(x):
        return np.sum(x)

    error = refusal(srcad.grad(f), X)

    assert "coroutine" in str(error)
    assert_locates(error, f, "async def f(x):")
    assert asyncio.run(f(X)) == 6.0


def test_a_nested_function_that_calls_itself_is_refused():
    def f(x):
        def power(y):
            return x if y > 5.0 else x * power(y + 1.0)

        return np.sum(power(x[0]))

    error = refusal(srcad.grad(f), X)

    assert "calls itself" in str(error)


# Expressions ------------------------------------------------------------------------------------------------


EXPRESSIONS = {
    "a list times an int that is not known": (lambda x, n=2: np.sum(([x] * n)[0]), "list or tuple"),
    "** of an array in a call": (lambda x: np.sum(scaled(**x)), r"** of something that is no dict"),
    "** of an array in a dict": (lambda x: np.sum({**x}["x"]), r"** of something that is no dict"),
    "an axis that depends on values": (lambda x: np.sum(x, axis=np.argmax(x)), "must be known"),
    "a dict as an argument": (lambda x: np.sum(np.trim_zeros({"x": x})), "a dict cannot be passed"),
    "a function as an argument": (
        lambda x: np.sum(np.piecewise(x, [x > 0.0], [lambda t: t])), "a function cannot be passed"
    ),
    "a method as an argument": (lambda x: np.sum(np.trim_zeros(x.tobytes)), "a method cannot be passed"),
    "unpacking an array of unknown length": (lambda x: scaled(*x[x > 0.0]), "number of elements"),
    "a method of a literal": (lambda x: np.sum(x) * (2.0).as_integer_ratio()[0], "as_integer_ratio"),
    "a method of a dict": (lambda x: np.sum({"x": x}.fromkeys("ab")["a"]), "fromkeys"),
    "an entry popped by an unknown key": (lambda x: {int(3.0 * x[0]): x[0]}.pop(3), "the method .pop of a dict whose keys"),
    "lists under unknown keys": (lambda x: {int(3.0 * x[0]): [x[0]]}[3][0], "whose values are no numbers or arrays"),
    "an active key": (lambda x: sum({v: v for v in x}), "a key of a dict"),
    "an end to pop from": (lambda x: collections.OrderedDict(a=x[0]).popitem(False)[1], "popitem with an argument"),
    "a frozenset of what is not known": (
        lambda x: x[0] * len(frozenset(int(v) for v in x)), "a frozenset whose elements are not known"
    ),
    "a frozenset with a set that is not known": (
        lambda x: x[0] * len(frozenset("a") | {int(x[0])}), "this operation on sets is not supported"
    ),
    "a defaultdict with a partial": (
        lambda x: x[0] + collections.defaultdict(functools.partial(float))["a"], "a defaultdict that makes its values in this way"
    ),
    "a Counter added": (lambda x: x[0] * len(collections.Counter("ab") | collections.Counter("b")), "an operator on a Counter"),
}


@pytest.mark.parametrize("f, reason", EXPRESSIONS.values(), ids=EXPRESSIONS.keys())
def test_expression_is_refused_with_its_reason_and_line(f, reason):
    error = refusal(srcad.grad(f), X)

    assert reason in str(error)
    assert_locates(error, f)


def test_a_variable_of_two_structures_is_refused_where_it_is_read():
    def f(x):
        if x[0] > 0.0:
            y = (x, x)
        else:
            y = x
        return np.sum(y)

    error = refusal(srcad.grad(f), X)

    assert "y has one structure in one branch and another in the other" in str(error)
    assert_locates(error, f, "if x[0] > 0.0:")


def test_a_variable_of_two_structures_may_stay_unread():
    def f(x):
        if x[0] > 0.0:
            y = (x, x)
        else:
            y = x
        y = 2.0 * x
        return np.sum(y)

    assert_same(np.full(3, 2.0), srcad.grad(f)(X))


def test_a_result_of_two_structures_is_refused():
    def f(x):
        if x[0] > 0.0:
            return x, x
        return np.sum(x)

    error = refusal(srcad.grad(f), X)

    assert "the result has one structure in one branch and another in the other" in str(error)


def test_a_variable_that_grows_in_a_loop_is_refused():
    def f(x, trips):
        parts = ()
        for _ in range(trips):
            parts = (*parts, x)
        return np.sum(x)

    error = refusal(srcad.grad(f), X, 2)

    assert "parts changes its structure" in str(error)
    assert_locates(error, f, "for _ in range(trips):")


def test_a_recursion_of_growing_structure_is_refused():
    def deeper(x, depth):
        return x if depth == 0 else (deeper(x, depth - 1),)

    globals()["deeper"] = deeper
    try:
        error = refusal(srcad.grad(lambda x, n: np.sum(deeper(x, n)[0])), X, 1)
    finally:
        del globals()["deeper"]

    assert "this expression has one structure in one branch and another in the other" in str(error)


def test_operators_of_the_operator_module_write_nowhere():
    assert_same(2.0 * X, srcad.grad(lambda x: np.sum(operator.mul(x, x)))(X))
