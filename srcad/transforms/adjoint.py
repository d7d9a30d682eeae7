"""The adjoint transform: a function becomes one that carries cotangents back (reverse mode).

``adjoint(f, active, seeded)`` takes the parameters of ``f`` and then a cotangent for each seeded result; it yields the
results of ``f`` and then the cotangent of each active parameter.  ``halves(f, active, seeded)`` is the same cut in
two for calls: the forward half yields the results and the residuals as one tuple, the backward half takes the
residuals and the cotangents and may run any number of times.

    y = np.sin(x)        ->        y = np.sin(x)
                                   x_bar = y_bar * np.cos(x)

The forward sweep is the function itself.  The backward sweep is written first against the values of the forward
sweep wherever they are defined; what it reads from inside a branch or a loop is then handed out (``residuals``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from srcad.analysis.absence import marked_optional
from srcad.analysis.activity import Activity, useful_params, varied_outs
from srcad.ir import core
from srcad.ir.build import Builder, fact_of_operand
from srcad.ir.facts import PACK, Dim, Fact, array_fact, list_fact, same_shape
from srcad.ir.hints import label
from srcad.ir.nodes import (
    UNDEFINED,
    ZERO,
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
    Value,
    block_values,
    free_values,
    operands_of,
)
from srcad.ir.rewrite import replaced, substituted, with_operands
from srcad.transforms.common import (
    RULE_ERRORS,
    announced,
    is_refused,
    label_results,
    made,
    objects,
    refusal,
    refused_by_rule,
    zeros_like,
)
from srcad.transforms.dead import without_dead
from srcad.transforms.expand import expanded
from srcad.transforms.memory import last_versions
from srcad.transforms.residuals import hand_out_of_branch, hand_out_of_exit, hand_out_of_loop

Mask = tuple[bool, ...]


def adjoint(function: Function, active: Mask, seeded: Mask) -> Function:
    """The function with its backward sweep behind it."""

    def fill(result: Function) -> None:
        sweep = _Adjoint(function, active, seeded)
        seeds = sweep.seeds()
        sweep.run(lambda: list(seeds))
        sweep.join(result, seeds)

    (found,) = made(function, ("adjoint", active, seeded), ("_vjp",), fill)
    return found


def gradient(function: Function, active: Mask, seeded: Mask) -> Function:
    """``adjoint`` with ones for the cotangents of the seeded results, folded into the code."""

    def fill(result: Function) -> None:
        sweep = _Adjoint(function, active, seeded)
        outs = [o for o, on in zip(sweep.function.outs, seeded, strict=True) if on]
        sweep.run(lambda: [sweep.ones_like(out) for out in outs])
        sweep.join(result, [])

    (found,) = made(function, ("gradient", active, seeded), ("_grad",), fill)
    return found


def halves(function: Function, active: Mask, seeded: Mask) -> tuple[Function, Function]:
    """The forward and the backward half; made once, and found again by a recursive call."""

    def fill(forward: Function, backward: Function) -> None:
        sweep = _Adjoint(function, active, seeded)
        residuals = Value("residuals", PACK)
        seeds = sweep.seeds()
        backward.params = [residuals, *seeds]
        forward.written = sweep.function.written
        backward.written = sweep.seeds_of_written(seeds)
        sweep.run(lambda: list(seeds))
        bars = sweep.param_bars()
        _fill_halves(sweep, bars, residuals, forward, backward)

    forward, backward = made(function, ("halves", active, seeded), ("_fwd", "_bwd"), fill)
    return forward, backward


def _fill_halves(
    sweep: _Adjoint, bars: list[Operand], residuals: Value, forward: Function, backward: Function
) -> None:
    forward.params, forward.block = sweep.function.params, sweep.forward_block
    if forward.block.diverges:
        forward.block.outs = [UNDEFINED] * (len(sweep.function.outs) + 1)
        backward.block.outs = [UNDEFINED] * len(bars)
        backward.block.diverges = True
        return
    forward.block.outs = list(sweep.function.outs)
    sweep.backward_block.outs = bars
    hand_over(forward, backward, residuals, sweep.backward_block)


def hand_over(forward: Function, backward: Function, residuals: Value, block: Block) -> None:
    """Make a block the backward half: what it reads of the forward half, the forward half hands out as residuals."""
    block = without_dead(block)  # so that nothing is saved for what nobody reads
    read = set(free_values(block))
    saved = [v for v in (*forward.params, *block_values(forward.block)) if v in read]
    packed = Value("", PACK)
    forward.block.body.append(Apply((packed,), core.PACKED, tuple(saved), derived=True))
    forward.block.outs = [*forward.block.outs, packed]
    marked_optional(forward)
    copies = {v: v.again() for v in saved}
    block = substituted(block, copies)
    if saved:
        block.body.insert(0, Apply(tuple(copies.values()), core.UNPACKED, (residuals,), derived=True))
    backward.block = block


def carried_on(loop: Loop, k: int) -> Fact:
    """What is known of a carried value wherever it is; its adjoint comes from the iteration that comes after.

    A size that is not known may be another in that iteration, even if it is the size of other values in this one.
    """
    fact = loop.carried[k].fact
    if fact.shape is None or same_shape(fact.shape, fact_of_operand(loop.body.outs[k]).shape):
        return fact
    return replace(fact, shape=tuple(Dim() if isinstance(s, Dim) else s for s in fact.shape))


def listed(fact: Fact) -> Fact:
    """What is known of the rows, one by one, of something that is scanned."""
    if fact.kind != "array":
        return fact
    return list_fact(array_fact(fact.dtype, None if fact.shape is None else fact.shape[1:]))


def barred(operand: Operand) -> str:
    """The name of a value's adjoint."""
    return operand.name + "_bar" if isinstance(operand, Value) and operand.name else ""


