"""A generated adjoint is ordinary Python: print it, find it in a traceback, stop in it with the debugger."""

import inspect
import io
import linecache
import pdb
import sys
import traceback

import srcad


def newton_sqrt(a, start):
    x = start
    while abs(x * x - a) > 1e-12 * a:
        x = 0.5 * (x + a / x)
    return x


def heading(text):
    print(f"\n# {text}\n")


def main():
    derivative = srcad.grad(newton_sqrt)

    heading("The derivative of a while loop: what the loop overwrites is saved forward and read backward.")
    print(derivative.source(2.0, 1.0))

    slope = derivative(2.0, 1.0)
    print(f"\nnewton_sqrt(2.0, 1.0) = {newton_sqrt(2.0, 1.0)!r}; its derivative {slope!r}")
    assert abs(slope - 0.5 / 2.0**0.5) < 1e-10

    heading("An exception shows the generated line, and a note names the line of yours that it came from.")
    try:
        derivative(2.0, 0.0)  # the first step divides by the starting point
    except ZeroDivisionError as error:
        traceback.print_exc(file=sys.stdout)
        notes = error.__notes__
        frames = inspect.getinnerframes(error.__traceback__)
    else:
        raise AssertionError("a division by zero went unnoticed")
    generated = frames[-1]
    assert any("read_the_adjoint.py" in note for note in notes), notes

    heading("The generated code has no file on disk, but inspect and linecache know its lines.")
    code = generated.frame.f_code
    source = inspect.getsource(code)
    line = linecache.getline(generated.filename, generated.lineno)
    print(f"{code.co_name} stands in {generated.filename}, {len(source.splitlines())} lines")
    print(f"line {generated.lineno} is: {line.strip()}")
    assert line in source

    heading("So does pdb. A session that stops at that line, scripted here so that it runs unattended:")
    # At a terminal, write breakpoint() before the call, step into it with `s` and on with `n`; or, after an
    # exception, pdb.post_mortem(error.__traceback__). A breakpoint in generated code is set as below, because
    # the command `b file:line` insists on a file on disk.
    commands = ["continue", "list", "p a, x", "next", "p x", "continue"]
    typed, session = io.StringIO("\n".join(commands) + "\n"), io.StringIO()
    debugger = pdb.Pdb(stdin=typed, stdout=session, readrc=False, nosigint=True)
    debugger.set_break(generated.filename, generated.lineno, temporary=True)
    debugger.runcall(derivative, 2.0, 1.0)
    print(session.getvalue())
    assert line.strip() in session.getvalue()


if __name__ == "__main__":
    main()
