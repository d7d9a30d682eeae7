"""The verifier: what is well-formed passes, and each way of not being so is named with its instruction."""

import operator

import numpy as np
import pytest

import srcad
from srcad.ir import core, verify
from srcad.ir.facts import PACK, PY_BOOL, PY_FLOAT, PY_INT, array_fact, list_fact
from srcad.ir.nodes import (
    UNDEFINED,
    ZERO,
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
from srcad.ir.primitive import Primitive
from srcad.ir.verify import VerificationError
from srcad.transforms.common import made
from srcad.transforms.tangent import tangent

MUL = core.MUL


def value(name, fact=PY_FLOAT):
    return Value(name, fact)


def square():
    """``y = x * x``."""
    x, y = value("x"), value("y")
    return Function("square", [x], Block(body=[Apply((y,), MUL, (x, x))], outs=[y]))


def branch():
    """``y = x * x if c else x``, with the value of one side undefined on the other."""
    c, x, y, t, only = value("c", PY_BOOL), value("x"), value("y"), value("t"), value("only")
    then = Block(body=[Apply((t,), MUL, (x, x))], outs=[t, t])
    orelse = Block(outs=[x, UNDEFINED])
    return Function("branch", [c, x], Block(body=[If((y, only), c, then, orelse)], outs=[y]))


def loop():
    """Multiplies until a product is large; collects the products."""
    x, total, product, final, products = (value(n) for n in ("x", "total", "product", "final", "products"))
    products.fact = list_fact(PY_FLOAT)
    large, index, trips, stopped = value("large", PY_BOOL), value("k", PY_INT), value("trips", PY_INT), value("s")
    head = Block(body=[Apply((product,), MUL, (total, x)), Apply((large,), LARGER, (product, Const(9.0)))])
    instruction = Loop(
        (final, products, trips, stopped), Const(5), False, index, [], [total], [Const(1.0)], head, large,
        Block(outs=[product]), Block(outs=[product, product]),
    )
    return Function("loop", [x], Block(body=[instruction], outs=[final, products]))


LARGER = Primitive("operator.gt", operator.gt, symbol=">", pure=False)


def body_of(function):
    return function.block.body


@pytest.mark.parametrize("make", [square, branch, loop])
def test_well_formed_functions_pass(make):
    verify.verify(make())


def test_the_error_names_the_instruction_and_shows_the_function():
    function = square()
    function.params = []

    with pytest.raises(VerificationError) as info:
        verify.verify(function)

    message = str(info.value)
    assert "square: %x is read where it is not defined" in message
    assert "at: y: py float64[] = operator.mul(x, x)" in message
    assert "yield y" in message


def broken_square(change):
    function = square()
    change(function, body_of(function)[0])
    return function


def broken_branch(change):
    function = branch()
    change(function, body_of(function)[0])
    return function


def broken_loop(change):
    function = loop()
    change(function, body_of(function)[0])
    return function


def defined_twice(function, apply):
    function.block.body = [apply, apply]


def parameter_twice(function, apply):
    function.params = [*function.params, *function.params]


def used_before(function, apply):
    later = value("later")
    function.block.body = [Apply((later,), MUL, (apply.results[0], Const(2.0))), apply]


def zero_left(function, apply):
    apply.args = (apply.args[0], ZERO)


def zero_yielded(function, apply):
    function.block.outs = [ZERO]


def undefined_operand(function, apply):
    apply.args = (apply.args[0], UNDEFINED)


def undefined_result(function, apply):
    function.block.outs = [UNDEFINED]


def undefined_in_a_display(function, apply):
    apply.args = (apply.args[0], Display("tuple", (UNDEFINED,)))


def strange_display(function, apply):
    apply.args = (apply.args[0], Display("set", (Const(1),)))


def unregistered(function, apply):
    apply.primitive = Primitive("np.unheard", np.sin)


def too_many_results(function, apply):
    apply.results = (*apply.results, value("z"))


def keyword_twice(function, apply):
    apply.kwargs = (("axis", Const(0)), ("axis", Const(1)))


def strange_owner(function, apply):
    function.owned = frozenset([value("z")])


def strange_private(function, apply):
    function.private = frozenset([1])


def unreachable(function, apply):
    function.block.body = [Raise(None, "no"), apply]
    function.block.diverges = True


def unmarked_raise(function, apply):
    function.block.body = [apply, Raise(None, "no")]


def raise_with_results(function, apply):
    function.block.body = [apply, Raise(None, "no", None, (value("z"),))]


def remark_with_results(function, apply):
    function.block.body = [apply, Remark("no", None, (value("z"),))]


def block_with_parameters(function, apply):
    function.block.params = [value("z")]


def inside_of_a_branch(function, instruction):
    function.block.outs = [instruction.then.outs[0]]


def from_the_other_side(function, instruction):
    instruction.orelse.outs = [instruction.then.outs[0], UNDEFINED]


def missing_out(function, instruction):
    instruction.orelse.outs = instruction.orelse.outs[:1]


def condition_of_a_display(function, instruction):
    instruction.condition = Display("tuple", (Const(1),))


def missing_init(function, instruction):
    instruction.inits = []


def carried_outside(function, instruction):
    function.block.outs = [instruction.carried[0]]


def index_outside(function, instruction):
    function.block.outs = [instruction.index]


def head_outside(function, instruction):
    function.block.outs = [instruction.head.body[0].results[0]]


def exit_in_the_body(function, instruction):
    apply = Apply((value("left"),), MUL, (Const(2.0), instruction.carried[0]))
    instruction.exit.body = [apply]
    instruction.body.outs = [apply.results[0], instruction.body.outs[1]]


def missing_result(function, instruction):
    instruction.results = instruction.results[:-1]


def results_in_another_order(function, instruction):
    final, products, trips, stopped = instruction.results
    instruction.results = (products, final, trips, stopped)


def too_few_outs(function, instruction):
    instruction.body.outs = []


def exit_without_stop(function, instruction):
    instruction.stop = None


def missing_exit_out(function, instruction):
    instruction.exit.outs = []


def endless(function, instruction):
    instruction.count = instruction.stop = None


def backwards_without_count(function, instruction):
    instruction.count, instruction.reverse = None, True


def head_that_yields(function, instruction):
    instruction.head.outs = [Const(1)]


def undefined_collected(function, instruction):
    instruction.body.outs = [instruction.body.outs[0], UNDEFINED]


def stop_of_the_body(function, instruction):
    again = value("again", PY_BOOL)
    instruction.body.body = [Apply((again,), LARGER, (instruction.carried[0], Const(1.0)))]
    instruction.stop = again


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (defined_twice, "%y is defined twice"),
        (parameter_twice, "%x is defined twice"),
        (used_before, "%y is read where it is not defined"),
        (zero_left, "ZERO is left in the code"),
        (zero_yielded, "ZERO is left in the code"),
        (undefined_operand, "UNDEFINED is read"),
        (undefined_result, "UNDEFINED is read"),
        (undefined_in_a_display, "UNDEFINED is read"),
        (strange_display, "a display of kind 'set'"),
        (unregistered, "np.unheard is not registered"),
        (too_many_results, "2 results, expected 1"),
        (keyword_twice, "a keyword is given twice"),
        (strange_owner, "an owned value is no parameter"),
        (strange_private, "no result has the private position"),
        (unreachable, "this is never reached"),
        (unmarked_raise, "a block that raises is not marked as diverging"),
        (raise_with_results, "a raise has results"),
        (remark_with_results, "a remark has results"),
        (block_with_parameters, "a block has parameters"),
    ],
)
def test_broken_code(change, message):
    with pytest.raises(VerificationError, match=message):
        verify.verify(broken_square(change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (inside_of_a_branch, "%t is read where it is not defined"),
        (from_the_other_side, "%t is read where it is not defined"),
        (missing_out, "a branch yields 1 values for 2 results"),
        (condition_of_a_display, "a display is read"),
    ],
)
def test_broken_branch(change, message):
    with pytest.raises(VerificationError, match=message):
        verify.verify(broken_branch(change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (missing_init, "0 initial values for 1 carried"),
        (carried_outside, "%total is read where it is not defined"),
        (index_outside, "%k is read where it is not defined"),
        (head_outside, "%product is read where it is not defined"),
        (exit_in_the_body, "%left is read where it is not defined"),
        (missing_result, "3 results, expected 4"),
        (results_in_another_order, "%final is collected and is said to be of kind py"),
        (too_few_outs, "the body yields 0 values for 1 carried"),
        (exit_without_stop, "a loop that nothing stops has an exit"),
        (missing_exit_out, "the exit yields 0 values for 1 carried"),
        (endless, "nothing ends this loop"),
        (backwards_without_count, "a loop without count runs in reverse"),
        (head_that_yields, "the head of a loop yields values"),
        (undefined_collected, "UNDEFINED is read"),
        (stop_of_the_body, "%again is read where it is not defined"),
    ],
)
def test_broken_loop(change, message):
    with pytest.raises(VerificationError, match=message):
        verify.verify(broken_loop(change))


