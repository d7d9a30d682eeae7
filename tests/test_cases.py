"""The golden files of `tests/cases` show what is generated, and what they show is right.

`python -m tests.cases.rewrite` rewrites them; how they are laid out stands in `tests/cases/rewrite.py`.
"""

import numpy as np
import pytest

import srcad
from tests.cases import rewrite

CASES = {path.stem: rewrite.load(path) for path in rewrite.paths()}
SECTIONS = [(name, kind) for name, case in CASES.items() for kind in case.sections]
EPS = 1e-6


def over(case, values):
    """The arguments with the differentiated ones replaced."""
    args = list(case.example)
    for position, value in zip(case.wanted, values, strict=True):
        args[position] = value
    return args


def flat(tree):
    """The numbers in a tree of arrays."""
    if isinstance(tree, tuple | list):
        return np.concatenate([np.zeros(0), *map(flat, tree)])
    if isinstance(tree, dict):
        return flat(list(tree.values()))
    return np.ravel(np.asarray(tree, float))


def moved(tree, dot, step):
    """The tree with a multiple of another one added."""
    if isinstance(tree, tuple | list):
        return type(tree)([moved(item, d, step) for item, d in zip(tree, dot, strict=True)])
    if isinstance(tree, dict):
        return {key: moved(item, dot[key], step) for key, item in tree.items()}
    return tree + step * dot


def difference(case, function, dots):
    """The derivative of a function of the example in a direction, by central differences."""
    point = [case.example[k] for k in case.wanted]
    ahead, behind = (flat(function(*over(case, moved(point, dots, step)))) for step in (EPS, -EPS))
    return (ahead - behind) / (2 * EPS)


def directions(case):
    """A direction for each differentiated argument."""
    return [rewrite.direction(case.example[k], 0.3 + k) for k in case.wanted]


def gradient(case):
    return srcad.grad(case.function, tuple(case.wanted))


def check_vjp(case, result, args):
    y, bars = result
    dots = directions(case)
    np.testing.assert_allclose(flat(y), flat(case.function(*case.example)), rtol=1e-12)
    expected = flat(args[1]) @ difference(case, case.function, dots)
    np.testing.assert_allclose(flat(bars) @ flat(dots), expected, rtol=1e-6)


def check_jvp(case, result, args):
    y, dot = result
    given = args[1] if len(case.wanted) > 1 else (args[1],)
    np.testing.assert_allclose(flat(y), flat(case.function(*case.example)), rtol=1e-12)
    np.testing.assert_allclose(flat(dot), difference(case, case.function, given), rtol=1e-6, atol=1e-8)


def check_value_and_grad(case, result, args):
    check_vjp(case, result, (None, 1.0))


def check_hvp(case, result, args):
    given = args[-1] if len(case.wanted) > 1 else (args[-1],)
    np.testing.assert_allclose(flat(result), difference(case, gradient(case), given), rtol=1e-6, atol=1e-7)


def matrix(result, out, chosen):
    """The blocks of a Jacobian or Hessian of one output as one matrix."""
    blocks = result if isinstance(result, tuple) else (result,)
    return np.hstack([np.reshape(b, (np.size(out), np.size(x))) for b, x in zip(blocks, chosen, strict=True)])


def check_jacobian(case, result, args):
    dots, out = directions(case), case.function(*case.example)
    product = matrix(result, out, [case.example[k] for k in case.wanted]) @ flat(dots)
    np.testing.assert_allclose(product, difference(case, case.function, dots), rtol=1e-6, atol=1e-8)


def check_hessian(case, result, args):
    (x,), dots = [case.example[k] for k in case.wanted], directions(case)
    product = matrix(result, x, (x,)) @ flat(dots)
    np.testing.assert_allclose(product, difference(case, gradient(case), dots), rtol=1e-6, atol=1e-7)


def check_vmap(case, result, args):
    rows = range(len(case.example[case.in_dims.index(0)]))
    picked = ([x if axis is None else x[k] for x, axis in zip(case.example, case.in_dims, strict=True)] for k in rows)
    np.testing.assert_allclose(flat(result), flat([case.function(*row) for row in picked]), rtol=1e-12)


@pytest.mark.parametrize(("name", "kind"), SECTIONS)
def test_what_is_generated_is_what_the_golden_file_shows(name, kind):
    case = CASES[name]

    assert rewrite.generated(case, kind) == case.sections[kind], "run python -m tests.cases.rewrite and review"


@pytest.mark.parametrize(("name", "kind"), SECTIONS)
def test_the_derivative_is_right(name, kind):
    case = CASES[name]
    derivative, args = rewrite.KINDS[kind](case)

    globals()[f"check_{kind}"](case, derivative(*args), args)


@pytest.mark.parametrize("name", CASES)
def test_a_golden_file_is_laid_out_as_it_is_rewritten(name):
    case = CASES[name]

    assert case.sections, "a case has a bar for each kind that it shows"
    assert rewrite.text(case) == case.path.read_text()
