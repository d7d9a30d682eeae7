"""``with np.errstate(...)`` around the statements of the generated code that the user's own has around theirs.

Instructions know how NumPy treats floating-point errors where they come from (``Location.errors``); statements that follow
each other and have it in common share one ``with``.  What a transform made warns as little as the user's code there, but
raises nothing that the user's code does not raise: of its modes only ``ignore`` is taken.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping

from srcad.ir.nodes import Apply, Call, Instruction

Modes = tuple[tuple[str, str], ...]
KINDS = ("divide", "over", "under", "invalid")


def modes_of(instruction: Instruction) -> Modes:
    """How an instruction is to treat floating-point errors; what has blocks leaves it to these."""
    if not isinstance(instruction, Apply | Call) or instruction.location is None:
        return ()
    modes = instruction.location.errors
    if isinstance(instruction, Apply) and instruction.derived:
        modes = tuple((kind, mode) for kind, mode in modes if mode == "ignore")
    return modes


def entered(body: Iterable[ast.stmt], modes: Mapping[ast.stmt, Modes], spell: Callable[[Modes], ast.expr]) -> list[ast.stmt]:
    """The statements of a block, those of one treatment together in a ``with``."""
    result: list[ast.stmt] = []
    group: list[ast.stmt] = []
    current: Modes = ()

    def close() -> None:
        result.extend([ast.With([ast.withitem(spell(current), None)], list(group))] if group and current else group)
        group.clear()

    for statement in body:
        found = common(statement, modes)
        if found is None:
            for part in ("body", "orelse"):
                if inner := getattr(statement, part, None):
                    setattr(statement, part, entered(inner, modes, spell))
        if (found or ()) != current:
            close()
            current = found or ()
        group.append(statement)
    close()
    return result


def common(statement: ast.stmt, modes: Mapping[ast.stmt, Modes]) -> Modes | None:
    """How all of a statement is to treat floating-point errors; None if its parts differ."""
    inner = [s for part in ("body", "orelse") for s in getattr(statement, part, ())]
    if isinstance(statement, ast.Return) or not inner:
        return () if isinstance(statement, ast.Return) else modes.get(statement, ())
    found = {common(s, modes) for s in inner if s in modes or hasattr(s, "body") or isinstance(s, ast.Return)}
    return found.pop() if len(found) == 1 else None if found else ()


def spelled(modes: Modes, np_errstate: ast.expr) -> ast.expr:
    """The call of ``np.errstate``."""
    values = dict(modes)
    if set(values) == set(KINDS) and len(set(values.values())) == 1:
        values = {"all": values["divide"]}
    return ast.Call(np_errstate, [], [ast.keyword(k, ast.Constant(v)) for k, v in values.items()])
