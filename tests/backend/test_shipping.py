"""Pickling functions and derivatives: by reference, by source, and what is refused."""

import copy
import functools
import inspect
import os
import pickle
import subprocess
import sys
import traceback
from pathlib import Path

import numpy as np
import pytest

import srcad
from srcad.backend.shipping import received, shipped
from tests.support import assert_same, generated

X = np.array([1.0, 2.0, 3.0])
POWER = 3


def through(thing):
    """What a pickle makes of a thing."""
    return received(shipped(thing))


def module_level(x):
    return np.sum(x**POWER)


@srcad.differentiate
def decorated(x):
    return np.sum(x**2)


@functools.cache
def remembered(x):
    return x**2


class Spring:
    stiffness = 2.0

    def __init__(self, length):
        self.length = length

    @srcad.differentiate
    def energy(self, x):
        return 0.5 * self.stiffness * np.sum((x - self.length) ** 2)

    def plain(self, x):
        return self.length * np.sum(x**2)


# By reference -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("thing", [
    module_level, decorated, decorated.function, remembered, Spring, Spring.plain, Spring.energy,
    Spring.energy.function, np.sin, np.linalg.norm, np, srcad.grad, len,
], ids=str)
def test_what_can_be_imported_goes_by_reference(thing):
    assert through(thing) is thing


def test_decorated_function_is_the_same_after_a_plain_pickle():
    assert decorated is pickle.loads(pickle.dumps(decorated))


def test_bound_methods_take_their_object_along():
    spring = Spring(1.5)

    assert_same(np.float64(21.0), through(spring.plain)(X))
    assert_same(2 * (X - 1.5), through(spring.energy.grad)(X))
    assert through(spring.plain).__func__ is Spring.plain


# By source --------------------------------------------------------------------------------------------------


def test_lambda_goes_by_source():
    f = lambda x, scale=2.0, *, shift=POWER: scale * np.sum(x) + shift

    loaded = through(f)

    assert 15.0 == loaded(X)
    assert 10.0 == loaded(X, 1.0, shift=4)
    assert inspect.signature(f) == inspect.signature(loaded)
    assert (f.__name__, f.__qualname__, f.__module__) == (loaded.__name__, loaded.__qualname__, loaded.__module__)


def test_lambda_over_several_lines_goes_by_source():
    f = through(
        lambda x:
            np.sum(x)
            + 1.0
    )

    assert 7.0 == f(X)


def test_two_lambdas_of_one_line_go_by_source():
    f, g = lambda x: x**2, lambda x: x**3

    assert 9.0 == through(f)(3.0)
    assert 27.0 == through(g)(3.0)


def test_source_of_what_was_loaded_is_found():
    def f(x):
        # a comment
        return np.sum(x**2)

    loaded = through(f)

    assert inspect.getsource(f) == inspect.getsource(loaded)
    assert f.__code__.co_firstlineno == loaded.__code__.co_firstlineno
    assert_same(2 * X, srcad.grad(loaded)(X))
    assert_same(2 * X.astype(np.float32), srcad.grad(loaded)(X.astype(np.float32)))


def test_tracebacks_show_the_lines_of_what_was_loaded():
    def f(x):
        return 1.0 / x

    with pytest.raises(ZeroDivisionError) as info:
        through(f)(0.0)

    last = traceback.extract_tb(info.tb)[-1]
    assert "return 1.0 / x" == last.line
    assert f.__code__.co_firstlineno + 1 == last.lineno
    assert "test_shipping.py" in last.filename


def test_what_is_loaded_twice_shares_its_code():
    def make(k):
        return lambda x: k * np.sum(x**2)

    first = through(srcad.grad(make(2.0)))
    assert_same(4 * X, first(X))
    before = generated()

    second = through(srcad.grad(make(3.0)))

    assert_same(6 * X, second(X))
    assert first.function.__code__ is second.function.__code__
    assert before == generated()


