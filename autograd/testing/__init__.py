"""Proof of gradients as a product: finite differences, property-based tests of an op, and mutants of its rules.

Needs hypothesis (the extra `testing`).
"""

try:
    import hypothesis as _hypothesis
except ImportError:
    raise ImportError("autograd.testing needs hypothesis; run: pip install hypothesis (the extra `testing`)") from None

from .adapters import from_hips, from_jax, from_pair, from_torch, in_folder
from .check_op import check_case, check_op
from .gradcheck import GradientError, gradcheck
from .grade import Grade, Mistake, grade
from .mutation import mutation_score
from .strategies import Draw, arguments

__all__ = [
    "Draw", "Grade", "GradientError", "Mistake", "arguments", "check_case", "check_op", "from_hips", "from_jax",
    "from_pair", "from_torch", "gradcheck", "grade", "in_folder", "mutation_score",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
