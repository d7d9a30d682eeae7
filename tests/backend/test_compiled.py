"""Compiled generated code shows its source, names the user's lines in errors, and leaves nothing behind."""

import gc
import inspect
import linecache
import pdb
import sys
import traceback
from io import StringIO

import pytest

from srcad.backend.compiled import add_user_line_note, compile_source, release

pytestmark = pytest.mark.smoke

SOURCE = """\
def half_vjp(x):
    y = x / 2
    return check_vjp(y)


def check_vjp(y):
    if y < 0:
        raise ValueError("negative")
    return y
"""

USER = """\
def half(x):
    return check(x / 2)


def check(y):
    if y < 0:
        raise ValueError("negative")
    return y
"""


@pytest.fixture
def user_file(tmp_path):
    path = tmp_path / "model.py"
    path.write_text(USER)
    return str(path)


def generated_files():
    return {name for name in linecache.cache if name.startswith("<srcad ")}


def registered(function):
    return function.__code__.co_filename in linecache.cache


def raised(function, *args):
    with pytest.raises(ValueError, match="negative") as info:
        function(*args)
    return info.value


class TestCompileSource:
    def test_returns_the_namespace_that_the_code_filled(self):
        namespace = {"scale": 3}

        result = compile_source("def f(x):\n    return scale * x\n", namespace, "f", {})

        assert result is namespace
        assert result["f"](2) == 6

    def test_file_names_tell_what_they_hold_and_never_repeat(self):
        functions = [compile_source("def f(): pass\n", {}, "rosen_vjp")["f"] for _ in range(3)]

        names = [function.__code__.co_filename for function in functions]

        assert len(set(names)) == 3
        assert all(name.startswith("<srcad rosen_vjp ") and name.endswith(">") for name in names)

    def test_getsource_returns_the_generated_source(self):
        check = compile_source(SOURCE, {}, "half_vjp")["check_vjp"]

        assert inspect.getsource(check) == SOURCE[SOURCE.index("def check_vjp") :]

    def test_getsource_works_in_the_namespace_of_a_module(self):
        namespace = {"__name__": __name__}

        half = compile_source(SOURCE, namespace, "half_vjp")["half_vjp"]

        assert inspect.getsource(half) == SOURCE[: SOURCE.index("\n\n\n") + 1]

    def test_tracebacks_show_generated_lines(self):
        error = raised(compile_source(SOURCE, {}, "half_vjp")["half_vjp"], -1.0)

        shown = "".join(traceback.format_exception(error))

        assert "    return check_vjp(y)\n" in shown
        assert '    raise ValueError("negative")\n' in shown

    def test_source_survives_checkcache(self):
        half = compile_source(SOURCE, {}, "half_vjp")["half_vjp"]

        linecache.checkcache()

        assert inspect.getsource(half).startswith("def half_vjp")

    def test_pdb_lists_generated_lines(self):
        half = compile_source(SOURCE, {}, "half_vjp")["half_vjp"]
        commands, output = StringIO("step\nlist\ncontinue\n"), StringIO()
        debugger = pdb.Pdb(stdin=commands, stdout=output, nosigint=True, readrc=False)
        tracer = sys.gettrace()  # that of a coverage measurement

        try:
            debugger.runcall(half, 1.0)
        finally:
            sys.settrace(tracer)

        assert "return check_vjp(y)" in output.getvalue()

    def test_future_statements_of_the_compiler_are_not_inherited(self):
        f = compile_source("def f(x: 1 + 1): pass\n", {}, "f")["f"]

        assert f.__annotations__ == {"x": 2}

    def test_a_syntax_error_registers_nothing(self):
        gc.collect()
        before = generated_files()

        with pytest.raises(SyntaxError):
            compile_source("def f(:\n", {}, "f")

        assert generated_files() == before


