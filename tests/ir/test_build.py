"""The builder: what is folded, shared and kept apart while instructions are made."""

import numpy as np
import pytest

from srcad.ir import core
from srcad.ir.build import Builder, is_absent, is_number, key_of
from srcad.ir.facts import PY_BOOL, PY_FLOAT, array_fact
from srcad.ir.nodes import UNDEFINED, ZERO, Apply, Block, Const, Display, If, Value

VECTOR = array_fact(float, (3,))


@pytest.fixture
def build():
    return Builder(Block(), derived=True)


@pytest.fixture
def x():
    return Value("x", VECTOR)


@pytest.fixture
def y():
    return Value("y", VECTOR)


def made(build):
    """The instructions as text without names."""
    return [(i.primitive.name, i.args) for i in build.block.body if isinstance(i, Apply)]


def test_zeros_vanish(build, x):
    assert build.add(ZERO, x) is x
    assert build.add(x, ZERO) is x
    assert build.sub(x, ZERO) is x
    assert build.mul(x, ZERO) is ZERO
    assert build.neg(ZERO) is ZERO
    assert build.one(core.DIV, ZERO, x) is ZERO
    assert made(build) == []


def test_a_zero_taken_from_is_a_sign(build, x):
    negated = build.sub(ZERO, x)

    assert made(build) == [("operator.neg", (x,))]
    assert build.neg(negated) is x


def test_ones_disappear(build, x):
    assert build.mul(x, Const(1.0)) is x
    assert build.mul(Const(1), x) is x
    assert build.one(core.DIV, x, Const(1.0)) is x
    assert build.one(core.POW, x, Const(1)) is x
    assert made(build) == []


def test_a_one_of_another_type_stays(build, x):
    assert build.mul(x, Const(True)) is not x
    assert build.mul(x, Const(np.float64(1.0))) is not x


def test_signs_move_outwards(build, x, y):
    product = build.mul(build.neg(x), y)

    assert [name for name, _ in made(build)] == ["operator.neg", "operator.mul", "operator.neg"]
    assert build.neg(product) is build.definitions[product].args[0]
    assert build.definitions[build.add(y, build.neg(x))].primitive is core.SUB
    assert build.definitions[build.add(build.neg(x), y)].args == (y, x)


def test_literals_are_computed_with(build):
    assert build.mul(Const(2.0), Const(3)).value == 6.0
    assert build.one(core.POW, Const(2), Const(3)).value == 8
    assert made(build) == []


def test_arithmetic_that_fails_is_left_to_fail(build):
    quotient = build.one(core.DIV, Const(1.0), Const(0.0))

    assert build.definitions[quotient].primitive is core.DIV


def test_the_arithmetic_of_the_user_is_left_as_it_is(x):
    build = Builder(Block())

    assert build.mul(x, Const(1.0)) is not x
    assert isinstance(build.mul(Const(2.0), Const(3.0)), Value)


def test_equal_applications_are_one(build, x, y):
    assert build.mul(x, y) is build.mul(x, y)
    assert build.mul(x, y) is not build.mul(y, x)
    assert build.one(core.INDEX, x, Const(slice(1, None))) is build.one(core.INDEX, x, Const(slice(1, None)))


def test_equal_numbers_of_other_types_are_apart(build, x):
    results = {build.mul(x, Const(v)) for v in (2, 2.0, np.float64(2.0))}

    assert len(results) == 3
    assert build.one(core.DIV, Const(1.0), x) is not build.one(core.DIV, Const(1), x)


def test_memory_is_made_anew(build):
    first, second = (build.one(core.ZEROS, Const((3,)), Const(np.dtype(float))) for _ in range(2))

    assert first is not second


def test_effects_are_not_shared(build):
    for _ in range(2):
        build.apply(core.WARN, Const("look"))

    assert len(build.block.body) == 2


def test_what_is_computed_in_a_branch_is_not_shared_with_code_after_it(build, x, y):
    outside = build.mul(x, y)
    with build.inside(Block()):
        assert build.mul(x, y) is outside
        inside = build.add(x, y)
    assert build.add(x, y) is not inside


def test_facts_are_inferred(build, x):
    assert build.mul(x, Const(2.0)).fact == VECTOR
    assert build.one(core.INDEX, x, Const(0)).fact.shape == ()
    assert build.one(core.SHAPE, x).fact.kind == "shape"


def test_shapes_are_asked_of_what_is_there_anyway(build, x):
    product = build.mul(x, Const(2.0))

    assert build.one(core.SHAPE, product) is build.one(core.SHAPE, x)
    assert build.one(core.SHAPE, Value("a", PY_FLOAT)).value == ()


def test_broadcasts_are_left_out_where_arithmetic_broadcasts(build, x):
    a = Value("a", PY_FLOAT)
    rows = build.one(core.BROADCAST, a, build.one(core.SHAPE, x))

    assert build.definitions[build.mul(rows, x)].args == (a, x)
    assert build.definitions[build.add(x, rows)].args == (x, a)
    scaled = build.definitions[build.mul(rows, Const(2.0))]
    assert scaled.primitive is core.BROADCAST


def test_a_branch_has_results_only_where_its_sides_differ(build, x, y):
    c = Value("c", PY_BOOL)
    then, orelse = Block(outs=[x, x, Const(1.0)]), Block(outs=[x, y, Const(1.0)])

    outs = build.branch(c, then, orelse, ["a", "b", "c"])

    assert outs[0] is x
    assert outs[2].value == 1.0
    assert isinstance(outs[1], Value)
    instruction = build.block.body[0]
    assert isinstance(instruction, If)
    assert instruction.results == (outs[1],)
    assert (then.outs, orelse.outs) == ([x], [y])
    assert outs[1].fact == VECTOR


def test_equal_literals_of_other_types_make_a_result(build):
    c = Value("c", PY_BOOL)

    (out,) = build.branch(c, Block(outs=[Const(1)]), Block(outs=[Const(1.0)]), ["a"])

    assert isinstance(out, Value)


def test_a_value_made_inside_of_a_branch_becomes_a_result(build, x):
    c, inner = Value("c", PY_BOOL), Value("inner", VECTOR)
    then = Block(body=[Apply((inner,), core.NEG, (x,))], outs=[inner])

    (out,) = build.branch(c, then, Block(diverges=True), ["a"])

    assert out is not inner
    assert build.block.body[0].results == (out,)


def test_keys():
    x = Value("x")
    assert key_of(Const(1)) != key_of(Const(1.0)) != key_of(Const(True))
    assert key_of(Const(0.0)) != key_of(Const(-0.0))
    assert key_of(Const((1, slice(2)))) == key_of(Const((1, slice(2))))
    assert key_of(Const([1])) != key_of(Const([1]))
    assert key_of(Display("tuple", (x, Const(1)))) == key_of(Display("tuple", (x, Const(1))))
    assert key_of(Display("tuple", (x,))) != key_of(Display("list", (x,)))


def test_what_counts_as_a_number_and_as_nothing():
    assert is_number(Const(1.0), 1)
    assert not is_number(Const(True), 1)
    assert is_absent(ZERO)
    assert is_absent(UNDEFINED)
    assert not is_absent(Const(0.0))
