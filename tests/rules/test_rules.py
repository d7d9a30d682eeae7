"""Every rule, by the cases that ``cases_*.py`` declare: see ``check`` for what is asserted."""

import importlib
from pathlib import Path

import pytest

import srcad  # noqa: F401 (fills the registry)
from srcad import runtime_lists
from srcad.backend.spelling import HELPERS
from srcad.ir import core
from srcad.rules.registry import ATTRIBUTES, METHODS, PRIMITIVES
from tests.rules import check

AREAS = sorted(file.stem.removeprefix("cases_") for file in Path(__file__).parent.glob("cases_*.py"))
CASES = {area: importlib.import_module(f"tests.rules.cases_{area}").CASES for area in AREAS}
EVERYTHING = [case for cases in CASES.values() for case in cases]


def named(kind):
    """The cases of a kind, so named that ``-k area`` selects those of one file."""
    return [
        pytest.param(case, id=f"{area}: {case.name}")
        for area, cases in CASES.items()
        for case in cases
        if isinstance(case, kind)
    ]


@pytest.mark.parametrize("checked", check.CHECKS)
@pytest.mark.parametrize("case", named(check.Case))
def test_rule(case, checked):
    if checked not in case.skip:
        check.CHECKS[checked](case)


@pytest.mark.parametrize("case", named(check.Singular))
def test_singular_point(case):
    check.singular(case)


@pytest.mark.parametrize("case", named(check.Refused))
def test_refused_call(case):
    check.refused(case)


def test_names_are_different():
    names = [case.name for case in EVERYTHING]

    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


def is_made_by_transforms(primitive):
    """Whether transforms write it into the code for other primitives, whose cases cover it then."""
    module = getattr(primitive.function, "__module__", None)
    return module == runtime_lists.__name__ or (primitive in vars(core).values() and module in HELPERS)


UNKNOWN = {"shape_assigned", "carried", "check_fill", "check_matmul", "check_out", "check_result"}
"""Helpers for what is known only at run time, which cases never are: see ``test_memory`` and ``test_writes``."""

ELSEWHERE = {"delattr", "setattr", "str.__mod__", "str.format", "str.join"}
"""Effects on objects, and texts, which no case can be: see ``tests/programs`` (objects_outside, fstrings_and_print)."""


def test_every_rule_has_a_case():
    tables = (PRIMITIVES, METHODS, ATTRIBUTES)
    ruled = [p for table in tables for p in table.values() if p.rule is not None]
    known = {p.name for p in ruled}
    covered = {name for case in EVERYTHING for name in case.covers}
    ours = {p.name for p in ruled if not is_made_by_transforms(p) and not p.name.startswith("tests.")}
    missing = ours - covered - UNKNOWN - ELSEWHERE
    draws = {p.name for p in PRIMITIVES.values() if not p.pure}
    unknown = covered - known - draws

    assert not missing, f"no case for {sorted(missing)}"
    assert not unknown, f"no such rule: {sorted(unknown)}"
