"""What is printed parses back to the same tree, always; statements and their annotations read well."""

import ast
import importlib
import inspect
import sys
import textwrap

import pytest

from srcad.backend import printer
from srcad.backend.printer import Printed, PrinterError, _check_same, annotate, print_module

pytestmark = pytest.mark.smoke


def show(tree):
    """Print a tree, a node or a piece of code."""
    if isinstance(tree, str):
        tree = ast.parse(tree)
    elif isinstance(tree, ast.expr):
        tree = ast.Expr(tree)
    if isinstance(tree, ast.stmt):
        tree = ast.Module([tree], [])
    return print_module(tree).source


def snippets_of(block):
    return [snippet.strip("\n") + "\n" for snippet in textwrap.dedent(block).split("---\n")]


def statement(code, **notes):
    return annotate(ast.parse(code).body[0], **notes)


def function(*body):
    tree = ast.parse("def f(x): pass")
    tree.body[0].body = list(body)
    return tree


# Printed as they stand.
STATEMENTS = r'''
    x = y
    ---
    x = y = z
    ---
    a, b = b, a
    ---
    (a, b), c = d
    ---
    a, *b = c
    ---
    x = a,
    ---
    x = ()
    ---
    x = yield a
    ---
    x += 1
    ---
    x[1:, 0] @= a, b
    ---
    x: int
    ---
    x: int = 1
    ---
    (x): int = 1
    ---
    x.y: Tuple[int, str] = a, b
    ---
    del a, b[0]
    ---
    del (a, b)
    ---
    pass
    ---
    import numpy as np, os.path
    ---
    from . import a
    ---
    from ..a.b import c as d, e
    ---
    from a import *
    ---
    raise
    ---
    raise ValueError("no") from None
    ---
    assert a
    ---
    assert a, "why"
    ---
    global a, b
    ---
    if a:
        b
    elif c:
        d
    elif e:
        f
    else:
        g
    ---
    if a:
        b
    else:
        if c:
            d
        e
    ---
    if (n := f(x)) > 0:
        pass
    ---
    if n := f(x):
        pass
    ---
    while n := f(x):
        break
    else:
        continue
    ---
    for i in range(n):
        pass
    ---
    for i, (j, k) in zip(a, b):
        pass
    else:
        pass
    ---
    for x[0], *y.z in a, *b:
        pass
    ---
    with a:
        pass
    ---
    with a as b, c() as (d, e):
        pass
    ---
    with ((a, b)):
        pass
    ---
    with (a, b) as c:
        pass
    ---
    with (yield a):
        pass
    ---
    try:
        a
    except ValueError:
        b
    except (A, B) as e:
        c
    except:
        d
    else:
        e
    finally:
        f
    ---
    try:
        a
    finally:
        b
    ---
    try:
        a
    except* ValueError as e:
        b
    except* (A, B):
        try:
            c
        except D:
            pass
    ---
    @a
    @b.c(d)
    def f(x, y=1, /, z: int = 2, *args: a, k, l=3, **kwargs) -> Dict[str, int]:
        """Says what it does.

        At length, with a "quote" and a \\ backslash."""
        return x, *y
    ---
    def f(a, /, *, b):
        return
    ---
    def f(*args: *Ts):
        return a
    ---
    def f():
        nonlocal_ = 1

        def g():
            nonlocal nonlocal_
            return lambda: nonlocal_

        return g
    ---
    async def f():
        async with a as b, c:
            async for x in y:
                await z
        return [x async for x in y], await a ** 2, -await a
    ---
    class A:
        pass
    ---
    @a
    class A(B, *C, metaclass=D, **E):
        """Doc."""
        x: int = 1

        def f(self):
            pass

        def g(self):
            pass

        y = 2
    ---
    match x:
        case 1 | -2 | "a" | None | True:
            pass
        case -1.5 + 2j | a.b:
            pass
        case [a, 2, *_] | [*rest]:
            pass
        case []:
            pass
        case {"a": 1, b.c: [d], **rest}:
            pass
        case {}:
            pass
        case A() | B(1, [c], d=2, e=_):
            pass
        case [1 | 2 as a, (b as c) | d]:
            pass
        case (a as b) as c if d:
            pass
        case 1 | 2 as x:
            pass
        case (1 | 2) | 3:
            pass
        case _:
            pass
    ---
    match a, *b:
        case x:
            pass
    ---
    """Module."""

    import a


    def f():
        pass


    def g():
        pass


    x = 1
'''

PEP_695 = """
    type Alias = int | str
    ---
    type Pair[T: int, *Ts, **P] = tuple[T, *Ts]
    ---
    def f[T: (int, str)](x: T) -> T:
        return x
    ---
    class A[T](B):
        pass
    ---
    async def f[**P](x):
        pass
"""

