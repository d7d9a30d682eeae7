"""Which values become variables and which are written in place, inside the expression that uses them.

A temporary that is used once is folded into its use; the user's own variables keep their names, and so do their
tangents and adjoints.  Reading a shape costs nothing and is repeated rather than named.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from operator import itemgetter
from typing import TypeGuard

from srcad.analysis.absence import absent_values
from srcad.backend.errstate import Modes, modes_of
from srcad.backend.sharing import Sharing, targets_of, writes
from srcad.ir import core
from srcad.ir.build import fact_of_operand
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
    Remark,
    Value,
    block_operands,
    blocks_of,
    flat_operands,
    operands_of,
)
from srcad.transforms.dead import has_effects
from srcad.transforms.elements import same_length

FREE = (core.SHAPE, core.DTYPE, core.LENGTH)
SUMS = (core.ADD, core.SUB)
PASSING = 5
"""Arrays of derivative code are named if it takes more operations to make them."""

SIZE = 14
"""More operations than this are not put into one expression."""


def is_free(instruction: Instruction) -> TypeGuard[Apply]:
    """Whether an instruction reads what no write changes: the shape of an array, but not the length of a list."""
    if not isinstance(instruction, Apply) or instruction.primitive not in FREE:
        return False
    return fact_of_operand(instruction.args[0]).kind != "list"


def resizes(write: Instruction) -> bool:
    """Whether a write may change how long a list is."""
    return any(target.fact.kind not in ("array", "num") for target in targets_of(write))


class Folding:
    """The definitions of the values that are written in place; ``expression[v]`` is the instruction."""

    def __init__(self, function: Function, sharing: Sharing) -> None:
        self.sharing = sharing
        self.uses: Counter[Value] = Counter()
        self.absent = absent_values(function.block)
        self.pinned = {*forward_results(function), *written_into(function.block)}
        self.expression: dict[Value, Apply | If] = {}
        self.sizes: dict[Value, int] = {}
        self._site: dict[Value, int] = {}  # the innermost loop that uses a value
        self._made: dict[Value, int] = {}  # how many effects there were before a value was made
        self._read: dict[Value, int] = {}  # and before it was last read
        self._summed: set[Value] = set()  # what an update may write into, or a block gives back
        self._effects = 0
        self._place = 0  # how many instructions there were before
        self._span: dict[Value, tuple[int, int]] = {}  # where a value is made, and where it is last read
        self._writes: list[tuple[int, int]] = []  # where there are writes, and what shares memory with the target
        self._only_saved: set[Value] = set()  # copies made for a list alone: they are written where they go into it
        self._modes: dict[Operand, Modes] = {}  # how a value's last reader treats floating-point errors
        self._resizes = any(map(resizes, writes(function.block)))  # whether a list becomes longer or shorter
        self._count(function.block, 0)
        self._at_end: set[Value] = set()
        self._fold(function.block, 0)

    def _use(self, operand: Operand, depth: int) -> None:
        for part in flat_operands(operand):
            if isinstance(part, Value):
                self.uses[part] += 1
                self._site[part] = max(depth, self._site.get(part, 0))
                self._read[part] = self._effects
                self._span[part] = self._span.get(part, (0, 0))[0], self._place

    def _count(self, block: Block, depth: int, modes: Modes = ()) -> None:
        for instruction in block.body:
            self._place += 1
            for operand in operands_of(instruction):
                self._use(operand, depth)
                self._modes.update(dict.fromkeys(flat_operands(operand), modes_of(instruction)))
            for target in targets_of(instruction):
                self._writes.append((self._place, self.sharing.mask(target)))
            if isinstance(instruction, Apply) and (instruction.primitive in SUMS or instruction.primitive in core.WRITES):
                self._summed.update(o for o in instruction.args[:1] if isinstance(o, Value))
            if not isinstance(instruction, Apply):
                self._summed.update(o for o in operands_of(instruction) if isinstance(o, Value))
            inner = depth + isinstance(instruction, Loop)
            if isinstance(instruction, Loop):
                self._count(instruction.head, inner, modes_of(instruction))
                if instruction.stop is not None:
                    self._use(instruction.stop, inner)
                self._count(instruction.exit, inner, modes_of(instruction))
                self._count(instruction.body, inner, modes_of(instruction))
                saved = instruction.body.outs[len(instruction.carried) :]
                copies = {r for i in instruction.body.body if is_copy(i) for r in i.results}
                self._only_saved.update(o for o in saved if o in copies and self.uses[o] == 1)
                for out in saved:
                    self._use(out, inner)  # collected: written down twice, so never folded
            elif isinstance(instruction, If):
                for nested in blocks_of(instruction):
                    # a side that yields the condition is written `and` or `or`
                    outs = [o for o in nested.outs if o is not instruction.condition]
                    self._count(replace(nested, outs=outs), inner, modes_of(instruction))
            elif is_effect(instruction):
                self._effects += 1
            self._made.update(dict.fromkeys(instruction.results, self._effects))
            for result in instruction.results:
                self._span[result] = self._place, self._place
        self._place += 1
        for out in block.outs:
            self._use(out, depth)
            self._modes.update(dict.fromkeys(flat_operands(out), modes))
            if isinstance(out, Value):
                self._summed.add(out)

    def _fold(self, block: Block, depth: int) -> None:
        for instruction in block.body:
            if isinstance(instruction, Loop):
                self._at_end |= self._assigned_at_end(instruction, depth + 1)
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
        if self.runs_over(loop):
            return
        for sequence, item in loop.scanned:
            self.uses[loop.index] += self.uses[item] > 0
            if self.uses[item] == 1 and self._site[item] == depth + 1:
                self.expression[item] = Apply((item,), core.INDEX, (sequence, loop.index))
                self.sizes[item] = 1

    def runs_over(self, loop: Loop) -> bool:
        """Whether a loop runs over the elements of all that it scans, rather than over a range."""
        scanned = [s for s, item in loop.scanned if self.uses[item]]
        if not scanned or loop.reverse:
            return False
        if len(scanned) == 1 and not self.uses[loop.index]:
            return True
        counted = self.expression.get(loop.count) if isinstance(loop.count, Value) else None
        if not isinstance(counted, Apply) or counted.primitive not in (core.LENGTH, core.COUNT):
            return False
        return all(s is counted.args[0] or same_length(s, counted.args[0]) for s in scanned)

    def _may_fold(self, instruction: Instruction, value: Value, depth: int) -> bool:
        is_length = isinstance(instruction, Apply) and instruction.primitive is core.LENGTH and not self._resizes
        if is_free(instruction) or is_length:
            return self._stable(instruction.args[0])  # type: ignore[union-attr]
        if self._modes.get(value, ()) != modes_of(instruction):
            return False
        if isinstance(instruction, Apply) and instruction.primitive is core.ATTRIBUTE and not self._effects:
            return self._stable(instruction.args[0])
        if value in self._only_saved:
            return True
        if value in self.pinned or self.uses[value] != 1 or self._site.get(value, 0) > depth or self._size(instruction) > SIZE:
            return False
        if self._made[value] != self._read[value] and self._reads_memory(instruction):
            return False
        if self._writes and self._reads_what_is_written(instruction, *self._span[value]):
            return False
        if isinstance(instruction, If):
            return not value.name and self.is_choice(instruction)
        if not isinstance(instruction, Apply) or not is_expression(instruction):
            return False
        return not value.name or value in self._at_end or _trivial(instruction) or self._is_passing(instruction, value)

    def _is_passing(self, apply: Apply, value: Value) -> bool:
        """Whether an array that a transform made is small enough an expression to be passed on without a name.

        A variable would keep its memory to the end of the function.  What is added to later keeps its name.
        """
        if not apply.derived or not value.fact.ndim or self._size(apply) > PASSING or value in self._summed:
            return False
        return apply.primitive.symbol in ("*", "/", "+", "-", "**")

    def _reads_what_is_written(self, instruction: Instruction, first: int, last: int) -> bool:
        """Whether there is a write, between two places, into memory that an expression reads."""
        start, stop = bisect_right(self._writes, first, key=itemgetter(0)), bisect_left(self._writes, last, key=itemgetter(0))
        written = [mask for _, mask in self._writes[start:stop]]
        if not written:
            return False
        operands = list(operands_of(instruction))
        if isinstance(instruction, If):
            operands += instruction.then.outs + instruction.orelse.outs
        leaves = {leaf for operand in operands for leaf in self.leaves(operand, contents=True)}
        return any(mask & self.sharing.bit(leaf) for leaf in leaves for mask in written)

    def _reads_memory(self, instruction: Instruction) -> bool:
        """Whether an expression may have another value after an effect: what it reads may have been written into."""
        values = [o for o in operands_of(instruction) if isinstance(o, Value)]
        if isinstance(instruction, If):
            values += [o for b in blocks_of(instruction) for o in b.outs if isinstance(o, Value)]
        return any(
            self._reads_memory(self.expression[v]) if v in self.expression else v.fact.kind not in ("py", "shape")
            for v in values
        )

    def _assigned_at_end(self, loop: Loop, depth: int) -> set[Value]:
        """Values that a loop carries on and that are computed only when it does, at the end of its body.

        Until then the variables hold the old values, which the rest of the body reads:

            a, b = a + b, a - b
        """
        body = loop.body.body
        places = {r: k for k, i in enumerate(body) for r in i.results}
        read = {k: [o for o in all_operands(i) if isinstance(o, Value)] for k, i in enumerate(body)}
        candidates = {}
        for param, out in zip(loop.carried, loop.body.outs, strict=False):
            made = body[places[out]] if isinstance(out, Value) and out in places else None
            if isinstance(made, Apply) and is_expression(made) and self.uses[out] == 1:  # type: ignore[index]
                # an array is rather updated in place
                if made.results[0].fact.is_scalar or made.args[:1] != (param,):
                    candidates[param] = made
        late = {p for p, made in candidates.items() if any(p in read[k] for k in range(places[made.results[0]] + 1, len(body)))}
        size = -1
        while size != len(late):
            size = len(late)
            reads = {o for p in late & candidates.keys() for o in self._read_when_folded(candidates[p], body, places)}
            late |= {p for p in loop.carried if p in reads}
        if not late <= candidates.keys():
            return set()
        found: set[Value] = set()
        for param in late:
            # a sum is written as a whole
            last: Instruction | None = candidates[param]
            while isinstance(last, Apply) and is_expression(last) and self.uses[last.results[0]] == 1:
                found.add(last.results[0])
                first = last.args[0] if last.args else None
                same = isinstance(first, Value) and first.name == last.results[0].name and first in places
                last = body[places[first]] if same else None  # type: ignore[index]
        return found

    def _read_when_folded(self, apply: Apply, body: list[Instruction], places: dict[Value, int]) -> Iterator[Operand]:
        """What an expression reads, temporaries that will be a part of it included."""
        for operand in operands_of(apply):
            yield operand
            made = body[places[operand]] if isinstance(operand, Value) and operand in places else None
            if isinstance(made, Apply) and is_expression(made) and not operand.name and self.uses[operand] == 1:  # type: ignore[union-attr, index]
                yield from self._read_when_folded(made, body, places)

    def _stable(self, operand: Operand) -> bool:
        """Whether an operand has a name wherever it is in scope."""
        return isinstance(operand, Value) and operand not in self.expression

    def is_choice(self, branch: If) -> bool:
        """Whether a branch is nothing but a conditional expression."""
        return len(branch.results) == 1 and all(
            not block.diverges and block.outs[0] is not UNDEFINED and block.outs[0] not in self.absent
            and all(len(i.results) == 1 and i.results[0] in self.expression for i in block.body)
            for block in (branch.then, branch.orelse)
        )

    def size(self, branch: If) -> int:
        """How many operations a conditional expression is made of."""
        return self._size(branch)

    def _size(self, instruction: Instruction) -> int:
        operands = list(operands_of(instruction))
        if isinstance(instruction, If):
            operands += instruction.then.outs + instruction.orelse.outs
        return 1 + sum(self.sizes.get(o, 0) for o in operands if isinstance(o, Value))

    def leaves(self, operand: Operand, contents: bool = False) -> list[Value]:
        """The variables that an operand's expression reads; those whose ``contents`` it reads, not just the shape."""
        found: list[Value] = []
        for part in flat_operands(operand):
            if not isinstance(part, Value):
                continue
            made = self.expression.get(part)
            if made is None:
                found.append(part)
                continue
            if contents and is_free(made):
                continue
            inner = list(operands_of(made))
            if isinstance(made, If):
                inner += made.then.outs + made.orelse.outs
            for operand_ in inner:
                found += self.leaves(operand_, contents)
        return found


