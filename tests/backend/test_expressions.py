"""Expressions are printed as one would write them, with the parentheses that they need."""

import ast
import math
import random
import sys
import textwrap

import numpy as np
import pytest

from srcad.backend.printer import PrinterError, print_module

pytestmark = pytest.mark.smoke


def show(tree):
    """Print a tree, a node or a piece of code."""
    if isinstance(tree, str):
        tree = ast.parse(tree)
    elif isinstance(tree, ast.expr):
        tree = ast.Module([ast.Expr(tree)], [])
    return print_module(tree).source


def lines_of(block):
    return textwrap.dedent(block).strip().splitlines()


# Printed as they stand.
EXPRESSIONS = r"""
    -2.0 * y_bar * s - 2.0 * r_bar * head
    x**2
    x.T**-2
    2**n
    x[:-1] ** 2
    f(x) ** 2
    x ** f(x)
    (a + b) ** 2
    (-2) ** n
    -(a + b)
    -x**2
    -x[1:]**2
    (-x) ** 2
    a**b**c
    (a**b) ** c
    a - (b - c)
    a - b - c
    a / (b * c)
    a * (b @ c)
    a @ b
    w.T @ (x - y)
    a * -b
    --a
    ~a & b | c ^ d
    a << 2 | b
    not a
    not (a and b)
    not a == b
    (not a) == b
    a < b <= c
    (a < b) < c
    a is not None and b not in c
    a or b and c
    (a or b) and c
    a if b else c if d else e
    (a if b else c) if d else e
    (a if b else c) + d
    a or (b if c else d)
    lambda: 0
    lambda x, *y, z=1, **w: x + z
    lambda x, /, y: (x, y)
    (lambda x: x)(1)
    f(lambda x: x, y)
    [lambda: 0]
    x[1:]
    x[1:, 0]
    x[..., None]
    x[:, ::2]
    x[i:j:k]
    x[-n:]
    x[i + 1 :]
    x[: n - i]
    x[i + 1 : n - 1, k]
    x[i + 1 : n : f(k)]
    x[:: k * 2]
    x[()]
    x[a,]
    x[*a]
    x[*a, 1]
    x[(a, b), c]
    x[a, b][c]
    x[lambda: 0]
    x[a if b else c]
    f()
    f(a, *b, c=1, **d)
    f(*a, *b, **c, **d)
    f(*(a or b))
    f(x for x in y)
    f((x for x in y), z)
    f((a, b))
    f((yield))
    f.g(a)[b].c
    (a + b).c
    (-a).c
    (3).real
    3.0.real
    (-3.0).real
    "a".join(b)
    a, b
    a,
    ()
    (a, b), c
    *a, b
    [a, *b]
    [(a, b)]
    [a]
    []
    {a, *b}
    {}
    {a: b, **c}
    {"a": (b, c)}
    {a: lambda: b}
    [a for b in c if d if e for f in g]
    [a for b, c in d]
    [a for (b, c), *d in e]
    [(a, b) for a in b]
    {a for a in b}
    {a: b for a, b in c}
    [a for a in (b if c else d)]
    [a for a in b if (c if d else e)]
    (a for a in b)
    (a := b)
    f((a := b))
    [(a := 1), a]
    (yield a) + b
    yield
    yield a
    yield a, b
    yield from a
    1
    1.0
    1e-6
    1e100
    123456789.123
    1e16
    2j
    0.5j
    True
    None
    ...
    "text"
    ""
    "it's"
    'say "x"'
    "a\\b\n"
    b"bytes"
    b'"'
    "é"
    "\u2028\x00"
    f"{x}"
    f"a{x!r:>{w}}b{y:.3f}"
    f"{x['key']}"
    f"{x + 1}"
    f"{(a, b)}"
    f"{ {'a': 1}['a']}"
    f"{a if b else c}"
    f"{(lambda: 1)()}"
    f"{(lambda: 1)}"
    f"it's {x}"
    f'say "{x}"'
    f"{{}}{x}"
    f"{x}\n"
    f"{f'{x}'}"
    f""
"""

