"""What functions that write leave in their target: ``rules/writers.py``.

``left(function, ...)`` is a function that calls another one on a copy of the target and returns the copy; its rule is
the new version that ``written`` computes.  So the checks of rules compare that with what NumPy leaves, bit for bit,
and check its derivatives.
"""

import numpy as np

from srcad.ir.primitive import Primitive
from srcad.rules import shapes, writes
from srcad.rules.notation import define
from srcad.rules.registry import PRIMITIVES, qualified_name
from srcad.rules.trace import Symbol, unwrap, wrap
from tests.rules.check import Case, Refused

V = np.array([0.7, -1.2, 0.4, 2.2, 0.1])
W = np.array([1.3, 0.2, -0.6, 0.9, -1.1])
M = np.array([[0.3, -1.2, 0.7], [-0.4, 1.6, 0.9]])
Q = np.array([[0.3, -1.2, 0.7], [-0.4, 1.6, 0.9], [1.1, 0.2, -0.5]])
T = np.sin(np.arange(1.0, 13.0) ** 2).reshape(6, 2)
C = np.linspace(-1.0, 1.0, 8).reshape(2, 2, 2)
S = np.array(0.7)
ROW = np.array([0.5, -0.3, 1.2])
PAIR = np.array([0.5, -0.3])
SIX = np.array([0.4, 1.5, -0.8, 0.9, -1.3, 0.2])
ONE = np.array([0.6])
MASK = np.array([True, False, True, True, False])
BITS = np.array([1, 0, 1, 1, 0])
TABLE = M > 0.5
TWICE = np.array([0, 2, 2, -1])
ONCE = [3, 0]
GRID = np.array([[0, 4], [4, 1]])
FAR = np.array([7, -9, 1])
COLUMNS = np.array([[0], [2]])
WEIGHTS32 = np.linspace(0.5, 1.5, 5, dtype=np.float32)
WHOLE = np.arange(5)


def call(function, args, kwargs):
    """Call a function, or a method by its name."""
    if isinstance(function, str):
        return getattr(args[0], function)(*args[1:], **kwargs)
    return function(*args, **kwargs)


def left(function, count, *names, place=0, **constants):
    """What ``function`` leaves at ``place``, as a function of ``count`` arguments and then those for ``names``."""
    parameters = [f"a{k}" for k in range(count)] + list(names)
    where = place if isinstance(place, int) else count + names.index(place)

    def after(*given):
        given = list(given)
        given[where] = np.array(given[where])
        call(function, given[:count], dict(zip(names, given[count:], strict=True)) | constants)
        return given[where]

    def template(*symbols):
        build = next(s for s in symbols if isinstance(s, Symbol)).build
        args = [wrap(s) for s in symbols[:count]]
        kwargs = dict(zip(names, map(wrap, symbols[count:]), strict=True))
        kwargs |= {name: wrap(value) for name, value in constants.items()}
        assert writes.places(function, args, kwargs) == (place,)
        ((_, (new,)),) = writes.written(build, function, args, kwargs)
        return unwrap(new, build)

    name = f"ndarray.{function}" if isinstance(function, str) else qualified_name(function)
    if name == "ufunc.at":
        name = f"np.{function.__self__.__name__}.at"
    text = ", ".join(parameters)
    made = eval(f"lambda {text}: template({text})", {"template": template})
    PRIMITIVES[after] = Primitive(f"left by {name}", after)
    PRIMITIVES[after].lists = True
    define(PRIMITIVES[after], *parameters, fact=lambda *args: shapes.like(args[where]))(made)
    return after


copied = left(np.copyto, 2)
copied_where = left(np.copyto, 2, "where")
copied_anyhow = left(np.copyto, 2, casting="unsafe")
filled = left("fill", 2)
sorted_ = left("sort", 1)
sorted_0 = left("sort", 1, axis=0)
sorted_stable = left("sort", 1, kind="stable", axis=1)
partitioned = left("partition", 2)
cleaned = left(np.nan_to_num, 1, copy=False)

