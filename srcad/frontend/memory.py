"""Memory while lowering: which variables mean the same array, and which version of it is the current one.

A variable holds a *handle*, the IR value that the array was when it was made.  A write makes a new version of the
array, and a later read through any handle takes the current version:

    b = a[1:]            b is the part 1: of the root a
    a[2] = 5.0           the current version of a is now stored(a, 2, 5.0)
    c = b * 2            reads the part 1: of that version

What is not known (a view that depends on strides, say) is a root of its own, which is *kin* to those that it may share
memory with.  A write to one of two kin makes the other unreadable: right, or refused.  A variable that is one array or
another, as a condition says, is followed where that is needed (``alternatives``), and kin where it is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from srcad.frontend.scope import Frame, State, Store, Unsupported, theirs
from srcad.frontend.trees import Cell, Poison, Tree, leaves, rebuilt
from srcad.ir import core
from srcad.ir.build import Builder, fact_of_operand, is_whole
from srcad.ir.nodes import Apply, Const, Display, Operand, Value
from srcad.ir.rewrite import with_operands
from srcad.rules import writes
from srcad.rules.registry import primitive_of
from srcad.rules.sharing import is_contiguous, put, sharing


class Root:
    """One array, by the value that it was when it was made."""

    def __init__(self, handle: Value) -> None:
        self.handle = handle


@dataclass(frozen=True, eq=False)
class Step:
    """One view: the application that makes it, which of its results it is, and which operand is viewed."""

    apply: Apply
    part: int
    base: Operand

    def again(self, build: Builder, base: Operand) -> Operand:
        """The view of another version."""
        apply = with_operands(self.apply, lambda o: base if o is self.base else o)
        assert isinstance(apply, Apply)
        facts = tuple(r.fact for r in apply.results)
        return build.apply(apply.primitive, *apply.args, kwargs=apply.kwargs, spelling=apply.spelling,
                           count=len(facts), facts=facts)[self.part]

    def put(self, build: Builder, base: Operand, new: Operand) -> Operand:
        """The base with a new version of the view in it."""
        return put(build, self.apply, base, new, self.part)


@dataclass(frozen=True, eq=False)
class Place:
    """Where the memory of a handle is: the root, and the views from there to it; ``readonly`` if NumPy says so."""

    root: Root
    steps: tuple[Step, ...] = ()
    readonly: bool = False


class Memory:
    """The part of lowering that knows what shares memory."""

    build: Builder
    frame: Frame
    state: State
    places: dict[Value, Place]
    reshaped: set[Root]
    """Arguments whose shape is assigned."""
    program: Any
    unsupported: Any

    # ---- reading ----------------------------------------------------------------------------------------------------

    def place(self, handle: Value) -> Place:
        """Where a handle's memory is; one of which nothing is known is a root."""
        if handle not in self.places:
            self.places[handle] = Place(Root(handle))
        return self.places[handle]

    def current(self, operand: Operand) -> Operand:
        """The current version of what a handle means."""
        if isinstance(operand, Display):
            return Display(operand.kind, tuple(map(self.current, operand.items)))
        place = self.places.get(operand) if isinstance(operand, Value) else None
        if place is None or not self.has_changed(place.root):
            return operand
        return self.versions(place)[-1]

    def has_changed(self, root: Root) -> bool:
        """Whether a root may have another version than its first."""
        return root in self.state.store

    def version(self, root: Root) -> Operand:
        """The current version of a root."""
        version = self.state.store.get(root, root.handle)
        if isinstance(version, Poison):
            raise Unsupported(version.message)
        return version  # type: ignore[return-value]

    def versions(self, place: Place) -> list[Operand]:
        """The current version of a root, and of each view on the way to a place."""
        found = [self.version(place.root)]
        for step in place.steps:
            found.append(step.again(self.build, found[-1]))
        return found

    def unreadable(self, tree: Tree, store: Store) -> Poison | None:
        """Why nobody may read an array in a tree, if that is so."""
        places = [self.places[leaf] for leaf in leaves(tree) if leaf in self.places]
        held = (store.get(root) for place in places for root in self.reached(place.root))
        return next((Poison(found.message) for found in held if isinstance(found, Poison)), None)

    def settled(self, tree: Tree) -> Tree:
        """The tree with the current versions of its leaves."""
        if not self.state.written:
            return tree
        return rebuilt(tree, self.current)

    # ---- who shares memory ------------------------------------------------------------------------------------------

    def root_of(self, handle: Any) -> Any:
        """What stands for a handle: the root of an array, a cell itself."""
        return handle if isinstance(handle, Cell) else self.place(handle).root

    def reached(self, root: Root) -> list[Root]:
        """The roots whose memory a write into one reaches."""
        return [root]

    def related(self, handle: Any) -> set[Any]:
        """The root of a handle (a cell is its own), and those that may share memory with it."""
        if isinstance(handle, Cell):
            return {handle, *self.state.kin.get(handle, ())}
        return self.with_kin(self.roots_of(handle))

    def roots_of(self, handle: Any) -> list[Root]:
        """The roots of which the memory of a handle may be."""
        return self.reached(self.place(handle).root) if may_be_memory(handle) else []

    def with_kin(self, roots: Iterable[Root]) -> set[Any]:
        """Roots, and those that may share memory with them."""
        return {other for root in roots for other in (root, *self.state.kin.get(root, ()))}

    def may_share(self, one: Any, other: Any) -> bool:
        """Whether two handles may be, or be parts of, one array; or two cells the same list."""
        if isinstance(one, Cell):
            return one in self.related(other)
        return isinstance(one, Value) and may_be_memory(one) and self.place(one).root in self.related(other)

    def relate(self, root: Any, others: Iterable[Any]) -> None:
        """Note that memory may be shared."""
        for other in others:
            if other is not root:
                self.state.kin[root] = self.state.kin.get(root, frozenset()) | {other}
                self.state.kin[other] = self.state.kin.get(other, frozenset()) | {root}

    def note(self, results: Iterable[Operand], handles: list[Tree]) -> None:
        """Note what the results of an application share with the handles that it was given."""
        for result in results:
            made = self.build.definitions.get(result) if isinstance(result, Value) else None
            if made is None or result in self.places or not may_be_memory(result):
                continue
            assert isinstance(result, Value)
            self.note_one(result, made, handles)

    def note_one(self, result: Value, made: Apply, handles: list[Tree]) -> None:
        part = made.results.index(result)
        found = sharing(made, part)
        bases = [self.handle_of(base, made, handles) for base in found.bases]
        if len(bases) == 1 and isinstance(base := bases[0], Value):
            kind = self.kind_of_view(made, part, base, found.bases[0])
            if kind == "fresh":
                return
            if kind in ("view", "same", "readonly"):
                place = self.place(base)
                steps = place.steps if kind == "same" else (*place.steps, Step(made, part, found.bases[0]))
                self.places[result] = Place(place.root, steps, place.readonly or kind == "readonly")
                return
        for base in bases:
            self.relate(self.place(result).root, self.related(base))

    def kind_of_view(self, made: Apply, part: int, base: Value, viewed: Operand) -> str:
        """What the result of an application is of the array ``base``, of which ``viewed`` is the current version."""
        found = sharing(made, part)
        return sharing(made, part, True).kind if found.kind == "perhaps" and self.is_contiguous(base) else found.kind

    def handle_of(self, operand: Operand, made: Apply, handles: list[Tree]) -> Operand:
        """The handle whose current version an operand is."""
        found = next((h for a, h in zip(made.args, handles, strict=False) if a is operand), operand)
        return found if isinstance(found, Value) else operand

    def is_contiguous(self, handle: Value) -> bool:
        """Whether the elements of an array are known to stand one after the other."""
        place = self.place(handle)
        made = self.build.definitions.get(place.root.handle)
        return made is not None and not place.steps and is_contiguous(made, made.results.index(place.root.handle))

    # ---- writing ----------------------------------------------------------------------------------------------------

    def write(self, handle: Value, index: Operand, value: Operand, node: Any, function: Any = None) -> None:
        """``handle[index] = value``, or the augmented assignment of an operator."""
        self.check_writable(handle)
        place = self.place(handle)
        index = self.current(index)
        steps = list(place.steps)
        while steps and (whole := composed(steps[-1], index)) is not None:
            index = whole
            steps.pop()
        bases = self.versions(Place(place.root, tuple(steps)))
        self.update(place.root, steps, bases, self.stored(bases[-1], index, value, function))

    def check_writable(self, handle: Value) -> None:
        if self.place(handle).readonly:
            raise theirs(ValueError("assignment destination is read-only"))

    def stored(self, base: Operand, index: Operand, value: Operand, function: Any) -> Operand:
        """The version of an array after a write into it."""
        if function is None:
            return self.build.one(core.STORED, base, index, value)
        part = base if is_whole(index) else self.build.one(core.INDEX, base, index)
        if may_be_memory(part):
            writes.check_augmented(self.build, function, part, value)
        symbol = getattr(primitive_of(function), "symbol", "")
        if symbol in ("+", "-") and is_basic(index):
            added = value if symbol == "+" else self.build.one(core.NEG, value)
            return self.build.one(core.ACCUMULATED, base, index, added)
        made = self.build.one(primitive_of(function), part, value)  # type: ignore[arg-type]
        return self.build.one(core.STORED, base, index, made)

    def is_lent(self, root: Root) -> bool:
        """Whether an array that outlives the call is written back at the end."""
        return False

    def replace(self, handle: Value, new: Operand, alone: bool = False) -> None:
        """Let all memory of a handle hold a new version of it; ``alone``: a list has other elements, which do not change."""
        place = self.place(handle)
        self.update(place.root, list(place.steps), self.versions(place), new, alone)

    def forbid(self, handle: Value, message: str) -> None:
        """Let nobody read an array any more, for a reason."""
        for root in self.reached(self.place(handle).root):
            self.state.store[root] = Poison(message)
        self.state.written = True

    def update(
        self, root: Root, steps: list[Step], bases: list[Operand], new: Operand, alone: bool = False
    ) -> None:
        """Put a new version of a view into the root that it is of."""
        reached = self.reached(root)
        related = dict.fromkeys(other for one in reached for other in (one, *self.state.kin.get(one, ())))
        for other in related:
            name = self.state.given_away.get(other)
            if name is not None and not (other is root and self.is_lent(root)):
                raise self.unsupported(None, f"an array that {name} holds is written into afterwards",
                                       f"write first, or give {name} a copy of it")
        for step, base in zip(reversed(steps), reversed(bases[:-1]), strict=True):
            try:
                new = step.put(self.build, base, new)
            except TypeError as error:  # the view's own refusal
                raise self.unsupported(None, str(error), "make the whole array anew (x = real + 1j * imag)") from None
        if isinstance(new, Value) and not new.name:
            new.name = root.handle.name
        self.hold_version(root, new)
        self.state.written = True
        made = self.build.definitions.get(new) if isinstance(new, Value) else None
        if root.handle.fact.kind == "list" and (made is None or made.primitive not in KEEP_LENGTH):
            self.state.resized.add(root)
        for other in related:
            if other in reached or (alone and other.handle.fact.kind not in ("list", "keys")):
                continue
            message = str(self.unsupported(
                None, f"{label(other)} may or may not share memory with {label(root)}, which is written into here, and is read "
                "afterwards", f"copy one of them ({label(other)} = {label(other)}.copy()) before the write",
            ))
            self.program.unclear.add(message)
            self.state.store[other] = Poison(message)

    def hold_version(self, root: Root, new: Operand) -> None:
        """Let a root have a new version."""
        self.state.store[root] = new


