"""What iterates over something, or makes an iterator: builtins, ``itertools``, ``functools.reduce``.

Where the elements are known one by one they are only moved; otherwise ``frontend.definitions`` says what is done.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from srcad.frontend import definitions
from srcad.frontend.calls import Calls, handles
from srcad.frontend.expressions import type_of
from srcad.frontend.generating import is_driven, is_plain
from srcad.frontend.lists import is_listed
from srcad.frontend.saying import check_iterable, check_reversible
from srcad.frontend.scope import as_python_does, theirs
from srcad.frontend.sets import is_live_set, keys_of
from srcad.frontend.trees import Iteration, Sequence, Tree
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.nodes import Const, Value

NOTHING = Const(definitions.NOTHING)


def known(low: Calls, tree: Tree) -> tuple[Tree, ...] | None:
    """The elements of what can be run over again, if they are known one by one."""
    return None if isinstance(tree, Iteration) and tree.token is not None else low.static_elements(tree)


def is_iterator(tree: Tree) -> bool:
    return isinstance(tree, Iteration) and tree.token is not None


def sequence_of(elements: Any) -> Sequence:
    return Sequence(tuple, tuple(elements))


def given(tree: Tree | None) -> Tree:
    return NOTHING if tree is None else tree


# ---- iterators -----------------------------------------------------------------------------------------------------


@handles(zip)
def lower_zip(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    if "strict" in kwargs and low.static(kwargs["strict"], node):
        check_lengths(low, args, node)
    shared = [a.token for a in args if isinstance(a, Iteration) and a.token is not None]
    if len(set(shared)) < len(shared):
        return in_turns(low, args, node)
    driven = [k for k, tree in enumerate(args) if is_driven(tree) or is_running(tree)]
    if not driven:
        return low.iterator("zip", *args)
    place = driven[-1]
    others = [low.listed(a, node) if is_iterator(a) and not low.endless(a) and not is_driven(a) else a for a in args]
    for k in driven[:-1]:
        others[k] = Sequence(list, low.known_one_by_one(low.started(args[k]), node))
    before, after = others[:place], others[place + 1 :]
    if any(low.endless(t) for t in (*before, *after)):
        raise low.unsupported(node, "zip of a generator and an endless iterator is not supported", "use enumerate")
    return low.own(definitions.zip_around, [sequence_of(before), args[place], sequence_of(after)], node)


def is_running(tree: Tree) -> bool:
    """Whether an endless iterator is one that has no index: its numbers are sums."""
    return isinstance(tree, Iteration) and tree.kind == "count" and not all(
        fact_of_operand(p).dtype is not None and fact_of_operand(p).dtype.kind in "iu" for p in tree.parts  # type: ignore[arg-type, union-attr]
    )


def in_turns(low: Calls, args: list[Tree], node: Any) -> Tree:
    """``zip`` of an iterator with itself: each tuple takes the next elements."""
    iterators = {a.token: a for a in args if isinstance(a, Iteration) and a.token is not None}
    ahead = {token: iter(low.known_one_by_one(low.started(a), node)) for token, a in iterators.items()}
    rows = zip(*(ahead[a.token] if is_iterator(a) else low.elements(a, node) for a in args), strict=False)  # type: ignore[index, union-attr]
    return low.iterator("iter", sequence_of(map(sequence_of, rows)))


def check_lengths(low: Calls, args: list[Tree], node: Any) -> None:
    """Raise as ``zip(..., strict=True)`` does, before anything is done with the elements."""
    first: Any = None
    for k, tree in enumerate(args):
        elements = None if is_driven(tree) else low.static_elements(tree)
        shape = tree.fact.shape if isinstance(tree, Value) else None
        length = len(elements) if elements is not None else shape[0] if shape else None
        if length is None or (k and length != first and not (type(length) is type(first) is int)):
            raise low.unsupported(node, "zip(..., strict=True) over something of unknown length is not supported",
                                  "leave strict out, and compare the lengths")
        if k and length != first:
            others = "argument 1" if k == 1 else f"arguments 1-{k}"
            how = "shorter" if length < first else "longer"
            raise theirs(ValueError(f"zip() argument {k + 1} is {how} than {others}"))
        first = length


@handles(enumerate)
def lower_enumerate(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    start = args[1] if len(args) > 1 else kwargs.get("start", Const(0))
    iterable = args[0] if args else kwargs["iterable"]
    if is_driven(iterable) or not (isinstance(start, Const) or low.static_elements(iterable) is None):
        return low.own(definitions.enumerate_, [iterable, start], node)
    return low.iterator("enumerate", iterable, start)


@handles(reversed)
def lower_reversed(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    if is_iterator(args[0]):
        assert isinstance(args[0], Iteration)
        raise theirs(TypeError(f"{args[0].kind!r} object is not reversible"))
    if is_listed(args[0]):
        turned = low.part_of_list(args[0], Const(slice(None, None, -1)), node)
        low.note_turned(turned, args[0])
        return low.iterator("iter", turned)
    check_reversible(type_of(args[0]))
    return low.iterator("reversed", args[0])


@handles(iter)
def lower_iter(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    if len(args) > 1:
        raise low.unsupported(node, "iter(...) of a function is not supported", "use a while loop")
    check_iterable(type_of(args[0]))
    return args[0] if is_iterator(args[0]) else low.iterator("iter", args[0])


@handles(next)
def lower_next(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    return low.after_next(args[0], args[1] if len(args) > 1 else None, node)


def by_definition(function: Callable[..., Any]) -> Any:
    """A handler for what a definition of our own does, all arguments given by position."""

    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        return low.own(function, [*args, *kwargs.values()], node)

    return lower


@handles(map)
def lower_map(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    return low.own(definitions.map_one if len(args) == 2 else definitions.map_, args, node)


@handles(filter)
def lower_filter(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    if isinstance(args[0], Const) and args[0].value in (None, bool):
        return low.own(definitions.filter_true, args[1:], node)
    return low.own(definitions.filter_, args, node)


handles(itertools.starmap)(by_definition(definitions.starmap))
handles(itertools.filterfalse)(by_definition(definitions.filterfalse))
handles(itertools.compress)(by_definition(definitions.compress))
handles(itertools.takewhile)(by_definition(definitions.takewhile))
handles(itertools.dropwhile)(by_definition(definitions.dropwhile))
handles(itertools.chain)(by_definition(definitions.chain))
handles(itertools.chain.from_iterable)(by_definition(definitions.chain_of))


@handles(itertools.accumulate)
def lower_accumulate(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    function = args[1] if len(args) > 1 else kwargs.get("func", Const(None))
    if isinstance(function, Const) and function.value is None:
        function = Const(operator.add)
    initial = kwargs.get("initial", Const(None))
    if isinstance(initial, Const) and initial.value is None:
        return low.own(definitions.accumulate, [args[0], function], node)
    return low.own(definitions.accumulate_from, [args[0], function, initial], node)


@handles(itertools.count)
def lower_count(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    start = args[0] if args else kwargs.get("start", Const(0))
    return low.iterator("count", start, args[1] if len(args) > 1 else kwargs.get("step", Const(1)))


@handles(itertools.cycle)
def lower_cycle(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    items = args[0]
    if is_iterator(items):
        items = Sequence(list, low.known_one_by_one(low.started(items), node))
    if low.static_elements(items) == ():
        return low.iterator("iter", sequence_of(()))
    return low.iterator("cycle", items)


@handles(itertools.repeat)
def lower_repeat(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    times = args[1] if len(args) > 1 else kwargs.get("times")
    if times is None:
        return low.iterator("repeat", args[0])
    return low.own(definitions.repeat_times, [args[0], times], node)


@handles(itertools.islice)
def lower_islice(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    tree, *bounds = args
    stop = bounds[0] if len(bounds) == 1 else bounds[1]
    start = bounds[0] if len(bounds) > 1 else Const(None)
    step = bounds[2] if len(bounds) > 2 else Const(None)
    found = known(low, tree)
    places = (start, stop, step)
    if found is not None and all(isinstance(p, Const) for p in places):
        with as_python_does():
            return low.iterator("iter", sequence_of(itertools.islice(found, *(p.value for p in places))))  # type: ignore[union-attr]
    if isinstance(tree, Value) and tree.fact.kind == "array":
        index = low.call(Const(slice), list(places), {}, node)
        return low.iterator("iter", low.primitive(core.INDEX, [tree, index], node=node))

    def number(place: Tree, default: int) -> Tree:
        return Const(default) if isinstance(place, Const) and place.value is None else place

    return low.own(definitions.islice, [tree, number(start, 0), stop, number(step, 1)], node)


@handles(itertools.pairwise)
def lower_pairwise(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    tree = args[0]
    if isinstance(tree, Value) and tree.fact.kind == "array":
        parts = [low.primitive(core.INDEX, [tree, Const(part)], node=node) for part in (slice(None, -1), slice(1, None))]
        return low.iterator("zip", *parts)
    return low.own(definitions.pairwise, args, node)


def combining(function: Any) -> Any:
    """A handler for what only moves elements that must be known one by one."""

    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        counted = function in COUNTED
        pools = [list(low.known_one_by_one(low.started(a), node)) for a in (args[:1] if counted else args)]
        rest = [low.static(a, node) for a in args[1:]] if counted else []
        named: dict[str, Any] = {k: v if k == "fillvalue" else low.static(v, node) for k, v in kwargs.items()}
        if function is itertools.zip_longest:
            named.setdefault("fillvalue", Const(None))
        with as_python_does():
            rows = [sequence_of(row) for row in function(*pools, *rest, **named)]
        return low.iterator("iter", sequence_of(rows))

    return lower


COUNTED = (itertools.combinations, itertools.permutations, itertools.combinations_with_replacement,
           getattr(itertools, "batched", None))
for _function in (*COUNTED, itertools.zip_longest):
    if _function is not None:
        handles(_function)(combining(_function))


@handles(itertools.product)
def lower_product(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    repeat = low.static(kwargs["repeat"], node) if "repeat" in kwargs else 1
    pools = [Sequence(list, low.known_one_by_one(low.started(a), node)) if is_iterator(a) else a for a in args] * repeat
    return low.own(definitions.product, pools, node) if pools else low.iterator("iter", sequence_of([sequence_of(())]))


@handles(itertools.combinations)
def lower_combinations(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    two = args[1] if len(args) > 1 else kwargs["r"]
    if isinstance(args[0], Value) and args[0].fact.kind == "array" and low.static(two, node) == 2:
        return low.own(definitions.pairs, args[:1], node)
    tree: Tree = combining(itertools.combinations)(low, [args[0], two], {}, node)
    return tree


@handles(itertools.tee)
def lower_tee(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    times = low.static(args[1], node) if len(args) > 1 else 2
    items = args[0]
    if is_iterator(items):
        items = Sequence(list, low.known_one_by_one(low.started(items), node))
    return Sequence(tuple, tuple(low.iterator("iter", items) for _ in range(times)))


@handles(itertools.groupby)
def lower_groupby(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    raise low.unsupported(node, "itertools.groupby is not supported", "group the elements in a loop")


# ---- containers ----------------------------------------------------------------------------------------------------


def sequence_handler(kind: type) -> Any:
    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        if not args:
            return Sequence(kind, ())
        if kind is list and is_listed(args[0]):
            return low.part_of_list(args[0], Const(slice(None)), node)
        if is_iterator(args[0]):
            made = low.listed(args[0], node)
            if isinstance(made, Sequence):
                return Sequence(kind, made.items)
            if kind is list:
                return made
            raise low.unsupported(node, "a tuple of unknown length is not supported", "make it a list")
        elements = low.static_elements(args[0])
        if elements is None and kind is list:
            return low.listed(args[0], node)
        if elements is None:
            elements = low.elements(args[0], node)
        return Sequence(kind, elements)

    return lower


handles(tuple)(sequence_handler(tuple))
handles(list)(sequence_handler(list))


# ---- totals --------------------------------------------------------------------------------------------------------


def added(low: Calls, node: Any) -> Callable[[Tree, Tree], Tree]:
    def add(total: Tree, element: Tree) -> Tree:
        if isinstance(total, Const) and type(total.value) is int and total.value == 0 and (
            isinstance(element, Value) and element.fact.may_vary
        ):
            return element
        return low.binary(operator.add, total, element, node)

    return add


@handles(sum)
def lower_sum(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    tree, start = args[0], args[1] if len(args) > 1 else kwargs.get("start")
    if isinstance(tree, Iteration) and not (is_plain(tree) and tree.kind != "range"):
        return low.folded(tree, Const(0) if start is None else start, added(low, node), node)
    if is_iterator(tree):
        tree = low.listed(tree, node)
    elements = low.static_elements(tree)
    if elements is not None:
        total: Tree = Const(0) if start is None else start
        for element in elements:
            total = added(low, node)(total, element)
        return total
    if isinstance(tree, Value) and tree.fact.ndim == 1 and start is None:
        return low.primitive(np.sum, [tree], node=node)
    if isinstance(tree, Value) and tree.fact.ndim is not None and tree.fact.ndim > 1 and start is None:
        return low.primitive(np.sum, [tree], {"axis": Const(0)}, node=node)
    return low.primitive(sum, [tree, start] if start is not None else [tree], node=node)


def quantifier(conjunction: bool, function: Any, definition: Any) -> Any:
    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        if is_iterator(args[0]):
            return low.own(definition, args, node)
        elements = low.static_elements(args[0])
        if elements is None:
            return low.primitive(function, args, node=node)
        if not elements:
            return Const(conjunction)
        return low.short_circuit(conjunction, [lambda e=e: as_bool(low, e, node) for e in elements])  # type: ignore[misc]

    return lower


def as_bool(low: Calls, tree: Tree, node: Any) -> Tree:
    """Whether something counts as true."""
    condition = low.truth(tree)
    dtype = fact_of_operand(condition).dtype
    if isinstance(condition, Const):
        return Const(bool(condition.value))
    return condition if dtype is not None and dtype.kind == "b" else low.primitive(bool, [condition], node=node)


handles(any)(quantifier(False, np.any, definitions.any_))
handles(all)(quantifier(True, np.all, definitions.all_))


def extremum(pick: Any, beats: Any) -> Any:
    with_no_elements = ""
    try:
        pick(())
    except ValueError as error:
        with_no_elements = str(error)

    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        tree: Tree = sequence_of(args) if len(args) > 1 else args[0]
        key = kwargs.get("key", Const(None))
        is_keyed = not (isinstance(key, Const) and key.value is None)
        if not is_keyed and is_iterator(tree) and is_plain(tree):
            tree = low.listed(tree, node)
        if not (is_keyed or is_iterator(tree)):
            elements = low.static_elements(tree)
            if elements is not None and len(elements) >= 2 and all(isinstance(e, Value | Const) for e in elements):
                return low.primitive(pick, list(elements), node=node)
            if elements is None and "default" not in kwargs:
                return low.primitive(pick, [tree], node=node)
        default = given(kwargs.get("default"))
        return low.own(definitions.extreme, [tree, key, default, Const(with_no_elements), Const(beats)], node)

    return lower


handles(max)(extremum(max, operator.gt))
handles(min)(extremum(min, operator.lt))


@handles(functools.reduce)
def lower_reduce(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    if len(args) > 2:
        return low.own(definitions.reduce_from, args, node)
    return low.own(definitions.reduce, args, node)


@handles(sorted)
def lower_sorted(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    """The elements in an order that is found at run time, as Python finds it."""
    tree = low.listed(args[0], node) if is_iterator(args[0]) else args[0]
    if isinstance(tree, Iteration) and tree.kind == "items":
        tree = low.listed(tree, node)
    tree = keys_of(tree)
    if is_live_set(tree) and not kwargs.keys() - {"reverse"}:
        options = (("reverse", low.operand(kwargs["reverse"], node)),) if kwargs else ()
        return low.build.apply(core.SORTED, low.as_set(tree), kwargs=options)[0]
    tree = low.elements_list(tree)
    elements = low.static_elements(tree)
    if elements is not None:
        return Sequence(list, low.sorted_elements(elements, [], kwargs, node))
    if is_listed(tree):
        return low.gathered(tree, low.order_of(tree, kwargs, node))
    return low.listed(low.own(definitions.sequence, [tree, low.order_of(tree, kwargs, node)], node), node)


# ---- functions of lists --------------------------------------------------------------------------------------------


def of_lists(function: Any) -> Any:
    """A handler for a function of ``math`` that runs over its arguments."""

    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        made = [low.listed(a, node) if is_iterator(a) else a for a in args]
        made = [low.primitive(np.array, [a], node=node) if isinstance(a, Value) and a.fact.kind == "list" else a for a in made]
        if function is math.prod and isinstance(made[0], Value) and made[0].fact.shape:
            start = made[1] if len(made) > 1 else kwargs.get("start", Const(1))
            return low.own(definitions.reduce_from, [Const(operator.mul), made[0], start], node)
        return low.primitive(function, made, kwargs, node=node)

    return lower


for _function in (math.fsum, math.prod, math.dist, getattr(math, "sumprod", None)):
    if _function is not None:
        handles(_function)(of_lists(_function))


@handles(np.fromiter)
def lower_fromiter(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    named = {"dtype": args[1]} if len(args) > 1 else {k: v for k, v in kwargs.items() if k == "dtype"}
    return low.primitive(np.array, [low.listed(args[0], node)], named, node=node)
