"""Which values are one object at run time: the versions of a buffer that is written in place, wherever they are passed.

    x1 = stored(x, i, v)      in place: x1 is x          if c: x2 = x1, else: x2 = x        x2 is x
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from srcad.ir.nodes import Apply, Block, Call, Function, If, Loop, Operand, Value


class Objects:
    """From a value to the first value that is the same object; found once it is known what is written in place."""

    def __init__(
        self, function: Function | None = None, in_place: Collection[Apply] = (),
        copied: Mapping[Call, frozenset[int]] | None = None,
    ) -> None:
        self._first: dict[Value, Value] = {}
        self._in_place = in_place
        self._copied = copied or {}
        if function is not None:
            self._block(function.block)

    def of(self, value: Value) -> Value:
        """What stands for all values that are the same object."""
        return self._first.get(value, value)

    def _of(self, operand: Operand) -> Operand:
        return self.of(operand) if isinstance(operand, Value) else operand

    def _set(self, value: Value, operand: Operand | None) -> None:
        if isinstance(operand, Value):
            self._first[value] = operand
        else:
            self._first.pop(value, None)

    def _block(self, block: Block) -> None:
        for instruction in block.body:
            match instruction:
                case Apply() if instruction in self._in_place:
                    self._set(instruction.results[0], self._of(instruction.args[0]))
                case Call():
                    copied = self._copied.get(instruction, frozenset())
                    for result, k in zip(instruction.results, instruction.function.derived.get("same params", ()), strict=False):
                        self._set(result, None if k is None or k in copied else self._of(instruction.args[k]))
                case If():
                    self._branch(instruction)
                case Loop():
                    self._loop(instruction)
                case _:
                    pass

    def _branch(self, branch: If) -> None:
        sides = [side for side in (branch.then, branch.orelse)]
        for side in sides:
            self._block(side)
        for k, result in enumerate(branch.results):
            outs = [self._of(side.outs[k]) for side in sides if not side.diverges]
            self._set(result, outs[0] if outs and all(o is outs[0] for o in outs) else None)

    def _loop(self, loop: Loop) -> None:
        """What goes round is one object if each iteration passes on what it was given."""
        same = {k for k, init in enumerate(loop.inits) if isinstance(init, Value)}
        while True:
            for k, (param, init) in enumerate(zip(loop.carried, loop.inits, strict=True)):
                self._set(param, self._of(init) if k in same else None)
            for block in (loop.head, loop.exit, loop.body):
                self._block(block)
            kept = {k for k in same if loop.body.diverges or self._of(loop.body.outs[k]) is self._of(loop.carried[k])}
            if kept == same:
                break
            same = kept
        leaves = loop.stop is not None and not loop.exit.diverges
        for k, (final, param) in enumerate(zip(loop.finals, loop.carried, strict=True)):
            first = self._of(param)
            stays = k in same and (not leaves or self._of(loop.exit.outs[k]) is first)
            self._set(final, first if stays else None)


def same_params(function: Function, objects: Objects) -> None:
    """Note for callers which results are the memory of a written parameter itself."""
    params = {p: k for k, p in enumerate(function.params) if p in function.written}
    function.derived["same params"] = [
        params.get(objects.of(out)) if isinstance(out, Value) else None for out in function.outs
    ]
