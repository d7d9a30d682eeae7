"""The decorator srcad.differentiate, and what every derivative carries: source, signature, doc, pickle."""

import ast
import functools
import inspect
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import srcad
from tests.support import assert_same

X = np.array([1.0, 2.0, 3.0])
Y = np.array([4.0, 5.0, 6.0])
V = np.array([2.0, -1.0, 0.5])


@srcad.differentiate
def cubes(x):
    """The sum of cubes."""
    return np.sum(x**3)


@srcad.differentiate
def weighted(x, y, scale=2.0):
    return scale * np.sum(x * y**2)


@srcad.differentiate(argnums=(1, 0))
def turned(x, y):
    return np.sum(x * y**2)


@srcad.differentiate(argnums=1)
def second(name, x):
    return np.sum(x**2) if name == "squares" else np.sum(x)


@srcad.differentiate()
def with_parentheses(x):
    return np.sum(x**2)


@srcad.differentiate
def squares(x):
    return x**2


def plain_cubes(x):
    return np.sum(x**3)


# As the function before -------------------------------------------------------------------------------------


def test_decorated_function_is_called_as_before():
    assert_same(np.float64(36.0), cubes(X))
    assert_same(X**2, squares(X))


def test_decorated_function_takes_keywords_and_defaults():
    expected = 3.0 * np.sum(X * Y**2)

    assert_same(expected, weighted(X, Y, 3.0))
    assert_same(expected, weighted(y=Y, x=X, scale=3.0))
    assert_same(expected / 1.5, weighted(X, Y))


def test_decorated_function_takes_what_it_took_before():
    assert 27 == cubes(3)
    assert cubes(np.array([1, 2])) == 9


def test_decorated_function_returns_the_very_object():
    @srcad.differentiate
    def same(x):
        return x

    assert same(X) is X


def test_decorated_function_raises_as_before():
    with pytest.raises(TypeError, match=r"cubes\(\) missing 1 required positional argument: 'x'"):
        cubes()
    with pytest.raises(TypeError, match="unexpected keyword argument 'z'"):
        weighted(X, Y, z=1.0)


def test_decorated_function_keeps_its_identity():
    assert "cubes" == cubes.__name__
    assert "cubes" == cubes.__qualname__
    assert __name__ == cubes.__module__
    assert "The sum of cubes." == cubes.__doc__
    assert inspect.signature(plain_cubes) == inspect.signature(cubes)
    assert cubes.__wrapped__(X) == cubes(X)


def test_source_of_the_decorated_function_is_found():
    assert "return np.sum(x**3)" in inspect.getsource(cubes)


def test_decoration_runs_nothing():
    @srcad.differentiate
    def unsupported(x):
        with np.errstate(all="ignore"):
            return np.unwrap(x)

    np.testing.assert_array_equal(unsupported(X), X)


def test_decorator_with_empty_parentheses():
    assert_same(2 * X, with_parentheses.grad(X))


def test_decorated_lambda():
    f = srcad.differentiate(lambda x: np.sum(x**2))

    assert_same(np.float64(14.0), f(X))
    assert_same(2 * X, f.grad(X))


def test_decorating_leaves_the_function_alone():
    decorated = srcad.differentiate(plain_cubes)

    assert decorated is not plain_cubes
    assert not hasattr(plain_cubes, "grad")


def test_unknown_option_is_refused():
    with pytest.raises(TypeError):
        srcad.differentiate(argnum=0)


def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError):
        srcad.differentiate(3.0)


# Derivatives ------------------------------------------------------------------------------------------------


def test_grad():
    assert_same(3 * X**2, cubes.grad(X))


def test_value_and_grad():
    assert_same((np.float64(36.0), 3 * X**2), cubes.value_and_grad(X))


def test_jacobian():
    assert_same(np.diag(2 * X), squares.jacobian(X))


def test_hessian():
    assert_same(np.diag(6 * X), cubes.hessian(X))


def test_derivatives_take_the_parameters_of_the_function():
    assert_same(3.0 * Y**2, weighted.grad(X, Y, 3.0))
    assert_same(3.0 * Y**2, weighted.grad(X, Y, scale=3.0))
    assert_same(2.0 * Y**2, weighted.grad(X, Y))
    assert_same(2.0 * Y**2, weighted.jacobian(X, Y))
    assert_same(np.zeros((3, 3)), weighted.hessian(X, Y))


