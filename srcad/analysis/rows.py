"""Which values have rows when marked parameters have: those that depend on one.

For a pack of residuals it is known part by part.  A function that calls itself yields packs in packs, to no end; what
is known of such a pack is that it is like the result of that function (``Tied``), and looked up where it is opened.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from srcad.analysis.activity import is_replaced
from srcad.analysis.summaries import summary
from srcad.ir import core
from srcad.ir.nodes import Apply, Block, Call, Function, If, Loop, Operand, Value, blocks_of, callees, operands_of


@dataclass(frozen=True)
class Tied:
    """The flag of a pack that is one of these results: of a function with these parameters in rows, at this position."""

    results: frozenset[tuple[Function, Flags, int]]


Flag = bool | Tied | tuple["Flag", ...]
"""Whether a value has rows; for a pack, or a list of packs, which of its parts have.

A pack of which True is known is one by one for each row."""

Flags = tuple[Flag, ...]
Rows = dict[Value, Flag]


def rows_of(function: Function, mask: Flags) -> Rows:
    """The values that depend on a batched parameter."""
    rows: Rows = {p: on for p, on in zip(function.params, mask, strict=True) if on}
    _spread(function.block, rows)
    return rows


def batched_outs(function: Function, mask: Flags) -> Flags:
    """Which results have a batch axis."""
    if is_replaced(function):
        return (any(mask),) * len(function.outs)

    def found() -> Flags:
        rows = rows_of(function, mask)
        return tuple(flag_of(o, rows) for o in function.outs)

    least: Flags = (False,) * len(function.outs)
    return summary(function, ("batched outs", mask), least, found)


def call_outs(call: Call, mask: Flags) -> Flags:
    """Which results of a call have a batch axis."""
    outs = batched_outs(call.function, mask)
    if not recurses(call.function):
        return outs
    return tuple(
        Tied(frozenset([(call.function, mask, k)])) if isinstance(on, tuple) else on for k, on in enumerate(outs)
    )


def flag_of(operand: Operand, rows: Rows) -> Flag:
    return rows.get(operand, False) if isinstance(operand, Value) else False


def opened(flag: Flag) -> Flag:
    """The same flag, part by part if it is that of a result."""
    if isinstance(flag, Tied):
        return reduce(either, (batched_outs(function, mask)[k] for function, mask, k in flag.results))
    return flag


def either(a: Flag, b: Flag) -> Flag:
    """The flag of a value that is one of two."""
    if a is True or b is True:
        return True
    if not a or not b:
        return a or b
    if isinstance(a, Tied) and isinstance(b, Tied):
        return Tied(a.results | b.results)
    a, b = opened(a), opened(b)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return tuple(map(either, a, b))
    return either(a, b)


def recurses(function: Function) -> bool:
    """Whether a function calls itself, if by way of others."""
    if "recurses" in function.derived:
        return bool(function.derived["recurses"])
    seen: set[Function] = set()
    pending = list(callees(function.block))
    while pending:
        callee = pending.pop()
        if callee not in seen:
            seen.add(callee)
            pending.extend(callees(callee.block))
    if not any(callee.unfinished for callee in seen):  # which may yet call it
        function.derived["recurses"] = function in seen
    return function in seen


def is_apart(instruction: If | Loop, rows: Rows) -> bool:
    """Whether a value with rows decides what is run, so that each row is run apart."""
    if isinstance(instruction, If):
        return instruction.condition in rows
    return instruction.stop in rows or instruction.count in rows


def runs_apart(block: Block, rows: Rows) -> bool:
    """Whether something in a block is run for each row apart."""
    return any(
        (isinstance(i, If | Loop) and is_apart(i, rows)) or any(runs_apart(inner, rows) for inner in blocks_of(i))
        for i in block.body
    )


def is_uniform(apply: Apply) -> bool:
    """Whether the result is the same for all rows."""
    return bool(getattr(apply.primitive.rule, "uniform", False))


def _spread(block: Block, rows: Rows) -> None:
    for instruction in block.body:
        match instruction:
            case Apply():
                _spread_apply(instruction, rows)
            case Call():
                mask = tuple(flag_of(a, rows) for a in instruction.args)
                if any(mask):
                    outs = call_outs(instruction, mask)
                    rows.update((r, on) for r, on in zip(instruction.results, outs, strict=True) if on)
            case If():
                for inner in (instruction.then, instruction.orelse):
                    _spread(inner, rows)
                if is_apart(instruction, rows):
                    rows.update(dict.fromkeys(instruction.results, True))
                for inner in (instruction.then, instruction.orelse):
                    if not inner.diverges:
                        _join(rows, inner.outs, instruction.results)
            case Loop():
                _spread_loop(instruction, rows)
            case _:
                pass


def _spread_apply(apply: Apply, rows: Rows) -> None:
    if is_uniform(apply) or not any(o in rows for o in operands_of(apply)):
        return
    if apply.primitive is core.PACKED:
        rows[apply.results[0]] = tuple(flag_of(a, rows) for a in apply.args)
    elif apply.primitive is core.UNPACKED:
        flags = opened(flag_of(apply.args[0], rows))
        parts = flags if isinstance(flags, tuple) else (flags,) * len(apply.results)
        rows.update((r, on) for r, on in zip(apply.results, parts, strict=True) if on)
    elif apply.primitive in (core.ZEROS_LIKE, core.LISTS_ADDED):
        flag: Flag = False
        for operand in apply.args:
            flag = either(flag, flag_of(operand, rows))
        rows[apply.results[0]] = flag
    else:
        rows.update(dict.fromkeys(apply.results, True))


def _spread_loop(loop: Loop, rows: Rows) -> None:
    _join(rows, loop.inits, loop.carried)
    _join(rows, [s for s, _ in loop.scanned], [item for _, item in loop.scanned])
    before: Rows | None = None
    while before != rows:
        before = dict(rows)
        for block in (loop.head, loop.exit, loop.body):
            _spread(block, rows)
        _join(rows, loop.body.outs, loop.carried)
        _join(rows, loop.exit.outs, loop.carried)
    _join(rows, loop.carried, loop.finals)
    _join(rows, loop.body.outs[len(loop.carried) :], loop.collected)
    if is_apart(loop, rows):
        rows.update(dict.fromkeys(loop.results, True))


def _join(rows: Rows, sources: Iterable[Operand], targets: Iterable[Value]) -> None:
    for source, target in zip(sources, targets, strict=False):
        if isinstance(source, Value) and source in rows:
            rows[target] = either(rows.get(target, False), rows[source])
