"""The forms a rule can take, each of which answers what the transforms ask (``ir.primitive.Rule``).

==============  ==========================================================================================
``Elementwise``  the partial derivatives; broadcasting, zeros and alignment of batches are done here
``Linear``       linear in the named arguments together; the template is the transpose
``Bilinear``     linear in each of the named arguments; the template holds one transpose for each
``Differential`` the tangent; the adjoint is derived from it unless the template gives it too
``Definition``   other primitives that compute the same
``Constant``     no derivative: no dependence at all (``nondiff``) or a derivative of zero (``zero``)
==============  ==========================================================================================
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from srcad.ir import core
from srcad.ir.build import Builder, fact_of_operand, is_number
from srcad.ir.facts import ANY, Fact, broadcast_shapes, same_shape
from srcad.ir.nodes import ZERO, Apply, Const, Display, Operand, Value, flat_operands
from srcad.ir.primitive import Mapped, Primitive, Sink
from srcad.rules.registry import primitive_of
from srcad.rules.templates import Frame, Parameters, framed
from srcad.rules.trace import Symbol, fact, primitive_call, unwrap, wrap

# ---- shared by the forms --------------------------------------------------------------------------------------------


def unbroadcast(g: Any, like: Any) -> Any:
    """The transpose of broadcasting ``like`` to the shape of ``g``: nothing where the facts say so."""
    if not isinstance(g, Symbol) or g.is_zero:
        return g
    build, own, target = g.build, fact(g).shape, fact(like).shape
    if same_shape(own, target):
        return g
    if target == ():
        return _total(g)
    if own is not None and target is not None and len(own) >= len(target):
        lead = len(own) - len(target)
        pairs = list(zip(own[lead:], target, strict=True))
        if all(p is q or p == q or q == 1 for p, q in pairs):
            axes = tuple(lead + k for k, (p, q) in enumerate(pairs) if q == 1 and p != 1)
            if axes:
                g = _sum(g, axes, True)
            return _sum(g, tuple(range(lead)), False) if lead else g
    shape = primitive_call(build, core.SHAPE, (like,), {})
    return primitive_call(build, core.UNBROADCAST, (g, shape), {})


def _sum(g: Symbol, axes: tuple[int, ...], keepdims: bool) -> Any:
    import numpy as np  # the one function the forms need; the rule modules declare it

    axis = axes[0] if len(axes) == 1 else axes
    return np.sum(g, axis=axis, keepdims=True) if keepdims else np.sum(g, axis=axis)


def _total(g: Symbol) -> Any:
    import numpy as np

    return np.sum(g)


def fitted(dot: Any, y: Operand, build: Builder) -> Operand:
    """A tangent broadcast to the shape of the result that it belongs to."""
    operand = wrap(dot)
    if operand is ZERO or fact_of_operand(y).kind == "list" or same_shape(fact_of_operand(operand).shape, fact_of_operand(y).shape):
        return operand
    return build.one(core.BROADCAST, operand, build.one(core.SHAPE, y))


def zeros_for(x: Any, build: Builder) -> Any:
    """Zeros of the shape and dtype of an operand: a plain 0.0 for a scalar; a list of them for a list."""
    if isinstance(x, tuple | list):
        return type(x)(zeros_for(item, build) for item in x)
    if fact(x).is_scalar:
        return 0.0
    if fact(x).kind == "list":
        return primitive_call(build, core.ZEROS_LIKE, (x,), {})
    shape, dtype = (primitive_call(build, p, (x,), {}) for p in (core.SHAPE, core.DTYPE))
    return primitive_call(build, core.ZEROS, (shape, dtype), {})


def varying(operand: Operand) -> Iterator[Value]:
    """The parts of an operand that can carry a derivative."""
    for part in flat_operands(operand):
        if isinstance(part, Value) and part.fact.may_vary:
            yield part


class Form:
    """What the forms share: a template, its parameters, and the differentiable ones among these."""

    skip = 1  # the template's leading parameters that are results
    factors: tuple[int, ...] = ()

    def __init__(self, template: Callable[..., Any], batch: Callable[..., Any] | None = None) -> None:
        self.template = template
        self.batch_template = batch
        self.broadcasts: bool = getattr(batch, "broadcasts", False)
        self.names: tuple[str, ...] = ()
        self._parameters: Parameters | None = None

    @property
    def parameters(self) -> Parameters:
        if self._parameters is None:
            self._parameters = Parameters(inspect.signature(self.template), self.skip)
        return self._parameters

    def differentiable(self, bound: dict[str, Operand]) -> list[str]:
        return [name for name in self.names if name in bound]

    def linked(self, apply: Apply) -> list[Operand]:
        bound = self.parameters.bind(apply)
        return [v for name in self.differentiable(bound) for v in varying(bound[name])]

    def touched(self, apply: Apply) -> list[Operand]:
        return self.linked(apply)

    def symbols(self, build: Builder, apply: Apply) -> tuple[list[Any], dict[str, Any], list[Any], dict[str, Any]]:
        """Results, arguments by name, and how to call the template with them."""
        results = [Symbol(r, build) for r in apply.results]
        bound = self.parameters.bind(apply)
        args = {name: unwrap(operand, build) for name, operand in bound.items()}
        parameters = self.parameters
        positional = [args[n] for n in parameters.names]
        if parameters.rest is not None:
            positional.extend(args[parameters.rest])
        return results, args, positional, {n: args[n] for n in parameters.only}

    def result_bars(self, results: list[Any], bars: list[Any]) -> dict[int, Any]:
        """What ``bar[y]`` means for each result that the template is given."""
        return {id(r): b for r, b in zip(results, bars, strict=True)}

    def batch(self, build: Builder, apply: Apply, mapped: Mapped, size: Operand) -> list[Operand] | None:
        return play_role(self.batch_template, self.parameters, build, apply, mapped, size)


def play_role(
    role: Callable[[BatchCall], Any] | None, parameters: Parameters, build: Builder, apply: Apply, mapped: Mapped,
    size: Operand,
) -> list[Operand] | None:
    """What a batch role makes of an application, its arguments by the names of these parameters."""
    if role is None:
        return None
    bound = parameters.bind(apply)
    names: set[str] = set()

    def replaced(name: str, operand: Operand) -> Operand:
        if isinstance(operand, Display):
            return Display(operand.kind, tuple(replaced(name, item) for item in operand.items))
        new = mapped(operand)
        if new is None:
            return operand
        names.add(name)
        return new

    batched = {name: replaced(name, operand) for name, operand in bound.items()}
    args = {name: unwrap(operand, build) for name, operand in batched.items()}
    result = role(BatchCall(build, apply, parameters, args, frozenset(names), bound, mapped, size))
    if result is NotImplemented:
        return None
    return [wrap(r) for r in result] if isinstance(result, tuple | list) else [wrap(result)]


class BatchCall:
    """What a batch template is given: the arguments (those named in ``mapped`` with a leading batch axis)."""

    def __init__(
        self, build: Builder, apply: Apply, parameters: Parameters, args: dict[str, Any], mapped: frozenset[str],
        bound: dict[str, Operand], counterpart: Mapped, size: Operand,
    ) -> None:
        self.build = build
        self.apply = apply
        self.parameters = parameters
        self.args = args
        self.mapped = mapped
        self.bound = bound
        self.counterpart = counterpart
        self.size = size

    def __getitem__(self, name: str) -> Any:
        return self.args[name]

    def unbatched(self, name: str) -> Any:
        """The argument before it was batched: for what is known of it."""
        return unwrap(self.bound[name], self.build)

    def rank(self, name: str) -> int | None:
        """The rank that the unbatched argument has."""
        return fact_of_operand(self.bound[name]).ndim

    @property
    def result_rank(self) -> int | None:
        """The rank that the unbatched result has."""
        return fact_of_operand(self.apply.results[0]).ndim

    def again(self, **changed: Any) -> Any:
        """The same primitive on the batched arguments, some of them changed."""
        values = {**self.args, **changed}
        names = list(self.bound)[: len(self.apply.args)]
        given = {name for name, _ in self.apply.kwargs} | (changed.keys() - set(names))
        args = tuple(values[n] for n in names)
        return primitive_call(self.build, self.apply.primitive, args, {n: values[n] for n in self.bound if n in given})


# ---- 1 elementwise --------------------------------------------------------------------------------------------------


class Elementwise(Form):
    """``template(y, *args)`` gives the partial derivative for each argument (one need not be in a tuple)."""

    def __init__(
        self, template: Callable[..., Any], names: Sequence[str] | None = None, batch: Callable[..., Any] | None = None
    ) -> None:
        super().__init__(template, batch)
        self.broadcasts = True
        self.only = None if names is None else tuple(names)
        self.parameters.arrays = self.parameters.names if names is None else self.only or ()

    def differentiable(self, bound: dict[str, Operand]) -> list[str]:
        if self.only is not None:
            return list(self.only)
        return self.parameters.names + ([self.parameters.rest] if self.parameters.rest else [])

    def partials(self, build: Builder, apply: Apply) -> list[tuple[Operand, Any]]:
        results, _, positional, only = self.symbols(build, apply)
        partials = self.template(*results, *positional, **only)
        if not isinstance(partials, tuple):
            partials = (partials,)
        bound = self.parameters.bind(apply)
        operands: list[Operand] = []
        for name in self.differentiable(bound):
            operand = bound[name]
            operands.extend(operand.items if name == self.parameters.rest else [operand])  # type: ignore[union-attr]
        if len(operands) != len(partials):
            raise TypeError(f"its rule gives {len(partials)} partial derivatives for {len(operands)} arguments")
        return list(zip(operands, partials, strict=True))

    def tangent(self, build: Builder, apply: Apply, dot: Callable[[Operand], Operand]) -> list[Operand]:
        total: Any = Symbol(ZERO, build)
        for operand, partial in self.partials(build, apply):
            x_dot = dot(operand)
            if x_dot is not ZERO:
                total = total + _scaled(Symbol(x_dot, build), partial)
        return [fitted(total, apply.results[0], build)]

    def adjoint(self, build: Builder, apply: Apply, bars: Sequence[Operand], sink: Sink) -> bool:
        mask, y_bar = selected(bars[0], build)
        for operand, partial in self.partials(build, apply):
            if isinstance(operand, Value) and sink.wanted(operand):
                contribution = _scaled(Symbol(y_bar, build), partial)
                if mask is not None:
                    options = [contribution if a is y_bar else 0.0 for a in mask.args[1:]]
                    contribution = primitive_call(build, mask.primitive, (Symbol(mask.args[0], build), *options), {})
                sink.add(operand, wrap(unbroadcast(contribution, Symbol(operand, build))))
        return True

    def batch(self, build: Builder, apply: Apply, mapped: Mapped, size: Operand) -> list[Operand] | None:
        if self.batch_template is not None:
            return super().batch(build, apply, mapped, size)
        return elementwise_batch(build, apply, mapped, size)


def elementwise_batch(
    build: Builder, apply: Apply, mapped: Mapped, size: Operand, primitive: Primitive | None = None
) -> list[Operand] | None:
    """Broadcasting does the work once every batched operand has the rank of the result.

    ``primitive`` stands in for one that takes no arrays.
    """
    if any(fact_of_operand(a).kind == "object" and mapped(a) is not None for a in apply.args):
        return None  # what is no array has its rows one by one
    ndim = fact_of_operand(apply.results[0]).ndim
    operands = [o for o in (*apply.args, *(v for _, v in apply.kwargs)) if not fact_of_operand(o).is_scalar]

    def aligned(operand: Operand) -> Operand:
        new = mapped(operand)
        if new is None:
            return operand
        own = fact_of_operand(operand).ndim
        if own is None or ndim is None:
            if all(o is operand for o in operands):
                return new
            return build.one(core.ALIGN, new, _highest_rank(build, operands, mapped) if ndim is None else Const(ndim))
        if own == ndim:
            return new
        return build.one(core.INDEX, new, Const((slice(None), *(None,) * (ndim - own))))

    args = tuple(aligned(a) for a in apply.args)
    kwargs = tuple((k, aligned(v)) for k, v in apply.kwargs)
    if primitive is not None:
        return list(build.apply(primitive, *args, kwargs=kwargs, count=len(apply.results)))
    count = len(apply.results)
    return list(build.apply(apply.primitive, *args, kwargs=kwargs, spelling=apply.spelling, count=count))


def _highest_rank(build: Builder, operands: Sequence[Operand], mapped: Mapped) -> Operand:
    """The rank of what operands broadcast to, found at run time."""
    ranks = []
    for operand in operands:
        new = mapped(operand)
        axes = build.one(core.LENGTH, build.one(core.SHAPE, operand if new is None else new))
        ranks.append(axes if new is None else build.sub(axes, Const(1)))
    highest = primitive_of(max)
    assert highest is not None
    return build.one(highest, *ranks) if len(ranks) > 1 else ranks[0]


def selected(bar: Operand, build: Builder) -> tuple[Apply | None, Operand]:
    """What masks a cotangent, if it is one of an operand of ``np.where``, and the cotangent without the mask.

    The mask is applied to a contribution as a whole, so that where the operand was not selected a partial derivative of
    inf or nan does not make a nan of 0 * inf.
    """
    made = build.definitions.get(bar) if isinstance(bar, Value) else None
    if made is None or not made.primitive.selects or len(made.args) != 3:
        return None, bar
    for kept, other in (made.args[1:], made.args[:0:-1]):
        if isinstance(kept, Value) and is_number(other, 0):
            return made, kept
    return None, bar


def _scaled(g: Symbol, partial: Any) -> Any:
    """A tangent or adjoint times a partial; one that is a function is called only here, where it is needed."""
    if callable(partial) and not isinstance(partial, Symbol):
        partial = partial()
    quotient = g.build.definition(wrap(partial), core.DIV)
    if quotient is not None and isinstance(quotient.args[0], Const):
        return quotient.args[0].value * g / unwrap(quotient.args[1], g.build)
    return g * partial


# ---- 2 and 3 linear and bilinear ------------------------------------------------------------------------------------


class Linear(Form):
    """Linear in the named arguments jointly; the template assigns ``bar`` of each."""

    def __init__(
        self, template: Callable[..., Any], names: Sequence[str], batch: Callable[..., Any] | None = None,
        tangent: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__(template, batch)
        self.names = tuple(names)
        positions = tuple(k for k, n in enumerate(self.parameters.names) if n in names)
        if len(positions) == 1:  # the others, if any, are keywords, which a template gives only if they are there
            self.factors = positions

    def tangent(self, build: Builder, apply: Apply, dot: Callable[[Operand], Operand]) -> list[Operand]:
        return self._with(build, apply, dot, self.names)

    def _with(
        self, build: Builder, apply: Apply, dot: Callable[[Operand], Operand], names: Sequence[str]
    ) -> list[Operand]:
        """The primitive with tangents in place of the named arguments."""

        def replaced(operand: Operand) -> Operand:
            if isinstance(operand, Display):
                return Display(operand.kind, tuple(map(replaced, operand.items)))
            x_dot = dot(operand)
            return wrap(zeros_for(unwrap(operand, build), build)) if x_dot is ZERO else x_dot

        positions = {n: k for k, n in enumerate(self.parameters.names)}
        args = list(apply.args)
        for name in names:
            if name == self.parameters.rest:
                first = len(self.parameters.names)
                args[first:] = map(replaced, args[first:])
            elif positions.get(name, len(args)) < len(args):
                args[positions[name]] = replaced(args[positions[name]])
        kwargs = tuple((k, replaced(v) if k in names else v) for k, v in apply.kwargs)
        results = build.apply(
            apply.primitive, *args, kwargs=kwargs, spelling=apply.spelling, count=len(apply.results)
        )
        for result, y in zip(results, apply.results, strict=True):
            if isinstance(result, Value) and result.fact.kind == y.fact.kind:
                result.fact = replace(result.fact, shape=y.fact.shape)  # the shape depends on shapes only
        return [fitted(Symbol(r, build), y, build) for r, y in zip(results, apply.results, strict=True)]

    def adjoint(self, build: Builder, apply: Apply, bars: Sequence[Operand], sink: Sink) -> bool:
        run_adjoint(self, build, apply, bars, sink)
        return True


def run_adjoint(form: Form, build: Builder, apply: Apply, bars: Sequence[Operand], sink: Sink) -> Frame:
    """Run a template for its assignments to ``bar``."""
    results, args, positional, only = form.symbols(build, apply)
    bound = form.parameters.bind(apply)
    frame = Frame()
    frame.sink = sink
    frame.bars = form.result_bars(results, [Symbol(b, build) for b in bars])
    frame.operands = {id(args[n]): bound[n] for n in form.differentiable(bound)}
    frame.dots = {id(a): Symbol(ZERO, build) for a in args.values()}
    rest = form.parameters.rest
    if rest is not None and rest in form.names:
        # *ops reach the template as separate arguments, and in a tuple of its own making
        packed = bound[rest]
        assert isinstance(packed, Display)
        frame.operands.update({id(a): o for a, o in zip(args[rest], packed.items, strict=True)})
        frame.dots.update({id(a): Symbol(ZERO, build) for a in args[rest]})
    with framed(frame):
        form.template(*results, *positional, **only)
    return frame


class LinearParts(Linear):
    """Linear, with as many results as the arguments say (``np.split``): the template takes them as one list.

    ``count(*args)`` is that number; it fails with ``TypeError`` where that is not known while transforming, which
    refuses the call.  The primitive gives the results in a ``container``, a tuple or a list.
    """

    def __init__(
        self, template: Callable[..., Any], names: Sequence[str], count: Callable[..., int], container: type,
        batch: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__(template, names, batch)
        self.count = count
        self.container = container
        self.parameters.check = self.counted

    def counted(self, bound: dict[str, Operand]) -> int:
        """The number of results from the bound arguments."""
        return self.parameters.call(self.count, bound)

    def parts(self, apply: Apply) -> int:
        """The number of results of an application."""
        return self.counted(self.parameters.bind(apply))

    def symbols(self, build: Builder, apply: Apply) -> tuple[list[Any], dict[str, Any], list[Any], dict[str, Any]]:
        results, *others = super().symbols(build, apply)
        return [results], *others  # type: ignore[return-value]

    def result_bars(self, results: list[Any], bars: list[Any]) -> dict[int, Any]:
        return {id(results[0]): bars}


class Bilinear(Linear):
    """Linear in each of the named arguments; its tangent is a sum of calls."""

    def __init__(
        self, template: Callable[..., Any], names: Sequence[str], batch: Callable[..., Any] | None = None
    ) -> None:
        super().__init__(template, names, batch)
        positions = {n: k for k, n in enumerate(self.parameters.names)}
        self.factors = tuple(positions[n] for n in names if n in positions)
        self.parameters.arrays = [n for n in names if n in positions]

    def tangent(self, build: Builder, apply: Apply, dot: Callable[[Operand], Operand]) -> list[Operand]:
        bound = self.parameters.bind(apply)
        total: Any = Symbol(ZERO, build)
        for name in self.names:
            operand = bound[name]
            parts = operand.items if isinstance(operand, Display) else (operand,)
            for k, part in enumerate(parts):
                x_dot = dot(part)
                if x_dot is ZERO:
                    continue
                one = self._replace(apply, name, k if isinstance(operand, Display) else None, x_dot)
                results = build.apply(apply.primitive, *one.args, kwargs=one.kwargs, spelling=apply.spelling)
                total = total + Symbol(results[0], build)
        return [fitted(total, apply.results[0], build)]

    def _replace(self, apply: Apply, name: str, part: int | None, new: Operand) -> Apply:
        """The application with one argument, or one of ``*name``, replaced."""
        names = self.parameters.names
        position = len(names) + (part or 0) if name == self.parameters.rest else names.index(name)
        if position < len(apply.args):
            old = apply.args[position]
            if part is not None and isinstance(old, Display):
                new = Display(old.kind, (*old.items[:part], new, *old.items[part + 1 :]))
            args = (*apply.args[:position], new, *apply.args[position + 1 :])
            return Apply((), apply.primitive, args, apply.kwargs)
        kwargs = tuple((k, new if k == name else v) for k, v in apply.kwargs)
        return Apply((), apply.primitive, apply.args, kwargs)


# ---- 4 differential rules -------------------------------------------------------------------------------------------


class Differential(Form):
    """The template assigns ``d`` of each result, and may assign ``bar`` of arguments."""

    def __init__(
        self, template: Callable[..., Any], names: Sequence[str], linear: Sequence[str] = (), results: int = 1,
        batch: Callable[..., Any] | None = None, explicit: bool = False,
    ) -> None:
        super().__init__(template, batch)
        self.skip = results
        self.names = tuple(names)
        self.linear = tuple(linear)
        self.explicit = explicit  # whether the template gives bar of every differentiable argument
        positions = {n: k for k, n in enumerate(self.parameters.names)}
        self.factors = tuple(positions[n] for n in linear)

    def tangent(self, build: Builder, apply: Apply, dot: Callable[[Operand], Operand]) -> list[Operand]:
        results, args, positional, only = self.symbols(build, apply)
        bound = self.parameters.bind(apply)
        frame = Frame()
        frame.dots = {id(args[n]): self._dots(bound[n], dot, build) for n in self.names}
        rest = self.parameters.rest
        if rest is not None and rest in self.names:  # *xs reach the template as separate arguments
            dots = self._dots(bound[rest], dot, build)
            frame.dots.update(zip(map(id, args[rest]), dots, strict=True))
        frame.bars = {id(r): Symbol(ZERO, build) for r in results}
        with framed(frame):
            self.template(*results, *positional, **only)
        self.check_dots(frame, results)
        return [
            fitted(frame.set_dots.get(id(r), Symbol(ZERO, build)), y, build)
            for r, y in zip(results, apply.results, strict=True)
        ]

    def check_dots(self, frame: Frame, results: Sequence[Any]) -> None:
        """Hook for rules that are not tested with the library."""

    def _dots(self, operand: Operand, dot: Callable[[Operand], Operand], build: Builder) -> Any:
        if isinstance(operand, Display):
            return [self._dots(item, dot, build) for item in operand.items]
        return Symbol(dot(operand), build)

    def adjoint(self, build: Builder, apply: Apply, bars: Sequence[Operand], sink: Sink) -> bool:
        bound = self.parameters.bind(apply)
        wanted = {n for n in self.names for v in varying(bound[n]) if sink.wanted(v)}
        if not self.explicit and not wanted <= set(self.linear):
            return False
        run_adjoint(self, build, apply, bars, sink)
        return True


# ---- 5 definitions --------------------------------------------------------------------------------------------------


class Definition(Form):
    """``template(*args)`` computes the same with primitives that have rules."""

    skip = 0

    def __init__(self, template: Callable[..., Any], names: Sequence[str], batch: Any = None) -> None:
        super().__init__(template, batch)
        self.names = tuple(names)

    def expand(self, build: Builder, apply: Apply) -> list[Operand]:
        _, _, positional, only = self.symbols(build, Apply((), apply.primitive, apply.args, apply.kwargs))
        result = self.template(*positional, **only)
        return [wrap(r) for r in result] if len(apply.results) > 1 else [wrap(result)]

    def tangent(self, build: Builder, apply: Apply, dot: Callable[[Operand], Operand]) -> list[Operand]:
        self.expand(build, apply)  # raises why it has not been expanded before
        raise AssertionError("definitions are expanded before they are differentiated")

    def adjoint(self, build: Builder, apply: Apply, bars: Sequence[Operand], sink: Sink) -> bool:
        self.expand(build, apply)  # raises why it has not been expanded before
        raise AssertionError("definitions are expanded before they are differentiated")


class Constant:
    """No derivative flows; ``depends`` (floor, sign) says that the result varies with its argument all the same."""

    factors: tuple[int, ...] = ()
    broadcasts = False

    def __init__(self, depends: bool, batch: Callable[..., Any] | None = None, uniform: bool = False) -> None:
        self.depends = depends
        self.batch_template = batch
        self.uniform = uniform  # the result is the same for every row of a batch (a shape, a dtype)

    def linked(self, apply: Apply) -> list[Operand]:
        return []

    def touched(self, apply: Apply) -> list[Operand]:
        return [v for a in apply.args for v in varying(a)] if self.depends else []

    def tangent(self, build: Builder, apply: Apply, dot: Callable[[Operand], Operand]) -> list[Operand]:
        return [ZERO] * len(apply.results)

    def adjoint(self, build: Builder, apply: Apply, bars: Sequence[Operand], sink: Sink) -> bool:
        return True

    def batch(self, build: Builder, apply: Apply, mapped: Mapped, size: Operand) -> list[Operand] | None:
        return self.batch_template(build, apply, mapped, size) if self.batch_template is not None else None


def elementwise_fact(apply: Apply) -> Fact:
    """Shape by broadcasting, dtype and kind by trying the operation on ones."""
    if any(name in ("dtype", "out", "where", "signature") for name, _ in apply.kwargs):
        return ANY
    facts = [fact_of_operand(a) for a in apply.args]
    shape = broadcast_shapes(*(f.shape for f in facts))
    return _typed(apply, facts, shape)


def _typed(apply: Apply, facts: list[Fact], shape: Any) -> Fact:
    import numpy as np

    if any(f.dtype is None or f.kind not in ("py", "array", "num") for f in facts):
        return Fact("num" if shape == () else "array" if shape else "any", None, shape)
    key = (apply.primitive, *((f.kind, f.dtype) for f in facts))
    found = _types.get(key)
    if found is None:
        ones = [f.dtype.type(1) if f.kind != "py" else f.dtype.type(1).item() for f in facts]  # type: ignore[union-attr]
        try:
            with np.errstate(all="ignore"):
                result = apply.primitive.function(*ones)
        except (TypeError, ArithmeticError):  # no operation on such operands, which it will say when it is reached
            return Fact("array" if shape else "any", None, shape)
        kind = "array" if isinstance(result, np.generic | np.ndarray) else "py"
        if any(f.kind == "num" for f in facts) and kind == "array" and apply.primitive.symbol:
            kind = "num"
        found = _types[key] = (kind, np.result_type(result) if kind != "py" else np.dtype(type(result)))
    kind, dtype = found
    return Fact("array" if shape else kind, dtype, shape)


_types: dict[Any, tuple[str, Any]] = {}
