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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcad.ir import core
from srcad.ir.build import Builder, fact_of_operand
from srcad.ir.facts import Size
from srcad.ir.nodes import Apply, Const, Display, Operand
from srcad.ir.primitive import Primitive
from srcad.rules import shapes
from srcad.rules.layout import ndarray_mT, ndarray_reshape, ndarray_T, ndarray_transpose, shaped_like
from srcad.rules.registry import PRIMITIVES
from srcad.rules.templates import Parameters
from srcad.rules.trace import Symbol, fact, primitive_call, rank, unwrap, wrap

Kind = str | Callable[..., str]
CONTIGUOUS = "contiguous"  # a view of a contiguous base, perhaps one of another


@dataclass(frozen=True, slots=True)
class Sharing:
    """What one result of an application shares: ``base`` is the operand, None if nothing is shared."""

    kind: str
    base: Operand | None = None


FRESH = Sharing("fresh")


@dataclass(frozen=True, slots=True)
class View:
    """The declaration for a primitive.

    ``name`` is the parameter whose memory is shared; one behind ``*name`` is that at the result's own position.
    ``kind`` may be a function of the arguments.  The template ``put(new, *args)`` gives the new version of the base
    from that of the view, the argument ``name`` being the base as it is then; where there are several results,
    ``part`` is passed, the position of the one that was written into.
    """

    name: str
    kind: Kind
    template: Callable[..., Any] | None
    parameters: Parameters
    several: bool = False

    def sharing(self, apply: Apply, part: int, contiguous: bool) -> Sharing:
        bound = self.parameters.bind(apply)
        base = _one(bound[self.name], part, self.parameters.rest == self.name)
        if base is None or isinstance(base, Const | Display) or fact_of_operand(base).kind in ("py", "shape"):
            return FRESH
        kind = self.kind if isinstance(self.kind, str) else self.parameters.call(self.kind, bound)
        if kind == CONTIGUOUS:
            kind = "view" if contiguous else "perhaps"
        return FRESH if kind == "fresh" else Sharing(kind, base)

    def put(self, build: Builder, apply: Apply, base: Operand, new: Operand, part: int = 0) -> Operand:
        """The new version of the base, from its current one and the new version of the view."""
        if self.template is None:
            raise TypeError(f"the result of {apply.primitive.name} may share memory, and cannot be written into here")
        bound = {**self.parameters.bind(apply), self.name: base}
        args = {name: unwrap(operand, build) for name, operand in bound.items()}
        positional = [args[name] for name in self.parameters.names]
        if self.parameters.rest is not None and self.parameters.rest != self.name:
            positional.extend(args[self.parameters.rest])
        named = {name: args[name] for name in self.parameters.only}
        if self.several:
            named["part"] = part
        return wrap(self.template(Symbol(new, build), *positional, **named))


VIEWS: dict[Primitive, View] = {}


def sharing(apply: Apply, part: int = 0, contiguous: bool = False) -> Sharing:
    """What the result at position ``part`` shares; ``contiguous`` says that the base is known to be so."""
    view = VIEWS.get(apply.primitive)
    if view is None:
        return FRESH
    try:
        return view.sharing(apply, part, contiguous)
    except (TypeError, ValueError, LookupError):  # a call with arguments that are not declared, or that fails
        operands = [o for o in (*apply.args, *(v for _, v in apply.kwargs)) if fact_of_operand(o).kind != "py"]
        return Sharing("perhaps", next((o for o in operands if not isinstance(o, Const)), None))


def _one(operand: Operand, part: int, among: bool) -> Operand | None:
    if not among:
        return operand
    assert isinstance(operand, Display)
    return operand.items[part] if part < len(operand.items) else None


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


def unwritable(functions: Any, name: str, kind: Kind, signature: Callable[..., Any]) -> None:
    """Declare what shares memory through which nothing is written, with ``signature`` for its parameters."""
    parameters = Parameters(inspect.signature(signature), 0)
    for function in functions if isinstance(functions, tuple) else (functions,):
        primitive = function if isinstance(function, Primitive) else PRIMITIVES[function]
        VIEWS[primitive] = View(name, kind, None, parameters)


def _unless_number(x: Any, kind: str = "view") -> str:
    """The kind for an array; a number without axes is copied, and what has no axes may be either."""
    known = fact(x)
    return kind if known.kind == "array" and known.ndim else "perhaps"


# ---- subscripts --------------------------------------------------------------------------------------------


