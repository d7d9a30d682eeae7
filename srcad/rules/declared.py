"""Rules that users declare: the forms of the rule library, with checks of what is written in them.

A template of the library is tested with the library; one of a user's is checked here: that it takes the arguments of its
function, that it gives the derivatives that it is asked for, and that they are linear.  Its functions may be any that
have rules, written by name (``my_cos(x)``, ``module.my_cos(x)``, ``math.exp(x)``): see ``rebound``.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from srcad.ir import core
from srcad.ir.build import Builder
from srcad.ir.nodes import Apply, Const, Operand, Value, operands_of
from srcad.ir.primitive import Primitive, Sink
from srcad.rules.forms import Bilinear, Differential, Linear, run_adjoint, varying
from srcad.rules.registry import primitive_of
from srcad.rules.templates import Frame
from srcad.rules.trace import Symbol, Unruled, builder_of, contains_symbol, primitive_call

Template = Callable[..., Any]

# ---- running a template ----------------------------------------------------------------------------------------------


def adapted(template: Template, signature: inspect.Signature | None, results: int) -> Template:
    """A template with the parameters of its function, which says in rules' words why it fails."""

    @functools.wraps(template)
    def run(*args: Any, **kwargs: Any) -> Any:
        build = builder_of(*args, *kwargs.values())
        given = [as_symbol(a, build) for a in args]
        try:
            return rebound(template)(*given, **{k: as_symbol(v, build) for k, v in kwargs.items()})
        except (Unruled, AttributeError, LookupError) as error:
            what = "it asks for d[...] of what is not differentiable" if isinstance(error, KeyError) else str(error)
            raise TypeError(f"its rule fails: {what}") from error

    own = list(inspect.signature(template).parameters.values())
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        own if signature is None else [*own[:results], *own_names(signature)]
    )
    return run


def own_names(signature: inspect.Signature) -> list[inspect.Parameter]:
    """The parameters that a template names; no keyword beyond them is taken."""
    kept = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    # results come before them, and have no defaults
    return [p.replace(kind=p.POSITIONAL_OR_KEYWORD) if p.kind is p.POSITIONAL_ONLY else p for p in kept]


PLAIN = (bool, int, float, complex, str, bytes, tuple, list, dict, slice, type, type(None), type(...), types.ModuleType)


def as_symbol(x: Any, build: Builder) -> Any:
    """An object as a symbol, whose attributes are read when the code runs; what else is static as it is."""
    if isinstance(x, (Symbol, *PLAIN)) or callable(x) or type(x).__module__ == "numpy":
        return x
    return Symbol(Const(x), build)


def rebound(template: Template) -> Template:
    """The template with functions that have rules, and modules, replaced by what can be called with symbols."""
    if not isinstance(template, types.FunctionType):
        return template
    names = {name for code in codes(template.__code__) for name in code.co_names}
    read = {n: seen(template.__globals__[n]) for n in names if n in template.__globals__}
    cells = tuple(map(cell_seen, template.__closure__ or ()))
    made = types.FunctionType(template.__code__, {**template.__globals__, **read}, template.__name__, template.__defaults__, cells)
    made.__kwdefaults__ = template.__kwdefaults__
    return made


def codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def cell_seen(cell: types.CellType) -> types.CellType:
    try:
        return types.CellType(seen(cell.cell_contents))
    except ValueError:
        return cell


def seen(value: Any) -> Any:
    """What a template sees of a global: a function with a rule, or a module, in a form that takes symbols."""
    if isinstance(value, types.ModuleType) and value.__name__ != "numpy":
        return Seen(value)
    if not isinstance(value, Symbol | type) and callable(value) and primitive_of(value) is not None:
        if getattr(value, "__module__", None) not in (__name__, "srcad.rules.trace"):
            return with_symbols(value)
    return value


class Seen:
    """A module whose functions take symbols."""

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return seen(getattr(self._module, name))


def with_symbols(function: Any) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        if not contains_symbol([*args, *kwargs.values()]):
            return function(*args, **kwargs)
        return primitive_call(builder_of(*args, *kwargs.values()), function, args, kwargs)

    return call


