"""The batch transform: a function of values becomes one of rows of values, with the batch axis first.

``batched(f, mask)`` takes the parameters of ``f``, those in the mask with a leading axis, and yields its results, those
that depend on a batched parameter (``batched_outs``) with a leading axis too.  Nothing else is touched: in a
Jacobian only the tangents or the cotangents are batched, and primal work is done once for all rows.

    x_dot  (n,)        y_dot = x_dot * np.cos(x)             ->     x_dot  (K, n)       the same line

Where a condition or a trip count depends on a batched value, and for primitives without a batch role, the rows are
run one by one.
"""

from __future__ import annotations

from collections.abc import Iterable

from srcad.errors import explain
from srcad.ir import core
from srcad.ir.build import Builder, fact_of_operand
from srcad.ir.facts import ANY, PY_INT, Dim, Fact, Size, list_fact
from srcad.ir.nodes import (
    Apply,
    Block,
    Call,
    Const,
    Function,
    If,
    Instruction,
    Loop,
    Operand,
    Raise,
    Remark,
    Undefined,
    Value,
    block_values,
    blocks_of,
    flat_operands,
    free_values,
    operands_of,
)
from srcad.ir.rewrite import replaced, substituted, with_operands
from srcad.transforms.common import made

Flags = tuple[bool, ...]


def batched(function: Function, mask: Flags, rows: Flags = ()) -> Function:
    """The function over rows; made once for each choice of batched parameters.

    ``rows`` marks results that are to have a batch axis even if they are the same for all rows.
    """

    def fill(result: Function) -> None:
        _Batch(function, mask).fill(result, rows or batched_outs(function, mask))

    (found,) = made(function, ("batch", mask, rows), ("_rows",), fill)
    return found


def batched_outs(function: Function, mask: Flags) -> Flags:
    """Which results have a batch axis."""
    key = ("batched outs", mask)
    if key not in function.derived:
        function.derived[key] = (False,) * len(function.outs)
        while True:
            rows = rows_of(function, mask)
            found = tuple(o in rows for o in function.outs)
            if found == function.derived[key]:
                break
            function.derived[key] = found
    result: Flags = function.derived[key]
    return result


# ---- which values have rows ---------------------------------------------------------------------------------------------


def rows_of(function: Function, mask: Flags) -> set[Value]:
    """The values that depend on a batched parameter."""
    rows = {p for p, on in zip(function.params, mask, strict=True) if on}
    _spread(function.block, rows)
    return rows


def is_uniform(apply: Apply) -> bool:
    """Whether the result is the same for all rows."""
    return bool(getattr(apply.primitive.rule, "uniform", False))


def _spread(block: Block, rows: set[Value]) -> None:
    for instruction in block.body:
        match instruction:
            case Apply():
                if not is_uniform(instruction) and any(o in rows for o in operands_of(instruction)):
                    rows.update(instruction.results)
            case Call():
                mask = tuple(a in rows for a in instruction.args)
                if any(mask):
                    outs = batched_outs(instruction.function, mask)
                    rows.update(r for r, on in zip(instruction.results, outs, strict=True) if on)
            case If():
                for inner in (instruction.then, instruction.orelse):
                    _spread(inner, rows)
                if instruction.condition in rows:
                    rows.update(instruction.results)
                for inner in (instruction.then, instruction.orelse):
                    if not inner.diverges:
                        _join(rows, inner.outs, instruction.results)
            case Loop():
                _spread_loop(instruction, rows)
            case _:
                pass


def _spread_loop(loop: Loop, rows: set[Value]) -> None:
    _join(rows, loop.inits, loop.carried)
    _join(rows, [s for s, _ in loop.scanned], [item for _, item in loop.scanned])
    size = -1
    while size != len(rows):
        size = len(rows)
        for block in (loop.head, loop.exit, loop.body):
            _spread(block, rows)
        _join(rows, loop.body.outs, loop.carried)
        _join(rows, loop.exit.outs, loop.carried)
    _join(rows, loop.carried, loop.finals)
    _join(rows, loop.body.outs[len(loop.carried) :], loop.collected)
    if loop.stop in rows or loop.count in rows:
        rows.update(loop.results)


def _join(rows: set[Value], sources: Iterable[Operand], targets: Iterable[Value]) -> None:
    rows.update(t for s, t in zip(sources, targets, strict=False) if s in rows)


# ---- the transform ------------------------------------------------------------------------------------------------------


