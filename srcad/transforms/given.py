"""Derivatives that a function is given: what the transforms make of it instead of transforming its body.

A function whose ``given`` is one of these is called like any other.  Where a transform would take its body apart
(``common.made``), it takes what is given:

==================  ==============================================================================================
``Recomputed``      the halves of a checkpointed function: nothing but the arguments is kept, the backward half runs
                    the function again
``CustomTangent``   the user's tangent; the halves are its transpose
``CustomHalves``    the user's forward and backward half; the tangent is the transpose of the backward half
``Same``            what another function of the same parameters and results is given
==================  ==============================================================================================

A tangent is linear in the tangents that it is given, a backward half in its cotangents, and reverse mode applied to a
linear function is its transpose, wherever that is evaluated: so either pair follows from the other, and the two modes
cannot contradict each other.  That the user's function is linear is checked (``transposed``).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

from srcad.analysis.rows import batched_outs
from srcad.errors import explain
from srcad.ir.build import Builder, fact_of_operand
from srcad.ir.facts import PACK, Fact
from srcad.ir.nodes import UNDEFINED, Block, Const, Function, Given, Location, Operand, Raise, Value
from srcad.ir.rewrite import cloned
from srcad.transforms.adjoint import adjoint, halves, hand_over
from srcad.transforms.batch import batched
from srcad.transforms.common import zeros_like
from srcad.transforms.tangent import tangent

Mask = tuple[bool, ...]
Fill = Callable[..., None]


def fill_like(result: Function, function: Function) -> dict[Value, Operand]:
    """Make a function a copy of another; from the values of that one to those of the copy."""
    new: dict[Value, Operand] = {}
    result.params = [p.again() for p in function.params]
    new.update(zip(function.params, result.params, strict=True))
    result.block = cloned(function.block, new)
    return new


def put(build: Builder, function: Function, args: Iterable[Operand]) -> list[Operand]:
    """Append the instructions of a function; its results."""
    block = cloned(function.block, dict(zip(function.params, args, strict=True)))
    build.splice(block)
    build.block.diverges = build.block.diverges or block.diverges
    return block.outs


def named(names: str, position: int, count: int, of: Operand) -> str:
    """The name of the derivative of a result."""
    plain = of.name if isinstance(of, Value) and of.name else "y" if count == 1 else f"y{position}"
    return plain + names


def varying_facts(operands: Sequence[Operand]) -> list[bool]:
    """Which operands can carry a derivative."""
    return [fact_of_operand(o).may_vary for o in operands]


# ---- the same as another function ------------------------------------------------------------------------------------


class Same:
    """The derivatives of another function that computes the same."""

    by_body = True
    differentiable: Mask = ()

    def __init__(self, function: Function) -> None:
        self.function = function

    def fill(self, key: tuple[Hashable, ...]) -> Fill | None:
        transform: Any = {"halves": halves, "tangent": tangent}.get(str(key[0]))
        if transform is None:
            return None

        def fill(*results: Function) -> None:
            found = transform(self.function, *key[1:])
            for result, function in zip(results, found if isinstance(found, tuple) else (found,), strict=True):
                fill_like(result, function)
                result.given = function.given

        return fill

    def of_rows(self, function: Function, mask: tuple[Any, ...], outs: tuple[Any, ...]) -> Given:
        return Same(batched(self.function, mask, outs))


# ---- computed again instead of kept ----------------------------------------------------------------------------------


def checkpointed(function: Function, refusal: str = "") -> Function:
    """The function, of which nothing is kept for the way back but its arguments; made once.

    ``refusal`` says why it must not be run again, if it must not: its halves are an error then.
    """
    if "checkpointed" not in function.derived:
        result = function.derived["checkpointed"] = Function(function.name, [], Block(), function.location)
        fill_like(result, function)
        result.given = Recomputed(function, refusal)
        result.derived["small"] = False  # in the place of a call it would be a part of what calls it
    found: Function = function.derived["checkpointed"]
    return found


class Recomputed:
    """The halves of a function: the forward half keeps the arguments, the backward half runs the function again."""

    by_body = True
    differentiable: Mask = ()

    def __init__(self, function: Function, refusal: str) -> None:
        self.function = function
        self.refusal = refusal

    def fill(self, key: tuple[Hashable, ...]) -> Fill | None:
        if key[0] == "halves" and self.refusal:
            return lambda forward, backward: refuse_halves(self.function, self.refusal, *key[1:], forward, backward)  # type: ignore[call-arg, arg-type]
        if key[0] == "halves":
            return lambda forward, backward: self.fill_halves(*key[1:], forward, backward)  # type: ignore[call-arg, arg-type]
        if key[0] == "tangent":
            return lambda result: self.fill_tangent(key[1], result)  # type: ignore[arg-type]
        return None

    def fill_tangent(self, active: Mask, result: Function) -> None:
        moved = tangent(self.function, active)
        fill_like(result, moved)
        result.given = Recomputed(moved, self.refusal)

    def fill_halves(self, active: Mask, seeded: Mask, forward: Function, backward: Function) -> None:
        fill_like(forward, self.function)
        whole = adjoint(self.function, active, seeded)
        count = len(self.function.params)
        residuals, seeds = Value("residuals", PACK), [p.again() for p in whole.params[count:]]
        backward.params = [residuals, *seeds]
        block = cloned(whole.block, dict(zip(whole.params, [*forward.params, *seeds], strict=True)))
        if forward.block.diverges or block.diverges:
            diverge(forward, len(self.function.outs) + 1, block)
            diverge(backward, sum(active))
            return
        block.outs = block.outs[len(self.function.outs) :]
        hand_over(forward, backward, residuals, block)

    def of_rows(self, function: Function, mask: tuple[Any, ...], outs: tuple[Any, ...]) -> Given:
        return Recomputed(batched(self.function, mask, outs), self.refusal)


def refuse_halves(
    function: Function, refusal: str, active: Mask, seeded: Mask, forward: Function, backward: Function
) -> None:
    """Make halves that raise, for a function that has none."""
    forward.params = [p.again() for p in function.params]
    seeds = [Value("", fact_of_operand(o)) for o, on in zip(function.outs, seeded, strict=True) if on]
    backward.params = [Value("residuals", PACK), *seeds]
    diverge(forward, len(function.outs) + 1, Block(body=[Raise(None, refusal)]))
    diverge(backward, sum(active))


def diverge(function: Function, count: int, block: Block | None = None) -> None:
    """Make a function one that raises, as a block does."""
    function.block = block or Block()
    function.block.outs = [UNDEFINED] * count
    function.block.diverges = True


# ---- derivatives by the user -----------------------------------------------------------------------------------------


class NotLinear(Exception):
    """What the user says is a derivative does not depend linearly on what it is applied to."""


def transposed(function: Function, linear: Mask, seeded: Mask) -> tuple[Function, Function]:
    """The halves of a function for parameters in which it is linear: the backward half is the transpose.

    That the function is linear shows in the transpose, which then does not depend on these parameters: ``NotLinear`` if
    it does.
    """
    forward, backward = halves(function, linear, seeded)
    if forward.block.diverges:
        raise NotLinear
    kept = batched_outs(forward, linear)[-1]
    if any(batched_outs(backward, (kept, *(False,) * (len(backward.params) - 1)))):
        raise NotLinear
    return forward, backward


class Custom:
    """What the two kinds of derivatives by the user have in common."""

    by_body = False

    def __init__(
        self, function: Function, names: tuple[str, str], location: Location | None, differentiable: Mask, captured: int
    ) -> None:
        self.function = function
        self.names = names  # of the function and of what makes its derivative
        self.location = location  # of the derivative's definition
        self.differentiable = differentiable
        # the last parameters: what the functions capture, whose tangents are zeros wherever there are any
        self.captured = captured

    def fill(self, key: tuple[Hashable, ...]) -> Fill | None:
        active: Any = key[1] if len(key) > 1 else ()
        match key[0]:
            case "halves" if self.is_fixed(active):
                return lambda forward, backward: self.fill_refused(active, forward, backward)
            case "tangent" if self.is_fixed(active):
                return lambda result: self.fill_refused(active, result)
            case "halves":
                return lambda forward, backward: self.fill_halves(*key[1:], forward, backward)  # type: ignore[call-arg, arg-type]
            case "tangent":
                return lambda result: self.fill_tangent(active, result)
            case "dependence":
                return lambda result: self.fill_dependence(key[1], result)  # type: ignore[arg-type]
            case "adjoint" | "gradient" | "sliced":
                raise AssertionError(f"{self.function.name} has derivatives of its own: they belong to calls of it")
        return None

    def fill_halves(self, active: Mask, seeded: Mask, forward: Function, backward: Function) -> None:
        raise NotImplementedError

    def fill_tangent(self, active: Mask, result: Function) -> None:
        raise NotImplementedError

    def is_fixed(self, active: Mask) -> bool:
        """Whether a derivative is asked for with respect to a parameter that it is not for."""
        return any(self.fixed(active))

    def fixed(self, active: Mask) -> Mask:
        """The active parameters that are arguments, and not what the derivative is for."""
        last = len(self.differentiable) - self.captured
        return tuple(on and not may and k < last for k, (on, may) in enumerate(zip(active, self.differentiable, strict=False)))

    def fill_refused(self, active: Mask, first: Function, *second: Function) -> None:
        """Refuse a derivative that does not exist."""
        names = ", ".join(p.name or "an argument" for p, on in zip(self.function.params, self.fixed(active), strict=True) if on)
        message = explain(self.function.location, f"{self.names[0]} has no derivative with respect to {names}, which is in "
                          "nondiff_argnums, and varies here", "take it out of nondiff_argnums, or pass srcad.stop_gradient of it")
        first.params = [p.again() for p in self.function.params]
        count = len(self.function.outs)
        if second:
            diverge(second[0], sum(active))
            second[0].params = [Value("residuals", PACK)]
        else:
            first.params += self.dots(active, first.params)
            count += sum(varying_facts(self.function.outs)) - 1
        diverge(first, count + 1, Block(body=[Raise(None, message)]))

    def fill_dependence(self, bits: tuple[int, ...], result: Function) -> None:
        """Every result depends on all that any derivative may flow from."""
        fill_like(result, self.function)
        total = 0
        for bit in bits:
            total |= bit
        result.block.outs += [Const(total)] * len(self.function.outs)

    def of_rows(self, function: Function, mask: tuple[Any, ...], outs: tuple[Any, ...]) -> Given:
        return CustomRows(function, self, mask)

    def dots(self, active: Mask, params: Sequence[Value]) -> list[Value]:
        """The tangents of the active parameters, as parameters."""
        return [Value(f"{p.name}_dot" if p.name else "", p.fact) for p, on in zip(params, active, strict=True) if on]

    def seeds(self, seeded: Mask) -> list[Value]:
        """The cotangents of the seeded results, as parameters."""
        outs = self.function.outs
        return [
            Value(named("_bar", k, len(outs), out), fact_of_operand(out))
            for k, (out, on) in enumerate(zip(outs, seeded, strict=True)) if on
        ]

    def refusal(self, what: str, remedy: str) -> Raise:
        mode = "reverse" if what == "its tangents" else "forward"
        reason = f"{self.names[1]} is not linear in {what}, so that {self.names[0]} has no {mode} mode"
        return Raise(None, explain(self.location, reason, remedy))


class CustomTangent(Custom):
    """A tangent that the user gives.

    ``jvp`` takes the parameters of the function, then a tangent for each differentiable one; it yields the results,
    then a tangent for each that may vary.
    """

    def __init__(
        self, function: Function, names: tuple[str, str], location: Location | None, differentiable: Mask, captured: int,
        jvp: Function,
    ) -> None:
        super().__init__(function, names, location, differentiable, captured)
        self.jvp = jvp

    def fill_tangent(self, active: Mask, result: Function) -> None:
        params = [p.again() for p in self.function.params]
        dots = self.dots(active, params)
        result.params = [*params, *dots]
        build = Builder(result.block, derived=True)
        by_param = dict(zip([p for p, on in zip(params, active, strict=True) if on], dots, strict=True))
        tangents = [
            by_param.get(p) or zeros_like(build, p) for p, may in zip(params, self.differentiable, strict=True) if may
        ]
        result.block.outs = put(build, self.jvp, [*params, *tangents])

    def fill_halves(self, active: Mask, seeded: Mask, forward: Function, backward: Function) -> None:
        params, count = self.function.params, len(self.function.outs)
        linear = (False,) * len(params) + tuple(on for on, may in zip(active, self.differentiable, strict=True) if may)
        varying = varying_facts(self.function.outs)
        wanted = (False,) * count + tuple(on for on, may in zip(seeded, varying, strict=True) if may)
        forward.params = [p.again() for p in params]
        build = Builder(forward.block, derived=True)
        residuals, seeds = Value("residuals", PACK), self.seeds(seeded)
        backward.params = [residuals, *seeds]
        try:
            first, second = transposed(self.jvp, linear, wanted)
        except NotLinear:
            build.append(self.refusal("its tangents", "write it as a linear function of the tangents"))
            diverge(forward, count + 1, forward.block)
            diverge(backward, sum(active))
            return
        zeros = [zeros_like(build, p) for p, may in zip(forward.params, self.differentiable, strict=True) if may]
        outs = put(build, first, [*forward.params, *zeros])
        forward.block.outs = [*outs[:count], outs[-1]]
        found = iter(put(Builder(backward.block), second, backward.params))
        # what is captured is a constant, whose adjoint nobody reads
        backward.block.outs = [
            next(found) if may else Const(0.0) for on, may in zip(active, self.differentiable, strict=True) if on
        ]


class CustomHalves(Custom):
    """A forward and a backward half that the user gives.

    ``first`` takes the parameters of the function and yields the results, then what it keeps; ``second`` takes the
    parameters, what is kept, and a cotangent for each result that may vary, and yields one for each differentiable
    parameter.
    """

    def __init__(
        self, function: Function, names: tuple[str, str], location: Location | None, differentiable: Mask, captured: int,
        first: Function, second: Function,
    ) -> None:
        super().__init__(function, names, location, differentiable, captured)
        self.first = first
        self.second = second

    def fill_halves(self, active: Mask, seeded: Mask, forward: Function, backward: Function) -> None:
        count = len(self.function.outs)
        fill_like(forward, self.first)
        outs = forward.block.outs
        residuals, seeds = Value("residuals", PACK), self.seeds(seeded)
        backward.params = [residuals, *seeds]
        build = Builder(Block(), derived=True)
        given = iter(seeds)
        bars = [
            next(given) if on else zeros_like(build, out)
            for out, on, may in zip(outs, seeded, varying_facts(self.function.outs), strict=False) if may
        ]
        found = iter(put(build, self.second, [*forward.params, *outs[count:], *bars]))
        if forward.block.diverges or build.block.diverges:
            diverge(forward, count + 1, forward.block if forward.block.diverges else None)
            diverge(backward, sum(active))
            return
        by_param = [(on, next(found) if may else Const(0.0)) for on, may in zip(active, self.differentiable, strict=True)]
        build.block.outs = [bar for on, bar in by_param if on]
        forward.block.outs = outs[:count]
        hand_over(forward, backward, residuals, build.block)

    def fill_tangent(self, active: Mask, result: Function) -> None:
        params, count = self.function.params, len(self.function.outs)
        own = [p.again() for p in params]
        dots = self.dots(active, own)
        result.params = [*own, *dots]
        build = Builder(result.block, derived=True)
        outs = put(build, self.first, own)
        varying = varying_facts(self.function.outs)
        bars = [zeros_like(build, out) for out, may in zip(outs, varying, strict=False) if may]
        others = len(self.second.params) - len(bars)
        linear = (False,) * others + (True,) * len(bars)
        wanted = tuple(on for on, may in zip(active, self.differentiable, strict=True) if may)
        total = count + len(bars)
        try:
            first, second = transposed(self.second, linear, wanted)
        except NotLinear:
            build.append(self.refusal("its cotangent", "take derivatives in reverse mode alone (srcad.grad, srcad.vjp), or "
                                      f"let the forward half compute its value without calling {self.names[0]}"))
            diverge(result, total, result.block)
            return
        kept = put(build, first, [*own, *outs[count:], *bars])[-1]
        marks = [may for on, may in zip(active, self.differentiable, strict=True) if on]
        moved = put(build, second, [kept, *(dot for dot, may in zip(dots, marks, strict=True) if may)])
        result.block.outs = [*outs[:count], *moved]


class CustomRows(Custom):
    """The derivatives of a function over rows: the rows of the derivatives."""

    def __init__(self, function: Function, row: Custom, mask: tuple[Any, ...]) -> None:
        super().__init__(function, row.names, row.location, row.differentiable, row.captured)
        self.row = row
        self.mask = mask

    def fill_tangent(self, active: Mask, result: Function) -> None:
        moved = tangent(self.row.function, active)
        fill_like(result, batched(moved, (*self.mask, *(True,) * sum(active)), (True,) * len(moved.outs)))

    def fill_halves(self, active: Mask, seeded: Mask, forward: Function, backward: Function) -> None:
        first, second = halves(self.row.function, active, seeded)
        kept = batched_outs(first, self.mask)[-1]
        count = len(self.function.outs)
        fill_like(forward, batched(first, self.mask, (*(True,) * count, kept)))
        mask = (kept, *(True,) * (len(second.params) - 1))
        fill_like(backward, batched(second, mask, (True,) * len(second.outs)))


__all__ = ["CustomHalves", "CustomTangent", "Fact", "Given", "Recomputed", "Same", "checkpointed"]
