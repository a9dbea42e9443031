"""How hard hypothesis searches: HYPOTHESIS_PROFILE=dev (the default), ci (the same cases each time) or nightly.

GLASSGRAD_REQUIRE_TORCH=1 (`make parity`) makes a skipped test a failure, as where PyTorch or onnxruntime is missing.
"""

import ast
import itertools
import os
import sys
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, register_random, settings

import autograd

Check = Callable[[], None]
Interrupted = Callable[..., int]
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


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Trace no line of a test marked `no_cover`: in processes side by side, stopping one measurement leaves another."""
    tracer = sys.gettrace()
    if item.get_closest_marker("no_cover"):
        sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


@pytest.fixture
def interrupted() -> Interrupted:
    """Call `act` again and again with Ctrl-C at its first line, its second, and so on, until it ends undisturbed.

    `act` is made anew each time by `prepare`, and `check` looks at what each left behind. Lines of the named modules
    count, but for those where tracing stops and Python itself takes no interrupt: the end of a `with` block, which is
    one call in C, `try`, which does nothing, and the first line of a `finally`. With `every` it stops at some only.
    """

    def at_every_line(
        modules: Iterable[ModuleType], prepare: Callable[[], Callable[[], Any]], check: Check, every: int = 1
    ) -> int:
        blocks = [
            (str(m.__file__), n)
            for m in modules
            for n in ast.walk(ast.parse(Path(str(m.__file__)).read_text()))
            if isinstance(n, (ast.With, ast.Try))
        ]
        skipped = {(name, n.lineno) for name, n in blocks}
        skipped |= {(name, n.finalbody[0].lineno) for name, n in blocks if isinstance(n, ast.Try) and n.finalbody}
        files = {str(m.__file__) for m in modules}
        for number in itertools.count(1, every):
            lines = itertools.count(1)

            def trace(frame: FrameType, event: str, argument: object) -> Any:
                where = frame.f_code.co_filename, frame.f_lineno
                if where[0] not in files:
                    return None
                if event == "line" and where not in skipped and next(lines) == number:  # noqa: B023
                    raise KeyboardInterrupt
                return trace

            act = prepare()
            before = sys.gettrace()
            sys.settrace(trace)
            try:
                act()
                ended = True
            except KeyboardInterrupt:
                ended = False
            finally:
                sys.settrace(before)
            check()
            if ended:
                return number - 1
        raise AssertionError

    return at_every_line


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
