"""The IDX format of MNIST: a type, the sizes of the axes, then the numbers, all big-endian (LeCun et al. 1998)."""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from math import prod
from typing import BinaryIO

import numpy as np

from autograd.engine.types import Array

__all__ = ["read_idx"]

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: str | os.PathLike[str]) -> Array:
    """The array in an IDX file, gzipped or not: uint8, int8, int16, int32, float32 or float64, of one axis or more.

    Raises ValueError, with the name of the file and what is wrong with it, for any file that is not exactly one whole
    IDX array; OSError (FileNotFoundError, ...) for a file that cannot be opened.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "labels-idx1-ubyte")
    ...     _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 3]) + bytes([7, 2, 1]))
    ...     read_idx(path)
    array([7, 2, 1], dtype=uint8)
    """
    try:
        with open(path, "rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            return _array(gzip.GzipFile(fileobj=file) if zipped else file)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"read_idx: {os.fsdecode(path)!r} is a damaged gzip file ({error}); get it again") from None
    except ValueError as error:
        raise ValueError(f"read_idx: {os.fsdecode(path)!r} {error}") from None


def _array(file: BinaryIO | gzip.GzipFile) -> Array:
    magic = _read(file, 4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _DTYPES or not magic[3]:
        raise ValueError(
            f"is no IDX file: it begins with {bytes(magic).hex(' ') or 'nothing'}, an IDX file with 00 00, "
            f"a type (one of {', '.join(f'{code:02x}' for code in _DTYPES)}) and the number of its axes, from 1"
        )
    dtype, axes = np.dtype(_DTYPES[magic[2]]), magic[3]
    header = _read(file, 4 * axes)
    if len(header) < 4 * axes:
        raise ValueError(f"ends inside its header: the sizes of {axes} axes take {4 * axes} bytes, not {len(header)}")
    shape = struct.unpack(f">{axes}I", header)
    due = prod(shape) * dtype.itemsize
    values = _read(file, due + 1)
    if len(values) != due:
        found = f"only {len(values)}; get it again" if len(values) < due else "more; something else follows them"
        raise ValueError(f"does not fit its header: shape {shape} in {dtype.name} takes {due} bytes, it has {found}")
    try:
        return np.frombuffer(values, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)
    except ValueError as error:
        raise ValueError(f"holds shape {shape}, which NumPy cannot ({error})") from None


def _read(file: BinaryIO | gzip.GzipFile, count: int) -> bytearray:
    """Up to `count` bytes. In pieces, since a damaged header may ask for more memory than there is."""
    content = bytearray()
    while len(content) < count and (piece := file.read(min(count - len(content), 1 << 20))):
        content += piece
    return content
