"""What is generated anew, what is not, and that what is reused is right."""

import gc
import importlib
import itertools
import linecache
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import srcad
from srcad import functional
from tests.support import assert_same, generated

X = np.array([1.0, 2.0, 3.0])
V = np.array([2.0, -1.0, 0.5])

SCALE = 2.0
WEIGHTS = np.array([1.0, 1.0, 1.0])


def helper(x):
    return x**2


def uses_globals(x):
    return SCALE * np.sum(WEIGHTS * helper(x))


def repeated(x, steps):
    for _ in range(steps):
        x = np.sin(x)
    return np.sum(x)


def repeated_slope(x, steps):
    slope = np.ones_like(x)
    for _ in range(steps):
        slope, x = slope * np.cos(x), np.sin(x)
    return slope


def cubed(k):
    """A fresh lambda of the same code at each call."""
    return lambda x: k * np.sum(x**3)


TRANSFORMS = {
    "grad": lambda f, x: srcad.grad(f)(x),
    "value_and_grad": lambda f, x: srcad.value_and_grad(f)(x),
    "jacfwd": lambda f, x: srcad.jacfwd(f)(x),
    "jacrev": lambda f, x: srcad.jacrev(f)(x),
    "jacobian": lambda f, x: srcad.jacobian(f)(x),
    "hessian": lambda f, x: srcad.hessian(f)(x),
    "hvp": lambda f, x: srcad.hvp(f)(x, V),
    "vjp": lambda f, x: srcad.vjp(f, x)[1](np.float64(1.0)),
    "jvp": lambda f, x: srcad.jvp(f, (x,), (V,)),
    "linearize": lambda f, x: srcad.linearize(f, x)[1](V),
    "functional.vjp": lambda f, x: functional.vjp(f, x),
    "functional.jvp": lambda f, x: functional.jvp(f, x, V),
    "functional.vhp": lambda f, x: functional.vhp(f, x, V),
    "functional.hvp": lambda f, x: functional.hvp(f, x, V),
    "functional.jacobian": lambda f, x: functional.jacobian(f, x),
    "functional.hessian": lambda f, x: functional.hessian(f, x),
    "functional.vjp-strict": lambda f, x: functional.vjp(f, x, strict=True),
}
every_transform = pytest.mark.parametrize("call", TRANSFORMS.values(), ids=TRANSFORMS.keys())


# Nothing anew -----------------------------------------------------------------------------------------------


def test_a_first_call_is_seen_in_linecache():
    before = generated()

    srcad.grad(lambda x: np.sum(np.cos(x)))(X)

    assert generated() - before


@every_transform
def test_repeated_signature_generates_nothing(call):
    f = cubed(2.0)
    call(f, X)
    before = generated()

    call(f, X)
    call(f, 2 * X)

    assert before == generated()


@every_transform
def test_fresh_lambda_of_the_same_code_generates_nothing(call):
    call(cubed(2.0), X)
    before = generated()

    for k in [2.0, 3.0, -1.0]:
        expected = call(cubed(1.0), X)
        actual = call(cubed(k), X)
        if isinstance(expected, tuple):
            assert_same(tuple(k * entry for entry in expected), actual)
        else:
            assert_same(k * expected, actual)

    assert before == generated()


def test_fresh_nested_functions_generate_nothing():
    def make(k):
        def inner(x):
            return k * x**2

        def outer(x):
            return np.sum(inner(x))

        return outer

    srcad.grad(make(1.0))(X)
    before = generated()

    for k in [2.0, 3.0]:
        assert_same(2 * k * X, srcad.grad(make(k))(X))

    assert before == generated()


def test_captured_array_is_bound_at_the_call():
    def make(weights):
        return lambda x: np.sum(weights * x**2)

    srcad.grad(make(X))(X)
    before = generated()

    assert_same(2 * V * X, srcad.grad(make(V))(X))

    assert before == generated()


def test_fresh_default_is_bound_at_the_call():
    def make(k):
        return lambda x, scale=k: scale * np.sum(x**2)

    srcad.grad(make(1.0))(X)
    before = generated()

    assert_same(6 * X, srcad.grad(make(3.0))(X))

    assert before == generated()


def test_another_step_count_generates_nothing():
    gradient = srcad.grad(repeated)
    gradient(X, 2)
    before = generated()

    for steps in [0, 1, 3, 7]:
        assert_same(repeated_slope(X, steps), gradient(X, steps))

    assert before == generated()


def test_another_captured_step_count_generates_nothing():
    def make(steps):
        def f(x):
            for _ in range(steps):
                x = np.sin(x)
            return np.sum(x)

        return f

    srcad.grad(make(2))(X)
    before = generated()

    assert_same(repeated_slope(X, 5), srcad.grad(make(5))(X))

    assert before == generated()


