"""Names that are one array or another, as the data say: in branches, in loops, through callees; written through any of them."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0])
Y = np.array([1.5, 0.2, -0.3])
A = np.array([[0.5, -1.2, 2.0], [1.5, 0.2, -0.3]])


def test_program(program, check):
    check(program)


# ---- branches ------------------------------------------------------------------------------------------------------


@program(X)
@program(-X)
def written_through_the_choice(x):
    a, b = x * x, np.sin(x)
    c = a if x[0] > 0.0 else b
    c[1] = x[2] * x[0]
    return a * b * x


@program(X)
@program(-X)
def written_through_what_is_chosen_from(x):
    a, b = x * x, np.sin(x)
    c = a if x[0] > 0.0 else b
    a[1] = x[2] * x[0]
    b[2] = x[1] * 3.0
    return c * x


@program(X)
@program(-X)
def written_through_every_handle(x):
    a, b = x * x, np.sin(x)
    c = a if x[0] > 0.0 else b
    c[1] = x[2] * x[0]
    a[1] *= x[1]
    c += x
    b[0] = c[1] * a[1]
    return a + b * c


@program(X)
@program(-X)
def read_before_and_after_the_write(x):
    a = x * x
    c = a if x[0] > 0.0 else np.cos(x)
    old = c[0] * 2.0
    before = c * 1.0
    c[0] = x[1] * old
    a[2] = c[0]
    return before * c + old * a


@program(X)
@program(-X)
def alias_or_memory_of_its_own(x):
    a = x * x
    if x[0] > 0.0:
        b = a
    else:
        b = a * 2.0
    b[0] = x[1] * 3.0
    a[1] = x[2] * b[0]
    b *= x
    return a * b


@program(X)
@program(-X)
def bound_anew_on_one_way(x):
    y = x * x
    z = y
    if np.sum(x) > 0.0:
        z = z + 1.0
    if x[1] > 0.0:
        z = np.sin(z)
    z[0] = x[2]
    y[1] = z[0] * x[0]
    return y * z


@program(X)
@program(-X)
@program(np.array([-0.5, -1.2, 2.0]))
def one_of_three(x):
    a, b, d = x * x, np.sin(x), np.cos(x)
    if x[0] > 0.0:
        c = a
    elif x[1] > 0.0:
        c = b
    else:
        c = d
    c[2] = x[0] * x[1]
    a[0] = c[2] * 2.0
    d += c
    return a * b + c * d


@program(X)
@program(-X)
@program(np.array([-0.5, -1.2, 2.0]))
def choice_of_choices(x):
    a, b, d = x * x, np.sin(x), np.cos(x)
    c = a if x[0] > 0.0 else b
    e = c if x[2] > 0.0 else d
    e[0] = x[1] * x[2]
    c[1] = e[0] * a[0]
    a[2] = e[1] + c[0]
    return a * b + c * d * e


@program(X)
@program(-X)
def two_names_chosen_together(x):
    a, b = x * x, np.sin(x)
    if x[0] > 0.0:
        first, second = a, b
    else:
        first, second = b, a
    first[0] = x[1] * x[2]
    second[:] += first
    first *= second
    return a * x - b


@program(X)
@program(-X)
def two_names_chosen_apart(x):
    a, b = x * x, np.sin(x)
    first = a if x[0] > 0.0 else b
    second = b if x[1] > 0.0 else a
    first[0] = x[1] * x[2]
    second[0] += first[0]
    first *= x
    return a * second - b * first


@program(X)
@program(-X)
def one_fresh_array_under_two_names(x):
    a = x * x
    if x[0] > 0.0:
        b = c = np.sin(x)
    else:
        b, c = a, np.cos(x)
    b[1] += c[1]
    return a * b * x


@program(X)
@program(-X)
def views_of_one_array(x):
    y = x * x
    view = y[:2] if x[0] > 0.0 else y[1:]
    view[0] = x[1] * x[2]
    y[1] *= x[0]
    view *= 2.0
    return y * view[1]


@program(X, A)
@program(-X, A)
def views_of_several_arrays(x, m):
    a, b = x * x, m * m
    row = a[1:] if x[0] > 0.0 else b[0, :2]
    part = row[1:]
    part[0] = x[0] * m[1, 1]
    row[0] *= x[2]
    b[0, 1] += a[2]
    return a * np.sum(b * b) * part[0] + row[0]


@program(X)
@program(-X)
def places_computed_in_the_branch(x):
    y = x * x
    if x[0] > 0.0:
        n = len(x) - 2
        view = y[n:]
    else:
        n = len(x) - 1
        view = y[:n]
    view[1] = x[1] * x[2]
    return y * x * n


@program(A)
@program(-A)
def transposed_on_one_way(a):
    b = np.outer(a[0], a[1])
    t = b.T if a[0, 0] > 0.0 else b
    t[0] = a[0] * 2.0
    b[0, 1] *= a[1, 1]
    return t * b[0]


@program(X)
@program(-X)
def argument_or_a_copy(x):
    y = x if x[0] > 0.0 else x.copy()
    y[1] = x[0] * x[2]
    y *= x
    return x * y


@program(X, Y)
@program(-X, Y)
def one_argument_or_the_other(x, y):
    z = x if x[0] > y[1] else y
    z[0] = x[1] * y[2]
    x[2] *= z[0]
    return x * y + z


@program(X)
@program(-X)
def written_in_branches(x):
    a, b = x * x, np.sin(x)
    c = a if x[0] > 0.0 else b
    if x[1] > 0.0:
        c[0] = x[1]
    else:
        a[0] = x[2]
        c[1] = a[0] * c[0]
    if x[2] > 0.0:
        b[2] = c[1]
    return a * b * c


@program(X)
@program(-X)
def early_return_of_an_alias(x):
    def chosen(a, b):
        if a[0] > 0.4:
            return a
        return b

    a, b = x * np.abs(x), np.sin(x)
    c = chosen(a, b)
    c[1] = x[2]
    a[0] *= x[1]
    return a * b + c


def larger(p, q):
    if np.sum(p) > np.sum(q):
        return p
    return q


@program(X, Y)
@program(-X, Y)
def result_of_a_callee_is_one_argument_or_the_other(x, y):
    a, b = np.sin(x), np.cos(y) - 0.7
    c = larger(a, b)
    c[0] = x[1] * y[1]
    a[1] *= c[0]
    return a * b + c


def or_new(p):
    return p if p[0] > 0.0 else p * 2.0


@program(X)
@program(-X)
def result_of_a_callee_is_its_argument_or_new(x):
    a = np.sin(x)
    for i in range(3):
        b = or_new(a)
        b[i] = b[i - 1] * x[i]
        a[0] += b[1]
    return a * b


def crossed(p, q):
    p[0] = q[1] * 2.0
    q[1] = p[0] * q[2]


@program(X)
@program(-X)
def callee_receives_both(x):
    a, b = x * x, np.sin(x)
    c = a if x[0] > 0.0 else b
    crossed(a, c)
    crossed(c, b)
    return a * b + c


def doubled(p):
    p *= 2.0
    p[0] += 1.0


@program(X)
@program(-X)
def callee_writes_into_the_choice(x):
    a, b = x * x, np.sin(x)
    c = a if x[0] > 0.0 else b
    doubled(c)
    a[1] *= x[0]
    doubled(a)
    return a * b + c


# ---- loops ---------------------------------------------------------------------------------------------------------


@program(X, 4)
@program(-X, 4)
def swapped_under_a_condition(x, n):
    a, b = x * x, np.sin(x)
    for i in range(n):
        if a[0] > b[1]:
            a, b = b, a
        a[i % 3] = b[0] * x[1]
        b[1] *= 0.9
    return a - b * x


@program(X, 4)
@program(-X, 4)
def swapped_under_a_condition_and_read_by_the_first_names(x, n):
    first, second = x * x, np.sin(x)
    a, b = first, second
    for i in range(n):
        if a[0] > b[1]:
            a, b = b, a
        a[i % 3] = b[0] * x[1] + first[0]
        second[1] *= 0.9
    b[2] = first[1]
    return a - b * x + first * second


@program(X, 3)
@program(-X, 3)
def best_so_far_is_an_alias(x, n):
    start = x * x
    best = start
    for i in range(n):
        candidate = best * 0.9 + np.sin(x) * (i - 1.0)
        if np.sum(candidate * x) > np.sum(best):
            best = candidate
        candidate[0] *= x[1]
        start[2] += 0.1 * best[0]
    best[1] = x[0]
    return best * start


@program(X, 3)
def ping_pong_with_the_first_names(x, n):
    first, second = x.copy(), np.zeros(3)
    old, new = first, second
    for _ in range(n):
        new[0] = old[0] * 0.5 + np.sin(old[1])
        new[1:] = old[0] * old[1:] + first[0]
        old, new = new, old
    old[1] = new[0]
    return first * x + second


@program(X, 2)
@program(X, 3)
def alias_of_the_outer_array_until_it_is_bound(x, n):
    y = x * x
    z = y
    for i in range(n):
        z[i] = z[i - 1] * x[i]
        if x[i] < 0.0:
            z = z * 2.0
        y[0] += z[1]
    return y * z


@program(X, 2)
@program(-X, 2)
def left_with_an_alias(x, n):
    a, b = x * x, np.cos(x)
    c = a
    for i in range(n):
        c[i] += x[2]
        if c[0] > 0.5:
            c = b
            break
        c[1] *= 0.5
    c[2] = x[0] * a[0]
    return a * b + c


@program(X, 4)
@program(-X, 4)
def while_with_a_swap(x, n):
    a, b = x * x, np.sin(x)
    k = 0
    c = a
    while k < n:
        c[k % 3] += x[0] * b[0]
        c = b if c[0] > 0.7 else a
        k += 1
    return a * b + c


@program(X, 4)
def buffers_by_the_number_of_the_iteration(x, n):
    buffers = [x * x, np.sin(x)]
    for k in range(n):
        buffers[k % 2][:] = buffers[(k + 1) % 2] * x + 0.1
    return buffers[0] - buffers[1] * x


@program(X, 1)
@program(X, 2)
def buffer_by_an_argument(x, k):
    a, b, c = x * x, np.sin(x), np.cos(x)
    part = [a, b, c][k % 3]
    part[0] = x[1] * x[2]
    b[1] = part[0] * a[0]
    return a * part + b * c


@program(X)
@program(-X)
def buffer_by_the_largest_element(x):
    parts = [x * x, np.sin(x), np.cos(x)]
    for _ in range(3):
        k = int(np.argmax([p[0] for p in parts]))
        parts[k][0] *= 0.3
        parts[k] += 0.1 * parts[0]
    return parts[0] * parts[1] + parts[2]


@program(A, 2)
@program(-A, 2)
def rows_chosen_in_a_loop(a, n):
    m = np.outer(a[0], a[1])
    row = m[0]
    for i in range(n):
        row[i] += m[1, i] * a[0, 0]
        row = m[2] if row[0] > 0.3 else m[1]
        m[2, 0] *= 0.5
    return m * row


@program(A)
def batch_of_rows_that_go_different_ways(a):
    def one(x):
        u, v = x * x, np.sin(x)
        w = u if x[0] > 1.0 else v
        w[1] = x[0] * x[2]
        u[0] *= w[1]
        return u * v + w

    return np.stack([one(a[0]), one(a[1])])


# ---- together -----------------------------------------------------------------------------------------------------


@program(X, 3)
@program(-X, 3)
def nested_loops(x, n):
    a, b = x * x, np.sin(x)
    c = a
    for i in range(n):
        for j in range(2):
            c[j] += 0.1 * b[i % 3]
            if c[j] > b[j]:
                c = b
            else:
                c = a
        a[2] *= 0.9
        d = c
        d[0] += 0.1
    return a * b + c


@program(X, 3)
@program(-X, 3)
def fresh_in_loop_two_names(x, n):
    a = x * x
    b = a
    for i in range(n):
        t = np.sin(a)
        if a[i % 3] > 0.5:
            a = t
        b[0] += 0.1 * a[1]
        t[2] = b[0]
    return a + b


@program(X, 3)
@program(-X, 3)
def history_of_aliases(x, n):
    a, b = x * x, np.cos(x)
    prev = a
    for i in range(n):
        cur = a if i % 2 == 0 else b
        cur[i % 3] += 0.3 * prev[0]
        prev = cur
        b[1] += prev[2]
    prev[0] = a[1]
    return a * b + prev


@program(X)
@program(-X)
def swapped_in_a_dict(x):
    s = {"best": x * x, "other": np.sin(x)}
    if s["best"][0] > 1.0 or x[0] > 0.0:
        s["best"], s["other"] = s["other"], s["best"]
    t = s["best"]
    t[1] = s["other"][0] * x[2]
    s["best"] *= 2.0
    return t * s["other"]


class Holder:
    def __init__(self, u):
        self.u = u


@program(X)
@program(-X)
def in_an_object(x):
    a = x * x
    h = Holder(a)
    if x[0] > 0.0:
        h.u = np.sin(x)
    h.u[0] += x[1]
    a[1] += h.u[0]
    return a * h.u


@program(X)
@program(-X)
def written_by_a_closure(x):
    a, b = x * x, np.sin(x)
    c = a if x[0] > 0.0 else b

    def put(v):
        c[1] = v

    put(x[2] * 2.0)
    b[0] = c[1]
    put(b[0] + a[1])
    return a * b


@program(X)
@program(-X)
def chosen_by_an_exception(x):
    a, b = x * x, np.sin(x)
    try:
        if x[0] > 0.0:
            raise ValueError
        c = a
    except ValueError:
        c = b
    c[0] = x[1]
    return a * b + c


@program(X, 3)
@program(-X, 3)
def left_after_a_swap(x, n):
    a, b = x * x, np.sin(x)
    for i in range(n):
        if a[0] > 1.0:
            a = b
            break
        a[i] += x[1]
        if b[i] < 0:
            continue
        a, b = b, a
        b[1] += 0.5
    else:
        b[2] = 1.0
    a[1] = x[0]
    return a * b


@program(X)
@program(-X)
def view_or_copy_by_ravel(x):
    y = np.outer(x, x)
    z = y.ravel() if x[0] > 0.0 else y.T.ravel()
    z[1] = x[2]
    y[0, 2] = z[1]
    return y * z[:3]


@program(A)
@program(-A)
def row_or_column(a):
    b = np.outer(a[0], a[1])
    i = int(np.argmax(b[0]))
    r = b[i]
    if a[0, 0] > 0:
        r = b[:, i]
    r[0] += 1.0
    b[1] *= r[0]
    return b * r


@program(X, 3)
@program(-X, 3)
def row_of_previous(x, n):
    m = np.outer(x, x)
    prev = m[0]
    for i in range(1, n):
        row = m[i]
        row += prev
        prev = row
        prev[0] *= 0.5
    return m


@program(X)
@program(-X)
def argument_chosen_and_returned(x):
    y = x if x[0] > 0.0 else -x
    y[0] *= 3.0
    return y, x


@program(X)
@program(-X)
def dtype_differs(x):
    a = x * x
    k = np.zeros(3, dtype=int)
    p = a if x[0] > 0.0 else k
    p[0] = 5
    return a * k + p


@program(X)
@program(-X)
def shapes_differ(x):
    a, b = x * x, np.outer(x, x)
    p = a if x[0] > 0.0 else b[0]
    q = b[1:] if x[0] > 0.0 else b[:, :2]
    p[0] = x[1]
    q[0, 0] = p[1]
    q *= 2.0
    return a + b


G = np.array([1.0, 2.0, 3.0])


@program(X)
@program(-X)
def captured_or_new(x):
    p = G if x[0] > 0.0 else x * 2
    p[0] = x[1]
    p *= 2.0
    return p * x


@program(X)
@program(-X)
def chosen_by_nested_conditions(x):
    a, b = x * x, np.sin(x)
    d = a if x[1] > 0 else (b if x[2] > 0 else a)
    d[1] = x[0]
    e = d[::-1]
    e[0] += 1.0
    return a * b + e


@program(X, 4)
@program(-X, 4)
def line_search(x, n):
    y = x.copy()
    best = y
    step = 1.0
    for _ in range(n):
        trial = y - step * np.sin(y)
        if np.sum(trial**2) < np.sum(best**2):
            best, y = trial, trial
        else:
            step *= 0.5
            y = best
        y[0] += 0.01
    return best * y


def after_swaps(a, b, n):
    if n == 0:
        return a
    if a[0] > b[0]:
        return after_swaps(b, a, n - 1)
    return after_swaps(a, b, n - 1)


@program(X)
@program(-X)
def chosen_by_recursion(x):
    a, b = x * x, np.sin(x)
    c = after_swaps(a, b, 3)
    c[0] = x[1]
    return a * b


@program(X)
@program(-X)
def one_new_array_under_two_names_on_one_way(x):
    a = x * x
    if x[0] > 0.0:
        b = c = np.sin(x)
    else:
        b, c = a, np.cos(x)
    c[1] *= x[0]
    return a * b * x + c
