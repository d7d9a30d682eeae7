"""srcad.vmap: a function of rows made a function of batches."""

import numpy as np
import pytest

import srcad
from tests.support import assert_locates, assert_same, parameters

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
ROW = np.array([7.0, 8.0, 9.0])


def dot(a, b):
    return a @ b


def normalised(x):
    return x / np.sum(x)


def test_signature():
    named = "POSITIONAL_OR_KEYWORD"
    empty = parameters(dot)[0][2]
    expected = [("f", named, empty), ("in_dims", named, 0), ("out_dims", named, 0)]
    expected += [("chunk_size", "KEYWORD_ONLY", None)]

    # `randomness` may be there or not.
    assert expected == [p for p in parameters(srcad.vmap) if p[0] != "randomness"]


# Values -----------------------------------------------------------------------------------------------------


def test_first_axis_by_default():
    assert_same(np.array([14.0, 77.0]), srcad.vmap(lambda x: x @ x)(X))


def test_every_argument_is_batched_by_default():
    assert_same(np.array([14.0, 154.0]), srcad.vmap(dot)(X, np.stack([X[0], 2 * X[1]])))


def test_none_is_not_batched():
    assert_same(X @ ROW, srcad.vmap(dot, in_dims=(0, None))(X, ROW))
    assert_same(X @ ROW, srcad.vmap(dot, in_dims=(None, 0))(ROW, X))


def test_other_axes():
    assert_same(X.T @ np.array([1.0, 2.0]), srcad.vmap(dot, in_dims=(1, None))(X, np.array([1.0, 2.0])))
    assert_same(np.sum(X * X, axis=1), srcad.vmap(dot, in_dims=(0, 1))(X, X.T))


def test_negative_axes_count_from_the_end():
    assert_same(np.sum(X, axis=0), srcad.vmap(lambda x: np.sum(x), in_dims=-1)(X))
    assert_same(np.sum(X, axis=1), srcad.vmap(lambda x: np.sum(x), in_dims=(-2,))(X))


def test_scalars_in_a_batch():
    assert_same(ROW**2 + 1.0, srcad.vmap(lambda t: t * t + 1.0)(ROW))


def test_axis_of_a_reduction_is_that_of_the_row():
    cube = np.arange(24.0).reshape(2, 3, 4)

    assert_same(np.sum(cube, axis=1), srcad.vmap(lambda a: np.sum(a, axis=0))(cube))
    assert_same(np.sum(cube, axis=2), srcad.vmap(lambda a: np.sum(a, axis=-1))(cube))
    assert_same(np.sum(cube, axis=(1, 2)), srcad.vmap(lambda a: np.sum(a))(cube))


def test_ranks_are_those_of_the_row():
    column = np.array([[10.0], [20.0]])

    assert_same(X[:, None, :] + column, srcad.vmap(lambda x: x + column)(X))


def test_matrix_times_vector():
    matrices = np.arange(12.0).reshape(2, 2, 3)

    assert_same(np.einsum("bij,bj->bi", matrices, X), srcad.vmap(lambda a, x: a @ x)(matrices, X))
    assert_same(
        np.einsum("bij,j->bi", matrices, ROW), srcad.vmap(lambda a, x: a @ x, (0, None))(matrices, ROW)
    )


def test_indexing_and_stacking():
    expected = np.stack([X[:, 0] * X[:, 1], X[:, 2], X[:, 2]], axis=1)

    assert_same(expected, srcad.vmap(lambda x: np.stack([x[0] * x[1], x[2], x[-1]]))(X))


def test_loops_over_rows():
    def horner(coefficients, t):
        value = 0.0
        for c in coefficients:
            value = value * t + c
        return value

    t = np.array([0.5, -1.0])

    expected = np.array([np.polyval(row, s) for row, s in zip(X, t, strict=True)])
    assert_same(expected, srcad.vmap(horner)(X, t))


def test_called_functions_and_closures():
    def make(k):
        return lambda x: k * normalised(x)

    assert_same(2 * X / np.sum(X, axis=1, keepdims=True), srcad.vmap(make(2.0))(X))


def test_integer_and_boolean_arrays_may_be_batched():
    index = np.array([2, 0])

    assert_same(np.array([3.0, 4.0]), srcad.vmap(lambda x, i: x[i])(X, index))
    np.testing.assert_array_equal(srcad.vmap(lambda i: i + 1)(index), [3, 1])
    np.testing.assert_array_equal(srcad.vmap(lambda x: x > 2.5)(X), X > 2.5)


def test_dtypes_stay():
    assert_same((X**2).astype(np.float32), srcad.vmap(lambda x: x**2)(X.astype(np.float32)))


