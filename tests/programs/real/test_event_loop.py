"""Loops that end early: a bouncing ball with events, a queue of jobs, an interpreter, iterations that converge."""

import heapq

import numpy as np

from tests.programs.check import program

X = np.array([0.5, 1.2, 2.0])


def test_program(program, check):
    check(program)


@program(1.0, 0.3, 0.8)
def bouncing_ball(height, speed, restitution):
    g, clock, bounces = 9.81, 0.0, []
    while len(bounces) < 10:
        fall = (speed + np.sqrt(speed**2 + 2.0 * g * height)) / g
        if clock + fall > 2.0:
            break
        clock += fall
        speed = restitution * (g * fall - speed)
        height = 0.0
        bounces.append({"time": clock, "speed": speed})
        if speed < 0.5:
            break
    remaining = 2.0 - clock
    position = height + speed * remaining - 0.5 * g * remaining**2
    return position + sum(bounce["time"] for bounce in bounces)


@program(X)
def queue_of_events(x):
    events = []
    for k in range(len(x)):
        heapq.heappush(events, (float(k) + 0.1, k, "start"))
    level, worked, served = 1.0, 0.0, 0
    while events:
        time, k, kind = heapq.heappop(events)
        if kind == "start":
            level = level + x[k]
            heapq.heappush(events, (time + 1.5, k, "stop"))
        elif kind == "stop":
            worked = worked + level * x[k]
            level = level * 0.7
            served += 1
            if served == 2:
                return worked * level
        else:
            raise ValueError(kind)
    return worked


PROGRAM = [
    ("load", 0), ("load", 1), ("multiply",), ("store", "a"), ("load", 2), ("get", "a"), ("add",), ("jump_if_less", 5.0, 4),
    ("halt",),
]


@program(X)
def interpreter(x):
    stack, memory, counter, steps = [], {}, 0, 0
    while True:
        operation, *operands = PROGRAM[counter]
        counter += 1
        steps += 1
        if operation == "load":
            stack.append(x[operands[0]])
        elif operation == "store":
            memory[operands[0]] = stack.pop()
        elif operation == "get":
            stack.append(memory[operands[0]])
        elif operation == "multiply":
            stack.append(stack.pop() * stack.pop())
        elif operation == "add":
            stack.append(stack.pop() + stack.pop())
            memory["a"] = stack[-1]
        elif operation == "jump_if_less":
            limit, target = operands
            if stack[-1] < limit:
                counter = target
        elif operation == "halt":
            break
        if steps > 50:
            raise RuntimeError("no end")
    return stack[-1] * memory["a"] + steps


@program(2.0, 0.5)
def newton_until_converged(a, start):
    y = start + 1.0
    history = [y]
    for k in range(50):
        step = (y**3 + y - a) / (3.0 * y**2 + 1.0)
        y = y - step
        history.append(y)
        if abs(step) < 1e-3:
            break
    else:
        raise RuntimeError("not converged")
    return y + 0.1 * history[1] + k
