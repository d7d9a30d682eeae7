"""Lowering ``with``: a manager's two methods around a body, or what the known ones of the library mean.

    with scaled(x) as y:              y = 2.0 * x
        z = np.sum(y)        ->       z = np.sum(y)
                                      print("done")

A generator with one ``yield`` (``contextlib.contextmanager``) runs in place, the body where it yields.  ``np.errstate``
is a property of the places of instructions, so that their derivatives have it too.
"""

from __future__ import annotations

import contextlib
import inspect
import types
from collections.abc import Callable
from functools import partial
from typing import Any

import gast
import numpy as np

from srcad.frontend import scan
from srcad.frontend.exceptions import Exceptions
from srcad.frontend.expressions import type_of
from srcad.frontend.saying import name_of
from srcad.frontend.scope import theirs
from srcad.frontend.source import SourceNotFound, source_of
from srcad.frontend.trees import Tree, is_number
from srcad.ir import core
from srcad.ir.nodes import Const, Operand, Value

MAKES_MANAGER = contextlib.contextmanager(lambda: iter(())).__code__
"""The code of every function that ``contextlib.contextmanager`` gives."""

KINDS = ("divide", "over", "under", "invalid")
Body = Callable[[Tree], None]


class Contexts(Exceptions):
    """The part of lowering that runs ``with``."""

    call_parts: Callable[[Any], tuple[Tree, list[Tree], dict[str, Tree]]]
    run_live: Callable[..., Tree]
    managed = 0
    """In how many bodies of managers that are generators we are."""

    def flow_With(self, node: Any, rest: list[Any]) -> bool:
        self.enter(node, node.items)
        return self.guarded(rest)

    def enter(self, node: Any, items: list[Any]) -> None:
        """Enter the first manager, and the others inside it."""
        if not items:
            self.run(node.body)
            return
        item, *others = items

        def body(entered: Tree) -> None:
            if item.optional_vars is not None:
                self.assign(item.optional_vars, entered)
            self.enter(node, others)

        self.build.location = self.frame.location(item.context_expr)
        if isinstance(item.context_expr, gast.Call):
            function, args, kwargs = self.call_parts(item.context_expr)
            if isinstance(function, Const) and not is_number(function):
                if self.known_manager(function.value, args, kwargs, body, node):
                    return
            manager = self.call(function, args, kwargs, item.context_expr)
        else:
            manager = self.expr(item.context_expr)
        self.manage(manager, body, node)

    def known_manager(
        self, function: Any, args: list[Tree], kwargs: dict[str, Tree], body: Body, node: Any
    ) -> bool:
        """Run the body in a manager that lowering knows; False if it knows none that is made so."""
        if function is contextlib.nullcontext:
            body(args[0] if args else kwargs.get("enter_result", Const(None)))
        elif function is contextlib.suppress:
            self.suppress(tuple(self.static(a, node) for a in args), body, node)
        elif function is np.errstate and not args and "call" not in kwargs:
            self.with_errors({k: self.static(v, node) for k, v in kwargs.items()}, body, node)
        elif isinstance(function, types.FunctionType) and function.__code__ is MAKES_MANAGER:
            self.run_managed(inspect.unwrap(function), args, kwargs, body, node)
        else:
            return False
        return True

    def suppress(self, caught: tuple[type, ...], body: Body, node: Any) -> None:
        def failed(error: Operand) -> None:
            self.build.location = self.frame.location(node)
            self.either(self.is_error(error, caught), lambda: None, partial(self.throw, error))

        if caught:
            self.attempt(caught, lambda: body(Const(None)), failed, lambda: None)
        else:
            body(Const(None))

    def with_errors(self, given: dict[str, Any], body: Body, node: Any) -> None:
        """Run the body with another treatment of floating-point errors."""
        with np.errstate():
            try:
                np.seterr(**given)
            except (TypeError, ValueError) as error:
                raise theirs(error) from None
        modes = dict(self.state.errors)
        if given.get("all") is not None:
            modes = dict.fromkeys(KINDS, given["all"])
        modes |= {k: v for k, v in given.items() if k != "all" and v is not None}
        kept, self.state.errors = self.state.errors, tuple(sorted(modes.items()))
        try:
            body(Const(None))
        finally:
            self.state.errors = kept
            self.build.location = self.frame.location(node)

    # ---- generators -------------------------------------------------------------------------------------------------

    def run_managed(
        self, function: types.FunctionType, args: list[Tree], kwargs: dict[str, Tree], body: Body, node: Any
    ) -> None:
        """Run a generator that yields once, and the body where it does."""
        try:
            source = source_of(function)
        except SourceNotFound as error:
            raise self.unsupported(node, error.reason, error.remedy) from None
        count = sum(isinstance(n, gast.Yield | gast.YieldFrom) for n in scan.walk(source.node.body))
        loops = [n for n in scan.walk(source.node.body) if isinstance(n, gast.For | gast.While)]
        if count != 1 or any(isinstance(n, gast.Yield | gast.YieldFrom) for n in scan.walk(loops)):
            raise self.unsupported(node, f"{function.__name__}, a context manager, has not one yield outside of loops",
                                   "let it yield in one place")
        outer, entered = self.frame, f"entered{self.managed}!"
        outer.vars[entered] = Const(False)

        def at_yield(value: Tree) -> Tree:
            inner, self.frame = self.frame, outer
            outer.vars[entered] = Const(True)
            self.managed += 1
            try:
                body(value)
            finally:
                self.frame = inner
                self.managed -= 1
            return Const(None)

        self.run_live(function, args, kwargs, node, at_yield)
        unentered = theirs(RuntimeError("generator didn't yield"))
        self.either(self.truth(outer.vars.pop(entered)), lambda: None, lambda: self.run_error(unentered))

    def expr_Yield(self, node: Any) -> Tree:
        assert self.frame.at_yield is not None  # of a generator that a with statement runs; others have been inverted
        value = self.expr(node.value) if node.value is not None else Const(None)
        found: Tree = self.frame.at_yield(value)
        return found

    # ---- objects ----------------------------------------------------------------------------------------------------

    def manage(self, manager: Tree, body: Body, node: Any) -> None:
        """Run the body between the two methods of a manager."""
        enter, leave = self.manager_method(manager, "__enter__", node), self.manager_method(manager, "__exit__", node)
        entered = self.call(*enter, {}, node)

        def exit_(*given: Tree) -> Tree:
            self.build.location = self.frame.location(node)
            return self.call(leave[0], [*leave[1], *given], {}, node)

        def exit_well() -> None:
            exit_(Const(None), Const(None), Const(None))

        def failed(error: Operand) -> None:
            kinds = self.classes.get(error, ())
            kind: Tree = Const(kinds[0]) if len(kinds) == 1 else self.primitive(type, [error])
            traceback = self.build.one(core.ATTRIBUTE, error, Const("__traceback__"))
            suppressed = self.truth(exit_(kind, error, traceback))
            self.either(suppressed, lambda: None, partial(self.throw, error))

        def completed() -> None:
            self.keeping_flags(exit_well, node)

        self.attempt((BaseException,), lambda: body(entered), failed, completed)

    def manager_method(self, manager: Tree, name: str, node: Any) -> tuple[Tree, list[Tree]]:
        """A special method of a manager, which is looked up in its class, and the manager as its first argument."""
        live = self.examples.get(manager) if isinstance(manager, Value) else None
        if isinstance(manager, Const) or live is not None:
            kind = type(manager.value if isinstance(manager, Const) else live)
            self.check_manager(kind, name)
            return Const(getattr(kind, name)), [manager]
        if (known := type_of(manager)) is not None:
            self.check_manager(known, name)
        return self.attribute(manager, name, node), []

    def check_manager(self, kind: type, name: str) -> None:
        if not hasattr(kind, name):
            what = " (missed __exit__ method)" if name == "__exit__" else ""
            raise theirs(TypeError(f"{name_of(kind)!r} object does not support the context manager protocol{what}"))


