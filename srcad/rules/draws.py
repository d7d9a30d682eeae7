"""Random draws: constants, but for those whose parameters shift and scale a standard draw (the derivative along the path).

    y = rng.normal(mu, sigma, size=n)      ->      z = rng.standard_normal(n);  y = mu + sigma * z

The standard draw takes the same numbers from the generator, once, and is a constant.  Draws from other distributions
(discrete ones, gamma, beta) are no such functions of their parameters, and are refused where these are active.
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from inspect import Parameter
from typing import Any

import numpy as np

from srcad.ir.facts import ANY, Fact, array_fact, broadcast_shapes
from srcad.rules import shapes
from srcad.rules.notation import define, fact, inferred_as_written, rank
from srcad.rules.notation import shape as shape_of
from srcad.rules.registry import PRIMITIVES, register
from srcad.rules.trace import Symbol, applied, wrap

# ---- all draws, as constants -------------------------------------------------------------------------------


NUMBER = Fact("num", np.dtype(float), ())


def _of_size(size: Any = None) -> Fact:
    return NUMBER if size is None else array_fact(float, shapes.shape_argument(size))


def _of_dimensions(*sizes: Any) -> Fact:
    return array_fact(float, tuple(map(shapes.size_of, sizes))) if sizes else NUMBER


def _of_parameters(first: Any = 0.0, second: Any = 1.0, size: Any = None) -> Fact:
    """Without a size, the parameters' shapes broadcast."""
    return array_fact(float, shapes.shape_argument(size)) if size is not None else ANY


KNOWN_DRAWS: dict[str, Any] = {
    **dict.fromkeys(("rand", "randn"), _of_dimensions),
    **dict.fromkeys(("random", "random_sample", "standard_normal"), _of_size),
    **dict.fromkeys(("normal", "uniform"), _of_parameters),
}
"""What is known of the results of the draws that programs make most."""


def _draw(function: Any, name: str, template: Any) -> None:
    primitive = register(function, name)
    primitive.pure = False
    primitive.infer = inferred_as_written(template)
    primitive.reason = "a random draw is a constant, and its parameters have no derivative"


def _of_receiver(template: Any) -> Any:
    """The same of a method, whose first argument is the generator."""
    return None if template is None else lambda generator, *args, **kwargs: template(*args, **kwargs)


for _name in dir(np.random):
    _found = getattr(np.random, _name)
    if callable(_found) and not isinstance(_found, type) and not _name.startswith("_") and _name != "test":
        _draw(_found, f"np.random.{_name}", KNOWN_DRAWS.get(_name))
for _class in (np.random.Generator, np.random.RandomState):
    for _name in dir(_class):
        if not _name.startswith("_") and callable(getattr(_class, _name)):
            _draw(
                getattr(_class, _name),
                f"np.random.{_class.__name__}.{_name}",
                _of_receiver(KNOWN_DRAWS.get(_name)),
            )

# ---- the draws, by a function that makes standard ones -----------------------------------------------------


def _normal(draw, loc=0.0, scale=1.0):
    return loc + scale * draw("standard_normal")


def _uniform(draw, low=0.0, high=1.0):
    return low + (high - low) * draw("random")


def _lognormal(draw, mean=0.0, sigma=1.0):
    return np.exp(mean + sigma * draw("standard_normal"))


def _exponential(draw, scale=1.0):
    return scale * draw("standard_exponential")


def _rayleigh(draw, scale=1.0):
    return scale * draw("rayleigh", 1.0)


def _gumbel(draw, loc=0.0, scale=1.0):
    return loc + scale * draw("gumbel", 0.0, 1.0)


def _laplace(draw, loc=0.0, scale=1.0):
    return loc + scale * draw("laplace", 0.0, 1.0)


def _logistic(draw, loc=0.0, scale=1.0):
    return loc + scale * draw("logistic", 0.0, 1.0)


FORMULAS = {
    "normal": _normal, "uniform": _uniform, "lognormal": _lognormal, "exponential": _exponential, "rayleigh": _rayleigh,
    "gumbel": _gumbel, "laplace": _laplace, "logistic": _logistic,
}

# ---- of NumPy ----------------------------------------------------------------------------------------------


def _size(size, parameters):
    """The size of a draw: as it is given, or that of its parameters."""
    arrays = [p for p in parameters if rank(p) != 0]
    if size is not None or not arrays:
        return size
    whole = arrays[0] if len(arrays) == 1 else arrays[0] + arrays[1]
    return shape_of(whole) if isinstance(whole, Symbol) else np.shape(whole)


@cache
def standard(function):
    """The draw of a function as a constant."""
    return replace(PRIMITIVES[function], rule=None)


def _draw_of(owner, generator, build, size):
    """What makes standard draws: methods of a generator, or the functions of a module."""

    def draw(name, *given):
        function = getattr(owner, "random_sample" if name == "random" and owner is np.random.RandomState else name)
        args = given if size is None else (*given, size)
        operands = map(wrap, args if generator is None else (generator, *args))
        return applied(build, standard(function), tuple(operands), (), "" if generator is None else "method")

    return draw


def _declare(owner: Any, name: str, formula: Callable[..., Any]) -> None:
    """Declare a function of ``np.random``, or a method of its classes, which has the generator first."""
    lead = [Parameter("generator", Parameter.POSITIONAL_ONLY)] if isinstance(owner, type) else []
    own = list(inspect.signature(formula).parameters.values())[1:]
    count = len(lead)

    def template(*args):
        parameters, size = args[count:-1], args[-1]
        build = next(x.build for x in args if isinstance(x, Symbol))
        generator = args[0] if lead else None
        return formula(_draw_of(owner, generator, build, _size(size, parameters)), *parameters)

    def known(*args):
        parameters, size = args[count:-1], args[-1]
        if size is not None:
            return array_fact(float, shapes.shape_argument(size))
        sizes = broadcast_shapes(*(fact(p).shape for p in parameters))
        return NUMBER if sizes == () else array_fact(float, sizes)

    template.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [*lead, *own, Parameter("size", Parameter.POSITIONAL_OR_KEYWORD, default=None)])
    define(PRIMITIVES[getattr(owner, name)], *(p.name for p in own), fact=known)(template)


_formula: Any
for _name, _formula in FORMULAS.items():
    for _owner in (np.random.Generator, np.random.RandomState, np.random):
        _declare(_owner, _name, _formula)

# ---- of the standard library -------------------------------------------------------------------------------


def _declare_python(function: Any, formula: Callable[..., Any]) -> None:
    """Declare a function of ``random``."""
    primitive = register(function, f"random.{function.__name__}")
    primitive.pure = False
    define(primitive, *inspect.signature(formula).parameters, fact=lambda *_: fact(0.0))(formula)


def _python_draw(function, like, *args):
    return applied(next(x.build for x in like if isinstance(x, Symbol)), standard(function), tuple(map(wrap, args)))


register(random.random, "random.random").pure = False
_declare_python(random.uniform, lambda a, b: a + (b - a) * _python_draw(random.random, (a, b)))
_declare_python(random.gauss, lambda mu=0.0, sigma=1.0: mu + _python_draw(random.gauss, (mu, sigma), 0.0, 1.0) * sigma)
_declare_python(
    random.normalvariate, lambda mu=0.0, sigma=1.0: mu + _python_draw(random.normalvariate, (mu, sigma), 0.0, 1.0) * sigma)
