"""What every elementwise operation is held to: the same function of mpmath's numbers, and where to look.

An operation that is not here stands in `EXCEPTIONS`, with the reason.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import mpmath as mp
import numpy as np

import autograd
from autograd.engine.types import Array
from autograd.testing.accuracy import nasty_points

INF = float("inf")


class Row(NamedTuple):
    """One operation: its reference, the domain of each input, what is special there, and its name in PyTorch."""

    reference: Callable[..., Any]
    domains: tuple[tuple[float, float], ...] = ((-INF, INF),)
    near: Sequence[float] = ()  # where a derivative vanishes, or the function changes its nature
    kinks: Sequence[float] = ()  # left out, of two inputs by their difference: there a convention holds (docs/kinks.md)
    torch: str = ""
    floor: Callable[[Array], Array] | None = None  # of a derivative that crosses 0, see `accuracy`
    function: Callable[..., Any] | None = None  # where it is not the operation by that name with its defaults

    def points(self, dtype: Any) -> tuple[Array, ...]:
        """Where it is measured: one array for each input."""
        if len(self.domains) > 1:
            a, b = pairs(*self.domains, dtype)
            apart = ~np.isin(a - b, self.kinks)
            return a[apart], b[apart]
        points = nasty_points(*self.domains[0], near=[*self.near, *self.kinks], dtype=dtype)
        return (points[~np.isin(points, np.array(self.kinks, dtype))],)


def pairs(first: tuple[float, float], second: tuple[float, float], dtype: Any) -> tuple[Array, Array]:
    """All pairs of some numbers of all sizes in two domains, and pairs of nearly equal ones."""
    kind = np.finfo(dtype)
    sizes = [*np.geomspace(float(kind.smallest_normal), float(kind.max) * 0.4, 10), 1 - float(kind.epsneg)]
    sizes += [0.09, 0.3, 0.5, 1.0, 1 + float(kind.eps), 1.1, 2.0, 3.3, 10.7, 85.3, 700.1]
    every = np.concatenate([[0.0], sizes, np.negative(sizes)])
    a, b = (v.ravel() for v in np.meshgrid(every, every))
    close = np.multiply.outer([-50.3, 1.0, 7e-3, 300.7], 1.0 + np.outer([1, -1], 2.0 ** -np.arange(2, kind.nmant, 5)))
    start = np.broadcast_to(close[:, :1, :1], close.shape)
    a, b = (np.concatenate([v, w.ravel()]).astype(dtype) for v, w in ((a, start), (b, close)))
    inside = (a >= first[0]) & (a <= first[1]) & (b >= second[0]) & (b <= second[1])
    return a[inside], b[inside]


def crossing(*zeros: float) -> Callable[[Array], Array]:
    """A floor of a quarter, as large as the terms that cancel, within a half of these zeros of derivatives."""
    return lambda x: np.where(np.min([np.abs(x - zero) for zero in zeros], axis=0) < 0.5, 0.25, 0.0)


def ripples(x: Array) -> Array:
    """A floor as high as the waves of the first derivative."""
    return np.where(np.abs(x) > 0.5, 1.0 / np.maximum(np.abs(x), 1.0), 0.0)


def bessel_waves(x: Array) -> Array:
    """A floor of 1: SciPy's Bessel functions are exact to a unit there, not to one of their waves."""
    return np.where(np.abs(x) > 0.5, 1.0, 0.0)


def capped(x: Any) -> Any:
    """x, or where its exponential and all that comes of it under- and overflows, a number that lets mpmath be fast."""
    return max(-9000, min(x, 9000))


def sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-capped(x)))


def softplus(x: Any) -> Any:
    return mp.log1p(mp.exp(capped(x))) if x < 0 else x + mp.log1p(mp.exp(-capped(x)))


def below(x: Any, low: Any, high: Any) -> Any:
    """`high` where x is positive, else `low`, each a function of x."""
    return high(x) if x > 0 else low(x)


def itself(x: Any) -> Any:
    return x


def clipped(x: Any) -> Any:
    return min(max(x / 6 + mp.mpf(1) / 2, 0), 1)


def tanh_gelu(x: Any) -> Any:
    return x * sigmoid(2 * mp.sqrt(2 / mp.pi) * (x + mp.mpf(0.044715) * x**3))