def test_another_float_generates_nothing():
    gradient = srcad.grad(lambda x, k: k * np.sum(x**2))
    gradient(X, 2.0)
    before = generated()

    assert_same(6 * X, gradient(X, 3.0))

    assert before == generated()


def test_new_derivative_objects_generate_nothing():
    srcad.grad(repeated)(X, 2)
    before = generated()

    srcad.grad(repeated)(2 * X, 2)

    assert before == generated()


def test_source_of_a_known_signature_generates_nothing():
    gradient = srcad.grad(repeated)
    gradient(X, 2)
    before = generated()

    gradient.source(X, 2)

    assert before == generated()


# Right anew -------------------------------------------------------------------------------------------------


def test_signatures_of_one_function_do_not_mix():
    gradient = srcad.grad(lambda x: np.sum(x**3))

    for _ in range(2):
        for x in [X, X.astype(np.float32), np.stack([X, X]), np.float64(2.0), np.zeros(0), X[:2]]:
            assert_same(3 * x**2, gradient(x))
        assert_same(np.float64(12.0), gradient(2.0))


def test_text_and_flags_select_their_branch():
    def f(x, mode, flag):
        if mode == "cube" and flag:
            return np.sum(x**3)
        return np.sum(x**2)

    gradient = srcad.grad(f)

    for _ in range(2):
        assert_same(3 * X**2, gradient(X, "cube", True))
        assert_same(2 * X, gradient(X, "cube", False))
        assert_same(2 * X, gradient(X, "square", True))


def test_static_integers_give_their_own_results():
    gradient = srcad.grad(lambda a, axis: np.sum(np.sum(a, axis=axis) ** 2))
    a = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])

    for _ in range(2):
        assert_same(np.broadcast_to(2 * a.sum(axis=0), (2, 3)), gradient(a, 0))
        assert_same(np.broadcast_to(2 * a.sum(axis=1)[:, None], (2, 3)), gradient(a, 1))
        assert_same(np.full((2, 3), 42.0), gradient(a, None))


def test_functions_as_arguments_give_their_own_results():
    gradient = srcad.grad(lambda x, g: np.sum(g(x)))

    for _ in range(2):
        assert_same(np.cos(X), gradient(X, np.sin))
        assert_same(2 * X, gradient(X, helper))
        assert_same(3 * X**2, gradient(X, lambda x: x**3))


def test_two_lambdas_on_one_line_do_not_mix():
    f, g = lambda x: np.sum(x**2), lambda x: np.sum(x**3)

    assert_same(2 * X, srcad.grad(f)(X))
    assert_same(3 * X**2, srcad.grad(g)(X))


def test_alike_functions_with_other_constants_do_not_mix():
    def make(flag):
        if flag:
            return lambda x: 2.0 * np.sum(x)
        return lambda x: 3.0 * np.sum(x)

    assert_same(np.full(3, 2.0), srcad.grad(make(True))(X))
    assert_same(np.full(3, 3.0), srcad.grad(make(False))(X))


@every_transform
def test_rebound_global_number_is_seen(call, monkeypatch):
    expected = call(lambda x: 5.0 * np.sum(x**2), X)
    call(uses_globals, X)

    monkeypatch.setitem(globals(), "SCALE", 5.0)

    assert_same(expected, call(uses_globals, X))


@every_transform
def test_rebound_global_array_is_seen(call, monkeypatch):
    expected = call(lambda x: 2.0 * np.sum(V * x**2), X)
    call(uses_globals, X)

    monkeypatch.setitem(globals(), "WEIGHTS", V)

    assert_same(expected, call(uses_globals, X))


@every_transform
def test_rebound_global_function_is_seen(call, monkeypatch):
    expected = call(lambda x: 2.0 * np.sum(x**3), X)
    call(uses_globals, X)

    monkeypatch.setitem(globals(), "helper", lambda x: x**3)

    assert_same(expected, call(uses_globals, X))


def test_global_array_written_into_is_seen(monkeypatch):
    weights = np.ones(3)
    monkeypatch.setitem(globals(), "WEIGHTS", weights)
    gradient = srcad.grad(uses_globals)
    assert_same(4 * X, gradient(X))

    weights[:] = V

    assert_same(4 * V * X, gradient(X))


def test_global_of_another_type_is_seen(monkeypatch):
    gradient = srcad.grad(lambda x: np.sum(SCALE * x**2))
    assert_same(4 * X, gradient(X))

    for scale in [3, np.float32(3.0), np.float64(3.0), np.full(3, 3.0), np.full((2, 3), 1.5)]:
        monkeypatch.setitem(globals(), "SCALE", scale)
        assert_same(6 * X, gradient(X))


def test_global_restored_is_seen(monkeypatch):
    gradient = srcad.grad(uses_globals)
    first = gradient(X)

    with monkeypatch.context() as patch:
        patch.setitem(globals(), "helper", lambda x: x**3)
        gradient(X)

    assert_same(first, gradient(X))


