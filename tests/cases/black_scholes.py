"""A scalar function with the math module."""

import math


def normal_cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def black_scholes(spot, strike, time, rate, volatility):
    width = volatility * math.sqrt(time)
    d1 = (math.log(spot / strike) + (rate + volatility**2 / 2) * time) / width
    return spot * normal_cdf(d1) - strike * math.exp(-rate * time) * normal_cdf(d1 - width)


EXAMPLE = (100.0, 95.0, 0.5, 0.02, 0.3)


# ---- vjp -----------------------------------------------------------------------------------------


# ---- jvp -----------------------------------------------------------------------------------------
