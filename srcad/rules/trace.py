"""Running rule templates: a template is called once with symbols for its arguments, and what it computes is IR.

A ``Symbol`` stands for an operand.  Arithmetic on it, NumPy functions called with it (through ``__array_ufunc__``
and ``__array_function__``) and registered helpers build instructions instead of computing.  Static arguments (an
axis, a subscript string) reach the template as the Python values that they are, so it may branch on them and on
ranks with plain Python.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from srcad.ir import core
from srcad.ir.build import Builder, fact_of_operand
from srcad.ir.facts import Fact
from srcad.ir.nodes import ZERO, Apply, Const, Display, Operand, Value
from srcad.ir.primitive import Primitive
from srcad.rules.registry import ATTRIBUTES, METHODS, primitive_of, variant_of


class Unruled(Exception):
    """A template called a function that has no rule."""


def primitive_call(build: Builder, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply the primitive of a callable to unwrapped arguments; the result or results, unwrapped."""
    primitive = function if isinstance(function, Primitive) else primitive_of(SAME_AS_OPERATOR.get(function, function))
    if primitive is None:
        raise Unruled(f"a rule calls {getattr(function, '__name__', function)}, which has no rule itself")
    operands = tuple(map(wrap, args))
    named = tuple((k, wrap(v)) for k, v in kwargs.items())
    if any(o is ZERO for o in operands) and primitive.rule is not None and vanishes(primitive, operands):
        return Symbol(ZERO, build)
    return applied(build, primitive, operands, named)


def applied(
    build: Builder, primitive: Primitive, args: tuple[Operand, ...], kwargs: tuple[tuple[str, Operand], ...] = (),
    spelling: str = "",
) -> Any:
    """The unwrapped result of a primitive, or its results in a tuple."""
    primitive = variant_of(primitive, args, kwargs)
    count = len(primitive.results) or 1
    if primitive.results == ("*",):
        count = primitive.rule.parts(Apply((), primitive, args, kwargs))  # type: ignore[union-attr]
    results = build.apply(primitive, *args, kwargs=kwargs, spelling=spelling, count=count)
    unwrapped = tuple(unwrap(r, build) for r in results)
    return unwrapped if primitive.results else unwrapped[0]


def vanishes(primitive: Primitive, operands: tuple[Operand, ...]) -> bool:
    """Whether a zero among the operands makes the result of a (multi)linear primitive zero."""
    factors = getattr(primitive.rule, "factors", ())
    return any(o is ZERO and k in factors for k, o in enumerate(operands))


def wrap(x: Any) -> Operand:
    """The operand that a template's value stands for."""
    if isinstance(x, Symbol):
        return x.operand
    if isinstance(x, tuple | list) and contains_symbol(x):
        return Display("tuple" if isinstance(x, tuple) else "list", tuple(map(wrap, x)))
    if isinstance(x, slice) and contains_symbol((x.start, x.stop, x.step)):
        return Display("slice", (wrap(x.start), wrap(x.stop), wrap(x.step)))
    if isinstance(x, np.generic) or (isinstance(x, np.ndarray) and x.ndim == 0):
        return Const(x.item())  # what a template computed from literals is a literal
    return Const(x)


def contains_symbol(x: Any) -> bool:
    if isinstance(x, tuple | list):
        return any(map(contains_symbol, x))
    if isinstance(x, slice):
        return contains_symbol((x.start, x.stop, x.step))
    return isinstance(x, Symbol)


def unwrap(operand: Operand, build: Builder) -> Any:
    """What a template sees of an operand: static values as themselves, displays as containers."""
    if isinstance(operand, Const):
        return operand.value
    if isinstance(operand, Display):
        items = [unwrap(item, build) for item in operand.items]
        return slice(*items) if operand.kind == "slice" else tuple(items) if operand.kind == "tuple" else items
    return Symbol(operand, build)


def _operation(primitive: Primitive) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def forward(self: Symbol, other: Any) -> Any:
        return primitive_call(self.build, primitive, (self, other), {})

    def reflected(self: Symbol, other: Any) -> Any:
        return primitive_call(self.build, primitive, (other, self), {})

    return forward, reflected


