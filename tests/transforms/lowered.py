"""The IR of a plain function, and what a transform of blocks makes of it, as text."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from srcad.frontend.lower import lower
from srcad.frontend.objects import Objects
from srcad.ir.facts import fact_of
from srcad.ir.nodes import Block, Function, Value
from srcad.ir.text import text
from srcad.ir.verify import checked


def lowered(function: Callable[..., Any], *args: Any) -> Function:
    """A function in IR, for arguments like these."""
    specialised, _ = lower(function, [Value("", fact_of(arg)) for arg in args], {}, Objects())
    return specialised.function


def changed(change: Callable[[Block], Block], function: Function) -> list[str]:
    """The lines of a function with its block changed."""
    return lines(checked(replace(function, block=change(function.block), derived={})))


def lines(function: Function) -> list[str]:
    """The lines of a function, without its parameters and without what is known of the results."""
    return [without_facts(line) for line in text(function).splitlines()[1:]]


def without_facts(line: str) -> str:
    """``t: array float64[3] = np.sin(x)`` is ``t = np.sin(x)``."""
    results, sign, rest = line.partition(" = ")
    if not sign or ": " not in results:
        return line
    indent = results[: len(results) - len(results.lstrip())]
    names = [part.split(": ")[0] for part in results.strip().split(", ") if ": " in part]
    return f"{indent}{', '.join(names)} = {rest}"
