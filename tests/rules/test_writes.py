"""``rules/writes.py``: for many forms of arguments, what is computed is what NumPy leaves, or raises."""

import operator
import warnings

import numpy as np
import pytest

import srcad
from srcad.ir.build import Builder
from srcad.ir.facts import ANY, fact_of, without_sizes
from srcad.ir.nodes import Block, Const, Display, Value
from srcad.rules import writes
from tests.rules.interpret import live, run

A = np.arange(6.0).reshape(2, 3) - 2.5
V = np.array([1.5, -0.5, 2.25])
N = np.arange(3)
F32 = V.astype(np.float32)
U8 = np.array([250, 3, 7], np.uint8)
B = np.array([True, False, True])
Z = np.array([0.5 + 1j, 2.0, -1j])
RNG = np.random.default_rng(0)


class Given:
    """The arguments of a call as operands, arrays and floats being values of which more or less is known."""

    def __init__(self, knowledge):
        self.knowledge = knowledge
        self.env = {}

    def operand(self, x):
        if isinstance(x, np.ndarray | np.generic | float) or callable(getattr(x, "shuffle", None)):
            fact = fact_of(x)
            if isinstance(x, np.ndarray):
                fact = {"all": fact, "ranks": without_sizes(fact), "nothing": ANY}[self.knowledge]
            value = Value("", fact)
            self.env[value] = x
            return value
        if isinstance(x, tuple) and any(isinstance(item, np.ndarray) for item in x):
            return Display("tuple", tuple(map(self.operand, x)))
        return Const(x)


def copied(x):
    return tuple(map(copied, x)) if isinstance(x, tuple) else np.array(x) if isinstance(x, np.ndarray) else x


def called(function, args, kwargs):
    return getattr(args[0], function)(*args[1:], **kwargs) if isinstance(function, str) else function(*args, **kwargs)


def by_numpy(function, args, kwargs, place):
    args, kwargs = [copied(a) for a in args], {k: copied(v) for k, v in kwargs.items()}
    called(function, args, kwargs)
    target = kwargs[place] if isinstance(place, str) else args[place]
    if isinstance(function, np.ufunc) and isinstance(place, int):
        target = tuple(args[place:])
    return target if isinstance(target, tuple) else (target,)


def by_rule(function, args, kwargs, knowledge):
    given = Given(knowledge)
    operands = [given.operand(a) for a in args]
    named = {k: given.operand(v) for k, v in kwargs.items()}
    build = Builder(Block())
    ((place, new),) = writes.written(build, function, operands, named)
    for _ in run(build.block, given.env):
        pass
    return place, tuple(live(n, given.env) for n in new)


def outcome(compute):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compute()
    except Exception as error:
        return error


