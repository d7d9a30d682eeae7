"""Lists whose length the data decide: everything that Python's lists can do, and what loops and branches make of them."""

import heapq

import numpy as np

from tests.programs.check import program

X = np.array([0.5, -1.2, 2.0, 0.8, -0.3])


def test_program(program, check):
    check(program)


def positive(x):
    parts = []
    for value in x:
        if value > 0.0:
            parts.append(value * value)
    return parts


def weighed(parts):
    total = 0.0
    for k, value in enumerate(parts):
        total = total + (k + 1.0) * value**2
    return total


# ---- places --------------------------------------------------------------------------------------------------


@program(X)
def inserted_at_places(x):
    parts = positive(x)
    parts.insert(0, x[0] * x[1])
    parts.insert(1, x[1])
    parts.insert(-1, x[2] ** 2)
    parts.insert(len(parts), x[3])
    parts.insert(100, x[4] * x[0])
    parts.insert(-100, x[1] * x[2])
    return weighed(parts)


@program(X)
def inserted_where_it_belongs(x):
    parts = []
    for value in x:
        k = 0
        while k < len(parts) and parts[k] < value:
            k += 1
        parts.insert(k, value * x[0])
    return weighed(parts)


@program(X)
def popped_at_places(x):
    parts = positive(x)
    parts.append(x[0])
    parts.append(x[1] * x[0])
    a = parts.pop(0)
    b = parts.pop(-2)
    c = parts.pop(len(parts) - 1)
    return weighed(parts) * a + b * c


@program(X)
def deleted_places(x):
    parts = positive(x) + [x[0], x[1], x[2]]
    del parts[0]
    del parts[-1]
    k = len(parts) - 2
    del parts[k]
    return weighed(parts)


@program(X)
def deleted_parts(x):
    parts = positive(x) + [x[0], x[1], x[2], x[3] * x[4]]
    del parts[1:3]
    del parts[::2]
    return weighed(parts)


@program(X)
def largest_removed(x):
    parts = positive(x)
    largest = max(parts)
    parts.remove(largest)
    return weighed(parts) * largest


@program(X)
def place_and_number_of_a_value(x):
    parts = positive(x)
    smallest = min(parts)
    parts.append(smallest)
    return parts[parts.index(smallest)] * parts.count(smallest) * x


@program(X)
def queue_served_in_turns(x):
    queue = positive(x)
    total = 0.0
    while queue:
        first = queue.pop(0)
        total = total * 0.9 + first
        if first > 0.3 and len(queue) < 4:
            queue.append(first * 0.5 + x[1] * 0.1)
    return total


# ---- parts ---------------------------------------------------------------------------------------------------


@program(X)
def slices_read(x):
    parts = positive(x)
    parts.append(x[0] * x[1])
    a, b = parts[1:], parts[:-1]
    return weighed(a) + 2.0 * weighed(b) + weighed(parts[::-1]) * weighed(parts[::2]) + len(parts[5:])


@program(X)
def window_that_moves(x):
    states = [x[0]]
    total = 0.0
    for value in x:
        states.append(states[-1] * 0.5 + value)
        window = states[-3:]
        total = total + sum(window) ** 2 / len(window)
    return total


@program(X)
def slices_of_found_bounds(x):
    parts = [x[0], x[1] ** 2, x[2], x[3] * x[0]]
    k = int(np.argmax(x))
    left, right = parts[:k], parts[k:]
    return weighed(left) + weighed(right) * len(left)


@program(X)
def part_replaced(x):
    parts = positive(x)
    parts[1:2] = [x[0] * x[1], x[2] ** 2]
    parts[:0] = [x[4]]
    parts[len(parts) :] = positive(-x)
    parts[2:4] = []
    return weighed(parts)


@program(X)
def copies_of_a_list(x):
    parts = positive(x)
    a, b, c = parts.copy(), list(parts), parts[:]
    a.append(x[0])
    b[0] = x[1]
    c.pop()
    return weighed(parts) + weighed(a) * weighed(b) + weighed(c)


@program(X)
def halves_merged(x):
    parts = positive(x) + [x[1]]
    middle = len(parts) // 2
    left, right = parts[:middle], parts[middle:]
    merged = []
    while left and right:
        merged.append(left.pop(0) if left[0] < right[0] else right.pop(0))
    merged += left + right
    return weighed(merged)


# ---- joined and ordered --------------------------------------------------------------------------------------


@program(X)
def lists_joined(x):
    plus, minus = positive(x), positive(-x)
    both = plus + minus + [x[0]]
    both.extend(minus)
    both += [x[1], x[2]]
    both.extend(value * 2.0 for value in plus)
    return weighed(both) + weighed([x[3]] + plus) * len(minus)


