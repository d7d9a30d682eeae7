"""Methods of ufuncs, and what has to do with the order of elements: ``rules/ufuncs.py`` and ``rules/flat.py``."""

import numpy as np

from tests.rules.check import Case, Refused

V = np.array([0.3, -1.2, 2.1, 0.7])
W = np.array([1.45, 0.65, 0.85])
M = np.array([[0.4, -1.3, 2.2], [1.7, 0.6, -0.9]])
P = np.array([[0.4, 1.3, 2.2], [1.7, 0.6, 0.9]])
T = np.random.default_rng(0).permutation(24).reshape(2, 3, 4) * 0.11 - 1.2

REDUCTIONS = [
    case
    for ufunc in (np.add, np.multiply, np.maximum, np.minimum)
    for name in [f"np.{ufunc.__name__}.reduce"]
    for case in (
        Case(name, lambda x, f=ufunc: np.sin(f.reduce(x)), M),
        Case(f"{name}, a vector", lambda x, f=ufunc: np.sin(f.reduce(x)), V),
        Case(f"{name}, axis", lambda x, f=ufunc: np.sin(f.reduce(x, 1)), T),
        Case(f"{name}, all axes", lambda x, f=ufunc: np.sin(f.reduce(x, axis=None)), M),
        Case(f"{name}, two axes", lambda x, f=ufunc: np.sin(f.reduce(x, axis=(0, 2), keepdims=True)), T),
        Case(f"{name}, initial", lambda x, f=ufunc: np.sin(f.reduce(x, initial=0.2)), M),
        Case(f"{name}, where", lambda x, f=ufunc: np.sin(f.reduce(x, initial=0.2, where=M > 0.0)), M),
    )
]

RUNNING = [
    case
    for ufunc in (np.add, np.multiply, np.maximum, np.minimum)
    for name in [f"np.{ufunc.__name__}.accumulate"]
    for case in (
        Case(name, lambda x, f=ufunc: np.sin(f.accumulate(x)), M, covers=["last_records"]),
        Case(f"{name}, a vector", lambda x, f=ufunc: np.sin(f.accumulate(x)), V),
        Case(f"{name}, axis", lambda x, f=ufunc: np.sin(f.accumulate(x, axis=1)), T),
        Case(f"{name}, last axis", lambda x, f=ufunc: np.sin(f.accumulate(x, -1)), T),
    )
]

SEGMENTS = [
    Case("np.add.reduceat", lambda x: np.sin(np.add.reduceat(x, [0, 2])), V, covers=["segments"]),
    Case("np.add.reduceat, in no order", lambda x: np.sin(np.add.reduceat(x, [0, 3, 1, 1, 2])), V),
    Case("np.add.reduceat, axis", lambda x: np.sin(np.add.reduceat(x, [0, 2], axis=1)), M),
    Case("np.add.reduceat, last axis", lambda x: np.sin(np.add.reduceat(x, np.array([1, 2]), -1)), T),
]

TABLES = [
    case
    for ufunc in (np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum, np.hypot, np.arctan2)
    for name in [f"np.{ufunc.__name__}.outer"]
    for case in (
        Case(name, lambda x, y, f=ufunc: np.sin(f.outer(x, y)), P[0], W),
        Case(f"{name}, a matrix", lambda x, y, f=ufunc: np.sin(f.outer(x, y)), P, W),
        Case(f"{name}, a number", lambda x, y, f=ufunc: np.sin(f.outer(x, y)), W, 1.1),
    )
]

TRUTHS = [
    Case("np.logical_and.reduce", lambda x: x * np.logical_and.reduce(x > -1.0), M),
    Case("np.logical_or.reduce", lambda x: x * np.logical_or.reduce(x > 1.0, axis=None), M),
    Case("np.logical_xor.reduce", lambda x: x * np.logical_xor.reduce(x > 0.0, axis=1, keepdims=True), M),
]

ORDERED = [
    Case("np.resize", lambda x: np.sin(np.resize(x, (3, 4))), M),
    Case("np.resize, shorter", lambda x: np.sin(np.resize(x, 3)), M),
    Case("np.resize, a vector", lambda x: np.sin(np.resize(x, (2, 5))), V),
]

REFUSALS = [
    Refused("np.maximum.accumulate, dtype", lambda x: np.maximum.accumulate(x, dtype=np.float32), V, match="dtype"),
    Refused("np.divide.reduce", lambda x: np.divide.reduce(x), V, match="ufunc.reduce"),
]
REFUSALS[-1].covers = frozenset()

CASES = REDUCTIONS + RUNNING + SEGMENTS + TABLES + TRUTHS + ORDERED + REFUSALS
