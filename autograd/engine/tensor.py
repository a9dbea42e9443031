"""Tensor: the handle a user holds. `node.py` is the record it points into, `sweep.py` walks it backward.

A Tensor is a handle: an array (`data`) and an edge into the graph (`_node`). A Node is one recorded
operation; it holds arrays and edges to its inputs, never a Tensor, so no reference cycle can form and
dropping the last handle frees the graph at once.
"""

from __future__ import annotations

import operator
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from opcode import opmap
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .errors import DtypeError, GraphError, ShapeError
from .modes import RECORD, TRACE, always, default, interpreter, mode, observers
from .node import Leaf, Node, births
from .op import registry
from .operators import Operators
from .types import Array


def as_data(value: Any, dtype: Any = None) -> Any:
    """Return `value` as an array (NumPy scalars for 0-d), Python floats in the default dtype; arrays as they are.

    Raises ShapeError for ragged lists, DtypeError for objects, strings, and complex numbers where `dtype` is real.
    """
    if isinstance(value, Tensor):
        value = value._array if value.__class__ is Tensor else value.numpy()
    require_unmasked(value)
    try:
        data = np.asarray(value)
    except ValueError as error:  # of numbers nothing else can be wrong
        raise ShapeError(f"a ragged list cannot be a Tensor; make every row as long as the others ({error})") from None
    require_numbers(data.dtype)
    if dtype is not None:
        require_numbers(np.dtype(dtype))
        require_kept(data.dtype, np.dtype(dtype))
        data = data.astype(dtype, copy=False)
    elif data.dtype.char in "dD" and not isinstance(value, (np.ndarray, np.generic)) and _all_python(value):
        dtype = default.get()  # lists of Python floats; NumPy values inside keep theirs
        data = data.astype(dtype if data.dtype.char == "d" else np.result_type(dtype, 1j))
    return data if data.ndim else data[()]


def _all_python(value: Any) -> bool:
    while isinstance(value, (list, tuple)) and value:
        value = value[0]
    return isinstance(value, (int, float, complex, list, tuple)) and not isinstance(value, np.generic)


class Count(int):
    """How many elements there are; called, as PyTorch's users do, it says where the lengths are."""

    def __call__(self, axis: int | None = None) -> None:
        """Say where the lengths are."""
        where = "" if axis is None else f"[{axis}]"
        raise TypeError(f"x.size is the number of elements, {self:d}, as in NumPy; the lengths are x.shape{where}")


standard: dict[str | None, Any] = {}  # the array API standard's namespace by version: its dialect hands it in
elsewhere: dict[str, str] = {}  # what other libraries' users ask a Tensor for, and what to use here: `watch` knows


