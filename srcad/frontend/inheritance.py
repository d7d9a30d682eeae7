"""``super()``: an attribute of an object as the classes after a given one in its inheritance define it."""

from __future__ import annotations

import builtins
import types
from typing import TYPE_CHECKING, Any

import gast

from srcad.frontend.scope import theirs
from srcad.frontend.trees import Bound, Instance, Tree
from srcad.ir.nodes import Const, Value

if TYPE_CHECKING:
    from srcad.frontend.calls import Calls


def is_super(low: Calls, node: Any) -> bool:
    """Whether an expression is a call of the builtin ``super``."""
    if not isinstance(node, gast.Call) or not isinstance(node.func, gast.Name) or node.func.id != "super":
        return False
    found = low.lookup("super", node)
    return isinstance(found, Const) and found.value is builtins.super


def inherited(low: Calls, call: Any, name: str, node: Any) -> Tree:
    """``super().name``."""
    cls, receiver = arguments_of(low, call)
    if isinstance(cls, type) and isinstance(receiver, Const):
        return low.live_attribute(Const(super(cls, receiver.value)), name, node)
    if isinstance(cls, type) and isinstance(receiver, Instance) and cls in receiver.type.__mro__:
        return low.attribute_of(receiver, receiver.type, name, node, after=cls)
    example = low.examples.get(receiver) if isinstance(receiver, Value) else None
    kind = example if isinstance(example, type) else type(example)
    if not isinstance(cls, type) or cls not in kind.__mro__:
        raise low.frame.unsupported(node, "super() of an object that is not known here",
                                    "call the method by its class, Base.method(self, ...)")
    for base in kind.__mro__[kind.__mro__.index(cls) + 1 :]:
        found = base.__dict__.get(name)
        if isinstance(found, types.FunctionType):
            return Bound(receiver, name, found)
        if isinstance(found, classmethod):
            return Bound(receiver if kind is example else Const(kind), name, found.__func__)
        if isinstance(found, property):
            return low.call_live(found.fget, [receiver], {}, node)
        if found is not None:
            return low.live_attribute(Const(base), name, node)
    raise theirs(AttributeError(f"'super' object has no attribute {name!r}"))


def arguments_of(low: Calls, call: Any) -> tuple[Any, Tree]:
    """The class and the object of a call of ``super``, which are those of the method if they are not given."""
    if call.args:
        cls, receiver = low.expr(call.args[0]), low.expr(call.args[1])
        return cls.value if isinstance(cls, Const) else None, receiver
    frame = low.frame
    while frame.outer is not None:  # a comprehension in a method
        frame = frame.outer
    cell = frame.cells.get("__class__")
    args = frame.node.args
    first = next((a.id for a in (*args.posonlyargs, *args.args)), None)
    if cell is None or first is None:
        return None, Const(None)
    return cell.cell_contents, low.refreshed(frame.vars[first])
