"""Lists, dicts and objects that change: what each holds now, found by its identity.

A list of known length is a tree (``trees.Sequence``), which never changes; what changes is the tree that the store holds
for its ``Cell``.  Whoever looks a variable up is given what its lists and dicts hold at that time, so that everything else
can take trees as they are:

    a = [x, y]          a is the tree [x, y] with a cell c
    b = a               b has the cell c too
    b.append(z)         the store holds [x, y, z] for c
    f(a)                a is looked up: [x, y, z]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Sequence as Sequence_
from dataclasses import replace
from typing import Any

from srcad.frontend.alternatives import Choice
from srcad.frontend.layouts import Layouts
from srcad.frontend.scope import InPlace, Store, Unsupported
from srcad.frontend.trees import (
    Bound,
    Cell,
    Closure,
    Derivative,
    Fixed,
    Instance,
    Mapping,
    Members,
    OneOf,
    Partial,
    Poison,
    Sequence,
    Tree,
    kind_key,
    structure,
)
from srcad.ir.nodes import UNDEFINED

Container = Sequence | Mapping | Members | Instance


def containers(tree: Tree) -> Iterator[Container]:
    """The lists and dicts in a tree that have an identity, itself included."""
    if isinstance(tree, Container):
        if tree.cell is not None:
            yield tree
        for item in elements_of(tree):
            yield from containers(item)


def held_inside(tree: Tree, function: bool = False) -> Iterator[Cell]:
    """The identities of what the functions in a tree hold: the objects of their methods, lists that they capture."""
    if isinstance(tree, Container):
        if function and tree.cell is not None:
            yield tree.cell
        parts = elements_of(tree)
    else:
        parts, function = parts_of(tree), True
    for part in parts:
        yield from held_inside(part, function)


def parts_of(tree: Tree) -> list[Tree]:
    """What a function is made of."""
    match tree:
        case Closure():
            return [*tree.defaults.values(), *(tree.free or {}).values()]
        case OneOf():
            return list(tree.options.values())
        case Bound():
            return [tree.receiver]
        case Partial():
            return [tree.function, *tree.args, *tree.kwargs.values()]
        case Derivative():
            return [tree.function]
    return []


def refreshed_inside(tree: Tree, refreshed: Callable[[Tree], Tree]) -> Tree:
    """A function with what it holds now."""
    parts = parts_of(tree)
    found = list(map(refreshed, parts))
    if all(a is b for a, b in zip(parts, found, strict=True)):
        return tree
    now = iter(found)
    match tree:
        case Closure():
            defaults = {k: next(now) for k in tree.defaults}
            return replace(tree, defaults=defaults, free=None if tree.free is None else {k: next(now) for k in tree.free})
        case OneOf():
            return replace(tree, options={k: next(now) for k in tree.options})
        case Bound():
            return replace(tree, receiver=next(now))
        case Partial():
            function, args = next(now), tuple(next(now) for _ in tree.args)
            return Partial(function, args, {k: next(now) for k in tree.kwargs})
        case Derivative():
            return replace(tree, function=next(now))
    return tree


def changes(tree: Container) -> bool:
    """Whether something is of a kind that can change."""
    return not isinstance(tree, Sequence) or tree.type is list


def with_items(tree: Container, items: list[Tree], cell: Cell | None) -> Container:
    """A container with other elements, in the order of the old ones."""
    if isinstance(tree, Mapping):
        return replace(tree, items=dict(zip(tree.items, items, strict=True)), cell=cell)
    if isinstance(tree, Members):
        return Members(tree.elements, cell)
    if isinstance(tree, Instance):
        return Instance(tree.type, dict(zip(tree.items, items, strict=True)), cell)
    return Sequence(tree.type, tuple(items), cell)


def elements_of(tree: Container) -> list[Tree]:
    if isinstance(tree, Members):
        return []
    return list(tree.items) if isinstance(tree, Sequence) else list(tree.items.values())


def with_each(function: Callable[[Tree], Tree], tree: Container) -> Container:
    """A container of the same identity with a function applied to each element."""
    return with_items(tree, list(map(function, elements_of(tree))), tree.cell)


def without_cells(tree: Tree) -> Tree:
    """A copy of all containers, as an argument that is differentiated is one."""
    if not isinstance(tree, Container):
        return tree
    return with_items(tree, list(map(without_cells, elements_of(tree))), None)


def given(tree: Tree) -> Tree:
    """A tree of arguments, of which the lists and dicts are somebody else's."""
    if not isinstance(tree, Container):
        return tree
    cell = tree.cell or (Cell() if changes(tree) else None)
    return with_items(tree, list(map(given, elements_of(tree))), cell)