def test_argnums_of_the_decorator():
    slopes = (2 * X * Y, Y**2)
    hessian = ((np.diag(2 * X), np.diag(2 * Y)), (np.diag(2 * Y), np.zeros((3, 3))))

    assert_same(slopes, turned.grad(X, Y))
    assert_same((np.sum(X * Y**2), slopes), turned.value_and_grad(X, Y))
    assert_same(slopes, turned.jacobian(X, Y))
    assert_same(hessian, turned.hessian(X, Y))


def test_argnums_leave_the_other_arguments_free():
    assert_same(2 * X, second.grad("squares", X))
    assert_same(np.ones(3), second.grad("sum", X))


def test_vjp_takes_inputs_and_v():
    assert_same((X**2, 2 * X * V), squares.vjp(X, V))
    assert_same((np.float64(36.0), 3 * X**2), cubes.vjp(X))
    assert_same(((X**2), (2 * X * V,)), squares.vjp((X,), V))


def test_jvp_takes_inputs_and_v():
    assert_same((X**2, 2 * X * V), squares.jvp(X, V))


@pytest.mark.parametrize("product", [cubes.hvp, cubes.vhp], ids=["hvp", "vhp"])
def test_hessian_products_take_inputs_and_v(product):
    assert_same((np.float64(36.0), 6 * X * V), product(X, V))


def test_products_of_several_inputs_take_tuples():
    @srcad.differentiate
    def f(x, y):
        return np.sum(x * y**2)

    zero = np.zeros(3)
    assert_same((Y**2, 2 * X * Y), f.vjp((X, Y))[1])
    assert_same(np.sum(V * Y**2), f.jvp((X, Y), (V, zero))[1])
    assert_same((zero, 2 * Y * V), f.hvp((X, Y), (V, zero))[1])
    assert_same((zero, 2 * Y * V), f.vhp((X, Y), (V, zero))[1])


def test_products_take_the_options_of_functional():
    assert_same((X**2, 2 * X * V), squares.vjp(X, v=V, create_graph=True, strict=True))
    assert_same((X**2, 2 * X * V), squares.jvp(X, v=V, create_graph=True, strict=True))
    assert_same(6 * X * V, cubes.hvp(X, v=V, create_graph=True, strict=True)[1])
    assert_same(6 * X * V, cubes.vhp(X, v=V, create_graph=True, strict=True)[1])
    with pytest.raises(RuntimeError):
        squares.vjp(X, np.ones(2))


def test_derivatives_are_accepted_by_the_transforms():
    assert_same(np.diag(6 * X), srcad.jacfwd(cubes.grad)(X))
    assert_same(3 * X**2, srcad.grad(cubes)(X))
    assert_same(np.stack([3 * X**2, 3 * Y**2]), srcad.vmap(cubes.grad)(np.stack([X, Y])))


def test_decorated_function_may_call_a_decorated_function():
    @srcad.differentiate
    def f(x):
        return cubes(x) * np.sum(squares(x))

    assert_same(3 * X**2 * 14.0 + 36.0 * 2 * X, f.grad(X))


def test_decorated_function_may_use_the_derivative_of_another():
    @srcad.differentiate
    def f(x):
        return np.sum(cubes.grad(x))

    assert_same(6 * X, f.grad(X))


def test_differentiated_function_may_use_the_products_of_another():
    assert_same(2 * V, srcad.grad(lambda x: np.sum(squares.vjp(x, V, create_graph=True)[1]))(X))
    assert_same(np.diag(6 * V), srcad.jacfwd(lambda x: cubes.hvp(x, V, create_graph=True)[1])(X))


def test_decorated_function_may_call_itself():
    @srcad.differentiate
    def power(x, n):
        if n == 0:
            return 1.0
        return x * power(x, n - 1)

    assert 32.0 == power(2.0, 5)
    assert_same(np.float64(80.0), power.grad(2.0, 5))
    assert_same(np.float64(160.0), power.hessian(2.0, 5))


