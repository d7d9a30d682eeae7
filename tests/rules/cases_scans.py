"""Products, running sums and products, differences: ``rules/scans.py``."""

import numpy as np

from tests.rules.cases_reductions import (
    FIRST,
    MASK,
    E,
    M,
    S,
    T,
    V,
    blurred,
    masked,
    point,
    reduction,
    scalars,
)
from tests.rules.check import Case, Refused

ONE_ZERO = np.array([0.7, 0.0, 0.4, 2.2])
TWO_ZEROS = np.array([0.7, 0.0, 0.0, 2.2])
ZEROS = np.array([[0.3, 0.0, 0.7, 2.1], [0.0, 1.6, 0.0, -0.8], [0.0, 0.0, 0.0, -1.9]])

# ---- products ----------------------------------------------------------------------------------------------

PRODUCTS = [
    *reduction("np.prod", np.prod),
    *masked("np.prod", np.prod),
    *scalars("np.prod", np.prod),
    Case("np.prod, empty", lambda x: np.prod(x), E),
    Case("np.prod, no axes", lambda x: np.sin(np.prod(x, axis=())), M),
    Case("np.prod, initial", lambda x, c: np.sin(np.prod(x, axis=1, initial=c)), M, 1.5),
    Case("np.prod, initial number", lambda x: np.sin(np.prod(x, initial=2.0)), V),
    Case("np.prod, dtype", lambda x: np.sin(np.prod(x, axis=1, dtype=np.float64)), M),
    Case("np.prod, method", lambda x: np.sin(x.prod(axis=0)), M),
    Case("np.prod, one zero", lambda x: np.prod(x), ONE_ZERO, covers=["products_of_others"]),
    Case("np.prod, two zeros", lambda x: np.prod(x), TWO_ZEROS),
    Case("np.prod, zeros along an axis", lambda x: np.prod(x, axis=1), ZEROS),
    Case("np.prod, zeros in two axes", lambda x: np.prod(x, axis=(0, 1)), ZEROS),
    Case("np.prod, zeros with a mask", lambda x: np.prod(x, axis=0, where=MASK), ZEROS),
    point("np.prod, exact at a zero", lambda x: np.prod(x), [2.0, 0.0, 3.0], [0.0, 6.0, 0.0], [0.0] * 3),
    Case("np.prod, all of unknown rank", lambda x: np.sum(np.sin(np.prod(blurred(x)))), M),
]

# ---- running sums ------------------------------------------------------------------------------------------


def scan(name, f):
    """What all scans take."""
    return [
        Case(name, lambda x: np.sin(f(x)), V),
        Case(f"{name}, flattened", lambda x: np.sin(f(x)), M),
        Case(f"{name}, axis 0", lambda x: np.sin(f(x, axis=0)), M),
        Case(f"{name}, axis -1", lambda x: np.sin(f(x, axis=-1)), T),
        Case(f"{name}, middle axis", lambda x: np.sin(f(x, 1)), T),
        Case(f"{name}, axis of a vector", lambda x: f(x, axis=0) * x, V),
        Case(f"{name}, dtype", lambda x: np.sin(f(x, axis=1, dtype=np.float64)), M),
        Case(f"{name}, 0-d", lambda x: np.sin(f(x)), S),
        Case(f"{name}, Python float", lambda x: np.sin(f(x)), 0.4),
        Case(f"{name}, empty", lambda x: np.sin(f(x, axis=0)), E),
        Case(f"{name}, out", lambda x: np.sin(f(x, out=np.zeros(4))), V),
    ]


SCANS = [
    *scan("np.cumsum", np.cumsum),
    Case("np.cumsum, method", lambda x: np.sin(x.cumsum(axis=1)), M),
    Case("np.cumsum, of unknown rank", lambda x: np.sum(np.sin(np.cumsum(blurred(x)))), M),
    *scan("np.cumprod", np.cumprod),
    Case("np.cumprod, method", lambda x: np.sin(x.cumprod()), V),
    Case("np.cumprod, one zero", lambda x: np.cumprod(x), ONE_ZERO, covers=["recurrence"]),
    Case("np.cumprod, two zeros", lambda x: np.cumprod(x), TWO_ZEROS),
    Case("np.cumprod, zeros along an axis", lambda x: np.cumprod(x, axis=1), ZEROS),
    Case("np.cumprod, zeros flattened", lambda x: np.cumprod(x), ZEROS),
]
if hasattr(np, "cumulative_sum"):  # from NumPy 2.1 on
    SCANS += [
        Case("np.cumulative_sum", lambda x: np.sin(np.cumulative_sum(x)), V),
        Case("np.cumulative_sum, axis", lambda x: np.sin(np.cumulative_sum(x, axis=1)), M),
        Refused("np.cumulative_sum, initial", lambda x: np.cumulative_sum(x, include_initial=True), V),
        Case("np.cumulative_prod", lambda x: np.sin(np.cumulative_prod(x)), V),
        Case("np.cumulative_prod, axis", lambda x: np.sin(np.cumulative_prod(x, axis=0)), M),
    ]

# ---- differences -------------------------------------------------------------------------------------------

DIFFERENCES = [
    Case("np.diff", lambda x: np.sin(np.diff(x)), V),
    Case("np.diff, last axis", lambda x: np.sin(np.diff(x)), M),
    Case("np.diff, second", lambda x: np.sin(np.diff(x, 2)), V),
    Case("np.diff, third along axis 0", lambda x: np.sin(np.diff(x, n=3, axis=0)), T.reshape(6, 4)),
    Case("np.diff, not at all", lambda x: np.sin(np.diff(x, n=0)), V),
    Case("np.diff, more often than there are elements", lambda x: np.sin(np.diff(x, n=3, axis=0)), M),
    Case("np.diff, empty", lambda x: np.sin(np.diff(x)), E),
    Case("np.diff, prepend", lambda x, p: np.sin(np.diff(x, prepend=p)), V, S),
    Case("np.diff, append", lambda x, p: np.sin(np.diff(x, axis=0, append=p)), M, 0.3),
    Case(
        "np.diff, both",
        lambda x, p, q: np.sin(np.diff(x, 2, 1, prepend=p, append=q)),
        M,
        M[:, :2],
        M[:, 1:],
    ),
    Case("np.diff, zero before", lambda x: np.sin(np.diff(x, prepend=0.0)), M),
    Case("np.diff, of unknown rank", lambda x: np.sum(np.sin(np.diff(blurred(x), axis=-1))), M),
    Case("np.trapezoid", lambda y: np.sin(np.trapezoid(y)), V),
    Case("np.trapezoid, step", lambda y, dx: np.sin(np.trapezoid(y, dx=dx)), M, 0.4),
    Case("np.trapezoid, places", lambda y, x: np.sin(np.trapezoid(y, x)), M, V),
    Case("np.trapezoid, places along axis 0", lambda y, x: np.sin(np.trapezoid(y, x, axis=0)), M, V[1:]),
    Case("np.trapezoid, places of all", lambda y, x: np.sin(np.trapezoid(y, x, axis=0)), M, M**2),
    Case("np.trapezoid, of a mask", lambda y: np.trapezoid(y * FIRST, dx=0.5), V),
]

CASES = [*PRODUCTS, *SCANS, *DIFFERENCES]
