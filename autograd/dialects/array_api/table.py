"""The table: what of the array API standard is NumPy's under the same name, and what is said here in other words."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.modes import default
from ...engine.op import numpy_functions, numpy_ufuncs
from ...engine.tensor import Tensor, make
from ...ops import astype as cast, concatenate

# NumPy's name is the standard's, and so are its arguments; our operation answers where there is one
SAME = """
    abs acos acosh add all any argmax argmin argsort asin asinh atan atan2 atanh bitwise_and bitwise_invert
    bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor broadcast_to can_cast ceil clip conj copysign cos cosh
    count_nonzero cumulative_prod cumulative_sum diff divide equal exp expand_dims expm1 flip floor floor_divide greater
    greater_equal hypot imag isfinite isin isinf isnan less less_equal log log10 log1p log2 logaddexp logical_and
    logical_not logical_or logical_xor matmul matrix_transpose max maximum mean min minimum moveaxis multiply negative
    nonzero not_equal permute_dims positive pow prod real reciprocal remainder repeat reshape roll round searchsorted
    sign signbit sin sinh sort sqrt square squeeze stack std subtract sum take take_along_axis tan tanh tensordot tile
    tril triu trunc unique_all unique_counts unique_inverse unique_values unstack var vecdot where
"""
LINALG = """
    cholesky cross det diagonal eig eigh eigvals eigvalsh inv matmul matrix_norm matrix_power matrix_rank
    matrix_transpose outer pinv qr slogdet solve svd svdvals tensordot trace vecdot vector_norm
"""
FFT = "fft fftn fftshift hfft ifft ifftn ifftshift ihfft irfft irfftn rfft rfftn"
DTYPES = """
    bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128
"""
DEVICE = "cpu"  # the only one


def on_the_cpu(device: Any) -> None:
    """Raise ValueError for a device that there is not."""
    if device not in (None, DEVICE):
        raise ValueError(f"device {device!r}: everything is on the CPU, device={DEVICE!r}")


def tensors(found: Any) -> Any:
    """Tensors in the place of arrays, also within tuples; what carries a graph has it."""
    if isinstance(found, (np.ndarray, np.generic)):
        return make(found if found.ndim else found[()], None)
    if isinstance(found, tuple):
        parts = map(tensors, found)
        return type(found)(*parts) if hasattr(found, "_fields") else tuple(parts)
    return found


def ours(function: Any) -> Any:
    """Our operation for a function of NumPy's, which itself answers where there is none."""
    return numpy_ufuncs.get(function) or numpy_functions.get(function) or function


def floats(dtype: Any) -> Any:
    """The dtype, or the default one for floats."""
    return dtype or default.get()


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Tensor:
    """A Tensor of numbers, arrays or Tensors; the same one where nothing is to change.

    Raises ValueError for copy=False where a Tensor has to be made: it holds values of its own.
    """
    on_the_cpu(device)
    if isinstance(obj, Tensor):
        changed = obj if dtype is None or obj.dtype == dtype else cast(obj, dtype)
        if copy is False and changed is not obj:
            raise ValueError(f"asarray(copy=False) of {obj.dtype} as {np.dtype(dtype)}: another dtype is a copy")
        return changed.copy() if copy and changed is obj else changed
    if copy is False:
        raise ValueError("asarray(copy=False): a Tensor holds values of its own; leave copy out")
    return Tensor(obj, dtype=dtype)


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A Tensor with the values of another library's array on the CPU; a Tensor is itself, with its graph.

    Raises BufferError for copy=False of anything else: a Tensor holds values of its own.
    """
    on_the_cpu(device)
    if isinstance(x, Tensor):
        return x.copy() if copy else x
    if copy is False:
        raise BufferError("from_dlpack(copy=False): a Tensor holds values of its own; leave copy out")
    return Tensor(np.from_dlpack(x))


def filled(make_array: Any) -> Any:
    """A constructor of a shape, in the default dtype."""

    def call(shape: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
        on_the_cpu(device)
        return make(make_array(shape, floats(dtype)), None)

    return call


def alike(make_array: Any) -> Any:
    """A constructor of the shape and dtype of another."""

    def call(x: Any, /, *, dtype: Any = None, device: Any = None) -> Tensor:
        on_the_cpu(device)
        return make(make_array(x.shape, dtype or x.dtype), None)

    return call


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    on_the_cpu(device)
    return ours(np.broadcast_to)(asarray(fill_value, dtype=dtype), shape)


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    return full(x.shape, fill_value, dtype=dtype or x.dtype, device=device)


def arange(
    start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None
) -> Tensor:
    on_the_cpu(device)
    start, stop = (0, start) if stop is None else (start, stop)
    if dtype is None and any(isinstance(bound, float) for bound in (start, stop, step)):
        dtype = default.get()
    return Tensor(np.arange(start, stop, step, dtype=dtype))


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None, endpoint: bool = True
) -> Tensor:
    on_the_cpu(device)
    if dtype is None:
        dtype = np.result_type(floats(None), 1j) if isinstance(start + stop, complex) else floats(None)
    return Tensor(np.linspace(start, stop, num, endpoint=endpoint, dtype=dtype))


def eye(n_rows: int, n_cols: Any = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> Tensor:
    on_the_cpu(device)
    return make(np.eye(n_rows, n_cols, k, floats(dtype)), None)


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Tensor:
    on_the_cpu(device)
    return x.copy() if copy and x.dtype == dtype else x if x.dtype == dtype else cast(x, dtype)


def concat(arrays: Any, /, *, axis: int | None = 0) -> Tensor:
    return concatenate(list(arrays), axis)


def frequencies(function: Any) -> Any:
    """`fftfreq` and `rfftfreq`, in the default dtype."""

    def call(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Tensor:
        on_the_cpu(device)
        return Tensor(function(n, d), dtype=floats(dtype))

    return call


class Info:
    """What `__array_namespace_info__()` gives: devices, dtypes and capabilities."""

    def capabilities(self) -> dict[str, Any]:
        """What every program may count on."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> str:
        """The CPU."""
        return DEVICE

    def devices(self) -> list[str]:
        """The CPU."""
        return [DEVICE]

    def default_dtypes(self, *, device: Any = None) -> dict[str, Any]:
        """The dtypes of what is made without one."""
        on_the_cpu(device)
        real = np.dtype(default.get())
        kinds = {"real floating": real, "complex floating": np.result_type(real, 1j)}
        return kinds | dict.fromkeys(("integral", "indexing"), np.dtype(np.int64))

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, Any]:
        """The dtypes by name, of one kind or of several."""
        on_the_cpu(device)
        found = {name: np.dtype(name) for name in DTYPES.split()}
        return {name: d for name, d in found.items() if kind is None or np.isdtype(d, kind)}
