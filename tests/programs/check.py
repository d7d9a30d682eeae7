"""Checking whole programs: a function and points go in, assertions about all of its derivatives come out.

A module of programs marks functions with the points at which they are checked, and ends with one test:

    @program(np.array([1.0, 2.0]), 3)
    @program(np.array([-1.0, 2.0]), 3)
    def power(x, n): ...

    def test_program(program, check):
        check(program)

Arguments that are floats, arrays of floats or containers of these are differentiated; the others (integers,
strings, None, bools, objects) follow them and are passed as they are, and so is what ``rest`` gives. Results may be
containers too. Points lie away from kinks.

A program may change its arguments, and whatever else it reaches: every call of it here works on copies of the
differentiated arguments, and in a world that is put back afterwards. Each derivative must leave the differentiated
arguments as they were and everything else as one call of the program does.
"""

import contextlib
import copy
import functools
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import srcad
from srcad import engine
from tests.programs.world import World, describe, difference
from tests.support import generated

STEP = 1e-3  # of the differences, whose error is its fourth power


class Program:
    """A function at a point; ``order`` is the highest derivative to check, ``rtol`` what differences need there.

    ``skip`` names checks that make no sense.
    """

    def __init__(
        self, name: str, function: Callable[..., Any], args: tuple[Any, ...], rest: tuple[Any, ...], order: int, rtol: float,
        skip: tuple[str, ...],
    ) -> None:
        self.name = name
        self.function = function
        self.args = args + rest
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

    @property
    def rest(self) -> tuple[Any, ...]:
        """The arguments that are passed as they are."""
        return self.args[self.count :]

    @functools.cached_property
    def world(self) -> World:
        """What the function may change besides its result and the differentiated arguments."""
        return World(self.function, *self.rest)

    @functools.cached_property
    def effects(self) -> dict[str, str]:
        """The world after one call of the function."""
        with self.world.fresh():
            self.function(*copy.deepcopy(self.inputs), *self.rest)
            return self.world.described()

    def __call__(self, *inputs: Any) -> Any:
        """The result of the function, of which nothing else is left."""
        with self.world.fresh():
            return copy.deepcopy(self.function(*copy.deepcopy(inputs), *self.rest))

    @contextlib.contextmanager
    def once(
        self, *others: Any, inputs: tuple[Any, ...] | None = None, argnums: Sequence[int] | None = None
    ) -> Iterator[Callable[[Any], None]]:
        """A derivative taken inside leaves inputs and ``others`` as they were and the world as one call does.

        What comes out is to be called with the derivatives, which share no memory with anything or each other. Where
        not all inputs are differentiated, the others are left as one call leaves them.
        """
        inputs = self.inputs if inputs is None else inputs
        left = copy.deepcopy(inputs)
        with self.world.fresh():
            self.function(*left, *self.rest)
        kept = tuple(x if argnums is None or k in argnums else left[k] for k, x in enumerate(inputs))
        expected, effects = describe(kept, others), self.effects

        def looked_at(derivatives: Any) -> None:
            changed = difference(describe(inputs, others), expected)
            assert not changed, f"an argument has been changed: {changed}"
            wrong = difference(self.world.described(), effects)
            assert not wrong, f"other effects than those of one call: {wrong}"
            separate(derivatives, (inputs, others, self.rest))

        with self.world.fresh():
            yield looked_at

    def derived(self, derivative: Callable[..., Any], *others: Any, argnums: Sequence[int] | None = None) -> Any:
        """What a derivative for ``argnums``, or all inputs, gives for the arguments and further ones, its effects checked."""
        inputs = copy.deepcopy(self.inputs)
        with self.once(others, inputs=inputs, argnums=argnums) as looked_at:
            result = derivative(*inputs, *self.rest, *others)
            looked_at(result)
            return copy.deepcopy(result)

    def __repr__(self) -> str:
        return self.name


def program(
    *args: Any, rest: tuple[Any, ...] = (), order: int = 2, rtol: float = 1e-6, skip: tuple[str, ...] = ()
) -> Callable[..., Any]:
    """Mark a function as a program to be checked at a point."""

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        points: list[Program] = vars(function).setdefault("programs", [])
        # decorators apply from the last to the first
        points.insert(0, Program(function.__name__, function, args, rest, order, rtol, skip))
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


