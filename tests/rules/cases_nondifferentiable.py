"""Cases for ``srcad.rules.nondifferentiable`` and ``srcad.rules.constructors``.

Each function multiplies what has no derivative by something that has one, so that differences see them.
"""

import io
import logging
import time

import numpy as np

from tests.rules.check import Case, Refused

X = np.array([0.3, -1.2, 2.1, 0.7])
Y = np.array([1.4, 0.6, -0.8, 2.3])
A = np.array([[0.4, -1.3, 2.2], [1.7, 0.6, -0.9]])
INTEGERS = np.array([6, 4, 9, 12])
LOG = logging.getLogger(__name__)
GENERATOR = np.random.default_rng(0)

# ---- constructors ------------------------------------------------------------------------------------------

MADE = [
    Case("np.zeros", lambda x: x + np.zeros(4), X),
    Case("np.zeros, shape and dtype", lambda x: x * np.zeros(x.shape, x.dtype) + x, A),
    Case("np.ones", lambda x: x * np.ones((2, 3)), A),
    Case("np.ones, of a length", lambda x: x * np.ones(len(x)), X),
    Case("np.empty", lambda x: x * np.empty(x.shape).size, X),
    Case("np.zeros_like", lambda x: x * x + np.zeros_like(x), X),
    Case("np.ones_like", lambda x: x * np.ones_like(x, dtype=float), X),
    Case("np.empty_like", lambda x: x * np.empty_like(x).ndim, X),
    Case("np.eye", lambda x: x @ np.eye(3) * 2.0, A),
    Case("np.eye, diagonal", lambda x: x @ np.eye(3, 4, k=1), A),
    Case("np.identity", lambda x: x @ np.identity(3), A),
    Case("np.tri", lambda x: x @ np.tri(3, 4, 1), A),
    Case("np.arange", lambda x: x * np.arange(4), X),
    Case("np.arange, literals", lambda x: x * np.arange(1.0, 9.0, 2.0), X),
    Case("np.arange, start and step", lambda x, step: np.arange(x, x + 4.01 * step, step) ** 2, 0.5, 0.3),
    Case("np.logspace", lambda x, y: np.logspace(x, y, 5), 0.5, 1.5),
    Case("np.logspace, base", lambda x, base: np.logspace(x, 2.0, 5, base=base), 0.5, 2.5),
    Case("np.geomspace", lambda x, y: np.geomspace(x, y, 5), 0.5, 7.5),
    Case("np.indices", lambda x: x * np.indices((2, 3))[1], A),
    Case("np.tril_indices", lambda x: x[np.tril_indices(2)] ** 2, A),
    Case("np.triu_indices", lambda x: x[np.triu_indices(2, 1)] ** 2, A),
    Case("np.tril_indices_from", lambda x: x[np.tril_indices_from(A)] ** 2, A),
    Case("np.triu_indices_from", lambda x: x[np.triu_indices_from(A)] ** 2, A),
    Case("np.ix_", lambda x: x[np.ix_([0, 1], [2, 0])] ** 2, A),
    Case("np.diag_indices", lambda x: x[np.diag_indices(2)] ** 2, A),
    Case("np.diag_indices_from", lambda x: x[np.diag_indices_from(np.eye(2))] ** 2, A),
    Case("np.mask_indices", lambda x: x[np.mask_indices(2, np.triu)] ** 2, A),
    Case("np.hanning", lambda x: x * np.hanning(4), X),
    Case("np.hamming", lambda x: x * np.hamming(4), X),
    Case("np.blackman", lambda x: x * np.blackman(4), X),
    Case("np.bartlett", lambda x: x * np.bartlett(4), X),
]

# ---- shapes and types --------------------------------------------------------------------------------------

