"""Declaring the derivative of a function: for one without source, or one whose derivative you know better.

The notation is the one that srcad's own rules are written in.  One declaration gives the tangent, the adjoint, batches
and higher orders; generated code calls the function itself, by name.

=====================================  ======================================================================
``elementwise(f, partials)``           acts element by element: the partial derivatives
``@linear(f, "x")``                    linear in the named arguments together: ``bar`` of each
``@bilinear(f, "a", "b")``             linear in each of them: ``bar`` of each
``@rule(f)``                           anything else: ``d`` of the result, ``bar`` of the arguments, or both
``@define(f)``                         the same by functions that have rules
``nondiff(f)``, ``zero(f)``            no dependence at all; a dependence with derivative zero
=====================================  ======================================================================

``d[x]`` is the tangent of ``x``, ``bar[x]`` its adjoint.  A template takes the result, then the arguments of the
function.  It runs while code is generated, on symbols: it may call NumPy and every function that has a rule, and
branch on arguments in ``static``, but not on values.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from srcad import engine
from srcad.errors import DifferentiationTypeError, explain
from srcad.frontend.calls import HANDLERS, LIVE, WRAPPED, label_of
from srcad.frontend.checks import location_of
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import ANY, Fact, broadcast_shapes
from srcad.ir.nodes import Apply, Const, Location
from srcad.ir.primitive import Primitive
from srcad.rules import notation
from srcad.rules.declared import DECLARED, Declared, adapted
from srcad.rules.forms import Bilinear, Constant, Definition, Elementwise, Linear, elementwise_batch
from srcad.rules.registry import PRIMITIVES, primitive_of
from srcad.rules.roles import free_axes as leading_axes

Template = Callable[..., Any]

d = notation.d
bar = notation.bar


# ---- what is checked when a rule is declared ---------------------------------------------------------------------------


def error(location: Location | None, reason: str, remedy: str) -> DifferentiationTypeError:
    return DifferentiationTypeError(explain(location, reason, remedy))


def subject(function: Any, location: Location | None = None) -> Any:
    """The function that a rule is for."""
    while type(function) in WRAPPED:
        function = WRAPPED[type(function)](function)
    if not callable(function):
        raise error(location, f"{function!r} is not callable", "declare the rule of a function")
    label = label_of(function)
    if type(function) in LIVE:
        raise error(location, f"{label} has a derivative of its own already", "declare the rule of the function in it")
    if isinstance(function, types.MethodType):
        raise error(location, f"{label} is the method of one object", f"declare the rule of the class's: {label}, unbound")
    try:
        known = primitive_of(function)
        handled = function in HANDLERS
    except TypeError:
        raise error(location, f"{function!r} is not hashable", "wrap it in a function, and declare that one's rule") from None
    if handled or (known is not None and known not in DECLARED):
        raise error(location, f"srcad has a rule for {label} itself", "wrap it in a function, and declare that one's rule")
    return function


def signature_of(function: Any) -> inspect.Signature | None:
    """The signature of a function; None if it has none that names arguments."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    telling = [p for p in signature.parameters.values() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    return signature if telling and not isinstance(function, np.ufunc) else None


def checked_template(function: Any, template: Any, results: int, names: Sequence[str]) -> Template:
    """A template that takes what the function takes."""
    location = location_of(Const(template))
    label = label_of(function)
    if not callable(template):
        raise error(location, f"the rule of {label} is {template!r}", "write it as a function")
    given = list(inspect.signature(template).parameters.values())
    if any(p.kind is p.VAR_KEYWORD for p in given):
        raise error(location, f"the rule of {label} takes **{given[-1].name}", "name the keywords that the rule honours")
    signature = signature_of(function)
    own = given[results:]
    if signature is not None:
        wanted = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        expected, actual = [p.name for p in wanted], [p.name for p in own]
        if expected != actual:
            lead = ", ".join(["the result" if results == 1 else f"{results} results", *expected] if results else expected)
            lacks = [n for n in expected if n not in actual]
            more = [n for n in actual if n not in expected]
            what = "forgets " + ", ".join(lacks) if lacks else "has " + ", ".join(more) if more else "has another order"
            raise error(location, f"the rule of {label} takes ({', '.join(p.name for p in given)}): it {what}",
                        f"let it take {lead}")
    if len(given) < results:
        raise error(location, f"the rule of {label} takes no result", "let it take the result, then the arguments")
    unknown = [n for n in names if n not in [p.name for p in own]]
    if unknown:
        raise error(location, f"{label} has no argument {', '.join(unknown)}",
                    f"name some of {', '.join(p.name for p in own)}")
    return adapted(template, signature, results)


