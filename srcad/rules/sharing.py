"""Which results share memory with an operand, and how a new version of such a view is put back into its base.

    y = x.T       is a view of x; when y has a new version, that of x is    y.T
    y = x[1:]     likewise; the new version of x is                         stored(x, slice(1, None), y)

``sharing(apply)`` says what is known of one application:

=============  ===========================================================================================
``fresh``      the result is memory of its own, or a number
``same``       the result is the operand itself
``view``       it shares the memory of the operand, whatever the strides are, and can be written through
``readonly``   it shares the memory, and NumPy raises where it is written into
``perhaps``    strides, types or values that are not known decide whether it shares memory
=============  ===========================================================================================

A primitive that is not in ``VIEWS`` gives fresh memory: ``tests/rules/test_views.py`` tries them all.  Some are views
if the base is contiguous (C order), which only its maker can tell: ``contiguous=True``, and see ``is_contiguous``.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcad import runtime
from srcad.ir.build import Builder
from srcad.ir.nodes import Apply, Const, Display, Operand, Value, flat_operands
from srcad.ir.primitive import Primitive
from srcad.rules.registry import PRIMITIVES, primitive_of
from srcad.rules.templates import Parameters
from srcad.rules.trace import Symbol, fact, unwrap, wrap

Kind = str | Callable[..., str]
CONTIGUOUS = "contiguous"  # a view of a contiguous base, perhaps one of another


@dataclass(frozen=True, slots=True)
class Sharing:
    """What one result of an application shares: memory of ``bases``, more than one if it is of one among them."""

    kind: str
    bases: tuple[Operand, ...] = ()

    @property
    def base(self) -> Operand:
        """The operand, where there is one."""
        (base,) = self.bases
        return base


FRESH = Sharing("fresh")


@dataclass(frozen=True, slots=True)
class View:
    """The declaration for a primitive.

    ``name`` is the parameter whose memory is shared, or ``bases(bound, part)`` gives the operands.
    ``kind`` may be a function of the arguments.  The template ``put(new, *args)`` gives the new version of the base
    from that of the view, the argument ``name`` being the base as it is then; where there are several results,
    ``part`` is passed, the position of the one that was written into.
    """

    name: str
    kind: Kind
    template: Callable[..., Any] | None
    parameters: Parameters
    several: bool = False
    bases: Callable[[dict[str, Operand], int], Sequence[Operand]] | None = None

    def sharing(self, apply: Apply, part: int, contiguous: bool) -> Sharing:
        bound = self.parameters.bind(apply)
        given = [bound[self.name]] if self.bases is None else self.bases(bound, part)
        bases = tuple(o for o in given if isinstance(o, Value) and o.fact.kind not in ("py", "shape"))
        if not bases:
            return FRESH
        kind = self.kind if isinstance(self.kind, str) else self.parameters.call(self.kind, bound)
        if kind == CONTIGUOUS:
            kind = "view" if contiguous else "perhaps"
        return FRESH if kind == "fresh" else Sharing(kind, bases)

    def put(self, build: Builder, apply: Apply, base: Operand, new: Operand, part: int = 0) -> Operand:
        """The new version of the base, from its current one and the new version of the view."""
        assert self.template is not None, apply  # only what is a view for sure is put back, and that has a template
        bound = {**self.parameters.bind(apply), self.name: base}
        args = {name: unwrap(operand, build) for name, operand in bound.items()}
        positional = [args[name] for name in self.parameters.names]
        if self.parameters.rest is not None:
            positional.extend(args[self.parameters.rest])
        named = {name: args[name] for name in self.parameters.only}
        if self.several:
            named["part"] = part
        return wrap(self.template(Symbol(new, build), *positional, **named))


VIEWS: dict[Primitive, View] = {}


def sharing(apply: Apply, part: int = 0, contiguous: bool = False) -> Sharing:
    """What the result at position ``part`` shares; ``contiguous`` says that the base is known to be so."""
    declared = _declared(apply.primitive)
    if declared is None:
        return FRESH if _is_known(apply.primitive) else Sharing("perhaps", _values(apply))
    try:
        return declared.sharing(apply, part, contiguous)
    except (TypeError, ValueError, LookupError):  # arguments that are not declared, or with which the call fails
        return Sharing("perhaps", _values(apply))


def put(build: Builder, apply: Apply, base: Operand, new: Operand, part: int = 0) -> Operand:
    """The new version of ``base``, of which the result at position ``part`` is a view that has the version ``new``.

    ``TypeError`` says why it cannot be written into.
    """
    declared = _declared(apply.primitive)
    if declared is None:
        raise TypeError(f"what {apply.primitive.name} returns is no view that can be written into")
    return declared.put(build, apply, base, new, part)


CONTIGUOUS_MAKERS: frozenset[Any] = frozenset(
    [np.zeros, np.ones, np.empty, np.full, np.eye, np.identity, np.tri, np.outer, runtime.zeros, runtime.eye, runtime.stack_rows]
)
"""Functions that give memory in C order if they are not asked for another (``order=``)."""


def is_contiguous(apply: Apply, part: int = 0) -> bool:
    """Whether a fresh result is known to be in C order."""
    known, function = apply.results[part].fact, apply.primitive.function
    if known.ndim is not None and known.ndim < 2 and known.dtype is not None and known.dtype.kind in "fc":
        return True  # indices may be columns of a table
    if function is np.array:  # of a list; of an array it keeps the order of that
        return bool(apply.args) and isinstance(apply.args[0], Display | Const) and not apply.kwargs
    return function in CONTIGUOUS_MAKERS and len(apply.args) < 3 and not any(name == "order" for name, _ in apply.kwargs)


KEEPING: frozenset[Any] = frozenset(
    [np.copy, np.array, np.astype, np.where, np.clip, np.concatenate, np.stack, np.vstack, np.hstack, np.dot, np.outer, np.cumsum,
     operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow, operator.matmul,
     operator.neg, operator.pos, operator.abs, abs]
)
"""Functions, beside ufuncs, that give memory of its own in C order if all arrays that they are given are in C order."""


def keeps_order(apply: Apply) -> bool:
    """Whether the result is in C order if the operands are."""
    function = apply.primitive.function
    if any(name in ("out", "order", "axes", "axis") for name, _ in apply.kwargs):
        return False
    if isinstance(function, np.ufunc):
        return len(apply.args) <= function.nin
    return function in KEEPING and not any(isinstance(a, Const) and isinstance(a.value, str) for a in apply.args)


def seen(apply: Apply, part: int, base: Operand, like: Any, value_of: Callable[..., Any]) -> str:
    """What the result is of an operand that lies in memory as ``like`` does; empty if that cannot be said."""
    declared = _declared(apply.primitive)
    if declared is None or declared.template is None:
        return ""
    args = [like if a is base else value_of(a) for a in apply.args]
    try:
        made = apply.primitive.function(*args, **{k: value_of(v) for k, v in apply.kwargs})
        made = made if len(apply.results) == 1 else made[part]
    except (TypeError, ValueError, LookupError, AttributeError):
        return ""
    return "same" if made is like else "view" if np.may_share_memory(made, like) else "fresh"


def _declared(primitive: Primitive) -> View | None:
    """The declaration for a primitive, or of the function that it calls with arguments that have no rule."""
    found = VIEWS.get(primitive)
    known = primitive_of(primitive.function) if found is None and primitive.rule is None else None
    return found if known is None else VIEWS.get(known)


def _is_known(primitive: Primitive) -> bool:
    """Whether it is known what a primitive does."""
    return (
        primitive.rule is not None or primitive.name in FRESH_METHODS or primitive_of(primitive.function) is not None
    )


def _values(apply: Apply) -> tuple[Value, ...]:
    """The operands that may be arrays."""
    given = (*apply.args, *(v for _, v in apply.kwargs))
    values = (o for a in given for o in flat_operands(a) if isinstance(o, Value))
    return tuple(v for v in values if v.fact.kind not in ("py", "shape"))


FRESH_METHODS = frozenset(
    f"ndarray.{name}" for name in (
        "all", "any", "argmax", "argmin", "argpartition", "argsort", "byteswap", "choose", "clip", "compress", "copy",
        "cumprod", "cumsum", "dot", "dump", "dumps", "flatten", "item", "max", "mean", "min", "nonzero", "prod",
        "repeat", "round", "searchsorted", "std", "sum", "take", "tobytes", "tofile", "tolist", "trace", "var",
    )
)
"""Methods of arrays that share nothing, whatever their arguments."""


def view(functions: Any, name: str, kind: Kind = "view", several: bool = False) -> Callable[..., Any]:
    """Declare views; the template that follows puts a new version back into the argument ``name``."""

    def declare(template: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(template)
        if several:
            own = [p for p in signature.parameters.values() if p.name != "part"]
            signature = signature.replace(parameters=own)
        for function in functions if isinstance(functions, tuple) else (functions,):
            primitive = function if isinstance(function, Primitive) else PRIMITIVES[function]
            VIEWS[primitive] = View(name, kind, template, Parameters(signature, 1), several)
        return template

    return declare


def unwritable(
    functions: Any, name: str, kind: Kind, signature: Callable[..., Any], bases: Callable[..., Any] | None = None
) -> None:
    """Declare what shares memory through which nothing is written, with ``signature`` for its parameters."""
    parameters = Parameters(inspect.signature(signature), 0)
    for function in functions if isinstance(functions, tuple) else (functions,):
        primitive = function if isinstance(function, Primitive) else PRIMITIVES[function]
        VIEWS[primitive] = View(name, kind, None, parameters, bases=bases)


def at_own_position(name: str) -> Callable[[dict[str, Operand], int], Sequence[Operand]]:
    """Each result shares with the argument behind ``*name`` at its position."""

    def bases(bound: dict[str, Operand], part: int) -> Sequence[Operand]:
        packed = bound[name]
        assert isinstance(packed, Display)
        return packed.items[part : part + 1]

    return bases


def among(name: str) -> Callable[[dict[str, Operand], int], Sequence[Operand]]:
    """The result may be any of the arguments ``name``."""
    return lambda bound, part: tuple(flat_operands(bound[name]))


def unless_number(x: Any, kind: str = "view") -> str:
    """The kind for an array; a number without axes is copied, and what has no axes may be either."""
    known = fact(x)
    return kind if known.kind == "array" and known.ndim else "perhaps"
