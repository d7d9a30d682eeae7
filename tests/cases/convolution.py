"""A convolution as a sum of shifted slices."""

import numpy as np


def convolution(signal, kernel):
    n = len(signal) - len(kernel) + 1
    out = np.zeros(n)
    for k in range(len(kernel)):
        out = out + kernel[k] * signal[k : k + n]
    return out


EXAMPLE = (np.array([0.3, -2.5, 1.7, -0.4, 0.8, 1.2]), np.array([0.5, 1.0, -0.5]))


# ---- vjp -----------------------------------------------------------------------------------------

import numpy as np
from srcad.runtime import check_shape, unbroadcast


def convolution_vjp(signal, kernel, out_bar):
    n = len(signal) - len(kernel) + 1
    out = np.zeros(n)
    out_shapes = []
    for k in range(len(kernel)):
        out_shapes.append(out.shape)
        out = out + kernel[k] * signal[k : k + n]
    check_shape(out_bar.shape, out.shape, "v")
    kernel_bar = np.zeros(kernel.shape, kernel.dtype)
    signal_bar = np.zeros(signal.shape, signal.dtype)
    for k in range(len(kernel) - 1, -1, -1):
        t = k + n
        signal_part = signal[k:t]
        out_bar2 = unbroadcast(out_bar, out_shapes[k])
        t_bar = unbroadcast(out_bar, signal_part.shape)
        signal_bar[k:t] += kernel[k] * t_bar
        kernel_bar[k] += np.sum(t_bar * signal_part)
        out_bar = out_bar2
    return out, signal_bar, kernel_bar


# ---- jvp -----------------------------------------------------------------------------------------

import numpy as np


def convolution_jvp(signal, kernel, signal_dot, kernel_dot):
    n = len(signal) - len(kernel) + 1
    out = np.zeros(n)
    out_dot = np.zeros(out.shape, out.dtype)
    for k in range(len(kernel)):
        kernel_k = kernel[k]
        t = k + n
        signal_part = signal[k:t]
        out = out + kernel_k * signal_part
        out_dot = np.broadcast_to(
            out_dot + (kernel_dot[k] * signal_part + kernel_k * signal_dot[k:t]), out.shape
        )
    return out, out_dot.copy()


# ---- jacobian ------------------------------------------------------------------------------------

import numpy as np
from srcad.runtime import unbroadcast


def convolution_jacobian(signal, kernel):
    # forward
    n = len(signal) - len(kernel) + 1
    out = np.zeros(n)
    out_shapes = []
    for k in range(len(kernel)):
        out_shapes.append(out.shape)
        out = out + kernel[k] * signal[k : k + n]

    # backward
    out_bar = np.eye(out.shape[0])
    kernel_bar = np.zeros((len(out_bar), *kernel.shape), kernel.dtype)
    signal_bar = np.zeros((len(out_bar), *signal.shape), signal.dtype)
    out_bar2 = out_bar
    for k in range(len(kernel) - 1, -1, -1):  # for k in range(len(kernel))
        t = k + n  # out = out + kernel[k] * signal[k : k + n]
        signal_part = signal[k:t]
        out_bar3 = unbroadcast(out_bar2, (len(out_bar), *out_shapes[k]))
        t2 = unbroadcast(out_bar2, (len(out_bar), *signal_part.shape))
        signal_bar[:, k:t] += kernel[k] * t2
        kernel_bar[:, k] += np.sum(t2 * signal_part, axis=1)
        out_bar2 = out_bar3
    return signal_bar, kernel_bar
