"""Simplifying control flow: what stays the same in a loop, what a branch decides about flags, branches that are one.

    total_bar = y_bar                               for i in range(n - 1, -1, -1):
    for i in range(n - 1, -1, -1):            ->        x_bar[i] += y_bar
        x_bar[i] += total_bar

    if x < 0.0:                                     skipped = x < 0.0
        skipped, stopped = True, False        ->    stopped = not skipped and x > limit
    else:
        skipped, stopped = False, x > limit
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from srcad.ir import core
from srcad.ir.build import fact_of_operand, is_number, key_of
from srcad.ir.facts import PY_BOOL, Fact, same_dtype, same_shape
from srcad.ir.nodes import (
    UNDEFINED,
    Apply,
    Block,
    Const,
    If,
    Instruction,
    Loop,
    Operand,
    Remark,
    Value,
    block_operands,
    block_values,
    blocks_of,
    flat_operands,
    operands_of,
)
from srcad.ir.rewrite import renamed, replaced, substituted, with_blocks, with_operands

SMALL = 2
"""As many applications are made again if that makes a flag an expression."""


def with_plain_control(block: Block) -> Block:
    """The block with loops and branches that say no more than they need to."""
    uses = Counter(
        part for operand in block_operands(block) for part in flat_operands(operand) if isinstance(part, Value)
    )
    return _Control(uses, seen_as_values(block)).block(block)


def seen_as_values(block: Block) -> set[Operand]:
    """The values of which more is asked than whether they are true."""
    seen: set[Operand] = {part for out in block.outs for part in flat_operands(out)}
    size = -1
    while size != len(seen):
        size = len(seen)
        _see(block, seen)
    return seen


def _see(block: Block, seen: set[Operand]) -> None:
    def flow(targets: Iterable[Value], sources: Iterable[Operand]) -> None:
        seen.update(s for t, s in zip(targets, sources, strict=False) if t in seen)

    for instruction in reversed(block.body):
        match instruction:
            case If():
                for side in (instruction.then, instruction.orelse):
                    flow(instruction.results, side.outs)
            case Loop():
                count = len(instruction.carried)
                seen.update(c for c, f in zip(instruction.carried, instruction.finals, strict=True) if f in seen)
                for outs in (instruction.inits, instruction.body.outs, instruction.exit.outs):
                    flow(instruction.carried, outs)
                flow(instruction.collected, instruction.body.outs[count:])
                seen.update(sequence for sequence, item in instruction.scanned if item in seen)
            case Apply() if instruction.primitive in (core.NOT, core.PACKED):
                pass
            case _:
                seen.update(operands_of(instruction))
        for inner in blocks_of(instruction):
            _see(inner, seen)


class _Control:
    def __init__(self, uses: Counter[Value], seen: set[Operand]) -> None:
        self.uses = uses
        self.seen = seen
        self.new: dict[Value, Operand] = {}
        self.packs: dict[Operand, tuple[Operand, ...]] = {}

    def replace(self, old: Value, new: Operand) -> None:
        """From here on, read another operand in the place of a value."""
        self.new[old] = new
        if isinstance(new, Value):
            self.uses[new] += self.uses[old]
            new.name = new.name or old.name

    def block(self, block: Block) -> Block:
        body: list[Instruction] = []
        for original in block.body:
            instruction = with_operands(original, lambda o: replaced(o, self.new))
            match instruction:
                case Loop():
                    body.append(self.loop(instruction))
                case If():
                    self.branch(instruction, body)
                case Apply():
                    self.apply(instruction, body)
                case _:
                    body.append(with_blocks(instruction, self.block))
        return replace(block, body=body, outs=[replaced(o, self.new) for o in block.outs])

    # ---- loops ------------------------------------------------------------------------------------------------------

    def loop(self, loop: Loop) -> Loop:
        """The loop with values that stay the same in it replaced by what they are."""
        while True:
            head = self.block(loop.head)
            stop = None if loop.stop is None else replaced(loop.stop, self.new)
            loop = replace(loop, head=head, stop=stop, exit=self.block(loop.exit), body=self.block(loop.body))
            same = {p: i for p, i in self.constants(loop).items() if self.uses[p]}
            if not same:
                return loop
            for param, init in same.items():
                if isinstance(init, Value):
                    self.uses[init] += self.uses[param]
                self.uses[param] = 0
            loop = replace(
                loop, head=substituted(loop.head, same), exit=substituted(loop.exit, same),
                body=substituted(loop.body, same), stop=None if loop.stop is None else replaced(loop.stop, same),
            )

    def constants(self, loop: Loop) -> dict[Value, Operand]:
        """Carried values that are the same in every iteration; the results that follow from that are noted."""
        found: dict[Value, Operand] = {}
        leaves = loop.stop is not None and not loop.exit.diverges
        for k, (param, init) in enumerate(zip(loop.carried, loop.inits, strict=True)):
            after = loop.body.outs[k] if not loop.body.diverges else param
            if init is UNDEFINED or (after is not param and not (isinstance(init, Const) and key_of(after) == key_of(init))):
                continue
            found[param] = init
            left = replaced(loop.exit.outs[k], {param: init}) if leaves else init
            if key_of(left) == key_of(init):
                self.replace(loop.finals[k], init)
            elif is_flag(init, False) and is_flag(left, True):
                loop.stopped.fact = PY_BOOL
                self.replace(loop.finals[k], loop.stopped)
        return found

    # ---- branches ---------------------------------------------------------------------------------------------------

    def branch(self, branch: If, body: list[Instruction]) -> None:
        branch = replace(branch, then=self.block(branch.then), orelse=self.block(branch.orelse))
        if isinstance(branch.condition, Const):
            taken = branch.then if branch.condition.value else branch.orelse
            if not taken.diverges:
                body.extend(taken.body)
                for result, out in zip(branch.results, taken.outs, strict=True):
                    self.replace(result, out)
                return
        before = mergeable(branch, body)
        if before is not None:
            branch = merged(body.pop(before), branch)  # type: ignore[arg-type]
        branch = self.with_memory_made_before(branch, body)
        keep = [k for k in range(len(branch.results)) if not self.settled(branch, k, body)]
        results = tuple(branch.results[k] for k in keep)
        sides = [replace(b, outs=[b.outs[k] for k in keep] if not b.diverges else []) for b in (branch.then, branch.orelse)]
        body.append(replace(branch, results=results, then=sides[0], orelse=sides[1]))

    def settled(self, branch: If, k: int, body: list[Instruction]) -> bool:
        """Whether a result need not be a result: it is the same on both sides, or a flag that can be computed."""
        result, condition = branch.results[k], branch.condition
        sides = [b for b in (branch.then, branch.orelse) if not b.diverges]
        if not sides:
            return False
        outs = [b.outs[k] for b in sides]
        inside = {v for b in sides for v in block_values(b)}
        if len({key_of(o) for o in outs}) == 1 and outs[0] not in inside:
            self.replace(result, outs[0])
            return True
        for j in range(k):
            if all(key_of(b.outs[j]) == key_of(b.outs[k]) for b in sides) and branch.results[j] not in self.new:
                self.replace(result, branch.results[j])
                return True
        if len(outs) == 1 or result in self.seen or not fact_of_operand(condition).is_scalar:
            return False
        if is_flag(outs[0], True) and is_flag(outs[1], False) and is_boolean(condition):
            self.replace(result, condition)
            return True
        if is_flag(outs[0], False) and is_flag(outs[1], True):
            negation = Value("", PY_BOOL, "condition")
            body.append(Apply((negation,), core.NOT, (condition,), location=branch.location))
            self.replace(result, negation)
            return True
        return self.as_expression(branch, k, body)

    def as_expression(self, branch: If, k: int, body: list[Instruction]) -> bool:
        """Make a flag that a branch sets a branch of its own, one side of which yields the condition itself.

        That is how ``and`` and ``or`` are written.
        """
        blocks = (branch.then, branch.orelse)
        flags = [o.value if isinstance(o := b.outs[k], Const) and type(o.value) is bool else None for b in blocks]
        if flags.count(None) != 1:
            return False
        is_then = flags[0] is None  # the side that says more than True or False
        out = blocks[not is_then].outs[k]
        needed = made_by(blocks[not is_then], out) if isinstance(out, Value) and is_boolean(out) else None
        if needed is None:
            return False
        new: dict[Value, Operand] = {}
        again = Block(body=[renamed(i, new) for i in needed])
        again.outs = [replaced(out, new)]
        for copy in again.body:
            copy.results[0].name = ""  # it is to be a part of an expression
        condition = branch.condition
        if flags[is_then] is is_then:
            # c ? x : True is `not c or x`, and c ? False : x is `not c and x`
            condition = Value("", PY_BOOL, "condition")
            body.append(Apply((condition,), core.NOT, (branch.condition,), location=branch.location))
            is_then = not is_then
        same = Block(outs=[condition])
        then, orelse = (again, same) if is_then else (same, again)
        body.append(If((branch.results[k],), condition, then, orelse, branch.location))
        return True

    def with_memory_made_before(self, branch: If, body: list[Instruction]) -> If:
        """The branch with memory that both sides make made before it."""
        if branch.then.diverges or branch.orelse.diverges:
            return branch
        inside = {*block_values(branch.then), *block_values(branch.orelse)}
        for first in branch.then.body:
            for second in branch.orelse.body:
                if is_zeros(first) and is_zeros(second) and not any(o in inside for o in operands_of(first)) and all(
                    key_of(p) == key_of(q) for p, q in zip(first.args, second.args, strict=True)  # type: ignore[union-attr]
                ):
                    body.append(first)
                    same = {second.results[0]: first.results[0]}
                    orelse = replace(branch.orelse, body=[i for i in branch.orelse.body if i is not second])
                    then = replace(branch.then, body=[i for i in branch.then.body if i is not first])
                    return self.with_memory_made_before(replace(branch, then=then, orelse=substituted(orelse, same)), body)
        return branch

    # ---- applications -----------------------------------------------------------------------------------------------

    def apply(self, apply: Apply, body: list[Instruction]) -> None:
        if apply.primitive is core.PACKED and UNDEFINED not in apply.args:  # which nothing may read
            self.packs[apply.results[0]] = apply.args
        if apply.primitive is core.UNPACKED and (parts := self.packs.get(apply.args[0])) is not None:
            for result, part in zip(apply.results, parts, strict=True):
                self.replace(result, part)
            return
        if apply.derived and len(apply.results) == 1:
            known = folded(apply)
            if known is not None:
                self.replace(apply.results[0], known)
                return
            if self.added_where_not_zero(apply, body):
                return
        body.append(apply)

    def added_where_not_zero(self, apply: Apply, body: list[Instruction]) -> bool:
        """Add what a branch yields inside of it, if the other side yields zero."""
        if apply.primitive not in (core.ADD, core.ACCUMULATED) or not body:
            return False
        branch, added = body[-1], apply.args[-1]
        if not isinstance(branch, If) or branch.results != (added,) or self.uses[added] != 1:  # type: ignore[index]
            return False
        sides = (branch.then, branch.orelse)
        zero = [not b.diverges and not b.body and is_number(b.outs[0], 0) for b in sides]
        whole, result = fact_of_operand(apply.args[0]), apply.results[0]
        side = sides[zero[0]]
        if sum(zero) != 1 or side.diverges or not alike(whole, result.fact):
            return False
        inner = result.again()
        total = replace(apply, results=(inner,), args=(*apply.args[:-1], side.outs[0]))
        full = replace(side, body=[*side.body, total], outs=[inner])
        empty = replace(sides[not zero[0]], outs=[apply.args[0]])
        then, orelse = (empty, full) if zero[0] else (full, empty)
        body[-1] = replace(branch, results=(result,), then=then, orelse=orelse)
        return True


def is_flag(operand: Operand, value: bool) -> bool:
    return isinstance(operand, Const) and operand.value is value


def is_zeros(instruction: Instruction) -> bool:
    return isinstance(instruction, Apply) and instruction.primitive is core.ZEROS


def is_boolean(operand: Operand) -> bool:
    """Whether a value is one truth value."""
    fact = fact_of_operand(operand)
    return fact.is_scalar and fact.dtype is not None and fact.dtype.kind == "b"


def alike(a: Fact, b: Fact) -> bool:
    """Whether two facts say that nothing is broadcast or cast from one value to the other."""
    return a.kind == b.kind and same_dtype(a.dtype, b.dtype) and same_shape(a.shape, b.shape)


def folded(apply: Apply) -> Operand | None:
    """What an operation of derivative code is if some of its operands are literals."""
    args, result = apply.args, apply.results[0].fact
    if apply.primitive in (core.ADD, core.SUB) and is_number(args[1], 0) and alike(fact_of_operand(args[0]), result):
        return args[0]
    if apply.primitive is core.ADD and is_number(args[0], 0) and alike(fact_of_operand(args[1]), result):
        return args[1]
    if apply.primitive is core.MUL and result.is_scalar and any(is_number(a, 0) for a in args):
        return Const(0.0)
    if apply.primitive in (core.ADD, core.SUB, core.MUL, core.NEG) and all(
        isinstance(a, Const) and type(a.value) in (int, float) for a in args
    ):
        return Const(apply.primitive.function(*(a.value for a in args)))  # type: ignore[union-attr]
    return None


def made_by(block: Block, value: Value) -> list[Apply] | None:
    """The few applications of a block that make a value; None if it takes more than that."""
    definitions = {r: i for i in block.body if isinstance(i, Apply) for r in i.results}
    inside = set(block_values(block))
    needed: dict[Apply, None] = {}
    pending = [value]
    while pending:
        v = pending.pop()
        if v not in inside:
            continue
        made = definitions.get(v)
        if made is None or not made.primitive.pure or made.primitive.allocates or len(needed) == SMALL:
            return None
        needed[made] = None
        pending += [part for o in operands_of(made) for part in flat_operands(o) if isinstance(part, Value)]
    return [i for i in block.body if i in needed]


def mergeable(branch: If, body: list[Instruction]) -> int | None:
    """Where the branch before this one is, if it has the same condition and nothing in between reads its results."""
    for k in range(len(body) - 1, -1, -1):
        earlier = body[k]
        if isinstance(earlier, If) and isinstance(branch.condition, Value) and earlier.condition is branch.condition:
            results = set(earlier.results)
            between = body[k + 1 :]
            if any(o in results for i in between for o in operands_of(i)):
                return None
            body[k:] = [*between, earlier]
            return len(body) - 1
        if isinstance(earlier, Remark) or not isinstance(earlier, Apply) or not earlier.primitive.pure:
            return None
    return None


def merged(first: If, second: If) -> If:
    """Two branches on one condition, the second right after the first, as one."""
    sides = []
    for a, b in ((first.then, second.then), (first.orelse, second.orelse)):
        if a.diverges:
            sides.append(a)
            continue
        b = substituted(b, dict(zip(first.results, a.outs, strict=True)))
        outs = [] if b.diverges else [*a.outs, *b.outs]
        sides.append(Block([], [*a.body, *b.body], outs, b.diverges))
    return If((*first.results, *second.results), first.condition, sides[0], sides[1], second.location)
