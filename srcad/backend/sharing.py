"""Which values may share memory: the basis for writing in place, and for copying what is handed out.

The analysis errs towards sharing.  It goes by pairs, not by groups: two buffers that are exchanged in each iteration
share nothing, though each variable is now the one and now the other.  What shares memory with a parameter that is not
given up, a global or the result of unknown code is foreign: its memory belongs to somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from srcad.analysis.summaries import summary
from srcad.backend.relation import Relation
from srcad.ir import core
from srcad.ir.build import fact_of_operand, key_of
from srcad.ir.facts import Fact, of_numbers
from srcad.ir.nodes import (
    Apply,
    Block,
    Call,
    Const,
    Display,
    Function,
    If,
    Instruction,
    Loop,
    Operand,
    Value,
    blocks_of,
    flat_operands,
)

UNKNOWN = 1
"""The bit that stands for memory of which nobody here knows the owner."""


class Sharing:
    """Pairs of values that may share memory while both are needed.

    ``mask(v)`` are the values, a bit for each, with which a value may share.  Values of one iteration are never
    needed beside those of another, but for what is carried and collected; so a loop is gone through until what is
    known of these does not change.
    """

    def __init__(self, function: Function) -> None:
        self._number: dict[Value, int] = {}
        self.order: list[Value | None] = [None]
        self._relation = Relation()
        self._relation.add()
        self._inside: dict[If | Loop, int] = {}  # what the blocks nested in an instruction define
        self._arrays = possible_arrays(function)
        self._foreign = UNKNOWN
        for param in function.params:
            bit = self.bit(param)
            if param not in function.owned and param not in function.written:
                self._foreign |= bit
        # what callers are to find in a parameter's memory, from where it is put there to the end
        self.finals = {p: Value(p.name, p.fact) for p in function.params if p in params_kept(function)}
        for param, final in self.finals.items():
            self._join(final, self.bit(param))
        self._block(function.block)
        # from the writes that put back a view to the view
        self.put_back: dict[Instruction, Value] = dict(self._views_put_back(function.block))

    def bit(self, value: Value) -> int:
        """The bit of a value."""
        if value not in self._number:
            self._number[value] = len(self.order)
            self.order.append(value)
            self._relation.add()
        return 1 << self._number[value]

    def mask(self, value: Value) -> int:
        """The values with which one may share memory, itself included; none if it is no memory."""
        self.bit(value)
        return 0 if self.is_nothing(value) else self._relation.of(self._number[value])

    def shares(self, a: Value, b: Value) -> bool:
        """Whether two values may share memory."""
        return bool(self.mask(a) & self.bit(b)) and not self.is_nothing(b)

    def is_foreign(self, value: Value) -> bool:
        """Whether the memory may belong to somebody else."""
        return bool(self.mask(value) & self._foreign)

    def is_number(self, value: Value) -> bool:
        """Whether a value is one number, which is never written into: no array, not even one without axes."""
        return value.fact.is_scalar and value not in self._arrays

    def is_nothing(self, value: Value) -> bool:
        """Whether a value is no memory at all."""
        return value.fact.kind in ("py", "shape") or self.is_number(value)

    def _of(self, operand: Operand) -> int:
        """What shares memory with an operand, itself included."""
        found = 0
        for part in flat_operands(operand):
            if isinstance(part, Value):
                found |= self.mask(part)
        return found

    def _join(self, value: Value, mask: int) -> None:
        """Let a value share memory with others."""
        self.bit(value)
        if not self.is_nothing(value):
            self._relation.relate(self._number[value], mask)

    def _view(self, values: Iterable[Value], operands: Iterable[Operand]) -> None:
        mask = 0
        for operand in operands:
            mask |= self._of(operand)
        for value in values:
            self._join(value, mask)

    def _views_put_back(self, block: Block) -> Iterator[tuple[Apply, Value]]:
        """The writes that only put a part of an array, which has been written into as a view, back where it is.

        Of the array these read what is outside of the part, and nobody has written there since the part was taken.
        """
        made = {r: i for i in block.body if isinstance(i, Apply) for r in i.results}
        for place, instruction in enumerate(block.body):
            for inner in blocks_of(instruction):
                yield from self._views_put_back(inner)
            if isinstance(instruction, Apply) and instruction.primitive is core.STORED:
                x, index, part = instruction.args
                own: list[Instruction] = []
                while (maker := made.get(part)) is not None and maker.primitive in core.WRITES:  # type: ignore[arg-type]
                    own.append(maker)
                    part = maker.args[0]
                if maker is None or maker.primitive is not core.INDEX or maker.args[0] is not x or not self._shared(part, x):
                    continue
                between = block.body[block.body.index(maker) + 1 : place]
                others = [w for w in writes(Block(body=between)) if w not in own]
                if key_of(maker.args[1]) == key_of(index) and not any(self._shared(t, x) for w in others for t in targets_of(w)):
                    yield instruction, maker.results[0]

    def _shared(self, a: Operand, b: Operand) -> bool:
        return isinstance(a, Value) and isinstance(b, Value) and self.shares(a, b)

    # ---- instructions -----------------------------------------------------------------------------------------------

    def _block(self, block: Block) -> None:
        for instruction in block.body:
            for result in instruction.results:
                self.bit(result)
            match instruction:
                case Apply():
                    self._apply(instruction)
                case Call():
                    self._call(instruction)
                case If():
                    self._branch(instruction)
                case Loop():
                    self._loop(instruction)
                case _:
                    pass

    def _apply(self, apply: Apply) -> None:
        primitive = apply.primitive
        if primitive is core.GATHERED and of_numbers(apply.results[0].fact):
            pass  # a list of its own
        elif primitive in (core.CHANGED, core.TAKEN):
            self._view(apply.results[:1], apply.args[:1])  # what is in a set is no memory
        elif primitive is core.LISTED or primitive in core.LIST_MAKERS:
            self._view(apply.results, apply.args)  # a list has its elements' memory
        elif primitive in core.WRITES:
            self._view(apply.results, apply.args[:1])
        elif primitive in (core.PACKED, core.UNPACKED):
            self._view(apply.results, apply.args)
            self._together(apply.results)
        elif primitive.rule is None or primitive is core.ATTRIBUTE or not primitive.pure:
            self._view(apply.results, apply.args)
            self._together(apply.results)
            for result in apply.results:
                self._join(result, UNKNOWN)
        elif primitive is core.INDEX and is_advanced(apply.args[1]):
            pass  # an array of indices takes copies
        elif primitive.view:
            if primitive is not core.BROADCAST:
                self._view(apply.results, apply.args)
                self._together(apply.results)
            elif not is_filled(apply):
                self._view(apply.results, apply.args)
                self._join(apply.results[0], UNKNOWN)  # not writable

    def _together(self, results: tuple[Value, ...]) -> None:
        """Let the results of an operation share memory with each other."""
        if len(results) > 1:
            for result in results:
                self._view([result], [r for r in results if r is not result])

    def _call(self, call: Call) -> None:
        shared = shared_params(call.function)
        for result, sources in zip(call.results, shared, strict=True):
            self._view([result], [call.args[k] for k in sources.params])
            if sources.unknown:
                self._join(result, UNKNOWN)
        for result, sources in zip(call.results, shared, strict=True):
            self._view([result], [call.results[k] for k in sources.results])

    def _branch(self, branch: If) -> None:
        first = len(self.order)
        for side in (branch.then, branch.orelse):
            self._block(side)
        outside = ~self._defined_inside(branch, first)
        for side in (branch.then, branch.orelse):
            if not side.diverges:
                self._pass_on(branch.results, side.outs, outside)

    def _defined_inside(self, instruction: If | Loop, first: int) -> int:
        """What has been numbered since ``first``, when the blocks of an instruction were gone through for the first time."""
        if instruction not in self._inside:
            self._inside[instruction] = ((1 << len(self.order)) - 1) & ~((1 << first) - 1)
        return self._inside[instruction]

    def _pass_on(self, targets: Iterable[Value], sources: Iterable[Operand], outside: int) -> None:
        """Let targets be sources, of which the memory ``outside`` is still there; they share where the sources do."""
        pairs = [(t, self._of(s), s) for t, s in zip(targets, sources, strict=False) if isinstance(s, Value)]
        for k, (target, mask, _) in enumerate(pairs):
            self._join(target, mask & outside)
            for other, _, source in pairs[:k]:
                if mask & self._of(source) & self.bit(source):
                    self._join(target, self.bit(other))

    def _loop(self, loop: Loop) -> None:
        count = len(loop.carried)
        first = len(self.order)
        for value in (loop.index, *loop.carried, *(item for _, item in loop.scanned)):
            self.bit(value)
        self._pass_on(loop.carried, loop.inits, -1)
        before = -1
        while before != self._relation.changes:
            before = self._relation.changes
            for sequence, item in loop.scanned:
                self._view([item], [sequence])
            for block in (loop.head, loop.exit, loop.body):
                self._block(block)
            outside = ~self._defined_inside(loop, first)
            for collected, out in zip(loop.collected, loop.body.outs[count:], strict=True):
                self._view([collected], [out])
            if not loop.body.diverges:
                # the lists stay what they are
                self._pass_on([*loop.carried, *loop.collected], [*loop.body.outs[:count], *loop.collected], outside)
            self._pass_on([*loop.finals, *loop.collected], [*loop.carried, *loop.collected], outside)
            if loop.stop is not None and not loop.exit.diverges:
                self._pass_on([*loop.finals, *loop.collected], [*loop.exit.outs, *loop.collected], outside)


NUMERIC = frozenset(
    ["math.sqrt", "math.exp", "math.log", "np.sum", "np.prod", "np.mean", "np.max", "np.min", "np.dot", "np.vdot",
     "np.linalg.norm", "np.linalg.det", "operator.matmul", "float", "abs", "len"]
)
"""Functions, beside operators and ufuncs, that give a number where their result has no axes."""


def possible_arrays(function: Function) -> set[Value]:
    """Values that may be arrays even if they have no axes: arguments, results of unknown calls, and views of these."""
    found: set[Value] = {p for p in function.params if p.fact.kind != "py"}
    size = -1
    while size != len(found):
        size = len(found)
        _find_arrays(function.block, found)
    return found


def _find_arrays(block: Block, found: set[Value]) -> None:
    def join(targets: Iterable[Value], sources: Iterable[Operand]) -> None:
        found.update(t for t, s in zip(targets, sources, strict=False) if s in found)

    for instruction in block.body:
        match instruction:
            case Apply():
                given = instruction.args if _moves_elements(instruction) else instruction.results
                if not _gives_number(instruction) and (given is instruction.results or not found.isdisjoint(values_in(given))):
                    found.update(instruction.results)
            case If():
                for side in (instruction.then, instruction.orelse):
                    _find_arrays(side, found)
                    join(instruction.results, side.outs)
            case Loop():
                count = len(instruction.carried)
                join(instruction.carried, instruction.inits)
                join([item for _, item in instruction.scanned], [s for s, _ in instruction.scanned])
                for inner in (instruction.head, instruction.exit, instruction.body):
                    _find_arrays(inner, found)
                join(instruction.carried, instruction.body.outs)
                join(instruction.finals, instruction.carried)
                join(instruction.finals, instruction.exit.outs)
                join(instruction.collected, instruction.body.outs[count:])
            case _:
                found.update(instruction.results)


def _moves_elements(apply: Apply) -> bool:
    """Whether a result is an element of a list that is given, or a list that has the elements that are given."""
    of_list = apply.primitive is core.INDEX and fact_of_operand(apply.args[0]).kind == "list"
    return of_list or apply.primitive is core.LISTED or apply.primitive in core.LIST_MAKERS


def values_in(operands: Iterable[Operand]) -> Iterator[Value]:
    """The values among operands."""
    return (part for o in operands for part in flat_operands(o) if isinstance(part, Value))


def _gives_number(apply: Apply) -> bool:
    """Whether a result without axes is a number."""
    primitive = apply.primitive
    if primitive is core.INDEX:
        # an index of numbers picks an element, one with an ellipsis gives a view even so
        return bool(fact_of_operand(apply.args[0]).shape) and not any(
            isinstance(part, Const) and (part.value is Ellipsis or (isinstance(part.value, tuple) and Ellipsis in part.value))
            for part in flat_operands(apply.args[1])
        )
    return bool(primitive.symbol) or isinstance(primitive.function, np.ufunc) or primitive.name in NUMERIC


def may_be_memory(fact: Fact) -> bool:
    """Whether a value is, or holds, an array (a NumPy scalar cannot be written into)."""
    return fact.kind in ("list", "keys", "pack", "any", "object") or (fact.kind in ("array", "num") and fact.shape != ())


def is_advanced(index: Operand) -> bool:
    """Whether an index is known to have an array or a list in it, so that NumPy copies what it takes."""
    for part in flat_operands(index):
        items = part.value if isinstance(part, Const) and isinstance(part.value, tuple) else (part,)
        for item in items:
            known = item.value if isinstance(item, Const) else item
            if isinstance(known, list | np.ndarray) and np.ndim(known):
                return True
            if isinstance(known, Value) and known.fact.kind == "array" and bool(known.fact.shape):
                return True
    return isinstance(index, Display) and index.kind == "list"


def is_filled(apply: Apply) -> bool:
    """Whether a broadcast is of a scalar, so that ``np.full`` does it."""
    return fact_of_operand(apply.args[0]).is_scalar


@dataclass(frozen=True)
class Sources:
    """What a result of a function may share memory with: parameters and other results, by position, or what is neither."""

    params: frozenset[int]
    results: frozenset[int]
    unknown: bool


NOTHING = Sources(frozenset(), frozenset(), False)


def shared_params(function: Function) -> list[Sources]:
    """For each result of a callee what it may share memory with, as far as that is known (``preparing``)."""
    found: list[Sources] = function.derived.get("shared", [NOTHING] * len(function.outs))
    return found


def note_shared(function: Function, sharing: Sharing) -> bool:
    """Note for callers what the results may share memory with; whether that is more than was known."""
    masks = [sharing.mask(o) if isinstance(o, Value) else 0 for o in function.outs]
    result = []
    for k, (mask, known) in enumerate(zip(masks, shared_params(function), strict=True)):
        sources = {j for j, p in enumerate(function.params) if mask & sharing.mask(p) & sharing.bit(p)}
        others = {j for j, o in enumerate(function.outs) if j != k and isinstance(o, Value) and mask & sharing.bit(o)}
        result.append(Sources(known.params | sources, known.results | others, known.unknown or bool(mask & UNKNOWN)))
    grown = result != shared_params(function)
    function.derived["shared"] = result
    return grown


# ---- writes -----------------------------------------------------------------------------------------------------------


def targets_of(instruction: Instruction) -> list[Value]:
    """The values whose memory an instruction may overwrite."""
    targets: tuple[Operand, ...] = ()
    if isinstance(instruction, Apply) and instruction.primitive in (*core.WRITES, core.WRITTEN_BACK):
        targets = instruction.args[:1]
    elif isinstance(instruction, Call):
        pairs = zip(instruction.function.params, instruction.args, strict=True)
        targets = tuple(a for p, a in pairs if p in instruction.function.written)
    return [t for t in targets if isinstance(t, Value)]


def writes(block: Block) -> Iterator[Instruction]:
    """The instructions that may write into memory."""
    for instruction in block.body:
        if targets_of(instruction):
            yield instruction
        for inner in blocks_of(instruction):
            yield from writes(inner)


def kept_by_callers(instruction: Instruction) -> list[Value]:
    """The values in whose memory an instruction leaves what is to be found there when the function returns."""
    if isinstance(instruction, Call):
        pairs = zip(instruction.function.params, instruction.args, strict=True)
        kept = params_kept(instruction.function)
        return [a for p, a in pairs if p in kept and isinstance(a, Value)]
    is_last = isinstance(instruction, Apply) and instruction.primitive is core.WRITTEN_BACK
    return targets_of(instruction) if is_last else []


def params_kept(function: Function) -> frozenset[Operand]:
    """The parameters whose memory holds what callers are to find in it, when a function returns."""
    if function.unfinished or not function.written:
        return frozenset()
    return summary(function, "params kept", frozenset(), lambda: frozenset(values_kept(function.block)) & function.written)


def values_kept(block: Block) -> Iterator[Operand]:
    for instruction in block.body:
        yield from kept_by_callers(instruction)
        for inner in blocks_of(instruction):
            yield from values_kept(inner)
