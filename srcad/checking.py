"""Checking derivatives numerically: a function and a point in, an ``AssertionError`` out if srcad is wrong there.

Forward mode is compared with central differences in one random direction, reverse mode with forward mode by the
dot-product identity ⟨v, J u⟩ = ⟨Jᵀ v, u⟩.  The derivatives themselves are functions (``pushed`` and ``pulled``),
so the same check of them is one of the next order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from srcad import pytrees
from srcad.api import jvp, vjp
from srcad.errors import DifferentiationTypeError, explain

MODES = {"fwd": "forward mode", "rev": "reverse mode"}


def check_grads(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    order: int = 2,
    modes: Iterable[str] = ("fwd", "rev"),
    atol: float | None = None,
    rtol: float | None = None,
    eps: float | None = None,
) -> None:
    """Check the derivatives of a function up to an order, numerically, in one random direction.

    Arguments:
        f: a function of ``args``; arguments and outputs are floats, arrays of floats, or nested tuples, lists and
            dicts of these.
        args: a tuple with one entry for each argument.
        order: the highest order of the derivatives that are checked.
        modes: ``"fwd"``, ``"rev"`` or both; from order 2 on all their combinations.
        atol, rtol: the tolerances; by default they follow from the dtypes: for differences the cube root of the
            precision, for reverse against forward mode its square root.
        eps: the step of the differences, by default the cube root of the precision; where an argument is
            larger than 1 it is multiplied by its size.

    The direction depends on the shapes alone, so that a check gives the same answer each time.  The function should
    be smooth around the point, as far as a few steps.

    Raises ``AssertionError`` if a derivative is wrong; it names the mode, the order and both numbers.  Raises
    ``ValueError`` for an unknown mode, and what the derivatives themselves raise.

    >>> check_grads(lambda x: np.sin(x) * x, (np.array([1.0, 2.0]),))
    """
    modes = tuple(modes)
    unknown = [mode for mode in modes if mode not in MODES]
    if unknown or not modes:
        raise ValueError(f"modes={modes!r}: pass 'fwd', 'rev' or both")
    if order < 1:
        raise ValueError(f"order={order!r}: pass 1 or more")
    if type(args) not in (tuple, list):
        raise TypeError(f"args is a {type(args).__name__}: pass a tuple with one entry for each argument")
    for leaf in pytrees.flatten(tuple(args)):
        if not is_float(leaf):
            raise DifferentiationTypeError(
                explain(None, f"args hold {leaf!r}, which is no float and has no derivative",
                        "pass floats, and bind other arguments in a lambda")
            )
    Check(modes, atol, rtol, eps).run(f, tuple(args), order, ())


def pushed(f: Callable[..., Any]) -> Callable[..., Any]:
    """The derivative of a function in a direction, as a function of the point and the direction."""

    def tangent(primals: Any, tangents: Any) -> Any:
        return jvp(f, primals, tangents)[1]

    return tangent


def pulled(f: Callable[..., Any]) -> Callable[..., Any]:
    """The pullback of a function, as a function of the point and the cotangent."""

    def cotangents(primals: Any, cotangent: Any) -> Any:
        return vjp(f, *primals)[1](cotangent)

    return cotangents


@dataclass(frozen=True)
class Check:
    """How to check: in which modes, and how closely."""

    modes: tuple[str, ...]
    atol: float | None
    rtol: float | None
    eps: float | None

    def run(self, f: Callable[..., Any], args: tuple[Any, ...], order: int, above: tuple[str, ...]) -> None:
        """Check a function, which is the derivative of the original one by the modes ``above``."""
        rng = np.random.default_rng([len(above), *(n for x in pytrees.flatten(args) for n in (1, *np.shape(x)))])
        value = f(*pytrees.mapped(copied, args))
        precision = max(float(np.finfo(dtype_of(x)).eps) for x in floats((args, value)))
        step = self.eps or precision ** (1 / 3)
        direction = pytrees.mapped(lambda x: random_like(x, rng, np.maximum(1.0, np.abs(x))), args)
        high = combined(lambda x, u: moved(x, step * u), args, direction)
        low = combined(lambda x, u: moved(x, -step * u), args, direction)
        # the direction of the points as rounding made them
        direction = combined(lambda a, b: like((a - b) / (2 * step), a), high, low)
        slopes = combined(lambda a, b: (double(a) - double(b)) / (2 * step), f(*high), f(*low))
        # what the rounding of the function makes of its differences, whatever their size
        rounding = [4 * precision * float(np.max(np.abs(y), initial=0.0)) / step for y in floats(value)]
        noise = max(rounding, default=0.0) if self.atol is None else 0.0

        tangent = None
        if "fwd" in self.modes:
            path = ("fwd", *above)
            out, tangent = jvp(f, args, direction)
            self.same_value(path, value, out, precision)
            self.compare(path, tangent, slopes, "differences", precision ** (1 / 3), noise)
            if order > 1:
                self.run(pushed(f), (args, direction), order - 1, path)
        if "rev" in self.modes:
            path = ("rev", *above)
            out, pullback = vjp(f, *args)
            self.same_value(path, value, out, precision)
            cotangent = pytrees.mapped(lambda y: random_like(y, rng, 1.0), out)
            self.compare_products(path, cotangent, slopes if tangent is None else tangent, tangent is None,
                                  pullback(cotangent), direction, precision, noise)
            if order > 1:
                self.run(pulled(f), (args, cotangent), order - 1, path)

    def same_value(self, path: tuple[str, ...], value: Any, out: Any, precision: float) -> None:
        """The derivative must come with the value of the function."""
        if not pytrees.same_structure(value, out):
            raise AssertionError(f"{where(path)}: the output is {out!r}, that of the function {value!r}")
        self.compare(path, out, value, "the function itself, the value", precision**0.5, 0.0)

    def compare(self, path: tuple[str, ...], ours: Any, theirs: Any, by: str, tolerance: float, noise: float) -> None:
        """Compare derivatives element by element."""
        pairs = list(zip(pytrees.flatten(ours), pytrees.flatten(theirs), strict=True))
        for n, (a, b) in enumerate(pairs):
            a, b = double(a), double(b)
            allowed = self.allowed(tolerance, float(np.max(np.abs(b), initial=0.0))) + noise
            if a.shape != b.shape:
                raise AssertionError(f"{where(path)}: shape {a.shape}, by {by} {b.shape}")
            wrong = ~(np.abs(a - b) <= allowed)  # so that nan is wrong
            if wrong.any():
                place = tuple(int(k) for k in np.argwhere(wrong)[0])
                label = (f" output {n}" if len(pairs) > 1 else "") + (f" at {list(place)}" if place else "")
                raise AssertionError(
                    f"{where(path)}:{label} {float(a[place])!r}, by {by} {float(b[place])!r} "
                    f"(tolerance {allowed:.1e})"
                )

    def compare_products(
        self, path: tuple[str, ...], cotangent: Any, slopes: Any, numeric: bool, bars: Any, direction: Any,
        precision: float, noise: float,
    ) -> None:
        """Compare ⟨v, J u⟩, from forward mode or from differences, with ⟨Jᵀ v, u⟩."""
        expected, size = dot(cotangent, slopes)
        actual, other = dot(bars, direction)
        allowed = self.allowed(precision ** (1 / 3 if numeric else 1 / 2), max(size, other))
        if numeric:
            allowed += noise * sum(float(np.sum(np.abs(v))) for v in floats(cotangent))
        if not abs(actual - expected) <= allowed:
            by = "differences" if numeric else MODES["fwd"]
            raise AssertionError(
                f"{where(path)}: the product with a random vector is {actual!r}, by {by} {expected!r} "
                f"(tolerance {allowed:.1e})"
            )

    def allowed(self, tolerance: float, size: float) -> float:
        """The error allowed for numbers of a size."""
        return (tolerance if self.atol is None else self.atol) + (tolerance if self.rtol is None else self.rtol) * size


def where(path: tuple[str, ...]) -> str:
    """The place of a check in a message: its order, and its mode from the outside in."""
    return f"the derivative of order {len(path)} is wrong in {' over '.join(MODES[mode] for mode in path)}"


def is_float(x: Any) -> bool:
    return isinstance(x, float) or (isinstance(x, np.ndarray | np.generic) and x.dtype.kind == "f")


def floats(tree: Any) -> list[Any]:
    return [x for x in pytrees.flatten(tree) if is_float(x)]


def dtype_of(x: Any) -> np.dtype[Any]:
    return x.dtype if isinstance(x, np.ndarray | np.generic) else np.dtype(float)


def double(x: Any) -> Any:
    """A float or an array in double precision."""
    return np.asarray(x, dtype=float)


def copied(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) else x


def like(y: Any, x: Any) -> Any:
    """A number or an array in the type and dtype of another one."""
    if type(x) is float:
        return float(y)
    array = np.asarray(y, dtype=x.dtype)
    return array if isinstance(x, np.ndarray) else array[()]


def moved(x: Any, by: Any) -> Any:
    return like(double(x) + by, x)


def random_like(x: Any, rng: np.random.Generator, size: Any) -> Any:
    """Random numbers in the shape and dtype of an array."""
    return like(rng.standard_normal(np.shape(x)) * size, x)


def combined(function: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """A function of two leaves applied to two trees of one structure."""
    others = pytrees.flatten(b)
    return pytrees.mapped(lambda x: function(x, next(others)), a)


def dot(a: Any, b: Any) -> tuple[float, float]:
    """The inner product of two trees, and the sum of the sizes of its terms."""
    terms = [double(x) * double(y) for x, y in zip(pytrees.flatten(a), pytrees.flatten(b), strict=True)]
    return sum(float(np.sum(t)) for t in terms), sum(float(np.sum(np.abs(t))) for t in terms)
