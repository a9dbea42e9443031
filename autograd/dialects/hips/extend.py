"""`autograd.extend`: what gives functions rules of their own."""

from .absent import lookup as _lookup
from .core import (
    VSpace as VSpace,
    def_linear as def_linear,
    defjvp as defjvp,
    defjvp_argnum as defjvp_argnum,
    defjvp_argnums as defjvp_argnums,
    defvjp as defvjp,
    defvjp_argnum as defvjp_argnum,
    defvjp_argnums as defvjp_argnums,
    vspace as vspace,
)
from .tracer import (
    Box as Box,
    notrace_primitive as notrace_primitive,
    primitive as primitive,
    register_notrace as register_notrace,
)

__getattr__ = _lookup("autograd.extend", globals())
