"""How a call of an op is made for all examples at once: what its arguments are then, with the examples in front.

An op that works element by element, or on the last axes only, needs arguments that are aligned from the right; an op
with an axis for a batch of its own takes the examples there; of others some are a matter of counting axes anew. What
comes out is a call of the same op, in which no example touches another: its rule is the rule of each of them. Only of
an input that all examples share it adds the gradients up, and `APART` has the rules that do not.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from string import ascii_letters
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..engine.op import Op, ours
from ..engine.tensor import Tensor
from ..engine.types import Array
from ..ops.activation import _per_channel
from ..ops.convolution import _gather, _plan
from ..ops.embedding import add_rows
from ..ops.index import _is_basic
from ..ops.loss import _class_axis, _divisor, _reduce, _row_weights, cross_entropy
from ..ops.normalize import _over_channels
from ..ops.recurrent import of_each
from .forward import ELEMENTWISE, diagonal
from .interpreter import bare, mapped

if TYPE_CHECKING:
    from .batch import Batch

Named = dict[str, Any]


class Whole(NamedTuple):
    """The arguments of a call for all examples, and where these lie: in front, where nothing else is said."""

    named: Named
    inputs: dict[str, int] = {}  # the axis of the op's own in which the examples of an input lie, one behind the other
    outs: tuple[int, ...] = ()  # that of each result
    lost: tuple[int, ...] = ()  # axes of length 1 that the result of one example does not have

    def result(self, number: int, y: Any, size: int) -> Any:
        """A result with the examples in front."""
        if self.outs:
            return out_of(y, self.outs[number], size)
        return np.squeeze(y, self.lost) if self.lost else y

    def cotangent(self, number: int, g: Array) -> Array:
        """That of a result, as the op takes it."""
        if self.outs:
            return into(g, self.outs[number])
        return np.expand_dims(g, self.lost) if self.lost else g


Rule = Callable[["Batch", str, Named], "Whole | None"]
rules: dict[str, Rule] = {}


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Let a function say how these ops are called for all examples; it returns None where it does not know."""

    def note(function: Rule) -> Rule:
        rules.update(dict.fromkeys(names, function))
        return function

    return note


def whole_call(batch: Batch, op: Op, named: Named) -> Whole | None:
    """How `op` is called for all examples; None if there is no rule for that."""
    if diagonal(op):
        return aligned(batch, op.name, named)
    found = rules.get(op.name) if ours(op) else None
    return found(batch, op.name, named) if found else None


# -- axes ----------------------------------------------------------------------------------------------


def into(x: Any, axis: int) -> Any:
    """The examples, in front, as one behind the other along an axis of theirs."""
    shape = x.shape[1:]
    return np.reshape(moved(x, 0, axis), (*shape[:axis], len(x) * shape[axis], *shape[axis + 1 :]))


