"""What a variable holds while a function is lowered: a leaf, or a structure of leaves known at that time.

Tuples, lists, dicts, closures and bound methods exist only here.  The IR sees their leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from srcad.ir.build import key_of
from srcad.ir.facts import PYTHON_NUMBERS
from srcad.ir.nodes import Const, Display, Location, Operand, Undefined, Value, Zero


class Cell:
    """The identity of a list, dict or object, by which it is found where it has changed (``containers``).

    ``live`` says that it is one of the program's own, which the function has captured; ``name`` is that of a variable.
    """

    __slots__ = ("live", "name")

    def __init__(self, live: bool = False) -> None:
        self.live = live
        self.name = ""


@dataclass(frozen=True, eq=False)
class Sequence:
    """A tuple or list of known length; ``type`` is tuple, list or a named tuple's class."""

    type: type
    items: tuple[Tree, ...]
    cell: Cell | None = None


@dataclass(frozen=True, eq=False)
class Mapping:
    """A dict with known keys; ``type`` is dict or a subclass, ``default`` what a defaultdict calls for a missing key."""

    items: dict[Any, Tree]
    cell: Cell | None = None
    type: type = dict
    default: Tree | None = None


@dataclass(frozen=True, eq=False)
class Members:
    """A set with known elements; ``elements`` is never changed itself."""

    elements: set[Any]
    cell: Cell | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """A dict whose keys are known at run time only: from each key to its place in a list of run-time length."""

    places: Operand
    values: Operand
    like: Mapping


@dataclass(frozen=True, eq=False)
class Instance:
    """An object of the user's class that was made while lowering: the attributes of its own, by name."""

    type: type
    items: dict[str, Tree]
    cell: Cell | None = None


@dataclass(frozen=True, eq=False)
class Fixed:
    """A list, dict or object that is the same one on every way: it has no leaves, since it is found by its cell."""

    tree: Sequence | Mapping | Members | Instance


@dataclass(frozen=True, eq=False)
class Closure:
    """A nested function or lambda: its syntax, and where it finds what it captures.

    ``free`` maps the captured names to trees; it is filled when the closure is made and looked up anew in the scope
    it lives in as long as it is called there, since Python captures variables, not values.
    """

    node: Any
    file: str
    name: str
    scope: Any
    defaults: dict[str, Tree]
    free: dict[str, Tree] | None = None


@dataclass(frozen=True, eq=False)
class OneOf:
    """One of several functions, as the data say: ``selector`` is the number of one of the options (``choices``)."""

    selector: Operand
    options: dict[int, Tree]


@dataclass(frozen=True, eq=False)
class Bound:
    """A method of a value, not called yet; ``function`` if it is one of the user's class."""

    receiver: Tree
    name: str
    function: Any = None


@dataclass(frozen=True, eq=False)
class Partial:
    """A callable some of whose arguments are given."""

    function: Tree
    args: tuple[Tree, ...]
    kwargs: dict[str, Tree]


class Token:
    """Which iterator is meant: how far it has gone is noted under its token."""

    name = "an iterator"


@dataclass(frozen=True, eq=False)
class Iteration:
    """``range``, ``zip``, ``enumerate``, ``reversed`` or ``iter`` of trees, or a generator, not run yet.

    The parts of a generator are its function, as a closure, and the arguments by name.  What runs only once has a token.
    """

    kind: str
    parts: tuple[Tree, ...]
    token: Token | None = None


@dataclass(frozen=True, eq=False)
class Untouched:
    """What is noted of an iterator that has given nothing yet; later it is what it still has to give."""


@dataclass(frozen=True, eq=False)
class Records:
    """A list of run-time length whose elements have a structure: one with a list of its own for each leaf."""

    element: Tree


@dataclass(frozen=True, eq=False)
class Derivative:
    """A derivative of a tree that is callable, as ``srcad.grad(f)`` inside a function makes one."""

    kind: str
    function: Tree
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Poison:
    """A variable whose values on two branches cannot be joined: an error once it is read."""

    message: str


@dataclass(frozen=True, eq=False)
class Deleted(Poison):
    """A variable that ``del`` has taken away; ``message`` is for where it is one only on one of two ways."""


@dataclass(frozen=True, eq=False)
class Pending:
    """The second half of a derivative, to be called later: a pullback, or the linear map that ``linearize`` gives.

    ``given`` is the tree that it is called with, as far as its structure and facts go; ``wanted`` that of the result;
    ``location`` where the differentiated function is defined.
    """

    kind: str
    function: Any
    residuals: Operand
    given: Tree
    wanted: Tree
    location: Location | None = None


Tree = (
    Operand | Sequence | Mapping | Members | Table | Instance | Fixed | Closure | OneOf | Bound | Partial | Iteration
    | Untouched | Records
    | Derivative | Pending | Poison
)


NAMES: dict[type, str] = {
    Mapping: "a dict", Table: "a dict", Members: "a set", Closure: "a function", Bound: "a method", Partial: "a function",
    Derivative: "a function", Iteration: "an iterator",
    Records: "a list whose length is known at run time, with elements of several parts", Pending: "a pullback",
}
"""What messages call a tree that is no operand."""


class Mismatch(Exception):
    """Two trees have not the same structure."""


def is_number(tree: Tree) -> bool:
    return isinstance(tree, Const) and type(tree.value) in PYTHON_NUMBERS


