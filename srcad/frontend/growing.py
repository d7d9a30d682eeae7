"""What becomes of a list, set or dict that has other elements on one way than on another: one form for all ways.

A list is one of run-time length then (``lists``), a set a live one (``sets``), a dict one with a table of keys (``tables``).
"""

from __future__ import annotations

from dataclasses import replace

from srcad.frontend.joining import laid_over
from srcad.frontend.lists import is_listed, listed_like
from srcad.frontend.scope import Store, Unsupported
from srcad.frontend.sets import is_live_set, is_set
from srcad.frontend.tables import Tables, may_be_table
from srcad.frontend.trees import Mapping, Members, Sequence, Table, Tree, kind_key, leaves, rebuilt, structure
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import Fact, forgets
from srcad.ir.nodes import Operand, Value
from srcad.rules.keyed import element_of, joined


class Growing(Tables):
    """The part of lowering that finds one form for containers that have grown in different ways."""

    def common_form(self, trees: list[Tree], name: str = "") -> Tree | None:
        """A pattern of what trees of different structure are together; None if there is none."""
        if (listed := listed_like(trees)) is not None:
            return Value(name, listed.fact) if isinstance(listed, Value) else listed
        if all(map(is_set, trees)):
            return Value(name, set_fact(trees))
        if all(map(may_be_table, trees)):
            return table_of(trees, name)  # type: ignore[arg-type]
        return None

    def formed(self, pattern: Tree, tree: Tree) -> Tree:
        """A tree in the form of a pattern; as it is if it has that, or does not fit."""
        if is_listed(pattern) and isinstance(tree, Sequence):
            like = listed_like([pattern, tree])
            return tree if like is None or structure(like) != structure(pattern) else self.as_listed(tree, pattern)
        if is_live_set(pattern) and isinstance(tree, Members):
            return self.as_set(tree)
        if isinstance(pattern, Table) and isinstance(tree, Mapping) and may_be_table(tree):
            return self.as_table(tree)
        return tree

    def formed_now(self, pattern: Tree, tree: Tree) -> Tree:
        """A tree in the form of a pattern, in the current versions."""
        return rebuilt(self.formed(pattern, tree), self.current)

    def grown_in(self, store: Store, tree: Tree) -> Tree:
        """A tree with its lists, sets and dicts as they are in a store: more may be known, or less, of their elements."""
        def grown(leaf: Operand) -> Operand:
            if not isinstance(leaf, Value) or leaf.fact.kind not in ("list", "keys"):
                return leaf
            try:
                return self.current(leaf)
            except Unsupported:
                return leaf

        outer, self.state.store = self.state.store, store
        try:
            return rebuilt(tree, grown)
        finally:
            self.state.store = outer

    def formed_over(self, pattern: Tree, tree: Tree) -> list[Operand] | None:
        """The leaves of a tree over a pattern; None if it does not fit."""
        return laid_over(pattern, self.formed(pattern, tree))


def set_fact(trees: list[Tree]) -> Fact:
    """What is known of a set that is one of several."""
    return joined(*(element_of(tuple(t.elements)) if isinstance(t, Members) else t.fact.element for t in trees))  # type: ignore[union-attr]


def table_of(trees: list[Mapping | Table], name: str) -> Table | None:
    """What is known of a dict that is one of several; None if they are of different kinds."""
    kinds = [t.like if isinstance(t, Table) else replace(t, items={}, cell=None) for t in trees]
    if len(set(map(kind_key, kinds))) > 1:
        return None
    keys = joined(*(fact_of_operand(t.places).element if isinstance(t, Table) else element_of(tuple(t.items)) for t in trees))
    values = listed_like([t.values if isinstance(t, Table) else Sequence(list, tuple(t.items.values())) for t in trees])
    assert isinstance(values, Value)
    return Table(Value(f"{name}_places" if name else "", keys), Value(name, values.fact), kinds[0])


def says_less(old: Tree, new: Tree) -> bool:
    """Whether a pattern has another structure than the one before, or less is known of its leaves."""
    if structure(old) != structure(new):
        return True
    return any(forgets_elements(p.fact, q.fact) for p, q in zip(leaves(old), leaves(new), strict=True)
               if isinstance(p, Value) and isinstance(q, Value))


def forgets_elements(old: Fact, new: Fact) -> bool:
    """Whether less is known of the elements of a list."""
    if old.kind != new.kind:
        return True
    if old.element is None or new.element is None:
        return (old.element is None) is not (new.element is None)
    return forgets(old.element, new.element)
