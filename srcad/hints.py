"""What users tell srcad about functions of theirs: derivatives of their own, and what is not to be kept.

``custom_jvp`` and ``custom_vjp`` take a derivative that is written as functions, in the manner of JAX; ``checkpoint``
has a function run again on the way back instead of keeping what it computed.  Without a derivative around them all
three behave like the function itself.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np  # noqa: F401 (the examples)

from srcad import engine
from srcad.backend.shipping import Parts, Shipped
from srcad.errors import DifferentiationTypeError, DifferentiationValueError, explain
from srcad.frontend.calls import HANDLERS, LIVE, Calls
from srcad.frontend.checks import location_of
from srcad.frontend.schedules import Scheduled
from srcad.frontend.scope import as_python_does
from srcad.frontend.trees import Derivative, Iteration, Tree
from srcad.ir.nodes import Const, Location
from srcad.transforms.revolve import Limit

Function = Callable[..., Any]


class Hinted(Shipped):
    """A function with something said about it; called, it is the function."""

    kind = ""

    def __init__(self, function: Any) -> None:
        if not callable(function):
            raise DifferentiationTypeError(explain(None, f"{function!r} is not callable", f"pass a function to {self.kind}"))
        functools.update_wrapper(self, function)
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<{self.kind} of {getattr(self.function, '__qualname__', self.function)!s} at {id(self):#x}>"

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    @property
    def frozen(self) -> Any:
        """What tells one from another in the tables of generated code."""
        return self

    def tree(self) -> Tree:
        """What it is while lowering."""
        return Derivative(self.kind, Const(self.function), {"pair": self})

    def parts(self) -> Parts:
        return type(self), (self.function,)


class Checkpointed(Hinted):
    """A function of which nothing is kept for the way back but its arguments; see ``checkpoint``."""

    kind = "checkpoint"

    @property
    def frozen(self) -> Any:
        return None

    def tree(self) -> Tree:
        return Derivative(self.kind, engine.live_tree(self.function))


class Custom(Hinted):
    """What the two kinds of functions with derivatives of their own have in common."""

    def __init__(self, function: Any, nondiff_argnums: int | tuple[int, ...] = ()) -> None:
        super().__init__(function)
        self.nondiff_argnums = (nondiff_argnums,) if isinstance(nondiff_argnums, int) else tuple(nondiff_argnums)

    @property
    def location(self) -> Location | None:
        """Where the function is defined."""
        return location_of(Const(self.function))


class CustomJvp(Custom):
    """A function with a tangent of its own; see ``custom_jvp``."""

    kind = "custom_jvp"

    def __init__(self, function: Any, nondiff_argnums: int | tuple[int, ...] = (), jvp: Function | None = None) -> None:
        super().__init__(function, nondiff_argnums)
        self.jvp = jvp

    def defjvp(self, jvp: Function) -> Function:
        """Give the tangent: ``jvp(primals, tangents)`` returns the output and its tangent; usable as a decorator."""
        self.jvp = jvp
        engine.forget()
        return jvp

    def parts(self) -> Parts:
        return CustomJvp, (self.function, self.nondiff_argnums, self.jvp)


class CustomVjp(Custom):
    """A function with a forward and a backward half of its own; see ``custom_vjp``."""

    kind = "custom_vjp"

    def __init__(
        self, function: Any, nondiff_argnums: int | tuple[int, ...] = (), fwd: Function | None = None, bwd: Function | None = None
    ) -> None:
        super().__init__(function, nondiff_argnums)
        self.fwd = fwd
        self.bwd = bwd

    def defvjp(self, fwd: Function, bwd: Function) -> None:
        """Give the halves: ``fwd(*args)`` returns the output and what ``bwd(kept, cotangent)`` needs."""
        self.fwd = fwd
        self.bwd = bwd
        engine.forget()

    def parts(self) -> Parts:
        return CustomVjp, (self.function, self.nondiff_argnums, self.fwd, self.bwd)


for _type in (Checkpointed, CustomJvp, CustomVjp):
    LIVE[_type] = _type.tree
    engine.LIVE_DERIVATIVES[_type] = _type.tree


def custom_jvp(function: Any = None, *, nondiff_argnums: int | tuple[int, ...] = ()) -> Any:
    """A function whose derivative is a tangent that you write.

    Arguments:
        function: a function of arrays, numbers, and nested tuples, lists and dicts of them, which it takes by position.
        nondiff_argnums: the position, or positions, of arguments that are no part of the derivative, such as functions.

    Returns the function with a method ``defjvp(jvp)``, which gives the tangent and returns it, so that it serves as a
    decorator.  ``jvp(primals, tangents)`` takes two tuples, one entry for each argument, and returns the output and
    its tangent, which has the structure, shapes and dtypes of the output; arguments in ``nondiff_argnums`` come
    before them, one by one.  It is differentiated itself, for higher orders, and transposed for reverse mode.

    Raises ``DifferentiationError`` where it is differentiated: if the tangent is not linear in the tangents or does not
    fit the output, if no ``jvp`` was given, or if an argument in ``nondiff_argnums`` varies.

    >>> import srcad
    >>> @custom_jvp
    ... def softplus(x):
    ...     return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0.0)
    >>> @softplus.defjvp
    ... def softplus_jvp(primals, tangents):
    ...     (x,), (x_dot,) = primals, tangents
    ...     return softplus(x), x_dot / (1.0 + np.exp(-x))
    >>> srcad.grad(softplus)(0.0)
    np.float64(0.5)

    The interface is that of ``jax.custom_jvp``.
    """
    if function is None:
        return lambda decorated: CustomJvp(decorated, nondiff_argnums)
    return CustomJvp(function, nondiff_argnums)


def custom_vjp(function: Any = None, *, nondiff_argnums: int | tuple[int, ...] = ()) -> Any:
    """A function whose derivative is a forward and a backward half that you write.

    Arguments:
        function: a function of arrays, numbers, and nested tuples, lists and dicts of them, which it takes by position.
        nondiff_argnums: the position, or positions, of arguments that are no part of the derivative, such as functions.

    Returns the function with a method ``defvjp(fwd, bwd)``.  ``fwd`` takes the arguments of the function and returns
    its output and whatever the backward half needs; ``bwd(kept, cotangent)`` returns a tuple with a cotangent for
    each argument, of its structure and shapes, or None for zeros; arguments in ``nondiff_argnums`` come before them,
    one by one.  Both are differentiated themselves, for higher orders.  Forward mode is the transpose of ``bwd``.

    Raises ``DifferentiationError`` where it is differentiated: if a cotangent does not fit, if no halves were given, if an
    argument in ``nondiff_argnums`` varies, and in forward mode if ``bwd`` is not linear in the cotangent (a clipped
    gradient belongs to no tangent).

    >>> import srcad
    >>> @custom_vjp
    ... def clipped(x):
    ...     return x
    >>> clipped.defvjp(lambda x: (x, None), lambda kept, x_bar: (np.clip(x_bar, -1.0, 1.0),))
    >>> srcad.grad(lambda x: clipped(x) ** 2)(3.0)
    np.float64(1.0)

    The interface is that of ``jax.custom_vjp``.
    """
    if function is None:
        return lambda decorated: CustomVjp(decorated, nondiff_argnums)
    return CustomVjp(function, nondiff_argnums)


def checkpoint(function: Any = None, *, slots: int | None = None, memory: int | None = None) -> Any:
    """A function, or the steps of a loop, that are run again on the way back instead of keeping what they computed.

    Arguments:
        function: a function without random draws, output or other effects, as it is run twice; or a range.
        slots: of a range, how many states are held at a time; by default about the logarithm of the number of steps.
        memory: of a range, instead of ``slots``, how many bytes the states that are held may take.

    Returns the function, for use as a decorator or in place (``srcad.checkpoint(layer)(x, w)``).  Derivatives are the
    same; of a call only the arguments are kept until its backward half, at the cost of running it once more.

    A range is returned as it is.  A loop over it, ``for k in srcad.checkpoint(range(n))``, keeps nothing either: the
    backward half holds ``slots`` states, that is, values of all variables that the loop changes, and runs the steps between
    them again, with the schedule that needs the fewest steps (A. Griewank, A. Walther, Algorithm 799: Revolve, ACM TOMS
    26, 2000, 19-45): no step more than r times, where (slots + r)! / (slots! r!) is n or more.

    Raises ``DifferentiationError`` in reverse mode, if the function or the body of the loop may have effects, and where it is
    differentiated at all, if the loop may end early; ``ValueError`` for ``slots`` below 1, and for ``slots`` or ``memory``
    without a range.

    >>> import srcad
    >>> @checkpoint
    ... def layer(x, w):
    ...     return np.tanh(w @ x)
    >>> srcad.grad(lambda x: np.sum(layer(x, np.eye(2))))(np.zeros(2))
    array([1., 1.])
    """
    if isinstance(function, range):
        check_limit(slots, memory)
        return function
    check_no_limit(slots, memory)
    return checkpoint if function is None else Checkpointed(function)


def check_no_limit(slots: Any = None, memory: Any = None) -> None:
    if slots is not None or memory is not None:
        reason = "slots and memory are for the steps of a loop"
        raise DifferentiationValueError(explain(None, reason, "pass a range, or leave them out"))


def check_limit(slots: Any, memory: Any) -> None:
    """Refuse what says no number of states."""
    if slots is not None and memory is not None:
        raise DifferentiationValueError(explain(None, "slots and memory both limit the states that are held", "pass one of them"))
    if slots is not None and slots < 1:
        raise DifferentiationValueError(explain(None, f"slots={slots!r} is no number of states", "pass 1 or more"))
    if memory is not None and memory < 0:
        raise DifferentiationValueError(explain(None, f"memory={memory!r} is no number of bytes", "pass 0 or more"))


def _lower_checkpoint(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    limits = {k: v for k, v in kwargs.items() if not (isinstance(v, Const) and v.value is None)}
    tree = args[0]
    if isinstance(tree, Const) and isinstance(tree.value, range):
        tree = Iteration("range", tuple(map(Const, (tree.value.start, tree.value.stop, tree.value.step))))
    if not (isinstance(tree, Iteration) and tree.kind == "range"):
        with as_python_does():
            check_no_limit(*limits.values())
        return Derivative("checkpoint", tree)
    with as_python_does():
        known = {k: v.value if isinstance(v, Const) else 1 for k, v in limits.items()}
        check_limit(known.get("slots"), known.get("memory"))
    limit = next((Limit(k, low.operand(v, node)) for k, v in limits.items()), Limit())
    return Scheduled(tree.kind, tree.parts, limit=limit)


HANDLERS[checkpoint] = _lower_checkpoint
