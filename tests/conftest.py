"""How hard hypothesis searches: HYPOTHESIS_PROFILE=dev (the default), ci (the same cases each time) or nightly.

GLASSGRAD_REQUIRE_TORCH=1 (`make parity`) makes a skipped test a failure, as where PyTorch is missing.
"""

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, register_random, settings

import autograd

Report = pytest.CollectReport | pytest.TestReport

# a loaded machine is slow without being wrong
shared = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("dev", shared, max_examples=50)
settings.register_profile("ci", shared, max_examples=50, derandomize=True, database=None, print_blob=True)
settings.register_profile("nightly", shared, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


class EngineRandom:
    """The engine's generator, as hypothesis wants it: set anew for each example, so that a failure comes back."""

    seed = staticmethod(autograd.seed)
    getstate = staticmethod(autograd.get_rng_state)
    setstate = staticmethod(autograd.set_rng_state)


ENGINE_RANDOM = EngineRandom()  # hypothesis holds it weakly
register_random(ENGINE_RANDOM)


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Weights drawn at random may fall on a kink of relu: let a test meet the same ones each time."""
    autograd.seed(0)


def no_skip(report: Report) -> Report:
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("GLASSGRAD_REQUIRE_TORCH"):
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Report, Report]:
    return no_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Report, Report]:
    return no_skip((yield))
