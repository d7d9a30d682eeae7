"""Whether the derivatives of a program, given as the text of a module, are right."""

import dataclasses
import linecache
import re
import sys
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

import srcad
from tests.programs import check
from tests.programs.check import Program

CHECKS: tuple[Callable[[Program], None], ...] = (check.tangent, check.adjoint, check.second_order)
MORE = (check.jacobians, check.hessian, check.linear, check.batch, check.strict)
"""Costlier checks, of which each program sees one."""


@dataclass(frozen=True)
class Verdict:
    """``kind`` is right, skipped, refused, wrong or crash; ``reason`` is what cases of one cause have in common."""

    kind: str
    reason: str = ""
    detail: str = ""
    result: str = ""
    """The kinds of what the program returns, of which a smaller one returns the same."""

    @property
    def is_bug(self) -> bool:
        return self.kind in ("wrong", "crash")


KINDS = ("wrong", "crash", "refused", "skipped", "right")
RIGHT = Verdict("right")


def loaded(source: str, name: str) -> ModuleType:
    """A module made of text whose source can be found."""
    module = ModuleType(name)
    module.__file__ = f"<{name}>"
    linecache.cache[module.__file__] = len(source), None, source.splitlines(keepends=True), module.__file__
    sys.modules[name] = module
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as `1.0[0]` of a program that is being shrunk
        exec(compile(source, module.__file__, "exec"), vars(module))
    return module


def unloaded(name: str) -> None:
    sys.modules.pop(name, None)
    linecache.cache.pop(f"<{name}>", None)
    for key in [key for key in linecache.cache if str(key).startswith("<srcad")]:
        del linecache.cache[key]


def judged(source: str, name: str = "fuzz", more: int = 0, only: str = "") -> Verdict:
    """The worst verdict on the ``program`` of a module's text; of one check alone if ``only`` names it."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            module = loaded(source, name)
            args, rest = module.ARGS, module.REST
            program = Program("program", module.program, args, rest, 2, 1e-5, ())
            unfit = _unfit(program)
        except Exception as error:
            unfit = f"the program itself raises {type(error).__name__}: {error}"
        if unfit:
            unloaded(name)
            return Verdict("skipped", unfit)
        value = program(*program.inputs)
        result = f"{type(value).__name__} {[np.shape(part) for part in check.leaves(value)]}"
        try:
            worst = RIGHT
            for one in (*CHECKS, MORE[more % len(MORE)]):
                if only and one.__name__ != only:
                    continue
                found = _checked(one, program)
                if KINDS.index(found.kind) < KINDS.index(worst.kind):
                    worst = found
                if found.kind == "refused":
                    break  # the others say the same
            return dataclasses.replace(worst, result=result)
        finally:
            unloaded(name)


def _unfit(program: Program) -> str:
    """Why nothing can be said about a program, empty if something can."""
    value = program(*program.inputs)
    parts = [np.asarray(part) for part in check.leaves(value)]
    if not parts or not all(part.dtype == float for part in parts):
        return "a result that is no float"
    if not all(np.all(np.isfinite(part)) and np.all(np.abs(part) < 1e3) for part in parts):
        return "a result that is not finite, or large"
    return "" if _smooth(program, program.inputs, "") else "not smooth here"


def _smooth(function: Callable[..., Any], inputs: Any, kind: str) -> bool:
    """Whether differences with two steps agree."""
    v = check.draw(np.random.default_rng(1 if not kind else 4), inputs)
    if kind:
        rng = np.random.default_rng(4)
        check.draw(rng, inputs)
        v = check.draw(rng, inputs)
    coarse = check.differences(function, inputs, v)
    step = check.STEP
    try:
        check.STEP = step / 3
        fine = check.differences(function, inputs, v)
    finally:
        check.STEP = step
    return all(
        np.all(np.abs(a - b) < 1e-6 * (1 + np.abs(b))) and np.all(np.abs(b) < 1e3) for a, b in zip(coarse, fine, strict=True)
    )


def _checked(one: Callable[[Program], None], program: Program) -> Verdict:
    try:
        one(program)
    except srcad.DifferentiationError as error:
        text = str(error)
        remedy = text.rfind("\n  remedy:")
        first = text.splitlines()[0]
        reason = re.sub(r"^.*?:\d+: ", "", first)
        return Verdict("refused", re.sub(r"\bt\d+\b", "t", reason), text[:remedy])
    except AssertionError as error:
        frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
        if not any("/srcad/" in f or f.startswith("<srcad") for f in frames):
            if one is check.second_order and "second order" in str(error) and not _smooth_slopes(program):
                return Verdict("skipped", "not smooth here, in its second derivative")
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            what = next((w for w in ("tangent", "second order", "symmetric", "gradient", "shares memory", "share memory", "value of",
                                     "argument has been changed", "other effects") if any(w in line for line in lines)), "")
            return Verdict("wrong", f"{one.__name__}: {what or (lines or ['the dot products differ'])[0]}", str(error))
        return _crash(one, error)
    except Exception as error:
        return _crash(one, error)
    return RIGHT


def _smooth_slopes(program: Program) -> bool:
    slopes = check.quiet(program, srcad.grad(check.total(program), program.argnums))
    return _smooth(slopes, program.inputs, "second")


def _crash(one: Callable[[Program], None], error: Exception) -> Verdict:
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "/srcad/" in f.filename]
    where = f" in {own[-1].name}" if own else ""
    last = " in generated code" if any(f.filename.startswith("<srcad") for f in frames[-3:]) else where
    text = re.sub(r"\bt\d+\b", "t", str(error).splitlines()[0] if str(error) else "")
    reason = f"{one.__name__}: {type(error).__name__}{last}: {re.sub(r'[0-9]+', '0', text)[:80]}"
    return Verdict("crash", reason, "".join(traceback.format_exception(error)[-6:]))
