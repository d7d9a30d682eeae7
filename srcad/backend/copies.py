"""Copies and an order of instructions by which writes can be made in place.

A write makes a new version of an array; in place it spoils the old one, and every view of it.  So what is still needed
of these is copied before, by value: the part that is needed, never the whole array because of a part.

    head = u[1:]                                  head = u[1:].copy()
    u1 = stored(u, 0, v)              ->          u[0] = v
    y = np.sum(head)                              y = np.sum(head)

In derivative code, where the old version is read just before or after the write, the write is made after the last
reader, or the reader before the write.  What cannot be settled here remains a write into a copy (``variables``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from srcad.analysis.absence import absent_or_none
from srcad.backend.places import Places, all_contents_read, contents_read, needed_after, values_of
from srcad.backend.rereading import Rereading
from srcad.backend.sharing import Sharing, kept_by_callers, targets_of, writes
from srcad.ir import core
from srcad.ir.nodes import (
    UNDEFINED,
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
    operands_of,
)
from srcad.ir.rewrite import cloned, substituted
from srcad.ir.verify import checked
from srcad.transforms.memory import last_versions

ROUNDS = 100
"""Each round settles what it finds; there are as many as there are copies of copies, and a few."""


def with_copies(function: Function) -> Function:
    """The function with all that a write in place would spoil copied before."""
    if not any(writes(function.block)):
        return function
    if not _Copies(function).conflicts():
        return function
    result = replace(function, block=cloned(function.block, {}))
    moved: set[Instruction] = set()
    for _ in range(ROUNDS):
        if not _Copies(result).settle(moved):
            break
    return checked(_Copies(result).without_stale())


Conflict = tuple[Apply | Call, Value, int]
"""A write, its target, and what is needed afterwards and may share memory with that, a bit for each."""


class _Copies:
    """One round."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.sharing = Sharing(function)
        self.needed = needed_after(function, self.sharing)
        self.places = Places(function)
        self.absent = absent_or_none(function)
        self.buffers = self.written_on()
        self._made: dict[Instruction, int] = {}
        self._read: dict[Instruction, int] = {}
        self.renewed: set[Value] = set()  # what is written into a copy from now on
        self.done: dict[Value, bool] = {}  # the values that this round has tried to keep, and whether it could

    def conflicts(self) -> list[Conflict]:
        found: list[Conflict] = []
        for write, needed in self.needed:
            for x in targets_of(write):
                shared = self.sharing.mask(x) & needed
                if isinstance(write, Apply) and write.primitive is core.WRITTEN_BACK:
                    shared = self.stale(write, shared)
                elif self.sharing.is_foreign(x) and not self.sharing.is_nothing(x):
                    shared |= 1
                if shared:
                    found.append((write, x, shared))
        return found + self.conflicts_at_end()

    def conflicts_at_end(self) -> list[Conflict]:
        """What a function packs must not be what it leaves to its caller to write on."""
        found: list[Conflict] = []
        for out, last in zip(self.function.outs, last_versions(self.function), strict=True):
            for pack in self.function.outs:
                made = self.places.maker.get(pack) if isinstance(pack, Value) else None
                if last is not None and isinstance(out, Value) and isinstance(made, Apply) and made.primitive is core.PACKED:
                    assert isinstance(pack, Value)
                    if self.sharing.shares(pack, out):
                        found.append((made, out, self.sharing.bit(pack)))
        return found

    def settle(self, moved: set[Instruction]) -> bool:
        """Settle what conflicts there are; False if there is nothing to do.  A write is ``moved`` once at most."""
        conflicts = self.conflicts()
        changed = False
        for write, _, shared in conflicts:
            if isinstance(write, Apply) and write.derived and write.primitive in core.WRITES and shared != 1 and write not in moved:
                moved.add(write)
                changed = self.scheduled(write) or changed
        if changed:
            return True
        for conflict in conflicts:
            if conflict[1] not in kept_by_callers(conflict[0]):
                changed = self.copied(*conflict) or changed
        # without conflicts of the writes before, a parameter's memory mostly has its last version
        for conflict in conflicts if not changed else ():
            if conflict[1] in kept_by_callers(conflict[0]):
                changed = self.copied(*conflict) or changed
        return changed

    def without_stale(self) -> Function:
        """The function, working on copies of parameters that are given their last version while old ones are needed."""
        function = self.function
        stale = {x: values for write, x, values in self.conflicts() if x in kept_by_callers(write)}
        if not stale:
            return function
        copies = {x: self.copy(x, x.name) for x in stale}
        block = substituted(function.block, {x: copy for x, (copy, _) in copies.items()})
        originals: dict[Operand, Value] = {copy: x for x, (copy, _) in copies.items()}
        for write in writes(block):
            if isinstance(write, Apply) and write.primitive is core.WRITTEN_BACK:
                write.args = (originals.get(write.args[0], write.args[0]), write.args[1])
        block.body[:0] = [made for _, made in copies.values()]
        function = replace(function, block=block)
        for write, x, shared in _Copies(function).conflicts():
            if x in kept_by_callers(write):
                raise AssertionError(f"{list(self.values(shared))} are read after {x} has been written back")
        return function

    # ---- what memory is written on -----------------------------------------------------------------------------------

    def sources(self, value: Value) -> list[Value]:
        """The values of which one, or a part of one, is a value, as far as no copy is made."""
        maker = self.places.maker.get(value)
        found: Iterable[Operand] = ()
        match maker:
            case Apply() if maker.primitive in core.WRITES:
                found = maker.args[:1]
            case Apply() if maker.primitive.view or maker.primitive in (core.PACKED, core.UNPACKED):
                found = maker.args
            case Call():
                found = maker.args
            case If():
                k = maker.results.index(value)
                found = [b.outs[k] for b in (maker.then, maker.orelse) if not b.diverges]
            case Loop():
                found = sources_in_loop(maker, value)
        return [v for v in values_of(found) if not self.sharing.is_nothing(v)]

    def written_on(self) -> set[Value]:
        """The values through whose memory a later write goes: the versions of buffers and views on the way."""
        pending = [x for write, _ in self.needed for x in targets_of(write)]
        found: set[Value] = set()
        while pending:
            value = pending.pop()
            if value not in found:
                found.add(value)
                maker = self.places.maker.get(value)
                if not isinstance(maker, Call):
                    pending += self.sources(value)
        return found

    def stale(self, write: Apply, shared: int) -> int:
        """What of the values that share memory with a parameter is not read from its last version."""
        x, last = write.args
        found = 0
        for value in self.values(shared):
            pending, seen = [value], set[Value]()
            while pending:
                source = pending.pop()
                if source is last or source in seen:
                    continue
                seen.add(source)
                if source is x:
                    found |= self.sharing.bit(value)
                else:
                    pending += self.sources(source)
        return found

    def values(self, bits: int) -> Iterator[Value]:
        for k, value in enumerate(self.sharing.order):
            if value is not None and bits >> k & 1:
                yield value

    # ---- the order of instructions ------------------------------------------------------------------------------------

    def scheduled(self, write: Apply) -> bool:
        """Bring a write and the readers of the old version in the same block into order, if that is possible."""
        body = self.places.block[write].body
        start = body.index(write)
        result, shared = self.sharing.bit(write.results[0]), self.sharing.mask(write.args[0])  # type: ignore[arg-type]
        later = 0
        for instruction in body[start:]:
            later |= self.made_by(instruction)
        old = shared & ~later
        readers: list[int] = []
        first = len(body)
        for k in range(start + 1, len(body)):
            instruction = body[k]
            if self.read_by(instruction) & old:
                readers.append(k)
                if isinstance(instruction, Apply) and instruction.primitive.view:
                    old |= shared & self.made_by(instruction)  # a view of the old version, taken after the write
            if self.read_by(instruction) & result and k < first:
                first = k
        if not readers:
            return False
        if readers[-1] < first and not self.is_overwritten(write, body[start + 1 : readers[-1] + 1]):
            body.insert(readers[-1], body.pop(start))
            return True
        before: dict[Instruction, None] = {}
        for k in readers:
            instruction = body[k]
            if isinstance(instruction, Apply) and instruction not in before:
                for moved in self.movable(instruction, body[start + 1 :], later) or ():
                    before[moved] = None
                    later &= ~self.made_by(moved)
        if not before:
            return False
        body[start:] = [*(i for i in body[start:] if i in before), *(i for i in body[start:] if i not in before)]
        return True

    def made_by(self, instruction: Instruction) -> int:
        """The values that an instruction makes, in its blocks too, a bit for each."""
        if instruction not in self._made:
            made = 0
            for value in (*instruction.results, *(v for b in blocks_of(instruction) for v in block_values(b))):
                made |= self.sharing.bit(value)
            self._made[instruction] = made
        return self._made[instruction]

    def read_by(self, instruction: Instruction) -> int:
        """The values whose contents an instruction reads, in its blocks too, a bit for each."""
        if instruction not in self._read:
            read = 0
            for value in all_contents_read(instruction, self.sharing):
                read |= self.sharing.bit(value)
            self._read[instruction] = read
        return self._read[instruction]

    def is_overwritten(self, write: Apply, between: list[Instruction]) -> bool:
        """Whether something that a write stores is overwritten by one of the instructions, or what it writes is final."""
        read = [v for v in contents_read(write, self.sharing) if v is not write.args[0]]
        between = [w for i in between for w in writes(Block(body=[i]))]
        target = write.args[0]
        return any(self.sharing.shares(v, x) for v in read for w in between for x in targets_of(w)) or any(
            self.is_shared(target, x) for w in between for x in kept_by_callers(w)
        )

    def movable(self, apply: Apply, body: list[Instruction], later: int) -> list[Instruction] | None:
        """An application and those that it needs, if they can be made before the first of a body; None if not."""
        found: dict[Instruction, None] = {}
        pending: list[Instruction | None] = [apply]
        while pending:
            made = pending.pop()
            if not isinstance(made, Apply) or not made.primitive.pure or made.primitive in core.WRITES or made.primitive.allocates:
                return None
            if made not in found:
                found[made] = None
                pending += [self.places.maker.get(v) for v in values_of(operands_of(made)) if self.sharing.bit(v) & later]
            if len(found) > SMALL:
                return None
        return [i for i in body if i in found]

    # ---- copies -------------------------------------------------------------------------------------------------------

    def copied(self, write: Apply | Call, x: Value, shared: int) -> bool:
        """Copy what a write would spoil, or what it writes into."""
        if shared & 1:
            return self.target_copied(write, x, [])
        changed = False
        values = list(self.values(shared))
        for value in values:
            # what is a part of something that has just been copied may need no copy of its own
            waits = value not in self.done and any(self.done.get(s) for s in self.ancestors(value))
            changed = waits or self.kept(value, write, x) or changed
        if not changed and x in targets_of(write) and x not in kept_by_callers(write):
            changed = self.target_copied(write, x, values)
        return changed

    def ancestors(self, value: Value) -> Iterator[Value]:
        pending, seen = self.sources(value), set[Value]()
        while pending:
            source = pending.pop()
            if source not in seen and source not in self.buffers:
                seen.add(source)
                yield source
                pending += self.sources(source)

    def kept(self, value: Value, write: Apply | Call, x: Value) -> bool:
        """Keep a value from being spoiled by a write into ``x``; whether that has been done."""
        if value not in self.done:
            self.done[value] = False
            self.done[value] = self.newly_kept(value, write, x)
        return self.done[value]

    def newly_kept(self, value: Value, write: Apply | Call, x: Value) -> bool:
        maker = self.places.maker.get(value)
        if is_copy(maker) and maker.derived:  # type: ignore[union-attr]
            return False  # a copy of a copy would be written into as well
        if isinstance(maker, Loop) and value in maker.collected and any(at is maker for _, at in self.places.chain(write)):
            return self.elements_kept(maker, maker.collected.index(value), write, x)
        if value in self.buffers:
            # a view that is written into elsewhere is better a copy than what this write goes into
            aside = isinstance(maker, Apply) and maker.primitive.view and value not in self.versions(x)
            return self.old_kept(value, write) or (aside and self.made_fresh(value, maker))  # type: ignore[arg-type]
        match maker:
            case Loop() if value in maker.collected:
                return self.elements_kept(maker, maker.collected.index(value), write, x)
            case Loop() if value in maker.finals:
                k = maker.finals.index(value)
                if maker.inits[k] is UNDEFINED:
                    return self.out_kept(maker.exit, k, write, x)
                return self.made_fresh(value, maker)
            case If():
                k = maker.results.index(value)
                sides = [b for b in (maker.then, maker.orelse) if not b.diverges]
                return any([self.out_kept(side, k, write, x) for side in sides])
            case Apply() if maker.primitive is core.PACKED:
                return self.parts_kept(maker, write, x)
            case Call() if value.fact.kind == "pack":
                return self.arguments_kept(maker, x)
            case Apply() | Call() if isinstance(maker, Call) or maker.primitive.view:
                return self.made_fresh(value, maker)
        return self.old_kept(value, write)

    def is_shared(self, operand: Operand, x: Value) -> bool:
        """Whether an operand may share memory with a target."""
        return isinstance(operand, Value) and (operand is x or self.sharing.shares(operand, x))

    def is_filled_elsewhere(self, value: Value) -> bool:
        """Whether a value is a list or pack that is not written into itself: what is put into it is copied."""
        maker = self.places.maker.get(value)
        grows = isinstance(maker, Apply) and (maker.primitive in core.LIST_WRITES or maker.primitive is core.LISTED)
        return value.fact.kind in ("list", "pack") and value not in self.buffers and not grows

    def copy(self, operand: Operand, name: str = "") -> tuple[Value, Apply]:
        """A copy of a value, and the application that makes it."""
        assert isinstance(operand, Value)
        result = Value(name, operand.fact, operand.label)
        # what some path does not assign is None there
        spelling = "function" if operand in self.absent else ""
        return result, Apply((result,), core.COPY, (operand,), spelling=spelling, derived=True)

    def made_fresh(self, value: Value, maker: Instruction) -> bool:
        """Let a view be a copy from the start."""
        view = Value("", value.fact, value.label)
        maker.results = tuple(view if r is value else r for r in maker.results)
        body = self.places.block[maker].body
        spelling = "function" if value in self.absent else ""
        body.insert(body.index(maker) + 1, Apply((value,), core.COPY, (view,), spelling=spelling, derived=True))
        return True

    def elements_kept(self, loop: Loop, k: int, write: Apply | Call, x: Value) -> bool:
        """Let a loop collect copies."""
        place = len(loop.carried) + k
        out = loop.body.outs[place]
        maker = self.places.maker.get(out) if isinstance(out, Value) else None
        if not isinstance(out, Value) or self.done.get(out) or is_copy(maker):
            return isinstance(out, Value) and not is_copy(maker)
        is_own = out not in self.buffers and isinstance(maker, If)  # copied in the branch that it comes from
        if (is_own or self.is_filled_elsewhere(out)) and self.kept(out, write, x):
            return True
        loop.body.outs[place], made = self.copy(out)
        body = loop.body.body
        body.insert(body.index(maker) + 1 if maker is not None and self.places.block[maker] is loop.body else 0, made)
        return True

    def out_kept(self, block: Block, k: int, write: Apply | Call, x: Value) -> bool:
        """Let a block yield a copy, if what it yields may be spoiled."""
        out = block.outs[k]
        if not isinstance(out, Value) or not self.is_shared(out, x) or self.done.get(out):
            return isinstance(out, Value) and self.done.get(out, False)
        if self.is_filled_elsewhere(out) and self.kept(out, write, x):
            return True
        block.outs[k], made = self.copy(out)
        block.body.append(made)
        return True

    def parts_kept(self, pack: Apply, write: Apply | Call, x: Value) -> bool:
        """Let a pack hold copies."""
        args, before = list(pack.args), []
        for k, part in enumerate(args):
            if isinstance(part, Value) and self.is_shared(part, x) and not self.done.get(part):
                if self.is_filled_elsewhere(part) and self.kept(part, write, x):
                    continue
                args[k], made = self.copy(part)
                before.append(made)
        self.insert_before(pack, before)
        pack.args = tuple(args)
        return True

    def arguments_kept(self, call: Call, x: Value) -> bool:
        """Let a call take copies of what it packs and may be spoiled later."""
        args, before = list(call.args), []
        for k, argument in enumerate(args):
            if self.is_shared(argument, x):
                args[k], made = self.copy(argument)
                before.append(made)
        self.insert_before(call, before)
        call.args = tuple(args)
        return bool(before)

    def insert_before(self, instruction: Instruction, made: list[Apply]) -> None:
        body = self.places.block[instruction].body
        place = body.index(instruction)
        body[place:place] = made

    def old_kept(self, value: Value, write: Instruction) -> bool:
        """Copy a version before a write, and let its later readers read the copy."""
        place_of = self.places.place_in_scope(value, write)
        if place_of is None or self.is_made_after(value, *place_of):
            return False
        block, instruction = place_of
        copy, made = self.copy(value, f"{value.name}_old" if value.name else "")
        readers = Rereading(value, copy, self.buffers)
        place = block.body.index(instruction)
        readers.block(block, place + (instruction is write))
        around = self.places.around.get(id(block))
        if isinstance(around, Loop):
            if block is around.head:
                readers.block(around.exit)
                readers.block(around.body)
                if around.stop is not None:
                    around.stop = readers.other(around.stop)
            if block is not around.body:
                readers.exit_outs(around)
            if block is not around.exit:
                readers.body_outs(around)
        elif isinstance(around, If):
            block.outs = readers.passed_on(around.results, block.outs)
        else:
            block.outs = list(map(readers.other, block.outs))
        if readers.count:
            block.body.insert(place, made)
        return bool(readers.count)

    def is_made_after(self, value: Value, block: Block, instruction: Instruction) -> bool:
        """Whether a value is made by an instruction of a block or after it."""
        maker = self.places.maker.get(value)
        if maker is None or self.places.block[maker] is not block or value in self.places.inside:
            return False
        return block.body.index(maker) >= block.body.index(instruction)

    def target_copied(self, write: Apply | Call, x: Value, values: list[Value]) -> bool:
        """Let a write go into a copy of its target, made before the outermost loop that writes into it."""
        if not self.renewed.isdisjoint(self.versions(x)):
            return True  # it goes into a copy of an earlier version
        found: tuple[Loop, int] | None = None
        current = x
        while (maker := self.places.maker.get(current)) is not None:
            if isinstance(maker, Apply) and (maker.primitive in core.WRITES or maker.primitive.view):
                source = maker.args[0]
            elif isinstance(maker, Loop) and current in maker.carried:
                k = maker.carried.index(current)
                source = maker.inits[k]
                if not isinstance(source, Value) or current in values or not self.comes_in(maker, source, values):
                    break
                found = maker, k
            else:
                break
            if not isinstance(source, Value):
                break
            current = source
        if found is not None:
            loop, k = found
            init = loop.inits[k]
            assert isinstance(init, Value)
            loop.inits[k], made = self.copy(init, loop.carried[k].name)
            self.insert_before(loop, [made])
            self.renewed.add(loop.carried[k])
            return True
        if isinstance(write, Call):
            return False
        copy, made = self.copy(x, write.results[0].name or x.name)
        self.insert_before(write, [made])
        self.renewed.update(write.results)
        write.args = (copy, *write.args[1:])
        return True

    def versions(self, value: Value) -> set[Value]:
        """A value and all that it may be a version or a view of."""
        pending, found = [value], set[Value]()
        while pending:
            source = pending.pop()
            if source not in found:
                found.add(source)
                pending += self.sources(source)
        return found

    def comes_in(self, loop: Loop, init: Value, values: list[Value]) -> bool:
        """Whether it is by a first value that what a loop carries shares memory with other values, or is foreign."""
        if is_copy(self.places.maker.get(init)):
            return False  # that has been tried
        if not values:
            return self.sharing.is_foreign(init)
        for value in values:
            if value in loop.carried:
                other = loop.inits[loop.carried.index(value)]
                if not isinstance(other, Value) or not (other is init or self.sharing.shares(init, other)):
                    return False
            elif self.places.is_within(value, loop) or not self.sharing.shares(init, value):
                return False
        return True


def is_copy(maker: Instruction | None) -> bool:
    return isinstance(maker, Apply) and maker.primitive is core.COPY


SMALL = 4
"""No more instructions are moved before a write for one that reads the old version."""


def sources_in_loop(loop: Loop, value: Value) -> list[Operand]:
    """What a value that a loop carries, scans or leaves may be."""
    count = len(loop.carried)
    if value in loop.carried:
        k = loop.carried.index(value)
        return [loop.inits[k], *([] if loop.body.diverges else [loop.body.outs[k]])]
    if value in loop.finals:
        k = loop.finals.index(value)
        return [loop.carried[k], *(loop.exit.outs[k : k + 1] if not loop.exit.diverges else [])]
    if value in loop.collected:
        return [loop.body.outs[count + loop.collected.index(value)]]
    return [s for s, item in loop.scanned if item is value]
