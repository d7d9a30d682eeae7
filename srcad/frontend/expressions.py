"""Lowering expressions: a gast expression in, a tree of IR operands out."""

from __future__ import annotations

import operator
import types
from collections.abc import Callable
from collections.abc import Sequence as Sequence_
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from srcad import runtime
from srcad.frontend import refusals, scan
from srcad.frontend.arguments import check_arguments
from srcad.frontend.classes import seen_class
from srcad.frontend.foreign import foreign_operand, may_change, type_name
from srcad.frontend.growing import Growing
from srcad.frontend.inheritance import inherited, is_super
from srcad.frontend.objects import Objects
from srcad.frontend.ordering import ORDERS, ordered
from srcad.frontend.picking import is_picked, picked
from srcad.frontend.saying import check_iterable, error_of, name_of, unpack
from srcad.frontend.scope import Capture, Frame, NeedStatic, Unbound, as_python_does, builtin, theirs
from srcad.frontend.sets import is_live_set, is_set
from srcad.frontend.trees import (
    NAMES,
    Bound,
    Cell,
    Closure,
    Instance,
    Iteration,
    Mapping,
    Members,
    Sequence,
    Table,
    Tree,
    is_number,
    leaves,
)
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import ANY, OBJECT, Fact
from srcad.ir.nodes import (
    UNDEFINED,
    Block,
    Const,
    Display,
    Operand,
    Undefined,
    Value,
    flat_operands,
)
from srcad.ir.primitive import Primitive
from srcad.rules.forms import Form
from srcad.rules.registry import ATTRIBUTES, METHODS, primitive_of, variant_of

if TYPE_CHECKING:
    from srcad.frontend.program import Program

BINARY: dict[type, Any] = {
    gast.Add: operator.add, gast.Sub: operator.sub, gast.Mult: operator.mul, gast.Div: operator.truediv,
    gast.FloorDiv: operator.floordiv, gast.Mod: operator.mod, gast.Pow: operator.pow, gast.MatMult: operator.matmul,
    gast.BitAnd: operator.and_, gast.BitOr: operator.or_, gast.BitXor: operator.xor, gast.LShift: operator.lshift,
    gast.RShift: operator.rshift,
}
UNARY: dict[type, Any] = {
    gast.USub: operator.neg, gast.UAdd: operator.pos, gast.Invert: operator.invert, gast.Not: operator.not_,
}
COMPARE: dict[type, Any] = {
    gast.Eq: operator.eq, gast.NotEq: operator.ne, gast.Lt: operator.lt, gast.LtE: operator.le, gast.Gt: operator.gt,
    gast.GtE: operator.ge, gast.Is: operator.is_, gast.IsNot: operator.is_not,
}
TAKE_SHAPES = frozenset(
    ["operator.getitem", "len", "operator.eq", "operator.ne", "np.zeros", "np.ones", "np.empty", "np.full",
     "np.broadcast_to", "np.reshape", "ndarray.reshape", "np.random.Generator.normal", "zeros", "broadcast",
     "unbroadcast", "prefixed", "getattr"]
)
"""Primitives that are given the shape of an array as it is."""

FOLDED = (bool, int, str, type(None), tuple, type, np.dtype)
"""Constants of these types are computed with while lowering; floats stay as the user wrote them."""

FOLDING = (operator.getitem, len, *BINARY.values(), *UNARY.values(), *COMPARE.values())
"""What is computed with them."""