SELU_SCALE, SELU_ALPHA = mp.mpf(1.0507009873554805), mp.mpf(1.6732632423543772)
POSITIVE, UNIT, EVERY = (0.0, INF), (-1.0, 1.0), (-INF, INF)
TWO = (EVERY, EVERY)
RIGHT = tuple(np.pi * np.array([0.5, 1.0, 1.5, 2.0, 11.0, 11.5, 355.0]))  # angles where sine or cosine vanishes

ROWS = {
    # arithmetic
    "negative": Row(lambda x: -x, torch="neg"),
    "positive": Row(lambda x: x, torch="positive"),
    "absolute": Row(abs, kinks=[0], torch="abs"),
    "sign": Row(mp.sign, kinks=[0], torch="sign"),
    "square": Row(lambda x: x * x, torch="square"),
    "sqrt": Row(mp.sqrt, (POSITIVE,), torch="sqrt"),
    "cbrt": Row(lambda x: mp.sign(x) * mp.cbrt(abs(x)), kinks=[0]),
    "rsqrt": Row(lambda x: 1 / mp.sqrt(x), (POSITIVE,), torch="rsqrt"),
    "reciprocal": Row(lambda x: 1 / x, torch="reciprocal"),
    "add": Row(lambda a, b: a + b, TWO, torch="add"),
    "subtract": Row(lambda a, b: a - b, TWO, torch="sub"),
    "multiply": Row(lambda a, b: a * b, TWO, torch="mul"),
    "divide": Row(lambda a, b: a / b, TWO, torch="div"),
    "power": Row(lambda a, b: a**b, (POSITIVE, (-1e4, 1e4)), torch="pow"),
    "maximum": Row(max, TWO, kinks=[0], torch="maximum"),
    "minimum": Row(min, TWO, kinks=[0], torch="minimum"),
    "fmax": Row(max, TWO, kinks=[0], torch="fmax"),
    "fmin": Row(min, TWO, kinks=[0], torch="fmin"),
    "fabs": Row(abs, kinks=[0]),
    # exponentials and logarithms
    "exp": Row(mp.exp, torch="exp"),
    "exp2": Row(lambda x: mp.mpf(2) ** x, torch="exp2"),
    "expm1": Row(mp.expm1, torch="expm1"),
    "log": Row(mp.log, (POSITIVE,), torch="log"),
    "log2": Row(lambda x: mp.log(x, 2), (POSITIVE,), torch="log2"),
    "log10": Row(lambda x: mp.log(x, 10), (POSITIVE,), torch="log10"),
    "log1p": Row(mp.log1p, ((-1.0, INF),), torch="log1p"),
    "logaddexp": Row(lambda a, b: max(a, b) + mp.log1p(mp.exp(-capped(abs(a - b)))), TWO, torch="logaddexp"),
    "logaddexp2": Row(
        lambda a, b: max(a, b) + mp.log1p(mp.mpf(2) ** -capped(abs(a - b))) / mp.log(2), TWO, torch="logaddexp2"
    ),
    # trigonometric and hyperbolic
    "sin": Row(mp.sin, near=RIGHT, torch="sin"),
    "cos": Row(mp.cos, near=RIGHT, torch="cos"),
    "tan": Row(mp.tan, near=RIGHT, torch="tan"),
    "arcsin": Row(mp.asin, (UNIT,), torch="arcsin"),
    "arccos": Row(mp.acos, (UNIT,), torch="arccos"),
    "arctan": Row(mp.atan, torch="arctan"),
    "arctan2": Row(mp.atan2, TWO, torch="arctan2"),
    "sinh": Row(mp.sinh, torch="sinh"),
    "cosh": Row(mp.cosh, torch="cosh"),
    "tanh": Row(mp.tanh, torch="tanh"),
    "arcsinh": Row(mp.asinh, torch="arcsinh"),
    "arccosh": Row(mp.acosh, ((1.0, INF),), torch="arccosh"),
    "arctanh": Row(mp.atanh, (UNIT,), torch="arctanh"),
    "hypot": Row(mp.hypot, TWO, torch="hypot"),
    "deg2rad": Row(mp.radians, torch="deg2rad"),
    "rad2deg": Row(mp.degrees, torch="rad2deg"),
    "sinc": Row(mp.sincpi, near=[2.0, 10.0, 1.4302966531242, 0.6626], torch="sinc", floor=ripples),
    # special functions
    "erf": Row(lambda x: mp.erf(capped(x)), torch="erf"),
    "erfc": Row(lambda x: mp.erfc(capped(x)), torch="erfc"),
    "sigmoid": Row(sigmoid, near=[0], torch="sigmoid"),
    "log_sigmoid": Row(lambda x: -softplus(-x), torch="nn.functional.logsigmoid"),
    "softplus": Row(lambda x: softplus(x) if x <= 20 else x, kinks=[20], torch="nn.functional.softplus"),
    "gammaln": Row(mp.loggamma, (POSITIVE,), near=[1.4616321449683622, 2.0], torch="lgamma"),
    "digamma": Row(mp.digamma, (POSITIVE,), near=[1.4616321449683622], torch="digamma"),
    "polygamma": Row(lambda x: mp.polygamma(1, x), (POSITIVE,), torch="polygamma"),
    "xlogy": Row(lambda a, b: a * mp.log(b), (EVERY, POSITIVE), torch="xlogy"),
    "logit": Row(lambda x: mp.log(x) - mp.log1p(-x), ((0.0, 1.0),), kinks=[0.5], torch="logit"),
    "erfinv": Row(mp.erfinv, (UNIT,)),
    "erfcinv": Row(lambda x: mp.erfinv(1 - x), ((0.01, 1.99),), kinks=[1.0]),  # where mpmath's second slope is no 0
    "ndtr": Row(lambda x: mp.ncdf(capped(x)), torch="special.ndtr"),
    "ndtri": Row(lambda x: mp.sqrt(2) * mp.erfinv(2 * x - 1), ((0.01, 0.99),), kinks=[0.5], torch="special.ndtri"),
    "log_ndtr": Row(lambda x: mp.log(mp.ncdf(capped(x))), ((-30.0, 30.0),), torch="special.log_ndtr"),
    "gamma": Row(mp.gamma, ((0.1, 100.0),), near=[1.4616321449683622], floor=crossing(1.4616)),
    "rgamma": Row(mp.rgamma, ((0.1, 100.0),), near=[1.4616321449683622], floor=crossing(1.4616)),
    "beta": Row(mp.beta, ((0.1, 30.0), (0.1, 30.0))),
    "betaln": Row(lambda a, b: mp.log(mp.beta(a, b)), ((0.1, 30.0), (0.1, 30.0))),
    "entr": Row(lambda x: -x * mp.log(x), (POSITIVE,), near=[0.36787944117144233], floor=crossing(0.3679)),
    "xlog1py": Row(lambda a, b: a * mp.log1p(b), (EVERY, (-1.0, INF))),
    # Bessel functions
    "j0": Row(lambda x: mp.besselj(0, x), ((-30.0, 30.0),), floor=bessel_waves),
    "j1": Row(lambda x: mp.besselj(1, x), ((-30.0, 30.0),), floor=bessel_waves),
    "i0": Row(lambda x: mp.besseli(0, x), ((-30.0, 30.0),)),
    "i1": Row(lambda x: mp.besseli(1, x), ((-30.0, 30.0),)),
    "i0e": Row(lambda x: mp.besseli(0, x) * mp.exp(-abs(x)), ((0.1, 30.0),)),
    "i1e": Row(lambda x: mp.besseli(1, x) * mp.exp(-abs(x)), ((0.1, 30.0),), floor=crossing(1.5)),
    # activations
    "relu": Row(lambda x: max(x, 0), kinks=[0], torch="relu"),
    "leaky_relu": Row(
        lambda x: below(x, lambda x: x * mp.mpf(0.01), itself), kinks=[0], torch="nn.functional.leaky_relu"
    ),
    "hardtanh": Row(lambda x: max(-1, min(x, 1)), kinks=[-1, 1], torch="nn.functional.hardtanh"),
    "hardsigmoid": Row(clipped, kinks=[-3, 3], torch="nn.functional.hardsigmoid"),
    "hardswish": Row(lambda x: x * clipped(x), near=[-1.5], kinks=[-3, 3], torch="nn.functional.hardswish"),
    "elu": Row(lambda x: below(x, mp.expm1, itself), kinks=[0], torch="nn.functional.elu"),
    "selu": Row(lambda x: SELU_SCALE * below(x, lambda x: SELU_ALPHA * mp.expm1(x), itself), kinks=[0], torch="selu"),
    "celu": Row(lambda x: below(x, mp.expm1, itself), kinks=[0], torch="celu"),
    "gelu": Row(
        lambda x: x * mp.erfc(capped(-x) / mp.sqrt(2)) / 2,
        near=[-0.7517915246935645, 2**0.5],
        torch="nn.functional.gelu",
        floor=crossing(-0.7518, 2**0.5, -(2**0.5)),
    ),
    "gelu, tanh": Row(tanh_gelu, near=[-0.7524614220710162], function=lambda x: autograd.gelu(x, "tanh")),
    "silu": Row(
        lambda x: x * sigmoid(x),
        near=[-1.2784645427610738],
        torch="nn.functional.silu",
        floor=crossing(-1.2785, 2.3994, -2.3994),
    ),
    "mish": Row(
        lambda x: x * mp.tanh(softplus(x)),
        near=[-1.1924312145155],
        torch="nn.functional.mish",
        floor=crossing(-1.1924, 1.4906, -2.2564),
    ),
    "softsign": Row(lambda x: x / (1 + abs(x)), kinks=[0], torch="nn.functional.softsign"),
}

