"""Objects made inside: what dataclasses generate, copies, joins of objects, operators, what Python raises."""

import abc
import copy
import dataclasses
import functools
import types

import numpy as np
import pytest

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


@dataclasses.dataclass(kw_only=True, slots=True)
class Settings:
    rate: float
    decay: float = 0.5
    steps: int = 3


@dataclasses.dataclass
class Filter:
    gain: np.ndarray
    start: dataclasses.InitVar[float] = 1.0
    name: str = "filter"
    taps: list = dataclasses.field(default_factory=lambda: [1.0, 0.5])
    state: np.ndarray = dataclasses.field(init=False)
    unit: float = dataclasses.field(default=2.0, init=False)

    def __post_init__(self, start):
        self.state = self.gain * start

    def push(self, v):
        self.state = self.taps[0] * v + self.taps[1] * self.state
        return self.state * self.unit


@program(X)
def keyword_only_with_slots(x):
    settings = Settings(rate=x[0], steps=2)
    y = x
    for _ in range(settings.steps):
        settings.rate *= settings.decay
        y = y - settings.rate * np.sin(y)
    return y


@program(X)
def init_var_and_factory(x):
    first, second = Filter(x, start=x[0]), Filter(np.cos(x))
    first.taps[1] = x[1]
    second.taps.append(x[2])
    return first.push(x) * second.push(x * x) * second.taps[-1] * len(first.taps)


@program(X)
def equal_dataclasses(x):
    a, b = Settings(rate=x[0]), Settings(rate=x[0] * 1.0)
    return x * 2.0 if a == b and a != Settings(rate=x[1]) else x


@program(X)
def namespaces(x):
    s = types.SimpleNamespace(a=x, b=x[0])
    s.c = s.a * s.b
    s.a += s.c
    return s.a * sum(vars(s)[name][0] for name in ("a", "c"))


@program(X)
def copies(x):
    s = types.SimpleNamespace(a=x * 1.0, parts=[x[0]])
    shallow, deep = copy.copy(s), copy.deepcopy(s)
    s.a[0] = x[1]
    s.parts.append(x[2])
    deep.parts[0] = 3.0 * x[0]
    return shallow.a * deep.a * deep.parts[0] * len(shallow.parts) * len(deep.parts)


class Body:
    def __init__(self, position, speed):
        self.position, self.speed = position, speed

    def moved(self, dt):
        return type(self)(self.position + dt * self.speed, self.speed)

    def __repr__(self):
        return "body"


@program(X)
@program(-X)
def one_of_two_objects(x):
    fast = Body(x, x * x) if x[0] > 0.0 else Body(x * 3.0, np.sin(x))
    return fast.moved(0.5).position * fast.speed


@program(X)
@program(-X)
def attributes_of_other_kinds(x):
    body = Body(x, None)
    if x[0] > 0.0:
        body.speed = x * 2.0
    return body.position if body.speed is None else body.position * body.speed


@program(X)
def objects_go_round(x):
    body = Body(x[0], x[1])
    k = 0
    while k < 4:
        body = body.moved(0.25)
        body.speed = body.speed - 0.1 * body.position
        k += 1
    return body.position * body.speed * x


@program(X)
def best_of_objects(x):
    best = None
    for v in x:
        body = Body(v, v * x[0])
        if best is None or body.position > best.position:
            best = body
    return best.speed * x


@program(X)
def objects_in_a_dict(x):
    bodies = {name: Body(x[k], x * k) for k, name in enumerate("abc")}
    bodies["a"].speed = bodies["c"].speed * bodies["b"].position
    return sum(body.position * body.speed for body in bodies.values())


class Quantity(abc.ABC):
    made = 0

    def __init__(self, value):
        self.value = value

    @property
    @abc.abstractmethod
    def unit(self): ...

    @functools.cached_property
    def squared(self):
        return self.value**2

    def __getattr__(self, name):
        if name.startswith("times_"):
            return self.value * float(name[6:])
        raise AttributeError(name)

    def __enter__(self):
        self.value = self.value * 2.0
        return self

    def __exit__(self, *error):
        self.value = self.value / 4.0

    def __float__(self):
        return float(self.value)

    def __abs__(self):
        return abs(self.value)

    def __len__(self):
        return 4


class Metres(Quantity):
    unit = "m"


@program(0.5, 1.5)
def methods_that_python_calls(a, b):
    q = Metres(a)
    with q as inner:
        c = inner.value * b
    return c * q.squared * q.times_3 * abs(Metres(-b)) * len(q) * getattr(q, "missing", 2.0)


@program(0.5, 1.5)
def error_of_an_object_caught(a, b):
    q = Metres(a)
    try:
        return q.absent
    except AttributeError:
        return q.value * b


class Stack:
    def __init__(self):
        self._items = []
        self.__top = None

    def push(self, item):
        self._items.append(item)
        self.__top = item
        return self

    def top(self):
        return self.__top

    def __iadd__(self, item):
        return self.push(item)

    def __iter__(self):
        return iter(self._items)


@program(X)
def chain_of_pushes(x):
    stack = Stack().push(x[0]).push(x[1] * x[2])
    stack += x[2]
    other = stack
    other += x[0] * x[2]
    return sum(stack) * stack.top() * x


class Expression:
    def __init__(self, *parts):
        self.parts = parts

    def value(self, x):
        total = x
        for part in self.parts:
            total = total * part.value(np.sin(x))
        return total


@program(X)
def tree_of_objects(x):
    return Expression(Expression(), Expression(Expression(), Expression())).value(x)



FAILURES = {
    "an attribute that is not there": (lambda x: Body(x, x).mass, AttributeError, "'Body' object has no attribute 'mass'"),
    "no place in slots": (lambda x: setattr(Settings(rate=x), "other", x), AttributeError, "no attribute 'other'"),
    "an abstract class": (lambda x: Quantity(x).value, TypeError, "abstract"),
    "an argument too few": (lambda x: Body(x).position, TypeError, "speed"),
    "an object that is no function": (lambda x: Body(x, x)(x), TypeError, "'Body' object is not callable"),
    "an object without items": (lambda x: Body(x, x)[0], TypeError, "not subscriptable"),
    "an operator that there is not": (lambda x: Body(x, x) + 1.0, TypeError, "unsupported operand"),
    "an object that is not run over": (lambda x: sum(Body(x, x)), TypeError, "not iterable"),
    "an order that there is not": (lambda x: x if Body(x, x) < 1.0 else -x, TypeError, "not supported between"),
}


@pytest.mark.parametrize("make, error, words", FAILURES.values(), ids=FAILURES.keys())
def test_what_python_raises_is_raised(make, error, words):
    with pytest.raises(error, match=words):
        make(X)
    with pytest.raises(error, match=words):
        srcad.grad(lambda x: np.sum(make(x)))(X)


def test_a_frozen_object_is_not_written_into():
    @dataclasses.dataclass(frozen=True)
    class Point:
        x: float

    def f(x):
        point = Point(x)
        point.x = 2.0
        return point.x

    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        srcad.grad(f)(1.0)
