"""Convolutions by loops over the kernel and slices of the signal, strides, pooling, and a small network of them."""

import numpy as np

from tests.programs.check import program

SIGNAL = np.array([0.5, -1.2, 2.0, 0.3, 0.9, -0.4])
KERNEL = np.array([0.7, -0.2, 0.4])
IMAGE = np.random.default_rng(0).uniform(-1.0, 1.0, (4, 5))
STENCIL = np.array([[0.5, -0.3], [0.2, 0.8]])


def test_program(program, check):
    check(program)


@program(SIGNAL, KERNEL)
def full_convolution(x, k):
    y = np.zeros(len(x) + len(k) - 1)
    for j in range(len(k)):
        y[j : j + len(x)] += k[j] * x
    return y


@program(SIGNAL, KERNEL)
def valid_correlation_with_a_stride(x, k):
    n = (len(x) - len(k)) // 2 + 1
    y = np.empty(n)
    for i in range(n):
        y[i] = x[2 * i : 2 * i + len(k)] @ k
    return y


@program(IMAGE, STENCIL)
def two_dimensions(image, stencil):
    p, q = stencil.shape
    rows, columns = image.shape[0] - p + 1, image.shape[1] - q + 1
    out = np.zeros((rows, columns))
    for i in range(p):
        for j in range(q):
            out += stencil[i, j] * image[i : i + rows, j : j + columns]
    return out


def pooled(image):
    rows, columns = image.shape[0] // 2, image.shape[1] // 2
    out = np.empty((rows, columns))
    for i in range(rows):
        for j in range(columns):
            out[i, j] = image[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max()
    return out


def convolved(image, stencil, bias=0.0):
    padded = np.zeros((image.shape[0] + 1, image.shape[1] + 1))
    padded[:-1, :-1] = image
    out = np.full(image.shape, bias)
    for i in range(2):
        for j in range(2):
            out += stencil[i, j] * padded[i : i + image.shape[0], j : j + image.shape[1]]
    return out


@program(IMAGE, STENCIL)
def small_network(image, stencil):
    hidden = convolved(image, stencil, 0.1)
    hidden[hidden < 0.0] *= 0.1
    return np.sum(pooled(hidden) ** 2) + np.mean(convolved(pooled(hidden), stencil))


@program(SIGNAL, 0.4)
def recursive_filter(x, alpha):
    y = np.empty_like(x)
    y[0] = x[0]
    for i in range(1, len(x)):
        y[i] = alpha * x[i] + (1.0 - alpha) * y[i - 1]
    for i in range(len(x) - 2, -1, -1):
        y[i] = alpha * y[i] + (1.0 - alpha) * y[i + 1]
    return y


@program(SIGNAL)
def haar_wavelets_in_place(x):
    y = np.zeros(8)
    y[: len(x)] = x
    n = 8
    while n > 1:
        half = n // 2
        even, odd = y[0:n:2].copy(), y[1:n:2].copy()
        y[:half] = (even + odd) / np.sqrt(2.0)
        y[half:n] = (even - odd) * y[0]
        n = half
    return y
