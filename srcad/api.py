"""The public interface: the decorator, and the transforms of functions.

Every transform gives a ``DerivativeFunction``: a callable with the signature of the function, a docstring, the
generated source (``.source(*example_args)``), and a pickle form.
"""

from __future__ import annotations

import copy
import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from srcad import engine
from srcad.backend.shipping import Parts, Shipped
from srcad.errors import DifferentiationTypeError, DifferentiationValueError, explain
from srcad.frontend.calls import HANDLERS, LIVE, WRAPPED, Calls
from srcad.frontend.checks import ALL, location_of, value_error
from srcad.frontend.derivatives import Derivatives
from srcad.frontend.derivatives import kind as derivative_kind
from srcad.frontend.source import is_library
from srcad.frontend.trees import Derivative, Mapping, Pending, Sequence, Tree
from srcad.ir import core
from srcad.ir.nodes import Const
from srcad.rules.registry import primitive_of

Function = Callable[..., Any]


class DerivativeFunction(Shipped):
    """A derivative of a function, called like the function.

    ``source(*example_args)`` is the code generated for such arguments.
    """

    def __init__(self, kind: str, function: Any, options: dict[str, Any] | None = None, text: str = "") -> None:
        if not callable(function):
            raise DifferentiationTypeError(
                explain(None, f"{function!r} is not callable", "pass the function that is to be differentiated")
            )
        name = getattr(function, "__name__", type(function).__name__)
        function = called(function)
        self.kind = kind
        self.function = function
        self.options = options or {}
        self.text = text or kind
        self.frozen = tuple(sorted((k, repr(v)) for k, v in self.options.items()))
        self._target = engine.Target(kind, self.options, self.frozen, function)
        self.__name__ = f"{name}_{kind.split('.')[-1]}"
        self.__qualname__ = self.__name__
        self.__module__ = getattr(function, "__module__", __name__)
        self.__doc__ = f"{self.text} of {name}.\n\n{inspect.cleandoc(function.__doc__ or '')}".rstrip() + "\n"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._target.run(args, kwargs)

    def __repr__(self) -> str:
        return f"<{self.kind} of {getattr(self.function, '__qualname__', self.function)!s}>"

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        # as a method it is the derivative of the function's method: argnums do not count the object
        if instance is None or not hasattr(self.function, "__get__"):
            return self
        return type(self)(self.kind, self.function.__get__(instance, owner), self.options, self.text)

    @property
    def __signature__(self) -> inspect.Signature:
        return call_signature(self.kind, self.function)

    def source(self, *example_args: Any, **example_kwargs: Any) -> str:
        """The source generated for arguments like these; without any, for what is known of none.

        Returns the text of a Python module that defines the derivative and what it calls.
        """
        if not example_args and not example_kwargs:
            return engine.general_source(self.kind, self.options, self.function)
        artefact, _ = self._target.prepared(example_args, example_kwargs)
        return artefact.source

    def parts(self) -> Parts:
        return type(self), (self.kind, self.function, self.options, self.text)


def called(function: Any) -> Any:
    """What calling a callable runs: of an object of the user's its method, of all others they themselves."""
    method = type(function).__call__
    known = {*LIVE, *WRAPPED, LinearMap}
    if not isinstance(method, types.FunctionType) or is_library(method) or type(function) in known or primitive_of(function):
        return function
    return function.__call__