def test_what_was_loaded_pickles_again():
    def make(k):
        def inner(x):
            return k * x

        return lambda x: np.sum(inner(x) ** 2)

    loaded = through(through(srcad.grad(make(3.0))))

    assert_same(18 * X, loaded(X))
    assert "shipped <shipped" not in loaded.function.__code__.co_filename


def test_captured_containers_of_functions_go_along():
    table = {"square": lambda x: x**2, "rest": [lambda x: x, (np.sin, module_level)]}

    loaded = through(lambda x: table["square"](x) + table["rest"][0](x) + table["rest"][1][0](0.0))

    assert 12.0 == loaded(3.0)


def test_functions_that_call_each_other_go_along():
    def even(n):
        return True if n == 0 else odd(n - 1)

    def odd(n):
        return False if n == 0 else even(n - 1)

    loaded = through(even)

    assert loaded(10)
    assert not loaded(7)


def test_closures_share_their_variable():
    def make():
        count = 0

        def step():
            nonlocal count
            count += 1
            return count

        return step, lambda: count

    step, read = through(make())

    step()
    step()
    assert 2 == read()


def test_variable_without_a_value_stays_so():
    def make():
        f = lambda: late
        if False:
            late = 1
        return f

    with pytest.raises(NameError):
        through(make())()


def test_globals_are_a_snapshot(monkeypatch):
    data = shipped(lambda x: x**POWER)

    monkeypatch.setitem(globals(), "POWER", 5)

    assert 8.0 == received(data)(2.0)


def test_attributes_of_a_function_go_along():
    def f(x):
        return x

    f.unit = "metre"

    assert "metre" == through(f).unit


def test_class_inside_a_function_is_refused():
    class Base:
        def f(self, x):
            return x

    class Derived(Base):
        __factor = 3.0

        def f(self, x):
            return self.__factor * super().f(x)

    # what it refers to is refused: a class inside a function
    with pytest.raises(TypeError, match="Derived is defined inside a function"):
        shipped(Derived.f)


def test_submodules_are_imported():
    pytest.importorskip("scipy.special")
    import scipy
    import scipy.special

    data = shipped(lambda x: scipy.special.expit(x))
    script = "import sys; from srcad.backend.shipping import received; print(received(sys.stdin.buffer.read())(0.0))"
    environment = dict(os.environ, PYTHONPATH=str(Path(srcad.__file__).parents[1]))
    done = subprocess.run([sys.executable, "-c", script], input=data, env=environment, capture_output=True)

    assert b"0.5" == done.stdout.strip(), done.stderr


def test_wrappers_go_along():
    @functools.cache
    def cached(x):
        return x**3

    part = functools.partial(lambda a, x: a * x, 2.0)

    assert 8.0 == through(cached)(2.0)
    assert 6.0 == through(part)(3.0)
    assert 8.0 == through(cached).__wrapped__(2.0)


def test_derivatives_nest():
    inner = srcad.grad(lambda x: np.sum(x**3))

    loaded = through(srcad.jacfwd(lambda x: inner(x)))

    assert_same(np.diag(6 * X), loaded(X))


def test_local_decorated_function_that_calls_itself():
    @srcad.differentiate
    def power(x, n):
        return 1.0 if n == 0 else x * power(x, n - 1)

    assert 32.0 == through(power)(2.0, 5)


def test_argnums_of_everything_survive():
    gradient = through(srcad.jacfwd(lambda x, y: x * y, argnums=None))

    assert_same((np.float64(3.0), np.float64(2.0)), gradient(2.0, 3.0))


# Pullbacks and linear maps ----------------------------------------------------------------------------------


def test_pullback_pickles():
    _, pullback = srcad.vjp(lambda x, y: {"a": np.sin(x) * y, "b": np.sum(x)}, X, 2.0)
    cotangent = {"a": np.ones(3), "b": np.float64(1.0)}

    assert_same(pullback(cotangent), pickle.loads(pickle.dumps(pullback))(cotangent))


