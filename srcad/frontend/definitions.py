"""What functions of Python's own do, written in Python: lowering runs these in their place.

The names of the parameters are those of the originals where these can be given by name.
"""

from __future__ import annotations

from typing import Any

NOTHING = type("NOTHING", (), {})
"""What is passed for an argument that is not given."""


def total(iterable: Any, start: Any) -> Any:
    result = start
    for element in iterable:
        result = result + element
    return result


def any_(iterable: Any) -> Any:
    for element in iterable:  # noqa: SIM110
        if element:
            return True
    return False


def all_(iterable: Any) -> Any:
    for element in iterable:  # noqa: SIM110
        if not element:
            return False
    return True


def extreme(iterable: Any, key: Any, default: Any, message: str, beats: Any) -> Any:
    empty = True
    for element in iterable:
        measure = element if key is None else key(element)
        if empty:
            best, record, empty = element, measure, False
        elif beats(measure, record):
            best, record = element, measure
    if empty:
        if default is NOTHING:
            raise ValueError(message)
        return default
    return best


def reduce(function: Any, iterable: Any) -> Any:
    empty = True
    for element in iterable:
        if empty:
            result, empty = element, False
        else:
            result = function(result, element)
    if empty:
        raise TypeError("reduce() of empty iterable with no initial value")
    return result


def reduce_from(function: Any, iterable: Any, initial: Any) -> Any:
    result = initial
    for element in iterable:
        result = function(result, element)
    return result


def contains(iterable: Any, wanted: Any) -> Any:
    return any(element == wanted for element in iterable)


# ---- iterators -----------------------------------------------------------------------------------------------------


def map_one(function: Any, iterable: Any) -> Any:
    for element in iterable:
        yield function(element)


def map_(function: Any, *iterables: Any) -> Any:
    for elements in zip(*iterables, strict=False):
        yield function(*elements)


def starmap(function: Any, iterable: Any) -> Any:
    for elements in iterable:
        yield function(*elements)


def filter_(function: Any, iterable: Any) -> Any:
    for element in iterable:
        if function(element):
            yield element


def filter_true(iterable: Any) -> Any:
    for element in iterable:
        if element:
            yield element


def filterfalse(function: Any, iterable: Any) -> Any:
    for element in iterable:
        if not function(element):
            yield element


def compress(data: Any, selectors: Any) -> Any:
    for element, selected in zip(data, selectors, strict=False):
        if selected:
            yield element


def takewhile(predicate: Any, iterable: Any) -> Any:
    for element in iterable:
        if not predicate(element):
            return
        yield element


def dropwhile(predicate: Any, iterable: Any) -> Any:
    dropping = True
    for element in iterable:
        if dropping:
            dropping = predicate(element)
        if not dropping:
            yield element


def chain(*iterables: Any) -> Any:
    for iterable in iterables:
        yield from iterable


def chain_of(iterable: Any) -> Any:
    for part in iterable:
        yield from part


def accumulate(iterable: Any, function: Any) -> Any:
    empty = True
    for element in iterable:
        if empty:
            result, empty = element, False
        else:
            result = function(result, element)
        yield result


def accumulate_from(iterable: Any, function: Any, initial: Any) -> Any:
    result = initial
    yield result
    for element in iterable:
        result = function(result, element)
        yield result


def enumerate_(iterable: Any, start: Any) -> Any:
    count = start
    for element in iterable:
        yield count, element
        count = count + 1


def islice(iterable: Any, start: Any, stop: Any, step: Any) -> Any:
    position = 0
    wanted = start
    if stop is not None and stop == 0:
        return
    for element in iterable:
        if position == wanted:
            yield element
            wanted = wanted + step
        position = position + 1
        if stop is not None and position == stop:
            return


def pairwise(iterable: Any) -> Any:
    empty = True
    for element in iterable:
        if not empty:
            yield last, element  # type: ignore[has-type]  # noqa: F821
        last, empty = element, False  # noqa: F841


def zip_around(before: Any, driver: Any, after: Any) -> Any:
    """``zip`` of one generator and of what has an index."""
    if before and min([len(part) for part in before]) == 0:
        return
    position = 0
    for element in driver:
        if after and position >= min([len(part) for part in after]):
            return
        yield (*[part[position] for part in before], element, *[part[position] for part in after])
        position = position + 1
        if before and position >= min([len(part) for part in before]):
            return


def count(start: Any, step: Any) -> Any:
    number = start
    while True:
        yield number
        number = number + step


def repeat_times(element: Any, times: Any) -> Any:
    for _ in range(times):
        yield element


def product(first: Any, *rest: Any) -> Any:
    for element in first:
        if rest:
            for elements in product(*rest):
                yield (element, *elements)
        else:
            yield (element,)


def pairs(array: Any) -> Any:
    """``itertools.combinations`` of two."""
    for j in range(len(array)):
        for k in range(j + 1, len(array)):
            yield array[j], array[k]


def sequence(array: Any, order: Any) -> Any:
    for k in order:
        yield array[k]


def repeat(element: Any) -> Any:
    while True:
        yield element


def cycle(elements: Any) -> Any:
    while True:
        yield from elements


def index_of(items: Any, wanted: Any) -> Any:
    for k, item in enumerate(items):
        if item == wanted:
            return k
    raise ValueError("list.index(x): x not in list")


def count_of(items: Any, wanted: Any) -> Any:
    found = 0
    for item in items:
        if item == wanted:
            found += 1
    return found


def check_count(length: int, least: int, most: Any) -> None:
    if length < least:
        if most is None:
            raise ValueError(f"not enough values to unpack (expected at least {least}, got {length})")
        raise ValueError(f"not enough values to unpack (expected {least}, got {length})")
    if most is not None and length > most:
        raise ValueError(f"too many values to unpack (expected {most})")


def put_items(table: Any, items: Any) -> Any:
    for key, value in items:
        table[key] = value


def count_elements(table: Any, elements: Any) -> Any:
    for element in elements:
        table[element] = table[element] + 1


def count_items(table: Any, items: Any) -> Any:
    for element, times in items:
        table[element] = table[element] + times