def caller_of(callee, *args, results=1):
    names = [value(f"y{k}") for k in range(results)]
    return Function("caller", list(args), Block(body=[Call(tuple(names), callee, tuple(args))], outs=names))


def test_a_call_passes_as_many_arguments_as_there_are_parameters():
    verify.verify(caller_of(square(), value("x")))

    with pytest.raises(VerificationError, match="2 arguments for the 1 parameters of square"):
        verify.verify(caller_of(square(), value("x"), value("z")))
    with pytest.raises(VerificationError, match="2 results for the 1 of square"):
        verify.verify(caller_of(square(), value("x"), results=2))


def test_callees_are_checked_too():
    with pytest.raises(VerificationError, match="square: %x is read"):
        callee = square()
        callee.params = [value("x")]
        verify.verify(caller_of(callee, value("x")))


def test_a_callee_that_has_passed_is_not_checked_again():
    callee = square()
    verify.verify(callee)
    body_of(callee)[0].args = (ZERO, ZERO)

    verify.verify(caller_of(callee, value("x")))
    with pytest.raises(VerificationError):
        verify.verify(callee)


def test_a_recursive_function_passes():
    function = square()
    body_of(function).append(Call((value("z"),), function, (function.params[0],)))

    verify.verify(function)


def test_a_callee_that_is_being_made_is_checked_when_it_is_finished():
    outer = Function("outer", [], Block(), unfinished=True)
    inner = caller_of(outer, value("x"))
    verify.verify(inner)  # nobody knows yet what outer takes
    outer.block = Block(body=[Call((value("y"),), inner, (Const(1.0),))], outs=[Const(2.0), Const(3.0)])
    outer.unfinished = False

    with pytest.raises(VerificationError, match="caller: 1 arguments for the 0 parameters of outer"):
        verify.verify(outer)


