"""Checkpointed loops hold few states, and run as few steps as can be done with them."""

import functools
import weakref

import numpy as np
import pytest

import srcad
from srcad.runtime import next_saved, slots_for, slots_within


def advances(steps, slots):
    """How many steps the schedule runs forward on the way back, as `transforms.revolve` follows it."""
    total, start, stop = 0, 0, steps
    while stop - start > 1:
        middle = next_saved(start, stop, slots)
        assert start < middle < stop
        total += middle - start + advances(stop - middle, slots - 1)
        stop = middle
    return total


@functools.cache
def least(steps, slots):
    """The least number of steps, over all places for the next state."""
    if steps <= 1:
        return 0
    if slots == 1:
        return steps * (steps - 1) // 2
    return min(m + least(steps - m, slots - 1) + least(m, slots) for m in range(1, steps))


@pytest.mark.parametrize("slots", [1, 2, 3, 5, 8])
def test_no_schedule_runs_fewer_steps(slots):
    assert [advances(n, slots) for n in range(1, 60)] == [least(n, slots) for n in range(1, 60)]


def test_states_by_default_are_a_logarithm_of_the_steps():
    assert [slots_for(n) for n in (1, 2, 10, 1000, 10**6)] == [2, 2, 4, 10, 20]


def test_default_states_take_few_repetitions():
    assert advances(1000, slots_for(1000)) < 5 * 1000


def test_memory_is_counted_in_whole_states():
    assert slots_within(200, np.zeros(10), 1.0) == 2
    assert slots_within(0, np.zeros(10)) == 1


# ---- the states that are alive -----------------------------------------------------------------------------------------


class Living:
    """How many arrays that it has made are alive, and the most there ever were."""

    def __init__(self):
        self.alive = self.most = self.calls = 0

    def made(self, x):
        self.calls += 1
        self.alive += 1
        self.most = max(self.most, self.alive)
        weakref.finalize(x, self.gone)
        return x

    def gone(self):
        self.alive -= 1


LIVING = Living()


def moved(x):
    return LIVING.made(x + 0.01 * np.sin(x))


srcad.elementwise(moved, lambda y, x: 1.0 + 0.01 * np.cos(x))


def kept(x, n):
    for _ in range(n):
        x = moved(x)
    return np.sum(x)


def revolved(x, n, slots):
    for _ in srcad.checkpoint(range(n), slots=slots):
        x = moved(x)
    return np.sum(x)


def by_default(x, n):
    for _ in srcad.checkpoint(range(n)):
        x = moved(x)
    return np.sum(x)


def measured(function, *args):
    """What a derivative gives, and the most states alive meanwhile."""
    function(*args)
    LIVING.most = LIVING.calls = 0
    assert LIVING.alive == 0
    return function(*args), LIVING.most


X = np.linspace(0.0, 1.0, 5)


@pytest.mark.parametrize("slots", [1, 3, 6])
def test_gradient_holds_the_states_it_may(slots):
    n = 40
    expected, most_kept = measured(srcad.grad(kept), X, n)
    actual, most = measured(srcad.grad(revolved), X, n, slots)

    np.testing.assert_allclose(actual, expected, rtol=1e-13)
    assert most_kept >= n
    # the initial state is the argument; one state is being made from another
    assert most <= slots + 2


def test_gradient_runs_the_steps_of_the_schedule():
    n, slots = 40, 3
    srcad.grad(revolved)(X, n, slots)
    LIVING.calls = 0
    srcad.grad(revolved)(X, n, slots)

    # forwards once; on the way back each step's own result is not needed
    assert LIVING.calls == n + advances(n, slots)


def test_states_grow_as_the_logarithm():
    _, few = measured(srcad.grad(by_default), X, 30)
    _, many = measured(srcad.grad(by_default), X, 3000)

    assert many <= few + 8


def test_products_with_the_hessian_hold_few_states():
    v = np.cos(X)
    expected = srcad.hvp(kept)(X, 60, v)
    actual, most = measured(srcad.hvp(by_default), X, 60, v)

    np.testing.assert_allclose(actual, expected, rtol=1e-12)
    assert most <= 2 * (slots_for(60) + 2)


def test_reverse_of_forward_holds_few_states():
    def directional(x, v, n):
        return srcad.jvp(lambda x: by_default(x, n), (x,), (v,))[1]

    def plain(x, v, n):
        return srcad.jvp(lambda x: kept(x, n), (x,), (v,))[1]

    v = np.cos(X)
    expected = srcad.grad(plain)(X, v, 60)
    actual, most = measured(srcad.grad(directional), X, v, 60)

    np.testing.assert_allclose(actual, expected, rtol=1e-12)
    assert most <= 3 * (slots_for(60) + 2)
