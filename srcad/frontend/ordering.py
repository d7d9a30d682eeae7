"""The order of tuples and lists, and of the dataclasses that compare as tuples: that of the first elements that differ.

    (a, b) < (c, d)                        b < d if a == c else a < c
"""

from __future__ import annotations

from typing import Any, Protocol

import gast

from srcad.frontend.trees import Sequence, Tree
from srcad.ir.nodes import Const, Value

ORDERS = (gast.Lt, gast.LtE, gast.Gt, gast.GtE)


class Comparing(Protocol):
    """Who compares elements."""

    comparison: Any
    choice: Any
    truth: Any


def ordered(low: Comparing, op: Any, left: Sequence, right: Sequence, node: Any, first: int = 0) -> Tree:
    """``left op right``, as the elements from ``first`` on say."""
    count = min(len(left.items), len(right.items))
    if first == count:
        lengths = Const(len(left.items)), Const(len(right.items))
        found: Tree = low.comparison(op, *lengths, node)
        return found
    one, other = left.items[first], right.items[first]
    last = first == count - 1 and len(left.items) == len(right.items)
    if last and isinstance(one, Value | Const) and isinstance(other, Value | Const):
        found = low.comparison(op, one, other, node)
        return found
    equal = low.truth(low.comparison(gast.Eq(), one, other, node))
    found = low.choice(equal, lambda: ordered(low, op, left, right, node, first + 1),
                       lambda: low.comparison(op, one, other, node))
    return found