# ---- the tangent of a user -------------------------------------------------------------------------------------------


class _Trial:
    """A sink that keeps the contributions, to be handed over if there is one for each argument."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def wanted(self, operand: Operand) -> bool:
        return self.sink.wanted(operand)

    def add(self, *args: Any) -> None:
        self.calls.append(("add", args))

    def add_at(self, *args: Any) -> None:
        self.calls.append(("add_at", args))


class Declared(Differential):
    """A rule whose template gives ``d`` of each result, ``bar`` of each differentiable argument, or both.

    An adjoint that it does not give is derived from the tangent, as in the library.
    """

    def tangent(self, build: Builder, apply: Apply, dot: Callable[[Operand], Operand]) -> list[Operand]:
        dots: set[Operand] = set()

        def marked(operand: Operand) -> Operand:
            found = dot(operand)
            if isinstance(found, Value):
                dots.add(found)
            return found

        found = super().tangent(build, apply, marked)
        for result in found:
            require_linear(build, apply, result, dots, {})
        return found

    def check_dots(self, frame: Frame, results: Sequence[Any]) -> None:
        missing = [k for k, r in enumerate(results) if id(r) not in frame.set_dots]
        if missing:
            which = f" of result {missing[0]}" if len(results) > 1 else ""
            raise TypeError(f"its rule gives no tangent{which}: assign d[...], which forward mode needs")

    def adjoint(self, build: Builder, apply: Apply, bars: Sequence[Operand], sink: Sink) -> bool:
        bound = self.parameters.bind(apply)
        wanted = {v for n in self.differentiable(bound) for v in varying(bound[n]) if sink.wanted(v)}
        trial = _Trial(sink)
        frame = run_adjoint(self, build, apply, bars, trial)
        given = {args[0] for _, args in trial.calls}
        if not wanted <= given:
            if not frame.set_dots:
                names = ", ".join(n for n in self.differentiable(bound) if not given.issuperset(varying(bound[n])))
                raise TypeError(f"its rule gives neither bar[...] for {names} nor a tangent, d[...]")
            return False
        for name, args in trial.calls:
            getattr(sink, name)(*args)
        return True


def require_linear(build: Builder, apply: Apply, operand: Operand, dots: set[Operand], known: dict[Operand, bool]) -> bool:
    """Whether an operand depends on tangents; ``TypeError`` if it does in any way but linearly."""
    if operand in dots:
        return True
    made = build.definitions.get(operand) if isinstance(operand, Value) else None
    if made is None or made is apply:
        return False
    if operand not in known:
        moving = [o for o in operands_of(made) if require_linear(build, apply, o, dots, known)]
        known[operand] = bool(moving) and not getattr(made.primitive.rule, "uniform", False)
        if known[operand] and not is_linear(made, moving):
            raise TypeError(f"its rule is not linear in d[...], which goes into {made.primitive.name}")
    return known[operand]


def is_linear(apply: Apply, moving: list[Operand]) -> bool:
    """Whether an application is linear in operands."""
    primitive, args = apply.primitive, apply.args
    if primitive in (core.ADD, core.SUB, core.NEG):
        return True
    if primitive is core.MUL:
        return not (args[0] in moving and args[1] in moving)
    if primitive is core.DIV:
        return args[1] not in moving
    rule = primitive.rule
    if isinstance(rule, Bilinear):
        return len(moving) == 1 and moving[0] in rule.linked(apply)
    if isinstance(rule, Linear):
        return set(moving) <= set(rule.linked(apply))
    if isinstance(rule, Differential):
        bound = rule.parameters.bind(apply)
        return set(moving) <= {v for n in rule.linear for v in varying(bound[n])}
    return hasattr(rule, "expand")  # a definition: what it stands for is differentiated, not it


def declared_primitive(function: Any) -> Primitive | None:
    """The primitive of a function whose rule a user has declared."""
    found = primitive_of(function)
    return found if found is not None and found in DECLARED else None


DECLARED: set[Primitive] = set()
"""The primitives whose rules users have declared."""
