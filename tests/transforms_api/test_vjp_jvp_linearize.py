"""srcad.vjp, jvp and linearize: at a point, for functions of pytrees."""

import numpy as np
import pytest

import srcad
from tests.support import assert_same, parameters

X = np.array([1.0, 2.0, 3.0])
Y = np.array([4.0, 5.0, 6.0])
V = np.array([2.0, -1.0, 0.5])
W = np.array([1.0, 0.0, -2.0])


def squares(x):
    return x**2


def product_and_sum(x, y):
    return x * y, np.sum(x)


# Signatures -------------------------------------------------------------------------------------------------


def test_signature_of_vjp():
    empty = parameters(squares)[0][2]
    expected = [("f", "POSITIONAL_OR_KEYWORD", empty), ("primals", "VAR_POSITIONAL", empty)]
    expected += [("has_aux", "KEYWORD_ONLY", False)]

    assert expected == parameters(srcad.vjp)


def test_signature_of_jvp():
    named = "POSITIONAL_OR_KEYWORD"
    empty = parameters(squares)[0][2]
    expected = [("f", named, empty), ("primals", named, empty), ("tangents", named, empty)]
    expected += [("has_aux", "KEYWORD_ONLY", False)]

    assert expected == [p for p in parameters(srcad.jvp) if p[0] != "strict"]


def test_signature_of_linearize():
    empty = parameters(squares)[0][2]

    assert [
        ("f", "POSITIONAL_OR_KEYWORD", empty),
        ("primals", "VAR_POSITIONAL", empty),
    ] == parameters(srcad.linearize)


# vjp --------------------------------------------------------------------------------------------------------


def test_vjp_returns_the_output_and_a_function():
    output, pullback = srcad.vjp(squares, X)

    assert_same(X**2, output)
    assert_same((2 * X * V,), pullback(V))


def test_vjp_gives_a_tuple_with_an_entry_per_primal():
    output, pullback = srcad.vjp(product_and_sum, X, Y)

    assert_same((X * Y, np.float64(6.0)), output)
    assert_same((Y * V + 10.0, X * V), pullback((V, np.float64(10.0))))


def test_pullback_runs_many_times():
    _, pullback = srcad.vjp(lambda x: np.cumsum(np.exp(x)), X)

    first, other, again = pullback(V), pullback(W), pullback(V)

    assert_same(first, again)
    assert_same((np.exp(X) * np.cumsum(W[::-1])[::-1],), other)


def test_pullback_of_a_loop_runs_many_times():
    def f(x):
        for _ in range(3):
            x = np.sin(x) * x
        return x

    _, pullback = srcad.vjp(f, X)

    assert_same(pullback(V), pullback(V))
    assert_same((3.0 * pullback(V)[0],), pullback(3.0 * V))


def test_results_of_a_pullback_share_no_memory():
    cotangent = V.copy()
    _, pullback = srcad.vjp(lambda x, y: x + y, X, Y)

    first, second = pullback(cotangent)
    again, _ = pullback(cotangent)

    assert not np.shares_memory(first, second)
    assert not np.shares_memory(first, again)
    assert not np.shares_memory(first, cotangent)
    np.testing.assert_array_equal(cotangent, V)


def test_function_runs_once_and_not_in_the_pullback(capsys):
    def announce(x):
        print("called")
        return x**2

    _, pullback = srcad.vjp(announce, X)
    pullback(V)
    pullback(V)

    assert "called\n" == capsys.readouterr().out


def test_vjp_of_pytrees():
    def f(params, inputs):
        first, second = inputs
        return {"y": params["w"] * first, "z": [np.sum(params["b"]), second**2]}

    output, pullback = srcad.vjp(f, {"w": X, "b": Y}, [V, np.float64(3.0)])

    assert_same({"y": X * V, "z": [np.float64(15.0), np.float64(9.0)]}, output)
    cotangent = {"y": W, "z": [np.float64(2.0), np.float64(-1.0)]}
    assert_same(({"w": W * V, "b": np.full(3, 2.0)}, [W * X, np.float64(-6.0)]), pullback(cotangent))


def test_vjp_of_a_python_float():
    output, pullback = srcad.vjp(lambda x: x**3, 2.0)

    assert 8.0 == output
    assert_same((np.float64(12.0),), pullback(np.float64(1.0)))


