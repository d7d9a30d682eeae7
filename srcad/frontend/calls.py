"""Lowering calls: to primitives, to the user's own functions, to nested functions, to builtins, to the unknown."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from srcad.frontend import refusals, scan
from srcad.frontend.arguments import bind_arguments, check_arguments
from srcad.frontend.classes import is_ours
from srcad.frontend.containers import containers
from srcad.frontend.expressions import type_of
from srcad.frontend.objects import class_attribute
from srcad.frontend.scope import Frame, Unsupported, as_python_does, callers, theirs
from srcad.frontend.sets import is_set
from srcad.frontend.source import SourceNotFound, is_library, source_of
from srcad.frontend.specials import Specials
from srcad.frontend.statements import RESULT
from srcad.frontend.tables import is_counter
from srcad.frontend.trees import (
    Bound,
    Closure,
    Derivative,
    Instance,
    Iteration,
    Mapping,
    OneOf,
    Partial,
    Pending,
    Poison,
    Sequence,
    Table,
    Tree,
    is_number,
    leaves,
)
from srcad.ir import core
from srcad.ir.build import fact_of_operand
from srcad.ir.facts import ANY
from srcad.ir.nodes import Const, Location, Value
from srcad.ir.primitive import Primitive
from srcad.rules import writes
from srcad.rules.registry import METHODS, primitive_of

DICT_CHANGES = frozenset(["update", "setdefault", "pop", "popitem", "clear"])
"""The methods that change a dict."""

TEXTS = (str, repr, format, ascii, str.format, str.join, str.__mod__)
"""What gives a text."""

Handler = Callable[[Any, list[Tree], dict[str, Tree], Any], Tree]

HANDLERS: dict[Any, Handler] = {}
"""Callables that lowering treats itself (``range``, ``len``, the derivative makers of the interface)."""

WRAPPED: dict[type, Callable[[Any], Any]] = {}
"""Types of callables that stand for another (a decorated function for its primal)."""

INSTANCES: dict[Any, Callable[..., Tree]] = {}
"""What is done where an instance of a type is called, or a callable that a predicate holds for."""

LIVE: dict[type, Callable[[Any], Tree]] = {}
"""Types of live objects that are trees of their own while lowering (derivatives)."""

DEPTH = 40
"""A nested function that calls itself is followed as deep as this."""

def handles(*functions: Any) -> Callable[[Handler], Handler]:
    """Register a handler for callables."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(functions, handler))
        return handler

    return register


