"""Exceptions inside ``try`` as control flow: where one may be raised the program splits, and joins where the try ends.

    try:                                       failed, error = failure(LinAlgError, np.linalg.cholesky, a)
        c = np.linalg.cholesky(a)              if failed:
        d = np.sum(c)                              d = 0.0
    except np.linalg.LinAlgError:              else:
        d = 0.0                                    c = np.linalg.cholesky(a)
                                                   d = np.sum(c)

An exception sets a flag, as ``return`` does, and lowering goes on in a block for the case that there is none.  What
cannot be foreseen is refused where it happens (``backend.compiled``): the handler of the code generated is not there.
"""

from __future__ import annotations

import operator
import types
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from srcad import runtime
from srcad.errors import DifferentiationError, explain
from srcad.frontend.choices import Choices
from srcad.frontend.failures import is_caught, raised_by
from srcad.frontend.scope import Diverged, Recursion, Store, Unsupported
from srcad.frontend.source import SourceNotFound
from srcad.frontend.trees import Instance, Poison, Sequence, Tree, leaves
from srcad.ir import core
from srcad.ir.facts import ANY, OBJECT
from srcad.ir.nodes import Apply, Block, Const, Location, Operand, Raise, Value
from srcad.ir.primitive import Primitive
from srcad.rules.forms import Constant
from srcad.rules.registry import primitive_of
from srcad.transforms.dead import block_has_effects


class Thrown(Exception):
    """What comes after this point is not run: control goes to the end of the innermost ``try``."""


@dataclass(eq=False)
class Attempt:
    """A body whose exceptions are caught: of these types, if they are known."""

    catches: tuple[type, ...]

    def __post_init__(self) -> None:
        self.kinds: dict[type, None] = {}  # of what is raised in it
        self.flag = Signal(self, "raised!")
        self.error = Signal(self, "error!")


@dataclass(frozen=True)
class Signal:
    """What is known of the end of an attempt, as a key of the store: whether an exception was raised, and which."""

    attempt: Attempt
    name: str
    kind: type | None = None
    """Of which type the exception is that has these contents."""


@dataclass(eq=False)
class Split:
    """A point behind which the program goes on in a block of its own, unless an exception has been raised there."""

    condition: Operand
    exit: Block
    store: Store
    """What holds where the exception is raised."""
    before: Store
    inside: AbstractContextManager[Block]
    location: Location | None


