"""`autograd.util`: small functions on tuples."""

from typing import Any

from .test_util import check_grads

func = lambda f: f


def subvals(x: Any, ivs: Any) -> tuple[Any, ...]:
    """A tuple with other values at some places."""
    return tuple({**dict(enumerate(x)), **dict(ivs)}.values())


subval = lambda x, i, v: subvals(x, [(i, v)])  # at one place


def quick_grad_check(fun: Any, arg0: Any, extra_args: Any = (), kwargs: Any = None, **_: Any) -> None:
    """check_grads of the gradient by the first argument."""
    check_grads(lambda x: fun(x, *extra_args, **(kwargs or {})), modes=["rev"], order=1)(arg0)
