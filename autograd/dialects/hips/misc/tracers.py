"""`autograd.misc.tracers`: a function that is traced once and then run as its list of operations."""

from functools import partial, wraps
from typing import Any

from autograd.program.forward import as_point
from autograd.program.program import Program
from autograd.program.trace import trace
from autograd.support.tree import flatten

from ..absent import lookup as _lookup
from ..tracer import Function


def const_graph(fun: Function, *args: Any, **kwargs: Any) -> Function:
    """fun(*args, *rest, **kwargs) as a function of the rest, which Python runs at the first call alone.

    Raises GuardError where a later call would take another branch. `autograd.compile` traces anew there, and is faster.
    """
    known: list[Program] = []

    @wraps(fun)
    def call(*rest: Any) -> Any:
        leaves, rebuild = flatten(list(rest))
        points = [as_point(x) for x in leaves]
        if not known:
            known.append(trace(partial(fun, *args, **kwargs), *rebuild(points)))
        return known[0].rebuild(known[0].run(*points))

    return call


__getattr__ = _lookup("autograd.misc.tracers", globals())
