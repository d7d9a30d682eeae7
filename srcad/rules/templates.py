"""Running a template: its arguments bound, and what ``d[...]`` and ``bar[...]`` mean meanwhile.

``d`` and ``bar`` are two objects for all templates; the frame of the template that runs says what they refer to.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from srcad.ir.nodes import Apply, Const, Display, Operand, Value
from srcad.ir.primitive import Sink
from srcad.rules.trace import unwrap, wrap

# ---- binding ---------------------------------------------------------------------------------------------------


class Parameters:
    """The parameters of a primitive, as its template (less the result) or its signature declares them.

    ``choices`` lists the values that a parameter may have where the template does not take all of them.
    """

    def __init__(self, signature: inspect.Signature, skip: int) -> None:
        parameters = list(signature.parameters.values())[skip:]
        self.names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        self.rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
        self.only = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
        self.defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
        self.everything = (*self.names, *self.only, *([self.rest] if self.rest else ()))
        self.choices: Mapping[str, tuple[Any, ...]] = {}
        self.arrays: Sequence[str] = ()  # which parameters must not be lists of active values
        self.check: Callable[[dict[str, Operand]], Any] | None = None  # raises what refuses the arguments

    def bind(self, apply: Apply) -> dict[str, Operand]:
        """Operands by parameter name, defaults included; ``TypeError`` for what the template does not take."""
        bound: dict[str, Operand] = {}
        extra = apply.args[len(self.names) :]
        if extra and self.rest is None:
            raise TypeError(f"{apply.primitive.name} takes {len(self.names)} arguments here, {len(apply.args)} given")
        bound.update(zip(self.names, apply.args))  # noqa: B905 (fewer arguments than names: defaults)
        if self.rest is not None:
            bound[self.rest] = Display("tuple", tuple(extra))
        for name, operand in apply.kwargs:
            if name in bound or (name not in self.names and name not in self.only):
                raise TypeError(f"{apply.primitive.name} has no derivative with the argument {name}=")
            bound[name] = operand
        for name in (*self.names, *self.only):
            if name not in bound:
                if name not in self.defaults:
                    raise TypeError(f"{apply.primitive.name} needs the argument {name}")
                bound[name] = Const(self.defaults[name])
        for name in self.arrays:
            if isinstance(bound[name], Display):
                raise TypeError(f"{apply.primitive.name} has no derivative for a list: write np.array([...])")
        for name, allowed in self.choices.items():
            operand = bound[name]
            if not isinstance(operand, Const) or not any(operand.value is a or operand.value == a for a in allowed):
                value = repr(operand.value) if isinstance(operand, Const) else "..."
                raise TypeError(f"{apply.primitive.name} has no derivative with {name}={value}")
        if self.check is not None:
            self.check(bound)
        return bound

    def call(self, template: Callable[..., Any], bound: dict[str, Operand]) -> Any:
        """A template called with what it sees of bound arguments, to look at them only."""
        args = [unwrap(bound[n], None) for n in self.names]  # type: ignore[arg-type]
        if self.rest is not None:
            args.extend(unwrap(bound[self.rest], None))  # type: ignore[arg-type]
        return template(*args, **{n: unwrap(bound[n], None) for n in self.only})  # type: ignore[arg-type]


# ---- d[...] and bar[...] ------------------------------------------------------------------------------------------


class Frame:
    """What ``d`` and ``bar`` mean while one template runs."""

    def __init__(self) -> None:
        self.dots: dict[int, Any] = {}
        self.bars: dict[int, Any] = {}
        self.set_dots: dict[int, Any] = {}
        self.operands: dict[int, Operand] = {}
        self.sink: Sink | None = None


class _Current(threading.local):
    frame: Frame | None = None


_current = _Current()


@contextmanager
def framed(frame: Frame) -> Iterator[Frame]:
    outer, _current.frame = _current.frame, frame
    try:
        yield frame
    finally:
        _current.frame = outer


def current_frame() -> Frame:
    if _current.frame is None:
        raise RuntimeError("d[...] and bar[...] have a meaning only inside a rule's template")
    return _current.frame


class Tangents:
    """``d[x]``, the tangent of x; ``d[y] = ...`` gives that of the result."""

    def __getitem__(self, x: Any) -> Any:
        return current_frame().dots[id(x)]

    def __setitem__(self, y: Any, tangent: Any) -> None:
        current_frame().set_dots[id(y)] = tangent


class Adjoints:
    """``bar[y]``, the adjoint of the result; ``bar[x] = ...`` is a contribution to that of an argument."""

    def __getitem__(self, x: Any) -> Any:
        frame = current_frame()
        if id(x) in frame.bars:
            return frame.bars[id(x)]
        return _Part(x)

    def __setitem__(self, x: Any, contribution: Any) -> None:
        if isinstance(contribution, _Part):
            return  # bar[x][i] += ... ends with bar[x] assigned to itself
        frame = current_frame()
        if isinstance(x, tuple) and x and id(x) not in frame.operands and any(id(part) in frame.operands for part in x):
            raise AssertionError("bar of *args is assigned for each of them: they are a new tuple in each call")
        if frame.sink is not None:
            contribute(frame.sink, frame.operands.get(id(x)), contribution)


def contribute(sink: Sink, operand: Operand | None, contribution: Any) -> None:
    """Hand over a contribution; one to a list of operands is a list."""
    if isinstance(operand, Display):
        for item, part in zip(operand.items, contribution, strict=True):
            contribute(sink, item, part)
    elif isinstance(operand, Value) and sink.wanted(operand):
        sink.add(operand, wrap(contribution))


class _Part:
    """``bar[x]`` or ``bar[x][i]`` on the left of ``+=``."""

    def __init__(self, x: Any, index: Any = None) -> None:
        self.x = x
        self.index = index

    def __getitem__(self, index: Any) -> _Part:
        return _Part(self.x, (index,))

    def __setitem__(self, index: Any, value: Any) -> None:
        """``bar[x][i] += v`` ends with this assignment, which has nothing left to do."""

    def __iadd__(self, contribution: Any) -> _Part:
        self.accumulate(contribution, repeats=False)
        return self

    def accumulate(self, contribution: Any, repeats: bool) -> None:
        frame = current_frame()
        operand = frame.operands.get(id(self.x))
        if frame.sink is not None and isinstance(operand, Value) and frame.sink.wanted(operand):
            frame.sink.add_at(operand, wrap(self.index[0]), wrap(contribution), repeats)
