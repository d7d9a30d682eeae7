"""srcad.jacfwd, jacrev, jacobian, hessian and hvp."""

import numpy as np
import pytest

import srcad
from tests.support import assert_same, parameters

X = np.array([1.0, 2.0, 3.0])
Y = np.array([4.0, 5.0])
A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
V = np.array([2.0, -1.0, 0.5])

JACOBIANS = [srcad.jacfwd, srcad.jacrev, srcad.jacobian]
every_jacobian = pytest.mark.parametrize("transform", JACOBIANS, ids=lambda f: f.__name__)
every_matrix = pytest.mark.parametrize("transform", [*JACOBIANS, srcad.hessian], ids=lambda f: f.__name__)


def squares(x):
    return x**2


def cubes(x):
    return np.sum(x**3)


def products(x, y):
    return np.outer(x, y)


# Signatures -------------------------------------------------------------------------------------------------


def test_signature_of_jacrev():
    named = "POSITIONAL_OR_KEYWORD"
    empty = parameters(squares)[0][2]
    expected = [("f", named, empty), ("argnums", named, 0)]
    expected += [("has_aux", "KEYWORD_ONLY", False), ("chunk_size", "KEYWORD_ONLY", None)]

    assert expected == parameters(srcad.jacrev)


def test_signature_of_jacfwd():
    named = "POSITIONAL_OR_KEYWORD"
    empty = parameters(squares)[0][2]

    assert [("f", named, empty), ("argnums", named, 0), ("has_aux", named, False)] == parameters(srcad.jacfwd)


@pytest.mark.parametrize("transform", [srcad.hessian, srcad.hvp], ids=["hessian", "hvp"])
def test_signature_of_hessian_and_hvp(transform):
    named = "POSITIONAL_OR_KEYWORD"
    empty = parameters(squares)[0][2]

    assert [("f", named, empty), ("argnums", named, 0)] == parameters(transform)


def test_signature_of_jacobian_starts_like_the_others():
    named = "POSITIONAL_OR_KEYWORD"
    empty = parameters(squares)[0][2]

    assert [("f", named, empty), ("argnums", named, 0)] == parameters(srcad.jacobian)[:2]


# Jacobians --------------------------------------------------------------------------------------------------


@every_jacobian
def test_jacobian_of_an_elementwise_function(transform):
    assert_same(np.diag(2 * X), transform(squares)(X))


@every_jacobian
def test_jacobian_of_a_linear_function_is_its_matrix(transform):
    assert_same(A, transform(lambda x: A @ x)(X))


@every_jacobian
def test_shape_is_that_of_the_output_then_the_input(transform):
    expected = np.zeros((3, 2, 3))
    for i in range(3):
        for j in range(2):
            expected[i, j, i] = Y[j]

    assert_same(expected, transform(products)(X, Y))


@every_jacobian
def test_scalar_output_gives_the_gradient(transform):
    assert_same(3 * X**2, transform(cubes)(X))


@every_jacobian
@pytest.mark.parametrize("out_shape", [(), (1,), (1, 1)])
@pytest.mark.parametrize("in_shape", [(), (1,), (1, 1)])
def test_sizes_of_one_keep_their_axes(transform, out_shape, in_shape):
    actual = transform(lambda x: (x**2).reshape(out_shape))(np.full(in_shape, 3.0))

    assert_same(np.full(out_shape + in_shape, 6.0), actual)


@every_jacobian
def test_python_float(transform):
    assert_same(np.float64(12.0), transform(lambda x: x**3)(2.0))


@every_jacobian
def test_wide_and_tall_jacobians(transform):
    rows = np.arange(1.0, 13.0).reshape(6, 2)

    assert_same(rows, transform(lambda y: rows @ y)(Y))
    assert_same(rows.T, transform(lambda x: rows.T @ x)(np.ones(6)))


@every_jacobian
def test_empty_arrays(transform):
    assert_same(np.zeros((0, 3)), transform(lambda x: x[:0] ** 2)(X))
    assert_same(np.zeros((2, 0)), transform(lambda x: np.sum(x**2) * Y)(np.zeros(0)))
    assert_same(np.zeros((0, 0)), transform(squares)(np.zeros(0)))