def test_vjp_of_a_constant_output_gives_zeros():
    _, pullback = srcad.vjp(lambda x: np.ones(2), X)

    assert_same((np.zeros(3),), pullback(np.ones(2)))


def test_vjp_of_an_unused_primal_gives_zeros():
    _, pullback = srcad.vjp(lambda x, y: y**2, X, Y)

    assert_same((np.zeros(3), 2 * Y * V), pullback(V))


def test_vjp_entries_have_the_dtype_of_the_primal():
    _, pullback = srcad.vjp(lambda x, y: x * y, X.astype(np.float32), Y)

    assert_same(((V * Y).astype(np.float32), V * X), pullback(V))


def test_vjp_same_array_twice():
    _, pullback = srcad.vjp(lambda x, y: x * y**2, X, X)

    assert_same((V * X**2, 2 * V * X**2), pullback(V))


@pytest.mark.parametrize("shape", [(), (1,), (2,), (1, 3), (3, 1)])
def test_cotangent_must_have_the_shape_of_the_output(shape):
    _, pullback = srcad.vjp(squares, X)

    with pytest.raises(RuntimeError):
        pullback(np.ones(shape))


def test_cotangent_must_have_the_tree_of_the_output():
    _, pullback = srcad.vjp(product_and_sum, X, Y)

    for cotangent in [V, (V,), [V, np.float64(1.0)], {"a": V}, (V, (np.float64(1.0),)), (V, V)]:
        with pytest.raises(RuntimeError):
            pullback(cotangent)


def test_cotangent_of_a_plain_output_is_plain():
    _, pullback = srcad.vjp(squares, X)

    for cotangent in [(V,), [V]]:
        with pytest.raises(RuntimeError):
            pullback(cotangent)


def test_cotangent_of_a_dict_has_its_keys():
    _, pullback = srcad.vjp(lambda x: {"a": x, "b": x**2}, X)

    for cotangent in [{"a": V}, {"a": V, "c": V}, (V, V)]:
        with pytest.raises(RuntimeError):
            pullback(cotangent)


def test_pullback_takes_one_argument():
    _, pullback = srcad.vjp(product_and_sum, X, Y)

    for cotangents in [(), (V, np.float64(1.0))]:
        with pytest.raises((TypeError, RuntimeError)):
            pullback(*cotangents)


def test_vjp_refuses_an_integer_output():
    for f in [lambda x: np.argmax(x), lambda x: x > 1.0, lambda x: (x, np.argsort(x))]:
        with pytest.raises(RuntimeError):
            srcad.vjp(f, X)


def test_vjp_refuses_integer_primals():
    for primal in [np.array([1, 2]), 3, "x", [X, 2]]:
        with pytest.raises(srcad.DifferentiationError):
            srcad.vjp(lambda x: np.float64(1.0), primal)


def test_vjp_inside_a_gradient():
    def f(x):
        _, pullback = srcad.vjp(lambda y: y**3, x)
        (product,) = pullback(x)
        return np.sum(product)

    # Σ 3 x² x
    assert_same(9 * X**2, srcad.grad(f)(X))


def test_pullback_of_an_outer_scope_in_a_gradient():
    _, pullback = srcad.vjp(squares, X)

    assert_same(2 * X, srcad.grad(lambda v: np.sum(pullback(v)[0]))(V))


# jvp --------------------------------------------------------------------------------------------------------


def test_jvp_returns_output_and_tangent():
    result = srcad.jvp(squares, (X,), (V,))

    assert type(result) is tuple
    assert_same((X**2, 2 * X * V), result)


def test_jvp_of_several_primals():
    output, tangent = srcad.jvp(product_and_sum, (X, Y), (V, W))

    assert_same((X * Y, np.float64(6.0)), output)
    assert_same((V * Y + X * W, np.sum(V)), tangent)


def test_jvp_of_pytrees():
    def f(params, inputs):
        first, second = inputs
        return {"y": params["w"] * first, "z": [np.sum(params["b"]), second**2]}

    primals = ({"w": X, "b": Y}, [V, np.float64(3.0)])
    tangents = ({"w": W, "b": V}, [X, np.float64(1.0)])

    _, tangent = srcad.jvp(f, primals, tangents)

    assert_same({"y": W * V + X * X, "z": [np.float64(1.5), np.float64(6.0)]}, tangent)


