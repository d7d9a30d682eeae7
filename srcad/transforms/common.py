"""What the transforms share: making each derived function once, zeros, and refusing what has no derivative."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace

from srcad.analysis.activity import Activity, is_replaced
from srcad.analysis.summaries import require_finished, summary
from srcad.errors import explain
from srcad.ir import core
from srcad.ir.build import Builder, fact_of_operand
from srcad.ir.facts import OBJECT
from srcad.ir.nodes import (
    UNDEFINED,
    Apply,
    Block,
    Call,
    Const,
    Function,
    Operand,
    Raise,
    Undefined,
    Value,
    blocks_of,
    flat_operands,
)
from srcad.ir.primitive import Primitive
from srcad.ir.verify import checked


def made(
    function: Function, key: tuple[Hashable, ...], suffixes: tuple[str, ...], fill: Callable[..., None]
) -> tuple[Function, ...]:
    """What a transform makes of a function, one for each suffix of its name, made once for each key.

    ``fill`` is given new functions, which a recursive call finds while it fills them.  What the function is given under
    the key goes before it.
    """
    if key not in function.derived:
        require_finished(function)
        results = tuple(
            Function(function.name + suffix, [], Block(), function.location, unfinished=True) for suffix in suffixes
        )
        function.derived[key] = results
        given = None if function.given is None else function.given.fill(key)
        try:
            (given or fill)(*results)
        except BaseException:
            del function.derived[key]
            raise
        for result in results:
            result.unfinished = False
        for result in results:
            checked(result)
    found: tuple[Function, ...] = function.derived[key]
    return found


def label_results(function: Function) -> None:
    """Results that have no name are y, or y0, y1, ... if there are several."""
    for position, out in enumerate(function.outs):
        if isinstance(out, Value) and not out.name:
            out.hint = "y" if len(function.outs) == 1 else f"y{position}"


def zeros_like(build: Builder, operand: Operand, absent: bool = False) -> Operand:
    """Zeros in the shape of an operand: 0.0 for a scalar, a new array otherwise.

    ``absent`` says that the operand may have no value on this path, so that its shape cannot be asked for.
    """
    absent = absent or (isinstance(operand, Value) and operand.optional)
    if isinstance(operand, Undefined):
        return UNDEFINED
    fact = fact_of_operand(operand)
    if fact.is_scalar or isinstance(operand, Const):
        return Const(0.0)
    if absent and fact.size is not None and fact.dtype is not None:
        return build.one(core.ZEROS, Const(fact.shape), Const(fact.dtype))
    if absent or fact.kind in ("list", "pack"):
        return build.one(core.ZEROS_LIKE, operand)
    derived, build.derived = build.derived, True  # so that zeros like zeros have the shape of what these are like
    shape, dtype = build.one(core.SHAPE, operand), build.one(core.DTYPE, operand)
    build.derived = derived
    return build.one(core.ZEROS, shape, dtype)


def announced(build: Builder, apply: Apply, active: bool) -> Apply:
    """A detachment says so, once, where a derivative would have flowed; afterwards it only stops it."""
    if apply.primitive is not core.DETACHED or not active:
        return apply
    if apply.args[1] not in build.announced:
        build.announced.add(apply.args[1])
        build.apply(core.WARN, apply.args[1])
    return replace(apply, primitive=core.STOP, args=apply.args[:1])


RULE_ERRORS = (TypeError, ValueError, LookupError)
"""What a template raises for arguments that it does not take: its own refusal, or what the primitive will raise too."""


def refused_by_rule(build: Builder, apply: Apply, error: Exception) -> Raise:
    """The instruction that refuses what a rule does not take."""
    if not isinstance(error, TypeError) and (exception := like(build, error)) is not None:
        return Raise(exception, "", apply.location)
    named = "." in apply.primitive.name  # otherwise a helper of ours, which the user has not called by its name
    message = explain(
        apply.location, f"{apply.primitive.name} has no derivative in this use: {error}" if named else str(error),
        "use other arguments, or pass srcad.stop_gradient(...) of the value if no derivative is to flow through the call",
    )
    return Raise(None, message, apply.location)


def like(build: Builder, error: Exception) -> Operand | None:
    """An exception like a given one, made when the code gets here; None if it cannot be made again."""
    kind = type(error)
    try:
        alike = str(kind(*error.args)) == str(error)
    except Exception:
        return None
    make = Primitive(kind.__name__, kind, pure=False)
    return build.apply(make, *map(Const, error.args), facts=(OBJECT,))[0] if alike else None


def is_refused(apply: Apply, active: Callable[[Operand], bool]) -> bool:
    """Whether an active value reaches a call without a rule."""
    if apply.primitive.rule is not None:
        return False
    operands = [*apply.args, *(v for _, v in apply.kwargs)]
    return any(active(part) for operand in operands for part in flat_operands(operand))


def objects(function: Function, mask: tuple[bool, ...]) -> bool:
    """Whether a function has something to refuse or to warn of when the marked parameters are active."""

    if is_replaced(function):
        return False  # nothing asks its body for a derivative

    def found() -> bool:
        active = Activity().varied(function, mask)
        return block_objects(function.block, active)

    return summary(function, ("objects", mask), False, found)


def block_objects(block: Block, active: set[Value]) -> bool:
    for instruction in block.body:
        match instruction:
            case Apply():
                detached = instruction.primitive is core.DETACHED and instruction.args[0] in active
                if detached or is_refused(instruction, lambda o: o in active):
                    return True
            case Call():
                mask = tuple(a in active for a in instruction.args)
                if any(mask) and objects(instruction.function, mask):
                    return True
        if any(block_objects(inner, active) for inner in blocks_of(instruction)):
            return True
    return False


def refusal(apply: Apply) -> Raise:
    """The instruction that says so when it is reached."""
    primitive = apply.primitive
    reason = primitive.reason or "which has no derivative rule"
    remedy = primitive.remedy or f"declare one with @srcad.rule({primitive.name})"
    message = primitive.refusal or explain(
        apply.location, f"an active value reaches {primitive.name}, {reason}",
        f"{remedy}, or pass srcad.stop_gradient(...) of the value if no derivative is to flow through the call",
    )
    return Raise(None, message, apply.location)