KEEP_LENGTH = (core.REPLACED, core.STORED, core.ACCUMULATED, core.SCATTERED)
"""Writes after which a list is as long as before."""


def label(root: Root) -> str:
    """What messages call an array."""
    return root.handle.name or "another array"


def may_be_memory(operand: Operand) -> bool:
    """Whether an operand may be an array that can be written into."""
    if not isinstance(operand, Value):
        return False
    fact = operand.fact
    return fact.kind in ("any", "object", "list", "keys") or (fact.kind in ("array", "num") and not fact.is_scalar)


def is_basic(index: Operand) -> bool:
    """Whether an index names each element once: ints, slices, new axes."""
    if isinstance(index, Display):
        return index.kind == "slice" or all(map(is_basic, index.items))
    if isinstance(index, Const):
        items = index.value if isinstance(index.value, tuple) else (index.value,)
        return all(i is None or i is Ellipsis or type(i) in (int, slice) for i in items)
    fact = fact_of_operand(index)
    return fact.is_scalar and fact.dtype is not None and fact.dtype.kind in "iu"


def composed(step: Step, index: Operand) -> Operand | None:
    """The index into what is viewed that an index into the view is, if one index says it."""
    if step.apply.primitive is not core.INDEX:
        return None
    outer = step.apply.args[1]
    if is_whole(index):
        return outer
    if not is_basic(index) or not all(map(is_integer, items_of(outer))):
        return None
    return together(items_of(outer), items_of(index))


def items_of(index: Operand) -> list[Operand]:
    """The indices for the axes, one after the other."""
    if isinstance(index, Display) and index.kind == "tuple":
        return list(index.items)
    if isinstance(index, Const) and isinstance(index.value, tuple):
        return list(map(Const, index.value))
    return [index]


def is_integer(index: Operand) -> bool:
    fact = fact_of_operand(index)
    return fact.is_scalar and fact.dtype is not None and fact.dtype.kind in "iu"


def together(first: list[Operand], second: list[Operand]) -> Operand:
    items = (*first, *second)
    if all(isinstance(i, Const) for i in items):
        return Const(tuple(i.value for i in items))  # type: ignore[union-attr]
    return Display("tuple", items)
