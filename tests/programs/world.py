"""What a program may change besides its result: modules' globals, cells, defaults, objects, random states, prints.

A ``World`` is everything mutable that is reached from a function and its arguments. It can be described, so that
the effects of a derivative are compared with those of the function, and put back, so that each check starts anew.
"""

import collections
import contextlib
import copy
import io
import random
import sys
from collections.abc import Iterator
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

VALUES = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis), range, slice, np.generic, np.dtype)
OWN = ("tests.", "fuzz")  # where the names of modules begin whose data belongs to a world
HARNESS = ("tests.programs.check", "tests.programs.world", "tests.support")


class World:
    """All that is reached from ``roots``, and the random states of NumPy and Python."""

    def __init__(self, *roots: Any) -> None:
        modules = [sys.modules.get(root.__module__) for root in roots if isinstance(root, FunctionType)]
        self.roots = [*roots, *modules, np.random.mtrand._rand, random._inst]  # type: ignore[attr-defined]
        self.printed = io.StringIO()

    @contextlib.contextmanager
    def fresh(self) -> Iterator["World"]:
        """A world that is afterwards as it was before; what is printed meanwhile is held."""
        known: dict[int, tuple[Any, Any]] = {}
        _record(self.roots, known)
        before, self.printed = self.printed, io.StringIO()
        try:
            with contextlib.redirect_stdout(self.printed):
                yield self
        finally:
            self.printed = before
            for thing, state in known.values():
                _put_back(thing, state)

    def described(self) -> dict[str, str]:
        """What there is, by the path on which it is reached first."""
        found = {"printed": self.printed.getvalue()}
        _describe(self.roots, "", found, {})
        return found


def describe(*things: Any) -> dict[str, str]:
    """What things are made of, down to the last bit."""
    found: dict[str, str] = {}
    _describe(list(things), "", found, {})
    return found


def difference(actual: dict[str, str], expected: dict[str, str]) -> str:
    """Where two descriptions differ, empty if nowhere."""
    paths = [path for path in {**expected, **actual} if actual.get(path) != expected.get(path)]
    return "\n".join(f"{path}: {actual.get(path)}, expected {expected.get(path)}" for path in paths[:5])


# ---- the parts of a thing ------------------------------------------------------------------------------------


def _belongs(name: str, value: Any) -> bool:
    """Whether a global is data, or a function or class of the programs, which may hold some."""
    if not name.isidentifier() or name.startswith("__") or name == "pytest_generate_tests":
        return False
    if isinstance(value, ModuleType):
        return value.__name__.startswith(OWN) and value.__name__ not in HARNESS
    if isinstance(value, FunctionType | type):
        return value.__module__.startswith(OWN) and value.__module__ not in HARNESS
    return True


def _state(thing: Any) -> Any:
    """The state of one mutable thing, whose parts are the things themselves; None if it has none that is known."""
    if isinstance(thing, np.ndarray):
        return thing.copy()
    if isinstance(thing, list | tuple | collections.deque):
        return list(thing)
    if isinstance(thing, dict):
        return dict(thing)
    if isinstance(thing, set | frozenset):
        return set(thing)
    if isinstance(thing, np.random.Generator):
        return copy.deepcopy(thing.bit_generator.state)
    if isinstance(thing, np.random.RandomState):
        return thing.get_state()
    if isinstance(thing, random.Random):
        return thing.getstate()
    if isinstance(thing, ModuleType):
        return {name: value for name, value in vars(thing).items() if _belongs(name, value)}
    if isinstance(thing, FunctionType):
        cells = {f"cell {k}": _content(cell) for k, cell in enumerate(thing.__closure__ or ())}
        attributes = {name: value for name, value in vars(thing).items() if name != "programs"}
        defaults = {"defaults": thing.__defaults__, "keyword defaults": thing.__kwdefaults__}
        return {**cells, **defaults, **attributes}
    if isinstance(thing, MethodType):
        return {"self": thing.__self__, "function": thing.__func__}
    if isinstance(thing, type):
        return {n: v for n, v in vars(thing).items() if _belongs(n, v)} if thing.__module__.startswith(OWN) else None
    if type(thing).__module__.startswith(OWN) and type(thing).__module__ not in HARNESS:
        slots = [name for c in type(thing).__mro__ for name in getattr(c, "__slots__", ())]
        return {**{name: getattr(thing, name) for name in slots if hasattr(thing, name)}, **getattr(thing, "__dict__", {})}
    return None


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return "an empty cell"


