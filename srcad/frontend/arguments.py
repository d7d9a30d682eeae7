"""Python's binding of arguments to parameters, for trees."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Container, Iterable
from typing import Any

from srcad.frontend.scope import as_python_does
from srcad.frontend.trees import Mapping, Sequence, Tree


def bind_arguments(
    parameters: Any, args: list[Tree], kwargs: dict[str, Tree], defaults: dict[str, Tree], name: str
) -> dict[str, Tree]:
    """Python's binding of arguments to parameters."""
    positional = [a.id for a in (*parameters.posonlyargs, *parameters.args)]
    only = [a.id for a in parameters.kwonlyargs]
    named = {a.id for a in parameters.args}.union(only)
    bound = dict(zip(positional, args, strict=False))
    others = {key: value for key, value in kwargs.items() if key not in named}
    fits = (len(args) <= len(positional) or parameters.vararg is not None) and (not others or parameters.kwarg is not None)
    fits = fits and not any(key in bound for key in kwargs if key in named)
    if parameters.vararg is not None:
        bound[parameters.vararg.id] = Sequence(tuple, tuple(args[len(positional) :]))
    bound.update((key, value) for key, value in kwargs.items() if key in named)
    if parameters.kwarg is not None:
        bound[parameters.kwarg.id] = Mapping(others)
    if not fits or any(key not in bound and key not in defaults for key in (*positional, *only)):
        with as_python_does():
            stand_in(parameters, defaults, name)(*(None for _ in args), **dict.fromkeys(kwargs))
    for key in (*positional, *only):
        if key not in bound:
            bound[key] = defaults[key]
    return bound


def stand_in(parameters: Any, defaults: Container[str], name: str) -> Any:
    """A function of these parameters that does nothing, which Python itself calls: it says what does not fit."""

    def arg(parameter: Any) -> Any:
        return None if parameter is None else ast.arg(parameter.id)

    def default(parameter: Any) -> Any:
        return ast.Constant(None) if parameter.id in defaults else None

    posonly, plain, only = parameters.posonlyargs, parameters.args, parameters.kwonlyargs
    own = ast.arguments(
        posonlyargs=list(map(arg, posonly)), args=list(map(arg, plain)), vararg=arg(parameters.vararg),
        kwonlyargs=list(map(arg, only)), kw_defaults=list(map(default, only)), kwarg=arg(parameters.kwarg),
        defaults=[d for d in map(default, (*posonly, *plain)) if d is not None],
    )
    tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(own, ast.Constant(None))))
    made = eval(compile(tree, "<arguments>", "eval"))
    made.__qualname__ = name
    return made


def check_arguments(function: Any, args: Iterable[Any], kwargs: dict[str, Any]) -> None:
    """Raise what a builtin or NumPy function itself raises for arguments that it does not take."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*args, **kwargs)
    except TypeError:
        with as_python_does():
            function(*(None for _ in args), **dict.fromkeys(kwargs))  # which comes no further than to its arguments
