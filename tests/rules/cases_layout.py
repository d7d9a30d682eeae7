"""Functions that rearrange one array: ``rules/layout.py``."""

import numpy as np

from tests.rules.check import Case, Refused

V = np.array([0.3, -1.2, 0.7, 2.1, -0.4, 1.6])
M = V.reshape(2, 3)
T = np.linspace(-1.0, 1.5, 24).reshape(2, 3, 4)
E = np.zeros((0, 3))
S = np.array(0.7)
ONES = np.array([[[0.4], [1.1]]])  # (1, 2, 1)
SHAPE = (3, 2)
AXES = (2, 0, 1)

# ---- reshape, ravel, flatten -------------------------------------------------------------------------------

RESHAPED = [
    Case("np.reshape", lambda x: np.sin(np.reshape(x, (3, 2))), M),
    Case("np.reshape, -1", lambda x: np.sin(np.reshape(x, (2, -1))), T),
    Case("np.reshape, int", lambda x: np.sin(np.reshape(x, -1)), M),
    Case("np.reshape, shape=", lambda x: np.sin(np.reshape(x, shape=SHAPE)), M),
    Case(
        "np.reshape, order F",
        lambda x: np.sin(np.reshape(x, (4, 6), order="F")) * np.arange(24.0).reshape(4, 6),
        T,
    ),
    Case(
        "np.reshape, order F of unknown shape",
        lambda x, y: np.reshape(x, np.shape(y), "F") * y,
        M,
        M.T.copy(),
    ),
    Case("np.reshape, shape of another", lambda x, y: np.reshape(x, y.shape) * y, V, M),
    Case("np.reshape, empty", lambda x: np.sin(np.reshape(x, (3, 0))), E),
    Case("np.reshape, 0-d", lambda x: np.sin(np.reshape(x, (1, 1))), S),
    Case("np.reshape, to 0-d", lambda x: np.sin(np.reshape(x, ())), ONES[:, :1]),
    Case("np.reshape, to 0-d and on", lambda x: 2.0 * np.reshape(x, ()), ONES[:, :1]),
    Case("np.reshape, Python float", lambda x: np.sin(np.reshape(x, (1,))), 0.4),
    Case("np.reshape, copy=", lambda x: np.sin(np.reshape(x, (3, 2), copy=True)), M),
    Case("ndarray.reshape", lambda x: np.sin(x.reshape(3, 2)), M),
    Case("ndarray.reshape, tuple", lambda x: np.sin(x.reshape((4, -1))), T),
    Case("ndarray.reshape, shape", lambda x, y: x.reshape(y.shape) * y, V, M),
    Case("ndarray.reshape, sizes", lambda x: np.sin(x.reshape(x.shape[0], -1)), T),
    Case("ndarray.reshape, order F", lambda x: x.reshape(3, 2, order="F") * np.arange(6.0).reshape(3, 2), M),
    Case("ndarray.reshape, -1", lambda x: np.sin(x.reshape(-1)), T),
    Refused("np.reshape, order A", lambda x: np.reshape(x, (3, 2), order="A"), M, match="order"),
    Case("np.ravel", lambda x: np.sin(np.ravel(x)), T),
    Case("np.ravel, vector", lambda x: np.sin(np.ravel(x)), V),
    Case("np.ravel, 0-d", lambda x: np.sin(np.ravel(x)), S),
    Case("np.ravel, empty", lambda x: np.sin(np.ravel(x)), E),
    Case("np.ravel, order F", lambda x: np.ravel(x, order="F") * np.arange(24.0), T),
    Case("np.ravel, method", lambda x: np.sin(x.ravel()), M),
    Case("np.ravel, method order F", lambda x: x.ravel("F") * np.arange(6.0), M),
    Refused("np.ravel, order K", lambda x: np.ravel(x, "K"), M, match="order"),
    Case("ndarray.flatten", lambda x: np.sin(x.flatten()), T),
    Case("ndarray.flatten, order F", lambda x: x.flatten("F") * np.arange(24.0), T),
    Refused("ndarray.flatten, order A", lambda x: x.flatten(order="A"), M, match="order"),
]

