"""Sums, means, extrema, variances and norms: ``rules/reductions.py``."""

import numpy as np

from tests.rules.check import Case, Refused, Singular

V = np.array([0.7, -1.2, 0.4, 2.2])
M = np.array([[0.3, -1.2, 0.7, 2.1], [-0.4, 1.6, 0.9, -0.8], [1.1, -0.6, 0.5, -1.9]])
T = np.sin(np.arange(1.0, 25.0) ** 2).reshape(2, 3, 4)
E = np.zeros((0, 3))
S = np.array(0.7)
MASK = np.array([[True, False, True, True], [False, True, True, False], [True, True, False, True]])
FIRST = np.array([True, False, True, True])
OUT = np.zeros(3)
AXES = (0, 1)


def point(name, function, x, gradient, second=None):
    """Agreed derivatives of a function of one array."""
    return Singular(name, function, [np.array(x)], [np.array(gradient)], None if second is None else [second])


def blurred(x):
    """A matrix of which only the function itself knows that it is one."""
    return x if x[0, 0] > -9.0 else x[0]


def reduction(name, f):
    """What all reductions take."""
    return [
        Case(name, lambda x: f(x), V),
        Case(f"{name}, matrix", lambda x: f(x), M),
        Case(f"{name}, axis 0", lambda x: np.sin(f(x, axis=0)), M),
        Case(f"{name}, axis 1", lambda x: np.sin(f(x, 1)), M),
        Case(f"{name}, axis -1", lambda x: np.sin(f(x, axis=-1)), T),
        Case(f"{name}, middle axis", lambda x: np.sin(f(x, axis=1)), T),
        Case(f"{name}, two axes", lambda x: np.sin(f(x, axis=(0, 2))), T),
        Case(f"{name}, all axes", lambda x: np.sin(f(x, axis=(1, -2))), M),
        Case(f"{name}, keepdims", lambda x: np.sin(f(x, axis=1, keepdims=True)), M),
        Case(f"{name}, all keepdims", lambda x: np.sin(f(x, keepdims=True)), M),
        Case(f"{name}, of unknown rank", lambda x: np.sum(np.sin(f(blurred(x), axis=1))), M),
        Case(f"{name}, of an expression", lambda x: f(np.exp(x), axis=1) * f(x, axis=1), M),
        Case(f"{name}, out", lambda x: np.sin(f(x, axis=1, out=np.zeros(OUT.shape))), M, skip=["float32"]),
    ]


def masked(name, f):
    """What a reduction with a neutral element takes besides."""
    return [
        Case(f"{name}, where", lambda x: np.sin(f(x, axis=1, where=MASK)), M),
        Case(f"{name}, where keepdims", lambda x: np.sin(f(x, axis=0, where=MASK, keepdims=True)), M),
        Case(f"{name}, where of a row", lambda x: np.sin(f(x, where=FIRST)), M),
    ]


def scalars(name, f):
    """Numbers, and no rows to reduce."""
    return [
        Case(f"{name}, 0-d", lambda x: f(x), S),
        Case(f"{name}, Python float", lambda x: np.sin(f(x)), 0.4),
        Case(f"{name}, empty result", lambda x: f(x, axis=1), E),
    ]


# ---- sums --------------------------------------------------------------------------------------------------

