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

import numpy as np


def tuple_state_value_and_grad(x, r, steps):
    # forward
    state_0s = []
    state_1s = []
    state_0 = x
    state_1 = 0.0
    for _ in range(steps):
        state_0s.append(state_0)
        state_1s.append(state_1)
        state_0, state_1 = state_0 + 0.1 * state_1, state_1 - 0.1 * np.sin(state_0) - r * state_1
    y = state_0 * state_1

    # backward
    state_0_bar = state_1
    state_1_bar = state_0
    r_bar = 0.0
    for k in range(steps - 1, -1, -1):  # for _ in range(steps)
        r_bar -= state_1_bar * state_1s[k]
        state_0_bar, state_1_bar = (
            state_0_bar - 0.1 * state_1_bar * np.cos(state_0s[k]),
            state_1_bar - state_1_bar * r + 0.1 * state_0_bar,
        )
    return y, state_0_bar, r_bar


# ---- hvp -----------------------------------------------------------------------------------------

import numpy as np


def tuple_state_hvp(x, r, steps, x_dot, r_dot):
    state_0s = []
    state_1s = []
    state_0s_dot = []
    state_1s_dot = []
    state_0 = x
    state_1 = 0.0
    state_0_dot = x_dot
    state_1_dot = 0.0
    for _ in range(steps):
        state_0s.append(state_0)
        state_1s.append(state_1)
        state_0s_dot.append(state_0_dot)
        state_1s_dot.append(state_1_dot)
        state_0, state_1, state_0_dot, state_1_dot = (
            state_0 + 0.1 * state_1,
            state_1 - 0.1 * np.sin(state_0) - r * state_1,
            state_0_dot + 0.1 * state_1_dot,
            state_1_dot - 0.1 * state_0_dot * np.cos(state_0) - r_dot * state_1 - state_1_dot * r,
        )
    state_0_bar = state_1
    state_1_bar = state_0
    state_0_bar_dot = state_1_dot
    state_1_bar_dot = state_0_dot
    r_bar_dot = 0.0
    for k in range(steps - 1, -1, -1):
        state_0_old = state_0s[k]
        r_bar_dot = r_bar_dot - state_1_bar_dot * state_1s[k] - state_1s_dot[k] * state_1_bar
        state_1_bar2 = state_1_bar - state_1_bar * r
        t = 0.1 * state_1_bar
        cos_state_0 = np.cos(state_0_old)
        state_1_bar2 += 0.1 * state_0_bar
        state_0_bar = state_0_bar - t * cos_state_0
        state_1_bar, state_0_bar_dot, state_1_bar_dot = (
            state_1_bar2,
            state_0_bar_dot - 0.1 * state_1_bar_dot * cos_state_0 + state_0s_dot[k] * np.sin(state_0_old) * t,
            state_1_bar_dot - state_1_bar_dot * r - r_dot * state_1_bar + 0.1 * state_0_bar_dot,
        )
    return state_0_bar_dot, r_bar_dot
