"""Facts: what is known of live values, how facts are joined, and how shapes broadcast."""

import numpy as np
import pytest

from srcad.ir.facts import (
    ANY,
    OBJECT,
    PACK,
    PY_BOOL,
    PY_FLOAT,
    PY_INT,
    Dim,
    Fact,
    array_fact,
    broadcast_shapes,
    fact_of,
    forgets,
    fresh_shape,
    int_fact,
    join,
    list_fact,
    same_dtype,
    same_shape,
    without_sizes,
)

VECTOR = array_fact(float, (3,))


@pytest.mark.parametrize(
    ("live", "kind", "dtype", "shape"),
    [
        (np.ones((2, 3)), "array", float, (2, 3)),
        (np.float32(1.0), "array", np.float32, ()),
        (np.array(1), "array", int, ()),
        (1.0, "py", float, ()),
        (True, "py", bool, ()),
        (1j, "py", complex, ()),
    ],
)
def test_fact_of_numbers(live, kind, dtype, shape):
    fact = fact_of(live)

    assert (fact.kind, fact.dtype, fact.shape) == (kind, np.dtype(dtype), shape)


@pytest.mark.parametrize("live", ["text", None, (1.0, 2.0), [1.0], {}, object(), np.array(["a"]), np.array([None])])
def test_everything_else_is_an_object(live):
    assert fact_of(live) == OBJECT


def test_an_unknown_dtype_is_not_float64():
    # NumPy takes None for float64 in comparisons
    assert Fact("array", None, (3,)) != VECTOR
    assert not same_dtype(None, np.dtype(float))
    assert not same_dtype(None, None)
    assert same_dtype(np.dtype(float), np.dtype("f8"))


def test_what_may_vary():
    varying = [VECTOR, PY_FLOAT, ANY, PACK, list_fact(PY_FLOAT), list_fact(None), array_fact(complex, ())]
    fixed = [OBJECT, PY_INT, PY_BOOL, Fact("shape", None, (2,)), list_fact(PY_INT), array_fact(int, (3,))]

    assert all(f.may_vary for f in varying)
    assert not any(f.may_vary for f in fixed)


def test_rank_and_size():
    assert (VECTOR.ndim, VECTOR.size, VECTOR.is_scalar) == (1, 3, False)
    assert (PY_FLOAT.ndim, PY_FLOAT.size, PY_FLOAT.is_scalar) == (0, 1, True)
    assert (ANY.ndim, ANY.size, ANY.is_scalar) == (None, None, False)
    unknown = array_fact(float, (Dim(), 2))
    assert (unknown.ndim, unknown.size) == (2, None)


@pytest.mark.parametrize(
    ("fact", "printed"),
    [
        (VECTOR, "array float64[3]"),
        (PY_INT, "py int64[]"),
        (ANY, "any"),
        (PACK, "pack"),
        (array_fact(None, None), "array ?[?]"),
        (array_fact(float, (Dim(), 2)), "array float64[?,2]"),
        (list_fact(PY_FLOAT), "list[py float64[]]"),
    ],
)
def test_text(fact, printed):
    assert str(fact) == printed


def test_join_keeps_what_both_know():
    n = Dim()
    assert join(VECTOR, VECTOR) == VECTOR
    assert join(None, VECTOR) == join(VECTOR, None) == VECTOR
    assert join(None, None) == ANY
    assert join(PY_FLOAT, PY_INT) == Fact("py", None, ())
    assert join(PY_FLOAT, array_fact(float, ())) == Fact("num", np.dtype(float), ())
    assert join(array_fact(float, (n, 2)), array_fact(float, (n, 2))).shape == (n, 2)
    other = join(array_fact(float, (n, 2)), array_fact(float, (Dim(), 2))).shape
    assert isinstance(other[0], Dim)
    assert other[0] is not n
    assert other[1] == 2
    assert join(VECTOR, array_fact(float, (3, 1))) == Fact("array", np.dtype(float), None)
    assert join(VECTOR, OBJECT) == ANY
    assert join(list_fact(PY_FLOAT), list_fact(PY_INT)) == list_fact(Fact("py", None, ()))
    assert join(list_fact(None), list_fact(PY_INT)) == list_fact(PY_INT)


def test_forgetting():
    assert forgets(VECTOR, array_fact(float, (Dim(),)))
    assert forgets(PY_FLOAT, Fact("num", np.dtype(float), ()))
    assert not forgets(VECTOR, VECTOR)
    # one unknown size is like another, or loops would never settle
    assert not forgets(array_fact(float, (Dim(),)), array_fact(float, (Dim(),)))


def test_an_integer_that_is_a_size():
    n = Dim()
    assert int_fact(n).length is n
    assert int_fact(3) != int_fact(4)
    assert int_fact(3) != PY_INT


def test_broadcasting_of_known_shapes():
    assert broadcast_shapes((3, 1), (2,)) == (3, 2)
    assert broadcast_shapes() == ()
    assert broadcast_shapes((), (2,)) == (2,)
    assert broadcast_shapes((2,), None) is None


def test_broadcasting_of_unknown_sizes():
    n, m = Dim(), Dim()
    assert broadcast_shapes((n,), (n,)) == (n,)
    assert broadcast_shapes((n,), (1,)) == (n,)
    assert broadcast_shapes((1,), (n,)) == (n,)
    # an unknown size against 3 is 1 or 3
    assert broadcast_shapes((n,), (3,)) == broadcast_shapes((3,), (n,)) == (3,)
    (size,) = broadcast_shapes((n,), (m,))
    assert isinstance(size, Dim)
    assert size not in (n, m)


def test_equality_of_shapes():
    n = Dim()
    assert same_shape((2, n), (2, n))
    assert not same_shape((2, n), (2, Dim()))
    assert not same_shape((2,), (2, 2))
    assert not same_shape(None, None)


def test_fresh_shapes():
    first, second = fresh_shape(2)
    assert first is not second
    assert without_sizes(array_fact(float, (1, 2))).ndim == 2
    assert without_sizes(PY_FLOAT) == PY_FLOAT