def with_fixed(trees: list[Tree]) -> list[Tree]:
    """The trees, with what is the same list or dict in all of them fixed."""
    first = trees[0]
    if not all(isinstance(t, Container) for t in trees):
        return trees
    assert isinstance(first, Container)
    cells = [t.cell for t in trees]  # type: ignore[union-attr]
    if cells[0] is not None and all(c is cells[0] for c in cells):
        return [Fixed(t) for t in trees]  # type: ignore[arg-type]
    objects = [t for t in trees if isinstance(t, Instance) and t.type is kind_of(first)]
    if len(objects) == len(trees):
        names = [n for n in objects[0].items if all(n in t.items for t in objects)]
        fixed = {n: with_fixed([t.items[n] for t in objects]) for n in names}
        return [Instance(t.type, t.items | {n: c[k] for n, c in fixed.items()}, t.cell) for k, t in enumerate(objects)]
    if not all(is_like(first, t) for t in trees):  # type: ignore[arg-type]
        return trees
    columns = [with_fixed(list(column)) for column in zip(*map(elements_of, trees), strict=True)]  # type: ignore[arg-type]
    return [
        with_items(t, [column[k] for column in columns], t.cell)  # type: ignore[arg-type, union-attr]
        for k, t in enumerate(trees)
    ]


def elements_like(pattern: Container, tree: Container) -> list[Tree]:
    """The elements of a container in the order of one that is like it; those of an object by name."""
    if isinstance(pattern, Instance) and isinstance(tree, Instance):
        return [tree.items.get(name, UNDEFINED) for name in pattern.items]
    return elements_of(tree)


def alike(one: Container, other: Container) -> bool:
    """As ``is_like``, but for objects, which may have other attributes."""
    return kind_of(one) == kind_of(other) if isinstance(one, Instance) else is_like(one, other)


def is_like(one: Container, other: Container) -> bool:
    """Whether two containers are of one kind, with as many elements or the same keys."""
    if kind_of(one) != kind_of(other):
        return False
    if isinstance(one, Members) or isinstance(other, Members):
        return bool(structure(one) == structure(other))
    if isinstance(one, Sequence):
        return len(one.items) == len(other.items)
    return list(one.items) == list(other.items)


def kind_of(tree: Container) -> Any:
    """What kind of container it is."""
    if isinstance(tree, Members):
        return set
    return kind_key(tree) if isinstance(tree, Mapping) else tree.type


def fixed_like(pattern: Tree, tree: Tree) -> Tree:
    """The tree, with that fixed which is in a pattern."""
    if isinstance(pattern, Fixed) and isinstance(tree, Container) and tree.cell is pattern.tree.cell:
        return Fixed(tree)
    if isinstance(pattern, Poison):
        return pattern  # an attribute that has not one structure on all ways
    if isinstance(pattern, Instance) and isinstance(tree, Instance) and pattern.type is tree.type:
        parts = {n: fixed_like(p, tree.items.get(n, UNDEFINED)) for n, p in pattern.items.items()}
        return Instance(tree.type, parts, tree.cell)
    if isinstance(pattern, Container) and isinstance(tree, Container) and is_like(pattern, tree):
        pairs = zip(elements_of(pattern), elements_of(tree), strict=True)
        return with_items(tree, [fixed_like(p, t) for p, t in pairs], tree.cell)
    return tree


def bare(tree: Tree) -> Tree:
    """What a list or dict holds, without its identity."""
    return with_items(tree, elements_of(tree), None) if isinstance(tree, Container) else tree


def demoted(pattern: Tree, tree: Tree) -> Tree:
    """A pattern in which only that is fixed which is the same list or dict in a tree too."""
    if isinstance(pattern, Fixed):
        same = isinstance(tree, Container) and tree.cell is pattern.tree.cell
        return pattern if same else pattern.tree
    if isinstance(pattern, Container) and isinstance(tree, Container) and alike(pattern, tree):
        pairs = zip(elements_of(pattern), elements_like(pattern, tree), strict=True)
        return with_items(pattern, [demoted(p, t) for p, t in pairs], pattern.cell)
    return pattern


