"""srcad: automatic differentiation of Python functions by writing Python.

``srcad.differentiate`` lets a function carry its derivatives; ``grad``, ``jacobian``, ``hessian``, ``vmap`` and the others are
transforms of functions; ``srcad.functional`` has the interface of ``torch.autograd.functional``.
"""

from srcad import (
    functional,
    library,  # noqa: F401 (the rules register themselves)
)
from srcad.api import (
    differentiate,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    stop_gradient,
    value_and_grad,
    vjp,
    vmap,
)
from srcad.checking import check_grads
from srcad.declarations import bar, bilinear, d, define, elementwise, linear, nondiff, rule, zero
from srcad.errors import (
    BatchFallbackWarning,
    DetachedWarning,
    DifferentiationError,
)
from srcad.hints import checkpoint, custom_jvp, custom_vjp

__version__ = "0.1.0"

__all__ = [
    "BatchFallbackWarning", "DetachedWarning", "DifferentiationError", "bar", "bilinear", "check_grads", "checkpoint",
    "custom_jvp", "custom_vjp", "d", "define", "differentiate", "elementwise", "functional", "grad", "hessian", "hvp",
    "jacfwd", "jacobian", "jacrev", "jvp", "linear", "linearize", "nondiff", "rule", "stop_gradient", "value_and_grad",
    "vjp", "vmap", "zero",
]
