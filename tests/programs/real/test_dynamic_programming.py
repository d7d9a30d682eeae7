"""Tables of dynamic programming: time warping, edit distance with soft minima, a shortest path, value iteration."""

import numpy as np

from tests.programs.check import program

X = np.array([0.1, 0.9, 1.4, 0.2])
Y = np.array([0.0, 1.1, 0.4])


def test_program(program, check):
    check(program)


@program(X, Y)
def time_warping(x, y):
    n, m = len(x), len(y)
    table = np.full((n + 1, m + 1), np.inf)
    table[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            cost = (x[i - 1] - y[j - 1]) ** 2
            table[i, j] = cost + min(table[i - 1, j], table[i, j - 1], table[i - 1, j - 1])
    return table[n, m]


def softmin(values, gamma):
    low = min(values)
    total = 0.0
    for value in values:
        total += np.exp(-(value - low) / gamma)
    return low - gamma * np.log(total)


@program(X, Y, 0.5)
def soft_time_warping(x, y, gamma):
    n, m = len(x), len(y)
    table = np.zeros((n + 1, m + 1))
    table[0, 1:] = 100.0
    table[1:, 0] = 100.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            best = softmin([table[i - 1, j], table[i, j - 1], table[i - 1, j - 1]], gamma)
            table[i, j] = (x[i - 1] - y[j - 1]) ** 2 + best
    return table[-1, -1]


@program(np.array([[0.5, 0.9, 1.4], [0.2, 1.3, 0.6], [0.8, 0.1, 0.7]]))
def cheapest_way_down_a_grid(costs):
    table = costs.copy()
    rows, columns = table.shape
    for i in range(1, rows):
        for j in range(columns):
            above = [table[i - 1, k] for k in (j - 1, j, j + 1) if 0 <= k < columns]
            table[i, j] += min(above)
    return table[-1].min() + 0.1 * table[1, 2]


@program(np.array([0.3, 1.0, 0.2]), 0.9)
def value_iteration(rewards, discount):
    n = len(rewards)
    values = np.zeros(n)
    policy = np.zeros(n, dtype=int)
    for _ in range(4):
        new = np.empty(n)
        for s in range(n):
            choices = {"stay": s, "left": (s - 1) % n, "right": (s + 1) % n}
            best, best_value = None, -np.inf
            for k, (name, target) in enumerate(choices.items()):
                value = rewards[s] - (0.0 if name == "stay" else 0.15) + discount * values[target]
                if value > best_value:
                    best, best_value = k, value
            policy[s] = best
            new[s] = best_value
        values[:] = new
    return values * (1.0 + policy)


@program({"ab": 0.7, "ac": 1.9, "bc": 0.8, "bd": 2.5, "cd": 0.6})
def shortest_path_in_a_graph(lengths):
    distance = {node: float("inf") for node in "abcd"}
    distance["a"] = 0.0
    queue = ["a"]
    while queue:
        queue.sort(key=lambda node: distance[node])
        node = queue.pop(0)
        for edge, length in lengths.items():
            if edge[0] == node and distance[node] + length < distance[edge[1]]:
                distance[edge[1]] = distance[node] + length
                queue.append(edge[1])
    return distance["d"] ** 2 + distance["c"]