class TestRelease:
    def test_source_is_dropped_with_the_last_function(self):
        namespace = compile_source(SOURCE, {}, "half_vjp")
        half, check = namespace.pop("half_vjp"), namespace.pop("check_vjp")
        name = half.__code__.co_filename

        del half, namespace
        gc.collect()
        assert registered(check)

        del check
        gc.collect()
        assert name not in linecache.cache

    def test_a_nested_function_keeps_the_source(self):
        inner = compile_source("def f():\n    return lambda: 1\n", {}, "f")["f"]()
        gc.collect()

        assert inspect.getsource(inner) == "    return lambda: 1\n"

        name = inner.__code__.co_filename
        del inner
        gc.collect()
        assert name not in linecache.cache

    def test_source_without_functions_is_dropped_at_once(self):
        gc.collect()
        before = generated_files()

        assert compile_source("x = 1\n", {}, "x")["x"] == 1

        gc.collect()
        assert generated_files() == before

    def test_an_error_at_the_top_level_shows_its_line(self):
        gc.collect()
        before = generated_files()

        with pytest.raises(ZeroDivisionError) as info:
            compile_source("x = 1\ny = x / 0\n", {}, "x")

        assert "    y = x / 0\n" in "".join(traceback.format_exception(info.value))

        del info
        gc.collect()
        assert generated_files() == before

    def test_explicit_release(self, user_file):
        half = compile_source(SOURCE, {}, "half", {2: 2}, user_file=user_file)["half_vjp"]

        release(half.__code__.co_filename)
        release(half.__code__.co_filename)

        assert not registered(half)
        assert half(4.0) == 2.0
        error = raised(half, -1.0)
        add_user_line_note(error)
        assert not hasattr(error, "__notes__")

    def test_many_compilations_leave_nothing(self):
        gc.collect()
        before = generated_files()

        for _ in range(50):
            compile_source(SOURCE, {}, "half_vjp")

        gc.collect()
        assert generated_files() == before


class TestUserLineNote:
    def test_names_the_users_lines_innermost_first(self, user_file):
        half = compile_source(
            SOURCE, {}, "half_vjp", {2: 2, 3: 2, 7: 6, 8: 7}, user_function="half", user_file=user_file
        )["half_vjp"]
        error = raised(half, -1.0)

        add_user_line_note(error)

        assert error.__notes__ == [
            'in half (model.py:7): raise ValueError("negative")',
            "in half (model.py:2): return check(x / 2)",
        ]

    def test_is_added_once(self, user_file):
        half = compile_source(SOURCE, {}, "half", {3: 2}, user_file=user_file)["half_vjp"]
        error = raised(half, -1.0)

        add_user_line_note(error)
        add_user_line_note(error)

        assert error.__notes__ == ["in half (model.py:2): return check(x / 2)"]

    def test_of_nested_generated_code_is_added_level_by_level(self, user_file):
        namespace = compile_source(SOURCE, {}, "check", {8: 7}, user_file=user_file)
        inner = namespace["half_vjp"]

        def entry(x):
            try:
                return inner(x)
            except ValueError as error:
                add_user_line_note(error)
                raise

        outer = compile_source(
            "def outer_vjp(x):\n    return entry(x)\n", {"entry": entry}, "outer", {2: 1}, user_file=user_file
        )["outer_vjp"]
        error = raised(outer, -1.0)
        add_user_line_note(error)

        assert error.__notes__ == [
            'in check (model.py:7): raise ValueError("negative")',
            "in outer (model.py:1): def half(x):",
        ]

    def test_keeps_the_notes_of_others_and_the_colon_of_a_statement(self, user_file):
        half = compile_source(SOURCE, {}, "half", {3: 6}, user_file=user_file)["half_vjp"]
        error = raised(half, -1.0)
        error.add_note("mine")

        add_user_line_note(error)

        assert error.__notes__ == ["mine", "in half (model.py:6): if y < 0:"]

    def test_without_the_users_source_names_the_place_alone(self):
        half = compile_source(SOURCE, {}, "half", {3: 40}, user_file="/nowhere/model.py")["half_vjp"]
        error = raised(half, -1.0)

        add_user_line_note(error)

        assert error.__notes__ == ["in half (model.py:40)"]

    def test_finds_the_source_of_a_notebook_cell(self):
        cell = "<ipython-input-3-5a>"
        linecache.cache[cell] = 10, None, ["one\n", "two\n"], cell
        half = compile_source(SOURCE, {}, "half", {3: 2}, user_file=cell)["half_vjp"]
        error = raised(half, -1.0)

        add_user_line_note(error)
        linecache.cache.pop(cell)

        assert error.__notes__ == ["in half (<ipython-input-3-5a>:2): two"]

    def test_is_not_added_to_errors_of_other_code_or_lines_without_origin(self):
        try:
            int("x")
        except ValueError as error:
            add_user_line_note(error)
            assert not hasattr(error, "__notes__")

        error = raised(compile_source(SOURCE, {}, "half")["half_vjp"], -1.0)
        add_user_line_note(error)
        assert not hasattr(error, "__notes__")
        add_user_line_note(ValueError("never raised"))
