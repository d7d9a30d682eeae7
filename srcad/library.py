"""The rule library: importing this module registers every rule, and what lowering knows of builtins and derivatives."""

from srcad.frontend import builtins, functional, mapping
from srcad.rules import (
    casts,
    constructors,
    contraction,
    copies,
    core,
    einsum,
    elementwise,
    indexing,
    joining,
    layout,
    linalg,
    nondifferentiable,
    products,
    python,
    reductions,
    scans,
    splitting,
)

MODULES = (
    core, python, elementwise, nondifferentiable, casts, copies, constructors, reductions, scans, indexing, layout, joining,
    splitting, products, contraction, einsum, linalg, builtins, functional, mapping,
)
