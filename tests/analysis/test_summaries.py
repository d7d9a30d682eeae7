"""Summaries of functions that call each other: the least that agree, each computed a few times."""

import random

import pytest

from srcad.analysis import summaries
from srcad.ir.nodes import Block, Function


class Calls:
    """Functions that call each other, and which of their names each reaches.

    A function asks for one callee more as soon as it has found anything, as masks do that grow.
    """

    def __init__(self, calls, named):
        self.calls = calls
        self.named = named
        self.functions = [Function(str(k), [], Block()) for k in range(len(calls))]
        self.computed = 0

    def late(self, k):
        return (7 * k + 1) % len(self.calls)

    def reached(self, k):
        def found():
            self.computed += 1
            names = self.named[k].union(*map(self.reached, self.calls[k]))
            return names | self.reached(self.late(k)) if names else names

        return summaries.summary(self.functions[k], "reached", frozenset(), found)

    def expected(self):
        """The same for all of them at once, from nothing until nothing changes."""
        known = [frozenset()] * len(self.calls)
        while True:
            again = [names.union(*(known[c] for c in calls)) for names, calls in zip(self.named, self.calls, strict=True)]
            again = [names | known[self.late(k)] if names else names for k, names in enumerate(again)]
            if again == known:
                return known
            known = again


def drawn(seed):
    rng = random.Random(seed)
    count = rng.randint(1, 8)
    calls = [[rng.randrange(count) for _ in range(rng.randint(0, 3))] for _ in range(count)]
    return Calls(calls, [frozenset([k] if rng.random() < 0.5 else []) for k in range(count)])


@pytest.mark.parametrize("first", range(0, 500, 50))
def test_a_summary_is_the_least_that_agrees_with_itself(first):
    for seed in range(first, first + 50):
        graph = drawn(seed)
        expected = graph.expected()
        for k in random.Random(seed).sample(range(len(expected)), len(expected)):
            assert graph.reached(k) == expected[k], f"seed {seed}, function {k}"
        assert not (summaries._running or summaries._places or summaries._found)


@pytest.mark.parametrize("count", [2, 10, 30])
def test_functions_that_all_call_each_other_are_computed_a_few_times_each(count):
    graph = Calls([[(k + 1) % count, (k + 2) % count] for k in range(count)], [frozenset([k]) for k in range(count)])

    assert graph.reached(0) == frozenset(range(count))
    assert graph.computed <= 4 * count
    assert all("reached" in function.derived for function in graph.functions)


def test_nothing_is_remembered_of_a_summary_that_fails():
    graph = Calls([[1], [0]], [frozenset([0]), frozenset([1])])
    graph.functions[1].unfinished = True
    with pytest.raises(RuntimeError, match="takes a derivative of itself"):
        graph.reached(0)
    assert not (summaries._running or summaries._places or summaries._found)

    graph.functions[1].unfinished = False
    assert graph.reached(0) == graph.reached(1) == frozenset([0, 1])
