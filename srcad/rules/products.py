"""Rules of products of arrays: ``@``, ``dot`` and its kind, ``outer``, ``kron``, ``cross``.

All are bilinear.  Most are contractions, so a declaration says which letters the axes of the operands and of
the result have; their transposes and batches are contractions by the same letters (``rules.contraction``).

    y = x @ w      ->      x_bar = y_bar @ w.T
                           w_bar = x.T @ y_bar
"""

from __future__ import annotations

import operator

import numpy as np

from srcad import runtime
from srcad.ir.facts import Dim, array_fact, broadcast_shapes, same_shape
from srcad.rules import shapes
from srcad.rules.contraction import contracted, mT
from srcad.rules.notation import (
    bar,
    bilinear,
    define,
    fact,
    method,
    rank,
    refuse,
    shape,
    unbroadcast,
)
from srcad.rules.registry import register
from srcad.rules.roles import free_axes
from srcad.rules.trace import symbolic, unwrap

# ---- products whose ranks are not known ----------------------------------------------------------

product_adjoint = symbolic(register(runtime.product_adjoint, "product_adjoint"))


def _adjoint_fact(g, other, size, product, position, axes=2):
    return array_fact(shapes.common_dtype(g, other), shapes.shape_argument(size))


@bilinear(runtime.product_adjoint, "g", "other", fact=_adjoint_fact, static=("product", "position"))
def _(y, g, other, size, product, position, axes=2):
    # y is linear in g by the transpose of the product with ``other``, so its own transpose is that product
    operands = (bar[y], other) if position == 0 else (other, bar[y])
    bar[g] = getattr(np, product)(*operands, *((axes,) if product == "tensordot" else ()))
    bar[other] = product_adjoint(g, bar[y], shape(other), product, 1 - position, axes)


# ---- dot, inner, tensordot -----------------------------------------------------------------------


def _product_fact(product):
    """Axes that are not summed, those of the first operand first."""

    def known(a, b, axes=2):
        p, q = fact(a).shape, fact(b).shape
        dtype = shapes.common_dtype(a, b)
        if p is None or q is None:
            return array_fact(dtype, None)
        *letters, out = runtime.product_letters(product, len(p), len(q), axes)
        sizes = dict(zip("".join(letters), p + q, strict=True))
        return array_fact(dtype, tuple(sizes[c] for c in out))

    return known


def _transposes(product, y, a, b, axes=2):
    """The adjoints of both operands."""
    g, p, q = bar[y], rank(a), rank(b)
    if p is None or q is None:
        bar[a] = product_adjoint(g, b, shape(a), product, 0, axes)
        bar[b] = product_adjoint(g, a, shape(b), product, 1, axes)
    else:
        first, second, out = runtime.product_letters(product, p, q, axes)
        bar[a] = contracted(g, out, b, second, first)
        bar[b] = contracted(g, out, a, first, second)


def _rows(product):
    """A further letter for the batch axis."""

    def batch(call):
        p, q = call.rank("a"), call.rank("b")
        if p is None or q is None:
            return NotImplemented
        first, second, out = runtime.product_letters(product, p, q, call.args.get("axes", 2))
        row = {name: "z" if name in call.mapped else "" for name in "ab"}
        return contracted(call["a"], row["a"] + first, call["b"], row["b"] + second, "z" + out)

    return batch


@bilinear(np.dot, "a", "b", batch=_rows("dot"), fact=_product_fact("dot"))
def _(y, a, b):
    _transposes("dot", y, a, b)


@bilinear(np.inner, "a", "b", batch=_rows("inner"), fact=_product_fact("inner"))
def _(y, a, b):
    _transposes("inner", y, a, b)


@bilinear((np.tensordot, np.linalg.tensordot), "a", "b", batch=_rows("tensordot"),
          fact=_product_fact("tensordot"))
def _(y, a, b, axes=2):
    _transposes("tensordot", y, a, b, axes)


method("dot", np.dot)

# ---- matmul: its leading axes broadcast ----------------------------------------------------------


def _matmul_fact(a, b):
    p, q = fact(a).shape, fact(b).shape
    dtype = shapes.common_dtype(a, b)
    if p is None or q is None:
        return array_fact(dtype, None)
    stack = broadcast_shapes(p[:-2], q[:-2]) or ()
    return array_fact(dtype, stack + (p[-2:-1] if len(p) > 1 else ()) + (q[-1:] if len(q) > 1 else ()))


