"""Checking derivative rules: cases go in, assertions about everything that is derived from a rule come out.

``tests/rules/cases_<area>.py`` holds a list ``CASES`` of these:

* ``Case(name, function, *inputs)``: the function, differentiated with respect to all inputs;
* ``Singular(name, function, inputs, gradients)``: a point where differences tell nothing, and what is agreed;
* ``Refused(name, function, *inputs)``: a call that has no derivative, which must be an error.

A name is that of the primitive covered, then perhaps a comma and what is special: ``"np.clip, two bounds"``.
A function takes floats and arrays of floats and returns one or a tuple of them; what is not to be
differentiated (an index, an axis) it holds itself.  Inputs lie a hundredth or more away from kinks and poles.

    CASES = [Case("np.hypot", lambda x, y: np.hypot(x, y), np.array([3.0, 1.0]), 0.5)]
"""

import itertools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import srcad

STEP = 1e-3  # of the differences, whose error is its fourth power
ROWS = 3


class Case:
    """A function and inputs.

    ``order`` is the highest derivative that it has, ``rtol`` what differences need, ``rounding`` what
    rounding does to results; ``skip`` names checks that make no sense, ``covers`` further primitives covered.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        *inputs: Any,
        order: int = 2,
        rtol: float = 1e-6,
        rounding: float = 1e-12,
        skip: Sequence[str] = (),
        covers: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.function = function
        self.inputs = inputs
        self.order = order
        self.rtol = rtol
        self.rounding = rounding
        self.skip = frozenset(skip)
        self.covers = frozenset((primitive_named(name), *covers))

    def __repr__(self) -> str:
        return self.name


class Singular:
    """A point at which the derivatives are agreed upon; ``second`` are the diagonal second ones, if they are.

    The gradients are those of the sum of the result.
    """

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        inputs: Sequence[Any],
        gradients: Sequence[Any],
        second: Sequence[Any] | None = None,
    ) -> None:
        self.name = name
        self.function = function
        self.inputs = tuple(inputs)
        self.gradients = tuple(gradients)
        self.second = second
        self.covers = frozenset((primitive_named(name),))

    def __repr__(self) -> str:
        return self.name


class Refused:
    """A call whose derivative must be refused, with an error that contains ``match``."""

    def __init__(self, name: str, function: Callable[..., Any], *inputs: Any, match: str = "") -> None:
        self.name = name
        self.function = function
        self.inputs = inputs
        self.match = match
        self.covers = frozenset((primitive_named(name),))

    def __repr__(self) -> str:
        return self.name


def primitive_named(name: str) -> str:
    """The primitive that a case of this name covers."""
    return name.split(",")[0]


# ---- families of cases -------------------------------------------------------------------------------------


def unary(name: str, function: Callable[..., Any], low: float, high: float, **options: Any) -> list[Case]:
    """An elementwise function of one argument on the open interval, for arrays and a Python float."""
    points = np.linspace(low, high, 8)[1:-1]
    return [
        Case(name, function, points, **options),
        Case(f"{name}, matrix", function, points.reshape(2, 3), **options),
        Case(f"{name}, 0-d", function, np.array(points[1]), **options),
        Case(f"{name}, empty", function, np.zeros((0, 2)), **options),
        Case(f"{name}, Python float", function, float(points[2]), **options),
    ]


BROADCASTS = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((), (3,)),
    ((1,), (2, 3)),
    ((0,), (1,)),
    ((), ()),
]


def binary(
    name: str,
    function: Callable[..., Any],
    first: tuple[float, float],
    second: tuple[float, float],
    **options: Any,
) -> list[Case]:
    """An elementwise function of two arguments on open intervals, with all ways to broadcast."""
    x, y = (np.linspace(*interval, 8)[1:-1] for interval in (first, second))
    y = y[::-1]
    cases = [
        Case(f"{name}, {a} {b}", function, np.resize(x, a), np.resize(y, b), **options) for a, b in BROADCASTS
    ]
    return [*cases, Case(f"{name}, Python floats", function, float(x[1]), float(y[2]), **options)]


# ---- pieces of the checks ----------------------------------------------------------------------------------


def leaves(y: Any) -> list[np.ndarray]:
    """The arrays of a result."""
    return [np.asarray(part) for part in (y if isinstance(y, tuple | list) else (y,))]


def draw(rng: np.random.Generator, like: Any) -> Any:
    """A random direction in the space of a value, of its own type."""
    direction = rng.uniform(0.5, 1.5, np.shape(like)) * rng.choice([-1.0, 1.0], np.shape(like))
    return (
        float(direction)
        if isinstance(like, float) and not isinstance(like, np.generic)
        else np.asarray(direction)
    )


def differences(function: Callable[..., Any], xs: Sequence[Any], vs: Sequence[Any]) -> list[np.ndarray]:
    """The derivative along ``vs`` by central differences of fourth order."""

    def at(t: float) -> list[np.ndarray]:
        moved = [x + t * v for x, v in zip(xs, vs, strict=True)]
        return leaves(function(*moved))

    near, far = STEP, 2 * STEP
    values = zip(at(near), at(-near), at(far), at(-far), strict=True)
    return [(8 * (a - b) - (c - d)) / (12 * STEP) for a, b, c, d in values]


def inner(xs: Sequence[Any], ys: Sequence[Any]) -> float:
    return float(sum(np.sum(np.multiply(x, y, dtype=float)) for x, y in zip(xs, ys, strict=True)))


def close(actual: Any, expected: Any, rtol: float, what: str) -> None:
    """Equal to a fraction of the largest element."""
    assert np.shape(actual) == np.shape(expected), (
        f"{what}: shape {np.shape(actual)}, expected {np.shape(expected)}"
    )
    scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=rtol * scale, err_msg=what)


def pullback(
    function: Callable[..., Any], xs: Sequence[Any], seeds: Sequence[Any]
) -> tuple[Any, tuple[Any, ...]]:
    """The results and the adjoints of the inputs."""
    y, pull = srcad.vjp(function, *xs)
    return y, pull(tuple(seeds) if isinstance(y, tuple) else seeds[0])


def seeds_for(rng: np.random.Generator, y: Any) -> list[Any]:
    return [draw(rng, part) for part in leaves(y)]


def weighted(function: Callable[..., Any], weights: Sequence[Any]) -> Callable[..., Any]:
    """A number from all results of a function, for second derivatives."""
    if len(weights) == 1:
        weight = weights[0]

        def total(*xs):
            return np.sum(weight * function(*xs))
    elif len(weights) == 2:
        first, second = weights

        def total(*xs):
            a, b = function(*xs)
            return np.sum(first * a) + np.sum(second * b)
    else:
        first, second, third = weights

        def total(*xs):
            a, b, c = function(*xs)
            return np.sum(first * a) + np.sum(second * b) + np.sum(third * c)

    return total


# ---- the checks --------------------------------------------------------------------------------------------


def tangent(case: Case) -> None:
    """The tangent is what differences say, and the results are those of the function, bit for bit."""
    rng = np.random.default_rng(1)
    vs = [draw(rng, x) for x in case.inputs]
    y, y_dot = srcad.jvp(case.function, case.inputs, tuple(vs))
    plain = case.function(*case.inputs)
    slopes = differences(case.function, case.inputs, vs)
    for part, own, dot, slope in zip(leaves(plain), leaves(y), leaves(y_dot), slopes, strict=True):
        np.testing.assert_array_equal(own, part)
        assert own.dtype == part.dtype
        assert dot.dtype == part.dtype
        close(dot, slope, case.rtol, "tangent")


def adjoint(case: Case) -> None:
    """The adjoint is the transpose of the tangent, to rounding; results are again those of the function."""
    rng = np.random.default_rng(2)
    vs = [draw(rng, x) for x in case.inputs]
    _, y_dot = srcad.jvp(case.function, case.inputs, tuple(vs))
    plain = case.function(*case.inputs)
    seeds = seeds_for(rng, plain)
    y, bars = pullback(case.function, case.inputs, seeds)
    for part, own in zip(leaves(plain), leaves(y), strict=True):
        np.testing.assert_array_equal(own, part)
    for x, bar in zip(case.inputs, bars, strict=True):
        assert np.shape(bar) == np.shape(x)
        assert np.asarray(bar).dtype == np.asarray(x).dtype
    forwards, backwards = inner(seeds, leaves(y_dot)), inner(bars, vs)
    terms = inner([np.abs(s) for s in seeds], [np.abs(dot) for dot in leaves(y_dot)])
    assert abs(forwards - backwards) <= case.rounding * max(1.0, terms), (forwards, backwards)


def jacobian(case: Case) -> None:
    """Batched tangents and batched cotangents are the single ones, row by row."""
    rng = np.random.default_rng(3)
    plain = case.function(*case.inputs)
    total = weighted(case.function, seeds_for(rng, plain)) if isinstance(plain, tuple) else case.function
    argnums = tuple(range(len(case.inputs)))
    forward = srcad.jacfwd(total, argnums)(*case.inputs)
    reverse = srcad.jacrev(total, argnums)(*case.inputs)
    for k, (x, columns, rows) in enumerate(zip(case.inputs, forward, reverse, strict=True)):
        close(columns, rows, 100 * case.rounding, f"jacfwd against jacrev, argument {k}")
        vs = [np.zeros(np.shape(z)) if j != k else draw(rng, x) for j, z in enumerate(case.inputs)]
        vs = [float(v) if isinstance(z, float) else v for v, z in zip(vs, case.inputs, strict=True)]
        _, dot = srcad.jvp(total, case.inputs, tuple(vs))
        along = np.tensordot(columns, vs[k], np.ndim(x))
        close(along, dot, 100 * case.rounding, f"jacfwd against jvp, argument {k}")


def batch(case: Case) -> None:
    """``vmap`` over any of the inputs does what a loop does."""
    count = len(case.inputs)
    choices = [c for c in itertools.product((0, None), repeat=count) if c.count(0) in (1, count)]
    for in_dims in choices:
        args = [
            np.stack([np.asarray(x) * (1 - 0.01 * row) for row in range(ROWS)]) if axis == 0 else x
            for x, axis in zip(case.inputs, in_dims, strict=True)
        ]
        rows = [
            leaves(
                case.function(*(a[row] if axis == 0 else a for a, axis in zip(args, in_dims, strict=True)))
            )
            for row in range(ROWS)
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", srcad.BatchFallbackWarning)
            found = leaves(srcad.vmap(case.function, in_dims)(*args))
        for got, *expected in zip(found, *rows, strict=True):
            close(got, np.stack(expected), case.rounding, f"vmap, in_dims={in_dims}")


def second_order(case: Case) -> None:
    """The tangent of the adjoint is the adjoint's derivative, and symmetric; batched, it is the Hessian."""
    if case.order < 2:
        return
    rng = np.random.default_rng(4)
    total = weighted(case.function, seeds_for(rng, case.function(*case.inputs)))
    argnums = tuple(range(len(case.inputs)))
    gradient = srcad.grad(total, argnums)
    product = srcad.hvp(total, argnums)
    us, vs = (tuple(draw(rng, x) for x in case.inputs) for _ in range(2))
    along_u, along_v = product(*case.inputs, us), product(*case.inputs, vs)
    for got, slope in zip(along_v, differences(gradient, case.inputs, vs), strict=True):
        close(got, slope, case.rtol, "second order")
    size = inner([np.abs(u) for u in us], [np.abs(h) for h in along_v])
    assert abs(inner(us, along_v) - inner(vs, along_u)) <= 100 * case.rounding * max(1.0, size)
    blocks = srcad.hessian(total, argnums)(*case.inputs)
    for row, got in zip(blocks, along_v, strict=True):
        parts = [np.tensordot(block, v, np.ndim(v)) for block, v in zip(row, vs, strict=True)]
        close(sum(parts), got, 100 * case.rounding, "Hessian")


