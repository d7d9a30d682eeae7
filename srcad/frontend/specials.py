"""Operators on the user's own objects, which are given, captured or made: their methods are called."""

from __future__ import annotations

import dataclasses
import operator
import types
from typing import Any

import gast
import numpy as np

from srcad.frontend.classes import is_generated
from srcad.frontend.expressions import COMPARE, type_of
from srcad.frontend.expressions import UNARY as UNARY_OPERATORS
from srcad.frontend.listing import Listing
from srcad.frontend.objects import class_attribute
from srcad.frontend.saying import check_iterable, error_of, unpack
from srcad.frontend.source import is_library
from srcad.frontend.trees import Bound, Instance, Sequence, Tree, is_number
from srcad.ir.nodes import Const, Operand, Value

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

COMPARISONS = {function: op for op, function in COMPARE.items()}

ORDER = (operator.lt, operator.le, operator.gt, operator.ge)

UNARY: dict[type, str] = {gast.USub: "__neg__", gast.UAdd: "__pos__", gast.Invert: "__invert__"}


class Specials(Listing):
    """The part of lowering that calls the special methods of objects."""

    call_live: Any

    def class_of(self, tree: Tree) -> type | None:
        """The type of what a tree stands for, an object's too."""
        if isinstance(tree, Instance):
            return tree.type
        if isinstance(tree, Value) and tree in self.examples:
            return type(self.examples[tree])
        if isinstance(tree, Value) and tree.fact.kind == "array" and tree.fact.is_scalar and tree.fact.dtype is not None:
            return tree.fact.dtype.type
        return type_of(tree)

    def special(self, tree: Tree, name: str) -> types.FunctionType | None:
        """A special method that the user's class of an object defines."""
        if isinstance(tree, Instance) or (isinstance(tree, Sequence) and tree.type not in (list, tuple)):
            method = class_attribute(tree.type, name)
            return method if isinstance(method, types.FunctionType) else None
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
        if own != reflected and kinds[0] is kinds[1] is not None and function not in ORDER:
            del sides[1:]
        for tree, name, other in sides:
            method = self.special(tree, name)
            if method is None:
                continue
            if tree is right and self.takes_anything(left, right, node):
                return None
            made: Tree = self.fields_compared(function, tree, other, node) if is_generated(method) else (
                self.call_live(method, [tree, other], {}, node))
            if not is_declined(made):
                return made
        if function in (operator.eq, operator.ne):
            return self.equal_by_identity(function, left, right, node)
        if any(isinstance(t, Instance) or self.special(t, name) is not None for t, name, _ in sides):
            raise error_of(function, *(kind or object for kind in kinds))
        return None

    def takes_anything(self, left: Tree, right: Tree, node: Any) -> bool:
        """Whether an array on the left deals with an object on the right itself, element by element.

        So does a number of NumPy's with what looks like a sequence.
        """
        own, kind = self.class_of(left), self.class_of(right) or object
        if not isinstance(left, Value) or left in self.examples:
            return False
        if own is not None and not issubclass(own, np.ndarray) and not (issubclass(own, np.generic) and looks_like_array(kind)):
            return False
        if not isinstance(right, Instance) or class_attribute(kind, "__array_priority__") is not None:
            return not isinstance(right, Instance)
        if any("__array_ufunc__" in base.__dict__ for base in kind.__mro__) and class_attribute(kind, "__array_ufunc__") is None:
            return False
        raise self.unsupported(node, f"an array and an object of class {kind.__name__} are combined, which NumPy does for each "
                               "element", f"write the object first, or let {kind.__name__} have __array_ufunc__ = None")

    def equal_by_identity(self, function: Any, left: Tree, right: Tree, node: Any) -> Tree | None:
        """What ``==`` and ``!=`` give where no method says it: whether both are one object."""
        if function is operator.ne and (self.special(left, "__eq__") or self.special(right, "__eq__")):
            equal = self.of_objects(operator.eq, left, right, node)
            return None if equal is None else self.negation(self.truth(equal))
        if not isinstance(left, Instance) and not isinstance(right, Instance):
            return None
        same = self.identity(left, right)
        if same is None:
            raise self.unsure_of_identity(node)
        return Const(same is (function is operator.eq))

    def fields_compared(self, function: Any, left: Tree, right: Tree, node: Any) -> Tree:
        """What a dataclass compares: its fields as tuples."""
        kind = self.class_of(left)
        if kind is not self.class_of(right) or kind is None:
            return Const(NotImplemented)
        names = [f.name for f in dataclasses.fields(kind) if f.compare]
        one, other = (Sequence(tuple, tuple(self.attribute(t, n, node) for n in names)) for t in (left, right))
        return self.comparison(COMPARISONS[function](), one, other, node)

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
        if isinstance(operand, Instance):
            raise error_of(UNARY_OPERATORS[type(op)], operand.type)
        return super().unary(op, operand, node)

    def augmented_object(self, old: Tree, function: Any, value: Tree, node: Any) -> Tree:
        """What ``old op= value`` binds, where one of them is an object."""
        method = self.special(old, f"__i{METHODS[function][0][2:]}")
        if method is not None:
            made = self.call_special(method, [old, value], node)
            if not is_declined(made):
                return made
        return self.binary(function, old, value, node)

    def call_special(self, method: types.FunctionType, args: list[Tree], node: Any) -> Tree:
        made: Tree = self.call_live(method, args, {}, node)
        return made

    def subscript(self, base: Tree, index: Tree, node: Any) -> Tree:
        if method := self.special(base, "__getitem__"):
            return self.call_special(method, [base, index], node)
        if isinstance(base, Instance):
            raise error_of(lambda made: made[0], base.type)
        return super().subscript(base, index, node)

    def membership(self, op: Any, left: Tree, right: Tree, node: Any) -> Tree:
        if method := self.special(right, "__contains__"):
            found = self.truth(self.call_special(method, [right, left], node))
            return found if isinstance(op, gast.In) else self.negation(found)
        return super().membership(op, left, self.iterated(right, node), node)

    def truth(self, tree: Tree) -> Operand:
        if method := self.special(tree, "__bool__") or self.special(tree, "__len__"):
            return super().truth(self.call_special(method, [tree], None))
        return Const(True) if isinstance(tree, Instance) else super().truth(tree)

    def attribute(self, base: Tree, name: str, node: Any) -> Tree:
        """An attribute; what the class of a named tuple defines beside its fields."""
        if isinstance(base, Sequence) and name not in getattr(base.type, "_fields", (name,)):
            found = class_attribute(base.type, name)
            if isinstance(found, types.FunctionType) and not is_library(found):
                return Bound(base, name, found)
            if isinstance(found, property) and isinstance(found.fget, types.FunctionType):
                return self.call_special(found.fget, [base], node)
        return super().attribute(base, name, node)

    # ---- iteration --------------------------------------------------------------------------------------------------

    def iterated(self, tree: Tree, node: Any) -> Tree:
        """What a loop over an object runs over."""
        if method := self.special(tree, "__iter__"):
            return self.call_special(method, [tree], node)
        if isinstance(tree, Instance):
            if class_attribute(tree.type, "__getitem__") is not None:
                raise self.unsupported(node, f"a loop over an object of class {tree.type.__name__}, which has no __iter__, is not "
                                       "supported", "loop over a range, and index it")
            raise error_of(iter, tree.type)
        return tree

    def started(self, tree: Tree) -> Tree:
        return super().started(self.iterated(tree, None))

    def elements(self, tree: Tree, node: Any, count: int | None = None) -> tuple[Tree, ...]:
        if count is not None and isinstance(tree, Instance) and not hasattr(tree.type, "__iter__"):
            check_iterable(tree.type, unpack)
        return super().elements(self.iterated(tree, node), node, count)


def looks_like_array(kind: type) -> bool:
    """Whether NumPy makes an array with axes of an object of a class."""
    sequence = hasattr(kind, "__len__") and hasattr(kind, "__getitem__")
    return sequence or any(hasattr(kind, name) for name in ("__array__", "__array_interface__", "__array_struct__"))


def is_declined(tree: Tree) -> bool:
    return isinstance(tree, Const) and tree.value is NotImplemented
