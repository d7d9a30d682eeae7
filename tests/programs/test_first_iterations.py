"""Loops whose first iteration is unlike the others: what is remembered is None before it."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])


def test_program(program, check):
    check(program)


@program(X)
@program(X[:1])
def squares_of_differences(x):
    previous = None
    total = 0.0
    for v in x:
        if previous is not None:
            total += (v - previous) ** 2 * v
        previous = v
    return total


@program(X)
def two_remembered(x):
    before = last = None
    total = 0.0
    for v in x:
        if before is not None:
            total += before * np.sin(last) * v
        before, last = last, v
    return total


@program(X)
@program(-X)
def greatest_so_far(x):
    best = None
    place = -1
    for k, v in enumerate(x):
        if best is None or v > best:
            best, place = v, k
    return best**2 + x[place]


@program(X, 3)
@program(X, 1)
def pair_that_is_updated(x, n):
    state = None
    total = 0.0
    for k in range(n):
        state = (x[k], x[k] ** 2) if state is None else (state[0] * x[k], state[1] + np.sin(x[k]))
        total = total + state[1]
    return total


@program(X, 4)
@program(X, 1)
@program(X, 0)
def nothing_where_there_is_no_iteration(x, n):
    last = None
    for k in range(n):
        last = x[k] if last is None else last * x[k]
    return x[0] if last is None else last**2


@program(X, 6)
@program(X, 4, order=1)
def left_in_the_first_or_later(x, n):
    last = None
    total = x[0]
    for k in range(1, n):
        if k == 4:
            break
        if last is None:
            last = x[k] * x[0]
        else:
            last = np.cos(last) * x[k]
        total = total + last
        if total > 10.0:
            return total * 2.0
    else:
        total = total * 3.0
    return total


@program(X)
@program(np.array([3.0, 1.0, 2.0, 0.5]))
def left_by_the_data(x):
    last = None
    for v in x:
        if v > 2.5:
            break
        last = v * v if last is None else last + v * v * v
    else:
        return np.sum(x) * last
    return x[1] ** 3


@program(X)
def while_with_a_start_of_none(x):
    k = 0
    column = None
    while k < len(x):
        column = np.array([x[k]]) if column is None else column * x[k] + np.sin(x)
        k += 1
    return column


@program(X)
def while_true_with_a_start_of_none(x):
    old = None
    value = x[0] ** 2
    count = 0
    while True:
        value = 0.5 * (value + np.exp(-value * value) * x[1])
        if old is not None and abs(value - old) < 1e-3:
            break
        old = value
        count += 1
        if count > 20:
            break
    return value * x[3]


class Momentum:
    """Its buffers are made when they are first wanted."""

    def __init__(self, rate):
        self.rate = rate
        self.buffers = None
        self.steps = 0

    def step(self, parameters, slopes):
        if self.buffers is None:
            self.buffers = [np.zeros_like(p) for p in parameters]
        self.steps += 1
        for k, (p, slope) in enumerate(zip(parameters, slopes)):
            self.buffers[k] = 0.9 * self.buffers[k] + slope
            parameters[k] = p - self.rate * self.buffers[k] / self.steps
        return parameters


@program(X, np.array([0.7, -0.4]))
def buffers_made_lazily(a, b):
    optimiser = Momentum(0.1)
    parameters = [a, b]
    for _ in range(4):
        slopes = [2.0 * parameters[0] ** 3, np.sin(parameters[1]) * parameters[0][0]]
        parameters = optimiser.step(parameters, slopes)
    return parameters[0], parameters[1]


@program(X)
def none_in_a_dict(x):
    state = {"last": None, "sum": 0.0}
    for v in x:
        if state["last"] is not None:
            state["sum"] += v * state["last"] ** 2
        state["last"] = v
    return state["sum"]


@program(X, X[::-1] * 0.5)
def zip_with_a_number(x, y):
    last = None
    total = 0.0
    for k, (a, b) in enumerate(zip(x, y), 1):
        if last is not None:
            total += k * a * last
        last = b * a
    return total


@program(X)
def nested_in_a_loop(x):
    total = 0.0
    for scale in (1.0, 0.5):
        previous = None
        for v in x * scale:
            if previous is not None:
                for _ in range(2):
                    total += np.sin(v * previous)
            previous = v
    return total


@program(np.outer(X, X[:3]))
def row_before(a):
    above = None
    for k in range(a.shape[0]):
        if above is not None:
            a[k] += above * 0.5
        above = a[k]
    return a


@program(X)
def array_made_in_the_first(x):
    out = None
    for k, v in enumerate(x):
        if out is None:
            out = np.zeros(len(x))
        out[k] = v * v
        out[0] += v
    return out


@program(X)
@program(np.array([-0.5, -1.0, 2.0, 0.1]))
def found_in_any_iteration(x):
    last = None
    total = 0.0
    for v in x:
        if v > 0:
            if last is not None:
                total = total + last * v
            last = v
    return total


@program(X)
def continued_in_the_first(x):
    last = None
    total = 0.0
    for v in x:
        if last is None:
            last = v
            continue
        total += last * v**2
        last = v
    return total


def smoothed(x, rate):
    level = None
    for v in x:
        level = v if level is None else rate * v + (1.0 - rate) * level
    return level


@program(X, 0.3)
def in_a_callee(x, rate):
    return smoothed(x, rate) * smoothed(x[::2], rate)
