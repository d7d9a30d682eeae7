"""The notation in which derivative rules are declared: one declaration a primitive, all derived forms from it.

==================================  =========================================================================
``elementwise(f, partials)``        ``partials(y, *args)``: the partial derivative for each argument
``@linear(f, "x")``                 linear in the named arguments together; the template assigns ``bar[x]``
``@bilinear(f, "a", "b")``          linear in each; the template assigns ``bar`` of each
``@rule(f, "x")``                   the template assigns ``d[y]``; the adjoint is derived
``@define(f, "x")``                 the template computes the same by other primitives
``nondiff(f, ...)``                 no dependence (shape, argmax, comparison)
``zero(f, ...)``                    depends, with derivative zero (floor, sign)
==================================  =========================================================================

A template's parameters are the result (or results), then the parameters of the primitive with their defaults;
a keyword that it does not name is refused.  ``d[x]`` is the tangent of x, ``bar[x]`` its adjoint.  Templates run
once, on symbols, while code is generated: see ``rules.trace``.

``fact=`` tells what is known of the result from the arguments (a function of the same arguments that returns a
``Fact``), ``batch=`` how the primitive runs on arguments with a leading batch axis (``rules.roles``), ``static=``
which parameters must be known while transforming, ``view=True`` that the result may share memory.

    elementwise(np.tanh, lambda y, x: 1.0 - y * y)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from srcad.ir import core
from srcad.ir.facts import ANY, OBJECT, Fact
from srcad.ir.nodes import Apply, Const
from srcad.ir.primitive import Primitive
from srcad.rules.forms import (
    Bilinear,
    Constant,
    Definition,
    Differential,
    Elementwise,
    Form,
    Linear,
    LinearParts,
    elementwise_batch,
    elementwise_fact,
    unbroadcast,
    zeros_for,
)
from srcad.rules.registry import ATTRIBUTES, METHODS, PRIMITIVES, VARIANTS, register
from srcad.rules.templates import Adjoints, Tangents
from srcad.rules.trace import Symbol, fact, primitive_call, rank, symbolic, unwrap

d = Tangents()
bar = Adjoints()

Template = Callable[..., Any]
Functions = Any
"""A callable, or a tuple of callables that share one declaration."""

STATIC = frozenset(
    ["axis", "axes", "axis1", "axis2", "axisa", "axisb", "axisc", "keepdims", "dtype", "ddof", "correction", "order",
     "ord", "offset", "k", "n", "subscripts", "kind", "full_matrices", "compute_uv", "hermitian", "UPLO", "upper",
     "mode", "indexing", "source", "destination", "start", "end", "newshape"]
)
"""Parameters that must be known while transforming, wherever a primitive has them."""


def _declare(functions: Functions, form: Any, *, fact_of: Any = None, view: bool = False,
             static: Sequence[str] = (), results: tuple[str, ...] = ()) -> None:
    for function in functions if isinstance(functions, tuple) else (functions,):
        primitive = function if isinstance(function, Primitive) else register(function)
        primitive.rule = form
        primitive.view = primitive.view or view
        primitive.results = results
        if isinstance(form, Form):
            primitive.static = STATIC.union(static).intersection(form.parameters.everything).difference(form.names)
        if fact_of is not None:
            primitive.infer = fact_of


def inferred(form_or_signature: Any, fact_template: Template | None) -> Callable[[Apply], Any] | None:
    """A fact template as a function of an application, which knows nothing where the template fails."""
    if fact_template is None:
        return None

    def infer(apply: Apply) -> Any:
        try:
            return form_or_signature.call(fact_template, form_or_signature.bind(apply))
        except (TypeError, ValueError, IndexError, AttributeError):
            return (ANY,) * max(1, len(apply.primitive.results))

    return infer


def elementwise(functions: Functions, partials: Template, *, names: Sequence[str] | None = None,
                batch: Template | None = None, fact: Template | None = None) -> None:
    """Declare the partial derivatives of functions that act element by element and broadcast.

    ``names`` are the differentiable arguments, if not all are; a partial that is itself a function is called
    only if it is needed.
    """
    form = Elementwise(partials, names, batch)
    _declare(functions, form, fact_of=inferred(form.parameters, fact) or elementwise_fact)


def linear(functions: Functions, *names: str, batch: Template | None = None, fact: Template | None = None,
           view: bool = False, static: Sequence[str] = (), parts: tuple[type, Template] | None = None,
           choices: Mapping[str, tuple[Any, ...]] | None = None) -> Callable[[Template], Template]:
    """Declare functions that are linear in the named arguments together.

    ``parts=(container, count)`` says that there are ``count(*args)`` results, given in a container, which reach the
    template as one list; ``choices`` which values of an argument the template takes, if not all.
    """

    def declare(template: Template) -> Template:
        form = Linear(template, names, batch) if parts is None else LinearParts(template, names, parts[1], parts[0], batch)
        form.parameters.choices = choices or {}
        _declare(functions, form, fact_of=inferred(form.parameters, fact), view=view, static=static,
                 results=() if parts is None else ("*",))
        return template

    return declare


def bilinear(functions: Functions, *names: str, batch: Template | None = None, fact: Template | None = None,
             static: Sequence[str] = ()) -> Callable[[Template], Template]:
    """Declare functions that are linear in each of the named arguments."""

    def declare(template: Template) -> Template:
        form = Bilinear(template, names, batch)
        _declare(functions, form, fact_of=inferred(form.parameters, fact), static=static)
        return template

    return declare


def rule(functions: Functions, *names: str, linear: Sequence[str] = (), explicit: bool = False,
         results: tuple[str, ...] = (), batch: Template | None = None, fact: Template | None = None,
         static: Sequence[str] = (), view: bool = False,
         choices: Mapping[str, tuple[Any, ...]] | None = None) -> Callable[[Template], Template]:
    """Declare the tangent of functions; the adjoint is its transpose.

    ``linear`` are arguments in which they are linear (the template gives ``bar`` of those); ``explicit`` says that
    it gives ``bar`` of all; ``results`` names several results.
    """

    def declare(template: Template) -> Template:
        form = Differential(template, names, linear, max(1, len(results)), batch, explicit)
        form.parameters.choices = choices or {}
        _declare(functions, form, fact_of=inferred(form.parameters, fact), view=view, static=static, results=results)
        return template

    return declare


def define(functions: Functions, *names: str, batch: Template | None = None, fact: Template | None = None,
           results: tuple[str, ...] = (), static: Sequence[str] = ()) -> Callable[[Template], Template]:
    """Declare functions by other primitives, used when they are differentiated with respect to ``names``."""

    def declare(template: Template) -> Template:
        form = Definition(template, names, batch)
        _declare(functions, form, fact_of=inferred(form.parameters, fact), static=static, results=results)
        return template

    return declare


def refuse(function: Any, reason: Template) -> None:
    """Declare calls that have no derivative: ``reason`` tells why from the arguments, None for all other calls."""
    parameters = PRIMITIVES[function].rule.parameters  # type: ignore[union-attr]

    def check(bound: Any) -> None:
        if (message := parameters.call(reason, bound)) is not None:
            raise TypeError(message)

    parameters.check = check


def nondiff(*functions: Any, fact: Template | None = None, batch: Template | None = None,
            results: tuple[str, ...] = (), uniform: bool = False, pure: bool = True, allocates: bool = False) -> None:
    """Declare functions whose results do not depend differentiably on anything.

    ``fact`` is a function of the application's own arguments, as they were written; ``batch`` one of
    ``(build, apply, mapped, size)``; ``uniform`` says that the result is one for all rows of a batch.  What is
    not ``pure`` (a random draw, an output) is neither dropped nor repeated; what ``allocates`` makes memory.
    """
    for function in functions:
        _declare(function, Constant(False, batch, uniform), fact_of=inferred_as_written(fact), results=results)
        primitive = function if isinstance(function, Primitive) else PRIMITIVES[function]
        primitive.pure = primitive.pure and pure
        primitive.allocates = primitive.allocates or allocates


def zero(*functions: Any, fact: Template | None = None, batch: Template | None = None) -> None:
    """Declare functions that depend on their arguments with derivative zero."""
    for function in functions:
        fact_of = inferred_as_written(fact) if fact else elementwise_fact
        _declare(function, Constant(True, batch or elementwise_batch), fact_of=fact_of)


def inferred_as_written(fact_template: Template | None) -> Callable[[Apply], Any] | None:
    """A fact template that takes the arguments as the application gives them."""
    if fact_template is None:
        return None

    def infer(apply: Apply) -> Any:
        args = [unwrap(a, None) for a in apply.args]  # type: ignore[arg-type]
        try:
            return fact_template(*args, **{k: unwrap(v, None) for k, v in apply.kwargs})  # type: ignore[arg-type]
        except (TypeError, ValueError, IndexError, AttributeError):
            return (ANY,) * max(1, len(apply.primitive.results))

    return infer


def variant(function: Any, argument: str, value: Any) -> Primitive:
    """The primitive, yet to be declared, of calls with ``argument=value``, which have one result."""
    whole = PRIMITIVES[function]
    single = Primitive(whole.name, function)

    def choose(apply: Apply) -> Primitive:
        form: Any = whole.rule
        bound = dict(zip(form.parameters.names, apply.args))  # noqa: B905 (fewer arguments than names: defaults)
        given = {**bound, **dict(apply.kwargs)}.get(argument)
        return single if isinstance(given, Const) and given.value == value else whole

    VARIANTS[whole] = choose
    return single


def method(name: str, function: Any) -> None:
    """Declare that ``x.name(...)`` is ``function(x, ...)``."""
    METHODS[name] = function if isinstance(function, Primitive) else PRIMITIVES[function]


def attribute(name: str, function: Any) -> None:
    """Declare that ``x.name`` is ``function(x)``."""
    ATTRIBUTES[name] = function if isinstance(function, Primitive) else PRIMITIVES[function]


def shape(x: Any) -> Any:
    """The shape of an argument, as generated code reads it."""
    return () if rank(x) == 0 else primitive_call(x.build, core.SHAPE, (x,), {})


def dtype(x: Any) -> Any:
    """The dtype of an argument, as generated code reads it."""
    return primitive_call(x.build, core.DTYPE, (x,), {})


broadcast = symbolic(core.BROADCAST)
align = symbolic(core.ALIGN)


__all__ = [
    "ANY", "OBJECT", "STATIC", "Fact", "Symbol", "align", "attribute", "bar", "bilinear", "broadcast", "d",
    "define", "dtype", "elementwise", "elementwise_batch", "fact", "linear", "method", "nondiff", "rank", "refuse",
    "rule", "shape", "unbroadcast",
    "variant", "zero", "zeros_for",
]
