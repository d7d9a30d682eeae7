"""Printing expressions, the half of the printer that knows precedence: nodes go in, pieces of text come out.

``printer`` completes it with statements. A piece is what ``layout`` may not break: a bracket, a comma or an
operator at which a long line may be broken is a piece of its own, one at which it may not is part of a longer
piece. What has no spelling raises ``ValueError``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from math import copysign
from typing import Any

from astunparse import Unparser

# How tightly an expression binds: one that binds less tightly than its place asks for is put in parentheses.
WALRUS, YIELD, TUPLE, TEST, OR, AND, NOT, COMPARE, BIT_OR = range(9)
BIT_XOR, BIT_AND, SHIFT, SUM, TERM, FACTOR, POWER, AWAIT, ATOM = range(9, 18)

_BINDING: dict[type[ast.AST], int] = {
    **{ast.NamedExpr: WALRUS, ast.Yield: YIELD, ast.YieldFrom: YIELD, ast.Tuple: TUPLE},
    **{ast.Lambda: TEST, ast.IfExp: TEST, ast.Compare: COMPARE, ast.Await: AWAIT},
    **{ast.Or: OR, ast.And: AND, ast.Not: NOT, ast.BitOr: BIT_OR, ast.BitXor: BIT_XOR, ast.BitAnd: BIT_AND},
    **{ast.LShift: SHIFT, ast.RShift: SHIFT, ast.Add: SUM, ast.Sub: SUM, ast.Mult: TERM, ast.MatMult: TERM},
    **{ast.Div: TERM, ast.FloorDiv: TERM, ast.Mod: TERM, ast.UAdd: FACTOR, ast.USub: FACTOR},
    **{ast.Invert: FACTOR, ast.Pow: POWER},
}


def _binding(node: ast.expr) -> int:
    if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.BoolOp)):
        return _BINDING[type(node.op)]
    if isinstance(node, ast.Tuple) and not node.elts:
        return ATOM
    return _BINDING.get(type(node), ATOM)


Comprehension = ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp


class ExpressionPrinter(Unparser):
    """Overrides what ``astunparse.Unparser`` prints for expressions, and how it is asked for."""

    def __init__(self) -> None:
        # The inherited constructor prints at once, into a file; two of its fields are used by other methods.
        self._indent = 0
        self.future_imports: list[str] = []
        self.pieces: list[str] = []  # of the current line, the first of them its indentation
        self.quote = '"'

    def write(self, text: str) -> None:
        self.pieces.append(text)

    def dispatch(self, tree: Any) -> None:
        if isinstance(tree, ast.expr):
            self.operand(tree, TEST)
        else:
            getattr(self, "_" + tree.__class__.__name__)(tree)

    def operand(self, node: ast.expr, required: int) -> None:
        """Print an expression, in parentheses if it binds less tightly than its place requires."""
        if isinstance(node, ast.Constant):
            node = spelled(node)
        method = getattr(self, "_" + node.__class__.__name__)
        if _binding(node) < required:
            self.write("(")
            method(node)
            self.write(")")
        else:
            method(node)

    def text(self, node: ast.AST, required: int = TEST) -> str:
        """Return what a node is printed as, for places at which the line must not be broken."""
        outer, self.pieces = self.pieces, []
        if isinstance(node, ast.expr):
            self.operand(node, required)
        else:
            self.dispatch(node)
        inner, self.pieces = self.pieces, outer
        return "".join(inner)

    def separated(self, nodes: Sequence[ast.AST], separator: str = ", ") -> None:
        for i, node in enumerate(nodes):
            if i:
                self.write(separator)
            self.dispatch(node)

    # --- operators

    def _BinOp(self, t: ast.BinOp) -> None:
        if isinstance(t.op, ast.Pow):
            self.power(t, closed_up=_is_simple_power(t))
            return
        level = _BINDING[type(t.op)]
        self.operand(t.left, level)
        self.write(f" {self.binop[type(t.op).__name__]} ")
        self.operand(t.right, level + 1)

    def power(self, t: ast.BinOp, closed_up: bool) -> None:
        """Print the one operator that associates to the right, and that binds a sign to its right only."""
        self.operand(t.left, AWAIT)
        self.write("**" if closed_up else " ** ")
        self.operand(t.right, FACTOR)

    def _UnaryOp(self, t: ast.UnaryOp) -> None:
        if isinstance(t.op, ast.Not):
            self.write("not ")
            self.operand(t.operand, NOT)
            return
        self.write(self.unop[type(t.op).__name__])
        if isinstance(t.operand, ast.BinOp) and isinstance(t.operand.op, ast.Pow):
            self.power(t.operand, closed_up=True)  # `-x[1:] ** 2` would look like the square of `-x[1:]`
        else:
            self.operand(t.operand, FACTOR)

    def _BoolOp(self, t: ast.BoolOp) -> None:
        for i, value in enumerate(t.values):
            if i:
                self.write(f" {self.boolops[type(t.op)]} ")
            self.operand(value, _BINDING[type(t.op)] + 1)

    def _Compare(self, t: ast.Compare) -> None:
        self.operand(t.left, COMPARE + 1)
        for op, comparator in zip(t.ops, t.comparators, strict=True):
            self.write(f" {self.cmpops[type(op).__name__]} ")
            self.operand(comparator, COMPARE + 1)

    def _IfExp(self, t: ast.IfExp) -> None:
        self.operand(t.body, OR)
        self.write(" if ")
        self.operand(t.test, OR)
        self.write(" else ")
        self.dispatch(t.orelse)

    def _Lambda(self, t: ast.Lambda) -> None:
        args = self.text(t.args)
        self.write(f"lambda {args}: " if args else "lambda: ")
        self.dispatch(t.body)

    def _NamedExpr(self, t: ast.NamedExpr) -> None:
        self.write(f"{t.target.id} := ")
        self.dispatch(t.value)

    def _Yield(self, t: ast.Yield) -> None:
        self.write("yield")
        if t.value is not None:
            self.write(" ")
            self.operand(t.value, TUPLE)

    def _YieldFrom(self, t: ast.YieldFrom) -> None:
        self.write("yield from ")
        self.dispatch(t.value)

    def _Await(self, t: ast.Await) -> None:
        self.write("await ")
        self.operand(t.value, ATOM)

    def _Starred(self, t: ast.Starred) -> None:
        self.write("*")
        self.operand(t.value, BIT_OR)

    def _keyword(self, t: ast.keyword) -> None:
        self.write("**" if t.arg is None else t.arg + "=")
        self.operand(t.value, BIT_OR if t.arg is None else TEST)

    def _Tuple(self, t: ast.Tuple) -> None:
        if len(t.elts) == 1:
            self.dispatch(t.elts[0])
            self.write(",")
        elif t.elts:
            self.separated(t.elts)
        else:
            self.write("()")

    def _Dict(self, t: ast.Dict) -> None:
        self.write("{")
        for i, (key, value) in enumerate(zip(t.keys, t.values, strict=True)):
            if i:
                self.write(", ")
            self.write("**" if key is None else self.text(key) + ": ")
            self.operand(value, BIT_OR if key is None else TEST)
        self.write("}")

    def _Attribute(self, t: ast.Attribute) -> None:
        if isinstance(t.value, ast.Constant) and type(t.value.value) is int:
            self.write(f"({self.text(t.value)})")  # `3.real` is no expression
        else:
            self.operand(t.value, ATOM)
        self.write("." + t.attr)

    def _Call(self, t: ast.Call) -> None:
        self.operand(t.func, ATOM)
        self.write("(")
        if len(t.args) == 1 and not t.keywords and isinstance(t.args[0], ast.GeneratorExp):
            self.comprehension(t.args[0])
        else:
            self.separated([*t.args, *t.keywords])
        self.write(")")

    def _Subscript(self, t: ast.Subscript) -> None:
        self.operand(t.value, ATOM)
        self.write("[")
        match t.slice:
            case ast.Tuple([ast.Starred() as only]):
                self.dispatch(only)  # `x[*a]` is short for `x[*a,]`
            case index:
                self.operand(index, TUPLE)
        self.write("]")

    def _Slice(self, t: ast.Slice) -> None:
        parts = [None if part is None else self.text(part) for part in (t.lower, t.upper, t.step)]
        lower, upper, step = parts
        simple = all(part is None or _is_simple_bound(part) for part in (t.lower, t.upper, t.step))
        space = "" if simple else " "  # around the colon of `x[i + 1 :]`, as black has it
        self.write((lower + space if lower else "") + ":" + (space + upper if upper else ""))
        if step:
            self.write((space if upper else "") + ":" + space + step)

    def comprehension(self, t: Comprehension) -> None:
        if isinstance(t, ast.DictComp):
            self.dispatch(t.key)
            self.write(": ")
            self.dispatch(t.value)
        else:
            self.dispatch(t.elt)
        for clause in t.generators:
            self.write(" async for " if clause.is_async else " for ")
            self.write(self.text(clause.target, TUPLE) + " in ")
            self.operand(clause.iter, OR)
            for test in clause.ifs:
                self.write(" if ")
                self.operand(test, OR)

    def bracketed(self, t: Comprehension) -> None:
        brackets = {ast.ListComp: "[]", ast.GeneratorExp: "()"}.get(type(t), "{}")
        self.write(brackets[0])
        self.comprehension(t)
        self.write(brackets[1])

    _ListComp = _SetComp = _DictComp = _GeneratorExp = bracketed

    def _Constant(self, t: ast.Constant) -> None:
        self.write(_literal(t.value, self.quote))

    def _JoinedStr(self, t: ast.JoinedStr) -> None:
        outer, self.quote = self.quote, "'"
        parts = self.fstring_parts(t)
        self.quote = outer
        # Before Python 3.12 the expressions in an f-string cannot contain its quote; since then they can, and
        # the preferred quote is the fallback. In its texts a quote would have to be escaped.
        inside, literal = ("".join(text for text, kind in parts if kind is want) for want in (False, True))
        possible = [q for q in (outer, "'", '"', '"""', "'''") if q not in inside]
        quote = next((q for q in possible if q[0] not in literal), possible[0] if possible else outer)
        self.write("f" + quote)
        body = "".join(_escaped(text, quote[0]) if is_literal else text for text, is_literal in parts)
        self.write(body + quote)
        self.pieces[-2:] = ["".join(self.pieces[-2:])]

    def fstring_parts(self, t: ast.JoinedStr) -> list[tuple[str, bool]]:
        """Split an f-string into texts that are literal (True: not yet escaped) and texts that are not."""
        parts: list[tuple[str, bool]] = []
        for value in t.values:
            if isinstance(value, ast.FormattedValue):
                tail = value.value
                while isinstance(tail, ast.IfExp):
                    tail = tail.orelse
                # the colon of a lambda would start the format
                inside = self.text(value.value, OR if isinstance(tail, ast.Lambda) else TEST)
                conversion = "" if value.conversion == -1 else "!" + chr(value.conversion)
                parts.append((("{ " if inside[0] == "{" else "{") + inside + conversion, False))
                if value.format_spec is not None:
                    assert isinstance(value.format_spec, ast.JoinedStr)
                    parts += [(":", False), *self.fstring_parts(value.format_spec)]
                parts.append(("}", False))
            else:
                assert isinstance(value, ast.Constant)
                parts.append((str(value.value).replace("{", "{{").replace("}", "}}"), True))
        return parts

    def _arguments(self, t: ast.arguments) -> None:
        positional = [*t.posonlyargs, *t.args]
        defaults = [None] * (len(positional) - len(t.defaults)) + [*t.defaults]
        params = [self.param(arg, default) for arg, default in zip(positional, defaults, strict=True)]
        if t.posonlyargs:
            params.insert(len(t.posonlyargs), "/")
        if t.vararg is not None:
            params.append("*" + self.param(t.vararg))
        elif t.kwonlyargs:
            params.append("*")
        params += [self.param(arg, default) for arg, default in zip(t.kwonlyargs, t.kw_defaults, strict=True)]
        if t.kwarg is not None:
            params.append("**" + self.param(t.kwarg))
        for i, param in enumerate(params):
            if i:
                self.write(", ")
            self.write(param)

    def param(self, arg: ast.arg, default: ast.expr | None = None) -> str:
        annotation = getattr(arg, "annotation", None)
        text = arg.arg if annotation is None else f"{arg.arg}: {self.text(annotation)}"
        if default is None:
            return text
        return text + ("=" if annotation is None else " = ") + self.text(default)


