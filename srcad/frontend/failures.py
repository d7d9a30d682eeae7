"""Which exceptions an application may raise at run time, as far as that is known from its primitive and its operands."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import Fact
from srcad.ir.nodes import Apply, Const, Display, Operand, flat_operands

DIVISIONS = (operator.truediv, operator.floordiv, operator.mod, divmod)
CONVERSIONS = (int, float, round, complex)
OF_INDICES = ("np.take", "np.take_along_axis", "np.choose", "np.delete", "np.insert", "np.ravel_multi_index", "np.unravel_index")
FLOATING = (FloatingPointError, RuntimeWarning)
"""What NumPy raises for overflow, division by zero and the like if it is told to (``np.errstate``, ``warnings``)."""


def raised_by(apply: Apply, caught: tuple[type, ...]) -> list[type]:
    """The types of exceptions; those of arithmetic only if they are caught by name, since they must be asked for."""
    found: list[type] = []
    name, function = apply.primitive.name, apply.primitive.function
    operands = [*apply.args, *(v for _, v in apply.kwargs)]
    if name.startswith("np.linalg."):
        found.append(np.linalg.LinAlgError)
    if any(function is f for f in DIVISIONS) and all(map(may_be_python, apply.args)):
        found.append(ZeroDivisionError)
    if function is operator.pow and all(map(may_be_python, apply.args)):
        found += [ZeroDivisionError, OverflowError]
    if name.startswith("math."):
        found += [ValueError, OverflowError, ZeroDivisionError]
    if any(function is f for f in CONVERSIONS):
        found += [ValueError, OverflowError]
    if apply.primitive is core.INDEX:
        found += index_errors(apply)
    elif apply.primitive in (core.PLACE, core.TAKEN) or (
        apply.primitive is core.CHANGED and isinstance(apply.args[1], Const) and apply.args[1].value == "remove"
    ):
        found += [KeyError]
    elif name in OF_INDICES:
        found += [IndexError, ValueError]
    elif not all(map(is_known, operands)) or not all(map(is_known_fact, apply.primitive.facts(apply))):
        found += [ValueError, TypeError]
    if not apply.primitive.view and apply.primitive.rule is not None and apply.primitive.rule.touched(apply):
        found += [t for t in FLOATING if t in caught]
    return list(dict.fromkeys(found))


def is_caught(types: list[type], caught: tuple[type, ...]) -> bool:
    """Whether an exception of one of the types may be one of those that are caught."""
    return any(issubclass(t, c) or issubclass(c, t) for t in types for c in caught)


def may_be_python(operand: Operand) -> bool:
    """Whether an operand may be a number of Python's own, which raises where an array gives inf or nan."""
    if isinstance(operand, Const):
        return type(operand.value) in (int, float, complex, bool)
    return fact_of_operand(operand).kind in ("py", "num", "any", "shape")


def is_known(operand: Operand) -> bool:
    """Whether the kind and the shape of an operand are known, so that a misfit is found while lowering."""
    return all(isinstance(part, Const) or is_known_fact(fact_of_operand(part)) for part in flat_operands(operand))


def is_known_fact(fact: Fact) -> bool:
    return fact.kind != "any" and (fact.kind not in ("array", "num") or fact.shape is not None)


def index_errors(apply: Apply) -> list[type]:
    base, index = apply.args[:2]
    fact = fact_of_operand(base)
    items: list[Any] = list(index.items) if isinstance(index, Display) and index.kind == "tuple" else [index]
    if isinstance(index, Const) and isinstance(index.value, tuple):
        items = list(map(Const, index.value))
    if fact.kind not in ("array", "shape", "list", "num"):
        return [IndexError, KeyError, TypeError]
    for axis, item in enumerate(items):
        if isinstance(item, Display) or (isinstance(item, Const) and not isinstance(item.value, int)):
            continue
        size = fact.shape[axis] if fact.shape is not None and axis < len(fact.shape) else None
        if isinstance(item, Const) and isinstance(size, int) and -size <= item.value < size:
            continue
        return [IndexError]
    return []