# An expression (HOLE) in every place at which the grammar has one.
PLACES = """
    HOLE + a; a + HOLE; HOLE - a; a - HOLE; HOLE * a; a * HOLE; HOLE @ a; a @ HOLE; HOLE / a; a / HOLE
    HOLE // a; a % HOLE; HOLE ** a; a ** HOLE; a << HOLE; HOLE >> a; HOLE & a; a ^ HOLE; HOLE | a
    -HOLE; +HOLE; ~HOLE; not HOLE; HOLE < a; a < HOLE; a < HOLE < b; HOLE and a; a and HOLE; a or HOLE
    HOLE or a; HOLE if a else b; a if HOLE else b; a if b else HOLE; lambda: HOLE; lambda x=HOLE: x
    HOLE.a; HOLE[a]; a[HOLE]; a[HOLE:]; a[b, HOLE]; HOLE(a); f(HOLE); f(a=HOLE); f(HOLE, a)
    [HOLE]; {HOLE}; {HOLE: a}; {a: HOLE}; HOLE, a; (a, HOLE), b; [HOLE for a in b]; [a for b in HOLE]
    [a for b in c if HOLE]; {a: HOLE for b in c}; (a := HOLE); yield HOLE; yield from HOLE; await HOLE
    HOLE; x = HOLE; x += HOLE; x: HOLE = a; x: a = HOLE; return HOLE; raise HOLE from a; assert HOLE, a
    del a[HOLE]; if HOLE: pass; while HOLE: pass; for a in HOLE: pass; with HOLE as a: pass
    with HOLE: pass; with a, HOLE: pass; @HOLE¶def f(): pass; class A(HOLE): pass; def f(a=HOLE): pass
    def f() -> HOLE: pass; match HOLE:¶ case a: pass; match a:¶ case b if HOLE: pass
    try: pass¶except HOLE: pass
"""

CHILDREN = """
    b + c; b - c; b * c; b @ c; b ** c; b << c; b & c; b | c; -b; ~b; not b; b < c; b and c; b or c
    b if c else d; lambda: b; b; b.c; b[c]; b(c); 2; 2.5; await b; b, c; b,; (); [b]; yield b
    (b := c); (b for c in d); 's'; f'{b}'
"""


def entries_of(block):
    entries = block.strip().replace("\n", ";").split(";")
    return [entry.strip().replace("¶", "\n") for entry in entries]


class Fill(ast.NodeTransformer):
    def __init__(self, value):
        self.value = value

    def visit_Name(self, node):
        return self.value if node.id == "HOLE" else node


class TestText:
    @pytest.mark.parametrize("code", lines_of(EXPRESSIONS))
    def test_expressions_are_printed_as_they_stand(self, code):
        assert show(f"x = {code}") == f"x = {code}\n"

    @pytest.mark.parametrize(
        ("code", "printed"),
        [
            ("((a) + (b * c))", "a + b * c"),
            ("((a))", "a"),
            ("(a, b)", "a, b"),
            ("(yield)", "yield"),
            ("'single'", '"single"'),
            ("'a' 'b'", '"ab"'),
            ("u'a'", '"a"'),
            ("x[1:2:]", "x[1:2]"),
            ("x[(1, 2)]", "x[1, 2]"),
            ("x[*a,]", "x[*a]"),
            ("f(0x10, 1_000, 1E5)", "f(16, 1000, 100000.0)"),
            ("f'{x=}'", 'f"x={x!r}"'),
            ("f'a' 'b' f'{c}'", 'f"ab{c}"'),
            ("1e999, -1e999", "1e309, -1e309"),
        ],
    )
    def test_other_spellings(self, code, printed):
        assert show(f"x = {code}") == f"x = {printed}\n"


class TestParentheses:
    @pytest.mark.parametrize("place", entries_of(PLACES))
    def test_stand_only_where_they_are_needed(self, place):
        for child in entries_of(CHILDREN):
            value = ast.parse(f"({child})", mode="eval").body
            tree = ast.fix_missing_locations(Fill(value).visit(ast.parse(place)))

            printed = show(tree)

            bare = place.replace("HOLE", child)
            try:
                needless = ast.dump(ast.parse(bare)) == ast.dump(tree)
            except SyntaxError:
                needless = False
            if needless:
                assert printed.count("(") <= bare.count("("), (bare, printed)

    def test_long_sums_are_flat(self):
        printed = show(" + ".join(["a"] * 200))

        assert printed.split() == ["(", *" + ".join(["a"] * 200).split(), ")"]


