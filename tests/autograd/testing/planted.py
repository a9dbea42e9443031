"""A hundred wrong derivatives, planted by hand as people get them wrong: the op, the rule, and words that name it.

Written down from the calculus of each op, not from the rules or from what the grader compares with.
"""

import numpy as np
import scipy.special as sp

import autograd as ag
from autograd.ops.cases import reals

SIGN = "sign|minus"
TWICE, HALF = "factor 2 too many", "factor 2 is missing"
LOCAL, CHAIN = "local derivative is missing", "g, the gradient of the output, is missing"
SUMMED = "sum over the broadcast axes was forgotten"
ACCUMULATE = r"`\+=` was forgotten"
SWAPPED = "swapped"
TRANSPOSE = "transpose"
MEAN = "factor 1/n of a mean is missing"


def used(wrong, right):
    return f"`{wrong}` was used where `{right}` belongs"


def missing(factor):
    return f"factor `{factor}` is missing"


def column(d):  # images in columns, as a textbook writes a layer
    n, k, m = (d.integer(1, 3) for _ in range(3))
    return d.array((n, k)), d.array((k, m))


def rows(d):
    n, k, m = (d.integer(1, 3) for _ in range(3))
    return d.array((n, k)), d.array((m, k)), d.array((m,))


def matrix(d):
    return d.array((d.integer(1, 3), d.integer(1, 3))), -1


def whole(d):
    return (d.array(min_side=1, min_dims=1),)


def along_last(d):
    return d.array(min_side=1, min_dims=1), -1, True


def wide(g, x):
    return np.broadcast_to(g, x.shape)


def softmax(x):
    return sp.softmax(x, axis=-1)


def both(d):
    x = d.array(min_side=1, min_dims=1, away=(0.0,))
    return x, d.array(x.shape, away=(0.0,))


def pairs(d):  # as they come in a loss: predictions and targets of one shape
    return both(d)


def layer(x, w, b):
    return ag.tanh(x @ w + b)


def layers(d):
    n, k, m = (d.integer(1, 3) for _ in range(3))
    return d.array((n, k), -1, 1), d.array((k, m), -1, 1), d.array((m,), -1, 1)


def into_layer(g, x, w, b, sign=1.0, slope=lambda y: 1 - y * y):
    y = np.tanh(x @ w + b)
    d = sign * g * slope(y)
    return d @ w.T, x.T @ d, d.sum(0)


