"""The table: what the array API standard shares with NumPy, name and arguments, and what it says in other words."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from ... import ops
from ...engine.modes import default
from ...engine.op import numpy_functions, numpy_ufuncs
from ...engine.tensor import Tensor

DTYPES = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 complex64 complex128"
CONSTANTS = "e inf isdtype nan newaxis pi"
# NumPy's functions of Tensors: our operation answers where there is one
SAME = """
    abs acos acosh add all any argmax argmin asin asinh atan atan2 atanh bitwise_and bitwise_invert bitwise_left_shift
    bitwise_or bitwise_right_shift bitwise_xor broadcast_arrays broadcast_shapes broadcast_to can_cast ceil conj
    copysign cos cosh count_nonzero cumulative_prod cumulative_sum diff divide equal exp expand_dims expm1 flip floor
    floor_divide greater greater_equal hypot imag isfinite isin isinf isnan less less_equal log log10 log1p log2
    logaddexp logical_and logical_not logical_or logical_xor matmul matrix_transpose max maximum mean meshgrid min
    minimum moveaxis multiply negative nonzero not_equal permute_dims positive pow prod real reciprocal remainder
    repeat reshape result_type roll sign signbit sin sinh sqrt square squeeze stack std subtract sum take
    take_along_axis tan tanh tensordot tile tril triu trunc unique_all unique_counts unique_inverse unique_values var
    vecdot where
"""
LINALG = """
    cholesky cross det diagonal eigh eigvalsh inv matmul matrix_norm matrix_power matrix_rank matrix_transpose outer
    pinv slogdet solve svd svdvals tensordot trace vecdot vector_norm
"""
FFT = "fft fftn fftshift hfft ifft ifftn ifftshift ihfft irfft irfftn rfft rfftn"


def ours(function: Any) -> Any:
    """Our operation for a function of NumPy's, or itself, which asks the Tensors that it is given."""
    return numpy_ufuncs.get(function) or numpy_functions.get(function) or function


def tensors(found: Any) -> Any:
    """Tensors in the place of arrays, which are answers without a gradient; also within tuples."""
    if isinstance(found, (np.ndarray, np.generic)):
        return Tensor(found)
    if isinstance(found, tuple):
        parts = map(tensors, found)
        return type(found)(*parts) if hasattr(found, "_fields") else tuple(parts)
    return found


def floating(dtype: Any) -> Any:
    """The dtype, or the default one."""
    return default.get() if dtype is None else dtype


def on_the_cpu(device: Any) -> None:
    """Raise ValueError for a device that there is not."""
    if device not in (None, "cpu"):
        raise ValueError(f"device {device!r}: Tensors are on the CPU, device='cpu'")


def owned(what: str, copy: bool | None) -> None:
    """Raise for copy=False: what another library writes later must not change a record."""
    if copy is False:
        refusal = BufferError if what == "from_dlpack" else ValueError
        raise refusal(f"{what}(copy=False): a Tensor holds values of its own; leave copy out")


