"""``python -m srcad show module:function --kind vjp`` prints the source of a derivative.

What goes in is the command line; what comes out is a Python module on standard output.  The exit code is 0, or 2 if
what was asked for cannot be found or read, or 1 if there is no such derivative; messages go to standard error.
"""

from __future__ import annotations

import argparse
import importlib
import operator
import os
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from srcad.api import Differentiable
from srcad.errors import DifferentiationError

KINDS = ("grad", "value_and_grad", "jacobian", "hessian", "vjp", "jvp", "hvp", "vhp")

EXAMPLES = """\
examples:
  python -m srcad show model:loss
      the gradient of loss in model.py, for arguments of which nothing is known
  python -m srcad show model:loss --kind hessian --args "np.ones(3), 2.0"
      the Hessian, for an array of three floats and a float
  python -m srcad show package.model:Model.energy --argnums 1,2
      the gradient with respect to the second and the third argument
"""


class Unusable(Exception):
    """Something on the command line leads nowhere; the message says what."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, given as ``sys.argv[1:]`` or explicitly; return the exit code."""
    options = parser().parse_args(arguments)
    try:
        function = function_at(options.function)
        argnums = value_of("--argnums", options.argnums) if options.argnums else 0
        example = value_of("--args", f"({options.args},)") if options.args.strip() else ()
        print(source(function, options.kind, argnums, example), end="")
    except Unusable as error:
        print(f"srcad: error: {error}", file=sys.stderr)
        return 2
    except DifferentiationError as error:
        print(f"srcad: {error}", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser("python -m srcad", description="Derivatives as readable Python source.")
    commands = parser.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    show = commands.add_parser(
        "show", help="print the source of a derivative", description="Print the source of a derivative of a function.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    show.add_argument(
        "function", metavar="MODULE:FUNCTION",
        help="the function: an importable module (the current directory included), a colon, and a name in it",
    )
    show.add_argument("--kind", choices=KINDS, default="grad", help="which derivative (default: %(default)s)")
    show.add_argument(
        "--args", default="", metavar="EXPRESSIONS",
        help="example arguments, separated by commas: Python expressions, with NumPy as np; the code is that for their "
        "types and shapes (default: the general code)",
    )
    show.add_argument(
        "--argnums", default="", metavar="N[,N]",
        help="the positions of the differentiated arguments, counted from 0, for grad, value_and_grad, jacobian and "
        "hessian (default: those of the decorator, or else 0)",
    )
    return parser


def function_at(place: str) -> Any:
    """The object that ``module:qualified.name`` leads to."""
    module_name, colon, name = place.partition(":")
    if not colon or not module_name or not name:
        raise Unusable(f"{place!r} names no function; write MODULE:FUNCTION, such as model:loss")
    if module_name.endswith(".py") or os.sep in module_name:
        raise Unusable(f"{module_name!r} is a file; write the name of the module, such as model:{name}")
    if "" not in sys.path and os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise Unusable(f"the module {module_name} cannot be imported: {error}") from None
    try:
        function = operator.attrgetter(name)(module)
    except AttributeError:
        raise Unusable(f"the module {module_name} ({getattr(module, '__file__', 'built in')}) has no {name}") from None
    if not callable(function):
        raise Unusable(f"{place} is no function but {type(function).__name__}: {function!r}")
    return function


def value_of(option: str, text: str) -> Any:
    """The value of a Python expression on the command line."""
    try:
        return eval(text, {"np": np})
    except Exception as error:
        raise Unusable(f"{option} cannot be evaluated: {type(error).__name__}: {error}") from None


def source(function: Any, kind: str, argnums: Any, example: tuple[Any, ...]) -> str:
    """The source of a derivative, with a newline at its end."""
    if argnums != 0 or not isinstance(function, Differentiable):
        primal = function.function if isinstance(function, Differentiable) else function
        function = Differentiable(primal, argnums)
    return function.source(kind, *example).rstrip("\n") + "\n"


if __name__ == "__main__":
    sys.exit(main())
