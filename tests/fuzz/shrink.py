"""Making a failing program small: leave out statements and parts of expressions while it still fails alike."""

import ast
import copy
import time
from collections.abc import Callable, Iterator
from typing import Any


def shrunk(source: str, fails: Callable[[str], bool], seconds: float = 60.0) -> str:
    """A smaller text for which ``fails`` still holds."""
    until = time.monotonic() + seconds
    best = source
    progress = True
    while progress and time.monotonic() < until:
        progress = False
        for candidate in _smaller(best):
            if time.monotonic() > until:
                break
            if len(candidate) < len(best) and fails(candidate):
                best, progress = candidate, True
                break
    return best


def _smaller(source: str) -> Iterator[str]:
    """The text with one thing left out: first whole statements, then the heads of nests, then parts of expressions."""
    tree = ast.parse(source)
    bodies = [
        (number, name) for number, node in enumerate(ast.walk(tree)) for name in ("body", "orelse")
        if isinstance(getattr(node, name, None), list) and getattr(node, name)
    ]
    for number, name in bodies:
        for k in range(len(getattr(_node(tree, number), name))):
            for nested in (False, True):
                changed = copy.deepcopy(tree)
                owner = _node(changed, number)
                block = getattr(owner, name)
                inner = getattr(block[k], "body", None)
                if nested and not (isinstance(inner, list) and not isinstance(block[k], ast.FunctionDef | ast.ClassDef)):
                    continue
                block[k : k + 1] = inner if nested else []
                if not block and name == "body" and not isinstance(owner, ast.Module):
                    block.append(ast.Pass())
                yield ast.unparse(ast.fix_missing_locations(changed))
    expressions = [number for number, node in enumerate(ast.walk(tree)) if isinstance(node, ast.expr)]
    for number in expressions:
        for part in range(len(_parts(_node(tree, number)))):
            changed = copy.deepcopy(tree)
            node = _node(changed, number)
            if isinstance(getattr(node, "ctx", None), ast.Store):
                continue
            _replace(changed, node, _parts(node)[part])
            try:
                yield ast.unparse(ast.fix_missing_locations(changed))
            except (ValueError, AttributeError):
                continue


def _node(tree: ast.AST, number: int) -> Any:
    for k, node in enumerate(ast.walk(tree)):
        if k == number:
            return node
    raise IndexError(number)


def _parts(node: ast.AST) -> list[ast.expr]:
    """The expressions right inside of one, that may stand for it."""
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if value is old:
                setattr(node, name, new)
            elif isinstance(value, list):
                value[:] = [new if item is old else item for item in value]
