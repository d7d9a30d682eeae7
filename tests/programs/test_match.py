"""``match`` statements: on constants, shapes of sequences, mappings, classes, with guards."""

import dataclasses

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@program(X, "sine")
@program(X, "square")
@program(X, "other")
def on_a_string(x, kind):
    match kind:
        case "sine":
            return np.sin(x)
        case "square" | "power":
            return x * x
        case _:
            return x**3


@program(X, 0)
@program(X, 5)
def on_an_integer_with_a_guard(x, n):
    match n:
        case 0:
            y = x
        case k if k > 3:
            y = x**2 * k
        case _:
            y = x**3
    return y * x


@program((X, 0.5))
def on_a_tuple(pair):
    match pair:
        case (a, b):
            return a * b
        case _:
            return 0.0


@program([X, 0.5, 2.0])
def on_a_sequence_with_a_star(parts):
    match parts:
        case [first]:
            return first
        case [first, *rest]:
            return first * sum(rest)


@program({"w": X, "b": 0.5})
def on_a_mapping(parameters):
    match parameters:
        case {"w": w, "scale": s}:
            return w * s
        case {"w": w, **rest}:
            return w * rest["b"]


@dataclasses.dataclass
class Circle:
    radius: float


@dataclasses.dataclass
class Rectangle:
    width: float
    height: float


@program(X)
def on_classes(x):
    total = 0.0
    for shape in [Circle(x[0]), Rectangle(x[1], x[2]), Rectangle(height=x[0], width=x[2])]:
        match shape:
            case Circle(radius=r):
                total = total + np.pi * r**2
            case Rectangle(w, h):
                total = total + w * h
    return total


@program(X)
@program(-X)
def guard_on_the_data(x):
    match (x[0], x[1]):
        case (a, b) if a > b:
            return a * b * x
        case (a, b):
            return a + b * x


@program(X)
def instructions_run(x):
    y = x
    for instruction in [("scale", 2.0), ("shift", 0.5), ("square",)]:
        match instruction:
            case ("scale", factor):
                y = y * factor
            case ("shift", amount):
                y = y + amount * x[0]
            case ("square",):
                y = y * y
    return y


@program(X, None)
@program(X, 2.0)
def on_none_and_types(x, option):
    match option:
        case None:
            return x * x
        case float() | int():
            return x * option
