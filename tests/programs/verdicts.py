"""What is to be said about a program: right, refused, wrong, or a crash; and which cases have one cause."""

import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import srcad
from tests.programs import check
from tests.programs.check import Program

KINDS = ("wrong", "crash", "refused", "skipped", "right")
WRONG = (
    "tangent", "second order", "symmetric", "gradient", "shares memory", "share memory", "value of", "argument has been changed",
    "an argument of", "other effects", "pullback", "code was generated",
)
"""What messages of failed checks say, by which they are grouped."""


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


RIGHT = Verdict("right")


def unfit(program: Program) -> str:
    """Why nothing can be said about a program, empty if something can."""
    value = program(*program.inputs)
    parts = [np.asarray(part) for part in check.leaves(value)]
    if not parts or not all(part.dtype == float for part in parts):
        return "a result that is no float"
    if not all(np.all(np.isfinite(part)) and np.all(np.abs(part) < 1e3) for part in parts):
        return "a result that is not finite, or large"
    return "" if smooth(program, program.inputs, "") else "not smooth here"


def smooth(function: Callable[..., Any], inputs: Any, kind: str) -> bool:
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


def judged(one: Callable[[Program], None], program: Program) -> Verdict:
    """What one check says about a program."""
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
            if one is check.second_order and "second order" in str(error) and not smooth_slopes(program):
                return Verdict("skipped", "not smooth here, in its second derivative")
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            what = next((w for w in WRONG if any(w in line for line in lines)), "")
            return Verdict("wrong", f"{one.__name__}: {what or (lines or ['the dot products differ'])[0]}", str(error))
        return _crash(one, error)
    except Exception as error:
        return _crash(one, error)
    return RIGHT


def smooth_slopes(program: Program) -> bool:
    """Whether differences of the gradient with two steps agree."""
    slopes = check.quiet(program, srcad.grad(check.total(program), program.argnums))
    return smooth(slopes, program.inputs, "second")


def _crash(one: Callable[[Program], None], error: Exception) -> Verdict:
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "/srcad/" in f.filename]
    where = f" in {own[-1].name}" if own else ""
    last = " in generated code" if any(f.filename.startswith("<srcad") for f in frames[-3:]) else where
    text = re.sub(r"\bt\d+\b", "t", str(error).splitlines()[0] if str(error) else "")
    reason = f"{one.__name__}: {type(error).__name__}{last}: {re.sub(r'[0-9]+', '0', text)[:80]}"
    return Verdict("crash", reason, "".join(traceback.format_exception(error)[-6:]))
