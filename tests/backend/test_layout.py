"""Long lines are broken inside brackets, as one would break them, and never change their meaning."""

import ast
from itertools import product

import pytest

from srcad.backend.layout import break_line
from srcad.backend.printer import LINE_LENGTH, print_module

pytestmark = pytest.mark.smoke

# Printed as it stands.
SOURCE = """\
def long_function_name_vjp(
    first_argument, second_argument, third_argument, fourth_argument, fifth_argument, *, sixth, seventh=1
):
    total_bar = (
        first_argument_bar * second_argument
        + np.sum(first_argument_bar * (second_argument_bar + third_argument))
        - fourth_argument[1:, 0] * fifth_argument**2
    )
    x_bar[1:-1, first_argument] += np.einsum(
        "ij,jk,kl->il", first_argument, second_argument, third_argument, optimize=optimize_it_is_long
    )
    result = some_function(
        first_argument_of_the_function,
        second_argument_of_the_function + the_other_part_of_the_second_argument,
        keyword=third_argument_of_the_function,
    )
    if (
        first_argument_is_not_none and second_argument_is_not_none
        or third_argument_is_not_none and fourth_argument_is_n
    ):
        return (
            first_argument_bar,
            second_argument_bar,
            third_argument_bar,
            fourth_argument_bar,
            fifth_argument_bar_,
        )
    while (
        np.linalg.norm(first_argument - second_argument) > tolerance * np.linalg.norm(second_argument) + epsi
    ):
        pass
    names = [
        first_argument_of_the_function + second_argument_of_the_function + third_argument
        for first_argument_of_the_function in function_of_third_argument if first_argument_of_the_function
    ]
    value = (
        first_argument_of_the_function * second_argument_of_the_function
        if first_argument_of_the_function > third_argument
        else -first_argument
    )
    with first_argument_of_the_function(
        second_argument_of_the_function, third_argument_of_the_function, 1
    ) as name:
        (
            yield first_argument_of_the_function
            + second_argument_of_the_function
            + third_argument_of_the_function_
        )
"""

EXPRESSIONS = """
    a + b * c; a**b; -a; not a; a < b <= c; a and b or c; a if b else c; lambda a, b=c: a + b; a.b; a[b]
    a[b:c, d]; a(); a(b); a(b, c); a(*b, c=d, **e); a(b for c, d in e if f); [a, *b]; [a]; (a,); ()
    {a, b}; {a: b, **c}; [a for b in c]; {a: b for a, b in c}; f"{a} {b}"; "text"; (a, b), c; (a := b)
    (yield a); (yield a, b); a[b](c).d(e, f)[g]; a @ (b + c) @ d; a[...], b[*c]
"""

PLACES = """
    x = HOLE; x += HOLE; return HOLE; HOLE; f(HOLE, (HOLE)); x = a * (HOLE) + (HOLE); x[(HOLE)]: a = (HOLE)
    for x in (HOLE):¶  assert (HOLE), a; lambda x=(HOLE): (HOLE); with (HOLE) as a, b: pass; del x[HOLE]
    if (HOLE): pass¶elif not (HOLE): pass; while (HOLE): pass; raise (HOLE) from (HOLE); x[HOLE] = y
    def f(a=(HOLE), *b, c: a = (HOLE), **d):¶  return (HOLE); @(HOLE)¶class A((HOLE), b=(HOLE)): pass
    match (HOLE):¶  case [A(b=C()), {1: d}] if (HOLE): pass; [HOLE, HOLE]; {a: (HOLE), b: (HOLE)}
    try: pass¶except (HOLE): pass; async def f():¶  return [await (HOLE) async for x in (HOLE) if (HOLE)]
"""


def show(tree):
    return print_module(ast.parse(tree) if isinstance(tree, str) else tree).source


def entries_of(block):
    entries = block.strip().replace("\n", ";").split(";")
    return [entry.strip().replace("¶", "\n") for entry in entries]


def test_exact_layout():
    assert show(SOURCE) == SOURCE
    assert max(len(line) for line in SOURCE.splitlines()) <= LINE_LENGTH


@pytest.mark.parametrize("place", entries_of(PLACES))
def test_every_form_can_be_broken(place):
    # That the meaning is kept is checked by the printer itself.
    for code, factor in product(entries_of(EXPRESSIONS), (15, 40, 110)):
        try:
            tree = ast.parse(place.replace("HOLE", code))
        except SyntaxError:
            tree = ast.parse(place.replace("HOLE", f"({code})"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                node.id *= factor
        show(tree)


def test_what_cannot_be_broken_is_left():
    name, text = "n" * 120, "t" * 120
    for code in (f"{name} = 1", f'f("{text}")', f"import {name}", f"{name}()", f'x = "{text}"'):
        assert max(len(line) for line in show(code).splitlines()) > LINE_LENGTH


@pytest.mark.parametrize(
    ("length", "lines"),
    [
        (24, "  x = (/      f(a, b) + g(c, d)/  )"),
        (22, "  x = (/      f(a, b)/      + g(c, d)/  )"),
        (14, "  x = (/      f(a, b)/      + g(/          c, d/      )/  )"),
    ],
)
def test_brackets_are_opened_from_the_outside(length, lines):
    pieces = ["  ", "x = ", "f", "(", "a", ", ", "b", ")", " + ", "g", "(", "c", ", ", "d", ")"]

    assert break_line(pieces, (2, len(pieces)), length) == lines.split("/")


def test_items_get_lines_of_their_own_and_a_last_comma():
    pieces = ["", "f", "(", "first", ", ", "second", ", ", "third", ")"]

    assert break_line(pieces, None, 20) == ["f(", "    first,", "    second,", "    third,", ")"]
