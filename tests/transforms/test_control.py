"""Loops and branches say no more than they need to."""

import numpy as np

from srcad.ir import core
from srcad.ir.facts import PACK, array_fact
from srcad.ir.nodes import UNDEFINED, Apply, Block, Function, Value
from srcad.transforms.adjoint import gradient
from srcad.transforms.control import with_plain_control
from srcad.transforms.dead import without_dead
from tests.transforms.lowered import changed, lines, lowered

X = np.ones(3)
VECTOR = array_fact(float, (3,))


def plain(block):
    return without_dead(with_plain_control(without_dead(block)))


def total(x, n):
    value = 0.0
    for k in range(n):
        value = value + x[k]
    return value


def test_an_adjoint_that_stays_the_same_is_not_carried():
    function = gradient(lowered(total, X, 3), (True, False), (True,))
    assert any("carry value_bar" in line for line in lines(function))

    text = changed(plain, function)

    assert not any("value_bar" in line for line in text)
    assert "    x_bar.4 = accumulated(x_bar.3, k.2, 1.0)" in text


def twice_the_same_question(x, n):
    if n > 0:
        a = np.sin(x)
    else:
        a = x
    if n > 0:
        b = a * 2.0
    else:
        b = x
    return b


def test_branches_on_one_condition_are_one():
    assert changed(plain, lowered(twice_the_same_question, X, 2)) == [
        "  t = operator.gt(n, 0)",
        "  b = if t:",
        "    a = np.sin(x)",
        "    b.2 = operator.mul(a, 2.0)",
        "    yield b.2",
        "  else:",
        "    yield x",
        "  yield b",
    ]


def both_alike(x, n):
    if n > 0:
        y, z = x, np.sin(x)
    else:
        y, z = x, np.cos(x)
    return y * z


def test_what_both_sides_yield_is_no_result():
    text = changed(plain, lowered(both_alike, X, 2))

    assert "  z = if t:" in text
    assert text[-2] == "  t.2 = operator.mul(x, z)"


def with_flags(x, limit):
    for k in range(3):
        if x[k] < 0.0:
            continue
        if x[k] > limit:
            break
        x = x * 2.0
    return x


def test_flags_are_expressions():
    assert changed(plain, lowered(with_flags, X, 2.0))[2:8] == [
        "    skipped = operator.lt(t, 0.0)",
        "    t.2 = operator.not_(skipped)",
        "    stopped.2 = if t.2:",
        "      t.3 = operator.gt(t, limit)",
        "      yield t.3",
        "    else:",
    ]


# ---- packs ----------------------------------------------------------------------------------------------------------


def packed_and_unpacked(*packed):
    """A function of x and y that packs values, takes the pack apart and multiplies the first two parts."""
    x, y, pack, product = Value("x", VECTOR), Value("y", VECTOR), Value("", PACK), Value("product", VECTOR)
    values = {"x": x, "y": y, "undefined": UNDEFINED}
    parts = tuple(Value(f"part{k}", VECTOR) for k in range(len(packed)))
    body = [
        Apply((pack,), core.PACKED, tuple(values[name] for name in packed), derived=True),
        Apply(parts, core.UNPACKED, (pack,), derived=True),
        Apply((product,), core.MUL, parts[:2]),
    ]
    return Function("f", [x, y], Block(body=body, outs=[product]))


def test_a_pack_is_not_made_to_be_taken_apart():
    assert changed(plain, packed_and_unpacked("y", "x")) == ["  product = operator.mul(y, x)", "  yield product"]


def test_a_pack_of_what_is_not_there_is_taken_apart():
    function = packed_and_unpacked("x", "y", "undefined")

    assert changed(plain, function) == lines(function)