class Expressions(Growing):
    """The part of lowering that turns expressions into trees."""

    examples: Objects
    call: Callable[..., Tree]
    capture: Callable[..., Tree]
    program: Program
    settable: set[Value]
    """Numbers that can be made known: parameters, and those of iterations."""
    read_name: Callable[..., Tree]
    bind_declared: Callable[..., None]
    sets: set[Capture]
    params: list[Value]
    comprehension: Callable[..., Tree]
    views: dict[Cell, Cell]
    """From the lists that stand for keys, values or items of dicts to the dicts."""
    attribute_of_live: Callable[..., Tree]

    def expr(self, node: Any) -> Tree:
        """The tree that an expression evaluates to."""
        method = getattr(self, f"expr_{type(node).__name__}", None)
        if method is None:
            name = type(node).__name__
            otherwise = f"the expression {name}", "rewrite it with plain expressions"
            what, remedy = refusals.EXPRESSIONS.get(name, otherwise)
            raise self.frame.unsupported(node, f"{what} is not supported", remedy)
        self.build.location = self.frame.location(node)
        return self.housed(method(node))

    # ---- leaves --------------------------------------------------------------------------------------------------

    def expr_Constant(self, node: Any) -> Tree:
        return Const(node.value)

    def expr_Name(self, node: Any) -> Tree:
        return self.refreshed(self.lookup(node.id, node))

    def lookup(self, name: str, node: Any) -> Tree:
        """What a name means here: a local, a captured variable, a global or a builtin."""
        frame: Frame | None = self.frame
        while frame is not None:
            last = frame
            if frame.declared.get(name) == "global":
                break
            if name in frame.vars:
                return frame.vars[name]
            if name in frame.locals:
                raise Unbound(name, free=frame is not self.frame)
            if name in frame.free:
                return frame.free[name]
            if name in frame.cells:
                return self.read_name(Capture(frame.cells[name], None), name, node)
            frame = frame.outer
        if name in last.globals or Capture(last.globals, name) in self.sets:
            return self.read_name(Capture(last.globals, name), name, node)
        try:
            return Const(builtin(name))
        except LookupError:
            raise theirs(NameError(f"name {name!r} is not defined")) from None

    # ---- operators -------------------------------------------------------------------------------------------------

    def expr_BinOp(self, node: Any) -> Tree:
        left, right = self.expr(node.left), self.expr(node.right)
        return self.binary(BINARY[type(node.op)], left, right, node)

    def binary(self, function: Any, left: Tree, right: Tree, node: Any) -> Tree:
        """An operator on two trees: sequences concatenate, leaves compute."""
        if (found := self.set_operation(function, left, right, node)) is not None:
            return found
        if isinstance(left, Mapping | Table) and function is operator.or_:
            return self.merged(left, right, node)
        if isinstance(left, Sequence) or isinstance(right, Sequence):
            return self.sequence_operation(function, left, right, node)
        if function is operator.mod and isinstance(left, Const) and isinstance(left.value, str):
            return self.primitive(str.__mod__, [left, right], node=node)
        return self.primitive(function, [left, right], node=node)

    def sequence_operation(self, function: Any, left: Tree, right: Tree, node: Any) -> Tree:
        kinds = type_of(left), type_of(right)
        if isinstance(left, Sequence) and isinstance(right, Sequence) and function is operator.add:
            if (left.type is list) is not (right.type is list):
                raise error_of(function, *(list if t.type is list else tuple for t in (left, right)))
            return Sequence(left.type, left.items + right.items)
        if function is operator.mul:
            items, times = (left, right) if isinstance(left, Sequence) else (right, left)
            if isinstance(items, Sequence) and isinstance(times, Const):
                return Sequence(items.type, items.items * times.value)
        if any(isinstance(t, Value) and t.fact.kind in ("array", "any", "num") for t in (left, right)):
            unknown = any(isinstance(t, Value) and t.fact.kind == "any" for t in (left, right))

            def array(t: Tree) -> Tree:
                if not isinstance(t, Sequence) or (unknown and not any(isinstance(o, Value) for o in leaves(t))):
                    return t  # what is not known may be another list
                return self.primitive(np.asarray, [t], node=node)

            return self.primitive(function, [array(left), array(right)], node=node)
        if None not in kinds and not (function is operator.mul and int in kinds):
            raise error_of(function, *(k for k in kinds if k is not None))
        raise self.unsupported(node, "this operation on a list or tuple is not supported", "spell it out")

    def expr_UnaryOp(self, node: Any) -> Tree:
        operand = self.expr(node.operand)
        if isinstance(node.op, gast.Not):
            return self.negation(self.truth(operand))
        return self.unary(node.op, operand, node)

    def unary(self, op: Any, operand: Tree, node: Any) -> Tree:
        """A sign, or the bits inverted."""
        if isinstance(op, gast.USub) and isinstance(operand, Const) and type(operand.value) in (int, float):
            return Const(-operand.value)
        return self.primitive(UNARY[type(op)], [operand], node=node)

    def negation(self, condition: Operand) -> Operand:
        if isinstance(condition, Const):
            return Const(not condition.value)
        return self.build.one(core.NOT, condition)

    def truth(self, tree: Tree) -> Operand:
        """A tree as a condition."""
        if isinstance(tree, Sequence):
            return Const(bool(tree.items))
        if isinstance(tree, Mapping):
            return Const(bool(tree.items))
        if isinstance(tree, Members):
            return Const(bool(tree.elements))
        if isinstance(tree, Table):
            return self.current(tree.places)
        if isinstance(tree, Const) and may_change(tree.value):
            tree = self.opaque("bool", bool, [tree])
        if isinstance(tree, Const):
            return Const(bool(tree.value))
        if isinstance(tree, Value):
            return self.current(tree)
        return Const(True)

    def test(self, node: Any) -> Operand:
        """An expression as a condition, of which nothing but whether it is true is asked."""
        if isinstance(node, gast.BoolOp):
            return self.truth(self.short_circuit(isinstance(node.op, gast.And), [partial(self.test, n) for n in node.values]))
        if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.Not):
            return self.negation(self.test(node.operand))
        return self.truth(self.expr(node))

    def expr_BoolOp(self, node: Any) -> Tree:
        return self.short_circuit(isinstance(node.op, gast.And), [partial(self.expr, n) for n in node.values])

    def short_circuit(self, conjunction: bool, parts: Sequence_[Callable[[], Tree]]) -> Tree:
        """``and`` (or ``or``) of parts that are evaluated only as far as needed."""
        first = parts[0]()
        if len(parts) == 1:
            return first
        condition = self.truth(first)
        if isinstance(condition, Const):
            return self.short_circuit(conjunction, parts[1:]) if bool(condition.value) is conjunction else first

        def rest() -> Tree:
            return self.short_circuit(conjunction, parts[1:])

        def done() -> Tree:
            return first

        return self.choice(condition, rest if conjunction else done, done if conjunction else rest)

    def choice(self, condition: Operand, then: Callable[[], Tree], orelse: Callable[[], Tree]) -> Tree:
        raise NotImplementedError

    def expr_Compare(self, node: Any) -> Tree:
        operands = [self.expr(node.left)]
        parts: list[Callable[[], Tree]] = []

        def compare(k: int) -> Tree:
            operands.append(self.expr(node.comparators[k]))
            return self.comparison(node.ops[k], operands[k], operands[k + 1], node)

        for k in range(len(node.ops)):
            parts.append(partial(compare, k))
        return self.short_circuit(True, parts)

    def comparison(self, op: Any, left: Tree, right: Tree, node: Any) -> Tree:
        if isinstance(op, gast.In | gast.NotIn):
            return self.membership(op, left, right, node)
        if isinstance(op, gast.Is | gast.IsNot):
            same = self.identity(left, right)
            if same is not None:
                return Const(same is isinstance(op, gast.Is))
            if isinstance(left, Instance) or isinstance(right, Instance):
                raise self.unsure_of_identity(node)
        if isinstance(left, Sequence) and isinstance(right, Sequence) and isinstance(op, gast.Eq | gast.NotEq):
            parts = [partial(self.comparison, gast.Eq(), p, q, node)
                     for p, q in zip(left.items, right.items, strict=False)]
            equal: Tree = Const(False)
            if len(left.items) == len(right.items):
                equal = self.short_circuit(True, parts) if parts else Const(True)
            return equal if isinstance(op, gast.Eq) else self.negation(self.truth(equal))
        if isinstance(left, Sequence) and isinstance(right, Sequence) and isinstance(op, ORDERS) and (
            (left.type is list) is (right.type is list)
        ):
            return ordered(self, op, left, right, node)
        if (compared := self.set_operation(COMPARE[type(op)], left, right, node)) is not None:
            return compared
        return self.primitive(COMPARE[type(op)], [left, right], node=node)

    def unsure_of_identity(self, node: Any) -> Exception:
        return self.unsupported(node, "whether these are one object is not known", "compare their attributes")

    def identity(self, left: Tree, right: Tree) -> bool | None:
        """Whether two trees are the same object, if that is known."""
        for one, other in ((left, right), (right, left)):
            if isinstance(other, Const) and other.value is None:
                if isinstance(one, Const):
                    return one.value is None
                if not isinstance(one, Value):
                    return False
                return None if one.fact.kind in ("any", "object") else False
        if isinstance(left, Const) and isinstance(right, Const):
            return left.value is right.value
        return None

    def membership(self, op: Any, left: Tree, right: Tree, node: Any) -> Tree:
        if isinstance(right, Iteration) and right.kind == "keys":
            right = right.parts[0]
        if isinstance(right, Mapping | Table):
            within = self.is_key(right, left, node)
            return within if isinstance(op, gast.In) else self.negation(within)
        if is_set(right):
            within = self.is_in_set(left, right, node)  # type: ignore[arg-type]
            return within if isinstance(op, gast.In) else self.negation(within)
        if isinstance(right, Sequence):
            equal = [partial(self.comparison, gast.Eq(), left, item, node) for item in right.items]
            found = self.short_circuit(False, equal) if equal else Const(False)
        else:
            found = self.primitive(operator.contains, [right, left], node=node)
        return found if isinstance(op, gast.In) else self.negation(self.truth(found))

    def expr_IfExp(self, node: Any) -> Tree:
        condition = self.test(node.test)
        return self.choice(condition, lambda: self.expr(node.body), lambda: self.expr(node.orelse))

    def expr_NamedExpr(self, node: Any) -> Tree:
        tree = self.expr(node.value)
        self.bind_name(node.target.id, tree)
        return tree

    def bind_name(self, name: str, tree: Tree) -> None:
        """Let a variable hold a tree; an unnamed value takes its name."""
        kind = self.frame.declared.get(name)
        if kind == "nonlocal" and (owner := self.owner(name)) is not None:
            owner.vars[name] = tree
            return
        if kind is not None:
            self.bind_declared(name, tree, kind)
            return
        if name.endswith("!"):
            pass  # which is none of the user's
        elif isinstance(tree, Value) and not tree.name:
            tree.name = name
        if isinstance(tree, Sequence | Mapping | Members | Instance) and tree.cell is not None:
            tree.cell.name = tree.cell.name or name
            if tree.cell in self.views:
                self.state.given_away.setdefault(self.views[tree.cell], f"{name}, a view of it,")
        if isinstance(tree, Sequence) and not name.endswith("!"):
            for k, item in enumerate(tree.items):
                if isinstance(item, Value) and not item.name:
                    item.name = f"{name}_{k}"
        self.frame.vars[name] = tree

    def owner(self, name: str) -> Frame | None:
        """The frame around this one that a nonlocal variable belongs to; None if that is not being lowered."""
        frame = self.frame.outer
        while frame is not None and name not in frame.locals:
            frame = frame.outer
        return frame

    # ---- structures -------------------------------------------------------------------------------------------------

    def items(self, nodes: list[Any]) -> tuple[Tree, ...]:
        """The elements of a display, starred ones spread."""
        result: list[Tree] = []
        for node in nodes:
            if isinstance(node, gast.Starred):
                result.extend(self.elements(self.expr(node.value), node))
            else:
                result.append(self.expr(node))
        return tuple(result)

    def expr_Tuple(self, node: Any) -> Tree:
        return Sequence(tuple, self.items(node.elts))

    def expr_List(self, node: Any) -> Tree:
        return Sequence(list, self.items(node.elts))

    def expr_Dict(self, node: Any) -> Tree:
        made: Mapping | Table = Mapping({})
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                spread = self.expr(value)
                if not isinstance(spread, Mapping | Table):
                    raise self.frame.unsupported(node, "** of something that is no dict", "write the items out")
                made = self.merged(made, spread, node)  # type: ignore[assignment]
                continue
            index, item = self.expr(key), self.expr(value)
            known = self.known_key(made, index, node)
            if known is None:
                made = self.opened(made, node)
                self.put_item(made, index, item, node)
            else:
                made = Mapping({**made.items, known.value: item})  # type: ignore[union-attr]
        return made

    def expr_Slice(self, node: Any) -> Tree:
        parts = [Const(None) if p is None else self.operand(self.expr(p), node)
                 for p in (node.lower, node.upper, node.step)]
        if all(isinstance(p, Const) for p in parts):
            return Const(slice(*(p.value for p in parts)))  # type: ignore[union-attr]
        return Display("slice", tuple(parts))

    def expr_Lambda(self, node: Any) -> Tree:
        return self.closure(node, "<lambda>")

    def closure(self, node: Any, name: str) -> Closure:
        """A nested function as a tree."""
        args = node.args
        positional = [*args.posonlyargs, *args.args]
        defaults = {
            a.id: self.expr(default)
            for a, default in zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=True)
        }
        defaults |= {
            a.id: self.expr(default)
            for a, default in zip(args.kwonlyargs, args.kw_defaults, strict=True) if default is not None
        }
        self.frame.remains = True
        return Closure(node, self.frame.file, name, self.frame, defaults)

    def expr_ListComp(self, node: Any) -> Tree:
        return self.comprehension(node, list)

    def expr_DictComp(self, node: Any) -> Tree:
        return self.comprehension(node, dict)

    def expr_JoinedStr(self, node: Any) -> Tree:
        parts: list[Tree] = []
        for part in node.values:
            if isinstance(part, gast.FormattedValue):
                conversion = Const(chr(part.conversion) if part.conversion > 0 else "")
                value = self.expr(part.value)
                spec = self.expr(part.format_spec) if part.format_spec is not None else Const("")
                parts.append(Sequence(tuple, (value, conversion, spec)))
            else:
                parts.append(self.expr(part))
        if all(isinstance(leaf, Const) for part in parts for leaf in leaves(part)):
            with as_python_does():
                return Const(runtime.text(*(self.static(part, node) for part in parts)))
        return self.primitive(core.TEXT, parts, node=node)

    # ---- attributes and subscripts ----------------------------------------------------------------------------------

    def expr_Attribute(self, node: Any) -> Tree:
        if is_super(self, node.value):  # type: ignore[arg-type]
            return inherited(self, node.value, node.attr, node)  # type: ignore[arg-type]
        base = self.expr(node.value)
        return self.attribute(base, node.attr, node)

    def attribute(self, base: Tree, name: str, node: Any) -> Tree:
        if isinstance(base, Const) and not is_number(base):
            return self.live_attribute(base, name, node)
        if isinstance(base, Sequence) and name in getattr(base.type, "_fields", ()):
            return base.items[base.type._fields.index(name)]  # type: ignore[attr-defined]
        if isinstance(base, Value) and base.fact.kind == "object" and base in self.examples:
            return self.attribute_of_live(base, name, node)
        if isinstance(base, Value | Const) and name in ATTRIBUTES:
            fact = fact_of_operand(base)
            if name == "ndim" and fact.ndim is not None:
                return Const(fact.ndim)
            return self.primitive(ATTRIBUTES[name], [base], spelling="attribute", node=node)
        kind = type_of(base)
        if kind is not None and not hasattr(kind, name):
            raise theirs(AttributeError(f"{name_of(kind)!r} object has no attribute {name!r}"))
        return Bound(base, name)

    def live_attribute(self, base: Const, name: str, node: Any) -> Tree:
        """An attribute of a module, class or other static object."""
        if isinstance(base.value, types.ModuleType):
            with as_python_does():
                found = getattr(base.value, name)
            text = f"{base.value.__name__}.{name}".replace("numpy.", "np.", 1)
            if type(found) in (int, float, complex):
                root = base.value.__name__.split(".")[0]
                if root in ("numpy", "math"):
                    return Const(found, text)
            return self.read_name(Capture(vars(base.value), name), name, node) if name in vars(base.value) else Const(found)
        with as_python_does():
            found = getattr(base.value, name)
        if callable(found) and not isinstance(found, types.FunctionType):
            if name in refusals.MUTATORS:
                self.program.outside.change_tree(base)
            return Const(found)  # a method: made anew each time it is looked up
        return self.capture(Capture(base.value, name), name, node)

    def expr_Subscript(self, node: Any) -> Tree:
        base = self.expr(node.value)
        return self.subscript(base, self.expr(node.slice), node)

    def subscript(self, base: Tree, index: Tree, node: Any) -> Tree:
        if isinstance(base, Sequence) and is_picked(self, base, index):
            return picked(self, base, index, node)  # type: ignore[arg-type]
        if isinstance(base, Sequence):
            key = index.value if isinstance(index, Const) else self.static(index, node)
            with as_python_does():
                part = base.items[key]
            return Sequence(list if base.type is list else tuple, part) if isinstance(key, slice) else part
        if isinstance(base, Mapping | Table):
            return self.item_at(base, index, node)
        if isinstance(base, Const) and type(base.value) in (dict, list, tuple) and isinstance(index, Const):
            key = index.value
            with as_python_does():
                base.value[key]
            if isinstance(base.value, list) and isinstance(key, slice):  # a new list, which may be changed
                return Sequence(list, tuple(self.subscript(base, Const(k), node) for k in range(*key.indices(len(base.value)))))
            return Const(base.value[key]) if isinstance(key, slice) else self.capture(Capture(base.value, key), "", node)
        if isinstance(base, Iteration) and base.kind == "range":
            return self.primitive(core.INDEX, [self.range_value(base), index], node=node)
        return self.primitive(core.INDEX, [base, index], node=node)

    def range_value(self, iteration: Iteration) -> Value:
        """A range as a run-time object."""
        operands = [self.operand(p, None) for p in iteration.parts]
        start, stop, step = operands
        if isinstance(step, Const) and step.value == 1:
            operands = [stop] if isinstance(start, Const) and start.value == 0 else [start, stop]
        made = self.build.apply(core.RANGE, *operands)[0]
        assert isinstance(made, Value)
        return made

    # ---- primitives -------------------------------------------------------------------------------------------------

    def unsupported(self, node: Any, reason: str, remedy: str) -> Exception:
        """The error for a construct: at a node, or where lowering is."""
        return self.frame.unsupported(node, reason, remedy, None if hasattr(node, "lineno") else self.build.location)

    def operand(self, tree: Tree, node: Any) -> Operand:
        """A tree as an argument of a primitive."""
        match tree:
            case Value() | Const() | Display():
                return self.current(tree)
            case Sequence():
                items = tuple(self.operand(item, node) for item in tree.items)
                if all(isinstance(i, Const) and not i.text for i in items):
                    return Const((list if tree.type is list else tuple)(i.value for i in items))  # type: ignore[union-attr]
                return Display("list" if tree.type is list else "tuple", items)
            case Iteration(kind="range"):
                return self.range_value(tree)
            case Members():
                return self.as_set(tree)
            case Undefined():
                return UNDEFINED
            case Bound(function=None) if isinstance(tree.receiver, Value) and tree.receiver.fact.kind in ("any", "object"):
                return self.read_by_name(tree.receiver, tree.name)
        raise self.unsupported(node, f"{NAMES[type(tree)]} cannot be passed to this call", "pass arrays, numbers, tuples or lists")

    def read_by_name(self, receiver: Value, name: str) -> Operand:
        """An attribute that is looked up when the code runs, of an object that srcad knows nothing about."""
        reason = f"of which .{name} is read, and what that has to do with it is not known"
        read = replace(core.ATTRIBUTE, rule=None, infer=None, pure=False, reason=reason, remedy="pass an array")
        return self.build.apply(read, receiver, Const(name), name=name, facts=(ANY,))[0]

    def static(self, tree: Tree, node: Any) -> Any:
        """The value of a tree that must be known now."""
        if isinstance(tree, Const):
            return tree.value
        if isinstance(tree, Sequence):
            return (list if tree.type is list else tuple)(self.static(item, node) for item in tree.items)
        if isinstance(tree, Display):
            parts = [self.static(item, node) for item in tree.items]
            return slice(*parts) if tree.kind == "slice" else tuple(parts)
        if isinstance(tree, Value) and tree.fact.kind == "object" and tree.fact.dtype is not None:
            return tree.fact.dtype  # that of an array, which is known
        if isinstance(tree, Value) and tree.fact.kind == "py":
            if isinstance(tree.fact.length, int):
                return tree.fact.length
            raise NeedStatic(tree, self.not_static(node))
        if isinstance(tree, Value) and (made := self.build.definition(tree, core.TEXT)) is not None:
            return runtime.text(*(self.static(part, node) for part in made.args))
        raise self.not_static(node)

    def not_static(self, node: Any) -> Exception:
        return self.unsupported(
            node, "this argument must be known while the derivative is generated",
            "pass a literal, or a parameter that is an int, a string or a tuple of these",
        )

    def primitive(
        self, function: Any, args: list[Tree], kwargs: dict[str, Tree] | None = None, spelling: str = "", node: Any = None
    ) -> Tree:
        """Apply the primitive of a callable."""
        primitive = function if isinstance(function, Primitive) else primitive_of(function)
        if primitive is None:
            return self.opaque(getattr(function, "__name__", "call"), function, args, kwargs)
        operands = [self.operand(a, node) for a in args]
        if kwargs and isinstance(kwargs.get("out"), Const):  # None, that is: what writes has been refused
            kwargs = {k: v for k, v in kwargs.items() if k != "out"}
        if primitive.rule is not None and primitive.name not in TAKE_SHAPES:
            operands = [self.sizes(o, node) for o in operands]
        rule: object = primitive.rule
        if not primitive.lists and isinstance(rule, Form):
            operands = [self.as_array(o, node) if isinstance(o, Display) else o for o in operands]
        named = {k: self.operand(v, node) for k, v in (kwargs or {}).items()}
        primitive = variant_of(primitive, tuple(operands), tuple(named.items()))
        parameters = getattr(primitive.rule, "parameters", None)
        if parameters is not None:
            from srcad.ir.nodes import Apply

            try:
                parameters.bind(Apply((), primitive, tuple(operands), tuple(named.items())))
            except TypeError as error:
                if not spelling:
                    check_arguments(primitive.function, args, kwargs or {})
                return self.opaque(primitive.name, primitive.function, args, kwargs, f"and {error}",
                                   "write it with other arguments")
            for k, name in enumerate(parameters.names[: len(operands)]):
                if name in primitive.static:
                    operands[k] = self.static_operand(operands[k], node)
            named = {k: self.static_operand(v, node) if k in primitive.static else v for k, v in named.items()}
        foreign = foreign_operand(primitive, operands, named, self.examples)
        if foreign is not None:
            kind = type_name(foreign, self.examples)
            reason = f"together with an object of type {kind}, which computes in its own way"
            unknown = replace(primitive, rule=None, infer=None, pure=False, results=(), reason=reason,
                              remedy="pass arrays (np.asarray)")
            result = self.build.apply(unknown, *operands, kwargs=tuple(named.items()), spelling=spelling, facts=(ANY,))[0]
            self.examples.foreign[result] = kind
            return result
        if any(isinstance(o, Value) and self.program.outside.is_changing(self.examples.get(o)) for o in operands):
            primitive = replace(primitive, pure=False)  # it reads now what may be otherwise later
        folded = self.fold(primitive, operands) if not named else None
        if folded is not None:
            return folded
        made = self.apply_primitive(primitive, operands, tuple(named.items()), spelling)
        self.note(leaves(made), args)
        return made

    def sizes(self, operand: Operand, node: Any) -> Operand:
        """A shape given as data is the tuple of its sizes."""
        if not isinstance(operand, Value) or operand.fact.kind != "shape" or operand.fact.shape is None:
            return operand
        return Display("tuple", tuple(self.build.one(core.INDEX, operand, Const(k))
                                      for k in range(len(operand.fact.shape))))

    def as_array(self, display: Display, node: Any) -> Operand:
        """A list of floats where an array is wanted is the array of it."""
        if display.kind == "slice" or not any(
            isinstance(part, Value) and fact_of_operand(part).may_vary for part in flat_operands(display)
        ):
            return display
        made = self.primitive(np.array, [display], node=node)
        assert isinstance(made, Value | Const)
        return made

    def static_operand(self, operand: Operand, node: Any) -> Operand:
        return operand if isinstance(operand, Const) else Const(self.static(operand, node))

    def fold(self, primitive: Primitive, operands: list[Operand]) -> Tree | None:
        """Compute with constants that are no floats: ranks, strings, types."""
        if not primitive.symbol and primitive.function not in FOLDING:
            return None
        if all(isinstance(o, Const) and type(o.value) in FOLDED for o in operands):
            values = [o.value for o in operands]  # type: ignore[union-attr]
            if any(type(v) is tuple and any(type(i) not in FOLDED for i in v) for v in values):
                return None
            with as_python_does():
                return Const(primitive.function(*values))
        return None

    def apply_primitive(
        self, primitive: Primitive, operands: list[Operand], kwargs: tuple[tuple[str, Operand], ...], spelling: str
    ) -> Tree:
        from srcad.ir.nodes import Apply

        if primitive.results == ("*",):
            count = primitive.rule.parts(Apply((), primitive, tuple(operands), kwargs))  # type: ignore[union-attr]
            results = self.build.apply(primitive, *operands, kwargs=kwargs, spelling=spelling, count=count)
            return Sequence(primitive.rule.container, tuple(results))  # type: ignore[union-attr]
        count = len(primitive.results) or 1
        results = self.build.apply(primitive, *operands, kwargs=kwargs, spelling=spelling, count=count)
        if primitive.results:
            return Sequence(named_results(primitive), tuple(results))
        return results[0]

    def opaque(
        self, name: str, function: Any, args: list[Tree], kwargs: dict[str, Tree] | None = None, reason: str = "",
        remedy: str = "", refusal: str = "", constant: bool = False,
    ) -> Tree:
        """A call that srcad knows nothing about: made as it is, refused if an active value reaches it.

        ``reason`` and ``remedy`` are what is said then, or ``refusal``, the whole message.
        """
        primitive = Primitive(name, function, pure=False, reason=reason, remedy=remedy, refusal=refusal)
        operands = [self.operand(a, None) for a in args]
        named = tuple((k, self.operand(v, None)) for k, v in (kwargs or {}).items())
        made = self.build.apply(primitive, *operands, kwargs=named, facts=(OBJECT if constant else ANY,))
        self.note(made, args)
        return made[0]

    def elements(self, tree: Tree, node: Any, count: int | None = None) -> tuple[Tree, ...]:
        """What a tree is unpacked into; a value needs to know its length, from itself or from ``count`` targets."""
        if isinstance(tree, Sequence):
            return tree.items
        if isinstance(tree, Mapping):
            return tuple(Const(k) for k in tree.items)
        if isinstance(tree, Members):
            return tuple(map(Const, tree.elements))
        tree = self.elements_list(tree)
        if isinstance(tree, Const) and isinstance(tree.value, tuple | list | str):
            return tuple(map(Const, tree.value))
        if isinstance(tree, Iteration) and all(isinstance(leaf, Const) for leaf in leaves(tree)):
            if tree.kind == "range":
                return tuple(map(Const, range(*(p.value for p in tree.parts))))  # type: ignore[union-attr]
        if isinstance(tree, Value):
            shape = tree.fact.shape
            size: Any = None
            if tree.fact.kind == "shape" and shape is not None:
                size = len(shape)
            elif shape and isinstance(shape[0], int):
                size = shape[0]
            if count is not None and size is not None and size != count:
                raise wrong_count(size, count)
            if size is None:
                size = count
            if size is not None:
                return tuple(self.primitive(core.INDEX, [tree, Const(k)], node=node) for k in range(size))
        kind = type_of(tree)
        check_iterable(kind, iter if count is None else unpack)
        raise self.unsupported(
            node, "the number of elements is not known here", "unpack a tuple, or an array of known length"
        )