def test_changed_cell_content_is_seen():
    def make():
        k = 2.0

        def set_k(value):
            nonlocal k
            k = value

        return lambda x: np.sum(k * x**2), set_k

    f, set_k = make()
    gradient = srcad.grad(f)
    assert_same(4 * X, gradient(X))

    for k, expected in [
        (3.0, 6 * X),
        (5, 10 * X),
        (np.float64(7.0), 14 * X),
        (X, 2 * X**2),
        (np.ones((2, 3)), 4 * X),
    ]:
        set_k(k)
        assert_same(expected, gradient(X))


def test_changed_function_in_a_cell_is_seen():
    def make():
        inner = helper

        def set_inner(value):
            nonlocal inner
            inner = value

        return lambda x: np.sum(inner(x)), set_inner

    f, set_inner = make()
    gradient = srcad.grad(f)
    assert_same(2 * X, gradient(X))

    set_inner(lambda x: x**3)
    assert_same(3 * X**2, gradient(X))

    set_inner(np.sin)
    assert_same(np.cos(X), gradient(X))


def test_changed_default_is_seen():
    def f(x, k=2.0):
        return k * np.sum(x**2)

    gradient = srcad.grad(f)
    assert_same(4 * X, gradient(X))

    f.__defaults__ = (3.0,)

    assert_same(6 * X, gradient(X))


def test_new_code_of_a_callee_is_seen():
    def inner(x):
        return x**2

    def other(x):
        return x**3

    gradient = srcad.grad(lambda x: np.sum(inner(x)))
    assert_same(2 * X, gradient(X))

    inner.__code__ = other.__code__

    assert_same(3 * X**2, gradient(X))


def test_new_code_of_the_function_is_seen():
    def f(x):
        return np.sum(x**2)

    def other(x):
        return np.sum(x**3)

    gradient = srcad.grad(f)
    assert_same(2 * X, gradient(X))

    f.__code__ = other.__code__

    assert_same(3 * X**2, gradient(X))


def test_changed_callee_of_a_callee_is_seen():
    def inner(x):
        return x**2

    def middle(x):
        return 2.0 * inner(x)

    gradient = srcad.grad(lambda x: np.sum(middle(x)))
    assert_same(4 * X, gradient(X))

    inner.__code__ = (lambda x: x**3).__code__

    assert_same(6 * X**2, gradient(X))