def _indexed_kind(x: Any, index: Any) -> str:
    if fact(x).kind != "array":
        return "perhaps"
    items = index if isinstance(index, tuple) else (index,)
    kinds = [_item_kind(item) for item in items]
    if "copies" in kinds:
        return "fresh"
    if "unknown" in kinds:
        return "perhaps"
    if any(item is None or item is Ellipsis or isinstance(item, slice) for item in items):
        return "view"
    ndim = rank(x)
    return "perhaps" if ndim is None else "fresh" if len(items) == ndim else "view"


def _item_kind(item: Any) -> str:
    """Whether an item of an index selects by place, makes a copy, or may do either."""
    if item is None or item is Ellipsis or isinstance(item, slice):
        return "selects"
    if isinstance(item, bool | np.bool_ | list | tuple | np.ndarray):
        return "copies"
    if not isinstance(item, Symbol):
        return "selects"
    known = fact(item)
    if known.kind == "py" and known.dtype is not None:
        return "copies" if known.dtype.kind == "b" else "selects"
    if known.kind == "list" or known.ndim or (known.dtype is not None and known.dtype.kind == "b"):
        return "copies"
    return "unknown"  # an integer of NumPy selects, an array of one without axes makes a copy


@view(core.INDEX, "x", _indexed_kind)
def _(new, x, index):
    return primitive_call(new.build, core.STORED, (x, index, new), {})


# ---- transposes --------------------------------------------------------------------------------------------


def _inverse(new, axes):
    if axes is None:
        return new.T
    order = [shapes.normal_axis(k, len(axes)) for k in axes]
    return new.transpose(*(order.index(k) for k in range(len(order))))


@view(np.transpose, "a")
def _(new, a, axes=None):
    return _inverse(new, axes)


@view(ndarray_transpose, "a")
def _(new, a, *axes):
    return _inverse(new, axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes or None)


@view(ndarray_T, "a")
def _(new, a):
    return new.T


@view((np.matrix_transpose, ndarray_mT), "x")
def _(new, x):
    return new.mT


# ---- new shapes --------------------------------------------------------------------------------------------


def _splits(own: Sequence[Size], new: Sequence[Size]) -> bool:
    """Whether each axis but those of length one becomes one or several, which no strides forbid."""
    left = [s for s in new if s != 1]
    for size in (s for s in own if s != 1):
        if not left:
            return False
        if left[0] is size:
            left.pop(0)
            continue
        product = 1
        while left and isinstance(left[0], int) and isinstance(size, int) and product < size:
            product *= left.pop(0)  # type: ignore[operator]
        if product != size:
            return False
    return not left


def _reshaped_kind(a: Any, new: Any, order: str, copy: Any) -> str:
    if copy is True:
        return "fresh"
    if fact(a).kind != "array" or rank(a) == 0:
        return "perhaps"
    if copy is False:
        return "view"
    own = fact(a).shape
    if own is not None and new is not None and order in ("C", "F") and 0 not in own and _splits(own, new):
        return "view"
    return CONTIGUOUS if order == "C" else "perhaps"


def _new_shape(a: Any, given: Any) -> Any:
    """The new shape, with the size that -1 stands for if it is known."""
    sizes = shapes.shape_argument(given)
    if sizes is None or -1 not in sizes:
        return sizes
    own, others = fact(a).shape, [s for s in sizes if s != -1]
    varied = [s for s in own or () if s != 1]
    size = fact(a).size
    if size is not None and all(isinstance(s, int) and s > 0 for s in others):
        left: Any = size // int(np.prod(others))  # type: ignore[arg-type]
    elif own is not None and len(varied) == 1 and all(s == 1 for s in others):
        left = varied[0]
    else:
        return None
    return tuple(left if isinstance(s, int) and s == -1 else s for s in sizes)


@view(np.reshape, "a", lambda a, shape, order, copy: _reshaped_kind(a, _new_shape(a, shape), order, copy))
def _(new, a, /, shape, order="C", *, copy=None):
    return shaped_like(new, new, a, order)


def _sizes_given(shape: Any) -> Any:
    return shape[0] if len(shape) == 1 else shape


@view(ndarray_reshape, "a",
      lambda a, *shape, order, copy: _reshaped_kind(a, _new_shape(a, _sizes_given(shape)), order, copy))
def _(new, a, *shape, order="C", copy=None):
    return shaped_like(new, new, a, order)


@view(np.ravel, "a", lambda a, order: CONTIGUOUS if order == "C" and _unless_number(a) == "view" else "perhaps")
def _(new, a, order="C"):
    return shaped_like(new, new, a, order)