def register(
    function: Any, form: Any, template: Any = None, *, results: int = 1, pure: bool = True, static: Sequence[str] = (),
    infer: Callable[[Apply], Any] | None = None, view: bool = True,
) -> None:
    """Make a form the rule of a function, from now on."""
    primitive = Primitive(
        own_name(function, template), function, rule=form, pure=pure, static=frozenset(static), infer=infer, view=view,
        results=tuple(f"y{k}" for k in range(results)) if results > 1 else (),
    )
    old = PRIMITIVES.get(function)
    if old is not None:
        DECLARED.discard(old)
    PRIMITIVES[function] = primitive
    DECLARED.add(primitive)
    engine.forget()


def own_name(function: Any, template: Any = None) -> str:
    """What messages and generated code call a function; what has no name of its own, by the variable that it is in."""
    label = label_of(function)
    if "<lambda>" not in label and hasattr(function, "__qualname__"):
        return label
    for place in (function, template):
        names = getattr(place, "__globals__", {})
        found = next((name for name, value in names.items() if value is function), None)
        if found is not None:
            return f"{names.get('__name__', '')}.{found}"
    return label.replace("<lambda>", "function")


def elementwise_fact(apply: Apply) -> Fact:
    """What is known of the result of a function that broadcasts: its shape."""
    shape = broadcast_shapes(*(fact_of_operand(a).shape for a in apply.args))
    return ANY if shape is None else Fact("array" if shape else "num", None, shape)


def like_argument(form: Any, name: str, results: int, location: Location | None) -> Callable[[Apply], Any] | None:
    """The facts of results that have the shape and dtype of an argument."""
    if not name:
        return None
    if name not in arguments_of(form):
        raise error(location, f"like={name!r} is no argument", f"name one of {', '.join(arguments_of(form))}")

    def infer(apply: Apply) -> Any:
        operand = form.parameters.bind(apply)[name]
        return (fact_of_operand(operand),) * results

    return infer


def arguments_of(form: Any) -> tuple[str, ...]:
    """All arguments of a template."""
    names: tuple[str, ...] = form.parameters.everything
    return names


# ---- the forms -------------------------------------------------------------------------------------------------------


def elementwise(
    function: Any, partials: Template, *, names: Sequence[str] | None = None, static: Sequence[str] = (), pure: bool = True
) -> None:
    """Declare the partial derivatives of a function that acts element by element and broadcasts its arguments.

    Arguments:
        function: the function, of numbers and arrays.
        partials: ``partials(y, *args)`` gives the partial derivative for each argument, from the result and the
            arguments: one expression, or a tuple of them.  One that is itself a function of nothing is called only if
            it is needed.
        names: the arguments that are differentiated, if not all are; there is a partial for each.
        static: arguments whose values ``partials`` may branch on; code is generated for each value.
        pure: False if the function does more than compute its result (it counts, draws, prints): calls are then neither
            left out nor made one.

    Raises ``DifferentiationTypeError`` if ``partials`` does not take the arguments of the function, for names that it has
    not, and for functions that srcad itself has a rule for.

    >>> import srcad
    >>> import math
    >>> def gauss(x):
    ...     return math.erf(x)  # or a function that is not written in Python
    >>> srcad.elementwise(gauss, lambda y, x: 2.0 / math.sqrt(math.pi) * np.exp(-(x**2)))
    >>> srcad.grad(gauss)(0.0)
    np.float64(1.1283791670955126)
    """
    function = subject(function, location_of(Const(partials)))
    template = checked_template(function, partials, 1, names or ())
    register(function, Elementwise(template, names), partials, infer=elementwise_fact, pure=pure, static=static, view=False)


