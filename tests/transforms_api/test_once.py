"""A Jacobian or Hessian runs the function once, whatever is known of the shape of its result."""

import numpy as np
import pytest

import srcad

X = np.array([0.5, -1.2, 2.0])
SEEN = []


def positive(x):
    """The squares of the positive elements, of which nobody knows how many there are."""
    SEEN.append(len(x))
    return x[x > 0.0] ** 2


@pytest.mark.parametrize("derivative", [
    srcad.jacrev(positive), srcad.jacfwd(positive), srcad.jacobian(positive), srcad.jacrev(positive, chunk_size=1),
    lambda x: srcad.functional.jacobian(positive, x), lambda x: srcad.functional.jacobian(positive, x, strict=True),
], ids=["jacrev", "jacfwd", "jacobian", "chunks", "functional", "strict"])
def test_jacobian_runs_the_function_once(derivative):
    SEEN.clear()
    found = derivative(X)

    np.testing.assert_allclose(found, [[1.0, 0.0, 0.0], [0.0, 0.0, 4.0]])
    assert SEEN == [3]


@pytest.mark.parametrize("derivative", [srcad.hessian, lambda f: srcad.jacrev(srcad.jacrev(f)),
                                        lambda f: srcad.jacfwd(srcad.jacrev(f))], ids=["hessian", "twice", "mixed"])
def test_hessian_runs_the_function_once(derivative):
    SEEN.clear()
    found = derivative(positive)(X)

    expected = np.zeros((2, 3, 3))
    expected[0, 0, 0] = expected[1, 2, 2] = 2.0
    np.testing.assert_allclose(found, expected)
    assert SEEN == [3]


def test_auxiliary_results_come_from_the_same_run():
    SEEN.clear()
    jacobian, seen = srcad.jacrev(lambda x: (positive(x), len(SEEN)), has_aux=True)(X)

    np.testing.assert_allclose(jacobian, [[1.0, 0.0, 0.0], [0.0, 0.0, 4.0]])
    assert (seen, SEEN) == (1, [3])
