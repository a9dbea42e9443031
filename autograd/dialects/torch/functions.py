"""From the table to functions, methods and in-place methods, and what takes Tensors apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ... import ops
from ...engine.tensor import Tensor as Raw
from . import table
from .absent import missing
from .tensor import Function, Tensor, device, native, wrapped

_SPELLINGS = {"axis": "dim", "keepdims": "keepdim", "tensors": "tensors"}
_WITHOUT_MEANING = ("non_blocking", "memory_format", "out", "generator")
namespace: dict[str, Any] = {}  # what `torch` has


def spelled(options: dict[str, Any]) -> dict[str, Any]:
    """Keywords under PyTorch's first names; the device is looked at, and what means nothing here left out."""
    device(options.pop("device", None) or "cpu")
    if options.get("out") is not None:
        raise missing("out=", ())
    return {_SPELLINGS.get(n, n): native(v) for n, v in options.items() if n not in _WITHOUT_MEANING}


def _function(name: str, function: Function, ready: Function | None = None, count: int = 0) -> Function:
    """One of the table's as a program calls it; `ready` changes the first `count` arguments before."""

    def call(*args: Any, **options: Any) -> Any:
        args = tuple(map(native, args))
        if options:
            options = spelled(options)
            if "other" in options and len(args) == 1:
                args = (*args, options.pop("other"))
        if ready is not None:
            args = (*ready(args[:count]), *args[count:])
        return wrapped(function(*args, **options))

    call.__name__ = name
    call.__qualname__ = f"torch.{name}"
    return call


def _floats(values: tuple[Any, ...]) -> list[Any]:
    return [table.floating(v if isinstance(v, Raw) else Raw(v)) for v in values]


def _view(name: str, get: Function) -> Function:
    def call(input: Tensor, *args: Any, **options: Any) -> Tensor:
        if args and isinstance(args[0], (np.dtype, type)):
            raise missing("Tensor.view(dtype)", ())
        args, options = tuple(map(native, args)), spelled(options)
        if name in ("reshape", "flatten") and not input.native._data.flags.c_contiguous:  # which PyTorch copies
            return wrapped(get(input.native, *args, **options))  # type: ignore[no-any-return]
        return input.viewed(lambda x: get(x, *args, **options))

    return call


def _in_place(function: Function) -> Function:
    def call(self: Tensor, *args: Any, **options: Any) -> Tensor:
        return self.write(native(function(self, *args, **options)))

    return call


def pieces(input: Tensor, lengths: list[int], dim: int = 0, squeeze: bool = False) -> tuple[Tensor, ...]:
    """Views of one Tensor, cut along an axis by one op."""
    held = input.native
    dim %= held.ndim
    ends = np.cumsum(lengths).tolist()
    made = ops.unstack(held, dim) if squeeze else ops.split(held, ends[:-1], dim)
    cuts = [end - 1 if squeeze else slice(end - n, end) for end, n in zip(ends, lengths)]
    before = (slice(None),) * dim
    return tuple(input.viewed(lambda x, c=c: x[(*before, c)], (*before, c), part) for c, part in zip(cuts, made))


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of one length, or of several."""
    size, n = split_size_or_sections, tensor.shape[dim]
    if isinstance(size, int):
        size = [min(size, n - start) for start in range(0, n, size)] or [0]
    return pieces(tensor, list(size), dim)


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """As many pieces, the last one shorter where it does not come out even."""
    return split(input, -(-input.shape[dim] // chunks), dim)


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The rows along an axis."""
    return pieces(input, [1] * input.shape[dim], dim, squeeze=True)


