"""Function values: partial applications, decorators of the library, generic functions, getters, the functions of ``operator``."""

from __future__ import annotations

import functools
import operator
import types
from typing import Any

import gast

from srcad.frontend.calls import INSTANCES, WRAPPED, Calls, handles
from srcad.frontend.expressions import BINARY
from srcad.frontend.scope import Capture, as_python_does
from srcad.frontend.trees import Partial, Sequence, Tree
from srcad.ir.nodes import Const

# ---- partial applications ------------------------------------------------------------------------------------------


@handles(functools.partial)
def lower_partial(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    function, given = args[0], tuple(args[1:])
    if isinstance(function, Partial):
        return Partial(function.function, (*function.args, *given), {**function.kwargs, **kwargs})
    return Partial(function, given, kwargs)


def call_partial(low: Calls, live: Any, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    """A partial application that was made outside; what it holds is read at each call."""
    given = [low.live(Capture(live.args, k), "", value) for k, value in enumerate(live.args)]
    named = {k: low.live(Capture(live.keywords, k), k, value) for k, value in live.keywords.items()}
    return low.call(Const(live.func), [*given, *args], {**named, **kwargs}, node)


INSTANCES[functools.partial] = call_partial

# ---- decorators ----------------------------------------------------------------------------------------------------


def unchanged(function: Any) -> Any:
    """What a decorator is that adds nothing to be derived."""
    return function


@handles(unchanged)
def lower_unchanged(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    return args[0]


handles(functools.update_wrapper)(lower_unchanged)
handles(functools.cache)(lower_unchanged)  # whose cache would hand back what belongs to another call


@handles(functools.wraps)
def lower_wraps(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    return Const(unchanged)


@handles(functools.lru_cache)
def lower_lru_cache(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    plain = args and not (isinstance(args[0], Const) and not callable(args[0].value))
    return args[0] if plain else Const(unchanged)


WRAPPED[functools._lru_cache_wrapper] = operator.attrgetter("__wrapped__")


# ---- generic functions ---------------------------------------------------------------------------------------------


def call_generic(low: Calls, live: Any, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    """A function made by ``functools.singledispatch``: the one for the type of the first argument."""
    kind = low.class_of(args[0]) if args else None
    if kind is None:
        raise low.unsupported(node, f"{live.__name__} is a generic function, and the type of its argument is not known here",
                              "call the function for that type")
    with as_python_does():
        chosen = live.dispatch(kind)
    return low.call_live(chosen, args, kwargs, node)


def is_generic(live: Any) -> bool:
    return isinstance(live, types.FunctionType) and hasattr(live, "registry") and hasattr(live, "dispatch")


INSTANCES[is_generic] = call_generic

# ---- the operator module -------------------------------------------------------------------------------------------


def getter(make: Any) -> Any:
    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        values = [low.static(a, node) for a in args]
        with as_python_does():
            return Const(make(*values, **{k: low.static(v, node) for k, v in kwargs.items()}))

    return lower


for _make in (operator.itemgetter, operator.attrgetter, operator.methodcaller):
    handles(_make)(getter(_make))


def call_itemgetter(low: Calls, live: Any, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    found = [low.subscript(args[0], Const(key), node) for key in live.__reduce__()[1]]
    return found[0] if len(found) == 1 else Sequence(tuple, tuple(found))


def call_attrgetter(low: Calls, live: Any, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    found = []
    for path in live.__reduce__()[1]:
        tree = args[0]
        for name in path.split("."):
            tree = low.attribute(tree, name, node)
        found.append(tree)
    return found[0] if len(found) == 1 else Sequence(tuple, tuple(found))


def call_methodcaller(low: Calls, live: Any, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    made, given = live.__reduce__()
    named = made.keywords if isinstance(made, functools.partial) else {}
    name, *rest = (*made.args, *given) if isinstance(made, functools.partial) else given
    return low.call(low.attribute(args[0], name, node), list(map(Const, rest)), {k: Const(v) for k, v in named.items()}, node)


INSTANCES[operator.itemgetter] = call_itemgetter
INSTANCES[operator.attrgetter] = call_attrgetter
INSTANCES[operator.methodcaller] = call_methodcaller


def operation(function: Any) -> Any:
    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        return low.binary(function, args[0], args[1], node)

    return lower


for _function in BINARY.values():
    handles(_function)(operation(_function))
handles(operator.concat)(operation(operator.add))


def comparison(op: Any) -> Any:
    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        return low.comparison(op, args[0], args[1], node)

    return lower


for _function, _op in {
    operator.eq: gast.Eq, operator.ne: gast.NotEq, operator.lt: gast.Lt, operator.le: gast.LtE, operator.gt: gast.Gt,
    operator.ge: gast.GtE, operator.is_: gast.Is, operator.is_not: gast.IsNot,
}.items():
    handles(_function)(comparison(_op()))


@handles(operator.getitem)
def lower_getitem(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    return low.subscript(args[0], args[1], node)


@handles(operator.contains)
def lower_contains(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    return low.membership(gast.In(), args[1], args[0], node)


def sign(op: Any) -> Any:
    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        return low.unary(op, args[0], node)

    return lower


for _function, _op in {operator.neg: gast.USub, operator.pos: gast.UAdd, operator.invert: gast.Invert}.items():
    handles(_function)(sign(_op()))


@handles(operator.not_)
def lower_not(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    return low.negation(low.truth(args[0]))


@handles(operator.truth)
def lower_truth(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    return low.primitive(bool, [low.truth(args[0])], node=node)


# ---- objects -------------------------------------------------------------------------------------------------------


def by_method(name: str, function: Any) -> Any:
    """A handler for a builtin that asks an object's own method first."""

    def lower(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        if method := low.special(args[0], name) if args else None:
            return low.call_special(method, args, node)
        return low.primitive(function, args, kwargs, node=node)

    return lower


for _name, _function in {"__abs__": abs, "__float__": float, "__int__": int, "__round__": round}.items():
    handles(_function)(by_method(_name, _function))


handles(operator.abs)(by_method("__abs__", abs))


@handles(bool)
def lower_bool(low: Calls, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
    condition = low.truth(args[0]) if args else Const(False)
    return condition if isinstance(condition, Const) else low.primitive(bool, [condition], node=node)
