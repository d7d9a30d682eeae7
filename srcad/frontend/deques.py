"""``collections.deque``: an object with a list, whose methods are written in Python and lowered in place of the original's.

    recent = deque(maxlen=3)               recent.elements = []
    recent.append(x)             ->        recent.elements.append(x)
                                           if len(recent.elements) > 3: recent.elements.pop(0)
"""

from __future__ import annotations

import collections
from typing import Any

from srcad.frontend.calls import Calls, handles
from srcad.frontend.classes import LOWERED, STANDS_FOR
from srcad.frontend.trees import Tree


class Deque:
    """A deque, as programs see it."""

    def __init__(self, iterable: Any = (), maxlen: Any = None) -> None:
        self.elements: list[Any] = []
        self.maxlen = maxlen
        for element in iterable:
            self.append(element)

    def append(self, element: Any) -> None:
        self.elements.append(element)
        if self.maxlen is not None:
            if len(self.elements) > self.maxlen:
                self.elements.pop(0)

    def appendleft(self, element: Any) -> None:
        self.elements.insert(0, element)
        if self.maxlen is not None:
            if len(self.elements) > self.maxlen:
                self.elements.pop()

    def extend(self, iterable: Any) -> None:
        for element in list(iterable):
            self.append(element)

    def extendleft(self, iterable: Any) -> None:
        for element in list(iterable):
            self.appendleft(element)

    def pop(self) -> Any:
        if len(self.elements) == 0:
            raise IndexError("pop from an empty deque")
        return self.elements.pop()

    def popleft(self) -> Any:
        if len(self.elements) == 0:
            raise IndexError("pop from an empty deque")
        return self.elements.pop(0)

    def rotate(self, n: Any = 1) -> None:
        if len(self.elements) > 0:
            cut = -n % len(self.elements)
            self.elements = self.elements[cut:] + self.elements[:cut]

    def clear(self) -> None:
        self.elements.clear()

    def reverse(self) -> None:
        self.elements.reverse()

    def copy(self) -> Any:
        return Deque(self.elements, self.maxlen)

    def count(self, value: Any) -> Any:
        return self.elements.count(value)

    def index(self, value: Any) -> Any:
        return self.elements.index(value)

    def insert(self, place: Any, element: Any) -> None:
        self.elements.insert(place, element)

    def remove(self, value: Any) -> None:
        self.elements.remove(value)

    def __len__(self) -> int:
        return len(self.elements)

    def __iter__(self) -> Any:
        return iter(self.elements)

    def __reversed__(self) -> Any:
        return reversed(self.elements)

    def __contains__(self, value: Any) -> bool:
        return value in self.elements

    def __getitem__(self, place: Any) -> Any:
        return self.elements[place]

    def __setitem__(self, place: Any, element: Any) -> None:
        self.elements[place] = element

    def __delitem__(self, place: Any) -> None:
        del self.elements[place]


def as_deque(attributes: dict[str, Any]) -> Any:
    """What is given out; tangents and adjoints of a deque have no greatest length."""
    maxlen = attributes["maxlen"]
    return collections.deque(attributes["elements"], maxlen if type(maxlen) is int else None)


LOWERED.add(__name__)
STANDS_FOR[Deque] = collections.deque, as_deque


@handles(collections.deque)
def lower_deque(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    made: Tree = low.make(Deque, args, kwargs, node)  # type: ignore[attr-defined]
    return made
