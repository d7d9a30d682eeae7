"""Loops over checkpointed ranges: the loop becomes a function of its own, which knows how to go back through its steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from srcad.errors import explain
from srcad.frontend.derivatives import Derivatives
from srcad.frontend.trees import Iteration, Tree
from srcad.ir.nodes import Loop, Undefined
from srcad.transforms.repeatable import block_effect
from srcad.transforms.revolve import Limit, outlined


@dataclass(frozen=True, eq=False)
class Scheduled(Iteration):
    """A range whose steps are run again on the way back."""

    limit: Limit = field(default_factory=Limit)


class Schedules(Derivatives):
    """The part of lowering that runs loops over checkpointed ranges."""

    scheduled: dict[Loop, tuple[Any, Scheduled]]
    """The loops over checkpointed ranges that have been lowered, until they are finished."""

    def loop_once(self, node: Any, iterated: Tree | None, guess: Any, before: Any, raising: bool) -> tuple[Loop, list[Any]]:
        loop, ends = super().loop_once(node, iterated, guess, before, raising)
        if isinstance(iterated, Scheduled):
            self.scheduled[loop] = node, iterated
        return loop, ends

    def finish(self, loop: Loop, guess: Any, before: Any) -> None:
        super().finish(loop, guess, before)
        if loop in self.scheduled:
            node, iterated = self.scheduled.pop(loop)
            self.schedule(node, loop, iterated.limit)

    def schedule(self, node: Any, loop: Loop, limit: Limit) -> None:
        """Make the loop that has just been lowered a call."""
        body = self.build.block.body
        assert body[-1] is loop
        self.check_steps(node, loop)
        if loop.carried:
            name = self.unique_name(f"{self.frame.name.strip('<>')}_loop")  # type: ignore[attr-defined]
            body[-1] = outlined(loop, name, limit, self.refusal(loop))

    def check_steps(self, node: Any, loop: Loop) -> None:
        """Refuse a loop that cannot be run step by step again."""
        if loop.stop is not None:
            raise self.frame.unsupported(node, "this loop runs over a checkpointed range, and may be left before its end by "
                                         "break or return", "let it run to its end (np.where keeps a value), or "
                                         "leave checkpoint out")
        if loop.collected:
            raise self.frame.unsupported(node, "this loop runs over a checkpointed range, and collects a list",
                                         "return the values from a function of their own, or leave checkpoint out")
        unset = [c.name for c, init in zip(loop.carried, loop.inits, strict=True) if isinstance(init, Undefined)]
        if unset:
            raise self.frame.unsupported(node, f"this loop runs over a checkpointed range, and {unset[0]}, which is read "
                                         "after it, has no value before it", f"give {unset[0]} a value before the loop")

    def refusal(self, loop: Loop) -> str:
        """Why the steps of a loop must not be run again, empty if they may."""
        effect = block_effect(loop.head) or block_effect(loop.body)
        if effect is None:
            return ""
        what, instead, where = effect
        reason = f"this loop runs over a checkpointed range, so that its steps are run again on the way back, and {what}"
        return explain(where or loop.location, reason, f"{instead}, or leave checkpoint out")