def separate(derivatives: Any, others: Any) -> None:
    """Derivatives share no memory with other things, nor with each other."""
    parts = [part for part in leaves(derivatives) if isinstance(part, np.ndarray)]
    known = [part for part in leaves(others) if isinstance(part, np.ndarray)]
    for k, part in enumerate(parts):
        for other in known:
            assert not np.shares_memory(part, other), "a derivative shares memory with an argument"
        for other in parts[:k]:
            assert not np.shares_memory(part, other), "two derivatives share memory"


def total(program: Program) -> Callable[..., Any]:
    """One number from all results, for gradients and second derivatives."""
    function = program.function
    plain = program(*program.inputs)
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
    with program.once(v) as looked_at:
        value, dot = srcad.jvp(program.of_inputs, program.inputs, v)
        looked_at(dot)
        value, dot = copy.deepcopy((value, dot))
    same(value, program(*program.inputs), "value of jvp")
    close(dot, differences(program, program.inputs, v), program.rtol, "tangent")


def adjoint(program: Program) -> None:
    """The adjoint is the transpose of the tangent, to rounding, and the pullback may run again."""
    rng = np.random.default_rng(2)
    v = draw(rng, program.inputs)
    with program.world.fresh():
        _, dot = copy.deepcopy(srcad.jvp(program.of_inputs, program.inputs, v))
    plain = program(*program.inputs)
    seed = draw(rng, plain)
    with program.once(seed) as looked_at:
        value, pull = srcad.vjp(program.of_inputs, *program.inputs)
        looked_at(())
        same(value, plain, "value of vjp")
        bars = pull(seed)
        first = copy.deepcopy(bars)
        again = pull(seed)
        looked_at((bars, again))
    same(bars, first, "the pullback's first results, after it has run again")
    same(again, first, "pullback run again")
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
    slopes = program.derived(srcad.grad(scalar, program.argnums))
    expected = differences(quiet(program, scalar), program.inputs, v)
    close(inner(slopes, v), expected[0], program.rtol, "gradient")
    for k in program.argnums:
        close(program.derived(srcad.grad(scalar, k), argnums=(k,)), slopes[k], 1e-13, f"gradient for argument {k} alone")