WHOLE_ARRAYS = [
    Case("left by np.copyto", lambda x, v: np.sin(copied(x, v) * x), V, W),
    Case("left by np.copyto, broadcast", lambda x, v: np.sin(copied(x, v) * x), M, ROW),
    Case("left by np.copyto, number", lambda x, v: np.sin(copied(x, v) * x), M, 0.3),
    Case("left by np.copyto, integer", lambda x: np.sin(copied(x, 2) * x), M, covers=["check_copy"]),
    Case("left by np.copyto, list", lambda x, v: np.sin(copied(x, [v, 2.0, v * v]) * x), M, 0.3),
    Case("left by np.copyto, leading axis", lambda x, v: np.sin(copied(x, v) * x), ROW, M[:1]),
    Case("left by np.copyto, where", lambda x, v: np.sin(copied_where(x, v, MASK) * x), V, W),
    Case("left by np.copyto, where broadcast", lambda x, v: np.sin(copied_where(x, v, MASK[:3]) * x), M, ROW),
    Case("left by np.copyto, number where", lambda x, v: np.sin(copied_where(x, v, x > 0.0) * x), V, 0.3, skip=["batch"]),
    Case("left by np.copyto, where leading axis", lambda x, v: np.sin(copied_where(x, v, TABLE[0]) * x), ROW, M[:1]),
    Case("left by np.copyto, where column", lambda x, v: np.sin(copied_where(x, v, TABLE[:, :1]) * x), M, M[:, 1:2]),
    Case("left by np.copyto, into float32", lambda v: np.sin(copied(WEIGHTS32, v)) * 1.0, W, rtol=1e-3, rounding=1e-6,
         skip=["float32"]),
    Case("left by np.copyto, unsafe", lambda v: copied_anyhow(WHOLE, v) * 1.5 + v, 9.3 * W),
    Case("left by ndarray.fill", lambda x, v: np.sin(filled(x, v) * x), M, 0.3),
    Case("left by ndarray.fill, 0-d", lambda x, v: np.sin(filled(x, v) * x), S, S * 2.0),
    Case("left by ndarray.sort", lambda x: np.sin(sorted_(x)) * x, V),
    Case("left by ndarray.sort, matrix", lambda x: np.sin(sorted_(x)) * x, M),
    Case("left by ndarray.sort, axis", lambda x: np.sin(sorted_0(x)) * x, M),
    Case("left by ndarray.sort, stable", lambda x: np.sin(sorted_stable(x)) * x, M),
    Case("left by ndarray.partition", lambda x: np.sin(partitioned(x, 2)) * x, V),
    Case("left by np.nan_to_num", lambda x: np.sin(cleaned(x)) * x, V),
]

put = left(np.put, 3)
put_method = left("put", 3)
put_wrapped = left(np.put, 3, mode="wrap")
put_clipped = left("put", 3, mode="clip")
placed = left(np.place, 3)
masked = left(np.putmask, 3)
diagonal = left(np.fill_diagonal, 2)
diagonal_wrapped = left(np.fill_diagonal, 2, wrap=True)
put_along_0 = left(np.put_along_axis, 4)

