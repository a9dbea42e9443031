"""SciPy's functions on Tensors, with SCIPY_ARRAY_API=1: values and gradients beside SciPy's own numbers on arrays.

A process of its own, since SciPy reads the variable when it is imported: `test_scipy.py` starts it. The page
docs/array_api.md lists what stands here.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy import constants, differentiate, fft, integrate, linalg, optimize, signal, special, stats
from scipy.cluster import vq
from scipy.optimize import elementwise
from scipy.spatial.transform import Rotation

import autograd
from autograd import Tensor

# what each function is asked about, and a second one beside it
X = np.array([0.71, 1.93, 1.18, 0.52, 1.61, 0.87, 1.42, 1.27])
Y = [1.31, 0.64, 1.77, 0.93, 0.58, 1.85, 1.12, 0.79]
Function = Callable[[Any], Any]


def like(x: Any, values: Any) -> Any:
    """A constant of the kind of x."""
    return Tensor(np.asarray(values, float)) if isinstance(x, Tensor) else np.asarray(values, float)


def each(home: Any, names: str, call: Callable[[Any, Any], Any] = lambda f, x: f(x)) -> dict[str, Function]:
    """Functions that are called alike."""
    return {f"{home.__name__}.{name}": partial(call, getattr(home, name)) for name in names.split()}


def named(home: Any, **calls: Function) -> dict[str, Function]:
    """Functions that are called each in its own way."""
    return {f"{home.__name__}.{name}": call for name, call in calls.items()}


def turned(x: Any) -> Rotation:
    """A rotation that depends on x."""
    return Rotation.from_rotvec(x[:3])


UNARY = """
    entr erf erfc erfcinv erfinv expit gamma gammaln i0 i0e i1 i1e j0 j1 k0 k1 log_expit log_ndtr logit ndtr ndtri psi
    rgamma sinc y0 y1
"""
SPREAD = """
    circmean circstd circvar differential_entropy entropy gmean gstd gzscore hmean iqr kurtosis lmoment
    median_abs_deviation sem skew tmax tmean tmin tsem tstd tvar variation zscore
