"""The IR as text, for reading while debugging: one line an instruction, names made unique.

>>> print(text(function))  # doctest: +SKIP
rosen(x: array float64[10])
  t = operator.getitem(x, slice(1, None, None))
  ...
"""

from __future__ import annotations

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
    Raise,
    Remark,
    Value,
)


def text(function: Function) -> str:
    """The text of a function."""
    names = _Names()
    params = ", ".join(f"{names(p)}: {p.fact}" for p in function.params)
    lines = [f"{function.name}({params})", *_block(function.block, names, "  ")]
    return "\n".join(lines)


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
            return {"tuple": f"({inner},)", "list": f"[{inner}]", "slice": f"slice({inner})"}[operand.kind]
    return repr(operand)


def _block(block: Block, names: _Names, indent: str) -> list[str]:
    lines = [line for instruction in block.body for line in _instruction(instruction, names, indent)]
    outs = ", ".join(_operand(o, names) for o in block.outs)
    return [*lines, f"{indent}diverges" if block.diverges else f"{indent}yield {outs}"]


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
            return [f"{indent}raise {instruction.message or _operand(instruction.exception or Const(None), names)}"]
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
    count = "forever" if loop.count is None else f"below {_operand(loop.count, names)}"
    carried = ", ".join(
        f"{names(c)} from {_operand(i, names)}" for c, i in zip(loop.carried, loop.inits, strict=True)
    )
    scanned = ", ".join(f"{names(item)} of {_operand(s, names)}" for s, item in loop.scanned)
    lines = [
        f"{start}loop {names(loop.index)} {'down from' if loop.reverse else ''} {count}; carry {carried}; scan {scanned}"
    ]
    lines += _block(loop.head, names, inner)[:-1]
    if loop.stop is not None:
        lines += [f"{inner}stop if {_operand(loop.stop, names)}:", *_block(loop.exit, names, inner + "  ")]
    return lines + _block(loop.body, names, inner)
