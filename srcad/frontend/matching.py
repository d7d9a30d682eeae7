"""Lowering ``match``: each case becomes a condition, and what it captures variables.

    match shape:                          if len(shape) == 2 and shape[0] == 1:
        case [1, n]: ...                      n = shape[1]; ...
        case other: ...                   else: other = shape; ...

Sequences, dicts and objects are known while lowering, so that most conditions are too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import gast

from srcad.frontend import scan
from srcad.frontend.expressions import type_of
from srcad.frontend.saying import error_of
from srcad.frontend.scope import is_theirs, theirs
from srcad.frontend.statements import Statements
from srcad.frontend.trees import Mapping, Sequence, Table, Tree
from srcad.ir import core
from srcad.ir.nodes import Const, Value

WHOLE = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)
"""Classes of which the one positional pattern is for the object itself."""


class Matching(Statements):
    """The part of lowering that runs ``match``."""

    def flow_Match(self, node: Any, rest: list[Any]) -> bool:
        subject = self.expr(node.subject)
        open_ends = [case.body for case in node.cases if not scan.always_exits(case.body)]
        falls_through = not is_irrefutable(node.cases[-1])
        if len(open_ends) + falls_through > 1:
            self.run_cases(subject, node.cases, [])
            return self.guarded(rest)
        self.run_cases(subject, node.cases, rest)
        return True

    def run_cases(self, subject: Tree, cases: list[Any], rest: list[Any]) -> None:
        """Run the first case that matches, and the rest where the code gets beyond it."""
        if not cases:
            self.run(rest)
            return
        case, *others = cases
        body = case.body if scan.always_exits(case.body) else case.body + rest
        self.build.location = self.frame.location(case.pattern)
        self.frame.vars.update(dict.fromkeys(map(hidden, scan.captured(case.pattern)), Const(None)))
        condition = self.truth(self.matches(case.pattern, subject))

        def matched() -> None:
            for name in scan.captured(case.pattern):
                self.bind_name(name, self.housed(self.frame.vars.pop(hidden(name))))
            guard = Const(True) if case.guard is None else self.truth(self.expr(case.guard))
            self.either(guard, lambda: self.run(body), otherwise)

        otherwise = partial(self.run_cases, subject, others, rest)
        self.either(condition, matched, otherwise)

    # ---- patterns ---------------------------------------------------------------------------------------------------

    def matches(self, pattern: Any, tree: Tree) -> Tree:
        """Whether a pattern matches; what it captures goes into hidden variables."""
        if isinstance(tree, Table) and not isinstance(pattern, gast.MatchAs):
            raise self.unsupported(pattern, "a dict whose keys are not known here cannot be matched", "ask for its keys in an if")
        found: Tree = getattr(self, f"match_{type(pattern).__name__}")(pattern, tree)
        return found

    def match_MatchValue(self, pattern: Any, tree: Tree) -> Tree:
        value = self.expr(pattern.value)
        if isinstance(tree, Mapping) and type_of(value) not in (None, dict):
            return Const(False)
        return self.comparison(gast.Eq(), tree, value, pattern)

    def match_MatchSingleton(self, pattern: Any, tree: Tree) -> Tree:
        return self.comparison(gast.Is(), tree, Const(pattern.value), pattern)

    def match_MatchAs(self, pattern: Any, tree: Tree) -> Tree:
        found = Const(True) if pattern.pattern is None else self.matches(pattern.pattern, tree)
        if pattern.name is not None:
            self.frame.vars[hidden(pattern.name)] = tree
        return found

    def match_MatchOr(self, pattern: Any, tree: Tree) -> Tree:
        return self.short_circuit(False, [partial(self.matches, p, tree) for p in pattern.patterns])

    def all_match(self, conditions: list[Callable[[], Tree]]) -> Tree:
        return self.short_circuit(True, conditions) if conditions else Const(True)

    def match_MatchSequence(self, pattern: Any, tree: Tree) -> Tree:
        patterns = pattern.patterns
        star = next((k for k, p in enumerate(patterns) if isinstance(p, gast.MatchStar)), None)
        if isinstance(tree, Value) and tree.fact.kind == "list":
            return self.match_list(patterns, star, tree, pattern)
        items = self.items_to_match(tree, pattern)
        if items is None or (len(items) != len(patterns) if star is None else len(items) < len(patterns) - 1):
            return Const(False)
        return self.all_match(self.element_matches(patterns, star, list(items), len(items)))

    def items_to_match(self, tree: Tree, pattern: Any) -> tuple[Tree, ...] | None:
        """The elements of what counts as a sequence; None for what does not."""
        if isinstance(tree, Sequence):
            return tree.items
        if isinstance(tree, Const):
            return tuple(map(Const, tree.value)) if isinstance(tree.value, tuple | list) else None
        if isinstance(tree, Value) and tree.fact.kind == "shape":
            return self.elements(tree, pattern)
        self.require_kind(tree, pattern, "a sequence")
        return None

    def require_kind(self, tree: Tree, pattern: Any, what: str) -> None:
        """Refuse to say that what is not known while lowering is not of a kind."""
        if isinstance(tree, Value) and tree.fact.kind in ("any", "object") and tree not in self.examples:
            raise self.unsupported(pattern, f"whether this is {what} is not known while the derivative is generated",
                                   "test for it with isinstance, outside of the function that is differentiated")

    def element_matches(self, patterns: list[Any], star: int | None, items: Any, count: int) -> list[Callable[[], Tree]]:
        """The conditions on the elements of a sequence; the one with a star takes a list of those between."""
        if star is None:
            return [partial(self.matches, p, item) for p, item in zip(patterns, items, strict=True)]
        after = len(patterns) - star - 1
        found: list[Callable[[], Tree]] = [
            partial(self.matches, p, item) for p, item in zip(patterns[:star], items[:star], strict=True)
        ]
        if (name := patterns[star].name) is not None:
            self.frame.vars[hidden(name)] = Sequence(list, tuple(items[star : count - after]))
        found += [partial(self.matches, p, item)
                  for p, item in zip(patterns[star + 1 :], items[count - after :], strict=True)]
        return found

    def match_list(self, patterns: list[Any], star: int | None, tree: Value, pattern: Any) -> Tree:
        """Match a list whose length is known at run time."""
        if star is not None and patterns[star].name is not None:
            raise self.unsupported(pattern, "a part of a list whose length is not known is captured here",
                                   "capture the list, and take the part of it")
        length = self.primitive(core.LENGTH, [tree])
        least = len(patterns) - (star is not None)
        fits = gast.Eq() if star is None else gast.GtE()

        def element(pattern: Any, k: int) -> Tree:
            return self.matches(pattern, self.primitive(core.INDEX, [tree, Const(k)]))

        conditions: list[Callable[[], Tree]] = [lambda: self.comparison(fits, length, Const(least), None)]
        for k, part in enumerate(patterns):
            if k != star:
                place = k if star is None or k < star else k - len(patterns)
                conditions.append(partial(element, part, place))
        return self.all_match(conditions)

    def match_MatchMapping(self, pattern: Any, tree: Tree) -> Tree:
        if not isinstance(tree, Mapping) and not (isinstance(tree, Const) and isinstance(tree.value, dict)):
            self.require_kind(tree, pattern, "a mapping")
            return Const(False)
        held = tree.items if isinstance(tree, Mapping) else tree.value
        keys = [self.static(self.expr(key), pattern) for key in pattern.keys]
        if not all(key in held for key in keys):
            return Const(False)
        parts = {key: self.subscript(tree, Const(key), pattern) for key in held}
        if pattern.rest is not None:
            self.frame.vars[hidden(pattern.rest)] = Mapping({k: part for k, part in parts.items() if k not in keys})
        return self.all_match([partial(self.matches, p, parts[key]) for key, p in zip(keys, pattern.patterns, strict=True)])

    def match_MatchClass(self, pattern: Any, tree: Tree) -> Tree:
        kind = self.static(self.expr(pattern.cls), pattern)
        if not isinstance(kind, type):
            raise error_of(partial(match_class, kind), object)
        given = pattern.patterns
        names: tuple[str, ...] = getattr(kind, "__match_args__", ())
        whole = len(given) == 1 and not names and issubclass(kind, WHOLE)
        conditions: list[Callable[[], Tree]] = [lambda: self.call(Const(isinstance), [tree, Const(kind)], {}, pattern)]
        if len(given) > len(names) and not whole:
            count = f"{len(names)} positional sub-pattern{'s' * (len(names) != 1)}"
            conditions.append(partial(self.refused, theirs(TypeError(f"{kind.__name__}() accepts {count} ({len(given)} given)"))))
        if whole:
            conditions.append(partial(self.matches, given[0], tree))
            given = []
        named = [*zip(names, given, strict=False), *zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True)]
        conditions += [partial(self.match_attribute, p, tree, name) for name, p in named]
        return self.all_match(conditions)

    def refused(self, error: Exception) -> Tree:
        raise error

    def match_attribute(self, pattern: Any, tree: Tree, name: str) -> Tree:
        try:
            part = self.attribute(tree, name, pattern)
        except AttributeError as error:
            if not is_theirs(error):
                raise
            return Const(False)
        return self.matches(pattern, part)


def match_class(kind: Any, made: Any) -> None:
    match made:
        case kind():
            pass


def hidden(name: str) -> str:
    """The variable that holds what is captured under a name until the whole pattern has matched."""
    return f"{name}!"


def is_irrefutable(case: Any) -> bool:
    return case.guard is None and isinstance(case.pattern, gast.MatchAs) and case.pattern.pattern is None