def _parts(thing: Any, state: Any) -> dict[str, Any]:
    if isinstance(state, list):
        return {f"[{k}]": item for k, item in enumerate(state)}
    if isinstance(state, dict) and isinstance(thing, dict):
        return {f"[{key!r}]": item for key, item in state.items()}
    if isinstance(state, dict) and not isinstance(thing, np.random.Generator):
        return {f".{name}": item for name, item in state.items()}
    return {}


def _record(thing: Any, known: dict[int, tuple[Any, Any]]) -> None:
    if isinstance(thing, VALUES) or id(thing) in known:
        return
    state = _state(thing)
    if state is None:
        return
    known[id(thing)] = thing, state
    for part in _parts(thing, state).values():
        _record(part, known)


def _put_back(thing: Any, state: Any) -> None:
    if isinstance(thing, np.ndarray):
        if not np.array_equal(thing, state, equal_nan=thing.dtype.kind == "f"):
            thing[...] = state
    elif isinstance(thing, list):
        thing[:] = state
    elif isinstance(thing, collections.deque | set):
        thing.clear()
        (thing.update if isinstance(thing, set) else thing.extend)(state)
    elif isinstance(thing, dict):
        thing.clear()
        thing.update(state)
    elif isinstance(thing, np.random.Generator):
        thing.bit_generator.state = state
    elif isinstance(thing, np.random.RandomState):
        thing.set_state(state)
    elif isinstance(thing, random.Random):
        thing.setstate(state)
    elif isinstance(thing, FunctionType):
        for k, cell in enumerate(thing.__closure__ or ()):
            if _content(cell) is not state[f"cell {k}"]:
                cell.cell_contents = state[f"cell {k}"]
        for name in [n for n in vars(thing) if n != "programs" and n not in state]:
            delattr(thing, name)
        vars(thing).update({n: v for n, v in state.items() if n in vars(thing)})
    elif not isinstance(thing, tuple | frozenset | MethodType):
        now = _state(thing)
        for name in now.keys() - state.keys():
            delattr(thing, name)
        for name, value in state.items():
            if name not in now or now[name] is not value:
                # past frozen dataclasses and properties
                type.__setattr__(thing, name, value) if isinstance(thing, type) else object.__setattr__(thing, name, value)


def _describe(thing: Any, path: str, found: dict[str, str], known: dict[int, tuple[str, Any]]) -> None:
    if isinstance(thing, VALUES):
        found[path] = f"{type(thing).__name__} {thing!r}"
        return
    if id(thing) in known:
        found[path] = f"the same as {known[id(thing)][0]}"
        return
    known[id(thing)] = path, thing  # which keeps it alive, so that its id is not used again
    state = _state(thing)
    if isinstance(thing, np.ndarray):
        found[path] = f"{thing.dtype} {thing.shape} {thing.tolist()}"
    elif isinstance(thing, set | frozenset):
        found[path] = f"{type(thing).__name__} {sorted(map(repr, state))}"
    elif state is None or isinstance(thing, np.random.Generator | np.random.RandomState | random.Random):
        # the numbers of Mersenne's twister are many
        if isinstance(thing, np.random.RandomState):
            state = hash(state[1].tobytes()), *state[2:]
        found[path] = f"{type(thing).__name__} {'' if state is None else state!s}"
    else:
        found[path] = type(thing).__name__
        for name, part in _parts(thing, state).items():
            _describe(part, path + name, found, known)