def _matmul_letters(p, q):
    """Letters where one operand at most is a stack."""
    stack = "abcdefgh"
    first = stack[: max(p - 2, 0)] + "i" * (p > 1) + "j"
    second = stack[: max(q - 2, 0)] + "j" + "k" * (q > 1)
    return first, second, stack[: max(p, q, 2) - 2] + "i" * (p > 1) + "k" * (q > 1)


def _matmul_rows(call):
    p, q = call.rank("a"), call.rank("b")
    if p is None or q is None:
        return NotImplemented
    if p >= 2 and q >= 2:
        ndim = max(p, q)
        return operator.matmul(_aligned(call, "a", ndim), _aligned(call, "b", ndim))
    first, second, out = _matmul_letters(p, q)
    row = {name: "z" if name in call.mapped else "" for name in "ab"}
    return contracted(call["a"], row["a"] + first, call["b"], row["b"] + second, "z" + out)


def _aligned(call, name, ndim):
    """A batched operand with unit axes after the batch axis, such that ``ndim`` axes follow."""
    x, own = call[name], call.rank(name)
    if name not in call.mapped or own >= ndim:
        return x
    return x[(slice(None), *(None,) * (ndim - own))]


MATMUL = register(operator.matmul)
MATMUL.symbol = "@"


@bilinear((operator.matmul, np.matmul, np.linalg.matmul), "a", "b", batch=_matmul_rows, fact=_matmul_fact)
def _(y, a, b):
    g, p, q = bar[y], rank(a), rank(b)
    if p is None or q is None:
        bar[a] = product_adjoint(g, b, shape(a), "matmul", 0)
        bar[b] = product_adjoint(g, a, shape(b), "matmul", 1)
    elif p > 2 and q > 2:
        bar[a] = _unstacked(g @ mT(b), a)
        bar[b] = _unstacked(mT(a) @ g, b)
    else:
        first, second, out = _matmul_letters(p, q)
        bar[a] = contracted(g, out, b, second, first)
        bar[b] = contracted(g, out, a, first, second)


def _unstacked(g, like):
    """Matrices summed over the leading axes along which ``like`` was broadcast."""
    own, target = fact(g).shape, fact(like).shape
    if own is not None and target is not None and same_shape(own[:-2], target[:-2]):
        return g
    return unbroadcast(g, like)


# ---- products of vectors in stacks ---------------------------------------------------------------

# A last axis is summed over, those before the vectors or matrices broadcast.


def _stacks(core_a, core_b, core_out):
    """The fact of a product with so many core axes; ``core_out`` picks the sizes of those of the result."""

    def known(a, b, *, axis=-1):
        p, q = fact(a).shape, fact(b).shape
        dtype = shapes.common_dtype(a, b)
        if p is None or q is None:
            return array_fact(dtype, None)
        if axis != -1:
            p, q = (s[:axis] + s[axis:][1:] + s[axis:][:1] for s in (p, q))
        stack = broadcast_shapes(p[:-core_a], q[:-core_b])
        return array_fact(dtype, None if stack is None else (*stack, *core_out(p, q)))

    return known


def _stack_rows(core_a, core_b):
    """Batched: both operands get the same number of leading axes."""

    def batch(call):
        p, q = call.rank("a"), call.rank("b")
        if p is None or q is None or call.args.get("axis", -1) >= 0:
            return NotImplemented
        leading = max(p - core_a, q - core_b)
        return call.again(a=_aligned(call, "a", leading + core_a), b=_aligned(call, "b", leading + core_b))

    return batch


def _last(x, axis):
    """``x`` with that axis behind the others."""
    return x if axis in (-1, (rank(x) or 0) - 1) else np.moveaxis(x, axis, -1)


if hasattr(np, "vecdot"):

    @bilinear((np.vecdot, np.linalg.vecdot), "a", "b", batch=_stack_rows(1, 1),
              fact=_stacks(1, 1, lambda p, q: ()))
    def _(y, a, b, *, axis=-1):
        g = bar[y] if rank(y) == 0 else bar[y][..., None]
        for x, other in ((a, b), (b, a)):
            like = _last(x, axis)
            part = unbroadcast(g * _last(other, axis), like)
            bar[x] = part if like is x else np.moveaxis(part, -1, axis)


if hasattr(np, "matvec"):  # from NumPy 2.2 on

    @bilinear(np.matvec, "a", "b", batch=_stack_rows(2, 1), fact=_stacks(2, 1, lambda p, q: p[-2:-1]))
    def _(y, a, b):
        bar[a] = unbroadcast(bar[y][..., :, None] * b[..., None, :], a)
        bar[b] = unbroadcast(np.vecmat(bar[y], a), b)

    @bilinear(np.vecmat, "a", "b", batch=_stack_rows(1, 2), fact=_stacks(1, 2, lambda p, q: q[-1:]))
    def _(y, a, b):
        bar[a] = unbroadcast(np.matvec(b, bar[y]), a)
        bar[b] = unbroadcast(a[..., :, None] * bar[y][..., None, :], b)


