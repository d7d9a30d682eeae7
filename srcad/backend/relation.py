"""A symmetric relation between numbers, which grows: for each number those that it is related to, a bit for each.

Most of what shares memory is versions of one array, each related to all others.  Such groups are held once, so that a
further version costs no more than the first.
"""

from __future__ import annotations

from collections.abc import Iterator


class Group:
    """Numbers each of which is related to all others and to nothing else, a bit for each."""

    def __init__(self, members: int) -> None:
        self.members = members


class Relation:
    """The relation between the numbers from 0 on."""

    def __init__(self) -> None:
        self._masks: list[int] = []
        self._groups: list[Group | None] = []
        self.changes = 0  # how often something has been related that was not

    def add(self) -> None:
        """One number more, which is related to itself only."""
        self._masks.append(1 << len(self._masks))
        self._groups.append(None)

    def of(self, number: int) -> int:
        """What a number is related to, itself included."""
        group = self._groups[number]
        return self._masks[number] if group is None else group.members

    def relate(self, number: int, mask: int) -> None:
        """Let a number be related to others."""
        own, bit = self.of(number), 1 << number
        if not mask & ~own:
            return
        self.changes += 1
        others = mask & ~bit
        if own == bit and (group := self._group_of(others)) is not None:
            group.members |= bit
            self._groups[number] = group
            return
        self._dissolve(bit | others)
        self._masks[number] |= others
        for other in bits(others):
            self._masks[other] |= bit

    def _group_of(self, members: int) -> Group | None:
        """The group of exactly these numbers; made, for a single number that is related to nothing else."""
        first = (members & -members).bit_length() - 1
        if self.of(first) != members:
            return None
        if self._groups[first] is None and members == 1 << first:
            self._groups[first] = Group(members)
        return self._groups[first]

    def _dissolve(self, numbers: int) -> None:
        """Let no group have any of these numbers."""
        for number in bits(numbers):
            group = self._groups[number]
            for member in bits(group.members) if group is not None else ():
                self._masks[member], self._groups[member] = group.members, None  # type: ignore[union-attr]


def bits(mask: int) -> Iterator[int]:
    """The numbers whose bits are set."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
