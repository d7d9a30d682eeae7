"""Random programs as text: a seed in, the source of a module out, whose ``program`` is to be differentiated.

Every expression is made for a shape, so that programs run; values stay moderate, since the functions that take part are
bounded or nearly so. With ``writes`` there are also in-place writes, views, aliases, containers that change, and globals.
"""

import random
from dataclasses import dataclass, field

Shape = tuple[int, ...]

SHAPES: tuple[Shape, ...] = ((), (), (3,), (3,), (2,), (2, 3), (3, 3), (3, 2))
ARRAYS: tuple[Shape, ...] = ((3,), (3,), (2,), (2, 3), (3, 3))
BOUNDED = ("np.sin", "np.cos", "np.tanh", "np.arctan")
ANY_SIZE = ("np.sinh", "np.square", "np.abs", "np.negative", "np.arcsinh", "np.log1p", "np.sqrt", "np.exp")
OF_FLOATS = ("math.sin", "math.cos", "math.tanh", "math.atan")


@dataclass
class Scope:
    """What may be used at a place of a function."""

    values: dict[str, Shape] = field(default_factory=dict)  # floats and arrays
    owned: dict[str, Shape] = field(default_factory=dict)  # arrays that may be written into
    integers: dict[str, int] = field(default_factory=dict)  # each from 0 on, below its bound
    lists: dict[str, tuple[int, Shape]] = field(default_factory=dict)  # of so many elements of one shape
    dicts: dict[str, dict[str, Shape]] = field(default_factory=dict)
    objects: dict[str, dict[str, Shape]] = field(default_factory=dict)
    functions: dict[str, tuple[tuple[Shape, ...], Shape]] = field(default_factory=dict)
    writers: dict[str, tuple[Shape, ...]] = field(default_factory=dict)  # which write into their first argument
    loops: int = 0
    depth: int = 0
    result: Shape = ()
    nested: bool = False
    fixed: frozenset[str] = frozenset()  # names that are not to be assigned

    def inner(self, loops: int = 0) -> "Scope":
        """The scope of a block: what is bound in it is not known after it."""
        return Scope(
            dict(self.values), dict(self.owned), dict(self.integers), dict(self.lists),
            {k: dict(v) for k, v in self.dicts.items()}, dict(self.objects),
            dict(self.functions), dict(self.writers), self.loops + loops, self.depth + 1, self.result, self.nested, self.fixed,
        )  # fmt: skip


