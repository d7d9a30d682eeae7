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
from srcad.errors import (
    BatchFallbackWarning,
    DetachedWarning,
    DifferentiationError,
)

__version__ = "0.1.0"

__all__ = [
    "BatchFallbackWarning", "DetachedWarning", "DifferentiationError", "check_grads", "differentiate", "functional",
    "grad", "hessian", "hvp", "jacfwd", "jacobian", "jacrev", "jvp", "linearize", "stop_gradient", "value_and_grad",
    "vjp", "vmap",
]