# ---- transpose, swapaxes, moveaxis, rollaxis ---------------------------------------------------------------

TRANSPOSED = [
    Case("np.transpose", lambda x: np.sin(np.transpose(x)), M),
    Case("np.transpose, three axes", lambda x: np.transpose(x) * np.arange(24.0).reshape(4, 3, 2), T),
    Case("np.transpose, axes", lambda x: np.transpose(x, AXES) * np.arange(24.0).reshape(4, 2, 3), T),
    Case("np.transpose, negative axes", lambda x: np.sin(np.transpose(x, axes=[-1, 0, -2])), T),
    Case("np.transpose, vector", lambda x: np.sin(np.transpose(x)), V),
    Case("np.transpose, 0-d", lambda x: np.sin(np.transpose(x)), S),
    Case("np.transpose, permute_dims", lambda x: np.sin(np.permute_dims(x, (1, 0))), M),
    Case("ndarray.transpose", lambda x: np.sin(x.transpose()), T),
    Case("ndarray.transpose, numbers", lambda x: np.sin(x.transpose(1, 2, 0)), T),
    Case("ndarray.transpose, tuple", lambda x: np.sin(x.transpose((0, 2, 1))), T),
    Case("ndarray.transpose, None", lambda x: np.sin(x.transpose(None)), M),
    Case("ndarray.T", lambda x: x.T * np.arange(24.0).reshape(4, 3, 2), T),
    Case("ndarray.T, matrix", lambda x: np.sin(x.T), M),
    Case("ndarray.T, vector", lambda x: np.sin(x.T), V),
    Case("ndarray.T, empty", lambda x: np.sin(x.T), E),
    Case("ndarray.mT", lambda x: np.sin(x.mT), T),
    Case("np.matrix_transpose", lambda x: np.sin(np.matrix_transpose(x)), T),
    Case("np.swapaxes", lambda x: np.sin(np.swapaxes(x, 0, -1)), T),
    Case("np.swapaxes, keywords", lambda x: np.sin(np.swapaxes(x, axis1=1, axis2=0)), T),
    Case("np.swapaxes, method", lambda x: np.sin(x.swapaxes(1, 2)), T),
    Case("np.moveaxis", lambda x: np.sin(np.moveaxis(x, 0, -1)), T),
    Case("np.moveaxis, several", lambda x: np.sin(np.moveaxis(x, (0, -1), (1, 0))), T),
    Case("np.rollaxis", lambda x: np.sin(np.rollaxis(x, 2)), T),
    Case("np.rollaxis, start", lambda x: np.rollaxis(x, 0, 2) * np.arange(24.0).reshape(3, 2, 4), T),
    Case("np.rollaxis, to the end", lambda x: np.sin(np.rollaxis(x, 0, 3)), T),
    Case("np.rollaxis, negative axis", lambda x: np.sin(np.rollaxis(x, -1)), T),
    Case("np.rollaxis, negative both", lambda x: np.sin(np.rollaxis(x, -3, -1)), T),
    Case("np.rollaxis, negative start", lambda x: np.sin(np.rollaxis(x, 0, -1)), T),
    Case("np.rollaxis, back", lambda x: np.sin(np.rollaxis(x, -1, 1)), T),
]

# ---- axes of length one ------------------------------------------------------------------------------------

