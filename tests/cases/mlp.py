"""A dict of parameters, and a list of layers in it."""

import numpy as np


def mlp(params, x, target):
    h = np.tanh(x @ params["hidden"] + params["bias"])
    return np.mean((h @ params["out"] - target) ** 2)


EXAMPLE = (
    {
        "hidden": np.array([[0.5, -0.2, 0.1], [0.3, 0.8, -0.4]]),
        "bias": np.array([0.1, -0.1, 0.2]),
        "out": np.array([0.7, -0.5, 0.2]),
    },
    np.array([[1.0, 0.5], [-0.3, 2.0], [0.7, -1.1]]),
    np.array([0.4, -0.2, 0.9]),
)
ARGNUMS = 0


# ---- value_and_grad ------------------------------------------------------------------------------


# ---- hvp -----------------------------------------------------------------------------------------
