"""Which values become variables and which are written in place, inside the expression that uses them.

A temporary that is used once is folded into its use; the user's own variables keep their names, and so do their
tangents and adjoints.  Reading a shape costs nothing and is repeated rather than named.
"""

from __future__ import annotations

from collections import Counter

from srcad.ir import core
from srcad.ir.nodes import (
    Apply,
    Block,
    Const,
    Function,
    If,
    Instruction,
    Loop,
    Operand,
    Remark,
    Value,
    blocks_of,
    flat_operands,
    operands_of,
)

WRITES = (core.STORED, core.ACCUMULATED, core.SCATTERED)
"""Applications that write into memory where they can."""

FREE = (core.SHAPE, core.DTYPE, core.LENGTH)
SIZE = 14
"""More operations than this are not put into one expression."""


class Folding:
    """The definitions of the values that are written in place; ``expression[v]`` is the instruction."""

    def __init__(self, function: Function) -> None:
        self.uses: Counter[Value] = Counter()
        # a derivative computes what the function returns in its forward sweep, not after the backward one
        swept = any(isinstance(i, Remark) for i in function.block.body)
        self.pinned = {o for o in function.outs if swept and isinstance(o, Value)}
        self.expression: dict[Value, Apply | If] = {}
        self.sizes: dict[Value, int] = {}
        self._site: dict[Value, int] = {}  # the innermost loop that uses a value
        self._count(function.block, 0)
        self._loop = 0
        self._fold(function.block, 0)

    def _use(self, operand: Operand, depth: int) -> None:
        for part in flat_operands(operand):
            if isinstance(part, Value):
                self.uses[part] += 1
                self._site[part] = max(depth, self._site.get(part, 0))

    def _count(self, block: Block, depth: int) -> None:
        for instruction in block.body:
            for operand in operands_of(instruction):
                self._use(operand, depth)
            inner = depth + isinstance(instruction, Loop)
            for nested in blocks_of(instruction):
                self._count(nested, inner)
            if isinstance(instruction, Loop):
                if instruction.stop is not None:
                    self._use(instruction.stop, inner)
                for out in instruction.body.outs[len(instruction.carried) :]:
                    self._use(out, inner)  # collected: written down twice, so never folded
        for out in block.outs:
            self._use(out, depth)

    def _fold(self, block: Block, depth: int) -> None:
        for instruction in block.body:
            for nested in blocks_of(instruction):
                self._fold(nested, depth + isinstance(instruction, Loop))
            if isinstance(instruction, Loop):
                self._fold_scans(instruction, depth)
            if len(instruction.results) != 1:
                continue
            value = instruction.results[0]
            if self._may_fold(instruction, value, depth):
                assert isinstance(instruction, Apply | If)
                self.expression[value] = instruction
                self.sizes[value] = self._size(instruction)

    def _fold_scans(self, loop: Loop, depth: int) -> None:
        """An element that is read once is read where it is used, unless the loop runs over the elements."""
        scanned = [pair for pair in loop.scanned if self.uses[pair[1]]]
        if len(scanned) == 1 and not loop.reverse and not self.uses[loop.index]:
            return
        for sequence, item in scanned:
            if self.uses[item] == 1 and self._site[item] == depth + 1:
                self.expression[item] = Apply((item,), core.INDEX, (sequence, loop.index))
                self.sizes[item] = 1
                self.uses[loop.index] += 1

    def _may_fold(self, instruction: Instruction, value: Value, depth: int) -> bool:
        if isinstance(instruction, Apply) and instruction.primitive in FREE:
            return self._stable(instruction.args[0])
        if value in self.pinned or self.uses[value] != 1 or self._site.get(value, 0) > depth or self._size(instruction) > SIZE:
            return False
        if isinstance(instruction, If):
            return not value.name and self._is_choice(instruction)
        if not isinstance(instruction, Apply):
            return False
        primitive = instruction.primitive
        if not primitive.pure or primitive.allocates or primitive in WRITES or primitive is core.UNPACKED:
            return False
        return not value.name or _trivial(instruction)

    def _stable(self, operand: Operand) -> bool:
        """Whether an operand has a name wherever it is in scope."""
        return isinstance(operand, Value) and operand not in self.expression

    def _is_choice(self, branch: If) -> bool:
        """Whether a branch is nothing but a conditional expression."""
        return all(
            not block.diverges and all(len(i.results) == 1 and i.results[0] in self.expression for i in block.body)
            for block in (branch.then, branch.orelse)
        )

    def _size(self, instruction: Instruction) -> int:
        operands = list(operands_of(instruction))
        if isinstance(instruction, If):
            operands += instruction.then.outs + instruction.orelse.outs
        return 1 + sum(self.sizes.get(o, 0) for o in operands if isinstance(o, Value))

    def leaves(self, operand: Operand) -> list[Value]:
        """The variables that an operand's expression reads."""
        found: list[Value] = []
        for part in flat_operands(operand):
            if not isinstance(part, Value):
                continue
            made = self.expression.get(part)
            if made is None:
                found.append(part)
                continue
            inner = list(operands_of(made))
            if isinstance(made, If):
                inner += made.then.outs + made.orelse.outs
            for operand_ in inner:
                found += self.leaves(operand_)
        return found


def _trivial(apply: Apply) -> bool:
    """Whether an expression is no more than a literal or a name."""
    return apply.primitive is core.ATTRIBUTE and all(isinstance(a, Const) for a in apply.args)