def test_what_follows_a_branch_that_raises_on_both_sides_is_never_reached():
    function = branch()
    instruction = body_of(function)[0]
    for block in (instruction.then, instruction.orelse):
        block.body, block.diverges = [Raise(None, "no")], True
    function.block.diverges = True
    verify.verify(function)
    body_of(function).append(Apply((value("z"),), MUL, (Const(1.0), Const(2.0))))

    with pytest.raises(VerificationError, match="never reached"):
        verify.verify(function)


def test_the_outs_of_a_diverging_block_are_not_read():
    function = branch()
    orelse = body_of(function)[0].orelse
    orelse.body, orelse.outs, orelse.diverges = [Raise(None, "no")], [], True

    verify.verify(function)


def test_residuals_are_packed_with_gaps():
    packed = value("", PACK)
    function = Function("forward", [], Block(body=[Apply((packed,), core.PACKED, (UNDEFINED,))], outs=[packed]))

    verify.verify(function)


def test_what_a_pass_makes_is_checked_where_it_is_made():
    def fill(result):
        result.block.outs = [value("nowhere")]

    function = square()
    with pytest.raises(VerificationError, match="square_made: %nowhere"):
        made(function, "made", ("_made",), fill)


def test_a_pass_that_fails_leaves_nothing_behind():
    def fill(result):
        raise ZeroDivisionError

    function = square()
    with pytest.raises(ZeroDivisionError):
        made(function, "made", ("_made",), fill)

    assert not function.derived


def test_what_a_pass_makes_is_verified():
    function = square()
    assert verify.checked(function) is function
    function = square()
    function.params = []
    with pytest.raises(VerificationError):
        verify.checked(function)


def test_a_transform_of_broken_code_is_noticed():
    function = square()
    tangent(function, (True,))
    function.derived.clear()
    x = value("x", array_fact(float, (3,)))
    body_of(function)[0].args = (x, x)

    with pytest.raises(VerificationError, match="square_jvp: %x is read where it is not defined"):
        tangent(function, (True,))


def test_no_user_sees_a_verification_error_for_an_error_of_theirs():
    def f(x):
        return np.sum(x) + undefined_name  # noqa: F821

    with pytest.raises(NameError):
        srcad.grad(f)(np.ones(3))
