"""Where things stand in a function, and what is needed after each write: for passes that move or copy.

A *place* is a block and an instruction of it.  ``Places`` finds the block of each instruction and what made each value;
``needed_after`` goes through a function backwards, as ``Variables`` does, but knows no expressions yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from srcad.backend.folding import is_free
from srcad.backend.sharing import Sharing, kept_by_callers, targets_of
from srcad.ir import core
from srcad.ir.nodes import (
    Apply,
    Block,
    Call,
    Function,
    If,
    Instruction,
    Loop,
    Operand,
    Value,
    block_values,
    blocks_of,
    flat_operands,
    operands_of,
)


class Places:
    """The block of each instruction, the instruction around each block, and the maker of each value.

    What a loop carries or scans is made by the loop, and in ``inside``.
    """

    def __init__(self, function: Function) -> None:
        self.block: dict[Instruction, Block] = {}
        self.around: dict[int, Instruction] = {}
        self.maker: dict[Value, Instruction] = {}
        self.inside: set[Value] = set()
        self._find(function.block)

    def _find(self, block: Block) -> None:
        for instruction in block.body:
            self.block[instruction] = block
            self.maker.update(dict.fromkeys(instruction.results, instruction))
            if isinstance(instruction, Loop):
                own = [instruction.index, *instruction.carried, *(item for _, item in instruction.scanned)]
                self.maker.update(dict.fromkeys(own, instruction))
                self.inside.update(own)
            for inner in blocks_of(instruction):
                self.around[id(inner)] = instruction
                self._find(inner)

    def chain(self, instruction: Instruction) -> Iterator[tuple[Block, Instruction]]:
        """The places of an instruction, and of those around it, from the inside to the outside."""
        while True:
            block = self.block[instruction]
            yield block, instruction
            if id(block) not in self.around:
                return
            instruction = self.around[id(block)]

    def place_in_scope(self, value: Value, instruction: Instruction) -> tuple[Block, Instruction] | None:
        """The place of an instruction, or of one around it, in the block in which a value is made; None if it is in no such."""
        maker = self.maker.get(value)
        homes: tuple[Block, ...] = ()
        if isinstance(maker, Loop) and value in self.inside:
            homes = blocks_of(maker)
        elif maker is not None:
            home = self.block[maker]
            loop = self.around.get(id(home))
            # the head of a loop goes on in its body
            homes = blocks_of(loop) if isinstance(loop, Loop) and home is loop.head else (home,)
        places = list(self.chain(instruction))
        if maker is None:
            return places[-1]  # a parameter
        return next((place for place in places if any(place[0] is home for home in homes)), None)

    def is_within(self, value: Value, loop: Loop) -> bool:
        """Whether a value is made in a loop."""
        maker = self.maker.get(value)
        if maker is loop:
            return value in self.inside
        return maker is not None and any(at is loop for _, at in self.chain(maker))


def contents_read(instruction: Instruction, sharing: Sharing) -> list[Value]:
    """The values whose contents, not just their shape, an instruction itself reads."""
    operands: Iterable[Operand] = operands_of(instruction)
    if isinstance(instruction, Apply):
        if is_free(instruction):
            return []
        if instruction.primitive is core.WRITTEN_BACK or instruction in sharing.put_back:
            operands = instruction.args[1:]
    return values_of(operands)


def all_contents_read(instruction: Instruction, sharing: Sharing) -> Iterator[Value]:
    """Likewise, with what the blocks nested in it read."""
    yield from contents_read(instruction, sharing)
    for block in blocks_of(instruction):
        for inner in block.body:
            yield from all_contents_read(inner, sharing)
        yield from values_of(block.outs)
    if isinstance(instruction, Loop) and isinstance(instruction.stop, Value):
        yield instruction.stop


def values_of(operands: Iterable[Operand]) -> list[Value]:
    return [part for operand in operands for part in flat_operands(operand) if isinstance(part, Value)]


Needed = list[tuple[Apply | Call, int]]


def needed_after(function: Function, sharing: Sharing) -> Needed:
    """Each write, in order, with the values that are needed after it, a bit for each (``Sharing.bit``)."""
    return _Liveness(function, sharing).found[::-1]


class _Liveness:
    def __init__(self, function: Function, sharing: Sharing) -> None:
        self.sharing = sharing
        self.found: Needed = []
        self.outermost = frozenset(function.block.body)
        self.block(function.block, self.bits(sharing.finals.values()))

    def bits(self, values: Iterable[Value]) -> int:
        found = 0
        for value in values:
            found |= self.sharing.bit(value)
        return found

    def block(self, block: Block, live: int, saved: Iterable[Operand] = ()) -> int:
        """Through a block from its end; values ``saved`` go to their lists when they are made."""
        outs = block.outs if not saved else block.outs[: -len(list(saved))]
        live |= self.bits(values_of(outs))
        early = set(values_of(saved))
        for instruction in reversed(block.body):
            live |= self.bits(r for r in instruction.results if r in early)
            live = self.instruction(instruction, live)
        return live | self.bits(early.difference(*(i.results for i in block.body)))

    def instruction(self, instruction: Instruction, live: int) -> int:
        after = live & ~self.bits(instruction.results)
        match instruction:
            case If():
                sides = [self.block(b, 0 if b.diverges else after) for b in (instruction.then, instruction.orelse)]
                return sides[0] | sides[1] | self.bits(values_of([instruction.condition]))
            case Loop():
                return self.loop(instruction, after)
        if targets_of(instruction):
            assert isinstance(instruction, Apply | Call)
            if instruction in self.outermost:
                after &= ~self.bits(self.sharing.finals[x] for x in kept_by_callers(instruction) if x in self.sharing.finals)
            self.found.append((instruction, after))
        return after | self.bits(contents_read(instruction, self.sharing))

    def loop(self, loop: Loop, after: int) -> int:
        after |= self.bits(loop.collected)
        own = self.bits([loop.index, *loop.carried, *(item for _, item in loop.scanned)])
        reads = [v for i in loop.head.body + loop.exit.body + loop.body.body for v in all_contents_read(i, self.sharing)]
        reads += values_of([*loop.exit.outs, *loop.body.outs, *(s for s, _ in loop.scanned)])
        reads += values_of([] if loop.stop is None else [loop.stop])
        made = {loop.index, *loop.carried, *(i for _, i in loop.scanned), *(v for b in blocks_of(loop) for v in block_values(b))}
        around = after | self.bits(v for v in reads if v not in made)
        inner = self.block(loop.body, around, loop.body.outs[len(loop.carried) :])
        if loop.stop is not None:
            inner |= self.block(loop.exit, after) | self.bits(values_of([loop.stop]))
        inner = self.block(Block(body=loop.head.body), inner)
        start = [*loop.inits, *(s for s, _ in loop.scanned), *([] if loop.count is None else [loop.count])]
        return (((inner & ~own) | after) & ~self.bits(loop.collected)) | self.bits(values_of(start))