@srcad.differentiate
def module_power(x, n):
    if n == 0:
        return 1.0
    return x * module_power(x, n - 1)


def test_decorated_function_of_a_module_may_call_itself():
    assert_same(np.float64(80.0), module_power.grad(2.0, 5))


def test_decorating_a_decorated_function():
    f = srcad.differentiate(argnums=1)(weighted)

    assert_same(4.0 * X * Y, f.grad(X, Y))
    assert_same(2.0 * Y**2, weighted.grad(X, Y))


# Methods ----------------------------------------------------------------------------------------------------


class Spring:
    stiffness = 2.0

    def __init__(self, length):
        self.length = length

    @srcad.differentiate
    def energy(self, x):
        """Elastic energy."""
        return 0.5 * self.stiffness * np.sum((x - self.length) ** 2)

    @srcad.differentiate(argnums=(0, 1))
    def work(self, x, y):
        return self.stiffness * (x @ y)

    def plain(self, x):
        return np.sum(x**2) * self.length

    @srcad.differentiate
    @staticmethod
    def inner_static(x):
        return np.sum(x**3)

    @staticmethod
    @srcad.differentiate
    def outer_static(x):
        return np.sum(x**3)

    @srcad.differentiate
    @classmethod
    def inner_class(cls, x):
        return cls.stiffness * np.sum(x**2)

    @classmethod
    @srcad.differentiate
    def outer_class(cls, x):
        return cls.stiffness * np.sum(x**2)


class Stiff(Spring):
    stiffness = 10.0


def test_decorated_method_is_called_as_before():
    assert_same(np.float64(5.0), Spring(1.0).energy(X))
    assert_same(np.float64(5.0), Spring.energy(Spring(1.0), X))
    assert_same(np.float64(5.0), Spring(1.0).energy(x=X))


def test_decorated_method_keeps_its_identity():
    spring = Spring(1.0)

    assert "energy" == spring.energy.__name__
    assert "Spring.energy" == spring.energy.__qualname__
    assert "Elastic energy." == spring.energy.__doc__
    assert ["x"] == list(inspect.signature(spring.energy).parameters)
    assert ["self", "x"] == list(inspect.signature(Spring.energy).parameters)


def test_derivatives_of_a_bound_method_do_not_count_self():
    spring = Spring(1.0)

    assert_same(2.0 * (X - 1.0), spring.energy.grad(X))
    assert_same((np.float64(5.0), 2.0 * (X - 1.0)), spring.energy.value_and_grad(X))
    assert_same(2.0 * (X - 1.0), spring.energy.jacobian(X))
    assert_same(2.0 * np.eye(3), spring.energy.hessian(X))


def test_products_of_a_bound_method():
    spring = Spring(1.0)

    assert_same((np.float64(5.0), 2.0 * (X - 1.0)), spring.energy.vjp(X))
    assert_same((np.float64(5.0), 2.0 * (X - 1.0) @ V), spring.energy.jvp(X, V))
    assert_same((np.float64(5.0), 2.0 * V), spring.energy.hvp(X, V))
    assert_same((np.float64(5.0), 2.0 * V), spring.energy.vhp(X, V))


def test_argnums_of_a_method_do_not_count_self():
    assert_same((2.0 * Y, 2.0 * X), Spring(1.0).work.grad(X, Y))


def test_derivatives_belong_to_the_object():
    short, long = Spring(1.0), Spring(2.0)
    first, other = short.energy.grad, long.energy.grad

    assert_same(2.0 * (X - 1.0), first(X))
    assert_same(2.0 * (X - 2.0), other(X))


def test_derivatives_see_a_changed_attribute():
    spring = Spring(1.0)
    assert_same(2.0 * (X - 1.0), spring.energy.grad(X))

    spring.length = 2.0

    assert_same(2.0 * (X - 2.0), spring.energy.grad(X))


def test_derivatives_of_an_inherited_method():
    assert_same(10.0 * (X - 1.0), Stiff(1.0).energy.grad(X))


def test_static_methods():
    for f in [Spring.inner_static, Spring(1.0).inner_static, Spring.outer_static, Spring(1.0).outer_static]:
        assert_same(np.float64(36.0), f(X))
        assert_same(3 * X**2, f.grad(X))


