"""The primitives that the transforms themselves need: arithmetic on adjoints, memory, saved lists, batches.

Each is an ordinary primitive; the rule library declares how it is differentiated and batched like any other.
"""

from __future__ import annotations

import operator

from srcad import runtime, runtime_lists
from srcad.ir.primitive import Primitive

ADD = Primitive("operator.add", operator.add, symbol="+")
SUB = Primitive("operator.sub", operator.sub, symbol="-")
MUL = Primitive("operator.mul", operator.mul, symbol="*")
DIV = Primitive("operator.truediv", operator.truediv, symbol="/")
POW = Primitive("operator.pow", operator.pow, symbol="**")
NEG = Primitive("operator.neg", operator.neg, symbol="-")
NOT = Primitive("operator.not_", operator.not_, symbol="not")

GT = Primitive("operator.gt", operator.gt)

INDEX = Primitive("operator.getitem", operator.getitem, view=True)
"""``index(x, i)`` is ``x[i]``."""

FLAT = Primitive("flat", runtime.flat)
"""``flat(x, i)`` is ``x.flat[i]``, which is a copy or a number."""

STORED = Primitive("stored", runtime.stored)
"""``stored(x, i, v)`` is ``x`` after ``x[i] = v``."""

ACCUMULATED = Primitive("accumulated", runtime.accumulated)
"""``accumulated(x, i, v)`` is ``x`` after ``x[i] += v``; no element is named twice by ``i``."""

SCATTERED = Primitive("scattered", runtime.scattered)
"""``scattered(x, i, v)`` is ``x`` after ``np.add.at(x, i, v)``, or the list ``x`` with those of ``v`` added at places ``i``."""

GATHERED = Primitive("gathered", runtime_lists.gathered)
"""``gathered(x, places)`` is a list of the elements of ``x`` at these places: a slice, or a list of numbers."""

APPENDED = Primitive("appended", runtime_lists.appended)
"""``appended(x, v)`` is the list ``x`` after ``x.append(v)``."""

SHORTENED = Primitive("shortened", runtime_lists.shortened)
"""``shortened(x)`` is the list ``x`` after ``x.pop()``."""

REPLACED = Primitive("replaced", runtime_lists.replaced)
"""``replaced(x, k, v)`` is the list ``x`` after ``x[k] = v``."""

INSERTED = Primitive("inserted", runtime_lists.inserted)
"""``inserted(x, k, v)`` is the list ``x`` after ``x.insert(k, v)``."""

REMOVED = Primitive("removed", runtime_lists.removed)
"""``removed(x, k)`` is the list ``x`` after ``x.pop(k)``."""

EXTENDED = Primitive("extended", runtime_lists.extended)
"""``extended(x, v)`` is the list ``x`` after ``x.extend(v)``, of another list."""

SPLICED = Primitive("spliced", runtime_lists.spliced)
"""``spliced(x, part, v)`` is the list ``x`` after ``x[part] = v``, a slice without a step, of another list."""

CHANGED = Primitive("changed", runtime.changed)
"""``changed(x, "add", v)`` is the set (or the dict of places) ``x`` after ``x.add(v)``."""

TAKEN = Primitive("taken", runtime.taken)
"""``taken(x)``: the set ``x`` after ``v = x.pop()``, and ``v``."""

LIST_WRITES = (APPENDED, SHORTENED, REPLACED, INSERTED, REMOVED, EXTENDED, SPLICED, CHANGED, TAKEN)
LIST_MAKERS = (GATHERED, *LIST_WRITES)
"""Applications of a list that give a list of elements of it."""

WRITES = (STORED, ACCUMULATED, SCATTERED, *LIST_WRITES)
"""Applications that make a new version of their first operand, in its memory where nobody reads the old one."""

COPY = Primitive("copy", runtime.copy, allocates=True)
"""``copy(x)`` is ``x`` in memory of its own, written ``x.copy()``."""

WRITTEN_BACK = Primitive("written_back", runtime.written_back, pure=False)
"""``written_back(x, last)``: the memory of a parameter holds its last version when the function returns."""

SEPARATE = Primitive("separate", runtime.separate, pure=False)
"""``separate(name, x, *others)``: an error if ``x``, which is written into, shares memory with another array."""

IN_ORDER = Primitive("in_order", runtime.in_order, pure=False)
"""``in_order(name, x)``: an error if ``x`` is not in C order, so that a view of it may be a copy."""

