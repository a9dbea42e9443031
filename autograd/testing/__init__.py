"""Proof of gradients as a product: finite differences, property-based tests of an op, and mutants of its rules.

Needs hypothesis (the extra `testing`).
"""

try:
    import hypothesis as _hypothesis
except ImportError:
    raise ImportError("autograd.testing needs hypothesis; run: pip install hypothesis (the extra `testing`)") from None

from .check_op import check_case, check_op
from .gradcheck import GradientError, gradcheck
from .grade import Grade, Mistake, grade
from .mutation import mutation_score
from .strategies import Draw, arguments

__all__ = [
    "Draw", "Grade", "GradientError", "Mistake", "arguments", "check_case", "check_op", "gradcheck", "grade",
    "mutation_score",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