def asked(args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """The dtype that arguments of `to` ask for, or None; a device can only be the CPU."""
    found = None
    for given in (*args, options.get("dtype"), options.get("device")):
        if isinstance(given, Tensor):
            found = given.dtype
        elif isinstance(given, str):
            device(given)
        elif given is not None and not isinstance(given, bool):
            found = as_dtype(given)
    return found


def to(self: Tensor, *args: Any, **options: Any) -> Tensor:
    """The same in another dtype: a dtype, a device, a Tensor to be like."""
    dtype = asked(args, options)
    if dtype is None or dtype == self.dtype:
        return self.clone() if options.get("copy") else self  # type: ignore[attr-defined, no-any-return]
    return wrapped(table.cast(self.native, dtype))  # type: ignore[no-any-return]


def as_dtype(dtype: Any) -> Any:
    """A dtype of NumPy's, or an error for one that there is not."""
    if dtype is not None and not isinstance(dtype, (np.dtype, type)):
        raise missing(repr(dtype), ())
    return dtype


def type_(self: Tensor, dtype: Any = None) -> Any:
    """Its type's name, or the same in another dtype."""
    return f"torch.{self.dtype}" if dtype is None else to(self, getattr(dtype, "dtype", dtype))


def contiguous(self: Tensor, **options: Any) -> Tensor:
    """Itself, or a copy row by row in memory."""
    return self if self.native._data.flags.c_contiguous else self.clone()  # type: ignore[no-any-return]


def same(self: Tensor, *args: Any, **options: Any) -> Tensor:
    """Itself."""
    return self


def elsewhere(name: str) -> Callable[..., Any]:
    """What would move a Tensor off the CPU."""

    def call(self: Any, *args: Any, **options: Any) -> Any:
        raise missing(f"Tensor.{name}", ())

    return call


def apply_(self: Tensor, function: Function) -> Tensor:
    """Each element replaced by a function of it."""
    return self.write(np.vectorize(function, otypes=[self.dtype])(self.native._data))


def _operator(name: str, function: Function) -> None:
    if name in ("neg", "abs", "invert"):
        setattr(Tensor, f"__{name}__", lambda self: function(self))
        return

    def known(other: Any) -> bool:
        return isinstance(other, (Tensor, bool, int, float, np.ndarray, np.generic))

    def forward(self: Tensor, other: Any) -> Any:
        return function(self, other) if known(other) else NotImplemented

    setattr(Tensor, f"__{name}__", forward)
    if name not in ("eq", "ne", "lt", "le", "gt", "ge"):
        reverse = lambda self, other: function(wrapped(Raw(other)) if name == "matmul" else other, self)
        setattr(Tensor, f"__r{name}__", lambda self, other: reverse(self, other) if known(other) else NotImplemented)
        setattr(Tensor, f"__i{name}__", _in_place(function))


def _publish() -> None:
    made: dict[str, Function] = {}

    def each(lines: dict[str, Any], build: Callable[[str, Any], Function]) -> None:
        for names, function in lines.items():
            for name in names.split():
                made[name] = build(name, function)

    def named(line: str) -> dict[str, Any]:
        return {n.partition("=")[0]: getattr(ops, n.rpartition("=")[2]) for n in line.split()}

    each(table.VIEWS, _view)
    each(table.PAIRS, lambda name, f: _function(name, f, table.promoted, 2))
    each(named(table.FLOATS), lambda name, f: _function(name, f, _floats, 1))
    each(named(table.PLAIN), _function)
    each(table.FUNCTIONS, _function)
    for name, function in made.items():
        setattr(Tensor, f"{name}_", _in_place(function))
    each(table.QUESTIONS, _function)
    each(table.FILLS, lambda name, f: _in_place(_function(name, f)))
    for name, operator in table.OPERATORS.items():
        _operator(operator, made[name])
    made |= {f.__name__: f for f in (split, chunk, unbind)}
    for name, function in made.items():
        setattr(Tensor, name, function)
        if not name.endswith("_"):
            namespace[name] = function
    methods = {"to": to, "type": type_, "contiguous": contiguous, "cpu": same, "pin_memory": same, "apply_": apply_}
    methods |= {"share_memory_": same, "new_tensor": lambda self, data: wrapped(Raw(native(data), dtype=self.dtype))}
    methods |= {name: lambda self, dtype=dtype: to(self, dtype) for name, dtype in table.CASTS.items()}
    methods |= {name: elsewhere(name) for name in ("cuda", "xpu")}
    methods |= dict.fromkeys(("to_sparse", "to_sparse_csr", "to_dense", "coalesce"), same)  # dense, to the same numbers
    for name, method in methods.items():
        setattr(Tensor, name, method)
    for name in ("T", "mT"):
        get = ops.transpose if name == "T" else lambda x: ops.swapaxes(x, -1, -2)
        setattr(Tensor, name, property(lambda self, get=get: self.viewed(get)))


_publish()
linalg = {name: _function(name, function) for name, function in table.LINALG.items()}
