"""Emission: IR functions in, a Python module's AST out, with the objects that its names refer to.

Values become variables (``variables``) or parts of expressions (``folding``); blocks become Python's own ``if``,
``for`` and ``while``.  Nothing here knows what a derivative is.
"""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import ModuleType

from srcad import runtime
from srcad.analysis.absence import present_where
from srcad.backend.asides import add_asides
from srcad.backend.errstate import Modes, entered, modes_of, spelled
from srcad.backend.folding import Folding
from srcad.backend.preparing import Prepared, prepared
from srcad.backend.printer import annotate
from srcad.backend.sharing import is_filled, may_be_memory
from srcad.backend.spelling import HELPERS, Namespace, Speller, attribute, call, constant, name
from srcad.backend.variables import UPDATES, Variables
from srcad.backend.writing import Writing, elements
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.nodes import (
    Apply,
    Block,
    Call,
    Const,
    Display,
    Function,
    If,
    Instruction,
    Location,
    Loop,
    Operand,
    Raise,
    Remark,
    Undefined,
    Value,
    callees,
)
from srcad.ir.rewrite import replaced


@dataclass
class Emitted:
    """A module's AST and the objects that its names refer to."""

    tree: ast.Module
    names: Namespace
    refusals: frozenset[str]  # what the code says where it refuses to go on


def emit(root: Function, taken: Iterable[str] = ()) -> Emitted:
    """The module that defines a function and every function that it calls; ``root`` comes last."""
    functions = _reached(root)
    labels = {root: root.name}
    for function in functions:
        labels.setdefault(function, _free(function.name, {*labels.values(), *taken}))
    names = Namespace()
    reserved = {*labels.values(), *taken, *RESERVED}
    emitters = [Emitter(function, names, labels, reserved) for function in prepared(functions)]
    # only now is it known what objects must not be called
    names.taken.update(labels.values(), *(e.variables.used_names() for e in emitters))
    definitions = [emitter.definition() for emitter in emitters]
    refusals = frozenset().union(*(emitter.refusals for emitter in emitters))
    return Emitted(ast.Module([*imports(names), *definitions], []), names, refusals)


def imports(names: Namespace) -> list[ast.stmt]:
    """The import statements for the modules and run-time helpers that the code names."""
    modules = sorted((value.__name__, n) for n, value in names.bound.items() if isinstance(value, ModuleType))
    statements: list[ast.stmt] = [
        ast.Import([ast.alias(module, None if module == label else label)]) for module, label in modules
    ]
    for module in HELPERS:
        helpers = sorted((value.__name__, n) for n, value in names.bound.items() if getattr(value, "__module__", "") == module)
        if helpers:
            aliases = [ast.alias(helper, None if helper == label else label) for helper, label in helpers]
            statements.append(ast.ImportFrom(module, aliases, 0))
    return statements


SHORT = 6
"""A branch of no more operations is written as an expression."""

RESERVED = ("np", "math", "len", "range", "slice", "zip", "enumerate", *keyword.kwlist)
"""Names that generated code uses whatever the user's code does."""


def _free(wish: str, taken: set[str]) -> str:
    """A name that is not taken: the wish, with a number if need be."""
    return next(n for n in (wish, *(f"{wish}_{k}" for k in range(2, len(taken) + 3))) if n not in taken)


def _reached(root: Function) -> list[Function]:
    """A function and all that it calls, callees before callers, otherwise in the order of the calls."""
    found: dict[Function, None] = {}
    seen = set()

    def visit(function: Function) -> None:
        if function not in seen:
            seen.add(function)
            for callee in callees(function.block):
                visit(callee)
            found[function] = None

    visit(root)
    return list(found)


