"""Loops that go back with few saved states: binomial checkpointing.

``outlined(loop)`` makes a loop a function of its own, whose backward half keeps none of the states between the steps.
It holds a few of them at a time, and runs the steps between them again: with ``s`` states held and every step run at most
``r`` more times it goes back through ``(s + r)! / (s! r!)`` steps, which is the best that can be done (A. Griewank, A.
Walther, Algorithm 799: Revolve, ACM Transactions on Mathematical Software 26, 2000, 19-45).

    def steps_back(start, stop, slots, x, x_bar):         # x is the state before step start
        while stop - start > 1:
            middle = next_saved(start, stop, slots)
            state = x
            for k in range(start, middle):
                state = step(k, state)
            x_bar = steps_back(middle, stop, slots - 1, state, x_bar)
            stop = middle
        return step_vjp(start, x, x_bar)
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any

from srcad.analysis.activity import Activity
from srcad.ir import core
from srcad.ir.build import Builder, fact_of_operand
from srcad.ir.facts import PACK, PY_INT, same_dtype, same_shape
from srcad.ir.nodes import (
    Apply,
    Block,
    Call,
    Const,
    Function,
    Given,
    If,
    Instruction,
    Loop,
    Operand,
    Value,
    block_values,
    free_values,
)
from srcad.ir.rewrite import cloned
from srcad.ir.verify import checked
from srcad.transforms.adjoint import adjoint, hand_over
from srcad.transforms.batch import batched
from srcad.transforms.common import zeros_like
from srcad.transforms.given import Same, fill_like, refuse_halves
from srcad.transforms.tangent import tangent

Mask = tuple[bool, ...]


@dataclass(frozen=True)
class Limit:
    """How many states are held: ``operand`` of them, as many as fit into ``operand`` bytes, or (None) a few.

    ``position`` is that of the operand among the parameters, if it is one.
    """

    kind: str = "steps"
    operand: Operand | None = None
    position: int | None = None

    def of(self, function: Function) -> Limit:
        """The limit in a function with these parameters."""
        return self if self.position is None else replace(self, operand=function.params[self.position])


def outlined(loop: Loop, name: str, limit: Limit, refusal: str = "") -> Call:
    """The call of a function that is the loop; ``refusal`` says why its steps must not be run again, if so."""
    args: list[Operand] = list(free_values(Block(body=[loop])))
    if isinstance(limit.operand, Value):
        if limit.operand not in args:
            args.append(limit.operand)
        limit = replace(limit, position=args.index(limit.operand))
    params = [a.again() for a in args if isinstance(a, Value)]
    block = cloned(Block(body=[loop], outs=list(loop.finals)), dict(zip(args, params, strict=True)))  # type: ignore[arg-type]
    function = Function(name, params, block, loop.location)
    function.given = Revolved(replace(function, derived={}), limit, refusal)
    function.derived["small"] = False  # in the place of a call it would be a part of what calls it
    checked(function)
    return Call(loop.finals, function, tuple(args), loop.location)


def with_outlined(block: Block, name: str, limit: Limit, refusal: str) -> Block:
    """The block with its loop of steps outlined."""

    def changed(instruction: Instruction) -> Instruction:
        is_steps = isinstance(instruction, Loop) and instruction.carried and not instruction.collected
        return outlined(instruction, name, limit, refusal) if is_steps else instruction  # type: ignore[arg-type]

    return replace(block, body=[changed(i) for i in block.body])


class Revolved:
    """The halves of a function that is one loop; ``function`` is the same without them."""

    by_body = True
    differentiable: Mask = ()

    def __init__(self, function: Function, limit: Limit, refusal: str) -> None:
        self.function = function
        self.limit = limit
        self.refusal = refusal

    @property
    def loop(self) -> Loop:
        (loop,) = self.function.block.body
        assert isinstance(loop, Loop)
        return loop

    def fill(self, key: tuple[Hashable, ...]) -> Callable[..., None] | None:
        if self.loop.head.diverges or self.loop.body.diverges:
            return None
        if key[0] == "halves" and self.refusal:
            return lambda forward, backward: refuse_halves(self.function, self.refusal, *key[1:], forward, backward)  # type: ignore[call-arg, arg-type]
        if key[0] == "halves":
            return lambda forward, backward: self.fill_halves(*key[1:], forward, backward)  # type: ignore[call-arg, arg-type]
        if key[0] == "tangent":
            return lambda result: self.fill_outlined(tangent(self.function, key[1]), result)  # type: ignore[arg-type]
        return None

    def of_rows(self, function: Function, mask: tuple[Any, ...], outs: tuple[Any, ...]) -> Given:
        result = Function(function.name, [], Block(), function.location)
        self.fill_outlined(batched(self.function, mask, outs), result)
        return Same(result)

    def fill_outlined(self, function: Function, result: Function) -> None:
        """Make a function a copy of one that contains the loop, outlined."""
        fill_like(result, function)
        result.block = with_outlined(result.block, self.function.name, self.limit.of(result), self.refusal)

    # ---- the halves -------------------------------------------------------------------------------------------------

    def fill_halves(self, active: Mask, seeded: Mask, forward: Function, backward: Function) -> None:
        steps = Steps(self.function, self.loop, active, seeded)
        new = fill_like(forward, self.function)
        count = new[self.loop.count] if isinstance(self.loop.count, Value) else self.loop.count
        assert count is not None
        inits = [new[i] if isinstance(i, Value) else i for i in self.loop.inits]
        free = [new[v] for v in steps.free]
        finals = forward.block.outs
        residuals = Value("residuals", PACK)
        seeds = [Value(f"{f.name}_bar" if f.name else "", f.fact) for f, on in zip(self.loop.finals, seeded, strict=True) if on]
        backward.params = [residuals, *seeds]

        build = Builder(Block(), derived=True)
        given = iter(seeds)
        by_final = [next(given) if on else None for on in seeded]
        bars = [by_final[k] or zeros_like(build, alike(finals[k], inits[k])) for k in steps.moving]
        bars += [zeros_like(build, free[j]) for j in steps.reading]
        some, none = Block(), Block(outs=list(bars))
        with build.inside(some):
            results = steps.bars()
            build.append(Call(tuple(results), steps.back(), (
                Const(0), count, self.slots(build, count, inits, self.limit.of(forward)), *inits, *free, *bars,
            ), self.loop.location))
            some.outs = list(results)
        totals = [r.again() for r in results]
        build.append(If(tuple(totals), build.one(core.GT, count, Const(0)), some, none, self.loop.location))
        found: dict[Operand, Operand] = {}
        targets = [*(inits[k] for k in steps.moving), *(free[j] for j in steps.reading)]
        for target, bar in zip(targets, totals, strict=True):
            known = found.get(target)
            found[target] = bar if known is None else added(build, known, bar)
        build.block.outs = [
            found[p] if p in found else zeros_like(build, p) for p, on in zip(forward.params, active, strict=True) if on
        ]
        hand_over(forward, backward, residuals, build.block)

    def slots(self, build: Builder, count: Operand, inits: list[Operand], limit: Limit) -> Operand:
        """How many states are held."""
        if limit.operand is None:
            return build.one(core.SLOTS_FOR, count)
        if limit.kind == "memory":
            return build.one(core.SLOTS_WITHIN, limit.operand, *inits)
        return limit.operand


def alike(final: Operand, init: Operand) -> Operand:
    """Which of two to take the shape of a carried value from."""
    a, b = fact_of_operand(final), fact_of_operand(init)
    return init if same_shape(a.shape, b.shape) and same_dtype(a.dtype, b.dtype) else final


def added(build: Builder, a: Operand, b: Operand) -> Operand:
    """The sum of two adjoints."""
    lists = fact_of_operand(a).kind in ("list", "pack")
    return build.one(core.LISTS_ADDED, a, b) if lists else build.add(a, b)


class Steps:
    """What one step of a loop is, and how to go back through many.

    ``moving`` are the carried values, ``reading`` the values from outside (``free``), that have adjoints.
    """

    def __init__(self, function: Function, loop: Loop, active: Mask, seeded: Mask) -> None:
        both = Activity().varied(function, active) & Activity().useful(function, seeded)
        inside = {loop.index, *loop.carried, *(item for _, item in loop.scanned)}
        inside.update(block_values(loop.head), block_values(loop.body))
        read = [*(s for s, _ in loop.scanned if isinstance(s, Value)), *free_values(loop.head, loop.body)]
        self.function = function
        self.loop = loop
        self.free = [v for v in dict.fromkeys(read) if v not in inside]
        self.moving = [k for k, c in enumerate(loop.carried) if c in both]
        self.reading = [j for j, v in enumerate(self.free) if v in both]

    def step(self) -> Function:
        """From the index, the carried values and the free ones to the next carried values."""
        loop = self.loop
        reads = [Apply((item,), core.INDEX, (s, loop.index), location=loop.location) for s, item in loop.scanned]
        block = Block(body=[*reads, *loop.head.body, *loop.body.body], outs=loop.body.outs[: len(loop.carried)])
        new: dict[Value, Operand] = {}
        params = []
        for value in (loop.index, *loop.carried, *self.free):
            params.append(value.again())
            new[value] = params[-1]
        return checked(Function(f"{self.function.name}_step", params, cloned(block, new), loop.location))

    def bars(self) -> list[Value]:
        """The adjoints of the moving carried values, then of the values read."""
        values = [*(self.loop.carried[k] for k in self.moving), *(self.free[j] for j in self.reading)]
        return [Value(f"{v.name}_bar" if v.name else "", v.fact) for v in values]

    def back(self) -> Function:
        """The function that goes back through many steps."""
        loop, step = self.loop, self.step()
        moving = tuple(k in self.moving for k in range(len(loop.carried)))
        reading = tuple(j in self.reading for j in range(len(self.free)))
        # called, it is given adjoints that others may read
        stepped = replace(adjoint(step, (False, *moving, *reading), moving), owned=frozenset(), private=frozenset(), derived={})

        start, stop, slots = (Value(name, PY_INT) for name in ("start", "stop", "slots"))
        state, free, bars = [c.again() for c in loop.carried], [v.again() for v in self.free], self.bars()
        result = Function(f"{self.function.name}_back", [start, stop, slots, *state, *free, *bars], Block(), loop.location,
                          unfinished=True)
        build = Builder(result.block, derived=True)
        build.location = loop.location
        end, around = stop.again(), [b.again() for b in bars]
        halving = Loop(
            tuple(v.again() for v in (end, *around)) + (Value("trips", PY_INT), Value("stopped")), None, False,
            Value("k", PY_INT), [], [end, *around], [stop, *bars], Block(), None, Block(outs=[end, *around]), Block(),
            loop.location,
        )
        with build.inside(halving.head):
            halving.stop = build.one(core.NOT, build.one(core.GT, build.sub(end, start), Const(1)))
        with build.inside(halving.body):
            middle = build.one(core.NEXT_SAVED, start, end, slots, name="middle")
            there = self.advanced(build, step, start, middle, state, free)
            later = [b.again() for b in bars]
            fewer = build.sub(slots, Const(1))
            build.append(Call(tuple(later), result, (middle, end, fewer, *there, *free, *around), loop.location))
            halving.body.outs = [middle, *later]
        build.append(halving)
        after = list(halving.finals[1:])
        seeds = after[: len(self.moving)]
        outs = [Value("", fact_of_operand(o)) for o in step.outs]
        found = [b.again() for b in bars]
        build.append(Call((*outs, *found), stepped, (start, *state, *free, *seeds), loop.location))
        pairs = zip(after[len(seeds) :], found[len(seeds) :], strict=True)
        result.block.outs = [*found[: len(seeds)], *(added(build, known, bar) for known, bar in pairs)]
        result.unfinished = False
        return checked(result)

    def advanced(
        self, build: Builder, step: Function, start: Operand, stop: Operand, state: list[Value], free: list[Value]
    ) -> list[Value]:
        """The state after the steps from one to another."""
        loop = self.loop
        between = build.one(core.RANGE, start, stop, name="steps")
        index, carried = Value(loop.index.name or "k", PY_INT), [c.again() for c in loop.carried]
        finals = [c.again() for c in loop.carried]
        body = Block()
        with build.inside(body):
            nexts = [c.again() for c in loop.carried]
            build.append(Call(tuple(nexts), step, (index, *carried, *free), loop.location))
            body.outs = list(nexts)
        build.append(Loop(
            (*finals, Value("trips", PY_INT), Value("stopped")), build.one(core.TRIPS, between), False, Value("j", PY_INT),
            [(between, index)], carried, list(state), Block(), None, Block(), body, loop.location,
        ))
        return finals
