"""Rules of ``np.einsum``: subscripts are rewritten while transforming, what comes out is ``np.einsum`` again.

    y = np.einsum("ij,jk->ik", a, b)      ->      a_bar = np.einsum("ik,jk->ij", y_bar, b)
                                                  b_bar = np.einsum("ik,ij->jk", y_bar, a)

Every way to write the call is first brought into one: letters for each operand and for the result, the
ellipsis spelled out where ranks are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_letters, ascii_lowercase, ascii_uppercase
from typing import Any

import numpy as np

from srcad import runtime
from srcad.ir.facts import Dim, array_fact, broadcast_size, same_dtype, same_shape
from srcad.ir.nodes import Apply, Const
from srcad.ir.primitive import Primitive
from srcad.rules import shapes
from srcad.rules.contraction import contracted
from srcad.rules.notation import bar, bilinear, broadcast, dtype, fact, linear, rank, refuse, shape
from srcad.rules.registry import VARIANTS, register
from srcad.rules.trace import Symbol, contains_symbol, primitive_call, symbolic

ELLIPSIS = "..."


@dataclass
class Subscripts:
    """A call in its one form: the letters of each operand and of the result."""

    operands: list[Any]
    letters: list[str]
    out: str

    @property
    def unused(self) -> list[str]:
        used = "".join(self.letters) + self.out
        return [c for c in ascii_lowercase[::-1] + ascii_uppercase if c not in used]


def parsed(arguments: Any) -> Subscripts:
    """The one form of the positional arguments of a call."""
    subscripts, *operands = arguments
    if not isinstance(subscripts, str):
        return spelled_out(*_from_lists(arguments))
    text = subscripts.replace(" ", "")
    inputs, arrow, out = text.partition("->")
    letters = inputs.split(",")
    if len(letters) != len(operands):
        raise TypeError(f"np.einsum has {len(letters)} subscripts and {len(operands)} operands")
    return spelled_out(operands, letters, out if arrow else None)


def _from_lists(arguments: Any) -> tuple[list[Any], list[str], str | None]:
    """Operands and letters of ``np.einsum(a, [0, 1], b, [1, 2], [0, 2])``."""
    count = len(arguments) // 2
    operands, lists = list(arguments[: 2 * count : 2]), list(arguments[1 : 2 * count : 2])
    if len(arguments) % 2:
        lists.append(arguments[-1])
    if not all(isinstance(items, list | tuple) for items in lists):
        raise TypeError("np.einsum has a derivative only if its subscripts are known when code is generated")
    texts = ["".join(ELLIPSIS if i is Ellipsis else ascii_letters[i] for i in items) for items in lists]
    return operands, texts[:count], texts[count] if len(arguments) % 2 else None


def spelled_out(operands: list[Any], letters: list[str], out: str | None) -> Subscripts:
    """With an explicit result, and with letters for each ellipsis if all of their ranks are known."""
    if any(ELLIPSIS not in own and rank(x) not in (None, len(own)) for x, own in zip(operands, letters, strict=True)):
        # NumPy says what is wrong
        np.einsum(",".join(letters), *(np.ones((1,) * (rank(x) or 0)) for x in operands))
    if out is None:
        single = sorted(set("".join(letters)) - {"."})
        out = ELLIPSIS * any(ELLIPSIS in own for own in letters)
        out += "".join(c for c in single if sum(own.count(c) for own in letters) == 1)
    ranks = [rank(x) for x, own in zip(operands, letters, strict=True) if ELLIPSIS in own]
    if ranks and None not in ranks:
        pairs = list(zip(operands, letters, strict=True))
        hidden = [(rank(x) or 0) - len(own.replace(ELLIPSIS, "")) for x, own in pairs]
        free = [c for c in ascii_letters if c not in "".join(letters) + out]
        names = "".join(free[: max(hidden)])
        tails = [names[len(names) - n :] for n in hidden]
        letters = [own.replace(ELLIPSIS, tail) for own, tail in zip(letters, tails, strict=True)]
        out = out.replace(ELLIPSIS, names)
    return Subscripts(operands, letters, out)


def einsum(subscripts: str, operands: list[Any], optimize: Any) -> Any:
    """The call; a path that was given is one of another contraction, so that of this one is searched for."""
    if isinstance(optimize, tuple | list):
        optimize = True
    return np.einsum(subscripts, *operands, **({"optimize": optimize} if optimize is not False else {}))


def _sizes(call: Subscripts) -> dict[str, Any] | None:
    """What is known of the size of each letter; None if a rank is not known."""
    sizes: dict[str, Any] = {}
    for x, own in zip(call.operands, call.letters, strict=True):
        known = fact(x).shape
        if known is None or ELLIPSIS in own:
            return None
        for c, size in zip(own, known, strict=True):
            sizes[c] = broadcast_size(sizes[c], size) if c in sizes else size
    return sizes


def _fact(*arguments: Any, optimize: Any) -> Any:
    call = parsed(arguments)
    sizes = _sizes(call)
    known = None if sizes is None else tuple(sizes[c] for c in call.out)
    if call.out == "":
        known = ()
    return array_fact(shapes.common_dtype(*call.operands), known)


def _rows(batched: Any) -> Any:
    """A further letter, before the others, for the batch axis."""
    arguments, unbatched = batched["arguments"], batched.unbatched("arguments")
    call, own = parsed(unbatched), [x for x in arguments if isinstance(x, Symbol)]
    operands = [x for x in arguments if not isinstance(x, str | list | tuple)]
    if len(operands) != len(call.operands) or not own or not call.unused:
        return NotImplemented
    row = call.unused[0]
    letters = [
        row + text if isinstance(x, Symbol) and x.operand is not old.operand else text
        for x, old, text in zip(operands, call.operands, call.letters, strict=True)
    ]
    return einsum(",".join(letters) + "->" + row + call.out, operands, batched["optimize"])


# With one operand and nothing to sum, as in "ij->ji", the result is a view; with several it never is.

EINSUM = register(np.einsum)
EINSUM.view = True
EINSUM_OF_SEVERAL = Primitive(EINSUM.name, np.einsum)


def _several(call: Apply) -> Primitive:
    first, count = call.args[0], len(call.args)
    has_text = isinstance(first, Const) and isinstance(first.value, str)
    return EINSUM_OF_SEVERAL if count > (2 if has_text else 3) else EINSUM


VARIANTS[EINSUM] = _several


@bilinear((EINSUM, EINSUM_OF_SEVERAL), "arguments", batch=_rows, fact=_fact, static=("optimize",))
def _(y, *arguments, optimize=False):
    call = parsed(arguments)
    for k, x in enumerate(call.operands):
        if isinstance(x, Symbol):
            bar[x] = _transpose(call, k, bar[y], optimize)


def _cannot_sum(*arguments: Any, optimize: Any) -> str | None:
    try:
        call = parsed(arguments)
    except TypeError as error:
        return str(error)
    if any(isinstance(x, list | tuple) and contains_symbol(x) for x in call.operands):
        return "np.einsum has a derivative for operands that are arrays, not lists: use np.array([...])"
    if any(ELLIPSIS in own and not own.startswith(ELLIPSIS) for own in call.letters):
        return "np.einsum has a derivative with an ellipsis behind letters only if ranks are known"
    return None


refuse(np.einsum, _cannot_sum)


def _transpose(call: Subscripts, k: int, g: Any, optimize: Any) -> Any:
    """The adjoint of operand ``k``: its letters become those of the result."""
    x, own = call.operands[k], call.letters[k].removeprefix(ELLIPSIS)
    operands = [g, *(z for j, z in enumerate(call.operands) if j != k)]
    letters = [call.out, *(text for j, text in enumerate(call.letters) if j != k)]
    stack = ELLIPSIS if any(ELLIPSIS in text for text in letters) else ""
    free = iter(call.unused)
    target = ""
    for axis, c in enumerate(own, -len(own)):
        if c in target:
            # a diagonal was taken: an identity matrix puts it back
            c, diagonal = next(free), c
            operands.append(_constant(np.eye, x, axis))
            letters.append(diagonal + c)
        target += c
    # letters that nobody else has were summed over, and each of their elements gets the same
    missing = [c for c in target if not any(c in text for text in letters)]
    agreed = not stack and _sizes_agree(call, k)
    if not agreed:
        for c in missing:
            operands.append(_constant(np.ones, x, target.index(c) - len(target)))
            letters.append(c)
        missing = []
    result = stack + "".join(c for c in target if c not in missing)
    if letters != [result]:
        g = _product(operands, letters, result, optimize)
    if not agreed:
        return refitted(g, shape(x))
    if not missing:
        return g
    span = target.lstrip("".join(missing))
    if len(span) > len(result):
        g = g[tuple(None if c in missing else slice(None) for c in span)]
    return broadcast(g, shape(x))


refitted = symbolic(register(runtime.refitted, "refitted"))


@linear(runtime.refitted, "x", view=True,
        fact=lambda x, size: array_fact(fact(x).dtype, shapes.shape_argument(size)))
def _(y, x, size):
    bar[x] = refitted(bar[y], shape(x))


def _product(operands: list[Any], letters: list[str], out: str, optimize: Any) -> Any:
    """The contraction, by ``*`` where nothing is summed."""
    plain = all(text.isalpha() and len(set(text)) == len(text) for text in letters if text)
    if len(operands) == 2 and plain and set("".join(letters)) <= set(out):
        return contracted(operands[0], letters[0], operands[1], letters[1], out)
    return einsum(",".join(letters) + "->" + out, operands, optimize)


def _sizes_agree(call: Subscripts, k: int) -> bool:
    """Whether the others are known to have the sizes of operand ``k`` (``np.einsum`` broadcasts size 1)."""
    own, sizes = fact(call.operands[k]).shape, _sizes(call)
    if own is None or sizes is None:
        return False
    rest = [(x, text) for j, (x, text) in enumerate(zip(call.operands, call.letters, strict=True)) if j != k]
    others = _sizes(Subscripts([x for x, _ in rest], [text for _, text in rest], "")) or {}
    letters = call.letters[k]
    given = [sizes[c] if c in call.out else others.get(c, size) for c, size in zip(letters, own, strict=True)]
    return same_shape(own, tuple(given))


def _constant(function: Any, x: Any, axis: int) -> Any:
    """``np.eye`` or ``np.ones`` of the length of an axis of ``x``, and of its dtype."""
    known = fact(x).shape
    size = Dim() if known is None else known[axis]
    count = shape(x)[axis] if isinstance(size, Dim) else size
    kind = {} if same_dtype(fact(x).dtype, np.dtype(float)) else {"dtype": dtype(x)}
    return primitive_call(x.build, function, (count,), kind)
