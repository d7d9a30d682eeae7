"""Lists that grow: their adjoints are lists that shrink.

The tangent or adjoint of a list is the list of those of its elements; in a batch each element has its rows.
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from functools import reduce

from srcad.ir import core
from srcad.ir.facts import Dim, Fact, join, list_fact
from srcad.rules.forms import BatchCall
from srcad.rules.notation import bar, broadcast, fact, linear, shape
from srcad.rules.trace import primitive_call, unwrap


def element_fact(x) -> Fact | None:
    """What is known of the elements of a list; nothing of those of an empty one."""
    return fact(x).element


def any_size(f: Fact) -> Fact:
    """A fact that holds for elements of which each may have sizes of its own."""
    known = None if f.shape is None else tuple(Dim() if isinstance(s, Dim) else s for s in f.shape)
    return Fact(f.kind, f.dtype, known, f.element)


def joined(x, v) -> Fact:
    """The fact of a list with another element."""
    old, new = element_fact(x), any_size(fact(v))
    return list_fact(None if old is None else join(old, new))


def with_rows(call: BatchCall, name: str):
    """An argument whose elements, or which itself, has rows."""
    x = call[name]
    if name in call.mapped:
        return x
    if fact(x).kind == "list":
        return primitive_call(call.build, core.BROADCAST_PARTS, (x, unwrap(call.size, call.build), True), {})
    rows = primitive_call(call.build, core.PREFIXED, (unwrap(call.size, call.build), shape(x)), {})
    return broadcast(x, rows)


def in_rows(*names: str):
    """The role of a change of a list: the list and what is put into it have rows."""
    def role(call):
        if call.mapped.difference(names):
            return NotImplemented  # each row another element
        return call.again(**{n: with_rows(call, n) for n in names})

    return role


def _listed(*items):
    facts = [any_size(fact(i)) for i in items]
    return list_fact(reduce(join, facts) if facts else None)


def _listed_rows(call: BatchCall):
    build, size = call.build, unwrap(call.size, call.build)
    items = []
    for item, operand in zip(call["items"], call.apply.args, strict=True):
        if call.counterpart(operand) is None:
            rows = primitive_call(build, core.PREFIXED, (size, shape(item)), {})
            item = broadcast(item, rows)
        items.append(item)
    return primitive_call(build, core.LISTED, tuple(items), {})


@linear(core.LISTED, "items", fact=_listed, batch=_listed_rows)
def _(y, *items):
    for k, item in enumerate(items):
        bar[item] = bar[y][k]


@linear(core.APPENDED, "x", "v", fact=joined, batch=in_rows("x", "v"))
def _(y, x, v):
    bar[x] = primitive_call(bar[y].build, core.SHORTENED, (bar[y],), {})
    bar[v] = bar[y][-1]


@linear(core.SHORTENED, "x", fact=fact, batch=in_rows("x"))
def _(y, x):
    last = primitive_call(bar[y].build, core.ZEROS_LIKE, (x[-1],), {})
    bar[x] = primitive_call(bar[y].build, core.APPENDED, (bar[y], last), {})


@linear(core.REPLACED, "x", "v", fact=lambda x, k, v: joined(x, v), batch=in_rows("x", "v"))
def _(y, x, k, v):
    nothing = primitive_call(bar[y].build, core.ZEROS_LIKE, (v,), {})
    bar[x] = primitive_call(bar[y].build, core.REPLACED, (bar[y], k, nothing), {})
    bar[v] = bar[y][k]
