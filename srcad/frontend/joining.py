"""One shape for what several ways leave: trees that differ in leaves, and objects that differ in attributes.

What has no common shape is an error where it is read; of an object only the attribute that has none:

    if x > 0:                        p.w is one leaf on both ways
        p.w = x                      p.v is there on one way only: reading it afterwards is refused
        p.v = 2 * x
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Sequence as Sequence_

from srcad.frontend.containers import Container, elements_of, is_like, kind_of, with_items
from srcad.frontend.trees import Fixed, Instance, Mismatch, Poison, Tree, leaves, structure
from srcad.ir.nodes import UNDEFINED, Const, Operand, Undefined, Value

Poisoned = Callable[[str], Poison]
"""The error for an attribute of which there is no one shape."""


def joined_trees(trees: Sequence_[Tree], poisoned: Poisoned) -> tuple[Tree, list[list[Operand]]]:
    """One structure for all trees, and the leaves of each over it; ``Mismatch`` if there is none."""
    defined = [t for t in trees if not isinstance(t, Undefined)]
    if any(isinstance(t, Poison) for t in trees):
        raise Mismatch
    shape, found = joined_defined(defined, poisoned)
    count = len(list(leaves(shape)))
    rest = iter(found)
    return shape, [[UNDEFINED] * count if isinstance(t, Undefined) else next(rest) for t in trees]


def joined_defined(trees: Sequence_[Tree], poisoned: Poisoned) -> tuple[Tree, list[list[Operand]]]:
    first = trees[0]
    if len({structure(t) for t in trees}) == 1:
        return first, [list(leaves(t)) for t in trees]
    if all(isinstance(t, Value | Const) for t in trees):
        # a number on one side, None (or a string) on the other: a value of which less is known
        return Value(), [[t] for t in trees]  # type: ignore[list-item]
    if not all(isinstance(t, Container) for t in trees) or not isinstance(first, Container):
        raise Mismatch
    if all(isinstance(t, Instance) and t.type is kind_of(first) for t in trees):
        return joined_instances(trees, poisoned)  # type: ignore[arg-type]
    if not all(is_like(first, t) for t in trees):  # type: ignore[arg-type]
        raise Mismatch
    columns = [joined_trees(c, poisoned) for c in zip(*map(elements_of, trees), strict=True)]  # type: ignore[arg-type]
    return with_items(first, [shape for shape, _ in columns], first.cell), rows([parts for _, parts in columns], len(trees))


def joined_instances(trees: list[Instance], poisoned: Poisoned) -> tuple[Tree, list[list[Operand]]]:
    """One object for several of one class; an attribute that has no one shape cannot be read."""
    items: dict[str, Tree] = {}
    columns: list[list[list[Operand]]] = []
    for name in dict.fromkeys(n for t in trees for n in t.items):
        column = [t.items.get(name, UNDEFINED) for t in trees]
        try:
            if any(isinstance(t, Undefined) for t in column):
                raise Mismatch
            items[name], parts = joined_trees(column, poisoned)
        except Mismatch:
            items[name], parts = poisoned(name), [[] for _ in trees]
        columns.append(parts)
    return Instance(trees[0].type, items, trees[0].cell), rows(columns, len(trees))


def rows(columns: list[list[list[Operand]]], count: int) -> list[list[Operand]]:
    """For each tree the leaves of all its elements."""
    return [[leaf for column in columns for leaf in column[k]] for k in range(count)]


def reconciled(pattern: Tree, tree: Tree, poisoned: Poisoned) -> Tree:
    """What goes round in a loop, where a tree has other attributes, or less is known of them: the pattern if not."""
    if not isinstance(pattern, Container) or not isinstance(tree, Container) or kind_of(pattern) is not kind_of(tree):
        return pattern
    if not isinstance(pattern, Instance):
        if not is_like(pattern, tree):
            return pattern
        pairs = zip(elements_of(pattern), elements_of(tree), strict=True)
        found = [reconciled(p, t, poisoned) for p, t in pairs]
        same = all(a is b for a, b in zip(found, elements_of(pattern), strict=True))
        return pattern if same else with_items(pattern, found, pattern.cell)
    items: dict[str, Tree] = {}
    assert isinstance(tree, Instance)
    for name in dict.fromkeys((*pattern.items, *tree.items)):
        old, new = pattern.items.get(name, UNDEFINED), tree.items.get(name, UNDEFINED)
        if isinstance(old, Poison):
            items[name] = old
        elif isinstance(old, Undefined | Value | Const) and isinstance(new, Value | Const):
            loose = structure(old) != structure(new) and not isinstance(old, Value)
            items[name] = poisoned(name) if isinstance(old, Undefined) else Value(name) if loose else old
        else:
            items[name] = reconciled(old, new, poisoned)
            if not isinstance(old, Fixed) and laid_over(items[name], new) is None:
                items[name] = poisoned(name)
    same = items.keys() == pattern.items.keys() and all(items[n] is p for n, p in pattern.items.items())
    return pattern if same else Instance(pattern.type, items, pattern.cell)


def laid_over(pattern: Tree, tree: Tree) -> list[Operand] | None:
    """The leaves of a tree over a pattern that may know less; None if it does not fit."""
    if structure(pattern) == structure(tree):
        return list(leaves(tree))
    if isinstance(pattern, Poison):
        return []
    if isinstance(pattern, Value):
        return [tree] if isinstance(tree, Value | Const) else None
    if not isinstance(pattern, Container) or not isinstance(tree, Container) or kind_of(pattern) is not kind_of(tree):
        return None
    if isinstance(pattern, Instance):
        assert isinstance(tree, Instance)
        pairs = [(p, tree.items.get(name, UNDEFINED)) for name, p in pattern.items.items()]
    elif is_like(pattern, tree):
        pairs = list(zip(elements_of(pattern), elements_of(tree), strict=True))
    else:
        return None
    found: list[Operand] = []
    for part, item in pairs:
        over = laid_over(part, item)
        if over is None:
            return None
        found += over
    return found


def leaf_labels(name: str, shape: Tree) -> Iterator[str]:
    """Names for the leaves of what a name stands for: those of attributes, or numbers."""
    count = len(list(leaves(shape)))
    if isinstance(shape, Instance):
        for attribute, item in shape.items.items():
            yield from leaf_labels(f"{name}_{attribute.lstrip('_')}" if name else attribute.lstrip("_"), item)
    else:
        yield from [name] if count == 1 else [f"{name}_{k}" for k in range(count)]
