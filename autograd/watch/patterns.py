"""Patterns: what makes nan and infinity, one row each: where it happens, how it is known, how it is mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np


@dataclass
class Case:
    """An operation that made something that is no number: `values` it was given there, `made` by which operations.

    Backward `g` is the cotangent, and `values` are what the rule asked for. `code` is the line of the program, `leaves`
    says which operands are parameters, `growth` how many times larger these are than at the first sweep.
    """

    op: str
    backward: bool
    bad: Any
    values: dict[str, Any]
    g: Any = None
    made: dict[str, str] = field(default_factory=dict)
    leaves: set[str] = field(default_factory=set)
    code: str = ""
    growth: float = 1.0
    empty: bool = False  # whether an operand has no elements

    def __getitem__(self, name: str) -> Any:
        """An operand, by its name; nan where the rule did not ask for it."""
        return np.asarray(self.values.get(name, np.nan))

    def first(self) -> Any:
        """The first operand."""
        return self[next(iter(self.values), "")]

    def has(self, test: Callable[[Any], Any]) -> bool:
        """Whether an element of an operand passes a test."""
        return any(bool(np.any(test(np.asarray(v)))) for v in self.values.values())


class Pattern(NamedTuple):
    """One row: the operations ("" for all), a test of the case, its name, what happens and the mend."""

    name: str
    ops: str
    test: Callable[[Case], Any]
    what: str
    mend: str


RATE = 100.0  # times that parameters have grown: no training that goes well does that
VARIANCE = ("std", "var", "nanstd", "nanvar")
LENGTH = ("vector_norm", "norm", "sqrt", "hypot")


def _overflows(c: Case) -> bool:
    return bool(np.isinf(c.bad)) and not c.has(np.isinf) and not c.has(np.isnan)


def _whole(v: Any) -> Any:
    return (v <= 0) & (v == np.rint(v))


# the first row that fits is told; forward
FORWARD = (
    Pattern(
        "a rate that explodes",
        "",
        lambda c: not c.growth < RATE,
        "The parameters are {growth:.3g} times as large as at the first sweep: each update overshoots, and the next "
        "one overshoots that.",
        "Divide the learning rate by 10 until the loss falls, or clip the gradients (nn.utils.clip_grad_norm_).",
    ),
    Pattern(
        "nan from outside",
        "",
        lambda c: any(not np.isfinite(c[name]).all() for name in c.leaves & c.values.keys()),
        "A parameter, or another leaf, holds numbers that are not finite, and no operation here made them.",
        "Load the last good weights; an update with a gradient of nan wrote it, or it was never set.",
    ),
    Pattern(
        "nan from outside",
        "",
        lambda c: c.has(np.isnan),
        "It was given nan that no operation here made: it stands in the data.",
        "Mend the data, or leave these rows out: np.isfinite(data).all() once before training.",
    ),
    Pattern(
        "mean of nothing",
        "",
        lambda c: c.empty,
        "It was given an array without elements.",
        "Leave out what is empty: a batch of no rows, a class without examples, a mask that picks nothing.",
    ),
    Pattern(
        "where with a bad branch",
        "",
        lambda c: "where(" in c.code and c.op != "where" and not c.has(np.isinf),
        "where() computes both branches, and this is the one it may throw away; backward goes through it, too, and 0 "
        "times infinity is nan.",
        "Keep the input of that branch harmless with a where inside: f(where(good, x, 1.0)).",
    ),
    Pattern(
        "log of 0",
        "log log2 log10",
        lambda c: (c["x"] == 0).any(),
        "The logarithm of 0 is -inf.",
        "Take a loss from logits (cross_entropy, binary_cross_entropy_with_logits, log_softmax), or log(x + 1e-8).",
    ),
    Pattern(
        "log of a negative number",
        "log log2 log10 log1p",
        lambda c: (c["x"] < -(c.op == "log1p")).any(),
        "It has no logarithm among the real numbers.",
        "Take the logarithm of what is positive by construction, such as softplus(x) or exp(x), or clip x before.",
    ),
    Pattern(
        "log of 0",
        "log1p",
        lambda c: (c["x"] == -1).any(),
        "log1p(-1) is the logarithm of 0, -inf.",
        "Keep x above -1, as in log1p(-p * (1 - 1e-7)), or take a loss from logits.",
    ),
    Pattern(
        "root of a negative number",
        "sqrt rsqrt",
        lambda c: (c["x"] < 0).any(),
        "It has no root among the real numbers; rounding makes such numbers of what is 0 in truth, as mean(x**2) - "
        "mean(x)**2 is.",
        "Take autograd.std or autograd.var, or clip before: sqrt(maximum(x, 0)).",
    ),
    Pattern(
        "power of a negative number",
        "power float_power",
        lambda c: np.any((c["a"] < 0) & (c["b"] != np.rint(c["b"]))),
        "A negative number has no real power unless the exponent is a whole number.",
        "Take the power of abs(x) or of maximum(x, 0).",
    ),
    Pattern(
        "division by 0",
        "power float_power",
        lambda c: np.any((c["a"] == 0) & (c["b"] < 0)),
        "0 to a negative power is 1 / 0.",
        "Add a little before: (x + 1e-8) ** p.",
    ),
    Pattern(
        "division by a variance of 0",
        "divide",
        lambda c: (c["b"] == 0).any() and c.made.get("b") in VARIANCE,
        "All numbers that the deviation is taken of are equal.",
        "Divide by sqrt(var(x) + 1e-5), as layer_norm and batch_norm do, or leave constant columns out.",
    ),
    Pattern(
        "division by a norm of 0",
        "divide",
        lambda c: (c["b"] == 0).any() and c.made.get("b") in LENGTH,
        "A vector of zeros has no direction.",
        "Divide by maximum(norm(x), 1e-8), as nn.functional.normalize and cosine_similarity do.",
    ),
    Pattern(
        "division by 0",
        "divide remainder floor_divide",
        lambda c: (c["b"] == 0).any(),
        "The divisor is 0: an empty sum, a count of nothing, a maximum of zeros, a probability of 1 in p / (1 - p).",
        "Divide by maximum(y, 1e-8), or leave the empty group out.",
    ),
    Pattern(
        "division by 0",
        "reciprocal rsqrt",
        lambda c: (c["x"] == 0).any(),
        "1 / 0 is infinite.",
        "Add a little before: x + 1e-8.",
    ),
    Pattern(
        "outside of the domain",
        "arccos arcsin",
        lambda c: (np.abs(c["x"]) > 1).any(),
        "It is defined from -1 to 1; a cosine that was computed may be a rounding error beyond.",
        "Clip before: arccos(clip(x, -1 + 1e-7, 1 - 1e-7)), or use arctan2.",
    ),
    Pattern(
        "outside of the domain",
        "arctanh arccosh erfinv ndtri logit",
        lambda c: True,
        "It is infinite at the end of where it is defined, and nan beyond.",
        "Clip before, to a little less: clip(x, -1 + 1e-6, 1 - 1e-6), or keep what x was made of.",
    ),
    Pattern(
        "outside of the domain",
        "gammaln gamma digamma polygamma beta betaln",
        lambda c: c.has(_whole),
        "It is infinite at 0, -1, -2 and so on.",
        "Keep the argument positive, as softplus(x) + 1e-6 is.",
    ),
    Pattern(
        "singular matrix",
        "inv det slogdet solve cholesky lstsq pinv",
        lambda c: not c.has(np.isinf),
        "The matrix is singular: it has no inverse, and the logarithm of its determinant is -inf.",
        "Add a small multiple of the unit matrix before.",
    ),
    Pattern(
        "overflow of exp",
        "exp exp2 expm1 sinh cosh exp10",
        _overflows,
        "exp(x) is more than its dtype holds: from 88.8 on in float32, from 11.1 in float16, from 709.8 in float64.",
        "Use logsumexp, softmax, log_softmax, sigmoid, softplus or logaddexp, which do not overflow; clip a log "
        "variance.",
    ),
    Pattern(
        "0 times inf",
        "multiply linear matmul einsum outer dot inner tensordot",
        lambda c: np.isnan(c.bad) and c.has(np.isinf),
        "0 times infinity is nan: a mask of 0 does not remove what is infinite.",
        "Choose instead of multiplying: where(mask, x, 0.0), and keep x finite.",
    ),
    Pattern(
        "inf - inf",
        "",
        lambda c: np.isnan(c.bad) and c.has(np.isinf),
        "Infinity minus infinity is nan: a row that is all masked with -inf has no largest element to subtract.",
        "Mask with a large finite number (-1e9), or use softmax and logsumexp, which take rows of -inf.",
    ),
    Pattern(
        "overflow",
        "",
        _overflows,
        "The result is larger than its dtype holds: 3.4e38 in float32, 65504 in float16.",
        "Scale the numbers down, add logarithms instead of multiplying, or compute in a wider dtype.",
    ),
    Pattern(
        "overflow",
        "",
        lambda c: c.has(lambda v: np.abs(v) > 1e15),
        "What it was given is so large that it overflows on the way, as a square or a sum.",
        "Scale the numbers down, or compute in a wider dtype.",
    ),
    Pattern("no number", "", lambda c: True, "What it was given has no result.", "Look at the operands above."),
)

BACKWARD = (
    Pattern(
        "inside of a checkpoint",
        "checkpoint",
        lambda c: True,
        "It was made inside of the function, which runs once more here, unseen.",
        "Run this step without checkpoint: then the operation is named.",
    ),
    Pattern(
        "a rate that explodes",
        "",
        lambda c: not c.growth < RATE,
        *FORWARD[0][3:],
    ),
    Pattern(
        "where with a bad branch",
        "",
        lambda c: c.g is not None and np.any(np.asarray(c.g) == 0) and (c.has(np.isinf) or c.has(np.isnan)),
        "The gradient here is 0, as that of a branch which where() or a mask threw away, and the slope infinite: 0 "
        "times infinity is nan.",
        "Keep the input of that branch harmless with a where inside: f(where(good, x, 1.0)).",
    ),
    Pattern(
        "root of 0",
        "sqrt",
        lambda c: (c["y"] == 0).any(),
        "The root of 0 is 0, and its slope infinite: the distance of a point from itself, a length of 0.",
        "Take autograd.norm for lengths, whose slope at 0 is 0, or sqrt(x + 1e-12).",
    ),
    Pattern(
        "root of 0",
        "power float_power",
        lambda c: np.any((c["a"] == 0) & (c["b"] < 1)),
        "0 to a power below 1 has an infinite slope.",
        "Add a little before, (x + 1e-12) ** p; for lengths take autograd.norm.",
    ),
    Pattern(
        "root of 0",
        "cbrt",
        lambda c: True,
        "The cube root of 0 has an infinite slope.",
        "Add a little before: cbrt(x + 1e-12).",
    ),
    Pattern(
        "log of a negative number",
        "power float_power",
        lambda c: np.any(c["a"] < 0),
        "The slope of a**b by b is a**b log(a), and a negative number has no logarithm.",
        "Make the exponent a constant, or take the power of abs(a).",
    ),
    Pattern(
        "log of 0",
        "log log2 log10 log1p",
        lambda c: True,
        "The slope of the logarithm, 1 / x, is more than its dtype holds.",
        "Take a loss from logits (log_softmax, cross_entropy), or log(x + 1e-8).",
    ),
    Pattern(
        "division by almost 0",
        "divide reciprocal rsqrt",
        lambda c: True,
        "The slope of a quotient, -a / b**2, is more than its dtype holds where b is so small.",
        "Divide by maximum(b, 1e-8), or compute the difference of logarithms.",
    ),
    Pattern(
        "outside of the domain",
        "arccos arcsin arctanh arccosh erfinv ndtri logit",
        lambda c: True,
        "At the end of where it is defined its slope is infinite.",
        "Clip before, to a little less: clip(x, -1 + 1e-6, 1 - 1e-6); of an angle use arctan2.",
    ),
    Pattern(
        "equal eigenvalues",
        "eig eigh eigvals eigvalsh svd svdvals",
        lambda c: True,
        "Its vectors have no derivative where two eigenvalues, or singular values, are equal.",
        "Use the values alone, or add a small diagonal of different numbers before.",
    ),
    Pattern(
        "singular matrix",
        "inv det slogdet solve cholesky lstsq pinv",
        lambda c: True,
        "The matrix is singular, or nearly: its inverse is more than its dtype holds.",
        "Add a small multiple of the unit matrix before.",
    ),
    Pattern(
        "overflow",
        "",
        lambda c: np.isinf(c.bad) and not c.has(np.isinf),
        "The gradient is larger than its dtype holds: 3.4e38 in float32, 65504 in float16.",
        "Scale the loss down, clip what the slope grows with, or compute in a wider dtype.",
    ),
    Pattern(
        "0 times inf",
        "",
        lambda c: c.has(np.isinf),
        "The slope is infinite, since something overflowed in the forward pass.",
        "Run the forward pass inside of detect_anomaly, too: it stops where that happened.",
    ),
    Pattern("no number", "", lambda c: True, "The rule has no result there.", "Look at the numbers above."),
)


def recognise(case: Case) -> Pattern:
    """The first pattern that fits; the last one fits all."""
    with np.errstate(all="ignore"):
        return next(p for p in (FORWARD, BACKWARD)[case.backward] if _fits(p, case))


def _fits(pattern: Pattern, case: Case) -> bool:
    if pattern.ops and case.op not in pattern.ops.split():
        return False
    try:
        return bool(pattern.test(case))
    except (TypeError, ValueError):  # operands that are no numbers, or rows that do not go together
        return False