class TestConstants:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (-2.0, "-2.0"),
            (-3, "-3"),
            (-0.0, "-0.0"),
            (math.inf, "1e309"),
            (-math.inf, "-1e309"),
            (math.nan, "1e309 - 1e309"),
            (1e-300, "1e-300"),
            (5e-324, "5e-324"),
            (10**30, "1" + "0" * 30),
            (-(2**63), "-9223372036854775808"),
            pytest.param(16**5000, "0x1" + "0" * 5000, id="large"),
            pytest.param(-(16**5000), "-0x1" + "0" * 5000, id="large negative"),
            (2j, "2j"),
            (-2j, "-2j"),
            (1 + 2j, "1.0 + 2j"),
            (1 - 2j, "1.0 - 2j"),
            (-1 - 2j, "-1.0 - 2j"),
            (complex(0.0, -2.0), "0.0 - 2j"),
            (complex(1.0, math.inf), "1.0 + 1e309j"),
            ((1, -2.0, "a"), '1, -2.0, "a"'),
            ((1,), "1,"),
            ((), "()"),
            (((1, None), (-1j,)), "(1, None), (-1j,)"),
            (b"\x00'\"", "b'\\x00\\'\"'"),
            (True, "True"),
        ],
    )
    def test_without_a_literal_are_spelled_out(self, value, text):
        printed = show(ast.Constant(value))

        assert printed == text + "\n"
        assert eval(printed) == value or math.isnan(value)

    def test_complex_numbers_keep_the_signs_of_their_zeros(self):
        parts = [0.0, -0.0, 1.5, -1.5, math.inf, -math.inf]
        for value in [complex(real, imag) for real in [*parts, math.nan] for imag in parts]:
            assert repr(eval(show(ast.Constant(value)))) == repr(value)

    @pytest.mark.parametrize(
        ("template", "printed"),
        [
            ("HOLE * x", "-2.0 * x"),
            ("x - HOLE", "x - -2.0"),
            ("HOLE**x", "(-2.0) ** x"),
            ("x**HOLE", "x**-2.0"),
            ("-HOLE", "--2.0"),
            ("HOLE.real", "(-2.0).real"),
            ("x[HOLE:]", "x[-2.0:]"),
            ("HOLE if HOLE else HOLE", "-2.0 if -2.0 else -2.0"),
            ("f'{HOLE}'", 'f"{-2.0}"'),
        ],
    )
    def test_negative_numbers_bind_as_a_unary_minus(self, template, printed):
        tree = ast.parse(template)
        for node in ast.walk(tree):
            for name, field in ast.iter_fields(node):
                if isinstance(field, ast.Name) and field.id == "HOLE":
                    setattr(node, name, ast.Constant(-2.0))

        assert show(tree) == printed + "\n"

    def test_any_string_survives_in_every_place(self):
        alphabet = "'\"\\\n\r\t\0{}aé\u2028\ud800😀# "
        draw = random.Random(0)
        for _ in range(300):
            text = "".join(draw.choices(alphabet, k=draw.randrange(8)))
            spec = ast.JoinedStr([ast.Constant(text.replace("{", "").replace("}", ""))])
            data = text.encode("utf-8", "replace")
            show(ast.Constant(text))
            show(ast.Tuple([ast.Constant(text), ast.Constant(data)]))
            part = ast.FormattedValue(ast.Name("x"), -1, spec)
            show(ast.JoinedStr([ast.Constant(text), part, ast.Constant(text)]))

    @pytest.mark.parametrize("value", [np.float64(1.5), np.int64(1), frozenset({1}), [1], (np.bool(1),)])
    def test_other_values_are_refused(self, value):
        with pytest.raises(PrinterError, match="no literal denotes"):
            show(ast.Constant(value))


class TestFStrings:
    def test_parts_made_by_a_program_are_joined(self):
        tree = ast.JoinedStr([ast.Constant("a"), ast.Constant(""), ast.Constant("b"), ast.Constant("{")])

        assert show(tree) == 'f"ab{{"\n'

    @pytest.mark.parametrize(
        ("code", "printed"),
        [
            ("""f'{x["a"]}'""", """f"{x['a']}\""""),
            ('''f"{a['b']} \\"quoted\\""''', """f'''{a['b']} "quoted"'''"""),
            ('''f"""{a["it's"]}"""''', '''f"""{a["it's"]}"""'''),
        ],
    )
    def test_quotes_differ_from_those_inside(self, code, printed):
        assert show(code) == printed + "\n"

    @pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
    @pytest.mark.parametrize("code", ["f'{a['b']}'", "f'{'\\n'.join(a)}'", "f'{f'{f'{f'{f'{f'{1}'}'}'}'}'}'"])
    def test_nesting_of_python_3_12(self, code):
        assert ast.dump(ast.parse(show(code))) == ast.dump(ast.parse(code))

    @pytest.mark.skipif(sys.version_info >= (3, 12), reason="possible since Python 3.12")
    def test_what_python_3_11_cannot_write_is_refused(self):
        tree = ast.JoinedStr([ast.FormattedValue(ast.Constant("\n"), -1)])

        with pytest.raises(PrinterError, match="backslash"):
            show(tree)