UNIT_AXES = [
    Case("np.expand_dims", lambda x: np.sin(np.expand_dims(x, 1)), M),
    Case("np.expand_dims, first", lambda x: np.sin(np.expand_dims(x, 0)), M),
    Case("np.expand_dims, last", lambda x: np.sin(np.expand_dims(x, -1)), M),
    Case("np.expand_dims, several", lambda x: np.sin(np.expand_dims(x, (0, -1))), M),
    Case("np.expand_dims, 0-d", lambda x: np.sin(np.expand_dims(x, 0)), S),
    Case("np.expand_dims, Python float", lambda x: np.sin(np.expand_dims(x, axis=0)), 0.3),
    Case("np.squeeze", lambda x: np.sin(np.squeeze(x)), ONES),
    Case("np.squeeze, axis", lambda x: np.sin(np.squeeze(x, 0)), ONES),
    Case("np.squeeze, last axis", lambda x: np.sin(np.squeeze(x, axis=-1)), ONES),
    Case("np.squeeze, several", lambda x: np.sin(np.squeeze(x, (0, 2))), ONES),
    Case("np.squeeze, nothing", lambda x: np.sin(np.squeeze(x)), M),
    Case("np.squeeze, to 0-d", lambda x: 2.0 * np.squeeze(x), ONES[:, :1]),
    Case("np.squeeze, axis to 0-d", lambda x: 2.0 * np.squeeze(x, axis=0), np.array([0.3])),
    Case("np.squeeze, method", lambda x: np.sin(x.squeeze()), ONES),
    Case("np.squeeze, method axis", lambda x: np.sin(x.squeeze(axis=2)), ONES),
    Case("np.atleast_1d", lambda x: np.sin(np.atleast_1d(x)), S),
    Case("np.atleast_1d, Python float", lambda x: np.sin(np.atleast_1d(x)), 0.2),
    Case("np.atleast_1d, vector", lambda x: np.sin(np.atleast_1d(x)), V),
    Case("np.atleast_2d", lambda x: np.sin(np.atleast_2d(x)), V),
    Case("np.atleast_2d, 0-d", lambda x: np.sin(np.atleast_2d(x)), S),
    Case("np.atleast_2d, matrix", lambda x: np.sin(np.atleast_2d(x)), M),
    Case("np.atleast_3d", lambda x: np.sin(np.atleast_3d(x)), M),
    Case("np.atleast_3d, vector", lambda x: np.sin(np.atleast_3d(x)), V),
    Case("np.atleast_3d, 0-d", lambda x: np.sin(np.atleast_3d(x)), S),
    Case("np.atleast_3d, tensor", lambda x: np.sin(np.atleast_3d(x)), T),
]


def several_raised(x, y):
    a, b = np.atleast_2d(x, y)
    return a[0, 0] * np.sin(b)


UNIT_AXES.append(Case("np.atleast_2d, several", several_raised, V, S))

# ---- reversing and rotating --------------------------------------------------------------------------------

W = np.arange(24.0).reshape(2, 3, 4)

TURNED = [
    Case("np.flip", lambda x: np.flip(x) * W, T),
    Case("np.flip, axis", lambda x: np.flip(x, 1) * W, T),
    Case("np.flip, negative axis", lambda x: np.flip(x, axis=-1) * W, T),
    Case("np.flip, several", lambda x: np.flip(x, (0, 2)) * W, T),
    Case("np.flip, vector", lambda x: np.sin(np.flip(x)) * np.arange(6.0), V),
    Case("np.flip, 0-d", lambda x: np.sin(np.flip(x)), S),
    Case("np.flip, empty", lambda x: np.sin(np.flip(x)), E),
    Case("np.flipud", lambda x: np.flipud(x) * W, T),
    Case("np.flipud, vector", lambda x: np.flipud(x) * np.arange(6.0), V),
    Case("np.fliplr", lambda x: np.fliplr(x) * W, T),
    Case("np.rot90", lambda x: np.rot90(x) * np.arange(6.0).reshape(3, 2), M),
    Case("np.rot90, twice", lambda x: np.rot90(x, 2) * np.arange(6.0).reshape(2, 3), M),
    Case("np.rot90, axes", lambda x: np.sin(np.rot90(x, k=-1, axes=(1, 2))), T),
    Case("np.roll", lambda x: np.roll(x, 2) * np.arange(6.0), V),
    Case("np.roll, flat", lambda x: np.roll(x, 5) * W, T),
    Case("np.roll, axis", lambda x: np.roll(x, -1, 1) * W, T),
    Case("np.roll, negative axis", lambda x: np.roll(x, 1, axis=-1) * W, T),
    Case("np.roll, several", lambda x: np.roll(x, (1, -2), axis=(0, 2)) * W, T),
    Case("np.roll, 0-d", lambda x: np.sin(np.roll(x, 1)), S),
]

CASES = RESHAPED + TRANSPOSED + UNIT_AXES + TURNED