def out_of(x: Any, axis: int, size: int) -> Any:
    """The examples in front, which lay one behind the other along an axis."""
    apart = (*x.shape[:axis], size, x.shape[axis] // size, *x.shape[axis + 1 :])
    return moved(np.reshape(x, apart), axis, 0)


def moved(x: Any, source: int, to: int) -> Any:
    """x with one axis moved; np.moveaxis takes its time where there is nothing to do, too."""
    return x if source == to else np.moveaxis(x, source, to)


def later(axis: Any, ndim: int) -> Any:
    """An axis of one example, or several, counted where the examples are in front."""
    return tuple(later(a, ndim) for a in axis) if isinstance(axis, (tuple, list)) else axis % ndim + 1


def rank(values: Any) -> int:
    """The most axes of several values."""
    return max(np.ndim(v) for v in values if isinstance(v, (Tensor, np.ndarray, np.generic, list, float, int)))


# -- what takes any axes in front ----------------------------------------------------------------------

FULL = {  # inputs that the others broadcast to
    "attention": {"q"}, "attention_weights": {"q"}, "rotate_pairs": {"x", "cos", "sin"}, "_corner": {"slope"}, "solve": {"a", "b"},
    **dict.fromkeys(("huber", "bce"), {"prediction", "target"}), "bce_with_logits": {"x", "target"},
}  # fmt: skip


@rule(
    *ELEMENTWISE, *FULL, "_bump", "_bell", "_to_ends", "_arctan_slope", "_arcsinh_slope", "_hypot_slope",
    "_arctan2_slope", "_normal", "_mish_gate", "_weight", "astype", "copy", "inv", "det", "slogdet", "pinv", "cholesky",
    "qr", "eigh", "svd", "expm", "sqrtm", "logm", "_polar_factor", "_lyapunov", "_logm_slope", "_equal", "max_pool",
    "avg_pool", "matrix_rank",
)  # fmt: skip
def aligned(batch: Batch, name: str, named: Named) -> Whole | None:
    """Aligned from the right, as for broadcasting."""
    full, axes = FULL.get(name, ()), rank(named.values())
    if name == "solve" and np.ndim(named["a"]) != np.ndim(named["b"]):
        return None
    return Whole({key: batch.front(v, axes, key in full) for key, v in named.items()})


@rule("linear", "layer_norm", "rms_norm", "embedding", "one_hot", "tril", "triu")
def of_rows(batch: Batch, name: str, named: Named) -> Whole | None:
    """The one input with any axes in front; what is beside it all examples share."""
    given = [name for name, v in named.items() if batch.known(v) is not None]
    if given not in (["x"], ["indices"]) or ("k" in named and named["x"].ndim < 2):
        return None
    return Whole({**named, given[0]: batch.known(named[given[0]])})


# -- what names axes or shapes -------------------------------------------------------------------------

ALL = {"sum", "mean", "var", "std", "prod", "max", "min", "any", "all", "logsumexp", "vector_norm", "flip"}


@rule(*ALL, "softmax", "log_softmax", "glu", "cumsum", "cumprod", "logcumsumexp", "_running", "argmax", "argmin",
      "argsort", "roll", "unstack")  # fmt: skip
def along_axis(batch: Batch, name: str, named: Named) -> Whole | None:
    """Along an axis, or several; without one, `ALL` take all of them, and the others flatten."""
    x, axis = named["x"], named["axis"]
    if name in ALL and (axis is None or not x.ndim):
        axis = tuple(range(x.ndim))
    if axis is not None:
        return Whole({**named, "x": batch.known(x), "axis": later(axis, x.ndim)})
    if name == "roll" or named.get("keepdims"):
        return None
    return Whole({**named, "x": np.reshape(batch.known(x), (batch.size, -1)), "axis": 1})


@rule("concatenate", "stack")
def _joined(batch: Batch, name: str, named: Named) -> Whole | None:
    arrays, axis = named["arrays"], named["axis"]
    if axis is None:
        return Whole({"arrays": [np.reshape(batch.all(a), (batch.size, -1)) for a in arrays], "axis": 1})
    return Whole({"arrays": [batch.all(a) for a in arrays], "axis": later(axis, np.ndim(arrays[0]) + (name == "stack"))})


@rule("reshape", "expand_dims", "squeeze")
def _reshaped(batch: Batch, name: str, named: Named) -> Whole:
    x, how = named.values()
    known = batch.known(x)
    if name == "reshape":
        return Whole({"x": known, "shape": (batch.size, *np.reshape(x._data, how).shape)})
    if name == "expand_dims":
        return Whole({"x": known, "axis": later(how, x.ndim + np.size(how))})
    axes = tuple(i for i, n in enumerate(x.shape) if n == 1) if how is None else how
    return Whole({"x": known, "axis": later(axes, x.ndim)})


@rule("broadcast_to", "avg_unpool")
def _to_shape(batch: Batch, name: str, named: Named) -> Whole:
    shape = tuple(np.atleast_1d(named["shape"]).tolist())
    return Whole({**named, "x": batch.front(named["x"], len(shape)), "shape": (batch.size, *shape)})


@rule("transpose", "swapaxes", "moveaxis", "rot90")
def _reordered(batch: Batch, name: str, named: Named) -> Whole:
    x, *rest = named.items()
    n = named["x"].ndim
    changed = {key: value if key == "k" else later(value, n) for key, value in rest if value is not None}
    if name == "transpose":
        changed = {"axes": (0, *changed.get("axes", range(n, 0, -1)))}
    return Whole({"x": batch.known(named["x"]), **changed})


@rule("pad")
def _padded(batch: Batch, name: str, named: Named) -> Whole:
    widths = np.broadcast_to(named["pad_width"], (named["x"].ndim, 2)).tolist()
    return Whole({**named, "x": batch.known(named["x"]), "pad_width": [(0, 0), *widths]})


# -- indices -------------------------------------------------------------------------------------------


@rule("getitem", "unindex", "setitem", "_last_writes")
def _indexed(batch: Batch, name: str, named: Named) -> Whole | None:
    index = named["index"] if isinstance(named["index"], tuple) else (named["index"],)
    index = tuple(np.asarray(part) if isinstance(part, list) else part for part in index)
    kinds = [getattr(part, "dtype", np.dtype(type(part) if isinstance(part, int) else object)).kind for part in index]
    lists = [i for i, kind in enumerate(kinds) if kind != "O"]  # what NumPy looks up together, and integers beside it
    apart = bool(lists) and lists[-1] - lists[0] >= len(lists)  # then it puts their axes in front
    x = named.get("x")
    if any(batch.known(part) is not None for part in index):  # each example has places of its own
        axes = rank(index)
        if apart or lists[0] or "b" in kinds:
            return None
        index = tuple(batch.front(part, axes) for part in index)
        if name != "getitem" or batch.known(x) is not None:
            index = (np.arange(batch.size).reshape(-1, *[1] * axes), *index)
    elif (apart and not _is_basic(index)) or "b" in [kind for kind, part in zip(kinds, index) if not np.ndim(part)]:
        return None
    else:
        index = (slice(None), *index)
    changed: Named = {"index": index}
    if "x" in named:
        changed["x"] = x if name == "getitem" and batch.known(x) is None else batch.all(x)
    if "shape" in named:
        changed["shape"] = (batch.size, *named["shape"])
    if "value" in named:
        part = np.broadcast_to(0, named["x"].shape)[mapped(bare, named["index"])]
        value = batch.front(named["value"], part.ndim)
        extra = np.ndim(named["value"]) - part.ndim  # NumPy lets it have more axes of length 1 in front
        if extra > 0 and batch.known(named["value"]) is not None:
            value = np.reshape(value, (batch.size, *value.shape[1 + extra :]))
        changed["value"] = value
    return Whole({**named, **changed})


@rule("add_rows")
def _add_rows(batch: Batch, name: str, named: Named) -> Whole | None:
    count, padding = named["count"], named["padding_idx"]
    if padding is not None:  # whose row is one of many here
        return None
    first = np.arange(batch.size).reshape(-1, *[1] * np.ndim(named["indices"])) * count
    x, indices = batch.all(named["x"]), batch.all(named["indices"]) + first
    return Whole({"x": x, "indices": indices, "count": batch.size * count, "padding_idx": None}, {}, (0,))


# -- products ------------------------------------------------------------------------------------------


@rule("matmul")
def _product(batch: Batch, name: str, named: Named) -> Whole:
    a, b = named.values()
    if batch.known(b) is None and np.ndim(b) <= 2:
        return Whole({"a": batch.known(a), "b": b})
    axes, lost = max(np.ndim(a), np.ndim(b), 2), ()
    if batch.known(a) is not None:
        lost = (-2,) * (np.ndim(a) == 1)
        a = batch.front(a, axes)
    if batch.known(b) is not None:
        column = np.ndim(b) == 1
        lost += (-1,) * column
        b = np.expand_dims(batch.front(b, axes - 1), -1) if column else batch.front(b, axes)
    return Whole({"a": a, "b": b}, lost=lost)


@rule("einsum")
def _summed(batch: Batch, name: str, named: Named) -> Whole:
    terms, result = named["subscripts"].split("->")
    letter = next(c for c in ascii_letters if c not in terms)
    known = [batch.known(x) for x in named["operands"]]
    each = [term if k is None else letter + term for term, k in zip(terms.split(","), known)]
    operands = [x if k is None else k for x, k in zip(named["operands"], known)]
    return Whole({**named, "operands": operands, "subscripts": f"{','.join(each)}->{letter}{result}"})


# -- ops with an axis for a batch of their own ---------------------------------------------------------

SEQUENCES = {"x": 1, "h0": 0, "c0": 0, "lengths": 0}
OWN: dict[str, tuple[dict[str, int], tuple[int, ...]]] = {
    "convolution": ({"x": 0}, (0,)),
    "conv_transpose": ({"x": 0}, (0,)),
    "group_norm": ({"x": 0}, (0, 0, 0)),
    "rnn": (SEQUENCES, (1, 0)),
    "gru": (SEQUENCES, (1, 0)),
    "lstm": (SEQUENCES, (1, 0, 0)),
    "ctc": ({"log_p": 1, "targets": 0, "input_lengths": 0, "target_lengths": 0}, (0,)),
    "cross_entropy": ({"logits": 0, "target": 0}, (0,)),
}


@rule(*(name for name in OWN if name != "cross_entropy"))
def in_own_axis(batch: Batch, name: str, named: Named) -> Whole | None:
    """One batch more."""
    inputs, outs = OWN[name]
    if any(batch.known(v) is not None for key, v in named.items() if key not in inputs):
        return None
    inputs = {key: axis for key, axis in inputs.items() if named.get(key) is not None}
    return Whole({**named, **{key: into(batch.all(named[key]), axis) for key, axis in inputs.items()}}, inputs, outs)


@rule("cross_entropy")
def _classified(batch: Batch, name: str, named: Named) -> Whole | None:
    logits, reduction = named["logits"], named["reduction"]
    parts = {key: batch.all(named[key]) for key in ("logits", "target")}
    whole = Whole({**named, **parts}) if logits.ndim == 1 else in_own_axis(batch, name, named)
    if reduction == "none" or whole is None:
        return whole if batch.known(named["weight"]) is None else None
    target = whole.named["target"]
    if logits.shape[:-1] not in ((), (1,)) or named["weight"] is not None or isinstance(target, Tensor):
        return None
    if reduction == "mean" and np.any(target == named["ignore_index"]):  # the mean of nothing
        return None
    return whole._replace(named={**whole.named, "reduction": "none"}, outs=())  # the mean of one row is its loss


@rule("_correlate", "_spread", "_gather")
def _convolved(batch: Batch, name: str, named: Named) -> Whole:
    first, second, windows = named.values()
    one, other = list(named)[:2]
    if name != "_gather" and batch.known(second) is None:
        return Whole({**named, one: into(batch.known(first), 0)}, {one: 0}, (0,))
    windows = _plan(*windows._replace(groups=windows.groups * batch.size))  # each example with its own weight
    axes = {one: 1, other: 1 if name == "_gather" else 0}
    parts = {key: into(batch.all(named[key]), axis) for key, axis in axes.items()}
    return Whole({**parts, "windows": windows}, axes, (0 if name == "_gather" else 1,))


# -- in small ------------------------------------------------------------------------------------------


def _mean_of_rows(logits: Any, target: Any, reduction: str, weight: Any, ignore_index: int, label_smoothing: Any) -> Any:
    if reduction == "none":
        return cross_entropy.op.reference(logits, target, reduction, weight, ignore_index, label_smoothing)
    losses = cross_entropy(logits, target, "none", weight, ignore_index, label_smoothing)
    rows = _row_weights(logits, target, weight, ignore_index)
    return _reduce(losses, reduction, _divisor(target, rows, _class_axis(logits)))


def _largest(x: Any) -> Any:
    size = np.max(np.abs(x)) if x.size else np.zeros(())
    return np.where(size == 0, 1.0, size)


def _add_rows_but(x: Any, indices: Any, count: int, padding_idx: int | None) -> Any:
    return add_rows(x * (indices != padding_idx)[..., None], indices, count)


SMALL: dict[str, Callable[..., Any]] = {
    "add_rows": _add_rows_but,
    "linear": lambda x, weight, bias: np.matmul(x, np.swapaxes(weight, 0, 1)) + (0.0 if bias is None else bias),
    "mse": lambda prediction, target, reduction: _reduce(np.square(prediction - target), reduction, int(prediction.size)),
    "cross_entropy": _mean_of_rows,
    "prelu": lambda x, weight: np.where(x > 0, x, _per_channel(x, weight) * x),
    "_size": _largest,
}


# -- the gradients of what all examples share, of each example apart ------------------------------------


def _of_linear(batch: Batch, named: Named, g: Array, kept: Any, wanted: list[str]) -> Named:
    x, weight = named["x"], named["weight"]
    gs, xs = (a.reshape(batch.size, -1, a.shape[-1]) for a in (g, x))
    makers = {
        "x": lambda: (g.reshape(-1, g.shape[-1]) @ weight).reshape(x.shape),
        "weight": lambda: np.einsum("bno,bni->boi", gs, xs) if gs.shape[1] == 1 else np.matmul(gs.swapaxes(1, 2), xs),
        "bias": lambda: gs.sum(axis=1),
    }
    return {name: makers[name]() for name in wanted}


def _of_convolution(batch: Batch, named: Named, g: Array, kept: Any, wanted: list[str]) -> Named:
    parts = {"g_y": out_of(g, 0, batch.size), "x": out_of(named["x"], 0, batch.size)}
    parts = {name: into(part, 1) for name, part in parts.items()}
    windows = kept[0]
    dw = _gather.op.forward(parts["g_y"], parts["x"], _plan(*windows._replace(groups=windows.groups * batch.size)))
    bias = g.reshape(batch.size, -1, g.shape[1], prod(g.shape[2:])).sum(axis=(1, 3))
    return {"weight": out_of(dw, 0, batch.size), "bias": bias}


def _of_rows(batch: Batch, named: Named, g: Array, kept: Any, wanted: list[str]) -> Named:
    x, shape = named["x"], named["x"].shape[named["x"].ndim - np.size(named["normalized_shape"]) :]
    mean, rstd = kept if len(kept) > 1 else (0.0, *kept)
    rows, gs = (a.reshape(len(rstd), -1) for a in (x, g))
    normalised = np.subtract(rows, mean, dtype=rstd.dtype) * rstd
    each = (batch.size, -1, *shape)
    return {"weight": (gs * normalised).reshape(each).sum(axis=1), "bias": gs.reshape(each).sum(axis=1)}


def _of_groups(batch: Batch, named: Named, g: Any, kept: Any, wanted: list[str]) -> Named:
    x, g = named["x"], g[0] if isinstance(g, tuple) else g
    n, c = x.shape[:2]
    center, rstd = (_over_channels(v, c)[..., None] for v in (kept[0], 1.0 / np.sqrt(kept[1] + named["eps"])))
    rows, gs = (a.reshape(n, c, -1) for a in (x, g))
    sums = {"weight": (gs * ((rows - center) * rstd)).sum(axis=2), "bias": gs.sum(axis=2)}
    return {name: part.reshape(batch.size, -1, c).sum(axis=1) for name, part in sums.items()}


def _of_sequences(kind: str, batch: Batch, named: Named, g: Any, kept: Any, wanted: list[str]) -> Named:
    names = [name for name in named if name not in ("lengths", "reverse", "nonlinearity")]
    parts = of_each(kind, batch.size, g, "x" in wanted, named["w_ih"], named["w_hh"], named["reverse"], *kept)
    return dict(zip(names, parts))


APART: dict[str, Callable[[Batch, Named, Any, Any, list[str]], Named]] = {
    "linear": _of_linear,
    "convolution": _of_convolution,
    "layer_norm": _of_rows,
    "rms_norm": _of_rows,
    "group_norm": _of_groups,
    "rnn": partial(_of_sequences, "rnn"),
    "lstm": partial(_of_sequences, "lstm"),
    "gru": partial(_of_sequences, "gru"),
}
