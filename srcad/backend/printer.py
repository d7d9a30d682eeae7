"""Printing generated code: a stdlib ``ast.Module`` goes in, source text and a map of its lines come out.

``astunparse.Unparser`` is subclassed, in ``expressions`` and here for statements. What it does wrong or badly
is overridden: parentheses only where precedence asks for them, powers of simple operands closed up, comments,
blank lines, long lines broken inside brackets, and the syntax that it lacks (match, ``except*``, PEP 695).

    >>> tree = ast.parse("y = (-(2.0) * (a ** 2))[1:, 0]")
    >>> tree.body[0] = annotate(tree.body[0], comment="why", user_line=7)
    >>> print_module(tree)
    Printed(source='y = (-2.0 * a**2)[1:, 0]  # why\\n', line_map={1: 7})

Whatever is printed is parsed again and compared with the tree that it came from; a difference is an error of
this compiler and raises ``PrinterError``, in production too.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from srcad.backend.expressions import TEST, TUPLE, WALRUS, YIELD, ExpressionPrinter, spelled, triple_quoted
from srcad.backend.layout import INDENT, break_line
from srcad.ir.nodes import Location

LINE_LENGTH = 110
ASIDE_LENGTH = 100

UserLine = int | Location
"""A line of the user's file; a ``Location`` if there are several files."""


class PrinterError(AssertionError):
    """The printed text does not parse back to the tree that it came from, or a node has no spelling."""


@dataclass(frozen=True)
class Printed:
    """Printed source, and for its lines, counted from 1, those of the user's file that they derive from."""

    source: str
    line_map: dict[int, UserLine]


Node = TypeVar("Node", bound=ast.AST)


def annotate(
    node: Node,
    *,
    comment: str | None = None,
    aside: str | None = None,
    leading: str | None = None,
    user_line: UserLine | None = None,
    blank: bool = False,
) -> Node:
    """Attach to a statement what syntax trees do not say, and return it; what is not given stays as it was.

    ``comment`` ends the statement's first line (or goes above it if the line gets too long), ``aside`` does so
    if there is room for it, ``leading`` goes on lines of its own before it, ``user_line`` is the line of the
    user's file that it derives from, and ``blank`` asks for a blank line before it, unless it is the first of
    its block. ``except`` and ``case`` clauses take all but ``blank``.
    """
    notes = vars(node)
    if comment is not None:
        notes["comment"] = comment
    if aside is not None:
        notes["aside"] = aside
    if leading is not None:
        notes["leading_comment"] = leading
    if user_line is not None:
        notes["user_line"] = user_line
    if blank:
        notes["blank_before"] = True
    return node


def print_module(tree: ast.Module) -> Printed:
    """Print a module, and check that the text parses back to it."""
    printer, source = _Printer(), ""
    try:
        printer.dispatch(tree)
        printer.end_line()
        source = "".join(line + "\n" for line in printer.lines)
        parsed = ast.parse(source)
    except (SyntaxError, ValueError, TypeError, AttributeError, AssertionError) as error:
        raise PrinterError(f"{type(error).__name__}: {error}\n{source}") from error
    _check_same(tree, parsed, source)
    return Printed(source, printer.line_map)


