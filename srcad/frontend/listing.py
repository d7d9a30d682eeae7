"""What Python's lists can do: their methods, parts of them, sorting, for lists of known and of run-time length.

A list of known length stays one where that can be (``items.pop(0)``); where a place or the number of elements is found by
the program only, it is one of run-time length from then on (``items.pop(k)``).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import gast

from srcad import runtime_lists
from srcad.frontend import definitions
from srcad.frontend.containers import changes
from srcad.frontend.expressions import is_static
from srcad.frontend.generating import Generating
from srcad.frontend.lists import Listed, element_like, is_listed, is_slice, listed_like
from srcad.frontend.memory import may_be_memory
from srcad.frontend.picking import is_picked, one_of
from srcad.frontend.scope import as_python_does, theirs
from srcad.frontend.trees import Iteration, Records, Sequence, Tree, leaves, rebuilt
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import of_numbers
from srcad.ir.nodes import Const, Display, Operand, Value
from srcad.rules.registry import PRIMITIVES

CHANGES = frozenset(["append", "extend", "insert", "pop", "clear", "reverse", "remove", "sort"])
"""The methods that change a list."""

READS = frozenset(["copy", "index", "count"])
"""Those that do not."""


class Listing(Generating):
    """The part of lowering that knows what lists can do."""

    # ---- methods ----------------------------------------------------------------------------------------------------

    def list_method(self, tree: Tree, name: str, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree | None:
        """A method of a list, a deque or a tuple; None if that is not its own."""
        if isinstance(tree, Sequence) and not changes(tree):
            return self.read_list(tree, name, args, node) if tree.type is tuple and name in READS - {"copy"} else None
        if not (is_listed(tree) or isinstance(tree, Sequence)) or name not in CHANGES | READS:
            return None
        if name != "sort" and kwargs:
            raise theirs(TypeError(f"list.{name}() takes no keyword arguments"))
        if name in READS:
            return self.read_list(tree, name, args, node)
        if isinstance(tree, Sequence):
            tree = self.followed(tree, name, args, node)
        if isinstance(tree, Sequence):
            return self.change_known(tree, name, args, kwargs, node)
        return self.change_listed(tree, name, args, kwargs, node)

    def followed(self, tree: Sequence, name: str, args: list[Tree], node: Any) -> Sequence | Listed:
        """A list before a change, one of run-time length if it has to be."""
        if name in ("insert", "pop") and args and not is_static(args[0]) and self.found_at_run_time(args[0], node):
            return self.let_grow(tree, node)
        if name == "extend" and self.length_is_found(args[0]):
            return self.let_grow(tree, node)
        if name == "remove" and not all(map(is_static, (*tree.items, *args))):
            return self.let_grow(tree, node)
        return tree

    def found_at_run_time(self, place: Tree, node: Any) -> bool:
        """Whether a place is not known and cannot be: an integer that a loop counts, or that is passed, can."""
        if not isinstance(place, Value) or (place.fact.kind == "py" and (place in self.params or self.may_unroll())):
            return False
        return place.fact.is_scalar

    def length_is_found(self, tree: Tree) -> bool:
        """Whether something has a number of elements that is found at run time."""
        if is_listed(tree):
            return True
        return isinstance(tree, Value) and tree.fact.kind == "array" and not isinstance((tree.fact.shape or (0,))[0], int)

    def change_known(self, old: Sequence, name: str, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        """A method that changes a list of known length."""
        items: list[Tree] = list(old.items)
        given: list[Any] = list(args)
        takes = name == "pop"
        match name, args:
            case "extend", [more]:
                elements = self.static_elements(more)
                given = [self.elements(more, node) if elements is None else elements]
            case ("insert" | "pop"), [place, *rest]:
                given = [self.static(place, node), *rest]
            case "remove", [item]:
                values, wanted = [self.static(i, node) for i in items], self.static(item, node)
                with as_python_does():
                    name, given = "pop", [values.index(wanted)]
            case "sort", _:
                name, given, items = "copy", [], list(self.sorted_elements(old.items, args, kwargs, node))
        with as_python_does():
            found = getattr(items, name)(*given)
        result: Tree = found if takes else Const(None)
        self.change(old, Sequence(old.type, tuple(items)), node)
        return result

    def change_listed(self, old: Listed, name: str, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        """A method that changes a list of run-time length."""
        match name, args:
            case "append", [item]:
                self.append(old, item, node)
            case "extend", [more]:
                self.extend(old, more, node)
            case "insert", [place, item]:
                k = self.operand(place, node)
                self.put_in(old, item, node, lambda column, part: self.build.one(core.INSERTED, column, k, part))
            case "pop", [] | [Const(value=-1)]:
                last = self.element_at(old, Const(-1))
                self.change_columns(old, lambda column: self.build.one(core.SHORTENED, column))
                return last
            case "pop", [place]:
                k = self.operand(place, node)
                taken = self.element_at(old, k)
                self.change_columns(old, lambda column: self.build.one(core.REMOVED, column, k))
                return taken
            case "remove", [item]:
                k = self.place_of(old, item, node)
                self.change_columns(old, lambda column: self.build.one(core.REMOVED, column, k))
            case "clear", []:
                self.change_columns(old, lambda column: self.build.apply(core.LISTED, facts=(fact_of_operand(column),))[0])
            case "reverse", []:
                self.rearrange(old, Const(slice(None, None, -1)))
            case "sort", []:
                self.rearrange(old, self.order_of(old, kwargs, node))
            case _:
                raise theirs(TypeError(f"list.{name}() does not take {len(args)} arguments"))
        return Const(None)

    def read_list(self, tree: Tree, name: str, args: list[Tree], node: Any) -> Tree:
        """A method that does not change a list."""
        if name == "copy":
            return self.part_of_list(tree, Const(slice(None)), node)
        if isinstance(tree, Sequence) and all(map(is_static, (*tree.items, *args))):
            values, wanted = [self.static(item, node) for item in tree.items], [self.static(a, node) for a in args]
            with as_python_does():
                return Const(getattr(values, name)(*wanted))
        if len(args) != 1:
            raise self.unsupported(node, f".{name} of a part of a list is not supported", f"take the part first, x[a:b].{name}(v)")
        if name == "index":
            return self.place_of(tree, args[0], node)
        return self.own(definitions.count_of, [tree, args[0]], node)

    def place_of(self, tree: Tree, item: Tree, node: Any) -> Operand:
        """The place of the first element that is equal to an item."""
        return self.operand(self.own(definitions.index_of, [tree, item], node), node)

    def extend(self, old: Listed, more: Tree, node: Any) -> None:
        if isinstance(more, Iteration) or not (isinstance(more, Sequence) or is_listed(more)):
            more = self.listed(more, node)
        if isinstance(more, Sequence):
            for item in more.items:
                self.append(old, item, node)
        else:
            self.put_lists(old, more, node, lambda column, part: self.build.one(core.EXTENDED, column, part))  # type: ignore[arg-type]

    def rearrange(self, old: Listed, places: Operand) -> None:
        """Let a list hold the elements at some places."""
        self.change_columns(old, lambda column: self.build.one(core.GATHERED, column, places))

    def change_to(self, old: Listed, new: Tree) -> None:
        """Let a list hold the elements of another that is like it."""
        columns = leaves(new)
        self.change_columns(old, lambda _: self.current(next(columns)))

    # ---- parts ------------------------------------------------------------------------------------------------------

    def subscript(self, base: Tree, index: Tree, node: Any) -> Tree:
        # an array may be written into where it is found: it is one of several
        is_one = isinstance(base, Sequence) and is_picked(self, base, index) and any(map(may_be_memory, leaves(base)))
        if not is_one and isinstance(base, Sequence) and self.is_found(base, index, node):
            base = self.as_listed(base)
        if not is_listed(base):
            return super().subscript(base, index, node)
        if is_slice(index):
            return self.part_of_list(base, index, node)
        return self.element_at(base, self.operand(index, node))

    def is_found(self, base: Sequence, index: Tree, node: Any) -> bool:
        """Whether an element or part of a list of known length is found at run time."""
        parts = index.items if isinstance(index, Display) else (index,)
        unknown = [p for p in parts if not is_static(p)]
        if not unknown or not all(self.found_at_run_time(p, node) for p in unknown):
            return False
        return listed_like([Sequence(list, base.items)]) is not None

    def part_of_list(self, tree: Tree, index: Tree, node: Any) -> Tree:
        """``tree[a:b]``."""
        if isinstance(tree, Sequence):
            return super().subscript(tree, index, node)
        return self.gathered(tree, self.operand(index, node))  # type: ignore[arg-type]

    def set_part(self, old: Listed, index: Tree, value: Tree, node: Any) -> None:
        """``old[a:b] = value``."""
        places = self.operand(index, node)
        steps = places.value.step if isinstance(places, Const) else places.items[2]  # type: ignore[union-attr]
        if steps is not None and not (isinstance(steps, Const) and steps.value in (None, 1)):
            raise self.unsupported(node, "every other element of a list whose length is not known is replaced",
                                   "replace them in a loop")
        self.splice(old, places, self.listed(value, node), node)

    def splice(self, old: Listed, places: Operand, value: Tree, node: Any) -> None:
        """Let a list stand in the place of a part of another."""
        if isinstance(value, Sequence):
            value = self.as_listed(value, listed_like([rebuilt(old, self.current), value]))
        self.put_lists(old, value, node, lambda column, part: self.build.one(core.SPLICED, column, places, part))  # type: ignore[arg-type]

    def delete_part(self, old: Listed, index: Tree, node: Any) -> None:
        """``del old[k]`` or ``del old[a:b]``."""
        place = self.operand(index, node)
        if not is_slice(index):
            self.change_columns(old, lambda column: self.build.one(core.REMOVED, column, place))
            return
        rest = self.build.one(PRIMITIVES[runtime_lists.all_but], place, self.length_of(old))
        self.rearrange(old, rest)

    # ---- joining them -----------------------------------------------------------------------------------------------

    def binary(self, function: Any, left: Tree, right: Tree, node: Any) -> Tree:
        if not (is_listed(left) or is_listed(right)) or self.is_array_like(left) or self.is_array_like(right):
            return super().binary(function, left, right, node)
        if function is operator.add and (is_listed(left) or isinstance(left, Sequence)) and (
            is_listed(right) or isinstance(right, Sequence)
        ):
            return self.joined_lists(left, right, node)
        if function is operator.mul:
            items, times = (left, right) if is_listed(left) else (right, left)
            if isinstance(times, Value | Const):
                return self.repeated(items, times, node)  # type: ignore[arg-type]
        raise self.unsupported(node, "this operation on a list whose length is not known is not supported", "make an array of it")

    def is_array_like(self, tree: Tree) -> bool:
        """Whether a tree is an array, which makes one of a list."""
        return isinstance(tree, Value) and tree.fact.kind in ("array", "num", "any") and not tree.fact.is_scalar

    def joined_lists(self, left: Tree, right: Tree, node: Any) -> Tree:
        """``left + right``."""
        like = listed_like([left, right])
        kinds = {t.type for t in (left, right) if isinstance(t, Sequence)}
        if like is None or not kinds <= {list}:
            raise self.unsupported(node, "lists of elements of several structures are joined", "give all the same structure")
        pairs = zip(leaves(self.as_listed(left, like)), leaves(self.as_listed(right, like)), strict=True)
        made = iter([self.build.one(core.EXTENDED, a, b) for a, b in pairs])
        result: Tree = rebuilt(like, lambda _: next(made))
        for part in (left, right):
            for column, old in zip(leaves(result), leaves(part), strict=False):
                if not of_numbers(column.fact):  # type: ignore[union-attr]
                    self.relate(self.place(column).root, self.related(old))  # type: ignore[arg-type]
        return result

    def repeated(self, items: Listed, times: Value | Const, node: Any) -> Tree:
        """``items * times``."""
        places = self.build.one(PRIMITIVES[runtime_lists.repeated], self.length_of(items), self.operand(times, node))
        return self.gathered(items, places)

    # ---- orders -----------------------------------------------------------------------------------------------------

    def order_of(self, tree: Tree, kwargs: dict[str, Tree], node: Any) -> Operand:
        """The places of the elements of a list in the order in which Python sorts them."""
        key, reverse = kwargs.get("key", Const(None)), kwargs.get("reverse", Const(False))
        plain = isinstance(key, Const) and key.value is None
        measures: Tree = tree if plain else self.listed(self.own(definitions.map_one, [key, tree], node), node)
        if isinstance(measures, Records):
            return self.operand(self.primitive(core.ORDER, [measures.element, reverse, Const(True)], node=node), node)
        return self.operand(self.primitive(core.ORDER, [measures, reverse], node=node), node)

    def sorted_elements(
        self, elements: tuple[Tree, ...], args: list[Tree], kwargs: dict[str, Tree], node: Any
    ) -> tuple[Tree, ...]:
        """Elements that are known one by one, in an order that may be found at run time."""
        if args:
            raise theirs(TypeError("sort() takes no positional arguments"))
        key, reverse = kwargs.get("key", Const(None)), kwargs.get("reverse", Const(False))
        plain = isinstance(key, Const) and key.value is None
        measures = Sequence(list, tuple(e if plain else self.call(key, [e], {}, node) for e in elements))
        if all(isinstance(leaf, Const) for leaf in leaves(measures)) and isinstance(reverse, Const):
            with as_python_does():
                places = runtime_lists.order(self.static(measures, node), reverse.value)
            return tuple(elements[k] for k in places)
        if len(elements) < 2:
            return elements
        order = self.primitive(core.ORDER, [measures, reverse], node=node)
        return self.at_places(elements, lambda k: self.primitive(core.INDEX, [order, Const(k)], node=node), node)

    def at_places(self, elements: tuple[Tree, ...], place: Callable[[int], Tree], node: Any) -> tuple[Tree, ...]:
        """As many elements, at places that are found at run time."""
        if element_like(elements) is not None:
            pool = self.as_listed(Sequence(list, elements))
            return tuple(self.element_at(pool, self.operand(place(k), node)) for k in range(len(elements)))
        return tuple(one_of(self, elements, place(k), node) for k in range(len(elements)))

    # ---- unpacking --------------------------------------------------------------------------------------------------

    def elements(self, tree: Tree, node: Any, count: int | None = None) -> tuple[Tree, ...]:
        if not is_listed(tree) or count is None:
            return super().elements(tree, node, count)
        self.own(definitions.check_count, [self.length_of(tree), Const(count), Const(count)], node)
        return tuple(self.element_at(tree, Const(k)) for k in range(count))

    def unpack(self, target: Any, tree: Tree) -> None:
        star = next((k for k, t in enumerate(target.elts) if isinstance(t, gast.Starred)), None)
        if star is not None and (isinstance(tree, Iteration) or self.length_is_found(tree)):
            tree = self.listed(tree, target)
        if star is None or not is_listed(tree):
            super().unpack(target, tree)
            return
        after = len(target.elts) - star - 1
        self.own(definitions.check_count, [self.length_of(tree), Const(star + after), Const(None)], target)
        middle = Const(slice(star, -after or None))
        places = [Const(k) for k in range(star)], [Const(k - after) for k in range(after)]
        front, back = ([self.element_at(tree, k) for k in part] for part in places)
        found = [*front, self.part_of_list(tree, middle, target), *back]
        for part, item in zip(target.elts, found, strict=True):
            self.assign(part.value if isinstance(part, gast.Starred) else part, item)
