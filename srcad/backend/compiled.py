"""Compiling generated code: source goes in, the namespace that it fills comes out.

The source is registered with ``linecache``: tracebacks, pdb and ``inspect.getsource`` show generated lines.
With it goes the user's line from which each of them derives, for ``add_user_line_note`` to add to exceptions.
Both are dropped when the code has been garbage collected.
"""

from __future__ import annotations

import itertools
import linecache
import os
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

from srcad.errors import DifferentiationError, located
from srcad.ir.nodes import Location


@dataclass(frozen=True)
class Origin:
    """Where generated code comes from: the user's function, its file, and for generated lines those in it."""

    function: str
    file: str
    line_map: Mapping[int, int | Location]


_origins: dict[str, Origin] = {}  # by the file name of the generated code
_numbers = itertools.count(1)


def compile_source(
    source: str,
    namespace: dict[str, Any],
    filename_hint: str,
    line_map: Mapping[int, int | Location] | None = None,
    *,
    user_function: str | None = None,
    user_file: str = "",
) -> dict[str, Any]:
    """Execute generated source in a namespace, and return the namespace.

    The code gets a file name of its own, such as ``<srcad rosen_vjp 1>``. ``line_map`` leads from its lines
    to lines of ``user_file``, which defines ``user_function`` (if that is not given, ``filename_hint``).
    """
    filename = f"<srcad {filename_hint} {next(_numbers)}>"
    module = compile(source, filename, "exec", dont_inherit=True)
    # no modification time: linecache then never looks for the file
    linecache.cache[filename] = len(source), None, source.splitlines(keepends=True), filename
    _origins[filename] = Origin(user_function or filename_hint, user_file, dict(line_map or {}))
    # A nested function can outlive the one that made it, and a traceback can outlive them all, so the source
    # is needed as long as some code object of it is alive.
    alive = {id(code) for code in _code_objects(module)}
    for code in _code_objects(module):
        weakref.finalize(code, _forget, filename, alive, id(code)).atexit = False
    exec(module, namespace)
    return namespace


def release(filename: str) -> None:
    """Forget the source of generated code, given the file name in its code objects; the code still runs."""
    linecache.cache.pop(filename, None)
    _origins.pop(filename, None)


def user_places(error: BaseException) -> Iterator[Location]:
    """The user's lines from which the generated lines that an exception passed through derive, the outermost first."""
    traceback = error.__traceback__
    while traceback is not None:
        origin = _origins.get(traceback.tb_frame.f_code.co_filename)
        if origin is not None and (line := origin.line_map.get(traceback.tb_lineno)) is not None:
            yield line if isinstance(line, Location) else Location(origin.file, line, origin.function)
        traceback = traceback.tb_next


def add_user_line_note(error: BaseException) -> None:
    """Add to an exception the user's lines from which the generated lines that it passed through derive.

    There is a note for each, the innermost first: ``in rosen (model.py:12): r = x[1:] - x[:-1] ** 2``. Notes
    that the exception already has are not added again: it may be caught and annotated at several levels.
    """
    notes: list[str] = []
    innermost: Location | None = None
    for where in user_places(error):
        innermost = where
        place = f"in {where.function} ({os.path.basename(where.file)}:{where.line})"
        text = linecache.getline(where.file, where.line).strip()
        notes.append(f"{place}: {text}" if text else place)
    if isinstance(error, DifferentiationError) and error.unlocated and innermost is not None:
        error.args = (located(str(error), innermost),)
        error.unlocated = False
    for note in reversed(notes):
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)


def _code_objects(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code_objects(constant)


def _forget(filename: str, alive: set[int], code: int) -> None:
    alive.discard(code)
    if not alive:
        release(filename)