class _Refused(Exception):
    """A rule does not take the arguments of an application of the primal, as the backward sweep finds."""

    def __init__(self, apply: Apply, error: Exception) -> None:
        self.apply = apply
        self.error = error


class _Adjoint:
    """One sweep there and back.  It is the sink to which rules report (``ir.primitive.Sink``)."""

    def __init__(self, function: Function, active: Mask, seeded: Mask) -> None:
        varied = Activity().varied(function, active)
        self.function = expanded(function, varied)
        if self.function is not function:
            varied = Activity().varied(self.function, active)
        label_results(self.function)
        self.varied = varied
        self.primal = {*self.function.params, *block_values(self.function.block)}
        self.active = varied & Activity().useful(self.function, seeded)
        self.mask, self.seeded = active, seeded
        self.absent = marked_optional(self.function)
        self.refused: dict[Instruction, Exception] = {}  # what has turned out to have no adjoint
        self.begin()

    def begin(self) -> None:
        """Forget all that has been written."""
        self.forward_block = Block()
        self.backward_block = Block()
        self.fwd = Builder(self.forward_block)
        self.build = Builder(self.backward_block, derived=True)
        self.bars: dict[Value, Operand] = {}
        self.copies: dict[Instruction, Instruction] = {}  # from an instruction to the one of the forward sweep

    def seeds(self) -> list[Value]:
        """The cotangents of the seeded results, as parameters."""
        seeds = []
        for position, (out, on) in enumerate(zip(self.function.outs, self.seeded, strict=True)):
            if on:
                seed = Value(barred(out) or ("y_bar" if len(self.seeded) == 1 else f"y{position}_bar"))
                seed.fact = fact_of_operand(out)
                seeds.append(seed)
        return seeds

    def seeds_of_written(self, seeds: list[Value]) -> frozenset[Value]:
        """The cotangents of last versions of written parameters, which nobody needs any more."""
        last = (last_versions(self.function)[k] for k, on in enumerate(self.seeded) if on)
        return frozenset(seed for seed, param in zip(seeds, last, strict=True) if param is not None)

    def ones_like(self, out: Operand) -> Operand:
        """The cotangent of a result that is differentiated itself."""
        if fact_of_operand(out).is_scalar:
            return Const(1.0)
        return self.build.one(core.BROADCAST, Const(1.0), self.build.one(core.SHAPE, out))

    def join(self, result: Function, seeds: list[Value]) -> None:
        """Make both sweeps one function."""
        result.params = [*self.function.params, *seeds]
        result.written = self.function.written
        if self.forward_block.diverges:
            result.block = self.forward_block
            result.block.outs = [UNDEFINED] * (len(self.function.outs) + sum(self.mask))
            return
        bars = self.param_bars()
        result.owned = frozenset(seeds)
        first = len(self.function.outs)
        result.private = frozenset(range(first, first + len(bars)))
        result.block.body = [
            Remark("forward"), *self.forward_block.body, Remark("backward"), *self.backward_block.body
        ]
        result.block.outs = [*self.function.outs, *bars]

    def run(self, seeds: Callable[[], list[Operand]]) -> None:
        """Write the forward and then the backward sweep.

        What has no adjoint is found by the backward sweep, and refused in the forward sweep, where it stands.
        """
        active = self.active
        while True:
            try:
                return self.both_sweeps(seeds())
            except _Refused as found:
                self.refused[found.apply] = found.error
                self.active = active
                self.begin()

    def both_sweeps(self, seeds: list[Operand]) -> None:
        self.forward(self.function.block)
        if self.forward_block.diverges:
            return
        self.build.definitions.update(self.fwd.definitions)
        self.build.share_known(self.fwd)
        outs = (o for o, on in zip(self.function.outs, self.seeded, strict=True) if on)
        for out, seed in zip(outs, seeds, strict=True):
            self.add(out, seed)
        self.backward(self.function.block)

    def param_bars(self) -> list[Operand]:
        """The adjoints of the active parameters, zeros included."""
        return [self.dense(p) for p, on in zip(self.function.params, self.mask, strict=True) if on]

    # ---- the sink ---------------------------------------------------------------------------------------------------

    def wanted(self, operand: Operand) -> bool:
        return operand in self.active

    def add(self, operand: Operand, contribution: Operand) -> None:
        if not isinstance(operand, Value) or operand not in self.active or contribution is ZERO:
            return
        contribution = self.fitted(operand, contribution)
        known = self.bars.get(operand, ZERO)
        if known is ZERO:
            total = contribution
        elif operand.fact.kind in ("list", "pack") or (operand in self.absent and operand.fact.size is None):
            total = self.build.one(core.LISTS_ADDED, known, contribution)  # None and None make None
        else:
            total = self.build.add(known, contribution)
        self.put(operand, total)

    def add_at(self, operand: Operand, index: Operand, contribution: Operand, repeats: bool) -> None:
        assert isinstance(operand, Value)
        if contribution is ZERO:
            return
        if operand.fact.is_scalar:
            self.add(operand, contribution)  # x[()] of an array without axes
            return
        known = self.dense(operand)
        primitive = core.SCATTERED if repeats else core.ACCUMULATED
        self.put(operand, self.build.one(primitive, known, index, contribution))

    def put(self, operand: Value, bar: Operand) -> None:
        self.bars[operand] = bar
        if isinstance(bar, Value) and not bar.name and bar not in self.primal:
            bar.name = barred(operand)
            bar.hint = f"{operand.hint or 't'}_bar"

    def fitted(self, operand: Value, contribution: Operand) -> Operand:
        """A contribution in the dtype of what it is the adjoint of; that of a list is a list."""
        own, new = operand.fact, fact_of_operand(contribution)
        if own.kind == "list" and new.kind == "array":
            elements = own.element is not None and own.element.kind == "list"
            return contribution if elements else self.build.one(core.NESTED, contribution, Const(1))
        if own.kind == "array" and own.dtype and new.dtype and own.dtype != new.dtype and new.kind == "array":
            return self.build.one(core.CAST, contribution, Const(own.dtype))
        return contribution

    def dense(self, operand: Value) -> Operand:
        """The adjoint of a value, zeros included."""
        bar = self.bars.get(operand, ZERO)
        if bar is not ZERO:
            return bar
        zeros = zeros_like(self.build, operand, operand in self.absent)
        if isinstance(zeros, Value) and not zeros.name:
            zeros.name = barred(operand)
        return zeros

    # ---- the forward sweep ------------------------------------------------------------------------------------------

    def forward(self, block: Block) -> None:
        """Append a copy of a block's instructions to the forward sweep."""
        for instruction in block.body:
            self.fwd.location = instruction.location
            match instruction:
                case Apply():
                    if is_refused(instruction, lambda o: o in self.varied):
                        self.fwd.append(refusal(instruction))
                        self.fwd.block.diverges = True
                        return
                    varied = any(a in self.varied for a in instruction.args if isinstance(a, Value))
                    self.fwd.adopt(announced(self.fwd, instruction, varied))
                    if instruction in self.refused:
                        self.fwd.append(refused_by_rule(self.fwd, instruction, self.refused[instruction]))
                        self.fwd.block.diverges = True
                        return
                case Call():
                    self.forward_call(instruction)
                    if self.fwd.block.diverges:
                        return
                case If():
                    then, orelse = (self.copied(b) for b in (instruction.then, instruction.orelse))
                    copy = If(instruction.results, instruction.condition, then, orelse, instruction.location)
                    self.copies[instruction] = copy
                    self.fwd.append(copy)
                    if then.diverges and orelse.diverges:
                        self.fwd.block.diverges = True
                        return
                case Loop():
                    self.forward_loop(instruction)
                case Raise():
                    self.fwd.append(instruction)
        self.fwd.block.diverges = block.diverges

    def copied(self, block: Block) -> Block:
        result = Block()
        with self.fwd.inside(result):
            self.forward(block)
        result.outs = [UNDEFINED] * len(block.outs) if result.diverges else list(block.outs)
        return result

    def forward_loop(self, loop: Loop) -> None:
        head = Block()
        with self.fwd.inside(head):
            self.forward(loop.head)
            stop = loop.stop
            if head.diverges:  # no iteration gets further
                stop = None if stop is None else Const(False)
                exit_ = Block(outs=[UNDEFINED] * len(loop.exit.outs))
                body = Block(outs=[UNDEFINED] * len(loop.body.outs), diverges=True)
            else:
                exit_, body = self.copied(loop.exit), self.copied(loop.body)
        copy = Loop(
            loop.results, loop.count, loop.reverse, loop.index, list(loop.scanned), list(loop.carried),
            list(loop.inits), head, stop, exit_, body, loop.location,
        )
        self.copies[loop] = copy
        self.fwd.append(copy)

    def forward_call(self, call: Call) -> None:
        masks = self.call_masks(call)
        if not any(masks[1]) and not any(masks[0]):
            self.fwd.append(call)
            return
        forward, _ = halves(call.function, *masks)
        residuals = Value("residuals", PACK)
        copy = Call((*call.results, residuals), forward, call.args, call.location)
        if any(masks[1]):
            self.copies[call] = copy
        self.fwd.append(copy)
        self.fwd.block.diverges = forward.block.diverges and not forward.unfinished

    def call_masks(self, call: Call) -> tuple[Mask, Mask]:
        """Which arguments are active in a call, and which of its results carry a cotangent."""
        varied = tuple(a in self.active for a in call.args)
        outs = varied_outs(call.function, varied)
        seeded = tuple(r in self.active and out for r, out in zip(call.results, outs, strict=True))
        reached = tuple(a in self.varied for a in call.args)
        if any(reached) and objects(call.function, reached):
            return reached, seeded  # whether or not a result depends on them
        useful = useful_params(call.function, seeded)
        return tuple(v and u for v, u in zip(varied, useful, strict=True)), seeded

    # ---- the backward sweep -----------------------------------------------------------------------------------------

    def backward(self, block: Block) -> None:
        """Append the adjoints of a block's instructions, the last first."""
        for instruction in reversed(block.body):
            self.build.location = instruction.location
            match instruction:
                case Apply():
                    self.backward_apply(instruction)
                case Call() if instruction in self.copies:
                    self.backward_call(instruction)
                case If():
                    if any(r in self.bars for r in instruction.results):
                        self.backward_branch(instruction)
                case Loop():
                    if any(r in self.bars for r in instruction.results):
                        self.backward_loop(instruction)
                case _:
                    pass

    def backward_apply(self, apply: Apply) -> None:
        bars = [self.bars.get(r, ZERO) for r in apply.results]
        if all(b is ZERO for b in bars):
            return
        rule = apply.primitive.rule
        assert rule is not None
        try:
            if not rule.adjoint(self.build, apply, bars, self):
                self.transpose(apply, bars)
        except _Refused as found:  # by a rule that this one is written with
            raise _Refused(apply, found.error) from found
        except RULE_ERRORS as error:
            raise _Refused(apply, error) from error

    def transpose(self, apply: Apply, bars: list[Operand]) -> None:
        """Derive the adjoint from the rule's tangent: reverse mode on the linear code that it writes.

        That code is never run: its values are there to have adjoints.  Where a transpose reads the shape or the dtype
        of one, it is given something like it: an operand, or what the same line makes of the operands themselves.
        """
        assert apply.primitive.rule is not None
        dots: dict[Operand, Value] = {}
        stand_ins = self.build.stand_ins

        def dot(operand: Operand) -> Operand:
            if operand not in self.active:
                return ZERO
            if operand not in dots:
                dots[operand] = Value("", fact_of_operand(operand), hint=label(operand))
                stand_ins[dots[operand]] = replaced(operand, stand_ins)
            return dots[operand]

        block = Block()
        scratch = Builder(block, derived=True)
        scratch.definitions.update(self.build.definitions)
        results = apply.primitive.rule.tangent(scratch, apply, dot)
        linear: set[Value] = set(dots.values())
        primal = [v for v in (*apply.results, *operands_of(apply)) if isinstance(v, Value)]
        new: dict[Value, Operand] = {}
        transposed = []
        for instruction in block.body:
            assert isinstance(instruction, Apply)
            instruction = with_operands(instruction, lambda o: replaced(o, new))
            assert isinstance(instruction, Apply)
            links = instruction.primitive.rule.linked(instruction) if instruction.primitive.rule else []
            is_linear = any(o in linear for o in links)
            alike = [next((p for p in primal if same_shape(p.fact.shape, r.fact.shape)), None) for r in instruction.results]
            found = [replaced(a, stand_ins) for a in alike if a is not None]
            if is_linear and len(found) == len(alike):
                same: Sequence[Operand] = found
            else:
                same = self.build.apply(
                    instruction.primitive, *instruction.args, kwargs=instruction.kwargs,
                    spelling=instruction.spelling, count=len(instruction.results),
                )
            if is_linear:
                linear.update(instruction.results)
                transposed.append(instruction)
                stand_ins.update(zip(instruction.results, same, strict=True))
            else:
                new.update(zip(instruction.results, same, strict=True))
        # the primal values are constants of the linear code, however active they are
        active, self.active = self.active, linear
        for result, bar in zip(results, bars, strict=True):
            self.add(result, bar)
        for instruction in reversed(transposed):
            self.backward_apply(instruction)
        self.active = active
        for operand, placeholder in dots.items():
            self.add(operand, self.bars.get(placeholder, ZERO))

    def backward_call(self, call: Call) -> None:
        copy = self.copies[call]
        masks = self.call_masks(call)
        seeds = [self.dense(r) for r, on in zip(call.results, masks[1], strict=True) if on]
        _, backward = halves(call.function, *masks)
        args = [a for a, on in zip(call.args, masks[0], strict=True) if on]
        bars = [Value(self.step_name(a), fact_of_operand(a)) for a in args]
        self.build.append(Call(tuple(bars), backward, (copy.results[-1], *seeds), call.location))
        for operand, bar in zip(args, bars, strict=True):
            self.add(operand, bar)

    def step_name(self, operand: Operand) -> str:
        """The name of a contribution that a call gives; the adjoint's own if it is the first."""
        known = isinstance(operand, Value) and operand in self.bars
        return f"{operand.name}_step_bar" if known and operand.name else barred(operand)  # type: ignore[union-attr]

    @contextmanager
    def scope(self, block: Block) -> Iterator[dict[Value, Operand]]:
        """Write into a nested block for a while; the adjoints that it gives are in the yielded dictionary."""
        outer, self.bars = self.bars, dict(self.bars)
        try:
            with self.build.inside(block):
                yield self.bars
        finally:
            self.bars = outer

    def changed(self, inner: dict[Value, Operand], own: set[Value]) -> list[Value]:
        """The values of outside whose adjoints a nested block has changed."""
        return [v for v, bar in inner.items() if v in self.primal and v not in own and bar is not self.bars.get(v)]

    # ---- branches ---------------------------------------------------------------------------------------------------

    def backward_branch(self, branch: If) -> None:
        copy = self.copies[branch]
        assert isinstance(copy, If)
        sources = ((branch.then, copy.then), (branch.orelse, copy.orelse))
        live = [b for b, copied in sources if not copied.diverges]
        seeds = [self.bars.get(r, ZERO) for r in branch.results]
        own = {v for b in live for v in block_values(b)}
        sides: list[tuple[Block, dict[Value, Operand]]] = []
        for source in live:
            block = Block()
            with self.scope(block) as bars:
                for out, seed in zip(source.outs, seeds, strict=True):
                    self.add(out, seed)
                self.backward(source)
            sides.append((block, bars))
        targets = list(dict.fromkeys(v for _, bars in sides for v in self.changed(bars, own)))
        for block, bars in sides:
            self.yield_bars(block, bars, targets)
        blocks = hand_out_of_branch(copy, *(block for block, _ in sides))
        self.build.location = branch.location
        if len(blocks) == 1:  # the other side never gets here
            self.build.splice(blocks[0])
            results = tuple(blocks[0].outs)
        else:
            results = self.build.branch(branch.condition, blocks[0], blocks[1], [barred(v) for v in targets])
        for value, result in zip(targets, results, strict=True):
            self.put(value, result)

    def yield_bars(self, block: Block, bars: dict[Value, Operand], targets: list[Value]) -> None:
        """Let a nested block yield the adjoints of values of outside as it leaves them."""
        outer, self.bars = self.bars, bars
        with self.build.inside(block):
            block.outs = [self.dense(v) for v in targets]
        self.bars = outer

    # ---- loops ------------------------------------------------------------------------------------------------------

    def backward_loop(self, loop: Loop) -> None:
        copy = self.copies[loop]
        assert isinstance(copy, Loop)
        inside = {loop.index, *loop.carried, *(item for _, item in loop.scanned)}
        for block in (loop.head, loop.exit, loop.body):
            inside.update(block_values(block))
        carried = [k for k, c in enumerate(loop.carried) if c in self.active]
        if not copy.head.diverges and not copy.exit.diverges:
            self.leave(loop, copy, carried, inside)
        if copy.body.diverges:  # no iteration is ever completed
            for k in carried:
                self.add(loop.inits[k], self.bars.get(loop.finals[k], ZERO))
            return

        index = Value(loop.index.name if loop.index.name not in ("", "_") else "k", loop.index.fact)
        # one parameter for each adjoint that goes round: of the carried values, and of what the body reads from outside
        captured = [v for v in free_values(loop.head, loop.body) if v in self.active and v not in inside]
        around = [*(loop.carried[k] for k in carried), *captured]
        params = {v: Value(barred(v), v.fact) for v in captured}
        params |= {loop.carried[k]: Value(barred(loop.carried[k]), carried_on(loop, k)) for k in carried}
        scanned: list[tuple[Operand, Value]] = []
        body = Block()
        with self.scope(body) as bars:
            for k in carried:
                bars.pop(loop.carried[k], None)
            bars.update((v, params[v]) for v in captured)
            for k in carried:
                self.add(loop.body.outs[k], params[loop.carried[k]])
            count = len(loop.carried)
            for value, out in zip(loop.collected, loop.body.outs[count:], strict=True):
                if (list_bar := self.bars.get(value, ZERO)) is not ZERO:
                    part = Value(barred(out), fact_of_operand(out))
                    scanned.append((list_bar, part))
                    self.add(out, part)
            self.backward(loop.body)
            self.backward(loop.head)
            items = [(s, item) for s, item in loop.scanned if item in self.active and item in bars]
            captured = [v for v in captured if bars[v] is not params[v]]
            around = [*(loop.carried[k] for k in carried), *captured]
            body.outs = [self.next_bar(v, params[v]) for v in around]
            body.outs += [bars[item] for _, item in items]
        body, lists = hand_out_of_loop(copy, index, body)

        inits = [self.dense(loop.finals[k]) for k in carried] + [self.dense(v) for v in captured]
        finals = [Value(barred(v), params[v].fact) for v in around]
        collected = [Value(barred(s), listed(fact_of_operand(s))) for s, _ in items]
        trips, stopped = Value("trips"), Value("stopped")
        count_of = copy.count if loop.stop is None else copy.trips
        self.build.append(
            Loop(
                (*finals, *collected, trips, stopped), count_of, not loop.reverse, index, [*lists, *scanned],
                [params[v] for v in around], inits, Block(), None, Block(), body, loop.location,
            )
        )
        for value, bar in zip(captured, finals[len(carried) :], strict=True):
            self.put(value, bar)
        for k, bar in zip(carried, finals, strict=False):
            self.add(loop.inits[k], bar)
        for (sequence, _), bar in zip(items, collected, strict=True):
            self.add(sequence, self.like_array(bar, sequence) if fact_of_operand(sequence).kind == "array" else bar)

    def like_array(self, rows: Value, array: Operand) -> Operand:
        """The adjoint of an array that is scanned, from that of its rows."""
        build = self.build
        return build.one(core.STACK, rows, build.one(core.SHAPE, array), build.one(core.DTYPE, array), name=rows.name)

    def next_bar(self, value: Value, param: Value) -> Operand:
        """The adjoint of a value at the start of an iteration; its zeros take their shape from the one at its end."""
        if self.bars.get(value, ZERO) is not ZERO:
            return self.bars[value]
        return zeros_like(self.build, param if value.fact.size is not None else value, value in self.absent)

    def leave(self, loop: Loop, copy: Loop, carried: list[int], inside: set[Value]) -> None:
        """The adjoint of the last, partial iteration: from the loop's results to what was carried into it.

        Afterwards the adjoints of the final values are those of the carried values at that point.
        """
        left = [k for k, f in enumerate(loop.finals) if f in self.bars]
        untouched = loop.stop is None or all(loop.exit.outs[k] is loop.carried[k] for k in {*carried, *left})
        head_active = any(v in self.active for v in block_values(loop.head))
        if untouched and not (head_active and loop.stop is not None and self._reads_head(loop, [*carried, *left])):
            return
        seeds = [self.bars.get(r, ZERO) for r in loop.finals]
        block = Block()
        with self.scope(block) as bars:
            for out, seed in zip(loop.exit.outs, seeds, strict=True):
                self.add(out, seed)
            self.backward(loop.exit)
            self.backward(loop.head)
        targets = self.changed(bars, inside)
        around = [loop.carried[k] for k in carried]
        self.yield_bars(block, bars, [*around, *targets])
        block = hand_out_of_exit(copy, block)
        names = [barred(v) for v in (*around, *targets)]
        if loop.count is None:
            self.build.splice(block)
            results = tuple(block.outs)
        else:
            other = Block()
            with self.build.inside(other):
                other.outs = [self.dense(loop.finals[k]) for k in carried] + [self.dense(v) for v in targets]
            results = self.build.branch(copy.stopped, block, other, names)
        for k, bar in zip(carried, results, strict=False):
            self.bars[loop.finals[k]] = bar
        for value, bar in zip(targets, results[len(carried) :], strict=True):
            self.put(value, bar)

    @staticmethod
    def _reads_head(loop: Loop, carried: list[int]) -> bool:
        """Whether the results take anything from the head of the last iteration."""
        inside = set(block_values(loop.head)) | set(block_values(loop.exit))
        return any(loop.exit.outs[k] in inside for k in carried)