def test_pullback_of_a_loop_pickles():
    def f(x, n):
        for _ in range(n):
            x = np.sin(x) if x[0] > 0 else x**2
        return np.sum(x)

    _, pullback = srcad.vjp(lambda x: f(x, 3), X)

    assert_same(pullback(np.float64(2.0)), through(pullback)(np.float64(2.0)))


def test_linear_map_pickles():
    _, push = srcad.linearize(lambda x: np.linalg.inv(np.diag(x)) @ np.cumsum(x), X)

    assert_same(push(np.ones(3)), through(push)(np.ones(3)))


@pytest.mark.parametrize("f", [
    lambda a: np.linalg.svd(a)[1],
    lambda a: np.linalg.eigh(a + a.T),
    lambda a: np.einsum("ij,jk,kl->il", a, a, a),
    lambda a: np.sort(a)[[0, 1, 1]],
    lambda a: np.split(np.clip(a, 0.0, 1.0), 2),
], ids=["svd", "eigh", "einsum", "sort", "split"])
def test_maps_of_all_kinds_of_functions_pickle(f):
    a = np.array([[1.0, 0.5], [0.2, 2.0]])
    y, pullback = srcad.vjp(f, a)
    _, push = srcad.linearize(f, a)

    assert_same(pullback(y), through(pullback)(y))
    expected, actual = push(a), through(push)(a)
    if isinstance(expected, tuple):
        expected, actual = tuple(expected), tuple(actual)
    assert_same(expected, actual)


def test_pullback_pickles_its_checks():
    _, pullback = srcad.vjp(lambda x: x**2, X)

    with pytest.raises(ValueError, match="cotangent"):
        through(pullback)(np.ones(2))


# Copies -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy], ids=lambda f: f.__name__)
def test_derivatives_can_be_copied(copied):
    k = 2.0
    gradient = srcad.grad(lambda x: k * np.sum(x**2))
    _, pullback = srcad.vjp(lambda x: x**2, X)

    assert_same(4 * X, copied(gradient)(X))
    assert gradient.__doc__ == copied(gradient).__doc__
    assert_same(2 * X, copied(decorated).grad(X))
    assert_same(2 * X, copied(pullback)(np.ones(3))[0])


def test_deep_copy_of_a_bound_derivative_has_an_object_of_its_own():
    spring = Spring(1.0)
    gradient = copy.deepcopy(spring.energy.grad)

    spring.length = 2.0

    assert_same(2 * (X - 1.0), gradient(X))
    assert_same(2 * (X - 2.0), copy.copy(spring.energy.grad)(X))


# __main__ ---------------------------------------------------------------------------------------------------