EXCEPTIONS = {
    "floor_divide": "constant between its jumps",
    **dict.fromkeys(("floor", "ceil", "rint", "trunc"), "constant between its jumps"),
    **dict.fromkeys(("heaviside", "gammasgn"), "constant between its jumps"),
    "copysign": "a or -a",
    **dict.fromkeys(("rel_entr", "kl_div"), "xlogy of a quotient, and sums"),
    **dict.fromkeys(("frexp", "ldexp"), "a times a power of 2, which is exact"),
    **dict.fromkeys(("divmod", "modf"), "floor, trunc, and what remains"),
    **dict.fromkeys(("jv", "yv", "iv", "ive", "kv"), "of an order that is whole"),
    **dict.fromkeys(
        ("gammainc", "gammaincc", "gammaincinv", "betainc", "betaincinv"),
        "a density, and integrals of its derivatives, which tests/nn/test_distributions.py measures",
    ),
    **dict.fromkeys(("y0", "y1", "k0", "k1"), "as j0 and i0; mpmath takes a minute for each"),
    "fmod": "a, and b times an integer",
    "remainder": "a, and b times an integer",
    "clip": "x or a limit",
    "conjugate": "x, its imaginary part with the other sign",
    "where": "one of two",
    "nan_to_num": "x or a constant",
    "prelu": "relu and leaky_relu, with a weight that all elements share",
    "glu": "one half of an array times sigmoid of the other",
    "softmax": "takes in a whole array: see vectors.py",
    "log_softmax": "takes in a whole array: see vectors.py",
}  # and what rules are made of, whose names begin with an underscore: it is measured where it serves