class Tensor(Operators):
    """An array that remembers how it was computed.

    `data` is copied, so that writing to the original later cannot falsify a gradient. Python floats become
    the default dtype (float32); arrays keep theirs. Raises DtypeError for `requires_grad` on integers.

    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> y = (x * x).sum()
    >>> y.backward()
    >>> x.grad
    Tensor([2., 4.])
    """

    __slots__ = ("__dict__", "__weakref__", "_array", "_node")
    __array_priority__ = 1000.0

    def __init__(self, data: Any, requires_grad: bool = False, dtype: Any = None, name: str = "") -> None:
        if not isinstance(requires_grad, (bool, np.bool_)):
            raise TypeError(
                f"Tensor(data, requires_grad): {requires_grad!r} is neither True nor False; a list of data?"
            )
        if isinstance(data, Tensor) and data._node is not None and mode.get() & RECORD:
            raise GraphError(
                f"Tensor() of {data._brief()} would cut its graph, and what made it would get no gradient; "
                "use it as it is, or .detach() it"
            )
        if data.__class__ is np.ndarray and dtype is None and data.dtype.kind == "f" and data.ndim:
            self._array: Any = data.copy()  # the common case, without the questions
        else:
            array = as_data(data.__array__() if isinstance(data, Tensor) else data, dtype)  # which tells interpreters
            shared = array.ndim and not isinstance(data, (list, tuple))
            self._array = array.copy() if shared else array
        self._node: Node | None = None
        if requires_grad:
            self.requires_grad = True
        if name:
            self.name = name

    # what it is

    @property
    def data(self) -> Any:
        """The values, a NumPy array (a NumPy scalar for 0-d). Writing into it is not seen by the graph."""
        return self._array

    @data.setter
    def data(self, value: Any) -> None:
        if mode.get() & TRACE:
            interpreter.get().rebind(self, value if isinstance(value, Tensor) else make(as_data(value), None))
            return
        value = as_data(value).copy()
        if self._node is not None:
            if not isinstance(self._node, Leaf):
                raise GraphError(
                    f"setting .data of the recorded result of {self._node.op.name} would contradict its graph; "
                    "make a new Tensor, or .detach() first"
                )
            if value.shape != self.shape:
                raise ShapeError(f"data of shape {value.shape} for a leaf of shape {self.shape}; make a new Tensor")
            _require_float(value)
            self._node.kind, self._node.dtype = value.__class__, value.dtype
            if self._node.grad is not None and self._node.grad.dtype != value.dtype:
                self._node.grad = as_data(self._node.grad, value.dtype)
        self._array = value
        self.mark_written()

    def writable(self) -> Array:
        """`data` to be written in place: another array from now on, if a record holds this one as a constant."""
        if self.__dict__.pop("constant", None) is not None:
            self._array = self._array.copy()
        return self._array  # type: ignore[no-any-return]

    def mark_written(self) -> None:
        """Tell the graph that `data` was changed in place (optimizers do), so that a stale backward is an error."""
        leaf = self.__dict__.get("frozen") if self._node is None else self._node
        if isinstance(leaf, Leaf):
            leaf.written = next(births)

    @property
    def grad(self) -> Tensor | None:
        """The accumulated gradient of a leaf (or after `retain_grad`), a Tensor; None before any backward."""
        node = self._node
        if node is None:
            return None
        if mode.get() & TRACE:
            interpreter.get().touched(node)
        if node.op is not None and not node.retained:
            for observer in (*always, *observers.get()):
                observer.missed(node)
            return None
        if node.grad is not None and not isinstance(node.grad, Tensor):
            node.grad = make(node.grad, None)
        return node.grad

    @grad.setter
    def grad(self, value: Any) -> None:
        node = self._node
        if mode.get() & TRACE and node is not None:
            interpreter.get().touched(node, read=False)
        if value is None:
            if node is not None:
                node.grad = None
            return
        if node is None or (node.op is not None and not node.retained):
            raise GraphError(f"grad: {self!r} keeps no gradient; it needs requires_grad=True, or .retain_grad()")
        if np.shape(value) != self.shape:
            raise ShapeError(f"grad of shape {np.shape(value)} for a Tensor of shape {self.shape}")
        shown = mode.get() & TRACE and isinstance(value, Tensor)
        node.grad = value.detach().astype(self.dtype) if shown else as_data(value, self.dtype).copy()

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to or through this Tensor."""
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, flag: bool) -> None:
        if self._node is not None and self._node.op is not None:
            raise GraphError(f"requires_grad is fixed for the result of {self._node.op.name}; use .detach()")
        if not flag and self._node is not None:
            self.__dict__.update(frozen=self._node, name=self._node.name)
            self._node = None
        elif flag and self._node is None:
            _require_float(self._array)
            # the same leaf again, so that a graph made before still reaches it
            leaf = self.__dict__.pop("frozen", None)
            if leaf is None or leaf.shape != self.shape:
                leaf = Leaf(self._array)
                leaf.handle = weakref.ref(self)
            elif leaf.dtype != self.dtype:
                leaf.kind, leaf.dtype = self._array.__class__, self.dtype
                leaf.grad = None if leaf.grad is None else as_data(leaf.grad, self.dtype)
            leaf.name = self.__dict__.get("name", "")
            self._node = leaf

    @property
    def name(self) -> str:
        """A name for drawings and error messages."""
        return self.__dict__.get("name", "") if self._node is None else self._node.name

    @name.setter
    def name(self, text: str) -> None:
        text = str(text)
        if self._node is None:
            self.__dict__["name"] = text
        else:
            self._node.name = text

    @property
    def is_leaf(self) -> bool:
        """True for Tensors made by the user, False for recorded results."""
        return self._node is None or self._node.op is None

    @property
    def shape(self) -> tuple[int, ...]:
        """The size along each axis."""
        return self._array.shape  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._array.ndim  # type: ignore[no-any-return]

    @property
    def size(self) -> int:
        """The number of elements."""
        return Count(self._array.size)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The NumPy dtype."""
        return self._array.dtype  # type: ignore[no-any-return]

    # backprop

    def backward(self, gradient: Any = None, retain_graph: bool = False, create_graph: bool = False) -> None:
        """Add d(self)/d(leaf) to `.grad` of every leaf that requires a gradient.

        `gradient` is the cotangent, in the shape of self; it may be left out for a single element. The graph
        is freed unless `retain_graph`; `create_graph` records the sweep, so that gradients have gradients.
        Raises GraphError when nothing was recorded, was freed, or a saved leaf changed; ShapeError for
        `gradient`.
        """
        from .sweep import backward  # the sweep is written in terms of Tensor

        backward(self, gradient, retain_graph, create_graph)

    def detach(self) -> Tensor:
        """Return the same values without the graph: of a leaf and its views a copy, since an optimizer writes there."""
        if mode.get() & TRACE:
            return interpreter.get().detached(self)  # type: ignore[no-any-return]
        node = self._node
        shared = node is not None and (isinstance(node, Leaf) or node.op.view or self._array.base is not None)
        return make(self._array.copy() if shared else self.data, None)

    def tied(self, node: Node | None, data: Any = None) -> Tensor:
        """The same value, or `data` that is equal to it, as the result of `node`."""
        return make(self._array if data is None else data, node)

    def retain_grad(self) -> None:
        """Keep the gradient of this intermediate result in `.grad`, as for a leaf."""
        node = self._tracked("retain_grad")
        if node.op is not None and not node.retained:
            node.retained = True
            node.grad = None
            node.taps = node.taps or []  # where the sweep looks; a hook of our own would close over the node

    def register_hook(self, hook: Callable[[Tensor], Any]) -> Callable[[], None]:
        """Call `hook(gradient)` in each sweep; what it returns, unless None, replaces the gradient.

        Returns a function that removes the hook.

        >>> x = Tensor(2.0, requires_grad=True)
        >>> remove = x.register_hook(lambda g: g * 10)
        >>> (x * 3).backward(); x.grad
        Tensor(30.)
        """
        node = self._tracked("register_hook")
        node.taps = [*(node.taps or ()), hook]
        return lambda: node.taps.remove(hook) if node.taps and hook in node.taps else None

    def _tracked(self, what: str) -> Node:
        if self._node is None:
            raise GraphError(f"{what}: {self!r} records no gradient; create it with requires_grad=True")
        return self._node

    def rebind(self, result: Tensor) -> Tensor:
        """Take over `result`'s value and edge: how in-place operations work without stale arrays."""
        if mode.get() & TRACE:
            return interpreter.get().rebind(self, result)  # type: ignore[no-any-return]
        require_kept(result.dtype, self.dtype)
        if result.shape != self.shape:
            raise ShapeError(f"in-place result of shape {result.shape} does not fit {self.shape}; write t = t + v")
        if isinstance(self._node, Leaf):
            if mode.get() & RECORD:
                raise GraphError(
                    f"in-place write to a leaf that requires a gradient, {self._brief()}: backward gives the gradient "
                    "at the value that was used, which would be gone. To compute with another value, write t = t + v, "
                    "or t = t.copy() first; to update a parameter, write it under `with autograd.no_grad():`, such as "
                    "w -= lr * w.grad"
                )
            self.data = result._array.astype(self.dtype, copy=False)
        elif self._node is not None and not mode.get() & RECORD:
            raise GraphError(
                f"in-place write under no_grad() to the recorded result of {self._node.op.name} would cut it from its "
                "graph; write t = t.detach() + v, or do it while recording"
            )
        else:
            if result.dtype != self.dtype:
                if not np.can_cast(result.dtype, self.dtype, "same_kind"):  # as NumPy
                    raise DtypeError(f"in-place result of dtype {result.dtype} does not fit {self.dtype}; use .astype")
                result = result.astype(self.dtype)
            name = self.name
            for stale in ("constant", "name"):  # what else the user put there stays
                self.__dict__.pop(stale, None)
            retained = self._node is not None and self._node.retained
            self._array, self._node = result._array, result._node
            if name:
                self.name = name
            if retained and self._node is not None:
                self.retain_grad()
        return self

    if not TYPE_CHECKING:  # to a type checker, a misspelt name stays one

        def __getattr__(self, name: str) -> Any:
            """Say NumPy's name for what PyTorch calls otherwise; only reached where there is no such attribute."""
            near = [] if name[0] == "_" else get_close_matches(name, dir(Tensor), 1)
            hint = elsewhere.get(name) or (f"did you mean .{near[0]}?" if near else "see dir(autograd.Tensor)")
            # of None, so that Python adds no guess of its own
            raise AttributeError(f"a Tensor has no .{name}; {hint}", name=name, obj=None)

    def _brief(self) -> str:
        """What it is, in a few words for an error."""
        made = "" if self._node is None or self._node.op is None else f", the result of {self._node.op.name}"
        return (f"{self.name!r} " if self.name else "") + f"{self.dtype} {self.shape}{made}"

    # leaving the graph

    def item(self) -> Any:
        """Return the single element as a Python number."""
        return self._array.item()

    def numpy(self) -> Any:
        """Return the values as an ndarray (shared, without the graph)."""
        return np.asarray(self._array)

    def tolist(self) -> Any:
        """Return the values as nested Python lists."""
        return self._array.tolist()

    # to a type checker an array of no known dtype, so that `array * tensor` is ours and not the array's
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.generic]:
        if self._node is not None and mode.get() & RECORD:
            raise GraphError(
                f"turning a recorded Tensor into an ndarray would silently cut its graph; {_asked_by(sys._getframe(1))}"
                "use .data or .detach() where only the values are wanted, as in a plot (.item() for a single number), "
                "or stack/concatenate to join Tensors"
            )
        return np.array(self._array, dtype, copy=copy)

    def __dlpack__(
        self, *, stream: None = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None
    ) -> Any:
        array: Array = np.asarray(self)
        asked = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
        return array.__dlpack__(**{name: value for name, value in asked.items() if value is not None})

    def __dlpack_device__(self) -> tuple[int, int]:
        return np.empty(0).__dlpack_device__()

    device = "cpu"

    def to_device(self, device: str, /, *, stream: None = None) -> Tensor:
        """Return itself. Raises ValueError for another device than "cpu", which there is not."""
        if device != self.device:
            raise ValueError(f"device {device!r}: Tensors are on the CPU, device='cpu'")
        return self

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        """Return the array API standard's functions of Tensors. Raises ValueError for a version that there is not."""
        if api_version not in standard:
            raise ValueError(f"api_version={api_version!r} is not there; there are {', '.join(filter(None, standard))}")
        return standard[api_version]

    @property
    def _is_inner(self) -> bool:
        """Whether it is a recorded result, or an argument of a transform: what a graph goes on from."""
        node = self._node
        return node is not None and not (isinstance(node, Leaf) and node.handle)

    def __copy__(self) -> Tensor:  # of what a graph goes on from, another handle
        if self._is_inner:
            return self.tied(self._node)
        kind, given, grad = self.__reduce__()
        copied: Tensor = kind(*given)
        if grad is not None:
            copied.__setstate__(grad)
        return copied

    def __reduce__(self) -> Any:  # for copy.deepcopy and pickle: values and the leaf's wishes, never the graph
        if self._is_inner:
            raise GraphError(
                "a recorded result, or an argument of a transform, cannot be copied or pickled with its graph; "
                ".detach() it first, or pass its .data to what copies values, such as matplotlib"
            )
        grad = self.grad
        return type(self), (self._array, self.requires_grad, None, self.name), None if grad is None else grad._array

    def __setstate__(self, grad: Any) -> None:
        self.grad = grad

    # Python's protocols

    def __repr__(self) -> str:
        text = np.array2string(np.asarray(self._array), separator=", ", prefix="Tensor(", threshold=100, precision=4)
        notes = [f"dtype={self.dtype}"] if self.dtype not in (np.float32, np.int64, np.bool_) else []
        notes += [f"name={self.name!r}"] if self.name else []
        if self._node is not None:
            notes += ["requires_grad=True"] if self._node.op is None else [f"op={self._node.op.name}"]
        return f"Tensor({', '.join([text, *notes])})"

    __hash__ = object.__hash__

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d Tensor")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        return _each(self.unstack() if len(self) else ())  # one op for all: as many getitems took quadratic time

    def __bool__(self) -> bool:
        return bool(self._array)

    def __float__(self) -> float:
        self._require_kept_graph()
        require_kept(self.dtype, np.dtype(float))
        return float(self._array)

    def _require_kept_graph(self) -> None:
        """Raise GraphError where NumPy asks for the number, in array[i] = tensor: two frames up."""
        if self._node is not None and mode.get() & RECORD and stores(sys._getframe(2)):
            raise GraphError(
                f"writing {self._brief()} into an array would silently cut its graph; collect the Tensors in a list "
                "and join them with autograd.stack, or write .item() where only the number is wanted"
            )

    def __format__(self, spec: str) -> str:
        if spec and self.size == 1:
            return format(self.item(), spec)
        try:
            return format(str(self), spec)
        except ValueError:
            raise ValueError(
                f"format {spec!r} is for a single number, and this Tensor has shape {self.shape}; print it as it is, "
                "or format one element, such as t[0], or a sum or mean"
            ) from None

    def __complex__(self) -> complex:
        self._require_kept_graph()
        return complex(self._array)

    def __int__(self) -> int:
        require_kept(self.dtype, np.dtype(int))
        return int(self._array)

    def __index__(self) -> int:
        return operator.index(self._array)  # a float has none: TypeError


