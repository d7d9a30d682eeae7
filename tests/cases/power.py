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
