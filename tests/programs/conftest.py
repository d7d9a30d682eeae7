"""Every program of a module is a test for every check; one that is refused so far is held to that."""

from collections.abc import Callable

from tests.programs.check import CHECKS, Program, programs_of
from tests.programs.refused import NOT_YET, REFUSED
from tests.programs.verdicts import judged


def pytest_generate_tests(metafunc):
    if {"program", "check"} <= set(metafunc.fixturenames):
        module = metafunc.module.__name__.removeprefix("tests.programs.")
        pairs = [(p, c) for p in programs_of(metafunc.module) for c in checks_of(p, module)]
        metafunc.parametrize(("program", "check"), pairs, ids=[f"{p.name}-{c.__name__}" for p, c in pairs])


def checks_of(program: Program, module: str) -> list[Callable[[Program], None]]:
    """All checks for a program; the first ones for its further points, and for long programs."""
    if (reason := REFUSED.get(f"{module}.{program.name}")) is not None:
        return [refusal(reason)]
    skipped = (*program.skip, *NOT_YET.get(f"{module}.{program.name}", ()))
    several = ", point " in program.name or module.startswith("real.")
    return [c for c in (CHECKS[:4] if several else CHECKS) if c.__name__ not in skipped]


def refusal(reason: str) -> Callable[[Program], None]:
    """The check that a program is refused, in these words."""

    def refused(program: Program) -> None:
        verdicts = [judged(check, program) for check in CHECKS[:2]]
        assert [] == [v for v in verdicts if v.is_bug]
        assert any(reason in v.reason for v in verdicts if v.kind == "refused")

    return refused
