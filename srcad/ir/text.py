"""The IR as text, for reading while debugging: one line an instruction, names made unique.

    square_sum(x: array float64[3])
      t: array float64[3] = operator.mul(x, x)
      t.2: array float64[] = np.sum(t)
      yield t.2

What is not well-formed prints too, so that the verifier can show it.
"""

from __future__ import annotations

from itertools import zip_longest

from srcad.ir.nodes import (
    UNDEFINED,
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
    Raise,
    Remark,
    Value,
)


def text(function: Function) -> str:
    """The text of a function."""
    return "\n".join(text_lines(function, _Names()))


def text_of(function: Function, instruction: Instruction) -> str:
    """The first line of one instruction, in the names that ``text`` gives its function."""
    names = _Names()
    text_lines(function, names)
    return _instruction(instruction, names, "")[0]


def text_lines(function: Function, names: _Names) -> list[str]:
    """The lines of a function."""
    params = ", ".join(f"{names(p)}: {p.fact}{' written' if p in function.written else ''}" for p in function.params)
    return [f"{function.name}({params})", *_block(function.block, names, "  ")]


class _Names:
    """Unique names, given in order of appearance."""

    def __init__(self) -> None:
        self.given: dict[Value, str] = {}
        self.counts: dict[str, int] = {}

    def __call__(self, value: Value) -> str:
        if value not in self.given:
            base = value.name or "t"
            count = self.counts[base] = self.counts.get(base, 0) + 1
            self.given[value] = base if count == 1 else f"{base}.{count}"
        return self.given[value]


def _operand(operand: Operand, names: _Names) -> str:
    match operand:
        case Value():
            return names(operand)
        case Const():
            return repr(operand.value)
        case Display():
            inner = ", ".join(_operand(item, names) for item in operand.items)
            known = {"tuple": f"({inner},)", "list": f"[{inner}]", "slice": f"slice({inner})"}
            return known.get(operand.kind, f"{operand.kind}({inner})")
    return repr(operand)


def _block(block: Block, names: _Names, indent: str) -> list[str]:
    lines = [line for instruction in block.body for line in _instruction(instruction, names, indent)]
    outs = ", ".join(_operand(o, names) for o in block.outs)
    return [*lines, f"{indent}diverges" if block.diverges else f"{indent}yield {outs}".rstrip()]


def _instruction(instruction: Instruction, names: _Names, indent: str) -> list[str]:
    inner = indent + "  "
    results = ", ".join(f"{names(r)}: {r.fact}" for r in instruction.results)
    start = f"{indent}{results} = " if results else indent
    match instruction:
        case Apply():
            args = [_operand(a, names) for a in instruction.args]
            args += [f"{k}={_operand(v, names)}" for k, v in instruction.kwargs]
            return [f"{start}{instruction.primitive.name}({', '.join(args)})"]
        case Call():
            args = [_operand(a, names) for a in instruction.args]
            return [f"{start}call {instruction.function.name}({', '.join(args)})"]
        case Raise():
            message = instruction.message.partition("\n")[0]
            return [f"{indent}raise {message or _operand(instruction.exception or Const(None), names)}"]
        case Remark():
            return [f"{indent}# {instruction.text}"]
        case If():
            return [
                f"{start}if {_operand(instruction.condition, names)}:", *_block(instruction.then, names, inner),
                f"{indent}else:", *_block(instruction.orelse, names, inner),
            ]
        case Loop():
            return _loop(instruction, names, start, indent, inner)


def _loop(loop: Loop, names: _Names, start: str, indent: str, inner: str) -> list[str]:
    header = f"{start}loop {names(loop.index)}"
    if loop.count is not None:
        header += f" {'down from' if loop.reverse else 'below'} {_operand(loop.count, names)}"
    pairs = zip_longest(loop.carried, loop.inits, fillvalue=UNDEFINED)
    carried = [f"{_operand(c, names)} from {_operand(i, names)}" for c, i in pairs]
    scanned = [f"{names(item)} of {_operand(s, names)}" for s, item in loop.scanned]
    if carried:
        header += "; carry " + ", ".join(carried)
    if scanned:
        header += "; scan " + ", ".join(scanned)
    lines = [header, *_block(loop.head, names, inner)[:-1]]
    if loop.stop is not None:
        lines += [f"{inner}stop if {_operand(loop.stop, names)}:", *_block(loop.exit, names, inner + "  ")]
    return lines + _block(loop.body, names, inner)