def float32(case: Case) -> None:
    """Arrays of float32 give derivatives of float32, near those of float64."""
    if any(isinstance(x, float) for x in case.inputs):
        return
    rng = np.random.default_rng(5)
    xs = tuple(np.asarray(x, np.float32) for x in case.inputs)
    vs = tuple(draw(rng, x) for x in xs)
    plain = case.function(*xs)
    seeds = seeds_for(rng, plain)
    _, exact_dot = srcad.jvp(case.function, case.inputs, vs)
    _, exact_bars = pullback(case.function, case.inputs, seeds)
    lower = tuple(v.astype(np.float32) for v in vs)
    y, y_dot = srcad.jvp(case.function, xs, lower)
    lower_seeds = [np.asarray(s, part.dtype) for s, part in zip(seeds, leaves(plain), strict=True)]
    _, bars = pullback(case.function, xs, lower_seeds)
    for part, own, dot, exact in zip(leaves(plain), leaves(y), leaves(y_dot), leaves(exact_dot), strict=True):
        assert own.dtype == part.dtype
        assert dot.dtype == part.dtype
        close(dot, exact, 2e-3, "float32 tangent")
    for bar, exact in zip(bars, exact_bars, strict=True):
        assert bar.dtype == np.float32
        close(bar, exact, 2e-3, "float32 adjoint")


