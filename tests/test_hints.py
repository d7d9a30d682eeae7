"""Checkpoints, derivatives given as functions, and stopped gradients: what they refuse, and what they leave alone."""

import functools
import pickle
import weakref

import numpy as np
import pytest

import srcad
from tests.support import assert_locates

X = np.array([0.3, -0.8, 1.2])
RNG = np.random.default_rng(3)


def layer(x):
    """Three lines."""
    return np.tanh(x) * x


# ---- without a derivative around them ----------------------------------------------------------------------------------


def test_checkpoint_calls_the_function():
    wrapped = srcad.checkpoint(layer)

    np.testing.assert_array_equal(wrapped(X), layer(X))
    assert (wrapped.__name__, wrapped.__doc__, wrapped.__wrapped__) == ("layer", "Three lines.", layer)


def test_checkpoint_of_a_range_iterates_like_it():
    assert srcad.checkpoint(range(2, 9, 3)) == range(2, 9, 3)
    assert list(srcad.checkpoint(range(3), slots=2)) == [0, 1, 2]
    assert list(srcad.checkpoint(range(3), memory=1000)) == [0, 1, 2]


LIMITS = [
    (lambda: srcad.checkpoint(range(3), slots=0), "slots=0 is no number of states", "pass 1 or more"),
    (lambda: srcad.checkpoint(range(3), memory=-1), "memory=-1 is no number of bytes", "pass 0 or more"),
    (lambda: srcad.checkpoint(range(3), slots=2, memory=10), "slots and memory both limit the states that are held",
     "pass one of them"),
]
every_limit = pytest.mark.parametrize("steps, reason, remedy", LIMITS, ids=["slots", "memory", "both"])


@every_limit
def test_checkpoint_refuses_limits_that_make_no_sense(steps, reason, remedy):
    with pytest.raises(ValueError, match=f"^{reason}\n  remedy: {remedy}$"):
        steps()


@every_limit
def test_a_derivative_refuses_limits_that_make_no_sense(steps, reason, remedy):
    def f(x, bad):
        if bad:
            for _ in steps():
                x = x * x
        return np.sum(x**2)

    gradient = srcad.grad(f)

    with pytest.raises(ValueError, match=f"{reason}\n  remedy: {remedy}"):
        gradient(X, True)
    np.testing.assert_allclose(gradient(X, False), 2.0 * X)


def test_a_number_of_states_that_depends_on_the_data_is_looked_at_when_it_is_known():
    def f(x, slots):
        for _ in srcad.checkpoint(range(5), slots=slots):
            x = 0.5 * x * x
        return np.sum(x)

    gradient = srcad.grad(f)

    with pytest.raises(ValueError, match="slots=-1 is no number of states") as error:
        gradient(X, -1)
    assert "remedy: pass 1 or more" in str(error.value)
    assert_locates(error.value, f)
    np.testing.assert_allclose(gradient(X, 1), gradient(X, 2))


def test_checkpoint_refuses_slots_without_a_range():
    message = "^slots and memory are for the steps of a loop\n  remedy: pass a range, or leave them out$"
    with pytest.raises(ValueError, match=message):
        srcad.checkpoint(layer, slots=3)


def test_custom_functions_are_called_as_they_are():
    made = srcad.custom_vjp(layer)

    np.testing.assert_array_equal(made(X), layer(X))
    assert made.__name__ == "layer"


def test_hints_on_methods_are_bound():
    class Model:
        scale = 2.0

        @srcad.checkpoint
        def activation(self, x):
            return np.sin(self.scale * x)

        def loss(self, x):
            return np.sum(self.activation(x))

    np.testing.assert_allclose(Model().activation(X), np.sin(2.0 * X))
    np.testing.assert_allclose(srcad.grad(Model().loss)(X), 2.0 * np.cos(2.0 * X))


def test_hints_pickle_with_their_functions():
    derivative = pickle.loads(pickle.dumps(srcad.grad(srcad.checkpoint(lambda x: np.sum(np.sin(x))))))

    np.testing.assert_allclose(derivative(X), np.cos(X))


def test_custom_functions_pickle_with_their_derivatives():
    derivative = pickle.loads(pickle.dumps(srcad.grad(lambda x: clipped(x) ** 2)))

    assert derivative(3.0) == 1.0


def test_pullbacks_through_hints_pickle():
    def f(x):
        for _ in srcad.checkpoint(range(5)):
            x = srcad.checkpoint(lambda y: np.sin(y) * y)(rounded(x) + x)
        return np.sum(x)

    _, pullback = srcad.vjp(f, X)

    np.testing.assert_allclose(pickle.loads(pickle.dumps(pullback))(1.0)[0], pullback(1.0)[0])


