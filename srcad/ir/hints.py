"""What temporaries are called: an application goes in, a name for its result comes out.

    x[i]   ->  x_i         np.exp(-z)  ->  exp_minus_z        z > 0.0  ->  condition
    p[:, 0] ->  p_0        np.sum(x)   ->  sum_x              x**2     ->  x_squared

A name is made of the function's and of what its argument is called, as far as that is short.  Arithmetic is not
described; its temporaries have no hint, their adjoints are ``t_bar``.
"""

from __future__ import annotations

from srcad.ir import core
from srcad.ir.nodes import Apply, Const, Display, Operand, Value

LONGEST = 16
"""Longer names say less than the line that makes the value."""

FIXED = {
    "len": "n", "range_length": "n", "size": "size", "eye": "eye", "zeros": "zeros",
    "not_": "condition", "contains": "condition", "is_": "condition", "is_not": "condition",
    "solve": "solution", "where": "selected", "arange": "indices", "einsum": "contraction", "broadcast": "",
    "unbroadcast": "", "cast": "", "truth": "condition",
}
"""Functions whose results are called the same whatever they are applied to; nothing is said of those with ``""``."""

COMPARISONS = frozenset(("eq", "ne", "lt", "le", "gt", "ge", "and_", "or_", "xor"))
ALONE = {"sum": "total", "max": "maximum", "min": "minimum", "abs": "absolute", "all": "condition", "any": "condition"}
"""What the results of functions are called if there is nothing to say of the argument: not like a builtin."""


def hint(apply: Apply) -> str:
    """A name for the one result of an application, empty if there is nothing short to say."""
    name = apply.primitive.name.split(".")[-1]
    operands = apply.args
    first = label(operands[0]) if operands else ""
    if name in FIXED:
        return FIXED[name]
    if name in COMPARISONS:
        return "condition" if apply.results[0].fact.is_scalar else "mask"
    if apply.primitive is core.INDEX:
        return _of_part(first, operands[1])
    if apply.primitive in core.WRITES or apply.primitive is core.COPY:
        return first  # another version of it
    if apply.primitive is core.NEG:
        return _joined("minus", first, "")
    if apply.primitive.symbol:
        squared = apply.primitive is core.POW and isinstance(operands[1], Const) and operands[1].value == 2
        return _joined(first, "squared", "") if squared else ""
    if apply.spelling == "attribute" or apply.primitive is core.SHAPE:
        return _joined(first, name, "shape" if apply.primitive is core.SHAPE else "")
    return _joined(name, first, ALONE.get(name, name))


def label(operand: Operand) -> str:
    """What an operand is called."""
    return operand.label if isinstance(operand, Value) else ""


def _joined(before: str, after: str, otherwise: str) -> str:
    name = f"{before}_{after}" if before and after else ""
    if name.isidentifier() and len(name) <= LONGEST:
        return name
    return otherwise if otherwise.isidentifier() else ""


def _of_part(whole: str, index: Operand) -> str:
    """A name for an element or a slice: ``x_i``, ``x_0``, ``A_ij``, ``x_part``."""
    items = [index]
    if isinstance(index, Display):
        items = list(index.items) if index.kind == "tuple" else [index]
    elif isinstance(index, Const) and isinstance(index.value, tuple):
        items = list(map(Const, index.value))
    words = [_position(item) for item in items if not _is_everything(item)]
    if not items:
        return ""
    if not words:
        last, first = (isinstance(items[k], Const) and items[k].value is None for k in (-1, 0))  # type: ignore[union-attr]
        return _joined(whole, "column" if last else "row" if first else "part", "part")
    if "" in words:
        return _joined(whole, "part", "part")
    letters = all(len(word) == 1 for word in words)
    return _joined(whole, ("" if letters else "_").join(words), "part")


def _position(index: Operand) -> str:
    """One index as a word, empty for what selects more than one element."""
    if isinstance(index, Const) and type(index.value) is int:
        return str(index.value) if index.value >= 0 else "last" if index.value == -1 else ""
    return label(index) if isinstance(index, Value) and index.fact.is_scalar else ""


def _is_everything(index: Operand) -> bool:
    """Whether an index selects all of an axis, or makes one."""
    return isinstance(index, Const) and (index.value is None or index.value is Ellipsis or index.value == slice(None))
