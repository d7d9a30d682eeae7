"""Python's binding of arguments to parameters, for trees."""

from __future__ import annotations

from typing import Any

from srcad.frontend.scope import theirs
from srcad.frontend.trees import Mapping, Sequence, Tree


def bind_arguments(
    parameters: Any, args: list[Tree], kwargs: dict[str, Tree], defaults: dict[str, Tree], name: str
) -> dict[str, Tree]:
    """Python's binding of arguments to parameters."""
    positional = [a.id for a in (*parameters.posonlyargs, *parameters.args)]
    only = [a.id for a in parameters.kwonlyargs]
    bound = dict(zip(positional, args, strict=False))
    extra = tuple(args[len(positional) :])
    if parameters.vararg is not None:
        bound[parameters.vararg.id] = Sequence(tuple, extra)
    elif extra:
        raise theirs(TypeError(f"{name}() takes {len(positional)} positional arguments but {len(args)} were given"))
    taken = {a.id for a in parameters.posonlyargs}
    rest: dict[str, Tree] = {}
    for key, value in kwargs.items():
        if key in bound and key not in taken:
            raise theirs(TypeError(f"{name}() got multiple values for argument {key!r}"))
        if (key in positional and key not in taken) or key in only:
            bound[key] = value
        elif parameters.kwarg is not None:
            rest[key] = value
        else:
            raise theirs(TypeError(f"{name}() got an unexpected keyword argument {key!r}"))
    if parameters.kwarg is not None:
        bound[parameters.kwarg.id] = Mapping(rest)
    for key in (*positional, *only):
        if key not in bound:
            if key not in defaults:
                raise theirs(TypeError(f"{name}() missing a required argument: {key!r}"))
            bound[key] = defaults[key]
    return bound
