"""NumPy's functions and methods that write: ``np.add.at``, ``out=``, ``copyto``, ``put``, ``fill``, ``sort``, ``.flat``."""

import operator

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])
Y = np.array([1.5, 0.2, -0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3], [0.7, 0.4, 1.1]])
REPEATED = np.array([1, 2, 1])


def test_program(program, check):
    check(program)


@program(X, Y)
def added_at_repeated_indices(x, y):
    z = x * x
    np.add.at(z, REPEATED, y * y)
    return z * x


@program(X, Y)
def subtracted_at_repeated_indices(x, y):
    z = x * x
    np.subtract.at(z, REPEATED, y)
    return z * x


@program(X)
def a_number_added_at(x):
    z = np.zeros(4)
    np.add.at(z, [0, 0, 3], x[1])
    return z * x


@program(A, Y)
def rows_added_at(a, y):
    b = a * a
    np.add.at(b, [0, 0, 2], y)
    return b


@program(A, Y)
def pairs_added_at(a, y):
    b = a * a
    np.add.at(b, ([0, 1, 0], [2, 2, 2]), y * y)
    return b * a


@program(X, Y)
def multiplied_at(x, y):
    z = x * x
    np.multiply.at(z, np.array([0, 3, 1]), y)
    return z


@program(X)
def out_of_a_ufunc(x):
    y = np.zeros(4)
    np.sin(x, out=y)
    return y * x


@program(X)
def out_is_an_operand(x):
    y = x * x
    np.multiply(y, x, out=y)
    np.exp(y * 0.1, out=y)
    return y * y


@program(X)
def out_is_both_operands(x):
    y = np.sin(x)
    np.multiply(y, y, out=y)
    return y * x


@program(X)
def out_by_position(x):
    y = np.empty(4)
    np.add(x, x * x, y)
    return y


@program(X)
def out_is_a_slice(x):
    y = np.ones(6)
    np.multiply(x, x, out=y[1:5])
    return y * y


@program(X)
def result_of_out_is_out(x):
    y = np.zeros(4)
    z = np.cos(x, out=y)
    z[0] = x[1] * x[2]
    return y * z


@program(A)
def out_of_a_product(a):
    b = np.empty((3, 3))
    np.matmul(a, a, out=b)
    np.dot(b.copy(), a, out=b)
    return b


@program(A)
def out_of_a_reduction(a):
    total = np.zeros(3)
    np.sum(a * a, axis=0, out=total)
    return total * a


@program(A)
def out_of_a_scan(a):
    b = np.empty((3, 3))
    np.cumsum(a * a, axis=1, out=b)
    return b * a


@program(X)
def out_with_where(x):
    y = np.ones(4)
    np.log(x + 2.0, out=y, where=x > 0.0)
    return y * x


@program(X)
def divided_where_it_can_be(x):
    y = np.zeros(4)
    np.divide(1.0, x, out=y, where=np.abs(x) > 0.4)
    return y * x


@program(X)
def clipped_in_place(x):
    y = x * 1.5
    np.clip(y, -1.0, 1.0, out=y)
    return y * x


@program(X, Y)
def copied_into(x, y):
    z = x * x
    np.copyto(z[1:], y)
    return z * x


@program(X)
def copied_where(x):
    z = x * x
    np.copyto(z, x[0], where=x < 0.4)
    return z


@program(X)
def filled_with_a_number(x):
    z = np.empty(4)
    z.fill(x[1] * x[2])
    z[0] = 1.0
    return z * x


@program(X)
def filled_with_a_constant(x):
    z = x * x
    w = np.sum(z)
    z.fill(2.0)
    return z * w


@program(X, Y)
def put(x, y):
    z = x * x
    np.put(z, [0, 3], y[:2])
    z.put(1, y[2])
    return z * x


@program(X)
def put_where_a_mask_holds(x):
    z = x * x
    np.putmask(z, x > 0.0, x)
    return z * x


@program(X)
def placed(x):
    z = x * x
    np.place(z, x > 0.0, [x[0], x[1]])
    return z


@program(A)
def put_along_an_axis(a):
    b = a * a
    np.put_along_axis(b, np.array([[0], [2], [1]]), a[:, :1], axis=1)
    return b * a


@program(X)
def sorted_in_place(x):
    y = x * x + x
    y.sort()
    return y * np.arange(4)


@program(A)
def sorted_along_an_axis_in_place(a):
    b = a * 1.5
    b.sort(axis=0)
    return b * a


@program(A)
def diagonal_filled_with_a_number(a):
    b = a * a
    np.fill_diagonal(b, a[0, 1])
    return b @ a


@program(A, Y)
def diagonal_filled_with_an_array(a, y):
    b = a * a
    np.fill_diagonal(b, y)
    return b @ a


@program(A)
def element_of_flat(a):
    b = a * a
    b.flat[4] = a[0, 0]
    b.flat[-1] *= a[0, 1]
    return b


@program(A)
def slice_of_flat(a):
    b = a * a
    b.flat[::4] = a[0]
    return b @ a


@program(A)
def flat_assigned(a):
    b = np.zeros((3, 3))
    b.flat = a.ravel() ** 2
    return b @ a


@program(X)
def accumulate_into_out(x):
    y = np.empty(4)
    np.add.accumulate(x * x, out=y)
    np.multiply.accumulate(1.0 + 0.1 * y, out=y)
    return y


@program(X)
def shape_assigned(x):
    y = x * x
    y.shape = (2, 2)
    y[0, 1] = x[0]
    return y @ y


@program(X)
def itemset_through_indices(x):
    y = x * x
    y.__setitem__(1, x[0] * x[2])
    return y * x


@program(X)
def operators_by_name(x):
    y = x * x
    operator.setitem(y, 1, x[0] * x[2])
    z = operator.iadd(y, x)
    operator.imul(z, operator.getitem(x, 3))
    return y * x


@program(X)
def operators_as_methods(x):
    y = x.__mul__(x)
    y.__setitem__(slice(1, 3), y.__getitem__(0))
    y.__iadd__(x.__rsub__(1.0))
    return y.__truediv__(2.0).__neg__()


@program(X)
def operators_on_containers(x):
    values = [x[0], x[1]]
    operator.setitem(values, 0, x[2] * x[3])
    table = {"a": x[0]}
    table.__setitem__("a", table.__getitem__("a") * x[1])
    values = operator.iadd(values, [table["a"]])
    return values[0] * values[1] + values[2] * x
