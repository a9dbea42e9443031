"""From the table to functions, methods and in-place methods, and what takes Tensors apart."""

from functools import partial
from inspect import CO_VARARGS, CO_VARKEYWORDS, signature
from operator import methodcaller
from typing import Any

import numpy as np

from ... import ops
from ...engine.tensor import Tensor as Raw
from ...ops.random import drawing
from . import table
from .absent import Absent, missing
from .tensor import Function, Tensor, device, inward, native, picking, wrapped

_SPELLINGS = {"axis": "dim", "keepdims": "keepdim"}
_FIRST = ("input", "self", "other", "exponent")  # keywords of what is given by position
_PERHAPS = ("reshape", "reshape_as", "flatten", "ravel")  # views where the memory allows it, else copies
_LISTS = ("dims", "shape", "size", "repeats")  # keywords of what may be given one by one
_WITHOUT_MEANING = ("non_blocking", "memory_format", "device")
namespace: dict[str, Any] = {}  # what `torch` has


def _takes(function: Function) -> tuple[bool, Any]:
    """Whether sizes may be given one by one, and the keywords that are known, where not all are."""
    code = getattr(getattr(function, "func", function), "__code__", None)
    flags = code.co_flags if code else CO_VARKEYWORDS
    return flags & (CO_VARARGS | CO_VARKEYWORDS) == CO_VARARGS, code and not flags & CO_VARKEYWORDS and code.co_varnames


def require_known(name: str, options: Any, known: Any) -> None:
    """Raise the error of a keyword that is not among those that are known."""
    if known and (unknown := options.keys() - known):
        raise missing(f"{name}({', '.join(sorted(unknown))}=)")


def _function(name: str, function: Function, ready: Function | None = None) -> Function:
    """One of the table's as a program calls it; `ready` changes the one or two operands before."""
    listing, known = _takes(function)

    def call(*args: Any, out: Any = None, **options: Any) -> Any:
        if options:
            args = (*args, *(options.pop(n) for n in _LISTS if listing and n in options))
            device(options.get("device") or "cpu")
            args = (*args, *(options.pop(n) for n in _FIRST if n in options))
            options = {_SPELLINGS.get(n, n): native(v) for n, v in options.items() if n not in _WITHOUT_MEANING}
            require_known(name, options, known)
        args = tuple(map(native, args))
        result = function(*(args if ready is None else ready(args)), **options)
        return wrapped(result) if out is None else out.write(result)

    call.__name__, call.__qualname__ = name, f"torch.{name}"
    return call


def _floats(args: tuple[Any, ...]) -> list[Any]:
    return [table.floating(v if isinstance(v, Raw) else Raw(v)) for v in args]


_pair = lambda args: [*table.promoted(args[:2]), *args[2:]]


def spelled(function: Function) -> Function:
    """One of the engine's, whose `axis` and `keepdims` are `dim` and `keepdim`."""
    names = signature(function).parameters
    axis = "axis" if "axis" in names else "axes"
    own = {"dim": axis, "dims": axis, "keepdim": "keepdims", "shifts": "shift", "diagonal": "k"}
    named = lambda n: n if n in names else own.get(n, n)
    return lambda *args, **options: function(*args, **{named(n): v for n, v in options.items()})


def _view(name: str, form: Any) -> Function:
    get, put = form if isinstance(form, tuple) else (form, None)
    listing, known = _takes(get)

    def call(input: Tensor, *args: Any, **options: Any) -> Tensor:
        if args and isinstance(args[0], (np.dtype, type)):
            raise missing("Tensor.view(dtype)")
        if (name in ("real", "conj") and input.dtype.kind != "c") or (name == "flatten" and input.ndim == 1):
            return input
        args = (*native(args), *(options.pop(n) for n in _LISTS if listing and n in options))
        require_known(name, options := native(options), known)
        look = lambda x: get(x, *args, **options)
        if name in _PERHAPS:
            lying = input.lying()
            if not (lying.flags.c_contiguous if name == "ravel" else np.may_share_memory(look(lying), lying)):
                return wrapped(look(input.native))
        return input.viewed(look, put)

    return call


