"""Whether the derivatives of a program, given as the text of a module, are right."""

import dataclasses
import linecache
import sys
import warnings
from collections.abc import Callable
from types import ModuleType

import numpy as np

from tests.programs import check, verdicts
from tests.programs.check import Program
from tests.programs.verdicts import KINDS, RIGHT, Verdict, unfit

CHECKS: tuple[Callable[[Program], None], ...] = (check.tangent, check.adjoint, check.second_order)
MORE = (check.jacobians, check.hessian, check.linear, check.batch, check.strict)
"""Costlier checks, of which each program sees one."""


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
            reason = unfit(program)
        except Exception as error:
            reason = f"the program itself raises {type(error).__name__}: {error}"
        if reason:
            unloaded(name)
            return Verdict("skipped", reason)
        value = program(*program.inputs)
        result = f"{type(value).__name__} {[np.shape(part) for part in check.leaves(value)]}"
        try:
            worst = RIGHT
            for one in (*CHECKS, MORE[more % len(MORE)]):
                if only and one.__name__ != only:
                    continue
                found = verdicts.judged(one, program)
                if KINDS.index(found.kind) < KINDS.index(worst.kind):
                    worst = found
                if found.kind == "refused":
                    break  # the others say the same
            return dataclasses.replace(worst, result=result)
        finally:
            unloaded(name)
