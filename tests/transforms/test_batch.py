"""Batching: what has no batched operand stays as it is, and rows are run one by one only where they must."""

import numpy as np
import pytest

import srcad
from srcad import runtime
from srcad.analysis.rows import Tied, batched_outs, either, opened
from srcad.ir.nodes import Call
from srcad.transforms.adjoint import halves
from srcad.transforms.batch import batched
from tests.transforms.lowered import lines, lowered

X = np.ones(3)


def weighted(x, w):
    return np.exp(w) * x


def test_only_what_depends_on_a_batched_parameter_has_rows():
    function = lowered(weighted, X, X)

    rows = batched(function, (True, False))

    assert [str(p.fact) for p in rows.params] == ["array float64[?,3]", "array float64[3]"]
    assert lines(rows) == ["  t = len(x)", "  t.2 = np.exp(w)", "  t.3 = operator.mul(t.2, x)", "  yield t.3"]
    assert batched(function, (True, False)) is rows


def maybe_constant(x, flag):
    return x * 2.0 if flag > 0 else np.ones(3)


def test_a_side_without_rows_is_broadcast():
    rows = batched(lowered(maybe_constant, X, 1.0), (True, False))

    assert lines(rows) == [
        "  t = len(x)",
        "  t.2 = operator.gt(flag, 0)",
        "  t.3 = if t.2:",
        "    t.4 = operator.mul(x, 2.0)",
        "    yield t.4",
        "  else:",
        "    t.5 = np.ones(3)",
        "    t.6 = shape(t.5)",
        "    t.7 = prefixed(t, t.6)",
        "    t.8 = broadcast(t.5, t.7)",
        "    yield t.8",
        "  yield t.3",
    ]


def test_a_condition_with_rows_is_met_by_one_row_after_the_other():
    text = lines(batched(lowered(maybe_constant, X, 1.0), (False, True)))

    assert any("warn_rows(" in line and "test_batch.py" in line for line in text)
    loop = next(k for k, line in enumerate(text) if "loop row below t" in line)
    assert text[loop + 1] == "    t.5 = operator.getitem(t.2, row)"
    assert text[-2] == "  t.10 = stack_rows(t.4, t.9, dtype('float64'))"


def repeated(x, n):
    if n == 0:
        return np.sum(x)
    return repeated(np.sin(x), n - 1)


def test_a_function_that_calls_itself_is_batched_as_such():
    text = lines(batched(lowered(repeated, X, 3), (True, False)))

    assert "    t.7 = call repeated_rows(t.5, t.6)" in text
    assert not any("loop" in line for line in text)


def test_each_row_has_a_depth_of_its_own_where_it_decides_on_it():
    text = lines(batched(lowered(repeated, X, 3), (True, True)))

    assert any("loop row below" in line for line in text)
    assert any("call repeated(" in line for line in text)


# ---- which parts of a pack have rows --------------------------------------------------------------------------------


def residuals_with_rows(mask):
    forward, backward = halves(lowered(repeated, X, 3), (True, False), (True,))
    return forward, backward, batched_outs(forward, mask)


def test_the_residuals_of_a_recursion_are_like_the_result_that_they_are():
    forward, _, (value, residuals) = residuals_with_rows((True, False))

    assert value is True
    condition, _, inner = residuals[1], residuals[0], residuals[-1]
    assert condition is False
    assert inner == Tied(frozenset([(forward, (True, False), 1)]))
    assert opened(inner) == residuals


def test_the_way_back_of_a_recursion_finds_itself():
    _, backward, (_, residuals) = residuals_with_rows((True, False))

    rows = batched(backward, (residuals[-1], True))
    branch = next(i for i in rows.block.body if getattr(i, "orelse", None))
    (call,) = [i for i in branch.orelse.body if isinstance(i, Call)]
    assert call.function is rows


def test_nothing_has_rows_without_a_batched_parameter():
    assert residuals_with_rows((False, False))[2] == (False, False)


@pytest.fixture
def tied():
    forward, _, (_, residuals) = residuals_with_rows((True, False))
    return residuals[-1], Tied(frozenset([(forward, (True, True), 1)]))


def test_what_is_one_of_two_packs_has_rows_where_either_has():
    assert either(False, True) is True
    assert either((True, False), True) is True
    assert either(False, (True, False)) == (True, False)
    assert either((True, False, (False,)), (False, False, (True,))) == (True, False, (True,))


def test_packs_that_hold_their_like_are_joined_by_name(tied):
    first, second = tied
    assert either(first, first) == first
    assert either(first, False) == either(False, first) == first
    assert either(first, second) == either(second, first) == Tied(first.results | second.results)
    assert either(first, opened(first)) == opened(first)


# ---- parts when the code runs ---------------------------------------------------------------------------------------


def test_parts_without_rows_get_equal_ones():
    array, number, same, absent, items = runtime.broadcast_parts((X, 1.0, X, None, [X, X]), 2, (True, True, False, True, True))

    assert array.shape == (2, 3)
    assert number.shape == (2,)
    assert same is X
    assert absent is None
    assert [item.shape for item in items] == [(2, 3), (2, 3)]
    assert runtime.broadcast_parts((X,), 2, True) == runtime.Rows([(X,), (X,)])


def test_a_row_of_parts():
    rows = np.ones((2, 3))
    first, same, absent, items = runtime.row_of((rows, X, None, [rows]), 1, (True, False, True, True))

    assert first.shape == (3,)
    assert same is X
    assert absent is None
    assert items[0].shape == (3,)
    assert runtime.row_of(runtime.Rows(["a", "b"]), 1, "never asked") == "b"


@pytest.mark.parametrize("take", [runtime.row_of, runtime.broadcast_parts])
def test_what_is_not_known_of_parts_is_refused(take):
    assert take(None, 2, "not known") is None
    with pytest.raises(srcad.DifferentiationError, match="not known"):
        take((X,), 2, "not known")
