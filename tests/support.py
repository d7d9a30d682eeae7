"""What several test files share: exact comparison, a count of generated code, the place an error names."""

import inspect
import linecache
import os
import re

import numpy as np

TOLERANCE = {"float16": 2e-3, "float32": 1e-6, "float64": 1e-12}


def assert_same(expected, actual):
    """`actual` has the containers, the shapes, the dtypes and (to rounding) the numbers of `expected`.

    A Python float among the expected values stands for a 0-d float64. An actual 0-d value may be an array or
    a NumPy scalar, but no Python number: results are float64.
    """
    if isinstance(expected, (tuple, list)):
        assert type(expected) is type(actual), f"expected a {type(expected).__name__}, got {actual!r}"
        assert len(expected) == len(actual), f"expected {len(expected)} entries, got {len(actual)}"
        for expected_entry, actual_entry in zip(expected, actual, strict=True):
            assert_same(expected_entry, actual_entry)
    elif isinstance(expected, dict):
        assert type(actual) is dict, f"expected a dict, got {actual!r}"
        assert expected.keys() == actual.keys()
        for key, expected_entry in expected.items():
            assert_same(expected_entry, actual[key])
    else:
        assert isinstance(actual, (np.ndarray, np.generic)), f"expected an array, got {actual!r}"
        expected = np.asarray(expected)
        assert expected.shape == actual.shape, f"expected shape {expected.shape}, got {actual.shape}"
        assert expected.dtype == actual.dtype, f"expected dtype {expected.dtype}, got {actual.dtype}"
        tolerance = TOLERANCE.get(expected.dtype.name, 0.0)
        np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)


def parameters(function):
    """The name, kind and default of every parameter."""
    return [(p.name, p.kind.name, p.default) for p in inspect.signature(function).parameters.values()]


def generated():
    """The names under which linecache holds generated source."""
    return {name for name in linecache.cache if str(name).startswith("<srcad")}


def assert_locates(error, function, statement=None):
    """The message names a line of `function` as file:line and quotes it; `statement`, if given, is it."""
    message = str(error)
    lines, first = inspect.getsourcelines(function)
    file = re.escape(os.path.basename(function.__code__.co_filename))
    numbers = [int(number) - first for number in re.findall(file + r":(\d+)", message)]
    named = [lines[number].strip() for number in numbers if 0 <= number < len(lines)]
    assert named, f"no line of {function.__name__} is named in: {message}"
    assert any(line in message for line in named), f"the source line is not quoted in: {message}"
    if statement is not None:
        assert statement in named, f"{statement!r} is not the line named in: {message}"
