"""What the checks of rules do not see: how products and solutions are written, what is refused and when."""

import re

import numpy as np
import pytest

import srcad
from tests.rules.cases_products import draw

A = draw(3, 3) + 2.5 * np.eye(3)
TALL = draw(4, 3)


def layer(x, w):
    return np.sum(np.sin(x @ w))


def residual(a, b):
    return np.sum(np.linalg.solve(a, b) ** 2)


def test_matrix_products_are_transposed_as_by_hand():
    source = srcad.grad(layer, (0, 1)).source(draw(4, 3), draw(3, 2))

    assert "@ w.T" in source
    assert "x.T @" in source


def test_the_adjoint_of_a_solution_is_one_solution():
    source = srcad.grad(residual, (0, 1)).source(A, draw(3))
    code = re.sub("#.*", "", source)

    assert code.count("np.linalg.solve") == 2
    assert "np.linalg.solve(a.T, " in source


def test_one_matrix_is_factorised_once_for_all_rows():
    source = srcad.vmap(np.linalg.solve, (None, 0)).source(A, draw(5, 3))

    assert source.count("np.linalg.solve") == 1
    assert "for " not in source


def test_vectors_that_complete_a_basis_have_no_derivative():
    def completed(a):
        return np.linalg.svd(a)[0]

    with pytest.raises(srcad.DifferentiationError, match="full_matrices=False"):
        srcad.jvp(completed, (TALL,), (TALL,))
    _, pull = srcad.vjp(completed, TALL)
    with pytest.raises(srcad.DifferentiationError, match="full_matrices=False"):
        pull(np.ones((4, 4)))


def test_vectors_of_equal_eigenvalues_have_a_derivative_that_is_no_number():
    def projector(a):
        w, v = np.linalg.eigh(a)
        return np.sum((v * w**2) @ v.T)

    with np.errstate(invalid="ignore"):
        assert not np.all(np.isfinite(srcad.grad(projector)(np.eye(2))))


def test_third_derivatives_of_the_determinant():
    def det(a):
        return np.linalg.det(a)

    def along(a, v):
        return srcad.hvp(det)(a, v)

    v, step = draw(3, 3), 1e-4
    _, third = srcad.jvp(along, (A, v), (v, np.zeros((3, 3))))

    slope = (srcad.hvp(det)(A + step * v, v) - srcad.hvp(det)(A - step * v, v)) / (2 * step)
    np.testing.assert_allclose(third, slope, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("function", [
    lambda x, y: np.dot([x, y], [y, x]),
    lambda x, y: np.einsum("i,i", [x, y], [y, x]),
])
def test_lists_of_active_values_are_derived_or_refused(function):
    try:
        gradient = srcad.grad(function)(2.0, 3.0)
    except (srcad.DifferentiationError, TypeError):
        return
    assert gradient == 6.0