def forward_results(function: Function) -> set[Operand]:
    """What a derivative returns of the function: it is computed in the forward sweep, not after the backward one."""
    body = function.block.body
    place = next((k for k, i in enumerate(body) if isinstance(i, Remark) and i.text == "backward"), 0)
    made = {r for i in body[:place] for r in i.results}
    return {o for o in function.outs if o in made}


def is_expression(apply: Apply) -> bool:
    """Whether an application may be written where its result is used."""
    primitive = apply.primitive
    if primitive is core.COPY:
        return True
    return primitive.pure and not primitive.allocates and primitive not in core.WRITES and primitive is not core.UNPACKED


def is_copy(instruction: Instruction) -> bool:
    return isinstance(instruction, Apply) and instruction.primitive is core.COPY


def written_into(block: Block) -> set[Operand]:
    """The operands of updates: they have a variable, which the update may write into."""
    found: set[Operand] = set()
    for instruction in block.body:
        if not isinstance(instruction, Call):
            found.update(targets_of(instruction))
        for inner in blocks_of(instruction):
            found |= written_into(inner)
    return found


def is_effect(instruction: Instruction) -> bool:
    """Whether an instruction may change what others read."""
    if isinstance(instruction, Apply):
        return not instruction.primitive.pure
    return isinstance(instruction, Call) and has_effects(instruction.function)


def all_operands(instruction: Instruction) -> Iterator[Operand]:
    """What an instruction reads, in nested blocks too."""
    yield from operands_of(instruction)
    for block in blocks_of(instruction):
        yield from block_operands(block)
    if isinstance(instruction, Loop) and instruction.stop is not None:
        yield instruction.stop


def _trivial(apply: Apply) -> bool:
    """Whether an expression is no more than a literal or a name."""
    return apply.primitive is core.ATTRIBUTE and all(isinstance(a, Const) for a in apply.args)
