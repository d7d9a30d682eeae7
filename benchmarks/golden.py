"""What generated derivatives cost next to hand-written ones. Prints Markdown; see benchmarks/README.md.

Three questions, each measured in this one process:

1. arithmetic: the generated gradient and Hessian rows of `rosen` against handwritten.py, at three sizes;
2. call overhead: the decorated function's `.grad` against a direct call of the function it dispatches to;
3. first call: the time from a function never seen before to its first derivative, code generation included.
"""

import argparse
import gc
import importlib.util
import platform
import statistics
import sys
import tempfile
from pathlib import Path
from time import perf_counter_ns

import numpy as np

import handwritten
import srcad


def generated(f, kind, *args):
    """The function that srcad generated for a call of `f` at `args`, without signature check and dispatch.

    `kind` names what is wanted, and thereby how the result is called here:

    - "gradient": `g(x, seed)` returns the value and the gradient, as `handwritten.rosen_gradient`;
    - "hessian_rows": `g(x, seed, directions)` returns what `handwritten.rosen_hessian_rows` does; here
      `args` is `(x, directions)`;
    - "grad": `g(x)` is what `srcad.differentiate(f).grad(x)` runs after it has looked the code up.

    All knowledge of srcad's interior that this benchmark needs is in this function.
    """
    if kind == "grad":
        return code(srcad.grad(f), *args)
    if kind == "gradient":
        target = srcad.functional.product("vjp", f)
        return code(target, *args, np.float64(1.0))
    x, directions = args

    def product(x, seed, direction):
        return srcad.hvp(lambda t: seed * f(t))(x, direction)

    return code(srcad.vmap(product, in_dims=(None, None, 0)), x, 1.0, directions)


def code(derivative, *args):
    """What a derivative runs for such arguments."""
    artefact, _ = derivative._target.prepared(args, {})
    bound = artefact.bound(derivative._target.base)
    return (lambda *values: artefact.run(*values, *bound)) if bound else artefact.run


# --- timing ---------------------------------------------------------------------------------------------


def seconds(call, repeats):
    start = perf_counter_ns()
    for _ in range(repeats):
        call()
    return (perf_counter_ns() - start) / repeats * 1e-9


def repeats_for(call, target):
    """How often to repeat `call` so that one measurement takes about `target` seconds."""
    repeats = 1
    while (elapsed := seconds(call, repeats) * repeats) < target / 4:
        repeats *= 4
    return max(1, round(repeats * target / elapsed))


def interleaved(first, second, rounds, target=0.02):
    """For each round, the times of both calls.

    The two alternate, and so does the one that goes first, so that a machine that slows down or speeds up in
    between does so for both.
    """
    repeats = repeats_for(first, target), repeats_for(second, target)
    pairs = []
    for k in range(rounds):
        if k % 2:
            b = seconds(second, repeats[1])
            a = seconds(first, repeats[0])
        else:
            a = seconds(first, repeats[0])
            b = seconds(second, repeats[1])
        pairs.append((a, b))
    return pairs


# --- the three questions --------------------------------------------------------------------------------


def arithmetic(sizes, rounds):
    print("### Arithmetic: generated against hand-written\n")
    print("Medians over rounds; the ratio is the median of the rounds' ratios.\n")
    print("| derivative of rosen | n | rows | hand-written, µs | generated, µs | ratio |")
    print("|---|---:|---:|---:|---:|---:|")
    rng = np.random.default_rng(0)
    for n in sizes:
        x = rng.standard_normal(n)
        # The whole Hessian where it fits into memory, else a few of its products.
        directions = np.eye(n) if n <= 1000 else rng.standard_normal((5, n))
        gradient = generated(handwritten.rosen, "gradient", x)
        report(f"gradient | {n} | 1", handwritten.rosen_gradient, gradient, (x, 1.0), rounds)
        rows = generated(handwritten.rosen, "hessian_rows", x, directions)
        label = f"Hessian rows | {n} | {len(directions)}"
        report(label, handwritten.rosen_hessian_rows, rows, (x, 1.0, directions), rounds)
    print()


def report(label, by_hand, by_srcad, args, rounds):
    for expected, got in zip(results(by_hand, args), results(by_srcad, args), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)
    pairs = interleaved(lambda: by_hand(*args), lambda: by_srcad(*args), rounds)
    hand, ours = (statistics.median(column) * 1e6 for column in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    print(f"| {label} | {hand:.1f} | {ours:.1f} | {ratio:.2f} |")


def results(function, args):
    result = function(*args)
    return result if isinstance(result, tuple) else (result,)


def call_overhead(rounds):
    print("### Call overhead\n")
    print("| call | direct, µs | decorated, µs | difference, µs |")
    print("|---|---:|---:|---:|")
    x = np.random.default_rng(0).standard_normal(10)
    decorated = srcad.differentiate(handwritten.rosen).grad
    direct = generated(handwritten.rosen, "grad", x)
    np.testing.assert_allclose(decorated(x), direct(x))
    pairs = interleaved(lambda: direct(x), lambda: decorated(x), rounds)
    inner, outer = (statistics.median(column) * 1e6 for column in zip(*pairs, strict=True))
    difference = statistics.median(b - a for a, b in pairs) * 1e6
    print(f"| rosen.grad(x), n = 10 | {inner:.2f} | {outer:.2f} | {difference:.2f} |\n")


def first_call(copies):
    """Each copy has a file, a name and a constant of its own, so that no cache of text or code can help."""
    print("### First call, code generation included\n")
    print(f"Median of {copies} functions never seen before, in a process that has differentiated others.\n")
    print("| call | ms | slowest, ms |")
    print("|---|---:|---:|")
    x = np.random.default_rng(0).standard_normal(10)
    with tempfile.TemporaryDirectory() as folder:
        for label, transform in (("gradient", srcad.grad), ("Hessian", srcad.hessian)):
            transform(fresh_rosen(folder, f"{label}_warm", -1))(x)  # the rules are read once per process
            times = []
            for k in range(copies):
                rosen = fresh_rosen(folder, f"{label}_{k}", k)
                start = perf_counter_ns()
                transform(rosen)(x)
                times.append((perf_counter_ns() - start) * 1e-6)
            print(f"| {label} of rosen | {statistics.median(times):.1f} | {max(times):.1f} |")
    print()


def fresh_rosen(folder, suffix, k):
    path = Path(folder) / f"rosen_{suffix}.py"
    path.write_text(
        "import numpy as np\n\n\n"
        f"def rosen_{suffix}(x):\n"
        "    r = x[1:] - x[:-1] ** 2\n"
        f"    return np.sum({100.5 + k} * r**2 + (1.0 - x[:-1]) ** 2)\n"
    )
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # as an import would; some ways of finding a source start there
    spec.loader.exec_module(module)
    return getattr(module, path.stem)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=31, help="rounds per comparison (default 31)")
    parser.add_argument("--copies", type=int, default=20, help="functions generated for the first-call time")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 1000, 100_000], metavar="N")
    options = parser.parse_args()

    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}\n")
    gc.disable()  # a collection that falls into one of two compared calls would be counted against it
    arithmetic(options.sizes, options.rounds)
    call_overhead(options.rounds)
    gc.enable()  # generating code makes garbage, and clearing it away belongs to the cost
    first_call(options.copies)


if __name__ == "__main__":
    main()