class Containers(Layouts):
    """The part of lowering that knows what lists and dicts hold."""

    def housed(self, tree: Tree) -> Tree:
        """The tree, with an identity for every list and dict that has none: it has just been made."""
        if not isinstance(tree, Container):
            return tree
        old = elements_of(tree)
        items = list(map(self.housed, old))
        new = tree.cell is None and changes(tree)
        if not new and all(a is b for a, b in zip(old, items, strict=True)):
            return tree
        cell = Cell() if new else tree.cell
        made = with_items(tree, items, cell)
        if new:
            self.state.store[cell] = made
        return made

    def rehoused(
        self, tree: Tree, ways: Sequence_[Tree], made: dict[tuple[Any, ...], Tree] | None = None, cell: Cell | None = None
    ) -> Tree:
        """A tree that stands for one of several, with lists and dicts of its own but for what is fixed in it.

        What is one list on every way of two trees stays one: it is found in ``made``.  ``cell`` is the identity to take.
        """
        if isinstance(tree, Fixed):
            return tree.tree
        if not isinstance(tree, Container):
            return tree
        made = {} if made is None else made
        known = [t for t in ways if isinstance(t, Container) and alike(tree, t)]
        cells = tuple(t.cell for t in known)
        if cell is None and cells in made and None not in cells:
            return made[cells]
        parts = [elements_like(tree, t) for t in known]
        items = [self.rehoused(item, [p[k] for p in parts], made) for k, item in enumerate(elements_of(tree))]
        if not changes(tree):
            return with_items(tree, items, None)
        own = Cell() if cell is None else cell
        result = self.state.store[own] = with_items(tree, items, own)
        if cell is None:
            self.relate(own, (r for c in cells if c is not None for r in self.related(c)))
            for others, other in made.items():
                if isinstance(other, Container) and any(a is b is not None for a, b in zip(cells, others, strict=False)):
                    self.relate(own, [other.cell])
            made[cells] = result
        return result

    def held(self, tree: Container) -> Tree:
        """What a list or dict holds now."""
        held = self.state.store.get(tree.cell, tree) if tree.cell is not None else tree
        if isinstance(held, Poison):
            raise Unsupported(held.message)
        return held

    def refreshed(self, tree: Tree) -> Tree:
        """The tree with what its lists and dicts hold now."""
        if not self.state.changed:
            return tree
        if not isinstance(tree, Container):
            return refreshed_inside(tree, self.refreshed)
        held = self.held(tree) if tree.cell is not None else tree
        if not isinstance(held, Container):
            return held  # a list of run-time length
        old = elements_of(held)
        items = list(map(self.refreshed, old))
        return held if all(a is b for a, b in zip(old, items, strict=True)) else with_items(held, items, held.cell)

    def kept(self, store: Store, key: Any) -> Tree:
        """What a key of a store holds there, its lists and dicts as they are; a list or dict itself without its identity."""
        outer, self.state.store = self.state.store, store
        try:
            if isinstance(key, Choice):
                return self.version(key)
            return self.refreshed(bare(store[key]) if isinstance(key, Cell) else store[key])
        except Unsupported as error:
            return Poison(str(error))
        finally:
            self.state.store = outer

    def change(self, tree: Container, new: Container, node: Any) -> None:
        """Let a list or dict hold other elements."""
        self.hold(tree, with_items(new, elements_of(new), tree.cell), node)

    def hold(self, tree: Container, new: Tree, node: Any) -> None:
        """Let a list or dict be something else from now on."""
        cell = tree.cell
        inside = elements_of(new) if isinstance(new, Container) else []
        if any(c.cell is cell is not None for item in inside for c in containers(self.refreshed(item))):
            raise self.unsupported(node, "an object, list or dict that holds itself is not supported", "keep an index instead")
        if cell is None or cell not in self.state.store:
            if cell is None or cell.live:
                error = self.frame.unsupported(
                    node, "a change in place of a list or dict of the program's own is not supported yet",
                    "build a new one, or pass it as an argument", self.build.location,
                )
                error.writes = True
                raise error
            raise InPlace(self.build.location)
        for other in (cell, *self.state.kin.get(cell, ())):
            if isinstance(other, Cell) and other.live and other not in self.state.store:
                raise self.unsupported(node, "this may be an element of a list whose length is not known, or one of "
                                       "the program's own lists and dicts", "change a copy of it (list(x), dict(x))")
            if (name := self.state.given_away.get(other)) is not None:
                raise self.unsupported(node, f"a list or dict that {name} holds is changed afterwards",
                                       f"change it first, or give {name} a copy of it")
        old = self.state.store[cell]
        if isinstance(old, Container) and isinstance(new, Container) and len(elements_of(old)) != len(elements_of(new)):
            self.state.resized.add(cell)
        self.state.store[cell] = new
        self.state.changed = True
        for other in self.state.kin.get(cell, ()):
            self.state.store[other] = Poison(str(self.unsupported(
                None, "this list or dict may or may not be another one that is read afterwards",
                "copy one of them before (list(x), dict(x))",
            )))
