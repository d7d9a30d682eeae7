"""Finding the source of a live function: a function in, its gast node with the file's own line numbers out.

A ``def`` is read from its first line on; a lambda is found in its file by the lines that its code covers and by
comparing code, since two may stand on one line.
"""

from __future__ import annotations

import ast
import copy
import inspect
import itertools
import linecache
import sys
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

import gast

from srcad.errors import DifferentiationError, explain
from srcad.ir.nodes import Location

LIBRARIES = frozenset(sys.stdlib_module_names) | {"numpy", "scipy"}
"""The modules of Python itself and of what generated code computes with."""


@dataclass(frozen=True)
class Source:
    """A function's syntax: ``node`` is a gast FunctionDef or Lambda."""

    node: Any
    file: str
    name: str

    @property
    def location(self) -> Location:
        return Location(self.file, self.node.lineno, self.name)


class SourceNotFound(DifferentiationError):
    """A function's source cannot be had; ``reason`` and ``remedy`` are for the message at a call of it."""

    def __init__(self, function: FunctionType, cause: Exception) -> None:
        code = function.__code__
        where = Location(code.co_filename, code.co_firstlineno, code.co_name)
        self.remedy = (
            f"define {function.__name__} in a file or a notebook cell, so that inspect.getsource finds it "
            "(code made by exec has no source unless it is put into linecache)"
        )
        self.reason = f"whose source cannot be found ({cause})"
        super().__init__(
            explain(where, f"the source of {function.__qualname__} cannot be found ({cause})", self.remedy)
        )


def source_of(function: FunctionType) -> Source:
    """The syntax of a function; ``SourceNotFound`` if it cannot be had."""
    try:
        return source_of_code(function.__code__)
    except (OSError, SyntaxError, LookupError) as error:
        raise SourceNotFound(function, error) from None


@lru_cache(maxsize=1024)
def source_of_code(code: CodeType) -> Source:
    """The syntax of a code object."""
    if code.co_name == "<lambda>":
        return Source(_lambda_of(code), code.co_filename, code.co_name)
    node = next((n for n in ast.walk(parsed(*text_of(code))) if _is_def(n, code)), None)
    if node is None:
        raise LookupError(f"no definition of {code.co_name} at line {code.co_firstlineno}")
    return Source(gast.ast_to_gast(Mangled(code).visit(node)), code.co_filename, code.co_name)


class Mangled(ast.NodeTransformer):
    """Private names (``self.__rate``) as Python has them in a class (``self._Model__rate``)."""

    def __init__(self, code: CodeType) -> None:
        parts = code.co_qualname.split(".")
        around = [part for part, inner in itertools.pairwise(parts) if "<locals>" not in (part, inner)]
        self.prefix = "_" + around[-1].lstrip("_") if around and around[-1].strip("_") else ""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if not self.prefix:
            return node
        for key in ("id", "attr", "arg", "name", "asname", "names"):
            value = getattr(node, key, None)
            if isinstance(value, list):
                value[:] = [self.name(item) if isinstance(item, str) else item for item in value]
            elif isinstance(value, str):
                setattr(node, key, self.name(value))
        return super().generic_visit(node)

    def name(self, name: str) -> str:
        private = name.startswith("__") and not name.endswith("__") and "." not in name
        return self.prefix + name if private else name


def text_of(code: CodeType) -> tuple[str, int]:
    """The text of a function's definition, and the number of its first line.

    A ``def`` comes with its decorators, indented as it stands in its file; a lambda in parentheses.
    ``OSError``, ``SyntaxError`` or ``LookupError`` if it cannot be found.
    """
    if code.co_name != "<lambda>":
        lines, first = inspect.getsourcelines(code)
        return "".join(lines), first
    node = _lambda_of(code)
    segment = ast.get_source_segment("".join(linecache.getlines(code.co_filename)), node)
    return f"({segment})\n", node.lineno


def parsed(text: str, first: int) -> ast.Module:
    """The tree of a definition's text, however it is indented, at the lines of its file."""
    # dedenting would change strings that go over several lines
    indented = text[:1] in (" ", "\t")
    tree = ast.parse("if True:\n" + text if indented else text)
    ast.increment_lineno(tree, first - 1 - indented)
    return tree


def _is_def(node: ast.AST, code: CodeType) -> bool:
    if not isinstance(node, ast.FunctionDef) or node.name != code.co_name:
        return False
    return min([node.lineno, *(d.lineno for d in node.decorator_list)]) == code.co_firstlineno


def _lambda_of(code: CodeType) -> Any:
    source = "".join(linecache.getlines(code.co_filename))
    if not source:
        raise OSError("could not get source code")
    found = [
        Mangled(code).visit(copy.deepcopy(node)) for node in ast.walk(_parsed(source))
        if isinstance(node, ast.Lambda) and node.lineno <= code.co_firstlineno <= (node.end_lineno or 0)
    ]
    exact = [node for node in found if _same_code(node, code)]
    if not exact:
        raise LookupError(f"no such lambda at line {code.co_firstlineno}")
    return gast.ast_to_gast(exact[0])


@lru_cache(maxsize=32)
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def _same_code(node: ast.Lambda, code: CodeType) -> bool:
    """Whether a lambda compiles to this code; free variables compile as globals here, so names are compared."""
    module = compile(ast.fix_missing_locations(ast.Expression(node)), code.co_filename, "eval")
    own = next(c for c in module.co_consts if isinstance(c, CodeType))
    if own.co_varnames[: own.co_argcount] != code.co_varnames[: code.co_argcount]:
        return False
    starts = {(p[0], p[2]) for p in code.co_positions() if p[0] is not None and p[2] is not None}
    columns = {(p[0], p[2]) for p in own.co_positions() if p[0] is not None and p[2] is not None}
    return len(starts & columns) >= 1 and _spans(node, code)


def _spans(node: ast.Lambda, code: CodeType) -> bool:
    """Whether every position of the code lies inside the lambda's body."""
    body = node.body
    first, last = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    for line, end_line, column, end_column in code.co_positions():
        if None in (line, end_line, column, end_column) or (line == code.co_firstlineno and column == end_column == 0):
            continue
        if not (first <= (line, column) and (end_line, end_column) <= last):
            return False
    return True


def is_library(function: Any) -> bool:
    """Whether a function is none of the user's."""
    return (getattr(function, "__module__", None) or "").split(".")[0] in LIBRARIES
