"""Golden files: functions, and the source that srcad generates for their derivatives.

Every other file in this folder is a case, laid out like this:

    \"\"\"What the case shows.\"\"\"

    import numpy as np


    def cube(x):
        return np.sum(x**3)


    EXAMPLE = (np.ones(3),)


    # ---- vjp -----------------------------------------------------------------

    def cube_vjp(x, y_bar):
        ...

The part before the first bar is written by hand. The function that is differentiated is the one named like the file,
unless ``FUNCTION`` is another. ``EXAMPLE`` are its arguments, whose types and shapes the code is generated for;
``ARGNUMS`` selects the differentiated ones (all of them, if it is not given), ``IN_DIMS`` the batched ones.

A bar names a kind of derivative (``KINDS`` below), and below it is what ``.source`` gives for it. That part is
rewritten by

    python -m tests.cases.rewrite [case ...]

so a new case is a hand-written part and empty bars. The text is Python, and it is linted; but it is generated for
a signature, and where names in it collide the last one wins: whoever runs a case loads its hand-written part alone.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import srcad
from srcad.api import DerivativeFunction

FOLDER = Path(__file__).parent
BAR = re.compile(r"^# ---- (\w+) -*\n", re.MULTILINE)
WIDTH = 100


@dataclass
class Case:
    """A golden file: its function with example arguments, and the generated text for each kind."""

    path: Path
    head: str
    sections: dict[str, str]
    function: Callable[..., Any]
    example: tuple[Any, ...]
    argnums: int | tuple[int, ...]
    in_dims: Any

    @property
    def wanted(self) -> list[int]:
        """The positions of the differentiated arguments."""
        return list(self.argnums) if isinstance(self.argnums, tuple) else [self.argnums]


def paths() -> list[Path]:
    """All golden files."""
    return sorted(path for path in FOLDER.glob("*.py") if path.name != Path(__file__).name)


def load(path: Path) -> Case:
    """Read a golden file, and run its hand-written part."""
    head, *rest = BAR.split(path.read_text())
    namespace: dict[str, Any] = {"__name__": f"tests.cases.{path.stem}"}
    exec(compile(head, str(path), "exec"), namespace)
    example = namespace["EXAMPLE"]
    every = tuple(range(len(example))) if len(example) > 1 else 0
    return Case(
        path, head.rstrip() + "\n", {kind: text.strip("\n") for kind, text in zip(rest[::2], rest[1::2], strict=True)},
        namespace.get("FUNCTION") or namespace[path.stem], example, namespace.get("ARGNUMS", every), namespace.get("IN_DIMS"),
    )


# ---- kinds: the derivative, and the arguments of a call --------------------------------------------------------------


def direction(tree: Any, seed: float = 1.0) -> Any:
    """Numbers like those of a tree of arrays, to multiply a derivative with."""
    if isinstance(tree, tuple | list):
        return type(tree)([direction(item, seed + k) for k, item in enumerate(tree)])
    if isinstance(tree, dict):
        return {key: direction(item, seed + k) for k, (key, item) in enumerate(tree.items())}
    if np.ndim(tree) == 0:
        return np.cos(seed)
    return np.cos(seed + np.arange(np.size(tree))).reshape(np.shape(tree))


def chosen(case: Case) -> Any:
    """The differentiated arguments: one, or a tuple of them."""
    if isinstance(case.argnums, int):
        return case.example[case.argnums]
    return tuple(case.example[k] for k in case.argnums)


def product(kind: str) -> Callable[[Case], tuple[DerivativeFunction, tuple[Any, ...]]]:
    """``srcad.functional.vjp`` or ``jvp``."""

    def made(case: Case) -> tuple[DerivativeFunction, tuple[Any, ...]]:
        inputs = case.example if len(case.example) > 1 else case.example[0]
        like = case.function(*case.example) if kind == "vjp" else inputs
        options = {"create_graph": False, "strict": False, "top": True}
        return DerivativeFunction(f"functional.{kind}", case.function, options), (inputs, direction(like))

    return made


def transform(make: Callable[..., DerivativeFunction]) -> Callable[[Case], tuple[DerivativeFunction, tuple[Any, ...]]]:
    """A derivative that is called like the function."""
    return lambda case: (make(case.function, case.argnums), case.example)


KINDS: dict[str, Callable[[Case], tuple[DerivativeFunction, tuple[Any, ...]]]] = {
    "vjp": product("vjp"),
    "jvp": product("jvp"),
    "hvp": lambda case: (srcad.hvp(case.function, case.argnums), (*case.example, direction(chosen(case)))),
    "value_and_grad": transform(srcad.value_and_grad),
    "jacobian": transform(srcad.jacobian),
    "hessian": transform(srcad.hessian),
    "vmap": lambda case: (srcad.vmap(case.function, case.in_dims), case.example),
}


# ---- the generated part ----------------------------------------------------------------------------------------------


def generated(case: Case, kind: str) -> str:
    """The text below a bar; messages in it name the case's file alone, wherever the tree stands."""
    derivative, args = KINDS[kind](case)
    return derivative.source(*args).strip("\n").replace(f"{case.path.parent}/", "")


def bar(kind: str) -> str:
    start = f"# ---- {kind} "
    return start + "-" * (WIDTH - len(start))


def text(case: Case) -> str:
    """A golden file with its generated part made anew."""
    parts = [case.head, *(f"{bar(kind)}\n\n{generated(case, kind)}\n" for kind in case.sections)]
    return "\n\n".join(parts)


def main(names: list[str]) -> None:
    for path in paths():
        if not names or path.stem in names:
            new = text(load(path))
            if new != path.read_text():
                path.write_text(new)
                print(f"rewrote {path.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
