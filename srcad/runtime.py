"""The few helpers that generated code may call; plain NumPy, no knowledge of the compiler.

Generated code prefers an expression to a helper wherever the facts of the call allow one (``x_bar[1:] += r_bar``
for ``accumulated``, ``np.zeros(x.shape, x.dtype)`` for ``zeros``): most of these appear only where a rank or a
shape was not known when the code was written.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

Array = Any  # an ndarray, a NumPy scalar or a Python number
Dependence = Any  # a set of bits, or a list of such sets


def copied(x: Array) -> Array:
    """A copy of an array, or of a list whose elements are replaced, not written into."""
    return list(x) if isinstance(x, list) else np.array(x)


def copy(x: Any) -> Any:
    """``x`` in memory of its own: the arrays in lists and tuples are copied too, and so are sets and dicts."""
    if isinstance(x, list | tuple):
        return type(x)([copy(item) for item in x])
    return x.copy() if isinstance(x, np.ndarray | set | dict) else x


def written_back(x: Array, last: Array) -> None:
    """Let the memory of ``x`` hold its last version, if that is not there anyway."""
    if last is not x:
        x[...] = last


def set_item(names: Any, key: str | None, value: Any) -> None:
    """Write to a namespace, or to a cell, which has no keys."""
    if key is None:
        names.cell_contents = value
    else:
        names[key] = value


def get_item(names: Any, key: str | None) -> Any:
    """What a name of a namespace means now, or what a cell holds."""
    return names.cell_contents if key is None else names[key]


def delete_item(names: Any, key: str | None) -> None:
    """Take a name out of a namespace, or empty a cell."""
    if key is None:
        del names.cell_contents
    else:
        del names[key]


def failure(types: Any, function: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[bool, BaseException | None]:
    """Whether a call raises an exception of one of the types, and which."""
    try:
        function(*args, **kwargs)
    except types as error:
        return True, error
    return False, None


def attempted(types: Any, function: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[BaseException | None, Any]:
    """The exception of one of the types that a call raises, or None, and what it gives."""
    try:
        return None, function(*args, **kwargs)
    except types as error:
        return error, None


CONVERSIONS: dict[str, Callable[[Any], str]] = {"r": repr, "s": str, "a": ascii}


def text(*parts: Any) -> str:
    """An f-string: its texts, and its values with their conversions and formats."""
    found = []
    for part in parts:
        if isinstance(part, tuple):
            value, conversion, spec = part
            part = format(CONVERSIONS[conversion](value) if conversion else value, spec)
        found.append(part)
    return "".join(found)


def separate(name: str, x: Any, *others: Any) -> None:
    """Raise if ``x``, which is written into, shares memory with another argument or captured array."""
    if any(isinstance(other, np.ndarray) and np.shares_memory(x, other) for other in others):
        refuse_here(f"{name or 'an argument'}, which is written into, shares memory with another argument or captured array",
                    "pass a copy of one of them")


def in_order(name: str, x: Any) -> None:
    """Raise if ``x`` is an array that is not in C order."""
    from srcad.errors import DifferentiationError

    if isinstance(x, np.ndarray) and not x.flags.c_contiguous:
        raise DifferentiationError(
            f"{name or 'an argument'} is not in C order: whether a reshaped or raveled array is a view of it or a copy, which is "
            "written into, depends on that\n  remedy: pass np.ascontiguousarray(...) of it"
        )


def stored(x: Array, index: Any, v: Array) -> Array:
    """A copy of ``x`` in which ``v`` is at ``index``."""
    x = copied(x)
    x[index] = v
    return x


def accumulated(x: Array, index: Any, v: Array) -> Array:
    """A copy of ``x`` to which ``v`` is added at ``index``."""
    x = copied(x)
    if isinstance(x, list):
        add_elements(x, [index], [v])
    else:
        x[index] += v
    return x


def scattered(x: Array, index: Any, v: Array) -> Array:
    """A copy of ``x`` to which ``v`` is added at ``index``, as often as an element is named."""
    x = copied(x)
    if isinstance(x, list):
        add_elements(x, index, v)
    else:
        np.add.at(x, index, v)
    return x


def add_elements(x: list[Any], places: Any, v: list[Any]) -> None:
    """Add the elements of a list to those of ``x`` at these places, a slice or numbers."""
    for k, item in zip(range(len(x))[places] if isinstance(places, slice) else places, v, strict=True):
        x[k] = lists_added(x[k], item) if isinstance(x[k], list | tuple) else x[k] + item  # old lists have the element too


def last_writes(index: Any, shape: tuple[int, ...], v: Array = None) -> Array:
    """Which elements of ``v`` are left in an array of ``shape`` after ``x[index] = v``, as booleans for ``x[index]``.

    NumPy writes in an order that depends on the strides of the index and of ``v``, so it is made to write numbers
    that are laid out like ``v``; without ``v`` the order is that of the index.  An element of ``v`` that is written
    to several places counts at each; of several writes of it to one place one counts.
    """
    winner = np.empty(shape, np.intp)
    part = winner[index].shape
    order = np.arange(math.prod(part)).reshape(part)
    if v is None:
        winner[index] = order
        return np.asarray(winner[index] == order)
    numbers = numbers_like(np.asarray(v))
    winner[index] = numbers
    last = winner[index] == numbers.reshape(numbers.shape[max(0, numbers.ndim - len(part)) :])
    if numbers.size < order.size:
        marked = np.where(last, order, -1)
        winner[index] = -1
        np.maximum.at(winner, index, marked)
        last = winner[index] == marked
    return np.asarray(last)


def numbers_like(v: Array) -> Array:
    """Different integers in the shape of ``v``, of which axes with stride 0 have one; laid out in memory like ``v``."""
    v = v[tuple(slice(1) if stride == 0 and size else slice(None) for stride, size in zip(v.strides, v.shape, strict=True))]
    forwards = tuple(slice(None, None, -1 if stride < 0 else 1) for stride in v.strides)
    numbers = np.empty_like(v[forwards], np.intp, subok=False)
    numbers[...] = np.arange(v.size).reshape(v.shape)
    return numbers[forwards]


def carried(v: Array, dtype: Any) -> Array:
    """A derivative ``v`` of something stored in an array of this dtype: zeros if it holds no floats."""
    return v if np.dtype(dtype).kind in "fc" else np.zeros_like(v)


def applied_at(ufunc: np.ufunc, x: Array, index: Any, *v: Array) -> Array:
    """A copy of ``x`` after ``ufunc.at(x, index, *v)``."""
    x = np.array(x)
    ufunc.at(x, index, *v)
    return x


def check_out(ufunc: np.ufunc, casting: Any, position: int, out: Array, *args: Array) -> None:
    """Raise what ``ufunc(*args, out=out)`` raises because of types and shapes; ``where`` may stand behind ``args``."""
    args, where = args[: ufunc.nin], args[ufunc.nin :]
    if ufunc.signature is not None:
        ufunc(*args, out=np.empty_like(out), casting=casting)
        return
    outs = [None] * ufunc.nout
    outs[position] = hollow(out)
    ufunc(*map(hollow, args), out=tuple(outs), casting=casting)
    shape = np.broadcast_shapes(*map(np.shape, (out, *args, *where)))
    if shape != np.shape(out):
        own, other = (str(s).replace(" ", "") for s in (np.shape(out), shape))
        raise ValueError(f"non-broadcastable output operand with shape {own} doesn't match the broadcast shape {other}")


def check_matmul(x: Array, v: Array) -> None:
    """Raise what ``x @= v`` raises."""
    operator.imatmul(np.array(x), v)


def check_copy(x: Array, v: Array, casting: Any) -> None:
    """Raise what ``np.copyto(x, v, casting)`` raises because of types."""
    np.copyto(hollow(x), hollow(v), casting=casting)


def check_fill(x: Array, v: Array) -> None:
    """Raise what ``x.fill(v)`` raises."""
    np.empty(1, x.dtype).fill(v)


def last_records(ufunc: Any, x: Array, axis: int) -> Array:
    """Where the element stands that ``ufunc.accumulate`` gives, the last one among equal ones."""
    taken = (x == ufunc.accumulate(x, axis=axis)) | np.isnan(x)
    along = np.arange(x.shape[axis]).reshape((-1,) + (1,) * (x.ndim - 1 - axis % x.ndim))
    places: Array = np.maximum.accumulate(np.where(taken, along, 0), axis=axis)
    return places


def segments(indices: Any, size: int) -> tuple[Array, Array]:
    """The elements that ``ufunc.reduceat`` takes from an axis of this size, and which result each goes into."""
    starts = np.asarray(indices)
    counts = np.maximum(np.append(starts[1:], size) - starts, 1)
    results = np.repeat(np.arange(len(starts)), counts)
    ends = np.cumsum(counts)
    return np.arange(len(results)) + np.repeat(starts - ends + counts, counts), results


def shape_assigned(x: Array, sizes: Any) -> None:
    """Raise what ``x.shape = sizes`` raises."""
    x[...].shape = sizes


def after_call(function: Any, place: Any, *args: Any, **kwargs: Any) -> Array:
    """What a call of a function, or of a method given by its name, leaves of a copy of the argument at ``place``."""
    given: Any = kwargs if isinstance(place, str) else (args := list(args))  # type: ignore[assignment]
    target = given[place] = copied(given[place])
    if isinstance(function, str):
        getattr(args[0], function)(*args[1:], **kwargs)
    else:
        function(*args, **kwargs)
    return target


def flat(x: Array, index: Any) -> Array:
    """``x.flat[index]``."""
    return x.flat[index]


def flat_written(x: Array, index: Any, v: Any) -> None:
    """``x.flat[index] = v``."""
    x.flat[index] = v


def places_from_start(places: Any, size: int) -> Array:
    """Places in a flat array of this size, those below 0 counted from its end."""
    places = np.asarray(places)
    outside = places[(places < -size) | (places >= size)]
    if outside.size:
        raise IndexError(f"index {outside.flat[0]} is out of bounds for axis 0 with size {size}")
    return np.where(places < 0, places + size, places)


def rounds(index: Any, shape: tuple[int, ...]) -> tuple[Array, Array, Array, tuple[int, int]]:
    """The positions in ``x[index]`` where an element of ``x`` is named first; and for a table which has a column
    for each of these, with a row in front, the rows and columns for all positions in turn, and its shape.
    """
    named = np.empty(shape, np.intp)
    order = np.arange(named[index].size).reshape(named[index].shape)
    named[index] = order
    firsts, column = np.unique(named[index], return_inverse=True)
    column = column.ravel()
    by_column = np.argsort(column, kind="stable")
    starts = np.searchsorted(column[by_column], np.arange(firsts.size))
    row = np.empty_like(column)
    row[by_column] = 1 + np.arange(column.size) - starts[column[by_column]]
    return firsts, row, column, (1 + int(np.max(row, initial=0)), firsts.size)


def check_result(name: str, out: Array, value: Array, typed: bool) -> None:
    """Raise if a result has not the shape, and the type if it is ``typed``, of the array that it is written into."""
    if np.shape(value) != np.shape(out):
        try:
            np.broadcast_to(value, np.shape(out))
        except ValueError:
            raise ValueError(f"{name}: out has shape {np.shape(out)}, the result has shape {np.shape(value)}") from None
        refuse_here(f"{name}: the result has shape {np.shape(value)}, and is broadcast to that of out, {np.shape(out)}",
                    "give both the same shape")
    if typed and value.dtype != out.dtype:
        refuse_here(f"{name}: out has dtype {out.dtype}, the result has dtype {value.dtype}", "give both the same")


def hollow(x: Array) -> Array:
    """An array of the same dtype without elements; a Python number as it is."""
    return np.empty(0, x.dtype) if isinstance(x, np.ndarray | np.generic) else x if np.ndim(x) == 0 else np.array(x)[:0]


def zeros(shape: tuple[int, ...], dtype: Any) -> Array:
    """Zeros to accumulate into."""
    return np.zeros(shape, dtype)


def shape(x: Array) -> tuple[int, ...]:
    """The shape of an array; ``()`` of a number."""
    return np.shape(x)


def prefixed(size: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape with a batch axis."""
    return (size, *shape)


