"""Writes are made in place where that is right, and nothing else is: random programs, and the source of typical ones."""

import itertools

import numpy as np
import pytest

import srcad
from srcad.backend.emit import emit
from srcad.backend.printer import print_module
from srcad.ir.verify import verify
from srcad.transforms.adjoint import adjoint
from srcad.transforms.batch import batched
from srcad.transforms.derive import hessian_product
from srcad.transforms.simplify import simplified
from tests.backend.random_programs import interpreted, random_function


def compiled(function):
    """The source of a function, and the function that it makes."""
    emitted = emit(function)
    source = print_module(emitted.tree).source
    namespace = dict(emitted.names.bound)
    exec(compile(source, "<emitted>", "exec"), namespace)
    return source, namespace[function.name]


def arguments():
    rng = np.random.default_rng(0)
    return [rng.uniform(-2.0, 2.0, 4) for _ in range(3)]


@pytest.mark.parametrize("seed", range(150))
def test_random_writes_mean_what_the_ir_says(seed):
    function = random_function(seed)
    verify(function)
    source, run = compiled(function)
    for flags in itertools.product([True, False], repeat=2):
        expected, held = interpreted(function, [*arguments(), *flags])
        args = arguments()
        found = run(*args, *flags)

        for got, wanted in zip(found, expected, strict=True):
            np.testing.assert_array_equal(got, wanted, err_msg=source)
        for param, arg, before, wanted in zip(function.params, args, arguments(), held, strict=False):
            if param in function.written:
                np.testing.assert_array_equal(arg, wanted, err_msg=source)
            elif param not in function.owned:
                np.testing.assert_array_equal(arg, before, err_msg=source)


# ---- the source of typical writes ------------------------------------------------------------------------------------


def source_of(function, *args):
    return srcad.value_and_grad(function).source(*args)


def forward_of(function, *args):
    """The source of the forward sweep."""
    return source_of(function, *args).partition("# backward")[0]


X = np.linspace(0.1, 0.9, 6)


def test_an_augmented_assignment_is_one():
    def f(x):
        y = x.copy()
        y[1:] *= 2.0
        y[0] += 3.0
        y -= 1.0
        y[2] -= x[0]
        return np.sum(y**2)

    source = forward_of(f, X)

    for line in ("y[1:] *= 2.0", "y[0] += 3.0", "y -= 1.0", "y[2] -= x[0]"):
        assert line in source
    assert source.count(".copy()") == 1


def test_a_number_that_is_read_before_a_write_is_read_there():
    def f(x):
        y = x.copy()
        old = y[0]
        y[0] = 2.0
        return old * 3.0 + np.sum(y * y)

    source = forward_of(f, X)

    assert source.index("old = y[0]") < source.index("y[0] = 2.0")
    assert source.count(".copy()") == 1


def test_a_loop_saves_the_part_that_is_needed():
    def f(x):
        y = x.copy()
        total = 0.0
        for i in range(3):
            head = y[1:3]
            total += np.sum(np.sin(head))
            y[i] = total
        return total

    source = source_of(f, X)

    assert "heads.append(head.copy())" in source
    assert source.count(".copy()") == 2


def test_a_view_that_is_written_into_needs_no_copy_and_is_not_put_back():
    def f(x):
        table = np.zeros((3, 6))
        inner = table[1:]
        inner[0, 2] = x[0]
        inner[1] = x
        return np.sum(table**2)

    source = source_of(f, X)

    assert ".copy()" not in forward_of(f, X)
    assert "table[1:] =" not in source
    assert "table_bar[1:] =" not in source


def test_the_adjoint_of_a_scaled_part_is_scaled():
    def f(x):
        y = x.copy()
        y[2:4] *= x[0]
        return np.sum(y**2)

    assert "y_bar[2:4] *= x[0]" in source_of(f, X) or "y_bar[2:4] *= x_0" in source_of(f, X)


def test_a_captured_array_is_written_into_where_it_is():
    buffer = np.zeros(6)

    def f(x):
        buffer[...] = x * x
        buffer[0] = x[1]
        return np.sum(buffer * x)

    value, _ = srcad.value_and_grad(f)(X)

    assert "written_back" not in source_of(f, X)
    assert value == f(X)
    np.testing.assert_array_equal(buffer[1:], X[1:] ** 2)


def test_rows_are_written_into_a_buffer_that_has_them_from_the_start():
    def f(x, w):
        y = w.copy()
        for i in range(3):
            y[i] += x[i]
        return y

    batch = np.arange(12.0).reshape(2, 6)
    mapped = srcad.vmap(f, in_dims=(0, None))

    source = mapped.source(batch, X)
    assert "y[:, i] += x[:, i]" in source
    assert source.index("broadcast_to") < source.index("for i")
    np.testing.assert_array_equal(mapped(batch, X), [f(row, X) for row in batch])


ACTIVE = (True, True, True, False, False)


@pytest.mark.parametrize("seed", range(60))
def test_derivatives_of_random_writes_mean_what_the_ir_says(seed):
    base = random_function(seed, 4)
    count = len(base.outs)
    for derived, more in (
        (adjoint(base, ACTIVE, (True,) * count), 2), (hessian_product(base, ACTIVE, count - 1), 3),
    ):
        function = simplified(derived)
        source, run = compiled(function)
        for flags in itertools.product([True, False], repeat=2):
            seeds = [np.linspace(-1.0, 1.0 + k, 4) for k in range(more)] + [0.7] * (more == 2)
            expected, _ = interpreted(function, [*arguments(), *flags, *seeds])
            found = run(*arguments(), *flags, *(np.copy(s) if np.ndim(s) else s for s in seeds))

            for got, wanted in zip(found, expected, strict=True):
                np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-13, err_msg=source)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("mask", [(True, False, False, False, False), (False, True, True, False, False)])
def test_rows_of_random_writes_mean_what_the_ir_says_of_each(seed, mask):
    base = random_function(seed, 3, name="inner")
    function = simplified(batched(base, mask, (True,) * len(base.outs)))
    source, run = compiled(function)
    rows = [np.linspace(-1.0, k, 8).reshape(2, 4) for k in range(3)]
    for flags in itertools.product([True, False], repeat=2):
        found = run(*(r.copy() if on else a for r, on, a in zip(rows, mask, arguments(), strict=False)), *flags)
        for k in range(2):
            args = [r[k] if on else a for r, on, a in zip(rows, mask, arguments(), strict=False)]
            expected, _ = interpreted(base, [*args, *flags])

            for got, wanted in zip(found if len(base.outs) > 1 else [found], expected, strict=True):
                np.testing.assert_allclose(got[k], wanted, err_msg=source)