def test_class_method():
    for f, scale in [(Spring.inner_class, 2.0), (Spring(1.0).inner_class, 2.0), (Stiff.inner_class, 10.0)]:
        assert_same(np.float64(scale * 14.0), f(X))
        assert_same(2.0 * scale * X, f.grad(X))


def test_class_method_over_the_decorator():
    # What `Spring.outer_class.grad` is depends on the version of Python (3.13 no longer chains descriptors),
    # so the transform is asked.
    for f, scale in [(Spring.outer_class, 2.0), (Stiff.outer_class, 10.0)]:
        assert_same(np.float64(scale * 14.0), f(X))
        assert_same(2.0 * scale * X, srcad.grad(f)(X))


def test_derivative_as_a_method_does_not_count_self():
    class Scaled(Spring):
        slope = srcad.grad(Spring.plain)
        sine = srcad.grad(np.sin)

    assert_same(6.0 * X, Scaled(3.0).slope(X))
    assert_same(np.float64(1.0), Scaled(3.0).sine(0.0))


def test_transforms_of_bound_methods():
    spring = Spring(3.0)

    assert_same(6.0 * X, srcad.grad(spring.plain)(X))
    assert_same(2.0 * (X - 3.0), srcad.grad(spring.energy)(X))


class Quadratic:
    """An object that can be called."""

    def __init__(self, weights):
        self.weights = weights

    def __call__(self, x):
        return np.sum(self.weights * x**2)


def test_objects_that_can_be_called():
    first, second = srcad.grad(Quadratic(X)), srcad.differentiate(Quadratic(Y))

    assert_same(2 * X * X, first(X))
    assert_same(2 * Y * X, second.grad(X))
    assert_same(np.sum(Y * X**2), second(X))
    assert "Quadratic_grad" == first.__name__
    assert ["x"] == list(inspect.signature(first).parameters)


# Other decorators -------------------------------------------------------------------------------------------


def doubled(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return 2.0 * f(*args, **kwargs)

    return wrapper


def scaled(factor):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(x):
            return factor * f(x)

        return wrapper

    return decorate


def unmarked(f):
    def wrapper(x):
        return f(x) + np.sum(x)

    return wrapper


@srcad.differentiate
@doubled
def over_wraps(x):
    return np.sum(x**3)


@doubled
@srcad.differentiate
def under_wraps(x):
    return np.sum(x**3)


@srcad.differentiate
@scaled(3.0)
@doubled
def over_two(x):
    return np.sum(x**3)


@srcad.differentiate
@unmarked
def over_unmarked(x):
    return np.sum(x**3)


@srcad.differentiate
@functools.cache
def over_cache(x):
    return x**3


@functools.cache
@srcad.differentiate
def under_cache(x):
    return x**3


def test_over_a_decorator_the_wrapper_is_differentiated():
    assert_same(np.float64(72.0), over_wraps(X))
    assert_same(6 * X**2, over_wraps.grad(X))
    assert_same(np.diag(12 * X), over_wraps.hessian(X))
    assert "over_wraps" == over_wraps.__name__


def test_under_a_decorator_the_function_is_differentiated():
    assert_same(np.float64(72.0), under_wraps(X))
    assert_same(3 * X**2, under_wraps.__wrapped__.grad(X))


def test_decorator_above_does_not_pass_for_differentiable():
    # its derivatives would be those of what is under it
    assert not hasattr(under_wraps, "grad")


def test_transform_of_what_stands_over_the_decorator():
    assert_same(6 * X**2, srcad.grad(under_wraps)(X))


def test_over_two_decorators():
    assert_same(np.float64(216.0), over_two(X))
    assert_same(18 * X**2, over_two.grad(X))


def test_over_a_decorator_without_wraps():
    assert_same(3 * X**2 + 1.0, over_unmarked.grad(X))


def test_over_a_cache():
    # A cache changes no values: the derivative is that of the function in it.
    assert 8.0 == over_cache(2.0)
    assert_same(np.float64(12.0), over_cache.grad(2.0))
    assert_same(np.float64(12.0), over_cache.hessian(2.0))


def test_under_a_cache():
    assert 8.0 == under_cache(2.0)
    assert_same(np.float64(12.0), under_cache.__wrapped__.grad(2.0))


# source -----------------------------------------------------------------------------------------------------

KINDS = ["grad", "value_and_grad", "jacobian", "hessian", "vjp", "jvp", "hvp", "vhp"]


@srcad.differentiate
def rosen(x):
    residual = x[1:] - x[:-1] ** 2
    return np.sum(100.0 * residual**2 + (1.0 - x[:-1]) ** 2)


@pytest.mark.parametrize("kind", KINDS)
def test_source_of_a_kind_is_python(kind):
    source = rosen.source(kind, X)

    assert any(isinstance(node, ast.FunctionDef) for node in ast.parse(source).body)


@pytest.mark.parametrize("kind", KINDS)
def test_source_without_arguments_is_the_general_code(kind):
    source = rosen.source(kind)

    assert any(isinstance(node, ast.FunctionDef) for node in ast.parse(source).body)


@pytest.mark.parametrize("kind", KINDS)
def test_source_uses_the_names_of_the_function(kind):
    assert "residual" in rosen.source(kind, X)


def test_source_is_the_same_before_and_after_a_call():
    before = rosen.source("grad", X)
    rosen.grad(X)
    rosen.grad(X.astype(np.float32))

    assert before == rosen.source("grad", X)


def test_source_does_not_run_the_function(capsys):
    @srcad.differentiate
    def announce(x):
        print("called")
        return np.sum(x**2)

    announce.source("grad", X)

    assert "" == capsys.readouterr().out


def test_source_follows_the_signature():
    @srcad.differentiate
    def f(x, y):
        return np.sum(x * y)

    # With equal shapes nothing was broadcast; with others something has to be summed.
    assert f.source("grad", X, X) != f.source("grad", np.ones((3, 1)), X)


def test_source_of_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="gradient"):
        rosen.source("gradient", X)


