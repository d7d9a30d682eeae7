"""What generated code may call to change, gather and order lists; in place it writes ``x.append(v)`` and the like itself."""

from __future__ import annotations

import collections
import heapq
from collections.abc import Callable, Sequence
from typing import Any

from srcad.runtime import refuse

Places = Any  # a slice, or the numbers of elements


def listed(*items: Any) -> list[Any]:
    """A list of its arguments."""
    return list(items)


def gathered(x: Sequence[Any], places: Places) -> list[Any]:
    """The elements at these places."""
    return list(x[places]) if isinstance(places, slice) else [x[k] for k in places]


def appended(x: list[Any], v: Any) -> list[Any]:
    """A copy of the list ``x`` with ``v`` at its end."""
    return [*x, v]


def shortened(x: list[Any]) -> list[Any]:
    """A copy of the list ``x`` without its last element."""
    if len(x) == 0:
        raise IndexError("pop from empty list")
    return x[:-1]


def replaced(x: list[Any], k: int, v: Any) -> list[Any]:
    """A copy of the list ``x`` in which ``v`` is at ``k``."""
    x = list(x)
    x[k] = v
    return x


def inserted(x: list[Any], k: int, v: Any) -> list[Any]:
    """A copy of the list ``x`` with ``v`` inserted at ``k``."""
    x = list(x)
    x.insert(k, v)
    return x


def removed(x: list[Any], k: int) -> list[Any]:
    """A copy of the list ``x`` without the element at ``k``."""
    x = list(x)
    x.pop(k)
    return x


def extended(x: list[Any], v: list[Any]) -> list[Any]:
    """A list of the elements of ``x`` and then those of ``v``."""
    return [*x, *v]


def spliced(x: list[Any], part: slice, v: list[Any]) -> list[Any]:
    """A copy of the list ``x`` in which the elements of ``v`` stand in the place of a part."""
    x = list(x)
    x[part] = v
    return x


# ---- places ----------------------------------------------------------------------------------------------------------


def first_place(part: slice, size: int) -> int:
    """Where a part of a list of that size begins."""
    return part.indices(size)[0]


def from_start(k: int, size: int) -> int:
    """The place of an element, counted from the start."""
    return k + size if k < 0 else k


def gap(k: int, size: int) -> int:
    """Where ``insert(k, v)`` puts an element into a list of that size."""
    return slice(k, None).indices(size)[0]


def repeated(size: int, times: int) -> list[int]:
    """The places of a list that is repeated."""
    return list(range(size)) * times


def rotated(size: int, steps: int) -> list[int]:
    """The places of a deque after it was rotated."""
    places = collections.deque(range(size))
    places.rotate(steps)
    return list(places)


def all_but(part: slice, size: int) -> list[int]:
    """The places of a list without a part."""
    places = list(range(size))
    del places[part]
    return places


# ---- orders ----------------------------------------------------------------------------------------------------------


def order(measures: Any, reverse: bool = False, columns: bool = False) -> list[int]:
    """In which order Python would sort things of these measures; of tuples, if each of ``columns`` has one part of all."""
    if columns:
        measures = list(zip(*measures, strict=True))
    if not hasattr(measures, "__getitem__"):
        refuse(f"sorted(...) of a {type(measures).__name__} is not supported yet\n  remedy: sort a list of its elements")
    return sorted(range(len(measures)), key=measures.__getitem__, reverse=reverse)


class Ranked:
    """The place of an element in a heap, compared as the element is."""

    def __init__(self, place: int, measure: Any) -> None:
        self.place = place
        self.measure = measure

    def __lt__(self, other: Ranked) -> Any:
        return self.measure < other.measure


def heap_order(change: Callable[[list[Any]], None], columns: Any) -> list[int]:
    """The places of a heap's elements after it was changed; ``columns`` has one part of all of them in each list."""
    heap = [Ranked(k, measure) for k, measure in enumerate(zip(*columns, strict=True))]
    change(heap)
    return [one.place for one in heap]


def heapified(*columns: list[Any]) -> list[int]:
    """The places of a list's elements after ``heapq.heapify``."""
    return heap_order(heapq.heapify, columns)


def sifted(*columns: list[Any]) -> list[int]:
    """The places of a heap's elements after the last of them was pushed."""
    return heap_order(lambda heap: heapq.heappush(heap, heap.pop()), columns)


def unsifted(*columns: list[Any]) -> list[int]:
    """The places of a heap's elements after ``heapq.heappop``, the one that is popped being the last."""
    return heap_order(lambda heap: heap.append(heapq.heappop(heap)), columns)
