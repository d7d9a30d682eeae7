"""Recursion: the halves call themselves."""


def power(x, n):
    if n == 0:
        return 1.0
    if n % 2:
        return x * power(x, n - 1)
    half = power(x, n // 2)
    return half * half


EXAMPLE = (1.3, 5)
ARGNUMS = 0


# ---- value_and_grad ------------------------------------------------------------------------------

def power_fwd(x, n):
    condition = n == 0
    if condition:
        return 1.0, (x, condition, None, None, None, None, None)
    mod_n = n % 2
    if mod_n:
        t, residuals = power_fwd(x, n - 1)
        return x * t, (x, condition, None, mod_n, t, residuals, None)
    half, residuals2 = power_fwd(x, n // 2)
    return half * half, (x, condition, half, mod_n, None, None, residuals2)


def power_bwd(residuals, y_bar):
    x, condition, half, mod_n, t, residuals, residuals2 = residuals
    if condition:  # if n == 0
        return 0.0
    if mod_n:  # if n % 2
        x_bar = y_bar * t  # return x * power(x, n - 1)
        x_step_bar = power_bwd(residuals, y_bar * x)
        x_bar += x_step_bar
        return x_bar
    half_bar = y_bar * half  # return half * half
    half_bar += half_bar
    x_bar = power_bwd(residuals2, half_bar)  # half = power(x, n // 2)
    return x_bar


def power_value_and_grad(x, n):
    # forward
    condition = n == 0
    if condition:
        y = 1.0
    else:
        mod_n = n % 2
        if mod_n:
            x_bar, residuals = power_fwd(x, n - 1)
            y = x * x_bar
        else:
            half, residuals2 = power_fwd(x, n // 2)
            y = half * half

    # backward
    if condition:  # if n == 0
        return y, 0.0
    if mod_n:  # if n % 2
        x_step_bar = power_bwd(residuals, x)  # return x * power(x, n - 1)
        x_bar += x_step_bar
        return y, x_bar
    half_bar = half + half  # return half * half
    x_bar = power_bwd(residuals2, half_bar)  # half = power(x, n // 2)
    return y, x_bar