def test_source_of_a_bound_method():
    assert "stiffness" in Spring(1.0).energy.source("grad", X)


TRANSFORMS = [srcad.grad, srcad.value_and_grad, srcad.jacfwd, srcad.jacrev]
TRANSFORMS += [srcad.jacobian, srcad.hessian, srcad.hvp, srcad.vmap]
every_transform = pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda f: f.__name__)


def examples(transform):
    """Arguments of a derivative of plain_cubes."""
    if transform is srcad.hvp:
        return X, V
    if transform is srcad.vmap:
        return (np.stack([X, Y]),)
    return (X,)


@every_transform
def test_every_derivative_has_its_source(transform):
    derivative = transform(plain_cubes)

    for source in [derivative.source(*examples(transform)), derivative.source()]:
        assert any(isinstance(node, ast.FunctionDef) for node in ast.parse(source).body)


def test_source_of_a_derivative_is_that_of_the_kind():
    assert cubes.source("grad", X) == cubes.grad.source(X)
    assert cubes.source("hessian", X) == cubes.hessian.source(X)


def test_source_of_a_nested_derivative():
    ast.parse(srcad.grad(lambda x: np.sum(srcad.grad(plain_cubes)(x))).source(X))
    ast.parse(srcad.jacfwd(srcad.grad(plain_cubes)).source(X))


def test_traceback_shows_generated_lines_and_names_the_line_of_the_user():
    def f(x):
        return 1.0 / (x - 1.0)

    with pytest.raises(ZeroDivisionError) as info:
        srcad.grad(f)(1.0)

    line = f.__code__.co_firstlineno + 1
    assert any(f"test_differentiate.py:{line}" in note for note in info.value.__notes__)
    frame = info.traceback[-1]
    assert str(frame.frame.code.raw.co_filename).startswith("<srcad")
    assert "/" in inspect.getsource(frame.frame.code.raw)


# Signature and docstring ------------------------------------------------------------------------------------


@pytest.mark.parametrize("transform", TRANSFORMS[:6], ids=lambda f: f.__name__)
def test_derivatives_have_the_parameters_of_the_function(transform):
    def f(x, y, *rest, scale=2.0, **options):
        return scale * np.sum(x)

    expected = list(inspect.signature(f).parameters.values())

    assert expected == list(inspect.signature(transform(f)).parameters.values())