def _each(rows: Iterable[Tensor]) -> Iterator[Tensor]:
    """The rows, each marked while the loop is at it: a write into it is hardly meant for it alone."""
    for row in rows:
        row.__dict__["piece"] = True
        try:
            yield row
        finally:
            row.__dict__.pop("piece", None)


def _asked_by(frame: FrameType | None) -> str:
    """Which function of SciPy's wanted an array, where there is a differentiable one of the same name here."""
    name = ""
    while frame is not None and frame.f_globals.get("__name__", "").split(".")[0] in ("scipy", "numpy"):
        name, frame = frame.f_code.co_name, frame.f_back
    return f"autograd.{name} is the one that differentiates; " if name in registry else ""


def stores(frame: FrameType) -> bool:
    """Whether what this frame is doing is a write with an index, x[i] = value."""
    return frame.f_code.co_code[frame.f_lasti] == opmap["STORE_SUBSCR"]


def make(data: Any, node: Node | None) -> Tensor:
    """Make a Tensor of what the engine computed itself: no copy, no checks."""
    tensor = object.__new__(Tensor)
    tensor._array = data
    tensor._node = node
    return tensor


def require_numbers(dtype: np.dtype[Any], what: str = "a Tensor") -> None:
    """Raise DtypeError for objects, strings and dates."""
    if dtype.kind not in "fiubc":
        raise DtypeError(f"{what} holds real or complex numbers, integers or booleans, not {dtype}; give numbers")


def require_kept(given: np.dtype[Any], dtype: np.dtype[Any]) -> None:
    """Raise DtypeError where complex numbers would lose their imaginary parts."""
    if given.kind == "c" and dtype.kind != "c":
        raise DtypeError(f"{given} as {dtype} would lose the imaginary parts; take z.real, or abs(z)")


MASKED = np.ma.MaskedArray  # looked up once: operands are looked at in every call


def require_unmasked(value: Any) -> None:
    """Raise DtypeError for a masked array: its mask would be lost without a word."""
    if isinstance(value, MASKED):
        raise DtypeError("a masked array would lose its mask; give .filled(number), and multiply by ~mask or use where")


def _require_float(data: Any) -> None:
    if data.dtype.kind not in "fc":
        raise DtypeError(
            f"only floats can require a gradient, not {data.dtype} of shape {data.shape}: a derivative asks what a "
            "small change does, and integers and booleans have none. Write floats, 3.0 instead of 3, or convert with "
            ".astype(np.float32)"
        )
