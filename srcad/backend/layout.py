"""Breaking a line that is too long: the pieces of its text go in, the lines that replace it come out.

Only what stands inside brackets can be broken, so a value is put in parentheses first where that reads well:

    >>> pieces = ["", "total = ", "first", " + ", "second", " * ", "third"]
    >>> break_line(pieces, value=(2, 7), length=24)
    ['total = (', '    first', '    + second * third', ')']
"""

from __future__ import annotations

from collections.abc import Sequence

INDENT = "    "

# The pieces at which a line may be broken inside brackets; those that hold together most loosely come first.
_LEVELS: list[list[str]] = [
    [", "],
    *([" for ", " async for "], [" if ", " else "], [" or "], [" and "]),
    [" == ", " != ", " < ", " <= ", " > ", " >= ", " is ", " is not ", " in ", " not in "],
    *([" | "], [" ^ "], [" & "], [" << ", " >> "], [" + ", " - "], [" * ", " @ ", " / ", " // ", " % "]),
]
_RANKS: dict[str, int] = {piece: rank for rank, level in enumerate(_LEVELS) for piece in level}
_COMMA = _RANKS[", "]
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


def break_line(pieces: list[str], value: tuple[int, int] | None, length: int) -> list[str]:
    """Break a line: its value at its loosest operators, in parentheses, or else inside its longest bracket.

    The first piece is the indentation; ``value`` is the range of the pieces that may be put in parentheses.
    """
    indent = pieces[0]
    if value is not None and _loosest(pieces[slice(*value)]) is not None:
        start, end = value
        inside = _split(pieces[start:end], indent + INDENT, length)
        return ["".join(pieces[:start]) + "(", *inside, indent + ")" + "".join(pieces[end:])]
    return _open_bracket(pieces[1:], indent, length)


def _split(pieces: list[str], indent: str, length: int) -> list[str]:
    """Print what stands inside brackets: on one line, or a line for each part between loosest delimiters."""
    line = indent + "".join(pieces)
    if len(line) <= length:
        return [line]
    loosest = _loosest(pieces)
    if loosest is None:
        return _open_bracket(pieces, indent, length)
    parts: list[list[str]] = [[]]
    depth = 0
    for piece in pieces:
        depth += (piece in _OPENING) - (piece in _CLOSING)
        if depth or _RANKS.get(piece) != loosest:
            parts[-1].append(piece)
        elif loosest == _COMMA:
            parts[-1].append(",")
            parts.append([])
        else:
            parts.append([piece[1:]])
    if loosest == _COMMA:
        parts[-1].append(",")
    return [line for part in parts for line in _split(part, indent, length)]


def _open_bracket(pieces: list[str], indent: str, length: int) -> list[str]:
    """Put what is inside the longest bracket on lines of its own."""
    start = end = depth = opened = 0
    for i, piece in enumerate(pieces):
        if piece in _OPENING:
            opened = opened if depth else i
            depth += 1
        elif piece in _CLOSING:
            depth -= 1
            if not depth and i - opened > end - start:
                start, end = opened, i
    if end - start < 2:
        return [indent + "".join(pieces)]
    inside = _split(pieces[start + 1 : end], indent + INDENT, length)
    return [indent + "".join(pieces[: start + 1]), *inside, indent + "".join(pieces[end:])]


def _loosest(pieces: Sequence[str]) -> int | None:
    """Return the rank of the loosest delimiter outside of brackets."""
    loosest, depth = None, 0
    for piece in pieces:
        depth += (piece in _OPENING) - (piece in _CLOSING)
        rank = _RANKS.get(piece)
        if not depth and rank is not None and (loosest is None or rank < loosest):
            loosest = rank
    return loosest
