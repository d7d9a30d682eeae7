"""How an application of a primitive is written: the AST of one expression from those of its operands."""

from __future__ import annotations

import ast
import builtins
import keyword
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcad import runtime, runtime_lists
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import ANY, Fact
from srcad.ir.nodes import Apply, Const, Display, Operand
from srcad.ir.primitive import Primitive

BINARY: dict[Any, type[ast.operator]] = {
    operator.add: ast.Add, operator.sub: ast.Sub, operator.mul: ast.Mult, operator.truediv: ast.Div,
    operator.floordiv: ast.FloorDiv, operator.mod: ast.Mod, operator.pow: ast.Pow, operator.matmul: ast.MatMult,
    operator.and_: ast.BitAnd, operator.or_: ast.BitOr, operator.xor: ast.BitXor, operator.lshift: ast.LShift,
    operator.rshift: ast.RShift,
}
UNARY: dict[Any, type[ast.unaryop]] = {
    operator.neg: ast.USub, operator.pos: ast.UAdd, operator.invert: ast.Invert, operator.not_: ast.Not,
}
COMPARE: dict[Any, type[ast.cmpop]] = {
    operator.eq: ast.Eq, operator.ne: ast.NotEq, operator.lt: ast.Lt, operator.le: ast.LtE, operator.gt: ast.Gt,
    operator.ge: ast.GtE, operator.is_: ast.Is, operator.is_not: ast.IsNot,
}
NEGATED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}
MODULES = {"np": np, "math": math}
HELPERS = (runtime.__name__, runtime_lists.__name__)
"""Modules of the helpers, which are called by their bare names."""
SHORTER = {"np.absolute": "np.abs", "np.conjugate": "np.conj"}
"""The names that people write where NumPy has two."""


def name(identifier: str) -> ast.Name:
    return ast.Name(identifier, ast.Load())


def attribute(base: ast.expr, *names: str) -> ast.expr:
    for part in names:
        base = ast.Attribute(base, part, ast.Load())
    return base


def call(function: ast.expr, *args: ast.expr, **kwargs: ast.expr) -> ast.Call:
    return ast.Call(function, [*map(as_argument, args)], [ast.keyword(k, as_argument(v)) for k, v in kwargs.items()])


def as_argument(node: ast.expr) -> ast.expr:
    """An index as an argument: colons stand only in a subscript."""
    if isinstance(node, ast.Slice):
        parts = [part or ast.Constant(None) for part in (node.lower, node.upper)]
        return ast.Call(name("slice"), parts if node.step is None else [*parts, node.step], [])
    if isinstance(node, ast.Tuple):
        return ast.Tuple([*map(as_argument, node.elts)], ast.Load())
    return node


class Namespace:
    """The objects that generated code names, and the names that they have there."""

    def __init__(self) -> None:
        self.bound: dict[str, Any] = {}
        self.taken: set[str] = set()  # the names of functions and variables
        self._names: dict[int, str] = {}

    def bind(self, wish: str, value: Any) -> str:
        """A name for an object: its own, or with a number if that means something else."""
        if id(value) in self._names:
            return self._names[id(value)]
        wish = wish if wish.isidentifier() and not keyword.iskeyword(wish) else "constant"
        number = 1
        while True:
            free = wish if number == 1 else f"{wish}_{number}"
            unlike = self.bound.get(free, value) is not value or getattr(builtins, free, value) is not value
            if not unlike and free not in self.taken:
                break
            number += 1
        if getattr(builtins, free, None) is not value:
            self.bound[free] = value
        self._names[id(value)] = free
        return free

    def function(self, dotted: str, value: Any) -> ast.expr:
        """A callable by its dotted name if that leads to it, bound by itself otherwise."""
        root, *rest = dotted.split(".")
        module: Any = MODULES.get(root) or getattr(builtins, root, None)
        if module is None:
            module = _imported(root)
        found = module
        for part in rest:
            found = getattr(found, part, None)
        if found is value and module is not None:
            return attribute(name(self.bind(root, module)), *rest)
        plain = "function" if callable(value) else type(value).__name__.lower()
        return name(self.bind(getattr(value, "__name__", plain).strip("<>"), value))


