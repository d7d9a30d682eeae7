"""A state that is a tuple, swapped as a whole."""

import numpy as np


def tuple_state(x, r, steps):
    state = (x, 0.0)
    for _ in range(steps):
        position, speed = state
        state = (position + 0.1 * speed, speed - 0.1 * np.sin(position) - r * speed)
    return state[0] * state[1]


EXAMPLE = (0.7, 0.2, 6)
ARGNUMS = (0, 1)


# ---- value_and_grad ------------------------------------------------------------------------------


# ---- hvp -----------------------------------------------------------------------------------------