SUMS = [
    *reduction("np.sum", np.sum),
    *masked("np.sum", np.sum),
    *scalars("np.sum", np.sum),
    Case("np.sum, empty", lambda x: np.sum(x), E),
    Case("np.sum, empty axis", lambda x: np.sum(x, axis=0), E),
    Case("np.sum, no axes", lambda x: np.sin(np.sum(x, axis=())), M),
    Case("np.sum, initial", lambda x, c: np.sin(np.sum(x, axis=1, initial=c)), M, 1.5),
    Case("np.sum, initial number", lambda x: np.sin(np.sum(x, initial=2.0)), V),
    Case("np.sum, dtype", lambda x: np.sin(np.sum(x, axis=1, dtype=np.float64)), M),
    Case("np.sum, method", lambda x: np.sin(x.sum()), V),
    Case("np.sum, method axis", lambda x: np.sin(x.sum(1, keepdims=True)), M),
    *reduction("np.mean", np.mean),
    *masked("np.mean", np.mean),
    *scalars("np.mean", np.mean),
    Case("np.mean, dtype", lambda x: np.sin(np.mean(x, axis=1, dtype=np.float64)), M),
    Case("np.mean, method", lambda x: np.sin(x.mean(axis=0)), M),
    Case("np.average", lambda x: np.sin(np.average(x)), M),
    Case("np.average, axis", lambda x: np.sin(np.average(x, axis=1)), M),
    Case("np.average, weights", lambda x, w: np.sin(np.average(x, weights=w)), M, M**2 + 0.1),
    Case("np.average, weights axis", lambda x, w: np.sin(np.average(x, 0, w)), M, M**2 + 0.1),
    Case("np.average, weights of a vector", lambda x, w: np.average(x, weights=w), V, V**2 + 0.1),
    Case(
        "np.average, weights along an axis",
        lambda x, w: np.sin(np.average(x, axis=1, weights=w, keepdims=True)),
        M,
        V**2 + 0.1,
    ),
    Case("np.average, weights along axis 0", lambda x, w: np.average(x, axis=0, weights=w), M, V[1:] ** 2),
    Case("np.average, weights given", lambda x: np.average(x, axis=1, weights=FIRST + 0.5), M),
    Refused("np.average, returned", lambda x: np.average(x, returned=True), V, match="returned"),
]

# ---- extrema -----------------------------------------------------------------------------------------------

EXTREMA = [
    case
    for name in ("max", "amax", "min", "amin", "nanmax", "nanmin")
    for case in reduction(f"np.{name}", getattr(np, name))
]
EXTREMA += [
    Case("np.max, 0-d", lambda x: np.sin(np.max(x)), S),
    Case("np.max, Python float", lambda x: np.sin(np.max(x)), 0.4),
    Case("np.max, empty result", lambda x: np.max(x, axis=1), E),
    Case("np.max, initial", lambda x, c: np.sin(np.max(x, axis=0, initial=c)), M, 0.8),
    Case("np.max, initial number", lambda x: np.sin(np.max(x, axis=0, initial=0.8)), M),
    Case("np.max, where", lambda x: np.sin(np.max(x, axis=1, initial=0.5, where=MASK)), M),
    Case("np.min, initial", lambda x, c: np.sin(np.min(x, axis=0, initial=c)), M, -0.9),
    Case("np.nanmin, where", lambda x: np.sin(np.nanmin(x, axis=1, initial=9.0, where=MASK)), M),
    Case("np.max, method", lambda x: np.sin(x.max(axis=1)), M),
    Case("np.min, method", lambda x: np.sin(x.min()), M),
    point("np.max, ties", lambda x: np.max(x), [3.0, 1.0, 3.0], [0.5, 0.0, 0.5], [0.0] * 3),
    point(
        "np.max, ties along an axis",
        lambda x: np.max(x, axis=1),
        [[3.0, 1.0, 3.0], [2.0, 2.0, 2.0]],
        [[0.5, 0.0, 0.5], [1 / 3, 1 / 3, 1 / 3]],
        np.zeros((2, 3)),
    ),
    point("np.min, ties", lambda x: x.min(), [1.0, 1.0, 3.0], [0.5, 0.5, 0.0], [0.0] * 3),
    Singular("np.max, initial ties", lambda x, c: np.max(x, initial=c), [V, 2.2], [0.5 * (V == 2.2), 0.5]),
    point("np.nanmax, nan", lambda x: np.nanmax(x), [1.0, np.nan, 3.0], [0.0, 0.0, 1.0]),
    *reduction("np.ptp", np.ptp),
    point("np.ptp, constant", lambda x: np.ptp(x), [2.0, 2.0], [0.0, 0.0]),
]

# ---- variance and standard deviation -----------------------------------------------------------------------


def spread(name, f):
    return [
        *reduction(name, f),
        *masked(name, f),
        Case(f"{name}, ddof", lambda x: np.sin(f(x, axis=1, ddof=1)), M),
        Case(f"{name}, correction", lambda x: np.sin(f(x, correction=1)), M),
        Case(f"{name}, dtype", lambda x: np.sin(f(x, axis=0, dtype=np.float64)), M),
        Case(
            f"{name}, mean given",
            lambda x, m: np.sin(f(x, axis=1, keepdims=True, mean=m)),
            M,
            np.array([[0.2], [0.5], [-0.3]]),
        ),
    ]


