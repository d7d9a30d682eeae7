"""Random programs of the IR that write into memory and read old versions, and what they mean: nothing is ever changed.

``interpreted`` runs a function as the IR says it, each write making a new array; ``random_function`` makes one from a seed.
"""

import operator
import random

import numpy as np

from srcad.ir import core
from srcad.ir.build import Builder
from srcad.ir.facts import PACK, PY_BOOL, PY_INT, Fact, list_fact
from srcad.ir.nodes import Apply, Block, Call, Const, Display, Function, If, Loop, Remark, Value
from srcad.rules.registry import PRIMITIVES
from srcad.transforms.dead import without_dead

ARRAY = Fact("array", np.dtype(float), (4,))
PART = Fact("array", np.dtype(float), (2,))


# ---- what a function means ---------------------------------------------------------------------------------------------


def interpreted(function, args):
    """The results of a function, which leaves its arguments alone; then what they are to hold at its end."""
    held = {}
    known = dict(zip(function.params, args, strict=True))
    outs = run(function.block, known, held)
    return outs, [held.get(p, a) for p, a in zip(function.params, args, strict=True)]


def run(block, known, held):
    for instruction in block.body:
        results = step(instruction, known, held)
        known.update(zip(instruction.results, results, strict=True))
    return [read(o, known) for o in block.outs]


def read(operand, known):
    if isinstance(operand, Value):
        return known[operand]
    if isinstance(operand, Display):
        items = [read(i, known) for i in operand.items]
        return slice(*items) if operand.kind == "slice" else tuple(items)
    return operand.value if isinstance(operand, Const) else None


def step(instruction, known, held):
    match instruction:
        case Apply() if instruction.primitive is core.WRITTEN_BACK:
            held[instruction.args[0]] = read(instruction.args[1], known)
            return [None]
        case Apply():
            found = instruction.primitive.function(*(read(a, known) for a in instruction.args))
            return found if instruction.primitive is core.UNPACKED else [found]
        case Call():
            return interpreted(instruction.function, [read(a, known) for a in instruction.args])[0]
        case If():
            return run(instruction.then if read(instruction.condition, known) else instruction.orelse, known, held)
        case Loop():
            return run_loop(instruction, known, held)
        case Remark():
            return []


def run_loop(loop, known, held):
    count = read(loop.count, known)
    carried = [read(i, known) for i in loop.inits]
    lists = [[None] * count if loop.reverse else [] for _ in loop.collected]
    trips, stopped = 0, False
    for k in reversed(range(count)) if loop.reverse else range(count):
        known.update(zip(loop.carried, carried, strict=True))
        known[loop.index] = k
        known.update((item, read(s, known)[k]) for s, item in loop.scanned)
        run(loop.head, known, held)
        if loop.stop is not None and read(loop.stop, known):
            carried, stopped = run(loop.exit, known, held), True
            break
        outs = run(loop.body, known, held)
        carried = outs[: len(carried)]
        for found, out in zip(lists, outs[len(carried) :], strict=True):
            if loop.reverse:
                found[k] = out
            else:
                found.append(out)
        trips += 1
    return [*carried, *lists, trips, stopped]


# ---- programs ----------------------------------------------------------------------------------------------------------


