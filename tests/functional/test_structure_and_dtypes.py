"""What the six functions have in common: structure, dtypes, memory, and one call of the function."""

import collections

import numpy as np
import pytest

import srcad
from srcad.functional import hessian, hvp, jacobian, jvp, vhp, vjp
from tests.support import assert_same

X = np.array([1.0, 2.0, 3.0])
Y = np.array([4.0, 5.0, 6.0])
V = np.array([2.0, -1.0, 0.5])

Pair = collections.namedtuple("Pair", ["first", "second"])

vjp_or_jvp = pytest.mark.parametrize("product", [vjp, jvp], ids=["vjp", "jvp"])
vhp_or_hvp = pytest.mark.parametrize("product", [vhp, hvp], ids=["vhp", "hvp"])

FORWARD = {"strategy": "forward-mode"}
OUTER_FORWARD = {"outer_jacobian_strategy": "forward-mode"}
VECTORIZE = {"vectorize": True}

# Each of the six, in every mode, for a function of one array of size 3 with one output of size 1.
CALLS = {
    "vjp": lambda f, x: vjp(f, x)[1],
    "vjp-strict": lambda f, x: vjp(f, x, strict=True)[1],
    "vjp-create_graph": lambda f, x: vjp(f, x, create_graph=True)[1],
    "jvp": lambda f, x: jvp(f, x, V)[1],
    "jvp-strict": lambda f, x: jvp(f, x, V, strict=True)[1],
    "vhp": lambda f, x: vhp(f, x, V)[1],
    "vhp-strict": lambda f, x: vhp(f, x, V, strict=True)[1],
    "hvp": lambda f, x: hvp(f, x, V)[1],
    "hvp-strict": lambda f, x: hvp(f, x, V, strict=True)[1],
    "jacobian": lambda f, x: jacobian(f, x),
    "jacobian-strict": lambda f, x: jacobian(f, x, strict=True),
    "jacobian-create_graph": lambda f, x: jacobian(f, x, create_graph=True),
    "jacobian-vectorized": lambda f, x: jacobian(f, x, **VECTORIZE),
    "jacobian-forward": lambda f, x: jacobian(f, x, **FORWARD),
    "jacobian-forward-vectorized": lambda f, x: jacobian(f, x, **FORWARD, **VECTORIZE),
    "hessian": lambda f, x: hessian(f, x),
    "hessian-strict": lambda f, x: hessian(f, x, strict=True),
    "hessian-create_graph": lambda f, x: hessian(f, x, create_graph=True),
    "hessian-vectorized": lambda f, x: hessian(f, x, **VECTORIZE),
    "hessian-forward": lambda f, x: hessian(f, x, **OUTER_FORWARD),
    "hessian-forward-vectorized": lambda f, x: hessian(f, x, **OUTER_FORWARD, **VECTORIZE),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())

# The same numbers for cubes at X.
EXPECTED = {"vjp": 3 * X**2, "jvp": np.sum(3 * X**2 * V), "vhp": 6 * X * V, "hvp": 6 * X * V}
EXPECTED |= {"jacobian": 3 * X**2, "hessian": np.diag(6 * X)}


def cubes(x):
    return np.sum(x**3)


def leaves(result):
    """The arrays of a nested tuple."""
    if isinstance(result, tuple):
        return [leaf for entry in result for leaf in leaves(entry)]
    return [result]


# Structure --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CALLS)
def test_every_mode_gives_the_same_numbers(name):
    assert_same(np.asarray(EXPECTED[name.split("-")[0]]), CALLS[name](cubes, X))


def test_vjp_structure_follows_the_inputs():
    assert_same(2 * X, vjp(lambda x: np.sum(x**2), X)[1])
    assert_same((2 * X,), vjp(lambda x: np.sum(x**2), (X,))[1])
    assert_same((Y, X), vjp(lambda x, y: x @ y, (X, Y))[1])


def test_jvp_structure_follows_the_outputs():
    assert_same(2 * X * V, jvp(lambda x: x**2, X, V)[1])
    assert_same((2 * X * V,), jvp(lambda x: (x**2,), X, V)[1])
    assert_same((2 * X * V, V), jvp(lambda x: (x**2, x), X, V)[1])