class _Printer(ExpressionPrinter):
    """Prints statements: turns the pieces of each line into lines, with what ``annotate`` has attached."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.line_map: dict[int, UserLine] = {}
        self.value: tuple[int, int] | None = None  # the pieces of the line that may be put in parentheses
        self.comment: str | None = None
        self.aside: str | None = None
        self.user_line: UserLine | None = None

    def dispatch(self, tree: Any) -> None:
        if isinstance(tree, list):  # inherited methods pass the bodies of statements
            self.block(tree)
        else:
            super().dispatch(tree)

    def fill(self, text: str = "") -> None:
        self.end_line()
        self.pieces = [INDENT * self._indent, text]

    def end_line(self) -> None:
        """Move the current line to the finished ones, broken if it is too long."""
        if not self.pieces:
            return
        text, comment = "".join(self.pieces), self.comment
        if "\n" in text:  # a docstring
            lines = text.split("\n")
        elif len(text) <= LINE_LENGTH:
            lines = [text]
        else:
            lines = break_line(self.pieces, self.value, LINE_LENGTH)
        if comment:
            comment = "# " + " ".join(comment.splitlines())
            if "\n" in text or len(lines[0]) + len(comment) + 2 > LINE_LENGTH:
                self.lines.append(self.pieces[0] + comment)
            else:
                lines[0] += "  " + comment
        if self.aside and len(lines) == 1 and len(text) + len(self.aside) + 4 <= ASIDE_LENGTH:
            lines[0] += "  # " + self.aside
        if self.user_line is not None:
            first = len(self.lines) + 1
            self.line_map.update(dict.fromkeys(range(first, first + len(lines)), self.user_line))
        self.lines += lines
        self.pieces, self.value, self.comment, self.aside, self.user_line = [], None, None, None, None

    def breakable(self, node: ast.expr, required: int) -> None:
        start = len(self.pieces)
        self.operand(node, required)
        self.value = start, len(self.pieces)

    # --- statements

    def block(self, body: Sequence[ast.stmt]) -> None:
        apart = 1 if self._indent else 2  # blank lines around a definition
        previous: ast.stmt | None = None
        for node in body:
            self.end_line()
            if previous is not None:
                if isinstance(node, _DEFINITIONS) or isinstance(previous, _DEFINITIONS):
                    self.lines += [""] * apart
                elif vars(node).get("blank_before") or (not self._indent and _string(previous) is not None):
                    self.lines.append("")
            self.annotations(node)
            getattr(self, "_" + node.__class__.__name__)(node)
            previous = node

    def annotations(self, node: ast.AST) -> None:
        """Print the comment before a statement or clause, and keep the rest for the end of its first line."""
        self.end_line()
        notes = vars(node)
        for line in notes.get("leading_comment", "").splitlines():
            self.lines.append((INDENT * self._indent + "# " + line).rstrip())
        self.comment, self.aside, self.user_line = notes.get("comment"), notes.get("aside"), notes.get("user_line")

    def suite(self, body: Sequence[ast.stmt]) -> None:
        self.enter()
        self.block(body)
        self.leave()

    def otherwise(self, keyword: str, body: Sequence[ast.stmt]) -> None:
        if body:
            self.fill(keyword)
            self.suite(body)

    def _Module(self, t: ast.Module) -> None:
        self.block(t.body)

    def _Expr(self, t: ast.Expr) -> None:
        self.fill()
        if (string := _string(t)) is not None:
            self.write(triple_quoted(string))
        else:
            self.breakable(t.value, YIELD)

    def _Assign(self, t: ast.Assign) -> None:
        self.fill()
        for target in t.targets:
            self.operand(target, TUPLE)
            self.write(" = ")
        self.breakable(t.value, YIELD)

    def _AugAssign(self, t: ast.AugAssign) -> None:
        self.fill()
        self.dispatch(t.target)
        self.write(f" {self.binop[type(t.op).__name__]}= ")
        self.breakable(t.value, YIELD)

    def _AnnAssign(self, t: ast.AnnAssign) -> None:
        self.fill()
        bare_name = isinstance(t.target, ast.Name) and not t.simple
        self.write(f"({self.text(t.target)}): " if bare_name else f"{self.text(t.target)}: ")
        self.dispatch(t.annotation)
        if t.value is not None:
            self.write(" = ")
            self.breakable(t.value, YIELD)

    def _Return(self, t: ast.Return) -> None:
        self.fill("return")
        if t.value is not None:
            self.write(" ")
            self.breakable(t.value, TUPLE)

    def condition(self, keyword: str, test: ast.expr) -> None:
        self.fill(keyword)
        self.breakable(test, WALRUS if isinstance(test, ast.NamedExpr) else TEST)

    def _If(self, t: ast.If) -> None:
        self.condition("if ", t.test)
        self.suite(t.body)
        orelse = t.orelse
        while len(orelse) == 1 and isinstance(orelse[0], ast.If):
            branch = orelse[0]
            self.annotations(branch)
            self.condition("elif ", branch.test)
            self.suite(branch.body)
            orelse = branch.orelse
        self.otherwise("else", orelse)

    def _While(self, t: ast.While) -> None:
        self.condition("while ", t.test)
        self.suite(t.body)
        self.otherwise("else", t.orelse)

    def _For(self, t: ast.For | ast.AsyncFor) -> None:
        self.fill("for " if isinstance(t, ast.For) else "async for ")
        self.operand(t.target, TUPLE)
        self.write(" in ")
        self.breakable(t.iter, TUPLE)
        self.suite(t.body)
        self.otherwise("else", t.orelse)

    _AsyncFor = _For

    def _withitem(self, t: ast.withitem) -> None:
        # `with (a, b):` is two items, so a tuple alone needs its parentheses twice
        lone_tuple = isinstance(t.context_expr, ast.Tuple) and t.context_expr.elts and not t.optional_vars
        self.write("(" if lone_tuple else "")
        self.dispatch(t.context_expr)
        self.write(")" if lone_tuple else "")
        if t.optional_vars is not None:
            self.write(" as ")
            self.dispatch(t.optional_vars)

    def _Try(self, t: Any, handler: str = "except") -> None:
        self.fill("try")
        self.suite(t.body)
        for clause in t.handlers:
            self.annotations(clause)
            self.fill(handler)
            if clause.type is not None:
                self.write(" ")
                self.dispatch(clause.type)
            if clause.name is not None:
                self.write(" as " + clause.name)
            self.suite(clause.body)
        self.otherwise("else", t.orelse)
        self.otherwise("finally", t.finalbody)

    def _TryStar(self, t: ast.TryStar) -> None:
        self._Try(t, "except*")

    # --- definitions

    def decorators(self, nodes: Sequence[ast.expr]) -> None:
        for node in nodes:
            self.fill("@")
            self.dispatch(node)

    def type_params(self, t: Any) -> None:
        if params := getattr(t, "type_params", None):
            self.write("[")
            self.separated(params)
            self.write("]")

    def _ClassDef(self, t: ast.ClassDef) -> None:
        self.decorators(t.decorator_list)
        self.fill("class " + t.name)
        self.type_params(t)
        if t.bases or t.keywords:
            self.write("(")
            self.separated([*t.bases, *t.keywords])
            self.write(")")
        self.suite(t.body)

    def _FunctionDef(self, t: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.decorators(t.decorator_list)
        self.fill(("def " if isinstance(t, ast.FunctionDef) else "async def ") + t.name)
        self.type_params(t)
        self.write("(")
        self.dispatch(t.args)
        self.write(")")
        if getattr(t, "returns", None) is not None:
            self.write(" -> ")
            self.dispatch(t.returns)
        self.suite(t.body)

    _AsyncFunctionDef = _FunctionDef

    def _TypeAlias(self, t: Any) -> None:
        self.fill("type " + t.name.id)
        self.type_params(t)
        self.write(" = ")
        self.breakable(t.value, TEST)

    def _TypeVar(self, t: Any, prefix: str = "") -> None:
        self.write(prefix + t.name)
        if getattr(t, "bound", None) is not None:
            self.write(": " + self.text(t.bound))
        if getattr(t, "default_value", None) is not None:
            self.write(" = " + self.text(t.default_value))

    def _ParamSpec(self, t: Any) -> None:
        self._TypeVar(t, "**")

    def _TypeVarTuple(self, t: Any) -> None:
        self._TypeVar(t, "*")

    # --- match statements

    def _Match(self, t: ast.Match) -> None:
        self.fill("match ")
        self.breakable(t.subject, TUPLE)
        self.enter()
        for case in t.cases:
            self.annotations(case)
            self.fill("case ")
            self.dispatch(case.pattern)
            if case.guard is not None:
                self.write(" if ")
                self.dispatch(case.guard)
            self.suite(case.body)
        self.leave()

    def _MatchValue(self, t: ast.MatchValue) -> None:
        self.dispatch(t.value)

    def _MatchSingleton(self, t: ast.MatchSingleton) -> None:
        self.write(repr(t.value))

    def _MatchSequence(self, t: ast.MatchSequence) -> None:
        self.write("[")
        self.separated(t.patterns)
        self.write("]")

    def _MatchStar(self, t: ast.MatchStar) -> None:
        self.write("*" + (t.name or "_"))

    def _MatchMapping(self, t: ast.MatchMapping) -> None:
        pairs = zip(t.keys, t.patterns, strict=True)
        items = [f"{self.text(key)}: {self.text(pattern)}" for key, pattern in pairs]
        if t.rest is not None:
            items.append("**" + t.rest)
        self.write("{" + ", ".join(items) + "}")

    def _MatchClass(self, t: ast.MatchClass) -> None:
        named = zip(t.kwd_attrs, t.kwd_patterns, strict=True)
        items = [self.text(pattern) for pattern in t.patterns]
        items += [f"{name}={self.text(pattern)}" for name, pattern in named]
        self.write(f"{self.text(t.cls)}({', '.join(items)})")

    def _MatchAs(self, t: ast.MatchAs) -> None:
        if t.pattern is not None:
            nested = isinstance(t.pattern, ast.MatchAs) and t.pattern.pattern is not None
            self.write(f"({self.text(t.pattern)}) as " if nested else f"{self.text(t.pattern)} as ")
        self.write(t.name or "_")

    def _MatchOr(self, t: ast.MatchOr) -> None:
        for i, pattern in enumerate(t.patterns):
            loose = isinstance(pattern, ast.MatchOr) or (isinstance(pattern, ast.MatchAs) and pattern.pattern)
            self.write((" | " if i else "") + (f"({self.text(pattern)})" if loose else self.text(pattern)))


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _string(node: ast.stmt) -> str | None:
    """Return the string that a statement consists of, a docstring for instance."""
    value = node.value.value if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) else None
    return value if type(value) is str else None


# --- the check ----------------------------------------------------------------------------------------------

# Contexts follow from the place of a node; the rest does not reach the bytecode.
_IGNORED_FIELDS = {"ctx", "kind", "type_comment", "type_ignores"}
_compared_fields: dict[type[ast.AST], tuple[str, ...]] = {}


def _check_same(tree: ast.AST, parsed: ast.AST, source: str) -> None:
    """Raise if the two trees differ otherwise than in the spelling of constants."""
    pending: list[tuple[Any, Any]] = [(tree, parsed)]
    while pending:
        left, right = pending.pop()
        kind = type(left)
        if kind is ast.Constant:
            left = spelled(left)
            kind = type(left)
        if kind is not type(right):
            break
        if kind is ast.Constant:
            if type(left.value) is not type(right.value) or left.value != right.value:
                break
        elif kind is ast.JoinedStr:
            pending.append((_merged(left.values), _merged(right.values)))
        elif kind is list:
            if len(left) != len(right):
                break
            pending += zip(left, right, strict=True)
        elif isinstance(left, ast.AST):
            if (fields := _compared_fields.get(kind)) is None:
                fields = tuple(name for name in left._fields if name not in _IGNORED_FIELDS)
                _compared_fields[kind] = fields
            for name in fields:
                one, other = getattr(left, name, None), getattr(right, name, None)
                if one is not other and (one or other):  # a missing field is None or an empty list
                    pending.append((one, other))
        elif left != right:
            break
    else:
        return
    raise PrinterError(f"it parses to another tree: {_shown(left)} became {_shown(right)}\n{source}")


def _merged(values: Sequence[ast.expr]) -> list[ast.expr]:
    """Return the parts of an f-string as the parser has them: adjacent texts joined, empty ones dropped."""
    merged: list[ast.expr] = []
    for value in values:
        if not isinstance(value, ast.Constant):
            merged.append(value)
        elif merged and isinstance(merged[-1], ast.Constant):
            merged[-1] = ast.Constant(str(merged[-1].value) + str(value.value))
        elif value.value:
            merged.append(value)
    return merged


def _shown(node: Any) -> str:
    return ast.dump(node) if isinstance(node, ast.AST) else repr(node)
