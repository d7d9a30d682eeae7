"""What tells the calls of a function apart: for which of them one IR function serves, and in whose sizes."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Any

from srcad.frontend import scan
from srcad.frontend.containers import containers, elements_of, with_each
from srcad.frontend.failures import is_caught, raised_by
from srcad.frontend.trees import (
    Closure,
    Derivative,
    Instance,
    Mapping,
    OneOf,
    Pending,
    Sequence,
    Tree,
    leaves,
    structure,
)
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import Dim, Fact, forgets, join
from srcad.ir.nodes import Apply, Call, Const, Function, Raise, block_values, blocks_of


@dataclass(frozen=True)
class Static:
    """A number that belongs to the structure, since code depends on its value."""

    value: Any


def writes_nonlocal(tree: Tree) -> bool:
    """Whether a closure in a tree writes to a variable of a function around it."""
    match tree:
        case Closure():
            return tree.free is None and scan.writes_nonlocal(tree.node)
        case Sequence() | Mapping() | Instance():
            return any(map(writes_nonlocal, elements_of(tree)))
        case OneOf():
            return any(map(writes_nonlocal, tree.options.values()))
    return False


def without_static(tree: Tree) -> Tree:
    """The tree with static numbers as what they are."""
    match tree:
        case Sequence() | Mapping() | Instance():
            return with_each(without_static, tree)
        case Const() if isinstance(tree.value, Static):
            return Const(tree.value.value)
    return tree


def throws(function: Function, caught: tuple[type, ...], seen: set[Function]) -> bool:
    """Whether a function may raise what is caught around a call of it, as far as that can be foreseen."""
    if function in seen:
        return False
    seen.add(function)
    pending = [function.block]
    while pending:
        for instruction in pending.pop().body:
            pending.extend(blocks_of(instruction))
            match instruction:
                case Raise() if instruction.exception is not None:
                    return True
                case Apply() if instruction.primitive.rule is None or is_caught(raised_by(instruction, caught), caught):
                    return True
                case Call() if throws(instruction.function, caught, seen):
                    return True
    return False


INLINED = 40
"""Callees of more instructions stay functions of their own."""


def is_small(function: Function) -> bool:
    """Whether a function is short, and nothing in it has a size that another call may have otherwise."""
    count = 0
    pending = [function.block]
    while pending:
        for instruction in pending.pop().body:
            count += 1
            pending.extend(blocks_of(instruction))
            if count > INLINED or isinstance(instruction, Call):
                return False
    return not any(isinstance(s, Dim) for v in block_values(function.block) for s in v.fact.shape or ())


def name_of(function: Tree) -> str:
    """A name for the IR function of a callable."""
    match function:
        case Closure():
            return function.name
        case Derivative():
            return f"{name_of(function.function)}_{function.kind.replace('.', '_')}"
        case Const():
            return str(getattr(function.value, "__name__", type(function.value).__name__))
        case Pending():
            return function.kind
    return "function"


def cells_key(function: types.FunctionType) -> tuple[int, ...]:
    return tuple(map(id, function.__closure__ or ()))


def dims_of(facts: Any) -> list[Dim]:
    """The unknown sizes in facts, in order of appearance."""
    found: dict[Dim, None] = {}
    for fact in facts:
        found.update(dict.fromkeys(s for s in fact.shape or () if isinstance(s, Dim)))
    return list(found)


def cells_shared(given: list[Tree]) -> tuple[int, ...]:
    """Which lists, dicts and objects among arguments are one: code may ask whether one is another."""
    cells = [c.cell for t in given for c in containers(t)]
    return tuple(cells.index(cell) for cell in cells)


def facts_key(facts: list[Fact]) -> Any:
    """A key for facts in which unknown sizes are numbered in order of appearance."""
    numbers = {d: -1 - k for k, d in enumerate(dims_of(facts))}

    def sketch(fact: Fact) -> Any:
        shape = None if fact.shape is None else tuple(numbers.get(s, s) for s in fact.shape)  # type: ignore[arg-type]
        length = fact.length if isinstance(fact.length, int) else None
        return fact.kind, str(fact.dtype), shape, length, None if fact.element is None else sketch(fact.element)

    return tuple(map(sketch, facts))


def redimensioned(fact: Fact, dims: dict[Dim, Any]) -> Fact:
    """A fact of a callee's result in the caller's sizes; sizes of the callee's own are new at each call."""
    if not fact.shape or not any(isinstance(s, Dim) for s in fact.shape):
        return fact
    for size in fact.shape:
        if isinstance(size, Dim):
            dims.setdefault(size, Dim())
    shape = tuple(dims[s] if isinstance(s, Dim) else s for s in fact.shape)
    return Fact(fact.kind, fact.dtype, shape, fact.element)


def agrees(old: Tree | None, new: Tree) -> bool:
    """Whether what was assumed of a recursive function's result holds."""
    if old is None or structure(old) != structure(new):
        return False
    pairs = zip(leaves(old), leaves(new), strict=True)
    return all(not forgets(fact_of_operand(a), join(fact_of_operand(a), fact_of_operand(b))) for a, b in pairs)
