"""Cases for ``srcad.rules.elementwise`` and ``srcad.rules.casts``."""

import numpy as np

from tests.rules.check import Case, Refused, Singular, binary, unary

INF, NAN = np.inf, np.nan
X = np.array([0.3, -1.2, 2.1, 0.7])
Y = np.array([1.4, 0.6, -0.8, 2.3])
A = np.array([[0.4, -1.3, 2.2], [1.7, 0.6, -0.9]])


def of_one(function):
    return lambda x: function(x)


def of_two(function):
    return lambda x, y: function(x, y)


# ---- one argument, smooth ----------------------------------------------------------------------------------

DOMAINS = [
    (np.sin, -3.0, 3.0), (np.cos, -3.0, 3.0), (np.tan, -1.2, 1.2), (np.sinh, -2.0, 2.0),
    (np.cosh, -2.0, 2.0), (np.tanh, -2.0, 2.0), (np.exp, -2.0, 2.0), (np.exp2, -2.0, 2.0),
    (np.expm1, -2.0, 2.0), (np.log, 0.2, 4.0), (np.log2, 0.2, 4.0), (np.log10, 0.2, 4.0),
    (np.log1p, -0.7, 4.0), (np.sqrt, 0.2, 4.0), (np.cbrt, 0.2, 4.0), (np.square, -2.0, 2.0),
    (np.reciprocal, 0.3, 3.0), (np.arcsin, -0.8, 0.8), (np.arccos, -0.8, 0.8), (np.arctan, -3.0, 3.0),
    (np.arcsinh, -3.0, 3.0), (np.arccosh, 1.3, 4.0), (np.arctanh, -0.8, 0.8), (np.negative, -2.0, 2.0),
    (np.positive, -2.0, 2.0), (np.conjugate, -2.0, 2.0), (np.deg2rad, -90.0, 90.0),
    (np.radians, -90.0, 90.0), (np.rad2deg, -2.0, 2.0), (np.degrees, -2.0, 2.0), (np.sinc, -2.2, 2.3),
]  # fmt: skip

SMOOTH = [
    case
    for function, low, high in DOMAINS
    for case in unary(f"np.{function.__name__}", of_one(function), low, high)
]

# ---- one argument, with kinks and steps --------------------------------------------------------------------

STEPS = [
    case
    for name in (
        "absolute",
        "fabs",
        "sign",
        "floor",
        "ceil",
        "rint",
        "trunc",
        "fix",
        "round",
        "around",
        "real",
    )
    for case in unary(f"np.{name}", of_one(getattr(np, name)), -2.3, 2.8)
]
PARTS = [
    Case("np.spacing", lambda x: x * np.spacing(x), X),
    Case("np.round, decimals", lambda x: x * np.round(x, 1), X),
    Case("np.round, method", lambda x: x * x.round(decimals=1), X),
    Case("np.imag", lambda x: x * np.imag(x), X),
    Case("np.imag, attribute", lambda x: x + x.imag, X),
    Case("np.real, attribute", lambda x: x.real * x, X),
    Case("np.conjugate, method", lambda x: x.conj() * x.conjugate(), X),
    Case("np.angle", lambda x: x * np.angle(x), X),
    Case("np.unwrap", lambda x: np.sin(np.unwrap(x)), np.array([0.1, 3.0, 6.9, 1.2])),
    Case(
        "np.unwrap, axis",
        lambda x: np.sin(np.unwrap(x, axis=0)),
        np.array([[0.1, 3.0], [6.9, 1.2], [0.5, 9.0]]),
    ),
    Case("np.nan_to_num", lambda x: np.nan_to_num(x * x), X),
    Case("np.nan_to_num, replaced", lambda x: np.nan_to_num(x + np.array([1.0, 2.0, NAN, INF]), nan=4.0), X),
    Case("np.modf", lambda x: np.modf(x), X, skip=["second_order"]),
    Case("np.modf, indexed", lambda x: np.modf(x)[0] ** 2 + np.modf(x)[1] * x, X),
    Case("np.frexp", lambda x: np.frexp(x)[0] ** 2, X),
    Case("np.frexp, exponent", lambda x: x * np.frexp(x)[1], X),
]

