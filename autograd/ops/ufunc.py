"""An op that is a NumPy or SciPy ufunc, declared as the others are: by a decorated signature with a docstring."""

from typing import Any

from ..engine.op import elementwise
from ..engine.types import Function, Rule

__all__: list[str] = []


def ufunc(forward: Any, *rules: Rule, **options: Any) -> Function:
    """Declare an op that `forward` computes: the function below lends its name and documentation, and never runs.

    `options` are those of `autograd.engine.op.elementwise`.
    """
    return lambda function: elementwise(forward, function.__doc__, *rules, name=function.__name__, **options)