def leaves(tree: Tree) -> Iterator[Operand]:
    """The leaves in order; a constant that is no number belongs to the structure."""
    match tree:
        case Sequence():
            for item in tree.items:
                yield from leaves(item)
        case Mapping() | Instance():
            for item in tree.items.values():
                yield from leaves(item)
        case Closure():
            for item in (*tree.defaults.values(), *(tree.free or {}).values()):
                yield from leaves(item)
        case OneOf():
            yield tree.selector
            for item in tree.options.values():
                yield from leaves(item)
        case Bound():
            yield from leaves(tree.receiver)
        case Iteration():
            for item in tree.parts:
                yield from leaves(item)
        case Partial():
            for item in (tree.function, *tree.args, *tree.kwargs.values()):
                yield from leaves(item)
        case Records():
            yield from leaves(tree.element)
        case Table():
            yield from (tree.places, tree.values)
        case Derivative():
            yield from leaves(tree.function)
        case Pending():
            yield tree.residuals
        case Const():
            if is_number(tree):
                yield tree
        case Value() | Undefined() | Display() | Zero():
            yield tree


def rebuilt(tree: Tree, leaf: Callable[[Operand], Tree]) -> Tree:
    """The tree with every leaf replaced, in the order of ``leaves``."""
    match tree:
        case Sequence():
            return Sequence(tree.type, tuple(rebuilt(item, leaf) for item in tree.items), tree.cell)
        case Mapping():
            return replace(tree, items={k: rebuilt(item, leaf) for k, item in tree.items.items()})
        case Instance():
            return Instance(tree.type, {k: rebuilt(item, leaf) for k, item in tree.items.items()}, tree.cell)
        case Closure():
            defaults = {k: rebuilt(item, leaf) for k, item in tree.defaults.items()}
            free = None if tree.free is None else {k: rebuilt(item, leaf) for k, item in tree.free.items()}
            return Closure(tree.node, tree.file, tree.name, tree.scope, defaults, free)
        case OneOf():
            selector = leaf(tree.selector)
            assert isinstance(selector, Operand)
            return OneOf(selector, {k: rebuilt(item, leaf) for k, item in tree.options.items()})
        case Bound():
            return Bound(rebuilt(tree.receiver, leaf), tree.name, tree.function)
        case Iteration():
            return Iteration(tree.kind, tuple(rebuilt(item, leaf) for item in tree.parts), tree.token)
        case Pending():
            residuals = leaf(tree.residuals)
            assert isinstance(residuals, Operand)
            return replace(tree, residuals=residuals)
        case Partial():
            function, args = rebuilt(tree.function, leaf), tuple(rebuilt(item, leaf) for item in tree.args)
            return Partial(function, args, {k: rebuilt(item, leaf) for k, item in tree.kwargs.items()})
        case Records():
            return Records(rebuilt(tree.element, leaf))
        case Table():
            return Table(leaf(tree.places), leaf(tree.values), tree.like)  # type: ignore[arg-type]
        case Derivative():
            return Derivative(tree.kind, rebuilt(tree.function, leaf), tree.options)
        case Const():
            return leaf(tree) if is_number(tree) else tree
        case Poison() | Fixed() | Untouched() | Members():
            return tree
        case _:
            return leaf(tree)


def structure(tree: Tree) -> Any:
    """A hashable key of the structure without its leaves."""
    match tree:
        case Sequence():
            return (tree.type, *map(structure, tree.items))
        case Mapping():
            return (*kind_key(tree), *((k, structure(item)) for k, item in tree.items.items()))
        case Instance():
            return ("object", tree.type, *((k, structure(item)) for k, item in tree.items.items()))
        case Closure():
            # one that looks its variables up where it was made is another one than one made in another call
            scope = tree.scope if tree.free is None else None
            free = tuple((k, structure(v)) for k, v in (tree.free or {}).items())
            return ("closure", tree.node, scope, tuple((k, structure(v)) for k, v in tree.defaults.items()), free)
        case OneOf():
            return ("one of", *((k, structure(item)) for k, item in tree.options.items()))
        case Bound():
            return ("bound", tree.name, tree.function, structure(tree.receiver))
        case Iteration():
            return (tree.kind, tree.token, *map(structure, tree.parts))
        case Partial():
            named = tuple((k, structure(item)) for k, item in tree.kwargs.items())
            return ("partial", structure(tree.function), tuple(map(structure, tree.args)), named)
        case Records():
            return ("records", structure(tree.element))
        case Members():
            return ("set", *((type(e), e) for e in tree.elements))
        case Table():
            return ("table", kind_key(tree.like))
        case Untouched():
            return ("untouched",)
        case Pending():
            return ("pending", tree.function)
        case Derivative():
            return ("derivative", tree.kind, structure(tree.function), tuple(sorted(map(repr, tree.options.items()))))
        case Const():
            return "*" if is_number(tree) else ("const", key_of(tree))
        case Poison():
            return ("poison", tree.message)
        case Fixed():
            return ("fixed", tree.tree.cell)
        case _:
            return "*"


def kind_key(tree: Mapping) -> tuple[Any, ...]:
    """What kind of dict it is."""
    return ("dict", tree.type, None if tree.default is None else structure(tree.default))


def unflattened(tree: Tree, values: Iterator[Any]) -> Tree:
    """The structure of ``tree`` over other leaves."""
    return rebuilt(tree, lambda _: next(values))
