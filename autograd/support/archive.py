"""Arrays by name in one file, in the safetensors format: weights and checkpoints. It holds no code.

Format: https://huggingface.co/docs/safetensors. Nothing here reads a pickle, which could run any program. A file is
replaced as a whole: whoever reads it, at any moment, finds the old content or the new.
"""

from __future__ import annotations

import errno
import glob
import json
import os
import secrets
import stat
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, BinaryIO

import numpy as np
import safetensors
from safetensors import numpy as codec

from ..engine.errors import WeightsError

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None  # type: ignore[assignment]

_KINDS = {
    "BOOL": "?", "U8": "u1", "U16": "<u2", "U32": "<u4", "U64": "<u8", "I8": "i1", "I16": "<i2", "I32": "<i4",
    "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "<u2", "C64": "<c8",
}  # fmt: skip
_DTYPES = {name: np.dtype(kind) for name, kind in _KINDS.items()}
_MENDS = {
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR), "there is no such folder; make it first (os.makedirs)"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "allow writing there, or choose another place"),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "make room, or choose another place; nothing changed"),
    errno.EISDIR: "this is a folder; name a file in it",
    errno.EINVAL: "this is a device or a pipe; name an ordinary file",
}


def write(what: str, path: str | os.PathLike[str], state: Mapping[str, object], metadata: Mapping[str, str]) -> None:
    """Write arrays and text by name to a file: all of it, or the old file stays as it was.

    `what` names the caller in errors. Raises WeightsError that lists what the format cannot hold, and OSError
    (FileNotFoundError, PermissionError, ...) when the file cannot be written.
    """
    path = os.fsdecode(path)
    arrays, problems = {}, []
    for name, value in state.items():
        try:
            arrays[name] = _storable(name, value)
        except MemoryError:
            raise
        except Exception as error:
            problems.append(f"{name!r}: {error}")
    problems += [f"metadata {k!r}: {v!r} is not text" for k, v in metadata.items() if not (_is_text(k) and _is_text(v))]
    if problems:
        listed = "\n  ".join(problems)
        raise WeightsError(f"{what}: {path!r} was not written, since safetensors cannot hold\n  {listed}")
    replace(what, path, codec.save(arrays, dict(metadata) or None))


