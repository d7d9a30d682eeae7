"""Single elements of arrays that are assigned: ``x[i] = v``, in branches, in loops, read before and after."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3]])


def test_program(program, check):
    check(program)


@program(X)
def first_element_of_a_copy(x):
    y = x.copy()
    y[0] = np.sin(x[1])
    return y * x


@program(X)
def last_element_by_a_negative_index(x):
    y = np.array(x)
    y[-1] = x[0] * x[1]
    return y * y


@program(X)
def every_element_of_zeros(x):
    y = np.zeros(4)
    for i in range(4):
        y[i] = x[i] ** 2 + i
    return y * x[0]


@program(X)
def zeros_like_filled(x):
    y = np.zeros_like(x)
    for i in range(len(x)):
        y[i] = np.exp(0.1 * x[i]) * x[i - 1]
    return y


@program(X)
def element_written_twice(x):
    y = x * 1.0
    y[1] = x[0] * 3.0
    z = y[1] ** 2
    y[1] = x[2] * x[3]
    return y * z


@program(X)
def overwritten_by_a_constant(x):
    y = x * x
    y[2] = 5.0
    return y * x


@program(X)
def overwritten_by_an_integer(x):
    y = np.sin(x)
    y[2] = 3
    return y * y


@program(X)
def old_value_kept_as_a_number(x):
    y = x * 2.0
    old = y[0]
    y[0] = x[1] * old
    return old * np.sum(y * y)


@program(X)
def old_value_read_by_a_square_after_the_write(x):
    y = x * 2.0
    squares = y * y
    y[0] = 0.5
    return squares * y


@program(X)
def recurrence_in_place(x):
    y = x.copy()
    for i in range(1, 4):
        y[i] = np.sin(y[i - 1]) + 0.5 * y[i] * x[i]
    return y


@program(X)
def recurrence_backwards(x):
    y = x.copy()
    for i in range(2, -1, -1):
        y[i] = y[i] * y[i + 1] + x[0]
    return y


@program(X)
@program(-X)
def write_in_a_branch(x):
    y = x * 1.0
    if x[0] > 0.0:
        y[1] = x[2] ** 2
    else:
        y[2] = x[1] * x[3]
    return y * y


@program(X)
@program(-X)
def write_in_a_branch_in_a_loop(x):
    y = np.ones(4)
    for i in range(4):
        if x[i] > 0.0:
            y[i] = y[i - 1] * x[i]
    return y * x


@program(X)
@program(0.1 * X)
def write_before_a_break(x):
    y = np.zeros(4)
    for i in range(4):
        y[i] = x[i] * np.sum(y + x)
        if y[i] > 1.0:
            break
    return y


@program(X)
@program(-X)
def continue_past_a_write(x):
    y = x.copy()
    for i in range(4):
        if x[i] < 0.0:
            continue
        y[i] = y[i] ** 2
    return y


@program(X)
@program(-X)
def early_return_between_writes(x):
    y = x.copy()
    y[0] = x[1] * x[2]
    if x[0] < 0.0:
        return y
    y[1] = y[0] * x[3]
    return y * y


@program(A)
def element_of_a_matrix(a):
    b = a.copy()
    b[0, 1] = a[1, 2] * a[0, 0]
    b[1, -1] = np.sin(b[0, 1])
    return b * a


@program(A)
def element_by_two_brackets(a):
    b = a.copy()
    b[1][2] = a[0, 0] * a[1, 1]
    return b * b


@program(A)
def matrix_filled_by_two_loops(a):
    n, m = a.shape
    b = np.zeros((m, n))
    for i in range(n):
        for j in range(m):
            b[j, i] = a[i, j] ** 2 + a[0, j]
    return b


@program(X)
def index_computed_from_the_data(x):
    k = int(np.argmax(x))
    y = x.copy()
    y[k] = x[0] * x[k]
    return y * y


@program(X, 2)
def index_from_an_argument(x, k):
    y = x * x
    y[k] = np.tanh(x[0])
    return y


@program(X)
def two_elements_at_once(x):
    y = x * x
    y[0], y[1] = x[1] * x[0], x[2]
    return y * x


@program(X)
def two_elements_swapped(x):
    y = x * x
    y[0], y[3] = y[3], y[0]
    return y * x


@program(X)
def chained_assignment_to_elements(x):
    y = np.ones(4)
    y[0] = y[2] = x[1] * x[3]
    return y * x


@program(X)
def element_as_loop_variable(x):
    y = np.zeros(3)
    total = 0.0
    for y[1] in x:
        total = total + np.sum(y * y)
    return total + y[1]


@program(X)
def write_in_a_while_loop(x):
    y = x.copy()
    k = 0
    while k < 3:
        y[k + 1] = y[k] * np.cos(x[k])
        k += 1
    return y


@program(X)
def buffer_rebuilt_in_each_trip(x):
    total = 0.0
    for i in range(4):
        y = np.zeros(2)
        y[0] = x[i]
        y[1] = y[0] * total + x[0]
        total = total + y[1] * y[0]
    return total


@program(X)
def buffer_with_a_dtype(x):
    y = np.zeros(4, dtype=np.float64)
    y[1] = x[0]
    y[2] = y[1] * x[1]
    return y.astype(float) * x


@program(X)
def integer_table_beside_it(x):
    order = np.zeros(4, dtype=int)
    for i in range(4):
        order[i] = 3 - i
    return x[order] * x


@program(X)
def full_and_ones_written(x):
    y = np.full(4, 2.0)
    z = np.ones_like(x)
    y[0] = x[1]
    z[1] = y[0] * x[2]
    return y * z


@program(np.array([2.0, 1.5, 0.7]))
def polynomial_from_its_roots(roots):
    coefficients = np.zeros(4)
    coefficients[0] = 1.0
    for k in range(3):
        for j in range(k + 1, 0, -1):
            coefficients[j] = coefficients[j] - roots[k] * coefficients[j - 1]
    return coefficients


@program(np.array([0.4, 0.5]), 5)
def linear_recurrence_of_length_n(c, n):
    f = np.empty(n)
    f[0] = 1.0
    f[1] = c[1]
    for k in range(2, n):
        f[k] = c[0] * f[k - 1] + c[1] * f[k - 2]
    return f
