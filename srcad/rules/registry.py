"""The one dictionary from callables to primitives, and from methods and attributes of arrays to callables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from srcad.ir import core
from srcad.ir.nodes import Apply, Operand
from srcad.ir.primitive import Primitive

PRIMITIVES: dict[Any, Primitive] = {
    p.function: p for p in vars(core).values() if isinstance(p, Primitive)
}

METHODS: dict[str, Primitive] = {}
"""``x.name(...)`` on an array is this primitive applied to ``x, ...``."""

ATTRIBUTES: dict[str, Primitive] = {}
"""``x.name`` on an array is this primitive applied to ``x``."""


VARIANTS: dict[Primitive, Callable[[Apply], Primitive]] = {}
"""Functions with one result or several, as an argument says (``np.linalg.svd``): which a call is of."""


def variant_of(
    primitive: Primitive, args: tuple[Operand, ...], kwargs: tuple[tuple[str, Operand], ...]
) -> Primitive:
    """The primitive that a call of ``primitive`` with these arguments is of, most often itself."""
    choose = VARIANTS.get(primitive)
    return primitive if choose is None else choose(Apply((), primitive, args, kwargs))


def primitive_of(function: Any) -> Primitive | None:
    """The primitive of a callable, None if it has none."""
    try:
        return PRIMITIVES.get(function)
    except TypeError:  # not hashable
        return None


def qualified_name(function: Any) -> str:
    """How generated code names a callable."""
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", type(function).__name__)
    module = getattr(function, "__module__", None) or ""
    if type(function).__name__ in ("ufunc", "_ArrayFunctionDispatcher") and module.startswith("numpy"):
        return f"{module.replace('numpy', 'np', 1)}.{name}"
    if module == "builtins" or not module:
        return str(name)
    module = "np" + module.removeprefix("numpy") if module.split(".")[0] == "numpy" else module
    return f"{module.removeprefix('_')}.{name}"


def register(function: Any, name: str = "") -> Primitive:
    """The primitive of a callable, made if there is none yet."""
    if function not in PRIMITIVES:
        PRIMITIVES[function] = Primitive(name or qualified_name(function), function)
    return PRIMITIVES[function]
