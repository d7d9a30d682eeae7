"""A data-dependent loop over scalars: the values that it overwrites are saved."""


def newton_sqrt(a):
    x = a
    while abs(x * x - a) > 1e-12 * a:
        x = 0.5 * (x + a / x)
    return x


EXAMPLE = (2.5,)


# ---- vjp -----------------------------------------------------------------------------------------

def newton_sqrt_vjp(a, x_bar):
    # forward
    xs = []
    x = a
    while abs(x * x - a) > 1e-12 * a:
        xs.append(x)
        x = 0.5 * (x + a / x)

    # backward
    a_bar = 0.0
    for k in range(len(xs) - 1, -1, -1):  # while abs(x * x - a) > 1e-12 * a
        x_old = xs[k]
        x_bar = 0.5 * x_bar  # x = 0.5 * (x + a / x)
        a_bar += x_bar / x_old
        x_bar -= x_bar * (a / x_old / x_old)
    a_bar += x_bar  # while abs(x * x - a) > 1e-12 * a
    return x, a_bar


# ---- jvp -----------------------------------------------------------------------------------------

def newton_sqrt_jvp(a, a_dot):
    x = a
    x_dot = a_dot
    while abs(x * x - a) > 1e-12 * a:
        t = a / x
        x_dot = 0.5 * (x_dot + (a_dot / x - x_dot * (t / x)))
        x = 0.5 * (x + t)
    return x, x_dot


# ---- hvp -----------------------------------------------------------------------------------------

def newton_sqrt_hvp(a, a_dot):
    xs = []
    xs_dot = []
    x = a
    x_dot = a_dot
    while abs(x * x - a) > 1e-12 * a:
        xs.append(x)
        xs_dot.append(x_dot)
        t = a / x
        x_dot = 0.5 * (x_dot + (a_dot / x - x_dot * (t / x)))
        x = 0.5 * (x + t)
    x_bar = 1.0
    x_bar_dot = 0.0
    a_bar_dot = 0.0
    for k in range(len(xs) - 1, -1, -1):
        x_old = xs[k]
        x_old_dot = xs_dot[k]
        t = a / x_old / x_old
        x_bar_dot = 0.5 * x_bar_dot
        x_bar = 0.5 * x_bar
        a_bar_dot += x_bar_dot / x_old - x_old_dot * (x_bar / x_old / x_old)
        x_bar_dot = (
            x_bar_dot
            - x_bar_dot * t
            - ((a_dot / x_old - x_old_dot * t) / x_old - x_old_dot * (t / x_old)) * x_bar
        )
        x_bar -= x_bar * t
    a_bar_dot += x_bar_dot
    return a_bar_dot
