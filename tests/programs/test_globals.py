"""Globals that a function reads and writes: ``global``, counters, caches, mutable defaults, function attributes."""

import numpy as np

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
CALLS = 0
SCALE = 1.5
LAST = None
HISTORY = []
CACHE = {}
STATE = np.array([1.0, 2.0, 3.0])


def test_program(program, check):
    check(program)


@program(X)
def global_counter(x):
    global CALLS
    CALLS += 1
    return x * x


@program(X)
def global_number_rebound(x):
    global SCALE
    SCALE = SCALE * x[0]
    return x * SCALE * SCALE


@program(X)
def global_array_rebound(x):
    global STATE
    STATE = STATE * x
    return STATE * x


def remember(value):
    global LAST
    LAST = value


@program(X)
def global_set_by_a_callee(x):
    remember(x * x)
    return LAST * x


@program(X)
def global_list_appended_to(x):
    HISTORY.append(x[0] * x[1])
    HISTORY.append(x[2])
    return sum(HISTORY) * x


@program(X)
def global_list_that_only_records(x):
    y = np.sin(x)
    HISTORY.append(y)
    return y * x


@program(X)
def global_cache_filled(x):
    if "norm" not in CACHE:
        CACHE["norm"] = np.sqrt(np.sum(x**2))
    return x / CACHE["norm"]


def squared_with_memory(x, seen=[]):
    seen.append(x)
    return x * x * len(seen)


@program(X)
def mutable_default(x):
    return squared_with_memory(x) + squared_with_memory(np.sin(x))


def counted(x):
    counted.calls += 1
    return x**2


counted.calls = 0


@program(X)
def function_attribute(x):
    return counted(x) * counted(x + 1.0) * counted.calls


@program(X)
def global_written_in_a_loop(x):
    global SCALE
    for value in x:
        SCALE = np.sin(SCALE) + value
    return SCALE * x


def test_the_global_is_a_number_after_the_call():
    global CALLS, SCALE
    before = CALLS, SCALE
    srcad.grad(lambda x: np.sum(global_number_rebound(x) + global_counter(x)))(X)

    assert before[0] + 1 == CALLS
    assert before[1] * X[0] == SCALE
    CALLS, SCALE = before
