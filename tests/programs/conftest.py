"""Every program of a module is a test for every check."""

from tests.programs.check import CHECKS, programs_of


def pytest_generate_tests(metafunc):
    if {"program", "check"} <= set(metafunc.fixturenames):
        pairs = [(p, c) for p in programs_of(metafunc.module) for c in CHECKS if c.__name__ not in p.skip]
        metafunc.parametrize(("program", "check"), pairs, ids=[f"{p.name}-{c.__name__}" for p, c in pairs])
