"""Packages that depend on HIPS's autograd, each at its main job: one run, in a process of its own.

`python -P jobs.py JOB` prints the job's numbers in full and the processor time of a run, in seconds, after a first one
that is not timed. It is run as a file, so that the path says whose autograd it is.
"""

import json
import sys
import time
import warnings

import numpy as onp

import autograd.numpy as np
from autograd import grad, hessian


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


def surpyval():
    """Weibull, log-normal, gamma and Gumbel lifetimes, some censored: parameters, likelihoods, confidence bounds."""
    import surpyval

    found = []
    lifetimes = 10 * onp.random.default_rng(0).weibull(3.0, 200)
    for model in (surpyval.Weibull, surpyval.LogNormal, surpyval.Gamma, surpyval.Gumbel):
        fitted = model.fit(x=onp.minimum(lifetimes, 12.0), c=(lifetimes > 12.0).astype(int))
        found += [*fitted.params, fitted.neg_ll(), *fitted.cb([8.0], on="sf").ravel()]
    return found


def ceviche():
    """Maxwell's equations in two dimensions: a transmitted intensity, and its gradient by each cell's permittivity."""
    import ceviche

    size, probe, source = 40, onp.zeros((40, 40)), onp.zeros((40, 40))
    source[12, 20], probe[28, 15:25] = 1e3, 1.0
    permittivity = 1 + 11 * onp.random.default_rng(0).uniform(size=size * size)

    def intensity(eps):
        simulation = ceviche.fdfd_ez(2 * onp.pi * 2e14, 5e-8, eps.reshape(size, size), [10, 10])
        _, _, field = simulation.solve(source)
        return np.sum(np.square(np.abs(field * probe)))

    slope = ceviche.jacobian(intensity, mode="reverse")(permittivity)
    return [intensity(permittivity), onp.abs(slope).sum(), *onp.sort(onp.abs(slope).ravel())[-200:]]


def pyerrors():
    """Errors of Monte Carlo averages carried through a function, a fit of an exponential and a root."""
    import pyerrors as pe

    rng = onp.random.default_rng(0)

    def measured(mean, error):
        found = pe.Obs([rng.normal(mean, error, 500)], ["ensemble"])
        found.gamma_method()
        return found

    a, b, c = measured(1.0, 0.1), measured(2.0, 0.1), measured(0.5, 0.1)
    times = onp.arange(8)
    decay = [measured(2 * onp.exp(-0.3 * t), 0.02) for t in times]
    fit = pe.fits.least_squares(times, decay, lambda p, x: p[1] * np.exp(-p[0] * x), silent=True)
    found = [
        pe.derived_observable(lambda x: np.exp(-x[0]) * np.sin(x[1]) / x[2], [a, b, c]),
        pe.roots.find_root(a, lambda x, d: np.exp(-(x**2) * d) - 0.5),
        *fit.fit_parameters,
    ]
    for each in found:
        each.gamma_method()
    return [fit.chisquare, *(v for each in found for v in (each.value, each.dvalue))]


JOBS = {f.__name__: f for f in (autograd_gamma, lifelines, pymanopt, surpyval, ceviche, pyerrors)}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    job = JOBS[sys.argv[1]]
    numbers = [float(v) for v in job()]
    runs, start = 0, time.process_time()
    while runs == 0 or time.process_time() - start < 0.5:
        job()
        runs += 1
    print(json.dumps([numbers, (time.process_time() - start) / runs]))