def test_hvp_has_one_parameter_more():
    assert ["x", "y", "v"] == list(inspect.signature(srcad.hvp(lambda x, y: np.sum(x * y))).parameters)


@pytest.mark.parametrize("name", ["grad", "value_and_grad", "jacobian", "hessian"])
def test_derivatives_of_a_decorated_function_have_its_parameters(name):
    derivative = getattr(weighted, name)

    assert ["x", "y", "scale"] == list(inspect.signature(derivative).parameters)
    assert 2.0 == inspect.signature(derivative).parameters["scale"].default


@pytest.mark.parametrize("name", ["vjp", "jvp", "hvp", "vhp"])
def test_products_of_a_decorated_function_have_those_of_functional(name):
    expected = list(inspect.signature(getattr(srcad.functional, name)).parameters)[1:]

    assert expected == list(inspect.signature(getattr(weighted, name)).parameters)


def test_derivatives_of_a_bound_method_have_no_self():
    assert ["x"] == list(inspect.signature(Spring(1.0).energy.grad).parameters)


@every_transform
def test_derivatives_have_a_docstring_that_names_the_function(transform):
    assert "plain_cubes" in transform(plain_cubes).__doc__


@pytest.mark.parametrize("name", KINDS)
def test_derivatives_of_a_decorated_function_have_a_docstring(name):
    assert "weighted" in getattr(weighted, name).__doc__


@every_transform
def test_transforms_have_a_docstring(transform):
    assert transform.__doc__


@every_transform
def test_derivatives_have_a_name(transform):
    assert "plain_cubes" in transform(plain_cubes).__name__


# Pickles ----------------------------------------------------------------------------------------------------


@every_transform
@pytest.mark.parametrize("called", [False, True], ids=["fresh", "called"])
def test_derivatives_pickle(transform, called):
    derivative = transform(plain_cubes)
    expected = transform(plain_cubes)(*examples(transform))
    if called:
        derivative(*examples(transform))

    loaded = pickle.loads(pickle.dumps(derivative))

    assert_same(expected, loaded(*examples(transform)))


def test_options_survive_a_pickle():
    derivative = srcad.grad(lambda x, y: (np.sum(x * y**2), x), argnums=(1, 0), has_aux=True)

    loaded = pickle.loads(pickle.dumps(derivative))

    assert_same(((2 * X * Y, Y**2), X), loaded(X, Y))


def test_decorated_function_and_its_derivatives_pickle():
    assert_same(np.float64(36.0), pickle.loads(pickle.dumps(cubes))(X))
    assert_same(3 * X**2, pickle.loads(pickle.dumps(cubes.grad))(X))
    assert_same((X**2, 2 * X * V), pickle.loads(pickle.dumps(squares.vjp))(X, V))


def test_derivative_of_a_closure_pickles_with_what_it_captured():
    def make(k, weights):
        def inner(x):
            return k * x

        return lambda x: weights @ inner(x) ** 2

    loaded = pickle.loads(pickle.dumps(srcad.grad(make(2.0, Y))))

    assert_same(8.0 * Y * X, loaded(X))


def test_derivative_of_a_bound_method_pickles():
    loaded = pickle.loads(pickle.dumps(Spring(1.0).energy.grad))

    assert_same(2.0 * (X - 1.0), loaded(X))


def test_nested_derivative_pickles():
    loaded = pickle.loads(pickle.dumps(srcad.jacfwd(srcad.grad(plain_cubes))))

    assert_same(np.diag(6 * X), loaded(X))


