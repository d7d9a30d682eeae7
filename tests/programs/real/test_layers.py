"""A model made of layers: classes that hold parameters and caches, containers of layers, a loss, a training step."""

import numpy as np

from tests.programs.check import program

RNG = np.random.default_rng(0)
BATCH = RNG.normal(size=(4, 2))
LABELS = np.array([0, 1, 1, 0])
PARAMETERS = [RNG.normal(size=(2, 3)), 0.1 * RNG.normal(size=3), RNG.normal(size=(3, 2)), 0.1 * RNG.normal(size=2)]


def test_program(program, check):
    check(program)


class Layer:
    training = True

    def parameters(self):
        return []

    def __call__(self, x):
        return self.forward(x)


class Dense(Layer):
    def __init__(self, weights, bias):
        self.weights = weights
        self.bias = bias

    def parameters(self):
        return [self.weights, self.bias]

    def forward(self, x):
        return x @ self.weights + self.bias


class Activation(Layer):
    def __init__(self, function):
        self.function = function

    def forward(self, x):
        return self.function(x)


class Normalise(Layer):
    def __init__(self, width, momentum=0.9):
        self.momentum = momentum
        self.mean = np.zeros(width)
        self.variance = np.ones(width)

    def forward(self, x):
        if not self.training:
            return (x - self.mean) / np.sqrt(self.variance + 1e-3)
        mean, variance = x.mean(axis=0), x.var(axis=0)
        self.mean = self.momentum * self.mean + (1.0 - self.momentum) * mean
        self.variance = self.momentum * self.variance + (1.0 - self.momentum) * variance
        return (x - mean) / np.sqrt(variance + 1e-3)


class Sequential(Layer):
    def __init__(self, *layers):
        self.layers = list(layers)

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def built(parameters):
    w1, b1, w2, b2 = parameters
    return Sequential(Dense(w1, b1), Normalise(3), Activation(np.tanh), Dense(w2, b2))


def cross_entropy(scores, labels):
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_probabilities[np.arange(len(labels)), labels].mean()


@program(PARAMETERS)
def loss_with_a_penalty(parameters):
    model = built(parameters)
    loss = cross_entropy(model(BATCH), LABELS)
    for p in model.parameters():
        loss += 0.01 * np.sum(p**2)
    return loss


@program(PARAMETERS)
def running_statistics_used_afterwards(parameters):
    model = built(parameters)
    model(BATCH)
    for layer in model.layers:
        layer.training = False
    return np.sum(model(BATCH[:2]) ** 2)


FIXED = built(PARAMETERS)


@program(BATCH)
def model_of_the_module_changes_its_statistics(x):
    return cross_entropy(FIXED(x), LABELS)


@program(PARAMETERS, order=1)
def weights_after_a_step_of_descent(parameters):
    model = built(parameters)
    hidden = np.tanh(BATCH @ model.layers[0].weights)
    error = hidden @ model.layers[3].weights - 0.5
    model.layers[3].weights = model.layers[3].weights - 0.1 * hidden.T @ error
    model.layers[3].bias -= 0.1 * error.sum(axis=0)
    return cross_entropy(model(BATCH), LABELS)
