"""Every refusal has a test of its words: the texts in the source of srcad, looked for among the tests."""

import ast
import re
from pathlib import Path

import srcad

SOURCE = Path(srcad.__file__).parent
TESTS = Path(__file__).parent
REFUSING = {"explain", "unsupported", "in_place", "refuse_here", "type_error", "value_error", "error", "refusal"}
WORDS = 4
"""So many words of a text in a row make it tested; those of shorter texts all of them."""

UNTESTED = {
    "an array is read whose shape has been assigned": "no program is known that comes to it",
    "rows are differentiated before they are batched": "no derivative is taken of what is batched; a guard of the rules",
    "of a batched list of arrays has no second derivative": "a batch is cut after the second derivative; a guard of the rules",
    "no symbol among the arguments": "a rule that is called with numbers only, which no application is",
    "report this program to the authors of srcad": "residuals of a kind that no transform makes",
}
"""Texts of which no test can hold the words, and why."""


def texts_of(node):
    """The constant parts of a string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return [text for part in node.values for text in texts_of(part)]
    if isinstance(node, ast.BinOp):
        return texts_of(node.left) + texts_of(node.right)
    return []


def refusals(path):
    """The texts of the refusals in a module: what says so, and the ``TypeError`` with which a rule refuses."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name in REFUSING or (name == "TypeError" and path.parent.name == "rules"):
            found = [text for argument in node.args for text in texts_of(argument) if len(text.split()) >= 3]
            if found:
                yield found


def windows(text):
    words = text.split()
    return (" ".join(words[k : k + WORDS]) for k in range(max(1, len(words) - WORDS + 1)))


def test_the_words_of_every_refusal_stand_in_a_test():
    tests = " ".join(path.read_text() for path in TESTS.rglob("*.py") if path != Path(__file__))
    tests = re.sub(r'"\s*\n\s*[rf]*"', "", re.sub(r"\\(.)", r"\1", tests))
    missing = [
        f"{path.relative_to(SOURCE)}: {texts[0].strip()}"
        for path in sorted(SOURCE.rglob("*.py")) for texts in refusals(path)
        if not any(window in tests for text in texts for window in windows(text))
    ]

    assert [text for text in missing if not any(known in text for known in UNTESTED)] == []
    assert [known for known in UNTESTED if not any(known in text for text in missing)] == []
