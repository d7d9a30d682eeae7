"""Counts with weights: ``rules/counting.py``."""

import numpy as np

from tests.rules.check import Case, Refused

K = np.array([0, 2, 1, 2, 5])
W = np.array([0.3, 0.5, -0.2, 0.7, 1.1])
A = np.array([0.1, 0.5, 0.9, 2.0, -3.0])
M = np.array([[0.1, 0.5, 0.9], [2.0, -3.0, 0.7]])
EDGES = np.array([-1.0, 0.0, 0.6, 0.65, 3.0])
E = np.zeros(0)

CASES = [
    Case("np.bincount, weights", lambda w: np.sin(np.bincount(K, weights=w)), W),
    Case("np.bincount, by position", lambda w: np.sin(np.bincount(K, w)), W),
    Case("np.bincount, minlength", lambda w: np.sin(np.bincount(K, weights=w * w, minlength=9)), W),
    Case("np.bincount, counted", lambda w: np.bincount(K) * np.bincount(K, weights=w), W),
    # jacfwd runs once for each element of the argument: here never, so that it does not learn the shape of the result
    Case("np.bincount, empty", lambda w: np.bincount(K[:0], weights=w, minlength=3), E, skip=("jacobian",)),
    Case("np.histogram, weights", lambda w: np.histogram(A, 4, weights=np.sin(w))[0], W),
    Case("np.histogram, range", lambda w: np.histogram(A, 4, range=(0.0, 2.0), weights=np.sin(w))[0] ** 2, W),
    Case("np.histogram, given edges", lambda w: np.histogram(A, EDGES, weights=w)[0] ** 2, W),
    Case("np.histogram, edges in a list", lambda w: np.histogram(A, [-1.0, 0.3, 2.0], weights=w)[0] ** 2, W),
    Case("np.histogram, matrix", lambda w: np.histogram(M, 3, weights=w)[0] ** 2, M),
    Case("np.histogram, counted", lambda w: w[:4] * np.histogram(A, 4)[0], W),
    Case("np.histogram, edges between the extremes", lambda a: np.histogram(a, 4)[1] ** 2, A),
    Case("np.histogram, edges between those of a matrix", lambda a: np.histogram(a, 4)[1] ** 2, M),
    Case("np.histogram, edges of a range", lambda a: np.histogram(a, 4, (-5.0, 5.0))[1] * a, A),
    Case("np.histogram, both results", lambda a, w: np.histogram(a, 3, weights=w)[0] * np.histogram(a, 3)[1][1:], A, W),
    Case("np.histogram, moving edges", lambda e, w: np.histogram(A, e, weights=w)[0] * np.histogram(A, e)[1][1:], EDGES, W),
    Refused("np.histogram, density", lambda w: np.histogram(A, 4, weights=w, density=True)[0], W, match="density=True"),
]