# ---- two arguments -----------------------------------------------------------------------------------------

PAIRS = [
    (np.add, (-2, 2), (-1, 3)), (np.subtract, (-2, 2), (-1, 3)), (np.multiply, (-2, 2), (-1, 3)),
    (np.divide, (-2, 2), (0.5, 3)), (np.power, (0.3, 3), (-2, 2)), (np.float_power, (0.3, 3), (-2, 2)),
    (np.arctan2, (-2, 2), (0.3, 3)), (np.hypot, (0.2, 2), (-1, 3)), (np.logaddexp, (-2, 2), (-1, 3)),
    (np.logaddexp2, (-2, 2), (-1, 3)), (np.maximum, (-2, 2), (-1.03, 3)), (np.minimum, (-2, 2), (-1.03, 3)),
    (np.fmax, (-2, 2), (-1.03, 3)), (np.fmin, (-2, 2), (-1.03, 3)), (np.remainder, (-3.5, 7.7), (0.9, 2.2)),
    (np.fmod, (-3.5, 7.7), (0.9, 2.2)), (np.copysign, (-2.2, 2.5), (-1.1, 3)),
    (np.floor_divide, (-3.5, 7.7), (0.9, 2.2)), (np.heaviside, (-2.2, 2.5), (-1, 3)),
]  # fmt: skip

TWO = [
    case
    for function, first, second in PAIRS
    for case in binary(f"np.{function.__name__}", of_two(function), first, second)
]
POWERS = [
    Case(f"np.power, literal {exponent}", function, np.array([0.4, 1.7, 2.2]))
    for exponent, function in {
        "2": lambda x: np.power(x, 2),
        "3": lambda x: np.power(x, 3),
        "0": lambda x: np.power(x, 0),
        "1": lambda x: np.power(x, 1),
        "-1": lambda x: np.power(x, -1.0),
        "0.5": lambda x: np.power(x, 0.5),
        "base 2": lambda x: np.power(2.0, x),
    }.items()
]
MIXED = [
    Case("np.maximum, with zero", lambda x: np.maximum(x, 0.0) ** 2, X),
    Case("np.minimum, with zero", lambda x: np.minimum(0, x) ** 2, X),
    Case("np.ldexp", lambda x: np.ldexp(x, np.array([1, -2, 0, 3])), X),
    Case("np.ldexp, literal", lambda x: np.ldexp(x * x, 2), X),
    Case("np.nextafter", lambda x: np.nextafter(x, 9.0) * 2.0, X),
    Case("np.divmod", lambda x, y: np.divmod(x, y), X, Y + 0.15),
    Case("np.divmod, broadcast", lambda x, y: np.divmod(x, y)[1] ** 2, A, np.array([0.75, -0.55, 1.3])),
    Case("np.fmax, nan", lambda x: np.fmax(x, np.array([NAN, 0.1, 9.0, NAN])), X),
    Case("np.fmin, nan", lambda x: np.fmin(np.array([NAN, 0.1, 9.0, NAN]), x), X),
    Case("np.float_power, literal", lambda x: np.float_power(x, 3), X),
]

# ---- clip and selection ------------------------------------------------------------------------------------

