"""Which values may share memory: the basis for writing in place, and for copying what is handed out.

The analysis errs towards sharing.  A group that holds a parameter, a global or the result of unknown code is
foreign: its memory belongs to somebody else.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import Fact
from srcad.ir.nodes import Apply, Block, Call, Const, Function, If, Loop, Operand, Value, flat_operands


class Sharing:
    """Groups of values that may share memory."""

    def __init__(self, function: Function) -> None:
        self._parent: dict[Value, Value] = {}
        self._arrays = possible_arrays(function)
        self._foreign: set[Value] = set()
        self._foreign_roots: set[Value] | None = None
        self._foreign.update(p for p in function.params if p not in function.owned)
        self._block(function.block)

    def group(self, value: Value) -> Value:
        """The representative of a value's group."""
        root = value
        while (parent := self._parent.get(root, root)) is not root:
            root = parent
        self._parent[value] = root
        return root

    def is_foreign(self, value: Value) -> bool:
        """Whether the memory may belong to somebody else."""
        if self._foreign_roots is None:
            self._foreign_roots = {self.group(v) for v in self._foreign}
        return self.group(value) in self._foreign_roots

    def is_number(self, value: Value) -> bool:
        """Whether a value is one number, which is never written into: no array, not even one without axes."""
        return value.fact.is_scalar and value not in self._arrays

    def _share(self, values: Iterable[Operand]) -> None:
        first: Value | None = None
        for operand in values:
            for part in flat_operands(operand):
                if isinstance(part, Value) and part.fact.kind not in ("py", "shape") and not self.is_number(part):
                    if first is None:
                        first = part
                    else:
                        self._parent[self.group(part)] = self.group(first)

    def _block(self, block: Block) -> None:
        for instruction in block.body:
            match instruction:
                case Apply():
                    self._apply(instruction)
                case Call():
                    self._call(instruction)
                case If():
                    for nested in (instruction.then, instruction.orelse):
                        self._block(nested)
                        for result, out in zip(instruction.results, nested.outs, strict=False):
                            self._share((result, out))
                case Loop():
                    self._loop(instruction)
                case _:
                    pass

    def _apply(self, apply: Apply) -> None:
        primitive = apply.primitive
        if primitive in (core.STORED, core.ACCUMULATED, core.SCATTERED):
            self._share((apply.results[0], apply.args[0]))
        elif primitive in (core.PACKED, core.UNPACKED):
            self._share((*apply.results, *apply.args))
        elif primitive.rule is None or primitive is core.ATTRIBUTE or not primitive.pure:
            self._share((*apply.results, *apply.args))
            self._foreign.update(apply.results)
        elif primitive.view and may_be_memory(apply.results[0].fact):
            if primitive is not core.BROADCAST:
                self._share((*apply.results, *apply.args))
            elif not is_filled(apply):
                self._share((*apply.results, *apply.args))
                self._foreign.update(apply.results)  # not writable

    def _call(self, call: Call) -> None:
        for result, sources in zip(call.results, shared_params(call.function), strict=True):
            self._share((result, *(call.args[k] for k in sources if k >= 0)))
            if -1 in sources:
                self._foreign.add(result)

    def _loop(self, loop: Loop) -> None:
        for block in (loop.head, loop.exit, loop.body):
            self._block(block)
        for k, (param, init) in enumerate(zip(loop.carried, loop.inits, strict=True)):
            outs = [loop.body.outs[k], *loop.exit.outs[k : k + 1]]
            self._share((param, init, loop.finals[k], *outs))
        for sequence, item in loop.scanned:
            self._share((sequence, item))
        for collected, out in zip(loop.collected, loop.body.outs[len(loop.carried) :], strict=True):
            self._share((collected, out))


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
                if not _gives_number(instruction):
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
    return fact.kind in ("list", "pack", "any", "object") or (fact.kind in ("array", "num") and fact.shape != ())


def is_filled(apply: Apply) -> bool:
    """Whether a broadcast is of a scalar, so that ``np.full`` does it."""
    return fact_of_operand(apply.args[0]).is_scalar


def shared_params(function: Function) -> list[list[int]]:
    """For each result the parameters that it may share memory with; -1 stands for memory of nobody's here.

    Results that share memory with each other are taken to share the first one's parameters and to be foreign.
    """
    if "shared" not in function.derived:
        everything = [[-1, *range(len(function.params))]] * len(function.outs)
        function.derived["shared"] = everything  # what a recursive call is taken to share
        sharing = Sharing(function)
        groups = [sharing.group(o) if isinstance(o, Value) and may_be_memory(o.fact) else None for o in function.outs]
        result: list[list[int]] = []
        for k, (out, group) in enumerate(zip(function.outs, groups, strict=True)):
            if group is None:
                result.append([])
                continue
            sources = [j for j, p in enumerate(function.params) if may_be_memory(p.fact) and sharing.group(p) is group]
            assert isinstance(out, Value)
            if groups.count(group) > 1 or (sharing.is_foreign(out) and not sources):
                sources.append(-1)
            result.append(sources)
            del k
        function.derived["shared"] = result
    found: list[list[int]] = function.derived["shared"]
    return found