def test_single_row():
    assert_same(np.array([14.0]), srcad.vmap(lambda x: x @ x)(X[:1]))


def test_batch_of_size_zero():
    assert_same(np.zeros(0), srcad.vmap(lambda x: x @ x)(X[:0]))
    assert_same(np.zeros((0, 3)), srcad.vmap(lambda x: 2.0 * x)(X[:0]))


def test_keyword_arguments_are_passed_whole():
    def f(x, weights, scale=1.0):
        return scale * (x @ weights)

    assert_same(2 * X @ ROW, srcad.vmap(f)(X, weights=ROW, scale=2.0))


def test_arguments_are_left_as_found():
    x = X.copy()

    srcad.vmap(lambda a: a * 2)(x)

    np.testing.assert_array_equal(x, X)


def test_nested():
    outer = srcad.vmap(srcad.vmap(lambda a, b: a * b, in_dims=(None, 0)), in_dims=(0, None))

    assert_same(np.outer([1.0, 2.0], ROW), outer(np.array([1.0, 2.0]), ROW))


def test_function_runs_once_for_the_batch(capsys):
    # As in torch: the batch is one call.
    def announce(x):
        print("called")
        return x**2

    srcad.vmap(announce)(X)

    assert "called\n" == capsys.readouterr().out


# Conditions -------------------------------------------------------------------------------------------------


def branch(x):
    if x[0] > 2.0:
        return np.sum(x)
    return x @ x


def test_condition_on_batched_values_gives_the_right_rows():
    with pytest.warns(Warning):
        assert_same(np.array([14.0, 15.0]), srcad.vmap(branch)(X))


def test_condition_on_batched_values_warns_with_the_line():
    with pytest.warns(Warning, match=r"test_vmap\.py:\d+"):
        srcad.vmap(branch)(X)


def test_trip_count_of_batched_values_gives_the_right_rows():
    def halvings(x):
        n = 0.0
        while x > 1.0:
            x = x / 2
            n = n + 1.0
        return n * x

    with pytest.warns(Warning):
        assert_same(np.array([2.0, 0.0, 2.25]), srcad.vmap(halvings)(np.array([4.0, 0.5, 6.0])))


def test_condition_on_other_values_needs_no_warning():
    def f(x, flag):
        return np.sum(x) if flag > 0 else x @ x

    assert_same(np.array([6.0, 15.0]), srcad.vmap(f, in_dims=(0, None))(X, 1.0))


# Trees ------------------------------------------------------------------------------------------------------


def test_one_axis_for_every_leaf():
    def f(p):
        return p["a"] @ p["b"][0]

    assert_same(np.array([14.0, 77.0]), srcad.vmap(f)({"a": X, "b": [X]}))


def test_axes_that_match_the_tree():
    def f(p, x):
        return p["w"] @ x + p["b"]

    expected = X @ ROW + 1.0
    assert_same(expected, srcad.vmap(f, in_dims=({"w": None, "b": None}, 0))({"w": ROW, "b": 1.0}, X))
    assert_same(expected, srcad.vmap(f, in_dims=({"w": 0, "b": None}, None))({"w": X, "b": 1.0}, ROW))
    assert_same(expected, srcad.vmap(f, in_dims=(None, 0))({"w": ROW, "b": 1.0}, X))


def test_axes_that_match_a_list():
    assert_same(X @ ROW, srcad.vmap(lambda p: p[0] @ p[1], in_dims=([0, None],))([X, ROW]))


def test_axes_that_match_a_tuple():
    assert_same(X @ ROW, srcad.vmap(lambda p: p[0] @ p[1], in_dims=((0, None),))((X, ROW)))


def test_tree_of_outputs():
    actual = srcad.vmap(lambda x: {"sum": np.sum(x), "parts": [x[0], (x**2,)]})(X)

    assert_same({"sum": np.sum(X, axis=1), "parts": [X[:, 0], (X**2,)]}, actual)


# out_dims ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("out_dims", [1, -1, (1,)])
def test_out_dims_place_the_batch_axis(out_dims):
    assert_same((X**2).T, srcad.vmap(lambda x: x**2, out_dims=out_dims)(X))


def test_out_dims_of_a_single_array_may_be_a_one_tuple():
    assert_same(X**2, srcad.vmap(lambda x: x**2, out_dims=(0,))(X))


def test_one_out_dim_for_every_output():
    first, second = srcad.vmap(lambda x: (x, 2 * x), out_dims=1)(X)

    assert_same((X.T, 2 * X.T), (first, second))


def test_out_dims_that_match_the_outputs():
    assert_same((X, 2 * X.T), srcad.vmap(lambda x: (x, 2 * x), out_dims=(0, 1))(X))


