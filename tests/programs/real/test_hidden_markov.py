"""A hidden Markov chain: forward and backward passes over a table, posteriors, and the best path."""

import numpy as np

from tests.programs.check import program

SYMBOLS = [0, 1, 1, 0, 2]
LOGITS = {
    "start": np.array([0.2, -0.1]),
    "transition": np.array([[0.5, -0.3], [-0.2, 0.4]]),
    "emission": np.array([[0.3, -0.4, 0.1], [-0.2, 0.6, 0.2]]),
}


def test_program(program, check):
    check(program)


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def forward(start, transition, emission):
    alpha = np.zeros((len(SYMBOLS), len(start)))
    scale = np.zeros(len(SYMBOLS))
    for t, symbol in enumerate(SYMBOLS):
        if t == 0:
            alpha[t] = start * emission[:, symbol]
        else:
            for j in range(len(start)):
                alpha[t, j] = np.sum(alpha[t - 1] * transition[:, j]) * emission[j, symbol]
        scale[t] = alpha[t].sum()
        alpha[t] /= scale[t]
    return alpha, scale


def backward(transition, emission, scale):
    beta = np.ones((len(SYMBOLS), transition.shape[0]))
    for t in range(len(SYMBOLS) - 2, -1, -1):
        beta[t] = transition @ (emission[:, SYMBOLS[t + 1]] * beta[t + 1])
        beta[t] /= scale[t + 1]
    return beta


@program(LOGITS)
def log_likelihood(logits):
    probabilities = {name: softmax(value) for name, value in logits.items()}
    _, scale = forward(**probabilities)
    return np.sum(np.log(scale))


@program(LOGITS)
def posteriors(logits):
    start, transition, emission = (softmax(logits[name]) for name in ("start", "transition", "emission"))
    alpha, scale = forward(start, transition, emission)
    beta = backward(transition, emission, scale)
    gamma = alpha * beta
    gamma /= gamma.sum(axis=1, keepdims=True)
    return gamma


@program(LOGITS)
def score_of_the_best_path(logits):
    start, transition, emission = [np.log(softmax(logits[name])) for name in ("start", "transition", "emission")]
    n, k = len(SYMBOLS), len(start)
    best = np.full((n, k), -np.inf)
    came_from = np.zeros((n, k), dtype=int)
    best[0] = start + emission[:, SYMBOLS[0]]
    for t in range(1, n):
        for j in range(k):
            scores = best[t - 1] + transition[:, j]
            came_from[t, j] = np.argmax(scores)
            best[t, j] = scores[came_from[t, j]] + emission[j, SYMBOLS[t]]
    path = [int(np.argmax(best[-1]))]
    for t in range(n - 1, 0, -1):
        path.insert(0, came_from[t, path[0]])
    return best[-1, path[-1]] + 0.1 * best[2, path[2]]