def call_signature(kind: str, function: Any) -> inspect.Signature:
    """The signature of a derivative: the function's own, with what the kind adds."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        signature = inspect.Signature(
            [inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL)]
        )
    if kind.startswith("functional."):
        names = ("inputs",) if kind in ("functional.jacobian", "functional.hessian") else ("inputs", "v")
        return inspect.Signature([
            inspect.Parameter(n, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None if n == "v" else inspect.Parameter.empty)
            for n in names
        ])
    if kind == "hvp":
        parameters = list(signature.parameters.values())
        place = next((k for k, p in enumerate(parameters) if p.kind > p.POSITIONAL_OR_KEYWORD), len(parameters))
        v = inspect.Parameter("v", inspect.Parameter.POSITIONAL_ONLY if any(
            p.kind is p.POSITIONAL_ONLY for p in parameters[place:]) else inspect.Parameter.POSITIONAL_OR_KEYWORD)
        parameters = [p.replace(default=p.empty) if k < place else p for k, p in enumerate(parameters)]
        parameters.insert(place, v)
        return signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty)
    return signature.replace(return_annotation=inspect.Signature.empty)


def derivative_tree(live: DerivativeFunction | Product) -> Tree:
    return Derivative(live.kind, engine.live_tree(live.function), live.options)


engine.LIVE_DERIVATIVES[DerivativeFunction] = derivative_tree
LIVE[DerivativeFunction] = derivative_tree


class LinearMap(Shipped):
    """The second half of ``vjp`` or ``linearize``: maps cotangents back, or tangents forward, any number of times."""

    pending: Pending
    residuals: Any

    def __init__(self, pending: Pending, residuals: Any, base: types.FunctionType, shapes: Any = None) -> None:
        self.pending = pending
        self.residuals = residuals
        self.base = base
        self.shapes = shapes  # of the output, where they are known only now

    def __call__(self, *args: Any) -> Any:
        return engine.run_pending(self.pending, self.residuals, self.base, args, self.shapes)

    def source(self) -> str:
        """The generated source."""
        return engine.pending_artefact(self.pending, self.base).source

    def parts(self) -> Parts:
        return LinearMap, (self.pending, self.residuals, self.base, self.shapes)

    def __deepcopy__(self, memo: dict[int, Any]) -> LinearMap:
        return LinearMap(self.pending, copy.deepcopy(self.residuals, memo), self.base, self.shapes)


# ---- the transforms ----------------------------------------------------------------------------------------------


def grad(f: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> DerivativeFunction:
    """The gradient of a scalar-valued function.

    Arguments:
        f: a function whose output is an array of shape ``()`` (with ``has_aux`` a tuple ``(output, aux)``).
        argnums: the position of the differentiated argument, or a tuple of positions.
        has_aux: whether ``f`` returns something beside its output.

    Returns a function of the same arguments: the gradient, in the structure, shapes and dtypes of the selected
    argument (a tuple of them for a tuple), or ``(gradient, aux)``.

    Raises ``DifferentiationError`` for other outputs, for arguments that hold anything but floats, and for code that
    cannot be differentiated.

    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    return DerivativeFunction("grad", f, {"argnums": argnums, "has_aux": has_aux}, "Gradient")


