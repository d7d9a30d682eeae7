"""Simplification: what nobody reads goes, products of derivative code are put in order.

``simplified(f)`` computes the same as ``f`` with less.  Effects stay: calls into unknown code, raises, random draws.

    t = 2.0 * y_bar          (t_bar not read)          ->      x_bar = 200.0 * y_bar * r
    t_bar = y_bar * x
    x_bar = 100.0 * (t * r)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from srcad.ir import core
from srcad.ir.facts import PY_INT
from srcad.ir.nodes import (
    UNDEFINED,
    Apply,
    Block,
    Call,
    Const,
    Function,
    If,
    Instruction,
    Loop,
    Operand,
    Value,
    block_operands,
    block_values,
    blocks_of,
)
from srcad.ir.rewrite import substituted, with_blocks
from srcad.ir.verify import checked
from srcad.transforms.control import with_plain_control
from srcad.transforms.dead import read_into, without_dead
from srcad.transforms.layouts import with_live_layouts
from srcad.transforms.memory import with_merged_writes
from srcad.transforms.products import ordered_products
from srcad.transforms.repeats import without_repeats


def simplified(function: Function) -> Function:
    """A function that computes the same with nothing superfluous; made once."""
    if "simplified" not in function.derived:
        result = function.derived["simplified"] = replace(checked(function), derived={}, unfinished=True)
        result.derived["simplified"] = result
        block = without_dead(with_live_layouts(without_dead(function.block)))
        block = with_merged_writes(with_plain_control(without_repeats(block)))
        block = with_ordered_lists(without_dead(ordered_products(block)))
        block = defined_where_kept(counted_by_lists(block))
        result.block = with_simplified_callees(block, set(block_operands(block)))
        result.unfinished = False
        checked(result)
    found: Function = function.derived["simplified"]
    return found


def with_simplified_callees(block: Block, read: set[Operand]) -> Block:
    """The block with every function that it calls simplified too, and computing only what of its results is read."""
    body: list[Instruction] = []
    for instruction in block.body:
        instruction = with_blocks(instruction, lambda b: with_simplified_callees(b, read))
        if isinstance(instruction, Call):
            keep = tuple(r in read or instruction.function.given is not None for r in instruction.results)
            results = tuple(r for r, on in zip(instruction.results, keep, strict=True) if on)
            function = instruction.function if all(keep) else narrowed(instruction.function, keep)
            instruction = replace(instruction, results=results, function=simplified(function))
        body.append(instruction)
    return replace(block, body=body)


def narrowed(function: Function, keep: tuple[bool, ...]) -> Function:
    """The function with only some of its results; made once."""
    key = ("narrowed", keep)
    if key not in function.derived:
        places = [k for k, on in enumerate(keep) if on]
        outs: list[Operand] = [UNDEFINED if function.block.diverges else function.outs[k] for k in places]
        private = frozenset(places.index(k) for k in function.private if k in places)
        function.derived[key] = replace(
            function, block=replace(function.block, outs=outs), private=private, derived={},
        )
    found: Function = function.derived[key]
    return found


# ---- trip counts ----------------------------------------------------------------------------------------------------


def with_ordered_lists(block: Block) -> Block:
    """The block with the lists of each loop in the order in which their values are made."""
    body: list[Instruction] = []
    for instruction in block.body:
        instruction = with_blocks(instruction, with_ordered_lists)
        if isinstance(instruction, Loop) and len(instruction.collected) > 1:
            count = len(instruction.carried)
            made = [instruction.index, *instruction.carried, *block_values(instruction.head), *block_values(instruction.body)]
            place: dict[Operand, int] = {value: k for k, value in enumerate(made)}
            outs = instruction.body.outs
            order = sorted(range(count, len(outs)), key=lambda k: place.get(outs[k], -1))
            collected = (instruction.results[k] for k in order)
            instruction = replace(
                instruction, results=(*instruction.finals, *collected, *instruction.results[-2:]),
                body=replace(instruction.body, outs=[*outs[:count], *(outs[k] for k in order)]),
            )
        body.append(instruction)
    return replace(block, body=body)


def counted_by_lists(block: Block) -> Block:
    """The block in which the trips of a loop are the length of a list that it collects, if it collects one."""
    lengths: dict[Value, Operand] = {}

    def rewritten(block: Block) -> Block:
        body: list[Instruction] = []
        for instruction in block.body:
            instruction = with_blocks(instruction, rewritten)
            body.append(instruction)
            if isinstance(instruction, Loop) and instruction.collected and not instruction.reverse:
                length = lengths[instruction.trips] = Value("", PY_INT)
                body.append(Apply((length,), core.LENGTH, (instruction.collected[0],), derived=True))
        return replace(block, body=body)

    result = rewritten(block)
    return without_dead(substituted(result, lengths)) if lengths else block


# ---- residuals of paths not taken -----------------------------------------------------------------------------------


def defined_where_kept(block: Block) -> Block:
    """The block in which what is packed or collected is None, not undefined, where its branch was not taken."""
    kept: set[Value] = set()
    _find_kept(block, kept)
    size = -1
    while size != len(kept):
        size = len(kept)
        _trace_kept(block, kept)
    return _defined(block, kept)


def _find_kept(block: Block, kept: set[Value]) -> None:
    for instruction in block.body:
        if isinstance(instruction, Apply) and instruction.primitive in (core.PACKED, core.ZEROS_LIKE):
            read_into(kept, list(instruction.args))
        if isinstance(instruction, Loop):
            read_into(kept, instruction.body.outs[len(instruction.carried) :])
        for inner in blocks_of(instruction):
            _find_kept(inner, kept)


def _trace_kept(block: Block, kept: set[Value]) -> None:
    """A result that is kept is one of the values that its branches or iterations yield."""
    for instruction in block.body:
        if isinstance(instruction, If):
            for inner in (instruction.then, instruction.orelse):
                read_into(kept, [o for r, o in zip(instruction.results, inner.outs, strict=False) if r in kept])
        elif isinstance(instruction, Loop):
            for k, (final, param) in enumerate(zip(instruction.finals, instruction.carried, strict=True)):
                if final in kept or param in kept:
                    outs = [b.outs[k] for b in (instruction.exit, instruction.body) if k < len(b.outs)]
                    read_into(kept, [param, instruction.inits[k], *outs])
        for inner in blocks_of(instruction):
            _trace_kept(inner, kept)


def _defined(block: Block, kept: set[Value]) -> Block:
    def settle(targets: Iterable[Value], outs: list[Operand]) -> list[Operand]:
        pairs = zip(targets, outs, strict=False)
        settled: list[Operand] = [Const(None) if o is UNDEFINED and t in kept else o for t, o in pairs]
        return settled + outs[len(settled) :]

    body: list[Instruction] = []
    for instruction in block.body:
        instruction = with_blocks(instruction, lambda b: _defined(b, kept))
        if isinstance(instruction, If):
            for inner in (instruction.then, instruction.orelse):
                inner.outs = settle(instruction.results, inner.outs)
        elif isinstance(instruction, Loop):
            instruction.inits = settle(instruction.carried, instruction.inits)
        body.append(instruction)
    return replace(block, body=body)
