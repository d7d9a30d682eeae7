"""Writes are made in place where that is right, and nothing else is: random programs, and the source of typical ones."""

import itertools

import numpy as np
import pytest

from srcad.backend.emit import emit
from srcad.backend.printer import print_module
from srcad.ir.verify import verify
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


@pytest.mark.parametrize("seed", range(200))
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
