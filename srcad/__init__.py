"""srcad: automatic differentiation of Python functions by writing Python."""