PLACES = [
    Case("left by np.put", lambda x, v: np.sin(put(x, ONCE, v) * x), V, PAIR),
    Case("left by np.put, number", lambda x, v: np.sin(put(x, 2, v) * x), V, 0.3),
    Case("left by np.put, one value", lambda x, v: np.sin(put(x, -2, v) * x), V, ONE),
    Case("left by np.put, in turn", lambda x, v: np.sin(put(x, TWICE, v) * x), V, PAIR),
    Case("left by np.put, too many", lambda x, v: np.sin(put(x, ONCE, v) * x), V, W),
    Case("left by np.put, repeated", lambda x, v: np.sin(put(x, TWICE, v) * x), V, W[:4]),
    Case("left by np.put, matrix", lambda x, v: np.sin(put(x, GRID, v) * x), M, W[:4]),
    Case("left by np.put, matrix, from the end", lambda x, v: np.sin(put(x, TWICE, v) * x), M, W[:4],
         covers=["places_from_start"]),
    Case("left by np.put, matrix, number", lambda x, v: np.sin(put(x, -1, v) * x), M, 0.3),
    Case("left by np.put, matrix of values", lambda x, v: np.sin(put(x, GRID, v) * x), V, M[:, :2]),
    Case("left by np.put, list", lambda x, v: np.sin(put(x, [1, 3], [v, v * v]) * x), V, 0.3),
    Case("left by np.put, wrap", lambda x, v: np.sin(put_wrapped(x, FAR, v) * x), M, ROW),
    Case("left by ndarray.put", lambda x, v: np.sin(put_method(x, ONCE, v) * x), V, PAIR),
    Case("left by ndarray.put, clip", lambda x, v: np.sin(put_clipped(x, FAR, v) * x), V, ROW),
    Case("left by np.place", lambda x, v: np.sin(placed(x, MASK, v) * x), V, ROW),
    Case("left by np.place, in turn", lambda x, v: np.sin(placed(x, MASK, v) * x), V, PAIR),
    Case("left by np.place, too many", lambda x, v: np.sin(placed(x, TABLE, v) * x), M, W),
    Case("left by np.place, number", lambda x, v: np.sin(placed(x, TABLE, v) * x), M, 0.3),
    Case("left by np.place, integers for truths", lambda x, v: np.sin(placed(x, BITS, v) * x), V, PAIR),
    Case("left by np.place, flat mask", lambda x, v: np.sin(placed(x, [1, 0, 0, 1, 1, 0], v) * x), M, ROW),
    Case("left by np.putmask", lambda x, v: np.sin(masked(x, MASK, v) * x), V, W),
    Case("left by np.putmask, in turn", lambda x, v: np.sin(masked(x, MASK, v) * x), V, PAIR),
    Case("left by np.putmask, number", lambda x, v: np.sin(masked(x, TABLE, v) * x), M, 0.3),
    Case("left by np.putmask, matrix in turn", lambda x, v: np.sin(masked(x, TABLE, v) * x), M, PAIR),
    Case("left by np.fill_diagonal", lambda x, v: np.sin(diagonal(x, v) * x), Q, ROW),
    Case("left by np.fill_diagonal, number", lambda x, v: np.sin(diagonal(x, v) * x), Q, 0.3),
    Case("left by np.fill_diagonal, in turn", lambda x, v: np.sin(diagonal(x, v) * x), Q, PAIR),
    Case("left by np.fill_diagonal, wide", lambda x, v: np.sin(diagonal(x, v) * x), M, W),
    Case("left by np.fill_diagonal, tall", lambda x, v: np.sin(diagonal(x, v) * x), T, W),
    Case("left by np.fill_diagonal, wrap", lambda x, v: np.sin(diagonal_wrapped(x, v) * x), T, ROW),
    Case("left by np.fill_diagonal, wrap wide", lambda x, v: np.sin(diagonal_wrapped(x, v) * x), M, 0.3),
    Case("left by np.fill_diagonal, cube", lambda x, v: np.sin(diagonal(x, v) * x), C, PAIR),
    Case("left by np.put_along_axis", lambda x, v: np.sin(put_along_0(x, COLUMNS, v, 1) * x), M, M[:, :1]),
    Case("left by np.put_along_axis, number", lambda x, v: np.sin(put_along_0(x, COLUMNS, v, -1) * x), M, 0.3),
    Case("left by np.put_along_axis, axis 0", lambda x, v: np.sin(put_along_0(x, COLUMNS.T, v, 0) * x), T, PAIR),
    Case("left by np.put_along_axis, vector", lambda x, v: np.sin(put_along_0(x, TWICE, v, 0) * x), V, W[:4]),
]

added_at = left(np.add.at, 3)
subtracted_at = left(np.subtract.at, 3)
multiplied_at = left(np.multiply.at, 3)
divided_at = left(np.divide.at, 3)
larger_at = left(np.maximum.at, 3)
smaller_at = left(np.minimum.at, 3)
negated_at = left(np.negative.at, 2)
sine_at = left(np.sin.at, 2)
power_at = left(np.power.at, 3)

AT = [
    Case("left by np.add.at", lambda x, v: np.sin(added_at(x, TWICE, v)), V, W[:4]),
    Case("left by np.add.at, list", lambda x, v: np.sin(added_at(x, TWICE[:2], [v, v * v])), V, 0.3),
    Case("left by np.subtract.at", lambda x, v: np.sin(subtracted_at(x, TWICE, v)), V, W[:4]),
    Case("left by np.multiply.at", lambda x, v: np.sin(multiplied_at(x, TWICE, v)) * x, V, W[:4],
         covers=["applied_at", "rounds"]),
    Case("left by np.multiply.at, number", lambda x, v: np.sin(multiplied_at(x, TWICE, v)) * x, V, 0.3),
    Case("left by np.multiply.at, rows", lambda x, v: np.sin(multiplied_at(x, TWICE, v)) * x, Q, ROW),
    Case("left by np.multiply.at, matrix", lambda x, v: np.sin(multiplied_at(x, GRID, v)) * x, V, M[:, :2]),
    Case("left by np.multiply.at, mask", lambda x, v: np.sin(multiplied_at(x, MASK, v)), V, W[:3]),
    Case("left by np.multiply.at, zeros", lambda x, v: multiplied_at(x, TWICE, v) * x, np.zeros(5), np.zeros(4)),
    Case("left by np.maximum.at", lambda x, v: np.sin(larger_at(x, TWICE, v)) * x, V, W[:4] + 0.5),
    Case("left by np.minimum.at", lambda x, v: np.sin(smaller_at(x, TWICE, v)) * x, V, W[:4]),
    Case("left by np.divide.at", lambda x, v: np.sin(divided_at(x, [1, 3], v)) * x, V, V[2:4]),
    Case("left by np.negative.at", lambda x: np.sin(negated_at(x, MASK)) * x, V),
    Case("left by np.sin.at", lambda x: sine_at(x, [0, 2]) * x, V),
    Case("left by np.power.at", lambda x: power_at(x, [0, 2], 2.0) * x, V),
    Refused("left by np.divide.at, repeated", lambda x, v: divided_at(x, TWICE, v), V, W[:4], match="several times"),
]

