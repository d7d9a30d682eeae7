"""Which arguments are differentiated, and how results follow their trees."""

import numpy as np
import pytest

import srcad
from tests.support import assert_same

X = np.array([1.0, 2.0, 3.0])
Y = np.array([4.0, 5.0, 6.0])

JACOBIANS = [srcad.jacfwd, srcad.jacrev, srcad.jacobian]
FIRST_ORDER = [srcad.grad, *JACOBIANS]
ALL = [srcad.grad, srcad.value_and_grad, *JACOBIANS, srcad.hessian]

every_first_order = pytest.mark.parametrize("transform", FIRST_ORDER, ids=lambda f: f.__name__)
every_transform = pytest.mark.parametrize("transform", [*ALL, srcad.hvp], ids=lambda f: f.__name__)
every_jacobian = pytest.mark.parametrize("transform", JACOBIANS, ids=lambda f: f.__name__)


def total(a, b, c=2.0):
    """Its derivatives: b², 2ab, and with c: all times c, and Σab²."""
    return c * np.sum(a * b**2)


# argnums ----------------------------------------------------------------------------------------------------


@every_first_order
def test_first_argument_by_default(transform):
    assert_same(Y**2, transform(total)(X, Y, 1.0))


@every_first_order
@pytest.mark.parametrize("argnums", [1, -2])
def test_integer_gives_a_bare_result(transform, argnums):
    assert_same(2 * X * Y, transform(total, argnums)(X, Y, 1.0))


@every_first_order
@pytest.mark.parametrize("argnums", [(0, 1), (0, -2), (-3, 1), (-3, -2)])
def test_tuple_gives_a_tuple(transform, argnums):
    assert_same((Y**2, 2 * X * Y), transform(total, argnums)(X, Y, 1.0))


@every_first_order
@pytest.mark.parametrize("argnums", [(1, 0), (-2, -3)])
def test_tuple_keeps_its_order(transform, argnums):
    assert_same((2 * X * Y, Y**2), transform(total, argnums)(X, Y, 1.0))


@every_first_order
@pytest.mark.parametrize("argnums", [(1,), (-2,)])
def test_one_tuple_stays(transform, argnums):
    assert_same((2 * X * Y,), transform(total, argnums)(X, Y, 1.0))


@every_first_order
def test_all_three(transform):
    expected = (np.sum(X * Y**2), 2.0 * Y**2, 4.0 * X * Y)

    assert_same(expected, transform(total, (2, 0, 1))(X, Y, 2.0))


@every_first_order
def test_argnums_by_name(transform):
    assert_same(2 * X * Y, transform(total, argnums=1)(X, Y, 1.0))


@every_first_order
def test_negative_argnums_count_the_arguments_of_the_call(transform):
    # With c left to its default there are two arguments, so that -1 is b.
    assert_same(4.0 * X * Y, transform(total, -1)(X, Y))


@every_first_order
def test_argnums_of_a_function_of_any_number_of_arguments(transform):
    def f(*arrays):
        return np.sum(arrays[0] * arrays[1])

    assert_same((Y, X), transform(f, (0, 1))(X, Y))


@every_first_order
def test_arguments_not_selected_are_not_restricted(transform):
    def f(name, x, flags, n):
        return np.sum(x**n) if name == "power" and flags[0] else np.sum(x)

    assert_same(2 * X, transform(f, 1)("power", X, [True, False], 2))


def test_value_and_grad_takes_argnums():
    value, slopes = srcad.value_and_grad(total, (1, 0))(X, Y, 1.0)

    assert_same(np.sum(X * Y**2), value)
    assert_same((2 * X * Y, Y**2), slopes)


def test_jacfwd_takes_none_for_all():
    expected = (2.0 * Y**2, 4.0 * X * Y)

    assert_same(expected, srcad.jacfwd(total, argnums=None)(X, Y))


BAD_ARGNUMS = {
    "list": [0, 1],
    "text": "a",
    "float": 0.0,
    "empty": (),
    "twice": (0, 0),
    "twice by a negative": (0, -2),
    "too big": 2,
    "too small": -3,
    "too big in a tuple": (0, 2),
    "text in a tuple": (0, "b"),
}


