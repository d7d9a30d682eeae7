"""``np.gradient``: ``rules/gradients.py``."""

import numpy as np

from tests.rules.check import Case

V = np.array([0.3, -1.2, 2.1, 0.7, 0.9])
M = np.array([[0.4, -1.3, 2.2, 0.1], [1.7, 0.6, -0.9, 0.5], [-0.3, 0.8, 0.2, 1.2]])
T = np.sin(np.arange(24.0)).reshape(2, 3, 4)
X = np.array([0.0, 0.4, 1.1, 1.5, 2.3])

CASES = [
    Case("np.gradient", lambda f: np.gradient(f) ** 2, V),
    Case("np.gradient, a step", lambda f, h: np.gradient(f, h) ** 2, V, 0.3),
    Case("np.gradient, ends of second order", lambda f, h: np.gradient(f, h, edge_order=2) ** 2, V, 0.3),
    Case("np.gradient, coordinates", lambda f, x: np.gradient(f, x) ** 2, V, X),
    Case("np.gradient, coordinates and ends of second order", lambda f, x: np.gradient(f, x, edge_order=2) ** 2, V, X),
    Case("np.gradient, all axes", lambda f: tuple(g * f for g in np.gradient(f)), M),
    Case("np.gradient, one step for all axes", lambda f, h: np.gradient(f, h)[0] * np.gradient(f, h)[1], M, 0.4),
    Case("np.gradient, a step for each axis", lambda f, h: np.prod(np.gradient(f, h, X[:4]), axis=0), M, 0.4),
    Case("np.gradient, axis", lambda f: np.gradient(f, axis=1) ** 2, M),
    Case("np.gradient, axis from the end", lambda f, x: np.gradient(f, x, axis=-2) ** 2, T, X[:3]),
    Case("np.gradient, two axes", lambda f: np.gradient(f, 0.5, X[:4], axis=(1, 2), edge_order=2)[1] ** 2, T),
    Case("np.gradient, two points", lambda f: np.gradient(f, axis=0) ** 2, T),
]
