"""`autograd.wrap_util`: from a transform of one argument to one that says which by `argnum`."""

from functools import wraps as wraps
from typing import Any

from .tracer import Function


def get_name(f: Any) -> str:
    """The name of a function."""
    return getattr(f, "__name__", "[unknown name]")


def unary_to_nary(transform: Function) -> Function:
    """From transform(fun, x) to transform(fun, argnum)(*args, **kwargs)."""

    @wraps(transform)
    def chosen(fun: Function, argnum: Any = 0, *rest: Any, **named: Any) -> Function:
        one = isinstance(argnum, int)

        def call(*args: Any, **options: Any) -> Any:
            def unary(x: Any) -> Any:
                filled = list(args)
                for i, value in zip([argnum] if one else argnum, [x] if one else x):
                    filled[i] = value
                return fun(*filled, **options)

            unary.__name__ = get_name(fun)
            return transform(unary, args[argnum] if one else tuple(args[i] for i in argnum), *rest, **named)

        call.__name__ = f"{get_name(transform)}_of_{get_name(fun)}_wrt_argnum_{argnum}"
        return call

    return chosen
