"""From values to variables: which values share one name, and which updates write into existing memory.

Values never change; variables do.  Two values may share a variable if neither is needed while the other holds it
(they do not interfere), or if they are one object.  Loop variables, branch results and updates ask to share; the
user's names are kept where that is possible.  An update writes in place if its buffer has no reader left and belongs
to this call: that is found first, from what is read of the contents of memory; then it is known what is one object.
"""

from __future__ import annotations

from collections.abc import Iterable

from srcad.backend.folding import Folding, is_free
from srcad.backend.objects import Objects, same_params
from srcad.backend.sharing import kept_by_callers, targets_of
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import same_shape
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
    flat_operands,
    operands_of,
)

UPDATES = {core.ADD: "+", core.SUB: "-"}
"""Derivative arithmetic that may be done in place on a buffer that this call owns."""


class Variables:
    """The variable of each value, and the instructions that write in place.

    ``copied`` are the arguments, by position, that a call must be given a copy of.
    """

    def __init__(self, function: Function, folding: Folding, reserved: Iterable[str]) -> None:
        self.function = function
        self.outermost = frozenset(function.block.body)
        self.folding = folding
        self.sharing = folding.sharing
        self.in_place: set[Apply] = set()
        self.copied: dict[Call, frozenset[int]] = {}
        self.objects = Objects()
        self._contents = True  # whether only those values count as read whose contents are
        self._go_through()
        for instruction, live in self._writes:
            self._decide(instruction, live)
        self.objects = Objects(function, self.in_place, self.copied)
        same_params(function, self.objects)
        self._contents = False
        self._go_through()
        entry = sum(1 << self.number[p] for p in set(function.params))
        for param in function.params:
            self.interference[self.number[param]] |= entry & ~(1 << self.number[param])
        self._coalesce()
        self.names = self._named(set(reserved))

    def _go_through(self) -> None:
        """Find what is live where, and so what interferes."""
        function = self.function
        self.order: list[Value] = []
        self.number: dict[Value, int] = {}
        self.interference: list[int] = []
        self._later: list[tuple[int, int]] = []
        self._wishes: list[tuple[Value, Value]] = []
        self._updates: list[tuple[Apply, int]] = []
        self._writes: list[tuple[Apply | Call, int]] = []
        self._same: dict[Value, int] = {}  # the values that are one object
        for param in function.params:
            self._define(param, 0)
        self._block(function.block, sum(map(self._bit, self.sharing.finals.values())))

    def name(self, value: Value) -> str:
        """The name of the variable that holds a value."""
        return self.names[self._find(self.number[value])]

    def used_names(self) -> set[str]:
        """The names of the variables that the code needs."""
        used = (v for v in self.order if self.folding.uses[v])
        return {self.name(v) for v in (*self.function.params, *used)}

    # ---- liveness, backwards ----------------------------------------------------------------------------------------

    def _bit(self, value: Value) -> int:
        if value not in self.number:
            self.number[value] = len(self.order)
            self.order.append(value)
            self.interference.append(0)
            whole = self.objects.of(value)
            self._same[whole] = self._same.get(whole, 0) | 1 << self.number[value]
        return 1 << self.number[value]

    def _define(self, value: Value, live: int) -> int:
        """A value is defined where ``live`` are live after it; what is live before it."""
        bit = self._bit(value)
        live &= ~bit
        self._interfere(value, live)
        return live

    def _interfere(self, value: Value, live: int) -> None:
        own = self.number[value]
        live &= ~self._same.get(self.objects.of(value), 0)
        self.interference[own] |= live
        self._later.append((own, live))

    def _reads(self, operands: Iterable[Operand]) -> int:
        bits = 0
        for operand in operands:
            for value in self.folding.leaves(operand, self._contents):
                bits |= self._bit(value)
        return bits

    def _reads_of(self, instruction: Instruction) -> int:
        """What an instruction itself reads."""
        if self._contents and isinstance(instruction, Apply):
            if is_free(instruction):
                return 0
            if instruction.primitive is core.WRITTEN_BACK or instruction in self.sharing.put_back:
                return self._reads(instruction.args[1:])
        return self._reads(operands_of(instruction))

    def _block(self, block: Block, live: int) -> int:
        """Go through a block from its end, where ``live`` and its outs are live."""
        live |= self._reads(block.outs)
        for instruction in reversed(block.body):
            live = self._instruction(instruction, live)
        return live

    def _instruction(self, instruction: Instruction, live: int) -> int:
        match instruction:
            case If():
                if instruction.results and instruction.results[0] in self.folding.expression:
                    return live
                return self._branch(instruction, live)
            case Loop():
                return self._loop(instruction, live)
            case Apply() if instruction.results[0] in self.folding.expression:
                return live
        if targets_of(instruction):
            assert isinstance(instruction, Apply | Call)
            if instruction in self.outermost:
                for x in kept_by_callers(instruction):
                    live &= ~self._bit(self.sharing.finals.get(x, x))
            self._writes.append((instruction, live))
        if isinstance(instruction, Apply):
            self._note_update(instruction, live)
        after = live
        for result in instruction.results:
            after &= ~self._bit(result)
        for result in instruction.results:
            others = sum(1 << self.number[r] for r in set(instruction.results) if r is not result)
            self._interfere(result, after | others)
        return after | self._reads_of(instruction)

    def _note_update(self, apply: Apply, live: int) -> None:
        x = apply.args[0] if apply.args else None
        if not isinstance(x, Value) or x in self.folding.expression:
            return
        if apply in self.in_place or (apply.primitive in UPDATES and self._addable(apply)):
            self._updates.append((apply, live))

    def _addable(self, apply: Apply) -> bool:
        """Whether ``x += v`` gives what ``x + v`` does."""
        x, result = fact_of_operand(apply.args[0]), apply.results[0].fact
        if x.is_scalar and result.is_scalar:
            return True
        return (
            apply.derived and x.kind == result.kind == "array" and x.dtype is not None and x.dtype == result.dtype
            and same_shape(x.shape, result.shape)
        )

    def _branch(self, branch: If, live: int) -> int:
        after = live
        for result in branch.results:
            after &= ~self._bit(result)
        results = sum(self._bit(r) for r in branch.results)
        for result in branch.results:
            self._interfere(result, after | results)
        before = 0
        for block in (branch.then, branch.orelse):
            self._copies(branch.results, block.outs)
            before |= self._block(block, 0 if block.diverges else after)
        return before | self._reads([branch.condition])

    def _copies(self, targets: Iterable[Value], sources: Iterable[Operand]) -> None:
        for target, source in zip(targets, sources, strict=False):
            if isinstance(source, Value) and source not in self.folding.expression:
                self._wishes.append((target, source))

    def _loop(self, loop: Loop, live: int) -> int:
        count = len(loop.carried)
        after = live
        for result in loop.results:
            after &= ~self._bit(result)
        # lists and counters are made before the loop and used all through it
        through = [*loop.collected, *(r for r in (loop.trips, loop.stopped) if live & self._bit(r))]
        held = sum(self._bit(r) for r in dict.fromkeys(through))
        outer = after | held
        # what is read in an iteration and defined outside is needed in the next one too
        inside = self._loop_definitions(loop)
        for operand in self._loop_reads(loop):
            for value in self.folding.leaves(operand):
                if value not in inside:
                    outer |= self._bit(value)
        for final, param in zip(loop.finals, loop.carried, strict=True):
            self._wishes.append((param, final))
        self._copies(loop.carried, loop.body.outs)
        carried = sum(self._bit(c) for c in dict.fromkeys(loop.carried))
        finals = sum(self._bit(f) for f in loop.finals)
        for final in loop.finals:
            self._interfere(final, after | held | finals)

        early = {v for v in loop.body.outs[count:] if isinstance(v, Value)}
        inner = self._saving(loop, outer, early)
        if loop.stop is not None:
            # the exit writes what it leaves into the carried variables
            self._copies(loop.carried, loop.exit.outs)
            for param in loop.carried:
                self._interfere(param, (after | held | carried) & ~self._bit(param))
            inner |= self._block(loop.exit, after | held)
            inner |= self._reads([loop.stop])
        for instruction in reversed(loop.head.body):
            inner = self._instruction(instruction, inner)
        starts = [loop.index, *(item for _, item in loop.scanned), *(c for c in loop.carried if not self._is_left(loop, c))]
        for value in starts:
            self._bit(value)
        bits = sum(1 << self.number[v] for v in dict.fromkeys(starts))
        sequences = self._reads(s for s, _ in loop.scanned)
        for value in starts:
            self._interfere(value, (inner | bits | sequences | outer) & ~(1 << self.number[value]))
        entry = (inner & ~bits) | sequences
        # in the order in which it is written: lists and counters, the first carried values, then the head of the loop,
        # which reads the count
        count_reads = self._reads([loop.count]) if loop.count is not None else 0
        for param in loop.carried:
            self._interfere(param, count_reads & ~(1 << self.number[param]))
        self._copies(loop.carried, loop.inits)
        reads = count_reads | self._reads(loop.inits)
        for value in dict.fromkeys(through):
            self._interfere(value, (entry | reads) & ~(1 << self.number[value]))
        return (entry & ~held) | after | reads

    def _is_left(self, loop: Loop, param: Value) -> bool:
        """Whether a carried value is nothing but what the exit leaves, and holds nothing before."""
        k = loop.carried.index(param)
        nexts = [loop.inits[k], *loop.body.outs[k : k + 1]]
        return loop.stop is not None and not self.folding.uses[param] and all(o is UNDEFINED for o in nexts)

    def _saving(self, loop: Loop, outer: int, early: set[Value]) -> int:
        """Through the body; a saved value is written to its list as soon as it is there."""
        count = len(loop.carried)
        live = outer | self._reads(loop.body.outs[:count])
        if loop.reverse and loop.collected:
            live |= self._bit(loop.index)  # where in the list
        own = {r for i in loop.body.body for r in i.results}
        for instruction in reversed(loop.body.body):
            for result in instruction.results:
                if result in early:
                    live |= self._reads([result])
            live = self._instruction(instruction, live)
        for value in early - own:
            live |= self._reads([value])
        return live

    def _loop_definitions(self, loop: Loop) -> set[Value]:
        inside = {loop.index, *loop.carried, *(item for _, item in loop.scanned)}
        for block in (loop.head, loop.exit, loop.body):
            inside.update(block_values(block))
        return inside

    def _loop_reads(self, loop: Loop) -> Iterable[Operand]:
        for block in (loop.head, loop.exit, loop.body):
            yield from block_operands(block)
        if loop.stop is not None:
            yield loop.stop
        yield from (s for s, _ in loop.scanned)

    # ---- writing in place -------------------------------------------------------------------------------------------

    def _decide(self, instruction: Apply | Call, live: int) -> None:
        """Whether a write is made in place: if nobody reads the old version afterwards, and it belongs to this call."""
        for result in instruction.results:
            live &= ~self._bit(result)
        if isinstance(instruction, Call):
            self._decide_call(instruction, live)
            return
        x = instruction.args[0]
        assert isinstance(x, Value)
        if instruction.primitive is core.WRITTEN_BACK:
            return
        if not self.sharing.is_nothing(x) and not self.sharing.is_foreign(x) and not self._is_seen(x, live) and (
            is_buffered(instruction) or not self._is_read_by(instruction.args[1:], x)
        ):
            self.in_place.add(instruction)

    def _decide_call(self, call: Call, live: int) -> None:
        copied = set()
        for k, (param, arg) in enumerate(zip(call.function.params, call.args, strict=True)):
            if param not in call.function.written or not isinstance(arg, Value) or self.sharing.is_nothing(arg):
                continue
            others = [a for j, a in enumerate(call.args) if j != k and j not in copied]
            if self.sharing.is_foreign(arg) or self._is_seen(arg, live) or any(
                isinstance(a, Value) and self.sharing.shares(a, arg) for a in others
            ):
                copied.add(k)
        if copied:
            kept = kept_by_callers(call)
            assert not any(call.args[k] in kept for k in copied), f"a copy of {call.args} would be written into"
            self.copied[call] = frozenset(copied)

    def _is_seen(self, x: Value, live: int) -> bool:
        """Whether something that is needed may share the memory of a value."""
        shared = self.sharing.mask(x)
        return any(shared & self.sharing.bit(value) for value in self._values(live))

    def _values(self, bits: int) -> Iterable[Value]:
        while bits:
            low = bits & -bits
            yield self.order[low.bit_length() - 1]
            bits ^= low

    def _is_read_by(self, operands: Iterable[Operand], x: Value) -> bool:
        """Whether operands are the memory of a value, or a part of it."""
        parts = [part for operand in operands for part in flat_operands(operand)]
        return any(isinstance(part, Value) and self.sharing.shares(part, x) for part in parts)

    # ---- sharing names ----------------------------------------------------------------------------------------------

    def _coalesce(self) -> None:
        for own, live in self._later:
            while live:
                low = (live & -live).bit_length() - 1
                if low != own:
                    self.interference[own] |= 1 << low
                    self.interference[low] |= 1 << own
                live &= live - 1
        size = len(self.order)
        self._root = list(range(size))
        self._members = [1 << k for k in range(size)]
        self._wish = [v.name for v in self.order]
        params = {self.number[p] for p in self.function.params}
        for apply, live in reversed(self._updates):
            self._update(apply, live, params)
        for a, b in self._wishes:
            self._merge(self.number[a], self.number[b], params)

    def _find(self, k: int) -> int:
        while self._root[k] != k:
            k = self._root[k]
        return k

    def _merge(self, a: int, b: int, params: set[int]) -> bool:
        a, b = self._find(a), self._find(b)
        if a == b:
            return True
        if self.interference[a] & self._members[b] or self.interference[b] & self._members[a]:
            return False
        if self._wish[a] and self._wish[b] and self._wish[a] != self._wish[b]:
            return False
        if a in params and b in params:
            return False
        keep, gone = (a, b) if a in params or b not in params else (b, a)
        self._root[gone] = keep
        self._members[keep] |= self._members[gone]
        self.interference[keep] |= self.interference[gone]
        self._wish[keep] = self._wish[keep] or self._wish[gone]
        if gone in params:
            params.add(keep)
        return True

    def _update(self, apply: Apply, live: int, params: set[int]) -> None:
        """Let an update write in place if nobody can see it."""
        x, result = apply.args[0], apply.results[0]
        assert isinstance(x, Value)
        if apply.primitive in UPDATES and self.sharing.is_nothing(x) and self.sharing.is_nothing(result):
            if self._merge(self.number[x], self.number[result], params):
                self.in_place.add(apply)
            return
        if apply in self.in_place:
            self._merge(self.number[x], self.number[result], params)
            return
        if self.sharing.is_nothing(x) or self.sharing.is_foreign(x) or self._is_seen(x, live & ~self._bit(result)):
            return
        if self._merge(self.number[x], self.number[result], params):
            self.in_place.add(apply)

    def _named(self, reserved: set[str]) -> dict[int, str]:
        """A name for each variable: its wish, or what is known of it, with a number if that is not free."""
        names: dict[int, str] = {}
        taken: dict[str, int] = {}
        first: dict[int, int] = {}  # where a variable appears first
        hints: dict[int, str] = {}
        for position, value in enumerate((*self.function.params, *block_values(self.function.block))):
            if value in self.number:
                root = self._find(self.number[value])
                first.setdefault(root, position)
                hints[root] = hints.get(root) or value.hint
        used = {self._find(self.number[v]) for v in self.order if self.folding.uses[v]}
        count = len(self.function.params)
        # parameters first, then the user's names
        for root in sorted(first, key=lambda r: (first[r] >= count, not self._wish[r], first[r])):
            wish = self._wish[root] or hints[root] or "t"
            if wish == "_" and root in used:
                wish = "k"  # an index that the user does not need may be needed all the same
            number = 1
            while True:
                name = wish if number == 1 else f"{wish}{'_' if wish[-1].isdigit() else ''}{number}"
                if name not in reserved and not taken.get(name, 0) & self.interference[root]:
                    break
                number += 1
            names[root] = name
            taken[name] = taken.get(name, 0) | self._members[root]
        return names


def is_buffered(apply: Apply) -> bool:
    """Whether NumPy reads what is stored before it writes, so that it may be a view of the target: not by arrays of indices."""
    if apply.primitive in core.LIST_WRITES:
        return True
    parts = list(flat_operands(apply.args[1]))
    return apply.primitive is not core.SCATTERED and all(
        isinstance(part, Const) or fact_of_operand(part).is_scalar for part in parts
    )
