"""One shape for what several ways leave: trees that differ in leaves, and objects that differ in attributes.

What has no common shape is an error where it is read; of an object only the attribute that has none:

    if x > 0:                        p.w is one leaf on both ways
        p.w = x                      p.v is there on one way only: reading it afterwards is refused
        p.v = 2 * x
        f = np.sin                   f is one of the functions that it is on some way (``trees.OneOf``)
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from collections.abc import Sequence as Sequence_
from typing import Protocol

from srcad.frontend.containers import Container, elements_of, held_inside, is_like, kind_of, with_items
from srcad.frontend.trees import (
    Bound,
    Closure,
    Fixed,
    Instance,
    Mismatch,
    OneOf,
    Partial,
    Poison,
    Table,
    Tree,
    is_number,
    leaves,
    structure,
)
from srcad.ir.nodes import UNDEFINED, Const, Operand, Undefined, Value


class Joining(Protocol):
    """Who joins trees."""

    def poisoned_attribute(self, name: str) -> Poison:
        """The error for an attribute of which there is no one shape."""

    def number_of(self, function: Tree) -> int:
        """The number of a function among all that may be one of several."""


def sort_of(tree: Tree) -> Hashable:
    """What trees have in common that differ in nothing but leaves; functions also hold the same objects."""
    return structure(tree), tuple(held_inside(tree))


def is_function(tree: Tree) -> bool:
    """Whether a tree is a function, a method or an object that is called."""
    if isinstance(tree, Const):
        return callable(tree.value) and not is_number(tree) and not isinstance(tree.value, type)
    return isinstance(tree, Closure | Bound | Partial | OneOf)


def options_of(tree: Tree, low: Joining) -> dict[int, Tree]:
    """The functions that a tree may be, by their numbers."""
    return tree.options if isinstance(tree, OneOf) else {low.number_of(tree): tree}


def joined_functions(trees: Sequence_[Tree], low: Joining) -> tuple[Tree, list[list[Operand]]]:
    """One of several functions, and for each tree which it is."""
    options: dict[int, Tree] = {}
    for tree in trees:
        options = options_of(tree, low) | options
    shape = OneOf(Value(), dict(sorted(options.items())))
    parts = [laid_over(shape, tree) for tree in trees]
    assert all(part is not None for part in parts)
    return shape, parts  # type: ignore[return-value]


def joined_trees(trees: Sequence_[Tree], low: Joining) -> tuple[Tree, list[list[Operand]]]:
    """One structure for all trees, and the leaves of each over it; ``Mismatch`` if there is none."""
    defined = [t for t in trees if not isinstance(t, Undefined)]
    if any(isinstance(t, Poison) for t in trees):
        raise Mismatch
    shape, found = joined_defined(defined, low)
    count = len(list(leaves(shape)))
    rest = iter(found)
    return shape, [[UNDEFINED] * count if isinstance(t, Undefined) else next(rest) for t in trees]


def joined_defined(trees: Sequence_[Tree], low: Joining) -> tuple[Tree, list[list[Operand]]]:
    first = trees[0]
    if len(set(map(sort_of, trees))) == 1:
        return first, [list(leaves(t)) for t in trees]
    if all(is_function(t) or (isinstance(t, Const) and t.value is None) for t in trees) and any(map(is_function, trees)):
        return joined_functions(trees, low)
    if all(isinstance(t, Value | Const) for t in trees):
        # a number on one side, None (or a string) on the other: a value of which less is known
        return Value(), [[t] for t in trees]  # type: ignore[list-item]
    if not all(isinstance(t, Container) for t in trees) or not isinstance(first, Container):
        raise Mismatch
    if all(isinstance(t, Instance) and t.type is kind_of(first) for t in trees):
        return joined_instances(trees, low)  # type: ignore[arg-type]
    if not all(is_like(first, t) for t in trees):  # type: ignore[arg-type]
        raise Mismatch
    columns = [joined_trees(c, low) for c in zip(*map(elements_of, trees), strict=True)]  # type: ignore[arg-type]
    return with_items(first, [shape for shape, _ in columns], first.cell), rows([parts for _, parts in columns], len(trees))


def joined_instances(trees: list[Instance], low: Joining) -> tuple[Tree, list[list[Operand]]]:
    """One object for several of one class; an attribute that has no one shape cannot be read."""
    items: dict[str, Tree] = {}
    columns: list[list[list[Operand]]] = []
    for name in dict.fromkeys(n for t in trees for n in t.items):
        column = [t.items.get(name, UNDEFINED) for t in trees]
        try:
            if any(isinstance(t, Undefined) for t in column):
                raise Mismatch
            items[name], parts = joined_trees(column, low)
        except Mismatch:
            items[name], parts = low.poisoned_attribute(name), [[] for _ in trees]
        columns.append(parts)
    return Instance(trees[0].type, items, trees[0].cell), rows(columns, len(trees))


def rows(columns: list[list[list[Operand]]], count: int) -> list[list[Operand]]:
    """For each tree the leaves of all its elements."""
    return [[leaf for column in columns for leaf in column[k]] for k in range(count)]


def reconciled(pattern: Tree, tree: Tree, low: Joining) -> Tree:
    """What goes round in a loop, where a tree has other attributes, or less is known of them: the pattern if not."""
    if is_function(pattern) or is_function(tree):
        return reconciled_functions(pattern, tree, low)
    if not isinstance(pattern, Container) or not isinstance(tree, Container) or kind_of(pattern) != kind_of(tree):
        return pattern
    if not isinstance(pattern, Instance):
        if not is_like(pattern, tree):
            return pattern
        pairs = zip(elements_of(pattern), elements_of(tree), strict=True)
        found = [reconciled(p, t, low) for p, t in pairs]
        same = all(a is b for a, b in zip(found, elements_of(pattern), strict=True))
        return pattern if same else with_items(pattern, found, pattern.cell)
    items: dict[str, Tree] = {}
    assert isinstance(tree, Instance)
    for name in dict.fromkeys((*pattern.items, *tree.items)):
        old, new = pattern.items.get(name, UNDEFINED), tree.items.get(name, UNDEFINED)
        if isinstance(old, Poison):
            items[name] = old
        elif isinstance(old, Undefined | Value | Const) and isinstance(new, Value | Const) and not is_function(new):
            loose = structure(old) != structure(new) and not isinstance(old, Value)
            items[name] = low.poisoned_attribute(name) if isinstance(old, Undefined) else Value(name) if loose else old
        else:
            items[name] = reconciled(old, new, low)
            if not isinstance(old, Fixed) and laid_over(items[name], new) is None:
                items[name] = low.poisoned_attribute(name)
    same = items.keys() == pattern.items.keys() and all(items[n] is p for n, p in pattern.items.items())
    return pattern if same else Instance(pattern.type, items, pattern.cell)


def reconciled_functions(pattern: Tree, tree: Tree, low: Joining) -> Tree:
    """As ``reconciled``, for what is a function at the beginning of an iteration or at its end."""
    if sort_of(pattern) == sort_of(tree) or not all(is_function(t) or (isinstance(t, Const) and t.value is None)
                                                    for t in (pattern, tree)):
        return pattern
    if isinstance(pattern, OneOf) and options_of(tree, low).keys() <= pattern.options.keys():
        return pattern
    return joined_functions([pattern, tree], low)[0]


def laid_over(pattern: Tree, tree: Tree) -> list[Operand] | None:
    """The leaves of a tree over a pattern that may know less; None if it does not fit."""
    if isinstance(pattern, OneOf):
        return laid_over_options(pattern, tree)
    if sort_of(pattern) == sort_of(tree):
        return list(leaves(tree))
    if isinstance(pattern, Poison):
        return []
    if isinstance(pattern, Value):
        return [tree] if isinstance(tree, Value | Const) else None
    if not isinstance(pattern, Container) or not isinstance(tree, Container) or kind_of(pattern) != kind_of(tree):
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


def laid_over_options(pattern: OneOf, tree: Tree) -> list[Operand] | None:
    """As ``laid_over``, for one of several functions."""
    if isinstance(tree, OneOf):
        selector, options = tree.selector, tree.options
    else:
        number = next((k for k, option in pattern.options.items() if sort_of(option) == sort_of(tree)), None)
        if number is None:
            return None
        selector, options = Const(number), {number: tree}
    if not options.keys() <= pattern.options.keys():
        return None
    found = [selector]
    for k, option in pattern.options.items():
        found += list(leaves(options[k])) if k in options else [UNDEFINED] * len(list(leaves(option)))
    return found


def leaf_labels(name: str, shape: Tree) -> Iterator[str]:
    """Names for the leaves of what a name stands for: those of attributes, or numbers."""
    count = len(list(leaves(shape)))
    if isinstance(shape, Instance):
        for attribute, item in shape.items.items():
            yield from leaf_labels(f"{name}_{attribute.lstrip('_')}" if name else attribute.lstrip("_"), item)
    elif isinstance(shape, Table):
        yield from (f"{name}_places" if name else "", name)
    else:
        yield from [name] if count == 1 else [f"{name}_{k}" for k in range(count)]
