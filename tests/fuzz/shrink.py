"""Making a failing program small: leave out statements and parts of expressions while it still fails alike."""

import ast
import copy
import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any


def shrunk(source: str, fails: Callable[[str], bool], seconds: float = 60.0) -> str:
    """A smaller text for which ``fails`` still holds."""
    until = time.monotonic() + seconds
    best = source
    progress = True
    while progress:
        progress = False
        for smaller in (_statements, _expressions):
            place = 0
            while (candidate := next(itertools.islice(smaller(best), place, None), None)) is not None:
                if time.monotonic() > until:
                    return best
                if len(candidate) < len(best) and fails(candidate):
                    best, progress = candidate, True  # and try the same place again
                else:
                    place += 1
    return best


def _statements(source: str) -> Iterator[str]:
    """The text with a statement left out, the last ones first, or only the head of a nest."""
    tree = ast.parse(source)
    bodies = [
        (number, name) for number, node in enumerate(ast.walk(tree)) for name in ("body", "orelse")
        if isinstance(getattr(node, name, None), list) and getattr(node, name)
    ]
    for number, name in bodies:
        for k in reversed(range(len(getattr(_node(tree, number), name)))):
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


def _expressions(source: str) -> Iterator[str]:
    """The text with a part of an expression in the place of the expression; not in the arguments at the end."""
    tree = ast.parse(source)
    kept = {id(part) for statement in tree.body if isinstance(statement, ast.Assign) for part in ast.walk(statement)}
    for number, node in enumerate(ast.walk(tree)):
        if not isinstance(node, ast.expr) or id(node) in kept or isinstance(getattr(node, "ctx", None), ast.Store):
            continue
        for part in range(len(_parts(node))):
            changed = copy.deepcopy(tree)
            old = _node(changed, number)
            _replace(changed, old, _parts(old)[part])
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