def run(folder, script, *arguments):
    """The output of a Python script that runs in a process of its own, in `folder`."""
    package = Path(srcad.__file__).parents[1]
    environment = dict(os.environ, PYTHONPATH=str(package))
    command = [sys.executable, script, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    return done.stdout


LOADER = """
import pickle
import numpy as np

with open("derivative.pickle", "rb") as file:
    derivative = pickle.load(file)
print(derivative(np.array([1.0, 2.0, 3.0])).tolist())
print(derivative(np.array([1.0, 2.0], np.float32)).tolist())
"""


def test_derivative_of_an_importable_function_pickles_into_another_process(tmp_path):
    (tmp_path / "model.py").write_text(
        "import numpy as np\n\n\ndef cubes(x):\n    return np.sum(x**3)\n", encoding="utf-8"
    )
    (tmp_path / "save.py").write_text(
        """
import pickle
import numpy as np
import srcad
import model

derivative = srcad.grad(model.cubes)
derivative(np.ones(3))
with open("derivative.pickle", "wb") as file:
    pickle.dump(derivative, file)
""",
        encoding="utf-8",
    )
    (tmp_path / "load.py").write_text(LOADER, encoding="utf-8")

    run(tmp_path, "save.py")

    assert "[3.0, 12.0, 27.0]\n[3.0, 12.0]\n" == run(tmp_path, "load.py")


MAIN = """
import pickle
import sys
import numpy as np
import srcad

POWER = 3


def helper(x):
    return x**POWER


@srcad.differentiate
def decorated(x):
    return np.sum(helper(x))


def cubes(x):
    return np.sum(helper(x))


def make(k):
    return lambda x: np.sum(k * helper(x))


if __name__ == "__main__":
    derivative = {
        "function": srcad.grad(cubes),
        "decorated": decorated.grad,
        "lambda": srcad.grad(make(1.0)),
        "called": srcad.grad(cubes),
    }[sys.argv[1]]
    if sys.argv[1] == "called":
        derivative(np.ones(3))
    with open("derivative.pickle", "wb") as file:
        pickle.dump(derivative, file)
"""


@pytest.mark.parametrize("case", ["function", "decorated", "lambda", "called"])
def test_derivative_of_a_function_of_main_pickles_into_another_process(tmp_path, case):
    (tmp_path / "save.py").write_text(MAIN, encoding="utf-8")
    (tmp_path / "load.py").write_text(LOADER, encoding="utf-8")

    run(tmp_path, "save.py", case)
    (tmp_path / "save.py").unlink()

    assert "[3.0, 12.0, 27.0]\n[3.0, 12.0]\n" == run(tmp_path, "load.py")


def test_source_of_a_product_does_not_call_the_function(capsys):
    @srcad.differentiate
    def announced(x, y):
        print("called")
        return np.sum(x**2) * y, x[x > 0]

    for kind in ("vjp", "jvp"):
        assert "def announced_" in announced.source(kind, np.ones(3), 2.0)
    assert "" == capsys.readouterr().out


def plain_energy(x, k, *, scale=1.0):
    return scale * np.sum(x**k)


def test_functions_with_bound_arguments():
    squares = functools.partial(plain_energy, k=2)
    scaled = functools.partial(functools.partial(plain_energy, k=3), scale=2.0)
    weighted = functools.partial(np.dot, np.array([1.0, 2.0]))
    x = np.array([1.0, 2.0])

    assert_same(2.0 * x, srcad.grad(squares)(x))
    assert_same(6.0 * x**2, srcad.grad(lambda y: scaled(y))(x))
    assert_same(np.array([1.0, 2.0]), srcad.grad(weighted)(x))
    assert_same(2.0 * x, pickle.loads(pickle.dumps(srcad.grad(squares)))(x))
    assert "def plain_energy_grad(" in srcad.grad(squares).source(x)


class Resolution:
    def __init__(self):
        self.k = 3.0

    @srcad.differentiate(argnums=1)
    def energy(self, x):
        return np.sum(x**2) * self.k


def test_general_source_of_a_method():
    assert "self.k" in Resolution.energy.source("grad")


def test_attributes_of_what_a_call_gives():
    def f(x):
        return np.sum(x) * np.finfo(x.dtype).eps

    assert_same(np.full(2, np.finfo(float).eps), srcad.grad(f)(np.ones(2)))


def test_the_source_of_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="^there is no derivative of kind 'curl'\n  remedy: pass grad, value_and_grad, ") as info:
        rosen.source("curl", X)

    assert isinstance(info.value, srcad.DifferentiationError)
    assert "rosen_grad" in rosen.source("grad", X)