CALLS = [
    *((np.copyto, (x, v), {}) for x in (A, V, N, F32, U8, B) for v in (V, N, F32, U8, B, Z, 2, 0.5, True, 1j, [1, 2, 3], V[:1])),
    *((np.copyto, (x, v), {"casting": c}) for x in (V, N, F32) for v in (V, N, 0.5) for c in ("no", "safe", "unsafe")),
    *((np.copyto, (x, v), {"where": w}) for x in (A, V, N) for v in (A, V, N, 2.0, 3) for w in (B, True, False, A > 0, [1, 0, 1])),
    (np.copyto, (V, A), {}),
    (np.copyto, (V, A[:1]), {"where": B}),
    (np.copyto, (np.array(1.0), 2.0), {"where": np.array(True)}),
    *(("fill", (x, v), {}) for x in (A, N, B, np.array(1.0)) for v in (2, 0.5, True, np.float32(3.5), np.array(4.0), V, 1j)),
    *(("sort", (x,), k) for x in (A, V, N, B, np.zeros((0, 2))) for k in ({}, {"axis": 0}, {"kind": "stable"}, {"axis": 7})),
    *(("sort", (A, a), {}) for a in (0, 1, -1)),
    *(("partition", (A, k), {"axis": a}) for k in (0, 1, [0, 1]) for a in (0, 1, -1)),
    *((np.put, (x, i, v), {}) for x in (A, V, N) for i in (0, -1, [0, 2], [1, 1, 0], N, 9, []) for v in (2.0, V, [1, 2.5], V[:0])),
    *((np.put, (A, i, V), {"mode": m}) for i in (7, [7, -9, 1], N * 5) for m in ("wrap", "clip")),
    *(("put", (A, i, V), {}) for i in (7, [2, -6, 1], N)),
    *((np.place, (x, m, v), {}) for x in (A, N) for m in (A > 0, B, [1, 0, 1], [1, 0, 1, 0, 0, 1]) for v in (2.5, V, [1], V[:0])),
    *((np.putmask, (x, m, v), {}) for x in (A, N) for m in (A > 0, B, N, [1, 0, 1, 0, 0, 1]) for v in (2.5, V, A, [1], V[:0])),
    *((np.fill_diagonal, (x, v), k)
      for x in (A, A.T, np.zeros((5, 2)), np.zeros((3, 3), int), np.zeros((2, 2, 2)), np.zeros((2, 3, 2)), V)
      for v in (1.5, 2, V, [1, 2], A) for k in ({}, {"wrap": True})),
    *((np.put_along_axis, (A, i, v, a), {})
      for i in (np.array([[0], [1]]), np.array([[0, 1, 1]])) for v in (2.0, V, A[:, :1]) for a in (0, 1)),
    (np.put_along_axis, (A, np.array([0, 5]), V[:2], None), {}),
    (np.put_along_axis, (V, np.array([0, 0]), V[1:], 0), {}),
    *((f.at, (x, i, v), {}) for f in (np.add, np.subtract, np.multiply, np.divide, np.maximum, np.power, np.hypot)
      for x in (V, N, F32, U8) for i in ([0, 1], [0, 0, 2], B, slice(0, 2), 1, N) for v in (2, 0.5, V[:1], U8[:1])),
    *((f.at, (x, i), {}) for f in (np.negative, np.exp, np.square) for x in (V, N) for i in ([0, 1], [0, 0], B, 1)),
    *((f, (x, y), {"out": o}) for f in (np.add, np.divide, np.power, np.greater)
      for x in (V, N, F32) for y in (V, N, 2, 0.5) for o in (V, N, F32, B, A, V[:1], Z)),
    *((f, (x, o), {}) for f in (np.sin, np.abs, np.floor, np.isnan) for x in (V, N, F32, 0.5) for o in (V, N, F32, B, A)),
    *((np.add, (x, 2.0), {"out": o, "where": w}) for x in (V, N) for o in (V, A, N) for w in (B, True, False, A > 0)),
    *((np.add, (V, 0.5), {"out": N, "casting": c}) for c in ("unsafe", "safe")),
    (np.add, (V, 1), {"out": (A,)}),
    (np.add, (V, 1), {"out": F32, "dtype": np.float32}),
    (np.modf, (V,), {"out": (V, F32)}),
    (np.divmod, (V, 2.0), {"out": (V, V)}),
    (np.divmod, (V, 2.0, V, V), {}),
    *((np.matmul, (A, x), {"out": o}) for x in (V, A.T, N) for o in (V[:2], np.zeros((2, 2)), np.zeros((3, 2)), F32[:2], N[:2])),
    *((np.sum, (x, 0), {"out": o}) for x in (A, N[:, None] * N, A.astype(np.float32), A > 0) for o in (V, F32, N, V[:2])),
    *((f, (x,), {"out": o}) for f in (np.cumsum, np.cumprod) for x in (V, N, F32) for o in (V, F32, N)),
    *((f, (A, 0), {"out": o}) for f in (np.max, np.mean, np.median, np.nanmax) for o in (V, V[:2])),
    *((np.max, (A, 0, o), {}) for o in (V, V[:2])),
    *(("sum", (A, 0, None, o), {}) for o in (V, F32)),
    *(("clip", (V, 0, 1, o), {}) for o in (V, A)),
    *((np.take, (V, [0, 7], None, o, "clip"), {}) for o in (V[:2], V)),
    *((np.round, (V, 1, o), {}) for o in (V, V[:2])),
    (np.dot, (A, V), {"out": np.zeros(2)}),
    (np.percentile, (A, 50), {"axis": 0, "out": np.zeros(3)}),
    (np.add.reduce, (A, 0, None, np.zeros(3)), {}),
    (np.add.accumulate, (V,), {"out": np.zeros(3)}),
    (np.multiply.outer, (V, V), {"out": np.zeros((3, 3))}),
    (np.nan_to_num, (V,), {"copy": False}),
    (np.nan_to_num, (np.array([np.nan, np.inf, 1.0]),), {"copy": False, "posinf": 7.0}),
]


ALIKE = {"Cannot insert from an empty array!": (IndexError,)}
"""What is told in other words where too little is known."""


def name_of(call):
    function, args, kwargs = call
    return f"{getattr(function, '__name__', function)}{args}{kwargs}"[:90].replace("\n", "")