class Emitter(Writing):
    """Emits one function."""

    def __init__(self, prepared: Prepared, names: Namespace, labels: dict[Function, str], reserved: set[str]) -> None:
        self.label = labels[prepared.source]
        self.function = function = prepared.function
        self.names = names
        self.labels = labels
        self.elements = dict(elements(function.block))
        self.folding = Folding(function, prepared.sharing)
        self.variables = Variables(function, self.folding, reserved)
        self.unused = "unused" if "_" in self.variables.used_names() else "_"
        self.spell = Speller(names, self.operand)
        self.statements: list[ast.stmt] = []
        self.predefined: set[str] = set()
        self.present = present_where(function.block, self.folding.absent)
        self.outcomes: set[tuple[Operand, bool]] = set()  # of the conditions around what is being emitted
        self.refusals: set[str] = set()
        self.returned: dict[Value, Value] = {}  # from what a branch returns to the result that it is
        self.remark = ""
        # what follows is the adjoint of the user's code, whose lines are shown beside it
        self.is_backward = any(p.fact.kind == "pack" for p in function.params)
        self.tied: dict[ast.stmt, Location] = {}
        self.modes: dict[ast.stmt, Modes] = {}

    def definition(self) -> ast.stmt:
        """The function definition."""
        function = self.function
        params = [ast.arg(self.variables.name(p)) for p in function.params]
        body: list[ast.stmt] = []
        self.statements = body
        self.tail(function.block)
        # what not every path assigns, and yet is handed from one variable to another
        absent = sorted(self.predefined - {p.arg for p in params})
        body[:0] = [ast.Assign([ast.Name(name_, ast.Store())], ast.Constant(None)) for name_ in absent]
        add_asides(body, self.tied)
        if any(self.modes.values()):
            body = entered(body, self.modes, lambda modes: spelled(modes, self.spell.np("errstate")))
        arguments = ast.arguments([], params, None, [], [], None, [])
        definition = ast.FunctionDef(self.label, arguments, body or [ast.Pass()], [], None)
        if "type_params" in ast.FunctionDef._fields:
            definition.type_params = []  # type: ignore[attr-defined, unused-ignore]
        if function.location is not None:
            annotate(definition, user_line=function.location)
        return definition

    # ---- operands ---------------------------------------------------------------------------------------------------

    def operand(self, operand: Operand) -> ast.expr:
        match operand:
            case Const():
                return constant(operand, self.names)
            case Display():
                return self.display(operand)
            case Value():
                made = self.folding.expression.get(operand)
                if isinstance(made, Apply):
                    return self.spell.apply(made)
                if isinstance(made, If):
                    return self.choice(made)
                return name(self.variables.name(operand))
            case Undefined():
                return ast.Constant(None)
        raise AssertionError(f"{operand!r} is left in the code")

    def display(self, display: Display) -> ast.expr:
        items = [self.operand(item) for item in display.items]
        if display.kind == "slice":
            none = [isinstance(item, ast.Constant) and item.value is None for item in items]
            return ast.Slice(*(None if no else item for item, no in zip(items, none, strict=True)))
        return ast.Tuple(items, ast.Load()) if display.kind == "tuple" else ast.List(items, ast.Load())

    def choice(self, branch: If) -> ast.expr:
        """A conditional expression, or ``and`` and ``or``."""
        condition = self.operand(branch.condition)
        then, orelse = branch.then.outs[0], branch.orelse.outs[0]
        if orelse is branch.condition:
            return conjunction(condition, self.operand(then))
        if then is branch.condition:
            return ast.BoolOp(ast.Or(), [condition, self.operand(orelse)])
        return ast.IfExp(condition, self.operand(then), self.operand(orelse))

    # ---- statements -------------------------------------------------------------------------------------------------

    def add(self, statement: ast.stmt, instruction: Instruction | None = None) -> None:
        location = instruction.location if instruction is not None else None
        if isinstance(instruction, Apply | Call):
            self.modes[statement] = modes_of(instruction)
        if location is not None and location.line:
            annotate(statement, user_line=location)
            if self.is_backward and is_tied(statement, instruction):
                self.tied[statement] = location
        if self.remark:
            annotate(statement, leading=self.remark, blank=self.remark == "backward")
            self.remark = ""
        self.statements.append(statement)

    def assign(self, target: str, value: ast.expr, instruction: Instruction | None = None) -> None:
        if isinstance(value, ast.Name) and value.id == target:
            return
        self.add(ast.Assign([ast.Name(target, ast.Store())], value), instruction)

    @contextmanager
    def where(self, condition: Operand, outcome: bool) -> Iterator[None]:
        """Emit what is only reached if a condition turns out so."""
        outer, self.outcomes = self.outcomes, self.outcomes | {(condition, outcome)}
        try:
            yield
        finally:
            self.outcomes = outer

    def hand_on(self, operands: Iterable[Operand]) -> None:
        """See to it that what is handed on, computed or not, has a variable that can be read."""
        values = (v for operand in operands for v in self.folding.leaves(operand) if v in self.folding.absent)
        self.predefined.update(
            self.variables.name(v) for v in values if v not in self.present or not self.present[v] <= self.outcomes
        )

    def block(self, block: Block) -> list[ast.stmt]:
        """The statements of a block, without what becomes of its outs."""
        outer, self.statements = self.statements, []
        remark, self.remark = self.remark, ""
        for instruction in block.body:
            self.instruction(instruction)
        statements, self.statements = self.statements, outer
        self.remark = remark
        return statements

    def copies(self, targets: Iterable[Value], sources: Iterable[Operand]) -> list[ast.stmt]:
        """Assignments that happen at once; in order where that is the same."""
        pairs = [
            (self.variables.name(t), s) for t, s in zip(targets, sources, strict=False) if not isinstance(s, Undefined)
        ]
        pairs = [(t, s) for t, s in pairs if not (isinstance(s, Value) and s not in self.folding.expression
                                                  and self.variables.name(s) == t)]
        self.hand_on(s for _, s in pairs)
        reads = [{self.variables.name(v) for v in self.folding.leaves(s)} for _, s in pairs]
        order: list[int] = []
        left = list(range(len(pairs)))
        while left:
            free = next((k for k in left if not any(pairs[k][0] in reads[j] for j in left if j != k)), None)
            if free is None:
                break
            order.append(free)
            left.remove(free)
        outer, self.statements = self.statements, []
        remark, self.remark = self.remark, ""
        for k in order:
            self.assign(pairs[k][0], self.operand(pairs[k][1]))
        if left:
            targets_ = ast.Tuple([ast.Name(pairs[k][0], ast.Store()) for k in left], ast.Store())
            self.add(ast.Assign([targets_], ast.Tuple([self.operand(pairs[k][1]) for k in left], ast.Load())))
        statements, self.statements = self.statements, outer
        self.remark = remark
        return statements

    def tail(self, block: Block) -> None:
        """A function's last block: branches return."""
        body = list(block.body)
        while body and len(body[-1].results) == 1 and body[-1].results[0] in self.folding.expression:
            body.pop()
        last = body[-1] if body else None
        if isinstance(last, If) and last.results and self.returns(last, block.outs):
            for instruction in body[:-1]:
                self.instruction(instruction)
            sides = []
            remark, self.remark = self.remark, ""
            for side, outcome in ((last.then, True), (last.orelse, False)):
                new = dict(zip(last.results, side.outs, strict=False))
                self.returned.update((o, r) for r, o in new.items() if isinstance(o, Value))
                outs = [self.replaced_out(out, new) for out in block.outs]
                outer, self.statements = self.statements, []
                with self.where(last.condition, outcome):
                    self.tail(Block(side.params, side.body, outs if not side.diverges else [], side.diverges))
                sides.append(self.statements)
                self.statements = outer
            self.remark = remark
            self.add(ast.If(self.operand(last.condition), sides[0], []), last)
            self.statements.extend(sides[1])
            return
        for instruction in body:
            self.instruction(instruction)
        if not block.diverges:
            self.give_back(block.outs)

    def returns(self, branch: If, outs: list[Operand]) -> bool:
        """Whether a branch's results are only what the function returns."""
        inside = self.parts(outs)
        return all(inside.count(r) == self.folding.uses[r] for r in branch.results)

    def parts(self, outs: list[Operand]) -> list[Operand]:
        """What a function returns, tuples of residuals taken apart."""
        packs = [(out, self.packed(out)) for out in outs]
        return [part for out, made in packs for part in ([out] if made is None else made.args)]

    def packed(self, out: Operand) -> Apply | None:
        """The application that packs a result, if it is a tuple of residuals written in place."""
        made = self.folding.expression.get(out) if isinstance(out, Value) else None
        return made if isinstance(made, Apply) and made.primitive is core.PACKED else None

    def replaced_out(self, out: Operand, new: Mapping[Value, Operand]) -> Operand:
        """A result with values replaced, in a tuple of residuals too."""
        made = self.packed(out)
        if made is None:
            return replaced(out, new)
        copy = Value(fact=made.results[0].fact)
        self.folding.expression[copy] = replace(made, args=tuple(replaced(a, new) for a in made.args))
        return copy

    def assign_repeated(self, outs: list[Operand]) -> None:
        """Compute what is returned more than once in the variable of the result that it is."""
        parts = self.parts(outs)
        for part in dict.fromkeys(parts):
            if not isinstance(part, Value) or part not in self.folding.expression or parts.count(part) == 1:
                continue
            result = self.returned.get(part)
            others = {self.variables.name(v) for p in parts if p is not part for v in self.folding.leaves(p)}
            if result is not None and self.variables.name(result) not in others:
                self.assign(self.variables.name(result), self.operand(part))
                self.variables.number[part] = self.variables.number[result]
                del self.folding.expression[part]

    def give_back(self, outs: list[Operand]) -> None:
        self.assign_repeated(outs)
        expressions = [self.handed_out(k, out, outs) for k, out in enumerate(outs)]
        value = expressions[0] if len(expressions) == 1 else ast.Tuple(expressions, ast.Load())
        self.add(ast.Return(value))
        made = [self.folding.expression.get(out) for out in outs if isinstance(out, Value)]
        locations = {m.location for m in made if m is not None and m.location is not None and m.location.line}
        if len(locations) == 1:  # what is computed here comes from one line
            annotate(self.statements[-1], user_line=locations.pop())

    def handed_out(self, position: int, out: Operand, outs: list[Operand]) -> ast.expr:
        """A result; copied if it must be private and may not be."""
        expression = self.operand(out)
        if position not in self.function.private or not isinstance(out, Value) or not may_be_memory(out.fact):
            return expression
        sharing = self.variables.sharing
        others = [o for k, o in enumerate(outs) if k != position and isinstance(o, Value) and may_be_memory(o.fact)]
        others += self.function.written
        made = self.folding.expression.get(out)
        if isinstance(made, Apply) and made.primitive is core.BROADCAST and is_filled(made):
            return expression
        if sharing.is_foreign(out) or any(sharing.shares(o, out) for o in others):
            return call(attribute(expression, "copy"))
        return expression

    def instruction(self, instruction: Instruction) -> None:
        if len(instruction.results) == 1 and instruction.results[0] in self.folding.expression:
            return
        match instruction:
            case Remark():
                self.is_backward = instruction.text == "backward"
                # a sweep that has no statements of its own needs no heading, nor does the other then
                self.remark = "" if self.remark == "forward" else instruction.text
            case Apply():
                self.apply(instruction)
            case Call():
                callee = name(self.labels[instruction.function])
                args = list(map(self.operand, instruction.args))
                self.hand_on(instruction.args)
                for k in self.variables.copied.get(instruction, ()):
                    args[k] = self.spell.copied(args[k], fact_of_operand(instruction.args[k]))
                self.results(instruction, call(callee, *args))
            case Raise():
                self.raising(instruction)
            case If():
                self.branch(instruction)
            case Loop():
                self.loop(instruction)

    def results(self, instruction: Instruction, value: ast.expr) -> None:
        """Bind the results of an instruction that may have several or none that matter."""
        names = [self.variables.name(r) if self.folding.uses[r] else self.unused for r in instruction.results]
        if all(n == self.unused for n in names):
            self.add(ast.Expr(value), instruction)
        elif len(names) == 1:
            self.assign(names[0], value, instruction)
        else:
            self.add(ast.Assign([ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store())], value), instruction)

    def apply(self, apply: Apply) -> None:
        primitive = apply.primitive
        result = apply.results[0]
        if primitive in core.LIST_WRITES:
            self.change_list(apply)
        elif primitive in core.WRITES:
            self.write(apply)
        elif primitive is core.WRITTEN_BACK:
            self.write_back(apply)
        elif apply in self.variables.in_place:
            target = ast.Name(self.variables.name(result), ast.Store())
            operation = ast.Add() if UPDATES[primitive] == "+" else ast.Sub()
            self.add(ast.AugAssign(target, operation, self.operand(apply.args[1])), apply)
        elif primitive is core.UNPACKED:
            self.unpack(apply)
        elif primitive in (core.SET_ITEM, core.DELETE_ITEM, core.SET_ATTRIBUTE, core.DELETE_ATTRIBUTE):
            self.set_item(apply)
        else:
            self.results(apply, self.spell.apply(apply))

    def set_item(self, apply: Apply) -> None:
        """A write to a namespace, a cell or an attribute."""
        names, key = self.operand(apply.args[0]), self.operand(apply.args[1])
        is_cell = isinstance(apply.args[1], Const) and apply.args[1].value is None
        context = ast.Store() if len(apply.args) == 3 else ast.Del()
        target: ast.expr = ast.Subscript(names, key, context)
        if is_cell or apply.primitive in (core.SET_ATTRIBUTE, core.DELETE_ATTRIBUTE):
            target = ast.Attribute(names, "cell_contents" if is_cell else str(apply.args[1].value), context)  # type: ignore[union-attr]
        if len(apply.args) == 3:
            self.add(ast.Assign([target], self.operand(apply.args[2])), apply)
        else:
            self.add(ast.Delete([target]), apply)

    def unpack(self, apply: Apply) -> None:
        names = [self.variables.name(r) if self.folding.uses[r] else self.unused for r in apply.results]
        packed = self.operand(apply.args[0])
        if len(names) == 1:
            self.assign(names[0], ast.Subscript(packed, ast.Constant(0), ast.Load()), apply)
            return
        targets = ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store())
        self.add(ast.Assign([targets], packed), apply)

    def raising(self, instruction: Raise) -> None:
        if instruction.exception is not None:
            self.add(ast.Raise(self.operand(instruction.exception), None), instruction)
        else:
            self.refusals.add(instruction.message)
            refuse = self.spell.helper(runtime.refuse)
            self.add(ast.Expr(call(refuse, ast.Constant(instruction.message))), instruction)

    # ---- control flow -----------------------------------------------------------------------------------------------

    def branch(self, branch: If) -> None:
        if self.folding.is_choice(branch) and self.folding.size(branch) <= SHORT:
            target = self.variables.name(branch.results[0])
            kept = [isinstance(o, Value) and o not in self.folding.expression and self.variables.name(o) == target
                    for o in (branch.then.outs[0], branch.orelse.outs[0])]
            if not any(kept):
                self.assign(target, self.choice(branch), branch)
                return
        sides = []
        for block, outcome in ((branch.then, True), (branch.orelse, False)):
            with self.where(branch.condition, outcome):
                statements = self.block(block)
                if not block.diverges:
                    statements += self.copies(branch.results, block.outs)
            sides.append(statements)
        condition = self.operand(branch.condition)
        if not sides[0]:
            if not sides[1]:
                return
            condition, sides = self.spell.unary(ast.Not, condition), [sides[1], []]
        self.add(ast.If(condition, sides[0], sides[1]), branch)

    def loop(self, loop: Loop) -> None:
        count = len(loop.carried)
        uses = self.folding.uses
        index_used = uses[loop.index] > 0 or (loop.reverse and bool(loop.collected))
        listed = self.listed(loop)
        for collected in loop.collected:
            value: ast.expr = ast.List([], ast.Load())
            if loop.reverse:
                assert loop.count is not None
                value = ast.BinOp(ast.List([ast.Constant(None)], ast.Load()), ast.Mult(), self.operand(loop.count))
            self.assign(self.variables.name(collected), value, loop)
        if uses[loop.trips] and loop.count is not None and loop.stop is None:
            self.assign(self.variables.name(loop.trips), self.operand(loop.count), loop)
        counted = uses[loop.trips] > 0 and (loop.stop is not None or loop.count is None)
        if counted:
            self.assign(self.variables.name(loop.trips), ast.Constant(0), loop)
        if uses[loop.stopped]:
            self.assign(self.variables.name(loop.stopped), ast.Constant(False), loop)
        for statement in self.copies(loop.carried, loop.inits):
            self.add(statement, loop)

        header, prelude = self.header(loop, index_used)
        body = [*prelude, *self.block(loop.head)]
        condition: ast.expr | None = None
        if loop.stop is not None:
            leave = self.block(loop.exit) + self.copies(loop.carried, loop.exit.outs)
            if uses[loop.stopped]:
                leave.append(ast.Assign([ast.Name(self.variables.name(loop.stopped), ast.Store())], ast.Constant(True)))
            stop = loop.stop
            if not body and not leave and loop.count is None:
                condition = self.spell.unary(ast.Not, self.operand(stop))
            elif not (isinstance(stop, Const) and not stop.value):
                diverges = loop.exit.diverges
                body.append(ast.If(self.operand(stop), leave if diverges else [*leave, ast.Break()], []))
        body += self.saved_block(loop, listed)
        if counted:
            body.append(ast.AugAssign(ast.Name(self.variables.name(loop.trips), ast.Store()), ast.Add(), ast.Constant(1)))
        body += self.copies(loop.carried, loop.body.outs[:count])
        body = body or [ast.Pass()]
        if header is None:
            self.add(ast.While(condition or ast.Constant(True), body, []), loop)
        else:
            self.add(ast.For(header[0], header[1], body, []), loop)
        for statement in self.copies(loop.finals, loop.carried):
            self.add(statement, loop)

    def listed(self, loop: Loop) -> dict[Value, list[Value]]:
        """The lists that take a value of the body."""
        found: dict[Value, list[Value]] = {}
        for collected, out in zip(loop.collected, loop.body.outs[len(loop.carried) :], strict=True):
            if isinstance(out, Value):
                found.setdefault(out, []).append(collected)
        return found

    def saved_block(self, loop: Loop, listed: dict[Value, list[Value]]) -> list[ast.stmt]:
        """The body, in which each saved value goes into its list as soon as it is there."""
        own = {r for i in loop.body.body for r in i.results}
        outer, self.statements = self.statements, []
        remark, self.remark = self.remark, ""
        for value, collected in listed.items():
            if value not in own:
                self.save(loop, value, collected)
        for instruction in loop.body.body:
            self.instruction(instruction)
            for result in instruction.results:
                if result in listed:
                    self.save(loop, result, listed[result])
        for kept, out in zip(loop.collected, loop.body.outs[len(loop.carried) :], strict=True):
            if not isinstance(out, Value):
                self.save(loop, out, [kept])
        statements, self.statements = self.statements, outer
        self.remark = remark
        return statements

    def save(self, loop: Loop, value: Operand, lists: list[Value]) -> None:
        for collected in lists:
            target = self.variables.name(collected)
            if loop.reverse:
                element = ast.Subscript(name(target), name(self.variables.name(loop.index)), ast.Store())
                self.add(ast.Assign([element], self.operand(value)))
            else:
                self.add(ast.Expr(call(attribute(name(target), "append"), self.operand(value))))

    def header(self, loop: Loop, index_used: bool) -> tuple[tuple[ast.expr, ast.expr] | None, list[ast.stmt]]:
        """Target and iterable of a ``for`` (None for a ``while``), and what reads the scanned elements."""
        if loop.count is None:
            return None, []
        scanned = [(s, i) for s, i in loop.scanned if self.folding.uses[i] and i not in self.folding.expression]
        index = self.variables.name(loop.index) if index_used else "_"
        if self.folding.runs_over(loop):
            targets: list[ast.expr] = [ast.Name(self.variables.name(item), ast.Store()) for _, item in scanned]
            target, iterable = targets[0], self.operand(scanned[0][0])
            if len(scanned) > 1:
                target = ast.Tuple(targets, ast.Store())
                iterable = call(name("zip"), *(self.operand(s) for s, _ in scanned))
            if index_used:
                target = ast.Tuple([ast.Name(index, ast.Store()), target], ast.Store())
                iterable = call(name("enumerate"), iterable)
            return (target, iterable), []
        reads: list[ast.stmt] = [
            ast.Assign(
                [ast.Name(self.variables.name(item), ast.Store())],
                ast.Subscript(self.operand(sequence), name(index), ast.Load()),
            )
            for sequence, item in scanned
        ]
        count = self.operand(loop.count)
        if loop.reverse and index != "_":
            last = ast.BinOp(count, ast.Sub(), ast.Constant(1))
            if isinstance(count, ast.Constant):
                last = ast.Constant(count.value - 1)  # type: ignore[assignment, operator]
            minus = ast.UnaryOp(ast.USub(), ast.Constant(1))
            return (ast.Name(index, ast.Store()), call(name("range"), last, minus, minus)), reads
        return (ast.Name(index, ast.Store()), call(name("range"), count)), reads


def is_tied(statement: ast.stmt, instruction: Instruction | None) -> bool:
    """Whether a statement is the adjoint of a line; what only prepares for it is not."""
    if isinstance(instruction, Loop):
        return isinstance(statement, ast.For | ast.While)
    return not isinstance(instruction, Apply) or instruction.primitive not in (core.ZEROS, core.UNPACKED)


def conjunction(left: ast.expr, right: ast.expr) -> ast.expr:
    """``left and right``; ``a < b and b < c`` is ``a < b < c``."""
    if isinstance(left, ast.Compare) and isinstance(right, ast.Compare):
        middle = left.comparators[-1]
        if isinstance(middle, ast.Name) and isinstance(right.left, ast.Name) and middle.id == right.left.id:
            return ast.Compare(left.left, [*left.ops, *right.ops], [*left.comparators, *right.comparators])
    return ast.BoolOp(ast.And(), [*(left.values if is_conjunction(left) else [left]), right])  # type: ignore[attr-defined]


def is_conjunction(node: ast.expr) -> bool:
    return isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And)


__all__ = ["Emitted", "emit", "fact_of_operand"]
