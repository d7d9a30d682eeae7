"""Cases for ``srcad.rules.python``: operators, built-in functions of numbers, the ``math`` module."""

import math

import numpy as np

from tests.rules.check import Case, Singular, binary

NAN = math.nan
X = np.array([0.3, -1.2, 2.1, 0.7])
Y = np.array([1.4, 0.6, -0.8, 2.3])
A = np.array([[0.4, -1.3, 2.2], [1.7, 0.6, -0.9]])

# ---- operators ---------------------------------------------------------------------------------------------

OPERATORS = [
    *binary("operator.add", lambda x, y: x + y, (-2, 2), (-1, 3)),
    *binary("operator.sub", lambda x, y: x - y, (-2, 2), (-1, 3)),
    *binary("operator.mul", lambda x, y: x * y, (-2, 2), (-1, 3)),
    *binary("operator.truediv", lambda x, y: x / y, (-2, 2), (0.5, 3)),
    *binary("operator.pow", lambda x, y: x**y, (0.3, 3), (-2, 2)),
    *binary("operator.mod", lambda x, y: x % y, (-3.5, 7.7), (0.9, 2.2)),
    *binary("operator.floordiv", lambda x, y: x // y * y, (-3.5, 7.7), (0.9, 2.2)),
    Case("operator.neg", lambda x: -x, X),
    Case("operator.pos", lambda x: +x, X),
    Case("operator.pow, literal 2", lambda x: x**2, X),
    Case("operator.pow, literal 3", lambda x: x**3, X),
    Case("operator.pow, literal -1", lambda x: x**-1, X),
    Case("operator.pow, literal 0", lambda x: x**0 * x, X),
    Case("operator.pow, literal 0.5", lambda x: (x * x) ** 0.5, X),
    Case("operator.pow, literal base", lambda x: 2**x, X),
    Case("operator.pow, Python float", lambda x: x**3 + x**2.5, 1.3),
    Case("operator.pow, integer array", lambda x: x ** np.array([0, 1, 2, 3]), X),
    Case("operator.mod, literal", lambda x: x % 1.0 * x, X),
    Case("operator.mod, of a string", lambda x: x * len("%d items" % 3), X),  # noqa: UP031
    Case("operator.and_", lambda x: x * ((x > 0) & (x < 1)), X),
    Case("operator.or_", lambda x: x * ((x < 0) | (x > 1)), X),
    Case("operator.xor", lambda x: x * ((x < 1) ^ (x > 2)), X),
    Case("operator.invert", lambda x: x * ~(x < 1), X),
    Case("operator.lshift", lambda x: x * (np.array([1, 2, 3, 4]) << 2), X),
    Case("operator.not_", lambda x: x * (2.0 if not x[0] > 1.0 else 1.0), X),
    Case("operator.is_", lambda x: x * (2.0 if type(x) is float else 1.0), X),
    Case("operator.is_not", lambda x: x * (2.0 if type(x) is not float else 1.0), X),
    Case("operator.contains", lambda x: x * (2.0 if "a" in "abc" else 1.0), X),
    Case("operator.rshift", lambda x: x * (np.array([1, 2, 3, 4]) >> 1), X),
]  # fmt: skip
COMPARED = [
    Case("operator.eq", lambda x: x * (x == 0.5), X),
    Case("operator.ne", lambda x: x * (x != 0.5), X),
    Case("operator.lt", lambda x: x * (x < 0.5), X),
    Case("operator.le", lambda x: x * (x <= 0.5), X),
    Case("operator.gt", lambda x: x * (x > 0.5), X),
    Case("operator.ge", lambda x: x * (x >= 0.5), X),
]

# ---- built-in functions ------------------------------------------------------------------------------------

BUILTINS = [
    Case("abs", lambda x: abs(x) * x, X),
    Case("abs, Python float", lambda x: abs(x), -1.5),
    Case("pow", lambda x, y: pow(x, y), np.array([0.4, 1.2]), np.array([2.0, -0.5])),
    Case("pow, Python float", lambda x: pow(x, 3), 1.5),
    Case("divmod", lambda x, y: divmod(x, y), X, Y + 0.15),
    Case("divmod, Python floats", lambda x, y: divmod(x, y)[1] ** 2, 7.3, 2.1),
    Case("float", lambda x: float(x) ** 2, 1.5),
    Case("float, of an element", lambda x: float(x[1]) * x, X),
    Case("float, 0-d", lambda x: float(x) ** 2, np.array(1.5)),
    Case("int", lambda x: x * int(x), 3.4),
    Case("bool", lambda x: x * bool(x), 3.4),
    Case("round", lambda x: x * round(x), 3.4),
    Case("round, digits", lambda x: x * round(x, 1), 3.42),
    Case("max", lambda x, y: max(x, y) ** 2, 1.5, 0.7),
    Case("max, with a literal", lambda x: max(0.0, x) ** 2, 1.5),
    Case("max, three", lambda x, y, z: max(x, y, z) ** 2, 1.5, 2.7, 0.3),
    Case("max, elements", lambda x: max(x[0], x[2], 1.0) ** 2 * x, X),
    Case("max, of a list", lambda x: max([x[0], x[2]]) ** 2 * x, X),
    Case("max, of a vector", lambda x: max(x) ** 2 * x, X),
    Case("min", lambda x, y: min(x, y) ** 2, 1.5, 0.7),
    Case("min, three", lambda x, y, z: min(x, y, z) ** 2, 1.5, 2.7, 0.3),
    Case("min, of a vector", lambda x: min(x) ** 2 * x, X),
    Case("sum", lambda x: sum(x) ** 2 * x, X),
    Case("sum, of rows", lambda x: sum(x) ** 2, A),
    Case("sum, of a display", lambda x: sum([x[0], x[1] * x[2]]) ** 2, X),
    Case("range", lambda x: x * (2.0 if 5 in range(2, 9, 3) else 1.0), X),
    Case("getattr", lambda x: getattr(x, "T") @ x, A),  # noqa: B009
    Case("list", lambda x: sum(list(x)) * x, X),
    Case("sum, from a start", lambda x: sum([x, x * x], 1.0), X),
]

# ---- math --------------------------------------------------------------------------------------------------

POINTS = {
    math.sin: 0.7, math.cos: 0.7, math.tan: 0.7, math.sinh: 0.7, math.cosh: 0.7, math.tanh: 0.7,
    math.exp: 0.7, math.exp2: 0.7, math.expm1: 0.7, math.log: 1.7, math.log1p: 0.7, math.log2: 1.7,
    math.log10: 1.7, math.sqrt: 1.7, math.cbrt: 1.7, math.asin: 0.4, math.acos: 0.4, math.atan: 0.4,
    math.asinh: 0.4, math.acosh: 1.9, math.atanh: 0.4, math.degrees: 0.4, math.radians: 0.4, math.erf: 0.4,
    math.erfc: 0.4, math.fabs: -0.8, math.floor: 2.4, math.ceil: 2.4,
    math.trunc: 2.4, math.ulp: 2.4,
}  # fmt: skip


def of_one(function):
    return lambda x: function(x) * x


def of_element(function):
    return lambda x: function(x[1]) * x


ONE = [
    case
    for function, point in POINTS.items()
    for case in (
        Case(f"math.{function.__name__}", of_one(function), point),
        Case(
            f"math.{function.__name__}, element",
            of_element(function),
            np.array([0.3, point, 1.1]),
            skip=["float32"] if function is math.trunc else [],
        ),  # which NumPy's float32 lacks
    )
]
SEVERAL = [
    Case("math.log, base", lambda x, base: math.log(x, base), 1.7, 3.1),
    Case("math.log, literal base", lambda x: math.log(x, 2), 1.7),
    Case("math.pow", lambda x, y: math.pow(x, y), 1.7, 2.3),
    Case("math.pow, literals", lambda x: math.pow(x, 2) + math.pow(2.0, x), 1.7),
    Case("math.atan2", lambda x, y: math.atan2(x, y), 0.7, -1.2),
    Case("math.hypot", lambda x, y: math.hypot(x, y), 0.7, -1.2),
    Case("math.hypot, three", lambda x, y: math.hypot(x, 2.0, y), 0.7, -1.2),
    Case("math.ldexp", lambda x: math.ldexp(x * x, 3), 0.7),
    Case("math.fmod", lambda x, y: math.fmod(x, y), 7.3, 2.1),
    Case("math.remainder", lambda x, y: math.remainder(x, y), 7.3, 2.1),
    Case("math.copysign", lambda x: math.copysign(x, -1.0) * x, 0.7),
    Case("math.copysign, sign varies", lambda x, y: math.copysign(x, y) * x, 0.7, -1.2),
    Case("math.nextafter", lambda x: math.nextafter(x, 9.0) ** 2, 0.7),
    Case("math.dist", lambda x, y: math.dist([x, 2.0], [y, x]), 0.7, -1.2),
    Case("math.dist, vectors", lambda x, y: math.dist(x, y), X, Y),
    Case("math.fsum", lambda x: math.fsum([x, x * x, 1.0]), 0.7),
    Case("math.fsum, vector", lambda x: math.fsum(x) ** 2, X),
    Case("math.prod", lambda x, y: math.prod([x, y, x, 2.0]), 0.7, -1.2),
    Case("math.prod, start", lambda x, y: math.prod([x, y], start=y), 0.7, -1.2),
    Case("math.modf", lambda x: math.modf(x)[0] ** 2 + math.modf(x)[1] * x, 2.7),
    Case("math.frexp", lambda x: math.frexp(x)[0] ** 2 * math.frexp(x)[1], 2.7),
]
TESTS = [
    Case("math.isnan", lambda x: x * (1.0 if math.isnan(x) else 2.0), 0.7),
    Case("math.isinf", lambda x: x * (1.0 if math.isinf(x) else 2.0), 0.7),
    Case("math.isfinite", lambda x: x * (1.0 if math.isfinite(x) else 2.0), 0.7),
    Case("math.isclose", lambda x: x * (1.0 if math.isclose(x, 0.7, rel_tol=1e-6) else 2.0), 0.1),
    Case("math.comb", lambda x: x * math.comb(5, 2), 0.7),
    Case("math.perm", lambda x: x * math.perm(5, 2), 0.7),
    Case("math.factorial", lambda x: x * math.factorial(4), 0.7),
    Case("math.gcd", lambda x: x * math.gcd(12, 8), 0.7),
    Case("math.lcm", lambda x: x * math.lcm(4, 6), 0.7),
    Case("math.isqrt", lambda x: x * math.isqrt(17), 0.7),
]
if hasattr(math, "sumprod"):
    SEVERAL += [
        Case("math.sumprod", lambda x, y: math.sumprod([x, y], [y, 2.0]), 0.7, -1.2),
        Case("math.sumprod, vectors", lambda x, y: math.sumprod(x, y), X, Y),
    ]
if hasattr(math, "fma"):
    SEVERAL += [Case("math.fma", lambda x, y, z: math.fma(x, y, z), 0.7, -1.2, 0.4)]

# ---- agreed values -----------------------------------------------------------------------------------------

SINGULAR = [
    Singular("abs, at 0", lambda x: abs(x), [0.0], [0.0], [0.0]),
    Singular("operator.pow, x**0 at 0", lambda x: x**0.0, [0.0], [0.0], [0.0]),
    Singular("operator.pow, x**2 at 0", lambda x: x**2, [0.0], [0.0], [2.0]),
    Singular(
        "operator.pow, 0**y", lambda x, y: x**y, [np.zeros(2), np.array([2.0, 0.0])], [[0.0] * 2, [0.0] * 2]
    ),
    Singular("operator.pow, negative base", lambda x, y: x**y, [np.array(-2.0), np.array(3.0)], [12.0, NAN]),
    Singular("operator.mod, no remainder", lambda x, y: x % y, [6.0, 3.0], [1.0, -2.0]),
    Singular("max, first of equals", lambda x, y: max(x, y), [1.0, 1.0], [1.0, 0.0]),
    Singular("min, first of equals", lambda x, y: min(x, y), [1.0, 1.0], [1.0, 0.0]),
    Singular("max, nan comes second", lambda x: max(x, NAN), [1.0], [1.0]),
    Singular("max, first of a vector", lambda x: max(x), [np.ones(3)], [[1.0, 0.0, 0.0]]),
    Singular("math.fabs, at 0", lambda x: math.fabs(x), [0.0], [0.0], [0.0]),
    Singular("math.hypot, origin", lambda x, y: math.hypot(x, y), [0.0, 0.0], [0.0, 0.0]),
    Singular("math.atan2, origin", lambda x, y: math.atan2(x, y), [0.0, 0.0], [0.0, 0.0]),
    Singular("math.dist, one point", lambda x, y: math.dist([x], [y]), [1.0, 1.0], [0.0, 0.0]),
    Singular("math.prod, a zero", lambda x, y: math.prod([x, y, 3.0]), [0.0, 2.0], [6.0, 0.0]),
]

CASES = [*OPERATORS, *COMPARED, *BUILTINS, *ONE, *SEVERAL, *TESTS, *SINGULAR]
