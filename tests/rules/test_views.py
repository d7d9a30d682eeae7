"""What shares memory, and how a view is put back into its base: ``rules/views.py``, against what NumPy does.

Every application that the cases of ``cases_*.py`` make is run on arrays of several layouts, and the results are looked
at: one that shares memory with an argument must be declared, and one that is declared to share must do so.
"""

import warnings

import numpy as np
import pytest

import srcad
from srcad.ir.build import Builder
from srcad.ir.nodes import Block, Value
from srcad.rules import views
from tests.rules import check
from tests.rules.interpret import NotStraight, arrays_in, live, lowered, run
from tests.rules.test_rules import CASES

LAYOUTS = {"C": np.array, "F": np.asfortranarray, "strided": check.strided}
KNOWLEDGE = ("all", "ranks", "nothing")


def laid_out(inputs, layout):
    return [LAYOUTS[layout](x) if isinstance(x, np.ndarray) and x.ndim else x for x in inputs]


def observed(result, arrays):
    """What NumPy did: whether the result is one of the arrays, shares with one, or is fresh."""
    if not isinstance(result, np.ndarray):
        return "fresh"
    if any(result is a for a in arrays):
        return "same"
    return "shares" if any(np.shares_memory(result, a) for a in arrays) else "fresh"


def first_element(result):
    """A result that is a list is looked at in its first element."""
    while isinstance(result, tuple | list) and len(result):
        result = result[0]
    return result


def assert_declared(apply, part, args, kwargs, result, env):
    """What is declared of a result is what NumPy did."""
    result = first_element(result)
    said = views.sharing(apply, part)
    arrays = [a for x in (*args, *kwargs.values()) for a in arrays_in(x)]
    done = observed(result, arrays)
    what = f"{apply.primitive.name}: {done}, declared {said.kind}"
    bases = [a for b in said.bases for a in arrays_in(env[b])]
    if done != "fresh":
        assert said.kind != "fresh", what
        assert observed(result, bases) != "fresh", f"{what}, of another argument"
    if said.kind in ("view", "same", "readonly") and isinstance(result, np.ndarray) and result.size:
        readonly = said.kind == "readonly" and not result.flags.writeable
        assert done != "fresh" or readonly, what
    if said.kind == "same":
        assert done == "same", what
    if said.kind == "readonly":
        assert not result.flags.writeable, what
    if said.kind == "view":
        assert result.flags.writeable or any(not b.flags.writeable for b in bases), what
    if said.kind == "fresh" and isinstance(result, np.ndarray) and views.is_contiguous(apply, part):
        assert result.flags.c_contiguous, what
    return said.kind


def assert_put_back(apply, part, args, kwargs, env):
    """A new version of a view gives the version of its base that NumPy leaves when it is written into the view."""
    base = views.sharing(apply, part).base
    whole = np.array(env[base], order="K")
    run_env = {**env, base: whole}
    again = Block(body=[apply])
    for _ in run(again, run_env):
        pass
    seen = run_env[apply.results[part]]
    if not isinstance(seen, np.ndarray) or not np.shares_memory(seen, whole):
        return
    old, rng = whole.copy(), np.random.default_rng(0)
    seen[...] = rng.permutation(seen.size).reshape(seen.shape) + 0.5

    build = Builder(Block())
    current, new = Value("base", base.fact), Value("new", apply.results[part].fact)
    try:
        put = views.put(build, apply, current, new, part)
    except TypeError as error:
        assert "cannot be written into by itself" in str(error) or "can be written into only" in str(error), error
        return
    put_env = {**env, current: old, new: seen.copy()}
    for _ in run(build.block, put_env):
        pass
    np.testing.assert_array_equal(live(put, put_env), whole)


def is_writable(apply):
    return apply.primitive in views.VIEWS and views.VIEWS[apply.primitive].template is not None


ARRAY_CASES = [
    pytest.param(case, id=f"{area}: {case.name}")
    for area, cases in CASES.items()
    for case in cases
    if isinstance(case, check.Case) and "Python float" not in case.name
]


M = np.arange(12.0).reshape(3, 4)
WHERE = np.int64(1)
PLACE = np.array(1)
FLAG = np.bool_(True)