def is_static(tree: Tree) -> bool:
    """Whether the value of a tree is known while lowering."""
    if isinstance(tree, Sequence | Display):
        return all(map(is_static, tree.items))
    return isinstance(tree, Const) or (isinstance(tree, Value) and tree.fact.kind == "py" and isinstance(tree.fact.length, int))


def wrong_count(size: int, count: int) -> Exception:
    """What Python raises where ``size`` elements are unpacked into ``count`` names."""
    if size > count:
        return theirs(ValueError(f"too many values to unpack (expected {count})"))
    return theirs(ValueError(f"not enough values to unpack (expected {count}, got {size})"))


def type_of(tree: Tree) -> type | None:
    """The type of what a tree stands for, as far as it is known."""
    match tree:
        case Sequence():
            return tree.type
        case Mapping():
            return tree.type
        case Table():
            return tree.like.type
        case Members():
            return set
        case Instance():
            return seen_class(tree.type)
        case Const():
            return type(tree.value)
        case Value() if is_live_set(tree):
            return set
        case Value(fact=Fact(kind="py", dtype=dtype)) if dtype is not None:
            return type(dtype.type(0).item())
        case Value(fact=Fact(kind="array")) if tree.fact.ndim:
            return np.ndarray
    return None


_named: dict[Primitive, type] = {}


def named_results(primitive: Primitive) -> type:
    """The tuple that a function of matrices gives, as it does for the smallest of them; otherwise a plain one."""
    if primitive not in _named:
        one = primitive.name.startswith("np.linalg") and primitive.function is not np.linalg.lstsq
        _named[primitive] = type(primitive.function(np.eye(1))) if one else tuple
    return _named[primitive]


__all__ = ["METHODS", "Block", "Expressions", "scan"]
