import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from autograd import no_grad
from autograd.engine import modes
from autograd.support import parallel
from autograd.support.parallel import scratch, split


@pytest.fixture
def three_threads():
    with threadpool_limits(3, "blas"):
        yield


def blas_threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10])
def test_parts_cover_the_range_once_and_in_order(count, three_threads):
    parts = split(lambda start, stop: list(range(start, stop)), count)

    assert [i for part in parts for i in part] == list(range(count))
    assert len(parts) == min(max(count, 1), 3)


def test_blas_has_one_thread_inside_and_its_own_number_again_after(three_threads):
    before = blas_threads()
    inside = split(lambda start, stop: blas_threads(), 6)

    assert all(set(seen) == {1} for seen in inside)
    assert blas_threads() == before


@pytest.mark.parametrize("bad", [0, 3, 5])
def test_an_error_in_any_part_is_raised_when_all_have_stopped(bad, three_threads):
    done = []

    def work(start, stop):
        if start <= bad < stop:
            raise ArithmeticError(bad)
        done.append(start)

    before = blas_threads()
    with pytest.raises(ArithmeticError):
        split(work, 6)
    assert len(done) == 2
    assert blas_threads() == before


def test_a_section_inside_a_section_runs_in_its_own_thread(three_threads):
    inner = split(lambda start, stop: split(lambda a, b: threading.get_ident(), stop - start), 6)

    assert all(len(set(idents)) == 1 for idents in inner)


def test_parts_see_the_callers_switches(three_threads):
    with no_grad():
        expected = modes.mode.get()
        assert split(lambda start, stop: modes.mode.get(), 3) == [expected] * 3


def test_working_memory_is_used_again_and_belongs_to_one_thread():
    first = scratch("test", (4, 4), np.float32)
    again = scratch("test", (2, 2), np.float64)
    other = []
    thread = threading.Thread(target=lambda: other.append(scratch("test", (4,), np.float32)))
    thread.start()
    thread.join()

    assert np.shares_memory(first, again)
    assert not np.shares_memory(first, other[0])


def test_the_parts_are_the_same_while_another_section_runs(three_threads):
    seen = split(lambda start, stop: split(lambda a, b: (a, b), 9), 3)

    assert seen == [[(0, 3), (3, 6), (6, 9)]] * 3


SCRIPT = """
import threading, time
import numpy as np
import autograd

x, w = np.ones((8, 64, 32, 32), np.float32), np.ones((64, 64, 3, 3), np.float32)
print(autograd.convolution(x, w, padding=1)[0, 0, 5, 5].round())
{ending}
"""


@pytest.mark.parametrize(
    "ending",
    [
        "import atexit; atexit.register(lambda: print(autograd.convolution(x, w, padding=1)[0, 0, 5, 5].round()))",
        """
def late():
    time.sleep(0.3)
    print(autograd.convolution(x, w, padding=1)[0, 0, 5, 5].round())
threading.Thread(target=late).start()
""",
        """
import multiprocessing, os, warnings
warnings.simplefilter("ignore")
from autograd.support import parallel
stop = []
def loop():
    while not stop:
        autograd.convolution(x, w, padding=1)
def child():
    allowed = [library.num_threads for library in parallel._blas()]
    fine = not parallel._running and min(allowed) > 1
    print(autograd.convolution(x, w, padding=1)[0, 0, 5, 5].round() if fine else allowed, flush=True)
thread = threading.Thread(target=loop)
thread.start()
process = multiprocessing.get_context("fork").Process(target=child)
process.start()
process.join()
stop.append(1)
thread.join()
""",
    ],
    ids=["at exit", "in a thread after the end of the main one", "in a child that was forked from a busy parent"],
)
def test_sections_work(ending):
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(ending=ending)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.split() == ["576.0", "576.0"], done.stderr


def test_an_interrupt_at_any_line_leaves_blas_as_it_was_and_the_next_section_at_work(three_threads, interrupted):
    before = blas_threads()

    def check():
        assert split(lambda start, stop: (start, stop), 6) == [(0, 2), (2, 4), (4, 6)]
        assert blas_threads() == before
        assert not parallel._running

    prepare = lambda: lambda: split(lambda start, stop: stop - start, 6)  # noqa: E731

    assert interrupted([parallel], prepare, check) > 15
