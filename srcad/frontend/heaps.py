"""``heapq``: which element goes where is found at run time, by Python's own functions on the places of the elements.

    heappush(heap, item)      ->      heap.append(item)
                                      order = sifted(heap)
                                      heap = gathered(heap, order)
"""

from __future__ import annotations

import heapq
from typing import Any

from srcad import runtime_lists
from srcad.frontend.calls import Calls, handles
from srcad.frontend.iterating import lower_sorted
from srcad.frontend.lists import Listed, is_listed, listed_like
from srcad.frontend.trees import Instance, Mapping, Records, Sequence, Tree, leaves
from srcad.ir.nodes import Const
from srcad.rules.registry import PRIMITIVES


def as_heap(low: Calls, tree: Tree, node: Any, *items: Tree) -> Listed:
    """A list that is a heap, as one of run-time length that can take the items."""
    tree = low.refreshed(tree)
    if isinstance(tree, Sequence) and tree.type is list:
        like = listed_like([Sequence(list, (*tree.items, *items))])
        if like is not None:
            made = low.as_listed(tree, like)
            low.hold(tree, made, node)
            tree = made
    if not is_listed(tree) or not is_ordered(tree):
        raise low.unsupported(node, "a heap of this is not supported", "push numbers, or tuples of numbers and arrays")
    assert isinstance(tree, Listed)
    return tree


def is_ordered(tree: Tree) -> bool:
    """Whether the elements of a list are compared as tuples of their leaves are."""
    match tree:
        case Records():
            return is_ordered(tree.element)
        case Sequence():
            return all(map(is_ordered, tree.items))
    return not isinstance(tree, Mapping | Instance)


def reorder(low: Calls, heap: Listed, function: Any) -> None:
    """Let the elements be where a change of the heap puts them."""
    order = low.build.one(PRIMITIVES[function], *map(low.current, leaves(heap)))
    low.rearrange(heap, order)


@handles(heapq.heappush)
def lower_heappush(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    heap, item = args
    grown = as_heap(low, heap, node, item)
    low.append(grown, item, node)
    reorder(low, grown, runtime_lists.sifted)
    return Const(None)


@handles(heapq.heappop)
def lower_heappop(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    heap = as_heap(low, args[0], node)
    reorder(low, heap, runtime_lists.unsifted)
    return low.change_listed(heap, "pop", [], {}, node)


@handles(heapq.heapify)
def lower_heapify(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    reorder(low, as_heap(low, args[0], node), runtime_lists.heapified)
    return Const(None)


def first_sorted(reverse: bool) -> Any:
    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        count, items, *key = args
        named = {"reverse": Const(reverse), **dict(zip(["key"], key, strict=False)), **kwargs}
        return low.subscript(lower_sorted(low, [items], named, node), low.call(Const(slice), [count], {}, node), node)

    return lower


handles(heapq.nsmallest)(first_sorted(False))
handles(heapq.nlargest)(first_sorted(True))

