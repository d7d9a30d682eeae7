"""Elements of a list whose place the data say: ``buffers[k % 2]`` is ``first if k % 2 == 0 else second``."""

from __future__ import annotations

import operator
from functools import partial
from typing import Any

import numpy as np

from srcad.frontend.trees import Sequence, Tree
from srcad.ir import core
from srcad.ir.nodes import Const, Value
from srcad.rules.registry import primitive_of

LONGEST = 20
"""Of longer lists the place must be known."""


def is_picked(low: Any, base: Sequence, index: Tree) -> bool:
    """Whether the place of an element is known at run time only, and cannot be made known."""
    if not isinstance(index, Value) or not 0 < len(base.items) <= LONGEST or index in low.settable:
        return False
    fact = index.fact
    known = isinstance(fact.length, int)
    return not known and fact.is_scalar and fact.dtype is not None and fact.dtype.kind in "iu"


def picked(low: Any, base: Sequence, index: Value, node: Any) -> Tree:
    """The element at a place."""
    count = len(base.items)
    made = low.build.definitions.get(index)
    remainder = made is not None and made.primitive is primitive_of(operator.mod) and isinstance(made.args[1], Const)
    place: Tree = index
    if not remainder or not 0 < made.args[1].value <= count:
        # as Python does: counted from the end if negative, an IndexError where there is none
        place = low.primitive(core.INDEX, [low.primitive(primitive_of(np.arange), [Const(count)], node=node), index], node=node)
    return one_of(low, base.items, place, node)


def one_of(low: Any, elements: tuple[Tree, ...], place: Tree, node: Any) -> Tree:
    """The element at a place between 0 and their number that is found at run time."""

    def from_place(k: int) -> Tree:
        if k == len(elements) - 1:
            return elements[k]
        here = low.primitive(primitive_of(operator.eq), [place, Const(k)], node=node)
        return low.choice(here, partial(elements.__getitem__, k), partial(from_place, k + 1))  # type: ignore[no-any-return]

    return from_place(0)