def test_out_dims_that_match_a_dict():
    actual = srcad.vmap(lambda x: {"a": x, "b": 2 * x}, out_dims={"a": 1, "b": 0})(X)

    assert_same({"a": X.T, "b": 2 * X}, actual)


def test_output_that_is_not_batched_is_broadcast():
    constant, batched = srcad.vmap(lambda x: (np.ones(4), np.sum(x)))(X)

    assert_same((np.ones((2, 4)), np.sum(X, axis=1)), (constant, batched))


def test_unbatched_argument_that_is_returned_is_broadcast():
    assert_same(np.stack([ROW, ROW]), srcad.vmap(lambda x, r: r, in_dims=(0, None))(X, ROW))


def test_output_that_is_not_batched_may_stay():
    constant, batched = srcad.vmap(lambda x: (np.ones(4), np.sum(x)), out_dims=(None, 0))(X)

    assert_same((np.ones(4), np.sum(X, axis=1)), (constant, batched))


def test_none_in_out_dims_passes_anything():
    label, batched = srcad.vmap(lambda x: ("label", np.sum(x)), out_dims=(None, 0))(X)

    assert "label" == label
    assert_same(np.sum(X, axis=1), batched)


# chunk_size -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 5, 100])
def test_chunk_size_changes_no_numbers(chunk_size):
    rows = np.arange(15.0).reshape(5, 3) + 1.0

    assert_same(srcad.vmap(normalised)(rows), srcad.vmap(normalised, chunk_size=chunk_size)(rows))


def test_chunk_size_with_other_axes_and_trees():
    rows = np.arange(15.0).reshape(5, 3)
    f = lambda x, r: {"y": [x * r, x @ r]}

    plain = srcad.vmap(f, (1, None), {"y": [1, 0]})(rows.T, ROW)
    chunked = srcad.vmap(f, (1, None), {"y": [1, 0]}, chunk_size=2)(rows.T, ROW)

    assert_same({"y": [(rows * ROW).T, rows @ ROW]}, plain)
    assert_same(plain, chunked)


def test_chunk_size_with_an_empty_batch():
    assert_same(np.zeros((0, 3)), srcad.vmap(lambda x: 2.0 * x, chunk_size=2)(X[:0]))


@pytest.mark.parametrize("chunk_size", [0, -1])
def test_chunk_size_must_be_positive_at_construction(chunk_size):
    with pytest.raises(ValueError):
        srcad.vmap(dot, chunk_size=chunk_size)


# Refusals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("in_dims", [None, [0], "0", 0.0, {"a": 0}], ids=repr)
def test_in_dims_must_be_an_int_or_a_tuple(in_dims):
    with pytest.raises(ValueError):
        srcad.vmap(lambda x: x, in_dims=in_dims)(X)


@pytest.mark.parametrize(
    "in_dims", [(0,), (0, 0, 0), (), (0, (0, 0)), (0, {"a": 0}), (0, "0"), (0, 0.0)], ids=repr
)
def test_in_dims_must_match_the_arguments(in_dims):
    with pytest.raises(ValueError):
        srcad.vmap(dot, in_dims=in_dims)(X, X)


def test_in_dims_must_match_the_trees():
    f = srcad.vmap(lambda p: p["a"] @ p["b"], in_dims=({"a": 0},))

    with pytest.raises(ValueError):
        f({"a": X, "b": X})


@pytest.mark.parametrize("in_dims", [(None, None)], ids=repr)
def test_something_must_be_batched(in_dims):
    with pytest.raises(ValueError):
        srcad.vmap(dot, in_dims=in_dims)(ROW, ROW)


@pytest.mark.parametrize("axis", [2, -3, 7])
def test_axis_must_be_in_range(axis):
    with pytest.raises(ValueError):
        srcad.vmap(lambda x: x, in_dims=axis)(X)


def test_0d_array_has_no_axis():
    for x in [np.float64(1.0), np.array(1.0)]:
        with pytest.raises(ValueError):
            srcad.vmap(lambda x: x)(x)


def test_what_is_no_array_has_no_axis():
    for x in [1.0, 3, "x", None]:
        with pytest.raises(ValueError):
            srcad.vmap(lambda x, y: y)(x, X)


def test_sizes_must_agree():
    with pytest.raises(ValueError):
        srcad.vmap(dot)(X, np.ones((3, 3)))
    with pytest.raises(ValueError):
        srcad.vmap(lambda p: p[0] @ p[1])([X, np.ones((3, 3))])


def test_there_must_be_an_argument():
    with pytest.raises(ValueError):
        srcad.vmap(lambda: np.ones(2))()
    with pytest.raises(ValueError):
        srcad.vmap(lambda x=1.0: np.ones(2))(x=X)