@every_jacobian
def test_constant_output_gives_zeros(transform):
    assert_same(np.zeros((2, 3)), transform(lambda x: np.ones(2))(X))


@every_jacobian
def test_tuple_of_outputs(transform):
    assert_same((np.diag(2 * X), 2 * X), transform(lambda x: (x**2, np.sum(x**2)))(X))


@every_jacobian
def test_loop_and_branch(transform):
    def f(x):
        total = 0.0
        for i in range(len(x)):
            total = total * x[i] + (x[i] ** 2 if x[i] > 1.5 else -x[i])
        return total

    # ((-x0) x1 + x1²) x2 + x2² at (1, 2, 3)
    assert_same(np.array([-6.0, 9.0, 8.0]), transform(f)(X))


def test_jacrev_has_the_dtype_of_the_input():
    x = X.astype(np.float32)

    assert_same(np.diag(2 * V).astype(np.float32), srcad.jacrev(lambda x: 2 * V * x)(x))
    assert_same(np.eye(3), srcad.jacrev(lambda x: x.astype(np.float32))(X))


def test_jacfwd_has_the_dtype_of_the_output():
    x = X.astype(np.float32)

    assert_same(np.diag(2 * V), srcad.jacfwd(lambda x: 2 * V * x)(x))
    assert_same(np.eye(3, dtype=np.float32), srcad.jacfwd(lambda x: x.astype(np.float32))(X))


@every_jacobian
@pytest.mark.parametrize("dtype", [np.float16, np.float32], ids=lambda t: t.__name__)
def test_one_dtype_stays(transform, dtype):
    assert_same(np.diag(2 * X).astype(dtype), transform(squares)(X.astype(dtype)))


@every_jacobian
def test_function_is_called_once(transform, capsys):
    def announce(x):
        print("called")
        return x**2

    transform(announce)(X)

    assert "called\n" == capsys.readouterr().out


@every_jacobian
def test_random_draws_are_the_same_for_all_rows(transform):
    rng = np.random.default_rng(3)
    noise = np.random.default_rng(3).standard_normal(3)

    assert_same(np.diag(2 * X * noise), transform(lambda x: x**2 * rng.standard_normal(3))(X))


@every_jacobian
def test_results_share_no_memory(transform):
    matrix = A.copy()

    jacobian = transform(lambda x: matrix @ x)(X)

    assert not np.shares_memory(jacobian, matrix)
    assert jacobian.flags.writeable


@every_jacobian
def test_blocks_share_no_memory(transform):
    first, second = transform(lambda x: (x, x))(X)

    assert not np.shares_memory(first, second)


def test_jacrev_refuses_an_integer_output():
    with pytest.raises(RuntimeError):
        srcad.jacrev(lambda x: np.argsort(x))(X)


@every_matrix
@pytest.mark.parametrize("x", [np.array([1, 2]), 3, "x", [X, 3]], ids=["array", "int", "text", "list"])
def test_differentiated_argument_must_hold_floats(transform, x):
    with pytest.raises(srcad.DifferentiationError):
        transform(lambda x: np.float64(1.0))(x)


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 100])
def test_chunk_size_changes_no_numbers(chunk_size):
    def f(x):
        return np.sin(x) * np.sum(x), x[0]

    assert_same(srcad.jacrev(f)(X), srcad.jacrev(f, chunk_size=chunk_size)(X))


@pytest.mark.parametrize("chunk_size", [0, -1])
def test_chunk_size_must_be_positive_at_construction(chunk_size):
    with pytest.raises(ValueError):
        srcad.jacrev(squares, chunk_size=chunk_size)


# Hessians ---------------------------------------------------------------------------------------------------


def test_hessian_of_a_scalar_function():
    assert_same(np.diag(6 * X), srcad.hessian(cubes)(X))


def test_hessian_of_the_rosenbrock_function():
    def rosen(x):
        r = x[1:] - x[:-1] ** 2
        return np.sum(100.0 * r**2 + (1.0 - x[:-1]) ** 2)

    x0, x1, x2 = X
    expected = np.array(
        [
            [1200 * x0**2 - 400 * x1 + 2, -400 * x0, 0.0],
            [-400 * x0, 202 + 1200 * x1**2 - 400 * x2, -400 * x1],
            [0.0, -400 * x1, 200.0],
        ]
    )

    assert_same(expected, srcad.hessian(rosen)(X))