@program(X)
def list_repeated(x):
    parts = positive(x)
    parts *= 2
    return weighed(parts * 2) + weighed(parts)


@program(X)
def sorted_in_place(x):
    parts = positive(x) + [x[1], x[4]]
    parts.sort()
    a = weighed(parts)
    parts.sort(key=lambda value: -abs(value))
    b = weighed(parts)
    parts.sort(reverse=True)
    return a + 2.0 * b + 3.0 * weighed(parts) + weighed(sorted(parts))


@program(X)
def reversed_in_place(x):
    parts = positive(x)
    parts.reverse()
    return weighed(parts) + weighed(reversed(parts))


@program(X)
def median_of_a_filter(x):
    window = []
    total = 0.0
    for value in x:
        window.append(value)
        if len(window) > 3:
            window.pop(0)
        total = total + sorted(window)[len(window) // 2] ** 2
    return total


@program(X)
def emptied(x):
    parts = positive(x)
    total = weighed(parts)
    parts.clear()
    parts.append(total * x[1])
    return weighed(parts) * len(parts)


# ---- arrays in them ------------------------------------------------------------------------------------------


def rows_of(x):
    rows = []
    for k in range(len(x)):
        if x[k] > 0.0:
            rows.append(np.sin(x[k] * x))
    return rows


@program(X)
def arrays_moved_about(x):
    rows = rows_of(x)
    rows.insert(1, x * x)
    first = rows.pop(0)
    rows.append(first * rows[0])
    return np.stack(rows).sum(axis=0) * first


@program(X)
def arrays_gathered(x):
    rows = rows_of(x)
    rows.append(x)
    later = rows[1:]
    ordered = sorted(rows, key=lambda row: row[0])
    return later[0] * ordered[-1] + np.concatenate(ordered[:2] + [x])[:5]


@program(X)
def arrays_of_several_sizes(x):
    parts = []
    for k in range(len(x)):
        if x[k] > 0.0:
            parts.insert(0, x[: k + 1] * x[k])
    parts[1] = x * x[0]
    parts.reverse()
    return np.concatenate(parts[1:])[:4] * parts[0].sum()


# ---- unpacked ------------------------------------------------------------------------------------------------


@program(X)
def unpacked(x):
    parts = positive(x)
    a, b, c = parts
    first, *rest = parts
    *front, last = parts
    one, *middle, three = parts
    return a * b + c * first + weighed(rest) + weighed(front) * last + one * three * weighed(middle)


@program(X)
def stack_unpacked_from_the_end(x):
    stack = positive(x)
    while len(stack) > 1:
        *stack, a, b = stack
        stack.append(a * b + a)
    return stack[0] * x


@program(X)
def swapped_at_found_places(x):
    order = list(range(len(x)))
    for k in range(len(x) - 1):
        p = k + int(np.argmax(np.abs(x[k:])))
        order[k], order[p] = order[p], order[k]
    return x[order] * x


@program(X)
def entries_swapped_at_found_places(x):
    parts = [x[0], x[1] * x[2], x[2], x[3]]
    p = int(np.argmin(x))
    parts[0], parts[p] = parts[p], parts[0]
    return parts[0] * parts[p] ** 2 + parts[3]


# ---- elements with a structure -------------------------------------------------------------------------------


@program(X)
def pairs_kept(x):
    kept = []
    for k, value in enumerate(x):
        if value > 0.0:
            kept.append((k, value * x[1]))
    kept.sort(key=lambda pair: -pair[1])
    k, value = kept.pop(0)
    total = value * x[k]
    for k, value in kept:
        total = total * 0.5 + k * value**2
    return total + kept[-1][1] + len(kept)


@program(X)
def dicts_recorded(x):
    log = []
    level, k = x[0], 0
    while level < 3.0 and k < 3:
        level = level * 1.5 + 0.1 * x[k]
        log.append({"step": k, "level": level, "name": "up" if x[k] > 0.0 else "down"})
        k += 1
    return sum(entry["level"] * (2.0 if entry["name"] == "up" else 1.0) for entry in log) + log[-1]["step"]


@program(X)
def states_filtered_again_and_again(x):
    states = [(value, value * x[0]) for value in x]
    for _ in range(3):
        states = [(a + 0.1 * b, b * 0.9) for a, b in states if a > -1.0]
        a, b = states[0]
        states.append((a * b, a))
    return sum(a * b for a, b in states)


@program(X)
@program(-X)
def one_length_in_each_branch(x):
    if x[0] > 0.0:
        parts = [x[0], x[1]]
    else:
        parts = [x[1] * x[2]]
    parts.append(x[3])
    return weighed(parts)


@program(X)
@program(-X)
def found_or_not(x):
    found = [(k, value) for k, value in enumerate(x) if value > 1.9]
    if found:
        k, value = found[0]
        return value * x[k]
    return x[0] * x[1]


@program(X)
def lists_of_a_callee(x):
    def split(parts, limit):
        low, high = [], []
        for value in parts:
            if value < limit:
                low.append(value)
            else:
                high.append(value)
        return low, high

    low, high = split(list(x), 0.0)
    lower, upper = split(high, 0.9)
    return weighed(low) + weighed(lower) * weighed(upper)


@program(X)
def quicksort(x):
    return weighed(ordered_around_a_pivot(list(x)))


def ordered_around_a_pivot(parts):
    if len(parts) < 2:
        return parts
    pivot, *rest = parts
    low = [v for v in rest if v < pivot]
    high = [v for v in rest if v >= pivot]
    return ordered_around_a_pivot(low) + [pivot] + ordered_around_a_pivot(high)


# ---- heaps ---------------------------------------------------------------------------------------------------


@program(X)
def heap_of_numbers(x):
    heap = []
    for value in x:
        heapq.heappush(heap, value * value)
    total = 0.0
    while len(heap) > 1:
        a, b = heapq.heappop(heap), heapq.heappop(heap)
        total = total + a * b
        heapq.heappush(heap, a + b)
    return total * heap[0]


@program(X)
def heap_of_tuples(x):
    heap = [(value**2, k, np.sin(value * x)) for k, value in enumerate(x)]
    heapq.heapify(heap)
    total = 0.0
    for _ in range(3):
        cost, k, row = heapq.heappop(heap)
        total = total + cost * row * x[k]
        if k % 2:
            heapq.heappush(heap, (cost * 3.0 + 0.1, k + 1, row * cost))
    return total * heap[0][0]


@program(X)
def smallest_and_largest(x):
    low, high = heapq.nsmallest(2, positive(x)), heapq.nlargest(2, x, key=abs)
    return low[0] * high[0] + weighed(low) * weighed(high)


# ---- refused so far ------------------------------------------------------------------------------------------


@program(X)
def list_that_grows_under_a_loop(x):
    parts = positive(x)
    total = 0.0
    for value in parts:
        total = total + value
        if len(parts) < 6:
            parts.append(value * 0.5)
    return total


@program(X)
def known_list_that_grows_under_a_loop(x):
    parts = [x[0], x[1]]
    total = 0.0
    for value in parts:
        total = total + value
        if len(parts) < 5:
            parts.append(value * 0.5)
    return total


@program(X)
def element_changed_through_a_choice(x):
    pairs = []
    for value in x:
        if value > 0.0:
            pairs.append([value, value * value])
    pair = pairs[0] if x[0] > 0.0 else pairs[1]
    pair[0] = x[1]
    return pairs[0][0] * x[0]


@program(X)
def dict_changed_in_a_list(x):
    log = []
    entry = {"value": x[0]}
    for value in x:
        if value > 0.0:
            log.append(entry)
            entry["value"] = entry["value"] * value
    return sum(entry["value"] for entry in log)


@program(X)
def elements_replaced_before_their_turn(x):
    kept = [v for v in x if v > 0.0]
    total = 0.0
    k = 0
    for v in kept:
        k += 1
        if k < len(kept):
            kept[k] = v * 2.0
        total = total + v**2
    return total


@program(X)
def known_elements_replaced_before_their_turn(x):
    kept = [x[0], x[1], x[2]]
    total = 0.0
    for a, (k, b) in zip(kept, enumerate(kept)):
        kept[-1] = a * 2.0 + kept[k]
        total = total + a * b
    for v in reversed(kept):
        kept[0] = v * x[0]
        total = total + v**2
    return total


@program(X)
def pairs_replaced_before_their_turn(x):
    kept = [(v, k) for k, v in enumerate(x) if v > 0.0]
    total = 0.0
    for v, j in kept:
        kept[-1] = (v * 2.0, 3)
        total = total + v * j
    return total


@program(X)
def squares_of_elements_replaced_before_their_turn(x):
    kept = [v for v in x if v > 0.0]
    total = 0.0
    for square in (v * v for v in kept):
        kept[-1] = square + 1.0
        total = total + square
    return total


@program(X)
def reversed_copy_of_a_list_that_is_changed(x):
    kept = [v for v in x if v > 0.0]
    total = 0.0
    for v in reversed(list(kept)):
        kept[0] = v * 2.0
        total = total + v**2
    return total + sum(kept)