@pytest.mark.parametrize("inputs", [X, (X,)], ids=["plain", "tuple"])
def test_outputs_are_not_wrapped_by_the_wrapping_of_inputs(inputs):
    assert_same(X**2, vjp(lambda x: x**2, inputs, V)[0])
    assert_same((X**2,), vjp(lambda x: (x**2,), inputs, V)[0])
    assert_same(X**2, jvp(lambda x: x**2, inputs, V)[0])
    assert_same((X**2,), jvp(lambda x: (x**2,), inputs, V)[0])


def test_jvp_is_not_wrapped_by_the_wrapping_of_inputs():
    assert_same(2 * X * V, jvp(lambda x: x**2, (X,), V)[1])


@vhp_or_hvp
def test_hessian_product_structure_follows_the_inputs(product):
    assert_same(6 * X * V, product(cubes, X, V)[1])
    assert_same((6 * X * V,), product(cubes, (X,), V)[1])
    assert_same((V, V), product(lambda x, y: x @ y, (X, Y), (V, V))[1])


def test_named_tuple_of_outputs_comes_back_as_a_plain_tuple():
    outputs, product = vjp(lambda a: np.linalg.slogdet(a), np.diag(X), (np.float64(0.0), np.float64(1.0)))

    assert type(outputs) is tuple
    assert_same((np.float64(1.0), np.float64(np.log(6.0))), outputs)
    assert_same(np.diag(1 / X), product)


def test_jvp_and_jacobian_of_a_named_tuple_are_plain_tuples():
    _, product = jvp(lambda a: np.linalg.slogdet(a), np.diag(X), np.diag(V))

    assert_same((np.float64(0.0), np.sum(V / X)), product)
    assert_same((np.zeros((3, 3)), np.diag(1 / X)), jacobian(lambda a: np.linalg.slogdet(a), np.diag(X)))


def test_named_tuple_of_inputs_counts_as_a_tuple():
    _, product = vjp(lambda x, y: x @ y, Pair(X, Y))

    assert_same((Y, X), product)


def test_named_tuple_of_v_counts_as_a_tuple():
    _, product = jvp(lambda x, y: x @ y, (X, Y), Pair(V, V))

    assert_same(V @ Y + X @ V, product)


@every_call
def test_a_numpy_function_itself_can_be_differentiated(call):
    if call in (CALLS["vjp"], CALLS["jvp"], CALLS["jacobian"], CALLS["jacobian-forward-vectorized"]):
        assert_same(call(lambda x: np.sum(x), X), call(np.sum, X))
    else:
        assert_same(call(lambda x: np.prod(x), X), call(np.prod, X))


# Kinds of input ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("x", [2.0, np.float64(2.0), np.array(2.0)], ids=["float", "scalar", "0-d"])
def test_numbers_are_0d_inputs(name, x):
    expected = {"vjp": 12.0, "jvp": 12.0, "vhp": 12.0, "hvp": 12.0, "jacobian": 12.0, "hessian": 12.0}
    calls = {"jvp": jvp, "vhp": vhp, "hvp": hvp}
    kind = name.split("-")[0]

    if kind in calls:
        strict = name.endswith("strict")
        assert_same(expected[kind], calls[kind](lambda t: t**3, x, strict=strict)[1])
    else:
        assert_same(expected[kind], CALLS[name](lambda t: t**3, x))


@every_call
def test_strided_input(call):
    assert_same(call(cubes, X), call(cubes, np.repeat(X, 2)[::2]))


@every_call
def test_reversed_input(call):
    assert_same(call(cubes, X), call(cubes, X[::-1].copy()[::-1]))


@every_call
def test_read_only_input(call):
    frozen = X.copy()
    frozen.flags.writeable = False

    assert_same(call(cubes, X), call(cubes, frozen))


@every_call
def test_broadcast_input(call):
    assert_same(call(cubes, np.full(3, 2.0)), call(cubes, np.broadcast_to(2.0, 3)))


def test_fortran_ordered_input():
    a = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    v = np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]])

    assert_same(v * a * 2, vjp(lambda a: a**2, np.asfortranarray(a), v)[1])
    assert_same(v * a * 2, jvp(lambda a: a**2, np.asfortranarray(a), np.asfortranarray(v))[1])


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0, 1)])
def test_empty_inputs(shape):
    x = np.zeros(shape)

    assert_same(x, vjp(cubes, x)[1])
    assert_same(np.float64(0.0), jvp(cubes, x, x)[1])
    assert_same(x, vhp(cubes, x, x)[1])
    assert_same(x, hvp(cubes, x, x)[1])
    assert_same(x, jacobian(cubes, x))
    assert_same(np.zeros(shape + shape), hessian(cubes, x))


