"""Calls of checkpointed functions, and loops over checkpointed ranges: what is run again instead of kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from srcad.errors import explain
from srcad.frontend.checks import location_of
from srcad.frontend.derivatives import Derivatives, kind
from srcad.frontend.lower import Lowering
from srcad.frontend.scope import Unsupported
from srcad.frontend.trees import Derivative, Tree
from srcad.transforms.given import checkpointed
from srcad.transforms.repeatable import effect_of


@kind("checkpoint")
def call_checkpointed(low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    """Call a function of which nothing is kept for the way back but its arguments."""
    assert isinstance(low, Lowering)
    args, kwargs = list(map(low.closed, args)), {k: low.closed(v) for k, v in kwargs.items()}
    specialised, handles = low.as_specialised(d.function, args, kwargs, node)
    function, location = specialised.function, location_of(d.function)
    if specialised.effects.hands_on or specialised.effects.names or low.overlap(specialised, handles):
        raise low.frame.unsupported(node, f"{function.name} is checkpointed, and changes what it shares with others",
                                    "let it return new lists and arrays instead")
    if function.unfinished:
        raise Unsupported(explain(location, f"{function.name} calls itself as a checkpointed function",
                                  "checkpoint a function that does not contain the call"))
    refusal = ""
    if (effect := effect_of(function)) is not None:
        what, instead, where = effect
        refusal = explain(
            where or location, f"{function.name} is checkpointed, which runs it again on the way back, and {what}", instead
        )
    return low.call_specialised(replace(specialised, function=checkpointed(function, refusal)), handles, node)