def test_hessian_of_a_vector_function():
    expected = np.zeros((3, 3, 3))
    for i in range(3):
        expected[i, i, i] = 2.0

    assert_same(expected, srcad.hessian(squares)(X))


def test_hessian_from_one_to_one():
    assert_same(np.full((1, 1, 1), 2.0), srcad.hessian(squares)(np.array([3.0])))


def test_hessian_of_a_python_float():
    assert_same(np.float64(12.0), srcad.hessian(lambda x: x**3)(2.0))


def test_hessian_of_a_matrix():
    a = np.array([[1.0, 2.0], [3.0, 4.0]])

    assert_same(np.diag(6 * a.ravel()).reshape(2, 2, 2, 2), srcad.hessian(cubes)(a))


def test_hessian_of_linear_and_constant_functions():
    assert_same(np.zeros((3, 3)), srcad.hessian(lambda x: np.sum(x))(X))
    assert_same(np.zeros((3, 3)), srcad.hessian(lambda x: np.float64(1.0))(X))
    assert_same(np.zeros((2, 3, 3)), srcad.hessian(lambda x: A @ x)(X))


def test_hessian_of_an_empty_array():
    assert_same(np.zeros((0, 0)), srcad.hessian(cubes)(np.zeros(0)))


def test_hessian_calls_the_function_once(capsys):
    def announce(x):
        print("called")
        return np.sum(x**3)

    srcad.hessian(announce)(X)

    assert "called\n" == capsys.readouterr().out


def test_hessian_of_two_arguments():
    mixed = np.outer(2 * X, 3 * Y**2)
    expected = ((2 * np.sum(Y**3) * np.eye(3), mixed), (mixed.T, np.sum(X**2) * np.diag(6 * Y)))

    assert_same(expected, srcad.hessian(lambda a, b: np.sum(a**2) * np.sum(b**3), (0, 1))(X, Y))


def test_hessian_of_a_tuple_output():
    def f(a, b):
        return np.sum(a**2) * b, a * b**2

    # at a = X, b = 3: first out (), second (3,)
    first = ((2 * 3.0 * np.eye(3), 2 * X), (2 * X, np.float64(0.0)))
    second = ((np.zeros((3, 3, 3)), 2 * 3.0 * np.eye(3)), (2 * 3.0 * np.eye(3), 2 * X))

    assert_same((first, second), srcad.hessian(f, (0, 1))(X, 3.0))


def test_hessian_block_has_the_dtype_of_the_first_argument():
    a, b = np.array([1.0, 2.0], np.float32), np.array([3.0, 4.0])
    expected = (
        (np.diag(2 * b).astype(np.float32), np.diag(2 * a)),
        (np.diag(2.0 * a).astype(np.float64), np.zeros((2, 2))),
    )

    assert_same(expected, srcad.hessian(lambda a, b: np.sum(a**2 * b), (0, 1))(a, b))


def test_hessian_blocks_share_no_memory():
    matrix = np.arange(9.0).reshape(3, 3)

    (_, upper), (lower, _) = srcad.hessian(lambda a, b: a @ matrix @ b, (0, 1))(X, V)

    assert_same((matrix, matrix.T), (upper, lower))
    assert not np.shares_memory(upper, lower)
    assert not np.shares_memory(upper, matrix)


def test_hessian_of_control_flow():
    def f(x):
        total = 0.0
        for i in range(len(x)):
            if x[i] < 0:
                continue
            total += x[i] ** 3 * x[0]
        return total

    # x0⁴ + x2³ x0 at (1, -2, 3)
    expected = np.array([[12.0, 0.0, 27.0], [0.0, 0.0, 0.0], [27.0, 0.0, 18.0]])

    assert_same(expected, srcad.hessian(f)(np.array([1.0, -2.0, 3.0])))


# hvp --------------------------------------------------------------------------------------------------------


def test_hvp_takes_v_last():
    assert_same(6 * X * V, srcad.hvp(cubes)(X, V))


def test_hvp_returns_the_product_only():
    assert isinstance(srcad.hvp(cubes)(X, V), np.ndarray)