def linear(
    function: Any, *names: str, static: Sequence[str] = (), like: str = "", free_axes: bool = False, pure: bool = True
) -> Callable[[Template], Template]:
    """Declare a function that is linear in the named arguments together; the decorated template gives its transpose.

    Arguments:
        function: the function; its tangent is the function itself, of tangents.
        names: the arguments in which it is linear; others are not differentiated.
        static: arguments whose values the template may branch on; code is generated for each value.
        like: the argument whose shape and dtype the result has, if it is known to have those of one.
        free_axes: whether the first argument may have further leading axes, over which the function then maps; without
            it, the rows of a batch are run one by one.
        pure: False if the function does more than compute its result (it counts, draws, prints): calls are then neither
            left out nor made one.

    The template takes the result and the arguments, and assigns ``bar[x]`` from ``bar[y]`` for each name.

    Raises ``DifferentiationTypeError`` as ``elementwise`` does.

    >>> import srcad
    >>> from srcad import bar
    >>> def blurred(x):
    ...     return np.convolve(x, [0.25, 0.5, 0.25], "same")
    >>> @srcad.linear(blurred, "x")
    ... def blurred_rule(y, x):
    ...     bar[x] = blurred(bar[y])
    >>> srcad.grad(lambda x: np.sum(blurred(x)))(np.zeros(3))
    array([0.75, 1.  , 0.75])
    """

    def declare(template: Template) -> Template:
        own = named(function, names, template)
        form = Linear(checked_template(own, template, 1, names), names, leading_axes if free_axes else None)
        infer = like_argument(form, like, 1, location_of(Const(template)))
        register(own, form, template, pure=pure, static=static, infer=infer)
        return template

    return declare


def bilinear(
    function: Any, *names: str, static: Sequence[str] = (), pure: bool = True
) -> Callable[[Template], Template]:
    """Declare a function that is linear in each of the named arguments; the decorated template gives a transpose for each.

    Arguments, template and errors as for ``linear``; the tangent is a sum of calls.

    >>> import srcad
    >>> from srcad import bar
    >>> def product(a, b):
    ...     return a @ b
    >>> @srcad.bilinear(product, "a", "b")
    ... def product_rule(y, a, b):
    ...     bar[a] = bar[y] @ b.T
    ...     bar[b] = a.T @ bar[y]
    >>> srcad.grad(lambda a: np.sum(product(a, np.eye(2))))(np.ones((2, 2)))
    array([[1., 1.],
           [1., 1.]])
    """

    def declare(template: Template) -> Template:
        own = named(function, names, template)
        register(own, Bilinear(checked_template(own, template, 1, names), names), template, pure=pure, static=static)
        return template

    return declare


def named(function: Any, names: Sequence[str], template: Any) -> Any:
    """The function of a rule that must say in which arguments it is linear."""
    location = location_of(Const(template))
    function = subject(function, location)
    if not names:
        raise error(location, f"the rule of {label_of(function)} does not say in which arguments it is linear",
                    'name them: @srcad.linear(f, "x")')
    return function


