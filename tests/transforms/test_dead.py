"""What nothing reads goes, in loops and branches too; effects stay."""

import numpy as np

from srcad.transforms.dead import has_effects, without_dead
from tests.transforms.lowered import changed, lowered

X = np.ones(3)


def printing(x):
    unused = np.exp(x)  # noqa: F841
    print("seen")
    return x * 2.0


def test_effects_stay():
    assert changed(without_dead, lowered(printing, X)) == [
        "  t = print('seen')",
        "  t.2 = operator.mul(x, 2.0)",
        "  yield t.2",
    ]


def two_totals(x, n):
    first = second = 0.0
    for k in range(n):
        first = first + x[k]
        second = second + first
    return first


def test_a_carried_value_goes_that_only_carries_itself():
    loop, *body = changed(without_dead, lowered(two_totals, X, 3))

    assert loop == "  first, trips, stopped = loop k below n; carry first.2 from 0.0"
    assert body[:-1] == ["    t = operator.getitem(x, k)", "    first.3 = operator.add(first.2, t)", "    yield first.3"]


def test_a_carried_value_stays_that_another_needs():
    def crossed(x, n):
        first = second = 0.0
        for k in range(n):
            first, second = second, first + x[k]
        return first

    loop = changed(without_dead, lowered(crossed, X, 3))[0]
    assert "carry first.2 from 0.0, second.2 from 0.0" in loop


def two_of_a_branch(x, n):
    if n > 0:
        a, b = x * 2.0, x * 3.0
    else:
        a, b = x, x  # noqa: F841
    return a


def test_a_branch_yields_what_is_read():
    assert changed(without_dead, lowered(two_of_a_branch, X, 3))[1:4] == [
        "  a = if t:", "    a.2 = operator.mul(x, 2.0)", "    yield a.2",
    ]


def nothing_read(x, n):
    if n > 0:
        y = x * 2.0
    else:
        y = x
    for _ in range(n):
        y = y * 2.0
    return x


def test_a_branch_and_a_loop_go_that_do_nothing_else():
    assert changed(without_dead, lowered(nothing_read, X, 3)) == ["  yield x"]


def raising(x, n):
    if n > 0:
        raise ValueError(n)
    return x


def calling_itself(x, n):
    return x if n == 0 else calling_itself(x * 2.0, n - 1)


def printing_at_last(x, n):
    if n == 0:
        print("seen")
        return x
    return printing_at_last(x, n - 1)


def test_what_has_effects():
    assert has_effects(lowered(printing, X))
    assert has_effects(lowered(raising, X, 1))
    assert has_effects(lowered(printing_at_last, X, 1))
    assert not has_effects(lowered(calling_itself, X, 1))