# ---- products of flattened arrays ----------------------------------------------------------------


def _flat(x):
    return x if rank(x) == 1 else np.ravel(x)


def _shaped(x, like):
    """``x``, of the size of ``like``, in its shape."""
    if same_shape(fact(x).shape, fact(like).shape) or rank(x) == 1 == rank(like):
        return x
    return np.reshape(x, shape(like))


def size_of(x):
    """The number of elements, as far as it is known."""
    own = fact(x)
    if own.shape is not None and len(own.shape) == 1:
        return own.shape[0]
    return Dim() if own.size is None else own.size


def _flat_rows(out):
    """Batched: each row flattened."""

    def batch(call):
        letters, operands = [], []
        for name, letter in (("a", "i"), ("b", "j" if "j" in out else "i")):
            x, ndim = call[name], call.rank(name)
            if name not in call.mapped:
                operands.append(_flat(x))
            elif ndim is None:
                return NotImplemented
            else:
                operands.append(x if ndim == 1 else x.reshape(unwrap(call.size, call.build), -1))
            letters.append(("z" if name in call.mapped else "") + letter)
        return contracted(operands[0], letters[0], operands[1], letters[1], "z" + out)

    return batch


@bilinear(np.vdot, "a", "b", batch=_flat_rows(""),
          fact=lambda a, b: array_fact(shapes.common_dtype(a, b), ()))
def _(y, a, b):
    bar[a] = bar[y] * _shaped(b, a)
    bar[b] = bar[y] * _shaped(a, b)


@bilinear((np.outer, np.linalg.outer), "a", "b", batch=_flat_rows("ij"),
          fact=lambda a, b: array_fact(shapes.common_dtype(a, b), (size_of(a), size_of(b))))
def _(y, a, b):
    bar[a] = _shaped(bar[y] @ _flat(b), a)
    bar[b] = _shaped(_flat(a) @ bar[y], b)


# ---- kron: the axes of a and b, interleaved and joined -------------------------------------------


def _kron_fact(a, b):
    p, q = fact(a).shape, fact(b).shape
    dtype = shapes.common_dtype(a, b)
    if p is None or q is None:
        return array_fact(dtype, None)
    ndim = max(len(p), len(q))
    pairs = zip((1,) * (ndim - len(p)) + p, (1,) * (ndim - len(q)) + q, strict=True)
    sizes = tuple(Dim() if isinstance(m, Dim) or isinstance(n, Dim) else m * n for m, n in pairs)
    return array_fact(dtype, sizes)


def _interleaved(a, b, leading=(0, 0)):
    """Letters for the axes of both, in turn, and their sizes; so many axes in front are left out."""
    p, q = (rank(x) - n for x, n in zip((a, b), leading, strict=True))
    ndim = max(p, q)
    first, second = "acegikmo"[ndim - p : ndim], "bdfhjlnp"[ndim - q : ndim]
    sizes = {}
    for x, letters, n in ((a, first, leading[0]), (b, second, leading[1])):
        sizes.update({c: shape(x)[k + n] for k, c in enumerate(letters)})
    return first, second, {c: sizes[c] for c in sorted(sizes)}


def _kron_rows(call):
    a, b = call["a"], call["b"]
    if rank(a) is None or rank(b) is None:
        return NotImplemented
    rows = ["z" if name in call.mapped else "" for name in "ab"]
    first, second, sizes = _interleaved(a, b, tuple(map(len, rows)))
    product = contracted(a, rows[0] + first, b, rows[1] + second, "z" + "".join(sizes))
    axes = ("ab", "cd", "ef", "gh", "ij", "kl", "mn", "op")
    pairs = [[sizes[c] for c in pair if c in sizes] for pair in axes]
    joined = [pair[0] if len(pair) == 1 else pair[0] * pair[1] for pair in pairs if pair]
    return product.reshape(shape(product)[0], *joined) if joined else product


@bilinear(np.kron, "a", "b", batch=_kron_rows, fact=_kron_fact)
def _(y, a, b):
    first, second, sizes = _interleaved(a, b)
    letters, g = "".join(sizes), bar[y]
    if first and second:
        g = g.reshape(*sizes.values())
    bar[a] = contracted(g, letters, b, second, first)
    bar[b] = contracted(g, letters, a, first, second)


