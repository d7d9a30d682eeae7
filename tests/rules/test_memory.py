"""Which of several writes to one element is left: ``runtime.last_writes`` against NumPy, in all layouts."""

import itertools

import numpy as np
import pytest

import srcad
from srcad import runtime


def backwards(x):
    return x[tuple(slice(None, None, -1) for _ in x.shape)]


LAYOUTS = [
    np.ascontiguousarray,
    np.asfortranarray,
    lambda x: backwards(backwards(x).copy()),
    lambda x: backwards(np.asfortranarray(backwards(x))),
    lambda x: x[::-1].copy()[::-1],
    lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    lambda x: np.moveaxis(np.moveaxis(x, 0, -1).copy(), -1, 0),
    lambda x: x.astype(np.int32) if x.dtype.kind == "i" else x.astype(np.float32),
]


def drawn_index(rng, shape):
    """An index with arrays for some of the axes, which broadcast, and slices for the others."""
    common = tuple(rng.integers(1, 5, rng.integers(1, 4)))
    with_arrays = set(rng.choice(len(shape), rng.integers(1, len(shape) + 1), replace=False))
    items = []
    for axis, size in enumerate(shape):
        if axis in with_arrays:
            own = tuple(1 if rng.random() < 0.1 else n for n in common[rng.integers(0, len(common)) :])
            items.append(rng.choice(LAYOUTS)(rng.integers(-size, size, own)))
        else:
            items.append(slice(None, None, rng.choice([-1, 1])))
    if rng.random() < 0.2:
        items.insert(rng.integers(0, len(items) + 1), None)
    return tuple(items) if len(items) > 1 else items[0]


def drawn_values(rng, part):
    """Different numbers in a shape that broadcasts to that of the part."""
    shape = part[rng.integers(0, len(part) + 1) :] if rng.random() < 0.4 else part
    shape = tuple(1 if rng.random() < 0.15 else n for n in shape)
    values = np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape)
    if len(shape) == len(part) and rng.random() < 0.2:
        return np.broadcast_to(values, part)
    return rng.choice(LAYOUTS)(values) if shape else values


@pytest.mark.parametrize("seed", range(5))
def test_last_writes_are_those_that_numpy_leaves(seed):
    rng = np.random.default_rng(seed)
    for _ in range(200):
        shape = tuple(rng.integers(2, 5, rng.integers(1, 4)))
        index = drawn_index(rng, shape)
        places = np.arange(np.prod(shape)).reshape(shape)[index]
        v = drawn_values(rng, places.shape)
        x = np.zeros(shape)
        x[index] = v

        last = runtime.last_writes(index, shape, v)

        written = np.broadcast_to(v, places.shape)
        assert sorted(places[last]) == sorted(set(places.ravel()))
        np.testing.assert_array_equal(x[index][last], written[last])


def test_one_vector_of_indices_is_written_in_its_order():
    rng = np.random.default_rng(1)
    for layout in LAYOUTS:
        for values_layout in LAYOUTS:
            index = layout(rng.integers(0, 3, 6))
            v = values_layout(rng.uniform(size=(6, 2)))
            x = np.zeros((3, 2))
            x[index] = v

            last = runtime.last_writes(index, x.shape)

            np.testing.assert_array_equal(x[index][last], v[last])
            assert np.sum(last) == 2 * len(set(index))


def test_nothing_is_written():
    assert runtime.last_writes(np.zeros(0, int), (3,)).shape == (0,)
    assert runtime.last_writes(np.zeros((0, 2), int), (3,), np.ones(2)).shape == (0, 2)


@pytest.mark.parametrize(
    ("index", "v"), [(7, 1.0), (slice(0, 2), np.ones(3)), ([0, 1], np.ones(3)), (np.ones(2, bool), 1.0), ("a", 1.0), (0, 1j)]
)
def test_what_numpy_refuses_is_refused_alike(index, v):
    x = np.zeros(3)
    with pytest.raises(Exception) as numpys:
        x[index] = v

    with pytest.raises(type(numpys.value)) as ours:
        runtime.stored(x, index, v)

    assert str(ours.value) == str(numpys.value)
    assert not x.any()


def write(x, index, v):
    return runtime.stored(x, index, v) * x[0]


def added(x, index, v):
    return runtime.scattered(x, index, v) * x[0]


@pytest.mark.parametrize("function", [write, added])
@pytest.mark.parametrize("batched", list(itertools.product((0, None), repeat=3))[:-1])
@pytest.mark.parametrize(
    ("x", "index", "v"),
    [
        (np.arange(5.0), np.array([1, 3, 1]), np.array([0.5, 2.0, -1.0])),
        (np.arange(5.0), np.array([1, 3, 1]), np.array([0.5])),
        (np.arange(10.0).reshape(5, 2), np.array([1, 1]), np.array([[0.5, 1.5], [2.0, -1.0]])),
        (np.arange(10.0).reshape(5, 2), np.array([[1, 1]]), np.array([0.5, 1.5])),
        (np.arange(10.0).reshape(5, 2), np.int64(2), np.array([0.5, 1.5])),
        (np.arange(5.0), np.array([1, 3, 1]), np.array([[0.5, 2.0, -1.0]])),
    ],
)
def test_rows_of_gradients_are_gradients_of_rows(function, batched, x, index, v):
    if function is added and np.ndim(v) > np.ndim(x[index]):
        pytest.skip("np.add.at drops no axes")
    args = [np.stack([a, np.asarray(a) * 2 if a is index and on == 0 else a]) if on == 0 else a
            for a, on in zip((x, index, v), batched, strict=True)]
    if batched[1] == 0:
        args[1] = np.stack([index, np.flip(index)])
    gradient = srcad.grad(lambda x, index, v: np.sum(np.sin(function(x, index, v))), (0, 2))
    rows = [gradient(*(a[k] if on == 0 else a for a, on in zip(args, batched, strict=True))) for k in range(2)]

    found = srcad.vmap(gradient, batched)(*args)

    for part, *expected in zip(found, *rows, strict=True):
        np.testing.assert_allclose(part, np.stack(expected), rtol=1e-14)


class Box:
    """Something whose contents are known only at run time."""

    def __init__(self, content):
        self.content = content

    def __call__(self):
        return self.content.copy()


@pytest.mark.parametrize("dtype", [float, int])
def test_what_is_stored_where_no_floats_are_has_no_derivative(dtype):
    box = Box(np.arange(4).astype(dtype))

    def f(v):
        return np.sum(runtime.stored(box(), slice(1, 3), v) * np.arange(4.0))

    slope = 3.0 if dtype is float else 0.0
    _, y_dot = srcad.jvp(f, (1.5,), (1.0,))

    assert srcad.grad(f)(1.5) == slope
    assert y_dot == slope
