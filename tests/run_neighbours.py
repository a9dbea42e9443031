"""Runs packages that depend on HIPS's autograd, each at its main job, and prints their numbers in full.

`make neighbours` runs it twice, with HIPS's package and with ours in its place, and compares what was printed.
"""

import sys
import warnings
from pathlib import Path

import numpy as onp

import autograd.numpy as np
from autograd import grad, hessian

TOLERANCE = 1e-9  # relative


def autograd_gamma():
    """Derivatives of incomplete gamma and beta functions by their shapes."""
    from autograd_gamma import betainc, gammainc, gammaincc, gammaincinv

    x = onp.linspace(0.5, 3.0, 4)

    def f(a):
        return np.sum(np.log(gammainc(a, x)) + gammaincc(a, x) + betainc(a, 2.0, x / 4)) + gammaincinv(a, 0.3)

    return [grad(f)(1.7), hessian(f)(1.7)]


def lifelines():
    """Survival models: coefficients, their standard errors, the likelihood."""
    from lifelines import CoxPHFitter, GeneralizedGammaFitter, LogNormalFitter, WeibullAFTFitter, WeibullFitter
    from lifelines.datasets import load_rossi, load_waltons

    waltons, rossi = load_waltons(), load_rossi()
    alone = [
        fitter().fit(waltons["T"], waltons["E"]) for fitter in (WeibullFitter, LogNormalFitter, GeneralizedGammaFitter)
    ]
    spline = CoxPHFitter(baseline_estimation_method="spline", n_baseline_knots=3)
    fitted = [*alone, WeibullAFTFitter().fit(rossi, "week", "arrest"), spline.fit(rossi, "week", "arrest")]
    found = [m.log_likelihood_ for m in fitted]
    for model in fitted:
        found += [*model.summary["coef"], *model.summary["se(coef)"]]
    return found


def pymanopt():
    """The largest eigenvalues of a matrix, on a sphere and on a Grassmann manifold."""
    import pymanopt
    from pymanopt.manifolds import Grassmann, Sphere
    from pymanopt.optimizers import ConjugateGradient, TrustRegions

    rng = onp.random.default_rng(0)
    matrix = rng.normal(size=(6, 6))
    matrix += matrix.T
    sphere, planes = Sphere(6), Grassmann(6, 2)
    start, plane = rng.normal(size=6), onp.linalg.qr(rng.normal(size=(6, 2)))[0]
    onp.random.seed(0)  # noqa: NPY002 from which it draws

    @pymanopt.function.autograd(sphere)
    def one(x):
        return -x @ matrix @ x

    @pymanopt.function.autograd(planes)
    def two(x):
        return -np.trace(x.T @ matrix @ x)

    first = TrustRegions(verbosity=0).run(pymanopt.Problem(sphere, one), initial_point=start / onp.linalg.norm(start))
    second = ConjugateGradient(verbosity=0).run(pymanopt.Problem(planes, two), initial_point=plane)
    return [first.cost, second.cost]


def main():
    """Print each package's numbers."""
    warnings.simplefilter("ignore")
    for job in (autograd_gamma, lifelines, pymanopt):
        print(job.__name__, *(repr(float(v)) for v in job()), flush=True)


def compare(theirs, ours):
    """Print the largest difference of each package's numbers, and return whether one is too large."""
    differs = False
    for a, b in zip(*(Path(path).read_text().splitlines() for path in (theirs, ours)), strict=True):
        name, *numbers = a.split()
        pairs = zip(map(float, numbers), map(float, b.split()[1:]), strict=True)
        worst = max(abs(p - q) / max(abs(p), 1e-300) for p, q in pairs)
        print(f"{name}: {len(numbers)} numbers, {worst:.0e} apart at most")
        differs |= not worst <= TOLERANCE
    return differs


if __name__ == "__main__":
    sys.exit(compare(*sys.argv[1:]) if sys.argv[1:] else main())