@every_transform
@pytest.mark.parametrize("argnums", BAD_ARGNUMS.values(), ids=BAD_ARGNUMS.keys())
def test_bad_argnums_are_refused_at_the_call(transform, argnums):
    derivative = transform(lambda a, b: np.sum(a * b), argnums)
    arguments = (X, Y, X) if transform is srcad.hvp else (X, Y)

    with pytest.raises(RuntimeError):
        derivative(*arguments)


@every_transform
def test_none_is_refused_except_by_jacfwd(transform):
    if transform is srcad.jacfwd:
        return
    derivative = transform(lambda a, b: np.sum(a * b), None)
    arguments = (X, Y, X) if transform is srcad.hvp else (X, Y)

    with pytest.raises(RuntimeError):
        derivative(*arguments)


def hessian_blocks():
    """Of Σ a b² at (X, Y)."""
    return np.zeros((3, 3)), np.diag(2 * Y), np.diag(2 * Y), np.diag(2 * X)


def test_hessian_of_one_argument():
    _, _, _, bb = hessian_blocks()

    assert_same(bb, srcad.hessian(total, 1)(X, Y, 1.0))
    assert_same(bb, srcad.hessian(total, -2)(X, Y, 1.0))


def test_hessian_of_two_arguments():
    aa, ab, ba, bb = hessian_blocks()

    assert_same(((aa, ab), (ba, bb)), srcad.hessian(total, (0, 1))(X, Y, 1.0))


def test_hessian_in_another_order_is_reordered_in_both():
    aa, ab, ba, bb = hessian_blocks()

    assert_same(((bb, ba), (ab, aa)), srcad.hessian(total, (1, 0))(X, Y, 1.0))


def test_hessian_of_a_one_tuple():
    _, _, _, bb = hessian_blocks()

    assert_same(((bb,),), srcad.hessian(lambda a, b: np.sum(a * b**2), (-1,))(X, Y))


def test_hessian_of_two_outputs_and_two_arguments():
    aa, ab, ba, bb = hessian_blocks()
    twice = ((2 * aa, 2 * ab), (2 * ba, 2 * bb))

    actual = srcad.hessian(lambda a, b: (np.sum(a * b**2), 2 * np.sum(a * b**2)), (0, 1))(X, Y)

    assert_same((((aa, ab), (ba, bb)), twice), actual)


# Pytrees ----------------------------------------------------------------------------------------------------


def network(params, x):
    hidden = params["w"] * x + params["b"]
    return np.sum(hidden**2)


def test_gradient_of_a_dict():
    hidden = X * Y + 1.0
    params = {"w": X, "b": np.ones(3)}

    assert_same({"w": 2 * hidden * Y, "b": 2 * hidden}, srcad.grad(network)(params, Y))


def test_gradient_of_a_list_is_a_list():
    assert_same([Y, X], srcad.grad(lambda p: p[0] @ p[1])([X, Y]))


def test_gradient_of_a_tuple_is_a_tuple():
    assert_same((Y, X), srcad.grad(lambda p: p[0] @ p[1])((X, Y)))


def test_gradient_of_unpacked_containers():
    def f(p):
        first, second = p
        return first @ second

    assert_same([Y, X], srcad.grad(f)([X, Y]))
    assert_same((Y, X), srcad.grad(f)((X, Y)))


def test_gradient_of_nested_containers():
    def f(tree):
        (a, b), c = tree["pair"], tree["list"][1]["c"]
        return np.sum(a * b * c)

    tree = {"pair": (X, Y), "list": [np.float64(7.0), {"c": X}]}
    expected = {"pair": (X * Y, X * X), "list": [np.float64(0.0), {"c": X * Y}]}

    assert_same(expected, srcad.grad(f)(tree))


def test_gradient_of_a_list_of_layers():
    def f(layers, x):
        for w, b in layers:
            x = np.tanh(w @ x + b)
        return np.sum(x)

    w1, w2 = np.array([[0.1, 0.2], [0.3, -0.4]]), np.array([[-0.5, 0.6]])
    b1, b2 = np.array([0.1, -0.1]), np.array([0.2])
    x = np.array([1.0, -1.0])
    hidden = np.tanh(w1 @ x + b1)
    output_bar = 1 - np.tanh(w2 @ hidden + b2) ** 2
    hidden_bar = (w2.T @ output_bar) * (1 - hidden**2)
    expected = [(np.outer(hidden_bar, x), hidden_bar), (np.outer(output_bar, hidden), output_bar)]

    assert_same(expected, srcad.grad(f)([(w1, b1), (w2, b2)], x))


