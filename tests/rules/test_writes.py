"""What functions that write leave in their target: ``rules/writes.py``.

``left(function, ...)`` is a function that calls another one on a copy of the target and returns the copy; its rule is
the new version that ``written`` computes.  So the checks of rules compare that with what NumPy leaves, bit for bit,
and check its derivatives.
"""


import numpy as np
import pytest

from srcad.ir.primitive import Primitive
from srcad.rules import shapes, writes
from srcad.rules.notation import define
from srcad.rules.registry import PRIMITIVES
from srcad.rules.trace import Symbol, unwrap, wrap
from tests.rules import check
from tests.rules.check import Case

V = np.array([0.7, -1.2, 0.4, 2.2, 0.1])
W = np.array([1.3, 0.2, -0.6, 0.9, -1.1])
M = np.array([[0.3, -1.2, 0.7], [-0.4, 1.6, 0.9]])
ROW = np.array([0.5, -0.3, 1.2])
MASK = np.array([True, False, True, True, False])
TWICE = np.array([0, 2, 2, -1])
ONCE = np.array([3, 0])


def call(function, args, kwargs):
    """Call a function, or a method by its name."""
    if isinstance(function, str):
        return getattr(args[0], function)(*args[1:], **kwargs)
    return function(*args, **kwargs)


def left(function, count, *names, place=0):
    """What ``function`` leaves at ``place``, as a function of ``count`` arguments and then those for ``names``."""
    parameters = [f"a{k}" for k in range(count)] + list(names)
    where = place if isinstance(place, int) else count + names.index(place)

    def after(*given):
        given = list(given)
        given[where] = np.array(given[where])
        call(function, given[:count], dict(zip(names, given[count:], strict=True)))
        return given[where]

    def template(*symbols):
        build = next(s for s in symbols if isinstance(s, Symbol)).build
        args = [wrap(s) for s in symbols[:count]]
        kwargs = dict(zip(names, map(wrap, symbols[count:]), strict=True))
        ((found, (new,)),) = writes.written(build, function, args, kwargs)
        assert found == place
        return unwrap(new, build)

    text = ", ".join(parameters)
    made = eval(f"lambda {text}: template({text})", {"template": template})
    PRIMITIVES[after] = Primitive("after", after)
    define(PRIMITIVES[after], *parameters, fact=lambda *args: shapes.like(args[where]))(made)
    return after


copied = left(np.copyto, 2)
copied_where = left(np.copyto, 2, "where")
filled = left("fill", 2)
added_at = left(np.add.at, 3)
subtracted_at = left(np.subtract.at, 3)
multiplied_at = left(np.multiply.at, 3)
sine_out = left(np.sin, 1, "out", place="out")
sum_out = left(np.sum, 1, "axis", "out", place="out")
add_out = left(np.add, 3, place=2)
divided_where = left(np.divide, 2, "out", "where", place="out")

CASES = [
    Case("np.copyto", lambda x, v: np.sin(copied(x, v) * x), V, W),
    Case("np.copyto, broadcast", lambda x, v: np.sin(copied(x, v) * x), M, ROW),
    Case("np.copyto, number", lambda x, v: np.sin(copied(x, v) * x), M, 0.3),
    Case("np.copyto, where", lambda x, v: np.sin(copied_where(x, v, MASK) * x), V, W),
    Case("np.copyto, where broadcast", lambda x, v: np.sin(copied_where(x, v, MASK[:3]) * x), M, ROW),
    Case("ndarray.fill", lambda x, v: np.sin(filled(x, v) * x), M, 0.3),
    Case("np.add.at", lambda x, v: np.sin(added_at(x, TWICE, v)), V, W[:4]),
    Case("np.subtract.at", lambda x, v: np.sin(subtracted_at(x, TWICE, v)), V, W[:4]),
    Case("np.multiply.at, mask", lambda x, v: np.sin(multiplied_at(x, MASK, v)), V, W[:3]),
    Case("np.sin, out", lambda x, o: np.sin(sine_out(x, o)) * o, ROW, M),
    Case("np.sum, out", lambda x, o: np.sin(sum_out(x, 0, o)) * o, M, ROW),
    Case("np.add, out", lambda x, y, o: np.sin(add_out(x, y, o)) * o, ROW, 0.5, M),
    Case("np.divide, where", lambda x, y, o: np.sin(divided_where(x, y, o, MASK)) * o, W, V, V),
]


@pytest.mark.parametrize("checked", check.CHECKS)
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_what_is_left(case, checked):
    if checked not in case.skip:
        check.CHECKS[checked](case)