def test_bigger_ranks():
    x = np.arange(1.0, 25.0).reshape(2, 3, 4)

    assert_same(3 * x**2, vjp(cubes, x)[1])
    assert_same(np.diag(6 * x.ravel()).reshape(x.shape + x.shape), hessian(cubes, x))


# Dtypes -----------------------------------------------------------------------------------------------------

DTYPES = [np.float16, np.float32, np.float64]
every_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=lambda t: t.__name__)
every_v_dtype = pytest.mark.parametrize("v_dtype", [*DTYPES, np.int64], ids=lambda t: t.__name__)


@pytest.mark.parametrize("name", CALLS)
@every_dtype
def test_one_dtype_stays(name, dtype):
    expected = np.asarray(EXPECTED[name.split("-")[0]])

    assert_same(expected.astype(dtype), CALLS[name](cubes, X.astype(dtype)))


@every_dtype
@every_v_dtype
def test_v_is_cast_in_vjp(dtype, v_dtype):
    x = X.astype(dtype)
    v = np.array([1, 0, 2], v_dtype)

    assert_same((x**2, np.array([2, 0, 12], dtype)), vjp(lambda x: x**2, x, v))


@every_dtype
@every_v_dtype
def test_v_is_cast_in_jvp(dtype, v_dtype):
    x = X.astype(dtype)
    v = np.array([1, 0, 2], v_dtype)

    assert_same((x**2, np.array([2, 0, 12], dtype)), jvp(lambda x: x**2, x, v))


@vhp_or_hvp
@every_dtype
@every_v_dtype
def test_v_is_cast_in_hessian_products(product, dtype, v_dtype):
    v = np.array([1, 0, 2], v_dtype)

    output, result = product(cubes, X.astype(dtype), v)

    assert_same(np.asarray(36, dtype), output)
    assert_same(np.array([6, 0, 36], dtype), result)


@every_dtype
def test_numpy_scalars_keep_their_dtype(dtype):
    x = dtype(2)

    assert_same((x**3, dtype(12)), vjp(lambda x: x**3, x))
    assert_same((x**3, dtype(12)), jvp(lambda x: x**3, x))
    assert_same((x**3, dtype(12)), hvp(lambda x: x**3, x))
    assert_same(dtype(12), jacobian(lambda x: x**3, x))
    assert_same(dtype(12), hessian(lambda x: x**3, x))


def mixed_product(a, b):
    return a * b


def mixed_total(a, b):
    return np.sum(a**2 * b)


A32 = np.array([1.0, 2.0], np.float32)
B64 = np.array([3.0, 4.0])


def test_outputs_follow_promotion():
    assert_same(A32 * B64, vjp(mixed_product, (A32, B64), np.ones(2))[0])
    assert_same(A32 * B64, jvp(mixed_product, (A32, B64), (A32, B64))[0])


def test_vjp_entries_have_the_dtypes_of_the_inputs():
    _, product = vjp(mixed_product, (A32, B64), np.array([1.0, 2.0], np.float32))

    assert_same((np.array([3.0, 8.0], np.float32), np.array([1.0, 4.0])), product)


def test_jvp_entries_have_the_dtypes_of_the_outputs():
    def f(a, b):
        return a**2, a * b

    _, product = jvp(f, (A32, B64), (B64, A32))

    assert_same((np.array([6.0, 16.0], np.float32), np.array([10.0, 20.0])), product)


@vhp_or_hvp
def test_hessian_products_have_the_dtypes_of_the_inputs(product):
    # a**2 b: 2 b a' + 2 a b', and 2 a a'
    _, result = product(mixed_total, (A32, B64), (A32, B64))

    assert_same((np.array([12.0, 32.0], np.float32), np.array([2.0, 8.0])), result)


@pytest.mark.parametrize("vectorize", [False, True])
def test_reverse_jacobian_has_the_dtype_of_the_input(vectorize):
    def f(a, b):
        return a**2, a * b

    expected = (
        (np.diag(2 * A32), np.zeros((2, 2))),
        (np.diag(B64).astype(np.float32), np.diag(A32).astype(np.float64)),
    )

    assert_same(expected, jacobian(f, (A32, B64), vectorize=vectorize))


@pytest.mark.parametrize("vectorize", [False, True])
def test_forward_jacobian_has_the_dtype_of_the_output(vectorize):
    def f(a, b):
        return a**2, a * b

    expected = (
        (np.diag(2 * A32), np.zeros((2, 2), np.float32)),
        (np.diag(B64), np.diag(A32).astype(np.float64)),
    )

    assert_same(expected, jacobian(f, (A32, B64), vectorize=vectorize, strategy="forward-mode"))


