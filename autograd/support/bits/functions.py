"""Elementary functions of sums, products, quotients and roots alone, which every processor rounds the same way.

All is done in float64, by series on a short interval and tables made in decimal arithmetic; what comes in single
precision is rounded to it at the end. Each is exact to a few units in the last place of a float64, powers to 1e-13.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from math import factorial, pi, sqrt
from typing import Any

import numpy as np

from ...engine.errors import UnsupportedError
from ...engine.types import Array

BLOCK = 1 << 13  # numbers to work on at once, which stay in the processor's cache
STEPS = 32  # of the table of powers of two: 2**5
FARTHEST = 2.0**19  # of what sines take: beyond, more digits of pi would be needed

with localcontext() as context:
    context.prec = 60
    LN2 = Decimal(2).ln()
    LN10 = Decimal(10).ln()
    exactly = [(LN2 * j / STEPS).exp() for j in range(STEPS)]
    POWERS = np.array([float(p) for p in exactly])
    REST = np.array([float(p - Decimal(float(p))) for p in exactly])
    BELLS = [float((-Decimal(n * n) / 4).exp()) for n in range(1, 14)]
    PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494")


def _parts(value: Decimal, count: int, bits: int) -> list[float]:
    """A constant as a sum of floats, of which all but the last have so few bits that their multiples are exact."""
    rest, parts = Fraction(value), []
    for _ in range(count - 1):
        unit = Fraction(2) ** (rest.numerator.bit_length() - rest.denominator.bit_length() - bits)
        parts.append(float(round(rest / unit) * unit))
        rest -= Fraction(parts[-1])
    return [*parts, float(rest)]


LN2_HIGH, LN2_LOW = _parts(LN2, 2, 32)
STEP_HIGH, STEP_LOW = LN2_HIGH / STEPS, LN2_LOW / STEPS
QUARTERS = _parts(PI / 2, 3, 30)
OF_EXP = [1.0 / factorial(n) for n in range(1, 7)]  # (exp(r) - 1) / r
OF_LOG = [2.0 / (2 * n + 1) for n in range(1, 12)]  # log((1 + s) / (1 - s)) / s - 2, in s**2
OF_SIN = [(-1.0) ** n / factorial(2 * n + 1) for n in range(1, 9)]
OF_COS = [(-1.0) ** n / factorial(2 * n) for n in range(2, 10)]
OF_ATAN = [(-1.0) ** n / (2 * n + 1) for n in range(1, 13)]
OF_ERF = [(-1.0) ** n / (factorial(n) * (2 * n + 1)) for n in range(16)]


def _series(x: Array, coefficients: Sequence[float]) -> Array:
    """The sum of coefficients[n] x**n."""
    total = x * coefficients[-1]
    for c in coefficients[-2:0:-1]:
        total += c
        total *= x
    total += coefficients[0]
    return total


def _reduced(x: Array) -> tuple[Array, Array, Array]:
    """k, j and d with exp(x) = 2**(k + j / STEPS) (1 + d), in the range where that is a float."""
    x = np.clip(x, -746.0, 710.0)
    n = np.rint(x * (STEPS / float(LN2)))
    r = (x - n * STEP_HIGH) - n * STEP_LOW
    whole = n.astype(np.int32)  # of nan anything
    return whole >> 5, whole & (STEPS - 1), r * _series(r, OF_EXP)


def exp(x: Array) -> Any:
    """e to the power x."""
    k, j, d = _reduced(x)
    p = POWERS[j]
    p += p * d
    return np.ldexp(p, k)


def expm1(x: Array) -> Any:
    """exp(x) - 1."""
    k, j, d = _reduced(x)
    p = POWERS[j]
    return (np.ldexp(p, k) - 1.0) + np.ldexp(p * d + REST[j], k)


def exp2(x: Array) -> Any:
    """2 to the power x."""
    whole = np.rint(np.clip(x, -1100.0, 1100.0))
    return np.ldexp(exp((np.clip(x, -1100.0, 1100.0) - whole) * float(LN2)), whole.astype(np.int32))


def log(x: Array) -> Any:
    """The natural logarithm."""
    high, low, e = _logarithm(x)
    return _ends(x, (high + (low + e * LN2_LOW)) + e * LN2_HIGH)


def _logarithm(x: Array) -> tuple[Array, Array, Array]:
    """f, c and e with log(x) = f + c + e log(2), for 0 < x."""
    m, e = np.frexp(x)
    low = m < sqrt(0.5)
    m, e = np.where(low, m + m, m), (e - low).astype(np.float64)
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    return f, s * (z * _series(z, OF_LOG) - f), e  # 2 s = f - s f


def _ends(x: Array, y: Array) -> Any:
    """A logarithm with its values at 0, below 0, at infinity and nan."""
    return np.where(x > 0, np.where(x == np.inf, x, y), np.where(x == 0, -np.inf, np.nan))


def log2(x: Array) -> Any:
    """The logarithm to base 2."""
    f, c, e = _logarithm(x)
    return _ends(x, (f + c) * float(1 / LN2) + e)


def log10(x: Array) -> Any:
    """The logarithm to base 10."""
    return log(x) * float(1 / LN10)


def log1p(x: Array) -> Any:
    """log(1 + x)."""
    u = 1.0 + x
    inside = (u > 0) & (u < np.inf)
    safe = np.where(inside, u, 1.0)
    y = log(safe) + (np.where(inside, x, 0.0) - (safe - 1.0)) / safe
    return np.where(inside, np.where(u == 1.0, x, y), log(u))


def _turned(x: Array) -> tuple[Array, Array, Array]:
    """The quarter turns in x, and sine and cosine of what is left."""
    if (np.abs(x) > FARTHEST).any() and (np.abs(x)[np.isfinite(x)] > FARTHEST).any():
        raise UnsupportedError(
            f"reproducible: a sine, cosine or tangent of {np.max(np.abs(x)[np.isfinite(x)]):.6g}; they are there up to "
            f"{FARTHEST:.6g}; take the angle modulo 2 pi first"
        )
    x = np.where(np.isfinite(x), x, np.nan)
    n = np.rint(x * (2.0 / pi))
    r = np.where(n == 0, x, ((x - n * QUARTERS[0]) - n * QUARTERS[1]) - n * QUARTERS[2])
    z = r * r
    quarter = n.astype(np.int64) & 3
    return quarter, r + r * (z * _series(z, OF_SIN)), 1.0 - (0.5 * z - z * (z * _series(z, OF_COS)))


def sin(x: Array) -> Any:
    """The sine."""
    quarter, s, c = _turned(x)
    y = np.where(quarter & 1, c, s)
    return np.where(quarter & 2, -y, y)


def cos(x: Array) -> Any:
    """The cosine."""
    quarter, s, c = _turned(x)
    y = np.where(quarter & 1, s, c)
    return np.where((quarter + 1) & 2, -y, y)


def tan(x: Array) -> Any:
    """The tangent."""
    quarter, s, c = _turned(x)
    return np.where(quarter & 1, -c / s, s / c)


def arctan(x: Array) -> Any:
    """The inverse of tan."""
    size = np.abs(x)
    far = size > 1.0
    t = np.where(far, 1.0 / np.where(far, size, 1.0), size)
    for _ in range(2):  # half the angle
        t = t / (1.0 + np.sqrt(1.0 + t * t))
    z = t * t
    angle = 4.0 * (t + t * (z * _series(z, OF_ATAN)))
    return np.copysign(np.where(far, float(PI / 2) - angle, angle), x)


def arctan2(y: Array, x: Array) -> Any:
    """The angle of the point (x, y)."""
    both = np.isinf(x) & np.isinf(y)
    top, bottom = np.where(both, 1.0, np.abs(y)), np.where(both, 1.0, np.abs(x))
    steep = top > bottom
    small, large = np.where(steep, bottom, top), np.where(steep, top, bottom)
    angle = arctan(small / np.where(large == 0, 1.0, large))
    angle = np.where(steep, float(PI / 2) - angle, angle)
    return np.copysign(np.where(np.signbit(x), float(PI) - angle, angle), y)


def arcsin(x: Array) -> Any:
    """The inverse of sin."""
    return arctan2(x, np.sqrt((1.0 - x) * (1.0 + x)))


def arccos(x: Array) -> Any:
    """The inverse of cos."""
    return arctan2(np.sqrt((1.0 - x) * (1.0 + x)), x)


def tanh(x: Array) -> Any:
    """The hyperbolic tangent."""
    e = expm1(np.minimum(2.0 * np.abs(x), 60.0))
    return np.copysign(e / (e + 2.0), x)


def sinh(x: Array) -> Any:
    """The hyperbolic sine."""
    e = expm1(np.minimum(np.abs(x), 30.0))
    root = exp(0.5 * np.abs(x))
    return np.copysign(np.where(np.abs(x) > 30.0, 0.5 * root * root, 0.5 * (e + e / (e + 1.0))), x)


def cosh(x: Array) -> Any:
    """The hyperbolic cosine."""
    root = exp(0.5 * np.abs(x))
    return 0.5 * root * root + 0.5 / (root * root)


def arcsinh(x: Array) -> Any:
    """The inverse of sinh."""
    size = np.abs(x)
    near = np.minimum(size, 2.0**28)
    y = log1p(near + near * near / (1.0 + np.sqrt(near * near + 1.0)))
    return np.copysign(np.where(size > 2.0**28, log(size) + float(LN2), y), x)


def arccosh(x: Array) -> Any:
    """The inverse of cosh."""
    t = np.minimum(x, 2.0**28) - 1.0
    y = np.where(x > 2.0**28, log(x) + float(LN2), log1p(t + np.sqrt(t * (t + 2.0))))
    return np.where(x < 1.0, np.nan, y)


def arctanh(x: Array) -> Any:
    """The inverse of tanh."""
    size = np.abs(x)
    return np.copysign(0.5 * log1p(2.0 * size / (1.0 - size)), x)


def power(x: Array, y: Array) -> Any:
    """x to the power y."""
    size = np.abs(x)
    if y.size == 1 and abs(float(y.flat[0])) <= 64 and float(y.flat[0]).is_integer():
        return _whole_power(x, int(y.flat[0])) + np.zeros_like(y)
    u = exp(np.where(size == 1.0, 0.0, y * log(size)))
    whole = np.floor(y) == y
    odd = whole & (np.floor(0.5 * y) * 2.0 != y) & np.isfinite(y)
    u = np.where(odd & np.signbit(x), -u, u)
    u = np.where((x < 0) & ~whole & np.isfinite(x), np.nan, u)
    return np.where((y == 0) | (x == 1.0), 1.0, u)


def _whole_power(x: Array, n: int) -> Array:
    """x to a whole power, by squaring."""
    total, square, left = np.ones_like(x), x, abs(n)
    while left:
        total = total * square if left & 1 else total
        left >>= 1
        square = square * square if left else square
    return 1.0 / total if n < 0 else total


def cbrt(x: Array) -> Any:
    """The cube root."""
    size = np.abs(x)
    fine = (size > 0) & (size < np.inf)
    safe = np.where(fine, size, 1.0)
    y = exp(log(safe) / 3.0)
    y = y - (y - safe / (y * y)) / 3.0
    return np.copysign(np.where(fine, y, size), x)


def hypot(x: Array, y: Array) -> Any:
    """The length of (x, y)."""
    x, y = np.abs(x), np.abs(y)
    k = np.frexp(np.where(np.maximum(x, y) < np.inf, np.maximum(x, y), 1.0))[1]
    x, y = np.ldexp(x, -k), np.ldexp(y, -k)
    return np.where(np.isinf(x) | np.isinf(y), np.inf, np.ldexp(np.sqrt(x * x + y * y), k))


def logaddexp(a: Array, b: Array) -> Any:
    """log(exp(a) + exp(b))."""
    high, gap = np.maximum(a, b), np.abs(a - b)
    return np.where(a == b, high + float(LN2), high + log1p(exp(-np.where(gap == gap, gap, np.abs(a + b)))))


def logaddexp2(a: Array, b: Array) -> Any:
    """log2(2**a + 2**b)."""
    high, gap = np.maximum(a, b), np.abs(a - b)
    return np.where(a == b, high + 1.0, high + log1p(exp2(-np.where(gap == gap, gap, 0.0))) * float(1 / LN2))


# -- SciPy's -------------------------------------------------------------------------------------------


def expit(x: Array) -> Any:
    """1 / (1 + exp(-x))."""
    e = exp(-np.abs(x))
    return np.where(x < 0, e, 1.0) / (1.0 + e)


def log_expit(x: Array) -> Any:
    """log(expit(x))."""
    return np.minimum(x, 0.0) - log1p(exp(-np.abs(x)))


def logit(x: Array) -> Any:
    """The inverse of expit."""
    middle = np.abs(x - 0.5) < 0.2
    t = np.where(middle, 2.0 * (x - 0.5), 0.0)
    return np.where(middle, log1p(t) - log1p(-t), log(x / (1.0 - x)))


def erfc(x: Array) -> Any:
    """1 - erf(x), by sums over a lattice of step 1/2 (Hunter and Regan 1972)."""
    near = np.abs(x) < 0.5
    far = np.where(near, 1.0, np.minimum(np.abs(x), 30.0))
    square = far * far
    total = 0.5 / square
    for n, bell in enumerate(BELLS, 1):
        total += bell / (square + 0.25 * n * n)
    rough = np.rint(far * 64.0) / 64.0  # whose square is exact
    fall = exp(-rough * rough) * exp((rough - far) * (rough + far))
    tail = fall * far * total / pi - 2.0 / expm1(4.0 * pi * far) * (far < 6.0)
    tail = np.where(x < 0, 2.0 - tail, tail)
    return np.where(near, 1.0 - _near_erf(np.where(near, x, 0.0)), tail)


def erf(x: Array) -> Any:
    """The error function."""
    near = np.abs(x) < 0.5
    return np.where(near, _near_erf(np.where(near, x, 0.0)), np.copysign(1.0 - erfc(np.abs(x)), x))


def _near_erf(x: Array) -> Any:
    return (2.0 / sqrt(pi)) * (x * _series(x * x, OF_ERF))


def ndtr(x: Array) -> Any:
    """The distribution function of the normal distribution."""
    return 0.5 * erfc(x * -sqrt(0.5))


def xlogy(x: Array, y: Array) -> Any:
    """x log(y), and 0 for x = 0."""
    return np.where((x == 0) & (y == y), 0.0, x * log(y))


def xlog1py(x: Array, y: Array) -> Any:
    """x log(1 + y), and 0 for x = 0."""
    return np.where((x == 0) & (y == y), 0.0, x * log1p(y))


def evaluated(function: Callable[..., Array], *inputs: Any) -> Array:
    """The function of real arrays or numbers that broadcast, block by block, in the precision that comes in."""
    arrays = [np.asarray(x) for x in inputs]
    dtype = np.result_type(*(x if isinstance(x, (bool, int, float)) else np.asarray(x) for x in inputs), np.float16)
    shape = np.broadcast_shapes(*(x.shape for x in arrays))
    flat = [x.reshape(1) if x.size == 1 else np.broadcast_to(x, shape).ravel() for x in arrays]
    out = np.empty(int(np.prod(shape)), dtype)
    with np.errstate(all="ignore"):
        for start in range(0, out.size, BLOCK):
            part = slice(start, start + BLOCK)
            out[part] = function(*(x.astype(np.float64) if x.size == 1 else x[part].astype(np.float64) for x in flat))
    return out.reshape(shape)