def test_edited_and_reloaded_module_is_seen(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    path = tmp_path / "edited_model.py"
    text = "import numpy as np\n\ndef inner(x):\n    return {}\n\ndef f(x):\n    return np.sum(inner(x))\n"
    path.write_text(text.format("x**2"), encoding="utf-8")
    model = importlib.import_module("edited_model")
    gradient = srcad.grad(lambda x: model.f(x))
    assert_same(2 * X, srcad.grad(model.f)(X))
    assert_same(2 * X, gradient(X))

    path.write_text(text.format("x**3  # edited"), encoding="utf-8")
    importlib.invalidate_caches()
    importlib.reload(model)

    assert_same(3 * X**2, srcad.grad(model.f)(X))
    assert_same(3 * X**2, gradient(X))
    monkeypatch.delitem(sys.modules, "edited_model")


def test_attribute_of_a_captured_object_is_seen():
    class Settings:
        power = 2.0
        weights = X

    settings = Settings()
    gradient = srcad.grad(lambda x: np.sum(settings.weights * x**settings.power))
    assert_same(2 * X * X, gradient(X))

    settings.power = 3.0
    assert_same(3 * X * X**2, gradient(X))

    settings.weights = 2.0
    assert_same(6 * X**2, gradient(X))


# Bounded ----------------------------------------------------------------------------------------------------


def test_many_signatures_stay_bounded_and_right():
    gradient = srcad.grad(lambda x: np.sum(x[:1] * x))
    before = generated()

    shapes = [(n, *ones) for n in range(1, 101) for ones in [(), (1,)]]
    for shape in shapes:
        x = np.full(shape, 2.0)
        expected = np.full(shape, 2.0)
        expected[0] += 2.0 * shape[0]
        assert_same(expected, gradient(x))

    # 200 signatures; how many programs they take is up to the cache, but not one each.
    assert len(generated() - before) < 150


def test_code_that_needs_the_sizes_stays_right_after_many_signatures():
    def f(x):
        first, *others = x
        total = first * 1.0
        for other in others:
            total = total + other**2
        return total

    gradient = srcad.grad(f)

    for n in [*range(2, 70), 30, 69, 2]:
        expected = np.arange(2.0, 2.0 * n + 1.0, 2.0)
        expected[0] = 1.0
        assert_same(expected, gradient(np.arange(1.0, n + 1.0)))


def test_what_was_taken_before_is_not_refused_after_many_signatures():
    def f(x):
        return sum(a * b for a, b in itertools.zip_longest(x, x[:2], fillvalue=1.0))

    gradient = srcad.grad(lambda x: 2.0 * f(x))  # of a callee that needs sizes, which is refused where it is called

    for n in range(2, 70):
        expected = np.full(n, 2.0)
        expected[:2] = [4.0, 8.0]
        assert_same(expected, gradient(np.arange(1.0, n + 1.0)))


def test_many_texts_stay_bounded_and_right():
    def f(x, name):
        return np.sum(x**2) if name == "name 77" else np.sum(x)

    gradient = srcad.grad(f)
    before = generated()

    for i in range(200):
        assert_same(2 * X if i == 77 else np.ones(3), gradient(X, f"name {i}"))

    assert len(generated() - before) < 150


def test_fresh_lambdas_stay_bounded():
    srcad.grad(cubed(1.0))(X)
    before = generated()

    for k in range(500):
        srcad.grad(cubed(float(k)))(X)

    assert before == generated()


def test_cache_keeps_no_captured_arrays_alive():
    def use():
        big = np.ones(3)
        assert_same(2 * X, srcad.grad(lambda x: np.sum(big * x**2))(X))
        return weakref.ref(big)

    reference = use()
    gc.collect()

    assert reference() is None


def test_cache_keeps_no_arguments_alive():
    def use():
        x = np.ones(3)
        srcad.grad(lambda x: np.sum(x**2))(x)
        functional.hessian(lambda x: np.sum(x**2), x)
        return weakref.ref(x)

    reference = use()
    gc.collect()

    assert reference() is None


def test_results_are_not_kept_by_the_cache():
    gradient = srcad.grad(lambda x: 3.0 * np.sum(x))
    first = gradient(X)

    first[:] = 77.0

    assert_same(np.full(3, 3.0), gradient(X))


def test_generated_source_survives_checkcache():
    srcad.grad(lambda x: np.sum(np.cosh(x)))(X)
    before = generated()

    linecache.checkcache()

    assert before == generated()


# Threads ----------------------------------------------------------------------------------------------------

THREADS = 8


def together(task):
    """The results of task(0), …, task(7), which start at once in a thread each."""
    barrier = threading.Barrier(THREADS)

    def run(i):
        barrier.wait()
        return task(i)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_threads_share_a_fresh_derivative():
    gradient = srcad.grad(lambda x: np.sum(np.sin(x) * x**2))

    results = together(lambda i: gradient(X + i))

    for i, result in enumerate(results):
        x = X + i
        assert_same(np.cos(x) * x**2 + 2 * x * np.sin(x), result)


def test_threads_with_a_signature_each():
    hessian = srcad.hessian(lambda x: np.sum(x**3))

    results = together(lambda i: hessian(np.arange(1.0, i + 2.0)))

    for i, result in enumerate(results):
        assert_same(np.diag(6 * np.arange(1.0, i + 2.0)), result)


def test_threads_with_a_transform_each():
    def f(x):
        return np.sum(helper(x) * np.cosh(x))

    calls = list(itertools.islice(TRANSFORMS.values(), THREADS))

    results = together(lambda i: calls[i](f, X))

    for call, result in zip(calls, results, strict=True):
        assert_same(call(f, X), result)


def test_threads_with_fresh_closures():
    def make(k):
        return lambda x: k * np.sum(np.sinh(x))

    results = together(lambda i: [srcad.grad(make(float(i)))(X) for _ in range(20)])

    for i, gradients in enumerate(results):
        for gradient in gradients:
            assert_same(i * np.cosh(X), gradient)


def test_threads_generate_once_and_again_nothing():
    gradient = srcad.grad(lambda x: np.sum(np.tan(x)))
    together(lambda i: gradient(X))
    before = generated()

    together(lambda i: gradient(X))

    assert before == generated()


GROWING = [1.0, 2.0]
GROWING_POWERS = [1, 2]


def test_a_captured_list_that_changes_in_place_is_seen():
    def weighted(x):
        return sum([w * x for w in GROWING]) + len(GROWING) * x

    def powers(x):
        total = 0.0
        for p in GROWING_POWERS:
            total = total + x**p
        return total

    first, second = srcad.grad(weighted), srcad.grad(powers)
    assert first(2.0) == 5.0
    assert second(2.0) == 5.0
    GROWING.append(4.0)
    GROWING[0] = 3.0
    GROWING_POWERS[1] = 3
    GROWING_POWERS.append(1)
    try:
        assert first(2.0) == 12.0
        assert second(2.0) == 14.0
    finally:
        GROWING[:] = [1.0, 2.0]
        GROWING_POWERS[:] = [1, 2]