class Maker:
    """Appends random instructions; ``arrays`` and ``parts`` are what is in scope."""

    def __init__(self, seed, callees=()):
        self.random = random.Random(seed)
        self.callees = callees
        self.build = Builder(Block())
        self.arrays, self.parts, self.lists, self.packs, self.flags = [], [], [], [], []

    def pick(self, values):
        # rather one of the last
        return values[-1 - min(int(self.random.expovariate(0.7)), len(values) - 1)]

    def function(self, name, size):
        rng = self.random
        params = [Value(n, ARRAY) for n in "xyz"] + [Value("c", PY_BOOL), Value("d", PY_BOOL)]
        self.arrays, self.flags = params[:3], params[3:]
        written = {p for p in params[:3] if rng.random() < 0.5}
        owned = {p for p in params[:3] if name == "root" and p not in written and rng.random() < 0.3}
        for _ in range(size):
            self.instruction(2)
        lasts = {p: self.last_of(p) for p in params[:3] if p in written}
        block = self.build.block
        if name == "root":
            for p, last in lasts.items():
                self.build.apply(core.WRITTEN_BACK, p, last)
            block.outs = [self.pick(self.arrays) for _ in range(2)] + [self.total()]
        else:
            block.outs = [*lasts.values(), self.pick(self.arrays)]
            packed = [self.pick(self.arrays) for _ in range(2)]
            block.outs += self.build.apply(core.PACKED, *packed, facts=(PACK,))
        return Function(name, params, without_dead(block), None, owned=frozenset(owned), written=frozenset(written))

    def last_of(self, param):
        """A version of a parameter."""
        last = param
        for instruction in self.build.block.body:
            if isinstance(instruction, Apply) and instruction.primitive in core.WRITES and instruction.args[0] is last:
                last = instruction.results[0]
        return last

    def total(self):
        """Something that reads everything that is in scope."""
        total = Const(0.0)
        for value in [*self.arrays, *self.parts]:
            weighted = self.build.mul(self.number(value), Const(round(self.random.uniform(0.5, 1.5), 3)))
            total = self.build.add(total, weighted)
        return total

    def number(self, value):
        return self.build.one(core.INDEX, value, Const(self.random.randrange(2)))

    def instruction(self, depth):
        rng, build = self.random, self.build
        build.derived = rng.random() < 0.5
        kinds = ["write"] * 6 + ["view"] * 3 + ["fresh"] * 2 + ["copy"]
        kinds += ["branch", "loop"] * (depth > 0) + ["call"] * bool(self.callees) + ["scan"] * bool(self.lists)
        kinds += ["unpack"] * bool(self.packs)
        kind = rng.choice(kinds)
        name = rng.choice(["", "", "a", "b", "u"])
        if kind == "write":
            self.write(name)
        elif kind == "view":
            x = self.pick(self.arrays)
            if rng.random() < 0.3:
                self.arrays.append(self.one(core.INDEX, x, Const(slice(None, None, -1)), name=name))
            else:
                self.parts.append(self.one(core.INDEX, x, Const(rng.choice([slice(2), slice(2, 4), slice(0, 4, 2)])), name=name))
        elif kind == "fresh":
            self.arrays.append(self.one(core.ADD, self.pick(self.arrays), self.pick(self.arrays), name=name))
        elif kind == "copy":
            self.arrays.append(self.one(core.COPY, self.pick(self.arrays), name=name))
        elif kind == "branch":
            self.branch(depth, name)
        elif kind == "loop":
            self.loop(depth, name)
        elif kind == "call":
            self.call()
        elif kind == "scan":
            self.scan(name)
        else:
            pack = self.pick(self.packs)
            parts = build.apply(core.UNPACKED, pack, count=2, facts=(ARRAY, ARRAY))
            self.arrays += parts

    def one(self, *args, **kwargs):
        return self.build.one(*args, **kwargs)

    def write(self, name):
        rng = self.random
        x = self.pick(self.arrays)
        kind = rng.choice(["element", "part", "whole", "scatter", "add", "scaled", "view", "reversed"])
        if kind == "element":
            made = self.one(core.STORED, x, Const(rng.randrange(4)), self.number(self.pick(self.arrays)), name=name)
        elif kind == "scaled":
            index = Const(rng.choice([slice(2), slice(2, 4)]))
            scaled = self.one(core.MUL, self.one(core.INDEX, x, index), Const(0.5))
            made = self.one(core.STORED, x, index, scaled, name=name)
        elif kind == "view":
            index = Const(rng.choice([slice(2), slice(2, 4)]))
            part = self.one(core.STORED, self.one(core.INDEX, x, index), Const(0), self.number(self.pick(self.arrays)))
            if rng.random() < 0.5:
                self.instruction(0)
            made = self.one(core.STORED, x, index, part, name=name)
        elif kind == "reversed":
            backwards = Const(slice(None, None, -1))
            part = self.one(core.ACCUMULATED, self.one(core.INDEX, x, backwards), Const(0), Const(1.5))
            made = self.one(core.INDEX, part, backwards, name=name)
        elif kind == "whole":
            made = self.one(core.STORED, x, Const(...), self.pick(self.arrays), name=name)
        elif kind == "scatter":
            made = self.one(core.SCATTERED, x, Const([0, 1, 0, 2]), self.pick(self.arrays), name=name)
        else:
            primitive = core.STORED if kind == "part" else core.ACCUMULATED
            value = self.pick(self.parts) if self.parts else Const(1.5)
            made = self.one(primitive, x, Const(rng.choice([slice(2), slice(1, 3)])), value, name=name)
        self.arrays.append(made)
        if rng.random() < 0.5 and x in self.arrays[3:]:
            self.arrays.remove(x)

    def inside(self, depth):
        """A block with instructions of its own, and what it could yield."""
        block = Block()
        kept = [list(v) for v in (self.arrays, self.parts, self.lists, self.packs)]
        with self.build.inside(block):
            for _ in range(self.random.randrange(1, 4)):
                self.instruction(depth - 1)
        found = self.arrays, self.parts
        self.arrays, self.parts, self.lists, self.packs = kept
        return block, *found

    def branch(self, depth, name):
        then, orelse = self.inside(depth), self.inside(depth)
        count = self.random.choice([1, 2])
        for block, arrays, _ in (then, orelse):
            block.outs = [self.pick(arrays) for _ in range(count)]
        results = tuple(Value(name if k == 0 else "", ARRAY) for k in range(count))
        self.build.append(If(results, self.pick(self.flags), then[0], orelse[0]))
        self.arrays += results

    def loop(self, depth, name):
        rng = self.random
        inits = [self.pick(self.arrays) for _ in range(rng.choice([1, 2, 2, 3]))]
        carried = [Value(rng.choice(["", name]), ARRAY) for _ in inits]
        outer = list(self.arrays)
        self.arrays = [*self.arrays, *carried]
        stop, exit_, head = None, Block(), Block()
        index = Value("k", PY_INT)
        if rng.random() < 0.4:
            with self.build.inside(head):
                stop = self.one(PRIMITIVES[operator.ge], index, Const(rng.randrange(4)), name="stop")
            exit_, arrays, _ = self.inside(1)
            exit_.outs = [self.pick(arrays) for _ in carried]
        body, arrays, parts = self.inside(depth)
        nexts = [self.pick(arrays) for _ in carried]
        if rng.random() < 0.4:
            nexts = [*carried[1:], self.pick([a for a in arrays if a not in carried] or arrays)]
        saved = [self.pick(arrays + parts) for _ in range(rng.randrange(3))]
        body.outs = [*nexts, *saved]
        self.arrays = outer
        finals = [Value(c.name, ARRAY) for c in carried]
        lists = [Value("", list_fact(v.fact)) for v in saved]
        results = (*finals, *lists, Value("trips", PY_INT), Value("stopped"))
        self.build.append(Loop(results, Const(3), rng.random() < 0.3 and stop is None, index, [], carried, inits, head, stop,
                               exit_, body))
        self.arrays += finals
        if stop is None:
            self.lists += [v for v, o in zip(lists, saved, strict=True) if o.fact.shape == (4,)]

    def scan(self, name):
        """Read a list of saved values."""
        item, total = Value("", ARRAY), Value("s", ARRAY)
        body, final = Block(), Value("s", ARRAY)
        with self.build.inside(body):
            body.outs = [self.build.add(total, item)]
        start = self.one(core.COPY, self.pick(self.arrays))
        results = (final, Value("trips", PY_INT), Value("stopped"))
        self.build.append(Loop(results, Const(3), False, Value("k", PY_INT), [(self.pick(self.lists), item)], [total],
                               [start], Block(), None, Block(), body))
        self.arrays.append(final)

    def call(self):
        callee = self.pick(self.callees)
        args = [self.pick(self.arrays) for _ in range(3)] + self.flags
        count = len(callee.outs) - 1
        results = [Value("", ARRAY) for _ in range(count)]
        pack = Value("residuals", PACK)
        self.build.append(Call((*results, pack), callee, tuple(args)))
        self.arrays += results
        self.packs.append(pack)


def random_function(seed, size=8, name="root"):
    """A function of three arrays and two flags, which may call another.

    A ``root`` leaves the last versions of what it writes in its arguments, others yield them.
    """
    callees = [Maker(seed + 1).function("inner2", 5)] if seed % 2 else []
    function = Maker(seed, callees).function(name, size)
    if name != "root":  # without the pack, of which nothing is read
        function.block.outs = function.block.outs[:-1]
    return function
