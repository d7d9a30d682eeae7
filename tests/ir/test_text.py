"""The debug printer: every instruction, names made unique, and code that is not well-formed too."""

import numpy as np

import srcad
from srcad.ir import core, text, verify
from srcad.ir.facts import PY_BOOL, PY_FLOAT, PY_INT, array_fact, list_fact
from srcad.ir.nodes import (
    UNDEFINED,
    Apply,
    Block,
    Call,
    Const,
    Display,
    Function,
    If,
    Loop,
    Raise,
    Remark,
    Value,
)


def lines_of(function):
    return text.text(function).splitlines()


def test_straight_line():
    x = Value("x", array_fact(float, (3,)))
    t, y = Value("", array_fact(float, (3,))), Value("y", PY_FLOAT)
    body = [Apply((t,), core.MUL, (x, Const(2.0))), Apply((y,), core.INDEX, (t, Const(0)))]

    assert lines_of(Function("f", [x], Block(body=body, outs=[y, t]))) == [
        "f(x: array float64[3])",
        "  t: array float64[3] = operator.mul(x, 2.0)",
        "  y: py float64[] = operator.getitem(t, 0)",
        "  yield y, t",
    ]


def test_names_are_unique():
    values = [Value("x", PY_FLOAT), Value("x", PY_FLOAT), Value("", PY_FLOAT), Value("", PY_FLOAT)]

    assert lines_of(Function("f", values, Block(outs=list(values)))) == [
        "f(x: py float64[], x.2: py float64[], t: py float64[], t.2: py float64[])",
        "  yield x, x.2, t, t.2",
    ]


def test_displays_and_keywords():
    x, y = Value("x", PY_FLOAT), Value("y", PY_FLOAT)
    args = (Display("tuple", (x, Const(1))), Display("list", (x,)), Display("slice", (x, Const(None), Const(2))))
    apply = Apply((y,), core.PACKED, args, (("axis", Const(0)), ("key", Display("strange", (x,)))))

    assert lines_of(Function("f", [x], Block(body=[apply], outs=[])))[1:] == [
        "  y: py float64[] = packed((x, 1,), [x], slice(x, None, 2), axis=0, key=strange(x))",
        "  yield",
    ]


def test_call_remark_and_raise():
    x, y = Value("x", PY_FLOAT), Value("y", PY_FLOAT)
    callee = Function("g", [x], Block(outs=[x]))
    body = [Remark("backward"), Call((y,), callee, (x,)), Raise(None, "no\nsuch luck"), Raise(x), Raise(None)]

    assert lines_of(Function("f", [x], Block(body=body, diverges=True)))[1:] == [
        "  # backward",
        "  y: py float64[] = call g(x)",
        "  raise no",
        "  raise x",
        "  raise None",
        "  diverges",
    ]


def test_branch():
    c, x, y, t = Value("c", PY_BOOL), Value("x", PY_FLOAT), Value("y", PY_FLOAT), Value("", PY_FLOAT)
    then = Block(body=[Apply((t,), core.NEG, (x,))], outs=[t])
    function = Function("f", [c, x], Block(body=[If((y,), c, then, Block(outs=[UNDEFINED]))], outs=[y]))

    assert lines_of(function)[1:] == [
        "  y: py float64[] = if c:",
        "    t: py float64[] = operator.neg(x)",
        "    yield t",
        "  else:",
        "    yield UNDEFINED",
        "  yield y",
    ]


def loop():
    x, total, final = Value("x", PY_FLOAT), Value("total", PY_FLOAT), Value("final", PY_FLOAT)
    saved, item, index = Value("saved", list_fact(PY_FLOAT)), Value("item", PY_FLOAT), Value("k", PY_INT)
    stop, t = Value("stop", PY_BOOL), Value("t", PY_FLOAT)
    rest = (Value("trips", PY_INT), Value("stopped", PY_BOOL))
    head = Block(body=[Apply((stop,), core.NOT, (item,))])
    body = Block(body=[Apply((t,), core.MUL, (total, item))], outs=[t, total])
    made = Loop((final, saved, *rest), Const(3), True, index, [(x, item)], [total], [Const(1.0)], head, stop,
                Block(outs=[total]), body)
    return Function("f", [x], Block(body=[made], outs=[final]))


def test_loop():
    assert lines_of(loop())[1:] == [
        "  final: py float64[], saved: list[py float64[]], trips: py int64[], stopped: py bool[] = "
        "loop k down from 3; carry total from 1.0; scan item of x",
        "    stop: py bool[] = operator.not_(item)",
        "    stop if stop:",
        "      yield total",
        "    t: py float64[] = operator.mul(total, item)",
        "    yield t, total",
        "  yield final",
    ]


def test_loops_without_end_and_with_a_count():
    function = loop()
    made = function.block.body[0]
    made.reverse = False
    assert " = loop k below 3;" in text.text(function)
    made.count, made.carried, made.inits, made.scanned = None, [], [], []
    assert text.text(function).splitlines()[1].endswith(" = loop k")


def test_code_that_is_not_well_formed_prints():
    function = loop()
    function.block.body[0].inits = []

    assert "carry total from UNDEFINED" in text.text(function)


def test_one_instruction_has_the_names_of_the_whole():
    x = Value("x", PY_FLOAT)
    first, second = Value("", PY_FLOAT), Value("", PY_FLOAT)
    applies = [Apply((first,), core.NEG, (x,)), Apply((second,), core.NEG, (first,))]
    function = Function("f", [x], Block(body=applies, outs=[second]))

    assert text.text_of(function, applies[1]) == "t.2: py float64[] = operator.neg(t)"


def test_everything_that_the_transforms_make_prints(monkeypatch):
    printed = []
    monkeypatch.setattr(verify, "verify", lambda function: printed.append(text.text(function)))

    def f(x, n):
        total = 0.0
        for k in range(n):
            if total > 5.0:
                break
            total = total + helper(x[k], k)
        return total

    srcad.hessian(f)(np.array([1.0, 2.0, 3.0]), 3)
    names = {lines.partition("(")[0] for lines in printed}

    assert {"f", "f_grad", "f_grad_jvp", "f_grad_jvp_rows"} <= names
    assert all("Zero" not in lines for lines in printed)


def helper(a, k):
    return a * a if k > 0 else a**3
