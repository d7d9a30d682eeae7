"""Lowering statements: assignments, branches and exits become blocks that yield what they assign.

``return``, ``break`` and ``continue`` are variables here: each sets a flag, and what follows a statement that may
have set one is guarded by it.  Where a branch always leaves, the rest of the statements simply moves into the other
branch, so that flags are rare in what comes out.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import gast

from srcad.errors import DifferentiationError
from srcad.frontend import refusals, saying, scan
from srcad.frontend.alternatives import Choice
from srcad.frontend.choices import strays
from srcad.frontend.containers import changes, with_fixed
from srcad.frontend.expressions import BINARY, wrong_count
from srcad.frontend.joining import joined_trees
from srcad.frontend.joint import BREAK, CONTINUE, FLAGS, RESULT, RETURN, Joint, Side, leaf_names, name_of_key
from srcad.frontend.lists import is_listed, is_slice
from srcad.frontend.memory import Root
from srcad.frontend.picking import is_picked
from srcad.frontend.saying import error_of
from srcad.frontend.scope import (
    Diverged,
    Recursion,
    State,
    Store,
    Unbound,
    Unsupported,
    Variable,
    as_python_does,
    is_theirs,
    theirs,
)
from srcad.frontend.sets import is_set
from srcad.frontend.throwing import Throwing
from srcad.frontend.trees import (
    Cell,
    Deleted,
    Iteration,
    Mapping,
    Mismatch,
    Poison,
    Sequence,
    Table,
    Tree,
    structure,
)
from srcad.ir.build import fact_of_operand, key_of
from srcad.ir.nodes import UNDEFINED, Block, Const, Display, If, Operand, Raise, Undefined, Value, block_values


def imported(node: Any, name: str, scope: dict[str, Any]) -> Any:
    """What ``from module import name`` binds."""
    statement = ast.ImportFrom(node.module, [ast.alias(name)], node.level)
    names = {"__package__": scope.get("__package__")}
    exec(compile(ast.fix_missing_locations(ast.Module([statement], [])), "<import>", "exec"), names)
    return names[name]


T = TypeVar("T")


class Statements(Throwing):
    """The part of lowering that runs statements."""

    is_found: Any
    length_is_found: Any
    delete_part: Any
    set_part: Any
    change_to: Any
    extend: Any
    class_of: Callable[[Tree], type | None]

    loop: Callable[..., None]
    augmented_object: Callable[..., Tree]
    repaired: list[set[str]]
    """For each loop around, the variables that it will be lowered again for if they turn out to have no value."""

    undecided: int
    """In how many branches we are that depend on values."""
    state: State
    static_elements: Callable[..., tuple[Tree, ...] | None]

    def lookup(self, name: str, node: Any) -> Tree:
        found = super().lookup(name, node)
        if isinstance(found, Deleted):
            raise Unbound(name, free=name not in self.frame.locals)
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
        self.throw(self.exception(kind, [Const(a) for a in error.args]))

    def refuse_here(self, error: DifferentiationError) -> None:
        """Refuse when the code gets here, in the words and with the type of an error."""
        self.program.check_followed(error)
        made: Tree = Const(None)
        if isinstance(error, TypeError | ValueError):
            made = self.exception(type(error), [Const(str(error))])
        exception = self.operand(made, None) if isinstance(made, Value) else None
        self.build.append(Raise(exception, str(error), self.build.location))

    def run_all(self, statements: list[Any]) -> None:
        for k, statement in enumerate(statements):
            rest = statements[k + 1 :]
            flow = getattr(self, f"flow_{type(statement).__name__}", None)
            if flow is not None:
                if flow(statement, rest):
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

    def flow_If(self, node: Any, rest: list[Any]) -> bool:
        """Lower an ``if``; whether the rest of the statements went into it."""
        self.build.location = self.frame.location(node)
        condition = self.test(node.test)
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
        """Run two branches and join what they leave."""
        location = self.build.location
        before = self.state.store
        sides: list[Side] = []
        bottoms = 0
        for side in (then, orelse):
            block = Block()
            self.state.store = dict(before)
            self.undecided += 1
            try:
                bottoms += self.enclosed(block, side)
            finally:
                self.undecided -= 1
            sides.append((block, self.state.store))
        if bottoms == 2:
            raise Recursion
        self.build.location = location
        self.join(condition, sides, before)
        self.check_raised()

    def either(self, condition: Operand, then: Callable[[], None], orelse: Callable[[], None]) -> None:
        """Run one of two, or both as branches."""
        if isinstance(condition, Const):
            (then if condition.value else orelse)()
        else:
            self.branch(condition, then, orelse)

    def join(self, condition: Operand, sides: list[Side], before: Store) -> None:
        """Go on with what holds after both branches."""
        live = [(block, store) for block, store in sides if not block.diverges]
        self.state.store = before
        if not live:
            self.build.append(If((), condition, sides[0][0], sides[1][0], self.build.location))
            raise Diverged
        joint = self.joint(condition, live, before)
        results = self.build.branch(condition, sides[0][0], sides[1][0], joint.labels)
        joint.bind(self, results)
        self.note_decided(condition, joint.groups, results)

    def joint(self, condition: Operand, live: list[Side], before: Store) -> Joint:
        """What the stores of several ways leave as one; each block then yields its part of it."""
        inside = {v for block, _ in live for v in block_values(block)}
        joint = Joint(inside)
        keys = dict.fromkeys(k for _, store in live for k, tree in store.items() if tree is not before.get(k))
        for key in keys:
            if isinstance(key, Root):
                if key.handle in inside:
                    continue  # nobody else knows this array
            if isinstance(key, Cell) and key not in before and not self.is_followed(key):
                continue  # nobody else knows this list
            start = self.at_start(key) if any(key not in store for _, store in live) else UNDEFINED
            if isinstance(key, Choice):
                trees: list[Tree] = [self.at_end(side, partial(self.kept, side[1], key)) for side in live]
            elif isinstance(key, Root):
                trees = [store.get(key, start) for _, store in live]
            else:
                trees = [self.kept(store, key) if key in store else start for _, store in live]
            if isinstance(key, Variable) and key.name in FLAGS:
                trees = [Const(False) if isinstance(t, Undefined) else t for t in trees]
            if self.may_be_absent(key) and any(isinstance(t, Undefined) for t in trees):
                joint.shapes[key] = self.poisoned_attribute(name_of_key(key))
                continue
            poison = next((t for t in trees if isinstance(t, Poison)), None)
            if any(strays(t, before, store) for t, (_, store) in zip(trees, live, strict=True)):
                joint.shapes[key] = self.poisoned(name_of_key(key))
                continue
            trees = with_fixed(trees)
            outlives = isinstance(key, Cell) and key.live
            if len(set(map(structure, trees))) > 1 and not outlives and (form := self.common_form(trees)) is not None:
                trees = [self.at_end(side, partial(self.formed_now, form, tree)) for side, tree in zip(live, trees, strict=True)]
            try:
                shape, parts = joined_trees(trees, self)
            except Mismatch:
                if isinstance(poison, Deleted):
                    joint.shapes[key] = poison if all(isinstance(t, Deleted | Undefined) for t in trees) else Poison(poison.message)
                    continue
                unread = poison is not None and not isinstance(key, Variable)
                joint.shapes[key] = poison if unread else self.poisoned(name_of_key(key))  # type: ignore[assignment]
                continue
            joint.ways[key] = trees
            joint.add(key, shape, parts)
        if self.program.follows_choices:
            joint.follow(self, live, condition)
        outs: list[list[Operand]] = []
        for side in live:
            outs.append(self.at_end(side, lambda: [self.version_or(joint, group[len(outs)]) for group in joint.groups]))
        for (block, _), out in zip(live, outs, strict=True):
            block.outs = out
        return joint

    def at_end(self, side: Side, make: Callable[[], T]) -> T:
        """What is made at the end of a way."""
        outer, self.state.store = self.state.store, side[1]
        try:
            with self.build.inside(side[0]):
                return make()
        finally:
            self.state.store = outer

    def version_or(self, joint: Joint, handle: Operand) -> Operand:
        """The current version of what one way leaves."""
        try:
            return self.current(handle)
        except Unsupported as error:
            joint.unreadable[handle] = Poison(str(error))
            return UNDEFINED

    def poisoned(self, name: str) -> Any:
        what = {RESULT: "the result", "choice!": "this expression"}.get(name, name)
        error = self.frame.unsupported(
            self.frame.node if self.build.location is None else _At(self.build.location.line),
            f"{what} has one structure in one branch and another in the other",
            "give it the same structure (number of elements, kind) in both",
        )
        return Poison(str(error))

    def poisoned_attribute(self, name: str) -> Poison:
        return Poison(str(self.unsupported(
            None, f"the attribute {name} has one structure on one way through the program and another, or none, on another",
            "give it a value of one kind before",
        )))

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

    def run_Delete(self, node: Any) -> None:
        for target in node.targets:
            self.delete(target)

    def delete(self, target: Any) -> None:
        if isinstance(target, gast.Tuple | gast.List):
            for part in target.elts:
                self.delete(part)
        elif isinstance(target, gast.Name):
            self.lookup(target.id, target)
            self.bind_name(target.id, self.deleted(target))
        elif isinstance(target, gast.Attribute):
            self.delete_attribute(self.expr(target.value), target.attr, target)
        else:
            base = self.expr(target.value)
            if isinstance(base, Value) and self.is_array(base):
                raise theirs(ValueError("cannot delete array elements"))
            if self.is_object(base):
                method = self.special(base, "__delitem__")
                if method is None:
                    raise error_of(saying.delete_item, self.class_of(base) or object)
                self.call_live(method, [base, self.expr(target.slice)], {}, target)
                return
            index = self.expr(target.slice)
            if self.take_out(base, index, target):
                return
            if isinstance(base, Sequence) and self.is_found(base, index, target):
                base = self.let_grow(base, target)
            if is_listed(base):
                self.delete_part(base, index, target)
                return
            if isinstance(base, Sequence | Mapping):
                self.delete_item(base, self.static(index, target), target)
                return
            if isinstance(base, Table):
                self.table_method(base, "__delitem__", [index], {}, target)
            raise self.in_place(target, "del of an item, which changes the object in place,", "build a new list or dict")

    def delete_item(self, base: Sequence | Mapping, key: Any, node: Any) -> None:
        """``del base[key]`` of a list or dict."""
        if not changes(base):
            raise error_of(saying.delete_item, tuple)
        items: Any = dict(base.items) if isinstance(base, Mapping) else list(base.items)
        with as_python_does():
            del items[key]
        self.change(base, replace(base, items=items) if isinstance(base, Mapping) else Sequence(list, tuple(items)), node)

    def deleted(self, target: Any) -> Deleted:
        return Deleted(str(self.frame.unsupported(
            target, f"{target.id} is deleted on one way through the program and not on another, and may be read afterwards",
            "leave the del statement out",
        )))

    def run_Expr(self, node: Any) -> None:
        if isinstance(node.value, gast.Constant):
            return  # a docstring
        self.expr(node.value)

    def run_FunctionDef(self, node: Any) -> None:
        decorators = list(map(self.expr, node.decorator_list))
        function: Tree = self.closure(node, node.name)
        for decorator in reversed(decorators):
            function = self.call(decorator, [function], {}, node)
        self.bind_name(node.name, function)

    def run_Import(self, node: Any) -> None:
        for alias in node.names:
            with as_python_does():
                module = __import__(alias.name)
                if alias.asname:
                    for part in alias.name.split(".")[1:]:
                        module = getattr(module, part)
            self.bind_name(alias.asname or alias.name.split(".")[0], Const(module))

    def run_ImportFrom(self, node: Any) -> None:
        for alias in node.names:
            with as_python_does():
                found = imported(node, alias.name, self.frame.globals)
            self.bind_name(alias.asname or alias.name, Const(found))

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
        elif isinstance(target, gast.Subscript):
            self.assign_item(target, tree)
        else:
            self.assign_attribute(target, tree)

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

    def in_place(self, node: Any, what: str, remedy: str) -> Unsupported:
        """The error for what changes memory."""
        error = self.unsupported(node, f"{what} is not supported yet", remedy)
        assert isinstance(error, Unsupported)
        error.writes = True
        return error

    # ---- writes into memory -----------------------------------------------------------------------------------------

    def assign_item(self, target: Any, tree: Tree) -> None:
        """``base[index] = value``."""
        base, index = self.expr(target.value), self.expr(target.slice)
        self.build.location = self.frame.location(target)
        self.write_item(base, index, tree, target)

    def write_item(self, base: Tree, index: Tree, value: Tree, node: Any, function: Any = None) -> None:
        base = self.refreshed(base)
        if self.is_object(base):
            method = self.special(base, "__setitem__")
            if method is None:
                raise error_of(saying.set_item, self.class_of(base) or object)
            self.call_live(method, [base, index, value], {}, node)
            return
        if function is None and self.put(base, index, value, node):
            return
        if isinstance(base, Sequence | Mapping):
            assert function is None
            self.set_item(base, index, value, node)
            return
        if isinstance(base, Table):
            self.put_at(base, index, value, node)
            return
        if is_listed(base):
            assert function is None
            if is_slice(index):
                self.set_part(base, index, value, node)
            else:
                self.set_element(base, self.operand(index, node), value, node)
            return
        kind = self.class_of(base)
        if kind is not None and not hasattr(kind, "__setitem__"):
            raise error_of(saying.set_item, kind)
        if not isinstance(base, Value):
            raise self.in_place(node, "a write in place into this object", "build a new one instead")
        if not self.is_array(base):
            raise self.in_place(node, "a write in place into this object", "return the new value instead")
        self.write(base, self.operand(index, node), self.stored_operand(value, node), node, function)

    def stored_operand(self, value: Tree, node: Any) -> Operand:
        operand = self.operand(value, node)
        return self.as_array(operand, node) if isinstance(operand, Display) else operand

    def set_item(self, base: Sequence | Mapping, index: Tree, value: Tree, node: Any) -> None:
        """``base[key] = value`` of a list or dict."""
        if isinstance(base, Mapping):
            self.put_at(base, index, value, node)
            return
        if not changes(base):
            raise error_of(saying.set_item, base.type)
        if self.is_found(base, index, node) or (is_slice(index) and self.length_is_found(value)):
            self.write_item(self.let_grow(base, node), index, value, node)
            return
        items, key = list(base.items), self.static(index, node)
        with as_python_does():
            items[key] = list(self.elements(value, node)) if isinstance(key, slice) else value
        self.change(base, Sequence(list, tuple(items)), node)

    def added(self, old: Sequence | Mapping, function: Any, value: Tree, node: Any) -> Sequence | Mapping | None:
        """What ``old += value`` makes of a list, ``old |= value`` of a dict, ``old *= n`` of a list."""
        if isinstance(old, Mapping):
            return None
        if function is operator.add:
            elements = self.static_elements(value)
            return Sequence(list, old.items + (self.elements(value, node) if elements is None else elements))
        if function is operator.mul:
            return Sequence(list, old.items * self.static(value, node))
        return None

    def assign_attribute(self, target: Any, tree: Tree) -> None:
        """``base.name = value``."""
        base = self.expr(target.value)
        self.build.location = self.frame.location(target)
        self.set_attribute(base, target.attr, tree, target)


    def run_AugAssign(self, node: Any) -> None:
        function = BINARY[type(node.op)]
        if isinstance(node.target, gast.Subscript):
            base, index = self.expr(node.target.value), self.expr(node.target.slice)
            if isinstance(base, Value) and self.is_array(base):
                value = self.expr(node.value)
                self.build.location = self.frame.location(node)
                self.write_item(base, index, value, node, function)
            else:
                old = self.subscript(base, index, node)
                new = self.augmented(old, function, node)
                if new is not old or not isinstance(base, Sequence) or not is_picked(self, base, index):
                    self.write_item(base, index, new, node)  # what is written into stands there already
            return
        if isinstance(node.target, gast.Attribute):
            base = self.expr(node.target.value)
            new = self.augmented(self.attribute(base, node.target.attr, node), function, node)
            self.set_attribute(base, node.target.attr, new, node)
            return
        name = node.target.id
        self.bind_name(name, self.augmented(self.refreshed(self.lookup(name, node)), function, node))

    def augmented(self, old: Tree, function: Any, node: Any) -> Tree:
        """What ``old op= value`` binds: an array is written into, a number makes a new one."""
        value = self.expr(node.value)
        self.build.location = self.frame.location(node)
        return self.augmented_by(old, function, value, SYMBOLS[type(node.op)], node)

    def augmented_by(self, old: Tree, function: Any, value: Tree, symbol: str, node: Any) -> Tree:
        old = self.refreshed(old)
        if self.is_object(old) or self.is_object(value):
            return self.augmented_object(old, function, value, node)
        if isinstance(old, Mapping | Table) and function is operator.or_:
            return self.merged_into(old, value, node)
        if is_set(old):
            return self.augmented_set(old, function, value, node)  # type: ignore[arg-type]
        if isinstance(old, Sequence | Mapping) and changes(old) and (changed := self.added(old, function, value, node)):
            self.change(old, changed, node)
            return self.held(old)
        if isinstance(old, Sequence) and changes(old) and function is operator.add and self.length_is_found(value):
            old = self.let_grow(old, node)
        if is_listed(old) and function is operator.add:
            self.extend(old, value, node)
            return old
        if is_listed(old) and function is operator.mul:
            self.change_to(old, self.binary(function, old, value, node))
            return old
        if kind := changed_in_place(old):
            raise self.in_place(node, f"{symbol}= changes the {kind} in place, which",
                                f"write x = x {symbol} ...")
        if isinstance(old, Value) and self.is_memory(old):
            if old.fact.kind != "array":
                raise self.in_place(node, f"{symbol}= writes in place if this is an array, which", f"write x = x {symbol} ...")
            self.write(old, Const(Ellipsis), self.stored_operand(value, node), node, function)
            return old
        return self.binary(function, old, value, node)

    def is_memory(self, value: Value) -> bool:
        """Whether ``x += v`` writes into a value, or may."""
        return not (value.fact.is_scalar or value.fact.kind == "py") or self.is_array(value)

    def is_array(self, value: Value) -> bool:
        """Whether a value is an array, perhaps one without axes, and no number."""
        fact = value.fact
        if fact.is_scalar:
            made = self.build.definitions.get(value)
            return made is not None and made.primitive.allocates and fact.kind == "array"
        return fact.kind in ("array", "num")

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


__all__ = ["BREAK", "CONTINUE", "FLAGS", "RESULT", "RETURN", "Iteration", "Statements", "Unbound", "fact_of_operand",
           "joined_trees", "key_of", "leaf_names", "operator"]
