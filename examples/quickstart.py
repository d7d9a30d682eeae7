"""Decorate a NumPy function, ask for its derivatives, and read the code that computes them."""

import numpy as np

import srcad


@srcad.differentiate
def rosen(x):
    r = x[1:] - x[:-1] ** 2
    return np.sum(100.0 * r**2 + (1.0 - x[:-1]) ** 2)


def main():
    x = np.array([0.5, 1.0, -0.5])
    print("value   ", rosen(x))  # the decorated function still is the function
    print("gradient", rosen.grad(x))
    print("Hessian")
    print(rosen.hessian(x))
    print()
    print(rosen.source("vjp", x))

    # Raises if a derivative, first or second, forward or reverse, disagrees with differences of the value.
    srcad.check_grads(rosen, (x,), order=2)


if __name__ == "__main__":
    main()