def quiet(program: Program, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the inputs alone that leaves them and the world as they were."""

    def called(*inputs: Any) -> Any:
        with program.world.fresh():
            return copy.deepcopy(function(*copy.deepcopy(inputs), *program.rest))

    return called


def second_order(program: Program) -> None:
    """The Hessian times a vector is what differences of the gradient say, and symmetric."""
    if program.order < 2:
        return
    scalar = total(program)
    rng = np.random.default_rng(4)
    u, v = draw(rng, program.inputs), draw(rng, program.inputs)
    product = srcad.hvp(scalar, program.argnums)
    along_u, along_v = program.derived(product, u), program.derived(product, v)
    expected = differences(quiet(program, srcad.grad(scalar, program.argnums)), program.inputs, v)
    close(list(leaves(along_v)), expected, program.rtol, "second order")
    scale = inner(mapped(np.abs, u), mapped(np.abs, along_v))
    assert abs(inner(u, along_v) - inner(v, along_u)) <= 1e-11 * max(1.0, scale), "the Hessian is not symmetric"


def twice_reverse(program: Program) -> None:
    """The adjoint of the gradient is its tangent: what is differentiated are backward sweeps, with all that they keep."""
    if program.order < 2:
        return
    scalar = total(program)
    rest = program.rest
    slopes = srcad.grad(scalar, program.argnums)
    v = draw(np.random.default_rng(6), program.inputs)
    with program.once(v) as looked_at:
        _, pull = srcad.vjp(lambda *inputs: slopes(*inputs, *rest), *program.inputs)
        twice = pull(v)
        looked_at(twice)
        twice = copy.deepcopy(twice)
    close(twice, program.derived(srcad.hvp(scalar, program.argnums), v), 1e-11, "reverse over reverse")


def jacobians(program: Program) -> None:
    """The Jacobian by columns and by rows is what single tangents and cotangents give."""
    scalar_blocks = not isinstance(program(*program.inputs), tuple | list | dict)
    function = program.function if scalar_blocks else total(program)
    rest = program.rest
    columns = program.derived(srcad.jacfwd(function, program.argnums))
    rows = program.derived(srcad.jacrev(function, program.argnums))
    close(list(leaves(columns)), list(leaves(rows)), 1e-11, "jacfwd against jacrev")
    for column in range(sum(np.size(x) for x in leaves(program.inputs))):
        v = unit(program.inputs, column)
        with program.world.fresh():
            _, dot = copy.deepcopy(srcad.jvp(lambda *inputs: function(*inputs, *rest), program.inputs, v))
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
    blocks = program.derived(srcad.hessian(scalar, program.argnums))
    product = srcad.hvp(scalar, program.argnums)
    sizes = [np.size(x) for x in leaves(program.inputs)]
    flat = list(leaves(blocks))
    count = len(sizes)
    for position in range(sum(sizes)):
        v = unit(program.inputs, position)
        expected = list(leaves(program.derived(product, v)))
        parts = list(leaves(v))
        for i in range(count):
            row = flat[i * count : (i + 1) * count]
            along = sum(np.tensordot(block, part, np.ndim(part)) for block, part in zip(row, parts, strict=True))
            close(along, expected[i], 1e-11, f"column {position} of the Hessian")


def linear(program: Program) -> None:
    """What ``linearize`` gives is the tangent, for every direction."""
    rng = np.random.default_rng(5)
    directions = [draw(rng, program.inputs) for _ in range(2)]
    dots = []
    for v in directions:
        with program.world.fresh():
            dots.append(copy.deepcopy(srcad.jvp(program.of_inputs, program.inputs, v)[1]))
    plain = program(*program.inputs)
    with program.once(directions) as looked_at:
        value, push = srcad.linearize(program.of_inputs, *program.inputs)
        looked_at(())
        same(value, plain, "value of linearize")
        pushed = [push(*v) for v in directions]
        looked_at(pushed)
    close(pushed, dots, 1e-12, "linearize against jvp")


def batch(program: Program) -> None:
    """``vmap`` of a function and of its gradient does what a loop does, whatever depends on the batch.

    Not for programs with effects: ``vmap`` has them once for all rows.
    """
    if not all(isinstance(x, np.ndarray) for x in leaves(program.inputs)):
        return
    with program.world.fresh():
        if program.effects != program.world.described():
            return
    scalar, rest = total(program), program.rest
    slopes = srcad.grad(lambda *inputs: scalar(*inputs, *rest), program.argnums)
    rows = [mapped(lambda x, s=scale: x * s, program.inputs) for scale in (1.0, 0.9, 1.1)]
    stacked = mapped(lambda *parts: np.stack(parts), *rows)
    before = describe(stacked)
    for what, function in (("vmap", program.of_inputs), ("vmap of the gradient", slopes)):
        expected = [list(leaves(function(*copy.deepcopy(row)))) for row in rows]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", srcad.BatchFallbackWarning)
            found = srcad.vmap(function)(*stacked)
        changed = difference(describe(stacked), before)
        assert not changed, f"an argument of vmap has been changed: {changed}"
        for got, *wanted in zip(leaves(found), *expected, strict=True):
            close(got, np.stack(wanted), 1e-12, what)


def strict(program: Program) -> None:
    """Derivatives that also tell what depends on what are the same ones, where they are not refused."""
    if not all(isinstance(x, np.ndarray) for x in program.inputs):
        return
    scalar = total(program)
    rest = program.rest
    function = (lambda *inputs: scalar(*inputs, *rest)) if rest else scalar
    with program.once() as looked_at:
        try:
            _, bars = srcad.functional.vjp(function, program.inputs, strict=True)
        except srcad.DifferentiationError as error:
            if "strict" not in str(error):
                raise
            return
        looked_at(bars)
        bars = copy.deepcopy(bars)
    close(bars, program.derived(srcad.grad(scalar, program.argnums)), 1e-12, "strict")


def general(program: Program) -> None:
    """Code for arguments of any size, as is made after many signatures, gives the same gradient."""
    scalar = total(program)
    derivative = srcad.grad(scalar, program.argnums)
    derivative._target.table = engine.Table(exact=False)
    derivative._target.table.general = True
    close(program.derived(derivative), program.derived(srcad.grad(scalar, program.argnums)), 1e-12, "gradient of any size")


def generation(program: Program) -> None:
    """Another point of the same kind needs no new code."""
    scalar = total(program)
    moved = mapped(lambda x: x * 1.0009765625, program.inputs)
    slopes = quiet(program, srcad.grad(scalar, program.argnums))
    slopes(*program.inputs)
    known = generated()
    slopes(*moved)
    assert generated() == known, "code was generated again"


CHECKS = (tangent, adjoint, gradient, second_order, twice_reverse, jacobians, hessian, linear, batch, strict, general, generation)