class Symbol:
    """An operand inside a template."""

    __slots__ = ("build", "operand")
    __hash__ = object.__hash__
    __iter__ = None  # its length is not known; without this, indexing would make an endless iterator of it

    def __init__(self, operand: Operand, build: Builder) -> None:
        self.operand = operand
        self.build = build

    def __repr__(self) -> str:
        return f"Symbol({self.operand!r})"

    @property
    def fact(self) -> Fact:
        return fact_of_operand(self.operand)

    @property
    def is_zero(self) -> bool:
        return self.operand is ZERO

    def __bool__(self) -> bool:
        raise TypeError("a rule branches on a value that is not known while transforming")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__":
            return NotImplemented
        return primitive_call(self.build, ufunc, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return primitive_call(self.build, function, tuple(args), kwargs)

    def __getitem__(self, index: Any) -> Any:
        return primitive_call(self.build, core.INDEX, (self, index), {})

    def __getattr__(self, name: str) -> Any:
        """``x.T`` and ``x.reshape(...)``: the attributes and methods of arrays that have rules."""
        if self.fact.kind == "object" and not name.startswith("__"):
            return primitive_call(self.build, core.ATTRIBUTE, (self, name), {})
        if name in ATTRIBUTES:
            return self._spelled(ATTRIBUTES[name], (self,), {}, "attribute")
        if name in METHODS:
            return lambda *args, **kwargs: self._spelled(METHODS[name], (self, *args), kwargs, "method")
        raise AttributeError(name)

    def _spelled(self, primitive: Primitive, args: tuple[Any, ...], kwargs: dict[str, Any], spelling: str) -> Any:
        if self.is_zero:
            return self
        named = tuple((k, wrap(v)) for k, v in kwargs.items())
        return applied(self.build, primitive, tuple(map(wrap, args)), named, spelling)

    def __neg__(self) -> Any:
        return primitive_call(self.build, core.NEG, (self,), {})

    __add__, __radd__ = _operation(core.ADD)
    __sub__, __rsub__ = _operation(core.SUB)
    __mul__, __rmul__ = _operation(core.MUL)
    __truediv__, __rtruediv__ = _operation(core.DIV)
    __pow__, __rpow__ = _operation(core.POW)


def _registered(function: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def forward(self: Symbol, other: Any) -> Any:
        return primitive_call(self.build, function, (self, other), {})

    def reflected(self: Symbol, other: Any) -> Any:
        return primitive_call(self.build, function, (other, self), {})

    return forward, reflected


for _name in ("matmul", "mod", "floordiv", "and", "or", "xor"):
    _function = getattr(operator, {"and": "and_", "or": "or_"}.get(_name, _name))
    _forward, _reflected = _registered(_function)
    setattr(Symbol, f"__{_name}__", _forward)
    setattr(Symbol, f"__r{_name}__", _reflected)
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Symbol, f"__{_name}__", _registered(getattr(operator, _name))[0])
setattr(Symbol, "__invert__", lambda self: primitive_call(self.build, operator.invert, (self,), {}))  # noqa: B010

SAME_AS_OPERATOR: dict[Any, Any] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.power: operator.pow,
    np.negative: operator.neg,
    np.matmul: operator.matmul,
}
"""What NumPy scalars on the left of an operator call, and which operator that was."""


def fact(x: Any) -> Fact:
    """What is known of a template's value."""
    return fact_of_operand(wrap(x))


def rank(x: Any) -> int | None:
    """The number of axes, None if it is not known."""
    return fact(x).ndim


def builder_of(*xs: Any) -> Builder:
    """The builder behind the first symbol among template values."""
    for x in xs:
        if isinstance(x, Symbol):
            return x.build
        if isinstance(x, tuple | list) and contains_symbol(x):
            return builder_of(*x)
    raise TypeError("no symbol among the arguments")


def symbolic(primitive: Primitive) -> Callable[..., Any]:
    """A helper of the run-time module, callable in templates."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return primitive_call(builder_of(*args), primitive, args, kwargs)

    call.__name__ = primitive.name
    call.__doc__ = primitive.function.__doc__
    return call


def is_value(x: Any) -> bool:
    return isinstance(x, Symbol) and isinstance(x.operand, Value)
