"""What derivatives of programs that write into arrays cost. Prints Markdown; see benchmarks/README.md.

Two questions:

1. time: is the gradient of a recurrence that writes element by element linear in the number of elements, and how does it
   compare with the function itself?
2. memory: how many bytes does the way forward keep for the way back, per step of a loop?
"""

import argparse
import gc
import platform
import statistics
import tracemalloc
from time import perf_counter_ns

import numpy as np

import srcad


def recurrence(x, a, b):
    for i in range(2, len(x)):
        x[i] = a * x[i - 1] + b * np.sin(x[i - 2])
    return np.sum(x)


def diffusion(u, r, steps):
    for _ in range(steps):
        u[1:-1] += r * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def burgers(u0, dt, steps):
    u = u0.copy()
    for _ in range(steps):
        u[1:-1] -= dt * u[1:-1] * (u[2:] - u[:-2])
    return np.sum(u * u)


def smoothed(x, sweeps):
    """Sweeps over the elements, each a linear function of its neighbours."""
    for _ in range(sweeps):
        for i in range(1, len(x) - 1):
            x[i] = 0.25 * x[i - 1] + 0.5 * x[i] + 0.25 * x[i + 1]
    return np.sum(x * x)


# --- time -----------------------------------------------------------------------------------------------


def microseconds(call, rounds):
    """The median over rounds."""
    times = []
    for _ in range(rounds):
        start = perf_counter_ns()
        call()
        times.append((perf_counter_ns() - start) * 1e-3)
    return statistics.median(times)


def time_of_recurrence(sizes, rounds):
    print("### Time: `x[i] = a * x[i - 1] + b * np.sin(x[i - 2])`, element by element\n")
    print("| n | function, µs per element | gradient, µs per element | ratio | kept, bytes per element |")
    print("|---:|---:|---:|---:|---:|")
    slope = srcad.grad(recurrence, argnums=(0, 1, 2))
    for n in sizes:
        x = np.random.default_rng(0).standard_normal(n)
        slope(x, 0.5, 0.3)  # code is generated here
        own = microseconds(lambda x=x: recurrence(x.copy(), 0.5, 0.3), rounds) / n
        gradient = microseconds(lambda x=x: slope(x, 0.5, 0.3), rounds) / n
        bytes_kept = kept(recurrence, x, 0.5, 0.3) / n
        print(f"| {n} | {own:.2f} | {gradient:.2f} | {gradient / own:.2f} | {bytes_kept:.0f} |")
    print()


# --- memory ---------------------------------------------------------------------------------------------


def kept(function, *args):
    """The bytes that are held between the way forward and the way back."""
    srcad.vjp(function, *args)
    gc.collect()
    tracemalloc.start()
    value, pullback = srcad.vjp(function, *args)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del value, pullback
    return held


def memory_of_steps(n):
    print(f"### Memory kept per step, arrays of {n} elements ({8 * n} bytes)\n")
    print("| step | bytes per step |")
    print("|---|---:|")
    u = np.random.default_rng(0).standard_normal(n)
    few, many = 20, 220
    steps = {
        "linear stencil in place, derivative for u": lambda k: kept(lambda u: diffusion(u, 0.1, k), u),
        "linear stencil in place, derivative for u and r": lambda k: kept(lambda u, r: diffusion(u, r, k), u, 0.1),
        "step of Burgers' equation, derivative for u and dt": lambda k: kept(lambda u, dt: burgers(u, dt, k), u, 1e-6),
    }
    for label, held in steps.items():
        print(f"| {label} | {(held(many) - held(few)) / (many - few):.0f} |")
    short = u[:22]
    sweeps = (kept(lambda x: smoothed(x, 11), short) - kept(lambda x: smoothed(x, 1), short)) / 200
    print(f"| linear function of the neighbours, an element | {sweeps:.0f} |")
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="rounds per measurement (default 7)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000, 100_000], metavar="N")
    parser.add_argument("--length", type=int, default=1000, help="elements of the arrays of which memory is measured")
    options = parser.parse_args()

    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}\n")
    time_of_recurrence(options.sizes, options.rounds)
    memory_of_steps(options.length)


if __name__ == "__main__":
    main()