def mixed_hessian():
    return (np.diag(2 * B64), np.diag(2.0 * A32)), (np.diag(2.0 * A32), np.zeros((2, 2)))


@pytest.mark.parametrize("vectorize", [False, True])
def test_reverse_hessian_blocks_have_the_dtype_of_the_second_input(vectorize):
    (aa, ab), (ba, bb) = mixed_hessian()
    expected = (
        (aa.astype(np.float32), ab.astype(np.float64)),
        (ba.astype(np.float32), bb.astype(np.float64)),
    )

    assert_same(expected, hessian(mixed_total, (A32, B64), vectorize=vectorize))


@pytest.mark.parametrize("vectorize", [False, True])
def test_forward_hessian_blocks_have_the_dtype_of_the_first_input(vectorize):
    (aa, ab), (ba, bb) = mixed_hessian()
    expected = (
        (aa.astype(np.float32), ab.astype(np.float32)),
        (ba.astype(np.float64), bb.astype(np.float64)),
    )
    actual = hessian(mixed_total, (A32, B64), vectorize=vectorize, outer_jacobian_strategy="forward-mode")

    assert_same(expected, actual)


def test_0d_arrays_promote_like_arrays():
    scale = np.array(3.0)

    outputs, product = vjp(lambda a, s: a * s, (A32, scale), np.ones(2))

    assert_same(np.array([3.0, 6.0]), outputs)
    assert_same((np.array([3.0, 3.0], np.float32), np.float64(3.0)), product)


def test_python_floats_promote_weakly():
    outputs, product = vjp(lambda a, s: a * s, (A32, 3.0), np.ones(2))

    assert_same(np.array([3.0, 6.0], np.float32), outputs)
    assert_same((np.array([3.0, 3.0], np.float32), np.float64(3.0)), product)


def test_casts_return_to_the_dtype_of_the_input():
    assert_same(np.array([2.0, 4.0], np.float32), vjp(lambda a: np.sum(a.astype(np.float64) ** 2), A32)[1])
    assert_same(np.array([6.0, 8.0]), vjp(lambda b: np.sum(b.astype(np.float32) ** 2), B64)[1])


def test_zeros_have_the_dtype_of_what_they_stand_for():
    assert_same((np.zeros(2, np.float32), np.zeros(2)), vjp(lambda a, b: 1.0, (A32, B64))[1])
    assert_same(np.zeros((2, 3), np.float32), jvp(lambda a: np.ones((2, 3), np.float32), B64, B64)[1])
    assert_same(np.zeros((2, 2), np.float32), jacobian(lambda a: np.ones(2), A32))
    assert_same(np.zeros((2, 2)), jacobian(lambda a: np.ones(2), A32, strategy="forward-mode"))
    assert_same(np.zeros((2, 2), np.float32), hessian(lambda a: np.sum(a), A32))


def test_dtype_of_v_does_not_limit_the_derivative():
    x = np.array([1e30])

    assert_same(np.array([2e30]), jvp(lambda x: x**2, x, np.ones(1, np.float16))[1])
    assert_same(np.array([2e30]), vjp(lambda x: x**2, x, np.ones(1, np.float16))[1])


# Memory -----------------------------------------------------------------------------------------------------


def unchanged(call, *arrays):
    """Whether the arrays hold the same bytes after the call."""
    before = [array.tobytes() for array in arrays]
    call()
    return before == [array.tobytes() for array in arrays]


@every_call
def test_input_is_left_as_found(call):
    x = X.copy()

    assert unchanged(lambda: call(cubes, x), x)


def test_inputs_and_v_are_left_as_found():
    x, y, v, w = X.copy(), Y.copy(), V.copy(), 2 * V

    def f(a, b):
        return np.sum(a**2 * b)

    assert unchanged(lambda: vjp(lambda a, b: a * b, (x, y), v), x, y, v)
    assert unchanged(lambda: vjp(lambda a, b: (a + b, a - b), (x, y), (v, w)), x, y, v, w)
    assert unchanged(lambda: jvp(lambda a, b: a + b, (x, y), (v, w)), x, y, v, w)
    assert unchanged(lambda: vhp(f, (x, y), (v, w)), x, y, v, w)
    assert unchanged(lambda: hvp(f, (x, y), (v, w)), x, y, v, w)


