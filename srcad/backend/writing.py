"""Emission of writes into memory: ``x[i] = v``, ``x[i] += v``, ``x[i] *= v``, ``x *= v``, or the helper that copies first."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from srcad import runtime
from srcad.backend.folding import Folding
from srcad.backend.spelling import BINARY, Speller, attribute, call, name
from srcad.backend.variables import Variables
from srcad.ir import core
from srcad.ir.build import fact_of_operand, is_whole, key_of
from srcad.ir.nodes import Apply, Block, Const, Instruction, Operand, Value, blocks_of

AUGMENTED = ("+", "-", "*", "/", "//", "%", "**")
"""Operators that arrays carry out in place."""

METHODS = {core.APPENDED: "append", core.SHORTENED: "pop", core.INSERTED: "insert", core.REMOVED: "pop", core.EXTENDED: "extend"}
"""How lists are changed in place."""


class Writing:
    """The part of the emitter that writes into memory; ``elements`` are the parts of arrays that have been taken."""

    variables: Variables
    folding: Folding
    spell: Speller
    elements: dict[Value, Apply]

    def operand(self, operand: Operand) -> ast.expr:
        raise NotImplementedError

    def add(self, statement: ast.stmt, instruction: Instruction | None = None) -> None:
        raise NotImplementedError

    def assign(self, target: str, value: ast.expr, instruction: Instruction | None = None) -> None:
        raise NotImplementedError

    def change_list(self, apply: Apply) -> None:
        """A change of a list of this call, or the helper that copies first."""
        result = self.variables.name(apply.results[0])
        x, *others = apply.args
        if apply.primitive is core.TAKEN:
            self.take(apply)
            return
        if apply not in self.variables.in_place:
            self.assign(result, call(self.spell.helper(apply.primitive.function), *map(self.operand, apply.args)), apply)
            return
        assert isinstance(x, Value)
        target = name(self.variables.name(x))
        if apply.primitive in (core.REPLACED, core.SPLICED):
            element = ast.Subscript(target, self.operand(others[0]), ast.Store())
            self.add(ast.Assign([element], self.operand(others[1])), apply)
        elif apply.primitive is core.CHANGED:
            self.add(self.changed(target, *others), apply)
        else:
            method = METHODS[apply.primitive]
            self.add(ast.Expr(call(attribute(target, method), *map(self.operand, others))), apply)
        self.assign(result, target)  # where the version has another name

    def changed(self, target: ast.expr, method: Operand, *others: Operand) -> ast.stmt:
        """The statement that changes a set, or the places of keys."""
        assert isinstance(method, Const)
        args = list(map(self.operand, others))
        if method.value == "__setitem__":
            return ast.Assign([ast.Subscript(target, args[0], ast.Store())], args[1])
        return ast.Expr(call(attribute(target, method.value), *args))

    def take(self, apply: Apply) -> None:
        """An element is taken out of a set of this call, or out of a copy."""
        (x,) = apply.args
        rest, element = (self.variables.name(r) for r in apply.results)
        assert isinstance(x, Value)
        if apply in self.variables.in_place:
            taken = call(attribute(name(self.variables.name(x)), "pop"))
            self.add(ast.Assign([ast.Name(element, ast.Store())], taken) if self.folding.uses[apply.results[1]] else
                     ast.Expr(taken), apply)
            self.assign(rest, name(self.variables.name(x)))
        else:
            made = call(self.spell.helper(apply.primitive.function), self.operand(x))
            targets: list[ast.expr] = [ast.Name(n, ast.Store()) for n in (rest, element)]
            self.add(ast.Assign([ast.Tuple(targets, ast.Store())], made), apply)

    def write(self, apply: Apply) -> None:
        """A write into memory of this call, or the helper that copies first."""
        x, index, value = apply.args
        result = self.variables.name(apply.results[0])
        if apply not in self.variables.in_place:
            helper = self.spell.helper(apply.primitive.function)
            self.assign(result, call(helper, *map(self.operand, apply.args)), apply)
            return
        assert isinstance(x, Value)
        target = self.variables.name(x)
        view = self.variables.sharing.put_back.get(apply)
        if view is not None and isinstance(value, Value) and self.variables.objects.of(value) is view:
            self.assign(result, name(target))  # it is there
            return
        combined = self.combined(apply)
        element: ast.Subscript | ast.Name = ast.Subscript(name(target), self.operand(index), ast.Store())
        if is_whole(index) and (apply.primitive is core.ACCUMULATED or combined):
            element = ast.Name(target, ast.Store())
        if combined:
            operator = BINARY[combined.primitive.function]()
            self.add(ast.AugAssign(element, operator, self.operand(combined.args[1])), apply)
        elif apply.primitive is core.STORED:
            self.add(ast.Assign([element], self.operand(value)), apply)
        elif apply.primitive is core.SCATTERED:
            add_at = self.spell.helper(runtime.add_elements) if x.fact.kind == "list" else self.spell.np("add", "at")
            self.add(ast.Expr(call(add_at, name(target), self.operand(index), self.operand(value))), apply)
        else:
            if isinstance(value, Value) and (made := self.folding.expression.get(value)) is not None and made.location:
                # the line that the value comes from, rather than that of the element to which it is added
                apply = replace(apply, location=made.location)
            added = self.operand(value)
            negated = positive(added)
            operation = ast.Add() if negated is None else ast.Sub()
            added = added if negated is None else negated
            if x.fact.kind != "array":
                # the element may be an array that others read
                read = ast.Subscript(name(target), self.operand(index), ast.Load())
                total: ast.expr = ast.BinOp(read, operation, added)
                if fact_of_operand(value).kind == "list":
                    total = call(self.spell.helper(runtime.lists_added), read, added)
                self.add(ast.Assign([element], total), apply)
            else:
                self.add(ast.AugAssign(element, operation, added), apply)
        self.assign(result, name(target))  # where the version has another name

    def combined(self, apply: Apply) -> Apply | None:
        """What is stored, if it is the old element and something else: ``x[i] = x[i] * v`` is ``x[i] *= v``.

        NumPy refuses the latter where the type of ``x`` does not take that of the result.
        """
        x, index, value = apply.args
        made = self.folding.expression.get(value) if isinstance(value, Value) else None
        if apply.primitive is not core.STORED or not isinstance(made, Apply) or len(made.args) != 2 or made.kwargs:
            return None
        if made.primitive.symbol not in AUGMENTED:
            return None
        whole, result = fact_of_operand(x), made.results[0].fact
        if whole.kind != "array" or whole.dtype is None or result.dtype is None:
            return None
        if not np.can_cast(result.dtype, whole.dtype, "same_kind"):
            return None
        orders = (made.args, made.args[::-1]) if made.primitive.symbol in ("+", "*") else (made.args,)
        for old, other in orders:
            element = self.elements.get(old) if isinstance(old, Value) else None
            if (old is x and is_whole(index)) or (
                element is not None and element.args[0] is x and key_of(element.args[1]) == key_of(index)
            ):
                return replace(made, args=(old, other))
        return None

    def write_back(self, apply: Apply) -> None:
        """The last version goes into the memory of a parameter, if it is not there."""
        x, last = apply.args
        objects = self.variables.objects
        if isinstance(x, Value) and isinstance(last, Value) and objects.of(x) is objects.of(last):
            return
        if isinstance(x, Value) and isinstance(last, Value) and not self.variables.sharing.shares(x, last):
            whole = ast.Subscript(self.operand(x), ast.Constant(...), ast.Store())
            self.add(ast.Assign([whole], self.operand(last)), apply)
        else:
            self.add(ast.Expr(self.spell.apply(apply)), apply)


def positive(node: ast.expr) -> ast.expr | None:
    """The negative of an expression that starts with a sign: ``a * b`` of ``-a * b``; None of any other."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        left = positive(node.left)
        return None if left is None or isinstance(left, ast.Constant) else ast.BinOp(left, node.op, node.right)
    return None


def elements(block: Block) -> Iterator[tuple[Value, Apply]]:
    """The elements and parts of arrays, and copies of these, each with the application that takes it."""
    taken: dict[Operand, Apply] = {}
    for instruction in block.body:
        if isinstance(instruction, Apply) and instruction.primitive is core.INDEX:
            taken[instruction.results[0]] = instruction
        elif isinstance(instruction, Apply) and instruction.primitive is core.COPY and instruction.args[0] in taken:
            taken[instruction.results[0]] = taken[instruction.args[0]]
        for inner in blocks_of(instruction):
            yield from elements(inner)
    yield from taken.items()  # type: ignore[misc]
