"""Functions that are told something about: checkpoints, derivatives of their own, rules."""

import numpy as np

import srcad
from srcad import bar, d
from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
W = np.array([[0.2, 0.7, -0.1], [0.4, -0.3, 0.5], [-0.6, 0.1, 0.3]])


def test_program(program, check):
    check(program)


# ---- checkpointed functions ------------------------------------------------------------------------------------------


@srcad.checkpoint
def layer(x, w):
    h = np.tanh(w @ x)
    return np.sin(h) * x


@program(X, W)
def layers(x, w):
    return layer(layer(x, w), 0.5 * w)


@program(X)
def one_value_twice(x):
    return layer(x, np.outer(x, x))


@program(X, W)
def nested_checkpoints(x, w):
    return srcad.checkpoint(lambda x: layer(layer(x, w), w) + x)(x)


@program(X, 2.0)
def closure_over_an_active_value(x, a):
    b = np.exp(-a)
    return srcad.checkpoint(lambda x: np.sin(b * x) * b)(x) + b


@srcad.checkpoint
def containers(state, scale=1.0):
    return {"x": np.sin(state["x"]) * scale, "pair": (state["v"] * state["x"], np.sum(state["v"]))}


@program(X)
def containers_in_and_out(x):
    out = containers({"x": x, "v": x * x})
    more = containers({"x": out["x"], "v": out["pair"][0]}, scale=2.0)
    return more["x"] * out["pair"][1] + more["pair"][1]


@srcad.checkpoint
def branching(x, n):
    if n > 2:
        return x * np.sin(x)
    total = x
    for k in range(n):
        total = total + np.cos(total) * x * (k + 1)
    return total


@program(X, 3)
@program(X, 2)
@program(X, 0)
def checkpointed_branches_and_loops(x, n):
    return branching(x, n)


@program(X, 4)
def checkpoint_in_a_loop(x, n):
    for k in range(n):
        x = layer(x, W) + 0.1 * k
    return x


def smoothed(u, k):
    u[1:-1] += k * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u**2)


@program(X)
def checkpointed_function_that_writes_into_its_argument(x):
    u = np.zeros(5)
    u[1:4] = x
    first = srcad.checkpoint(smoothed)(u, 0.1)
    second = srcad.checkpoint(smoothed)(u, 0.2)
    return u * first + second


@program(X)
def argument_that_is_written_into_after_the_call(x):
    u = 1.0 * x
    y = srcad.checkpoint(lambda u: np.sin(u) * u)(u)
    u[0] = 3.0
    u *= x
    return y * u


# ---- checkpointed loops ----------------------------------------------------------------------------------------------


@program(X, W, 0)
@program(X, W, 1)
@program(X, W, 2)
@program(X, W, 9)
def checkpointed_steps(x, w, n):
    v = 0.1 * x
    for k in srcad.checkpoint(range(n)):
        v = v + 0.1 * np.tanh(w @ x) - 0.01 * k * v
        x = x + 0.1 * v
    return x * v


@program(X, 7, 1)
@program(X, 7, 2)
@program(X, 7, 20)
def slots(x, n, s):
    for _ in srcad.checkpoint(range(n), slots=s):
        x = x + 0.1 * np.sin(x)
    return x


@program(X, 7)
def memory(x, n):
    for _ in srcad.checkpoint(range(n), memory=50):
        x = x + 0.1 * np.sin(x)
    return x


@program(X, 9)
def start_and_step(x, n):
    y = np.ones(3)
    for k in srcad.checkpoint(range(n, 1, -2)):
        y = y * np.cos(x) + x[k % 3] / k
    return y


@program(X, 6)
def steps_that_write_into_an_array(x, n):
    u = np.zeros(7)
    u[0] = x[0]
    for k in srcad.checkpoint(range(n), slots=2):
        u[k + 1] = np.sin(u[k]) + x[k % 3]
        u[0] *= 1.1
    return u


@program(0.7, 6)
def scalar_steps(x, n):
    y, z = x, 1.0
    for _ in srcad.checkpoint(range(n)):
        y, z = y - 0.1 * z, z + 0.1 * np.sin(y) * x
    return y * z


@program(X, 3, 4)
def nested_checkpointed_loops(x, n, m):
    for _ in srcad.checkpoint(range(n)):
        y = x
        for k in srcad.checkpoint(range(m)):
            y = y + 0.1 * np.sin(y) * x / (k + 1)
        x = 0.5 * (x + y)
    return x


@program(X, 5)
def branch_in_steps(x, n):
    count = 0
    for k in srcad.checkpoint(range(n)):
        if k % 2:
            x = x * 1.1
            continue
        count = count + 1
        x = np.sin(x) if np.sum(x) > 0.0 else np.cos(x)
    return x * count


@program(X, 4)
def functions_in_steps(x, n):
    def move(y):
        return layer(y, W) + x

    y = x
    for _ in srcad.checkpoint(range(n)):
        y = move(y)
    return y


@program(X, 4)
def only_some_variables_vary(x, n):
    counter, y = 1.0, x
    for _ in srcad.checkpoint(range(n)):
        counter = counter * 0.5
        y = y * x + counter
    return y + counter


# ---- derivatives as functions ----------------------------------------------------------------------------------------

SCALE = 1.5


@srcad.custom_jvp
def soft(x):
    return SCALE * np.logaddexp(0.0, x)


@soft.defjvp
def soft_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    y = soft(x)
    return y, x_dot * SCALE * (1.0 - np.exp(-y / SCALE))


@srcad.custom_vjp
def cross(a, b):
    return a[0] * b["x"] * SCALE, np.sum(a[1])


def cross_fwd(a, b):
    return cross(a, b), (a, b)