def test_jvp_of_python_floats():
    output, tangent = srcad.jvp(lambda x: x**3, (2.0,), (0.5,))

    assert 8.0 == output
    assert_same(np.float64(6.0), tangent)


def test_jvp_of_constant_output_gives_zeros():
    _, tangent = srcad.jvp(lambda x: (np.ones(2, np.float32), x), (X,), (V,))

    assert_same((np.zeros(2, np.float32), V), tangent)


def test_jvp_of_integer_output_gives_integer_zeros():
    output, tangent = srcad.jvp(lambda x: (np.argsort(x), x), (X,), (V,))

    np.testing.assert_array_equal(output[0], [0, 1, 2])
    assert_same((np.zeros(3, np.argsort(X).dtype), V), tangent)


def test_jvp_tangent_has_the_dtype_of_the_output():
    _, tangent = srcad.jvp(lambda x: (x, x * Y), (X.astype(np.float32),), (V.astype(np.float32),))

    assert_same((V.astype(np.float32), V * Y), tangent)


def test_jvp_shares_no_memory_with_the_tangents():
    x, v = X.copy(), V.copy()

    _, (first, second) = srcad.jvp(lambda x: (x, x), (x,), (v,))

    assert not np.shares_memory(first, v)
    assert not np.shares_memory(second, v)
    assert not np.shares_memory(first, second)


def test_jvp_calls_the_function_once(capsys):
    def announce(x):
        print("called")
        return x**2

    srcad.jvp(announce, (X,), (V,))

    assert "called\n" == capsys.readouterr().out


def test_primals_and_tangents_must_be_tuples():
    for primals, tangents in [(X, V), ([X], [V]), ((X,), [V]), ([X], (V,)), ((X,), V), (X, (V,))]:
        with pytest.raises(RuntimeError):
            srcad.jvp(squares, primals, tangents)


def test_tangents_must_have_the_tree_of_the_primals():
    def f(x, y):
        return x["a"] * y

    primals = ({"a": X}, Y)
    for tangents in [
        ({"a": V},),
        (V, W),
        ({"b": V}, W),
        ({"a": V}, (W,)),
        ({"a": V}, W, W),
        ({"a": V}, None),
    ]:
        with pytest.raises(RuntimeError):
            srcad.jvp(f, primals, tangents)


@pytest.mark.parametrize("shape", [(), (1,), (2,), (1, 3), (3, 1)])
def test_tangents_must_have_the_shapes_of_the_primals(shape):
    with pytest.raises(RuntimeError):
        srcad.jvp(squares, (X,), (np.ones(shape),))


def test_integer_tangent_is_refused():
    for tangent in [np.array([1, 0, 0]), np.array([True, False, False])]:
        with pytest.raises(RuntimeError):
            srcad.jvp(squares, (X,), (tangent,))


def test_jvp_refuses_integer_primals():
    with pytest.raises(srcad.DifferentiationError):
        srcad.jvp(squares, (np.array([1, 2]),), (np.array([1.0, 0.0]),))


def test_jvp_inside_a_gradient():
    def f(x):
        return np.sum(srcad.jvp(lambda y: y**3, (x,), (x,))[1])

    assert_same(9 * X**2, srcad.grad(f)(X))


def test_jvp_of_a_gradient():
    _, tangent = srcad.jvp(srcad.grad(lambda x: np.sum(x**3)), (X,), (V,))

    assert_same(6 * X * V, tangent)


def test_jvp_of_a_jvp():
    def first(x):
        return srcad.jvp(lambda y: y**3, (x,), (V,))[1]

    assert_same(6 * X * V * W, srcad.jvp(first, (X,), (W,))[1])


# linearize --------------------------------------------------------------------------------------------------


def test_linearize_returns_the_output_and_a_function():
    output, pushforward = srcad.linearize(squares, X)

    assert_same(X**2, output)
    assert_same(2 * X * V, pushforward(V))


def test_linearize_of_several_primals_takes_a_tangent_each():
    output, pushforward = srcad.linearize(product_and_sum, X, Y)

    assert_same((X * Y, np.float64(6.0)), output)
    assert_same((V * Y + X * W, np.sum(V)), pushforward(V, W))


def test_linearize_of_pytrees():
    def f(params):
        return [params["w"] * params["b"], np.sum(params["w"])]

    output, pushforward = srcad.linearize(f, {"w": X, "b": Y})

    assert_same([X * Y, np.float64(6.0)], output)
    assert_same([V * Y + X * W, np.sum(V)], pushforward({"w": V, "b": W}))