def read(what: str, path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays and the text by name that a file holds.

    bfloat16 is read as float32, exactly. Raises FileNotFoundError and other OSErrors, and WeightsError that says
    what is wrong with a file that is damaged, no safetensors file, or holds numbers that NumPy lacks (float8, complex).
    """
    path = os.fsdecode(path)
    _require_file(what, path)
    try:
        return _parsed(path)
    except WeightsError as error:
        raise WeightsError(f"{what}: {path!r}: {error}") from error.__cause__


def _storable(name: object, value: object) -> np.ndarray:
    """The array as the writer takes it: row by row in memory."""
    if not _is_text(name):
        raise TypeError("a name is text")
    if name == "__metadata__":
        raise ValueError("the format keeps this name for itself; choose another")
    array = np.asarray(value.numpy() if hasattr(value, "numpy") else value)  # of a Tensor its values
    if array.dtype.kind not in "fiubc" or array.dtype.itemsize > 8:
        raise TypeError(f"dtype {array.dtype}; convert it to numbers or booleans of up to 64 bits, such as complex64")
    return np.asarray(array, order="C")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value)  # half a character


def replace(what: str, path: str, content: bytes) -> None:
    """Write beside the file and move into its place once it is safe on disk."""
    target = os.path.realpath(path)  # a link goes on pointing to the same place
    if os.path.islink(target):  # it could not be followed, and would be replaced itself
        raise _explained(what, path, OSError(errno.ELOOP, os.strerror(errno.ELOOP)))
    there = exists(target)
    if there:
        _require_file(what, target)
    remove_leftovers(target)
    # short, whatever the length of the target's name
    temporary = os.path.join(os.path.dirname(target), f".safetensors-{secrets.token_hex(8)}")
    try:
        if there and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        # with the permissions that any new file gets; the ones that tempfile gives are for its owner alone
        with open(temporary, "xb") as file:
            if not _mine(file, temporary):
                return replace(what, path, content)
            if there:  # before there is anything in it to read
                os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            if fcntl is None:
                file.close()  # no open file is moved there
            os.replace(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise _explained(what, path, error) from error
        raise


def exists(path: str | os.PathLike[str]) -> bool:
    """Whether there is a file; OSError where the system does not say, since what is taken for none is written over."""
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _lock(file: BinaryIO) -> None:
    """Lock a file until it is closed, or its process is no more; OSError if another has locked it.

    Where there are no such locks, as on Windows, nobody can remove an open file.
    """
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _mine(file: BinaryIO, path: str) -> bool:
    """Lock a new file; False if in the moment before another process took it for a leftover."""
    try:
        _lock(file)
    except BlockingIOError:
        return False
    except OSError:  # the disk of another machine may know no locks, and then nobody removes anything
        return True
    return exists(path)


def remove_leftovers(path: str | os.PathLike[str]) -> None:
    """Remove what killed processes left behind while they wrote to the folder of `path`; those at work keep theirs."""
    folder = glob.escape(os.path.dirname(os.path.realpath(os.fsdecode(path))))
    for leftover in glob.glob(os.path.join(folder, ".safetensors-" + "[0-9a-f]" * 16)):
        with suppress(OSError), open(leftover, "rb") as file:
            _lock(file)
            os.unlink(leftover)


def _require_file(what: str, path: str) -> None:
    """Raise OSError for a folder, a device or a pipe: saving would replace it, and reading might never end."""
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        raise _explained(what, path, OSError(errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL, "not a file"))


def _explained(what: str, path: str, error: OSError) -> OSError:
    """The same kind of OSError, with the path that the user named and what to do."""
    mend = _MENDS.get(error.errno or 0)
    return OSError(error.errno, f"{what}: {error.strerror}" + (f"; {mend}" if mend else ""), path)


# -- reading -------------------------------------------------------------------------------------------


def _parsed(path: str) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    with open(path, "rb") as file:
        start = file.read(64)
        try:
            # the parser checks the header against the size: nothing large is read of what is not weights
            safetensors.safe_open(path, "np")
        except safetensors.SafetensorError as error:
            raise WeightsError(_diagnosis(start, error)) from error
        content = start + file.read()
    header = _header(content)
    metadata = header.pop("__metadata__", None) or {}
    problems = [f"{name!r} is {entry['dtype']}" for name, entry in header.items() if entry["dtype"] not in _DTYPES]
    if problems:
        raise WeightsError(
            "these are not numbers that can be used here: " + ", ".join(problems) + "; convert them in PyTorch, "
            "tensor.float(), and save again with safetensors.torch.save_file"
        )
    data = memoryview(content)[8 + int.from_bytes(content[:8], "little") :]
    try:
        return {name: _array(data, entry) for name, entry in header.items()}, metadata
    except ValueError as error:  # sizes that the format allows but NumPy does not, such as 100 axes
        raise WeightsError(str(error)) from error


def _diagnosis(start: bytes, error: Exception) -> str:
    """What the file seems to be, from its first bytes, or what the parser found wrong."""
    if start[:4] == b"PK\x03\x04" and b".npy" in start:
        return "this is a NumPy archive; np.load reads it"
    if start[:4] == b"PK\x03\x04" or start[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
        return (
            "this is a pickle, as torch.save writes, and reading one can run any program. Convert it where you trust "
            "it, in PyTorch: safetensors.torch.save_file(torch.load(path, weights_only=True), new_path)"
        )
    return f"damaged, cut short, or no safetensors file ({str(error).partition(': ')[2] or error})"


def _header(content: bytes) -> dict[str, Any]:
    """The header in the file's order; the parser would let the last of two equal names win without a word."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
            raise ValueError(f"the name {name!r} occurs twice")
        return made

    size = int.from_bytes(content[:8], "little")
    try:
        header: dict[str, Any] = json.loads(content[8 : 8 + size].decode(), object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"its header is wrong: {error}") from error
    return header


def _array(data: memoryview, entry: dict[str, Any]) -> np.ndarray:
    """An array of its own memory, from its part of the file."""
    dtype, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
    kind = _DTYPES[dtype]
    numbers = np.frombuffer(data, kind, (end - begin) // kind.itemsize, begin) if end > begin else np.empty(0, kind)
    if dtype == "BF16":  # the upper half of a float32
        return (numbers.astype("<u4") << 16).view("<f4").reshape(shape)
    if dtype == "BOOL" and numbers.view("u1").max(initial=0) > 1:
        raise ValueError("a boolean is neither 0 nor 1")
    return numbers.reshape(shape).copy()
