"""The verifier: what every pass must leave true of a function.

``verify(function)`` takes a function and, once, the functions that it calls, and gives nothing; what is wrong is a
``VerificationError`` that names the instruction.  Whatever a pass makes goes through ``checked`` before the next pass
sees it, always: that is a tenth of what generating code takes, and a value that is used where it is not defined can
give a wrong number instead of an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import assert_never

from srcad.ir import core
from srcad.ir.nodes import (
    Apply,
    Block,
    Call,
    Const,
    Display,
    Function,
    If,
    Instruction,
    Loop,
    Operand,
    Raise,
    Remark,
    Undefined,
    Value,
    ends,
)
from srcad.ir.text import text, text_of


class VerificationError(AssertionError):
    """A pass has left a function that is not well-formed: a bug of srcad, whatever the user wrote."""


def checked(function: Function) -> Function:
    """The function itself, verified: what each pass puts around what it makes."""
    verify(function)
    return function


def verify(function: Function) -> None:
    """Check a function, and every function that it calls if that has not been checked before.

    A callee that is still being made is passed over; its caller is looked at again when the callee is checked.
    """
    pending, visited = [function], {function}
    complete = True
    while pending:
        callees = _Verifier(pending.pop()).run()
        for callee in callees:
            complete = complete and not callee.unfinished
            if callee not in visited and not callee.unfinished and "verified" not in callee.derived:
                visited.add(callee)
                pending.append(callee)
    if complete:
        for seen in visited:
            seen.derived["verified"] = True


class _Verifier:
    """Walks one function; ``scope`` holds what is defined at the instruction that is looked at."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.scope: set[Value] = set()
        self.defined: set[Value] = set()
        self.at: Instruction | None = None
        self.callees: dict[Function, None] = {}

    def run(self) -> Iterable[Function]:
        """Check the function; the functions that it calls."""
        function = self.function
        for param in function.params:
            self.define(param)
        self.require(function.owned <= set(function.params), "an owned value is no parameter")
        self.require(function.written <= set(function.params), "a written value is no parameter")
        block = function.block
        self.block(block, undefined=block.diverges)
        if not block.diverges:
            outside = [k for k in function.private if not 0 <= k < len(block.outs)]
            self.require(not outside, f"no result has the private position {outside}")
        return self.callees

    def require(self, holds: bool, what: str) -> None:
        if not holds:
            self.fail(what)

    def fail(self, what: str) -> None:
        """Raise the error for the instruction that is looked at."""
        at = "" if self.at is None else f"\n  at: {text_of(self.function, self.at)}"
        raise VerificationError(f"{self.function.name}: {what}{at}\n\n{text(self.function)}")

    # ---- definitions and uses -------------------------------------------------------------------------------------

    def define(self, value: Value) -> None:
        self.require(isinstance(value, Value), f"{value!r} is defined, and is no value")
        self.require(value not in self.defined, f"{value!r} is defined twice")
        self.defined.add(value)
        self.scope.add(value)

    @contextmanager
    def nested(self) -> Iterator[None]:
        """What is defined meanwhile is not visible afterwards."""
        outer, self.scope = self.scope, set(self.scope)
        try:
            yield
        finally:
            self.scope = outer

    def read(self, operand: Operand | None, *, display: bool = False, undefined: bool = False) -> None:
        """Check an operand; ``display`` and ``undefined`` say what is allowed besides values and literals."""
        match operand:
            case Value():
                self.require(operand in self.scope, f"{operand!r} is read where it is not defined")
            case Const():
                pass
            case Display():
                self.require(display, "a display is read where only values and literals may be")
                self.require(operand.kind in ("tuple", "list", "slice"), f"a display of kind {operand.kind!r}")
                for item in operand.items:
                    self.read(item, display=True)
            case Undefined():
                self.require(undefined, "UNDEFINED is read where there must be a value")
            case _:
                self.fail(f"{operand!r} is left in the code")

    # ---- blocks ----------------------------------------------------------------------------------------------------

    def block(self, block: Block, *, undefined: bool) -> None:
        """Check a block; ``undefined`` says whether it may yield nothing for some of its outs."""
        self.require(not block.params, "a block has parameters")
        at = self.at
        ended = False
        for instruction in block.body:
            self.at = instruction
            self.require(not ended or isinstance(instruction, Remark), "this is never reached")
            self.instruction(instruction)
            for result in instruction.results:
                self.define(result)
            ended = ended or ends(instruction)
        self.at = at
        self.require(not ended or block.diverges, "a block that raises is not marked as diverging")
        if not block.diverges:
            for out in block.outs:
                self.read(out, display=True, undefined=undefined)

    def instruction(self, instruction: Instruction) -> None:
        match instruction:
            case Apply():
                self.apply(instruction)
            case Call():
                self.call(instruction)
            case Raise():
                if instruction.exception is not None:
                    self.read(instruction.exception, display=True)
                self.require(not instruction.results, "a raise has results")
            case Remark():
                self.require(not instruction.results, "a remark has results")
            case If():
                self.branch(instruction)
            case Loop():
                self.loop(instruction)
            case _:
                assert_never(instruction)

    def apply(self, apply: Apply) -> None:
        primitive = apply.primitive
        for operand in (*apply.args, *(v for _, v in apply.kwargs)):
            self.read(operand, display=True, undefined=primitive is core.PACKED)
        names = [k for k, _ in apply.kwargs]
        self.require(len(set(names)) == len(names), "a keyword is given twice")
        # the library gives each operation a rule, or says why there is none; what it does not know may do anything
        known = primitive.rule is not None or not primitive.pure or bool(primitive.reason)
        self.require(known, f"{primitive.name} is not registered")
        count = result_count(apply)
        self.require(count is None or count == len(apply.results), f"{len(apply.results)} results, expected {count}")

    def call(self, call: Call) -> None:
        for arg in call.args:
            self.read(arg, display=True)
        callee = call.function
        self.callees[callee] = None
        if callee.unfinished:
            return
        given, wanted = len(call.args), len(callee.params)
        self.require(given == wanted, f"{given} arguments for the {wanted} parameters of {callee.name}")
        given, wanted = len(call.results), len(callee.outs)
        same = given == wanted or callee.block.diverges
        self.require(same, f"{given} results for the {wanted} of {callee.name}")

    def branch(self, branch: If) -> None:
        self.read(branch.condition)
        for block in (branch.then, branch.orelse):
            with self.nested():
                self.block(block, undefined=True)
            given, wanted = len(block.outs), len(branch.results)
            self.require(given == wanted or block.diverges, f"a branch yields {given} values for {wanted} results")

    # ---- loops ---------------------------------------------------------------------------------------------------

    def loop(self, loop: Loop) -> None:
        if loop.count is not None:
            self.read(loop.count)
        for sequence, _ in loop.scanned:
            self.read(sequence, display=True)
        for init in loop.inits:
            self.read(init, display=True, undefined=True)
        self.loop_counts(loop)
        with self.nested():
            for param in (loop.index, *(item for _, item in loop.scanned), *loop.carried):
                self.define(param)
            self.block(loop.head, undefined=False)
            if loop.stop is not None:
                self.read(loop.stop)
            with self.nested():
                self.block(loop.exit, undefined=True)
            with self.nested():
                count = len(loop.carried)
                self.block(loop.body, undefined=True)
                if not loop.body.diverges:
                    for out in loop.body.outs[count:]:
                        self.read(out, display=True)

    def loop_counts(self, loop: Loop) -> None:
        """Check how many of everything a loop has."""
        carried, outs = len(loop.carried), len(loop.body.outs)
        self.require(len(loop.inits) == carried, f"{len(loop.inits)} initial values for {carried} carried")
        self.require(outs >= carried, f"the body yields {outs} values for {carried} carried")
        results = outs + 2
        self.require(len(loop.results) == results, f"{len(loop.results)} results, expected {results}")
        for collected in loop.collected:
            kind = collected.fact.kind
            self.require(kind in ("list", "any"), f"{collected!r} is collected and is said to be of kind {kind}")
        self.require(loop.count is not None or loop.stop is not None, "nothing ends this loop")
        self.require(loop.count is not None or not loop.reverse, "a loop without count runs in reverse")
        self.require(not loop.head.outs, "the head of a loop yields values")
        if loop.stop is None:
            unused = not loop.exit.body and not loop.exit.outs and not loop.exit.diverges
            self.require(unused, "a loop that nothing stops has an exit")
        else:
            outs = len(loop.exit.outs)
            self.require(outs == carried, f"the exit yields {outs} values for {carried} carried")


def result_count(apply: Apply) -> int | None:
    """How many results an application must have; None if that is not known."""
    primitive = apply.primitive
    if primitive is core.UNPACKED:
        return None
    if primitive is core.UNIT_ROWS:
        return len(apply.args) - 1
    if primitive.results == ("*",):
        parts = getattr(primitive.rule, "parts", None)
        return None if parts is None else parts(apply)
    return len(primitive.results) or 1
