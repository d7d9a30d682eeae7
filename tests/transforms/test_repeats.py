"""Equal applications are made once, where the first is in scope."""

import numpy as np

from srcad.ir import core
from srcad.ir.facts import PY_BOOL, array_fact
from srcad.ir.nodes import Apply, Block, Const, Function, If, Value
from srcad.transforms.repeats import without_repeats
from tests.transforms.lowered import changed

VECTOR = array_fact(float, (3,))


def twice(x, first, second):
    """Two equal applications, added."""
    total = Value("total", VECTOR)
    applies = [Apply((value,), core.MUL, (x, Const(2.0)), derived=True) for value in (first, second)]
    return [*applies, Apply((total,), core.ADD, (first, second))], total


def test_the_second_is_the_first():
    x, first, second = Value("x", VECTOR), Value("", VECTOR), Value("y", VECTOR)
    body, total = twice(x, first, second)

    assert changed(without_repeats, Function("f", [x], Block(body=body, outs=[total]))) == [
        "  y = operator.mul(x, 2.0)",
        "  total = operator.add(y, y)",
        "  yield total",
    ]


def test_arithmetic_of_the_user_stays_the_users():
    x, first, second = Value("x", VECTOR), Value("", VECTOR), Value("", VECTOR)
    body, total = twice(x, first, second)
    body[1].derived = False

    block = without_repeats(Block(body=body, outs=[total]))

    assert len(block.body) == 2
    assert not block.body[0].derived


def test_another_type_of_number_is_another_application():
    x, first, second = Value("x", VECTOR), Value("", VECTOR), Value("", VECTOR)
    body, total = twice(x, first, second)
    body[1].args = (x, Const(np.float32(2.0)))

    assert len(without_repeats(Block(body=body, outs=[total])).body) == 3


def branched(inside_first):
    """A branch one side of which makes what is made before or behind it."""
    c, x = Value("c", PY_BOOL), Value("x", VECTOR)
    result, inner, outer = Value("y", VECTOR), Value("", VECTOR), Value("", VECTOR)
    made = Apply((outer,), core.NEG, (x,))
    branch = If((result,), c, Block(body=[Apply((inner,), core.NEG, (x,))], outs=[inner]), Block(outs=[x]))
    body = [branch, made] if inside_first else [made, branch]
    return Function("f", [c, x], Block(body=body, outs=[result, outer]))


def test_what_is_made_before_a_branch_is_in_scope_in_it():
    assert changed(without_repeats, branched(inside_first=False)) == [
        "  t = operator.neg(x)",
        "  y = if c:",
        "    yield t",
        "  else:",
        "    yield x",
        "  yield y, t",
    ]


def test_what_is_made_in_a_branch_is_not_in_scope_behind_it():
    assert sum("operator.neg" in line for line in changed(without_repeats, branched(inside_first=True))) == 2


def test_what_has_effects_is_done_again():
    x, first, second = Value("x", VECTOR), Value("", VECTOR), Value("", VECTOR)
    applies = [Apply((value,), core.WARN, (x,)) for value in (first, second)]

    assert len(without_repeats(Block(body=applies)).body) == 2
