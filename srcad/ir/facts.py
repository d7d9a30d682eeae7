"""What is known about a value before the code runs: kind, dtype and shape, never its contents.

A fact goes on every IR value when it is made and decides what code is emitted for it.  Missing knowledge is
allowed everywhere (``ANY``, a dtype or shape of ``None``, a dimension that is a ``Dim``): it costs speed, never
correctness.

>>> fact_of(np.ones((3, 2))) == Fact("array", np.dtype(float), (3, 2))
True
>>> broadcast_shapes((3, 1), (2,))
(3, 2)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np


class Dim:
    """A dimension whose size is not known: equal to itself, and perhaps to others."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "?"


Size = int | Dim
Shape = tuple[Size, ...]

PYTHON_NUMBERS = (bool, int, float, complex)


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """What is known of one value.

    ``kind`` is ``"array"`` (ndarray or NumPy scalar), ``"py"`` (Python number), ``"num"`` (one of these two),
    ``"list"`` (a list of run-time length, ``element`` being the fact of its elements), ``"keys"`` (a set, or a dict from
    keys to places, ``element`` being the fact of the keys), ``"object"`` (anything
    else; never differentiated), ``"shape"`` (a tuple of sizes, given by ``shape`` itself), ``"pack"`` (a tuple of
    residuals) or ``"any"``.  ``length`` is the size that an integer is known to be.
    """

    kind: str
    dtype: np.dtype[Any] | None = None
    shape: Shape | None = None
    element: Fact | None = None
    length: Size | None = None

    def _key(self) -> tuple[Any, ...]:
        # NumPy takes None for float64 in comparisons of dtypes
        dtype = None if self.dtype is None else self.dtype.str
        return self.kind, dtype, self.shape, self.element, self.length

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fact) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    @property
    def ndim(self) -> int | None:
        return None if self.shape is None else len(self.shape)

    @property
    def size(self) -> int | None:
        """The number of elements, if every dimension is known."""
        if self.shape is None:
            return None
        total = 1
        for size in self.shape:
            if isinstance(size, Dim):
                return None
            total *= size
        return total

    @property
    def is_scalar(self) -> bool:
        return self.shape == ()

    @property
    def may_vary(self) -> bool:
        """Whether a value of this fact can carry a derivative."""
        if self.kind == "list":
            return self.element is None or self.element.may_vary
        return self.kind not in ("object", "shape", "keys") and (self.dtype is None or self.dtype.kind in "fc")

    def __str__(self) -> str:
        if self.kind in ("object", "any", "pack"):
            return self.kind
        if self.kind in ("list", "keys"):
            return f"{self.kind}[{self.element}]"
        dtype = "?" if self.dtype is None else self.dtype.name
        shape = "[?]" if self.shape is None else "[" + ",".join(map(str, self.shape)) + "]"
        return f"{self.kind} {dtype}{shape}"


ANY = Fact("any")
OBJECT = Fact("object")
PACK = Fact("pack")
PY_FLOAT = Fact("py", np.dtype(float), ())
PY_INT = Fact("py", np.dtype(int), ())
PY_BOOL = Fact("py", np.dtype(bool), ())


def is_plain_array(x: Any) -> bool:
    """Whether an object is an array or a NumPy scalar; a subclass (``np.matrix``, a masked array) may compute otherwise."""
    return type(x) in (np.ndarray, np.memmap) or isinstance(x, np.generic)


def fact_of(x: Any) -> Fact:
    """The fact of a live value."""
    if is_plain_array(x):
        return array_fact(x.dtype, x.shape)
    if type(x) in PYTHON_NUMBERS:
        return Fact("py", np.dtype(type(x)), ())
    return OBJECT


def array_fact(dtype: Any, shape: Shape | None) -> Fact:
    """The fact of an array or NumPy scalar; an object or string dtype is no array of numbers."""
    dtype = None if dtype is None else np.dtype(dtype)
    if dtype is not None and dtype.kind not in "biufc":
        return OBJECT
    return Fact("array", dtype, shape)


def list_fact(element: Fact | None) -> Fact:
    return Fact("list", element=element)


def keys_fact(element: Fact | None) -> Fact:
    return Fact("keys", element=element)


def int_fact(length: Size | None) -> Fact:
    """A Python int that is known to be a size."""
    return replace(PY_INT, length=length)