def test_gradient_of_python_floats_in_a_container():
    expected = {"a": np.float64(3.0), "b": [np.float64(2.0)]}

    assert_same(expected, srcad.grad(lambda p: p["a"] * p["b"][0])({"a": 2.0, "b": [3.0]}))


def test_empty_containers():
    assert_same({"a": 2 * X, "none": []}, srcad.grad(lambda p: np.sum(p["a"] ** 2))({"a": X, "none": []}))


def test_gradient_of_two_trees():
    actual = srcad.grad(lambda p, q: np.sum(p["a"] * q[0]), (0, 1))({"a": X}, [Y])

    assert_same(({"a": Y}, [X]), actual)


def test_same_array_twice_in_a_tree():
    assert_same([X**2, 2 * X**2], srcad.grad(lambda p: np.sum(p[0] * p[1] ** 2))([X, X]))


def test_trees_are_left_as_found():
    tree = {"w": X.copy(), "b": [Y.copy()]}

    srcad.grad(lambda p: p["w"] @ p["b"][0])(tree)

    assert ["w", "b"] == list(tree)
    np.testing.assert_array_equal(tree["w"], X)
    np.testing.assert_array_equal(tree["b"][0], Y)


@every_jacobian
def test_jacobian_of_a_tree(transform):
    expected = {"w": np.diag(Y), "b": np.eye(3)}

    assert_same(expected, transform(lambda p: p["w"] * Y + p["b"])({"w": X, "b": X}))


@every_jacobian
def test_jacobian_of_a_tree_of_outputs(transform):
    expected = {"square": np.diag(2 * X), "rest": [np.ones(3), (np.eye(3),)]}

    assert_same(expected, transform(lambda x: {"square": x**2, "rest": [np.sum(x), (x,)]})(X))


@every_jacobian
def test_jacobian_of_trees_on_both_sides(transform):
    def f(p):
        return [p["a"] * p["b"], np.sum(p["a"])]

    expected = [{"a": np.diag(Y), "b": np.diag(X)}, {"a": np.ones(3), "b": np.zeros(3)}]

    assert_same(expected, transform(f)({"a": X, "b": Y}))


@every_jacobian
def test_jacobian_of_trees_and_argnums(transform):
    def f(p, c):
        return {"y": p["a"] * c}

    expected = {"y": ({"a": 2.0 * np.eye(3)}, X)}

    assert_same(expected, transform(f, (0, 1))({"a": X}, 2.0))


def test_hessian_of_a_dict():
    actual = srcad.hessian(lambda p: np.sum(p["w"] ** 2 * p["b"]))({"w": X, "b": Y})

    ww, wb, bb = np.diag(2 * Y), np.diag(2 * X), np.zeros((3, 3))
    assert_same({"w": {"w": ww, "b": wb}, "b": {"w": wb, "b": bb}}, actual)


def test_hessian_of_a_dict_and_an_array():
    actual = srcad.hessian(lambda p, c: c * np.sum(p["w"] ** 2), (0, 1))({"w": X}, 3.0)

    ww, wc, cc = 6.0 * np.eye(3), 2 * X, np.float64(0.0)
    assert_same(({"w": ({"w": ww}, wc)}, ({"w": wc}, cc)), actual)


def test_hessian_of_a_list_and_a_dict_of_outputs():
    actual = srcad.hessian(lambda p: {"y": p[0] * p[1]})([2.0, 3.0])

    zero, one = np.float64(0.0), np.float64(1.0)
    assert_same({"y": [[zero, one], [one, zero]]}, actual)


@pytest.mark.parametrize("transform", ALL, ids=lambda f: f.__name__)
def test_every_leaf_must_be_floating(transform):
    for leaf in [np.array([1, 2]), 3, True, "a", np.array(["a"])]:
        with pytest.raises(srcad.DifferentiationError):
            transform(lambda p: np.sum(p["x"]))({"x": X, "y": [leaf]})
