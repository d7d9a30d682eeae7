"""Functions that put an element in several places: ``rules/copies.py``."""

import numpy as np

from srcad import runtime
from tests.rules.check import Case, Refused

V = np.array([0.3, -1.2, 0.7])
M = np.array([[0.3, -1.2, 0.7], [2.1, -0.4, 1.6]])
T = np.linspace(-1.0, 1.5, 12).reshape(2, 3, 2)
S = np.array(0.7)
E = np.zeros((0, 2))
SHAPE = (4, 2, 3)
COUNTS = np.array([2, 0, 1])

BROADCAST = [
    Case("np.broadcast_to", lambda x: np.sin(np.broadcast_to(x, (4, 2, 3))), M),
    Case("np.broadcast_to, unit axis", lambda x: np.sin(np.broadcast_to(x, SHAPE)), M[:, :1]),
    Case("np.broadcast_to, vector", lambda x: np.sin(np.broadcast_to(x, shape=(2, 3))), V),
    Case("np.broadcast_to, int", lambda x: np.sin(np.broadcast_to(x, 3)), S),
    Case("np.broadcast_to, Python float", lambda x: np.sin(np.broadcast_to(x, (2, 2))), 0.3),
    Case("np.broadcast_to, shape", lambda x, y: np.broadcast_to(x, y.shape) * y, V, M),
    Case("np.broadcast_to, same", lambda x: np.sin(np.broadcast_to(x, (2, 3))), M),
    Case("np.broadcast_to, empty", lambda x: np.sin(np.broadcast_to(x, (0, 3))), V),
]

REPEATED = [
    Case("np.repeat", lambda x: np.sin(np.repeat(x, 2)) * np.arange(6.0), V),
    Case("np.repeat, flat", lambda x: np.repeat(x, 3) * np.arange(18.0), M),
    Case("np.repeat, axis", lambda x: np.repeat(x, 2, axis=1) * np.arange(12.0).reshape(2, 6), M),
    Case("np.repeat, first axis", lambda x: np.repeat(x, 2, 0) * np.arange(12.0).reshape(4, 3), M),
    Case("np.repeat, negative axis", lambda x: np.sin(np.repeat(x, 2, axis=-1)), T),
    Case("np.repeat, never", lambda x: np.sin(np.repeat(x, 0)), V),
    Case("np.repeat, counts", lambda x: np.repeat(x, COUNTS) * np.arange(3.0), V),
    Case(
        "np.repeat, counts and axis", lambda x: np.repeat(x, COUNTS, axis=1) * np.arange(6.0).reshape(2, 3), M
    ),
    Case("np.repeat, list of counts", lambda x: np.sin(np.repeat(x, [1, 2], axis=0)), M),
    Case("np.repeat, counts, flat", lambda x: np.repeat(x, [1, 2, 0, 1, 1, 3]) * np.arange(8.0), M),
    Case("np.repeat, 0-d", lambda x: np.sin(np.repeat(x, 3)), S),
    Case("np.repeat, empty", lambda x: np.sin(np.repeat(x, 3)), E),
    Case("np.repeat, method", lambda x: np.sin(x.repeat(2, axis=0)), M),
    Case("np.tile", lambda x: np.tile(x, 2) * np.arange(6.0), V),
    Case("np.tile, matrix", lambda x: np.tile(x, (2, 3)) * np.arange(36.0).reshape(4, 9), M),
    Case("np.tile, one axis", lambda x: np.tile(x, (3, 1)) * np.arange(9.0).reshape(3, 3), V),
    Case("np.tile, fewer", lambda x: np.tile(x, 2) * np.arange(24.0).reshape(2, 3, 4), T),
    Case("np.tile, more", lambda x: np.sin(np.tile(x, (2, 1, 2))), V),
    Case("np.tile, list", lambda x: np.sin(np.tile(x, [2, 2])), M),
    Case("np.tile, once", lambda x: np.sin(np.tile(x, 1)), M),
    Case("np.tile, never", lambda x: np.sin(np.tile(x, 0)), V),
    Case("np.tile, 0-d", lambda x: np.sin(np.tile(x, (2, 2))), S),
    Case(
        "untiled", lambda g: np.sin(runtime.untiled(g, (2,), (3, 2))), np.linspace(0.0, 1.0, 12).reshape(3, 4)
    ),
]

