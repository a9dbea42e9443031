"""What each elementwise operation computes, for its page: as an expression, or where there is none, an integral."""

# expressions of NumPy's and SciPy's functions; a test holds them to what the operations give
VALUES = {
    # arithmetic
    "add": "a + b", "subtract": "a - b", "multiply": "a * b", "divide": "a / b", "negative": "-x", "positive": "+x",
    "power": "a**b", "floor_divide": "floor(a / b)", "remainder": "a - b * floor(a / b)",
    "fmod": "a - b * trunc(a / b)", "absolute": "abs(x)", "fabs": "abs(x)", "sign": "sign(x)", "square": "x**2",
    "sqrt": "sqrt(x)", "cbrt": "cbrt(x)", "rsqrt": "1 / sqrt(x)", "reciprocal": "1 / x", "maximum": "max(a, b)",
    "minimum": "min(a, b)", "fmax": "max(a, b)", "fmin": "min(a, b)", "where": "where(condition, a, b)",
    "copysign": "abs(a) * sign(b)", "heaviside": "where(a < 0, 0, where(a > 0, 1, b))", "ldexp": "a * 2**b",
    # rounding
    "floor": "floor(x)", "ceil": "ceil(x)", "trunc": "trunc(x)", "rint": "rint(x)", "fix": "trunc(x)",
    # exponentials and logarithms
    "exp": "exp(x)", "exp2": "2**x", "expm1": "exp(x) - 1", "log": "log(x)", "log2": "log(x) / log(2)",
    "log10": "log(x) / log(10)", "log1p": "log(1 + x)", "logaddexp": "log(exp(a) + exp(b))",
    "logaddexp2": "log(2**a + 2**b) / log(2)",
    # trigonometric and hyperbolic
    "sin": "sin(x)", "cos": "cos(x)", "tan": "sin(x) / cos(x)", "arcsin": "arcsin(x)", "arccos": "arccos(x)",
    "arctan": "arctan(x)", "arctan2": "arctan2(a, b)", "sinh": "(exp(x) - exp(-x)) / 2",
    "cosh": "(exp(x) + exp(-x)) / 2", "tanh": "(exp(x) - exp(-x)) / (exp(x) + exp(-x))",
    "arcsinh": "log(x + sqrt(x**2 + 1))", "arccosh": "log(x + sqrt(x**2 - 1))",
    "arctanh": "log((1 + x) / (1 - x)) / 2", "hypot": "sqrt(a**2 + b**2)", "deg2rad": "x * pi / 180",
    "rad2deg": "x * 180 / pi", "sinc": "sin(pi * x) / (pi * x)",
    # special functions
    "erfc": "1 - erf(x)", "sigmoid": "1 / (1 + exp(-x))", "log_sigmoid": "-log(1 + exp(-x))",
    "softplus": "log(1 + exp(beta * x)) / beta", "gammaln": "log(abs(gamma(x)))", "rgamma": "1 / gamma(x)",
    "gammasgn": "sign(gamma(x))", "beta": "gamma(a) * gamma(b) / gamma(a + b)",
    "betaln": "log(gamma(a) * gamma(b) / gamma(a + b))", "xlogy": "a * log(b)", "xlog1py": "a * log(1 + b)",
    "logit": "log(x / (1 - x))", "ndtr": "(1 + erf(x / sqrt(2))) / 2", "log_ndtr": "log((1 + erf(x / sqrt(2))) / 2)",
    "entr": "-x * log(x)", "rel_entr": "a * log(a / b)", "kl_div": "a * log(a / b) - a + b",
    "gammaincc": "1 - gammainc(a, x)",
    # Bessel functions
    "ive": "iv(a, b) * exp(-abs(b))", "i0e": "i0(x) * exp(-abs(x))", "i1e": "i1(x) * exp(-abs(x))",
    # activations
    "relu": "max(x, 0)", "leaky_relu": "where(x > 0, x, slope * x)", "prelu": "where(x > 0, x, weight * x)",
    "hardtanh": "max(-1, min(x, 1))", "hardsigmoid": "max(0, min(x / 6 + 1 / 2, 1))",
    "hardswish": "x * max(0, min(x / 6 + 1 / 2, 1))", "elu": "where(x > 0, x, alpha * (exp(x) - 1))",
    "selu": "1.0507 * where(x > 0, x, 1.6733 * (exp(x) - 1))", "celu": "where(x > 0, x, alpha * (exp(x / alpha) - 1))",
    "gelu": "x * (1 + erf(x / sqrt(2))) / 2", "silu": "x / (1 + exp(-x))", "mish": "x * tanh(log(1 + exp(x)))",
    "softsign": "x / (1 + abs(x))",
}  # fmt: skip

