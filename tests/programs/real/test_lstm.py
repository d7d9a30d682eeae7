"""An LSTM over a sequence, its state in a dictionary that each step changes, and the loss of its last outputs."""

import numpy as np

from tests.programs.check import program

RNG = np.random.default_rng(0)
SIZE, WIDTH, LENGTH = 2, 2, 3
PARAMETERS = {
    "W": 0.4 * RNG.normal(size=(4 * WIDTH, SIZE)),
    "U": 0.4 * RNG.normal(size=(4 * WIDTH, WIDTH)),
    "b": 0.1 * RNG.normal(size=4 * WIDTH),
}
INPUTS = RNG.normal(size=(LENGTH, SIZE))
TARGETS = RNG.normal(size=(LENGTH, WIDTH))


def test_program(program, check):
    check(program)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def step(parameters, state, x):
    gates = parameters["W"] @ x + parameters["U"] @ state["h"] + parameters["b"]
    i, f, o, g = np.split(gates, 4)
    state["c"] = sigmoid(f) * state["c"] + sigmoid(i) * np.tanh(g)
    state["h"] = sigmoid(o) * np.tanh(state["c"])


# the Hessian has 1600 elements, whose columns are as many products
@program(PARAMETERS, skip=("hessian",))
def loss(parameters):
    state = {"h": np.zeros(WIDTH), "c": np.zeros(WIDTH)}
    total = 0.0
    for x, target in zip(INPUTS, TARGETS):
        step(parameters, state, x)
        total += np.mean((state["h"] - target) ** 2)
    return total / LENGTH


@program({"scale": 0.5})
def states_of_a_scaled_network(parameters):
    scaled = {name: parameters["scale"] * value for name, value in PARAMETERS.items()}
    state = {"h": np.zeros(WIDTH), "c": np.zeros(WIDTH)}
    outputs = np.zeros((LENGTH, WIDTH))
    for t in range(LENGTH):
        step(scaled, state, INPUTS[t])
        outputs[t] = state["h"]
    return outputs