def value_and_grad(f: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> DerivativeFunction:
    """The value and the gradient of a scalar-valued function, computed together.

    Arguments and errors as for ``grad``.  Returns a function that gives ``(value, gradient)``, with ``has_aux``
    ``((value, aux), gradient)``.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (np.float64(8.0), np.float64(12.0))
    """
    return DerivativeFunction("value_and_grad", f, {"argnums": argnums, "has_aux": has_aux}, "Value and gradient")


def vjp(f: Function, *primals: Any, has_aux: bool = False) -> Any:
    """The output of a function, and its pullback: from a cotangent of the output to those of the arguments.

    Arguments:
        f: a function of ``primals``; its outputs may be nested tuples, lists and dicts of float arrays.
        primals: arrays, or nested tuples, lists and dicts of arrays.
        has_aux: whether ``f`` returns ``(output, aux)``.

    Returns ``(output, pullback)`` or ``(output, pullback, aux)``.  ``pullback(cotangent)`` takes one argument with the
    structure and shapes of the output, and always gives a tuple, one entry for each primal.

    >>> y, pullback = vjp(lambda x: x**2, np.array([1.0, 3.0]))
    >>> pullback(np.array([1.0, 1.0]))
    (array([2., 6.]),)
    """
    return DerivativeFunction("vjp", f, {"has_aux": has_aux}, "Output and pullback")(*primals)


def jvp(f: Function, primals: tuple[Any, ...], tangents: tuple[Any, ...], *, has_aux: bool = False) -> Any:
    """The output of a function, and its derivative in the direction of the tangents.

    Arguments:
        f: a function of the primals.
        primals, tangents: tuples with one entry for each argument, of the same structures and shapes.
        has_aux: whether ``f`` returns ``(output, aux)``.

    Returns ``(output, tangent_out)`` or ``(output, tangent_out, aux)``; the tangent has the structure, shapes and
    dtypes of the output.

    >>> jvp(np.sin, (0.0,), (2.0,))
    (np.float64(0.0), np.float64(2.0))
    """
    return DerivativeFunction("jvp", f, {"has_aux": has_aux}, "Output and tangent")(primals, tangents)


def linearize(f: Function, *primals: Any) -> Any:
    """The output of a function, and its derivative as a linear map, to be applied many times.

    What does not depend on the direction is computed once.  Returns ``(output, jvp_fn)``; ``jvp_fn(*tangents)`` takes
    tangents of exactly the structures, shapes and dtypes of the primals.

    >>> y, push = linearize(lambda x: x**2, np.array([1.0, 3.0]))
    >>> push(np.array([1.0, 0.0]))
    array([2., 0.])
    """
    return DerivativeFunction("linearize", f, {}, "Output and linear map")(*primals)


def jacobian(f: Function, argnums: int | tuple[int, ...] = 0) -> DerivativeFunction:
    """The Jacobian by rows or by columns, whichever are fewer for the sizes of a call.

    Arguments and results as for ``jacrev``.

    >>> jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return DerivativeFunction("jacobian", f, {"argnums": argnums, "mode": "cheaper"}, "Jacobian")


def jacrev(
    f: Function, argnums: int | tuple[int, ...] = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> DerivativeFunction:
    """The Jacobian, row by row (reverse mode), all rows in one batched program.

    Arguments:
        f: a function of arrays or of nested tuples, lists and dicts of them, with such outputs.
        argnums: the position of the differentiated argument, or a tuple of positions.
        has_aux: whether ``f`` returns ``(output, aux)``.
        chunk_size: how many rows are computed at a time; None for all.

    Returns a function that gives the structure of the output with, for each of its arrays, the structure of the
    selected arguments with blocks of shape ``out.shape + in.shape`` in the dtype of the input.

    >>> jacrev(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    options = {"argnums": argnums, "mode": "reverse", "has_aux": has_aux, "chunk_size": chunk_size}
    check_options(Const(f), options)
    return DerivativeFunction("jacobian", f, options, "Jacobian by rows")


def jacfwd(f: Function, argnums: int | tuple[int, ...] | None = 0, has_aux: bool = False) -> DerivativeFunction:
    """The Jacobian, column by column (forward mode), all columns in one batched program.

    Arguments and results as for ``jacrev``, in the dtypes of the outputs; ``argnums=None`` selects all arguments.

    >>> jacfwd(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    options = {"argnums": ALL if argnums is None else argnums, "mode": "forward", "has_aux": has_aux}
    return DerivativeFunction("jacobian", f, options, "Jacobian by columns")


def hessian(f: Function, argnums: int | tuple[int, ...] = 0) -> DerivativeFunction:
    """The Hessian, forward over reverse, all rows in one batched program.

    The output of ``f`` need not be scalar: blocks have the shape ``out.shape + in_i.shape + in_j.shape``, in the
    structure of the output, then of the selected arguments twice.

    >>> hessian(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    return DerivativeFunction("hessian", f, {"argnums": argnums}, "Hessian")


def hvp(f: Function, argnums: int | tuple[int, ...] = 0) -> DerivativeFunction:
    """The product of the Hessian with a vector, without the Hessian.

    Returns a function of the arguments of ``f`` and then ``v``, which has the structure of the selected arguments; it
    gives the product in that structure.

    >>> hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    return DerivativeFunction("hvp", f, {"argnums": argnums}, "Hessian-vector product")


def vmap(
    f: Function, in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *, chunk_size: int | None = None
) -> DerivativeFunction:
    """The function over a batch of arguments, as one NumPy program.

    Arguments:
        f: a function of one row.
        in_dims: the batch axis of every argument, or a tuple with that of each, None where an argument is the same
            for all rows, nested like the arguments.
        out_dims: where the batch axis goes in the outputs, likewise.
        randomness: what random numbers drawn by ``f`` are: ``same`` for all rows, or an ``error``.  For ``different``
            ones draw them outside, and map over them.
        chunk_size: how many rows are computed at a time; None for all.

    Keyword arguments are passed to every row as they are.

    >>> vmap(np.dot)(np.ones((2, 3)), np.ones((2, 3)))
    array([3., 3.])
    """
    options = {"in_dims": in_dims, "out_dims": out_dims, "randomness": randomness, "chunk_size": chunk_size}
    check_options(Const(f), options)
    return DerivativeFunction("vmap", f, options, "Batched form")


def check_options(f: Tree, options: dict[str, Any]) -> None:
    """Refuse what can be refused before there are arguments."""
    chunk, randomness = options.get("chunk_size"), options.get("randomness", "error")
    if chunk is not None and (not isinstance(chunk, int | np.integer) or chunk <= 0):
        raise value_error(location_of(f), f"chunk_size={chunk!r} is no number of rows",
                          "pass a positive number, or None for all rows at once")
    if randomness not in ("error", "different", "same"):
        raise value_error(location_of(f), f"randomness={randomness!r} is unknown", "pass 'error', 'different' or 'same'")


def stop_gradient(x: Any) -> Any:
    """``x`` itself, through which no derivative flows.

    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    np.float64(3.0)
    """
    return x


# ---- inside differentiated functions -----------------------------------------------------------------------------


def _maker(kind: str, names: tuple[str, ...], fixed: dict[str, Any] | None = None) -> Any:
    """How lowering understands ``srcad.grad(f, ...)``."""

    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        given = dict(zip(("f", *names), args, strict=False)) | kwargs
        function = given.pop("f")
        options = {k: low.static(v, node) for k, v in given.items()}
        if kind == "jacobian" and fixed == {"mode": "forward"} and options.get("argnums", 0) is None:
            options["argnums"] = ALL
        check_options(function, options)
        defaults = {"argnums": 0} if "argnums" in names else {}
        return Derivative(kind, function, defaults | options | (fixed or {}))

    return lower


HANDLERS[grad] = _maker("grad", ("argnums", "has_aux"))
HANDLERS[value_and_grad] = _maker("value_and_grad", ("argnums", "has_aux"))
HANDLERS[jacobian] = _maker("jacobian", ("argnums",), {"mode": "cheaper"})
HANDLERS[jacrev] = _maker("jacobian", ("argnums",), {"mode": "reverse"})
HANDLERS[jacfwd] = _maker("jacobian", ("argnums", "has_aux"), {"mode": "forward"})
HANDLERS[hessian] = _maker("hessian", ("argnums",))
HANDLERS[hvp] = _maker("hvp", ("argnums",))
HANDLERS[vmap] = _maker("vmap", ("in_dims", "out_dims", "randomness"))


def _applied(kind: str) -> Any:
    """How lowering understands ``srcad.vjp(f, *primals)``: made and called at once."""

    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        options = {k: low.static(v, node) for k, v in kwargs.items()}
        return low.call_derivative(Derivative(kind, args[0], options), args[1:], {}, node)

    return lower


HANDLERS[vjp] = _applied("vjp")
HANDLERS[jvp] = _applied("jvp")
HANDLERS[linearize] = _applied("linearize")


def _lower_stop(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    match args[0]:
        case Sequence():
            return Sequence(args[0].type, tuple(_lower_stop(low, [item], {}, node) for item in args[0].items))
        case Mapping():
            return Mapping({k: _lower_stop(low, [item], {}, node) for k, item in args[0].items.items()})
        case Const():
            return args[0]
    return low.primitive(core.STOP, [args[0]], node=node)


HANDLERS[stop_gradient] = _lower_stop


# ---- the decorator -----------------------------------------------------------------------------------------------


class Differentiable(Shipped):
    """A function with its derivatives as attributes; see ``differentiate``."""

    # not in __dict__, which decorators above this one copy: the derivatives are not those of what they make
    __slots__ = ("_derivatives", "argnums", "function")

    def __init__(self, function: Any, argnums: int | tuple[int, ...] = 0) -> None:
        if not callable(function) and not isinstance(function, classmethod):
            raise DifferentiationTypeError(
                explain(None, f"{function!r} is not callable", "decorate a function")
            )
        functools.update_wrapper(self, function)
        self.function = function
        self.argnums = argnums
        self._derivatives: dict[Any, Any] = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<differentiable {getattr(self.function, '__qualname__', self.function)!s}>"

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if not hasattr(self.function, "__get__"):
            return self
        bound = self.function.__get__(instance, owner)
        return self if bound is self.function else Differentiable(bound, self.argnums)

    def parts(self) -> Parts:
        return Differentiable, (self.function, self.argnums)

    def _derivative(self, make: Any, *options: Any) -> Any:
        """A derivative, made once, and only when it is asked for: methods are bound at every access."""
        found = self._derivatives.get(make)
        if found is None:
            function = self.function.__func__ if isinstance(self.function, staticmethod) else self.function
            found = self._derivatives.setdefault(make, make(function, *options))
        return found

    @property
    def grad(self) -> DerivativeFunction:
        """``srcad.grad`` of the function."""
        return self._derivative(grad, self.argnums)

    @property
    def value_and_grad(self) -> DerivativeFunction:
        """``srcad.value_and_grad`` of the function."""
        return self._derivative(value_and_grad, self.argnums)

    @property
    def jacobian(self) -> DerivativeFunction:
        """``srcad.jacobian`` of the function."""
        return self._derivative(jacobian, self.argnums)

    @property
    def hessian(self) -> DerivativeFunction:
        """``srcad.hessian`` of the function."""
        return self._derivative(hessian, self.argnums)

    @property
    def vjp(self) -> Product:
        """``srcad.functional.vjp`` of the function."""
        return self._derivative(VJP)

    @property
    def jvp(self) -> Product:
        """``srcad.functional.jvp`` of the function."""
        return self._derivative(JVP)

    @property
    def hvp(self) -> Product:
        """``srcad.functional.hvp`` of the function."""
        return self._derivative(HVP)

    @property
    def vhp(self) -> Product:
        """``srcad.functional.vhp`` of the function."""
        return self._derivative(VHP)

    def source(self, kind: str, *example_args: Any, **example_kwargs: Any) -> str:
        """The generated source of a derivative.

        Arguments:
            kind: ``grad``, ``value_and_grad``, ``jacobian``, ``hessian``, ``vjp``, ``jvp``, ``hvp`` or ``vhp``.
            example_args: arguments of the function; without any, the code for what is known of none.
        """
        if kind not in ("grad", "value_and_grad", "jacobian", "hessian", "vjp", "jvp", "hvp", "vhp"):
            raise DifferentiationValueError(
                explain(None, f"there is no derivative of kind {kind!r}",
                        "pass grad, value_and_grad, jacobian, hessian, vjp, jvp, hvp or vhp")
            )
        derivative: DerivativeFunction | Product = getattr(self, kind)
        return derivative.source(*example_args, **example_kwargs)


class Product(Shipped):
    """One of the products of ``srcad.functional``, of one function: called with a point and a vector."""

    def __init__(self, kind: str, function: Any) -> None:
        self.kind = "product"
        self.options = {"of": kind}
        self.frozen = kind
        self.function = function
        name = getattr(function, "__name__", type(function).__name__)
        self.__name__ = self.__qualname__ = f"{name}_{kind}"
        self.__module__ = getattr(function, "__module__", __name__)
        self.__doc__ = f"``srcad.functional.{kind}`` of {name}.\n"

    def __call__(self, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
        return _functional(self.frozen)(self.function, inputs, v, create_graph, strict)

    def __repr__(self) -> str:
        return f"<{self.frozen} of {getattr(self.function, '__qualname__', self.function)!s}>"

    def source(self, *example_args: Any) -> str:
        """The source generated for such arguments of the function; without any, for what is known of none."""
        return engine.product_source(self.frozen, self.function, example_args)

    def parts(self) -> Parts:
        return Product, (self.frozen, self.function)


VJP, JVP, HVP, VHP = (functools.partial(Product, kind) for kind in ("vjp", "jvp", "hvp", "vhp"))


def _functional(kind: str) -> Function:
    from srcad import functional

    return getattr(functional, kind)


@derivative_kind("product")
def _call_product(
    low: Derivatives, d: Derivative, args: list[Tree], kwargs: dict[str, Tree], node: Any
) -> Tree:
    """A product inside a differentiated function is what ``srcad.functional`` makes of it."""
    return HANDLERS[_functional(d.options["of"])](low, [d.function, *args], kwargs, node)


engine.LIVE_DERIVATIVES[Product] = derivative_tree
LIVE[Product] = derivative_tree


def differentiate(function: Any = None, *, argnums: int | tuple[int, ...] = 0) -> Any:
    """Let a function carry its derivatives.

    Arguments:
        function: the function; or nothing, when used with options.
        argnums: which arguments ``.grad``, ``.value_and_grad``, ``.jacobian`` and ``.hessian`` differentiate.

    Returns the function, which behaves as before and carries ``.grad``, ``.value_and_grad``, ``.jacobian`` and
    ``.hessian`` (called like the function), ``.vjp``, ``.jvp``, ``.hvp`` and ``.vhp`` (at a point, as in
    ``srcad.functional``), and ``.source(kind, *example_args)``.

    >>> @differentiate
    ... def cube(x):
    ...     return x**3
    >>> cube(2.0)
    8.0
    """
    if function is None:
        return lambda decorated: differentiate(decorated, argnums=argnums)
    return Differentiable(function, argnums)


WRAPPED[Differentiable] = lambda live: live.function
# a cache changes no values, so the derivative is that of the function in it
WRAPPED[functools._lru_cache_wrapper] = lambda live: live.__wrapped__

__all__ = ["DerivativeFunction", "Differentiable", "LinearMap", "differentiate", "grad", "hessian", "hvp",
           "jacfwd", "jacobian", "jacrev", "jvp", "linearize", "stop_gradient", "value_and_grad", "vjp", "vmap"]