# op, cases (None: its own), the wrong rule, words that name the mistake
PLANTED = [
    # one input, element by element
    (ag.sin, None, lambda g, x: -g * np.cos(x), SIGN),
    (ag.sin, None, lambda g, x: g * np.sin(x), used("sin", "cos")),
    (ag.sin, None, lambda g, x: np.cos(x), CHAIN),
    (ag.cos, None, lambda g, x: g * np.sin(x), SIGN),
    (ag.cos, None, lambda g, x: -g * np.cos(x), used("cos", "sin")),
    (ag.tan, None, lambda g, y: g * (1 - y * y), SIGN),
    (ag.tan, None, lambda g, x: g * (1 + x * x), used("x", "y")),
    (ag.exp, None, lambda g, x: g * x, used("x", "y")),
    (ag.exp, None, lambda g: g, LOCAL),
    (ag.exp, None, lambda g, y: y, CHAIN),
    (ag.exp2, None, lambda g, y: g * y, r"factor `(LN2|log\(2\))` is missing"),
    (ag.expm1, None, lambda g, y: g * y, "a term is missing"),
    (ag.log, None, lambda g, x: g * x, "multiplied where it should be divided"),
    (ag.log, None, lambda g, y: g / y, used("y", "x")),
    (ag.log, None, lambda g, x: -g / x, SIGN),
    (ag.log2, None, lambda g, x: g / x, r"(factor|division by) `(LN2|log\(2\))` is missing"),
    (ag.log1p, None, lambda g, x: g / x, "a term is missing"),
    (ag.sqrt, None, lambda g, x: g / np.sqrt(x), TWICE),
    (ag.sqrt, None, lambda g, x: g / (2 * x), used("x", "y")),
    (ag.sqrt, None, lambda g, y: g / 2 * y, "multiplied where it should be divided"),
    (ag.square, None, lambda g, x: g * x, HALF),
    (ag.square, None, lambda g: 2 * g, missing("x")),
    (ag.square, None, lambda g, y: 2 * g * y, used("y", "x")),
    (ag.reciprocal, None, lambda g, x: g / x**2, SIGN),
    (ag.reciprocal, None, lambda g, x: -g / x, r"division by `x`|power|factor `y` is missing"),
    (ag.tanh, None, lambda g, x: g * (1 - x * x), used("x", "y")),
    (ag.tanh, None, lambda g, y: g * (1 + y * y), SIGN),
    (ag.tanh, None, lambda g, y: g * (1 - y), missing("y") + "|power"),
    (ag.tanh, None, lambda g, y: g * -y * y, "a term is missing"),
    (ag.cosh, None, lambda g, x: -g * np.sinh(x), SIGN),
    (ag.arctan, None, lambda g, x: g / (1 - x * x), SIGN),
    (ag.arctan, None, lambda g, x: g * (1 + x * x), "multiplied where it should be divided"),
    (ag.sigmoid, None, lambda g, y: g * y, r"factor `.*1.*- y.*` is missing"),
    (ag.sigmoid, None, lambda g, y: g * y * (1 + y), SIGN),
    (ag.sigmoid, None, lambda g, x: g * x * (1 - x), used("x", "y")),
    (ag.sigmoid, None, lambda g, y: g * (1 - y), missing("y")),
    (ag.relu, None, lambda g, x: g * (x < 0), "wrong way round|what should pass is stopped"),
    (ag.relu, None, lambda g: g, LOCAL + "|mask is missing"),
    (ag.relu, None, lambda g, x: (x > 0) * 1.0, CHAIN),
    (ag.absolute, None, lambda g, x: g * x, "`sign` is missing"),
    (ag.absolute, None, lambda g: g, LOCAL),
    (ag.silu, None, lambda g, x: g * sp.expit(x), ACCUMULATE + "|term is missing"),
    (ag.silu, None, lambda g, x: g * x * sp.expit(x) * (1 - sp.expit(x)), ACCUMULATE + "|term is missing"),
    # two inputs, element by element
    (ag.add, None, lambda g, a, b: (g, g), SUMMED),
    (ag.add, both, lambda g, a, b: (g, -g), SIGN),
    (ag.subtract, both, lambda g, a, b: (g, g), SIGN),
    (ag.subtract, both, lambda g, a, b: (-g, g), SIGN + "|" + SWAPPED),
    (ag.multiply, None, lambda g, a, b: (g * b, g * a), SUMMED),
    (ag.multiply, both, lambda g, a, b: (g * a, g * b), SWAPPED),
    (ag.multiply, both, lambda g, a, b: (g * b, g), LOCAL + "|" + missing("a")),
    (ag.multiply, None, {"a": lambda g, a: g * a}, used("a", "b")),
    (ag.multiply, None, {"b": lambda g, y: g * y}, used("y", "a")),
    (ag.multiply, both, lambda g, a, b: (b, a), CHAIN),
    (ag.divide, None, {"a": lambda g, b: g * b}, "multiplied where it should be divided"),
    (ag.divide, None, {"b": lambda g, a, b: g * a / b**2}, SIGN),
    (ag.divide, None, {"b": lambda g, a, b: -g * a / b}, "division by `b`|power"),
    (ag.divide, None, {"b": lambda g, b: -g / b**2}, missing("a")),
    (ag.power, None, {"a": lambda g, a, b: g * a ** (b - 1)}, missing("b")),
    (ag.power, None, {"a": lambda g, a, b: g * b * a**b}, "term is missing|power|factor `a`"),
    (ag.power, None, {"b": lambda g, y: g * y}, r"factor `.*log.*` is missing"),
    (ag.power, None, {"b": lambda g, y, b: g * y * np.log(b)}, used("b", "a")),
    (ag.maximum, None, {"a": lambda g, a, b: g * (a < b)}, "wrong way round|what should pass is stopped|" + SWAPPED),
    (ag.maximum, both, lambda g, a, b: (g, g), LOCAL),
    (ag.hypot, None, {"a": lambda g, b, y: g * b / y}, used("b", "a")),
    (ag.hypot, None, {"a": lambda g, a, y: g * a * y}, "multiplied where it should be divided"),
    (ag.arctan2, both, lambda g, a, b: (g * a / (a * a + b * b), -g * a / (a * a + b * b)), used("a", "b")),
    (ag.arctan2, both, lambda g, a, b: (g * b / (a * a + b * b), g * a / (a * a + b * b)), SIGN),
    # reductions
    (ag.sum, whole, lambda g, x: g, "shape"),
    (ag.sum, whole, lambda g, x: wide(g, x) / x.size, "1/n too many"),
    (ag.mean, whole, lambda g, x: wide(g, x), MEAN),
    (ag.mean, along_last, lambda g, x: wide(g, x), MEAN),
    (ag.mean, along_last, lambda g, x: wide(g, x) / x.size, "1/n"),
    (ag.mean, along_last, lambda g, x: wide(g, x) / len(x), "1/n"),
    (ag.prod, whole, lambda g, x, y: wide(g * y, x), "division by `x`|factor"),
    (ag.prod, whole, lambda g, x, y: g * y * x, "multiplied where it should be divided"),
    (ag.logsumexp, whole, lambda g, x, y: g * np.exp(x), r"term is missing|division"),
    (ag.logsumexp, whole, lambda g, x, y: g * np.exp(y - x), SIGN + "|divided where it should be multiplied"),
    (ag.var, whole, lambda g, x: g * 2 * (x - x.mean()), MEAN),
    (ag.var, whole, lambda g, x: g * 2 * x / x.size, "term is missing|mean"),
    (ag.var, whole, lambda g, x: g * (x - x.mean()) / x.size, HALF),
    (ag.softmax, matrix, lambda g, y: y * g, "term is missing"),
    (ag.softmax, matrix, lambda g, y: y * (g - (g * y).sum()), "axis|sum"),
    (ag.softmax, matrix, lambda g, y: g - (g * y).sum(-1, keepdims=True), missing("y")),
    (ag.softmax, matrix, lambda g, y: y * (g + (g * y).sum(-1, keepdims=True)), SIGN),
    # matrices
    (ag.matmul, column, lambda g, a, b: (g @ b, a.T @ g), TRANSPOSE),
    (ag.matmul, column, lambda g, a, b: (g @ b.T, a @ g), TRANSPOSE),
    (ag.matmul, column, lambda g, a, b: (g * b.T, a.T @ g), "elementwise product"),
    (ag.matmul, column, lambda g, a, b: (b.T @ g, a.T @ g), SWAPPED + r"|matrix product b.T @ g"),
    (ag.matmul, column, lambda g, a, b: (g @ b.T, g @ a.T), SWAPPED + r"|matrix product g @ a.T"),
    (ag.linear, rows, lambda g, x, weight, bias: (g @ weight.T, g.T @ x, g.sum(0)), TRANSPOSE),
    (ag.linear, rows, lambda g, x, weight, bias: (g @ weight, x.T @ g, g.sum(0)), TRANSPOSE + "|x.T @ g"),
    (ag.linear, rows, lambda g, x, weight, bias: (g @ weight, g.T @ x, g), SUMMED),
    (ag.linear, rows, lambda g, x, weight, bias: (g @ weight, g.T @ x, g.mean(0)), "1/n too many"),
    (ag.linear, rows, lambda g, x, weight, bias: (g @ weight, g.T @ x / len(x), g.sum(0)), "1/n too many"),
    # functions of several steps
    (lambda x: x * np.sin(x), reals(-2, 2), lambda g, x: g * np.sin(x), ACCUMULATE),
    (lambda x: np.exp(x) + x * x, reals(-2, 2), lambda g, x: g * np.exp(x), ACCUMULATE + "|contribution is missing"),
    (layer, layers, lambda g, x, w, b: into_layer(g, x, w, b, slope=lambda y: 1), "tanh.*local derivative is missing"),
    (layer, layers, lambda g, x, w, b: into_layer(g, x, w, b, slope=lambda y: 1 + y * y), "tanh.*" + SIGN),
    (
        lambda p, t: ((p - t) ** 2).mean(),
        pairs,
        lambda g, p, t: (g * 2 * (p - t), -g * 2 * (p - t)),
        MEAN,
    ),
    (
        lambda p, t: ((p - t) ** 2).mean(),
        pairs,
        lambda g, p, t: (g * 2 * (p - t) / p.size, g * 2 * (p - t) / p.size),
        SIGN,
    ),
]