def dtype(x: Array) -> np.dtype[Any]:
    """The dtype of an array or of a Python number."""
    return x.dtype if hasattr(x, "dtype") else np.dtype(type(x))


def broadcast(x: Array, shape: tuple[int, ...]) -> Array:
    """A read-only array of this shape."""
    return np.broadcast_to(x, shape)


def unbroadcast(x: Array, shape: tuple[int, ...]) -> Array:
    """The sum of ``x`` over the axes along which an array of ``shape`` was broadcast: the adjoint of that."""
    own = np.shape(x)
    if own == shape:
        return x
    lead = len(own) - len(shape)
    if lead > 0:
        x = np.sum(x, axis=tuple(range(lead)))
    axes = tuple(k for k, size in enumerate(shape) if size == 1 and x.shape[k] != 1)
    return np.sum(x, axis=axes, keepdims=True) if axes else x


def cast(x: Array, dtype: Any) -> Array:
    """``x`` in another dtype, itself if it has it."""
    return np.asarray(x, dtype)[()]


def align(x: Array, ndim: int) -> Array:
    """``x`` with unit axes after its first, so that ``ndim`` axes follow."""
    missing = ndim + 1 - np.ndim(x)
    return x.reshape(x.shape[:1] + (1,) * missing + x.shape[1:]) if missing > 0 else x


