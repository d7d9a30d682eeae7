"""``dict``, ``set`` and the dicts of ``collections``, made of what they are given."""

from __future__ import annotations

import collections
from typing import Any

from srcad.frontend import definitions
from srcad.frontend.calls import Calls, handles
from srcad.frontend.scope import as_python_does, theirs
from srcad.frontend.trees import Closure, Iteration, Mapping, Table, Tree
from srcad.ir.nodes import Const


@handles(set)
def lower_set(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    if args and isinstance(args[0], Iteration) and args[0].kind != "range":
        return low.set_of_elements(lambda: args[0], node)
    return low.set_of(args[0] if args else None, node)


@handles(frozenset)
def lower_frozenset(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    known = low.known_elements(args[0]) if args else ()
    if known is None:
        raise low.unsupported(node, "a frozenset whose elements are not known is not supported", "use a set")
    with as_python_does():
        return Const(frozenset(known))


def filled(low: Calls, empty: Mapping, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    """A dict with the items of another dict, or with pairs, and what is given by name."""
    if len(args) > 1:
        raise theirs(TypeError(f"dict expected at most 1 argument, got {len(args)}"))
    made: Tree = empty
    if args and isinstance(args[0], Table):
        made = low.copied_table(args[0], empty)
    elif args and (known := low.tried(lambda: low.known_items(args[0], node))) is not None:
        made = low.dict_of(empty, known)
    elif args:
        made = low.housed(empty)
        low.own(definitions.put_items, [made, args[0]], node)
        made = low.refreshed(made)
    if isinstance(made, Mapping):
        return low.dict_of(empty, {**made.items, **kwargs}) if kwargs else made
    low.put_items(made, Mapping(kwargs), node)  # type: ignore[arg-type]
    return made


@handles(dict)
def lower_dict(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    return filled(low, Mapping({}), args, kwargs, node)


@handles(collections.OrderedDict)
def lower_ordered(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    return filled(low, Mapping({}, None, collections.OrderedDict), args, kwargs, node)


@handles(collections.defaultdict)
def lower_defaultdict(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    default: Tree | None = args[0] if args else Const(None)
    if isinstance(default, Const) and default.value is None:
        default = None
    elif not (isinstance(default, Const) and callable(default.value)) and not isinstance(default, Closure):
        raise low.unsupported(node, "a defaultdict that makes its values in this way is not supported", "give it a function")
    return filled(low, Mapping({}, None, collections.defaultdict, default), args[1:], kwargs, node)


@handles(collections.Counter)
def lower_counter(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    made = low.housed(Mapping({}, None, collections.Counter))
    low.count_into(made, args, kwargs, node)  # type: ignore[arg-type]
    return low.refreshed(made)