def _is_simple_base(node: ast.expr) -> bool:
    """Whether a power with this base may be closed up, by black's rule: a name, its attribute, a number."""
    if isinstance(node, ast.Constant):
        return node is spelled(node)
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _is_simple_power(node: ast.BinOp) -> bool:
    exponent = node.right
    if isinstance(exponent, ast.BinOp) and isinstance(exponent.op, ast.Pow):
        simple = _is_simple_power(exponent)
    elif isinstance(exponent, ast.UnaryOp) and isinstance(exponent.op, ast.USub):
        simple = isinstance(exponent.operand, ast.Constant)
    else:
        simple = isinstance(exponent, ast.Constant) or _is_simple_base(exponent)
    return simple and _is_simple_base(node.left)


def _is_simple_bound(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, (ast.Name, ast.Constant))


# --- literals -----------------------------------------------------------------------------------------------


def spelled(node: ast.Constant) -> ast.expr:
    """Return the expression that a constant is written as: itself or, if no literal has its value, another.

    Negative numbers are unary minus, nan is ``1e309 - 1e309``, complex numbers are sums, tuples are displays.
    """
    value: Any = node.value
    kind = type(value)
    if kind is int or kind is float:
        if value != value:
            infinity = ast.Constant(float("inf"))
            return ast.BinOp(infinity, ast.Sub(), infinity)
        if value < 0 or (value == 0 and copysign(1.0, value) < 0):
            return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    elif kind is tuple:
        return ast.Tuple([spelled(ast.Constant(item)) for item in value], ast.Load())
    elif kind is complex:
        return _spelled_complex(value)
    return node