class _Batch:
    def __init__(self, function: Function, mask: Flags) -> None:
        self.function = function
        self.mask = mask
        self.rows = rows_of(function, mask)
        self.new: dict[Value, Operand] = {}  # from a value to its rows
        self.same: dict[Value, Operand] = {}  # from a value without rows to what stands for it here
        self.build = Builder(Block(), derived=True)
        self.size: Operand = Const(1)
        self.length: Size = Dim()

    def fill(self, result: Function, outs: Flags) -> None:
        params = []
        for param, on in zip(self.function.params, self.mask, strict=True):
            params.append(self.row_value(param) if on else param)
        result.params = params
        self.build = Builder(result.block, derived=True)
        first = next((p for p, on in zip(params, self.mask, strict=True) if on and p.fact.kind != "list"), None)
        self.size = self.build.one(core.LENGTH, first) if first is not None else Const(1)
        self.block(self.function.block)
        if not result.block.diverges:
            result.block.outs = [
                self.dense(o) if on else self.plain(o) for o, on in zip(self.function.outs, outs, strict=True)
            ]

    def row_fact(self, fact: Fact) -> Fact:
        if fact.kind == "list":
            return list_fact(None if fact.element is None else self.row_fact(fact.element))
        if fact.kind in ("pack", "object", "shape"):
            return fact
        return Fact("array", fact.dtype, None if fact.shape is None else (self.length, *fact.shape))

    def row_value(self, value: Value) -> Value:
        new = Value(value.name, self.row_fact(value.fact))
        self.new[value] = new
        return new

    def plain(self, operand: Operand) -> Operand:
        """An operand that has no rows."""
        return replaced(operand, self.same)

    def mapped(self, operand: Operand) -> Operand | None:
        return self.new.get(operand) if isinstance(operand, Value) else None

    def dense(self, operand: Operand) -> Operand:
        """The rows of an operand; one that has none is broadcast."""
        if isinstance(operand, Undefined):
            return operand
        known = self.mapped(operand)
        if known is not None:
            return known
        operand = self.plain(operand)
        fact = fact_of_operand(operand)
        if fact.kind in ("object", "shape", "pack"):
            return operand
        made = self.build.definition(operand, core.ZEROS)
        if made is not None:
            return self.build.one(core.ZEROS, self.prefixed(made.args[0]), made.args[1])
        shape = Const(()) if fact.is_scalar else self.build.one(core.SHAPE, operand)
        return self.build.one(core.BROADCAST, operand, self.prefixed(shape))

    def prefixed(self, shape: Operand) -> Operand:
        return self.build.one(core.PREFIXED, self.size, shape)

    def block(self, block: Block) -> None:
        for instruction in block.body:
            self.build.location = instruction.location
            self.instruction(instruction)
            if self.build.block.diverges:
                return
        self.build.block.diverges = block.diverges

    def nested(self, block: Block, outs: list[Operand], rows: list[bool]) -> Block:
        result = Block()
        with self.build.inside(result):
            self.block(block)
            if not result.diverges:
                result.outs = [self.dense(o) if on else self.plain(o) for o, on in zip(outs, rows, strict=True)]
        return result

    def instruction(self, instruction: Instruction) -> None:
        match instruction:
            case Apply():
                self.apply(instruction)
            case Call():
                self.call(instruction)
            case Raise():
                self.build.append(with_operands(instruction, self.plain))
                self.build.block.diverges = True
            case If():
                if instruction.condition in self.rows:
                    self.warn(instruction)
                    self.by_rows(instruction)
                else:
                    self.branch(instruction)
            case Loop():
                if instruction.stop in self.rows or instruction.count in self.rows:
                    self.warn(instruction)
                    self.by_rows(instruction)
                else:
                    self.loop(instruction)
            case Remark():
                self.build.append(instruction)

    def apply(self, apply: Apply) -> None:
        if not any(o in self.new for o in operands_of(apply)):
            kept = with_operands(apply, self.plain)
            assert isinstance(kept, Apply)
            self.build.adopt(kept)
            return
        rule = apply.primitive.rule
        known = {v: self.same[v] for o in operands_of(apply) for v in flat_operands(o) if v in self.same}  # type: ignore[index]
        settled = with_operands(apply, lambda o: replaced(o, known)) if known else apply
        assert isinstance(settled, Apply)
        self.build.derived = apply.derived
        results = None if rule is None else rule.batch(self.build, settled, self.mapped, self.size)
        self.build.derived = True
        if results is None:
            self.by_rows(apply)
            return
        target = self.same if is_uniform(apply) else self.new
        for result, operand in zip(apply.results, results, strict=True):
            target[result] = operand
            if isinstance(operand, Value) and not operand.name:
                operand.name = result.name

    def call(self, call: Call) -> None:
        mask = tuple(a in self.new for a in call.args)
        if not any(mask):
            self.build.append(with_operands(call, self.plain))
            return
        function = batched(call.function, mask)
        outs = batched_outs(call.function, mask)
        results = tuple(self.row_value(r) if on else r for r, on in zip(call.results, outs, strict=True))
        args = tuple(self.new[a] if on else self.plain(a) for a, on in zip(call.args, mask, strict=True))  # type: ignore[index]
        self.build.append(Call(results, function, args, call.location))

    def branch(self, branch: If) -> None:
        rows = [r in self.rows for r in branch.results]
        then, orelse = (
            self.nested(b, b.outs, rows if not b.diverges else []) for b in (branch.then, branch.orelse)
        )
        results = tuple(self.row_value(r) if on else r for r, on in zip(branch.results, rows, strict=True))
        self.build.append(If(results, self.plain(branch.condition), then, orelse, branch.location))

    def loop(self, loop: Loop) -> None:
        carried_rows = [c in self.rows for c in loop.carried]
        list_rows = [c in self.rows for c in loop.collected]
        inits = [self.dense(i) if on else self.plain(i) for i, on in zip(loop.inits, carried_rows, strict=True)]
        carried = [self.row_value(c) if on else c for c, on in zip(loop.carried, carried_rows, strict=True)]
        scanned = [
            (self.new[s], self.row_value(item)) if item in self.rows and s in self.new else (self.plain(s), item)  # type: ignore[index]
            for s, item in loop.scanned
        ]
        head = Block()
        with self.build.inside(head):
            self.block(loop.head)
            exit_ = self.nested(loop.exit, loop.exit.outs, carried_rows if loop.exit.outs else [])
            body = self.nested(loop.body, loop.body.outs, [*carried_rows, *list_rows])
        results = tuple(self.row_value(r) if r in self.rows else r for r in loop.results)
        self.build.append(
            Loop(results, None if loop.count is None else self.plain(loop.count), loop.reverse, loop.index, scanned,
                 carried, inits, head, None if loop.stop is None else self.plain(loop.stop), exit_, body, loop.location)
        )

    # ---- rows one by one --------------------------------------------------------------------------------------------------

    def warn(self, instruction: Instruction) -> None:
        message = explain(
            instruction.location, "this depends on a batched value, so the rows of the batch are run one by one",
            "use np.where instead of a branch to keep the batch in one NumPy program",
        )
        self.build.apply(core.WARN_ROWS, Const(message))

    def by_rows(self, instruction: Instruction) -> None:
        """Run an instruction in a loop over the rows, and stack what it gives."""
        reads = [part for o in operands_of(instruction) for part in flat_operands(o) if isinstance(part, Value)]
        reads += free_values(*blocks_of(instruction))
        if isinstance(instruction, Loop) and instruction.stop is not None and isinstance(instruction.stop, Value):
            reads.append(instruction.stop)
        inside = {v for b in blocks_of(instruction) for v in block_values(b)}
        index = Value("row", PY_INT)
        body = Block()
        new: dict[Value, Operand] = {}
        with self.build.inside(body):
            for value in dict.fromkeys(reads):
                if value in self.new and value not in inside:
                    row = self.build.one(core.INDEX, self.new[value], index)
                    if isinstance(row, Value):
                        row.fact = value.fact
                    new[value] = row
            self.build.append(substituted(Block(body=[instruction]), {**self.same, **new}).body[0])
        wanted = instruction.results
        body.outs = list(wanted)
        lists = [Value(r.name, list_fact(r.fact)) for r in wanted]
        self.build.append(
            Loop((*lists, Value("trips", PY_INT), Value("stopped")), self.size, False, index, [], [], [], Block(), None,
                 Block(), body, instruction.location)
        )
        for result, rows in zip(wanted, lists, strict=True):
            self.new[result] = self.stacked(rows, result)

    def stacked(self, rows: Value, result: Value) -> Operand:
        fact = result.fact
        if fact.kind in ("list", "pack", "object", "shape"):
            return rows  # the list itself is the rows of what is no array
        shape = fact.shape if fact.shape is not None and not any(isinstance(s, Dim) for s in fact.shape) else ()
        stacked = self.build.one(
            core.STACK, rows, self.build.one(core.PREFIXED, self.size, Const(shape)),
            Const(fact.dtype if fact.dtype is not None else "float64"), name=result.name,
        )
        if isinstance(stacked, Value):
            stacked.fact = self.row_fact(fact) if fact is not ANY else ANY
        return stacked


