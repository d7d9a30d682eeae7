"""The order of tuples and lists, and of the dataclasses that compare as tuples: that of the first elements that differ.

    (a, b) < (c, d)                        b < d if a == c else a < c
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import gast

from srcad.frontend.trees import Sequence, Tree
from srcad.ir.nodes import Const, Operand, Value

ORDERS = (gast.Lt, gast.LtE, gast.Gt, gast.GtE)


class Comparing(Protocol):
    """Who compares elements."""

    def comparison(self, op: Any, left: Tree, right: Tree, node: Any) -> Tree: ...

    def choice(self, condition: Operand, then: Callable[[], Tree], orelse: Callable[[], Tree]) -> Tree: ...

    def truth(self, tree: Tree) -> Operand: ...


def ordered(low: Comparing, op: Any, left: Sequence, right: Sequence, node: Any, first: int = 0) -> Tree:
    """``left op right``, as the elements from ``first`` on say."""
    count = min(len(left.items), len(right.items))
    if first == count:
        lengths = Const(len(left.items)), Const(len(right.items))
        return low.comparison(op, *lengths, node)
    one, other = left.items[first], right.items[first]
    last = first == count - 1 and len(left.items) == len(right.items)
    if last and isinstance(one, Value | Const) and isinstance(other, Value | Const):
        return low.comparison(op, one, other, node)
    equal = low.truth(low.comparison(gast.Eq(), one, other, node))
    return low.choice(equal, lambda: ordered(low, op, left, right, node, first + 1),
                      lambda: low.comparison(op, one, other, node))