ZEROS = Primitive("zeros", runtime.zeros, allocates=True)
"""``zeros(shape, dtype)``: memory to accumulate into."""

SHAPE = Primitive("shape", runtime.shape)
"""``shape(x)`` is ``x.shape``."""

PREFIXED = Primitive("prefixed", runtime.prefixed)
"""``prefixed(n, shape)`` is ``(n, *shape)``: the shape with a batch axis."""

DTYPE = Primitive("dtype", runtime.dtype)
"""``dtype(x)`` is ``x.dtype``."""

BROADCAST = Primitive("broadcast", runtime.broadcast, view=True)
"""``broadcast(x, shape)``: read-only, and left out where arithmetic broadcasts anyway."""

UNBROADCAST = Primitive("unbroadcast", runtime.unbroadcast, view=True)
"""``unbroadcast(x, shape)`` sums over the axes along which ``shape`` was broadcast to that of ``x``."""

CAST = Primitive("cast", runtime.cast, view=True)
"""``cast(x, dtype)`` is ``x.astype(dtype)``, or ``x`` itself if it has that type."""

ALIGN = Primitive("align", runtime.align, view=True)
"""``align(x, ndim)``: unit axes after the batch axis until there are ``ndim`` axes behind it."""

ROW_OF = Primitive("row_of", runtime.row_of, view=True)
"""``row_of(x, k, flag)``: row ``k`` of a list or pack of which the parts in ``flag`` have rows."""

BROADCAST_PARTS = Primitive("broadcast_parts", runtime.broadcast_parts, view=True)
"""``broadcast_parts(x, n, flag)``: a list or pack with ``n`` equal rows in the parts in ``flag``."""

ASSIGNED = Primitive("assigned", runtime.assigned, view=True)
"""``assigned(x, name)``: the rows of a variable, which all of them must have assigned."""

ROWS = Primitive("rows", runtime.rows, view=True)
"""``rows(list)``: the rows of something that is no array: lists of one length become a list whose elements have the rows."""

NESTED = Primitive("nested_list", runtime.nested_list, view=True)
"""``nested_list(x, depth)``: the elements of an array in lists of lists."""

CHECK_SHAPE = Primitive("check_shape", runtime.check_shape, pure=False)
"""``check_shape(actual, expected, message)``: an error if two shapes that were not known differ."""

CHUNKS_JOINED = Primitive("chunks_joined", runtime.chunks_joined)
"""``chunks_joined(chunks, shape, dtype)``: chunks of rows one after the other, empty of ``shape`` if there are none."""

BLOCK = Primitive("jacobian_block", runtime.jacobian_block, view=True)
"""``jacobian_block(rows, outer, inner, by_column)``: rows as a block of a Jacobian, for shapes of unknown rank."""

BLOCK_ROWS = Primitive("block_rows", runtime.block_rows, view=True)
"""``block_rows(block, outer, inner, by_column)``: the rows again."""

EYE = Primitive("eye", runtime.eye)
"""``eye(n, dtype)``: the unit vectors as rows, to be batched tangents or cotangents."""

UNIT_ROWS = Primitive("unit_rows", runtime.unit_rows)
"""``unit_rows(dtypes, *shapes)``: the unit vectors of several arrays together, cut and shaped like each."""

SIZE = Primitive("size", runtime.size)
"""``size(x)`` is ``x.size``."""

STOP = Primitive("stop_gradient", runtime.stop_gradient, view=True)
"""``stop_gradient(x)`` is ``x``, through which no derivative flows."""

DETACHED = Primitive("detached", runtime.detached, view=True)
"""``detached(x, message)`` is ``stop_gradient(x)`` with a warning if a derivative would have flowed."""

WARN = Primitive("warn_detached", runtime.warn_detached, pure=False)
"""``warn(message)``: the warning."""

WARN_ROWS = Primitive("warn_rows", runtime.warn_rows, pure=False)
"""``warn_rows(message)``: rows are run one by one, since a branch depends on a batched value."""

REQUIRE = Primitive("require", runtime.require, pure=False)
"""``require(dependence, message)``: an error if a dependence (``transforms.dependence``) is on nothing."""

TRANSLATED = Primitive("translated", runtime.translated)
"""``translated(mask, bits, *own)``: a dependence on the arguments of a call in terms of what these depend on."""

