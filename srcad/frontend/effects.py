"""What a call of a lowered function does beside giving a result: which arguments it writes into, what results share.

A caller that knows this can go on with its own arrays as Python would:

    def smooth(u, k):                      smooth(x, 2)      ->      x1 = smooth(x, 2)
        u[1:-1] += k * u[2:]               y = x[0]                  y = x1[0]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from srcad.frontend.containers import containers
from srcad.frontend.memory import Memory, Root, may_be_memory
from srcad.frontend.namespaces import Held
from srcad.frontend.scope import Capture
from srcad.frontend.trees import Poison, Tree, rebuilt
from srcad.ir.nodes import Operand, Value


@dataclass(frozen=True)
class Effects:
    """By positions of parameters and of the leaves of the result.

    The last versions of the ``written`` parameters come after the leaves.  A leaf in ``same`` is a parameter itself, one in
    ``shared`` may share memory with parameters, a pair of ``together`` with each other.  A parameter in ``unreadable`` may
    have been written into through another name.
    """

    written: tuple[int, ...] = ()
    same: tuple[tuple[int, int], ...] = ()
    shared: tuple[tuple[int, int], ...] = ()
    together: tuple[tuple[int, int], ...] = ()
    unreadable: tuple[tuple[int, str], ...] = ()
    kept: tuple[int, ...] = ()
    """The parameters that outlive the call under another name."""
    reshaped: tuple[int, ...] = ()
    """The parameters that have another shape afterwards."""
    hands_on: bool = False
    """Whether the result has a list or dict of the arguments in it, or one twice."""
    names: tuple[Capture, ...] = ()
    """Variables of the program that hold what comes behind the last versions (``recursion``)."""

    def applied(self, low: Memory, tree: Tree, results: Sequence[Operand], handles: Sequence[Operand]) -> Tree:
        """The tree that a call gives in the caller's terms, after what it has done to the caller's memory."""
        count = len(results) - len(self.written) - len(self.names)
        for name, last in zip(self.names, results[count + len(self.written) :], strict=True):
            low.state.store[Held(name, str(name.key or ""))] = last
        for k, last in zip(self.written, results[count:], strict=False):
            low.replace(handles[k], last)  # type: ignore[arg-type]
        for k, message in self.unreadable:
            low.forbid(handles[k], message)  # type: ignore[arg-type]
        for leaf, k in self.shared:
            if isinstance(found := results[leaf], Value):
                low.relate(low.place(found).root, low.related(handles[k]))
        for i, j in self.together:
            if isinstance(a := results[i], Value) and isinstance(b := results[j], Value):
                low.relate(low.place(a).root, [low.place(b).root])
        same = {results[leaf]: handles[k] for leaf, k in self.same}
        return rebuilt(tree, lambda leaf: same.get(leaf, leaf)) if same else tree


@dataclass(frozen=True)
class Aftermath:
    """What a function of which a derivative is taken does to the memory of the function that asks for it.

    Behind its ``count`` results are the last versions of what it has written into; ``shared`` pairs results with handles of
    which they may share the memory.
    """

    count: int
    written: tuple[Operand, ...] = ()
    shared: tuple[tuple[int, Operand], ...] = ()

    def without_lasts(self, results: Sequence[Operand]) -> list[Operand]:
        """Results, or what belongs to each of them, without those that are last versions."""
        return [*results[: self.count], *results[self.count + len(self.written) :]]

    def applied(self, low: Memory, results: Sequence[Operand]) -> list[Operand]:
        """The results of a derivative but for the last versions, which hold from now on."""
        for handle, last in zip(self.written, results[self.count :], strict=False):
            low.replace(handle, last)  # type: ignore[arg-type]
        for k, handle in self.shared:
            if may_be_memory(result := results[k]):
                low.relate(low.place(result).root, low.related(handle))  # type: ignore[arg-type]
        return self.without_lasts(results)


def effects_of(low: Memory, params: Sequence[Value], handles: Sequence[Operand], result: Tree) -> Effects:
    """The effects of a function that is lowered to its end, of which ``handles`` are the leaves of the result."""
    roots: dict[Root, int] = {}
    for k, param in enumerate(params):
        if may_be_memory(param):
            roots[low.place(param).root] = k
    kept = tuple(k for root, k in roots.items() if root in low.state.given_away)
    reshaped = tuple(k for root, k in roots.items() if root in low.reshaped)
    written, unreadable = [], []
    for root, k in roots.items():
        last = low.state.store.get(root)
        if isinstance(last, Poison):
            unreadable.append((k, last.message))
        elif last is not None:
            written.append(k)
    same, shared, together = [], [], []
    related = [low.related(handle) for handle in handles]
    for leaf, handle in enumerate(handles):
        if not related[leaf]:
            continue
        place = low.place(handle)  # type: ignore[arg-type]
        if place.root in roots and not place.steps:
            same.append((leaf, roots[place.root]))
        else:
            shared += [(leaf, roots[root]) for root in related[leaf] if root in roots]
        together += [(earlier, leaf) for earlier in range(leaf) if low.may_share(handles[earlier], handle)]
    cells = [c.cell for c in containers(result)]
    hands_on = len(set(cells)) < len(cells) or any(cell not in low.state.store for cell in cells)
    return Effects(tuple(written), tuple(same), tuple(sorted(shared)), tuple(together), tuple(unreadable), kept, reshaped, hands_on)

