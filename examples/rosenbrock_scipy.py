"""The Rosenbrock function in ten dimensions, minimised by SciPy with derivatives that srcad writes.

SciPy takes a derivative as a callable of the point: `jac(x)`, `hess(x)`, and `hessp(x, p)` for the product of
the Hessian and a vector. srcad's transforms return just such callables.
"""

import numpy as np

import srcad


def rosen(x):
    r = x[1:] - x[:-1] ** 2
    return np.sum(100.0 * r**2 + (1.0 - x[:-1]) ** 2)


def main():
    try:
        from scipy.optimize import minimize
    except ImportError:
        print("skipped: this example needs SciPy; install it with: pip install 'srcad[scipy]'")
        return

    # In more than three dimensions there is a second, local minimum near (-1, 1, ..., 1), where the customary
    # start (-1.2, 1, -1.2, 1, ...) may lead. From its mirror image every method below reaches the global one,
    # at (1, ..., 1).
    start = np.tile([1.2, -1.0], 5)
    gradient = srcad.grad(rosen)
    runs = {
        "BFGS": {"fun": rosen, "jac": gradient},
        "L-BFGS-B": {"fun": srcad.value_and_grad(rosen), "jac": True},  # value and gradient from one call
        "trust-exact": {"fun": rosen, "jac": gradient, "hess": srcad.hessian(rosen)},
        "Newton-CG": {"fun": rosen, "jac": gradient, "hessp": srcad.hvp(rosen)},
    }
    for method, derivatives in runs.items():
        result = minimize(x0=start, method=method, tol=1e-10, **derivatives)
        error = np.max(np.abs(result.x - 1.0))
        print(
            f"{method:12s} {result.nit:4d} iterations, {result.nfev:4d} values, {result.njev:4d} gradients, "
            f"{getattr(result, 'nhev', 0):4d} Hessians or products; |x - 1| = {error:.1e}"
        )
        assert error < 1e-5, (method, result.message)

    print("\n# The product of the Hessian and a vector, as used by Newton-CG:\n")
    print(srcad.hvp(rosen).source(start, start))


if __name__ == "__main__":
    main()
