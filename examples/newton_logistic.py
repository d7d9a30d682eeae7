"""Newton's method for a logistic regression, with the gradient and the Hessian that srcad writes.

Two species of Fisher's irises, versicolor and virginica, are told apart by four measurements. No plane
separates them, so the fit is a real minimum and not a limit at infinity; a small L2 penalty on the slopes
keeps it well conditioned. The problem is convex and smooth: Newton's method from zero needs a handful of
steps, and converges that fast only if both derivatives are right.
"""

from pathlib import Path

import numpy as np

import srcad

DATA = Path(__file__).parent / "data" / "iris.csv"
PENALTY = 0.01
TOLERANCE = 1e-10
MAX_STEPS = 10


def loss(weights, features, sign, penalty):
    """Mean negative log-likelihood of the labels `sign` (+1 or -1), with a penalty on all slopes."""
    margin = sign * (features @ weights)
    return np.mean(np.logaddexp(0.0, -margin)) + 0.5 * penalty * np.sum(weights[1:] ** 2)


def load():
    """The features, standardised and with a leading column of ones, and the labels +1 (virginica) and -1."""
    rows = np.loadtxt(DATA, delimiter=",", skiprows=1)
    species = rows[:, 4]
    rows = rows[species > 0]  # 0 is setosa, which is far from the other two
    measured = rows[:, :4]
    standardised = (measured - measured.mean(axis=0)) / measured.std(axis=0)
    features = np.column_stack([np.ones(len(rows)), standardised])
    return features, np.where(rows[:, 4] == 2, 1.0, -1.0)


def newton(gradient, hessian, weights, *data):
    """The minimiser, the norm of the gradient there, and the number of steps taken."""
    for step in range(MAX_STEPS + 1):
        slope = gradient(weights, *data)
        norm = np.linalg.norm(slope)
        print(f"step {step}: loss {loss(weights, *data):.12f}, |gradient| {norm:.1e}")
        if norm < TOLERANCE:
            return weights, norm, step
        weights = weights - np.linalg.solve(hessian(weights, *data), slope)
    raise AssertionError(f"no convergence in {MAX_STEPS} steps: |gradient| is still {norm:.1e}")


def main():
    features, sign = load()
    gradient = srcad.grad(loss)
    hessian = srcad.hessian(loss)

    weights, norm, steps = newton(gradient, hessian, np.zeros(5), features, sign, PENALTY)

    accuracy = np.mean((features @ weights > 0) == (sign > 0))
    print(f"{steps} steps, final |gradient| {norm:.1e}, accuracy {accuracy:.0%} of {len(sign)} flowers")
    names = ["intercept", "sepal length", "sepal width", "petal length", "petal width"]
    for name, weight in zip(names, weights, strict=True):
        print(f"  {name:12s} {weight:+.4f}")
    assert steps <= 7
    assert accuracy >= 0.95

    print("\n# The gradient that was used:\n")
    print(gradient.source(weights, features, sign, PENALTY))
    print("\n# The Hessian that was used:\n")
    print(hessian.source(weights, features, sign, PENALTY))


if __name__ == "__main__":
    main()
