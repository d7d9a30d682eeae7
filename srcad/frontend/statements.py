"""Lowering statements: assignments, branches and exits become blocks that yield what they assign.

``return``, ``break`` and ``continue`` are variables here: each sets a flag, and what follows a statement that may
have set one is guarded by it.  Where a branch always leaves, the rest of the statements simply moves into the other
branch, so that flags are rare in what comes out.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import gast

from srcad import runtime
from srcad.errors import DifferentiationError
from srcad.frontend import refusals, scan
from srcad.frontend.expressions import BINARY, Expressions, wrong_count
from srcad.frontend.scope import Diverged, Recursion, Unbound, Unsupported, as_python_does, is_theirs, theirs
from srcad.frontend.trees import (
    Iteration,
    Mapping,
    Mismatch,
    Poison,
    Sequence,
    Tree,
    leaves,
    structure,
    unflattened,
)
from srcad.ir.build import fact_of_operand, key_of
from srcad.ir.nodes import UNDEFINED, Block, Const, If, Operand, Raise, Undefined, Value

RETURN, BREAK, CONTINUE = "return!", "break!", "continue!"
"""Flags: variables no user can name."""
RESULT = "result!"
FLAGS = (RETURN, BREAK, CONTINUE)

Variables = dict[str, Tree]


class Statements(Expressions):
    """The part of lowering that runs statements."""

    loop: Callable[..., None]
    repaired: list[set[str]]
    """For each loop around, the variables that it will be lowered again for if they turn out to have no value."""

    def lookup(self, name: str, node: Any) -> Tree:
        found = super().lookup(name, node)
        if isinstance(found, Poison):
            raise Unsupported(found.message)
        return found

    def run(self, statements: list[Any]) -> None:
        """Lower statements into the current block; what Python raises in one of them is raised there."""
        try:
            self.run_all(statements)
        except Unbound as error:
            if any(error.name in names for names in self.repaired):
                raise
            self.run_error(error.as_python_says())
        except Exception as error:
            if not is_theirs(error):
                raise
            self.run_error(error)

    def run_error(self, error: Exception) -> None:
        """Raise the like of an exception when the code gets here."""
        kind = type(error)
        try:
            alike = str(kind(*error.args)) == str(error)
        except Exception:
            alike = False
        if not alike:
            raise error
        made = self.opaque(kind.__name__, kind, [Const(a) for a in error.args], constant=True)
        self.build.append(Raise(self.operand(made, None), "", self.build.location))
        raise Diverged

    def refuse_here(self, error: DifferentiationError) -> None:
        """Refuse when the code gets here, in the words and with the type of an error."""
        made: Tree = Const(None)
        if isinstance(error, TypeError | ValueError):
            made = self.opaque(type(error).__name__, type(error), [Const(str(error))], constant=True)
        exception = self.operand(made, None) if isinstance(made, Value) else None
        self.build.append(Raise(exception, str(error), self.build.location))

    def run_all(self, statements: list[Any]) -> None:
        for k, statement in enumerate(statements):
            rest = statements[k + 1 :]
            if isinstance(statement, gast.If):
                if self.run_if(statement, rest):
                    return
            elif isinstance(statement, gast.Return):
                self.run_return(statement)
                return
            elif isinstance(statement, gast.Break | gast.Continue):
                self.frame.vars[BREAK if isinstance(statement, gast.Break) else CONTINUE] = Const(True)
                return
            else:
                self.statement(statement)
                if isinstance(statement, gast.For | gast.While) and self.guarded(rest):
                    return

    def guarded(self, rest: list[Any]) -> bool:
        """Run the rest only where no flag is set; False if none can be set, so that the caller just goes on."""
        for flag in FLAGS:
            value = self.frame.vars.get(flag, Const(False))
            if isinstance(value, Const):
                if value.value:
                    return True
                continue
            assert isinstance(value, Value)
            if rest:
                self.branch(value, lambda: None, partial(self.resume, flag, rest))
            return True
        return False

    def resume(self, flag: str, rest: list[Any]) -> None:
        """Go on where a flag is known not to be set."""
        self.unset(flag)
        if not self.guarded(rest):
            self.run(rest)

    def unset(self, flag: str) -> None:
        """Note that a flag is not set here, and that there is no result then."""
        self.frame.vars[flag] = Const(False)
        if flag == RETURN:
            self.frame.vars.pop(RESULT, None)

    def run_return(self, node: Any) -> None:
        self.frame.vars[RESULT] = self.expr(node.value) if node.value is not None else Const(None)
        self.frame.vars[RETURN] = Const(True)

    # ---- if ---------------------------------------------------------------------------------------------------------

    def run_if(self, node: Any, rest: list[Any]) -> bool:
        """Lower an ``if``; whether the rest of the statements went into it."""
        self.build.location = self.frame.location(node)
        condition = self.truth(self.expr(node.test))
        if isinstance(condition, Const):
            self.run((node.body if condition.value else node.orelse) + rest)
            return True
        ends = scan.always_exits(node.body), scan.always_exits(node.orelse)
        if any(ends):
            then = node.body if ends[0] else node.body + rest
            orelse = node.orelse if ends[1] else node.orelse + rest
            self.branch(condition, lambda: self.run(then), lambda: self.run(orelse))
            return True
        self.branch(condition, lambda: self.run(node.body), lambda: self.run(node.orelse))
        return self.guarded(rest)

    def branch(self, condition: Operand, then: Callable[[], None], orelse: Callable[[], None]) -> None:
        """Run two branches and join the variables that they leave."""
        location = self.build.location
        before = self.frame.vars
        sides: list[tuple[Block, Variables]] = []
        bottoms = 0
        for side in (then, orelse):
            block = Block()
            self.frame.vars = dict(before)
            with self.build.inside(block):
                try:
                    side()
                except Diverged:
                    block.diverges = True
                except Recursion:
                    block.diverges = True  # for now: the other branch says what the result is
                    bottoms += 1
                except DifferentiationError as error:
                    self.refuse_here(error)
                    block.diverges = True
            sides.append((block, self.frame.vars))
        if bottoms == 2:
            raise Recursion
        self.frame.vars = before
        self.build.location = location
        self.join(condition, sides, before)

    def join(self, condition: Operand, sides: list[tuple[Block, Variables]], before: Variables) -> None:
        live = [(block, variables) for block, variables in sides if not block.diverges]
        if not live:
            self.build.append(If((), condition, sides[0][0], sides[1][0], self.build.location))
            raise Diverged
        names = list(dict.fromkeys(n for _, variables in live for n in variables))
        changed = [n for n in names if any(v.get(n) is not before.get(n) for _, v in live)]
        outs: list[list[Operand]] = [[] for _ in live]
        labels: list[str] = []
        shapes: dict[str, Tree] = {}
        for name in changed:
            trees = [variables.get(name, UNDEFINED) for _, variables in live]
            if name in FLAGS:
                trees = [Const(False) if isinstance(t, Undefined) else t for t in trees]
            try:
                shape, parts = joined_trees(trees)
            except Mismatch:
                shapes[name] = self.poisoned(name)
                continue
            shapes[name] = shape
            for out, part in zip(outs, parts, strict=True):
                out.extend(part)
            labels.extend(leaf_names(name, len(parts[0])))
        for (block, _), out in zip(live, outs, strict=True):
            block.outs = out
        results = iter(self.build.branch(condition, sides[0][0], sides[1][0], labels))
        for name, shape in shapes.items():
            self.frame.vars[name] = shape if isinstance(shape, Poison) else unflattened(shape, results)

    def poisoned(self, name: str) -> Any:
        what = {RESULT: "the result", "choice!": "this expression"}.get(name, name)
        error = self.frame.unsupported(
            self.frame.node if self.build.location is None else _At(self.build.location.line),
            f"{what} has one structure in one branch and another in the other",
            "give it the same structure (number of elements, kind) in both",
        )
        return Poison(str(error))

    def choice(self, condition: Operand, then: Callable[[], Tree], orelse: Callable[[], Tree]) -> Tree:
        """A conditional expression."""
        if isinstance(condition, Const):
            return then() if condition.value else orelse()

        def give(side: Callable[[], Tree]) -> Callable[[], None]:
            def assign() -> None:
                self.frame.vars["choice!"] = side()

            return assign

        kept = self.frame.vars.pop("choice!", None)
        self.branch(condition, give(then), give(orelse))
        tree = self.frame.vars.pop("choice!", UNDEFINED)
        if kept is not None:
            self.frame.vars["choice!"] = kept
        if isinstance(tree, Poison):
            raise DifferentiationError(tree.message)
        return tree

    # ---- simple statements ------------------------------------------------------------------------------------------

    def statement(self, node: Any) -> None:
        self.build.location = self.frame.location(node)
        method = getattr(self, f"run_{type(node).__name__}", None)
        if method is None:
            name = type(node).__name__
            what, remedy = refusals.STATEMENTS.get(name, (f"the statement {name.lower()}", refusals.OUTSIDE))
            raise self.frame.unsupported(node, f"{what} is not supported yet", remedy)
        method(node)

    def run_Pass(self, node: Any) -> None:
        pass

    run_Global = run_Nonlocal = run_Pass  # what they declare is minded where names are read and written

    def run_Expr(self, node: Any) -> None:
        if isinstance(node.value, gast.Constant):
            return  # a docstring
        self.expr(node.value)

    def run_FunctionDef(self, node: Any) -> None:
        if node.decorator_list:
            raise self.frame.unsupported(node, "a decorated nested function is not supported yet",
                                         "move it to module level")
        self.bind_name(node.name, self.closure(node, node.name))

    def run_Import(self, node: Any) -> None:
        for alias in node.names:
            with as_python_does():
                module = __import__(alias.name)
                if alias.asname:
                    for part in alias.name.split(".")[1:]:
                        module = getattr(module, part)
            self.bind_name(alias.asname or alias.name.split(".")[0], Const(module))

    def run_ImportFrom(self, node: Any) -> None:
        import importlib

        package = self.frame.globals.get("__package__")
        for alias in node.names:
            with as_python_does():
                module = importlib.import_module("." * node.level + (node.module or ""), package)
                if not hasattr(module, alias.name):
                    raise ImportError(f"cannot import name {alias.name!r} from {module.__name__!r}")
            self.bind_name(alias.asname or alias.name, Const(getattr(module, alias.name)))

    def run_Raise(self, node: Any) -> None:
        if node.exc is None:
            self.run_error(RuntimeError("No active exception to reraise"))
        exception = self.operand(self.expr(node.exc), node)
        if node.cause is not None:
            cause = self.operand(self.expr(node.cause), node)
            exception = self.operand(self.opaque("caused", runtime.caused, [exception, cause], constant=True), node)
        self.build.append(Raise(exception, "", self.build.location))
        raise Diverged

    def run_Assert(self, node: Any) -> None:
        condition = self.truth(self.expr(node.test))

        def fail() -> None:
            args = [self.expr(node.msg)] if node.msg is not None else []
            error = self.opaque("AssertionError", AssertionError, args, constant=True)
            self.build.append(Raise(self.operand(error, node), "", self.build.location))
            raise Diverged

        if isinstance(condition, Const) and condition.value:
            return
        self.branch(condition, lambda: None, fail)

    def run_Assign(self, node: Any) -> None:
        tree = self.expr(node.value)
        for target in node.targets:
            self.assign(target, tree)

    def run_AnnAssign(self, node: Any) -> None:
        if node.value is not None:
            self.assign(node.target, self.expr(node.value))

    def assign(self, target: Any, tree: Tree) -> None:
        if isinstance(target, gast.Name):
            self.bind_name(target.id, tree)
        elif isinstance(target, gast.Tuple | gast.List):
            self.unpack(target, tree)
        else:
            self.refuse_write(target)

    def unpack(self, target: Any, tree: Tree) -> None:
        targets = target.elts
        star = next((k for k, t in enumerate(targets) if isinstance(t, gast.Starred)), None)
        items = self.elements(tree, target, len(targets) if star is None else None)
        if star is None:
            if len(items) != len(targets):
                raise wrong_count(len(items), len(targets))
            for part, item in zip(targets, items, strict=True):
                self.assign(part, item)
            return
        after = len(targets) - star - 1
        if len(items) < star + after:
            least = star + after
            raise theirs(ValueError(f"not enough values to unpack (expected at least {least}, got {len(items)})"))
        middle = Sequence(list, items[star : len(items) - after])
        for part, item in zip(targets[:star], items[:star], strict=True):
            self.assign(part, item)
        self.assign(targets[star].value, middle)
        for part, item in zip(targets[star + 1 :], items[len(items) - after :], strict=True):
            self.assign(part, item)

    def refuse_write(self, target: Any) -> None:
        if isinstance(target, gast.Subscript):
            what, remedy = "a write in place into an array or a container", (
                "build a new one instead (np.where, np.concatenate, np.stack, {**old, key: value})"
            )
        else:
            what, remedy = "a write to an attribute, which changes the object in place,", "return the new value instead"
        raise self.in_place(target, what, remedy)

    def in_place(self, node: Any, what: str, remedy: str) -> Unsupported:
        """The error for what changes memory."""
        error = self.frame.unsupported(node, f"{what} is not supported yet", remedy)
        error.writes = True
        return error

    def run_AugAssign(self, node: Any) -> None:
        if not isinstance(node.target, gast.Name):
            self.refuse_write(node.target)
        old = self.lookup(node.target.id, node)
        value = self.expr(node.value)
        name, symbol = node.target.id, SYMBOLS[type(node.op)]
        remedy = f"write {name} = {name} {symbol} ..."
        if isinstance(old, Value) and (not is_rebound(old) or self.is_shared_memory(old, name)):
            raise self.in_place(node, f"{symbol}= writes in place into {name} if that is an array, which", remedy)
        if kind := changed_in_place(old):
            raise self.in_place(node, f"{symbol}= changes the {kind} {name} in place, which", remedy)
        self.bind_name(node.target.id, self.binary(BINARY[type(node.op)], old, value, node))

    def is_shared_memory(self, value: Value, name: str) -> bool:
        """Whether an array without axes, made as such, has another name, which would see a write."""
        made = self.build.definitions.get(value)
        if made is None or not made.primitive.allocates or value.fact.kind != "array":
            return False
        frame: Any = self.frame
        while frame is not None:
            for other, tree in frame.vars.items():
                if (other != name or frame is not self.frame) and any(leaf is value for leaf in leaves(tree)):
                    return True
            frame = frame.outer
        return False

    def run_For(self, node: Any) -> None:
        self.loop(node)

    def run_While(self, node: Any) -> None:
        self.loop(node)


SYMBOLS: dict[type, str] = {
    gast.Add: "+", gast.Sub: "-", gast.Mult: "*", gast.Div: "/", gast.Pow: "**", gast.MatMult: "@", gast.FloorDiv: "//",
    gast.Mod: "%", gast.BitAnd: "&", gast.BitOr: "|", gast.BitXor: "^", gast.LShift: "<<", gast.RShift: ">>",
}


class _At:
    """A node's line without the node."""

    def __init__(self, lineno: int) -> None:
        self.lineno = lineno


