"""What the six functions refuse: inputs, outputs, and when they do."""

import inspect

import numpy as np
import pytest

import srcad
from srcad.functional import hessian, hvp, jacobian, jvp, vhp, vjp
from tests.support import assert_locates, assert_same

X = np.array([1.0, 2.0, 3.0])

every_function = pytest.mark.parametrize(
    "call", [vjp, jvp, vhp, hvp, jacobian, hessian], ids=lambda f: f.__name__
)
every_mode = pytest.mark.parametrize(
    "call",
    [
        lambda f, x: vjp(f, x),
        lambda f, x: jvp(f, x, np.ones(3)),
        lambda f, x: vhp(f, x, np.ones(3)),
        lambda f, x: hvp(f, x, np.ones(3)),
        lambda f, x: jacobian(f, x),
        lambda f, x: jacobian(f, x, vectorize=True),
        lambda f, x: jacobian(f, x, strategy="forward-mode"),
        lambda f, x: jacobian(f, x, strategy="forward-mode", vectorize=True),
        lambda f, x: hessian(f, x),
        lambda f, x: hessian(f, x, vectorize=True),
        lambda f, x: hessian(f, x, outer_jacobian_strategy="forward-mode"),
        lambda f, x: hessian(f, x, outer_jacobian_strategy="forward-mode", vectorize=True),
    ],
    ids=[
        "vjp",
        "jvp",
        "vhp",
        "hvp",
        "jacobian",
        "jacobian-vectorized",
        "jacobian-forward",
        "jacobian-forward-vectorized",
        "hessian",
        "hessian-vectorized",
        "hessian-forward",
        "hessian-forward-vectorized",
    ],
)


def cubes(x):
    return np.sum(x**3)


def announced_cubes(*arrays):
    print("called")
    return np.sum(arrays[0] ** 3)


NOT_ARRAYS = {
    "list": [1.0, 2.0],
    "list of arrays": [X, X],
    "dict": {"x": X},
    "nested tuple": ((X,), X),
    "list in a tuple": (X, [1.0, 2.0]),
    "text": "x",
    "text in a tuple": (X, "x"),
    "none": None,
    "none in a tuple": (X, None),
}


@every_function
@pytest.mark.parametrize("inputs", NOT_ARRAYS.values(), ids=NOT_ARRAYS.keys())
def test_inputs_must_be_an_array_or_a_tuple_of_arrays(call, inputs):
    with pytest.raises(TypeError) as info:
        call(cubes, inputs)

    assert isinstance(info.value, srcad.DifferentiationError)


NOT_FLOATING = {
    "int64": np.array([1, 2, 3]),
    "int32": np.array([1, 2, 3], np.int32),
    "uint8": np.array([1, 2, 3], np.uint8),
    "bool": np.array([True, False, True]),
    "integer scalar": np.int64(3),
    "python int": 3,
    "python bool": True,
    "strings": np.array(["a", "b"]),
    "objects": np.array([1.0, 2.0], object),
    "dates": np.array(["2020-01-01"], "datetime64[D]"),
}


@every_function
@pytest.mark.parametrize("inputs", NOT_FLOATING.values(), ids=NOT_FLOATING.keys())
def test_inputs_must_be_floating(call, inputs):
    with pytest.raises(srcad.DifferentiationError):
        call(cubes, inputs)


@every_function
def test_one_integer_input_of_several_is_refused(call):
    with pytest.raises(srcad.DifferentiationError):
        call(lambda a, b: np.sum(a), (X, np.array([1, 2, 3])))


@every_function
def test_empty_tuple_of_inputs_is_refused(call):
    with pytest.raises(srcad.DifferentiationError):
        call(lambda: 1.0, ())


@every_function
@pytest.mark.parametrize("inputs", [[1.0], (X, 3), ()], ids=["list", "integer", "empty"])
def test_inputs_are_checked_before_the_call(call, inputs, capsys):
    with pytest.raises(RuntimeError):
        call(announced_cubes, inputs)

    assert "" == capsys.readouterr().out


def gives_list(x):
    return [np.sum(x**3)]


def gives_dict(x):
    return {"cubes": np.sum(x**3)}


def gives_none(x):
    return None


def gives_nothing(x):
    np.sum(x**3)


def gives_text(x):
    return "cubes"


def gives_nested_tuple(x):
    return (np.sum(x**3), (np.sum(x),))


def gives_list_in_tuple(x):
    return (np.sum(x**3), [np.sum(x)])


