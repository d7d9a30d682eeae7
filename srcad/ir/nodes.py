"""The intermediate representation: a function is blocks of instructions over values that never change.

Every value is defined once.  Control flow is structured (``If``, ``Loop``), so there is no goto and no phi: a
branch *yields* values, a loop *carries* them.  Memory is explicit but never mutated: an instruction such as
``stored(x, index, v)`` or ``accumulated(x, index, v)`` makes a new version of ``x``, and the backend writes
into the old memory where it can prove that nobody else reads it.  That is what keeps the three transforms
closed under composition: each maps instructions to instructions and need not know what was overwritten.

Saving for the backward sweep is a loop that *collects* a value of each iteration into a list; reading back
is a loop that *scans* such a list.  Each is the adjoint of the other.

A tuple, list, dict, object or closure of the user's never appears here: lowering takes it apart into leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from srcad.ir.facts import ANY, Fact

if TYPE_CHECKING:
    from srcad.ir.primitive import Primitive


class Value:
    """A result of an instruction or a parameter; identity is what counts.

    ``name`` is a wish (the user's variable, ``x_bar``, or empty for a temporary); the backend makes it unique.  A
    temporary is written into the expression that uses it where that is possible; ``hint`` is what it is called where
    it is not (``ir.hints``).  ``optional`` marks one that some path does not compute: where it is kept
    for the way back it is None then.
    """

    __slots__ = ("fact", "hint", "name", "optional")

    def __init__(self, name: str = "", fact: Fact = ANY, hint: str = "", optional: bool = False) -> None:
        self.name = name
        self.fact = fact
        self.hint = hint
        self.optional = optional

    @property
    def label(self) -> str:
        """What a variable for it is called, empty if there is nothing to say."""
        return self.name or self.hint

    def again(self) -> Value:
        """Another value like this one."""
        return Value(self.name, self.fact, self.hint, self.optional)

    def __repr__(self) -> str:
        return f"%{self.name or 't'}"


class Const:
    """A literal, or a static object such as a dtype or a callable; ``text`` if the user wrote it by name (``np.pi``)."""

    __slots__ = ("text", "value")

    def __init__(self, value: Any, text: str = "") -> None:
        self.value = value
        self.text = text

    def __repr__(self) -> str:
        return f"Const({self.value!r})"


class Undefined:
    """The operand of a variable that has no value on this path."""

    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED = Undefined()


class Zero:
    """A tangent or adjoint to which nobody has contributed: a type of its own, never an array of zeros."""

    def __repr__(self) -> str:
        return "ZERO"


ZERO = Zero()


@dataclass(frozen=True, slots=True, eq=False)
class Display:
    """A tuple, list or slice written in place as an argument: ``kind`` is ``tuple``, ``list`` or ``slice``."""

    kind: str
    items: tuple[Operand, ...]


Operand = Value | Const | Display | Undefined | Zero


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the user's source.

    ``errors`` says how NumPy treats floating-point errors there (``np.errstate``), ``catches`` which exceptions a ``try``
    around it catches.
    """

    file: str
    line: int
    function: str = ""
    errors: tuple[tuple[str, str], ...] = ()
    catches: tuple[type, ...] = ()


@dataclass(eq=False, slots=True)
class Apply:
    """``results = primitive(*args, **kwargs)``.

    ``spelling`` says how the user wrote it where there are several ways (``"method"``, ``"attribute"``).
    ``derived`` marks arithmetic that a transform made, which may be reassociated; the user's own may not, as
    its results must be those of the undifferentiated function bit for bit.
    """

    results: tuple[Value, ...]
    primitive: Primitive
    args: tuple[Operand, ...]
    kwargs: tuple[tuple[str, Operand], ...] = ()
    location: Location | None = None
    spelling: str = ""
    derived: bool = False


@dataclass(eq=False, slots=True)
class Call:
    """``results = function(*args)``: a call of another IR function, leaves in, leaves out."""

    results: tuple[Value, ...]
    function: Function
    args: tuple[Operand, ...]
    location: Location | None = None


@dataclass(eq=False, slots=True)
class Raise:
    """Evaluate ``raise exception`` (an operand), or refuse with ``message`` if ``exception`` is None."""

    exception: Operand | None
    message: str = ""
    location: Location | None = None
    results: tuple[Value, ...] = ()


@dataclass(eq=False, slots=True)
class Remark:
    """A comment line of the generated source."""

    text: str
    location: Location | None = None
    results: tuple[Value, ...] = ()


@dataclass(eq=False, slots=True)
class Block:
    """Instructions, then the operands that the block yields.

    ``diverges`` if its end is never reached: nobody reads its outs then, but they are as many in a loop or a function.
    """

    params: list[Value] = field(default_factory=list)
    body: list[Instruction] = field(default_factory=list)
    outs: list[Operand] = field(default_factory=list)
    diverges: bool = False


@dataclass(eq=False, slots=True)
class If:
    """``results = then.outs if condition else orelse.outs``."""

    results: tuple[Value, ...]
    condition: Operand
    then: Block
    orelse: Block
    location: Location | None = None


@dataclass(eq=False, slots=True)
class Loop:
    """A loop with at most one exit in its middle.

    Each iteration runs ``head``; if ``stop`` (an operand, defined in or before ``head``) is true it runs ``exit``
    and leaves, and ``exit.outs`` are the results; otherwise it runs ``body``, whose outs are the carried
    values of the next iteration, then one value for each collected list.  ``count`` bounds the number of
    iterations (None: only ``stop`` ends the loop); when it is used up the carried values are the results.

    ``index`` counts 0, 1, …, or ``count - 1`` down to 0 if ``reverse``.  ``scanned`` pairs a sequence (a range
    or a list that another loop collected) with the parameter that takes its element at ``index``.
    A collected list holds at ``k`` the value of the iteration whose index was ``k``, in either direction.

    ``results`` are the carried values, then the collected lists, then the number of *completed* iterations,
    then whether ``stop`` ended the loop.
    """

    results: tuple[Value, ...]
    count: Operand | None
    reverse: bool
    index: Value
    scanned: list[tuple[Operand, Value]]
    carried: list[Value]
    inits: list[Operand]
    head: Block
    stop: Operand | None
    exit: Block
    body: Block
    location: Location | None = None

    @property
    def finals(self) -> tuple[Value, ...]:
        return self.results[: len(self.carried)]

    @property
    def collected(self) -> tuple[Value, ...]:
        return self.results[len(self.carried) : -2]

    @property
    def trips(self) -> Value:
        return self.results[-2]

    @property
    def stopped(self) -> Value:
        return self.results[-1]


Instruction = Apply | Call | Raise | Remark | If | Loop


class Given(Protocol):
    """Derivatives that a function is given in the place of those that its body has (``transforms.given``).

    ``by_body`` says that it is the derivative of the body all the same, made in another way, so that the body tells
    what depends on what; otherwise every result is taken to depend on every parameter.
    """

    by_body: bool
    differentiable: tuple[bool, ...]
    """The parameters that they are for, unless they are those of the body."""

    def fill(self, key: tuple[Hashable, ...]) -> Callable[..., None] | None:
        """What fills the functions that a transform makes under this key; None if the body is to be transformed."""

    def of_rows(self, function: Function, mask: tuple[Any, ...], outs: tuple[Any, ...]) -> Given:
        """What a function over rows is given: that of the marked parameters, whose marked results have rows."""


@dataclass(eq=False)
class Function:
    """A function of leaves: parameters, a block, and what the block yields.

    ``derived`` caches the functions that transforms made from this one, keyed by transform and activity.
    ``owned`` are parameters whose memory belongs to this call (seeds, copied at the entry), ``written`` those whose
    memory it may overwrite: the caller gives up the version that it passes.  ``private`` are the positions of results
    that must share no memory with the other parameters or with each other.  ``unfinished`` marks a function that is
    being made: a recursive call in it finds it so.  ``given`` are
    derivatives that the user gives, or a way to make them that the user asks for.
    """

    name: str
    params: list[Value]
    block: Block
    location: Location | None = None
    owned: frozenset[Value] = frozenset()
    written: frozenset[Value] = frozenset()
    private: frozenset[int] = frozenset()
    derived: dict[Any, Any] = field(default_factory=dict)
    unfinished: bool = False
    given: Given | None = None

    @property
    def outs(self) -> list[Operand]:
        return self.block.outs


def blocks_of(instruction: Instruction) -> tuple[Block, ...]:
    """The blocks nested in an instruction."""
    if isinstance(instruction, If):
        return instruction.then, instruction.orelse
    if isinstance(instruction, Loop):
        return instruction.head, instruction.exit, instruction.body
    return ()


def callees(block: Block) -> Iterator[Function]:
    """The functions that a block calls."""
    for instruction in block.body:
        if isinstance(instruction, Call):
            yield instruction.function
        for inner in blocks_of(instruction):
            yield from callees(inner)


def ends(instruction: Instruction) -> bool:
    """Whether what follows an instruction is never reached."""
    if isinstance(instruction, If):
        return all(block.diverges for block in blocks_of(instruction))
    if isinstance(instruction, Loop):
        return instruction.head.diverges and instruction.count is None
    return isinstance(instruction, Raise)


def flat_operands(operand: Operand) -> Iterator[Operand]:
    """The operand itself, or the parts of a display."""
    if isinstance(operand, Display):
        for item in operand.items:
            yield from flat_operands(item)
    else:
        yield operand


def operands_of(instruction: Instruction) -> Iterator[Operand]:
    """What an instruction itself reads, not what the blocks nested in it read."""
    match instruction:
        case Apply():
            for arg in instruction.args:
                yield from flat_operands(arg)
            for _, arg in instruction.kwargs:
                yield from flat_operands(arg)
        case Call():
            yield from instruction.args
        case Raise():
            if instruction.exception is not None:
                yield instruction.exception
        case If():
            yield instruction.condition
        case Loop():
            if instruction.count is not None:
                yield instruction.count
            for sequence, _ in instruction.scanned:
                yield sequence
            yield from instruction.inits


def block_operands(block: Block) -> Iterator[Operand]:
    """Everything read in a block, nested blocks and yields included."""
    for instruction in block.body:
        yield from operands_of(instruction)
        for inner in blocks_of(instruction):
            yield from block_operands(inner)
        if isinstance(instruction, Loop) and instruction.stop is not None:
            yield instruction.stop
    for out in block.outs:
        yield from flat_operands(out)


def block_values(block: Block) -> Iterator[Value]:
    """Everything defined in a block, nested blocks included."""
    yield from block.params
    for instruction in block.body:
        yield from instruction.results
        if isinstance(instruction, Loop):
            yield instruction.index
            yield from (item for _, item in instruction.scanned)
            yield from instruction.carried
        for inner in blocks_of(instruction):
            yield from block_values(inner)


def free_values(*blocks: Block) -> list[Value]:
    """The values that blocks read and do not define, in order of first reading."""
    defined = {v for block in blocks for v in block_values(block)}
    seen: dict[Value, None] = {}
    for block in blocks:
        for operand in block_operands(block):
            if isinstance(operand, Value) and operand not in defined:
                seen[operand] = None
    return list(seen)
