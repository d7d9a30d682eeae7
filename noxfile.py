"""`nox` runs the suite on each interpreter found, linter and type checker; `nox -s bench` measures."""

import os
from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13"]

# pyenv's shims answer to `python3.12` whether or not that version is selected, and then refuse to run.
# The interpreters themselves, put before the shims, are found under the same names and work.
pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
installed = [str(folder) for version in PYTHONS for folder in sorted(pyenv.glob(f"versions/{version}.*/bin"))]
os.environ["PATH"] = os.pathsep.join([*installed, os.environ.get("PATH", os.defpath)])

nox.options.sessions = ["tests", "lint", "types"]
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True


@nox.session(python=PYTHONS)
def tests(session):
    """The whole suite; arguments after `--` go to pytest."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def lint(session):
    session.install("-e", ".[lint]")
    session.run("ruff", "check", ".")


@nox.session
def types(session):
    session.install("-e", ".[lint]")
    session.run("mypy")


@nox.session
def bench(session):
    """Generated against hand-written derivatives; needs no other framework."""
    session.install(".")
    session.run("python", "benchmarks/golden.py", *session.posargs)