def _spelled_complex(value: complex) -> ast.expr:
    """Spell a complex number such that Python's arithmetic gives it back, signs of zeros included."""

    def exact(total: complex) -> bool:
        return repr(total) == repr(value)  # the one comparison that tells zeros apart and equates nans

    imaginary = complex(0.0, abs(value.imag))
    literal = ast.Constant(imaginary)
    if value.imag != value.imag:
        raise ValueError(f"no literals add up to {value!r}")
    if exact(imaginary):
        return literal
    if exact(-imaginary):
        return ast.UnaryOp(ast.USub(), literal)
    if exact(value.real + imaginary):
        return ast.BinOp(spelled(ast.Constant(value.real)), ast.Add(), literal)
    if exact(value.real - imaginary):
        return ast.BinOp(spelled(ast.Constant(value.real)), ast.Sub(), literal)
    return ast.UnaryOp(ast.USub(), _spelled_complex(-value))  # a part is a zero whose sign the sum would lose


def _literal(value: object, quote: str) -> str:
    """Return the literal of a constant that ``spelled`` has passed."""
    if type(value) is str:
        return _quoted(value, quote)
    if type(value) is bytes:
        return "b" + _quoted_repr(repr(value)[1:], b'"' in value, quote)
    if value is Ellipsis:
        return "..."
    if value is None or type(value) in (bool, complex):
        return repr(value).replace("inf", "1e309")
    if type(value) is float:
        mantissa, _, exponent = repr(value).replace("inf", "1e309").partition("e")
        return f"{mantissa}e{int(exponent)}" if exponent else mantissa  # 1e-6, not 1e-06
    if type(value) is int:
        return repr(value) if value.bit_length() < 2048 else hex(value)  # Python limits the decimal digits
    raise ValueError(f"no literal denotes {value!r}, a {type(value).__name__}")


def _quoted(value: str, quote: str) -> str:
    return _quoted_repr(repr(value), '"' in value, quote)


def _quoted_repr(text: str, has_double: bool, quote: str) -> str:
    """Use double quotes, if they are preferred, for what ``repr`` puts in single ones without need."""
    return f'"{text[1:-1]}"' if quote == '"' and text[0] == "'" and not has_double else text


def _escaped(text: str, quote: str) -> str:
    """Escape the text between the quotes of a string."""
    return repr('"' + text)[2:-1].replace("\\'", "'").replace(quote, "\\" + quote)


def triple_quoted(value: str) -> str:
    """Print a string statement in triple quotes, its lines and tabs as they are."""
    text = re.sub(r'"(?=""|\Z)', r'\\"', value.replace("\\", "\\\\"))
    printable = (c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)
    return '"""' + "".join(printable) + '"""'