FIRST = r"\frac{1}{\pi} \int_0^\pi \cos(%s t - %s \sin t) \, dt"
SECOND = r"\lim_{n \to %s} \frac{J_n(%s) \cos(n \pi) - J_{-n}(%s)}{\sin(n \pi)}"
MODIFIED = r"\frac{1}{\pi} \int_0^\pi e^{%s \cos t} \cos(%s t) \, dt"
DECAYING = r"\int_0^\infty e^{-%s \cosh t} \cosh(%s t) \, dt"
# what no expression says: integrals, sums, products of matrices
TEXTBOOK = {
    "erf": r"\frac{2}{\sqrt{\pi}} \int_0^x e^{-t^2} \, dt",
    "gamma": r"\int_0^\infty t^{x - 1} e^{-t} \, dt",
    "digamma": r"\frac{d}{dx} \log \left| \Gamma(x) \right|",
    "polygamma": r"\frac{d^{\mathrm{order}}}{dx^{\mathrm{order}}} \operatorname{digamma}(x)",
    "gammainc": r"\frac{1}{\Gamma(a)} \int_0^x t^{a - 1} e^{-t} \, dt",
    "betainc": r"\frac{\Gamma(a + b)}{\Gamma(a) \Gamma(b)} \int_0^x t^{a - 1} (1 - t)^{b - 1} \, dt",
    "j0": r"\frac{1}{\pi} \int_0^\pi \cos(x \sin t) \, dt", "j1": FIRST % ("", "x"), "jv": FIRST % ("a", "b"),
    "y0": SECOND % ("0", "x", "x"), "y1": SECOND % ("1", "x", "x"), "yv": SECOND % ("a", "b", "b"),
    "i0": r"\frac{1}{\pi} \int_0^\pi e^{x \cos t} \, dt", "i1": MODIFIED % ("x", ""), "iv": MODIFIED % ("b", "a"),
    "k0": r"\int_0^\infty e^{-x \cosh t} \, dt", "k1": DECAYING % ("x", ""), "kv": DECAYING % ("b", "a"),
    "clip": r"\min(\max(x, \mathrm{min}), \mathrm{max})",
    "nan_to_num": r"\begin{cases} x & x \text{ finite} \\ \text{the number given for it} & \text{else} \end{cases}",
    "conjugate": r"\bar{x}", "frexp": r"(m, e), \quad x = m \, 2^e, \; \frac{1}{2} \le |m| < 1",
    "modf": r"(x - \operatorname{trunc} x, \; \operatorname{trunc} x)",
    "divmod": r"(\lfloor \frac{a}{b} \rfloor, \; a - b \, \lfloor \frac{a}{b} \rfloor)",
    "erfinv": r"\operatorname{erf}^{-1}(x)", "erfcinv": r"\operatorname{erfc}^{-1}(x)",
    "ndtri": r"\operatorname{ndtr}^{-1}(x)", "gammaincinv": r"x, \quad \operatorname{gammainc}(a, x) = p",
    "betaincinv": r"x, \quad \operatorname{betainc}(a, b, x) = p",
    "glu": r"a \odot \frac{1}{1 + e^{-b}}, \quad x = (a, b)",
    # sums, and what is made of them
    "sum": r"\sum_i x_i", "mean": r"\frac{1}{n} \sum_i x_i", "prod": r"\prod_i x_i",
    "var": r"\frac{1}{n - \mathrm{ddof}} \sum_i (x_i - \bar{x})^2",
    "std": r"\sqrt{\frac{1}{n - \mathrm{ddof}} \sum_i (x_i - \bar{x})^2}",
    "average": r"\frac{\sum_i w_i x_i}{\sum_i w_i}", "ptp": r"\max_i x_i - \min_i x_i",
    "max": r"\max_i x_i", "min": r"\min_i x_i", "logsumexp": r"\log \sum_i e^{x_i}",
    "softmax": r"\frac{e^{x_i}}{\sum_j e^{x_j}}", "log_softmax": r"x_i - \log \sum_j e^{x_j}",
    "cumsum": r"(x_1, \; x_1 + x_2, \; x_1 + x_2 + x_3, \; \ldots)",
    "cumprod": r"(x_1, \; x_1 x_2, \; x_1 x_2 x_3, \; \ldots)",
    "logcumsumexp": r"y_i = \log \sum_{j \le i} e^{x_j}", "diff": r"x_{i + 1} - x_i",
    "trapezoid": r"\sum_i \frac{y_i + y_{i + 1}}{2} (x_{i + 1} - x_i)",
    "convolve": r"\sum_k a_k v_{n - k}", "correlate": r"\sum_k a_{n + k} v_k",
    # vectors and matrices
    "dot": r"\sum_i a_i b_i", "vdot": r"\sum_i \bar{a}_i b_i", "inner": r"\sum_k a_{i k} b_{j k}",
    "outer": r"a_i b_j", "matmul": r"\sum_k a_{i k} b_{k j}", "trace": r"\sum_i x_{i i}",
    "linear": r"x W^\top + b", "inv": r"x^{-1}, \quad x y = I", "det": r"\det x", "solve": r"a^{-1} b, \quad a y = b",
    "cholesky": r"L, \quad L L^\top = x, \; L \text{ lower triangular}",
    "expm": r"\sum_{k = 0}^\infty \frac{x^k}{k!}",
    # losses and attention
    "mse": r"\frac{1}{n} \sum_i (x_i - t_i)^2",
    "attention": r"\operatorname{softmax}(s \, q k^\top + \mathrm{mask}) \, v",
}  # fmt: skip