class Maker:
    """One program."""

    def __init__(self, seed: int, writes: bool = False) -> None:
        self.random = random.Random(f"{seed} {writes}")
        self.writes = writes
        self.lines: list[str] = []
        self.count = 0
        self.size = self.random.choice((1, 1, 2, 2, 3))  # of expressions, of blocks, and how deep these nest

    # ---- the whole --------------------------------------------------------------------------------------------

    def module(self) -> str:
        """The source of a module: helpers, then ``program``, then ``ARGS`` and ``REST``."""
        r = self.random
        self.lines = ["import math", "import numpy as np", ""]
        functions: dict[str, tuple[tuple[Shape, ...], Shape]] = {}
        writers: dict[str, tuple[Shape, ...]] = {}
        globals_ = Scope()
        if self.writes:
            self.lines += ["BUFFER = np.array([0.3, -0.2, 0.6])", "TOTAL = 0.5", "HISTORY = [0.25]", ""]
            self.lines += ["class State:", "    def __init__(self, a, v):", "        self.a = a", "        self.v = v", "",
                           "    def moved(self, s):", "        self.v = self.v + s", "        return self.a * self.v", ""]
        for k in range(r.choice((0, 0, 1, 1, 2))):
            functions[f"helper{k}"] = self.helper(f"helper{k}", functions)
        if self.writes and r.random() < 0.5:
            writers["writer"] = self.writer("writer", functions)
        shapes = [r.choice(SHAPES[1:]) for _ in range(r.choice((1, 2, 2, 3)))]
        names = ["x", "y", "z"][: len(shapes)]
        rest = [(3,)] if self.writes and r.random() < 0.3 else []
        parameters = names + ["w"][: len(rest)]
        scope = globals_
        scope.values = dict(zip(parameters, shapes + rest))
        scope.functions, scope.writers = functions, writers
        if self.writes:
            scope.owned = {name: shape for name, shape in scope.values.items() if shape}
            if r.random() < 0.25:
                scope.owned["BUFFER"] = scope.values["BUFFER"] = (3,)
                scope.fixed = frozenset({"BUFFER"})
        scope.result = r.choice(SHAPES)
        self.lines.append(f"def program({', '.join(parameters)}):")
        if self.writes and r.random() < 0.2:
            self.lines.append("    global TOTAL")
            scope.values["TOTAL"] = ()
        self.block(scope, r.randint(2, 1 + 2 * self.size))
        self.returned(scope, last=True)
        self.lines.append("")
        self.lines.append(f"ARGS = ({''.join(self.argument(s) + ', ' for s in shapes)})")
        self.lines.append(f"REST = ({''.join(self.argument(s) + ', ' for s in rest)})")
        return "\n".join(self.lines) + "\n"

    def argument(self, shape: Shape) -> str:
        if not shape:
            return self.number()
        if len(shape) == 1:
            return f"np.array([{', '.join(self.number() for _ in range(shape[0]))}])"
        rows = [f"[{', '.join(self.number() for _ in range(shape[1]))}]" for _ in range(shape[0])]
        return f"np.array([{', '.join(rows)}])"

    def helper(self, name: str, functions: dict[str, tuple[tuple[Shape, ...], Shape]]) -> tuple[tuple[Shape, ...], Shape]:
        shapes = tuple(self.random.choice(SHAPES) for _ in range(self.random.choice((1, 2))))
        scope = Scope(dict(zip("abc", shapes)), functions=dict(functions), result=self.random.choice(SHAPES), depth=0)
        self.lines.append(f"def {name}({', '.join('abc'[: len(shapes)])}):")
        self.block(scope, self.random.randint(0, 3))
        self.returned(scope, last=True, single=True)
        self.lines.append("")
        return shapes, scope.result

    def writer(self, name: str, functions: dict[str, tuple[tuple[Shape, ...], Shape]]) -> tuple[Shape, ...]:
        shapes = (self.random.choice(ARRAYS), *(self.random.choice(SHAPES) for _ in range(self.random.choice((0, 1)))))
        scope = Scope(dict(zip("abc", shapes)), {"a": shapes[0]}, functions=dict(functions), fixed=frozenset("a"))
        self.lines.append(f"def {name}({', '.join('abc'[: len(shapes)])}):")
        self.write(scope, "    ")
        self.block(scope, self.random.randint(0, 2), exits=False)
        self.write(scope, "    ")
        self.lines.append("")
        return shapes

    def returned(self, scope: Scope, last: bool = False, single: bool = False, indent: str = "    ") -> None:
        """A return of something that depends on as much as possible."""
        value = self.expression(scope.result, scope, min(2, self.size))
        names = [name for name in scope.values if name not in "xyzabcef" and name != "row"]
        for name in self.random.sample(names, min(len(names), 4 if last else 2)):
            value = f"{value} + {self.random.choice(('np.sum', 'np.mean', 'np.max'))}({name})"
        self.lines.append(f"{indent}return {value}")

    # ---- statements -------------------------------------------------------------------------------------------

    def fresh(self) -> str:
        self.count += 1
        return f"t{self.count}"

    def block(self, scope: Scope, length: int, indent: str = "    ", exits: bool = True) -> None:
        start = len(self.lines)
        for _ in range(length):
            self.statement(scope, indent, exits)
        if len(self.lines) == start and scope.depth:
            self.lines.append(f"{indent}pass")

    def statement(self, scope: Scope, indent: str, exits: bool) -> None:
        r = self.random
        plain = [(self.assign, 5), (self.reassign, 4), (self.unpack, 1), (self.make_list, 1), (self.make_closure, 1)]
        nests = [(self.branch, 3), (self.loop, 4), (self.while_loop, 1)] if scope.depth < self.size else []
        leaves = [(self.leave, 2)] if exits and scope.depth else []
        writing = [
            (self.write, 8), (self.alias, 2), (self.view, 3), (self.make_buffer, 3), (self.call_writer, 2), (self.write_list, 2),
            (self.make_dict, 1), (self.write_dict, 2), (self.make_object, 1), (self.write_object, 2), (self.write_global, 1),
            (self.swap, 2), (self.choose, 2), (self.rebind, 2),
        ] if self.writes else []  # fmt: skip
        kinds = plain + nests + leaves + writing
        chosen = r.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
        if chosen in (self.branch, self.loop, self.while_loop):
            chosen(scope, indent, exits)  # type: ignore[call-arg]
        else:
            chosen(scope, indent)

    def assign(self, scope: Scope, indent: str) -> None:
        shape = self.random.choice(SHAPES)
        name = self.fresh()
        made = self.expression(shape, scope, self.size)
        self.lines.append(f"{indent}{name} = {made}")
        scope.values[name] = shape

    def reassign(self, scope: Scope, indent: str) -> None:
        names = [name for name in scope.values if name not in scope.fixed]
        if not names:
            return
        name = self.random.choice(names)
        shape = scope.values[name]
        if not shape and self.random.random() < 0.4:
            value = self.expression((), scope, min(2, self.size))
            self.lines.append(f"{indent}{name} {self.random.choice(('+=', '-=', '*='))} {self.damped(value)}")
        else:
            self.lines.append(f"{indent}{name} = {self.expression(shape, scope, self.size)}")
            if name in scope.owned:
                # it may be a view of something or read-only now
                self.lines[-1] = f"{indent}{name} = np.array({self.lines[-1].split(' = ', 1)[1]})"

    def unpack(self, scope: Scope, indent: str) -> None:
        first, second = self.random.choice(SHAPES), self.random.choice(SHAPES)
        a, b = self.expression(first, scope, min(2, self.size)), self.expression(second, scope, min(2, self.size))
        names = self.fresh(), self.fresh()
        self.lines.append(f"{indent}{names[0]}, {names[1]} = {a}, {b}")
        scope.values[names[0]], scope.values[names[1]] = first, second

    def make_list(self, scope: Scope, indent: str) -> None:
        name, shape = self.fresh(), self.random.choice(SHAPES)
        length = self.random.randint(2, 3)
        if self.random.random() < 0.5:
            items = ", ".join(self.expression(shape, scope, min(2, self.size)) for _ in range(length))
            self.lines.append(f"{indent}{name} = [{items}]")
        else:
            inner = scope.inner()
            inner.integers["k"] = length
            self.lines.append(f"{indent}{name} = [{self.expression(shape, inner, 2)} for k in range({length})]")
        scope.lists[name] = length, shape

    def make_closure(self, scope: Scope, indent: str) -> None:
        if scope.nested:
            return
        name = self.fresh()
        shapes = (self.random.choice(SHAPES),)
        inner = scope.inner()
        inner.values["a"] = shapes[0]
        inner.owned = {}
        inner.result = self.random.choice(SHAPES)
        inner.nested = True
        inner.loops = 0
        inner.depth = 0
        inner.fixed = inner.fixed | frozenset(inner.values) | frozenset(inner.lists)
        if self.random.random() < 0.5:
            self.lines.append(f"{indent}{name} = lambda a: {self.expression(inner.result, inner, 2)}")
        else:
            writes, self.writes = self.writes, False
            self.lines.append(f"{indent}def {name}(a):")
            inner.depth = 2
            self.block(inner, self.random.randint(0, 2), indent + "    ", exits=False)
            self.returned(inner, indent=indent + "    ")
            self.writes = writes
        scope.functions[name] = shapes, inner.result

    def branch(self, scope: Scope, indent: str, exits: bool) -> None:
        self.lines.append(f"{indent}if {self.condition(scope)}:")
        self.block(scope.inner(), self.random.randint(1, self.size), indent + "    ", exits)
        if self.random.random() < 0.2:
            self.lines.append(f"{indent}elif {self.condition(scope)}:")
            self.block(scope.inner(), self.random.randint(1, 2), indent + "    ", exits)
        if self.random.random() < 0.5:
            self.lines.append(f"{indent}else:")
            self.block(scope.inner(), self.random.randint(1, 2), indent + "    ", exits)

    def loop(self, scope: Scope, indent: str, exits: bool) -> None:
        r = self.random
        inner = scope.inner(loops=1)
        variable = f"i{scope.loops}"
        vectors = [name for name, shape in scope.values.items() if len(shape) == 1]
        matrices = [name for name, shape in scope.values.items() if len(shape) == 2]
        kind = r.choice(("range", "range", "range", "array", "enumerate", "zip", "rows", "list"))
        if kind == "array" and vectors:
            inner.values["e"] = ()
            header = f"e in {r.choice(vectors)}"
        elif kind == "enumerate" and vectors:
            name = r.choice(vectors)
            inner.values["e"], inner.integers[variable] = (), scope.values[name][0]
            header = f"{variable}, e in enumerate({name})"
        elif kind == "zip" and vectors:
            a, b = r.choice(vectors), r.choice(vectors)
            inner.values["e"] = inner.values["f"] = ()
            header = f"e, f in zip({a}, {b})"
        elif kind == "rows" and matrices:
            name = r.choice(matrices)
            inner.values["row"] = scope.values[name][1:]
            header = f"row in {name}"
        elif kind == "list" and scope.lists:
            name = r.choice(list(scope.lists))
            inner.values["item"] = scope.lists[name][1]
            header = f"item in {name}"
        else:
            bound = r.choice((2, 3, 3))
            inner.integers[variable] = bound
            start = r.choice(("", "", "1, "))
            places = f"range({start}{bound})" if r.random() < 0.85 else f"reversed(range({bound}))"
            header = f"{variable} in {places}"
        self.lines.append(f"{indent}for {header}:")
        self.block(inner, r.randint(1, self.size + 1), indent + "    ", exits)
        if r.random() < 0.1:
            self.lines.append(f"{indent}else:")
            self.block(scope.inner(), 1, indent + "    ", exits)

    def while_loop(self, scope: Scope, indent: str, exits: bool) -> None:
        name = self.fresh()
        bound = self.random.choice((2, 3))
        inner = scope.inner(loops=1)
        inner.integers[name] = bound + 1
        extra = f" and {self.condition(scope)}" if self.random.random() < 0.4 else ""
        self.lines.append(f"{indent}{name} = 0")
        self.lines.append(f"{indent}while {name} < {bound}{extra}:")
        self.lines.append(f"{indent}    {name} += 1")
        # indices stay below the shortest length
        inner.integers.pop(name)
        self.block(inner, self.random.randint(1, self.size), indent + "    ", exits)

    def leave(self, scope: Scope, indent: str) -> None:
        kinds = ["return"] if not scope.loops else ["return", "break", "break", "continue"]
        kind = self.random.choice(kinds)
        self.lines.append(f"{indent}if {self.condition(scope)}:")
        if kind == "return":
            self.returned(scope, indent=indent + "    ")
        else:
            self.lines.append(f"{indent}    {kind}")

    # ---- statements that write --------------------------------------------------------------------------------

    def write(self, scope: Scope, indent: str) -> None:
        """A write into an array that may be written into."""
        r = self.random
        if not scope.owned:
            return
        name = r.choice(list(scope.owned))
        shape = scope.owned[name]
        kind = r.choice(("index", "index", "index", "whole", "mask", "fancy", "function"))
        if kind == "whole":
            value = self.damped(self.expression(r.choice((shape, ())), scope, min(2, self.size)))
            # augmented assignment to a global's name would make it local
            target = f"{name}[...]" if name in scope.fixed else name
            self.lines.append(f"{indent}{target} {r.choice(('+=', '-=', '*='))} {value}")
        elif kind == "mask":
            value = self.expression((), scope, min(2, self.size))
            operator = r.choice(("=", "=", "+=", "*="))
            self.lines.append(f"{indent}{name}[{name} > {self.number()}] {operator} {self.damped(value)}")
        elif kind == "fancy":
            picks = [r.randrange(shape[0]) for _ in range(r.choice((2, 3)))]
            value = self.expression(r.choice(((), (len(picks), *shape[1:]))), scope, min(2, self.size))
            operator = r.choice(("=", "=", "+=", "-="))
            self.lines.append(f"{indent}{name}[{picks}] {operator} {self.damped(value)}")
        elif kind == "function":
            self.write_by_function(name, shape, scope, indent)
        else:
            index, left = self.index(shape, scope)
            value = self.damped(self.expression(r.choice((left, left, ())), scope, min(2, self.size)))
            operator = r.choice(("=", "=", "=", "+=", "+=", "-=", "*="))
            self.lines.append(f"{indent}{name}[{index}] {operator} {value}")

    def write_by_function(self, name: str, shape: Shape, scope: Scope, indent: str) -> None:
        r = self.random
        whole = self.damped(self.expression(shape, scope, min(2, self.size)))
        kinds = {
            "add": f"np.add({name}, {whole}, out={name})",
            "multiply": f"np.multiply({name}, {self.damped(self.expression((), scope, 1))}, out={name})",
            "sin": f"np.sin({name}, out={name})",
            "copyto": f"np.copyto({name}, {whole})",
            "fill": f"{name}.fill({self.expression((), scope, 1)})",
            "at": f"np.add.at({name}, [0, 1, 0], {self.damped(self.expression((), scope, min(2, self.size)))})",
            "sort": f"{name}.sort()",
        }
        self.lines.append(f"{indent}{kinds[r.choice(list(kinds))]}")

    def alias(self, scope: Scope, indent: str) -> None:
        if scope.owned:
            other = self.random.choice(list(scope.owned))
            name = self.fresh()
            self.lines.append(f"{indent}{name} = {other}")
            scope.values[name] = scope.owned[name] = scope.owned[other]

    def swap(self, scope: Scope, indent: str) -> None:
        pairs = [(a, b) for a in scope.owned for b in scope.owned if a < b and scope.owned[a] == scope.owned[b]]
        pairs = [pair for pair in pairs if not scope.fixed & {*pair}]
        if pairs:
            a, b = self.random.choice(pairs)
            self.lines.append(f"{indent}{a}, {b} = {b}, {a}")

    def choose(self, scope: Scope, indent: str) -> None:
        """A name for one array or another, or for a new one."""
        if scope.owned:
            a = self.random.choice(list(scope.owned))
            shape = scope.owned[a]
            b = self.random.choice([*(b for b in scope.owned if scope.owned[b] == shape and b != a), f"{a} * 0.5"])
            name = self.fresh()
            self.lines.append(f"{indent}{name} = {a} if {self.condition(scope)} else {b}")
            scope.values[name] = scope.owned[name] = shape

    def rebind(self, scope: Scope, indent: str) -> None:
        """A name of one array becomes another name of a second one; in a branch or a loop only sometimes."""
        pairs = [(a, b) for a in scope.owned for b in scope.owned if a != b and scope.owned[a] == scope.owned[b]]
        pairs = [pair for pair in pairs if pair[0] not in scope.fixed]
        if pairs:
            a, b = self.random.choice(pairs)
            self.lines.append(f"{indent}{a} = {b}")

    def view(self, scope: Scope, indent: str) -> None:
        if not scope.owned:
            return
        r = self.random
        other = r.choice(list(scope.owned))
        shape = scope.owned[other]
        name = self.fresh()
        kind = r.choice(("index", "index", "T", "ravel", "asarray"))
        if kind == "T":
            text, left = f"{other}.T", shape[::-1]
        elif kind == "ravel":
            size = shape[0] * (shape[1] if len(shape) > 1 else 1)
            text, left = f"{other}.reshape(-1)", (size,)
        elif kind == "asarray":
            text, left = f"np.asarray({other})", shape
        else:
            index, left = self.index(shape, scope)
            if not left:
                index, left = "1:", (shape[0] - 1, *shape[1:])
            text = f"{other}[{index}]"
        self.lines.append(f"{indent}{name} = {text}")
        scope.values[name] = scope.owned[name] = left

    def make_buffer(self, scope: Scope, indent: str) -> None:
        shape = self.random.choice(ARRAYS)
        name = self.fresh()
        value = self.expression(shape, scope, min(2, self.size))
        made = self.random.choice((f"np.zeros({shape})", f"np.ones({shape})", f"np.array({value})", f"({value}).copy()"))
        self.lines.append(f"{indent}{name} = {made}")
        scope.values[name] = scope.owned[name] = shape

    def call_writer(self, scope: Scope, indent: str) -> None:
        for name, shapes in scope.writers.items():
            targets = [owned for owned, shape in scope.owned.items() if shape == shapes[0]]
            if targets:
                others = [self.expression(shape, scope, min(2, self.size)) for shape in shapes[1:]]
                self.lines.append(f"{indent}{name}({', '.join([self.random.choice(targets), *others])})")

    def write_list(self, scope: Scope, indent: str) -> None:
        names = [name for name in scope.lists if name not in scope.fixed]
        if names:
            name = self.random.choice(names)
            length, shape = scope.lists[name]
            value = self.expression(shape, scope, min(2, self.size))
            if self.random.random() < 0.4:
                self.lines.append(f"{indent}{name}.append({value})")  # whose length is then only a lower bound
            else:
                self.lines.append(f"{indent}{name}[{self.random.randrange(length)}] = {value}")

    def make_dict(self, scope: Scope, indent: str) -> None:
        name = self.fresh()
        shapes = {key: self.random.choice(SHAPES) for key in ("p", "q")}
        items = ", ".join(f"{key!r}: {self.expression(shape, scope, min(2, self.size))}" for key, shape in shapes.items())
        self.lines.append(f"{indent}{name} = {{{items}}}")
        scope.dicts[name] = shapes

    def write_dict(self, scope: Scope, indent: str) -> None:
        if scope.dicts:
            name = self.random.choice(list(scope.dicts))
            key = self.random.choice(list(scope.dicts[name]))
            shape = scope.dicts[name][key]
            self.lines.append(f"{indent}{name}[{key!r}] = {self.expression(shape, scope, min(2, self.size))}")

    def make_object(self, scope: Scope, indent: str) -> None:
        name = self.fresh()
        shape = self.random.choice(SHAPES)
        a, v = self.expression((), scope, min(2, self.size)), self.expression(shape, scope, min(2, self.size))
        self.lines.append(f"{indent}{name} = State({a}, {v})")
        scope.objects[name] = {"a": (), "v": shape}

    def write_object(self, scope: Scope, indent: str) -> None:
        if scope.objects:
            name = self.random.choice(list(scope.objects))
            key = self.random.choice(("a", "v"))
            shape = scope.objects[name][key]
            operator = "+=" if not shape and self.random.random() < 0.5 else "="
            self.lines.append(f"{indent}{name}.{key} {operator} {self.expression(shape, scope, min(2, self.size))}")

    def write_global(self, scope: Scope, indent: str) -> None:
        if scope.depth < 2 and "TOTAL" not in scope.values:
            self.lines.append(f"{indent}HISTORY.append({self.expression((), scope, min(2, self.size))})")

    # ---- expressions ------------------------------------------------------------------------------------------

    def number(self) -> str:
        return f"{self.random.choice((-1, 1)) * self.random.randint(15, 145) / 100}"

    def damped(self, value: str) -> str:
        return f"0.5 * np.sin({value})" if self.random.random() < 0.5 else value

    def condition(self, scope: Scope) -> str:
        r = self.random
        kind = r.choice(("value", "value", "value", "integer", "all", "and", "not", "chain"))
        if kind == "integer" and scope.integers:
            name = r.choice(list(scope.integers))
            return r.choice((f"{name} == 1", f"{name} % 2", f"{name} > 0", f"{name} != 0"))
        if kind == "all":
            return f"np.{r.choice(('all', 'any'))}({self.expression(r.choice(ARRAYS), scope, 1)} > {self.number()})"
        if kind == "and":
            return f"{self.condition(scope)} {r.choice(('and', 'or'))} {self.condition(scope)}"
        if kind == "not":
            return f"not {self.expression((), scope, 1)} > {self.number()}"
        if kind == "chain":
            return f"-0.7 < {self.expression((), scope, 1)} < 1.2"
        return f"{self.expression((), scope, 1)} {r.choice(('<', '>'))} {self.number()}"

    def position(self, size: int, scope: Scope) -> str:
        """An index into an axis."""
        names = [name for name, bound in scope.integers.items() if bound <= size]
        if names and self.random.random() < 0.7:
            name = self.random.choice(names)
            return self.random.choice((name, name, f"{name} - 1", f"({name} + 1) % {size}"))
        return str(self.random.randint(-size, size - 1))

    def index(self, shape: Shape, scope: Scope) -> tuple[str, Shape]:
        """A basic index into an array, and the shape of what it selects."""
        r = self.random
        if len(shape) == 1:
            n = shape[0]
            choices = [(self.position(n, scope), ()), (":", shape), ("::-1", shape), ("1:", (n - 1,)), (":-1", (n - 1,))]
            return r.choice(choices[:1] * 3 + choices)
        n, m = shape
        i, j = self.position(n, scope), self.position(m, scope)
        parts = [("1:", (n - 1, m)), (":, 1:", (n, m - 1)), (f"{i}, 1:", (m - 1,)), ("::-1", shape)]
        return r.choice([(f"{i}, {j}", ()), (f"{i}, {j}", ()), (i, (m,)), (f":, {j}", (n,)), *parts])

    def leaf(self, shape: Shape, scope: Scope) -> str:
        r = self.random
        options = [name for name, known in scope.values.items() if known == shape]
        options += [f"{name}[{r.randrange(length)}]" for name, (length, known) in scope.lists.items() if known == shape]
        options += [f"{n}[{key!r}]" for n, keys in scope.dicts.items() for key, known in keys.items() if known == shape]
        options += [f"{n}.{key}" for n, keys in scope.objects.items() for key, known in keys.items() if known == shape]
        if options and r.random() < 0.9:
            # what was made last is read most
            return r.choice(options[-2:] if r.random() < 0.5 else options)
        parts = [(name, known) for name, known in scope.values.items() if len(known) > len(shape)]
        for _ in range(4):
            if parts:
                name, known = r.choice(parts)
                index, left = self.index(known, scope)
                if left == shape:
                    return f"{name}[{index}]"
        if shape == () and parts:
            name, known = r.choice(parts)
            return f"{name}[{', '.join(self.position(n, scope) for n in known)}]"
        if not shape:
            return self.number() if not scope.integers or r.random() < 0.6 else f"(0.5 * {r.choice(list(scope.integers))})"
        number = self.leaf((), scope)
        return r.choice((f"np.ones({shape})", f"np.full({shape}, {number})", f"({number} * np.ones({shape}))"))

    def expression(self, shape: Shape, scope: Scope, depth: int) -> str:
        r = self.random
        if depth <= 0 or r.random() < 0.12:
            return self.leaf(shape, scope)
        general = [(self.unary, 4), (self.binary, 7), (self.called, 3), (self.conditional, 1)]
        special = {
            0: [(self.reduced, 5), (self.of_floats, 1), (self.of_list, 1)],
            1: [(self.vector, 7)],
            2: [(self.matrix, 6)],
        }[len(shape)]
        kinds = general + special
        kind = r.choices([k for k, _ in kinds], [w for _, w in kinds])[0]
        return kind(shape, scope, depth - 1)

    def unary(self, shape: Shape, scope: Scope, depth: int) -> str:
        value = self.expression(shape, scope, depth)
        if self.random.random() < 0.55:
            return f"{self.random.choice(BOUNDED)}({value})"
        name = self.random.choice(ANY_SIZE)
        if name in ("np.sinh", "np.exp"):
            return f"{name}(np.sin({value}))"
        if name in ("np.log1p", "np.sqrt"):
            return f"{name}(1.5 + np.cos({value}))"
        return f"{name}({value})"

    def binary(self, shape: Shape, scope: Scope, depth: int) -> str:
        r = self.random
        other = r.choice((shape, shape, (), shape[1:]))
        a, b = self.expression(shape, scope, depth), self.expression(other, scope, depth)
        if r.random() < 0.3:
            a, b = b, a
            if other != shape:
                return f"({a} {r.choice('+-*')} {b})"
        operator = r.choice(("+", "-", "*", "*", "/", "**", "max", "hypot"))
        if operator == "/":
            return f"({a} / (1.5 + np.square({b})))"
        if operator == "**":
            return f"({a} ** {r.choice((2, 3))} * 0.3 + {b})"
        if operator == "max":
            return f"np.{r.choice(('maximum', 'minimum'))}({a}, {b})"
        if operator == "hypot":
            return f"np.hypot({a}, 0.5 + {b})"
        return f"({a} {operator} {b})"

    def called(self, shape: Shape, scope: Scope, depth: int) -> str:
        names = [name for name, (_, result) in scope.functions.items() if result == shape]
        if not names:
            return self.binary(shape, scope, depth)
        name = self.random.choice(names)
        arguments = [self.expression(s, scope, depth) for s in scope.functions[name][0]]
        return f"{name}({', '.join(arguments)})"

    def conditional(self, shape: Shape, scope: Scope, depth: int) -> str:
        a, b = self.expression(shape, scope, depth), self.expression(shape, scope, depth)
        if shape and self.random.random() < 0.6:
            return f"np.where({self.expression(shape, scope, 1)} > {self.number()}, {a}, {b})"
        return f"({a} if {self.condition(scope)} else {b})"

    def reduced(self, shape: Shape, scope: Scope, depth: int) -> str:
        r = self.random
        inner = r.choice(ARRAYS)
        value = self.expression(inner, scope, depth)
        kind = r.choice(("sum", "sum", "mean", "max", "min", "method", "dot", "element", "norm", "builtin", "prod"))
        if kind == "dot":
            return f"np.dot({self.expression((3,), scope, depth)}, {self.expression((3,), scope, depth)})"
        if kind == "element":
            return f"({value})[{', '.join(self.position(n, scope) for n in inner)}]"
        if kind == "method":
            return f"({value}).{r.choice(('sum', 'mean', 'max'))}()"
        if kind == "norm":
            return f"np.sqrt(0.1 + np.sum(np.square({value})))"
        if kind == "builtin":
            return f"{r.choice(('max', 'min'))}({self.expression((), scope, depth)}, {self.expression((), scope, depth)})"
        return f"np.{kind}({value})"

    def of_floats(self, shape: Shape, scope: Scope, depth: int) -> str:
        return f"{self.random.choice(OF_FLOATS)}({self.expression((), scope, depth)})"

    def of_list(self, shape: Shape, scope: Scope, depth: int) -> str:
        names = [name for name, (_, known) in scope.lists.items() if known == ()]
        if names:
            return f"sum({self.random.choice(names)})"
        items = [self.expression((), scope, depth) for _ in range(2)]
        return f"sum([{', '.join(items)}])"

    def vector(self, shape: Shape, scope: Scope, depth: int) -> str:
        r = self.random
        (n,) = shape
        kind = r.choice(("stack", "array", "concatenate", "product", "axis", "cumsum", "reverse", "roll", "fancy", "list", "row",
                         "diff", "repeat", "sort"))  # fmt: skip
        if kind == "product":
            m = r.choice((2, 3))
            return f"({self.expression((n, m), scope, depth)} @ {self.expression((m,), scope, depth)})"
        if kind == "axis":
            if r.random() < 0.5:
                return f"np.{r.choice(('sum', 'mean', 'max'))}({self.expression((3, n), scope, depth)}, axis=0)"
            return f"({self.expression((n, 2), scope, depth)}).{r.choice(('sum', 'mean', 'prod'))}(axis=-1)"
        if kind in ("stack", "array", "list"):
            items = ", ".join(self.expression((), scope, depth - 1) for _ in range(n))
            return f"np.{'stack' if kind == 'stack' else 'array'}([{items}])"
        if kind == "concatenate":
            first = self.expression((), scope, depth - 1)
            rest = f"np.array([{', '.join(self.expression((), scope, depth - 1) for _ in range(n - 1))}])"
            return f"np.concatenate([np.atleast_1d({first}), {rest}])"
        value = self.expression(shape, scope, depth)
        if kind == "fancy":
            source = r.choice((2, 3))
            picks = [r.randrange(source) for _ in range(n)]
            return f"({self.expression((source,), scope, depth)})[{picks}]"
        if kind == "row":
            return f"({self.expression((2, n), scope, depth)})[{self.position(2, scope)}]"
        if kind == "diff" and n == 2:
            return f"np.diff({self.expression((3,), scope, depth)})"
        if kind == "roll":
            return f"np.roll({value}, 1)"
        if kind == "cumsum":
            return f"np.cumsum({value})"
        if kind == "sort":
            return f"np.sort({value})"
        return f"({value})[::-1]"

    def matrix(self, shape: Shape, scope: Scope, depth: int) -> str:
        r = self.random
        n, m = shape
        kind = r.choice(("outer", "T", "product", "reshape", "stack", "column", "broadcast", "flip"))
        if kind == "outer":
            return f"np.outer({self.expression((n,), scope, depth)}, {self.expression((m,), scope, depth)})"
        if kind == "T":
            return f"({self.expression((m, n), scope, depth)}).T"
        if kind == "product":
            k = r.choice((2, 3))
            return f"({self.expression((n, k), scope, depth)} @ {self.expression((k, m), scope, depth)})"
        if kind == "reshape":
            return f"np.reshape({self.expression((m, n), scope, depth)}, {shape})"
        if kind == "stack":
            return f"np.stack([{', '.join(self.expression((m,), scope, depth - 1) for _ in range(n))}])"
        if kind == "column":
            return f"(({self.expression((n,), scope, depth)})[:, None] * {self.expression((m,), scope, depth)})"
        if kind == "flip":
            return f"({self.expression(shape, scope, depth)})[:, ::-1]"
        return f"np.broadcast_to({self.expression((m,), scope, depth)}, {shape})"
