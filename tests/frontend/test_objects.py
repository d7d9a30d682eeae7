"""Code made for some objects is not used for others, and what only an object knows is left to it."""

import fractions
import warnings

import numpy as np
import pytest

import srcad
from tests.support import assert_locates, generated

X = np.array([1.0, 2.0])


class Switch:
    def __init__(self, on, inner=None):
        self.on = on
        self.inner = inner
        self.rates = {"a": 2.0 if on else 3.0}
        self.notes = []

    def apply(self, x):
        return 2.0 * x if self.on else 3.0 * x

    def nested(self, x):
        return self.inner.scaled(x)

    def looked_up(self, x):
        return x * self.rates.get("a")

    def noting(self, x):
        self.notes.append("called")
        return x**2

    def counting(self, x):
        before = len(self.notes)
        self.notes.append("called")
        return x * (1 + len(self.notes) - before)


class Doubling(Switch):
    def scaled(self, x):
        return 2.0 * x


class Tripling(Switch):
    def scaled(self, x):
        return 3.0 * x


def switched(x, switch):
    total = 0.0
    for _ in range(2):
        total = total + (2.0 * x if switch.on else 3.0 * x)
    return total


# ---- which object ----------------------------------------------------------------------------------------------------


def test_two_objects_of_a_class_in_one_call():
    gradient = srcad.grad(lambda x, a, b: switched(x, a) + switched(x, b))
    on, off = Switch(True), Switch(False)

    assert 10.0 == gradient(1.0, on, off)
    assert 8.0 == gradient(1.0, on, on)
    assert 12.0 == gradient(1.0, off, off)
    assert 10.0 == gradient(1.0, off, on)


def test_the_object_that_a_callee_is_given_is_the_one_that_is_checked():
    gradient = srcad.grad(lambda x, a, b: switched(x, b))
    on, off = Switch(True), Switch(False)

    assert [4.0, 6.0, 4.0] == [gradient(1.0, on, on), gradient(1.0, on, off), gradient(1.0, off, on)]


def test_an_object_behind_an_argument_that_is_known_by_value():
    gradient = srcad.grad(lambda x, n, o: np.sum(np.reshape(x, (n, -1))) * (2.0 if o.on else 3.0))

    for on in (True, False, True):
        assert (2.0 if on else 3.0) == gradient(np.ones(4), 2, Switch(on))[0]


def test_objects_of_a_class_do_not_make_code_anew():
    gradient = srcad.grad(lambda x, y, o: switched(x, o) * y)
    gradient(1.0, 1.0, Switch(True))
    before = generated()

    for _ in range(3):
        gradient(1.0, 1.0, Switch(True))

    assert before == generated()


def test_the_class_of_an_attribute():
    switch = Switch(True, Doubling(True))
    assert 2.0 == srcad.grad(switch.nested)(1.0)

    switch.inner = Tripling(True)

    assert 3.0 == srcad.grad(switch.nested)(1.0)
    assert 2.0 == srcad.grad(Switch(True, Doubling(True)).nested)(1.0)


def test_methods_of_attributes_are_those_of_the_object_at_hand():
    assert 2.0 == srcad.grad(Switch(True).looked_up)(1.0)
    assert 3.0 == srcad.grad(Switch(False).looked_up)(1.0)


def test_effects_on_attributes_are_on_the_object_at_hand():
    first, second = Switch(True), Switch(True)

    srcad.grad(first.noting)(1.0)
    srcad.grad(second.noting)(1.0)
    srcad.grad(second.noting)(1.0)

    assert (1, 2) == (len(first.notes), len(second.notes))


def test_reads_of_a_list_before_and_after_a_change():
    assert 2.0 == srcad.grad(Switch(True).counting)(1.0)


def test_a_method_of_one_object_and_a_method_that_has_changed():
    class Model:
        def apply(self, x):
            return 2.0 * x

    def f(x, model):
        return model.apply(x)

    gradient = srcad.grad(f)
    model = Model()
    assert 2.0 == gradient(1.0, model)
    model.apply = lambda x: 3.0 * x
    assert 3.0 == gradient(1.0, model)
    assert 2.0 == gradient(1.0, Model())
    Model.apply = lambda self, x: 4.0 * x
    assert 4.0 == gradient(1.0, Model())