# by operation and order of the derivative: what errs by more than 4 units, at order 2 by more than 16, and why
MISSES = {
    ("cbrt", 1): "NumPy's own cube root, whose last digits differ by processor: up to 5.2",
    (
        "power",
        2,
    ): "by a and b it is `a**(b - 1) (1 + b log(a))`, whose terms cancel along a curve; by b it has no more "
    "digits than a y that is too small to be a normal number",
    **dict.fromkeys(
        [(name, order) for name in ("erfinv", "erfcinv", "ndtri") for order in (1, 2)],
        "an exponential of the square of y, which is rounded; most within 1e-10 of the ends",
    ),
    **dict.fromkeys(
        [("beta", 1), ("beta", 2), ("betaln", 1), ("betaln", 2)],
        "`digamma(a) - digamma(a + b)`, which cancels where a is large",
    ),
    **dict.fromkeys([("j1", 2), ("i1", 2)], "SciPy's `jv` and `iv` are off where x is no larger than 1e-280"),
    **dict.fromkeys(
        [(name, order) for name in ("i0e", "i1e") for order in (1, 2)], "a difference of neighbours, alike for large x"
    ),
    ("i0", 1): "up to 9 in float64, as SciPy's `i1`",
    **dict.fromkeys([("gamma", 1), ("rgamma", 1)], "up to 5 in float64: the roundings of y and of digamma add up"),
    ("rgamma", 2): "a difference of the square of digamma and its derivative",
    ("log_ndtr", 1): "up to 5 in float64: a few roundings that fall the same way",
    ("log_ndtr", 2): "`x + y`, of which little is left far below 0",
    ("mish", 1): "up to 5 in float64: a dozen roundings that all fall the same way",
    (
        "gelu, tanh",
        1,
    ): "a stand-in for gelu, exact to 0.001, whose rule a GPT spends time in: its tail is the exponential "
    "of a large number that was rounded, and `1 - gate` cancels",
    ("gelu, tanh", 2): "as its first derivative",
}