def _imported(root: str) -> Any:
    import sys

    return sys.modules.get(root)


def literal(value: Any, names: Namespace) -> ast.expr:
    """A constant as an expression."""
    if value is None or value is Ellipsis or isinstance(value, str | bytes) or type(value) in (bool, int):
        if type(value) is int and value < 0:
            return ast.UnaryOp(ast.USub(), ast.Constant(-value))
        return ast.Constant(value)
    if type(value) is float:
        if math.isinf(value) or math.isnan(value):
            inf = attribute(name(names.bind("np", np)), "nan" if math.isnan(value) else "inf")
            return inf if value > 0 or math.isnan(value) else ast.UnaryOp(ast.USub(), inf)
        negative = math.copysign(1.0, value) < 0
        return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if negative else ast.Constant(value)
    if type(value) is complex:
        return ast.Constant(value)
    if type(value) in (tuple, list):
        items = [literal(v, names) for v in value]
        return ast.Tuple(items, ast.Load()) if type(value) is tuple else ast.List(items, ast.Load())
    if type(value) is slice:
        return slice_literal([None if p is None else literal(p, names) for p in (value.start, value.stop, value.step)])
    if isinstance(value, np.dtype):
        return attribute(name(names.bind("np", np)), value.name) if hasattr(np, value.name) else call(
            attribute(name(names.bind("np", np)), "dtype"), ast.Constant(value.str)
        )
    if isinstance(value, type) and issubclass(value, np.generic):
        return attribute(name(names.bind("np", np)), value.__name__)
    if isinstance(value, np.generic) and value.dtype.kind in "fiub":
        return call(attribute(name(names.bind("np", np)), value.dtype.name), literal(value.item(), names))
    module, qualified = getattr(value, "__module__", ""), getattr(value, "__qualname__", "")
    module = module.removeprefix("_") if module == "_operator" else module
    return names.function(f"{module}.{qualified}".removeprefix("builtins.").replace("numpy.", "np.", 1), value)


def slice_literal(parts: Sequence[ast.expr | None]) -> ast.expr:
    """``slice(...)``; as a subscript it is printed with colons."""
    return ast.Slice(*parts)


