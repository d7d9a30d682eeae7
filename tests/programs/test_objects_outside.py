"""Objects, lists and dicts that outlive the call: what is written into them, read back, and left in them."""

import dataclasses
import types

import numpy as np

import srcad
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])


def test_program(program, check):
    check(program)


class Child:
    def __init__(self):
        self.value, self.found = 0.5, None


class Model:
    scale = 1.5

    def __init__(self):
        self.weights = np.array([0.5, 1.5, -0.5])
        self.total = np.zeros(3)
        self.steps = 0
        self.last = None
        self.history = []
        self.settings = {"rate": 0.25, "decay": 0.5}
        self.state = [0.5, 1.5]
        self.child = Child()


def model():
    return (Model(),)


@program(X, rest=model())
def number_counted(x, m):
    m.steps += 1
    return x * m.steps * m.scale


@program(X, rest=model(), skip=("twice_reverse",))
def array_attribute_added_to(x, m):
    m.total += x * m.weights
    m.total[0] *= x[1]
    return m.total * x


@program(X, rest=model())
def array_attribute_replaced_and_filled(x, m):
    m.total = np.zeros(3)
    for k in range(3):
        m.total[k] = x[k] ** 2
    return m.total * m.weights


@program(X, rest=model())
def argument_kept(x, m):
    m.last = x
    return m.last * x


@program(X, rest=model())
@program(-X, rest=model())
def written_in_a_branch(x, m):
    if x[0] > 0.0:
        m.scale = x[0] * x[1]
        m.last = x * x
    else:
        m.steps += 2
    return x * m.scale * (m.steps + 1)


@program(X, rest=model())
def written_in_a_loop(x, m):
    for k in range(3):
        m.child.value = m.child.value * x[k] + 1.0
        m.steps += 1
    return m.child.value * x


@program(X, rest=model())
def nested_object(x, m):
    m.child.value += x[0]
    child = m.child
    child.value *= x[1]
    return m.child.value * x


@program(X, rest=model())
def list_appended_to(x, m):
    m.history.append(np.sum(x))
    m.history.append(x * 2.0)
    return x**2 * len(m.history)


@program(X, rest=model())
def list_appended_to_and_read(x, m):
    m.history.append(x[0] * x[1])
    m.history.append(x[2])
    return m.history[-1] * m.history[-2] * x


@program(X, rest=model())
def list_appended_to_in_a_loop(x, m):
    for k in range(3):
        m.history.append(x[k])
    return x * x


@program(X, rest=model())
def elements_of_a_list_written(x, m):
    m.state[0] = x[0] * m.state[1]
    m.state[1] += m.state[0]
    return m.state[0] * m.state[1] * x


@program(X, rest=model())
def items_of_a_dict_written(x, m):
    m.settings["rate"] = m.settings["rate"] * x[0]
    m.settings["new"] = x * m.settings["rate"]
    return m.settings["new"] * m.settings["decay"]


@program(X, rest=model())
def dict_written_and_walked(x, m):
    m.settings["rate"] = x[0] ** 2
    total = 0.0
    for key in m.settings:
        total = total + m.settings[key]
    return total * x


@program(X, rest=model(), skip=("batch",))
def attribute_deleted_and_made(x, m):
    m.extra = x * x
    y = m.extra * 2.0
    del m.extra
    return y * hasattr(m, "total")


@program(X, rest=model())
def setattr_on_a_given_object(x, m):
    for name in ("p", "q"):
        setattr(m, name, x[0] * len(name))
    return m.p * m.q * getattr(m, "r", x)


def advance(m, x):
    m.child.value = m.child.value + x[0]
    m.steps += 1
    return m.child.value


@program(X, rest=model())
def written_by_callees(x, m):
    first = advance(m, x)
    second = advance(m, x * x)
    return first * second * m.child.value * m.steps * x


@program(X, rest=model())
def object_made_and_kept(x, m):
    m.last = types.SimpleNamespace(value=x[0], parts={"a": x[1] * 2.0})
    return m.last.value * m.last.parts["a"] * x


MODEL = Model()
HISTORY = [0.5]
TABLE = {"a": 1.0}


@program(X, skip=("twice_reverse",))
def captured_object(x):
    MODEL.last = x[0]
    MODEL.total[1] = x[1] * MODEL.last
    MODEL.child.found = x[2]
    return MODEL.total * MODEL.child.found * x


@program(X)
def captured_list_and_dict(x):
    HISTORY.append(x[0])
    TABLE["a"] = TABLE["a"] * x[1]
    TABLE["b"] = x[2]
    return sum(HISTORY) * TABLE["a"] * TABLE["b"] * x


@program(X)
def captured_list_extended_and_shortened(x):
    HISTORY.extend([x[0], x[1] * 2.0])
    last = HISTORY.pop()
    HISTORY[0] = last * x[2]
    return HISTORY[0] * HISTORY[1] * x


class Adam:
    def __init__(self):
        self.m, self.v, self.t = np.zeros(3), np.zeros(3), 0

    def step(self, x, g):
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * g
        self.v = 0.99 * self.v + 0.01 * g**2
        return x - 0.1 * self.m / (1 - 0.9**self.t) / (np.sqrt(self.v / (1 - 0.99**self.t)) + 1e-3)


@program(X, rest=(Adam(),), rtol=1e-5)
def optimiser(x, adam):
    y = x
    for _ in range(3):
        y = adam.step(y, np.sin(y) + x)
    return y


def counted(x):
    counted.calls += 1
    return x**2


counted.calls = 0


@program(X)
def function_attribute(x):
    return counted(x) * counted(x * 0.5) * counted.calls


def test_an_object_holds_what_one_call_leaves_and_no_more():
    m = Model()
    gradient = srcad.grad(lambda x: np.sum(list_appended_to(x, m)) + array_attribute_added_to(x, m)[0])
    gradient(X)

    assert len(m.history) == 2
    np.testing.assert_allclose(m.history[0], np.sum(X))
    np.testing.assert_allclose(m.total, X * m.weights * np.array([X[1], 1.0, 1.0]))
    gradient(X)
    assert len(m.history) == 4


def test_two_objects_that_may_be_one():
    def f(x, a, b):
        a.child.value = x
        return a.child.value * b.child.value

    a, b = Model(), Model()
    slope = srcad.grad(f)

    np.testing.assert_allclose([slope(3.0, a, b), slope(3.0, a, a), slope(3.0, b, a)], [0.5, 6.0, 3.0])


@dataclasses.dataclass
class Parameters:
    weights: np.ndarray
    bias: float


def test_derivatives_for_the_fields_of_a_dataclass():
    def loss(p, x):
        return np.sum(p.weights * x) + p.bias**2

    p = Parameters(np.ones(3), 2.0)
    slopes = srcad.grad(loss)(p, X)
    value, dot = srcad.jvp(lambda p: loss(p, X), (p,), (Parameters(X, 1.0),))
    made, pull = srcad.vjp(lambda x: Parameters(x * x, x[0]), X)

    assert type(slopes) is Parameters
    np.testing.assert_allclose(slopes.weights, X)
    assert slopes.bias == 4.0
    np.testing.assert_allclose([value, dot], [loss(p, X), np.sum(X * X) + 4.0])
    assert type(made) is Parameters
    np.testing.assert_allclose(pull(Parameters(np.ones(3), 1.0))[0], 2.0 * X + np.array([1.0, 0.0, 0.0]))
