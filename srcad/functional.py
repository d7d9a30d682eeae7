"""The derivatives of ``torch.autograd.functional``, on NumPy arrays: same signatures, structures and errors.

``inputs`` is an array or a flat tuple of arrays, ``func(*inputs)`` an array or a flat tuple; results mirror that, a
bare array for a bare one.  Nothing is changed in place, and derivatives share no memory with anything.
"""

from __future__ import annotations

from typing import Any

import numpy as np  # noqa: F401 (the examples)

from srcad.api import DerivativeFunction, Function
from srcad.errors import DifferentiationError, DifferentiationValueError, ForwardGraphError, explain
from srcad.frontend.calls import HANDLERS, Calls
from srcad.frontend.checks import location_of
from srcad.frontend.trees import Derivative, Tree
from srcad.ir.nodes import Const


def product(kind: str, func: Function, **options: Any) -> DerivativeFunction:
    """A derivative of this module (``"vjp"``, ``"hessian"``, …) as a function of ``inputs`` and, for products, ``v``.

    It is what ``vjp(func, ...)`` calls, for those who call it often or want to see its source.
    """
    flags = {k: bool(v) if k in ("create_graph", "strict", "vectorize") else v for k, v in options.items()}
    return DerivativeFunction(f"functional.{kind}", func, flags | {"top": True})


def _call(kind: str, func: Function, options: dict[str, Any], *args: Any) -> Any:
    return product(kind, func, **options)(*args)


def vjp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The outputs, and the product of a vector with the Jacobian.

    Arguments:
        func: a function of the inputs.
        inputs: a float array or a flat tuple of float arrays.
        v: like the outputs; may be left out if there is one output of one element.
        create_graph: whether the results can be differentiated in turn, inside a differentiated function.
        strict: raise where an output or an input is independent of all others, instead of giving zeros.

    Returns ``(outputs, vjp)``, vjp like the inputs.  Raises ``RuntimeError`` for a ``v`` that does not match, and
    ``TypeError`` for anything but float arrays.

    >>> vjp(lambda x: x**2, np.array([1.0, 2.0]), np.array([1.0, 0.5]))
    (array([1., 4.]), array([2., 2.]))
    """
    return _call("vjp", func, {"create_graph": create_graph, "strict": strict}, inputs, v)


def jvp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The outputs, and the product of the Jacobian with a vector.

    Arguments and errors as for ``vjp``, with ``v`` like the inputs.  Returns ``(outputs, jvp)``, jvp like the outputs.

    >>> jvp(lambda x: x**2, np.array([1.0, 2.0]), np.array([1.0, 0.5]))
    (array([1., 4.]), array([2., 2.]))
    """
    return _call("jvp", func, {"create_graph": create_graph, "strict": strict}, inputs, v)


def vhp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The output, and the product of a vector with the Hessian.

    ``func`` returns one array of one element; ``v`` is like the inputs.  Returns ``(output, vhp)``, vhp like the inputs.

    >>> vhp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    (np.float64(9.0), array([ 6., 12.]))
    """
    return _call("vhp", func, {"create_graph": create_graph, "strict": strict}, inputs, v)


def hvp(func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """The output, and the product of the Hessian with a vector; for twice continuously differentiable functions as ``vhp``.

    >>> hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    (np.float64(9.0), array([ 6., 12.]))
    """
    return _call("hvp", func, {"create_graph": create_graph, "strict": strict}, inputs, v)


def jacobian(
    func: Function, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian: block (i, j) has the shape ``output_i.shape + input_j.shape``.

    Arguments:
        func, inputs, create_graph, strict: as for ``vjp``; strict asks every output to depend on every input.
        vectorize: accepted; the rows are always computed in one batched program.
        strategy: ``"reverse-mode"`` (rows) or ``"forward-mode"`` (columns).

    Returns blocks nested outputs first, then inputs, each level a tuple only if that side was one.

    >>> jacobian(lambda x: x**2, np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    _check_strategy(func, strategy, create_graph, strict)
    options = {"create_graph": create_graph, "strict": strict, "vectorize": vectorize, "strategy": strategy}
    return _call("jacobian", func, options, inputs)


def hessian(
    func: Function, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of a function with one output of one element: block (i, j) has the shape ``input_i.shape + input_j.shape``.

    Arguments as for ``jacobian``.  Returns an array for bare inputs, a tuple of tuples for a tuple.

    >>> hessian(lambda x: np.sum(x**3), np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    _check_strategy(func, outer_jacobian_strategy, create_graph, strict)
    options = {"create_graph": create_graph, "strict": strict, "vectorize": vectorize, "strategy": outer_jacobian_strategy}
    return _call("hessian", func, options, inputs)


def _check_strategy(func: Any, strategy: str, create_graph: bool, strict: bool) -> None:
    kind: type[DifferentiationError] = DifferentiationError
    if strategy not in ("forward-mode", "reverse-mode"):
        reason, remedy = f"the strategy {strategy!r} is unknown", "pass 'reverse-mode' or 'forward-mode'"
        kind = DifferentiationValueError
    elif strategy == "forward-mode" and create_graph:
        reason, remedy = "create_graph=True does not go with the forward-mode strategy", "use reverse-mode"
        kind = ForwardGraphError
    elif strategy == "forward-mode" and strict:
        reason, remedy = "strict=True does not go with the forward-mode strategy", "use reverse-mode"
    else:
        return
    raise kind(explain(location_of(func if isinstance(func, Tree) else Const(func)), reason, remedy))


# ---- inside differentiated functions --------------------------------------------------------------------------------


def _maker(kind: str, names: tuple[str, ...], data: int) -> Any:
    """How lowering understands these functions: the first ``data`` arguments after ``func`` are values."""

    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        given = dict(zip(("func", *names), args, strict=False)) | kwargs
        values = [given.get(name, Const(None)) for name in names[:data]]
        options = {k: low.static(given[k], node) for k in names[data:] if k in given}
        if "outer_jacobian_strategy" in options:
            options["strategy"] = options.pop("outer_jacobian_strategy")
        if "strategy" in options:
            graph, strict = options.get("create_graph", False), options.get("strict", False)
            _check_strategy(given["func"], options["strategy"], graph, strict)
        return low.call_derivative(Derivative(f"functional.{kind}", given["func"], options), values, {}, node)

    return lower


for _kind in (vjp, jvp, vhp, hvp):
    HANDLERS[_kind] = _maker(_kind.__name__, ("inputs", "v", "create_graph", "strict"), 2)
HANDLERS[jacobian] = _maker("jacobian", ("inputs", "create_graph", "strict", "vectorize", "strategy"), 1)
HANDLERS[hessian] = _maker("hessian", ("inputs", "create_graph", "strict", "vectorize", "outer_jacobian_strategy"), 1)

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]