SPREADS = [
    *spread("np.var", np.var),
    *spread("np.std", np.std),
    *spread("np.nanvar", np.nanvar),
    *spread("np.nanstd", np.nanstd),
    Case("np.var, 0-d", lambda x: np.var(x) + x, S),
    Case("np.var, method", lambda x: np.sin(x.var(axis=0)), M),
    Case("np.std, method", lambda x: np.sin(x.std(ddof=1)), M),
    point("np.var, constant", lambda x: np.var(x), [2.0, 2.0], [0.0, 0.0], [0.5, 0.5]),
    point("np.std, constant", lambda x: np.std(x), [2.0, 2.0], [0.0, 0.0], [0.0, 0.0]),
    point("np.std, constant with rounded mean", lambda x: np.std(x), [0.1] * 3, [0.0] * 3, [0.0] * 3),
    point(
        "np.std, one constant row",
        lambda x: np.std(x, axis=1),
        [[0.1, 0.1, 0.1], [0.0, 0.0, 0.0]],
        np.zeros((2, 3)),
        np.zeros((2, 3)),
    ),
    point("np.std, constant where", lambda x: np.std(x, where=x > 0.0), [2.0, -1.0, 2.0], [0.0] * 3),
    point("np.nanvar, nan", lambda x: np.nanvar(x), [1.0, np.nan, 3.0], [-1.0, 0.0, 1.0]),
    point("np.nanstd, nan", lambda x: np.nanstd(x), [1.0, np.nan, 3.0], [-0.5, 0.0, 0.5]),
]

# ---- without nans ------------------------------------------------------------------------------------------

WITHOUT_NANS = [
    *reduction("np.nansum", np.nansum),
    *masked("np.nansum", np.nansum),
    Case("np.nansum, initial", lambda x, c: np.sin(np.nansum(x, axis=1, initial=c)), M, 1.5),
    point("np.nansum, nan", lambda x: np.nansum(x), [1.0, np.nan, 3.0], [1.0, 0.0, 1.0]),
    *reduction("np.nanmean", np.nanmean),
    *masked("np.nanmean", np.nanmean),
    point("np.nanmean, nan", lambda x: np.nanmean(x), [1.0, np.nan, 3.0], [0.5, 0.0, 0.5]),
    *reduction("np.nanprod", np.nanprod),
    *masked("np.nanprod", np.nanprod),
    point("np.nanprod, nan", lambda x: np.nanprod(x), [2.0, np.nan, 3.0], [3.0, 0.0, 2.0]),
]

# ---- norms -------------------------------------------------------------------------------------------------


