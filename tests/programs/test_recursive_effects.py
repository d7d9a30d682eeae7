"""Functions and methods that call themselves, and change what they are given, capture or hold."""

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.3])


def test_program(program, check):
    check(program)


# ---- trees of objects ----------------------------------------------------------------------------------------------


class Node:
    def __init__(self, value, *children):
        self.value = value
        self.children = list(children)
        self.visits = 0

    def total(self):
        self.visits += 1
        return self.value + 0.5 * sum(child.total() for child in self.children)

    def scale(self, factor):
        self.value = self.value * factor
        for child in self.children:
            child.scale(factor * self.value)


@program(X)
def tree_that_counts_visits(x):
    tree = Node(x[0], Node(x[1] ** 2, Node(x[2])), Node(np.sin(x[3])))
    first = tree.total()
    tree.scale(first)
    return tree.total() * tree.children[0].children[0].visits


@program(X)
def balanced_tree(x):
    tree = Node(x[0], Node(x[1], Node(x[2]), Node(x[3])), Node(x[2] * x[3], Node(x[0]), Node(x[1])))
    tree.scale(x[0])
    return tree.total()


TREE = Node(2.0, Node(0.5, Node(1.5)), Node(3.0))


@program(X)
def tree_of_the_module_is_walked(x):
    return TREE.total() * x


def inorder(tree, out):
    if tree is None:
        return
    left, value, right = tree
    inorder(left, out)
    out.append(value * (1.0 + 0.1 * len(out)))
    inorder(right, out)


@program(X)
def values_of_a_tree_of_tuples_in_order(x):
    out = []
    inorder(((None, x[0], None), x[1], ((None, x[2], None), x[3], None)), out)
    return sum(v * (k + 1.0) for k, v in enumerate(out))


class Wrapper:
    def __init__(self, inner, gain):
        self.inner, self.gain, self.last = inner, gain, 0.0

    def __call__(self, x):
        self.last = self.gain * x
        return self.inner(self.last)


@program(X)
def wrappers_around_wrappers(x):
    model = Wrapper(Wrapper(Wrapper(np.sin, x[0]), x[1]), 2.0)
    y = model(x) + model(x * x)
    return y * model.last + model.inner.inner.last


class Stack:
    def __init__(self, *layers):
        self.layers = layers
        self.calls = 0

    def __call__(self, x):
        self.calls += 1
        for layer in self.layers:
            x = layer(x)
        return x * self.calls


@program(X)
def stacks_of_stacks(x):
    inner = Stack(np.sin, lambda y: y * x[1])
    return Stack(inner, Stack(inner, np.tanh), inner)(x)


SEEN = {"calls": 0}


class Counting(Stack):
    def __call__(self, x):
        SEEN["calls"] = SEEN["calls"] + 1
        return super().__call__(x)


@program(X)
def stacks_that_count_in_a_global_dict(x):
    return Counting(Counting(np.sin), np.tanh, Counting(np.cos))(x)


# ---- a depth that depends on arguments or data ---------------------------------------------------------------------


def filled(a, x, k):
    if k == len(x):
        return
    a[k] = x[k] ** 2 + (a[k - 1] if k > 0 else 0.0)
    filled(a, x, k + 1)


@program(X)
def array_filled_by_recursion(x):
    a = np.zeros(4)
    filled(a, x, 0)
    return a * a


WORK = np.zeros(4)


def into_the_array_of_the_module(x, k):
    if k == 4:
        return 0.0
    WORK[k] = x[k] * x[k - 1]
    rest = into_the_array_of_the_module(x, k + 1)
    return rest + WORK[k] * WORK[k - 1]


@program(X)
def captured_array_filled_by_recursion(x):
    return into_the_array_of_the_module(x, 0) * x[0] + np.sum(WORK**2)


def halves(a):
    if len(a) == 1:
        a[0] = a[0] ** 2
        return
    middle = len(a) // 2
    halves(a[:middle])
    halves(a[middle:])
    a += a[0]


@program(X)
def halves_in_place(x):
    a = x * 1.0
    halves(a)
    return a


def merged(a):
    if len(a) < 2:
        return a
    middle = len(a) // 2
    left, right = merged(a[:middle]), merged(a[middle:])
    out = np.empty(len(a))
    i = j = 0
    for k in range(len(a)):
        if j >= len(right) or (i < len(left) and left[i] < right[j]):
            out[k] = left[i]
            i += 1
        else:
            out[k] = right[j]
            j += 1
    return out


@program(X)
def merge_sort(x):
    return merged(x) * np.arange(1.0, 5.0)


TOTAL = 0.0


def adds_to_a_global(x, n):
    global TOTAL
    if n > 0:
        TOTAL = TOTAL + np.sum(x) * n
        adds_to_a_global(x * x, n - 1)


@program(X, 3)
def global_summed_by_recursion(x, n):
    adds_to_a_global(x, n)
    return TOTAL * x[0]


CALLS = 0


def counts_its_calls(x, n):
    global CALLS
    CALLS += 1
    return x if n == 0 else np.sin(counts_its_calls(x * 1.1, n - 1))


@program(X, 3)
def global_counter_in_recursion(x, n):
    return counts_its_calls(x, n)


@program(1.3)
@program(4.0)
def counter_and_depth_from_the_data(a):
    global CALLS
    CALLS += 1
    if a > 5.0:
        return a * a
    return counter_and_depth_from_the_data(a * a) * a


MEMO = {}


def remembered(a, n):
    if n in MEMO:
        return MEMO[n]
    value = 1.0 if n == 0 else a * remembered(a, n - 1)
    MEMO[n] = value
    return value


@program(1.5, skip=("generation",))
def memo_of_the_module(a):
    return remembered(a, 3)