def changed_in_place(tree: Tree) -> str:
    """What kind of container ``x += v`` changes, empty if it makes a new object."""
    if isinstance(tree, Const):
        return type(tree.value).__name__ if isinstance(tree.value, list | dict | set | bytearray) else ""
    if isinstance(tree, Mapping):
        return "dict"
    return "list" if isinstance(tree, Sequence) and tree.type is list else ""


def is_rebound(value: Value) -> bool:
    """Whether ``x += v`` makes a new object of a value, which is a number."""
    return value.fact.is_scalar or value.fact.kind == "py"


def joined_trees(trees: list[Tree]) -> tuple[Tree, list[list[Operand]]]:
    """One structure for all trees, and the leaves of each over it; ``Mismatch`` if there is none."""
    defined = [t for t in trees if not isinstance(t, Undefined)]
    if any(isinstance(t, Poison) for t in trees):
        raise Mismatch
    if len({structure(t) for t in defined}) == 1:
        shape = defined[0]
        parts = [list(leaves(t)) for t in trees]
        count = max(map(len, parts)) if not isinstance(shape, Value) else 1
        count = len(list(leaves(shape)))
        parts = [
            [UNDEFINED] * count if isinstance(t, Undefined) else p for t, p in zip(trees, parts, strict=True)
        ]
        return shape, parts
    if all(isinstance(t, Value | Const) for t in defined):
        # a number on one side, None (or a string) on the other: a value of which less is known
        return Value(), [[t] for t in trees]  # type: ignore[list-item]
    raise Mismatch


def leaf_names(name: str, count: int) -> list[str]:
    """Names for the leaves of a variable."""
    if name.endswith("!"):
        plain = {RETURN: "returned", BREAK: "stopped", CONTINUE: "skipped", RESULT: "", "choice!": ""}.get(name, "")
        return [plain] * count
    return [name] if count == 1 else [f"{name}_{k}" for k in range(count)]


__all__ = ["BREAK", "CONTINUE", "FLAGS", "RESULT", "RETURN", "Iteration", "Statements", "Unbound", "fact_of_operand",
           "joined_trees", "key_of", "leaf_names", "operator"]