def _cannot_interleave(a, b):
    return None if None not in (rank(a), rank(b)) else "np.kron has a derivative only if ranks are known"


refuse(np.kron, _cannot_interleave)

# ---- cross ---------------------------------------------------------------------------------------


def _axes_from_the_end(axisa, axisb, axisc, axis, p, q):
    """The three axes counted from the end of the operands, of these ranks, and of the result."""
    axes = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    return [k if k < 0 else k - n for k, n in zip(axes, (p, q, max(p, q)), strict=True)]


def _cross_fact(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    p, q = fact(a).shape, fact(b).shape
    dtype = shapes.common_dtype(a, b)
    if p is None or q is None:
        return array_fact(dtype, None)
    i, j, k = _axes_from_the_end(axisa, axisb, axisc, axis, len(p), len(q))
    if p[i] == 2 == q[j]:
        return array_fact(dtype, broadcast_shapes(_without(p, i), _without(q, j)))
    rest = broadcast_shapes(_without(p, i), _without(q, j)) or ()
    at = len(rest) + 1 + k
    return array_fact(dtype, (*rest[:at], 3, *rest[at:]))


def _without(sizes, axis):
    axis %= len(sizes)
    return sizes[:axis] + sizes[axis + 1 :]


def _cross_rows(call):
    p, q = call.rank("a"), call.rank("b")
    if p is None or q is None:
        return NotImplemented
    i, j, k = (call.args.get(n, -1) for n in ("axisa", "axisb", "axisc"))
    axes = _axes_from_the_end(i, j, k, call.args["axis"], p, q)
    if p != q and axes != [-1, -1, -1]:
        return NotImplemented
    return _crossed(_aligned(call, "a", max(p, q)), _aligned(call, "b", max(p, q)), *axes)


def _crossed(x, y, axis_x, axis_y, axis_out):
    if axis_x == axis_y == axis_out:
        return np.cross(x, y) if axis_x == -1 else np.cross(x, y, axis=axis_x)
    return np.cross(x, y, axisa=axis_x, axisb=axis_y, axisc=axis_out)


def _cross(y, a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """(a × b)·g = a·(b × g) = b·(g × a)."""
    i, j, k = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    if rank(a) == rank(b) is not None or i == j == k == -1:
        bar[a] = unbroadcast(_crossed(b, bar[y], j, k, i), a)
        bar[b] = unbroadcast(_crossed(bar[y], a, k, i, j), b)
    else:
        u, v, g = (np.moveaxis(x, at, -1) for x, at in ((a, i), (b, j), (bar[y], k)))
        bar[a] = np.moveaxis(unbroadcast(np.cross(v, g), u), -1, i)
        bar[b] = np.moveaxis(unbroadcast(np.cross(g, u), v), -1, j)


bilinear(np.cross, "a", "b", batch=_cross_rows, fact=_cross_fact)(_cross)


@bilinear(np.linalg.cross, "a", "b", batch=_cross_rows,
          fact=lambda a, b, *, axis: _cross_fact(a, b, axis=axis))
def _(y, a, b, *, axis=-1):
    _cross(y, a, b, axis=axis)


def _cannot_cross(a, b, axisa, axisb, axisc, axis):
    for x, at in ((a, axisa if axis is None else axis), (b, axisb if axis is None else axis)):
        own = fact(x).shape
        if own is not None and isinstance(at, int) and own[at] == 2:
            return "np.cross has a derivative for vectors of length 3 only"
    return None


refuse(np.cross, _cannot_cross)

# ---- names of the array API ----------------------------------------------------------------------


def _traced(x, *, offset, dtype):
    own = fact(x)
    return array_fact(own.dtype if dtype is None else dtype, None if own.shape is None else own.shape[:-2])


def _diagonals(x, *, offset):
    own = fact(x).shape
    if own is None:
        return shapes.with_shape(x, None)
    m, n = own[-2:]
    if isinstance(m, Dim) or isinstance(n, Dim):
        return shapes.with_shape(x, (*own[:-2], Dim()))
    return shapes.with_shape(x, (*own[:-2], max(0, min(m + min(offset, 0), n - max(offset, 0)))))


@define(np.linalg.trace, "x", batch=free_axes, fact=_traced)
def _(x, *, offset=0, dtype=None):
    return np.trace(x, offset=offset, axis1=-2, axis2=-1, **({} if dtype is None else {"dtype": dtype}))


register(np.linalg.diagonal).view = True


@define(np.linalg.diagonal, "x", batch=free_axes, fact=_diagonals)
def _(x, *, offset=0):
    return np.diagonal(x, offset=offset, axis1=-2, axis2=-1)