CLIPPED = [
    Case("np.clip", lambda x: np.clip(x, -1.0, 1.0) * x, X),
    Case("np.clip, keywords", lambda x: np.clip(x, min=-1.0, max=1.0) * x, X),
    Case("np.clip, lower bound", lambda x: np.clip(x, 0.0, None) * x, X),
    Case("np.clip, upper bound", lambda x: np.clip(x, None, 0.5) * x, X),
    Case("np.clip, no bound", lambda x: np.clip(x, None, None) * x, X),
    Case("np.clip, method", lambda x: x.clip(-1.0, 1.0) * x, X),
    Case("np.clip, method, keyword", lambda x: x.clip(min=0.0) * x, X),
    Case(
        "np.clip, bounds active",
        lambda x, low, high: np.clip(x, low, high) ** 2,
        A,
        np.array([-0.5, -0.2, 0.1]),
        1.5,
    ),
    Case("np.clip, one bound active", lambda x, low: np.clip(x, low, None) ** 2, X, 0.5),
    Case("np.clip, keyword bound active", lambda x, high: np.clip(x, max=high) ** 2, X, 0.5),
    Case("np.clip, crossed bounds", lambda x, low, high: np.clip(x, low, high) ** 2, X, 1.5, 0.2),
]
SELECTED = [
    Case("np.where", lambda x, y: np.where(x > y, x * y, y), X, Y),
    Case("np.where, one option varies", lambda x: np.where(x > 0, x * x, 1.0), X),
    Case("np.where, other option varies", lambda x: np.where(x > 0, 0.0, np.exp(x)), X),
    Case("np.where, broadcast", lambda x, y: np.where(A > 0, x, y) ** 2, np.array([1.0, 2.0, 3.0]), 0.5),
    Case("np.where, scalars", lambda x, y: np.where(True, x, y) * y, 0.5, 1.5),
    Case("np.where, condition has the shape", lambda x: np.where(np.array([True, False]), x, 2.0) * x, 0.5),
    Case("np.where, matrix", lambda x, y: np.where(x > y, np.sin(x), y), A, 0.5 * A[::-1] + 0.1),
    Case("np.where, indices", lambda x: x[np.where(x > 0.5)] ** 2, X, skip=["batch"]),
    Case("np.select", lambda x, y: np.select([x > 1, x > 0], [x * y, y * y], default=0.5 * x), X, Y),
    Case("np.select, no default", lambda x: np.select([x > 1, x > 0], [x * x, 2.0 * x]), X),
    Case("np.interp", lambda x: np.interp(x, np.array([-1.0, 0.0, 1.0]), np.array([2.0, 0.5, 3.0])), X),
    Case(
        "np.interp, all active",
        lambda x, xp, fp: np.interp(x, xp, fp) ** 2,
        np.array([-0.5, 0.3, 1.2, 7.0, -3.0]),
        np.array([-1.1, 0.1, 1.0, 2.0]),
        np.array([2.0, 0.5, 3.0, 1.0]),
    ),
]

# ---- casts and copies --------------------------------------------------------------------------------------


def cast_by(kind):
    return lambda x: kind(x) * x


ARRAYS_TO = [
    Case(f"np.{kind.__name__}", cast_by(kind), X, rtol=rtol, rounding=rounding)
    for kind, rtol, rounding in [
        (np.float64, 1e-6, 1e-12),
        (np.longdouble, 1e-6, 1e-12),
        (np.float32, 1e-3, 1e-6),
        (np.float16, 5.0, 1e-2),
    ]
]
WHOLE = [
    Case(f"np.{kind.__name__}", cast_by(kind), np.array([3.4, 1.2, 2.6]))
    for kind in dict.fromkeys(np.dtype(code).type for code in "?" + np.typecodes["AllInteger"])
]
CASTS = [
    Case("np.astype", lambda x: np.astype(x, np.float64) ** 2, X),
    Case("np.astype, method", lambda x: x.astype(float) ** 2, X),
    Case("np.astype, method, copy", lambda x: x.astype(np.float64, copy=False) ** 2, X),
    Case("np.astype, integers", lambda x: x * x.astype(int), X),
    Case("np.copy", lambda x: np.copy(x) ** 2, X),
    Case("np.copy, method", lambda x: x.copy() * x, A),
    Case("ndarray.item", lambda x: x.item() ** 2, np.array(1.5)),
    Case("ndarray.item, one element", lambda x: x.item() ** 2, np.array([[1.5]])),
    Case("ndarray.item, flat index", lambda x: x.item(4) ** 2 * x.item(0), A),
    Case("ndarray.item, index", lambda x: x.item(1, 2) ** 2, A),
    Case("ndarray.tolist", lambda x: x.tolist() ** 2, np.array(1.5)),
    Refused("ndarray.tolist, vector", lambda x: x.tolist()[0] ** 2, X),
]

# ---- agreed values -----------------------------------------------------------------------------------------

Z = np.zeros(1)


def at_zero(name, function, gradient, second=None):
    return Singular(f"{name}, at 0", function, [Z], [[gradient]], None if second is None else [[second]])


