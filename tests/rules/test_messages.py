"""What rules refuse: the words of each message, its line, a remedy, and the same derivative where it is not reached."""

import math

import numpy as np
import pytest

import srcad
from tests.support import assert_locates, assert_same

X = np.array([1.0, 2.0, 3.0])
M = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 4.0]])


def some(x):
    """Elements of which neither the number nor whether there are several is known."""
    return np.squeeze(x[x > 0.0])


def written(function, *args):
    target = np.ones(3)
    function(target, *args)
    return np.sum(target)


def single(x):
    target = np.ones(3, np.float32)
    np.multiply.at(target, [0, 0], x[:2])
    return np.sum(target)


REFUSED = {
    "tolist": (lambda x: np.sum(np.array(x.tolist())), "x.tolist() has a derivative only for an array without axes"),
    "geomspace": (lambda x: np.sum(np.geomspace(x, 2.0 * x)), "np.geomspace has a derivative only between numbers"),
    "choose": (
        lambda x: np.sum(np.choose(np.array([0, 1, 0]), np.stack([x, 2.0 * x]))),
        "np.choose has a derivative with a list of choices written in place",
    ),
    "diag": (
        lambda x: np.sum(np.diag(some(x))), "np.diag needs an array of which it is known whether it is a vector or a matrix"
    ),
    "norm of unknown rank": (
        lambda x: np.linalg.norm(some(x), ord=3), "np.linalg.norm with ord= needs axis=, or an array whose rank is known"
    ),
    "norm of matrices in front": (
        lambda x: np.sum(np.linalg.norm(M * x[:, None, None], ord=2, axis=(0, 1))),
        "np.linalg.norm with ord=2 has a derivative along the last two axes",
    ),
    "vector_norm": (
        lambda x: np.sum(np.linalg.vector_norm(M * x[:, None, None], axis=(0, 1))),
        "np.linalg.vector_norm has a derivative along one axis=, or of all elements",
    ),
    "median": (
        lambda x: np.sum(np.median(M * x[:, None, None], axis=(0, 1))),
        "np.median has a derivative along one axis=, or of all elements",
    ),
    "cumulative_sum": (
        lambda x: np.sum(np.cumulative_sum(x, include_initial=True)),
        "no derivative with include_initial=True: concatenate the initial value yourself",
    ),
    "trapezoid": (
        lambda x: np.trapezoid(some(x), x=some(x), axis=0),
        "np.trapezoid with x= and axis= needs arrays whose ranks are known",
    ),
    "average": (
        lambda x: np.average(some(x), weights=x, axis=0),
        "np.average has a derivative with weights of the shape of a, or along one axis=",
    ),
    "einsum": (
        lambda x: np.sum(np.einsum(x, [0], x, np.array([0]))),
        "np.einsum has a derivative only if its subscripts are known when code is generated",
    ),
    "split": (
        lambda x: np.sum(np.split(x, int(x[2]))[0]),
        "the number of parts of a split is not known while transforming; write it as a number",
    ),
    "svd": (
        lambda x: np.sum(np.linalg.svd(np.outer(x, x)[:2])[0]),
        "np.linalg.svd has no derivative with full_matrices=True: the vectors that complete a basis are arbitrary",
    ),
    "abs of complex numbers": (
        lambda x: np.sum(np.abs(x * 1j).real), "np.abs of complex numbers has no derivative here"
    ),
    "power.at": (
        lambda x: written(np.power.at, [0, 0], x[:2]), "np.power.at has no derivative where elements may be named several times"
    ),
    "at of two types": (single, "np.multiply.at has no derivative for two types"),
}


SVD = REFUSED["svd"][0]  # which is refused at run time, with a remedy of its own


def refusal(call, *arguments):
    with pytest.raises(srcad.DifferentiationError) as info:
        call(*arguments)
    assert "\n  remedy: " in str(info.value)
    return info.value