NORMS = [
    Case("np.linalg.norm, vector None", lambda x: np.sin(np.linalg.norm(x, None)), V),
    Case("np.linalg.norm, vectors None", lambda x: np.sin(np.linalg.norm(x, None, axis=0)), M),
    Case("np.linalg.norm, rows None", lambda x: np.sin(np.linalg.norm(x, None, 1, True)), M),
    Case("np.linalg.norm, vector 1", lambda x: np.sin(np.linalg.norm(x, 1)), V),
    Case("np.linalg.norm, vectors 1", lambda x: np.sin(np.linalg.norm(x, 1, axis=0)), M),
    Case("np.linalg.norm, rows 1", lambda x: np.sin(np.linalg.norm(x, 1, 1, True)), M),
    Case("np.linalg.norm, vector 2", lambda x: np.sin(np.linalg.norm(x, 2)), V),
    Case("np.linalg.norm, vectors 2", lambda x: np.sin(np.linalg.norm(x, 2, axis=0)), M),
    Case("np.linalg.norm, rows 2", lambda x: np.sin(np.linalg.norm(x, 2, 1, True)), M),
    Case("np.linalg.norm, vector 3", lambda x: np.sin(np.linalg.norm(x, 3)), V),
    Case("np.linalg.norm, vectors 3", lambda x: np.sin(np.linalg.norm(x, 3, axis=0)), M),
    Case("np.linalg.norm, rows 3", lambda x: np.sin(np.linalg.norm(x, 3, 1, True)), M),
    Case("np.linalg.norm, vector 2.5", lambda x: np.sin(np.linalg.norm(x, 2.5)), V),
    Case("np.linalg.norm, vectors 2.5", lambda x: np.sin(np.linalg.norm(x, 2.5, axis=0)), M),
    Case("np.linalg.norm, rows 2.5", lambda x: np.sin(np.linalg.norm(x, 2.5, 1, True)), M),
    Case("np.linalg.norm, vector -1", lambda x: np.sin(np.linalg.norm(x, -1)), V),
    Case("np.linalg.norm, vectors -1", lambda x: np.sin(np.linalg.norm(x, -1, axis=0)), M),
    Case("np.linalg.norm, rows -1", lambda x: np.sin(np.linalg.norm(x, -1, 1, True)), M),
    Case("np.linalg.norm, vector inf", lambda x: np.sin(np.linalg.norm(x, np.inf)), V),
    Case("np.linalg.norm, vectors inf", lambda x: np.sin(np.linalg.norm(x, np.inf, axis=0)), M),
    Case("np.linalg.norm, rows inf", lambda x: np.sin(np.linalg.norm(x, np.inf, 1, True)), M),
    Case("np.linalg.norm, vector -inf", lambda x: np.sin(np.linalg.norm(x, -np.inf)), V),
    Case("np.linalg.norm, vectors -inf", lambda x: np.sin(np.linalg.norm(x, -np.inf, axis=0)), M),
    Case("np.linalg.norm, rows -inf", lambda x: np.sin(np.linalg.norm(x, -np.inf, 1, True)), M),
    Case("np.linalg.norm, matrix fro", lambda x: np.sin(np.linalg.norm(x, "fro")), M),
    Case("np.linalg.norm, matrices fro", lambda x: np.sin(np.linalg.norm(x, "fro", axis=(2, 0))), T),
    Case("np.linalg.norm, keepdims fro", lambda x: np.sin(np.linalg.norm(x, "fro", (0, 1), True)), M),
    Case("np.linalg.norm, matrix 1", lambda x: np.sin(np.linalg.norm(x, 1)), M),
    Case("np.linalg.norm, matrices 1", lambda x: np.sin(np.linalg.norm(x, 1, axis=(2, 0))), T),
    Case("np.linalg.norm, keepdims 1", lambda x: np.sin(np.linalg.norm(x, 1, (0, 1), True)), M),
    Case("np.linalg.norm, matrix -1", lambda x: np.sin(np.linalg.norm(x, -1)), M),
    Case("np.linalg.norm, matrices -1", lambda x: np.sin(np.linalg.norm(x, -1, axis=(2, 0))), T),
    Case("np.linalg.norm, keepdims -1", lambda x: np.sin(np.linalg.norm(x, -1, (0, 1), True)), M),
    Case("np.linalg.norm, matrix inf", lambda x: np.sin(np.linalg.norm(x, np.inf)), M),
    Case("np.linalg.norm, matrices inf", lambda x: np.sin(np.linalg.norm(x, np.inf, axis=(2, 0))), T),
    Case("np.linalg.norm, keepdims inf", lambda x: np.sin(np.linalg.norm(x, np.inf, (0, 1), True)), M),
    Case("np.linalg.norm, matrix -inf", lambda x: np.sin(np.linalg.norm(x, -np.inf)), M),
    Case("np.linalg.norm, matrices -inf", lambda x: np.sin(np.linalg.norm(x, -np.inf, axis=(2, 0))), T),
    Case("np.linalg.norm, keepdims -inf", lambda x: np.sin(np.linalg.norm(x, -np.inf, (0, 1), True)), M),
    Case("np.linalg.norm, matrix nuc", lambda x: np.sin(np.linalg.norm(x, "nuc")), M),
    Case("np.linalg.norm, matrices nuc", lambda x: np.sin(np.linalg.norm(x, "nuc", (1, 2), True)), T),
    Case("np.linalg.norm, matrix 2", lambda x: np.sin(np.linalg.norm(x, 2)), M),
    Case("np.linalg.norm, matrices 2", lambda x: np.sin(np.linalg.norm(x, 2, (1, 2), True)), T),
    Case("np.linalg.norm, matrix -2", lambda x: np.sin(np.linalg.norm(x, -2)), M),
    Case("np.linalg.norm, matrices -2", lambda x: np.sin(np.linalg.norm(x, -2, (1, 2), True)), T),
    Case("np.linalg.norm", lambda x: np.sin(np.linalg.norm(x)), V),
    Case("np.linalg.norm, matrix", lambda x: np.sin(np.linalg.norm(x)), M),
    Case("np.linalg.norm, three axes", lambda x: np.sin(np.linalg.norm(x)), T),
    Case("np.linalg.norm, three axes keepdims", lambda x: np.sin(np.linalg.norm(x, keepdims=True)), T),
    Case("np.linalg.norm, two axes", lambda x: np.sin(np.linalg.norm(x, axis=(0, 2))), T),
    Case("np.linalg.norm, number of nonzeros", lambda x: np.linalg.norm(x, 0) * x, V),
    Case("np.linalg.norm, of a difference", lambda x, y: np.linalg.norm(x - y) ** 2, V, V[::-1] + 0.1),
    point("np.linalg.norm, zero", lambda x: np.linalg.norm(x), np.zeros(3), np.zeros(3), np.zeros(3)),
    point(
        "np.linalg.norm, zero row",
        lambda x: np.linalg.norm(x, axis=1),
        [[0.0, 0.0], [0.0, -2.0]],
        [[0.0, 0.0], [0.0, -1.0]],
    ),
    point("np.linalg.norm, 1 at zero", lambda x: np.linalg.norm(x, 1), [0.0, -2.0], [0.0, -1.0]),
    point("np.linalg.norm, inf ties", lambda x: np.linalg.norm(x, np.inf), [2.0, -2.0], [0.5, -0.5]),
    point("np.linalg.norm, inf at zero", lambda x: np.linalg.norm(x, np.inf), [0.0, 0.0], [0.0, 0.0]),
    point("np.linalg.norm, 3 at zero", lambda x: np.linalg.norm(x, 3), [0.0, 0.0], [0.0, 0.0], [0.0] * 2),
    point("np.linalg.norm, 3 one zero", lambda x: np.linalg.norm(x, 3), [0.0, 2.0], [0.0, 1.0], [0.0] * 2),
    Refused("np.linalg.norm, 2 of first axes", lambda x: np.linalg.norm(x, 2, (0, 1)), T, match="last two"),
    Case("np.linalg.vector_norm", lambda x: np.sin(np.linalg.vector_norm(x)), M),
    Case("np.linalg.vector_norm, axis", lambda x: np.sin(np.linalg.vector_norm(x, axis=1, ord=3)), M),
    Refused("np.linalg.vector_norm, axes", lambda x: np.linalg.vector_norm(x, axis=AXES), M, match="axis"),
    Case("np.linalg.matrix_norm", lambda x: np.sin(np.linalg.matrix_norm(x)), T),
    Case("np.linalg.matrix_norm, 1", lambda x: np.sin(np.linalg.matrix_norm(x, ord=1, keepdims=True)), M),
]

# ---- medians -----------------------------------------------------------------------------------------------

MEDIANS = [
    Case("np.median", lambda x: np.sin(np.median(x)), V),
    Case("np.median, odd", lambda x: np.sin(np.median(x)), V[1:]),
    Case("np.median, matrix", lambda x: np.sin(np.median(x)), M),
    Case("np.median, axis 0", lambda x: np.sin(np.median(x, axis=0)), M),
    Case("np.median, axis -1", lambda x: np.sin(np.median(x, axis=-1, keepdims=True)), T),
    Case("np.median, all keepdims", lambda x: np.sin(np.median(x, keepdims=True)), M),
    Case("np.median, vector keepdims", lambda x: np.sin(np.median(x, keepdims=True)), V),
    Refused("np.median, axes", lambda x: np.median(x, axis=(0, 1)), M, match="one axis"),
]

CASES = [*SUMS, *EXTREMA, *SPREADS, *WITHOUT_NANS, *NORMS, *MEDIANS]
