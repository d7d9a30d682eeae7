"""Operands that are no numbers: objects with an arithmetic of their own (``np.matrix``, masked arrays, a user's vector).

What ``*`` does with one of them only it knows, so that an active value must not be combined with it.
"""

from __future__ import annotations

import numbers
import operator
from typing import Any

import numpy as np

from srcad.frontend.objects import Objects
from srcad.ir.facts import is_plain_array
from srcad.ir.nodes import Apply, Const, Operand, Value, flat_operands
from srcad.ir.primitive import Primitive
from srcad.rules.forms import Form

KNOWN = (
    numbers.Number, np.generic, np.dtype, str, bytes, list, tuple, dict, set, frozenset, range, slice, type,
    type(None), type(...), type(NotImplemented),
)
"""Types of constants of which rules know what becomes of them: numbers, arrays as lists, and what options are made of."""


CONTAINERS = (list, tuple, dict, set, frozenset, range)
"""Types of which arithmetic makes arrays, or an error."""

CONVERSIONS = frozenset((operator.getitem, np.array, np.asarray, np.ascontiguousarray, float, int))
"""What makes a number or a plain array of an object."""


def is_foreign(operand: Operand, examples: Objects) -> bool:
    """Whether an operand is an object whose operators are its own."""
    if isinstance(operand, Const):
        value = operand.value
        return not (is_plain_array(value) if isinstance(value, np.ndarray) else isinstance(value, KNOWN))
    if operand in examples.foreign:
        return True
    live = examples.get(operand) if isinstance(operand, Value) else None
    return live is not None and type(live) not in CONTAINERS and not isinstance(live, numbers.Number)


def foreign_operand(
    primitive: Primitive, operands: list[Operand], kwargs: dict[str, Operand], examples: Objects
) -> Operand | None:
    """The object that a differentiable operation would take for an array; None if all is as it seems."""
    given = [part for o in (*operands, *kwargs.values()) for part in flat_operands(o)]
    rule: object = primitive.rule
    if not isinstance(rule, Form) or not any(is_foreign(part, examples) for part in given):
        return None
    others = [part for part in given if isinstance(part, Value) and not is_foreign(part, examples)]
    if primitive.function in CONVERSIONS and not any(part.fact.may_vary for part in others):
        return None
    if rule.names or getattr(rule, "only", None):  # else it is a definition, which may do with all of them what it likes
        bound = rule.parameters.bind(Apply((), primitive, tuple(operands), tuple(kwargs.items())))
        given = [part for name in rule.differentiable(bound) for part in flat_operands(bound[name])]
    return next((part for part in given if is_foreign(part, examples)), None)


def may_change(value: Any) -> bool:
    """Whether an object says itself whether it is true, or how long it is, and so may say something else later."""
    return not isinstance(value, KNOWN) and any(hasattr(type(value), name) for name in ("__bool__", "__len__"))


def type_name(operand: Operand, examples: Objects) -> str:
    """What a message calls the object."""
    if operand in examples.foreign:
        return examples.foreign[operand]
    return type(operand.value if isinstance(operand, Const) else examples[operand]).__qualname__  # type: ignore[index]