def asarray(obj: Any, /, *, dtype: Any = None, device: Any = None, copy: bool | None = None) -> Tensor:
    """A Tensor of numbers or an array; a Tensor is itself, with its graph, in the dtype that is asked for."""
    on_the_cpu(device)
    if not isinstance(obj, Tensor):
        owned("asarray", copy)
        return Tensor(obj, dtype=dtype)
    if copy is not True and dtype in (None, obj.dtype):
        return obj
    owned("asarray", copy)
    return astype(obj, obj.dtype if dtype is None else dtype)


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Tensor:
    """The same in another dtype."""
    on_the_cpu(device)
    return x if not copy and x.dtype == dtype else ops.astype(x, dtype)


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A Tensor of the values of another library's array in the CPU's memory; a Tensor is itself, with its graph."""
    if isinstance(x, Tensor):
        return asarray(x, device=device, copy=copy)
    on_the_cpu(device)
    owned("from_dlpack", copy)
    return Tensor(np.from_dlpack(x))


def shaped(make: Callable[..., Any]) -> Any:
    """`empty`, `ones` and `zeros`, in the default dtype."""

    def call(shape: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
        on_the_cpu(device)
        return Tensor(make(shape, floating(dtype)))

    return call


def alike(make: Callable[..., Any]) -> Any:
    """`empty_like`, `ones_like` and `zeros_like`."""

    def call(x: Any, /, *, dtype: Any = None, device: Any = None) -> Tensor:
        on_the_cpu(device)
        return Tensor(make(x.shape, x.dtype if dtype is None else dtype))

    return call


def full(shape: Any, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """One value everywhere, which may be a Tensor, with its gradient."""
    return ops.broadcast_to(asarray(fill_value, dtype=dtype, device=device), shape)


def full_like(x: Any, /, fill_value: Any, *, dtype: Any = None, device: Any = None) -> Tensor:
    """One value everywhere, in the shape and dtype of x."""
    return full(x.shape, fill_value, dtype=x.dtype if dtype is None else dtype, device=device)


def arange(start: Any, /, stop: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None) -> Tensor:
    """Numbers from start up to, not including, stop; integers unless one of the three is a float."""
    on_the_cpu(device)
    return ops.arange(*((0, start) if stop is None else (start, stop)), step, dtype=dtype)


def linspace(
    start: Any, stop: Any, /, num: int, *, dtype: Any = None, device: Any = None, endpoint: bool = True
) -> Tensor:
    """`num` evenly spaced numbers; the ends may be Tensors, with their gradient."""
    on_the_cpu(device)
    if isinstance(start, complex) or isinstance(stop, complex):
        return Tensor(np.linspace(start, stop, num, endpoint), dtype=np.result_type(floating(dtype), 1j))
    return ops.linspace(start, stop, num, dtype, endpoint=endpoint)


def eye(n_rows: int, n_cols: int | None = None, /, *, k: int = 0, dtype: Any = None, device: Any = None) -> Tensor:
    """Ones on the k-th diagonal, zeros elsewhere."""
    on_the_cpu(device)
    return Tensor(np.eye(n_rows, n_cols, k, floating(dtype)))


def frequencies(function: Callable[..., Any]) -> Any:
    """`fftfreq` and `rfftfreq`, in the default dtype."""

    def call(n: int, /, *, d: float = 1.0, dtype: Any = None, device: Any = None) -> Tensor:
        on_the_cpu(device)
        return Tensor(function(n, d), dtype=floating(dtype))

    return call


def clip(x: Any, /, min: Any = None, max: Any = None) -> Tensor:
    """x limited to [min, max]."""
    return ops.clip(x, min, max)


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """The indices that sort x along an axis; equal elements keep their order."""
    found = ops.argsort(ops.flip(x, axis) if descending else x, axis)
    return x.shape[axis] - 1 - ops.flip(found, axis) if descending else found


def round(x: Any, /) -> Tensor:
    """The nearest whole numbers, of two the even one; of complex numbers only where nothing is recorded."""
    return tensors(np.round(np.asarray(x))) if x.dtype.kind == "c" else ops.round(x)


def searchsorted(x1: Any, x2: Any, /, *, side: str = "left", sorter: Any = None) -> Tensor:
    """Where x2 belongs in x1, which is sorted, or which `sorter` sorts."""
    return tensors(ops.searchsorted(x1 if sorter is None else ops.take(x1, sorter), x2, side))


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """x sorted along an axis."""
    return ops.flip(ops.sort(x, axis), axis) if descending else ops.sort(x, axis)


def concat(arrays: Any, /, *, axis: int | None = 0) -> Tensor:
    """Tensors joined along an axis."""
    return ops.concatenate(list(arrays), axis)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    """The slices along an axis, of which there may be none."""
    return ops.unstack(x, axis) if x.shape[axis] else ()


def eig(x: Any, /) -> Any:
    """The eigenvalues and eigenvectors, which are complex numbers whatever x is."""
    found = ops.eig(x)
    return type(found)(*(astype(part, np.result_type(x.dtype, 1j), copy=False) for part in found))


def eigvals(x: Any, /) -> Any:
    """The eigenvalues, which are complex numbers whatever x is."""
    return astype(ops.eigvals(x), np.result_type(x.dtype, 1j), copy=False)


def qr(x: Any, /, *, mode: str = "reduced") -> Any:
    """Q and R; mode="complete" has no derivative, and of what records one it is an error."""
    if mode == "complete" and not x.requires_grad:
        return tensors(np.linalg.qr(np.asarray(x), mode))
    return ops.qr(x, mode)


def nextafter(x1: Any, x2: Any, /) -> Tensor:
    """The next number after x1 towards x2, which has no derivative: of what records one, an error."""
    return Tensor(np.nextafter(*(np.asarray(x) if isinstance(x, Tensor) else x for x in (x1, x2))))


def iinfo(type: Any, /) -> Any:
    """The limits of an integer dtype, or of a Tensor's."""
    return np.iinfo(getattr(type, "dtype", type))


def finfo(type: Any, /) -> Any:
    """The limits of a floating-point dtype, or of a Tensor's, in Python's floats."""
    found = np.finfo(getattr(type, "dtype", type))
    limits = {name: float(getattr(found, name)) for name in ("eps", "max", "min", "smallest_normal", "tiny")}
    return SimpleNamespace(bits=found.bits, dtype=found.dtype, **limits)


class Info:
    """What can be asked of the namespace."""

    def capabilities(self) -> dict[str, Any]:
        """What a program may count on."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> str:
        """The one there is."""
        return "cpu"

    def devices(self) -> tuple[str, ...]:
        """The one there is."""
        return ("cpu",)

    def default_dtypes(self, *, device: Any = None) -> dict[str, Any]:
        """The dtypes of what is made without one: see `autograd.default_dtype`."""
        on_the_cpu(device)
        real, whole = np.dtype(default.get()), np.dtype(np.int64)
        kinds = {"real floating": real, "complex floating": np.result_type(real, 1j)}
        return {**kinds, "integral": whole, "indexing": whole}

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, Any]:
        """The dtypes by name, all or of some kinds."""
        on_the_cpu(device)
        found = {name: np.dtype(name) for name in DTYPES.split()}
        return {name: dtype for name, dtype in found.items() if kind is None or np.isdtype(dtype, kind)}


OWN = (
    arange, argsort, asarray, astype, clip, concat, eye, finfo, from_dlpack, full, full_like, iinfo, linspace,
    nextafter, round, searchsorted, sort, unstack,
)  # fmt: skip
