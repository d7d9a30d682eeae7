"""Definitions as text: what another process needs to make a function or a class again, and how it is made there.

``definition_of`` takes the text of a live function out of its file; ``code_of`` compiles such a text.  The text is
registered in ``linecache`` under a name that depends on nothing but the text, at the lines that it had in its
file: srcad finds it there when it differentiates the function, and tracebacks show the user's lines.  It stays
registered for the life of the process; there are no more of them than definitions that were shipped.
"""

from __future__ import annotations
import __future__

import ast
import dis
import functools
import hashlib
import inspect
import itertools
import linecache
import operator
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from srcad.errors import DifferentiationError, explain
from srcad.frontend.source import parsed, text_of
from srcad.ir.nodes import Location

FUTURE = functools.reduce(
    operator.or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)
"""The flags of code objects that ``from __future__ import`` sets."""


@dataclass(frozen=True)
class Definition:
    """The text of a ``def``, a lambda or a class statement, and its circumstances as far as they shape the code.

    ``line`` is where the text stood in ``file``, whose base name alone is kept, for people to read; ``name`` and
    ``qualname`` are those that the compiler gives; ``free`` are the captured variables; ``flags`` what the module
    imported from ``__future__``.
    """

    text: str
    line: int
    file: str
    name: str
    qualname: str
    free: tuple[str, ...] = ()
    flags: int = 0

    @functools.cached_property
    def filename(self) -> str:
        """The name in linecache, in code objects and in tracebacks."""
        digest = hashlib.sha256(repr(self).encode()).hexdigest()[:12]
        return f"<shipped {self.file} {digest}>"

    @property
    def owner(self) -> str:
        """The class around a function, which gives ``super()`` and private names their meaning; or nothing."""
        pairs = list(itertools.pairwise(self.qualname.split(".")))
        owners = [outer for outer, inner in pairs if "<locals>" not in (outer, inner)]
        return owners[-1] if owners else ""


_definitions: dict[str, Definition] = {}  # by file name
_codes: dict[Definition, CodeType] = {}


def definition_of(function: FunctionType) -> Definition:
    """The definition of a live function.

    ``DifferentiationError`` if the text cannot be found, or is not that of the function any more.
    """
    code = function.__code__
    file = code.co_filename
    known = _definitions.get(file)
    if known is not None and _codes.get(known) is code:
        return known
    try:
        text, line = text_of(code)
    except (OSError, SyntaxError, LookupError) as error:
        raise _unavailable(function, f"cannot be found ({error})") from None
    definition = Definition(
        text, line, known.file if known else os.path.basename(file), code.co_name, code.co_qualname,
        code.co_freevars, code.co_flags & FUTURE,
    )
    try:
        same = alike(code, _compiled(definition))
    except (SyntaxError, LookupError) as error:
        raise _unavailable(function, f"does not stand for itself ({error})") from None
    # test runners rewrite assertions, so that code with any is never that of its text
    if not same and not any(isinstance(node, ast.Assert) for node in ast.walk(_parsed(definition))):
        raise _unavailable(function, "has changed since it was loaded")
    return definition


def _unavailable(function: FunctionType, why: str) -> DifferentiationError:
    code = function.__code__
    return DifferentiationError(
        explain(
            Location(code.co_filename, code.co_firstlineno, code.co_name),
            f"{function.__qualname__} is to be pickled with its source, which {why}",
            "define it at the top level of a module that can be imported, or reload its file",
        )
    )


def code_of(definition: Definition) -> CodeType:
    """The code of a function's definition: one and the same for equal definitions, so that derivatives are reused."""
    code = _codes.get(definition)
    if code is None:
        code = _codes.setdefault(definition, _compiled(definition))
    register(definition)
    return code


def register(definition: Definition) -> None:
    """Let linecache know the text."""
    _definitions[definition.filename] = definition
    lines = ["\n"] * (definition.line - 1) + definition.text.splitlines(keepends=True)
    # no modification time: linecache then never looks for the file
    linecache.cache[definition.filename] = len(definition.text), None, lines, definition.filename


def _parsed(definition: Definition) -> ast.stmt:
    """The statement that a definition is, at its lines and columns."""
    statement = parsed(definition.text, definition.line).body[0]
    return statement.body[0] if isinstance(statement, ast.If) else statement


def _compiled(definition: Definition) -> CodeType:
    """The code of a function: compiled in a place like its own, and taken out of there."""
    owner = definition.owner
    captured = [name for name in definition.free if not (owner and name == "__class__")]
    module = ast.parse(f"def factory({', '.join(captured)}):\n" + (f"    class {owner}: pass" if owner else "    pass"))
    place: Any = module.body[0]
    if owner:
        place = place.body[0]
    place.body = [_parsed(definition)]
    if definition.name.isidentifier() and definition.name not in definition.free and not owner:
        # one that calls itself finds itself among the globals
        place.body.insert(0, ast.Global([definition.name], lineno=1, col_offset=0))
    code = compile(module, definition.filename, "exec", flags=definition.flags, dont_inherit=True)
    pending = [code]
    while pending:
        for constant in pending.pop().co_consts:
            if isinstance(constant, CodeType):
                if constant.co_name == definition.name and constant.co_freevars == definition.free:
                    return constant.replace(co_qualname=definition.qualname)
                pending.append(constant)
    raise LookupError(f"no {definition.name} in its own text")


def alike(a: CodeType, b: CodeType) -> bool:
    """Whether two code objects do the same, wherever they stand."""
    if (a.co_varnames, a.co_freevars) != (b.co_varnames, b.co_freevars):
        return False
    for x, y in itertools.zip_longest(_essence(a), _essence(b)):
        if isinstance(x, CodeType) and isinstance(y, CodeType):
            if not alike(x, y):
                return False
        elif type(x) is not type(y) or repr(x) != repr(y):
            return False
    return True


def _essence(code: CodeType) -> Iterator[Any]:
    """The instructions of code and what they work on, less what depends on its surroundings and its place."""
    for instruction in dis.get_instructions(code):
        # the compiler spells an attribute of an imported module and a method in two ways
        if instruction.opname == "PUSH_NULL":
            continue
        yield instruction.opname.replace("LOAD_METHOD", "LOAD_ATTR")
        if instruction.opcode not in dis.hasjrel:
            yield instruction.argval


# ---- classes -------------------------------------------------------------------------------------------


def class_definition(cls: type) -> Definition:
    """The definition of a live class; ``OSError`` or ``TypeError`` if the text cannot be found."""
    lines, line = inspect.getsourcelines(cls)
    namespace = vars(sys.modules[cls.__module__])
    imported = [name for name in __future__.all_feature_names if namespace.get(name) is getattr(__future__, name)]
    flags = sum(getattr(__future__, name).compiler_flag for name in imported)
    file = os.path.basename(inspect.getsourcefile(cls) or "")
    return Definition("".join(lines), line, file, cls.__name__, cls.__qualname__, (), flags)


def class_code(definition: Definition) -> CodeType:
    """The code of a class statement, to be executed."""
    register(definition)
    module = ast.Module([_parsed(definition)], [])
    code: CodeType = compile(module, definition.filename, "exec", flags=definition.flags, dont_inherit=True)
    return code