def with_a_memo(a, n, memo):
    if n not in memo:
        memo[n] = a if n < 2 else with_a_memo(a, n - 1, memo) * a + with_a_memo(a, n - 2, memo)
    return memo[n]


@program(1.2)
def memo_as_argument(a):
    memo = {}
    return with_a_memo(a, 5, memo) + len(memo)


def collected(a, n, out):
    if n == 0:
        return
    out.append(a)
    collected(a * a, n - 1, out)


@program(1.1)
def list_collected_to_a_known_depth(a):
    out = []
    collected(a, 3, out)
    return sum(out) * out[-1]


@program(1.1, 3)
def list_collected_to_a_depth_that_is_given(a, n):
    out = []
    collected(a, n, out)
    return sum(out) * out[-1]


def quicksorted(a, low, high):
    if low >= high:
        return
    pivot, store = a[high], low
    for k in range(low, high):
        if a[k] < pivot:
            held = a[k]
            a[k] = a[store]
            a[store] = held
            store += 1
    held = a[high]
    a[high] = a[store]
    a[store] = held
    quicksorted(a, low, store - 1)
    quicksorted(a, store + 1, high)


@program(X)
def quicksort_in_place(x):
    a = x.copy()
    quicksorted(a, 0, 3)
    return a * np.arange(1.0, 5.0)


@program(X)
def nested_function_that_calls_itself(x):
    out = np.zeros(4)

    def visit(k):
        if k < 4:
            out[k] = x[k] * (out[k - 1] + 1.0)
            visit(k + 1)

    visit(0)
    return out


@program(X, 3)
def nested_function_to_a_depth_that_is_given(x, n):
    def visit(y, k):
        return y if k == 0 else np.sin(visit(y * x, k - 1))

    return visit(x, n)


@program(X, 3)
def nested_function_that_counts(x, n):
    total = 0.0

    def visit(y, k):
        nonlocal total
        if k > 0:
            total = total + np.sum(y)
            visit(y * x, k - 1)

    visit(x, n)
    return total * x


LEVEL = 0
BEST = 0.0


def searched(x, k):
    """The best sum of two neighbours, by halves; how deep it has been."""
    global LEVEL, BEST
    LEVEL = max(LEVEL, k)
    if len(x) <= 2:
        value = np.sum(x**2)
        if value > BEST:
            BEST = value
        return value * LEVEL
    middle = len(x) // 2
    return searched(x[:middle], k + 1) + 0.5 * searched(x[middle:], k + 1)


@program(np.array([0.5, -1.2, 2.0, 0.3, 1.1]))
def best_of_the_halves(x):
    total = searched(x, 1)
    return total * BEST * LEVEL


@program(X)
def global_written_before_and_after(x):
    global TOTAL
    TOTAL = np.sum(x)
    adds_to_a_global(x, 2)
    first = TOTAL
    TOTAL = TOTAL * x[1]
    adds_to_a_global(x * 0.5, 1)
    return first * TOTAL * x


@program(X, 2)
def in_a_loop(x, n):
    result = x
    for k in range(n):
        result = counts_its_calls(result, k + 1) * CALLS
    return result


def ping(a, n):
    global CALLS
    CALLS += 1
    return a if n == 0 else pong(a * a, n - 1) * CALLS


def pong(a, n):
    global TOTAL
    TOTAL = TOTAL + a * n
    return a * 2.0 if n == 0 else ping(np.sin(a), n - 1) + TOTAL


@program(0.7, 4)
@program(0.7, 3)
def two_that_call_each_other(a, n):
    return ping(a, n) * TOTAL


@program(1.1, 3)
@program(1.9, 3)
def raised_on_the_way(a, n):
    global CALLS
    CALLS += 1
    if CALLS > 50:
        raise RuntimeError("too many")
    return a if n == 0 or a > 3.0 else a * raised_on_the_way(a * a, n - 1)


def counter():
    count = 0

    def walk(x, n):
        nonlocal count
        count += 1
        return x * count if n == 0 else np.tanh(walk(x * 0.5, n - 1)) * x

    return walk


WALK = counter()


@program(X, 2)
def cell_of_a_live_function(x, n):
    return WALK(x, n) + WALK(x * x, n)


class Tally:
    def __init__(self):
        self.calls = 0
        self.total = 0.0

    def walk(self, x, n):
        self.calls += 1
        self.total = self.total + np.sum(x) * n
        return x if n == 0 else np.sin(self.walk(x * 1.1, n - 1))


TALLY = Tally()


@program(X, 3)
def attributes_of_an_object_of_the_module(x, n):
    return TALLY.walk(x, n) * TALLY.total + TALLY.calls


@program(X, 3)
def attributes_of_an_object_made_here(x, n):
    tally = Tally()
    return tally.walk(x, n) * tally.total


RECORD = None


def highest(x, k):
    global RECORD
    if RECORD is None or x[k] > RECORD:
        RECORD = x[k] * 1.0
    return RECORD * x[k] if k == 0 else highest(x, k - 1) + RECORD


@program(X, 3)
def record_that_is_none_at_first(x, k):
    return highest(x, k) * RECORD


def scaled_by_the_record(x):
    return x if RECORD is None else x * RECORD


@program(X)
def callee_that_asks_whether_there_is_one(x):
    global RECORD
    y = scaled_by_the_record(x)
    RECORD = x[0] * x[1]
    return y * scaled_by_the_record(x)


class Settings:
    scale = None

    def applied(self, x, n):
        if n == 0:
            return x
        if self.scale is None:
            self.scale = np.sum(x)
        return self.applied(np.sin(x) * self.scale, n - 1)


SETTINGS = Settings()


@program(X, 2)
def attribute_that_is_none_at_first(x, n):
    return SETTINGS.applied(x, n) * SETTINGS.scale
