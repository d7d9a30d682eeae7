"""Sets, and the places of the keys of dicts: live ones at run time, whose elements have no derivatives.

In a batch each row has a set of its own, where they differ; so rows are run one by one.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import operator
from functools import reduce

from srcad.ir import core
from srcad.ir.facts import OBJECT, PY_BOOL, PY_INT, Fact, fact_of, join, keys_fact, list_fact
from srcad.ir.primitive import Primitive
from srcad.rules.notation import fact, nondiff
from srcad.rules.trace import Symbol

GROWING = ("add", "__setitem__")
JOINING = ("update", "symmetric_difference_update", "union", "symmetric_difference")
"""Methods after which there may be elements of the argument."""


def key_fact(x) -> Fact:
    """What is known of an element or a key; of a tuple whose items are of one kind, also of these."""
    if isinstance(x, Symbol):
        return fact(x) if fact(x).kind in ("py", "object") else OBJECT if fact(x).kind == "keys" else fact(x)
    if isinstance(x, tuple):
        items = {key_fact(item) for item in x}
        return Fact("object", element=items.pop() if len(items) == 1 else None)
    return fact_of(x)


def element_of(x) -> Fact | None:
    """What is known of the elements of something that is iterated over; None if it has none."""
    if isinstance(x, Symbol):
        known = fact(x)
        return known.element if known.kind in ("keys", "list") else PY_INT if known.kind == "shape" else OBJECT
    facts = [key_fact(item) for item in x]
    return reduce(join, facts) if facts else None


def joined(*facts: Fact | None) -> Fact:
    known = [f for f in facts if f is not None]
    return keys_fact(reduce(join, known) if known else None)


def _changed(x, method, *args):
    old = fact(x).element
    if method in GROWING:
        return joined(old, key_fact(args[0]))
    return joined(old, *map(element_of, args)) if method in JOINING else fact(x)


nondiff(core.KEYED, core.PLACES, fact=lambda *keys: joined(*map(key_fact, keys)))
nondiff(core.PLACE, fact=lambda *_: PY_INT)
nondiff(core.CHANGED, fact=_changed)
nondiff(core.TAKEN, fact=lambda x: (fact(x), fact(x).element or OBJECT), results=("rest", "element"))
nondiff(core.ELEMENTS, core.SORTED, fact=lambda x, *_, **__: list_fact(fact(x).element))
nondiff(core.COUNT, fact=lambda *_: PY_INT)


def of_sets(symbol: str, function, infer) -> Primitive:
    """An operator on sets."""
    primitive = Primitive(f"set.{function.__name__}", function, symbol=symbol)
    nondiff(primitive, fact=infer)
    return primitive


OPERATORS = {
    operator.or_: of_sets("|", operator.or_, lambda a, b: joined(element_of(a), element_of(b))),
    operator.xor: of_sets("^", operator.xor, lambda a, b: joined(element_of(a), element_of(b))),
    operator.and_: of_sets("&", operator.and_, lambda a, b: joined(element_of(a))),
    operator.sub: of_sets("-", operator.sub, lambda a, b: joined(element_of(a))),
} | {
    function: of_sets(symbol, function, lambda a, b: PY_BOOL)
    for function, symbol in ((operator.eq, "=="), (operator.ne, "!="), (operator.lt, "<"), (operator.le, "<="),
                             (operator.gt, ">"), (operator.ge, ">="))
}
"""Primitives of operators, where the operands are sets."""


def method(name: str, infer) -> Primitive:
    primitive = Primitive(f"set.{name}", getattr(set, name))
    nondiff(primitive, fact=infer)
    return primitive


METHODS = {
    name: method(name, lambda x, *others, name=name: joined(element_of(x), *(map(element_of, others) if name in JOINING else ())))
    for name in ("union", "intersection", "difference", "symmetric_difference", "copy")
} | {name: method(name, lambda *_: PY_BOOL) for name in ("issubset", "issuperset", "isdisjoint")}
"""Primitives of the methods that change nothing."""