def gives_none_in_tuple(x):
    return (np.sum(x**3), None)


BAD_OUTPUTS = [gives_list, gives_dict, gives_none, gives_nothing, gives_text]
BAD_OUTPUTS += [gives_nested_tuple, gives_list_in_tuple, gives_none_in_tuple]


@every_mode
@pytest.mark.parametrize("f", BAD_OUTPUTS, ids=lambda f: f.__name__)
def test_outputs_must_be_an_array_or_a_flat_tuple_of_arrays(call, f):
    with pytest.raises(TypeError) as info:
        call(f, X)

    assert isinstance(info.value, srcad.DifferentiationError)


@every_function
def test_func_must_be_callable(call):
    with pytest.raises(TypeError):
        call(3.0, np.float64(2.0))


@every_function
def test_wrong_number_of_inputs_is_the_usual_type_error(call):
    two = (np.float64(1.0), np.float64(2.0))
    v = (two,) if call in (jvp, vhp, hvp) else ()

    with pytest.raises(TypeError, match="argument"):
        call(cubes, two, *v)


@every_function
def test_unknown_keyword_is_the_usual_type_error(call):
    with pytest.raises(TypeError):
        call(cubes, X, vectorise=True)


@pytest.mark.parametrize("call", [jacobian, hessian], ids=["jacobian", "hessian"])
def test_jacobian_and_hessian_take_no_v(call):
    with pytest.raises(TypeError):
        call(cubes, X, v=X)


def test_errors_of_v_are_differentiation_errors():
    for v in [np.ones(2), (X, X), [1.0, 1.0, 1.0], None]:
        with pytest.raises(srcad.DifferentiationError):
            vjp(lambda x: x**2, X, v)
        with pytest.raises(srcad.DifferentiationError):
            jvp(lambda x: x**2, X, v)


def test_wrong_shape_of_v_names_both_shapes():
    with pytest.raises(RuntimeError) as info:
        vjp(lambda x: x**2, X, np.ones((2, 1)))

    assert "(3,)" in str(info.value)
    assert "(2, 1)" in str(info.value)


def test_missing_v_names_the_shape_that_it_should_have():
    with pytest.raises(RuntimeError, match=r"\(3,\)"):
        vjp(lambda x: x**2, X)


def test_text_v_is_refused():
    with pytest.raises(srcad.DifferentiationError):
        jvp(cubes, X, np.array(["a", "b", "c"]))


@every_function
def test_works_after_a_refusal(call):
    x = np.array([2.0])

    with pytest.raises(srcad.DifferentiationError):
        call(cubes, np.array([2]))
    with pytest.raises(srcad.DifferentiationError):
        call(cubes, [2.0])

    expected = {
        "vjp": (np.float64(8.0), np.array([12.0])),
        "jvp": (np.float64(8.0), np.float64(12.0)),
        "vhp": (np.float64(8.0), np.array([12.0])),
        "hvp": (np.float64(8.0), np.array([12.0])),
        "jacobian": np.array([12.0]),
        "hessian": np.array([[12.0]]),
    }
    assert_same(expected[call.__name__], call(cubes, x))


@pytest.mark.parametrize("call", [jacobian, hessian], ids=["jacobian", "hessian"])
def test_strict_and_vectorize_are_refused_when_the_function_has_been_called(call, capsys):
    with pytest.raises(RuntimeError):
        call(announced_cubes, X, strict=True, vectorize=True)

    assert "called\n" == capsys.readouterr().out


def test_shapes_that_are_known_only_at_run_time_are_checked_and_the_message_names_the_function():
    def positive(x):
        return x[x > 0] ** 2

    with pytest.raises(RuntimeError, match=r"v has shape \(2,\), expected \(3,\)") as info:
        vjp(positive, X, np.ones(2))

    assert_locates(info.value, positive)
    assert "remedy: pass one of exactly that shape" in str(info.value)


@pytest.mark.parametrize("kind", ["vjp", "jvp", "vhp", "hvp"])
def test_products_as_functions(kind):
    product = srcad.functional.product(kind, cubes)

    assert "(inputs, v=None)" == str(inspect.signature(product))
    assert_same(12.0, product(2.0)[1])
    for arguments in [(), (X, X, X)]:
        with pytest.raises(TypeError, match=r"takes inputs and v, not \d arguments(.|\n)*remedy: pass several inputs as a tuple"):
            product(*arguments)