def test_hints_nest_with_hints():
    twice = srcad.checkpoint(srcad.checkpoint(rounded))

    np.testing.assert_array_equal(srcad.grad(lambda x: np.sum(twice(x) ** 2))(X), 2.0 * np.round(X))
    np.testing.assert_array_equal(srcad.vmap(srcad.grad(lambda x: twice(x) ** 2))(X), 2.0 * np.round(X))


def test_hints_nest_with_the_decorator():
    decorated = srcad.differentiate(srcad.checkpoint(lambda x: np.sum(x**3)))

    np.testing.assert_allclose(decorated.grad(X), 3.0 * X**2)
    np.testing.assert_allclose(decorated.hessian(X), np.diag(6.0 * X))


# ---- what is kept --------------------------------------------------------------------------------------------------------


class Values:
    """The arrays that a function has made and that are still alive."""

    def __init__(self):
        self.alive = 0

    def gone(self):
        self.alive -= 1


VALUES = Values()


def counted(x):
    result = np.sin(x)
    VALUES.alive += 1
    weakref.finalize(result, VALUES.gone)
    return result


srcad.elementwise(counted, lambda y, x: np.sqrt(1.0 - y * y))


def test_checkpointed_function_keeps_nothing_of_its_own_until_the_pullback():
    def block(x):
        return counted(counted(counted(x)))

    y, pullback = srcad.vjp(lambda x: np.sum(srcad.checkpoint(block)(x)), X)
    with_checkpoint = VALUES.alive
    y2, pullback2 = srcad.vjp(lambda x: np.sum(block(x)), X)
    without = VALUES.alive - with_checkpoint

    assert y == y2
    assert (with_checkpoint, without) == (1, 3)  # the one is the result, whose shape the caller reads
    np.testing.assert_allclose(pullback(1.0)[0], pullback2(1.0)[0])


# ---- what is refused ---------------------------------------------------------------------------------------------------


def noisy(x):
    return x * RNG.normal()


def steps_with_noise(x):
    for _ in srcad.checkpoint(range(3)):
        x = x * RNG.normal()
    return np.sum(x)


def test_checkpointed_function_that_draws_is_refused():
    def f(x):
        return np.sum(srcad.checkpoint(noisy)(x))

    with pytest.raises(srcad.DifferentiationError, match="may draw random numbers") as error:
        srcad.grad(f)(X)
    assert_locates(error.value, noisy, "return x * RNG.normal()")


def test_checkpointed_steps_that_draw_are_refused():
    with pytest.raises(srcad.DifferentiationError, match="may draw random numbers") as error:
        srcad.grad(steps_with_noise)(X)
    assert_locates(error.value, steps_with_noise, "x = x * RNG.normal()")


def test_nothing_is_refused_where_nothing_is_run_again():
    def f(x, y):
        return np.sum(x * srcad.checkpoint(noisy)(y))

    RNG.bit_generator.state = np.random.default_rng(5).bit_generator.state
    draw = np.random.default_rng(5).normal()
    np.testing.assert_allclose(srcad.grad(f)(X, X), X * draw)
    RNG.bit_generator.state = np.random.default_rng(5).bit_generator.state
    np.testing.assert_allclose(srcad.jvp(srcad.checkpoint(noisy), (X,), (X,))[1], X * draw)


def left_early(x):
    for _ in srcad.checkpoint(range(3)):
        x = np.sin(x)
        if np.sum(x) < 0.0:
            break
    return np.sum(x)


def returned_early(x):
    for _ in srcad.checkpoint(range(3)):
        if np.sum(x) < 0.0:
            return 0.0 * np.sum(x)
        x = np.sin(x)
    return np.sum(x)


@pytest.mark.parametrize("function", [left_early, returned_early])
def test_checkpointed_loop_with_an_early_exit_is_refused(function):
    with pytest.raises(srcad.DifferentiationError, match="may be left before its end") as error:
        srcad.grad(function)(X)
    assert_locates(error.value, function, "for _ in srcad.checkpoint(range(3)):")


def set_in_the_loop(x):
    for _ in srcad.checkpoint(range(3)):
        y = np.sin(x)
        x = y * x
    return np.sum(y)


def test_checkpointed_loop_whose_result_has_no_value_before_it_is_refused():
    with pytest.raises(srcad.DifferentiationError, match="y, which is read after it, has no value before it") as error:
        srcad.grad(set_in_the_loop)(X)
    assert_locates(error.value, set_in_the_loop, "for _ in srcad.checkpoint(range(3)):")


def test_wrong_slots_are_refused_where_they_are_written():
    def f(x):
        for _ in srcad.checkpoint(range(3), slots=0):
            x = np.sin(x)
        return np.sum(x)

    with pytest.raises(ValueError, match="slots=0"):
        srcad.grad(f)(X)


