"""Syntactic questions about statements: what they assign, read, and how they can leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gast

SCOPES = (gast.FunctionDef, gast.Lambda, gast.ClassDef, gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)


PATTERNS = (gast.MatchAs, gast.MatchStar, gast.MatchMapping)


def walk(nodes: Any, *, into_scopes: bool = False) -> Iterator[Any]:
    """The nodes in statements or an expression; those of nested scopes only on request."""
    pending = list(nodes) if isinstance(nodes, list | tuple) else [nodes]
    while pending:
        node = pending.pop(0)
        if node is None:
            continue
        yield node
        if into_scopes or not isinstance(node, SCOPES):
            pending[:0] = list(gast.iter_child_nodes(node))


def assigned(nodes: Any) -> list[str]:
    """The names that statements bind, in order of first binding."""
    names: dict[str, None] = {}
    for node in walk(nodes):
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store | gast.Del):
            names[node.id] = None
        elif isinstance(node, gast.FunctionDef | gast.ClassDef):
            names[node.name] = None
        elif isinstance(node, gast.Import | gast.ImportFrom):
            names.update(dict.fromkeys((a.asname or a.name).split(".")[0] for a in node.names))
        else:
            names.update(dict.fromkeys(captured(node) if isinstance(node, PATTERNS) else ()))
    for node in walk(nodes, into_scopes=True):
        if isinstance(node, gast.NamedExpr):
            names[node.target.id] = None
    return list(names)


def captured(pattern: Any) -> list[str]:
    """The names that a pattern of ``match`` captures."""
    names: dict[str, None] = {}
    for node in walk(pattern):
        if isinstance(node, gast.MatchAs | gast.MatchStar) and node.name is not None:
            names[node.name] = None
        elif isinstance(node, gast.MatchMapping) and node.rest is not None:
            names[node.rest] = None
    return list(names)


def loaded(nodes: Any) -> dict[str, int]:
    """How often each name is read, nested scopes included."""
    counts: dict[str, int] = {}
    for node in walk(nodes, into_scopes=True):
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load):
            counts[node.id] = counts.get(node.id, 0) + 1
        elif isinstance(node, gast.AugAssign) and isinstance(node.target, gast.Name):
            counts[node.target.id] = counts.get(node.target.id, 0) + 1
    return counts


def local_names(function: Any) -> set[str]:
    """The names local to a function: parameters and what it binds."""
    args = function.args
    names = {a.id for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)}
    names.update(a.id for a in (args.vararg, args.kwarg) if a is not None)
    body = function.body
    return names | (set(assigned(body)) - declared(function).keys())


def declared(function: Any) -> dict[str, str]:
    """The names that a function declares ``global`` or ``nonlocal``, and which of the two."""
    found = {}
    for node in walk(function.body):
        if isinstance(node, gast.Global | gast.Nonlocal):
            found.update(dict.fromkeys(node.names, type(node).__name__.lower()))
    return found


def writes_nonlocal(function: Any) -> bool:
    """Whether a nested function, or one inside it, writes to a nonlocal variable."""
    for node in walk(function.body):
        if isinstance(node, gast.Nonlocal):
            return True
        if isinstance(node, gast.FunctionDef | gast.Lambda) and writes_nonlocal(node):
            return True
    return False


def free_names(function: Any) -> list[str]:
    """The names that a nested function reads and does not bind itself."""
    own = local_names(function) | {name for name, kind in declared(function).items() if kind == "global"}
    found: dict[str, None] = {}
    for node in walk(function.body):
        if isinstance(node, gast.FunctionDef | gast.Lambda):
            found.update(dict.fromkeys(n for n in free_names(node) if n not in own))
        elif isinstance(node, gast.ListComp | gast.SetComp | gast.DictComp | gast.GeneratorExp):
            found.update(dict.fromkeys(n for n in loaded(node) if n not in own))
        elif isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load) and node.id not in own:
            found[node.id] = None
    return list(found)


def captured_inside(function: Any) -> set[str]:
    """The names that functions made inside a function read of it, whenever they are called."""
    found: set[str] = set()
    for node in walk(function.body) if hasattr(function, "body") else ():
        if isinstance(node, gast.FunctionDef | gast.Lambda):
            found.update(free_names(node))
    return found


def exits(nodes: Any, kinds: tuple[type, ...] = (gast.Break, gast.Continue, gast.Return)) -> bool:
    """Whether statements may leave: by ``return``, or by a ``break`` or ``continue`` of a loop around them."""
    for node in nodes if isinstance(nodes, list) else [nodes]:
        if isinstance(node, kinds):
            return True
        if isinstance(node, SCOPES):
            continue
        if isinstance(node, gast.For | gast.While):
            inner = tuple(k for k in kinds if k is gast.Return)
            if (inner and exits(node.body, inner)) or exits(node.orelse, kinds):
                return True
            continue
        for name in ("body", "orelse", "handlers", "finalbody", "cases"):
            part = getattr(node, name, None)
            if isinstance(part, list) and exits(part, kinds):
                return True
    return False


def always_exits(statements: list[Any]) -> bool:
    """Whether the end of statements is never reached."""
    for node in statements:
        if isinstance(node, gast.Return | gast.Break | gast.Continue | gast.Raise):
            return True
        if isinstance(node, gast.If) and node.orelse and always_exits(node.body) and always_exits(node.orelse):
            return True
    return False