@pytest.mark.parametrize("out_dims", [(0,), (0, 0, 0), [0, 0], {"a": 0}, "0", 0.5], ids=repr)
def test_out_dims_must_match_the_outputs(out_dims):
    with pytest.raises(ValueError):
        srcad.vmap(lambda x: (x, x), out_dims=out_dims)(X)


@pytest.mark.parametrize("out_dims", [2, -3, 9])
def test_out_dims_must_be_in_range(out_dims):
    with pytest.raises(IndexError):
        srcad.vmap(lambda x: x, out_dims=out_dims)(X)


def test_batched_output_needs_an_axis():
    with pytest.raises(ValueError):
        srcad.vmap(lambda x: x, out_dims=None)(X)
    with pytest.raises(ValueError):
        srcad.vmap(lambda x: (x, x), out_dims=(0, None))(X)


def test_output_must_hold_arrays():
    for f in [lambda x: "label", lambda x: None, lambda x: (x, "label")]:
        with pytest.raises(ValueError):
            srcad.vmap(f)(X)


def test_refusals_are_differentiation_errors():
    # The names of batches are not those of derivatives, but there is one family of errors.
    with pytest.raises(srcad.DifferentiationError):
        srcad.vmap(lambda x: x, in_dims=[0])(X)


def test_works_after_a_refusal():
    f = srcad.vmap(dot)

    with pytest.raises(ValueError):
        f(X, np.ones((3, 3)))

    assert_same(np.array([14.0, 77.0]), f(X, X))


GENERATOR = np.random.default_rng(0)


def noisy(x):
    return x + draw()


def draw():
    return np.random.rand()


@pytest.mark.parametrize("f", [noisy, lambda x: x * GENERATOR.normal()], ids=["function", "generator"])
@pytest.mark.parametrize("options", [{}, {"randomness": "error"}, {"randomness": "different"}], ids=str)
def test_random_numbers_are_refused_unless_they_are_to_be_the_same(f, options):
    with pytest.raises(RuntimeError, match="draws random numbers"):
        srcad.vmap(f, **options)(X)


def test_the_same_random_numbers_for_all_rows():
    np.random.seed(3)
    expected = X + np.random.rand()
    np.random.seed(3)

    assert_same(expected, srcad.vmap(noisy, randomness="same")(X))


def test_options_are_checked_inside_a_differentiated_function_too():
    for options in ({"chunk_size": 0}, {"chunk_size": 1.5}):
        with pytest.raises(ValueError):
            srcad.vmap(dot, **options)
    with pytest.raises(ValueError, match="remedy: pass 'error', 'different' or 'same'"):
        srcad.vmap(dot, randomness="no")
    with pytest.raises(ValueError):
        srcad.grad(lambda x: np.sum(srcad.vmap(lambda r: r**2, randomness="no")(x)))(X)
    with pytest.raises(ValueError):
        srcad.grad(lambda x: np.sum(srcad.vmap(lambda r: r**2, chunk_size=0)(x)))(X)


def test_rows_of_lists_of_different_lengths_are_refused():
    def chosen(x):
        return sum(v * v for v in [v for v in x if v > 1.5])

    mapped = srcad.vmap(chosen)

    with pytest.warns(srcad.BatchFallbackWarning), pytest.raises(srcad.DifferentiationError) as error:
        mapped(np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert "a list has another length in one row of a batch than in another" in str(error.value)
    assert "remedy: give it the same length in every row (np.where chooses elements)" in str(error.value)
    assert_locates(error.value, chosen)
    with pytest.warns(srcad.BatchFallbackWarning):
        assert_same(np.array([4.0, 9.0]), mapped(np.array([[1.0, 2.0], [3.0, 1.0]])))


def test_a_derivative_through_lists_of_rows_that_are_run_one_by_one_is_refused():
    def chosen(x):
        found = []
        for v in x:
            if v > 1.5:
                found.append(2.0 * v)
            else:
                found.append(v)
        total = 0.0
        for v in found:
            total = total + v * v
        return total

    rows = np.array([[1.0, 2.0], [3.0, 1.0]])
    with pytest.warns(srcad.BatchFallbackWarning):
        assert_same(np.array([[2.0, 16.0], [24.0, 2.0]]), srcad.vmap(srcad.grad(chosen))(rows))
    with pytest.warns(srcad.BatchFallbackWarning), pytest.raises(srcad.DifferentiationError) as error:
        srcad.grad(lambda m: np.sum(srcad.vmap(chosen)(m)))(rows)
    assert "a list in a batch whose rows are run one by one is differentiated inside of the batch" in str(error.value)
    assert "take the derivative of the mapped function, srcad.vmap(srcad.grad(f))" in str(error.value)