SHAPES = [
    Case("np.ndim", lambda x: x * np.ndim(x), A),
    Case("np.ndim, attribute", lambda x: x * x.ndim, A),
    Case("np.shape", lambda x: x * np.shape(x)[1], A),
    Case("shape", lambda x: x * x.shape[0] / x.shape[1], A),
    Case("np.size", lambda x: x / np.size(x), A),
    Case("np.size, attribute", lambda x: x / x.size, A),
    Case("np.size, axis", lambda x: x / np.size(x, 1), A),
    Case("dtype", lambda x: x * np.ones(3, x.dtype), A),
    Case("len", lambda x: x / len(x), A),
    Case("ndarray.strides", lambda x: x * len(x.strides), A),
    Case("ndarray.flags", lambda x: x * (2.0 if x.flags is not None else 1.0), A),
    Case("ndarray.itemsize", lambda x: x * (x.itemsize > 0), A),
    Case("ndarray.nbytes", lambda x: x * (x.nbytes > 0), A),
    Case("np.result_type", lambda x: x * np.ones(4, np.result_type(np.float32, np.float64)), X),
    Case("np.promote_types", lambda x: x * np.ones(4, np.promote_types("f4", "f8")), X),
    Case("np.min_scalar_type", lambda x: x * (2.0 if np.min_scalar_type(3) is not None else 1.0), X),
    Case("np.common_type", lambda x: x * (2.0 if np.common_type(Y) is not None else 1.0), X),
    Case("np.finfo", lambda x: x * (2.0 if np.finfo(float) is not None else 1.0), X),
    Case("np.iinfo", lambda x: x * (2.0 if np.iinfo(int) is not None else 1.0), X),
    Case("np.dtype", lambda x: x * np.ones(4, np.dtype("f8")), X),
    Case("np.broadcast_shapes", lambda x: x * np.ones(np.broadcast_shapes((2, 1), (3,))), A),
    Case("np.can_cast", lambda x: x * (2.0 if np.can_cast(int, float) else 1.0), X),
    Case("np.issubdtype", lambda x: x * (2.0 if np.issubdtype(int, np.integer) else 1.0), X),
    Case("np.isdtype", lambda x: x * (2.0 if np.isdtype(np.float64, "integral") else 1.0), X),
    Case("np.isscalar", lambda x: x * (2.0 if np.isscalar(3.0) else 1.0), X),
    Case("np.iscomplexobj", lambda x: x * (2.0 if np.iscomplexobj(x) else 1.0), X),
    Case("np.isrealobj", lambda x: x * (2.0 if np.isrealobj(x) else 1.0), X),
    Case("np.iterable", lambda x: x * (2.0 if np.iterable(x) else 1.0), X),
    Case("np.isfortran", lambda x: x * (2.0 if np.isfortran(np.ones(3)) else 1.0), X),
    Case("np.shares_memory", lambda x: x * (2.0 if np.shares_memory(X, Y) else 1.0), X),
    Case("np.may_share_memory", lambda x: x * (2.0 if np.may_share_memory(X, Y) else 1.0), X),
]

# ---- comparisons and tests ---------------------------------------------------------------------------------


def test_of_two(function):
    return lambda x, y: x * y * function(x, y)


def test_of_one(function):
    return lambda x: x * function(x)


def of_integers(function):
    return lambda x: x * function(INTEGERS, 2)