EXTRA = [
    check.Case("float64", lambda x: np.float64(x), M),
    check.Case("float32", lambda x: np.float32(x), M),
    check.Case("float32 of its kind", lambda x: np.float32(x), M.astype(np.float32)),
    check.Case("int64", lambda x: np.int64(x), np.arange(3)),
    check.Case("bool", lambda x: np.bool_(x), np.array([True])),
    check.Case("astype", lambda x: x.astype(float), M),
    check.Case("astype, kept", lambda x: x.astype(float, copy=False), M),
    check.Case("astype, changed", lambda x: x.astype(np.float32, copy=False), M),
    check.Case("asarray, typed", lambda x: np.asarray(x, dtype=float), M),
    check.Case("asarray, other type", lambda x: np.asarray(x, dtype=np.float32), M),
    check.Case("asarray, order", lambda x: np.asarray(x, order="F"), M),
    check.Case("array, kept", lambda x: np.array(x, copy=None), M),
    check.Case("array, kept with axes", lambda x: np.array(x, copy=None, ndmin=3), M),
    check.Case("round, integers", lambda x: np.round(x), np.arange(3)),
    check.Case("conjugate", lambda x: np.conjugate(x), M),
    check.Case("conjugate, method", lambda x: x.conj(), M),
    check.Case("real", lambda x: np.real(x), M),
    check.Case("real, attribute", lambda x: x.real, M),
    check.Case("real, complex", lambda x: x.real, M + 1j),
    check.Case("imag", lambda x: x.imag, M),
    check.Case("imag, complex", lambda x: x.imag, M + 1j),
    check.Case("conjugate, complex", lambda x: x.conj(), M + 1j),
    check.Case("diff of order 0", lambda x: np.diff(x, n=0), M),
    check.Case("matrix_power 1", lambda x: np.linalg.matrix_power(x, 1), M[:, :3]),
    check.Case("grids", lambda x: np.meshgrid(x, x, copy=False), M[0]),
    check.Case("sparse grids", lambda x: np.meshgrid(x, x, copy=False, sparse=True), M[0]),
    check.Case("ix_", lambda x: np.ix_(x, x), np.arange(3)),
    check.Case("max", lambda x, y: max(x, y), M[0, :1], M[1, :1]),
    check.Case("max of a number", lambda x, y: max(x, y), np.array(3.0), 1.0),
    check.Case("sum of nothing", lambda x: sum([], x), M),
    check.Case("list", lambda x: list(x), M),
    check.Case("list of numbers", lambda x: list(x), M[0]),
    check.Case("reshape, axis split", lambda x: x.reshape(3, 2, 2), M),
    check.Case("reshape, axes joined", lambda x: x.reshape(12), M),
    check.Case("reshape, unit axes", lambda x: x.reshape(3, 1, 4, 1), M),
    check.Case("reshape, as it is", lambda x: np.reshape(x, (3, 4)), M),
    check.Case("reshape, order F", lambda x: np.reshape(x, (12,), order="F"), M),
    check.Case("reshape, vector", lambda x: x.reshape(2, -1), M[0]),
    check.Case("reshape, copied", lambda x: np.reshape(x, (3, 2, 2), copy=True), M),
    check.Case("reshape, order A", lambda x: np.reshape(x, 12, order="A"), M),
    check.Case("ravel, order K", lambda x: x.ravel("K"), M),
    check.Case("ravel, vector", lambda x: x.ravel(), M[0]),
    check.Case("index, number of NumPy", lambda x: x[WHERE], M),
    check.Case("index, array without axes", lambda x: x[PLACE], M),
    check.Case("index, truth", lambda x: x[FLAG], M),
    check.Case("index, True", lambda x: x[True], M),
    check.Case("index, all", lambda x: (x[...], x[()], x[:], x[0, ...], x[None]), M),
    check.Case("index, numbers", lambda x: (x[0, 1], x[0, 1, ...], x[-1], x[0][1]), M),
    check.Case("index, computed", lambda x: x[np.argmax(x[0])], M[:, ::-1]),
    check.Case("index, arrays", lambda x: (x[[0, 1]], x[:, [0]], x[x > 3.0], x[np.array([0, 2]), 1:]), M),
    check.Case("transpose of a vector", lambda x: (x.T, np.transpose(x)), M[0]),
    check.Case("one element squeezed", lambda x: np.squeeze(x), M[:1, :1]),
    check.Case("stop_gradient", lambda x: srcad.stop_gradient(x), M),
    check.Case("method that has no rule", lambda x: x.view(), M),
    check.Case("another", lambda x: x.compress([True, False, True], axis=0), M),
    check.Case("unstacked", lambda x: np.unstack(x)[0], M),
    check.Case("windows", lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=1), M),
    check.Case("real if close", lambda x: np.real_if_close(x), M),
    check.Case("nan_to_num", lambda x: np.nan_to_num(x), M),
]
ARRAY_CASES += [pytest.param(case, id=f"here: {case.name}") for case in EXTRA]


@pytest.mark.parametrize("case", ARRAY_CASES)
def test_what_shares_memory_is_declared(case):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for layout in LAYOUTS:
            for knowledge in KNOWLEDGE:
                walk(case, laid_out(case.inputs, layout), knowledge)


def walk(case, inputs, knowledge):
    try:
        block, env = lowered(case.function, inputs, knowledge)
        for apply, args, kwargs, results in run(block, env):
            for part, result in enumerate(results):
                kind = assert_declared(apply, part, args, kwargs, result, env)
                if kind in ("view", "same") and is_writable(apply):
                    assert_put_back(apply, part, args, kwargs, env)
    except (NotStraight, srcad.DifferentiationError):
        return
