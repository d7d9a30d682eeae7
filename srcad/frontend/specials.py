"""Operators and builtins on the user's own objects, which are given or captured: their methods are called."""

from __future__ import annotations

import operator
import types
from typing import Any

import gast
import numpy as np

from srcad.frontend.expressions import COMPARE, type_of
from srcad.frontend.generating import Generating
from srcad.frontend.objects import class_attribute
from srcad.frontend.scope import theirs
from srcad.frontend.source import is_library
from srcad.frontend.trees import Tree, is_number
from srcad.ir.nodes import Const, Operand, Value
from srcad.rules.registry import primitive_of

METHODS: dict[Any, tuple[str, str]] = {
    operator.add: ("__add__", "__radd__"), operator.sub: ("__sub__", "__rsub__"), operator.mul: ("__mul__", "__rmul__"),
    operator.truediv: ("__truediv__", "__rtruediv__"), operator.floordiv: ("__floordiv__", "__rfloordiv__"),
    operator.mod: ("__mod__", "__rmod__"), operator.pow: ("__pow__", "__rpow__"),
    operator.matmul: ("__matmul__", "__rmatmul__"), operator.and_: ("__and__", "__rand__"),
    operator.or_: ("__or__", "__ror__"), operator.xor: ("__xor__", "__rxor__"),
    operator.lshift: ("__lshift__", "__rlshift__"), operator.rshift: ("__rshift__", "__rrshift__"),
    operator.eq: ("__eq__", "__eq__"), operator.ne: ("__ne__", "__ne__"), operator.lt: ("__lt__", "__gt__"),
    operator.le: ("__le__", "__ge__"), operator.gt: ("__gt__", "__lt__"), operator.ge: ("__ge__", "__le__"),
}
"""What an operator calls, of the object on its left and of that on its right."""

UNARY: dict[type, str] = {gast.USub: "__neg__", gast.UAdd: "__pos__", gast.Invert: "__invert__"}


class Specials(Generating):
    """The part of lowering that calls the special methods of objects."""

    call_live: Any

    def class_of(self, tree: Tree) -> type | None:
        """The type of what a tree stands for, an object's too."""
        if isinstance(tree, Value) and tree in self.examples:
            return type(self.examples[tree])
        if isinstance(tree, Value) and tree.fact.kind == "array" and tree.fact.is_scalar and tree.fact.dtype is not None:
            return tree.fact.dtype.type
        return type_of(tree)

    def special(self, tree: Tree, name: str) -> types.FunctionType | None:
        """A special method that the user's class of an object defines."""
        live = isinstance(tree, Const) and not is_number(tree) and not isinstance(tree.value, type)
        if not live and not (isinstance(tree, Value) and tree in self.examples):
            return None
        found = class_attribute(self.class_of(tree) or object, name)
        if not isinstance(found, types.FunctionType) or is_library(found):
            return None
        if isinstance(tree, Value):
            self.program.guard_attribute(self.examples.origin(tree), name, "class", found)
        return found

    def of_objects(self, function: Any, left: Tree, right: Tree, node: Any) -> Tree | None:
        """An operator as the methods that it calls; None where there is none."""
        own, reflected = METHODS[function]
        sides = [(left, own, right), (right, reflected, left)]
        kinds = self.class_of(left), self.class_of(right)
        if None not in kinds and kinds[0] is not kinds[1] and issubclass(kinds[1], kinds[0]):  # type: ignore[arg-type]
            sides.reverse()  # a subclass goes first
        tried = False
        for tree, name, other in sides:
            method = self.special(tree, name)
            if method is None:
                continue
            if tree is right and self.takes_anything(left):
                continue
            tried = True
            made: Tree = self.call_live(method, [tree, other], {}, node)
            if not (isinstance(made, Const) and made.value is NotImplemented):
                return made
        if tried and None not in kinds and function not in (operator.eq, operator.ne):
            one, other_kind = (kind.__name__ for kind in kinds)  # type: ignore[union-attr]
            primitive = primitive_of(function)
            symbol = primitive.symbol if primitive is not None else function.__name__
            raise theirs(TypeError(f"unsupported operand type(s) for {symbol}: {one!r} and {other_kind!r}"))
        return None

    def takes_anything(self, left: Tree) -> bool:
        """Whether an array on the left deals with an object on the right itself, element by element."""
        return isinstance(left, Value) and left not in self.examples and self.class_of(left) in (None, np.ndarray)

    def binary(self, function: Any, left: Tree, right: Tree, node: Any) -> Tree:
        made = self.of_objects(function, left, right, node) if function in METHODS else None
        return made if made is not None else super().binary(function, left, right, node)

    def comparison(self, op: Any, left: Tree, right: Tree, node: Any) -> Tree:
        function = COMPARE.get(type(op))
        made = self.of_objects(function, left, right, node) if function in METHODS else None
        return made if made is not None else super().comparison(op, left, right, node)

    def unary(self, op: Any, operand: Tree, node: Any) -> Tree:
        if method := self.special(operand, UNARY[type(op)]):
            return self.call_special(method, [operand], node)
        return super().unary(op, operand, node)

    def call_special(self, method: types.FunctionType, args: list[Tree], node: Any) -> Tree:
        made: Tree = self.call_live(method, args, {}, node)
        return made

    def subscript(self, base: Tree, index: Tree, node: Any) -> Tree:
        if method := self.special(base, "__getitem__"):
            return self.call_special(method, [base, index], node)
        return super().subscript(base, index, node)

    def membership(self, op: Any, left: Tree, right: Tree, node: Any) -> Tree:
        if method := self.special(right, "__contains__"):
            found = self.truth(self.call_special(method, [right, left], node))
            return found if isinstance(op, gast.In) else self.negation(found)
        return super().membership(op, left, self.iterated(right, node), node)

    def truth(self, tree: Tree) -> Operand:
        if method := self.special(tree, "__bool__") or self.special(tree, "__len__"):
            return super().truth(self.call_special(method, [tree], None))
        return super().truth(tree)

    # ---- iteration --------------------------------------------------------------------------------------------------

    def iterated(self, tree: Tree, node: Any) -> Tree:
        """What a loop over an object runs over."""
        if method := self.special(tree, "__iter__"):
            return self.call_special(method, [tree], node)
        return tree

    def started(self, tree: Tree) -> Tree:
        return super().started(self.iterated(tree, None))

    def elements(self, tree: Tree, node: Any, count: int | None = None) -> tuple[Tree, ...]:
        return super().elements(self.iterated(tree, node), node, count)