ELEMENTWISE = [
    *(
        Case(f"np.{f.__name__}", test_of_two(f), X, Y)
        for f in (
            np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal,
            np.logical_and, np.logical_or, np.logical_xor, np.isclose,
        )
    ),
    *(
        Case(f"np.{f.__name__}", test_of_one(f), X)
        for f in (
            np.logical_not, np.isnan, np.isinf, np.isfinite, np.isneginf, np.isposinf, np.isreal,
            np.iscomplex, np.signbit,
        )
    ),
    *(
        Case(f"np.{f.__name__}", of_integers(f), X)
        for f in (
            np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.left_shift, np.right_shift, np.gcd, np.lcm,
        )
    ),
    Case("np.invert", lambda x: x * np.invert(INTEGERS), X),
    Case("np.bitwise_count", lambda x: x * np.bitwise_count(INTEGERS), X),
    Case("np.isclose, tolerance", lambda x, y: x * np.isclose(x, y, rtol=0.5, atol=1.0), X, Y),
    Case("np.less, broadcast", lambda x, y: x * np.less(x, y), A, np.array([0.1, 0.2, 0.3])),
]  # fmt: skip
WHOLE = [
    Case("np.any", lambda x: x * np.any(x > 2.0), X),
    Case("np.any, axis", lambda x: x * np.any(x > 2.0, axis=1, keepdims=True), A),
    Case("np.any, method", lambda x: x * (x > 1.5).any(axis=0), A),
    Case("np.all", lambda x: x * np.all(x < 2.0), X),
    Case("np.all, axis", lambda x: x * np.all(x < 2.0, axis=0), A),
    Case("np.all, method", lambda x: x * (x < 9.0).all(), A),
    Case("np.count_nonzero", lambda x: x * np.count_nonzero(x > 0.5), X),
    Case("np.count_nonzero, axis", lambda x: x * np.count_nonzero(x > 0.5, axis=0), A),
    Case("np.allclose", lambda x: x * (2.0 if np.allclose(x, 0.5) else 1.0), X),
    Case("np.array_equal", lambda x: x * (2.0 if np.array_equal(x, Y) else 1.0), X),
    Case("np.array_equiv", lambda x: x * (2.0 if np.array_equiv(x, Y) else 1.0), X),
    Case("any", lambda x: x * (2.0 if any(x > 2.0) else 1.0), X),
    Case("all", lambda x: x * (2.0 if all(x > 2.0) else 1.0), X),
]

# ---- positions ---------------------------------------------------------------------------------------------

POSITIONS = [
    Case("np.argmax", lambda x: x * np.argmax(x), X),
    Case("np.argmax, flattened", lambda x: x * np.argmax(x), A),
    Case("np.argmax, axis", lambda x: x * np.argmax(x, axis=0), A),
    Case("np.argmax, keepdims", lambda x: x * np.argmax(x, axis=-1, keepdims=True), A),
    Case("np.argmax, method", lambda x: x * x[x.argmax()], X),
    Case("np.argmin", lambda x: x * x[np.argmin(x)], X),
    Case("np.argmin, method", lambda x: x * x.argmin(axis=0), A),
    Case("np.nanargmax", lambda x: x * np.nanargmax(x), X),
    Case("np.nanargmin", lambda x: x * np.nanargmin(x), X),
    Case("np.argsort", lambda x: x * np.argsort(x), X),
    Case("np.argsort, axis", lambda x: x * np.argsort(x, axis=0, kind="stable"), A),
    Case("np.argsort, as an index", lambda x: x[np.argsort(x)] ** 2, X),
    Case("np.argsort, method", lambda x: x * x.argsort(), A),
    Case("np.argpartition", lambda x: x[np.argpartition(x, 1)[1]] ** 2, X),
    Case("np.argpartition, method", lambda x: x[x.argpartition(1)[1]] ** 2, X),
    Case("np.lexsort", lambda x: x * np.lexsort((Y, X)), X),
    Case("np.searchsorted", lambda x: x * np.searchsorted(np.array([-1.0, 0.5, 1.0]), x), A),
    Case("np.searchsorted, side", lambda x: x * np.searchsorted(np.array([-1.0, 0.5]), x, side="right"), X),
    Case("np.searchsorted, method", lambda x: x * np.array([-1.0, 0.5, 1.0]).searchsorted(x), X),
    Case("np.digitize", lambda x: x * np.digitize(x, np.array([-1.0, 0.5, 1.0])), A),
    Case("np.isin", lambda x: x * np.isin(np.rint(x), np.array([1.0, 2.0])), X),
    Case("np.flatnonzero", lambda x: x[np.flatnonzero(x > 0.5)] ** 2, X, skip=["batch"]),
    Case("np.argwhere", lambda x: x[np.argwhere(Y > 1.0)[:, 0]] ** 2, X),
    Case("np.nonzero", lambda x: x[np.nonzero(Y > 1.0)] ** 2, X),
    Case("np.nonzero, method", lambda x: x[(Y > 1.0).nonzero()[0]] ** 2, X),
    Case("np.unravel_index", lambda x: x[np.unravel_index(4, (2, 3))] * x, A),
    Case("np.ravel_multi_index", lambda x: x * np.ravel_multi_index((1, 1), (2, 3)), A),
]

# ---- Python objects ----------------------------------------------------------------------------------------