class Throwing(Choices):
    """The part of lowering that follows exceptions."""

    attempts: list[Attempt]
    splits: list[Split]
    handled: list[Operand]
    """The exceptions whose handlers are being run."""
    classes: dict[Operand, tuple[type, ...]]
    """Of which types an exception may be, as far as that is known."""
    contents: dict[Operand, dict[type, Tree]]
    """What exceptions hold if they are of a type, as far as it is known."""
    active_contents: bool
    run_in_place: Callable[..., Tree]
    refuse_here: Callable[[DifferentiationError], None]
    join: Callable[..., None]
    branch: Callable[..., None]

    # ---- regions ----------------------------------------------------------------------------------------------------

    def enclosed(self, block: Block, side: Callable[[], None]) -> bool:
        """Run a side of a branch in its block; whether it asks for a result that is not known yet."""
        bottom = False
        with self.build.inside(block):
            depth = len(self.splits)
            try:
                side()
            except Thrown:
                pass
            except Diverged:
                self.build.block.diverges = True
            except Recursion:
                self.build.block.diverges = True  # for now: the other side says what the result is
                bottom = True
            except DifferentiationError as error:
                self.refuse_here(error)
                self.build.block.diverges = True
            except BaseException:
                self.leave_splits(depth)
                raise
            self.join_splits(depth)
        return bottom

    def join_splits(self, depth: int) -> None:
        """End the blocks that were opened since there were ``depth``."""
        while len(self.splits) > depth:
            split = self.splits.pop()
            block, store = self.build.block, self.state.store
            split.inside.__exit__(None, None, None)
            location, self.build.location = self.build.location, split.location
            try:
                self.join(split.condition, [(split.exit, split.store), (block, store)], split.before)
            except Diverged:
                self.build.block.diverges = True
            self.build.location = location

    def leave_splits(self, depth: int) -> None:
        """Give up the blocks that were opened since there were ``depth``."""
        while len(self.splits) > depth:
            self.splits.pop().inside.__exit__(None, None, None)

    def split(self, condition: Operand, exit_: Callable[[], None]) -> None:
        """Where the condition holds the attempt ends; go on in a block for where it does not."""
        before, location = self.state.store, self.build.location
        block = Block()
        self.state.store = dict(before)
        self.enclosed(block, exit_)
        left, self.state.store = self.state.store, dict(before)
        self.build.location = location
        inside = self.build.inside(Block())
        inside.__enter__()
        self.splits.append(Split(condition, block, left, before, inside, location))

    # ---- raising ----------------------------------------------------------------------------------------------------

    def throw(self, exception: Operand) -> None:
        """Raise an exception: to the innermost attempt, or to the caller."""
        if not self.attempts:
            self.build.append(Raise(exception, "", self.build.location))
            raise Diverged
        self.signal(exception)
        raise Thrown

    def signal(self, exception: Operand) -> None:
        attempt = self.attempts[-1]
        self.state.store[attempt.flag] = Const(True)
        self.state.store[attempt.error] = exception
        kinds = self.classes.get(exception, (BaseException,))
        attempt.kinds.update(dict.fromkeys(kinds))
        for kind in kinds:
            if kind in (held := self.contents.get(exception, {})):
                self.state.store[Signal(attempt, "contents!", kind)] = held[kind]

    def check_raised(self) -> None:
        """After a join: go on only where no exception has been raised on a way that has ended."""
        if not self.attempts:
            return
        flag = self.attempts[-1].flag
        raised = self.state.store.get(flag, Const(False))
        if isinstance(raised, Const):
            if raised.value:
                raise Thrown
            return
        assert isinstance(raised, Value)
        self.split(raised, lambda: self.state.store.update({flag: Const(True)}))
        self.state.store[flag] = Const(False)

    def caught(self) -> tuple[type, ...]:
        """The types of exceptions that some attempt around catches."""
        return tuple({t: None for attempt in self.attempts for t in attempt.catches})

    def foresee(self, apply: Apply) -> None:
        """Split where an application that is to be made may fail in a way that is caught."""
        caught = self.caught()
        types = [t for t in raised_by(apply, caught) if is_caught([t], caught)]
        if not types:
            return
        kinds = Const(types[0] if len(types) == 1 else tuple(types))
        failed, error = self.build.apply(core.FAILURE, kinds, Const(apply.primitive.function), *apply.args,
                                         kwargs=apply.kwargs, count=2)
        self.split_on(error, failed, types)

    def split_on(self, error: Operand, failed: Operand, types: list[type]) -> None:
        """Go on where there is no error; one that there is has been raised."""
        for value, name in ((error, "error"), (failed, "failed")):
            if isinstance(value, Value):
                value.hint = name
        self.classes[error] = tuple(types)
        self.split(failed, lambda: self.signal(error))

    def opaque(
        self, name: str, function: Any, args: list[Tree], kwargs: dict[str, Tree] | None = None, reason: str = "",
        remedy: str = "", refusal: str = "", constant: bool = False,
    ) -> Tree:
        """As otherwise, but for exceptions that the call raises and an attempt catches."""
        caught = self.caught()
        if not caught or constant:
            return super().opaque(name, function, args, kwargs, reason, remedy, refusal, constant)
        message = refusal or explain(
            self.build.location, f"an active value reaches {name}, {reason or 'which has no derivative rule'}",
            remedy or f"declare one with @srcad.rule({name})",
        )
        primitive = Primitive("attempted", runtime.attempted, pure=False, refusal=message, results=("error", "value"))
        operands = [self.operand(a, None) for a in args]
        named = tuple((k, self.operand(v, None)) for k, v in (kwargs or {}).items())
        kinds = Const(caught[0] if len(caught) == 1 else caught)
        error, value = self.build.apply(primitive, kinds, Const(function), *operands, kwargs=named, count=2,
                                        facts=(OBJECT, ANY))
        self.note((value,), args)
        failed = self.build.one(primitive_of(operator.is_not), error, Const(None))  # type: ignore[arg-type]
        self.split_on(error, failed, list(caught))
        return value

    def apply_primitive(
        self, primitive: Primitive, operands: list[Operand], kwargs: tuple[tuple[str, Operand], ...], spelling: str
    ) -> Tree:
        if self.attempts:
            self.foresee(Apply((), primitive, tuple(operands), kwargs))
        return super().apply_primitive(primitive, operands, kwargs, spelling)

    # ---- exceptions as values ---------------------------------------------------------------------------------------

    def exception(self, kind: type, args: list[Tree], kwargs: dict[str, Tree] | None = None) -> Value:
        """An exception that is made here; what it holds of active values has no derivative."""
        primitive = Primitive(kind.__name__, kind, pure=False, rule=Constant(False, None, False))
        operands = [self.operand(a, None) for a in args]
        named = tuple((k, self.operand(v, None)) for k, v in (kwargs or {}).items())
        made = self.build.apply(primitive, *operands, kwargs=named, facts=(OBJECT,))[0]
        assert isinstance(made, Value)
        self.classes[made] = (kind,)
        active = any(isinstance(v, Value) and v.fact.may_vary for a in (*args, *(kwargs or {}).values()) for v in leaves(a))
        self.active_contents |= active
        contents = self.contents_of(kind, args, kwargs or {})
        if active or not isinstance(contents, Poison):
            self.contents[made] = {kind: contents}
        return made

    def contents_of(self, kind: type, args: list[Tree], kwargs: dict[str, Tree]) -> Tree:
        """The attributes of an exception; what ``__init__`` does beside is done by the exception itself."""
        made = self.housed(Instance(kind, {"args": Sequence(tuple, tuple(args))}))
        init = kind.__init__  # type: ignore[misc]
        if not isinstance(init, types.FunctionType):
            return made
        kept, frame, attempts = dict(self.state.store), self.frame, self.attempts
        trial = Block()
        self.attempts = []
        try:
            with self.build.inside(trial):
                self.run_in_place(init, [made, *args], kwargs, None, "and makes exceptions", "make them elsewhere")
                made = self.refreshed(made)
            if not block_has_effects(trial):
                self.build.splice(trial)
                return made
        except (DifferentiationError, SourceNotFound, Diverged):
            self.frame = frame
        finally:
            self.attempts = attempts
        self.state.store = kept
        return Poison(str(self.unsupported(
            None, f"what {kind.__name__}.__init__ makes of a value that may be active is not known", "pass the value on as it is")))

    def attribute(self, base: Tree, name: str, node: Any) -> Tree:
        if not isinstance(base, Value) or name.startswith("__") or (hasattr(BaseException, name) and name != "args"):
            return super().attribute(base, name, node)
        kinds = self.classes.get(base, ())
        found = self.contents.get(base, {}).get(kinds[0]) if len(kinds) == 1 else None
        if isinstance(found, Poison):
            raise Unsupported(found.message)
        if isinstance(found, Instance):
            held = self.refreshed(found)
            assert isinstance(held, Instance)
            return held.items[name] if name == "args" else super().attribute(held, name, node)
        if self.active_contents and base.fact.kind in ("any", "object") and base not in self.examples:
            raise self.unsupported(node, f"what .{name} is of cannot be told, and may be an exception that holds an active value",
                                   "assign the value to a variable before the exception is raised")
        return super().attribute(base, name, node)
