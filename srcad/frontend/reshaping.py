"""``x.shape = sizes``: from now on all names of the array mean it in another shape; the memory stays the same.

    y = x * x                y = x * x
    y.shape = (2, 2)   ->    y1 = y.reshape((2, 2)), a view of y, which is what y means from here on
    y[0, 1] = 3.0            ...

Names are followed in the function itself.  Where others may hold the array (a function around, a loop that goes on with
what was before), it is refused.
"""

from __future__ import annotations

from typing import Any

from srcad import runtime
from srcad.frontend.memory import Place, Root, Step
from srcad.frontend.operators import Operators
from srcad.frontend.scope import Unsupported, callers
from srcad.frontend.trees import Cell, Poison, Token, Tree, leaves, rebuilt
from srcad.ir.facts import OBJECT
from srcad.ir.nodes import Operand, Value
from srcad.rules.layout import ndarray_reshape
from srcad.rules.registry import primitive_of
from srcad.rules.sharing import sharing


class Reshaping(Operators):
    """The part of lowering that assigns shapes."""

    def set_live(self, base: Tree, name: str, value: Tree, node: Any) -> None:
        if name == "shape" and isinstance(base, Value) and self.is_array(base) and base not in self.examples:
            self.set_shape(base, self.operand(value, node), node)
        else:
            super().set_live(base, name, value, node)

    def set_shape(self, array: Value, sizes: Operand, node: Any) -> None:
        """``array.shape = sizes``."""
        if not self.is_held_here(array):
            error = self.unsupported(node, "the shape of an array is assigned that other names may hold, which is not supported",
                                     "bind the new shape to a name: y = x.reshape(...)")
            assert isinstance(error, Unsupported)
            error.writes = True
            raise error
        place, now = self.place(array), self.current(array)
        reshape = primitive_of(ndarray_reshape)
        assert reshape is not None
        new = self.build.apply(reshape, now, sizes, spelling="method", name=array.name)[0]
        assert isinstance(new, Value)
        made = self.build.definitions[new]
        if sharing(made, 0, self.is_contiguous(array)).kind != "view":
            check = primitive_of(runtime.shape_assigned)
            assert check is not None
            body = self.build.block.body
            self.build.apply(check, now, sizes, facts=(OBJECT,))
            body[-2:] = [body[-1], body[-2]]  # before the array takes the shape
        if self.is_alone(array):
            self.places[new] = Place(Root(new))
            self.state.store[place.root] = Poison(str(self.unsupported(
                None, "an array is read whose shape has been assigned since it was looked up", "bind it to a name of its own",
            )))
        else:
            self.places[new] = Place(place.root, (*place.steps, Step(made, 0, now)), place.readonly)
        if array in self.params:
            self.reshaped.add(place.root)
        self.rename(array, new)

    def is_held_here(self, array: Value) -> bool:
        """Whether all that may hold an array is known: names of the function that runs, and containers."""
        made = self.build.definitions.get(array)
        block = self.build.block
        if any(self.place(array).root in self.reached(choice) for choice in self.alternatives):
            return False
        if not (block is self.outermost if array in self.params else any(made is known for known in block.body)):
            return False
        around = list(callers(self.frame))[1:]
        return not any(array is leaf for frame in around for tree in frame.vars.values() for leaf in leaves(tree))

    def is_alone(self, array: Value) -> bool:
        """Whether nothing else can see the memory of an array."""
        root = self.place(array).root
        return (
            root.handle is array and array not in self.params and root not in self.state.kin
            and root not in self.state.given_away and not self.is_lent(root)
            and not any(place.root is root for handle, place in self.places.items() if handle is not array)
        )

    def rename(self, old: Value, new: Value) -> None:
        """Let every name of one array mean another."""

        def renamed(leaf: Operand) -> Tree:
            return new if leaf is old else leaf

        for key, held in list(self.state.store.items()):
            if not isinstance(key, Root | Token) and any(leaf is old for leaf in leaves(held)):
                self.state.store[key] = rebuilt(held, renamed)
                self.state.changed |= isinstance(key, Cell)