@pytest.mark.parametrize("f, reason", REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused_where_it_stands_and_nowhere_else(f, reason):
    def guarded(x, bad):
        return f(x) if bad else np.sum(x)

    gradient, x = srcad.grad(guarded), X.copy()

    error = refusal(gradient, x, True)

    assert reason in str(error)
    assert "or pass srcad.stop_gradient(...) of the value if no derivative is to flow through the call" in str(error) or f is SVD
    assert_locates(error, written if "power.at" in reason else f)
    assert_same(np.ones(3), gradient(x, False))
    assert str(error) == str(refusal(gradient, x, True))
    assert_same(X, x)


# Results of another shape or type than what they are written into -----------------------------------------------


def summed(x, out):
    y = np.sum(np.outer(x, x), axis=0, out=out)
    return np.sum(y)


def test_a_result_that_is_broadcast_to_out_is_refused():
    def f(x, rows):
        out = np.zeros((rows, 3)) if rows > 1 else np.zeros(3)
        np.cumsum(x, out=out)
        return np.sum(out)

    gradient = srcad.grad(f)

    with pytest.raises(ValueError):
        f(X, 2)
    error = refusal(gradient, X, 2)
    assert "np.cumsum: the result has shape (3,), and is broadcast to that of out, (2, 3)" in str(error)
    assert_locates(error, f, "np.cumsum(x, out=out)")
    assert_same(np.array([3.0, 2.0, 1.0]), gradient(X, 1))


def test_a_result_that_does_not_fit_into_out_is_the_usual_value_error():
    with pytest.raises(ValueError, match=r"np.sum: out has shape \(2,\), the result has shape \(3,\)"):
        srcad.grad(summed)(X, np.zeros(2))

    assert_same(np.full(3, 12.0), srcad.grad(summed)(X, np.zeros(3)))


def test_an_unknown_order_of_a_matrix_norm_is_the_usual_value_error():
    with pytest.raises(ValueError, match="Invalid norm order for matrices"):
        srcad.grad(lambda x: np.linalg.norm(np.outer(x, x), ord="x"))(X)


def test_where_with_one_choice_is_the_usual_value_error():
    with pytest.raises(ValueError, match="either both or neither of x and y should be given"):
        srcad.grad(lambda x: np.sum(np.where(x > 0.0, x)))(X)


def test_a_matrix_of_too_few_axes_in_einsum_is_the_usual_value_error():
    with pytest.raises(ValueError, match="too many subscripts for operand 0"):
        srcad.grad(lambda x: np.einsum("ij,j", x, x))(X)


# Memory that is shared --------------------------------------------------------------------------------------------


def test_an_argument_that_is_written_into_may_not_be_another_one():
    def f(x, y):
        y[0] = x[1]
        return np.sum(x * y)

    gradient, both = srcad.grad(f), X.copy()

    error = refusal(gradient, both, both)

    assert "y, which is written into, shares memory with another argument or captured array" in str(error)
    assert "remedy: pass a copy of one of them" in str(error)
    assert_locates(error, f)
    assert_same(X, both)
    assert_same(np.array([2.0, 3.0, 3.0]), gradient(X, X.copy()))


def test_a_method_without_an_argument_that_it_needs_is_refused():
    def f(x):
        return np.sum(x.take())

    error = refusal(srcad.grad(f), X)

    assert "an active value reaches np.take, and np.take needs the argument indices" in str(error)
    assert_locates(error, f, "return np.sum(x.take())")


def test_a_write_into_the_real_part_of_complex_numbers_is_refused():
    def f(x, kind):
        z = np.zeros(3, kind)
        z.real[0] = 2.0
        return np.sum(x) * float(z[0].real)

    gradient = srcad.grad(f)

    error = refusal(gradient, X, complex)

    assert "the real part of an array of complex numbers cannot be written into by itself" in str(error)
    assert "remedy: make the whole array anew (x = real + 1j * imag)" in str(error)
    assert_locates(error, f, "z.real[0] = 2.0")
    assert_same(np.full(3, 2.0), gradient(X, float))


# Batches ------------------------------------------------------------------------------------------------------------


def test_a_gradient_through_a_batch_in_chunks_is_refused():
    def f(x, chunk):
        return np.sum(srcad.jacrev(lambda t: np.stack([t, t * t]), chunk_size=chunk)(x))

    error = refusal(srcad.grad(f), X, 1)

    assert "a batch in chunks is differentiated before it is cut, not after: leave chunk_size out" in str(error)
    assert_locates(error, f, "return np.sum(srcad.jacrev(lambda t: np.stack([t, t * t]), chunk_size=chunk)(x))")
    assert_same(np.full(3, 2.0), srcad.grad(f)(X, None))


def test_a_batch_of_lists_of_unknown_ranks_is_refused():
    def f(x):
        return np.concatenate([np.squeeze(x[x > k]) for k in range(len(x[x > 1.0]))])

    error = refusal(srcad.jacfwd(f), X)

    assert "concatenate of a list cannot be batched where ranks are not known" in str(error)
    assert_locates(error, f)


def test_a_product_of_the_elements_of_an_array_of_unknown_rank_is_refused():
    def f(x):
        return np.prod(x) if x[0] > 5.0 else math.prod(some(x))

    error = refusal(srcad.grad(f), X)

    assert "math.prod has a derivative for a list of numbers only: use np.prod" in str(error)
    assert_locates(error, f)
