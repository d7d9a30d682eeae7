"""``+=`` and its kin on whole arrays, slices, elements, masks and integer arrays."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, 1.2, 2.0, 0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3], [0.7, 0.4, 1.1]])


def test_program(program, check):
    check(program)


@program(X)
def whole_array_added_to(x):
    y = x * x
    y += np.sin(x)
    return y * x


@program(X)
def whole_array_reduced(x):
    y = x * x
    y -= x[0]
    return y * y


@program(X)
def whole_array_scaled(x):
    y = np.sin(x)
    y *= x
    return y * y


@program(X)
def whole_array_divided(x):
    y = np.sin(x)
    y /= x
    return y * y


@program(X)
def whole_array_raised(x):
    y = x * 1.5
    y **= 3
    return y


@program(X)
def raised_to_an_active_power(x):
    y = x * 1.5
    y **= x
    return y


@program(A)
def matrix_multiplied(a):
    b = a * a
    b @= a
    return b


@program(X)
def scaled_by_itself(x):
    y = x * 1.0
    y *= y
    y += y
    return y * x


@program(X)
def scaled_by_a_constant(x):
    y = x * x
    y *= 0.5
    y /= 4
    y += 1
    return y


@program(X)
def squared_before_it_is_scaled(x):
    y = np.cos(x)
    squares = y * y
    y *= 3.0
    return squares * y


@program(X)
def element_added_to(x):
    y = x * x
    y[1] += x[0] * x[3]
    return y * y


@program(X)
def element_scaled(x):
    y = x * x
    y[1] *= y[0]
    y[2] *= y[2]
    return y


@program(X)
def element_divided(x):
    y = x * x
    y[0] /= x[1]
    y[1] /= y[0]
    return y


@program(X)
def element_raised(x):
    y = x * 1.0
    y[2] **= 2
    y[1] **= x[0]
    return y


@program(X)
def element_reduced(x):
    y = x * x
    y[0] -= y[1] * x[2]
    return y * x


@program(X)
def negative_of_itself(x):
    y = x * x
    y[0] -= 2.0 * y[0]
    y[1:] -= y[1:] * x[1:]
    return y


@program(X)
def slice_added_to(x):
    y = x * x
    y[1:] += y[:-1] * x[0]
    return y


@program(X)
def slice_added_to_itself_overlapping(x):
    y = x * x
    y[1:] += y[:-1]
    y[:-1] *= y[1:]
    return y


@program(X)
def strided_slice_scaled(x):
    y = x * x
    y[::2] *= x[1::2]
    return y


@program(A)
def row_subtracted(a):
    b = a.copy()
    b[1] -= b[0] * (b[1, 0] / b[0, 0])
    b[2] -= b[0] * (b[2, 0] / b[0, 0])
    return b


@program(A)
def column_scaled(a):
    b = a.copy()
    b[:, 1] *= a[:, 0]
    b[:, 2] /= 2.0 + a[0] ** 2
    return b


@program(A)
def centred_in_place(a):
    b = a * a
    b -= b.mean(axis=0)
    b /= np.sqrt(np.sum(b**2, axis=0) + 0.1)
    return b


@program(X)
def mask_added_to(x):
    y = x * x
    y[x > 0.4] += x[0]
    return y * x


@program(X)
def mask_scaled(x):
    y = x * x
    y[x > 0.4] *= x[x > 0.4]
    return y


@program(X)
def integers_added_to_once_each(x):
    y = x * x
    y[[0, 2, 0]] += x[:3]
    return y * x


@program(X)
def integers_scaled(x):
    y = x * x
    y[[3, 1]] *= x[[0, 1]]
    return y


@program(X)
def accumulated_in_a_loop(x):
    y = np.zeros(4)
    for i in range(4):
        y += x * x[i]
        y[i] *= 0.5
    return y


@program(X)
def scalar_and_array_augmented(x):
    total = 0.0
    y = np.zeros(4)
    for i in range(4):
        total += x[i]
        y[i] += total
        y *= 1.1
    return y * total


@program(X)
def histogram_of_weights(x):
    bins = np.zeros(3)
    for k, i in enumerate((0, 2, 0, 1)):
        bins[i] += x[k] ** 2
    return bins


@program(X)
def augmented_name_that_was_a_number(x):
    y = x[0]
    y += x
    y *= x
    return y


@program(X)
def old_name_of_a_number_is_kept(x):
    a = x[0] * 2.0
    b = a
    b += x[1]
    return a * b * x


@program(A)
def element_of_a_matrix_in_loops(a):
    b = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            for k in range(3):
                b[i, j] += a[i, k] * a[k, j]
    return b


@program(X)
@program(-X)
def augmented_in_branches(x):
    y = x * x
    if x[0] > 0.0:
        y += x
    else:
        y[1:] -= x[0]
    y[0] *= 2.0
    return y * y