EITHER = Primitive("either", runtime.either)
"""``either(a, b)``: what two values depend on together."""

STACK = Primitive("stack_rows", runtime.stack_rows)
"""``stack_rows(rows, shape, dtype)``: the rows of a batch as one array, which has ``shape`` if there are none."""

PACKED = Primitive("packed", runtime.packed)
"""``packed(a, b, ...)``: the residuals of a call as one tuple."""

UNPACKED = Primitive("unpacked", runtime.unpacked)
"""``unpacked(t)``: the residuals again, one result each."""

ZEROS_LIKE = Primitive("zeros_like", runtime.zeros_like)
"""``zeros_like(x)`` for a list or a tuple of arrays."""

LISTS_ADDED = Primitive("lists_added", runtime.lists_added)
"""``lists_added(a, b)``: lists or tuples of adjoints added element by element."""

LISTED = Primitive("listed", runtime_lists.listed, allocates=True)
"""``listed(a, b, ...)`` is ``[a, b, ...]``, a list that may grow."""

KEYED = Primitive("keyed", runtime.keyed, allocates=True)
"""``keyed(a, b, ...)`` is ``{a, b, ...}``, a set that may change."""

HASHED = Primitive(
    "hashed", runtime.hashed, reason="as an element of a set or a key of a dict: what is read there has no derivative",
    remedy="keep such values in a list",
)
"""``hashed(x)`` is ``x``, which becomes an element of a set or a key of a dict."""

PLACES = Primitive("places", runtime.places, allocates=True)
"""``places(a, b, ...)`` is ``{a: 0, b: 1, ...}``: the places of what belongs to keys in a list."""

PLACE = Primitive("place", runtime.place)
"""``place(x, key)`` is ``x[key]``, the place of a key."""

ELEMENTS = Primitive("elements", runtime.elements)
"""``elements(x)`` is ``list(x)``: those of a set, or the keys of a dict, as a list."""

SORTED = Primitive("sorted_elements", runtime.sorted_elements)
"""``sorted_elements(x, reverse=...)`` is ``sorted(x, reverse=...)`` of a set."""

COUNT = Primitive("count", runtime.count)
"""``count(x)`` is ``len(x)``, the number of elements of a set, or of the keys of a dict, now."""

SET_ITEM = Primitive("set_item", runtime.set_item, pure=False)
"""``set_item(names, "x", v)``: from here on the global ``x`` is ``v``, or what a cell holds (key None)."""

SET_ATTRIBUTE = Primitive("setattr", setattr, pure=False)
"""``obj.x = v``, of an object that outlives the call."""

DELETE_ATTRIBUTE = Primitive("delattr", delattr, pure=False)
"""``del obj.x``."""

GET_ITEM = Primitive("get_item", runtime.get_item, pure=False)
"""``get_item(names, "x")``: the global ``x`` now, or what a cell holds."""

DELETE_ITEM = Primitive("delete_item", runtime.delete_item, pure=False)
"""``delete_item(names, "x")``: the global ``x`` is no more, or a cell is empty."""

FAILURE = Primitive("failure", runtime.failure)
"""``failure(types, f, *args)``: whether ``f(*args)`` raises an exception of one of the types, and which."""

TEXT = Primitive("text", runtime.text)
"""``text(part, (value, conversion, spec), ...)``: an f-string."""

LENGTH = Primitive("len", len)
"""``length(x)`` is ``len(x)``."""

ATTRIBUTE = Primitive("getattr", getattr)
"""``attribute(x, "name")`` is ``x.name``, of an object that is no array."""

RANGE = Primitive("range", range)
"""``range`` as a run-time object, which a loop scans."""

ORDER = Primitive("order", runtime_lists.order)
"""``order(measures, reverse)``: the places of a list's elements in the order in which Python would sort them."""

TRIPS = Primitive("range_length", runtime.range_length)
"""``trips(range)``: how often a loop over it runs."""

SLOTS_FOR = Primitive("slots_for", runtime.slots_for)
"""``slots_for(steps)``: how many states are held on the way back through so many steps."""

SLOTS_WITHIN = Primitive("slots_within", runtime.slots_within)
"""``slots_within(memory, *state)``: how many states fit into so many bytes."""

NEXT_SAVED = Primitive("next_saved", runtime.next_saved)
"""``next_saved(start, stop, slots)``: before which step a state is saved next, on the way back through these steps."""
