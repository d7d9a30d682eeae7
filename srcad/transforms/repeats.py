"""Repeated subexpressions: an application that has been made before, where it is in scope, is not made again.

    mask = x == top                     mask = x == top
    ...                          ->     ...
    x_bar = g * (x == top)              x_bar = g * mask
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from srcad.ir.build import application_key
from srcad.ir.nodes import Apply, Block, Instruction, Loop, Operand, Value
from srcad.ir.rewrite import replaced, with_blocks, with_operands


def without_repeats(block: Block) -> Block:
    """The block with equal applications of pure primitives made once."""
    return _Repeats().block(block)


class _Repeats:
    def __init__(self) -> None:
        self.known: list[dict[Any, Apply]] = []
        self.new: dict[Value, Operand] = {}

    def block(self, block: Block) -> Block:
        """A nested block; what is computed there is not in scope after it."""
        self.known.append({})
        result = self.open_block(block)
        self.known.pop()
        return result

    def open_block(self, block: Block) -> Block:
        body: list[Instruction] = []
        for original in block.body:
            instruction = with_operands(original, lambda o: replaced(o, self.new))
            if isinstance(instruction, Loop):
                body.append(self.loop(instruction))
            elif not isinstance(instruction, Apply):
                body.append(with_blocks(instruction, self.block))
            elif not self.is_known(instruction):
                body.append(instruction)
        return replace(block, body=body, outs=[replaced(o, self.new) for o in block.outs])

    def loop(self, loop: Loop) -> Loop:
        self.known.append({})
        head = self.open_block(loop.head)  # what it computes is in scope in the exit and in the body
        stop = None if loop.stop is None else replaced(loop.stop, self.new)
        result = replace(loop, head=head, stop=stop, exit=self.block(loop.exit), body=self.block(loop.body))
        self.known.pop()
        return result

    def is_known(self, apply: Apply) -> bool:
        """Whether an equal application has been made; its results then stand for those of this one."""
        key = application_key(apply.primitive, apply.args, apply.kwargs, apply.spelling)
        if key is None:
            return False
        for known in reversed(self.known):
            earlier = known.get(key)
            if earlier is not None:
                # the user's own arithmetic must not be reassociated, whoever else wanted it too
                earlier.derived = earlier.derived and apply.derived
                for old, new in zip(apply.results, earlier.results, strict=True):
                    self.new[old] = new
                    new.name = new.name or old.name
                return True
        self.known[-1][key] = apply
        return False
