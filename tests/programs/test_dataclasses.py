"""Dataclasses: made inside, frozen, with defaults and factories, replaced, written into."""

import dataclasses

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@dataclasses.dataclass
class State:
    position: np.ndarray
    velocity: np.ndarray
    time: float = 0.0
    log: list = dataclasses.field(default_factory=list)

    @property
    def energy(self):
        return 0.5 * self.velocity**2 + 0.5 * self.position**2


@program(X)
def made_and_read(x):
    state = State(x * x, np.sin(x))
    return state.energy * state.position + state.time


@program(X)
def fields_written(x):
    state = State(x, velocity=np.sin(x))
    for _ in range(3):
        state.velocity = state.velocity - 0.1 * state.position
        state.position = state.position + 0.1 * state.velocity
        state.time += 0.1
    return state.energy * state.time


@program(X)
def default_factory_appended_to(x):
    state = State(x, x * x)
    state.log.append(state.position * 2.0)
    state.log.append(state.velocity)
    return state.log[0] * state.log[1] * len(State(x, x).log + [1])


@dataclasses.dataclass(frozen=True)
class Point:
    x: float
    y: float

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    def scaled(self, factor):
        return dataclasses.replace(self, x=self.x * factor)

    def norm(self):
        return np.sqrt(self.x**2 + self.y**2)


@program(0.5, 1.5)
def frozen_with_operators(a, b):
    p = Point(a, b) + Point(b * b, 1.0)
    return p.norm() * p.x


@program(0.5, 1.5)
def replaced(a, b):
    p = Point(a, b)
    for _ in range(3):
        p = p.scaled(b)
    return dataclasses.replace(p, y=p.x * a).norm()


@dataclasses.dataclass
class Derived(State):
    mass: float = 2.0

    def __post_init__(self):
        self.momentum = self.mass * self.velocity


@program(X)
def inherited_with_post_init(x):
    derived = Derived(x, np.cos(x), mass=x[0])
    return derived.momentum * derived.energy


@program(X)
def astuple_and_asdict(x):
    p = Point(x[0], x[1])
    a, b = dataclasses.astuple(p)
    return a * b + dataclasses.asdict(p)["x"] ** 2


@program(X)
def functional_steps(x):
    def step(state):
        return dataclasses.replace(state, position=state.position + 0.1 * state.velocity, time=state.time + 0.1)

    state = State(x, np.sin(x))
    for _ in range(3):
        state = step(state)
    return state.position * state.time


@program(X)
def list_of_points(x):
    points = [Point(x[k], x[k - 1]) for k in range(3)]
    total = Point(0.0, 0.0)
    for point in points:
        total = total + point
    return total.norm()


@dataclasses.dataclass(order=True)
class Offer:
    price: float
    weight: float = 1.0
    name: str = dataclasses.field(default="", compare=False)


@program(X)
@program(-X)
def objects_in_order(x):
    a, b, c = Offer(x[0], x[1]), Offer(x[0], x[2]), Offer(x[1], 0.0, "c")
    best = a if a < b else b
    total = best.price * best.weight
    if best >= c:
        total = total + c.price * x
    return total * max(a, c).price + min(a, b, c).weight * x


@program(X)
@program(-X)
def objects_made_in_a_loop_in_order(x):
    best = Offer(0.5)
    for k in range(len(x)):
        found = Offer(x[k] ** 2, x[0])
        if found > best:
            best = found
    return best.price * best.weight * x


@program(X)
@program(-X)
def tuples_in_order(x):
    if (x[0], x[1]) < (x[0], x[2]):
        return x * x[1]
    return x if (1, x[1], x[2]) >= (1, x[0]) else x * x
