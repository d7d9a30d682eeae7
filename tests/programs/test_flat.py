"""``x.flat``: reads, writes and loops in the order of the elements, on arrays that lie one after the other and others."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])
Y = np.array([1.5, 0.2, -0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3], [0.7, 0.4, 1.1]])
B = np.array([[0.5, -1.2, 2.0, 0.9], [1.5, 0.2, -0.3, 0.6]])


def test_program(program, check):
    check(program)


@program(A)
def elements_read(a):
    return a.flat[4] * a.flat[-1] + a.flat[0] * a


@program(A, 2)
def element_read_at_an_argument(a, k):
    return a.flat[k + 1] * a.T.flat[k] * a.T


@program(A)
def slice_read_is_a_copy(a):
    b = a * a
    part = b.flat[2:7:2]
    part[0] = 3.0
    b.flat[4] = 1.0
    return part * b[1]


@program(A)
def indices_read(a):
    return a.flat[[0, 5, 5, -2]] * a.flat[np.array([1, 2, 3, 4])]


@program(A)
def mask_read(a):
    return np.sum(a.flat[a.ravel() > 0.3] ** 2)


@program(A)
def read_of_a_transpose(a):
    b = (a * a).T
    return b.flat[1:5] * b.flat[3] * b.flat[[8, 0, 2, 2]]


@program(B)
def read_of_a_part(b):
    part = b[:, 1:3]
    return part.flat[1] * part.flat[1:4] * part.flat[[3, 0, 0]]


@program(A)
def whole_read(a):
    return a.flat[:] * a.flat[...]


@program(X)
def of_a_vector(x):
    y = x * x
    y.flat[1] = x[0] * x[2]
    y.flat[2:] = x[:2]
    y.flat[[0, 3]] *= x[1]
    return y * y.flat[0]


@program(X)
def of_every_second_element(x):
    y = np.sin(x)
    y[::2].flat[1] = x[0] * x[1]
    y[::2].flat[:] += x[2]
    return y * x


@program(A)
def written_through_a_transpose(a):
    b = a * a
    b.T.flat[1] = a[0, 0]
    b.T.flat[[2, 5]] = a[1, :2]
    b.T.flat[6:] = a[2]
    return b @ a


@program(B)
def written_through_a_part(b):
    c = b * b
    c[:, 1:3].flat[2] = b[0, 0]
    c[:, 1:3].flat[::3] = b[0, 1:3] * b[1, 1:3]
    return c * b


@program(A, Y)
def values_repeated(a, y):
    b = a * a
    b.flat[1:8] = y
    return b * a


@program(A, Y)
def values_left_over(a, y):
    b = a * a
    b.flat[[1, 7]] = y
    return b * a


@program(A)
def number_to_many(a):
    b = a * a
    b.flat[2:5] = a[0, 0]
    b.flat[a.ravel() > 1.0] = a[1, 1]
    b.flat[[6, -1]] = 0.5
    return b * a


@program(A)
def indices_named_twice(a):
    b = a * a
    b.flat[[3, 3, 5]] = a[0]
    return b * a


@program(A)
def written_where_a_mask_holds(a):
    b = a * a
    b.flat[a.ravel() > 1.0] = a[0, :2]
    return b * a


@program(A)
def augmented(a):
    b = a * a
    b.flat[3] += a[0, 0]
    b.flat[::2] *= a.flat[::2]
    b.flat[[1, 3]] -= a[1, :2]
    return b * a


@program(A, 4)
def diagonal_by_a_step(a, step):
    b = a.copy()
    b.flat[::step] += a[0] ** 2
    return np.linalg.inv(b + 4.0 * np.eye(3))


@program(A)
def assigned_whole(a):
    b = np.empty((3, 3))
    b.flat = a.T
    c = np.zeros((3, 3)).T
    c.flat = a[0]
    d = np.zeros((2, 2))
    d.flat = a
    e = np.ones((2, 2))
    e.flat = a[0, 0]
    return b @ c + np.sum(d * e)


@program(A)
def assigned_to_a_part(a):
    b = np.zeros((4, 4))
    b[1:, 1:].flat = a.ravel() ** 2
    b[0, ::2].flat = a[0]
    return b @ b


@program(A)
def loop_over_elements(a):
    total = 0.0
    for v in a.T.flat:
        total = total * 0.5 + v * v
    return total


@program(A)
def loop_with_places(a):
    total = 0.0
    for k, v in enumerate(a.flat):
        total = total + (k + 1) * v**2
    return total + sum(v * w for v, w in zip(a.flat, a.T.flat, strict=True))


@program(A)
def loop_that_writes(a):
    b = np.zeros((3, 3))
    for k, v in enumerate(a.flat):
        b.flat[k] = v * v + (b.flat[k - 1] if k > 0 else 0.0)
    return b


@program(A)
def loop_that_writes_through_a_transpose(a):
    b = a * 2.0
    for k in range(b.size):
        b.T.flat[k] *= b.flat[0]
    return b


@program(A)
def given_to_functions(a):
    return np.sum(a.flat) + np.prod(list(a.T.flat)) + np.dot(np.array(a.flat), np.asarray(a.T.flat)) + len(a.flat)


@program(A)
def kept_in_a_variable(a):
    b = a * a
    elements = b.flat
    elements[2] = a[1, 1]
    b[1, 1] = 0.5
    return elements[4] * elements[2] * b


@program(A)
def copy_of_flat(a):
    b = a * a
    kept = b.flat.copy()
    b.flat[0] = 1.0
    return kept[:3] * b[0]


def scaled(a, factor):
    for k in range(0, a.size, 2):
        a.flat[k] *= factor


@program(A)
def in_a_callee(a):
    b = a * a
    scaled(b, a[0, 0])
    scaled(b.T[1:], a[1, 1])
    return b


@program(A)
def in_the_argument(a):
    a.flat[3] = a.flat[1] ** 2
    a.flat[5:] += a[0, 0]
    return a


@program(A)
@program(-A)
def in_a_branch(a):
    b = a * a
    if a[0, 0] > 0.0:
        b.flat[1:4] = a[0]
    else:
        b.T.flat[2] = a[1, 0]
    return b


GRID = np.zeros((2, 3))


@program(A)
def of_a_captured_array(a):
    GRID.flat[:3] = a[0] * a[1]
    GRID.flat[-1] = a[2, 2]
    return GRID * GRID.flat[1]