PADDED = [
    Case("np.pad", lambda x: np.pad(x, 1) * np.arange(5.0), V),
    Case("np.pad, matrix", lambda x: np.pad(x, 2) * np.arange(42.0).reshape(6, 7), M),
    Case("np.pad, before and after", lambda x: np.pad(x, (0, 2)) * np.arange(20.0).reshape(4, 5), M),
    Case("np.pad, pairs", lambda x: np.pad(x, ((1, 0), (2, 3))) * np.arange(24.0).reshape(3, 8), M),
    Case("np.pad, one pair", lambda x: np.sin(np.pad(x, ((1, 2),))), M),
    Case("np.pad, singles", lambda x: np.sin(np.pad(x, ((1,), (0,)))), M),
    Case("np.pad, none", lambda x: np.sin(np.pad(x, 0)), M),
    Case("np.pad, constant", lambda x: np.sin(np.pad(x, 1, "constant", constant_values=0.5)), M),
    Case("np.pad, constants", lambda x: np.sin(np.pad(x, 1, constant_values=(0.5, 1.5))), M),
    Case(
        "np.pad, active constants", lambda x, b, a: np.sin(np.pad(x, 1, constant_values=(b, a))), M, 0.5, 0.3
    ),
    Case(
        "np.pad, constants by axis",
        lambda x, b: np.pad(x, 2, constant_values=((b, 1.0), (0.0, 2 * b))) * np.arange(42.0).reshape(6, 7),
        M,
        0.5,
    ),
    Case("np.pad, active constant", lambda x, c: np.sin(np.pad(x, 1, constant_values=c)), M, 0.5),
    Case("np.pad, empty", lambda x: np.sin(np.pad(x, 1)), E),
    Case("np.pad, edge", lambda x: np.pad(x, (2, 1), mode="edge") * np.arange(6.0), V),
    Case(
        "np.pad, reflect", lambda x: np.pad(x, ((1, 1), (2, 2)), "reflect") * np.arange(28.0).reshape(4, 7), M
    ),
    Case("np.pad, symmetric", lambda x: np.sin(np.pad(x, 2, mode="symmetric")), M),
    Case(
        "np.pad, wrap", lambda x: np.pad(x, ((0, 0), (1, 2)), mode="wrap") * np.arange(12.0).reshape(2, 6), M
    ),
    Refused("np.pad, mode mean", lambda x: np.pad(x, 1, mode="mean"), V, match="mode"),
    Refused(
        "np.pad, odd reflection",
        lambda x: np.pad(x, 1, "reflect", reflect_type="odd"),
        V,
        match="reflect_type",
    ),
]

FILLED = [
    Case("np.full", lambda x: np.sin(np.full((2, 3), x)), S),
    Case("np.full, Python float", lambda x: np.sin(np.full(4, x)), 0.3),
    Case("np.full, broadcast", lambda x: np.full(shape=(2, 3), fill_value=x) * M, V),
    Case(
        "np.full, dtype",
        lambda x: np.sin(np.full((2, 3), x, dtype=np.float32)),
        S,
        skip=("tangent", "adjoint", "jacobian", "second_order"),
    ),
    Case("np.full_like", lambda x: np.full_like(M, x) * M, S),
    Case("np.full_like, shape", lambda x: np.sin(np.full_like(M, x, shape=(2, 2))), 0.3),
    Case("np.full_like, both active", lambda x, y: np.full_like(x, y) * x, M, S),
    Case("np.linspace", lambda a, b: np.sin(np.linspace(a, b, 5)), S, np.array(1.9)),
    Case("np.linspace, Python floats", lambda a, b: np.sin(np.linspace(a, b)), 0.3, 1.1),
    Case("np.linspace, stop", lambda b: np.sin(np.linspace(0, b, num=4)), S),
    Case(
        "np.linspace, without the end",
        lambda a, b: np.sin(np.linspace(a, b, 4, endpoint=False)),
        S,
        np.array(1.9),
    ),
    Case("np.linspace, arrays", lambda a, b: np.sin(np.linspace(a, b, 4)), V, V[::-1].copy()),
    Case("np.linspace, broadcast", lambda a, b: np.sin(np.linspace(a, b, 4)), V, S),
    Case("np.linspace, axis", lambda a, b: np.sin(np.linspace(a, b, 4, axis=-1)), M, V),
    Case("np.linspace, one", lambda a, b: np.sin(np.linspace(a, b, 1)), S, np.array(1.9)),
    Refused(
        "np.linspace, retstep",
        lambda a, b: np.linspace(a, b, 5, retstep=True)[0],
        S,
        np.array(1.9),
        match="retstep",
    ),
]

CASES = BROADCAST + REPEATED + PADDED + FILLED
