"""What a function changes outside of itself is seen where the function reads it, or refused."""

import collections

import numpy as np
import pytest

import srcad
from tests.support import assert_locates, generated

NOTES = []
TABLE = {}
QUEUE = collections.deque()
COUNT = 0
BUFFER = np.zeros(2)


class State:
    count = 0


@pytest.fixture(autouse=True)
def empty():
    global COUNT
    NOTES.clear()
    TABLE.clear()
    QUEUE.clear()
    COUNT = State.count = 0
    BUFFER[:] = 0.0


def branch(x):
    NOTES.append("a")
    if NOTES:
        return x**2
    return x


def length(x):
    before = len(NOTES)
    NOTES.append("a")
    return x ** (2 + len(NOTES) - before)


def conjunction(x):
    NOTES.append("a")
    return (NOTES and x**2) or x


def comparison(x):
    NOTES.append(2.0)
    return x**2 if NOTES == [2.0] else x


def element(x):
    NOTES.append(2.0)
    return x * NOTES[-1] + (2.0 in NOTES) * x


def total(x):
    NOTES.append(2.0)
    return x * sum(NOTES) * np.sum(NOTES)


def emptied(x):
    NOTES.append(2.0)
    while NOTES:
        x = x * NOTES.pop()
    return x


def alias(x):
    notes = NOTES
    notes.append(2.0)
    return x**2 if notes else x


def asserted(x):
    NOTES.append(2.0)
    assert NOTES
    return x**2


def growing(x):
    y = 0.0
    for k in range(3):
        if len(NOTES) == k:
            y = y + x**2
        NOTES.append(k)
    return y


def add_note():
    class Local:  # so that it is called as it is
        pass

    NOTES.append(1.0)


def by_a_function(x):
    add_note()
    return x * len(NOTES)


def note(notes, x):
    notes.append(1.0)
    return x**2


def in_a_callee(x):
    return note(NOTES, x) * len(NOTES)


def queue(x):
    QUEUE.append(1)
    return x**2 if QUEUE and len(QUEUE) == 1 else x


def setdefault(x):
    TABLE.setdefault("a", 3.0)
    return x * TABLE["a"] if "a" in TABLE else x


SEEN = [branch, length, conjunction, comparison, element, total, emptied, alias, asserted, growing, by_a_function,
        in_a_callee, queue, setdefault]


@pytest.mark.parametrize("f", SEEN, ids=lambda f: f.__name__)
def test_a_container_is_read_as_the_function_has_changed_it(f):
    def reset():
        NOTES.clear()
        TABLE.clear()
        QUEUE.clear()

    value = f(3.0)
    for _ in range(2):
        reset()
        result, gradient = srcad.value_and_grad(f)(3.0)
        reset()
        high = f(3.0 + 1e-6)
        reset()
        low = f(3.0 - 1e-6)

        assert value == result
        assert abs((high - low) / 2e-6 - gradient) < 1e-6


def test_a_history_grows_with_every_call_and_makes_no_code_anew():
    def f(x):
        NOTES.append(1.5)
        return x**2

    gradient = srcad.grad(f)
    gradient(2.0)
    before = generated()

    for _ in range(4):
        assert 4.0 == gradient(2.0)

    assert [1.5] * 5 == NOTES
    assert before == generated()


def test_a_history_that_is_passed_to_a_function():
    gradient = srcad.grad(lambda x: note(NOTES, x))

    assert [2.0, 2.0, 2.0] == [gradient(1.0) for _ in range(3)]
    assert [1.0] * 3 == NOTES


def count_globally():
    global COUNT

    class Local:  # so that it is called as it is
        pass

    COUNT += 1


def count_in_a_class():
    class Local:  # so that it is called as it is
        pass

    State.count += 1


def write_into_an_array():
    class Local:  # so that it is called as it is
        pass

    BUFFER[0] = 5.0


def indirectly():
    count_globally()


def make_counter():
    count = 0

    def increase():
        nonlocal count

        class Local:
            pass

        count += 1

    def f(x):
        increase()
        return x * count

    return f


def after_a_global(x):
    count_globally()
    return x * COUNT


def before_a_global(x):
    y = x * COUNT
    count_globally()
    return y


def after_an_attribute(x):
    count_in_a_class()
    return x * State.count


def after_an_array(x):
    write_into_an_array()
    return x * BUFFER[0]


def after_an_array_as_a_whole(x):
    write_into_an_array()
    return np.sum(x * BUFFER)


def after_a_call_of_a_call(x):
    indirectly()
    return x * COUNT


@pytest.mark.parametrize("f", [after_a_global, after_a_call_of_a_call], ids=lambda f: f.__name__)
def test_a_global_that_a_function_that_is_called_as_it_is_writes_is_read_anew(f):
    gradient = srcad.grad(f)

    assert 1.0 == gradient(2.0)
    assert 2.0 == gradient(2.0)
    assert 2 == COUNT


@pytest.mark.parametrize("f", [before_a_global, after_an_attribute, after_an_array, after_an_array_as_a_whole,
                               make_counter()], ids=lambda f: f.__name__)
def test_what_is_read_and_changed_by_a_function_that_is_called_as_it_is_is_refused(f):
    with pytest.raises(srcad.DifferentiationError, match="called as it is") as info:
        srcad.grad(f)(2.0)

    assert_locates(info.value, f)
    assert "remedy: let " in str(info.value)


def test_what_is_changed_and_not_read_is_changed_once():
    def f(x):
        count_globally()
        count_in_a_class()
        write_into_an_array()
        indirectly()
        return x**2

    assert 4.0 == srcad.grad(f)(2.0)
    assert (2, 1, 5.0) == (COUNT, State.count, BUFFER[0])