PEP_696 = """
    type Pair[T: int = bool, *Ts = *tuple[int], **P = [int]] = tuple[T, *Ts]
    ---
    class A[T = int]:
        pass
"""


STANDARD_MODULES = """
    abc argparse ast asyncio.base_events bisect calendar cmd codecs collections configparser contextlib csv
    dataclasses datetime decimal difflib dis doctest enum fractions functools heapq html.parser inspect
    ipaddress json keyword linecache logging mailbox numbers optparse os pathlib pdb pickle pprint random re
    shutil socket statistics string subprocess tarfile tempfile textwrap threading tokenize traceback typing
    unittest.mock urllib.parse uuid weakref xml.etree.ElementTree zipfile
""".split()


class TestText:
    @pytest.mark.parametrize("code", snippets_of(STATEMENTS))
    def test_statements_are_printed_as_they_stand(self, code):
        assert show(code) == code

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
    @pytest.mark.parametrize("code", snippets_of(PEP_695))
    def test_type_parameters(self, code):
        assert show(code) == code

    @pytest.mark.skipif(sys.version_info < (3, 13), reason="syntax of Python 3.13")
    @pytest.mark.parametrize("code", snippets_of(PEP_696))
    def test_defaults_of_type_parameters(self, code):
        assert show(code) == code

    @pytest.mark.parametrize(
        ("code", "printed"),
        [
            ("if a: b", "if a:\n    b"),
            ("class A(): pass", "class A:\n    pass"),
            ("for (a, b) in c: pass", "for a, b in c:\n    pass"),
            ("match a:\n case b, c: pass", "match a:\n    case [b, c]:\n        pass"),
            ("'statement'", '"""statement"""'),
            ("'its \"own\"'", '"""its "own\\""""'),
            ("'\\r\\n\\t\\x00\\\\'", '"""\\r\n\t\\x00\\\\"""'),
        ],
    )
    def test_other_spellings(self, code, printed):
        assert show(code) == printed + "\n"

    def test_string_statements_of_quotes_alone(self):
        for count in range(1, 9):
            show(ast.Constant('"' * count))
            show(ast.Constant("\\" + '"' * count))

    @pytest.mark.parametrize("code", ["return x", "break", "nonlocal a", "await x", "return *a, b"])
    def test_fragments_that_only_parse(self, code):
        assert show(code) == code + "\n"

    def test_empty_module(self):
        assert print_module(ast.parse("")) == Printed("", {})

    def test_golden_function(self):
        code = textwrap.dedent(
            """\
            def burgers_vjp(u0, dt, steps, y_bar):
                u = u0.copy()
                overwritten = []
                for _ in range(steps):
                    overwritten.append(u[1:-1].copy())
                    u[1:-1] -= dt * u[1:-1] * (u[2:] - u[:-2])
                y = np.sum(u**2)
                u_bar = 2.0 * y_bar * u
                dt_bar = 0.0
                for k in range(steps - 1, -1, -1):
                    u[1:-1] = overwritten[k]
                    slope = u[2:] - u[:-2]
                    step_bar = -u_bar[1:-1]
                    dt_bar += np.sum(step_bar * u[1:-1] * slope)
                    slope_bar = step_bar * dt * u[1:-1]
                    u_bar[1:-1] += step_bar * dt * slope
                    u_bar[2:] += slope_bar
                    u_bar[:-2] -= slope_bar
                return y, u_bar, dt_bar
            """
        )

        assert show(code) == code