_in_place = lambda function: lambda self, *args, **options: self.write(native(function(self, *args, **options)))
_drawn = lambda function: lambda *args, generator=None, **options: drawing(generator)(function)(*args, **options)
_becoming = lambda get: lambda self, *args, **options: self.become(lambda x: get(x, *args, **options))


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of one length, or of several: views, cut by one op."""
    sizes, n, held = split_size_or_sections, tensor.shape[dim], tensor.native
    if isinstance(sizes, int):
        sizes = [min(sizes, n - start) for start in range(0, n, sizes)] or [0]
    if sum(sizes) != n:
        raise ValueError(f"split: sizes {sizes} of an axis of {n}")
    ends = np.cumsum(sizes).tolist()
    cuts = [table.at(held, dim, slice(end - size, end)) for end, size in zip(ends, sizes)]
    return tuple(tensor.viewed(*picking(cut), part) for cut, part in zip(cuts, ops.split(held, ends[:-1], dim)))


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The rows along an axis: views, made by one op."""
    held = input.native
    rows = ops.unstack(held, dim) if held.shape[dim] else ()
    return tuple(input.viewed(*picking(table.at(held, dim, i)), row) for i, row in enumerate(rows))


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Views of all in the shape that they have together."""
    shape = np.broadcast_shapes(*(t.shape for t in tensors))
    return tuple(t if t.shape == shape else t.expand(shape) for t in tensors)


def meshgrid(*tensors: Any, indexing: Any = "ij") -> tuple[Tensor, ...]:
    """Each of several axes spread over the grid of all."""
    given = tensors[0] if isinstance(tensors[0], (list, tuple)) else tensors
    grid = broadcast_tensors(*(t.view([-1 if i == k else 1 for i in range(len(given))]) for k, t in enumerate(given)))
    return grid if indexing == "ij" else tuple(t.transpose(0, 1) for t in grid)


def contiguous(self: Tensor, **_: Any) -> Tensor:
    """Itself, or a copy whose elements lie in order."""
    if self.is_contiguous():
        return self
    held = ops.copy(self.native)
    held._array = np.ascontiguousarray(held._array)
    return wrapped(held)


def asked(args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """The dtype that arguments of `to` ask for, or None; a device can only be the CPU."""
    found = None
    for given in (*args, options.get("dtype"), options.get("device")):
        if isinstance(given, str):
            device(given)
        elif given is not None and not isinstance(given, bool):
            found = as_dtype(given.dtype if isinstance(given, Tensor) else given)
    return found


def to(self: Tensor, *args: Any, **options: Any) -> Tensor:
    """The same in another dtype: a dtype, a device, a Tensor to be like."""
    dtype = asked(args, options)
    if dtype is None or dtype == self.dtype:
        return self.clone() if options.get("copy") else self
    return wrapped(table.cast(self.native, dtype))


def as_dtype(dtype: Any) -> Any:
    """A dtype of NumPy's, also that of torch.FloatTensor and its like, or an error for one that there is not."""
    dtype = dtype.keywords["dtype"] if isinstance(dtype, partial) else dtype
    if dtype is not None and not isinstance(dtype, (np.dtype, type)):
        raise missing(repr(dtype))
    return dtype


def _operator(name: str, function: Function) -> None:
    """One of Python's operators, of one operand or two."""
    met = (Tensor, bool, int, float, complex, np.ndarray, np.generic)
    setattr(Tensor, f"__{name}__", lambda a, *b: function(a, *b) if isinstance((*b, a)[0], met) else NotImplemented)
    if name not in ("neg", "pos", "abs", "invert", "eq", "ne", "lt", "le", "gt", "ge"):
        setattr(Tensor, f"__r{name}__", lambda a, b: function(b, a) if isinstance(b, met) else NotImplemented)
        setattr(Tensor, f"__i{name}__", _in_place(function))


def _publish() -> None:
    made: dict[str, Function] = {}

    def each(lines: Any, build: Function = _function) -> None:
        if isinstance(lines, str):
            lines = {n.partition("=")[0]: getattr(ops, n.rpartition("=")[2]) for n in lines.split()}
        made.update({name: build(name, f) for names, f in lines.items() for name in names.split()})

    each(table.VIEWS, _view)
    each(table.PAIRS, partial(_function, ready=_pair))
    each(table.SAME_PAIRS, partial(_function, ready=_pair))
    each(table.FLOATS, partial(_function, ready=_floats))
    each(table.PLAIN, lambda name, f: _function(name, spelled(f)))
    each(table.DIM, lambda name, f: _function(name, table.reduced(f)))
    each(table.FUNCTIONS)
    methods = {f"{name}_": _in_place(function) for name, function in made.items()}
    methods |= {f"{name}_": _becoming(get) for names, get in table.VIEWS.items() for name in names.split()}
    each(table.QUESTIONS)
    each({name: methodcaller(name) for name in table.OURS.split()})
    for name in table.OPERATORS.split():
        _operator(name.rpartition("=")[2], made[name.partition("=")[0]])
    made.update({f.__name__: f for f in (split, unbind, broadcast_tensors, meshgrid)})
    made["chunk"] = lambda input, chunks, dim=0: split(input, -(-input.shape[dim] // chunks), dim)
    namespace.update(made)
    each(table.FILLS, lambda name, f: _drawn(_in_place(_function(name, f))))
    methods |= {
        **made,
        **{name: lambda self, dtype=np.dtype(kind): to(self, dtype) for name, kind in table.CASTS.items()},
        **dict.fromkeys(table.SAME.split(), lambda self, *_, **__: self),
        **{name: Absent(f"Tensor.{name}") for name in ("cuda", "xpu")},
        "where": lambda self, condition, other: made["where"](condition, self, other),
        **{f"__{kind.__name__}__": lambda self, kind=kind: kind(self.item()) for kind in (float, int)},
        "backward": inward(_function("Tensor.backward", Raw.backward)),
        "to": to, "type_as": to, "contiguous": contiguous, "T": property(_view("T", ops.transpose)),
        "new": lambda self, *data: to(Tensor(*data), self.dtype),
        "type": lambda self, dtype=None: f"torch.{self.dtype}" if dtype is None else to(self, dtype),
        "is_contiguous": lambda self, **_: self.lying().flags.c_contiguous,
        "new_tensor": lambda self, data: wrapped(Raw(native(data), dtype=self.dtype)),
        **{n: property(made[n]) for n in ("real", "imag")},
        "mT": property(lambda self: self.transpose(-1, -2)), **dict.fromkeys(("H", "mH"), property(made["adjoint"])),
    }  # fmt: skip
    for name, method in methods.items():
        setattr(Tensor, name, method)


_publish()
linalg = {name: _function(name, spelled(f)) for name, f in table.LINALG.items()}
fft = {name: _function(name, spelled(f), lambda args: [*_floats(args[:1]), *args[1:]]) for name, f in table.FFT.items()}
_special = [n.partition("=") for n in table.SPECIAL.split()]
special = {name: _function(name, getattr(ops, own or name), _floats) for name, _, own in _special}
special["polygamma"] = _function("polygamma", lambda n, x: ops.polygamma(table.floating(x), n))