OBJECTS = [
    Case("callable", lambda x: x * (2.0 if callable(np.sin) else 1.0), X),
    Case("hasattr", lambda x: x * (2.0 if hasattr(x, "shape") else 1.0), X),
    Case("isinstance", lambda x: x * (2.0 if isinstance(x, np.ndarray) else 1.0), X),
    Case("issubclass", lambda x: x * (2.0 if issubclass(bool, int) else 1.0), X),
    Case("hash", lambda x: x * (hash("a") == hash("a")), X),
    Case("id", lambda x: x * (id(x) == id(x)), X),
    Case("ord", lambda x: x * ord("a"), X),
    Case("type", lambda x: x * (2.0 if type(x) is np.ndarray else 1.0), X),
    *(
        Case(name, function, X)
        for name, function in {
            "str": lambda x: x * len(str(12)),
            "repr": lambda x: x * len(repr(12)),
            "ascii": lambda x: x * len(ascii(12)),
            "format": lambda x: x * len(format(12, "4d")),
            "chr": lambda x: x * len(chr(65)),
            "bin": lambda x: x * len(bin(12)),
            "oct": lambda x: x * len(oct(12)),
            "hex": lambda x: x * len(hex(12)),
            "np.array2string": lambda x: x * len(np.array2string(INTEGERS)),
            "np.array_repr": lambda x: x * len(np.array_repr(INTEGERS)),
            "np.array_str": lambda x: x * len(np.array_str(INTEGERS)),
            "np.format_float_positional": lambda x: x * len(np.format_float_positional(1.5)),
            "np.format_float_scientific": lambda x: x * len(np.format_float_scientific(1.5)),
        }.items()
    ),
]

# ---- effects (how often they happen: see test_effects) -----------------------------------------------------

SINK = io.StringIO()


def printing(x):
    print(x, "is printed", file=SINK)
    return x * x


def saving(x):
    np.save(io.BytesIO(), Y)
    np.savez(io.BytesIO(), Y)
    np.savetxt(io.StringIO(), x)
    return x * x


def setting(x):
    np.geterr()
    np.seterr(all="warn")
    np.set_printoptions(precision=8)
    time.sleep(0.0)
    return x * x


def logging_to_root(x):
    logging.log(1, "%s", x)
    logging.debug("%s", x)
    logging.info("%s", x)
    logging.warning("%s", x)
    logging.error("%s", x)
    logging.critical("%s", x)
    return x * x


def logging_to_one(x):
    LOG.log(1, "%s", x)
    LOG.debug("%s", x)
    LOG.info("%s", x)
    LOG.warning("%s", x)
    LOG.error("%s", x)
    LOG.critical("%s", x)
    return x * x


def timed_by(clock):
    return lambda x: x * (2.0 if clock() > 0 else 1.0)


LEVELS = ("log", "debug", "info", "warning", "error", "critical")
CLOCKS = ("time", "perf_counter", "monotonic", "process_time")
EFFECTS = [
    Case("print", printing, X, covers=["warnings.warn"]),
    Case("np.save", saving, X, covers=["np.savez", "np.savetxt"], skip=["batch"]),
    Case("np.seterr", setting, X, covers=["np.geterr", "np.set_printoptions", "time.sleep"]),
    Case("logging.info", logging_to_root, X, covers=[f"logging.{level}" for level in LEVELS]),
    Case("logging.Logger.info", logging_to_one, X, covers=[f"logging.Logger.{level}" for level in LEVELS]),
    *(Case(f"time.{name}", timed_by(getattr(time, name)), X) for name in CLOCKS),
    *(Case(f"time.{name}_ns", timed_by(getattr(time, f"{name}_ns")), X) for name in CLOCKS),
]

# ---- random draws: their parameters have no derivative -----------------------------------------------------

DRAWS = [
    Refused("np.random.gamma", lambda x: np.random.gamma(x), X),
    Refused("np.random.permutation", lambda x: np.random.permutation(x), X),
]

CASES = [*MADE, *SHAPES, *ELEMENTWISE, *WHOLE, *POSITIONS, *OBJECTS, *EFFECTS, *DRAWS]
