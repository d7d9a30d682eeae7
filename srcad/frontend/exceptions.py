"""Lowering ``raise``, ``assert`` and ``try``: what is raised in a body is control flow to its handlers.

    try:                              if x[0] < 0.0:
        y = root(x[0])                    raised = True
    except ValueError:                else:
        y = 0.0                           y = np.sqrt(x[0])
    finally:                          if raised:
        print("done")                     y = 0.0
                                      print("done")
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from srcad import runtime
from srcad.errors import DifferentiationError
from srcad.frontend.matching import Matching
from srcad.frontend.scope import Diverged, theirs
from srcad.frontend.statements import FLAGS, RESULT
from srcad.frontend.throwing import Attempt, Signal, Thrown
from srcad.frontend.trees import Tree
from srcad.ir.nodes import Const, Operand, Value


class Exceptions(Matching):
    """The part of lowering that raises and catches."""

    run_else: Callable[..., None]

    # ---- raising ----------------------------------------------------------------------------------------------------

    def run_Raise(self, node: Any) -> None:
        if node.exc is None:
            if not self.handled:
                raise theirs(RuntimeError("No active exception to reraise"))
            self.throw(self.handled[-1])
        exception = self.raised(self.expr(node.exc), node)
        if node.cause is not None:
            cause = self.operand(self.expr(node.cause), node)
            made = self.operand(self.opaque("caused", runtime.caused, [exception, cause], constant=True), node)
            if exception in self.classes:
                self.classes[made] = self.classes[exception]
            if exception in self.contents:
                self.contents[made] = self.contents[exception]
            exception = made
        self.throw(exception)

    def raised(self, tree: Tree, node: Any) -> Operand:
        """What ``raise`` raises: an exception, or one made of a class."""
        if isinstance(tree, Const) and isinstance(tree.value, type) and issubclass(tree.value, BaseException):
            return self.exception(tree.value, [])
        exception = self.operand(tree, node)
        if isinstance(exception, Const) and not isinstance(exception.value, BaseException):
            raise theirs(TypeError("exceptions must derive from BaseException"))
        if isinstance(exception, Const):
            made = self.opaque("raised", runtime.raised, [exception], constant=True)
            assert isinstance(made, Value)
            self.classes[made] = (type(exception.value),)
            return made
        assert isinstance(exception, Value)
        return exception

    def run_Assert(self, node: Any) -> None:
        condition = self.test(node.test)

        def fail() -> None:
            self.throw(self.exception(AssertionError, [self.expr(node.msg)] if node.msg is not None else []))

        self.either(condition, lambda: None, fail)

    # ---- attempts ---------------------------------------------------------------------------------------------------

    def attempt(self, catches: tuple[type, ...], body: Callable[[], None],
                failed: Callable[[Operand], None], completed: Callable[[], None]) -> None:
        """Run a body; then ``failed`` with the exception where one of those types was raised, or ``completed``."""
        attempt = Attempt(catches)
        self.state.store[attempt.flag] = Const(False)
        self.attempts.append(attempt)
        outer, self.state.catches = self.state.catches, self.caught()
        depth = len(self.splits)
        try:
            self.run_attempt(body, depth)
        except BaseException:
            self.leave_splits(depth)
            raise
        finally:
            self.attempts.pop()
            self.state.catches = outer
        if len(self.splits) == depth + 1 and self.is_raised(attempt) is False:
            self.end_at_once(attempt, failed, completed)
            return
        self.join_splits(depth)
        if self.build.block.diverges:
            raise Diverged
        raised = self.state.store.pop(attempt.flag)
        self.either(self.truth(raised), lambda: failed(self.error_of(attempt)), completed)

    def error_of(self, attempt: Attempt) -> Operand:
        """The exception with which an attempt has ended."""
        store = self.state.store
        error = store.pop(attempt.error)
        assert isinstance(error, Operand)
        self.classes.setdefault(error, tuple(attempt.kinds))
        held = {k.kind: store[k] for k in store if isinstance(k, Signal) and k.attempt is attempt and k.kind is not None}
        self.contents.setdefault(error, held)
        return error

    def run_attempt(self, body: Callable[[], None], depth: int) -> None:
        try:
            body()
        except Thrown:
            pass
        except Diverged:
            if len(self.splits) == depth:
                raise
            self.build.block.diverges = True
        except DifferentiationError as error:
            if len(self.splits) == depth:
                raise
            self.refuse_here(error)
            self.build.block.diverges = True

    def is_raised(self, attempt: Attempt) -> bool | None:
        """Whether the attempt's exception has been raised here, if that is known."""
        flag = self.state.store.get(attempt.flag)
        return bool(flag.value) if isinstance(flag, Const) else None

    def end_at_once(self, attempt: Attempt, failed: Callable[[Operand], None], completed: Callable[[], None]) -> None:
        """Where there is one exit, what is to be done there needs no flag."""
        split = self.splits.pop()
        rest, store = self.build.block, self.state.store
        split.inside.__exit__(None, None, None)
        if not rest.diverges:
            self.enclosed(rest, completed)
            store = self.state.store
        self.state.store = split.store
        if not split.exit.diverges:
            self.enclosed(split.exit, lambda: failed(self.error_of(attempt)))
        self.build.location = split.location
        self.join(split.condition, [(split.exit, self.state.store), (rest, store)], split.before)
        self.check_raised()

    # ---- try --------------------------------------------------------------------------------------------------------

    def flow_Try(self, node: Any, rest: list[Any]) -> bool:
        if node.finalbody:
            self.attempt_finally(lambda: self.run_try(node), lambda: self.run(node.finalbody), node)
        else:
            self.run_try(node)
        return self.guarded(rest)

    def attempt_finally(self, body: Callable[[], None], final: Callable[[], None], node: Any) -> None:
        """Run a body and, however it ends, what comes finally."""

        def failed(error: Operand) -> None:
            final()
            self.build.location = self.frame.location(node)
            if not self.guarded([]):
                self.throw(error)

        self.attempt((BaseException,), body, failed, lambda: self.keeping_flags(final, node))

    def keeping_flags(self, final: Callable[[], None], node: Any) -> None:
        """Run what comes after a ``return``, ``break`` or ``continue`` that is under way."""
        variables = self.frame.vars
        kept = {name: variables.pop(name) for name in (*FLAGS, RESULT) if name in variables}
        for flag in kept.keys() & set(FLAGS):
            variables[flag] = Const(False)
        final()
        after = [variables.get(flag, Const(False)) for flag in FLAGS]
        if any(isinstance(f, Const) and f.value for f in after):
            return  # it leaves in its own way
        if not all(isinstance(f, Const) for f in after):
            raise self.unsupported(node, "what may or may not return, break or continue here overrides how the body ends",
                                   "move that behind the statement")
        variables.update(kept)

    def run_try(self, node: Any) -> None:
        """A ``try`` without its ``finally``."""
        if not node.handlers:
            self.run(node.body)
            return
        handlers = [(h, self.caught_by(h)) for h in node.handlers]
        self.attempt(
            tuple(t for _, types in handlers for t in types), lambda: self.run(node.body),
            lambda error: self.handle(error, handlers, node), lambda: self.run_else(node, Const(False)),
        )

    def caught_by(self, handler: Any) -> tuple[type, ...]:
        """The types of exceptions that a handler is for."""
        if handler.type is None:
            return (BaseException,)
        found = self.static(self.expr(handler.type), handler)
        types = found if isinstance(found, tuple) else (found,)
        if not all(isinstance(t, type) and issubclass(t, BaseException) for t in types):
            raise theirs(TypeError("catching classes that do not inherit from BaseException is not allowed"))
        return types

    def handle(self, error: Operand, handlers: list[tuple[Any, tuple[type, ...]]], node: Any) -> None:
        """Run the handler of an exception, or raise it again."""
        if not handlers:
            self.build.location = self.frame.location(node)
            self.throw(error)
        handler, types = handlers[0]
        self.either(self.is_error(error, types), lambda: self.run_handler(handler, error, types),
                    lambda: self.handle(error, handlers[1:], node))

    def is_error(self, error: Operand, types: tuple[type, ...]) -> Operand:
        """Whether an exception is of one of the types."""
        kinds = self.classes.get(error, (BaseException,))
        if all(issubclass(kind, types) for kind in kinds):
            return Const(True)
        if not any(issubclass(kind, types) or issubclass(t, kind) for kind in kinds for t in types):
            return Const(False)
        return self.truth(self.primitive(isinstance, [error, Const(types[0] if len(types) == 1 else types)]))

    def run_handler(self, handler: Any, error: Operand, types: tuple[type, ...]) -> None:
        kinds = self.classes.get(error, (BaseException,))
        self.classes[error] = tuple(k for k in kinds if issubclass(k, types)) or kinds
        if handler.name is not None:
            self.bind_name(handler.name.id, error)
        self.handled.append(error)
        try:
            self.run(handler.body)
        finally:
            self.handled.pop()
            self.classes[error] = kinds
        if handler.name is not None:
            self.bind_name(handler.name.id, self.deleted(handler.name))
