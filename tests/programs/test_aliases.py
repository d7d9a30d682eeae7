"""Two names of one array: a write through one is seen through the other; buffers that change places."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
Y = np.array([1.5, 0.2, -0.3])


def test_program(program, check):
    check(program)


@program(X)
def write_through_the_second_name(x):
    a = x * x
    b = a
    b[0] = x[1] * x[2]
    return a * x


@program(X)
def write_through_the_first_name(x):
    a = x * x
    b = a
    a[0] = x[1] * x[2]
    return a * b


@program(X)
def augmented_through_the_second_name(x):
    a = x * x
    b = a
    b += x
    b *= 2.0
    return a * b


@program(X)
def rebound_is_no_write(x):
    a = x * x
    b = a
    b = b + x
    b[0] = 1.0
    return a * b


@program(X)
def copy_is_no_alias(x):
    a = x * x
    b = a.copy()
    b[0] = x[1]
    a[2] = x[0]
    return a * b


@program(X)
def alias_of_the_argument(x):
    y = x
    y[0] = x[1] ** 2
    return x * y


@program(X)
def three_names(x):
    a = b = c = np.sin(x)
    a[0] = x[0]
    b[1] = a[0] * x[1]
    c[2] = b[1] * a[2]
    return a + b * c


@program(X)
@program(-X)
def alias_from_a_branch(x):
    a, b = x * x, np.sin(x)
    c = a if x[0] > 0.0 else b
    c[1] = x[2] * x[0]
    return a * b + c


@program(X)
@program(-X)
def alias_bound_in_a_branch(x):
    a = x * x
    b = np.sin(x)
    if x[0] > 0.0:
        b = a
    b[0] = x[1] * 3.0
    return a * b


def added(target, source):
    target += source
    return target


@program(X)
def same_array_passed_twice(x):
    a = x * x
    added(a, a)
    return a * x


def crossed(p, q):
    p[0] = q[1] * 2.0
    q[1] = p[0] * q[2]
    return p * q


@program(X)
def same_array_passed_twice_and_written_twice(x):
    a = np.sin(x)
    return crossed(a, a) * a


@program(X, Y)
def the_callee_with_different_arrays(x, y):
    a, b = np.sin(x), np.cos(y)
    return crossed(a, b) * a + b


@program(X)
def result_of_a_callee_is_its_argument(x):
    a = x * x
    b = added(a, x)
    b[0] = 5.0
    return a * b


@program(X, Y)
def buffers_swapped(x, y):
    a, b = x * x, y * y
    a, b = b, a
    a[0] = x[0]
    b[1] = y[1] * a[0]
    return a * x + b * y


@program(X)
def ping_pong(x):
    old, new = x.copy(), np.zeros(3)
    for _ in range(4):
        new[0] = old[0] * 0.5 + np.sin(old[1])
        new[1] = old[0] * old[2]
        new[2] = old[1] - old[2]
        old, new = new, old
    return old * x


@program(X)
def ping_pong_an_odd_number_of_times(x):
    old, new = x.copy(), np.empty(3)
    for _ in range(3):
        new[:] = np.sin(old) + old[::-1]
        old, new = new, old
    return old * new


@program(X)
def previous_kept_by_name_not_by_value(x):
    y = x * x
    previous = y
    for i in range(3):
        y[i] = y[i] + previous[i - 1]
    return y * previous


@program(X)
def previous_kept_by_value(x):
    y = x * x
    for i in range(3):
        previous = y.copy()
        y[i] = y[i] + previous[i - 1]
        y += previous
    return y


@program(X)
def swapped_by_a_third_name(x):
    a, b = x * x, np.cos(x)
    c = a
    a = b
    b = c
    a[0] = x[1]
    c[2] = x[0]
    return a * b + c


@program(X)
def alias_made_in_a_loop(x):
    a = x * x
    for i in range(3):
        b = a
        b[i] *= x[i - 1]
    return a


@program(X)
def array_of_an_array_is_a_copy(x):
    a = x * x
    b = np.array(a)
    b[0] = x[2]
    a[1] = x[0]
    return a * b


@program(X)
def the_last_of_several_versions(x):
    a = x * x
    versions = []
    for i in range(3):
        a[i] = a[i] * x[i]
        versions.append(a)
    return versions[0] * versions[2]


@program(X)
def copies_of_several_versions(x):
    a = x * x
    versions = []
    for i in range(3):
        a[i] = a[i] * x[i]
        versions.append(a.copy())
    return versions[0] * versions[1] + versions[2]
