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

import math


def black_scholes_vjp(spot, strike, time, rate, volatility, y_bar):
    # forward
    sqrt_time = math.sqrt(time)
    width = volatility * sqrt_time
    t = spot / strike
    t2 = rate + volatility**2 / 2
    d1 = (math.log(t) + t2 * time) / width
    sqrt = math.sqrt(2.0)
    t3 = d1 / sqrt
    t4 = 0.5 * (1.0 + math.erf(t3))
    exp = math.exp(-rate * time)
    t5 = strike * exp
    t6 = (d1 - width) / sqrt
    t7 = 0.5 * (1.0 + math.erf(t6))
    y = spot * t4 - t5 * t7

    # backward
    t7 = y_bar * t7
    width_bar = 0.5641895835477563 * y_bar * t5 * math.exp(-t6 * t6) / sqrt
    strike_bar = -t7 * exp
    t5 = t7 * strike * exp
    rate_bar = t5 * time
    time_bar = t5 * rate
    spot_bar = y_bar * t4
    d1_bar = 0.5641895835477563 * y_bar * spot * math.exp(-t3 * t3) / sqrt - width_bar
    t_bar = d1_bar / width
    width_bar -= d1_bar * (d1 / width)
    t_bar2 = t_bar * time
    time_bar += t_bar * t2
    rate_bar += t_bar2
    volatility_bar = t_bar2 * volatility
    t_bar = t_bar / t
    spot_bar += t_bar / strike
    strike_bar -= t_bar * (t / strike)
    volatility_bar += width_bar * sqrt_time  # width = volatility * math.sqrt(time)
    time_bar += 0.5 * width_bar * volatility / sqrt_time
    return y, spot_bar, strike_bar, time_bar, rate_bar, volatility_bar


# ---- jvp -----------------------------------------------------------------------------------------

import math


def black_scholes_jvp(
    spot, strike, time, rate, volatility, spot_dot, strike_dot, time_dot, rate_dot, volatility_dot
):
    sqrt_time = math.sqrt(time)
    width_dot = volatility_dot * sqrt_time + 0.5 * time_dot / sqrt_time * volatility
    width = volatility * sqrt_time
    t = spot / strike
    t2 = rate + volatility**2 / 2
    d1 = (math.log(t) + t2 * time) / width
    d1_dot = (
        (
            (spot_dot / strike - strike_dot * (t / strike)) / t
            + ((rate_dot + volatility_dot * volatility) * time + time_dot * t2)
        )
        / width
        - width_dot * (d1 / width)
    )
    sqrt = math.sqrt(2.0)
    t = d1 / sqrt
    t2 = 0.5 * (1.0 + math.erf(t))
    exp = math.exp(-rate * time)
    t3 = strike * exp
    t4 = (d1 - width) / sqrt
    t5 = 0.5 * (1.0 + math.erf(t4))
    t = (
        spot_dot * t2
        + 0.5641895835477563 * (d1_dot / sqrt) * math.exp(-t * t) * spot
        - (strike_dot * exp + (-rate_dot * time - time_dot * rate) * exp * strike) * t5
    )
    return (
        spot * t2 - t3 * t5, t - 0.5641895835477563 * ((d1_dot - width_dot) / sqrt) * math.exp(-t4 * t4) * t3
    )
