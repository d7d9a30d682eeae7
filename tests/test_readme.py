"""The README's example runs, and prints the source that the README says it prints."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)

pytestmark = pytest.mark.smoke


def test_the_example_prints_the_source_shown(tmp_path, capsys, monkeypatch):
    text = README.read_text(encoding="utf-8")
    example = BLOCK.search(text).group(1)
    shown = BLOCK.search(text.split("<!-- source: quickstart -->")[1]).group(1)
    script = tmp_path / "readme_example.py"
    script.write_text(example, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    __import__("readme_example")

    assert capsys.readouterr().out.rstrip().endswith(shown.rstrip())
