"""Run all checks on all programs, or on those of some files: ``python -m tests.programs [--plain] [writes views real ...]``.

Prints what is refused by reason, what is wrong and what crashes; with ``--plain`` only whether the programs themselves
run, the same way twice, and are smooth.
"""

import argparse
import collections
import importlib
import pathlib
import re
import sys
import warnings
from collections.abc import Callable, Sequence

import numpy as np

from tests.programs.check import CHECKS, Program, programs_of, same
from tests.programs.verdicts import KINDS, RIGHT, Verdict, judged, unfit

HERE = pathlib.Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.programs", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of the names of files")
    parser.add_argument("--plain", action="store_true", help="no derivatives")
    parser.add_argument("--quick", action="store_true", help="only the first checks: tangent, adjoint, gradient, second order")
    parser.add_argument("--program", help="only programs of this name")
    parser.add_argument("--details", action="store_true", help="the whole message of each that is wrong or crashes")
    options = parser.parse_args()
    warnings.simplefilter("error")
    counts: collections.Counter[str] = collections.Counter()
    reasons: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
    for path in sorted(HERE.rglob("test_*.py")):
        name = ".".join(path.relative_to(HERE).with_suffix("").parts)
        if options.names and not any(part in name for part in options.names):
            continue
        of_file: collections.Counter[str] = collections.Counter()
        for program in programs_of(importlib.import_module(f"tests.programs.{name}")):
            if options.program and not program.name.startswith(options.program):
                continue
            found = plain(program) if options.plain else worst(program, CHECKS[:4] if options.quick else CHECKS)
            of_file[found.kind] += 1
            if found.kind != "right":
                reasons[found.kind, found.reason].append(f"{name}.{program.name}")
            if found.is_bug and options.details:
                print(f"---- {name}.{program.name}: {found.kind}: {found.reason}\n{found.detail}\n", flush=True)
        counts += of_file
        print(f"{name:40s} " + ", ".join(f"{of_file[kind]} {kind}" for kind in reversed(KINDS) if of_file[kind]), flush=True)
    print(f"{counts.total()} programs: " + ", ".join(f"{counts[kind]} {kind}" for kind in reversed(KINDS) if counts[kind]))
    for (kind, reason), names in sorted(reasons.items(), key=lambda item: (KINDS.index(item[0][0]), -len(item[1]))):
        print(f"{kind} {len(names):4d}  {reason}\n{'':12}{', '.join(names[:6])}{', ...' if len(names) > 6 else ''}")
    return bool(counts["wrong"] + counts["crash"])


def worst(program: Program, checks: Sequence[Callable[[Program], None]]) -> Verdict:
    """The worst of what the checks say."""
    found = RIGHT
    for check in checks:
        if check.__name__ not in program.skip:
            one = judged(check, program)
            if KINDS.index(one.kind) < KINDS.index(found.kind):
                found = one
            if one.kind == "refused":
                break  # the other checks say the same, mostly
    return found


def plain(program: Program) -> Verdict:
    """Whether the program can be checked at all."""
    try:
        with np.errstate(all="ignore"):
            first, second = program(*program.inputs), program(*program.inputs)
            same(second, first, "the second call")
            reason = unfit(program)
    except Exception as error:
        reason = f"{type(error).__name__}: {re.sub(r'0x[0-9a-f]+', '', str(error))[:200]}"
    return Verdict("skipped", reason) if reason else RIGHT


if __name__ == "__main__":
    sys.exit(main())