class Calls(Specials):
    """The part of lowering that calls."""

    call_function: Callable[..., Tree]
    call_derivative: Callable[..., Tree]
    call_pending: Callable[..., Tree]
    live_pending: Callable[..., Pending]
    live_defaults: Callable[..., dict[str, Any]]
    live: Callable[..., Tree]
    note_changes: Callable[..., None]

    def expr_Call(self, node: Any) -> Tree:
        return self.call(*self.call_parts(node), node)

    def call_parts(self, node: Any) -> tuple[Tree, list[Tree], dict[str, Tree]]:
        """What a call calls, and with which arguments."""
        function = self.expr(node.func)
        args = list(self.items(node.args))
        kwargs: dict[str, Tree] = {}
        for keyword in node.keywords:
            value = self.expr(keyword.value)
            if keyword.arg is not None:
                kwargs[keyword.arg] = value
            elif isinstance(value, Mapping):
                kwargs.update(value.items)
            else:
                raise self.frame.unsupported(node, "** of something that is no dict", "write the arguments out")
        self.build.location = self.frame.location(node)
        return function, list(map(self.refreshed, args)), {k: self.refreshed(v) for k, v in kwargs.items()}

    def call(self, function: Tree, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        match function:
            case Closure():
                return self.call_closure(function, args, kwargs, node)
            case Bound():
                return self.call_method(function, args, kwargs, node)
            case OneOf():
                return self.each(function, lambda option: self.call(option, args, kwargs, node))
            case Partial():
                return self.call(function.function, [*function.args, *args], {**function.kwargs, **kwargs}, node)
            case Derivative():
                return self.call_derivative(function, args, kwargs, node)
            case Const() if not is_number(function):
                return self.call_live(function.value, args, kwargs, node)
            case Pending():
                return self.call_pending(function, args, kwargs, node)
            case Value():
                return self.call_value(function, args, kwargs, node)
        raise self.not_callable(function)

    def not_callable(self, function: Tree) -> Exception:
        kind = type_of(function)
        dtype = function.fact.dtype if isinstance(function, Value) else None
        name = kind.__name__ if kind is not None else f"numpy.{dtype}" if dtype is not None else "this"
        return theirs(TypeError(f"{name!r} object is not callable"))

    def call_live(self, function: Any, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        """Call a live object: a primitive, something lowering knows, the user's function, or the unknown."""
        if not callable(function):
            raise self.not_callable(Const(function))
        if (writes.writer_of(function) is not None or refusals.is_of_arrays(function)) and (
            writes.places(function, args, kwargs)
        ):
            return self.call_writer(function, args, kwargs, node)
        self.refuse_to_write(refusals.written(function, args, kwargs), label_of(function), node)
        if type(function) in LIVE:
            return self.call(LIVE[type(function)](function), args, kwargs, node)
        if isinstance(getattr(function, "pending", None), Pending):
            return self.call_pending(self.live_pending(function), args, kwargs, node)
        if isinstance(function, type) and issubclass(function, BaseException):
            return self.exception(function, args, kwargs)
        if isinstance(function, types.WrapperDescriptorType) and function.__name__ == "__init__" and (
            issubclass(function.__objclass__, BaseException)
        ):
            return Const(None)  # called by the __init__ of a subclass: the exception itself holds what it is given
        unwrap = WRAPPED.get(type(function))
        if unwrap is not None:
            return self.call_live(unwrap(function), args, kwargs, node)
        try:
            handler = HANDLERS.get(function)
        except TypeError:
            handler = None
        if handler is not None:
            check_arguments(function, args, kwargs)
            return handler(self, args, kwargs, node)
        if primitive_of(function) is not None:
            return self.primitive(function, args, kwargs, node=node)
        if isinstance(function, types.BuiltinMethodType) and isinstance(function.__self__, str):
            return self.text_method(Const(function.__self__), function.__name__, args, kwargs, node)
        for kind, call in INSTANCES.items():
            if isinstance(function, kind) if isinstance(kind, type) else kind(function):
                return call(self, function, args, kwargs, node)
        if isinstance(function, types.MethodType):
            return self.call_live(function.__func__, [Const(function.__self__), *args], kwargs, node)
        if isinstance(function, types.FunctionType) and not is_library(function):
            return self.call_users(function, args, kwargs, node)
        if is_named_tuple(function):
            return Sequence(function, named_items(function, args, kwargs))
        method = class_attribute(type(function), "__call__")
        if isinstance(method, types.FunctionType) and not is_library(method):
            return self.call_users(method, [Const(function), *args], kwargs, node)
        return self.call_opaque(function, args, kwargs)

    def text_method(
        self, receiver: Value | Const, name: str, args: list[Tree], kwargs: dict[str, Tree], node: Any
    ) -> Tree:
        """A method of a text."""
        if name == "join" and len(args) == 1 and isinstance(args[0], Iteration):
            args = [self.call_live(list, args, {}, node)]
        known = [*args, *kwargs.values()]
        if isinstance(receiver, Const) and all(isinstance(leaf, Const) for a in known for leaf in leaves(a)):
            values = [self.static(a, node) for a in args]
            with as_python_does():
                found = getattr(receiver.value, name)(*values, **{k: self.static(v, node) for k, v in kwargs.items()})
            return Sequence(list, tuple(map(Const, found))) if isinstance(found, list) else Const(found)
        method = getattr(str, name)
        if primitive_of(method) is not None:
            return self.primitive(method, [receiver, *args], kwargs, spelling="method", node=node)
        return self.call_opaque(method, [receiver, *args], kwargs)

    def is_text(self, value: Value) -> bool:
        """Whether a value is known to be a text."""
        made = self.build.definitions.get(value)
        return made is not None and (made.primitive is core.TEXT or made.primitive.function in TEXTS)

    def call_users(
        self, function: types.FunctionType, args: list[Tree], kwargs: dict[str, Tree], node: Any
    ) -> Tree:
        """Call the user's function; where it cannot be lowered it is called as it is, and refused if that is active."""
        if function.__code__.co_flags & inspect.CO_GENERATOR:
            closure = self.closure_of(function)
            defaults = self.live_defaults(function)
            return self.generator(closure, bind_arguments(closure.node.args, args, kwargs, defaults, function.__qualname__))
        self.refuse_odd_kind(function, self.frame.location(node))
        is_example = function.__code__.co_filename.startswith("<")  # of a docstring
        if is_ours(function) and not is_example and self.frame.site is None:
            return self.call_ours(function, args, kwargs, node)
        try:
            source = source_of(function)
        except SourceNotFound as error:
            return self.call_opaque(function, args, kwargs, error.reason, error.remedy)
        captured = self.program.outside.count()
        try:
            return self.call_function(function, args, kwargs, node)
        except Unsupported as error:
            self.program.outside.forget(captured)
            error.writes = error.writes or refusals.writes(source.node)
            given = [fact_of_operand(v) for a in (*args, *kwargs.values()) for v in leaves(a)]
            if error.writes and not all(f.is_scalar for f in given):
                raise  # it may write into what it is given
            every = (*args, *kwargs.values())
            if any(isinstance(a, Closure) or any(isinstance(c, Instance) for c in containers(a)) for a in every):
                raise  # which exists only here
            self.note_changes(function)
            made = self.call_opaque(function, args, kwargs, refusal=str(error))
            self.read_again(function, source.node)
            return made

    def call_ours(self, function: types.FunctionType, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        """Call a function of srcad's own that is no derivative: it is not lowered."""
        try:
            return self.call_opaque(function, args, kwargs)
        except Unsupported:
            raise self.unsupported(node, f"srcad.{function.__name__} of a function that is made here is not supported",
                                   "move both to module level") from None

    def refuse_odd_kind(self, function: types.FunctionType, location: Location | None) -> None:
        """Refuse a generator or a coroutine, which a call makes instead of running its code."""
        if kind := refusals.odd_kind(function.__code__):
            reason = f"{function.__name__} makes {kind} (it has yield or async), which is not supported yet"
            remedy = "write a function that returns a list or an array"
            raise self.frame.unsupported(None, reason, remedy, location)

    def call_opaque(
        self, function: Any, args: list[Tree], kwargs: dict[str, Tree], reason: str = "", remedy: str = "",
        refusal: str = "",
    ) -> Tree:
        """A call of what srcad knows nothing about; ``reason``, ``remedy`` and ``refusal`` as for ``opaque``."""
        if not refusals.leaves_lists_alone(function) and any(
            True for tree in (*args, *kwargs.values()) for c in containers(tree) if c.cell in self.state.store
        ):
            raise self.in_place(None, f"{label_of(function)} is given a list or dict, which it may change, and",
                                "pass a copy (list(x), dict(x)) as a tuple, or write the change out")
        for tree in (*args, *kwargs.values()):
            self.program.outside.change_tree(tree)  # so that it may append to a list
        return self.opaque(label_of(function), function, args, kwargs, reason, remedy, refusal)

    def call_writer(self, function: Any, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        """A call that writes into arguments: each has a new version afterwards."""
        targets: list[Tree] = []
        for place in writes.places(function, args, kwargs):
            given = kwargs[place] if isinstance(place, str) else args[place]
            targets += given.items if isinstance(given, Sequence) else [given]
        for target in targets:
            if not (isinstance(target, Value) and self.is_array(target)) and not is_none(target):
                self.refuse_to_write(target, label_of(function), node)
        operands = [self.stored_operand(a, node) for a in args]
        named = {k: self.operand(v, node) for k, v in kwargs.items()}
        try:
            with as_python_does():
                made = writes.written(self.build, function, operands, named)
        except TypeError as error:  # the rule's own refusal
            raise self.unsupported(node, str(error), "call it without out=, and assign what it returns") from None
        found = [new for _, news in made for new in news]
        targets += [Const(None)] * (len(found) - len(targets))  # results for which no array is given
        for target, new in zip(targets, found, strict=True):
            if isinstance(target, Value):
                self.check_writable(target)
                self.replace(target, new)
        if not writes.returns_target(function):
            return Const(None)
        results = [t if isinstance(t, Value) else n for t, n in zip(targets, found, strict=True)]
        return results[0] if len(results) == 1 else Sequence(tuple, tuple(results))

    def refuse_to_write(self, target: Tree | None, what: str, node: Any) -> None:
        """Refuse a call that writes into an argument."""
        if target is None or (isinstance(target, Const) and target.value is None):
            return
        raise self.in_place(node, f"{what} writes in place into an argument, which",
                            "use the result that it returns, or make a new array (np.where, np.concatenate)")

    def call_value(self, function: Value, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        """Call something that is known only at run time."""
        if function.fact.kind in ("array", "py", "num", "list", "shape"):
            raise self.not_callable(function)
        if method := self.special(function, "__call__"):
            return self.call_live(method, [function, *args], kwargs, node)
        return self.primitive(CALL, [function, *args], kwargs, node=node)

    # ---- methods ----------------------------------------------------------------------------------------------------

    def call_method(self, bound: Bound, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        receiver, name = bound.receiver, bound.name
        if bound.function is not None:
            return self.call_live(bound.function, [self.refreshed(receiver), *args], kwargs, node)
        if isinstance(receiver, Value) and receiver in self.examples:
            if name in refusals.MUTATORS:
                self.program.outside.change(self.examples[receiver])
            added = self.add_to(receiver, name, args, kwargs, node)
            if added is not None:
                return added
            return self.call_by_name(receiver, name, args, kwargs, node)
        if name in refusals.MUTATORS:
            self.program.outside.change_tree(receiver)
        if isinstance(receiver, Value) and self.is_array(receiver) and name in writes.WRITERS:
            return self.call_writer(name, [receiver, *args], kwargs, node)
        if isinstance(receiver, Value) and self.is_text(receiver) and hasattr(str, name):
            return self.text_method(receiver, name, args, kwargs, node)
        receiver = self.refreshed(receiver)
        if is_set(receiver):
            return self.set_method(receiver, name, args, kwargs, node)  # type: ignore[arg-type]
        if isinstance(receiver, Mapping) and self.is_open(receiver, name, args, node):
            receiver = self.opened(receiver, node)
        if isinstance(receiver, Table):
            return self.table_method(receiver, name, args, kwargs, node)
        if isinstance(receiver, Mapping) and name in DICT_CHANGES:
            return self.change_dict(receiver, name, args, kwargs, node)
        if (made := self.list_method(receiver, name, args, kwargs, node)) is not None:
            return made
        if name in refusals.MUTATORS:
            self.program.outside.change_tree(receiver)
            raise self.in_place(node, f".{name}(...) changes what it is called on in place, which",
                                "make a new list, dict or array instead")
        if isinstance(receiver, Value) and name in METHODS and writes.places(METHODS[name].function, [receiver, *args], kwargs):
            return self.call_writer(METHODS[name].function, [receiver, *args], kwargs, node)
        if isinstance(receiver, Mapping):
            return self.mapping_method(receiver, name, args, node)
        if isinstance(receiver, Sequence):
            return self.sequence_method(receiver, name, args, kwargs, node)
        if isinstance(receiver, Value | Const) and name in METHODS:
            return self.primitive(METHODS[name], [receiver, *args], kwargs, spelling="method", node=node)
        if isinstance(receiver, Value):
            return self.call_by_name(receiver, name, args, kwargs, node)
        raise self.frame.unsupported(node, f"the method .{name} is not supported here", "call a function instead")

    def named_method(self, name: str) -> Any:
        return _Method(name)

    def call_by_name(self, receiver: Value, name: str, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        """Call a method that is looked up when the code runs, of an object that srcad knows nothing about."""
        kind = "ndarray" if receiver.fact.kind in ("array", "num") else "object"
        primitive = Primitive(f"{kind}.{name}", _Method(name), pure=False)
        operands = [self.operand(a, node) for a in (receiver, *args)]
        named = tuple((k, self.operand(v, node)) for k, v in kwargs.items())
        return self.build.apply(primitive, *operands, kwargs=named, spelling="method", facts=(ANY,))[0]

    def mapping_method(self, mapping: Mapping, name: str, args: list[Tree], node: Any) -> Tree:
        keys = tuple(map(Const, mapping.items))
        if name == "keys":
            return self.view_of(mapping, keys)
        if name == "values":
            return self.view_of(mapping, tuple(mapping.items.values()))
        if name == "items":
            return self.view_of(mapping, tuple(Sequence(tuple, pair) for pair in zip(keys, mapping.items.values(), strict=True)))
        if name == "get":
            default = args[1] if len(args) > 1 else Const(None)
            return mapping.items.get(self.static(args[0], node), default)
        if name == "copy":
            return replace(mapping, items=dict(mapping.items), cell=None)
        raise self.frame.unsupported(node, f"the dict method .{name} is not supported yet", "build a new dict")

    def view_of(self, mapping: Mapping, elements: tuple[Tree, ...]) -> Tree:
        """The keys, values or items of a dict as they are now; Python's follow the dict."""
        made = self.housed(Sequence(list, elements))
        if isinstance(made, Sequence) and made.cell is not None and mapping.cell is not None:
            self.views[made.cell] = mapping.cell
        return made

    def sequence_method(
        self, sequence: Sequence, name: str, args: list[Tree], kwargs: dict[str, Tree], node: Any
    ) -> Tree:
        if name == "_replace" and is_named_tuple(sequence.type) and not args:
            return Sequence(sequence.type, named_items(sequence.type, [], dict(zip(
                sequence.type._fields, sequence.items, strict=True)) | kwargs))  # type: ignore[attr-defined]
        if name == "_asdict" and is_named_tuple(sequence.type):
            return Mapping(dict(zip(sequence.type._fields, sequence.items, strict=True)))  # type: ignore[attr-defined]
        raise self.frame.unsupported(node, f"the method .{name} of a list or tuple is not supported yet", "build a new one")

    def change_dict(
        self, old: Mapping, name: str, args: list[Tree], kwargs: dict[str, Tree], node: Any
    ) -> Tree:
        """A method that changes a dict."""
        items: dict[Any, Tree] = dict(old.items)
        result: Tree = Const(None)
        if old.type is not dict and (name == "popitem" and (args or kwargs)):
            raise self.unsupported(node, "popitem with an argument is not supported", "use pop")
        if name == "update":
            if is_counter(old):
                self.count_into(old, args, kwargs, node)
            else:
                self.update_dict(old, [*args, Mapping(kwargs)], node)
            return result
        keys = [self.static(a, node) for a in args[:1]] if name in ("pop", "setdefault") else []
        with as_python_does():
            match name:
                case "setdefault":
                    result = items.setdefault(keys[0], args[1] if len(args) > 1 else Const(None))
                case "pop":
                    result = items.pop(keys[0], *args[1:])
                case "popitem":
                    key, value = items.popitem()
                    result = Sequence(tuple, (Const(key), value))
                case "clear":
                    items.clear()
        self.change(old, replace(old, items=items), node)
        return result

    # ---- nested functions -------------------------------------------------------------------------------------------

    def call_closure(self, closure: Closure, args: list[Tree], kwargs: dict[str, Tree], node: Any) -> Tree:
        """Lower a nested function where it is called."""
        around = [frame for frame in callers(self.frame) if frame.node is closure.node]
        if len(around) > DEPTH or (around and self.undecided > around[0].undecided):
            raise self.frame.unsupported(node, f"{closure.name} calls itself, as a nested function, and how often depends on "
                                         "values", "move it to module level")
        kind = refusals.odd_syntax(closure.node)
        if kind and kind != "a generator":
            reason = f"{closure.name} makes {kind}, which is not supported yet"
            raise self.frame.unsupported(node, reason, "write a function that returns a list or an array")
        arguments = bind_arguments(closure.node.args, args, kwargs, closure.defaults, closure.name)
        return self.generator(closure, arguments) if kind else self.inlined(closure.node, closure, arguments)

    def inlined(self, node: Any, closure: Closure, arguments: dict[str, Tree]) -> Tree:
        scope: Frame = closure.scope
        kept = self.frame
        self.frame = inner = Frame(
            node, closure.file, closure.name, scope.globals, self.state, scope.cells,
            None if closure.free is not None else scope, scan.local_names(node), closure.free or {},
            scan.loaded(node.body), caller=kept, site=scope.site,
        )
        inner.vars.update({name: self.housed(tree) for name, tree in arguments.items()})
        try:
            return self.sealed(self.run_body(node), inner)
        finally:
            self.frame = kept
            if not inner.remains:
                inner.vars.clear()

    def run_body(self, node: Any) -> Tree:
        """Run a function's body; what it returns."""
        if not isinstance(node.body, list):
            return self.expr(node.body)
        self.run(node.body)
        result = self.frame.vars.get(RESULT, Const(None))
        if isinstance(result, Poison):
            raise Unsupported(result.message)
        return self.refreshed(result)

    # ---- attributes of live objects ---------------------------------------------------------------------------------

    def attribute_of_live(self, base: Value, name: str, node: Any) -> Tree:
        """An attribute of an object that the function is given: read at run time, its kind guarded."""
        example = self.examples[base]
        found = class_attribute(type(example), name)
        in_class = found is not None and name not in getattr(example, "__dict__", ())
        if in_class and isinstance(found, types.FunctionType | property | classmethod | staticmethod):
            self.program.guard_attribute(self.examples.origin(base), name, "class", found)
        if isinstance(found, property) and found.fget is not None:
            return self.call_live(found.fget, [base], {}, node)
        if in_class and isinstance(found, types.FunctionType):
            return Bound(base, name, found)
        with as_python_does():
            value = getattr(example, name)
        if in_class and getattr(value, "__self__", None) is example:
            return Bound(base, name, getattr(value, "__func__", None))
        if in_class and callable(value):
            return Const(value)  # it belongs to the class
        return self.read_attribute(base, name, value, node)

    def read_attribute(self, base: Value, name: str, value: Any, node: Any) -> Tree:
        raise NotImplementedError


class _Method:
    """A method looked up by name, as a function of its receiver."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __call__(self, receiver: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(receiver, self.__name__)(*args, **kwargs)


def label_of(function: Any) -> str:
    """What messages and generated code call a callable."""
    if isinstance(function, str):
        return f".{function}"
    name = getattr(function, "__qualname__", type(function).__name__)
    module = getattr(function, "__module__", None) or "builtins"
    if module == "builtins":
        return str(name)
    return f"np{module.removeprefix('numpy')}.{name}" if module.split(".")[0] == "numpy" else f"{module}.{name}"


def is_none(tree: Tree) -> bool:
    return isinstance(tree, Const) and tree.value is None


def is_named_tuple(function: Any) -> bool:
    """Whether calling something makes a named tuple of the arguments and does nothing else."""
    return isinstance(function, type) and issubclass(function, tuple) and hasattr(function, "_fields") and (
        function.__new__.__module__.startswith("namedtuple_")
    )


def named_items(kind: Any, args: list[Tree], kwargs: dict[str, Tree]) -> tuple[Tree, ...]:
    """The elements of a named tuple that is made of arguments."""
    given = dict(zip(kind._fields, args, strict=False)) | kwargs
    with as_python_does():
        inspect.signature(kind).bind(*args, **kwargs)
    return tuple(given[name] if name in given else Const(kind._field_defaults[name]) for name in kind._fields)


CALL = Primitive("call", lambda function, *args, **kwargs: function(*args, **kwargs), pure=False)
"""A call of something that is known only at run time."""