def cross_bwd(kept, cotangents):
    (first, second), b = kept
    g, h = cotangents
    return (g * b["x"] * SCALE, h * np.ones_like(second)), {"x": g * first * SCALE}


cross.defvjp(cross_fwd, cross_bwd)


@program(X)
def custom_tangent(x):
    return soft(soft(x) * x)


@srcad.custom_vjp
def running(x):
    return np.cumsum(x * x)


def running_fwd(x):
    y = np.zeros(3)
    total = 0.0
    for k in range(3):
        total = total + x[k] * x[k]
        y[k] = total
    return y, x


def running_bwd(x, g):
    bars = g.copy()
    for k in range(2):
        bars[1 - k] += bars[2 - k]
    bars *= 2.0 * x
    return (bars,)


running.defvjp(running_fwd, running_bwd)


@program(X)
def custom_halves_that_write_into_arrays_of_their_own(x):
    return running(x * x) + running(np.sin(x))


@program(X)
def custom_halves(x):
    y, s = cross((x, x * x), {"x": np.sin(x)})
    return y * s


@program(X)
def custom_over_rows(x):
    return srcad.vmap(soft)(np.stack([x, 2.0 * x]))


@program(X)
def custom_halves_over_rows(x):
    return srcad.vmap(lambda v, w: cross((v, v), {"x": w})[0], in_dims=(0, None))(np.outer(x, x), x)


@program(X, 4)
def custom_in_a_loop(x, n):
    for _ in range(n):
        x = soft(x) * 0.5
    return x


@program(X, 3)
def custom_in_checkpoints(x, n):
    for _ in srcad.checkpoint(range(n)):
        x = srcad.checkpoint(lambda y: soft(y) * 0.5)(x)
    return x


@program(X)
def custom_in_a_branch(x):
    return soft(x) if np.sum(x) > 0.0 else cross((x, x), {"x": x})[0]


@srcad.custom_jvp
def with_default(x, power=2.0):
    return x**power


with_default.defjvp(lambda p, t: (with_default(*p), p[1] * p[0] ** (p[1] - 1.0) * t[0] + p[0] ** p[1] * np.log(p[0]) * t[1]))


@program(X**2)
def custom_with_keywords(x):
    return with_default(x) + with_default(x, power=1.0 + x) + with_default(power=3.0, x=x)


def applied(f, x):
    return f(x)


applied = srcad.custom_vjp(applied, nondiff_argnums=(0,))
applied.defvjp(lambda f, x: (f(x), x), lambda f, x, g: (srcad.vjp(f, x)[1](g)[0],))


@program(X)
def custom_of_a_function(x):
    return applied(np.sin, x) * applied(lambda y: y * y + SCALE, x)


# ---- rules -----------------------------------------------------------------------------------------------------------

SOURCELESS = {"np": np, "__name__": __name__}
exec("def erf_like(x): return np.tanh(x)\ndef slope(x): return 1.0 - np.tanh(x) ** 2\n"
     "def blend(x, y, t=0.5): return t * x + (1.0 - t) * y\ndef solved(a, b): return np.linalg.solve(a, b)\n"
     "def polar(x, y): return np.hypot(x, y), np.arctan2(y, x)\ndef times(a, b): return a @ b\n"
     "def norm(x): return np.sqrt(np.sum(x**2))\n", SOURCELESS)
erf_like, slope, blend, solved, polar, times, norm = (
    SOURCELESS[name] for name in ("erf_like", "slope", "blend", "solved", "polar", "times", "norm")
)

srcad.elementwise(erf_like, lambda y, x: slope(x))
srcad.elementwise(slope, lambda y, x: -2.0 * erf_like(x) * y)


@srcad.linear(blend, "x", "y", like="x")
def blend_rule(z, x, y, t):
    bar[x] = t * bar[z]
    bar[y] = (1.0 - t) * bar[z]


@srcad.rule(solved, linear=["b"])
def solved_rule(x, a, b):
    d[x] = solved(a, d[b] - d[a] @ x)
    bar[b] = solved(a.T, bar[x])


@srcad.rule(polar, results=2, like="x")
def polar_rule(r, angle, x, y):
    d[r] = (x * d[x] + y * d[y]) / r
    d[angle] = (x * d[y] - y * d[x]) / (r * r)


@srcad.bilinear(times, "a", "b")
def times_rule(y, a, b):
    bar[a] = bar[y] @ b.T
    bar[b] = a.T @ bar[y]


@srcad.define(norm)
def norm_rule(x):
    return np.sqrt(np.sum(x * x))


class Model:
    def __init__(self, scale):
        self.scale = scale

    def activation(self, x):
        return np.tanh(self.scale * x)

    def __call__(self, x):
        return x + self.activation(x)


srcad.elementwise(Model.activation, lambda y, self, x: self.scale * (1.0 - y * y), names=["x"])
MODEL = Model(1.5)


@program(X)
def elementwise_rule(x):
    return erf_like(x) * x + erf_like(x[0])


@program(X)
def linear_rule(x):
    return blend(x, x * x) + blend(np.sin(x), np.ones(3), t=0.3) + blend(2.0 * x, x, 0.1)


@program(W + 2.0 * np.eye(3), X)
def rule_of_a_solver(a, b):
    return np.sin(solved(a, b))


@program(X)
def rule_with_two_results(x):
    r, angle = polar(x, x * x + 1.0)
    return r * angle


@program(W, W.T + 1.0)
def bilinear_rule(a, b):
    return times(a, times(b, a))


@program(X)
def rule_by_definition(x):
    return norm(x) * x


@program(X)
def rule_of_a_method(x):
    return MODEL(x) * MODEL.activation(x)


@program(X, 3)
def rules_in_a_checkpointed_loop(x, n):
    for _ in srcad.checkpoint(range(n)):
        x = blend(x, erf_like(x), 0.3)
    return x
