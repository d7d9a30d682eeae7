"""The batch transform: a function of values becomes one of rows of values, with the batch axis first.

``batched(f, mask)`` takes the parameters of ``f``, those in the mask with a leading axis, and yields its results, those
that depend on a batched parameter (``batched_outs``) with a leading axis too.  Nothing else is touched: in a
Jacobian only the tangents or the cotangents are batched, and primal work is done once for all rows.

    x_dot  (n,)        y_dot = x_dot * np.cos(x)             ->     x_dot  (K, n)       the same line

Where a condition or a trip count depends on a batched value, and for primitives without a batch role, the rows are
run one by one.  A function that calls itself is batched like any other: as long as no condition depends on a batched
value it is as deep for one row as for another.
"""

from __future__ import annotations

from collections.abc import Sequence

from srcad.analysis.absence import marked_optional
from srcad.analysis.rows import Flag, Flags, Tied, batched_outs, call_outs, flag_of, is_apart, is_uniform, rows_of, runs_apart
from srcad.errors import DifferentiationError, explain
from srcad.ir import core
from srcad.ir.build import Builder, fact_of_operand
from srcad.ir.facts import ANY, PY_INT, Dim, Size, int_fact, list_fact, row_fact
from srcad.ir.nodes import (
    UNDEFINED,
    Apply,
    Block,
    Call,
    Const,
    Display,
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
    ends,
    flat_operands,
    free_values,
    operands_of,
)
from srcad.ir.rewrite import replaced, substituted, with_operands
from srcad.transforms.common import made, refused_by_rule


def batched(function: Function, mask: Flags, rows: Flags = ()) -> Function:
    """The function over rows; made once for each choice of batched parameters.

    If no batched parameter is an array, the number of rows is a further, last parameter.
    ``rows`` marks results that are to have a batch axis even if they are the same for all rows.
    """

    def fill(result: Function) -> None:
        outs = rows or batched_outs(function, mask)
        _Batch(function, mask).fill(result, outs)
        if function.given is not None:
            result.given = function.given.of_rows(result, mask, outs)

    (found,) = made(function, ("batch", mask, rows), ("_rows",), fill)
    return found


def with_all_rows(function: Function, mask: Flags) -> Flags:
    """The flags for a call of a function with derivatives of its own: all that these are for have rows, or none."""
    if function.given is None or function.given.by_body or not any(mask):
        return mask
    return tuple(flag or on for flag, on in zip(mask, function.given.differentiable, strict=True))


def first_rows(params: list[Value], mask: Flags) -> Value | None:
    """The parameter whose length is that of the batch; None if all are packs or lists, and it must be told."""
    return next((p for p, on in zip(params, mask, strict=True) if on and p.fact.kind not in ("list", "pack", "keys")), None)