"""
OF_ROWS = "fft2 fftn hfft2 hfftn ifft2 ifftn ihfft2 ihfftn irfft2 irfftn rfft2 rfftn"
CASES: dict[str, Function] = {
    **each(stats, SPREAD),
    **each(
        stats, "chisquare jarque_bera kurtosistest normaltest power_divergence skewtest", lambda f, x: f(x).statistic
    ),
    **each(stats, "alexandergovern bartlett ttest_ind", lambda f, x: f(x[:4], x[4:]).statistic),
    **each(stats, "pearsonr ttest_rel", lambda f, x: f(x, like(x, Y)).statistic),
    **each(stats, "boxcox_llf yeojohnson_llf", lambda f, x: f(0.5, x)),
    **each(stats, "kstat moment", lambda f, x: f(x, 3)),
    **named(
        stats,
        combine_pvalues=lambda x: stats.combine_pvalues(x / 2).statistic,
        describe=lambda x: stats.describe(x).variance,
        directional_stats=lambda x: stats.directional_stats(x.reshape((4, 2))).mean_direction,
        false_discovery_control=lambda x: stats.false_discovery_control(x / 2),
        kstatvar=lambda x: stats.kstatvar(x, 2),
        power_divergence=lambda x: stats.power_divergence(x, lambda_=0.5).statistic,
        pmean=lambda x: stats.pmean(x, 3),
        quantile=lambda x: stats.quantile(x, 0.3),
        sigmaclip=lambda x: stats.sigmaclip(x, 1.0, 1.0)[0],
        trim_mean=lambda x: stats.trim_mean(x, 0.2),
        ttest_1samp=lambda x: stats.ttest_1samp(x, 1.0).pvalue,
        ttest_ind_from_stats=lambda x: stats.ttest_ind_from_stats(x[0], x[1], 5, x[2], x[3], 6).statistic,
        zmap=lambda x: stats.zmap(x, like(x, Y)),
    ),
    **each(special, UNARY, lambda f, x: f(x / 2)),
    **each(special, "log_softmax logsumexp softmax"),
    **each(special, "beta betaln kl_div rel_entr xlog1py xlogy", lambda f, x: f(x, like(x, Y))),
    **each(special, "gammainc gammaincc iv ive jv kv yv", lambda f, x: f(1.5, x)),
    **each(special, "jn yn", lambda f, x: f(2, x)),
    **named(
        special,
        betainc=lambda x: special.betainc(1.5, 2.5, x / 2),
        multigammaln=lambda x: special.multigammaln(x + 2, 2),
    ),
    **each(fft, "fft fftshift hfft ifft ifftshift ihfft irfft rfft"),
    **each(
        fft,
        "fft2 fftn hfft2 hfftn ifft2 ifftn ihfft2 ihfftn irfft2 irfftn rfft2 rfftn",
        lambda f, x: f(x.reshape((2, 4))),
    ),
    **each(fft, "fht ifht", lambda f, x: f(x, 0.1, 0.2)),
    **each(integrate, "cumulative_simpson cumulative_trapezoid trapezoid", lambda f, x: f(x, dx=0.3)),
    **named(
        integrate,
        cubature=lambda x: integrate.cubature(lambda t: x[0] * t[:, 0] ** 2, like(x, [0]), like(x, [1])).estimate,
        fixed_quad=lambda x: integrate.fixed_quad(lambda t: x[0] * t**2, 0, 1)[0],
        romb=lambda x: integrate.romb(x[:5], dx=0.3),
        tanhsinh=lambda x: (
            integrate.tanhsinh(lambda t, a: a * t**2, like(x, [0] * 8), like(x, [1] * 8), args=(x,)).integral
        ),
    ),
    **each(optimize, "rosen rosen_der rosen_hess"),
    **each(optimize, "rosen_hess_prod", lambda f, x: f(x, like(x, Y))),
    **named(
        elementwise,
        find_minimum=lambda x: (
            elementwise.find_minimum(
                lambda t, a: (t - a) ** 2, (like(x, [-1] * 8), 0.9 * x, like(x, [3] * 8)), args=(x,)
            ).f_x
        ),
        find_root=lambda x: (
            elementwise.find_root(lambda t, a: t**2 - a, (like(x, [0] * 8), like(x, [3] * 8)), args=(x,)).x
        ),
    ),
    **named(
        differentiate,
        derivative=lambda x: differentiate.derivative(lambda t: t**3, x).df,
        hessian=lambda x: differentiate.hessian(lambda t: t[0] ** 4 + t[1] ** 2 * t[0], x[:2]).ddf,
        jacobian=lambda x: differentiate.jacobian(lambda t: t**3, x).df,
    ),
    **each(vq, "whiten", lambda f, x: f(x.reshape((4, 2)))),
    **each(constants, "lambda2nu nu2lambda"),
    **named(constants, convert_temperature=lambda x: constants.convert_temperature(x, "C", "F")),
    **named(
        linalg,
        block_diag=lambda x: linalg.block_diag(x[:4].reshape((2, 2)), x[4:6].reshape((1, 2))),
        fiedler=linalg.fiedler,
        orthogonal_procrustes=lambda x: linalg.orthogonal_procrustes(x.reshape((4, 2)), like(x, Y).reshape((4, 2)))[0],
    ),
    **named(
        Rotation,
        apply=lambda x: turned(x).apply(x[3:6]),
        as_davenport=lambda x: turned(x).as_davenport(like(x, np.eye(3)), "extrinsic"),
        as_euler=lambda x: turned(x).as_euler("xyz"),
        as_matrix=lambda x: turned(x).as_matrix(),
        as_mrp=lambda x: turned(x).as_mrp(),
        as_quat=lambda x: turned(x).as_quat(),
        as_rotvec=lambda x: Rotation.from_quat(x[:4]).as_rotvec(),
        from_euler=lambda x: Rotation.from_euler("xyz", x[:3]).as_matrix(),
        from_matrix=lambda x: Rotation.from_matrix(turned(x).as_matrix()).as_quat(),
        from_mrp=lambda x: Rotation.from_mrp(x[:3]).as_matrix(),
        from_quat=lambda x: Rotation.from_quat(x[:4]).as_matrix(),
        from_rotvec=lambda x: Rotation.from_rotvec(x[:3]).as_matrix(),
        inv=lambda x: turned(x).inv().as_matrix(),
        magnitude=lambda x: turned(x).magnitude(),
        mean=lambda x: Rotation.from_quat(x.reshape((2, 4))).mean().as_matrix(),
    ),
    **each(signal, "envelope hilbert"),
    **each(signal, "fftconvolve oaconvolve", lambda f, x: f(x, like(x, Y[:3]))),
    **named(
        signal,
        bilinear_zpk=lambda x: signal.bilinear_zpk(x[:1], x[2:4], 1.0, 2.0)[1],
        freqs=lambda x: signal.freqs(x, like(x, [1, 2]), worN=like(x, [0.1, 0.4]))[1],
        freqz=lambda x: signal.freqz(x, worN=8)[1],
        lp2lp=lambda x: signal.lp2lp(x[:2], x[2:4], 2.0)[0],
        lp2lp_zpk=lambda x: signal.lp2lp_zpk(x[:1], x[2:4], 1.0, 2.0)[1],
        normalize=lambda x: signal.normalize(x, like(x, [2, 1]))[0],
        resample=lambda x: signal.resample(x, 14),
        vectorstrength=lambda x: signal.vectorstrength(x, 1.3)[0],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_function_of_scipy_gives_its_own_numbers_and_the_gradient_of_finite_differences(name):
    call, random, h = CASES[name], np.random.default_rng(0), 1e-5
    value, direction = call(X), random.normal(size=X.shape)
    weights = random.normal(size=np.shape(value)) + 1j * random.normal(size=np.shape(value))
    slope = (call(X + h * direction) - call(X - h * direction)) / (2 * h)
    x = Tensor(X, requires_grad=True)

    with autograd.default_dtype(np.float64):
        y = call(x)
        (y * weights).real.sum().backward()

    np.testing.assert_allclose(y.data, value, rtol=1e-9, atol=1e-12)
    expected = np.sum((slope * weights).real)
    np.testing.assert_allclose(np.sum(x.grad.data * direction), expected, rtol=1e-5, atol=1e-7)
