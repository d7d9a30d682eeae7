"""``x.flat``: what is read, written or run over where an array stands under this name.

An ``x.flat`` is the tree ``Bound(x, "flat")``, so that it means the array itself and not what that held once.

    x.flat[2:5]                 a copy of these elements
    x.flat[k] = v               a new version of x, with a part of the elements replaced
    for v in x.flat: ...        runs over np.ravel(x)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from srcad import runtime
from srcad.frontend.schedules import Schedules
from srcad.frontend.source import is_library
from srcad.frontend.trees import Bound, Tree
from srcad.ir import core
from srcad.ir.nodes import Const, Display, Operand, Value
from srcad.rules.registry import primitive_of


class Flat(Schedules):
    """The part of lowering that knows ``x.flat``."""

    def is_flat(self, tree: Tree) -> bool:
        """Whether a tree is ``x.flat`` of an array."""
        return isinstance(tree, Bound) and tree.name == "flat" and tree.function is None and (
            isinstance(tree.receiver, Value) and self.is_array(tree.receiver)
        )

    # ---- reading ----------------------------------------------------------------------------------------------------

    def subscript(self, base: Tree, index: Tree, node: Any) -> Tree:
        if self.is_flat(base):
            return self.primitive(core.FLAT, [base.receiver, index], node=node)  # type: ignore[union-attr]
        return super().subscript(base, index, node)

    def raveled(self, tree: Tree, node: Any = None) -> Tree:
        """The elements of ``x.flat`` as an array, which is a view of ``x`` if its strides allow that; other trees as they are."""
        if not self.is_flat(tree):
            return tree
        array: Value = tree.receiver  # type: ignore[union-attr, assignment]
        return array if array.fact.ndim == 1 else self.primitive(np.ravel, [array], node=node)

    def iterated(self, tree: Tree, node: Any) -> Tree:
        return super().iterated(self.raveled(tree, node), node)

    def call(self, function: Tree, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        if isinstance(function, Bound) and self.is_flat(function.receiver) and function.name == "copy":
            return self.primitive(core.FLAT, [function.receiver.receiver, Const(slice(None))], node=node)  # type: ignore[union-attr]
        if isinstance(function, Const) and (primitive_of(function.value) is not None or is_library(function.value)):
            args = [self.raveled(a, node) for a in args]
            kwargs = {k: self.raveled(v, node) for k, v in kwargs.items()}
        return super().call(function, args, kwargs, node)

    # ---- writing ----------------------------------------------------------------------------------------------------

    def write_item(self, base: Tree, index: Tree, value: Tree, node: Any, function: Any = None) -> None:
        if self.is_flat(base):
            self.write_flat(base.receiver, self.operand(index, node), value, node)  # type: ignore[union-attr, arg-type]
        else:
            super().write_item(base, index, value, node, function)

    def set_live(self, base: Tree, name: str, value: Tree, node: Any) -> None:
        if name == "flat" and isinstance(base, Value) and self.is_array(base):
            self.write_flat(base, Const(Ellipsis), value, node)
        else:
            super().set_live(base, name, value, node)

    def write_flat(self, array: Value, index: Operand, value: Tree, node: Any) -> None:
        """``array.flat[index] = value``."""
        if array.fact.ndim != 1 and is_slice(index) and self.is_contiguous(array):
            array = self.primitive(np.ravel, [array], node=node)  # type: ignore[assignment]
        self.call_writer(runtime.flat_written, [array, index, self.raveled(value, node)], {}, node)


def is_slice(index: Operand) -> bool:
    if isinstance(index, Const):
        return isinstance(index.value, slice)
    return isinstance(index, Display) and index.kind == "slice"