def test_a_default_for_an_attribute_that_is_not_there():
    class Model:
        pass

    def f(x, model):
        return x * getattr(model, "scale", 2.0)

    gradient = srcad.grad(f)
    model = Model()
    assert 2.0 == gradient(1.0, model)
    model.scale = 5.0
    assert 5.0 == gradient(1.0, model)


def test_a_linked_list_that_a_function_goes_along():
    class Link:
        def __init__(self, value, following):
            self.value = value
            self.following = following

    def total(x, link):
        if link.following is None:
            return x * link.value
        return x * link.value + total(x, link.following)

    chain = Link(2.0, Link(3.0, Link(4.0, None)))
    outer = Link(1.0, chain)

    for k in range(2):
        assert 9.0 == srcad.grad(total)(1.0 + k, chain)
        assert 10.0 == srcad.grad(total)(1.0 + k, outer)
        assert 4.0 == srcad.grad(total)(1.0 + k, chain.following.following)


# ---- objects that compute in their own way ---------------------------------------------------------------------------


class Odd(np.ndarray):
    def __mul__(self, other):
        return 3.0 * np.asarray(self) * other


class Vector:
    def __rmul__(self, other):
        return 7.0 * other

    __mul__ = __radd__ = __rmul__

    def __getitem__(self, key):
        return 5.0 * key

    def __call__(self):
        return 1.0


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    MATRIX = np.matrix([[1.0, 2.0], [3.0, 4.0]])
ROW = MATRIX[0]
MASKED = np.ma.masked_array([1.0, 2.0], [False, True])
ODD = np.ones(2).view(Odd)
VECTOR = Vector()

OWN = {
    "matrix": lambda x: np.sum(MATRIX * x),
    "matrix, transposed": lambda x: np.sum(MATRIX.T * x),
    "matrix, scaled": lambda x: np.sum((2.0 * MATRIX) * x),
    "masked array": lambda x: np.sum(MASKED * x),
    "masked array, by function": lambda x: np.sum(np.multiply(x, MASKED)),
    "subclass": lambda x: np.sum(ODD * x),
    "index trick": lambda x: np.sum(np.r_[x, 2.0 * x] ** 2),
    "index trick for columns": lambda x: np.sum(np.c_[x, 2.0 * x] ** 2),
}


@pytest.mark.parametrize("f", OWN.values(), ids=OWN.keys())
def test_an_active_value_must_not_meet_an_object_with_its_own_arithmetic(f):
    with pytest.raises(srcad.DifferentiationError, match="which computes in its own way") as info:
        srcad.grad(f)(X)

    assert_locates(info.value, f)


def test_operators_of_the_users_objects_are_followed():
    assert_same = np.testing.assert_allclose
    assert_same(srcad.grad(lambda x: np.sum(VECTOR * x[0]))(X), [7.0, 0.0])
    assert_same(srcad.grad(lambda x: np.sum(x[0] * VECTOR))(X), [7.0, 0.0])
    assert_same(srcad.grad(lambda x: VECTOR[x[0]])(X), [5.0, 0.0])
    with pytest.raises(srcad.DifferentiationError, match="which computes in its own way"):
        srcad.grad(lambda x: np.sum(x * VECTOR))(X)  # NumPy does that element by element


@pytest.mark.parametrize("x", [ROW, MASKED, ODD], ids=["matrix", "masked array", "subclass"])
def test_an_array_of_another_class_is_no_argument_to_differentiate(x):
    with pytest.raises(TypeError, match="no array of numbers"):
        srcad.functional.vjp(lambda a: np.sum(a * a), x)
    with pytest.raises(srcad.DifferentiationError, match="no array of numbers"):
        srcad.grad(lambda a: np.sum(a * a))(x)


def test_objects_may_compute_among_themselves():
    third = fractions.Fraction(1, 3)

    def f(x, m):
        return np.sum(x) * np.sum(np.asarray(m * MATRIX)) * third

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_allclose(np.full(2, 17.0 / 3.0), srcad.grad(f)(X, ROW))