class _Batch:
    def __init__(self, function: Function, mask: Flags) -> None:
        self.function = function
        self.mask = mask
        self.rows = rows_of(function, mask)
        self.new: dict[Value, Operand] = {}  # from a value to its rows
        self.same: dict[Value, Operand] = {}  # from a value without rows to what stands for it here
        self.build = Builder(Block(), derived=True)
        self.absent = marked_optional(function)
        self.apart = runs_apart(function.block, self.rows)
        self.size: Operand = Const(1)
        self.length: Size = Dim()

    def fill(self, result: Function, outs: Flags) -> None:
        params = []
        for param, on in zip(self.function.params, self.mask, strict=True):
            params.append(self.row_value(param) if on else param)
        # what is written without rows of its own is made an array with rows where that happens
        result.written = frozenset(p for p, old in zip(params, self.function.params, strict=True) if old in self.function.written)
        first = first_rows(params, self.mask)
        size = Value("count", int_fact(self.length))
        result.params = params if first is not None else [*params, size]
        self.build = Builder(result.block, derived=True)
        self.size = size if first is None else self.build.one(core.LENGTH, first)
        self.block(self.function.block)
        self.yield_rows(result.block, self.function.outs, outs)
        if not result.block.diverges:
            pairs = zip(self.function.outs, result.block.outs, outs, strict=True)
            result.block.outs = [(self.read(o) if on else None) or out for o, out, on in pairs]

    def row_value(self, value: Value) -> Value:
        new = Value(value.name, row_fact(value.fact, self.length), value.hint, value.optional)
        self.new[value] = new
        return new

    def plain(self, operand: Operand) -> Operand:
        """An operand that has no rows."""
        return replaced(operand, self.same)

    def mapped(self, operand: Operand) -> Operand | None:
        return self.new.get(operand) if isinstance(operand, Value) else None

    def read(self, operand: Operand) -> Operand | None:
        """The rows of an operand that is read: all of them must have a value, whatever branch each has taken."""
        rows = self.mapped(operand)
        if rows is None or not self.apart or operand not in self.absent or fact_of_operand(rows).kind in ("list", "pack", "keys"):
            return rows
        assert isinstance(operand, Value)
        return self.build.one(core.ASSIGNED, rows, Const(operand.label or "a variable"))

    def dense(self, operand: Operand, flag: Flag = True) -> Operand:
        """The rows of an operand, as a flag says; one that has none is broadcast."""
        if isinstance(operand, Undefined):
            return operand
        known = self.mapped(operand)
        if known is not None:
            if self.rows[operand] != flag:  # type: ignore[index]
                raise DifferentiationError(self.like_no_other("residuals with rows in some parts meet others"))
            return known
        absent = operand in self.absent
        operand = self.plain(operand)
        fact = fact_of_operand(operand)
        if fact.kind in ("object", "shape"):
            return operand
        if fact.kind in ("list", "pack", "keys"):
            parts = self.known_flag(flag)
            return self.build.apply(core.BROADCAST_PARTS, operand, self.size, parts, facts=(row_fact(fact, self.length),))[0]
        made = self.build.definition(operand, core.ZEROS)
        if made is not None:
            return self.build.one(core.ZEROS, self.prefixed(made.args[0]), made.args[1])
        # a value that some path does not assign has no shape to be read there
        is_known = fact.is_scalar or (absent and fact.size is not None)
        shape = Const(fact.shape) if is_known else self.build.one(core.SHAPE, operand)
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

    def nested(self, block: Block, outs: list[Operand], rows: Sequence[Flag]) -> Block:
        result = Block()
        with self.build.inside(result):
            self.block(block)
            self.yield_rows(result, outs, rows)
        return result

    def yield_rows(self, block: Block, outs: Sequence[Operand], rows: Sequence[Flag]) -> None:
        """Let the current block yield operands, with rows where that is said."""
        if block.diverges:
            block.outs = [UNDEFINED] * len(outs)
        else:
            block.outs = [self.dense(o, on) if on else self.plain(o) for o, on in zip(outs, rows, strict=True)]

    def instruction(self, instruction: Instruction) -> None:
        match instruction:
            case Apply():
                self.apply(instruction)
            case Call():
                self.call(instruction)
            case Raise():
                self.build.append(with_operands(instruction, self.plain))
                self.build.block.diverges = True
            case If() | Loop() if is_apart(instruction, self.rows):
                self.warn(instruction)
                self.by_rows(instruction)
            case If():
                self.branch(instruction)
            case Loop():
                self.loop(instruction)
            case Remark():
                self.build.append(instruction)

    def apply(self, apply: Apply) -> None:
        if not any(o in self.new for o in operands_of(apply)):
            kept = with_operands(apply, self.plain)
            assert isinstance(kept, Apply)
            self.build.adopt(kept)
            return
        if apply.primitive in (core.PACKED, core.UNPACKED, core.ZEROS_LIKE, core.LISTS_ADDED):
            self.structure(apply)
            return
        rule = apply.primitive.rule
        known = {v: self.same[v] for o in operands_of(apply) for v in flat_operands(o) if v in self.same}
        settled = with_operands(apply, lambda o: replaced(o, known)) if known else apply
        assert isinstance(settled, Apply)
        self.build.derived = apply.derived
        try:
            results = None if rule is None else rule.batch(self.build, settled, self.read, self.size)
        except TypeError as error:  # the role's own refusal
            self.build.append(refused_by_rule(self.build, apply, error))
            self.build.block.diverges = True
            return
        finally:
            self.build.derived = True
        if results is None:
            self.by_rows(apply)
            return
        target = self.same if is_uniform(apply) else self.new
        for result, operand in zip(apply.results, results, strict=True):
            target[result] = operand
            if isinstance(operand, Value) and not operand.name:
                operand.name = result.name

    def structure(self, apply: Apply) -> None:
        """Packs and lists of residuals: each part has rows or not."""
        # each row may have a pack of its own, which is packed like anything else
        if apply.primitive is not core.PACKED and any(
            self.rows.get(a) is True and a.fact.kind == "pack" for a in apply.args if isinstance(a, Value)
        ):
            self.by_rows(apply)
            return
        args = [self.new.get(a) or self.plain(a) if isinstance(a, Value) else a for a in apply.args]
        facts = tuple(row_fact(r.fact, self.length) if r in self.rows else r.fact for r in apply.results)
        results = self.build.apply(apply.primitive, *args, count=len(facts), facts=facts)
        for result, value in zip(apply.results, results, strict=True):
            (self.new if result in self.rows else self.same)[result] = value
            if isinstance(value, Value):
                value.name, value.hint, value.optional = result.name, result.hint, result.optional

    def call(self, call: Call) -> None:
        mask = tuple(flag_of(a, self.rows) for a in call.args)
        if not any(mask):
            self.build.append(with_operands(call, self.plain))
            return
        mask = with_all_rows(call.function, mask)
        function = batched(call.function, mask)
        outs = call_outs(call, mask)
        results = tuple(self.row_value(r) if on else r for r, on in zip(call.results, outs, strict=True))
        args = [
            (self.read(a) if a in self.new else self.dense(a)) if on else self.plain(a)
            for a, on in zip(call.args, mask, strict=True)
        ]
        if first_rows(call.function.params, mask) is None:
            args.append(self.size)
        self.build.append(Call(results, function, tuple(args), call.location))  # type: ignore[arg-type]

    def branch(self, branch: If) -> None:
        rows = [flag_of(r, self.rows) for r in branch.results]
        then, orelse = (
            self.nested(b, b.outs, rows if not b.diverges else []) for b in (branch.then, branch.orelse)
        )
        results = tuple(self.row_value(r) if on else r for r, on in zip(branch.results, rows, strict=True))
        self.build.append(If(results, self.plain(branch.condition), then, orelse, branch.location))

    def loop(self, loop: Loop) -> None:
        carried_rows = [flag_of(c, self.rows) for c in loop.carried]
        list_rows = [flag_of(c, self.rows) for c in loop.collected]
        inits = [self.dense(i, on) if on else self.plain(i) for i, on in zip(loop.inits, carried_rows, strict=True)]
        carried = [self.row_value(c) if on else c for c, on in zip(loop.carried, carried_rows, strict=True)]
        scanned = [
            (self.new[s], self.row_value(item)) if item in self.rows and s in self.new else (self.plain(s), item)
            for s, item in loop.scanned if not self.across(s, item)
        ]
        head = Block()
        with self.build.inside(head):
            for s, item in loop.scanned:
                if isinstance(s, Value) and self.across(s, item):  # the rows come first, so that a trip's items are a column
                    column = Display("tuple", (Const(slice(None)), loop.index))
                    self.new[item] = self.build.apply(core.INDEX, self.new[s], column, facts=(row_fact(item.fact, self.length),))[0]
            self.block(loop.head)
            exit_ = self.nested(loop.exit, loop.exit.outs, carried_rows if loop.exit.outs else [])
            body = self.nested(loop.body, loop.body.outs, [*carried_rows, *list_rows])
        results = tuple(self.row_value(r) if r in self.rows else r for r in loop.results)
        self.build.append(
            Loop(results, None if loop.count is None else self.plain(loop.count), loop.reverse, loop.index, scanned,
                 carried, inits, head, None if loop.stop is None else self.plain(loop.stop), exit_, body, loop.location)
        )

    def across(self, scanned: Operand, item: Value) -> bool:
        """Whether an array with rows, not a list of values with rows, is scanned."""
        return item in self.rows and scanned in self.new and fact_of_operand(scanned).kind == "array"

    # ---- rows one by one --------------------------------------------------------------------------------------------

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
                    new[value] = self.row(value, index)
            self.build.append(substituted(Block(body=[instruction]), {**self.same, **new}).body[0])
        wanted = instruction.results
        body.outs, body.diverges = list(wanted), ends(instruction)
        lists = [Value(r.name, list_fact(r.fact)) for r in wanted]
        self.build.append(
            Loop((*lists, Value("trips", PY_INT), Value("stopped")), self.size, False, index, [], [], [], Block(), None,
                 Block(), body, instruction.location)
        )
        for result, rows in zip(wanted, lists, strict=True):
            if result in self.rows:
                self.new[result] = self.stacked(rows, result)
            else:  # the same in every row
                first = self.build.apply(core.INDEX, rows, Const(0), facts=(result.fact,))
                self.same[result] = first[0]

    def row(self, value: Value, index: Value) -> Operand:
        """One row of a value."""
        if value.fact.kind in ("list", "pack", "keys", "any"):
            flag = self.known_flag(self.rows.get(value, True))
            row = self.build.apply(core.ROW_OF, self.new[value], index, flag, facts=(value.fact,))[0]
        else:
            row = self.build.one(core.INDEX, self.new[value], index)
        if isinstance(row, Value):
            row.fact = value.fact
        return row

    def known_flag(self, flag: Flag) -> Const:
        """A flag as the code knows it: for packs that hold their like, what to say if there is one."""
        if isinstance(flag, Tied):
            return Const(self.like_no_other("the residuals of a function that calls itself are taken row by row"))
        return Const(tuple(self.known_flag(on).value for on in flag) if isinstance(flag, tuple) else flag)

    def like_no_other(self, what: str) -> str:
        """The message for structures of residuals that no transform is known to make."""
        return explain(self.build.location, what, "report this program to the authors of srcad; srcad.hvp takes one row at a time")

    def stacked(self, rows: Value, result: Value) -> Operand:
        fact = result.fact
        if fact.kind in ("list", "pack", "keys", "object", "shape"):
            # what is no array, and may differ from row to row
            return self.build.apply(core.ROWS, rows, facts=(row_fact(fact, self.length),))[0]
        shape = fact.shape if fact.shape is not None and not any(isinstance(s, Dim) for s in fact.shape) else ()
        stacked = self.build.one(
            core.STACK, rows, self.build.one(core.PREFIXED, self.size, Const(shape)),
            Const(fact.dtype if fact.dtype is not None else "float64"), name=result.name,
        )
        if isinstance(stacked, Value):
            stacked.fact = row_fact(fact, self.length) if fact is not ANY else ANY
        return stacked


