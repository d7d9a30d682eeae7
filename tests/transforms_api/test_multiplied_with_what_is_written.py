"""A vector that a derivative is multiplied with must not be the array that the function writes into."""

import numpy as np
import pytest

import srcad
from srcad import functional
from tests.support import assert_locates, assert_same

X = np.array([0.5, -1.2, 2.0])
V = np.array([0.1, 0.2, 0.3])
RECORD = np.zeros(3)


def recorded(x):
    RECORD[:] = RECORD + x * x
    return np.sum(RECORD * x**2)


def product(x):
    RECORD[:] = RECORD + x * x
    return RECORD * x


CALLS = {
    "hvp": lambda v: srcad.hvp(recorded)(X, v),
    "jvp": lambda v: srcad.jvp(recorded, (X,), (v,))[1],
    "functional.hvp": lambda v: functional.hvp(recorded, X, v)[1],
    "functional.vhp": lambda v: functional.vhp(recorded, X, v)[1],
    "functional.jvp": lambda v: functional.jvp(recorded, X, v)[1],
    "functional.vjp": lambda v: functional.vjp(product, X, v)[1],
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_array_itself_is_refused_and_a_copy_is_taken(call):
    RECORD[:] = V
    expected = call(V)
    RECORD[:] = V

    with pytest.raises(srcad.DifferentiationError, match="RECORD, which is written into, shares memory") as info:
        call(RECORD)

    assert "remedy: pass a copy of one of them" in str(info.value)
    assert_same(V, RECORD)
    assert_same(expected, call(RECORD.copy()))


def test_the_error_says_which_function_writes():
    RECORD[:] = V
    with pytest.raises(srcad.DifferentiationError) as info:
        CALLS["hvp"](RECORD)

    assert_locates(info.value, recorded, "def recorded(x):")
