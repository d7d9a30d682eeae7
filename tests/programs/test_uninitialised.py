"""``np.empty``: memory that is read only where it has been written."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(X)
def empty_filled_by_a_loop(x):
    y = np.empty(3)
    for i in range(3):
        y[i] = x[i] * x[i - 1]
    return y


@program(X)
def empty_filled_by_slices(x):
    y = np.empty((2, 3))
    y[0] = x * x
    y[1] = np.sin(y[0])
    return y


@program(X)
def empty_like_filled_whole(x):
    y = np.empty_like(x)
    y[:] = x * x
    y *= x
    return y


@program(X)
def only_the_written_part_is_read(x):
    y = np.empty(10)
    y[:3] = x * x
    return y[:3] * x


@program(X)
@program(-X)
def written_as_far_as_the_data_go(x):
    kept = np.empty(3)
    n = 0
    for value in x:
        if value > 0.0:
            kept[n] = value**2
            n += 1
    return kept[:n].sum() * x


@program(X)
def scratch_in_each_trip(x):
    total = 0.0
    for i in range(3):
        scratch = np.empty(2)
        scratch[0] = x[i]
        scratch[1] = scratch[0] * x[i - 1]
        total = total + np.sum(scratch)
    return total


@program(X)
def scratch_for_all_trips(x):
    scratch = np.empty(2)
    total = 0.0
    for i in range(3):
        scratch[0] = x[i]
        scratch[1] = scratch[0] * x[i - 1]
        total = total + scratch[0] * scratch[1]
    return total


@program(X)
@program(-X)
def filled_in_two_branches(x):
    y = np.empty(3)
    if x[0] > 0.0:
        y[:] = x
    else:
        y[:2] = x[1:]
        y[2] = 1.0
    return y * y


@program(X)
def ndarray_made_directly(x):
    y = np.ndarray(3)
    y[:] = x * x
    return y