def test_wrong_slots_are_refused_when_they_are_known():
    def f(x, slots):
        for _ in srcad.checkpoint(range(3), slots=slots):
            x = np.sin(x)
        return np.sum(x)

    with pytest.raises(ValueError, match="slots=0"):
        srcad.grad(f)(X, 0)


# ---- derivatives given as functions --------------------------------------------------------------------------------------


@srcad.custom_vjp
def clipped(x):
    return x


def clipped_fwd(x):
    return x, None


def clipped_bwd(kept, g):
    return (np.clip(g, -1.0, 1.0),)


clipped.defvjp(clipped_fwd, clipped_bwd)


def test_given_adjoint_replaces_that_of_the_body():
    assert srcad.grad(lambda x: clipped(x) ** 2)(3.0) == 1.0
    assert srcad.grad(lambda x: clipped(x) ** 2)(0.25) == 0.5


def test_forward_mode_of_an_adjoint_that_is_not_linear_is_refused():
    with pytest.raises(srcad.DifferentiationError, match="clipped_bwd is not linear in its cotangent") as error:
        srcad.jvp(clipped, (3.0,), (1.0,))
    assert_locates(error.value, clipped_bwd)
    assert "remedy: take derivatives in reverse mode alone (srcad.grad, srcad.vjp), or let" in str(error.value)


def test_hessian_goes_through_both_halves():
    # the gradient is clip(2 x), whose derivative is 2 where nothing is clipped
    assert srcad.hessian(lambda x: clipped(x) ** 2)(0.25) == 2.0
    assert srcad.hessian(lambda x: clipped(x) ** 2)(3.0) == 0.0


@srcad.custom_jvp
def rounded(x):
    return np.round(x)


@rounded.defjvp
def rounded_jvp(primals, tangents):
    return rounded(primals[0]), tangents[0]


def test_given_tangent_replaces_that_of_the_body_in_both_modes():
    np.testing.assert_array_equal(srcad.grad(lambda x: np.sum(rounded(x) ** 2))(X), 2.0 * np.round(X))
    np.testing.assert_array_equal(srcad.jvp(rounded, (X,), (X,))[1], X)


def test_given_tangent_is_kept_by_vmap():
    def f(x):
        return np.sum(srcad.vmap(rounded)(x) ** 2)

    np.testing.assert_array_equal(srcad.grad(f)(X), 2.0 * np.round(X))
    np.testing.assert_array_equal(srcad.vmap(srcad.grad(lambda x: rounded(x) ** 2))(X), 2.0 * np.round(X))


def test_given_derivative_is_that_of_the_function_without_source():
    sourceless = eval("lambda x: np.sinh(x)", {"np": np})
    made = srcad.custom_jvp(sourceless)
    made.defjvp(lambda p, t: (made(p[0]), np.cosh(p[0]) * t[0]))

    np.testing.assert_allclose(srcad.grad(lambda x: np.sum(made(x)))(X), np.cosh(X))
    np.testing.assert_allclose(srcad.hessian(lambda x: np.sum(made(x)))(X), np.diag(np.sinh(X)), atol=1e-12)


def test_tangent_that_is_not_linear_has_no_reverse_mode():
    made = srcad.custom_jvp(lambda x: x)

    @made.defjvp
    def squared(primals, tangents):
        return primals[0], tangents[0] ** 2

    with pytest.raises(srcad.DifferentiationError, match="squared is not linear in its tangents") as error:
        srcad.grad(made)(2.0)
    assert "remedy: write it as a linear function of the tangents" in str(error.value)


def test_another_derivative_takes_effect_at_once():
    made = srcad.custom_jvp(lambda x: x)
    derivative = srcad.grad(lambda x: made(x))
    made.defjvp(lambda p, t: (p[0], 2.0 * t[0]))
    first = derivative(1.0)
    made.defjvp(lambda p, t: (p[0], 3.0 * t[0]))

    assert (first, derivative(1.0)) == (2.0, 3.0)


def test_functions_with_derivatives_of_their_own_write_into_no_argument():
    made = srcad.custom_vjp(lambda x: x)

    def doubled_in_place(x):
        x *= 2.0
        return x, None

    made.defvjp(doubled_in_place, lambda kept, g: (2.0 * g,))
    with pytest.raises(srcad.DifferentiationError, match="doubled_in_place writes into x") as error:
        srcad.grad(lambda x: np.sum(made(x)))(X)
    assert_locates(error.value, doubled_in_place)


def test_missing_derivative_is_an_error():
    @srcad.custom_vjp
    def without(x):
        return x

    with pytest.raises(srcad.DifferentiationError, match=r"call without\.defvjp\(fwd, bwd\)"):
        srcad.grad(without)(1.0)


