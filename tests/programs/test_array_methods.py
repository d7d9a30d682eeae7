"""Methods and attributes of arrays, and shapes used as data."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3]])


def test_program(program, check):
    check(program)


@program(A)
def reductions(a):
    return a.sum(axis=0) * a.mean() - a.prod(axis=1)[0]


@program(A)
def transposed(a):
    return a.T @ a + a.transpose() @ a


@program(A)
def reshaped(a):
    return a.reshape(-1)[1:] * a.reshape(3, 2)[0, 0] + a.ravel()[:5] * a.flatten()[1:]


@program(A)
def extrema(a):
    return a.max() * a.min() + a.max(axis=0) * a.argmax()


@program(A)
def shape_in_arithmetic(a):
    rows, columns = a.shape
    return np.sum(a**2) / (rows * columns)


@program(A)
def size_and_ndim(a):
    return np.sum(a * a) / a.size * a.ndim


@program(A)
def length(a):
    return a[len(a) - 1] * len(a[0])


@program(A)
def shape_for_a_new_array(a):
    total = np.zeros(a.shape[1])
    ones = np.ones(a.shape)
    return total + np.sum(a * ones, axis=0) ** 2


@program(A)
def dtype_of_an_argument(a):
    weights = np.arange(3, dtype=a.dtype)
    return a * weights


@program(X)
def copied(x):
    y = x.copy()
    return y * x


@program(X)
def cast(x):
    return x.astype(float) * x.astype(np.float64)


@program(A)
def indices(a):
    return a[0] * a[1, 2] + a[:, 1][0] + a[-1, ::-1] * a[..., 0][1]


@program(X)
def fancy_indices(x):
    return x[[0, 2, 0]] * x[np.array([1, 1, 2])]


@program(X)
def mask(x):
    return np.sum(x[x > 0.0] ** 2)


@program(X)
def new_axes(x):
    return x[:, None] * x[None, :] + x[np.newaxis]


@program(A)
def dot_and_matmul(a):
    return a.dot(a.T) @ a


@program(X)
def cumulative(x):
    return x.cumsum() * x.cumprod()


@program(A)
def chained_methods(a):
    return a.T.reshape(6).clip(-1.0, 1.0).sum() * a


@program(X)
def item_and_tolist(x):
    return x.item(0) * x.squeeze()


@program(A)
def spread(a):
    return a.std() * a.var(axis=0)


@program(X)
def slice_with_a_variable(x):
    n = x.shape[0] // 2
    return x[n:] * x[n]


@program(A, 1)
def index_from_an_argument(a, k):
    return a[k] * a[:, k][0]


@program(np.array(1.5))
def zero_dimensional(a):
    return a * a[()] + a.sum()


@program(X, X[:1])
def broadcast(x, y):
    return x * y + y**2


@program(A)
def swapped_axes(a):
    return a.swapaxes(0, 1) * np.arange(1.0, 4.0)[:, None]