class Speller:
    """Writes applications; operands come as expressions."""

    def __init__(self, names: Namespace, operand: Callable[[Operand], ast.expr]) -> None:
        self.names = names
        self.operand = operand

    def np(self, *path: str) -> ast.expr:
        return attribute(name(self.names.bind("np", np)), *path)

    def helper(self, function: Any) -> ast.expr:
        return name(self.names.bind(function.__name__, function))

    def apply(self, apply: Apply) -> ast.expr:
        """The expression of an application with one result."""
        if apply.primitive.name in SPECIAL:
            label = apply.primitive.name.split(".")[-1]
            expression: ast.expr = getattr(self, f"spell_{label}")(apply)
            return expression
        function, args = apply.primitive.function, apply.args
        if function is str.__mod__:
            return ast.BinOp(self.operand(args[0]), ast.Mod(), self.operand(args[1]))
        if len(args) == 2 and not apply.kwargs and _is(function, BINARY):
            return ast.BinOp(self.operand(args[0]), BINARY[function](), self.operand(args[1]))
        if len(args) == 2 and _is(function, COMPARE):
            return ast.Compare(self.operand(args[0]), [COMPARE[function]()], [self.operand(args[1])])
        if function is operator.contains:
            return ast.Compare(self.operand(args[1]), [ast.In()], [self.operand(args[0])])
        if len(args) == 1 and _is(function, UNARY):
            return self.unary(UNARY[function], self.operand(args[0]), apply.derived)
        return self.general(apply)

    def unary(self, kind: type[ast.unaryop], operand: ast.expr, derived: bool = False) -> ast.expr:
        if kind is ast.Not and isinstance(operand, ast.UnaryOp) and isinstance(operand.op, ast.Not):
            return operand.operand
        if kind is ast.Not and isinstance(operand, ast.Compare) and len(operand.ops) == 1:
            opposite = NEGATED.get(type(operand.ops[0]))
            if opposite is not None:
                return ast.Compare(operand.left, [opposite()], operand.comparators)
        if kind is ast.USub and derived:
            return negative(operand)
        return ast.UnaryOp(kind(), operand)

    def general(self, apply: Apply) -> ast.expr:
        args = [self.operand(a) for a in apply.args]
        kwargs = {k: self.operand(v) for k, v in apply.kwargs}
        primitive = apply.primitive
        method = primitive.name.split(".")[-1]
        if apply.spelling == "attribute":
            return attribute(args[0], method)
        if primitive.name == "call":
            return call(args[0], *args[1:], **kwargs)
        if apply.spelling == "method" or primitive.name.startswith("ndarray."):
            made = call(attribute(args[0], method), *args[1:], **kwargs)
        else:
            made = call(self.function(primitive), *args, **kwargs)
        if primitive.results == ("*",) and len(apply.results) == 1:
            return ast.Subscript(made, ast.Constant(0), ast.Load())  # the only one of a list or tuple
        return made

    def function(self, primitive: Primitive) -> ast.expr:
        function = primitive.function
        if getattr(function, "__module__", None) in HELPERS:
            return self.helper(function)
        return self.names.function(SHORTER.get(primitive.name, primitive.name), function)

    # ---- the transforms' own primitives -----------------------------------------------------------------------------

    def spell_text(self, apply: Apply) -> ast.expr:
        """An f-string; a format that is itself one has its parts in it."""
        values: list[ast.expr] = []
        for part in apply.args:
            if isinstance(part, Const) and isinstance(part.value, str):
                values.append(ast.Constant(part.value))
                continue
            items = part.items if isinstance(part, Display) else [Const(v) for v in part.value]  # type: ignore[union-attr]
            value, conversion, spec = items
            assert isinstance(conversion, Const)
            format_spec = None
            if not (isinstance(spec, Const) and spec.value == ""):
                made = self.operand(spec)
                format_spec = made if isinstance(made, ast.JoinedStr) else ast.JoinedStr(
                    [made if isinstance(made, ast.Constant) else ast.FormattedValue(made, -1, None)])
            values.append(ast.FormattedValue(self.operand(value), ord(conversion.value or "\0") or -1, format_spec))
        return ast.JoinedStr(values)

    def spell_getitem(self, apply: Apply) -> ast.expr:
        return ast.Subscript(self.operand(apply.args[0]), self.operand(apply.args[1]), ast.Load())

    def spell_flat(self, apply: Apply) -> ast.expr:
        return ast.Subscript(attribute(self.operand(apply.args[0]), "flat"), self.operand(apply.args[1]), ast.Load())

    def spell_zeros(self, apply: Apply) -> ast.expr:
        return call(self.np("zeros"), *map(self.operand, apply.args))

    def spell_shape(self, apply: Apply) -> ast.expr:
        x = self.operand(apply.args[0])
        if fact_of_operand(apply.args[0]).kind == "array":
            return attribute(x, "shape")
        return call(self.np("shape"), x)

    def spell_dtype(self, apply: Apply) -> ast.expr:
        fact = fact_of_operand(apply.args[0])
        if fact.kind == "array":
            return attribute(self.operand(apply.args[0]), "dtype")
        if fact.kind == "py" and fact.dtype is not None:
            return literal(fact.dtype, self.names)
        return call(self.helper(runtime.dtype), self.operand(apply.args[0]))

    def spell_eye(self, apply: Apply) -> ast.expr:
        count, dtype = apply.args
        if isinstance(dtype, Const) and dtype.value == np.dtype(float):
            return call(self.np("eye"), self.operand(count))
        return call(self.np("eye"), self.operand(count), dtype=self.operand(dtype))

    def spell_prefixed(self, apply: Apply) -> ast.expr:
        size, tail = apply.args
        if isinstance(tail, Const):
            return ast.Tuple([self.operand(size), *(literal(n, self.names) for n in tail.value)], ast.Load())
        return ast.Tuple([self.operand(size), ast.Starred(self.operand(tail), ast.Load())], ast.Load())

    def spell_listed(self, apply: Apply) -> ast.expr:
        return ast.List(list(map(self.operand, apply.args)), ast.Load())

    def spell_keyed(self, apply: Apply) -> ast.expr:
        elements = list(map(self.operand, apply.args))
        return ast.Set(elements) if elements else call(self.names.function("set", set))

    def spell_elements(self, apply: Apply) -> ast.expr:
        return call(self.names.function("list", list), self.operand(apply.args[0]))

    def spell_sorted_elements(self, apply: Apply) -> ast.expr:
        options = {k: self.operand(v) for k, v in apply.kwargs}
        return call(self.names.function("sorted", sorted), self.operand(apply.args[0]), **options)

    def spell_count(self, apply: Apply) -> ast.expr:
        return self.spell_len(apply)

    def spell_hashed(self, apply: Apply) -> ast.expr:
        return self.operand(apply.args[0])

    def spell_places(self, apply: Apply) -> ast.expr:
        return ast.Dict(list(map(self.operand, apply.args)), [ast.Constant(k) for k in range(len(apply.args))])

    def spell_place(self, apply: Apply) -> ast.expr:
        return self.spell_getitem(apply)

    def spell_copy(self, apply: Apply) -> ast.expr:
        x = self.operand(apply.args[0])
        return self.copied(x, ANY if apply.spelling == "function" else fact_of_operand(apply.args[0]))

    def copied(self, x: ast.expr, fact: Fact) -> ast.expr:
        """A copy of what may be an array, or a list of arrays."""
        if fact.kind == "array" and fact.is_scalar:
            return call(self.np("array"), x)  # the copy of a NumPy scalar is no array
        return call(attribute(x, "copy")) if fact.kind == "array" else call(self.helper(runtime.copy), x)

    def spell_broadcast(self, apply: Apply) -> ast.expr:
        x, shape = map(self.operand, apply.args)
        if fact_of_operand(apply.args[0]).is_scalar:
            return call(self.np("full"), shape, x)  # a new array, which may be written into
        return call(self.np("broadcast_to"), x, shape)

    def spell_cast(self, apply: Apply) -> ast.expr:
        x, dtype = apply.args
        if fact_of_operand(x).kind == "array":
            return call(attribute(self.operand(x), "astype"), self.operand(dtype))
        return call(self.helper(runtime.cast), self.operand(x), self.operand(dtype))

    def spell_gathered(self, apply: Apply) -> ast.expr:
        x, places = apply.args
        if (isinstance(places, Const) and isinstance(places.value, slice)) or isinstance(places, Display):
            return ast.Subscript(self.operand(x), self.operand(places), ast.Load())
        return self.general(apply)

    def spell_packed(self, apply: Apply) -> ast.expr:
        return ast.Tuple([self.operand(a) for a in apply.args], ast.Load())

    def spell_unpacked(self, apply: Apply) -> ast.expr:
        return self.operand(apply.args[0])

    def spell_len(self, apply: Apply) -> ast.expr:
        return call(name("len"), self.operand(apply.args[0]))

    spell_range_length = spell_len

    def spell_getattr(self, apply: Apply) -> ast.expr:
        label = apply.args[1]
        assert isinstance(label, Const)
        return attribute(self.operand(apply.args[0]), label.value)


def negative(node: ast.expr) -> ast.expr:
    """The negative of an expression, its sign as far left as it goes: ``-a * b``."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        return ast.BinOp(negative(node.left), node.op, node.right)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    return ast.UnaryOp(ast.USub(), node)


SPECIAL = frozenset(
    primitive.name for primitive in (
        core.INDEX, core.ZEROS, core.SHAPE, core.DTYPE, core.EYE, core.PREFIXED, core.BROADCAST, core.CAST, core.PACKED,
        core.UNPACKED, core.LENGTH, core.TRIPS, core.ATTRIBUTE, core.COPY, core.LISTED, core.GATHERED, core.TEXT, core.KEYED,
        core.PLACES, core.PLACE, core.HASHED, core.ELEMENTS, core.SORTED, core.COUNT, core.FLAT,
    )
)


def _is(function: Any, table: dict[Any, Any]) -> bool:
    try:
        return function in table
    except TypeError:
        return False


def constant(operand: Const, names: Namespace) -> ast.expr:
    """A constant as the user wrote it, if that was by name."""
    if operand.text:
        return names.function(operand.text, operand.value)
    return literal(operand.value, names)
