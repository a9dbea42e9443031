"""Weights on disk in the safetensors format, which PyTorch's tools read and write too: arrays and names, no code.

Format: https://huggingface.co/docs/safetensors. Nothing here reads a pickle, which could run any program.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import stat
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import safetensors
from safetensors import numpy as codec

from autograd import Tensor

from .module import Module, WeightsError

__all__ = ["load", "save"]

_DTYPES = {
    "BOOL": "?", "U8": "u1", "U16": "<u2", "U32": "<u4", "U64": "<u8", "I8": "i1", "I16": "<i2", "I32": "<i4",
    "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "<u2",
}  # fmt: skip
_MENDS = {
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR), "there is no such folder; make it first (os.makedirs)"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "allow writing there, or choose another place"),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "make room, or choose another place; nothing changed"),
    errno.EISDIR: "this is a folder; name a file in it",
    errno.EINVAL: "this is a device or a pipe; name an ordinary file",
}


def save(
    state: Module | Mapping[str, Any], path: str | os.PathLike[str], metadata: Mapping[str, str] | None = None
) -> None:
    """Write a model's state, or arrays by name, to a safetensors file: all of it, or the old file stays as it was.

    Of a module, a tied parameter is written once, under the first of its names in alphabetical order, and the
    metadata says which names it has besides, as PyTorch's `safetensors.torch.save_model` does; `load_state_dict`
    and `safetensors.torch.load_model` understand that. A mapping is written as it is. `metadata` is text by name,
    for `safetensors.safe_open(path, "np").metadata()`.

    Raises WeightsError that lists what the format cannot hold, and OSError (FileNotFoundError, PermissionError,
    ...) when the file cannot be written.

    >>> import os, tempfile
    >>> from nn import Linear, load
    >>> model, folder = Linear(3, 2), tempfile.TemporaryDirectory()
    >>> path = os.path.join(folder.name, "model.safetensors")
    >>> save(model, path)
    >>> model.load_state_dict(load(path))
    Keys(missing_keys=[], unexpected_keys=[])
    >>> folder.cleanup()
    """
    if not isinstance(state, (Module, Mapping)):
        raise TypeError(f"nn.save(state, path): state is a Module or a dict of arrays, not {type(state).__name__}")
    path = os.fsdecode(path)
    state, tied = _without_twins(state) if isinstance(state, Module) else (state, {})
    arrays, problems = {}, []
    for name, value in state.items():
        try:
            arrays[name] = _storable(name, value)
        except Exception as error:
            problems.append(f"{name!r}: {error}")
    given = dict(metadata or {})
    problems += [f"metadata {k!r}: {v!r} is not text" for k, v in given.items() if not (_is_text(k) and _is_text(v))]
    if problems:
        raise WeightsError(
            f"nn.save: {path!r} was not written, since safetensors cannot hold\n  " + "\n  ".join(problems)
        )
    _replace(path, codec.save(arrays, {**tied, **given} or None))


def load(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read a safetensors file into arrays by name; `model.load_state_dict(nn.load(path))` puts them into a model.

    bfloat16 is read as float32, exactly. Raises FileNotFoundError and other OSErrors, and WeightsError that says
    what is wrong with a file that is damaged, no safetensors file, or holds numbers that NumPy lacks (float8, complex).

    >>> import os, tempfile
    >>> from nn import save
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "weights.safetensors")
    ...     save({"scale": np.float32(2.0)}, path)
    ...     load(path)
    {'scale': array(2., dtype=float32)}
    """
    path = os.fsdecode(path)
    _require_file("nn.load", path)
    with open(path, "rb") as file:
        start = file.read(64)
        try:
            # the parser looks at the header and the size alone here: nothing large is read of what is not weights
            safetensors.safe_open(path, "np")
            content = start + file.read()
            tensors = dict(safetensors.deserialize(content))  # type: ignore[no-untyped-call]
        except safetensors.SafetensorError as error:
            raise _damaged(path, _diagnosis(start, error)) from error
    names = _names(content, path)
    problems = [f"{n!r} is {tensors[n]['dtype']}" for n in names if tensors[n]["dtype"] not in _DTYPES]
    if problems:
        raise _damaged(
            path,
            "these are not numbers that can be used here: " + ", ".join(problems) + "; convert them in PyTorch, "
            "tensor.float(), and save again with safetensors.torch.save_file",
        )
    try:
        return {name: _array(**tensors[name]) for name in names}
    except ValueError as error:  # sizes that the format allows but NumPy does not, such as 100 axes
        raise _damaged(path, str(error)) from error


# -- writing -------------------------------------------------------------------------------------------


def _without_twins(module: Module) -> tuple[dict[str, Any], dict[str, str]]:
    """The state with each tied tensor under one name, and for its other names that one."""
    state = dict(module._state())
    first: dict[int, str] = {}
    for name in sorted(state):
        first.setdefault(id(state[name]), name)
    tied = {name: first[id(tensor)] for name, tensor in state.items() if first[id(tensor)] != name}
    return {name: tensor for name, tensor in state.items() if name not in tied}, tied


def _storable(name: Any, value: Any) -> np.ndarray:
    """The array as the writer takes it: row by row in memory."""
    if not _is_text(name):
        raise TypeError("a name is text")
    if name == "__metadata__":
        raise ValueError("the format keeps this name for itself; choose another")
    array = np.asarray(value.data if isinstance(value, Tensor) else value)
    if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8:
        raise TypeError(f"dtype {array.dtype}; convert it to floats, integers or booleans of up to 64 bits")
    return np.asarray(array, order="C")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value)  # half a character


def _replace(path: str, content: bytes) -> None:
    """Write beside the file and move into its place once it is safe on disk."""
    target = os.path.realpath(path)  # a link goes on pointing to the same place
    exists = os.path.lexists(target)
    if exists:
        _require_file("nn.save", target)
    temporary = os.path.join(os.path.dirname(target), f".safetensors-{secrets.token_hex(8)}")
    try:
        if exists and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        # with the permissions that any new file gets; the ones that tempfile gives are for its owner alone
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if exists:
            os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
        os.replace(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError):
            raise _explained("nn.save", path, error) from error
        raise


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


def _damaged(path: str, why: str) -> WeightsError:
    return WeightsError(f"nn.load: {path!r}: {why}")


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


def _names(content: bytes, path: str) -> list[str]:
    """The names in the file's order; the parser would let the last of two equal ones win without a word."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
        if twice:
            raise ValueError(f"the name {twice[0]!r} occurs twice")
        return dict(pairs)

    size = int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8 : 8 + size].decode(), object_pairs_hook=once)
        return [name for name in header if name != "__metadata__"]
    except (ValueError, RecursionError) as error:
        raise _damaged(path, f"its header is wrong: {error}") from error


def _array(dtype: str, shape: list[int], data: bytearray) -> np.ndarray:
    numbers = np.frombuffer(data, _DTYPES[dtype])
    if dtype == "BF16":  # the upper half of a float32
        numbers = (numbers.astype("<u4") << 16).view("<f4")
    if dtype == "BOOL" and numbers.view("u1").max(initial=0) > 1:
        raise ValueError("a boolean is neither 0 nor 1")
    return numbers.reshape(shape)