SHARING = {
    "identity": lambda x: x,
    "view": lambda x: x[:],
    "reversed": lambda x: x[::-1],
    "reshaped": lambda x: x.reshape(3, 1),
    "positive": lambda x: +x,
    "transposed": lambda x: x.T,
    "plus zero": lambda x: x + 0.0,
    "times one": lambda x: 1.0 * x,
    "twice": lambda x: x + x,
}
every_sharing = pytest.mark.parametrize("f", SHARING.values(), ids=SHARING.keys())


@every_sharing
@vjp_or_jvp
def test_first_derivatives_share_no_memory_with_inputs_or_v(product, f):
    x = X.copy()
    v = V.reshape(f(X).shape).copy() if product is vjp else V.copy()

    outputs, result = product(f, x, v)

    assert not np.shares_memory(result, x)
    assert not np.shares_memory(result, v)
    assert not np.shares_memory(result, outputs)


@every_sharing
@vhp_or_hvp
def test_hessian_products_share_no_memory_with_inputs_or_v(product, f):
    x, v = X.copy(), V.copy()

    _, result = product(lambda x: np.sum(f(x) ** 2) / 2, x, v)

    assert not np.shares_memory(result, x)
    assert not np.shares_memory(result, v)


def test_results_of_several_inputs_share_no_memory():
    v = V.copy()

    _, (first, second) = vjp(lambda a, b: a + b, (X, Y), v)

    assert_same((V, V), (first, second))
    assert not np.shares_memory(first, second)
    assert not np.shares_memory(first, v)
    assert not np.shares_memory(second, v)


def test_results_of_several_outputs_share_no_memory():
    _, (first, second, third) = jvp(lambda x: (x, x, x[:]), X, V)

    assert not np.shares_memory(first, second)
    assert not np.shares_memory(first, third)
    assert not np.shares_memory(second, third)


def test_results_for_the_same_array_twice_share_no_memory():
    x = X.copy()

    _, (first, second) = vjp(lambda a, b: a @ b, (x, x))

    assert not np.shares_memory(first, second)
    assert not np.shares_memory(first, x)
    assert not np.shares_memory(second, x)


def test_bilinear_results_do_not_share_with_the_other_input():
    x, y = X.copy(), Y.copy()

    _, (first, second) = vjp(lambda a, b: a @ b, (x, y))
    _, product = jvp(lambda t: t * y, 2.0)

    assert not np.shares_memory(first, y)
    assert not np.shares_memory(second, x)
    assert not np.shares_memory(product, y)


@pytest.mark.parametrize("vectorize", [False, True])
def test_jacobian_blocks_share_no_memory(vectorize):
    matrix = np.arange(9.0).reshape(3, 3)

    blocks = leaves(jacobian(lambda a, b: (matrix @ a, a + b), (X, Y), vectorize=vectorize))

    for i, block in enumerate(blocks):
        assert not np.shares_memory(block, matrix)
        for other in blocks[:i]:
            assert not np.shares_memory(block, other)


@pytest.mark.parametrize("way", [{}, VECTORIZE, OUTER_FORWARD, OUTER_FORWARD | VECTORIZE])
def test_hessian_blocks_share_no_memory(way):
    matrix = np.arange(9.0).reshape(3, 3)

    blocks = leaves(hessian(lambda a, b: a @ matrix @ b, (X, Y), **way))

    for i, block in enumerate(blocks):
        assert not np.shares_memory(block, matrix)
        for other in blocks[:i]:
            assert not np.shares_memory(block, other)


LINEAR = {
    "sum": lambda x: np.sum(x),
    "mean": lambda x: np.mean(x),
    "constant": lambda x: 1.0,
    "element": lambda x: x[1],
}
every_linear = pytest.mark.parametrize("f", LINEAR.values(), ids=LINEAR.keys())


@every_linear
@pytest.mark.parametrize(
    "name", ["vjp", "jacobian", "jacobian-vectorized", "jacobian-forward", "hessian", "hvp"]
)
def test_results_are_writable_arrays_of_their_own(name, f):
    first = CALLS[name](f, X)
    saved = first.copy()
    assert first.flags.writeable

    first[0] = 77.0

    np.testing.assert_array_equal(first[1:], saved[1:])
    np.testing.assert_array_equal(CALLS[name](f, X), saved)


@every_call
def test_two_calls_share_no_memory(call):
    assert not np.shares_memory(call(cubes, X), call(cubes, X))


