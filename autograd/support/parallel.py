"""Long array work on all cores: threads that each take a part of the batch, with BLAS held to one thread.

NumPy releases the interpreter's lock during its long calls, so threads over large parts scale, where BLAS's own
threads would only share the matrix products. There are as many as BLAS may use, so OMP_NUM_THREADS=1 means one.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from functools import cache, partial
from math import prod
from queue import SimpleQueue
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike

T = TypeVar("T")

# Ctrl-C may fall between any two steps, so nothing here holds a lock of Python's: what says who is at work are
# dictionaries, which change in one step, and threads hand over through queues, which wait in C
_running: dict[object, None] = {}  # the section at work; a second at the same time would multiply the threads
_allowed: dict[Any, int] = {}  # how many threads each BLAS had before that section, until it has them again
_sections = [1]  # how many threads the last had
_forking: dict[int, None] = {}  # the process that is about to fork
_local = threading.local()
KEPT = 1 << 23  # bytes of working memory that a thread keeps for the next call


@cache
def _blas() -> list[Any]:
    from threadpoolctl import ThreadpoolController  # after NumPy and SciPy have loaded theirs

    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


@cache
def _workers(process: int, count: int) -> SimpleQueue[Callable[[], None]]:
    """The queue of the jobs that `count` threads of this process do; threads do not survive a fork."""
    jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()

    def serve() -> None:
        while True:
            jobs.get()()

    for number in range(count):
        threading.Thread(target=serve, name=f"glassgrad_{number}", daemon=True).start()
    return jobs


def split(work: Callable[[int, int], T], count: int) -> list[T]:
    """Call `work(start, stop)` on consecutive parts of range(count), one for each thread, and list the results.

    The parts depend on the number of threads alone, so that sums over them are the same each time.

    >>> split(lambda start, stop: [start, stop], 1)
    [[0, 1]]
    """
    if _forking:
        _wait_until(lambda: not _forking)
    section = object()
    try:
        _running[section] = None
        alone = list(_running)[0] is section  # noqa: RUF015 - in one step, while others come and go
        libraries = _blas()
        # while another section has BLAS at one thread, there are as many parts as it would have made
        each = [_allowed.get(library, library.num_threads) for library in libraries]
        threads = max(each, default=1) if alone else _sections[0]
        parts = min(threads, count)
        if parts < 2:
            return [work(0, count)]
        bounds = [count * i // parts for i in range(parts + 1)]
        if not alone or sys.is_finalizing():
            _running.pop(section, None)
            return [work(a, b) for a, b in zip(bounds, bounds[1:])]
        _sections[0] = threads
        return _at_once(work, bounds, dict(zip(libraries, each)))
    finally:
        _running.pop(section, None)


def _at_once(work: Callable[[int, int], T], bounds: list[int], libraries: dict[Any, int]) -> list[T]:
    """`work` on each part in a thread of its own, the first in this one, with BLAS at one thread each."""
    parts = len(bounds) - 1
    results: dict[int, T] = {}
    errors: dict[int, BaseException] = {}
    done: SimpleQueue[int] = SimpleQueue()

    def job(number: int) -> None:
        try:
            results[number] = work(bounds[number], bounds[number + 1])
        except BaseException as error:
            errors[number] = error
        done.put(number)

    try:
        _allowed.update(libraries)  # where an interrupt keeps them from being given back, the next section does it
        for library in libraries:
            library.set_num_threads(1)
        jobs = _workers(os.getpid(), parts - 1)
        for number in range(1, parts):
            jobs.put(partial(copy_context().run, job, number))
        job(0)
        for _ in range(parts):
            done.get()  # all of them, since none may go on writing
    finally:
        for library, number in libraries.items():
            library.set_num_threads(number)
        _allowed.clear()
    if errors:
        raise errors[min(errors)]
    return [results[number] for number in range(parts)]


def _wait_until(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not ready() and time.monotonic() < end:
        time.sleep(0.001)


def _before_fork() -> None:
    """Let a section end, and none begin, so that the child finds BLAS as it was and nobody at work."""
    _forking[os.getpid()] = None
    _wait_until(lambda: not _running)


def _in_child() -> None:
    """What was at work is no more."""
    _running.clear()
    _forking.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_forking.clear, after_in_child=_in_child)


def scratch(slot: str, shape: tuple[int, ...], dtype: DTypeLike) -> Any:
    """Uninitialised working memory of this thread, overwritten by its next use of `slot`: it costs no page faults."""
    dtype = np.dtype(dtype)
    size = prod(shape) * dtype.itemsize
    held: np.ndarray | None = getattr(_local, slot, None)
    if held is None or held.size < size:
        held = np.empty(size, np.uint8)
        if size <= KEPT:
            setattr(_local, slot, held)
    return held[:size].view(dtype).reshape(shape)
