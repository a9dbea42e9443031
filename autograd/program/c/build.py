"""Build: a text of C as a library, by the compiler that is there, kept on disk by its content."""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from ..debug import CompileWarning

FLAGS = ["-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off", "-fwrapv"]
FLAGS += ["-fopenmp-simd", "-w"]
# vector functions, and loops whose choices stay choices; not every C library has the one, not every compiler the other
MORE: tuple[list[str], ...] = (["-fno-thread-jumps", "-lmvec"], ["-lmvec"], [])
VERSION = b"2"  # of what is called how
KEPT = 1000  # libraries on disk, of about 50 kB


class Unavailable(Exception):
    """There is no C here that could run a program; the message says why."""


@cache
def compiler() -> tuple[str, ...]:
    """The command that compiles C: $CC, which may have options, cc, gcc, clang, or that of the package `ziglang`."""
    for command in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        first, *options = command.split() or [""]
        if found := shutil.which(first):
            return (found, *options)
    if importlib.util.find_spec("ziglang"):
        return (sys.executable, "-m", "ziglang", "cc")
    raise Unavailable("no C compiler was found: install gcc or clang, or pip install 'glassgrad[compile]'")


@cache
def machine() -> bytes:
    """What a library depends on beside its text: the compiler and its version, the processor."""
    command = compiler()
    try:
        version = subprocess.run([*command, "--version"], capture_output=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(f"the C compiler {' '.join(command)} does not run: {error}") from error
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    processor = sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))})
    return b"\n".join([VERSION, *(part.encode() for part in (*command, platform.machine(), *processor)), version])


def folder() -> Path:
    """Where libraries are kept: private to the user, or none is loaded from there."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "glassgrad")
    path = Path(os.environ.get("GLASSGRAD_CACHE") or base).expanduser()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = path.stat()
    if hasattr(os, "getuid") and (state.st_uid != os.getuid() or state.st_mode & 0o022):
        raise PermissionError(f"{path} belongs to another user, or others may write to it; chmod 700 it")
    return path


def library(text: str) -> ctypes.CDLL:
    """The library of this text, from the disk or made anew.

    Raises Unavailable where none can be made. Where none can be kept, warns, and makes it for this process alone.
    """
    digest = hashlib.sha256(text.encode() + machine() + " ".join(FLAGS).encode()).hexdigest()
    try:
        path = folder() / f"{digest}.so"
        if whole(path):
            with suppress(OSError):  # such as of a disk that can only be read
                path.touch()  # it is in use
        else:
            keep(text, path)
            tidy(path.parent)
        return loaded(path)
    except (OSError, RuntimeError) as error:  # such as that there is no home
        warnings.warn(f"compile: programs are not kept on disk: {error}", CompileWarning, stacklevel=2)
    try:
        with tempfile.TemporaryDirectory() as place:
            return loaded(made(text, Path(place)))
    except OSError as error:
        raise Unavailable(f"there is no folder for what is compiled: {error}") from error


def loaded(path: Path) -> ctypes.CDLL:
    """The library in this file."""
    try:
        return ctypes.CDLL(str(path))
    except OSError as error:
        raise Unavailable(f"what the C compiler made cannot be loaded: {error}") from error


def keep(text: str, path: Path) -> None:
    """Put a library under its name at once, so that nobody finds half of one."""
    new = made(text, path.parent)
    try:
        loaded(new)
        seal(new)
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def tidy(place: Path) -> None:
    """Remove the libraries that nobody used for longest, if there are more than are kept."""
    with suppress(OSError):  # somebody else does the same
        for path in sorted(place.glob("*.so"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
            path.unlink()


def seal(path: Path) -> None:
    """Write a checksum of the library at its end, where a loader does not look."""
    content = path.read_bytes()
    with path.open("ab") as file:
        file.write(hashlib.sha256(content).digest())


def whole(path: Path) -> bool:
    """Whether a library is there, our own, and as it was written."""
    try:
        state, content = path.lstat(), path.read_bytes()
    except OSError:
        return False
    ours = not hasattr(os, "getuid") or (state.st_uid == os.getuid() and not state.st_mode & 0o022)
    return ours and hashlib.sha256(content[:-32]).digest() == content[-32:]


def made(text: str, place: Path) -> Path:
    """A new library in a folder, under a name that nothing else has."""
    handle, name = tempfile.mkstemp(".so", dir=place)
    os.close(handle)
    os.chmod(name, 0o700)
    problem = ""
    for more in MORE:
        command = [*compiler(), *FLAGS, "-shared", "-fPIC", "-pthread", "-x", "c", "-", "-o", name, *more, "-lm"]
        problem = attempt(command, text)
        if not problem:
            return Path(name)
    os.unlink(name)
    raise Unavailable(f"the C compiler failed: {problem}")


def attempt(command: Sequence[str], text: str) -> str:
    """Run the compiler; what went wrong, or nothing."""
    try:
        run = subprocess.run(command, input=text.encode(), capture_output=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    if run.returncode == 0:
        return ""
    return run.stderr.decode(errors="replace").strip()[-300:] or f"exit status {run.returncode}"
