"""A chained comparison in a conditional expression."""


def smoothstep(x, scale):
    t = x * scale
    s = t * t * (3.0 - 2.0 * t) if 0.0 < t < 1.0 else float(t >= 1.0)
    return s if x > 0.0 and scale > 0.0 else s * x


EXAMPLE = (0.3, 2.0)


# ---- vjp -----------------------------------------------------------------------------------------

def smoothstep_vjp(x, scale, y_bar):
    # forward
    t = x * scale
    condition = 0.0 < t < 1.0
    if condition:
        t3 = t * t
        t2 = 3.0 - 2.0 * t
        s = t3 * t2
    else:
        s = float(t >= 1.0)
    condition2 = x > 0.0 and scale > 0.0
    y = s if condition2 else s * x

    # backward
    if condition2:  # return s if x > 0.0 and scale > 0.0 else s * x
        s_bar = y_bar
        x_bar = 0.0
    else:
        s_bar = y_bar * x
        x_bar = y_bar * s
    if condition:  # s = t * t * (3.0 - 2.0 * t) if 0.0 < t < 1.0 else float(t >= 1.0)
        t = s_bar * t2 * t
        t_bar = t - 2.0 * s_bar * t3
        t_bar += t
    else:
        t_bar = 0.0
    x_bar += t_bar * scale  # t = x * scale
    scale_bar = t_bar * x
    return y, x_bar, scale_bar


# ---- jvp -----------------------------------------------------------------------------------------

def smoothstep_jvp(x, scale, x_dot, scale_dot):
    t_dot = x_dot * scale + scale_dot * x
    t = x * scale
    if 0.0 < t < 1.0:
        t2 = t_dot * t
        t3 = t * t
        t = 3.0 - 2.0 * t
        s = t3 * t
        s_dot = (t2 + t2) * t - 2.0 * t_dot * t3
    else:
        s = float(t >= 1.0)
        s_dot = 0.0
    if x > 0.0 and scale > 0.0:
        return s, s_dot
    return s * x, s_dot * x + x_dot * s


# ---- hvp -----------------------------------------------------------------------------------------

def smoothstep_hvp(x, scale, x_dot, scale_dot):
    t_dot = x_dot * scale + scale_dot * x
    t = x * scale
    condition = 0.0 < t < 1.0
    if condition:
        t_dot2 = t_dot * t
        t_dot2 += t_dot2
        t3 = t * t
        t_dot3 = 2.0 * t_dot
        t2 = 3.0 - 2.0 * t
        s_dot = t_dot2 * t2 - t_dot3 * t3
        t4 = -t_dot3
    else:
        s_dot = 0.0
    if x > 0.0 and scale > 0.0:
        s_bar = 1.0
        s_bar_dot = 0.0
        x_bar_dot = 0.0
    else:
        s_bar = x
        s_bar_dot = x_dot
        x_bar_dot = s_dot
    if condition:
        t_bar = s_bar * t2
        t_dot = (s_bar_dot * t2 + t4 * s_bar) * t + t_dot * t_bar
        t = t_bar * t
        t_bar_dot = t_dot - 2.0 * (s_bar_dot * t3 + t_dot2 * s_bar)
        t_bar = t - 2.0 * s_bar * t3
        t_bar_dot += t_dot
        t_bar += t
    else:
        t_bar = 0.0
        t_bar_dot = 0.0
    x_bar_dot += t_bar_dot * scale + scale_dot * t_bar
    scale_bar_dot = t_bar_dot * x + x_dot * t_bar
    return x_bar_dot, scale_bar_dot
