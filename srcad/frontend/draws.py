"""Methods of random generators: which function of ``rng.normal(mu, sigma)`` is meant is known where ``rng`` is."""

from __future__ import annotations

from typing import Any

import numpy as np

from srcad.frontend.reshaping import Reshaping
from srcad.frontend.trees import Tree
from srcad.ir.nodes import Value
from srcad.rules.registry import primitive_of

MAKERS: dict[Any, type] = {
    np.random.default_rng: np.random.Generator, np.random.Generator: np.random.Generator,
    np.random.RandomState: np.random.RandomState,
}
"""What makes a generator, and its type."""


class Draws(Reshaping):
    """The part of lowering that knows generators."""

    def generator_type(self, value: Value) -> type | None:
        """The type of a generator that was given, captured or made here; None for anything else."""
        if value in self.examples:
            kind: type = type(self.examples[value])
            return kind if kind in MAKERS.values() else None
        made = self.build.definitions.get(value)
        return None if made is None else MAKERS.get(made.primitive.function)

    def call_by_name(self, receiver: Value, name: str, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        kind = self.generator_type(receiver)
        draw = None if kind is None else primitive_of(getattr(kind, name, None))
        varies = any(isinstance(a, Value) and a.fact.may_vary for a in (*args, *kwargs.values()))
        if draw is None or draw.rule is None or not varies:
            return super().call_by_name(receiver, name, args, kwargs, node)
        return self.primitive(draw, [receiver, *args], kwargs, spelling="method", node=node)
