"""Which values vary with the inputs, and which of those matter to the outputs.

``varied`` walks forwards from the differentiated parameters, ``useful`` backwards from the wanted results.
A derivative is carried by the values in both.  Loops are walked until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from srcad.analysis.summaries import summary
from srcad.ir.build import fact_of_operand
from srcad.ir.nodes import Apply, Block, Call, Function, If, Instruction, Loop, Operand, Value

Links = Callable[[Apply], list[Operand]]


def differentiable_links(apply: Apply) -> list[Operand]:
    """The operands through which a derivative flows."""
    return [] if apply.primitive.rule is None else apply.primitive.rule.linked(apply)


def structural_links(apply: Apply) -> list[Operand]:
    """The operands on which a result depends at all, derivative zero included."""
    return [] if apply.primitive.rule is None else apply.primitive.rule.touched(apply)


class Activity:
    """One analysis, with the links of each application looked up once."""

    def __init__(self, links: Links = differentiable_links) -> None:
        self.links = links
        self._cache: dict[Apply, list[Operand]] = {}

    def linked(self, apply: Apply) -> list[Operand]:
        found = self._cache.get(apply)
        if found is None:
            found = self._cache[apply] = self.links(apply)
        return found

    # ---- forwards ------------------------------------------------------------------------------------------------

    def varied(self, function: Function, params: Iterable[bool]) -> set[Value]:
        """The values of a function that vary when the marked parameters do."""
        active = {p for p, marked in zip(function.params, params, strict=True) if marked}
        self._vary(function.block, active)
        return active

    def _vary(self, block: Block, active: set[Value]) -> None:
        for instruction in block.body:
            match instruction:
                case Apply():
                    if any(o in active for o in self.linked(instruction)):
                        active.update(r for r in instruction.results if r.fact.may_vary)
                case Call():
                    mask = tuple(a in active for a in instruction.args)
                    if any(mask):
                        outs = varied_outs(instruction.function, mask, self.links)
                        active.update(r for r, out in zip(instruction.results, outs, strict=True) if out)
                case If():
                    for inner in (instruction.then, instruction.orelse):
                        self._vary(inner, active)
                        if not inner.diverges:
                            self._join(active, inner.outs, instruction.results)
                case Loop():
                    self._vary_loop(instruction, active)
                case _:
                    pass

    def _vary_loop(self, loop: Loop, active: set[Value]) -> None:
        self._join(active, loop.inits, loop.carried)
        self._join(active, [s for s, _ in loop.scanned], [item for _, item in loop.scanned])
        size = -1
        while size != len(active):
            size = len(active)
            for block in (loop.head, loop.exit, loop.body):
                self._vary(block, active)
            # what is carried and what leaves the loop through its exit share one tangent
            self._join(active, loop.body.outs[: len(loop.carried)], loop.carried)
            self._join(active, loop.exit.outs, loop.carried)
        self._join(active, loop.carried, loop.finals)
        self._join(active, loop.body.outs[len(loop.carried) :], loop.collected)

    @staticmethod
    def _join(active: set[Value], sources: Iterable[Operand], targets: Iterable[Value]) -> None:
        active.update(t for s, t in zip(sources, targets, strict=False) if s in active and t.fact.may_vary)

    # ---- backwards -------------------------------------------------------------------------------------------------

    def useful(self, function: Function, outs: Iterable[bool]) -> set[Value]:
        """The values on which the marked results depend."""
        wanted = {o for o, marked in zip(function.outs, outs, strict=True) if marked and isinstance(o, Value)}
        self._use(function.block, wanted)
        return wanted

    def _use(self, block: Block, wanted: set[Value]) -> None:
        for instruction in reversed(block.body):
            if isinstance(instruction, Loop):
                self._use_loop(instruction, wanted)
            elif any(r in wanted for r in instruction.results):
                self._use_one(instruction, wanted)

    def _use_one(self, instruction: Instruction, wanted: set[Value]) -> None:
        match instruction:
            case Apply():
                wanted.update(o for o in self.linked(instruction) if isinstance(o, Value))
            case Call():
                mask = tuple(r in wanted for r in instruction.results)
                needed = useful_params(instruction.function, mask, self.links)
                marked = zip(instruction.args, needed, strict=True)
                wanted.update(a for a, use in marked if use and isinstance(a, Value))
            case If():
                for inner in (instruction.then, instruction.orelse):
                    if not inner.diverges:
                        self._join_back(wanted, instruction.results, inner.outs)
                    self._use(inner, wanted)

    def _use_loop(self, loop: Loop, wanted: set[Value]) -> None:
        if loop.count is not None:  # when it is used up, the results are what was carried
            self._join_back(wanted, loop.finals, loop.carried)
            self._join_back(wanted, loop.finals, loop.body.outs)
        self._join_back(wanted, loop.finals, loop.exit.outs)
        self._join_back(wanted, loop.collected, loop.body.outs[len(loop.carried) :])
        size = -1
        while size != len(wanted):
            size = len(wanted)
            for block in (loop.body, loop.exit, loop.head):
                self._use(block, wanted)
            self._join_back(wanted, loop.carried, loop.body.outs)
        self._join_back(wanted, loop.carried, loop.inits)
        self._join_back(wanted, [item for _, item in loop.scanned], [s for s, _ in loop.scanned])

    @staticmethod
    def _join_back(wanted: set[Value], targets: Iterable[Value], sources: Iterable[Operand]) -> None:
        pairs = zip(targets, sources, strict=False)
        wanted.update(s for t, s in pairs if t in wanted and isinstance(s, Value))


def is_replaced(function: Function) -> bool:
    """Whether a function has derivatives of its own, of which its body says nothing."""
    return function.given is not None and not function.given.by_body


def varied_outs(function: Function, mask: tuple[bool, ...], links: Links = differentiable_links) -> tuple[bool, ...]:
    """Which results of a function vary with the marked parameters."""
    if is_replaced(function):
        return tuple(any(mask) and fact_of_operand(o).may_vary for o in function.outs)

    def found() -> tuple[bool, ...]:
        active = Activity(links).varied(function, mask)
        return tuple(o in active for o in function.outs)

    return summary(function, ("varied", mask, links), (False,) * len(function.outs), found)


def useful_params(function: Function, mask: tuple[bool, ...], links: Links = differentiable_links) -> tuple[bool, ...]:
    """Which parameters the marked results depend on."""
    if is_replaced(function):
        return (any(mask),) * len(function.params)

    def found() -> tuple[bool, ...]:
        wanted = Activity(links).useful(function, mask)
        return tuple(p in wanted for p in function.params)

    return summary(function, ("useful", mask, links), (False,) * len(function.params), found)
