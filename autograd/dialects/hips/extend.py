"""`autograd.extend`: what gives functions rules of their own."""

from . import core, tracer
from .absent import lookup as _lookup

_CORE = "VSpace def_linear defjvp defjvp_argnum defjvp_argnums defvjp defvjp_argnum defvjp_argnums vspace"
_TRACER = "Box notrace_primitive primitive register_notrace"
globals().update({name: getattr(core, name) for name in _CORE.split()})
globals().update({name: getattr(tracer, name) for name in _TRACER.split()})
__getattr__ = _lookup("autograd.extend", globals())