sine_out = left(np.sin, 1, "out", place="out")
add_out = left(np.add, 3, place=2)
divided_where = left(np.divide, 2, "out", "where", place="out")
sine_where = left(np.sin, 1, "out", "where", place="out")
matmul_out = left(np.matmul, 2, "out", place="out")
sum_out = left(np.sum, 1, "axis", "out", place="out")
total_out = left("sum", 4, place=3)
cumsum_out = left(np.cumsum, 1, "out", place="out")
clip_out = left(np.clip, 4, place=3)
take_out = left(np.take, 5, place=3)
dot_out = left(np.dot, 2, "out", place="out")
mean_out = left(np.mean, 1, "axis", "out", place="out")
joined_out = left(np.concatenate, 1, "out", place="out")
einsum_out = left(np.einsum, 3, "out", place="out")
largest_out = left("max", 1, "axis", "out", place="out")

OUT = [
    Case("left by np.sin", lambda x, o: np.sin(sine_out(x, o)) * o, ROW, M),
    Case("left by np.sin, number", lambda x, o: np.sin(sine_out(x, o)) * o, 0.4, M),
    Case("left by np.add", lambda x, y, o: np.sin(add_out(x, y, o)) * o, ROW, 0.5, M),
    Case("left by np.add, into float32", lambda x: np.sin(add_out(x, 1.0, WEIGHTS32)) * 1.0, V, rtol=1e-3, rounding=1e-6,
         skip=["float32"]),
    Case("left by np.divide", lambda x, y, o: np.sin(divided_where(x, y, o, MASK)) * o, W, V, V),
    Case("left by np.divide, where not zero", lambda x, y, o: divided_where(x, y, o, y > 0.3) * o, W, V, V, skip=["batch"]),
    Case("left by np.divide, broadcast", lambda x, y, o: np.sin(divided_where(x, y, o, TABLE)) * o, ROW, 0.7, M),
    Case("left by np.divide, mask of columns", lambda x, y, o: np.sin(divided_where(x, y, o, TABLE[0])) * o, M, ROW, M),
    Case("left by np.sin, where", lambda x, o: sine_where(x, o, TABLE[:, :1]) * o, M, M * 2.0),
    Case("left by np.matmul", lambda x, y, o: np.sin(matmul_out(x, y, o)) * o, M, Q, M * 2.0),
    Case("left by np.sum", lambda x, o: np.sin(sum_out(x, 0, o)) * o, M, ROW),
    Case("left by ndarray.sum", lambda x, o: np.sin(total_out(x, 1, None, o)) * o, M, PAIR),
    Case("left by np.sum, into float32", lambda x: np.sin(sum_out(x, 0, WEIGHTS32)) * 1.0, T[:, :1] * V, rtol=1e-3,
         rounding=1e-6, skip=["float32"]),
    Case("left by np.cumsum", lambda x, o: np.sin(cumsum_out(x, o)) * o, V, W),
    Case("left by np.clip", lambda x, o: np.sin(clip_out(x, -0.5, 1.0, o)) * o, V, W),
    Case("left by np.take", lambda x, o: np.sin(take_out(x, FAR, None, o, "wrap")) * o, V, ROW),
    Case("left by np.dot", lambda x, y, o: np.sin(dot_out(x, y, o)) * o, M, ROW, PAIR),
    Case("left by np.mean", lambda x, o: np.sin(mean_out(x, 0, o)) * o, M, ROW),
    Case("left by np.concatenate", lambda x, y, o: np.sin(joined_out([x, y], o)) * o, ROW, PAIR, W),
    Case("left by np.einsum", lambda x, y, o: np.sin(einsum_out("ij,j->i", x, y, o)) * o, M, ROW, PAIR),
    Case("left by ndarray.max", lambda x, o: np.sin(largest_out(x, 0, o)) * o, M, ROW),
]

CASES = WHOLE_ARRAYS + PLACES + AT + OUT
