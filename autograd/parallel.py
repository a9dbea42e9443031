"""Long array work on all cores: threads that each take a part of the batch, with BLAS held to one thread.

NumPy releases the interpreter's lock during its long calls, so threads over large parts scale, where BLAS's own
threads would only share the matrix products. There are as many as BLAS may use, so OMP_NUM_THREADS=1 means one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from math import prod
from typing import Any

import numpy as np

_busy = threading.Lock()  # one parallel section at a time: a second would multiply the threads
_local = threading.local()
KEPT = 1 << 23  # bytes of working memory that a thread keeps for the next call


@cache
def _blas() -> list[Any]:
    from threadpoolctl import ThreadpoolController  # after NumPy and SciPy have loaded theirs

    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


@cache
def _pool(process: int, size: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(size, thread_name_prefix="glassgrad")


def split(work: Callable[[int, int], Any], count: int) -> list[Any]:
    """Call `work(start, stop)` on consecutive parts of range(count), one for each thread, and list the results.

    >>> split(lambda start, stop: [start, stop], 1)
    [[0, 1]]
    """
    if count < 2 or not _busy.acquire(blocking=False):
        return [work(0, count)]
    try:
        libraries = _blas()
        threads = max((library.num_threads for library in libraries), default=1)
        parts = min(threads, count)
        if parts < 2:
            return [work(0, count)]
        allowed = [library.num_threads for library in libraries]
        bounds = [count * i // parts for i in range(parts + 1)]
        for library in libraries:
            library.set_num_threads(1)
        try:
            pool = _pool(os.getpid(), threads - 1)  # threads do not survive a fork
            others = [pool.submit(copy_context().run, work, a, b) for a, b in zip(bounds[1:], bounds[2:])]
            try:
                first = work(0, bounds[1])
            finally:
                rest = [other.exception() or other.result() for other in others]  # none may go on writing
            return [first, *map(_raised, rest)]
        finally:
            for library, number in zip(libraries, allowed):
                library.set_num_threads(number)
    finally:
        _busy.release()


def _raised(result: Any) -> Any:
    if isinstance(result, BaseException):
        raise result
    return result


def scratch(slot: str, shape: tuple[int, ...], dtype: Any) -> Any:
    """Uninitialised working memory of this thread, overwritten by its next use of `slot`: it costs no page faults."""
    dtype = np.dtype(dtype)
    size = prod(shape) * dtype.itemsize
    held = getattr(_local, slot, None)
    if held is None or held.size < size:
        held = np.empty(size, np.uint8)
        if size <= KEPT:
            setattr(_local, slot, held)
    return held[:size].view(dtype).reshape(shape)