def layout(case: Case) -> None:
    """The memory layout of the inputs changes nothing, and nothing is written into them."""
    rng = np.random.default_rng(6)
    arrays = [np.ndim(x) > 0 for x in case.inputs]
    if not any(arrays):
        return
    seeds = seeds_for(rng, case.function(*case.inputs))
    _, expected = pullback(case.function, case.inputs, seeds)
    for laid_out in (strided, np.asfortranarray):
        xs = [laid_out(x) if is_array else x for x, is_array in zip(case.inputs, arrays, strict=True)]
        before = [np.copy(x) for x in xs]
        y, bars = pullback(case.function, xs, seeds)
        for x, bar, exact, old in zip(xs, bars, expected, before, strict=True):
            close(bar, exact, case.rounding, f"adjoint of {laid_out.__name__} inputs")
            np.testing.assert_array_equal(x, old)
            assert not any(np.shares_memory(bar, other) for other in (*xs, *leaves(y), *leaves(tuple(seeds))))


def strided(x: np.ndarray) -> np.ndarray:
    """The same array as every second element, backwards, of a larger one."""
    wide = np.full([2 * size for size in x.shape], np.nan)
    view = wide[tuple(slice(None, None, -2) for _ in x.shape)]
    view[...] = x
    return view


CHECKS = {
    check.__name__: check for check in (tangent, adjoint, jacobian, batch, second_order, float32, layout)
}