class TestAnnotations:
    def test_comments_and_blank_lines(self):
        tree = function(
            statement("head = x[:-1]", leading="forward", blank=True),
            statement("xs = []", comment="overwritten below"),
            statement("for i in x: pass", leading="backward:\n\n  each step", blank=True, comment="loop"),
            statement("return head"),
        )
        annotate(tree.body[0], leading="The derivative.", comment="generated")

        assert print_module(tree).source == textwrap.dedent(
            """\
            # The derivative.
            def f(x):  # generated
                # forward
                head = x[:-1]
                xs = []  # overwritten below

                # backward:
                #
                #   each step
                for i in x:  # loop
                    pass
                return head
            """
        )

    def test_comments_of_clauses(self):
        tree = statement("if a:\n    b\nelif c:\n    d\nelse:\n    e", comment="one")
        annotate(tree.orelse[0], comment="two", leading="three", blank=True)
        handled = statement("try:\n    a\nexcept B:\n    c")
        annotate(handled.handlers[0], comment="four", leading="five", user_line=9)
        matched = statement("match a:\n    case b:\n        c")
        annotate(matched.cases[0], comment="six", user_line=8)

        printed = print_module(ast.Module([tree, handled, matched], []))

        assert printed.source == textwrap.dedent(
            """\
            if a:  # one
                b
            # three
            elif c:  # two
                d
            else:
                e
            try:
                a
            # five
            except B:  # four
                c
            match a:
                case b:  # six
                    c
            """
        )
        assert printed.line_map == {11: 9, 14: 8}

    def test_comment_of_a_decorated_function(self):
        assert show(statement("@a\ndef f():\n    pass", comment="why")) == "@a  # why\ndef f():\n    pass\n"

    def test_a_comment_stays_a_comment(self):
        tree = statement("x = 1", comment="a\nb = 2", leading="c\r\nd\x0ce")

        assert show(tree) == "# c\n# d\n# e\nx = 1  # a b = 2\n"

    def test_a_comment_that_makes_the_line_too_long_goes_above(self):
        tree = function(statement("x = 1", comment="c" * 100))

        assert show(tree) == f"def f(x):\n    # {'c' * 100}\n    x = 1\n"

    def test_a_comment_never_ends_up_in_a_docstring(self):
        tree = statement('"""One.\n\nTwo."""', comment="why", user_line=3)

        printed = print_module(ast.Module([tree], []))

        assert printed == Printed('# why\n"""One.\n\nTwo."""\n', {2: 3, 3: 3, 4: 3})

    def test_annotate_returns_the_node_and_keeps_what_is_not_given(self):
        node = statement("x = 1", comment="why", user_line=3)

        assert annotate(node, leading="above", blank=True) is node
        assert (node.comment, node.user_line, node.leading_comment) == ("why", 3, "above")

    def test_line_map(self):
        tree = function(
            statement("y = x", user_line=11, leading="one\ntwo"),
            statement("z = y"),
            statement("for i in z:\n    pass\nelse:\n    pass", user_line=12, blank=True),
            statement("return z", user_line=11),
        )
        call = f"y = f({', '.join(['argument'] * 11)})"
        tree.body[0].body[2].body[0] = statement(call, user_line=13)
        annotate(tree.body[0], user_line=10)

        printed = print_module(tree)

        lines = printed.source.splitlines()
        assert [(line, lines[n - 1].strip()[:10]) for n, line in printed.line_map.items()] == [
            (10, "def f(x):"),
            (11, "y = x"),
            (12, "for i in z"),
            (13, "y = f("),
            *[(13, "argument,")] * 11,
            (13, ")"),
            (11, "return z"),
        ]


class TestCheck:
    def test_a_wrong_printer_is_noticed(self, monkeypatch):
        monkeypatch.setattr(printer._Printer, "_Name", lambda self, node: self.write("y"))

        with pytest.raises(PrinterError, match=r"parses to another tree: 'x' became 'y'\ny = 1"):
            show("x = 1")

    def test_text_that_does_not_parse_is_noticed(self):
        with pytest.raises(PrinterError, match="expected an indented block"):
            show(function())
        with pytest.raises(PrinterError):
            show(ast.Name("not a name"))
        with pytest.raises(PrinterError):
            show(ast.Set([]))

    def test_every_difference_is_noticed(self):
        code = "".join(snippets_of(STATEMENTS))
        original, changed = ast.parse(code), ast.parse(code)
        changes = 0
        for node in ast.walk(changed):
            for name, field in ast.iter_fields(node):
                if name in ("ctx", "kind", "type_comment", "type_ignores"):
                    continue
                others = [ast.Pass() if isinstance(field, ast.AST) else "other"]
                if isinstance(field, list):
                    others = [[*field, ast.Pass()], *([field[:-1]] if field else [])]
                for other in others:
                    setattr(node, name, other)
                    with pytest.raises(PrinterError):
                        _check_same(original, changed, code)
                    changes += 1
                setattr(node, name, field)
        assert changes > 900
        _check_same(original, changed, code)

    def test_constants_of_other_types_differ(self):
        for one, other in ("1", "1.0"), ("1", "True"), ("0.0", "-0.0"), ("'a'", "b'a'"), ("()", "None"):
            with pytest.raises(PrinterError):
                _check_same(ast.parse(one), ast.parse(other), "")

    def test_the_tree_is_left_as_it_was(self):
        tree = function(ast.Return(ast.BinOp(ast.Constant(-1), ast.Add(), ast.Constant((1, -2j)))))
        before = ast.dump(tree)

        print_module(tree)

        assert ast.dump(tree) == before

    def test_fields_that_are_missing_count_as_empty(self):
        code = show("def f(x):\n    return x")
        tree = ast.parse(code)
        for name in ("returns", "type_params", "type_comment"):
            if name in vars(tree.body[0]):
                delattr(tree.body[0], name)

        assert show(tree) == code


@pytest.mark.parametrize("name", STANDARD_MODULES)
def test_standard_library_round_trip(name):
    tree = ast.parse(inspect.getsource(importlib.import_module(name)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.kind = None

    printed = print_module(tree).source

    assert ast.dump(ast.parse(printed)) == ast.dump(tree)
    assert show(printed) == printed
