"""``collections.deque``: queues, windows, rotations."""

from collections import deque

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.8, 1.1])
WEIGHTS = np.array([1.0, 0.5, 0.25])


def test_program(program, check):
    check(program)


@program(X, WEIGHTS)
@program(X[:2], WEIGHTS)
def moving_sum(x, weights):
    recent = deque(maxlen=3)
    sums = []
    for v in x:
        recent.append(v)
        sums.append(sum(a * b for a, b in zip(recent, weights)))
    return np.array(sums)


@program(X)
def breadth_first(x):
    queue = deque([(0, x[0])])
    total = 0.0
    while queue:
        depth, v = queue.popleft()
        total += np.sin(v) / (depth + 1)
        if depth < 2:
            queue.append((depth + 1, v * x[1]))
            queue.append((depth + 1, v + x[2]))
    return total


@program(X, 4)
@program(X, 1)
def queue_as_long_as_the_data_say(x, rounds):
    queue = deque(x[x > 0.0])
    total = 0.0
    for _ in range(rounds):
        v = queue.popleft()
        total = total + v**2
        queue.append(v * 0.5)
        queue.appendleft(queue.pop() + 1.0)
    return total + len(queue) * queue[0]


@program(X)
def rotated_and_written_into(x):
    ring = deque(x, 4)
    ring.rotate(1)
    ring[0] = ring[0] * ring[1]
    ring.rotate(-2)
    ring.extendleft([x[0], x[1] ** 2])
    return ring[0] * 2.0 + ring[1] * 3.0 + ring[-1] ** 2


@program(X)
def given_out(x):
    kept = deque(maxlen=2)
    for v in x:
        kept.append(v * v)
    return np.array(list(kept)) * len(kept)


@program(X)
def known_by_its_class(x):
    queue = deque([x[0]])
    return x[1] ** 2 if isinstance(queue, deque) and type(queue) is deque and x[0] in queue else x[2]


def pushed(queue, v):
    queue.append(v)
    return queue.popleft()


@program(X)
def delayed_in_a_callee(x):
    line = deque([0.0, x[0]])
    total = 0.0
    for v in x:
        total += pushed(line, v) * v
    return total


@program(X)
def empty_queue_is_caught(x):
    queue = deque([x[0]])
    total = 0.0
    for v in x:
        try:
            total += queue.pop() * v
        except IndexError:
            total += v**2
    return total