POINTS = [
    at_zero("np.absolute", lambda x: np.abs(x), 0.0, 0.0),
    at_zero("np.fabs", lambda x: np.fabs(x), 0.0, 0.0),
    at_zero("np.sign", lambda x: np.sign(x), 0.0, 0.0),
    at_zero("np.sqrt", lambda x: np.sqrt(x), INF),
    at_zero("np.cbrt", lambda x: np.cbrt(x), INF),
    at_zero("np.sinc", lambda x: np.sinc(x), 0.0, -(np.pi**2) / 3.0),
    at_zero("np.maximum", lambda x: np.maximum(x, 0.0), 0.5, 0.0),
    at_zero("np.minimum", lambda x: np.minimum(x, 0.0), 0.5, 0.0),
    at_zero("np.clip", lambda x: np.clip(x, 0.0, 1.0), 1.0, 0.0),
    at_zero("np.power, exponent 0", lambda x: np.power(x, 0.0), 0.0, 0.0),
    at_zero("np.power, exponent 2", lambda x: np.power(x, 2), 0.0, 2.0),
    at_zero("np.where, untaken branch", lambda x: np.where(x > 0.0, np.sqrt(x), 0.0), 0.0),
    Singular("np.hypot, origin", lambda x, y: np.hypot(x, y), [Z, Z], [[0.0], [0.0]]),
    Singular("np.arctan2, origin", lambda x, y: np.arctan2(x, y), [Z, Z], [[0.0], [0.0]]),
    Singular(
        "np.maximum, tie", lambda x, y: np.maximum(x, y), [X, X], [[0.5] * 4, [0.5] * 4], [[0.0] * 4] * 2
    ),
    Singular(
        "np.minimum, tie", lambda x, y: np.minimum(x, y), [X, X], [[0.5] * 4, [0.5] * 4], [[0.0] * 4] * 2
    ),
    Singular("np.maximum, infinite tie", lambda x, y: np.maximum(x, y), [Z - INF, Z - INF], [[0.5], [0.5]]),
    Singular("np.fmax, tie", lambda x, y: np.fmax(x, y), [X, X], [[0.5] * 4, [0.5] * 4]),
    Singular("np.fmin, tie", lambda x, y: np.fmin(x, y), [X, X], [[0.5] * 4, [0.5] * 4]),
    Singular("np.clip, active bound", lambda x, low: np.clip(x, low, 3.0), [Z, 0.0], [[1.0], 0.0]),
    Singular("np.power, 0**y", lambda x, y: np.power(x, y), [Z, Z + 2.0], [[0.0], [0.0]]),
    Singular("np.power, 0**0", lambda x, y: np.power(x, y), [Z, Z], [[0.0], [0.0]]),
    Singular("np.power, negative base", lambda x, y: np.power(x, y), [Z - 2.0, Z + 3.0], [[12.0], [NAN]]),
    Singular("np.remainder, no remainder", lambda x, y: np.mod(x, y), [Z + 6.0, Z + 3.0], [[1.0], [-2.0]]),
    Singular("np.logaddexp, nothing", lambda x, y: np.logaddexp(x, y), [Z - INF, Z - INF], [[0.0], [0.0]]),
    Singular("np.logaddexp, one alone", lambda x, y: np.logaddexp(x, y), [Z - INF, Z], [[0.0], [1.0]]),
    Singular("np.sqrt, Python float 0", lambda x: np.sqrt(x), [0.0], [INF]),
    Singular(
        "np.nan_to_num, nan", lambda x: np.nan_to_num(x), [np.array([NAN, 1.0, INF])], [[0.0, 1.0, 0.0]]
    ),
]

REFUSED = [
    Refused("np.sin, where", lambda x: np.sin(x, where=np.array([True, False, True, True])), X),
    Case("np.nan_to_num, in place", lambda x: np.sin(np.nan_to_num(x * 2.0, copy=False)), X),
    Refused("np.absolute, complex", lambda x: np.abs(x * 1j), X),
    Refused("np.interp, left", lambda x: np.interp(x, Y, Y, left=0.0), X),
]

CASES = [
    *SMOOTH, *STEPS, *PARTS, *TWO, *POWERS, *MIXED, *CLIPPED, *SELECTED, *ARRAYS_TO, *WHOLE, *CASTS, *POINTS,
    *REFUSED,
]  # fmt: skip
