"""Operators by other names: ``operator.setitem``, ``operator.iadd`` and their kin, ``x.__setitem__(k, v)``, ``x.__add__(y)``."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

from srcad.frontend.calls import Calls, handles
from srcad.frontend.expressions import BINARY
from srcad.frontend.flat import Flat
from srcad.frontend.statements import SYMBOLS
from srcad.frontend.trees import Bound, Mapping, Sequence, Tree
from srcad.ir.nodes import Const, Value

AUGMENTING: dict[Any, type] = {getattr(operator, f"i{BINARY[kind].__name__.strip('_')}"): kind for kind in SYMBOLS}
"""``operator.iadd`` and its kin by the nodes of their statements."""

UNARY = (operator.neg, operator.pos, operator.invert, operator.abs)
COMPARING = (operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge)


def by_name(functions: Iterable[Any], prefix: str = "") -> dict[str, Any]:
    return {f"__{prefix}{function.__name__.strip('_')}__": function for function in functions}


SPECIALS = by_name(
    [operator.getitem, operator.setitem, operator.contains, *COMPARING, *UNARY, *BINARY.values(), *AUGMENTING]
)
"""What the special methods of arrays, lists and dicts do."""

REFLECTED = by_name(BINARY.values(), "r")


class Operators(Flat):
    """The part of lowering that knows operators called as methods."""

    def call_method(self, bound: Bound, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        receiver, name = bound.receiver, bound.name
        plain = isinstance(receiver, Sequence | Mapping) or (
            isinstance(receiver, Value) and receiver not in self.examples and self.is_array(receiver)
        )
        if bound.function is None and plain and not kwargs:
            if name in SPECIALS and len(args) == (0 if SPECIALS[name] in UNARY else 2 if name == "__setitem__" else 1):
                return self.call_live(SPECIALS[name], [receiver, *args], {}, node)
            if name in REFLECTED and len(args) == 1:
                return self.call_live(REFLECTED[name], [*args, receiver], {}, node)
        return super().call_method(bound, args, kwargs, node)


@handles(operator.setitem)
def lower_setitem(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    low.write_item(args[0], args[1], args[2], node)
    return Const(None)


def augmenting(kind: type) -> Any:
    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        return low.augmented_by(args[0], BINARY[kind], args[1], SYMBOLS[kind], node)

    return lower


for _function, _kind in AUGMENTING.items():
    handles(_function)(augmenting(_kind))