def test_hvp_of_a_python_float():
    assert_same(np.float64(36.0), srcad.hvp(lambda x: x**3)(2.0, np.float64(3.0)))


def test_hvp_with_other_arguments():
    f = srcad.hvp(lambda x, k, power: k * np.sum(x**power))

    assert_same(12 * X * V, f(X, 2.0, 3, V))


def test_hvp_of_a_later_argument():
    f = srcad.hvp(lambda k, x: k * np.sum(x**3), 1)

    assert_same(12 * X * V, f(2.0, X, V))


def test_hvp_of_several_arguments_takes_a_tuple():
    f = srcad.hvp(lambda a, b: np.sum(a**2 * b**3), (0, 1))
    w = 2 * V
    y = X[::-1].copy()
    expected = (2 * y**3 * V + 6 * X * y**2 * w, 6 * X * y**2 * V + 6 * X**2 * y * w)

    assert_same(expected, f(X, y, (V, w)))


def test_hvp_of_a_pytree():
    f = srcad.hvp(lambda p: np.sum(p["a"] ** 2 * p["b"]))
    w = 2 * V

    expected = {"a": 2 * V * X + 2 * X * w, "b": 2 * X * V}
    assert_same(expected, f({"a": X, "b": X}, {"a": V, "b": w}))


def test_hvp_of_a_linear_function_gives_zeros():
    assert_same(np.zeros(3), srcad.hvp(lambda x: np.sum(x))(X, V))


def test_hvp_has_the_dtype_of_the_argument():
    assert_same((6 * X * V).astype(np.float32), srcad.hvp(cubes)(X.astype(np.float32), V))


def test_hvp_refuses_a_v_unlike_the_argument():
    for v in [np.ones(2), np.ones((3, 1)), np.float64(1.0), (V, V), [V]]:
        with pytest.raises(RuntimeError):
            srcad.hvp(cubes)(X, v)


def test_hvp_needs_a_scalar_function():
    with pytest.raises(srcad.DifferentiationError):
        srcad.hvp(squares)(X, V)


def test_hvp_shares_no_memory_with_v():
    v = V.copy()

    assert not np.shares_memory(srcad.hvp(lambda x: np.sum(x * x) / 2)(X, v), v)


def test_hvp_calls_the_function_once(capsys):
    def announce(x):
        print("called")
        return np.sum(x**3)

    srcad.hvp(announce)(X, V)

    assert "called\n" == capsys.readouterr().out


def positive_part(x):
    return x[x > 0.0] ** 2


def outer_of_the_positive_part(x):
    y = x[x > 0.0]
    return np.outer(y, 2.0 * y), np.sum(x)


def of_more_and_more_axes(x):
    y = x
    for _ in range(2):
        y = y[None] * y[0]
    return y


@pytest.mark.parametrize("f", [positive_part, outer_of_the_positive_part, of_more_and_more_axes])
def test_outputs_of_unknown_size(f):
    x = np.array([0.5, -1.2, 2.0])
    columns, rows = srcad.jacfwd(f)(x), srcad.jacrev(f)(x)

    assert_same(columns, rows)
    assert_same(columns, srcad.jacobian(f)(x))
    assert_same(srcad.jacfwd(srcad.jacfwd(f))(x), srcad.jacrev(srcad.jacrev(f))(x))
    assert_same(columns, srcad.functional.jacobian(f, x, strategy="forward-mode", vectorize=True))


@pytest.mark.parametrize("jacobian", [srcad.jacrev, srcad.jacfwd, srcad.jacobian], ids=lambda f: f.__name__)
def test_no_outputs_have_no_rows(jacobian):
    assert () == jacobian(lambda x: ())(np.ones(3))
    assert {"a": []} == jacobian(lambda x: {"a": []})(np.ones(3))


def test_all_arguments_inside_a_differentiated_function():
    def f(x, y):
        return np.sum(srcad.jacfwd(lambda a, b: a**2 * b, None)(x, y)[0])

    np.testing.assert_allclose(np.array([6.0, 8.0]), srcad.grad(f)(np.array([1.0, 2.0]), np.array([3.0, 4.0])))


def test_the_function_may_be_given_by_its_name():
    assert 12.0 == srcad.grad(lambda x: srcad.grad(f=lambda y: y**3)(x))(2.0)
