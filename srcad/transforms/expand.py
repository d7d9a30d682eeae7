"""Expanding definitions: a primitive that is declared by others becomes these, where a derivative passes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from srcad.ir.build import Builder
from srcad.ir.nodes import Apply, Block, Function, Operand, Value
from srcad.ir.rewrite import replaced, with_blocks, with_operands
from srcad.transforms.common import RULE_ERRORS


def expanded(function: Function, active: set[Value]) -> Function:
    """The function with every active definition expanded; itself if there is none."""
    new: dict[Value, Operand] = {}
    block = _expand(function.block, active.__contains__, new)
    return function if not new else replace(function, block=block, derived={})


def _expand(block: Block, active: Callable[[Value], bool], new: dict[Value, Operand]) -> Block:
    result = Block(block.params, [], [], block.diverges)
    for original in block.body:
        instruction = with_operands(original, lambda o: replaced(o, new))
        instruction = with_blocks(instruction, lambda b: _expand(b, active, new))
        if isinstance(instruction, Apply) and is_defined(instruction) and any(map(active, original.results)):
            try:
                definition = _definition(instruction)
            except RULE_ERRORS:  # the transforms refuse it, where it stands
                result.body.append(instruction)
                continue
            # a definition may use definitions, and all that it computes counts as active
            inner = _expand(definition, lambda _: True, new)
            result.body.extend(inner.body)
            new.update(zip(original.results, inner.outs, strict=True))
        else:
            result.body.append(instruction)
    result.outs = [replaced(o, new) for o in block.outs]
    return result


def is_defined(apply: Apply) -> bool:
    return hasattr(apply.primitive.rule, "expand")


def _definition(apply: Apply) -> Block:
    """The instructions that compute the same."""
    block = Block()
    build = Builder(block)
    build.location = apply.location
    block.outs = apply.primitive.rule.expand(build, apply)  # type: ignore[union-attr]
    for value, out in zip(apply.results, block.outs, strict=True):
        if isinstance(out, Value) and not out.name:
            out.name = value.name
    return block