def fresh_shape(ndim: int) -> Shape:
    """A shape of known rank and unknown sizes."""
    return tuple(Dim() for _ in range(ndim))


def unrelated(fact: Fact) -> Fact:
    """The fact with unknown sizes that are not those of any other value."""
    if not fact.shape:
        return fact
    return replace(fact, shape=tuple(Dim() if isinstance(s, Dim) else s for s in fact.shape))


def one_of_many(fact: Fact) -> Fact:
    """A fact that holds for each of several values, elements or iterations: of an integer it is not known which it is."""
    return replace(unrelated(fact), length=None)


def row_fact(fact: Fact, length: Size) -> Fact:
    """The fact of a value with a batch axis; the elements of a list have it."""
    if fact.kind == "list":
        return list_fact(None if fact.element is None else row_fact(fact.element, length))
    if fact.kind in ("pack", "object", "shape", "keys"):
        return fact
    return Fact("array", fact.dtype, None if fact.shape is None else (length, *fact.shape))


def of_numbers(fact: Fact) -> bool:
    """Whether a list is known to hold numbers, which are nobody's memory."""
    known = fact.element
    return fact.kind == "list" and known is not None and known.kind in ("py", "array", "num") and known.is_scalar


def without_sizes(fact: Fact) -> Fact:
    """The fact with the sizes forgotten that are greater than 1, which broadcasts, and the rank kept."""
    if fact.shape:
        return replace(fact, shape=tuple(s if isinstance(s, int) and s <= 1 else Dim() for s in fact.shape))
    return fact


def broadcast_size(a: Size, b: Size) -> Size:
    if a is b or a == b or b == 1:
        return a
    if a == 1 or (isinstance(b, int) and isinstance(a, Dim)):
        return b  # an unknown size against n > 1 can only be 1 or n
    if isinstance(a, int) and isinstance(b, Dim):
        return a
    return Dim()


def broadcast_shapes(*shapes: Shape | None) -> Shape | None:
    """The shape that operands of these shapes broadcast to (None: rank not known)."""
    known = [s for s in shapes if s is not None]
    if len(known) != len(shapes):
        return None
    result: list[Size] = [1] * max(map(len, known), default=0)
    for shape in known:
        for k in range(1, len(shape) + 1):
            result[-k] = broadcast_size(result[-k], shape[-k])
    return tuple(result)


def same_shape(a: Shape | None, b: Shape | None) -> bool:
    """Whether the two shapes are known to be equal."""
    return a is not None and b is not None and len(a) == len(b) and all(
        p is q or (isinstance(p, int) and p == q) for p, q in zip(a, b, strict=True)
    )


def same_dtype(a: np.dtype[Any] | None, b: np.dtype[Any] | None) -> bool:
    """Whether two dtypes are known to be equal (``np.dtype(float) == None`` is true)."""
    return a is not None and b is not None and a == b


def join_shapes(a: Shape | None, b: Shape | None) -> Shape | None:
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(p if p is q or p == q else Dim() for p, q in zip(a, b, strict=True))


def join(a: Fact | None, b: Fact | None) -> Fact:
    """What is known of a value that is one of two; None stands for a value that is never there."""
    if a is None or b is None:
        return a or b or ANY
    if a == b:
        return a
    if a.kind == b.kind and a.kind in ("list", "keys"):
        return Fact(a.kind, element=None if a.element is None and b.element is None else join(a.element, b.element))
    if a.kind == b.kind == "object":
        return OBJECT  # tuples of other elements
    numeric = ("py", "array", "num")
    if a.kind in numeric and b.kind in numeric:
        kind = a.kind if a.kind == b.kind else "num"
        return Fact(kind, a.dtype if same_dtype(a.dtype, b.dtype) else None, join_shapes(a.shape, b.shape))
    return ANY


def forgets(old: Fact, new: Fact) -> bool:
    """Whether ``new`` knows less than ``old`` (as joins in a loop may), unknown sizes being all alike."""

    def sketch(f: Fact) -> Any:
        shape = None if f.shape is None else tuple(-1 if isinstance(s, Dim) else s for s in f.shape)
        return f.kind, str(f.dtype), shape, None if f.element is None else sketch(f.element)

    return bool(sketch(old) != sketch(new))