@pytest.mark.parametrize(
    ("bwd", "message"),
    [
        (lambda kept, g: g, "must return a tuple with a cotangent for each of 1 arguments"),
        (lambda kept, g: (g, g), "not 2 entries"),
        (lambda kept, g: (np.ones(2),), r"has shape \(2,\), and what it belongs to \(3,\)"),
        (lambda kept, g: ((g, g),), "is a tuple of 2"),
    ],
)
def test_cotangents_that_do_not_fit_are_refused(bwd, message):
    made = srcad.custom_vjp(lambda x: x)
    made.defvjp(lambda x: (x, None), bwd)

    with pytest.raises(srcad.DifferentiationError, match=message):
        srcad.grad(lambda x: np.sum(made(x)))(X)


@pytest.mark.parametrize(
    ("jvp", "message"),
    [
        (lambda p, t: t[0], "must return the output and its tangent"),
        (lambda p, t: (p[0], (t[0], t[0])), "the tangent that <lambda> returns is a tuple of 2"),
        (lambda p, t: (p[0], np.sum(t[0])), r"has shape \(\), and what it belongs to \(3,\)"),
    ],
)
def test_tangents_that_do_not_fit_are_refused(jvp, message):
    made = srcad.custom_jvp(lambda x: x)
    made.defjvp(jvp)

    with pytest.raises(srcad.DifferentiationError, match=message):
        srcad.jvp(made, (X,), (X,))


def test_none_is_a_cotangent_of_zeros():
    made = srcad.custom_vjp(lambda x, y: x * y)
    made.defvjp(lambda x, y: (x * y, y), lambda y, g: (g * y, None))

    dx, dy = srcad.grad(lambda x, y: np.sum(made(x, y)), (0, 1))(X, X)

    np.testing.assert_array_equal(dx, X)
    np.testing.assert_array_equal(dy, np.zeros(3))


@functools.partial(srcad.custom_vjp, nondiff_argnums=(1,))
def scaled(x, factor):
    return x * factor


scaled.defvjp(lambda x, factor: (x * factor, None), lambda factor, kept, g: (g * factor,))


def test_arguments_that_are_no_part_of_the_derivative_come_first():
    np.testing.assert_array_equal(srcad.grad(lambda x: np.sum(scaled(x, 3.0)))(X), np.full(3, 3.0))


def test_derivative_with_respect_to_such_an_argument_is_refused():
    with pytest.raises(srcad.DifferentiationError, match="with respect to factor, which is in nondiff_argnums"):
        srcad.grad(lambda a: np.sum(scaled(X, a)))(2.0)
    with pytest.raises(srcad.DifferentiationError, match="with respect to factor, which is in nondiff_argnums"):
        srcad.jvp(lambda a: np.sum(scaled(X, a)), (2.0,), (1.0,))


# ---- stop_gradient -------------------------------------------------------------------------------------------------------


def held(x):
    return np.sum(x * srcad.stop_gradient(np.sin(x)))


def test_stopped_values_are_constants_in_every_mode():
    v = np.cos(X)
    slopes = np.sin(X)

    np.testing.assert_allclose(srcad.grad(held)(X), slopes)
    np.testing.assert_allclose(srcad.jvp(held, (X,), (v,))[1], slopes @ v)
    np.testing.assert_allclose(srcad.vjp(held, X)[1](2.0)[0], 2.0 * slopes)
    np.testing.assert_allclose(srcad.linearize(held, X)[1](v), slopes @ v)
    np.testing.assert_allclose(srcad.jacrev(held)(X), slopes)
    np.testing.assert_allclose(srcad.jacfwd(held)(X), slopes)
    # as in torch: what is stopped is a constant of the gradient too
    np.testing.assert_allclose(srcad.hessian(held)(X), np.zeros((3, 3)))
    np.testing.assert_allclose(srcad.hvp(held)(X, v), np.zeros(3))
    rows = np.stack([X, 2.0 * X])
    np.testing.assert_allclose(srcad.vmap(srcad.grad(held))(rows), np.sin(rows))
    np.testing.assert_allclose(srcad.grad(lambda r: np.sum(srcad.vmap(held)(r)))(rows), np.sin(rows))


def test_stopped_values_in_checkpoints_and_containers():
    def f(x):
        fixed = srcad.stop_gradient({"a": (x, 2.0 * x)})
        return srcad.checkpoint(lambda x: np.sum(x * srcad.stop_gradient(x)))(x) + np.sum(x * fixed["a"][1])

    np.testing.assert_allclose(srcad.grad(f)(X), 3.0 * X)


def test_stopped_values_in_checkpointed_loops():
    def f(x):
        y = x
        for _ in srcad.checkpoint(range(3)):
            y = x * srcad.stop_gradient(y)
        return np.sum(y)

    np.testing.assert_allclose(srcad.grad(f)(X), X**3)
