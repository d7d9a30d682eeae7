"""Lists that change: their adjoints are lists that change back.

The tangent or adjoint of a list is the list of those of its elements; in a batch each element has its rows.  Whatever
only moves elements, or selects some, gathers them by their places, and its adjoint adds to these places:

    y = gathered(x, places)      ->      x_bar = scattered(x_bar, places, y_bar)
"""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from functools import reduce

from srcad import runtime_lists
from srcad.ir import core
from srcad.ir.facts import PY_INT, Fact, join, list_fact, one_of_many
from srcad.rules.notation import bar, fact, linear, nondiff, zeros_for
from srcad.rules.registry import register
from srcad.rules.roles import in_rows, with_rows
from srcad.rules.trace import primitive_call

# ---- facts and rows --------------------------------------------------------------------------------------------------


def element_fact(x) -> Fact | None:
    """What is known of the elements of a list; nothing of those of an empty one."""
    return fact(x).element


def joined(x, *items) -> Fact:
    """The fact of a list with other elements among its own."""
    return list_fact(reduce(join, (one_of_many(fact(i)) for i in items), element_fact(x)))


def merged(x, v) -> Fact:
    """The fact of a list with the elements of another."""
    old, new = element_fact(x), element_fact(v)
    return list_fact(None if old is None and new is None else join(old, new))


def elements_in_rows(*names: str):
    """The role of a change of a list: the lists and what is put into them have rows, places must not."""

    def role(call):
        if not call.mapped <= set(names):
            return NotImplemented
        return call.again(**{n: with_rows(call, n) for n in names})

    return role


def _listed(*items):
    facts = [one_of_many(fact(i)) for i in items]
    return list_fact(reduce(join, facts) if facts else None)


def _listed_rows(call):
    pairs = zip(call["items"], call.apply.args, strict=True)
    items = tuple(item if call.counterpart(operand) is not None else in_rows(call, item) for item, operand in pairs)
    return primitive_call(call.build, core.LISTED, items, {})


def changed(primitive, y, *args):
    """The adjoint of a list after a change."""
    return primitive_call(bar[y].build, primitive, (bar[y], *args), {})


def zeros_like(y, x):
    """Zeros for elements that have no derivative."""
    return zeros_for(x, bar[y].build)


def length(x):
    return primitive_call(x.build, core.LENGTH, (x,), {})


def place(function):
    """A helper that says where an element is."""
    primitive = register(function)
    nondiff(primitive, fact=lambda *_: PY_INT)
    return lambda k, size: primitive_call(size.build, primitive, (k, size), {})


first_place, from_start, gap = map(place, (runtime_lists.first_place, runtime_lists.from_start, runtime_lists.gap))

# ---- one element -----------------------------------------------------------------------------------------------------


@linear(core.LISTED, "items", fact=_listed, batch=_listed_rows)
def _(y, *items):
    for k, item in enumerate(items):
        bar[item] = bar[y][k]


@linear(core.APPENDED, "x", "v", fact=joined, batch=elements_in_rows("x", "v"))
def _(y, x, v):
    bar[x] = changed(core.SHORTENED, y)
    bar[v] = bar[y][-1]


@linear(core.SHORTENED, "x", fact=fact, batch=elements_in_rows("x"))
def _(y, x):
    bar[x] = changed(core.APPENDED, y, zeros_like(y, x[-1]))


@linear(core.REPLACED, "x", "v", fact=lambda x, k, v: joined(x, v), batch=elements_in_rows("x", "v"))
def _(y, x, k, v):
    bar[x] = changed(core.REPLACED, y, k, zeros_like(y, x[k]))
    bar[v] = bar[y][k]


@linear(core.INSERTED, "x", "v", fact=lambda x, k, v: joined(x, v), batch=elements_in_rows("x", "v"))
def _(y, x, k, v):
    if not (isinstance(k, int) and k == 0):
        k = gap(k, length(bar[y]) - 1)
    bar[x] = changed(core.REMOVED, y, k)
    bar[v] = bar[y][k]


@linear(core.REMOVED, "x", fact=lambda x, k: fact(x), batch=elements_in_rows("x"))
def _(y, x, k):
    if not (isinstance(k, int) and k >= 0):
        k = from_start(k, length(bar[y]) + 1)
    bar[x] = changed(core.INSERTED, y, k, zeros_like(y, x[k]))


# ---- several elements ------------------------------------------------------------------------------------------------


@linear(core.GATHERED, "x", fact=lambda x, places: list_fact(element_fact(x)), batch=elements_in_rows("x"))
def _(y, x, places):
    (bar[x][places]).accumulate(bar[y], repeats=True)


@linear(core.EXTENDED, "x", "v", fact=merged, batch=elements_in_rows("x", "v"))
def _(y, x, v):
    added = slice(length(x), None)
    bar[x] = changed(core.SPLICED, y, added, primitive_call(bar[y].build, core.LISTED, (), {}))
    bar[v] = changed(core.GATHERED, y, added)


@linear(core.SPLICED, "x", "v", fact=lambda x, part, v: merged(x, v), batch=elements_in_rows("x", "v"))
def _(y, x, part, v):
    first = first_place(part, length(x))
    added = slice(first, first + length(v))
    old = primitive_call(bar[y].build, core.GATHERED, (x, part), {})
    bar[x] = changed(core.SPLICED, y, added, zeros_like(y, old))
    bar[v] = changed(core.GATHERED, y, added)


# ---- places ----------------------------------------------------------------------------------------------------------

PLACES = tuple(map(register, (
    runtime_lists.repeated, runtime_lists.rotated, runtime_lists.all_but, runtime_lists.heapified, runtime_lists.sifted,
    runtime_lists.unsifted,
)))
"""Functions to the places of elements."""

nondiff(*PLACES, core.ORDER, fact=lambda *_, **__: list_fact(PY_INT))
