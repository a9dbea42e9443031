"""Faults on purpose: the n-th file operation, or the n-th allocation of memory for an array, fails once.

Files are counted where Python calls them: open, read, write, flush, close, fsync, lock, stat, chmod, replace, unlink
and the listing of a folder. Arrays are counted in NumPy's own allocator (its C API's PyDataMem_SetHandler): every array
of whatever size, of NumPy's C code too. What safetensors does in Rust counts as one operation: it opens a file by
itself.
"""

import builtins
import ctypes
import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import safetensors

FILES = ("stat", "lstat", "fsync", "chmod", "replace", "unlink", "access", "readlink", "scandir")


class Fault:
    """Counts operations, and lets the one of number `fail` go wrong; `failed` says which that was."""

    def __init__(self, fail: int = 0) -> None:
        self.fail, self.count, self.failed = fail, 0, ""

    def due(self, what: str) -> bool:
        """Count one operation; whether it is the one."""
        self.count += 1
        if self.count == self.fail:
            self.failed = what
        return self.count == self.fail

    def file(self, what: str) -> None:
        """Count one, and raise OSError in its place."""
        if self.due(what):
            raise OSError(errno.EIO, f"Input/output error in {what}")


class _File:
    """An open file, each of whose operations is counted."""

    def __init__(self, file: Any, fault: Fault) -> None:
        self._file, self._fault = file, fault

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._file, name)
        if name not in ("read", "write", "flush"):
            return value

        def counted(*args: Any) -> Any:
            self._fault.file(name)
            return value(*args)

        return counted

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it, whether or not that is said to fail, as systems do."""
        closed = self._file.closed
        self._file.close()
        if not closed:
            self._fault.file("close")


@contextmanager
def failing_file(folder: Any, fail: int) -> Iterator[Fault]:
    """Let one operation on files in `folder` fail."""
    fault, before = Fault(fail), {}

    def here(target: object) -> bool:
        return isinstance(target, (int, _File)) or os.fsdecode(target).startswith(str(folder))  # type: ignore[arg-type]

    def counted(owner: Any, name: str, wrap: Callable[[Any], Any] = lambda made: made) -> None:
        call = before[owner, name] = getattr(owner, name)

        def replaced(target: Any, *args: Any, **options: Any) -> Any:
            if not here(target):
                return call(target, *args, **options)
            fault.file(name)
            return wrap(call(target, *args, **options))

        setattr(owner, name, replaced)

    try:
        for name in FILES:
            counted(os, name)
        counted(fcntl, "flock")
        counted(safetensors, "safe_open")
        counted(builtins, "open", lambda file: _File(file, fault))
        yield fault
    finally:
        for (owner, name), call in before.items():
            setattr(owner, name, call)


# -- arrays --------------------------------------------------------------------------------------------

_SIZE, _POINTER = ctypes.c_size_t, ctypes.c_void_p
_MALLOC = ctypes.CFUNCTYPE(_POINTER, _POINTER, _SIZE)
_CALLOC = ctypes.CFUNCTYPE(_POINTER, _POINTER, _SIZE, _SIZE)
_REALLOC = ctypes.CFUNCTYPE(_POINTER, _POINTER, _POINTER, _SIZE)


class _Handler(ctypes.Structure):
    """NumPy's PyDataMem_Handler."""

    _fields_ = (
        ("name", ctypes.c_char * 127),
        ("version", ctypes.c_uint8),
        ("ctx", _POINTER),
        ("malloc", _MALLOC),
        ("calloc", _CALLOC),
        ("realloc", _REALLOC),
        ("free", _POINTER),
    )


def _c_api(place: int, *types: Any) -> Any:
    """A function of NumPy's C API, which is a table of pointers."""
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = _POINTER, [ctypes.py_object, ctypes.c_char_p]
    table = ctypes.cast(pointer(np._core._multiarray_umath._ARRAY_API, None), ctypes.POINTER(_POINTER))
    return ctypes.PYFUNCTYPE(*types)(table[place])


_set = _c_api(304, ctypes.py_object, ctypes.py_object)  # PyDataMem_SetHandler
_get = _c_api(305, ctypes.py_object)  # PyDataMem_GetHandler
_kept: list[Any] = []  # handlers must live as long as arrays that they made


@contextmanager
def failing_array(fail: int) -> Iterator[Fault]:
    """Let one allocation of an array's memory fail; NumPy makes a MemoryError of it."""
    fault = Fault(fail)
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    usual = _Handler.from_address(pointer(_get(), b"mem_handler"))
    mine = _Handler.from_buffer_copy(usual)
    mine.malloc = _MALLOC(lambda ctx, size: None if fault.due("malloc") else usual.malloc(ctx, size))
    mine.calloc = _CALLOC(lambda ctx, n, size: None if fault.due("calloc") else usual.calloc(ctx, n, size))
    mine.realloc = _REALLOC(lambda ctx, old, size: None if fault.due("realloc") else usual.realloc(ctx, old, size))
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, [_POINTER, ctypes.c_char_p, _POINTER]
    capsule = new(ctypes.addressof(mine), b"mem_handler", None)
    _kept.append((mine, capsule))
    before = _set(capsule)
    try:
        yield fault
    finally:
        _set(before)


def each_fault(
    failing: Callable[[int], Any], act: Callable[[], object], check: Callable[[Fault], None], step: int = 1
) -> int:
    """Call `act` with its first operation failing, its second, and so on, until none is left; how many there were.

    `check` looks at what each left behind.
    """
    number = 1
    while True:
        with failing(number) as fault:
            try:
                act()
            except (OSError, MemoryError):
                if not fault.failed:
                    raise
        check(fault)
        if not fault.failed:
            return number - 1
        number += step
