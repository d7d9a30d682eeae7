"""Views: of views, transposed, reshaped, raveled; alive across writes to their base, written through."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3]])
S = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3], [0.7, 0.4, 1.1]])


def test_program(program, check):
    check(program)


@program(X)
def view_alive_across_a_write(x):
    y = x * x
    view = y[1:]
    y[2] = x[0] * x[1]
    return view * x[1:]


@program(X)
def view_read_before_and_after(x):
    y = x * x
    view = y[:2]
    before = view * 2.0
    y[0] = x[3]
    return before * view


@program(X)
def write_through_a_view(x):
    y = x * x
    view = y[1:3]
    view[0] = x[0] * x[3]
    return y * x


@program(X)
def whole_view_assigned(x):
    y = x * x
    view = y[::2]
    view[:] = np.sin(x[:2])
    return y * x


@program(X)
def view_augmented(x):
    y = x * x
    view = y[1:]
    view += x[:3]
    view *= 2.0
    return y * x


@program(X)
def view_of_a_view(x):
    y = x * x
    view = y[1:][::-1][1:]
    view[0] = x[0] * x[1]
    y[1] *= x[2]
    return y * np.sum(view)


@program(X)
def two_views_that_overlap(x):
    y = x * x
    left, right = y[:3], y[1:]
    left[1] = x[0]
    right[1] = left[1] * x[3]
    return left * right


@program(X)
def views_that_do_not_overlap(x):
    y = x * x
    even, odd = y[::2], y[1::2]
    even[:] = odd * x[0]
    odd += even
    return y


@program(S)
def row_as_a_view(a):
    b = a.copy()
    row = b[1]
    row[2] = a[0, 0] * a[1, 1]
    row += a[0]
    return b * b


@program(S)
def column_as_a_view(a):
    b = a.copy()
    column = b[:, 1]
    column *= a[:, 0]
    b[0] = column
    return b * b


@program(S)
def rows_as_loop_variables(a):
    b = a.copy()
    for row in b:
        row *= row[0]
    return b * a


@program(S)
def rows_of_zip_as_targets(a):
    b = np.zeros((3, 3))
    for target, source in zip(b, a):
        target[:] = source**2
        target[0] += source[1]
    return b @ a


@program(S)
def write_through_a_transpose(a):
    b = a.copy()
    b.T[0] = a[1] * a[2]
    return b * b


@program(S)
def transpose_with_a_name(a):
    b = a.copy()
    t = b.T
    t[0, 1] = a[2, 2] ** 2
    b[2, 0] = t[0, 1] * a[0, 0]
    return b * t


@program(A)
def transpose_augmented(a):
    b = a.copy()
    t = b.T
    t *= np.arange(1.0, 4.0)[:, None]
    t += a[:, 0]
    return b * a


@program(A)
def reshaped_view(a):
    b = a * a
    flat = b.reshape(6)
    flat[4] = a[0, 0] * a[0, 1]
    return b * a


@program(A)
def raveled_view(a):
    b = a * a
    flat = b.ravel()
    flat[::2] = a[0]
    return b * a


@program(A)
def ravel_that_copies(a):
    b = a * a
    flat = b.T.ravel()
    flat[0] = a[1, 1]
    return np.sum(b * a) * flat


@program(A)
def flatten_copies(a):
    b = a * a
    flat = b.flatten()
    flat[:] = 1.0
    return b * a + flat[0]


@program(A)
def reshape_that_copies(a):
    b = a * a
    flat = b.T.reshape(-1)
    flat += a[0, 0]
    return np.sum(b * a) * flat


@program(X)
def reshaped_to_a_matrix(x):
    y = x * x
    m = y.reshape(2, 2)
    m[1] = m[0] * x[0]
    return y * x


@program(S)
def diagonal_of_a_written_matrix(a):
    b = a * a
    d = b.diagonal()
    b[1, 1] = a[0, 2] * a[0, 1]
    return d * a[0]


@program(S)
def diagonal_by_a_strided_view(a):
    b = a * a
    b.reshape(-1)[::4] += a[0]
    return b @ a


@program(X)
def squeezed_view(x):
    y = (x * x).reshape(1, 4, 1)
    view = np.squeeze(y)
    view[2] = x[0] * x[1]
    return y[0, :, 0] * x


@program(X)
def axis_added_by_none(x):
    y = x * x
    column = y[:, None]
    column[1, 0] = x[3] * x[0]
    return y * x


@program(X)
def expanded_view(x):
    y = x * x
    row = np.expand_dims(y, 0)
    row[0, 1:] *= x[0]
    return y


@program(X)
def asarray_is_an_alias(x):
    y = x * x
    z = np.asarray(y)
    z[0] = x[1] * x[2]
    return y * x


@program(X)
def asarray_of_the_argument(x):
    y = np.asarray(x, dtype=float)
    y[0] = x[1] * x[2]
    return y * x


@program(X)
def ascontiguousarray_of_a_view(x):
    y = x * x
    z = np.ascontiguousarray(y[::2])
    z[0] = x[1]
    return np.sum(y) * z


@program(X)
def chained_stores(x):
    y = x * x
    y[1:][0] = x[0] * x[3]
    y[:3][1:][1] *= x[2]
    return y


@program(S)
def chained_stores_in_a_matrix(a):
    b = a.copy()
    b[1:][0][2] = a[0, 0] ** 2
    b[:, 1:][0] += a[2, :2]
    return b * b


@program(S)
def view_chosen_by_an_index(a):
    b = a.copy()
    for i in range(3):
        row = b[i]
        row[i] = row[i - 1] * a[i, i]
    return b


@program(X)
@program(-X)
def view_from_a_branch(x):
    y = x * x
    view = y[:2] if x[0] > 0.0 else y[2:]
    view[0] = x[1] * x[3]
    return y * x


@program(X)
def view_outlives_its_base_name(x):
    y = x * x
    view = y[1:]
    y = np.cos(x)
    view[0] = x[2] * x[0]
    y[0] = view[0]
    return y[1:] * view


@program(X)
def swapaxes_and_moveaxis(x):
    y = np.zeros((2, 2, 1))
    np.swapaxes(y, 0, 1)[0] = x[:2, None]
    np.moveaxis(y, 2, 0)[0, 1] *= x[2:]
    y[1, 1, 0] = x[3]
    return y[:, :, 0] @ y[:, :, 0]


@program(X)
def split_into_views(x):
    y = x * x
    left, right = np.split(y, 2)
    left[0] = x[3]
    right *= left
    return y


@program(X)
def flipped_view(x):
    y = x * x
    backwards = np.flip(y)
    backwards[0] = x[0] * x[1]
    return y * backwards


@program(X)
def broadcast_view_read_after_a_write(x):
    y = x * x
    rows = np.broadcast_to(y, (2, 4))
    y[0] = x[1] * x[2]
    return rows * x


@program(X)
def window_slides_over_a_written_array(x):
    y = np.zeros(6)
    y[:4] = x
    for i in range(2):
        window = y[i : i + 3]
        y[i + 3] = np.sum(window * window) * 0.3
    return y


@program(X)
def where_of_a_view(x):
    y = x * x
    z = np.where(x > 0.0, y[:], -y[:])
    y[0] = 9.0
    return z * y


@program(A)
def real_part_is_a_view(a):
    b = a * a
    b.real[0] = a[1]
    return b * a
