"""The rule library: importing this module registers every rule, and what lowering knows of builtins and derivatives."""

import math

import numpy as np

from srcad.frontend import (
    builtins,
    callables,
    checkpoints,
    construction,
    custom,
    deques,
    dicts,
    functional,
    heaps,
    iterating,
    mapping,
)
from srcad.rules import (
    arrays,
    casts,
    constructors,
    contraction,
    convolutions,
    copies,
    core,
    counting,
    draws,
    editing,
    einsum,
    elementwise,
    factorisations,
    flat,
    gradients,
    indexing,
    joining,
    keyed,
    layout,
    linalg,
    lists,
    memory,
    nondifferentiable,
    products,
    python,
    reductions,
    reversing,
    scans,
    splitting,
    ufuncs,
    views,
    writers,
)
from srcad.rules.registry import PRIMITIVES

MODULES = (
    core, memory, python, elementwise, nondifferentiable, casts, copies, constructors, reductions, scans, indexing, layout, arrays,
    joining, editing, reversing, splitting, products, contraction, einsum, linalg, factorisations, counting,
    convolutions, lists, keyed, views, ufuncs, writers, flat, gradients, draws,
    builtins, callables, construction, iterating, dicts, heaps, deques, functional, mapping, checkpoints, custom,
)

for _function in (
    np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack, np.block, np.array, np.asarray,
    np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.choose, np.select, np.linalg.multi_dot, np.einsum,
    math.fsum, math.prod, math.dist, sum, max, min,
):
    PRIMITIVES[_function].lists = True
PRIMITIVES[np.where].selects = True