@pytest.mark.parametrize("knowledge", ["all", "ranks", "nothing"])
@pytest.mark.parametrize("call", CALLS, ids=name_of)
def test_what_is_computed_is_what_numpy_leaves(call, knowledge):
    function, args, kwargs = call
    given = Given("all")
    (place,) = writes.places(function, [given.operand(a) for a in args], {k: given.operand(v) for k, v in kwargs.items()})
    expected = outcome(lambda: by_numpy(function, args, kwargs, place))

    found = outcome(lambda: by_rule(function, args, kwargs, knowledge))

    if isinstance(expected, Exception):
        assert isinstance(found, Exception), f"NumPy raises {expected!r}, found {found}"
        kinds = (type(expected), srcad.DifferentiationError, *ALIKE.get(str(expected), ()))
        assert isinstance(found, kinds), f"NumPy raises {expected!r}, found {found!r}"
        return
    if isinstance(found, srcad.DifferentiationError):
        assert "give both the same" in str(found)
        return
    if isinstance(found, Exception):
        raise found
    where, new = found
    assert where == place
    for got, wanted in zip(new, expected, strict=True):
        assert got.dtype == wanted.dtype
        np.testing.assert_array_equal(got, wanted)




OPERATORS = {
    operator.add: operator.iadd, operator.sub: operator.isub, operator.mul: operator.imul,
    operator.truediv: operator.itruediv, operator.floordiv: operator.ifloordiv, operator.mod: operator.imod,
    operator.pow: operator.ipow, operator.and_: operator.iand, operator.lshift: operator.ilshift,
    operator.matmul: operator.imatmul,
}


@pytest.mark.parametrize("knowledge", ["all", "ranks", "nothing"])
@pytest.mark.parametrize("function", OPERATORS, ids=lambda f: f.__name__)
def test_augmented_assignment_is_checked_as_numpy_does(function, knowledge):
    for x in (V, N, F32, U8, B, A, V[:1], A[:, :2]):
        for v in (V, N, F32, B, A, 2, 0.5, True, np.float64(1.5), np.int64(2), A[:1], A[:, :1], np.eye(2)):
            expected = outcome(lambda x=x, v=v: OPERATORS[function](np.array(x), copied(v)))
            given = Given(knowledge)
            build = Builder(Block())
            settled = writes.check_augmented(build, function, given.operand(x), given.operand(v))

            found = outcome(lambda build=build, given=given, x=x, v=v: ([*run(build.block, given.env)], function(x, v)))

            if isinstance(expected, Exception):
                assert isinstance(found, type(expected)), (x, v, expected, found)
            elif isinstance(found, Exception):
                raise found
            assert not settled or not build.block.body


def test_common_augmented_assignments_need_no_check():
    given = Given("ranks")
    for x, v in ((V, 2.0), (V, 2), (A, 0.5), (V, np.float64(1.5)), (F32, 0.5)):
        build = Builder(Block())
        assert writes.check_augmented(build, operator.add, given.operand(x), given.operand(v))
        assert not build.block.body


def test_where_a_call_writes():
    none = Const(None)
    assert writes.places(np.copyto, [V, V], {}) == (0,)
    assert writes.places(np.copyto, [], {"dst": V, "src": V}) == ("dst",)
    assert writes.places(np.add.at, [V, 0, 1.0], {}) == (0,)
    assert writes.places("sort", [V], {}) == (0,)
    assert writes.places(np.sin, [V, V], {}) == (1,)
    assert writes.places(np.sin, [V], {"out": V}) == ("out",)
    assert writes.places(np.sin, [V, none], {"out": none}) == ()
    assert writes.places(np.sum, [V, 0, none, V], {}) == (3,)
    assert writes.places("sum", [V, 0, none, V], {}) == (3,)
    assert writes.places(np.random.Generator.shuffle, [RNG, V], {}) == (1,)
    assert writes.places(np.sort, [V], {}) == ()
    assert writes.places(np.nan_to_num, [V], {}) == ()
    assert writes.places(len, [V], {}) == ()
    assert writes.places([].append, [V], {}) == ()
    assert not writes.returns_target(np.copyto)
    assert not writes.returns_target(np.add.at)
    assert writes.returns_target(np.sin)
    assert writes.returns_target(np.nan_to_num)


def test_shuffling_draws_once():
    given = Given("all")
    x = np.arange(8.0)
    np.random.seed(3)
    np.random.shuffle(expected := x.copy())
    after = np.random.rand()
    build = Builder(Block())

    ((_, (new,)),) = writes.written(build, np.random.shuffle, [given.operand(x)], {})
    np.random.seed(3)
    for _ in run(build.block, given.env):
        pass

    np.testing.assert_array_equal(live(new, given.env), expected)
    assert np.random.rand() == after