def test_pushforward_runs_many_times():
    def f(x):
        for _ in range(3):
            x = np.sin(x) * x
        return x

    _, pushforward = srcad.linearize(f, X)

    assert_same(srcad.jvp(f, (X,), (V,))[1], pushforward(V))
    assert_same(srcad.jvp(f, (X,), (W,))[1], pushforward(W))
    assert_same(pushforward(V), pushforward(V))


def test_function_runs_once_and_not_in_the_pushforward(capsys):
    def announce(x):
        print("called")
        return np.exp(x)

    _, pushforward = srcad.linearize(announce, X)
    pushforward(V)
    pushforward(W)

    assert "called\n" == capsys.readouterr().out


def test_pushforward_uses_the_random_numbers_of_the_call():
    rng = np.random.default_rng(1)

    output, pushforward = srcad.linearize(lambda x: x**2 * rng.standard_normal(), 1.0)

    assert_same(np.float64(2 * output), pushforward(np.float64(1.0)))
    assert_same(np.float64(2 * output), pushforward(np.float64(1.0)))


def test_pushforward_of_a_constant_gives_zeros():
    _, pushforward = srcad.linearize(lambda x: np.ones(2), X)

    assert_same(np.zeros(2), pushforward(V))


def test_pushforward_of_an_identity_shares_no_memory():
    tangent = V.copy()
    _, pushforward = srcad.linearize(lambda x: x, X)

    assert not np.shares_memory(pushforward(tangent), tangent)


@pytest.mark.parametrize("shape", [(), (1,), (2,), (1, 3), (3, 1)])
def test_pushforward_needs_the_shape_of_the_primal(shape):
    _, pushforward = srcad.linearize(squares, X)

    with pytest.raises(RuntimeError):
        pushforward(np.ones(shape))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int64, bool], ids=lambda t: t.__name__)
def test_pushforward_needs_the_dtype_of_the_primal(dtype):
    _, pushforward = srcad.linearize(squares, X)

    with pytest.raises(RuntimeError):
        pushforward(np.ones(3, dtype))


def test_pushforward_needs_the_tree_of_the_primals():
    _, pushforward = srcad.linearize(lambda x, y: x["a"] * y[0], {"a": X}, (Y,))

    for tangents in [(), ({"a": V},), (V, W), ({"a": V}, [W]), ({"a": V}, W), ({"b": V}, (W,))]:
        with pytest.raises(RuntimeError):
            pushforward(*tangents)


def test_linearize_refuses_integer_primals():
    with pytest.raises(srcad.DifferentiationError):
        srcad.linearize(squares, np.array([1, 2]))


def test_linearize_inside_a_gradient():
    def f(x):
        _, pushforward = srcad.linearize(lambda y: y**3, x)
        return np.sum(pushforward(x))

    assert_same(9 * X**2, srcad.grad(f)(X))


def test_pushforward_of_an_outer_scope_in_a_gradient():
    _, pushforward = srcad.linearize(squares, X)

    assert_same(2 * X, srcad.grad(lambda v: np.sum(pushforward(v)))(V))


def test_the_three_agree():
    def f(x):
        return np.outer(np.sin(x), x**2)[0] / (1.0 + np.sum(x))

    tangent = srcad.jvp(f, (X,), (V,))[1]

    assert_same(tangent, srcad.linearize(f, X)[1](V))
    np.testing.assert_allclose(W @ tangent, srcad.vjp(f, X)[1](W)[0] @ V, rtol=1e-12)


def test_vjp_and_linearize_need_primals():
    for make in (srcad.vjp, srcad.linearize):
        with pytest.raises(RuntimeError, match="no primals"):
            make(lambda: 1.0)


def test_named_tuples_of_numpy_are_those_of_numpy():
    a = np.array([[2.0, 0.5], [0.5, 1.0]])

    for f in (np.linalg.slogdet, np.linalg.eigh, np.linalg.svd):
        assert type(f(a)) is type(srcad.jvp(f, (a,), (a,))[0])
    value, pullback = srcad.vjp(np.linalg.slogdet, a)
    assert type(value) is type(np.linalg.slogdet(a))
    np.testing.assert_allclose(np.linalg.inv(a), pullback(type(value)(0.0, 1.0))[0])
