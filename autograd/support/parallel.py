"""Long array work on all cores: threads that each take a part of the batch, with BLAS held to one thread.

NumPy releases the interpreter's lock during its long calls, so threads over large parts scale, where BLAS's own
threads would only share the matrix products. There are as many as BLAS may use, so OMP_NUM_THREADS=1 means one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import copy_context
from functools import cache
from math import prod
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike

T = TypeVar("T")

_busy = threading.Lock()  # one parallel section at a time: a second would multiply the threads
_open = threading.Event()  # cleared while the process forks
_open.set()
_sections = [1]  # how many threads the last had
_local = threading.local()
KEPT = 1 << 23  # bytes of working memory that a thread keeps for the next call


@cache
def _blas() -> list[Any]:
    from threadpoolctl import ThreadpoolController  # after NumPy and SciPy have loaded theirs

    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


@cache
def _pool(process: int, size: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(size, thread_name_prefix="glassgrad")


def split(work: Callable[[int, int], T], count: int) -> list[T]:
    """Call `work(start, stop)` on consecutive parts of range(count), one for each thread, and list the results.

    The parts depend on the number of threads alone, so that sums over them are the same each time.

    >>> split(lambda start, stop: [start, stop], 1)
    [[0, 1]]
    """
    _open.wait(timeout=10)
    alone = _busy.acquire(blocking=False)
    try:
        libraries = _blas()
        # while another section has BLAS at one thread, there are as many parts as it would have made
        threads = max((library.num_threads for library in libraries), default=1) if alone else _sections[0]
        parts = min(threads, count)
        if parts < 2:
            return [work(0, count)]
        bounds = [count * i // parts for i in range(parts + 1)]
        if not alone:
            return [work(a, b) for a, b in zip(bounds, bounds[1:])]
        _sections[0] = threads
        return _at_once(work, bounds, libraries)
    finally:
        if alone:
            _busy.release()


def _at_once(work: Callable[[int, int], T], bounds: list[int], libraries: list[Any]) -> list[T]:
    """`work` on each part in a thread of its own, the first in this one, with BLAS at one thread each."""
    allowed = [library.num_threads for library in libraries]
    for library in libraries:
        library.set_num_threads(1)
    others: list[Future[T]] = []
    try:
        pool = _pool(os.getpid(), len(bounds) - 2)  # threads do not survive a fork
        with suppress(RuntimeError):  # as Python shuts down, no thread takes work any more
            others += [pool.submit(copy_context().run, work, a, b) for a, b in zip(bounds[1:], bounds[2:])]
        try:
            results = [work(bounds[0], bounds[1])]
        finally:
            wait(others)  # none may go on writing
        results += [other.result() for other in others]
        return results + [work(a, b) for a, b in zip(bounds[len(results) :], bounds[len(results) + 1 :])]
    finally:
        for library, number in zip(libraries, allowed):
            library.set_num_threads(number)


def _before_fork() -> None:
    """Let a section end, and none begin, so that the child finds BLAS as it was and nobody at work."""
    _open.clear()
    _local.forking = _busy.acquire(timeout=10)


def _after_fork() -> None:
    if _local.forking:
        _busy.release()
    _open.set()


def _in_child() -> None:
    global _open
    _open = threading.Event()  # the old one may be held by a thread that is no more
    _after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)


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