SAVE = '''
from __future__ import annotations

import __main__
import functools
import pickle
import sys
from collections import namedtuple
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np

import srcad
from srcad.backend.shipping import shipped

SCALE = 2.0
Pair = namedtuple("Pair", "a b", defaults=(1.0,))


class Triple(NamedTuple):
    a: float
    b: float = 2.0

    def total(self):
        return self.a + self.b


class Mode(Enum):
    SQUARE = 2
    CUBE = 3


def scaled(x):
    return SCALE * x


@dataclass
class Model:
    power: float
    names: list[str] = field(default_factory=lambda: ["a"])
    factor = 1.0

    def value(self, x):
        return self.factor * np.sum(scaled(x) ** self.power)


class Larger(Model):
    __offset = 0.0

    def value(self, x):
        return super().value(x) + self.extra(x)

    def extra(self, x: Undefined) -> Undefined:
        return np.sum(x) + self.__offset

    class Inner:
        level = 4.0


Larger.factor = 3.0


@srcad.differentiate
def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


def parity(x):
    return x**2 if even(4) else x**3


def doubled(f):
    @functools.wraps(f)
    def wrapper(*args):
        return 2.0 * f(*args)
    return wrapper


@srcad.differentiate
@doubled
def over(x):
    return np.sum(x**2)


@functools.cache
def table(n):
    return np.arange(n)


if SCALE:
    def indented(x):
        """With
text at the margin."""
        return np.sum(x * table(3))


def chosen(x, mode=Mode.CUBE):
    return np.sum(x**3) if mode is Mode.CUBE else np.sum(x**2)


model, larger = Model(2.0), Larger(2.0)
pair, triple = Pair(2.0), Triple(1.0)
things = {
    "model": srcad.grad(model.value),
    "larger": larger.value,
    "captured": srcad.grad(lambda x: model.value(x) * Larger.Inner.level),
    "power": power.grad,
    "parity": parity,
    "over": over.grad,
    "indented": indented,
    "chosen": chosen,
    "named": lambda x: x * pair.a * pair.b + triple.total() + (type(pair) is Pair),
}

if __name__ == "__main__":
    with open("things.pickle", "wb") as file:
        pickle.dump({name: shipped(thing) for name, thing in things.items()}, file)
    for name, bad in {"main": lambda: __main__.SCALE, "file": lambda: file.name}.items():
        try:
            pickle.dumps(srcad.grad(bad))
        except TypeError as error:
            print(name, error, *error.__notes__)
    copied = pickle.loads(pickle.dumps(srcad.grad(larger.value)))
    print(type(copied.function.__self__) is Larger)
'''

LOAD = """
import sys
import pickle

import numpy as np

from srcad.backend.shipping import received, shipped

with open("things.pickle", "rb") as file:
    things = {name: received(data) for name, data in pickle.load(file).items()}
if sys.argv[1:]:
    things = {name: received(shipped(thing)) for name, thing in things.items()}
X = np.array([1.0, 2.0, 3.0])
for name, thing in things.items():
    x = (2.0, 5) if name == "power" else (2.0,) if name in ("parity", "named") else (X,)
    print(name, np.asarray(thing(*x)).tolist())
"""

# SCALE = 2 and Larger.factor = 3, so that larger is 3 sum((2 x)²) + sum(x)
LOADED = """\
model [8.0, 16.0, 24.0]
larger 174.0
captured [32.0, 64.0, 96.0]
power 80.0
parity 4.0
over [4.0, 8.0, 12.0]
indented 8.0
chosen 36.0
named 8.0
"""


def run(folder, script, *arguments):
    environment = dict(os.environ, PYTHONPATH=str(Path(srcad.__file__).parents[1]))
    command = [sys.executable, "-W", "error", script, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_main_defines_goes_by_source(tmp_path):
    (tmp_path / "save.py").write_text(SAVE, encoding="utf-8")
    (tmp_path / "load.py").write_text(LOAD, encoding="utf-8")

    messages = run(tmp_path, "save.py")
    (tmp_path / "save.py").unlink()

    assert "main the module __main__ cannot be imported" in messages
    assert "file cannot pickle" in messages
    assert "while pickling <grad of <lambda>>" in messages
    assert messages.endswith("True\n")
    assert LOADED == run(tmp_path, "load.py")
    assert LOADED == run(tmp_path, "load.py", "again")


# Refused ----------------------------------------------------------------------------------------------------


def test_code_without_source_is_refused():
    namespace = {}
    exec("def f(x):\n    return x\n", namespace)

    with pytest.raises(srcad.DifferentiationError, match=r"f is to be pickled with its source.*\n.*remedy"):
        shipped(namespace["f"])


def test_file_that_has_changed_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "changing_model.py"
    file.write_text("def make(k):\n    return lambda x: x + k\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import changing_model

    file.write_text("def make(k):\n    return lambda x: x * k\n\n", encoding="utf-8")

    with pytest.raises(srcad.DifferentiationError, match="has changed since it was loaded|cannot be found"):
        shipped(changing_model.make(2.0))
    monkeypatch.delitem(sys.modules, "changing_model")
