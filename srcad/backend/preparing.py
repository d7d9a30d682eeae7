"""What is done to functions before they are emitted: loops over elements, copies, and what callers must know of sharing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from srcad.backend.copies import with_copies
from srcad.backend.lengths import with_early_lengths
from srcad.backend.sharing import Sharing, note_shared
from srcad.ir.nodes import Function, callees
from srcad.transforms.elements import with_elements


@dataclass
class Prepared:
    """A function as it is emitted, made of the ``source``, and what shares memory in it."""

    source: Function
    function: Function
    sharing: Sharing


def prepared(functions: Sequence[Function]) -> list[Prepared]:
    """Functions, callees before callers, as they are emitted.

    Of functions that call each other, one has to be prepared before it is known what another shares: nothing, it is
    taken first, and all are prepared again until no more is found.
    """
    place = {function: k for k, function in enumerate(functions)}
    again = any(place[callee] >= k for k, f in enumerate(functions) for callee in callees(f.block))
    while True:
        found = []
        grown = False
        for source in functions:
            block = with_early_lengths(with_elements(source.block), source.params)
            function = with_copies(replace(source, block=block))
            sharing = Sharing(function)
            grown = note_shared(function, sharing) or grown
            found.append(Prepared(source, function, sharing))
        if not (again and grown):
            return found