def stack_rows(rows: Sequence[Array], shape: tuple[int, ...], dtype: Any) -> Any:
    """The rows as one array, an empty one of ``shape`` and ``dtype`` if there are none.

    Where a row has no value, since it took another branch, they stay one by one.
    """
    if any(row is None for row in rows):
        return Rows(rows)
    shapes = dict.fromkeys(map(np.shape, rows))
    if len(shapes) > 1:
        from srcad.errors import DifferentiationValueError, explain

        reason = f"the rows of the batch differ in shape: {' and '.join(map(str, shapes))}"
        raise DifferentiationValueError(explain(None, reason, "call the function for each row, or pad its arrays"))
    return np.stack(rows) if len(rows) else np.zeros(shape, dtype)


def assigned(x: Any, name: str) -> Any:
    """The rows of a variable that some rows may not have assigned, for code that reads them all."""
    if isinstance(x, Rows):
        row = next(k for k, value in enumerate(x) if value is None)
        raise UnboundLocalError(f"row {row} of the batch has not assigned {name}")
    return x


def packed(*values: Any) -> tuple[Any, ...]:
    """The residuals of a call as one tuple."""
    return values


def unpacked(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The residuals again."""
    return values


def keyed(*elements: Any) -> set[Any]:
    """A set."""
    return set(elements)


def hashed(x: Any) -> Any:
    """What is an element of a set or a key of a dict."""
    return x


def elements(x: Any) -> list[Any]:
    """Those of a set, or the keys of a dict."""
    return list(x)


def sorted_elements(x: Any, reverse: bool = False) -> list[Any]:
    """The elements of a set, sorted."""
    return sorted(x, reverse=reverse)


def count(x: Any) -> int:
    """The number of elements of a set, or of keys."""
    return len(x)


def places(*keys: Any) -> dict[Any, int]:
    """The places of keys in a list."""
    return {key: place for place, key in enumerate(keys)}


def place(x: dict[Any, int], key: Any) -> int:
    """The place of a key."""
    return x[key]


def changed(x: Any, method: str, *args: Any) -> Any:
    """A copy of the set or dict ``x`` after ``x.method(*args)``."""
    x = x.copy()
    getattr(x, method)(*args)
    return x


def taken(x: set[Any]) -> tuple[set[Any], Any]:
    """A copy of the set ``x`` without the element that ``x.pop()`` gives, and that."""
    x = x.copy()
    element = x.pop()
    return x, element


def zeros_like(x: Any) -> Any:
    """Zeros in the structure of a list or tuple of arrays; what is no number stays as it is."""
    if isinstance(x, list | tuple):
        return type(x)([zeros_like(item) for item in x])
    if isinstance(x, np.ndarray):
        return np.zeros(x.shape, x.dtype)
    return 0.0 if isinstance(x, float | int | np.number) else x


def lists_added(a: Any, b: Any) -> Any:
    """Lists or tuples of adjoints added element by element."""
    if isinstance(a, list | tuple):
        return type(a)([lists_added(p, q) for p, q in zip(a, b, strict=True)])
    if a is None or b is None:  # of what is no number
        return b if a is None else a
    return a + b if isinstance(a, float | int | np.ndarray | np.number) else a


def untiled(g: Array, shape: tuple[int, ...], reps: Any) -> Array:
    """The sum of the copies that ``np.tile`` made of an array of ``shape``: its adjoint."""
    reps = (reps,) if np.ndim(reps) == 0 else tuple(reps)
    ndim = max(len(shape), len(reps))
    sizes = (1,) * (ndim - len(shape)) + tuple(shape)
    reps = (1,) * (ndim - len(reps)) + reps
    copies = np.reshape(g, [n for pair in zip(reps, sizes, strict=True) for n in pair])
    return copies.sum(axis=tuple(range(0, 2 * ndim, 2))).reshape(shape)


def unjoined(
    g: Array, join: Any, arrays: Sequence[Array], axis: int | None = 0, rows: tuple[int, int] = (0, 0)
) -> list[Array]:
    """The parts of ``g`` that the arrays became when ``join`` (``np.vstack``, ...) put them together: its adjoint.

    ``rows`` are the numbers of batch axes that ``g`` and the arrays have.
    """
    shapes = [np.shape(a)[rows[1] :] for a in arrays]
    if join is np.concatenate:
        sizes = [math.prod(shape) if axis is None else shape[axis] for shape in shapes]
    else:
        # one array alone is joined to what it is raised to
        axis = {np.vstack: 0, np.hstack: int(len(shapes[0]) > 1), np.dstack: 2, np.column_stack: 1}[join]
        sizes = [join([np.empty(shape)]).shape[axis] for shape in shapes]
    axis = 0 if axis is None else axis
    parts = np.split(g, np.cumsum(sizes)[:-1], axis + rows[0] if axis >= 0 else axis)
    lead = np.shape(g)[: rows[0]]
    return [np.reshape(part, lead + shape) for part, shape in zip(parts, shapes, strict=True)]


def chunks_joined(chunks: Sequence[Array], shape: tuple[int, ...], dtype: Any) -> Array:
    """Chunks of rows one after the other, an empty array of ``shape`` and ``dtype`` if there are none."""
    return np.concatenate(chunks) if len(chunks) else np.zeros(shape, dtype)


def check_shape(actual: tuple[int, ...], expected: tuple[int, ...], what: str, remedy: str = "") -> None:
    """Raise if two shapes differ."""
    if actual != expected:
        refuse_here(f"{what} has shape {actual}, expected {expected}", remedy or "pass one of exactly that shape")


def jacobian_block(rows: Array, outer: tuple[int, ...], inner: tuple[int, ...], by_column: bool) -> Array:
    """Rows, one for each element of ``outer``, as an array of shape outer + inner, or inner + outer."""
    block = rows.reshape((*outer, *inner))
    if not by_column:
        return block
    return block.transpose(*range(len(outer), block.ndim), *range(len(outer)))


def block_rows(block: Array, outer: tuple[int, ...], inner: tuple[int, ...], by_column: bool) -> Array:
    """The rows of a block."""
    if by_column:
        block = block.transpose(*range(len(inner), block.ndim), *range(len(inner)))
    return block.reshape(-1, *inner)


class Rows(list[Any]):
    """The rows of what is no array, one by one."""


class Ragged(Rows):
    """The rows of a list whose length is not the same in each, so that its elements have no rows."""

    def __getitem__(self, k: Any) -> Any:
        refuse_here("a list has another length in one row of a batch than in another",
                    "give it the same length in every row (np.where chooses elements)")

    def __iter__(self) -> Any:
        return self[0]


def rows(found: list[Any]) -> Any:
    """The rows of what is no array; of lists as long as each other a list whose elements have the rows."""
    if not found or not all(isinstance(row, list) and not isinstance(row, Rows) for row in found):
        return Rows(found)
    if len({len(row) for row in found}) > 1:
        return Ragged(found)
    return [_in_rows(list(column)) for column in zip(*found, strict=True)]


def _in_rows(column: list[Any]) -> Any:
    numbers = all(isinstance(x, np.ndarray | np.generic | float | int) for x in column)
    return np.stack(column) if numbers and len({np.shape(x) for x in column}) == 1 else rows(column)


def nested_list(x: Array, depth: int) -> list[Any]:
    """The elements of an array, or the rows that are left, in lists of lists."""
    return list(x) if depth == 1 else [nested_list(row, depth - 1) for row in x]


def row_of(x: Any, k: int, flag: Any) -> Any:
    """Row ``k`` of a list or tuple of which all parts have rows (``flag`` is True), or those that ``flag`` marks."""
    if x is None:
        return None  # a path that is not taken
    if isinstance(x, Rows):
        return list.__getitem__(x, k)
    require_flag(flag)
    if isinstance(x, tuple) and isinstance(flag, tuple):
        return tuple([row_of(part, k, on) if on else part for part, on in zip(x, flag, strict=True)])
    if isinstance(x, list):
        return [row_of(part, k, flag) for part in x]
    return x[k]


def broadcast_parts(x: Any, count: int, flag: Any) -> Any:
    """A list or tuple with ``count`` equal rows in all parts (``flag`` is True), or in those that ``flag`` marks."""
    if x is None:
        return None  # a path that is not taken
    require_flag(flag)
    if isinstance(x, tuple):
        if flag is True:
            return Rows([x] * count)
        return tuple([broadcast_parts(part, count, on) if on else part for part, on in zip(x, flag, strict=True)])
    if isinstance(x, list):
        return [broadcast_parts(part, count, flag) for part in x]
    if isinstance(x, set | dict):
        return Rows([x.copy() for _ in range(count)])
    return np.broadcast_to(x, (count, *np.shape(x))).copy()  # it may be added to


def require_flag(flag: Any) -> None:
    """Refuse a structure that was not known when the code was made."""
    if isinstance(flag, str):
        refuse(flag)


def eye(n: int, dtype: Any) -> Array:
    """The unit vectors as rows."""
    return np.eye(n, dtype=dtype)


def unit_rows(dtypes: tuple[Any, ...], *shapes: tuple[int, ...]) -> Any:
    """The unit vectors of several arrays together: for each an array (K, *shape), K being their total size.

    A tuple of these, or the one array if there is one shape.
    """
    sizes = [int(np.prod(shape)) for shape in shapes]
    total = sum(sizes)
    parts, start = [], 0
    for shape, size_, dtype_ in zip(shapes, sizes, dtypes, strict=True):
        part = np.zeros((total, size_), dtype_)
        np.fill_diagonal(part[start:], 1)
        parts.append(part.reshape(total, *shape))
        start += size_
    return tuple(parts) if len(parts) > 1 else parts[0]


def size(x: Array) -> int:
    """The number of elements."""
    return int(np.size(x))


def stop_gradient(x: Array) -> Array:
    """``x``, through which no derivative flows."""
    return x


def detached(x: Array, message: str) -> Array:
    """``x``, through which no derivative flows."""
    return x


def warn_detached(message: str) -> None:
    """Say that an inner derivative cuts an active value off."""
    import warnings

    from srcad.errors import DetachedWarning

    warnings.warn(message, DetachedWarning, stacklevel=3)


def warn_rows(message: str) -> None:
    """Say that the rows of a batch are run one by one."""
    import warnings

    from srcad.errors import BatchFallbackWarning

    warnings.warn(message, BatchFallbackWarning, stacklevel=3)


def require(dependence: Dependence, wanted: int, message: str) -> None:
    """Raise if a dependence has none of the wanted bits."""
    if not whole(dependence) & wanted:
        refuse(message)


def translated(mask: Dependence, bits: tuple[int, ...], *own: Dependence) -> int:
    """A dependence on the arguments of a call in terms of what these depend on."""
    result = 0
    for bit, dependence in zip(bits, own, strict=True):
        if whole(mask) & bit:
            result |= whole(dependence)
    return result


def either(a: Dependence, b: Dependence) -> int:
    """What two values depend on together, as sets of bits."""
    return whole(a) | whole(b)


def whole(dependence: Dependence) -> int:
    """What a value depends on, if that of a list is known for each of its items."""
    if isinstance(dependence, list):
        return functools.reduce(operator.or_, map(whole, dependence), 0)
    return dependence


def range_length(r: range) -> int:
    """How many elements a range has."""
    return len(r)


def product_letters(product: str, first: int, second: int, axes: Any = 2) -> tuple[str, str, str]:
    """The subscripts of a product of arrays of these ranks: of both operands and of the result."""
    a, b = "abcdefghijklm"[:first], "nopqrstuvwxyz"[:second]
    if product == "matmul":
        row, column = "i" * (first > 1), "k" * (second > 1)
        stack_a, stack_b = "..." * (first > 2), "..." * (second > 2)
        return stack_a + row + "j", stack_b + "j" + column, (stack_a or stack_b) + row + column
    if product == "tensordot":
        pairs = (range(first - axes, first), range(axes)) if isinstance(axes, int) else axes
        sides = [[side] if isinstance(side, int) else side for side in pairs]
    elif first == 0 or second == 0:
        sides = [[], []]
    else:
        sides = [[first - 1], [second - 1 if product == "inner" else max(second - 2, 0)]]
    shared = {b[q]: a[p] for p, q in zip(*sides, strict=True)}
    b = "".join(shared.get(c, c) for c in b)
    return a, b, "".join(c for c in a + b if c not in shared.values())


def product_adjoint(
    g: Array, other: Array, shape: tuple[int, ...], product: str, position: int, axes: Any = 2
) -> Array:
    """The adjoint of operand ``position``, which has ``shape``, of ``np.<product>`` with ``other``."""
    ranks = (len(shape), np.ndim(other)) if position == 0 else (np.ndim(other), len(shape))
    *operands, out = product_letters(product, *ranks, axes)
    own = operands[position] if len(shape) > 2 or product != "matmul" else "..." + operands[position]
    out = out if own == operands[position] or "..." in out else "..." + out
    return unbroadcast(np.einsum(f"{out},{operands[1 - position]}->{own}", g, other, optimize=True), shape)


def refitted(x: Array, shape: tuple[int, ...]) -> Array:
    """``x`` summed over axes that ``shape`` lacks or has as units, broadcast along its own unit axes."""
    x = np.reshape(x, (1,) * (len(shape) - np.ndim(x)) + np.shape(x))
    return np.broadcast_to(unbroadcast(x, shape), shape)


def columns(x: Array, ndim: int) -> Array:
    """``x`` as matrices: a last axis is added if there are columns only, ``ndim`` being 1."""
    return x[..., None] if ndim == 1 else x


def without_columns(x: Array, ndim: int) -> Array:
    """The inverse of ``columns``."""
    return x[..., 0] if ndim == 1 else x


def cofactors(a: Array) -> Array:
    """The cofactors of square matrices, which are the derivative of the determinant, singular or not."""
    det = np.linalg.det(a)
    if np.all(det != 0.0):
        return det[..., None, None] * np.linalg.inv(a).mT
    u, s, vh = np.linalg.svd(a)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return (u * (sign[..., None] * products_but(s))[..., None, :]) @ vh


def cofactors_along(a: Array, v: Array) -> Array:
    """The derivative of the cofactors of ``a`` along ``v``, also where ``a`` is singular.

    With a = u diag(s) vh and w = u.T v vh.T, the element (i, i) of the result in these bases is the sum over
    j of p_ij w_jj, the element (i, j) is -p_ij w_ji, where p_ij is the product of all s but s_i and s_j.
    """
    u, s, vh = np.linalg.svd(a)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    w = u.mT @ v @ vh.mT
    n = s.shape[-1]
    rest = np.where(np.eye(n, dtype=bool), 1.0, s[..., None, :])  # row i holds all s but s_i
    p = np.where(np.eye(n, dtype=bool), 0.0, products_but(rest))
    own = np.sum(p * np.diagonal(w, axis1=-2, axis2=-1)[..., None, :], axis=-1)
    inside = np.eye(n) * own[..., None, :] - p * w.mT
    return (sign[..., None, None] * (u @ inside @ vh)).astype(np.result_type(a, v), copy=False)


def products_but(x: Array) -> Array:
    """The products along the last axis of all elements but one."""
    ones = np.ones_like(x[..., :1])
    before = np.cumprod(np.concatenate([ones, x[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([ones, x[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return before * after


def reciprocal_gaps(x: Array) -> Array:
    """``1 / (x[j] - x[i])`` for each pair (i, j), zero on the diagonal, infinite for equal elements."""
    gaps = x[..., None, :] - x[..., :, None]
    with np.errstate(divide="ignore"):
        return np.where(np.eye(x.shape[-1], dtype=bool), np.zeros_like(gaps), 1 / gaps)


def if_square(x: Array, a: Array) -> Array:
    """``x``, refused if the matrices ``a`` are not square."""
    if a.shape[-1] != a.shape[-2]:
        refuse_here("np.linalg.svd has no derivative with full_matrices=True: the vectors that complete a basis are arbitrary",
                    "write full_matrices=False")
    return x


def recurrence(x: Array, b: Array, axis: int) -> Array:
    """The ``s`` with ``s[k] = x[k] * s[k-1] + b[k]`` along an axis and ``s[-1] = 0``.

    The windows of steps that are composed double in length, so that there are log2(n) of them, not n.
    """
    factor, s = (np.array(np.moveaxis(part, axis, 0)) for part in np.broadcast_arrays(x, b))
    s = s.astype(np.result_type(x, b), copy=False)
    step = 1
    while step < len(s):
        s[step:] += factor[step:] * s[:-step]
        factor[step:] = factor[step:] * factor[:-step]
        step *= 2
    return np.moveaxis(s, 0, axis)


def products_of_others(x: Array, axis: int | tuple[int, ...] | None = None) -> Array:
    """For each element the product of all others that a reduction along ``axis`` multiplies it with."""
    x = np.asarray(x)
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    rows = np.moveaxis(x, axes, range(-len(axes), 0))
    flat = rows.reshape(*rows.shape[: rows.ndim - len(axes)], math.prod(rows.shape[rows.ndim - len(axes) :]))
    left, right = np.ones_like(flat), np.ones_like(flat)
    np.cumprod(flat[..., :-1], axis=-1, out=left[..., 1:])
    np.cumprod(flat[..., :0:-1], axis=-1, out=right[..., -2::-1])
    return np.moveaxis((left * right).reshape(rows.shape), range(-len(axes), 0), axes)


def placed_on_diagonal(v: Array, shape: tuple[int, ...], offset: int, axis1: int, axis2: int) -> Array:
    """Zeros of ``shape`` with ``v`` on a diagonal: the adjoint of ``np.diagonal``."""
    x = np.zeros(shape, np.asarray(v).dtype)
    diagonal = np.diagonal(x, offset, axis1, axis2)
    diagonal.flags.writeable = True
    diagonal[...] = v
    return x


def scattered_along(v: Array, indices: Array, axis: int, shape: tuple[int, ...]) -> Array:
    """Zeros of ``shape`` with ``v`` added where ``np.take_along_axis`` took it: the adjoint of that."""
    x = np.zeros(shape, np.asarray(v).dtype)
    index = [np.arange(size).reshape(-1, *(1,) * (len(shape) - 1 - k)) for k, size in enumerate(shape)]
    index[axis] = indices
    np.add.at(x, tuple(index), v)
    return x


def slots_for(steps: int) -> int:
    """How many states are held on the way back through so many steps, if nothing else is said: their logarithm."""
    return max(steps, 2).bit_length()


def slots_within(memory: int, *state: Array) -> int:
    """How many states fit into so many bytes; one at least."""
    return max(1, int(memory) // max(1, sum(np.asarray(part).nbytes for part in state)))


def next_saved(start: int, stop: int, slots: int) -> int:
    """Before which step a state is saved next, on the way back through the steps from ``start`` to ``stop``.

    The state before ``start`` is one of ``slots`` that may be held; there are two steps at least.  With b(s, r) = (s + r)! /
    (s! r!) and the least r for which b(slots, r) is the number of steps or more, no step is run more than r times if b(slots,
    r - 1) steps at most remain before the cut and b(slots - 1, r) behind it (Griewank and Walther 2000).
    """
    if slots < 1:
        from srcad.errors import DifferentiationValueError

        refuse_here(f"slots={slots!r} is no number of states", "pass 1 or more", DifferentiationValueError)
    steps, repeats = stop - start, 1
    while math.comb(slots + repeats, slots) < steps:
        repeats += 1
    before = math.comb(slots + repeats - 2, slots) if repeats > 1 else 1
    return start + max(steps - math.comb(slots - 1 + repeats, slots - 1), before)


def raised(error: BaseException) -> BaseException:
    """An exception that exists already, about to be raised again."""
    return error


def caused(error: Any, cause: Any) -> Any:
    """The exception of ``raise error from cause``."""
    error = error() if isinstance(error, type) else error
    error.__cause__ = cause() if isinstance(cause, type) else cause
    return error


def refuse(message: str) -> NoReturn:
    """Raise the error that a derivative is not to be had here."""
    from srcad.errors import DifferentiationError

    raise DifferentiationError(message)


def refuse_here(reason: str, remedy: str, kind: type | None = None) -> NoReturn:
    """The same with a reason and a remedy, to which who runs the code adds the user's line."""
    from srcad.errors import DifferentiationError, explain

    error = (kind or DifferentiationError)(explain(None, reason, remedy))
    error.unlocated = True
    raise error