def singular(case: Singular) -> None:
    """The agreed derivatives hold in every mode."""

    def total(*xs):
        return np.sum(case_function(*xs))

    case_function = case.function
    argnums = tuple(range(len(case.inputs)))
    with np.errstate(all="ignore"):
        reverse = srcad.grad(total, argnums)(*case.inputs)
        # one argument at a time: the zero tangent of another would meet the nan or inf of its partial
        forward = [srcad.jacfwd(total, k)(*case.inputs) for k in argnums]
        for k, expected in enumerate(case.gradients):
            if expected is not None:
                np.testing.assert_array_equal(reverse[k], expected, err_msg=f"adjoint, argument {k}")
                np.testing.assert_array_equal(forward[k], expected, err_msg=f"tangent, argument {k}")
        if case.second is not None:
            blocks = srcad.hessian(total, argnums)(*case.inputs)
            for k, expected in enumerate(case.second):
                size = np.size(case.inputs[k])
                diagonal = np.diagonal(np.reshape(blocks[k][k], (size, size))).reshape(
                    np.shape(case.inputs[k])
                )
                np.testing.assert_array_equal(diagonal, expected, err_msg=f"second order, argument {k}")


def refused(case: Refused) -> None:
    """The error comes, in both modes."""

    def is_raised(call: Callable[[], Any]) -> None:
        try:
            call()
        except (srcad.DifferentiationError, TypeError) as error:
            assert case.match in str(error), str(error)
        else:
            raise AssertionError(f"{case.name} was not refused")

    is_raised(lambda: srcad.jvp(case.function, case.inputs, tuple(np.ones_like(x) for x in case.inputs)))
    is_raised(lambda: srcad.vjp(case.function, *case.inputs))
