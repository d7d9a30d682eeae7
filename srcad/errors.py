"""The errors of srcad: one small family, each message with file, line, source line, reason and remedy."""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from srcad.ir.nodes import Location


class DifferentiationError(RuntimeError):
    """A derivative is not to be had; the message says where, why, and what to write instead."""

    after_call = False
    """Whether the function is called, for its effects, before the error is raised."""

    unlocated = False
    """Whether it comes from generated code, which knows no files and lines: who runs that code adds them."""


class DifferentiationTypeError(DifferentiationError, TypeError):
    """An argument, a result or a ``v`` has a type that cannot be differentiated."""


class DifferentiationValueError(DifferentiationError, ValueError):
    """An argument, an option or a ``v`` has a value that makes no sense here."""


class ForwardGraphError(DifferentiationError, NotImplementedError):
    """Forward mode keeps no graph."""


class DetachedWarning(UserWarning):
    """An inner derivative with ``create_graph=False`` cuts the derivative of an active value to zero."""


class BatchFallbackWarning(UserWarning):
    """A branch depends on a batched value, so that the rows of the batch are run one by one."""


def located(message: str, location: Location) -> str:
    """A message of ``explain`` that has no location yet, with one."""
    reason, _, remedy = message.rpartition("\n  remedy: ")
    return explain(location, reason, remedy)


def explain(location: Location | None, reason: str, remedy: str) -> str:
    """The text of a message: ``file:line``, the source line, the reason, the remedy.

    >>> print(explain(None, "x is an integer", "pass a float"))
    x is an integer
      remedy: pass a float
    """
    lines = []
    if location is not None:
        lines.append(f"{location.file}:{location.line}: {reason}")
        source = linecache.getline(location.file, location.line).strip()
        if source:
            lines.append(f"    {source}")
    else:
        lines.append(reason)
    lines.append(f"  remedy: {remedy}")
    return "\n".join(lines)
