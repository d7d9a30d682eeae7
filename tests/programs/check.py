"""Checking whole programs: a function and points go in, assertions about all of its derivatives come out.

A module of programs marks functions with the points at which they are checked, and ends with one test:

    @program(np.array([1.0, 2.0]), 3)
    @program(np.array([-1.0, 2.0]), 3)
    def power(x, n): ...

    def test_program(program, check):
        check(program)

Arguments that are floats, arrays of floats or containers of these are differentiated; the others (integers,
strings, None, bools) follow them and are passed as they are. Results may be containers too. Points lie away from kinks.
"""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import srcad
from tests.support import generated

STEP = 1e-3  # of the differences, whose error is its fourth power


class Program:
    """A function at a point; ``order`` is the highest derivative to check, ``rtol`` what differences need there.

    ``skip`` names checks that make no sense.
    """

    def __init__(
        self, name: str, function: Callable[..., Any], args: tuple[Any, ...], order: int, rtol: float, skip: tuple[str, ...]
    ) -> None:
        self.name = name
        self.function = function
        self.args = args
        self.order = order
        self.rtol = rtol
        self.skip = skip
        self.count = next((k for k, arg in enumerate(args) if not is_differentiated(arg)), len(args))
        assert not any(map(is_differentiated, args[self.count :])), "differentiated arguments come first"

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The differentiated arguments."""
        return self.args[: self.count]

    @property
    def argnums(self) -> tuple[int, ...]:
        return tuple(range(self.count))

    @property
    def of_inputs(self) -> Callable[..., Any]:
        """The function of the differentiated arguments alone."""
        function, rest = self.function, self.args[self.count :]
        return (lambda *inputs: function(*inputs, *rest)) if rest else function

    def __call__(self, *inputs: Any) -> Any:
        return self.function(*inputs, *self.args[self.count :])

    def __repr__(self) -> str:
        return self.name


def program(*args: Any, order: int = 2, rtol: float = 1e-6, skip: tuple[str, ...] = ()) -> Callable[..., Any]:
    """Mark a function as a program to be checked at a point."""

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        points: list[Program] = vars(function).setdefault("programs", [])
        # decorators apply from the last to the first
        points.insert(0, Program(function.__name__, function, args, order, rtol, skip))
        for number, point in enumerate(points[1:], 2):
            point.name = f"{function.__name__}, point {number}"
        return function

    return mark


def programs_of(module: Any) -> list[Program]:
    """The programs that a module marks, in their order."""
    return [point for value in vars(module).values() for point in getattr(value, "programs", [])]


# ---- containers of arrays ------------------------------------------------------------------------------------


def is_differentiated(arg: Any) -> bool:
    parts = list(leaves(arg))
    return bool(parts) and all(isinstance(p, float) or getattr(p, "dtype", None) in (float, np.float32) for p in parts)


def leaves(tree: Any) -> Iterator[Any]:
    """The arrays and numbers of a container."""
    if isinstance(tree, tuple | list):
        for item in tree:
            yield from leaves(item)
    elif isinstance(tree, dict):
        for item in tree.values():
            yield from leaves(item)
    elif tree is not None:
        yield tree


def rebuilt(tree: Any, parts: Iterator[Any]) -> Any:
    """The container over other parts."""
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(rebuilt(item, parts) for item in tree))
    if isinstance(tree, tuple | list):
        return type(tree)(rebuilt(item, parts) for item in tree)
    if isinstance(tree, dict):
        return {key: rebuilt(item, parts) for key, item in tree.items()}
    return None if tree is None else next(parts)


def mapped(function: Callable[..., Any], *trees: Any) -> Any:
    """A function applied to the parts of containers of one structure."""
    return rebuilt(trees[0], iter([function(*parts) for parts in zip(*map(leaves, trees), strict=True)]))


def draw(rng: np.random.Generator, tree: Any) -> Any:
    """A random direction at a point."""

    def one(x: Any) -> Any:
        v = rng.uniform(0.5, 1.5, np.shape(x)) * rng.choice([-1.0, 1.0], np.shape(x))
        return float(v) if type(x) is float else np.asarray(v, np.asarray(x).dtype)

    return mapped(one, tree)


def inner(a: Any, b: Any) -> float:
    pairs = zip(leaves(a), leaves(b), strict=True)
    return float(sum(np.sum(np.multiply(p, q, dtype=float)) for p, q in pairs))


def close(actual: Any, expected: Any, rtol: float, what: str) -> None:
    """Equal to a fraction of the largest element of each part."""
    for got, wanted in zip(leaves(actual), leaves(expected), strict=True):
        assert np.shape(got) == np.shape(wanted), f"{what}: shape {np.shape(got)}, expected {np.shape(wanted)}"
        scale = max(1.0, float(np.max(np.abs(wanted), initial=0.0)))
        np.testing.assert_allclose(got, wanted, rtol=rtol, atol=rtol * scale, err_msg=what)


def same(actual: Any, expected: Any, what: str) -> None:
    """Equal bit for bit, in the same containers, of the same dtypes."""
    containers = (tuple, list, dict)
    if isinstance(expected, containers):
        assert type(actual) is type(expected), f"{what}: a {type(actual).__name__}, expected {type(expected).__name__}"
        assert len(actual) == len(expected), what
        keys = expected.keys() if isinstance(expected, dict) else range(len(expected))
        for key in keys:
            same(actual[key], expected[key], what)
        return
    assert not isinstance(actual, containers), what
    np.testing.assert_array_equal(actual, expected, err_msg=what)
    if expected is not None:
        assert np.asarray(actual).dtype == np.asarray(expected).dtype, what


def differences(function: Callable[..., Any], inputs: Any, v: Any) -> Any:
    """The derivative along a direction by central differences of fourth order."""

    def at(t: float) -> list[Any]:
        return list(leaves(function(*mapped(lambda x, dx: x + t * dx, inputs, v))))

    values = zip(at(STEP), at(-STEP), at(2 * STEP), at(-2 * STEP), strict=True)
    return [(8 * (a - b) - (c - d)) / (12 * STEP) for a, b, c, d in values]


def frozen(tree: Any) -> list[Any]:
    """Copies of the parts of a container."""
    return [np.copy(part) for part in leaves(tree)]


def unchanged(tree: Any, before: list[Any], what: str) -> None:
    for part, old in zip(leaves(tree), before, strict=True):
        np.testing.assert_array_equal(part, old, err_msg=f"{what} has been written into")


def total(program: Program) -> Callable[..., Any]:
    """One number from all results, for gradients and second derivatives."""
    function = program.function
    plain = function(*program.args)
    weights = draw(np.random.default_rng(0), plain)
    if not isinstance(plain, tuple | list | dict):
        return lambda *args: np.sum(weights * function(*args))
    if isinstance(plain, dict):
        keys = list(plain)

        def of_dict(*args):
            result = function(*args)
            return sum([np.sum(weights[key] * result[key]) for key in keys])

        return of_dict
    return lambda *args: sum([np.sum(w * part) for w, part in zip(weights, function(*args))])


# ---- the checks ----------------------------------------------------------------------------------------------


def tangent(program: Program) -> None:
    """Results are those of the function bit for bit, the tangent is what differences say."""
    v = draw(np.random.default_rng(1), program.inputs)
    before = frozen((program.args, v))
    value, dot = srcad.jvp(program.of_inputs, program.inputs, v)
    unchanged((program.args, v), before, "an argument of jvp")
    same(value, program.function(*program.args), "value of jvp")
    close(dot, differences(program, program.inputs, v), program.rtol, "tangent")


def adjoint(program: Program) -> None:
    """The adjoint is the transpose of the tangent, to rounding, and the pullback may run again."""
    rng = np.random.default_rng(2)
    v = draw(rng, program.inputs)
    _, dot = srcad.jvp(program.of_inputs, program.inputs, v)
    before = frozen(program.args)
    value, pull = srcad.vjp(program.of_inputs, *program.inputs)
    same(value, program.function(*program.args), "value of vjp")
    seed = draw(rng, value)
    seeds_before = frozen(seed)
    bars = pull(seed)
    again = pull(seed)
    unchanged((program.args, seed), [*before, *seeds_before], "an argument of vjp")
    same(again, bars, "pullback run again")
    for x, bar in zip(leaves(program.inputs), leaves(bars), strict=True):
        assert np.shape(bar) == np.shape(x)
        assert np.asarray(bar).dtype == np.asarray(x).dtype
    forwards, backwards = inner(seed, dot), inner(bars, v)
    scale = inner(mapped(np.abs, seed), mapped(np.abs, dot))
    assert abs(forwards - backwards) <= 1e-12 * max(1.0, scale), (forwards, backwards)


def gradient(program: Program) -> None:
    """The gradient of a scalar is what differences say, for all arguments together and for each alone."""
    scalar = total(program)
    v = draw(np.random.default_rng(3), program.inputs)
    slopes = srcad.grad(scalar, program.argnums)(*program.args)
    rest = program.args[program.count :]
    expected = differences(lambda *inputs: scalar(*inputs, *rest), program.inputs, v)
    close(inner(slopes, v), expected[0], program.rtol, "gradient")
    for k in program.argnums:
        close(srcad.grad(scalar, k)(*program.args), slopes[k], 1e-13, f"gradient for argument {k} alone")


def second_order(program: Program) -> None:
    """The Hessian times a vector is what differences of the gradient say, and symmetric."""
    if program.order < 2:
        return
    scalar = total(program)
    rng = np.random.default_rng(4)
    u, v = draw(rng, program.inputs), draw(rng, program.inputs)
    product = srcad.hvp(scalar, program.argnums)
    along_u, along_v = product(*program.args, u), product(*program.args, v)
    rest = program.args[program.count :]
    slopes = srcad.grad(scalar, program.argnums)
    expected = differences(lambda *inputs: slopes(*inputs, *rest), program.inputs, v)
    close(list(leaves(along_v)), expected, program.rtol, "second order")
    scale = inner(mapped(np.abs, u), mapped(np.abs, along_v))
    assert abs(inner(u, along_v) - inner(v, along_u)) <= 1e-11 * max(1.0, scale), "the Hessian is not symmetric"


def twice_reverse(program: Program) -> None:
    """The adjoint of the gradient is its tangent: what is differentiated are backward sweeps, with all that they keep."""
    if program.order < 2:
        return
    scalar = total(program)
    rest = program.args[program.count :]
    slopes = srcad.grad(scalar, program.argnums)
    v = draw(np.random.default_rng(6), program.inputs)
    _, pull = srcad.vjp(lambda *inputs: slopes(*inputs, *rest), *program.inputs)
    expected = srcad.hvp(scalar, program.argnums)(*program.args, v)
    close(pull(v), expected, 1e-11, "reverse over reverse")


def jacobians(program: Program) -> None:
    """The Jacobian by columns and by rows is what single tangents and cotangents give."""
    scalar_blocks = not isinstance(program.function(*program.args), tuple | list | dict)
    function = program.function if scalar_blocks else total(program)
    rest = program.args[program.count :]
    columns = srcad.jacfwd(function, program.argnums)(*program.args)
    rows = srcad.jacrev(function, program.argnums)(*program.args)
    close(list(leaves(columns)), list(leaves(rows)), 1e-11, "jacfwd against jacrev")
    for column in range(sum(np.size(x) for x in leaves(program.inputs))):
        v = unit(program.inputs, column)
        _, dot = srcad.jvp(lambda *inputs: function(*inputs, *rest), program.inputs, v)
        pairs = zip(leaves(columns), leaves(v), strict=True)
        along = sum(np.tensordot(block, part, np.ndim(part)) for block, part in pairs)
        close(along, dot, 1e-11, f"column {column} of the Jacobian")


def unit(tree: Any, position: int) -> Any:
    """The unit vector in the space of a container."""
    parts = []
    for x in leaves(tree):
        v = np.zeros(np.shape(x), np.asarray(x).dtype)
        if 0 <= position < v.size:
            v.flat[position] = 1.0
        position -= v.size
        parts.append(float(v) if type(x) is float else v)
    return rebuilt(tree, iter(parts))


def hessian(program: Program) -> None:
    """The Hessian, batched, is made of its products with unit vectors."""
    if program.order < 2:
        return
    scalar = total(program)
    blocks = srcad.hessian(scalar, program.argnums)(*program.args)
    product = srcad.hvp(scalar, program.argnums)
    sizes = [np.size(x) for x in leaves(program.inputs)]
    flat = list(leaves(blocks))
    count = len(sizes)
    for position in range(sum(sizes)):
        v = unit(program.inputs, position)
        expected = list(leaves(product(*program.args, v)))
        parts = list(leaves(v))
        for i in range(count):
            row = flat[i * count : (i + 1) * count]
            along = sum(np.tensordot(block, part, np.ndim(part)) for block, part in zip(row, parts, strict=True))
            close(along, expected[i], 1e-11, f"column {position} of the Hessian")


def linear(program: Program) -> None:
    """What ``linearize`` gives is the tangent, for every direction."""
    rng = np.random.default_rng(5)
    before = frozen(program.args)
    value, push = srcad.linearize(program.of_inputs, *program.inputs)
    same(value, program.function(*program.args), "value of linearize")
    for _ in range(2):
        v = draw(rng, program.inputs)
        _, dot = srcad.jvp(program.of_inputs, program.inputs, v)
        close(push(*v), dot, 1e-12, "linearize against jvp")
    unchanged(program.args, before, "an argument of linearize")


def batch(program: Program) -> None:
    """``vmap`` of a function and of its gradient does what a loop does, whatever depends on the batch."""
    if not all(isinstance(x, np.ndarray) for x in leaves(program.inputs)):
        return
    scalar, rest = total(program), program.args[program.count :]
    slopes = srcad.grad(lambda *inputs: scalar(*inputs, *rest), program.argnums)
    rows = [mapped(lambda x, s=scale: x * s, program.inputs) for scale in (1.0, 0.9, 1.1)]
    for what, function in (("vmap", program.of_inputs), ("vmap of the gradient", slopes)):
        expected = [list(leaves(function(*row))) for row in rows]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", srcad.BatchFallbackWarning)
            found = srcad.vmap(function)(*mapped(lambda *parts: np.stack(parts), *rows))
        for got, *wanted in zip(leaves(found), *expected, strict=True):
            close(got, np.stack(wanted), 1e-12, what)


def strict(program: Program) -> None:
    """Derivatives that also tell what depends on what are the same ones, where they are not refused."""
    if not all(isinstance(x, np.ndarray) for x in program.inputs):
        return
    scalar = total(program)
    rest = program.args[program.count :]
    function = (lambda *inputs: scalar(*inputs, *rest)) if rest else scalar
    try:
        _, bars = srcad.functional.vjp(function, program.inputs, strict=True)
    except srcad.DifferentiationError as error:
        assert "strict" in str(error)
    else:
        close(bars, srcad.grad(scalar, program.argnums)(*program.args), 1e-12, "strict")


def generation(program: Program) -> None:
    """Another point of the same kind needs no new code."""
    scalar = total(program)
    moved = mapped(lambda x: x * 1.0009765625, program.inputs)
    slopes = srcad.grad(scalar, program.argnums)
    slopes(*program.args)
    known = generated()
    slopes(*moved, *program.args[program.count :])
    assert generated() == known, "code was generated again"


CHECKS = (tangent, adjoint, gradient, second_order, twice_reverse, jacobians, hessian, linear, batch, strict, generation)
