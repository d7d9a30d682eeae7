"""What a function leaves in the memory of its parameters: which result is the last version of which of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from srcad.analysis.summaries import summary
from srcad.ir import core
from srcad.ir.nodes import Apply, Block, Call, Function, If, Instruction, Loop, Operand, Value, blocks_of


def last_versions(function: Function) -> tuple[int | None, ...]:
    """For each result the position of the written parameter of which it is a version, None for any other."""

    def found() -> tuple[int | None, ...]:
        definitions = dict(_definitions(function.block))
        positions = {p: k for k, p in enumerate(function.params) if p in function.written}
        return tuple(_version_of(out, definitions, positions) for out in function.outs)

    if not function.written:
        return (None,) * len(function.outs)
    return summary(function, "last versions", (None,) * len(function.outs), found)


def _definitions(block: Block) -> Iterator[tuple[Value, Instruction]]:
    for instruction in block.body:
        for result in instruction.results:
            yield result, instruction
        if isinstance(instruction, Loop):
            for param in instruction.carried:
                yield param, instruction
        for inner in blocks_of(instruction):
            yield from _definitions(inner)


def _version_of(out: Operand, definitions: dict[Value, Instruction], positions: dict[Value, int]) -> int | None:
    """The parameter from which writes lead to a value, by way of views, branches and loops."""
    pending, seen = [out], set[Operand]()
    while pending:
        value = pending.pop()
        if not isinstance(value, Value) or value in seen:
            continue
        seen.add(value)
        if value in positions:
            return positions[value]
        made = definitions.get(value)
        if made is not None:
            pending += _sources(value, made)
    return None


def _sources(value: Value, made: Instruction) -> Iterable[Operand]:
    match made:
        case Apply() if made.primitive in core.WRITES or made.primitive.view:
            return made.args[:1]
        case Call():
            last = last_versions(made.function)[made.results.index(value)]
            return [] if last is None else [made.args[last]]
        case If():
            k = made.results.index(value)
            return [b.outs[k] for b in (made.then, made.orelse) if not b.diverges]
        case Loop():
            places = made.carried if value in made.carried else made.finals
            return [made.inits[places.index(value)]] if value in places else []
    return []
