"""What the documentation prints is what the code prints."""

import re
from pathlib import Path

import numpy as np

import srcad
from srcad.frontend.lower import lower
from srcad.ir.facts import fact_of
from srcad.ir.nodes import Value
from srcad.ir.text import text
from srcad.transforms.adjoint import gradient
from srcad.transforms.simplify import simplified

PAGE = Path(__file__).parent.parent / "docs" / "how-it-works.md"
X = np.ones(3)


def f(x):
    y = np.sin(x)
    return np.sum(y * y)


def shown(name):
    """The block of the page that follows a marker."""
    part = PAGE.read_text(encoding="utf-8").split(f"<!-- output: {name} -->")[1]
    return re.search(r"```(?:python)?\n(.*?)```", part, re.DOTALL).group(1).strip()


def lowered():
    specialised, _ = lower(f, [Value("", fact_of(X))], {}, {})
    return specialised.function


def test_the_ir_is_as_shown():
    assert shown("ir") == text(lowered())


def test_the_gradient_is_as_shown():
    function = gradient(lowered(), (True,), (True,))

    assert shown("gradient") == text(simplified(function))


def test_the_source_is_as_shown():
    assert shown("source") == srcad.grad(f).source(X).strip()


def test_the_examples_on_hints_run(tmp_path, monkeypatch):
    text_ = PAGE.with_name("hints.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", text_, re.DOTALL)
    script = tmp_path / "hints_examples.py"
    script.write_text("\n\n".join(examples), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    module = __import__("hints_examples")

    x, w = np.array([0.3, -0.5]), np.array([[0.2, 0.7], [0.4, -0.3]])
    srcad.check_grads(module.network, (x, [w, 2.0 * w]))
    srcad.check_grads(lambda x, v: module.simulated(x, v, 20), (x, -x))