def test_outputs_may_share_memory_with_inputs_as_in_the_function():
    x = X.copy()

    outputs, _ = vjp(lambda x: x[1:], x, np.ones(2))

    assert np.shares_memory(outputs, x)


# One call of the function -----------------------------------------------------------------------------------


@every_call
def test_function_is_called_exactly_once(call, capsys):
    def announce(x):
        print("called")
        return np.sum(x**3)

    call(announce, X)

    assert "called\n" == capsys.readouterr().out


@pytest.mark.parametrize("name", CALLS)
def test_random_draws_happen_exactly_once(name):
    drawn = np.random.default_rng(5)
    noise, following = drawn.standard_normal(3), drawn.standard_normal()
    rng = np.random.default_rng(5)

    actual = CALLS[name](lambda x: np.sum((x * rng.standard_normal(3)) ** 3), X)

    kind = name.split("-")[0]
    expected = {"vjp": 3 * X**2 * noise**3, "jvp": np.sum(3 * X**2 * noise**3 * V)}
    expected |= {"vhp": 6 * X * noise**3 * V, "hvp": 6 * X * noise**3 * V}
    expected |= {"jacobian": 3 * X**2 * noise**3, "hessian": np.diag(6 * X * noise**3)}
    assert_same(np.asarray(expected[kind]), actual)
    assert following == rng.standard_normal()


@every_call
def test_effects_keep_their_order(call, capsys):
    def f(x):
        total = 0.0
        for i in range(len(x)):
            print("element", i)
            total = total + x[i] ** 3
        print("done")
        return total

    call(f, X)

    assert "element 0\nelement 1\nelement 2\ndone\n" == capsys.readouterr().out


def test_inputs_are_passed_positionally():
    def f(*arrays):
        return np.sum(arrays[0] * arrays[1])

    assert_same((Y, X), vjp(f, (X, Y))[1])


def test_defaults_of_the_function_are_used():
    def f(x, power=3):
        return np.sum(x**power)

    assert_same(3 * X**2, vjp(f, X)[1])


# Exceptions of the function ---------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [vjp, jvp, vhp, hvp, jacobian, hessian], ids=lambda f: f.__name__)
def test_division_of_python_floats_by_zero_passes_through(call):
    def f(x):
        return 1.0 / (x - 1.0)

    with pytest.raises(ZeroDivisionError) as plain:
        f(1.0)
    with pytest.raises(ZeroDivisionError) as info:
        call(f, 1.0)

    assert type(info.value) is ZeroDivisionError
    assert plain.value.args == info.value.args


@pytest.mark.parametrize("call", [vjp, jvp, vhp, hvp, jacobian, hessian], ids=lambda f: f.__name__)
def test_key_error_passes_through(call):
    table = {"scale": 2.0}

    def f(x):
        return x**3 * table["missing"]

    with pytest.raises(KeyError) as info:
        call(f, 1.0)

    assert type(info.value) is KeyError
    assert ("missing",) == info.value.args


@every_call
def test_index_error_passes_through(call):
    with pytest.raises(IndexError):
        call(lambda x: x[7] ** 3, X)


@every_call
def test_shape_mismatch_inside_the_function_passes_through(call):
    with pytest.raises(ValueError) as info:
        call(lambda x: np.sum(x**3 * np.ones(2)), X)

    assert type(info.value) is ValueError


def test_effects_before_an_exception_have_happened(capsys):
    def f(x):
        print("before")
        return 1.0 / (x - x)

    with pytest.raises(ZeroDivisionError):
        vjp(f, 1.0)

    assert "before\n" == capsys.readouterr().out


def test_works_after_an_exception():
    def f(x):
        return 1.0 / (x - 1.0)

    with pytest.raises(ZeroDivisionError):
        vjp(f, 1.0)

    assert_same(np.float64(-1.0), vjp(f, 2.0)[1])


INTEGER_FACTORS = {
    "a length": lambda x: np.sum(x) * len(x),
    "an array": lambda x: np.sum(x * np.arange(3)),
    "a product": lambda x: np.dot(x, np.array([1, 2, 3])),
}


@pytest.mark.parametrize("f", INTEGER_FACTORS.values(), ids=INTEGER_FACTORS.keys())
def test_a_vjp_without_v_is_of_floats_where_all_factors_are_integers(f):
    x = np.array([1.0, 2.0, 3.0])

    assert_same(srcad.grad(f)(x), vjp(f, x)[1])