def rule(
    function: Any, *names: str, linear: Sequence[str] = (), results: int = 1, static: Sequence[str] = (),
    like: str = "", free_axes: bool = False, pure: bool = True,
) -> Callable[[Template], Template]:
    """Declare the tangent of a function, or its adjoint, or both, by the decorated template.

    Arguments:
        function: the function; what it returns is one array, or a tuple of ``results`` of them.
        names: the arguments that are differentiated; without any, all.
        linear: those of them in which the function is linear, for rules in which tangents go into the function itself.
        results: how many arrays the function returns.
        static: arguments whose values the template may branch on; code is generated for each value.
        like, free_axes: as for ``linear``.
        pure: False if the function does more than compute its result (it counts, draws, prints): calls are then neither
            left out nor made one.

    The template takes the results, then the arguments.  It assigns ``d[y]``, the tangent of each result, linearly from
    ``d[x]``; the adjoint is its transpose, unless the template assigns ``bar[x]`` from ``bar[y]`` for each
    argument too.  With ``bar`` alone there is reverse mode, and no forward mode.

    Raises ``DifferentiationTypeError`` as ``elementwise`` does; a derivative that the template does not give, or does not
    give linearly, is an error where it is asked for.

    >>> import srcad
    >>> from srcad import bar, d
    >>> def solve(a, b):
    ...     return np.linalg.solve(a, b)  # or another library's
    >>> @srcad.rule(solve, linear=["b"], like="b")
    ... def solve_rule(x, a, b):
    ...     d[x] = solve(a, d[b] - d[a] @ x)
    ...     bar[b] = solve(a.T, bar[x])
    >>> srcad.grad(lambda b: np.sum(solve(2.0 * np.eye(2), b)))(np.ones(2))
    array([0.5, 0.5])
    """

    def declare(template: Template) -> Template:
        own = subject(function, location_of(Const(template)))
        form = Declared(
            checked_template(own, template, results, (*names, *linear)), names, linear, results,
            leading_axes if free_axes else None,
        )
        form.names = form.names or arguments_of(form)
        infer = like_argument(form, like, results, location_of(Const(template)))
        register(own, form, template, results=results, pure=pure, static=static, infer=infer)
        return template

    return declare


def define(
    function: Any, *names: str, results: int = 1, static: Sequence[str] = (), pure: bool = True
) -> Callable[[Template], Template]:
    """Declare what a function computes by functions that have rules, to be used where it is differentiated.

    Arguments:
        function: the function; what it returns is one array, or a tuple of ``results`` of them.
        names: the arguments that are differentiated; without any, all.
        static: arguments whose values the template may branch on; code is generated for each value.
        pure: False if the function does more than compute its result (it counts, draws, prints): calls are then neither
            left out nor made one.

    The decorated template takes the arguments and returns the result.

    Raises ``DifferentiationTypeError`` as ``elementwise`` does.

    >>> import srcad
    >>> def norm(x):
    ...     return np.sqrt(np.sum(x**2))  # or in another language
    >>> @srcad.define(norm)
    ... def norm_rule(x):
    ...     return np.sqrt(np.sum(x * x))
    >>> srcad.grad(norm)(np.array([3.0, 4.0]))
    array([0.6, 0.8])
    """

    def declare(template: Template) -> Template:
        own = subject(function, location_of(Const(template)))
        form = Definition(checked_template(own, template, 0, names), names)
        form.names = form.names or arguments_of(form)
        register(own, form, template, results=results, pure=pure, static=static)
        return template

    return declare


def nondiff(*functions: Any, pure: bool = False) -> None:
    """Declare functions on whose results no derivative depends, such as a logger or a search for an index.

    ``pure`` says whether a call may be left out where nobody reads its result; otherwise it may be there for its effects.

    >>> import srcad
    >>> def report(x):
    ...     pass
    >>> srcad.nondiff(report)
    >>> def f(x):
    ...     report(x)
    ...     return x**2
    >>> srcad.grad(f)(3.0)
    np.float64(6.0)
    """
    for function in map(subject, functions):
        register(function, Constant(False), pure=pure)


def zero(*functions: Any, pure: bool = True) -> None:
    """Declare functions that act element by element and whose derivative is zero, such as a rounding.

    ``pure`` is False for a function that does more than compute its result.

    >>> import srcad
    >>> def quantised(x):
    ...     return np.round(8.0 * x) / 8.0
    >>> srcad.zero(quantised)
    >>> srcad.grad(lambda x: x * quantised(x))(0.3)
    np.float64(0.25)
    """
    for function in map(subject, functions):
        register(function, Constant(True, elementwise_batch), pure=pure, infer=elementwise_fact, view=False)


__all__ = ["bar", "bilinear", "d", "define", "elementwise", "linear", "nondiff", "rule", "zero"]
