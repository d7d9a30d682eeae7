"""The command line: python -m srcad show module:function."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import srcad
from srcad.__main__ import KINDS, main

MODEL = '''
import numpy as np
import srcad


def loss(x, k=2.0):
    residual = x - 1.0
    return k * np.sum(residual**2)


@srcad.differentiate(argnums=1)
def second(a, x):
    return a * np.sum(x**3)


class Model:
    def energy(self, x):
        return np.sum(x**2)


SIZE = 3
'''


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory):
    """The current directory, with a module command_line_model in it."""
    folder = tmp_path_factory.mktemp("command_line")
    (folder / "command_line_model.py").write_text(MODEL, encoding="utf-8")
    (folder / "command_line_broken.py").write_text("import no_such_module_anywhere\n", encoding="utf-8")
    before, path = os.getcwd(), list(sys.path)
    os.chdir(folder)
    yield folder
    os.chdir(before)
    sys.path[:] = path
    sys.modules.pop("command_line_model", None)


def show(capsys, *arguments):
    """Exit code, output and messages of `python -m srcad show ...`."""
    code = main(["show", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("kind", KINDS)
def test_source_of_a_kind_is_printed(capsys, kind):
    code, out, err = show(capsys, "command_line_model:loss", "--kind", kind, "--args", "np.ones(3)")

    assert (0, "") == (code, err)
    assert any(isinstance(node, ast.FunctionDef) for node in ast.parse(out).body)
    assert "residual" in out
    assert out.endswith("\n") and not out.endswith("\n\n")


def test_gradient_is_the_default(capsys):
    _, expected, _ = show(capsys, "command_line_model:loss", "--kind", "grad", "--args", "np.ones(3), 2.0")
    _, out, _ = show(capsys, "command_line_model:loss", "--args", "np.ones(3), 2.0")

    assert expected == out


def test_without_arguments_the_general_code_is_printed(capsys):
    code, out, _ = show(capsys, "command_line_model:loss")

    assert 0 == code
    assert out != show(capsys, "command_line_model:loss", "--args", "np.ones(3)")[1]


def test_source_is_that_of_the_derivative(capsys):
    _, out, _ = show(capsys, "command_line_model:loss", "--args", "np.ones(3)")
    import command_line_model

    assert srcad.grad(command_line_model.loss).source(np.ones(3)).rstrip() == out.rstrip()


def test_decorated_function_keeps_its_argnums(capsys):
    _, expected, _ = show(capsys, "command_line_model:second", "--args", "2.0, np.ones(3)")
    _, out, _ = show(capsys, "command_line_model:second", "--args", "2.0, np.ones(3)", "--argnums", "1")
    _, both, _ = show(capsys, "command_line_model:second", "--args", "2.0, np.ones(3)", "--argnums", "0, 1")

    assert expected == out
    assert "x_bar" in out
    assert both != out


def test_name_may_have_dots(capsys):
    code, out, _ = show(
        capsys, "command_line_model:Model.energy", "--args", "None, np.ones(3)", "--argnums", "1"
    )

    assert 0 == code
    assert "2.0 * x" in out


UNUSABLE = {
    "no_such_module_anywhere:f": "the module no_such_module_anywhere cannot be imported: No module named",
    "command_line_broken:f": "command_line_broken cannot be imported: No module named 'no_such_module_anywhere'",
    "command_line_model:lost": "the module command_line_model (",
    "command_line_model:SIZE": "command_line_model:SIZE is no function but int: 3",
    "command_line_model": "write MODULE:FUNCTION",
    "command_line_model:": "write MODULE:FUNCTION",
    "command_line_model.py:loss": "is a file; write the name of the module",
}


@pytest.mark.parametrize("place", UNUSABLE)
def test_place_that_leads_nowhere(capsys, place):
    code, out, err = show(capsys, place)

    assert (2, "") == (code, out)
    assert err.startswith("srcad: error: ")
    assert UNUSABLE[place] in err


@pytest.mark.parametrize("option", ["--args", "--argnums"])
@pytest.mark.parametrize("text", ["np.one(3)", "1 +", "unknown"])
def test_expression_that_cannot_be_evaluated(capsys, option, text):
    code, out, err = show(capsys, "command_line_model:loss", option, text)

    assert (2, "") == (code, out)
    assert f"{option} cannot be evaluated: " in err


def test_derivative_that_is_not_to_be_had(capsys):
    code, out, err = show(capsys, "command_line_model:loss", "--args", "3")

    assert (1, "") == (code, out)
    assert "command_line_model.py" in err
    assert "remedy" in err


@pytest.mark.parametrize("arguments", [[], ["show"], ["show", "m:f", "--kind", "gradient"], ["print", "m:f"]])
def test_wrong_usage(capsys, arguments):
    with pytest.raises(SystemExit) as info:
        main(arguments)

    assert 2 == info.value.code
    assert "usage: python -m srcad" in capsys.readouterr().err


def test_help_says_what_there_is(capsys):
    with pytest.raises(SystemExit) as info:
        main(["show", "--help"])

    assert 0 == info.value.code
    out = capsys.readouterr().out
    for text in [*KINDS, "--args", "--argnums", "MODULE:FUNCTION", "examples:"]:
        assert text in out


def run(folder, *arguments):
    environment = dict(os.environ, PYTHONPATH=str(Path(srcad.__file__).parents[1]))
    command = [sys.executable, "-m", "srcad", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_package_is_a_command(folder):
    done = run(folder, "show", "command_line_model:loss", "--kind", "vjp", "--args", "np.ones(3)")
    failed = run(folder, "show", "command_line_model:lost")

    assert (0, "") == (done.returncode, done.stderr)
    assert "y_bar" in done.stdout
    assert (2, "") == (failed.returncode, failed.stdout)
    assert "has no lost" in failed.stderr
    assert "Traceback" not in failed.stderr
